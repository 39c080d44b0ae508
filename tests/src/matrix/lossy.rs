//! The lossiest link of the paper: 29 % lost each way, and a round trip of 100 ms (Winstein and
//! Balakrishnan, "Mosh: An Interactive Remote Shell for Mobile Clients", USENIX ATC 2012, §4).

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant as Clock};
use std::{fs, io};

use mosh_core::time::Instant;
use rustix::event::{PollFd, PollFlags, poll};

use super::{Check, Context, Pace, Pairs};
use crate::links::ends::{self, Ends};
use crate::links::eyes::Eyes;
use crate::links::line::Link;
use crate::links::{timespec, until};
use crate::pty::Pty;
use crate::relay::{Relay, Weather};
use crate::session::{Plan, Server, environment};
use crate::sim::network::{Conditions, Pipe, Share};
use crate::sim::table::Statistics;
use crate::sim::user::{Manner, User};
use crate::{Failure, Outcome, poll as wait};

pub(super) const CHECKS: &[Check] = &[
    check("every key arrives once and in order while 29 % are lost each way", through_relay),
    check("as above, in network namespaces and through the simulator's network", over_link),
];

const fn check(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Long, pairs: Pairs::All, run }
}

/// Each way.
const DELAY: Duration = Duration::from_millis(50);
const LOSS: u32 = 29;
const TYPING: Duration = Duration::from_secs(60);
/// A key may well have to be sent ten times.
const PATIENCE: Duration = Duration::from_secs(60);
const SIZE: (u16, u16) = (80, 24);

fn through_relay(cx: &Context<'_>) -> Outcome {
    let record = cx.home().join("typed");
    let server = Server::start(cx, &Plan::program(["sh", "-c", &script(&record)]))?;
    let relay = Relay::start(server.address(), cx.seed).map_err(text)?;
    relay.set_weather(Weather { delay: DELAY, ..Weather::default() });
    let client = start_client(cx, &relay, &server.key)?;
    let worsen = || relay.set_weather(Weather { delay: DELAY, loss: LOSS, ..Weather::default() });
    let mut eyes = type_with_care(cx, client, &record, worsen)?;
    relay.set_weather(Weather::default());
    eyes.type_keys(b"\x1e.")?;
    server.wait_for_end(PATIENCE)
}

fn over_link(cx: &Context<'_>) -> Outcome {
    let link = match Link::new(DELAY) {
        Ok(link) => link,
        Err(reason) => {
            cx.skip(&reason);
            return Ok(());
        }
    };
    let record = cx.home().join("typed");
    let program = ["sh", "-c", &script(&record)].map(str::to_owned);
    let client = ends::start(cx, &link, Ends::Mosh(cx.pair), SIZE, &program)?;
    let worsen = || {
        let lossy = Conditions { loss: Share::percent(LOSS), ..Conditions::clean(DELAY) };
        let [up, down] = [1, 2].map(|way| Pipe::new(lossy.clone(), cx.seed + way));
        link.begin(up, down, Clock::now());
    };
    let mut eyes = type_with_care(cx, client.pty, &record, worsen)?;
    link.set_weather(Conditions::clean(DELAY), Conditions::clean(DELAY));
    eyes.type_keys(b"\x1e.")?;
    let gone = || cx.marker.processes().is_empty().then_some(());
    wait::until(PATIENCE, gone).ok_or("the session does not end")?;
    let (up, down) = link.finish();
    if up.lost == 0 || down.lost == 0 {
        return Err(format!("not over the link: {up:?} {down:?}"));
    }
    Ok(())
}

/// A program that shows what it reads, and keeps it in a file. It begins in the second row: what a
/// client itself has to say stands in the first.
fn script(record: &Path) -> String {
    let record = record.display();
    format!("stty raw -echo; printf '\\033[H\\033[2J\\r\\n:'; exec tee '{record}'")
}

/// Types for a while, on a link that grows worse before the first key. Returns the user, to end
/// the session.
fn type_with_care(
    cx: &Context<'_>,
    client: Pty,
    record: &Path,
    worsen: impl FnOnce(),
) -> Outcome<Eyes> {
    let mut eyes = Eyes::new(client, SIZE);
    eyes.expect(b"\r\n:", 0);
    watch(&mut eyes, PATIENCE, |eyes| eyes.see_all())?;
    worsen();
    let (typed, mut times) = type_for(&mut eyes, cx.seed, TYPING)?;
    times.extend(watch(&mut eyes, PATIENCE, |eyes| eyes.unanswered() == 0)?);
    let read = fs::read(record).map_err(text)?;
    if read != typed {
        let [read, typed] = [read, typed].map(|it| it.escape_ascii().to_string());
        return Err(format!("the program has read {read}, typed was {typed}"));
    }
    let found = Statistics::of(&times);
    if found.median < 2 * DELAY {
        return Err(format!("faster than the link: {:?}", found.median));
    }
    let (median, mean) = (found.median.as_millis(), found.mean.as_millis());
    cx.note(format!("{} keys, median {median} ms, mean {mean} ms", found.count));
    Ok(eyes)
}

fn text(error: io::Error) -> Failure {
    error.to_string()
}

fn start_client(cx: &Context<'_>, relay: &Relay, key: &str) -> Outcome<Pty> {
    let mut command = Command::new(&cx.programs(cx.pair.client).client);
    cx.marker.mark(command.env_clear().envs(environment(cx.home())));
    command.env("TERM", "xterm-256color").env("MOSH_PREDICTION_DISPLAY", "never");
    let address = relay.address();
    command.env("MOSH_KEY", key).args([address.ip().to_string(), address.port().to_string()]);
    Pty::start(command, SIZE).map_err(text)
}

/// Types for a while. Returns what, and how long the keys took that show already.
fn type_for(eyes: &mut Eyes, seed: u64, span: Duration) -> Outcome<(Vec<u8>, Vec<Duration>)> {
    let zero = Clock::now();
    let now = || Instant::ZERO + zero.elapsed();
    let mut user = User::new(seed, Manner::Fluent, Instant::ZERO, Instant::ZERO + span);
    let (mut typed, mut times) = (Vec::new(), Vec::new());
    while let Some(at) = user.poll_timeout() {
        if at > now() {
            times.extend(look(eyes, until(now(), at))?);
            continue;
        }
        // One line without end: every key makes a picture that was not there before.
        let keys = user.keys(at).into_iter().map(|key| if key == b'\r' { b'.' } else { key });
        let keys: Vec<u8> = keys.collect();
        typed.extend_from_slice(&keys);
        eyes.type_keys(&keys)?;
        eyes.expect(&keys, typed.len());
    }
    Ok((typed, times))
}

/// Looks until something is so. Returns how long the keys took that were seen meanwhile.
fn watch(
    eyes: &mut Eyes,
    patience: Duration,
    enough: impl Fn(&Eyes) -> bool,
) -> Outcome<Vec<Duration>> {
    let start = Clock::now();
    let mut times = Vec::new();
    while !enough(eyes) {
        if start.elapsed() > patience {
            return Err(format!("not shown after {patience:?}\n{}", eyes.describe()));
        }
        times.extend(look(eyes, Duration::from_millis(100))?);
    }
    Ok(times)
}

fn look(eyes: &mut Eyes, wait: Duration) -> Outcome<Vec<Duration>> {
    let mut ready = [PollFd::new(eyes, PollFlags::IN)];
    // An interrupted wait is only shorter.
    if poll(&mut ready, Some(&timespec(wait))).is_ok_and(|count| count > 0) {
        let shown = eyes.read()?;
        return Ok(eyes.see(shown));
    }
    Ok(Vec::new())
}
