//! Looking ahead, for the two questions one token cannot answer: does `(` begin the parameters of an arrow function, and
//! does `<` begin type arguments?
//!
//! Each look runs over brackets without building anything and records the answer for *every* bracket it passes, so that
//! no part of a file is looked at twice: `((((((…` and `a<b<c<d…` cost linear time.

use super::Parser;
use crate::lexer::Cursor;
use crate::token::{Token, TokenKind};

/// Answers found so far, by the offset of the opening mark, in ascending order.
#[derive(Default)]
pub(super) struct Lookahead {
    parens: Answers,
    angles: Answers,
}

#[derive(Default)]
struct Answers {
    /// Offset of the opening mark, and the token after its closing one; `Unknown` where nothing closes it.
    entries: Vec<(u32, TokenKind)>,
    /// Everything before this offset has been looked at.
    seen_until: u32,
}

impl Answers {
    fn get(&self, start: u32) -> Option<TokenKind> {
        if start >= self.seen_until {
            return None;
        }
        let found = self.entries.binary_search_by_key(&start, |entry| entry.0);
        // Not recorded within what was seen: inside a regular expression or the like that was read differently.
        Some(found.map_or(TokenKind::Unknown, |index| self.entries[index].1))
    }

    fn open(&mut self, start: u32) -> usize {
        self.entries.push((start, TokenKind::Unknown));
        self.entries.len() - 1
    }

    /// Forgets what lies before `start`, once all of it is behind the parser.
    fn begin(&mut self, start: u32) {
        if start >= self.seen_until {
            self.entries.clear();
        }
    }
}

/// An open bracket on the way: its kind, and its entry where it has one.
struct Open {
    kind: TokenKind,
    entry: Option<usize>,
}

fn closer(kind: TokenKind) -> TokenKind {
    match kind {
        TokenKind::LeftParen => TokenKind::RightParen,
        TokenKind::LeftBracket => TokenKind::RightBracket,
        TokenKind::Less => TokenKind::Greater,
        _ => TokenKind::RightBrace,
    }
}

impl Parser<'_> {
    /// Whether `token`, a `(` where an expression may begin, opens the parameters of an arrow function.
    pub(super) fn paren_begins_arrow(&mut self, token: Token) -> bool {
        match self.after_paren(token) {
            TokenKind::Arrow => true,
            TokenKind::Colon => !self.context.colon_ends || self.looks_like_parameters(token),
            _ => false,
        }
    }

    /// Whether the current token, a `(` where a type may begin, opens the parameters of a function type.
    pub(super) fn paren_begins_function_type(&mut self) -> bool {
        self.after_paren(self.token) == TokenKind::Arrow && self.holds_parameters(self.token)
    }

    /// Whether parameters follow the `(` of a type, and not a type in parentheses that an arrow function gives:
    /// `(): (int | null) => …`.
    fn holds_parameters(&self, token: Token) -> bool {
        use TokenKind as Kind;
        let mut cursor = self.cursor.at(token.end);
        match cursor.next(None).kind {
            Kind::RightParen | Kind::Ellipsis => return true,
            Kind::LeftBrace | Kind::LeftBracket => {
                let mut depth = 1;
                while depth > 0 {
                    match cursor.next(None).kind {
                        Kind::LeftBrace | Kind::LeftBracket => depth += 1,
                        Kind::RightBrace | Kind::RightBracket => depth -= 1,
                        Kind::EndOfFile => return false,
                        _ => {}
                    }
                }
                return matches!(cursor.next(None).kind, Kind::Colon | Kind::Question | Kind::Equal);
            }
            name if name.is_identifier() || name == Kind::This => {}
            _ => return false,
        }
        matches!(
            cursor.next(None).kind,
            Kind::Colon | Kind::Comma | Kind::Question | Kind::Equal | Kind::RightParen
        )
    }

    /// Whether `<` after the class of a `new` opens type arguments, which may stand there without a call.
    pub(super) fn less_begins_new_arguments(&mut self) -> bool {
        use TokenKind as Kind;
        self.less_begins_type_arguments()
            || matches!(
                self.lookahead.angles.get(self.token.start),
                Some(
                    Kind::Semicolon
                        | Kind::Comma
                        | Kind::RightParen
                        | Kind::RightBracket
                        | Kind::RightBrace
                        | Kind::EndOfFile
                )
            )
    }

    /// Whether what follows the `(` cannot begin an expression in parentheses: `()`, `(...`, `(a: T`, `(a?: T`.
    fn looks_like_parameters(&self, token: Token) -> bool {
        let mut cursor = self.cursor.at(token.end);
        let first = cursor.next(None).kind;
        let second = cursor.next(None).kind;
        match (first, second) {
            (TokenKind::RightParen | TokenKind::Ellipsis, _) => true,
            (name, TokenKind::Colon) => name.is_identifier(),
            (name, TokenKind::Question) if name.is_identifier() => {
                matches!(cursor.next(None).kind, TokenKind::Colon | TokenKind::Comma | TokenKind::RightParen)
            }
            _ => false,
        }
    }

    /// The kind of the token after the `)` that closes `token`.
    fn after_paren(&mut self, token: Token) -> TokenKind {
        if let Some(answer) = self.lookahead.parens.get(token.start) {
            return answer;
        }
        self.lookahead.parens.begin(token.start);
        let cursor = self.cursor.at(token.end);
        scan_parens(cursor, token, &mut self.lookahead.parens);
        self.lookahead.parens.get(token.start).unwrap_or(TokenKind::Unknown)
    }

    /// Whether the current token, a `<` after an expression, opens type arguments: what is inside can only be types, and
    /// a call or template follows.
    pub(super) fn less_begins_type_arguments(&mut self) -> bool {
        let token = self.token;
        let after = self.lookahead.angles.get(token.start).unwrap_or_else(|| {
            self.lookahead.angles.begin(token.start);
            scan_angles(self.cursor.at(token.end), token, &mut self.lookahead.angles);
            self.lookahead.angles.get(token.start).unwrap_or(TokenKind::Unknown)
        });
        matches!(after, TokenKind::LeftParen | TokenKind::Template | TokenKind::TemplateHead)
    }
}

