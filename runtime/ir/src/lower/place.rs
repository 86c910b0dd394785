//! Where variables live, and how they are read and written.

use raya_abi::Representation;
use raya_check::typed::{LocalId, Variable};
use raya_source::Span;

use super::function::FunctionLowering;
use super::globals::GlobalValue;
use crate::instruction::{Constant, Operation};
use crate::program::Register;

/// Where a variable lives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// In a register.
    Register(Register),
    /// In the cell that a register holds.
    Cell(Register, Representation),
    /// It is a capture by value: the register it is loaded to where the function starts, and its index.
    CapturedValue(Register, u32),
    /// In a captured cell.
    CapturedCell(u32, Representation),
    /// Nowhere: it always holds this.
    Constant(Constant),
}

/// How a closure captures a variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CaptureKind {
    /// Its value, in the closure's next slot.
    Value(Representation),
    /// The cell it lives in, in the closure's next slot.
    Cell(Representation),
    /// Not at all: it always holds this.
    Constant(Constant),
}

impl FunctionLowering<'_, '_> {
    /// Where a variable other than a module's lives.
    pub(super) fn place(&mut self, variable: Variable, span: Span) -> Place {
        let known = match variable {
            Variable::Local(local) => return self.local_place(local, span),
            Variable::Capture(index) => self.frame().captures.get(index as usize).cloned(),
            Variable::Global(global) => {
                self.private_globals.get(&global).map(|register| Place::Register(*register))
            }
        };
        known.unwrap_or_else(|| {
            self.unit.contradiction(span, "a captured variable is not in the list of captures");
            Place::Constant(Constant::Null)
        })
    }

    fn local_place(&mut self, local: LocalId, span: Span) -> Place {
        if let Some(Some(place)) = self.frame().places.get(local.0 as usize) {
            return place.clone();
        }
        let Some(declared) = self.frame().function.locals.get(local.0 as usize) else {
            self.unit.contradiction(span, "a local is not in the list of locals");
            return Place::Constant(Constant::Null);
        };
        let representation = declared.representation;
        // A variable in a cell that is used before it is declared: the cell is made here, for want of a better place.
        match self.local_facts(local).cell {
            true => self.make_cell(local, None, span),
            false => {
                let register = self.variable_register(representation);
                self.set_place(local, Place::Register(register))
            }
        }
    }

    /// Makes a fresh cell for a local, which holds `value` or what a variable holds before it is assigned.
    pub(super) fn make_cell(&mut self, local: LocalId, value: Option<Register>, span: Span) -> Place {
        let representation = self.frame().function.locals[local.0 as usize].representation;
        let value = value.unwrap_or_else(|| self.builder.constant(Constant::initial(representation), span));
        let value = self.adapt(value, Representation::Any, None, span);
        let register = match self.frame().places.get(local.0 as usize) {
            Some(Some(Place::Cell(register, _))) => *register,
            _ => self.variable_register(Representation::Reference),
        };
        self.builder.push(Some(register), Operation::NewCell(value), span);
        self.set_place(local, Place::Cell(register, representation))
    }

    pub(super) fn set_place(&mut self, local: LocalId, place: Place) -> Place {
        if let Some(slot) = self.frame_mut().places.get_mut(local.0 as usize) {
            *slot = Some(place.clone());
        }
        place
    }

    /// Reads a variable; the register may be the variable's own.
    pub(super) fn read(&mut self, variable: Variable, span: Span) -> Register {
        if let Variable::Global(id) = variable
            && !self.private_globals.contains_key(&id)
        {
            if let Some(GlobalValue::Constant(constant)) = self.unit.global_value(id) {
                let constant = constant.clone();
                return self.builder.constant(constant, span);
            }
            let global = self.unit.global(id);
            let representation =
                self.unit.source.globals.get(id.0 as usize).map_or(Representation::Any, |g| g.representation);
            return self.builder.emit(representation, Operation::GetGlobal(global), span);
        }
        match self.place(variable, span) {
            Place::Register(register) => register,
            Place::CapturedValue(register, index) => {
                self.used_captures.insert(index, register);
                register
            }
            Place::Cell(cell, representation) => {
                self.builder.emit(representation, Operation::GetCell(cell), span)
            }
            Place::CapturedCell(index, representation) => {
                self.builder.emit(representation, Operation::GetCapturedCell(index), span)
            }
            Place::Constant(constant) => self.builder.constant(constant, span),
        }
    }

