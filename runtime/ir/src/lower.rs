//! From the typed program to the intermediate form: starts at the bodies of the modules and follows what they name.

mod aggregates;
mod call;
mod captures;
mod condition;
mod control;
mod expression;
mod fold;
mod function;
mod globals;
mod loops;
mod place;
mod statement;
mod tasks;
mod walk;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};
use raya_check::typed::{self, TypedProgram};
use raya_source::{Code, Diagnostic, Span};

use crate::build::Builder;
use crate::instruction::{Callee, Operation, Terminator};
use crate::program::{
    Class, ClassId, Function, FunctionId, Global, GlobalId, Member, MemberKind, NativeFunction, NativeId,
    Program,
};
use globals::{GlobalFacts, GlobalValue};
use place::CaptureKind;

/// The checker's output contradicts itself: a mistake of the compiler, reported instead of a panic.
pub(crate) const CONTRADICTION: Code = Code("R0491");

/// Members that the runtime looks up by itself, without the program naming them.
const RUNTIME_NAMES: [&str; 12] = [
    "cause",
    "code",
    "compareTo",
    "equals",
    "message",
    "name",
    "next",
    "stack",
    "then",
    "toJSON",
    "toString",
    "valueOf",
];

/// Classes of which the machine makes instances by itself, found by name.
const MACHINE_CLASSES: [&str; 6] =
    ["Error", "NativeError", "RangeError", "ReferenceError", "SyntaxError", "TypeError"];

/// The kind of object that a regular expression is.
const REGULAR_EXPRESSION: &str = "RegExp";
/// The built-in that makes one.
const NEW_REGULAR_EXPRESSION: &str = "RegExp.new";

/// Lowers what is reached from the bodies of the modules.
///
/// # Errors
/// `R0491` where the checker's output contradicts itself.
pub fn lower(source: &TypedProgram) -> Result<Program, Vec<Diagnostic>> {
    let mut unit = Unit::new(source);
    let mut entry = unit.entry();
    unit.keep_machine_classes();
    unit.run();
    if unit.meets_expressions {
        // The first try took it that the program makes no regular expressions, as most do not.
        unit = Unit { makes_expressions: true, ..Unit::new(source) };
        entry = unit.entry();
        unit.keep_machine_classes();
        unit.run();
    }
    unit.finish(entry)
}

/// The program being lowered: what was reached, and what each id became.
///
/// Functions, globals and types get their final ids when they are first named. Classes and natives keep the ids of the
/// typed program in instructions until all are known: a base comes before what derives from it, natives are sorted.
pub(crate) struct Unit<'p> {
    pub(crate) source: &'p TypedProgram,
    facts: Vec<GlobalFacts>,
    functions: BTreeMap<typed::FunctionId, FunctionId>,
    lowered: Vec<Option<Function>>,
    queue: VecDeque<typed::FunctionId>,
    captures: BTreeMap<typed::FunctionId, Vec<CaptureKind>>,
    constructors: BTreeSet<typed::FunctionId>,
    /// Classes in the table.
    classes: BTreeSet<typed::ClassId>,
    /// Classes of which there may be instances.
    instantiated: BTreeSet<typed::ClassId>,
    natives: BTreeSet<typed::NativeId>,
    builtins: BTreeSet<Rc<str>>,
    names: BTreeSet<Rc<str>>,
    types: BTreeMap<RuntimeTypeId, RuntimeTypeId>,
    type_order: Vec<RuntimeTypeId>,
    globals: BTreeMap<typed::GlobalId, GlobalId>,
    global_table: Vec<Global>,
    /// Whether tests for regular expressions may hold.
    makes_expressions: bool,
    /// Whether something that is reached makes regular expressions.
    meets_expressions: bool,
    errors: Vec<Diagnostic>,
}

impl<'p> Unit<'p> {
    fn new(source: &'p TypedProgram) -> Self {
        Unit {
            source,
            facts: globals::scan(source),
            functions: BTreeMap::new(),
            lowered: vec![],
            queue: VecDeque::new(),
            captures: BTreeMap::new(),
            constructors: source.classes.iter().map(|class| class.constructor).collect(),
            classes: BTreeSet::new(),
            instantiated: BTreeSet::new(),
            natives: BTreeSet::new(),
            builtins: BTreeSet::new(),
            names: BTreeSet::new(),
            types: BTreeMap::new(),
            type_order: vec![],
            globals: BTreeMap::new(),
            global_table: vec![],
            makes_expressions: false,
            meets_expressions: false,
            errors: vec![],
        }
    }

