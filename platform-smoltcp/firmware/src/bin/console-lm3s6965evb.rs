//! The console of a board with 64 KiB of RAM: 40x12.
#![no_std]
#![no_main]

use mosh_core::screen::Size;
use mosh_core::storage::{StaticServer, server_rows};
use mosh_firmware::board::Lm3s6965evb;
use mosh_firmware::console::Device;
use mosh_firmware::nic::Frames;
use mosh_firmware::{net, stack};
use mosh_smoltcp::Console;
use static_cell::{ConstStaticCell, StaticCell};

const SIZE: Size = Size { columns: 40, rows: 12 };

/// Half of the largest message either way.
const MESSAGE: usize = 1024;

type Session = StaticServer<40, 12, { server_rows(12) }, MESSAGE>;

static SESSION: ConstStaticCell<Session> = ConstStaticCell::new(Session::new());
static SOCKETS: ConstStaticCell<net::Memory> = ConstStaticCell::new(net::Memory::new());
static FRAMES: ConstStaticCell<Frames> = ConstStaticCell::new(Frames::new());
static DEVICE: StaticCell<Device<Lm3s6965evb>> = StaticCell::new();
static CONSOLE: StaticCell<Console<'static>> = StaticCell::new();

#[cortex_m_rt::entry]
fn main() -> ! {
    stack::paint();
    let session = SESSION.take();
    let (frames, sockets) = (FRAMES.take(), SOCKETS.take());
    // SAFETY: the image is for this machine, and this is the only call.
    let device = DEVICE.init_with(|| unsafe { Device::start(frames, sockets) });
    device.run(SIZE, session.storage(), &CONSOLE)
}
