//! The machine: a verified program, the heap it runs on, and the functions it was given.

use core::cell::Cell;
use core::ffi::c_void;
use core::mem::ManuallyDrop;
use core::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use std::collections::HashMap;

use foldhash::fast::RandomState;
use raya_abi::limits::STRING_BYTES_MAX;
use raya_abi::{Representation, RuntimeType};
use raya_bytecode::Verified;

use crate::error::{Ended, ErrorKind, Thrown};
use crate::handles::Handles;
use crate::heap::{Gc, Heap, utf16_units};
use crate::object::names::Names;
use crate::object::shapes::Shapes;
use crate::run::frames::Frames;
use crate::run::interrupt::Interrupt;
use crate::run::tasks::Scheduler;
use crate::run::{FunctionInfo, SiteCache};
use crate::text::IndexTables;
use crate::value::Value;

/// What the machine needs from its surroundings.
pub trait Host {
    /// Bytes for standard output.
    fn write_output(&mut self, bytes: &[u8]);
    /// Bytes for standard error.
    fn write_error(&mut self, bytes: &[u8]);
    /// Everything written so far should be visible.
    fn flush(&mut self);
    /// Why bytes for standard output were lost, if some were.
    fn output_failure(&mut self) -> Option<String> {
        None
    }
    /// Whether someone watches standard output: then each line is written when it is whole.
    fn output_is_terminal(&mut self) -> bool {
        false
    }
    /// Reads from standard input; 0 at the end.
    fn read_input(&mut self, buffer: &mut [u8]) -> usize;
    /// The program's arguments.
    fn arguments(&mut self) -> Vec<String>;
    /// Whether samples will be wanted: the machine then sees each call and each return.
    fn is_profiling(&self) -> bool {
        false
    }
    /// A program that is profiled begins. Raising the interrupt makes it ask [`Host::wants_sample`].
    fn started(&mut self, _interrupt: Arc<Interrupt>) {}
    /// The program was interrupted: whether that was for a sample.
    fn wants_sample(&mut self) -> bool {
        false
    }
    /// The calls that are active, the innermost first, each as `name (file:line)`.
    fn sample(&mut self, _calls: &[String]) {}
    /// The running program was interrupted through [`Vm::interrupter`]: go on, or stop for good.
    fn interrupted(&mut self) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

/// The arguments of a built-in or native function: registers of the caller, where they are roots.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    slots: &'a [Cell<Value>],
}

impl<'a> Arguments<'a> {
    /// Arguments that stand in `slots`.
    pub fn new(slots: &'a [Cell<Value>]) -> Arguments<'a> {
        Arguments { slots }
    }

    /// Number of arguments that were passed.
    pub fn count(self) -> usize {
        self.slots.len()
    }

    /// Argument `index`; absent if it was not passed.
    #[inline(always)]
    pub fn get(self, index: usize) -> Value {
        match self.slots.get(index) {
            Some(slot) => slot.get(),
            None => Value::ABSENT,
        }
    }

    /// The slots themselves; they stay valid during the call.
    pub fn slots(self) -> &'a [Cell<Value>] {
        self.slots
    }
}

/// A function of the machine that programs call by its name in the prelude. Never calls back into the program.
pub type BuiltinFunction = for<'a> fn(&mut Vm, Arguments<'a>) -> Result<Value, Thrown>;

/// Calls a native function: the machine, the index in the program's table of natives, the entry's data, the arguments.
pub type NativeCall = for<'a> fn(&mut Vm, u32, *const c_void, Arguments<'a>) -> Result<Value, Thrown>;

/// How a native function is called.
#[derive(Clone, Copy)]
pub struct NativeEntry {
    /// Calls it.
    pub call: NativeCall,
    /// Whatever `call` needs.
    pub data: *const c_void,
}

/// Choices of whoever starts the machine.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Collect at every safepoint: a test of the machine.
    pub gc_stress: bool,
    /// Bytes that may survive a collection before the program gets an error.
    pub heap_limit: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config { gc_stress: false, heap_limit: usize::MAX / 2 }
    }
}

/// Interrupts the running program of a machine, from any thread.
#[derive(Clone)]
pub struct Interrupter {
    interrupt: Arc<Interrupt>,
    asked: Arc<AtomicBool>,
}

