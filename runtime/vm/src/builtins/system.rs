//! The console, standard input and output, and where an error was made.

use raya_abi::limits::{ARRAY_LENGTH_MAX, STRING_BYTES_MAX};

use super::Outcome;
use crate::format::log_line;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "console.log" = "raya_builtin_console_log" => log;
    "console.logText" = "raya_builtin_console_logText" => log_text;
    "console.info" = "raya_builtin_console_info" => log;
    "console.debug" = "raya_builtin_console_debug" => log;
    "console.warn" = "raya_builtin_console_warn" => log_error;
    "console.error" = "raya_builtin_console_error" => log_error;
    "io.write" = "raya_builtin_io_write" => write;
    "io.writeError" = "raya_builtin_io_writeError" => write_error;
    "io.readLine" = "raya_builtin_io_readLine" => read_line;
    "io.readAll" = "raya_builtin_io_readAll" => read_all;
    "io.writeBytes" = "raya_builtin_io_writeBytes" => write_bytes;
    "io.readAllBytes" = "raya_builtin_io_readAllBytes" => read_all_bytes;
    "io.flush" = "raya_builtin_io_flush" => flush;
    "Error.captureStack" = "raya_builtin_Error_captureStack" => capture_stack;
}

fn log(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let line = log_line(vm, arguments.slots().iter().map(|slot| slot.get()));
    vm.print(&line);
    Ok(Value::NULL)
}

fn log_text(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?;
    vm.print(text.as_str());
    vm.print("\n");
    Ok(Value::NULL)
}

fn log_error(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let line = log_line(vm, arguments.slots().iter().map(|slot| slot.get()));
    vm.print_error(&line);
    Ok(Value::NULL)
}

fn write(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?;
    vm.print(text.as_str());
    Ok(Value::NULL)
}

fn write_error(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?;
    vm.print_error(text.as_str());
    Ok(Value::NULL)
}

/// Bytes to standard output, after what was printed before.
fn write_bytes(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?.to_vec();
    vm.print_bytes(&bytes);
    Ok(Value::NULL)
}

fn flush(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    vm.flush();
    Ok(Value::NULL)
}

/// Reads more input behind what is there; false at the end.
fn read_more(vm: &mut Vm) -> bool {
    let mut buffer = [0; 4096];
    let count = vm.read_input(&mut buffer).min(buffer.len());
    vm.input.extend_from_slice(&buffer[..count]);
    count > 0
}

fn read_line(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    let mut searched = 0;
    let end = loop {
        if let Some(at) = vm.input[searched..].iter().position(|byte| *byte == b'\n') {
            break searched + at + 1;
        }
        searched = vm.input.len();
        if !read_more(vm) {
            if vm.input.is_empty() {
                return Ok(Value::NULL);
            }
            break vm.input.len();
        }
    };
    let rest = vm.input.split_off(end);
    let line = core::mem::replace(&mut vm.input, rest);
    let line = String::from_utf8_lossy(&line);
    let line = line.strip_suffix('\n').unwrap_or(&line);
    vm.new_string(line.strip_suffix('\r').unwrap_or(line))
}

fn read_all_bytes(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    while read_more(vm) {
        if vm.input.len() > ARRAY_LENGTH_MAX || !vm.heap.has_room(vm.input.len()) {
            return Err(vm.array_too_long(vm.input.len()));
        }
    }
    let input = core::mem::take(&mut vm.input);
    Ok(Value::reference(vm.heap.bytes(&input)))
}

fn read_all(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    while read_more(vm) {
        if vm.input.len() > STRING_BYTES_MAX {
            return Err(vm.string_too_long(vm.input.len()));
        }
    }
    let input = core::mem::take(&mut vm.input);
    vm.new_string(&String::from_utf8_lossy(&input))
}

/// The positions of the active calls; they become text when `stack` is first read.
fn capture_stack(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    Ok(Value::reference(vm.capture_trace(true)))
}
