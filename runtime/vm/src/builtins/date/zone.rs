//! The local time zone of the machine.
//!
//! It is looked for when a program first asks for local time: the variable `TZ` (a rule such as `CET-1CEST,M3.5.0,M10.5.0/3`,
//! or the name of a zone), else `/etc/localtime`, else UTC. A program that never asks opens no file and reads no variable.

use std::cell::OnceCell;

use tz::TimeZone;
use tz::timezone::TimeZoneSettings;

use crate::world::{files, surroundings};

/// A file that describes a zone is no larger.
const FILE_BYTES_MAX: usize = 1 << 20;

thread_local! {
    static LOCAL: OnceCell<Zone> = const { OnceCell::new() };
}

/// A time zone.
pub(super) struct Zone {
    /// None is UTC.
    known: Option<TimeZone>,
}

impl Zone {
    /// Does something with the local zone.
    pub(super) fn with_local<T>(use_zone: impl FnOnce(&Zone) -> T) -> T {
        LOCAL.with(|local| use_zone(local.get_or_init(Zone::of_machine)))
    }

    fn of_machine() -> Zone {
        match surroundings::variable("TZ") {
            Some(text) => Zone::named(&text),
            None => Zone { known: settings().parse_local().ok() },
        }
    }

    /// The zone that `TZ` spells; UTC where it spells none.
    pub(super) fn named(text: &str) -> Zone {
        let name = text.strip_prefix(':').unwrap_or(text);
        let known = match name {
            "" | "UTC" | "UTC0" | "GMT" | "Etc/UTC" => None,
            // Names lead to files below the folder of zones, and nowhere else.
            _ if name.split('/').any(|part| part == "..") => None,
            _ => settings().parse_posix_tz(text).ok(),
        };
        Zone { known }
    }

    /// Milliseconds that local time is ahead of UTC at a time in UTC.
    pub(super) fn offset(&self, time: i64) -> i64 {
        let seconds = time.div_euclid(1000);
        let found = self.known.as_ref().and_then(|zone| zone.find_local_time_type(seconds).ok());
        found.map_or(0, |local| i64::from(local.ut_offset()) * 1000)
    }

    /// The zone's name at a time in UTC.
    pub(super) fn name(&self, time: i64) -> String {
        let Some(zone) = &self.known else { return "Coordinated Universal Time".to_owned() };
        let found = zone.find_local_time_type(time.div_euclid(1000)).ok();
        match found.map(|local| local.time_zone_designation()) {
            Some("UTC") | None => "Coordinated Universal Time".to_owned(),
            Some(name) => name.to_owned(),
        }
    }

    /// The time in UTC of a local time. A time that clocks skip is read with the offset before, one that they show twice is
    /// the first of the two.
    pub(super) fn to_utc(&self, local: i64) -> i64 {
        let before = self.offset(local - super::civil::DAY);
        let after = self.offset(local + super::civil::DAY);
        let with = |offset: i64| (self.offset(local - offset) == offset).then_some(local - offset);
        with(before).or_else(|| with(after)).unwrap_or(local - before)
    }
}

fn settings() -> TimeZoneSettings<'static> {
    TimeZoneSettings::new(TimeZoneSettings::DEFAULT_DIRECTORIES, |path| files::read(path, FILE_BYTES_MAX).map_err(Into::into))
}

#[cfg(test)]
mod tests {
    use super::super::civil::time_of;
    use super::*;

    const HOUR: i64 = 3_600_000;
    const CENTRAL_EUROPE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    fn time(parts: [f64; 7]) -> i64 {
        time_of(parts) as i64
    }

    #[test]
    fn a_rule_needs_no_file() {
        let zone = Zone::named(CENTRAL_EUROPE);
        let (winter, summer) =
            (time([2024.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]), time([2024.0, 6.0, 1.0, 0.0, 0.0, 0.0, 0.0]));
        assert_eq!((zone.offset(winter), zone.offset(summer)), (HOUR, 2 * HOUR));
        assert_eq!((zone.name(winter).as_str(), zone.name(summer).as_str()), ("CET", "CEST"));
    }

    #[test]
    fn skipped_and_repeated_times() {
        let zone = Zone::named(CENTRAL_EUROPE);
        // 2024-03-31 02:30 does not exist; 2024-10-27 02:30 is there twice.
        let skipped = time([2024.0, 2.0, 31.0, 2.0, 30.0, 0.0, 0.0]);
        let repeated = time([2024.0, 9.0, 27.0, 2.0, 30.0, 0.0, 0.0]);
        assert_eq!(zone.to_utc(skipped), skipped - HOUR);
        assert_eq!(zone.to_utc(repeated), repeated - 2 * HOUR);
        let ordinary = time([2024.0, 5.0, 1.0, 12.0, 0.0, 0.0, 0.0]);
        assert_eq!(zone.to_utc(ordinary), ordinary - 2 * HOUR);
    }

    #[test]
    fn what_is_no_zone_is_utc() {
        for text in ["", "UTC", "../../etc/passwd", "No/Such_Zone", "\u{1F600}"] {
            assert_eq!(Zone::named(text).offset(0), 0, "{text}");
        }
    }
}
