//! Members of object types, interfaces and index signatures.

use super::Parser;
use crate::ast::{FunctionType, PropertyKey, Type, TypeKind, TypeMember, TypeMemberKind};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn object_type(&mut self) -> Type {
        let start = self.token.start;
        if let Some(mapped) = self.mapped_type(start) {
            return mapped;
        }
        let members = self.type_members();
        self.type_node(TypeKind::Object(members), start)
    }

    /// `{ [K in T]: U }`, which is skipped.
    #[inline(never)]
    fn mapped_type(&mut self, start: u32) -> Option<Type> {
        let mut cursor = self.cursor;
        let kinds: [TokenKind; 5] = std::array::from_fn(|_| cursor.next(None).kind);
        let bracket = kinds.iter().position(|kind| *kind == TokenKind::LeftBracket)?;
        let mapped = bracket <= 2 && kinds[bracket + 1..].get(1) == Some(&TokenKind::In);
        mapped.then(|| {
            self.skip_group();
            let help = "write the members out, or use `Map<K, V>`";
            self.unsupported_type(self.span_from(start), "mapped types", help);
            self.type_node(TypeKind::Error, start)
        })
    }

    /// `{ … }` of an object type or interface.
    pub(super) fn type_members(&mut self) -> Vec<TypeMember> {
        if !self.expect(TokenKind::LeftBrace) {
            return vec![];
        }
        self.panicking = false;
        let members = self.bracketed(|parser| {
            let mut members = vec![];
            while !matches!(parser.kind(), TokenKind::RightBrace | TokenKind::EndOfFile) {
                let start = parser.token.start;
                members.push(parser.type_member());
                if !parser.eat(TokenKind::Comma) {
                    parser.semicolon();
                }
                parser.synchronize_member(start);
            }
            members
        });
        self.expect(TokenKind::RightBrace);
        members
    }

    fn type_member(&mut self) -> TypeMember {
        let start = self.token.start;
        let kind = match self.kind() {
            TokenKind::LeftParen | TokenKind::Less => {
                TypeMemberKind::Call(Box::new(self.member_signature(start)))
            }
            TokenKind::New if matches!(self.peek().kind, TokenKind::LeftParen | TokenKind::Less) => {
                self.bump();
                TypeMemberKind::Construct(Box::new(self.member_signature(start)))
            }
            _ => return self.named_type_member(start),
        };
        TypeMember { kind, span: self.span_from(start) }
    }

    #[inline(never)]
    fn named_type_member(&mut self, start: u32) -> TypeMember {
        let readonly = self.is(TokenKind::Readonly) && Self::begins_key(self.peek());
        if readonly {
            self.bump();
        }
        if self.is(TokenKind::LeftBracket) && self.begins_index_signature() {
            return self.index_signature(start, readonly);
        }
        let accessor = match self.kind() {
            kind @ (TokenKind::Get | TokenKind::Set) if Self::begins_key(self.peek()) => {
                self.bump();
                Some(kind)
            }
            _ => None,
        };
        let key = self.property_key();
        if let PropertyKey::Private(name) = &key {
            self.error(codes::EXPECTED_NAME, name.span, "a private name can only be declared in a class");
        }
        let optional = self.eat(TokenKind::Question);
        let is_method = matches!(self.kind(), TokenKind::LeftParen | TokenKind::Less);
        let kind = match accessor {
            Some(accessor) => self.accessor_signature(key, accessor == TokenKind::Set),
            None if is_method => {
                let signature = Box::new(self.member_signature(start));
                TypeMemberKind::Method { key, optional, signature }
            }
            None => TypeMemberKind::Property { key, optional, readonly, value: self.member_annotation() },
        };
        TypeMember { kind, span: self.span_from(start) }
    }

    fn member_annotation(&mut self) -> Option<Type> {
        if !self.is(TokenKind::Colon) {
            self.unexpected("`:` and the type of the member");
        }
        self.annotation()
    }

    fn accessor_signature(&mut self, key: PropertyKey, setter: bool) -> TypeMemberKind {
        let span = self.token_span();
        let mut parameters = self.signature_parameters();
        let value = self.annotation();
        if parameters.len() != usize::from(setter) {
            let message =
                if setter { "a setter has exactly one parameter" } else { "a getter has no parameters" };
            self.error(codes::INVALID_ACCESSOR, span, message);
        }
        match parameters.pop() {
            Some(parameter) if setter => TypeMemberKind::Setter { key, parameter: Box::new(parameter) },
            _ => TypeMemberKind::Getter { key, value },
        }
    }

    fn member_signature(&mut self, start: u32) -> FunctionType {
        let type_parameters = self.type_parameters();
        let parameters = self.signature_parameters();
        let return_type = self.return_type();
        FunctionType { type_parameters, parameters, return_type, span: self.span_from(start) }
    }

    /// Whether `[` here begins `[key: K]: V`.
    pub(super) fn begins_index_signature(&self) -> bool {
        let (first, second) = self.peek_two();
        first.kind.is_identifier() && second.kind == TokenKind::Colon
    }

    /// `[key: K]: V`.
    pub(super) fn index_signature(&mut self, start: u32, readonly: bool) -> TypeMember {
        self.bump();
        let key = self.name();
        self.expect(TokenKind::Colon);
        let key_type = self.bracketed(Self::ty);
        self.expect(TokenKind::RightBracket);
        let value = match self.member_annotation() {
            Some(value) => value,
            None => self.error_type(),
        };
        TypeMember {
            kind: TypeMemberKind::Index { key, key_type, value, readonly },
            span: self.span_from(start),
        }
    }
}
