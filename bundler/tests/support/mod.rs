//! Compiles the fixtures of `tests/fixtures/link`, and makes runtime packs around a small launcher.

use raya_bundler::pack::{CXX_NAMES, INTERFACE_NAMES, LAUNCH_ARCHIVE, SYSTEM_NAMES};
use raya_packs::{
    ArchiveWriter, Machine, Pack, PackBuilder, Policy, Renaming, SystemNames, compact, exports,
};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";
pub(crate) const GNU: &str = "x86_64-unknown-linux-gnu";

/// Compiled fixtures, and the packs that they are linked with.
pub(crate) struct Fixtures {
    folder: tempfile::TempDir,
    packs: BTreeMap<&'static str, Pack>,
}

impl Fixtures {
    /// With a musl pack; nothing where the musl target of the toolchain is not installed.
    pub(crate) fn for_musl() -> Option<Self> {
        let mut fixtures = Fixtures { folder: tempfile::tempdir().unwrap(), packs: BTreeMap::new() };
        let pack = fixtures.musl_pack()?;
        fixtures.packs.insert(MUSL, pack);
        Some(fixtures)
    }

    /// With a musl pack that has the C++ library; nothing where `cargo xtask pack` was not run.
    pub(crate) fn for_musl_cxx() -> Option<Self> {
        let fixtures = Self::for_musl()?;
        let zig = Command::new("python3").args(["-m", "ziglang", "version"]).output();
        let ready =
            zig.is_ok_and(|output| output.status.success()) && fixtures.pack(MUSL).contains("libc++.a");
        if !ready {
            eprintln!("skipped: run `cargo xtask setup` and `cargo xtask pack` first");
        }
        ready.then_some(fixtures)
    }

    /// With a glibc pack; nothing where the machine's compiler has no static glibc.
    pub(crate) fn for_gnu() -> Option<Self> {
        let mut fixtures = Fixtures { folder: tempfile::tempdir().unwrap(), packs: BTreeMap::new() };
        let Ok(bytes) = std::fs::read(built_pack(GNU)) else {
            eprintln!("skipped: run `cargo xtask pack --target {GNU}` first");
            return None;
        };
        let built = Pack::open(bytes).unwrap();
        let pack = fixtures.pack_around_launcher(GNU, &built, &[]);
        fixtures.packs.insert(GNU, pack);
        Some(fixtures)
    }

    pub(crate) fn pack(&self, target: &str) -> &Pack {
        &self.packs[target]
    }

