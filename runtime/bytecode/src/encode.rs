//! A program as bytes: little-endian, versioned, the same for the same program everywhere.
//!
//! Layout: [`MAGIC`], [`VERSION`], the entry function, then the tables in the order of [`Program`]'s fields, each with
//! its count first. Instructions start at a multiple of 8, so that an image which is itself aligned may use them in place.

use raya_abi::{LiteralType, RuntimeType, RuntimeTypeId};

use crate::program::{Class, Function, Member, Native, Program};

/// First bytes of an encoded program.
pub const MAGIC: [u8; 8] = *b"RAYACODE";
/// Version of the format and of the table of operations. A reader accepts its own only.
pub const VERSION: u32 = 2;

/// Numbers of the variants of [`RuntimeType`]; reader and writer share them.
pub(crate) mod tag {
    pub(crate) const UNKNOWN: u8 = 0;
    pub(crate) const NEVER: u8 = 1;
    pub(crate) const NULL: u8 = 2;
    pub(crate) const BOOLEAN: u8 = 3;
    pub(crate) const INT: u8 = 4;
    pub(crate) const NUMBER: u8 = 5;
    pub(crate) const STRING: u8 = 6;
    pub(crate) const FUNCTION: u8 = 7;
    pub(crate) const OBJECT: u8 = 8;
    pub(crate) const LITERAL_BOOLEAN: u8 = 9;
    pub(crate) const LITERAL_INT: u8 = 10;
    pub(crate) const LITERAL_NUMBER: u8 = 11;
    pub(crate) const LITERAL_STRING: u8 = 12;
    pub(crate) const CLASS: u8 = 13;
    pub(crate) const BUILTIN: u8 = 14;
    pub(crate) const OPAQUE: u8 = 15;
    pub(crate) const ARRAY: u8 = 16;
    pub(crate) const TUPLE: u8 = 17;
    pub(crate) const RECORD: u8 = 18;
    pub(crate) const UNION: u8 = 19;
    pub(crate) const INTERSECTION: u8 = 20;
    pub(crate) const TASK: u8 = 21;
}

/// Numbers of the variants of [`Member`].
pub(crate) mod member {
    pub(crate) const METHOD: u8 = 0;
    pub(crate) const ACCESSOR: u8 = 1;
}

/// Stands for "none" where an index is optional.
pub(crate) const NONE: u32 = u32::MAX;

