//! Loads native modules that are not linked in: found, copied, verified, inspected, and only then run.
