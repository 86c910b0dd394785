//! Reading a policy, strictly.

use std::collections::BTreeMap;

use raya_signing::{KeySet, PublicKey, Quorum, TRUST_SCHEMA as SCHEMA};
use raya_source::{Diagnostic, FileId, Span};

use super::{AllowRow, Publisher, RevokeRow, Revoked, TrustPolicy};
use crate::capability::{Isolation, Mode};
use crate::code;
use crate::document::{self, Fields, closest};
use crate::names::{PublisherName, confusable_skeleton};

impl TrustPolicy {
    /// Reads a policy, signed or not. Every problem has a place in `file`, which must show the same bytes.
    pub fn parse(file: FileId, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        document::read(file, bytes, Some(SCHEMA), |fields| {
            let version = fields.required("version");
            let expires = fields.required("expires");
            let mode = fields.required::<Mode>("mode");
            let root = fields.required_table("root").and_then(|table| read_quorum(&table));
            let publishers = read_publishers(fields);
            let allow = publishers.as_ref().and_then(|publishers| read_allow(fields, publishers));
            let revoke = read_revoke(fields);
            // Asked for even when the publishers are broken, so that it is not called unknown.
            if publishers.is_none() {
                fields.tables("allow");
            }
            Some(TrustPolicy {
                version: version?,
                expires: expires?,
                mode: mode?,
                root: root?,
                publishers: publishers?,
                allow: allow?,
                revoke: revoke?,
            })
        })
    }
}

/// Reports names that can be taken for each other.
pub(crate) fn check_confusable<'n>(fields: &Fields<'_, '_>, names: impl Iterator<Item = (&'n str, Span)>) {
    let mut seen: BTreeMap<String, (&str, Span)> = BTreeMap::new();
    for (name, span) in names {
        let (first, first_span) = *seen.entry(confusable_skeleton(name)).or_insert((name, span));
        if first != name {
            let message = format!("expected names that can be told apart, found `{name}` beside `{first}`");
            fields.report(
                Diagnostic::error(code::CONFUSABLE_NAMES, message)
                    .at(span)
                    .with_related(first_span, "the other one is here")
                    .with_help("one may be a trap set for readers: keep the one you mean, or rename"),
            );
        }
    }
}

fn read_quorum(table: &Fields<'_, '_>) -> Option<Quorum> {
    let threshold = table.required_located::<u64>("threshold");
    let keys = table.list::<PublicKey>("keys");
    table.finish();
    quorum(table, threshold?, keys)
}

fn quorum(table: &Fields<'_, '_>, threshold: document::Located<u64>, keys: Vec<PublicKey>) -> Option<Quorum> {
    let keys: KeySet = keys.into_iter().collect();
    match Quorum::new(keys, usize::try_from(threshold.value).unwrap_or(usize::MAX)) {
        Ok(quorum) => Some(quorum),
        Err(error) => {
            table.report(document::signing_diagnostic("threshold", &error).at(threshold.span));
            None
        }
    }
}

fn read_publishers(fields: &Fields<'_, '_>) -> Option<Vec<Publisher>> {
    let mut publishers: Vec<Publisher> = vec![];
    let mut names = vec![];
    let mut is_complete = true;
    for row in fields.tables("publisher") {
        let name = row.required_located::<PublisherName>("name");
        let quorum = read_quorum(&row);
        let (Some(name), Some(quorum)) = (name, quorum) else {
            is_complete = false;
            continue;
        };
        names.push((name.value.as_str().to_owned(), name.span));
        if publishers.iter().any(|publisher| publisher.name == name.value) {
            let message = format!("expected one row for publisher `{}`, found two", name.value);
            row.report(
                Diagnostic::error(code::DUPLICATE_ROW, message).at(name.span).with_help("join the two rows"),
            );
        }
        publishers.push(Publisher { name: name.value, quorum });
    }
    check_confusable(fields, names.iter().map(|(name, span)| (name.as_str(), *span)));
    is_complete.then_some(publishers)
}

fn read_allow(fields: &Fields<'_, '_>, publishers: &[Publisher]) -> Option<Vec<AllowRow>> {
    let mut rows: Vec<AllowRow> = vec![];
    let mut names = vec![];
    for table in fields.tables("allow") {
        let module_span = table.located::<String>("module").map(|located| located.span);
        let row = read_allow_row(&table, publishers);
        table.finish();
        let row = row?;
        let span = module_span.unwrap_or(table.span());
        if rows.iter().any(|other| (&other.module, &other.publisher) == (&row.module, &row.publisher)) {
            let message = format!("expected one row for `{}` by `{}`, found two", row.module, row.publisher);
            table.report(
                Diagnostic::error(code::DUPLICATE_ROW, message).at(span).with_help("join the two rows"),
            );
        }
        names.push((row.module.as_str().to_owned(), span));
        rows.push(row);
    }
    check_confusable(fields, names.iter().map(|(name, span)| (name.as_str(), *span)));
    Some(rows)
}

fn read_allow_row(table: &Fields<'_, '_>, publishers: &[Publisher]) -> Option<AllowRow> {
    let module = table.required("module");
    let publisher = table.required_located::<PublisherName>("publisher");
    let versions = table.required("versions");
    let epoch = table.optional("epoch").unwrap_or(0);
    let manifests = table.list("manifests");
    let mut capabilities = table.list("capabilities");
    let isolation = table.optional("isolation").unwrap_or(Isolation::Inline);
    let constructors = table.optional("constructors").unwrap_or(false);
    capabilities.sort_unstable();
    let publisher = publisher?;
    if !publishers.iter().any(|known| known.name == publisher.value) {
        let message = format!("expected a publisher of this policy, found `{}`", publisher.value);
        let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(publisher.span);
        let names = publishers.iter().map(|known| known.name.as_str());
        table.report(match closest(publisher.value.as_str(), names) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem.with_help("add a `[[publisher]]` with this name"),
        });
        return None;
    }
    Some(AllowRow {
        module: module?,
        publisher: publisher.value,
        versions: versions?,
        epoch,
        manifests,
        capabilities,
        isolation,
        constructors,
    })
}

fn read_revoke(fields: &Fields<'_, '_>) -> Option<Vec<RevokeRow>> {
    let mut rows: Vec<RevokeRow> = vec![];
    for table in fields.tables("revoke") {
        let key = table.optional("key").map(Revoked::Key);
        let manifest = table.optional("manifest").map(Revoked::Manifest);
        let reason = table.optional("reason").unwrap_or_default();
        table.finish();
        let what = match (key, manifest) {
            (Some(what), None) | (None, Some(what)) => what,
            _ => {
                let message = "expected exactly one good `key` or `manifest` in a `revoke` row";
                let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(table.span());
                table.report(problem.with_help("write one row for each thing that is revoked"));
                return None;
            }
        };
        if rows.iter().any(|row| row.what == what) {
            let message = "expected one row for each revoked thing, found it twice";
            table.report(Diagnostic::error(code::DUPLICATE_ROW, message).at(table.span()));
        }
        rows.push(RevokeRow { what, reason });
    }
    Some(rows)
}
