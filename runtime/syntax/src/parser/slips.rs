//! What other languages write where this one does not: words that begin statements, `function` before methods, parameters of function
//! types without names; and slips of the finger.

use raya_source::{Diagnostic, Span, closest};

use super::Parser;
use crate::ast::{Expression, ExpressionKind, Type, TypeAliasValue, TypeKind, Variables};
use crate::codes;
use crate::token::TokenKind;

/// Words that statements begin with.
const KEYWORDS: [&str; 24] = [
    "abstract",
    "async",
    "await",
    "break",
    "class",
    "const",
    "continue",
    "declare",
    "else",
    "export",
    "for",
    "function",
    "if",
    "import",
    "interface",
    "let",
    "new",
    "return",
    "switch",
    "throw",
    "try",
    "type",
    "typeof",
    "while",
];

/// What other languages begin statements with, and what is written here.
const FOREIGN: [(&str, &str); 17] = [
    ("def", "function"),
    ("elif", "else if"),
    ("elseif", "else if"),
    ("elsif", "else if"),
    ("except", "catch"),
    ("final", "const"),
    ("fn", "function"),
    ("foreach", "for"),
    ("fun", "function"),
    ("func", "function"),
    ("mut", "let"),
    ("proc", "function"),
    ("raise", "throw"),
    ("struct", "class"),
    ("sub", "function"),
    ("using", "import"),
    ("val", "const"),
];

/// Types that other languages put before the name of a variable.
const TYPES_BEFORE_NAMES: [&str; 12] = [
    "bool", "boolean", "char", "double", "f64", "float", "i32", "int", "long", "number", "string", "unknown",
];

impl Parser<'_> {
    /// Takes the end of an expression statement. Where none stands because the statement began with a word that is no
    /// keyword here, the report says which was meant.
    pub(super) fn end_of_expression(&mut self, expression: &Expression) {
        if self.is_ended() {
            return self.semicolon();
        }
        let Some((word, span)) = first_word(expression) else { return self.semicolon() };
        let diagnostic = self.missing_end(word);
        let diagnostic = match meant(word) {
            _ if TYPES_BEFORE_NAMES.contains(&word) && self.kind().is_identifier() => {
                let help = format!("a type stands behind the name: `let {}: {word} = …;`", self.token_text());
                diagnostic.with_help(help)
            }
            Some(keyword) => diagnostic.with_edit(format!("did you mean `{keyword}`?"), span, keyword),
            None => return self.semicolon(),
        };
        self.fail(diagnostic);
    }

    /// Takes the end of a declaration of variables; `let mut x` says more than is needed.
    pub(super) fn end_of_variables(&mut self, variables: &Variables) {
        let last = variables.declarations.last();
        if let Some(of) = last.and_then(|one| one.annotation.as_ref())
            && self.end_after_type(of)
        {
            return;
        }
        match last.and_then(|one| one.pattern.as_name()) {
            Some(name) if &*name.text == "mut" && self.kind().is_identifier() && !self.is_ended() => {
                let span = Span { end: self.token.start, ..name.span };
                let diagnostic = self.missing_end("mut");
                self.fail(diagnostic.with_edit("a `let` can always be assigned: leave `mut` away", span, ""));
            }
            _ => self.semicolon(),
        }
    }

    /// `function` before a method's name is read past.
    pub(super) fn method_without_function(&mut self) {
        if !self.is(TokenKind::Function) {
            return;
        }
        let name = self.peek();
        if name.newline_before || !name.kind.is_identifier() {
            return;
        }
        let word = self.token_span();
        let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, "expected a member, found `function`");
        let before_name = Span { end: name.start, ..word };
        self.report(diagnostic.at(word).with_edit(
            "a method has no `function` before its name",
            before_name,
            "",
        ));
        self.bump();
    }

    /// The end of a declaration whose type is `(int | string) => …`: the parameters of a function type have names.
    fn end_after_type(&mut self, of: &Type) -> bool {
        let TypeKind::Parenthesized(inner) = &of.kind else { return false };
        if !self.is(TokenKind::Arrow) || self.panicking {
            return false;
        }
        let message = "expected a name before the type of a parameter";
        let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, message).at(inner.span);
        self.fail(diagnostic.with_edit(
            "a parameter of a function type has a name",
            inner.span.at_start(),
            "value: ",
        ));
        true
    }

    /// Takes the end of the declaration of a type's name.
    pub(super) fn end_of_alias(&mut self, value: &TypeAliasValue) {
        match value {
            TypeAliasValue::Type(of) if self.end_after_type(of) => {}
            _ => self.semicolon(),
        }
    }

    fn is_ended(&self) -> bool {
        self.panicking || self.is(TokenKind::Semicolon) || self.can_insert_semicolon()
    }

    fn missing_end(&self, word: &str) -> Diagnostic {
        let message = format!("expected `;` or a new line after `{word}`, found {}", self.found());
        Diagnostic::error(codes::EXPECTED_SEMICOLON, message).at(self.token_span())
    }
}

/// The word that a statement began with, where it was read as a name or as the call of a function.
fn first_word(expression: &Expression) -> Option<(&str, Span)> {
    match &expression.kind {
        ExpressionKind::Name(text) => Some((text, expression.span)),
        ExpressionKind::Call(call) => match &call.callee.kind {
            ExpressionKind::Name(text) => Some((text, call.callee.span)),
            _ => None,
        },
        _ => None,
    }
}

fn meant(word: &str) -> Option<&'static str> {
    let foreign = FOREIGN.iter().find(|(other, _)| *other == word).map(|(_, ours)| *ours);
    foreign.or_else(|| closest(word, KEYWORDS))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn words_that_were_meant_are_found() {
        for (word, keyword) in [
            ("fucntion", Some("function")),
            ("cosnt", Some("const")),
            ("retrun", Some("return")),
            ("elif", Some("else if")),
            ("fn", Some("function")),
            ("total", None),
            ("x", None),
        ] {
            assert_eq!(meant(word), keyword, "{word}");
        }
    }
}
