//! The fast half of the run loop: a function for each common operation, which ends by jumping to the next one's.
//!
//! One `match` in a loop shares its dispatch and its registers among all operations; here every handler has its own, and
//! what a running call needs stays in the machine's argument registers. Handlers do what is common and quick. Whatever else
//! can happen (an error, a collection, a cache that does not know the object, a full stack, an interrupt) *leaves*: the
//! plain loop in [`super`] gets the instruction as if nothing had been done, and comes back for the next one. So nothing
//! here collects or unwinds, and each operation's meaning is written in full in one place, the plain loop.
//!
//! A handler's last act is a call with its own signature, which optimising compilers make a jump (`build.rs` knows where).
//! Rust does not promise it; `tests/threaded.rs` would overflow its stack if it were not so.

mod arithmetic;
mod calls;
mod jumps;
mod makers;
mod objects;

use core::cell::Cell;

use raya_bytecode::{Instruction, Operation};

use super::SiteCache;
use crate::value::Value;
use crate::vm::Vm;

/// Where the plain loop goes on.
#[derive(Clone, Copy)]
pub(crate) struct Exit {
    pub(super) pc: *const Instruction,
    pub(super) base: *mut Value,
}

impl Exit {
    pub(crate) const NOWHERE: Exit = Exit { pc: core::ptr::null(), base: core::ptr::null_mut() };
}

/// What handlers hand on: the instruction to run, register 0, the machine, the table of handlers, the sites of the running
/// function, and the tag of ints.
type Handler =
    unsafe fn(*const Instruction, *mut Value, *mut Vm, *const Handlers, *const Cell<SiteCache>, u64);

/// A handler for each number of an operation.
#[repr(transparent)]
struct Handlers([HandlerEntry; 256]);

/// A handler; a type of its own, so that the two types may name each other.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct HandlerEntry(
    unsafe fn(*const Instruction, *mut Value, *mut Vm, *const Handlers, *const Cell<SiteCache>, u64),
);

const _: Handler = leave;

/// Runs from `pc` as long as nothing uncommon happens.
///
/// # Safety
/// The innermost call of `vm` stands at `pc` with its registers at `base`, as the run loop keeps them.
#[inline(always)]
pub(super) unsafe fn run(vm: &mut Vm, pc: *const Instruction, base: *mut Value) -> Exit {
    let function = vm.frames.top().function;
    // SAFETY: a frame's function is one of the program's; the rest is the caller's promise.
    unsafe {
        let vm: *mut Vm = vm;
        State { pc, base, vm, table: &HANDLERS, sites: (*function).sites, tag: Value::int(0).bits() }.go();
        (*vm).exit
    }
}

/// What a handler was called with. There is one only while a verified program runs, so that what its methods read and write
/// is as the verifier says: operands of the instruction at `pc` are inside their tables, registers hold what they declare.
#[derive(Clone, Copy)]
struct State {
    pc: *const Instruction,
    base: *mut Value,
    vm: *mut Vm,
    table: *const Handlers,
    sites: *const Cell<SiteCache>,
    tag: u64,
}

impl State {
    #[inline(always)]
    fn instruction<'a>(self) -> &'a Instruction {
        // SAFETY: see `State`.
        unsafe { &*self.pc }
    }

    #[inline(always)]
    fn register(self, index: u16) -> Value {
        // SAFETY: see `State`.
        unsafe { *self.base.add(index as usize) }
    }

    /// The register that operand `a` names.
    #[inline(always)]
    fn a(self) -> Value {
        self.register(self.instruction().a)
    }

    /// The register that operand `b` names.
    #[inline(always)]
    fn b(self) -> Value {
        self.register(self.instruction().b)
    }

    /// The register that operand `c` names.
    #[inline(always)]
    fn c(self) -> Value {
        self.register(self.instruction().c)
    }

    /// The 32-bit immediate.
    #[inline(always)]
    fn wide(self) -> i32 {
        // SAFETY: `b` and `c` are the second half of the instruction's eight bytes, low half first.
        unsafe { *self.pc.cast::<i32>().add(1) }
    }

    /// Sets the register that operand `a` names.
    #[inline(always)]
    fn set(self, value: Value) {
        // SAFETY: see `State`.
        unsafe { *self.base.add(self.instruction().a as usize) = value }
    }

