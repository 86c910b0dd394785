//! `#[module]`: the Rust module without its `exports!`, and in its place what a host looks for.

use std::fmt::Write;

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::emit::emit;
use crate::fault::Fault;
use crate::function::marker;
use crate::names::{is_module_name, is_version};
use crate::read::{is_punct, is_word, named_texts, span_of, split_commas, take_attributes, take_visibility};

const USAGE: &str = "#[module(name = \"…\", version = \"1.0.0\")]";

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    try_expand(attribute, item).unwrap_or_else(Fault::into_tokens)
}

fn try_expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream, Fault> {
    let (name, version) = read_attribute(attribute)?;
    let item: Vec<TokenTree> = item.into_iter().collect();
    let (attributes, rest) = take_attributes(&item);
    let (visibility, rest) = take_visibility(rest);
    let (true, Some(TokenTree::Ident(identifier)), Some(TokenTree::Group(body))) =
        (is_word(rest.first(), "mod"), rest.get(1), rest.get(2))
    else {
        return Err(Fault::new(
            span_of(rest),
            "#[module] marks an inline module: `mod name { exports! { … } }`",
        ));
    };
    let (items, exports) = take_exports(body, identifier.span())?;
    let (types, functions) = read_exports(exports)?;

    let body = emit(
        "#[allow(unused_imports)] use super::*; $0 $1",
        &[items, registration(&name, &version, &types, &functions)],
    );
    let mut group = Group::new(Delimiter::Brace, body);
    group.set_span(identifier.span());
    let parts = [
        attributes.iter().cloned().collect(),
        visibility.iter().cloned().collect(),
        TokenStream::from(TokenTree::Ident(identifier.clone())),
        TokenStream::from(TokenTree::Group(group)),
    ];
    Ok(emit("$0 $1 mod $2 $3", &parts))
}

/// Module name and version.
fn read_attribute(attribute: TokenStream) -> Result<(String, String), Fault> {
    let (mut name, mut version) = (None, None);
    for argument in named_texts(attribute, &["name", "version"], USAGE)? {
        if argument.name == "name" {
            if !is_module_name(&argument.text) {
                return Err(Fault::new(
                    argument.span,
                    format!(
                        "`{}` cannot name a module: a name is [a-z][a-z0-9_]*, at most 63 bytes",
                        argument.text
                    ),
                ));
            }
            name = Some(argument.text);
        } else {
            if !is_version(&argument.text) {
                return Err(Fault::new(
                    argument.span,
                    format!("`{}` is no version like \"1.0.0\"", argument.text),
                ));
            }
            version = Some(argument.text);
        }
    }
    match (name, version) {
        (Some(name), Some(version)) => Ok((name, version)),
        _ => Err(Fault::new(Span::call_site(), format!("expected {USAGE}"))),
    }
}

/// The items of the module without `exports! { … }`, and what stands in that.
fn take_exports(body: &Group, module: Span) -> Result<(TokenStream, TokenStream), Fault> {
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let mut items = vec![];
    let mut exports = None;
    let mut at = 0;
    while at < tokens.len() {
        if let (true, true, Some(TokenTree::Group(list))) =
            (is_word(tokens.get(at), "exports"), is_punct(tokens.get(at + 1), '!'), tokens.get(at + 2))
        {
            if exports.is_some() {
                return Err(Fault::new(tokens[at].span(), "a module has one `exports!`"));
            }
            exports = Some(list.stream());
            at += if is_punct(tokens.get(at + 3), ';') { 4 } else { 3 };
        } else {
            items.push(tokens[at].clone());
            at += 1;
        }
    }
    match exports {
        Some(exports) => Ok((items.into_iter().collect(), exports)),
        None => Err(Fault::new(module, "a module lists what it exports: `exports! { function, … }`")),
    }
}

