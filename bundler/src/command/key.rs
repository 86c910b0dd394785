//! `raya key`: key pairs in minisign's format.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use raya_signing::{KeyCost, LockedSecretKey, PublicKey, SecretKey};
use raya_source::Diagnostic;

use super::Outcome;
use crate::arguments::KeyCommand;
use crate::codes::{KEY_EXISTS, PASSWORDS_DIFFER};
use crate::{host, signing_report};

const SECRET_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;

pub(super) fn run(command: KeyCommand) -> Outcome {
    match command {
        KeyCommand::Gen { name, no_password } => generate(&name, no_password)?,
        KeyCommand::Show { key } => show(&key)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(name: &Path, no_password: bool) -> Result<(), Diagnostic> {
    let secret_path = with_ending(name, ".key");
    let public_path = with_ending(name, ".pub");
    for path in [&secret_path, &public_path] {
        if path.exists() {
            let problem =
                format!("{} exists; a key that is overwritten cannot be had back", host::shown(path));
            return Err(Diagnostic::error(KEY_EXISTS, problem)
                .with_help("choose another name, or move the old key away"));
        }
        host::check_output(path, [] as [&Path; 0])?;
    }
    let explained = |error| signing_report::diagnostic(&error, "the new key");
    let secret = SecretKey::generate().map_err(explained)?;
    let text = if no_password {
        secret.to_plain_text()
    } else {
        let password = zeroize::Zeroizing::new(host::ask_password("Password: ")?);
        let again = zeroize::Zeroizing::new(host::ask_password("Password again: ")?);
        if password != again {
            return Err(Diagnostic::error(PASSWORDS_DIFFER, "expected the same password twice, found two")
                .with_note("no key was written"));
        }
        secret.to_encrypted_text(password.as_bytes(), KeyCost::MINISIGN).map_err(explained)?
    };
    host::write_file(&secret_path, text.as_bytes(), SECRET_MODE)?;
    host::write_file(&public_path, secret.public().to_text().as_bytes(), PUBLIC_MODE)?;
    host::print(&format!(
        "secret key  {}\npublic key  {}\n{}",
        host::plain(&secret_path),
        host::plain(&public_path),
        identity(secret.public())
    ))
}

fn show(path: &Path) -> Result<(), Diagnostic> {
    let bytes = host::read_file(path, raya_signing::KEY_FILE_BYTES_MAX)?;
    let public = match PublicKey::parse(&bytes) {
        Ok(public) => public,
        // A secret key shows its public half; anything else is reported as the public key it is not.
        Err(error) => match LockedSecretKey::parse(&bytes) {
            Ok(_) => signing_report::read_secret_key(path)?.public().clone(),
            Err(_) => return Err(signing_report::diagnostic(&error, &host::shown(path))),
        },
    };
    host::print(&identity(&public))
}

fn identity(public: &PublicKey) -> String {
    let (key, id, digest) = (public.to_base64(), public.id(), public.digest());
    format!("key         {key}\nid          {id}\ndigest      {digest}\n")
}

fn with_ending(name: &Path, ending: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}
