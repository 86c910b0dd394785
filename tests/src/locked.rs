//! A signed app: keys, signed packages, and a signed policy that lists them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::command::{raya, succeed};

/// Everything a policy can grant; Rust's standard library wants most of it.
pub const ALL_CAPABILITIES: &str = "capabilities = [\"clock\", \"environment\", \"executable-memory\", \"files-read\", \
    \"files-write\", \"network\", \"processes\", \"randomness\", \"raw-syscalls\", \"terminal\", \"threads\"]\n\
    constructors = true\n";

/// A key pair.
#[derive(Clone, Debug)]
pub struct Key {
    /// The secret key's file.
    pub secret: PathBuf,
    /// The public key's file.
    pub public: PathBuf,
    /// The public key as policies spell it.
    pub text: String,
    /// Its SHA-256.
    pub digest: String,
}

impl Key {
    /// Makes `folder/name.key` and `folder/name.pub`, without a password.
    pub fn generate(folder: &Path, name: &str) -> Key {
        fs::create_dir_all(folder).expect("a folder for keys");
        let base = folder.join(name);
        succeed(raya(folder, ["key", "gen", "--no-password"]).arg(&base));
        Key::existing(folder, name).unwrap_or_else(|| panic!("{} was made", base.display()))
    }

    /// The pair that was made before under this name.
    pub fn existing(folder: &Path, name: &str) -> Option<Key> {
        let base = folder.join(name);
        let public = base.with_extension("pub");
        if !public.is_file() {
            return None;
        }
        let printed = succeed(raya(folder, ["key", "show"]).arg(&public)).stdout;
        let field = |wanted: &str| {
            let line = printed.lines().find_map(|line| line.strip_prefix(wanted));
            line.unwrap_or_else(|| panic!("{wanted:?} is missing in:\n{printed}")).trim().to_owned()
        };
        let (text, digest) = (field("key "), field("digest "));
        Some(Key { secret: base.with_extension("key"), public, text, digest })
    }
}

/// An app whose modules are signed, and listed by a signed policy that its manifest names.
#[derive(Debug)]
pub struct LockedApp {
    /// The app.
    pub app: App,
    /// Signs policies.
    pub root: Key,
    /// Signs modules.
    pub publisher: Key,
    /// Signs bundles.
    pub release: Key,
}

impl LockedApp {
    /// An app with this program and these packages, each signed and listed.
    pub fn new<'p>(program: &str, packages: impl IntoIterator<Item = &'p PathBuf>) -> LockedApp {
        let app = App::new(program);
        let keys = app.home().join("keys");
        let [root, publisher, release] =
            ["root", "publisher", "release"].map(|name| Key::generate(&keys, name));
        let locked = LockedApp { app, root, publisher, release };
        let mut rows = String::new();
        for package in packages {
            let copied = locked.app.copy("vendor", package);
            locked.sign(&copied, &locked.publisher);
            rows.push_str(&allow(&module_name(package), "*", ALL_CAPABILITIES));
        }
        locked.policy(&locked.policy_text("", &rows));
        locked.manifest("");
        locked
    }

    /// Writes `raya.toml`, which names the policy and pins its root; then `rest`.
    pub fn manifest(&self, rest: &str) {
        fs::copy(&self.root.public, self.app.path("root.pub")).expect("a key can be copied");
        let trust = format!(
            "[trust]\npolicy = \"raya-trust.toml\"\nroots = [\"{}\"]\nroot-keys = [\"root.pub\"]\n",
            self.root.digest
        );
        self.app.manifest(&format!("{trust}\n{rest}"));
    }

    /// The same with another root key.
    pub fn manifest_with_root(&self, root: &Key) {
        fs::copy(&root.public, self.app.path("other.pub")).expect("a key can be copied");
        self.app.manifest(&format!(
            "[trust]\npolicy = \"raya-trust.toml\"\nroots = [\"{}\"]\nroot-keys = [\"other.pub\"]\n",
            root.digest
        ));
    }

    /// The text of a policy with these rows. `head` may set `version`, `expires` or `mode`.
    pub fn policy_text(&self, head: &str, rows: &str) -> String {
        let mut text = String::from("schema = \"raya.trust/1\"\n");
        for (key, default) in [("version", "1"), ("expires", "2099-01-01T00:00:00Z"), ("mode", "\"locked\"")]
        {
            match head.lines().find(|line| line.starts_with(key)) {
                Some(line) => text.push_str(&format!("{line}\n")),
                None => text.push_str(&format!("{key} = {default}\n")),
            }
        }
        text.push_str(&format!("\n[root]\nthreshold = 1\nkeys = [\"{}\"]\n", self.root.text));
        let publisher = &self.publisher.text;
        text.push_str(&format!(
            "\n[[publisher]]\nname = \"acme\"\nthreshold = 1\nkeys = [\"{publisher}\"]\n"
        ));
        text + rows
    }

    /// Writes a policy and signs it with the root key.
    pub fn policy(&self, text: &str) {
        self.app.write("raya-trust.toml", text);
        // Signatures of an older text would be kept beside the new one.
        let _ = fs::remove_file(self.app.path("raya-trust.toml.minisig"));
        succeed(self.app.raya(["trust", "sign", "raya-trust.toml", "--key"]).arg(&self.root.secret));
    }

    /// Adds a key's signature to a package.
    pub fn sign(&self, package: &Path, key: &Key) {
        succeed(self.app.raya(["module", "sign"]).arg(package).arg("--key").arg(&key.secret));
    }

    /// Bundles locked and signed, with more arguments; it must succeed. Gives the image.
    pub fn bundle(&self, arguments: &[&str]) -> PathBuf {
        let secret = self.release.secret.to_string_lossy().into_owned();
        self.app.bundle(&[&["--locked", "--sign", &secret], arguments].concat())
    }
}

/// A row that allows a module of the publisher `acme`; `rest` adds keys.
pub fn allow(module: &str, versions: &str, rest: &str) -> String {
    format!("\n[[allow]]\nmodule = \"{module}\"\npublisher = \"acme\"\nversions = \"{versions}\"\n{rest}")
}

/// The module of a package called `NAME-VERSION.rmod`.
pub fn module_name(package: &Path) -> String {
    let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.split('-').next().unwrap_or_default().to_owned()
}
