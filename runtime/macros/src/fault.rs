//! Errors of the macros, shown where the user wrote what is wrong.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// What is wrong, and where.
pub(crate) struct Fault {
    span: Span,
    message: String,
}

impl Fault {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Fault { span, message: message.into() }
    }

    /// `compile_error!` with the message, at the place.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let mut message = Literal::string(&self.message);
        message.set_span(self.span);
        let mut arguments = Group::new(Delimiter::Brace, TokenStream::from(TokenTree::from(message)));
        arguments.set_span(self.span);
        let mut mark = Punct::new('!', Spacing::Alone);
        mark.set_span(self.span);
        [
            TokenTree::from(Ident::new("compile_error", self.span)),
            TokenTree::from(mark),
            TokenTree::from(arguments),
        ]
        .into_iter()
        .collect()
    }
}
