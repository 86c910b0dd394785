//! The typed program as text: one compact form for tests and for debugging.

use std::fmt::Write;

use raya_abi::Representation;

use crate::typed::*;

/// The functions whose names `wanted` accepts, as text. Built-in and unreached functions are usually left out.
pub fn dump(program: &TypedProgram, wanted: &dyn Fn(&Function) -> bool) -> String {
    let mut out = String::new();
    for class in &program.classes {
        if !class.fields.is_empty() || class.base.is_some() {
            let constructor = &program.functions[class.constructor.0 as usize];
            if wanted(constructor) {
                let fields: Vec<String> = class
                    .fields
                    .iter()
                    .map(|one| format!("{}:{}", one.name, shape(one.representation)))
                    .collect();
                let members: Vec<&str> = class.members.iter().map(|one| &*one.name).collect();
                let _ =
                    writeln!(out, "class {} {{ {} }} [{}]", class.name, fields.join(" "), members.join(" "));
            }
        }
    }
    for (index, function) in program.functions.iter().enumerate() {
        if !wanted(function) {
            continue;
        }
        let mut writer = Writer { program, function, out: &mut out, depth: 1 };
        writer.header(index);
        writer.statements(&function.body);
    }
    out
}

fn shape(representation: Representation) -> &'static str {
    match representation {
        Representation::Int => "i",
        Representation::Number => "n",
        Representation::Boolean => "b",
        Representation::Reference => "r",
        Representation::Any => "a",
    }
}

struct Writer<'p> {
    program: &'p TypedProgram,
    function: &'p Function,
    out: &'p mut String,
    depth: usize,
}

