//! Every construct of the language parses, and gives the tree it should.

use raya_source::FileId;
use raya_syntax::ast::{
    AssignmentOperator, BinaryOperator, ClassMemberKind, Export, Expression, ExpressionKind as Kind, ForHead,
    FunctionBody, LogicalOperator, Module, ObjectMemberKind, PatternKind, Statement, StatementKind,
    TypeAliasValue, TypeKind, TypeMemberKind,
};
use raya_syntax::{imports, parse};

fn module(text: &str) -> Module {
    let parsed = parse(FileId(0), text);
    assert!(parsed.diagnostics.is_empty(), "{text}\n{:#?}", parsed.diagnostics);
    parsed.module
}

fn statement(text: &str) -> StatementKind {
    let mut module = module(text);
    assert_eq!(module.statements.len(), 1, "{text}");
    module.statements.remove(0).kind
}

fn expression(text: &str) -> Expression {
    match statement(text) {
        StatementKind::Expression(expression) => *expression,
        other => panic!("{text}: {other:?}"),
    }
}

/// The type after `type T =`.
fn ty(text: &str) -> TypeKind {
    match statement(&format!("type T = {text};")) {
        StatementKind::TypeAlias(alias) => match alias.value {
            TypeAliasValue::Type(ty) => ty.kind,
            TypeAliasValue::Native(_) => panic!("{text} is native"),
        },
        other => panic!("{text}: {other:?}"),
    }
}

