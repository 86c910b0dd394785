//! Links the shared library and looks at it as the fallback will.

use raya_abi::names::{bind_symbol, init_symbol};
use raya_fallback::{Fallback, Inspected, SearchPath, Trust};
use raya_manifests::Language;
use raya_signing::KeySet;
use raya_source::Diagnostic;
use raya_toolchain::{SharedLink, Toolchain, Visibility};

use crate::compile::{Raw, file_error};
use crate::recipe::Recipe;

/// The shared library, checked: what the fallback would refuse is refused here, where its author can mend it.
pub(crate) fn link(recipe: &Recipe, toolchain: &Toolchain, raw: &Raw) -> Result<Inspected, Vec<Diagnostic>> {
    let name = recipe.manifest.name.as_str();
    let path = match &raw.shared {
        Some(path) => path.clone(),
        None => link_objects(recipe, toolchain, raw)?,
    };
    let bytes = std::fs::read(&path).map_err(|error| file_error(&path, error))?;
    let fallback = Fallback {
        search: SearchPath::default(),
        trust: Trust::Signed { keys: KeySet::new() },
        allowed_needed: recipe.manifest.needed.clone(),
    };
    let stub = recipe.stub.as_ref().map(|stub| stub.text.clone());
    fallback.from_package(name, &path, &bytes, stub).map_err(|error| vec![error.into()])
}

fn link_objects(
    recipe: &Recipe,
    toolchain: &Toolchain,
    raw: &Raw,
) -> Result<std::path::PathBuf, Vec<Diagnostic>> {
    let name = recipe.manifest.name.as_str();
    let output = recipe.work.join(format!("lib{name}.so"));
    crate::work::clear(&output)?;
    let language = match recipe.manifest.language {
        Language::Cxx => raya_toolchain::Language::Cpp,
        Language::C | Language::Rust => raya_toolchain::Language::C,
    };
    let mut inputs = raw.objects.clone();
    inputs.extend(raw.libraries.iter().cloned());
    let link = SharedLink {
        language,
        inputs: &inputs,
        system_libraries: &recipe.system_libraries(),
        visibility: Visibility::Only(&[bind_symbol(name), init_symbol(name)]),
        flags: &[],
        output: &output,
    };
    toolchain.link_shared(&link).map_err(|error| vec![error.into()])?;
    Ok(output)
}
