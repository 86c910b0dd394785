//! Functions: declarations, closures, methods; parameters and results.

use std::rc::Rc;

use raya_abi::Representation;
use raya_syntax::ast::{self, FunctionBody};

use crate::checker::{Checker, Pending, expression, read_local};
use crate::tables::*;
use crate::typed::{self, ExpressionKind, FunctionId, StatementKind};
use crate::types::*;
use crate::visit::Names;

/// What a function's elaboration starts from.
pub(crate) struct Setup<'a> {
    pub(crate) name: Text,
    pub(crate) function: &'a ast::Function,
    /// Where its type parameters are declared; its parameters go into a child.
    pub(crate) scope: ScopeId,
    pub(crate) module: ModuleIndex,
    pub(crate) signature: Rc<Signature>,
    /// The result is declared; else it is inferred.
    pub(crate) result_is_declared: bool,
    /// A result the context suggests.
    pub(crate) hint: Option<TypeId>,
    /// The receiver's type; parameter 0.
    pub(crate) this: Option<TypeId>,
    pub(crate) class: Option<(ClassIndex, bool)>,
    pub(crate) is_constructor: bool,
    /// Sees the variables and facts of the function around it.
    pub(crate) is_closure: bool,
}

impl<'a> Checker<'a> {
    /// The id of a declared function; its body is elaborated later.
    pub(crate) fn function_id(&mut self, index: FunctionIndex) -> FunctionId {
        if let Some(id) = self.functions[index.at()].id {
            return id;
        }
        let id = self.reserve_function();
        self.functions[index.at()].id = Some(id);
        self.pending.push_back(Pending::Function(index));
        id
    }

    /// Elaborates a declared function's body, once.
    pub(crate) fn elaborate_function(&mut self, index: FunctionIndex) {
        if self.functions[index.at()].elaborated {
            return;
        }
        let id = self.function_id(index);
        let signature = self.signature_of(index);
        if self.functions[index.at()].elaborated {
            return;
        }
        self.functions[index.at()].elaborated = true;
        if self.functions[index.at()].native.is_some() {
            let made = self.native_wrapper(index, &signature);
            self.program.functions[id.0 as usize] = Some(made);
            return;
        }
        if let Some(slot) = self.functions[index.at()].slot.clone() {
            let made = self.slot_caller(index, &slot, &signature);
            self.program.functions[id.0 as usize] = Some(made);
            if let Slot::Global(_) = slot {
                let body = self.body_id(index);
                let (made, _) = self.elaborate_alone(index, signature, true);
                self.program.functions[body.0 as usize] = Some(made);
            }
            return;
        }
        let (made, _) = self.elaborate_alone(index, signature, true);
        self.program.functions[id.0 as usize] = Some(made);
    }

    /// Elaborates with no function around it, whatever is under way.
    pub(crate) fn elaborate_alone(
        &mut self,
        index: FunctionIndex,
        signature: Rc<Signature>,
        declared: bool,
    ) -> (typed::Function, TypeId) {
        let contexts = std::mem::take(&mut self.contexts);
        let (scope, module, probing) = (self.scope, self.module, self.probing);
        self.probing = 0;
        let setup = self.setup_of(index, signature, declared);
        self.module = setup.module;
        let made = self.elaborate_body(setup);
        self.contexts = contexts;
        (self.scope, self.module, self.probing) = (scope, module, probing);
        made
    }

