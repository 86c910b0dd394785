//! Fills in the manifest that goes into an image.

use raya_manifests::{AppName, BundleManifest, BundledModule, Isolation, Linkage, LockedPolicy, Version};
use raya_signing::Digest;

use crate::phase::admit::{Admitted, Code, Standing};
use crate::phase::check::Checked;
use crate::pipeline::Request;

/// The manifest's text for a bundle made from these parts.
pub(crate) fn write(request: &Request<'_>, admitted: &[Admitted], checked: &Checked) -> String {
    let policy = request.trust.policy.as_ref();
    BundleManifest {
        app: app_name(&request.app.name()),
        version: request.app.version(),
        tool: format!("raya {}", env!("CARGO_PKG_VERSION")),
        target: request.target,
        mode: request.trust.mode,
        policy: policy
            .map(|policy| LockedPolicy { version: policy.policy().version, digest: policy.digest() }),
        program: Digest::of(&checked.bytes),
        modules: admitted.iter().map(bundled_module).collect(),
    }
    .to_text()
}

/// An entry file's name may hold what an app's name may not; such characters become dashes.
fn app_name(name: &str) -> AppName {
    let clean: String = name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' })
        .collect();
    AppName::new(clean.trim_matches('-')).or_else(|| AppName::new("app")).expect("`app` is a name")
}

fn bundled_module(module: &Admitted) -> BundledModule {
    let (linkage, payload, size) = match &module.code {
        Code::Archive(archive) => (Linkage::Static, archive.digest(), archive.bytes().len()),
        Code::Library(library) => (Linkage::Dynamic, library.digest(), library.bytes().len()),
        Code::Later => (Linkage::Dynamic, Digest::of(b""), 0),
    };
    let (manifest, signers, epoch, grant) = match &module.standing {
        Standing::Signed { manifest, signers, epoch, grant } => {
            (Some(*manifest), signers.clone(), *epoch, grant.as_deref())
        }
        Standing::Unsigned { manifest } => (*manifest, vec![], 0, None),
    };
    BundledModule {
        name: module.name.clone(),
        version: module.version.clone().unwrap_or(Version::new(0, 0, 0)),
        epoch,
        linkage,
        manifest,
        payload,
        size: size as u64,
        signers,
        capabilities: grant.map(|grant| grant.capabilities.clone()).unwrap_or_default(),
        isolation: grant.map_or(Isolation::Inline, |grant| grant.isolation),
    }
}
