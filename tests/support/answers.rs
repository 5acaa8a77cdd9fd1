//! Every client of a site, what the policy says it gets, and what a DHCP server offers it on the wire.
//!
//! The clients are enumerated from the policy: in each subnet strangers, hosts with an address there, hosts without
//! an address and one with an address elsewhere, each as every kind of firmware, as iPXE and as a plain client.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use ipxegen::dhcp::{Address, Answer, ClassTimes, Client, Overlaps, Policy, answer};
use ipxegen::model::{Class, Site};
use ipxegen::report::Report;
use ipxegen::resolve;
use ipxegen::schema::{Texts, read};
use ipxegen::source::{Sources, read_site};
use ipxegen::trace::{TracedKind, Who, follow, ipxe_option_text, option_text};
use serde_json::{Value, json};
use tempfile::tempdir;

use super::daemons::Server;
use super::dhcp::{Client as OnTheWire, Link, Mac, Reply};
use super::moved::moved_examples;
use super::netns::Net;
use super::program::cases;
use super::suites::Suite;
use super::{render_file, require, require_root};

/// How many hosts of one profile and subnet are asked for: what they get differs in their own values only.
const HOSTS_OF_A_PROFILE: usize = 2;

/// Options that the protocol itself sets, and that are no part of the policy. A server may send option 61 back
/// (RFC 6842); Kea does.
const PROTOCOL: [u8; 10] = [50, 51, 53, 54, 55, 57, 58, 59, 61, 82];

