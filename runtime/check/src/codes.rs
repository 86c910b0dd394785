//! The codes of this crate's diagnostics, each with what it means.

use raya_source::Code;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = Code($code);)*

        /// All codes, in order.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    /// A relative import names no file that exists.
    UNRESOLVED_IMPORT = "R0201";
    /// Modules import each other in a circle.
    IMPORT_CYCLE = "R0202";
    /// A name that is imported or re-exported is not exported by the module.
    NOT_EXPORTED = "R0203";
    /// There is no such standard module.
    UNKNOWN_STANDARD_MODULE = "R0204";
    /// A native module has neither a stub nor a descriptor.
    UNDECLARED_NATIVE_MODULE = "R0205";
    /// An import specifier is not `./…`, `../…`, `std:NAME` or `native:NAME`.
    BAD_SPECIFIER = "R0206";
    /// A name is not declared.
    UNKNOWN_NAME = "R0210";
    /// A type is not declared.
    UNKNOWN_TYPE = "R0211";
    /// A name is declared twice in one scope.
    DUPLICATE_NAME = "R0212";
    /// A type is used as a value.
    TYPE_AS_VALUE = "R0213";
    /// A value is used as a type.
    VALUE_AS_TYPE = "R0214";
    /// An import is never used.
    UNUSED_IMPORT = "R0215";
    /// `break` or `continue` has no target.
    BAD_JUMP = "R0216";
    /// A file could not be read.
    UNREADABLE_FILE = "R0217";

    /// A value's type does not fit where it is used.
    MISMATCH = "R0301";
    /// A type has no such property.
    UNKNOWN_PROPERTY = "R0302";
    /// An operator does not take these operands.
    BAD_OPERANDS = "R0303";
    /// A value is not a function.
    NOT_CALLABLE = "R0304";
    /// A call has too few or too many arguments.
    ARGUMENT_COUNT = "R0305";
    /// A type needs another number of type arguments.
    TYPE_ARGUMENT_COUNT = "R0306";
    /// A type argument does not satisfy its constraint.
    CONSTRAINT = "R0307";
    /// A value may be null where it must not be.
    POSSIBLY_NULL = "R0308";
    /// A constant or read-only property is assigned.
    READ_ONLY = "R0309";
    /// An object literal has a property that its type does not know.
    EXCESS_PROPERTY = "R0310";
    /// A value of type `unknown` is used before it is narrowed.
    UNKNOWN_VALUE = "R0311";
    /// A type cannot be worked out; an annotation is needed.
    NEEDS_ANNOTATION = "R0312";
    /// A variable is read before it is assigned.
    UNASSIGNED = "R0313";
    /// A function does not return a value on every path.
    MISSING_RETURN = "R0314";
    /// A `switch` or `match` does not handle every case.
    NOT_EXHAUSTIVE = "R0315";
    /// A method is taken from its object without being called.
    UNBOUND_METHOD = "R0316";
    /// A value is not iterable.
    NOT_ITERABLE = "R0317";
    /// A cast can never hold.
    IMPOSSIBLE_CAST = "R0318";
    /// Two types have no value in common, so that comparing them makes no sense.
    NO_OVERLAP = "R0319";
    /// `await` stands where no task can wait.
    BAD_AWAIT = "R0320";
    /// The handlers of a `match` are not an object literal of functions.
    BAD_MATCH = "R0321";
    /// Code that can never run.
    UNREACHABLE = "R0322";
    /// Something can only be indexed by another type.
    BAD_INDEX = "R0323";
    /// An index lies outside a tuple.
    TUPLE_INDEX = "R0324";
    /// A regular expression's pattern is malformed.
    BAD_PATTERN = "R0325";

    /// A class does not implement what it promises.
    NOT_IMPLEMENTED = "R0401";
    /// A member overrides one that it does not fit.
    BAD_OVERRIDE = "R0402";
    /// A member is private or protected.
    NOT_ACCESSIBLE = "R0403";
    /// An abstract class is instantiated.
    ABSTRACT_INSTANCE = "R0404";
    /// A class cannot be extended, or extends itself.
    BAD_BASE = "R0405";
    /// `super` or `this` stands where there is none.
    BAD_SUPER = "R0406";
    /// A field is not initialised by the constructor.
    UNINITIALIZED_FIELD = "R0407";
    /// A member is declared twice, or contradicts its kind.
    BAD_MEMBER = "R0408";
    /// A type refers to itself without end.
    CIRCULAR_TYPE = "R0409";
    /// Types nest too deeply.
    TYPE_DEPTH = "R0410";
    /// Part of the language that this version does not have yet.
    NOT_SUPPORTED = "R0411";

    /// A built-in class stands where a value is wanted.
    BUILTIN_CLASS_VALUE = "R0413";

    /// A declared module has another name than the one it was found for.
    STUB_NAME = "R0501";
    /// The stub declares a function that the module does not have.
    STUB_FUNCTION_EXTRA = "R0502";
    /// The module has a function that the stub does not declare.
    STUB_FUNCTION_MISSING = "R0503";
    /// Stub and descriptor differ in the number of parameters.
    STUB_ARITY = "R0504";
    /// Stub and descriptor differ in a parameter's type.
    STUB_PARAMETER = "R0505";
    /// Stub and descriptor differ in a result's type.
    STUB_RESULT = "R0506";
    /// Stub and descriptor differ in type parameters.
    STUB_GENERIC = "R0507";
    /// Stub and descriptor differ in an opaque type: its name or arity.
    STUB_OPAQUE = "R0508";
    /// One side declares an opaque type where the other declares an ordinary one.
    STUB_OPAQUE_KIND = "R0509";
    /// Stub and descriptor differ in a trait's shape.
    STUB_TRAIT = "R0510";
    /// Stub and descriptor differ in evidence.
    STUB_EVIDENCE = "R0511";
    /// A declaration of a native module has a body, or is of a kind that has no place there.
    STUB_ITEM = "R0512";
    /// Two stubs of one module disagree.
    STUB_CONFLICT = "R0513";
}
