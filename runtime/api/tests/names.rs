//! Functions may have any name: those the macros use inside are no user's.

use raya_native::{Context, Error, NativeType, Value, function, module, raya_export};

#[function]
fn count(arguments: Vec<String>) -> u32 {
    arguments.len() as u32
}

#[function]
fn entry(context: &Context, count: Value) -> Result<Value, Error> {
    let _ = context;
    Ok(count)
}

#[raya_export]
pub(crate) fn r#match(r#type: &str, _: Option<f64>) -> bool {
    r#type.is_empty()
}

mod host {
    use raya_native::function;

    #[function(name = "sha256", signature = "(data: Uint8Array): string")]
    pub(crate) fn digest(data: &[u8]) -> String {
        format!("{data:?}")
    }
}

struct Key(i32);

impl NativeType for Key {
    const NAME: &'static str = "Key";
}

#[function]
fn make_key(bits: i32) -> Key {
    Key(bits)
}

#[function]
fn key_bits(key: &Key) -> i32 {
    key.0
}

#[module(name = "names", version = "0.1.0")]
mod registration {
    exports! { type Key, count, entry, r#match, host::digest, make_key, key_bits }
}

#[test]
fn functions_stay_ordinary_functions() {
    assert_eq!(count(vec![String::new()]), 1);
    assert!(r#match("", None));
    assert_eq!(host::digest(&[1]), "[1]");
    assert_eq!(key_bits(&make_key(7)), 7);
}

#[test]
fn the_descriptor_is_in_the_file() {
    let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let expected = "declare module \"native:names\" {
  type Key = native;
  export function count(arguments_: string[]): number;
  export function entry(count: unknown): Result<unknown, Error>;
  export function match(type_: string, argument2: number | null): boolean;
  export function sha256(data: Uint8Array): string;
  export function makeKey(bits: int): Key;
  export function keyBits(key: Key): int;
}
";
    assert!(file.windows(expected.len()).any(|window| window == expected.as_bytes()));
    assert!(
        file.windows(8).any(|window| window == raya_native::__private::ModuleNote::new("names", 0).magic)
    );
}