    pub(crate) fn setup_of(
        &mut self,
        index: FunctionIndex,
        signature: Rc<Signature>,
        declared: bool,
    ) -> Setup<'a> {
        let scope = self.function_scope(index);
        let info = &self.functions[index.at()];
        let (name, function, module, owner, is_constructor) =
            (info.name.clone(), info.ast, info.module, info.owner, info.is_constructor);
        let this = match owner {
            Some((class, false)) => Some(self.own_instance(class)),
            Some((class, true)) if self.takes_this(index) => Some(self.types.intern(Kind::ClassValue(class))),
            _ => None,
        };
        Setup {
            name: short_name(&name, is_constructor),
            function,
            scope,
            module,
            signature,
            result_is_declared: declared,
            hint: None,
            this,
            class: owner,
            is_constructor,
            is_closure: false,
        }
    }

    /// Whether a function's first parameter is the class that a static method is called on.
    pub(crate) fn takes_this(&self, index: FunctionIndex) -> bool {
        let info = &self.functions[index.at()];
        info.owner.is_some_and(|(_, is_static)| is_static)
            && *info.uses_this.get_or_init(|| Names::of_function(info.ast).uses_this)
    }

    /// The result of a function that does not declare one.
    pub(crate) fn infer_result(&mut self, index: FunctionIndex) -> TypeId {
        let Some(signature) = self.functions[index.at()].signature.clone() else {
            return self.types.basic.error;
        };
        if self.functions[index.at()].is_local {
            return self.infer_local_result(index, signature);
        }
        let id = self.function_id(index);
        let (made, result) = self.elaborate_alone(index, signature.clone(), false);
        if self.functions[index.at()].slot.is_none() && !self.functions[index.at()].recursive {
            self.functions[index.at()].elaborated = true;
            self.program.functions[id.0 as usize] = Some(made);
            return result;
        }
        // What is found in a slot is elaborated for that. What called itself while its result was taken for `never` is
        // elaborated again, with the result known.
        result
    }

    pub(crate) fn infer_local_result(&mut self, index: FunctionIndex, signature: Rc<Signature>) -> TypeId {
        let mut setup = self.setup_of(index, signature, false);
        setup.is_closure = true;
        let (_, result) = self.probe(|checker| checker.elaborate_body(setup));
        result
    }

    /// A built-in as a function of the program, where one is needed as such.
    pub(crate) fn native_wrapper(
        &mut self,
        index: FunctionIndex,
        signature: &Rc<Signature>,
    ) -> typed::Function {
        let contexts = std::mem::take(&mut self.contexts);
        let info = &self.functions[index.at()];
        let (name, span, module, owner) = (info.name.clone(), info.ast.span, info.module, info.owner);
        let context = self.new_context(module);
        self.contexts.push(context);
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        if let Some((class, false)) = owner {
            let own = self.own_instance(class);
            let representation = self.representation(own);
            let local = self.new_local("this".into(), representation);
            parameters.push(local);
            arguments.push(read_local(local, representation, span));
        }
        for one in &signature.parameters {
            let representation =
                if one.optional { Representation::Any } else { self.representation(one.value) };
            let local = self.new_local(one.name.clone(), representation);
            parameters.push(local);
            arguments.push(read_local(local, representation, span));
        }
        let result = self.representation(signature.result);
        let builtin = self.functions[index.at()].native.clone().unwrap_or_else(|| name.clone());
        let arguments = match signature.rest {
            None => typed::Arguments::Fixed(arguments),
            Some(_) => {
                let rest = self.new_local("rest".into(), Representation::Reference);
                parameters.push(rest);
                let mut parts: Vec<typed::ArrayPart> =
                    arguments.into_iter().map(typed::ArrayPart::Element).collect();
                parts.push(typed::ArrayPart::Spread(read_local(rest, Representation::Reference, span)));
                let kind = ExpressionKind::Array { element: Representation::Any, parts };
                typed::Arguments::Spread(Box::new(expression(kind, Representation::Reference, span)))
            }
        };
        let call = expression(ExpressionKind::CallBuiltin(builtin, arguments), result, span);
        let body = vec![typed::Statement { kind: StatementKind::Return(Some(call)), span }];
        let locals = self.contexts.pop().map(|context| context.locals).unwrap_or_default();
        self.contexts = contexts;
        typed::Function {
            name,
            parameters,
            rest: signature.rest.is_some(),
            locals,
            captures: vec![],
            body,
            result,
            is_async: false,
            span,
        }
    }

    /// Elaborates a function and gives it with its result type (of an `async` one, the task).
    pub(crate) fn elaborate_body(&mut self, setup: Setup<'a>) -> (typed::Function, TypeId) {
        let mut context = self.new_context(setup.module);
        context.class = setup.class;
        context.in_constructor = setup.is_constructor;
        context.is_async = setup.function.is_async;
        if setup.is_closure {
            context.class = context.class.or(self.contexts.last().and_then(|outer| outer.class));
            context.flow.facts = self.facts_for_closure();
        }
        if setup.result_is_declared {
            let result = setup.signature.result;
            self.note_result(context.number, setup.function.return_type.as_ref());
            context.result = Some(if setup.function.is_async { self.awaited(result) } else { result });
        }
        context.result_hint =
            setup.hint.map(|hint| if setup.function.is_async { self.awaited(hint) } else { hint });
        self.contexts.push(context);
        let outer_scope = self.scope;
        self.scope = self.child_scope(setup.scope);
        let (parameters, mut body) = self.elaborate_parameters(&setup);
        if setup.is_constructor {
            self.begin_constructor(&setup, &mut body);
        }
        match &setup.function.body {
            FunctionBody::Block(block) => {
                let inner = self.elaborate_block_body(&block.statements);
                body.extend(inner);
            }
            FunctionBody::Expression(value) => self.elaborate_arrow_value(value, &mut body),
            FunctionBody::Native(_) | FunctionBody::None => {}
        }
        let result = self.finish_result(&setup, &mut body);
        self.scope = outer_scope;
        let context = self.contexts.pop();
        let (locals, captures) =
            context.map(|context| (context.locals, context.captures)).unwrap_or_default();
        let inner = if setup.function.is_async { self.awaited(result) } else { result };
        let representation =
            if setup.function.is_async { Representation::Any } else { self.result_representation(inner) };
        let function = typed::Function {
            name: setup.name,
            parameters,
            rest: setup.signature.rest.is_some(),
            locals,
            captures,
            body,
            result: representation,
            is_async: setup.function.is_async,
            span: setup.function.span,
        };
        (function, result)
    }
}

fn short_name(name: &Text, is_constructor: bool) -> Text {
    match name.rsplit_once('.') {
        Some((class, _)) if is_constructor => format!("new {class}").into(),
        _ => name.clone(),
    }
}
