//! What a module may do, how it is kept apart, and what a policy or bundle is for.

/// Defines an enum of named values: the name stands once, for reading, writing and advice.
macro_rules! named_values {
    ($(#[$meta:meta])* $type:ident, $expected:literal { $($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$doc])* $variant),+ }

        impl $type {
            /// All values, in their order.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The name in documents.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),+ }
            }

            /// The value of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some($type::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.name())
            }
        }

        impl $crate::document::FromText for $type {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Result<Self, String> {
                $type::from_name(text).ok_or_else(|| {
                    let names = $type::ALL.iter().map(|value| value.name());
                    match $crate::document::closest(text, names.clone()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("one of `{}`", names.collect::<Vec<_>>().join("`, `")),
                    }
                })
            }
        }
    };
}
pub(crate) use named_values;

named_values! {
    /// Something a module's code can do beyond computing. The imports of a module are compared with what it was granted.
    Capability, "the name of a capability" {
        /// Read the time.
        Clock = "clock",
        /// Read or change the process environment.
        Environment = "environment",
        /// Map memory that can be executed.
        ExecutableMemory = "executable-memory",
        /// Read files and folders.
        FilesRead = "files-read",
        /// Create, change and remove files and folders.
        FilesWrite = "files-write",
        /// Open sockets.
        Network = "network",
        /// Start, signal or trace processes.
        Processes = "processes",
        /// Read the system's random numbers.
        Randomness = "randomness",
        /// Make system calls directly.
        RawSyscalls = "raw-syscalls",
        /// Read from or write to the terminal and the standard streams.
        Terminal = "terminal",
        /// Start threads.
        Threads = "threads",
    }
}

named_values! {
    /// How a module's code is kept apart from the program.
    Isolation, "`inline`, `guarded` or `process`" {
        /// A plain call.
        Inline = "inline",
        /// Faults are caught and poison the module.
        Guarded = "guarded",
        /// The module runs in a process of its own.
        Process = "process",
    }
}

named_values! {
    /// What a policy or a bundle is made for.
    Mode, "`dev` or `locked`" {
        /// Development: unsigned modules are allowed, with a warning, and recorded.
        Dev = "dev",
        /// Nothing unsigned, unlisted, revoked or expired.
        Locked = "locked",
    }
}
