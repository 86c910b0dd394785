//! All documents: what is written is read back, and what is not strict TOML of the document is refused with a place.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{FILE, codes, key, manifest, name, version};
use raya_manifests::{
    AppManifest, AppName, BuilderManifest, BundleManifest, BundledModule, Capability, Isolation, Language,
    Linkage, LockedPolicy, Lockfile, Mode, ModuleManifest, Payload, PayloadKind, RootPin, Triple,
    TrustPolicy, document_file,
};
use raya_signing::Digest;
use raya_source::SourceMap;

const APP: &str = r#"
[app]
name = "login"
version = "0.1.0"
entry = "src/main.raya"

[modules]
crypto = "1"
fs = { version = "1.2", path = "../modules/fs" }
add = "1"

[stubs]
folders = ["stubs"]

[trust]
policy = "raya-trust.toml"
roots = ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]
root-keys = ["keys/root.pub"]

[bundle]
target = "x86_64-unknown-linux-musl"
locked = true
"#;

const BUILDER: &str = r#"
[module]
name = "crypto"
version = "1.0.0"
language = "c++"
capabilities = ["randomness"]
stub = "crypto.raya"

[build]
sources = ["crypto.cpp"]
include-dirs = ["include"]
defines = ["NDEBUG", "LEVEL=3"]
standard = "c++17"
libraries = ["crypto"]
targets = ["x86_64-unknown-linux-musl"]
"#;

fn app(text: &str) -> Vec<&'static str> {
    AppManifest::parse(FILE, text.as_bytes()).map_or_else(|problems| codes(&problems), |_| vec![])
}

#[test]
fn an_app_manifest_is_read() {
    let manifest = AppManifest::parse(FILE, APP.as_bytes()).unwrap();
    assert_eq!(manifest.name.as_str(), "login");
    let names: Vec<&str> = manifest.modules.iter().map(|request| request.name.as_str()).collect();
    assert_eq!(names, ["crypto", "fs", "add"], "in the order written");
    let crypto = manifest.module(&name("crypto")).unwrap();
    assert!(crypto.versions.matches(&version("1.9.0")) && !crypto.versions.matches(&version("2.0.0")));
    assert_eq!(&APP[crypto.span.start as usize..crypto.span.end as usize], "crypto");
    assert_eq!(manifest.module(&name("fs")).unwrap().path.as_ref().unwrap().as_str(), "../modules/fs");
    let trust = manifest.trust.unwrap();
    assert_eq!(trust.threshold, 1);
    assert_eq!(
        trust.roots,
        [RootPin::Digest(
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".parse().unwrap()
        )]
    );
    assert_eq!(manifest.bundle.target, Some(Triple::X86_64_LINUX_MUSL));
    assert!(manifest.bundle.locked);
    let by_key = APP.replace(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        &key(1).public().to_base64(),
    );
    let trust = AppManifest::parse(FILE, by_key.as_bytes()).unwrap().trust.unwrap();
    assert_eq!(trust.roots[0].digest(), key(1).public().digest());
    let least = "[app]\nname = \"a\"\nversion = \"1.0.0\"\nentry = \"a.raya\"\n";
    assert!(AppManifest::parse(FILE, least.as_bytes()).unwrap().modules.is_empty());
}

