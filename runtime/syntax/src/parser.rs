//! The parser: recursive descent for statements, declarations and types, precedence climbing for operators.
//!
//! It never gives up before the end of the file. An error that leaves it in doubt about what follows sets `panicking`,
//! which silences further ones until [`recovery`] has found a place to go on from; one that leaves no doubt (`var`, a
//! broken number) is reported and parsing goes on. Nesting and chains are counted in [`Parser::enter`] and
//! [`Parser::grow`] alone; too much of either ends the parse.

mod class;
mod declaration;
mod excluded;
mod expression;
mod function;
mod impls;
mod literal;
mod lookahead;
mod loops;
mod module;
mod name;
mod object;
mod operator;
mod pattern;
mod postfix;
mod primary;
mod recovery;
mod report;
mod signature;
mod slips;
mod statement;
mod type_members;
mod types;

use std::rc::Rc;

use raya_source::{Diagnostic, FileId, Span};

use crate::ast::body::Later;
use crate::ast::{
    Block, Expression, ExpressionKind, Module, NodeId, Pattern, PatternKind, Text, Type, TypeKind,
};
use crate::codes;
use crate::lexer::{Cursor, Trivia};
use crate::limits::{MAX_DIAGNOSTICS, MAX_FILE_BYTES, MAX_HEIGHT, MAX_NESTING};
use crate::token::{Token, TokenKind};

use lookahead::Lookahead;

/// What parsing a file gives.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree; where something was reported, it may hold `Error` nodes.
    pub module: Module,
    /// What is wrong, in source order; at most [`MAX_DIAGNOSTICS`]. Empty means that the tree is complete.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses one file. Any text gives a tree; nothing makes it panic, and time is linear in the length of the text.
pub fn parse(file: FileId, text: &str) -> Parsed {
    if text.len() > MAX_FILE_BYTES {
        return too_long(file, text.len());
    }
    parse_with(Parser::new(file, text))
}

/// Parses a file of the library, which is known to have no mistakes and to be laid out as the library is: bodies of functions
/// are parsed when they are first looked at. Their nodes' ids are not those of the file's other nodes.
pub fn parse_library(file: FileId, text: &'static str) -> Parsed {
    parse_with(Parser { library: Some(text), ..Parser::new(file, text) })
}

/// Parses a body that [`parse_library`] went past.
pub(crate) fn parse_body(later: Later) -> Block {
    let mut parser = Parser::new(later.file, later.text);
    parser.context = parser.function_context(later.is_async);
    parser.cursor = parser.cursor.at(later.start);
    parser.bump();
    let block = parser.block();
    debug_assert!(parser.diagnostics.is_empty(), "the library has no mistakes: {:?}", parser.diagnostics);
    block
}

fn parse_with(mut parser: Parser<'_>) -> Parsed {
    let (file, end) = (parser.file, parser.text.len() as u32);
    let statements = parser.module_statements();
    if let Some(span) = parser.trivia.unterminated_comment {
        let message = "this comment never ends: expected `*/`, found the end of the file";
        parser.stopped = false;
        parser.report(Diagnostic::error(codes::UNTERMINATED_COMMENT, message).at(span));
    }
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span));
    diagnostics.truncate(MAX_DIAGNOSTICS);
    let span = Span::new(file, 0, end);
    let comments = parser.trivia.comments;
    Parsed { module: Module { file, span, statements, comments, node_count: parser.next_id }, diagnostics }
}

fn too_long(file: FileId, length: usize) -> Parsed {
    let span = Span::new(file, 0, 0);
    let message = format!("expected a file of at most {MAX_FILE_BYTES} bytes, found {length}");
    let module = Module { file, span, statements: vec![], comments: vec![], node_count: 0 };
    Parsed { module, diagnostics: vec![Diagnostic::error(codes::FILE_TOO_LONG, message).at(span)] }
}

