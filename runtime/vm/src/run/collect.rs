//! Collections as the run loop's safepoints start them: what the roots are.

use crate::error::Thrown;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Collects garbage now. Only the run loop's safepoints call it.
    #[cold]
    #[inline(never)]
    pub(crate) fn collect_garbage(&mut self) -> Result<(), Thrown> {
        self.index_tables.clear();
        if self.native_depth == 0 {
            // No built-in is at work.
            self.pinned.clear();
        }
        let Vm {
            heap,
            frames,
            constants,
            globals,
            handles,
            persistent,
            class_values,
            one_character,
            failed_tasks,
            pinned,
            tasks,
            leaving,
            bare_throw,
            ..
        } = self;
        // SAFETY: this runs between two instructions. Registers of all active calls, their closures, constants, globals and
        // handles are marked; native code that is on the stack below holds values in handles and arguments only, and
        // built-ins never lead here.
        unsafe {
            heap.collect(|marker| {
                for values in
                    [&constants[..], globals, persistent, class_values, failed_tasks, pinned, bare_throw]
                {
                    values.iter().for_each(|value| marker.value(*value));
                }
                one_character.iter().flat_map(|table| table.iter()).for_each(|value| marker.value(*value));
                handles.for_each(|value| marker.value(value));
                tasks.iter().for_each(|tasks| tasks.for_each_root(|value| marker.value(value)));
                leaving.iter().for_each(|value| marker.value(*value));
                frames.live().iter().for_each(|value| marker.value(value.get()));
                for frame in frames.all() {
                    let frame = frame.get();
                    marker.value(frame.marker);
                    if let Some(closure) = frame.closure {
                        marker.value(Value::reference(closure));
                    }
                }
            });
        }
        if self.heap.is_over_limit() {
            return Err(self.out_of_memory());
        }
        Ok(())
    }
}
