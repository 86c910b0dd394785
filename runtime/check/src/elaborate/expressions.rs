//! Expressions: the kinds in turn, names, conditionals, casts, tasks.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ExpressionKind as E};

use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::facts::Reference;
use crate::tables::*;
use crate::typed::{self, ExpressionKind, FunctionId};
use crate::types::*;

impl<'a> Checker<'a> {
    /// Elaborates an expression. `expected` guides literals and functions; the caller still converts the result.
    pub(crate) fn expression(&mut self, value: &'a ast::Expression, expected: Option<TypeId>) -> Value {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.expression_inside(value, expected))
    }

    fn expression_inside(&mut self, value: &'a ast::Expression, expected: Option<TypeId>) -> Value {
        let span = value.span;
        match &value.kind {
            E::Name(name) => match self.conversion_function(name, expected, span) {
                Some(made) => made,
                None => self.name(name, span),
            },
            E::This => self.this(span),
            E::Super => {
                self.error(
                    codes::BAD_SUPER,
                    span,
                    "`super` is called, or a member of it is read: nothing else",
                );
                self.broken(span)
            }
            E::Null => Value { expression: self.null(span), of: self.types.basic.null },
            E::Boolean(one) => self.literal(&Literal::Boolean(*one), span),
            E::Integer(one) => self.integer(*one, expected, span),
            E::Number(one) => self.literal(&Literal::Number(*one), span),
            E::String(one) => self.literal(&Literal::String(one.clone()), span),
            E::Template(template) => self.template(template, span),
            E::TaggedTemplate { tag, template, .. } => self.tagged_template(tag, template, span),
            E::RegularExpression(one) => {
                self.check_pattern(&one.pattern, &one.flags, span);
                let of = self.prelude_instance("RegExp", vec![]);
                let kind = ExpressionKind::RegularExpression(one.pattern.clone(), one.flags.clone());
                Value { expression: expression(kind, Representation::Reference, span), of }
            }
            E::Array(elements) => self.array_literal(elements, expected, span),
            E::Object(members) => self.object_literal(members, expected, span),
            E::Function(function) => self.closure(function, expected, false),
            E::Arrow(arrow) => self.closure(&arrow.function, expected, true),
            E::Class(class) => self.class_expression(class, span),
            E::Unary { operator, operand } => self.unary(*operator, operand, span),
            E::Update { operator, prefix, target } => self.update(*operator, *prefix, target, span),
            E::Binary { operator, operator_span, left, right } => {
                self.binary(*operator, left, right, *operator_span, span)
            }
            E::Logical { operator, left, right } => self.logical(*operator, left, right, expected, span),
            E::Conditional { test, consequent, alternate } => {
                self.conditional(test, consequent, alternate, expected, span)
            }
            E::Assign { operator, target, value } => self.assignment(*operator, target, value, span),
            E::Sequence(list) => self.sequence(list, expected, span),
            E::Member { object, property, optional } => {
                self.member_expression(value, object, &property.text, property.span, *optional)
            }
            E::PrivateMember { object, property, optional } => {
                let name: Text = format!("#{}", property.text).into();
                self.member_expression(value, object, &name, property.span, *optional)
            }
            E::Index { object, index, optional } => self.index_expression(value, object, index, *optional),
            E::Call(call) => self.call(call, expected, span),
            E::Chain(inner) => self.chain(inner, span),
            E::New(call) => self.new_expression(call, expected, span),
            E::As { expression, target } => self.cast(expression, target, span),
            E::AsConst(inner) => self.as_const(inner),
            E::Satisfies { expression, target } => {
                let target = self.resolve_type(target, self.scope);
                let made = self.expression(expression, Some(target));
                if !self.assignable(made.of, target) {
                    self.report_mismatch(made.of, target, span, None);
                }
                made
            }
            E::NonNull(inner) => self.non_null(inner, expected, span),
            E::Await(inner) => self.await_expression(inner, span),
            E::Async(inner) => self.async_expression(inner, span),
            E::Parenthesized(inner) => self.expression(inner, expected),
            E::Error => self.broken(span),
        }
    }