/// Whether a `/` after a token of this kind divides. A guess, as good as one token allows: after `)` and `}` it divides.
fn ends_operand(kind: TokenKind) -> bool {
    use TokenKind as Kind;
    kind.is_identifier()
        || matches!(
            kind,
            Kind::Number
                | Kind::String
                | Kind::Template
                | Kind::PrivateName
                | Kind::RightParen
                | Kind::RightBracket
                | Kind::RightBrace
                | Kind::This
                | Kind::Super
                | Kind::Null
                | Kind::Undefined
                | Kind::True
                | Kind::False
                | Kind::PlusPlus
                | Kind::MinusMinus
        )
}

/// Runs from after `first`, a `(`, to the `)` that closes it, or to where brackets stop matching.
fn scan_parens(mut cursor: Cursor<'_>, first: Token, answers: &mut Answers) {
    use TokenKind as Kind;
    let mut stack = vec![Open { kind: Kind::LeftParen, entry: Some(answers.open(first.start)) }];
    let mut previous = Kind::LeftParen;
    let mut just_closed: Option<usize> = None;
    loop {
        let mut token = cursor.next(None);
        if let Some(entry) = just_closed.take() {
            answers.entries[entry].1 = token.kind;
        }
        answers.seen_until = token.start;
        if stack.is_empty() {
            return;
        }
        match token.kind {
            Kind::EndOfFile => {
                answers.seen_until = u32::MAX;
                return;
            }
            Kind::LeftParen => stack.push(Open { kind: token.kind, entry: Some(answers.open(token.start)) }),
            Kind::LeftBrace | Kind::LeftBracket | Kind::TemplateHead => {
                stack.push(Open { kind: token.kind, entry: None })
            }
            Kind::RightParen | Kind::RightBracket | Kind::RightBrace => {
                let Some(open) = stack.pop() else { return };
                if closer(open.kind) != token.kind {
                    answers.seen_until = token.end;
                    return;
                }
                just_closed = open.entry;
                if open.kind == Kind::TemplateHead {
                    token = cursor.rescan_template(token);
                    if token.kind == Kind::TemplateHead {
                        stack.push(Open { kind: token.kind, entry: None });
                    }
                }
            }
            Kind::Slash | Kind::SlashEqual if !ends_operand(previous) => {
                let (read, _) = cursor.rescan_regular_expression(token);
                token = Token { kind: Kind::String, ..read };
            }
            _ => {}
        }
        previous = token.kind;
    }
}

/// Runs from after `first`, a `<`, to the `>` that closes it, or to a token that no type contains.
fn scan_angles(mut cursor: Cursor<'_>, first: Token, answers: &mut Answers) {
    use TokenKind as Kind;
    let mut stack = vec![Open { kind: Kind::Less, entry: Some(answers.open(first.start)) }];
    let mut just_closed: Option<usize> = None;
    loop {
        let token = cursor.next(None);
        if let Some(entry) = just_closed.take() {
            answers.entries[entry].1 = token.kind;
        }
        answers.seen_until = token.start;
        let Some(top) = stack.last() else { return };
        let in_angle = top.kind == Kind::Less;
        match token.kind {
            Kind::Less => stack.push(Open { kind: token.kind, entry: Some(answers.open(token.start)) }),
            Kind::LeftParen | Kind::LeftBrace | Kind::LeftBracket => {
                stack.push(Open { kind: token.kind, entry: None })
            }
            Kind::Greater | Kind::RightParen | Kind::RightBracket | Kind::RightBrace => {
                if closer(top.kind) != token.kind {
                    return;
                }
                just_closed = stack.pop().and_then(|open| open.entry);
            }
            Kind::Semicolon | Kind::Colon | Kind::Question if !in_angle => {}
            kind if may_stand_in_type(kind) => {}
            _ => return,
        }
    }
}

fn may_stand_in_type(kind: TokenKind) -> bool {
    use TokenKind as Kind;
    kind.is_identifier()
        || matches!(
            kind,
            Kind::String
                | Kind::Number
                | Kind::Minus
                | Kind::Dot
                | Kind::ColonColon
                | Kind::Comma
                | Kind::Bar
                | Kind::Ampersand
                | Kind::Arrow
                | Kind::Ellipsis
                | Kind::True
                | Kind::False
                | Kind::Null
                | Kind::Undefined
                | Kind::Void
                | Kind::TypeOf
                | Kind::This
                | Kind::New
                | Kind::Extends
                | Kind::Default
        )
}
