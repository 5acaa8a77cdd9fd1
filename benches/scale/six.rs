//! Files about DHCPv6 that `ipxegen import` reads, each with any number of one thing.

use super::imports::{Shape, arch, kea_list, list, mac};

fn ip(at: usize) -> String {
    format!("2001:db8:0:{:x}::{:x}", at >> 16, (at & 0xffff) + 0x10)
}

/// The first four groups of a network.
fn net(at: usize) -> String {
    format!("2001:db8:{:x}:{:x}", at >> 16, at & 0xffff)
}

/// dhcpd's definition of the option that conditions ask for.
const ARCH: &str = "option dhcp6.arch code 61 = array of integer 16;\n";

fn subnet(at: usize) -> String {
    format!("subnet6 {}::/64 {{ }}\n", net(at))
}

fn host(at: usize) -> String {
    format!("host h{at} {{ hardware ethernet {}; fixed-address6 {}; }}\n", mac(at), ip(at))
}

fn condition(at: usize) -> String {
    format!(
        "if option dhcp6.arch = {} {{ option dhcp6.bootfile-url \"tftp://[2001:db8::1]/f{at}\"; }}\n",
        arch(at)
    )
}

/// The shapes of dhcpd6.conf.
pub const DHCPD: &[Shape] = &[
    ("networks", |size| {
        let network = |at| format!("subnet6 {0}::/64 {{ range6 {0}::9 {0}::99; }}\n", net(at));
        list(size, network, "", "")
    }),
    ("hosts", |size| list(size, host, &subnet(0), "")),
    ("options and networks", |size| {
        let option = |at| format!("option dhcp6.sntp-servers {};\n", ip(at));
        list(size, option, "", &list(size, subnet, "", ""))
    }),
    ("addresses of an option and networks", |size| {
        let head = format!("option dhcp6.name-servers {}", ip(0));
        list(size, |at| format!(", {}", ip(at)), &head, ";\n") + &list(size, subnet, "", "")
    }),
    ("addresses of an option and groups", |size| {
        let head = format!("option dhcp6.name-servers {}", ip(0));
        let group = |at| format!("group {{ {} }}\n", host(at));
        list(size, |at| format!(", {}", ip(at)), &head, ";\n") + &list(size, group, "", "")
    }),
    ("conditions", |size| list(size / 4, condition, ARCH, &subnet(0))),
    ("conditions and networks", |size| list(size / 2, condition, ARCH, &list(size, subnet, "", ""))),
    ("conditions and groups with a condition", |size| {
        let group = |at| format!("group {{ {} }}\n", condition(at));
        list(size, condition, ARCH, &list(size, group, "", ""))
    }),
    ("networks with a condition", |size| {
        let network = |at| subnet(at).replace("{ }", &format!("{{ {} }}", condition(at)));
        list(size / 4, network, ARCH, "")
    }),
];

/// The shapes of lines of dnsmasq.
pub const DNSMASQ: &[Shape] = &[
    ("networks", |size| {
        list(size, |at| format!("dhcp-range={0}::9,{0}::99,64,1h\n", net(at)), "interface=eth0\n", "")
    }),
    ("hosts", |size| {
        let host = |at| format!("dhcp-host={},[{}],h{at}\n", mac(at), ip(at));
        list(size, host, "interface=eth0\ndhcp-range=2001:db8::9,2001:db8::99,64,1h\n", "")
    }),
    ("options by the tag of many networks", |size| {
        let range = |at| format!("dhcp-range=set:r,{0}::9,{0}::99,64,1h\n", net(at));
        let option = |at| format!("dhcp-option=tag:r,option6:dns-server,[{}]\n", ip(at));
        list(size, range, "interface=eth0\n", &list(size, option, "", ""))
    }),
    ("tags and networks", |size| {
        let range = |at| format!("dhcp-range={0}::9,{0}::99,64,1h\n", net(at));
        let tag = |at| {
            format!(
                "dhcp-match=set:t{at},option6:61,7\ndhcp-option=tag:t{at},option6:bootfile-url,tftp://[2001:db8::1]/{at}\n"
            )
        };
        list(size / 4, range, "interface=eth0\n", &list(size / 4, tag, "", ""))
    }),
];

fn kea(members: &str) -> String {
    format!("{{ \"Dhcp6\": {{ {members} }} }}\n")
}

/// The shapes of kea-dhcp6.conf.
pub const KEA: &[Shape] = &[
    ("networks", |size| {
        let network = |at| format!("{{ \"id\": {}, \"subnet\": \"{}::/64\" }}", at + 1, net(at));
        kea(&kea_list("subnet6", size, network))
    }),
    ("hosts", |size| {
        let host =
            |at| format!("{{ \"hw-address\": \"{}\", \"ip-addresses\": [ \"{}\" ] }}", mac(at), ip(at));
        let hosts = kea_list("reservations", size, host);
        kea(&format!("\"subnet6\": [ {{ \"subnet\": \"2001:db8::/32\", {hosts} }} ]"))
    }),
    ("classes and networks", |size| {
        let class = |at| {
            let option =
                "\"option-data\": [ { \"name\": \"bootfile-url\", \"data\": \"tftp://[2001:db8::1]/f\" } ]";
            format!(
                "{{ \"name\": \"c{at}\", \"test\": \"option[61].hex == 0x{:04x}\", {option} }}",
                at & 0xffff
            )
        };
        let network = |at| format!("{{ \"id\": {}, \"subnet\": \"{}::/64\" }}", at + 1, net(at));
        kea(&format!(
            "{}, {}",
            kea_list("client-classes", size / 4, class),
            kea_list("subnet6", size, network)
        ))
    }),
    ("interfaces and networks", |size| {
        let network = |at| format!("{{ \"id\": {}, \"subnet\": \"{}::/64\" }}", at + 1, net(at));
        let interface = |at| format!("\"e{at}/{}\"", ip(at));
        let interfaces = kea_list("interfaces", size, interface);
        kea(&format!("\"interfaces-config\": {{ {interfaces} }}, {}", kea_list("subnet6", size, network)))
    }),
];
