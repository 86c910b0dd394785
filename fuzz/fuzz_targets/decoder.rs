//! Any bytes are a program or an error; a program is written in one way, and can be verified and shown.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match raya_bytecode::decode(bytes) {
        Ok(program) => {
            // Reading takes the payload of a NaN away: what is written may differ from the input there, and there alone.
            let written = raya_bytecode::encode(&program);
            assert!(written.len() == bytes.len(), "bytes were read that mean nothing");
            let again = raya_bytecode::decode(&written).expect("what was written can be read");
            assert!(raya_bytecode::encode(&again) == written, "what was read is written otherwise");
            if raya_bytecode::check(&program).is_ok() {
                let _ = raya_bytecode::dump(&program);
            }
        }
        Err(error) => assert!(error.offset <= bytes.len() && !error.to_string().is_empty()),
    }
});
