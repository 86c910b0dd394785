//! One link as data: an argument line and the only files there are.

use super::Failure;
use raya_packs::PackedFile;
use std::borrow::Cow;

/// A link, reduced to an argument line and the only files there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Job<'input> {
    /// The line, without a program name and without `-o`.
    pub(crate) arguments: Vec<String>,
    /// Every file, by the name the line uses.
    pub(crate) files: Vec<(String, Content<'input>)>,
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content<'input> {
    Plain(&'input [u8]),
    /// Unpacked by whoever links: a child process is asked with a tenth of the bytes.
    Packed(PackedFile<'input>),
}

/// Contents, each with what tells whose it is.
type Contents<'input, Key> = Result<Vec<(Key, Cow<'input, [u8]>)>, Failure>;

impl<'input> Job<'input> {
    /// Adds a file, and its name to the line.
    pub(crate) fn add(&mut self, name: &str, content: Content<'input>) {
        self.arguments.push(name.into());
        self.files.push((name.into(), content));
    }

    /// The files with their contents, the packed ones unpacked, on two threads.
    pub(crate) fn unpack(&self) -> Contents<'input, String> {
        let mut by_size: Vec<usize> = (0..self.files.len()).collect();
        by_size.sort_by_key(|file| std::cmp::Reverse(self.packed_size(*file)));
        let (mine, others) = halves(by_size, |file| self.packed_size(file));
        let mut unpacked = std::thread::scope(|scope| {
            let others = scope.spawn(|| self.unpack_some(&others));
            let mut unpacked = self.unpack_some(&mine)?;
            unpacked
                .extend(others.join().map_err(|_| Failure::Crashed("it panicked while unpacking".into()))??);
            Ok(unpacked)
        })?;
        unpacked.sort_by_key(|(file, _)| *file);
        let names = self.files.iter().map(|(name, _)| name.clone());
        Ok(names.zip(unpacked.into_iter().map(|(_, bytes)| bytes)).collect())
    }

    fn packed_size(&self, file: usize) -> usize {
        match self.files[file].1 {
            Content::Plain(_) => 0,
            Content::Packed(packed) => packed.size,
        }
    }

    fn unpack_some(&self, files: &[usize]) -> Contents<'input, usize> {
        let unpack = |file: &usize| {
            let (name, content) = &self.files[*file];
            let bytes = match content {
                Content::Plain(bytes) => Cow::Borrowed(*bytes),
                Content::Packed(packed) => {
                    Cow::Owned(packed.unpack().ok_or_else(|| Failure::Damaged(name.clone()))?)
                }
            };
            Ok((*file, bytes))
        };
        files.iter().map(unpack).collect()
    }
}

/// Splits what is sorted, the largest first, into two parts of about the same size.
fn halves(sorted: Vec<usize>, size: impl Fn(usize) -> usize) -> (Vec<usize>, Vec<usize>) {
    let (mut parts, mut sums) = ([vec![], vec![]], [0, 0]);
    for item in sorted {
        let smaller = usize::from(sums[1] < sums[0]);
        sums[smaller] += size(item);
        parts[smaller].push(item);
    }
    let [one, other] = parts;
    (one, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_unpacked_in_their_order() {
        let contents: Vec<Vec<u8>> = (1..20_u8).map(|size| vec![size; usize::from(size) * 7 % 40]).collect();
        let frames: Vec<Vec<u8>> =
            contents.iter().map(|content| zstd::bulk::compress(content, 1).unwrap()).collect();
        let mut job = Job::default();
        for (index, (content, frame)) in contents.iter().zip(&frames).enumerate() {
            let packed = Content::Packed(PackedFile { frame, size: content.len() });
            job.add(&index.to_string(), if index % 3 == 0 { Content::Plain(content) } else { packed });
        }
        let unpacked = job.unpack().unwrap();
        for (index, (name, bytes)) in unpacked.iter().enumerate() {
            assert_eq!((name, bytes.as_ref()), (&index.to_string(), contents[index].as_slice()));
        }
        assert_eq!(unpacked.len(), contents.len());
        job.add("cut", Content::Packed(PackedFile { frame: &frames[1][..3], size: 14 }));
        assert_eq!(job.unpack(), Err(Failure::Damaged("cut".into())));
    }
}
