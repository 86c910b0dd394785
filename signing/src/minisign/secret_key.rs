//! Secret keys, encrypted with a password through scrypt or plain, as `minisign -G` and `minisign -G -W` write them.
//!
//! Layout: `Ed`, `Sc` or two zeros, `B2`, 32 bytes of salt, two 64-bit limits, then 104 bytes (id, seed, public key,
//! checksum) that the scrypt stream is exclusive-ored over.

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest as _};
use ed25519_dalek::{Signer as _, SigningKey};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::public_key::{KEY_ALGORITHM, KeyId, PublicKey};
use super::signature::Signature;
use super::text::{self, KEY_FILE_BYTES_MAX, Lines, UNTRUSTED_COMMENT_BYTES_MAX, UNTRUSTED_PREFIX};
use crate::claim::Claim;
use crate::ed25519;
use crate::error::{Artifact, SigningError};

const SCRYPT: [u8; 2] = *b"Sc";
const PLAIN: [u8; 2] = [0; 2];
const CHECKSUM_ALGORITHM: [u8; 2] = *b"B2";
const SALT_AT: usize = 6;
const OPERATIONS_AT: usize = SALT_AT + 32;
const MEMORY_AT: usize = OPERATIONS_AT + 8;
const PAYLOAD_AT: usize = MEMORY_AT + 8;
const PAYLOAD_BYTES: usize = 8 + 64 + 32;
pub(super) const BYTES: usize = PAYLOAD_AT + PAYLOAD_BYTES;
/// minisign writes this comment for plain keys too.
const COMMENT: &str = "minisign encrypted secret key";
const EXPECTED: &str = "one line of base64 that holds 158 bytes";

/// How much work a password costs, in libsodium's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCost {
    /// The operation limit.
    pub operations: u64,
    /// The memory limit in bytes.
    pub memory: u64,
}

impl KeyCost {
    /// minisign's own: 1 GiB and some seconds. Key files that ask for more are refused before any work is done.
    pub const MINISIGN: KeyCost = KeyCost { operations: 1 << 25, memory: 1 << 30 };
    /// The least libsodium knows. For tests only: it protects nothing.
    pub const LEAST: KeyCost = KeyCost { operations: 1 << 15, memory: 1 << 20 };

    /// libsodium's choice of scrypt parameters (`pickparams`), bounded.
    fn parameters(self) -> Result<scrypt::Params, SigningError> {
        let refused = || SigningError::ExcessiveCost { operations: self.operations, memory: self.memory };
        if self.operations > Self::MINISIGN.operations || self.memory > Self::MINISIGN.memory {
            return Err(refused());
        }
        const BLOCK_SIZE: u64 = 8;
        let operations = self.operations.max(1 << 15);
        let (rounds_max, is_memory_bound) = if operations < self.memory / 32 {
            (operations / (BLOCK_SIZE * 4), false)
        } else {
            (self.memory / (BLOCK_SIZE * 128), true)
        };
        let log_rounds = (1..63_u8).find(|log| 1_u64 << log > rounds_max / 2).ok_or_else(refused)?;
        let lanes = if is_memory_bound { ((operations / 4) >> log_rounds) / BLOCK_SIZE } else { 1 };
        let lanes = u32::try_from(lanes).map_err(|_| refused())?;
        scrypt::Params::new(log_rounds, BLOCK_SIZE as u32, lanes).map_err(|_| refused())
    }
}

/// A secret key. Its bytes are wiped when it is dropped; it has no `Debug` that shows them.
pub struct SecretKey {
    key: SigningKey,
    public: PublicKey,
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SecretKey({})", self.public.id())
    }
}

impl SecretKey {
    /// A new key with a random id. Fails with [`SigningError::NoRandomness`].
    pub fn generate() -> Result<Self, SigningError> {
        let mut seed = Zeroizing::new([0; 32]);
        let mut id = [0; 8];
        getrandom::fill(&mut seed[..]).map_err(|_| SigningError::NoRandomness)?;
        getrandom::fill(&mut id).map_err(|_| SigningError::NoRandomness)?;
        Self::from_seed(KeyId(id), &seed)
    }

