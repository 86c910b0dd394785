//! The version of the native module ABI.

/// Raised when a module built for an older header can no longer run.
pub const ABI_MAJOR: u32 = 1;
/// Raised when functions are appended to the table.
pub const ABI_MINOR: u32 = 1;
/// Raised when behaviour is mended without a change of the interface.
pub const ABI_PATCH: u32 = 0;
/// The version as modules record it: major × 65536 + minor × 256 + patch.
pub const ABI_VERSION: u32 = abi_version(ABI_MAJOR, ABI_MINOR, ABI_PATCH);

/// Packs a version the way modules record it. Minor and patch are below 256.
pub const fn abi_version(major: u32, minor: u32, patch: u32) -> u32 {
    major << 16 | minor << 8 | patch
}

/// Unpacks `(major, minor, patch)`.
pub const fn abi_version_parts(version: u32) -> (u32, u32, u32) {
    (version >> 16, version >> 8 & 0xFF, version & 0xFF)
}

/// Whether a module built for `module` runs on a host that offers `host`: same major, and no newer minor.
pub const fn abi_compatible(module: u32, host: u32) -> bool {
    let (module_major, module_minor, _) = abi_version_parts(module);
    let (host_major, host_minor, _) = abi_version_parts(host);
    module_major == host_major && module_minor <= host_minor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_runs_on_the_same_major_with_at_least_its_minor() {
        assert!(abi_compatible(abi_version(1, 0, 9), abi_version(1, 0, 0)));
        assert!(abi_compatible(abi_version(1, 2, 0), abi_version(1, 3, 0)));
        assert!(!abi_compatible(abi_version(1, 4, 0), abi_version(1, 3, 0)));
        assert!(!abi_compatible(abi_version(2, 0, 0), abi_version(1, 0, 0)));
        assert!(!abi_compatible(abi_version(0, 9, 0), abi_version(1, 0, 0)));
    }
}
