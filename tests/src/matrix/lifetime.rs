//! How long servers live, and what ends either side.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Check, Context, Pace, Pairs};
use crate::session::{Plan, Server, Session, start_client};
use crate::terminal::SOON;
use crate::{Outcome, poll};

pub(super) const CHECKS: &[Check] = &[
    long("a server whose client never comes ends after 60 s", never_comes),
    Check {
        name: "a client whose server does not answer gives up",
        pace: Pace::Long,
        pairs: Pairs::Clients,
        run: no_server,
    },
    short("the program starts only when the client has come", starts_late),
    short("MOSH_SERVER_NETWORK_TMOUT shortens the wait for the client", short_wait),
    short("a server whose client was killed stays until it is told to end", client_killed),
    short("MOSH_SERVER_NETWORK_TMOUT ends a server without a client, not one with", idle_limit),
    short("SIGUSR1 ends a server whatever its client does", usr1),
    short("with MOSH_SERVER_SIGNAL_TMOUT, SIGUSR1 spares a server in use", usr1_with_limit),
    short("SIGHUP does not end a server, SIGTERM ends both sides", server_signals),
    long("a program that ends while the client is away ends the server", ends_while_away),
    Check {
        name: "signals end a client cleanly, and its server",
        pace: Pace::Short,
        pairs: Pairs::Clients,
        run: client_signals,
    },
    Check {
        name: "a wrong key is reported and the server ignores it",
        pace: Pace::Long,
        pairs: Pairs::Clients,
        run: wrong_key,
    },
];

const fn short(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Short, pairs: Pairs::Servers, run }
}

const fn long(name: &'static str, run: fn(&Context<'_>) -> Outcome) -> Check {
    Check { name, pace: Pace::Long, pairs: Pairs::Servers, run }
}

/// A program that shows when it runs, and stays.
const PROGRAM: &str = "printf 'up and running'; exec sleep 1000";

fn started(cx: &Context<'_>, plan: Plan) -> Outcome<Session> {
    let session = Session::start(cx, plan)?;
    session.terminal.wait_for("up and running")?;
    Ok(session)
}

fn kill_client(session: &Session) -> Outcome {
    crate::processes::signal(session.client_process()?, Signal::KILL);
    session.terminal.wait_for_exit(SOON).map(drop)
}

fn expect_end_between(server: &Server, since: Instant, from: f32, to: f32) -> Outcome {
    server.wait_for_end(Duration::from_secs_f32(to + 5.0))?;
    let took = since.elapsed().as_secs_f32();
    if took < from || took > to {
        return Err(format!("the server ended after {took:.1} s, not {from} to {to} s"));
    }
    Ok(())
}

fn expect_alive_for(server: &Server, span: Duration) -> Outcome {
    if poll::holds(span, || server.is_alive()) {
        return Ok(());
    }
    Err("the server ended though it should stay".into())
}

fn never_comes(cx: &Context<'_>) -> Outcome {
    let start = Instant::now();
    let server = Server::start(cx, &Plan::script("touch started; sleep 1000"))?;
    expect_end_between(&server, start, 59.0, 66.0)?;
    if cx.home().join("started").exists() {
        return Err("the program was started without a client".into());
    }
    Ok(())
}

fn no_server(cx: &Context<'_>) -> Outcome {
    // A socket that takes everything and says nothing.
    let deaf = std::net::UdpSocket::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = deaf.local_addr().map_err(|error| error.to_string())?;
    let start = Instant::now();
    let terminal = start_client(cx, &Plan::shell(), address, "AAAAAAAAAAAAAAAAAAAAAA")?;
    terminal.wait_for_within("othing received", Duration::from_secs(5))?;
    let status = terminal.wait_for_exit(Duration::from_secs(40))?;
    let took = start.elapsed().as_secs_f32();
    if status != 1 || !(14.0..30.0).contains(&took) {
        return Err(format!("the client ended with status {status} after {took:.1} s"));
    }
    // The message is wrapped where the terminal ends.
    terminal.wait_for(&address.port().to_string())?;
    terminal.wait_for("UDP port")
}

