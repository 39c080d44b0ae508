//! What the owner of a transport hands in, and what it gets back.

use core::net::SocketAddr;

use crate::compress::{Deflater, Inflater, stored_len};
use crate::crypto::SessionKey;
use crate::storage::{Buffer, Slab};
use crate::time::Instant;
use crate::wire::mosh::Offer;

/// The number of a state within its direction: 0 is the state both ends start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StateNum(pub u64);

impl StateNum {
    /// The state both ends share before the first datagram.
    pub const INITIAL: Self = Self(0);
    /// The number that asks for the end of the session, and acknowledges it.
    pub const SHUTDOWN: Self = Self(u64::MAX);

    /// Returns the number after this one; ordinary numbers never reach [`SHUTDOWN`](Self::SHUTDOWN).
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Which end of the session this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Role {
    /// The user's end: knows the peer's addresses, hops ports.
    Client,
    /// The program's end: follows the client wherever it roams.
    Server,
}

/// When changes are sent, repeated and acknowledged. A peer takes either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Timing {
    /// As soon as the link allows; see [`design::timing`](crate::design::timing).
    #[default]
    Prompt,
    /// When mosh 1.4 does: later, in fewer datagrams. What measurements compare with, and a choice
    /// for links that are paid by the packet.
    Stock,
}

/// Candidates for the server's address that a client tries in order.
pub const MAX_ADDRESSES: usize = 8;

/// What a transport must know to begin.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Config {
    /// Which end this is.
    pub role: Role,
    /// The key both ends share.
    pub key: SessionKey,
    /// Any number; decides the padding that blurs the length of datagrams.
    pub seed: u64,
    /// The server's addresses in the order to try; empty on a server.
    pub addresses: heapless::Vec<SocketAddr, MAX_ADDRESSES>,
    /// On a server: whether its socket is an IPv6 one, which leaves less room in a datagram.
    pub v6_socket: bool,
    /// When to send.
    pub timing: Timing,
    /// What to offer to a peer of our kind; without it, this end behaves like one of mosh 1.4.
    pub offer: Option<Offer>,
}

/// A received datagram.
#[derive(Debug)]
pub struct Datagram<'a> {
    /// Where it came from.
    pub source: SocketAddr,
    /// Whether a router marked it as having met congestion (ECN CE, RFC 3168).
    pub congestion: bool,
    /// The UDP payload, which is decrypted in place.
    pub bytes: &'a mut [u8],
}

crate::log::defmt_format!(
    Datagram<'_>,
    it => "Datagram({} bytes from {}, congestion: {})", it.bytes.len(), it.source, it.congestion
);

/// A datagram written at the front of the caller's buffer.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Transmit {
    /// Bytes of the buffer to send.
    pub len: usize,
    /// Where to send them.
    pub destination: SocketAddr,
    /// Open a new socket first and send this and all that follows from there. Older sockets stay
    /// readable, at most [`MAX_SOCKETS`](super::MAX_SOCKETS) and for at most
    /// [`SOCKET_LIFETIME`](super::SOCKET_LIFETIME) after this.
    pub fresh_port: bool,
}

/// What a datagram brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Arrival {
    /// There is a newer state than before; see [`Transport::newest`](super::Transport::newest).
    pub new_state: bool,
    /// The peer is reached at another address than before, or again after it had been lost.
    pub peer_moved: bool,
    /// It is the first authentic datagram of the session.
    pub first: bool,
}

/// Why a datagram was dropped. The session goes on, whatever the reason.
///
/// Up to and including [`Closed`](Self::Closed) nothing but a counter has changed. The others are
/// authentic, so they count as a sign of life although their contents are of no use.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Discard {
    /// Too short to be sealed at all.
    Short,
    /// Not sealed with the key of this session, or damaged.
    Forged,
    /// Sealed by this end: somebody sends our own datagrams back.
    Reflected,
    /// Too short for timestamps.
    NoTimestamps,
    /// The session is over.
    Closed,
    /// No fragment, or one that contradicts others of its instruction, or too large for us.
    BadFragment,
    /// The fragments do not form a zlib stream of acceptable size.
    BadStream,
    /// The instruction is not one that we can read.
    BadInstruction,
    /// The instruction is of another version of the protocol.
    OtherVersion,
    /// The change it describes makes no sense for what the peer sends us.
    BadDiff,
    /// There is no room to keep the state; the peer will repeat it.
    Full,
}

impl core::fmt::Display for Discard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Short => "datagram is too short",
            Self::Forged => "authentication failed",
            Self::Reflected => "datagram was sent by this end",
            Self::NoTimestamps => "datagram has no timestamps",
            Self::Closed => "session is over",
            Self::BadFragment => "bad fragment",
            Self::BadStream => "bad zlib stream",
            Self::BadInstruction => "bad instruction",
            Self::OtherVersion => "other version of the protocol",
            Self::BadDiff => "bad diff",
            Self::Full => "no room for a new state",
        })
    }
}

impl core::error::Error for Discard {}

