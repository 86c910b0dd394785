//! The command line as it is typed. Nothing is looked up here: commands resolve these into requests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::pack;

/// One command that turns a Raya app and its native modules into one signed, statically linked executable.
#[derive(Parser, Debug)]
#[command(
    name = "raya",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 success · 1 the work failed, or the program ended with an uncaught error · 2 the program \
                  does not compile · 64 bad usage.\n\nStart with:\n  raya init app                make a project\n  \
                  raya run app.raya            run while developing\n  raya test                    run its tests\n  \
                  raya bundle app.raya -o app  make one executable\n  raya bundle --locked …       and let nothing in \
                  that is not signed and listed"
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a project: `raya.toml`, a program, a test.
    Init(InitArguments),
    /// Turn an app and its native modules into one executable.
    Bundle(BundleArguments),
    /// Run an app while developing it; native modules are loaded from the module path.
    Run(RunArguments),
    /// Run a piece of code that is given as text.
    Eval(EvalArguments),
    /// Run the tests of a project: `*.test.raya`, and what lies in folders named `tests`.
    Test(TestArguments),
    /// Check an app and report everything that is wrong with it.
    Check(CheckArguments),
    /// Check a bundle's signature and every byte it covers.
    #[command(
        after_help = "Exit codes, added up: 0 good · 1 corrupt: the image is not the one that was signed · 2 untrusted: \
                      signed, but not by this key · 4 anything else, such as an unreadable file."
    )]
    Verify(VerifyArguments),
    /// Show what a bundle is made of: modules, versions, digests, signers, sizes.
    Inspect(InspectArguments),
    /// Make and show signing keys (minisign's format).
    #[command(subcommand)]
    Key(KeyCommand),
    /// Build, sign and check native modules.
    #[command(subcommand)]
    Module(ModuleCommand),
    /// Sign a trust policy.
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Headers, the CMake package and the `raya-native` crate for module authors.
    Sdk(SdkArguments),
    /// Print a script that completes this command in a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// Arguments of `raya init`.
#[derive(Args, Debug)]
pub struct InitArguments {
    /// The project's folder; it is made when it does not exist.
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// The app's name [default: the folder's].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Arguments of `raya bundle`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  raya bundle app.raya -o app\n  raya bundle --locked app.raya -o app --sign release.key\n  \
                        raya bundle app.raya -o app --target x86_64-unknown-linux-gnu --dynamic crypto"
)]
pub struct BundleArguments {
    /// The app's entry file [default: the one that raya.toml in this folder names].
    #[arg(value_name = "APP.raya", value_hint = ValueHint::FilePath)]
    pub entry: Option<PathBuf>,
    /// Where to write the executable [default: the entry's name without `.raya`; the app's name without an entry file].
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// What the executable runs on [default: the manifest's, or x86_64-unknown-linux-musl].
    #[arg(long, value_name = "TRIPLE", value_parser = Listed::new(pack::embedded_targets()))]
    pub target: Option<String>,
    /// Admit only what is signed and on the policy's list, and make an image that cannot load anything.
    #[arg(long)]
    pub locked: bool,
    /// The trust policy, where the app's manifest does not name it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// A root key that must have signed the policy: a public key's file or text, or its SHA-256 where the app's manifest names
    /// the key's file. May be given several times, and then all must have signed. Stands instead of the manifest's roots.
    #[arg(long = "root", value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub roots: Vec<String>,
    /// Sign the image with this secret key; writes FILE.minisig beside it.
    #[arg(long, value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub sign: Option<PathBuf>,
    /// Leave this module to the fallback: it is loaded when the app runs. Needs a target that can load.
    #[arg(long = "dynamic", value_name = "NAME")]
    pub dynamic: Vec<String>,
    /// Link with this program instead of the linker inside `raya`: `cc`, or a path. Not for locked bundles.
    #[arg(long, value_name = "LINKER")]
    pub linker: Option<String>,
    /// Keep the symbol table, for profilers and debuggers; the image gets larger.
    #[arg(long)]
    pub keep_symbols: bool,
    /// Print one line for each phase with its time.
    #[arg(long)]
    pub time: bool,
    /// Make a bundle that collects garbage at every allocation: a test of the runtime.
    #[arg(long, hide = true)]
    pub gc_stress: bool,
}