/// The bytes of `program`. Reading them back gives an equal program.
pub fn encode(program: &Program) -> Vec<u8> {
    let instructions: usize = program.functions.iter().map(|function| function.code.len()).sum();
    let mut writer = Writer { bytes: Vec::with_capacity(256 + instructions * 12) };
    let Program {
        strings,
        numbers,
        functions,
        shapes,
        classes,
        types,
        builtins,
        natives,
        globals,
        entry,
        files,
    } = program;
    writer.bytes.extend_from_slice(&MAGIC);
    writer.word(VERSION);
    writer.word(*entry);
    writer.list(strings, |writer, string| writer.text(string));
    writer.list(numbers, |writer, number| writer.number(*number));
    writer.list(functions, Writer::function);
    writer.list(shapes, |writer, shape| writer.list(shape, |writer, name| writer.word(*name)));
    writer.list(classes, Writer::class);
    writer.list(types, Writer::runtime_type);
    writer.list(builtins, |writer, name| writer.word(*name));
    writer.list(natives, Writer::native);
    writer.list(globals, |writer, name| writer.word(*name));
    writer.list(files, |writer, name| writer.word(*name));
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn half(&mut self, half: u16) {
        self.bytes.extend_from_slice(&half.to_le_bytes());
    }

    fn word(&mut self, word: u32) {
        self.bytes.extend_from_slice(&word.to_le_bytes());
    }

    fn number(&mut self, number: f64) {
        self.bytes.extend_from_slice(&number.to_bits().to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.word(text.len() as u32);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.word(items.len() as u32);
        for item in items {
            write(self, item);
        }
    }

    fn function(&mut self, function: &Function) {
        let Function {
            name,
            parameters,
            rest,
            is_async,
            registers,
            result,
            captures,
            direct_entry,
            code,
            handlers,
            sites,
            positions,
        } = function;
        self.word(*name);
        self.byte(*parameters);
        self.byte(u8::from(*rest) | u8::from(*is_async) << 1);
        self.byte(*result as u8);
        self.half(*captures);
        self.word(*direct_entry);
        self.list(registers, |writer, register| writer.byte(*register as u8));
        self.word(code.len() as u32);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        for instruction in code {
            self.byte(instruction.operation as u8);
            self.byte(instruction.n);
            self.half(instruction.a);
            self.half(instruction.b);
            self.half(instruction.c);
        }
        self.list(handlers, |writer, handler| {
            writer.word(handler.start);
            writer.word(handler.end);
            writer.word(handler.target);
            writer.half(handler.register);
        });
        self.list(sites, |writer, name| writer.word(*name));
        self.list(positions, |writer, position| {
            writer.word(position.instruction);
            writer.half(position.file);
            writer.half(position.column);
            writer.word(position.line);
        });
    }

    fn class(&mut self, class: &Class) {
        let Class { name, base, fields, members } = class;
        self.word(*name);
        self.word(base.unwrap_or(NONE));
        self.list(fields, |writer, (name, representation)| {
            writer.word(*name);
            writer.byte(*representation as u8);
        });
        self.list(members, |writer, (name, kind)| {
            writer.word(*name);
            match kind {
                Member::Method(function) => {
                    writer.byte(member::METHOD);
                    writer.word(*function);
                    writer.word(NONE);
                }
                Member::Accessor { get, set } => {
                    writer.byte(member::ACCESSOR);
                    writer.word(get.unwrap_or(NONE));
                    writer.word(set.unwrap_or(NONE));
                }
            }
        });
    }

    fn native(&mut self, native: &Native) {
        let Native { module, name, signature, parameters, result, returns_result } = native;
        self.word(*module);
        self.word(*name);
        self.word(*signature);
        self.list(parameters, |writer, id| writer.word(id.0));
        self.word(result.0);
        self.byte(u8::from(*returns_result));
    }

    fn runtime_type(&mut self, runtime_type: &RuntimeType) {
        let identifiers = |writer: &mut Self, number: u8, identifiers: &[RuntimeTypeId]| {
            writer.byte(number);
            writer.list(identifiers, |writer, id| writer.word(id.0));
        };
        match runtime_type {
            RuntimeType::Unknown => self.byte(tag::UNKNOWN),
            RuntimeType::Never => self.byte(tag::NEVER),
            RuntimeType::Null => self.byte(tag::NULL),
            RuntimeType::Boolean => self.byte(tag::BOOLEAN),
            RuntimeType::Int => self.byte(tag::INT),
            RuntimeType::Number => self.byte(tag::NUMBER),
            RuntimeType::String => self.byte(tag::STRING),
            RuntimeType::Function => self.byte(tag::FUNCTION),
            RuntimeType::Object => self.byte(tag::OBJECT),
            RuntimeType::Literal(LiteralType::Boolean(value)) => {
                self.byte(tag::LITERAL_BOOLEAN);
                self.byte(u8::from(*value));
            }
            RuntimeType::Literal(LiteralType::Int(value)) => {
                self.byte(tag::LITERAL_INT);
                self.word(*value as u32);
            }
            RuntimeType::Literal(LiteralType::Number(value)) => {
                self.byte(tag::LITERAL_NUMBER);
                self.number(*value);
            }
            RuntimeType::Literal(LiteralType::String(value)) => {
                self.byte(tag::LITERAL_STRING);
                self.text(value);
            }
            RuntimeType::Class(class) => {
                self.byte(tag::CLASS);
                self.word(*class);
            }
            RuntimeType::Builtin(name) => {
                self.byte(tag::BUILTIN);
                self.text(name);
            }
            RuntimeType::Opaque(module, name) => {
                self.byte(tag::OPAQUE);
                self.text(module);
                self.text(name);
            }
            RuntimeType::Array(element) => {
                self.byte(tag::ARRAY);
                self.word(element.0);
            }
            RuntimeType::Task(given) => {
                self.byte(tag::TASK);
                self.word(given.0);
            }
            RuntimeType::Tuple(elements) => identifiers(self, tag::TUPLE, elements),
            RuntimeType::Record(properties) => {
                self.byte(tag::RECORD);
                self.list(properties, |writer, (name, id, optional)| {
                    writer.text(name);
                    writer.word(id.0);
                    writer.byte(u8::from(*optional));
                });
            }
            RuntimeType::Union(members) => identifiers(self, tag::UNION, members),
            RuntimeType::Intersection(members) => identifiers(self, tag::INTERSECTION, members),
        }
    }
}
