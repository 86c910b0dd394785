//! Any text is cut into tokens: each is longer than nothing, they follow each other, and between them stands nothing but white space
//! and comments.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    // Which marks are read again is the parser's choice: here any choice, made by what is fuzzed.
    let choice = bytes.iter().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    for rereads in [0, u32::MAX, choice] {
        check(&text, rereads);
    }
});

fn check(text: &str, choice: u32) {
    let found = raya_syntax::tokens(text, |offset| choice.rotate_left(offset) & 1 == 1);
    let comments = found.comments.iter().map(|comment| comment.span.start..comment.span.end);
    let mut pieces: Vec<_> = found.tokens.iter().cloned().chain(comments).collect();
    assert!(found.tokens.is_sorted_by_key(|token| token.start), "tokens are in order");
    assert!(found.comments.is_sorted_by_key(|comment| comment.span.start), "comments are in order");
    pieces.sort_by_key(|piece| piece.start);
    let mut end = 0;
    for piece in pieces {
        assert!(piece.start < piece.end, "a piece of nothing at {}", piece.start);
        assert!(end <= piece.start, "pieces overlap at {}", piece.start);
        assert!(
            text.get(piece.start as usize..piece.end as usize).is_some(),
            "inside a character: {piece:?}"
        );
        check_gap(text, end, piece.start);
        end = piece.end;
    }
    check_gap(text, end, text.len() as u32);
}

fn check_gap(text: &str, start: u32, end: u32) {
    let gap = &text[start as usize..end as usize];
    let blank = |character: char| character.is_whitespace() || character == '\u{FEFF}';
    assert!(gap.chars().all(blank), "neither token nor comment: {gap:?}");
}