#[test]
fn mistakes_in_an_app_manifest_have_reasons() {
    let refused = |from: &str, to: &str| {
        assert!(APP.contains(from), "{from}");
        app(&APP.replacen(from, to, 1))
    };
    assert_eq!(app(""), ["R2058"]);
    assert_eq!(refused("entry = \"src/main.raya\"", ""), ["R2058"]);
    assert_eq!(refused("entry = \"src/main.raya\"", "entry = \"/main.raya\""), ["R2060"]);
    assert_eq!(refused("entry = \"src/main.raya\"", "entry = \"../main.raya\""), ["R2060"]);
    assert_eq!(refused("name = \"login\"", "name = \"../login\""), ["R2060"]);
    assert_eq!(refused("name = \"login\"", "name = \"nul\""), ["R2060"]);
    assert_eq!(refused("crypto = \"1\"", "crypto = 1"), ["R2059"]);
    assert_eq!(refused("crypto = \"1\"", "Crypto = \"1\""), ["R2060"]);
    assert_eq!(refused("crypto = \"1\"", "\"cr\u{443}pto\" = \"1\""), ["R2060"]);
    assert_eq!(refused("crypto = \"1\"", "con = \"1\""), ["R2060"]);
    assert_eq!(refused("crypto = \"1\"", "crypto = \"1\"\ncrypt0 = \"1\""), ["R2062"]);
    assert_eq!(refused("crypto = \"1\"", "crypto = \"1\"\ncrypto = \"2\""), ["R2055"]);
    assert_eq!(refused("path = ", "paht = "), ["R2057"]);
    assert_eq!(refused("\"../modules/fs\"", "\"C:\\\\fs\""), ["R2060"]);
    assert_eq!(refused("locked = true", "locked = \"true\""), ["R2059"]);
    assert_eq!(refused("locked = true", "locked = true\ndynamic = [\"fs\"]"), ["R2060"]);
    assert_eq!(refused("locked = true", "dynamic = [\"nope\"]"), ["R2060"]);
    assert_eq!(refused("x86_64-unknown-linux-musl", "x86_64-unknown-linux-mussl"), ["R2060"]);
    assert_eq!(refused("root-keys", "threshold = 0\nroot-keys"), ["R1117"]);
    assert_eq!(refused("root-keys", "threshold = 2\nroot-keys"), ["R1117"]);
    assert_eq!(refused("roots = [", "roots = [] # ["), ["R2058"]);
    assert_eq!(refused("[bundle]", "[bunlde]"), ["R2057"]);
}

#[test]
fn problems_have_places_and_advice() {
    let text = APP.replace("[bundle]", "[bunlde]").replace("version = \"0.1.0\"", "version = \"0.1\"");
    let problems = AppManifest::parse(FILE, text.as_bytes()).unwrap_err();
    assert_eq!(codes(&problems), ["R2060", "R2057"]);
    let mut map = SourceMap::new();
    assert_eq!(map.add(document_file("raya.toml", text.as_bytes())), FILE);
    let places: Vec<_> =
        problems.iter().map(|problem| map.slice(problem.primary.as_ref().unwrap().span)).collect();
    assert_eq!(places, ["\"0.1\"", "bunlde"]);
    assert_eq!(problems[1].help[0].message, "did you mean `bundle`?");
    assert_eq!(problems[1].help[0].edit.as_ref().unwrap().replacement, "bundle");
    let position = map.file(FILE).position(problems[0].primary.as_ref().unwrap().span.start);
    assert_eq!((position.line, position.column), (4, 11));
}

#[test]
fn characters_that_cannot_be_seen_and_documents_that_are_no_text() {
    assert_eq!(app(&format!("\u{feff}{APP}")), ["R2052"]);
    assert_eq!(app(&APP.replace("login", "log\0in")), ["R2053"]);
    assert_eq!(app(&APP.replace("login", "log\\u0000in")), ["R2053"]);
    assert_eq!(app(&APP.replace("login", "log\\u202ein")), ["R2053"]);
    assert_eq!(app(&APP.replace("[app]", "[app] # \u{202e}")), ["R2053"]);
    assert_eq!(app(&APP.replace("[app]", "[app] # \u{200b}")), ["R2053"]);
    assert_eq!(app(&APP.replace("[app]", "[app]\r[x]")), ["R2053"]);
    assert!(app(&APP.replace('\n', "\r\n")).is_empty());
    assert_eq!(codes(&AppManifest::parse(FILE, b"\xff\xfe").unwrap_err()), ["R2051"]);
    assert_eq!(codes(&AppManifest::parse(FILE, &vec![b'#'; (1 << 20) + 1]).unwrap_err()), ["R2050"]);
    assert_eq!(codes(&AppManifest::parse(FILE, &vec![b'#'; 1 << 20]).unwrap_err()), ["R2058"]);
}

