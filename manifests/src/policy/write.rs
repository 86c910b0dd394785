//! Writing a policy: the bytes that are signed.

use raya_signing::{Claim, Domain, PublicKey, Quorum, SigningError, TRUST_SCHEMA as SCHEMA};

use super::{AllowRow, CLAIM_NAME, Publisher, RevokeRow, Revoked, TrustPolicy};
use crate::document::Writer;

impl TrustPolicy {
    /// Writes the policy; rows stay in their order.
    pub fn to_text(&self) -> String {
        let TrustPolicy { version, expires, mode, root, publishers, allow, revoke } = self;
        let mut writer = Writer::new(SCHEMA);
        writer.bare("version", version);
        writer.bare("expires", expires);
        writer.string("mode", mode);
        writer.table("root");
        write_quorum(&mut writer, root);
        for Publisher { name, quorum } in publishers {
            writer.row("publisher");
            writer.string("name", name);
            write_quorum(&mut writer, quorum);
        }
        for AllowRow {
            module,
            publisher,
            versions,
            epoch,
            manifests,
            capabilities,
            isolation,
            constructors,
        } in allow
        {
            writer.row("allow");
            writer.string("module", module);
            writer.string("publisher", publisher);
            writer.string("versions", versions);
            writer.bare("epoch", epoch);
            writer.strings("manifests", manifests);
            writer.strings("capabilities", capabilities);
            writer.string("isolation", isolation);
            writer.bare("constructors", constructors);
        }
        for RevokeRow { what, reason } in revoke {
            writer.row("revoke");
            match what {
                Revoked::Key(key) => writer.string("key", key),
                Revoked::Manifest(manifest) => writer.string("manifest", manifest),
            }
            writer.string("reason", reason);
        }
        writer.finish()
    }

    /// What a signature of this policy must claim.
    pub fn claim(&self) -> Result<Claim, SigningError> {
        Claim::new(Domain::Trust, CLAIM_NAME, &self.version.to_string(), 0)
    }
}

fn write_quorum(writer: &mut Writer, quorum: &Quorum) {
    writer.bare("threshold", quorum.threshold());
    writer.strings("keys", quorum.keys().keys().map(PublicKey::to_base64));
}
