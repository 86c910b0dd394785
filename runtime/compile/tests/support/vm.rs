//! Runs compiled trees on the real machine, with the test's `log` as their only built-in.

use std::cell::RefCell;

use raya_bytecode::{Program, verify};
use raya_vm::{Arguments, Config, Ended, Host, Primitive, Thrown, Vm};

use super::tree::Value;

thread_local! {
    static LOG: RefCell<Vec<Option<Value>>> = const { RefCell::new(vec![]) };
}

struct Quiet;

impl Host for Quiet {
    fn write_output(&mut self, _bytes: &[u8]) {}
    fn write_error(&mut self, _bytes: &[u8]) {}
    fn flush(&mut self) {}
    fn read_input(&mut self, _buffer: &mut [u8]) -> usize {
        0
    }
    fn arguments(&mut self) -> Vec<String> {
        vec![]
    }
}

/// A value of the machine, where it is one that trees know; `None` for objects.
fn value(value: raya_vm::Value) -> Option<Value> {
    Some(match value.primitive() {
        Primitive::Null => Value::Null,
        Primitive::Boolean(value) => Value::Boolean(value),
        Primitive::Int(value) => Value::Int(value),
        Primitive::Number(value) => Value::number(value),
        _ => return None,
    })
}

fn log(_vm: &mut Vm, arguments: Arguments<'_>) -> Result<raya_vm::Value, Thrown> {
    let last = match arguments.count() {
        0 => return Ok(raya_vm::Value::NULL),
        count => arguments.get(count - 1),
    };
    LOG.with_borrow_mut(|log| log.extend((0..arguments.count()).map(|index| value(arguments.get(index)))));
    match last.primitive() {
        Primitive::Int(value) if value % 7 == 0 => Err(Thrown(last)),
        _ => Ok(last),
    }
}

/// Runs a program: its value, or `None` if it threw, and what it logged.
pub fn run(program: &Program, gc_stress: bool) -> (Option<Option<Value>>, Vec<Option<Value>>) {
    LOG.with_borrow_mut(Vec::clear);
    let verified = verify(program.clone()).expect("verifies");
    let builtins = verified.builtins.iter().map(|_| log as raya_vm::BuiltinFunction).collect();
    let config = Config { gc_stress, ..Config::default() };
    let mut vm = Vm::new(verified, builtins, vec![], config, Box::new(Quiet));
    let result = match vm.run() {
        Ok(found) => Some(value(found)),
        Err(Ended::Uncaught(_)) => None,
        Err(_) => panic!("ended in another way"),
    };
    (result, LOG.with_borrow(Clone::clone))
}
