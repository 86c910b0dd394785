//! Every byte of a small signed package, flipped in turn, is refused in locked mode: in process, because there are thousands,
//! and for a sample through the command.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use raya_bundler::phase::admit::{Terms, Wants, admit};
use raya_bundler::phase::resolve::{Files, Found, ReadFile, Wanted};
use raya_bundler::phase::verify::verify;
use raya_bundler::request::{App, Trust, TrustArguments};
use raya_manifests::{ModuleName, Triple};
use raya_source::{FileId, SourceMap, Span};
use raya_tests::MUSL;
use raya_tests::command::finish;
use raya_tests::fixture::Fixture;
use raya_tests::locked::LockedApp;
use raya_tests::report::error_codes;

const PROGRAM: &str = "import { add } from \"native:adder\";\nconsole.log(add(1, 2));\n";
/// How each byte is changed: its lowest bit, the bit that makes another letter case, its highest bit, all bits.
const FLIPS: [u8; 4] = [0x01, 0x20, 0x80, 0xFF];
const BLOCK: usize = 512;

/// A locked app with one small package.
struct Subject {
    locked: LockedApp,
    package: PathBuf,
    bytes: Vec<u8>,
}

fn subject() -> Subject {
    let package = Fixture::new("adder").only_for(MUSL).package();
    let locked = LockedApp::new(PROGRAM, [&package]);
    let package = locked.app.path("vendor/adder-1.0.0.rmod");
    let bytes = fs::read(&package).expect("the package can be read");
    Subject { locked, package, bytes }
}

/// The phases from verify to admit, as `raya bundle --locked` goes through them.
struct Gate {
    app: App,
    trust: Trust,
    target: Triple,
}

impl Gate {
    fn new(subject: &Subject) -> Gate {
        let mut app = App::find(&subject.locked.app.path("main.raya")).expect("the app is found");
        let arguments = TrustArguments { locked: true, ..TrustArguments::default() };
        let trust = Trust::establish(&mut app, &arguments).expect("the policy is good");
        Gate { app, trust, target: Triple::new(MUSL).expect("a known target") }
    }

    /// The codes of all refusals; none when the package gets in.
    fn refusals(&self, bytes: Vec<u8>) -> Vec<&'static str> {
        let name = ModuleName::new("adder").expect("a module name");
        let wanted = Wanted { name, span: Span::new(FileId(0), 0, 0) };
        let found = [Found { wanted, files: Files::Package(ReadFile { path: "adder.rmod".into(), bytes }) }];
        let (mut sources, mut warnings) = (SourceMap::new(), vec![]);
        let verified = match verify(&found, &self.trust, &mut sources, &mut warnings) {
            Ok(verified) => verified,
            Err(problems) => return problems.iter().map(|problem| problem.code.0).collect(),
        };
        let terms = Terms { app: &self.app, trust: &self.trust, target: self.target };
        match admit(&verified, terms, |_| Wants::Static, &mut warnings) {
            Ok(_) => vec![],
            Err(problems) => problems.iter().map(|problem| problem.code.0).collect(),
        }
    }
}

/// What each byte of a package belongs to: an entry's header, its contents, or what fills up.
fn regions(bytes: &[u8]) -> Vec<&'static str> {
    let mut regions = vec!["end of archive"; bytes.len()];
    let mut at = 0;
    while at + BLOCK <= bytes.len() && bytes[at] != 0 {
        let name = String::from_utf8_lossy(&bytes[at..at + 100]).trim_end_matches('\0').to_owned();
        let size = String::from_utf8_lossy(&bytes[at + 124..at + 135]).into_owned();
        let size = usize::from_str_radix(size.trim_matches(['\0', ' ']), 8).expect("an entry has a size");
        let contents = match name.as_str() {
            "rmod.toml" => "manifest",
            name if name.starts_with("sigs/") => "signature",
            _ => "payload",
        };
        let start = at + BLOCK;
        regions[at..start].fill("entry header");
        regions[start..start + size].fill(contents);
        at = start + size.next_multiple_of(BLOCK);
        regions[start + size..at].fill("padding");
    }
    regions
}

#[test]
fn every_flipped_byte_is_refused_with_a_reason() {
    let subject = subject();
    let gate = Gate::new(&subject);
    assert_eq!(gate.refusals(subject.bytes.clone()), Vec::<&str>::new(), "as it was signed it gets in");
    let regions = regions(&subject.bytes);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut admitted = vec![];
    for at in 0..subject.bytes.len() {
        for flip in FLIPS {
            let mut bytes = subject.bytes.clone();
            bytes[at] ^= flip;
            match gate.refusals(bytes).first() {
                Some(code) => *counts.entry((regions[at], *code)).or_default() += 1,
                None => admitted.push((at, flip, regions[at])),
            }
        }
    }
    println!("{} bytes, each changed in {} ways", subject.bytes.len(), FLIPS.len());
    for ((region, code), count) in &counts {
        println!("{region:<16}{code}  {count:>6}");
    }
    assert!(admitted.is_empty(), "{} changes were not noticed: {admitted:?}", admitted.len());
    let total: usize = counts.values().sum();
    assert_eq!(total, subject.bytes.len() * FLIPS.len());
    for region in ["manifest", "signature", "payload", "entry header", "padding", "end of archive"] {
        assert!(counts.keys().any(|(counted, _)| *counted == region), "no byte was changed in {region}");
    }
}

#[test]
fn every_truncation_and_every_byte_too_many_is_refused() {
    let subject = subject();
    let gate = Gate::new(&subject);
    for length in 0..subject.bytes.len() {
        let refusals = gate.refusals(subject.bytes[..length].to_vec());
        assert!(!refusals.is_empty(), "the first {length} bytes get in");
    }
    for more in [&b"\0"[..], &[0; BLOCK], b"x", &subject.bytes] {
        assert!(
            !gate.refusals([&subject.bytes, more].concat()).is_empty(),
            "{} more bytes get in",
            more.len()
        );
        assert!(
            !gate.refusals([more, &subject.bytes].concat()).is_empty(),
            "{} bytes before get in",
            more.len()
        );
    }
}

/// Offsets through the whole package.
const SAMPLE: usize = 64;

#[test]
fn a_sample_of_flips_is_refused_by_the_command_and_leaves_no_output() {
    let subject = subject();
    let app = &subject.locked.app;
    app.write("app", "what was there before");
    let gate = Gate::new(&subject);
    for sample in 0..SAMPLE {
        let at = (subject.bytes.len() - 1) * sample / (SAMPLE - 1);
        let mut bytes = subject.bytes.clone();
        bytes[at] ^= 0x20;
        fs::write(&subject.package, &bytes).expect("the package can be written");
        let finished =
            finish(&mut app.raya(["bundle", "--locked", "main.raya", "-o", "app", "--target", MUSL]));
        assert_eq!(finished.code, Some(1), "byte {at}: {}", finished.stderr);
        assert_eq!(error_codes(&finished.stderr), gate.refusals(bytes), "byte {at}: {}", finished.stderr);
    }
    assert_eq!(fs::read(app.path("app")).expect("the old output"), b"what was there before");
    fs::write(&subject.package, &subject.bytes).expect("the package can be written");
    app.bundle(&["--locked", "--target", MUSL]);
}
