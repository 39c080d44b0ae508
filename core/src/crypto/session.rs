//! Seal and open: the one seam to the cipher.

use core::fmt;

use aes::Aes128;
use ocb3::Ocb3;
use ocb3::aead::{AeadInOut, KeyInit};
use ocb3::consts::{U12, U16};
use zeroize::Zeroize;

use super::{Direction, Nonce, Sequence, SessionKey};

/// Bytes that authentication adds to a plaintext.
pub const TAG_LEN: usize = 16;

/// The cipher of one end of a session, with the state that makes it safe to use.
///
/// The key schedule is wiped when dropped. The table of masks that OCB derives from the key
/// (`L_i`, RFC 7253 §4.1) is not, for lack of a way into the cipher crate; it tells nothing about
/// the key, but whoever has it can forge. So there is one context per session, it stays where it
/// is, and a process keeps it out of its core dumps.
pub struct Session {
    cipher: Ocb3<Aes128, U12, U16, MASKS>,
    sequence: Sequence,
    blocks_sealed: u64,
}

crate::log::defmt_format!(Session, it => "Session({}, {} blocks)", it.sequence, it.blocks_sealed);

impl Session {
    /// Prepares `key` for an end that sends in `direction`.
    ///
    /// ```
    /// use mosh_core::crypto::{Direction, Session, SessionKey};
    ///
    /// let key: SessionKey = "AAECAwQFBgcICQoLDA0ODw".parse()?;
    /// let mut client = Session::new(&key, Direction::ToServer);
    /// let server = Session::new(&key, Direction::ToClient);
    /// let mut message = *b"ls -l";
    /// let (nonce, tag) = client.seal(&mut message).unwrap();
    /// server.open(&nonce, &mut message, &tag).unwrap();
    /// assert_eq!(&message, b"ls -l");
    /// # Ok::<(), mosh_core::crypto::BadKey>(())
    /// ```
    #[must_use]
    pub fn new(key: &SessionKey, direction: Direction) -> Self {
        Self {
            cipher: Ocb3::new(key.bytes().into()),
            sequence: Sequence::new(direction),
            blocks_sealed: 0,
        }
    }

    /// Encrypts `plaintext` in place and returns the nonce to send before and the tag to send
    /// after it.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the key has served its time. Nothing is encrypted then.
    pub fn seal(&mut self, plaintext: &mut [u8]) -> Result<(Nonce, [u8; TAG_LEN]), Exhausted> {
        debug_assert!(plaintext.len() < MAX_PLAINTEXT, "a datagram is far smaller");
        let blocks = plaintext.len().div_ceil(BLOCK_LEN) as u64;
        if self.blocks_sealed + blocks >= MAX_BLOCKS {
            return Err(Exhausted);
        }
        let nonce = self.sequence.take().ok_or(Exhausted)?;
        self.blocks_sealed += blocks;
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.bytes().into(), &[], plaintext.into())
            .map_err(|_| Exhausted)?;
        Ok((nonce, tag.into()))
    }

    /// Decrypts `ciphertext` in place.
    ///
    /// # Errors
    ///
    /// [`Forged`] if the tag does not fit nonce and ciphertext. The buffer is zeroed then.
    pub fn open(
        &self,
        nonce: &Nonce,
        ciphertext: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Forged> {
        let opened = self.cipher.decrypt_inout_detached(
            &nonce.bytes().into(),
            &[],
            (&mut *ciphertext).into(),
            tag.into(),
        );
        // The cipher decrypts before it compares: what lies in the buffer then is not from a peer.
        opened.map_err(|_| {
            ciphertext.zeroize();
            Forged
        })
    }

    /// The direction in which this end sends.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.sequence.direction()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

/// The key may not encrypt any more. The session has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Exhausted;

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session key has encrypted as much as it may")
    }
}

impl core::error::Error for Exhausted {}

/// Not written by a holder of the key, or damaged on the way. Drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Forged;

impl fmt::Display for Forged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("authentication failed")
    }
}

impl core::error::Error for Forged {}

const BLOCK_LEN: usize = 16;

/// Masks computed in advance; 2^12 blocks are as much as a UDP datagram can hold.
const MASKS: usize = 12;
const MAX_PLAINTEXT: usize = BLOCK_LEN << MASKS;
const _: () = assert!(MAX_PLAINTEXT > u16::MAX as usize);

