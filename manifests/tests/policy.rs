//! The trust policy: reading, deciding, revoking, rotating, and the lockfile's memory.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{FILE, NOW, codes, draft, key, keys, manifest, name, policy, version};
use raya_manifests::package::UnverifiedPackage;
use raya_manifests::{
    Capability, Isolation, LockedModule, LockedPolicy, Lockfile, Mode, ModuleManifest, Rejection, RevokeRow,
    Revoked, TrustPolicy, UnixTime, VerifiedPolicy, VersionReq, pinned_roots,
};
use raya_signing::{Claim, Digest, Domain, KeyDigest, Quorum, SecretKey, Signature};

fn digest_of(number: u8) -> KeyDigest {
    key(number).public().digest()
}

fn reasons(policy: &TrustPolicy, module: &ModuleManifest, signers: &[u8]) -> Vec<&'static str> {
    let signers: Vec<KeyDigest> = signers.iter().map(|number| digest_of(*number)).collect();
    let decision = policy.decide(module, Digest::of(b"manifest"), &signers, Some(NOW));
    match decision {
        Ok(_) => vec![],
        Err(rejections) => rejections.iter().map(|rejection| rejection.code().0).collect(),
    }
}

fn with(change: impl FnOnce(&mut TrustPolicy)) -> TrustPolicy {
    let mut policy = policy();
    change(&mut policy);
    policy
}

#[test]
fn a_policy_is_written_and_read_back() {
    let policy = with(|policy| {
        policy.allow[0].manifests = vec![Digest::of(b"x")];
        policy.revoke = vec![
            RevokeRow { what: Revoked::Key(digest_of(9)), reason: "lost \"laptop\"".to_owned() },
            RevokeRow { what: Revoked::Manifest(Digest::of(b"y")), reason: String::new() },
        ];
    });
    let text = policy.to_text();
    assert!(
        text.starts_with("schema = \"raya.trust/1\"\nversion = 4\nexpires = 2027-01-15T08:00:01Z\n"),
        "{text}"
    );
    let read = TrustPolicy::parse(FILE, text.as_bytes()).unwrap();
    assert_eq!(read, policy);
    assert_eq!(read.to_text(), text);
}

#[test]
fn two_of_three_keys_are_enough_and_the_grant_says_so() {
    let module = manifest();
    let signers = [digest_of(1), digest_of(3), digest_of(50)];
    let grant = policy().decide(&module, Digest::of(b"manifest"), &signers, Some(NOW)).unwrap();
    let mut counted = vec![digest_of(1), digest_of(3)];
    counted.sort_unstable();
    assert_eq!(grant.signers, counted);
    assert_eq!(grant.isolation, Isolation::Guarded);
    assert_eq!(grant.capabilities, [Capability::FilesRead, Capability::Randomness]);
    assert!(!grant.constructors);
}