    /// Reports a pattern that is none, as making it when the program runs would.
    fn check_pattern(&mut self, pattern: &str, flags: &str, span: Span) {
        let read = raya_abi::patterns::check_size(pattern, flags)
            .and_then(|()| regress::Regex::with_flags(pattern, flags).map_err(|error| error.to_string()));
        if let Err(reason) = read {
            let reason = reason.trim_end_matches('.');
            let message = format!("expected a regular expression, found a pattern that is none: {reason}");
            self.report(
                Diagnostic::error(codes::BAD_PATTERN, message)
                    .at(span)
                    .with_help("a character with a meaning of its own stands for itself behind a backslash"),
            );
        }
    }

    pub(crate) fn literal(&mut self, literal: &Literal, span: Span) -> Value {
        let (kind, type_kind, representation) = match literal {
            Literal::Boolean(one) => {
                (ExpressionKind::Boolean(*one), Kind::LiteralBoolean(*one), Representation::Boolean)
            }
            Literal::Int(one) => (ExpressionKind::Int(*one), Kind::LiteralInt(*one), Representation::Int),
            Literal::Number(one) => {
                (ExpressionKind::Number(*one), Kind::LiteralNumber(one.to_bits()), Representation::Number)
            }
            Literal::String(one) => (
                ExpressionKind::String(one.clone()),
                Kind::LiteralString(one.clone()),
                Representation::Reference,
            ),
        };
        Value { expression: expression(kind, representation, span), of: self.types.fresh_literal(type_kind) }
    }

    /// An integer literal is a number where only numbers are wanted.
    fn integer(&mut self, value: i32, expected: Option<TypeId>, span: Span) -> Value {
        if let Some(expected) = expected {
            let expected = self.expand(expected);
            let members = self.types.members(expected);
            let int =
                members.iter().any(|one| matches!(self.types.kind(*one), Kind::Int | Kind::LiteralInt(_)));
            let number = members
                .iter()
                .any(|one| matches!(self.types.kind(*one), Kind::Number | Kind::LiteralNumber(_)));
            if number && !int {
                return self.literal(&Literal::Number(f64::from(value)), span);
            }
        }
        self.literal(&Literal::Int(value), span)
    }

    fn name(&mut self, name: &Text, span: Span) -> Value {
        let Some(symbol) = self.lookup_value(self.scope, name) else {
            match &**name {
                "NaN" => return self.literal_wide(f64::NAN, span),
                "Infinity" => return self.literal_wide(f64::INFINITY, span),
                _ => {}
            }
            if self.lookup_type(self.scope, name).is_some() {
                let message = format!("`{name}` is a type, expected a value");
                self.error(codes::TYPE_AS_VALUE, span, message);
            } else {
                self.unknown_name(self.scope, name, span);
            }
            return self.broken(span);
        };
        if let ValueSymbol::Class(class) = symbol
            && self.classes[class.0 as usize].builtin
        {
            let message =
                format!("the built-in class `{name}` is no value: it can only be named where it is used");
            self.report(
                Diagnostic::error(codes::BUILTIN_CLASS_VALUE, message)
                    .at(span)
                    .with_help(format!("pass a function instead: `() => new {name}(…)`")),
            );
            return self.broken(span);
        }
        self.symbol_value(symbol, span)
    }

    /// `String`, `Number` and `Boolean` where a function is wanted: `values.map(String)`.
    fn conversion_function(&mut self, name: &Text, expected: Option<TypeId>, span: Span) -> Option<Value> {
        if !matches!(&**name, "String" | "Number" | "Boolean") {
            return None;
        }
        self.contextual_signature(expected?)?;
        let ValueSymbol::Class(class) = self.lookup_value(self.scope, name)? else {
            return None;
        };
        if !self.classes[class.0 as usize].builtin {
            return None;
        }
        let symbol = self.lookup_value(self.root, &format!("to{name}"))?;
        Some(self.symbol_value(symbol, span))
    }

