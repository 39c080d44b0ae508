//! The instruction: from which state to which, and the bookkeeping of both directions.

use super::Offer;
use super::protobuf::{
    Fields, Malformed, Value, bytes_field_len, put_bytes_field, put_bytes_key, put_varint_field,
};
use crate::storage::{Buffer, Full};

/// The version that every instruction states; those with another are ignored.
pub const PROTOCOL_VERSION: u32 = 2;

/// One instruction. Diff and padding are borrowed from where they were parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instruction<'a> {
    /// See [`PROTOCOL_VERSION`].
    pub protocol_version: u32,
    /// The state that the diff applies to.
    pub old_num: u64,
    /// The state that results.
    pub new_num: u64,
    /// The newest state of the other direction that the sender holds.
    pub ack_num: u64,
    /// States below this one are not used as `old_num` any more.
    pub throwaway_num: u64,
    /// What changes; may be empty.
    pub diff: &'a [u8],
    /// Padding of random length that blurs the length of the datagram.
    pub chaff: &'a [u8],
    /// What the sender can do beyond mosh 1.4, which skips this like any field it does not know.
    /// What is no offer reads as `None`.
    pub offer: Option<Offer>,
}

crate::log::defmt_format!(
    Instruction<'_>,
    it => "Instruction({} to {}, acknowledges {}, throws away {}, {} bytes, offer: {})",
    it.old_num, it.new_num, it.ack_num, it.throwaway_num, it.diff.len(), it.offer
);

impl<'a> Instruction<'a> {
    /// Bytes that [`prepend`](Self::prepend) needs before the diff.
    pub const MAX_HEAD: usize = 6 + 4 * 11 + bytes_field_len(OFFER, Offer::MAX_LEN) + 6;

    /// Reads an instruction.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if it is no protobuf message.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut instruction = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                // Protobuf cuts integers that are too long for their field.
                (VERSION, Value::Varint(value)) => instruction.protocol_version = value as u32,
                (OLD_NUM, Value::Varint(value)) => instruction.old_num = value,
                (NEW_NUM, Value::Varint(value)) => instruction.new_num = value,
                (ACK_NUM, Value::Varint(value)) => instruction.ack_num = value,
                (THROWAWAY_NUM, Value::Varint(value)) => instruction.throwaway_num = value,
                (DIFF, Value::Bytes(bytes)) => instruction.diff = bytes,
                (CHAFF, Value::Bytes(bytes)) => instruction.chaff = bytes,
                (OFFER, Value::Bytes(bytes)) => instruction.offer = Offer::parse(bytes).ok(),
                _ => {}
            }
        }
        Ok(instruction)
    }

    /// Appends the instruction: all fields, in the order of their numbers, as mosh does,
    /// but with an offer before the diff: what is said beyond mosh 1.4 must never be cut off.
    ///
    /// # Errors
    ///
    /// [`Full`] if it does not fit; a part may have been appended.
    pub fn emit(&self, out: &mut Buffer<'_>) -> Result<(), Full> {
        self.emit_head(out)?;
        out.extend(self.diff)?;
        put_bytes_field(out, CHAFF, self.chaff)
    }

    /// Completes an instruction around a diff that was written in place: `out` holds
    /// [`MAX_HEAD`](Self::MAX_HEAD) bytes of any content and then the diff; the field `diff` is
    /// not looked at. Returns where in `out` the instruction starts.
    ///
    /// Padding that does not fit is left out.
    ///
    /// # Panics
    ///
    /// If `out` is shorter than `MAX_HEAD`.
    pub fn prepend(&self, out: &mut Buffer<'_>) -> usize {
        let diff_len = out.len() - Self::MAX_HEAD;
        let mut memory = [0; Self::MAX_HEAD];
        let mut head = Buffer::new(crate::storage::Slab::borrowed(&mut memory));
        self.emit_fields(&mut head, diff_len).expect("the head has a largest size");
        let start = Self::MAX_HEAD - head.len();
        out[start..Self::MAX_HEAD].copy_from_slice(&head);
        let end = out.len();
        if put_bytes_field(out, CHAFF, self.chaff).is_err() {
            out.truncate(end);
        }
        start
    }

    /// The length of the instruction that [`emit`](Self::emit) writes.
    #[must_use]
    pub fn emitted_len(&self) -> usize {
        use super::protobuf::varint_field_len as integer;
        integer(VERSION, u64::from(self.protocol_version))
            + integer(OLD_NUM, self.old_num)
            + integer(NEW_NUM, self.new_num)
            + integer(ACK_NUM, self.ack_num)
            + integer(THROWAWAY_NUM, self.throwaway_num)
            + self.offer.map_or(0, |offer| bytes_field_len(OFFER, offer.emit().len()))
            + bytes_field_len(DIFF, self.diff.len())
            + bytes_field_len(CHAFF, self.chaff.len())
    }

    fn emit_head(&self, out: &mut Buffer<'_>) -> Result<(), Full> {
        self.emit_fields(out, self.diff.len())
    }

    fn emit_fields(&self, out: &mut Buffer<'_>, diff_len: usize) -> Result<(), Full> {
        put_varint_field(out, VERSION, u64::from(self.protocol_version))?;
        put_varint_field(out, OLD_NUM, self.old_num)?;
        put_varint_field(out, NEW_NUM, self.new_num)?;
        put_varint_field(out, ACK_NUM, self.ack_num)?;
        put_varint_field(out, THROWAWAY_NUM, self.throwaway_num)?;
        if let Some(offer) = self.offer {
            put_bytes_field(out, OFFER, &offer.emit())?;
        }
        put_bytes_key(out, DIFF, diff_len)
    }
}