#[test]
fn every_reason_has_its_code() {
    let good = manifest();
    assert!(reasons(&policy(), &good, &[1, 2]).is_empty());
    assert_eq!(reasons(&policy(), &good, &[1]), ["R1203"]);
    assert_eq!(reasons(&policy(), &good, &[1, 1]), ["R1203"]);
    assert_eq!(reasons(&policy(), &good, &[1, 50]), ["R1203"]);
    assert_eq!(reasons(&policy(), &good, &[]), ["R1203"]);
    let module = |change: fn(&mut ModuleManifest)| {
        let mut module = manifest();
        change(&mut module);
        module
    };
    let other = module(|module| module.name = name("fs"));
    assert_eq!(reasons(&policy(), &other, &[1, 2]), ["R1202"]);
    for found in ["1.1.9", "2.0.0", "1.3.0-rc.1"] {
        let mut old = manifest();
        old.version = version(found);
        assert_eq!(reasons(&policy(), &old, &[1, 2]), ["R1204"], "{found}");
    }
    assert_eq!(reasons(&policy(), &module(|module| module.epoch = 2), &[1, 2]), ["R1205"]);
    assert_eq!(
        reasons(&with(|policy| policy.allow[0].manifests = vec![Digest::of(b"other")]), &good, &[1, 2]),
        ["R1206"]
    );
    assert!(
        reasons(&with(|policy| policy.allow[0].manifests = vec![Digest::of(b"manifest")]), &good, &[1, 2])
            .is_empty()
    );
    assert_eq!(
        reasons(&policy(), &module(|module| module.capabilities.push(Capability::Network)), &[1, 2]),
        ["R1207"]
    );
    assert_eq!(reasons(&policy(), &module(|module| module.constructors = true), &[1, 2]), ["R1208"]);
    assert!(
        reasons(
            &with(|policy| policy.allow[0].constructors = true),
            &module(|module| module.constructors = true),
            &[1, 2]
        )
        .is_empty()
    );
    assert_eq!(reasons(&with(|policy| policy.expires = NOW), &good, &[1, 2]), ["R1201"]);
    let all_wrong = module(|module| {
        module.version = version("3.0.0");
        module.epoch = 0;
        module.constructors = true;
        module.capabilities = vec![Capability::Network];
    });
    assert_eq!(reasons(&policy(), &all_wrong, &[9]), ["R1203", "R1204", "R1205", "R1207", "R1208"]);
}

#[test]
fn expiry_is_an_error_when_building_only() {
    let expired = with(|policy| policy.expires = NOW);
    let signers = [digest_of(1), digest_of(2)];
    assert!(expired.decide(&manifest(), Digest::of(b"m"), &signers, None).is_ok());
    assert_eq!(expired.check_expiry(NOW).unwrap_err().code().0, "R1201");
    assert!(expired.check_expiry(UnixTime(NOW.0 - 1)).is_ok());
    assert_eq!(with(|policy| policy.mode = Mode::Dev).check_locked().unwrap_err().code().0, "R1211");
    assert!(policy().check_locked().is_ok());
}

#[test]
fn revocation_beats_everything() {
    let good = manifest();
    let revoked = |what| with(|policy| policy.revoke = vec![RevokeRow { what, reason: "leaked".to_owned() }]);
    assert_eq!(reasons(&revoked(Revoked::Key(digest_of(3))), &good, &[1, 2, 3]), ["R1209"]);
    assert!(reasons(&revoked(Revoked::Key(digest_of(3))), &good, &[1, 2]).is_empty());
    assert_eq!(reasons(&revoked(Revoked::Manifest(Digest::of(b"manifest"))), &good, &[1, 2]), ["R1210"]);
    assert!(reasons(&revoked(Revoked::Manifest(Digest::of(b"other"))), &good, &[1, 2]).is_empty());
}

#[test]
fn every_rejection_shows_expected_and_found_on_a_safe_line() {
    let policy = with(|policy| {
        policy.revoke =
            vec![RevokeRow { what: Revoked::Key(digest_of(1)), reason: "\u{1b}[2J\u{202e}".to_owned() }];
    });
    let rejections = policy
        .decide(&manifest(), Digest::of(b"m"), &[digest_of(1), digest_of(2)], Some(UnixTime(NOW.0 * 2)))
        .unwrap_err();
    assert_eq!(rejections.iter().map(|rejection| rejection.code().0).collect::<Vec<_>>(), ["R1201", "R1209"]);
    for diagnostic in rejections.iter().map(Rejection::diagnostic) {
        assert!(
            diagnostic.message.contains("expected") && diagnostic.message.contains("found"),
            "{diagnostic:?}"
        );
        assert!(!diagnostic.help.is_empty());
        let lines = diagnostic.notes.iter().chain([&diagnostic.message]);
        assert!(lines.into_iter().all(|line| raya_signing::is_terminal_safe(line)), "{diagnostic:?}");
    }
}

fn signed(policy: &TrustPolicy, signers: &[&SecretKey]) -> (Vec<u8>, Vec<Signature>) {
    let bytes = policy.to_text().into_bytes();
    let claim = policy.claim().unwrap();
    let signatures = signers.iter().map(|key| key.sign(&bytes, &claim).unwrap()).collect();
    (bytes, signatures)
}

