//! Functions: arrows, declarations and expressions, methods; parameters and bodies.

use raya_source::{Diagnostic, Span};

use super::{Context, FunctionContext, Parser};
use crate::ast::body::Later;
use crate::ast::{
    Arrow, Block, Body, Expression, ExpressionKind, Function, FunctionBody, Name, NativeBody, Parameter,
    TypeParameter,
};
use crate::codes;
use crate::token::{Token, TokenKind};

impl Parser<'_> {
    /// An arrow function, if one begins here.
    pub(super) fn arrow(&mut self) -> Option<Expression> {
        let start = self.token.start;
        let is_async = match self.kind() {
            TokenKind::LeftParen if self.paren_begins_arrow(self.token) => false,
            TokenKind::Less if self.less_begins_arrow(self.token) => false,
            TokenKind::Async if self.async_begins_arrow() => {
                self.bump();
                true
            }
            kind if kind.is_identifier() && self.name_begins_arrow() => false,
            _ => return None,
        };
        Some(self.arrow_after_async(start, is_async))
    }

    /// Whether `=>` follows the current token, a name. Looks at the text first, since names are everywhere.
    fn name_begins_arrow(&self) -> bool {
        let rest = self.text[self.token.end as usize..].trim_start_matches([' ', '\t']);
        rest.starts_with("=>") || (rest.starts_with("/*") && self.peek().kind == TokenKind::Arrow)
    }

    fn async_begins_arrow(&mut self) -> bool {
        let (first, second) = self.peek_two();
        match first.kind {
            _ if first.newline_before => false,
            TokenKind::LeftParen => self.paren_begins_arrow(first),
            TokenKind::Less => self.less_begins_arrow(first),
            kind => kind.is_identifier() && second.kind == TokenKind::Arrow,
        }
    }

    /// Whether `token`, a `<` where an expression may begin, opens the type parameters of an arrow function, and not a
    /// cast or JSX.
    fn less_begins_arrow(&mut self, token: Token) -> bool {
        let mut cursor = self.cursor.at(token.end);
        let mut depth = 1u32;
        // Type parameters are short; a limit keeps `<<<<…` linear.
        for _ in 0..256 {
            let token = cursor.next(None);
            match token.kind {
                TokenKind::Less | TokenKind::LeftBrace | TokenKind::LeftBracket | TokenKind::LeftParen => {
                    depth += 1
                }
                TokenKind::Greater
                | TokenKind::RightBrace
                | TokenKind::RightBracket
                | TokenKind::RightParen => depth -= 1,
                TokenKind::EndOfFile | TokenKind::Unknown => return false,
                _ => {}
            }
            if depth == 0 {
                let paren = cursor.next(None);
                return paren.kind == TokenKind::LeftParen && self.paren_begins_arrow(paren);
            }
        }
        false
    }

    #[inline(never)]
    fn arrow_after_async(&mut self, start: u32, is_async: bool) -> Expression {
        let type_parameters = self.type_parameters();
        let outer = self.context;
        self.context = self.function_context(is_async);
        let (parameters, return_type) = if self.kind().is_identifier() {
            (vec![self.bare_parameter()], None)
        } else {
            let parameters = self.parameters();
            (parameters, self.return_type())
        };
        let (arrow_span, on_new_line) = (self.token_span(), self.token.newline_before);
        if self.expect(TokenKind::Arrow) && on_new_line {
            self.error(
                codes::UNEXPECTED_TOKEN,
                arrow_span,
                "expected `=>` on the same line as the parameters",
            );
        }
        let body = if self.is(TokenKind::LeftBrace) {
            FunctionBody::Block(self.block().into())
        } else {
            self.context.colon_ends = outer.colon_ends;
            self.context.in_ends = outer.in_ends;
            FunctionBody::Expression(Box::new(self.assignment()))
        };
        self.context = outer;
        let (span, id) = (self.span_from(start), self.id());
        let function =
            Function { name: None, is_async, type_parameters, parameters, return_type, body, span, id };
        self.node(ExpressionKind::Arrow(Box::new(Arrow { function, arrow_span })), start)
    }

    /// `x` in `x => …`.
    fn bare_parameter(&mut self) -> Parameter {
        let start = self.token.start;
        let name = self.binding_name();
        let pattern = self.name_pattern(name);
        let span = self.span_from(start);
        Parameter {
            pattern,
            optional: false,
            rest: false,
            annotation: None,
            default: None,
            property: None,
            span,
        }
    }

    /// The context of the inside of a function that stands in the current one.
    pub(super) fn function_context(&self, is_async: bool) -> Context {
        Context {
            function: if is_async { FunctionContext::Async } else { FunctionContext::Plain },
            in_loop: false,
            in_switch: false,
            first_label: self.labels.len(),
            colon_ends: false,
            in_ends: false,
            ambient: self.context.ambient,
        }
    }

    /// `async? function name?(…) …`, a declaration or an expression.
    pub(super) fn function(&mut self, start: u32, is_declaration: bool) -> Function {
        let is_async = self.eat(TokenKind::Async);
        self.expect(TokenKind::Function);
        self.reject_generator_star();
        let name: Option<Name> = match self.kind() {
            TokenKind::LeftParen | TokenKind::Less => None,
            _ => Some(self.binding_name()),
        };
        let mut function = self.method(start, is_async);
        function.name = name;
        if !is_declaration {
            self.require_body(&function);
        }
        function
    }

    /// A function from its type parameters on: signature and body, without what separates it from what follows.
    #[inline(never)]
    pub(super) fn method(&mut self, start: u32, is_async: bool) -> Function {
        let outer = self.context;
        let type_parameters = self.type_parameters();
        self.context = self.function_context(is_async);
        let parameters = self.parameters();
        let return_type = self.return_type();
        let body = self.function_body();
        self.context = outer;
        let (span, id) = (self.span_from(start), self.id());
        Function { name: None, is_async, type_parameters, parameters, return_type, body, span, id }
    }

    fn function_body(&mut self) -> FunctionBody {
        match self.kind() {
            TokenKind::LeftBrace => {
                if self.context.ambient {
                    let message = "a declaration has no body: expected `;`, found `{`";
                    self.error(codes::UNEXPECTED_BODY, self.token_span(), message);
                    self.context.ambient = false;
                }
                FunctionBody::Block(match self.body_for_later() {
                    Some(later) => Body::later(later),
                    None => self.block().into(),
                })
            }
            TokenKind::Equal => self.native_body(),
            TokenKind::Arrow => {
                self.unexpected("`{`");
                FunctionBody::None
            }
            _ => FunctionBody::None,
        }
    }

    /// Goes past the body of a function of the library. The library is laid out so that a body of several lines ends at the first
    /// line which begins with a brace in the column that the line with its `{` begins in.
    fn body_for_later(&mut self) -> Option<Later> {
        let text = self.library?;
        let Token { start, end, .. } = self.token;
        let rest = text[end as usize..].strip_prefix('\n')?;
        let line = text[..start as usize].rfind('\n').map_or(0, |at| at + 1);
        let indent = text[line..].bytes().take_while(|byte| *byte == b' ').count();
        let is_end = |at: usize| {
            let before = &rest[..at];
            before.ends_with(&text[line..line + indent]) && before[..at - indent].ends_with('\n')
        };
        let close = rest.match_indices('}').map(|(at, _)| at).find(|at| *at > indent && is_end(*at))?;
        let is_async = self.context.function == FunctionContext::Async;
        self.cursor = self.cursor.at(end + 1 + close as u32);
        self.bump();
        self.expect(TokenKind::RightBrace);
        Some(Later { file: self.file, text, start, is_async })
    }

    /// `= native` or `= native("symbol")`.
    fn native_body(&mut self) -> FunctionBody {
        self.bump();
        let start = self.token.start;
        if !self.expect(TokenKind::Native) {
            return FunctionBody::None;
        }
        let mut symbol = None;
        if self.eat(TokenKind::LeftParen) {
            match self.kind() {
                TokenKind::String => symbol = Some(self.string_literal()),
                _ => self.unexpected("the handler's symbol as a string"),
            }
            self.close_paren();
        }
        FunctionBody::Native(NativeBody { symbol, span: self.span_from(start) })
    }

    /// Reports a function without a body where each has one.
    pub(super) fn require_body(&mut self, function: &Function) {
        if matches!(function.body, FunctionBody::None) && !self.panicking {
            let message = format!("expected a body in `{{ … }}`, found {}", self.found());
            self.report(Diagnostic::error(codes::MISSING_BODY, message).at(self.token_span()));
        }
    }

    /// A block of statements; after an error before `{`, an empty one.
    pub(super) fn block(&mut self) -> Block {
        let start = self.token.start;
        if !self.expect(TokenKind::LeftBrace) {
            let span = self.here();
            return Block { statements: vec![], span };
        }
        self.panicking = false;
        let level = self.enter();
        let statements = self.bracketed(|parser| parser.statements(TokenKind::RightBrace));
        if let Some(level) = level {
            self.leave(level);
        }
        if !self.eat(TokenKind::RightBrace) {
            self.fail_unclosed_block(start);
        }
        Block { statements, span: self.span_from(start) }
    }

    #[cold]
    #[inline(never)]
    fn fail_unclosed_block(&mut self, start: u32) {
        let opening = Span::new(self.file, start, start + 1);
        let message = format!("expected `}}`, found {}", self.found());
        let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, message).at(self.token_span());
        self.fail(diagnostic.with_related(opening, "this block is not closed"));
    }

    /// `<T extends A = B, U>`, or nothing.
    pub(super) fn type_parameters(&mut self) -> Vec<TypeParameter> {
        if !self.is(TokenKind::Less) {
            return vec![];
        }
        let opening = self.token_span();
        self.bump();
        let parameters = self.list(TokenKind::Greater, |parser| {
            let start = parser.token.start;
            let name = parser.binding_name();
            let constrained = parser.eat(TokenKind::Extends) || parser.eat(TokenKind::Colon);
            let constraint = constrained.then(|| parser.ty());
            let default = parser.eat(TokenKind::Equal).then(|| parser.ty());
            TypeParameter { name, constraint, default, span: parser.span_from(start) }
        });
        if parameters.is_empty() {
            self.error(
                codes::EXPECTED_NAME,
                opening,
                "expected at least one type parameter between `<` and `>`",
            );
        }
        parameters
    }
}
