//! The manifest of a module, `rmod.toml`: what the module is, what it needs, and every payload with its digests.
//!
//! Its raw bytes are what is signed; they are parsed only once a signature over them was checked.

use raya_abi::version::abi_version;
use raya_signing::{Claim, Digest, Domain, MODULE_SCHEMA as SCHEMA, SigningError};
use raya_source::{Diagnostic, FileId};
use semver::Version;

use crate::capability::{Capability, named_values};
use crate::code;
use crate::document::{self, Fields, FromText, Located, LongText, Writer};
use crate::names::ModuleName;
use crate::triple::Triple;

/// Largest packed payload in bytes.
pub(crate) const PACKED_BYTES_MAX: u64 = 512 << 20;
/// Largest unpacked payload in bytes.
pub(crate) const UNPACKED_BYTES_MAX: u64 = 1 << 30;
/// Most payloads of one module.
pub(crate) const PAYLOADS_MAX: usize = 64;

named_values! {
    /// What a payload is.
    PayloadKind, "`static`, `shared`, `stub` or `sbom`" {
        /// An archive of relocatable objects, for linking.
        Static = "static",
        /// A shared library, for the fallback.
        Shared = "shared",
        /// The types of the module's functions as Raya source.
        Stub = "stub",
        /// What the module is made of, as CycloneDX JSON.
        Sbom = "sbom",
    }
}

impl PayloadKind {
    /// Whether there is one per target.
    pub fn has_triple(self) -> bool {
        matches!(self, PayloadKind::Static | PayloadKind::Shared)
    }
}

/// One payload: a file of its own, packed with zstd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// What it is.
    pub kind: PayloadKind,
    /// The target it is for; `None` exactly when its kind has none.
    pub triple: Option<Triple>,
    /// Bytes when unpacked.
    pub size: u64,
    /// SHA-256 of the unpacked bytes.
    pub digest: Digest,
    /// Bytes when packed.
    pub packed_size: u64,
    /// SHA-256 of the packed bytes.
    pub packed_digest: Digest,
}

impl Payload {
    /// Its path in the package, which kind and triple decide.
    pub fn path(&self) -> String {
        Self::path_of(self.kind, self.triple)
    }

    /// The path of a payload in a package.
    pub fn path_of(kind: PayloadKind, triple: Option<Triple>) -> String {
        let folder = triple.map(|triple| format!("lib/{triple}/")).unwrap_or_default();
        let name = match kind {
            PayloadKind::Static => "static.a.zst",
            PayloadKind::Shared => "shared.so.zst",
            PayloadKind::Stub => "stub.raya.zst",
            PayloadKind::Sbom => "sbom.cdx.json.zst",
        };
        folder + name
    }
}

/// The manifest of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleManifest {
    /// What programs import, without `native:`.
    pub name: ModuleName,
    /// The module's own version.
    pub version: Version,
    /// Raised when older versions must not be used any more, for instance after a security fix.
    pub epoch: u64,
    /// The version of the native boundary it was built for; minor and patch are below 256.
    pub abi: Version,
    /// Its interface: the text of a `declare module` block.
    pub descriptor: String,
    /// Libraries of the target it is linked with, in link order.
    pub link_libraries: Vec<String>,
    /// Shared libraries that its shared form may need.
    pub needed: Vec<String>,
    /// What its code does beyond computing, sorted.
    pub capabilities: Vec<Capability>,
    /// Whether it has code that runs before its first call.
    pub constructors: bool,
    /// Its payloads, sorted by path.
    pub payloads: Vec<Payload>,
}

impl ModuleManifest {
    /// Reads a manifest. Every problem has a place in `file`, which must show the same bytes.
    pub fn parse(file: FileId, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        document::read(file, bytes, Some(SCHEMA), |fields| {
            let name = fields.required("name");
            let version = fields.required("version");
            let epoch = fields.required("epoch");
            let abi = fields.required::<AbiVersion>("abi");
            let descriptor = fields.required::<LongText>("descriptor");
            let link_libraries = libraries(fields, "link-libraries");
            let needed = libraries(fields, "needed");
            let mut capabilities = fields.list("capabilities");
            let constructors = fields.required("constructors");
            let payloads = read_payloads(fields);
            capabilities.sort_unstable();
            Some(ModuleManifest {
                name: name?,
                version: version?,
                epoch: epoch?,
                abi: abi?.0,
                descriptor: descriptor?.0,
                link_libraries,
                needed,
                capabilities,
                constructors: constructors?,
                payloads: payloads?,
            })
        })
    }

    /// Writes the manifest: the bytes that are signed.
    pub fn to_text(&self) -> String {
        let ModuleManifest {
            name,
            version,
            epoch,
            abi,
            descriptor,
            link_libraries,
            needed,
            capabilities,
            constructors,
            payloads,
        } = self;
        let mut writer = Writer::new(SCHEMA);
        writer.string("name", name);
        writer.string("version", version);
        writer.bare("epoch", epoch);
        writer.string("abi", abi);
        writer.string("descriptor", descriptor);
        writer.strings("link-libraries", link_libraries);
        writer.strings("needed", needed);
        writer.strings("capabilities", sorted(capabilities));
        writer.bare("constructors", constructors);
        let mut payloads: Vec<&Payload> = payloads.iter().collect();
        payloads.sort_by_key(|payload| payload.path());
        for payload in payloads {
            let Payload { kind, triple, size, digest, packed_size, packed_digest } = payload;
            writer.row("payload");
            writer.string("path", payload.path());
            writer.string("kind", kind);
            if let Some(triple) = triple {
                writer.string("triple", triple);
            }
            writer.bare("size", size);
            writer.string("sha256", digest);
            writer.bare("packed-size", packed_size);
            writer.string("packed-sha256", packed_digest);
        }
        writer.finish()
    }