impl Interrupter {
    /// The next call, or turn of a loop, asks [`Host::interrupted`].
    pub fn interrupt(&self) {
        self.asked.store(true, Ordering::Relaxed);
        self.interrupt.raise();
    }
}

/// A machine that runs one program.
pub struct Vm {
    pub(crate) heap: Heap,
    pub(crate) frames: Frames,
    pub(crate) functions: Box<[FunctionInfo]>,
    /// Only the plain loop runs: a test of it.
    #[cfg(threaded)]
    pub(crate) plain: bool,
    /// Where the threaded half of the run loop left off.
    #[cfg(threaded)]
    pub(crate) exit: crate::run::threaded::Exit,
    /// What it left off with, if that is an error.
    #[cfg(threaded)]
    pub(crate) thrown: Value,
    pub(crate) constants: Box<[Value]>,
    pub(crate) globals: Box<[Value]>,
    pub(crate) builtins: Box<[BuiltinFunction]>,
    pub(crate) natives: Box<[NativeEntry]>,
    pub(crate) native_results: Box<[Representation]>,
    /// Lives as long as the process: there is one program to a machine, and one machine to a thread.
    pub(crate) program: &'static Verified,
    /// The host wants to be asked.
    asked: Arc<AtomicBool>,
    /// Everything unwinds, past all handlers.
    pub(crate) ending: Option<Ended>,
    pub(crate) native_depth: usize,
    /// What built-ins that call the program hold meanwhile.
    pub(crate) pinned: Vec<Value>,
    pub(crate) names: Names,
    pub(crate) shapes: Shapes,
    pub(crate) class_shapes: Box<[u32]>,
    pub(crate) literal_shapes: Box<[u32]>,
    /// What the test of a type that is under way has found: the bits of objects, numbers of unions.
    pub(crate) type_tests: HashMap<(u64, u32), bool, RandomState>,
    pub(crate) class_values: Vec<Value>,
    pub(crate) error_classes: [Option<Option<u32>>; ErrorKind::COUNT],
    pub(crate) one_character: Option<Box<[Value; 128]>>,
    pub(crate) index_tables: IndexTables,
    pub(crate) opaque_types: Vec<(String, String)>,
    /// Tasks that failed while nobody waited for them.
    /// What was thrown last that is no error, and where.
    pub(crate) bare_throw: [Value; 2],
    pub(crate) failed_tasks: Vec<Value>,
    /// How many of them there were after those awaited since were let go.
    pub(crate) failed_tasks_kept: usize,
    /// Once the program has tasks that can wait. Its drop glue is reached through it, so that others are linked without.
    pub(crate) tasks: Option<ManuallyDrop<Box<Scheduler>>>,
    /// What the run loop's caller gets although nothing returned to it.
    pub(crate) leaving: Option<Value>,
    /// Number of calls below which stand native code's own callers: nothing above may take them off the stacks.
    pub(crate) native_floor: usize,
    pub(crate) random: Option<[u64; 2]>,
    pub(crate) handles: Handles,
    pub(crate) persistent: Vec<Value>,
    persistent_free: Vec<u32>,
    /// A function under [`Vm::keep`]: see [`Vm::set_at_end`].
    at_end: Option<u32>,
    host: Box<dyn Host>,
    output: Vec<u8>,
    /// Whether standard output is a terminal; asked when something is printed first.
    output_is_terminal: Option<bool>,
    /// Standard input that was read and not yet taken.
    pub(crate) input: Vec<u8>,
}

/// Nested entries from native code into the run loop.
const NATIVE_DEPTH_MAX: usize = 200;
/// Bytes of standard output that are gathered before they are written.
const OUTPUT_BUFFER: usize = 8 << 10;

