//! What the prelude declares `native` is what the machine has, name by name.

#[test]
fn the_machine_has_what_the_prelude_declares() {
    assert_eq!(raya_check::prelude_natives(), raya_vm::builtins::names());
}