/// Arguments of `raya run`.
#[derive(Args, Debug)]
pub struct RunArguments {
    /// The app's entry file [default: the one that raya.toml in this folder names], and after it the app's own arguments.
    // One list: what follows the file is the app's, whatever it looks like.
    #[arg(trailing_var_arg = true, value_names = ["APP.raya", "ARGUMENT"], value_hint = ValueHint::FilePath)]
    pub program: Vec<OsString>,
    /// Print the program's value as one line `=> JSON`.
    #[arg(long)]
    pub print_result: bool,
    /// Note a thousand times a second where the program is, and write it to FILE: a flame graph when it ends in `.svg`,
    /// folded stacks when it ends in `.folded`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub profile: Option<PathBuf>,
    /// The app is a file of the project in this folder: how `raya test` runs one.
    #[arg(long, hide = true, value_name = "DIR", requires = "program")]
    pub part_of: Option<PathBuf>,
    /// Collect garbage at every allocation: a test of the runtime.
    #[arg(long, hide = true)]
    pub gc_stress: bool,
}

impl RunArguments {
    /// The entry file.
    pub fn entry(&self) -> Option<&Path> {
        self.program.first().map(Path::new)
    }

    /// The app's own arguments; what is no UTF-8 in them is replaced.
    pub fn own(&self) -> impl Iterator<Item = String> + '_ {
        self.program.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned())
    }
}

/// Arguments of `raya eval`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  raya eval 'console.log(1 + 2)'\n  raya eval --print-result '[1, 2, 3].map((n) => n * n)'"
)]
pub struct EvalArguments {
    /// The code. Relative imports start at the working folder, whose raya.toml counts.
    #[arg(value_name = "CODE", allow_hyphen_values = true)]
    pub code: String,
    /// Arguments for the code.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    pub arguments: Vec<String>,
    /// Print the code's value as one line `=> JSON`: what it returns, or its last expression.
    #[arg(long)]
    pub print_result: bool,
}

/// Arguments of `raya test`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 all tests passed · 1 a test failed, or a file does not compile or run to its end · 64 bad \
                  usage."
)]
pub struct TestArguments {
    /// Test files, and folders to look for them in [default: this folder].
    #[arg(value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Run only tests whose name, suites included, contains this text.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Name the tests without running them.
    #[arg(long)]
    pub list: bool,
    /// Stop a test file that runs longer than this many seconds, and count it as failed.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// Show also what files print whose tests all pass.
    #[arg(long)]
    pub verbose: bool,
}

/// Arguments of `raya check`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 nothing is wrong · 1 the check could not be made · 2 there are errors · 64 bad usage."
)]
pub struct CheckArguments {
    /// Entry files; each is checked with all that it imports [default: the one that raya.toml in this folder names].
    #[arg(value_name = "APP.raya", value_hint = ValueHint::FilePath)]
    pub entries: Vec<PathBuf>,
    /// How to report: `human` on standard error, the others on standard output.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The same as `--format json`.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Treat warnings as errors.
    #[arg(long)]
    pub deny_warnings: bool,
    /// Print a form of the program instead: for working on the compiler.
    #[arg(long, value_enum, hide = true)]
    pub dump: Option<Dump>,
}

/// How problems are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text with the source, for people.
    Human,
    /// One JSON document; `docs/diagnostics.md` tells its schema.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
}

/// The forms a program has on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dump {
    /// The typed program.
    Typed,
    /// Blocks with typed registers.
    Ir,
    /// What the VM runs.
    Bytecode,
}

/// Arguments of `raya verify`.
#[derive(Args, Debug)]
pub struct VerifyArguments {
    /// The bundle.
    #[arg(value_name = "APP", value_hint = ValueHint::FilePath)]
    pub image: PathBuf,
    /// The public key that must have signed it: a file, or the key's text.
    #[arg(long, value_name = "KEY")]
    pub key: String,
    /// The signature [default: APP.minisig].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub signature: Option<PathBuf>,
}

