//! A network interface of this machine.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;

use socket2::{Domain, Socket, Type};

/// An interface that exists.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its MAC address as the kernel writes it; empty if it is not known.
    pub mac: String,
}

impl Interface {
    /// The names of all interfaces. `/sys` would show those of another network namespace, if it was mounted there.
    #[must_use]
    pub fn names() -> Vec<String> {
        let table = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
        let lines = table.lines().skip(2).filter_map(|line| line.split_once(':'));
        lines.map(|(name, _)| name.trim().to_owned()).collect()
    }

    /// The interface of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> io::Result<Self> {
        if !Self::names().iter().any(|known| known == name) {
            let what = format!("this machine has no interface `{name}`; it has {}", Self::names().join(", "));
            return Err(io::Error::new(io::ErrorKind::NotFound, what));
        }
        let mac = Path::new("/sys/class/net").join(name).join("address");
        let mac = fs::read_to_string(mac).unwrap_or_default().trim().to_owned();
        Ok(Self { name: name.to_owned(), mac })
    }

    /// Its own address for packets to another one; `None` without an address or a way.
    #[must_use]
    pub fn address_to(&self, to: Ipv4Addr) -> Option<Ipv4Addr> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).ok()?;
        socket.bind_device(Some(self.name.as_bytes())).ok()?;
        socket.set_broadcast(true).ok()?;
        // Nothing is sent: the kernel only chooses the address.
        socket.connect(&SocketAddrV4::new(to, 67).into()).ok()?;
        let own = *socket.local_addr().ok()?.as_socket_ipv4()?.ip();
        (!own.is_unspecified()).then_some(own)
    }
}
