//! Points in time, in seconds since 1970. The caller brings the present; nothing here reads a clock.

use std::fmt;

use toml::de::DeValue;
use toml::value::Offset;

use crate::document::{Bad, FromValue};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub u64);

const DAY: u64 = 86_400;

/// Days from 1970-01-01 to a date of the Gregorian calendar from 1970 on (Hinnant's algorithm: years start in March).
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let year_of_era = year % 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse: year, month, day.
fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

impl fmt::Display for UnixTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0 / DAY);
        let second = self.0 % DAY;
        let (hour, minute) = (second / 3600, second / 60 % 60);
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
    }
}

impl FromValue for UnixTime {
    const EXPECTED: &'static str = "a date and time in UTC such as `2027-01-31T00:00:00Z`, without quotes";

    fn from_value(value: &DeValue<'_>) -> Result<Self, Bad> {
        let moment = value.as_datetime().ok_or(Bad::Type)?;
        let bad = || Bad::Value {
            found: moment.to_string(),
            help: "write it in whole seconds and end it with `Z`".to_owned(),
        };
        let (Some(date), Some(time), Some(Offset::Z)) = (moment.date, moment.time, moment.offset) else {
            return Err(bad());
        };
        let second = time.second.unwrap_or(0);
        if date.year < 1970 || second > 59 || time.nanosecond.unwrap_or(0) != 0 {
            return Err(bad());
        }
        let days = days_since_1970(u64::from(date.year), u64::from(date.month), u64::from(date.day));
        Ok(UnixTime(
            days * DAY + u64::from(time.hour) * 3600 + u64::from(time.minute) * 60 + u64::from(second),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_as_the_calendar_says() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(UnixTime(seconds).to_string(), text);
            let value = DeValue::parse(text).unwrap();
            assert_eq!(UnixTime::from_value(value.get_ref()).ok(), Some(UnixTime(seconds)));
        }
        for bad in [
            "2027-01-31",
            "2027-01-31T00:00:00",
            "2027-01-31T00:00:00+01:00",
            "1969-12-31T00:00:00Z",
            "\"2027\"",
            "nan",
        ] {
            let value = DeValue::parse(bad).unwrap();
            assert!(UnixTime::from_value(value.get_ref()).is_err(), "{bad}");
        }
    }
}
