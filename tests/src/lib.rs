//! (duty to be written)
