//! The owner's side of derived keys: prints the key of one session with a device.
//!
//! ```text
//! $ export DEVICE_SECRET=000102030405060708090a0b0c0d0e0f
//! $ MOSH_KEY=$(cargo run -q -p mosh-smoltcp --example key -- 7) mosh-client 192.0.2.1 60001
//! ```
//!
//! The number is the one that the device says it waits for. Never derive the key of one number for
//! two runs of a client: its nonces begin again with each.

use std::error::Error;

use mosh_smoltcp::keys::DeviceSecret;

fn main() -> Result<(), Box<dyn Error>> {
    let number = std::env::args().nth(1).ok_or("usage: key NUMBER")?.parse()?;
    // Not an argument, which other users of the machine could read.
    let secret = std::env::var("DEVICE_SECRET")?;
    let digits = secret.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).map_err(|_| "DEVICE_SECRET is not hexadecimal")?;
        u8::from_str_radix(pair, 16).map_err(|_| "DEVICE_SECRET is not hexadecimal")
    });
    let bytes: Vec<u8> = digits.collect::<Result<_, _>>()?;
    let bytes = bytes.try_into().map_err(|_| "DEVICE_SECRET is not 32 hexadecimal digits")?;
    println!("{}", DeviceSecret::from_bytes(bytes).key(number).text().as_str());
    Ok(())
}
