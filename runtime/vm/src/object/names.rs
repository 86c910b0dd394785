//! Property names as numbers. Only names that are looked up are interned, so a start touches nothing.

use raya_abi::names::{GETTER_PREFIX, SETTER_PREFIX};

use crate::heap::hash_bytes;

/// A property name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name(u32);

/// All names met so far.
#[derive(Default)]
pub(crate) struct Names {
    texts: Vec<Box<str>>,
    /// Open addressing: number of a name + 1, or 0. The length is a power of two.
    slots: Vec<u32>,
    /// Some name is that of an accessor of an object literal.
    pub(crate) has_accessors: bool,
}

impl Names {
    /// The name with this text, if it was ever interned.
    pub(crate) fn find(&self, text: &str) -> Option<Name> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash_bytes(text.as_bytes()) as usize & mask;
        loop {
            match self.slots[at] {
                0 => return None,
                number if &*self.texts[number as usize - 1] == text => return Some(Name(number - 1)),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// The name with this text.
    pub(crate) fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.find(text) {
            return name;
        }
        self.has_accessors |= text.starts_with(GETTER_PREFIX) || text.starts_with(SETTER_PREFIX);
        let name = Name(self.texts.len() as u32);
        self.texts.push(text.into());
        if self.texts.len() * 2 > self.slots.len() {
            self.slots = vec![0; (self.texts.len() * 4).next_power_of_two().max(64)];
            for number in 0..self.texts.len() {
                self.place(Name(number as u32));
            }
        } else {
            self.place(name);
        }
        name
    }

    fn place(&mut self, name: Name) {
        let mask = self.slots.len() - 1;
        let mut at = hash_bytes(self.text(name).as_bytes()) as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = name.0 + 1;
    }

    /// The text of a name.
    pub(crate) fn text(&self, name: Name) -> &str {
        &self.texts[name.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_name() {
        let mut names = Names::default();
        assert_eq!(names.find("x"), None);
        let all: Vec<Name> = (0..500).map(|number| names.intern(&format!("n{number}"))).collect();
        for (number, name) in all.iter().enumerate() {
            let text = format!("n{number}");
            assert_eq!(names.intern(&text), *name);
            assert_eq!(names.text(*name), text);
        }
    }
}
