//! `raya verify`: whether an image is byte for byte the one that a key signed.

use std::path::PathBuf;
use std::process::ExitCode;

use raya_signing::{Domain, KeySet, SigningError};
use raya_source::{Diagnostic, SourceMap};

use super::Outcome;
use crate::arguments::VerifyArguments;
use crate::image_file::{IMAGE_BYTES_MAX, ImageFile};
use crate::report::{self, Style};
use crate::{host, signing_report};

/// Exit codes, added up.
const CORRUPT: u8 = 1;
const UNTRUSTED: u8 = 2;
const OTHER: u8 = 4;

/// What is wrong, and the exit code's part for it.
struct Finding {
    diagnostic: Diagnostic,
    part: u8,
}

pub(super) fn run(arguments: &VerifyArguments) -> Outcome {
    let mut sources = SourceMap::new();
    let findings = examine(arguments, &mut sources);
    if findings.is_empty() {
        host::print(&format!("good: {} is the image that was signed\n", host::plain(&arguments.image)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let code = findings.iter().fold(0, |code, finding| code | finding.part);
    let diagnostics: Vec<Diagnostic> = findings.into_iter().map(|finding| finding.diagnostic).collect();
    host::print_error(&report::render(&diagnostics, &sources, Style::for_standard_error()));
    Ok(ExitCode::from(code))
}

fn examine(arguments: &VerifyArguments, sources: &mut SourceMap) -> Vec<Finding> {
    let other = |diagnostic: Diagnostic| Finding { diagnostic, part: OTHER };
    let subject = host::shown(&arguments.image);
    let image = host::read_file(&arguments.image, IMAGE_BYTES_MAX);
    let key = signing_report::read_public_key(&arguments.key);
    let beside = arguments.signature.clone().unwrap_or_else(|| {
        let mut path = arguments.image.as_os_str().to_owned();
        path.push(".minisig");
        PathBuf::from(path)
    });
    let signature = signing_report::read_signature(&beside);
    let (image, key, signature) = match (image, key, signature) {
        (Ok(image), Ok(key), Ok(signature)) => (image, key, signature),
        (image, key, signature) => {
            let problems = [image.err(), key.err(), signature.err()];
            return problems.into_iter().flatten().map(other).collect();
        }
    };
    let mut findings = vec![];
    let keys: KeySet = [key].into_iter().collect();
    if let Err(errors) = keys.verify(Domain::Image, &image[..], &[signature]) {
        findings.extend(errors.iter().map(|error| Finding {
            diagnostic: signing_report::diagnostic(error, &subject),
            part: part_of(error),
        }));
        // Whatever the image holds was written by nobody known: it is not looked at.
        return findings;
    }
    match ImageFile::read(&image, &subject, sources) {
        Ok(file) => {
            findings.extend(file.contradiction().map(|diagnostic| Finding { diagnostic, part: CORRUPT }));
        }
        // Signed, and not made by `raya`, or by a `raya` with a fault.
        Err(problems) => {
            findings.extend(problems.into_iter().map(|diagnostic| Finding { diagnostic, part: CORRUPT }))
        }
    }
    findings
}

fn part_of(error: &SigningError) -> u8 {
    match error {
        SigningError::BadSignature { .. } | SigningError::WrongDomain { .. } => CORRUPT,
        SigningError::UnknownSigner { .. } | SigningError::BadTrustedComment { .. } => UNTRUSTED,
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use raya_signing::{Claim, SecretKey};

    use super::*;

    /// The codes for an image that `signer` signed, verified with the key of `expected`.
    fn codes(signed: &[u8], found: &[u8], signer: &SecretKey, expected: &SecretKey) -> Vec<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("app");
        let claim = Claim::new(Domain::Image, "app", "1.0.0", 0).unwrap();
        std::fs::write(&image, found).unwrap();
        let signature = signer.sign(signed, &claim).unwrap().to_text();
        std::fs::write(folder.path().join("app.minisig"), signature).unwrap();
        let arguments = VerifyArguments { image, key: expected.public().to_base64(), signature: None };
        let findings = examine(&arguments, &mut SourceMap::new());
        findings.iter().map(|finding| finding.diagnostic.code.0).collect()
    }

    #[test]
    fn an_image_with_a_bad_signature_is_not_looked_into() {
        let (release, stranger) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
        let image = b"\x7fELF, and nothing that can be read as an image";
        // What is signed is looked into, and is no bundle.
        assert_eq!(codes(image, image, &release, &release), ["R1510"]);
        assert_eq!(codes(image, image, &stranger, &release), ["R1115"]);
        assert_eq!(codes(image, b"\x7fELF, changed", &release, &release), ["R1112"]);
    }
}
