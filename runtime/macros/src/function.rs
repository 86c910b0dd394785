//! `#[function]`: the function as it is, and beside it a type that stands for its export.

use std::fmt::Write;

use proc_macro::{Ident, TokenStream, TokenTree};

use crate::emit::emit;
use crate::fault::Fault;
use crate::names::{camel_case, is_identifier, parameter_name};
use crate::read::named_texts;
use crate::signature::{self, Signature};

const USAGE: &str = "#[function], #[function(name = \"…\")] or #[function(signature = \"(x: int): string\")]";

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let expansion = signature::read(&tokens).and_then(|signature| export(attribute, &signature));
    // The function stays even where it cannot be exported: its absence would only add errors.
    let mut output = item;
    output.extend(expansion.unwrap_or_else(Fault::into_tokens));
    output
}

/// The name of the type that stands for the export of a function.
pub(crate) fn marker(function: &Ident) -> Ident {
    let name = function.to_string();
    Ident::new(&format!("__raya_function_{}", name.strip_prefix("r#").unwrap_or(&name)), function.span())
}

fn export(attribute: TokenStream, signature: &Signature) -> Result<TokenStream, Fault> {
    let mut name = camel_case(&signature.name.to_string());
    let mut stated = None;
    for argument in named_texts(attribute, &["name", "signature"], USAGE)? {
        if argument.name == "name" {
            name = argument.text;
        } else if argument.text.starts_with('(') && argument.text.contains("):") {
            stated = Some(argument.text);
        } else {
            return Err(Fault::new(argument.span, "a signature looks like \"(x: int, y: string): number\""));
        }
    }
    if !is_identifier(&name) {
        return Err(Fault::new(signature.name.span(), format!("`{name}` cannot name a function in Raya")));
    }

    // $0 visibility, $1 marker, $2 function, $3 result, $4… parameter types.
    let mut parts = vec![
        signature.visibility.clone(),
        TokenStream::from(TokenTree::Ident(marker(&signature.name))),
        TokenStream::from(TokenTree::Ident(signature.name.clone())),
        signature.result.clone(),
    ];
    if signature.is_async {
        parts[3] = emit("::raya_native::Task<$0>", std::slice::from_ref(&signature.result));
    }
    parts.extend(signature.parameters.iter().map(|(_, parameter_type)| parameter_type.clone()));
    Ok(emit(&template(&name, stated.as_deref(), signature), &parts))
}

/// The code of the export. Its own names are ones that no user has: they would hide a function called `count`, say.
fn template(name: &str, stated: Option<&str>, signature: &Signature) -> String {
    let arity = signature.parameters.len();
    let mut text = String::from("::raya_native::Text::new(\"(\")");
    let mut call = String::new();
    if signature.takes_context {
        call.push_str("__raya_context, ");
    }
    for (position, (parameter, _)) in signature.parameters.iter().enumerate() {
        let part = position + 4;
        let separator = if position == 0 { "" } else { ", " };
        let label = parameter_name(parameter, position);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            ".then(\"{separator}{label}: \").then_text(&<${part} as ::raya_native::FromRaya>::TYPE)"
        );
        let _ = write!(
            call,
            "<${part} as ::raya_native::FromRaya>::from_raya(__raya_context, __raya_arguments.get({position}))?, "
        );
    }
    let mut called = format!("$2({call})");
    let mut prepared = String::new();
    if signature.is_async {
        if arity > 0 {
            prepared = format!("let __raya_values = ({call});");
        }
        let values: String = (0..arity).map(|position| format!("__raya_values.{position}, ")).collect();
        called =
            format!("::raya_native::Task::from_future(__raya_context, async move {{ $2({values}).await }})");
    }
    text.push_str(".then(\"): \").then_text(&<$3 as ::raya_native::IntoRaya>::TYPE)");
    if let Some(stated) = stated {
        text = format!("::raya_native::Text::new({stated:?})");
    }
    let (typed, typed_entry) = typed(signature).unwrap_or_else(|| ("None".to_owned(), String::new()));
    format!(
        "#[doc(hidden)] #[allow(non_camel_case_types, missing_docs, dead_code)] $0 struct $1;
        const _: () = {{
            impl ::raya_native::__private::Exported for $1 {{
                const NAME: &'static str = {name:?};
                const ARITY: usize = {arity};
                const SIGNATURE: ::raya_native::Text = {text};
                const ENTRY: ::raya_native::__private::RayaNativeFunction = __raya_entry;
                const TYPED: Option<(::raya_native::__private::RayaTypedFunction, &'static str)> = {typed};
            }}
            {typed_entry}
            unsafe extern \"C\" fn __raya_entry(
                __raya_context: *mut ::raya_native::__private::RayaContext,
                __raya_arguments: *mut *mut ::raya_native::__private::RayaValue,
                __raya_count: usize,
            ) -> *mut ::raya_native::__private::RayaValue {{
                ::raya_native::__private::run(__raya_context, |__raya_context| {{
                    // SAFETY: the host passes that many handles.
                    #[allow(unused_variables)]
                    let __raya_arguments = unsafe {{
                        ::raya_native::__private::Arguments::new(__raya_context, __raya_arguments, __raya_count, {arity})?
                    }};
                    {prepared}
                    ::raya_native::IntoRaya::into_raya({called}, __raya_context)
                }})
            }}
        }};"
    )
}

