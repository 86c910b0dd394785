//! Calls whose callee is found when the program runs, calls from outside, returns out of the ordinary, and unwinding.

use core::cell::Cell;

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};
use raya_bytecode::program::Member;
use raya_bytecode::{Instruction, Operation};

use super::Next;
use super::frames::{Frame, RETURN_CHECKED, RETURN_DROPPED, RETURN_HOST, RETURN_USUAL, RETURN_WATCHED};
use super::tasks::Switched;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::{ClosureObject, ElementKind, Kind};
use crate::heap::tasks::TaskState;
use crate::object::property::{Found, fit};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

/// Bound functions inside bound functions.
const BOUND_DEPTH_MAX: usize = 32;

impl Vm {
    /// Runs a function of the program that takes no parameters.
    pub(crate) fn enter_function(&mut self, function: u32) -> Result<Value, Thrown> {
        let floor = self.frames.depth();
        let window = self.frames.end();
        self.push_call(function, None, window, 0, RETURN_HOST)?;
        self.execute(floor)
    }

    /// Calls a function value from outside the run loop.
    pub(crate) fn enter_value(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
        let floor = self.frames.depth();
        let window = self.frames.end();
        self.place(window, arguments.iter().copied(), arguments.len())?;
        let result = match self.call_value_with(function, window, arguments.len(), RETURN_HOST)? {
            Next::Value(value) => Ok(value),
            Next::Reload => self.execute(floor),
        };
        // What was called is `async` and did not return: its task is what the call gives.
        self.leaving.take().map_or(result, Ok)
    }

    /// Writes `count` values at `window`, above all registers in use.
    fn place(
        &mut self,
        window: *mut Value,
        values: impl Iterator<Item = Value>,
        count: usize,
    ) -> Result<(), Thrown> {
        let end = window.wrapping_add(count);
        if !self.frames.has_room(end) && !self.frames.make_room(end) {
            return Err(self.stack_exhausted());
        }
        for (at, value) in values.take(count).enumerate() {
            // SAFETY: there is room for `count` values at `window`, as was just made sure of.
            unsafe { *window.add(at) = value };
        }
        Ok(())
    }

    #[cold]
    fn stack_exhausted(&mut self) -> Thrown {
        self.error(ErrorKind::Range, "the calls are nested too deeply: the stack is exhausted")
    }

    /// The marker of a direct call that needs more than the fast path gives: room, or a task.
    #[cold]
    pub(crate) fn call_marker(&mut self, end: *mut Value, is_async: bool) -> Result<Value, Thrown> {
        if !self.frames.has_room(end) && !self.frames.make_room(end) {
            return Err(self.stack_exhausted());
        }
        Ok(if is_async { self.begin_task() } else { self.usual_marker() })
    }

    /// Begins a call at its checked entry: `count` arguments stand at `window`; missing ones become absent, and what is too
    /// many goes into the rest parameter or away.
    #[inline(always)]
    pub(crate) fn push_call(
        &mut self,
        function: u32,
        closure: Option<Gc<ClosureObject>>,
        window: *mut Value,
        count: usize,
        marker: Value,
    ) -> Result<(), Thrown> {
        let callee: *const super::FunctionInfo = &self.functions[function as usize];
        // SAFETY: the table of functions does not change while the machine lives.
        let info = unsafe { &*callee };
        let parameters = info.parameters as usize;
        let end = window.wrapping_add((info.registers as usize).max(count));
        let mut marker = marker;
        if !self.frames.has_room(end) {
            if !self.frames.make_room(end) {
                return Err(self.stack_exhausted());
            }
            if marker == RETURN_USUAL && !info.is_async {
                marker = self.usual_marker();
            }
        }
        if info.rest {
            self.pack_rest(window, count, parameters - 1)?;
        } else {
            for at in count..parameters {
                // SAFETY: parameters are registers, for which there is room.
                unsafe { *window.add(at) = Value::ABSENT };
            }
        }
        let marker = if info.is_async && !marker.is_reference() { self.begin_task() } else { marker };
        self.frames.push(Frame { pc: info.code, base: window, function: callee, closure, marker });
        Ok(())
    }

