//! What holds for the console of every board, with every client.

use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use rustix::process::Signal;

use super::machine::Machine;
use super::router::Router;
use super::{Check, Image, Memory};
use crate::matrix::Context;
use crate::session::{Plan, start_client};
use crate::terminal::{SOON, Terminal};
use crate::{Outcome, poll, processes};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("what is typed is answered, and the screen is that of the program", session),
    ("a window of any size is served, as far as the memory goes", sizes),
    ("30 % of all frames are lost, no key and no answer", loss),
    ("the client's address changes, to IPv6 and back", address),
    ("the power fails: a new key, and the old one is good for nothing", power),
    ("a client vanishes: the console goes on, and another key opens it", vanishing),
    ("a client leaves: the console goes on, and another key opens it", leaving),
    ("more is pasted than fits: a message, and another key opens the console", paste),
    ("without an EEPROM there is no key", no_eeprom),
];

const PORT: u16 = 60001;
/// What the EEPROM holds when the board leaves the factory: a secret, and no key used so far.
pub(super) const EEPROM: [u8; 24] = *b"sixteen secrets.\0\0\0\0\0\0\0\0";
/// With a third of all frames lost, each way, a key may have to be sent many times.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// A board on the desk, and its wire.
pub(super) struct Desk<'a> {
    cx: &'a Context<'a>,
    size: (u16, u16),
    pub(super) router: Router,
    pub(super) machine: Machine,
}

impl<'a> Desk<'a> {
    pub(super) fn new(cx: &'a Context<'_>, image: &Image, eeprom: &[u8]) -> Outcome<Self> {
        let router = Router::start(PORT, cx.seed).map_err(|error| format!("router: {error}"))?;
        let mut machine = Machine::new(image.firmware.board, &image.path, cx.home(), eeprom)?;
        machine.power_on(&cx.marker, &router)?;
        Ok(Self { cx, size: image.firmware.size, router, machine })
    }

    /// Puts a board onto the desk and attaches a client.
    pub(super) fn with_client(cx: &'a Context<'_>, image: &Image) -> Outcome<(Self, Rc<Terminal>)> {
        let desk = Self::new(cx, image, &EEPROM)?;
        let client = desk.attach(1)?;
        let greeting = format!("{}: try help", image.firmware.board.name);
        client.wait_for(&greeting).map_err(|failure| desk.explain(failure))?;
        Ok((desk, client))
    }

    /// Adds to a failure what the board has to say.
    fn explain(&self, failure: String) -> String {
        // The board's counters; one that has come to a stop does not tell.
        let _ = self.machine.type_at_console(b"?");
        poll::pass_time(Duration::from_secs(1));
        let (said, warned) = (self.machine.said(), self.machine.warned());
        let counts = self.router.counts();
        format!("{failure}; {counts:?}; the board said {said:?} and {warned:?}")
    }

    /// Starts a client with the key of the session that the board has opened as its `count`th.
    fn attach(&self, count: usize) -> Outcome<Rc<Terminal>> {
        let key = self.wait_for_key(count)?;
        self.start_client(&key)
    }

    /// The same where the session before ends by itself: sees that it used no nonce twice.
    fn attach_after(&self, count: usize) -> Outcome<Rc<Terminal>> {
        // Until then it sends, under its own key, to a client that it believes alive.
        let key = self.wait_for_key(count)?;
        self.expect_fresh_nonces()?;
        self.start_client(&key)
    }

    fn wait_for_key(&self, count: usize) -> Outcome<String> {
        match self.machine.wait_for_session(count)? {
            (PORT, key) => Ok(key),
            (port, _) => Err(format!("the board listens on {port}")),
        }
    }

    fn start_client(&self, key: &str) -> Outcome<Rc<Terminal>> {
        let plan = Plan::shell().sized(self.size);
        start_client(self.cx, &plan, self.router.address(), key)
    }

    /// Sees that no nonce was used twice under the key that the board uses, whose last chance this
    /// is.
    fn expect_fresh_nonces(&self) -> Outcome {
        match self.router.take_nonces() {
            (0, _) => Err("the board has sent nothing".into()),
            (_, 0) => Ok(()),
            (used, repeated) => Err(format!("of {used} nonces {repeated} came again")),
        }
    }
}

/// Types a line and waits for a line that answers it.
pub(super) fn ask(terminal: &Terminal, line: &str, answer: &str) -> Outcome {
    terminal.type_line(line)?;
    terminal.wait_until(PATIENCE, &format!("{answer:?}"), |screen| {
        screen.lines().any(|shown| shown == answer)
    })
}

/// Sees the console alive after more was pasted than fits.
fn ask_after_paste(terminal: &Terminal) -> Outcome {
    // The beginning of what was pasted may have fitted, and stand on the line.
    terminal.press("Enter")?;
    ask(terminal, "echo still here", "still here")
}