    fn musl_pack(&self) -> Option<Pack> {
        if let Ok(bytes) = std::fs::read(built_pack(MUSL)) {
            let built = Pack::open(bytes).unwrap();
            return Some(self.pack_around_launcher(MUSL, &built, &[]));
        }
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
        let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout).ok()?.trim());
        let folder = sysroot.join("lib/rustlib").join(MUSL).join("lib/self-contained");
        if !folder.exists() {
            eprintln!("skipped: the toolchain has no target {MUSL}");
            return None;
        }
        let empty = Pack::open(PackBuilder::new().clone().finish(1).unwrap()).unwrap();
        let mut files = vec![];
        for name in ["rcrt1.o", "crti.o", "crtbeginS.o", "crtendS.o", "crtn.o", "libunwind.a", "libc.a"] {
            files.push((name.to_owned(), std::fs::read(folder.join(name)).unwrap()));
        }
        let (mut system, mut libraries) = (vec![], vec![]);
        for (name, bytes) in files.iter_mut().filter(|(name, _)| name.ends_with(".a")) {
            *bytes = compact(bytes, Machine::X86_64, &|_| true).unwrap();
            system.extend(exports(bytes, Machine::X86_64).unwrap());
            libraries.push(name.clone());
        }
        files.push((SYSTEM_NAMES.into(), SystemNames::from_names(system).to_lines()));
        files.push((CXX_NAMES.into(), vec![]));
        Some(self.pack_around_launcher(MUSL, &empty, &files))
    }

    /// The files of `built`, and `more`, with the test launcher instead of the real one.
    fn pack_around_launcher(&self, target: &str, built: &Pack, more: &[(String, Vec<u8>)]) -> Pack {
        let source = std::fs::read_to_string(source_folder().join("launch.c")).unwrap();
        let launcher = archive(&[("launch.o", self.compile("cc", "launch.c", &source, &[]))]);
        let keep = |name: &[u8]| name == b"main" || name.starts_with(b"raya_");
        let policy = Policy::Trusted;
        let renaming = Renaming {
            machine: Machine::X86_64,
            prefix: "raya_launch_",
            keep: &keep,
            policy,
            keep_local_names: false,
        };
        let launcher = raya_packs::rename(&[&launcher], &renaming).unwrap();
        let mut builder = PackBuilder::new();
        for (name, _, _) in built.files() {
            builder.file(name, built.file(name).unwrap());
        }
        for (name, bytes) in more {
            builder.file(name.clone(), bytes.clone());
        }
        builder.file(LAUNCH_ARCHIVE, launcher.archive).file(INTERFACE_NAMES, b"raya_test_offered\n".to_vec());
        builder.metadata("triple", target);
        Pack::open(builder.finish(1).unwrap()).unwrap()
    }

    /// `collide.c` and `helper.c` as module `name` that returns `value`.
    pub(crate) fn colliding(&self, name: &str, value: u8) -> Vec<u8> {
        self.colliding_with(name, value, &[])
    }

    /// The same with an indirect function, which only glibc resolves.
    pub(crate) fn colliding_gnu(&self, name: &str, value: u8) -> Vec<u8> {
        self.colliding_with(name, value, &["-DINDIRECT"])
    }

    fn colliding_with(&self, name: &str, value: u8, options: &[&str]) -> Vec<u8> {
        let object = |file: &str| {
            let source = std::fs::read_to_string(source_folder().join(file)).unwrap();
            let defines = [format!("-DNAME={name}"), format!("-DVALUE={value}")];
            let options: Vec<&str> =
                options.iter().copied().chain(defines.iter().map(String::as_str)).collect();
            self.compile("cc", file, &source, &options)
        };
        archive(&[("collide.o", object("collide.c")), ("helper.o", object("helper.c"))])
    }

    /// `throwing.cpp` for musl.
    pub(crate) fn cxx(&self, name: &str, value: u8) -> Vec<u8> {
        let zig = ["-m", "ziglang", "c++", "-target", "x86_64-linux-musl", "-g0", "-fno-sanitize=all"];
        self.throwing("python3", name, value, &zig)
    }

    /// `throwing.cpp` for glibc.
    pub(crate) fn cxx_gnu(&self, name: &str, value: u8) -> Vec<u8> {
        self.throwing("c++", name, value, &[])
    }

    fn throwing(&self, compiler: &str, name: &str, value: u8, first: &[&str]) -> Vec<u8> {
        let source = std::fs::read_to_string(source_folder().join("throwing.cpp")).unwrap();
        let defines = [format!("-DNAME={name}"), format!("-DVALUE={value}")];
        let options: Vec<&str> = first.iter().copied().chain(defines.iter().map(String::as_str)).collect();
        archive(&[("throwing.o", self.compile(compiler, "throwing.cpp", &source, &options))])
    }

    /// An archive of one C source, whose member is `NAME.o`.
    pub(crate) fn c_source(&self, name: &str, source: &str) -> Vec<u8> {
        self.c_with(name, source, &[])
    }

    pub(crate) fn c_with(&self, name: &str, source: &str, options: &[&str]) -> Vec<u8> {
        archive(&[(&format!("{name}.o"), self.compile("cc", "source.c", source, options))])
    }

    /// `rusty.rs` for musl.
    pub(crate) fn rust(&self, name: &str, value: u8) -> Vec<u8> {
        self.rustc(name, value, &[])
    }

    pub(crate) fn rust_abort(&self, name: &str) -> Vec<u8> {
        self.rustc(name, 1, &["-Cpanic=abort"])
    }

    fn rustc(&self, name: &str, value: u8, options: &[&str]) -> Vec<u8> {
        let output = self.folder.path().join(format!("{name}.a"));
        let status = Command::new("rustc")
            .args([
                "--edition=2024",
                "--crate-type=staticlib",
                "-O",
                "--target",
                MUSL,
                "--crate-name",
                name,
                "-o",
            ])
            .arg(&output)
            .args(options)
            .arg(source_folder().join("rusty.rs"))
            .env("NAME", name)
            .env("VALUE", value.to_string())
            .status()
            .unwrap();
        assert!(status.success());
        std::fs::read(output).unwrap()
    }

    fn compile(&self, compiler: &str, file: &str, source: &str, options: &[&str]) -> Vec<u8> {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        let (input, output) = (folder.path().join(file), folder.path().join("out.o"));
        std::fs::write(&input, source).unwrap();
        let status = Command::new(compiler)
            .args(options)
            .args(["-c", "-O1", "-fPIC", "-I"])
            .arg(source_folder())
            .arg(&input)
            .arg("-o")
            .arg(&output)
            .status()
            .unwrap();
        assert!(status.success(), "{compiler} {file}");
        std::fs::read(output).unwrap()
    }

    /// Runs an image without environment and gives its exit code.
    pub(crate) fn run(&self, image: &[u8]) -> i32 {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        let path = folder.path().join("image");
        std::fs::write(&path, image).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        // A fork of another test may still hold the file open for writing.
        let status = loop {
            match Command::new(&path).env_clear().status() {
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {}
                status => break status.unwrap(),
            }
        };
        status.code().unwrap_or_else(|| panic!("{status}"))
    }
}

