//! Builds one function: blocks are created when they are first named and laid out when they are started.

use std::collections::BTreeMap;

use raya_abi::Representation;
use raya_source::Span;

use crate::instruction::{Condition, Constant, Instruction, Operation, Terminator};
use crate::program::{Block, BlockId, Function, Handler, HandlerId, Register};

/// A function under construction. Ids it gives for blocks are provisional: [`Builder::finish`] renumbers them in layout order.
pub(crate) struct Builder {
    registers: Vec<Representation>,
    /// Registers that are written once, with a constant.
    constants: BTreeMap<Register, Constant>,
    blocks: Vec<Option<Block>>,
    layout: Vec<BlockId>,
    handlers: Vec<Handler>,
    /// The block being filled; `None` after a terminator: what follows is unreachable and dropped.
    open: Option<(BlockId, Vec<Instruction>)>,
    /// Handler of the blocks started from now on.
    pub(crate) handler: Option<HandlerId>,
    /// Preheader of the outermost loop that blocks started from now on belong to.
    pub(crate) preheader: Option<BlockId>,
    open_handler: Option<HandlerId>,
    open_preheader: Option<BlockId>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let mut builder = Builder {
            registers: vec![],
            constants: BTreeMap::new(),
            blocks: vec![],
            layout: vec![],
            handlers: vec![],
            open: None,
            handler: None,
            preheader: None,
            open_handler: None,
            open_preheader: None,
        };
        let start = builder.block();
        builder.start(start);
        builder
    }

    pub(crate) fn register(&mut self, representation: Representation) -> Register {
        self.registers.push(representation);
        Register(self.registers.len() as u32 - 1)
    }

    pub(crate) fn representation(&self, register: Register) -> Representation {
        self.registers[register.index()]
    }

    /// The constant a register always holds, where that is known.
    pub(crate) fn constant_of(&self, register: Register) -> Option<&Constant> {
        self.constants.get(&register)
    }

    /// Declares that a register, written once, holds a constant wherever it is read.
    pub(crate) fn note_constant(&mut self, register: Register, constant: Constant) {
        self.constants.insert(register, constant);
    }

    /// A block that is to be started later.
    pub(crate) fn block(&mut self) -> BlockId {
        self.blocks.push(None);
        BlockId(self.blocks.len() as u32 - 1)
    }

    pub(crate) fn handler_to(&mut self, target: BlockId, register: Register) -> HandlerId {
        self.handlers.push(Handler { target, register });
        HandlerId(self.handlers.len() as u32 - 1)
    }

    /// Goes on filling `block`; the open one, if any, falls through to it.
    pub(crate) fn start(&mut self, block: BlockId) {
        if self.open.is_some() {
            self.terminate(Terminator::Jump(block), Span::default());
        }
        self.layout.push(block);
        self.open = Some((block, vec![]));
        self.open_handler = self.handler;
        self.open_preheader = self.preheader;
    }

    /// Whether what comes next can be reached.
    pub(crate) fn reachable(&self) -> bool {
        self.open.is_some()
    }

    pub(crate) fn push(&mut self, target: Option<Register>, operation: Operation, span: Span) {
        if let Some((_, instructions)) = &mut self.open {
            instructions.push(Instruction { target, operation, span });
        }
    }

    /// An operation whose result goes to a fresh register.
    pub(crate) fn emit(
        &mut self,
        representation: Representation,
        operation: Operation,
        span: Span,
    ) -> Register {
        let target = self.register(representation);
        self.push(Some(target), operation, span);
        target
    }

    pub(crate) fn constant(&mut self, constant: Constant, span: Span) -> Register {
        let register = self.emit(constant.representation(), Operation::Constant(constant.clone()), span);
        self.note_constant(register, constant);
        register
    }

    pub(crate) fn terminate(&mut self, terminator: Terminator, span: Span) {
        if let Some((block, instructions)) = self.open.take() {
            self.blocks[block.index()] = Some(Block {
                instructions,
                terminator,
                span,
                handler: self.open_handler,
                preheader: self.open_preheader,
            });
        }
    }

    pub(crate) fn jump(&mut self, target: BlockId, span: Span) {
        self.terminate(Terminator::Jump(target), span);
    }

    pub(crate) fn branch(&mut self, condition: Condition, then: BlockId, otherwise: BlockId, span: Span) {
        self.terminate(Terminator::Branch { condition, then, otherwise }, span);
    }

    /// The blocks in layout order, the handlers and the registers. Blocks that were named and never started return null:
    /// nothing reaches them.
    pub(crate) fn finish(mut self, into: &mut Function) {
        self.terminate(Terminator::Return(None), into.span);
        let mut places = vec![BlockId(0); self.blocks.len()];
        for (place, block) in self.layout.iter().enumerate() {
            places[block.index()] = BlockId(place as u32);
        }
        for block in &self.layout {
            let block = self.blocks[block.index()].take();
            into.blocks.extend(block);
        }
        for block in &mut into.blocks {
            block.terminator.for_each_successor_mut(|target| *target = places[target.index()]);
            block.preheader = block.preheader.map(|preheader| places[preheader.index()]);
        }
        for handler in &mut self.handlers {
            handler.target = places[handler.target.index()];
        }
        into.handlers = self.handlers;
        into.registers = self.registers;
    }
}
