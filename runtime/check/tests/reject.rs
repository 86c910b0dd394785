//! Programs that are wrong: which code, and on which line.

mod common;

/// The codes that a program gives, each with its line.
fn codes(text: &str) -> Vec<String> {
    let (loaded, output) = common::check_one(text);
    common::shown(&loaded, &output)
        .into_iter()
        .map(|one| one.split(':').next().unwrap_or_default().to_owned())
        .collect()
}

macro_rules! reject {
    ($($name:ident: $text:expr => [$($code:expr),*];)*) => {$(
        #[test]
        fn $name() {
            let expected: &[&str] = &[$($code),*];
            assert_eq!(codes($text), expected, "in\n{}", $text);
        }
    )*};
}

reject! {
    wrong_type: "let x: int = \"a\";" => ["R0301 1"];
    number_is_no_int: "let n: number = 1;\nlet k: int = n;" => ["R0301 2"];
    wrong_return: "function f(): string {\n return 1;\n}" => ["R0301 2"];
    missing_return: "function f(a: int): string { if (a > 1) return \"x\"; }" => ["R0314 1"];
    unknown_name: "consol.log(1);" => ["R0210 1"];
    unknown_type: "let a: Foo;" => ["R0211 1"];
    duplicate_name: "let a = 1;\nlet a = 2;" => ["R0212 2"];
    type_as_value: "interface I {}\nI;" => ["R0213 2"];
    value_as_type: "const a = 1;\nlet b: a;" => ["R0214 2"];
    constant: "const x = 1;\nx = 2;" => ["R0309 2"];
    read_only_field: "class P { readonly x: int = 1; }\nnew P().x = 2;" => ["R0309 2"];
    unknown_property: "const o = { a: 1 };\no.b;" => ["R0302 2"];
    excess_property: "const u: { a?: int } = { b: 1 };" => ["R0310 1"];
    missing_property: "const u: { a: int } = {};" => ["R0301 1"];
    may_be_null: "function f(s: string | null): int { return s.length; }" => ["R0308 1"];
    unknown_must_be_narrowed: "const u: unknown = 1;\nu.x;" => ["R0311 2"];
    unbound_method: "class A { m(): void {} }\nconst f = new A().m;" => ["R0316 2"];
    private_member: "class A { private x = 1; }\nnew A().x;" => ["R0403 2"];
    protected_member: "class A { protected x = 1; }\nnew A().x;" => ["R0403 2"];
    abstract_instance: "abstract class A {}\nnew A();" => ["R0404 2"];
    abstract_member_missing: "abstract class A { abstract f(): void; }\nclass B extends A {}" => ["R0401 2"];
    interface_not_implemented: "interface I { f(): int; }\nclass C implements I {}" => ["R0401 2"];
    bad_override: "class A { f(): int { return 1; } }\nclass B extends A { f(): string { return \"\"; } }" => ["R0402 2"];
    class_cycle: "class A extends B {}\nclass B extends A {}" => ["R0405 2"];
    built_in_base: "class A extends Map {}" => ["R0405 1"];
    private_constructor: "class S { private constructor() {} }\nnew S();" => ["R0403 2"];
    super_in_a_field: "class A {}\nclass B extends A { x: unknown = super(); constructor() { super(); } }" => ["R0406 2"];
    missing_super: "class A {}\nclass B extends A { constructor() {} }" => ["R0406 2"];
    uninitialized_field: "class F { x: int; }" => ["R0407 1"];
    circular_alias: "type A = A | int;" => ["R0409 1"];
    match_not_exhaustive: "function f(x: int | string): int { return match(x, { int: (n) => n }); }" => ["R0315 1"];
    match_of_unknown_case: "function f(x: \"a\" | \"b\"): int { return match(x, { a: () => 1, b: () => 2, c: () => 3 }); }" => ["R0321 1"];
    unassigned: "function f(b: boolean): string { let s: string; if (b) s = \"a\";\n return s; }" => ["R0313 2"];
    used_before_declared: "function f(): int {\n const y = x;\n const x = 1;\n return y; }" => ["R0313 2"];
    too_few_arguments: "function f(a: int): void {}\nf();" => ["R0305 2"];
    too_many_arguments: "function f(a: int): void {}\nf(1, 2);" => ["R0305 2"];
    not_callable: "const x = 1;\nx();" => ["R0304 2"];
    bad_operands: "const x = true;\nx * 2;" => ["R0303 2"];
    possibly_null_operand: "function f(x: int | null): int { return x + 1; }" => ["R0303 1"];
    no_overlap: "const a = 1;\nif (a === \"x\") {}" => ["R0319 2"];
    impossible_cast: "const a = \"x\";\na as int;" => ["R0318 2"];
    not_iterable: "for (const x of 5) {}" => ["R0317 1"];
    bad_constraint: "function f<T extends string>(x: T): T { return x; }\nf(1);" => ["R0307 2"];
    type_argument_count: "let m: Map<string>;" => ["R0306 1"];
    bad_index: "const a = [1];\na[\"x\" + \"y\"];" => ["R0323 2"];
    tuple_index: "const t: [int, string] = [1, \"a\"];\nt[2];" => ["R0324 2"];
    wrong_collection_element: "const m = new Map<string, int>();\nm.set(1, 2);" => ["R0301 2"];
    invariant_function_parameter: "let f: (x: int | string) => void = (x: int) => {};" => ["R0301 1"];
    callback_with_too_many_parameters: "function g(f: (x: int) => void): void {}\ng((a, b) => {});" => ["R0301 2"];
    unresolved_import: "import { a } from \"./none\";\na;" => ["R0201 1"];
    unknown_standard_module: "import { a } from \"std:none\";\na;" => ["R0204 1"];
    bad_specifier: "import { a } from \"none\";\na;" => ["R0206 1"];
    not_exported: "import { nothing } from \"std:io\";\nnothing;" => ["R0203 1"];
    undeclared_native: "import { h } from \"native:none\";\nh();" => ["R0205 1"];
    unused_import_is_a_warning: "import { writeln } from \"std:io\";" => ["R0215 1"];
    unreachable_is_a_warning: "function f(): int { return 1;\n console.log(2); }" => ["R0322 2"];
    switch_not_exhaustive_is_a_warning: "function f(k: \"a\" | \"b\"): void { switch (k) { case \"a\": break; } }" => ["R0315 1"];
    nominal_classes: "class A { x = 1; }\nclass B { x = 1; }\nconst a: A = new B();" => ["R0301 3"];
    opaque_is_no_number: "declare module \"native:m\" { type H = native; function open(): H; }\nimport { open, H } from \"native:m\";\nconst h: H = 1;\nopen().x;" => ["R0301 3", "R0302 4"];
    a_class_that_captures_is_used_before_it_is_declared: "function f(): void { const a = 1;\n new C().m();\n class C { m(): int { return a; } } }" => ["R0313 2"];
    a_decorator_is_a_function: "const d = 1;\n@d class A {}" => ["R0304 2"];
    a_decorator_gives_what_fits: "function d(m: unknown): string { return \"x\"; }\nclass A {\n @d m(): void {} }" => ["R0301 3"];
    built_in_classes_are_no_values: "const m = Map;\nm;" => ["R0413 1"];
    an_abstract_class_that_is_a_value: "abstract class A {}\nconst k: typeof A = A;\nnew k();" => ["R0404 3"];
    a_class_value_that_takes_other_arguments: "class A {}\nclass B extends A { constructor(x: int) { super(); x; } }\nconst k: typeof A = B;" => ["R0301 3"];
    static_methods_with_this_are_not_taken: "class A { static n = 1; static m(): int { return this.n; } }\nconst f = A.m;\nf;" => ["R0316 2"];
    a_getter_is_read_only: "const o = { get x() { return 1; } };\no.x = 2;" => ["R0309 2"];
    functions_with_this_are_called_on_something: "function f(this: string): void {}\nf();" => ["R0406 2"];
    arrows_declare_no_this: "const f = (this: string): void => {};" => ["R0406 1"];
    module_variables_are_assigned_before_they_are_read: "let a: int;\nconsole.log(a);" => ["R0313 2"];
    needs_annotation: "function f(x) { return x; }" => ["R0312 1"];
}

#[test]
fn all_errors_are_reported_in_source_order_and_the_same_each_time() {
    let text = "let a: int = \"a\";\nlet b: string = 1;\nfoo();\nlet c: boolean = a;\n";
    let first = codes(text);
    assert_eq!(first, ["R0301 1", "R0301 2", "R0210 3", "R0301 4"]);
    assert_eq!(first, codes(text));
}

#[test]
fn at_most_fifty_errors_of_a_file_are_reported() {
    let text = "unknown();\n".repeat(80);
    assert_eq!(codes(&text).len(), 50);
}

#[test]
fn help_says_what_was_probably_meant() {
    let (_, output) = common::check_one("const total = 1; totl; \"a\".toUppercase();");
    let helps: Vec<&str> =
        output.diagnostics.iter().flat_map(|one| one.help.iter().map(|help| &*help.message)).collect();
    assert_eq!(helps, ["did you mean `total`?", "did you mean `toUpperCase`?"]);
}
