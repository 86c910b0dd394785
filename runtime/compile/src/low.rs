//! Bytecode before its registers are allocated: operations of the table over the registers of the intermediate form.

use raya_abi::Representation;
use raya_bytecode::{Operand, Operation};
use raya_ir::analysis::FlowBlock;
use raya_ir::{self as ir, BlockId, FunctionId, Register};
use raya_source::Span;

/// An operand field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// As it is.
    Raw(u16),
    /// A register to be allocated.
    Register(Register),
    /// Where the window of the instruction was placed.
    Window,
}

/// An instruction.
#[derive(Clone, Debug)]
pub(crate) struct Low {
    pub(crate) operation: Operation,
    /// `a`, `b`, `c`.
    pub(crate) fields: [Field; 3],
    /// Consecutive registers; for `CallValue` the closure stands first.
    pub(crate) window: Vec<Register>,
    /// A number that is read in `n`: its place must be below 256.
    pub(crate) addend: Option<Register>,
    pub(crate) span: Span,
}

/// A test at the end of a block: the operation jumps to `then` if it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Test {
    pub(crate) operation: Operation,
    /// `a` and `b`; `b` is unused where the jump is wide.
    pub(crate) fields: [Field; 2],
}

/// The end of a block.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Jump(BlockId),
    Branch { test: Test, then: BlockId, otherwise: BlockId },
    Return(Register),
    ReturnNull,
    Throw(Register),
}

/// A block.
#[derive(Clone, Debug)]
pub(crate) struct LowBlock {
    pub(crate) code: Vec<Low>,
    pub(crate) end: End,
    pub(crate) span: Span,
    pub(crate) handler: Option<ir::Handler>,
}

/// A function.
#[derive(Clone)]
pub(crate) struct LowFunction {
    pub(crate) blocks: Vec<LowBlock>,
    pub(crate) registers: Vec<Representation>,
    pub(crate) parameters: u32,
    pub(crate) result: Representation,
    /// Names of its property sites.
    pub(crate) sites: Vec<u32>,
}

/// How an operand is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As any value.
    Any,
    /// As what it is declared to hold.
    Exact,
}

impl Low {
    /// The register written, if any.
    pub(crate) fn target(&self) -> Option<Register> {
        match (self.operation.operands()[1], self.fields[0]) {
            (Operand::Define(_) | Operand::DefineCopy, Field::Register(register)) => Some(register),
            _ => None,
        }
    }

    /// Whether a register is a field that is read.
    fn is_read(operand: Operand) -> Option<Representation> {
        match operand {
            Operand::Use(wanted) => Some(wanted),
            _ => None,
        }
    }

    /// Every register read, with how. `registers` declares the target of a copy, which asks the same of its source.
    pub(crate) fn for_each_read(
        &self,
        program: &ir::Program,
        registers: &[Representation],
        mut visit: impl FnMut(Register, Reading),
    ) {
        let exact = |is_any: bool| if is_any { Reading::Any } else { Reading::Exact };
        let copies_typed = self.operation == Operation::Move
            && self.target().is_some_and(|target| registers[target.index()] != Representation::Any);
        for (operand, field) in self.operation.operands()[1..].iter().zip(self.fields) {
            if let (Some(wanted), Field::Register(register)) = (Self::is_read(*operand), field) {
                visit(register, exact(wanted == Representation::Any && !copies_typed));
            }
        }
        let callee = self.callee().map(|id| &program.functions[id.index()]);
        for (index, register) in self.window.iter().enumerate() {
            let wanted =
                callee.and_then(|callee| callee.registers.get(index)).copied().unwrap_or(Representation::Any);
            visit(*register, exact(wanted == Representation::Any));
        }
        self.addend.into_iter().for_each(|register| visit(register, Reading::Exact));
    }

    /// The function called, where it is known.
    pub(crate) fn callee(&self) -> Option<FunctionId> {
        match (self.operation, self.fields[1]) {
            (Operation::CallFunction, Field::Raw(id)) => Some(FunctionId(u32::from(id))),
            _ => None,
        }
    }

