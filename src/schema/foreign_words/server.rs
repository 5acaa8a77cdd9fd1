//! Words for the keys of a server.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

const SERVER: &[&str] = &["a server"];

pub(super) static WORDS: &[ForeignWords] = &[
    row(SERVER, "address addresses ipaddr ip_address ip_addr ipv4 host static inet", Here("ip", "")),
    row(
        SERVER,
        "netmask prefix prefixlen mask cidr subnet",
        Here("ip", "the address carries the prefix: `ip: 10.0.0.2/24`"),
    ),
    row(SERVER, "ipv6 ip6addr ipv6_address inet6", Here("ip6", "")),
    row(SERVER, "interface iface device dev nic nics ifname listen ethernets", Here("interfaces", "")),
    row(
        SERVER,
        "vlan vlans vlan_id",
        Here(
            "interfaces",
            "name the VLAN's interface, such as `interfaces: [eth0.20]`; each VLAN is a subnet",
        ),
    ),
    row(SERVER, "system distro distribution release", Here("os", "")),
    row(SERVER, "gateway gateway4 routers", In("a subnet", "routers", "")),
    row(SERVER, "dns nameservers", In("dhcp", "dns", "")),
    row(
        SERVER,
        "mtu",
        In(
            "dhcp",
            "options",
            "`options: { interface-mtu: 1400 }`; the server's own interface is not configured here",
        ),
    ),
    row(
        SERVER,
        "dhcp4 dhcp6 match set_name renderer optional routes link id parameters bond bonds bridge bridges vlan_raw_device",
        Instead("the server's own interfaces are configured elsewhere, as with netplan"),
    ),
    row(
        SERVER,
        "mac macaddress mac_address hwaddr hw_address",
        Instead("a server has no MAC address here; the machines that boot are `hosts`"),
    ),
    row(SERVER, "name hostname", Instead("the key above it is the server's name")),
    row(
        SERVER,
        "role roles service services dhcp tftp http nfs smb",
        Instead(
            "each service names its server, as in `dhcp: { server: NAME }`; with one server all run there",
        ),
    ),
];
