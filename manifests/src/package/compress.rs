//! Packing and unpacking of payloads: one plain zstd frame each, whose header tells the size, within a bounded window.

use std::io::Read as _;

use zstd::bulk::Compressor;
use zstd::stream::raw::CParameter;
use zstd::zstd_safe::find_frame_compressed_size;

use super::error::PackageError;
use crate::code;

/// Largest window: 8 MiB, which zstd uses up to level 19.
const WINDOW_LOG_MAX: u32 = 23;
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Memory reserved before the first byte is unpacked; more grows as bytes arrive.
const RESERVED_BYTES_MAX: u64 = 16 << 20;

/// How hard to pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackLevel {
    /// For trying things out.
    Fast,
    /// For publishing.
    Small,
}

/// Packs bytes. The same bytes, level and zstd version give the same result.
pub(crate) fn pack(bytes: &[u8], level: PackLevel) -> std::io::Result<Vec<u8>> {
    let level = match level {
        PackLevel::Fast => 3,
        PackLevel::Small => 19,
    };
    let mut compressor = Compressor::new(level)?;
    compressor.set_parameter(CParameter::ContentSizeFlag(true))?;
    compressor.set_parameter(CParameter::ChecksumFlag(false))?;
    compressor.set_parameter(CParameter::DictIdFlag(false))?;
    compressor.compress(bytes)
}

/// What a frame's header says.
struct FrameHeader {
    content_size: Option<u64>,
    window_size: u64,
    has_dictionary: bool,
}

/// Reads a frame's header (RFC 8878, 3.1.1.1). `None` when the bytes do not start with a plain frame.
fn frame_header(bytes: &[u8]) -> Option<FrameHeader> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (descriptor, rest) = rest.split_first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    let (window, rest) = if is_single_segment {
        (None, rest)
    } else {
        rest.split_first().map(|(byte, rest)| (Some(*byte), rest))?
    };
    let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let rest = rest.get(dictionary_bytes..)?;
    let size_bytes = match (descriptor >> 6, is_single_segment) {
        (0, false) => 0,
        (0, true) => 1,
        (flag, _) => 1 << flag,
    };
    let mut little_endian = [0; 8];
    little_endian[..size_bytes].copy_from_slice(rest.get(..size_bytes)?);
    // Two bytes count from 256: smaller sizes fit one.
    let offset = if size_bytes == 2 { 256 } else { 0 };
    let content_size = (size_bytes > 0).then(|| u64::from_le_bytes(little_endian).saturating_add(offset));
    let window_size = match window {
        None => content_size.unwrap_or(u64::MAX),
        Some(window) => {
            let base = 1_u64 << (10 + u32::from(window >> 3));
            base + base / 8 * u64::from(window & 7)
        }
    };
    Some(FrameHeader { content_size, window_size, has_dictionary: dictionary_bytes != 0 })
}

/// Unpacks bytes that were found to be the signed ones, to exactly `size` bytes.
pub(crate) fn unpack(entry: &str, packed: &[u8], size: u64) -> Result<Vec<u8>, PackageError> {
    let error = |code, expected: &str, found: String| PackageError::new(code, entry, expected, found);
    let header = frame_header(packed)
        .filter(|header| !header.has_dictionary)
        .ok_or_else(|| error(code::NOT_A_FRAME, "a plain zstd frame", "something else".to_owned()))?;
    if header.content_size != Some(size) {
        let found = header
            .content_size
            .map_or("a frame that does not say".to_owned(), |found| format!("{found} bytes"));
        return Err(error(code::UNPACKED_SIZE, &format!("{size} bytes when unpacked"), found));
    }
    if header.window_size > 1 << WINDOW_LOG_MAX {
        let expected = format!("a window of at most {} bytes", 1_u64 << WINDOW_LOG_MAX);
        return Err(error(code::WINDOW_TOO_LARGE, &expected, format!("{} bytes", header.window_size)));
    }
    let corrupt = |reason: String| error(code::FRAME_CORRUPT, "a whole zstd frame", reason);
    let frame_bytes =
        find_frame_compressed_size(packed).map_err(|_| corrupt("a broken or shortened one".to_owned()))?;
    if frame_bytes != packed.len() {
        let found = format!("{} bytes behind it", packed.len() - frame_bytes);
        return Err(error(code::BYTES_AFTER_FRAME, "one frame and nothing behind it", found));
    }
    let bytes = decode(packed, size).map_err(|failure| corrupt(failure.to_string()))?;
    if bytes.len() as u64 != size {
        return Err(error(
            code::UNPACKED_SIZE,
            &format!("{size} bytes when unpacked"),
            format!("{} bytes or more", bytes.len()),
        ));
    }
    Ok(bytes)
}

