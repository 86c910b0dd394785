//! What does not compile, and what the compiler says about it: the snapshots stand beside the sources. `TRYBUILD=overwrite`
//! writes them anew.

#[test]
fn misuse_is_explained_where_it_stands() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*.rs");
}
