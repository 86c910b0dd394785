//! Properties that hold for any text: parsing ends without a panic, spans are good, and the same text gives the same.

use proptest::prelude::*;
use raya_source::FileId;
use raya_syntax::limits::MAX_DIAGNOSTICS;
use raya_syntax::parse;

/// The numbers after each `key` in a tree's debug text, which shows every span there is.
fn numbers<'text>(text: &'text str, key: &'text str) -> impl Iterator<Item = usize> + 'text {
    text.match_indices(key).filter_map(move |(at, _)| {
        let digits = &text[at + key.len()..];
        let end = digits.find(|character: char| !character.is_ascii_digit())?;
        digits[..end].parse().ok()
    })
}

fn check(text: &str) {
    let parsed = parse(FileId(0), text);
    let shown = format!("{parsed:?}");
    for (start, end) in numbers(&shown, "FileId(0), start: ").zip(numbers(&shown, ", end: ")) {
        assert!(
            start <= end && text.is_char_boundary(start) && text.is_char_boundary(end),
            "{start}..{end} of {text:?}"
        );
    }
    assert!(parsed.diagnostics.len() <= MAX_DIAGNOSTICS);
    let places: Vec<_> = parsed
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span.start))
        .collect();
    assert!(places.is_sorted());
    let mut ids: Vec<usize> = numbers(&shown, "NodeId(").collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id occurs twice in {text:?}");
    assert!(ids.last().is_none_or(|last| *last < parsed.module.node_count as usize));
    assert_eq!(shown, format!("{:?}", parse(FileId(0), text)));
    if parsed.diagnostics.is_empty() {
        assert!(!shown.contains("kind: Error"), "an error without a diagnostic in {text:?}");
    }
}

const WORDS: &[&str] = &[
    "a",
    "b",
    "x",
    "1",
    "2.5",
    "'s'",
    "\"t",
    "`",
    "`a${",
    "}`",
    "${",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ";",
    ":",
    "::",
    ".",
    "...",
    "?",
    "?.",
    "??",
    "=",
    "==",
    "=>",
    "+",
    "++",
    "-",
    "*",
    "**",
    "/",
    "/r/g",
    "%",
    "&",
    "&&",
    "|",
    "||",
    "^",
    "~",
    "!",
    "+=",
    "??=",
    ">>=",
    ">>>",
    "<<",
    "@",
    "#p",
    "\n",
    "\n",
    " ",
    " ",
    "// c\n",
    "/* c */",
    "let",
    "const",
    "var",
    "function",
    "class",
    "if",
    "else",
    "for",
    "of",
    "in",
    "while",
    "do",
    "switch",
    "case",
    "default",
    "break",
    "continue",
    "return",
    "throw",
    "try",
    "catch",
    "finally",
    "new",
    "this",
    "super",
    "null",
    "undefined",
    "true",
    "typeof",
    "instanceof",
    "void",
    "delete",
    "await",
    "async",
    "import",
    "export",
    "from",
    "as",
    "satisfies",
    "type",
    "interface",
    "trait",
    "impl",
    "use",
    "declare",
    "module",
    "native",
    "abstract",
    "static",
    "readonly",
    "private",
    "get",
    "set",
    "extends",
    "implements",
    "keyof",
    "is",
    "enum",
    "any",
    "with",
    "eval",
    "arguments",
    "__proto__",
    "namespace",
    "int",
    "string",
    "é",
    "\u{2028}",
    "\\",
    "\\u0061",
    "0x",
    "1_",
    "\r\n",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec((prop::sample::select(WORDS), any::<bool>()), 0..80).prop_map(|words| {
        words
            .into_iter()
            .map(|(word, space)| if space { format!("{word} ") } else { word.to_string() })
            .collect()
    })
}

const PROGRAM: &str = include_str!("program.raya");

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_bytes_are_parsed(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_words_are_parsed(text in soup()) {
        check(&text);
    }

    #[test]
    fn a_program_with_a_piece_replaced_is_parsed(at in 0..PROGRAM.len(), length in 0usize..30, text in soup()) {
        let start = PROGRAM.floor_char_boundary(at);
        let end = PROGRAM.floor_char_boundary((start + length).min(PROGRAM.len()));
        check(&format!("{}{text}{}", &PROGRAM[..start], &PROGRAM[end.max(start)..]));
    }
}

#[test]
fn the_program_itself_is_good() {
    check(PROGRAM);
    assert_eq!(parse(FileId(0), PROGRAM).diagnostics, []);
}
