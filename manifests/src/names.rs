//! Names and paths that documents carry, as types that only good ones can be.

use std::fmt;

use raya_abi::names::{MODULE_NAME_LENGTH_MAX, is_module_name};

use crate::document::FromText;

/// Names that Windows gives to devices, whatever the folder or extension.
const DEVICE_NAMES: [&str; 22] = [
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
];

fn is_device_name(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    DEVICE_NAMES.iter().any(|device| stem.eq_ignore_ascii_case(device))
}

/// A module's name: `[a-z][a-z0-9_]*`, at most 63 bytes, no device name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleName(String);

impl ModuleName {
    /// The name, when it may name a module.
    pub fn new(name: &str) -> Option<Self> {
        (is_module_name(name) && !is_device_name(name)).then(|| ModuleName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromText for ModuleName {
    const EXPECTED: &'static str =
        "a module name: a lower-case letter, then lower-case letters, digits and `_`";

    fn from_text(text: &str) -> Result<Self, String> {
        ModuleName::new(text).ok_or_else(|| {
            if is_device_name(text) {
                return "this is the name of a device on Windows: choose another".to_owned();
            }
            suggestion(text, |name| ModuleName::new(name).is_some(), '_')
        })
    }
}

/// A name nearest to `text` that is allowed, as advice; empty when there is none.
fn suggestion(text: &str, is_allowed: impl Fn(&str) -> bool, separator: char) -> String {
    let fold = |character: char| match character {
        'A'..='Z' => character.to_ascii_lowercase(),
        'a'..='z' | '0'..='9' => character,
        _ => separator,
    };
    let folded: String = text.chars().take(MODULE_NAME_LENGTH_MAX).map(fold).collect();
    if is_allowed(&folded) { format!("did you mean `{folded}`?") } else { String::new() }
}

/// A publisher's name in a policy: `[a-z][a-z0-9-]*`, at most 63 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublisherName(String);

impl PublisherName {
    /// The name, when it may name a publisher.
    pub fn new(name: &str) -> Option<Self> {
        let starts_with_letter = name.starts_with(|first: char| first.is_ascii_lowercase());
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        (starts_with_letter && name.len() <= MODULE_NAME_LENGTH_MAX && name.bytes().all(allowed))
            .then(|| PublisherName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromText for PublisherName {
    const EXPECTED: &'static str =
        "a publisher name: a lower-case letter, then lower-case letters, digits and `-`";

    fn from_text(text: &str) -> Result<Self, String> {
        PublisherName::new(text)
            .ok_or_else(|| suggestion(text, |name| PublisherName::new(name).is_some(), '-'))
    }
}

/// An app's name, which also names its file: ASCII letters, digits, `.`, `_`, `-`, starting with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppName(String);

impl AppName {
    /// The name, when it may name an app.
    pub fn new(name: &str) -> Option<Self> {
        let starts_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let is_name = starts_well
            && name.len() <= MODULE_NAME_LENGTH_MAX
            && name.bytes().all(allowed)
            && !name.ends_with('.')
            && !is_device_name(name);
        is_name.then(|| AppName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromText for AppName {
    const EXPECTED: &'static str =
        "an app name: at most 63 ASCII letters, digits, `.`, `_` and `-`, and no device name";

    fn from_text(text: &str) -> Result<Self, String> {
        AppName::new(text).ok_or_else(|| "the bundle's file is named so: use a plain file name".to_owned())
    }
}

/// A path relative to the document's folder, with `/`. `..` may only lead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

impl RelativePath {
    /// The path, when it is relative and portable. A `./` before it says nothing and is left out.
    pub fn new(path: &str) -> Option<Self> {
        let path = path.strip_prefix("./").unwrap_or(path);
        let mut is_inside = false;
        let is_part_good = |part: &str| {
            if part == ".." {
                return !is_inside;
            }
            is_inside = true;
            let is_portable = !part.contains(|character: char| {
                raya_signing::is_unsafe_character(character)
                    || matches!(character, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
            });
            !part.is_empty() && part != "." && is_portable && !is_device_name(part)
        };
        (path == "." || path.len() <= 1024 && path.split('/').all(is_part_good))
            .then(|| RelativePath(path.to_owned()))
    }

    /// The path, with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stays in the document's folder.
    pub fn is_inside(&self) -> bool {
        self.0.split('/').next() != Some("..")
    }
}

impl FromText for RelativePath {
    const EXPECTED: &'static str = "a relative path with `/` between its parts, none of them `.` or empty";

    fn from_text(text: &str) -> Result<Self, String> {
        RelativePath::new(text)
            .ok_or_else(|| "write it relative to this file, so that the app can be moved".to_owned())
    }
}

/// A path that stays in the document's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InsidePath(pub(crate) RelativePath);

impl FromText for InsidePath {
    const EXPECTED: &'static str = "a relative path with `/` that stays in this folder";

    fn from_text(text: &str) -> Result<Self, String> {
        RelativePath::new(text)
            .filter(RelativePath::is_inside)
            .map(InsidePath)
            .ok_or_else(|| "move the file below this folder".to_owned())
    }
}

macro_rules! shown_as_text {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

shown_as_text!(ModuleName PublisherName AppName RelativePath);

/// What a name looks like at a glance. Two different names with one skeleton can be taken for each other: `m` and `rn`,
/// `l` and `1`, `o` and `0`, with and without separators.
pub fn confusable_skeleton(name: &str) -> String {
    let lower = name.to_ascii_lowercase().replace(['_', '-', '.'], "");
    let joined = lower.replace("rn", "m").replace("vv", "w").replace("cl", "d");
    joined.replace(['1', 'i'], "l").replace('0', "o").replace('5', "s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_no_names() {
        for bad in [
            "",
            "Crypto",
            "..",
            "a/b",
            "a\\b",
            "a\0",
            "crypt\u{43e}",
            "con",
            "nul",
            "com1",
            "a b",
            "-a",
            "a-b",
            "a.b",
            "é",
            "a\u{200b}b",
        ] {
            assert_eq!(ModuleName::new(bad), None, "{bad:?}");
        }
        assert_eq!(ModuleName::from_text("My-Mod").unwrap_err(), "did you mean `my_mod`?");
        for bad in [
            "",
            "/a",
            "a//b",
            "a/./b",
            "a/../b",
            "a\\b",
            "C:/a",
            "a/con",
            "a/NUL.txt",
            "a\0b",
            "a/",
            "~\u{202e}",
        ] {
            assert_eq!(RelativePath::new(bad), None, "{bad:?}");
        }
        assert_eq!(RelativePath::new("./a/b").unwrap().as_str(), "a/b");
        for good in [".", "a", "a/b.raya", "../a/b", "../../a"] {
            assert!(RelativePath::new(good).is_some(), "{good:?}");
        }
        for bad in ["", ".", "..", ".hidden", "a/b", "con", "Con.exe", "a ", "a."] {
            assert_eq!(AppName::new(bad), None, "{bad:?}");
        }
        assert!(AppName::new("my-App_1.0").is_some());
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        for (left, right) in
            [("sql1te", "sqlite"), ("modern", "modem"), ("fo0", "foo"), ("a_b", "ab"), ("vvin", "win")]
        {
            assert_eq!(confusable_skeleton(left), confusable_skeleton(right));
        }
        assert_ne!(confusable_skeleton("crypto"), confusable_skeleton("files"));
    }
}
