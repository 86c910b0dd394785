//! Modules in C and C++, compiled and called: everything the interface promises, and every way to break the rules.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use raya_abi::{Representation, RuntimeType};
use raya_boundary::Capabilities;
use raya_bytecode::{Instruction, Operation};
use support::compile::{Opened, shared};
use support::program::{Maker, Slot, run};

struct Libraries {
    _folder: tempfile::TempDir,
    probe: PathBuf,
    thrower: PathBuf,
}

fn libraries() -> &'static Libraries {
    static LIBRARIES: OnceLock<Libraries> = OnceLock::new();
    LIBRARIES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        Libraries {
            probe: shared(folder.path(), "probe.c", "probe", &[]),
            thrower: shared(folder.path(), "thrower.cpp", "thrower", &[]),
            _folder: folder,
        }
    })
}

/// What a program makes of the probe module.
fn probe(make: impl FnOnce(&mut Maker) -> Slot) -> Result<String, String> {
    module("probe", &libraries().probe, make)
}

fn thrower(make: impl FnOnce(&mut Maker) -> Slot) -> Result<String, String> {
    module("thrower", &libraries().thrower, make)
}

fn module(name: &str, library: &Path, make: impl FnOnce(&mut Maker) -> Slot) -> Result<String, String> {
    let mut maker = Maker::new(name);
    let result = make(&mut maker);
    run(&maker.finish(result), || Box::new(Opened::new(&[library])))
}

/// What a call of the probe gives.
fn call(name: &str, make: impl FnOnce(&mut Maker) -> Vec<Slot>) -> Result<String, String> {
    probe(|maker| {
        let arguments = make(maker);
        maker.call(name, &arguments)
    })
}