    /// Renames the registers read in fields.
    pub(crate) fn for_each_read_mut(&mut self, mut visit: impl FnMut(&mut Register)) {
        for (operand, field) in self.operation.operands()[1..].iter().zip(&mut self.fields) {
            if let (Some(_), Field::Register(register)) = (Self::is_read(*operand), field) {
                visit(register);
            }
        }
        self.window.iter_mut().chain(&mut self.addend).for_each(visit);
    }

    /// Registers of the window that stand before its first argument.
    pub(crate) fn lead(&self) -> usize {
        usize::from(self.operation == Operation::CallValue)
    }

    /// Whether what stands from its window on is lost.
    pub(crate) fn is_call(&self) -> bool {
        self.operation.operands()[3] == Operand::Arguments
    }

    /// Whether it may be removed when its target is not read.
    pub(crate) fn is_removable(&self) -> bool {
        use Operation::*;
        matches!(
            self.operation,
            Move | LoadInt | LoadNumber | LoadString | LoadBoolean | LoadSpecial | IntToNumber | GetCapture
        )
    }
}

impl End {
    pub(crate) fn for_each_read(&self, result: Representation, mut visit: impl FnMut(Register, Reading)) {
        match self {
            End::Jump(_) | End::ReturnNull => {}
            End::Return(register) => {
                visit(*register, if result == Representation::Any { Reading::Any } else { Reading::Exact });
            }
            End::Throw(register) => visit(*register, Reading::Any),
            End::Branch { test, .. } => {
                for (operand, field) in test.operation.operands()[1..].iter().zip(test.fields) {
                    if let (Some(wanted), Field::Register(register)) = (Low::is_read(*operand), field) {
                        visit(
                            register,
                            if wanted == Representation::Any { Reading::Any } else { Reading::Exact },
                        );
                    }
                }
            }
        }
    }

    pub(crate) fn for_each_read_mut(&mut self, mut visit: impl FnMut(&mut Register)) {
        match self {
            End::Jump(_) | End::ReturnNull => {}
            End::Return(register) | End::Throw(register) => visit(register),
            End::Branch { test, .. } => {
                for field in &mut test.fields {
                    if let Field::Register(register) = field {
                        visit(register);
                    }
                }
            }
        }
    }

    pub(crate) fn successors(&self) -> [Option<BlockId>; 2] {
        match self {
            End::Jump(target) => [Some(*target), None],
            End::Branch { then, otherwise, .. } => [Some(*then), Some(*otherwise)],
            End::Return(_) | End::ReturnNull | End::Throw(_) => [None, None],
        }
    }
}

impl LowFunction {
    /// The blocks as liveness sees them.
    pub(crate) fn flow(&self, program: &ir::Program) -> Vec<FlowBlock> {
        let flow = |block: &LowBlock| {
            let mut events = vec![];
            for low in &block.code {
                low.for_each_read(program, &self.registers, |register, _| events.push((register, false)));
                events.extend(low.target().map(|target| (target, true)));
            }
            block.end.for_each_read(self.result, |register, _| events.push((register, false)));
            FlowBlock {
                events,
                successors: block.end.successors(),
                handler: block.handler.map(|handler| (handler.target, handler.register)),
            }
        };
        self.blocks.iter().map(flow).collect()
    }

    /// How often each register is read.
    pub(crate) fn count_reads(&self, program: &ir::Program) -> Vec<u32> {
        let mut reads = vec![0u32; self.registers.len()];
        for block in &self.blocks {
            for low in &block.code {
                low.for_each_read(program, &self.registers, |register, _| reads[register.index()] += 1);
            }
            block.end.for_each_read(self.result, |register, _| reads[register.index()] += 1);
        }
        reads
    }

    pub(crate) fn new_register(&mut self, representation: Representation) -> Register {
        self.registers.push(representation);
        Register(self.registers.len() as u32 - 1)
    }
}
