//! A board under QEMU: it is switched on and off, and its serial port is the console on the desk.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{self, Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::router::Router;
use crate::processes::Marker;
use crate::terminal::SOON;
use crate::{Outcome, poll};

/// What keeps its content while the power is off, as the firmware knows it.
const EEPROM: &str = "eeprom.bin";

/// What comes out of the second serial port.
const TOLD: &str = "told.bin";

/// A board and what is needed to run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// QEMU's name of the machine.
    pub name: &'static str,
    /// QEMU's name of its network card.
    pub card: &'static str,
    /// What rustc compiles for it.
    pub target: &'static str,
}

/// What a board is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It offers its console: a server.
    Console,
    /// It is somebody's terminal: a client.
    Viewer,
}

/// Firmware for a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Firmware {
    /// What its image is called.
    pub name: &'static str,
    /// What it runs on.
    pub board: Board,
    /// What it makes of the board.
    pub role: Role,
    /// The largest screen that it has room for, columns and rows.
    pub size: (u16, u16),
    /// The RAM that it may use, in KiB.
    pub ram: usize,
    /// The features that it is built with, with commas.
    pub features: &'static str,
}

const LM3S6965EVB: Board =
    Board { name: "lm3s6965evb", card: "stellaris", target: "thumbv7m-none-eabi" };
const MPS2_AN386: Board =
    Board { name: "mps2-an386", card: "lan9118", target: "thumbv7em-none-eabihf" };

/// All whose memory is measured.
pub const FIRMWARE: [Firmware; 4] = [
    Firmware {
        name: "console-lm3s6965evb",
        board: LM3S6965EVB,
        role: Role::Console,
        size: (40, 12),
        ram: 64,
        features: "",
    },
    Firmware {
        name: "console-mps2-an386",
        board: MPS2_AN386,
        role: Role::Console,
        size: (80, 24),
        ram: 128,
        features: "",
    },
    Firmware {
        name: "viewer-40x12-mps2-an386",
        board: MPS2_AN386,
        role: Role::Viewer,
        size: (40, 12),
        ram: 100,
        features: "",
    },
    Firmware {
        name: "viewer-80x24-mps2-an386",
        board: MPS2_AN386,
        role: Role::Viewer,
        size: (80, 24),
        ram: 172,
        features: "",
    },
];

/// One that tells what happens, through `defmt`.
pub const TELLING: Firmware = Firmware {
    name: "console-defmt-mps2-an386",
    board: MPS2_AN386,
    role: Role::Console,
    size: (80, 24),
    ram: 128,
    features: "defmt",
};

/// A board on a desk.
#[derive(Debug)]
pub(super) struct Machine {
    board: Board,
    image: PathBuf,
    /// Where its EEPROM is.
    desk: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
    /// What QEMU has to say, and the firmware's panics.
    warned: Arc<Mutex<Vec<u8>>>,
}

impl Machine {
    /// Puts a board onto the desk, with an EEPROM of this content.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub(super) fn new(board: Board, image: &Path, desk: &Path, eeprom: &[u8]) -> Outcome<Self> {
        let file = desk.join(EEPROM);
        fs::write(&file, eeprom).map_err(|error| format!("{}: {error}", file.display()))?;
        // QEMU starts on the desk, from where a relative path leads elsewhere.
        let image = path::absolute(image).map_err(|error| error.to_string())?;
        Ok(Self { board, image, desk: desk.to_owned(), running: None })
    }

    /// Switches it on.
    ///
    /// # Errors
    ///
    /// If QEMU cannot be started.
    pub(super) fn power_on(&mut self, marker: &Marker, router: &Router) -> Outcome {
        self.power_off();
        let (wire, board) = router.wire();
        let mut command = Command::new("qemu-system-arm");
        marker.mark(&mut command);
        command.current_dir(&self.desk).args(["-M", self.board.name]);
        command.args(["-display", "none", "-monitor", "none", "-serial", "stdio"]);
        command.args(["-serial", &format!("file:{TOLD}")]);
        command.args(["-semihosting-config", "enable=on,target=native"]);
        let nic = format!("socket,model={},udp={wire},localaddr={board}", self.board.card);
        command.args(["-nic", &nic]).arg("-kernel").arg(&self.image);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("qemu-system-arm: {error}"))?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let serial = child.stdout.take().ok_or("no pipe")?;
        // A panic of the firmware is told there, past the serial port.
        let stderr = child.stderr.take().ok_or("no pipe")?;
        let warned = Arc::default();
        listen(serial, &said);
        listen(stderr, &warned);
        self.running = Some(Running { child, said, warned });
        Ok(())
    }

    /// Pulls the plug.
    pub(super) fn power_off(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }

    /// Types at the console on the desk.
    ///
    /// # Errors
    ///
    /// If the machine is off.
    pub(super) fn type_at_console(&self, keys: &[u8]) -> Outcome {
        let running = self.running.as_ref().ok_or("the machine is off")?;
        let mut serial = running.child.stdin.as_ref().ok_or("no pipe")?;
        serial.write_all(keys).and_then(|()| serial.flush()).map_err(|error| error.to_string())
    }

    /// What the console on the desk has shown since the machine was switched on.
    pub(super) fn said(&self) -> String {
        self.running.as_ref().map(|running| text(&running.said)).unwrap_or_default()
    }

    /// The same as it came.
    pub(super) fn output(&self) -> Vec<u8> {
        self.running.as_ref().map(|running| bytes(&running.said)).unwrap_or_default()
    }

    /// What has come out of the second serial port since the machine was switched on.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub(super) fn told(&self) -> Outcome<Vec<u8>> {
        let file = self.desk.join(TOLD);
        match fs::read(&file) {
            // The machine has not begun yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read.map_err(|error| format!("{}: {error}", file.display())),
        }
    }

    /// What was said beside it: the end of a firmware that panics.
    pub(super) fn warned(&self) -> String {
        self.running.as_ref().map(|running| text(&running.warned)).unwrap_or_default()
    }

    /// Waits until the console on the desk has printed the keys of `count` sessions since it was
    /// switched on, and returns the last: its port and its key.
    ///
    /// # Errors
    ///
    /// If it does not.
    pub(super) fn wait_for_session(&self, count: usize) -> Outcome<(u16, String)> {
        let connect = || {
            let said = self.said();
            // Only whole lines.
            let (whole, _) = said.rsplit_once('\n')?;
            let mut found = whole.lines().filter_map(|line| line.strip_prefix("MOSH CONNECT "));
            let (port, key) = found.nth(count - 1)?.trim_end().split_once(' ')?;
            Some((port.parse().ok()?, key.to_owned()))
        };
        poll::until(SOON, connect)
            .ok_or_else(|| format!("no session was opened; the board said: {:?}", self.said()))
    }
}

fn bytes(said: &Mutex<Vec<u8>>) -> Vec<u8> {
    said.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn text(said: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&bytes(said)).into_owned()
}

/// Takes down what comes, until QEMU ends.
fn listen(mut from: impl Read + Send + 'static, said: &Arc<Mutex<Vec<u8>>>) {
    let said = Arc::clone(said);
    thread::spawn(move || {
        let mut buf = [0; 4096];
        while let Ok(len @ 1..) = from.read(&mut buf) {
            said.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buf[..len]);
        }
    });
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.power_off();
    }
}
