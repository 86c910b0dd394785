//! Types.

use super::Parser;
use crate::ast::{
    FunctionType, KeywordType, LiteralType, Name, Parameter, TupleElement, Type, TypeKind, TypePath,
};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    /// A type.
    pub(super) fn ty(&mut self) -> Type {
        let Some(level) = self.enter() else {
            return self.error_type();
        };
        let ty = match self.function_type() {
            Some(function) => function,
            None => self.union(),
        };
        self.leave(level);
        ty
    }

    pub(super) fn error_type(&mut self) -> Type {
        let start = self.token.start;
        let span = raya_source::Span::new(self.file, start, start);
        Type { kind: TypeKind::Error, span, id: self.id() }
    }

    /// A function or constructor type, if one begins here.
    #[inline(never)]
    fn function_type(&mut self) -> Option<Type> {
        let start = self.token.start;
        let is_abstract = self.is(TokenKind::Abstract) && self.peek().kind == TokenKind::New;
        if is_abstract || self.is(TokenKind::New) {
            if is_abstract {
                self.bump();
            }
            self.bump();
            let signature = Box::new(self.arrow_signature());
            return Some(self.type_node(TypeKind::Constructor { is_abstract, signature }, start));
        }
        let function = match self.kind() {
            TokenKind::Less => true,
            TokenKind::LeftParen => self.paren_begins_function_type(),
            _ => false,
        };
        function.then(|| {
            let signature = Box::new(self.arrow_signature());
            self.type_node(TypeKind::Function(signature), start)
        })
    }

    /// `<T>(a: A) => B`.
    #[inline(never)]
    fn arrow_signature(&mut self) -> FunctionType {
        let start = self.token.start;
        let type_parameters = self.type_parameters();
        let parameters = self.signature_parameters();
        self.expect(TokenKind::Arrow);
        let return_type = Some(self.return_type_after_mark());
        FunctionType { type_parameters, parameters, return_type, span: self.span_from(start) }
    }

    /// Parameters where nothing is executed: no defaults, no modifiers.
    pub(super) fn signature_parameters(&mut self) -> Vec<Parameter> {
        let parameters = self.parameters();
        for parameter in &parameters {
            let message = if parameter.default.is_some() {
                "a parameter of a type has no default: write `?` after its name"
            } else if parameter.property.is_some() {
                "only parameters of a constructor declare fields"
            } else {
                continue;
            };
            self.error(codes::INVALID_PARAMETER, parameter.span, message);
        }
        parameters
    }

    fn union(&mut self) -> Type {
        let start = self.token.start;
        self.eat(TokenKind::Bar);
        let first = self.intersection();
        let ty = self.flat(first, start, TokenKind::Bar, Self::intersection, TypeKind::Union);
        if self.is(TokenKind::Extends) && !self.token.newline_before && self.peek_is_condition() {
            return self.conditional_type(ty, start);
        }
        ty
    }

    fn intersection(&mut self) -> Type {
        let start = self.token.start;
        self.eat(TokenKind::Ampersand);
        let first = self.prefix_type();
        self.flat(first, start, TokenKind::Ampersand, Self::prefix_type, TypeKind::Intersection)
    }

    /// `first` and what follows it after each `separator`, as one type.
    fn flat(
        &mut self,
        first: Type,
        start: u32,
        separator: TokenKind,
        parse: fn(&mut Self) -> Type,
        kind: fn(Vec<Type>) -> TypeKind,
    ) -> Type {
        if !self.is(separator) {
            return first;
        }
        let mut types = vec![first];
        while self.eat(separator) {
            types.push(parse(self));
        }
        self.grow();
        self.type_node(kind(types), start)
    }

    /// Whether `extends` here begins `T extends U ? A : B`, and not the next part of a declaration.
    fn peek_is_condition(&self) -> bool {
        let mut cursor = self.cursor;
        // Past a short type; longer conditions are reported less exactly.
        (0..16)
            .map(|_| cursor.next(None).kind)
            .take_while(|kind| !matches!(kind, TokenKind::LeftBrace | TokenKind::Semicolon))
            .any(|kind| kind == TokenKind::Question)
    }

    #[cold]
    #[inline(never)]
    fn conditional_type(&mut self, _checked: Type, start: u32) -> Type {
        self.bump();
        self.ty();
        if self.expect(TokenKind::Question) {
            self.ty();
            self.expect(TokenKind::Colon);
            self.ty();
        }
        self.unsupported_type(
            self.span_from(start),
            "conditional types",
            "write the types that occur as a union or as overloads",
        );
        self.type_node(TypeKind::Error, start)
    }

    fn prefix_type(&mut self) -> Type {
        let start = self.token.start;
        let next = self.peek_if(matches!(
            self.kind(),
            TokenKind::KeyOf | TokenKind::Readonly | TokenKind::Unique | TokenKind::Infer
        ));
        let prefixed = next.is_some_and(|kind| {
            kind.is_word()
                || matches!(
                    kind,
                    TokenKind::LeftParen | TokenKind::LeftBracket | TokenKind::LeftBrace | TokenKind::String
                )
        });
        if !prefixed {
            return self.postfix_type();
        }
        let operator = self.kind();
        let Some(level) = self.enter() else {
            return self.error_type();
        };
        self.bump();
        let operand = self.prefix_type();
        self.leave(level);
        let kind = match operator {
            TokenKind::KeyOf => TypeKind::KeyOf(Box::new(operand)),
            TokenKind::Readonly => TypeKind::Readonly(Box::new(operand)),
            _ => {
                let help = "name the type, or add a type parameter";
                self.unsupported_type(self.span_from(start), "`unique` and `infer` types", help);
                TypeKind::Error
            }
        };
        self.type_node(kind, start)
    }

    fn peek_if(&self, condition: bool) -> Option<TokenKind> {
        condition.then(|| self.peek().kind)
    }

    /// A type with `[]` or `[K]` after it.
    #[inline(never)]
    fn postfix_type(&mut self) -> Type {
        let start = self.token.start;
        let mut ty = self.primary_type();
        while self.is(TokenKind::LeftBracket) && !self.token.newline_before {
            self.bump();
            let kind = if self.eat(TokenKind::RightBracket) {
                TypeKind::Array(Box::new(ty))
            } else {
                let index = Box::new(self.bracketed(Self::ty));
                self.expect(TokenKind::RightBracket);
                TypeKind::IndexedAccess { object: Box::new(ty), index }
            };
            self.grow();
            ty = self.type_node(kind, start);
        }
        ty
    }

    fn primary_type(&mut self) -> Type {
        use TokenKind as Kind;
        let start = self.token.start;
        let kind = match self.kind() {
            Kind::LeftParen => {
                self.bump();
                let inner = self.bracketed(Self::ty);
                self.expect(TokenKind::RightParen);
                TypeKind::Parenthesized(Box::new(inner))
            }
            Kind::LeftBrace => return self.object_type(),
            Kind::LeftBracket => TypeKind::Tuple(self.tuple()),
            Kind::String => TypeKind::Literal(LiteralType::String(self.string_literal().value)),
            Kind::Number => TypeKind::Literal(self.number_type(false)),
            Kind::Minus if self.peek().kind == Kind::Number => {
                self.bump();
                TypeKind::Literal(self.number_type(true))
            }
            Kind::True | Kind::False => {
                let value = self.is(Kind::True);
                self.bump();
                TypeKind::Literal(LiteralType::Boolean(value))
            }
            Kind::TypeOf => {
                self.bump();
                if self.is(Kind::Import) {
                    return self.import_type(start);
                }
                TypeKind::TypeOf(self.type_path())
            }
            Kind::This => {
                self.bump();
                TypeKind::This
            }
            Kind::Import => return self.import_type(start),
            Kind::Template | Kind::TemplateHead => {
                self.template();
                let help = "use `string`, or a union of the texts that occur";
                self.unsupported_type(self.span_from(start), "template types", help);
                TypeKind::Error
            }
            kind => match keyword_type(kind) {
                Some(keyword) if !matches!(self.peek_kind_of_path(), Kind::Dot | Kind::ColonColon) => {
                    self.bump();
                    TypeKind::Keyword(keyword)
                }
                _ => return self.reference_type(start),
            },
        };
        self.type_node(kind, start)
    }

    /// The kind after the current token, looked at only where a dot is near: types are everywhere.
    fn peek_kind_of_path(&self) -> TokenKind {
        match self.text.as_bytes().get(self.token.end as usize) {
            Some(b'.' | b':') => self.peek().kind,
            _ => TokenKind::Unknown,
        }
    }

    #[inline(never)]
    fn reference_type(&mut self, start: u32) -> Type {
        let reserved =
            self.kind().is_word() && !self.is(TokenKind::Var) && self.reserved_word_is_meant_as_name();
        if !self.kind().is_identifier() && !reserved {
            self.fail_expected(codes::EXPECTED_TYPE, "a type");
            return self.error_type();
        }
        let is_any = self.is(TokenKind::Any);
        let path = self.type_path();
        if is_any && path.segments.len() == 1 {
            self.report_any(path.span);
            return self.type_node(TypeKind::Error, start);
        }
        let arguments = if self.is(TokenKind::Less) && !self.token.newline_before {
            self.type_arguments()
        } else {
            vec![]
        };
        self.type_node(TypeKind::Reference { path, arguments }, start)
    }

    #[cold]
    #[inline(never)]
    fn import_type(&mut self, start: u32) -> Type {
        self.bump();
        if self.is(TokenKind::LeftParen) {
            self.skip_group();
        }
        while self.eat(TokenKind::Dot) {
            self.word();
        }
        let help = "import the type at the top of the file: `import { T } from \"…\";`";
        self.unsupported_type(self.span_from(start), "`import` types", help);
        self.type_node(TypeKind::Error, start)
    }

    /// `a.b` or `a::b`.
    pub(super) fn type_path(&mut self) -> TypePath {
        let start = self.token.start;
        let first = if self.is(TokenKind::This) { self.take_name() } else { self.name() };
        let mut segments: Vec<Name> = vec![first];
        while self.eat(TokenKind::Dot) || self.eat(TokenKind::ColonColon) {
            segments.push(self.word());
        }
        TypePath { segments, span: self.span_from(start) }
    }

    /// `<A, B>`.
    pub(super) fn type_arguments(&mut self) -> Vec<Type> {
        let opening = self.token_span();
        self.expect(TokenKind::Less);
        let arguments = self.list(TokenKind::Greater, Self::ty);
        if arguments.is_empty() && !self.panicking {
            self.error(codes::EXPECTED_TYPE, opening, "expected at least one type between `<` and `>`");
        }
        arguments
    }

    /// `A, B, C`, at least one, until something other than a comma follows.
    pub(super) fn type_list(&mut self) -> Vec<Type> {
        let mut types = vec![self.ty()];
        while self.eat(TokenKind::Comma) {
            types.push(self.ty());
        }
        types
    }

    #[inline(never)]
    fn tuple(&mut self) -> Vec<TupleElement> {
        self.bump();
        self.list(TokenKind::RightBracket, |parser| {
            let start = parser.token.start;
            let rest = parser.eat(TokenKind::Ellipsis);
            let (label, mut optional) = parser.tuple_label();
            let element = parser.ty();
            optional |= label.is_none() && parser.eat(TokenKind::Question);
            TupleElement { label, optional, rest, element, span: parser.span_from(start) }
        })
    }

    /// `label:` or `label?:`, or nothing.
    fn tuple_label(&mut self) -> (Option<Name>, bool) {
        if !self.kind().is_word() {
            return (None, false);
        }
        let (first, second) = self.peek_two();
        let optional = first.kind == TokenKind::Question && second.kind == TokenKind::Colon;
        if first.kind != TokenKind::Colon && !optional {
            return (None, false);
        }
        let label = self.take_name();
        self.eat(TokenKind::Question);
        self.expect(TokenKind::Colon);
        (Some(label), optional)
    }
}

fn keyword_type(kind: TokenKind) -> Option<KeywordType> {
    Some(match kind {
        TokenKind::Int | TokenKind::I32 => KeywordType::Int,
        TokenKind::NumberType | TokenKind::Float | TokenKind::F64 => KeywordType::Number,
        TokenKind::Boolean => KeywordType::Boolean,
        TokenKind::StringType => KeywordType::String,
        TokenKind::Null | TokenKind::Undefined => KeywordType::Null,
        TokenKind::Void => KeywordType::Void,
        TokenKind::Never => KeywordType::Never,
        TokenKind::UnknownType => KeywordType::Unknown,
        TokenKind::Object => KeywordType::Object,
        _ => return None,
    })
}
