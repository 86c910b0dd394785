//! Text that is put together while compiling: the types and signatures of exported functions.

/// Most bytes of the text of a type or signature.
const CAPACITY: usize = 1024;

/// Text known to the compiler, in Raya's spelling of types.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Text {
    /// This text. Fails to compile beyond 1024 bytes.
    pub const fn new(text: &str) -> Text {
        Text { bytes: [0; CAPACITY], length: 0 }.then(text)
    }

    /// This text, followed by `more`.
    pub const fn then(mut self, more: &str) -> Text {
        let more = more.as_bytes();
        assert!(
            self.length + more.len() <= CAPACITY,
            "the signature of a Raya function has at most 1024 bytes"
        );
        let mut at = 0;
        while at < more.len() {
            self.bytes[self.length] = more[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    /// This text, followed by `more`.
    pub const fn then_text(self, more: &Text) -> Text {
        self.then(more.as_str())
    }

    /// The type of arrays of this type.
    pub const fn array(self) -> Text {
        if self.is_compound() { Text::new("(").then_text(&self).then(")[]") } else { self.then("[]") }
    }

    /// This type or `null`.
    pub const fn or_null(self) -> Text {
        self.then(" | null")
    }

    /// The text.
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => panic!("text is joined of whole strings"),
        }
    }

    /// Whether it has to stand in parentheses before `[]`.
    const fn is_compound(&self) -> bool {
        let mut at = 0;
        while at < self.length {
            if matches!(self.bytes[at], b'|' | b'&' | b'=') {
                return true;
            }
            at += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_nest_the_way_raya_reads_them() {
        assert_eq!(Text::new("string").array().as_str(), "string[]");
        assert_eq!(Text::new("string").or_null().array().as_str(), "(string | null)[]");
        assert_eq!(Text::new("int").array().array().or_null().as_str(), "int[][] | null");
    }
}
