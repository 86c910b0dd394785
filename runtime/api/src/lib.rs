//! Native modules for Raya, in Rust.
//!
//! ```no_run
//! use raya_native::{function, module, Context, Error};
//!
//! #[function]
//! fn read_file(path: String) -> Result<String, Error> {
//!     Ok(std::fs::read_to_string(path)?)
//! }
//!
//! #[function]
//! fn random_bytes(context: &Context, length: u32) -> Result<Vec<u8>, Error> {
//!     let mut bytes = vec![0; length as usize];
//!     context.random_fill(&mut bytes)?;
//!     Ok(bytes)
//! }
//!
//! #[module(name = "files", version = "1.0.0")]
//! mod files_module {
//!     exports! { read_file, random_bytes }
//! }
//! # fn main() {}
//! ```
//!
//! Build it as a `cdylib` or a `staticlib`; programs import it as `native:files`, with `readFile` and `randomBytes`: names
//! in snake_case are exported in camelCase.
//!
//! **Functions.** A parameter is anything that is [`FromRaya`], a result anything that is [`IntoRaya`]; a first parameter
//! `&Context` is the running call. An argument of the wrong type is a `TypeError` before the function runs. An `Err` is
//! thrown in Raya, or given as a value where Raya declares a `Result`. A panic becomes an error with its message: it needs
//! unwinding, so modules are not built with `panic = "abort"`.
//!
//! **Values.** [`Value`] and its kin are handles that mean something until the function returns; using one later is an
//! error that the host finds, not undefined behaviour. Arguments are read-only.
//!
//! **Tasks.** A function that takes long would stop all of the program's tasks. An `async` function runs beside them, on a
//! thread of the host's pool: its arguments are owned, its result is a `Task` in Raya. [`Task`] does the same by hand, with
//! work that may block or with a [`Completer`] for callbacks of other libraries.
//!
//! **Own types.** A type that implements [`NativeType`] travels through Raya as an opaque value: return it to hand it over,
//! take `&T` to look at it, list it in `exports!` as `type T`.
//!
//! The signatures of all exported functions are put into the object file as data, so that tools know the module without
//! running it.

mod context;
mod convert;
mod error;
mod export;
mod handle;
mod native_type;
mod slot;
mod task;
mod text;
mod value;

pub use context::Context;
pub use convert::{FromRaya, IntoRaya};
pub use error::Error;
pub use handle::{Array, Function, Object, Persistent};
pub use native_type::NativeType;
/// Marks a function for export. `#[function(name = "…")]` exports it under another name, and
/// `#[function(signature = "(x: int): string")]` states a signature that the Rust types cannot express.
pub use raya_native_macros::function;
/// Makes a native module of an inline Rust module: `#[module(name = "…", version = "…")]`, with one
/// `exports! { function, path::function, type Type }` among its items.
pub use raya_native_macros::module;
/// The same as [`function`].
pub use raya_native_macros::raya_export;
pub use task::{Cancelled, Completer, Task};
pub use text::Text;
pub use value::{Kind, Value};

/// What the macros expand to. Not for direct use, and not covered by version numbers.
#[doc(hidden)]
pub mod __private {
    pub use crate::export::{
        Arguments, Export, Exported, assert_module, bind, descriptor, descriptor_length, init, opaque_type,
        run, run_typed,
    };
    pub use raya_abi::api::{
        RayaApi, RayaContext, RayaModule, RayaNativeFunction, RayaTypedFunction, RayaValue, RayaWord,
    };
    pub use raya_abi::image::ModuleNote;
    pub use raya_abi::version::ABI_VERSION;
}
