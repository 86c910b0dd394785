//! `Map` and `Set`.

use super::Outcome;
use crate::heap::object::{ElementKind, EntryPart, Kind};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Map.new" = "raya_builtin_Map_new" => map_new;
    "Map.size" = "raya_builtin_Map_size" => map_size;
    "Map.get" = "raya_builtin_Map_get" => map_get;
    "Map.set" = "raya_builtin_Map_set" => map_set;
    "Map.has" = "raya_builtin_Map_has" => map_has;
    "Map.delete" = "raya_builtin_Map_delete" => map_delete;
    "Map.clear" = "raya_builtin_Map_clear" => map_clear;
    "Map.keys" = "raya_builtin_Map_keys" => map_keys;
    "Map.values" = "raya_builtin_Map_values" => map_values;
    "Map.entries" = "raya_builtin_Map_entries" => map_entries;
    "Map.eachKey" = "raya_builtin_Map_eachKey" => map_each_key;
    "Map.eachValue" = "raya_builtin_Map_eachValue" => map_each_value;
    "Set.fromArray" = "raya_builtin_Set_fromArray" => set_from_array;
    "Set.size" = "raya_builtin_Set_size" => set_size;
    "Set.add" = "raya_builtin_Set_add" => set_add;
    "Set.has" = "raya_builtin_Set_has" => set_has;
    "Set.delete" = "raya_builtin_Set_delete" => set_delete;
    "Set.clear" = "raya_builtin_Set_clear" => set_clear;
    "Set.values" = "raya_builtin_Set_values" => set_values;
}

fn present(value: Value) -> Value {
    if value.is_absent() { Value::NULL } else { value }
}

fn map_new(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.heap.map(Kind::Map);
    let source = arguments.get(0);
    if let Some(source) = source.as_map() {
        for (key, value) in source.entries() {
            vm.heap.map_set(map, key, value);
        }
    } else if !source.is_nullish() {
        let entries = vm.array_argument(arguments, 0)?;
        for entry in entries.iter() {
            let Some(pair) = entry.as_array().filter(|pair| pair.length() == 2) else {
                return Err(vm.expected("an entry [key, value]", entry));
            };
            let (key, value) = (pair.get(0).unwrap_or(Value::NULL), pair.get(1).unwrap_or(Value::NULL));
            vm.heap.map_set(map, key, value);
        }
    }
    Ok(Value::reference(map))
}

fn map_size(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::int(vm.map_argument(arguments, 0)?.length() as i32))
}

fn map_get(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.map_argument(arguments, 0)?;
    Ok(map.get(present(arguments.get(1))).unwrap_or(Value::NULL))
}

fn map_set(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.map_argument(arguments, 0)?;
    vm.heap.map_set(map, present(arguments.get(1)), present(arguments.get(2)));
    Ok(arguments.get(0))
}

fn map_has(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(vm.map_argument(arguments, 0)?.has(present(arguments.get(1)))))
}

fn map_delete(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.map_argument(arguments, 0)?;
    Ok(Value::boolean(vm.heap.map_delete(map, present(arguments.get(1)))))
}

fn map_clear(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.map_argument(arguments, 0)?;
    vm.heap.map_clear(map);
    Ok(Value::NULL)
}

/// An array of what `pick` makes of each entry.
fn gather(
    vm: &mut Vm,
    map: crate::heap::Gc<crate::heap::object::MapObject>,
    pick: fn(&mut Vm, Value, Value) -> Value,
) -> Outcome {
    let result = vm.heap.array(ElementKind::Any, map.length());
    for (key, value) in map.entries() {
        let item = pick(vm, key, value);
        // Any value fits.
        let _ = vm.heap.array_push(result, item);
    }
    Ok(Value::reference(result))
}

fn map_keys(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.map_argument(arguments, 0)?;
    gather(vm, map, |_, key, _| key)
}

fn map_values(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.map_argument(arguments, 0)?;
    gather(vm, map, |_, _, value| value)
}

fn map_entries(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let map = vm.map_argument(arguments, 0)?;
    gather(vm, map, |vm, key, value| Value::reference(vm.heap.array_of(&[key, value])))
}

/// `for (const key of map.keys())`: the keys, without an array of them.
fn map_each_key(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    vm.map_argument(arguments, 0)?;
    Ok(Value::reference(vm.heap.iterator(arguments.get(0), EntryPart::Key)))
}

/// The same for `map.values()`.
fn map_each_value(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    vm.map_argument(arguments, 0)?;
    Ok(Value::reference(vm.heap.iterator(arguments.get(0), EntryPart::Value)))
}

fn set_from_array(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let set = vm.heap.map(Kind::Set);
    if !arguments.get(0).is_nullish() {
        for element in vm.array_argument(arguments, 0)?.iter() {
            vm.heap.map_set(set, element, Value::NULL);
        }
    }
    Ok(Value::reference(set))
}

fn set_size(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::int(vm.set_argument(arguments, 0)?.length() as i32))
}

fn set_add(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let set = vm.set_argument(arguments, 0)?;
    vm.heap.map_set(set, present(arguments.get(1)), Value::NULL);
    Ok(arguments.get(0))
}

fn set_has(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(vm.set_argument(arguments, 0)?.has(present(arguments.get(1)))))
}

fn set_delete(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let set = vm.set_argument(arguments, 0)?;
    Ok(Value::boolean(vm.heap.map_delete(set, present(arguments.get(1)))))
}

fn set_clear(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let set = vm.set_argument(arguments, 0)?;
    vm.heap.map_clear(set);
    Ok(Value::NULL)
}

fn set_values(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let set = vm.set_argument(arguments, 0)?;
    gather(vm, set, |_, key, _| key)
}
