//! The calendar of ECMAScript: milliseconds since 1970 and the parts of a date, without a time zone.
//!
//! Written here and not taken from a crate: it is a page of arithmetic, and ECMAScript's rules for parts that are out of
//! range, for doubles and for years far away are its own.

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;
/// A date is at most so many milliseconds from 1970.
const TIME_MAX: f64 = 8.64e15;

/// The parts of a date, in the order in which constructors take them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: i64,
    /// 0 to 11.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) millisecond: i64,
    /// 0 is Sunday.
    pub(super) weekday: i64,
}

impl Parts {
    /// The parts of a time.
    pub(super) fn of(time: i64) -> Parts {
        let (days, rest) = (time.div_euclid(DAY), time.rem_euclid(DAY));
        let (year, month, day) = civil_of(days);
        Parts {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millisecond: rest % 1000,
            weekday: (days + 4).rem_euclid(7),
        }
    }

    /// Year to millisecond as doubles, and the day of the week.
    pub(super) fn numbers(&self) -> [f64; 8] {
        let Parts { year, month, day, hour, minute, second, millisecond, weekday } = *self;
        [year, month, day, hour, minute, second, millisecond, weekday].map(|part| part as f64)
    }
}

/// Days since 1970-01-01 of a date; months from 0.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last one.
    let year = if month < 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 10) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month from 0, and day of the month.
fn civil_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12;
    let year = year_of_era + era * 400 + i64::from(month < 2);
    (year, month, day)
}

/// The time of parts that may be out of their ranges: year, month, day, hours, minutes, seconds, milliseconds. NaN if there
/// is none.
pub(super) fn time_of(parts: [f64; 7]) -> f64 {
    if parts.iter().any(|part| !part.is_finite()) {
        return f64::NAN;
    }
    let [year, month, day, hours, minutes, seconds, milliseconds] = parts.map(f64::trunc);
    let year = year + (month / 12.0).floor();
    if year.abs() > 400_000.0 {
        return f64::NAN;
    }
    let first = days_of(year as i64, month.rem_euclid(12.0) as i64, 1);
    let days = first as f64 + day - 1.0;
    let within = hours * 3_600_000.0 + minutes * 60_000.0 + seconds * 1000.0 + milliseconds;
    days * DAY as f64 + within
}

/// The time as a date keeps it: whole, near enough, and never -0; else NaN.
pub(super) fn clipped(time: f64) -> f64 {
    if time.abs() <= TIME_MAX { time.trunc() + 0.0 } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        assert_eq!(days_of(1970, 0, 1), 0);
        assert_eq!(days_of(2000, 1, 29), 11_016);
        assert_eq!(days_of(1969, 11, 31), -1);
        assert_eq!(Parts::of(0).weekday, 4);
        assert_eq!(
            Parts::of(-1),
            Parts {
                year: 1969,
                month: 11,
                day: 31,
                hour: 23,
                minute: 59,
                second: 59,
                millisecond: 999,
                weekday: 3
            }
        );
    }

    #[test]
    fn the_ends_of_time() {
        assert_eq!(Parts::of(8_640_000_000_000_000).year, 275_760);
        assert_eq!(Parts::of(-8_640_000_000_000_000).year, -271_821);
        assert!(clipped(8.64e15 + 1.0).is_nan() && clipped(f64::NAN).is_nan());
        assert_eq!(clipped(-0.5).to_bits(), 0.0_f64.to_bits());
        assert!(time_of([f64::INFINITY, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]).is_nan());
    }

    #[test]
    fn parts_out_of_range_carry() {
        let time = |parts| Parts::of(time_of(parts) as i64);
        let parts = time([2020.0, 14.0, 30.0, 25.0, 61.0, 61.0, 1001.0]);
        assert_eq!((parts.year, parts.month, parts.day), (2021, 2, 31));
        assert_eq!((parts.hour, parts.minute, parts.second, parts.millisecond), (2, 2, 2, 1));
        let parts = time([2020.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!((parts.year, parts.month, parts.day), (2019, 10, 30));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 3 } else { 500 }, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_and_times_are_the_same(time in -8_640_000_000_000_000_i64..8_640_000_000_000_000) {
            let [parts @ .., _] = Parts::of(time).numbers();
            prop_assert_eq!(time_of(parts), time as f64);
        }

        #[test]
        fn each_day_follows_the_one_before(days in -90_000_000_i64..90_000_000) {
            let (before, after) = (civil_of(days), civil_of(days + 1));
            prop_assert!(after > before);
            prop_assert_eq!(days_of(after.0, after.1, after.2), days + 1);
        }
    }
}
