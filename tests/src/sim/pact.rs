//! What both ends find out about each other, and what the server learns of the user's terminal.

use mosh_core::client::Client;
use mosh_core::diff::Capabilities;
use mosh_core::screen::Rgb;
use mosh_core::server::Server;
use mosh_core::terminal::Facts;
use mosh_core::transport::Agreement;
use mosh_core::wire::mosh::Offer;

use super::check::{Violation, ensure};

/// What there is to agree upon, and what the client has told.
#[derive(Debug)]
pub(super) struct Pact {
    common: Agreement,
    told: Vec<Facts>,
    /// How many of these the server has gone past.
    past: usize,
}

impl Pact {
    pub(super) fn new(offers: [Option<Offer>; 2]) -> Self {
        let common = match offers {
            [Some(client), Some(server)] => Agreement::Common(client.common(server)),
            _ => Agreement::Stock,
        };
        Self { common, told: vec![Facts::UNKNOWN], past: 0 }
    }

    /// Whether screens are told in the whole language.
    pub(super) fn is_whole(&self) -> bool {
        self.common.has(Offer::WHOLE_LANGUAGE)
    }

    /// Other facts than all before, for the client to tell.
    pub(super) fn next_facts(&mut self) -> Facts {
        let [.., high, middle, low] = self.told.len().to_be_bytes();
        let facts = Facts { background: Some(Rgb(high, middle, low)), ..Facts::UNKNOWN };
        self.told.push(facts);
        facts
    }

    /// Checks that no end has found anything else than there is, and that what the server knows
    /// was told, and not before what it knew already.
    pub(super) fn check(
        &mut self,
        client: &Client<'_>,
        server: &Server<'_>,
    ) -> Result<(), Violation> {
        for agreement in [client.agreement(), server.agreement()] {
            let right = [self.common, Agreement::Unknown].contains(&agreement);
            // An end that offers nothing has nothing to find out.
            ensure(
                right || agreement == Agreement::Stock && self.common == Agreement::Stock,
                || format!("an end found {agreement:?}, where there is {:?}", self.common),
            )?;
        }
        let whole = server.agreement() == self.common && self.is_whole();
        let language = if whole { Capabilities::OURS } else { Capabilities::MOSH_1_4 };
        ensure(*server.language() == language, || "the server speaks another language".into())?;
        let known = Facts { unicode: None, ..*server.facts() };
        let place = self.told[self.past..].iter().position(|facts| *facts == known);
        let place = place.ok_or_else(|| Violation(format!("nobody told the server {known:?}")))?;
        self.past += place;
        ensure(self.past == 0 || self.common.has(Offer::FACTS), || "facts without a pact".into())
    }

    /// Whether the server knows what it can.
    pub(super) fn is_settled(&self) -> bool {
        self.past + 1 == self.told.len() || !self.common.has(Offer::FACTS)
    }
}
