//! The proxy command that ssh runs: connects, tells the address, copies bytes.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::options::Family;
use super::resolve::{numeric, resolve};
use crate::error::{Context as _, Error, Status};
use crate::ports::parse_port;

/// How long an address may take to answer while there are others to try.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_secs(10);

/// Connects standard input and output to `host`, and prints the numeric address and the name on
/// standard error, which is the pipe to the `mosh` that ran ssh.
pub(crate) fn run(family: Family, host: &str, port: &str) -> Result<Status, Error> {
    let port = parse_port(port).context(format_args!("port {port}"))?;
    let addresses = resolve(host, port, family)?;
    let mut failure = None;
    for (index, address) in addresses.iter().enumerate() {
        let result = if index + 1 < addresses.len() {
            TcpStream::connect_timeout(address, NEXT_ADDRESS_AFTER)
        } else {
            TcpStream::connect(address)
        };
        match result {
            Ok(stream) => {
                let text = format!("MOSH NAME {host}\nMOSH IP {}\n", numeric(address));
                io::stderr().write_all(text.as_bytes()).context("standard error")?;
                return copy(&stream);
            }
            Err(error) => failure = Some((address, error)),
        }
    }
    let (address, error) = failure.expect("resolve returns at least one address");
    Err(Error::new(format!("cannot connect to {host} ({address}): {error}")))
}

/// Copies both ways until either end closes.
fn copy(stream: &TcpStream) -> Result<Status, Error> {
    // ssh sends small packets and waits for answers.
    stream.set_nodelay(true).context("TCP")?;
    let mut upstream = stream.try_clone().context("TCP")?;
    let mut downstream = stream.try_clone().context("TCP")?;
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut upstream);
        // ssh is gone: the whole process has nothing left to do.
        std::process::exit(0);
    });
    match io::copy(&mut downstream, &mut Unbuffered) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("copying"),
        _ => Ok(Status::Success),
    }
}

/// Standard output without the standard library's line buffer.
struct Unbuffered;

impl io::Write for Unbuffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
