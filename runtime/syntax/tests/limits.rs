//! Limits from both sides, and that no input is slow or overflows a stack.

use raya_source::FileId;
use raya_syntax::ast::{Expression, ExpressionKind, StatementKind};
use raya_syntax::limits::{MAX_HEIGHT, MAX_NESTING};
use raya_syntax::parse;

/// Runs in a thread with a small stack, the debug build included.
fn on_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).expect("a thread").join().expect("no panic");
}

fn codes(text: &str) -> Vec<&'static str> {
    parse(FileId(0), text).diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect()
}

fn nested(open: &str, close: &str, count: u32) -> String {
    format!("{}x{}", open.repeat(count as usize), close.repeat(count as usize))
}

#[test]
fn nesting_is_limited_from_both_sides() {
    on_small_stack(|| {
        let levels = MAX_NESTING - 2;
        assert_eq!(codes(&format!("x = {}", nested("(", ")", levels - 1))), [""; 0]);
        assert_eq!(codes(&format!("x = {}", nested("(", ")", levels + 1))), ["R0112"]);
    });
}

#[test]
fn every_way_to_nest_is_counted() {
    on_small_stack(|| {
        let many = 20_000;
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("({a:", "})"),
            ("f(", ")"),
            ("a[", "]"),
            ("!", ""),
            ("- ", ""),
            ("++", ""),
            ("typeof ", ""),
            ("await ", ""),
            ("async ", ""),
            ("new ", ""),
            ("a ** ", ""),
            ("a ? ", " : b"),
            ("a ? b : ", ""),
            ("a = ", ""),
            ("x => ", ""),
            ("(x) => ", ""),
            ("async x => ", ""),
            ("`${", "}`"),
            ("function f() {", "}"),
            ("x = function () {", "}"),
            ("class A { x = ", "}"),
            ("x = class extends ", " {}"),
            ("@a(", ") class A {}"),
            ("@", " class A {}"),
            ("if (a) ", ""),
            ("while (a) ", ""),
            ("a: ", ""),
            ("for (;;) ", ""),
            ("with (a) ", ""),
            ("do ", " while (a)"),
            ("try {", "} finally {}"),
            ("switch (a) { case ", ": }"),
            ("let [", "] = a"),
            ("let {a: ", "} = b"),
            ("let a: ", ""),
            ("type T = (", ")"),
            ("type T = [", "]"),
            ("type T = { a: ", "}"),
            ("type T = A<", ">"),
            ("type T = keyof ", ""),
            ("type T = (a: ", ") => b"),
            ("type T = () => ", ""),
            ("type T = A[", "]"),
            ("<T>", ""),
            ("<T extends ", ">() => x"),
            ("a < ", ""),
            ("a<", ">(x)"),
            ("a ?? a || a && a | a ^ a & a == a < a << a + a * a ** (", ")"),
            ("class A { m() {", "}}"),
            ("class A { static {", "}}"),
            ("({ get a() {", "}})"),
            ("a?.[", "]"),
            ("super[", "]"),
            ("import(", ")"),
            ("declare ", ""),
            ("export ", ""),
            ("namespace A {", "}"),
            ("trait A { a() {", "}}"),
            ("declare module 'x' {", "}"),
            ("enum A {", "}"),
            ("(a, b = ", ") => x"),
            ("({a = ", "})"),
            ("a as ", ""),
        ] {
            // Must end without overflowing, and say something: none of these is a program.
            assert!(!parse(FileId(0), &nested(open, close, many)).diagnostics.is_empty(), "{open}");
        }
    });
}

#[test]
fn chains_are_limited_from_both_sides() {
    on_small_stack(|| {
        let fits = MAX_HEIGHT as usize - 10;
        let breaks = MAX_HEIGHT as usize + 10;
        for (first, link) in [
            ("a", " + a"),
            ("a", ".b"),
            ("a", "()"),
            ("a", "[0]"),
            ("a", "!"),
            ("a", "?.b"),
            ("a", " as int"),
        ] {
            assert_eq!(codes(&format!("{first}{}", link.repeat(fits))), [""; 0], "{link}");
            assert_eq!(codes(&format!("{first}{}", link.repeat(breaks))), ["R0112"], "{link}");
        }
        assert_eq!(codes(&format!("if (a) b;{}", " else if (c) d;".repeat(fits))), [""; 0]);
        assert_eq!(codes(&format!("if (a) b;{}", " else if (c) d;".repeat(breaks))), ["R0112"]);
        assert_eq!(codes(&format!("type T = A{}", "[]".repeat(breaks))), ["R0112"]);
        // What is wide and not high has no limit.
        assert_eq!(codes(&format!("f({})", "a.b + 1, ".repeat(50_000))), [""; 0]);
        assert_eq!(codes(&format!("type T = A{}", " | A".repeat(50_000))), [""; 0]);
    });
}

fn height(expression: &Expression) -> u32 {
    match &expression.kind {
        ExpressionKind::Binary { left, right, .. } => 1 + height(left).max(height(right)),
        ExpressionKind::Parenthesized(inner) => 1 + height(inner),
        _ => 1,
    }
}

#[test]
fn chains_inside_nesting_count_together() {
    on_small_stack(|| {
        let mut text = "a".to_string();
        for _ in 0..100 {
            text = format!("({text}{})", " + a".repeat(100));
        }
        let parsed = parse(FileId(0), &text);
        assert_eq!(
            parsed.diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect::<Vec<_>>(),
            ["R0112"]
        );
        for statement in &parsed.module.statements {
            if let StatementKind::Expression(expression) = &statement.kind {
                assert!(height(expression) <= MAX_HEIGHT);
            }
        }
    });
}

#[test]
fn every_beginning_of_a_program_is_parsed() {
    let program = include_str!("program.raya");
    for (at, _) in program.char_indices() {
        parse(FileId(0), &program[..at]);
        parse(FileId(0), &program[at..]);
    }
}

/// Inputs on which a parser that backtracks takes exponential or quadratic time: this test would not end.
#[test]
fn looking_ahead_is_linear() {
    let count = 200_000;
    for piece in [
        "(", "((a)", "a<", "a<b,", "a<b<", "(a<", "<", "<T", "async(", "async<", "(a=", "[(", "{(", "a?(",
        "a?(b):", "(a?(", "a<(", "`${(", "\\u{", "x ", "/*", "@", "(/", "=>", "f<T>(", "a<b>>", "[,",
        "({a=1},", "export ", "[[,],", "a/* */", "(()", "case (", "(x) ", "x<y;", "\u{FEFF}",
    ] {
        parse(FileId(0), &piece.repeat(count));
    }
}