    fn literal_wide(&mut self, value: f64, span: Span) -> Value {
        let expression = expression(ExpressionKind::Number(value), Representation::Number, span);
        Value { expression, of: self.types.basic.number }
    }

    /// What a name stands for, as a value.
    pub(crate) fn symbol_value(&mut self, symbol: ValueSymbol, span: Span) -> Value {
        match symbol {
            ValueSymbol::Variable(index) => self.read_variable(index, span),
            ValueSymbol::Function(index) => {
                let of = self.function_type(index);
                if self.functions[index.at()].result == ResultState::InProgress {
                    self.functions[index.at()].recursive = true;
                }
                let expression = self.function_value(index, span);
                Value { expression, of }
            }
            ValueSymbol::Class(index) => {
                let of = self.types.intern(Kind::ClassValue(index));
                if self.classes[index.0 as usize].builtin {
                    return Value { expression: self.null(span), of };
                }
                Value { expression: self.class_value(index, span), of }
            }
            ValueSymbol::Namespace(module) => {
                let of = self.types.intern(Kind::Namespace(module.0));
                Value { expression: self.null(span), of }
            }
            ValueSymbol::Native(index) => {
                let of = self.symbol_type(symbol, span);
                let id = self.native_id(index);
                Value {
                    expression: expression(ExpressionKind::NativeValue(id), Representation::Reference, span),
                    of,
                }
            }
        }
    }

    /// A declared function as a value.
    pub(crate) fn function_value(&mut self, index: FunctionIndex, span: Span) -> typed::Expression {
        let kind = match (&self.functions[index.at()].native, self.functions[index.at()].owner) {
            (Some(native), None | Some((_, true))) => ExpressionKind::BuiltinValue(native.clone()),
            _ => ExpressionKind::Closure(self.function_id(index)),
        };
        expression(kind, Representation::Reference, span)
    }

    pub(crate) fn read_variable(&mut self, index: VariableIndex, span: Span) -> Value {
        if self.context().flow.unassigned.contains(&index) && !self.context().flow.unreachable {
            let message = format!("`{}` is read before it is assigned", self.variables[index.at()].name);
            let at = self.variables[index.at()].span;
            self.report(
                Diagnostic::error(codes::UNASSIGNED, message).at(span).with_related(at, "declared here"),
            );
        }
        if let Some(literal) = self.variables[index.at()].literal.clone() {
            let made = self.literal(&literal, span);
            let declared = self.variable_type(index, span);
            return Value { expression: self.convert(made, declared), of: declared };
        }
        if !self.native_constants.is_empty() && self.probing == 0 {
            self.use_native_constant(index);
        }
        self.reach(index, span);
        let declared = self.variable_type(index, span);
        let Some(place) = self.variable_place(index, span) else {
            return self.broken(span);
        };
        let representation = self.place_representation(index);
        let read = expression(ExpressionKind::Read(place), representation, span);
        let reference = Reference::of(index);
        let of = self.context().flow.facts.get(&reference).copied().unwrap_or(declared);
        self.settle(read, of)
    }

    /// Makes sure that a variable lives where it is used.
    pub(crate) fn reach(&mut self, index: VariableIndex, span: Span) {
        match self.variables[index.at()].state {
            VariableState::Live | VariableState::Early => {}
            VariableState::Waiting => self.not_yet_declared(index, span),
            VariableState::Function(_) => self.materialize(index),
            VariableState::Ahead => {
                let Place::Local(owner, local) = self.variables[index.at()].place else {
                    return;
                };
                let name = self.variables[index.at()].name.clone();
                let at = self.variables[index.at()].span;
                if self.context().number == owner {
                    let message = format!("`{name}` is used before it is declared");
                    self.report(
                        Diagnostic::error(codes::UNASSIGNED, message)
                            .at(span)
                            .with_related(at, "declared here"),
                    );
                    return;
                }
                if self.probing > 0 {
                    return;
                }
                self.variables[index.at()].state = VariableState::Early;
                if let Some(depth) = self.contexts.iter().position(|context| context.number == owner) {
                    let scope = self.scope_declaring(index);
                    let deeper = self.contexts.split_off(depth + 1);
                    self.context().locals[local.0 as usize].representation = Representation::Any;
                    self.hoist_local(scope, local);
                    self.contexts.extend(deeper);
                }
            }
        }
    }

