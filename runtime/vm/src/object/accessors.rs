//! Accessors of object literals: closures in properties whose names no program can write. Objects without any pay nothing:
//! whether the program has such names at all is one flag.
//!
//! Code that lists properties and reads them (JSON, spread, `Object.entries`) calls the program here. What it gets is
//! pinned: built-ins hold values in places where the collector does not look.

use raya_abi::names::{GETTER_PREFIX, SETTER_PREFIX};

use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::PlainObject;
use crate::run::Next;
use crate::run::frames::{RETURN_CHECKED, RETURN_DROPPED};
use crate::value::Value;
use crate::vm::Vm;

/// Whether a property is one that listings pass over: `[Symbol.iterator]` is kept as `@@iterator`.
pub(crate) fn is_symbol(name: &str) -> bool {
    name.starts_with("@@")
}

/// An own property as a listing sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Listed {
    /// A value.
    Value(Value),
    /// Computed: a getter, a setter, or both.
    Accessor {
        /// Runs when it is read.
        get: Option<Value>,
        /// It can be written.
        set: bool,
    },
}

impl Vm {
    /// The getter of `name`.
    pub(crate) fn literal_getter(&mut self, object: Gc<PlainObject>, name: &str) -> Option<Value> {
        if !self.names.has_accessors {
            return None;
        }
        self.own_property(object, &format!("{GETTER_PREFIX}{name}"))
    }

    /// The setter of `name`.
    fn literal_setter(&mut self, object: Gc<PlainObject>, name: &str) -> Option<Value> {
        if !self.names.has_accessors {
            return None;
        }
        self.own_property(object, &format!("{SETTER_PREFIX}{name}"))
    }

    /// Begins the call of a getter, if `name` has one.
    pub(crate) fn begin_getter(
        &mut self,
        object: Gc<PlainObject>,
        name: &str,
    ) -> Result<Option<Next>, Thrown> {
        match self.literal_getter(object, name).and_then(Value::as_closure) {
            Some(getter) => self.call_closure(getter, &[], RETURN_CHECKED).map(Some),
            None => Ok(None),
        }
    }

    /// Begins the call of a setter, if `name` has one; one that can only be read throws.
    pub(crate) fn begin_setter(
        &mut self,
        object: Gc<PlainObject>,
        name: &str,
        value: Value,
    ) -> Result<Option<Next>, Thrown> {
        if !self.names.has_accessors {
            return Ok(None);
        }
        match self.literal_setter(object, name).and_then(Value::as_closure) {
            Some(setter) => self.call_closure(setter, &[value], RETURN_DROPPED).map(Some),
            None if self.literal_getter(object, name).is_some() => Err(self.only_read(name)),
            None => Ok(None),
        }
    }

    #[cold]
    fn only_read(&mut self, name: &str) -> Thrown {
        self.error(ErrorKind::Type, &format!("property '{name}' has a getter only: it cannot be set"))
    }

    /// Reads property `name` as the program would, for built-ins; absent ones are null.
    pub(crate) fn read_computed(&mut self, object: Gc<PlainObject>, name: &str) -> Result<Value, Thrown> {
        match self.literal_getter(object, name) {
            Some(getter) => self.call_pinned(getter),
            None => Ok(Value::NULL),
        }
    }

    /// Runs the setter of `name`; whether there is one.
    pub(crate) fn write_computed(
        &mut self,
        object: Gc<PlainObject>,
        name: &str,
        value: Value,
    ) -> Result<bool, Thrown> {
        match self.literal_setter(object, name) {
            Some(setter) => self.call(setter, &[value]).map(|_| true),
            None if self.literal_getter(object, name).is_some() => Err(self.only_read(name)),
            None => Ok(false),
        }
    }

    fn call_pinned(&mut self, getter: Value) -> Result<Value, Thrown> {
        let value = self.call(getter, &[])?;
        let value = if value.is_absent() { Value::NULL } else { value };
        self.pinned.push(value);
        Ok(value)
    }

    /// Names of an object's own properties and what each is, in order; nothing is run.
    pub(crate) fn listed_properties(&mut self, object: Gc<PlainObject>) -> Vec<(String, Listed)> {
        let raw = self.own_properties(object);
        let mut listed: Vec<(String, Listed)> = Vec::with_capacity(raw.len());
        for (name, value) in raw {
            let (name, getter) = match (name.strip_prefix(GETTER_PREFIX), name.strip_prefix(SETTER_PREFIX)) {
                (Some(shown), _) => (shown.to_owned(), true),
                (_, Some(shown)) => (shown.to_owned(), false),
                _ => {
                    listed.push((name, Listed::Value(value)));
                    continue;
                }
            };
            let own = match getter {
                true => Listed::Accessor { get: Some(value), set: false },
                false => Listed::Accessor { get: None, set: true },
            };
            match listed.iter_mut().find(|(known, _)| *known == name) {
                Some((_, Listed::Accessor { get, set })) => match getter {
                    true => *get = Some(value),
                    false => *set = true,
                },
                Some((_, before)) => *before = own,
                None => listed.push((name, own)),
            }
        }
        listed
    }

    /// Names and values of an object's own properties, in order; getters are run. This may collect garbage: what the
    /// caller holds besides its arguments and these values must be pinned.
    pub(crate) fn read_properties(
        &mut self,
        object: Gc<PlainObject>,
    ) -> Result<Vec<(String, Value)>, Thrown> {
        if !self.names.has_accessors {
            return Ok(self.own_properties(object));
        }
        let listed = self.listed_properties(object);
        for (_, one) in &listed {
            if let Listed::Value(value) = one {
                self.pinned.push(*value);
            }
        }
        let mut values = Vec::with_capacity(listed.len());
        for (name, one) in listed {
            let value = match one {
                Listed::Value(value) => value,
                Listed::Accessor { get: Some(getter), .. } => self.call_pinned(getter)?,
                Listed::Accessor { get: None, .. } => Value::NULL,
            };
            values.push((name, value));
        }
        Ok(values)
    }

    /// Whether an object has a property of this name, computed ones included.
    pub(crate) fn has_computed(&mut self, object: Gc<PlainObject>, name: &str) -> bool {
        self.literal_getter(object, name).is_some() || self.literal_setter(object, name).is_some()
    }
}
