//! Somebody who types keys at their times into a client's terminal, and notes what the client
//! writes there and when.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use crate::links::timespec;
use crate::pty::Pty;
use crate::{Failure, Outcome};

/// A user at a client's terminal. One thread waits for both the next key's time and the client, so
/// that neither waits for the other.
#[derive(Debug)]
pub struct User {
    pty: Pty,
    start: Instant,
    written: Vec<(Duration, Vec<u8>)>,
    typed: Vec<Duration>,
    /// Whether the client has set the terminal's cursor keys to application mode (DECCKM), which
    /// clients do with their first words or never.
    application_keys: bool,
}

impl User {
    /// Sits down at a client that was just started.
    #[must_use]
    pub fn new(pty: Pty) -> Self {
        Self {
            pty,
            start: Instant::now(),
            written: Vec::new(),
            typed: Vec::new(),
            application_keys: false,
        }
    }

    /// How long this has gone on.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Reads what the client writes until `end`, counted from the start.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub fn read_until(&mut self, end: Duration) -> Outcome {
        while self.read_once(end)? {}
        Ok(())
    }

    /// Waits for the client until `end` at most and reads what it has written. Answers whether it
    /// has written something.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub fn read_once(&mut self, end: Duration) -> Outcome<bool> {
        let wait = timespec(end.saturating_sub(self.elapsed()));
        match poll(&mut [PollFd::new(&self.pty, PollFlags::IN)], Some(&wait)) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            // The rest of the wait is left.
            Err(rustix::io::Errno::INTR) => return Ok(true),
            Err(error) => return Err(text(error.into())),
        }
        let mut buf = [0; 65536];
        let len = self.pty.read_some(&mut buf).map_err(|_| self.last_words())?;
        self.written.push((self.elapsed(), buf[..len].to_vec()));
        self.application_keys |= buf[..len].windows(5).any(|part| part == b"\x1b[?1h");
        Ok(true)
    }

    /// Reads until `due`, then types a key.
    ///
    /// # Errors
    ///
    /// If the client has ended.
    pub fn type_key(&mut self, due: Duration, key: &[u8]) -> Outcome {
        self.read_until(due)?;
        self.typed.push(self.elapsed());
        self.pty.write(&self.in_its_mode(key)).map_err(text)
    }

    /// A cursor key as the terminal sends it (xterm ctlseqs, "PC-Style Function Keys"): which of
    /// its two forms that is, is up to the client, not to the program behind the server.
    fn in_its_mode(&self, key: &[u8]) -> Vec<u8> {
        match key {
            [0x1b, b'[' | b'O', letter @ (b'A'..=b'D' | b'F' | b'H')] => {
                let second = if self.application_keys { b'O' } else { b'[' };
                vec![0x1b, second, *letter]
            }
            other => other.to_vec(),
        }
    }

    /// What a client has said that ended before its user did.
    fn last_words(&self) -> Failure {
        let all: Vec<u8> = self.written.iter().flat_map(|(_, bytes)| bytes).copied().collect();
        let last = &all[all.len().saturating_sub(LAST_WORDS)..];
        format!("the client has ended; it wrote {:?}", String::from_utf8_lossy(last))
    }

    /// What the client has written, and when.
    #[must_use]
    pub fn written(&self) -> &[(Duration, Vec<u8>)] {
        &self.written
    }

    /// When each key was typed.
    #[must_use]
    pub fn typed(&self) -> &[Duration] {
        &self.typed
    }

    /// Leaves the session.
    ///
    /// # Errors
    ///
    /// If the client does not end cleanly.
    pub fn leave(mut self) -> Outcome {
        self.pty.write(b"\x1e.").map_err(text)?;
        let end = self.elapsed() + FAREWELL;
        // The end is what is waited for.
        while self.read_once(end).is_ok_and(|more| more) {}
        match self.pty.wait_for_exit(FAREWELL) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("the client ended with {status}")),
            None => Err("the client did not end".into()),
        }
    }
}

fn text(error: io::Error) -> Failure {
    format!("the client: {error}")
}

/// Bytes, which hold the message of a panic.
const LAST_WORDS: usize = 500;
/// For a client to end.
const FAREWELL: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn user(script: &str) -> User {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        User::new(Pty::start(command, (80, 24)).unwrap())
    }

    fn written(user: &User) -> String {
        let bytes = user.written().iter().flat_map(|(_, bytes)| bytes).copied().collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn keys_are_typed_not_before_their_times() {
        let mut user = user("stty raw -echo; printf ready; exec cat");
        while !written(&user).contains("ready") {
            assert!(user.read_once(Duration::from_secs(20)).unwrap());
        }
        let start = user.elapsed();
        let due = [30, 60, 60, 90].map(|ms| start + Duration::from_millis(ms));
        for (due, key) in due.into_iter().zip(["a", "b", "c", "d"]) {
            user.type_key(due, key.as_bytes()).unwrap();
        }
        while !written(&user).contains("readyabcd") {
            assert!(user.read_once(start + Duration::from_secs(20)).unwrap());
        }
        assert_eq!(user.typed().len(), due.len());
        assert!(user.typed().iter().zip(due).all(|(typed, due)| *typed >= due));
        let (last, _) = user.written().last().unwrap();
        assert!(*last >= due[3]);
    }

    #[test]
    fn a_client_that_ends_is_quoted() {
        let mut user = user("printf 'a last word'");
        let failure = user.read_until(Duration::from_secs(20)).unwrap_err();
        assert!(failure.contains("a last word"), "{failure}");
    }

    #[test]
    fn cursor_keys_take_the_form_that_the_client_asked_for() {
        for (mode, expected) in [("", "^[[C^[[1;5C"), ("\\033[?1h", "^[OC^[[1;5C")] {
            let mut user = user(&format!("stty raw -echo; printf '{mode}ready'; cat -v"));
            while !written(&user).contains("ready") {
                assert!(user.read_once(Duration::from_secs(20)).unwrap());
            }
            user.type_key(Duration::ZERO, b"\x1b[C").unwrap();
            user.type_key(Duration::ZERO, b"\x1b[1;5C").unwrap();
            while !written(&user).contains(expected) {
                assert!(user.read_once(Duration::from_secs(20)).unwrap(), "{mode}");
            }
        }
    }
}
