//! Sessions over a network that loses, moves, falls silent and lies.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::{Check, Context, Pace, Pairs};
use crate::processes::resident_kib;
use crate::relay::{Forgery, Toward, Weather};
use crate::session::{PROMPT, Session, Witness};
use crate::{Outcome, poll};

pub(super) const CHECKS: &[Check] = &[
    check("a session works while 30 % are lost, reordered and duplicated", losing),
    check("the client's address and port change in mid-session", roaming),
    check("a session goes on after 60 s of silence", silence),
    check("forged datagrams by the thousand change nothing", forging),
    Check {
        name: "datagrams of more than 2048 bytes change nothing",
        pace: Pace::Long,
        pairs: Pairs::Ours,
        run: oversized,
    },
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Long, pairs: Pairs::All, run }
}

/// Loss is 30 % each way, so a resend may well fail six times in a row.
const PATIENCE: Duration = Duration::from_secs(60);

const BAD: Weather = Weather {
    loss: 30,
    duplicates: 20,
    reordering: 20,
    delay: Duration::from_millis(20),
    silent: false,
};

/// Starts a shell whose screen can be read at both ends.
fn witnessed(cx: &Context<'_>, weather: Weather) -> Outcome<(Witness, Session)> {
    let (witness, plan) = Witness::start(cx, (80, 24))?;
    let session = Session::start(cx, plan.relayed())?;
    session.relay().set_weather(weather);
    session.terminal.wait_for_within(PROMPT.trim_end(), PATIENCE)?;
    Ok((witness, session))
}

/// Has the shell count up to a number that was not on the screen before.
fn count_to(session: &Session, last: u32) -> Outcome {
    session.terminal.type_line(&format!("seq {} $((2*{}))", last - 100, last / 2))?;
    session.terminal.wait_until(PATIENCE, &last.to_string(), |screen| {
        screen.contains(&format!("\n{last}\n{PROMPT}", PROMPT = PROMPT.trim_end()))
    })
}

fn losing(cx: &Context<'_>) -> Outcome {
    let (witness, session) = witnessed(cx, BAD)?;
    let counters = session.relay().counters();
    let before = (counters.passed(Toward::Client), counters.passed(Toward::Server));
    for round in 1..=5 {
        count_to(&session, round * 1000)?;
        let line = format!("typed with care, round {round}");
        session.terminal.type_text(&format!("echo '{line}"))?;
        session.terminal.wait_for_within(&line, PATIENCE)?;
        session.terminal.type_line("'")?;
    }
    session.resize((100, 40), PATIENCE)?;
    witness.wait_for_same(&session.terminal, PATIENCE)?;
    let after = (counters.passed(Toward::Client), counters.passed(Toward::Server));
    if after.0 < before.0 + 10 || after.1 < before.1 + 10 {
        return Err("the session did not go through the relay".into());
    }
    session.terminal.send_bytes(b"\x1e.")?;
    // The last acknowledgements may be lost, and either side gives up alone.
    session.terminal.wait_for_exit(PATIENCE)?;
    session.server.wait_for_end(PATIENCE)
}

fn roaming(cx: &Context<'_>) -> Outcome {
    let (witness, session) = witnessed(cx, Weather::default())?;
    for (n, last) in [(2, 1000), (3, 2000), (77, 3000), (1, 4000)] {
        session.relay().move_client(Ipv4Addr::new(127, 0, 0, n));
        count_to(&session, last)?;
    }
    // The move alone must be enough: what the program prints later arrives too.
    session.terminal.type_line("sleep 6; echo printed-$((40+2))")?;
    session.terminal.wait_for("sleep 6")?;
    session.relay().move_client(Ipv4Addr::new(127, 0, 0, 5));
    session.terminal.wait_for("printed-42")?;
    witness.wait_for_same(&session.terminal, PATIENCE)?;
    session.leave()
}

fn silence(cx: &Context<'_>) -> Outcome {
    let (witness, session) = witnessed(cx, Weather::default())?;
    count_to(&session, 1000)?;
    session.terminal.type_line("sleep 20; seq 2000 2100")?;
    session.terminal.wait_for("sleep 20")?;
    let start = Instant::now();
    session.relay().set_weather(Weather { silent: true, ..Weather::default() });
    session.terminal.wait_for_within("Last contact", Duration::from_secs(15))?;
    poll::pass_time(Duration::from_secs(60).saturating_sub(start.elapsed()));
    if session.terminal.exit_status().is_some() || !session.server.is_alive() {
        return Err("one side ended during the silence".into());
    }
    session.relay().set_weather(Weather::default());
    // What happened meanwhile shows, and the notice goes.
    session.terminal.wait_for("2100")?;
    witness.wait_for_same(&session.terminal, PATIENCE)?;
    count_to(&session, 3000)?;
    witness.wait_for_same(&session.terminal, PATIENCE)?;
    session.leave()
}

fn forging(cx: &Context<'_>) -> Outcome {
    forge(
        cx,
        &[
            (Forgery::Garbage, 2000),
            (Forgery::Truncated, 1000),
            (Forgery::Replayed, 1000),
            (Forgery::BitFlipped, 2000),
            (Forgery::Reflected, 1000),
        ],
    )
}

fn oversized(cx: &Context<'_>) -> Outcome {
    forge(cx, &[(Forgery::Oversized, 2000)])
}

/// Memory may grow by this much under attack: allocators keep what they had.
const MARGIN_KIB: u64 = 1024;

fn forge(cx: &Context<'_>, attack: &[(Forgery, usize)]) -> Outcome {
    let (witness, session) = witnessed(cx, Weather::default())?;
    // Something to record, and a first lot, so that all that is allocated once is.
    count_to(&session, 1000)?;
    send(&session, attack, 10);
    count_to(&session, 2000)?;
    let before = memory(&session)?;
    send(&session, attack, 1);
    // In the middle of it the session must go on.
    count_to(&session, 3000)?;
    poll::until(PATIENCE, || session.relay().is_idle().then_some(()))
        .ok_or("the relay could not send everything")?;
    count_to(&session, 4000)?;
    witness.wait_for_same(&session.terminal, PATIENCE)?;
    let wanted: usize = attack.iter().map(|(_, count)| 2 * count).sum();
    if session.relay().counters().forged() < wanted as u64 {
        return Err(format!("only {} datagrams were sent", session.relay().counters().forged()));
    }
    let answered = session.relay().counters().answered();
    if answered > 0 {
        return Err(format!("a stranger without the key got {answered} datagrams"));
    }
    let after = memory(&session)?;
    for (who, before, after) in [("client", before.0, after.0), ("server", before.1, after.1)] {
        if after > before + MARGIN_KIB {
            return Err(format!("the {who}'s memory grew from {before} to {after} KiB"));
        }
    }
    session.leave()
}

/// Sends the attack, divided by `share`, both ways, half of it by a stranger.
fn send(session: &Session, attack: &[(Forgery, usize)], share: usize) {
    for &(forgery, count) in attack {
        for toward in [Toward::Client, Toward::Server] {
            for stranger in [false, true] {
                session.relay().forge(toward, forgery, count / share / 2, stranger);
            }
        }
    }
}

/// Returns the resident memory of client and server in KiB.
fn memory(session: &Session) -> Outcome<(u64, u64)> {
    let of = |pid| resident_kib(pid).ok_or("a side has ended".to_owned());
    Ok((of(session.client_process()?)?, of(session.server.pid)?))
}
