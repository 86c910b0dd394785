//! Maps and sets: entries in insertion order and an index of open addressing over them.
//!
//! Keys compare by content for strings, by value for numbers (an int equals the same double, NaN itself), by identity for
//! all else. A table that is outgrown or cleared keeps its entries and names its successor, so an iterator that stands in
//! it can work out where to go on.

use core::cell::Cell;

use super::hash::hash_word;
use super::object::{Header, IteratorObject, Kind, MapObject, Storage, TableObject};
use super::{Gc, Heap};
use crate::value::Value;

/// The one form of a key under which equal keys are equal.
#[inline]
fn normalized(key: Value) -> Value {
    if !key.is_number() {
        return key;
    }
    match key.number_bits() {
        0.0 => Value::int(0),
        number => Value::integral_or_number(number),
    }
}

/// A hash of a normalized key.
#[inline]
fn key_hash(key: Value) -> u32 {
    match key.as_string() {
        Some(string) => string.hash(),
        None => hash_word(key.bits()),
    }
}

#[inline]
fn same_key(left: Value, right: Value) -> bool {
    if left == right {
        return true;
    }
    match (left.as_string(), right.as_string()) {
        (Some(left), Some(right)) => left.hash() == right.hash() && left.as_bytes() == right.as_bytes(),
        _ => false,
    }
}

impl Gc<MapObject> {
    /// Number of entries.
    #[inline]
    pub fn length(self) -> usize {
        self.header.aux.get() as usize
    }