    /// A module's variable that the module's own body uses before its declaration.
    fn not_yet_declared(&mut self, index: VariableIndex, span: Span) {
        let Place::Global(_, module) = self.variables[index.at()].place else { return };
        let in_body = self.contexts.len() == 1 && self.context().is_module_body;
        if self.probing > 0 || !in_body || self.context().module != module {
            return;
        }
        let (name, at) = (self.variables[index.at()].name.clone(), self.variables[index.at()].span);
        let message = format!("`{name}` is used before it is declared");
        self.report(Diagnostic::error(codes::UNASSIGNED, message).at(span).with_related(at, "declared here"));
    }

    fn scope_declaring(&self, index: VariableIndex) -> ScopeId {
        let name = &self.variables[index.at()].name;
        let mut at = Some(self.scope);
        while let Some(scope) = at {
            let here = &self.scopes[scope.at()];
            let declares = here.names.get(name).is_some_and(|entry| match entry.value {
                Some(ValueSymbol::Class(class)) => self.classes[class.0 as usize].variable == Some(index),
                value => value == Some(ValueSymbol::Variable(index)),
            });
            if declares {
                return scope;
            }
            at = here.parent;
        }
        self.scope
    }

    fn this(&mut self, span: Span) -> Value {
        if let Some(ValueSymbol::Variable(index)) = self.lookup_value(self.scope, "this")
            && !self.variables[index.at()].inferring
        {
            return self.read_variable(index, span);
        }
        if let Some(ValueSymbol::Class(class)) = self.lookup_value(self.scope, "this") {
            return self.symbol_value(ValueSymbol::Class(class), span);
        }
        if let Some((class, true)) = self.context().class {
            return self.symbol_value(ValueSymbol::Class(class), span);
        }
        self.report(
            Diagnostic::error(codes::BAD_SUPER, "there is no `this` here")
                .at(span)
                .with_help("`this` is the object inside the methods of a class; an arrow function keeps it, a `function` does not"),
        );
        self.broken(span)
    }

    fn template(&mut self, template: &'a ast::Template, span: Span) -> Value {
        let mut parts: Vec<typed::Expression> = Vec::new();
        for (index, text) in template.strings.iter().enumerate() {
            if !text.value.is_empty() {
                let kind = ExpressionKind::String(text.value.clone());
                parts.push(expression(kind, Representation::Reference, text.span));
            }
            if let Some(inner) = template.expressions.get(index) {
                let value = self.expression(inner, None);
                parts.push(self.text(value));
            }
        }
        let string = self.types.basic.string;
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else {
            return self.literal(&Literal::String("".into()), span);
        };
        let whole = parts.fold(first, |left, right| {
            let kind =
                ExpressionKind::Binary(typed::BinaryOperator::Concatenate, Box::new(left), Box::new(right));
            expression(kind, Representation::Reference, span)
        });
        if template.expressions.is_empty()
            && let ExpressionKind::String(text) = &whole.kind
        {
            return self.literal(&Literal::String(text.clone()), span);
        }
        Value { expression: whole, of: string }
    }

    fn tagged_template(
        &mut self,
        tag: &'a ast::Expression,
        template: &'a ast::Template,
        span: Span,
    ) -> Value {
        let callee = self.expression(tag, None);
        let string = self.types.basic.string;
        let strings = self.types.array(string);
        let parts = template.strings.iter().map(|one| {
            let kind = ExpressionKind::String(one.value.clone());
            typed::ArrayPart::Element(expression(kind, Representation::Reference, one.span))
        });
        let kind = ExpressionKind::Array { element: Representation::Any, parts: parts.collect() };
        let mut arguments =
            vec![Value { expression: expression(kind, Representation::Reference, span), of: strings }];
        for one in &template.expressions {
            arguments.push(self.expression(one, None));
        }
        self.call_with_values(callee, arguments, span)
    }