impl Writer<'_> {
    fn header(&mut self, index: usize) {
        let parameters: Vec<String> = self.function.parameters.iter().map(|one| self.local(*one)).collect();
        let rest = if self.function.rest { "..." } else { "" };
        let asynchronous = if self.function.is_async { "async " } else { "" };
        let _ =
            write!(self.out, "{asynchronous}f{index} {}({}{rest})", self.function.name, parameters.join(" "));
        if !self.function.captures.is_empty() {
            let _ = write!(self.out, " captures {}", self.function.captures.len());
        }
        let _ = writeln!(self.out, " -> {}", shape(self.function.result));
    }

    fn local(&self, id: LocalId) -> String {
        match self.function.locals.get(id.0 as usize) {
            Some(local) => {
                let marks = if local.captured && local.reassigned { "*" } else { "" };
                format!("{}{}:{}", local.name, marks, shape(local.representation))
            }
            None => format!("?{}", id.0),
        }
    }

    fn variable(&self, variable: Variable) -> String {
        match variable {
            Variable::Local(id) => match self.function.locals.get(id.0 as usize) {
                Some(local) => local.name.to_string(),
                None => format!("?{}", id.0),
            },
            Variable::Capture(at) => format!("^{at}"),
            Variable::Global(id) => self
                .program
                .globals
                .get(id.0 as usize)
                .map_or_else(|| "?".to_owned(), |one| format!("@{}", one.name)),
        }
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(self.depth));
    }

    fn block(&mut self, statements: &[Statement]) {
        self.depth += 1;
        self.statements(statements);
        self.depth -= 1;
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.statement(statement));
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Expression(value) => self.line(&self.text(value)),
            StatementKind::Let(local, value) => {
                let value =
                    value.as_ref().map_or_else(String::new, |value| format!(" = {}", self.text(value)));
                self.line(&format!("let {}{value}", self.local(*local)));
            }
            StatementKind::InitializeGlobal(global, value) => {
                let name = self.variable(Variable::Global(*global));
                self.line(&format!("init {name} = {}", self.text(value)));
            }
            StatementKind::Block { label, body } => {
                let label = label.map_or_else(String::new, |label| format!(" L{}", label.0));
                self.line(&format!("block{label}"));
                self.block(body);
            }
            StatementKind::If(test, yes, no) => {
                self.line(&format!("if {}", self.text(test)));
                self.block(yes);
                if !no.is_empty() {
                    self.line("else");
                    self.block(no);
                }
            }
            StatementKind::Loop(one) => {
                let condition =
                    one.condition.as_ref().map_or_else(String::new, |test| format!(" {}", self.text(test)));
                let update =
                    one.update.as_ref().map_or_else(String::new, |update| format!("; {}", self.text(update)));
                let fresh: Vec<String> = one.fresh_each_turn.iter().map(|local| self.local(*local)).collect();
                let fresh =
                    if fresh.is_empty() { String::new() } else { format!(" fresh {}", fresh.join(" ")) };
                let last = if one.test_last { " after" } else { "" };
                self.line(&format!("loop L{}{last}{condition}{update}{fresh}", one.label.0));
                self.block(&one.body);
            }
            StatementKind::ForOf(one) => {
                let text = format!(
                    "for L{} {} of {:?} {}",
                    one.label.0,
                    self.local(one.binding),
                    one.kind,
                    self.text(&one.iterated)
                );
                self.line(&text);
                self.block(&one.body);
            }
            StatementKind::Switch(one) => {
                let (local, value) = &one.scrutinee;
                self.line(&format!("switch L{} {} = {}", one.label.0, self.local(*local), self.text(value)));
                for (test, body) in &one.cases {
                    let test = test
                        .as_ref()
                        .map_or_else(|| "default".to_owned(), |test| format!("case {}", self.text(test)));
                    self.line(&test);
                    self.block(body);
                }
            }
            StatementKind::Try { body, catch, finally } => {
                self.line("try");
                self.block(body);
                if let Some((local, body)) = catch {
                    self.line(&format!("catch {}", self.local(*local)));
                    self.block(body);
                }
                if let Some(body) = finally {
                    self.line("finally");
                    self.block(body);
                }
            }
            StatementKind::Throw(value) => self.line(&format!("throw {}", self.text(value))),
            StatementKind::Return(None) => self.line("return"),
            StatementKind::Return(Some(value)) => self.line(&format!("return {}", self.text(value))),
            StatementKind::Break(label) => self.line(&format!("break L{}", label.0)),
            StatementKind::Continue(label) => self.line(&format!("continue L{}", label.0)),
        }
    }

    fn list(&self, values: &[Expression]) -> String {
        values.iter().map(|one| self.text(one)).collect::<Vec<_>>().join(", ")
    }

    fn arguments(&self, arguments: &Arguments) -> String {
        match arguments {
            Arguments::Fixed(values) => self.list(values),
            Arguments::Spread(array) => format!("...{}", self.text(array)),
        }
    }

    fn text(&self, value: &Expression) -> String {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.text_inside(value))
    }

    fn text_inside(&self, value: &Expression) -> String {
        let shown = shape(value.representation);
        match &value.kind {
            ExpressionKind::Null => "null".to_owned(),
            ExpressionKind::Absent => "absent".to_owned(),
            ExpressionKind::Boolean(one) => one.to_string(),
            ExpressionKind::Int(one) => one.to_string(),
            ExpressionKind::Number(one) => format!("{one:?}"),
            ExpressionKind::String(one) => format!("{one:?}"),
            ExpressionKind::RegularExpression(pattern, flags) => format!("/{pattern}/{flags}"),
            ExpressionKind::Read(variable) => self.variable(*variable),
            ExpressionKind::Assign(variable, value) => {
                format!("({} = {})", self.variable(*variable), self.text(value))
            }
            ExpressionKind::IsAbsent(local) => format!("absent?({})", self.variable(Variable::Local(*local))),
            ExpressionKind::Unary(operator, one) => format!("{operator:?}({})", self.text(one)),
            ExpressionKind::Binary(operator, a, b) => {
                format!("{operator:?}({}, {})", self.text(a), self.text(b))
            }
            ExpressionKind::Logical(operator, a, b) => {
                format!("{operator:?}:{shown}({}, {})", self.text(a), self.text(b))
            }
            ExpressionKind::Conditional(test, a, b) => {
                format!("({} ? {} : {}):{shown}", self.text(test), self.text(a), self.text(b))
            }
            ExpressionKind::Sequence(statements, last) => self.sequence(statements, last),
            ExpressionKind::Convert(conversion, one) => match conversion {
                Conversion::Forget => format!("any({})", self.text(one)),
                Conversion::Check => format!("check:{shown}({})", self.text(one)),
                Conversion::IntToNumber => format!("number({})", self.text(one)),
                Conversion::Truthiness => format!("truth({})", self.text(one)),
                Conversion::Text => format!("text({})", self.text(one)),
            },
            ExpressionKind::TypeTest(one, of) => {
                format!("({} is {})", self.text(one), self.runtime_type(of.0, 0))
            }
            ExpressionKind::Cast(one, of) => {
                format!("({} as {}):{shown}", self.text(one), self.runtime_type(of.0, 0))
            }
            ExpressionKind::Array { element, parts } => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| match part {
                        ArrayPart::Element(one) => self.text(one),
                        ArrayPart::Spread(one) => format!("...{}", self.text(one)),
                    })
                    .collect();
                format!("{}[{}]", shape(*element), parts.join(", "))
            }
            ExpressionKind::Object(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| match part {
                        ObjectPart::Property(name, one) => format!("{name}: {}", self.text(one)),
                        ObjectPart::Computed(name, one) => {
                            format!("[{}]: {}", self.text(name), self.text(one))
                        }
                        ObjectPart::Spread(one) => format!("...{}", self.text(one)),
                    })
                    .collect();
                format!("{{{}}}", parts.join(", "))
            }
            ExpressionKind::GetProperty(object, name) => format!("{}.{name}:{shown}", self.text(object)),
            ExpressionKind::SetProperty(object, name, one) => {
                format!("({}.{name} = {})", self.text(object), self.text(one))
            }
            ExpressionKind::GetElement(array, at) => {
                format!("{}[{}]:{shown}", self.text(array), self.text(at))
            }
            ExpressionKind::SetElement(array, at, one) => {
                format!("({}[{}] = {})", self.text(array), self.text(at), self.text(one))
            }
            ExpressionKind::CallFunction(id, arguments) => {
                let name = self.program.functions.get(id.0 as usize).map_or("?", |one| &one.name);
                format!("{name}({}):{shown}", self.list(arguments))
            }
            ExpressionKind::CallValue(callee, arguments) => {
                format!("value({})({})", self.text(callee), self.arguments(arguments))
            }
            ExpressionKind::CallMethod(object, name, arguments) => {
                format!("{}->{name}({})", self.text(object), self.arguments(arguments))
            }
            ExpressionKind::CallBuiltin(name, arguments) => {
                format!("#{name}({}):{shown}", self.arguments(arguments))
            }
            ExpressionKind::CallNative(id, arguments) => match self.program.natives.get(id.0 as usize) {
                Some(native) => {
                    format!("native:{}.{}({}):{shown}", native.module, native.name, self.list(arguments))
                }
                None => "?".to_owned(),
            },
            ExpressionKind::New(id, arguments) => {
                let name = self.program.classes.get(id.0 as usize).map_or("?", |one| &one.name);
                format!("new {name}({})", self.list(arguments))
            }
            ExpressionKind::Closure(id) => format!("closure f{}", id.0),
            ExpressionKind::ClassValue(id) => {
                format!("class {}", self.program.classes.get(id.0 as usize).map_or("?", |one| &one.name))
            }
            ExpressionKind::NativeValue(id) => format!("native {}", id.0),
            ExpressionKind::BuiltinValue(name) => format!("#{name}"),
            ExpressionKind::Await(one) => format!("await({})", self.text(one)),
            ExpressionKind::Start(one) => format!("start({})", self.text(one)),
        }
    }

    fn sequence(&self, statements: &[Statement], last: &Expression) -> String {
        let mut inner = String::new();
        let mut writer = Writer { program: self.program, function: self.function, out: &mut inner, depth: 0 };
        writer.statements(statements);
        let lines: Vec<&str> = inner.lines().map(str::trim).collect();
        format!("{{{}; {}}}", lines.join("; "), self.text(last))
    }

    fn runtime_type(&self, id: u32, depth: usize) -> String {
        use raya_abi::RuntimeType as R;
        let Some(of) = self.program.types.get(id as usize) else {
            return "?".to_owned();
        };
        if depth > 3 {
            return "…".to_owned();
        }
        let inner = |one: &raya_abi::RuntimeTypeId| self.runtime_type(one.0, depth + 1);
        match of {
            R::Class(index) => {
                self.program.classes.get(*index as usize).map_or("?", |one| &one.name).to_owned()
            }
            R::Builtin(name) => name.clone(),
            R::Opaque(module, name) => format!("{module}::{name}"),
            R::Literal(literal) => format!("{literal:?}"),
            R::Array(element) => format!("{}[]", inner(element)),
            R::Tuple(elements) => format!("[{}]", elements.iter().map(inner).collect::<Vec<_>>().join(", ")),
            R::Union(members) => members.iter().map(inner).collect::<Vec<_>>().join("|"),
            R::Intersection(members) => members.iter().map(inner).collect::<Vec<_>>().join("&"),
            R::Record(properties) => {
                let properties: Vec<String> = properties
                    .iter()
                    .map(|(name, of, optional)| {
                        format!("{name}{}: {}", if *optional { "?" } else { "" }, inner(of))
                    })
                    .collect();
                format!("{{{}}}", properties.join(", "))
            }
            other => format!("{other:?}").to_lowercase(),
        }
    }
}