const VERSION: u32 = 1;
const OLD_NUM: u32 = 2;
const NEW_NUM: u32 = 3;
const ACK_NUM: u32 = 4;
const THROWAWAY_NUM: u32 = 5;
const DIFF: u32 = 6;
const CHAFF: u32 = 7;
const OFFER: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Slab;

    const SAMPLE: Instruction<'_> = Instruction {
        protocol_version: 2,
        old_num: 3,
        new_num: u64::MAX,
        ack_num: 300,
        throwaway_num: 0,
        diff: b"diff",
        chaff: b"chaff",
        offer: Some(Offer { version: u16::MAX, features: u32::MAX }),
    };

    #[test]
    fn instructions_round_trip() {
        let mut memory = [0; 128];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        for sample in [SAMPLE, Instruction { offer: None, ..SAMPLE }] {
            out.clear();
            sample.emit(&mut out).unwrap();
            assert_eq!(out.len(), sample.emitted_len());
            assert_eq!(Instruction::parse(&out), Ok(sample));
        }
    }

    #[test]
    fn a_head_can_be_put_before_a_written_diff() {
        let mut memory = [0; 128];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        out.extend(&[0xaa; Instruction::MAX_HEAD]).unwrap();
        out.extend(b"diff").unwrap();
        let start = SAMPLE.prepend(&mut out);
        assert_eq!(Instruction::parse(&out[start..]), Ok(SAMPLE));
    }

    #[test]
    fn padding_gives_way() {
        let mut memory = [0; Instruction::MAX_HEAD + 6];
        let mut out = Buffer::new(Slab::borrowed(&mut memory));
        out.extend(&[0; Instruction::MAX_HEAD]).unwrap();
        out.extend(b"diff").unwrap();
        let start = SAMPLE.prepend(&mut out);
        let expected = Instruction { chaff: b"", ..SAMPLE };
        assert_eq!(Instruction::parse(&out[start..]), Ok(expected));
    }

    #[test]
    fn unknown_fields_are_skipped_and_the_last_of_repeated_ones_counts() {
        let bytes = [
            0x08, 2, 0x10, 1, 0x10, 7, // version, old_num twice
            0x42, 1, 0x80, // 8: no offer
            0x40, 1, // 8: an integer
            0x4d, 1, 2, 3, 4, // 9: four bytes
            0x51, 1, 2, 3, 4, 5, 6, 7, 8, // 10: eight bytes
            0xf8, 0xff, 0xff, 0xff, 0x0f, 5, // the largest field number
            0x1d, 1, 2, 3, 4, // new_num with a foreign type
        ];
        let expected = Instruction { protocol_version: 2, old_num: 7, ..Instruction::default() };
        assert_eq!(Instruction::parse(&bytes), Ok(expected));
        let offered = [&bytes[..], &[0x42, 4, 1, 3, 0xff, 0xff]].concat();
        let expected = Instruction { offer: Some(Offer::OURS), ..expected };
        assert_eq!(Instruction::parse(&offered), Ok(expected));
        assert_eq!(Instruction::parse(&[]), Ok(Instruction::default()));
    }
}
