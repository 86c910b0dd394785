//! Programs that are right: nothing is reported, not even a warning, but for names that such short programs do not use.

mod common;

fn accept(text: &str) {
    let (loaded, output) = common::check_one(text);
    let reported: Vec<String> =
        common::shown(&loaded, &output).into_iter().filter(|one| !one.starts_with("R0218")).collect();
    assert_eq!(reported, Vec::<String>::new(), "in\n{text}");
}

macro_rules! accept {
    ($($name:ident: $text:expr;)*) => {$(
        #[test]
        fn $name() {
            accept($text);
        }
    )*};
}

accept! {
    ints_widen_to_numbers: "const a: int = 1; const b: number = a; let c = 1.5; c = a; const d: number[] = [1, 2];";
    floor_gives_an_int_where_one_is_wanted: "const i: int = Math.floor(2.5); const xs = [1, 2]; xs[Math.floor(0.5)]; let n: number = Math.round(2.5); n += 0.5;";
    fewer_parameters_are_fine: "function each(f: (x: int, i: int) => void): void { f(1, 2); } each(x => { x + 1; }); each(() => {});";
    optional_rest_and_default_parameters: "function f(a: int, b?: int, c: string = \"c\", ...rest: number[]): string { return `${a}${b}${c}${rest.length}`; }
        f(1); f(1, 2); f(1, null, \"x\"); f(1, 2, \"x\", 1, 2.5); f(1, 2, \"x\", ...[1.5, 2]);";
    narrowing_by_typeof_and_null: "function f(x: int | string | null): int { if (x == null) return 0; if (typeof x === \"string\") return x.length; return x + 1; } f(1);";
    narrowing_by_truthiness_and_logic: "function f(a: { b: string | null } | null): int { if (a && a.b) { return a.b.length; } if (!a || a.b == null) return 0; return a.b.length; } f(null);";
    narrowing_by_instanceof_in_catch: "class Mine extends Error { extra: int = 1; } try { throw new Mine(\"m\"); } catch (e) { if (e instanceof Mine) console.log(e.extra); else throw e; }";
    narrowing_by_predicates: "function isText(x: unknown): x is string { return typeof x === \"string\"; } const xs: (int | string)[] = [1, \"a\"]; const t: string[] = xs.filter(isText); const u: unknown = 1; if (Array.isArray(u)) u.length; t.length;";
    narrowing_survives_early_exits: "function f(xs: (int | null)[]): int { let sum = 0; for (const x of xs) { if (x === null) continue; sum += x; } let y: int | null = 1; while (true) { if (y == null) break; y = y > 3 ? null : y + 1; } return sum; } f([1]);";
    discriminated_unions: "type Shape = { kind: \"circle\", r: number } | { kind: \"square\", side: number };
        function area(s: Shape): number { switch (s.kind) { case \"circle\": return s.r; case \"square\": return s.side; } }
        function name(s: Shape): string { if (s.kind === \"circle\") { s.r; return \"c\"; } return \"\" + s.side; } area({ kind: \"circle\", r: 1 }); name({ kind: \"square\", side: 2 });";
    exhaustive_match: "type R = { status: \"ok\", value: int } | { status: \"error\", error: string };
        function f(x: int | string | boolean | null): string { return match(x, { int: (n) => `${n + 1}`, string: (s) => s.toUpperCase(), boolean: (b) => b ? \"t\" : \"f\", null: () => \"n\" }); }
        function g(): Result<int, string> { return ok(1); }
        const n: int = match(g(), { ok: (v) => v, error: (e) => e.length }); f(n); const r: R = { status: \"ok\", value: 1 }; r.status;";
    match_has_a_default: "function f(k: \"a\" | \"b\" | \"c\"): int { return match(k, { a: () => 1, _: (rest) => rest.length }); } f(\"b\");";
    generics_are_inferred: "function map<T, U>(xs: T[], f: (x: T) => U): U[] { const r: U[] = []; for (const x of xs) r.push(f(x)); return r; } const s: string[] = map([1, 2], x => `${x}`); s.length;
        const pairs: [string, int][] = Object.entries({ a: 1 }); const m = new Map(pairs); const v: int = m.get(\"a\") ?? 0; v;";
    generic_classes: "class Box<T> { constructor(private value: T) {} get(): T { return this.value; } map<U>(f: (x: T) => U): Box<U> { return new Box(f(this.value)); } } const n: int = new Box(\"abc\").map(s => s.length).get(); n;";
    constraints_and_defaults: "interface HasLength { length: int; } function longest<T extends HasLength = string>(a: T, b: T): T { return a.length > b.length ? a : b; } longest(\"a\", \"bb\").toUpperCase(); longest([1], [2, 3]).push(4);";
    keyof_and_indexed_access: "function pick<T, K extends keyof T>(o: T, k: K): T[K] { return o[k]; } const n: int = pick({ a: 1, b: \"x\" }, \"a\"); type P = { x: int }; type X = P[\"x\"]; const x: X = n; x;";
    recursive_types: "type Json = null | boolean | number | string | Json[] | { [key: string]: Json }; const j: Json = { a: [1, { b: null }] }; interface Tree { value: int; kids: Tree[]; } const t: Tree = { value: 1, kids: [{ value: 2, kids: [] }] }; t.kids[0].kids.length; j;";
    classes: "interface Named { name: string; } abstract class Animal implements Named { static count = 0; #secret = 1; protected legs: int = 4; constructor(public readonly name: string) { Animal.count++; } abstract sound(): string; get secret(): int { return this.#secret; } set secret(v: int) { this.#secret = v; } describe(): string { return `${this.name} ${this.sound()} ${this.legs}`; } }
        class Dog extends Animal { tricks: string[] = []; sound(): string { return \"woof\"; } describe(): string { return super.describe() + this.tricks.length; } } const d = new Dog(\"rex\"); d.secret += 1; const n: Named = d; n.name; d.describe();";
    this_types_chain: "class B { x = 1; add(n: int): this { this.x += n; return this; } } class C extends B { sub(n: int): this { this.x -= n; return this; } } new C().add(1).sub(2).add(3);";
    closures_and_hoisting: "function outer(): int { let n = 0; const later = (): int => n > 3 ? n : step(); function step(): int { n++; return later(); } return step(); } outer(); const fs: (() => int)[] = []; for (let i = 0; i < 3; i++) { fs.push(() => i); } fs[0]();";
    recursion_without_annotation: "function fib(n: int) { if (n < 2) return n; return fib(n - 1) + fib(n - 2); } const x: int = fib(10); x;";
    mutual_recursion_of_locals: "function f(): boolean { function even(n: int): boolean { return n == 0 ? true : odd(n - 1); } function odd(n: int): boolean { return n == 0 ? false : even(n - 1); } return even(10); } f();";
    destructuring: "const { a, b: [c, d = 9], ...rest } = { a: 1, b: [2], z: \"z\" }; const [x, , y = 3, ...others] = [1, 2, 3, 4]; let p = 1, q = 2; [p, q] = [q, p]; function f({ m = 1, n }: { m?: int, n: string }): string { return n + m; } f({ n: \"n\" }); a + c + d + x + y + others.length; rest.z.length;";
    spread: "const a = [1, 2]; const b = [...a, ...new Set([3]), ...\"x\".split(\"\").map(s => s.length)]; const o = { x: 1, ...{ y: 2 } }; o.x + o.y + b.length; Math.max(...a);";
    iteration: "for (const c of \"abc\") c.length; for (const [k, v] of new Map([[\"a\", 1]])) k.length + v; for (const x of new Set([1])) x + 1; for (const b of new Uint8Array(3)) b + 1; class R { [Symbol.iterator]() { let i = 0; return { next: (): { done: boolean, value?: int } => i < 3 ? { done: false, value: i++ } : { done: true } }; } } for (const n of new R()) n + 1;";
    switch_falls_through: "function f(x: int): string { switch (x) { case 1: case 2: return \"low\"; default: return \"high\"; } } f(1);";
    labels: "outer: for (let i = 0; i < 3; i++) { for (;;) { if (i == 1) continue outer; break outer; } }";
    try_catch_finally: "function f(): int { try { return 1; } catch (e) { console.log(e.message, e.name, e.code, e.stack); return 2; } finally { console.log(\"f\"); } } f();";
    definite_assignment: "function f(b: boolean): string { let s: string; if (b) s = \"a\"; else s = \"b\"; return s; } f(true); let x!: int; x = 1;";
    optional_chaining: "type A = { b?: { c: string[], f?: () => int } | null }; function g(a: A | null): int { a?.b?.f?.(); return a?.b?.c[0].length ?? -1; } g(null);";
    unknown_and_casts: "const u: unknown = JSON.parse(\"1\"); const n = u as int; n + 1; interface P { x: int; tags?: string[]; } const p = JSON.parse<P>(\"{}\"); p.x + (p.tags?.length ?? 0); const s = u as { a: string }; s.a.length;";
    index_signatures: "const o: { [key: string]: int } = {}; o[\"a\"] = 1; o.b = 2; const v = o[\"a\"]; if (v != null) v + 1; delete o[\"a\"]; const r: Record<string, int> = { x: 1 }; for (const k of Object.keys(r)) k.length;";
    utility_types: "interface U { name: string; age: int; } const p: Partial<U> = {}; const o: Omit<U, \"age\"> = { name: \"a\" }; const k: Pick<U, \"age\"> = { age: 1 }; p.name ?? \"\"; o.name; k.age; type F = () => int; const n: ReturnType<F> = 1; n;";
    overloads: "function f(x: int): int; function f(x: string): string; function f(x: int | string): int | string { return x; } const a: int = f(1); const b: string = f(\"x\"); a; b;";
    tasks: "async function work(n: int): Promise<int> { await sleep(1); return n * 2; } const a = await work(1); const [b, c] = await [work(2), work(3)]; const t = async work(4); const all = await Task.all([work(1), work(2)]); a + b + c + (await t) + all.length; t.isDone();";
    bind_call_apply: "class A { x = 1; m(n: int): int { return this.x + n; } } const a = new A(); const f = a.m.bind(a); f(1) + 1; a.m.call(new A(), 2) + 1; const add = (x: int, y: int): int => x + y; add.apply(null, [1, 2]); const inc = add.bind(null, 1); inc(2) + 1;";
    conversions_as_functions: "const a: string[] = [1, 2].map(String); const b: number[] = [\"1\"].map(Number); const c = [0, 1].filter(Boolean); a; b; c;";
    text_conversion: "class P { toString(): string { return \"p\"; } } const s: string = `${new P()} ${1} ${null} ${[1]}` + 1 + true; String(new P()); s;";
    constants_keep_literals: "const dir = \"up\"; function go(d: \"up\" | \"down\"): void { d.length; } go(dir); const conf = { mode: \"fast\" } as const; const m: \"fast\" = conf.mode; m;";
    readonly_arrays: "function sum(xs: readonly int[]): int { let t = 0; for (const x of xs) t += x; return t; } sum([1, 2]); const t: readonly [int, string] = [1, \"a\"]; t[0] + t[1].length;";
    regular_expressions: "const m = \"a1b22\".match(/[0-9]+/); if (m) m[0].length + m.index; \"a-b\".replace(/-/g, (s) => s + s); for (const x of \"aXbX\".matchAll(/X/g)) x.index; /a/.test(\"a\");";
    assertion_functions: "function assertText(x: unknown): asserts x is string { if (typeof x !== \"string\") throw new TypeError(\"no\"); } const u: unknown = \"a\"; assertText(u); u.length;";
    abstract_generic_visitor: "interface Visitor<R> { leaf(n: Leaf): R; } abstract class Node { abstract accept<R>(v: Visitor<R>): R; } class Leaf extends Node { constructor(public v: int) { super(); } accept<R>(v: Visitor<R>): R { return v.leaf(this); } } const n: int = new Leaf(1).accept({ leaf: (l) => l.v + 1 }); n;";
    higher_order_generics: "function compose<A, B, C>(f: (a: A) => B, g: (b: B) => C): (a: A) => C { return (a) => g(f(a)); } const h = compose((x: int) => x + 1, (y: int) => `${y}`); h(1).length; [3, 1].sort((a, b) => a - b)[0]; [1, 2].reduce((acc, x) => acc + x, 0) + 1; [\"a\"].reduce((m, s) => m.set(s, s.length), new Map<string, int>()).size;";
    maps_from_pairs: "const people = [{ name: \"a\", age: 1 }]; const m = new Map(people.map(p => [p.name, p])); const n: int = m.get(\"a\")?.age ?? 0; n;";
    object_methods_see_their_object: "const o = { n: 0, inc(): int { this.n++; return this.n; } }; o.inc() + 1; interface C { n: int; add(k: int): C; } const c: C = { n: 1, add(k) { this.n += k; return this; } }; c.add(1).add(2).n;";
    static_fields_narrow: "class S { private static one: S | null = null; private constructor() {} static get(): S { if (S.one == null) { S.one = new S(); } return S.one; } } S.get();";
    program_value: "const x = [1, 2]; return x.map(n => n * 2);";
}

#[test]
fn modules_export_and_import() {
    let loaded = common::load(&[
        (
            "main.raya",
            "import make, { Shape, area as measure } from \"./lib/shapes\"; import * as util from \"./util\"; import type { Id } from \"./util\";
             const s: Shape = make(2); const id: Id = util.next(); console.log(measure(s), id, util.VERSION); const k: util.Kind = \"a\"; k.length;",
        ),
        (
            "lib/shapes.raya",
            "export type Shape = { r: number }; export function area(s: Shape): number { return s.r * s.r; } export default function make(r: number): Shape { return { r }; }",
        ),
        (
            "util.raya",
            "export type Id = int; export type Kind = \"a\" | \"b\"; let last = 0; export function next(): Id { last += 1; return last; } const VERSION = \"1\"; export { VERSION };",
        ),
    ]);
    let output = raya_check::check(&loaded, &[]);
    assert_eq!(common::shown(&loaded, &output), Vec::<String>::new());
    assert_eq!(output.program.module_bodies.len(), loaded.modules.len());
}
