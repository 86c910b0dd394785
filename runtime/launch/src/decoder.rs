//! Decompressing a program. Only the emitted table of a bundle with a compressed program names this, so that the linker
//! leaves the decoder out of all others.

use ruzstd::decoding::FrameDecoder;

/// See [`raya_abi::image::DecodeProgram`].
///
/// # Safety
///
/// `program` points at `size` bytes, `into` at `length` bytes that nobody else uses.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn raya_decode_program(
    program: *const u8,
    size: usize,
    into: *mut u8,
    length: usize,
) -> bool {
    if size == 0 || length == 0 {
        return false;
    }
    // SAFETY: as the caller promises.
    let (program, into) = unsafe {
        (core::slice::from_raw_parts(program, size), core::slice::from_raw_parts_mut(into, length))
    };
    matches!(FrameDecoder::new().decode_all(program, into), Ok(decoded) if decoded == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `b"raya"` eight times, as one frame: a compressed block would need an encoder, so the frame holds a raw one.
    fn frame(content: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0x20, content.len() as u8];
        frame.extend_from_slice(&((content.len() as u32) << 3 | 1).to_le_bytes()[..3]);
        frame.extend_from_slice(content);
        frame
    }

    fn decode(program: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut bytes = vec![0; length];
        // SAFETY: both buffers have the lengths that are said.
        let decoded =
            unsafe { raya_decode_program(program.as_ptr(), program.len(), bytes.as_mut_ptr(), bytes.len()) };
        decoded.then_some(bytes)
    }

    #[test]
    fn a_frame_decodes_to_exactly_its_length() {
        let content = b"raya".repeat(8);
        assert_eq!(decode(&frame(&content), content.len()), Some(content.clone()));
        assert_eq!(decode(&frame(&content), content.len() + 1), None);
        assert_eq!(decode(&frame(&content), content.len() - 1), None);
        assert_eq!(decode(b"nonsense", 8), None);
    }
}
