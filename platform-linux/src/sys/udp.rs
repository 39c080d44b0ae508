//! UDP with the ECN bits of IP, which the standard library does not reach.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd as _, BorrowedFd};

use super::os;

/// ECN-capable transport, codepoint ECT(0) (RFC 3168 §5), DSCP 0.
const ECT_0: libc::c_int = 0b10;
/// The two ECN bits of the TOS octet or traffic class, and "congestion experienced".
const CONGESTION_EXPERIENCED: libc::c_int = 0b11;

/// A datagram that lies at the front of the caller's buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received {
    pub(crate) len: usize,
    pub(crate) source: SocketAddr,
    /// A router marked it: congestion experienced.
    pub(crate) congestion: bool,
    /// It was longer than the buffer, and the rest is lost.
    pub(crate) truncated: bool,
}

/// Sets an integer option of a socket.
pub(crate) fn set_option(
    socket: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    let len = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the pointer is to a live integer whose size is given.
    let status = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const value).cast(), len)
    };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Makes an IPv6 socket (not bound yet) that takes IPv4 as well, or IPv6 alone.
///
/// The standard library binds at once, when it is too late to choose.
pub(crate) fn bind_v6(address: SocketAddrV6, v6_only: bool) -> io::Result<std::net::UdpSocket> {
    use std::os::fd::{FromRawFd as _, OwnedFd};
    // SAFETY: no pointers; a descriptor that is not -1 is new and ours.
    let socket = unsafe {
        let descriptor = libc::socket(libc::AF_INET6, libc::SOCK_DGRAM, 0);
        if descriptor == -1 {
            return Err(io::Error::last_os_error());
        }
        OwnedFd::from_raw_fd(descriptor)
    };
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);
    set_option(std::os::fd::AsFd::as_fd(&socket), level, name, v6_only.into())?;
    // SAFETY: sockaddr_in6 is a plain C structure; all zeroes is valid.
    let mut name: libc::sockaddr_in6 = unsafe { zeroed() };
    name.sin6_family = libc::AF_INET6 as libc::sa_family_t;
    name.sin6_port = address.port().to_be();
    name.sin6_addr.s6_addr = address.ip().octets();
    name.sin6_scope_id = address.scope_id();
    let len = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
    // SAFETY: the pointer is to a live structure whose size is given.
    let status = unsafe { libc::bind(socket.as_raw_fd(), (&raw const name).cast(), len) };
    if status == 0 { Ok(socket.into()) } else { Err(io::Error::last_os_error()) }
}

/// Marks what is sent as ECN-capable, asks for the mark of what arrives, and lets routers
/// fragment. A system that refuses any of it still carries datagrams, so nothing is reported.
pub(crate) fn prepare(socket: BorrowedFd<'_>, v6: bool) {
    if v6 {
        let _ = set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_TCLASS, ECT_0);
        let _ = set_option(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS, 1);
    }
    // Linux lets a dual-stack socket set the IPv4 options for the IPv4 traffic that it carries.
    let _ = set_option(socket, libc::IPPROTO_IP, libc::IP_TOS, ECT_0);
    let _ = set_option(socket, libc::IPPROTO_IP, libc::IP_RECVTOS, 1);
    let _ = os::allow_fragmentation(socket);
}

/// Receives one datagram without waiting.
///
/// # Errors
///
/// `WouldBlock` when there is none; otherwise what the network reported of an earlier one.
pub(crate) fn receive(socket: BorrowedFd<'_>, buf: &mut [u8]) -> io::Result<Received> {
    // SAFETY: both are plain C structures; all zeroes is valid.
    let mut name: libc::sockaddr_storage = unsafe { zeroed() };
    // SAFETY: as above.
    let mut message: libc::msghdr = unsafe { zeroed() };
    // Room for several control messages, aligned as their headers need it.
    let mut control = [0u64; 16];
    let mut part = libc::iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: buf.len() };
    message.msg_name = (&raw mut name).cast();
    message.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: every pointer in `message` is to a live value of the length given beside it.
    let len = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) };
    let len = usize::try_from(len).map_err(|_| io::Error::last_os_error())?;
    let source = socket_address(&name)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unknown address family"))?;
    // SAFETY: recvmsg filled in `message`, whose buffers are still alive.
    let traffic_class = unsafe { traffic_class(&message) };
    Ok(Received {
        len,
        source,
        congestion: traffic_class & CONGESTION_EXPERIENCED == CONGESTION_EXPERIENCED,
        truncated: message.msg_flags & libc::MSG_TRUNC != 0,
    })
}

/// Returns the TOS octet or traffic class among the control messages, 0 if there is none.
///
/// # Safety
///
/// `message` was filled in by recvmsg and its control buffer is alive.
unsafe fn traffic_class(message: &libc::msghdr) -> libc::c_int {
    // SAFETY: the macros walk the control buffer within the length that the kernel set.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        while !header.is_null() {
            let kind = ((*header).cmsg_level, (*header).cmsg_type);
            let data = libc::CMSG_DATA(header);
            // The IPv4 option is an octet, the IPv6 one an int (RFC 3542 §6.5).
            if kind == (libc::IPPROTO_IP, os::TOS_MESSAGE) {
                return data.read().into();
            }
            if kind == (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) {
                return data.cast::<libc::c_int>().read_unaligned();
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
    0
}

/// Converts an address that the kernel wrote. IPv4 inside IPv6 becomes IPv4.
fn socket_address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says which structure this is; the storage is large and aligned
            // enough for each.
            let name = unsafe { &*(&raw const *name).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(name.sin_port)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let name = unsafe { &*(&raw const *name).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(name.sin6_addr.s6_addr);
            let port = u16::from_be(name.sin6_port);
            Some(match ip.to_ipv4_mapped() {
                Some(ip) => SocketAddrV4::new(ip, port).into(),
                None => SocketAddrV6::new(ip, port, 0, name.sin6_scope_id).into(),
            })
        }
        _ => None,
    }
}
