//! What values of a document become: each type says what it expects, once.

use raya_signing::{Digest, KeyDigest, PublicKey, is_unsafe_character};
use semver::{Version, VersionReq};
use toml::de::DeValue;

/// Why a value does not become a type.
pub(crate) enum Bad {
    /// It has another TOML type.
    Type,
    /// It holds a character that cannot be seen, written as an escape.
    Invisible(char),
    /// It is not allowed.
    Value {
        /// The value, as written.
        found: String,
        /// What to do; may be empty.
        help: String,
    },
}

/// A type that a TOML value can become.
pub(crate) trait FromValue: Sized {
    /// What is expected, with an article.
    const EXPECTED: &'static str;
    /// Converts.
    fn from_value(value: &DeValue<'_>) -> Result<Self, Bad>;
}

/// A type that a string can become. The error is the advice; may be empty.
pub(crate) trait FromText: Sized {
    /// What is expected, with an article.
    const EXPECTED: &'static str;
    /// Converts.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl<T: FromText> FromValue for T {
    const EXPECTED: &'static str = <T as FromText>::EXPECTED;

    fn from_value(value: &DeValue<'_>) -> Result<Self, Bad> {
        let text = visible(value)?;
        T::from_text(text).map_err(|help| Bad::Value { found: text.to_owned(), help })
    }
}

/// Converts a key that the user chooses.
pub(crate) fn key_from_text<K: FromText>(text: &str) -> Result<K, String> {
    K::from_text(text)
}

fn visible<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Bad> {
    let text = value.as_str().ok_or(Bad::Type)?;
    match text.chars().find(|character| is_unsafe_character(*character)) {
        Some(character) => Err(Bad::Invisible(character)),
        None => Ok(text),
    }
}

/// Text of several lines: line ends and tabs are allowed.
#[derive(Debug, PartialEq)]
pub(crate) struct LongText(pub(crate) String);

impl FromValue for LongText {
    const EXPECTED: &'static str = "a text";

    fn from_value(value: &DeValue<'_>) -> Result<Self, Bad> {
        let text = value.as_str().ok_or(Bad::Type)?;
        let is_bad = |character: &char| is_unsafe_character(*character) && !matches!(character, '\n' | '\t');
        match text.chars().find(is_bad) {
            Some(character) => Err(Bad::Invisible(character)),
            None => Ok(LongText(text.to_owned())),
        }
    }
}

impl FromText for String {
    const EXPECTED: &'static str = "a string";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl FromValue for bool {
    const EXPECTED: &'static str = "`true` or `false`";

    fn from_value(value: &DeValue<'_>) -> Result<Self, Bad> {
        value.as_bool().ok_or(Bad::Type)
    }
}

impl FromValue for u64 {
    const EXPECTED: &'static str = "a whole number from 0 to 9223372036854775807";

    fn from_value(value: &DeValue<'_>) -> Result<Self, Bad> {
        let integer = value.as_integer().ok_or(Bad::Type)?;
        let found = || Bad::Value { found: integer.to_string(), help: String::new() };
        // TOML's integers are signed; reading more here than others do would make documents ambiguous.
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| found())?;
        u64::try_from(number).map_err(|_| found())
    }
}

impl FromText for Version {
    const EXPECTED: &'static str = "a semantic version such as `1.2.0`";

    fn from_text(text: &str) -> Result<Self, String> {
        let version = Version::parse(text).map_err(|error| error.to_string())?;
        if text.len() > raya_signing::CLAIM_TEXT_LENGTH_MAX {
            return Err("shorten it to 128 bytes".to_owned());
        }
        Ok(version)
    }
}

impl FromText for VersionReq {
    const EXPECTED: &'static str = "a version range such as `1`, `1.2` or `>=1.2, <3`";

    fn from_text(text: &str) -> Result<Self, String> {
        VersionReq::parse(text).map_err(|error| error.to_string())
    }
}

impl FromText for Digest {
    const EXPECTED: &'static str = "a SHA-256 digest of 64 lower-case hexadecimal digits";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| String::new())
    }
}

impl FromText for KeyDigest {
    const EXPECTED: &'static str = "the SHA-256 of a public key, 64 lower-case hexadecimal digits";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "`raya key show` prints it".to_owned())
    }
}

impl FromText for PublicKey {
    const EXPECTED: &'static str = "a minisign public key (`RW…`)";

    fn from_text(text: &str) -> Result<Self, String> {
        PublicKey::from_base64(text).map_err(|error| format!("{}: {}", error.code(), error.remedy()))
    }
}
