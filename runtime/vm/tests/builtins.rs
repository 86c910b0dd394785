//! Built-ins, called as the run loop calls them.

mod support;

use std::cell::Cell;

use proptest::prelude::*;
use raya_vm::heap::object::{ElementKind, Kind};
use raya_vm::{Arguments, Value, Vm};
use support::*;

/// A machine whose program does nothing.
fn machine() -> Vm {
    let mut assembler = Assembler::new();
    assembler.function("main", 0, &[], &[op(Op::ReturnNull, 0, 0, 0, 0)]);
    assembler.machine(false).0
}

/// Calls a built-in; the result is inspected, an error gives its text.
fn call(vm: &mut Vm, name: &str, arguments: &[Value]) -> String {
    match call_value(vm, name, arguments) {
        Ok(value) => raya_vm::format::inspect(vm, value),
        Err(text) => text,
    }
}

fn call_value(vm: &mut Vm, name: &str, arguments: &[Value]) -> Result<Value, String> {
    let slots: Vec<Cell<Value>> = arguments.iter().map(|value| Cell::new(*value)).collect();
    let function = raya_vm::builtins::find(name).unwrap_or_else(|| panic!("no built-in {name}"));
    function(vm, Arguments::new(&slots)).map_err(|thrown| vm.uncaught(thrown).message)
}

fn text(vm: &mut Vm, text: &str) -> Value {
    vm.new_string(text).expect("a short string")
}

#[test]
fn strings_count_utf16_units() {
    let mut vm = machine();
    let string = text(&mut vm, "a😀b");
    for (name, arguments, expected) in [
        ("String.charAt", vec![string, int(1)], "'\u{FFFD}'"),
        ("String.charCodeAt", vec![string, int(1)], "55357"),
        ("String.charCodeAt", vec![string, int(2)], "56832"),
        ("String.codePointAt", vec![string, int(1)], "128512"),
        ("String.slice", vec![string, int(1), int(3)], "'😀'"),
        ("String.slice", vec![string, int(2)], "'\u{FFFD}b'"),
        ("String.slice", vec![string, int(-1)], "'b'"),
        ("String.substring", vec![string, int(3), int(1)], "'😀'"),
        ("String.at", vec![string, int(-1)], "'b'"),
        ("String.at", vec![string, int(9)], "null"),
        ("String.unit", vec![string, int(9)], "RangeError: index 9 is out of bounds of length 4"),
    ] {
        assert_eq!(call(&mut vm, name, &arguments), expected, "{name} {arguments:?}");
    }
    let needle = text(&mut vm, "b");
    assert_eq!(call(&mut vm, "String.indexOf", &[string, needle]), "3");
    assert_eq!(call(&mut vm, "String.lastIndexOf", &[string, needle]), "3");
}

#[test]
fn strings_are_edited() {
    let mut vm = machine();
    let string = text(&mut vm, " a-b-c ");
    let dash = text(&mut vm, "-");
    let sum = text(&mut vm, "[$&]$$");
    let five = int(10);
    for (name, arguments, expected) in [
        ("String.trim", vec![string], "'a-b-c'"),
        ("String.splitText", vec![string, dash], "[ ' a', 'b', 'c ' ]"),
        ("String.splitText", vec![string, dash, int(2)], "[ ' a', 'b' ]"),
        ("String.replaceText", vec![string, dash, sum], "' a[-]$b-c '"),
        ("String.replaceAllText", vec![string, dash, sum], "' a[-]$b[-]$c '"),
        ("String.padStart", vec![string, five, dash], "'--- a-b-c '"),
        ("String.padEnd", vec![string, five], "' a-b-c    '"),
        ("String.toUpperCase", vec![string], "' A-B-C '"),
        ("String.repeat", vec![dash, int(3)], "'---'"),
        ("String.repeat", vec![dash, int(-1)], "RangeError: a string cannot be repeated -1 times"),
    ] {
        assert_eq!(call(&mut vm, name, &arguments), expected, "{name}");
    }
}

