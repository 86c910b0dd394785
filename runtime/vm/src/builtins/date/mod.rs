//! `Date`: milliseconds since 1970, in UTC and in the local time of the machine.

mod civil;
mod parse;
mod show;
mod zone;

use core::cell::Cell;

use super::Outcome;
use crate::error::Thrown;
use crate::heap::boxed::{Body, Json};
use crate::value::Value;
use crate::vm::{Arguments, Vm};
use crate::world::clock::milliseconds_since_1970;

use civil::{Parts, clipped, time_of};
use parse::Read;
use zone::Zone;

builtins! {
    "Date.new" = "raya_builtin_Date_new" => new;
    "Date.now" = "raya_builtin_Date_now" => now;
    "Date.parse" = "raya_builtin_Date_parse" => parse;
    "Date.UTC" = "raya_builtin_Date_UTC" => utc;
    "Date.getTime" = "raya_builtin_Date_getTime" => get_time;
    "Date.setTime" = "raya_builtin_Date_setTime" => set_time;
    "Date.getTimezoneOffset" = "raya_builtin_Date_getTimezoneOffset" => get_timezone_offset;
    "Date.part" = "raya_builtin_Date_part" => part;
    "Date.setParts" = "raya_builtin_Date_setParts" => set_parts;
    "Date.toISOString" = "raya_builtin_Date_toISOString" => to_iso_string;
    "Date.toJSON" = "raya_builtin_Date_toJSON" => to_json;
    "Date.show" = "raya_builtin_Date_show" => show;
}

/// The state of a date.
struct Instant {
    /// Clipped; NaN for an invalid date.
    time: Cell<f64>,
}

impl Instant {
    /// Milliseconds since 1970; none for an invalid date.
    fn time(&self) -> Option<i64> {
        let time = self.time.get();
        (!time.is_nan()).then_some(time as i64)
    }

    fn iso(&self) -> String {
        self.time().map_or(show::INVALID.to_owned(), show::iso)
    }
}

impl Body for Instant {
    fn class_name(&self) -> &'static str {
        "Date"
    }

    fn text(&self) -> String {
        show::show(self.time(), show::Form::Whole)
    }

    fn inspect(&self) -> String {
        self.iso()
    }

    fn json(&self) -> Json {
        if self.time().is_some() { Json::Text(self.iso()) } else { Json::Null }
    }
}

impl Vm {
    fn date<'a>(&mut self, arguments: Arguments<'_>) -> Result<&'a Instant, Thrown> {
        let value = arguments.get(0);
        value.as_body::<Instant>().ok_or_else(|| self.expected("a Date", value))
    }
}

/// The time in UTC of a local time.
fn from_local(time: f64) -> f64 {
    // A day more than a date may be away, so that every zone can bring it back.
    if time.abs() > 8.64e15 + civil::DAY as f64 || time.is_nan() {
        return f64::NAN;
    }
    Zone::with_local(|zone| zone.to_utc(time as i64)) as f64
}

/// The parts that are given from argument `first` on, over those of the first day of a year. One argument is the year.
fn given_parts(vm: &mut Vm, arguments: Arguments<'_>, first: usize) -> Result<[f64; 7], Thrown> {
    let mut parts = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    for (index, part) in parts.iter_mut().enumerate() {
        if !arguments.get(first + index).is_nullish() {
            *part = vm.number_argument(arguments, first + index)?;
        }
    }
    let year = parts[0].trunc();
    if (0.0..=99.0).contains(&year) {
        parts[0] = 1900.0 + year;
    }
    Ok(parts)
}

fn parsed(text: &str) -> f64 {
    match parse::parse(text) {
        Some(Read::Utc(time)) => clipped(time),
        Some(Read::Local(time)) => clipped(from_local(time)),
        None => f64::NAN,
    }
}

fn new(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let value = arguments.get(0);
    let several = (1..arguments.count()).any(|index| !arguments.get(index).is_nullish());
    let time = if several {
        clipped(from_local(time_of(given_parts(vm, arguments, 0)?)))
    } else if let Some(other) = value.as_body::<Instant>() {
        other.time.get()
    } else if let Some(text) = value.as_string() {
        parsed(text.as_str())
    } else if value.is_absent() {
        milliseconds_since_1970()
    } else if value.is_nullish() {
        0.0
    } else {
        clipped(vm.number_argument(arguments, 0)?)
    };
    let body = Box::new(Instant { time: Cell::new(time) });
    Ok(Value::reference(vm.heap.boxed(body, size_of::<Instant>())))
}

fn now(_: &mut Vm, _: Arguments<'_>) -> Outcome {
    Ok(Value::number(milliseconds_since_1970()))
}

fn parse(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::number(parsed(vm.string_argument(arguments, 0)?.as_str())))
}

fn utc(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::number(clipped(time_of(given_parts(vm, arguments, 0)?))))
}

fn get_time(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::number(vm.date(arguments)?.time.get()))
}

fn set_time(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let time = clipped(vm.number_argument(arguments, 1)?);
    vm.date(arguments)?.time.set(time);
    Ok(Value::number(time))
}

fn get_timezone_offset(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let minutes = vm.date(arguments)?.time().map(|time| {
        let offset = Zone::with_local(|zone| zone.offset(time));
        // Never -0.
        0.0 - offset as f64 / 60_000.0
    });
    Ok(Value::number(minutes.unwrap_or(f64::NAN)))
}

/// A date's time as the parts of it see it: in UTC, or in local time.
fn seen(time: i64, local: bool) -> i64 {
    if local { time + Zone::with_local(|zone| zone.offset(time)) } else { time }
}

/// Part number argument 1, in local time if argument 2 says so.
fn part(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let date = vm.date(arguments)?;
    let index = vm.int_argument(arguments, 1)? as usize;
    let local = arguments.get(2) == Value::TRUE;
    let part = date.time().and_then(|time| Parts::of(seen(time, local)).numbers().get(index).copied());
    Ok(Value::number(part.unwrap_or(f64::NAN)))
}

/// Sets the parts from number argument 1 on to the arguments from 3 on; the others stay.
fn set_parts(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let date = vm.date(arguments)?;
    let first = vm.int_argument(arguments, 1)? as usize;
    let local = arguments.get(2) == Value::TRUE;
    let known = match date.time() {
        Some(time) => seen(time, local),
        // A year makes a date of what is none.
        None if first == 0 => 0,
        None => return Ok(Value::number(f64::NAN)),
    };
    let [mut parts @ .., _] = Parts::of(known).numbers();
    for (index, part) in parts.iter_mut().skip(first).enumerate() {
        if !arguments.get(3 + index).is_nullish() {
            *part = vm.number_argument(arguments, 3 + index)?;
        }
    }
    let time = time_of(parts);
    let time = clipped(if local { from_local(time) } else { time });
    date.time.set(time);
    Ok(Value::number(time))
}

fn to_iso_string(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    match vm.date(arguments)?.time() {
        Some(time) => vm.new_string(&show::iso(time)),
        None => Err(vm.range_error("Invalid time value")),
    }
}

fn to_json(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    match vm.date(arguments)?.time() {
        Some(time) => vm.new_string(&show::iso(time)),
        None => Ok(Value::NULL),
    }
}

fn show(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let time = vm.date(arguments)?.time();
    let form = match vm.int_argument(arguments, 1)? {
        0 => show::Form::Whole,
        1 => show::Form::Date,
        2 => show::Form::Time,
        3 => show::Form::Utc,
        4 => show::Form::LocaleDate,
        5 => show::Form::LocaleTime,
        _ => show::Form::Locale,
    };
    vm.new_string(&show::show(time, form))
}
