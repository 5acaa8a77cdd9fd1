//! Files that `ipxegen import` reads, each with any number of one thing: `--growth import` measures them alone.

use std::fs;

use super::growth::Make;
use super::six;

/// What a shape repeats, and the text of a file with so many of it.
pub type Shape = (&'static str, fn(usize) -> String);

/// The files by their names, which tell their kinds, with their shapes.
const FILES: [(&str, &[Shape]); 12] = [
    ("dhcpd.conf", DHCPD),
    ("dnsmasq.conf", DNSMASQ),
    ("kea-dhcp4.conf", KEA),
    ("dhcpd6.conf", six::DHCPD),
    ("dnsmasq6.conf", six::DNSMASQ),
    ("kea-dhcp6.conf", six::KEA),
    ("menu.ipxe", MENU),
    ("hosts.csv", CSV),
    ("exports", EXPORTS),
    ("smb.conf", SMB),
    ("targets.conf", TGT),
    ("isc-dhcp-server", DEFAULTS),
];

/// All shapes, with their names and the name of the file to import.
pub fn imports() -> impl Iterator<Item = (String, &'static str, Make)> {
    let texts = FILES.iter().flat_map(|(file, shapes)| shapes.iter().map(move |shape| (*file, *shape)));
    let texts = texts.map(|(file, (name, text))| {
        let make: Make = Box::new(move |size, dir| Ok(fs::write(dir.join(file), text(size))?));
        (format!("import {file}: {name}"), file, make)
    });
    // dhcpd.conf and the files that it includes.
    let includes: Make = Box::new(|size, dir| {
        let include = |at| format!("include \"{at}.conf\";\n");
        fs::write(dir.join("dhcpd.conf"), list(size, include, LAN, ""))?;
        for at in 0..size {
            fs::write(dir.join(format!("{at}.conf")), host(at))?;
        }
        Ok(())
    });
    texts.chain([("import dhcpd.conf: includes".to_owned(), "dhcpd.conf", includes)])
}

/// So many pieces between a head and a tail.
pub fn list(size: usize, piece: impl FnMut(usize) -> String, head: &str, tail: &str) -> String {
    [head.to_owned(), (0..size).map(piece).collect(), tail.to_owned()].concat()
}

pub fn mac(at: usize) -> String {
    format!("52:54:00:{:02x}:{}", at >> 16, arch(at))
}

/// An address of the subnet of [`LAN`].
fn ip(at: usize) -> String {
    format!("10.1.{}.{}", (at >> 8) & 255, at & 255)
}

/// The first three octets of a network.
fn net(at: usize) -> String {
    format!("10.{}.{}", (at >> 8) & 255, at & 255)
}

/// A value of option 93.
pub fn arch(at: usize) -> String {
    format!("{:02x}:{:02x}", (at >> 8) & 255, at & 255)
}

fn host(at: usize) -> String {
    format!("host h{at} {{ hardware ethernet {}; fixed-address {}; }}\n", mac(at), ip(at))
}

const LAN: &str = "\
    option arch code 93 = unsigned integer 16;\n\
    subnet 10.0.0.0 netmask 255.0.0.0 { option routers 10.0.0.1; range 10.0.0.9 10.0.0.99; }\n";

const DHCPD: &[Shape] = &[
    ("hosts", |size| list(size, host, LAN, "")),
    ("hosts of a group", |size| list(size, host, &format!("{LAN}group {{\n"), "}\n")),
    ("groups", |size| {
        let group = |at| format!("group {{ option time-offset {at}; {} }}\n", host(at));
        list(size, group, LAN, "")
    }),
    ("groups with a file", |size| {
        let group =
            |at| format!("group {{ option time-offset {at}; filename \"f{}\"; {} }}\n", at % 50, host(at));
        list(size, group, LAN, "")
    }),
    ("hosts with a file", |size| {
        let host = |at| host(at).replace('}', &format!("filename \"f{at}\"; }}"));
        list(size, host, LAN, "")
    }),
    ("hosts with a condition", |size| {
        let condition = |at| format!("if option arch = 00:07 {{ filename \"f{at}\"; }} }}");
        list(size / 4, |at| host(at).replace('}', &condition(at)), LAN, "")
    }),
    ("hosts with verbatim text", |size| {
        let host = |at| host(at).replace('}', &format!("ddns-hostname \"h{at}\"; }}"));
        list(size, host, LAN, "")
    }),
    ("addresses of a host", |size| {
        list(size, |at| format!("hardware ethernet {};\n", mac(at)), &format!("{LAN}host a {{\n"), "}\n")
    }),
    ("subnets", |size| {
        let subnet = |at| {
            let net = net(at);
            format!(
                "subnet {net}.0 netmask 255.255.255.0 {{ option routers {net}.1; range {net}.9 {net}.20; }}\n"
            )
        };
        list(size, subnet, "", "")
    }),
    ("subnets with a condition", |size| {
        let subnet = |at| {
            let net = net(at);
            format!(
                "subnet {net}.0 netmask 255.255.255.0 {{ if option arch = 00:07 {{ filename \"f{at}\"; }} }}\n"
            )
        };
        list(size / 4, subnet, "option arch code 93 = unsigned integer 16;\n", "")
    }),
    ("subnets with servers by a condition", |size| {
        let subnet = |at| {
            let net = net(at);
            let boot = |server, file| format!("{{ next-server {net}.{server}; filename \"{file}\"; }}");
            let (efi, bios) = (boot(2, "grubx64.efi"), boot(3, "pxelinux.0"));
            format!("subnet {net}.0 netmask 255.255.255.0 {{ if option arch = 00:07 {efi} else {bios} }}\n")
        };
        list(size / 2, subnet, "option arch code 93 = unsigned integer 16;\n", "")
    }),
    ("subnets of a shared network", |size| {
        let subnet = |at| format!("subnet {}.0 netmask 255.255.255.0 {{ }}\n", net(at));
        list(size, subnet, "shared-network a {\n", "}\n")
    }),
    ("texts and subnets of a shared network", |size| {
        let subnet = |at| format!("subnet {}.0 netmask 255.255.255.0 {{ }}\n", net(at));
        let text = |at| {
            format!("ddns-hostname \"h{at}\"; if option arch = {} {{ filename \"f{at}\"; }}\n", arch(at))
        };
        let head = "option arch code 93 = unsigned integer 16;\nshared-network a {\n";
        list(size / 4, text, head, &list(size, subnet, "", "}\n"))
    }),
    ("texts and subnets", |size| {
        let subnet = |at| format!("subnet {}.0 netmask 255.255.255.0 {{ }}\n", net(at));
        let text =
            |at| format!("if option host-name = \"{at}\" {{ next-server h{at}; filename \"f{at}\"; }}\n");
        list(size / 4, text, "", &list(size, subnet, "", ""))
    }),
    ("texts and hosts of a group", |size| {
        let text = |at| format!("ddns-hostname \"h{at}\";\n");
        let host = |at| format!("host h{at} {{ uid \"{at}\"; }}\n");
        list(size, text, &format!("{LAN}group {{\n"), &list(size, host, "", "}\n"))
    }),
    ("shared networks", |size| {
        let shared = |at| {
            format!(
                "shared-network s{at} {{ option time-offset {at}; subnet {}.0 netmask 255.255.255.0 {{ }} }}\n",
                net(at)
            )
        };
        list(size, shared, "", "")
    }),
    ("pools", |size| {
        let pool = |at| format!("pool {{ range {} {}; }}\n", ip(2 * at), ip(2 * at + 1));
        list(size, pool, "subnet 10.0.0.0 netmask 255.0.0.0 {\n", "}\n")
    }),
    ("classes", |size| {
        let class = |at| {
            format!(
                "class \"c{at}\" {{ match if option vendor-class-identifier = \"v{at}\"; option time-offset {at}; }}\n"
            )
        };
        list(size, class, LAN, "")
    }),
    ("classes with a file", |size| {
        let class =
            |at| format!("class \"c{at}\" {{ match if option arch = {}; filename \"f{at}\"; }}\n", arch(at));
        list(size / 2, class, LAN, "")
    }),
    ("classes with a file and subnets", |size| {
        let class =
            |at| format!("class \"c{at}\" {{ match if option arch = {}; filename \"f{at}\"; }}\n", arch(at));
        let subnet = |at| {
            let net = net(at);
            let server = at % 250 + 1;
            format!(
                "subnet {net}.0 netmask 255.255.255.0 {{ next-server 10.0.0.{server}; filename \"g{at}\"; }}\n"
            )
        };
        list(size / 8, class, "", "") + &list(size / 4, subnet, "", "")
    }),
    ("conditions of a group and hosts of many subnets", |size| {
        let net = |at: usize| format!("10.{}.{}", at >> 8, at & 255);
        let subnet = |at| format!("subnet {}.0 netmask 255.255.255.0 {{ filename \"g{at}\"; }}\n", net(at));
        let condition = |at| format!("if option arch = {} {{ filename \"f{at}\"; }}\n", arch(at));
        let host = |at| {
            format!(
                "host h{at} {{ hardware ethernet {}; fixed-address {}.9; }}\n",
                mac(at),
                net(at % (size / 4))
            )
        };
        let head = "option arch code 93 = unsigned integer 16;\n";
        let group = list(size / 8, condition, "group {\n", &list(size, host, "", "}\n"));
        list(size / 4, subnet, head, &group)
    }),
    ("files of a group and hosts with a server", |size| {
        let file = |at| format!("filename \"f{at}\";\n");
        let host =
            |at| host(at).replace('}', &format!("next-server 10.0.{}.{}; }}", at >> 8 & 255, at & 255));
        list(size, file, &format!("{LAN}group {{\n"), &list(size, host, "", "}\n"))
    }),
    ("variables and classes with a file", |size| {
        let class =
            |at| format!("class \"c{at}\" {{ match if option arch = {}; filename \"f{at}\"; }}\n", arch(at));
        let variable = |at| format!("set v{at} = option arch;\n");
        list(size / 4, variable, LAN, &list(size / 4, class, "", ""))
    }),
    ("classes that set variables", |size| {
        let class = |at| {
            format!(
                "class \"c{at}\" {{ match if option arch = {}; filename \"f{at}\"; set v{at} = option arch; }}\n",
                arch(at)
            )
        };
        list(size / 4, class, LAN, "")
    }),
    ("name of a shared network and its subnets", |size| {
        let subnet = |at| format!("subnet {}.0 netmask 255.255.255.0 {{ }}\n", net(at));
        let name = "n".repeat(size * 20);
        list(size, subnet, &format!("# One wire with several subnets.\nshared-network {name} {{\n"), "}\n")
    }),
    ("options of two hosts", |size| {
        let define = |at| format!("option o{at} code {} = text;\n", 224 + at % 30);
        let options = |name: &str, end: usize| {
            let head = format!("host {name} {{ hardware ethernet {};\n", mac(end));
            list(size, |at| format!("option o{at} \"x\";\n"), &head, "}\n")
        };
        list(size, define, LAN, "") + &options("a", 1) + &options("b", 2)
    }),
    ("subnets of ipxegen's own with a server each", |size| {
        let subnet = |at| {
            let net = net(at);
            format!(
                "subnet {net}.0 netmask 255.255.255.0 {{\n  next-server {net}.2;\n  filename \"ipxe.efi\";\n}}\n"
            )
        };
        list(size / 2, subnet, "# Made by ipxegen\n", "")
    }),
    ("ipxegen's own subnets in one line", |size| {
        let subnet =
            |at| format!("subnet {}.0 netmask 255.255.255.0 {{ if known {{ }} x 1; y 2; }} ", net(at));
        list(size, subnet, "# Made by ipxegen\n", "\n")
    }),
    ("members of a class", |size| {
        let class = "class \"c\" { match hardware; option time-offset 1; }\n";
        list(size, |at| format!("subclass \"c\" 1:{};\n", mac(at)), &format!("{LAN}{class}"), "")
    }),
    ("option spaces", |size| {
        let space = |at| format!("option space s{at}; option s{at}.a code 1 = text; option s{at}.a \"x\";\n");
        list(size, space, LAN, "")
    }),
    ("definitions of options", |size| {
        let option = |at| format!("option o{at} code {} = text; option o{at} \"x\";\n", 224 + at % 30);
        list(size, option, LAN, "")
    }),
    ("unknown options", |size| list(size, |at| format!("option o{at} \"x\";\n"), LAN, "")),
    ("addresses of an option", |size| {
        list(size, |at| format!("{}, ", ip(at)), &format!("{LAN}option domain-name-servers "), "10.0.0.1;\n")
    }),
    ("words of one line", |size| list(size * 8, |_| "x ".to_owned(), &format!("{LAN}x "), ";\n")),
    ("bytes of a string", |size| {
        list(size * 20, |_| "x".to_owned(), &format!("{LAN}option domain-name \""), "\";\n")
    }),
    ("comments", |size| list(size * 4, |at| format!("# comment {at}\n"), LAN, "")),
    ("hosts of one line", |size| list(size, |at| host(at).replace('\n', " "), &LAN.replace('\n', " "), "")),
    ("open braces", |size| list(size * 8, |_| "group {\n".to_owned(), LAN, "")),
    ("closing braces", |size| list(size * 2, |_| "}\n".to_owned(), LAN, "")),
    ("else-ifs", |size| {
        let branch = |at| format!("elsif option arch = {} {{ filename \"f{at}\"; }}\n", arch(at));
        list(size / 2, branch, &format!("{LAN}if option arch = 00:07 {{ filename \"f\"; }}\n"), "")
    }),
    ("ifs", |size| {
        let branch = |at| format!("if option arch = {} {{ filename \"f{at}\"; }}\n", arch(at));
        list(size / 4, branch, LAN, "")
    }),
    ("cases of a switch", |size| {
        let case = |at| format!("case {}: filename \"f{at}\"; break;\n", arch(at));
        list(size, case, &format!("{LAN}switch (option arch) {{\n"), "}\n")
    }),
    ("alternatives of a condition", |size| {
        let or = |at| format!("or option arch = {} ", arch(at));
        list(size, or, &format!("{LAN}if option arch = 00:07 "), "{ filename \"f\"; }\n")
    }),
    ("brackets of a condition", |size| {
        let open = format!("{LAN}if {}", "(".repeat(size * 8));
        format!("{open}option arch = 00:07{} {{ filename \"f\"; }}\n", ")".repeat(size * 8))
    }),
    ("variables", |size| list(size, |at| format!("set v{at} = option arch;\n"), LAN, "")),
    ("keys and zones", |size| {
        let key = |at| {
            format!(
                "key k{at} {{ algorithm hmac-md5; secret abcd; }}\nzone z{at}. {{ primary 10.0.0.1; key k{at}; }}\n"
            )
        };
        list(size / 2, key, LAN, "")
    }),
];

const RANGE: &str = "interface=eth0\ndhcp-range=10.0.0.9,10.0.0.99,255.0.0.0,1h\n";

const DNSMASQ: &[Shape] = &[
    ("hosts", |size| list(size, |at| format!("dhcp-host={},{},h{at}\n", mac(at), ip(at)), RANGE, "")),
    ("ranges and routers", |size| {
        let range = |at| format!("dhcp-range={0}.9,{0}.99,255.255.255.0,1h\ndhcp-option=3,{0}.1\n", net(at));
        list(size, range, "", "")
    }),
    ("ranges with a tag and a router", |size| {
        let range = |at| {
            format!(
                "dhcp-range=set:r{at},{0}.9,{0}.99,255.255.255.0,1h\ndhcp-option=tag:r{at},3,{0}.1\n",
                net(at)
            )
        };
        list(size, range, "interface=eth0\n", "")
    }),
    ("interfaces", |size| list(size, |at| format!("interface=e{at}\n"), RANGE, "")),
    ("tags", |size| {
        let tag = |at| format!("dhcp-match=set:t{at},option:client-arch,7\ndhcp-boot=tag:t{at},f{at}\n");
        list(size, tag, RANGE, "")
    }),
    ("tags of ranges", |size| {
        let range = |at| {
            format!(
                "dhcp-range=set:r{at},{0}.9,{0}.99,255.255.255.0,1h\ndhcp-boot=tag:r{at},f{at}\n",
                net(at)
            )
        };
        let tag = |at| {
            format!(
                "tag-if=set:i{at},tag:r{at},tag:t{at}\ndhcp-match=set:t{at},93,7\ndhcp-boot=tag:!i{at},g{at}\n"
            )
        };
        list(size / 4, range, "interface=eth0\n", &list(size / 4, tag, "", ""))
    }),
    ("options by the tag of many ranges", |size| {
        let range = |at| format!("dhcp-range=set:r,{0}.9,{0}.99,255.255.255.0,1h\n", net(at));
        let option = |at| format!("dhcp-option=tag:r,6,{}\n", ip(at));
        list(size, range, "interface=eth0\n", &list(size, option, "", ""))
    }),
    ("fields of one line", |size| {
        list(size, |at| format!(",{}", ip(at)), &format!("{RANGE}dhcp-option=6"), "\n")
    }),
    ("other settings", |size| list(size, |at| format!("dhcp-ignore=tag:t{at}\n"), RANGE, "")),
];

/// Kea's configuration with this in it.
fn kea(members: &str) -> String {
    format!("{{ \"Dhcp4\": {{ \"interfaces-config\": {{ \"interfaces\": [ \"eth0\" ] }}, {members} }} }}\n")
}

/// A list of a member.
pub fn kea_list(name: &str, size: usize, item: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = (0..size).map(item).collect();
    format!("\"{name}\": [ {} ]", items.join(",\n"))
}

fn kea_reservation(at: usize) -> String {
    format!("{{ \"hw-address\": \"{}\", \"ip-address\": \"{}\", \"hostname\": \"h{at}\" }}", mac(at), ip(at))
}

fn kea_class(at: usize) -> String {
    format!(
        "{{ \"name\": \"c{at}\", \"test\": \"option[93].hex == 0x{:04x}\", \"boot-file-name\": \"f{at}\" }}",
        at & 0xffff
    )
}

const KEA: &[Shape] = &[
    ("hosts", |size| {
        let hosts = kea_list("reservations", size, kea_reservation);
        kea(&format!("\"subnet4\": [ {{ \"subnet\": \"10.0.0.0/8\", {hosts} }} ]"))
    }),
    ("hosts of one line", |size| {
        let hosts = kea_list("reservations", size, kea_reservation).replace('\n', " ");
        kea(&format!("\"subnet4\": [ {{ \"subnet\": \"10.0.0.0/8\", {hosts} }} ]"))
    }),
    ("addresses of a host", |size| {
        let card = |at| format!("{{ \"hw-address\": \"{}\", \"hostname\": \"h\" }}", mac(at));
        let hosts = kea_list("reservations", size, card);
        kea(&format!("\"subnet4\": [ {{ \"subnet\": \"10.0.0.0/8\", {hosts} }} ]"))
    }),
    ("subnets and classes", |size| {
        let subnet = |at| format!("{{ \"id\": {}, \"subnet\": \"{}.0/24\" }}", at + 1, net(at));
        let classes = kea_list("client-classes", size / 4, kea_class);
        kea(&format!("{classes}, {}", kea_list("subnet4", size, subnet)))
    }),
    ("shared networks", |size| {
        let subnet =
            |at| format!("\"subnet4\": [ {{ \"id\": {}, \"subnet\": \"{}.0/24\" }} ]", at + 1, net(at));
        kea(&kea_list("shared-networks", size, |at| format!("{{ \"name\": \"s{at}\", {} }}", subnet(at))))
    }),
    ("options and subnets of a shared network", |size| {
        let subnet = |at| format!("{{ \"id\": {}, \"subnet\": \"{}.0/24\" }}", at + 1, net(at));
        let option = |at| format!("{{ \"code\": {}, \"data\": \"x\" }}", at % 200);
        let options = kea_list("option-data", size, option);
        let subnets = kea_list("subnet4", size, subnet);
        kea(&kea_list("shared-networks", 1, |_| format!("{{ \"name\": \"s\", {options}, {subnets} }}")))
    }),
    ("subnets with a server and hosts with a file", |size| {
        let subnet = |at| {
            let host = kea_reservation(at).replace('}', &format!(", \"boot-file-name\": \"f{at}\" }}"));
            let says = format!("\"next-server\": \"10.0.0.1\", \"reservations\": [ {host} ]");
            format!("{{ \"id\": {}, \"subnet\": \"{}.0/24\", {says} }}", at + 1, net(at))
        };
        kea(&kea_list("subnet4", size / 4, subnet))
    }),
    ("classes of other clients", |size| {
        let other = |at| kea_class(at).replace("option[93].hex", "pkt4.mac");
        let both = |at| format!("{}, {}", kea_class(at), other(at));
        kea(&kea_list("client-classes", size / 4, both))
    }),
    ("options", |size| {
        kea(&kea_list("option-data", size, |at| format!("{{ \"code\": {}, \"data\": \"x\" }}", at % 200)))
    }),
    ("classes of a list", |size| {
        let class = |at| kea_class(at).replace("\"name\"", "\"only-in-additional-list\": true, \"name\"");
        let listed = kea_list("evaluate-additional-classes", size / 2, |at| format!("\"c{at}\""));
        kea(&format!("{listed}, {}", kea_list("client-classes", size / 2, class)))
    }),
    ("alternatives of a test", |size| {
        let tests: Vec<String> =
            (0..size).map(|at| format!("option[93].hex == 0x{:04x}", at & 0xffff)).collect();
        let class = |_| {
            format!("{{ \"name\": \"c\", \"boot-file-name\": \"f\", \"test\": \"{}\" }}", tests.join(" or "))
        };
        kea(&kea_list("client-classes", 1, class))
    }),
    ("nested values", |size| {
        let items = vec!["{ \"a\": 1 }"; size].join(", ");
        kea(&format!("\"x\": {}{items}{}", "[".repeat(50), "]".repeat(50)))
    }),
    ("open lists", |size| format!("{{ \"Dhcp4\": {}", "[".repeat(size * 8))),
    ("comments", |size| list(size * 4, |_| "# x\n".to_owned(), "", &kea(""))),
];

/// A menu with these items, and the lines behind it.
fn menu(items: &str, lines: &str) -> String {
    format!("#!ipxe\n:start\nmenu Boot\n{items}choose a && goto ${{a}} || goto start\n{lines}")
}

fn items(size: usize) -> String {
    list(size, |at| format!("item e{at} Entry {at}\n"), "", "")
}

const MENU: &[Shape] = &[
    ("entries", |size| {
        let entry = |at| {
            format!(
                ":e{at}\nkernel http://10.0.0.1/tftpboot/e{at}/vmlinuz quiet\ninitrd http://10.0.0.1/tftpboot/e{at}/initrd\nboot || goto start\n"
            )
        };
        menu(&items(size / 2), &list(size / 2, entry, "", ""))
    }),
    ("entries with lines of their own", |size| {
        let entry = |at| format!(":e{at}\nfoo {at}\nchain http://${{x}}/{at} || goto start\n");
        menu(&items(size / 2), &list(size / 2, entry, "", ""))
    }),
    ("entries with common lines", |size| {
        let entry = |at| format!(":e{at}\nset x {at}\ngoto common\n");
        menu(&items(size / 2), &list(size / 2, entry, "", ":common\nfoo ${x}\nchain ${x}\n"))
    }),
    ("entries that run into each other", |size| {
        menu(&items(size / 2), &list(size / 2, |at| format!(":e{at}\nfoo {at}\n"), "", ""))
    }),
    ("labels without an item", |size| {
        menu("item e0 Entry\n", &list(size / 2, |at| format!(":e{at}\nfoo {at}\ngoto e{}\n", at + 1), "", ""))
    }),
    ("screens", |size| {
        let items = list(size / 4, |at| format!("item m{at} Menu {at}\n"), "", "");
        let screen = |at| {
            format!(
                ":m{at}\nmenu Sub {at}\nitem e{at} Entry\nchoose a && goto ${{a}} || goto start\n:e{at}\nchain http://${{y}}/{at} || goto m{at}\n"
            )
        };
        menu(&items, &list(size / 4, screen, "", ""))
    }),
    ("settings", |size| {
        let set = |at| format!("set v{at} ${{v{}}}x\n", usize::saturating_sub(at, 1));
        list(size, set, "#!ipxe\n", &menu("item a A ${v9}\n", ":a\nchain ${v99}\n"))
    }),
    ("folders by architecture", |size| {
        let set = |at| format!("cpuid --ext 29 && set arch x{at} || set arch y{at}\n");
        list(size, set, "#!ipxe\n", &menu("item a A\n", ":a\nshell\n"))
    }),
    ("initrds", |size| {
        let initrd = |at| format!("initrd http://10.0.0.1/tftpboot/a/i{at}\n");
        menu("item a A\n", &list(size, initrd, ":a\nkernel http://10.0.0.1/tftpboot/a/k\n", "boot\n"))
    }),
    ("arguments", |size| {
        let kernel = ":a\nkernel http://10.0.0.1/tftpboot/a/k";
        menu("item a A\n", &list(size, |at| format!(" a{at}=b"), kernel, "\nboot\n"))
    }),
    ("lines of an entry", |size| menu("item a A\n", &list(size, |at| format!("foo {at}\n"), ":a\n", ""))),
    ("alternatives of a line", |size| {
        menu("item a A\n", &list(size, |_| "|| x ".to_owned(), ":a\nfoo ", "\n"))
    }),
];

const CSV: &[Shape] = &[
    ("rows", |size| {
        list(size, |at| format!("h{at},{},{},room\n", mac(at), ip(at)), "name,mac,ip,group\n", "")
    }),
    ("groups", |size| {
        list(size, |at| format!("h{at},{},{},g{at}\n", mac(at), ip(at)), "name,mac,ip,group\n", "")
    }),
    ("rows of a host", |size| list(size, |at| format!("h,{}\n", mac(at)), "name,mac\n", "")),
    ("addresses of a cell", |size| list(size, |at| format!("{} ", mac(at)), "name,mac\nh,", "\n")),
    ("columns", |size| list(size * 4, |at| format!(",c{at}"), "name,mac", "\nh,52:54:00:00:00:01\n")),
];

const EXPORTS: &[Shape] = &[
    ("exports", |size| list(size, |at| format!("/srv/n{at} 10.0.0.0/8(ro)\n"), "", "")),
    ("clients", |size| list(size, |at| format!("{}(ro) ", ip(at)), "/srv/a ", "\n")),
    ("options for many clients", |size| {
        let options = list(size, |at| format!(",o{at}"), "/srv/a -ro", " ");
        list(size, |at| format!("{} ", ip(at)), &options, "\n")
    }),
];

const SMB: &[Shape] = &[
    ("shares", |size| list(size, |at| format!("[s{at}]\npath = /srv/s{at}\nguest ok = yes\n"), "", "")),
    ("settings", |size| list(size, |at| format!("x{at} = y\n"), "[global]\n", "")),
    ("parts of a share", |size| list(size, |at| format!("[s]\npath = /srv/s{at}\n"), "", "")),
];

const TGT: &[Shape] = &[
    ("targets", |size| {
        let target = |at| {
            format!(
                "<target iqn.2020-01.x:t{at}>\n backing-store /dev/vg/t{at}\n initiator-address {}\n incominguser u p{at}\n</target>\n",
                ip(at)
            )
        };
        list(size, target, "", "")
    }),
    // Many passwords that begin with other ones: at fewer, the automaton that masks them costs less than all else.
    ("accounts", |size| list(8 * size, |at| format!("incominguser u{at} p{at}\n"), "", "")),
    ("open blocks", |size| "<target a>\n".repeat(size)),
];

const DEFAULTS: &[Shape] = &[("lines", |size| list(size, |at| format!("X{at}=y\n"), "", ""))];
