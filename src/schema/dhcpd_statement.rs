//! Help for statements of dhcpd.conf that are pasted into site.yaml.

/// The help for the statement of dhcpd.conf that a text begins with.
pub(super) fn dhcpd_statement(text: &str) -> Option<String> {
    let mut words = words(text);
    let first = words.next()?;
    let second = words.next().unwrap_or_default();
    let third = words.next().unwrap_or_default();
    let text = text.trim_start();
    let head = text.split(['{', '}', ';', '\n']).next().unwrap_or_default();
    let ended = text.get(head.len()..).is_some_and(|rest| rest.trim_start().starts_with(['{', ';']));
    if !ended || head.contains(": ") {
        return None;
    }
    let verbatim = "; what has no key goes in verbatim: `raw: { dhcpd: '…' }`";
    Some(match first {
        "host" => {
            let block = text.split('}').next().unwrap_or_default();
            let mac = after(block, "ethernet").unwrap_or("52:54:00:12:34:56");
            let ip = after(block, "fixed-address").map(|ip| format!(", ip: {ip}")).unwrap_or_default();
            format!("write `hosts: {{ {second}: {{ mac: \"{mac}\"{ip} }} }}`{verbatim}")
        }
        "subnet" => {
            let cidr = prefix(words.next().unwrap_or_default());
            let cidr = cidr.map_or_else(|| "10.0.0.0/24".to_owned(), |bits| format!("{second}/{bits}"));
            format!("write `subnets: {{ lan: {{ cidr: {cidr}, ranges: …, routers: … }} }}`{verbatim}")
        }
        "range" => format!("write `ranges: {second}-{third}` in a subnet"),
        "hardware" => format!("write `mac: \"{third}\"`"),
        "fixed-address" => format!("write `ip: {second}`"),
        "next-server" => format!("write `next_server: {second}` in a subnet, a class, a group or a host"),
        "filename" => {
            "write `loaders: { bios: …, efi_x64: … }`: the loader of each kind of client; or `file` at a host"
                .to_owned()
        }
        "option" => format!("{}{verbatim}", option(second)),
        "default-lease-time" | "max-lease-time" | "min-lease-time" => {
            format!("write `{}: {second}`, under `dhcp` or in a subnet", first.replace('-', "_"))
        }
        "log-facility" => format!("write `dhcp: {{ log_facility: {second} }}`"),
        "authoritative" => "write `dhcp: { authoritative: true }`".to_owned(),
        "shared-network" => format!("write `shared_network: {second}` in each subnet of it"),
        "group"
        | "class"
        | "subclass"
        | "pool"
        | "zone"
        | "key"
        | "if"
        | "else"
        | "elsif"
        | "include"
        | "allow"
        | "deny"
        | "ignore"
        | "ddns-update-style"
        | "ddns-updates"
        | "use-host-decl-names"
        | "server-name"
        | "server-identifier"
        | "one-lease-per-client"
        | "failover"
        | "set"
        | "match"
        | "send" => {
            format!("each statement has a key of its own (docs/site.md){verbatim}")
        }
        _ => return None,
    })
}

/// The help for an option of dhcpd.conf.
fn option(name: &str) -> String {
    match name {
        "routers" => "write `routers: …` in a subnet".to_owned(),
        "domain-name-servers" => "write `dns: …` in a subnet or under `dhcp`".to_owned(),
        "domain-name" => "write `domain: …`".to_owned(),
        "domain-search" => "write `domain_search: …`".to_owned(),
        "ntp-servers" => "write `ntp: …`".to_owned(),
        "broadcast-address" => "write `broadcast: …` in a subnet".to_owned(),
        "root-path" => {
            "write `root_path: …` at a host, a group, a class or a subnet, or under `dhcp`".to_owned()
        }
        "host-name" => "write `host_name: …` at a host".to_owned(),
        "subnet-mask" => "leave it out: it follows from the subnet's `cidr`".to_owned(),
        name => format!("write `options: {{ {name}: … }}`"),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| char.is_whitespace() || matches!(char, ';' | '{' | '}'))
        .filter(|word| !word.is_empty())
}

/// The word behind another one.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    words(text).skip_while(|found| *found != word).nth(1)
}

/// The bits of a netmask.
fn prefix(mask: &str) -> Option<u32> {
    let bits = u32::from(mask.parse::<std::net::Ipv4Addr>().ok()?);
    (bits.leading_ones() + bits.trailing_zeros() == 32 || bits == u32::MAX).then_some(bits.leading_ones())
}
