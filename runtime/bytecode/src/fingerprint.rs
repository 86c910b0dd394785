//! One line that two builds share exactly when one runs what the other writes.
//!
//! A runtime pack is built apart from the `raya` that embeds it. The line stands in the pack, so that a pack made from other
//! sources is refused when bundling, not by an image that does not start.

use raya_abi::image::BUNDLE_VERSION;

use crate::encode::VERSION;
use crate::ops::Operation;

/// Versions of the formats, and a hash (FNV-1a, 64 bits) over every operation's name and operands in order.
pub fn fingerprint() -> String {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    for operation in Operation::ALL {
        for byte in format!("{} {:?};", operation.name(), operation.operands()).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
    format!("bytecode {VERSION}, image {BUNDLE_VERSION}, operations {hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_versions_and_is_the_same_each_time() {
        assert!(
            fingerprint().starts_with(&format!("bytecode {VERSION}, image {BUNDLE_VERSION}, operations "))
        );
        assert_eq!(fingerprint(), fingerprint());
    }
}
