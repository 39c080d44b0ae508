//! What both ends can do beyond mosh 1.4: who says what, and when it is settled.
//!
//! ```text
//! client: every instruction carries its offer    until one of the server has been read
//! server: every instruction carries its answer   until one of the client without an offer came
//! ```
//!
//! A server reads an instruction before it sends its first, and settles with it, for the whole
//! session: an offer was in it or not. It answers in its first instruction and in all that it
//! sends before it knows that the answer was read. A client therefore settles with the first
//! instruction that it reads, whichever of the server's arrives first; from then on it leaves its
//! offer out, which tells the server that the answer was read.
//!
//! So neither end ever changes its mind, and they cannot settle differently, whatever is lost,
//! doubled, late or out of order: the first instruction of a client that is read has an offer if
//! any has, as it leaves the offer out only once it was answered; and the first of a server that
//! is read has the answer if any has. A peer of mosh 1.4 sees a field that it skips until its first
//! answer has come, and a client of mosh 1.4 not even that.

use super::Role;
use crate::wire::mosh::Offer;

/// What is known of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Agreement {
    /// No instruction of its has been read.
    Unknown,
    /// Mosh 1.4 is all that is common.
    Stock,
    /// The peer is of our kind: this is what both offer.
    Common(Offer),
}

impl Agreement {
    /// Whether both ends offer all of `features`.
    #[must_use]
    pub fn has(self, features: u32) -> bool {
        matches!(self, Self::Common(offer) if offer.has(features))
    }
}

/// One end on its way to an agreement.
#[derive(Debug)]
pub(super) struct Negotiation {
    role: Role,
    own: Option<Offer>,
    agreement: Agreement,
    /// The peer knows that it was answered.
    confirmed: bool,
}

impl Negotiation {
    /// Without an offer of its own, an end behaves as one of mosh 1.4 does.
    pub(super) fn new(role: Role, own: Option<Offer>) -> Self {
        let agreement = if own.is_some() { Agreement::Unknown } else { Agreement::Stock };
        Self { role, own, agreement, confirmed: false }
    }

    /// Reads what the peer says in an instruction.
    pub(super) fn handle(&mut self, offer: Option<Offer>) {
        match (self.agreement, self.own, offer) {
            (Agreement::Unknown, Some(own), Some(offer)) => {
                self.agreement = Agreement::Common(own.common(offer));
            }
            (Agreement::Unknown, _, _) => self.agreement = Agreement::Stock,
            (Agreement::Common(_), _, None) => self.confirmed = true,
            (Agreement::Common(_) | Agreement::Stock, _, _) => {}
        }
    }

    /// What to say in an instruction.
    pub(super) fn offer(&self) -> Option<Offer> {
        let open = match (self.role, self.agreement) {
            (Role::Client, agreement) => agreement == Agreement::Unknown,
            (Role::Server, Agreement::Common(_)) => !self.confirmed,
            (Role::Server, Agreement::Unknown | Agreement::Stock) => false,
        };
        self.own.filter(|_| open)
    }

    /// Whether instructions can be sent: a server has to know what to answer.
    pub(super) fn may_speak(&self) -> bool {
        self.role == Role::Client || self.agreement != Agreement::Unknown
    }

    pub(super) fn agreement(&self) -> Agreement {
        self.agreement
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec::Vec;

    use super::*;

    const OURS: Option<Offer> = Some(Offer::OURS);
    const COMMON: Agreement = Agreement::Common(Offer::OURS);

    #[test]
    fn each_end_falls_silent_when_it_was_heard() {
        let mut client = Negotiation::new(Role::Client, OURS);
        let mut server = Negotiation::new(Role::Server, OURS);
        assert!(client.may_speak() && !server.may_speak());
        assert_eq!((client.offer(), server.offer()), (OURS, None));
        server.handle(client.offer());
        assert_eq!((server.agreement(), server.offer()), (COMMON, OURS));
        server.handle(client.offer());
        assert_eq!(server.offer(), OURS, "nothing was answered");
        client.handle(server.offer());
        assert_eq!((client.agreement(), client.offer()), (COMMON, None));
        server.handle(client.offer());
        assert_eq!((server.agreement(), server.offer()), (COMMON, None));
        // What was under way meanwhile changes nothing.
        client.handle(OURS);
        client.handle(None);
        server.handle(OURS);
        assert_eq!((client.agreement(), client.offer()), (COMMON, None));
        assert_eq!((server.agreement(), server.offer()), (COMMON, None));
    }

    #[test]
    fn a_stock_peer_hears_of_it_until_it_has_spoken() {
        for (ours, spoken) in [(Role::Client, OURS), (Role::Server, None)] {
            let mut end = Negotiation::new(ours, OURS);
            assert_eq!(end.offer(), spoken);
            end.handle(None);
            assert_eq!((end.agreement(), end.offer()), (Agreement::Stock, None));
            end.handle(OURS);
            assert_eq!(end.agreement(), Agreement::Stock);
        }
        for role in [Role::Client, Role::Server] {
            let mut end = Negotiation::new(role, None);
            end.handle(OURS);
            assert!(end.may_speak());
            assert_eq!((end.agreement(), end.offer()), (Agreement::Stock, None));
        }
    }

    /// Every order in which few instructions can arrive, or not.
    #[test]
    fn no_order_of_arrival_makes_the_ends_disagree() {
        for own in [[OURS, OURS], [OURS, None], [None, OURS], [None, None]] {
            for choices in 0..6_u32.pow(7) {
                run(own, choices);
            }
        }
    }

    /// Each digit of `choices` is a step: an end sends, or one of the two instructions sent last
    /// toward an end arrives, and may do so again.
    fn run([client, server]: [Option<Offer>; 2], mut choices: u32) {
        let mut ends =
            [Negotiation::new(Role::Client, client), Negotiation::new(Role::Server, server)];
        let mut sent: [Vec<Option<Offer>>; 2] = [Vec::new(), Vec::new()];
        let both = client.is_some() && server.is_some();
        let expected = if both { COMMON } else { Agreement::Stock };
        for _ in 0..7 {
            let (end, what) = ((choices % 2) as usize, choices / 2 % 3);
            choices /= 6;
            if what == 0 {
                // A server without an offer of its own may speak at once, but to nobody.
                let heard = end == 0 || !sent[0].is_empty();
                if ends[end].may_speak() && heard {
                    let offer = ends[end].offer();
                    sent[end].push(offer);
                }
            } else if let Some(&offer) = sent[1 - end].iter().nth_back(what as usize - 1) {
                ends[end].handle(offer);
            }
            for end in &ends {
                let settled = end.agreement();
                assert!([expected, Agreement::Unknown].contains(&settled) || end.own.is_none());
            }
        }
    }
}
