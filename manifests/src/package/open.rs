//! From bytes to a package whose manifest and payloads may be used: each step gives a type that only it can make.

use raya_signing::{
    Digest, DigestMatched, Domain, KeyDigest, KeySet, SIGNATURE_UNTRUSTED_COMMENT, Signature, SigningError,
};
use raya_source::{Diagnostic, FileId};

use super::compress::unpack;
use super::entries::{Entries, Entry, EntryPath, MANIFEST_PATH};
use super::error::PackageError;
use super::provenance::{Provenance, SignedManifest, UnsignedManifest};
use super::ustar;
use crate::code;
use crate::document::signing_diagnostic;
use crate::module::{ModuleManifest, Payload, PayloadKind};
use crate::triple::Triple;

/// A package whose form was checked, and nothing else: its manifest was not parsed, nothing was unpacked.
#[derive(Clone, Debug)]
pub struct UnverifiedPackage<'a> {
    entries: Entries<'a>,
}

impl<'a> UnverifiedPackage<'a> {
    /// Reads the archive form: exactly the bytes that packing these entries writes.
    pub fn read(archive: &'a [u8]) -> Result<Self, PackageError> {
        ustar::read(archive).map(|entries| UnverifiedPackage { entries })
    }

    /// Takes the folder form: every file below the folder, with its path relative to it, in any order.
    pub fn from_files(files: Vec<(String, Vec<u8>)>) -> Result<UnverifiedPackage<'static>, PackageError> {
        Entries::from_files(files).map(|entries| UnverifiedPackage { entries })
    }

    /// The raw bytes of the manifest, for the source map that problems point into.
    pub fn manifest_bytes(&self) -> &[u8] {
        self.entries.manifest()
    }

    /// Requires a signature by one of `keys`; all that are filed under one of them must be good. Then parses the manifest,
    /// and compares the packed payloads with it. `file` must show [`UnverifiedPackage::manifest_bytes`].
    pub fn verify(self, keys: &KeySet, file: FileId) -> Result<Package<'a>, Vec<Diagnostic>> {
        let signatures = self.signatures()?;
        let known = known_signatures(self.manifest_bytes(), &signatures, keys)?;
        if known.is_empty() {
            return Err(vec![signing_diagnostic(MANIFEST_PATH, &nobody_known(keys, &signatures))]);
        }
        let signed = keys
            .verify(Domain::Module, self.manifest_bytes().to_vec(), &known)
            .map_err(|errors| signing_diagnostics(MANIFEST_PATH, &errors))?;
        let manifest = ModuleManifest::parse(file, signed.bytes())?;
        let claimed = manifest.claim().and_then(|claim| signed.claim().require(&claim));
        claimed.map_err(|error| vec![signing_diagnostic(MANIFEST_PATH, &error)])?;
        self.with_provenance(Provenance::Signed(SignedManifest { manifest, signed }))
    }

    /// Accepts the package without a signature: development only, with a warning that the caller gives and records. A signature
    /// that is filed under one of `keys` must still be good: a broken one is never the same as none.
    pub fn allow_unsigned(self, keys: &KeySet, file: FileId) -> Result<Package<'a>, Vec<Diagnostic>> {
        let signatures = self.signatures()?;
        if !known_signatures(self.manifest_bytes(), &signatures, keys)?.is_empty() {
            return self.verify(keys, file);
        }
        let bytes = self.manifest_bytes().to_vec();
        let manifest = ModuleManifest::parse(file, &bytes)?;
        let digest = Digest::of(&bytes);
        self.with_provenance(Provenance::Unsigned(UnsignedManifest { manifest, bytes, digest }))
    }

    /// The signature files, read, with the keys they are filed under.
    fn signatures(&self) -> Result<Vec<(KeyDigest, Signature)>, Vec<Diagnostic>> {
        let (mut signatures, mut problems) = (vec![], vec![]);
        for entry in self.entries.iter() {
            let EntryPath::Signature(key) = entry.path else {
                continue;
            };
            match Signature::parse(&entry.bytes) {
                Err(error) => problems.push(signing_diagnostic(&entry.path.text(), &error)),
                Ok(signature) if signature.untrusted_comment() != SIGNATURE_UNTRUSTED_COMMENT => {
                    let expected = format!("the untrusted comment `{SIGNATURE_UNTRUSTED_COMMENT}`");
                    let found = format!("`{}`", signature.untrusted_comment());
                    let error =
                        PackageError::new(code::UNTRUSTED_COMMENT, &entry.path.text(), expected, found);
                    problems.push(error.diagnostic());
                }
                Ok(signature) => signatures.push((key, signature)),
            }
        }
        if problems.is_empty() { Ok(signatures) } else { Err(problems) }
    }

    /// Compares the entries with the manifest: nothing missing, nothing besides, packed sizes and digests as listed.
    fn with_provenance(self, provenance: Provenance) -> Result<Package<'a>, Vec<Diagnostic>> {
        let (mut payloads, mut problems) = (vec![], vec![]);
        let listed = provenance.manifest().payloads.clone();
        let mut entries: Vec<Entry<'a>> = vec![];
        let mut signatures = vec![];
        for entry in self.entries.into_vec() {
            match entry.path {
                EntryPath::Manifest => {}
                EntryPath::Signature(_) => signatures.push(entry),
                EntryPath::Payload(..) => entries.push(entry),
            }
        }
        for payload in listed {
            let path = EntryPath::Payload(payload.kind, payload.triple);
            match entries.iter().position(|entry| entry.path == path) {
                Some(at) => match match_packed(payload, entries.remove(at)) {
                    Ok(payload) => payloads.push(payload),
                    Err(problem) => problems.push(problem),
                },
                None => {
                    let error = PackageError::new(
                        code::ENTRY_MISSING,
                        &path.text(),
                        "the entry that the manifest lists",
                        "none",
                    );
                    problems.push(error.diagnostic());
                }
            }
        }
        for entry in entries {
            let error = PackageError::new(
                code::ENTRY_UNLISTED,
                &entry.path.text(),
                "only entries that the manifest lists",
                "this one",
            );
            problems.push(error.diagnostic());
        }
        if problems.is_empty() { Ok(Package { provenance, signatures, payloads }) } else { Err(problems) }
    }
}