    /// The function that runs all modules; it is the first.
    fn entry(&mut self) -> FunctionId {
        let entry = self.reserve();
        let mut builder = Builder::new();
        let span = Span::default();
        let mut last = None;
        for body in &self.source.module_bodies {
            let Some(function) = self.source.functions.get(body.0 as usize) else {
                self.contradiction(span, "a module's body is not in the table of functions");
                continue;
            };
            let (span, is_async) = (function.span, function.is_async);
            let id = self.function(*body);
            let result = self.result_of(*body);
            let mut value = builder.emit(result, Operation::Call(Callee::Function(id), vec![]), span);
            if is_async {
                let task = builder.emit(Representation::Any, Operation::Forget(value), span);
                value = builder.emit(Representation::Any, Operation::Await(task), span);
            }
            last = Some((value, span));
        }
        if let Some((value, span)) = last {
            let value = match builder.representation(value) {
                Representation::Any => value,
                _ => builder.emit(Representation::Any, Operation::Forget(value), span),
            };
            builder.terminate(Terminator::Return(Some(value)), span);
        }
        let mut function = Function {
            name: "<program>".into(),
            parameters: 0,
            tests_absent: vec![],
            rest: false,
            is_async: false,
            registers: vec![],
            captures: 0,
            result: Representation::Any,
            blocks: vec![],
            handlers: vec![],
            span,
        };
        builder.finish(&mut function);
        self.lowered[entry.index()] = Some(function);
        entry
    }

    fn keep_machine_classes(&mut self) {
        let source = self.source;
        for (index, class) in source.classes.iter().enumerate() {
            if MACHINE_CLASSES.contains(&&*class.name) {
                self.instantiate(typed::ClassId(index as u32));
            }
        }
    }

    fn reserve(&mut self) -> FunctionId {
        self.lowered.push(None);
        FunctionId(self.lowered.len() as u32 - 1)
    }

    fn run(&mut self) {
        loop {
            while let Some(id) = self.queue.pop_front() {
                let function = function::lower_function(self, id);
                let index = self.functions[&id].index();
                self.lowered[index] = Some(function);
            }
            self.reach_members();
            if self.queue.is_empty() {
                break;
            }
        }
    }

    /// Methods and accessors of the classes reached so far whose names may be used.
    fn reach_members(&mut self) {
        let source = self.source;
        for id in self.instantiated.clone() {
            let members = source.classes[id.0 as usize]
                .members
                .iter()
                .filter(|member| self.keeps(&member.name))
                .collect::<Vec<_>>();
            for member in members {
                match member.kind {
                    typed::MemberKind::Method(function) => {
                        self.function(function);
                    }
                    typed::MemberKind::Accessor { get, set } => {
                        for function in get.into_iter().chain(set) {
                            self.function(function);
                        }
                    }
                }
            }
        }
    }

    /// Whether a member of this name may be used: native code may ask for any.
    fn keeps(&self, name: &str) -> bool {
        !self.natives.is_empty() || self.names.contains(name) || RUNTIME_NAMES.binary_search(&name).is_ok()
    }

    /// The id of a function, which is now reached.
    pub(crate) fn function(&mut self, id: typed::FunctionId) -> FunctionId {
        if let Some(known) = self.functions.get(&id) {
            return *known;
        }
        let reserved = self.reserve();
        self.functions.insert(id, reserved);
        self.queue.push_back(id);
        reserved
    }

    /// The id of a closure's function and how it captures; every closure of it must agree.
    pub(crate) fn closure(
        &mut self,
        id: typed::FunctionId,
        kinds: Vec<CaptureKind>,
        span: Span,
    ) -> FunctionId {
        match self.captures.get(&id) {
            None => {
                self.captures.insert(id, kinds);
            }
            Some(known) if *known == kinds => {}
            Some(_) => self.contradiction(span, "two closures of one function capture in different ways"),
        }
        self.function(id)
    }

    pub(crate) fn capture_kinds(&self, id: typed::FunctionId) -> Vec<CaptureKind> {
        self.captures.get(&id).cloned().unwrap_or_default()
    }

    pub(crate) fn is_constructor(&self, id: typed::FunctionId) -> bool {
        self.constructors.contains(&id)
    }

    /// What a call of a function gives: constructors give the instance, async functions a task.
    pub(crate) fn result_of(&self, id: typed::FunctionId) -> Representation {
        match self.source.functions.get(id.0 as usize) {
            Some(function) if function.is_async => Representation::Reference,
            Some(_) if self.is_constructor(id) => Representation::Reference,
            Some(function) => function.result,
            None => Representation::Any,
        }
    }

