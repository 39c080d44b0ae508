//! Memory whose size is not fixed by the protocol: handed in by the owner, or grown on the heap.
//!
//! This is the only module that knows whether there is a heap. Everything of the core that
//! depends on the size of the screen or of a message lies in a [`Slab`] or a [`Buffer`], so there is
//! one code path with and without an allocator, and running out is an ordinary value, [`Full`].
//!
//! The memory of a whole endpoint comes from [`StaticServer`] and [`StaticClient`], which are
//! values of fixed size, or from `ServerStorage::heap` and `ClientStorage::heap`.

mod fixed;
#[cfg(feature = "alloc")]
mod heap;

pub use fixed::{StaticClient, StaticServer, StaticStorage, client_rows, server_rows};

use core::fmt;
use core::ops::{Deref, DerefMut};

/// The storage that was handed in, or the limit for growing it, is used up.
///
/// Nothing has changed. What the caller does about it is part of its protocol: forget something
/// that can be spared and try again, or refuse what came in as if it had been lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("storage is full")
    }
}

impl core::error::Error for Full {}

impl embedded_io::Error for Full {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::OutOfMemory
    }
}

/// A slice of items that may be able to grow.
///
/// Dereferences to all its items. A borrowed slab has its final length from the start; an owned
/// one starts empty and grows up to its limit.
pub struct Slab<'s, T>(Items<'s, T>);

crate::log::defmt_format!([T] Slab<'_, T>, it => "Slab({})", it.len());

enum Items<'s, T> {
    Borrowed(&'s mut [T]),
    #[cfg(feature = "alloc")]
    Owned {
        items: alloc::vec::Vec<T>,
        max_len: usize,
    },
}

impl<'s, T: Default> Slab<'s, T> {
    /// Returns a slab over memory of the caller, all of it in use from the start.
    #[must_use]
    pub fn borrowed(items: &'s mut [T]) -> Self {
        Self(Items::Borrowed(items))
    }

    /// Returns an empty slab that grows on the heap to at most `max_len` items.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn growable(max_len: usize) -> Self {
        Self(Items::Owned { items: alloc::vec::Vec::new(), max_len })
    }

    /// The largest number of items the slab can hold.
    #[must_use]
    pub fn max_len(&self) -> usize {
        match &self.0 {
            Items::Borrowed(items) => items.len(),
            #[cfg(feature = "alloc")]
            Items::Owned { max_len, .. } => *max_len,
        }
    }

    /// Makes sure that there are at least `len` items; new ones have their default value.
    ///
    /// # Errors
    ///
    /// [`Full`] if `len` exceeds [`max_len`](Self::max_len); nothing changes then.
    pub fn grow(&mut self, len: usize) -> Result<(), Full> {
        if len <= self.len() {
            return Ok(());
        }
        match &mut self.0 {
            Items::Borrowed(_) => Err(Full),
            #[cfg(feature = "alloc")]
            Items::Owned { items, max_len } => {
                if len > *max_len {
                    return Err(Full);
                }
                if len > items.capacity() {
                    // A quarter more than asked keeps repeated growth linear without the waste of
                    // doubling tables that are megabytes in size.
                    let target = len.saturating_add(items.len() / 4).min(*max_len);
                    items.reserve_exact(target - items.len());
                }
                items.resize_with(len, T::default);
                Ok(())
            }
        }
    }

    /// Gives memory beyond `len` items back to the heap; a borrowed slab keeps its length.
    pub fn shrink(&mut self, len: usize) {
        match &mut self.0 {
            Items::Borrowed(items) => debug_assert!(len <= items.len(), "nothing to give back"),
            #[cfg(feature = "alloc")]
            Items::Owned { items, .. } => {
                items.truncate(len);
                items.shrink_to_fit();
            }
        }
    }
}

impl<T> Deref for Slab<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Items::Borrowed(items) => items,
            #[cfg(feature = "alloc")]
            Items::Owned { items, .. } => items,
        }
    }
}

impl<T> DerefMut for Slab<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Items::Borrowed(items) => items,
            #[cfg(feature = "alloc")]
            Items::Owned { items, .. } => items,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Slab<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slab").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A growing string of bytes in a [`Slab`].
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Buffer<'s> {
    slab: Slab<'s, u8>,
    len: usize,
}

impl<'s> Buffer<'s> {
    /// Returns an empty buffer over `slab`.
    #[must_use]
    pub fn new(slab: Slab<'s, u8>) -> Self {
        Self { slab, len: 0 }
    }

    /// Appends all of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Full`] if they do not fit; nothing is appended then.
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let end = self.len.checked_add(bytes.len()).ok_or(Full)?;
        self.slab.grow(end)?;
        self.slab[self.len..end].copy_from_slice(bytes);
        self.len = end;
        Ok(())
    }

    /// Forgets all but the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Forgets all bytes.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The whole slab below the buffer, grown to at least `len` bytes, for writers that need a
    /// slice; [`set_len`](Self::set_len) says afterwards how much of it counts.
    ///
    /// # Errors
    ///
    /// [`Full`] if `len` exceeds the largest size.
    pub fn spare(&mut self, len: usize) -> Result<&mut [u8], Full> {
        self.slab.grow(len)?;
        Ok(&mut self.slab)
    }

    /// Declares the first `len` bytes of the slab the contents of the buffer.
    ///
    /// # Panics
    ///
    /// If the slab has fewer bytes.
    pub fn set_len(&mut self, len: usize) {
        assert!(len <= self.slab.len(), "length within the slab");
        self.len = len;
    }

    /// The largest number of bytes that the buffer can hold.
    #[must_use]
    pub fn max_len(&self) -> usize {
        self.slab.max_len()
    }

    /// Gives the heap back what a large message took: memory beyond `len` bytes and the contents.
    pub fn shrink(&mut self, len: usize) {
        self.slab.shrink(len.max(self.len).min(self.slab.len()));
    }
}

impl Deref for Buffer<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.slab[..self.len]
    }
}

impl DerefMut for Buffer<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.slab[..self.len]
    }
}

impl embedded_io::ErrorType for Buffer<'_> {
    type Error = Full;
}

impl embedded_io::Write for Buffer<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Full> {
        self.extend(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> Result<(), Full> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "alloc")]
    #[test]
    fn growing_little_by_little_seldom_moves_what_is_there() {
        let mut slab = Slab::<u8>::growable(1 << 16);
        let (mut capacity, mut moves) = (0, 0);
        for len in 1..=1 << 16 {
            slab.grow(len).unwrap();
            let Items::Owned { items, .. } = &slab.0 else { panic!("it grows") };
            moves += usize::from(items.capacity() != capacity);
            capacity = items.capacity();
            assert!(capacity <= len + len / 4 + 8, "{capacity} for {len}");
        }
        // By a quarter each time, after a few single steps.
        assert!(moves < 60, "{moves} moves");
    }

    #[test]
    fn a_borrowed_buffer_refuses_what_does_not_fit_and_keeps_the_rest() {
        let mut memory = [0; 4];
        let mut buffer = Buffer::new(Slab::borrowed(&mut memory));
        assert_eq!(buffer.extend(b"abc"), Ok(()));
        assert_eq!(buffer.extend(b"de"), Err(Full));
        assert_eq!(&*buffer, b"abc");
    }
}
