//! What is known of variables and of what is reached from them, at a point of a function.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use raya_syntax::ast::{self, ExpressionKind as E};

use crate::checker::Checker;
use crate::tables::*;
use crate::types::*;

/// What is known at a point of a function: narrowed types, and variables that were not assigned yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub(crate) unreachable: bool,
    pub(crate) facts: Rc<BTreeMap<Reference, TypeId>>,
    pub(crate) unassigned: Rc<BTreeSet<VariableIndex>>,
}

/// A variable or a path from one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) root: VariableIndex,
    pub(crate) path: Vec<Step>,
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A property; the name of a private one begins with `#`.
    Property(Text),
    /// `[2]`
    Element(i32),
    /// `[key]` with a variable.
    Keyed(VariableIndex),
}

impl Reference {
    /// A variable itself.
    pub(crate) fn of(root: VariableIndex) -> Reference {
        Reference { root, path: Vec::new() }
    }

    /// The variables that say which place is meant: another value in one of them is another place.
    pub(crate) fn variables(&self) -> impl Iterator<Item = VariableIndex> {
        let keys = self.path.iter().filter_map(|step| match step {
            Step::Keyed(key) => Some(*key),
            Step::Property(_) | Step::Element(_) => None,
        });
        std::iter::once(self.root).chain(keys)
    }

    /// Whether it is `object` or reached through it.
    fn is_through(&self, object: &Reference) -> bool {
        self.root == object.root && self.path.starts_with(&object.path)
    }

    fn with(mut self, step: Step) -> Reference {
        self.path.push(step);
        self
    }
}

impl<'a> Checker<'a> {
    /// The variable or property path an expression reads.
    pub(crate) fn reference_of(&mut self, expression: &ast::Expression) -> Option<Reference> {
        let step = match &expression.kind {
            E::Name(name) => return self.variable_reference(name),
            E::This => return self.variable_reference("this"),
            E::Member { object, property, .. } => {
                if let Some(root) = self.static_root(object, &property.text) {
                    return Some(Reference::of(root));
                }
                (object, Step::Property(property.text.clone()))
            }
            E::PrivateMember { object, property, .. } => {
                (object, Step::Property(format!("#{}", property.text).into()))
            }
            E::Index { object, index, .. } => (object, self.index_step(index)?),
            E::Parenthesized(inner) | E::NonNull(inner) | E::Chain(inner) => return self.reference_of(inner),
            E::Assign { target, operator: ast::AssignmentOperator::Assign, .. } => match &target.kind {
                ast::PatternKind::Name(name) => return self.variable_reference(name),
                _ => return None,
            },
            _ => return None,
        };
        let (object, step) = step;
        Some(self.reference_of(object)?.with(step))
    }

    fn variable_reference(&mut self, name: &str) -> Option<Reference> {
        match self.lookup_value(self.scope, name)? {
            ValueSymbol::Variable(root) => Some(Reference::of(root)),
            _ => None,
        }
    }

    /// The step that an index is; a variable only where no function that is called meanwhile can assign it.
    fn index_step(&mut self, index: &ast::Expression) -> Option<Step> {
        match &index.kind {
            E::String(name) => Some(Step::Property(name.clone())),
            E::Integer(at) => Some(Step::Element(*at)),
            E::Name(name) => {
                let key = self.variable_reference(name)?.root;
                let Variable { constant, place, .. } = self.variables[key.at()];
                let context = self.context();
                let is_own = match place {
                    Place::Local(owner, local) => {
                        owner == context.number && !context.locals[local.0 as usize].captured
                    }
                    Place::Global(..) => false,
                };
                (constant || is_own).then_some(Step::Keyed(key))
            }
            _ => None,
        }
    }

    /// The variable behind `Class.field`.
    fn static_root(&mut self, object: &ast::Expression, name: &str) -> Option<VariableIndex> {
        let E::Name(class) = &object.kind else { return None };
        let ValueSymbol::Class(class) = self.lookup_value(self.scope, class)? else {
            return None;
        };
        for one in self.ancestry(class).into_iter().rev() {
            if self.classes[one.0 as usize].statics.contains_key(name) {
                return self.static_variable(one, name);
            }
        }
        None
    }

