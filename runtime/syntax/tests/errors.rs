//! What is reported for broken programs: code, place and message; and that everything else of the file is still found.

use raya_source::FileId;
use raya_syntax::limits::MAX_DIAGNOSTICS;
use raya_syntax::parse;

/// One line for each diagnostic: its code, the text it underlines, the message, and `=> edit` where it has one.
fn report(text: &str) -> Vec<String> {
    let slice = |span: raya_source::Span| &text[span.start as usize..span.end as usize];
    let parsed = parse(FileId(0), text);
    parsed
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.primary.as_ref().map_or("", |label| slice(label.span));
            let edit = diagnostic.help.iter().find_map(|help| help.edit.as_ref());
            let edit = edit.map_or(String::new(), |edit| format!(" => {}", edit.replacement));
            format!("{} [{}] {}{edit}", diagnostic.code, place, diagnostic.message)
        })
        .collect()
}

#[track_caller]
fn codes(text: &str, expected: &[&str]) {
    let report = report(text);
    let found: Vec<&str> = report.iter().map(|line| &line[..5]).collect();
    assert_eq!(found, expected, "{text}\n{}", report.join("\n"));
}

#[test]
fn excluded_forms_say_what_to_use() {
    assert_eq!(
        report("var a = 1"),
        ["R0150 [var] there is no `var`: variables are declared with `let` or `const` => let"]
    );
    assert_eq!(report("let a: any = 1"), ["R0153 [any] there is no type `any` => unknown"]);
    for (text, code) in [
        ("enum A { B, C = 1 }", "R0151"),
        ("const enum A { B }", "R0151"),
        ("export enum A { B }", "R0151"),
        ("namespace A.B { let x = 1 }", "R0152"),
        ("declare namespace A { }", "R0152"),
        ("module A { }", "R0152"),
        ("let x: Array<any> = []", "R0153"),
        ("if ('a' in b) c()", "R0154"),
        ("for (const a in b) {}", "R0155"),
        ("for (a in b) {}", "R0155"),
        ("with (a) b()", "R0156"),
        ("eval('1')", "R0157"),
        ("function f() { return arguments }", "R0158"),
        ("a.__proto__ = b", "R0159"),
        ("a = { __proto__: b }", "R0159"),
        ("const a = await import('./x')", "R0160"),
        ("const a = <div>hello</div>", "R0161"),
        ("const a = <int>b", "R0162"),
        ("function* f() {}", "R0163"),
        ("a = { *b() {} }", "R0163"),
        ("function f() { new.target }", "R0164"),
        ("import.meta.url", "R0164"),
        ("debugger", "R0165"),
        ("type T<A> = A extends string ? 1 : 2", "R0166"),
        ("type T<A> = { readonly [K in keyof A]?: A[K] }", "R0166"),
        ("type T = `a${string}`", "R0166"),
        ("type T = import('./x').Y", "R0166"),
        ("import a = require('x')", "R0167"),
        ("export = a", "R0167"),
        ("async function f() { for await (const a of b) {} }", "R0168"),
        ("a = [1, , 2]", "R0169"),
        ("function f(a: A, this: A) {}", "R0170"),
        ("x = 10n", "R0108"),
        ("x = 017", "R0109"),
    ] {
        codes(text, &[code]);
    }
}

#[test]
fn lexical_errors() {
    assert_eq!(
        report("let a = 'abc\nlet b = 1"),
        ["R0101 ['abc] this string never ends: expected `'` before the end of the line"]
    );
    codes("let a = `abc ${1} ", &["R0102"]);
    codes("let a = 1 /* never", &["R0103"]);
    codes("let a = /abc\nlet b = ;", &["R0104", "R0121"]);
    codes(r"let a = '\u12'; let b = '\uD800'; let c = `\xz`", &["R0105", "R0106", "R0105"]);
    codes("let a = 1 § 2", &["R0100", "R0125"]);
    codes("let a = 1__0 + 0b3", &["R0107", "R0107"]);
    codes("let a = /a/gg", &["R0110"]);
    codes("let a = “b", &["R0100"]);
    codes("class A { # x = 1 }", &["R0123"]);
}

