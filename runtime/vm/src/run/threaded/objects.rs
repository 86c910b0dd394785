//! Properties through their sites' caches, elements, captured variables, strings.

use raya_abi::Representation;

use super::super::{SITE_SLOT, kind_bit};
use super::{State, handlers};
use crate::heap::Gc;
use crate::heap::object::{ElementKind, PlainObject};
use crate::value::Value;

/// The object that a site's cache speaks of, and what it says, if it knows the object.
#[inline(always)]
fn known(state: State, subject: Value, site: u16) -> Option<(Gc<PlainObject>, &'static super::SiteCache)> {
    let object = subject.as_object()?;
    let site = state.site(site);
    if super::super::site_key(object) | SITE_SLOT == site.key {
        // SAFETY: only sites of objects with slots are of this kind.
        Some((unsafe { object.cast() }, site))
    } else {
        None
    }
}

/// The value of a property whose site knows the object.
#[inline(always)]
fn property(state: State) -> Option<Value> {
    let (object, site) = known(state, state.b(), state.instruction().c)?;
    // SAFETY: objects of a cached shape have the cached word.
    Some(unsafe { object.slot_unchecked(site.word as usize).get() })
}

/// An element of an array of one kind.
macro_rules! element {
    ($state:ident, $kind:ident, |$value:ident: $layout:ty| $found:expr) => {{
        let index = $state.c().int_bits() as u32 as usize;
        let Some(array) = $state.b().reference_as_array() else { return $state.leave() };
        if array.element_kind() != ElementKind::$kind || index >= array.length() {
            return $state.leave();
        }
        // SAFETY: there is an element at this index, and this is the layout of its kind.
        let $value = unsafe { *array.data().cast::<$layout>().add(index) };
        $state.finish($found)
    }};
}

handlers! {
    fn get_property(state) {
        state.finish(property(state).filter(|value| !value.is_absent()))
    }

    fn get_property_int(state) {
        state.finish(property(state).filter(|value| value.is_int()))
    }

    fn get_property_number(state) {
        // An int that is converted comes this way so seldom that the plain loop may do it.
        state.finish(property(state).filter(|value| value.bits() < state.tag))
    }

    fn get_property_boolean(state) {
        state.finish(property(state).filter(|value| value.is_boolean()))
    }

    fn get_property_reference(state) {
        state.finish(property(state).filter(|value| value.is_reference()))
    }

    fn set_property(state) {
        let Some((object, site)) = known(state, state.a(), state.instruction().c) else { return state.leave() };
        let value = state.b();
        let kind = kind_bit(value);
        let fits = site.function & kind != 0 && !value.is_absent()
            || site.representation == Representation::Boolean && value.is_boolean();
        if !fits || (value.is_reference() && object.header().wants_barrier()) {
            return state.leave();
        }
        // SAFETY: objects of a cached shape have the cached word.
        unsafe { object.slot_unchecked(site.word as usize).set(value) };
        state.next()
    }

    fn array_length(state) {
        match state.b().reference_as_array() {
            Some(array) => {
                state.set_int(array.length() as i32);
                state.next()
            }
            None => state.leave(),
        }
    }

    fn get_element(state) {
        let index = state.c().int_bits() as u32 as usize;
        let Some(array) = state.b().reference_as_array() else { return state.leave() };
        if index >= array.length() {
            return state.leave();
        }
        // SAFETY: there is an element at this index; each arm reads the layout of its kind.
        let value = unsafe {
            match array.element_kind() {
                ElementKind::Any => *array.data().cast::<Value>().add(index),
                ElementKind::Number => Value::computed(*array.data().cast::<f64>().add(index)),
                ElementKind::Int => Value::tagged(state.tag, *array.data().cast::<i32>().add(index)),
            }
        };
        state.finish((!value.is_absent()).then_some(value))
    }

    fn get_element_int(state) {
        element!(state, Int, |value: i32| Some(Value::tagged(state.tag, value)))
    }

    fn get_element_number(state) {
        element!(state, Number, |value: f64| Some(Value::computed(value)))
    }

    fn get_element_reference(state) {
        element!(state, Any, |value: Value| value.is_reference().then_some(value))
    }

    fn set_element(state) {
        let (index, value) = (state.b().int_bits() as u32 as usize, state.c());
        match state.a().reference_as_array() {
            Some(array) if array.set_quickly(index, value) => state.next(),
            _ => state.leave(),
        }
    }

    fn array_push(state) {
        match state.a().reference_as_array() {
            Some(array) if array.push_quickly(state.b()) => state.next(),
            _ => state.leave(),
        }
    }

    fn string_length(state) {
        match state.b().reference_as_string() {
            Some(string) => {
                state.set_int(string.units() as i32);
                state.next()
            }
            None => state.leave(),
        }
    }

    fn char_code_at(state) {
        let index = state.c().int_bits() as u32 as usize;
        match state.b().reference_as_string() {
            Some(string) if string.is_ascii() && index < string.units() => {
                state.set_number(f64::from(string.as_bytes()[index]));
                state.next()
            }
            _ => state.leave(),
        }
    }

    fn get_capture(state) {
        state.finish(capture(state, state.instruction().b))
    }

    fn get_cell(state) {
        state.finish(state.b().as_cell().map(|cell| cell.value()))
    }

    fn set_cell(state) {
        set_cell_to(state, state.a(), state.b())
    }

    fn get_captured_cell(state) {
        let cell = capture(state, state.instruction().b).and_then(Value::as_cell);
        state.finish(cell.map(|cell| cell.value()))
    }

    fn set_captured_cell(state) {
        match capture(state, state.instruction().b) {
            Some(cell) => set_cell_to(state, cell, state.a()),
            None => state.leave(),
        }
    }
}

/// A capture of the running function.
#[inline(always)]
fn capture(state: State, index: u16) -> Option<Value> {
    let closure = state.vm().frames.top().closure?;
    closure.captures().get(index as usize).map(core::cell::Cell::get)
}

#[inline(always)]
fn set_cell_to(state: State, cell: Value, value: Value) {
    match cell.as_cell() {
        Some(cell) if !(value.is_reference() && cell.header().wants_barrier()) => {
            cell.set_unbarriered(value);
            state.next()
        }
        _ => state.leave(),
    }
}
