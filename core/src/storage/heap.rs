//! The memory of an endpoint on the heap: it starts small and grows up to these limits.

use crate::client::ClientStorage;
use crate::compress::{Deflater, Inflater, MAX_INFLATED};
use crate::diff::HostStorage;
use crate::screen::{MAX_COLUMNS, MAX_ROWS, ScreenStorage};
use crate::server::ServerStorage;
use crate::storage::{Buffer, Slab};
use crate::terminal::TerminalStorage;
use crate::transport::TransportStorage;
use crate::wire::fragment::MAX_FRAGMENTS;

/// Cells of all rows: four screens of the largest size and a little more.
const CELLS: usize = 4 * MAX_COLUMNS as usize * MAX_ROWS as usize + (1 << 16);
/// Screen images: as many as mosh's limit for received states, and what is shown.
const FRAMES: usize = STATES + 8;
/// Received states held at once; the protocol's limit and one on its way.
const STATES: usize = 1025;
/// Blocks of text: as many as have names; a clipboard of 1 MiB takes more than a third of them.
const TEXTS: usize = (1 << 16) - 1;
/// Characters with combining marks that differ from one another.
const CLUSTERS: usize = 1 << 14;
/// Links and colours of underlines that differ from one another: as many as cells can name.
const EXTRAS: usize = 1 << 12;
/// Bytes of a title or a clipboard while it arrives: 1 MiB in base64, and what is around it.
const STRING: usize = (4 << 20) / 3 + (1 << 10);
/// Keys that wait to be acknowledged or read: a paste as large as one instruction can be.
const KEYS: usize = MAX_INFLATED + (1 << 16);
/// An instruction before compression: the largest that a peer inflates.
const MESSAGE: usize = MAX_INFLATED;

fn host() -> HostStorage<'static> {
    HostStorage {
        screens: ScreenStorage {
            cells: Slab::growable(CELLS),
            row_info: Slab::growable(usize::from(u16::MAX)),
            tables: Slab::growable(FRAMES * MAX_ROWS as usize),
            infos: Slab::growable(FRAMES),
            texts: Slab::growable(TEXTS),
            clusters: Slab::growable(CLUSTERS),
            extras: Slab::growable(EXTRAS),
        },
        terminal: TerminalStorage { string: Slab::growable(STRING) },
    }
}

fn transport<S>() -> TransportStorage<'static, S> {
    TransportStorage {
        received: Slab::growable(STATES),
        message: Buffer::new(Slab::growable(MESSAGE)),
        payload: Buffer::new(Slab::growable(MESSAGE)),
        fragments: Buffer::new(Slab::growable(MESSAGE)),
        pieces: Slab::growable(MAX_FRAGMENTS),
        inflater: Inflater::boxed(),
        deflater: Deflater::new(Slab::growable(Deflater::TABLE_LEN)),
    }
}

impl ServerStorage<'static> {
    /// Returns memory on the heap: some hundred kilobytes for an ordinary window.
    #[must_use]
    pub fn heap() -> Self {
        Self { host: host(), keys: Slab::growable(KEYS), transport: transport() }
    }
}

impl ClientStorage<'static> {
    /// Returns memory on the heap: some hundred kilobytes for an ordinary window.
    #[must_use]
    pub fn heap() -> Self {
        Self { host: host(), keys: Slab::growable(KEYS), transport: transport() }
    }
}
