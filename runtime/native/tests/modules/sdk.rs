//! A module that uses what `raya-native` offers.

use std::cell::Cell;

use raya_native::{Array, Context, Error, Function, NativeType, Object, Value, function, module};

#[function]
fn fails(text: &str) -> Result<i32, Error> {
    Ok(text.parse::<i32>()?)
}

#[function]
fn missing_file() -> Result<String, Error> {
    Ok(std::fs::read_to_string("/nowhere/at all")?)
}

#[function]
fn panics(index: u32) -> i32 {
    [1, 2, 3][index as usize]
}

#[function]
fn sum(numbers: Vec<f64>) -> f64 {
    numbers.iter().sum()
}

#[function]
fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

#[function]
fn zeros(length: u32) -> Vec<u8> {
    vec![0; length as usize]
}

#[function]
fn small(number: u8) -> u8 {
    number
}

#[function]
fn big() -> u64 {
    u64::MAX
}

#[function]
fn optional(name: Option<String>) -> Option<String> {
    name.map(|name| format!("hello {name}"))
}

#[function]
fn apply(context: &Context, function: Function, value: Value) -> Result<Value, Error> {
    function.call(context, &[value])
}

#[function]
fn apply_borrowing(context: &Context, _bytes: &[u8], function: Function) -> Result<Value, Error> {
    function.call(context, &[])
}

#[function]
fn recover(context: &Context, function: Function) -> String {
    match function.call(context, &[]) {
        Ok(_) => "fine".to_owned(),
        Err(error) => format!("recovered from: {error}"),
    }
}

#[function]
fn describe(context: &Context, object: Object) -> Result<Array, Error> {
    let keys = object.keys(context)?;
    let array = context.new_array(keys.len())?;
    for (index, key) in keys.iter().enumerate() {
        let made = context.new_object()?;
        made.set(context, "key", key.as_str())?;
        made.set(context, "value", object.get(context, key)?)?;
        array.set(context, index, made)?;
    }
    Ok(array)
}

struct Counter(Cell<i32>);

impl NativeType for Counter {
    const NAME: &'static str = "Counter";
}

#[function]
fn counter(start: i32) -> Counter {
    Counter(Cell::new(start))
}

#[function]
fn next(counter: &Counter) -> i32 {
    counter.0.set(counter.0.get() + 1);
    counter.0.get()
}

#[function]
fn quotient(left: i32, right: i32) -> i32 {
    left / right
}

#[function]
fn measure(text: &str, twice: bool, factor: f64) -> f64 {
    text.chars().count() as f64 * if twice { 2.0 } else { 1.0 } * factor
}

#[function]
fn nothing() {}

#[module(name = "sdk", version = "1.0.0")]
mod sdk_module {
    exports! {
        type Counter,
        fails, missing_file, panics, sum, reversed, zeros, small, big, optional, apply, apply_borrowing, recover, describe,
        counter, next, quotient, measure, nothing,
    }
}