/// Gives a site, with files laid over it, to a function; a site lives no longer than its texts.
pub fn with_site<T>(path: &Path, with: &[&Path], use_site: impl FnOnce(&Site<'_>) -> T) -> T {
    let sources = Sources::new();
    let mut report = Report::new();
    let texts = |path: &Path| read_site(&sources, path).unwrap().into_iter().map(|text| text.file);
    let files = texts(path).collect();
    let with = with.iter().flat_map(|path| texts(path)).collect();
    let written = read(&sources, &Texts { files, with }, &mut report);
    let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
    assert!(!report.has_errors(), "{}: {report:?}", path.display());
    use_site(&site)
}

/// A client and the way in which it asks.
pub struct Question {
    pub what: String,
    /// Its kind, for samples.
    kind: String,
    /// The relation of the site to it: stranger, fixed, roaming, elsewhere; relayed or not.
    state: String,
    pub client: Client,
    pub relay: Option<Ipv4Addr>,
}

/// Takes the questions in which a pair comes up for the first time: of site and kind, of kind and state, of client
/// and subnet.
#[derive(Default)]
pub struct Sample(BTreeSet<(String, String)>);

impl Sample {
    pub fn takes(&mut self, site: &str, question: &Question) -> bool {
        let place =
            format!("{site} {} {:?} {:?}", question.client.subnet, question.client.mac, question.relay);
        let pairs = [
            (site.to_owned(), question.kind.clone()),
            (question.kind.clone(), question.state.clone()),
            (place, question.state.clone()),
        ];
        pairs.into_iter().fold(false, |new, pair| self.0.insert(pair) | new)
    }
}

/// Every question of a site to a server whose card is in `direct`.
pub fn questions(policy: &Policy<'_>, direct: Option<usize>) -> Vec<Question> {
    let mut all = Vec::new();
    for (at, scope) in policy.subnets.iter().enumerate() {
        let subnet = scope.subnet;
        let number = u8::try_from(at % 200).unwrap();
        let mut machines: Vec<(String, Mac)> = vec![
            ("stranger".into(), [0x52, 0x54, 0, 0xfe, 0xed, number]),
            ("stranger".into(), [0xdc, 0xa6, 0x32, 0xfe, 0xed, number]),
        ];
        let mut count: HashMap<(u32, Option<u32>), usize> = HashMap::new();
        let mut elsewhere = false;
        for host in &policy.site.hosts {
            for card in host.cards() {
                let here = card.subnet == u32::try_from(at).ok();
                let state = match card.ip {
                    None => "roaming",
                    Some(_) if here => "fixed",
                    Some(_) if !elsewhere => "elsewhere",
                    Some(_) => continue,
                };
                elsewhere |= state == "elsewhere";
                let count = count.entry((host.profile, card.subnet)).or_default();
                *count += 1;
                if *count <= HOSTS_OF_A_PROFILE {
                    machines.extend(card.macs.iter().map(|mac| (state.to_owned(), mac.value.octets())));
                }
            }
        }
        // An address of the subnet that no client gets: the relay's.
        let router = subnet.handout.routers.iter().flatten().next().map(|ip| ip.value);
        let servers = || policy.site.servers.iter().flat_map(|server| &server.ips);
        let relay =
            router.filter(|ip| subnet.cidr.value.contains(*ip) && servers().all(|own| own.value != *ip));
        let relay = relay.unwrap_or_else(|| Ipv4Addr::from(u32::from(subnet.cidr.value.broadcast()) - 1));
        all.extend(members(policy, at, relay));
        let ways = [(direct == Some(at)).then_some(None), Some(Some(relay))];
        let mut leased = 0;
        for (state, mac) in machines {
            // Nobody waits until an offered address is free again.
            if state != "fixed" {
                leased += 1;
                let free: u32 = scope
                    .pools
                    .iter()
                    .flat_map(|pool| &pool.ranges)
                    .map(|range| u32::from(range.high) - u32::from(range.low) + 1)
                    .sum();
                if leased > free.max(2) {
                    continue;
                }
            }
            for relay in ways.into_iter().flatten() {
                for (kind, client) in kinds(policy, &Client::plain(at, mac)) {
                    let way = if relay.is_some() { "relayed" } else { "direct" };
                    let state = format!("{state}, {way}");
                    let what = format!("{kind} {mac:02x?} ({state}) in `{}`", subnet.name.value);
                    all.push(Question { what, kind, state, client, relay });
                }
            }
        }
    }
    all
}

/// Every kind of client, and iPXE that lacks one of the features that the site needs.
fn kinds(policy: &Policy<'_>, plain: &Client) -> Vec<(String, Client)> {
    let mut all = plain.kinds();
    for code in policy.site.ipxe.needs.value.codes() {
        for arch in [0, 7] {
            let ipxe = plain.clone().ipxe(arch);
            let features = ipxe.features.without(code);
            all.push((format!("iPXE/{arch} without {code}"), Client { features, ..ipxe }));
        }
    }
    all
}

/// The clients of classes in a subnet: of each class alone, and of each pair that a client can be in. They come through
/// a relay, which says what classes ask it for.
fn members(policy: &Policy<'_>, subnet: usize, relay: Ipv4Addr) -> Vec<Question> {
    let classes: Vec<_> = policy.classes.iter().map(|scope| scope.class).collect();
    let mut all = Vec::new();
    for class in &classes {
        let Some(client) = Client::plain(subnet, [0x52, 0x54, 2, 0, 0, 1]).member(&[&class.matches]) else {
            continue;
        };
        for (what, client) in [("a byte more", one_more(&client)), ("a byte less", one_less(&client))] {
            let name = format!("{}, {what}", class.name.value);
            let what = format!("{name} in `{}`", policy.subnets[subnet].subnet.name.value);
            let state = "nearly a member".to_owned();
            all.push(Question { what, kind: name, state, client, relay: Some(relay) });
        }
    }
    for (at, one) in classes.iter().enumerate() {
        for other in &classes[at..] {
            let both = [&one.matches, &other.matches];
            for (nth, mac) in [[0x52, 0x54, 2, 0, 0, 1], [0x52, 0x54, 0, 0, 0, 2]].into_iter().enumerate() {
                let Some(client) = Client::plain(subnet, mac).member(&both) else { continue };
                // Another client would wait for the one address of a class until it is free again.
                let has_address = |class: &&Class| class.ip.is_some() && client.is_in(&class.matches);
                if client.mac != mac && (nth > 0 || classes.iter().any(has_address)) {
                    continue;
                }
                let name = format!("{} and {}", one.name.value, other.name.value);
                let what =
                    format!("{name} {:02x?} in `{}`", client.mac, policy.subnets[subnet].subnet.name.value);
                let state = format!("a member {nth}");
                all.push(Question { what, kind: name, state, client, relay: Some(relay) });
            }
        }
    }
    all
}

/// A client that sends one byte more in every option that classes look at.
fn one_more(client: &Client) -> Client {
    let more = |bytes: &[u8]| if bytes.is_empty() { Vec::new() } else { [bytes, b"7"].concat() };
    Client {
        vendor_class: String::from_utf8(more(client.vendor_class.as_bytes())).unwrap(),
        user_class: more(&client.user_class),
        client_id: more(&client.client_id),
        circuit_id: more(&client.circuit_id),
        remote_id: more(&client.remote_id),
        ..client.clone()
    }
}

/// A client that sends one byte less in those of them that have more than two.
fn one_less(client: &Client) -> Client {
    let less = |bytes: &[u8]| bytes[..bytes.len() - usize::from(bytes.len() > 2)].to_vec();
    Client {
        vendor_class: String::from_utf8(less(client.vendor_class.as_bytes())).unwrap(),
        user_class: less(&client.user_class),
        client_id: less(&client.client_id),
        circuit_id: less(&client.circuit_id),
        remote_id: less(&client.remote_id),
        ..client.clone()
    }
}

/// The client on the wire, and its further options; it asks for every option that there is.
fn on_the_wire(question: &Question) -> (OnTheWire, Vec<(u8, Vec<u8>)>) {
    let client = &question.client;
    let sub_options = |(code, bytes): (u8, &Vec<u8>)| {
        let length = u8::try_from(bytes.len()).unwrap();
        if bytes.is_empty() { Vec::new() } else { [&[code, length], bytes.as_slice()].concat() }
    };
    let agent = [(1, &client.circuit_id), (2, &client.remote_id)].into_iter().flat_map(sub_options).collect();
    let more = [
        (175, client.features.bytes()),
        (97, client.uuid.clone()),
        (61, client.client_id.clone()),
        (82, agent),
    ];
    let wire = OnTheWire {
        arch: client.arch.clone(),
        vendor_class: Some(client.vendor_class.clone()).filter(|class| !class.is_empty()),
        user_class: Some(client.user_class.clone()).filter(|class| !class.is_empty()),
        wants: (1..=254).filter(|code| *code != 52).collect(),
        relay: question.relay,
        ..OnTheWire::plain(client.mac)
    };
    (wire, more.into_iter().filter(|(_, bytes)| !bytes.is_empty()).collect())
}

/// Every difference between a server's offer and the policy's answer.
fn compared(question: &Question, answers: &[Answer<'_>], reply: Option<&Reply>) -> Vec<String> {
    let mut wrong = Vec::new();
    match (reply, answers) {
        (None, []) => {}
        (None, _) => wrong.push("no offer".to_owned()),
        (Some(reply), []) => wrong.push(format!("an offer of {}", reply.yiaddr)),
        (Some(reply), answers) => match answers.iter().find(|answer| answer.address.contains(reply.yiaddr)) {
            Some(answer) => differences(answer, reply, &mut wrong),
            None => {
                let all: Vec<&Address> = answers.iter().map(|answer| &answer.address).collect();
                wrong.push(format!("the address {}, not one of {all:?}", reply.yiaddr));
            }
        },
    }
    wrong.into_iter().map(|wrong| format!("{}: {wrong}", question.what)).collect()
}

fn differences(answer: &Answer<'_>, reply: &Reply, wrong: &mut Vec<String>) {
    let mut compare = |what: &str, wanted: String, got: String| {
        if wanted != got {
            wrong.push(format!("{what}: the policy says {wanted}, the server {got}"));
        }
    };
    let next = answer.next_server.get().copied().unwrap_or(Ipv4Addr::UNSPECIFIED);
    compare("siaddr", next.to_string(), reply.siaddr.to_string());
    compare("file", answer.file.get().copied().unwrap_or_default().to_owned(), reply.file.clone());
    let lease = answer.lease_time.get().copied().unwrap_or_default();
    compare("lease time", lease.to_string(), reply.number(51).unwrap_or_default().to_string());
    let codes: BTreeSet<u8> =
        reply.options.keys().copied().chain(answer.options.iter().map(|(code, _)| *code)).collect();
    for code in codes.into_iter().filter(|code| !PROTOCOL.contains(code)) {
        let got = reply.options.get(&code).map(|bytes| readable(code, bytes));
        let wanted = answer.option(code).map(|bytes| readable(code, bytes));
        compare(&format!("option {code}"), format!("{wanted:?}"), format!("{got:?}"));
    }
}

/// A value as text. Names in a list may be compressed (RFC 3397), and the order of sub-options is nobody's matter.
fn readable(code: u8, bytes: &[u8]) -> String {
    match code {
        119 | 88 => names(bytes).join(" "),
        175 => {
            let mut all = Vec::new();
            let mut rest = bytes;
            while let [code, length, data @ ..] = rest {
                let (value, behind) = data.split_at(data.len().min(usize::from(*length)));
                all.push(format!("{code}={:?}", String::from_utf8_lossy(value)));
                rest = behind;
            }
            all.sort();
            all.join(" ")
        }
        _ => format!("{:?}", String::from_utf8_lossy(bytes)),
    }
}

/// The domain names of RFC 1035, compressed or not.
fn names(bytes: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (mut name, mut from, mut behind) = (Vec::new(), at, None);
        while let Some(length) =
            bytes.get(from).map(|length| usize::from(*length)).filter(|length| *length > 0)
        {
            if length >= 0xc0 {
                behind = behind.or(Some(from + 2));
                from = (length & 0x3f) << 8 | usize::from(*bytes.get(from + 1).unwrap_or(&0));
                continue;
            }
            name.push(
                String::from_utf8_lossy(bytes.get(from + 1..=from + length).unwrap_or_default()).into_owned(),
            );
            from += length + 1;
        }
        at = behind.unwrap_or(from + 1);
        all.push(name.join("."));
    }
    all
}

/// A DHCP server of a site in a network of its own, its daemon not yet started, and a raw line to it.
pub struct Asked {
    pub server: Server,
    pub link: Link,
    /// The subnet of its card.
    pub direct: Option<usize>,
    /// Undoes what the server answers otherwise on purpose.
    undo: Cell<fn(&mut Reply, &[Answer<'_>])>,
    is_kea: Cell<bool>,
    /// An offered address is not free for others at once.
    keeps_offers: Cell<bool>,
    /// How many offers were also compared with `trace`.
    pub traced: Cell<usize>,
    _net: Net,
}

/// Undoes what dnsmasq answers otherwise than dhcpd; docs/dhcp-servers.md lists the same.
fn undo_dnsmasq(reply: &mut Reply, answers: &[Answer<'_>]) {
    let Some(answer) = answers.iter().find(|answer| answer.address.contains(reply.yiaddr)) else { return };
    // It says that it is the boot server itself where a boot file needs none.
    if answer.file.get().is_some() && answer.next_server.get().is_none() {
        reply.siaddr = Ipv4Addr::UNSPECIFIED;
    }
    // It ends the name of a TFTP server with a NUL.
    if let Some(name) = reply.options.get_mut(&66) {
        name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
    }
}

/// Kea has one lease time for a class in all subnets; `daemon-lacks` names the classes that want several.
fn undo_kea(reply: &mut Reply, answers: &[Answer<'_>], differing: &[&str]) {
    let Some(answer) = answers.iter().find(|answer| answer.address.contains(reply.yiaddr)) else { return };
    if let Some(time) = answer.lease_time.get()
        && answer.classes.iter().any(|class| differing.contains(class))
    {
        reply.options.insert(51, time.to_be_bytes().to_vec());
    }
}

/// Questions that together use at most half of the smallest pool of their subnet: dhcpd keeps an address that it has
/// offered for two minutes, and a pool that is empty answers nobody. A machine that has sent two client ids, or an id that
/// has come from two machines, takes another address each time.
fn parts_of_pools<'q, A>(
    policy: &Policy<'_>,
    asked: &'q [(&'q Question, A)],
) -> Vec<&'q [(&'q Question, A)]> {
    let room = |subnet: usize| {
        let sizes = policy.subnets[subnet].pools.iter().map(|pool| {
            pool.ranges.iter().map(|range| u32::from(range.high) - u32::from(range.low) + 1).sum::<u32>()
        });
        (sizes.min().unwrap_or(2) / 2).max(1)
    };
    let (mut parts, mut begin, mut used) = (Vec::new(), 0, 0);
    let (mut ids, mut macs): (HashMap<_, BTreeSet<_>>, HashMap<_, BTreeSet<_>>) = Default::default();
    for (at, (question, _)) in asked.iter().enumerate() {
        let Client { subnet, mac, client_id, .. } = &question.client;
        let is_other = at > begin && asked[begin].0.client.subnet != *subnet;
        if is_other || used >= room(*subnet) {
            parts.push(&asked[begin..at]);
            (begin, used) = (at, 0);
            ids.clear();
            macs.clear();
        }
        let of_mac = ids.entry(mac).or_default();
        let is_first = of_mac.insert(client_id);
        let of_id = macs.entry(client_id).or_default();
        of_id.insert(mac);
        let is_told_apart = of_mac.len() > 1 || (!client_id.is_empty() && of_id.len() > 1);
        used += u32::from(is_first || is_told_apart);
    }
    parts.push(&asked[begin..]);
    parts
}