    /// What is known of a reference here: the narrowed type, or the declared one.
    pub(crate) fn reference_type(&mut self, reference: &Reference) -> Option<TypeId> {
        if let Some(fact) = self.context().flow.facts.get(reference) {
            return Some(*fact);
        }
        let Some((last, before)) = reference.path.split_last() else {
            return self.variables[reference.root.at()].declared;
        };
        let parent = Reference { root: reference.root, path: before.to_vec() };
        let parent = self.reference_type(&parent)?;
        let parent = self.without_null(parent);
        self.step_type(parent, last)
    }

    /// What a step from a value of a type gives.
    pub(crate) fn step_type(&mut self, of: TypeId, step: &Step) -> Option<TypeId> {
        let of = self.expand(of);
        let name = match step {
            Step::Property(name) => name,
            Step::Element(at) => return self.element_type(of, Some(*at)),
            Step::Keyed(_) if self.is_array(of) => return self.element_type(of, None),
            Step::Keyed(_) => {
                let (_, value, _) = self.record_of(of)?.index?;
                return Some(self.types.nullable(value));
            }
        };
        let members = self.types.members(of);
        let mut found = Vec::new();
        for member in members {
            found.push(self.member(member, name)?.of);
        }
        Some(self.types.union(found))
    }

    pub(crate) fn set_fact(&mut self, reference: Reference, of: TypeId) {
        Rc::make_mut(&mut self.context().flow.facts).insert(reference, of);
    }

    fn forget_where(&mut self, doomed: impl Fn(&Reference) -> bool) {
        let facts = &mut self.context().flow.facts;
        if facts.keys().any(&doomed) {
            Rc::make_mut(facts).retain(|one, _| !doomed(one));
        }
    }

    /// Forgets what is known of a reference and of everything reached through it.
    pub(crate) fn forget(&mut self, reference: &Reference) {
        self.forget_where(|one| {
            let is_key = reference.path.is_empty() && one.variables().any(|key| key == reference.root);
            is_key || one.is_through(reference)
        });
    }

    /// Forgets what is known of places that a write to `target` may have changed since they may be the same: `object[key]` and
    /// `object.name`, or `object[other]`.
    pub(crate) fn forget_elements(&mut self, target: &ast::Expression) {
        let target = target.without_parentheses();
        let (object, step) = match &target.kind {
            E::Index { object, index, .. } => (object, self.index_step(index)),
            E::Member { object, property, .. } => (object, Some(Step::Property(property.text.clone()))),
            _ => return,
        };
        // `rows[i].x` may be `rows[j].x`.
        self.forget_elements(object);
        let Some(object) = self.reference_of(object) else { return };
        let at = object.path.len();
        self.forget_where(|one| {
            one.is_through(&object)
                && match (one.path.get(at), &step) {
                    (None, _) => false,
                    // A name and a number are keys of different places.
                    (Some(Step::Keyed(_)), _) | (Some(_), None | Some(Step::Keyed(_))) => true,
                    (Some(_), Some(_)) => false,
                }
        });
    }

    /// Forgets everything about variables of these names: a loop may assign them before it gets here again.
    pub(crate) fn forget_names(&mut self, names: &HashSet<Text>) {
        if names.is_empty() {
            return;
        }
        let variables = &self.variables;
        let doomed = |one: &Reference| one.variables().any(|one| names.contains(&variables[one.at()].name));
        if let Some(context) = self.contexts.last_mut()
            && context.flow.facts.keys().any(doomed)
        {
            Rc::make_mut(&mut context.flow.facts).retain(|one, _| !doomed(one));
        }
    }

    /// What is known where two paths meet.
    pub(crate) fn join_flows(&mut self, left: Flow, right: Flow) -> Flow {
        if left.unreachable {
            return right;
        }
        if right.unreachable {
            return left;
        }
        let facts = if Rc::ptr_eq(&left.facts, &right.facts) {
            left.facts
        } else {
            let mut facts = std::collections::BTreeMap::new();
            for (reference, one) in left.facts.iter() {
                if let Some(other) = right.facts.get(reference) {
                    let both = if one == other { *one } else { self.types.union([*one, *other]) };
                    facts.insert(reference.clone(), both);
                }
            }
            Rc::new(facts)
        };
        let unassigned = if left.unassigned == right.unassigned {
            left.unassigned
        } else {
            Rc::new(left.unassigned.union(&right.unassigned).copied().collect())
        };
        Flow { unreachable: false, facts, unassigned }
    }
}
