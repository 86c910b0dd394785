//! Shapes: which properties an object has, and where.
//!
//! Instances of a class share one shape, whose slots are the class's fields. Plain objects start at a root, one for each
//! number of slots inside the object, and go from shape to shape as properties are added; an object that grows beyond
//! [`PROPERTIES_MAX`], or loses a property, becomes a dictionary: its overflow word then holds a map.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::names::Name;

/// Index of a shape. 0 is no shape: an inline cache that is all zero matches nothing.
pub(crate) type ShapeId = u32;

/// The shape of objects that keep their properties in a map.
pub(crate) const DICTIONARY: ShapeId = 1;
/// Properties a plain object may have before it becomes a dictionary.
const PROPERTIES_MAX: usize = 64;
/// Shapes that may follow from one: what has more is used as a dictionary. Roots have as many as there are first properties
/// in a program and its data.
const SUCCESSORS_MAX: u32 = 1 << 10;
/// Properties of a dictionary that can be frozen.
const FROZEN_MAX: usize = 1 << 10;
/// Shapes there may be before plain objects that grow become dictionaries at once.
const SHAPES_MAX: usize = 1 << 15;

/// A shape.
pub(crate) struct Shape {
    /// Names of the properties, in slot order.
    pub(crate) names: Vec<Name>,
    /// The class, for instances.
    pub(crate) class: Option<u32>,
    /// Slots inside the object; the others are in its overflow array.
    pub(crate) inline: u16,
    /// Its properties cannot be written or added to.
    pub(crate) frozen: bool,
    /// Shapes that follow from this one by one more property.
    successors: u32,
}

/// Where a property is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// This word after the object's header.
    Word(u16),
    /// This element of the overflow array.
    Overflow(u16),
}

impl Shape {
    /// Words before the first slot.
    fn first_word(&self) -> u16 {
        u16::from(self.class.is_none())
    }

    /// Words of an object of this shape after its header.
    pub(crate) fn words(&self) -> usize {
        (self.first_word() + self.inline) as usize
    }

    /// Where slot `slot` is.
    pub(crate) fn place(&self, slot: usize) -> Place {
        match slot < self.inline as usize {
            true => Place::Word(self.first_word() + slot as u16),
            false => Place::Overflow((slot - self.inline as usize) as u16),
        }
    }

    /// The slot of a property.
    pub(crate) fn slot(&self, name: Name) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }
}

/// All shapes.
pub(crate) struct Shapes {
    shapes: Vec<Shape>,
    roots: Vec<(u16, ShapeId)>,
    /// The shape of frozen objects that had a shape.
    frozen: HashMap<ShapeId, ShapeId, RandomState>,
    /// The shape that adding a property to a shape leads to.
    transitions: HashMap<(ShapeId, Name), ShapeId, RandomState>,
}

impl Shapes {
    pub(crate) fn new() -> Shapes {
        let nothing = || Shape { names: Vec::new(), class: None, inline: 0, frozen: false, successors: 0 };
        Shapes {
            shapes: vec![nothing(), nothing()],
            roots: Vec::new(),
            frozen: HashMap::default(),
            transitions: HashMap::default(),
        }
    }

    pub(crate) fn get(&self, id: ShapeId) -> &Shape {
        &self.shapes[id as usize]
    }

    fn add(&mut self, shape: Shape) -> ShapeId {
        self.shapes.push(shape);
        self.shapes.len() as ShapeId - 1
    }

    /// The shape of instances of a class with these fields.
    pub(crate) fn of_class(&mut self, class: u32, names: Vec<Name>) -> ShapeId {
        let inline = names.len() as u16;
        self.add(Shape { names, class: Some(class), inline, frozen: false, successors: 0 })
    }

    /// The shape of an object without properties that has room for `inline` of them.
    pub(crate) fn root(&mut self, inline: u16) -> ShapeId {
        if let Some((_, id)) = self.roots.iter().find(|(count, _)| *count == inline) {
            return *id;
        }
        let id = self.add(Shape { names: Vec::new(), class: None, inline, frozen: false, successors: 0 });
        self.roots.push((inline, id));
        id
    }

    /// The shape after adding `name` to a plain object; none if it should become a dictionary.
    pub(crate) fn with(&mut self, id: ShapeId, name: Name) -> Option<ShapeId> {
        if let Some(next) = self.transitions.get(&(id, name)) {
            return Some(*next);
        }
        let shape = &self.shapes[id as usize];
        // Objects that were made for as many may have more than what grows.
        let is_full = shape.names.len() >= PROPERTIES_MAX && shape.names.len() >= shape.inline as usize;
        if is_full || shape.successors >= SUCCESSORS_MAX || self.shapes.len() >= SHAPES_MAX {
            return None;
        }
        Some(self.extended(id, name))
    }

    /// The same for a literal of the program, of which there are as many as were written: what data has brought leaves room
    /// for them.
    pub(crate) fn of_literal(&mut self, names: impl ExactSizeIterator<Item = Name>) -> ShapeId {
        let root = self.root(names.len().max(2) as u16);
        names.fold(root, |shape, name| match self.transitions.get(&(shape, name)) {
            Some(next) => *next,
            None => self.extended(shape, name),
        })
    }

    /// A shape of its own for an object that may not change: one that was a dictionary.
    pub(crate) fn frozen_of(&mut self, names: Vec<Name>, inline: u16) -> Option<ShapeId> {
        let fits = names.len() <= FROZEN_MAX && self.shapes.len() < 2 * SHAPES_MAX;
        fits.then(|| self.add(Shape { names, class: None, inline, frozen: true, successors: 0 }))
    }

    fn extended(&mut self, id: ShapeId, name: Name) -> ShapeId {
        let shape = &self.shapes[id as usize];
        let mut names = shape.names.clone();
        names.push(name);
        let inline = shape.inline;
        let next = self.add(Shape { names, class: None, inline, frozen: false, successors: 0 });
        self.shapes[id as usize].successors += 1;
        self.transitions.insert((id, name), next);
        next
    }

    /// The same shape for objects that may not change.
    pub(crate) fn frozen(&mut self, id: ShapeId) -> ShapeId {
        if self.get(id).frozen {
            return id;
        }
        if let Some(frozen) = self.frozen.get(&id) {
            return *frozen;
        }
        let Shape { names, class, inline, .. } = self.get(id);
        let (names, class, inline) = (names.clone(), *class, *inline);
        let frozen = self.add(Shape { names, class, inline, frozen: true, successors: 0 });
        self.frozen.insert(id, frozen);
        frozen
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::Names;
    use super::*;

    #[test]
    fn literals_have_room_where_data_has_none() {
        let (mut shapes, mut names) = (Shapes::new(), Names::default());
        let root = shapes.root(2);
        for number in 0..SUCCESSORS_MAX {
            let name = names.intern(&format!("key {number}"));
            let made = shapes.with(root, name);
            assert!(made.is_some());
            assert_eq!(shapes.with(root, name), made);
        }
        let late = names.intern("late");
        assert_eq!(shapes.with(root, late), None);
        let literal = shapes.of_literal([late].into_iter());
        assert_eq!(shapes.get(literal).names, [late]);
        assert_eq!(shapes.of_literal([late].into_iter()), literal);
        assert_eq!(shapes.with(root, late), Some(literal));
        let frozen = shapes.frozen(literal);
        assert!(
            shapes.get(frozen).frozen && shapes.frozen(literal) == frozen && shapes.frozen(frozen) == frozen
        );
    }
}
