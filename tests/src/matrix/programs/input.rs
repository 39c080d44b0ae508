//! Keys and pastes, in a session and without one: what a program reads is the same in every mode
//! that it may ask for.

use std::fs;

use super::both::Both;
use super::{ALIKE, Ends, TITLE};
use crate::Outcome;
use crate::matrix::Context;
use crate::session::PROMPT;

/// Sets modes, shows what is typed until Ctrl-C, and resets them.
const SHOW: &str = r#"
trap : INT
stty -echo -icanon -icrnl -ixon -iexten
printf '\033[2J\033[H%b' "$1"
cat -v
printf "$2"
stty sane
echo " over"
"#;

/// What is set, and what takes it back.
const MODES: [(&str, &str); 6] = [
    ("", ""),
    (r"\033[?1h", r"\033[?1l"),
    (r"\033=", r"\033>"),
    (r"\033[?1h\033=", r"\033[?1l\033>"),
    (r"\033[?2004h", r"\033[?2004l"),
    (r"\033[?1h\033[?2004h\033[?1004h\033[>4;1m\033[4 q", r"\033[!p\033[?1004l\033[>4m"),
];

/// In groups of which each fits into a row.
const KEYS: [&str; 5] = [
    "<Up><Down><Left><Right><Home><End>.",
    "<KP8><KP/><KP*><KP-><KP+><KP.><KP0><KPEnter>.",
    "<F1><F4><F5><F12><IC><DC><PPage><NPage>.",
    "<C-Up><S-Left><M-Right><C-S-Home><BTab><M-x><C-a><C-Space><BSpace>.",
    "<Paste>.",
];

pub(super) fn compare(cx: &Context<'_>) -> Outcome {
    let ends = Ends::start(cx)?;
    for home in &ends.homes {
        fs::write(home.join("show"), SHOW).map_err(|error| format!("show: {error}"))?;
    }
    let both: Both<'_> = ends.both(cx);
    both.type_line(&format!("{ALIKE}{TITLE}clear"))?;
    both.compare("before", &[PROMPT.trim_end()])?;
    let mut failures = Vec::new();
    for (set, reset) in MODES {
        both.type_line(&format!("sh show '{set}begin:' '{reset}'"))?;
        failures.extend(both.compare(set, &["begin:"]).err());
        for keys in KEYS {
            both.press(keys)?;
            failures.extend(both.compare(&format!("{set} {keys}"), &["."]).err());
        }
        both.press("<C-c>")?;
        failures
            .extend(both.compare(&format!("after {set}"), &[" over\n", PROMPT.trim_end()]).err());
    }
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    ends.session.leave()
}
