//! minisign's files: public keys, secret keys, signatures.

mod public_key;
mod secret_key;
mod signature;
mod text;

pub use public_key::{KeyId, PublicKey};
pub use secret_key::{KeyCost, LockedSecretKey, SecretKey};
pub use signature::{SIGNATURE_UNTRUSTED_COMMENT, Signature};
pub use text::{
    KEY_FILE_BYTES_MAX, SIGNATURE_FILE_BYTES_MAX, TRUSTED_COMMENT_BYTES_MAX, UNTRUSTED_COMMENT_BYTES_MAX,
};
