//! Executables of 32-bit machines: what is where in memory (System V ABI, chapter 4, "Object
//! Files").

use std::fs;
use std::ops::Range;
use std::path::Path;

use crate::run::Outcome;

/// A named place in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// As it is written in the source, without the hash of the crate.
    pub(crate) name: String,
    pub(crate) address: u32,
    pub(crate) size: u32,
}

/// A part of the memory image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) address: u32,
    pub(crate) size: u32,
    /// Whether it has contents, which take room where the image is stored.
    pub(crate) stored: bool,
}

impl Section {
    /// Where it is.
    pub(crate) fn addresses(&self) -> Range<u32> {
        self.address..self.address + self.size
    }
}

/// What is known of an executable.
#[derive(Clone, Debug)]
pub(crate) struct Elf {
    /// The parts that are in memory when the program runs, of some size.
    pub(crate) sections: Vec<Section>,
    pub(crate) symbols: Vec<Symbol>,
    /// The first word of the image: on a Cortex-M, where the stack begins.
    pub(crate) first_word: u32,
}

const NO_BITS: u32 = 8;
const SYMBOL_TABLE: u32 = 2;
const ALLOCATED: u32 = 2;
/// Functions of Arm's Thumb have an odd address.
const FUNCTION: u8 = 2;

impl Elf {
    /// Reads an executable.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is none of a 32-bit machine with the least byte first.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&bytes).ok_or_else(|| format!("{}: not as expected", path.display()))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..6)? != b"\x7fELF\x01\x01" {
            return None;
        }
        let file = File(bytes);
        let headers = file.headers()?;
        let names = headers.get(usize::from(file.half(50)?))?;
        let mut elf = Self { sections: Vec::new(), symbols: Vec::new(), first_word: 0 };
        for header in &headers {
            if header.kind == SYMBOL_TABLE {
                let texts = headers.get(header.link as usize)?;
                elf.symbols = file.symbols(header, texts)?;
            }
            if header.flags & ALLOCATED != 0 && header.size > 0 {
                let section = Section {
                    name: file.text(names, header.name)?,
                    address: header.address,
                    size: header.size,
                    stored: header.kind != NO_BITS,
                };
                if section.address == 0 && section.stored {
                    elf.first_word = file.word(header.offset as usize)?;
                }
                elf.sections.push(section);
            }
        }
        Some(elf)
    }

    /// Finds a symbol by its whole name.
    pub(crate) fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|symbol| symbol.name == name)
    }
}

struct Header {
    name: u32,
    kind: u32,
    flags: u32,
    address: u32,
    offset: u32,
    size: u32,
    link: u32,
}

struct File<'a>(&'a [u8]);

impl File<'_> {
    fn word(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(*self.0.get(at..)?.first_chunk()?))
    }

    fn half(&self, at: usize) -> Option<u16> {
        Some(u16::from_le_bytes(*self.0.get(at..)?.first_chunk()?))
    }

    fn headers(&self) -> Option<Vec<Header>> {
        let (table, size, count) = (self.word(32)? as usize, self.half(46)?, self.half(48)?);
        let header = |index: u16| {
            let at = table + usize::from(index) * usize::from(size);
            let word = |n: usize| self.word(at + n * 4);
            Some(Header {
                name: word(0)?,
                kind: word(1)?,
                flags: word(2)?,
                address: word(3)?,
                offset: word(4)?,
                size: word(5)?,
                link: word(6)?,
            })
        };
        (0..count).map(header).collect()
    }

    fn text(&self, table: &Header, at: u32) -> Option<String> {
        let text = self.0.get(table.offset as usize + at as usize..)?;
        let end = text.iter().position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&text[..end]).into_owned())
    }

    fn symbols(&self, table: &Header, texts: &Header) -> Option<Vec<Symbol>> {
        let symbol = |index: usize| {
            let at = table.offset as usize + index * 16;
            let name = self.text(texts, self.word(at)?)?;
            let is_function = self.0.get(at + 12)? & 0xf == FUNCTION;
            let address = self.word(at + 4)? & !u32::from(is_function);
            let name = format!("{:#}", rustc_demangle::demangle(&name));
            Some(Symbol { name, address, size: self.word(at + 8)? })
        };
        (0..table.size as usize / 16).map(symbol).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_executable_is_refused() {
        assert!(Elf::parse(b"").is_none());
        assert!(Elf::parse(b"#!/bin/sh\n").is_none());
        // One of a 64-bit machine.
        assert!(Elf::parse(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0").is_none());
    }

    #[test]
    fn sections_and_symbols_are_found() {
        let elf = Elf::parse(&tiny()).expect("it is one");
        let section = |name: &str, address, size, stored| Section {
            name: name.to_owned(),
            address,
            size,
            stored,
        };
        assert_eq!(elf.sections, [section(".text", 0, 4, true), section(".bss", 64, 8, false)]);
        assert_eq!(elf.first_word, 0x1234);
        let name = "x".to_owned();
        assert_eq!(elf.symbol("x"), Some(&Symbol { name, address: 2, size: 2 }));
    }

    /// Four bytes of code, eight of data, and a function.
    fn tiny() -> Vec<u8> {
        let mut file = b"\x7fELF\x01\x01\x01".to_vec();
        file.resize(52, 0);
        let texts = b"\0.text\0.bss\0x\0";
        let code_at = file.len() as u32;
        file.extend(0x1234_u32.to_le_bytes());
        let texts_at = file.len() as u32;
        file.extend(texts);
        file.resize(file.len().next_multiple_of(4), 0);
        let symbols_at = file.len() as u32;
        for word in [12, 3, 2, u32::from(FUNCTION)] {
            file.extend(word.to_le_bytes());
        }
        let headers_at = file.len() as u32;
        let headers = [
            [1, 1, ALLOCATED, 0, code_at, 4, 0, 0, 0, 0],
            [7, NO_BITS, ALLOCATED, 64, 0, 8, 0, 0, 0, 0],
            [0, 3, 0, 0, texts_at, texts.len() as u32, 0, 0, 0, 0],
            [0, SYMBOL_TABLE, 0, 0, symbols_at, 16, 2, 0, 0, 0],
        ];
        file.extend(headers.as_flattened().iter().flat_map(|word| word.to_le_bytes()));
        file[32..36].copy_from_slice(&headers_at.to_le_bytes());
        for (at, value) in [(46, 40_u16), (48, 4), (50, 2)] {
            file[at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        file
    }
}
