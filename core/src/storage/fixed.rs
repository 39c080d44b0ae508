//! The memory of an endpoint as one value, for a `static`.

use crate::client::ClientStorage;
use crate::diff::HostStorage;
use crate::input::Position;
use crate::screen::{
    Cell, ClusterEntry, ExtraEntry, Frame, FrameInfo, RowId, RowInfo, ScreenStorage, TextBlock,
};
use crate::server::ServerStorage;
use crate::storage::Slab;
use crate::terminal::TerminalStorage;
use crate::transport::TransportMemory;

/// Screen images held at once: the live one and sent ones, or received ones and what is shown.
const FRAMES: usize = 8;
/// Received states held at once.
const STATES: usize = 5;
/// Fragments of one received instruction.
const PIECES: usize = 64;
/// Blocks of text for titles, links and the like; a block holds some fifty bytes.
const TEXTS: usize = 32;
/// Characters with combining marks that differ from one another.
const CLUSTERS: usize = 32;
/// Links and colours of underlines that differ from one another.
const EXTRAS: usize = 16;
/// Bytes of a title or another string while it arrives.
const STRING: usize = 256;
/// Keys that wait to be acknowledged or read.
const KEYS: usize = 512;

/// The rows that a server needs for a screen of `rows` rows: the peer's base, the newest sent
/// state and the live screen, and one to scroll in.
///
/// With room for one screen more, what a program on the alternate screen hides is there again
/// afterwards; else it comes back cleared.
#[must_use]
pub const fn server_rows(rows: usize) -> usize {
    3 * rows + 1
}

/// The rows that a client needs for a screen of `rows` rows: the base that the server builds on,
/// the newest state, the one being made, what the user's terminal shows, and one more.
#[must_use]
pub const fn client_rows(rows: usize) -> usize {
    4 * rows + 1
}

/// Memory of a server with a screen of at most `COLUMNS` x `ROWS` cells and instructions of at
/// most `MESSAGE` bytes; `TOTAL` is [`server_rows`]`(ROWS)` or more.
pub type StaticServer<
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
> = StaticStorage<Position, COLUMNS, ROWS, TOTAL, MESSAGE>;

/// Memory of a client with a window of at most `COLUMNS` x `ROWS` cells and instructions of at
/// most `MESSAGE` bytes; `TOTAL` is [`client_rows`]`(ROWS)` or more.
pub type StaticClient<
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
> = StaticStorage<Frame, COLUMNS, ROWS, TOTAL, MESSAGE>;

/// The memory of one endpoint that receives states of type `S`.
///
/// ```
/// use mosh_core::storage::{StaticServer, server_rows};
///
/// type Memory = StaticServer<80, 24, { server_rows(24) }, 4096>;
/// assert!(size_of::<Memory>() < 128 * 1024);
/// ```
pub struct StaticStorage<
    S,
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
> {
    host: StaticHost<COLUMNS, ROWS, TOTAL>,
    keys: [u16; KEYS],
    transport: TransportMemory<S, STATES, MESSAGE, MESSAGE, PIECES>,
}

crate::log::defmt_format!(
    [S, const COLUMNS: usize, const ROWS: usize, const TOTAL: usize, const MESSAGE: usize]
    StaticStorage<S, COLUMNS, ROWS, TOTAL, MESSAGE>,
    it => "StaticStorage({} bytes)", size_of_val(it)
);

impl<S, const COLUMNS: usize, const ROWS: usize, const TOTAL: usize, const MESSAGE: usize>
    StaticStorage<S, COLUMNS, ROWS, TOTAL, MESSAGE>
{
    /// Returns unused memory.
    #[must_use]
    pub fn new() -> Self {
        Self { host: StaticHost::new(), keys: [0; KEYS], transport: TransportMemory::new() }
    }
}

impl<const COLUMNS: usize, const ROWS: usize, const TOTAL: usize, const MESSAGE: usize>
    StaticServer<COLUMNS, ROWS, TOTAL, MESSAGE>
{
    /// Lends the memory to a server.
    pub fn storage(&mut self) -> ServerStorage<'_> {
        const { assert!(TOTAL >= server_rows(ROWS), "too few rows for a server") };
        ServerStorage {
            host: self.host.storage(),
            keys: Slab::borrowed(&mut self.keys),
            transport: self.transport.storage(),
        }
    }
}

impl<const COLUMNS: usize, const ROWS: usize, const TOTAL: usize, const MESSAGE: usize>
    StaticClient<COLUMNS, ROWS, TOTAL, MESSAGE>
{
    /// Lends the memory to a client.
    pub fn storage(&mut self) -> ClientStorage<'_> {
        const { assert!(TOTAL >= client_rows(ROWS), "too few rows for a client") };
        ClientStorage {
            host: self.host.storage(),
            keys: Slab::borrowed(&mut self.keys),
            transport: self.transport.storage(),
        }
    }
}

impl<S, const COLUMNS: usize, const ROWS: usize, const TOTAL: usize, const MESSAGE: usize> Default
    for StaticStorage<S, COLUMNS, ROWS, TOTAL, MESSAGE>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S, const COLUMNS: usize, const ROWS: usize, const TOTAL: usize, const MESSAGE: usize>
    core::fmt::Debug for StaticStorage<S, COLUMNS, ROWS, TOTAL, MESSAGE>
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("StaticStorage(..)")
    }
}

/// Screens and the terminal that draws them.
struct StaticHost<const COLUMNS: usize, const ROWS: usize, const TOTAL: usize> {
    cells: [[Cell; COLUMNS]; TOTAL],
    row_info: [RowInfo; TOTAL],
    tables: [[RowId; ROWS]; FRAMES],
    infos: [FrameInfo; FRAMES],
    texts: [TextBlock; TEXTS],
    clusters: [ClusterEntry; CLUSTERS],
    extras: [ExtraEntry; EXTRAS],
    string: [u8; STRING],
}

impl<const COLUMNS: usize, const ROWS: usize, const TOTAL: usize> StaticHost<COLUMNS, ROWS, TOTAL> {
    fn new() -> Self {
        Self {
            cells: [[Cell::EMPTY; COLUMNS]; TOTAL],
            row_info: [RowInfo::default(); TOTAL],
            tables: [[RowId::default(); ROWS]; FRAMES],
            infos: core::array::from_fn(|_| FrameInfo::default()),
            texts: core::array::from_fn(|_| TextBlock::default()),
            clusters: core::array::from_fn(|_| ClusterEntry::default()),
            extras: core::array::from_fn(|_| ExtraEntry::default()),
            string: [0; STRING],
        }
    }

    fn storage(&mut self) -> HostStorage<'_> {
        HostStorage {
            screens: ScreenStorage {
                cells: Slab::borrowed(self.cells.as_flattened_mut()),
                row_info: Slab::borrowed(&mut self.row_info),
                tables: Slab::borrowed(self.tables.as_flattened_mut()),
                infos: Slab::borrowed(&mut self.infos),
                texts: Slab::borrowed(&mut self.texts),
                clusters: Slab::borrowed(&mut self.clusters),
                extras: Slab::borrowed(&mut self.extras),
            },
            terminal: TerminalStorage { string: Slab::borrowed(&mut self.string) },
        }
    }
}
