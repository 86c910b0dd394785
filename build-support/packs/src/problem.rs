//! Why archives cannot be isolated.

use crate::archive::ArchiveError;
use crate::object::ObjectError;
use crate::rename::text;
use crate::rewrite::RewriteError;

/// Why archives cannot be isolated. Members are named as the archive names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Not an archive.
    Archive {
        /// Index in the request.
        archive: usize,
        /// Why.
        error: ArchiveError,
    },
    /// A member is not an object that is accepted.
    Object {
        /// The member.
        member: String,
        /// Why.
        error: ObjectError,
    },
    /// A member holds code for a link-time optimiser, whose names cannot be changed.
    LinkTimeOptimization {
        /// The member.
        member: String,
        /// The section that shows it.
        section: String,
    },
    /// Its own `operator new` or `operator delete`: memory would be freed by another allocator than gave it.
    OwnOperatorNew {
        /// The member.
        member: String,
        /// The mangled name.
        symbol: String,
    },
    /// A part of libc or of the unwinder is inside: there would be two, with a state each.
    OwnSystemLibrary {
        /// The member.
        member: String,
        /// The name that shows it.
        symbol: String,
    },
    /// Rust code built with `panic=abort`: a panic would end the program.
    PanicAbort,
    /// A member wants its stack to be executable.
    ExecutableStack {
        /// The member.
        member: String,
    },
    /// A member wants to run before the program's own guards are in place.
    RunsBeforeGuards {
        /// The member.
        member: String,
    },
    /// A function whose address is computed when the program starts, by a libc that does not do that.
    IndirectFunction {
        /// The member.
        member: String,
        /// The name.
        symbol: String,
    },
    /// A symbol carries a version, which isolation cannot keep.
    VersionedSymbol {
        /// The member.
        member: String,
        /// The name.
        symbol: String,
    },
    /// A section of the program refers to one that never becomes part of it.
    LeftOut {
        /// The member.
        member: String,
        /// The section that is left out.
        section: String,
    },
    /// The names of all members together are too long.
    Names {
        /// The member that goes beyond the limit.
        member: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl Problem {
    pub(crate) fn of_rewriting(member: &[u8], error: RewriteError<'_>) -> Problem {
        match error {
            RewriteError::LeftOut(section) => {
                Problem::LeftOut { member: text(member), section: text(section) }
            }
            RewriteError::Names => Problem::Object { member: text(member), error: ObjectError::Names },
        }
    }
}
