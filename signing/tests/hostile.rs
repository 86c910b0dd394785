//! Signatures and keys that must be refused, each with its reason.
#![allow(clippy::unwrap_used, reason = "a test")]

use raya_signing::{
    Claim, Domain, KeyCost, KeyId, KeySet, LockedSecretKey, PublicKey, Quorum, SIGNATURES_MAX, SecretKey,
    Signature, SigningError,
};

const DOCUMENT: &[u8] = b"schema = \"raya.module/1\"\nname = \"crypto\"\n";
const OTHER: &[u8] = b"schema = \"raya.module/1\"\nname = \"fs\"\n";

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(KeyId([number; 8]), &[number; 32]).unwrap()
}

fn claim(domain: Domain) -> Claim {
    Claim::new(domain, "crypto", "1.0.0", 1).unwrap()
}

fn signature(key: &SecretKey) -> Signature {
    key.sign(DOCUMENT, &claim(Domain::Module)).unwrap()
}

fn keys(keys: &[&SecretKey]) -> KeySet {
    keys.iter().map(|key| key.public().clone()).collect()
}

fn codes<T: std::fmt::Debug>(result: Result<T, Vec<SigningError>>) -> Vec<&'static str> {
    result.unwrap_err().iter().map(SigningError::code).collect()
}

/// The lines of a signature file, one of them replaced.
fn with_line(text: &str, number: usize, line: &str) -> String {
    let lines: Vec<&str> =
        text.lines().enumerate().map(|(at, old)| if at == number { line } else { old }).collect();
    lines.join("\n") + "\n"
}

fn decoded(text: &str, number: usize) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    Base64::decode_vec(text.lines().nth(number).unwrap()).unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes)
}

#[test]
fn a_good_signature_gives_a_proof_of_these_bytes() {
    let (a, b) = (key(1), key(2));
    let signed = keys(&[&a, &b]).verify(Domain::Module, DOCUMENT, &[signature(&a)]).unwrap();
    assert_eq!(signed.bytes(), DOCUMENT);
    assert_eq!(signed.signers(), [a.public().digest()]);
    assert_eq!(signed.claim(), &claim(Domain::Module));
    assert_eq!(signed.domain(), Domain::Module);
}

#[test]
fn stripped_empty_and_missing_signatures() {
    let a = key(1);
    assert_eq!(codes(keys(&[&a]).verify(Domain::Module, DOCUMENT, &[])), ["R1114"]);
    assert_eq!(Signature::parse(b"").unwrap_err().code(), "R1101");
    let text = signature(&a).to_text();
    assert_eq!(Signature::parse(with_line(&text, 1, "").as_bytes()).unwrap_err().code(), "R1101");
    let two_lines: String = text.split_inclusive('\n').take(2).collect();
    assert_eq!(Signature::parse(two_lines.as_bytes()).unwrap_err().code(), "R1101");
}

#[test]
fn a_signature_of_one_document_is_worth_nothing_for_another() {
    let a = key(1);
    assert_eq!(codes(keys(&[&a]).verify(Domain::Module, OTHER, &[signature(&a)])), ["R1112"]);
    // The claim is for the other document although the bytes are right: whoever parses compares.
    let found = claim(Domain::Module).require(&Claim::new(Domain::Module, "fs", "1.0.0", 1).unwrap());
    assert_eq!(found.unwrap_err().code(), "R1120");
}

#[test]
fn module_and_bundle_signatures_cannot_be_exchanged() {
    let a = key(1);
    assert_eq!(codes(keys(&[&a]).verify(Domain::Bundle, DOCUMENT, &[signature(&a)])), ["R1118"]);
    assert_eq!(a.sign(DOCUMENT, &claim(Domain::Bundle)).unwrap_err().code(), "R1118");
    // Signed by hand with the comment of another domain.
    let comment = claim(Domain::Bundle).to_string();
    let crossed = a.sign_with_comment(DOCUMENT, &comment).unwrap();
    assert_eq!(codes(keys(&[&a]).verify(Domain::Module, DOCUMENT, &[crossed])), ["R1118"]);
    let image = b"\x7fELF and more";
    let of_image = a.sign(image, &claim(Domain::Image)).unwrap();
    assert_eq!(codes(keys(&[&a]).verify(Domain::Library, &image[..], &[of_image])), ["R1118"]);
}

