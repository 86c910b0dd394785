//! Admit: opens what was verified and decides whether it may become part of the program. Archives and libraries leave this
//! phase only inside [`AdmittedArchive`] and [`AdmittedLibrary`], which later phases demand.

mod checks;
mod contents;

use std::path::PathBuf;

use raya_manifests::package::Package;
use raya_manifests::{Grant, Mode, ModuleManifest, ModuleName, PayloadKind, Triple, Version};
use raya_signing::{Digest, KeyDigest};
use raya_source::{Diagnostic, Severity, Span};

pub use contents::ModuleContents;
pub(crate) use contents::link_time;

use self::checks::{abi_text, check_abi, check_file_name, check_note, check_version};
use super::resolve::Bare;
use super::verify::{Contents, Verified};
use crate::codes::{MANIFEST_DISAGREES, PAYLOAD_MISSING};
use crate::host;
use crate::request::{App, Trust};

/// How a module becomes part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Linked in.
    Static,
    /// Loaded by `raya run`.
    Shared,
    /// Left to the fallback of the bundle: only its declaration is used now.
    Declaration,
}

/// A module that is part of the program.
#[derive(Debug)]
pub struct Admitted {
    /// Its name.
    pub name: ModuleName,
    /// Where the program imports it first.
    pub span: Span,
    /// Where it was found: its package, or the folder of its libraries.
    pub origin: Origin,
    /// Its version; a library without a manifest says its own only when it runs.
    pub version: Option<Version>,
    /// Its version as the image states it; empty where no manifest says one.
    pub version_text: String,
    /// Its ABI version.
    pub abi_version: u32,
    /// What its manifest says of code that runs before the first call; a policy granted it. None without a manifest.
    pub constructors: Option<bool>,
    /// The text of its descriptor, when it has one.
    pub descriptor: Option<String>,
    /// The text of its stub and the name to show it under, when it came with one.
    pub stub: Option<(String, String)>,
    /// What is linked or loaded.
    pub code: Code,
    /// Who stands behind it.
    pub standing: Standing,
}

/// Where a module was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a package, a file or a folder.
    Package(PathBuf),
    /// In a folder, as libraries without a manifest.
    Folder(PathBuf),
}

/// What is linked or loaded.
#[derive(Debug)]
pub enum Code {
    /// Linked in.
    Archive(AdmittedArchive),
    /// Loaded.
    Library(AdmittedLibrary),
    /// Loaded when the bundle runs.
    Later,
}

/// A static archive that was verified and admitted. Only [`admit`] makes it.
#[derive(Debug)]
pub struct AdmittedArchive {
    bytes: Vec<u8>,
    digest: Digest,
}

impl AdmittedArchive {
    /// An archive that nobody verified: for tests of what comes after. Not part of `raya`.
    #[cfg(any(test, feature = "test-support"))]
    pub fn unverified(bytes: Vec<u8>) -> Self {
        let digest = Digest::of(&bytes);
        AdmittedArchive { bytes, digest }
    }

