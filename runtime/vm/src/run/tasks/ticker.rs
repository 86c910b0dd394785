//! The ticker: a thread that reminds loops and calls of the others, and what a task does when it is reminded.
//!
//! It begins with the first `async` call and rests while the program waits. Without it, loops would have to count.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::super::interrupt::Interrupt;
use super::Suspension;
use super::wait::SUSPENDED;
use crate::error::Thrown;
use crate::heap::tasks::DETACHED;
use crate::vm::Vm;

/// Time between two ticks.
const TICK: Duration = Duration::from_millis(2);
/// A task that others wait for is set aside once it was seen to compute for this long. The time of the processor counts, so
/// that on a busy machine short tasks are not cut in pieces.
const SLICE: Duration = Duration::from_millis(3);
/// The ticker calls next to nothing.
const STACK_BYTES: usize = 64 << 10;

pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    ticks: AtomicU32,
    /// Nothing runs that could be reminded.
    rests: AtomicBool,
    parked: AtomicBool,
    ends: AtomicBool,
}

impl Ticker {
    fn start(interrupt: Arc<Interrupt>) -> Ticker {
        let shared = Arc::new(Shared {
            ticks: AtomicU32::new(0),
            rests: AtomicBool::new(false),
            parked: AtomicBool::new(false),
            ends: AtomicBool::new(false),
        });
        let of_thread = shared.clone();
        let thread = Builder::new().stack_size(STACK_BYTES).spawn(move || of_thread.run(&interrupt));
        // Where the system gives no thread, loops are not reminded: everything else works.
        Ticker { shared, thread: thread.ok() }
    }

    pub(super) fn ticks(&self) -> u32 {
        self.shared.ticks.load(Ordering::Relaxed)
    }

    /// Nothing runs from now on.
    pub(super) fn rest(&self) {
        self.shared.rests.store(true, Ordering::SeqCst);
    }

    /// Something runs again.
    pub(super) fn go_on(&self) {
        self.shared.rests.store(false, Ordering::SeqCst);
        if self.shared.parked.load(Ordering::SeqCst)
            && let Some(thread) = &self.thread
        {
            thread.thread().unpark();
        }
    }
}

impl Shared {
    fn run(&self, interrupt: &Interrupt) {
        while !self.ends.load(Ordering::SeqCst) {
            std::thread::park_timeout(TICK);
            self.ticks.fetch_add(1, Ordering::Relaxed);
            interrupt.raise();
            while self.rests.load(Ordering::SeqCst) && !self.ends.load(Ordering::SeqCst) {
                self.parked.store(true, Ordering::SeqCst);
                if self.rests.load(Ordering::SeqCst) && !self.ends.load(Ordering::SeqCst) {
                    std::thread::park();
                }
                self.parked.store(false, Ordering::SeqCst);
            }
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        if let Some(thread) = &self.thread {
            // It ends by itself: nobody has to wait for it.
            thread.thread().unpark();
        }
    }
}

/// An `async` call begins: its caller could go on while it loops.
pub(super) fn call_begins(vm: &mut Vm) {
    let interrupt = vm.frames.interrupt().clone();
    let scheduler = vm.scheduler();
    if scheduler.ticker.is_none() {
        scheduler.ticker = Some(Ticker::start(interrupt));
    }
}

/// A task was reminded: it is set aside if it has run for long enough and others can go on.
pub(super) fn interrupted(vm: &mut Vm) -> Result<(), Thrown> {
    if vm.native_depth > 0 {
        return Ok(());
    }
    let Some((first, task)) = vm.running_task() else { return Ok(()) };
    // The clock is read at ticks only: at every switch it would cost more than the switch.
    let now = processor_time();
    let seen = vm.scheduler().slice_seen.filter(|(seen, _)| *seen == task);
    let Some((_, began)) = seen else {
        vm.scheduler().slice_seen = Some((task, now));
        return Ok(());
    };
    // The caller of a task that was not set aside before can go on too.
    if now.saturating_sub(began) < SLICE || (task.has(DETACHED) && !vm.others_can_run()) {
        return Ok(());
    }
    vm.scheduler().suspension = Some(Suspension { task, first, yields: true });
    Err(SUSPENDED)
}

impl Vm {
    pub(super) fn ticks(&mut self) -> u32 {
        self.scheduler().ticker.as_ref().map_or(0, Ticker::ticks)
    }

    /// The task that now goes on may run for a slice.
    pub(super) fn begin_slice(&mut self) {
        self.scheduler().slice_seen = None;
    }
}

/// What this thread has computed so far.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    use core::ffi::{c_int, c_long};

    #[repr(C)]
    struct Time {
        seconds: c_long,
        nanoseconds: c_long,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: c_int, time: *mut Time) -> c_int;
    }
    const THREAD: c_int = 3;
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    // SAFETY: the place is one for what the system writes on 64-bit machines. Where there is no such clock, no time passes.
    unsafe { clock_gettime(THREAD, &mut time) };
    Duration::new(time.seconds as u64, time.nanoseconds as u32)
}

/// Elsewhere the time on the wall has to do.
#[cfg(not(target_os = "linux"))]
fn processor_time() -> Duration {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGAN.get_or_init(std::time::Instant::now).elapsed()
}
