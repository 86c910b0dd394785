//! The bundle's manifest, `raya.bundle/1`, which goes into the image: what the image was made of and by whose leave.

use raya_signing::{BUNDLE_SCHEMA as SCHEMA, Digest, KeyDigest};
use raya_source::{Diagnostic, FileId};
use semver::Version;

use crate::capability::{Capability, Isolation, Mode, named_values};
use crate::code;
use crate::document::{self, Fields, Writer};
use crate::lockfile::LockedPolicy;
use crate::names::{AppName, ModuleName};
use crate::triple::Triple;

named_values! {
    /// How a module reaches the program.
    Linkage, "`static` or `dynamic`" {
        /// Linked into the image.
        Static = "static",
        /// Left to the fallback.
        Dynamic = "dynamic",
    }
}

/// What an image was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleManifest {
    /// The app's name.
    pub app: AppName,
    /// The app's version.
    pub version: Version,
    /// What made the bundle, such as `raya 0.1.0`.
    pub tool: String,
    /// The target.
    pub target: Triple,
    /// Whether the bundle is locked.
    pub mode: Mode,
    /// The policy that admitted the modules; `None` when there was none.
    pub policy: Option<LockedPolicy>,
    /// The digest of the compiled program.
    pub program: Digest,
    /// The modules, sorted by name.
    pub modules: Vec<BundledModule>,
}

/// One module of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledModule {
    /// Its name.
    pub name: ModuleName,
    /// Its version.
    pub version: Version,
    /// Its epoch.
    pub epoch: u64,
    /// How it reaches the program.
    pub linkage: Linkage,
    /// The digest of its manifest's bytes; `None` for a bare library in dev mode.
    pub manifest: Option<Digest>,
    /// The digest of the payload that was used, unpacked.
    pub payload: Digest,
    /// Bytes of that payload.
    pub size: u64,
    /// The keys that signed, sorted. Empty exactly when the module was admitted unsigned, in dev mode.
    pub signers: Vec<KeyDigest>,
    /// What it was granted, sorted.
    pub capabilities: Vec<Capability>,
    /// How it is kept apart.
    pub isolation: Isolation,
}

impl BundledModule {
    /// Whether it was admitted without a signature.
    pub fn is_unsigned(&self) -> bool {
        self.signers.is_empty()
    }
}

impl BundleManifest {
    /// Reads the manifest of an image. Bounded like every document.
    pub fn parse(file: FileId, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        document::read(file, bytes, Some(SCHEMA), |fields| {
            let app = fields.required("app");
            let version = fields.required("version");
            let tool = fields.required("tool");
            let target = fields.required("target");
            let mode = fields.required_located::<Mode>("mode");
            let program = fields.required("program");
            let policy = fields.table("policy").map(|table| read_policy(&table));
            let modules = read_modules(fields);
            let policy = match policy {
                Some(policy) => Some(policy?),
                None => None,
            };
            let (mode, modules) = (mode?, modules?);
            if mode.value == Mode::Locked && modules.iter().any(BundledModule::is_unsigned) {
                let message = "expected only signed modules in a locked bundle, found an unsigned one";
                fields.report(Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(mode.span));
            }
            Some(BundleManifest {
                app: app?,
                version: version?,
                tool: tool?,
                target: target?,
                mode: mode.value,
                policy,
                program: program?,
                modules,
            })
        })
    }

    /// Writes the manifest. The same bundle gives the same bytes.
    pub fn to_text(&self) -> String {
        let BundleManifest { app, version, tool, target, mode, policy, program, modules } = self;
        let mut writer = Writer::new(SCHEMA);
        writer.string("app", app);
        writer.string("version", version);
        writer.string("tool", tool);
        writer.string("target", target);
        writer.string("mode", mode);
        writer.string("program", program);
        if let Some(LockedPolicy { version, digest }) = policy {
            writer.table("policy");
            writer.bare("version", version);
            writer.string("sha256", digest);
        }
        let mut modules: Vec<&BundledModule> = modules.iter().collect();
        modules.sort_by_key(|module| &module.name);
        modules.into_iter().for_each(|module| write_module(&mut writer, module));
        writer.finish()
    }
}

fn write_module(writer: &mut Writer, module: &BundledModule) {
    let BundledModule {
        name,
        version,
        epoch,
        linkage,
        manifest,
        payload,
        size,
        signers,
        capabilities,
        isolation,
    } = module;
    let (mut signers, mut capabilities) = (signers.clone(), capabilities.clone());
    signers.sort_unstable();
    capabilities.sort_unstable();
    writer.row("module");
    writer.string("name", name);
    writer.string("version", version);
    writer.bare("epoch", epoch);
    writer.string("linkage", linkage);
    if let Some(manifest) = manifest {
        writer.string("manifest", manifest);
    }
    writer.string("payload", payload);
    writer.bare("size", size);
    writer.strings("signers", signers);
    writer.strings("capabilities", capabilities);
    writer.string("isolation", isolation);
}

fn read_policy(table: &Fields<'_, '_>) -> Option<LockedPolicy> {
    let version = table.required("version");
    let digest = table.required("sha256");
    table.finish();
    Some(LockedPolicy { version: version?, digest: digest? })
}

fn read_modules(fields: &Fields<'_, '_>) -> Option<Vec<BundledModule>> {
    let mut modules: Vec<BundledModule> = vec![];
    for row in fields.tables("module") {
        let module = read_module(&row);
        row.finish();
        let module = module?;
        if modules.iter().any(|other| other.name == module.name) {
            let message = format!("expected one row for module `{}`, found two", module.name);
            row.report(Diagnostic::error(code::DUPLICATE_ROW, message).at(row.span()));
        }
        modules.push(module);
    }
    modules.sort_by(|left, right| left.name.cmp(&right.name));
    Some(modules)
}

fn read_module(row: &Fields<'_, '_>) -> Option<BundledModule> {
    let name = row.required("name");
    let version = row.required("version");
    let epoch = row.required("epoch");
    let linkage = row.required("linkage");
    let manifest = row.optional("manifest");
    let payload = row.required("payload");
    let size = row.required("size");
    let mut signers = row.list("signers");
    let mut capabilities = row.list("capabilities");
    let isolation = row.required("isolation");
    signers.sort_unstable();
    capabilities.sort_unstable();
    Some(BundledModule {
        name: name?,
        version: version?,
        epoch: epoch?,
        linkage: linkage?,
        manifest,
        payload: payload?,
        size: size?,
        signers,
        capabilities,
        isolation: isolation?,
    })
}
