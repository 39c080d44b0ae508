//! From the name of a host to its addresses, in the order in which to use them.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use super::options::Family;
use crate::error::{Context as _, Error, Status};

/// Returns the addresses of `host` that `family` wants, best first, never none.
///
/// # Errors
///
/// Names the host when it has no (such) address.
pub(crate) fn resolve(host: &str, port: u16, family: Family) -> Result<Vec<SocketAddr>, Error> {
    let found = look_up(host, port)
        .context(format_args!("cannot find the address of {host}; check the name"))
        .map_err(|error| error.with_status(Status::NoAddress))?;
    select(found, family)
        .map_err(|reason| Error::new(format!("{host} {reason}")).with_status(Status::NoAddress))
}

/// Asks the resolver. A numeric address needs none.
pub(crate) fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let mut found: Vec<SocketAddr> = Vec::new();
    for address in (host, port).to_socket_addrs()? {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}

/// Applies the family: leaves out or reorders. Says what is missing if nothing is left.
pub(crate) fn select(
    mut addresses: Vec<SocketAddr>,
    family: Family,
) -> Result<Vec<SocketAddr>, &'static str> {
    let (v4, v6) = (SocketAddr::is_ipv4, SocketAddr::is_ipv6);
    match family {
        Family::Inet => addresses.retain(v4),
        Family::Inet6 => addresses.retain(v6),
        // The sort is stable: the resolver's order stays within a family.
        Family::PreferInet => addresses.sort_by_key(v6),
        Family::PreferInet6 => addresses.sort_by_key(v4),
        Family::All => {}
        Family::Auto => {
            if addresses.iter().any(v4) && addresses.iter().any(v6) {
                return Err("has IPv4 and IPv6 addresses; choose with -4 or -6");
            }
        }
    }
    if addresses.is_empty() {
        return Err(match family {
            Family::Inet => "has no IPv4 address; leave out -4 or use -6",
            Family::Inet6 => "has no IPv6 address; leave out -6 or use -4",
            _ => "has no address",
        });
    }
    Ok(addresses)
}

/// Writes an address as a numeric host: without port, with the scope where there is one.
pub(crate) fn numeric(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V6(address) if address.scope_id() != 0 => {
            format!("{}%{}", address.ip(), address.scope_id())
        }
        _ => address.ip().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_select_and_order() {
        let list = |text: &str| -> Vec<SocketAddr> {
            text.split_whitespace().map(|word| SocketAddr::new(word.parse().unwrap(), 1)).collect()
        };
        let mixed = "::1 10.0.0.1 ::2 10.0.0.2";
        for (family, addresses, expected) in [
            (Family::Inet, mixed, Some("10.0.0.1 10.0.0.2")),
            (Family::Inet6, mixed, Some("::1 ::2")),
            (Family::PreferInet, mixed, Some("10.0.0.1 10.0.0.2 ::1 ::2")),
            (Family::PreferInet6, mixed, Some("::1 ::2 10.0.0.1 10.0.0.2")),
            (Family::All, mixed, Some(mixed)),
            (Family::Auto, mixed, None),
            (Family::Auto, "::1 ::2", Some("::1 ::2")),
            (Family::Inet, "::1", None),
            (Family::Inet6, "10.0.0.1", None),
            (Family::All, "", None),
        ] {
            assert_eq!(select(list(addresses), family).ok(), expected.map(list), "{family}");
        }
    }

    #[test]
    fn numeric_addresses_need_no_resolver() {
        for text in ["127.0.0.1", "::1"] {
            let found = resolve(text, 22, Family::PreferInet).unwrap();
            assert_eq!(found.iter().map(numeric).collect::<Vec<_>>(), [text]);
        }
        let error = resolve("127.0.0.1", 22, Family::Inet6).unwrap_err();
        assert_eq!(error.status(), Status::NoAddress);
    }
}
