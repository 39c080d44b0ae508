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
use crate::transport::{TransportMemory, TransportStorage};

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

/// Memory of a server; see [`StaticStorage`] for what else can be chosen. `TOTAL` is
/// [`server_rows`]`(ROWS)` or more.
pub type StaticServer<
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize = MESSAGE,
    const KEYS: usize = 512,
    const TEXTS: usize = 32,
    const CLUSTERS: usize = 32,
    const EXTRAS: usize = 16,
    const FRAMES: usize = 8,
    const STATES: usize = 5,
> = StaticStorage<
    Position,
    COLUMNS,
    ROWS,
    TOTAL,
    MESSAGE,
    IN,
    KEYS,
    TEXTS,
    CLUSTERS,
    EXTRAS,
    FRAMES,
    STATES,
>;

/// Memory of a client; see [`StaticStorage`] for what else can be chosen. `TOTAL` is
/// [`client_rows`]`(ROWS)` or more.
pub type StaticClient<
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize = MESSAGE,
    const KEYS: usize = 512,
    const TEXTS: usize = 32,
    const CLUSTERS: usize = 32,
    const EXTRAS: usize = 16,
    const FRAMES: usize = 8,
    const STATES: usize = 5,
> = StaticStorage<
    Frame,
    COLUMNS,
    ROWS,
    TOTAL,
    MESSAGE,
    IN,
    KEYS,
    TEXTS,
    CLUSTERS,
    EXTRAS,
    FRAMES,
    STATES,
>;

/// The memory of one endpoint that receives states of type `S`.
///
/// Unused memory is all zeros and made at compile time, so a `static` of it takes no room in a
/// program's image.
///
/// | parameter | what it limits | what happens beyond it |
/// |---|---|---|
/// | `COLUMNS`, `ROWS` | the window | a larger one is cut to what fits |
/// | `TOTAL` | rows of all screens held | screens are sent more rarely; what the alternate screen hides is lost |
/// | `MESSAGE` | an instruction either way, twice this many bytes | a screen is sent in parts; a received one is refused |
/// | `IN` | a received instruction, compressed | it is refused |
/// | `KEYS` | keys that nobody has read, or the server has not acknowledged; two bytes each | a paste goes in parts, or is refused to its sender |
/// | `TEXTS` | blocks of 58 bytes for titles, links, clipboards and the like, 64 bytes each | a new text is not taken |
/// | `CLUSTERS` | characters with combining marks that differ, 42 bytes each | marks are left out |
/// | `EXTRAS` | links and underline colours that differ, 16 bytes each | they are left out |
/// | `FRAMES` | screen images held, two bytes for each row and 88 each | screens are sent more rarely |
/// | `STATES` | received states held, 40 bytes each | states are refused until the peer lets others go |
///
/// ```
/// use mosh_core::storage::{StaticServer, server_rows};
///
/// static MEMORY: StaticServer<80, 24, { server_rows(24) }, 4096> = StaticServer::new();
/// assert!(size_of_val(&MEMORY) < 96 * 1024);
/// ```
pub struct StaticStorage<
    S,
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize,
    const KEYS: usize,
    const TEXTS: usize,
    const CLUSTERS: usize,
    const EXTRAS: usize,
    const FRAMES: usize,
    const STATES: usize,
> {
    cells: [[Cell; COLUMNS]; TOTAL],
    row_info: [RowInfo; TOTAL],
    tables: [[RowId; ROWS]; FRAMES],
    infos: [FrameInfo; FRAMES],
    texts: [TextBlock; TEXTS],
    clusters: [ClusterEntry; CLUSTERS],
    extras: [ExtraEntry; EXTRAS],
    string: [u8; STRING],
    keys: [u16; KEYS],
    transport: TransportMemory<S, STATES, MESSAGE, IN, PIECES>,
}

crate::log::defmt_format!(
    [
        S,
        const COLUMNS: usize,
        const ROWS: usize,
        const TOTAL: usize,
        const MESSAGE: usize,
        const IN: usize,
        const KEYS: usize,
        const TEXTS: usize,
        const CLUSTERS: usize,
        const EXTRAS: usize,
        const FRAMES: usize,
        const STATES: usize,
    ]
    StaticStorage<
        S,
        COLUMNS,
        ROWS,
        TOTAL,
        MESSAGE,
        IN,
        KEYS,
        TEXTS,
        CLUSTERS,
        EXTRAS,
        FRAMES,
        STATES,
    >,
    it => "StaticStorage({} bytes)", size_of_val(it)
);

impl<
    S,
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize,
    const KEYS: usize,
    const TEXTS: usize,
    const CLUSTERS: usize,
    const EXTRAS: usize,
    const FRAMES: usize,
    const STATES: usize,