#[test]
fn legacy_and_unknown_algorithms() {
    let text = signature(&key(1)).to_text();
    let mut layout = decoded(&text, 1);
    layout[..2].copy_from_slice(b"Ed");
    // The global signature does not cover the algorithm: re-wrapping as legacy is possible, so legacy is refused.
    let legacy = with_line(&text, 1, &encoded(&layout));
    assert_eq!(Signature::parse(legacy.as_bytes()).unwrap_err(), SigningError::LegacySignature);
    assert_eq!(SigningError::LegacySignature.code(), "R1103");
    layout[..2].copy_from_slice(b"XX");
    let unknown = with_line(&text, 1, &encoded(&layout));
    assert_eq!(Signature::parse(unknown.as_bytes()).unwrap_err().code(), "R1104");
    let mut key_layout = decoded(&key(1).public().to_text(), 1);
    key_layout[0] = b'e';
    assert_eq!(PublicKey::from_base64(&encoded(&key_layout)).unwrap_err().code(), "R1104");
}

#[test]
fn a_signature_with_the_group_order_added_is_refused() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let a = key(1);
    let text = signature(&a).to_text();
    let mut layout = decoded(&text, 1);
    let mut carry = 0;
    for (byte, order) in layout[42..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    let malleable = Signature::parse(with_line(&text, 1, &encoded(&layout)).as_bytes()).unwrap();
    assert_eq!(codes(keys(&[&a]).verify(Domain::Module, DOCUMENT, &[malleable])), ["R1112"]);
}

#[test]
fn weak_keys() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(PublicKey::from_parts(KeyId([0; 8]), &identity).unwrap_err().code(), "R1105");
    let mut layout = b"Ed\0\0\0\0\0\0\0\0".to_vec();
    layout.extend(identity);
    assert_eq!(PublicKey::from_base64(&encoded(&layout)).unwrap_err().code(), "R1105");
}

#[test]
fn a_changed_trusted_comment() {
    let a = key(1);
    let text = signature(&a).to_text();
    let comment = format!("trusted comment: {}", Claim::new(Domain::Module, "crypto", "1.0.0", 2).unwrap());
    let changed = Signature::parse(with_line(&text, 2, &comment).as_bytes()).unwrap();
    assert_eq!(codes(keys(&[&a]).verify(Domain::Module, DOCUMENT, &[changed])), ["R1113"]);
    // minisign's own default comment is readable, and no claim.
    let no_claim = a.sign_with_comment(DOCUMENT, "timestamp:1\tfile:x\thashed").unwrap();
    assert!(a.public().check(DOCUMENT, &no_claim).is_ok());
    assert_eq!(codes(keys(&[&a]).verify(Domain::Module, DOCUMENT, &[no_claim])), ["R1119"]);
}

#[test]
fn signatures_that_claim_different_things() {
    let (a, b) = (key(1), key(2));
    let other = b.sign(DOCUMENT, &Claim::new(Domain::Module, "crypto", "2.0.0", 1).unwrap()).unwrap();
    assert_eq!(codes(keys(&[&a, &b]).verify(Domain::Module, DOCUMENT, &[signature(&a), other])), ["R1120"]);
}

#[test]
fn key_ids_are_hints() {
    // Two keys share an id: both are tried.
    let a = SecretKey::from_seed(KeyId([7; 8]), &[1; 32]).unwrap();
    let b = SecretKey::from_seed(KeyId([7; 8]), &[2; 32]).unwrap();
    for signer in [&a, &b] {
        let signed = keys(&[&a, &b]).verify(Domain::Module, DOCUMENT, &[signature(signer)]).unwrap();
        assert_eq!(signed.signers(), [signer.public().digest()]);
    }
    // The right id with the wrong key proves nothing.
    assert_eq!(codes(keys(&[&a]).verify(Domain::Module, DOCUMENT, &[signature(&b)])), ["R1112"]);
    assert_eq!(codes(keys(&[&key(3)]).verify(Domain::Module, DOCUMENT, &[signature(&b)])), ["R1115"]);
}

#[test]
fn one_key_counts_once_towards_a_threshold() {
    let a = key(1);
    let a_again = SecretKey::from_seed(KeyId([9; 8]), &[1; 32]).unwrap();
    let b = key(2);
    let set = keys(&[&a, &a_again, &b]);
    assert_eq!(set.len(), 2);
    let quorum = Quorum::new(set, 2).unwrap();
    let twice = [signature(&a), signature(&a)];
    assert_eq!(codes(quorum.verify(Domain::Module, DOCUMENT, &twice)), ["R1116"]);
    let two_ids = [signature(&a), signature(&a_again)];
    assert_eq!(codes(quorum.verify(Domain::Module, DOCUMENT, &two_ids)), ["R1116"]);
    let both = [signature(&a), signature(&b)];
    assert_eq!(quorum.verify(Domain::Module, DOCUMENT, &both).unwrap().signers().len(), 2);
    let signer = a.public().digest();
    assert_eq!(quorum.require(&[signer, signer]).unwrap_err().code(), "R1116");
}

