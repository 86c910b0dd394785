//! Sorted sets of symbol names: what a pack's libraries define.

/// Names with a fast membership test, stored as one text with a name a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemNames {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl SystemNames {
    /// Reads names from sorted lines, as [`SystemNames::to_lines`] gives them; unsorted lines are sorted.
    pub fn from_lines(lines: &[u8]) -> Self {
        let split = || lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        if !split().is_sorted() {
            return Self::from_names(split().map(<[u8]>::to_vec));
        }
        Self::from_sorted(split())
    }

    /// Collects names in any order.
    pub fn from_names(names: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let sorted: std::collections::BTreeSet<Vec<u8>> = names.into_iter().collect();
        Self::from_sorted(sorted.iter().map(Vec::as_slice))
    }

    fn from_sorted<'name>(names: impl Iterator<Item = &'name [u8]>) -> Self {
        let mut set = SystemNames::default();
        for name in names {
            set.text.extend_from_slice(name);
            set.ends.push(set.text.len() as u32);
        }
        set
    }

    /// Whether `name` is one of them.
    pub fn contains(&self, name: &[u8]) -> bool {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = (low + high) / 2;
            match self.get(middle).cmp(name) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map(|index| self.get(index))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One name a line, sorted.
    pub fn to_lines(&self) -> Vec<u8> {
        self.iter().flat_map(|name| name.iter().copied().chain([b'\n'])).collect()
    }

    fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[index] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn membership_survives_the_round_trip() {
        let names = SystemNames::from_lines(b"malloc\nfree\nabs\n");
        assert_eq!(names.to_lines(), b"abs\nfree\nmalloc\n");
        for name in ["abs", "free", "malloc"] {
            assert!(names.contains(name.as_bytes()));
        }
        for name in ["", "ab", "abss", "z"] {
            assert!(!names.contains(name.as_bytes()));
        }
        assert_eq!(SystemNames::from_lines(&names.to_lines()), names);
        assert!(SystemNames::from_lines(b"").is_empty());
    }
}
