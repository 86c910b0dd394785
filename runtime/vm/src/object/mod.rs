//! Plain objects and class instances: names, shapes, and access to properties by name.

pub(crate) mod accessors;
pub(crate) mod names;
pub(crate) mod property;
pub(crate) mod shapes;