#[test]
fn thresholds_lie_between_one_and_the_number_of_distinct_keys() {
    let a = key(1);
    let a_again = SecretKey::from_seed(KeyId([9; 8]), &[1; 32]).unwrap();
    let set = keys(&[&a, &a_again]);
    assert!(Quorum::new(set.clone(), 1).is_ok());
    for threshold in [0, 2, usize::MAX] {
        assert_eq!(Quorum::new(set.clone(), threshold).unwrap_err().code(), "R1117");
    }
    assert_eq!(Quorum::new(KeySet::new(), 1).unwrap_err().code(), "R1117");
}

#[test]
fn trailing_bytes_second_spellings_and_sizes() {
    let text = signature(&key(1)).to_text();
    for tail in ["x", "\n", "\0", "untrusted comment: again\n"] {
        assert_eq!(Signature::parse(format!("{text}{tail}").as_bytes()).unwrap_err().code(), "R1106");
    }
    let second_line = text.lines().nth(1).unwrap().to_owned();
    let spellings = [
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
        with_line(&text, 1, second_line.trim_end_matches('=')),
        with_line(&text, 1, &format!(" {second_line}")),
        with_line(&text, 0, "Untrusted comment: x"),
        format!("\u{feff}{text}"),
    ];
    for bad in spellings {
        let code = Signature::parse(bad.as_bytes()).unwrap_err().code();
        assert!(["R1101", "R1107"].contains(&code), "{code} {bad}");
    }
    // 74 bytes leave two spare bits in base64: the last character before `=` must not use them.
    let mut spare = second_line.clone().into_bytes();
    let at = spare.len() - 2;
    spare[at] += 1;
    let spare = with_line(&text, 1, std::str::from_utf8(&spare).unwrap());
    assert_eq!(Signature::parse(spare.as_bytes()).unwrap_err().code(), "R1101");
    assert_eq!(Signature::parse(&vec![b'a'; 1 << 20]).unwrap_err().code(), "R1102");
    let long = with_line(&text, 0, &format!("untrusted comment: {}", "a".repeat(1025)));
    assert_eq!(Signature::parse(long.as_bytes()).unwrap_err().code(), "R1102");
    let full = with_line(&text, 0, &format!("untrusted comment: {}", "a".repeat(1024)));
    assert!(Signature::parse(full.as_bytes()).is_ok());
    assert_eq!(key(1).sign_with_comment(DOCUMENT, &"a".repeat(8193)).unwrap_err().code(), "R1102");
    assert!(key(1).sign_with_comment(DOCUMENT, &"a".repeat(8192)).is_ok());
}

#[test]
fn escape_and_bidirectional_characters_in_comments() {
    let text = signature(&key(1)).to_text();
    for bad in ["\u{1b}[2Jred", "a\u{202e}b", "a\u{200b}b", "a\0b", "a\rb", "a\u{2028}b"] {
        let untrusted = with_line(&text, 0, &format!("untrusted comment: {bad}"));
        let error = Signature::parse(untrusted.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "R1107");
        assert!(raya_signing::is_terminal_safe(&error.to_string()), "{error}");
        let trusted = with_line(&text, 2, &format!("trusted comment: {bad}"));
        assert_eq!(Signature::parse(trusted.as_bytes()).unwrap_err().code(), "R1107");
        let public = with_line(&key(1).public().to_text(), 0, &format!("untrusted comment: {bad}"));
        assert_eq!(PublicKey::parse(public.as_bytes()).unwrap_err().code(), "R1107");
    }
    assert_eq!(Signature::parse(b"\xff\xfe\n").unwrap_err().code(), "R1101");
}

