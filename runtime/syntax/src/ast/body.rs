//! Bodies of functions, some of which are parsed only when they are looked at.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;

use raya_source::FileId;

use super::Block;

/// `{ … }` of a function.
///
/// Of the library's functions a program uses few: their bodies are parsed when they are first looked at. See
/// [`crate::parse_library`].
#[derive(Clone)]
pub struct Body {
    block: OnceCell<Block>,
    later: Option<Later>,
}

/// Where a body stands that was not parsed yet.
#[derive(Clone, Copy)]
pub(crate) struct Later {
    pub(crate) file: FileId,
    pub(crate) text: &'static str,
    /// Where its `{` stands.
    pub(crate) start: u32,
    pub(crate) is_async: bool,
}

impl Body {
    pub(crate) fn later(later: Later) -> Body {
        Body { block: OnceCell::new(), later: Some(later) }
    }
}

impl From<Block> for Body {
    fn from(block: Block) -> Body {
        Body { block: OnceCell::from(block), later: None }
    }
}

impl Deref for Body {
    type Target = Block;

    fn deref(&self) -> &Block {
        self.block.get_or_init(|| match self.later {
            Some(later) => crate::parser::parse_body(later),
            None => Block::default(),
        })
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}