/// Most parameters of a typed entry.
const TYPED_PARAMETERS_MAX: usize = 8;

/// The typed entry, if parameters and result are plain numbers, ints, booleans and (as parameters) texts: the expression that
/// names it, and its code. Types are known by how they are spelled; one that only looks like it does not compile, or is
/// converted as the boxed function would.
fn typed(signature: &Signature) -> Option<(String, String)> {
    if signature.takes_context || signature.is_async || signature.parameters.len() > TYPED_PARAMETERS_MAX {
        return None;
    }
    let spelled = |tokens: &TokenStream| tokens.to_string().replace(' ', "");
    let (mut types, mut call) = (vec![], String::new());
    for (position, (_, parameter)) in signature.parameters.iter().enumerate() {
        let word = format!("(*__raya_words.add({position}))[0]");
        let (name, read) = match spelled(parameter).as_str() {
            "f64" => ("number", format!("{word}.number")),
            "i32" => ("int", format!("{word}.int")),
            "bool" => ("boolean", format!("{word}.int != 0")),
            "&str" => (
                "string",
                format!(
                    "::core::str::from_utf8_unchecked(::core::slice::from_raw_parts({word}.text.cast::<u8>(), \
                     (*__raya_words.add({position}))[1].length))"
                ),
            ),
            _ => return None,
        };
        types.push(name);
        // Writing to a string cannot fail.
        let _ = write!(call, "unsafe {{ {read} }}, ");
    }
    let (result, field) = match spelled(&signature.result).as_str() {
        "f64" => ("number", format!("number: $2({call})")),
        "i32" => ("int", format!("int: $2({call})")),
        "bool" => ("boolean", format!("int: i32::from($2({call}))")),
        "()" => ("void", format!("length: {{ $2({call}); 0 }}")),
        _ => return None,
    };
    let code = format!(
        "unsafe extern \"C\" fn __raya_typed(
            __raya_words: *const [::raya_native::__private::RayaWord; 2],
            __raya_result: *mut ::raya_native::__private::RayaWord,
        ) -> ::core::ffi::c_int {{
            // SAFETY: the host passes the words that the signature names, valid UTF-8, and a place for the result.
            #[allow(unused_unsafe, clippy::multiple_unsafe_ops_per_block)]
            unsafe {{
                ::raya_native::__private::run_typed(__raya_result, || ::raya_native::__private::RayaWord {{ {field} }})
            }}
        }}"
    );
    Some((format!("Some((__raya_typed, \"({}):{result}\"))", types.join(",")), code))
}