fn signing_diagnostics(subject: &str, errors: &[SigningError]) -> Vec<Diagnostic> {
    errors.iter().map(|error| signing_diagnostic(subject, error)).collect()
}

/// The signatures that known keys made and that are filed under those keys.
///
/// A file under a known key's name must hold that key's signature. A file under an unknown key's name is passed over, unless
/// a known key made it: then somebody renamed it.
fn known_signatures(
    manifest: &[u8],
    signatures: &[(KeyDigest, Signature)],
    keys: &KeySet,
) -> Result<Vec<Signature>, Vec<Diagnostic>> {
    let (mut known, mut problems) = (vec![], vec![]);
    for (filed_under, signature) in signatures {
        let path = EntryPath::Signature(*filed_under).text();
        let misplaced = |found: String| {
            PackageError::new(
                code::SIGNATURE_MISPLACED,
                &path,
                "a signature by the key it is filed under",
                found,
            )
            .diagnostic()
        };
        let one = std::slice::from_ref(signature);
        let own = keys.only(filed_under);
        if own.is_empty() {
            if let Ok(signed) = keys.verify(Domain::Module, manifest, one) {
                let signers: Vec<String> = signed.signers().iter().map(KeyDigest::to_string).collect();
                problems.push(misplaced(format!("one by {}", signers.join(", "))));
            }
            continue;
        }
        match own.verify(Domain::Module, manifest, one) {
            Ok(_) => known.push(signature.clone()),
            Err(errors) if matches!(errors[..], [SigningError::UnknownSigner { .. }]) => {
                problems.push(misplaced(format!("one by key id {}", signature.key_id())));
            }
            Err(errors) => problems.extend(signing_diagnostics(&path, &errors)),
        }
    }
    if problems.is_empty() { Ok(known) } else { Err(problems) }
}

