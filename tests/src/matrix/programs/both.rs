//! Two terminals, one of them in a session, that must be alike.

use std::cell::Cell;
use std::time::Duration;

use mosh_core::screen::{Attributes, Underline};

use super::{QUIET, SIZE};
use crate::processes::Marker;
use crate::screen::tmux::settled_pictures;
use crate::screen::{Look, Own, Picture};
use crate::terminal::{SOON, Terminal};
use crate::{Outcome, poll};

/// What `<Paste>` pastes: lines that would be executed and indented if they were typed.
const PASTED: &str = "  one é\ntrue\n two";

/// The same keys go to both.
pub(super) struct Both<'t> {
    pub(super) direct: &'t Terminal,
    pub(super) session: &'t Terminal,
    marker: &'t Marker,
    /// What they may take until they are alike.
    patience: Cell<Duration>,
}

/// What is left of the patience after a difference: others are then likely, and would each take
/// all of it.
const IMPATIENCE: Duration = Duration::from_secs(3);

impl<'t> Both<'t> {
    /// Of all that runs in both, `marker` knows the processes.
    pub(super) fn new(direct: &'t Terminal, session: &'t Terminal, marker: &'t Marker) -> Self {
        Self { direct, session, marker, patience: Cell::new(SOON) }
    }

    pub(super) fn type_line(&self, line: &str) -> Outcome {
        self.direct.type_line(line)?;
        self.session.type_line(line)
    }

    /// Presses keys, of which some have names in `<>`.
    pub(super) fn press(&self, keys: &str) -> Outcome {
        let mut rest = keys;
        while !rest.is_empty() {
            if let Some((name, after)) = rest.strip_prefix('<').and_then(|it| it.split_once('>')) {
                for terminal in [self.direct, self.session] {
                    if name == "Paste" {
                        terminal.paste_for_user(PASTED)
                    } else {
                        terminal.press(name)
                    }?;
                }
                poll::pass_time(Duration::from_millis(if name == "Escape" { 600 } else { 30 }));
                if name == "Escape" {
                    // What is read together with Escape is another key, however late it was typed.
                    self.marker.wait_for_rest(SOON);
                }
                rest = after;
            } else {
                let end = rest.find('<').unwrap_or(rest.len());
                self.direct.type_text(&rest[..end])?;
                self.session.type_text(&rest[..end])?;
                rest = &rest[end..];
            }
        }
        Ok(())
    }

    /// Waits until both show `seen`, are at rest and alike.
    pub(super) fn compare(&self, stage: &str, seen: &[&str]) -> Outcome {
        let about = |failure| format!("{stage}: {failure}");
        for text in seen {
            self.direct.wait_for(text).map_err(about)?;
        }
        // Both anew each time: either may be late, and has then shown what was there before.
        let mut differences = String::new();
        poll::until(self.patience.get(), || {
            differences = self.differences().unwrap_or_else(|failure| failure);
            differences.is_empty().then_some(())
        })
        .ok_or_else(|| {
            self.patience.set(IMPATIENCE);
            format!("{stage}: in the session it is otherwise:\n{differences}")
        })
    }

    /// Says what differs once both are at rest.
    fn differences(&self) -> Outcome<String> {
        let both = [self.direct, self.session];
        let pictures = settled_pictures(self.marker, both, SIZE, QUIET)?;
        let [expected, found] = pictures.map(visible);
        let mut differences = found.differences(&expected, 8);
        let manner = Manner::of(self.direct)?;
        differences += &Manner::of(self.session)?.differences(&manner);
        Ok(differences)
    }
}

/// Takes out of a picture what says nothing about the session.
fn visible(mut picture: Picture) -> Picture {
    // The client has it on for keys of its own, and hands keys on as the program's mode wants them.
    picture.modes.retain(|mode| *mode != "cursor keys");
    for cell in picture.rows.iter_mut().flat_map(|row| &mut row.cells) {
        let background = cell.look.background;
        let drawn = LINES.iter().any(|it| cell.look.attributes.contains(*it));
        // curses leaves blanks with any pen that shows nothing: which, depends on its timing.
        if cell.text == " " && !drawn && cell.look.underline == Underline::None {
            cell.look = Look { background, ..Look::default() };
        }
    }
    picture
}

/// Attributes that a blank shows.
const LINES: [Attributes; 3] = [Attributes::INVERSE, Attributes::STRIKE, Attributes::OVERLINE];

/// What a terminal is told beside what it shows.
#[derive(Debug)]
struct Manner {
    /// The title that tmux has taken.
    title: String,
    /// What a terminal answers that got the same output: tmux does not tell.
    answers: Vec<(&'static str, String)>,
}

/// Questions about what tmux knows and does not tell of.
///
/// The alternate screen is not among them: the client is on it from beginning to end, so that the
/// user's own screen is there again after the session.
const QUESTIONS: [(&str, &str); 7] = [
    ("the cursor's style", "\x1bP$q q\x1b\\"),
    ("blinking", "\x1b[?12$p"),
    ("bracketed paste", "\x1b[?2004$p"),
    ("focus events", "\x1b[?1004$p"),
    ("modifyOtherKeys", "\x1b[?4m"),
    ("the cursor's colour", "\x1b]12;?\x1b\\"),
    ("the background", "\x1b]11;?\x1b\\"),
];

impl Manner {
    fn of(terminal: &Terminal) -> Outcome<Self> {
        let mut own = Own::new(SIZE);
        own.write(&terminal.output()?);
        // What was asked by the output itself.
        while !own.take_answers().is_empty() {}
        let mut answer = |(name, question): (&'static str, &str)| {
            own.write(question.as_bytes());
            (name, own.take_answers().escape_ascii().to_string())
        };
        let answers = QUESTIONS.map(&mut answer).to_vec();
        Ok(Self { title: terminal.title()?, answers })
    }

    fn differences(&self, other: &Self) -> String {
        let mut lines = String::new();
        if self.title != other.title {
            lines += &format!("\ntitle: {:?}, not {:?}", self.title, other.title);
        }
        for ((name, a), (_, b)) in self.answers.iter().zip(&other.answers) {
            if a != b {
                lines += &format!("\n{name}: {a}, not {b}");
            }
        }
        lines
    }
}
