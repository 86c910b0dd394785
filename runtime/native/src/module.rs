//! A module from its handle to its functions: checked, bound, initialised, read.

use core::cell::{Cell, RefCell};
use core::ffi::{CStr, c_char, c_void};

use raya_abi::api::{RayaExceptionReader, RayaFunctionDescriptor, RayaModule, RayaNativeFunction};
use raya_abi::limits::PARAMETERS_MAX;
use raya_abi::version::{ABI_VERSION, abi_compatible};

use crate::error::LoadError;
use crate::guard;
use crate::table::TABLE;
use crate::typed::TypedEntry;

/// Functions of one module, at most.
const FUNCTIONS_MAX: usize = 65_535;
/// Bytes of a name or version that a module passes, at most.
const TEXT_MAX: usize = 4096;

/// What a module may do beyond computing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capabilities {
    /// Nothing was restricted.
    All,
    /// These, as its manifest spells them.
    Only(Vec<String>),
}

impl Capabilities {
    /// Whether `name` is among them.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Capabilities::All => true,
            Capabilities::Only(names) => names.iter().any(|known| known == name),
        }
    }
}

/// A module whose code is in memory and has not run.
#[derive(Clone, Debug)]
pub struct ModuleHandle {
    /// Its name.
    pub name: String,
    /// The version its manifest declares, if one came with it.
    pub version: Option<String>,
    /// The major version that the app declares for it, if it does.
    pub required_major: Option<u32>,
    /// Address of `raya_module_bind_NAME`.
    pub bind: *const c_void,
    /// Address of `raya_module_init_NAME`.
    pub init: *const c_void,
    /// ABI version from its note.
    pub abi_version: u32,
    /// Whether calls need the guard.
    pub may_unwind: bool,
    /// What it was granted.
    pub capabilities: Capabilities,
}

/// A function as the module registered it.
pub(crate) struct ModuleFunction {
    pub(crate) name: String,
    pub(crate) code: RayaNativeFunction,
    pub(crate) arity: usize,
    pub(crate) typed: Option<TypedEntry>,
}

/// What a module says of itself when it is initialised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its version.
    pub version: String,
    /// Its functions with their numbers of parameters, in its order.
    pub functions: Vec<(String, usize)>,
}

/// A module that is ready.
pub(crate) struct Module {
    pub(crate) name: String,
    version: String,
    pub(crate) functions: Vec<ModuleFunction>,
    pub(crate) reader: Option<RayaExceptionReader>,
    pub(crate) may_unwind: bool,
    pub(crate) capabilities: Capabilities,
}

thread_local! {
    /// What the module that is starting on this thread tells about itself.
    static STARTING: Starting = const {
        Starting { reader: Cell::new(None), faults: RefCell::new(Vec::new()), typed: RefCell::new(Vec::new()) }
    };
}

struct Starting {
    reader: Cell<Option<RayaExceptionReader>>,
    faults: RefCell<Vec<String>>,
    typed: RefCell<Vec<(String, TypedEntry)>>,
}

/// Notes the typed entry of a function of the module that is being built.
pub(crate) fn add_typed_entry(function: String, entry: TypedEntry) {
    STARTING.with(|starting| starting.typed.borrow_mut().push((function, entry)));
}

/// Notes how the exceptions of the module that is being bound are read.
pub(crate) fn set_reader(reader: Option<RayaExceptionReader>) {
    STARTING.with(|starting| starting.reader.set(reader));
}

/// Notes what is wrong with the module that is being built.
pub(crate) fn add_fault(fault: String) {
    STARTING.with(|starting| starting.faults.borrow_mut().push(fault));
}

