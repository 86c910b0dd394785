//! The codes of everything the lexer and parser report.

use raya_source::Code;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)*) => {
        $($(#[doc = $doc])+ pub const $name: Code = Code($code);)*

        /// Every code of this phase with what it means, in order.
        pub const ALL: &[(Code, &str)] = &[$((Code($code), concat!($($doc),+)),)*];
    };
}

codes! {
    /// A character that has no meaning in the language.
    UNKNOWN_CHARACTER = "R0100";
    /// A string without its closing quote on the same line.
    UNTERMINATED_STRING = "R0101";
    /// A template without its closing backtick.
    UNTERMINATED_TEMPLATE = "R0102";
    /// A block comment without its `*/`.
    UNTERMINATED_COMMENT = "R0103";
    /// A regular expression without its closing slash on the same line.
    UNTERMINATED_REGULAR_EXPRESSION = "R0104";
    /// An escape sequence that spells no character.
    INVALID_ESCAPE = "R0105";
    /// An escape that spells half of a surrogate pair; strings are valid Unicode.
    LONE_SURROGATE = "R0106";
    /// A number that is not written correctly.
    INVALID_NUMBER = "R0107";
    /// A `bigint` literal; numbers are `int` and `number`.
    BIG_INTEGER = "R0108";
    /// A number with a leading zero; octal numbers begin with `0o`.
    LEGACY_OCTAL = "R0109";
    /// Flags of a regular expression that do not exist or are repeated.
    INVALID_FLAGS = "R0110";
    /// A file that is longer than the limit.
    FILE_TOO_LONG = "R0111";
    /// Code that nests deeper, or a chain that is longer, than the limit.
    TOO_DEEP = "R0112";
    /// Something else stands where a certain token was expected.
    UNEXPECTED_TOKEN = "R0120";
    /// Something else stands where an expression was expected.
    EXPECTED_EXPRESSION = "R0121";
    /// Something else stands where a type was expected.
    EXPECTED_TYPE = "R0122";
    /// Something else stands where a name was expected.
    EXPECTED_NAME = "R0123";
    /// A word of the language stands where a name was expected.
    RESERVED_WORD = "R0124";
    /// Two statements on one line without a semicolon between them.
    EXPECTED_SEMICOLON = "R0125";
    /// Something that cannot be assigned to or bound.
    INVALID_TARGET = "R0130";
    /// `??` mixed with `||` or `&&` without parentheses.
    MIXED_COALESCE = "R0131";
    /// A unary operator on the left of `**` without parentheses.
    UNARY_POWER = "R0132";
    /// A declaration that needs an initial value.
    MISSING_INITIAL_VALUE = "R0133";
    /// A parameter, modifier or rest element in a place where it cannot stand.
    INVALID_PARAMETER = "R0134";
    /// A getter with parameters, or a setter without exactly one.
    INVALID_ACCESSOR = "R0135";
    /// A second `default` in one `switch`.
    DUPLICATE_DEFAULT = "R0136";
    /// A `break` or `continue` outside of what it could leave.
    MISPLACED_JUMP = "R0137";
    /// A label that does not exist, or that exists twice.
    INVALID_LABEL = "R0138";
    /// `await` in a function that is not `async`.
    MISPLACED_AWAIT = "R0139";
    /// `async` before something that is neither a function nor a call.
    ASYNC_NEEDS_CALL = "R0140";
    /// A decorator before something that takes none.
    MISPLACED_DECORATOR = "R0141";
    /// A modifier that is repeated or does not fit what it stands before.
    INVALID_MODIFIER = "R0142";
    /// A body or value where only a declaration may stand.
    UNEXPECTED_BODY = "R0143";
    /// A function that has no body and needs one.
    MISSING_BODY = "R0144";
    /// A statement in a place where it cannot stand.
    MISPLACED_STATEMENT = "R0145";
    /// Optional chaining where it cannot be used.
    INVALID_OPTIONAL_CHAIN = "R0146";
    /// A `try` with neither `catch` nor `finally`.
    TRY_WITHOUT_HANDLER = "R0147";
    /// An arrow function that needs parentheses around it.
    MISPLACED_ARROW = "R0148";
    /// `use impl` without the module of the trait.
    UNQUALIFIED_USE = "R0149";
    /// `var`; variables are declared with `let` and `const`.
    NO_VAR = "R0150";
    /// `enum`; a union of literals takes its place.
    NO_ENUM = "R0151";
    /// `namespace`; files are modules.
    NO_NAMESPACE = "R0152";
    /// The type `any`; `unknown` takes its place.
    NO_ANY = "R0153";
    /// The operator `in`.
    NO_IN = "R0154";
    /// `for … in`; `for … of` takes its place.
    NO_FOR_IN = "R0155";
    /// `with`.
    NO_WITH = "R0156";
    /// `eval`.
    NO_EVAL = "R0157";
    /// `arguments`; a rest parameter takes its place.
    NO_ARGUMENTS = "R0158";
    /// `__proto__`; classes take the place of prototypes.
    NO_PROTO = "R0159";
    /// `import()`; imports are known when compiling.
    NO_DYNAMIC_IMPORT = "R0160";
    /// JSX.
    NO_JSX = "R0161";
    /// `<T>value`; casts are written `value as T`.
    NO_ANGLE_CAST = "R0162";
    /// Generators and `yield`.
    NO_GENERATOR = "R0163";
    /// `new.target` and `import.meta`.
    NO_META_PROPERTY = "R0164";
    /// `debugger`.
    NO_DEBUGGER = "R0165";
    /// A form of type that the language does not have.
    UNSUPPORTED_TYPE = "R0166";
    /// `import a = …` and `export = …`.
    NO_ASSIGNMENT_MODULE = "R0167";
    /// `for await`.
    NO_FOR_AWAIT = "R0168";
    /// A hole in an array literal.
    NO_HOLE = "R0169";
    /// A `this` parameter that is not the first, or has more than a type.
    NO_THIS_PARAMETER = "R0170";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_sorted_and_distinct() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(ALL.iter().all(|(code, text)| code.0.starts_with("R01") && text.trim().ends_with('.')));
    }
}
