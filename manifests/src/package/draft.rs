//! Making packages: pack the payloads, write the manifest, sign it, write the archive.

use raya_signing::{PublicKey, SecretKey, Signature, SigningError};

use super::compress::{PackLevel, pack};
use super::entries::{Entries, Entry, EntryPath};
use super::error::PackageError;
use super::open::Package;
use super::ustar;
use crate::module::{ModuleManifest, Payload, PayloadKind};
use crate::triple::Triple;
use raya_signing::{Claim, Digest};

/// A payload to be packed.
#[derive(Clone, Debug)]
pub struct PayloadSource {
    /// What it is.
    pub kind: PayloadKind,
    /// The target it is for; `None` exactly when its kind has none.
    pub triple: Option<Triple>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A package that is being made. Its manifest is settled; signatures may be added.
#[derive(Clone, Debug)]
pub struct PackageDraft<'a> {
    manifest: ModuleManifest,
    entries: Vec<Entry<'a>>,
}

impl PackageDraft<'static> {
    /// Packs payloads and writes the manifest: `description`, with its payload rows replaced.
    pub fn new(
        mut description: ModuleManifest,
        payloads: Vec<PayloadSource>,
        level: PackLevel,
    ) -> Result<Self, PackageError> {
        description.payloads.clear();
        let mut entries = vec![];
        for PayloadSource { kind, triple, bytes } in payloads {
            let path = EntryPath::Payload(kind, triple);
            let packed = pack(&bytes, level).map_err(|failure| {
                PackageError::new(crate::code::FRAME_CORRUPT, &path.text(), "to pack it", failure.to_string())
            })?;
            description.payloads.push(Payload {
                kind,
                triple,
                size: bytes.len() as u64,
                digest: Digest::of(&bytes),
                packed_size: packed.len() as u64,
                packed_digest: Digest::of(&packed),
            });
            entries.push(Entry { path, bytes: packed.into() });
        }
        description.payloads.sort_by_key(Payload::path);
        let text = description.to_text();
        entries.push(Entry { path: EntryPath::Manifest, bytes: text.into_bytes().into() });
        let draft = PackageDraft { manifest: description, entries };
        // The limits of reading hold for writing too.
        draft.checked()?;
        Ok(draft)
    }
}

impl<'a> PackageDraft<'a> {
    /// Continues with an existing package, to add signatures.
    pub fn reopen(package: Package<'a>) -> Self {
        let (manifest, entries) = package.into_entries();
        PackageDraft { manifest, entries }
    }

    /// The manifest.
    pub fn manifest(&self) -> &ModuleManifest {
        &self.manifest
    }

    /// The bytes to be signed.
    pub fn manifest_bytes(&self) -> &[u8] {
        let manifest = self.entries.iter().find(|entry| entry.path == EntryPath::Manifest);
        manifest.map(|entry| &entry.bytes[..]).unwrap_or_default()
    }

    /// What signatures must claim: the comment for `minisign -t`.
    pub fn claim(&self) -> Result<Claim, SigningError> {
        self.manifest.claim()
    }

    /// Signs with a key; its older signature is replaced.
    pub fn sign(&mut self, key: &SecretKey) -> Result<(), SigningError> {
        let signature = key.sign(self.manifest_bytes(), &self.claim()?)?;
        self.put(key.public(), &signature);
        Ok(())
    }

    /// Adds a signature made elsewhere, for instance with `minisign`. It must be good. Its untrusted comment, which nothing
    /// protects, is replaced by the one that packages have.
    pub fn add_signature(&mut self, key: &PublicKey, signature: Signature) -> Result<(), SigningError> {
        key.check(self.manifest_bytes(), &signature)?;
        signature.claim()?.require(&self.claim()?)?;
        self.put(key, &signature.with_default_untrusted_comment());
        Ok(())
    }

    fn put(&mut self, key: &PublicKey, signature: &Signature) {
        let path = EntryPath::Signature(key.digest());
        self.entries.retain(|entry| entry.path != path);
        self.entries.push(Entry { path, bytes: signature.to_text().into_bytes().into() });
    }

    fn checked(&self) -> Result<Entries<'a>, PackageError> {
        let mut entries = self.entries.clone();
        entries.sort_by_key(|entry| entry.path.order());
        Entries::new(entries)
    }

    /// The archive form.
    pub fn to_archive(&self) -> Result<Vec<u8>, PackageError> {
        let archive = ustar::write(&self.checked()?);
        // Checked after writing: what was written is what reading accepts.
        ustar::read(&archive)?;
        Ok(archive)
    }

    /// The folder form: paths with `/`, and bytes, in the archive's order.
    pub fn to_files(&self) -> Result<Vec<(String, Vec<u8>)>, PackageError> {
        let entries = self.checked()?.into_vec();
        Ok(entries.into_iter().map(|entry| (entry.path.text(), entry.bytes.into_owned())).collect())
    }

    /// `NAME-VERSION.rmod`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.rmod", self.manifest.name, self.manifest.version)
    }
}