/// Name, kind, bytes, link, information and size of an entry of a section.
type SectionRow<'a> = (u32, u32, &'a [u8], u32, u32, u64);

/// An object of `symbols` weak undefined symbols whose names are one text of `name_bytes` bytes.
pub(crate) fn object_with_shared_name(name_bytes: usize, symbols: usize) -> Vec<u8> {
    let section_names = b"\0.symtab\0.strtab\0.shstrtab\0";
    let symbol = |name: u32, info: u8| [&name.to_le_bytes()[..], &[info], &[0; 19]].concat();
    let table = [symbol(0, 0), symbol(1, 0x20).repeat(symbols)].concat();
    let names = [&[0][..], vec![b'S'; name_bytes].as_slice(), &[0]].concat();
    let mut bytes = vec![0; 64];
    let mut headers = vec![0; 64];
    let sections: [SectionRow<'_>; 3] =
        [(1, 2, &table, 2, 1, 24), (9, 3, &names, 0, 0, 0), (17, 3, section_names, 0, 0, 0)];
    for (name, kind, data, link, info, entry_size) in sections {
        headers.extend([name, kind].iter().flat_map(|word| word.to_le_bytes()));
        let place = [0, 0, bytes.len() as u64, data.len() as u64];
        headers.extend(place.iter().flat_map(|word| word.to_le_bytes()));
        headers.extend([link, info].iter().flat_map(|word| word.to_le_bytes()));
        headers.extend([8, entry_size].iter().flat_map(|word: &u64| word.to_le_bytes()));
        bytes.extend_from_slice(data);
    }
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    let start = bytes.len() as u64;
    bytes.extend(headers);
    bytes[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    let words: [u16; 3] = [1, 62, 1];
    bytes[16..22].copy_from_slice(&words.map(u16::to_le_bytes).concat());
    bytes[40..48].copy_from_slice(&start.to_le_bytes());
    let counts: [u16; 6] = [64, 0, 0, 64, 4, 3];
    bytes[52..64].copy_from_slice(&counts.map(u16::to_le_bytes).concat());
    bytes
}

pub(crate) fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ArchiveWriter::new();
    for (name, bytes) in members {
        writer.add(name.as_bytes(), bytes.clone(), vec![]);
    }
    writer.finish()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn source_folder() -> PathBuf {
    root().join("tests/fixtures/link")
}

fn built_pack(target: &str) -> PathBuf {
    root().join("target/packs").join(format!("{target}.pack"))
}
