//! Characters with combining marks: each distinct string once, found by its bytes.
//!
//! Cells name clusters by number. When the table is full, the rows in use are searched for the
//! numbers that are still needed.

use super::interned::{Entry, Links, Table};
use super::rows::Rows;
use crate::hash::{self, fnv1a};
use crate::storage::{Full, Slab};

/// A mark is appended only while the contents of a cell are shorter than this, as in mosh 1.4.
pub(super) const APPEND_BELOW: usize = 32;
/// The most that a cell can hold: a string just below the limit and one more character.
pub const MAX_CLUSTER: usize = APPEND_BELOW - 1 + 4;

/// A place of the cluster table.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClusterEntry {
    bytes: [u8; MAX_CLUSTER],
    /// 0 = free.
    len: u8,
    links: Links,
}

impl Default for ClusterEntry {
    fn default() -> Self {
        Self::FREE
    }
}

impl ClusterEntry {
    /// A place that is not taken, all zeros.
    pub(crate) const FREE: Self = Self { bytes: [0; MAX_CLUSTER], len: 0, links: Links::NONE };

    fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl Entry for ClusterEntry {
    fn is_used(&self) -> bool {
        self.len > 0
    }

    fn hash(&self) -> u32 {
        fnv1a(hash::EMPTY, self.text())
    }

    fn links(&self) -> &Links {
        &self.links
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.links
    }
}

/// Numbers that there are.
const MAX_CLUSTERS: usize = u16::MAX as usize;

#[derive(Debug)]
pub(super) struct Clusters<'s> {
    table: Table<'s, ClusterEntry>,
    /// Requests to refuse before the rows are searched again: keeps a program that fills the
    /// table with clusters in use from buying a search of all rows with each of its bytes.
    patience: usize,
}

impl<'s> Clusters<'s> {
    pub(super) fn new(entries: Slab<'s, ClusterEntry>) -> Self {
        Self { table: Table::new(entries), patience: 0 }
    }

    /// Returns the number of the cluster, which is of at most [`MAX_CLUSTER`] bytes.
    pub(super) fn intern(&mut self, bytes: &[u8], rows: &Rows<'_>) -> Result<u32, Full> {
        let hash = fnv1a(hash::EMPTY, bytes);
        if let Some(id) = self.table.find(hash, |entry| entry.text() == bytes) {
            return Ok(u32::from(id) - 1);
        }
        let id = match self.table.take_place(MAX_CLUSTERS) {
            Some(id) => id,
            None => self.make_room(rows)?,
        };
        self.table.insert(id, |entry| {
            entry.bytes[..bytes.len()].copy_from_slice(bytes);
            entry.len = bytes.len() as u8;
        });
        Ok(u32::from(id) - 1)
    }

    pub(super) fn bytes(&self, index: u32) -> &[u8] {
        self.table.entries()[index as usize].text()
    }

    /// Frees what no row needs, and grows if that is little; takes a place then.
    fn make_room(&mut self, rows: &Rows<'_>) -> Result<u16, Full> {
        if self.patience > 0 {
            self.patience -= 1;
            return Err(Full);
        }
        for cell in rows.live().flatten() {
            if let Some(index) = cell.glyph().cluster_index() {
                self.table.need(index as u16 + 1);
            }
        }
        let freed = self.table.sweep(|entry| entry.len = 0);
        let places = self.table.places();
        let grown = freed <= places / 2 && self.table.grow(MAX_CLUSTERS);
        if !grown && freed < places / 8 {
            self.patience = rows.used() * 16;
        }
        self.table.take_place(MAX_CLUSTERS).ok_or(Full)
    }
}
