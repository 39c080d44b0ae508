//! What a board tells through `defmt`: numbers of texts and their arguments come out of its second
//! serial port, and here, where the ELF file is, they become lines.

use std::fs;

use defmt_decoder::{DecodeError, Table};

use super::checks::{Desk, EEPROM, PATIENCE, ask};
use super::{Check, Image};
use crate::matrix::Context;
use crate::session::raw_key;
use crate::terminal::SOON;
use crate::{Outcome, poll};

pub(super) const CHECKS: &[(&str, Check)] = &[
    ("what happens in a session is told through defmt, and no key", session),
    ("why there is no key is told through defmt", no_eeprom),
];

/// Of a key, what would be too much to be seen.
const PIECE: usize = 6;

/// What a session has told when it is over: events, and types of the core.
const TOLD: [&str; 4] =
    ["it is SessionKey(..)", "a client is there", "the client is at", "the session is over"];

fn session(cx: &Context<'_>, image: &Image) -> Outcome {
    let (desk, client) = Desk::with_client(cx, image)?;
    let (_, key) = desk.machine.wait_for_session(1)?;
    ask(&client, "echo a secret word", "a secret word")?;
    desk.router.move_peers("2001:db8:1::9".parse().expect("an address"));
    ask(&client, "echo by IPv6", "by IPv6")?;
    desk.machine.type_at_console(b"?")?;
    expect(&desk, image, "asked for: Server(Transport(")?;
    client.send_bytes(b"\x1e.")?;
    client.wait_for_exit(SOON)?;
    let (_, next) = desk.machine.wait_for_session(2)?;
    expect(&desk, image, "key 2 can be used")?;
    let lines = lines(&desk, image)?;
    let told = desk.machine.told()?;
    cx.note(format!("{} messages in {} bytes", lines.len(), told.len()));
    let text = lines.concat();
    for told in TOLD {
        if !text.contains(told) {
            return Err(format!("{told:?} is not told: {lines:#?}"));
        }
    }
    for key in [key, next] {
        let raw = raw_key(&key).ok_or("the board printed no key")?;
        let listed = format!("{raw:?}");
        let shown = [text.as_bytes(), &told].iter().any(|bytes| has_piece(bytes, key.as_bytes()));
        if shown || has_piece(&told, &raw) || text.contains(listed.trim_matches(['[', ']'])) {
            return Err(format!("a key is told: {lines:#?}"));
        }
    }
    if text.contains("secret") || has_piece(&told, b"secret") {
        return Err(format!("what was typed is told: {lines:#?}"));
    }
    Ok(())
}

fn no_eeprom(cx: &Context<'_>, image: &Image) -> Outcome {
    let desk = Desk::new(cx, image, &EEPROM[..9])?;
    expect(&desk, image, "INFO no session: NoKey(Source(Unavailable))")
}

/// Waits until a line is told that contains a text.
fn expect(desk: &Desk<'_>, image: &Image, text: &str) -> Outcome {
    let told = || match lines(desk, image) {
        Ok(lines) => lines.iter().any(|line| line.contains(text)).then_some(Ok(())),
        Err(failure) => Some(Err(failure)),
    };
    match poll::until(PATIENCE, told) {
        Some(outcome) => outcome,
        None => Err(format!("{text:?} is not told: {:#?}", lines(desk, image)?)),
    }
}

/// What was told since the board was switched on: time, level and message.
fn lines(desk: &Desk<'_>, image: &Image) -> Outcome<Vec<String>> {
    let elf = fs::read(&image.path).map_err(|error| error.to_string())?;
    let table = Table::parse(&elf).map_err(|error| error.to_string())?;
    let table = table.ok_or("the image has no messages")?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(&desk.machine.told()?);
    let mut lines = Vec::new();
    loop {
        match decoder.decode() {
            Ok(frame) => lines.push(frame.display(false).to_string()),
            // The next message is on its way.
            Err(DecodeError::UnexpectedEof) => return Ok(lines),
            Err(DecodeError::Malformed) => {
                return Err(format!("what follows is no message: {lines:#?}"));
            }
        }
    }
}

fn has_piece(bytes: &[u8], secret: &[u8]) -> bool {
    secret.windows(PIECE).any(|piece| bytes.windows(PIECE).any(|window| window == piece))
}
