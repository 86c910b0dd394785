//! Native modules: stubs, descriptors, and what happens where they disagree.

mod common;

use raya_check::Origin::{Descriptor, Stub};
use raya_check::typed::TypedProgram;
use raya_check::{CheckOutput, Origin};

const STUB: &str = "declare module \"native:crypto\" {
    export type Key = native;
    export function hash(algorithm: string, data: string): string;
    export function randomBytes(length: number): Uint8Array;
    export function open(path: string): Result<Key, Error>;
}";

fn check(text: &str, declarations: &[(&str, Origin, &str)]) -> CheckOutput {
    common::check_native(text, declarations)
}

fn messages(output: &CheckOutput) -> Vec<String> {
    output.diagnostics.iter().map(|one| format!("{} {}", one.code, one.message)).collect()
}

fn native<'p>(program: &'p TypedProgram, name: &str) -> &'p raya_check::typed::NativeFunction {
    program.natives.iter().find(|one| &*one.name == name).expect("the native is in the program")
}

#[test]
fn a_stub_types_the_calls() {
    let text = "import { hash, randomBytes, open, Key } from \"native:crypto\";
        const d: string = hash(\"sha256\", \"x\"); const b: Uint8Array = randomBytes(32);
        match(open(\"k\"), { ok: (k) => { const key: Key = k; key; }, error: (e) => { console.error(e.message); } }); d; b.length;";
    let output = check(text, &[("crypto", Stub, STUB)]);
    assert_eq!(messages(&output), Vec::<String>::new());
    assert!(native(&output.program, "open").returns_result);
    assert_eq!(&*native(&output.program, "hash").signature, "(algorithm: string, data: string) => string");
    assert_eq!(native(&output.program, "randomBytes").parameters, [raya_abi::Representation::Number]);
}

#[test]
fn descriptor_only_modules_work_and_the_order_does_not_matter() {
    let text = "import { hash } from \"native:crypto\"; hash(\"a\", \"b\").length;";
    assert_eq!(messages(&check(text, &[("crypto", Descriptor, STUB)])), Vec::<String>::new());
    let other = STUB.replace("data: string", "data: number").replace("(length: number)", "()");
    let first = check(text, &[("crypto", Stub, STUB), ("crypto", Descriptor, &other)]);
    let second = check(text, &[("crypto", Descriptor, &other), ("crypto", Stub, STUB)]);
    assert_eq!(messages(&first), messages(&second));
    assert_eq!(messages(&first).len(), 2);
}

#[test]
fn each_disagreement_has_its_code() {
    for (from, to, code) in [
        ("data: string): string", "data: string): number", "R0506"),
        ("data: string): string", "data: number): string", "R0505"),
        (", data: string)", ")", "R0504"),
        ("function hash(", "function hash<T>(", "R0507"),
        ("function hash(", "function digest(", "R0502"),
        ("type Key = native", "type Key<T> = native", "R0508"),
        ("type Key = native", "type Key = string", "R0509"),
    ] {
        let other = STUB.replace(from, to);
        assert_ne!(other, STUB);
        let output = check(
            "import { hash } from \"native:crypto\"; hash(\"a\", \"b\");",
            &[("crypto", Stub, STUB), ("crypto", Descriptor, &other)],
        );
        assert!(messages(&output).iter().any(|one| one.starts_with(code)), "{code}: {:?}", messages(&output));
    }
}

#[test]
fn results_agree_with_throwing_and_untyped_sides_with_everything() {
    let stub = "declare module \"native:fs\" { export function readFile(path: string): Result<string, Error>; export function list(path: string): string[]; }";
    let descriptor = "declare module \"native:fs\" { export function readFile(path: string): string; export function list(path: string): unknown[]; }";
    let output = check(
        "import { readFile, list } from \"native:fs\"; readFile(\"a\"); list(\"b\");",
        &[("fs", Stub, stub), ("fs", Descriptor, descriptor)],
    );
    assert_eq!(messages(&output), Vec::<String>::new());
}

#[test]
fn constants_have_the_value_of_their_type_or_what_a_function_gives() {
    let stub = "declare module \"native:m\" { export const LIMIT: 10; export const NAME: string; export function f(): void; }";
    let text = "import { LIMIT, NAME } from \"native:m\"; import * as m from \"native:m\"; const ten: 10 = LIMIT; NAME.length + ten; m.NAME.length;";
    let output = check(text, &[("m", Stub, stub)]);
    assert_eq!(messages(&output), Vec::<String>::new());
    assert!(native(&output.program, "NAME").parameters.is_empty());
    assert_eq!(output.program.natives.len(), 1, "a constant is asked for once");
    let descriptor =
        |items: &str| format!("declare module \"native:m\" {{ export function f(): void; {items} }}");
    let with =
        |items: &str| messages(&check(text, &[("m", Stub, stub), ("m", Descriptor, &descriptor(items))]));
    assert_eq!(with("export function NAME(): string;"), Vec::<String>::new());
    assert!(with("export function NAME(): int;")[0].starts_with("R0506"));
    assert!(with("")[0].starts_with("R0502"));
    let assigned = check("import { NAME } from \"native:m\"; NAME = \"x\";", &[("m", Stub, stub)]);
    assert!(messages(&assigned)[0].starts_with("R0309"), "{:?}", messages(&assigned));
}

#[test]
fn a_wrong_name_is_an_error_and_no_silent_fallback() {
    let wrong = STUB.replace("native:crypto", "native:cripto");
    let output = check(
        "import { hash } from \"native:crypto\"; hash(\"a\", \"b\");",
        &[("crypto", Stub, &wrong), ("crypto", Descriptor, STUB)],
    );
    assert!(messages(&output).iter().any(|one| one.starts_with("R0501")), "{:?}", messages(&output));
}

#[test]
fn arrays_of_ints_are_taken_as_bytes() {
    let stub = "declare module \"native:z\" { export function pack(data: Uint8Array): Uint8Array; }";
    let output = check("import { pack } from \"native:z\"; pack([1, 2, 255]).length;", &[("z", Stub, stub)]);
    assert_eq!(messages(&output), Vec::<String>::new());
}

#[test]
fn two_modules_may_export_the_same_name() {
    let one = "declare module \"native:a\" { export type H = native; export function f(): H; }";
    let two = "declare module \"native:b\" { export type H = native; export function f(h: H): int; }";
    let text = "import * as a from \"native:a\"; import * as b from \"native:b\"; b.f(a.f());";
    let output = check(text, &[("a", Stub, one), ("b", Stub, two)]);
    assert_eq!(messages(&output), ["R0301 expected `H`, found `H`"]);
}