    /// Makes an array of the arguments from `fixed` on.
    fn pack_rest(&mut self, window: *mut Value, count: usize, fixed: usize) -> Result<(), Thrown> {
        let rest = self.heap.array(ElementKind::Any, count.saturating_sub(fixed));
        for at in fixed..count {
            // SAFETY: the arguments stand at the window.
            let value = unsafe { *window.add(at) };
            // Any value fits.
            let _ = self.heap.array_push(rest, if value.is_absent() { Value::NULL } else { value });
        }
        for at in count..fixed {
            // SAFETY: parameters are registers, for which there is room.
            unsafe { *window.add(at) = Value::ABSENT };
        }
        // SAFETY: the rest parameter is a register.
        unsafe { *window.add(fixed) = Value::reference(rest) };
        Ok(())
    }

    /// Calls a function of the program through its checked entry.
    #[inline(always)]
    pub(crate) fn call_function_checked(
        &mut self,
        function: u32,
        closure: Option<Gc<ClosureObject>>,
        window: *mut Value,
        count: usize,
    ) -> Result<Next, Thrown> {
        self.push_call(function, closure, window, count, RETURN_USUAL)?;
        Ok(Next::Reload)
    }

    /// Calls a function value; the arguments stand at `window`.
    #[inline(always)]
    pub(crate) fn call_value(
        &mut self,
        callee: Value,
        window: *mut Value,
        count: usize,
    ) -> Result<Next, Thrown> {
        if let Some(closure) = callee.as_closure() {
            return self.call_function_checked(closure.function(), Some(closure), window, count);
        }
        self.call_value_with(callee, window, count, RETURN_USUAL)
    }

    #[inline(never)]
    fn call_value_with(
        &mut self,
        mut callee: Value,
        window: *mut Value,
        mut count: usize,
        marker: Value,
    ) -> Result<Next, Thrown> {
        for _ in 0..BOUND_DEPTH_MAX {
            if let Some(closure) = callee.as_closure() {
                self.push_call(closure.function(), Some(closure), window, count, marker)?;
                return Ok(Next::Reload);
            }
            if let Some(bound) = callee.as_bound() {
                count += self.insert_bound(bound.arguments(), window, count)?;
                callee = bound.target();
                continue;
            }
            let Some(function) = callee.as_foreign().map(|function| function.header.aux.get()) else { break };
            // SAFETY: the arguments stand at the window; nobody else writes them during the call.
            let arguments =
                Arguments::new(unsafe { core::slice::from_raw_parts(window.cast::<Cell<Value>>(), count) });
            return match callee.kind() {
                Some(Kind::Native) => self.call_native(function, arguments).map(Next::Value),
                Some(Kind::Builtin) => {
                    let call = self.builtins[function as usize];
                    call(self, arguments).map(Next::Value)
                }
                _ => {
                    let name = self.class_name(function).to_owned();
                    Err(self.error(ErrorKind::Type, &format!("class {name} cannot be called without `new`")))
                }
            };
        }
        let found = self.describe(callee);
        Err(self.error(ErrorKind::Type, &format!("expected a function, found {found}")))
    }

    /// Moves `count` arguments up and puts the bound ones before them; gives the number of those.
    fn insert_bound(&mut self, bound: Value, window: *mut Value, count: usize) -> Result<usize, Thrown> {
        let Some(bound) = bound.as_array() else { return Ok(0) };
        let more = bound.length();
        let end = window.wrapping_add(count + more);
        if !self.frames.has_room(end) && !self.frames.make_room(end) {
            return Err(self.stack_exhausted());
        }
        // SAFETY: there is room for all arguments; what stands above a call's arguments is free.
        unsafe {
            core::ptr::copy(window, window.add(more), count);
            for (at, value) in bound.iter().enumerate() {
                *window.add(at) = value;
            }
        }
        Ok(more)
    }