/// Runs a module's bind and init functions, after what can be checked before.
///
/// # Safety
///
/// `bind` and `init` of the handle are those functions of a module whose note carries its `abi_version`, and stay loaded.
pub(crate) unsafe fn start(handle: &ModuleHandle) -> Result<Module, LoadError> {
    if !abi_compatible(handle.abi_version, ABI_VERSION) {
        return Err(LoadError::Abi {
            module: handle.name.clone(),
            found: handle.abi_version,
            host: ABI_VERSION,
        });
    }
    set_reader(None);
    let _ = (take_faults(), take_typed());
    // SAFETY: as the caller promises: bind takes the table, init takes nothing; the rest of the words is ignored.
    let made = unsafe {
        let table = (&raw const TABLE).cast_mut().cast();
        guarded(handle, handle.bind, table)?;
        guarded(handle, handle.init, core::ptr::null_mut())?.cast::<RayaModule>()
    };
    let mut faults = take_faults();
    if made.is_null() {
        if faults.is_empty() {
            faults.push("its init function gave no module".to_owned());
        }
        return Err(LoadError::Invalid { module: handle.name.clone(), faults });
    }
    // SAFETY: what init gives is a module that lives as long as the program.
    let module = unsafe { &*made };
    let (version, mut functions) = read(handle, module, &mut faults);
    for (name, entry) in take_typed() {
        match functions.iter_mut().find(|function| function.name == name) {
            Some(function) if function.arity == entry.arity() => function.typed = Some(entry),
            Some(function) => faults.push(format!(
                "function '{name}' has {} parameters, its typed entry has {}",
                function.arity,
                entry.arity()
            )),
            None => faults.push(format!("a typed entry was added for '{name}', which is no function of it")),
        }
    }
    if !faults.is_empty() {
        return Err(LoadError::Invalid { module: handle.name.clone(), faults });
    }
    check_version(handle, module.abi_version, &version)?;
    Ok(Module {
        name: handle.name.clone(),
        version,
        functions,
        reader: STARTING.with(|starting| starting.reader.take()),
        may_unwind: handle.may_unwind,
        capabilities: handle.capabilities.clone(),
    })
}

/// What a module registers: for tools that ask a module in a process of its own.
///
/// # Safety
///
/// `bind` and `init` of the handle are those functions of a module whose note carries its `abi_version`, and stay loaded.
pub unsafe fn registered(handle: &ModuleHandle) -> Result<Registered, LoadError> {
    // SAFETY: as the caller promises.
    let module = unsafe { start(handle) }?;
    let functions = module.functions.into_iter().map(|function| (function.name, function.arity)).collect();
    Ok(Registered { version: module.version, functions })
}

fn take_typed() -> Vec<(String, TypedEntry)> {
    STARTING.with(|starting| core::mem::take(&mut *starting.typed.borrow_mut()))
}

fn take_faults() -> Vec<String> {
    STARTING.with(|starting| core::mem::take(&mut *starting.faults.borrow_mut()))
}

/// Calls bind or init.
///
/// # Safety
///
/// As for [`guard::call`].
unsafe fn guarded(
    handle: &ModuleHandle,
    code: *const c_void,
    word: *mut c_void,
) -> Result<*mut c_void, LoadError> {
    // SAFETY: as the caller promises.
    let outcome = unsafe { guard::call(code, word, core::ptr::null_mut(), 0) };
    if outcome.exception.is_null() {
        return Ok(outcome.value);
    }
    let reader = STARTING.with(|starting| starting.reader.get());
    // SAFETY: the guard just caught it; the reader is the one this module set when it was bound.
    let message = unsafe { guard::end(outcome.exception, reader) };
    Err(LoadError::Threw { module: handle.name.clone(), message })
}

