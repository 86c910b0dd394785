//! No input makes the checker panic or hang.

mod common;

use proptest::prelude::*;

/// Pieces of programs, of which random ones are put together.
const PIECES: &[&str] = &[
    "let ",
    "const ",
    "x",
    "y",
    "f",
    "A",
    "B",
    "T",
    " = ",
    "1",
    "2.5",
    "\"s\"",
    "null",
    "true",
    ";",
    "\n",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ",",
    ".",
    ": ",
    "int",
    "string",
    "number",
    "unknown",
    "never",
    " => ",
    "function ",
    "class ",
    "extends ",
    "interface ",
    "type ",
    "if ",
    "else ",
    "for ",
    "of ",
    "while ",
    "return ",
    "new ",
    "this",
    "super",
    "match",
    "x => x",
    "(a) => a",
    "?.",
    "??",
    "...",
    "|",
    "&",
    "keyof ",
    "typeof ",
    "as ",
    "await ",
    "async ",
    "try ",
    "catch (e) ",
    "finally ",
    "throw ",
    "switch ",
    "case ",
    "default: ",
    "break",
    "continue",
    "static ",
    "private ",
    "abstract ",
    "get ",
    "readonly ",
    "import ",
    "export ",
    "from ",
    "\"std:io\"",
    "* as n ",
    "+",
    "-",
    "*",
    "++",
    "=== ",
    "!",
    "Map",
    "Set",
    "Array",
    "console.log",
    "map",
    "push",
    "length",
    "`a${x}`",
    "declare module \"native:m\" ",
];

const SEED: &str = "type S = { kind: \"a\", v: int } | { kind: \"b\", w: string };
abstract class A<T> { static n = 0; #p = 1; constructor(public v: T, private q?: int) {} abstract m(x: T): T; get g(): int { return this.#p; } }
class B extends A<int> { f: int[] = [1]; constructor() { super(1); } m(x: int): int { return super.g + x; } }
function gen<T, K extends keyof T>(o: T, k: K, ...rest: T[K][]): T[K] { return rest.length > 0 ? rest[0] : o[k]; }
function use(s: S, u: unknown): int { switch (s.kind) { case \"a\": return s.v; case \"b\": { const { w } = s; return w.length; } } }
async function work(n: int): Promise<int> { try { return await work(n - 1); } catch (e) { throw new Error(e.message, { cause: e }); } finally { console.log(n); } }
const b = new B(); let total = 0; outer: for (const [i, x] of b.f.entries()) { if (x > 1) continue outer; total += i; b.f[i]++; }
const r = match(total as int | string, { int: (n) => n + 1, string: (t) => t.length });
const o: { [k: string]: S } = {}; o?.[\"a\"]?.kind; const m = new Map([[\"a\", 1]]); m.get(\"a\") ?? gen({ a: 1 }, \"a\");
export default { r, use, work };";

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        common::check_one(&pieces.concat());
    }

    #[test]
    fn a_program_with_a_part_cut_out(start in 0usize..SEED.len(), length in 0usize..80) {
        let end = (start + length).min(SEED.len());
        common::check_one(&format!("{}{}", &SEED[..start], &SEED[end..]));
    }

    #[test]
    fn a_program_with_pieces_put_in(at in 0usize..SEED.len(), pieces in prop::collection::vec(prop::sample::select(PIECES), 0..6)) {
        common::check_one(&format!("{}{}{}", &SEED[..at], pieces.concat(), &SEED[at..]));
    }
}

#[test]
fn the_seed_itself_is_right() {
    let (loaded, output) = common::check_one(SEED);
    assert_eq!(common::shown(&loaded, &output), Vec::<String>::new());
}

#[test]
fn deep_nesting_is_survived() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{ a: ", "1", " }"),
        ("-", "1", ""),
        ("() => ", "1", ""),
        ("1 + (", "1", ")"),
    ] {
        let text = format!("const x = {}{middle}{};", open.repeat(200), close.repeat(200));
        common::check_one(&text);
    }
    let chain = format!("const x = {};", vec!["1"; 900].join(" + "));
    common::check_one(&chain);
    let types = format!("let x: {}int{} = 1;", "Map<int, ".repeat(200), ">".repeat(200));
    common::check_one(&types);
    let blocks = format!("{}{}", "if (true) { ".repeat(200), "}".repeat(200));
    common::check_one(&blocks);
}

#[test]
fn patterns_of_many_alternatives_are_refused() {
    let (loaded, output) = common::check_one(&format!("const x = /{}/;", "|".repeat(999)));
    assert_eq!(common::shown(&loaded, &output), Vec::<String>::new());
    for bars in [1_000, 200_000] {
        let (loaded, output) = common::check_one(&format!("const x = /{}/;", "|".repeat(bars)));
        let shown = common::shown(&loaded, &output).concat();
        assert!(shown.contains("R0325") && shown.contains("the limit is"), "{shown}");
    }
}

#[test]
fn long_chains_of_inference_end() {
    let mut text = String::from("function f0() { return 1; }\n");
    for at in 1..400 {
        text.push_str(&format!("function f{at}() {{ return f{}() + 1; }}\n", at - 1));
    }
    common::check_one(&text);
    let mut text = String::from("f0();\n");
    for at in 0..400 {
        text.push_str(&format!("function f{at}() {{ return f{}(); }}\n", at + 1));
    }
    text.push_str("function f400() { return 1; }\n");
    common::check_one(&text);
}

#[test]
fn types_that_grow_without_end_are_survived() {
    common::check_one(
        "interface G<T> { next: G<G<T>>; value: T; } declare const a: G<int>; const b: G<string> = a;",
    );
    common::check_one(
        "type L<T> = { v: T, n: L<T[]> | null }; declare const a: L<int>; const b: L<number> = a; b.n?.n?.n?.v;",
    );
    common::check_one("type X<T> = T extends int ? X<T> : T; type Y<T> = Y<T[]>; let y: Y<int>;");
    common::check_one("class C<T> extends C<C<T>> {} new C<int>();");
    common::check_one("function f<T extends U, U extends T>(t: T, u: U) { return t.x + u.y; } f(1, 2);");
    common::check_one("interface A extends B {} interface B extends A {} declare const a: A; a.x;");
}
