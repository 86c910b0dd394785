//! Source files, and positions in them.

use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

/// Names one file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file. Offsets always lie on character boundaries of that file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file the range lies in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte; never less than `start`.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        debug_assert!(start <= end);
        Span { file, start, end }
    }

    /// The smallest range that covers `self` and `other`, which must lie in the same file.
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file);
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty range at the start of `self`.
    pub fn at_start(self) -> Span {
        Span { end: self.start, ..self }
    }

    /// The empty range at the end of `self`.
    pub fn at_end(self) -> Span {
        Span { start: self.end, ..self }
    }
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// One file's text and the name it is shown under.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    /// Made when a position is first asked for: most files are asked for none.
    lines: OnceLock<Lines>,
}

/// What a position is found by.
#[derive(Clone, Debug)]
struct Lines {
    starts: Vec<u32>,
    /// Where bytes stand that begin no character: columns count characters, and lines may be long.
    continuations: Vec<u32>,
}

impl Lines {
    fn of(text: &str) -> Lines {
        let breaks = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, after)| after);
        let starts = std::iter::once(0).chain(breaks).collect();
        let continuations = match text.is_ascii() {
            true => vec![],
            false => {
                text.bytes().zip(0..).filter(|(byte, _)| is_continuation(*byte)).map(|(_, at)| at).collect()
            }
        };
        Lines { starts, continuations }
    }
}

impl SourceFile {
    /// A file shown as `name`. Names are relative to the app's folder, so that what is compiled does not depend on it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        SourceFile { name: name.into(), text: text.into(), lines: OnceLock::new() }
    }

    /// The name it is shown under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.text.len() as u32);
        let Lines { starts, continuations } = self.lines.get_or_init(|| Lines::of(&self.text));
        let line = starts.partition_point(|start| *start <= offset) - 1;
        let start = starts[line];
        let continuations_before = |at: u32| continuations.partition_point(|one| *one < at);
        let skipped = continuations_before(offset) - continuations_before(start);
        Position { line: line as u32 + 1, column: offset - start - skipped as u32 + 1 }
    }
}

/// Whether a byte of UTF-8 begins no character.
fn is_continuation(byte: u8) -> bool {
    matches!(byte, 0x80..=0xBF)
}

/// All files of one compilation. Two compilations share nothing.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    folder: PathBuf,
}

impl SourceMap {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says which folder the names of files are relative to, seen from the working folder; before that it is the working
    /// folder itself.
    pub fn set_folder(&mut self, folder: impl Into<PathBuf>) {
        self.folder = folder.into();
    }

    /// The folder that the names of files are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a file is, seen from the working folder; names that are no paths (`std:io`, `<eval>`) stay as they are.
    pub fn path(&self, file: FileId) -> String {
        let name = self.file(file).name();
        let is_here = matches!(self.folder.to_str(), Some("" | "."));
        if is_here || name.contains([':', '<']) || Path::new(name).is_absolute() {
            return name.to_owned();
        }
        // `src/../lib/a.raya` is `lib/a.raya`: imports lead out of the entry's folder so.
        let mut path = PathBuf::new();
        for part in self.folder.join(name).components() {
            match path.components().next_back() {
                Some(Component::Normal(_)) if part == Component::ParentDir => {
                    path.pop();
                }
                _ if part == Component::CurDir => {}
                _ => path.push(part),
            }
        }
        path.to_string_lossy().into_owned()
    }

    /// Adds a file and gives its id.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(file);
        id
    }

    /// The file of an id that this map gave.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// All files with their ids, in the order they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file))
    }

    /// The text a span covers.
    pub fn slice(&self, span: Span) -> &str {
        &self.file(span.file).text[span.start as usize..span.end as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_working_folder() {
        let mut sources = SourceMap::new();
        let names = ["a.raya", "../lib/b.raya", "std:io", "<eval>", "/root/c.raya"];
        let files = names.map(|name| sources.add(SourceFile::new(name, "")));
        let mut paths = |folder: &str| {
            sources.set_folder(folder);
            files.map(|file| sources.path(file))
        };
        assert_eq!(
            paths("app/src"),
            ["app/src/a.raya", "app/lib/b.raya", "std:io", "<eval>", "/root/c.raya"]
        );
        assert_eq!(paths(".")[..2], ["a.raya", "../lib/b.raya"]);
        assert_eq!(paths("..")[..2], ["../a.raya", "../../lib/b.raya"]);
        assert_eq!(paths("src/..")[0], "a.raya");
    }

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let file = SourceFile::new("a.raya", "let a\nlet é = 1\n");
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        assert_eq!(file.position(6), Position { line: 2, column: 1 });
        let after_accent = "let a\nlet é".len() as u32;
        assert_eq!(file.position(after_accent), Position { line: 2, column: 6 });
        assert_eq!(file.position(u32::MAX), Position { line: 3, column: 1 });
    }
}