    fn conditional(
        &mut self,
        test: &'a ast::Expression,
        consequent: &'a ast::Expression,
        alternate: &'a ast::Expression,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let condition = self.expression(test, None);
        let condition = self.truth(condition);
        let before = self.context().flow.clone();
        self.assume(test, true);
        let left = self.expression(consequent, expected);
        let after_left = std::mem::replace(&mut self.context().flow, before);
        self.assume(test, false);
        let right = self.expression(alternate, expected);
        let after_right = self.context().flow.clone();
        self.context().flow = self.join_flows(after_left, after_right);
        let of = self.joined(&[left.of, right.of], expected);
        let (left, right) = (self.convert(left, of), self.convert(right, of));
        let representation = self.representation(of);
        let kind = ExpressionKind::Conditional(Box::new(condition), Box::new(left), Box::new(right));
        Value { expression: expression(kind, representation, span), of }
    }

    /// The type of one of several values: the expected one where all fit it and it says more, else what they have in
    /// common.
    pub(crate) fn joined(&mut self, types: &[TypeId], expected: Option<TypeId>) -> TypeId {
        let joined = self.join(types);
        if let Some(expected) = expected {
            let number = self.types.basic.number;
            let plain = self.expand(expected);
            if plain == number && self.assignable(joined, number) {
                return number;
            }
            // Whole numbers become ints one by one: together with ints they would be numbers.
            let (int, integral) = (self.types.basic.int, self.types.basic.integral);
            if types.contains(&integral)
                && self.takes_int_only(plain)
                && types.iter().all(|one| self.assignable(*one, expected))
            {
                return if types.iter().all(|one| self.assignable(*one, int)) { int } else { expected };
            }
        }
        joined
    }

    fn sequence(&mut self, list: &'a [ast::Expression], expected: Option<TypeId>, span: Span) -> Value {
        let Some((last, before)) = list.split_last() else {
            return self.broken(span);
        };
        let mut statements = Vec::new();
        for one in before {
            let value = self.expression(one, None);
            let kind = typed::StatementKind::Expression(value.expression);
            statements.push(typed::Statement { kind, span: one.span });
        }
        let value = self.expression(last, expected);
        let representation = value.expression.representation;
        let kind = ExpressionKind::Sequence(statements, Box::new(value.expression));
        Value { expression: expression(kind, representation, span), of: value.of }
    }

    fn cast(&mut self, inner: &'a ast::Expression, target: &'a ast::Type, span: Span) -> Value {
        let to = self.resolve_type(target, self.scope);
        let value = self.expression(inner, Some(to));
        self.cast_value(value, to, span)
    }

    /// `value as T`: nothing where the value's type says it, else a test when run.
    pub(crate) fn cast_value(&mut self, value: Value, to: TypeId, span: Span) -> Value {
        if self.is_error(value.of) || self.is_error(to) {
            return Value { expression: value.expression, of: to };
        }
        let (from, plain) = (self.expand(value.of), self.expand(to));
        let open = matches!(
            self.types.kind(plain),
            Kind::Parameter(_) | Kind::IndexedAccess(..) | Kind::Utility(..) | Kind::KeyOf(_)
        );
        let number_to_int =
            matches!(self.types.kind(from), Kind::Integral | Kind::Number) && plain == self.types.basic.int;
        if self.assignable(from, to) && !number_to_int && from != self.types.basic.caught {
            return Value { expression: self.convert(value, to), of: to };
        }
        if !open && !self.overlaps(from, to) {
            let message = format!("`{}` can never be `{}`", self.show(value.of), self.show(to));
            self.report(
                Diagnostic::error(codes::IMPOSSIBLE_CAST, message)
                    .at(span)
                    .with_help("where that is meant, cast to `unknown` first"),
            );
        }
        let representation = self.representation(to);
        if open {
            return Value { expression: self.reshape(value.expression, representation), of: to };
        }
        let id = self.runtime_type(to);
        let kind = ExpressionKind::Cast(Box::new(value.expression), id);
        Value { expression: expression(kind, representation, span), of: to }
    }

