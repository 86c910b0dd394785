//! `#[function]` and `#[module]`, the face of `raya-native`.
//!
//! Written on `proc_macro` alone: what the macros read of Rust is small (a signature, a list of names), and without `syn`
//! and `quote` an SDK that is installed offline is three small crates. What users wrote keeps its spans, so that the
//! compiler's errors point into their code.
#![forbid(unsafe_code)]

mod emit;
mod fault;
mod function;
mod module;
mod names;
mod read;
mod signature;

use proc_macro::TokenStream;

/// Marks a function for export: see `raya_native::function`.
#[proc_macro_attribute]
pub fn function(attribute: TokenStream, item: TokenStream) -> TokenStream {
    function::expand(attribute, item)
}

/// The same as `function`.
#[proc_macro_attribute]
pub fn raya_export(attribute: TokenStream, item: TokenStream) -> TokenStream {
    function::expand(attribute, item)
}

/// Makes a native module: see `raya_native::module`.
#[proc_macro_attribute]
pub fn module(attribute: TokenStream, item: TokenStream) -> TokenStream {
    module::expand(attribute, item)
}