/// The classes of a site whose lease times differ between subnets.
fn differing_classes<'s>(policy: &Policy<'s>) -> Vec<&'s str> {
    let places = ClassTimes::new(policy, &Overlaps::new(policy)).differing;
    places.into_iter().map(|at| policy.classes[at].class.name.value.as_str()).collect()
}

impl Asked {
    /// The server of that index, with its tree; none if no subnet is at its card.
    pub fn new(policy: &Policy<'_>, server: usize, tree: &Path) -> Option<Self> {
        Self::of_release(None, policy, server, tree)
    }

    /// The same with the daemons of another release, which is unpacked in a folder.
    fn of_release(root: Option<&Path>, policy: &Policy<'_>, server: usize, tree: &Path) -> Option<Self> {
        let machine = &policy.site.servers[server];
        let card = machine.ips.iter().find_map(|ip| {
            let at = policy.site.subnets.iter().position(|subnet| subnet.cidr.value.contains(ip.value))?;
            Some((at, ip.value, policy.site.subnets[at].cidr.value.prefix()))
        });
        let (direct, ip, prefix) = card?;
        let net = Net::new(&["lan"]);
        let address = format!("{ip}/{prefix}");
        let server = match root {
            Some(root) => Server::with_daemons_of(root, &net, "lan", &address, tree),
            None => Server::new(&net, "lan", &address, tree),
        };
        // An answer to a relay needs a way there, on which nobody has to be.
        let local = policy.site.subnets[direct].cidr.value;
        let away = (u32::from(local.network()) + 1..u32::from(local.broadcast())).map(Ipv4Addr::from);
        let away =
            away.rev().filter(|other| *other != ip).take(2).last().unwrap_or(Ipv4Addr::new(192, 0, 2, 1));
        let mut lines = format!(
            "ip neigh replace {away} lladdr 02:00:00:00:00:09 dev eth0 nud permanent; ip route add default via {away} dev eth0 onlink"
        );
        for question in questions(policy, None).iter().filter_map(|question| question.relay) {
            if local.contains(question) && question != away {
                let line =
                    format!("; ip neigh replace {question} lladdr 02:00:00:00:00:09 dev eth0 nud permanent");
                if question != ip && !lines.contains(&line) {
                    lines += &line;
                }
            }
        }
        server.space.sh(&lines);
        let link = Link::open(&net.switch, &net.probe("lan"));
        Some(Self {
            server,
            link,
            direct: Some(direct),
            undo: Cell::new(|_, _| {}),
            is_kea: Cell::new(false),
            keeps_offers: Cell::new(false),
            traced: Cell::new(0),
            _net: net,
        })
    }