    #[inline(always)]
    fn set_int(self, value: i32) {
        self.set(Value::tagged(self.tag, value));
    }

    #[inline(always)]
    fn set_number(self, value: f64) {
        self.set(Value::computed(value));
    }

    /// The cache of the site with this number.
    #[inline(always)]
    fn site<'a>(self, index: u16) -> &'a SiteCache {
        // SAFETY: see `State`; nobody writes sites while a handler runs.
        unsafe { &*self.sites.add(index as usize).cast::<SiteCache>() }
    }

    #[inline(always)]
    fn vm<'a>(self) -> &'a mut Vm {
        // SAFETY: whoever called `run` lent the machine until it returns; handlers hold one reference at a time.
        unsafe { &mut *self.vm }
    }

    /// The plain loop runs this instruction.
    #[inline(always)]
    fn leave(self) {
        // SAFETY: see `vm`. The place is stored rather than returned: handlers that return nothing end alike on all paths,
        // so that the compiler finds it easy to make their last calls jumps.
        unsafe { (*self.vm).exit = Exit { pc: self.pc, base: self.base } }
    }

    /// The plain loop throws.
    #[inline(always)]
    fn throw(self, thrown: crate::error::Thrown) {
        // SAFETY: see `vm`.
        unsafe {
            (*self.vm).thrown = thrown.0;
            (*self.vm).exit = Exit { pc: core::ptr::null(), base: self.base };
        }
    }

    /// Stores where the running call stands, for whoever asks while it calls out.
    #[inline(always)]
    fn called_from_here(self) {
        // SAFETY: code follows every instruction that calls.
        self.vm().frames.set_pc(unsafe { self.pc.add(1) });
    }

    /// Runs the instruction at `pc`.
    #[inline(always)]
    fn go(self) {
        // SAFETY: see `State`; the table has a handler for every number.
        unsafe {
            let operation = *self.pc.cast::<u8>();
            let handler = (*self.table.cast::<HandlerEntry>().add(operation as usize)).0;
            handler(self.pc, self.base, self.vm, self.table, self.sites, self.tag)
        }
    }

    /// Goes on with the next instruction.
    #[inline(always)]
    fn next(mut self) {
        // SAFETY: the verifier lets no code run past its end.
        self.pc = unsafe { self.pc.add(1) };
        self.go()
    }

    /// Sets `a` and goes on, if there is a value.
    #[inline(always)]
    fn finish(self, value: Option<Value>) {
        match value {
            Some(value) => {
                self.set(value);
                self.next()
            }
            None => self.leave(),
        }
    }

    /// Whether someone wants the running loop to stop.
    #[inline(always)]
    fn interrupted(self) -> bool {
        // SAFETY: see `vm`.
        unsafe { (*self.vm).frames.interrupt().is_raised() }
    }

    /// Jumps, counted from the next instruction.
    #[inline(always)]
    fn jump(self, offset: isize) {
        if offset < 0 && self.interrupted() {
            return self.leave();
        }
        self.go_to(offset)
    }

    /// Jumps without a look at the interrupt.
    #[inline(always)]
    fn go_to(mut self, offset: isize) {
        // SAFETY: the verifier checked where jumps lead.
        self.pc = unsafe { self.pc.offset(offset + 1) };
        self.go()
    }
}