/// What the code around the current token is.
#[derive(Clone, Copy)]
struct Context {
    function: FunctionContext,
    /// Whether `continue` (and `break`) has something to leave.
    in_loop: bool,
    in_switch: bool,
    /// Labels below this index belong to an outer function.
    first_label: usize,
    /// Whether `(a):` ends an expression rather than beginning an arrow function with a return type: after `?`, `case`.
    colon_ends: bool,
    /// Whether `in` ends an expression: in the head of a `for`.
    in_ends: bool,
    /// Under `declare`: nothing has a body or value.
    ambient: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FunctionContext {
    Module,
    Plain,
    Async,
}

struct Parser<'text> {
    text: &'text str,
    file: FileId,
    cursor: Cursor<'text>,
    /// The token that is looked at; not yet taken.
    token: Token,
    /// Where the last token that was taken ends.
    previous_end: u32,
    trivia: Trivia,
    diagnostics: Vec<Diagnostic>,
    panicking: bool,
    /// Whether the parse was ended early; only the end of the file is seen from then on, and nothing more is reported.
    stopped: bool,
    depth: u32,
    height: u32,
    next_id: u32,
    names: NameCache,
    lookahead: Lookahead,
    context: Context,
    labels: Vec<Label>,
    /// Where `{ a = 1 }` was read, which is only good if it turns out to be a pattern.
    unclaimed_defaults: Vec<Span>,
    /// The text, where it is the library's: its functions' bodies are left for later.
    library: Option<&'static str>,
    /// Where `[a, , b]` has a hole, which is only good in a pattern too.
    unclaimed_holes: Vec<Span>,
}

struct Label {
    text: Text,
    is_loop: bool,
}

/// Recently used names, so that equal ones mostly share one allocation. A fixed table instead of a map: no input can
/// make it slow.
struct NameCache {
    slots: Vec<Text>,
}

impl NameCache {
    const SLOTS: usize = 2048;

    fn new() -> Self {
        NameCache { slots: vec![Rc::from(""); Self::SLOTS] }
    }

    fn get(&mut self, text: &str) -> Text {
        let bytes = text.as_bytes();
        let mut hash = bytes.len() as u32;
        for byte in bytes.iter().take(24) {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
        let slot = &mut self.slots[(hash ^ (hash >> 15)) as usize % Self::SLOTS];
        if **slot != *text {
            *slot = Rc::from(text);
        }
        slot.clone()
    }
}

/// What [`Parser::enter`] saves for [`Parser::leave`].
struct Level(u32);

impl<'text> Parser<'text> {
    fn new(file: FileId, text: &'text str) -> Self {
        let mut trivia = Trivia { file, comments: vec![], unterminated_comment: None };
        let mut cursor = Cursor::new(text);
        cursor.skip_shebang(&mut trivia);
        let context = Context {
            function: FunctionContext::Module,
            in_loop: false,
            in_switch: false,
            first_label: 0,
            colon_ends: false,
            in_ends: false,
            ambient: false,
        };
        let start = Token {
            kind: TokenKind::EndOfFile,
            newline_before: false,
            unterminated: false,
            start: 0,
            end: 0,
        };
        let mut parser = Parser {
            text,
            file,
            cursor,
            token: start,
            previous_end: 0,
            trivia,
            diagnostics: vec![],
            panicking: false,
            stopped: false,
            depth: 0,
            height: 0,
            next_id: 0,
            names: NameCache::new(),
            lookahead: Lookahead::default(),
            context,
            labels: vec![],
            unclaimed_defaults: vec![],
            unclaimed_holes: vec![],
            library: None,
        };
        parser.bump();
        parser
    }

    /// Takes the current token.
    fn bump(&mut self) {
        self.previous_end = self.token.end;
        self.token = self.cursor.next(Some(&mut self.trivia));
        if self.token.kind == TokenKind::Unknown {
            self.skip_unknown();
        }
    }

    #[cold]
    #[inline(never)]
    fn skip_unknown(&mut self) {
        while self.token.kind == TokenKind::Unknown {
            self.report_unknown_character();
            let newline_before = self.token.newline_before;
            self.token = self.cursor.next(Some(&mut self.trivia));
            self.token.newline_before |= newline_before;
        }
    }

    #[inline]
    fn kind(&self) -> TokenKind {
        self.token.kind
    }

    #[inline]
    fn is(&self, kind: TokenKind) -> bool {
        self.token.kind == kind
    }