    /// Starts dhcpd on the card. It would ping each address for a second before it offers it, and one of a failover
    /// pair waits for the other. Verbatim text is no part of the policy.
    pub fn isc(&self, policy: &Policy<'_>) {
        const CONF: &str = "/etc/dhcp/dhcpd.conf";
        let mut conf = self.server.space.sh(&format!(
            "sed '/^failover peer/,/^}}/d; /failover peer/d; /ping-check/d' {CONF}; echo 'ping-check false;'"
        ));
        for text in verbatim(policy.site, "dhcpd") {
            conf = conf.replace(text.trim_end(), "");
        }
        self.server.write(CONF, conf.as_bytes());
        self.keeps_offers.set(true);
        self.start_isc();
    }

    /// Starts dhcpd without a lease; one that runs ends first.
    fn start_isc(&self) {
        self.server.space.sh(
            "if [ -s /run/dhcpd.pid ]; then
                 read -r pid </run/dhcpd.pid
                 kill -9 $pid
                 # Nobody waits for it, so that its number stays.
                 while grep -q . /proc/$pid/cmdline 2>/dev/null; do sleep 0.01; done
                 rm /run/dhcpd.pid
             fi
             : >/var/lib/dhcp/dhcpd.leases
             dhcpd -4 -q -cf /etc/dhcp/dhcpd.conf -lf /var/lib/dhcp/dhcpd.leases -pf /run/dhcpd.pid eth0 >/run/out 2>&1 || { cat /run/out >&2; exit 1; }",
        );
    }

