//! A run: somebody types at a real client, over a link in real time.

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant as Clock};

use mosh_core::time::Instant;
use rustix::event::{PollFd, PollFlags, poll};

use super::ends::{self, Ends};
use super::eyes::Eyes;
use super::line::Link;
use super::program::{self, Reports};
use super::{timespec, until};
use crate::matrix::Context;
use crate::programs::Installed;
use crate::sim::network::{Passed, Pipe};
use crate::sim::scenario::{Plan, Scenario};
use crate::sim::script::Action;
use crate::sim::user::User;
use crate::{Failure, Outcome, poll as patience};

/// What to measure, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The programs.
    pub installed: &'a Installed,
    /// A command that hands its further words to [`program::main`].
    pub program: &'a [String],
    /// Which link, and who types what.
    pub scenario: &'static Scenario,
    /// As for a simulated run.
    pub seed: u64,
    /// Client and server.
    pub ends: Ends,
    /// How long is typed at most.
    pub typing: Duration,
}

/// What a run has shown.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// From each key to its effect on the client's screen.
    pub echoes: Vec<Duration>,
    /// Keys whose effect was never seen.
    pub unanswered: usize,
    /// What was sent toward the server.
    pub up: Passed,
    /// What was sent toward the client.
    pub down: Passed,
    /// Why the client ended before the user did.
    pub ended: Option<String>,
}

impl Run<'_> {
    /// Measures.
    ///
    /// # Errors
    ///
    /// If the session does not start.
    pub fn measure(&self) -> Outcome<Measured> {
        let plan = self.scenario.plan(self.seed);
        let cx = Context::new(self.ends.pair(), self.installed, self.seed);
        // Both ends meet on a good link: how a session is started is not what is measured.
        let link = Link::new(plan.up.delay)?;
        let path = cx.home().join("reports");
        let listener = UnixListener::bind(&path).map_err(text)?;
        let words = program::words(plan.program, plan.seed ^ 5, &path.to_string_lossy());
        let program = [self.program, &words].concat();
        let client = ends::start(&cx, &link, self.ends, plan.size, &program)?;
        let reports = accept(&listener, &path)?;
        let eyes = Eyes::new(client.pty, plan.size);
        let mut watch = Watch { eyes, socket: reports, reports: Reports::default() };
        watch.connect()?;
        // Keys that only woke the program are not measured.
        watch.eyes.forget_keys();
        let mut session = Session::start(link, plan, self.typing);
        let outcome = session.run(&mut watch);
        let unanswered = watch.eyes.unanswered();
        // The client must not outlive the link: it would wait for the server.
        drop(watch);
        let (up, down) = session.link.finish();
        Ok(Measured { echoes: session.echoes, unanswered, up, down, ended: outcome.err() })
    }
}

fn text(error: io::Error) -> Failure {
    error.to_string()
}

fn accept(listener: &UnixListener, path: &Path) -> Outcome<UnixStream> {
    listener.set_nonblocking(true).map_err(text)?;
    let socket = patience::until(PATIENCE, || listener.accept().ok());
    let (socket, _) = socket.ok_or_else(|| format!("nobody came to {}", path.display()))?;
    socket.set_nonblocking(true).map_err(text)?;
    Ok(socket)
}

/// A session at work.
struct Session {
    link: Link,
    /// When the user's time begins.
    zero: Clock,
    user: User,
    /// When the user stops.
    stop: Instant,
    script: VecDeque<(Instant, Action)>,
    echoes: Vec<Duration>,
}

impl Session {
    /// Lets the plan begin.
    fn start(link: Link, plan: Plan, typing: Duration) -> Self {
        let zero = Clock::now();
        let up = Pipe::new(plan.up, plan.seed ^ 3);
        let down = Pipe::new(plan.down, plan.seed ^ 4);
        link.begin(up, down, zero);
        let stop = Instant::ZERO + typing;
        let script = plan.script.into();
        Self { link, zero, user: plan.user, stop, script, echoes: Vec::new() }
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.zero.elapsed()
    }

    /// Types until the end, and waits for the last echo.
    fn run(&mut self, watch: &mut Watch) -> Outcome {
        let mut until_ = None;
        loop {
            self.happen()?;
            self.type_keys(watch)?;
            let now = self.now();
            let next_key = self.next_key();
            if next_key.is_none() {
                let end = *until_.get_or_insert(now + LAST_ECHO);
                if watch.eyes.unanswered() == 0 || now >= end {
                    return Ok(());
                }
            }
            let next = [next_key, self.script.front().map(|&(at, _)| at), until_];
            let next = next.into_iter().flatten().min().unwrap_or(now);
            let seen = watch.look(until(now, next))?;
            self.echoes.extend(seen);
        }
    }

    fn next_key(&self) -> Option<Instant> {
        self.user.poll_timeout().filter(|&at| at < self.stop)
    }

    fn type_keys(&mut self, watch: &mut Watch) -> Outcome {
        while let Some(at) = self.next_key().filter(|&at| at <= self.now()) {
            // The user's own time: what delays this process does not change what is typed when.
            let keys = self.user.keys(at);
            watch.eyes.type_keys(&keys)?;
        }
        Ok(())
    }

    fn happen(&mut self) -> Outcome {
        while self.script.front().is_some_and(|&(at, _)| at <= self.now()) {
            match self.script.pop_front() {
                Some((_, Action::Weather { up, down })) => self.link.set_weather(up, down),
                Some((_, Action::Move { .. })) => self.link.move_client()?,
                // The last echo is waited for on the link as it is.
                Some((_, Action::Heal { .. })) => {}
                other => return Err(format!("{other:?} has no counterpart on a real link")),
            }
        }
        Ok(())
    }
}

/// The user's eyes, and the reports of the program.
struct Watch {
    eyes: Eyes,
    socket: UnixStream,
    reports: Reports,
}

impl Watch {
    /// Waits until the client shows what the program has printed.
    fn connect(&mut self) -> Outcome {
        let start = Clock::now();
        let mut nudged = start;
        while start.elapsed() < PATIENCE {
            self.look(Duration::from_millis(50))?;
            if self.eyes.see_all() {
                return Ok(());
            }
            if nudged.elapsed() > NUDGE {
                // A program that met the window at another size shows itself at the next key.
                self.eyes.type_keys(b"x")?;
                nudged = Clock::now();
            }
        }
        Err(format!("the client does not show what was printed:\n{}", self.eyes.describe()))
    }

    /// Waits for something to see for so long. Returns how long the keys took whose effect shows.
    fn look(&mut self, wait: Duration) -> Outcome<Vec<Duration>> {
        let mut ready =
            [PollFd::new(&self.eyes, PollFlags::IN), PollFd::new(&self.socket, PollFlags::IN)];
        // An interrupted wait is only shorter.
        let _ = poll(&mut ready, Some(&timespec(wait)));
        let [client, program] = ready.map(|it| !it.revents().is_empty());
        let shown = if client { Some(self.eyes.read()?) } else { None };
        if client || program {
            // What the client shows was reported before.
            self.reports.fill(&mut self.socket).map_err(|error| format!("the program: {error}"))?;
            while let Some(output) = self.reports.take() {
                self.eyes.expect(&output.bytes, output.answers);
            }
        }
        Ok(shown.map_or_else(Vec::new, |shown| self.eyes.see(shown)))
    }
}

/// For both ends to meet.
const PATIENCE: Duration = Duration::from_secs(30);
/// Until then, from one key to the next.
const NUDGE: Duration = Duration::from_secs(3);
/// After the last key.
const LAST_ECHO: Duration = Duration::from_secs(60);