/// Arguments of `raya inspect`.
#[derive(Args, Debug)]
pub struct InspectArguments {
    /// The bundle.
    #[arg(value_name = "APP", value_hint = ValueHint::FilePath)]
    pub image: PathBuf,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// `raya key …`
#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Make a key pair: NAME.key (secret, mode 0600) and NAME.pub.
    Gen {
        /// Path of the pair without an ending.
        #[arg(value_name = "NAME", value_hint = ValueHint::FilePath)]
        name: PathBuf,
        /// Store the secret key without a password.
        #[arg(long)]
        no_password: bool,
    },
    /// Show a key's id and digest. The digest is its identity: policies and manifests name it.
    Show {
        /// A public or secret key file.
        #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
        key: PathBuf,
    },
}

/// `raya module …`
#[derive(Subcommand, Debug)]
pub enum ModuleCommand {
    /// Build a module from `raya-module.toml`: a static archive and a shared library for each target.
    Build {
        /// The folder with `raya-module.toml`.
        #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// Where to write the package [default: FOLDER/NAME-VERSION.rmod].
        #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
        /// Build for this target only; may be given several times [default: those of the manifest].
        #[arg(
            long = "target",
            value_name = "TRIPLE",
            value_parser = Listed::new(raya_toolchain::Target::ALL.map(raya_toolchain::Target::triple))
        )]
        targets: Vec<String>,
    },
    /// Add a signature to a package, or write FILE.minisig beside a bare library.
    Sign {
        /// The package or library.
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The secret key.
        #[arg(long, value_name = "KEY", value_hint = ValueHint::FilePath)]
        key: PathBuf,
    },
    /// Check a package's signatures and every payload's digest, or FILE.minisig beside a bare library.
    Verify {
        /// The package or library.
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// A public key that must have signed it, file or text; may be given several times.
        #[arg(long = "key", value_name = "KEY", required = true)]
        keys: Vec<String>,
    },
}

/// `raya trust …`
#[derive(Subcommand, Debug)]
pub enum TrustCommand {
    /// Sign a policy with a root key: writes POLICY.minisig, or adds to it.
    Sign {
        /// The policy.
        #[arg(value_name = "POLICY", value_hint = ValueHint::FilePath)]
        policy: PathBuf,
        /// The secret root key.
        #[arg(long, value_name = "KEY", value_hint = ValueHint::FilePath)]
        key: PathBuf,
    },
}

/// Arguments of `raya sdk`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct SdkArguments {
    /// Print the flags a C or C++ compiler needs to find the installed headers.
    #[arg(long, value_name = "DIR", num_args = 0..=1, value_hint = ValueHint::DirPath)]
    pub cflags: Option<Option<PathBuf>>,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<SdkCommand>,
}

/// `raya sdk …`
#[derive(Subcommand, Debug)]
pub enum SdkCommand {
    /// Write headers, the CMake package and the `raya-native` crate to a folder.
    Install {
        /// The folder: headers go to DIR/include, the CMake package to DIR/lib/cmake, the crate to DIR/share/raya.
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
}

/// A text of which shells and `--help` know the values. Others are let through: what is wrong with them is reported with a code.
#[derive(Clone)]
struct Listed(Vec<&'static str>);

impl Listed {
    fn new(values: impl IntoIterator<Item = &'static str>) -> Listed {
        Listed(values.into_iter().collect())
    }
}

impl TypedValueParser for Listed {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn shells_know_the_targets() {
        let mut script = vec![];
        clap_complete::generate(clap_complete::Shell::Bash, &mut Arguments::command(), "raya", &mut script);
        let script = String::from_utf8(script).unwrap();
        assert!(
            script.contains("x86_64-unknown-linux-gnu aarch64-unknown-linux-musl")
                || script.contains("aarch64-unknown-linux-musl x86_64-unknown-linux-gnu"),
            "{script}"
        );
        // Others reach the command, whose report has a code.
        assert!(Arguments::try_parse_from(["raya", "bundle", "a.raya", "--target", "vax"]).is_ok());
    }
}
