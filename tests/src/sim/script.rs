//! What happens to the world during a run, and when.

use std::time::Duration;

use super::network::Conditions;

/// How a machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sleep {
    /// For how long.
    pub span: Duration,
    /// Whether its clock goes on meanwhile.
    pub clock_runs: bool,
    /// Whether datagrams wait for it (a stopped process), or are lost (a closed lid).
    pub buffered: bool,
}

/// An event of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a run has a dozen of them")]
pub enum Action {
    /// Both directions have other conditions from now on.
    Weather {
        /// Toward the server.
        up: Conditions,
        /// Toward the client.
        down: Conditions,
    },
    /// A translator on the way gives the client another port, unseen by the client.
    Rebind,
    /// The client's machine has another address; it may or may not notice.
    Move {
        /// Whether the client's platform says so.
        noticed: bool,
    },
    /// Which families of addresses the client's machine can reach.
    Families {
        /// IPv4 works.
        v4: bool,
        /// IPv6 works.
        v6: bool,
    },
    /// The client's machine sleeps.
    ClientSleeps(Sleep),
    /// The server's machine sleeps.
    ServerSleeps(Sleep),
    /// The user gives the window another size.
    Resize {
        /// In cells.
        columns: u16,
        /// In cells.
        rows: u16,
    },
    /// The user's terminal has other colours, or another size of its letters.
    OtherTerminal,
    /// An attacker disturbs so many of a hundred datagrams with forged ones.
    Attack(u32),
    /// Everything is well from now on: both directions are good, nobody attacks, types or prints
    /// by himself. Both ends must come to agree.
    Heal {
        /// How long they may take, beside some round trips of the link as it is then.
        within: Duration,
    },
    /// The user ends the session.
    Quit,
}