fn ok(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn error(text: &str) -> Result<String, String> {
    Err(text.to_owned())
}

#[test]
fn typed_entries_read_words_and_fall_back_to_handles() {
    assert_eq!(call("scaled", |maker| vec![maker.number(1.5), maker.int(3)]), ok("4.5"));
    assert_eq!(call("scaled", |maker| vec![maker.int(2), maker.number(3.0)]), ok("6"));
    assert!(call("scaled", |maker| vec![maker.text("2"), maker.int(3)]).unwrap_err().contains("argument 1"));
    assert_eq!(call("bytes_of", |maker| vec![maker.text("grün")]), ok("5"));
    assert_eq!(call("bytes_of", |maker| vec![maker.text("")]), ok("0"));
    assert_eq!(call("both", |maker| vec![maker.boolean(true), maker.boolean(true)]), ok("true"));
    assert_eq!(call("both", |maker| vec![maker.boolean(true), maker.boolean(false)]), ok("false"));
    assert_eq!(call("quiet", |_| vec![]), ok("null"));
    assert_ne!(call("quiet_calls", |_| vec![]), ok("0"));
    assert_eq!(call("typed_nan", |maker| vec![maker.number(1.0)]), ok("NaN"));
    let four =
        |maker: &mut Maker| vec![maker.number(1.0), maker.int(2), maker.boolean(true), maker.number(4.0)];
    assert_eq!(call("four", four), ok("1214"));
    assert_eq!(call("which", |maker| vec![maker.number(2.5)]), ok("2.5"));
    assert_eq!(call("which", |maker| vec![maker.null()]), ok("'boxed'"));
    assert_eq!(call("which", |maker| vec![maker.number(0.0)]), error("NativePanic: typed"));
}

#[test]
fn values_of_every_kind_go_in_and_out() {
    assert_eq!(call("nothing", |_| vec![]), ok("null"));
    assert_eq!(call("add", |maker| vec![maker.number(1.5), maker.int(2)]), ok("3.5"));
    assert_eq!(call("add_ints", |maker| vec![maker.number(40.0), maker.int(2)]), ok("42"));
    assert_eq!(call("negate", |maker| vec![maker.boolean(false)]), ok("true"));
    assert_eq!(call("is_null", |maker| vec![maker.null()]), ok("true"));
    assert_eq!(call("is_null", |maker| vec![maker.int(0)]), ok("false"));
    assert_eq!(call("length", |maker| vec![maker.text("grün")]), ok("5"));
    assert_eq!(call("twice", |maker| vec![maker.text("a\0b")]), ok("'a\\x00ba\\x00b'"));
    assert_eq!(call("identity", |maker| vec![maker.text("same")]), ok("'same'"));
    assert_eq!(call("null_text", |_| vec![]), ok("null"));
}

#[test]
fn every_kind_of_value_is_told_apart() {
    type Case = (fn(&mut Maker) -> Slot, &'static str);
    let kinds: [Case; 8] = [
        (|maker| maker.null(), "0"),
        (|maker| maker.boolean(true), "1"),
        (|maker| maker.int(3), "2"),
        (|maker| maker.number(3.5), "3"),
        (|maker| maker.text("x"), "4"),
        (|maker| maker.array(Representation::Any, &[]), "5"),
        (|maker| maker.object(&[]), "6"),
        (|maker| maker.function(1, vec![Instruction::new(Operation::ReturnNull, 0, 0, 0, 0)]), "8"),
    ];
    for (make, expected) in kinds {
        assert_eq!(call("type_of", |maker| vec![make(maker)]), ok(expected));
    }
    let of_result = |name: &str| {
        probe(|maker| {
            let argument = maker.int(1);
            let value = maker.call(name, &[argument]);
            maker.call("type_of", &[value])
        })
    };
    assert_eq!(of_result("bytes"), ok("7"));
    assert_eq!(of_result("counter"), ok("9"));
}

#[test]
fn a_wrong_type_names_function_argument_expected_and_found() {
    assert_eq!(
        call("add", |maker| vec![maker.int(1), maker.text("2")]),
        error("TypeError: add: argument 2 must be a number, found string")
    );
    assert_eq!(
        call("length", |maker| vec![maker.int(1)]),
        error("TypeError: length: argument 1 must be a string, found int")
    );
    assert_eq!(
        call("negate", |maker| vec![maker.null()]),
        error("TypeError: negate: argument 1 must be a boolean, found null")
    );
    assert_eq!(
        call("sum_bytes", |maker| vec![maker.text("x")]),
        error("TypeError: sum_bytes: argument 1 must be a Uint8Array, found string")
    );
    assert_eq!(
        call("add_ints", |maker| vec![maker.number(1.5), maker.int(1)]),
        error("RangeError: add_ints: argument 1 must be an int from -2147483648 to 2147483647, found 1.5")
    );
    assert_eq!(
        call("distance", |maker| {
            let (x, y) = (maker.text("1"), maker.int(2));
            vec![maker.object(&[("x", x), ("y", y)])]
        }),
        error("TypeError: distance: a value must be a number, found string")
    );
}

#[test]
fn errors_are_thrown_and_the_function_s_own_wins() {
    assert_eq!(call("fail", |_| vec![]), error("Error: it failed"));
    assert_eq!(call("fail_coded", |_| vec![]), error("RangeError: out of reach"));
    assert_eq!(call("fail_named", |_| vec![]), error("DeviceError: unplugged"));
    assert_eq!(call("own_error", |maker| vec![maker.int(1)]), error("Error: my own words"));
    assert_eq!(call("forgiving", |maker| vec![maker.text("x")]), ok("true"));
    let code = probe(|maker| {
        let error = maker.caught(|maker| {
            maker.call("fail_coded", &[]);
        });
        maker.property(error, "code")
    });
    assert_eq!(code, ok("'E_REACH'"));
}

#[test]
fn where_a_result_is_declared_an_error_is_a_value() {
    let status = |name: &'static str, field: &'static str| {
        probe(|maker| {
            let result = maker.call_as(name, &[], RuntimeType::Unknown, true);
            maker.property(result, field)
        })
    };
    assert_eq!(status("fail", "status"), ok("'error'"));
    assert_eq!(status("nothing", "status"), ok("'ok'"));
    assert_eq!(status("nothing", "value"), ok("null"));
}

#[test]
fn text_that_is_no_utf8_is_an_error_with_its_offset() {
    assert_eq!(
        call("invalid_text", |_| vec![]),
        error("Error: invalid_text: a string is not valid UTF-8 at byte 2")
    );
}

#[test]
fn a_nan_with_a_payload_becomes_a_nan() {
    assert_eq!(call("loaded_nan", |_| vec![]), ok("NaN"));
    assert_eq!(call("numbers", |_| vec![]), ok("[ 0.5, NaN, 2 ]"));
}

#[test]
fn arrays_are_read_in_bulk_and_by_element() {
    let numbers = |maker: &mut Maker| {
        let elements: Vec<Slot> = (0..10).map(|index| maker.number(f64::from(index) + 0.5)).collect();
        maker.array(Representation::Number, &elements)
    };
    let ints = |maker: &mut Maker| {
        let elements: Vec<Slot> = (0..6).map(|index| maker.int(index)).collect();
        maker.array(Representation::Int, &elements)
    };
    assert_eq!(call("sum", |maker| vec![numbers(maker)]), ok("50"));
    assert_eq!(call("sum", |maker| vec![ints(maker)]), ok("15"));
    assert_eq!(call("sum_view", |maker| vec![numbers(maker)]), ok("50"));
    assert_eq!(call("sum_view", |maker| vec![ints(maker)]), ok("-1"));
    assert_eq!(call("sum_ints", |maker| vec![ints(maker)]), ok("10"));
    assert_eq!(call("element", |maker| vec![ints(maker), maker.int(3)]), ok("3"));
    assert_eq!(
        call("element", |maker| vec![ints(maker), maker.int(6)]),
        error("RangeError: element: index 6 is out of bounds of length 6")
    );
    assert_eq!(
        call("sum", |maker| {
            let elements = [maker.int(1), maker.null()];
            vec![maker.array(Representation::Any, &elements)]
        }),
        error("TypeError: sum: element 1 of argument 1 must be a number, found null")
    );
}

#[test]
fn what_a_call_makes_may_be_filled() {
    assert_eq!(call("squares", |maker| vec![maker.int(4)]), ok("[ 0, 1, 4, 9 ]"));
    assert_eq!(call("nested", |_| vec![]), ok("2999"));
    assert_eq!(call("make_object", |_| vec![]), ok("{ name: 'raya', parts: [ null ], nothing: null }"));
    assert_eq!(
        call("set_outside", |maker| vec![maker.null()]),
        error("RangeError: set_outside: index 2 is out of bounds of length 2")
    );
    assert_eq!(
        call("huge_array", |_| vec![]),
        error("RangeError: huge_array: 18446744073709551615 elements are too many")
    );
}

#[test]
fn what_a_call_was_given_is_read_only() {
    let array = |maker: &mut Maker| {
        let element = maker.int(0);
        maker.array(Representation::Any, &[element])
    };
    assert_eq!(
        call("set_argument", |maker| vec![array(maker)]),
        error("TypeError: set_argument: argument 1 is read-only")
    );
    assert_eq!(
        call("set_property", |maker| vec![maker.object(&[])]),
        error("TypeError: set_property: argument 1 is read-only")
    );
    assert_eq!(
        call("set_inner", |maker| {
            let inner = array(maker);
            vec![maker.array(Representation::Any, &[inner])]
        }),
        error("TypeError: set_inner: a value is read-only")
    );
}

#[test]
fn objects_are_read_by_name() {
    let point = |maker: &mut Maker| {
        let (x, y) = (maker.number(3.0), maker.int(4));
        maker.object(&[("x", x), ("y", y)])
    };
    assert_eq!(call("distance", |maker| vec![point(maker)]), ok("5"));
    assert_eq!(call("has_x", |maker| vec![point(maker)]), ok("true"));
    assert_eq!(call("has_x", |maker| vec![maker.object(&[])]), ok("false"));
    assert_eq!(call("keys", |maker| vec![point(maker)]), ok("[ 'x', 'y' ]"));
    assert_eq!(
        call("distance", |maker| vec![maker.int(1)]),
        error("TypeError: distance: argument 1 must be an object, found int")
    );
}

#[test]
fn bytes_go_in_without_a_copy_and_come_out() {
    let total = probe(|maker| {
        let length = maker.int(100);
        let bytes = maker.call_as("bytes", &[length], RuntimeType::Builtin("Uint8Array".into()), false);
        maker.call("sum_bytes", &[bytes])
    });
    assert_eq!(total, ok("4950"));
    let empty = probe(|maker| {
        let length = maker.int(0);
        let bytes = maker.call("bytes", &[length]);
        maker.call("sum_bytes", &[bytes])
    });
    assert_eq!(empty, ok("0"));
}

#[test]
fn an_array_of_bytes_passes_for_a_uint8array() {
    let as_bytes = |make: fn(&mut Maker) -> Slot| {
        probe(|maker| {
            let first = make(maker);
            let bytes =
                maker.call_as("bytes_as_array", &[first], RuntimeType::Builtin("Uint8Array".into()), false);
            maker.call("sum_bytes", &[bytes])
        })
    };
    assert_eq!(as_bytes(|maker| maker.int(7)), ok("262"));
    assert_eq!(
        as_bytes(|maker| maker.int(256)),
        error(
            "TypeError: bytes_as_array returned an array for a Uint8Array: element 0 must be an int from 0 to 255, found 256"
        )
    );
    assert_eq!(
        as_bytes(|maker| maker.text("x")),
        error(
            "TypeError: bytes_as_array returned an array for a Uint8Array: element 0 must be an int from 0 to 255, found string"
        )
    );
}

#[test]
fn results_are_checked_against_the_declared_type() {
    let declared =
        |name: &'static str, result: RuntimeType| probe(|maker| maker.call_as(name, &[], result, false));
    assert!(
        declared("nothing", RuntimeType::String).is_err_and(|message| message.starts_with("TypeError: "))
    );
    assert!(
        declared("make_object", RuntimeType::Int).is_err_and(|message| message.starts_with("TypeError: "))
    );
    assert_eq!(declared("loaded_nan", RuntimeType::Number), ok("NaN"));
    assert_eq!(declared("nothing", RuntimeType::Null), ok("null"));
}

#[test]
fn stale_and_foreign_handles_are_errors() {
    let foreign = |name: &str| {
        error(&format!("TypeError: {name}: a handle was used that does not belong to this call"))
    };
    let later = |name: &'static str| {
        probe(|maker| {
            maker.call("remember", &[]);
            maker.call(name, &[])
        })
    };
    assert_eq!(later("use_remembered"), foreign("use_remembered"));
    assert_eq!(later("use_remembered_text"), foreign("use_remembered_text"));
    // An argument's handle points at the caller's registers, none of which belongs to a call without arguments.
    let after_arguments = |name: &'static str| {
        probe(|maker| {
            let arguments = [maker.int(1), maker.int(2), maker.int(3)];
            maker.call("remember_argument", &arguments);
            maker.call(name, &[])
        })
    };
    assert_eq!(after_arguments("use_remembered"), foreign("use_remembered"));
    assert_eq!(after_arguments("use_remembered_text"), foreign("use_remembered_text"));
    assert_eq!(call("made_up", |_| vec![]), foreign("made_up"));
    assert_eq!(call("misaligned", |maker| vec![maker.int(1)]), foreign("misaligned"));
    assert_eq!(call("on_stack", |_| vec![]), foreign("on_stack"));
    assert_eq!(call("wrong_context", |_| vec![]), ok("null"));
    assert_eq!(
        call("null_arguments", |_| vec![]),
        error("TypeError: null_arguments: a value was expected, NULL was passed")
    );
}

