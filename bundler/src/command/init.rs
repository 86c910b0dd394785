//! `raya init`: a project that runs, is tested and can be bundled as it is.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use raya_manifests::AppName;
use raya_source::Diagnostic;

use super::{EXIT_USAGE, Failure, Outcome};
use crate::app::MANIFEST_NAME;
use crate::arguments::InitArguments;
use crate::codes::{PROJECT_EXISTS, USAGE};
use crate::host;

/// Access rights of the files.
const FILE_MODE: u32 = 0o644;
/// The project's files but for its manifest: path and contents, in which `NAME` stands for the app's name.
const FILES: [(&str, &str); 4] = [
    ("src/main.raya", include_str!("init/main.raya")),
    ("src/greeting.raya", include_str!("init/greeting.raya")),
    ("tests/greeting.test.raya", include_str!("init/greeting.test.raya")),
    (".gitignore", include_str!("init/gitignore")),
];
const MANIFEST: &str = include_str!("init/raya.toml");

pub(super) fn run(arguments: &InitArguments) -> Outcome {
    let name = name(arguments)?;
    let folder = &arguments.folder;
    let files: Vec<(PathBuf, String)> = std::iter::once((MANIFEST_NAME, MANIFEST))
        .chain(FILES)
        .map(|(path, text)| (folder.join(path), text.replace("NAME", name.as_str())))
        .collect();
    let taken: Vec<&Path> =
        files.iter().map(|(path, _)| path.as_path()).filter(|path| host::exists(path)).collect();
    if !taken.is_empty() {
        return Err(taken.into_iter().map(already_there).collect::<Vec<_>>().into());
    }
    for (path, text) in &files {
        if let Some(parent) = path.parent() {
            host::make_folder(parent)?;
        }
        host::write_file(path, text.as_bytes(), FILE_MODE)?;
        host::print(&format!("made {}\n", host::plain(path)))?;
    }
    let place = if folder == Path::new(".") { "this folder".into() } else { host::shown(folder) };
    host::print(&format!(
        "\nIn {place}:\n  raya run       runs it\n  raya test      runs its tests\n  raya bundle    makes one executable, `{}`\n",
        name.as_str()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn already_there(path: &Path) -> Diagnostic {
    Diagnostic::error(PROJECT_EXISTS, format!("expected no {} yet, found one", host::shown(path)))
        .with_note("nothing was written")
        .with_help("choose a folder without a project: `raya init DIR`")
}

/// The name that was given, or the folder's with what a name may not hold replaced.
fn name(arguments: &InitArguments) -> Result<AppName, Failure> {
    if let Some(name) = &arguments.name {
        return AppName::new(name).ok_or_else(|| {
            let message = format!(
                "expected an app name: at most 63 ASCII letters, digits, `.`, `_` and `-`, and no device name; found `{}`",
                raya_signing::escape_for_terminal(name)
            );
            Failure { code: EXIT_USAGE, ..Diagnostic::error(USAGE, message).into() }
        });
    }
    let folder = host::absolute(&arguments.folder);
    let text = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(name_like(&text))
}

/// The nearest name that an app may have; `app` where there is none.
fn name_like(text: &str) -> AppName {
    let clean: String = text
        .chars()
        .map(|one| if one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '-') { one } else { '-' })
        .take(60)
        .collect();
    let clean = clean.trim_matches(['-', '.', '_']);
    AppName::new(clean).or_else(|| AppName::new("app")).expect("`app` is a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_names_that_apps_may_have() {
        for (folder, name) in [
            ("sums", "sums"),
            ("My App", "My-App"),
            (".hidden.", "hidden"),
            ("con", "app"),
            ("日本", "app"),
            ("", "app"),
        ] {
            assert_eq!(name_like(folder).as_str(), name);
        }
    }
}
