//! Looking a host up without stopping for it.

use std::io::{self, PipeReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::wrapper::hint::Hint;
use crate::wrapper::resolve::{look_up, select};

/// A look-up on its way, in a thread of its own as the system's resolver waits for its answers.
#[derive(Debug)]
pub(super) struct LookUp {
    /// Readable once there is an answer.
    done: PipeReader,
    answer: Receiver<Vec<SocketAddr>>,
}

impl LookUp {
    /// Begins to look up the host behind `hint`.
    ///
    /// # Errors
    ///
    /// The system's, when it has no room for a pipe or a thread.
    pub(super) fn start(hint: &Hint, port: u16) -> io::Result<Self> {
        let (done, mut tell) = io::pipe()?;
        let (send, answer) = channel();
        let Hint { family, name } = hint.clone();
        thread::Builder::new().name("resolver".to_owned()).spawn(move || {
            // Without a network there is no answer, and the next attempt may have one.
            let found = look_up(&name, port).unwrap_or_default();
            let _ = send.send(select(found, family).unwrap_or_default());
            let _ = tell.write_all(b"x");
        })?;
        Ok(Self { done, answer })
    }

    /// Takes the answer, for which [`as_fd`](AsFd::as_fd) must have become readable. Empty: the
    /// host was not found.
    pub(super) fn finish(mut self) -> Vec<SocketAddr> {
        let _ = self.done.read(&mut [0]);
        self.answer.try_recv().unwrap_or_default()
    }
}

impl AsFd for LookUp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.done.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wrapper::options::Family;

    #[test]
    fn a_look_up_answers_when_its_descriptor_is_readable() {
        let hint = Hint::new(Family::PreferInet, "localhost").unwrap();
        let look_up = LookUp::start(&hint, 60001).unwrap();
        let mut watched = [rustix::event::PollFd::new(&look_up, rustix::event::PollFlags::IN)];
        rustix::event::poll(&mut watched, None).unwrap();
        let found = look_up.finish();
        assert!(found.iter().any(|address| address.ip().is_loopback()), "{found:?}");
    }
}