#[test]
fn kept_values_survive_until_they_are_released() {
    let kept = probe(|maker| {
        let text = maker.text("kept");
        let array = maker.array(Representation::Any, &[text]);
        maker.call("keep", &[array]);
        maker.call("kept_value", &[])
    });
    assert_eq!(kept, ok("[ 'kept' ]"));
    let released = |uses: &'static [&'static str]| {
        probe(|maker| {
            let text = maker.text("kept");
            maker.call("keep", &[text]);
            maker.call("release", &[]);
            let mut last = text;
            for name in uses {
                last = maker.call(name, &[]);
            }
            last
        })
    };
    let refused = |name: &str| {
        error(&format!("TypeError: {name}: a persistent value was used that is not kept, or was released"))
    };
    assert_eq!(released(&["kept_value"]), refused("kept_value"));
    assert_eq!(released(&["release"]), refused("release"));
}

#[test]
fn opaque_values_are_of_one_type_and_finalized() {
    let counted = probe(|maker| {
        let start = maker.int(41);
        let counter = maker.call("counter", &[start]);
        maker.call("count", &[counter])
    });
    assert_eq!(counted, ok("42"));
    let other = probe(|maker| {
        let start = maker.int(1);
        let counter = maker.call("counter", &[start]);
        maker.call("count_other", &[counter])
    });
    assert_eq!(other, error("TypeError: count_other: argument 1 must be a Timer, found native object"));
    assert_eq!(
        call("count", |maker| vec![maker.object(&[])]),
        error("TypeError: count: argument 1 must be a Counter, found object")
    );
}

