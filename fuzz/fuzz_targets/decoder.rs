//! Any bytes are a program or an error; a program is written as the very bytes it was read from, and can be verified and shown.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match raya_bytecode::decode(bytes) {
        Ok(program) => {
            assert!(raya_bytecode::encode(&program) == bytes, "two byte strings for one program");
            if raya_bytecode::check(&program).is_ok() {
                let _ = raya_bytecode::dump(&program);
            }
        }
        Err(error) => assert!(error.offset <= bytes.len() && !error.to_string().is_empty()),
    }
});