    /// The class stays in the table; its members do not.
    pub(crate) fn class(&mut self, id: typed::ClassId) -> ClassId {
        let mut next = Some(id);
        while let Some(id) = next {
            next = match self.source.classes.get(id.0 as usize) {
                Some(class) if self.classes.insert(id) => class.base,
                _ => None,
            };
        }
        ClassId(id.0)
    }

    pub(crate) fn instantiate(&mut self, id: typed::ClassId) -> ClassId {
        if self.source.classes.get(id.0 as usize).is_some() {
            self.instantiated.insert(id);
        }
        self.class(id)
    }

    pub(crate) fn native(&mut self, id: typed::NativeId) -> NativeId {
        self.natives.insert(id);
        NativeId(id.0)
    }

    pub(crate) fn builtin(&mut self, name: &Rc<str>) {
        self.meets_expressions |= &**name == NEW_REGULAR_EXPRESSION;
        self.builtins.insert(name.clone());
    }

    /// The program uses a property or method of this name.
    pub(crate) fn name(&mut self, name: &Rc<str>) {
        if !self.names.contains(name) {
            self.names.insert(name.clone());
        }
    }

    pub(crate) fn global(&mut self, id: typed::GlobalId) -> GlobalId {
        if let Some(known) = self.globals.get(&id) {
            return *known;
        }
        let index = id.0 as usize;
        let known = GlobalId(self.global_table.len() as u32);
        self.globals.insert(id, known);
        let (name, representation) = match self.source.globals.get(index) {
            Some(global) => (global.name.clone(), global.representation),
            None => ("?".into(), Representation::Any),
        };
        let constant = self.facts.get(index).is_some_and(GlobalFacts::is_constant);
        self.global_table.push(Global { name, representation, constant });
        known
    }

    fn global_value(&self, id: typed::GlobalId) -> Option<&GlobalValue> {
        self.facts.get(id.0 as usize)?.value.as_ref()
    }

    /// The id of a type that is tested, with the types and classes it refers to.
    pub(crate) fn runtime_type(&mut self, id: RuntimeTypeId) -> RuntimeTypeId {
        let first = self.type_id(id);
        let mut next = first.0 as usize;
        while next < self.type_order.len() {
            let source = self.source.types.get(self.type_order[next].0 as usize);
            next += 1;
            match source {
                Some(RuntimeType::Array(inner) | RuntimeType::Task(inner)) => {
                    self.type_id(*inner);
                }
                Some(
                    RuntimeType::Tuple(parts) | RuntimeType::Union(parts) | RuntimeType::Intersection(parts),
                ) => {
                    parts.iter().for_each(|part| {
                        self.type_id(*part);
                    });
                }
                Some(RuntimeType::Record(properties)) => {
                    for (name, inner, _) in properties {
                        self.names.insert(name.as_str().into());
                        self.type_id(*inner);
                    }
                }
                Some(RuntimeType::Class(class)) => {
                    self.class(typed::ClassId(*class));
                }
                _ => {}
            }
        }
        first
    }

    fn type_id(&mut self, id: RuntimeTypeId) -> RuntimeTypeId {
        let next = RuntimeTypeId(self.type_order.len() as u32);
        *self.types.entry(id).or_insert_with(|| {
            self.type_order.push(id);
            next
        })
    }

    pub(crate) fn contradiction(&mut self, span: Span, what: &str) {
        self.errors.push(
            Diagnostic::error(CONTRADICTION, format!("the checked program contradicts itself: {what}"))
                .at(span)
                .with_help("this is a mistake of the compiler, not of the program; please report it"),
        );
    }

