//! The targets there are compilers for.

use raya_packs::Machine;

use crate::ToolchainError;

/// A target that modules can be compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// `aarch64-unknown-linux-musl`, by zig.
    Aarch64Musl,
    /// `x86_64-unknown-linux-gnu`, by the compiler of this machine.
    X86_64Gnu,
    /// `x86_64-unknown-linux-musl`: C by the compiler of this machine with musl's headers, C++ by zig.
    X86_64Musl,
}

impl Target {
    /// All, in the order of their triples.
    pub const ALL: [Target; 3] = [Target::Aarch64Musl, Target::X86_64Gnu, Target::X86_64Musl];

    /// The target of a triple.
    pub fn of_triple(triple: &str) -> Result<Target, ToolchainError> {
        Self::ALL
            .into_iter()
            .find(|target| target.triple() == triple)
            .ok_or_else(|| ToolchainError::Target { triple: triple.to_owned() })
    }

    /// Its triple.
    pub fn triple(self) -> &'static str {
        match self {
            Target::Aarch64Musl => "aarch64-unknown-linux-musl",
            Target::X86_64Gnu => "x86_64-unknown-linux-gnu",
            Target::X86_64Musl => "x86_64-unknown-linux-musl",
        }
    }

    /// Whether it links against musl. Images for it are static, so shared libraries make no sense there.
    pub fn is_musl(self) -> bool {
        self != Target::X86_64Gnu
    }

    /// The processor.
    pub fn machine(self) -> Machine {
        match self {
            Target::Aarch64Musl => Machine::Aarch64,
            Target::X86_64Gnu | Target::X86_64Musl => Machine::X86_64,
        }
    }

    /// How zig spells it.
    pub(crate) fn zig_name(self) -> &'static str {
        match self {
            Target::Aarch64Musl => "aarch64-linux-musl",
            Target::X86_64Gnu => "x86_64-linux-gnu",
            Target::X86_64Musl => "x86_64-linux-musl",
        }
    }

    /// The folder Debian and its kin keep headers and libraries of this target in, below `/usr/include` and `/usr/lib`.
    pub(crate) fn multiarch(self) -> &'static str {
        match self {
            Target::Aarch64Musl => "aarch64-linux-musl",
            Target::X86_64Gnu => "x86_64-linux-gnu",
            Target::X86_64Musl => "x86_64-linux-musl",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_are_read_back() {
        for target in Target::ALL {
            assert_eq!(Target::of_triple(target.triple()).ok(), Some(target));
        }
        assert!(Target::of_triple("x86_64-pc-windows-msvc").is_err());
    }
}
