//! Built-ins of the standard modules, called as the run loop calls them, with arguments from anywhere.

mod support;

use std::cell::Cell;

use proptest::prelude::*;
use raya_vm::{Arguments, Value, Vm};
use support::*;

/// A machine whose program does nothing.
fn machine() -> Vm {
    let mut assembler = Assembler::new();
    assembler.function("main", 0, &[], &[op(Op::ReturnNull, 0, 0, 0, 0)]);
    assembler.machine(false).0
}

fn call(vm: &mut Vm, name: &str, arguments: &[Value]) -> Result<Value, String> {
    let slots: Vec<Cell<Value>> = arguments.iter().map(|value| Cell::new(*value)).collect();
    let function = raya_vm::builtins::find(name).unwrap_or_else(|| panic!("no built-in {name}"));
    function(vm, Arguments::new(&slots)).map_err(|thrown| vm.uncaught(thrown).message)
}

fn bytes_of(value: Value) -> Vec<u8> {
    value.as_bytes().expect("bytes").to_vec()
}

fn text_of(value: Value) -> String {
    value.as_string().expect("a string").as_str().to_owned()
}

/// The decoders and their encoders.
const CODECS: [(&str, &str); 3] = [
    ("encoding.toHex", "encoding.fromHex"),
    ("encoding.toBase64", "encoding.fromBase64"),
    ("encoding.toBase64Url", "encoding.fromBase64Url"),
];

proptest! {
    #[test]
    fn decoders_read_what_encoders_write(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut vm = machine();
        let data = Value::reference(vm.heap().bytes(&bytes));
        for (encode, decode) in CODECS {
            let text = call(&mut vm, encode, &[data]).expect("bytes can be encoded");
            let decoded = call(&mut vm, decode, &[text]).expect("what was encoded can be decoded");
            prop_assert_eq!(bytes_of(decoded), bytes.clone(), "{}", encode);
        }
    }

    #[test]
    fn decoders_refuse_or_read_back_the_same(text in "[0-9a-fA-F+/_=-]{0,12}|.{0,8}") {
        let mut vm = machine();
        for (encode, decode) in CODECS {
            let given = vm.new_string(&text).expect("a short string");
            if let Ok(decoded) = call(&mut vm, decode, &[given]) {
                let again = text_of(call(&mut vm, encode, &[decoded]).expect("bytes can be encoded"));
                let bare = |text: &str| text.trim_end_matches('=').to_lowercase();
                prop_assert_eq!(bare(&again), bare(&text), "{}", decode);
            }
        }
    }

    #[test]
    fn components_of_addresses_read_back(text in ".{0,40}") {
        let mut vm = machine();
        let given = vm.new_string(&text).expect("a short string");
        let encoded = call(&mut vm, "url.encodeComponent", &[given]).expect("any text can be encoded");
        prop_assert!(text_of(encoded).is_ascii());
        let decoded = call(&mut vm, "url.decodeComponent", &[encoded]).expect("what was encoded can be decoded");
        prop_assert_eq!(text_of(decoded), text);
    }

    #[test]
    fn an_address_that_was_read_is_written_the_same(text in "(https?|file|data|x):(//)?[a-z0-9.:@\\[\\]%äß/?#&= -]{0,30}|.{0,20}") {
        let mut vm = machine();
        let given = vm.new_string(&text).expect("a short string");
        let parts = call(&mut vm, "url.parse", &[given, Value::NULL]).expect("reading never throws");
        let parts = parts.as_array().expect("an array");
        if parts.length() > 1 {
            let href = parts.get(0).expect("the address");
            let again = call(&mut vm, "url.parse", &[href, Value::NULL]).expect("reading never throws");
            let again = again.as_array().expect("an array").get(0).expect("the address");
            prop_assert_eq!(text_of(again), text_of(href));
        }
    }
}

#[test]
fn arguments_of_the_wrong_type_are_errors() {
    let mut vm = machine();
    for name in raya_vm::builtins::names() {
        let standard = ["crypto.", "encoding.", "env.", "fs.", "test.", "text.", "time.", "url."];
        if !standard.iter().any(|module| name.starts_with(module)) {
            continue;
        }
        // The checker lets none of these through; the machine does not rely on that.
        for arguments in [&[][..], &[Value::NULL][..], &[int(-1), int(7), int(3), int(2)][..]] {
            let _ = call(&mut vm, name, arguments);
        }
    }
}