fn session(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    ask(&client, "echo one two", "one two")?;
    ask(&client, "echo grüße, 漢字", "grüße, 漢字")?;
    client.type_text("echo mistike")?;
    client.press("BSpace")?;
    client.press("BSpace")?;
    client.press("BSpace")?;
    client.press("BSpace")?;
    ask(&client, "take", "mistake")?;
    ask(&client, "nonsense", "nonsense: no such command; try help")?;
    client.type_line("log")?;
    let (columns, rows) = desk.size;
    client.wait_for(&format!("the window is {columns}x{rows}"))?;
    client.type_text("q")?;
    ask(&client, "echo back", "back")?;
    client.type_line("demo")?;
    expect_frame(&client, desk.size)?;
    client.type_text("x")?;
    client.wait_for("key 1 is 0x78")?;
    client.type_text("q")?;
    ask(&client, "echo out of it", "out of it")?;
    let Memory { fixed, stack, all } = memory(&client, image)?;
    cx.note(format!("{fixed} bytes static, {stack} of stack, {all} in all"));
    desk.expect_fresh_nonces()
}

/// Waits until the demonstration fills a screen of this size, and goes on.
fn expect_frame(client: &Terminal, (columns, rows): (u16, u16)) -> Outcome {
    let [columns, rows] = [columns, rows].map(usize::from);
    let what = format!("a frame of {columns}x{rows}");
    client.wait_until(PATIENCE, &what, |screen| {
        let lines: Vec<&str> = screen.lines().collect();
        let Some(last) = lines.get(rows - 1) else { return false };
        let across = |line: &str, left, right| {
            line.starts_with(left) && line.ends_with(right) && line.chars().count() == columns
        };
        across(lines[0], '┌', '┐') && across(last, '└', '┘')
    })?;
    // It shows the time since the start.
    let before = client.screen()?;
    client.wait_until(SOON, "another picture", |screen| screen != before)
}

/// Reads what the board says of its RAM, and sees that it fits.
fn memory(client: &Terminal, image: &Image) -> Outcome<Memory> {
    client.press("C-l")?;
    client.type_line("memory")?;
    client.wait_for(" in all")?;
    let screen = client.screen()?;
    let number = |what: &str| {
        let line = screen.lines().find_map(|line| line.trim().strip_suffix(what))?;
        line.trim().parse::<usize>().ok()
    };
    let found = (number("static"), number("deepest stack"), number("in all"));
    let (Some(fixed), Some(stack), Some(all)) = found else {
        return Err(format!("the board does not tell its memory: {screen}"));
    };
    Memory { fixed, stack, all }.check(&image.firmware)
}

/// Makes a board do all that it can, and returns what that took.
pub(super) fn exercise(cx: &Context<'_>, image: &Image) -> Outcome<Memory> {
    let (desk, client) = Desk::with_client(cx, image)?;
    let (columns, rows) = desk.size;
    client.type_line("help")?;
    client.wait_for("open      makes")?;
    ask(&client, "echo grüße, 漢字, e\u{301}", "grüße, 漢字, e\u{301}")?;
    client.type_line("demo")?;
    for size in [(columns - 7, rows - 3), desk.size] {
        client.resize(size)?;
        expect_frame(&client, size)?;
    }
    client.type_text("q")?;
    desk.router.move_peers("2001:db8:1::9".parse().expect("an address"));
    ask(&client, "echo by IPv6", "by IPv6")?;
    client.paste("pasted ".repeat(100).as_bytes())?;
    client.press("Enter")?;
    client.wait_for("no such command")?;
    client.type_line("open")?;
    let second = desk.attach(2)?;
    ask(&second, "echo another key", "another key")?;
    second.paste("more than fits ".repeat(4000).as_bytes())?;
    second.wait_for_exit(PATIENCE)?;
    let third = desk.attach(3)?;
    ask_after_paste(&third)?;
    memory(&third, image)
}

fn sizes(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    let (columns, rows) = desk.size;
    client.type_line("demo")?;
    for size in [(columns - 7, rows - 3), (24, 5), (columns, rows)] {
        client.resize(size)?;
        expect_frame(&client, size).map_err(|failure| desk.explain(failure))?;
    }
    client.resize((columns + 30, rows + 9))?;
    // What is beyond the board's memory stays empty.
    let what = format!("a frame of {columns}x{rows} and nothing beside");
    let edge = usize::from(columns);
    client.wait_until(PATIENCE, &what, |screen| {
        let first = screen.lines().next().unwrap_or_default();
        first.chars().count() == edge && first.ends_with('┐')
    })?;
    client.type_text("q")?;
    ask(&client, "echo still here", "still here")?;
    let Memory { stack, .. } = memory(&client, image)?;
    cx.note(format!("{stack} bytes of stack"));
    desk.expect_fresh_nonces()
}

