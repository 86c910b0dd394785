//! Dates as text.

use super::civil::Parts;
use super::zone::Zone;

/// What an invalid date is shown as.
pub(super) const INVALID: &str = "Invalid Date";

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The forms there are.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// `toString`
    Whole,
    /// `toDateString`
    Date,
    /// `toTimeString`
    Time,
    /// `toUTCString`
    Utc,
    /// `toLocaleDateString`, as in the United States: there is one locale.
    LocaleDate,
    /// `toLocaleTimeString`
    LocaleTime,
    /// `toLocaleString`
    Locale,
}

/// A time as `toISOString` gives it.
pub(super) fn iso(time: i64) -> String {
    let parts = Parts::of(time);
    let year = match parts.year {
        year @ 0..=9999 => format!("{year:04}"),
        year if year < 0 => format!("-{:06}", -year),
        year => format!("+{year:06}"),
    };
    let Parts { month, day, hour, minute, second, millisecond, .. } = parts;
    format!("{year}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z", month + 1)
}

/// A time in one of the forms.
pub(super) fn show(time: Option<i64>, form: Form) -> String {
    let Some(time) = time else { return INVALID.to_owned() };
    if let Form::Utc = form {
        let parts = Parts::of(time);
        let (weekday, month) = names(&parts);
        let (day, year) = (parts.day, year(&parts));
        return format!("{weekday}, {day:02} {month} {year} {} GMT", clock(&parts));
    }
    let (offset, zone) = Zone::with_local(|zone| (zone.offset(time), zone.name(time)));
    let parts = Parts::of(time + offset);
    match form {
        Form::Date => date(&parts),
        Form::Time => clock_and_zone(&parts, offset, &zone),
        Form::LocaleDate => locale_date(&parts),
        Form::LocaleTime => locale_time(&parts),
        Form::Locale => format!("{}, {}", locale_date(&parts), locale_time(&parts)),
        Form::Whole | Form::Utc => format!("{} {}", date(&parts), clock_and_zone(&parts, offset, &zone)),
    }
}

fn names(parts: &Parts) -> (&'static str, &'static str) {
    (WEEKDAYS[parts.weekday as usize % 7], MONTHS[parts.month as usize % 12])
}

fn year(parts: &Parts) -> String {
    match parts.year {
        year if year < 0 => format!("-{:04}", -year),
        year => format!("{year:04}"),
    }
}

fn date(parts: &Parts) -> String {
    let (weekday, month) = names(parts);
    format!("{weekday} {month} {:02} {}", parts.day, year(parts))
}

fn clock(parts: &Parts) -> String {
    format!("{:02}:{:02}:{:02}", parts.hour, parts.minute, parts.second)
}

fn clock_and_zone(parts: &Parts, offset: i64, zone: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs() / 60_000;
    format!("{} GMT{sign}{:02}{:02} ({zone})", clock(parts), minutes / 60, minutes % 60)
}

fn locale_date(parts: &Parts) -> String {
    format!("{}/{}/{}", parts.month + 1, parts.day, parts.year)
}

fn locale_time(parts: &Parts) -> String {
    let (hour, half) = (parts.hour % 12, if parts.hour < 12 { "AM" } else { "PM" });
    let hour = if hour == 0 { 12 } else { hour };
    format!("{hour}:{:02}:{:02} {half}", parts.minute, parts.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_has_signs_only_for_years_of_other_lengths() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(8_640_000_000_000_000), "+275760-09-13T00:00:00.000Z");
        assert_eq!(iso(-62_198_755_200_000), "-000001-01-01T00:00:00.000Z");
    }

    #[test]
    fn forms_in_utc() {
        assert_eq!(show(Some(951_782_400_000), Form::Utc), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(show(None, Form::Whole), INVALID);
        assert_eq!(clock_and_zone(&Parts::of(0), -19_800_000, "X"), "00:00:00 GMT-0530 (X)");
        assert_eq!(locale_time(&Parts::of(0)), "12:00:00 AM");
        assert_eq!(locale_time(&Parts::of(46_800_000)), "1:00:00 PM");
    }
}
