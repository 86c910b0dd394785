//! Signing problems as diagnostics: `raya-signing` knows bytes only, so the place is added here.

use std::path::Path;

use raya_signing::{
    LockedSecretKey, PublicKey, SIGNATURE_FILE_BYTES_MAX, SecretKey, Signature, SigningError,
};
use raya_source::{Code, Diagnostic};

use crate::host;

/// A signing problem with `subject`, such as a file's name in backticks.
pub fn diagnostic(error: &SigningError, subject: &str) -> Diagnostic {
    Diagnostic::error(
        Code(error.code()),
        format!("{subject}: expected {}, found {}", error.expected(), error.found()),
    )
    .with_help(error.remedy())
}

/// Characters of a public key's text, and of a secret one's.
const KEY_TEXT_LENGTHS: [usize; 2] = [56, 212];

/// Reads a public key: a key's own text (`RW…`), or a file.
pub fn read_public_key(key: &str) -> Result<PublicKey, Diagnostic> {
    if key.starts_with("RW") && KEY_TEXT_LENGTHS.contains(&key.len()) {
        return PublicKey::from_base64(key).map_err(|error| diagnostic(&error, "the key"));
    }
    let path = Path::new(key);
    let bytes = host::read_file(path, raya_signing::KEY_FILE_BYTES_MAX)?;
    PublicKey::parse(&bytes).map_err(|error| diagnostic(&error, &host::shown(path)))
}

/// Reads a secret key, and asks for its password where it has one.
pub fn read_secret_key(path: &Path) -> Result<SecretKey, Diagnostic> {
    let explained = |error: SigningError| diagnostic(&error, &host::shown(path));
    let bytes = zeroize::Zeroizing::new(host::read_file(path, raya_signing::KEY_FILE_BYTES_MAX)?);
    let locked = LockedSecretKey::parse(&bytes).map_err(explained)?;
    if !locked.is_encrypted() {
        return locked.unlock(None).map_err(explained);
    }
    let password =
        zeroize::Zeroizing::new(host::ask_password(&format!("Password of {}: ", host::shown(path)))?);
    locked.unlock(Some(password.as_bytes())).map_err(explained)
}

/// Reads a signature file.
pub fn read_signature(path: &Path) -> Result<Signature, Diagnostic> {
    let bytes = host::read_file(path, SIGNATURE_FILE_BYTES_MAX)?;
    Signature::parse(&bytes).map_err(|error| diagnostic(&error, &host::shown(path)))
}