    /// The key of a seed.
    pub fn from_seed(id: KeyId, seed: &[u8; 32]) -> Result<Self, SigningError> {
        let key = SigningKey::from_bytes(seed);
        let public = PublicKey::from_parts(id, key.verifying_key().as_bytes())?;
        Ok(SecretKey { key, public })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `bytes`, which must be of the claim's domain.
    pub fn sign(&self, bytes: &[u8], claim: &Claim) -> Result<Signature, SigningError> {
        claim.domain().check(bytes)?;
        self.sign_with_comment(bytes, &claim.to_string())
    }

    /// Signs any bytes with any comment, as `minisign -S -t` does. [`crate::KeySet::verify`] accepts only claims.
    pub fn sign_with_comment(&self, bytes: &[u8], trusted_comment: &str) -> Result<Signature, SigningError> {
        let signature = self.key.sign(&ed25519::prehash(bytes)).to_bytes();
        Signature::from_parts(self.public.id(), signature, trusted_comment, |message| {
            self.key.sign(message).to_bytes()
        })
    }

    /// The key file without encryption, as `minisign -G -W` writes it: salt, limits and checksum are zero.
    pub fn to_plain_text(&self) -> Zeroizing<String> {
        let mut layout = Zeroizing::new([0; BYTES]);
        layout[0..2].copy_from_slice(&KEY_ALGORITHM);
        layout[2..4].copy_from_slice(&PLAIN);
        layout[4..6].copy_from_slice(&CHECKSUM_ALGORITHM);
        layout[PAYLOAD_AT..BYTES - 32].copy_from_slice(&self.payload()[..72]);
        to_text(&layout)
    }

    /// The key file encrypted with a password, as `minisign -G` writes it.
    pub fn to_encrypted_text(
        &self,
        password: &[u8],
        cost: KeyCost,
    ) -> Result<Zeroizing<String>, SigningError> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|_| SigningError::NoRandomness)?;
        let stream = key_stream(password, &salt, cost)?;
        let mut layout = Zeroizing::new([0; BYTES]);
        layout[0..2].copy_from_slice(&KEY_ALGORITHM);
        layout[2..4].copy_from_slice(&SCRYPT);
        layout[4..6].copy_from_slice(&CHECKSUM_ALGORITHM);
        layout[SALT_AT..OPERATIONS_AT].copy_from_slice(&salt);
        layout[OPERATIONS_AT..MEMORY_AT].copy_from_slice(&cost.operations.to_le_bytes());
        layout[MEMORY_AT..PAYLOAD_AT].copy_from_slice(&cost.memory.to_le_bytes());
        let payload = self.payload();
        for ((to, from), key) in layout[PAYLOAD_AT..].iter_mut().zip(&payload[..]).zip(&stream[..]) {
            *to = from ^ key;
        }
        Ok(to_text(&layout))
    }

    /// Id, seed, public key, checksum.
    fn payload(&self) -> Zeroizing<[u8; PAYLOAD_BYTES]> {
        let mut payload = Zeroizing::new([0; PAYLOAD_BYTES]);
        payload[..8].copy_from_slice(&self.public.id().0);
        payload[8..40].copy_from_slice(self.key.as_bytes());
        payload[40..72].copy_from_slice(self.public.as_bytes());
        let checksum = checksum(&payload);
        payload[72..].copy_from_slice(&checksum);
        payload
    }
}

fn to_text(layout: &[u8; BYTES]) -> Zeroizing<String> {
    let line = Zeroizing::new(text::encode(layout));
    Zeroizing::new(format!("{UNTRUSTED_PREFIX}{COMMENT}\n{}\n", *line))
}

/// BLAKE2b-256 over algorithm, id, seed and public key.
fn checksum(payload: &[u8; PAYLOAD_BYTES]) -> [u8; 32] {
    Blake2b::<U32>::new().chain_update(KEY_ALGORITHM).chain_update(&payload[..72]).finalize().into()
}

fn key_stream(
    password: &[u8],
    salt: &[u8; 32],
    cost: KeyCost,
) -> Result<Zeroizing<[u8; PAYLOAD_BYTES]>, SigningError> {
    let mut stream = Zeroizing::new([0; PAYLOAD_BYTES]);
    scrypt::scrypt(password, salt, &cost.parameters()?, &mut stream[..])
        .map_err(|_| SigningError::ExcessiveCost { operations: cost.operations, memory: cost.memory })?;
    Ok(stream)
}

/// A secret key file that was read and not yet opened.
pub struct LockedSecretKey {
    is_encrypted: bool,
    salt: [u8; 32],
    cost: KeyCost,
    payload: Zeroizing<[u8; PAYLOAD_BYTES]>,
}

