//! A session of real programs: a recorded program behind a server, a bad line, a client, and
//! somebody who types the recorded keys at their times.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::capture::{Capture, Subject};
use super::user::User;
use crate::links::screen::Screen;
use crate::matrix::Context;
use crate::predict::recording::Recording;
use crate::programs::Installed;
use crate::pty::Pty;
use crate::relay::{Relay, Weather};
use crate::session::{Plan, Server, environment};
use crate::{Failure, Outcome};

/// What to run, and with what.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    /// The programs.
    pub installed: &'a Installed,
    /// A command that hands its further words to [`super::program::main`].
    pub program: &'a [String],
    /// The file of the recording.
    pub file: PathBuf,
    /// What is in the file.
    pub recording: &'a Recording,
    /// Its name, the line, client and server.
    pub subject: Subject,
    /// When the client shows predictions: `MOSH_PREDICTION_DISPLAY`.
    pub display: Option<&'a str>,
}

impl Run<'_> {
    /// Runs the session.
    ///
    /// # Errors
    ///
    /// If it does not start, or breaks.
    pub fn capture(&self) -> Outcome<Capture> {
        let cx = Context::new(self.subject.pair, self.installed, 1);
        let plan = Plan { program: self.words(), ..Plan::shell() };
        let server = Server::start(&cx, &plan)?;
        // The same loss for whichever client.
        let relay = Relay::start(server.address(), 1).map_err(|error| format!("relay: {error}"))?;
        let line = self.subject.line;
        let mut weather = Weather { delay: line.rtt() / 2, ..Weather::default() };
        relay.set_weather(weather);
        let mut client = Command::new(&cx.programs(self.subject.pair.client).client);
        cx.marker.mark(client.env_clear().envs(environment(cx.home())));
        client.env("TERM", "xterm-256color").env("MOSH_KEY", &server.key);
        client.envs(self.display.map(|display| ("MOSH_PREDICTION_DISPLAY", display)));
        client.args([relay.address().ip().to_string(), relay.address().port().to_string()]);
        let pty = Pty::start(client, self.recording.size);
        let mut user = User::new(pty.map_err(|error| format!("no client: {error}"))?);
        self.connect(&mut user)?;
        // How a session starts is not what is captured.
        relay.set_weather(Weather { loss: line.loss, ..weather });
        self.type_all(&mut user)?;
        let written = user.written();
        let capture = Capture::new(self.subject.clone(), self.recording, user.typed(), written)?;
        weather.loss = 0;
        relay.set_weather(weather);
        user.leave()?;
        server.wait_for_end(PATIENCE)?;
        Ok(capture)
    }

    fn words(&self) -> Vec<String> {
        let mut words = self.program.to_vec();
        words.push(self.file.to_string_lossy().into_owned());
        words
    }

    /// Waits until the client shows what the program showed before the first key, and has had the
    /// time to know the line.
    fn connect(&self, user: &mut User) -> Outcome {
        let mut expected = Screen::new(self.recording.size);
        for (_, text) in self.recording.prologue() {
            expected.write(text.as_bytes());
        }
        let expected = expected.text();
        let mut shown = Screen::new(self.recording.size);
        let mut seen = 0;
        while shown.text() != expected {
            if !user.read_once(PATIENCE)? {
                return Err(differ(&expected, &shown.text()));
            }
            user.written()[seen..].iter().for_each(|(_, bytes)| shown.write(bytes));
            seen = user.written().len();
        }
        user.read_until(START.max(user.elapsed() + Duration::from_millis(500)))
    }

    fn type_all(&self, user: &mut User) -> Outcome {
        let keys = self.recording.keys();
        let first = keys.first().ok_or("no keys")?.at;
        let start = user.elapsed();
        for key in &keys {
            user.type_key(start + (key.at - first), key.text.as_bytes())?;
        }
        // The last key's answer may take the program longer.
        let last = keys.last().and_then(|key| Some(key.outputs.last()?.0 - key.at));
        let wait = END.max(last.unwrap_or_default() + self.subject.line.rtt() * 2);
        user.read_until(user.elapsed() + wait)
    }
}

/// Says how two screens differ.
pub(super) fn differ(expected: &str, shown: &str) -> Failure {
    format!("the client does not show what was printed.\nprinted:\n{expected}\nshown:\n{shown}")
}

/// For both ends to meet, and to part.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// From the client's start to the first key.
const START: Duration = Duration::from_secs(3);
/// After the last key.
const END: Duration = Duration::from_secs(3);
