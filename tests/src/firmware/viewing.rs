//! What holds for the viewer of every board, with every server: the board's serial port is the
//! user's terminal.

use std::net::IpAddr;
use std::time::Duration;

use mosh_core::screen::Size;

use super::machine::Machine;
use super::router::Router;
use super::{Check, Image, Memory};
use crate::emulator::Emulator;
use crate::matrix::Context;
use crate::session::{PROMPT, Plan, Server};
use crate::terminal::SOON;
use crate::{Outcome, poll};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("the board is a terminal: keys go there, and its screen is the server's", session),
    ("the board is a terminal by IPv6", by_ipv6),
    ("30 % of the board's frames are lost, no key and no answer", loss),
    ("the board leaves, and begins another session", leaving),
    ("the board sees the server's shell end", ending),
];

/// Where the server is, as the board sees it, of the addresses for documentation (RFC 5737,
/// RFC 3849).
const V4: &str = "198.51.100.7";
const V6: &str = "2001:db8:1::9";

/// With a third of all frames lost, each way, a key may have to be sent many times.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the board says once a session is over.
const OVER: &str = "the session is over: ";

/// A board with a terminal on its serial port, and a server at the other end of its wire.
struct Seat<'a> {
    cx: &'a Context<'a>,
    size: (u16, u16),
    router: Router,
    machine: Machine,
    server: Server,
    /// How much of what the board has written belongs to earlier sessions.
    earlier: usize,
}

impl<'a> Seat<'a> {
    /// Starts a server and a board, and waits for the shell's prompt on the board's terminal.
    fn new(cx: &'a Context<'_>, image: &Image, place: &str) -> Outcome<Self> {
        let router = Router::start(0, cx.seed).map_err(|error| format!("router: {error}"))?;
        // It needs nothing of its EEPROM.
        let mut machine = Machine::new(image.firmware.board, &image.path, cx.home(), b"")?;
        machine.power_on(&cx.marker, &router)?;
        let server = Server::start(cx, &Plan::shell())?;
        let mut seat = Self { cx, size: image.firmware.size, router, machine, server, earlier: 0 };
        seat.connect(place)?;
        Ok(seat)
    }

    /// Answers the board's questions.
    fn connect(&mut self, place: &str) -> Outcome {
        self.router.move_peers(place.parse::<IpAddr>().map_err(|error| error.to_string())?);
        let (port, key) = (self.server.port.to_string(), self.server.key.clone());
        for (question, answer) in [("address:", place), ("port:", &*port), ("key", &*key)] {
            self.wait_for(question)?;
            self.type_line(answer)?;
        }
        self.wait_for(PROMPT.trim_end())
    }

    /// Starts another server once the session before is over, and has the board connect to it.
    fn begin_again(&mut self) -> Outcome {
        self.earlier = self.machine.output().len();
        self.server = Server::start(self.cx, &Plan::shell())?;
        self.type_line("")?;
        self.connect(V4)
    }

    fn type_text(&self, text: &str) -> Outcome {
        self.machine.type_at_console(text.as_bytes())
    }

    /// Types key by key: many at once are taken for a paste, which nobody predicts.
    fn type_slowly(&self, text: &str) -> Outcome {
        text.split("").try_for_each(|key| {
            poll::pass_time(Duration::from_millis(50));
            self.type_text(key)
        })
    }

    fn type_line(&self, line: &str) -> Outcome {
        self.type_text(&format!("{line}\r"))
    }

    /// What a terminal shows that is given all that the board has written: a line for each row,
    /// without blanks at the end.
    fn screen(&self) -> Vec<String> {
        let (columns, rows) = self.size;
        let mut terminal = Emulator::new(Size { columns, rows });
        terminal.write(&self.machine.output()[self.earlier..]);
        terminal.text().lines().map(|line| line.trim_end().to_owned()).collect()
    }

    fn wait_until(&self, what: &str, holds: impl Fn(&[String]) -> bool) -> Outcome {
        poll::until(PATIENCE, || holds(&self.screen()).then_some(())).ok_or_else(|| {
            let (screen, counts) = (self.screen().join("\n"), self.router.counts());
            let warned = self.machine.warned();
            format!("no {what}; {counts:?}; the board said {warned:?} and shows:\n{screen}")
        })
    }

    fn wait_for(&self, text: &str) -> Outcome {
        self.wait_until(&format!("{text:?}"), |screen| {
            screen.iter().any(|line| line.contains(text))
        })
    }

    /// Types a line and waits for a line that answers it.
    fn ask(&self, line: &str, answer: &str) -> Outcome {
        self.type_line(line)?;
        self.wait_until(&format!("{answer:?}"), |screen| screen.iter().any(|line| line == answer))
    }

    /// Clears the screen, and sees exactly these lines at its end, above the prompt.
    fn expect(&self, command: &str, lines: &[&str]) -> Outcome {
        self.type_line(&format!("clear; {command}"))?;
        let rows = usize::from(self.size.1);
        let mut expected: Vec<&str> = lines.to_vec();
        expected.push(PROMPT.trim_end());
        expected.resize(rows.max(expected.len()), "");
        let skipped = expected.len() - rows;
        self.wait_until(&format!("screen of {command:?}"), |screen| screen == &expected[skipped..])
    }

    /// Types the command that ends the session, and sees it over and done as it should be.
    fn leave(&self, image: &Image) -> Outcome<Memory> {
        self.type_text("\x1e.")?;
        let memory = self.expect_end(image, "Acknowledged")?;
        self.expect_secrecy()?;
        Ok(memory)
    }