#[test]
fn arrays_keep_their_kind_where_they_can() {
    let mut vm = machine();
    let ints = Value::reference(vm.heap().array_of_ints(&[3, 1, 2]));
    assert_eq!(call(&mut vm, "Array.push", &[ints, int(5), int(6)]), "5");
    assert_eq!(
        call(&mut vm, "Array.push", &[ints, Value::number(0.5)]),
        "TypeError: array element: expected int, found the number 0.5"
    );
    assert_eq!(call(&mut vm, "Array.splice", &[ints, int(1), int(2), int(9)]), "[ 1, 2 ]");
    assert_eq!(call(&mut vm, "Array.slice", &[ints, int(-2)]), "[ 5, 6 ]");
    assert_eq!(call(&mut vm, "Array.joinPlain", &[ints]), "'3,9,5,6'");
    assert_eq!(call(&mut vm, "Array.indexOf", &[ints, Value::number(5.0)]), "2");
    assert_eq!(call(&mut vm, "Array.reverse", &[ints]), "[ 6, 5, 9, 3 ]");
    assert_eq!(call(&mut vm, "Array.sortByText", &[ints]), "true");
    assert_eq!(call(&mut vm, "Array.slice", &[ints]), "[ 3, 5, 6, 9 ]");
    assert_eq!(call(&mut vm, "Array.unshift", &[ints, int(0)]), "5");
    assert_eq!(call(&mut vm, "Array.filled", &[int(3), Value::number(0.0)]), "[ 0, 0, 0 ]");
    assert_eq!(
        call(&mut vm, "Array.filled", &[int(-3), int(0)]),
        "RangeError: an array cannot have -3 elements"
    );
    let nested = Value::reference(vm.heap().array_of(&[ints, int(7)]));
    let outer = Value::reference(vm.heap().array_of(&[nested]));
    assert_eq!(call(&mut vm, "Array.flatten", &[outer, int(1)]), "[ [ 0, 3, 5, 6, 9 ], 7 ]");
    assert_eq!(call(&mut vm, "Array.flatten", &[outer, int(9)]), "[ 0, 3, 5, 6, 9, 7 ]");
}

