//! What programs are elaborated to.

mod common;

use raya_check::dump::dump;

/// The functions of the entry file.
fn dumped(text: &str) -> String {
    let (loaded, output) = common::check_one(text);
    assert_eq!(common::shown(&loaded, &output), Vec::<String>::new());
    let file = loaded.modules.last().map(|one| one.tree.file);
    dump(&output.program, &|function| Some(function.span.file) == file)
}

/// Without function numbers, which change with the prelude.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('f') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let digits = after[1..].chars().take_while(char::is_ascii_digit).count();
        let boundary = !before.ends_with(|one: char| one.is_alphanumeric());
        if digits > 0 && boundary {
            out.push_str("f#");
            rest = &after[1 + digits..];
        } else {
            out.push('f');
            rest = &after[1..];
        }
    }
    out.push_str(rest);
    out
}

#[test]
fn ints_and_numbers() {
    assert_eq!(
        plain(&dumped(
            "function f(a: int, b: number): number { return a * 2 + b; } let n: number = 1; n += f(1, 2);"
        )),
        "f# f(a:i b:n) -> n
  return AddNumber(number(MultiplyInt(a, 2)), b)
f# <module>() -> a
  init @main.n = 1.0
  (@main.n = AddNumber(@main.n, f(1, 2.0):n))
"
    );
}

#[test]
fn narrowed_values_are_checked_where_they_are_used() {
    assert_eq!(
        plain(&dumped("function f(x: int | null): int { if (x == null) return 0; return x + 1; }")),
        "f# <module>() -> a
f# f(x:a) -> i
  if Equal(x, null)
    return 0
  return AddInt(check:i(x), 1)
"
    );
}

#[test]
fn optional_parameters_have_a_prologue() {
    assert_eq!(
        plain(&dumped("function f(a: int, b: int = 2): int { return a + b; } f(1);")),
        "f# f(a:i %1:a) -> i
  let b:i = (Or:b(absent?(%1), Equal(%1, null)) ? 2 : check:i(%1)):i
  return AddInt(a, b)
f# <module>() -> a
  f(1, absent):i
"
    );
}

#[test]
fn closures_capture_by_reference() {
    assert_eq!(
        plain(&dumped("function f(): () => int { let n = 0; return () => { n += 1; return n; }; }")),
        "f# <module>() -> a
f# f() -> r
  let n*:i = 0
  return closure f#
f# <anonymous>() captures 1 -> i
  (^0 = AddInt(^0, 1))
  return ^0
"
    );
}

#[test]
fn constructors_initialise_fields_in_order() {
    assert_eq!(
        plain(&dumped(
            "class A { x: int = 1; constructor(public y: string) {} } class B extends A { z: number = this.x; } new B(\"b\").z;"
        )),
        "class A { y:r x:i } []
class B { y:r x:i z:n } []
f# new A(this:r y:r) -> a
  (this.y = y)
  (this.x = 1)
f# <module>() -> a
  new B(\"b\").z:n
f# new B(this:r y:r) -> a
  new A(this, y):a
  (this.z = number(this.x:i))
"
    );
}

#[test]
fn match_on_a_result_gives_the_payload() {
    assert_eq!(
        plain(&dumped("function f(r: Result<int, string>): int { return match(r, { ok: (v) => v + 1, error: (e) => e.length }); }")),
        "f# <module>() -> a
f# f(r:r) -> i
  return {let %1:r = r; (Equal(%1.status:a, any(\"ok\")) ? {let v:i = %1.value:i; AddInt(v, 1)} : {let e:r = %1.error:r; #String.length(e):i}):i}
"
    );
}
