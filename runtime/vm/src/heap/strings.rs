//! Strings: contiguous UTF-8, NUL-terminated, with their length in UTF-16 units.
//!
//! Short ones hold their bytes. Long ones made by concatenation share a buffer with spare room: appending to the string
//! that ends where the buffer's used part ends writes in place, so `s += x` takes amortised constant time. The longer
//! string overwrites the shorter one's NUL; [`Heap::terminated`] gives such a string bytes of its own before a native sees it.

use core::cell::Cell;

use raya_abi::limits::STRING_BYTES_MAX;

use super::hash::hash_bytes;
use super::object::{BufferObject, Header, INLINE, Kind, StringObject};
use super::{Gc, Heap};

/// Strings up to this many bytes hold their bytes themselves when they are concatenated.
const INLINE_CONCATENATION_MAX: usize = 48;

impl Gc<StringObject> {
    /// The text. It stays where it is for as long as the string lives.
    #[inline(always)]
    pub fn as_str<'a>(self) -> &'a str {
        // SAFETY: strings are made from `&str`, or by joining two of them, so their bytes are UTF-8.
        unsafe { core::str::from_utf8_unchecked(self.as_bytes()) }
    }

    /// The text as bytes.
    #[inline(always)]
    pub fn as_bytes<'a>(self) -> &'a [u8] {
        // SAFETY: `data` points at `length` bytes that were written before the string was made and never change.
        unsafe { core::slice::from_raw_parts(self.data.get(), self.length.get() as usize) }
    }

    /// Number of bytes.
    #[inline(always)]
    pub fn length(self) -> usize {
        self.length.get() as usize
    }

    /// Number of UTF-16 code units.
    #[inline(always)]
    pub fn units(self) -> usize {
        self.units.get() as usize
    }

    /// Whether each byte is one code unit.
    #[inline(always)]
    pub fn is_ascii(self) -> bool {
        self.units.get() == self.length.get()
    }

    /// A hash of the text, never 0; kept once computed.
    pub(crate) fn hash(self) -> u32 {
        match self.header.aux.get() {
            0 => {
                let hash = hash_bytes(self.as_bytes());
                self.header.aux.set(hash);
                hash
            }
            hash => hash,
        }
    }

    /// The shared buffer, if its bytes are there.
    #[inline(always)]
    pub(super) fn buffer(self) -> Option<Gc<BufferObject>> {
        if self.header.flags.get() & INLINE != 0 {
            return None;
        }
        // SAFETY: a string without INLINE has one such word behind it.
        unsafe { *self.tail::<Option<Gc<BufferObject>>>() }
    }
}