    /// Writes to a variable that does not live in a register.
    pub(super) fn write(&mut self, variable: Variable, value: Register, span: Span) {
        if let Variable::Global(id) = variable
            && !self.private_globals.contains_key(&id)
        {
            let global = self.unit.global(id);
            let representation =
                self.unit.source.globals.get(id.0 as usize).map_or(Representation::Any, |g| g.representation);
            let value = self.adapt(value, representation, None, span);
            self.builder.push(None, Operation::SetGlobal(global, value), span);
            return;
        }
        match self.place(variable, span) {
            Place::Register(register) => {
                let representation = self.builder.representation(register);
                self.adapt(value, representation, Some(register), span);
            }
            Place::Cell(cell, representation) => {
                let value = self.adapt(value, representation, None, span);
                let value = self.adapt(value, Representation::Any, None, span);
                self.builder.push(None, Operation::SetCell(cell, value), span);
            }
            Place::CapturedCell(index, representation) => {
                let value = self.adapt(value, representation, None, span);
                let value = self.adapt(value, Representation::Any, None, span);
                self.builder.push(None, Operation::SetCapturedCell(index, value), span);
            }
            Place::CapturedValue(..) | Place::Constant(_) => {
                self.unit.contradiction(span, "a variable is assigned that was said never to change");
            }
        }
    }

    /// How a closure made here captures a variable, and the register that holds what goes into it.
    pub(super) fn capture(&mut self, variable: Variable, span: Span) -> (CaptureKind, Option<Register>) {
        if let Variable::Global(_) = variable {
            let value = self.read(variable, span);
            let value = self.adapt(value, Representation::Any, None, span);
            return (CaptureKind::Value(Representation::Any), Some(value));
        }
        match self.place(variable, span) {
            Place::Register(register) => {
                let representation = self.builder.representation(register);
                match self.builder.constant_of(register) {
                    Some(constant) => (CaptureKind::Constant(constant.clone()), None),
                    None => (CaptureKind::Value(representation), Some(register)),
                }
            }
            Place::CapturedValue(register, index) => {
                self.used_captures.insert(index, register);
                (CaptureKind::Value(self.builder.representation(register)), Some(register))
            }
            Place::Cell(cell, representation) => (CaptureKind::Cell(representation), Some(cell)),
            Place::CapturedCell(index, representation) => {
                let cell = self.builder.emit(Representation::Reference, Operation::GetCapture(index), span);
                (CaptureKind::Cell(representation), Some(cell))
            }
            Place::Constant(constant) => (CaptureKind::Constant(constant), None),
        }
    }

    /// The value in a register, in another representation; in `target` if one is given, which has that representation.
    pub(super) fn adapt(
        &mut self,
        value: Register,
        wanted: Representation,
        target: Option<Register>,
        span: Span,
    ) -> Register {
        use Representation::{Any, Int, Number, Reference};
        let found = self.builder.representation(value);
        if found == wanted && target.is_none_or(|target| target == value) {
            return value;
        }
        if let Some(constant) = self.builder.constant_of(value).cloned() {
            let constant = match (constant, wanted) {
                (Constant::Int(value), Number) => Constant::Number(f64::from(value)),
                (constant, _) => constant,
            };
            if wanted == Any || wanted == constant.representation() {
                let fresh = target.is_none();
                let target = target.unwrap_or_else(|| self.builder.register(wanted));
                self.builder.push(Some(target), Operation::Constant(constant.clone()), span);
                // A register that was given may be written elsewhere too.
                if fresh && wanted != Any {
                    self.builder.note_constant(target, constant);
                }
                return target;
            }
        }
        let target = target.unwrap_or_else(|| self.builder.register(wanted));
        let operation = match (found, wanted) {
            _ if found == wanted => Operation::Copy(value),
            (_, Any) => Operation::Forget(value),
            (Any, _) => Operation::Check(value),
            (Int, Number) => Operation::Unary(crate::instruction::UnaryOperation::IntToNumber, value),
            // The checker never asks for this; it throws when it is reached.
            (_, Int | Number | Representation::Boolean | Reference) => {
                let any = self.builder.emit(Any, Operation::Forget(value), span);
                Operation::Check(any)
            }
        };
        self.builder.push(Some(target), operation, span);
        target
    }
}
