//! Packages: what is accepted, and every way of changing one that must be refused with its reason.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{FILE, codes, draft, key, keys, manifest, name, sources};
use raya_manifests::package::{PackLevel, PackageDraft, UnverifiedPackage};
use raya_manifests::{ModuleManifest, PayloadKind, Triple};
use raya_signing::{Claim, Domain, KeySet, SecretKey, Signature};
use raya_source::Diagnostic;

const BLOCK: usize = 512;

/// Everything that stands between bytes and their use.
fn open(archive: &[u8], keys: &KeySet) -> Result<(), Vec<Diagnostic>> {
    let package = UnverifiedPackage::read(archive).map_err(|error| vec![error.diagnostic()])?;
    package.verify(keys, FILE)?.check_payloads()
}

fn refusal(archive: &[u8], keys: &KeySet) -> Vec<&'static str> {
    codes(&open(archive, keys).unwrap_err())
}

/// A ustar header with a right checksum, as another tool could write it.
fn header(path: &str, size: &str, kind: u8) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    header[..path.len()].copy_from_slice(path.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[108..116].copy_from_slice(b"0000000\0");
    header[116..124].copy_from_slice(b"0000000\0");
    header[124..124 + size.len()].copy_from_slice(size.as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[329..337].copy_from_slice(b"0000000\0");
    header[337..345].copy_from_slice(b"0000000\0");
    fix_checksum(&mut header);
    header
}

fn fix_checksum(header: &mut [u8]) {
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn entry(path: &str, bytes: &[u8]) -> Vec<u8> {
    let mut entry = header(path, &format!("{:011o}\0", bytes.len()), b'0');
    entry.extend(bytes);
    entry.resize(entry.len().next_multiple_of(BLOCK), 0);
    entry
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut archive = entries.concat();
    archive.extend([0; 2 * BLOCK]);
    archive
}

/// The entries of a good package, each with its header and padding.
fn good_entries() -> Vec<Vec<u8>> {
    draft(&[&key(1)]).to_files().unwrap().iter().map(|(path, bytes)| entry(path, bytes)).collect()
}

#[test]
fn a_good_package_is_read_back_from_both_forms() {
    let draft = draft(&[&key(1), &key(2)]);
    let bytes = draft.to_archive().unwrap();
    assert_eq!(
        bytes,
        common::draft(&[&key(2), &key(1)]).to_archive().unwrap(),
        "the order of signing leaves no trace"
    );
    assert_eq!(draft.file_name(), "crypto-1.2.0.rmod");
    let known = keys(&[&key(1), &key(2)]);
    let mut files = draft.to_files().unwrap();
    files.reverse();
    for unverified in
        [UnverifiedPackage::read(&bytes).unwrap(), UnverifiedPackage::from_files(files).unwrap()]
    {
        let package = unverified.verify(&known, FILE).unwrap();
        assert_eq!(package.manifest().name, name("crypto"));
        assert_eq!(package.provenance().signers().len(), 2);
        for source in sources() {
            let unpacked = package.unpack(source.kind, source.triple).unwrap().unwrap();
            assert_eq!(unpacked.bytes(), source.bytes);
        }
        assert!(package.unpack(PayloadKind::Shared, Some(Triple::X86_64_LINUX_GNU)).is_none());
        assert_eq!(PackageDraft::reopen(package).to_archive().unwrap(), bytes);
    }
    assert_eq!(archive(&good_entries()), common::draft(&[&key(1)]).to_archive().unwrap());
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_package_is_refused() {
    let bytes = draft(&[&key(1)]).to_archive().unwrap();
    let known = keys(&[&key(1)]);
    open(&bytes, &known).unwrap();
    let (mut refused, mut seen) = (0, std::collections::BTreeMap::<&str, usize>::new());
    for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        let problems = open(&flipped, &known).expect_err(&format!("byte {at} bit {bit} flipped"));
        assert!(problems.iter().all(|problem| problem.code.0.starts_with("R11")), "{problems:?}");
        *seen.entry(problems[0].code.0).or_default() += 1;
        refused += 1;
    }
    for end in 0..bytes.len() {
        assert_eq!(refusal(&bytes[..end], &known), ["R1132"], "cut at {end}");
        refused += 1;
    }
    assert_eq!(refused, 9 * bytes.len());
    // Headers and padding, signature, manifest and payloads each have their own reason.
    for code in ["R1112", "R1113", "R1121", "R1131", "R1134", "R1136"] {
        assert!(seen.contains_key(code), "{code} in {seen:?}");
    }
    eprintln!("{refused} changes of {} bytes refused: {seen:?}", bytes.len());
}

#[test]
fn bytes_before_after_and_between() {
    let known = keys(&[&key(1)]);
    let good = archive(&good_entries());
    assert_eq!(refusal(&[&[0; BLOCK][..], &good].concat(), &known), ["R1134"]);
    assert_eq!(refusal(&[&b"#!/bin/sh\n"[..], &good].concat(), &known), ["R1136"]);
    assert_eq!(refusal(&[&good[..], b"\0"].concat(), &known), ["R1133"]);
    assert_eq!(refusal(&[&good[..], &[0; BLOCK]].concat(), &known), ["R1133"]);
    assert_eq!(refusal(&[&good[..], &good].concat(), &known), ["R1133"]);
    let mut between = good_entries();
    between.insert(1, vec![0; BLOCK]);
    assert_eq!(refusal(&archive(&between), &known), ["R1134"]);
    let mut padded = good_entries();
    *padded[0].last_mut().unwrap() = 1;
    assert_eq!(refusal(&archive(&padded), &known), ["R1134"]);
    assert_eq!(refusal(&[0; 2 * BLOCK], &known), ["R1139"]);
    assert_eq!(refusal(b"", &known), ["R1132"]);
}

#[test]
fn duplicate_disordered_missing_and_unlisted_entries() {
    let known = keys(&[&key(1)]);
    let good = good_entries();
    for at in 0..good.len() {
        let mut twice = good.clone();
        twice.insert(at, good[at].clone());
        assert_eq!(refusal(&archive(&twice), &known), ["R1137"]);
    }
    let mut swapped = good.clone();
    swapped.swap(0, 1);
    assert_eq!(refusal(&archive(&swapped), &known), ["R1138"]);
    let expected = [["R1139"], ["R1114"], ["R1139"], ["R1139"]];
    for (at, code) in expected.iter().enumerate() {
        let mut missing = good.clone();
        missing.remove(at);
        assert_eq!(refusal(&archive(&missing), &known), *code);
    }
    let mut unlisted = good.clone();
    unlisted.insert(2, entry("lib/x86_64-unknown-linux-gnu/shared.so.zst", b"x"));
    assert_eq!(refusal(&archive(&unlisted), &known), ["R1140"]);
    let files = draft(&[&key(1)]).to_files().unwrap();
    let mut twice = files.clone();
    twice.push(files[0].clone());
    assert_eq!(UnverifiedPackage::from_files(twice).unwrap_err().code.0, "R1137");
    let mut stray = files;
    stray.push((".DS_Store".to_owned(), vec![]));
    assert_eq!(UnverifiedPackage::from_files(stray).unwrap_err().code.0, "R1136");
}

#[test]
fn paths_links_and_other_kinds_of_entries() {
    let known = keys(&[&key(1)]);
    for path in [
        "/rmod.toml",
        "./rmod.toml",
        "../rmod.toml",
        "rmod.toml/",
        "RMOD.TOML",
        "lib/x86_64-unknown-linux-musl/../static.a.zst",
        "lib//static.a.zst",
        "lib/x86_64-unknown-linux-musl/static.a",
        "lib/sparc-unknown-linux-gnu/static.a.zst",
        "sigs/abc.minisig",
        "sigs/../rmod.toml",
        "stub.raya.zst ",
        "a\\b",
        "",
    ] {
        let mut entries = good_entries();
        entries.push(entry(path, b"x"));
        assert_eq!(refusal(&archive(&entries), &known), ["R1136"], "{path:?}");
    }
    for kind in [b'\0', b'1', b'2', b'3', b'4', b'5', b'6', b'7', b'x', b'g', b'L', b'K', b'S'] {
        let mut entries = good_entries();
        entries.push(header("stub.raya.zst", "00000000000\0", kind));
        assert_eq!(refusal(&archive(&entries), &known), ["R1135"], "{kind}");
    }
}

#[test]
fn headers_that_another_tool_would_also_read() {
    let known = keys(&[&key(1)]);
    let changes: [(usize, &[u8]); 8] = [
        (100, b"0000755\0"),
        (108, b"0001750\0"),
        (136, b"14000000000\0"),
        (257, b"ustar  \0"),
        (265, b"root"),
        (157, b"link"),
        (345, b"prefix"),
        (500, b"x"),
    ];
    for (at, bytes) in changes {
        let mut entries = good_entries();
        entries[0][at..at + bytes.len()].copy_from_slice(bytes);
        fix_checksum(&mut entries[0][..BLOCK]);
        assert_eq!(refusal(&archive(&entries), &known), ["R1131"], "at {at}");
    }
    // Sizes: base 256, spaces, signs, none, and one that reaches past the file.
    for size in [
        &b"\x80\0\0\0\0\0\0\0\0\0\x02\0"[..],
        b"     001000\0",
        b"-0000000001\0",
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
        b"000000001000",
    ] {
        let mut entries = good_entries();
        entries[0][124..136].copy_from_slice(size);
        fix_checksum(&mut entries[0][..BLOCK]);
        assert_eq!(refusal(&archive(&entries), &known), ["R1131"], "{size:?}");
    }
    let mut entries = good_entries();
    entries[0][124..136].copy_from_slice(b"00003777777\0");
    fix_checksum(&mut entries[0][..BLOCK]);
    assert_eq!(refusal(&archive(&entries), &known), ["R1132"]);
}

#[test]
fn sizes_beyond_the_caps_are_refused_before_anything_is_read() {
    let known = keys(&[&key(1)]);
    for (path, size) in [("rmod.toml", "00004000001\0"), ("stub.raya.zst", "04000000001\0")] {
        let huge = header(path, size, b'0');
        assert_eq!(refusal(&archive(&[huge]), &known), ["R1141"], "{path}");
    }
    let signatures: Vec<Vec<u8>> = (0..98_u8)
        .map(|number| entry(&format!("sigs/{}.minisig", key(number + 1).public().digest()), b"x"))
        .collect();
    let mut entries = vec![good_entries()[0].clone()];
    entries.extend(signatures);
    assert_eq!(refusal(&archive(&entries), &known), ["R1143"]);
    entries.truncate(34);
    assert_eq!(refusal(&archive(&entries), &known), ["R1143"]);
}

/// Changes the manifest and signs it again: what a careless or malicious publisher could do.
fn signed_manifest(change: impl FnOnce(&mut ModuleManifest)) -> Vec<u8> {
    let signer = key(1);
    let mut files = draft(&[]).to_files().unwrap();
    let mut manifest = ModuleManifest::parse(FILE, &files[0].1).unwrap();
    change(&mut manifest);
    files[0].1 = manifest.to_text().into_bytes();
    let signature = signer.sign(&files[0].1, &manifest.claim().unwrap()).unwrap();
    files.insert(1, (format!("sigs/{}.minisig", signer.public().digest()), signature.to_text().into_bytes()));
    archive(&files.iter().map(|(path, bytes)| entry(path, bytes)).collect::<Vec<_>>())
}

#[test]
fn manifests_that_promise_other_payloads() {
    let known = keys(&[&key(1)]);
    open(&signed_manifest(|_| {}), &known).unwrap();
    type Change = fn(&mut ModuleManifest);
    let cases: [(&str, Change); 6] = [
        ("R1142", |manifest| manifest.payloads[0].packed_size += 1),
        ("R1121", |manifest| manifest.payloads[0].packed_digest = manifest.payloads[0].digest),
        ("R1146", |manifest| manifest.payloads[0].size += 1),
        ("R1121", |manifest| manifest.payloads[0].digest = manifest.payloads[0].packed_digest),
        ("R1140", |manifest| manifest.payloads.truncate(1)),
        ("R2060", |manifest| manifest.payloads[0].size = 1 << 40),
    ];
    for (code, change) in cases {
        assert_eq!(refusal(&signed_manifest(change), &known), [code]);
    }
}

#[test]
fn signatures_by_nobody_known_misplaced_or_changed() {
    let (a, b) = (key(1), key(2));
    let bytes = draft(&[&a]).to_archive().unwrap();
    assert_eq!(refusal(&bytes, &keys(&[&b])), ["R1115"]);
    assert_eq!(refusal(&bytes, &KeySet::new()), ["R1115"]);
    assert_eq!(refusal(&draft(&[]).to_archive().unwrap(), &keys(&[&a])), ["R1114"]);

    // Filed under the other key, both known; then under an unknown one.
    let files = draft(&[&a, &b]).to_files().unwrap();
    let (mut swapped, signatures) = (files.clone(), (files[1].1.clone(), files[2].1.clone()));
    (swapped[1].1, swapped[2].1) = (signatures.1, signatures.0);
    let package = UnverifiedPackage::from_files(swapped).unwrap();
    assert_eq!(codes(&package.verify(&keys(&[&a, &b]), FILE).unwrap_err()), ["R1149", "R1149"]);
    let mut renamed = draft(&[&a]).to_files().unwrap();
    renamed[1].0 = format!("sigs/{}.minisig", b.public().digest());
    let package = UnverifiedPackage::from_files(renamed).unwrap();
    assert_eq!(codes(&package.clone().verify(&keys(&[&a]), FILE).unwrap_err()), ["R1149"]);
    assert_eq!(codes(&package.verify(&keys(&[&a, &b]), FILE).unwrap_err()), ["R1149"]);

    // The comment that nothing protects must be the fixed one.
    let mut commented = draft(&[&a]).to_files().unwrap();
    let text = String::from_utf8(commented[1].1.clone()).unwrap();
    commented[1].1 =
        text.replace("signature from minisign secret key", "verified by the president").into_bytes();
    let package = UnverifiedPackage::from_files(commented).unwrap();
    assert_eq!(codes(&package.verify(&keys(&[&a]), FILE).unwrap_err()), ["R1150"]);

    // The claim of another version.
    let mut files = draft(&[]).to_files().unwrap();
    let claim = Claim::new(Domain::Module, "crypto", "1.2.1", 3).unwrap();
    let signature = a.sign(&files[0].1, &claim).unwrap();
    files.push((format!("sigs/{}.minisig", a.public().digest()), signature.to_text().into_bytes()));
    let package = UnverifiedPackage::from_files(files).unwrap();
    assert_eq!(codes(&package.verify(&keys(&[&a]), FILE).unwrap_err()), ["R1120"]);
}

#[test]
fn a_key_with_the_same_id_as_a_known_one_is_a_stranger() {
    let known = SecretKey::from_seed(raya_signing::KeyId([7; 8]), &[1; 32]).unwrap();
    let stranger = SecretKey::from_seed(raya_signing::KeyId([7; 8]), &[2; 32]).unwrap();
    let both = draft(&[&known, &stranger]).to_archive().unwrap();
    open(&both, &keys(&[&known])).unwrap();
    let only_stranger = draft(&[&stranger]).to_archive().unwrap();
    assert_eq!(refusal(&only_stranger, &keys(&[&known])), ["R1115"]);
}

#[test]
fn unsigned_packages_are_let_through_only_where_asked_and_broken_ones_never() {
    let known = keys(&[&key(1)]);
    let bytes = draft(&[]).to_archive().unwrap();
    let package = UnverifiedPackage::read(&bytes).unwrap().allow_unsigned(&known, FILE).unwrap();
    assert!(package.provenance().signed().is_none());
    assert!(package.provenance().signers().is_empty());
    package.check_payloads().unwrap();

    let bytes = draft(&[&key(1)]).to_archive().unwrap();
    let package = UnverifiedPackage::read(&bytes).unwrap().allow_unsigned(&known, FILE).unwrap();
    assert_eq!(package.provenance().signers(), [key(1).public().digest()]);

    let mut entries = good_entries();
    let at = entries[0].windows(9).position(|window| window == b"epoch = 3").unwrap();
    entries[0][at + 8] = b'4';
    let bytes = archive(&entries);
    let problems = UnverifiedPackage::read(&bytes).unwrap().allow_unsigned(&known, FILE).unwrap_err();
    assert_eq!(codes(&problems), ["R1112"]);
    // Digests are checked for unsigned packages too.
    let mut entries: Vec<_> =
        draft(&[]).to_files().unwrap().iter().map(|(path, bytes)| entry(path, bytes)).collect();
    entries[1][BLOCK + 4] ^= 1;
    let bytes = archive(&entries);
    let problems = UnverifiedPackage::read(&bytes).unwrap().allow_unsigned(&known, FILE).unwrap_err();
    assert_eq!(codes(&problems), ["R1121"]);
}

#[test]
fn signatures_made_elsewhere_are_added_only_when_good() {
    let (a, b) = (key(1), key(2));
    let mut package = draft(&[&a]);
    let claim = package.claim().unwrap();
    let good = b.sign(package.manifest_bytes(), &claim).unwrap();
    let commented = good.to_text().replace("signature from minisign secret key", "by hand");
    package.add_signature(b.public(), Signature::parse(commented.as_bytes()).unwrap()).unwrap();
    open(&package.to_archive().unwrap(), &keys(&[&b])).unwrap();
    assert_eq!(package.add_signature(a.public(), good).unwrap_err().code(), "R1112");
    let other = Claim::new(Domain::Module, "crypto", "9.0.0", 3).unwrap();
    let wrong = b.sign(package.manifest_bytes(), &other).unwrap();
    assert_eq!(package.add_signature(b.public(), wrong).unwrap_err().code(), "R1120");
}

#[test]
fn packing_is_deterministic_and_ordinary_tools_can_read_it() {
    let make = || PackageDraft::new(manifest(), sources(), PackLevel::Small).unwrap().to_archive().unwrap();
    assert_eq!(make(), make());
    let bytes = draft(&[&key(1)]).to_archive().unwrap();
    let Ok(mut tar) = std::process::Command::new("tar")
        .args(["-tf", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
    else {
        eprintln!("no `tar` here: the listing was not compared");
        return;
    };
    std::io::Write::write_all(&mut tar.stdin.take().unwrap(), &bytes).unwrap();
    let output = tar.wait_with_output().unwrap();
    assert!(output.status.success());
    let listed: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    let expected: Vec<String> =
        draft(&[&key(1)]).to_files().unwrap().into_iter().map(|(path, _)| path).collect();
    assert_eq!(listed, expected);
}

proptest::proptest! {
    // Integration tests have no place for proptest's regression files.
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn reading_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2048)) {
        let _ = UnverifiedPackage::read(&bytes);
    }

    #[test]
    fn changed_packages_never_panic_and_are_refused(
        at in 0_usize..100_000, length in 0_usize..40, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)
    ) {
        let good = draft(&[&key(1)]).to_archive().unwrap();
        let at = at % good.len();
        let end = (at + length).min(good.len());
        let mut changed = good.clone();
        changed.splice(at..end, bytes);
        if changed != good {
            proptest::prop_assert!(open(&changed, &keys(&[&key(1)])).is_err());
        }
    }
}
