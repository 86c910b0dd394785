//! Running a program to its end: what `raya run` and a bundle have in common.

use std::borrow::Cow;

use raya_bytecode::Verified;
use raya_vm::{BuiltinFunction, Config, Ended, Host, Uncaught, Value, Vm};

use crate::registry::{Boundary, ModuleProvider};

/// Exit code of a program that ended with an uncaught error.
const EXIT_UNCAUGHT: i32 = 1;
/// Exit code of a program that its host stopped.
const EXIT_STOPPED: i32 = 130;

/// Runs `program` and gives its exit code: 0, what the program asked for, or 1 after an uncaught error, which is shown on
/// the host's standard error. `finished` sees the value of a program that ran to its end. The process should end soon: the
/// machine's memory is not given back.
///
/// # Safety
///
/// As for [`Boundary::new`].
///
/// # Panics
///
/// When `builtins` has fewer functions than the program's table of built-ins.
pub unsafe fn run(
    program: Verified,
    builtins: Vec<BuiltinFunction>,
    providers: Vec<Box<dyn ModuleProvider>>,
    config: Config,
    host: Box<dyn Host>,
    finished: impl FnOnce(&mut Vm, Value),
) -> i32 {
    // SAFETY: as the caller promises.
    let boundary = unsafe { Boundary::new(providers) };
    let natives = boundary.entries(&program);
    let mut vm = Vm::new(program, builtins, natives, config, host);
    let code = match vm.run() {
        Ok(value) => {
            finished(&mut vm, value);
            report_failed_tasks(&mut vm)
        }
        Err(Ended::Exit(code)) => code,
        Err(Ended::Stopped) => EXIT_STOPPED,
        Err(Ended::Uncaught(error)) => {
            vm.print_error(&shown(&error));
            // A task's error is often why the program waits for ever.
            report_failed_tasks(&mut vm);
            EXIT_UNCAUGHT
        }
    };
    vm.flush();
    let code = report_lost_output(&mut vm, code);
    vm.end_with_process();
    code
}

/// A program whose output went nowhere did not do what it was run for.
fn report_lost_output(vm: &mut Vm, code: i32) -> i32 {
    let Some(why) = vm.output_failure() else { return code };
    vm.print_error(&format!("error: standard output could not be written: {why}\n"));
    if code == 0 { EXIT_UNCAUGHT } else { code }
}

/// Shows the errors of tasks that nobody awaited.
fn report_failed_tasks(vm: &mut Vm) -> i32 {
    let failures = vm.unobserved_failures();
    for failure in &failures {
        vm.print_error(&format!("a task that nobody awaited failed\n{}", shown(failure)));
    }
    if failures.is_empty() { 0 } else { EXIT_UNCAUGHT }
}

/// An error as it is shown: message and stack, then those of what caused it, each line ended.
fn shown(error: &Uncaught) -> String {
    let mut text = format!("{}\n", harmless(&error.message));
    if !error.stack.is_empty() {
        text.push_str(&harmless(&error.stack));
        text.push('\n');
    }
    if let Some(cause) = &error.cause {
        text.push_str(&format!("caused by {}", shown(cause)));
    }
    text
}

/// A text in which nothing acts on a terminal but line ends and tabs: messages often quote what others sent.
fn harmless(text: &str) -> Cow<'_, str> {
    let acts = |one: char| {
        one.is_control() && !matches!(one, '\n' | '\t')
            || matches!(one, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for one in text.chars() {
        match acts(one) {
            true => shown.extend(one.escape_unicode()),
            false => shown.push(one),
        }
    }
    Cow::Owned(shown)
}