impl Vm {
    /// A machine for `program`. `builtins` and `natives` are in the order of the program's tables.
    ///
    /// # Panics
    /// If there are fewer functions than the program's tables name: whoever resolves names reports missing ones.
    pub fn new(
        program: Verified,
        builtins: Vec<BuiltinFunction>,
        natives: Vec<NativeEntry>,
        config: Config,
        host: Box<dyn Host>,
    ) -> Vm {
        assert!(builtins.len() >= program.builtins.len(), "a function for every built-in");
        assert!(natives.len() >= program.natives.len(), "a function for every native");
        let program: &'static Verified = Box::leak(Box::new(program));
        let count = program.functions.iter().map(|function| function.sites.len()).sum();
        // They live as long as the program they belong to.
        let mut sites: &'static [Cell<SiteCache>] =
            Box::leak(vec![Cell::new(SiteCache::EMPTY); count].into_boxed_slice());
        let functions = program.functions.iter().map(|function| {
            let (own, others) = sites.split_at(function.sites.len());
            sites = others;
            FunctionInfo::new(function, own)
        });
        let functions: Box<[FunctionInfo]> = functions.collect();
        Vm {
            heap: Heap::new(config.heap_limit, config.gc_stress),
            frames: Frames::new(),
            functions,
            #[cfg(threaded)]
            plain: config.gc_stress,
            #[cfg(threaded)]
            exit: crate::run::threaded::Exit::NOWHERE,
            #[cfg(threaded)]
            thrown: Value::NULL,
            constants: vec![Value::ABSENT; program.strings.len()].into_boxed_slice(),
            globals: vec![Value::ABSENT; program.globals.len()].into_boxed_slice(),
            builtins: builtins.into_boxed_slice(),
            natives: natives.into_boxed_slice(),
            native_results: program
                .natives
                .iter()
                .map(|native| native_result(&program.types[native.result.0 as usize]))
                .collect(),
            program,
            asked: Arc::new(AtomicBool::new(false)),
            ending: None,
            native_depth: 0,
            pinned: Vec::new(),
            names: Names::default(),
            shapes: Shapes::new(),
            class_shapes: vec![0; program.classes.len()].into_boxed_slice(),
            type_tests: HashMap::default(),
            literal_shapes: vec![0; program.shapes.len()].into_boxed_slice(),
            class_values: Vec::new(),
            error_classes: [None; ErrorKind::COUNT],
            one_character: None,
            index_tables: IndexTables::default(),
            opaque_types: Vec::new(),
            bare_throw: [Value::NULL; 2],
            failed_tasks: Vec::new(),
            failed_tasks_kept: 0,
            tasks: None,
            leaving: None,
            native_floor: 0,
            random: None,
            handles: Handles::default(),
            persistent: Vec::new(),
            persistent_free: Vec::new(),
            at_end: None,
            host,
            output: Vec::new(),
            output_is_terminal: None,
            input: Vec::new(),
        }
    }

    /// Runs the program from its entry and gives its value.
    pub fn run(&mut self) -> Result<Value, Ended> {
        if self.host.is_profiling() {
            self.frames.watch();
            let interrupt = self.frames.interrupt().clone();
            self.host.started(interrupt);
        }
        let entry = self.program.entry;
        let result = self.enter_function(entry).and_then(|value| self.finish(value));
        let result = result.and_then(|value| {
            let kept = self.keep(value);
            self.drain_tasks()?;
            self.release(kept);
            Ok(value)
        });
        self.flush();
        self.ended(result)
    }

    /// Runs what the program wants to run when its body has ended; gives the program's value.
    fn finish(&mut self, value: Value) -> Result<Value, Thrown> {
        let Some(function) = self.at_end.take() else { return Ok(value) };
        let kept = self.keep(value);
        let result = self.enter_value(self.kept(function), &[]);
        self.release(function);
        let value = self.kept(kept);
        self.release(kept);
        result.map(|_| value)
    }

    /// Calls `function`, which takes nothing, when the body of the program has ended; a later one takes its place.
    pub(crate) fn set_at_end(&mut self, function: Value) {
        let kept = self.keep(function);
        if let Some(before) = self.at_end.replace(kept) {
            self.release(before);
        }
    }

    /// What a result means outside the machine.
    pub fn ended(&mut self, result: Result<Value, Thrown>) -> Result<Value, Ended> {
        match (self.ending.take(), result) {
            (Some(ended), _) => Err(ended),
            (None, Ok(value)) => Ok(value),
            (None, Err(thrown)) => Err(Ended::Uncaught(self.uncaught(thrown))),
        }
    }

    /// Calls a function value from native code. The caller's own values must be in handles or arguments: this collects.
    pub fn call(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
        if self.native_depth >= NATIVE_DEPTH_MAX {
            return Err(
                self.error(ErrorKind::Range, "calls between native and program code are nested too deeply")
            );
        }
        self.native_depth += 1;
        let outer = core::mem::replace(&mut self.native_floor, self.frames.depth());
        let result = self.enter_value(function, arguments);
        self.native_floor = outer;
        self.native_depth -= 1;
        result
    }

