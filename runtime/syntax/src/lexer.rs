//! The lexer: one token at a time, on demand, because only the parser knows whether `/` divides or begins a regular
//! expression, `}` closes a block or continues a template, and `>>` shifts or closes two lists of type arguments.
//!
//! So: `/` is always read as a division, `>` always alone, and the parser asks to read again where it knows better
//! ([`Cursor::rescan_regular_expression`], [`Cursor::rescan_template`], [`Cursor::rescan_greater`]). A [`Cursor`] is a
//! place in the text and may be copied to look ahead.

use raya_source::{FileId, Span};

use crate::ast::{Comment, CommentKind};
use crate::token::{Token, TokenKind, word_kind};

/// A place in the text.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'text> {
    text: &'text str,
    at: usize,
}

/// Where comments go, and what is wrong between tokens.
pub(crate) struct Trivia {
    pub(crate) file: FileId,
    pub(crate) comments: Vec<Comment>,
    /// Where a block comment began that nothing closes.
    pub(crate) unterminated_comment: Option<Span>,
}

impl Trivia {
    fn comment(&mut self, start: usize, end: usize, kind: CommentKind) {
        self.comments.push(Comment { span: Span::new(self.file, start as u32, end as u32), kind });
    }
}

/// Whether `character` may begin an identifier.
pub(crate) fn is_identifier_start(character: char) -> bool {
    character == '$' || character == '_' || unicode_ident::is_xid_start(character)
}

/// Whether `character` may continue an identifier.
pub(crate) fn is_identifier_continue(character: char) -> bool {
    character == '$'
        || character == '\u{200C}'
        || character == '\u{200D}'
        || unicode_ident::is_xid_continue(character)
}

/// For each byte whether it continues an identifier within ASCII.
static CONTINUES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        table[byte] = character.is_ascii_alphanumeric() || character == b'_' || character == b'$';
        byte += 1;
    }
    table
};

impl<'text> Cursor<'text> {
    /// At the start of `text`, after a byte order mark if there is one.
    pub(crate) fn new(text: &'text str) -> Self {
        let at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Cursor { text, at }
    }

    /// At `offset` of the same text.
    pub(crate) fn at(self, offset: u32) -> Self {
        Cursor { text: self.text, at: offset as usize }
    }

    /// At the end of the text.
    pub(crate) fn at_end(self) -> Self {
        Cursor { text: self.text, at: self.text.len() }
    }

