//! Any text is checked without a panic; if nothing is wrong with it, it compiles to bytecode that the verifier accepts, which reads
//! back as the same program.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some(program) = raya_fuzz::compile(text) else { return };
    let bytes = raya_bytecode::encode(&program);
    if let Err(error) = raya_bytecode::check(&program) {
        panic!("the verifier refuses what was compiled: {error}");
    }
    match raya_bytecode::decode(&bytes) {
        Ok(again) => assert!(raya_bytecode::encode(&again) == bytes, "what is read back is another program"),
        Err(error) => panic!("what was compiled cannot be read back: {error}"),
    }
});
