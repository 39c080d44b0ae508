//! What a session leaves where: secrets, descriptors, signals, and the modes of the user's
//! terminal.

mod interview;
mod secrets;
mod surroundings;
mod ways_out;

use super::{Check, Context, Pace, Pairs};
use crate::Outcome;

pub(super) const CHECKS: &[Check] = &[
    ours(
        "the key is in no argument, environment or core dump, and in memory not as text",
        secrets::key,
    ),
    ours(
        "the program of a session finds its terminal and nothing of the server's",
        surroundings::program,
    ),
    ours("a server keeps nothing of what started it", surroundings::server),
    ours("ssh finds nothing of the wrapper's", surroundings::ssh),
    ours("without a terminal the reason is told", surroundings::no_terminal),
    ours("every mode is taken back when the program or the server ends", ways_out::server_ends),
    ours(
        "every mode is taken back when the user or a signal ends the client",
        ways_out::client_ends,
    ),
    ours("every mode is taken back for a suspension, and set again", ways_out::suspension),
    ours(
        "colours, links, keyboards and shapes of the cursor are taken back in any way out",
        ways_out::modern_terminal,
    ),
    ours(
        "a terminal that is asked shows nothing of it, and no answer is typed",
        interview::answers,
    ),
    ours("what a terminal has answered is used", interview::features),
    ours("a terminal that takes nothing does not keep the client", ways_out::stopped_terminal),
    ours("a client without its terminal ends, and at rest", ways_out::closed_terminal),
];

const fn ours(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::Ours, run }
}
