//! Types: interned, so that equal types have equal ids, and structural kinds may be compared by id.

mod id;
mod measure;
mod print;
mod substitute;

use std::collections::HashMap;
use std::rc::Rc;

use measure::Measure;

use raya_abi::Representation;

pub(crate) use id::{TypeId, push_unique};
pub(crate) use substitute::Substitution;

/// Text of a name; shared with the tree.
pub(crate) type Text = Rc<str>;

/// Names a class, interface, alias or type parameter: an index into the checker's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClassIndex(pub(crate) u32);
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct InterfaceIndex(pub(crate) u32);
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AliasIndex(pub(crate) u32);
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ParameterIndex(pub(crate) u32);

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Stands for a type that was reported; fits everywhere, so that one mistake is reported once.
    Error,
    Unknown,
    Never,
    Null,
    Void,
    Boolean,
    Int,
    Number,
    /// A `number` that has no fraction, as `Math.floor` gives it: fits `int` by a checked cast. Shown as `number`.
    Integral,
    String,
    /// Any object.
    Object,
    /// What `catch` binds: anything; read as an `Error`.
    Caught,
    LiteralBoolean(bool),
    LiteralInt(i32),
    /// The bits of the double.
    LiteralNumber(u64),
    LiteralString(Text),
    Array {
        element: TypeId,
        readonly: bool,
    },
    Tuple(Rc<Tuple>),
    Record(Rc<Record>),
    Interface(InterfaceIndex, Rc<[TypeId]>),
    Class(ClassIndex, Rc<[TypeId]>),
    /// The class itself: `typeof C`.
    ClassValue(ClassIndex),
    /// A module as a value: `import * as ns`.
    Namespace(u32),
    Function(Rc<Signature>),
    /// `new (…) => T`
    Constructor(Rc<Signature>),
    /// `abstract new (…) => T`: a class that may be abstract.
    AbstractConstructor(Rc<Signature>),
    Union(Rc<[TypeId]>),
    Intersection(Rc<[TypeId]>),
    Parameter(ParameterIndex),
    /// An alias that refers to itself, expanded when looked at.
    Alias(AliasIndex, Rc<[TypeId]>),
    /// `keyof T` of a type parameter.
    KeyOf(TypeId),
    /// `T[K]` with a type parameter in it.
    IndexedAccess(TypeId, TypeId),
    /// A utility type over a type parameter, such as `Partial<T>` or `Flat<T>`; computed when the parameter is known.
    Utility(Utility, Rc<[TypeId]>),
    /// Module, name and arguments of an opaque type of a native module.
    Opaque(Text, Text, Rc<[TypeId]>),
}

/// Types computed from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Utility {
    Partial,
    Required,
    Readonly,
    Pick,
    Omit,
    Record,
    Exclude,
    Extract,
    NonNullable,
    ReturnType,
    Parameters,
    Awaited,
    Flat,
    InstanceType,
    ConstructorParameters,
}

impl Utility {
    /// The utility type of a name, and how many arguments it takes.
    pub(crate) fn named(name: &str) -> Option<(Utility, usize)> {
        Some(match name {
            "Partial" => (Utility::Partial, 1),
            "Required" => (Utility::Required, 1),
            "Readonly" => (Utility::Readonly, 1),
            "Pick" => (Utility::Pick, 2),
            "Omit" => (Utility::Omit, 2),
            "Record" => (Utility::Record, 2),
            "Exclude" => (Utility::Exclude, 2),
            "Extract" => (Utility::Extract, 2),
            "NonNullable" => (Utility::NonNullable, 1),
            "ReturnType" => (Utility::ReturnType, 1),
            "Parameters" => (Utility::Parameters, 1),
            "Awaited" => (Utility::Awaited, 1),
            "Flat" => (Utility::Flat, 1),
            "InstanceType" => (Utility::InstanceType, 1),
            "ConstructorParameters" => (Utility::ConstructorParameters, 1),
            _ => return None,
        })
    }
}

/// A tuple type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tuple {
    pub(crate) elements: Vec<TupleElement>,
    /// Element type of `...T[]` at the end.
    pub(crate) rest: Option<TypeId>,
    pub(crate) readonly: bool,
}

/// One element of a tuple type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TupleElement {
    pub(crate) value: TypeId,
    pub(crate) optional: bool,
}

/// The shape of an object type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    /// In the order of declaration.
    pub(crate) properties: Vec<Property>,
    /// `[key: string]: T`: key type, value type, read-only.
    pub(crate) index: Option<(TypeId, TypeId, bool)>,
    /// Call signatures: function types.
    pub(crate) calls: Vec<TypeId>,
    /// Construct signatures: constructor types.
    pub(crate) constructs: Vec<TypeId>,
}