fn nobody_known(keys: &KeySet, signatures: &[(KeyDigest, Signature)]) -> SigningError {
    if signatures.is_empty() {
        return SigningError::Unsigned;
    }
    keys.unknown_signer(signatures.iter().map(|(_, signature)| signature.key_id()))
}

fn match_packed<'a>(payload: Payload, entry: Entry<'a>) -> Result<PackedPayload<'a>, Diagnostic> {
    let path = payload.path();
    if entry.bytes.len() as u64 != payload.packed_size {
        let (expected, found) =
            (format!("{} packed bytes", payload.packed_size), format!("{}", entry.bytes.len()));
        return Err(PackageError::new(code::PACKED_SIZE, &path, expected, found).diagnostic());
    }
    let packed =
        payload.packed_digest.require(entry.bytes).map_err(|error| signing_diagnostic(&path, &error))?;
    Ok(PackedPayload { payload, packed })
}

#[derive(Clone, Debug)]
struct PackedPayload<'a> {
    payload: Payload,
    packed: DigestMatched<'a>,
}

/// A package whose manifest is settled and whose packed payloads are the ones that it lists.
#[derive(Clone, Debug)]
pub struct Package<'a> {
    provenance: Provenance,
    signatures: Vec<Entry<'a>>,
    payloads: Vec<PackedPayload<'a>>,
}

impl<'a> Package<'a> {
    /// Where it comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Its manifest.
    pub fn manifest(&self) -> &ModuleManifest {
        self.provenance.manifest()
    }

    /// Unpacks one payload within its listed size and checks its digest. `None` when the package has no such payload.
    pub fn unpack(
        &self,
        kind: PayloadKind,
        triple: Option<Triple>,
    ) -> Option<Result<UnpackedPayload, Diagnostic>> {
        let is_it =
            |packed: &&PackedPayload<'a>| packed.payload.kind == kind && packed.payload.triple == triple;
        self.payloads.iter().find(is_it).map(unpack_payload)
    }

    /// Unpacks and checks every payload, one after the other: what `raya module verify` does.
    pub fn check_payloads(&self) -> Result<(), Vec<Diagnostic>> {
        let problems: Vec<Diagnostic> =
            self.payloads.iter().filter_map(|packed| unpack_payload(packed).err()).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The entries again, for adding signatures.
    pub(crate) fn into_entries(self) -> (ModuleManifest, Vec<Entry<'a>>) {
        let manifest_bytes = self.provenance.bytes().to_vec();
        let mut entries = vec![Entry { path: EntryPath::Manifest, bytes: manifest_bytes.into() }];
        entries.extend(self.signatures);
        entries.extend(self.payloads.into_iter().map(|PackedPayload { payload, packed }| Entry {
            path: EntryPath::Payload(payload.kind, payload.triple),
            bytes: packed.into_bytes(),
        }));
        let manifest = match self.provenance {
            Provenance::Signed(signed) => signed.manifest,
            Provenance::Unsigned(unsigned) => unsigned.manifest,
        };
        (manifest, entries)
    }
}

fn unpack_payload(packed: &PackedPayload<'_>) -> Result<UnpackedPayload, Diagnostic> {
    let PackedPayload { payload, packed } = packed;
    let path = payload.path();
    let bytes = unpack(&path, packed.bytes(), payload.size).map_err(|error| error.diagnostic())?;
    let bytes = payload.digest.require(bytes).map_err(|error| signing_diagnostic(&path, &error))?;
    Ok(UnpackedPayload { payload: payload.clone(), bytes })
}

/// The bytes of a payload, proved to be the ones that the manifest lists. Only unpacking makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpackedPayload {
    payload: Payload,
    bytes: DigestMatched<'static>,
}

impl UnpackedPayload {
    /// Its row in the manifest.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }

    /// The digest of its bytes.
    pub fn digest(&self) -> Digest {
        self.bytes.digest()
    }
}
