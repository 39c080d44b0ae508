//! Either end against a peer that holds the key and means harm; and programs and strangers that
//! would stop a session.

mod line;

use std::time::Duration;

use rustix::process::Signal;

use super::{Check, Context, Pace, Pairs};
use crate::Outcome;
use crate::hostile::attacks::ATTACKS;
use crate::hostile::plot::{keys, output, size};
use crate::processes::{cpu_time, udp_ports};
use crate::random::Random;
use crate::session::{PROMPT, Plan, Server, Session, Witness};
use crate::sim::tap::Toward;
use crate::terminal::SOON;
use line::Line;

pub(super) const CHECKS: &[Check] = &[
    check("a server survives a client that holds the key and means harm", hostile_client),
    check("a client survives a server that holds the key and means harm", hostile_server),
    check("strangers by the hundred thousand get no answer and hold nothing up", strangers),
    Check {
        name: "what a peer that holds the key does to mosh 1.4",
        pace: Pace::Long,
        pairs: Pairs::Comparison,
        run: comparison,
    },
    Check {
        name: "a program that reads nothing stops neither screen nor size nor quitting",
        pace: Pace::Short,
        pairs: Pairs::OurServer,
        run: deaf_program,
    },
    Check {
        name: "a program that asks without end and reads no answer stops nothing either",
        pace: Pace::Short,
        pairs: Pairs::OurServer,
        run: asking_program,
    },
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Long, pairs: Pairs::Ours, run }
}

/// A program that gives back what it gets, byte for byte.
const ECHO: &str = "stty raw -echo; exec cat";

fn hostile_client(cx: &Context<'_>) -> Outcome {
    let server = Server::start(cx, &Plan::script(ECHO))?;
    let mut line = Line::to_server(&server, cx.seed)?;
    line.say(&size(80, 24))?;
    line.wait("the server answers", |line| line.peer.opened() > 0)?;
    let attacks = ATTACKS.iter().filter(|attack| attack.is_for(Toward::Server));
    for (number, attack) in attacks.enumerate() {
        line.survive(attack, |line| is_echoed(line, &format!("sense-{number}-made")))?;
    }
    // Its peer does not answer any more: the second signal ends the wait for that.
    server.signal(Signal::TERM);
    crate::poll::pass_time(Duration::from_millis(100));
    server.signal(Signal::TERM);
    server.wait_for_end(SOON)
}

/// Types a word and sees it echoed.
fn is_echoed(line: &mut Line, word: &str) -> Outcome {
    for attempt in 0..60 {
        // Where two stories were told the keys of the longer one stand: it types past its end.
        let past = vec![b'-'; attempt.min(1) * 2000];
        let typed = [&past, &b"\x1bc\r"[..], word.as_bytes()].concat();
        line.say(&[size(80, 24), keys(&typed)].concat())?;
        let shown = |line: &mut Line| String::from_utf8_lossy(&line.peer.newest()).contains(word);
        if line.wait_for(Duration::from_millis(500), shown) {
            return Ok(());
        }
    }
    Err(format!("what is typed has no effect: {:?}", line.peer))
}

fn hostile_server(cx: &Context<'_>) -> Outcome {
    let mut line = Line::to_client(cx)?;
    let attacks = ATTACKS.iter().filter(|attack| attack.is_for(Toward::Client));
    for (number, attack) in attacks.enumerate() {
        line.survive(attack, |line| is_shown(line, &format!("sense-{number}-made")))?;
    }
    // The escape key and a period; the server is gone, so a second time.
    write(&mut line, b"\x1e.")?;
    crate::poll::pass_time(Duration::from_millis(100));
    crate::processes::signal(line.pid, Signal::TERM);
    let tty = line.tty.as_mut().ok_or("no terminal")?;
    tty.pty.wait_for_exit(SOON).map(drop).ok_or_else(|| "the client does not end".into())
}