    /// Takes a `#!` line, which may only stand first.
    pub(crate) fn skip_shebang(&mut self, trivia: &mut Trivia) {
        if self.text[self.at..].starts_with("#!") {
            let start = self.at;
            self.skip_line();
            trivia.comment(start, self.at, CommentKind::Shebang);
        }
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn character(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// The next token. Comments on the way go to `trivia`, if given.
    pub(crate) fn next(&mut self, trivia: Option<&mut Trivia>) -> Token {
        let newline_before = self.skip_trivia(trivia);
        let start = self.at;
        let mut token = Token {
            kind: TokenKind::EndOfFile,
            newline_before,
            unterminated: false,
            start: start as u32,
            end: start as u32,
        };
        if start >= self.text.len() {
            return token;
        }
        let byte = self.peek(0);
        token.kind = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => self.word(),
            b'0'..=b'9' => self.number(),
            b'"' | b'\'' => {
                token.unterminated = !self.string(byte);
                TokenKind::String
            }
            b'`' => {
                self.at += 1;
                self.template(&mut token);
                token.kind
            }
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            b'#' => self.private_name(),
            b'\\' | 0x80.. => self.word_or_unknown(),
            _ => self.punctuation(byte),
        };
        token.end = self.at as u32;
        token
    }

    /// Skips white space and comments; says whether there was a line break among them.
    fn skip_trivia(&mut self, mut trivia: Option<&mut Trivia>) -> bool {
        let mut newline = false;
        loop {
            match self.peek(0) {
                b' ' | b'\t' | 0x0B | 0x0C => self.at += 1,
                b'\n' | b'\r' => {
                    newline = true;
                    self.at += 1;
                }
                b'/' if self.peek(1) == b'/' => {
                    let start = self.at;
                    self.skip_line();
                    if let Some(trivia) = trivia.as_deref_mut() {
                        trivia.comment(start, self.at, CommentKind::Line);
                    }
                }
                b'/' if self.peek(1) == b'*' => newline |= self.skip_block_comment(trivia.as_deref_mut()),
                0x80.. => match self.character() {
                    Some(character @ ('\u{2028}' | '\u{2029}')) => {
                        newline = true;
                        self.at += character.len_utf8();
                    }
                    Some(character) if character.is_whitespace() || character == '\u{FEFF}' => {
                        self.at += character.len_utf8();
                    }
                    _ => return newline,
                },
                _ => return newline,
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let mut length = 0;
        while let Some(byte) = rest.get(length) {
            let separator =
                *byte == 0xE2 && matches!(rest.get(length + 1..length + 3), Some([0x80, 0xA8 | 0xA9]));
            if matches!(byte, b'\n' | b'\r') || separator {
                break;
            }
            length += 1;
        }
        self.at += length;
    }

    fn skip_block_comment(&mut self, trivia: Option<&mut Trivia>) -> bool {
        let start = self.at;
        let body = &self.text[start + 2..];
        let (length, closed) = body.find("*/").map_or((body.len(), false), |at| (at, true));
        self.at = start + 2 + length + if closed { 2 } else { 0 };
        if let Some(trivia) = trivia {
            let documentation = body.starts_with('*') && length > 0;
            let kind = if documentation { CommentKind::Documentation } else { CommentKind::Block };
            trivia.comment(start, self.at, kind);
            if !closed {
                trivia.unterminated_comment = Some(Span::new(trivia.file, start as u32, start as u32 + 2));
            }
        }
        body[..length].contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    }

    #[inline]
    fn word(&mut self) -> TokenKind {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start + 1;
        while at < bytes.len() && CONTINUES[bytes[at] as usize] {
            at += 1;
        }
        self.at = at;
        if at < bytes.len() && (bytes[at] >= 0x80 || bytes[at] == b'\\') && self.skip_identifier_rest() {
            return TokenKind::Identifier;
        }
        word_kind(&bytes[start..self.at])
    }

    /// Skips what continues an identifier, `\u` escapes included; says whether there was anything.
    fn skip_identifier_rest(&mut self) -> bool {
        let start = self.at;
        while let Some(character) = self.character() {
            if is_identifier_continue(character) {
                self.at += character.len_utf8();
            } else if character != '\\' || !self.skip_identifier_escape() {
                break;
            }
        }
        self.at > start
    }

    /// Skips `\uXXXX` or `\u{X}` if it spells a character of an identifier.
    fn skip_identifier_escape(&mut self) -> bool {
        let Some((character, length)) = identifier_escape(&self.text[self.at..]) else {
            return false;
        };
        if is_identifier_continue(character) {
            self.at += length;
        }
        is_identifier_continue(character)
    }

    fn word_or_unknown(&mut self) -> TokenKind {
        let (character, length) = match self.character() {
            Some('\\') => identifier_escape(&self.text[self.at..]).unwrap_or(('\\', 1)),
            Some(character) => (character, character.len_utf8()),
            None => return TokenKind::EndOfFile,
        };
        self.at += length;
        if !is_identifier_start(character) {
            return TokenKind::Unknown;
        }
        self.skip_identifier_rest();
        TokenKind::Identifier
    }

    fn private_name(&mut self) -> TokenKind {
        self.at += 1;
        match self.character() {
            Some(character) if is_identifier_start(character) => {
                self.skip_identifier_rest();
                TokenKind::PrivateName
            }
            _ => TokenKind::Unknown,
        }
    }

    /// Takes everything that looks like part of the number; whether it is a valid one is decided when it is decoded.
    fn number(&mut self) -> TokenKind {
        let radix_prefix = self.peek(0) == b'0' && matches!(self.peek(1) | 0x20, b'x' | b'b' | b'o');
        self.skip_ascii_word();
        if radix_prefix {
            return TokenKind::Number;
        }
        let exponent_before = self.exponent_sign();
        if !exponent_before && self.peek(0) == b'.' {
            self.at += 1;
            self.skip_ascii_word();
            self.exponent_sign();
        }
        TokenKind::Number
    }

    /// Takes `+5` or `-5` after an `e` that ends what was taken so far.
    fn exponent_sign(&mut self) -> bool {
        let after_exponent = self.at > 0 && self.text.as_bytes()[self.at - 1] | 0x20 == b'e';
        let signed = after_exponent && matches!(self.peek(0), b'+' | b'-') && self.peek(1).is_ascii_digit();
        if signed {
            self.at += 1;
            self.skip_ascii_word();
        }
        signed
    }

    fn skip_ascii_word(&mut self) {
        while CONTINUES[self.peek(0) as usize] {
            self.at += 1;
        }
    }

    /// Takes a string; false if the line or the file ends first.
    fn string(&mut self, quote: u8) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        let closed = loop {
            match bytes.get(at) {
                None | Some(b'\n' | b'\r') => break false,
                Some(b'\\') if bytes.get(at + 1) == Some(&b'\r') && bytes.get(at + 2) == Some(&b'\n') => {
                    at += 3
                }
                // What follows a backslash is skipped byte by byte: continuation bytes are not special.
                Some(b'\\') => at += 2,
                Some(byte) if *byte == quote => break true,
                Some(_) => at += 1,
            }
        };
        self.at = (at + usize::from(closed)).min(bytes.len());
        closed
    }

    /// Takes a piece of a template up to `` ` `` or `${`, which the token includes.
    fn template(&mut self, token: &mut Token) {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        token.kind = loop {
            match bytes.get(at) {
                None => {
                    token.unterminated = true;
                    break TokenKind::Template;
                }
                Some(b'`') => {
                    at += 1;
                    break TokenKind::Template;
                }
                Some(b'$') if bytes.get(at + 1) == Some(&b'{') => {
                    at += 2;
                    break TokenKind::TemplateHead;
                }
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
            }
        };
        self.at = at.min(bytes.len());
    }

    /// Reads a template on from `token`, the `}` that ends an expression in it. The result covers the `}` and is
    /// `Template` where the template ends, `TemplateHead` where another expression follows.
    pub(crate) fn rescan_template(&mut self, token: Token) -> Token {
        let mut token = Token { unterminated: false, ..token };
        self.at = token.start as usize + 1;
        self.template(&mut token);
        token.end = self.at as u32;
        token
    }

    /// Reads a regular expression from `token`, a `/` or `/=`. Gives the token with its flags, and the offset after the
    /// pattern.
    pub(crate) fn rescan_regular_expression(&mut self, token: Token) -> (Token, u32) {
        let bytes = self.text.as_bytes();
        let mut at = token.start as usize + 1;
        let mut in_class = false;
        let closed = loop {
            match bytes.get(at) {
                None | Some(b'\n' | b'\r') => break false,
                Some(b'\\') if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => at += 2,
                Some(b'[') => (in_class, at) = (true, at + 1),
                Some(b']') => (in_class, at) = (false, at + 1),
                Some(b'/') if !in_class => break true,
                Some(_) => at += 1,
            }
        };
        self.at = at;
        if closed {
            self.at += 1;
            self.skip_ascii_word();
        }
        (Token { unterminated: !closed, end: self.at as u32, ..token }, at as u32)
    }

    /// Reads `>`, `>=`, `>>`, `>>=`, `>>>` or `>>>=` from `token`, a `>`.
    pub(crate) fn rescan_greater(&mut self, token: Token) -> Token {
        use TokenKind::{
            Greater, GreaterEqual, GreaterGreater, GreaterGreaterEqual, GreaterGreaterGreater,
            GreaterGreaterGreaterEqual,
        };
        let rest = &self.text.as_bytes()[token.start as usize..];
        let (kind, length) = match rest {
            [b'>', b'>', b'>', b'=', ..] => (GreaterGreaterGreaterEqual, 4),
            [b'>', b'>', b'>', ..] => (GreaterGreaterGreater, 3),
            [b'>', b'>', b'=', ..] => (GreaterGreaterEqual, 3),
            [b'>', b'>', ..] => (GreaterGreater, 2),
            [b'>', b'=', ..] => (GreaterEqual, 2),
            _ => (Greater, 1),
        };
        self.at = token.start as usize + length;
        Token { kind, end: self.at as u32, ..token }
    }

    fn punctuation(&mut self, byte: u8) -> TokenKind {
        let (kind, length) = punctuation(byte, self.peek(1), self.peek(2));
        self.at += length;
        kind
    }
}

/// The longest mark that begins with `byte`. Control characters and the like are `Unknown`.
#[inline]
fn punctuation(byte: u8, second: u8, third: u8) -> (TokenKind, usize) {
    use TokenKind as Kind;
    match (byte, second) {
        (b'{', _) => (Kind::LeftBrace, 1),
        (b'}', _) => (Kind::RightBrace, 1),
        (b'(', _) => (Kind::LeftParen, 1),
        (b')', _) => (Kind::RightParen, 1),
        (b'[', _) => (Kind::LeftBracket, 1),
        (b']', _) => (Kind::RightBracket, 1),
        (b';', _) => (Kind::Semicolon, 1),
        (b',', _) => (Kind::Comma, 1),
        (b'.', b'.') if third == b'.' => (Kind::Ellipsis, 3),
        (b'.', _) => (Kind::Dot, 1),
        (b':', b':') => (Kind::ColonColon, 2),
        (b':', _) => (Kind::Colon, 1),
        (b'@', _) => (Kind::At, 1),
        // `a?.5:b` is a conditional.
        (b'?', b'.') if !third.is_ascii_digit() => (Kind::QuestionDot, 2),
        (b'?', b'?') if third == b'=' => (Kind::QuestionQuestionEqual, 3),
        (b'?', b'?') => (Kind::QuestionQuestion, 2),
        (b'?', _) => (Kind::Question, 1),
        (b'=', b'>') => (Kind::Arrow, 2),
        (b'=', b'=') if third == b'=' => (Kind::EqualEqualEqual, 3),
        (b'=', b'=') => (Kind::EqualEqual, 2),
        (b'=', _) => (Kind::Equal, 1),
        (b'!', b'=') if third == b'=' => (Kind::BangEqualEqual, 3),
        (b'!', b'=') => (Kind::BangEqual, 2),
        (b'!', _) => (Kind::Bang, 1),
        (b'<', b'<') if third == b'=' => (Kind::LessLessEqual, 3),
        (b'<', b'<') => (Kind::LessLess, 2),
        (b'<', b'=') => (Kind::LessEqual, 2),
        (b'<', _) => (Kind::Less, 1),
        (b'>', _) => (Kind::Greater, 1),
        _ => arithmetic(byte, second, third),
    }
}

/// The marks of arithmetic and bit operators.
#[inline]
fn arithmetic(byte: u8, second: u8, third: u8) -> (TokenKind, usize) {
    use TokenKind as Kind;
    match (byte, second) {
        (b'+', b'+') => (Kind::PlusPlus, 2),
        (b'+', b'=') => (Kind::PlusEqual, 2),
        (b'+', _) => (Kind::Plus, 1),
        (b'-', b'-') => (Kind::MinusMinus, 2),
        (b'-', b'=') => (Kind::MinusEqual, 2),
        (b'-', _) => (Kind::Minus, 1),
        (b'*', b'*') if third == b'=' => (Kind::StarStarEqual, 3),
        (b'*', b'*') => (Kind::StarStar, 2),
        (b'*', b'=') => (Kind::StarEqual, 2),
        (b'*', _) => (Kind::Star, 1),
        (b'/', b'=') => (Kind::SlashEqual, 2),
        (b'/', _) => (Kind::Slash, 1),
        (b'%', b'=') => (Kind::PercentEqual, 2),
        (b'%', _) => (Kind::Percent, 1),
        (b'&', b'&') if third == b'=' => (Kind::AmpersandAmpersandEqual, 3),
        (b'&', b'&') => (Kind::AmpersandAmpersand, 2),
        (b'&', b'=') => (Kind::AmpersandEqual, 2),
        (b'&', _) => (Kind::Ampersand, 1),
        (b'|', b'|') if third == b'=' => (Kind::BarBarEqual, 3),
        (b'|', b'|') => (Kind::BarBar, 2),
        (b'|', b'=') => (Kind::BarEqual, 2),
        (b'|', _) => (Kind::Bar, 1),
        (b'^', b'=') => (Kind::CaretEqual, 2),
        (b'^', _) => (Kind::Caret, 1),
        (b'~', _) => (Kind::Tilde, 1),
        _ => (Kind::Unknown, 1),
    }
}

/// The character that `\uXXXX` or `\u{X}` at the start of `text` spells, and how many bytes it takes.
pub(crate) fn identifier_escape(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix("\\u")?;
    let (digits, length) = match rest.strip_prefix('{') {
        Some(braced) => {
            // Looks only as far as an escape may reach, so that broken ones cost no search of the whole file.
            let length = braced.bytes().take(7).position(|byte| byte == b'}')?;
            (&braced[..length], length + 4)
        }
        None => (rest.get(..4)?, 6),
    };
    let valid =
        !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let value = valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()?;
    Some((char::from_u32(value)?, length))
}
