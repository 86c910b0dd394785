//! How the parts of a structure share lines: Node's rules.

use super::ELEMENTS_MAX;

/// Width of a line.
pub(super) const WIDTH: usize = 80;
/// Levels of structures that may share one line.
const COMPACT: usize = 3;

/// The parts of a structure, and what stands around them.
pub(super) struct Layout<'a> {
    /// What stands before the opening brace.
    pub(super) base: String,
    pub(super) start: &'a str,
    pub(super) end: &'static str,
    pub(super) parts: Vec<String>,
    /// The structure is a list (of numbers or not): more than six short parts stand in columns.
    pub(super) list: Option<bool>,
}

impl Layout<'_> {
    /// The text. `levels` are those of structures inside.
    pub(super) fn text(self, levels: usize, indent: usize) -> String {
        let Layout { mut base, start, end, mut parts, list } = self;
        let count = parts.len();
        if let Some(numeric) = list
            && count > 6
        {
            parts = columns(parts, numeric, indent);
        }
        let around = parts.len() + indent + start.len() + base.chars().count() + 10;
        let fits = levels < COMPACT
            && parts.len() == count
            && parts.len() * 2 + around <= WIDTH
            && parts.iter().map(|part| units(part)).sum::<usize>() + parts.len() + around <= WIDTH
            && !base.contains('\n')
            && parts.iter().all(|part| !part.contains('\n'));
        if !base.is_empty() {
            base.push(' ');
        }
        if fits {
            return format!("{base}{start} {} {end}", parts.join(", "));
        }
        let line = format!("\n{}", " ".repeat(indent));
        format!("{base}{start}{line}  {}{line}{end}", parts.join(&format!(",{line}  ")))
    }
}

/// Length in UTF-16 units.
fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Columns that a terminal takes for a text.
fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(character_width).sum() }
}

fn character_width(character: char) -> usize {
    match character as u32 {
        0..=0x1F | 0x7F..=0x9F | 0x300..=0x36F | 0x200B..=0x200F | 0x20D0..=0x20FF | 0xFE00..=0xFE0F => 0,
        0xFE20..=0xFE2F | 0xE0100..=0xE01EF => 0,
        // What Unicode's East Asian width calls wide or full.
        0x1100..=0x115F | 0x2329 | 0x232A | 0x2E80..=0x303E | 0x3040..=0x3247 | 0x3250..=0x4DBF => 2,
        0x4E00..=0xA4C6 | 0xA960..=0xA97C | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE10..=0xFE19 => 2,
        0xFE30..=0xFE6B | 0xFF01..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1B000..=0x1B001 | 0x1F200..=0x1F251 => 2,
        0x1F300..=0x1F64F | 0x1F900..=0x1F9FF | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// About two and a half times as wide as high, numbers to the right. What follows the shown elements stays below.
fn columns(parts: Vec<String>, numeric: bool, indent: usize) -> Vec<String> {
    let entries = if parts.len() > ELEMENTS_MAX { parts.len() - 1 } else { parts.len() };
    let lengths: Vec<usize> = parts[..entries].iter().map(|part| width(part)).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let total = lengths.iter().sum::<usize>() + 2 * entries;
    let widest = longest + 2;
    if widest * 3 + indent >= WIDTH || (total as f64 / widest as f64 <= 5.0 && longest > 6) {
        return parts;
    }
    let bias = (widest as f64 - total as f64 / parts.len() as f64).sqrt();
    let biased = (widest as f64 - 3.0 - bias).max(1.0);
    // JavaScript rounds halves up.
    let wanted = ((2.5 * biased * entries as f64).sqrt() / biased + 0.5).floor() as usize;
    let columns = wanted.min((WIDTH - indent) / widest).min(COMPACT * 4).min(15);
    if columns <= 1 {
        return parts;
    }
    let column_width =
        |column: usize| lengths.iter().skip(column).step_by(columns).copied().max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(column_width).collect();
    let mut lines = Vec::new();
    for (row, part_lengths) in parts[..entries].chunks(columns).zip(lengths.chunks(columns)) {
        let mut line = String::new();
        for (column, part) in row.iter().enumerate() {
            let comma = if column + 1 == row.len() { "" } else { ", " };
            let space = " ".repeat(widths[column] - part_lengths[column]);
            match numeric {
                true => line.extend([&space, part, comma]),
                false if comma.is_empty() => line.push_str(part),
                false => line.extend([part, comma, &space]),
            }
        }
        lines.push(line);
    }
    lines.extend(parts[entries..].iter().cloned());
    lines
}