/// A callback that adds 1 to its parameter and makes garbage on the way.
fn increment(maker: &mut Maker) -> Slot {
    let registers = 3;
    maker.function(
        registers,
        vec![
            Instruction::new(Operation::NewArray, 0, 1, Representation::Any as u16, 2),
            Instruction::new(Operation::CheckInt, 0, 2, 0, 0),
            Instruction::new(Operation::Return, 0, 2, 0, 0),
        ],
    )
}

#[test]
fn natives_call_back() {
    assert_eq!(call("call_twice", |maker| vec![increment(maker), maker.int(5)]), ok("5"));
    assert_eq!(
        call("call_twice", |maker| vec![maker.int(1), maker.int(5)]),
        error("TypeError: call_twice: argument 1 must be a function, found int")
    );
}

#[test]
fn what_a_callback_throws_goes_on_or_is_taken() {
    let thrown = call("call_twice", |maker| vec![increment(maker), maker.text("x")]);
    assert!(thrown.clone().is_err_and(|message| message.starts_with("TypeError: ")), "{thrown:?}");
    let taken = call("call_forgiving", |maker| vec![increment(maker), maker.text("x")]);
    assert!(taken.clone().is_ok_and(|message| message.contains("int")), "{taken:?}");
}

#[test]
fn another_thread_gets_nothing_and_breaks_nothing() {
    assert_eq!(call("other_thread", |maker| vec![maker.number(7.5)]), ok("0"));
}

