//! No new executable mappings, for static images on glibc: its static libc still holds a working `dlopen`, which this
//! closes before any module's constructor runs.

use core::ffi::{c_int, c_ulong};

use raya_abi::image::FLAG_FORBID_EXECUTABLE_MAPPINGS;

#[repr(C)]
struct Instruction {
    code: u16,
    if_true: u8,
    if_false: u8,
    operand: u32,
}

#[repr(C)]
struct Filter {
    length: u16,
    instructions: *const Instruction,
}

unsafe extern "C" {
    fn prctl(option: c_int, ...) -> c_int;
    fn abort() -> !;
}

const PR_SET_NO_NEW_PRIVS: c_int = 38;
const PR_SET_SECCOMP: c_int = 22;
const SECCOMP_MODE_FILTER: c_ulong = 2;

const LOAD: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_BITS: u16 = 0x45;
const RETURN: u16 = 0x06;

/// Offsets in what the kernel shows of a system call: its number, the architecture, the low halves of two arguments.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENT_0: u32 = 16;
const ARGUMENT_2: u32 = 32;

const ARCHITECTURE_X86_64: u32 = 0xC000_003E;
/// Set in numbers of the x32 variant.
const X32: u32 = 0x4000_0000;
const MMAP: u32 = 9;
const MPROTECT: u32 = 10;
const SHMAT: u32 = 30;
const PERSONALITY: u32 = 135;
const PKEY_MPROTECT: u32 = 329;
const PROT_EXEC: u32 = 4;
const SHM_EXEC: u32 = 0o100000;
const READ_IMPLIES_EXEC: u32 = 0x0040_0000;
/// The value that only asks for the current personality.
const PERSONALITY_QUERY: u32 = 0xFFFF_FFFF;

const KILL: u32 = 0x8000_0000;
const ALLOW: u32 = 0x7FFF_0000;
/// The call fails with EPERM.
const REFUSE: u32 = 0x0005_0001;

const fn step(code: u16, if_true: u8, if_false: u8, operand: u32) -> Instruction {
    Instruction { code, if_true, if_false, operand }
}

/// Jumps count from the next instruction.
static RULES: [Instruction; 19] = [
    step(LOAD, 0, 0, ARCHITECTURE),
    step(JUMP_IF_EQUAL, 0, 15, ARCHITECTURE_X86_64), // else KILL
    step(LOAD, 0, 0, NUMBER),
    step(JUMP_IF_BITS, 13, 0, X32), // then KILL
    step(JUMP_IF_EQUAL, 4, 0, MMAP),
    step(JUMP_IF_EQUAL, 3, 0, MPROTECT),
    step(JUMP_IF_EQUAL, 2, 0, PKEY_MPROTECT),
    step(JUMP_IF_EQUAL, 3, 0, SHMAT),
    step(JUMP_IF_EQUAL, 4, 7, PERSONALITY), // else ALLOW
    // Protection of a mapping.
    step(LOAD, 0, 0, ARGUMENT_2),
    step(JUMP_IF_BITS, 7, 5, PROT_EXEC), // REFUSE, ALLOW
    // Flags of a shared segment.
    step(LOAD, 0, 0, ARGUMENT_2),
    step(JUMP_IF_BITS, 5, 3, SHM_EXEC), // REFUSE, ALLOW
    // A personality.
    step(LOAD, 0, 0, ARGUMENT_0),
    step(JUMP_IF_EQUAL, 1, 0, PERSONALITY_QUERY), // ALLOW
    step(JUMP_IF_BITS, 2, 0, READ_IMPLIES_EXEC),  // REFUSE
    step(RETURN, 0, 0, ALLOW),
    step(RETURN, 0, 0, KILL),
    step(RETURN, 0, 0, REFUSE),
];

extern "C" fn forbid() {
    // SAFETY: the symbol is the emitted header.
    if unsafe { crate::BUNDLE.flags } & FLAG_FORBID_EXECUTABLE_MAPPINGS == 0 {
        return;
    }
    let filter = Filter { length: RULES.len() as u16, instructions: RULES.as_ptr() };
    let (one, zero): (c_ulong, c_ulong) = (1, 0);
    // SAFETY: both calls have the arguments their options take; the filter outlives the second.
    unsafe {
        let closed = prctl(PR_SET_NO_NEW_PRIVS, one, zero, zero, zero) == 0
            && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &raw const filter, zero, zero) == 0;
        // An image that was promised to be closed does not run open.
        if !closed {
            abort();
        }
    }
}

/// Runs before the constructors of all modules.
#[used]
#[unsafe(link_section = ".preinit_array")]
static BEFORE_CONSTRUCTORS: extern "C" fn() = forbid;
