//! Both ways with the `minisign` and `minisign-verify` crates, which were written by minisign's author, and with Debian's
//! `minisign` where it is installed.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::Cursor;
use std::process::Command;

use raya_signing::{Claim, Domain, KeyCost, LockedSecretKey, PublicKey, SecretKey, Signature};

const DOCUMENT: &[u8] = b"schema = \"raya.module/1\"\nname = \"crypto\"\n";

fn claim() -> Claim {
    Claim::new(Domain::Module, "crypto", "1.0.0", 1).unwrap()
}

#[test]
fn others_accept_our_signatures() {
    let key = SecretKey::generate().unwrap();
    let text = key.sign(DOCUMENT, &claim()).unwrap().to_text();

    let public =
        minisign::PublicKeyBox::from_string(&key.public().to_text()).unwrap().into_public_key().unwrap();
    let signature = minisign::SignatureBox::from_string(&text).unwrap();
    assert_eq!(signature.trusted_comment().unwrap(), claim().to_string());
    minisign::verify(&public, &signature, Cursor::new(DOCUMENT), true, false, false).unwrap();

    let public = minisign_verify::PublicKey::from_base64(&key.public().to_base64()).unwrap();
    let signature = minisign_verify::Signature::decode(&text).unwrap();
    public.verify(DOCUMENT, &signature, false).unwrap();
    assert!(public.verify(b"other", &signature, false).is_err());
}

#[test]
fn we_accept_signatures_of_others() {
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let comment = claim().to_string();
    let signature = minisign::sign(
        Some(&pair.pk),
        &pair.sk,
        Cursor::new(DOCUMENT),
        Some(&comment),
        Some("by the other side"),
    )
    .unwrap();
    let public = PublicKey::parse(pair.pk.to_box().unwrap().to_string().as_bytes()).unwrap();
    let signature = Signature::parse(signature.to_string().as_bytes()).unwrap();
    assert_eq!(signature.untrusted_comment(), "by the other side");
    public.check(DOCUMENT, &signature).unwrap();
    assert_eq!(public.check(b"other", &signature).unwrap_err().code(), "R1112");
    let keys = [public].into_iter().collect::<raya_signing::KeySet>();
    assert_eq!(keys.verify(Domain::Module, DOCUMENT, &[signature]).unwrap().claim(), &claim());
}

#[test]
fn secret_keys_are_read_both_ways() {
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let text = pair.sk.to_box(None).unwrap().to_string();
    let ours = LockedSecretKey::parse(text.as_bytes()).unwrap().unlock(None).unwrap();
    assert_eq!(ours.public().to_base64(), pair.pk.to_base64());

    // Plain keys are compared with the program below: the crate wants a checksum where the program writes zeros.
    let encrypted = ours.to_encrypted_text(b"pass word", KeyCost::LEAST).unwrap();
    let theirs = minisign::SecretKeyBox::from_string(&encrypted).unwrap();
    let theirs = theirs.into_secret_key(Some("pass word".to_owned())).unwrap();
    assert_eq!(minisign::PublicKey::from_secret_key(&theirs).unwrap().to_base64(), ours.public().to_base64());
}

/// Debian's minisign as the third oracle. It is optional: the crates above already cover both directions.
#[test]
fn the_minisign_program_agrees() {
    if Command::new("minisign").arg("-v").output().is_err() {
        eprintln!("skipped: no `minisign` program here");
        return;
    }
    let folder = std::env::temp_dir().join(format!("raya-signing-interop-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let at = |name: &str| folder.join(name);
    let run = |arguments: &[&str]| {
        Command::new("minisign").args(arguments).current_dir(&folder).output().unwrap().status.success()
    };
    let key = SecretKey::generate().unwrap();
    std::fs::write(at("document"), DOCUMENT).unwrap();
    std::fs::write(at("key.pub"), key.public().to_text()).unwrap();
    std::fs::write(at("ours.minisig"), key.sign(DOCUMENT, &claim()).unwrap().to_text()).unwrap();
    assert!(run(&["-V", "-p", "key.pub", "-m", "document", "-x", "ours.minisig"]));

    std::fs::write(at("key"), key.to_plain_text().as_bytes()).unwrap();
    let comment = claim().to_string();
    assert!(run(&["-S", "-s", "key", "-m", "document", "-x", "theirs.minisig", "-t", &comment]));
    let theirs = Signature::parse(&std::fs::read(at("theirs.minisig")).unwrap()).unwrap();
    // Ed25519 is deterministic: both wrote the same bytes.
    assert_eq!(theirs.to_text(), std::fs::read_to_string(at("ours.minisig")).unwrap());

    // With minisign's own default comment.
    assert!(run(&["-S", "-s", "key", "-m", "document", "-x", "plain.minisig"]));
    let plain = Signature::parse(&std::fs::read(at("plain.minisig")).unwrap()).unwrap();
    key.public().check(DOCUMENT, &plain).unwrap();
    assert_eq!(plain.claim().unwrap_err().code(), "R1119");

    assert!(run(&["-G", "-W", "-f", "-p", "new.pub", "-s", "new.key"]));
    let text = std::fs::read(at("new.key")).unwrap();
    let read = LockedSecretKey::parse(&text).unwrap().unlock(None).unwrap();
    assert_eq!(read.public().to_text().into_bytes(), std::fs::read(at("new.pub")).unwrap());
    assert_eq!(read.to_plain_text().as_bytes(), text);
    assert!(run(&["-S", "-l", "-s", "key", "-m", "document", "-x", "legacy.minisig"]));
    assert_eq!(Signature::parse(&std::fs::read(at("legacy.minisig")).unwrap()).unwrap_err().code(), "R1103");
    std::fs::remove_dir_all(&folder).unwrap();
}