    /// The archive.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// A shared library that was verified and admitted. Only [`admit`] makes it.
#[derive(Debug)]
pub struct AdmittedLibrary {
    bytes: Vec<u8>,
    digest: Digest,
}

impl AdmittedLibrary {
    /// The library.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// Who stands behind a module.
#[derive(Debug)]
pub enum Standing {
    /// Known keys signed its manifest.
    Signed {
        /// Digest of the manifest.
        manifest: Digest,
        /// The keys.
        signers: Vec<KeyDigest>,
        /// Its epoch.
        epoch: u64,
        /// What the policy grants; none in dev mode without a policy.
        grant: Option<Box<Grant>>,
    },
    /// Nobody known did; dev mode only.
    Unsigned {
        /// Digest of the manifest, when there is one.
        manifest: Option<Digest>,
    },
}

/// What admission needs to know of the program.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The app.
    pub app: &'a App,
    /// The rules.
    pub trust: &'a Trust,
    /// The target.
    pub target: Triple,
}

/// Admits all modules, each as `wants` says. All refusals are given together.
pub fn admit(
    verified: &[Verified<'_>],
    terms: Terms<'_>,
    wants: impl Fn(&ModuleName) -> Wants,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<Admitted>, Vec<Diagnostic>> {
    let mut admitted = vec![];
    let mut problems = vec![];
    for module in verified {
        let wanted = wants(&module.wanted.name);
        let outcome = match &module.contents {
            Contents::Package(package) => admit_package(module, package, terms, wanted, warnings),
            Contents::Unsigned(unsigned) => {
                admit_bare(module, unsigned.bare(), terms, wanted).map_err(|refusal| vec![refusal])
            }
        };
        match outcome {
            Ok(module) => admitted.push(module),
            Err(refusals) => problems.extend(refusals.into_iter().map(|refusal| {
                if refusal.primary.is_some() {
                    refusal
                } else {
                    refusal.labelled(module.wanted.span, "imported here")
                }
            })),
        }
    }
    admitted.sort_by(|left, right| left.name.cmp(&right.name));
    if problems.is_empty() { Ok(admitted) } else { Err(problems) }
}

fn admit_package(
    module: &Verified<'_>,
    package: &Package<'_>,
    terms: Terms<'_>,
    wants: Wants,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Admitted, Vec<Diagnostic>> {
    let manifest = package.manifest();
    let mut problems = vec![];
    if manifest.name != module.wanted.name {
        let message =
            format!("expected the package of `{}`, found that of `{}`", module.wanted.name, manifest.name);
        problems.push(Diagnostic::error(MANIFEST_DISAGREES, message));
    }
    problems.extend(check_file_name(module.path, manifest));
    problems.extend(check_version(&module.wanted.name, &manifest.version, terms.app));
    let standing = match standing(package, terms.trust, warnings) {
        Ok(standing) => Some(standing),
        Err(refusals) => {
            problems.extend(refusals);
            None
        }
    };
    let stub = unpack_text(package, &module.wanted.name, &mut problems);
    let code =
        open_payload(package, manifest, terms.target, wants).map_err(|refusal| problems.push(refusal)).ok();
    match (problems.is_empty(), standing, code) {
        (true, Some(standing), Some((code, abi_version))) => Ok(Admitted {
            name: manifest.name.clone(),
            span: module.wanted.span,
            origin: Origin::Package(module.path.to_path_buf()),
            version: Some(manifest.version.clone()),
            version_text: manifest.version.to_string(),
            abi_version,
            constructors: Some(manifest.constructors),
            descriptor: Some(manifest.descriptor.clone()).filter(|text| !text.is_empty()),
            stub,
            code,
            standing,
        }),
        _ => Err(problems),
    }
}

fn standing(
    package: &Package<'_>,
    trust: &Trust,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Standing, Vec<Diagnostic>> {
    let provenance = package.provenance();
    let Some(signed) = provenance.signed() else {
        return Ok(Standing::Unsigned { manifest: Some(provenance.digest()) });
    };
    // Expiry was judged once, when the policy was read.
    let grant = match trust.policy.as_ref().map(|policy| policy.decide(signed, None)) {
        None => None,
        Some(Ok(grant)) => Some(Box::new(grant)),
        Some(Err(rejections)) => {
            let diagnostics = rejections.iter().map(|rejection| rejection.diagnostic());
            if trust.mode == Mode::Locked {
                return Err(diagnostics.collect());
            }
            // In dev mode the policy is advice: the author hears now what `--locked` will refuse.
            warnings.extend(
                diagnostics.map(|diagnostic| Diagnostic { severity: Severity::Warning, ..diagnostic }),
            );
            None
        }
    };
    let (manifest, signers) = (signed.digest(), signed.signers().to_vec());
    Ok(Standing::Signed { manifest, signers, epoch: package.manifest().epoch, grant })
}

fn unpack_text(
    package: &Package<'_>,
    name: &ModuleName,
    problems: &mut Vec<Diagnostic>,
) -> Option<(String, String)> {
    let payload = package.unpack(PayloadKind::Stub, None)?.map_err(|problem| problems.push(problem)).ok()?;
    match String::from_utf8(payload.bytes().to_vec()) {
        Ok(text) => Some((format!("{name}.raya"), text)),
        Err(_) => {
            let message = format!("expected the stub of `{name}` to be UTF-8, found other bytes");
            problems.push(Diagnostic::error(crate::codes::TEXT_NOT_UTF8, message));
            None
        }
    }
}

fn open_payload(
    package: &Package<'_>,
    manifest: &ModuleManifest,
    target: Triple,
    wants: Wants,
) -> Result<(Code, u32), Diagnostic> {
    let kind = match wants {
        Wants::Static => PayloadKind::Static,
        Wants::Shared => PayloadKind::Shared,
        Wants::Declaration => {
            return check_abi(&manifest.name, manifest.abi_version()).map(|abi| (Code::Later, abi));
        }
    };
    let payload =
        package.unpack(kind, Some(target)).ok_or_else(|| payload_missing(manifest, kind, target))??;
    let contents = match kind {
        PayloadKind::Static => ModuleContents::of_archive(payload.bytes(), target)?,
        _ => ModuleContents::of_library(payload.bytes(), target)?,
    };
    let abi_version = check_note(&contents, &manifest.name)?;
    if abi_version != manifest.abi_version() {
        let (said, found) = (abi_text(manifest.abi_version()), abi_text(abi_version));
        let message = format!(
            "module `{}`: its manifest says that it was built for ABI {said}, its objects say {found}",
            manifest.name
        );
        return Err(Diagnostic::error(MANIFEST_DISAGREES, message).with_help("build the package anew"));
    }
    if contents.descriptor.as_deref().unwrap_or_default() != manifest.descriptor
        && contents.descriptor.is_some()
    {
        let message =
            format!("module `{}`: its manifest and its objects carry different descriptors", manifest.name);
        return Err(Diagnostic::error(MANIFEST_DISAGREES, message).with_help("build the package anew"));
    }
    let (bytes, digest) = (payload.bytes().to_vec(), payload.digest());
    Ok(match kind {
        PayloadKind::Static => (Code::Archive(AdmittedArchive { bytes, digest }), abi_version),
        _ => (Code::Library(AdmittedLibrary { bytes, digest }), abi_version),
    })
}

fn payload_missing(manifest: &ModuleManifest, kind: PayloadKind, target: Triple) -> Diagnostic {
    let what = if kind == PayloadKind::Static { "a static archive" } else { "a shared library" };
    let message =
        format!("expected {what} of module `{}` for {target}, found none in its package", manifest.name);
    let report =
        manifest.payloads.iter().fold(Diagnostic::error(PAYLOAD_MISSING, message), |report, payload| {
            report.with_note(format!("the package has `{}`", payload.path()))
        });
    if kind == PayloadKind::Shared {
        return report
            .with_note("`raya run` loads shared libraries for this machine")
            .with_help(format!(
                "build the package for it too: `raya module build --target {target}`, once for each target or with `targets` in \
                 raya-module.toml; or bundle the app: `raya bundle` links the static archive"
            ));
    }
    report.with_help(format!(
        "ask for a package built with `raya module build --target {target}`, or choose another target with `--target`"
    ))
}

fn admit_bare(
    module: &Verified<'_>,
    bare: &Bare,
    terms: Terms<'_>,
    wants: Wants,
) -> Result<Admitted, Diagnostic> {
    let name = &module.wanted.name;
    let stub = match &bare.stub {
        None => None,
        Some(file) => {
            let text = String::from_utf8(file.bytes.clone()).map_err(|_| {
                let message = format!("expected UTF-8 in {}, found other bytes", host::shown(&file.path));
                Diagnostic::error(crate::codes::TEXT_NOT_UTF8, message)
            })?;
            Some((file.path.to_string_lossy().into_owned(), text))
        }
    };
    let (file, contents) = match (wants, &bare.archive, &bare.shared) {
        (Wants::Static, Some(file), _) => (file, ModuleContents::of_archive(&file.bytes, terms.target)?),
        (Wants::Static, None, _) => return Err(only_shared(name, bare)),
        (Wants::Shared | Wants::Declaration, _, Some(file)) => {
            (file, ModuleContents::of_library(&file.bytes, terms.target)?)
        }
        (Wants::Declaration, Some(file), None) => {
            (file, ModuleContents::of_archive(&file.bytes, terms.target)?)
        }
        (Wants::Shared | Wants::Declaration, _, None) => return Err(only_archive(name, bare)),
    };
    let abi_version = check_note(&contents, name)?;
    let (bytes, digest) = (file.bytes.clone(), Digest::of(&file.bytes));
    let code = match wants {
        Wants::Static => Code::Archive(AdmittedArchive { bytes, digest }),
        Wants::Shared => Code::Library(AdmittedLibrary { bytes, digest }),
        Wants::Declaration => Code::Later,
    };
    Ok(Admitted {
        name: name.clone(),
        span: module.wanted.span,
        origin: Origin::Folder(bare.folder.clone()),
        version: None,
        version_text: String::new(),
        abi_version,
        constructors: None,
        descriptor: contents.descriptor,
        stub,
        code,
        standing: Standing::Unsigned { manifest: None },
    })
}

fn only_shared(name: &ModuleName, bare: &Bare) -> Diagnostic {
    let message = format!("expected a static archive of module `{name}`, found only a shared library");
    let report = bare.shared.iter().fold(Diagnostic::error(PAYLOAD_MISSING, message), |report, file| {
        report.with_note(format!("found {}", host::shown(&file.path)))
    });
    report
        .with_help(format!("build `lib{name}.a` beside it (`ar rcs lib{name}.a OBJECTS`), or a package with `raya module build`"))
        .with_help(format!("or leave it to the fallback: --dynamic {name}, with a target that can load"))
}

fn only_archive(name: &ModuleName, bare: &Bare) -> Diagnostic {
    let message = format!("expected a shared library of module `{name}`, found only a static archive");
    let report = bare.archive.iter().fold(Diagnostic::error(PAYLOAD_MISSING, message), |report, file| {
        report.with_note(format!("found {}", host::shown(&file.path)))
    });
    report.with_help(
        "`raya run` loads shared libraries: build one beside it, or a package with `raya module build`",
    )
}
