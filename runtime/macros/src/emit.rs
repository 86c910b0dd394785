//! Code from templates: text with `$0`, `$1`… in place of tokens that the user wrote and that keep their spans.

use proc_macro::{Group, TokenStream, TokenTree};

/// The template with its places filled.
pub(crate) fn emit(template: &str, parts: &[TokenStream]) -> TokenStream {
    match template.parse::<TokenStream>() {
        Ok(tokens) => fill(tokens, parts),
        Err(error) => unreachable!("a template of this crate is no Rust: {error}"),
    }
}

fn fill(tokens: TokenStream, parts: &[TokenStream]) -> TokenStream {
    let mut filled = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '$' => {
                if let Some(part) =
                    tokens.next().and_then(|number| parts.get(number.to_string().parse::<usize>().ok()?))
                {
                    filled.extend(part.clone());
                }
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), fill(group.stream(), parts));
                inner.set_span(group.span());
                filled.extend([TokenTree::Group(inner)]);
            }
            other => filled.extend([other]),
        }
    }
    filled
}
