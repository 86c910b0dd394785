//! Going on after an error: in lists, at statements, and where a semicolon is missing.

use super::Parser;
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    /// Items separated by commas, a trailing one allowed, up to `close`, which is taken. `item` is called at the start
    /// of each; the opening mark was taken before.
    fn list_items<T>(&mut self, close: TokenKind, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = vec![];
        while !self.is(close) && !self.is(TokenKind::EndOfFile) {
            let start = self.token.start;
            items.push(item(self));
            if self.is(close) || self.eat(TokenKind::Comma) {
                self.panicking = false;
                continue;
            }
            if !self.recover_in_list(close, start) {
                break;
            }
        }
        self.expect(close);
        items
    }

    /// Reports a missing comma in a list and skips to where the next item begins; false where the list has ended. `start`
    /// is where the last item began.
    #[cold]
    #[inline(never)]
    fn recover_in_list(&mut self, close: TokenKind, start: u32) -> bool {
        let separated = self.token.newline_before && self.token.start > start && !self.starts_statement();
        if !self.panicking {
            let expected = format!("`,` or {}", close.describe());
            self.unexpected(&expected);
            if separated && !self.closes() {
                // Only the comma is missing at the end of a line.
                self.panicking = false;
                return true;
            }
        }
        let found = self.skip_to_separator(close);
        if found {
            self.panicking = false;
            self.eat(TokenKind::Comma);
        }
        found
    }

    /// [`Self::list_items`] with `(a):` read as usual inside.
    pub(super) fn list<T>(&mut self, close: TokenKind, item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        self.bracketed(|parser| parser.list_items(close, item))
    }

    fn closes(&self) -> bool {
        matches!(self.kind(), TokenKind::RightBrace | TokenKind::RightParen | TokenKind::RightBracket)
    }

    /// Whether the current token is on a line of its own and clearly begins a statement.
    pub(super) fn starts_statement(&self) -> bool {
        use TokenKind as Kind;
        self.token.newline_before
            && matches!(
                self.kind(),
                Kind::Let
                    | Kind::Const
                    | Kind::Var
                    | Kind::Function
                    | Kind::Class
                    | Kind::If
                    | Kind::While
                    | Kind::Do
                    | Kind::For
                    | Kind::Return
                    | Kind::Break
                    | Kind::Continue
                    | Kind::Switch
                    | Kind::Try
                    | Kind::Throw
                    | Kind::Import
                    | Kind::Export
                    | Kind::Enum
            )
    }

    /// Skips to a comma or `close` of the list that is being read; false where the list has clearly ended without.
    fn skip_to_separator(&mut self, close: TokenKind) -> bool {
        loop {
            match self.kind() {
                TokenKind::Comma => return true,
                kind if kind == close => return true,
                TokenKind::EndOfFile | TokenKind::Semicolon => return false,
                _ if self.closes() || self.starts_statement() => return false,
                _ => self.skip_group(),
            }
        }
    }

    /// Takes the current token, and where it opens brackets or a template, all up to what closes them.
    pub(super) fn skip_group(&mut self) {
        let mut open = vec![];
        loop {
            match self.kind() {
                TokenKind::EndOfFile => return,
                TokenKind::LeftBrace
                | TokenKind::LeftParen
                | TokenKind::LeftBracket
                | TokenKind::TemplateHead => {
                    open.push(self.kind());
                }
                TokenKind::RightParen | TokenKind::RightBracket => drop(open.pop()),
                TokenKind::RightBrace if open.pop() == Some(TokenKind::TemplateHead) => {
                    self.token = self.cursor.rescan_template(self.token);
                    if self.is(TokenKind::TemplateHead) {
                        open.push(TokenKind::TemplateHead);
                    }
                }
                _ => {}
            }
            self.bump();
            if open.is_empty() {
                return;
            }
        }
    }

    /// After an error in a statement, skips to where the next one begins.
    pub(super) fn synchronize(&mut self, start: u32) {
        while self.panicking && !self.stopped {
            let moved = self.token.start > start;
            match self.kind() {
                TokenKind::EndOfFile | TokenKind::RightBrace => self.panicking = false,
                TokenKind::Semicolon => {
                    self.bump();
                    self.panicking = false;
                }
                _ if moved && (self.starts_statement() || self.begins_line_with_name()) => {
                    self.panicking = false
                }
                _ => self.skip_group(),
            }
        }
    }

    /// A line that begins with a name mostly begins a statement; one that begins with an operator mostly does not.
    fn begins_line_with_name(&self) -> bool {
        self.token.newline_before
            && (self.kind().is_identifier() || matches!(self.kind(), TokenKind::This | TokenKind::At))
    }

    /// Takes a semicolon, or sees that none is needed: before `}`, after a line break, at the end.
    pub(super) fn semicolon(&mut self) {
        if self.eat(TokenKind::Semicolon) || self.can_insert_semicolon() || self.panicking {
            return;
        }
        self.fail_expected(codes::EXPECTED_SEMICOLON, "`;` or a new line");
    }

    pub(super) fn can_insert_semicolon(&self) -> bool {
        self.token.newline_before || matches!(self.kind(), TokenKind::RightBrace | TokenKind::EndOfFile)
    }
}