impl Record {
    /// The property of this name.
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| &*property.name == name)
    }
}

/// A property of an object type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Property {
    pub(crate) name: Text,
    /// Without `null` for what is optional.
    pub(crate) value: TypeId,
    pub(crate) optional: bool,
    pub(crate) readonly: bool,
    /// Declared as a method: parameters are compared both ways, and it may not be taken off its object.
    pub(crate) method: bool,
}

/// The signature of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Signature {
    pub(crate) type_parameters: Vec<ParameterIndex>,
    pub(crate) parameters: Vec<ValueParameter>,
    /// Element type of `...rest: T[]`; of `...rest: T` with a type parameter `T[int]`, see [`Types::whole_rest`].
    pub(crate) rest: Option<TypeId>,
    pub(crate) result: TypeId,
    pub(crate) predicate: Option<Predicate>,
}

impl Signature {
    /// `(this: T, …)`: the object is the first argument, given by `call`, `apply` or `bind`.
    pub(crate) fn declares_this(&self) -> bool {
        self.parameters.first().is_some_and(|one| &*one.name == "this")
    }
}

/// A parameter of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ValueParameter {
    pub(crate) name: Text,
    /// What may be passed; has `null` where it is optional.
    pub(crate) value: TypeId,
    pub(crate) optional: bool,
}

/// `x is T`, `asserts x is T`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Predicate {
    pub(crate) asserts: bool,
    /// Index of the parameter; `None` is `this`.
    pub(crate) parameter: Option<u32>,
    /// `None` for `asserts x`.
    pub(crate) target: Option<TypeId>,
}

/// The types that have no parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basic {
    pub(crate) error: TypeId,
    pub(crate) unknown: TypeId,
    pub(crate) never: TypeId,
    pub(crate) null: TypeId,
    pub(crate) void: TypeId,
    pub(crate) boolean: TypeId,
    pub(crate) int: TypeId,
    pub(crate) number: TypeId,
    pub(crate) integral: TypeId,
    pub(crate) string: TypeId,
    pub(crate) object: TypeId,
    pub(crate) caught: TypeId,
}

/// All types of one compilation.
#[derive(Debug)]
pub(crate) struct Types {
    kinds: Vec<Kind>,
    measures: Vec<Measure>,
    ids: HashMap<Kind, TypeId>,
    /// Names that aliases gave to types, for messages.
    pub(crate) aliases: HashMap<TypeId, Text>,
    /// Names of classes, interfaces, aliases and type parameters, by index, for messages.
    pub(crate) class_names: Vec<Text>,
    pub(crate) interface_names: Vec<Text>,
    pub(crate) alias_names: Vec<Text>,
    pub(crate) parameter_names: Vec<Text>,
    pub(crate) basic: Basic,
    /// A type nested deeper, or made of more, than is followed.
    pub(crate) too_deep: bool,
}

/// Most members a union may have; beyond it is `unknown`.
const UNION_MAX: usize = 512;

impl Types {
    pub(crate) fn new() -> Self {
        let placeholder = TypeId::new(0);
        let mut types = Types {
            kinds: Vec::new(),
            measures: Vec::new(),
            ids: HashMap::new(),
            aliases: HashMap::new(),
            class_names: Vec::new(),
            interface_names: Vec::new(),
            alias_names: Vec::new(),
            parameter_names: Vec::new(),
            basic: Basic {
                error: placeholder,
                unknown: placeholder,
                never: placeholder,
                null: placeholder,
                void: placeholder,
                boolean: placeholder,
                int: placeholder,
                number: placeholder,
                integral: placeholder,
                string: placeholder,
                object: placeholder,
                caught: placeholder,
            },
            too_deep: false,
        };
        types.basic = Basic {
            error: types.intern(Kind::Error),
            unknown: types.intern(Kind::Unknown),
            never: types.intern(Kind::Never),
            null: types.intern(Kind::Null),
            void: types.intern(Kind::Void),
            boolean: types.intern(Kind::Boolean),
            int: types.intern(Kind::Int),
            number: types.intern(Kind::Number),
            integral: types.intern(Kind::Integral),
            string: types.intern(Kind::String),
            object: types.intern(Kind::Object),
            caught: types.intern(Kind::Caught),
        };
        types
    }