impl LockedSecretKey {
    /// Reads a key file of at most [`KEY_FILE_BYTES_MAX`] bytes. A cost beyond [`KeyCost::MINISIGN`] is refused here, before
    /// anyone is asked for a password.
    pub fn parse(bytes: &[u8]) -> Result<Self, SigningError> {
        let mut lines = Lines::new(Artifact::SecretKey, bytes, KEY_FILE_BYTES_MAX)?;
        lines.comment(UNTRUSTED_PREFIX, UNTRUSTED_COMMENT_BYTES_MAX, "a line `untrusted comment: …`")?;
        let layout = lines.base64::<BYTES>(EXPECTED)?;
        lines.end()?;
        let unknown = |found| SigningError::UnknownAlgorithm { artifact: Artifact::SecretKey, found };
        let [algorithm, derivation, check] = [0, 2, 4].map(|at| text::field::<2>(&layout[..], at));
        if algorithm != KEY_ALGORITHM {
            return Err(unknown(algorithm));
        }
        if check != CHECKSUM_ALGORITHM {
            return Err(unknown(check));
        }
        let is_encrypted = match derivation {
            SCRYPT => true,
            PLAIN => false,
            other => return Err(unknown(other)),
        };
        let cost = KeyCost {
            operations: u64::from_le_bytes(text::field(&layout[..], OPERATIONS_AT)),
            memory: u64::from_le_bytes(text::field(&layout[..], MEMORY_AT)),
        };
        if is_encrypted {
            cost.parameters()?;
        }
        let salt = text::field(&layout[..], SALT_AT);
        Ok(LockedSecretKey {
            is_encrypted,
            salt,
            cost,
            payload: Zeroizing::new(text::field(&layout[..], PAYLOAD_AT)),
        })
    }

    /// Whether a password is needed.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// What opening it costs.
    pub fn cost(&self) -> KeyCost {
        self.cost
    }

    /// Opens the key. A plain key ignores the password. Fails with [`SigningError::PasswordNeeded`],
    /// [`SigningError::WrongPassword`] or [`SigningError::HalvesDiffer`].
    pub fn unlock(&self, password: Option<&[u8]>) -> Result<SecretKey, SigningError> {
        let mut payload = self.payload.clone();
        if self.is_encrypted {
            let password = password.ok_or(SigningError::PasswordNeeded)?;
            let stream = key_stream(password, &self.salt, self.cost)?;
            payload.iter_mut().zip(&stream[..]).for_each(|(byte, key)| *byte ^= key);
        }
        let stored = &payload[72..];
        let has_right_checksum = bool::from(stored.ct_eq(&checksum(&payload)));
        // Plain keys have a checksum of zeros, or a real one in some implementations; encrypted keys always a real one.
        let has_no_checksum = !self.is_encrypted && bool::from(stored.ct_eq(&[0; 32]));
        if !has_right_checksum && !has_no_checksum {
            return Err(SigningError::WrongPassword);
        }
        let seed = Zeroizing::new(text::field(&payload[..], 8));
        let key = SecretKey::from_seed(KeyId(text::field(&payload[..], 0)), &seed)?;
        if key.public.as_bytes()[..] != payload[40..72] {
            return Err(SigningError::HalvesDiffer);
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_follows_libsodium_and_is_bounded() {
        let parameters = KeyCost::MINISIGN.parameters().unwrap();
        assert_eq!(parameters, scrypt::Params::new(20, 8, 1).unwrap());
        assert_eq!(KeyCost::LEAST.parameters().unwrap(), scrypt::Params::new(10, 8, 1).unwrap());
        let most = KeyCost::MINISIGN;
        for cost in [
            KeyCost { operations: most.operations + 1, ..most },
            KeyCost { memory: most.memory + 1, ..most },
            KeyCost { operations: u64::MAX, memory: u64::MAX },
            KeyCost { operations: 0, memory: u64::MAX },
        ] {
            assert_eq!(cost.parameters().unwrap_err().code(), "R1109");
        }
        // Without memory, lanes would multiply: bounded by the operation limit.
        assert!(KeyCost { operations: 1 << 25, memory: 0 }.parameters().is_ok());
        assert!(KeyCost { operations: 0, memory: 0 }.parameters().is_ok());
    }
}
