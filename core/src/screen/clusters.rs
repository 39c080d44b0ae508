//! Characters with combining marks: each distinct string once, found by its bytes.
//!
//! Cells name clusters by number and nobody counts them. When the table is full, the rows in use
//! are searched for the numbers that are still needed.

use super::rows::Rows;
use crate::storage::{Full, Slab};

/// A mark is appended only while the contents of a cell are shorter than this, as in mosh 1.4.
pub(super) const APPEND_BELOW: usize = 32;
/// The most that a cell can hold: a string just below the limit and one more character.
pub const MAX_CLUSTER: usize = APPEND_BELOW - 1 + 4;

/// A place of the cluster table.
#[derive(Clone, Debug)]
pub struct ClusterEntry {
    bytes: [u8; MAX_CLUSTER],
    /// 0 = free.
    len: u8,
    needed: bool,
    /// The next entry of the same bucket, or the next free one; numbers count from 1.
    next: u16,
    /// The first entry of the bucket with this entry's number.
    bucket: u16,
}

impl Default for ClusterEntry {
    fn default() -> Self {
        Self { bytes: [0; MAX_CLUSTER], len: 0, needed: false, next: 0, bucket: 0 }
    }
}

#[derive(Debug)]
pub(super) struct Clusters<'s> {
    entries: Slab<'s, ClusterEntry>,
    /// Entries that were ever in use.
    len: usize,
    free: u16,
    /// Requests to refuse before the rows are searched again: keeps a program that fills the
    /// table with clusters in use from buying a search of all rows with each of its bytes.
    patience: usize,
}

impl<'s> Clusters<'s> {
    pub(super) fn new(entries: Slab<'s, ClusterEntry>) -> Self {
        Self { entries, len: 0, free: 0, patience: 0 }
    }

    /// Returns the number of the cluster, which is of at most [`MAX_CLUSTER`] bytes.
    pub(super) fn intern(&mut self, bytes: &[u8], rows: &Rows<'_>) -> Result<u32, Full> {
        if let Some(index) = self.find(bytes) {
            return Ok(index);
        }
        let id = self.allocate(rows)?;
        let entry = &mut self.entries[usize::from(id) - 1];
        entry.bytes[..bytes.len()].copy_from_slice(bytes);
        entry.len = bytes.len() as u8;
        self.link(id);
        Ok(u32::from(id) - 1)
    }

    pub(super) fn bytes(&self, index: u32) -> &[u8] {
        let entry = &self.entries[index as usize];
        &entry.bytes[..usize::from(entry.len)]
    }

    fn bucket_of(&self, bytes: &[u8]) -> usize {
        // FNV-1a: short strings, no adversary gains more than a slower session of its own.
        let hash = bytes
            .iter()
            .fold(0x811c_9dc5_u32, |hash, &b| (hash ^ u32::from(b)).wrapping_mul(0x0100_0193));
        hash as usize % self.entries.len()
    }

    fn find(&self, bytes: &[u8]) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        let mut at = self.entries[self.bucket_of(bytes)].bucket;
        while at != 0 {
            let entry = &self.entries[usize::from(at) - 1];
            if &entry.bytes[..usize::from(entry.len)] == bytes {
                return Some(u32::from(at) - 1);
            }
            at = entry.next;
        }
        None
    }

    fn link(&mut self, id: u16) {
        let index = usize::from(id) - 1;
        let entry = &self.entries[index];
        let bucket = self.bucket_of(&entry.bytes[..usize::from(entry.len)]);
        self.entries[index].next = self.entries[bucket].bucket;
        self.entries[bucket].bucket = id;
    }

    fn allocate(&mut self, rows: &Rows<'_>) -> Result<u16, Full> {
        if self.free == 0 && self.len >= self.entries.len().min(usize::from(u16::MAX)) {
            self.make_room(rows)?;
        }
        if self.free != 0 {
            let id = self.free;
            self.free = self.entries[usize::from(id) - 1].next;
            return Ok(id);
        }
        self.len += 1;
        Ok(self.len as u16)
    }

    /// Frees what no row needs, and grows if that is little.
    fn make_room(&mut self, rows: &Rows<'_>) -> Result<(), Full> {
        if self.patience > 0 {
            self.patience -= 1;
            return Err(Full);
        }
        let mut freed = 0;
        if self.len > 0 {
            freed = self.sweep(rows);
        }
        let len = self.entries.len();
        if freed <= len / 2 {
            let wanted = (len * 2).max(64).min(self.entries.max_len()).min(usize::from(u16::MAX));
            if wanted > len && self.entries.grow(wanted).is_ok() {
                self.relink();
                return Ok(());
            }
        }
        if freed < len / 8 {
            self.patience = rows.used() * 16;
        }
        if freed == 0 { Err(Full) } else { Ok(()) }
    }

    /// Forgets entries that no cell names; returns how many.
    fn sweep(&mut self, rows: &Rows<'_>) -> usize {
        for cell in rows.live().flatten() {
            if let Some(entry) =
                cell.glyph().cluster_index().and_then(|index| self.entries.get_mut(index as usize))
            {
                entry.needed = true;
            }
        }
        let mut freed = 0;
        for entry in &mut self.entries[..self.len] {
            if !core::mem::take(&mut entry.needed) {
                freed += usize::from(entry.len > 0);
                entry.len = 0;
            }
        }
        self.relink();
        freed
    }

    /// Builds buckets and free list anew.
    fn relink(&mut self) {
        for entry in self.entries.iter_mut() {
            entry.bucket = 0;
        }
        self.free = 0;
        for index in (0..self.len).rev() {
            let id = (index + 1) as u16;
            if self.entries[index].len > 0 {
                self.link(id);
            } else {
                self.entries[index].next = self.free;
                self.free = id;
            }
        }
    }
}