fn decode(packed: &[u8], size: u64) -> std::io::Result<Vec<u8>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?.single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    let reserved = usize::try_from(size.min(RESERVED_BYTES_MAX)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(reserved);
    decoder.take(size.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(packed: &[u8], size: u64) -> &'static str {
        unpack("x", packed, size).unwrap_err().code.0
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        for size in [0, 1, 255, 256, 65_791, 65_792, 100_000, (8 << 20) + 1] {
            let bytes: Vec<u8> = (0..size).map(|at: usize| (at / 7) as u8).collect();
            let packed = pack(&bytes, PackLevel::Fast).unwrap();
            assert_eq!(packed, pack(&bytes, PackLevel::Fast).unwrap());
            assert_eq!(unpack("x", &packed, size as u64).unwrap(), bytes);
        }
    }

    #[test]
    fn frames_that_are_not_one_plain_frame_of_the_signed_size() {
        let packed = pack(b"hello hello hello", PackLevel::Small).unwrap();
        assert_eq!(code_of(b"", 0), "R1144");
        assert_eq!(code_of(b"not zstd", 8), "R1144");
        let skippable = [&[0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 0][..], &packed].concat();
        assert_eq!(code_of(&skippable, 17), "R1144");
        assert_eq!(code_of(&[&packed[..], &packed].concat(), 17), "R1145");
        assert_eq!(code_of(&[&packed[..], &skippable].concat(), 17), "R1145");
        assert_eq!(code_of(&[&packed[..], b"\0"].concat(), 17), "R1145");
        assert_eq!(code_of(&packed, 16), "R1146");
        assert_eq!(code_of(&packed, 18), "R1146");
        for end in 6..packed.len() {
            assert_eq!(code_of(&packed[..end], 17), "R1148", "cut at {end}");
        }
    }

    /// A bomb: 320 KB of blocks that repeat one byte, 10 GiB when unpacked. It is refused by its header, and a header that
    /// lies is refused once one byte too many arrives.
    #[test]
    fn bombs_do_not_go_off() {
        let blocks = (10_u64 << 30) / (128 << 10);
        let bomb = |descriptor: u8, size: &[u8]| {
            let mut frame = MAGIC.to_vec();
            frame.extend([descriptor, 13 << 3]);
            frame.extend(size);
            for block in 0..blocks {
                let is_last = u32::from(block + 1 == blocks);
                frame.extend(&((128_u32 << 10) << 3 | 1 << 1 | is_last).to_le_bytes()[..3]);
                frame.push(0);
            }
            frame
        };
        let honest = bomb(0xC0, &(10_u64 << 30).to_le_bytes());
        assert_eq!(honest.len(), 327_694);
        assert_eq!(code_of(&honest, 1 << 20), "R1146");
        let lying = bomb(0xC0, &(1_u64 << 20).to_le_bytes());
        assert!(["R1146", "R1148"].contains(&code_of(&lying, 1 << 20)));
        let silent = bomb(0, &[]);
        assert_eq!(code_of(&silent, 1 << 20), "R1146");
        let mut wide = pack(&[7; 100], PackLevel::Fast).unwrap();
        assert_eq!(wide[4] & 0x20, 0x20, "a single segment, whose window is its size");
        // The same frame with a window of 16 MiB instead.
        wide[4] &= !0x20;
        wide[4] |= 0x40;
        wide.splice(5..6, [14 << 3, 0, 0]);
        assert_eq!(code_of(&wide, 256), "R1147");
    }
}