#[test]
fn numbers_print_as_ecmascript_prints_them() {
    let mut vm = machine();
    for (number, expected) in [
        (0.1 + 0.2, "0.30000000000000004"),
        (1e21, "1e+21"),
        (123_456_789_012_345_680_000.0, "123456789012345680000"),
        (1e-7, "1e-7"),
        (0.000_001, "0.000001"),
        (-0.0, "0"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
        (5e-324, "5e-324"),
        (4_294_967_296.0, "4294967296"),
    ] {
        assert_eq!(call(&mut vm, "Number.toString", &[Value::number(number)]), format!("'{expected}'"));
    }
    assert_eq!(call(&mut vm, "Number.toString", &[int(-255), int(16)]), "'-ff'");
    assert_eq!(call(&mut vm, "Number.toFixed", &[Value::number(1.255), int(2)]), "'1.25'");
    assert_eq!(call(&mut vm, "Number.toFixed", &[Value::number(-2.5)]), "'-3'");
    assert_eq!(call(&mut vm, "Number.toPrecision", &[Value::number(123.456), int(4)]), "'123.5'");
    assert_eq!(call(&mut vm, "Number.toExponential", &[Value::number(12345.0), int(2)]), "'1.23e+4'");
    let hex = text(&mut vm, " -0x1Fz");
    assert_eq!(call(&mut vm, "parseInt", &[hex]), "-31");
    let float = text(&mut vm, "3.5e2xyz");
    assert_eq!(call(&mut vm, "parseFloat", &[float]), "350");
    assert_eq!(call(&mut vm, "Math.round", &[Value::number(-2.5)]), "-2");
    assert_eq!(call(&mut vm, "Math.round", &[Value::number(2.5)]), "3");
    assert_eq!(call(&mut vm, "Math.max", &[int(1), int(4)]), "4");
    assert_eq!(call(&mut vm, "Math.min", &[int(1), Value::number(f64::NAN)]), "NaN");
}

#[test]
fn json_says_where_it_is_wrong() {
    let mut vm = machine();
    for (source, expected) in [
        ("[1,2", "SyntaxError: JSON: expected ',' or ']', found the end at line 1, column 5"),
        ("{\"a\":1,\n}", "SyntaxError: JSON: expected a property name, found '}' at line 2, column 1"),
        ("01", "SyntaxError: JSON: expected a number, found '0' at line 1, column 1"),
        ("1.", "SyntaxError: JSON: expected a number, found '1' at line 1, column 1"),
        ("\"a\nb\"", "SyntaxError: JSON: expected '\"', found '\n' at line 1, column 3"),
        ("nul", "SyntaxError: JSON: expected null, found 'n' at line 1, column 1"),
        ("", "SyntaxError: JSON: expected a value, found the end at line 1, column 1"),
        ("1 2", "SyntaxError: JSON: expected the end, found '2' at line 1, column 3"),
    ] {
        let source = text(&mut vm, source);
        assert_eq!(call(&mut vm, "JSON.parse", &[source]), expected);
    }
    let deep = text(&mut vm, &"[".repeat(100_000));
    assert!(call(&mut vm, "JSON.parse", &[deep]).contains("nested more than"));
}

#[test]
fn json_round_trips() {
    let mut vm = machine();
    let source = r#"{"a":[1,2.5,-3e+21,true,null],"b":{"c":"q\"\\\n\u0001😀"},"":[]}"#;
    let value = text(&mut vm, source);
    let value = call_value(&mut vm, "JSON.parse", &[value]).expect("valid");
    let printed = call_value(&mut vm, "JSON.write", &[value]).expect("printable");
    assert_eq!(printed.as_string().expect("a string").as_str(), source);
    let printed = call_value(&mut vm, "JSON.write", &[value, Value::NULL, int(2)]).expect("printable");
    let printed = printed.as_string().expect("a string").as_str();
    assert!(printed.starts_with("{\n  \"a\": [\n    1,\n    2.5,"), "{printed}");
    let cyclic = vm.heap().array_of(&[Value::NULL]);
    vm.heap().array_set(cyclic, 0, Value::reference(cyclic)).expect("any value fits");
    assert_eq!(
        call(&mut vm, "JSON.write", &[Value::reference(cyclic)]),
        "TypeError: JSON: the structure refers to itself"
    );
}

#[test]
fn structures_print_as_node_prints_them() {
    let mut vm = machine();
    let cyclic = vm.heap().array_of(&[int(1)]);
    vm.heap().array_push(cyclic, Value::reference(cyclic)).expect("any value fits");
    assert_eq!(raya_vm::format::inspect(&mut vm, Value::reference(cyclic)), "<ref *1> [ 1, [Circular *1] ]");
    let map = vm.heap().map(Kind::Map);
    let key = text(&mut vm, "it's");
    vm.heap().map_set(map, key, int(1));
    let empty = Value::reference(vm.heap().array(ElementKind::Any, 0));
    vm.heap().map_set(map, int(2), empty);
    assert_eq!(raya_vm::format::inspect(&mut vm, Value::reference(map)), "Map(2) { \"it's\" => 1, 2 => [] }");
    let source = text(&mut vm, r#"{"a":{"b":{"c":{"d":1}}},"e-f":null}"#);
    let value = call_value(&mut vm, "JSON.parse", &[source]).expect("valid");
    assert_eq!(raya_vm::format::inspect(&mut vm, value), "{ a: { b: { c: [Object] } }, 'e-f': null }");
    for (source, expected) in [
        ("[1,2,3,4,5,6,7]", "[\n  1, 2, 3, 4,\n  5, 6, 7\n]"),
        (
            r#"[1.5,"a",null,true,"bb","ccc","dddd","eeeee"]"#,
            "[\n  1.5,    'a',\n  null,   true,\n  'bb',   'ccc',\n  'dddd', 'eeeee'\n]",
        ),
        (r#"[{"a":1,"b":[1,2,{"c":3}]},"x"]"#, "[ { a: 1, b: [ 1, 2, [Object] ] }, 'x' ]"),
        (
            r#"[{"id":1,"name":"first"},{"id":2,"name":"second"},{"id":3,"name":"third"}]"#,
            "[\n  { id: 1, name: 'first' },\n  { id: 2, name: 'second' },\n  { id: 3, name: 'third' }\n]",
        ),
        (
            r#"["aaaaaaa","bbbbbbbbb","cccccccccc","ddd","eeeee","ffffffff","ggggggg","hhh"]"#,
            "[\n  'aaaaaaa',\n  'bbbbbbbbb',\n  'cccccccccc',\n  'ddd',\n  'eeeee',\n  'ffffffff',\n  'ggggggg',\n  'hhh'\n]",
        ),
    ] {
        let source = text(&mut vm, source);
        let value = call_value(&mut vm, "JSON.parse", &[source]).expect("valid");
        assert_eq!(raya_vm::format::inspect(&mut vm, value), expected);
    }
    let long: Vec<i32> = (0..120).collect();
    let long = Value::reference(vm.heap().array_of_ints(&long));
    let printed = raya_vm::format::inspect(&mut vm, long);
    assert!(
        printed.starts_with("[\n   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,\n  12, 13,"),
        "{printed}"
    );
    assert!(printed.ends_with("\n  96, 97, 98, 99,\n  ... 20 more items\n]"), "{printed}");
}

#[test]
fn objects_are_dictionaries_too() {
    let mut vm = machine();
    let source = text(&mut vm, r#"{"a":1,"b":2,"c":3}"#);
    let object = call_value(&mut vm, "JSON.parse", &[source]).expect("valid");
    let name = text(&mut vm, "b");
    assert_eq!(call(&mut vm, "Object.remove", &[object, name]), "true");
    assert_eq!(call(&mut vm, "Object.remove", &[object, name]), "false");
    assert_eq!(call(&mut vm, "Object.keys", &[object]), "[ 'a', 'c' ]");
    assert_eq!(call(&mut vm, "Object.write", &[object, name, int(9)]), "9");
    assert_eq!(call(&mut vm, "Object.read", &[object, name]), "9");
    assert_eq!(call(&mut vm, "Object.entries", &[object]), "[ [ 'a', 1 ], [ 'c', 3 ], [ 'b', 9 ] ]");
    let source = text(&mut vm, r#"{"x":1}"#);
    let frozen = call_value(&mut vm, "JSON.parse", &[source]).expect("valid");
    call(&mut vm, "Object.freeze", &[frozen]);
    assert_eq!(
        call(&mut vm, "Object.write", &[frozen, name, int(1)]),
        "TypeError: cannot set property 'b' of a frozen object"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_read_back_what_they_print(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        let mut vm = machine();
        let printed = call_value(&mut vm, "Number.toString", &[Value::number(number)]).expect("text");
        let read = call_value(&mut vm, "parseFloat", &[printed]).expect("a number");
        prop_assert_eq!(read.as_number(), Some(number));
    }

    #[test]
    fn any_text_is_answered_by_json(source in ".{0,60}|[\\[\\]{}\":,0-9eE.\\-truefalsn \\\\u]{0,60}") {
        let mut vm = machine();
        let value = text(&mut vm, &source);
        if let Ok(value) = call_value(&mut vm, "JSON.parse", &[value]) {
            let printed = call_value(&mut vm, "JSON.write", &[value]).expect("printable");
            let again = call_value(&mut vm, "JSON.parse", &[printed]).expect("valid");
            prop_assert_eq!(call(&mut vm, "JSON.write", &[again]), call(&mut vm, "JSON.write", &[value]));
        }
    }

    #[test]
    fn a_map_agrees_with_a_vector(operations in proptest::collection::vec((0..4u8, 0..30i32), 0..200)) {
        let mut vm = machine();
        let map = call_value(&mut vm, "Map.new", &[]).expect("a map");
        let mut model: Vec<(String, i32)> = Vec::new();
        for (step, (operation, key)) in operations.into_iter().enumerate() {
            let name = format!("key{key}");
            let key = text(&mut vm, &name);
            let known = model.iter().position(|(known, _)| *known == name);
            match operation {
                0 | 1 => {
                    call_value(&mut vm, "Map.set", &[map, key, int(step as i32)]).expect("set");
                    match known {
                        Some(at) => model[at].1 = step as i32,
                        None => model.push((name, step as i32)),
                    }
                }
                2 => {
                    let deleted = call_value(&mut vm, "Map.delete", &[map, key]).expect("a boolean");
                    prop_assert_eq!(deleted.as_boolean(), Some(known.is_some()));
                    if let Some(at) = known {
                        model.remove(at);
                    }
                }
                _ => {
                    let found = call_value(&mut vm, "Map.get", &[map, key]).expect("a value");
                    prop_assert_eq!(found.as_int(), known.map(|at| model[at].1));
                }
            }
        }
        let keys = call_value(&mut vm, "Map.keys", &[map]).expect("keys").as_array().expect("an array");
        let keys: Vec<String> = keys.iter().map(|key| key.as_string().expect("a string").as_str().to_owned()).collect();
        prop_assert_eq!(keys, model.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
    }
}
