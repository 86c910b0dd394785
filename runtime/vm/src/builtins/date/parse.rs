//! Dates read from text: ISO 8601 as ECMAScript has it, and what `toString` and its like write, read leniently.

use super::civil::time_of;

/// What a text says: a time in UTC, or a local time that a zone has still to be applied to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Read {
    Utc(f64),
    Local(f64),
}

/// The time a text spells; none if it spells none.
pub(super) fn parse(text: &str) -> Option<Read> {
    let text = text.trim();
    // The year 0 has one spelling.
    if text.starts_with("-000000") {
        return None;
    }
    iso(text).or_else(|| lenient(text))
}

/// A cursor over ASCII.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<f64> {
        let digits = self.rest.get(..count).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        self.rest = &self.rest[count..];
        Some(digits.iter().fold(0.0, |number, digit| number * 10.0 + f64::from(digit - b'0')))
    }

    /// The digits behind a point as milliseconds.
    fn fraction(&mut self) -> Option<f64> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = &self.rest[..count];
        self.rest = &self.rest[count..];
        let digit = |at: usize| digits.get(at).map_or(0.0, |digit| f64::from(digit - b'0'));
        (count > 0).then(|| digit(0) * 100.0 + digit(1) * 10.0 + digit(2))
    }
}

fn iso(text: &str) -> Option<Read> {
    let mut cursor = Cursor { rest: text.as_bytes() };
    let year = match cursor.rest.first()? {
        sign @ (b'+' | b'-') => {
            let negative = *sign == b'-';
            cursor.rest = &cursor.rest[1..];
            let year = cursor.digits(6)?;
            // ECMAScript has no year -0.
            if negative && year == 0.0 {
                return None;
            }
            if negative { -year } else { year }
        }
        _ => cursor.digits(4)?,
    };
    let (mut month, mut day) = (1.0, 1.0);
    if cursor.take(b'-') {
        month = cursor.digits(2)?;
        if cursor.take(b'-') {
            day = cursor.digits(2)?;
        }
    }
    let mut clock = [0.0; 4];
    let mut offset = Some(0.0);
    if cursor.take(b'T') || cursor.take(b't') {
        clock[0] = cursor.digits(2)?;
        if !cursor.take(b':') {
            return None;
        }
        clock[1] = cursor.digits(2)?;
        if cursor.take(b':') {
            clock[2] = cursor.digits(2)?;
            if cursor.take(b'.') || cursor.take(b',') {
                clock[3] = cursor.fraction()?;
            }
        }
        offset = iso_offset(&mut cursor)?;
    }
    let [hour, minute, second, millisecond] = clock;
    let midnight = hour == 24.0 && minute == 0.0 && second == 0.0 && millisecond == 0.0;
    let in_range = (1.0..=12.0).contains(&month)
        && (1.0..=31.0).contains(&day)
        && (hour < 24.0 || midnight)
        && minute < 60.0
        && second < 60.0;
    if !in_range || !cursor.rest.is_empty() {
        return None;
    }
    let time = time_of([year, month - 1.0, day, hour, minute, second, millisecond]);
    Some(match offset {
        Some(offset) => Read::Utc(time - offset),
        None => Read::Local(time),
    })
}