    /// The token after the current one.
    fn peek(&self) -> Token {
        let mut cursor = self.cursor;
        cursor.next(None)
    }

    /// The two tokens after the current one.
    fn peek_two(&self) -> (Token, Token) {
        let mut cursor = self.cursor;
        let first = cursor.next(None);
        (first, cursor.next(None))
    }

    /// Takes the current token if it is of `kind`.
    #[inline]
    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.token.kind == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Takes a token of `kind`, or reports what stands there instead.
    fn expect(&mut self, kind: TokenKind) -> bool {
        let found = self.eat(kind);
        if !found {
            self.unexpected(kind.describe());
        }
        found
    }

    fn slice(&self, start: u32, end: u32) -> &'text str {
        &self.text[start as usize..end as usize]
    }

    fn token_text(&self) -> &'text str {
        self.slice(self.token.start, self.token.end)
    }

    fn token_span(&self) -> Span {
        self.span_of(self.token)
    }

    fn span_of(&self, token: Token) -> Span {
        Span::new(self.file, token.start, token.end)
    }

    /// From `start` to the end of the last token taken.
    fn span_from(&self, start: u32) -> Span {
        Span::new(self.file, start, self.previous_end.max(start))
    }

    fn id(&mut self) -> NodeId {
        let id = NodeId(self.next_id);
        self.next_id += 1;
        id
    }

    fn node(&mut self, kind: ExpressionKind, start: u32) -> Expression {
        Expression { kind, span: self.span_from(start), id: self.id() }
    }

    /// An expression where none could be read; takes no room.
    fn error_node(&mut self) -> Expression {
        let at = self.token.start;
        Expression { kind: ExpressionKind::Error, span: Span::new(self.file, at, at), id: self.id() }
    }

    fn type_node(&mut self, kind: TypeKind, start: u32) -> Type {
        Type { kind, span: self.span_from(start), id: self.id() }
    }

    fn pattern_node(&mut self, kind: PatternKind, span: Span) -> Pattern {
        Pattern { kind, span, id: self.id() }
    }

    /// Goes one level deeper, or ends the parse where that is too deep. Each `Some` is paired with [`Self::leave`].
    fn enter(&mut self) -> Option<Level> {
        if self.depth >= MAX_NESTING {
            self.stop_nesting();
            return None;
        }
        self.depth += 1;
        Some(Level(std::mem::take(&mut self.height)))
    }

    fn leave(&mut self, level: Level) {
        self.depth -= 1;
        self.height = level.0.max(self.height + 1);
    }

    /// Counts a node that is put around what the current level already holds, as each `+` in `a + b + c` is.
    fn grow(&mut self) {
        self.height += 1;
        if self.depth + self.height > MAX_HEIGHT {
            self.stop_chain();
        }
    }

    #[cold]
    #[inline(never)]
    fn stop_nesting(&mut self) {
        let message = format!("expected at most {MAX_NESTING} levels of nesting, found more");
        self.stop(message, "move the inner part to a function or variable of its own");
    }

    #[cold]
    #[inline(never)]
    fn stop_chain(&mut self) {
        let message =
            format!("expected a chain of at most {MAX_HEIGHT} operators or calls, found a longer one");
        self.stop(message, "split it: assign a part of it to a variable, or use an array and a loop");
    }

    #[cold]
    #[inline(never)]
    fn stop(&mut self, message: String, help: &str) {
        self.report(Diagnostic::error(codes::TOO_DEEP, message).at(self.token_span()).with_help(help));
        self.stopped = true;
        self.cursor = self.cursor.at_end();
        let end = self.text.len() as u32;
        self.token =
            Token { kind: TokenKind::EndOfFile, newline_before: true, unterminated: false, start: end, end };
    }

    /// Runs `parse` where `(a):` may begin an arrow function again, as everywhere inside brackets.
    fn bracketed<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> T {
        let colon_ends = std::mem::replace(&mut self.context.colon_ends, false);
        let in_ends = std::mem::replace(&mut self.context.in_ends, false);
        let result = parse(self);
        self.context.colon_ends = colon_ends;
        self.context.in_ends = in_ends;
        result
    }
}