/// Defines handlers.
macro_rules! handlers {
    ($($(#[doc = $doc:literal])* fn $name:ident($state:ident) $body:block)+) => {$(
        $(#[doc = $doc])*
        pub(super) unsafe fn $name(
            pc: *const raya_bytecode::Instruction,
            base: *mut $crate::value::Value,
            vm: *mut $crate::vm::Vm,
            table: *const super::Handlers,
            sites: *const core::cell::Cell<super::super::SiteCache>,
            tag: u64,
        ) {
            let $state = super::State { pc, base, vm, table, sites, tag };
            $body
        }
    )+};
}
use handlers;

/// What the plain loop alone can do.
unsafe fn leave(
    pc: *const Instruction,
    base: *mut Value,
    vm: *mut Vm,
    table: *const Handlers,
    sites: *const Cell<SiteCache>,
    tag: u64,
) {
    State { pc, base, vm, table, sites, tag }.leave();
}

macro_rules! table {
    ($($module:ident: { $($operation:ident $name:ident,)+ })+) => {{
        let mut table = [HandlerEntry(leave); 256];
        $($(table[Operation::$operation as usize] = HandlerEntry($module::$name);)+)+
        Handlers(table)
    }};
}

static HANDLERS: Handlers = table! {
    arithmetic: {
        Move copy,
        LoadInt load_int,
        LoadNumber load_number,
        LoadString load_string,
        LoadBoolean load_boolean,
        LoadSpecial load_special,
        GetGlobal get_global,
        SetGlobal set_global,
        CheckInt check_int,
        CheckNumber check_number,
        CheckBoolean check_boolean,
        CheckReference check_reference,
        IntToNumber int_to_number,
        IsAbsent is_absent,
        AddInt add_int,
        AddIntImmediate add_int_immediate,
        SubtractInt subtract_int,
        MultiplyInt multiply_int,
        DivideInt divide_int,
        RemainderInt remainder_int,
        NegateInt negate_int,
        BitAnd bit_and,
        BitOr bit_or,
        BitXor bit_xor,
        BitNot bit_not,
        ShiftLeft shift_left,
        ShiftRight shift_right,
        ShiftRightUnsigned shift_right_unsigned,
        AddNumber add_number,
        SubtractNumber subtract_number,
        MultiplyNumber multiply_number,
        DivideNumber divide_number,
        RemainderNumber remainder_number,
        NegateNumber negate_number,
        MultiplyAddNumber multiply_add_number,
        MultiplySubtractNumber multiply_subtract_number,
        SquareRoot square_root,
        AbsoluteNumber absolute_number,
        Not not,
        EqualInt equal_int,
        LessInt less_int,
        LessEqualInt less_equal_int,
        EqualNumber equal_number,
        LessNumber less_number,
        LessEqualNumber less_equal_number,
        OrderInt order_int,
        OrderNumber order_number,
        Equal equal,
    }
    jumps: {
        Jump jump,
        JumpIfTrue jump_if_true,
        JumpIfFalse jump_if_false,
        JumpIfNull jump_if_null,
        JumpIfNotNull jump_if_not_null,
        JumpEqualInt jump_equal_int,
        JumpNotEqualInt jump_not_equal_int,
        JumpLessInt jump_less_int,
        JumpLessEqualInt jump_less_equal_int,
        JumpEqualIntImmediate jump_equal_int_immediate,
        JumpNotEqualIntImmediate jump_not_equal_int_immediate,
        JumpLessIntImmediate jump_less_int_immediate,
        JumpLessEqualIntImmediate jump_less_equal_int_immediate,
        JumpGreaterIntImmediate jump_greater_int_immediate,
        JumpGreaterEqualIntImmediate jump_greater_equal_int_immediate,
        StepJumpLessInt step_jump_less_int,
        StepJumpLessIntImmediate step_jump_less_int_immediate,
        JumpEqualNumber jump_equal_number,
        JumpNotEqualNumber jump_not_equal_number,
        JumpLessNumber jump_less_number,
        JumpLessEqualNumber jump_less_equal_number,
        JumpNotLessNumber jump_not_less_number,
        JumpNotLessEqualNumber jump_not_less_equal_number,
        JumpEqual jump_equal,
        JumpNotEqual jump_not_equal,
    }
    objects: {
        StringLength string_length,
        CharCodeAt char_code_at,
        GetProperty get_property,
        GetPropertyInt get_property_int,
        GetPropertyNumber get_property_number,
        GetPropertyBoolean get_property_boolean,
        GetPropertyReference get_property_reference,
        SetProperty set_property,
        ArrayLength array_length,
        GetElement get_element,
        GetElementInt get_element_int,
        GetElementNumber get_element_number,
        GetElementReference get_element_reference,
        SetElement set_element,
        ArrayPush array_push,
        GetCapture get_capture,
        GetCell get_cell,
        SetCell set_cell,
        GetCapturedCell get_captured_cell,
        SetCapturedCell set_captured_cell,
    }
    makers: {
        Concatenate concatenate,
        ConcatenateText concatenate_text,
        NewInstance new_instance,
        NewObject new_object,
        NewArray new_array,
        NewClosure new_closure,
        NewCell new_cell,
        CallBuiltin call_builtin,
        CallNative call_native,
    }
    calls: {
        CallFunction call_function,
        CallValue call_value,
        CallMethod call_method,
        Return return_value,
        ReturnNull return_null,
    }
};