/// Number of UTF-16 code units of UTF-8 text.
pub(crate) fn utf16_units(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // Every character has one byte that is no continuation; those of four bytes are two units.
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

/// Copies bytes that mostly are a few: calling the C library takes longer than copying those. Musl's `memcpy` starts a string
/// instruction, whatever the length, and made appending numbers twice as slow.
///
/// # Safety
/// There is room for all of `bytes` at `to`, and they do not lie there.
#[inline(always)]
unsafe fn copy_piece(bytes: &[u8], to: *mut u8) {
    /// Copies as many bytes as two words have, or fewer: the words may overlap.
    ///
    /// # Safety
    /// As above; there are `length` bytes, at least one word and at most two.
    #[inline(always)]
    unsafe fn copy_words<T>(from: *const u8, to: *mut u8, length: usize) {
        let last = length - size_of::<T>();
        // SAFETY: both words lie inside the bytes, and are read before one is written.
        unsafe {
            let words = (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
            to.cast::<T>().write_unaligned(words.0);
            to.add(last).cast::<T>().write_unaligned(words.1);
        }
    }
    let (from, length) = (bytes.as_ptr(), bytes.len());
    // SAFETY: as the caller promises; each case has as many bytes as it asks for.
    unsafe {
        match length {
            0 => {}
            1 => to.write(*from),
            2..=3 => copy_words::<u16>(from, to, length),
            4..=7 => copy_words::<u32>(from, to, length),
            8..=16 => copy_words::<u64>(from, to, length),
            _ => core::ptr::copy_nonoverlapping(from, to, length),
        }
    }
}

impl Heap {
    /// A string. `text` has at most [`raya_abi::limits::STRING_BYTES_MAX`] bytes.
    pub fn string(&mut self, text: &str) -> Gc<StringObject> {
        self.string_of_units(text, utf16_units(text))
    }

    /// A string whose number of UTF-16 units is known.
    #[inline]
    pub(crate) fn string_of_units(&mut self, text: &str, units: usize) -> Gc<StringObject> {
        debug_assert_eq!(units, utf16_units(text));
        self.inline_string([text.as_bytes(), b""], units)
    }

    /// A string that holds the bytes of both parts.
    #[inline(always)]
    fn inline_string(&mut self, parts: [&[u8]; 2], units: usize) -> Gc<StringObject> {
        let length = parts[0].len() + parts[1].len();
        let string = self.create(
            length + 1,
            StringObject {
                header: Header::new(Kind::String, INLINE, 0, 0),
                length: Cell::new(length as u32),
                units: Cell::new(units as u32),
                data: Cell::new(core::ptr::null_mut()),
            },
        );
        let data = string.tail::<u8>();
        // SAFETY: the tail has room for both parts and the NUL.
        unsafe {
            copy_piece(parts[0], data);
            copy_piece(parts[1], data.add(parts[0].len()));
            data.add(length).write(0);
        }
        string.data.set(data);
        string
    }

    /// `left` followed by `right`. The caller made sure that the sum of their lengths is within the limit.
    #[inline]
    pub(crate) fn concatenate(
        &mut self,
        left: Gc<StringObject>,
        right: Gc<StringObject>,
    ) -> Gc<StringObject> {
        let (left_length, right_length) = (left.length(), right.length());
        if right_length == 0 {
            return left;
        }
        if left_length == 0 {
            return right;
        }
        let units = left.units() + right.units();
        if left_length + right_length <= INLINE_CONCATENATION_MAX {
            return self.inline_string([left.as_bytes(), right.as_bytes()], units);
        }
        self.append(left, right.as_bytes(), units)
    }

    /// `left` followed by ASCII text that no string holds. The caller made sure of the length.
    pub(crate) fn concatenate_ascii(&mut self, left: Gc<StringObject>, right: &[u8]) -> Gc<StringObject> {
        debug_assert!(right.is_ascii());
        let units = left.units() + right.len();
        if left.length() + right.len() <= INLINE_CONCATENATION_MAX {
            return self.inline_string([left.as_bytes(), right], units);
        }
        self.append(left, right, units)
    }

    /// `left` followed by the decimal text of `int`, written where it belongs: nothing where there is no room behind `left`.
    #[inline]
    pub(crate) fn append_int(&mut self, left: Gc<StringObject>, int: i32) -> Option<Gc<StringObject>> {
        let buffer = left.buffer()?;
        let (first, start) = (buffer.tail::<u8>(), left.length());
        let mut rest = int.unsigned_abs();
        let more = 1 + rest.checked_ilog10().unwrap_or(0) as usize + usize::from(int < 0);
        let length = start + more;
        let ends_last = left.data.get() == first && start == buffer.used.get() as usize;
        let capacity = (buffer.header.aux.get() as usize).min(STRING_BYTES_MAX);
        if !ends_last || length > capacity || buffer.frozen.get() {
            return None;
        }
        // SAFETY: the capacity, which does not count the NUL, holds `length` bytes; nothing was written behind `used`. There are
        // as many digits as were counted, and a sign before them.
        unsafe {
            let mut place = first.add(length);
            place.write(0);
            loop {
                place = place.sub(1);
                place.write(b'0' + (rest % 10) as u8);
                rest /= 10;
                if rest == 0 {
                    break;
                }
            }
            if int < 0 {
                place.sub(1).write(b'-');
            }
        }
        buffer.used.set(length as u32);
        Some(self.shared_string(buffer, length, left.units() + more))
    }

    /// `left` followed by `right`, in the buffer of `left` if there is room behind it.
    fn append(&mut self, left: Gc<StringObject>, right: &[u8], units: usize) -> Gc<StringObject> {
        let start = left.length();
        let length = start + right.len();
        if let Some(buffer) = left.buffer() {
            let first = buffer.tail::<u8>();
            let ends_last = left.data.get() == first && start == buffer.used.get() as usize;
            if ends_last && length <= buffer.header.aux.get() as usize && !buffer.frozen.get() {
                // SAFETY: the capacity, which does not count the NUL, holds `length` bytes; nothing was written behind
                // `used`, and `right`, if it lies in the same buffer, lies before it.
                unsafe {
                    copy_piece(right, first.add(start));
                    first.add(length).write(0);
                }
                buffer.used.set(length as u32);
                return self.shared_string(buffer, length, units);
            }
        }
        let capacity = length.saturating_mul(2).max(96);
        let buffer = self.create(
            capacity + 1,
            BufferObject {
                header: Header::new(Kind::StringBuffer, 0, 0, capacity as u32),
                used: Cell::new(length as u32),
                frozen: Cell::new(false),
            },
        );
        let first = buffer.tail::<u8>();
        // SAFETY: the capacity is at least `length`, plus a byte for the NUL.
        unsafe {
            core::ptr::copy_nonoverlapping(left.as_bytes().as_ptr(), first, start);
            core::ptr::copy_nonoverlapping(right.as_ptr(), first.add(start), right.len());
            first.add(length).write(0);
        }
        self.shared_string(buffer, length, units)
    }

    #[inline(always)]
    fn shared_string(&mut self, buffer: Gc<BufferObject>, length: usize, units: usize) -> Gc<StringObject> {
        let string = self.create(
            8,
            StringObject {
                header: Header::new(Kind::String, 0, 0, 0),
                length: Cell::new(length as u32),
                units: Cell::new(units as u32),
                data: Cell::new(buffer.tail()),
            },
        );
        // SAFETY: one word was allocated behind the string for exactly this.
        unsafe { string.tail::<Option<Gc<BufferObject>>>().write(Some(buffer)) };
        string
    }

    /// Makes sure that a NUL follows the bytes of `string` from now on, and gives their address, which is stable while the
    /// string lives.
    pub fn terminated(&mut self, string: Gc<StringObject>) -> *const u8 {
        if let Some(buffer) = string.buffer() {
            if string.length() == buffer.used.get() as usize {
                buffer.frozen.set(true);
            } else {
                // A longer string took the place of the NUL: this one moves to bytes of its own.
                let text = string.as_str();
                let capacity = text.len();
                let own = self.create(
                    capacity + 1,
                    BufferObject {
                        header: Header::new(Kind::StringBuffer, 0, 0, capacity as u32),
                        used: Cell::new(capacity as u32),
                        frozen: Cell::new(true),
                    },
                );
                // SAFETY: the buffer has room for the text and the NUL; the word behind the string holds its buffer.
                unsafe {
                    core::ptr::copy_nonoverlapping(text.as_ptr(), own.tail(), capacity);
                    own.tail::<u8>().add(capacity).write(0);
                    string.tail::<Option<Gc<BufferObject>>>().write(Some(own));
                }
                string.data.set(own.tail());
                self.barrier(string.header());
            }
        }
        string.data.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap() -> Heap {
        Heap::new(1 << 30, false)
    }

    #[test]
    fn lengths_are_in_utf16_units() {
        let mut heap = heap();
        for text in ["", "a", "grün", "日本語", "a😀b", "😀"] {
            let string = heap.string(text);
            assert_eq!(string.units(), text.encode_utf16().count(), "{text}");
            assert_eq!(string.is_ascii(), text.is_ascii());
            assert_eq!(string.as_str(), text);
        }
    }

    #[test]
    fn appending_shares_and_never_changes_older_strings() {
        let mut heap = heap();
        let piece = heap.string("0123456789");
        let mut strings = vec![heap.string("")];
        for _ in 0..40 {
            let last = strings[strings.len() - 1];
            strings.push(heap.concatenate(last, piece));
        }
        // Two different continuations of the same string.
        let fork = heap.concatenate(strings[20], strings[1]);
        let other = heap.string("x");
        let second = heap.concatenate(strings[20], other);
        for (count, string) in strings.iter().enumerate() {
            assert_eq!(string.as_str(), "0123456789".repeat(count));
        }
        assert_eq!(fork.as_str(), "0123456789".repeat(21));
        assert_eq!(second.as_str(), "0123456789".repeat(20) + "x");
    }

    #[test]
    fn pieces_of_every_length_are_copied_whole() {
        let bytes: Vec<u8> = (1..=40).collect();
        for length in 0..=bytes.len() {
            let mut to = [0; 42];
            // SAFETY: there is room for 41 bytes from the second on.
            unsafe { copy_piece(&bytes[..length], to.as_mut_ptr().add(1)) };
            assert_eq!(to[1..=length], bytes[..length]);
            assert_eq!((to[0], to[length + 1]), (0, 0), "nothing else is written");
        }
    }

    #[test]
    fn ints_are_appended_in_place_where_there_is_room() {
        let mut heap = heap();
        let piece = heap.string(&"x".repeat(60));
        assert!(heap.append_int(piece, 1).is_none(), "it has no buffer");
        let start = heap.concatenate(piece, piece);
        let mut expected = "x".repeat(120);
        let mut string = start;
        let ints = [0, 7, -7, 10, 99, -100, 12345, i32::MAX, i32::MIN];
        for int in ints {
            string = heap.append_int(string, int).expect("there is room");
            expected += &int.to_string();
            assert_eq!((string.as_str(), string.units()), (expected.as_str(), expected.len()));
        }
        assert!(heap.append_int(start, 1).is_none(), "something else stands behind it");
        assert_eq!(start.length(), 120);
        while let Some(longer) = heap.append_int(string, -1) {
            string = longer;
        }
        assert!(string.length() > 236, "it ends with the buffer: {}", string.length());
    }

    #[test]
    fn a_string_appended_to_itself_doubles() {
        let mut heap = heap();
        let mut string = heap.string("ab");
        for power in 1..12 {
            string = heap.concatenate(string, string);
            assert_eq!(string.as_str(), "ab".repeat(1 << power));
        }
    }

    #[test]
    fn what_a_native_sees_ends_with_nul_for_good() {
        let mut heap = heap();
        let piece = heap.string(&"x".repeat(60));
        let short = heap.concatenate(piece, piece);
        let long = heap.concatenate(short, piece);
        let address = heap.terminated(short);
        let longer = heap.concatenate(long, piece);
        let from_long = heap.terminated(longer);
        let frozen = heap.concatenate(longer, piece);
        for (address, length) in [(address, 120), (from_long, 240)] {
            // SAFETY: a terminated string has its length and a NUL there.
            let bytes = unsafe { core::slice::from_raw_parts(address, length + 1) };
            assert!(bytes[..length].iter().all(|byte| *byte == b'x'));
            assert_eq!(bytes[length], 0);
        }
        assert_eq!(frozen.length(), 300);
    }

    #[test]
    fn hashes_are_kept_and_never_zero() {
        let mut heap = heap();
        let string = heap.string("hello, world");
        assert_eq!(string.hash(), hash_bytes(b"hello, world"));
        assert_eq!(string.hash(), string.header.aux.get());
        assert_ne!(hash_bytes(b""), 0);
    }
}
