//! How good the predictions were.

use core::fmt;
use core::time::Duration;

/// Counts of keys by what became of their prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counters {
    /// Keys that were typed while predictions were wanted.
    pub keys: u64,
    /// Keys whose effect was shown before the server's answer.
    pub shown: u64,
    /// Keys whose predicted effect came true, shown or not.
    pub confirmed: u64,
    /// Keys whose effect was shown and did not come true.
    pub wrong: u64,
    /// Keys whose effect was not shown and would have been right.
    pub hidden: u64,
    /// From typing to confirmation, all confirmed keys together.
    pub waited: Duration,
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, shown, confirmed, wrong, hidden, waited } = self;
        let mean = waited.as_millis() / u128::from((*confirmed).max(1));
        write!(
            f,
            "{keys} keys: {shown} shown at once, {wrong} of them wrong; {confirmed} confirmed \
             after {mean} ms on average; {hidden} not shown would have been right"
        )
    }
}