fn roots(numbers: &[u8], threshold: usize) -> Quorum {
    let pins: Vec<KeyDigest> = numbers.iter().map(|number| digest_of(*number)).collect();
    // Keys lie about; only the pinned ones count.
    let found = (90..110).map(|number| key(number).public().clone());
    pinned_roots(&pins, found, threshold).unwrap()
}

#[test]
fn a_policy_counts_only_when_its_pinned_roots_signed_it() {
    let (bytes, signatures) = signed(&policy(), &[&key(101)]);
    let verified = VerifiedPolicy::verify(FILE, &bytes, &signatures, &roots(&[101], 1)).unwrap();
    assert_eq!(verified.policy(), &policy());
    assert_eq!(verified.digest(), Digest::of(&bytes));
    assert_eq!(verified.keys(), keys(&[&key(1), &key(2), &key(3)]));

    let refused = |bytes: &[u8], signatures: &[Signature], roots: &Quorum| {
        codes(&VerifiedPolicy::verify(FILE, bytes, signatures, roots).unwrap_err())
    };
    assert_eq!(refused(&bytes, &[], &roots(&[101], 1)), ["R1114"]);
    assert_eq!(refused(&bytes, &signatures, &roots(&[103], 1)), ["R1115"]);
    assert_eq!(refused(&bytes, &signatures, &roots(&[101, 102], 2)), ["R1116"]);
    let changed =
        String::from_utf8(bytes.clone()).unwrap().replace("threshold = 2", "threshold = 1").into_bytes();
    assert_eq!(refused(&changed, &signatures, &roots(&[101], 1)), ["R1112"]);
    // A key that the policy brings along, and nobody pinned.
    let (bytes, signatures) = signed(&policy(), &[&key(102)]);
    assert_eq!(refused(&bytes, &signatures, &roots(&[101], 1)), ["R1115"]);
    // Signed as version 5, says version 4.
    let claim = with(|policy| policy.version = 5).claim().unwrap();
    let signature = key(101).sign(&bytes, &claim).unwrap();
    assert_eq!(refused(&bytes, &[signature], &roots(&[101], 1)), ["R1120"]);
    // Its own roots must reach their threshold too.
    let strict = with(|policy| policy.root = Quorum::new(keys(&[&key(101), &key(102)]), 2).unwrap());
    let (bytes, signatures) = signed(&strict, &[&key(101)]);
    assert_eq!(refused(&bytes, &signatures, &roots(&[101], 1)), ["R1116"]);
    assert_eq!(pinned_roots(&[digest_of(200)], [key(101).public().clone()], 1).unwrap_err().code(), "R1117");
}

#[test]
fn rotation_needs_both_thresholds_and_skips_nothing() {
    let (bytes, signatures) = signed(&policy(), &[&key(101)]);
    let current = VerifiedPolicy::verify(FILE, &bytes, &signatures, &roots(&[101], 1)).unwrap();
    let next = |version: u64, root: &[u8], signers: &[u8]| {
        let root: Vec<SecretKey> = root.iter().map(|number| key(*number)).collect();
        let next = with(|policy| {
            policy.version = version;
            policy.root = Quorum::new(keys(&root.iter().collect::<Vec<_>>()), root.len()).unwrap();
        });
        let signers: Vec<SecretKey> = signers.iter().map(|number| key(*number)).collect();
        let (bytes, signatures) = signed(&next, &signers.iter().collect::<Vec<_>>());
        current.succeed(FILE, &bytes, &signatures).map_err(|problems| codes(&problems))
    };
    assert_eq!(next(5, &[103], &[102, 103]).unwrap().policy().version, 5);
    assert_eq!(next(5, &[103], &[103]).unwrap_err(), ["R1115"]);
    assert_eq!(next(5, &[103], &[101]).unwrap_err(), ["R1115"]);
    assert_eq!(next(5, &[103, 104], &[101, 103]).unwrap_err(), ["R1116"]);
    assert_eq!(next(6, &[103], &[101, 103]).unwrap_err(), ["R1213"]);
    assert_eq!(next(4, &[103], &[101, 103]).unwrap_err(), ["R1212"]);
}

