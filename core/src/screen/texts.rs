//! Titles and clipboard contents: shared, immutable byte strings in chained blocks.

use crate::storage::{Full, Slab};

/// The name of a text; the default is the empty text, which takes no storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TextId(u16);

impl TextId {
    /// The empty text.
    pub(super) const EMPTY: Self = Self(0);
}

const PAYLOAD: usize = 58;

/// A piece of a text.
#[derive(Clone, Debug)]
pub struct TextBlock {
    /// Holders of the text, in its first block; 0 in the others and in free ones.
    refs: u16,
    /// The next block of the text or of the free list, 0 at the end; numbers count from 1.
    next: u16,
    len: u16,
    bytes: [u8; PAYLOAD],
}

crate::log::defmt_format!(TextBlock, it => "TextBlock({} bytes, {} uses)", it.len, it.refs);

impl TextBlock {
    /// A block that is not in use, all zeros.
    pub(crate) const FREE: Self = Self { refs: 0, next: 0, len: 0, bytes: [0; PAYLOAD] };
}

impl Default for TextBlock {
    fn default() -> Self {
        Self::FREE
    }
}

#[derive(Debug)]
pub(super) struct Texts<'s> {
    blocks: Slab<'s, TextBlock>,
    /// Blocks that were ever in use.
    len: usize,
    used: usize,
    free: u16,
}

impl<'s> Texts<'s> {
    pub(super) fn new(blocks: Slab<'s, TextBlock>) -> Self {
        Self { blocks, len: 0, used: 0, free: 0 }
    }

    /// Stores the pieces, one after the other, as a text with one holder.
    pub(super) fn create(&mut self, pieces: &[&[u8]]) -> Result<TextId, Full> {
        let mut text = Draft::default();
        for piece in pieces {
            self.append(&mut text, piece)?;
        }
        Ok(TextId(text.first))
    }

    /// As [`create`](Self::create), but leaves a quarter of the store to others.
    pub(super) fn create_spare(&mut self, pieces: &[&[u8]]) -> Result<TextId, Full> {
        let len: usize = pieces.iter().map(|piece| piece.len()).sum();
        let all = self.max_len();
        if self.used + len.div_ceil(PAYLOAD) > all - all.div_ceil(4) {
            return Err(Full);
        }
        self.create(pieces)
    }

    /// Stores `prefix` and what follows of `text` as a new text.
    pub(super) fn create_prefixed(&mut self, prefix: &[u8], text: TextId) -> Result<TextId, Full> {
        let mut draft = Draft::default();
        self.append(&mut draft, prefix)?;
        let mut at = text.0;
        while at != 0 {
            let block = self.block(at).clone();
            self.append(&mut draft, &block.bytes[..usize::from(block.len)])?;
            at = block.next;
        }
        Ok(TextId(draft.first))
    }

    /// Appends to a text that nobody else knows; gives its blocks back if they run out.
    fn append(&mut self, text: &mut Draft, mut bytes: &[u8]) -> Result<(), Full> {
        while !bytes.is_empty() {
            if text.last == 0 || usize::from(self.block(text.last).len) == PAYLOAD {
                let Ok(new) = self.allocate() else {
                    self.free_chain(text.first);
                    return Err(Full);
                };
                if text.last == 0 {
                    text.first = new;
                    self.block_mut(new).refs = 1;
                } else {
                    self.block_mut(text.last).next = new;
                }
                text.last = new;
            }
            let block = self.block_mut(text.last);
            let start = usize::from(block.len);
            let count = bytes.len().min(PAYLOAD - start);
            block.bytes[start..start + count].copy_from_slice(&bytes[..count]);
            block.len += count as u16;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    fn allocate(&mut self) -> Result<u16, Full> {
        if self.free != 0 {
            let id = self.free;
            self.free = self.block(id).next;
            *self.block_mut(id) = TextBlock::default();
            self.used += 1;
            return Ok(id);
        }
        let id = u16::try_from(self.len + 1).map_err(|_| Full)?;
        self.blocks.grow(self.len + 1)?;
        if self.len == self.blocks.len() {
            return Err(Full);
        }
        self.len += 1;
        self.used += 1;
        *self.block_mut(id) = TextBlock::default();
        Ok(id)
    }

    fn free_chain(&mut self, mut at: u16) {
        while at != 0 {
            let free = self.free;
            let block = self.block_mut(at);
            let next = block.next;
            block.refs = 0;
            block.next = free;
            self.free = at;
            self.used -= 1;
            at = next;
        }
    }

    pub(super) fn share(&mut self, id: TextId) -> TextId {
        if id.0 != 0 {
            let block = self.block_mut(id.0);
            debug_assert!(block.refs > 0, "sharing a live text");
            block.refs += 1;
        }
        id
    }

    pub(super) fn release(&mut self, id: TextId) {
        if id.0 == 0 {
            return;
        }
        let block = self.block_mut(id.0);
        debug_assert!(block.refs > 0, "releasing a live text");
        block.refs -= 1;
        if block.refs == 0 {
            self.free_chain(id.0);
        }
    }

    pub(super) fn refs(&self, id: TextId) -> u16 {
        if id.0 == 0 { 0 } else { self.block(id.0).refs }
    }

    /// The text, piece by piece.
    pub(super) fn pieces(&self, id: TextId) -> impl Iterator<Item = &[u8]> {
        let first = (id.0 != 0).then_some(id.0);
        core::iter::successors(first, |&at| Some(self.block(at).next).filter(|&next| next != 0))
            .map(|at| &self.block(at).bytes[..usize::from(self.block(at).len)])
    }

    pub(super) fn same(&self, a: TextId, b: TextId) -> bool {
        // All blocks but the last are full, so equal texts are cut alike.
        a == b || self.pieces(a).eq(self.pieces(b))
    }

    /// Blocks that there can be.
    pub(super) fn max_len(&self) -> usize {
        self.blocks.max_len().min(usize::from(u16::MAX))
    }

    /// Texts in use.
    pub(super) fn count(&self) -> usize {
        self.blocks[..self.len].iter().filter(|block| block.refs > 0).count()
    }

    fn block(&self, id: u16) -> &TextBlock {
        &self.blocks[usize::from(id) - 1]
    }

    fn block_mut(&mut self, id: u16) -> &mut TextBlock {
        &mut self.blocks[usize::from(id) - 1]
    }
}

/// A text that is being written.
#[derive(Default)]
struct Draft {
    first: u16,
    last: u16,
}
