//! Threads for blocking work: made when all others are busy, ended when there is nothing to do for a while.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use super::operations::Work;

/// Work that blocks at the same time; what is more waits.
const THREADS_MAX: usize = 64;
/// A thread without work ends after this time.
const IDLE_TIME: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    condition: Condvar,
}

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    threads: usize,
    idle: usize,
    ends: bool,
}

impl Pool {
    /// Runs `work` on a thread of the pool; on this one where the system gives none.
    pub(super) fn submit(&self, work: Work) {
        let mut state = self.shared.lock();
        state.work.push_back(work);
        if state.work.len() > state.idle && state.threads < THREADS_MAX {
            state.threads += 1;
            drop(state);
            let shared = self.shared.clone();
            if Builder::new().spawn(move || shared.serve()).is_err() {
                self.shared.without_a_thread();
            }
        } else {
            drop(state);
            self.shared.condition.notify_one();
        }
    }
}

impl Shared {
    /// A thread that panicked while it held the lock left the list as good as before.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does.
    fn serve(&self) {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.work.pop_front() {
                drop(state);
                work();
                state = self.lock();
                continue;
            }
            if state.ends {
                break;
            }
            state.idle += 1;
            let (again, waited) =
                self.condition.wait_timeout(state, IDLE_TIME).unwrap_or_else(PoisonError::into_inner);
            state = again;
            state.idle -= 1;
            if waited.timed_out() && state.work.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }

    /// The system gave no thread: if there is no other either, the work is done here.
    #[cold]
    fn without_a_thread(&self) {
        let mut state = self.lock();
        state.threads -= 1;
        if state.threads > 0 {
            return;
        }
        let work = core::mem::take(&mut state.work);
        drop(state);
        work.into_iter().for_each(|work| work());
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().ends = true;
        self.shared.condition.notify_all();
    }
}
