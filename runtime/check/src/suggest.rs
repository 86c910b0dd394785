//! Names that are not there, and what the writer may have meant by them: a slip of the finger, another language's word, a
//! name of a standard module that was not imported.

use raya_source::{Diagnostic, Span};

use crate::checker::{Checker, closest};
use crate::codes;
use crate::prelude;
use crate::tables::*;
use crate::types::TypeId;

/// What takes the place of a word.
enum Instead {
    /// Another word.
    Word(&'static str),
    /// Something that is explained.
    Advice(&'static str),
}
use Instead::{Advice, Word};

const URL_PARTS: &str = "write `import { encodeComponent, decodeComponent } from \"std:url\";`";
const BASE64: &str =
    "write `import { base64, utf8 } from \"std:encoding\";`, then `base64.encode(utf8.encode(text))`";
const TYPED_ARRAYS: &str = "`int[]` and `number[]` keep their elements unboxed: write `new Array<int>(length)` or `new Array<number>(length)`";

/// Values that other languages have, with what takes their place.
const VALUES: &[(&str, Instead)] = &[
    ("print", Word("console.log")),
    ("println", Word("console.log")),
    ("printf", Word("console.log")),
    ("puts", Word("console.log")),
    ("echo", Word("console.log")),
    ("alert", Word("console.log")),
    ("None", Word("null")),
    ("nil", Word("null")),
    ("NULL", Word("null")),
    ("nullptr", Word("null")),
    ("True", Word("true")),
    ("False", Word("false")),
    ("self", Word("this")),
    ("str", Word("String")),
    ("len", Advice("a length is a property: `value.length`")),
    ("range", Advice("count with a loop: `for (let i = 0; i < n; i++)`")),
    ("int", Advice("make an int with `Math.trunc(x)`, or read one from text with `parseInt(text)`")),
    ("float", Word("Number")),
    ("bool", Word("Boolean")),
    ("require", Advice("write `import { name } from \"./file\";` at the top of the file")),
    ("module", Advice("write `export` before what other files may import")),
    ("exports", Advice("write `export` before what other files may import")),
    ("__dirname", Advice("paths are relative to the working folder")),
    ("__filename", Advice("paths are relative to the working folder")),
    ("globalThis", Advice("there is no global object: import what is needed, or declare it")),
    ("window", Advice("there is no browser here: import what is needed from a `std:` module")),
    ("document", Advice("there is no browser here: import what is needed from a `std:` module")),
    ("setTimeout", Advice("wait in an `async` function: `await sleep(ms)`")),
    ("setInterval", Advice("wait in a loop of an `async` function: `await sleep(ms)`")),
    ("clearTimeout", Advice("a task is stopped by its `cancel()`")),
    ("clearInterval", Advice("a task is stopped by its `cancel()`")),
    ("queueMicrotask", Advice("start a task: an `async` function runs at once until it first waits")),
    ("encodeURIComponent", Advice(URL_PARTS)),
    ("decodeURIComponent", Advice(URL_PARTS)),
    ("encodeURI", Advice(URL_PARTS)),
    ("decodeURI", Advice(URL_PARTS)),
    ("escape", Advice(URL_PARTS)),
    ("unescape", Advice(URL_PARTS)),
    ("btoa", Advice(BASE64)),
    ("atob", Advice(BASE64)),
    ("TextEncoder", Advice("write `import { utf8 } from \"std:encoding\";`, then `utf8.encode(text)`")),
    ("TextDecoder", Advice("write `import { utf8 } from \"std:encoding\";`, then `utf8.decode(bytes)`")),
    ("performance", Advice("write `import { monotonic } from \"std:time\";`")),
    ("fetch", Advice("there is no network in the standard modules: use a native module")),
    ("Int8Array", Advice(TYPED_ARRAYS)),
    ("Int16Array", Advice(TYPED_ARRAYS)),
    ("Int32Array", Advice(TYPED_ARRAYS)),
    ("Uint16Array", Advice(TYPED_ARRAYS)),
    ("Uint32Array", Advice(TYPED_ARRAYS)),
    ("Float32Array", Advice(TYPED_ARRAYS)),
    ("Float64Array", Advice(TYPED_ARRAYS)),
    ("ArrayBuffer", Word("Uint8Array")),
    ("structuredClone", Advice("copy with `{ ...value }` or `[...values]`")),
    ("Symbol", Advice("only `[Symbol.iterator]` as the name of a method has a meaning")),
    ("Proxy", Advice("there is none: declare a class with getters and setters")),
    ("Reflect", Advice("there is none: use `Object.keys`, `Object.values` and `Object.entries`")),
    ("WeakMap", Word("Map")),
    ("WeakSet", Word("Set")),
    ("BigInt", Advice("there are no big integers: use `int`, or `number` up to 2 ** 53")),
];

/// Types that other languages have.
const TYPES: &[(&str, Instead)] = &[
    ("bool", Word("boolean")),
    ("Bool", Word("boolean")),
    ("str", Word("string")),
    ("text", Word("string")),
    ("char", Word("string")),
    ("Integer", Word("int")),
    ("Int", Word("int")),
    ("integer", Word("int")),
    ("long", Word("int")),
    ("short", Word("int")),
    ("byte", Word("int")),
    ("uint", Word("int")),
    ("i8", Word("int")),
    ("i16", Word("int")),
    ("i64", Word("number")),
    ("u8", Word("int")),
    ("u16", Word("int")),
    ("u32", Word("number")),
    ("u64", Word("number")),
    ("double", Word("number")),
    ("Double", Word("number")),
    ("Float", Word("number")),
    ("f32", Word("number")),
    ("bigint", Word("number")),
    ("dynamic", Word("unknown")),
    ("Any", Word("unknown")),
    ("Void", Word("void")),
    ("nil", Word("null")),
    ("None", Word("null")),
    ("List", Word("Array")),
    ("Vec", Word("Array")),
    ("Vector", Word("Array")),
    ("ArrayList", Word("Array")),
    ("Dictionary", Word("Map")),
    ("Dict", Word("Map")),
    ("HashMap", Word("Map")),
    ("WeakMap", Word("Map")),
    ("HashSet", Word("Set")),
    ("Optional", Advice("write `T | null`")),
    ("Option", Advice("write `T | null`")),
    ("Maybe", Advice("write `T | null`")),
    ("Object", Word("object")),
    ("symbol", Advice("there are no symbols: use literal texts, such as `\"a\" | \"b\"`")),
    ("Symbol", Advice("there are no symbols: use literal texts, such as `\"a\" | \"b\"`")),
    ("ReadonlyMap", Word("Map")),
    ("ReadonlySet", Word("Set")),
    ("ReadonlyArray", Advice("write `readonly T[]`")),
    ("PromiseLike", Word("Promise")),
    ("Iterable", Advice("take an array, or write the element's type as `T[]`")),
];

/// Members that other languages have; the first of the words that a type has is meant.
const MEMBERS: &[(&str, &[&str])] = &[
    ("contains", &["includes", "has"]),
    ("include", &["includes", "has"]),
    ("includes", &["has"]),
    ("has", &["includes"]),
    ("containsKey", &["has"]),
    ("size", &["length"]),
    ("length", &["size"]),
    ("count", &["length", "size"]),
    ("len", &["length", "size"]),
    ("add", &["push", "set"]),
    ("append", &["push", "concat"]),
    ("insert", &["splice", "set", "add"]),
    ("put", &["set"]),
    ("remove", &["delete", "splice"]),
    ("erase", &["delete"]),
    ("get", &["at"]),
    ("first", &["at"]),
    ("last", &["at"]),
    ("each", &["forEach"]),
    ("select", &["map"]),
    ("where", &["filter"]),
    ("fold", &["reduce"]),
    ("inject", &["reduce"]),
    ("any", &["some"]),
    ("all", &["every"]),
    ("isEmpty", &["length", "size"]),
    ("empty", &["length", "size"]),
    ("substr", &["slice"]),
    ("upper", &["toUpperCase"]),
    ("toUpper", &["toUpperCase"]),
    ("lower", &["toLowerCase"]),
    ("toLower", &["toLowerCase"]),
    ("strip", &["trim"]),
    ("trimLeft", &["trimStart"]),
    ("trimRight", &["trimEnd"]),
    ("format", &["toFixed"]),
    ("toStr", &["toString"]),
    ("print", &["log"]),
    ("println", &["log"]),
    ("printf", &["log"]),
    ("ceiling", &["ceil"]),
    ("truncate", &["trunc"]),
    ("decode", &["parse"]),
    ("loads", &["parse"]),
    ("encode", &["stringify"]),
    ("dumps", &["stringify"]),
    ("then", &[]),
    ("catch", &[]),
    ("finally", &[]),
];

impl<'a> Checker<'a> {
    /// A value's name that is declared nowhere.
    pub(crate) fn unknown_name(&mut self, scope: ScopeId, name: &str, span: Span) {
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` is not declared")).at(span);
        let similar = self.similar_name(scope, name, true);
        let diagnostic = match (similar, instead(VALUES, name), standard_module(name)) {
            (_, Some(Word(word)), _) => did_you_mean(diagnostic, span, word),
            (_, Some(Advice(advice)), _) => diagnostic.with_help(*advice),
            (_, None, Some(help)) => diagnostic.with_help(help),
            (Some(similar), None, None) => did_you_mean(diagnostic, span, &similar),
            (None, None, None) if self.is_member_of_this(name) => diagnostic.with_edit(
                format!("a member of the object is written `this.{name}`"),
                span.at_start(),
                "this.",
            ),
            (None, None, None) => diagnostic,
        };
        self.report(diagnostic);
    }

    /// A type's name that is declared nowhere.
    pub(crate) fn undeclared_type(&mut self, scope: ScopeId, name: &str, span: Span) {
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_TYPE, format!("the type `{name}` is not declared")).at(span);
        let similar = self.similar_name(scope, name, false);
        // Without the type arguments.
        let span = Span { end: span.end.min(span.start + name.len() as u32), ..span };
        let diagnostic = match (instead(TYPES, name), similar.or_else(|| similar_type(name))) {
            (Some(Word(word)), _) => did_you_mean(diagnostic, span, word),
            (Some(Advice(advice)), _) => diagnostic.with_help(*advice),
            (None, Some(similar)) => did_you_mean(diagnostic, span, &similar),
            (None, None) => diagnostic,
        };
        self.report(diagnostic);
    }

    /// A member that a type does not have.
    pub(crate) fn no_such_member(&mut self, of: TypeId, name: &str, span: Span) {
        if self.is_error(of) {
            return;
        }
        let message = format!("`{}` has no property `{name}`", self.show(of));
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_PROPERTY, message).at(span);
        let names = self.member_names(of);
        let habit = MEMBERS.iter().find(|(word, _)| *word == name).map(|(_, words)| *words);
        let habit =
            habit.and_then(|words| words.iter().find(|word| names.iter().any(|one| **one == ***word)));
        let similar = habit.map(|word| (*word).to_owned());
        if let Some(similar) = similar.or_else(|| closest(name, names.iter().map(|one| &**one))) {
            let is_quoted = (span.end - span.start) as usize == name.len() + 2;
            let written = if is_quoted { format!("\"{similar}\"") } else { similar.clone() };
            diagnostic = diagnostic.with_edit(format!("did you mean `{similar}`?"), span, written);
        } else if let Some(help) = self.member_after_a_step(of, name) {
            diagnostic = diagnostic.with_help(help);
        } else if !names.is_empty() && names.len() <= 8 {
            let names: Vec<&str> = names.iter().map(|one| &**one).collect();
            diagnostic = diagnostic.with_note(format!("it has {}", names.join(", ")));
        }
        self.report(diagnostic);
    }

    /// Whether the code is inside a class whose objects have a member of this name.
    fn is_member_of_this(&mut self, name: &str) -> bool {
        let Some((class, false)) = self.context().class else { return false };
        self.ancestry(class).iter().any(|one| self.classes[one.0 as usize].members.contains_key(name))
    }

    /// Advice for a member that something near has: the value of a task, the elements of an array, one part of a union.
    fn member_after_a_step(&mut self, of: TypeId, name: &str) -> Option<String> {
        let of = self.expand(of);
        if self.is_builtin_instance(of, "Task") {
            let inner = self.awaited(of);
            return match name {
                "then" | "catch" | "finally" => {
                    Some("wait for it with `await`, in `try` where it may fail".to_owned())
                }
                _ if self.member(inner, name).is_some() => {
                    Some(format!("it is a task: `await` it first, as in `(await task).{name}`"))
                }
                _ => None,
            };
        }
        if self.is_array(of) && name == "next" {
            return Some(
                "it is an array: the first is `[0]`, and `for (const one of …)` goes over them".to_owned(),
            );
        }
        let members = self.types.members(of);
        let having = members.iter().filter(|one| self.member(**one, name).is_some()).count();
        if members.len() > 1 && having > 0 {
            return Some(format!(
                "only {having} of its {} parts have it: narrow the value first",
                members.len()
            ));
        }
        None
    }
}

fn did_you_mean(diagnostic: Diagnostic, span: Span, word: &str) -> Diagnostic {
    diagnostic.with_edit(format!("did you mean `{word}`?"), span, word)
}

fn instead(table: &'static [(&str, Instead)], name: &str) -> Option<&'static Instead> {
    table.iter().find(|(word, _)| *word == name).map(|(_, instead)| instead)
}

/// Types that are words of the language and stand in no scope.
fn similar_type(name: &str) -> Option<String> {
    const WORDS: [&str; 12] = [
        "int", "number", "string", "boolean", "null", "void", "never", "unknown", "object", "Promise",
        "Readonly", "Record",
    ];
    closest(name, WORDS.into_iter())
}

/// The standard module that exports a name, as advice.
fn standard_module(name: &str) -> Option<String> {
    let exports = |text: &str| {
        ["function", "const", "class", "let"].iter().any(|word| {
            let declaration = format!("export {word} {name}");
            text.match_indices(&declaration).any(|(at, _)| {
                let next = text[at + declaration.len()..].chars().next();
                next.is_none_or(|next| !next.is_alphanumeric() && next != '_' && next != '$')
            })
        })
    };
    let module = prelude::STANDARD.iter().find(|(_, text)| exports(text));
    if let Some((module, _)) = module {
        return Some(format!("import it: `import {{ {name} }} from \"std:{module}\";`"));
    }
    // A module's own name: `process.exit()`.
    let (module, text) = prelude::STANDARD.iter().find(|(module, _)| *module == name)?;
    Some(if text.contains("export default") {
        format!("import it: `import {name} from \"std:{module}\";`")
    } else {
        format!("import it: `import * as {name} from \"std:{module}\";`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_standard_modules_are_found_whole() {
        assert_eq!(
            standard_module("writeln").as_deref(),
            Some("import it: `import { writeln } from \"std:io\";`")
        );
        assert_eq!(standard_module("writel"), None);
        assert!(standard_module("process").is_some_and(|help| help.contains("\"std:process\"")));
        assert_eq!(standard_module("nowhere"), None);
    }

    #[test]
    fn no_word_stands_twice_in_a_table() {
        for words in [
            VALUES.iter().map(|(word, _)| *word).collect::<Vec<_>>(),
            TYPES.iter().map(|(word, _)| *word).collect(),
            MEMBERS.iter().map(|(word, _)| *word).collect(),
        ] {
            let mut sorted = words.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), words.len());
        }
    }
}
