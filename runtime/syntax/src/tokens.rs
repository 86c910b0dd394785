//! The tokens of a text without its tree: what tests of the lexer hold it to.

use std::ops::Range;

use raya_source::FileId;

use crate::ast::Comment;
use crate::lexer::{Cursor, Trivia};
use crate::token::TokenKind;

/// What lies in a text, by the lexer alone.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The bytes of each token, in the order of the text.
    pub tokens: Vec<Range<u32>>,
    /// The comments between them.
    pub comments: Vec<Comment>,
}

/// The tokens of `text`. Some marks mean more to a parser that knows what stands before them: `/` may begin a regular expression,
/// `}` continue a template, `>` be part of a longer mark. `rereads` is asked for the offset of each whether it does.
pub fn tokens(text: &str, mut rereads: impl FnMut(u32) -> bool) -> Tokens {
    let mut trivia = Trivia { file: FileId(0), comments: vec![], unterminated_comment: None };
    let mut cursor = Cursor::new(text);
    cursor.skip_shebang(&mut trivia);
    let mut tokens = vec![];
    loop {
        let mut token = cursor.next(Some(&mut trivia));
        token = match token.kind {
            TokenKind::EndOfFile => break,
            TokenKind::Slash | TokenKind::SlashEqual if rereads(token.start) => {
                cursor.rescan_regular_expression(token).0
            }
            TokenKind::RightBrace if rereads(token.start) => cursor.rescan_template(token),
            TokenKind::Greater if rereads(token.start) => cursor.rescan_greater(token),
            _ => token,
        };
        tokens.push(token.start..token.end);
    }
    Tokens { tokens, comments: trivia.comments }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, again: bool) -> Vec<&str> {
        let found = tokens(text, |_| again).tokens;
        found.into_iter().map(|token| &text[token.start as usize..token.end as usize]).collect()
    }

    #[test]
    fn marks_are_read_again_where_that_is_wanted() {
        assert_eq!(texts("a >> b", false), ["a", ">", ">", "b"]);
        assert_eq!(texts("a >> b", true), ["a", ">>", "b"]);
        assert_eq!(texts("/ [/] /g // end", true), ["/ [/] /g"]);
        assert_eq!(texts("`a${b}c`", true), ["`a${", "b", "}c`"]);
        assert_eq!(texts("`a${b}", false), ["`a${", "b", "}"]);
    }
}
