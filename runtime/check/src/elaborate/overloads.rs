//! Which signature a call means, and its type arguments.

use super::calls::{Given, needs_context};
use crate::checker::{Checker, Value};
use crate::codes;
use crate::infer::Inference;
use crate::types::*;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ExpressionKind as E, ObjectMemberKind};
use std::rc::Rc;

impl<'a> Checker<'a> {
    /// The first signature that takes this many arguments of these types.
    pub(crate) fn choose(
        &mut self,
        signatures: &[Rc<Signature>],
        given: &[Given<'a>],
    ) -> Option<Rc<Signature>> {
        if let [only] = signatures {
            return Some(only.clone());
        }
        signatures.iter().find(|signature| self.takes(signature, given)).cloned()
    }

    pub(crate) fn takes(&mut self, signature: &Signature, given: &[Given<'a>]) -> bool {
        let spread = given.iter().any(|one| one.spread);
        let count = given.len();
        if !spread
            && (count < self.types.required(signature)
                || (count > signature.parameters.len() && signature.rest.is_none()))
        {
            return false;
        }
        let mut inference = Inference::new(&signature.type_parameters);
        for (index, one) in given.iter().enumerate() {
            let Some(wanted) = signature.parameters.get(index).map(|one| one.value).or(signature.rest) else {
                return spread;
            };
            match &one.value {
                Some(value) if !one.spread => self.infer_from(&mut inference, wanted, value.of, 0),
                _ => {}
            }
        }
        let map = self.solve(&inference, false);
        for (index, one) in given.iter().enumerate() {
            let Some(wanted) = signature.parameters.get(index).map(|one| one.value).or(signature.rest) else {
                return spread;
            };
            let wanted = self.types.substitute(wanted, &map);
            let fits = match (&one.value, one.ast) {
                (Some(_), _) if one.spread => true,
                (Some(value), _) => self.assignable(value.of, wanted),
                (None, Some(ast)) => self.may_be(ast, wanted),
                (None, None) => true,
            };
            if !fits {
                return false;
            }
        }
        true
    }

    /// Whether a function or literal that was not looked at yet could be of a type.
    pub(crate) fn may_be(&mut self, ast: &'a ast::Expression, wanted: TypeId) -> bool {
        let function = match &ast.without_parentheses().kind {
            E::Arrow(arrow) => &arrow.function,
            E::Function(function) => function,
            E::Object(members) => return self.literal_may_be(members, wanted),
            E::Name(_) => {
                return self.contextual_signature(wanted).is_none_or(|one| one.predicate.is_none());
            }
            _ => return true,
        };
        let wanted_signature = self.contextual_signature(wanted);
        let wanted = self.expand(wanted);
        match wanted_signature {
            Some(signature) => {
                if signature.predicate.as_ref().is_some_and(|one| one.target.is_some()) {
                    let written = matches!(
                        function.return_type.as_ref().map(|one| &one.kind),
                        Some(ast::TypeKind::Predicate { .. })
                    );
                    let first = signature.parameters.first().map(|one| one.value);
                    return written
                        || first.is_some_and(|first| self.inferred_predicate(function, first).is_some());
                }
                let least = function
                    .parameters
                    .iter()
                    .filter(|one| !one.optional && !one.rest && one.default.is_none())
                    .count();
                least <= signature.parameters.len() || signature.rest.is_some()
            }
            None => matches!(
                self.types.kind(wanted),
                Kind::Unknown | Kind::Parameter(_) | Kind::Object | Kind::Error
            ),
        }
    }

    /// Whether an object literal has what a type of objects needs, by its names alone.
    fn literal_may_be(&mut self, members: &[ast::ObjectMember], wanted: TypeId) -> bool {
        let mut names = Vec::with_capacity(members.len());
        for member in members {
            let name = match &member.kind {
                ObjectMemberKind::Shorthand { name, .. } => Some(&name.text),
                ObjectMemberKind::Property { key, .. }
                | ObjectMemberKind::Method { key, .. }
                | ObjectMemberKind::Getter { key, .. }
                | ObjectMemberKind::Setter { key, .. } => key.text(),
                ObjectMemberKind::Spread(_) => None,
            };
            match name {
                Some(name) => names.push(name),
                // Spread or computed: it may have any property.
                None => return true,
            }
        }
        let wanted = self.expand(wanted);
        self.types.members(wanted).into_iter().any(|one| match self.record_of(one) {
            Some(record) => {
                let given = |property: &Property| names.contains(&&property.name);
                record.properties.iter().all(|property| property.optional || given(property))
                    && (record.index.is_some() || names.iter().all(|name| record.property(name).is_some()))
            }
            None => true,
        })
    }

    pub(crate) fn no_overload(&mut self, signatures: &[Rc<Signature>], given: &mut [Given<'a>], span: Span) {
        let mut shown = Vec::new();
        for one in given.iter_mut() {
            if one.value.is_none()
                && let Some(ast) = one.ast
            {
                one.value = Some(self.expression(ast, None));
            }
            if let Some(value) = &one.value {
                if self.is_error(value.of) {
                    return;
                }
                shown.push(format!("`{}`", self.show(value.of)));
            }
        }
        let message = format!("no signature takes the arguments {}", shown.join(", "));
        let mut diagnostic = Diagnostic::error(codes::MISMATCH, message).at(span);
        for one in signatures.iter().take(4) {
            let of = self.types.intern(Kind::Function(one.clone()));
            diagnostic = diagnostic.with_note(format!("it takes `{}`", self.show(of)));
        }
        self.report(diagnostic);
    }

    pub(crate) fn check_count(&mut self, signature: &Signature, given: &[Given<'a>], span: Span) -> bool {
        let spread = given.iter().any(|one| one.spread);
        let (least, most) = (self.types.required(signature), signature.parameters.len());
        let count = given.len();
        let too_many = count > most && signature.rest.is_none() && !(spread && count == most + 1);
        let too_few = count < least && !spread;
        if !too_many && !too_few {
            return true;
        }
        let expected = match (least == most, signature.rest.is_some()) {
            (_, true) => format!("at least {least}"),
            (true, false) => most.to_string(),
            (false, false) => format!("{least} to {most}"),
        };
        let plural = if expected == "1" || expected == "at least 1" { "argument" } else { "arguments" };
        let message = format!("expected {expected} {plural}, found {count}");
        let place = if too_many { given.get(most).map_or(span, |one| one.span) } else { span };
        let of = self.types.function(signature.clone());
        let diagnostic = Diagnostic::error(codes::ARGUMENT_COUNT, message).at(place);
        let shown = self.show(of);
        self.report(diagnostic.with_note(format!("it takes `{shown}`")));
        false
    }

    /// Type arguments, and all arguments as values of the types they are wanted as.
    pub(crate) fn infer_call(
        &mut self,
        chosen: &Rc<Signature>,
        type_arguments: &[TypeId],
        given: Vec<Given<'a>>,
        expected: Option<TypeId>,
        span: Span,
    ) -> (Signature, Vec<(bool, Value)>) {
        let generic = !chosen.type_parameters.is_empty();
        let wanted_at = |index: usize| chosen.parameters.get(index).map(|one| one.value).or(chosen.rest);
        if !generic {
            let mut values = Vec::new();
            for (index, one) in given.into_iter().enumerate() {
                let wanted = wanted_at(index);
                let value = self.given_value(one.value, one.ast, wanted, one.span);
                values.push((one.spread, value));
            }
            return ((**chosen).clone(), values);
        }
        if !type_arguments.is_empty() {
            let parameters = chosen.type_parameters.clone();
            let Some(arguments) =
                self.complete_arguments("this function", &parameters, type_arguments.to_vec(), span)
            else {
                let error = self.types.basic.error;
                let map = Substitution::new(&parameters, &vec![error; parameters.len()]);
                let signature = self.types.substitute_signature(chosen, &map);
                return self.finish_arguments(signature, given);
            };
            let map = Substitution::new(&parameters, &arguments);
            self.check_constraints(&parameters, &map, span);
            let signature = self.types.substitute_signature(chosen, &map);
            return self.finish_arguments(signature, given);
        }
        self.infer_arguments(chosen, given, expected, span)
    }

    pub(crate) fn finish_arguments(
        &mut self,
        signature: Signature,
        given: Vec<Given<'a>>,
    ) -> (Signature, Vec<(bool, Value)>) {
        let mut values = Vec::new();
        for (index, one) in given.into_iter().enumerate() {
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest);
            let value = self.given_value(one.value, one.ast, wanted, one.span);
            values.push((one.spread, value));
        }
        (signature, values)
    }

    pub(crate) fn given_value(
        &mut self,
        value: Option<Value>,
        ast: Option<&'a ast::Expression>,
        wanted: Option<TypeId>,
        span: Span,
    ) -> Value {
        match (value, ast) {
            (Some(value), _) => value,
            (None, Some(ast)) => self.expression(ast, wanted),
            (None, None) => self.broken(span),
        }
    }

    pub(crate) fn infer_arguments(
        &mut self,
        chosen: &Rc<Signature>,
        given: Vec<Given<'a>>,
        expected: Option<TypeId>,
        span: Span,
    ) -> (Signature, Vec<(bool, Value)>) {
        let parameters = chosen.type_parameters.clone();
        let mut inference = Inference::new(&parameters);
        if let Some(expected) = expected {
            let mut from_context = Inference::new(&parameters);
            self.infer_from(&mut from_context, chosen.result, expected, 0);
            let map = self.solve(&from_context, true);
            for (at, parameter) in parameters.iter().enumerate() {
                let found = map.get(*parameter).filter(|one| !self.mentions_parameters(*one, &parameters));
                let basic = self.types.basic;
                // What takes anything says nothing; nor does a call whose value nobody uses.
                let says = |one: &TypeId| {
                    ![basic.never, basic.unknown].contains(one)
                        && (*one != basic.void || expected != basic.void)
                };
                inference.expected[at] = found.filter(says);
            }
        }
        let mut values: Vec<Option<(bool, Value)>> = given.iter().map(|_| None).collect();
        let mut waiting: Vec<(usize, Given<'a>)> = Vec::new();
        for (index, one) in given.into_iter().enumerate() {
            let wanted = chosen.parameters.get(index).map(|one| one.value).or(chosen.rest);
            if one.value.is_none() && one.ast.is_some_and(needs_context) {
                waiting.push((index, one));
                continue;
            }
            let guide = wanted.map(|wanted| self.guide(wanted, &inference));
            let value = self.given_value(one.value, one.ast, guide, one.span);
            if let Some(wanted) = wanted {
                let of = if one.spread { self.spread_element(value.of, one.span) } else { value.of };
                self.infer_from(&mut inference, wanted, of, 0);
            }
            values[index] = Some((one.spread, value));
        }
        // Functions and literals, in order: what each says guides the next.
        for (index, one) in waiting {
            let wanted = chosen.parameters.get(index).map(|one| one.value).or(chosen.rest);
            if let (Some(wanted), Some(ast)) = (wanted, one.ast) {
                self.widen_accumulator(&mut inference, wanted, ast);
            }
            let guide = wanted.map(|wanted| self.guide(wanted, &inference));
            let value = self.given_value(None, one.ast, guide, one.span);
            if let Some(wanted) = wanted {
                self.infer_from(&mut inference, wanted, value.of, 0);
            }
            values[index] = Some((one.spread, value));
        }
        if let Some((_, whole)) = self.types.whole_rest(chosen.rest) {
            let given = values.get(chosen.parameters.len()..).unwrap_or_default();
            let given: Vec<(bool, TypeId)> =
                given.iter().flatten().map(|(spread, value)| (*spread, value.of)).collect();
            let all = self.given_tuple(&given, span);
            self.infer_from(&mut inference, whole, all, 0);
        }
        let map = self.solve(&inference, false);
        self.check_constraints(&parameters, &map, span);
        let signature = self.types.substitute_signature(chosen, &map);
        // Literals that were guided by parameters which were not known yet are of the types that became of them.
        let open: Vec<ParameterIndex> =
            parameters.iter().copied().filter(|one| !self.is_type_in_scope(*one)).collect();
        for (_, value) in values.iter_mut().flatten() {
            if self.mentions_parameters(value.of, &open) {
                value.of = self.types.substitute(value.of, &map);
            }
        }
        (signature, values.into_iter().flatten().collect())
    }

    /// `prices.reduce((sum, price) => sum + price, 0)`: the int that the parameter is inferred from is a number if the
    /// function gives one when it gets the int.
    fn widen_accumulator(&mut self, inference: &mut Inference, wanted: TypeId, ast: &'a ast::Expression) {
        let basic = self.types.basic;
        let Some(signature) = self.contextual_signature(wanted) else { return };
        let Kind::Parameter(parameter) = *self.types.kind(signature.result) else { return };
        let takes = signature.parameters.iter().any(|one| one.value == signature.result);
        let known = self.solve(inference, true);
        // Inside a probe it is not asked again: that would double the work at each level of nesting.
        if !takes || known.get(parameter) != Some(basic.int) || self.probing > 0 {
            return;
        }
        let given = |checker: &mut Self, of: TypeId| {
            let mut known = known.clone();
            known.insert(parameter, of);
            let guide = checker.types.substitute(wanted, &known);
            let (flow, before) = (checker.context().flow.clone(), checker.probed_errors);
            let given = checker.probe(|checker| checker.expression(ast, Some(guide)).of);
            checker.context().flow = flow;
            let result = checker.call_signatures(given).first().map(|one| one.result);
            (result == Some(basic.number), checker.probed_errors - before)
        };
        let is_number = match given(self, basic.int) {
            (is_number, 0) => is_number,
            // `(sum, price) => { sum += price; return sum; }` is wrong for an int, and gives none where it is right.
            (true, _) => true,
            (false, wrong) => {
                let (is_number, still_wrong) = given(self, basic.number);
                is_number && still_wrong < wrong
            }
        };
        if is_number {
            self.infer_from(inference, signature.result, basic.number, 0);
        }
    }

    /// Arguments as the tuple that they are.
    fn given_tuple(&mut self, given: &[(bool, TypeId)], span: Span) -> TypeId {
        if let [(true, only)] = given
            && matches!(self.types.kind(*only), Kind::Parameter(_) | Kind::Tuple(_))
        {
            return *only;
        }
        let mut tuple = Tuple { elements: Vec::new(), rest: None, readonly: false };
        for (spread, of) in given {
            if *spread {
                let element = self.spread_element(*of, span);
                tuple.rest = Some(element);
            } else {
                let value = self.types.widen(*of);
                tuple.elements.push(TupleElement { value, optional: false });
            }
        }
        self.types.intern(Kind::Tuple(Rc::new(tuple)))
    }

    /// A wanted type with what is known of its parameters filled in; the others stay, and say nothing.
    pub(crate) fn guide(&mut self, wanted: TypeId, inference: &Inference) -> TypeId {
        let mut map = self.solve(inference, true);
        for parameter in &inference.parameters {
            if map.get(*parameter).is_none() && !self.is_known(inference, *parameter) {
                let constraint = self.parameter_constraint(*parameter);
                if constraint.is_none() && self.only_input(wanted, *parameter) {
                    map.insert(*parameter, self.types.basic.unknown);
                }
            }
        }
        self.types.substitute(wanted, &map)
    }

    /// Whether a parameter stands among the parameters of a wanted function: nothing else will say what it is.
    pub(crate) fn only_input(&mut self, wanted: TypeId, parameter: ParameterIndex) -> bool {
        let Some(signature) = self.contextual_signature(wanted) else {
            return false;
        };
        let result = self.mentions_parameters(signature.result, &[parameter]);
        !result && signature.parameters.iter().any(|one| self.mentions_parameters(one.value, &[parameter]))
    }

    pub(crate) fn mentions_parameters(&mut self, of: TypeId, parameters: &[ParameterIndex]) -> bool {
        let never = self.types.basic.never;
        let map = Substitution::new(parameters, &vec![never; parameters.len()]);
        self.types.substitute(of, &map) != of
    }

    pub(crate) fn check_constraints(
        &mut self,
        parameters: &[ParameterIndex],
        map: &Substitution,
        span: Span,
    ) {
        for parameter in parameters {
            let Some(constraint) = self.parameter_constraint(*parameter) else {
                continue;
            };
            let constraint = self.types.substitute(constraint, map);
            let Some(argument) = map.get(*parameter) else {
                continue;
            };
            // A bound by a parameter of the class around it is what that stands for there, not here.
            if matches!(self.types.kind(constraint), Kind::Parameter(_)) {
                continue;
            }
            if !self.assignable(argument, constraint) {
                let name = self.types.parameter_names[parameter.0 as usize].clone();
                let message =
                    format!("`{name}` must be `{}`, found `{}`", self.show(constraint), self.show(argument));
                self.error(codes::CONSTRAINT, span, message);
            }
        }
    }
}
