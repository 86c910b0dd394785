//! placeholder
/// placeholder
pub fn find(_name: &str) -> Option<crate::BuiltinFunction> { None }