#[test]
fn capabilities_are_those_granted() {
    let granted = |change: fn(&mut raya_boundary::ModuleHandle)| {
        let mut maker = Maker::new("probe");
        let result = maker.call("capability", &[]);
        run(&maker.finish(result), || Box::new(Opened { libraries: vec![libraries().probe.clone()], change }))
    };
    assert_eq!(granted(|_| {}), ok("true"));
    assert_eq!(granted(|handle| handle.capabilities = Capabilities::Only(vec![])), ok("false"));
}

#[test]
fn exceptions_become_errors_with_their_message() {
    let of = |name: &'static str| thrower(|maker| maker.call(name, &[]));
    assert_eq!(
        thrower(|maker| {
            let text = maker.text("socks");
            maker.call("throwStandard", &[text])
        }),
        error("NativeError: no such thing: socks")
    );
    assert_eq!(of("throwStrange"), error("NativeError: C++ exception of type Strange"));
    assert_eq!(of("throwText"), error("NativeError: plain text"));
}

#[test]
fn an_exception_unwinds_its_module_and_is_over_then() {
    let after = thrower(|maker| {
        maker.caught(|maker| {
            maker.call("throwThrough", &[]);
        });
        maker.call("uncaught", &[])
    });
    assert_eq!(after, ok("0"));
    let destroyed = thrower(|maker| {
        maker.call("destructions", &[]);
        maker.caught(|maker| {
            maker.call("throwThrough", &[]);
        });
        maker.call("destructions", &[])
    });
    assert_eq!(destroyed, ok("1"));
}

#[test]
fn plain_cpp_functions_are_boxed() {
    let joined = thrower(|maker| {
        let parts = [maker.text("a"), maker.text("b")];
        let parts = maker.array(Representation::Any, &parts);
        let separator = maker.text("-");
        maker.call("join", &[parts, separator])
    });
    assert_eq!(joined, ok("'a-b'"));
    let divided = |divisor: f64| {
        thrower(|maker| {
            let arguments = [maker.number(1.0), maker.number(divisor)];
            maker.call("divide", &arguments)
        })
    };
    assert_eq!(divided(4.0), ok("0.25"));
    assert_eq!(divided(0.0), error("RangeError: division by zero"));
    let outside = thrower(|maker| {
        let element = maker.int(1);
        let numbers = maker.array(Representation::Int, &[element]);
        let index = maker.int(3);
        maker.call("at", &[numbers, index])
    });
    assert!(outside.is_err_and(|message| message.contains("vector")));
    let absent = thrower(|maker| {
        let name = maker.null();
        maker.call("greeting", &[name])
    });
    assert_eq!(absent, ok("null"));
    let wrong = thrower(|maker| {
        let arguments = [maker.text("1"), maker.number(2.0)];
        maker.call("divide", &arguments)
    });
    assert_eq!(wrong, error("TypeError: divide: argument 1 must be a number, found string"));
    let applied = thrower(|maker| {
        let arguments = [increment(maker), maker.number(2.0)];
        maker.call("apply", &arguments)
    });
    assert!(
        applied.is_err_and(|message| message.starts_with("TypeError: ")),
        "2.0 is no int for the callback's check"
    );
    let point = thrower(|maker| {
        let arguments = [maker.number(1.5), maker.number(2.5)];
        maker.call("point", &arguments)
    });
    assert_eq!(point, ok("{ x: 1.5, y: 2.5 }"));
    let not_object = thrower(|maker| {
        let argument = maker.int(1);
        maker.call("requireObject", &[argument])
    });
    assert_eq!(not_object, error("TypeError: expected an object"));
}