    fn find(self, key: Value) -> Option<&'static [Cell<Value>; 2]> {
        let (table, index) = (self.table.get()?, self.index.get()?);
        let slots = index.halves();
        let pairs = table.pairs();
        let mask = slots.len() - 1;
        let mut at = key_hash(key) as usize & mask;
        loop {
            match slots[at].get() {
                0 => return None,
                entry => {
                    let pair = &pairs[entry as usize - 1];
                    if same_key(pair[0].get(), key) {
                        return Some(pair);
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// The value of `key`.
    pub fn get(self, key: Value) -> Option<Value> {
        self.find(normalized(key)).map(|pair| pair[1].get())
    }

    /// Whether `key` is there.
    pub fn has(self, key: Value) -> bool {
        self.find(normalized(key)).is_some()
    }

    /// The entries in order, as they are now.
    pub fn entries(self) -> impl Iterator<Item = (Value, Value)> {
        let pairs = self.table.get().map_or(&[][..], |table| table.pairs());
        pairs.iter().map(|[key, value]| (key.get(), value.get())).filter(|(key, _)| !key.is_absent())
    }
}

impl Heap {
    /// An empty map (`Kind::Map`) or set (`Kind::Set`).
    pub fn map(&mut self, kind: Kind) -> Gc<MapObject> {
        debug_assert!(matches!(kind, Kind::Map | Kind::Set));
        self.create(
            0,
            MapObject { header: Header::new(kind, 0, 0, 0), table: Cell::new(None), index: Cell::new(None) },
        )
    }

    /// Sets the value of `key`. Returns whether it is new.
    pub fn map_set(&mut self, map: Gc<MapObject>, key: Value, value: Value) -> bool {
        let key = normalized(key);
        if let Some(pair) = map.find(key) {
            pair[1].set(value);
            if let Some(table) = map.table.get() {
                self.barrier(table.header());
            }
            return false;
        }
        let (table, index) = match (map.table.get(), map.index.get()) {
            (Some(table), Some(index)) if table.header.aux.get() < table.capacity.get() => (table, index),
            _ => self.grow_map(map),
        };
        self.add_entry(table, index, key, value);
        map.header.aux.set(map.header.aux.get() + 1);
        true
    }

    /// Appends an entry that is not there, for which there is room.
    fn add_entry(&mut self, table: Gc<TableObject>, index: Gc<Storage>, key: Value, value: Value) {
        let used = table.header.aux.get();
        assert!(used < table.capacity.get());
        // SAFETY: the table has room for `capacity` pairs.
        unsafe { table.tail::<[Value; 2]>().add(used as usize).write([key, value]) };
        table.header.aux.set(used + 1);
        self.barrier(table.header());
        let slots = index.halves();
        let mask = slots.len() - 1;
        let mut at = key_hash(key) as usize & mask;
        while slots[at].get() != 0 {
            at = (at + 1) & mask;
        }
        slots[at].set(used + 1);
    }

    /// Gives `map` a table without removed entries and with room for more.
    #[cold]
    fn grow_map(&mut self, map: Gc<MapObject>) -> (Gc<TableObject>, Gc<Storage>) {
        let capacity = (map.length() * 2).max(8).next_power_of_two();
        let table = self.create(
            capacity * 16,
            TableObject {
                header: Header::new(Kind::MapTable, 0, 0, 0),
                capacity: Cell::new(capacity as u32),
                front: Cell::new(0),
                cleared: Cell::new(false),
                successor: Cell::new(None),
            },
        );
        // Twice as many slots as entries: probing always ends.
        let index = self.zeroed_storage(capacity);
        for (key, value) in map.entries() {
            self.add_entry(table, index, key, value);
        }
        self.replace_table(map, Some((table, index)));
        (table, index)
    }

    fn replace_table(&mut self, map: Gc<MapObject>, replacement: Option<(Gc<TableObject>, Gc<Storage>)>) {
        if let Some(old) = map.table.get() {
            old.successor.set(replacement.map(|(table, _)| table));
            self.barrier(old.header());
        }
        map.table.set(replacement.map(|(table, _)| table));
        map.index.set(replacement.map(|(_, index)| index));
        self.barrier(map.header());
    }

    /// Removes `key`. Returns whether it was there.
    pub fn map_delete(&mut self, map: Gc<MapObject>, key: Value) -> bool {
        let Some(pair) = map.find(normalized(key)) else { return false };
        pair[0].set(Value::ABSENT);
        pair[1].set(Value::NULL);
        map.header.aux.set(map.header.aux.get() - 1);
        true
    }

    /// Removes all entries.
    pub fn map_clear(&mut self, map: Gc<MapObject>) {
        let Some(old) = map.table.get() else { return };
        map.header.aux.set(0);
        // The entries of `old` are what iterators count; an empty map is built beside it.
        map.table.set(None);
        let (table, _) = self.grow_map(map);
        old.cleared.set(true);
        old.successor.set(Some(table));
        self.barrier(old.header());
    }

    /// The next entry of the map or set that `iterator` goes over. Entries added meanwhile are seen.
    pub(crate) fn map_next(&mut self, iterator: Gc<IteratorObject>) -> Option<(Value, Value)> {
        let map = iterator.source.get().as_map().or(iterator.source.get().as_set())?;
        let mut table = iterator.table.get().or(map.table.get())?;
        let mut position = iterator.position();
        while let Some(successor) = table.successor.get() {
            let before = table.pairs().get(..position).unwrap_or(&[]);
            position = match table.cleared.get() {
                true => 0,
                false => before.iter().filter(|pair| !pair[0].get().is_absent()).count(),
            };
            table = successor;
        }
        iterator.table.set(Some(table));
        self.barrier(iterator.header());
        let pairs = table.pairs();
        let front = table.front.get() as usize;
        let from_front = position <= front;
        position = position.max(front);
        while pairs.get(position).is_some_and(|[key, _]| key.get().is_absent()) {
            position += 1;
        }
        if from_front {
            // A queue that is emptied from its front is not walked again for each of its entries.
            table.front.set(position as u32);
        }
        let found = pairs.get(position).map(|[key, value]| (key.get(), value.get()));
        iterator.set_position(position + usize::from(found.is_some()));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::object::EntryPart;
    use super::*;

    #[test]
    fn equal_keys_are_one_entry() {
        let mut heap = Heap::new(1 << 30, false);
        let map = heap.map(Kind::Map);
        let (first, second) = (heap.string("key"), heap.string("key"));
        assert!(heap.map_set(map, Value::reference(first), Value::int(1)));
        assert!(!heap.map_set(map, Value::reference(second), Value::int(2)));
        assert!(heap.map_set(map, Value::int(3), Value::int(3)));
        assert!(!heap.map_set(map, Value::number(3.0), Value::int(4)));
        assert!(heap.map_set(map, Value::number(f64::NAN), Value::int(5)));
        assert!(!heap.map_set(map, Value::number(-f64::NAN), Value::int(6)));
        assert!(heap.map_set(map, Value::number(-0.0), Value::int(7)));
        assert_eq!(map.get(Value::int(0)), Some(Value::int(7)));
        assert_eq!(map.length(), 4);
    }

    #[test]
    fn an_iterator_sees_additions_and_survives_growth_and_removal() {
        let mut heap = Heap::new(1 << 30, false);
        let map = heap.map(Kind::Set);
        for key in 0..5 {
            heap.map_set(map, Value::int(key), Value::NULL);
        }
        let iterator = heap.iterator(Value::reference(map), EntryPart::Both);
        let mut seen = Vec::new();
        while let Some((key, _)) = heap.map_next(iterator) {
            let key = key.as_int().expect("an int");
            seen.push(key);
            heap.map_delete(map, Value::int(key));
            if key < 40 {
                heap.map_set(map, Value::int(key + 5), Value::NULL);
            }
        }
        assert_eq!(seen, (0..45).collect::<Vec<_>>());
    }

    #[test]
    fn the_front_is_found_after_removals() {
        let mut heap = Heap::new(1 << 30, false);
        let map = heap.map(Kind::Map);
        for key in 0..20 {
            heap.map_set(map, Value::int(key), Value::NULL);
        }
        for key in 0..20 {
            let iterator = heap.iterator(Value::reference(map), EntryPart::Both);
            assert_eq!(heap.map_next(iterator).map(|(key, _)| key), Some(Value::int(key)));
            assert_eq!(map.table.get().map(|table| table.front.get()), Some(key as u32));
            heap.map_delete(map, Value::int(key));
        }
        let iterator = heap.iterator(Value::reference(map), EntryPart::Both);
        assert!(heap.map_next(iterator).is_none());
        heap.map_set(map, Value::int(7), Value::NULL);
        assert_eq!(heap.map_next(iterator).map(|(key, _)| key), Some(Value::int(7)));
        assert!(heap.map_next(iterator).is_none());
    }

    #[test]
    fn clearing_restarts_an_iterator() {
        let mut heap = Heap::new(1 << 30, false);
        let map = heap.map(Kind::Set);
        heap.map_set(map, Value::int(1), Value::NULL);
        let iterator = heap.iterator(Value::reference(map), EntryPart::Both);
        assert!(heap.map_next(iterator).is_some());
        heap.map_clear(map);
        assert_eq!(map.length(), 0);
        heap.map_set(map, Value::int(2), Value::NULL);
        assert_eq!(heap.map_next(iterator).map(|(key, _)| key), Some(Value::int(2)));
        assert!(heap.map_next(iterator).is_none());
    }
}