    /// Starts Kea on the card, whatever the site calls it. One of a pair waits for the other, and has half of the
    /// pools. An offer that Kea remembers would keep the address from the other MAC addresses of its host, and a logger of
    /// the site's own may hide the start.
    pub fn kea(&self) {
        self.is_kea.set(true);
        self.server.space.sh(r#"file=/etc/kea/kea-dhcp4.conf
            sed -i '/^  "hooks-libraries"/d; /"offer-lifetime"/d; /^  "loggers"/d' $file
            sed -i "s/HA_[^'\"]*/ALL/g" $file"#);
        self.server.kea();
    }

    /// Starts dnsmasq on the card, whatever the site calls it, and without pings.
    pub fn dnsmasq(&self, policy: &Policy<'_>) {
        const CONF: &str = "/etc/dnsmasq.d/ipxegen.conf";
        self.undo.set(undo_dnsmasq);
        let mut conf = self.server.space.sh(&format!("sed 's/^interface=.*/interface=eth0/' {CONF}"));
        for text in verbatim(policy.site, "dnsmasq") {
            conf = conf.replace(text.trim_end(), "");
        }
        self.server.write(CONF, format!("{conf}\nno-ping\n").as_bytes());
        self.server.dnsmasq();
    }

    /// Asks all that a sample takes, or everything; gives how many were asked, and every difference.
    pub fn ask(
        &mut self,
        name: &str,
        policy: &Policy<'_>,
        mut sample: Option<&mut Sample>,
    ) -> (usize, Vec<String>) {
        let mut all = questions(policy, self.direct);
        all.retain(|question| sample.as_mut().is_none_or(|sample| sample.takes(name, question)));
        let (silent, answered): (Vec<_>, Vec<_>) = all
            .iter()
            .map(|question| (question, answer(policy, &question.client)))
            .partition(|(_, answers)| answers.is_empty());
        let mut wrong = Vec::new();
        let differing = if self.is_kea.get() { differing_classes(policy) } else { Vec::new() };
        let mut traced = 0;
        // Clients that should get no answer are waited for once, together.
        let parts = if self.keeps_offers.get() {
            parts_of_pools(policy, &answered)
        } else {
            vec![answered.as_slice()]
        };
        let parts = parts.into_iter().map(|part| (part, 8)).chain([(silent.as_slice(), 1)]);
        for (nth, (asked, seconds)) in parts.enumerate() {
            if nth > 0 && self.keeps_offers.get() {
                self.start_isc();
            }
            let clients: Vec<_> = asked.iter().map(|(question, _)| on_the_wire(question)).collect();
            let mut replies = self.link.discover_all(&clients, seconds);
            for ((question, answers), reply) in asked.iter().zip(&mut replies) {
                if let Some(reply) = reply {
                    self.undo.get()(reply, answers);
                    undo_kea(reply, answers, &differing);
                }
                wrong.extend(compared(question, answers, reply.as_ref()));
                let differences =
                    reply.as_ref().map(|reply| differs_from_trace(policy, question, answers, reply));
                let differences = differences.unwrap_or_default();
                traced += usize::from(differences.is_some());
                let differences = differences.into_iter().flatten();
                wrong.extend(differences.map(|wrong| format!("{}: {wrong}", question.what)));
            }
        }
        self.traced.set(self.traced.get() + traced);
        if wrong.iter().any(|wrong| wrong.ends_with("no offer")) {
            let log = self.server.log.text();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            wrong.push(format!("the server's last lines: {}", last.join(" | ")));
        }
        (all.len(), wrong)
    }
}

/// Every difference between an offer and the first step of `trace`; none for a client that `trace` does not follow: one
/// with something that its kind does not say, or one that may get its address in another subnet.
fn differs_from_trace(
    policy: &Policy<'_>,
    question: &Question,
    answers: &[Answer<'_>],
    reply: &Reply,
) -> Option<Vec<String>> {
    let asks = &question.client;
    let kind = match question.kind.split_once('/') {
        Some(("iPXE", "0")) => TracedKind::Ipxe,
        Some((name, _)) => TracedKind::of(name)?,
        None => TracedKind::of(&question.kind)?,
    };
    let answer = answers.iter().find(|answer| answer.address.contains(reply.yiaddr))?;
    if answer.subnet != asks.subnet || !(asks.circuit_id.is_empty() && asks.remote_id.is_empty()) {
        return None;
    }
    let host = policy
        .site
        .hosts
        .iter()
        .find(|host| host.cards().any(|card| card.macs.iter().any(|mac| mac.value.octets() == asks.mac)));
    let who = Who::new(host, asks.mac, asks.subnet);
    let trace = follow(policy.site, who, &[kind], &Report::new(), None).unwrap();
    let stage = trace.clients[0].stages.first().unwrap();
    let first = stage.asks.as_ref().unwrap();
    if (first.arch.as_slice(), &first.vendor_class) != (asks.arch.as_slice(), &asks.vendor_class) {
        return None;
    }
    let mut wrong = Vec::new();
    let mut same = |name: &str, got: Option<String>| {
        let said = stage.value(name).map(str::to_owned);
        if said != got {
            wrong.push(format!("{name}: `trace` says {said:?}, the server {got:?}"));
        }
    };
    same("file", Some(reply.file.clone()).filter(|file| !file.is_empty()));
    same("next-server", Some(reply.siaddr).filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string()));
    same("lease-time", reply.number(51).map(|time| format!("{time} s")));
    if let Address::Fixed(_) = answer.address {
        same("address", Some(reply.yiaddr.to_string()));
    }
    // Lists of names may be compressed, and `trace` shows iPXE's options one by one.
    let codes =
        reply.options.iter().filter(|(code, _)| !PROTOCOL.contains(code) && ![88, 119, 175].contains(*code));
    for (code, bytes) in codes {
        let (name, text) = option_text(policy.site, *code, bytes);
        same(&name, Some(text));
    }
    if asks.is_ipxe() {
        let mut rest = reply.options.get(&175).map_or(&[][..], Vec::as_slice);
        while let [code, length, data @ ..] = rest {
            let (value, behind) = data.split_at(data.len().min(usize::from(*length)));
            let (name, text) = ipxe_option_text(policy.site, *code, value);
            same(&format!("ipxe.{name}"), Some(text));
            rest = behind;
        }
    }
    Some(wrong)
}

/// The verbatim texts of a site for an output.
fn verbatim<'s>(site: &'s Site<'_>, output: &'s str) -> impl Iterator<Item = &'s str> {
    let texts = site.handouts().flat_map(|scope| &scope.raw).chain(&site.raw);
    let texts = texts.chain(site.dhcp.iter().flat_map(|dhcp| &dhcp.raw));
    texts.filter(move |raw| raw.output == output).map(|raw| raw.text.value.as_str())
}