    /// Calls a native function and checks its result against the declared type.
    #[inline]
    pub(crate) fn call_native(&mut self, index: u32, arguments: Arguments<'_>) -> Result<Value, Thrown> {
        let entry = self.natives[index as usize];
        let result = (entry.call)(self, index, entry.data, arguments);
        let program = self.program;
        let native = &program.natives[index as usize];
        let declared = native.result;
        if native.returns_result && !matches!(program.types[declared.0 as usize], RuntimeType::Task(_)) {
            return self.result_value(result, index, declared);
        }
        let value = result?;
        if let Some(value) =
            fit(value, self.native_results[index as usize]).filter(|value| !value.is_reference())
        {
            return Ok(if value.is_absent() { Value::NULL } else { value });
        }
        self.check_native_result(value, index, declared)
    }

    /// What the task of native `index` gives after its operation gave this: checked against the declared type.
    pub fn completed_result(&mut self, result: Result<Value, Thrown>, index: u32) -> Result<Value, Thrown> {
        let program = self.program;
        let native = &program.natives[index as usize];
        let RuntimeType::Task(declared) = program.types[native.result.0 as usize] else { return result };
        if native.returns_result {
            return self.result_value(result, index, declared);
        }
        self.check_native_result(result?, index, declared)
    }

    fn check_native_result(
        &mut self,
        value: Value,
        index: u32,
        declared: RuntimeTypeId,
    ) -> Result<Value, Thrown> {
        let program = self.program;
        let native = &program.natives[index as usize];
        if value.as_string().is_some() && matches!(program.types[declared.0 as usize], RuntimeType::String) {
            return Ok(value);
        }
        let checked = self.cast(value, declared);
        if checked.is_ok() || self.ending.is_some() {
            return checked;
        }
        let (module, name) =
            (&program.strings[native.module as usize], &program.strings[native.name as usize]);
        let expected = self.type_text(declared, 0);
        let found = self.describe_instead(value, &expected);
        Err(self.error(
            ErrorKind::Type,
            &format!("native:{module}.{name} returned {found}, it is declared to return {expected}"),
        ))
    }

    /// The `Result` value of a native that is declared to give one.
    fn result_value(
        &mut self,
        result: Result<Value, Thrown>,
        index: u32,
        declared: RuntimeTypeId,
    ) -> Result<Value, Thrown> {
        let checked = result.and_then(|value| self.check_native_result(value, index, declared));
        let (status, field, value) = match checked {
            Ok(value) => ("ok", "value", value),
            Err(_) if self.ending.is_some() => return Err(Thrown(Value::NULL)),
            Err(Thrown(error)) => ("error", "error", error),
        };
        let object = self.new_object(2);
        let status = Value::reference(self.heap.string(status));
        self.set_property(object, "status", status)?;
        self.set_property(object, field, value)?;
        Ok(Value::reference(object))
    }

    /// Calls the member that the site names, after its cache missed. The receiver stands at `window`.
    #[inline(never)]
    pub(crate) fn call_method_slow(
        &mut self,
        instruction: Instruction,
        window: *mut Value,
    ) -> Result<Next, Thrown> {
        // SAFETY: the receiver is the first argument; there is at least one.
        let subject = unsafe { *window };
        let count = instruction.n as usize;
        let name = self.site_name(instruction.b);
        let Some(object) = subject.as_plain() else { return Err(self.no_method(subject, name)) };
        let interned = self.names.intern(name);
        match self.resolve(object.shape(), interned) {
            Found::Member(Member::Method(function)) => {
                self.fill_site(instruction.b, object, super::SITE_METHOD, function, 0, Representation::Any);
                self.call_function_checked(function, None, window, count)
            }
            Found::Member(Member::Accessor { get: Some(_), .. }) => Err(self.computed_method(name)),
            _ => {
                let Some(callee) = self.own_property(object, name) else {
                    if self.has_computed(object, name) {
                        return Err(self.computed_method(name));
                    }
                    return Err(self.no_method(subject, name));
                };
                // A field that holds a function: the receiver is no argument of it.
                // SAFETY: the arguments stand at the window, inside the caller's registers.
                unsafe { core::ptr::copy(window.add(1), window, count - 1) };
                self.call_value(callee, window, count - 1)
            }
        }
    }

    #[cold]
    fn computed_method(&mut self, name: &str) -> Thrown {
        self.error(ErrorKind::Type, &format!("property '{name}' is computed: read it before calling it"))
    }

