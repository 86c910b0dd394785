//! The run loop: one `match` over 8-byte instructions.
//!
//! What it may take for granted, because the program is [`raya_bytecode::Verified`]: operands are in range; a register
//! declared `Int` holds an int, `Number` a double, `Boolean` a boolean, `Reference` a live object; registers are written
//! before they are read; control stays inside the code. Nothing is taken for granted about the heap.
//!
//! Registers of a call stand in the stack of values; the arguments of a call it makes are the first registers of the
//! callee. Calls of the program and accessors never recurse on the machine's own stack; only native code that calls back
//! does.

pub(crate) mod calls;
mod collect;
pub(crate) mod frames;
pub(crate) mod interrupt;
mod outcomes;
pub(crate) mod slow;
pub(crate) mod tasks;
#[cfg(threaded)]
pub(crate) mod threaded;
mod watch;

use core::cell::Cell;

use raya_abi::{Representation, RuntimeTypeId};
use raya_bytecode::program::Function;
use raya_bytecode::{Instruction, Operation};

use crate::convert::{equal, order, power, truthy};
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::object::{ElementKind, Header, Kind};
use crate::object::property::fit;
use crate::text;
use crate::value::Value;
use crate::vm::{Arguments, Vm};
use frames::{Frame, RETURN_USUAL};

/// What a call needs to know of a function, in one place.
pub(crate) struct FunctionInfo {
    pub(crate) code: *const Instruction,
    /// Where direct calls enter.
    pub(crate) direct: *const Instruction,
    /// The first of its sites.
    pub(crate) sites: *const Cell<SiteCache>,
    /// The registers, or far more than there are where a call needs more than room for them.
    pub(crate) room: usize,
    pub(crate) registers: u32,
    /// The number of arguments that need no packing or padding; no number where all do.
    pub(crate) exact: u32,
    pub(crate) parameters: u8,
    pub(crate) rest: bool,
    pub(crate) is_async: bool,
    /// Whether its first instruction is nothing but a check that parameter 0 is a reference.
    pub(crate) checks_receiver: bool,
}

impl FunctionInfo {
    /// `sites` are those of the function.
    pub(crate) fn new(function: &Function, sites: &[Cell<SiteCache>]) -> FunctionInfo {
        const NEVER: usize = 1 << 40;
        FunctionInfo {
            code: function.code.as_ptr(),
            direct: function.code[function.direct_entry as usize..].as_ptr(),
            sites: sites.as_ptr(),
            room: if function.is_async { NEVER } else { function.registers.len() },
            registers: function.registers.len() as u32,
            exact: if function.rest { u32::MAX } else { u32::from(function.parameters) },
            parameters: function.parameters,
            rest: function.rest,
            is_async: function.is_async,
            checks_receiver: matches!(
                function.code.first(),
                Some(Instruction { operation: Operation::CheckReference, a: 0, b: 0, .. })
            ),
        }
    }
}

/// What a site found last.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct SiteCache {
    /// Shape and kind as they stand in an object's header, and what the site found; 0 matches nothing.
    key: u64,
    /// The method or getter, for [`SITE_METHOD`] and [`SITE_GETTER`]; what may be stored, for [`SITE_SLOT`]: see [`kind_bit`].
    function: u32,
    /// The word after the header, for [`SITE_SLOT`].
    word: u16,
    /// What the slot may hold.
    representation: Representation,
}

impl SiteCache {
    pub(crate) const EMPTY: SiteCache =
        SiteCache { key: 0, function: 0, word: 0, representation: Representation::Any };
}

/// What a site found, as it stands in its key.
const SITE_SLOT: u64 = 0;
const SITE_METHOD: u64 = 1 << 8;
const SITE_GETTER: u64 = 2 << 8;

/// The bits of a header that a site compares: kind and shape.
const SITE_MASK: u64 = 0xFFFF_FFFF_0000_00FF;

/// What kinds of value may be stored as they are where `representation` is declared, as a set of [`kind_bit`]s. Booleans are
/// no kind of their own.
const fn storable(representation: Representation) -> u32 {
    match representation {
        Representation::Any => 0b1111,
        Representation::Number => 0b0001,
        Representation::Int => 0b0010,
        Representation::Reference => 0b0100,
        Representation::Boolean => 0,
    }
}

/// The bit of a value's kind: number, int, reference, special.
#[cfg(threaded)]
#[inline(always)]
fn kind_bit(value: Value) -> u32 {
    1 << (value.bits() >> 48).saturating_sub(0xFFF8)
}

/// Kind and shape of an object, as a site's key.
#[inline(always)]
fn site_key(object: Gc<Header>) -> u64 {
    // SAFETY: a header is 8 bytes, aligned to 8, all of them initialised.
    unsafe { object.as_ptr().cast::<u64>().read() & SITE_MASK }
}

