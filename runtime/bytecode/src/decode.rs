//! Reads what [`crate::encode`] wrote. Any bytes may be given: the answer is a program or an error, and no table is
//! allocated before the bytes that fill it are known to be there. What a program *means* is checked by [`crate::verify`].

use core::fmt;

use raya_abi::{LiteralType, Representation, RuntimeType, RuntimeTypeId};

use crate::encode::{MAGIC, NONE, VERSION, member, tag};
use crate::ops::{Instruction, Operation};
use crate::program::{Class, Function, Handler, Member, Native, PositionEntry, Program};

/// Why bytes are no program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Offset of the byte that was read when it failed.
    pub offset: usize,
    /// What was expected and what was found.
    pub problem: DecodeProblem,
}

/// What is wrong with the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeProblem {
    /// They do not begin with [`MAGIC`].
    NotAProgram,
    /// Written for another version of the format: this one.
    Version(u32),
    /// They end too early: so many bytes were wanted.
    Truncated(usize),
    /// There are bytes after the end.
    Trailing(usize),
    /// No operation has this number.
    Operation(u8),
    /// No representation has this number.
    Representation(u8),
    /// No variant of this kind has this number.
    Variant(&'static str, u8),
    /// A string that is not UTF-8.
    Text,
    /// Padding that is not zero, or a flag that does not exist.
    Reserved,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            DecodeProblem::NotAProgram => write!(formatter, "expected a bytecode program"),
            DecodeProblem::Version(found) => {
                write!(formatter, "expected bytecode version {VERSION}, found {found}")
            }
            DecodeProblem::Truncated(wanted) => {
                write!(formatter, "expected {wanted} more bytes, found the end")
            }
            DecodeProblem::Trailing(count) => write!(formatter, "expected the end, found {count} more bytes"),
            DecodeProblem::Operation(number) => {
                write!(formatter, "expected an operation, found number {number}")
            }
            DecodeProblem::Representation(number) => {
                write!(formatter, "expected a representation, found number {number}")
            }
            DecodeProblem::Variant(kind, number) => {
                write!(formatter, "expected a {kind}, found number {number}")
            }
            DecodeProblem::Text => write!(formatter, "expected UTF-8 text"),
            DecodeProblem::Reserved => write!(formatter, "expected zero in a reserved place"),
        }?;
        write!(formatter, " at byte {}", self.offset)
    }
}

impl core::error::Error for DecodeError {}

/// The program that `bytes` hold, all of them.
pub fn decode(bytes: &[u8]) -> Result<Program, DecodeError> {
    let mut reader = Reader { bytes, offset: 0 };
    if bytes.get(..8) != Some(&MAGIC) {
        return Err(reader.error(DecodeProblem::NotAProgram));
    }
    reader.offset = 8;
    let version = reader.word()?;
    if version != VERSION {
        return Err(reader.error(DecodeProblem::Version(version)));
    }
    let entry = reader.word()?;
    let program = Program {
        strings: reader.list(4, Reader::text)?,
        numbers: reader.list(8, Reader::number)?,
        functions: reader.list(FUNCTION_SIZE_MIN, Reader::function)?,
        shapes: reader.list(4, |reader| reader.list(4, Reader::word))?,
        classes: reader.list(16, Reader::class)?,
        types: reader.list(1, Reader::runtime_type)?,
        builtins: reader.list(4, Reader::word)?,
        natives: reader.list(21, Reader::native)?,
        globals: reader.list(4, Reader::word)?,
        files: reader.list(4, Reader::word)?,
        entry,
    };
    match bytes.len() - reader.offset {
        0 => Ok(program),
        count => Err(reader.error(DecodeProblem::Trailing(count))),
    }
}

/// Bytes of a function without registers, code and tables.
const FUNCTION_SIZE_MIN: usize = 33;

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

type Decoded<T> = Result<T, DecodeError>;

impl<'a> Reader<'a> {
    #[cold]
    fn error(&self, problem: DecodeProblem) -> DecodeError {
        DecodeError { offset: self.offset, problem }
    }

