//! What needs the C library directly, and what differs between systems.
//!
//! The only `unsafe` code of the crate lives in this folder. Linux, FreeBSD and macOS are told
//! apart here, by file, and nowhere else: [`os`] is the one that fits.

#[cfg(target_os = "freebsd")]
#[path = "freebsd.rs"]
pub(crate) mod os;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
pub(crate) mod os;
#[cfg(target_vendor = "apple")]
#[path = "macos.rs"]
pub(crate) mod os;

pub(crate) mod account;
pub(crate) mod process;
pub(crate) mod signals;
pub(crate) mod udp;