    /// The id of a kind.
    pub(crate) fn intern(&mut self, kind: Kind) -> TypeId {
        if let Some(id) = self.ids.get(&kind) {
            return *id;
        }
        let kind = kind.with_declared_parts();
        let id = TypeId::new(self.kinds.len());
        self.measures.push(self.measure(&kind));
        self.kinds.push(kind.clone());
        self.ids.insert(kind, id);
        id
    }

    /// What a type is.
    pub(crate) fn kind(&self, id: TypeId) -> &Kind {
        &self.kinds[id.at()]
    }

    pub(crate) fn array(&mut self, element: TypeId) -> TypeId {
        self.intern(Kind::Array { element, readonly: false })
    }

    pub(crate) fn tuple(&mut self, elements: Vec<TypeId>) -> TypeId {
        let elements = elements.into_iter().map(|value| TupleElement { value, optional: false }).collect();
        self.intern(Kind::Tuple(Rc::new(Tuple { elements, rest: None, readonly: false })))
    }

    pub(crate) fn function(&mut self, signature: Signature) -> TypeId {
        self.intern(Kind::Function(Rc::new(signature)))
    }

    pub(crate) fn record(&mut self, record: Record) -> TypeId {
        self.intern(Kind::Record(Rc::new(record)))
    }

    /// The union of types: flattened, without duplicates and `never`, literals absorbed by their type. `int | number`
    /// stays as written.
    pub(crate) fn union(&mut self, members: impl IntoIterator<Item = TypeId>) -> TypeId {
        let mut flat: Vec<TypeId> = Vec::new();
        for member in members {
            match self.kind(member) {
                Kind::Union(_) => {
                    for one in self.members(member) {
                        push_unique(&mut flat, one);
                    }
                }
                Kind::Never => {}
                Kind::Error => return self.basic.error,
                Kind::Unknown => return self.basic.unknown,
                _ => push_unique(&mut flat, member),
            }
        }
        if flat.contains(&self.basic.void) && flat.len() > 1 {
            flat.retain(|one| *one != self.basic.void);
            push_unique(&mut flat, self.basic.null);
        }
        self.absorb_literals(&mut flat);
        match flat.len() {
            0 => self.basic.never,
            1 => flat[0],
            count if count > UNION_MAX => self.basic.unknown,
            _ => {
                flat.sort_by_key(|one| (self.union_rank(*one), *one));
                let id = self.intern(Kind::Union(flat.as_slice().into()));
                self.freshness(id, &flat)
            }
        }
    }

    fn absorb_literals(&mut self, flat: &mut Vec<TypeId>) {
        let has = |flat: &Vec<TypeId>, one: TypeId| flat.contains(&one);
        let basic = self.basic;
        let (has_true, has_false) = (
            flat.iter().any(|one| *self.kind(*one) == Kind::LiteralBoolean(true)),
            flat.iter().any(|one| *self.kind(*one) == Kind::LiteralBoolean(false)),
        );
        if has_true && has_false {
            push_unique(flat, basic.boolean);
        }
        let (int, number, string, boolean) = (
            has(flat, basic.int),
            has(flat, basic.number),
            has(flat, basic.string),
            has(flat, basic.boolean),
        );
        let kinds = &self.kinds;
        flat.retain(|one| match &kinds[one.at()] {
            Kind::LiteralInt(_) => !int,
            Kind::LiteralNumber(_) | Kind::Integral => !number,
            Kind::LiteralString(_) => !string,
            Kind::LiteralBoolean(_) => !boolean,
            _ => true,
        });
    }

    /// Null is shown last; everything else in the order it was first seen.
    fn union_rank(&self, id: TypeId) -> u8 {
        u8::from(id == self.basic.null)
    }

    /// The members of a union; the type itself where it is none.
    pub(crate) fn members(&self, id: TypeId) -> Vec<TypeId> {
        match self.kind(id) {
            Kind::Union(members) if id.is_fresh() => {
                members.iter().map(|one| if self.is_literal(*one) { one.fresh() } else { *one }).collect()
            }
            Kind::Union(members) => members.to_vec(),
            Kind::Never => Vec::new(),
            _ => vec![id],
        }
    }

    /// How many arguments a call must give. What is `void` need not be given.
    pub(crate) fn required(&self, signature: &Signature) -> usize {
        let needed = |one: &ValueParameter| !one.optional && !self.takes_nothing(one.value);
        signature.parameters.iter().rposition(needed).map_or(0, |last| last + 1)
    }

    /// Whether a parameter of this type may be left out.
    pub(crate) fn takes_nothing(&self, id: TypeId) -> bool {
        id == self.basic.void
    }