    fn finish(mut self, entry: FunctionId) -> Result<Program, Vec<Diagnostic>> {
        for id in self.natives.clone() {
            if let Some(native) = self.source.natives.get(id.0 as usize) {
                native.parameter_types.iter().chain([&native.result]).for_each(|id| {
                    self.runtime_type(*id);
                });
            }
        }
        let classes = self.finish_classes();
        let (natives, native_ids) = self.finish_natives();
        let class_ids = self
            .classes
            .iter()
            .enumerate()
            .map(|(index, id)| (id.0, ClassId(index as u32)))
            .collect::<BTreeMap<_, _>>();
        let types = self.type_order.iter().filter_map(|id| self.source.types.get(id.0 as usize));
        let types = types.map(|kind| self.renumber_type(kind, &class_ids)).collect::<Vec<_>>();
        if types.len() != self.type_order.len() {
            self.contradiction(Span::default(), "a type is not in the table of types");
        }
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let starts = self.lowered.iter().flatten().any(tasks::starts_tasks)
            || natives.iter().any(|native| tasks::may_be_task(&types, native.result));
        if starts {
            self.builtins.insert(tasks::ENABLE.into());
            self.lowered[entry.index()].iter_mut().for_each(tasks::enable);
        }
        let mut functions = self.lowered.into_iter().flatten().collect::<Vec<_>>();
        for instruction in
            functions.iter_mut().flat_map(|f| &mut f.blocks).flat_map(|block| &mut block.instructions)
        {
            match &mut instruction.operation {
                Operation::NewInstance(id) | Operation::LoadClass(id) => *id = class_ids[&id.0],
                Operation::LoadNative(id)
                | Operation::Call(Callee::Native(id), _)
                | Operation::CallSpread(Callee::Native(id), _) => *id = native_ids[&id.0],
                _ => {}
            }
        }
        let builtins = self.builtins.into_iter().collect();
        Ok(Program {
            functions,
            classes,
            globals: self.global_table,
            natives,
            builtins,
            types,
            entry: Some(entry),
        })
    }

    fn finish_classes(&self) -> Vec<Class> {
        let place = |id: typed::ClassId| self.classes.range(..id).count() as u32;
        self.classes
            .iter()
            .map(|id| {
                let class = &self.source.classes[id.0 as usize];
                let kept = class
                    .members
                    .iter()
                    .filter(|member| self.instantiated.contains(id) && self.keeps(&member.name));
                Class {
                    name: class.name.clone(),
                    base: class.base.map(|base| ClassId(place(base))),
                    fields: class
                        .fields
                        .iter()
                        .map(|field| (field.name.clone(), field.representation))
                        .collect(),
                    members: kept
                        .map(|member| Member { name: member.name.clone(), kind: self.member(member.kind) })
                        .collect(),
                }
            })
            .collect()
    }

    fn member(&self, kind: typed::MemberKind) -> MemberKind {
        match kind {
            typed::MemberKind::Method(function) => MemberKind::Method(self.functions[&function]),
            typed::MemberKind::Accessor { get, set } => MemberKind::Accessor {
                get: get.map(|id| self.functions[&id]),
                set: set.map(|id| self.functions[&id]),
            },
        }
    }

    fn finish_natives(&mut self) -> (Vec<NativeFunction>, BTreeMap<u32, NativeId>) {
        let source = self.source;
        let known = |id: &&typed::NativeId| source.natives.get(id.0 as usize).is_some();
        let mut sorted = self.natives.iter().filter(known).copied().collect::<Vec<_>>();
        if sorted.len() != self.natives.len() {
            self.contradiction(Span::default(), "a native function is not in the table of natives");
        }
        sorted.sort_by_key(|id| {
            let native = &source.natives[id.0 as usize];
            (native.module.clone(), native.name.clone(), id.0)
        });
        let ids = sorted.iter().enumerate().map(|(index, id)| (id.0, NativeId(index as u32))).collect();
        let natives = sorted.iter().map(|id| {
            let native = &source.natives[id.0 as usize];
            NativeFunction {
                module: native.module.clone(),
                name: native.name.clone(),
                parameters: native.parameters.clone(),
                parameter_types: native.parameter_types.iter().map(|id| self.types[id]).collect(),
                result: self.types[&native.result],
                representation: native.representation,
                returns_result: native.returns_result,
                signature: native.signature.clone(),
            }
        });
        (natives.collect(), ids)
    }

    fn renumber_type(&self, kind: &RuntimeType, classes: &BTreeMap<u32, ClassId>) -> RuntimeType {
        let one = |id: &RuntimeTypeId| self.types[id];
        let all = |ids: &[RuntimeTypeId]| ids.iter().map(one).collect();
        match kind {
            RuntimeType::Array(inner) => RuntimeType::Array(one(inner)),
            RuntimeType::Task(inner) => RuntimeType::Task(one(inner)),
            RuntimeType::Tuple(parts) => RuntimeType::Tuple(all(parts)),
            RuntimeType::Union(parts) => RuntimeType::Union(all(parts)),
            RuntimeType::Intersection(parts) => RuntimeType::Intersection(all(parts)),
            RuntimeType::Record(properties) => RuntimeType::Record(
                properties
                    .iter()
                    .map(|(name, inner, optional)| (name.clone(), one(inner), *optional))
                    .collect(),
            ),
            RuntimeType::Class(id) => RuntimeType::Class(classes.get(id).map_or(u32::MAX, |id| id.0)),
            other => other.clone(),
        }
    }
}
