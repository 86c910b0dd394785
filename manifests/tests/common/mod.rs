//! Keys, manifests and packages that the tests of this crate share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared by tests that each use a part")]

use raya_manifests::package::{PackLevel, PackageDraft, PayloadSource};
use raya_manifests::{
    AllowRow, Capability, Isolation, Mode, ModuleManifest, ModuleName, PayloadKind, Publisher, PublisherName,
    Triple, TrustPolicy, UnixTime, Version, VersionReq,
};
use raya_signing::{KeyId, KeySet, Quorum, SecretKey};
use raya_source::{Diagnostic, FileId};

pub const FILE: FileId = FileId(0);
pub const NOW: UnixTime = UnixTime(1_800_000_000);

pub fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(KeyId([number; 8]), &[number; 32]).unwrap()
}

pub fn keys(keys: &[&SecretKey]) -> KeySet {
    keys.iter().map(|key| key.public().clone()).collect()
}

pub fn name(text: &str) -> ModuleName {
    ModuleName::new(text).unwrap()
}

pub fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

pub fn manifest() -> ModuleManifest {
    ModuleManifest {
        name: name("crypto"),
        version: version("1.2.0"),
        epoch: 3,
        abi: version("1.0.0"),
        descriptor: "declare module \"native:crypto\" {\n\tfunction hash(data: string): string;\n}\n"
            .to_owned(),
        link_libraries: vec!["m".to_owned()],
        needed: vec!["libc.so.6".to_owned()],
        capabilities: vec![Capability::FilesRead, Capability::Randomness],
        constructors: false,
        payloads: vec![],
    }
}

pub fn sources() -> Vec<PayloadSource> {
    vec![
        PayloadSource {
            kind: PayloadKind::Static,
            triple: Some(Triple::X86_64_LINUX_MUSL),
            bytes: b"!<arch>\nmember".repeat(20),
        },
        PayloadSource {
            kind: PayloadKind::Stub,
            triple: None,
            bytes: b"declare module \"native:crypto\" { }\n".to_vec(),
        },
    ]
}

pub fn draft(signers: &[&SecretKey]) -> PackageDraft<'static> {
    let mut draft = PackageDraft::new(manifest(), sources(), PackLevel::Fast).unwrap();
    signers.iter().for_each(|key| draft.sign(key).unwrap());
    draft
}

pub fn codes(problems: &[Diagnostic]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code.0).collect()
}

/// A policy that allows the module above, by two of three keys.
pub fn policy() -> TrustPolicy {
    let publisher = PublisherName::new("acme").unwrap();
    TrustPolicy {
        version: 4,
        expires: UnixTime(NOW.0 + 1),
        mode: Mode::Locked,
        root: Quorum::new(keys(&[&key(101), &key(102)]), 1).unwrap(),
        publishers: vec![Publisher {
            name: publisher.clone(),
            quorum: Quorum::new(keys(&[&key(1), &key(2), &key(3)]), 2).unwrap(),
        }],
        allow: vec![AllowRow {
            module: name("crypto"),
            publisher,
            versions: VersionReq::parse(">=1.2, <2").unwrap(),
            epoch: 3,
            manifests: vec![],
            capabilities: vec![Capability::FilesRead, Capability::Randomness],
            isolation: Isolation::Guarded,
            constructors: false,
        }],
        revoke: vec![],
    }
}
