//! Reading tokens: commas at the top level, arguments of attributes.

use proc_macro::{Delimiter, Spacing, Span, TokenStream, TokenTree};

use crate::fault::Fault;

/// Splits at commas that stand in no brackets, angle brackets included. An empty last piece is dropped.
pub(crate) fn split_commas(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut pieces = vec![vec![]];
    let mut angles = 0usize;
    let mut after_arrow_start = false;
    for token in tokens {
        let mut arrow_start = false;
        if let TokenTree::Punct(mark) = &token {
            match mark.as_char() {
                '<' => angles += 1,
                // The `>` of `->` closes nothing.
                '>' if !after_arrow_start => angles = angles.saturating_sub(1),
                '-' | '=' => arrow_start = mark.spacing() == Spacing::Joint,
                ',' if angles == 0 => {
                    pieces.push(vec![]);
                    continue;
                }
                _ => {}
            }
        }
        after_arrow_start = arrow_start;
        if let Some(last) = pieces.last_mut() {
            last.push(token);
        }
    }
    if pieces.last().is_some_and(Vec::is_empty) {
        pieces.pop();
    }
    pieces
}

/// Whether the token is this punctuation mark.
pub(crate) fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == character)
}

/// Whether the token is this word.
pub(crate) fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(found)) if found.to_string() == word)
}

/// The span of the first token, or of the macro's use.
pub(crate) fn span_of(tokens: &[TokenTree]) -> Span {
    tokens.first().map_or_else(Span::call_site, TokenTree::span)
}

/// An argument of an attribute: `name = "text"`.
pub(crate) struct NamedText {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Reads `name = "text", …`; the names have to be among `known`, each at most once.
pub(crate) fn named_texts(
    attribute: TokenStream,
    known: &[&str],
    usage: &str,
) -> Result<Vec<NamedText>, Fault> {
    let mut arguments: Vec<NamedText> = vec![];
    for piece in split_commas(attribute) {
        let span = span_of(&piece);
        let [TokenTree::Ident(name), TokenTree::Punct(equals), TokenTree::Literal(value)] = piece.as_slice()
        else {
            return Err(Fault::new(span, format!("expected {usage}")));
        };
        let name = name.to_string();
        if equals.as_char() != '=' || !known.contains(&name.as_str()) {
            return Err(Fault::new(span, format!("expected {usage}")));
        }
        if arguments.iter().any(|argument| argument.name == name) {
            return Err(Fault::new(span, format!("`{name}` is given twice")));
        }
        let text = string_of(&value.to_string())
            .ok_or_else(|| Fault::new(value.span(), format!("`{name}` is a plain string, like \"text\"")))?;
        arguments.push(NamedText { name, text, span: value.span() });
    }
    Ok(arguments)
}

/// The text of a string literal without escapes other than `\"`, `\\` and `\n`.
fn string_of(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next()? {
                'n' => text.push('\n'),
                escaped @ ('"' | '\\') => text.push(escaped),
                _ => return None,
            },
            other => text.push(other),
        }
    }
    Some(text)
}

/// Takes the attributes (`#[…]`) off the front.
pub(crate) fn take_attributes(tokens: &[TokenTree]) -> (&[TokenTree], &[TokenTree]) {
    let mut at = 0;
    while is_punct(tokens.get(at), '#')
        && matches!(tokens.get(at + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket)
    {
        at += 2;
    }
    tokens.split_at(at)
}

/// Takes the visibility (`pub`, `pub(…)`) off the front.
pub(crate) fn take_visibility(tokens: &[TokenTree]) -> (&[TokenTree], &[TokenTree]) {
    let mut at = 0;
    if is_word(tokens.first(), "pub") {
        at = 1;
        if matches!(tokens.get(1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
        {
            at = 2;
        }
    }
    tokens.split_at(at)
}