// The fields of a fetched instruction are taken out of one word.
const _: () = assert!(cfg!(target_endian = "little"));

/// An instruction as the run loop holds it: one load, fields by shifts, so that each operation pays for those it uses.
#[derive(Clone, Copy)]
struct Fetched {
    word: u64,
    operation: Operation,
}

impl Fetched {
    #[inline(always)]
    fn n(self) -> u8 {
        (self.word >> 8) as u8
    }

    #[inline(always)]
    fn a(self) -> u16 {
        (self.word >> 16) as u16
    }

    #[inline(always)]
    fn b(self) -> u16 {
        (self.word >> 32) as u16
    }

    #[inline(always)]
    fn c(self) -> u16 {
        (self.word >> 48) as u16
    }

    #[inline(always)]
    fn wide_immediate(self) -> i32 {
        (self.word >> 32) as i32
    }

    fn instruction(self) -> Instruction {
        Instruction::new(self.operation, self.n(), self.a(), self.b(), self.c())
    }
}

/// How the run loop goes on after something outside it happened.
pub(crate) enum Next {
    /// With this value as the instruction's result.
    Value(Value),
    /// With the innermost call, which is another one now.
    Reload,
}

impl Vm {
    /// Runs the innermost call until it returns to the host. `floor` is the number of calls below it.
    pub(crate) fn execute(&mut self, floor: usize) -> Result<Value, Thrown> {
        let Frame { mut pc, mut base, mut function, .. } = self.frames.top();

        // SAFETY, for every `unsafe` block of these macros and of the loop: `pc` points into the code of the innermost
        // call's function and `base` at its registers, which are as the verifier says (see the head of this file).
        // Sites, functions, built-ins and natives are indexed by operands that the verifier compared with the lengths
        // of their tables.
        macro_rules! register {
            ($index:expr) => {
                // SAFETY: see the head of `execute`.
                unsafe { *base.add($index as usize) }
            };
        }
        macro_rules! set {
            ($index:expr, $value:expr) => {{
                let value = $value;
                // SAFETY: see the head of `execute`.
                unsafe { *base.add($index as usize) = value }
            }};
        }
        macro_rules! jump {
            ($offset:expr) => {{
                let offset = $offset as isize;
                // SAFETY: see the head of `execute`.
                pc = unsafe { pc.offset(offset) };
                if offset < 0 {
                    hear!();
                }
            }};
        }
        // Hears what other threads want; whatever comes of it, `pc` is where the program goes on.
        macro_rules! hear {
            () => {
                if self.frames.interrupt().is_raised() {
                    attempt!(self.handle_interrupt());
                }
            };
        }
        // Before a call, of which nothing was done yet: where others go on first, it is made when they are done.
        macro_rules! hear_before_call {
            () => {
                if self.frames.interrupt().is_raised() {
                    // SAFETY: see the head of `execute`.
                    pc = unsafe { pc.sub(1) };
                    attempt!(self.handle_interrupt());
                    // SAFETY: as above.
                    pc = unsafe { pc.add(1) };
                }
            };
        }
        macro_rules! reload {
            () => {{
                Frame { pc, base, function, .. } = self.frames.top();
            }};
        }
        macro_rules! throw {
            ($thrown:expr) => {{
                let thrown: Thrown = $thrown;
                self.frames.set_pc(pc);
                match self.unwind(thrown, floor) {
                    Ok(()) => reload!(),
                    Err(thrown) => return Err(thrown),
                }
                continue;
            }};
        }
        // The value of a fallible expression; pc is stored before, so that errors know where they are.
        macro_rules! attempt {
            ($expression:expr) => {{
                self.frames.set_pc(pc);
                match $expression {
                    Ok(value) => value,
                    Err(thrown) => throw!(thrown),
                }
            }};
        }
        macro_rules! safepoint {
            () => {
                if self.heap.wants_collection() {
                    attempt!(self.collect_garbage());
                }
            };
        }
        // Continues with what a slow path gave: a value for `a`, or another innermost call.
        macro_rules! finish {
            ($a:expr, $expression:expr) => {
                match attempt!($expression) {
                    Next::Value(value) => set!($a, value),
                    Next::Reload => reload!(),
                }
            };
        }
        macro_rules! site {
            ($index:expr) => {
                // SAFETY: see the head of `execute`.
                unsafe { &*(*function).sites.add($index as usize) }
            };
        }
        macro_rules! int_operation {
            ($i:expr, |$left:ident, $right:ident| $result:expr) => {{
                let ($left, $right) = (register!($i.b()).int_bits(), register!($i.c()).int_bits());
                set!($i.a(), $result)
            }};
        }
        macro_rules! number_operation {
            ($i:expr, |$left:ident, $right:ident| $result:expr) => {{
                let ($left, $right) = (register!($i.b()).number_bits(), register!($i.c()).number_bits());
                set!($i.a(), $result)
            }};
        }
        macro_rules! compare_ints {
            ($i:expr, |$left:ident, $right:ident| $holds:expr) => {{
                let ($left, $right) = (register!($i.a()).int_bits(), register!($i.b()).int_bits());
                if $holds {
                    jump!($i.c() as i16);
                }
            }};
        }
        macro_rules! compare_immediate {
            ($i:expr, |$left:ident, $right:ident| $holds:expr) => {{
                let ($left, $right) = (register!($i.a()).int_bits(), $i.b() as i16 as i32);
                if $holds {
                    jump!($i.c() as i16);
                }
            }};
        }
        macro_rules! compare_numbers {
            ($i:expr, |$left:ident, $right:ident| $holds:expr) => {{
                let ($left, $right) = (register!($i.a()).number_bits(), register!($i.b()).number_bits());
                if $holds {
                    jump!($i.c() as i16);
                }
            }};
        }
        // A property through the site's cache: `$found` makes the instruction's result of the slot's value, or nothing.
        macro_rules! get_property {
            ($i:expr, |$value:ident| $found:expr) => {{
                let subject = register!($i.b());
                let mut done = false;
                if let Some(object) = subject.as_object() {
                    let site = site!($i.c()).get();
                    if site_key(object) | SITE_SLOT == site.key {
                        // SAFETY: objects of a cached shape have the cached word.
                        let $value = unsafe {
                            object
                                .cast::<crate::heap::object::PlainObject>()
                                .slot_unchecked(site.word as usize)
                                .get()
                        };
                        if let Some(value) = $found {
                            set!($i.a(), value);
                            done = true;
                        }
                    }
                }
                if !done {
                    hear_before_call!();
                    safepoint!();
                    finish!($i.a(), self.get_property_slow(subject, $i.instruction()));
                }
            }};
        }
        macro_rules! get_element {
            ($i:expr, $kind:path, $accessor:ident, |$value:ident| $found:expr) => {{
                let (subject, index) = (register!($i.b()), register!($i.c()).int_bits());
                let mut done = false;
                if let Some(array) = subject.as_array()
                    && array.element_kind() == $kind
                    && let Some($value) = array.$accessor().get(index as u32 as usize)
                    && let Some(value) = $found
                {
                    set!($i.a(), value);
                    done = true;
                }
                if !done {
                    let value = attempt!(self.get_element_slow(subject, index, $i.operation));
                    set!($i.a(), value);
                }
            }};
        }

        loop {
            #[cfg(threaded)]
            if !self.plain {
                // SAFETY: see the head of `execute`.
                threaded::Exit { pc, base } = unsafe { threaded::run(self, pc, base) };
                function = self.frames.top().function;
                if pc.is_null() {
                    pc = self.frames.top().pc;
                    throw!(Thrown(self.thrown));
                }
            }
            // SAFETY: see the head of `execute`.
            let i = unsafe { Fetched { word: pc.cast::<u64>().read(), operation: (*pc).operation } };
            // SAFETY: see the head of `execute`.
            pc = unsafe { pc.add(1) };
            match i.operation {
                // Moves and constants.
                Operation::Move => set!(i.a(), register!(i.b())),
                Operation::LoadInt => set!(i.a(), Value::int(i.wide_immediate())),
                Operation::LoadNumber => set!(i.a(), Value::number(self.program.numbers[i.b() as usize])),
                Operation::LoadString => set!(i.a(), self.constant(i.b() as usize)),
                Operation::LoadBoolean => {
                    set!(i.a(), Value::boolean(i.b() == raya_bytecode::Special::True as u16))
                }
                Operation::LoadSpecial => {
                    set!(
                        i.a(),
                        if i.b() == raya_bytecode::Special::Absent as u16 {
                            Value::ABSENT
                        } else {
                            Value::NULL
                        }
                    );
                }
                Operation::GetGlobal => {
                    // SAFETY: see the head of `execute`.
                    let value = unsafe { *self.globals.get_unchecked(i.b() as usize) };
                    if value.is_absent() {
                        throw!({
                            self.frames.set_pc(pc);
                            self.uninitialized_global(i.b())
                        });
                    }
                    set!(i.a(), value);
                }
                Operation::SetGlobal => {
                    let value = register!(i.a());
                    self.globals[i.b() as usize] = if value.is_absent() { Value::NULL } else { value };
                }

                // Checked conversions.
                Operation::CheckInt => {
                    let value = register!(i.b());
                    if !value.is_int() {
                        throw!({
                            self.frames.set_pc(pc);
                            self.check_failed(Representation::Int, value)
                        });
                    }
                    set!(i.a(), value);
                }
                Operation::CheckNumber => {
                    let value = register!(i.b());
                    match value.as_number() {
                        Some(number) => set!(i.a(), Value::computed(number)),
                        None => throw!({
                            self.frames.set_pc(pc);
                            self.check_failed(Representation::Number, value)
                        }),
                    }
                }
                Operation::CheckBoolean => {
                    let value = register!(i.b());
                    if !value.is_boolean() {
                        throw!({
                            self.frames.set_pc(pc);
                            self.check_failed(Representation::Boolean, value)
                        });
                    }
                    set!(i.a(), value);
                }
                Operation::CheckReference => {
                    let value = register!(i.b());
                    if !value.is_reference() {
                        throw!({
                            self.frames.set_pc(pc);
                            self.check_failed(Representation::Reference, value)
                        });
                    }
                    set!(i.a(), value);
                }
                Operation::IntToNumber => {
                    set!(i.a(), Value::computed(f64::from(register!(i.b()).int_bits())))
                }
                Operation::Truthy => set!(i.a(), Value::boolean(truthy(register!(i.b())))),
                Operation::ToText => {
                    safepoint!();
                    let value = attempt!(self.to_text(register!(i.b())));
                    set!(i.a(), value);
                }
                Operation::TestType => {
                    let holds = attempt!(self.test_type(register!(i.b()), RuntimeTypeId(u32::from(i.c()))));
                    set!(i.a(), Value::boolean(holds));
                }
                Operation::Cast => {
                    let value = attempt!(self.cast(register!(i.b()), RuntimeTypeId(u32::from(i.c()))));
                    set!(i.a(), value);
                }
                Operation::TypeOf => {
                    safepoint!();
                    let value = register!(i.b());
                    let name = match self.class_value_name(value) {
                        Some(_) => "function",
                        None => crate::convert::type_name(value),
                    };
                    set!(i.a(), Value::reference(self.heap.string(name)));
                }
                Operation::IsAbsent => set!(i.a(), Value::boolean(register!(i.b()).is_absent())),

                // Int arithmetic.
                Operation::AddInt => int_operation!(i, |left, right| Value::int(left.wrapping_add(right))),
                Operation::AddIntImmediate => {
                    set!(i.a(), Value::int(register!(i.b()).int_bits().wrapping_add(i.c() as i16 as i32)));
                }
                Operation::SubtractInt => {
                    int_operation!(i, |left, right| Value::int(left.wrapping_sub(right)))
                }
                Operation::MultiplyInt => {
                    int_operation!(i, |left, right| Value::int(left.wrapping_mul(right)))
                }
                Operation::DivideInt => int_operation!(i, |left, right| match right {
                    0 => throw!({
                        self.frames.set_pc(pc);
                        self.division_by_zero()
                    }),
                    right => Value::int(left.wrapping_div(right)),
                }),
                Operation::RemainderInt => int_operation!(i, |left, right| match right {
                    0 => throw!({
                        self.frames.set_pc(pc);
                        self.division_by_zero()
                    }),
                    right => Value::int(left.wrapping_rem(right)),
                }),
                Operation::PowerInt => {
                    int_operation!(i, |left, right| Value::int(attempt!(self.power_int(left, right))))
                }
                Operation::NegateInt => set!(i.a(), Value::int(register!(i.b()).int_bits().wrapping_neg())),
                Operation::BitAnd => int_operation!(i, |left, right| Value::int(left & right)),
                Operation::BitOr => int_operation!(i, |left, right| Value::int(left | right)),
                Operation::BitXor => int_operation!(i, |left, right| Value::int(left ^ right)),
                Operation::BitNot => set!(i.a(), Value::int(!register!(i.b()).int_bits())),
                Operation::ShiftLeft => {
                    int_operation!(i, |left, right| Value::int(left.wrapping_shl(right as u32)))
                }
                Operation::ShiftRight => {
                    int_operation!(i, |left, right| Value::int(left.wrapping_shr(right as u32)))
                }
                Operation::ShiftRightUnsigned => {
                    int_operation!(i, |left, right| Value::int(
                        (left as u32).wrapping_shr(right as u32) as i32
                    ));
                }

                // Number arithmetic.
                Operation::AddNumber => number_operation!(i, |left, right| Value::computed(left + right)),
                Operation::SubtractNumber => {
                    number_operation!(i, |left, right| Value::computed(left - right))
                }
                Operation::MultiplyNumber => {
                    number_operation!(i, |left, right| Value::computed(left * right))
                }
                Operation::DivideNumber => number_operation!(i, |left, right| Value::computed(left / right)),
                Operation::RemainderNumber => number_operation!(i, |left, right| Value::number(left % right)),
                Operation::PowerNumber => {
                    number_operation!(i, |left, right| Value::number(power(left, right)))
                }
                Operation::NegateNumber => set!(i.a(), Value::computed(-register!(i.b()).number_bits())),
                Operation::MultiplyAddNumber => number_operation!(i, |left, right| {
                    Value::computed(register!(i.n()).number_bits() + left * right)
                }),
                Operation::MultiplySubtractNumber => number_operation!(i, |left, right| {
                    Value::computed(register!(i.n()).number_bits() - left * right)
                }),
                Operation::SquareRoot => set!(i.a(), Value::computed(register!(i.b()).number_bits().sqrt())),
                Operation::AbsoluteNumber => {
                    set!(i.a(), Value::computed(register!(i.b()).number_bits().abs()))
                }
                Operation::FloorNumber => set!(i.a(), Value::number(register!(i.b()).number_bits().floor())),

                // Comparisons.
                Operation::Not => set!(i.a(), Value::boolean(register!(i.b()) == Value::FALSE)),
                Operation::EqualInt => int_operation!(i, |left, right| Value::boolean(left == right)),
                Operation::LessInt => int_operation!(i, |left, right| Value::boolean(left < right)),
                Operation::LessEqualInt => int_operation!(i, |left, right| Value::boolean(left <= right)),
                Operation::EqualNumber => number_operation!(i, |left, right| Value::boolean(left == right)),
                Operation::LessNumber => number_operation!(i, |left, right| Value::boolean(left < right)),
                Operation::LessEqualNumber => {
                    number_operation!(i, |left, right| Value::boolean(left <= right))
                }
                Operation::OrderInt => {
                    int_operation!(i, |left, right| Value::int(left.cmp(&right) as i32))
                }
                Operation::OrderNumber => {
                    number_operation!(i, |left, right| Value::number(order(left, right)))
                }
                Operation::Equal => set!(i.a(), Value::boolean(equal(register!(i.b()), register!(i.c())))),
                Operation::LessString | Operation::LessEqualString => {
                    let (left, right) = (register!(i.b()), register!(i.c()));
                    let (Some(left), Some(right)) = (left.as_string(), right.as_string()) else {
                        throw!({
                            self.frames.set_pc(pc);
                            self.not_strings(left, right)
                        });
                    };
                    let order = text::compare(left.as_str(), right.as_str());
                    let holds =
                        if i.operation == Operation::LessString { order.is_lt() } else { order.is_le() };
                    set!(i.a(), Value::boolean(holds));
                }

                // Jumps.
                Operation::Jump => jump!(i.wide_immediate()),
                Operation::JumpIfTrue => {
                    if register!(i.a()) == Value::TRUE {
                        jump!(i.wide_immediate());
                    }
                }
                Operation::JumpIfFalse => {
                    if register!(i.a()) != Value::TRUE {
                        jump!(i.wide_immediate());
                    }
                }
                Operation::JumpIfNull => {
                    if register!(i.a()).is_nullish() {
                        jump!(i.wide_immediate());
                    }
                }
                Operation::JumpIfNotNull => {
                    if !register!(i.a()).is_nullish() {
                        jump!(i.wide_immediate());
                    }
                }
                Operation::JumpEqualInt => compare_ints!(i, |left, right| left == right),
                Operation::JumpNotEqualInt => compare_ints!(i, |left, right| left != right),
                Operation::JumpLessInt => compare_ints!(i, |left, right| left < right),
                Operation::JumpLessEqualInt => compare_ints!(i, |left, right| left <= right),
                Operation::JumpEqualIntImmediate => compare_immediate!(i, |left, right| left == right),
                Operation::JumpNotEqualIntImmediate => compare_immediate!(i, |left, right| left != right),
                Operation::StepJumpLessInt => {
                    let stepped = register!(i.a()).int_bits().wrapping_add(i.n() as i8 as i32);
                    set!(i.a(), Value::int(stepped));
                    if stepped < register!(i.b()).int_bits() {
                        jump!(i.c() as i16);
                    }
                }
                Operation::StepJumpLessIntImmediate => {
                    let stepped = register!(i.a()).int_bits().wrapping_add(i.n() as i8 as i32);
                    set!(i.a(), Value::int(stepped));
                    if stepped < i.b() as i16 as i32 {
                        jump!(i.c() as i16);
                    }
                }
                Operation::JumpLessIntImmediate => compare_immediate!(i, |left, right| left < right),
                Operation::JumpLessEqualIntImmediate => compare_immediate!(i, |left, right| left <= right),
                Operation::JumpGreaterIntImmediate => compare_immediate!(i, |left, right| left > right),
                Operation::JumpGreaterEqualIntImmediate => compare_immediate!(i, |left, right| left >= right),
                Operation::JumpEqualNumber => compare_numbers!(i, |left, right| left == right),
                Operation::JumpNotEqualNumber => compare_numbers!(i, |left, right| left != right),
                Operation::JumpLessNumber => compare_numbers!(i, |left, right| left < right),
                Operation::JumpLessEqualNumber => compare_numbers!(i, |left, right| left <= right),
                // Not the same as greater-or-equal: NaN.
                Operation::JumpNotLessNumber => compare_numbers!(i, |left, right| !matches!(
                    left.partial_cmp(&right),
                    Some(core::cmp::Ordering::Less)
                )),
                Operation::JumpNotLessEqualNumber => {
                    compare_numbers!(i, |left, right| matches!(
                        left.partial_cmp(&right),
                        None | Some(core::cmp::Ordering::Greater)
                    ));
                }
                Operation::JumpEqual => {
                    if equal(register!(i.a()), register!(i.b())) {
                        jump!(i.c() as i16);
                    }
                }
                Operation::JumpNotEqual => {
                    if !equal(register!(i.a()), register!(i.b())) {
                        jump!(i.c() as i16);
                    }
                }

                // Strings.
                Operation::Concatenate => {
                    safepoint!();
                    let value = attempt!(self.concatenate(register!(i.b()), register!(i.c())));
                    set!(i.a(), value);
                }
                Operation::ConcatenateText => {
                    safepoint!();
                    let value = attempt!(self.concatenate_text(register!(i.b()), register!(i.c())));
                    set!(i.a(), value);
                }
                Operation::StringLength => match register!(i.b()).as_string() {
                    Some(string) => set!(i.a(), Value::int(string.units() as i32)),
                    None => throw!({
                        self.frames.set_pc(pc);
                        self.expected("a string", register!(i.b()))
                    }),
                },
                Operation::CharCodeAt => {
                    let (subject, index) = (register!(i.b()), register!(i.c()).int_bits());
                    let value = attempt!(self.char_code_at(subject, index));
                    set!(i.a(), value);
                }

                // Objects.
                Operation::NewObject => {
                    safepoint!();
                    // SAFETY: see the head of `execute`.
                    let values = unsafe {
                        core::slice::from_raw_parts(
                            base.add(i.c() as usize).cast::<Cell<Value>>(),
                            i.n() as usize,
                        )
                    };
                    let value = attempt!(self.new_literal(i.b(), values));
                    set!(i.a(), value);
                }
                Operation::NewInstance => {
                    safepoint!();
                    let object = self.new_instance(u32::from(i.b()));
                    set!(i.a(), Value::reference(object));
                }
                Operation::GetProperty => {
                    get_property!(i, |value| if value.is_absent() { None } else { Some(value) })
                }
                Operation::GetPropertyInt => {
                    get_property!(i, |value| if value.is_int() { Some(value) } else { None })
                }
                Operation::GetPropertyNumber => {
                    get_property!(i, |value| value.as_number().map(Value::computed))
                }
                Operation::GetPropertyBoolean => {
                    get_property!(i, |value| if value.is_boolean() { Some(value) } else { None })
                }
                Operation::GetPropertyReference => {
                    get_property!(i, |value| if value.is_reference() { Some(value) } else { None })
                }
                Operation::SetProperty => {
                    let (subject, value) = (register!(i.a()), register!(i.b()));
                    let mut done = false;
                    if let Some(object) = subject.as_object() {
                        let site = site!(i.c()).get();
                        if site_key(object) | SITE_SLOT == site.key
                            && !value.is_absent()
                            && let Some(value) = fit(value, site.representation)
                        {
                            // SAFETY: objects of a cached shape have the cached word.
                            let slot = unsafe {
                                object
                                    .cast::<crate::heap::object::PlainObject>()
                                    .slot_unchecked(site.word as usize)
                            };
                            self.heap.write(object, slot, value);
                            done = true;
                        }
                    }
                    if !done {
                        hear_before_call!();
                        safepoint!();
                        match attempt!(self.set_property_slow(subject, value, i.instruction())) {
                            Next::Value(_) => {}
                            Next::Reload => reload!(),
                        }
                    }
                }
                Operation::SetPropertyComputed => {
                    safepoint!();
                    attempt!(self.set_computed(register!(i.a()), register!(i.b()), register!(i.c())));
                }
                Operation::CopyProperties => {
                    safepoint!();
                    attempt!(self.copy_properties(register!(i.a()), register!(i.b())));
                }
                Operation::LoadClass => {
                    safepoint!();
                    let value = self.class_value(u32::from(i.b()));
                    set!(i.a(), value);
                }

                // Arrays.
                Operation::NewArray => {
                    safepoint!();
                    // SAFETY: see the head of `execute`.
                    let values = unsafe {
                        core::slice::from_raw_parts(
                            base.add(i.c() as usize).cast::<Cell<Value>>(),
                            i.n() as usize,
                        )
                    };
                    let value = attempt!(self.new_array(i.b(), values));
                    set!(i.a(), value);
                }
                Operation::ArrayLength => match register!(i.b()).as_array() {
                    Some(array) => set!(i.a(), Value::int(array.length() as i32)),
                    None => {
                        let length = attempt!(self.length_slow(register!(i.b())));
                        set!(i.a(), length);
                    }
                },
                Operation::GetElement => {
                    get_element!(i, ElementKind::Any, values, |value| if value.get().is_absent() {
                        None
                    } else {
                        Some(value.get())
                    });
                }
                Operation::GetElementInt => {
                    get_element!(i, ElementKind::Int, ints, |value| Some(Value::int(value.get())))
                }
                Operation::GetElementNumber => {
                    get_element!(i, ElementKind::Number, numbers, |value| Some(Value::computed(value.get())));
                }
                Operation::GetElementReference => {
                    get_element!(i, ElementKind::Any, values, |value| if value.get().is_reference() {
                        Some(value.get())
                    } else {
                        None
                    });
                }
                Operation::SetElement => {
                    let (subject, index, value) =
                        (register!(i.a()), register!(i.b()).int_bits(), register!(i.c()));
                    let mut done = false;
                    if let Some(array) = subject.as_array()
                        && (index as u32 as usize) < array.length()
                        && !value.is_absent()
                        && self.heap.array_set(array, index as u32 as usize, value).is_ok()
                    {
                        done = true;
                    }
                    if !done {
                        attempt!(self.set_element_slow(subject, index, value));
                    }
                }
                Operation::ArrayPush => {
                    safepoint!();
                    attempt!(self.array_push(register!(i.a()), register!(i.b())));
                }
                Operation::ArrayAppend => {
                    safepoint!();
                    attempt!(self.array_append(register!(i.a()), register!(i.b())));
                }

                // Iteration.
                Operation::Iterate => {
                    safepoint!();
                    let iterator = attempt!(self.iterate(register!(i.b())));
                    set!(i.a(), iterator);
                }
                Operation::IterateNext => {
                    safepoint!();
                    let value = attempt!(self.iterate_next(register!(i.b())));
                    set!(i.a(), value);
                }

                // Functions.
                Operation::NewClosure => {
                    safepoint!();
                    // SAFETY: see the head of `execute`; nothing writes registers while the closure is made.
                    let captures =
                        unsafe { core::slice::from_raw_parts(base.add(i.c() as usize), i.n() as usize) };
                    let closure = self.heap.closure(u32::from(i.b()), captures);
                    set!(i.a(), Value::reference(closure));
                }
                Operation::GetCapture => {
                    let value = attempt!(self.capture(i.b()));
                    set!(i.a(), value);
                }
                Operation::NewCell => {
                    safepoint!();
                    let cell = self.heap.cell(register!(i.b()));
                    set!(i.a(), Value::reference(cell));
                }
                Operation::GetCell => match register!(i.b()).as_cell() {
                    Some(cell) => set!(i.a(), cell.value()),
                    None => throw!({
                        self.frames.set_pc(pc);
                        self.expected("a captured variable", register!(i.b()))
                    }),
                },
                Operation::SetCell => match register!(i.a()).as_cell() {
                    Some(cell) => self.heap.set_cell(cell, register!(i.b())),
                    None => throw!({
                        self.frames.set_pc(pc);
                        self.expected("a captured variable", register!(i.a()))
                    }),
                },
                Operation::GetCapturedCell => {
                    let capture = attempt!(self.capture(i.b()));
                    match capture.as_cell() {
                        Some(cell) => set!(i.a(), cell.value()),
                        None => throw!(self.expected("a captured variable", capture)),
                    }
                }
                Operation::SetCapturedCell => {
                    let capture = attempt!(self.capture(i.b()));
                    match capture.as_cell() {
                        Some(cell) => self.heap.set_cell(cell, register!(i.a())),
                        None => throw!(self.expected("a captured variable", capture)),
                    }
                }
                Operation::LoadNative => {
                    safepoint!();
                    set!(i.a(), Value::reference(self.heap.function(Kind::Native, u32::from(i.b()))));
                }
                Operation::LoadBuiltin => {
                    safepoint!();
                    set!(i.a(), Value::reference(self.heap.function(Kind::Builtin, u32::from(i.b()))));
                }

                // Calls.
                Operation::CallFunction => {
                    hear_before_call!();
                    // SAFETY: see the head of `execute`.
                    let callee = unsafe { &*self.functions.as_ptr().add(i.b() as usize) };
                    // SAFETY: the window begins inside the caller's registers.
                    let window = unsafe { base.add(i.c() as usize) };
                    let end = window.wrapping_add(callee.registers as usize);
                    self.frames.set_pc(pc);
                    let mut marker = RETURN_USUAL;
                    if !self.frames.has_room(end) || callee.is_async {
                        safepoint!();
                        marker = attempt!(self.call_marker(end, callee.is_async));
                    }
                    pc = callee.direct;
                    base = window;
                    function = callee;
                    self.frames.push(Frame { pc, base, function, closure: None, marker });
                }
                Operation::CallValue => {
                    hear_before_call!();
                    safepoint!();
                    let callee = register!(i.c() - 1);
                    // SAFETY: see the head of `execute`.
                    let window = unsafe { base.add(i.c() as usize) };
                    finish!(i.a(), self.call_value(callee, window, i.n() as usize));
                }
                Operation::CallMethod => {
                    hear_before_call!();
                    let subject = register!(i.c());
                    // SAFETY: see the head of `execute`.
                    let window = unsafe { base.add(i.c() as usize) };
                    safepoint!();
                    let mut method = None;
                    if let Some(object) = subject.as_object() {
                        let site = site!(i.b()).get();
                        if site_key(object) | SITE_METHOD == site.key {
                            method = Some(site.function);
                        }
                    }
                    match method {
                        Some(method) => {
                            finish!(i.a(), self.call_function_checked(method, None, window, i.n() as usize))
                        }
                        None => finish!(i.a(), self.call_method_slow(i.instruction(), window)),
                    }
                }
                Operation::CallBuiltin => {
                    safepoint!();
                    // SAFETY: see the head of `execute`; built-ins do not touch the registers of the caller.
                    let (call, slots) = unsafe {
                        (
                            *self.builtins.get_unchecked(i.b() as usize),
                            core::slice::from_raw_parts(
                                base.add(i.c() as usize).cast::<Cell<Value>>(),
                                i.n() as usize,
                            ),
                        )
                    };
                    let value = attempt!(call(self, Arguments::new(slots)));
                    set!(i.a(), value);
                }
                Operation::CallNative => {
                    safepoint!();
                    // SAFETY: see the head of `execute`.
                    let slots = unsafe {
                        core::slice::from_raw_parts(
                            base.add(i.c() as usize).cast::<Cell<Value>>(),
                            i.n() as usize,
                        )
                    };
                    let value = attempt!(self.call_native(u32::from(i.b()), Arguments::new(slots)));
                    set!(i.a(), value);
                }
                Operation::CallValueSpread => {
                    hear_before_call!();
                    safepoint!();
                    finish!(i.a(), self.call_value_spread(register!(i.b()), register!(i.c())));
                }
                Operation::CallMethodSpread => {
                    hear_before_call!();
                    safepoint!();
                    finish!(i.a(), self.call_method_spread(i.instruction(), register!(i.c())));
                }
                Operation::CallBuiltinSpread => {
                    safepoint!();
                    let value = attempt!(self.call_builtin_spread(i.b(), register!(i.c())));
                    set!(i.a(), value);
                }
                Operation::Return | Operation::ReturnNull => {
                    let value = if i.operation == Operation::Return { register!(i.a()) } else { Value::NULL };
                    let marker = self.frames.top().marker;
                    self.frames.pop();
                    if marker == RETURN_USUAL {
                        Frame { pc, base, function, .. } = self.frames.top();
                        // SAFETY: the caller stopped behind its call, whose `a` is one of its registers.
                        let call = unsafe { (*pc.sub(1)).a };
                        set!(call, value);
                    } else {
                        match self.return_specially(marker, value, floor) {
                            Ok(Some(value)) => return Ok(value),
                            Ok(None) => reload!(),
                            Err(thrown) => {
                                pc = self.frames.top().pc;
                                throw!(thrown);
                            }
                        }
                    }
                }
                Operation::Throw => {
                    let value = register!(i.a());
                    self.frames.set_pc(pc);
                    throw!(self.throws(if value.is_absent() { Value::NULL } else { value }));
                }

                // Tasks.
                Operation::StartTask => {
                    safepoint!();
                    finish!(i.a(), self.start_task(register!(i.b())));
                }
                Operation::Await => {
                    safepoint!();
                    let value = attempt!(self.await_value(register!(i.b())));
                    set!(i.a(), value);
                }
            }
        }
    }
}
