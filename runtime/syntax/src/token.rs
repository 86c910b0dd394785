//! Tokens: kinds, the table of words, and how a kind is named in a message.

/// One token of a file. Literals are decoded only when the parser takes them, so that looking ahead costs no allocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Whether a line break stands between it and the token before.
    pub(crate) newline_before: bool,
    /// Whether a literal ended without its closing mark.
    pub(crate) unterminated: bool,
    /// Offset of the first byte.
    pub(crate) start: u32,
    /// Offset after the last byte.
    pub(crate) end: u32,
}

macro_rules! token_kinds {
    (
        other { $($other:ident $description:literal,)* }
        punctuation { $($mark:ident $mark_text:literal,)* }
        reserved { $($reserved:ident $reserved_text:literal,)* }
        contextual { $($contextual:ident $contextual_text:literal,)* }
    ) => {
        /// The kinds of tokens. Words stand last, those that may name something after the reserved ones.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(crate) enum TokenKind {
            $(#[doc = $description] $other,)*
            $(#[doc = $mark_text] $mark,)*
            $(#[doc = $reserved_text] $reserved,)*
            /// A word without a meaning of its own.
            Identifier,
            $(#[doc = $contextual_text] $contextual,)*
        }

        impl TokenKind {
            /// How the kind is spelled or described in a message.
            pub(crate) fn describe(self) -> &'static str {
                match self {
                    $(TokenKind::$other => $description,)*
                    $(TokenKind::$mark => concat!("`", $mark_text, "`"),)*
                    $(TokenKind::$reserved => concat!("`", $reserved_text, "`"),)*
                    TokenKind::Identifier => "a name",
                    $(TokenKind::$contextual => concat!("`", $contextual_text, "`"),)*
                }
            }
        }

        const FIRST_RESERVED: TokenKind = [$(TokenKind::$reserved),*][0];

        /// Every word that has a kind of its own.
        const WORDS: &[(&[u8], TokenKind)] = &[
            $(($reserved_text.as_bytes(), TokenKind::$reserved),)*
            $(($contextual_text.as_bytes(), TokenKind::$contextual),)*
        ];
    };
}

token_kinds! {
    other {
        EndOfFile "the end of the file",
        Unknown "a character that has no meaning here",
        PrivateName "a private name",
        Number "a number",
        String "a string",
        Template "a template",
        TemplateHead "a template",
    }
    punctuation {
        LeftBrace "{", RightBrace "}", LeftParen "(", RightParen ")", LeftBracket "[", RightBracket "]",
        Dot ".", Ellipsis "...", Semicolon ";", Comma ",", Colon ":", ColonColon "::", At "@",
        Question "?", QuestionDot "?.", QuestionQuestion "??", QuestionQuestionEqual "??=",
        Arrow "=>", Equal "=", EqualEqual "==", EqualEqualEqual "===",
        Bang "!", BangEqual "!=", BangEqualEqual "!==",
        Less "<", LessEqual "<=", LessLess "<<", LessLessEqual "<<=",
        Greater ">", GreaterEqual ">=", GreaterGreater ">>", GreaterGreaterEqual ">>=",
        GreaterGreaterGreater ">>>", GreaterGreaterGreaterEqual ">>>=",
        Plus "+", PlusPlus "++", PlusEqual "+=", Minus "-", MinusMinus "--", MinusEqual "-=",
        Star "*", StarEqual "*=", StarStar "**", StarStarEqual "**=",
        Slash "/", SlashEqual "/=", Percent "%", PercentEqual "%=",
        Ampersand "&", AmpersandEqual "&=", AmpersandAmpersand "&&", AmpersandAmpersandEqual "&&=",
        Bar "|", BarEqual "|=", BarBar "||", BarBarEqual "||=",
        Caret "^", CaretEqual "^=", Tilde "~",
    }
    reserved {
        Break "break", Case "case", Catch "catch", Class "class", Const "const", Continue "continue",
        Debugger "debugger", Default "default", Delete "delete", Do "do", Else "else", Enum "enum", Export "export",
        Extends "extends", False "false", Finally "finally", For "for", Function "function", If "if", Import "import",
        In "in", InstanceOf "instanceof", New "new", Null "null", Return "return", Super "super", Switch "switch",
        This "this", Throw "throw", True "true", Try "try", TypeOf "typeof", Var "var", Void "void", While "while",
        With "with", Await "await", Let "let", Undefined "undefined",
    }
    contextual {
        Async "async", Type "type", Interface "interface", Trait "trait", Impl "impl", Use "use", Declare "declare",
        Native "native", Abstract "abstract", Namespace "namespace", Module "module", Global "global", Of "of", As "as",
        Satisfies "satisfies", Is "is", Asserts "asserts", KeyOf "keyof", Readonly "readonly", Unique "unique",
        Infer "infer", Get "get", Set "set", Static "static", From "from", Public "public", Protected "protected",
        Private "private", Override "override", Accessor "accessor", Implements "implements",
        Constructor "constructor", Yield "yield", Eval "eval", Arguments "arguments", Proto "__proto__", Any "any",
        Int "int", I32 "i32", NumberType "number", Float "float", F64 "f64", Boolean "boolean", StringType "string",
        Never "never", UnknownType "unknown", Object "object",
    }
}

impl TokenKind {
    /// Whether it is spelled like an identifier: what may stand after a dot or before a colon in an object.
    #[inline]
    pub(crate) fn is_word(self) -> bool {
        self >= FIRST_RESERVED
    }

    /// Whether it may name a variable, a type or a parameter.
    #[inline]
    pub(crate) fn is_identifier(self) -> bool {
        self >= TokenKind::Identifier
    }
}

const LONGEST_WORD: usize = 11;
const SLOTS: usize = 512;

/// Where a word of two letters or more is looked for first.
const fn slot(word: &[u8]) -> usize {
    let first = word[0] as usize;
    let second = word[1] as usize;
    let last = word[word.len() - 1] as usize;
    (first * 7 + second * 31 + last * 59 + word.len() * 131) % SLOTS
}

/// Positions in [`WORDS`] plus one, by [`slot`], with linear probing; 0 is empty.
static WORD_SLOTS: [u8; SLOTS] = {
    let mut slots = [0u8; SLOTS];
    let mut word = 0;
    while word < WORDS.len() {
        assert!(WORDS[word].0.len() <= LONGEST_WORD);
        let mut at = slot(WORDS[word].0);
        while slots[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        slots[at] = word as u8 + 1;
        word += 1;
    }
    slots
};

/// The kind of an identifier-like word.
#[inline]
pub(crate) fn word_kind(word: &[u8]) -> TokenKind {
    if word.len() < 2 || word.len() > LONGEST_WORD {
        return TokenKind::Identifier;
    }
    let mut at = slot(word);
    while let Some(index) = WORD_SLOTS[at].checked_sub(1) {
        let (text, kind) = WORDS[index as usize];
        if text == word {
            return kind;
        }
        at = (at + 1) % SLOTS;
    }
    TokenKind::Identifier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_nothing_else() {
        for (text, kind) in WORDS {
            assert_eq!(word_kind(text), *kind);
            let longer = [*text, b"x"].concat();
            assert_eq!(word_kind(&longer), TokenKind::Identifier);
        }
        assert_eq!(word_kind(b"a"), TokenKind::Identifier);
        assert!(TokenKind::Break.is_word() && !TokenKind::Break.is_identifier());
        assert!(TokenKind::Async.is_identifier() && !TokenKind::Tilde.is_word());
    }
}
