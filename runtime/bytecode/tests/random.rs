//! Whatever the bytes, decoding and verifying give an answer; what was encoded reads back the same.

use proptest::prelude::*;
use raya_abi::{LiteralType, Representation, RuntimeType, RuntimeTypeId};
use raya_bytecode::program::{Class, Function, Handler, Member, Native, PositionEntry};
use raya_bytecode::{Instruction, Operation, Program, check, decode, encode};

/// A valid program that uses every table.
fn sample() -> Program {
    let strings = ["main", "add", "x", "Point", "file.raya", "console.log", "fs", "() => int", "e"];
    let mut code = vec![
        Instruction::wide(Operation::LoadInt, 1, 20),
        Instruction::wide(Operation::LoadInt, 2, 22),
        Instruction::new(Operation::CallFunction, 2, 1, 1, 1),
        Instruction::new(Operation::NewInstance, 0, 3, 0, 0),
        Instruction::new(Operation::SetProperty, 0, 3, 1, 0),
        Instruction::new(Operation::GetPropertyInt, 0, 1, 3, 0),
        Instruction::new(Operation::JumpLessIntImmediate, 0, 1, 50, 1),
        Instruction::new(Operation::Throw, 0, 3, 0, 0),
        Instruction::new(Operation::Return, 0, 1, 0, 0),
        Instruction::new(Operation::Return, 0, 0, 0, 0),
    ];
    let main = Function {
        name: 0,
        parameters: 0,
        rest: false,
        is_async: false,
        registers: vec![
            Representation::Any,
            Representation::Int,
            Representation::Int,
            Representation::Reference,
        ],
        result: Representation::Any,
        captures: 0,
        direct_entry: 0,
        code: std::mem::take(&mut code),
        handlers: vec![Handler { start: 3, end: 8, target: 9, register: 0 }],
        sites: vec![2],
        positions: vec![PositionEntry { instruction: 0, file: 0, column: 1, line: 1 }],
    };
    let add = Function {
        name: 1,
        parameters: 2,
        registers: vec![Representation::Int; 2],
        result: Representation::Int,
        direct_entry: 2,
        code: vec![
            Instruction::new(Operation::CheckInt, 0, 0, 0, 0),
            Instruction::new(Operation::CheckInt, 0, 1, 1, 0),
            Instruction::new(Operation::AddInt, 0, 0, 0, 1),
            Instruction::new(Operation::Return, 0, 0, 0, 0),
        ],
        handlers: vec![],
        sites: vec![],
        positions: vec![],
        ..main.clone()
    };
    let getter = Function {
        name: 2,
        parameters: 1,
        code: vec![Instruction::new(Operation::ReturnNull, 0, 0, 0, 0)],
        direct_entry: 0,
        handlers: vec![],
        ..main.clone()
    };
    Program {
        strings: strings.map(String::from).to_vec(),
        numbers: vec![1.5, f64::INFINITY],
        functions: vec![main, add, getter],
        shapes: vec![vec![2, 8], vec![]],
        classes: vec![Class {
            name: 3,
            base: None,
            fields: vec![(2, Representation::Int)],
            members: vec![(1, Member::Method(2)), (8, Member::Accessor { get: Some(2), set: None })],
        }],
        types: vec![
            RuntimeType::Unknown,
            RuntimeType::Literal(LiteralType::String("ok".into())),
            RuntimeType::Array(RuntimeTypeId(0)),
            RuntimeType::Record(vec![("x".into(), RuntimeTypeId(2), true)]),
            RuntimeType::Union(vec![RuntimeTypeId(0), RuntimeTypeId(3)]),
            RuntimeType::Class(0),
            RuntimeType::Opaque("fs".into(), "File".into()),
        ],
        builtins: vec![5],
        natives: vec![Native {
            module: 6,
            name: 1,
            signature: 7,
            parameters: vec![RuntimeTypeId(0)],
            result: RuntimeTypeId(0),
            returns_result: true,
        }],
        globals: vec![2],
        entry: 0,
        files: vec![4],
    }
}

#[test]
fn the_sample_verifies_and_reads_back_the_same() {
    let program = sample();
    assert_eq!(check(&program), Ok(()));
    let bytes = encode(&program);
    assert_eq!(decode(&bytes).as_ref(), Ok(&program));
    assert_eq!(encode(&program), bytes);
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "{length}");
    }
    assert!(raya_bytecode::dump(&program).contains("CallFunction"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut framed = encode(&Program::default())[..12].to_vec();
        framed.extend_from_slice(&bytes);
        for bytes in [&bytes, &framed] {
            if let Ok(program) = decode(bytes) {
                let _ = check(&program);
                let _ = raya_bytecode::dump(&program);
            }
        }
    }

    #[test]
    fn mutated_programs_are_answered(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = encode(&sample());
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(program) = decode(&bytes) {
            let _ = check(&program);
            let _ = raya_bytecode::dump(&program);
            // By bytes, since NaN equals nothing.
            let bytes = encode(&program);
            prop_assert_eq!(decode(&bytes).map(|program| encode(&program)), Ok(bytes));
        }
    }

    #[test]
    fn any_code_is_answered(words in proptest::collection::vec((0..Operation::ALL.len(), 0..4u8, 0..6u16, 0..6u16, 0..6u16), 1..40)) {
        let mut program = sample();
        let code = words.into_iter().map(|(operation, n, a, b, c)| Instruction::new(Operation::ALL[operation], n, a, b, c));
        program.functions[0].code = code.collect();
        program.functions[0].handlers.clear();
        let _ = check(&program);
    }
}