/// Has a word shown, and sees a typed one arrive.
fn is_shown(line: &mut Line, word: &str) -> Outcome {
    let picture = format!("\x1bc{word}");
    line.say(&[size(80, 24), output(picture.as_bytes())].concat())?;
    line.wait(&format!("{word} is shown"), |line| {
        line.tty.as_ref().is_some_and(|tty| tty.emulator.text().starts_with(word))
    })?;
    write(line, word.as_bytes())?;
    line.wait("what is typed arrives", |line| line.peer.newest().ends_with(word.as_bytes()))
}

fn write(line: &mut Line, bytes: &[u8]) -> Outcome {
    let tty = line.tty.as_mut().ok_or("no terminal")?;
    tty.pty.write(bytes).map_err(|error| format!("the terminal: {error}"))
}

/// Makes every attack on a server and a client of its own, and notes what became of them.
fn comparison(cx: &Context<'_>) -> Outcome {
    for attack in ATTACKS {
        let mut fates = Vec::new();
        if attack.is_for(Toward::Server) {
            let server = Server::start(cx, &Plan::script(ECHO))?;
            let mut line = Line::to_server(&server, cx.seed)?;
            line.say(&size(80, 24))?;
            line.wait("the server answers", |line| line.peer.opened() > 0)?;
            fates.push(("server", line.survive(attack, |line| is_echoed(line, "sense"))));
            server.signal(Signal::KILL);
        }
        if attack.is_for(Toward::Client) {
            let mut line = Line::to_client(cx)?;
            fates.push(("client", line.survive(attack, |line| is_shown(line, "sense"))));
            crate::processes::signal(line.pid, Signal::KILL);
        }
        for (who, fate) in fates {
            match fate {
                Ok(()) => cx.note(format!("{who} survives {}", attack.name)),
                Err(failure) => cx.note(format!("{who} FAILS {failure}")),
            }
        }
    }
    Ok(())
}

/// Counts, and tells the size of its window whenever that changes.
const DEAF: &str = r#"
    stty raw -echo
    trap 'printf "\033[2;1Hsize %s " "$(stty size </dev/tty)"' WINCH
    count=0
    while :; do
        count=$((count + 1)); printf '\033[1;1Hcount %s ' $count
        sleep 0.1
    done"#;

/// A paste that no program and no pseudo-terminal takes in.
const UNREAD: usize = 1 << 18;

fn deaf_program(cx: &Context<'_>) -> Outcome {
    let session = Session::start(cx, Plan::script(DEAF))?;
    session.terminal.wait_for("count 3")?;
    session.terminal.paste(&vec![b'k'; UNREAD])?;
    goes_on(&session)
}

fn asking_program(cx: &Context<'_>) -> Outcome {
    // Nobody reads what the terminal answers, which is more than a pseudo-terminal holds.
    let flood = r"(while :; do printf '\033[c\033[>c\033[6n\033[5n'; done) &";
    let session = Session::start(cx, Plan::script(&format!("stty raw -echo; {flood}{DEAF}")))?;
    session.terminal.wait_for("count 3")?;
    session.terminal.type_text("not read either")?;
    goes_on(&session)
}

/// Sees that the screen changes, sizes arrive, and the session can be left.
fn goes_on(session: &Session) -> Outcome {
    let terminal = &session.terminal;
    for (columns, rows) in [(100, 30), (60, 20)] {
        terminal.resize((columns, rows))?;
        terminal.wait_for(&format!("size {rows} {columns}"))?;
        let count = || {
            let screen = terminal.screen().ok()?;
            let line = screen.lines().next()?.strip_prefix("count ")?;
            line.trim_end().parse::<u32>().ok()
        };
        let before = count().ok_or("the program does not count")?;
        crate::poll::until(SOON, || count().filter(|now| *now > before + 2))
            .ok_or("what the program shows does not arrive")?;
    }
    if terminal.screen()?.contains("Last contact") {
        return Err("the server stopped acknowledging".into());
    }
    session.leave()
}