    /// Sees the session over for a reason, and reads what the board says of its RAM.
    fn expect_end(&self, image: &Image, reason: &str) -> Outcome<Memory> {
        self.wait_for(&format!("{OVER}{reason}"))?;
        self.wait_for("starts again")?;
        // The session's screen is gone, and the questions are there again.
        self.wait_for("address:")?;
        self.server.wait_for_end(SOON)?;
        let said = self.screen().concat();
        let number = |what: &str| -> Option<usize> {
            let before = said.split_once(what)?.0;
            let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse().ok()
        };
        let found = (number(" bytes static"), number(" of stack"), number(" in all"));
        let (Some(fixed), Some(stack), Some(all)) = found else {
            return Err(format!("the board does not tell its memory: {said}"));
        };
        Memory { fixed, stack, all }.check(&image.firmware)
    }

    /// Sees that no nonce was used twice under the server's key, whose last chance this is, and
    /// that the key was not shown.
    fn expect_secrecy(&self) -> Outcome {
        if self.machine.said().contains(&self.server.key) {
            return Err("the board shows the key".into());
        }
        match self.router.take_nonces() {
            (0, _) => Err("the board has sent nothing".into()),
            (_, 0) => Ok(()),
            (used, repeated) => Err(format!("of {used} nonces {repeated} came again")),
        }
    }
}

fn session(cx: &Context<'_>, image: &Image) -> Outcome {
    let seat = Seat::new(cx, image, V4)?;
    seat.ask("echo one two", "one two")?;
    seat.ask("echo grüße, 漢字", "grüße, 漢字")?;
    seat.type_text("echo mistike\x7f\x7f\x7f\x7f")?;
    seat.ask("take", "mistake")?;
    let (columns, rows) = seat.size;
    seat.expect("seq 3; stty size", &["1", "2", "3", &format!("{rows} {columns}")])?;
    let numbers: Vec<String> = (1..=100).map(|n| n.to_string()).collect();
    seat.expect("seq 100", &numbers.iter().map(String::as_str).collect::<Vec<_>>())?;
    // A program that draws everywhere.
    seat.type_line(r"printf '\e[2J\e[2;3H\e[31mred\e[m\e[4;1Hlast'; read")?;
    seat.wait_until("picture", |screen| screen[1] == "  red" && screen[3] == "last")?;
    seat.type_line("")?;
    seat.ask("echo out of it", "out of it")?;
    seat.leave(image).map(|_| ())
}

fn by_ipv6(cx: &Context<'_>, image: &Image) -> Outcome {
    let seat = Seat::new(cx, image, V6)?;
    seat.ask("echo one two", "one two")?;
    seat.leave(image).map(|_| ())
}

fn loss(cx: &Context<'_>, image: &Image) -> Outcome {
    let seat = Seat::new(cx, image, V4)?;
    seat.router.lose(30);
    for n in 1..=5 {
        seat.ask(&format!("echo answer {n}"), &format!("answer {n}"))?;
    }
    // And all at once.
    for n in 6..=10 {
        seat.type_line(&format!("echo answer {n}"))?;
    }
    seat.wait_until("\"answer 10\"", |screen| screen.iter().any(|line| line == "answer 10"))?;
    let numbers: Vec<String> = (1..=50).map(|n| n.to_string()).collect();
    seat.expect("seq 50", &numbers.iter().map(String::as_str).collect::<Vec<_>>())?;
    seat.router.lose_enough(|n| seat.ask(&format!("echo more {n}"), &format!("more {n}")))?;
    // The last that is said of an end may be lost at every try.
    seat.router.lose(0);
    seat.leave(image).map(|_| ())
}

fn leaving(cx: &Context<'_>, image: &Image) -> Outcome {
    let mut seat = Seat::new(cx, image, V4)?;
    seat.ask("echo one two", "one two")?;
    let Memory { fixed, stack, all } = seat.leave(image)?;
    cx.note(format!("{fixed} bytes static, {stack} of stack, {all} in all"));
    seat.begin_again()?;
    seat.ask("echo another session", "another session")?;
    seat.leave(image).map(|_| ())
}

fn ending(cx: &Context<'_>, image: &Image) -> Outcome {
    let seat = Seat::new(cx, image, V4)?;
    seat.ask("echo one two", "one two")?;
    seat.type_line("exit")?;
    seat.expect_end(image, "PeerClosed")?;
    seat.expect_secrecy()
}

/// Makes a board do all that it can, and returns what that took.
pub(super) fn exercise(cx: &Context<'_>, image: &Image) -> Outcome<Memory> {
    let seat = Seat::new(cx, image, V6)?;
    seat.ask("echo grüße, 漢字, e\u{301}", "grüße, 漢字, e\u{301}")?;
    let numbers: Vec<String> = (1..=100).map(|n| n.to_string()).collect();
    seat.expect("seq 100", &numbers.iter().map(String::as_str).collect::<Vec<_>>())?;
    seat.type_line(r"printf '\e[2J\e[2;3H\e[31mred\e[m'; read")?;
    seat.wait_until("picture", |screen| screen[1] == "  red")?;
    seat.type_line("")?;
    // Keys that are shown before they are answered.
    seat.ask("echo before", "before")?;
    seat.router.lose(100);
    seat.type_slowly("echo unanswered")?;
    seat.router.lose(0);
    seat.ask("", "unanswered")?;
    seat.leave(image)
}
