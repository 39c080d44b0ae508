//! Reading a fuzz input as choices and pieces of text.
//!
//! An input that ends early goes on with zeros, so every prefix of an input means something, and
//! a changed byte changes little of what comes after it.

use mosh_core::screen::Size;

/// What is left of an input.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// Begins to read `data`.
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        first
    }

    /// A number below `limit`, which is from 1 to 256.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    /// Two bytes, the higher first.
    pub fn short(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// A number such as those of states: mostly small, at times at the end of its range.
    pub fn number(&mut self) -> u64 {
        match self.byte() {
            255 => u64::MAX,
            254 => u64::MAX - 1,
            253 => 1 << 63,
            252 => u64::from_be_bytes(std::array::from_fn(|_| self.byte())),
            small => small.into(),
        }
    }

    /// A piece with its length before it: one byte, or three for a piece of 255 bytes or more.
    pub fn chunk(&mut self) -> &'a [u8] {
        let len = match self.byte() {
            255 => self.short().into(),
            len => usize::from(len),
        };
        let (chunk, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        chunk
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// The size of a screen: mostly small, so that its edges are met and a run takes little time;
    /// at times larger, or without an area. Messages in clear can ask for any size.
    pub fn size(&mut self) -> Size {
        let mut side = |limit: u16| match self.byte() {
            255 => self.short() % 400,
            small => 1 + u16::from(small) % limit,
        };
        Size { columns: side(90), rows: side(30) }
    }
}