/// An expression with all structure made visible by parentheses.
fn shape(expression: &Expression) -> String {
    match &expression.kind {
        Kind::Name(text) => text.to_string(),
        Kind::Integer(value) => value.to_string(),
        Kind::Number(value) => format!("{value:?}f"),
        Kind::String(value) => format!("{value:?}"),
        Kind::Null => "null".into(),
        Kind::This => "this".into(),
        Kind::Boolean(value) => value.to_string(),
        Kind::Parenthesized(inner) => format!("<{}>", shape(inner)),
        Kind::Unary { operator, operand } => format!("({operator:?} {})", shape(operand)),
        Kind::Update { operator, prefix, target } => {
            let side = if *prefix { "pre" } else { "post" };
            format!("({side}{operator:?} {})", shape(target))
        }
        Kind::Binary { operator, left, right, .. } => {
            format!("({} {operator:?} {})", shape(left), shape(right))
        }
        Kind::Logical { operator, left, right } => format!("({} {operator:?} {})", shape(left), shape(right)),
        Kind::Conditional { test, consequent, alternate } => {
            format!("({} ? {} : {})", shape(test), shape(consequent), shape(alternate))
        }
        Kind::Assign { operator, value, .. } => format!("({operator:?} {})", shape(value)),
        Kind::Member { object, property, optional } => {
            format!("{}{}{}", shape(object), if *optional { "?." } else { "." }, property.text)
        }
        Kind::PrivateMember { object, property, .. } => format!("{}.#{}", shape(object), property.text),
        Kind::Index { object, index, optional } => {
            format!("{}{}[{}]", shape(object), if *optional { "?." } else { "" }, shape(index))
        }
        Kind::Call(call) => {
            let arguments: Vec<String> =
                call.arguments.iter().map(|argument| shape(&argument.value)).collect();
            let types = "T".repeat(call.type_arguments.len());
            format!(
                "{}{}{types}({})",
                shape(&call.callee),
                if call.optional { "?." } else { "" },
                arguments.join(", ")
            )
        }
        Kind::New(call) => format!("new {}({})", shape(&call.callee), call.arguments.len()),
        Kind::Chain(inner) => format!("[{}]", shape(inner)),
        Kind::As { expression, .. } => format!("({} as)", shape(expression)),
        Kind::AsConst(expression) => format!("({} const)", shape(expression)),
        Kind::Satisfies { expression, .. } => format!("({} satisfies)", shape(expression)),
        Kind::NonNull(inner) => format!("{}!", shape(inner)),
        Kind::Await(inner) => format!("(await {})", shape(inner)),
        Kind::Async(inner) => format!("(async {})", shape(inner)),
        Kind::Arrow(arrow) => {
            let body = match &arrow.function.body {
                FunctionBody::Expression(value) => shape(value),
                _ => "{}".into(),
            };
            let word = if arrow.function.is_async { "async " } else { "" };
            let typed = if arrow.function.return_type.is_some() { ":" } else { "" };
            format!("({word}{}{typed} => {body})", arrow.function.parameters.len())
        }
        Kind::Sequence(all) => all.iter().map(shape).collect::<Vec<_>>().join(", "),
        Kind::RegularExpression(regular) => format!("/{}/{}", regular.pattern, regular.flags),
        Kind::Array(elements) => format!("[{}]", elements.len()),
        Kind::Object(members) => format!("{{{}}}", members.len()),
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn shapes(text: &str, expected: &str) {
    assert_eq!(shape(&expression(text)), expected, "{text}");
}

#[test]
fn operators_bind_as_in_typescript() {
    shapes("a + b * c - d", "((a Add (b Multiply c)) Subtract d)");
    shapes("a ** b ** c", "(a Power (b Power c))");
    shapes("a || b && c | d ^ e & f", "(a Or (b And (c BitOr (d BitXor (e BitAnd f)))))");
    shapes("a == b < c << d + e", "(a Equal (b Less (c ShiftLeft (d Add e))))");
    shapes("a === b !== c", "((a Equal b) NotEqual c)");
    shapes("a > b >= c >> d >>> e", "((a Greater b) GreaterEqual ((c ShiftRight d) ShiftRightUnsigned e))");
    shapes("!a instanceof B", "((Not a) InstanceOf B)");
    shapes("-a * +b", "((Minus a) Multiply (Plus b))");
    shapes("typeof a == 'int'", "((TypeOf a) Equal \"int\")");
    shapes("a ?? b ?? c", "((a Coalesce b) Coalesce c)");
    shapes("a ?? (b || c)", "(a Coalesce <(b Or c)>)");
    shapes("a as int + 1", "((a as) Add 1)");
    shapes("a + b as int", "((a Add b) as)");
    shapes("x as const", "(x const)");
    shapes("x satisfies T", "(x satisfies)");
    shapes("a ? b : c ? d : e", "(a ? b : (c ? d : e))");
    shapes("a = b = c", "(Assign (Assign c))");
    shapes("a >>>= b >>= c", "(Compound(ShiftRightUnsigned) (Compound(ShiftRight) c))");
    shapes("a ??= b", "(Logical(Coalesce) b)");
    shapes("a, b, c", "a, b, c");
    shapes("++a - --b", "((preIncrement a) Subtract (preDecrement b))");
    shapes("a++ + b--", "((postIncrement a) Add (postDecrement b))");
    shapes("delete a.b", "(Delete a.b)");
    shapes("undefined", "null");
}

#[test]
fn literals() {
    shapes("-2147483648", "-2147483648");
    shapes("- 2147483648", "-2147483648");
    shapes("-2147483648.0", "(Minus 2147483648.0f)");
    shapes("2147483648", "2147483648.0f");
    shapes("1_000", "1000");
    shapes("1e3", "1000.0f");
    shapes(r"'a\x41\u{1F600}'", "\"aA😀\"");
    shapes("/a[/]b\\//gi.test(x)", "/a[/]b\\//gi.test(x)");
    shapes("a / b / c", "((a Divide b) Divide c)");
    shapes("x = /=a/", "(Assign /=a/)");
    shapes("(a) / b", "(<a> Divide b)");
}

#[test]
fn templates_nest() {
    let Kind::Template(template) = expression("`a${`b${c}` + {d: `}`}.d}\\n$e{${f}`").kind else { panic!() };
    let strings: Vec<&str> = template.strings.iter().map(|string| &*string.value).collect();
    assert_eq!(strings, ["a", "\n$e{", ""]);
    assert_eq!(template.expressions.len(), 2);
    let Kind::TaggedTemplate { type_arguments, .. } = expression("tag<int>`a${1}`").kind else { panic!() };
    assert_eq!(type_arguments.len(), 1);
}

#[test]
fn optional_chains_cover_the_rest_of_the_chain() {
    shapes("a?.b.c(d)[e]", "[a?.b.c(d)[e]]");
    shapes("(a?.b).c", "<[a?.b]>.c");
    shapes("a?.[0]?.(1)!.b", "[a?.[0]?.(1)!.b]");
    shapes("a?.b + c?.d", "([a?.b] Add [c?.d])");
    shapes("a?.<int>(1)", "[a?.T(1)]");
    shapes("a ?.5 : b", "(a ? 0.5f : b)");
}

#[test]
fn type_arguments_and_comparisons_are_told_apart() {
    shapes("f<int>(x)", "fT(x)");
    shapes("f<Map<string, int[]>>(x)", "fT(x)");
    shapes("a < b > c", "((a Less b) Greater c)");
    shapes("a < b && c > (d)", "((a Less b) And (c Greater <d>))");
    shapes("a < (b >> c)", "(a Less <(b ShiftRight c)>)");
    shapes("new Map<string, Array<int>>()", "new Map(0)");
    shapes("new a.B(c).d()", "new a.B(1).d()");
    shapes("JSON.parse<{ a: int; b?: string }>(t)", "JSON.parseT(t)");
    shapes("f<() => void>(x)", "fT(x)");
}

#[test]
fn arrows() {
    shapes("x => x + 1", "(1 => (x Add 1))");
    shapes("() => {}", "(0 => {})");
    shapes("(a, b = 1, ...c) => a", "(3 => a)");
    shapes("(a: int, b?: string): int => a", "(2: => a)");
    shapes("({ a, b: [c] }) => a", "(1 => a)");
    shapes("<T extends A = B>(x: T): T => x", "(1: => x)");
    shapes("async x => await x", "(async 1 => (await x))");
    shapes("async (x: int) => x", "(async 1 => x)");
    shapes("async <T>(x: T) => x", "(async 1 => x)");
    shapes("(x): x is string => true", "(1: => true)");
    shapes("() => ({})", "(0 => <{0}>)");
    shapes("a => b => c", "(1 => (1 => c))");
    shapes("a ? (b) : c => d", "(a ? <b> : (1 => d))");
    shapes("a ? (b: int): int => b : c", "(a ? (1: => b) : c)");
    shapes("a ? (b) => b : c", "(a ? (1 => b) : c)");
    shapes("f((a): int => a, ((b)))", "f((1: => a), <<b>>)");
    shapes("async () => await f()", "(async 0 => (await f()))");
}

#[test]
fn async_starts_a_call_as_a_task() {
    shapes("async f(x)", "(async f(x))");
    shapes("async a.b(c)", "(async a.b(c))");
    shapes("async (f)(x)", "(async <f>(x))");
    shapes("await async f<int>(x)", "(await (async fT(x)))");
    shapes("tasks.push(async work(i))", "tasks.push((async work(i)))");
}

#[test]
fn statements() {
    let text = r#"#!/usr/bin/env raya
// comment
let a = 1, b: int, c!: string
const { d, e: [f, , g = 2, ...h], ["i"]: j = 3, ...k } = l;
if (a) b; else if (c) { d } else e
while (a) { continue }
do { break } while (a) let m = 1;
outer: for (let i = 0, n = 3; i < n; i++, n--) { for (;;) { continue outer } }
for (const [key, value] of map) {}
for (x of y) ;
for (a.b of c) ;
[a, b] = [b, a];
({ a, b: c.d, e = 1, ...f } = g);
[[a], , b[0] = 2, ...c] = d;
switch (a) { case 1: case (b): x(); break; default: y() }
try { a() } catch (e) { b() } finally { c() }
try { a() } catch { }
throw new Error("x", { cause: e });
block: { break block; }
return a
"#;
    let module = module(text);
    assert_eq!(module.comments.len(), 2);
    let kinds: Vec<&StatementKind> = module.statements.iter().map(|statement| &statement.kind).collect();
    assert!(matches!(kinds[0], StatementKind::Variables(variables) if variables.declarations.len() == 3));
    let StatementKind::If(first) = kinds[2] else { panic!() };
    let Some(Statement { kind: StatementKind::If(second), .. }) = &first.alternate else { panic!() };
    assert!(second.alternate.is_some());
    assert!(matches!(kinds[7], StatementKind::ForOf { head: ForHead::Variables(_), .. }));
    assert!(matches!(kinds[8], StatementKind::ForOf { head: ForHead::Pattern(_), .. }));
    let StatementKind::Expression(assignment) = kinds[11] else { panic!() };
    let Kind::Parenthesized(inner) = &assignment.kind else { panic!() };
    let Kind::Assign { operator: AssignmentOperator::Assign, target, .. } = &inner.kind else { panic!() };
    let PatternKind::Object { properties, rest } = &target.kind else { panic!() };
    assert!(properties.len() == 3 && rest.is_some() && properties[2].default.is_some());
    assert!(matches!(properties[1].value.kind, PatternKind::Expression(_)));
    let StatementKind::Expression(assignment) = kinds[12] else { panic!() };
    let Kind::Assign { target, .. } = &assignment.kind else { panic!() };
    let PatternKind::Array { elements, rest } = &target.kind else { panic!() };
    assert!(elements.len() == 3 && elements[1].is_none() && rest.is_some());
}

#[test]
fn semicolons_are_inserted() {
    let module = module("let a = 1\nlet b = a\n++b\nreturn\na");
    assert_eq!(module.statements.len(), 5);
    assert!(matches!(module.statements[3].kind, StatementKind::Return(None)));
}

#[test]
fn objects() {
    let text = "({ a, b: 1, 'c': 2, 3: 4, [d]: 5, ...e, f() {}, async g() {}, get h() { return 1 }, set h(v) {}, get: 1, async: 2, if: 3, set() {} })";
    let Kind::Parenthesized(inner) = expression(text).kind else { panic!() };
    let Kind::Object(members) = inner.kind else { panic!() };
    assert_eq!(members.len(), 14);
    assert!(matches!(members[0].kind, ObjectMemberKind::Shorthand { .. }));
    assert!(matches!(&members[7].kind, ObjectMemberKind::Method { function, .. } if function.is_async));
    assert!(matches!(members[8].kind, ObjectMemberKind::Getter { .. }));
    assert!(matches!(members[9].kind, ObjectMemberKind::Setter { .. }));
    assert!(matches!(members[10].kind, ObjectMemberKind::Property { .. }));
}

#[test]
fn classes() {
    let text = r#"
@sealed @tag("x")
export abstract class A<T extends B = C> extends ns.D<T> implements E, F<T> {
  #count = 0;
  private static readonly names: string[] = [];
  protected value?: int
  later!: string;
  @observe() field: T;
  "quoted": int = 1;
  [computed] = 2;
  static = 3;
  get = 4
  async = 5
  constructor(private readonly x: int, public y = 1, z?: string) { super(x); this.#count++; }
  get size(): int { return this.#count; }
  set size(value: int) { this.#count = value; }
  @log async load<U>(...items: U[]): Task<U> { return await f(items); }
  abstract area(): number;
  overloaded(a: int): int;
  overloaded(a: int | string): int { return 1; }
  push(...items: T[]): int = native;
  static { setup(); }
  static of(): A<int> { return null }
  isA(x: unknown): this is A<T> { return true }
}
"#;
    let StatementKind::Export(export) = statement(text) else { panic!() };
    let Export::Declaration(declaration) = *export else { panic!() };
    let StatementKind::Class(class) = declaration.kind else { panic!() };
    assert!(class.is_abstract && class.decorators.len() == 2 && class.implements.len() == 2);
    assert_eq!(class.members.len(), 21);
    assert!(
        matches!(class.members[7].kind, ClassMemberKind::Field { .. })
            && !class.members[7].modifiers.is_static
    );
    let ClassMemberKind::Constructor(constructor) = &class.members[10].kind else {
        panic!("{:?}", class.members[10])
    };
    assert!(constructor.parameters[0].property.is_some_and(|modifiers| modifiers.is_readonly));
    assert!(constructor.parameters[2].property.is_none());
    let ClassMemberKind::Method { function, .. } = &class.members[17].kind else { panic!() };
    assert!(matches!(function.body, FunctionBody::Native(_)));
    assert!(matches!(class.members[18].kind, ClassMemberKind::StaticBlock(_)));
}

#[test]
fn types() {
    assert!(matches!(ty("int | string | null"), TypeKind::Union(types) if types.len() == 3));
    assert!(matches!(ty("| 'a' | -1 | 2.5 | true"), TypeKind::Union(types) if types.len() == 4));
    assert!(matches!(ty("A & B"), TypeKind::Intersection(_)));
    assert!(matches!(ty("int[][]"), TypeKind::Array(_)));
    assert!(
        matches!(ty("[a: int, b?: string, ...c: T[]]"), TypeKind::Tuple(elements) if elements[1].optional && elements[2].rest)
    );
    assert!(matches!(ty("[int, string?]"), TypeKind::Tuple(elements) if elements[1].optional));
    assert!(matches!(ty("(a: int, b?: string, ...c: T[]) => void"), TypeKind::Function(_)));
    assert!(matches!(ty("<T>(a: T) => a is string"), TypeKind::Function(_)));
    assert!(matches!(ty("new (a: int) => A"), TypeKind::Constructor { is_abstract: false, .. }));
    assert!(matches!(ty("abstract new () => A"), TypeKind::Constructor { is_abstract: true, .. }));
    assert!(matches!(ty("(int | string)[]"), TypeKind::Array(_)));
    assert!(
        matches!(ty("keyof typeof a.b"), TypeKind::KeyOf(inner) if matches!(inner.kind, TypeKind::TypeOf(_)))
    );
    assert!(matches!(ty("readonly string[]"), TypeKind::Readonly(_)));
    assert!(matches!(ty("T['a'][int]"), TypeKind::IndexedAccess { .. }));
    assert!(matches!(ty("ns.Map<string, Array<Set<int>>>"), TypeKind::Reference { .. }));
    assert!(matches!(ty("this"), TypeKind::This));
    let members = "{ a: int; readonly b?: string, c(x: int): void; [key: string]: int; (x: int): int\n new (): A; get d(): int; set d(v: int) }";
    let TypeKind::Object(members) = ty(members) else { panic!() };
    assert_eq!(members.len(), 8);
    assert!(matches!(members[3].kind, TypeMemberKind::Index { .. }));
}

#[test]
fn modules() {
    let text = r#"
import { a, b as c, type D, default as e } from "./x";
import * as ns from 'std:io';
import f, { g } from "native:fs";
import h, * as i from "./y"
import type { J } from "./z";
import "./effects";
export { a, c as d, e as default };
export { k } from "./k";
export * from "./l";
export * as m from "./m";
export default async function () {}
export const n = 1, o = 2;
export type P<T = int> = T[];
export interface Q extends R, S<int> { t: int }
export async function u(): Task<void> {}
"#;
    let module = module(text);
    assert_eq!(module.statements.len(), 15);
    let specifiers: Vec<&str> = imports(&module).map(|(specifier, _)| specifier).collect();
    assert_eq!(specifiers, ["./x", "std:io", "native:fs", "./y", "./z", "./effects", "./k", "./l", "./m"]);
    let (_, span) = imports(&module).next().unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], "\"./x\"");
}

#[test]
fn native_modules() {
    let text = r#"
declare module "native:shapes" {
  export function area(b: Box): Result<number, Error>;
  native function scale(b: Box, by: number): Box;
  function plain(): void
  type Box = native;
  export type Pair<A, B> = native;
  export const PI: number;
  interface Options { deep?: boolean }
  trait Show { show(): string; }
  impl Show for Box { show(): string = native("box_show"); }
  impl<T: Show> Show for Pair<T, T>;
  class Handle { close(): void; readonly id: int; }
}
trait Area<T> extends Show { area(): T; twice(): T { return this.area() } }
impl Area<int> for Square { area(): int { return 1 } twice(): int = native; }
use impl shapes::Show for Box;
function f(x: int): int = native;
native function g(x: int): int;
declare class C { x: int; m(a: int): void; static s(): C; constructor(a: int) }
declare function h(): void;
declare const i: int;
function max<T: Ord>(a: T, b: T): T { return a }
"#;
    let module = module(text);
    let StatementKind::DeclareModule(declared) = &module.statements[0].kind else { panic!() };
    assert_eq!(&*declared.specifier.value, "native:shapes");
    assert_eq!(declared.items.len(), 11);
    let StatementKind::Function(function) = &declared.items[1].kind else { panic!() };
    assert!(matches!(function.body, FunctionBody::Native(_)));
    let StatementKind::TypeAlias(alias) = &declared.items[3].kind else { panic!() };
    assert!(matches!(alias.value, TypeAliasValue::Native(_)));
    let StatementKind::Impl(implementation) = &declared.items[8].kind else { panic!() };
    let FunctionBody::Native(native) = &implementation.methods[0].body else { panic!() };
    assert_eq!(native.symbol.as_ref().map(|symbol| &*symbol.value), Some("box_show"));
    let StatementKind::UseImpl(selected) = &module.statements[3].kind else { panic!() };
    let path: Vec<&str> = selected.path.segments.iter().map(|name| &*name.text).collect();
    assert_eq!(path, ["shapes", "Show"]);
    let StatementKind::Function(function) = &module.statements[4].kind else { panic!() };
    assert!(matches!(function.body, FunctionBody::Native(_)));
}

#[test]
fn contextual_words_are_names_too() {
    module(
        "let type = 1; type = 2; let of = type + from; native(declare, use); let async2 = 1; abstract.get.set = trait",
    );
    module("let number = 1; let string = number; object.int(float)");
    module("let as = 1; x = as as int; let match = 1; module.exports; namespace\nfoo");
}

#[test]
fn unusual_text_is_read() {
    module("\u{FEFF}let a = 1;\r\nlet größe = 2;\u{2028}let \\u0061b = 3; let 变量 = größe");
    let StatementKind::Variables(variables) = statement("let \\u{61}b = 1") else { panic!() };
    assert_eq!(
        variables.declarations[0].pattern.as_name().map(|name| name.text.to_string()),
        Some("ab".into())
    );
}

#[test]
fn spans_are_exact() {
    let text = "x = a + (b * c);";
    let StatementKind::Expression(expression) = statement(text) else { panic!() };
    let slice = |span: raya_source::Span| &text[span.start as usize..span.end as usize];
    assert_eq!(slice(expression.span), "x = a + (b * c)");
    let Kind::Assign { value, .. } = expression.kind else { panic!() };
    assert_eq!(slice(value.span), "a + (b * c)");
    let Kind::Binary { operator, operator_span, right, .. } = value.kind else { panic!() };
    assert_eq!((operator, slice(operator_span), slice(right.span)), (BinaryOperator::Add, "+", "(b * c)"));
    let Kind::Logical { operator, .. } = self::expression("a && b").kind else { panic!() };
    assert_eq!(operator, LogicalOperator::And);
}
