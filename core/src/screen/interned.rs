//! Tables in which each distinct thing stands once, is found by its meaning and named by number.
//!
//! Nobody counts the names. When a table is full, its owner says which entries are still needed
//! and the others are forgotten.

use crate::storage::Slab;

/// What the table knows of an entry.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Links {
    needed: bool,
    /// The next entry of the same bucket, or the next free one; numbers count from 1.
    next: u16,
    /// The first entry of the bucket with this entry's number.
    bucket: u16,
}

impl Links {
    pub(super) const NONE: Self = Self { needed: false, next: 0, bucket: 0 };
}

/// What a table can hold.
pub(super) trait Entry: Default {
    /// Whether the place is taken.
    fn is_used(&self) -> bool;
    /// The hash of what it stands for.
    fn hash(&self) -> u32;
    fn links(&self) -> &Links;
    fn links_mut(&mut self) -> &mut Links;
}

#[derive(Debug)]
pub(super) struct Table<'s, E> {
    entries: Slab<'s, E>,
    /// Entries that were ever in use.
    len: usize,
    free: u16,
}

impl<'s, E: Entry> Table<'s, E> {
    pub(super) fn new(entries: Slab<'s, E>) -> Self {
        Self { entries, len: 0, free: 0 }
    }

    /// The entry with a number.
    pub(super) fn get(&self, id: u16) -> Option<&E> {
        self.entries.get(usize::from(id).checked_sub(1)?)
    }

    /// The entries that were ever in use.
    pub(super) fn entries(&self) -> &[E] {
        &self.entries[..self.len]
    }

    /// Places that there are now.
    pub(super) fn places(&self) -> usize {
        self.entries.len()
    }

    /// The number of the entry with this hash that `is` the one.
    pub(super) fn find(&self, hash: u32, is: impl Fn(&E) -> bool) -> Option<u16> {
        if self.len == 0 {
            return None;
        }
        let mut at = self.entries[hash as usize % self.entries.len()].links().bucket;
        while at != 0 {
            let entry = &self.entries[usize::from(at) - 1];
            if is(entry) {
                return Some(at);
            }
            at = entry.links().next;
        }
        None
    }

    /// Takes a place that is free or was never in use, with a number of at most `limit`.
    pub(super) fn take_place(&mut self, limit: usize) -> Option<u16> {
        if self.free != 0 {
            let id = self.free;
            self.free = self.entries[usize::from(id) - 1].links().next;
            return Some(id);
        }
        if self.len >= self.entries.len().min(limit) {
            return None;
        }
        self.len += 1;
        Some(self.len as u16)
    }

    /// Has `fill` write an entry into a place that was taken.
    pub(super) fn insert(&mut self, id: u16, fill: impl FnOnce(&mut E)) {
        fill(&mut self.entries[usize::from(id) - 1]);
        self.link(id);
    }

    /// Notes that an entry is needed.
    pub(super) fn need(&mut self, id: u16) {
        let index = usize::from(id).checked_sub(1);
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
            entry.links_mut().needed = true;
        }
    }

    /// Has `forget` free every entry that was not needed; returns how many these were.
    pub(super) fn sweep(&mut self, mut forget: impl FnMut(&mut E)) -> usize {
        let mut freed = 0;
        for entry in &mut self.entries[..self.len] {
            if !core::mem::take(&mut entry.links_mut().needed) && entry.is_used() {
                forget(entry);
                freed += 1;
            }
        }
        self.relink();
        freed
    }

    /// Makes twice as many places, at least 64 and at most `limit`; returns whether there are
    /// more now.
    pub(super) fn grow(&mut self, limit: usize) -> bool {
        let len = self.entries.len();
        let wanted = (len * 2).max(64).min(self.entries.max_len()).min(limit);
        let grown = wanted > len && self.entries.grow(wanted).is_ok();
        if grown {
            self.relink();
        }
        grown
    }

    fn link(&mut self, id: u16) {
        let index = usize::from(id) - 1;
        let bucket = self.entries[index].hash() as usize % self.entries.len();
        self.entries[index].links_mut().next = self.entries[bucket].links().bucket;
        self.entries[bucket].links_mut().bucket = id;
    }

    /// Builds buckets and free list anew.
    fn relink(&mut self) {
        for entry in self.entries.iter_mut() {
            entry.links_mut().bucket = 0;
        }
        self.free = 0;
        for index in (0..self.len).rev() {
            let id = (index + 1) as u16;
            if self.entries[index].is_used() {
                self.link(id);
            } else {
                self.entries[index].links_mut().next = self.free;
                self.free = id;
            }
        }
    }
}
