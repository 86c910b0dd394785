//! Calls of the program's own functions, and returns from them.

use super::super::frames::{Frame, RETURN_USUAL};
use super::super::{FunctionInfo, SITE_METHOD};
use super::{State, handlers};
use crate::heap::Gc;
use crate::heap::object::ClosureObject;
use crate::value::Value;

/// Begins a call at `pc` of `callee`, whose registers begin at `window`.
#[inline(always)]
fn enter(
    mut state: State,
    callee: &FunctionInfo,
    pc: *const raya_bytecode::Instruction,
    window: *mut Value,
    closure: Option<Gc<ClosureObject>>,
) {
    let frames = &mut state.vm().frames;
    // A task needs more than room: its functions ask for more than there is.
    if !frames.has_room(window.wrapping_add(callee.room)) {
        return state.leave();
    }
    // SAFETY: code follows every call.
    let back = unsafe { state.pc.add(1) };
    frames.enter(back, Frame { pc, base: window, function: callee, closure, marker: RETURN_USUAL });
    state.pc = pc;
    state.base = window;
    state.sites = callee.sites;
    state.go()
}

/// The function with this index.
#[inline(always)]
fn function<'a>(state: State, index: usize) -> &'a FunctionInfo {
    // SAFETY: the verifier compared indices of functions with the table, which does not change while the machine lives.
    unsafe { &*state.vm().functions.as_ptr().add(index) }
}

/// Begins a call whose callee was found when the program ran, if it takes just the arguments that are there.
#[inline(always)]
fn enter_checked(state: State, callee: &FunctionInfo, closure: Option<Gc<ClosureObject>>, skip: usize) {
    if callee.exact != u32::from(state.instruction().n) {
        return state.leave();
    }
    // SAFETY: the window begins inside the caller's registers, and no more is skipped than a check that was made.
    let (window, pc) = unsafe { (state.base.add(state.instruction().c as usize), callee.code.add(skip)) };
    enter(state, callee, pc, window, closure)
}

handlers! {
    fn call_function(state) {
        let callee = function(state, state.instruction().b as usize);
        // SAFETY: the window begins inside the caller's registers.
        let window = unsafe { state.base.add(state.instruction().c as usize) };
        enter(state, callee, callee.direct, window, None)
    }

    fn call_value(state) {
        match state.register(state.instruction().c - 1).as_closure() {
            Some(closure) => {
                enter_checked(state, function(state, closure.function() as usize), Some(closure), 0)
            }
            None => state.leave(),
        }
    }

    fn call_method(state) {
        let Some(object) = state.c().as_object() else { return state.leave() };
        let site = state.site(state.instruction().b);
        if super::super::site_key(object) | SITE_METHOD != site.key {
            return state.leave();
        }
        let callee = function(state, site.function as usize);
        enter_checked(state, callee, None, callee.checks_receiver as usize)
    }

    fn return_value(state) {
        leave_call(state, state.a())
    }

    fn return_null(state) {
        leave_call(state, Value::NULL)
    }
}

/// Ends the innermost call, if it was called the usual way.
#[inline(always)]
fn leave_call(mut state: State, value: Value) {
    let frames = &mut state.vm().frames;
    if frames.top_marker() != RETURN_USUAL {
        return state.leave();
    }
    frames.pop();
    let (pc, base, function) = frames.top_place();
    state.pc = pc;
    state.base = base;
    // SAFETY: a frame's function is one of the program's; the caller stopped behind its call, whose `a` is one of its
    // registers.
    unsafe {
        state.sites = (*function).sites;
        *base.add((*pc.sub(1)).a as usize) = value;
    }
    state.go()
}