    fn take(&mut self, length: usize) -> Decoded<&'a [u8]> {
        match self.bytes[self.offset..].get(..length) {
            Some(bytes) => {
                self.offset += length;
                Ok(bytes)
            }
            None => Err(self.error(DecodeProblem::Truncated(length))),
        }
    }

    fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        match self.bytes[self.offset..].first_chunk::<N>() {
            Some(bytes) => {
                self.offset += N;
                Ok(*bytes)
            }
            None => Err(self.error(DecodeProblem::Truncated(N))),
        }
    }

    fn byte(&mut self) -> Decoded<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn half(&mut self) -> Decoded<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn word(&mut self) -> Decoded<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn optional(&mut self) -> Decoded<Option<u32>> {
        Ok(Some(self.word()?).filter(|index| *index != NONE))
    }

    fn flag(&mut self) -> Decoded<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.error(DecodeProblem::Reserved)),
        }
    }

    fn number(&mut self) -> Decoded<f64> {
        let number = f64::from_le_bytes(self.array()?);
        // A NaN with a payload could look like a tagged value.
        Ok(if number.is_nan() { f64::NAN } else { number })
    }

    fn text(&mut self) -> Decoded<String> {
        let length = self.word()? as usize;
        let bytes = self.take(length)?;
        core::str::from_utf8(bytes).map(str::to_owned).map_err(|_| self.error(DecodeProblem::Text))
    }

    /// A count of items that take at least `size` bytes each, checked against what is left.
    fn count(&mut self, size: usize) -> Decoded<usize> {
        let count = self.word()? as usize;
        match count.checked_mul(size) {
            Some(total) if total <= self.bytes.len() - self.offset => Ok(count),
            _ => Err(self.error(DecodeProblem::Truncated(count.saturating_mul(size)))),
        }
    }

    fn list<T>(&mut self, size: usize, mut read: impl FnMut(&mut Self) -> Decoded<T>) -> Decoded<Vec<T>> {
        let count = self.count(size)?;
        // A struct in memory may be larger than its bytes: grow towards large counts instead of trusting them at once.
        let mut items = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn representation(&mut self) -> Decoded<Representation> {
        let number = self.byte()?;
        Representation::from_number(number).ok_or_else(|| self.error(DecodeProblem::Representation(number)))
    }

    fn function(&mut self) -> Decoded<Function> {
        let name = self.word()?;
        let parameters = self.byte()?;
        let flags = self.byte()?;
        if flags > 3 {
            return Err(self.error(DecodeProblem::Reserved));
        }
        let result = self.representation()?;
        let captures = self.half()?;
        let direct_entry = self.word()?;
        let registers = self.list(1, Reader::representation)?;
        Ok(Function {
            name,
            parameters,
            rest: flags & 1 != 0,
            is_async: flags & 2 != 0,
            registers,
            result,
            captures,
            direct_entry,
            code: self.code()?,
            handlers: self.list(14, |reader| {
                Ok(Handler {
                    start: reader.word()?,
                    end: reader.word()?,
                    target: reader.word()?,
                    register: reader.half()?,
                })
            })?,
            sites: self.list(4, Reader::word)?,
            positions: self.list(12, |reader| {
                Ok(PositionEntry {
                    instruction: reader.word()?,
                    file: reader.half()?,
                    column: reader.half()?,
                    line: reader.word()?,
                })
            })?,
        })
    }

    fn code(&mut self) -> Decoded<Vec<Instruction>> {
        let count = self.word()? as usize;
        let padding = self.offset.next_multiple_of(8) - self.offset;
        if self.take(padding)?.iter().any(|byte| *byte != 0) {
            return Err(self.error(DecodeProblem::Reserved));
        }
        let bytes = self.take(count.saturating_mul(8))?;
        let mut code = Vec::with_capacity(count);
        for word in bytes.as_chunks::<8>().0 {
            let Some(operation) = Operation::from_number(word[0]) else {
                return Err(self.error(DecodeProblem::Operation(word[0])));
            };
            let half = |at: usize| u16::from_le_bytes([word[at], word[at + 1]]);
            code.push(Instruction::new(operation, word[1], half(2), half(4), half(6)));
        }
        Ok(code)
    }

    fn class(&mut self) -> Decoded<Class> {
        Ok(Class {
            name: self.word()?,
            base: self.optional()?,
            fields: self.list(5, |reader| Ok((reader.word()?, reader.representation()?)))?,
            members: self.list(13, |reader| {
                let name = reader.word()?;
                let kind = reader.byte()?;
                let first = reader.word()?;
                let second = reader.optional()?;
                match kind {
                    member::METHOD if second.is_none() => Ok((name, Member::Method(first))),
                    member::ACCESSOR => Ok((
                        name,
                        Member::Accessor { get: Some(first).filter(|index| *index != NONE), set: second },
                    )),
                    other => Err(reader.error(DecodeProblem::Variant("member", other))),
                }
            })?,
        })
    }

    fn identifier(&mut self) -> Decoded<RuntimeTypeId> {
        Ok(RuntimeTypeId(self.word()?))
    }

    fn native(&mut self) -> Decoded<Native> {
        Ok(Native {
            module: self.word()?,
            name: self.word()?,
            signature: self.word()?,
            parameters: self.list(4, Reader::identifier)?,
            result: self.identifier()?,
            returns_result: self.flag()?,
        })
    }

    fn runtime_type(&mut self) -> Decoded<RuntimeType> {
        Ok(match self.byte()? {
            tag::UNKNOWN => RuntimeType::Unknown,
            tag::NEVER => RuntimeType::Never,
            tag::NULL => RuntimeType::Null,
            tag::BOOLEAN => RuntimeType::Boolean,
            tag::INT => RuntimeType::Int,
            tag::NUMBER => RuntimeType::Number,
            tag::STRING => RuntimeType::String,
            tag::FUNCTION => RuntimeType::Function,
            tag::OBJECT => RuntimeType::Object,
            tag::LITERAL_BOOLEAN => RuntimeType::Literal(LiteralType::Boolean(self.flag()?)),
            tag::LITERAL_INT => RuntimeType::Literal(LiteralType::Int(self.word()? as i32)),
            tag::LITERAL_NUMBER => RuntimeType::Literal(LiteralType::Number(self.number()?)),
            tag::LITERAL_STRING => RuntimeType::Literal(LiteralType::String(self.text()?)),
            tag::CLASS => RuntimeType::Class(self.word()?),
            tag::BUILTIN => RuntimeType::Builtin(self.text()?),
            tag::OPAQUE => RuntimeType::Opaque(self.text()?, self.text()?),
            tag::ARRAY => RuntimeType::Array(self.identifier()?),
            tag::TASK => RuntimeType::Task(self.identifier()?),
            tag::TUPLE => RuntimeType::Tuple(self.list(4, Reader::identifier)?),
            tag::RECORD => RuntimeType::Record(
                self.list(9, |reader| Ok((reader.text()?, reader.identifier()?, reader.flag()?)))?,
            ),
            tag::UNION => RuntimeType::Union(self.list(4, Reader::identifier)?),
            tag::INTERSECTION => RuntimeType::Intersection(self.list(4, Reader::identifier)?),
            other => return Err(self.error(DecodeProblem::Variant("run-time type", other))),
        })
    }
}
