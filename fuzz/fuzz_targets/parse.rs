//! Any text is parsed without a panic, and what is reported lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raya_source::FileId;

fuzz_target!(|text: &str| {
    let parsed = raya_syntax::parse(FileId(0), text);
    for diagnostic in &parsed.diagnostics {
        if let Some(label) = &diagnostic.primary {
            assert!(text.get(label.span.start as usize..label.span.end as usize).is_some());
        }
    }
    for (specifier, span) in raya_syntax::imports(&parsed.module) {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{specifier}");
    }
});