fn starts_late(cx: &Context<'_>) -> Outcome {
    let plan = Plan::script("touch started; printf 'up and running'; exec sleep 1000");
    let server = Server::start(cx, &plan)?;
    let started = cx.home().join("started");
    if !poll::holds(Duration::from_secs(2), || !started.exists()) {
        return Err("the program was started before the client came".into());
    }
    let terminal = start_client(cx, &plan, server.address(), &server.key)?;
    terminal.wait_for("up and running")?;
    terminal.send_bytes(b"\x1e.")?;
    let status = terminal.wait_for_exit(SOON)?;
    if status != 0 {
        return Err(format!("the client ended with status {status}"));
    }
    server.wait_for_end(SOON)
}

fn short_wait(cx: &Context<'_>) -> Outcome {
    let start = Instant::now();
    let plan = Plan::script(PROGRAM).serving_with("MOSH_SERVER_NETWORK_TMOUT", "4");
    let server = Server::start(cx, &plan)?;
    expect_end_between(&server, start, 3.5, 9.0)
}

fn client_killed(cx: &Context<'_>) -> Outcome {
    let session = started(cx, Plan::script(PROGRAM))?;
    kill_client(&session)?;
    expect_alive_for(&session.server, Duration::from_secs(10))?;
    session.server.signal(Signal::TERM);
    // It still believes in its client, and waits for the handshake.
    session.server.wait_for_end(SOON)
}

fn idle_limit(cx: &Context<'_>) -> Outcome {
    let plan = Plan::script(PROGRAM).serving_with("MOSH_SERVER_NETWORK_TMOUT", "5");
    let session = started(cx, plan)?;
    // Heartbeats come every 3 s.
    expect_alive_for(&session.server, Duration::from_secs(12))?;
    kill_client(&session)?;
    let start = Instant::now();
    // Ends at once, or after a handshake with nobody.
    expect_end_between(&session.server, start, 1.0, 20.0)
}

fn usr1(cx: &Context<'_>) -> Outcome {
    let session = started(cx, Plan::script(PROGRAM))?;
    session.server.signal(Signal::USR1);
    session.wait_for_clean_end(SOON)
}

fn usr1_with_limit(cx: &Context<'_>) -> Outcome {
    let plan = Plan::script(PROGRAM).serving_with("MOSH_SERVER_SIGNAL_TMOUT", "6");
    let session = started(cx, plan)?;
    session.server.signal(Signal::USR1);
    expect_alive_for(&session.server, Duration::from_secs(3))?;
    kill_client(&session)?;
    poll::pass_time(Duration::from_secs(7));
    if !session.server.is_alive() {
        return Err("the server ended without a signal".into());
    }
    session.server.signal(Signal::USR1);
    session.server.wait_for_end(SOON)
}

fn server_signals(cx: &Context<'_>) -> Outcome {
    let session = started(cx, Plan::script(PROGRAM))?;
    session.server.signal(Signal::HUP);
    session.server.signal(Signal::PIPE);
    expect_alive_for(&session.server, Duration::from_secs(2))?;
    session.server.signal(Signal::TERM);
    session.wait_for_clean_end(SOON)
}

fn ends_while_away(cx: &Context<'_>) -> Outcome {
    let plan = Plan::script("printf 'up and running'; sleep 4");
    let session = started(cx, plan)?;
    kill_client(&session)?;
    // 4 s of sleep, then a handshake with nobody for at most 15 s.
    session.server.wait_for_end(Duration::from_secs(30))
}

fn client_signals(cx: &Context<'_>) -> Outcome {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let session = started(cx, Plan::script(PROGRAM))?;
        crate::processes::signal(session.client_process()?, signal);
        session.wait_for_clean_end(SOON)?;
        if session.terminal.is_alternate()? {
            return Err(format!("{signal:?} left the alternate screen on"));
        }
    }
    Ok(())
}

fn wrong_key(cx: &Context<'_>) -> Outcome {
    let plan = Plan::script(PROGRAM).serving_with("MOSH_SERVER_NETWORK_TMOUT", "25");
    let server = Server::start(cx, &plan)?;
    let terminal = start_client(cx, &plan, server.address(), "AAAAAAAAAAAAAAAAAAAAAA")?;
    let status = terminal.wait_for_exit(Duration::from_secs(40))?;
    if status != 1 {
        return Err(format!("the client ended with status {status}"));
    }
    terminal.wait_for("UDP port")?;
    // Not a key at all: refused before anything is sent.
    let terminal = start_client(cx, &plan, server.address(), "no key")?;
    let status = terminal.wait_for_exit(SOON)?;
    if status != 1 {
        return Err(format!("the client took no key as a key: status {status}"));
    }
    server.wait_for_end(Duration::from_secs(40))
}