/// Datagrams of strangers to either end.
const STRANGERS: u64 = 100_000;
/// Processor time that one of them may cost, in a build without optimisation: ten times as much
/// as one of a full ethernet frame does.
const COST: Duration = Duration::from_micros(150);

fn strangers(cx: &Context<'_>) -> Outcome {
    let (witness, plan) = Witness::start(cx, (80, 24))?;
    let session = Session::start_shell(cx, plan)?;
    let client = session.client_process()?;
    let ports = udp_ports(client);
    let [client_port] = ports[..] else { return Err(format!("the client has ports {ports:?}")) };
    let cpu = || Some((cpu_time(client)?, cpu_time(session.server.pid)?));
    let before = cpu().ok_or("a side has ended")?;
    let targets = [session.server.address().port(), client_port];
    let seed = cx.seed;
    let answers = std::thread::scope(|scope| {
        let flood = scope.spawn(move || flood(targets, seed));
        let mut typed = Ok(());
        for round in 0.. {
            let word = format!("round-{round}");
            // Lost among so many: a shell's line is typed and echoed all the same, and soon.
            typed = typed.and_then(|()| {
                session.terminal.type_line(&format!("clear; echo $((0))-{word}"))?;
                session.terminal.wait_for_within(&format!("0-{word}"), Duration::from_secs(5))
            });
            if flood.is_finished() || typed.is_err() {
                break;
            }
        }
        typed.and_then(|()| flood.join().map_err(|_| "the flood panicked".to_owned())?)
    })?;
    if answers > 0 {
        return Err(format!("{answers} datagrams came back to strangers"));
    }
    let after = cpu().ok_or("a side has ended")?;
    let limit = COST * u32::try_from(STRANGERS).unwrap_or(u32::MAX);
    for (who, used) in [("client", after.0 - before.0), ("server", after.1 - before.1)] {
        if used > limit {
            return Err(format!("the {who} used {used:?} for {STRANGERS} datagrams"));
        }
    }
    // Nothing of it shows, be it in a notice.
    witness.wait_for_same(&session.terminal, SOON)?;
    session.terminal.wait_for(PROMPT.trim_end())?;
    session.leave()
}

/// Sends [`STRANGERS`] datagrams to each port and returns how many came back.
fn flood(targets: [u16; 2], seed: u64) -> Outcome<u64> {
    let bind = || std::net::UdpSocket::bind("127.0.0.1:0");
    let sockets = [bind(), bind()].into_iter().collect::<Result<Vec<_>, _>>();
    let sockets = sockets.map_err(|error| format!("no socket: {error}"))?;
    let mut random = Random::new(seed);
    let mut noise = vec![0; 1 << 17];
    random.fill(&mut noise);
    let mut answers = 0;
    for count in 0..STRANGERS {
        let len = match count % 50 {
            0 => 0,
            1 => 2049 + random.below(60_000),
            2..20 => random.below(48),
            _ => random.below(2049),
        };
        let start = random.below(1 << 16);
        let mut bytes = noise[start..start + len].to_vec();
        for (socket, port) in sockets.iter().zip(targets) {
            if bytes.len() >= 8 && count % 2 == 0 {
                // A direction and a number such as the honest peer might have come to.
                let direction = if port == targets[0] { 0 } else { 1 << 63 };
                bytes[..8].copy_from_slice(&(direction | count).to_be_bytes());
            }
            // Refused where the buffer is full, as many are to be.
            let _ = socket.send_to(&bytes, ("127.0.0.1", port));
        }
        if count % 20 == 0 {
            crate::poll::pass_time(Duration::from_millis(1));
        }
    }
    for socket in &sockets {
        socket.set_nonblocking(true).map_err(|error| error.to_string())?;
        while socket.recv_from(&mut [0]).is_ok() {
            answers += 1;
        }
    }
    Ok(answers)
}