    fn as_const(&mut self, inner: &'a ast::Expression) -> Value {
        let value = match &inner.without_parentheses().kind {
            E::Array(elements) if elements.iter().all(|one| one.spread.is_none()) => {
                self.const_tuple(elements, inner.span)
            }
            E::Object(members) => self.const_object(members, inner.span),
            _ => self.expression(inner, None),
        };
        Value { of: value.of.declared(), ..value }
    }

    fn non_null(&mut self, inner: &'a ast::Expression, expected: Option<TypeId>, span: Span) -> Value {
        let value = self.expression(inner, expected);
        let of = self.without_null(value.of);
        if of == value.of {
            return value;
        }
        let basic = self.types.basic;
        if self.representation(of) != Representation::Any {
            return self.settle(value.expression, of);
        }
        // What is left describes itself: the test is a cast to what it is without null.
        let plain = self.expand(of);
        let open = matches!(self.types.kind(plain), Kind::Parameter(_) | Kind::Unknown) || of == basic.never;
        if open {
            return Value { expression: value.expression, of };
        }
        let id = self.runtime_type(of);
        let kind = ExpressionKind::Cast(Box::new(value.expression), id);
        Value { expression: expression(kind, Representation::Any, span), of }
    }

    fn await_expression(&mut self, inner: &'a ast::Expression, span: Span) -> Value {
        let allowed = self.context().is_async || self.context().is_module_body;
        if !allowed {
            self.report(
                Diagnostic::error(codes::BAD_AWAIT, "`await` stands in a function that is not `async`")
                    .at(span)
                    .with_help("write `async` before the function"),
            );
        }
        let together = self.tasks_together(inner);
        let value = self.expression(inner, together);
        let result = self.awaited_together(value.of, together.is_some());
        let waited = self.reshape(value.expression, Representation::Any);
        let waited = expression(ExpressionKind::Await(Box::new(waited)), Representation::Any, span);
        self.settle(waited, result)
    }

    /// `async f(x)`: the arguments are evaluated now, the call runs as a task.
    fn async_expression(&mut self, inner: &'a ast::Expression, span: Span) -> Value {
        let mut context = self.new_context(self.module);
        context.class = self.contexts.last().and_then(|outer| outer.class);
        context.flow = self.context().flow.clone();
        self.contexts.push(context);
        let call = self.expression(inner, None);
        let context = self.contexts.pop();
        let result = self.awaited(call.of);
        let already = result != call.of && self.is_task_type(call.of);
        let (mut locals, captures) = context.map(|one| (one.locals, one.captures)).unwrap_or_default();
        if already {
            // The called function is `async` itself: calling it starts it.
            let again = self.expression(inner, None);
            return again;
        }
        locals.shrink_to_fit();
        let value = self.reshape(call.expression, Representation::Any);
        let body = vec![typed::Statement { kind: typed::StatementKind::Return(Some(value)), span }];
        let id: FunctionId = self.reserve_function();
        self.program.functions[id.0 as usize] = Some(typed::Function {
            name: "async".into(),
            parameters: vec![],
            rest: false,
            locals,
            captures,
            body,
            result: Representation::Any,
            is_async: false,
            span,
        });
        let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
        let started = expression(ExpressionKind::Start(Box::new(closure)), Representation::Reference, span);
        let result = if result == self.types.basic.caught { self.types.basic.unknown } else { result };
        Value { expression: started, of: self.prelude_instance("Task", vec![result]) }
    }

    pub(crate) fn is_task_type(&mut self, of: TypeId) -> bool {
        let of = self.expand(of);
        matches!(self.types.kind(of), Kind::Class(class, _) if self.is_task(*class))
    }
}