#[test]
fn a_verified_package_is_decided_by_a_verified_policy() {
    let (bytes, signatures) = signed(&policy(), &[&key(101)]);
    let verified = VerifiedPolicy::verify(FILE, &bytes, &signatures, &roots(&[101], 1)).unwrap();
    let decide = |signers: &[&SecretKey]| {
        let archive = draft(signers).to_archive().unwrap();
        let package = UnverifiedPackage::read(&archive).unwrap().verify(&verified.keys(), FILE).unwrap();
        let decision = verified.decide(package.provenance().signed().unwrap(), Some(NOW));
        decision
            .map_err(|rejections| rejections.iter().map(|rejection| rejection.code().0).collect::<Vec<_>>())
    };
    assert_eq!(decide(&[&key(1), &key(2)]).unwrap().publisher.as_str(), "acme");
    assert_eq!(decide(&[&key(1)]).unwrap_err(), ["R1203"]);
}

#[test]
fn a_bare_library_is_decided_by_what_its_signatures_claim() {
    let (bytes, signatures) = signed(&policy(), &[&key(101)]);
    let verified = VerifiedPolicy::verify(FILE, &bytes, &signatures, &roots(&[101], 1)).unwrap();
    let library = b"\x7fELF of a library";
    let decide = |domain: Domain, name: &str, version: &str, signers: &[u8]| {
        let claim = Claim::new(domain, name, version, 3).unwrap();
        let signatures: Vec<Signature> =
            signers.iter().map(|number| key(*number).sign(library, &claim).unwrap()).collect();
        let signed = verified.keys().verify(domain, &library[..], &signatures).unwrap();
        verified.decide_library(&signed, Some(NOW)).map_err(|problems| codes(&problems))
    };
    assert_eq!(decide(Domain::Library, "crypto", "1.2.0", &[1, 2]).unwrap().isolation, Isolation::Guarded);
    assert_eq!(decide(Domain::Library, "crypto", "1.2.0", &[1]).unwrap_err(), ["R1203"]);
    assert_eq!(decide(Domain::Library, "crypto", "1.0.0", &[1, 2]).unwrap_err(), ["R1204"]);
    assert_eq!(decide(Domain::Library, "fs", "1.2.0", &[1, 2]).unwrap_err(), ["R1202"]);
    assert_eq!(decide(Domain::Library, "Crypto", "1.2.0", &[1, 2]).unwrap_err(), ["R1119"]);
    assert_eq!(decide(Domain::Library, "crypto", "1.2", &[1, 2]).unwrap_err(), ["R1119"]);
    assert_eq!(decide(Domain::Image, "crypto", "1.2.0", &[1, 2]).unwrap_err(), ["R1118"]);
}

#[test]
fn the_lockfile_remembers() {
    let lock = Lockfile {
        policy: Some(LockedPolicy { version: 4, digest: Digest::of(b"policy") }),
        modules: vec![LockedModule {
            name: name("crypto"),
            version: version("1.2.0"),
            epoch: 3,
            manifest: Digest::of(b"manifest"),
            keys: vec![digest_of(1)],
        }],
    };
    let text = lock.to_text();
    assert_eq!(Lockfile::parse(FILE, text.as_bytes()).unwrap(), lock);
    assert_eq!(Lockfile::parse(FILE, Lockfile::default().to_text().as_bytes()).unwrap(), Lockfile::default());

    assert!(lock.check_policy(&policy()).is_ok());
    assert_eq!(lock.check_policy(&with(|policy| policy.version = 3)).unwrap_err().code().0, "R1212");
    let module = |epoch, text: &str| {
        let mut module = manifest();
        (module.epoch, module.version) = (epoch, version(text));
        lock.check_module(&module).map_err(|rejection| rejection.code().0)
    };
    assert_eq!(module(3, "1.2.0"), Ok(()));
    assert_eq!(module(4, "1.1.0"), Ok(()));
    assert_eq!(module(3, "1.1.9"), Err("R1215"));
    assert_eq!(module(2, "9.0.0"), Err("R1215"));

    assert!(lock.frozen_against(&lock).is_empty());
    let mut next = lock.clone();
    next.modules[0].keys.push(digest_of(2));
    next.policy = None;
    let codes: Vec<_> = lock.frozen_against(&next).iter().map(|rejection| rejection.code().0).collect();
    assert_eq!(codes, ["R1214", "R1214"]);
    next.modules.clear();
    assert_eq!(lock.frozen_against(&next).len(), 2);
}