#[test]
fn structure_errors() {
    for (text, code) in [
        ("a ?? b || c", "R0131"),
        ("a && b ?? c", "R0131"),
        ("-a ** b", "R0132"),
        ("const a: int", "R0133"),
        ("let [a]", "R0133"),
        ("for (const i;;) {}", "R0133"),
        ("function f(...a, b) {}", "R0134"),
        ("function f(a?, b) {}", "R0134"),
        ("let [...a, b] = c", "R0134"),
        ("function f(private x: int) {}", "R0134"),
        ("class A { get a(b) { return 1 } }", "R0135"),
        ("class A { set a() {} }", "R0135"),
        ("switch (a) { default: default: }", "R0136"),
        ("break", "R0137"),
        ("while (a) { f(() => { continue }) }", "R0137"),
        ("switch (a) { case 1: continue }", "R0137"),
        ("while (a) { break b }", "R0138"),
        ("a: a: while (b) {}", "R0138"),
        ("a: { continue a }", "R0138"),
        ("function f() { await g() }", "R0139"),
        ("() => await g()", "R0139"),
        ("x = async y", "R0140"),
        ("@a function f() {}", "R0141"),
        ("class A { static static a = 1 }", "R0142"),
        ("class A { private public a = 1 }", "R0142"),
        ("declare function f(): void {}", "R0143"),
        ("declare module 'native:x' { function f(): void {} }", "R0143"),
        ("abstract class A { abstract f() {} }", "R0143"),
        ("x = function () ;", "R0144"),
        ("impl A for B { f(): void; }", "R0144"),
        ("if (a) let b = 1", "R0145"),
        ("{ import a from 'b' }", "R0145"),
        ("function f() { export const a = 1 }", "R0145"),
        ("declare module 'native:x' { f(); }", "R0145"),
        ("else { }", "R0145"),
        ("a?.b = 1", "R0146"),
        ("a?.b`c`", "R0146"),
        ("try { }", "R0147"),
        ("a || b => c", "R0148"),
        ("use impl Show for Box;", "R0149"),
        ("f() = 1", "R0130"),
        ("1++", "R0130"),
        ("[a] += 1", "R0130"),
        ("x = { a = 1 }", "R0120"),
        ("let class = 1", "R0124"),
        ("import { if } from 'x'", "R0124"),
        ("let a = 1 let b = 2", "R0125"),
        ("let a: = 1", "R0122"),
        ("let = 1", "R0123"),
        ("}", "R0120"),
        ("f(a b)", "R0120"),
    ] {
        codes(text, &[code]);
    }
}

#[test]
fn messages_say_expected_and_found() {
    assert_eq!(report("let a = ;"), ["R0121 [;] expected an expression, found `;`"]);
    assert_eq!(report("f(1, 2"), ["R0120 [] expected `,` or `)`, found the end of the file"]);
    assert_eq!(report("if a) {}"), ["R0120 [a] expected `(`, found `a`"]);
    assert_eq!(report("let x: int y"), ["R0125 [y] expected `;` or a new line, found `y`"]);
    assert_eq!(report("function f() {"), ["R0120 [] expected `}`, found the end of the file"]);
}

#[test]
fn all_errors_of_a_file_are_reported_in_order() {
    let text = r#"
let a = ;
f(1 2, 3);
class A {
  x: ;
  m() { let y = 1 +; return y }
  n(: int) {}
  ok(): int { return 1 }
}
const o = { a: 1 b: 2, c: };
type T = { a: ; b: int };
function g(a: int b: int) { return a * ; }
if (a { }
let z = `x${ * }y`;
interface I { x int; y: string }
let fine = 1;
import { p q } from "r";
"#;
    let expected = [
        "R0121", "R0120", "R0122", "R0121", "R0123", "R0120", "R0121", "R0122", "R0120", "R0121", "R0120",
        "R0121", "R0120", "R0120",
    ];
    codes(text, &expected);
    let parsed = parse(FileId(0), text);
    assert!(
        parsed
            .diagnostics
            .is_sorted_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span.start))
    );
}

#[test]
fn at_most_fifty_are_reported() {
    assert_eq!(report(&"let a = ;\n".repeat(1000)).len(), MAX_DIAGNOSTICS);
}