    #[cold]
    fn no_method(&mut self, subject: Value, name: &str) -> Thrown {
        let found = self.describe(subject);
        self.error(ErrorKind::Type, &format!("cannot call '{name}' of {found}"))
    }

    /// Copies the elements of `array` above the caller's registers.
    fn spread(&mut self, array: Value) -> Result<(*mut Value, usize), Thrown> {
        let Some(array) = array.as_array() else { return Err(self.expected("an array", array)) };
        let window = self.frames.end();
        self.place(window, array.iter(), array.length())?;
        Ok((window, array.length()))
    }

    pub(crate) fn call_value_spread(&mut self, callee: Value, array: Value) -> Result<Next, Thrown> {
        let (window, count) = self.spread(array)?;
        self.call_value(callee, window, count)
    }

    pub(crate) fn call_method_spread(
        &mut self,
        instruction: Instruction,
        array: Value,
    ) -> Result<Next, Thrown> {
        let (window, count) = self.spread(array)?;
        if count == 0 {
            return Err(self.expected("a receiver", Value::NULL));
        }
        let name = self.site_name(instruction.b);
        // SAFETY: the receiver is the first of the values just placed.
        let subject = unsafe { *window };
        let Some(object) = subject.as_plain() else { return Err(self.no_method(subject, name)) };
        let interned = self.names.intern(name);
        match self.resolve(object.shape(), interned) {
            Found::Member(Member::Method(function)) => {
                self.call_function_checked(function, None, window, count)
            }
            _ => {
                let Some(callee) = self.own_property(object, name) else {
                    return Err(self.no_method(subject, name));
                };
                self.call_value(callee, window.wrapping_add(1), count - 1)
            }
        }
    }

    pub(crate) fn call_builtin_spread(&mut self, builtin: u16, array: Value) -> Result<Value, Thrown> {
        let Some(array) = array.as_array() else { return Err(self.expected("an array", array)) };
        let values: Vec<Cell<Value>> = array.iter().map(Cell::new).collect();
        let call = self.builtins[builtin as usize];
        // Built-ins never lead to a collection, so the copies need no roots.
        call(self, Arguments::new(&values))
    }

    /// Calls an accessor above the caller's registers.
    pub(crate) fn call_accessor(
        &mut self,
        function: u32,
        values: [Value; 2],
        count: usize,
        marker: Value,
    ) -> Result<Next, Thrown> {
        self.refuse_async_accessor(function)?;
        let window = self.frames.end();
        self.place(window, values.into_iter(), count)?;
        self.push_call(function, None, window, count, marker)?;
        Ok(Next::Reload)
    }

    /// What an accessor gives is checked when it returns; an `async` function gives its task before. The language has no such
    /// accessors, an image might.
    fn refuse_async_accessor(&mut self, function: u32) -> Result<(), Thrown> {
        match self.functions[function as usize].is_async {
            true => Err(self.error(ErrorKind::Type, "an accessor cannot be `async`")),
            false => Ok(()),
        }
    }

    /// Calls a closure that is an accessor above the caller's registers.
    pub(crate) fn call_closure(
        &mut self,
        closure: Gc<ClosureObject>,
        arguments: &[Value],
        marker: Value,
    ) -> Result<Next, Thrown> {
        self.refuse_async_accessor(closure.function())?;
        let window = self.frames.end();
        self.place(window, arguments.iter().copied(), arguments.len())?;
        self.push_call(closure.function(), Some(closure), window, arguments.len(), marker)?;
        Ok(Next::Reload)
    }

    /// A return whose marker says more than usual. The call was popped. Gives a value for the host, or nothing when the
    /// innermost call goes on.
    pub(crate) fn return_specially(
        &mut self,
        marker: Value,
        value: Value,
        floor: usize,
    ) -> Result<Option<Value>, Thrown> {
        if marker == RETURN_HOST {
            return Ok(Some(value));
        }
        if marker == RETURN_WATCHED {
            self.look_at_returned();
            self.set_result(value);
            return Ok(None);
        }
        if marker == RETURN_DROPPED {
            return Ok(None);
        }
        if let Some(task) = marker.as_task() {
            return match self.end_call_of(task, TaskState::Done, value, floor) {
                Switched::Resumed => Ok(None),
                Switched::Throws(thrown) => Err(thrown),
                // Without a value the program ends.
                Switched::Leaves => self.leaving.take().map(Some).ok_or(Thrown(Value::NULL)),
            };
        }
        debug_assert_eq!(marker, RETURN_CHECKED);
        let result = self.check_property(value, self.last_instruction().operation)?;
        self.set_result(result);
        Ok(None)
    }