#[test]
fn broken_policies_are_refused_with_their_reason() {
    let text = policy().to_text();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        codes(&TrustPolicy::parse(FILE, text.replacen(from, to, 1).as_bytes()).unwrap_err())
    };
    assert_eq!(refused("threshold = 2", "threshold = 0"), ["R1117"]);
    assert_eq!(refused("threshold = 2", "threshold = 4"), ["R1117"]);
    assert_eq!(refused("threshold = 2", "threshold = -1"), ["R2060"]);
    assert_eq!(refused("threshold = 2", "threshold = nan"), ["R2059"]);
    assert_eq!(refused("threshold = 2", "threshold = 2\nthreshold = 1"), ["R2055"]);
    assert_eq!(refused("version = 4", "verison = 4"), ["R2058", "R2057"]);
    assert_eq!(refused("mode = \"locked\"", "mode = \"lock\""), ["R2060"]);
    assert_eq!(refused("raya.trust/1", "raya.module/1"), ["R2063"]);
    assert_eq!(refused("publisher = \"acme\"", "publisher = \"acne\""), ["R2060"]);
    assert_eq!(refused("module = \"crypto\"", "module = \"Crypto\""), ["R2060"]);
    assert_eq!(refused("expires = 2027-01-15T08:00:01Z", "expires = 2027-01-15"), ["R2060"]);
    assert_eq!(refused("versions = ", "versions = \"new\" #"), ["R2060"]);
    assert_eq!(refused("\"files-read\"", "\"files-raed\""), ["R2060"]);
    // The same key twice in one list, and under another id.
    let one = key(1).public().to_base64();
    let doubled = refused(&format!("\"{one}\""), &format!("\"{one}\", \"{one}\""));
    assert_eq!(doubled, ["R2061"]);
    let again = SecretKey::from_seed(raya_signing::KeyId([9; 8]), &[1; 32]).unwrap().public().to_base64();
    let same_under_two_ids = text.replace(&key(2).public().to_base64(), &again).replace(
        &key(3).public().to_base64(),
        &SecretKey::from_seed(raya_signing::KeyId([8; 8]), &[1; 32]).unwrap().public().to_base64(),
    );
    assert_eq!(codes(&TrustPolicy::parse(FILE, same_under_two_ids.as_bytes()).unwrap_err()), ["R1117"]);

    let row = &text[text.find("[[allow]]").unwrap()..];
    let append =
        |more: &str| codes(&TrustPolicy::parse(FILE, format!("{text}{more}").as_bytes()).unwrap_err());
    assert_eq!(append(row), ["R2061"]);
    assert_eq!(append(&row.replace("crypto", "crypt0")), ["R2062"]);
    let publisher = &text[text.find("[[publisher]]").unwrap()..text.find("[[allow]]").unwrap()];
    assert_eq!(append(publisher), ["R2061"]);
    assert_eq!(append(&publisher.replace("acme", "ac-me")), ["R2062"]);
    assert_eq!(append("[[revoke]]\nreason = \"x\"\n"), ["R2060"]);
    let revoke = format!("[[revoke]]\nkey = \"{}\"\n", digest_of(1));
    assert_eq!(append(&revoke.repeat(2)), ["R2061"]);
    assert!(TrustPolicy::parse(FILE, format!("{text}{revoke}").as_bytes()).is_ok());
    assert!(VersionReq::parse(">=1.2, <2").is_ok());
}
