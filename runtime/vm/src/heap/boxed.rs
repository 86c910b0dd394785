//! Objects of built-in classes whose state is Rust's own: `Date`, `RegExp`.
//!
//! The machine knows them only through [`Body`], so that what a class needs is linked into the programs that make instances
//! of it, and into no others.

use core::any::Any;
use core::mem::ManuallyDrop;

use super::object::{ArrayObject, BoxedObject, EXTENDED, ElementKind, Header, Kind};
use super::{Gc, Heap};
use crate::value::Value;

/// The state of such an object. It holds no values: the collector does not look into it.
pub trait Body: Any {
    /// The class's name in the prelude.
    fn class_name(&self) -> &'static str;
    /// What `String(x)` gives.
    fn text(&self) -> String;
    /// What `console.log` prints.
    fn inspect(&self) -> String;
    /// What JSON has for it: a text, or null.
    fn json(&self) -> Json;
}

/// What stands in JSON for an object of a built-in class.
pub enum Json {
    /// `null`
    Null,
    /// A string.
    Text(String),
    /// `{}`: it has no properties.
    Empty,
}

impl Gc<BoxedObject> {
    /// Its state.
    pub fn body<'a>(self) -> &'a dyn Body {
        // SAFETY: the box was made with the object, is only dropped when the object dies, and is never written.
        let body: &'a ManuallyDrop<Box<dyn Body>> = unsafe { &(*self.as_ptr()).body };
        &***body
    }
}

impl Heap {
    /// An object with this state, which takes about so many bytes outside the heap.
    pub fn boxed(&mut self, body: Box<dyn Body>, bytes: usize) -> Gc<BoxedObject> {
        self.has_finalizers = true;
        self.charge(bytes);
        self.create(
            0,
            BoxedObject { header: Header::new(Kind::Boxed, 0, 0, 0), body: ManuallyDrop::new(body) },
        )
    }

    /// An array that also has the properties of a plain object.
    pub(crate) fn extended_array(&mut self, elements: &[Value], properties: Value) -> Gc<ArrayObject> {
        let array = self.array_with_tail(ElementKind::Any, 8, EXTENDED);
        // SAFETY: one word was allocated behind the array for exactly this.
        unsafe { array.tail::<Value>().write(properties) };
        for element in elements {
            // Any value fits.
            let _ = self.array_push(array, *element);
        }
        array
    }
}

impl Gc<ArrayObject> {
    /// The object that holds an array's properties, if it has some.
    pub(crate) fn properties(self) -> Option<Value> {
        if self.header.flags.get() & EXTENDED == 0 {
            return None;
        }
        // SAFETY: an extended array is followed by one value, written when it was made.
        Some(unsafe { self.tail::<Value>().read() })
    }
}

/// Drops the state of a dying object.
///
/// # Safety
/// The object is of the kind `Boxed`, and nobody reads its state afterwards.
pub(super) unsafe fn drop_body(object: Gc<Header>) {
    // SAFETY: the caller's promise; the collector frees a cell once.
    unsafe {
        let boxed = object.cast::<BoxedObject>();
        ManuallyDrop::drop(&mut (*boxed.as_ptr()).body);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    struct Counted(Rc<()>);

    impl Body for Counted {
        fn class_name(&self) -> &'static str {
            "Counted"
        }
        fn text(&self) -> String {
            Rc::strong_count(&self.0).to_string()
        }
        fn inspect(&self) -> String {
            self.text()
        }
        fn json(&self) -> Json {
            Json::Empty
        }
    }

    fn collect(heap: &mut Heap, roots: &[Value]) {
        // SAFETY: the tests use only the roots, and what they refer to, afterwards.
        unsafe { heap.collect(|marker| roots.iter().for_each(|root| marker.value(*root))) };
    }

    #[test]
    fn the_state_dies_with_its_object() {
        let count = Rc::new(());
        let mut heap = Heap::new(1 << 30, true);
        let [kept, _lost] = [0, 1].map(|_| heap.boxed(Box::new(Counted(count.clone())), 16));
        assert_eq!(kept.body().text(), "3");
        collect(&mut heap, &[Value::reference(kept)]);
        collect(&mut heap, &[Value::reference(kept)]);
        assert_eq!(kept.body().text(), "2");
        drop(heap);
        assert_eq!(Rc::strong_count(&count), 1);
    }

    #[test]
    fn an_array_keeps_its_properties() {
        let mut heap = Heap::new(1 << 30, true);
        let text = Value::reference(heap.string("a property"));
        let array = heap.extended_array(&[Value::int(1), Value::int(2)], text);
        collect(&mut heap, &[Value::reference(array)]);
        assert_eq!(array.length(), 2);
        let found = array.properties().and_then(Value::as_string);
        assert_eq!(found.map(|string| string.as_str()), Some("a property"));
        assert!(heap.array(ElementKind::Any, 1).properties().is_none());
    }
}
