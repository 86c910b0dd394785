//! `std:fs`.
//!
//! A function that fails appends code and text to the array it was given and returns an empty result; `std:fs` makes the
//! error, which knows the path and what was tried.

use std::io;

use raya_abi::limits::{ARRAY_LENGTH_MAX, STRING_BYTES_MAX};

use super::Outcome;
use crate::error::Thrown;
use crate::heap::object::ElementKind;
use crate::value::Value;
use crate::vm::{Arguments, Vm};
use crate::world::files::{self, Writing};
use crate::world::folders;
use crate::world::refusal::refusal;

builtins! {
    "fs.readBytes" = "raya_builtin_fs_readBytes" => read_bytes;
    "fs.readText" = "raya_builtin_fs_readText" => read_text;
    "fs.write" = "raya_builtin_fs_write" => write;
    "fs.append" = "raya_builtin_fs_append" => append;
    "fs.info" = "raya_builtin_fs_info" => info;
    "fs.names" = "raya_builtin_fs_names" => names;
    "fs.makeFolder" = "raya_builtin_fs_makeFolder" => make_folder;
    "fs.remove" = "raya_builtin_fs_remove" => remove;
    "fs.rename" = "raya_builtin_fs_rename" => rename;
    "fs.copy" = "raya_builtin_fs_copy" => copy;
    "fs.link" = "raya_builtin_fs_link" => link;
    "fs.linkTarget" = "raya_builtin_fs_linkTarget" => link_target;
    "fs.realPath" = "raya_builtin_fs_realPath" => real_path;
    "fs.setMode" = "raya_builtin_fs_setMode" => set_mode;
    "fs.temporary" = "raya_builtin_fs_temporary" => temporary;
    "fs.makeTemporary" = "raya_builtin_fs_makeTemporary" => make_temporary;
}

impl Vm {
    /// Notes a refusal in the array that is argument `index`.
    pub(super) fn note_refusal(
        &mut self,
        arguments: Arguments<'_>,
        index: usize,
        error: &io::Error,
    ) -> Result<(), Thrown> {
        let failure = self.array_argument(arguments, index)?;
        let refused = refusal(error);
        for text in [refused.code, refused.text] {
            let text = self.new_string(text)?;
            if self.heap.array_push(failure, text).is_err() {
                return Err(self.expected("an array of strings", arguments.get(index)));
            }
        }
        Ok(())
    }

    /// Null, and a note in argument `index` if there is an error.
    pub(super) fn done(
        &mut self,
        arguments: Arguments<'_>,
        index: usize,
        outcome: io::Result<()>,
    ) -> Outcome {
        if let Err(error) = outcome {
            self.note_refusal(arguments, index, &error)?;
        }
        Ok(Value::NULL)
    }

    /// The text, or an empty one and a note in argument `index`.
    pub(super) fn text_or_refusal(
        &mut self,
        arguments: Arguments<'_>,
        index: usize,
        outcome: io::Result<String>,
    ) -> Outcome {
        match outcome {
            Ok(text) => self.new_string(&text),
            Err(error) => {
                self.note_refusal(arguments, index, &error)?;
                self.new_string("")
            }
        }
    }

    /// Strings as an array.
    pub(super) fn new_strings(&mut self, texts: &[String]) -> Outcome {
        let result = self.heap.array(ElementKind::Any, texts.len());
        for text in texts {
            let text = self.new_string(text)?;
            // Any value fits.
            let _ = self.heap.array_push(result, text);
        }
        Ok(Value::reference(result))
    }

    /// The bytes of a Uint8Array, or of a string's UTF-8.
    pub(super) fn data_argument(
        &mut self,
        arguments: Arguments<'_>,
        index: usize,
    ) -> Result<Vec<u8>, Thrown> {
        let value = arguments.get(index);
        if let Some(text) = value.as_string() {
            return Ok(text.as_bytes().to_vec());
        }
        match value.as_bytes() {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(self.expected("a string or a Uint8Array", value)),
        }
    }
}

fn read_bytes(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let bytes = match files::read(path, ARRAY_LENGTH_MAX) {
        Ok(bytes) if vm.heap.has_room(bytes.len()) => bytes,
        Ok(bytes) => return Err(vm.array_too_long(bytes.len())),
        Err(error) => {
            vm.note_refusal(arguments, 1, &error)?;
            vec![]
        }
    };
    Ok(Value::reference(vm.heap.bytes(&bytes)))
}

fn read_text(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let text = files::read(path, STRING_BYTES_MAX)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into()));
    vm.text_or_refusal(arguments, 1, text)
}

fn write(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    write_as(vm, arguments, Writing::Replace)
}

fn append(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    write_as(vm, arguments, Writing::Append)
}

fn write_as(vm: &mut Vm, arguments: Arguments<'_>, writing: Writing) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let data = vm.data_argument(arguments, 1)?;
    let outcome = files::write(path, &data, writing);
    vm.done(arguments, 2, outcome)
}

/// Whether it is a file, a folder, a link (1 or 0 each), its bytes, the time of its last change, its mode.
fn info(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let follow = arguments.get(1).as_boolean().unwrap_or(true);
    let numbers = match files::info(path, follow) {
        Ok(info) => [
            f64::from(info.is_file),
            f64::from(info.is_folder),
            f64::from(info.is_link),
            info.bytes as f64,
            info.modified_milliseconds,
            f64::from(info.mode),
        ],
        Err(error) => {
            vm.note_refusal(arguments, 2, &error)?;
            [0.0; 6]
        }
    };
    Ok(Value::reference(vm.heap.array_of_numbers(&numbers)))
}

fn names(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let names = match folders::names(path) {
        Ok(names) => names,
        Err(error) => {
            vm.note_refusal(arguments, 1, &error)?;
            vec![]
        }
    };
    vm.new_strings(&names)
}

fn make_folder(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let parents = arguments.get(1).as_boolean().unwrap_or(false);
    vm.done(arguments, 2, folders::make(path, parents))
}

fn remove(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let all = arguments.get(1).as_boolean().unwrap_or(false);
    vm.done(arguments, 2, folders::remove(path, all))
}

/// Two paths, then the array for a refusal.
fn of_two(vm: &mut Vm, arguments: Arguments<'_>, act: fn(&str, &str) -> io::Result<()>) -> Outcome {
    let first = vm.string_argument(arguments, 0)?.as_str();
    let second = vm.string_argument(arguments, 1)?.as_str();
    vm.done(arguments, 2, act(first, second))
}

fn rename(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    of_two(vm, arguments, files::rename)
}

fn copy(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    of_two(vm, arguments, files::copy)
}

fn link(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    of_two(vm, arguments, files::link)
}

fn link_target(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    vm.text_or_refusal(arguments, 1, files::link_target(path))
}

fn real_path(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    vm.text_or_refusal(arguments, 1, files::real_path(path))
}

fn set_mode(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    let mode = vm.int_argument(arguments, 1)?;
    vm.done(arguments, 2, files::set_mode(path, mode as u32))
}

fn temporary(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    vm.new_string(&folders::temporary())
}

fn make_temporary(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let parent = vm.string_argument(arguments, 0)?.as_str();
    let prefix = vm.string_argument(arguments, 1)?.as_str();
    let folder = arguments.get(2).as_boolean().unwrap_or(false);
    vm.text_or_refusal(arguments, 3, folders::make_temporary(parent, prefix, folder))
}
