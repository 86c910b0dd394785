//! Why a native module cannot be used.

use core::fmt;

/// Why a native module, or a function of it, cannot be used. [`LoadError::code`] is stable; the message of the error that
/// the program sees is the `Display` text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// No provider knows the module.
    NotFound {
        /// The module.
        module: String,
        /// Why each provider does not have it, if it said so.
        searched: Vec<String>,
    },
    /// A provider found the module and refused it.
    Refused {
        /// The module.
        module: String,
        /// The code of the reason.
        code: &'static str,
        /// The reason.
        message: String,
    },
    /// The module was built for an ABI that this host does not offer.
    Abi {
        /// The module.
        module: String,
        /// Packed version that it was built for.
        found: u32,
        /// Packed version of this host.
        host: u32,
    },
    /// The module has another version than was declared.
    Version {
        /// The module.
        module: String,
        /// What was declared.
        expected: String,
        /// What the module says.
        found: String,
    },
    /// The module's init function did not make a valid module.
    Invalid {
        /// The module.
        module: String,
        /// All that is wrong, in the order it was found.
        faults: Vec<String>,
    },
    /// The module's bind or init function threw.
    Threw {
        /// The module.
        module: String,
        /// What it threw.
        message: String,
    },
    /// The module has no such function.
    FunctionMissing {
        /// The module.
        module: String,
        /// The function.
        function: String,
    },
    /// A function has another number of parameters than it is declared with.
    Arity {
        /// The module.
        module: String,
        /// The function.
        function: String,
        /// What Raya declares.
        declared: usize,
        /// What the module registered.
        registered: usize,
    },
}

impl LoadError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            LoadError::NotFound { .. } => "R3001",
            LoadError::Refused { code, .. } => code,
            LoadError::Abi { .. } => "R3002",
            LoadError::Version { .. } => "R3003",
            LoadError::Invalid { .. } => "R3004",
            LoadError::Threw { .. } => "R3005",
            LoadError::FunctionMissing { .. } => "R3006",
            LoadError::Arity { .. } => "R3007",
        }
    }
}

/// A packed ABI version as people write it.
fn dotted(version: u32) -> String {
    let (major, minor, patch) = raya_abi::version::abi_version_parts(version);
    format!("{major}.{minor}.{patch}")
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NotFound { module, searched } => {
                write!(formatter, "native module '{module}' was not found")?;
                if !searched.is_empty() {
                    write!(formatter, ": {}", searched.join("; "))?;
                }
                Ok(())
            }
            LoadError::Refused { module, code, message } => {
                write!(formatter, "native module '{module}' was refused ({code}): {message}")
            }
            LoadError::Abi { module, found, host } => write!(
                formatter,
                "native module '{module}' was built for ABI {}, this host offers {}: build the module with the headers of \
                 this version",
                dotted(*found),
                dotted(*host)
            ),
            LoadError::Version { module, expected, found } => {
                write!(
                    formatter,
                    "native module '{module}' has version {found}, version {expected} was declared"
                )
            }
            LoadError::Invalid { module, faults } => {
                write!(formatter, "native module '{module}' is not valid: {}", faults.join("; "))
            }
            LoadError::Threw { module, message } => {
                write!(formatter, "native module '{module}' failed to start: {message}")
            }
            LoadError::FunctionMissing { module, function } => {
                write!(formatter, "native module '{module}' has no function '{function}'")
            }
            LoadError::Arity { module, function, declared, registered } => write!(
                formatter,
                "native function '{module}.{function}' is declared with {declared} parameters, the module registered it \
                 with {registered}"
            ),
        }
    }
}

impl std::error::Error for LoadError {}