    /// Ends with the process: opaque objects are finalised, and all memory is left to the system, which is quicker at taking
    /// it back.
    pub fn end_with_process(self) {
        core::mem::ManuallyDrop::new(self).heap.finalize_all();
    }

    /// The program it runs.
    pub fn program(&self) -> &'static Verified {
        self.program
    }

    /// The heap, for making and looking into objects.
    pub fn heap(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// For another thread to interrupt the running program with.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter { interrupt: self.frames.interrupt().clone(), asked: self.asked.clone() }
    }

    /// Replaces a native function's entry: for modules that are loaded when first called.
    pub fn set_native(&mut self, index: u32, entry: NativeEntry) {
        if let Some(known) = self.natives.get_mut(index as usize) {
            *known = entry;
        }
    }

    /// Makes the program end with `code`: return what this gives.
    pub fn exit(&mut self, code: i32) -> Thrown {
        self.ending = Some(Ended::Exit(code));
        Thrown(Value::NULL)
    }

    #[cold]
    pub(crate) fn handle_interrupt(&mut self) -> Result<(), Thrown> {
        self.frames.lower_interrupt();
        self.offer_sample();
        if self.asked.swap(false, Ordering::Relaxed)
            && let ControlFlow::Break(()) = self.host.interrupted()
        {
            self.ending = Some(Ended::Stopped);
            return Err(Thrown(Value::NULL));
        }
        match self.tasks.as_deref() {
            Some(tasks) => (tasks.machinery.interrupted)(self),
            None => Ok(()),
        }
    }

    /// The error for an allocation that is too large.
    #[cold]
    pub fn out_of_memory(&mut self) -> Thrown {
        self.error(ErrorKind::Range, "out of memory: the heap's limit is reached")
    }

    /// A string, or an error if it is too long.
    pub fn new_string(&mut self, text: &str) -> Result<Value, Thrown> {
        self.new_string_of_units(text, utf16_units(text))
    }

    /// The same where the number of UTF-16 units is known.
    pub(crate) fn new_string_of_units(&mut self, text: &str, units: usize) -> Result<Value, Thrown> {
        if text.len() > STRING_BYTES_MAX || !self.heap.has_room(text.len()) {
            return Err(self.string_too_long(text.len()));
        }
        if text.len() == 1 {
            return Ok(self.character(text.as_bytes()[0]));
        }
        Ok(Value::reference(self.heap.string_of_units(text, units)))
    }

    #[cold]
    pub(crate) fn string_too_long(&mut self, length: usize) -> Thrown {
        self.error(ErrorKind::Range, &format!("a string of {length} bytes is too long"))
    }

    /// The string of one ASCII character, kept.
    pub(crate) fn character(&mut self, byte: u8) -> Value {
        let table = self.one_character.get_or_insert_with(|| Box::new([Value::ABSENT; 128]));
        let slot = &mut table[byte as usize & 127];
        if slot.is_absent() {
            let bytes = [byte & 127];
            // ASCII is UTF-8.
            *slot = Value::reference(self.heap.string(core::str::from_utf8(&bytes).unwrap_or("")));
        }
        *slot
    }

    /// A string constant of the program.
    #[inline(always)]
    pub(crate) fn constant(&mut self, index: usize) -> Value {
        let known = self.constants[index];
        if known.is_absent() { self.make_constant(index) } else { known }
    }

    #[cold]
    fn make_constant(&mut self, index: usize) -> Value {
        let program = self.program;
        let string = Value::reference(self.heap.string(&program.strings[index]));
        self.constants[index] = string;
        string
    }

    /// The one instance of a static side: a class as a value.
    pub(crate) fn class_value(&mut self, class: u32) -> Value {
        if self.class_values.is_empty() {
            self.class_values = vec![Value::NULL; self.program.classes.len()];
        }
        if self.class_values[class as usize].is_nullish() {
            let value = Value::reference(self.new_instance(class));
            self.class_values[class as usize] = value;
        }
        self.class_values[class as usize]
    }

    /// Gathers standard output.
    pub fn print(&mut self, text: &str) {
        self.print_bytes(text.as_bytes());
    }

    /// Gathers standard output.
    pub fn print_bytes(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        let is_terminal = *self.output_is_terminal.get_or_insert_with(|| self.host.output_is_terminal());
        if self.output.len() >= OUTPUT_BUFFER || (is_terminal && bytes.ends_with(b"\n")) {
            self.drain_output();
        }
    }

    fn drain_output(&mut self) {
        if !self.output.is_empty() {
            self.host.write_output(&self.output);
            self.output.clear();
        }
    }

    /// Makes everything printed so far visible.
    pub fn flush(&mut self) {
        self.drain_output();
        self.host.flush();
    }

    /// Why standard output lost something, if it did.
    pub fn output_failure(&mut self) -> Option<String> {
        self.host.output_failure()
    }

    /// Writes to standard error, after what was printed before.
    pub fn print_error(&mut self, text: &str) {
        self.drain_output();
        self.host.write_error(text.as_bytes());
    }

    /// Reads standard input, after making visible what was printed before.
    pub(crate) fn read_input(&mut self, buffer: &mut [u8]) -> usize {
        self.flush();
        self.host.read_input(buffer)
    }

    /// What the machine runs in.
    pub fn host(&mut self) -> &mut dyn Host {
        &mut *self.host
    }

    /// The handle area, where native code keeps values of one call.
    pub fn handles(&mut self) -> &mut Handles {
        &mut self.handles
    }

    /// Keeps `value` until [`Vm::release`]; gives its number.
    pub fn keep(&mut self, value: Value) -> u32 {
        match self.persistent_free.pop() {
            Some(number) => {
                self.persistent[number as usize] = value;
                number
            }
            None => {
                self.persistent.push(value);
                self.persistent.len() as u32 - 1
            }
        }
    }

    /// What [`Vm::keep`] kept under this number; null if it was released.
    pub fn kept(&self, number: u32) -> Value {
        self.persistent
            .get(number as usize)
            .copied()
            .filter(|value| !value.is_absent())
            .unwrap_or(Value::NULL)
    }

    /// Lets go of a kept value. Releasing it twice does nothing.
    pub fn release(&mut self, number: u32) {
        if let Some(value) = self.persistent.get_mut(number as usize)
            && !value.is_absent()
        {
            *value = Value::ABSENT;
            self.persistent_free.push(number);
        }
    }

    /// The number of an opaque type, for [`Heap::opaque`].
    pub fn opaque_type(&mut self, module: &str, name: &str) -> u32 {
        let known =
            self.opaque_types.iter().position(|(known, type_name)| known == module && type_name == name);
        let index = known.unwrap_or_else(|| {
            self.opaque_types.push((module.to_owned(), name.to_owned()));
            self.opaque_types.len() - 1
        });
        index as u32
    }

    /// Module and name of an opaque type.
    pub fn opaque_type_name(&self, index: u32) -> Option<(&str, &str)> {
        self.opaque_types.get(index as usize).map(|(module, name)| (module.as_str(), name.as_str()))
    }

    /// Tasks that failed and that nobody awaited, as errors.
    pub fn unobserved_failures(&mut self) -> Vec<crate::error::Uncaught> {
        let tasks = core::mem::take(&mut self.failed_tasks);
        let failed = tasks.into_iter().filter_map(Value::as_task).filter(|task| !task.is_observed());
        failed.map(|task| self.uncaught(Thrown(task.outcome()))).collect()
    }

    /// The closure of a function without captures, as a value.
    pub fn function_value(&mut self, function: u32) -> Option<Value> {
        let known = self.program.functions.get(function as usize)?;
        if known.captures != 0 {
            return None;
        }
        let closure: Gc<_> = self.heap.closure(function, &[]);
        Some(Value::reference(closure))
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        if let Some(tasks) = self.tasks.take() {
            let end = tasks.machinery.end;
            end(ManuallyDrop::into_inner(tasks));
        }
    }
}

/// The representation that a native's result is checked for without looking at its type; `Reference` means: look.
fn native_result(declared: &RuntimeType) -> Representation {
    match declared {
        RuntimeType::Int => Representation::Int,
        RuntimeType::Number => Representation::Number,
        RuntimeType::Boolean => Representation::Boolean,
        RuntimeType::Unknown => Representation::Any,
        _ => Representation::Reference,
    }
}