#[test]
fn more_signatures_than_anything_needs() {
    let a = key(1);
    let set = keys(&[&a]);
    let enough = vec![signature(&a); SIGNATURES_MAX];
    assert!(set.verify(Domain::Module, DOCUMENT, &enough).is_ok());
    let many = vec![signature(&a); SIGNATURES_MAX + 1];
    assert_eq!(codes(set.verify(Domain::Module, DOCUMENT, &many)), ["R1124"]);
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_signature_file_is_refused() {
    let a = key(1);
    let set = keys(&[&a]);
    let text = signature(&a).to_text().into_bytes();
    let comment = "untrusted comment: ".len()..text.iter().position(|byte| *byte == b'\n').unwrap();
    let accepts = |bytes: &[u8]| {
        Signature::parse(bytes)
            .map_err(|error| vec![error])
            .and_then(|signature| set.verify(Domain::Module, DOCUMENT, &[signature]))
            .is_ok()
    };
    let mut refused = 0;
    for at in (0..text.len()).filter(|at| !comment.contains(at)) {
        for bit in 0..8 {
            let mut flipped = text.clone();
            flipped[at] ^= 1 << bit;
            assert!(!accepts(&flipped), "byte {at} bit {bit}");
            refused += 1;
        }
    }
    for end in 0..text.len() {
        assert!(!accepts(&text[..end]), "cut at {end}");
        refused += 1;
    }
    assert_eq!(refused, (text.len() - comment.len()) * 8 + text.len());
}

#[test]
fn secret_keys_that_lie_or_ask_too_much() {
    let a = key(1);
    let plain = a.to_plain_text();
    let mut layout = decoded(&plain, 1);
    let parse = |layout: &[u8]| LockedSecretKey::parse(with_line(&plain, 1, &encoded(layout)).as_bytes());

    // A public half that is another key's: signing with it would leak the secret one.
    let other = key(2);
    layout[94..126].copy_from_slice(other.public().as_bytes());
    assert_eq!(parse(&layout).unwrap().unlock(None).unwrap_err().code(), "R1108");

    let encrypted = a.to_encrypted_text(b"secret", KeyCost::LEAST).unwrap();
    let mut layout = decoded(&encrypted, 1);
    let locked = LockedSecretKey::parse(encrypted.as_bytes()).unwrap();
    assert!(locked.is_encrypted());
    assert_eq!(locked.unlock(Some(b"secret")).unwrap().public(), a.public());
    assert_eq!(locked.unlock(Some(b"wrong")).unwrap_err().code(), "R1110");
    assert_eq!(locked.unlock(None).unwrap_err().code(), "R1111");
    layout[150] ^= 1;
    assert_eq!(parse(&layout).unwrap().unlock(Some(b"secret")).unwrap_err().code(), "R1110");
    for (operations, memory) in
        [(u64::MAX, 1 << 20), (1 << 15, u64::MAX), ((1 << 25) + 1, 1 << 30), (1 << 25, (1 << 30) + 1)]
    {
        layout[38..46].copy_from_slice(&u64::to_le_bytes(operations));
        layout[46..54].copy_from_slice(&u64::to_le_bytes(memory));
        assert_eq!(parse(&layout).err().unwrap().code(), "R1109");
    }
    for (at, codes) in [(0, "R1104"), (2, "R1104"), (4, "R1104")] {
        let mut layout = decoded(&plain, 1);
        layout[at] ^= 0x20;
        assert_eq!(parse(&layout).err().unwrap().code(), codes);
    }
    let error = LockedSecretKey::parse(plain.replace('=', "").as_bytes()).err().unwrap();
    assert_eq!(error.code(), "R1101");
    assert!(!error.to_string().contains("RWQAAEIy"), "an error never shows key material: {error}");
    assert_eq!(LockedSecretKey::parse(format!("{}x", *plain).as_bytes()).err().unwrap().code(), "R1106");
}

proptest::proptest! {
    // Integration tests have no place for proptest's regression files.
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn readers_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = Signature::parse(&bytes);
        let _ = PublicKey::parse(&bytes);
        let _ = LockedSecretKey::parse(&bytes);
    }

    #[test]
    fn what_parses_is_written_back_equal(comment in "[ -~]{0,40}", number in 1_u8..200) {
        let text = key(number).sign_with_comment(DOCUMENT, &comment).unwrap().to_text();
        let parsed = Signature::parse(text.as_bytes()).unwrap();
        proptest::prop_assert_eq!(parsed.to_text(), text);
        proptest::prop_assert!(key(number).public().check(DOCUMENT, &parsed).is_ok());
    }

    #[test]
    fn near_signatures_never_panic(at in 0_usize..300, byte in proptest::num::u8::ANY) {
        let mut text = signature(&key(1)).to_text().into_bytes();
        let at = at % text.len();
        text[at] = byte;
        let _ = Signature::parse(&text);
    }
}

/// Files that were mixed up are called by their names, and nothing of a secret key is quoted.
#[test]
fn mixed_up_files_are_told_apart() {
    let secret = key(1);
    let (secret_text, public_text) = (secret.to_plain_text(), secret.public().to_text());
    let signature_text = signature(&secret).to_text();
    let bare = secret_text.lines().nth(1).unwrap().to_owned() + "\n";
    let cut = secret_text.trim_end();
    for text in [secret_text.as_str(), &bare, cut] {
        let errors = [
            PublicKey::parse(text.as_bytes()).unwrap_err(),
            Signature::parse(text.as_bytes()).unwrap_err(),
            PublicKey::from_base64(bare.trim_end()).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.code(), "R1125");
            assert_eq!(error.found(), "a secret key");
        }
    }
    let error = LockedSecretKey::parse(public_text.as_bytes()).err().unwrap();
    assert_eq!((error.code(), error.found().as_str()), ("R1125", "a public key"));
    let error = PublicKey::parse(signature_text.as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.found().as_str()), ("R1125", "a signature"));
    // A part of a secret key is no key, and is not quoted either.
    let part = format!("untrusted comment: x\n{}\n", &bare[60..200]);
    let error = PublicKey::parse(part.as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.found().as_str()), ("R1101", "a line of 140 bytes"));
}