    /// Whether a type is a declared one with type arguments.
    pub(crate) fn is_instance(&self, id: TypeId) -> bool {
        match self.kind(id) {
            Kind::Class(_, arguments)
            | Kind::Interface(_, arguments)
            | Kind::Alias(_, arguments)
            | Kind::Opaque(_, _, arguments) => !arguments.is_empty(),
            _ => false,
        }
    }

    /// Whether a type is made of other types, by way of which it may refer to itself.
    pub(crate) fn has_parts(&self, id: TypeId) -> bool {
        let is_named = matches!(
            self.kind(id),
            Kind::Interface(..)
                | Kind::Class(..)
                | Kind::ClassValue(_)
                | Kind::Alias(..)
                | Kind::Parameter(_)
        );
        is_named || self.measures[id.at()].height > 0
    }

    /// `T | null`.
    pub(crate) fn nullable(&mut self, id: TypeId) -> TypeId {
        let null = self.basic.null;
        self.union([id, null])
    }

    /// What a variable without a type holds: literals as they are written become their type, `Integral` becomes
    /// `number`. The literals of a declared type stay.
    pub(crate) fn widen(&mut self, id: TypeId) -> TypeId {
        let basic = self.basic;
        match self.kind(id) {
            Kind::Integral => basic.number,
            Kind::LiteralBoolean(_) if id.is_fresh() => basic.boolean,
            Kind::LiteralInt(_) if id.is_fresh() => basic.int,
            Kind::LiteralNumber(_) if id.is_fresh() => basic.number,
            Kind::LiteralString(_) if id.is_fresh() => basic.string,
            Kind::Union(_) => {
                let wide: Vec<TypeId> = self.members(id).into_iter().map(|one| self.widen(one)).collect();
                self.union(wide)
            }
            _ => id,
        }
    }

    /// The type of a literal as it is written.
    pub(crate) fn fresh_literal(&mut self, kind: Kind) -> TypeId {
        self.intern(kind).fresh()
    }

    /// The type of a literal's values.
    pub(crate) fn is_literal(&self, id: TypeId) -> bool {
        matches!(
            self.kind(id),
            Kind::LiteralBoolean(_) | Kind::LiteralInt(_) | Kind::LiteralNumber(_) | Kind::LiteralString(_)
        )
    }

    /// How values of a type are kept. Aliases must have been expanded.
    pub(crate) fn representation(&self, id: TypeId) -> Representation {
        match self.kind(id) {
            Kind::Int | Kind::LiteralInt(_) => Representation::Int,
            Kind::Number | Kind::Integral | Kind::LiteralNumber(_) => Representation::Number,
            Kind::Boolean | Kind::LiteralBoolean(_) => Representation::Boolean,
            Kind::String
            | Kind::LiteralString(_)
            | Kind::Object
            | Kind::Array { .. }
            | Kind::Tuple(_)
            | Kind::Record(_)
            | Kind::Interface(..)
            | Kind::ClassValue(_)
            | Kind::Function(_)
            | Kind::Constructor(_)
            | Kind::AbstractConstructor(_)
            | Kind::Opaque(..) => Representation::Reference,
            Kind::Class(class, _) => match &*self.class_names[class.0 as usize] {
                // The receivers of these built-in classes' methods are primitives.
                "Number" => Representation::Number,
                "Boolean" => Representation::Boolean,
                _ => Representation::Reference,
            },
            Kind::Union(members) => {
                let mut all = members.iter().map(|one| self.representation(*one));
                let first = all.next().unwrap_or(Representation::Any);
                if all.all(|one| one == first) { first } else { Representation::Any }
            }
            Kind::Intersection(members) => {
                if members.iter().any(|one| self.representation(*one) == Representation::Reference) {
                    Representation::Reference
                } else {
                    Representation::Any
                }
            }
            _ => Representation::Any,
        }
    }

    /// The element type of a type parameter that stands for all rest parameters.
    pub(crate) fn elements_of(&mut self, whole: TypeId) -> TypeId {
        let int = self.basic.int;
        self.intern(Kind::IndexedAccess(whole, int))
    }

    /// The type parameter that stands for all rest parameters, of the element type of a rest parameter.
    pub(crate) fn whole_rest(&self, rest: Option<TypeId>) -> Option<(ParameterIndex, TypeId)> {
        let Kind::IndexedAccess(whole, index) = *self.kind(rest?) else { return None };
        match *self.kind(whole) {
            Kind::Parameter(parameter) if index == self.basic.int => Some((parameter, whole)),
            _ => None,
        }
    }

    pub(crate) fn literal_string(&mut self, text: &str) -> TypeId {
        self.intern(Kind::LiteralString(text.into()))
    }
}
