// fs.rs
use raya_native::{module, function, Value, Context, Error};
use std::fs;

#[function]
fn read_file(ctx: &Context, path: String) -> Result<String, Error> {
    fs::read_to_string(&path)
        .map_err(|e| Error::new(&format!("Failed to read file: {}", e)))
}

#[function]
fn write_file(ctx: &Context, path: String, content: String) -> Result<(), Error> {
    fs::write(&path, content)
        .map_err(|e| Error::new(&format!("Failed to write file: {}", e)))
}

#[function]
fn exists(ctx: &Context, path: String) -> Result<bool, Error> {
    Ok(fs::metadata(&path).is_ok())
}

#[module(name = "fs", version = "1.0.0")]
mod fs_module {
    exports! {
        read_file,
        write_file,
        exists,
    }
}