/// A DHCP server, and how it starts.
struct Daemon {
    /// Its word in a site.
    word: &'static str,
    program: &'static str,
    start: fn(&Asked, &Policy<'_>),
}

const ISC: Daemon = Daemon { word: "isc", program: "dhcpd", start: Asked::isc };
const KEA: Daemon = Daemon { word: "kea", program: "kea-dhcp4", start: |server, _| server.kea() };
const DNSMASQ: Daemon = Daemon { word: "dnsmasq", program: "dnsmasq", start: Asked::dnsmasq };

/// Compares the offers of dhcpd with the policy's answers.
pub fn compare_isc(sample: Option<Sample>) {
    compare(&ISC, None, sample);
}

/// The same of Kea, of this machine or of another release; settings that it lacks are left out.
pub fn compare_kea(suite: Option<&Suite>, sample: Option<Sample>) {
    compare(&KEA, suite, sample);
}

/// The same of dnsmasq.
pub fn compare_dnsmasq(suite: Option<&Suite>, sample: Option<Sample>) {
    compare(&DNSMASQ, suite, sample);
}

/// The version of this machine's Kea.
fn kea_here() -> (u8, u8) {
    let output = Command::new("kea-dhcp4").arg("-v").output().expect("kea-dhcp4");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.trim().split('.').map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// Every site. The examples are changed as their errors with the daemon ask for.
pub fn sites(daemon: &str, folder: &Path) -> Vec<PathBuf> {
    let others = cases(&["tests/cases", "tests/lab/sites"]);
    let others = others.into_iter().map(|folder| folder.join("site.yaml"));
    moved_examples(daemon, folder).into_iter().chain(others).collect()
}

/// The folder with the program of another release, none for this machine's; `None` if something is missing.
pub fn folder_of<'s>(program: &str, suite: Option<&'s Suite>) -> Option<Option<&'s Path>> {
    let own = suite.is_none().then_some(program);
    let is_able =
        ["unshare", "nsenter", "ip", "python3", "tar"].into_iter().chain(own).all(require) && require_root();
    match suite {
        _ if !is_able => None,
        Some(suite) => suite.root().map(Some),
        None => Some(None),
    }
}