#[test]
fn nesting_is_limited_however_it_is_spelled() {
    let deep = 100_000;
    for text in [
        format!("a = {}", "[".repeat(deep)),
        format!("a = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("a = {}", "{ a = ".repeat(deep)),
        format!("a{} = 1", ".a".repeat(deep)),
        format!("[a{}]", ".a".repeat(deep)),
    ] {
        assert_eq!(app(&text), ["R2056"]);
    }
}

#[test]
fn too_many_rows_and_too_many_problems() {
    let folders = vec!["\"a\""; 4097].join(", ");
    let text = APP.replace("[\"stubs\"]", &format!("[{folders}]"));
    assert_eq!(app(&text), ["R2064"]);
    let keys: String = (0..1000).map(|number| format!("key{number} = 1\n")).collect();
    assert_eq!(app(&format!("{keys}{APP}")).len(), 50);
}

#[test]
fn a_module_manifest_is_written_and_read_back() {
    let mut module = manifest();
    module.payloads = vec![
        Payload {
            kind: PayloadKind::Static,
            triple: Some(Triple::X86_64_LINUX_MUSL),
            size: 10,
            digest: Digest::of(b"a"),
            packed_size: 5,
            packed_digest: Digest::of(b"b"),
        },
        Payload {
            kind: PayloadKind::Sbom,
            triple: None,
            size: 1,
            digest: Digest::of(b"c"),
            packed_size: 2,
            packed_digest: Digest::of(b"d"),
        },
    ];
    module.payloads.sort_by_key(Payload::path);
    let text = module.to_text();
    assert!(text.starts_with("schema = \"raya.module/1\"\nname = \"crypto\"\n"));
    assert_eq!(ModuleManifest::parse(FILE, text.as_bytes()).unwrap(), module);
    assert_eq!(module.abi_version(), 0x0001_0000);
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        codes(&ModuleManifest::parse(FILE, text.replacen(from, to, 1).as_bytes()).unwrap_err())
    };
    assert_eq!(refused("raya.module/1", "raya.module/2"), ["R2063"]);
    assert_eq!(refused("epoch = 3", "epoch = -3"), ["R2060"]);
    assert_eq!(refused("epoch = 3", "epoch = 9223372036854775808"), ["R2060"]);
    assert_eq!(refused("epoch = 3", "epoch = nan"), ["R2059"]);
    assert_eq!(refused("epoch = 3", "epoch = 3.0"), ["R2059"]);
    assert_eq!(refused("abi = \"1.0.0\"", "abi = \"1.256.0\""), ["R2060"]);
    assert_eq!(refused("[\"m\"]", "[\"-Wl,x\"]"), ["R2060"]);
    assert_eq!(refused("[\"m\"]", "[\"../libm.a\"]"), ["R2060"]);
    assert_eq!(refused("kind = \"static\"", "kind = \"shared\""), ["R2060"]);
    assert_eq!(refused("triple = \"x86_64-unknown-linux-musl\"\n", ""), ["R2060"]);
    assert_eq!(refused("path = \"lib/", "path = \"../lib/"), ["R2060"]);
    assert_eq!(refused("sha256 = \"", "sha256 = \"x"), ["R2060"]);
    let row = &text[text.find("[[payload]]").unwrap()..text.rfind("[[payload]]").unwrap()];
    assert_eq!(
        codes(&ModuleManifest::parse(FILE, format!("{text}{row}").as_bytes()).unwrap_err()),
        ["R2061"]
    );
}

#[test]
fn a_builder_manifest_is_read() {
    let manifest = BuilderManifest::parse(FILE, BUILDER.as_bytes()).unwrap();
    assert_eq!(manifest.language, Language::Cxx);
    assert_eq!(manifest.defines[1].value.as_deref(), Some("3"));
    assert_eq!(manifest.capabilities, [Capability::Randomness]);
    let rust =
        "[module]\nname = \"fs\"\nversion = \"1.0.0\"\nlanguage = \"rust\"\n[build]\ncargo-package = \".\"\n";
    assert_eq!(BuilderManifest::parse(FILE, rust.as_bytes()).unwrap().cargo_package.unwrap().as_str(), ".");
    let refused = |from: &str, to: &str| {
        assert!(BUILDER.contains(from), "{from}");
        codes(&BuilderManifest::parse(FILE, BUILDER.replacen(from, to, 1).as_bytes()).unwrap_err())
    };
    assert_eq!(refused("c++17", "c17"), ["R2060"]);
    assert_eq!(refused("\"NDEBUG\"", "\"-DNDEBUG\""), ["R2060"]);
    assert_eq!(refused("sources = [\"crypto.cpp\"]", ""), ["R2060"]);
    assert_eq!(refused("language = \"c++\"", "language = \"cpp\""), ["R2060"]);
    assert_eq!(refused("language = \"c++\"", "language = \"rust\""), ["R2060"]);
    assert_eq!(refused("[build]", "[built]"), ["R2060", "R2057"]);
}

#[test]
fn a_bundle_manifest_is_written_and_read_back() {
    let mut bundle = BundleManifest {
        app: AppName::new("login").unwrap(),
        version: version("0.1.0"),
        tool: "raya 0.1.0".to_owned(),
        target: Triple::X86_64_LINUX_MUSL,
        mode: Mode::Dev,
        policy: Some(LockedPolicy { version: 3, digest: Digest::of(b"p") }),
        program: Digest::of(b"program"),
        modules: vec![BundledModule {
            name: name("add"),
            version: version("1.0.0"),
            epoch: 0,
            linkage: Linkage::Static,
            manifest: Some(Digest::of(b"m")),
            payload: Digest::of(b"a"),
            size: 1234,
            signers: vec![],
            capabilities: vec![Capability::Clock],
            isolation: Isolation::Inline,
        }],
    };
    let text = bundle.to_text();
    assert_eq!(BundleManifest::parse(FILE, text.as_bytes()).unwrap(), bundle);
    assert!(bundle.modules[0].is_unsigned());
    bundle.mode = Mode::Locked;
    assert_eq!(codes(&BundleManifest::parse(FILE, bundle.to_text().as_bytes()).unwrap_err()), ["R2060"]);
    bundle.modules[0].signers = vec![key(1).public().digest()];
    assert_eq!(BundleManifest::parse(FILE, bundle.to_text().as_bytes()).unwrap(), bundle);
}

proptest::proptest! {
    // Integration tests have no place for proptest's regression files.
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn readers_never_panic_and_point_into_the_text(text in "\\PC{0,200}") {
        readers_hold_up(&text)?;
    }

    #[test]
    fn changed_documents_never_panic(at in 0_usize..10_000, length in 0_usize..20, with in "\\PC{0,20}", which in 0_u8..4) {
        let document = match which {
            0 => APP.to_owned(),
            1 => BUILDER.to_owned(),
            2 => common::policy().to_text(),
            _ => manifest().to_text(),
        };
        let start = (0..=at % document.len()).rev().find(|at| document.is_char_boundary(*at)).unwrap_or(0);
        let end = (start + length).min(document.len());
        let end = (end..=document.len()).find(|at| document.is_char_boundary(*at)).unwrap_or(document.len());
        let mut changed = document;
        changed.replace_range(start..end, &with);
        readers_hold_up(&changed)?;
    }

    #[test]
    fn descriptors_survive_writing(descriptor in "[ -~é漢\n\t]{0,60}") {
        let mut module = manifest();
        module.descriptor = descriptor;
        let read = ModuleManifest::parse(FILE, module.to_text().as_bytes()).unwrap();
        proptest::prop_assert_eq!(read, module);
    }
}

fn readers_hold_up(text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
    let bytes = text.as_bytes();
    let problems = [
        AppManifest::parse(FILE, bytes).err(),
        BuilderManifest::parse(FILE, bytes).err(),
        ModuleManifest::parse(FILE, bytes).err(),
        TrustPolicy::parse(FILE, bytes).err(),
        Lockfile::parse(FILE, bytes).err(),
        BundleManifest::parse(FILE, bytes).err(),
    ];
    for problem in problems.into_iter().flatten().flatten() {
        if let Some(label) = problem.primary {
            let range = label.span.start as usize..label.span.end as usize;
            proptest::prop_assert!(text.get(range).is_some(), "{:?} in {:?}", label.span, text);
        }
        proptest::prop_assert!(raya_signing::is_terminal_safe(&problem.message), "{:?}", problem.message);
    }
    Ok(())
}
