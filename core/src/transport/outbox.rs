//! One compressed instruction on its way out, fragment by fragment.

use crate::compress::Deflater;
use crate::storage::{Buffer, Full};
use crate::wire::fragment::{Fragment, HEADER_LEN, MAX_FRAGMENTS};

#[derive(Debug)]
pub(super) struct Outbox<'s> {
    payload: Buffer<'s>,
    deflater: Deflater<'s>,
    id: u64,
    /// Fragments handed out already.
    number: usize,
    /// Contents of each fragment, fixed with the first: the receiver counts on it.
    slice_len: usize,
    sending: bool,
}

impl<'s> Outbox<'s> {
    pub(super) fn new(payload: Buffer<'s>, deflater: Deflater<'s>) -> Self {
        Self { payload, deflater, id: 0, number: 0, slice_len: 0, sending: false }
    }

    /// Takes an instruction to send.
    ///
    /// # Errors
    ///
    /// [`Full`] if it is too large; there is nothing to send then.
    pub(super) fn load(&mut self, instruction: &[u8]) -> Result<(), Full> {
        self.sending = false;
        self.payload.clear();
        self.payload.shrink(KEPT_BYTES);
        let result = self.deflater.deflate(instruction, &mut self.payload);
        if result.is_err() {
            self.payload.clear();
        }
        self.restart();
        result
    }

    /// Starts the last instruction over, under a new id: its fragments will have another length.
    pub(super) fn restart(&mut self) {
        if self.payload.is_empty() {
            return;
        }
        // The first id is 1, as in mosh.
        self.id += 1;
        self.number = 0;
        self.slice_len = 0;
        self.sending = true;
    }

    /// Sends the last instruction again, to the byte: where some of its fragments were lost, those
    /// of both times complete each other.
    ///
    /// # Errors
    ///
    /// [`Full`] if it was too large.
    pub(super) fn repeat(&mut self) -> Result<(), Full> {
        self.number = 0;
        self.sending = !self.payload.is_empty();
        if self.sending { Ok(()) } else { Err(Full) }
    }

    /// Drops the instruction; ids begin again.
    pub(super) fn reopen(&mut self) {
        self.payload.clear();
        (self.id, self.number, self.slice_len, self.sending) = (0, 0, 0, false);
    }

    /// Bytes of the instruction that was taken last, compressed.
    pub(super) fn len(&self) -> usize {
        self.payload.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.sending
    }

    /// Writes the next fragment to the front of `space` and returns its length; `None` if there is
    /// nothing to send. With the first fragment of an instruction `limit` bounds them all.
    pub(super) fn next_fragment(&mut self, space: &mut [u8], limit: usize) -> Option<usize> {
        if !self.sending {
            return None;
        }
        // What cannot be cut up is as good as lost.
        self.sending = false;
        if self.number == 0 {
            let room = limit.min(space.len()).checked_sub(HEADER_LEN)?;
            if self.slice_len > room {
                // A receiver that holds other slices under this id takes offence.
                self.id += 1;
                self.slice_len = 0;
            }
            if self.slice_len == 0 {
                self.slice_len = room;
            }
        }
        let count = self.payload.len().checked_div(self.slice_len)?;
        let count = count + usize::from(!self.payload.len().is_multiple_of(self.slice_len));
        if count > MAX_FRAGMENTS {
            return None;
        }
        let rest = &self.payload[self.number * self.slice_len..];
        let contents = &rest[..rest.len().min(self.slice_len)];
        let last = self.number + 1 == count;
        let number = u16::try_from(self.number).expect("fewer fragments than 2^15");
        let (head, body) = space.split_first_chunk_mut::<HEADER_LEN>()?;
        *head = Fragment { id: self.id, number, last, contents }.header();
        body.get_mut(..contents.len())?.copy_from_slice(contents);
        self.number += 1;
        self.sending = !last;
        Some(HEADER_LEN + contents.len())
    }
}

/// Memory kept on the heap between instructions.
const KEPT_BYTES: usize = 16 << 10;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;
    use crate::storage::Slab;

    #[test]
    fn an_instruction_goes_out_in_equal_slices() {
        with_outbox(|outbox| {
            outbox.load(&core::array::from_fn::<u8, 25, _>(|i| (i * 37) as u8)).unwrap();
            let total = outbox.payload.len();
            let mut space = [0; 99];
            let mut sent = 0;
            let mut number = 0;
            while let Some(len) = outbox.next_fragment(&mut space, 20) {
                let fragment = Fragment::parse(&space[..len]).unwrap();
                assert_eq!((fragment.id, fragment.number), (1, number));
                sent += fragment.contents.len();
                number += 1;
                assert_eq!(fragment.last, sent == total);
                assert_eq!(
                    fragment.contents.len(),
                    if fragment.last { (total - 1) % 10 + 1 } else { 10 }
                );
            }
            assert!(outbox.is_empty());
            assert_eq!(sent, total);
        });
    }

    #[test]
    fn starting_over_takes_a_new_id() {
        with_outbox(|outbox| {
            outbox.restart();
            assert!(outbox.is_empty());
            outbox.load(b"hello").unwrap();
            let mut space = [0; 100];
            assert!(outbox.next_fragment(&mut space, 20).is_some());
            outbox.restart();
            let len = outbox.next_fragment(&mut space, 15).unwrap();
            assert_eq!(Fragment::parse(&space[..len]).unwrap().id, 2);
            assert!(!outbox.is_empty());
        });
    }

    #[test]
    fn a_repetition_is_the_same_to_the_byte() {
        with_outbox(|outbox| {
            assert_eq!(outbox.repeat(), Err(Full));
            outbox.load(&core::array::from_fn::<u8, 40, _>(|i| (i * 37) as u8)).unwrap();
            let all = |outbox: &mut Outbox<'_>, limit| {
                let mut fragments: Vec<Vec<u8>> = Vec::new();
                let mut space = [0; 99];
                while let Some(len) = outbox.next_fragment(&mut space, limit) {
                    fragments.push(space[..len].to_vec());
                }
                fragments
            };
            let first = all(outbox, 20);
            outbox.repeat().unwrap();
            assert_eq!(all(outbox, 30), first);
            // What cannot be the same is another instruction.
            outbox.repeat().unwrap();
            let smaller = all(outbox, 15);
            let id = |fragments: &[Vec<u8>]| Fragment::parse(&fragments[0]).unwrap().id;
            assert_eq!((id(&first), id(&smaller)), (1, 2));
            assert!(smaller.len() > first.len());
            // What was too large is not repeated either.
            assert_eq!(
                outbox.load(&core::array::from_fn::<u8, 400, _>(|i| (i * i / 7 + i * 31) as u8)),
                Err(Full)
            );
            assert_eq!(outbox.repeat(), Err(Full));
        });
    }

    fn with_outbox(test: impl FnOnce(&mut Outbox<'_>)) {
        let (mut payload, mut table) = ([0; 256], [0; Deflater::TABLE_LEN]);
        let payload = Buffer::new(Slab::borrowed(&mut payload));
        test(&mut Outbox::new(payload, Deflater::new(Slab::borrowed(&mut table))));
    }
}
