//! What makes objects, and calls of built-ins and natives: handlers that call out, and then still end in a jump.
//!
//! None of them collects: where a collection is wanted, the plain loop takes over. An error that nothing was done before is
//! left to it as well, which meets it again; an error of a built-in or a native is handed over.

use core::cell::Cell;

use super::{State, handlers};
use crate::error::Thrown;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

/// The `n` values that begin at register `c`.
#[inline(always)]
fn window<'a>(state: State) -> &'a [Cell<Value>] {
    let instruction = state.instruction();
    // SAFETY: see `State`; whoever is called here does not touch the registers of the caller.
    unsafe {
        core::slice::from_raw_parts(
            state.base.add(instruction.c as usize).cast::<Cell<Value>>(),
            instruction.n as usize,
        )
    }
}

/// Goes on with a value that was made, or leaves.
#[inline(always)]
fn made(state: State, value: Value) {
    if value.is_absent() {
        return state.leave();
    }
    state.set(value);
    state.next();
}

/// Goes on with a result, or hands over an error.
#[inline(always)]
fn called(state: State, result: Result<Value, Thrown>) {
    match result {
        Ok(value) => {
            state.set(value);
            state.next();
        }
        Err(thrown) => state.throw(thrown),
    }
}

/// A value, or absent where it could not be made.
fn or_absent(result: Result<Value, Thrown>) -> Value {
    result.unwrap_or(Value::ABSENT)
}

#[inline(never)]
fn concatenated(vm: &mut Vm, left: Value, right: Value) -> Value {
    if left.as_string().is_none() || right.as_string().is_none() {
        return Value::ABSENT;
    }
    or_absent(vm.concatenate(left, right))
}

#[inline(never)]
fn text_appended(vm: &mut Vm, left: Value, right: Value) -> Value {
    // The text of anything else may be long in the making, and wrong.
    if left.as_string().is_none() || !(right.is_int() || right.as_string().is_some()) {
        return Value::ABSENT;
    }
    or_absent(vm.concatenate_text(left, right))
}

#[inline(never)]
fn instance(vm: &mut Vm, class: u16) -> Value {
    Value::reference(vm.new_instance(u32::from(class)))
}

#[inline(never)]
fn literal(vm: &mut Vm, shape: u16, values: &[Cell<Value>]) -> Value {
    or_absent(vm.new_literal(shape, values))
}

#[inline(never)]
fn array(vm: &mut Vm, kind: u16, values: &[Cell<Value>]) -> Value {
    or_absent(vm.new_array(kind, values))
}

#[inline(never)]
fn closure(vm: &mut Vm, function: u16, captures: &[Cell<Value>]) -> Value {
    Value::reference(vm.heap.closure_of(u32::from(function), captures))
}

#[inline(never)]
fn cell(vm: &mut Vm, value: Value) -> Value {
    Value::reference(vm.heap.cell(value))
}

#[inline(never)]
fn native(vm: &mut Vm, index: u16, arguments: &[Cell<Value>]) -> Result<Value, Thrown> {
    vm.call_native(u32::from(index), Arguments::new(arguments))
}

/// Handlers of operations that make an object of their operands.
macro_rules! makers {
    ($($name:ident: |$state:ident, $vm:ident| $value:expr;)+) => {
        handlers! {$(
            fn $name($state) {
                let $vm = $state.vm();
                if $vm.heap.wants_collection() {
                    return $state.leave();
                }
                $state.called_from_here();
                let value = $value;
                made($state, value)
            }
        )+}
    };
}

makers! {
    concatenate: |state, vm| concatenated(vm, state.b(), state.c());
    concatenate_text: |state, vm| text_appended(vm, state.b(), state.c());
    new_instance: |state, vm| instance(vm, state.instruction().b);
    new_object: |state, vm| literal(vm, state.instruction().b, window(state));
    new_array: |state, vm| array(vm, state.instruction().b, window(state));
    new_closure: |state, vm| closure(vm, state.instruction().b, window(state));
    new_cell: |state, vm| cell(vm, state.b());
}

handlers! {
    fn call_builtin(state) {
        let vm = state.vm();
        if vm.heap.wants_collection() {
            return state.leave();
        }
        state.called_from_here();
        // SAFETY: the verifier compared the operand with the table.
        let call = unsafe { *vm.builtins.get_unchecked(state.instruction().b as usize) };
        called(state, call(vm, Arguments::new(window(state))))
    }

    fn call_native(state) {
        let vm = state.vm();
        if vm.heap.wants_collection() {
            return state.leave();
        }
        state.called_from_here();
        called(state, native(vm, state.instruction().b, window(state)))
    }
}
