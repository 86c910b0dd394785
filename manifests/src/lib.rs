//! Typed documents: module manifest, app manifest, builder manifest, trust policy, lockfile, bundle manifest; and the package
//! that carries a module.
//!
//! Everything is read strictly: unknown keys, second spellings, invisible characters and unbounded sizes are errors with a
//! place and a remedy. Everything is written deterministically: the same value gives the same bytes. Nothing here touches a
//! file or a clock; callers bring bytes and the time.
#![forbid(unsafe_code)]

mod app;
mod builder;
mod bundle;
mod capability;
pub mod code;
mod document;
mod lockfile;
mod module;
mod names;
pub mod package;
mod policy;
mod time;
mod triple;

pub use app::{AppManifest, BundleSettings, ModuleRequest, RootPin, TrustSettings};
pub use builder::{BuilderManifest, Define, Language};
pub use bundle::{BundleManifest, BundledModule, Linkage};
pub use capability::{Capability, Isolation, Mode};
pub use document::{document_file, signing_diagnostic};
pub use lockfile::{LockedModule, LockedPolicy, Lockfile};
pub use module::{ModuleManifest, Payload, PayloadKind};
pub use names::{AppName, ModuleName, PublisherName, RelativePath, confusable_skeleton};
pub use policy::{
    AllowRow, Grant, Publisher, Rejection, RevokeRow, Revoked, RootKeys, TrustPolicy, VerifiedPolicy,
    pinned_roots,
};
pub use semver::{Version, VersionReq};
pub use time::UnixTime;
pub use triple::Triple;
