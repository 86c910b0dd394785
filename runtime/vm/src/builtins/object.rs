//! `Object`, and objects used as dictionaries.

use super::Outcome;
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::object::{ElementKind, PlainObject};
use crate::object::accessors::is_symbol;
use crate::object::shapes::DICTIONARY;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Object.keys" = "raya_builtin_Object_keys" => keys;
    "Object.values" = "raya_builtin_Object_values" => values;
    "Object.entries" = "raya_builtin_Object_entries" => entries;
    "Object.assignAll" = "raya_builtin_Object_assignAll" => assign;
    "Object.freeze" = "raya_builtin_Object_freeze" => freeze;
    "Object.isFrozen" = "raya_builtin_Object_isFrozen" => is_frozen;
    "Object.fromEntries" = "raya_builtin_Object_fromEntries" => from_entries;
    "Object.hasOwn" = "raya_builtin_Object_hasOwn" => has_own;
    "Object.read" = "raya_builtin_Object_read" => read;
    "Object.write" = "raya_builtin_Object_write" => write;
    "Object.remove" = "raya_builtin_Object_remove" => remove;
    "Object.without" = "raya_builtin_Object_without" => without;
}

/// The own properties of anything that has some.
fn properties(vm: &mut Vm, value: Value) -> Result<Vec<(String, Value)>, Thrown> {
    if let Some(object) = value.as_plain() {
        let mut properties = vm.read_properties(object)?;
        properties.retain(|(name, _)| !is_symbol(name));
        return Ok(properties);
    }
    if let Some(array) = value.as_array() {
        return Ok(array.iter().enumerate().map(|(index, element)| (index.to_string(), element)).collect());
    }
    if value.is_reference() { Ok(Vec::new()) } else { Err(vm.expected("an object", value)) }
}

fn keys(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let names: Vec<String> = match arguments.get(0).as_plain() {
        Some(object) => {
            let names = vm.listed_properties(object).into_iter().map(|(name, _)| name);
            names.filter(|name| !is_symbol(name)).collect()
        }
        None => properties(vm, arguments.get(0))?.into_iter().map(|(name, _)| name).collect(),
    };
    let result = vm.heap.array(ElementKind::Any, names.len());
    for name in names {
        let name = vm.new_string(&name)?;
        // Any value fits.
        let _ = vm.heap.array_push(result, name);
    }
    Ok(Value::reference(result))
}

fn values(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let values: Vec<Value> = properties(vm, arguments.get(0))?.into_iter().map(|(_, value)| value).collect();
    Ok(Value::reference(vm.heap.array_of(&values)))
}

fn entries(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let properties = properties(vm, arguments.get(0))?;
    let result = vm.heap.array(ElementKind::Any, properties.len());
    for (name, value) in properties {
        let name = vm.new_string(&name)?;
        let pair = vm.heap.array_of(&[name, value]);
        // Any value fits.
        let _ = vm.heap.array_push(result, Value::reference(pair));
    }
    Ok(Value::reference(result))
}

fn assign(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    for index in 1..arguments.count() {
        let source = arguments.get(index);
        let Some(properties) = source.as_plain() else {
            vm.copy_properties(arguments.get(0), source)?;
            continue;
        };
        for (name, value) in vm.read_properties(properties)? {
            let name = vm.new_string(&name)?;
            vm.set_computed(arguments.get(0), name, value)?;
        }
    }
    Ok(arguments.get(0))
}

fn freeze(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    if let Some(object) = arguments.get(0).as_plain() {
        if object.shape() == DICTIONARY {
            vm.freeze_dictionary(object)?;
            return Ok(arguments.get(0));
        }
        let frozen = vm.shapes.frozen(object.shape());
        object.set_shape(frozen);
    }
    Ok(arguments.get(0))
}

fn is_frozen(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let frozen = match arguments.get(0).as_plain() {
        Some(object) => vm.shapes.get(object.shape()).frozen,
        None => !arguments.get(0).is_reference() || arguments.get(0).as_string().is_some(),
    };
    Ok(Value::boolean(frozen))
}

fn from_entries(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    if let Some(map) = arguments.get(0).as_map() {
        let entries: Vec<(Value, Value)> = map.entries().collect();
        let object = vm.new_object(entries.len());
        for (name, value) in entries {
            let name = vm.to_text(name)?;
            vm.set_computed(Value::reference(object), name, value)?;
        }
        return Ok(Value::reference(object));
    }
    let entries = vm.array_argument(arguments, 0)?;
    let object = vm.new_object(entries.length());
    for entry in entries.iter() {
        let pair = entry.as_array().map(|pair| (pair.get(0), pair.get(1)));
        let Some((Some(name), Some(value))) = pair else {
            return Err(vm.expected("an entry [key, value]", entry));
        };
        let name = vm.to_text(name)?;
        vm.set_computed(Value::reference(object), name, value)?;
    }
    Ok(Value::reference(object))
}

/// The own property that a string names.
fn lookup(vm: &mut Vm, object: Gc<PlainObject>, key: Value) -> Option<Value> {
    if object.shape() == DICTIONARY {
        return object.slots()[0].get().as_map()?.get(key);
    }
    vm.own_property(object, key.as_string()?.as_str())
}

fn has_own(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let object = vm.object_argument(arguments, 0)?;
    let key = arguments.get(1);
    let has = lookup(vm, object, key).is_some()
        || key.as_string().is_some_and(|key| vm.has_computed(object, key.as_str()));
    Ok(Value::boolean(has))
}

fn read(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let object = vm.object_argument(arguments, 0)?;
    match (lookup(vm, object, arguments.get(1)), arguments.get(1).as_string()) {
        (Some(value), _) => Ok(value),
        (None, Some(key)) => vm.read_computed(object, key.as_str()),
        (None, None) => Ok(Value::NULL),
    }
}

fn write(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let object = vm.object_argument(arguments, 0)?;
    let (key, value) = (arguments.get(1), arguments.get(2));
    if let Some(key) = key.as_string()
        && vm.write_computed(object, key.as_str(), value)?
    {
        return Ok(value);
    }
    if object.shape() == DICTIONARY
        && key.as_string().is_some()
        && let Some(map) = object.slots()[0].get().as_map()
    {
        vm.heap.map_set(map, key, if value.is_absent() { Value::NULL } else { value });
    } else {
        vm.set_computed(arguments.get(0), key, value)?;
    }
    Ok(value)
}

fn remove(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let object = vm.object_argument(arguments, 0)?;
    if vm.class_of(arguments.get(0)).is_some() || vm.shapes.get(object.shape()).frozen {
        let found = vm.describe(arguments.get(0));
        return Err(vm.error(crate::error::ErrorKind::Type, &format!("cannot delete a property of {found}")));
    }
    if lookup(vm, object, arguments.get(1)).is_none() {
        return Ok(Value::FALSE);
    }
    vm.make_dictionary(object);
    let removed = match object.slots()[0].get().as_map() {
        Some(map) => vm.heap.map_delete(map, arguments.get(1)),
        None => false,
    };
    Ok(Value::boolean(removed))
}

fn without(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let properties = properties(vm, arguments.get(0))?;
    let names = vm.array_argument(arguments, 1)?;
    let result = vm.new_object(properties.len());
    for (name, value) in properties {
        if !names.iter().any(|known| known.as_string().is_some_and(|known| known.as_str() == name)) {
            vm.set_property(result, &name, value)?;
        }
    }
    Ok(Value::reference(result))
}
