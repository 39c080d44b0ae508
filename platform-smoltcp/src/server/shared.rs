//! One console for several tasks of an executor: one polls it, others read and write.

use core::cell::RefCell;
use core::future::poll_fn;
use core::task::{Poll, Waker};

use embedded_io::{ErrorType, Read as _, Write as _};

use super::{Console, ConsoleError};

/// Tasks that wait.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    reader: Option<Waker>,
    poller: Option<Waker>,
    touched: bool,
}

/// A console that tasks of one executor share. None of them holds it while it waits.
///
/// ```
/// use core::cell::RefCell;
///
/// use embedded_io_async::{Read, Write};
/// use mosh_smoltcp::{Console, server::SharedConsole};
///
/// /// The task of a shell that is an echo.
/// async fn shell(console: &RefCell<Console<'_>>) {
///     let mut terminal = SharedConsole::new(console);
///     let mut keys = [0; 16];
///     while let Ok(len) = terminal.read(&mut keys).await {
///         let _ = terminal.write_all(&keys[..len]).await;
///     }
/// }
///
/// /// The task that polls, woken by the network card, by time, or by the shell.
/// async fn serve(
///     console: &RefCell<Console<'_>>,
///     mut poll: impl FnMut(&mut Console<'_>),
///     mut wait_for_network_or_time: impl AsyncFnMut(),
/// ) {
///     loop {
///         poll(&mut console.borrow_mut());
///         // With the executor's own `select`, of both.
///         SharedConsole::new(console).touched().await;
///         wait_for_network_or_time().await;
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SharedConsole<'c, 's> {
    console: &'c RefCell<Console<'s>>,
}

impl<'c, 's> SharedConsole<'c, 's> {
    /// Returns a handle on a console. One task may read from it at a time.
    #[must_use]
    pub const fn new(console: &'c RefCell<Console<'s>>) -> Self {
        Self { console }
    }

    /// Waits until somebody has written or read, so that the console wants to be polled.
    pub async fn touched(&self) {
        poll_fn(|context| {
            let wakers = &mut self.console.borrow_mut().wakers;
            if core::mem::take(&mut wakers.touched) {
                return Poll::Ready(());
            }
            wakers.poller = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Console<'_> {
    pub(super) fn wake_reader(&mut self) {
        if embedded_io::ReadReady::read_ready(self) == Ok(true)
            && let Some(reader) = self.wakers.reader.take()
        {
            reader.wake();
        }
    }

    fn touch(&mut self) {
        self.wakers.touched = true;
        if let Some(poller) = self.wakers.poller.take() {
            poller.wake();
        }
    }
}

impl ErrorType for SharedConsole<'_, '_> {
    type Error = ConsoleError;
}

impl embedded_io_async::Read for SharedConsole<'_, '_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, ConsoleError> {
        poll_fn(|context| {
            let console = &mut *self.console.borrow_mut();
            match console.read(buf) {
                Err(ConsoleError::NoKeys) => {
                    console.wakers.reader = Some(context.waker().clone());
                    Poll::Pending
                }
                read => {
                    console.touch();
                    Poll::Ready(read)
                }
            }
        })
        .await
    }
}

impl embedded_io_async::Write for SharedConsole<'_, '_> {
    async fn write(&mut self, output: &[u8]) -> Result<usize, ConsoleError> {
        let console = &mut *self.console.borrow_mut();
        console.touch();
        console.write(output)
    }

    async fn flush(&mut self) -> Result<(), ConsoleError> {
        Ok(())
    }
}
