//! Strings, numbers, shapes and files of a program, each entry once.

use std::collections::BTreeMap;
use std::rc::Rc;

use raya_bytecode::Program;
use raya_bytecode::program::PositionEntry;
use raya_ir::{self as ir, Constant, Operation};
use raya_source::{FileId, SourceMap, Span};

/// Tables under construction.
pub(crate) struct Pools<'s> {
    sources: &'s SourceMap,
    source_count: u32,
    strings: Vec<String>,
    string_ids: BTreeMap<Rc<str>, u32>,
    numbers: Vec<f64>,
    number_ids: BTreeMap<u64, usize>,
    shapes: Vec<Vec<u32>>,
    shape_ids: BTreeMap<Vec<u32>, usize>,
    files: Vec<FileId>,
    file_ids: BTreeMap<FileId, u16>,
    builtins: BTreeMap<Rc<str>, usize>,
}

impl<'s> Pools<'s> {
    /// Tables that begin with the strings the program loads: instructions refer to those by 16 bits, to names by 32.
    pub(crate) fn new(program: &ir::Program, sources: &'s SourceMap) -> Self {
        let mut pools = Pools {
            sources,
            source_count: sources.files().count() as u32,
            strings: vec![],
            string_ids: BTreeMap::new(),
            numbers: vec![],
            number_ids: BTreeMap::new(),
            shapes: vec![],
            shape_ids: BTreeMap::new(),
            files: vec![],
            file_ids: BTreeMap::new(),
            builtins: program
                .builtins
                .iter()
                .enumerate()
                .map(|(index, name)| (name.clone(), index))
                .collect(),
        };
        for instruction in
            program.functions.iter().flat_map(|f| &f.blocks).flat_map(|block| &block.instructions)
        {
            if let Operation::Constant(Constant::String(text)) = &instruction.operation {
                pools.string(text);
            }
        }
        pools
    }

    pub(crate) fn string(&mut self, text: &Rc<str>) -> u32 {
        if let Some(known) = self.string_ids.get(text) {
            return *known;
        }
        let id = self.strings.len() as u32;
        self.strings.push(text.to_string());
        self.string_ids.insert(text.clone(), id);
        id
    }

    pub(crate) fn number(&mut self, value: f64) -> usize {
        let numbers = &mut self.numbers;
        *self.number_ids.entry(value.to_bits()).or_insert_with(|| {
            numbers.push(value);
            numbers.len() - 1
        })
    }

    pub(crate) fn shape<'n>(&mut self, names: impl Iterator<Item = &'n Rc<str>>) -> usize {
        let names = names.map(|name| self.string(name)).collect::<Vec<_>>();
        if let Some(known) = self.shape_ids.get(&names) {
            return *known;
        }
        self.shapes.push(names.clone());
        self.shape_ids.insert(names, self.shapes.len() - 1);
        self.shapes.len() - 1
    }

    pub(crate) fn builtin(&self, name: &Rc<str>) -> usize {
        self.builtins.get(name).copied().unwrap_or(usize::MAX)
    }

    /// The position of a span, as holding from an instruction on; `None` if its file is not known.
    pub(crate) fn position(&mut self, instruction: u32, span: Span) -> Option<PositionEntry> {
        if span.file.0 >= self.source_count {
            return None;
        }
        let next = u16::try_from(self.files.len()).ok()?;
        let files = &mut self.files;
        let file = *self.file_ids.entry(span.file).or_insert_with(|| {
            files.push(span.file);
            next
        });
        let position = self.sources.file(span.file).position(span.start);
        Some(PositionEntry {
            instruction,
            file,
            column: u16::try_from(position.column).unwrap_or(u16::MAX),
            line: position.line,
        })
    }

    pub(crate) fn file_count(&self) -> usize {
        self.files.len()
    }

    pub(crate) fn finish(mut self, program: &mut Program) {
        let files =
            self.files.iter().map(|id| Rc::<str>::from(self.sources.file(*id).name())).collect::<Vec<_>>();
        program.files = files.iter().map(|name| self.string(name)).collect();
        program.strings = self.strings;
        program.numbers = self.numbers;
        program.shapes = self.shapes;
    }
}
