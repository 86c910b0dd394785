//! Values that modules keep beyond a call.
//!
//! What a module holds is a number with a generation in the shape of a pointer, never an address: releasing twice, using
//! one after its release, or one made up, is found.

use core::cell::RefCell;

use raya_abi::api::RayaPersistent;
use raya_vm::Value;
use raya_vm::Vm;

/// Bits of a number; the generation stands above them.
const NUMBER_BITS: u32 = 24;
/// Entries at most; a number is the index + 1.
const ENTRIES_MAX: usize = (1 << NUMBER_BITS) - 1;

#[derive(Default)]
pub(crate) struct Kept {
    entries: RefCell<Vec<Entry>>,
    free: RefCell<Vec<u32>>,
}

struct Entry {
    generation: u32,
    /// Number in the machine; none when released.
    number: Option<u32>,
}

impl Kept {
    /// Keeps a value; null when too many are kept.
    pub(crate) fn keep(&self, vm: &mut Vm, value: Value) -> *mut RayaPersistent {
        let mut entries = self.entries.borrow_mut();
        let index = match self.free.borrow_mut().pop() {
            Some(index) => index as usize,
            None if entries.len() < ENTRIES_MAX => {
                entries.push(Entry { generation: 0, number: None });
                entries.len() - 1
            }
            None => return core::ptr::null_mut(),
        };
        let entry = &mut entries[index];
        entry.generation = entry.generation.wrapping_add(1);
        entry.number = Some(vm.keep(value));
        core::ptr::without_provenance_mut((index + 1) | (entry.generation as usize) << NUMBER_BITS)
    }

    /// The number in the machine of what is kept.
    pub(crate) fn number(&self, persistent: *mut RayaPersistent) -> Option<u32> {
        let entries = self.entries.borrow();
        let entry = entries.get(Self::index(persistent)?)?;
        if entry.generation as usize == persistent.addr() >> NUMBER_BITS { entry.number } else { None }
    }

    /// Releases; false when it is not kept.
    pub(crate) fn release(&self, vm: &mut Vm, persistent: *mut RayaPersistent) -> bool {
        let Some(number) = self.number(persistent) else { return false };
        vm.release(number);
        if let Some(index) = Self::index(persistent) {
            self.entries.borrow_mut()[index].number = None;
            self.free.borrow_mut().push(index as u32);
        }
        true
    }

    fn index(persistent: *mut RayaPersistent) -> Option<usize> {
        (persistent.addr() & ENTRIES_MAX).checked_sub(1)
    }
}
