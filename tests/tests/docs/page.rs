//! A page of documentation: its code blocks, its sections, its links.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A page.
pub(crate) struct Page {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// Its fenced code blocks, in order.
    pub(crate) blocks: Vec<Block>,
    /// Its sections, in order; a section ends where the next heading of any depth begins.
    pub(crate) sections: Vec<Section>,
}

/// A fenced code block.
pub(crate) struct Block {
    /// What stands behind the opening fence.
    pub(crate) language: String,
    /// Its lines, each with its line end.
    pub(crate) text: String,
    /// The file it is, from a line `<!-- file: NAME -->` before it.
    pub(crate) file: Option<String>,
    /// Why it is not run, from a line `<!-- not run: REASON -->` before it.
    pub(crate) not_run: Option<String>,
    /// The line of the opening fence, from 0.
    pub(crate) line: usize,
    /// The line after the closing fence.
    pub(crate) end: usize,
}

/// What stands under a heading.
pub(crate) struct Section {
    /// The heading's text.
    pub(crate) title: String,
    /// The first line that is not empty.
    pub(crate) first_line: String,
    /// Whether a line starts with `No example:`.
    pub(crate) says_no_example: bool,
    /// Why no test gives what the section explains, from a line that starts with `No test:`.
    pub(crate) no_test: Option<String>,
    /// Its lines, with the heading.
    pub(crate) lines: Range<usize>,
}

impl Block {
    /// Where it stands, for reports.
    pub(crate) fn place(&self, page: &Page) -> String {
        format!("{}:{}", page.path.display(), self.line + 1)
    }
}

impl Page {
    /// Reads a page.
    pub(crate) fn read(path: &Path) -> Page {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines: Vec<&str> = text.lines().collect();
        let blocks = blocks(&lines);
        let sections = sections(&lines, &blocks);
        assert!(
            blocks.iter().all(|block| block.end <= lines.len()),
            "{}: a code block never ends",
            path.display()
        );
        Page { path: path.to_path_buf(), blocks, sections, text }
    }

    /// Some of its lines, each with its line end.
    pub(crate) fn lines(&self, range: Range<usize>) -> String {
        self.text.lines().skip(range.start).take(range.len()).flat_map(|line| [line, "\n"]).collect()
    }

    /// What its links lead to.
    pub(crate) fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let found = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        found.map(|(target, _)| target.to_owned()).collect()
    }

    /// Tests it names, as `` `path/to/file.rs::test` ``.
    pub(crate) fn named_tests(&self) -> Vec<(String, String)> {
        let prose = self.prose();
        let quoted = prose.split('`').skip(1).step_by(2);
        let named = quoted.filter_map(|text| text.split_once(".rs::"));
        named.map(|(file, test)| (format!("{file}.rs"), test.to_owned())).collect()
    }

    /// Its text without code blocks.
    fn prose(&self) -> String {
        let inside = |line: usize| self.blocks.iter().any(|block| (block.line..block.end).contains(&line));
        let lines = self.text.lines().enumerate().filter(|(line, _)| !inside(*line));
        lines.flat_map(|(_, line)| [line, "\n"]).collect()
    }
}

fn blocks(lines: &[&str]) -> Vec<Block> {
    let mut blocks = vec![];
    let mut at = 0;
    while at < lines.len() {
        let Some(language) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        let length = lines[at + 1..].iter().take_while(|line| **line != "```").count();
        let before = if at == 0 { "" } else { lines[at - 1] };
        let marker = |name: &str| {
            let text = before.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
            Some(text.strip_prefix(name)?.strip_prefix(": ")?.trim().to_owned())
        };
        blocks.push(Block {
            language: language.trim().to_owned(),
            text: lines[at + 1..at + 1 + length].iter().flat_map(|line| [*line, "\n"]).collect(),
            file: marker("file"),
            not_run: marker("not run"),
            line: at,
            end: at + length + 2,
        });
        at += length + 2;
    }
    blocks
}

fn sections(lines: &[&str], blocks: &[Block]) -> Vec<Section> {
    let is_code = |line: usize| blocks.iter().any(|block| (block.line..block.end).contains(&line));
    let is_heading = |line: &usize| lines[*line].starts_with('#') && !is_code(*line);
    let starts: Vec<usize> = (0..lines.len()).filter(is_heading).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let body = &lines[start + 1..end];
            Section {
                title: lines[*start].trim_start_matches('#').trim().to_owned(),
                first_line: body
                    .iter()
                    .find(|line| !line.is_empty())
                    .map(|line| (*line).to_owned())
                    .unwrap_or_default(),
                no_test: body
                    .iter()
                    .find_map(|line| {
                        line.strip_prefix("No test:").or_else(|| line.strip_prefix("No example:"))
                    })
                    .map(|reason| reason.trim().to_owned()),
                says_no_example: body.iter().any(|line| line.starts_with("No example:")),
                lines: *start..end,
            }
        })
        .collect()
}