    /// What a signature of this manifest must claim.
    pub fn claim(&self) -> Result<Claim, SigningError> {
        Claim::new(Domain::Module, self.name.as_str(), &self.version.to_string(), self.epoch)
    }

    /// The ABI version as modules record it.
    pub fn abi_version(&self) -> u32 {
        // Parsing bounds the parts; a manifest built by hand saturates and is then incompatible with every host.
        let part = |number: u64, most: u32| u32::try_from(number).unwrap_or(most).min(most);
        abi_version(part(self.abi.major, 0xFFFF), part(self.abi.minor, 0xFF), part(self.abi.patch, 0xFF))
    }

    /// The payload of a kind and target.
    pub fn payload(&self, kind: PayloadKind, triple: Option<Triple>) -> Option<&Payload> {
        self.payloads.iter().find(|payload| payload.kind == kind && payload.triple == triple)
    }
}

fn sorted<T: Copy + Ord>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values
}

fn read_payloads(fields: &Fields<'_, '_>) -> Option<Vec<Payload>> {
    let rows = fields.tables("payload");
    if rows.len() > PAYLOADS_MAX {
        let message = format!("expected at most {PAYLOADS_MAX} payloads, found {}", rows.len());
        fields.report(Diagnostic::error(code::TOO_MANY_ROWS, message));
        return None;
    }
    let mut payloads: Vec<Payload> = vec![];
    for row in &rows {
        let payload = read_payload(row);
        row.finish();
        let payload = payload?;
        if payloads.iter().any(|other| (other.kind, other.triple) == (payload.kind, payload.triple)) {
            let message = format!("expected one payload `{}`, found it twice", payload.path());
            row.report(
                Diagnostic::error(code::DUPLICATE_ROW, message)
                    .at(row.span())
                    .with_help("keep one of the two"),
            );
        }
        payloads.push(payload);
    }
    payloads.sort_by_key(Payload::path);
    Some(payloads)
}

fn read_payload(row: &Fields<'_, '_>) -> Option<Payload> {
    let path = row.required_located::<String>("path");
    let kind = row.required::<PayloadKind>("kind");
    let triple = row.located::<Triple>("triple");
    let size = row.required_located("size");
    let digest = row.required("sha256");
    let packed_size = row.required_located("packed-size");
    let packed_digest = row.required("packed-sha256");
    let (path, kind) = (path?, kind?);
    if kind.has_triple() != triple.is_some() {
        let message = match triple {
            None => format!("expected `triple` in a payload of kind `{kind}`, found none"),
            Some(_) => format!("expected no `triple` in a payload of kind `{kind}`, found one"),
        };
        row.report(Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(row.span()));
        return None;
    }
    let payload = Payload {
        kind,
        triple: triple.map(|triple| triple.value),
        size: bounded(row, size?, UNPACKED_BYTES_MAX)?,
        digest: digest?,
        packed_size: bounded(row, packed_size?, PACKED_BYTES_MAX)?,
        packed_digest: packed_digest?,
    };
    if path.value == payload.path() {
        return Some(payload);
    }
    let message =
        format!("expected the path `{}` of this kind and triple, found `{}`", payload.path(), path.value);
    row.report(Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(path.span));
    None
}

fn bounded(row: &Fields<'_, '_>, size: Located<u64>, most: u64) -> Option<u64> {
    if size.value <= most {
        return Some(size.value);
    }
    let message = format!("expected a size of at most {most} bytes, found {}", size.value);
    row.report(Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(size.span));
    None
}

/// Library names under `key`, in their order.
pub(crate) fn libraries(fields: &Fields<'_, '_>, key: &'static str) -> Vec<String> {
    fields.list::<LibraryName>(key).into_iter().map(|name| name.0).collect()
}

/// A library's name: it must not look like an option or a path to a linker.
#[derive(PartialEq)]
struct LibraryName(String);

impl FromText for LibraryName {
    const EXPECTED: &'static str = "a library's name, such as `m` or `libc.so.6`";

    fn from_text(text: &str) -> Result<Self, String> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+');
        let starts_well = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
        if starts_well && text.len() <= 128 && text.bytes().all(allowed) {
            return Ok(LibraryName(text.to_owned()));
        }
        Err("give the name alone, without a path or an option".to_owned())
    }
}

/// A version whose parts fit the packed form.
struct AbiVersion(Version);

impl FromText for AbiVersion {
    const EXPECTED: &'static str = "an ABI version such as `1.0.0`";

    fn from_text(text: &str) -> Result<Self, String> {
        let version = Version::parse(text).map_err(|error| error.to_string())?;
        let fits = version.major <= 0xFFFF && version.minor <= 0xFF && version.patch <= 0xFF;
        if fits && version.pre.is_empty() && version.build.is_empty() {
            return Ok(AbiVersion(version));
        }
        Err("three numbers, the last two below 256".to_owned())
    }
}