fn loss(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    desk.router.lose(30);
    for n in 1..=10 {
        ask(&client, &format!("echo answer {n}"), &format!("answer {n}"))?;
    }
    // And all at once.
    for n in 11..=20 {
        client.type_line(&format!("echo answer {n}"))?;
    }
    // With each command there are two lines, and the prompt at the end.
    let rows = usize::from(desk.size.1);
    let mut expected: Vec<String> =
        (1..=20).flat_map(|n| [format!("> echo answer {n}"), format!("answer {n}")]).collect();
    expected.push(">".into());
    let expected = &expected[expected.len() - rows.min(expected.len())..];
    client.wait_until(PATIENCE, "every answer in its place", |screen| {
        screen.lines().eq(expected.iter().map(String::as_str))
    })?;
    desk.router.lose_enough(|n| ask(&client, &format!("echo more {n}"), &format!("more {n}")))?;
    desk.expect_fresh_nonces()
}

fn address(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    for (n, place) in
        ["203.0.113.9", "2001:db8:1::9", "192.0.2.77", "2001:db8::77"].into_iter().enumerate()
    {
        desk.router.move_peers(place.parse().expect("an address"));
        ask(&client, &format!("echo place {n}"), &format!("place {n}"))?;
    }
    desk.expect_fresh_nonces()
}

fn power(cx: &Context<'_>, image: &Image) -> Outcome {
    let (mut desk, client) = Desk::with_client(cx, image)?;
    ask(&client, "echo before", "before")?;
    let (_, old) = desk.machine.wait_for_session(1)?;
    let mut keys = HashSet::from([old]);
    for _ in 0..4 {
        let _ = desk.router.take_nonces();
        desk.machine.power_on(&cx.marker, &desk.router)?;
        let (_, key) = desk.machine.wait_for_session(1)?;
        if !keys.insert(key) {
            return Err("a key came again".into());
        }
    }
    // The client of the first key goes on trying; nobody answers.
    let [sent, answered] = {
        let counts = desk.router.counts();
        [counts.from_peers, counts.to_peers]
    };
    let tried = || (desk.router.counts().from_peers >= sent + 3).then_some(());
    poll::until(PATIENCE, tried).ok_or("the client does not try again")?;
    poll::pass_time(Duration::from_secs(1));
    if desk.router.counts().to_peers != answered {
        return Err("the board answers a client that has an old key".into());
    }
    let second = desk.attach(1)?;
    second.wait_for("try help")?;
    ask(&second, "echo after", "after")?;
    second.press("C-l")?;
    second.type_line("counters")?;
    second.wait_until(SOON, "datagrams of strangers", |screen| {
        let line = screen.lines().find_map(|line| line.strip_suffix(" datagrams of strangers"));
        line.and_then(|count| count.trim().parse::<u32>().ok()).is_some_and(|count| count >= 3)
    })?;
    desk.expect_fresh_nonces()
}

fn vanishing(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    ask(&client, "echo remember this", "remember this")?;
    processes::signal(client.process()?, Signal::KILL);
    desk.machine.type_at_console(b"\r")?;
    let second = desk.attach_after(2)?;
    second.wait_for("remember this")?;
    ask(&second, "echo the same console", "the same console")?;
    desk.expect_fresh_nonces()
}

fn leaving(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    ask(&client, "echo remember this", "remember this")?;
    client.send_bytes(b"\x1e.")?;
    match client.wait_for_exit(SOON)? {
        0 => {}
        status => return Err(format!("the client ended with {status}")),
    }
    let second = desk.attach_after(2)?;
    second.wait_for("remember this")?;
    ask(&second, "echo the same console", "the same console")?;
    // The same at a word of the user.
    second.type_line("open")?;
    let third = desk.attach(3)?;
    ask(&third, "echo once more", "once more")
}

fn paste(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    ask(&client, "echo remember this", "remember this")?;
    client.paste("more than fits ".repeat(4000).as_bytes())?;
    client.wait_until(PATIENCE, "a message about what was pasted", |screen| {
        screen.contains("connect again")
    })?;
    // The board lets the user read it, and then ends the session.
    client.wait_for_exit(PATIENCE)?;
    let second = desk.attach_after(2)?;
    ask_after_paste(&second)?;
    desk.expect_fresh_nonces()
}

fn no_eeprom(cx: &Context<'_>, image: &Image) -> Outcome {
    let desk = Desk::new(cx, image, b"too short")?;
    let refused = || desk.machine.said().contains("no session: ").then_some(());
    poll::until(SOON, refused)
        .ok_or_else(|| format!("the board does not refuse: {:?}", desk.machine.said()))?;
    if desk.machine.said().contains("MOSH CONNECT") {
        return Err("the board has a key all the same".into());
    }
    Ok(())
}
