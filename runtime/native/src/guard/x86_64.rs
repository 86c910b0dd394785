//! The trampoline and its personality routine, for the System V calling convention of x86-64.
//!
//! The unwinder's and the C++ runtime's functions are reached through weak references: a program whose modules cannot
//! unwind links neither, and nothing then calls the personality.

use core::arch::global_asm;
use core::ffi::{c_int, c_void};

use super::{Exception, Outcome};

global_asm!(
    r#"
    .section .text.raya_guard_call,"ax",@progbits
    .p2align 4
    .globl raya_guard_call
    .hidden raya_guard_call
    .type raya_guard_call,@function
raya_guard_call:
    .cfi_startproc
    .cfi_personality 0x9b, raya_guard_personality_reference
    sub rsp, 8
    .cfi_def_cfa_offset 16
    call rcx
    xor edx, edx
    add rsp, 8
    .cfi_def_cfa_offset 8
    ret
    .cfi_def_cfa_offset 16
    .globl raya_guard_landing
    .hidden raya_guard_landing
raya_guard_landing:
    mov rdx, rax
    xor eax, eax
    add rsp, 8
    .cfi_def_cfa_offset 8
    ret
    .cfi_endproc
    .size raya_guard_call, . - raya_guard_call

    .section .data.rel.ro.raya_guard_personality_reference,"aw",@progbits
    .p2align 3
    .hidden raya_guard_personality_reference
raya_guard_personality_reference:
    .quad {personality}

    .section .text.raya_guard_weak,"ax",@progbits
    .weak _Unwind_SetGR
    .weak _Unwind_SetIP
    .weak __cxa_begin_catch
    .weak __cxa_end_catch
    .globl raya_guard_set_register
    .hidden raya_guard_set_register
raya_guard_set_register:
    mov rax, qword ptr [rip + _Unwind_SetGR@GOTPCREL]
    ret
    .globl raya_guard_set_instruction
    .hidden raya_guard_set_instruction
raya_guard_set_instruction:
    mov rax, qword ptr [rip + _Unwind_SetIP@GOTPCREL]
    ret
    .globl raya_guard_begin_catch
    .hidden raya_guard_begin_catch
raya_guard_begin_catch:
    mov rax, qword ptr [rip + __cxa_begin_catch@GOTPCREL]
    ret
    .globl raya_guard_end_catch
    .hidden raya_guard_end_catch
raya_guard_end_catch:
    mov rax, qword ptr [rip + __cxa_end_catch@GOTPCREL]
    ret
    .text
"#,
    personality = sym personality,
);

type SetRegister = unsafe extern "C" fn(*mut c_void, c_int, usize);
type SetInstruction = unsafe extern "C" fn(*mut c_void, usize);
type BeginCatch = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
type EndCatch = unsafe extern "C" fn();

unsafe extern "C" {
    /// Calls `code` with the three words; an exception comes back in the second word of the result.
    pub(super) fn raya_guard_call(
        first: *mut c_void,
        second: *mut c_void,
        third: usize,
        code: *const c_void,
    ) -> Outcome;
    static raya_guard_landing: u8;
    safe fn raya_guard_set_register() -> Option<SetRegister>;
    safe fn raya_guard_set_instruction() -> Option<SetInstruction>;
    safe fn raya_guard_begin_catch() -> Option<BeginCatch>;
    safe fn raya_guard_end_catch() -> Option<EndCatch>;
}

/// `__cxa_begin_catch`, where a C++ runtime is linked in.
pub(super) fn begin_catch() -> Option<BeginCatch> {
    raya_guard_begin_catch()
}

/// `__cxa_end_catch`, where a C++ runtime is linked in.
pub(super) fn end_catch() -> Option<EndCatch> {
    raya_guard_end_catch()
}

/// A strong reference, so that a glibc program is linked with the unwinder even when only libraries it loads later unwind.
#[cfg(target_env = "gnu")]
mod unwinder {
    use core::ffi::c_void;

    unsafe extern "C" {
        fn _Unwind_SetIP(context: *mut c_void, instruction: usize);
    }

    #[used]
    static UNWINDER: unsafe extern "C" fn(*mut c_void, usize) = _Unwind_SetIP;
}

const ACTION_SEARCH: c_int = 1;
const ACTION_HANDLER_FRAME: c_int = 4;
const HANDLER_FOUND: c_int = 6;
const INSTALL_CONTEXT: c_int = 7;
const CONTINUE_UNWIND: c_int = 8;
/// The unwinder's number of `rax`.
const REGISTER_RAX: c_int = 0;

/// Stops every exception that reaches the trampoline's frame: control goes on at the landing, with the exception in `rax`.
extern "C" fn personality(
    _version: c_int,
    actions: c_int,
    _class: u64,
    exception: *mut Exception,
    context: *mut c_void,
) -> c_int {
    if actions & ACTION_SEARCH != 0 {
        return HANDLER_FOUND;
    }
    if actions & ACTION_HANDLER_FRAME == 0 {
        return CONTINUE_UNWIND;
    }
    let (Some(set_register), Some(set_instruction)) =
        (raya_guard_set_register(), raya_guard_set_instruction())
    else {
        return CONTINUE_UNWIND;
    };
    // SAFETY: the unwinder passes its own context, and these are its functions; the landing belongs to the frame that is
    // being resumed and expects the exception there.
    unsafe {
        set_register(context, REGISTER_RAX, exception.expose_provenance());
        set_instruction(context, (&raw const raya_guard_landing).expose_provenance());
    }
    INSTALL_CONTEXT
}