/// Paths of the exported types, and paths of the types that stand for the exported functions.
fn read_exports(exports: TokenStream) -> Result<(Vec<TokenStream>, Vec<TokenStream>), Fault> {
    let (mut types, mut functions) = (vec![], vec![]);
    let mut seen: Vec<String> = vec![];
    for piece in split_commas(exports) {
        let span = span_of(&piece);
        let is_path = |path: &[TokenTree]| {
            matches!(path.last(), Some(TokenTree::Ident(_)))
                && path.iter().all(|token| matches!(token, TokenTree::Ident(_)) || is_punct(Some(token), ':'))
        };
        let text: String = piece.iter().map(ToString::to_string).collect();
        if seen.contains(&text) {
            return Err(Fault::new(span, format!("`{text}` is exported twice")));
        }
        seen.push(text);
        if is_word(piece.first(), "type") && is_path(&piece[1..]) {
            types.push(piece[1..].iter().cloned().collect());
        } else if let (true, Some((TokenTree::Ident(name), path))) = (is_path(&piece), piece.split_last()) {
            functions.push(path.iter().cloned().chain([TokenTree::Ident(marker(name))]).collect());
        } else {
            return Err(Fault::new(
                span,
                "expected the name of a function marked with #[function], or `type Type`",
            ));
        }
    }
    Ok((types, functions))
}

/// Note, descriptor, bind and init.
fn registration(name: &str, version: &str, types: &[TokenStream], functions: &[TokenStream]) -> TokenStream {
    let mut lists = [String::new(), String::new()];
    let mut parts = vec![];
    for (list, paths, make) in [(0, types, "opaque_type"), (1, functions, "Export::of")] {
        for path in paths {
            // Writing to a string cannot fail.
            let _ = write!(lists[list], "::raya_native::__private::{make}::<${}>(), ", parts.len());
            parts.push(path.clone());
        }
    }
    let [type_list, function_list] = lists;
    let (type_count, function_count) = (types.len(), functions.len());
    let bind = Ident::new(&format!("raya_module_bind_{name}"), Span::call_site());
    let init = Ident::new(&format!("raya_module_init_{name}"), Span::call_site());
    let template = format!(
        "const _: () = {{
            use ::raya_native::__private as __raya_host;
            const TYPES: [&str; {type_count}] = [{type_list}];
            const FUNCTIONS: [__raya_host::Export; {function_count}] = [{function_list}];
            const _: () = __raya_host::assert_module(&TYPES, &FUNCTIONS);
            const LENGTH: usize = __raya_host::descriptor_length({name:?}, &TYPES, &FUNCTIONS);
            #[used]
            #[cfg_attr(not(target_vendor = \"apple\"), unsafe(link_section = \".raya.descriptor\"))]
            #[cfg_attr(target_vendor = \"apple\", unsafe(link_section = \"__DATA,__raya_descriptor\"))]
            static DESCRIPTOR: [u8; LENGTH] = __raya_host::descriptor({name:?}, &TYPES, &FUNCTIONS);
            #[used]
            #[cfg_attr(not(target_vendor = \"apple\"), unsafe(link_section = \".raya.note\"))]
            #[cfg_attr(target_vendor = \"apple\", unsafe(link_section = \"__DATA,__raya_note\"))]
            static NOTE: __raya_host::ModuleNote = __raya_host::ModuleNote::new({name:?}, __raya_host::ABI_VERSION);
            #[unsafe(no_mangle)]
            pub unsafe extern \"C\" fn {bind}(api: *const __raya_host::RayaApi) {{
                // SAFETY: the host passes its table, which lives as long as the program.
                unsafe {{ __raya_host::bind(api, &NOTE, &DESCRIPTOR) }}
            }}
            #[unsafe(no_mangle)]
            pub extern \"C\" fn {init}() -> *mut __raya_host::RayaModule {{
                __raya_host::init({name:?}, {version:?}, &FUNCTIONS)
            }}
        }};"
    );
    emit(&template, &parts)
}