    /// The instruction that the innermost call executes.
    fn last_instruction(&self) -> Instruction {
        // SAFETY: a call that called stands behind the instruction that did.
        unsafe { *self.frames.top().pc.sub(1) }
    }

    /// Gives the result of the innermost call's instruction.
    pub(crate) fn set_result(&mut self, value: Value) {
        let register = self.last_instruction().a;
        // SAFETY: `a` of an instruction with a result is a register of its function.
        unsafe { *self.frames.top().base.add(register as usize) = value };
    }

    /// Looks for a handler of `thrown`, from the innermost call down to the calls below `floor`, which are not ours. Where
    /// the error is that the running task has to wait, the next task goes on instead.
    #[cold]
    #[inline(never)]
    pub(crate) fn unwind(&mut self, mut thrown: Thrown, floor: usize) -> Result<(), Thrown> {
        loop {
            let switched = match self.tasks.as_deref() {
                Some(tasks) if tasks.has_suspension() => (tasks.machinery.switch)(self, floor),
                _ => self.find_handler(thrown, floor),
            };
            match switched {
                Switched::Resumed => return Ok(()),
                Switched::Throws(other) => thrown = other,
                Switched::Leaves => return Err(thrown),
            }
        }
    }

    fn find_handler(&mut self, thrown: Thrown, floor: usize) -> Switched {
        while self.frames.depth() > floor {
            let frame = self.frames.top();
            if self.ending.is_none()
                && let Some([function, instruction]) = self.frame_position(0)
            {
                let program = self.program;
                let handlers = &program.functions[function as usize].handlers;
                let covers = |handler: &&raya_bytecode::program::Handler| {
                    (handler.start..handler.end).contains(&instruction)
                };
                if let Some(handler) = handlers.iter().find(covers) {
                    // SAFETY: the verifier checked that target and register are the function's.
                    unsafe {
                        *frame.base.add(handler.register as usize) = thrown.0;
                        self.frames.set_pc((*frame.function).code.add(handler.target as usize));
                    }
                    return Switched::Resumed;
                }
            }
            self.frames.pop();
            if let Some(task) = frame.marker.as_task()
                && self.ending.is_none()
            {
                return self.end_call_of(task, TaskState::Failed, thrown.0, floor);
            }
            if frame.marker == RETURN_HOST {
                break;
            }
        }
        Switched::Leaves
    }

    /// Function and instruction of the call `above` calls out from the innermost.
    pub(crate) fn frame_position(&self, above: usize) -> Option<[u32; 2]> {
        let frame = self.frames.get(above)?;
        let function =
            (frame.function as usize - self.functions.as_ptr() as usize) / size_of::<super::FunctionInfo>();
        // SAFETY: a frame's function is one of the table's.
        let code = unsafe { (*frame.function).code };
        let next = (frame.pc as usize - code as usize) / size_of::<Instruction>();
        Some([function as u32, (next as u32).saturating_sub(1)])
    }

    /// What a getter gave, checked as the instruction that read it says.
    pub(crate) fn check_property(&mut self, value: Value, operation: Operation) -> Result<Value, Thrown> {
        let value = if value.is_absent() { Value::NULL } else { value };
        let expected = match operation {
            Operation::GetPropertyInt => Representation::Int,
            Operation::GetPropertyNumber => Representation::Number,
            Operation::GetPropertyBoolean => Representation::Boolean,
            Operation::GetPropertyReference => Representation::Reference,
            _ => return Ok(value),
        };
        match fit(value, expected) {
            Some(value) => Ok(value),
            None => Err(self.check_failed(expected, value)),
        }
    }
}