>
    StaticStorage<
        S,
        COLUMNS,
        ROWS,
        TOTAL,
        MESSAGE,
        IN,
        KEYS,
        TEXTS,
        CLUSTERS,
        EXTRAS,
        FRAMES,
        STATES,
    >
{
    /// Returns unused memory.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            cells: [[Cell::EMPTY; COLUMNS]; TOTAL],
            row_info: [RowInfo::FREE; TOTAL],
            tables: [[RowId::UNUSED; ROWS]; FRAMES],
            infos: [const { FrameInfo::VACANT }; FRAMES],
            texts: [const { TextBlock::FREE }; TEXTS],
            clusters: [const { ClusterEntry::FREE }; CLUSTERS],
            extras: [const { ExtraEntry::FREE }; EXTRAS],
            string: [0; STRING],
            keys: [0; KEYS],
            transport: TransportMemory::new(),
        }
    }

    /// Lends the memory out: screens, keys and messages.
    fn lend(&mut self) -> (HostStorage<'_>, Slab<'_, u16>, TransportStorage<'_, S>) {
        let screens = ScreenStorage {
            cells: Slab::borrowed(self.cells.as_flattened_mut()),
            row_info: Slab::borrowed(&mut self.row_info),
            tables: Slab::borrowed(self.tables.as_flattened_mut()),
            infos: Slab::borrowed(&mut self.infos),
            texts: Slab::borrowed(&mut self.texts),
            clusters: Slab::borrowed(&mut self.clusters),
            extras: Slab::borrowed(&mut self.extras),
        };
        let terminal = TerminalStorage { string: Slab::borrowed(&mut self.string) };
        let host = HostStorage { screens, terminal };
        (host, Slab::borrowed(&mut self.keys), self.transport.storage())
    }
}

impl<
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize,
    const KEYS: usize,
    const TEXTS: usize,
    const CLUSTERS: usize,
    const EXTRAS: usize,
    const FRAMES: usize,
    const STATES: usize,
> StaticServer<COLUMNS, ROWS, TOTAL, MESSAGE, IN, KEYS, TEXTS, CLUSTERS, EXTRAS, FRAMES, STATES>
{
    /// Lends the memory to a server.
    pub fn storage(&mut self) -> ServerStorage<'_> {
        const { assert!(TOTAL >= server_rows(ROWS), "too few rows for a server") };
        let (host, keys, transport) = self.lend();
        ServerStorage { host, keys, transport }
    }
}

impl<
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize,
    const KEYS: usize,
    const TEXTS: usize,
    const CLUSTERS: usize,
    const EXTRAS: usize,
    const FRAMES: usize,
    const STATES: usize,
> StaticClient<COLUMNS, ROWS, TOTAL, MESSAGE, IN, KEYS, TEXTS, CLUSTERS, EXTRAS, FRAMES, STATES>
{
    /// Lends the memory to a client.
    pub fn storage(&mut self) -> ClientStorage<'_> {
        const { assert!(TOTAL >= client_rows(ROWS), "too few rows for a client") };
        let (host, keys, transport) = self.lend();
        ClientStorage { host, keys, transport }
    }
}

impl<
    S,
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize,
    const KEYS: usize,
    const TEXTS: usize,
    const CLUSTERS: usize,
    const EXTRAS: usize,
    const FRAMES: usize,
    const STATES: usize,
> Default
    for StaticStorage<
        S,
        COLUMNS,
        ROWS,
        TOTAL,
        MESSAGE,
        IN,
        KEYS,
        TEXTS,
        CLUSTERS,
        EXTRAS,
        FRAMES,
        STATES,
    >
{
    fn default() -> Self {
        Self::new()
    }
}

impl<
    S,
    const COLUMNS: usize,
    const ROWS: usize,
    const TOTAL: usize,
    const MESSAGE: usize,
    const IN: usize,
    const KEYS: usize,
    const TEXTS: usize,
    const CLUSTERS: usize,
    const EXTRAS: usize,
    const FRAMES: usize,
    const STATES: usize,
> core::fmt::Debug
    for StaticStorage<
        S,
        COLUMNS,
        ROWS,
        TOTAL,
        MESSAGE,
        IN,
        KEYS,
        TEXTS,
        CLUSTERS,
        EXTRAS,
        FRAMES,
        STATES,
    >
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("StaticStorage(..)")
    }
}

/// Fragments of one received instruction: of the smallest that are sent, for 18 kB.
const PIECES: usize = 40;
/// Bytes of a title or another string while it arrives.
const STRING: usize = 256;
