//! What users, their environment and other machines write in text: arguments of the three
//! programs, variables, the lines by which a wrapper finds its server, terminal descriptions.
//!
//! The first byte says what the rest is. Words end at line ends; of variables each has a number, as
//! the names are not what is to be found out.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use crate::input::Input;

/// Runs one input.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    match input.byte() % 6 {
        0 => {
            let display = variable(&mut input);
            let values: [_; 3] = std::array::from_fn(|_| variable(&mut input));
            let args = words(input.rest());
            mosh::fuzz::mosh(args, display, |name| locale(&values, name));
        }
        1 => {
            let key = variable(&mut input).map(|key| key.as_bytes().to_vec());
            let display = variable(&mut input).map(OsStr::to_owned);
            mosh::fuzz::mosh_client(words(input.rest()), key, display);
        }
        2 => {
            let connection = String::from_utf8_lossy(input.chunk()).into_owned();
            let limit = variable(&mut input);
            mosh::fuzz::mosh_server(words(input.rest()), &connection, limit);
        }
        3 => mosh::fuzz::answer(input.rest()),
        4 => {
            let values: [_; 3] = std::array::from_fn(|_| variable(&mut input));
            mosh::fuzz::locale(|name| locale(&values, name));
        }
        _ => {
            let name = String::from_utf8_lossy(input.chunk()).into_owned();
            mosh::fuzz::terminal_description(&name, input.rest());
        }
    }
}

/// The value of a variable, if it is set.
fn variable<'a>(input: &mut Input<'a>) -> Option<&'a OsStr> {
    match input.byte() {
        0 => None,
        _ => Some(OsStr::from_bytes(input.chunk())),
    }
}

fn locale(values: &[Option<&OsStr>; 3], name: &str) -> Option<OsString> {
    let place = ["LANG", "LC_CTYPE", "LC_ALL"].iter().position(|known| *known == name)?;
    values[place].map(OsStr::to_owned)
}

/// Arguments hold no zero, as the system ends each by one.
fn words(text: &[u8]) -> Vec<OsString> {
    let words = text
        .split(|&byte| byte == b'\n')
        .map(|word| OsString::from_vec(word.iter().copied().filter(|&byte| byte != 0).collect()));
    words.collect()
}
