//! The stable codes of this crate. Codes of signatures and digests (R1101 to R1124) are `raya_signing::SigningError`'s.

use raya_source::Code;

/// The package as a whole is too large.
pub const PACKAGE_TOO_LARGE: Code = Code("R1130");
/// A header of the archive is not the one that packing writes.
pub const HEADER_NOT_CANONICAL: Code = Code("R1131");
/// The archive ends too early.
pub const TRUNCATED: Code = Code("R1132");
/// Bytes follow the end of the archive.
pub const BYTES_AFTER_END: Code = Code("R1133");
/// The padding between entries is not zero.
pub const PADDING_NOT_ZERO: Code = Code("R1134");
/// An entry is no regular file: a link, a device, a folder, a PAX or GNU extension.
pub const ENTRY_NOT_REGULAR: Code = Code("R1135");
/// An entry's path is none that a package can have.
pub const ENTRY_PATH: Code = Code("R1136");
/// Two entries have one path.
pub const ENTRY_DUPLICATE: Code = Code("R1137");
/// The entries are not in order.
pub const ENTRY_ORDER: Code = Code("R1138");
/// The manifest, or an entry that the manifest lists, is missing.
pub const ENTRY_MISSING: Code = Code("R1139");
/// An entry is not listed in the manifest.
pub const ENTRY_UNLISTED: Code = Code("R1140");
/// An entry is larger than its kind may be.
pub const ENTRY_TOO_LARGE: Code = Code("R1141");
/// A packed payload has another size than the manifest says.
pub const PACKED_SIZE: Code = Code("R1142");
/// More entries than a package can have.
pub const TOO_MANY_ENTRIES: Code = Code("R1143");
/// A payload is not a plain zstd frame.
pub const NOT_A_FRAME: Code = Code("R1144");
/// Something follows a payload's frame: another frame, a skippable one, other bytes.
pub const BYTES_AFTER_FRAME: Code = Code("R1145");
/// A payload unpacks to another size than the manifest says.
pub const UNPACKED_SIZE: Code = Code("R1146");
/// A payload needs a larger window than is allowed.
pub const WINDOW_TOO_LARGE: Code = Code("R1147");
/// A payload does not unpack.
pub const FRAME_CORRUPT: Code = Code("R1148");
/// A signature stands under the name of another key.
pub const SIGNATURE_MISPLACED: Code = Code("R1149");
/// A signature in a package has an untrusted comment of its own.
pub const UNTRUSTED_COMMENT: Code = Code("R1150");

/// The policy has expired.
pub const POLICY_EXPIRED: Code = Code("R1201");
/// The policy does not list the module.
pub const MODULE_NOT_LISTED: Code = Code("R1202");
/// Too few keys of the publisher signed.
pub const PUBLISHER_THRESHOLD: Code = Code("R1203");
/// The version is outside the allowed range.
pub const VERSION_NOT_ALLOWED: Code = Code("R1204");
/// The epoch is below the least allowed one.
pub const EPOCH_TOO_LOW: Code = Code("R1205");
/// The manifest's digest is not among the allowed ones.
pub const DIGEST_NOT_ALLOWED: Code = Code("R1206");
/// A capability is not granted.
pub const CAPABILITY_NOT_GRANTED: Code = Code("R1207");
/// The module has constructors, which are not allowed.
pub const CONSTRUCTORS_NOT_ALLOWED: Code = Code("R1208");
/// A key that signed is revoked.
pub const KEY_REVOKED: Code = Code("R1209");
/// The manifest is revoked.
pub const MANIFEST_REVOKED: Code = Code("R1210");
/// A policy made for development is used where only a locked one will do.
pub const POLICY_NOT_LOCKED: Code = Code("R1211");
/// The policy is older than one already seen.
pub const POLICY_ROLLBACK: Code = Code("R1212");
/// A version of the policy was skipped.
pub const POLICY_SKIPPED: Code = Code("R1213");
/// The lockfile would change although it is frozen.
pub const LOCKFILE_FROZEN: Code = Code("R1214");
/// The module is older than the lockfile's.
pub const MODULE_ROLLBACK: Code = Code("R1215");

/// The document is too large.
pub const DOCUMENT_TOO_LARGE: Code = Code("R2050");
/// The document is not UTF-8.
pub const NOT_UTF8: Code = Code("R2051");
/// The document starts with a byte order mark.
pub const BYTE_ORDER_MARK: Code = Code("R2052");
/// A character that cannot be seen, or that acts on a terminal.
pub const INVISIBLE_CHARACTER: Code = Code("R2053");
/// The document is not TOML.
pub const SYNTAX: Code = Code("R2054");
/// A key stands twice.
pub const DUPLICATE_KEY: Code = Code("R2055");
/// Nesting beyond the limit.
pub const NESTED_TOO_DEEP: Code = Code("R2056");
/// A key that the document does not have.
pub const UNKNOWN_KEY: Code = Code("R2057");
/// A key that must be there.
pub const MISSING_KEY: Code = Code("R2058");
/// A value of another type.
pub const WRONG_TYPE: Code = Code("R2059");
/// A value that is not allowed.
pub const VALUE_NOT_ALLOWED: Code = Code("R2060");
/// Two rows with one id.
pub const DUPLICATE_ROW: Code = Code("R2061");
/// Two names that look alike.
pub const CONFUSABLE_NAMES: Code = Code("R2062");
/// The first line is not the schema.
pub const SCHEMA: Code = Code("R2063");
/// More rows than the limit.
pub const TOO_MANY_ROWS: Code = Code("R2064");
