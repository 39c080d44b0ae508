//! What happened so far, for people who want to know why.

/// Numbers of events since the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// Datagrams handed out for sending.
    pub sent: u64,
    /// Bytes of UDP payload handed out for sending.
    pub sent_bytes: u64,
    /// Instructions handed out for sending, whether they carried a diff or not.
    pub instructions_sent: u64,
    /// Of these, those without a diff.
    pub empty_sent: u64,
    /// Datagrams that the platform could not send.
    pub send_errors: u64,
    /// Times that a fresh source port was asked for.
    pub port_hops: u64,
    /// Authentic datagrams of the peer.
    pub received: u64,
    /// Bytes of UDP payload in them.
    pub received_bytes: u64,
    /// Of these, those that came after a later one.
    pub late: u64,
    /// States of the peer that we took.
    pub states_received: u64,
    /// Instructions that we held already.
    pub duplicates: u64,
    /// Instructions that build on a state which we do not hold.
    pub unknown_base: u64,
    /// Datagrams that are not from the peer: too short, forged or sent back to us.
    pub foreign: u64,
    /// Authentic datagrams whose contents we could not use.
    pub unusable: u64,
    /// Instructions refused because there was no room for them.
    pub refused: u64,
    /// Instructions, or parts of them, that were larger than what there is room for. The peer does
    /// not learn of it, and repeats them.
    pub too_large: u64,
    /// Sent or received states forgotten before their time for lack of room.
    pub evicted: u64,
    /// Times that a state could not be sent for lack of room.
    pub send_stalls: u64,
}
