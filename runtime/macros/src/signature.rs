//! Reading the signature of a function that is exported.

use proc_macro::{Delimiter, Ident, TokenStream, TokenTree};

use crate::fault::Fault;
use crate::read::{is_punct, is_word, span_of, split_commas, take_attributes, take_visibility};

/// Most parameters of a function.
const PARAMETERS_MAX: usize = 255;

/// What an exported function looks like from outside.
pub(crate) struct Signature {
    /// It runs beside the program's thread and gives a task.
    pub(crate) is_async: bool,
    pub(crate) visibility: TokenStream,
    pub(crate) name: Ident,
    /// The first parameter is `&Context`.
    pub(crate) takes_context: bool,
    /// The others: name and type.
    pub(crate) parameters: Vec<(String, TokenStream)>,
    /// `()` where none is written.
    pub(crate) result: TokenStream,
}

/// Reads a function item.
pub(crate) fn read(item: &[TokenTree]) -> Result<Signature, Fault> {
    let (_, rest) = take_attributes(item);
    let (visibility, rest) = take_visibility(rest);
    let is_async = is_word(rest.first(), "async");
    let rest = if is_async { &rest[1..] } else { rest };
    for (word, reason) in [
        (
            "unsafe",
            "an exported function is not unsafe: Raya programs call it with any arguments of the right types",
        ),
        ("const", "an exported function is not const"),
        ("extern", "an exported function has Rust's own calling convention"),
    ] {
        if is_word(rest.first(), word) {
            return Err(Fault::new(span_of(rest), reason));
        }
    }
    let (Some(TokenTree::Ident(_)), Some(TokenTree::Ident(name))) = (rest.first(), rest.get(1)) else {
        return Err(Fault::new(span_of(rest), "#[function] marks a function"));
    };
    if !is_word(rest.first(), "fn") {
        return Err(Fault::new(span_of(rest), "#[function] marks a function"));
    }
    if is_punct(rest.get(2), '<') {
        return Err(Fault::new(
            span_of(&rest[2..]),
            "an exported function is not generic: Raya calls one function of known types",
        ));
    }
    let Some(TokenTree::Group(group)) = rest.get(2).filter(|token| is_group(token, Delimiter::Parenthesis))
    else {
        return Err(Fault::new(name.span(), "#[function] marks a function"));
    };
    let (takes_context, parameters) = read_parameters(group.stream())?;
    if is_async {
        refuse_borrows(takes_context, &parameters, name)?;
    }
    if parameters.len() > PARAMETERS_MAX {
        return Err(Fault::new(
            name.span(),
            format!("a Raya function has at most {PARAMETERS_MAX} parameters"),
        ));
    }
    Ok(Signature {
        is_async,
        visibility: visibility.iter().cloned().collect(),
        name: name.clone(),
        takes_context,
        parameters,
        result: read_result(&rest[3..]),
    })
}

/// An `async` function goes on after the call that started it, on another thread.
fn refuse_borrows(
    takes_context: bool,
    parameters: &[(String, TokenStream)],
    name: &Ident,
) -> Result<(), Fault> {
    if takes_context {
        return Err(Fault::new(
            name.span(),
            "an async function runs outside of the call: it takes no context; `Task::run` begins inside of one",
        ));
    }
    for (_, parameter_type) in parameters {
        let tokens: Vec<TokenTree> = parameter_type.clone().into_iter().collect();
        if is_punct(tokens.first(), '&') {
            return Err(Fault::new(
                span_of(&tokens),
                "an async function runs outside of the call: take `String` or `Vec<u8>` instead of a reference",
            ));
        }
    }
    Ok(())
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

fn read_parameters(tokens: TokenStream) -> Result<(bool, Vec<(String, TokenStream)>), Fault> {
    let mut takes_context = false;
    let mut parameters = vec![];
    for (position, piece) in split_commas(tokens).iter().enumerate() {
        let (_, piece) = take_attributes(piece);
        let span = span_of(piece);
        let piece = if is_word(piece.first(), "mut") { &piece[1..] } else { piece };
        let (Some(TokenTree::Ident(name)), true) = (piece.first(), is_punct(piece.get(1), ':')) else {
            let is_self = piece.iter().any(|token| is_word(Some(token), "self"));
            return Err(Fault::new(
                span,
                if is_self {
                    "an exported function is a free function, not a method"
                } else {
                    "a parameter of an exported function is `name: Type`"
                },
            ));
        };
        let parameter_type = &piece[2..];
        if is_context(parameter_type) {
            if position != 0 {
                return Err(Fault::new(span, "the context is the first parameter"));
            }
            takes_context = true;
            continue;
        }
        parameters.push((name.to_string(), parameter_type.iter().cloned().collect()));
    }
    Ok((takes_context, parameters))
}

/// Whether a type is `&Context`, by the last word of its path. `&mut Context` is left to the compiler's own error.
fn is_context(parameter_type: &[TokenTree]) -> bool {
    let mut rest = parameter_type;
    if !is_punct(rest.first(), '&') {
        return false;
    }
    rest = &rest[1..];
    if is_punct(rest.first(), '\'') {
        rest = rest.get(2..).unwrap_or_default();
    }
    is_word(rest.last(), "Context")
        && rest.iter().all(|token| match token {
            TokenTree::Ident(word) => word.to_string() != "mut",
            TokenTree::Punct(mark) => mark.as_char() == ':',
            _ => false,
        })
}

/// The type after `->`, up to the body.
fn read_result(tokens: &[TokenTree]) -> TokenStream {
    if !(is_punct(tokens.first(), '-') && is_punct(tokens.get(1), '>')) {
        return TokenStream::from(TokenTree::Group(proc_macro::Group::new(
            Delimiter::Parenthesis,
            TokenStream::new(),
        )));
    }
    tokens[2..]
        .iter()
        .take_while(|token| !is_group(token, Delimiter::Brace) && !is_word(Some(token), "where"))
        .cloned()
        .collect()
}
