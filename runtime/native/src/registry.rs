//! Which native function a program's call reaches: modules are found, started and resolved when first called.

use core::cell::RefCell;
use core::ffi::c_void;

use raya_abi::{RuntimeType, RuntimeTypeId};
use raya_bytecode::Verified;
use raya_bytecode::program::Native;
use raya_vm::Value;
use raya_vm::{Arguments, NativeEntry, Vm};
use raya_vm::{ErrorKind, Thrown};

use crate::call::{self, BoundFunction};
use crate::error::LoadError;
use crate::kept::Kept;
use crate::module::{self, Module, ModuleHandle};
use crate::typed;

/// Finds modules.
pub trait ModuleProvider {
    /// The module called `name`, its code in memory but not run; `None` if this provider does not have it.
    ///
    /// # Errors
    ///
    /// When it has the module and refuses it.
    fn find(&mut self, name: &str) -> Result<Option<ModuleHandle>, LoadError>;
}

/// The native modules of one running program.
pub struct Boundary {
    providers: RefCell<Vec<Box<dyn ModuleProvider>>>,
    /// Modules that were asked for, with what came of it.
    modules: RefCell<Vec<(String, Result<&'static Module, LoadError>)>>,
    pub(crate) kept: Kept,
}

impl Boundary {
    /// A boundary that asks `providers` in this order. It lives as long as the process, like the machine it serves.
    ///
    /// # Safety
    ///
    /// The addresses in the handles that a provider gives are what [`ModuleHandle`] says, and stay so.
    pub unsafe fn new(providers: Vec<Box<dyn ModuleProvider>>) -> &'static Boundary {
        Box::leak(Box::new(Boundary {
            providers: RefCell::new(providers),
            modules: RefCell::new(Vec::new()),
            kept: Kept::default(),
        }))
    }

    /// The entries of a program's natives, to make its machine with. Each finds its module when it is first called.
    pub fn entries(&'static self, program: &Verified) -> Vec<NativeEntry> {
        let data = core::ptr::from_ref(self).cast::<c_void>();
        program.natives.iter().map(|_| NativeEntry { call: first_call, data }).collect()
    }

    /// Finds and starts the module of native `index`, and points all natives of that module at their functions.
    fn resolve(&'static self, vm: &mut Vm, index: u32) -> Result<NativeEntry, LoadError> {
        let program = vm.program();
        let native = &program.natives[index as usize];
        let module = self.module(text(program, native.module))?;
        let entry = bind(self, module, program, index)?;
        for (other, candidate) in program.natives.iter().enumerate() {
            if candidate.module == native.module && other != index as usize {
                // One that does not resolve keeps its entry, and says why when it is called.
                if let Ok(entry) = bind(self, module, program, other as u32) {
                    vm.set_native(other as u32, entry);
                }
            }
        }
        vm.set_native(index, entry);
        Ok(entry)
    }

    /// The module called `name`, started once.
    fn module(&self, name: &str) -> Result<&'static Module, LoadError> {
        if let Some((_, known)) = self.modules.borrow().iter().find(|(known, _)| known == name) {
            return known.clone();
        }
        let outcome = self.find(name).and_then(|handle| {
            // SAFETY: `new` demands handles that are what they say.
            let module = unsafe { module::start(&handle) }?;
            // A module is never unloaded: functions and data of it may be anywhere.
            Ok(&*Box::leak(Box::new(module)))
        });
        self.modules.borrow_mut().push((name.to_owned(), outcome.clone()));
        outcome
    }

    fn find(&self, name: &str) -> Result<ModuleHandle, LoadError> {
        for provider in self.providers.borrow_mut().iter_mut() {
            if let Some(handle) = provider.find(name)? {
                return Ok(handle);
            }
        }
        Err(LoadError::NotFound { module: name.to_owned(), searched: Vec::new() })
    }
}

fn text(program: &'static Verified, index: u32) -> &'static str {
    &program.strings[index as usize]
}

/// The entry of a native whose module is started.
fn bind(
    boundary: &'static Boundary,
    module: &'static Module,
    program: &'static Verified,
    index: u32,
) -> Result<NativeEntry, LoadError> {
    let native: &'static Native = &program.natives[index as usize];
    let name = text(program, native.name);
    let Some(function) = module.functions.iter().find(|function| function.name == name) else {
        return Err(LoadError::FunctionMissing { module: module.name.clone(), function: name.to_owned() });
    };
    if function.arity != native.parameters.len() {
        return Err(LoadError::Arity {
            module: module.name.clone(),
            function: name.to_owned(),
            declared: native.parameters.len(),
            registered: function.arity,
        });
    }
    let bound = Box::leak(Box::new(BoundFunction {
        index,
        code: function.code,
        arity: function.arity,
        makes_bytes: admits_bytes(program, native.result, 0),
        required: required_parameters(program, native),
        name,
        module,
        boundary,
        typed: function.typed,
    }));
    let call = match function.typed {
        Some(_) => typed::call,
        None => call::boxed(module),
    };
    Ok(NativeEntry { call, data: core::ptr::from_ref(bound).cast() })
}

/// Whether a `Uint8Array` is, or may be, what a native gives: an array of bytes is accepted in its place.
fn admits_bytes(program: &Verified, id: RuntimeTypeId, depth: usize) -> bool {
    match &program.types[id.0 as usize] {
        RuntimeType::Builtin(name) => name == "Uint8Array" || name == "Buffer",
        RuntimeType::Task(given) => admits_bytes(program, *given, depth),
        RuntimeType::Union(members) if depth == 0 => {
            members.iter().any(|member| admits_bytes(program, *member, 1))
        }
        _ => false,
    }
}

/// Number of arguments that a call has to pass: those before the last ones that may be null.
fn required_parameters(program: &Verified, native: &Native) -> usize {
    let optional = native.parameters.iter().rev().take_while(|id| match &program.types[id.0 as usize] {
        RuntimeType::Unknown | RuntimeType::Null => true,
        RuntimeType::Union(members) => {
            members.iter().any(|member| matches!(program.types[member.0 as usize], RuntimeType::Null))
        }
        _ => false,
    });
    native.parameters.len() - optional.count()
}

/// The entry of a native that was not called yet.
fn first_call(
    vm: &mut Vm,
    index: u32,
    data: *const c_void,
    arguments: Arguments<'_>,
) -> Result<Value, Thrown> {
    // SAFETY: `entries` passes a boundary, which lives as long as the process.
    let boundary: &'static Boundary = unsafe { &*data.cast::<Boundary>() };
    match boundary.resolve(vm, index) {
        Ok(entry) => (entry.call)(vm, index, entry.data, arguments),
        Err(error) => Err(load_error(vm, &error)),
    }
}

#[cold]
fn load_error(vm: &mut Vm, error: &LoadError) -> Thrown {
    let thrown = vm.error(ErrorKind::Native, &error.to_string());
    if let Some(object) = thrown.0.as_plain() {
        let code = Value::reference(vm.heap().string(error.code()));
        // A program whose Error class has no such field does not see the code.
        let _ = vm.set_property(object, "code", code);
    }
    thrown
}
