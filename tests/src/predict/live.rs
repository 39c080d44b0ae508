//! Records a person's own session in the terminal that this runs in.

use std::io::{self, IsTerminal, Read, Write};
use std::process::Command;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use super::recorder::{Recorder, take_text};
use super::recording::{Kind, Recording};
use super::stroke;
use crate::Outcome;

/// The key that begins and ends a secret: Ctrl-].
const SECRET_KEY: &str = "\x1d";

/// Runs a command in this terminal until it ends and returns what happened.
///
/// What is typed while the kernel hides lines is a secret, and what is typed between two strokes
/// of Ctrl-], which the program does not get.
///
/// # Errors
///
/// Without a terminal, or if the command cannot be run.
pub fn record(title: &str, words: &[String]) -> Outcome<Recording> {
    let mut stdin = io::stdin().lock();
    if !stdin.is_terminal() || !io::stdout().is_terminal() {
        return Err("this records the terminal that it runs in, and there is none".into());
    }
    let size = tcgetwinsize(&stdin).map_err(|error| error.to_string())?;
    let size = (size.ws_col, size.ws_row);
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait"]).args(words);
    command.env("TERM", "xterm-256color").env("NCURSES_NO_UTF8_ACS", "1");
    let mut recorder = Recorder::start(command, size)?;
    let raw = Raw::new().map_err(|error| error.to_string())?;
    let outcome = pass(&mut recorder, &mut stdin);
    drop(raw);
    outcome?;
    recorder.finish(title, &words.join(" "), size)
}

/// Passes bytes between terminal and program.
fn pass(recorder: &mut Recorder, stdin: &mut impl ReadTerminal) -> Outcome {
    let mut typed = Vec::new();
    let mut secret = Secret::default();
    while !recorder.has_ended() {
        let (key, output) = {
            let mut ready =
                [PollFd::new(&*stdin, PollFlags::IN), PollFd::new(&*recorder, PollFlags::IN)];
            poll(&mut ready, None).map_err(|error| error.to_string())?;
            (!ready[0].revents().is_empty(), !ready[1].revents().is_empty())
        };
        if output {
            // There is something, or the program has ended.
            let bytes = recorder.record(Duration::from_millis(10));
            let mut stdout = io::stdout();
            let written = stdout.write_all(&bytes).and_then(|()| stdout.flush());
            written.map_err(|error| format!("this terminal: {error}"))?;
        }
        if key {
            let mut buf = [0; 4096];
            let len = stdin.read(&mut buf).map_err(|error| format!("this terminal: {error}"))?;
            if len == 0 {
                return Err("this terminal was closed".into());
            }
            typed.extend_from_slice(&buf[..len]);
            let text = take_text(&mut typed);
            press_all(recorder, &text, &mut secret)?;
        }
    }
    if secret.is_open {
        recorder.mark(Kind::EndOfSecret);
    }
    Ok(())
}

trait ReadTerminal: Read + std::os::fd::AsFd {}
impl<T: Read + std::os::fd::AsFd> ReadTerminal for T {}

#[derive(Default)]
struct Secret {
    /// The user has said so.
    is_said: bool,
    /// The recording says so.
    is_open: bool,
}

fn press_all(recorder: &mut Recorder, mut text: &str, secret: &mut Secret) -> Outcome {
    while !text.is_empty() {
        // The recorder itself answers the program's queries, as a server of a session does.
        if let Some(len) = stroke::reply_len(text) {
            text = &text[len..];
            continue;
        }
        let (key, rest) = text.split_at(stroke::first_len(text));
        text = rest;
        if key == SECRET_KEY {
            secret.is_said ^= true;
            continue;
        }
        let is_secret = secret.is_said || recorder.hides_lines();
        if is_secret != secret.is_open {
            secret.is_open = is_secret;
            let kind = if is_secret { Kind::Secret } else { Kind::EndOfSecret };
            recorder.mark(kind);
        }
        recorder.press(key)?;
    }
    Ok(())
}

/// Raw mode of this terminal, until dropped.
struct Raw(Termios);

impl Raw {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut modes = before.clone();
        modes.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Flush, &modes)?;
        Ok(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}