/// Version and functions; what is wrong is added to `faults`.
fn read(
    handle: &ModuleHandle,
    module: &RayaModule,
    faults: &mut Vec<String>,
) -> (String, Vec<ModuleFunction>) {
    // SAFETY: texts of a module are null or NUL-terminated and live as long as it.
    let (name, version) = unsafe { (text(module.name), text(module.version)) };
    match &name {
        Some(name) if *name == handle.name => {}
        Some(name) => faults.push(format!("it calls itself '{name}'")),
        None => faults.push("its name is missing or no UTF-8".to_owned()),
    }
    let version = version.unwrap_or_default();
    if major_of(&version).is_none() {
        faults.push(format!("its version is '{version}', which is no version like 1.0.0"));
    }
    let mut functions: Vec<ModuleFunction> = Vec::new();
    if module.function_count > FUNCTIONS_MAX {
        faults.push(format!("it has {} functions, {FUNCTIONS_MAX} are allowed", module.function_count));
        return (version, functions);
    }
    if module.function_count > 0 && module.functions.is_null() {
        faults.push("its table of functions is missing".to_owned());
        return (version, functions);
    }
    for index in 0..module.function_count {
        // SAFETY: a module has as many entries as it says.
        let entry = unsafe { *module.functions.add(index) };
        match read_function(&entry, index) {
            Ok(function) if functions.iter().any(|known| known.name == function.name) => {
                faults.push(format!("function '{}' is registered twice", function.name));
            }
            Ok(function) => functions.push(function),
            Err(fault) => faults.push(fault),
        }
    }
    (version, functions)
}

fn read_function(entry: &RayaFunctionDescriptor, index: usize) -> Result<ModuleFunction, String> {
    // SAFETY: texts of a module are null or NUL-terminated and live as long as it.
    let Some(name) = (unsafe { text(entry.name) }).filter(|name| !name.is_empty()) else {
        return Err(format!("function {index} has no name, or one that is no UTF-8"));
    };
    let Some(code) = entry.func else { return Err(format!("function '{name}' has no code")) };
    if entry.arity > PARAMETERS_MAX {
        return Err(format!(
            "function '{name}' has {} parameters, {PARAMETERS_MAX} are allowed",
            entry.arity
        ));
    }
    Ok(ModuleFunction { name, code, arity: entry.arity, typed: None })
}

/// A text that a module passed, if it is UTF-8.
///
/// # Safety
///
/// `text` is null or NUL-terminated.
pub(crate) unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().ok().filter(|text| text.len() <= TEXT_MAX).map(str::to_owned)
}

/// The major version of `major.minor.patch`.
pub(crate) fn major_of(version: &str) -> Option<u32> {
    let core = version.split(['-', '+']).next()?;
    let mut parts = core.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
    let _ = (minor, patch);
    parts.next().is_none().then_some(major)
}

fn check_version(handle: &ModuleHandle, abi_version: u32, version: &str) -> Result<(), LoadError> {
    if !abi_compatible(abi_version, ABI_VERSION) {
        return Err(LoadError::Abi { module: handle.name.clone(), found: abi_version, host: ABI_VERSION });
    }
    let found = major_of(version);
    let declared = handle.version.as_deref().filter(|declared| major_of(declared) != found);
    let required = handle.required_major.filter(|required| Some(*required) != found);
    match (declared, required) {
        (Some(declared), _) => Err(LoadError::Version {
            module: handle.name.clone(),
            expected: declared.to_owned(),
            found: version.to_owned(),
        }),
        (None, Some(required)) => Err(LoadError::Version {
            module: handle.name.clone(),
            expected: format!("{required}.x.x"),
            found: version.to_owned(),
        }),
        (None, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_three_numbers() {
        assert_eq!(major_of("1.2.3"), Some(1));
        assert_eq!(major_of("12.0.0-beta.1+x"), Some(12));
        for bad in ["", "1", "1.2", "1.2.x", "1.2.3.4", "v1.0.0"] {
            assert_eq!(major_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn capabilities_are_compared_as_they_are_spelled() {
        assert!(Capabilities::All.has("files-read"));
        let some = Capabilities::Only(vec!["files-read".to_owned()]);
        assert!(some.has("files-read") && !some.has("files-write"));
    }
}