/// `Z`, `±HH:mm` or nothing: milliseconds ahead of UTC, or none for local time.
fn iso_offset(cursor: &mut Cursor<'_>) -> Option<Option<f64>> {
    if cursor.take(b'Z') || cursor.take(b'z') {
        return Some(Some(0.0));
    }
    let sign = match cursor.rest.first() {
        Some(b'+') => 1.0,
        Some(b'-') => -1.0,
        _ => return Some(None),
    };
    cursor.rest = &cursor.rest[1..];
    let hours = cursor.digits(2)?;
    cursor.take(b':');
    let minutes = cursor.digits(2)?;
    (hours < 24.0 && minutes < 60.0).then_some(Some(sign * (hours * 3_600_000.0 + minutes * 60_000.0)))
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What was gathered from a text in free form.
#[derive(Default)]
struct Gathered {
    numbers: Vec<f64>,
    /// The month, and how many numbers stood before it.
    month: Option<f64>,
    clock: Option<[f64; 4]>,
    afternoon: Option<bool>,
    /// Milliseconds ahead of UTC.
    offset: Option<f64>,
    /// The numbers began with one of four digits, or were separated by `/` or `-`.
    year_first: bool,
}

/// `Thu Jan 01 1970 00:00:00 GMT+0100 (CET)`, `Thu, 01 Jan 1970 00:00:00 GMT`, `Jan 2, 2020 3:04 PM`, `1/2/2020`,
/// `2020-01-02 10:00`.
fn lenient(text: &str) -> Option<Read> {
    let gathered = gather(text)?;
    let (year, month, day) = date_of(&gathered)?;
    let mut clock = gathered.clock.unwrap_or([0.0; 4]);
    if let Some(afternoon) = gathered.afternoon {
        if !(1.0..=12.0).contains(&clock[0]) {
            return None;
        }
        clock[0] = clock[0] % 12.0 + if afternoon { 12.0 } else { 0.0 };
    }
    let [hour, minute, second, millisecond] = clock;
    if hour > 24.0 || minute >= 60.0 || second >= 60.0 {
        return None;
    }
    let time = time_of([year, month, day, hour, minute, second, millisecond]);
    Some(match gathered.offset {
        Some(offset) => Read::Utc(time - offset),
        None => Read::Local(time),
    })
}

fn gather(text: &str) -> Option<Gathered> {
    let mut gathered = Gathered::default();
    let mut rest = without_comments(text);
    let mut first = true;
    while let Some(character) = rest.chars().next() {
        let is_digit = |character: char| character.is_ascii_digit();
        if is_digit(character) {
            let length = rest.find(|character| !is_digit(character)).unwrap_or(rest.len());
            let (digits, behind) = (rest[..length].to_owned(), rest[length..].to_owned());
            rest = gathered.number(&digits, &behind, first)?;
            first = false;
        } else if character.is_ascii_alphabetic() {
            let length = rest.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(rest.len());
            gathered.word(&rest[..length].to_ascii_lowercase())?;
            rest = rest[length..].to_owned();
        } else if matches!(character, '+' | '-') && gathered.clock.is_some() {
            rest = gathered.zone(&rest)?;
        } else if character.is_whitespace() || matches!(character, ',' | '/' | '-' | '.') {
            rest = rest[character.len_utf8()..].to_owned();
        } else {
            return None;
        }
    }
    Some(gathered)
}

/// What stands in parentheses says nothing.
fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let kept = text.chars().filter(|character| {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    kept.collect()
}

impl Gathered {
    /// Digits, and what stands behind them; what is left of that.
    fn number(&mut self, digits: &str, behind: &str, first: bool) -> Option<String> {
        if digits.len() > 9 {
            return None;
        }
        let value: f64 = digits.parse().ok()?;
        if behind.starts_with(':') && self.clock.is_none() {
            return self.time(value, behind);
        }
        if first && digits.len() > 2 {
            self.year_first = true;
        }
        self.numbers.push(value);
        (self.numbers.len() <= 3).then(|| behind.to_owned())
    }

    /// The minutes and what follows them behind an hour.
    fn time(&mut self, hour: f64, behind: &str) -> Option<String> {
        let mut clock = [hour, 0.0, 0.0, 0.0];
        let mut cursor = Cursor { rest: behind.as_bytes() };
        for part in &mut clock[1..3] {
            if !cursor.take(b':') {
                break;
            }
            let count = cursor.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            *part = (1..=2).contains(&count).then(|| cursor.digits(count)).flatten()?;
        }
        if cursor.rest.first() == Some(&b'.') {
            cursor.take(b'.');
            clock[3] = cursor.fraction()?;
        }
        self.clock = Some(clock);
        Some(String::from_utf8_lossy(cursor.rest).into_owned())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let start = word.get(..3);
        let is_start_of = |name: &&str| start == Some(name);
        match word {
            "am" => self.afternoon = Some(false),
            "pm" => self.afternoon = Some(true),
            "z" | "gmt" | "utc" | "ut" => self.offset = Some(self.offset.unwrap_or(0.0)),
            "t" if self.clock.is_none() => {}
            "est" | "edt" | "cst" | "cdt" | "mst" | "mdt" | "pst" | "pdt" => {
                let hours = match &word[..1] {
                    "e" => -5.0,
                    "c" => -6.0,
                    "m" => -7.0,
                    _ => -8.0,
                };
                let summer = if &word[1..2] == "d" { 1.0 } else { 0.0 };
                self.offset = Some((hours + summer) * 3_600_000.0);
            }
            _ if WEEKDAYS.iter().any(is_start_of) => {}
            _ => {
                let month = MONTHS.iter().position(|name| start == Some(name))?;
                self.month = Some(month as f64);
            }
        }
        Some(())
    }

    /// `+0100` or `-01:00` behind a time.
    fn zone(&mut self, rest: &str) -> Option<String> {
        let sign = if rest.starts_with('-') { -1.0 } else { 1.0 };
        let mut cursor = Cursor { rest: &rest.as_bytes()[1..] };
        let count = cursor.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (hours, minutes) = match count {
            4 => (cursor.digits(2)?, cursor.digits(2)?),
            1 | 2 => {
                let hours = cursor.digits(count)?;
                (hours, if cursor.take(b':') { cursor.digits(2)? } else { 0.0 })
            }
            _ => return None,
        };
        if hours >= 24.0 || minutes >= 60.0 {
            return None;
        }
        self.offset = Some(sign * (hours * 3_600_000.0 + minutes * 60_000.0));
        Some(String::from_utf8_lossy(cursor.rest).into_owned())
    }
}

/// Year, month from 0 and day of what was gathered.
fn date_of(gathered: &Gathered) -> Option<(f64, f64, f64)> {
    let numbers = gathered.numbers.as_slice();
    let (year, month, day) = match (gathered.month, numbers) {
        (Some(month), [year]) if *year > 31.0 => (*year, month, 1.0),
        (Some(month), [day]) => (2001.0, month, *day),
        (Some(month), [year, day]) if gathered.year_first => (*year, month, *day),
        (Some(month), [day, year]) => (*year, month, *day),
        (None, [year, month, day]) if gathered.year_first => (*year, month - 1.0, *day),
        (None, [month, day, year]) => (*year, month - 1.0, *day),
        (None, [year, month]) if gathered.year_first => (*year, month - 1.0, 1.0),
        (None, [month, day]) => (2001.0, month - 1.0, *day),
        _ => return None,
    };
    let year = match year {
        short if short < 50.0 => short + 2000.0,
        short if short < 100.0 => short + 1900.0,
        year => year,
    };
    ((0.0..12.0).contains(&month) && (1.0..=31.0).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(parts: [f64; 7]) -> Option<Read> {
        Some(Read::Utc(time_of(parts)))
    }

    fn local(parts: [f64; 7]) -> Option<Read> {
        Some(Read::Local(time_of(parts)))
    }

    #[test]
    fn iso_forms() {
        let day = [2024.0, 1.0, 29.0, 0.0, 0.0, 0.0, 0.0];
        let time = [2024.0, 1.0, 29.0, 12.0, 34.0, 56.0, 789.0];
        assert_eq!(parse("2024-02-29"), utc(day));
        assert_eq!(parse("2024-02-29T12:34:56.789Z"), utc(time));
        assert_eq!(parse("2024-02-29T12:34:56.789123+00:00"), utc(time));
        assert_eq!(parse("2024-02-29T14:34:56.789+02:00"), utc(time));
        assert_eq!(parse("2024-02-29T12:34:56.789"), local(time));
        assert_eq!(parse("2024-02-29T24:00Z"), utc([2024.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
        assert_eq!(parse("2024"), utc([2024.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
        assert_eq!(parse("-000001-01-01"), utc([-1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
        for bad in ["-000000-01-01", "2024-02-29T25:00Z", "2024-02-29T12:60Z", "", "x", "2024-2x", "T12:00"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn offsets_have_a_range() {
        for (good, hours) in [("+23:59", 24.0 - 1.0 / 60.0), ("-2359", 1.0 / 60.0 - 24.0)] {
            let expected = Some(Read::Utc(1_704_067_200_000.0 - hours * 3_600_000.0));
            assert_eq!(parse(&format!("2024-01-01T00:00:00{good}")), expected, "{good}");
            assert_eq!(parse(&format!("Jan 1 2024 00:00:00 GMT{good}")), expected, "{good}");
        }
        for bad in ["+99:99", "+24:00", "-00:60", "+2400", "-0060", "+99"] {
            assert_eq!(parse(&format!("2024-01-01T00:00:00{bad}")), None, "{bad}");
            assert_eq!(parse(&format!("Jan 1 2024 00:00:00 GMT{bad}")), None, "{bad}");
        }
    }

    #[test]
    fn forms_that_dates_are_written_in() {
        let time = [2020.0, 0.0, 2.0, 15.0, 4.0, 5.0, 0.0];
        assert_eq!(parse("Thu Jan 02 2020 16:04:05 GMT+0100 (CET)"), utc(time));
        assert_eq!(parse("Thu, 02 Jan 2020 15:04:05 GMT"), utc(time));
        assert_eq!(parse("January 2, 2020 3:04:05 PM"), local(time));
        assert_eq!(parse("1/2/2020, 3:04:05 PM"), local(time));
        assert_eq!(parse("2020-01-02 15:04:05"), local(time));
        assert_eq!(parse("2020/1/2 15:04:05 EST"), utc([2020.0, 0.0, 2.0, 20.0, 4.0, 5.0, 0.0]));
        for bad in
            ["Foo 2 2020", "1/2/3/4", "Jan", "99999999999999 Jan", "1:2:3", "Jan 32 2020", "((", "日本"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