/// RFC 7253 §5 allows 2^48 blocks under one key. Each end counts what it seals and takes half.
const MAX_BLOCKS: u64 = 1 << 47;

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn rfc_7253_appendix_a_without_associated_data() {
        // The samples with empty A; the session never has associated data.
        for (nonce, plain, sealed) in [
            ("BBAA99887766554433221100", "", "785407BFFFC8AD9EDCC5520AC9111EE6"),
            (
                "BBAA99887766554433221103",
                "0001020304050607",
                "45DD69F8F5AAE72414054CD1F35D82760B2CD00D2F99BFA9",
            ),
            (
                "BBAA99887766554433221106",
                "000102030405060708090A0B0C0D0E0F",
                "5CE88EC2E0692706A915C00AEB8B2396F40E1C743F52436BDF06D8FA1ECA343D",
            ),
            (
                "BBAA99887766554433221109",
                "000102030405060708090A0B0C0D0E0F1011121314151617",
                "221BD0DE7FA6FE993ECCD769460A0AF2D6CDED0C395B1C3CE725F32494B9F914D85C0B1EB38357FF",
            ),
            (
                "BBAA9988776655443322110C",
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "2942BFC773BDA23CABC6ACFD9BFD5835BD300F0973792EF46040C53F1432BCDFB5E1DDE3BC18A5F840B52E653444D5DF",
            ),
            (
                "BBAA9988776655443322110F",
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F2021222324252627",
                "4412923493C57D5DE0D700F753CCE0D1D2D95060122E9F15A5DDBFC5787E50B5CC55EE507BCB084E479AD363AC366B95A98CA5F3000B1479",
            ),
        ] {
            let nonce: [u8; 12] = hex(nonce).try_into().unwrap();
            let (mut buf, sealed) = (hex(plain), hex(sealed));
            let (text, tag) = sealed.split_at(sealed.len() - TAG_LEN);
            let cipher = sample_session().cipher;
            let made = cipher.encrypt_inout_detached(&nonce.into(), &[], (&mut buf[..]).into());
            assert_eq!((&buf[..], made.unwrap().as_slice()), (text, tag));
        }
    }

    /// The iterated test at the end of Appendix A: every length from 0 to 127 bytes, with and
    /// without associated data, one tag over all.
    #[test]
    fn rfc_7253_appendix_a_every_length() {
        let mut key = [0; 16];
        key[15] = 128;
        let cipher = Session::new(&SessionKey::from_bytes(key), Direction::ToServer).cipher;
        let seal = |number: u32, associated: &[u8], plain: &[u8]| {
            let mut nonce = [0; 12];
            nonce[8..].copy_from_slice(&number.to_be_bytes());
            let mut buf = plain.to_vec();
            let tag = cipher
                .encrypt_inout_detached(&nonce.into(), associated, (&mut buf[..]).into())
                .unwrap();
            buf.extend_from_slice(&tag);
            buf
        };
        let mut all = Vec::new();
        for len in 0..128 {
            let zeros = vec![0; len as usize];
            all.extend(seal(3 * len + 1, &zeros, &zeros));
            all.extend(seal(3 * len + 2, &[], &zeros));
            all.extend(seal(3 * len + 3, &zeros, &[]));
        }
        assert_eq!(seal(385, &all, &[]), hex("67E944D23256C5E0B6C61FA22FDF1EA2"));
    }

    #[test]
    fn what_does_not_open_is_wiped() {
        let mut session = sample_session();
        let mut buf = *b"attack at dawn, or a little later";
        let (nonce, mut tag) = session.seal(&mut buf).unwrap();
        let mut copy = buf;
        assert_eq!(session.open(&nonce, &mut copy, &tag), Ok(()));
        assert_eq!(&copy, b"attack at dawn, or a little later");
        tag[3] ^= 1;
        assert_eq!(session.open(&nonce, &mut buf, &tag), Err(Forged));
        assert_eq!(buf, [0; 33]);
    }

    #[test]
    fn the_key_wears_out() {
        let mut session = sample_session();
        session.blocks_sealed = MAX_BLOCKS - 3;
        assert!(session.seal(&mut [0; 20]).is_ok());
        assert_eq!(session.seal(&mut [0; 1]), Err(Exhausted));
    }

    fn sample_session() -> Session {
        let key = core::array::from_fn(|i| u8::try_from(i).unwrap());
        Session::new(&SessionKey::from_bytes(key), Direction::ToServer)
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
            .collect()
    }
}