/// Compares a server's offers with the policy's answers, for every site and every question, or a sample of them.
fn compare(daemon: &Daemon, suite: Option<&Suite>, mut sample: Option<Sample>) {
    let Some(root) = folder_of(daemon.program, suite) else { return };
    let own = suite.is_none().then_some(daemon.program);
    let folder = tempdir().unwrap();
    let mut all = Vec::new();
    let (mut asked, mut traced) = (0, 0);
    for path in sites(daemon.word, folder.path()) {
        let name = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let with = folder.path().join("with.yaml");
        // A proxy answers beside a server that we do not know.
        let Some(text) = with_site(&path, &[], |site| {
            site.dhcp.as_ref().filter(|dhcp| !dhcp.proxy).map(|_| moving(daemon.word, suite, &path, site))
        }) else {
            continue;
        };
        fs::write(&with, text).unwrap();
        with_site(&path, &[&with], |site| {
            let policy = Policy::new(site);
            let trees = render_file(&path, &[&with]);
            for at in site.dhcp.iter().flat_map(|dhcp| dhcp.servers.iter().copied()) {
                // Words of a Kea that is not this machine's.
                let version = site.servers[at].os.as_ref().and_then(|os| os.value.kea());
                if own == Some("kea-dhcp4") && version.is_some_and(|version| version > kea_here()) {
                    continue;
                }
                let tree = trees.of(&site.servers[at].name);
                let Some(mut server) = Asked::of_release(root, &policy, at, &tree) else { continue };
                (daemon.start)(&server, &policy);
                let (count, wrong) = server.ask(&name, &policy, sample.as_mut());
                asked += count;
                traced += server.traced.get();
                all.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
            }
        });
    }
    assert!(all.is_empty(), "{} of {asked} answers differ:\n{}", all.len(), all.join("\n"));
    assert!(asked > 1000, "only {asked} questions");
    assert!(traced > 300, "only {traced} offers compared with a trace");
    println!("{asked} questions to {}, none answered otherwise", daemon.program);
}

/// A file over a site: the daemon, and the release of its servers.
pub fn moving(daemon: &str, suite: Option<&Suite>, path: &Path, site: &Site<'_>) -> String {
    let mut over = json!({
        "dhcp": { "daemon": daemon },
        "allow": { "daemon-lacks": "compared without", "system-lacks": "run here", "tftpd-defaults": "no TFTP" },
    });
    // The name is in lower case, its key need not be.
    let written: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_default();
    let keys: Vec<&str> =
        written["servers"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let servers = site.dhcp.iter().flat_map(|dhcp| &dhcp.servers);
    for (suite, at) in suite.into_iter().flat_map(|suite| servers.clone().map(move |at| (suite, *at))) {
        let name = site.servers[at].name.as_str();
        let key = keys.iter().find(|key| key.eq_ignore_ascii_case(name)).copied().unwrap_or(name);
        over["servers"][key] = json!({ "os": suite.os });
    }
    over.to_string()
}