/// Why the platform could not send a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SendError {
    /// The network does not take datagrams of this size (`EMSGSIZE`).
    TooLarge,
    /// Anything else.
    Other,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Phase {
    /// It runs.
    Open,
    /// This end or the peer has asked for the end.
    ShuttingDown,
    /// It is over: nothing is sent any more and nothing is accepted.
    Closed(CloseReason),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CloseReason {
    /// We asked, the peer agreed.
    Acknowledged,
    /// The peer asked, we agreed.
    PeerClosed,
    /// We asked and heard nothing.
    TimedOut,
    /// The peer was never heard at all.
    NeverConnected,
    /// The key has encrypted as much as it may.
    KeyExhausted,
}

/// A state that the peer has sent us.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Held<S> {
    pub(super) num: StateNum,
    pub(super) at: Instant,
    pub(super) snapshot: S,
    /// When we last told the peer that we hold it, so that it may build on it, or
    /// [`NEVER`](Self::NEVER): with an option here, a place without a state would not be all zeros,
    /// and the memory of a whole endpoint no part of a program's zeroed data.
    pub(super) acknowledged: Instant,
}

impl<S> Held<S> {
    pub(super) const NEVER: Instant = Instant::from_micros(u64::MAX);
}

/// The newest state that the peer has sent us.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Received<'a, S> {
    /// Its number.
    pub num: StateNum,
    /// When it came.
    pub at: Instant,
    /// The state itself.
    pub snapshot: &'a S,
}

/// Where one fragment lies among those collected.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Piece {
    /// Offset plus one, zero where the fragment is missing.
    pub(super) place: u32,
    pub(super) len: u16,
}

/// The memory a transport works in.
///
/// What each part limits: `received` the number of states held for the peer (3 is the least that
/// works, 1024 what mosh holds); `payload` the largest instruction sent and `fragments` and `pieces`
/// the largest received, both compressed; `message` either of them before or after (mosh sends up to
/// 4 MiB). An instruction that is too large for us is never
/// acknowledged, so a stock peer repeats it without end.
pub struct TransportStorage<'s, S> {
    /// States received from the peer.
    pub received: Slab<'s, Option<Held<S>>>,
    /// The instruction being written, or the one received last.
    pub message: Buffer<'s>,
    /// The one written last, compressed, while its fragments are sent.
    pub payload: Buffer<'s>,
    /// Fragments of the instruction being received.
    pub fragments: Buffer<'s>,
    /// Where each of them lies.
    pub pieces: Slab<'s, Piece>,
    /// State of decompression.
    pub inflater: Inflater,
    /// State of compression.
    pub deflater: Deflater<'s>,
}

crate::log::defmt_format!(
    [S] TransportStorage<'_, S>,
    it => "TransportStorage({} states, {}, {})", it.received.len(), it.message, it.fragments
);

impl<S> core::fmt::Debug for TransportStorage<'_, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TransportStorage(..)")
    }
}

/// The memory of a transport as one value of fixed size, for a `static`.
///
/// `STATES` received states; `MESSAGE` bytes for an instruction, which is a little shorter as what
/// cannot be compressed grows; `IN` bytes for one received that is compressed, in `PIECES` fragments.
pub struct TransportMemory<
    S,
    const STATES: usize,
    const MESSAGE: usize,
    const IN: usize,
    const PIECES: usize,
> {
    received: [Option<Held<S>>; STATES],
    message: [u8; MESSAGE],
    payload: [u8; MESSAGE],
    fragments: [u8; IN],
    pieces: [Piece; PIECES],
    matches: [u16; Deflater::TABLE_LEN],
}

crate::log::defmt_format!(
    [S, const STATES: usize, const MESSAGE: usize, const IN: usize, const PIECES: usize]
    TransportMemory<S, STATES, MESSAGE, IN, PIECES>,
    it => "TransportMemory({} bytes)", size_of_val(it)
);

impl<S, const STATES: usize, const MESSAGE: usize, const IN: usize, const PIECES: usize>
    TransportMemory<S, STATES, MESSAGE, IN, PIECES>
{
    /// Returns empty memory: all zeros.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            received: [const { None }; STATES],
            message: [0; MESSAGE],
            payload: [0; MESSAGE],
            fragments: [0; IN],
            pieces: [Piece { place: 0, len: 0 }; PIECES],
            matches: [0; Deflater::TABLE_LEN],
        }
    }

    /// Lends the memory to a transport.
    pub fn storage(&mut self) -> TransportStorage<'_, S> {
        // What fills its buffer must still fit when it does not shrink.
        let overhead = stored_len(MESSAGE) - MESSAGE;
        let message = &mut self.message[..MESSAGE.saturating_sub(overhead)];
        TransportStorage {
            received: Slab::borrowed(&mut self.received),
            message: Buffer::new(Slab::borrowed(message)),
            payload: Buffer::new(Slab::borrowed(&mut self.payload)),
            fragments: Buffer::new(Slab::borrowed(&mut self.fragments)),
            pieces: Slab::borrowed(&mut self.pieces),
            inflater: Inflater::new(),
            deflater: Deflater::new(Slab::borrowed(&mut self.matches)),
        }
    }
}

impl<S, const STATES: usize, const MESSAGE: usize, const IN: usize, const PIECES: usize> Default
    for TransportMemory<S, STATES, MESSAGE, IN, PIECES>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<S, const STATES: usize, const MESSAGE: usize, const IN: usize, const PIECES: usize>
    core::fmt::Debug for TransportMemory<S, STATES, MESSAGE, IN, PIECES>
{
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TransportMemory(..)")
    }
}
