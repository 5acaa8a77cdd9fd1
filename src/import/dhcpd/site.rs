//! The site that a dhcpd.conf describes, from its scopes.

use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::HashSet;

use super::super::Imported;
use super::super::copies::Copies;
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Draft, Mapping, Value};
use super::super::names::title;
use super::super::origin::Origin;
use super::boot::BootFiles;
use super::definitions::Definitions;
use super::disk;
use super::emission::put_all;
use super::expression::OptionNames;
use super::failover::{NO_PAIR, Pair, pair};
use super::groups::{Grouped, group, value_of};
use super::hosts::{Hosts, fixed_addresses, hosts};
use super::own_conditions::OwnCondition;
use super::own_servers::OwnServers;
use super::scopes::{Scopes, scopes, settle};
use super::servers;
use super::setting::{CLIENT_UPDATES, DECLARED_NAMES, Key, SUBNET_MASK, Setting, Settings};
use super::site_classes;
use super::statements::Statement;
use super::subnets::{Subnet, hoist, note_lines, subnets, write as write_subnets};
use super::vendor_options;
use super::verbatim::{Verbatim, set_raw};
use crate::model::{Dotted, Mac, WriteTo as _};

/// The text for `raw` of the whole site.
#[derive(Debug, Default)]
struct RawTexts {
    /// Statements that must be read before the subnets: definitions, classes.
    first: Vec<Verbatim>,
    /// Statements that come after the hosts.
    last: Vec<Verbatim>,
}

impl RawTexts {
    fn last(&mut self, statement: &Statement<'_>) {
        self.last.push(Verbatim::of(statement));
    }
}

/// Adds the site of a file to the draft; `own` are the conditions of classes of a file that ipxegen made, and `ours` says that ipxegen made the file.
pub fn read(
    statements: &[Statement<'_>],
    own: &[OwnCondition<'_>],
    file: &Origin,
    ours: bool,
    imported: &mut Imported,
) {
    let Imported { draft, coverage, keep, .. } = imported;
    let mut scopes = scopes(statements, coverage);
    draft.files.extend(disk::join(&mut scopes, coverage));
    vendor_options::take(statements, &mut scopes, coverage);
    let named = OptionNames::of(statements);
    let mut raw = RawTexts::default();
    let pair = failover(&scopes, &mut raw, coverage);
    if pair.is_none() {
        // The name of the peer is that of the declaration in `raw`.
        for pool in scopes.all.iter_mut().filter(|scope| scope.failover.is_some()) {
            pool.whole = Some(NO_PAIR.into());
        }
    }
    let classes = site_classes::read(statements, own, &mut scopes, &named, &mut raw.first, coverage);
    let mut copies = Copies::default();
    let mut subnets = subnets(&scopes, &fixed_addresses(&scopes), &classes.by_name, &mut copies, coverage);
    let mut global = scopes.all.first().map(|scope| scope.settings.clone()).unwrap_or_default();
    spread(&mut global, &mut subnets, &mut raw, coverage);
    judge(&mut global, &mut subnets, &mut raw, &scopes, coverage);
    hoist(&mut subnets, &mut global, coverage);
    let mut hosts = hosts(&mut scopes, &subnets, &global, coverage);
    let server = servers::choose(&scopes, &subnets, &hosts, pair.as_ref());
    if pair.is_some() {
        leave_out_own_addresses(&mut scopes, coverage);
    }
    let ip = server.as_ref().map(|server| server.ip);
    let files = BootFiles::new(
        statements,
        &scopes,
        named,
        classes,
        ip,
        (ours, pair.as_ref().map(|pair| pair.peer)),
        (*keep, &mut copies),
    );
    let own_servers = files.write(&mut subnets, &mut hosts, &mut raw.last, draft, coverage);
    let grouped = group(&mut hosts);
    for (text, head) in &hosts.raw {
        raw.last.push(Verbatim::with(head, text.clone()));
    }
    for statement in scopes.all.first().into_iter().flat_map(|scope| &scope.raw) {
        // The tail of `ipxe.options`, which dhcpd.conf includes.
        if statement.verbatim && statement.origin.file != file.file {
            raw.first.push(Verbatim::of(statement));
        } else {
            raw.last(statement);
        }
    }
    if subnets.is_empty() {
        no_subnet(file, draft, coverage);
    }
    servers::write(server, &subnets, &mut hosts, pair.as_ref(), file, draft, coverage);
    write_global(&global, draft);
    if let Some(pair) = &pair {
        let (one, other) = (draft.server.clone(), format!("{}-2", draft.server));
        let servers = if pair.primary { [one, other] } else { [other, one] };
        let dhcp = draft.site.map("dhcp");
        dhcp.set("servers", Value::List(servers.into_iter().map(Value::from).collect()));
        pair.write(dhcp, coverage);
        if serves_nfs(&hosts, &grouped) {
            let server = draft.server.clone();
            draft.site.map("nfs").set("server", server);
        }
    }
    if let Some(own) = own_servers.filter(OwnServers::says_all) {
        own.write(draft, &subnets, pair.is_some());
    }
    write_subnets(&subnets, &mut draft.site);
    write_hosts(&hosts, &grouped, &mut draft.site);
    for statement in scopes.all.iter().flat_map(|scope| &scope.boot) {
        // A group without hosts and subnets.
        if coverage.outcome(statement.number) == Some(&Outcome::Unread) {
            settle(statement, &Outcome::Default, coverage);
        }
    }
    if !scopes.definitions.is_empty() {
        use_in_words(statements, &mut scopes.definitions, coverage);
    }
    definitions(&mut scopes, &subnets, &hosts, &grouped, &mut raw, coverage);
    if !raw.first.is_empty() || !raw.last.is_empty() {
        let dhcp = draft.site.map("dhcp");
        set_raw(dhcp, "ipxe_options", raw.first);
        set_raw(dhcp, "dhcpd", raw.last);
    }
}

/// Whether hosts have folders of an NFS server.
fn serves_nfs(hosts: &Hosts<'_, '_>, grouped: &Grouped<'_, '_>) -> bool {
    let is_nfs = |key: &Key, value: &Value| {
        key.is("root_path") && matches!(value, Value::Map(map) if map.get("nfs").is_some())
    };
    let mut groups = grouped.groups.iter().flat_map(|group| &group.settings);
    !hosts.all.is_empty()
        && (groups.any(|(key, value)| is_nfs(key, value))
            || grouped.rest().flatten().any(|(key, value)| is_nfs(key, value)))
}

/// Moves what the file says for all to the subnets, where only they have a key for it.
fn spread<'a, 't>(
    global: &mut Settings<'a, 't>,
    subnets: &mut [Subnet<'a, 't>],
    raw: &mut RawTexts,
    coverage: &mut Coverage,
) {
    for key in [SUBNET_MASK, Key::plain("broadcast"), Key::plain("boot")] {
        let Some(setting) = global.remove(&key) else { continue };
        let is = |subnet: &Subnet<'_, '_>| {
            let ours = if key == SUBNET_MASK { subnet.cidr.netmask() } else { subnet.cidr.broadcast() };
            setting.value == Value::from(ours.to_string())
        };
        if key.is("boot") || key.is("broadcast") {
            let mut used = false;
            for subnet in subnets.iter_mut() {
                if subnet.settings.get(&key).is_none() && (key.is("boot") || !is(subnet)) {
                    subnet.settings.set(setting.clone());
                    used = true;
                }
            }
            // `cidr` says the usual address.
            let in_words = used || key.is("broadcast") && !subnets.is_empty();
            coverage.set(setting.from.number, if in_words { Outcome::Words } else { Outcome::Default });
        } else if subnets.iter().all(is) {
            let outcome = if subnets.is_empty() { Outcome::Default } else { Outcome::Words };
            coverage.set(setting.from.number, outcome);
        } else {
            coverage.set(setting.from.number, Outcome::Raw("it is not the mask of every subnet".into()));
            raw.last(setting.from);
        }
    }
    for key in [Key::plain("host_name"), Key::plain("autoboot")] {
        if let Some(setting) = global.remove(&key) {
            coverage.set(setting.from.number, Outcome::Raw("only hosts and groups have a key for it".into()));
            raw.last(setting.from);
        }
    }
}

/// Decides about what makes sense for the whole site only.
fn judge<'a, 't>(
    global: &mut Settings<'a, 't>,
    subnets: &mut [Subnet<'a, 't>],
    raw: &mut RawTexts,
    scopes: &Scopes<'a, 't>,
    coverage: &mut Coverage,
) {
    let authoritative = Key::plain("authoritative");
    let is_on = |setting: &Setting<'_, '_>| setting.value == Value::flag(true);
    let everywhere = !subnets.is_empty()
        && subnets.iter().all(|subnet| subnet.settings.get(&authoritative).is_some_and(is_on));
    let site_wide = global.get(&authoritative).is_some_and(is_on);
    for subnet in subnets.iter_mut() {
        let Some(setting) = subnet.settings.remove(&authoritative) else { continue };
        if everywhere {
            if !site_wide {
                global.set(setting);
            }
        } else if is_on(&setting) == site_wide {
            coverage.set(setting.from.number, Outcome::Default);
        } else {
            coverage.set(setting.from.number, Outcome::Raw("only `dhcp` has the key `authoritative`".into()));
            subnet.raw.push(Verbatim::of(setting.from));
        }
    }
    if !everywhere && let Some(setting) = global.get(&authoritative).filter(|setting| !is_on(setting)) {
        coverage.set(setting.from.number, Outcome::Default);
        global.remove(&authoritative);
    }
    for (key, value) in [("unknown_clients", "allow"), ("client_id", "use"), ("log_facility", "daemon")] {
        defaulted(global, &Key::plain(key), &value.into(), coverage);
    }
    // Without DDNS, nobody asks who updates DNS (`ddns_updates` in server/ddns.c).
    let ddns = scopes.is_changed("ddns-update-style");
    let client_updates = |setting: Setting<'a, 't>, coverage: &mut Coverage| {
        if ddns {
            coverage.set(setting.from.number, Outcome::Raw("no key expresses it".into()));
            return Some(setting.from);
        }
        coverage.set(setting.from.number, Outcome::Default);
        None
    };
    if let Some(setting) = global.remove(&CLIENT_UPDATES)
        && let Some(statement) = client_updates(setting, coverage)
    {
        raw.last(statement);
    }
    for subnet in subnets.iter_mut() {
        if let Some(setting) = subnet.settings.remove(&CLIENT_UPDATES)
            && let Some(statement) = client_updates(setting, coverage)
        {
            subnet.raw.push(Verbatim::of(statement));
        }
    }
}

/// Drops a setting that says what dhcpd does without it.
fn defaulted(global: &mut Settings<'_, '_>, key: &Key, default: &Value, coverage: &mut Coverage) {
    if let Some(setting) = global.get(key).filter(|setting| setting.value == *default) {
        coverage.set(setting.from.number, Outcome::Default);
        global.remove(key);
    }
}

/// The failover pair, if keys express it.
fn failover<'a, 't>(
    scopes: &Scopes<'a, 't>,
    raw: &mut RawTexts,
    coverage: &mut Coverage,
) -> Option<Pair<'a, 't>> {
    let mut found = None;
    for statement in &scopes.failover {
        let read = if statement.block.is_some() { pair(statement) } else { Err("it has no block".into()) };
        let why = match read {
            Ok(pair) if found.is_none() => {
                found = Some(pair);
                continue;
            }
            Ok(_) => "a site has one pair of DHCP servers".to_owned(),
            Err(why) => why,
        };
        settle(statement, &Outcome::Raw(why), coverage);
        raw.first.push(Verbatim::of(statement));
    }
    found
}

/// Leaves out statements that are right on one machine alone: text in `raw` goes to both servers of the pair. With
/// `server-identifier` the peer would name the other server in its answers, and clients would ask the wrong one for a longer
/// lease; dhcpd does not start with the `local-address` of another machine.
fn leave_out_own_addresses(scopes: &mut Scopes<'_, '_>, coverage: &mut Coverage) {
    for scope in &mut scopes.all {
        scope.raw.retain(|statement| {
            let is_own = statement.begins(&["server-identifier"]) || statement.begins(&["local-address"]);
            if is_own {
                let why = "it is for this server alone, and `raw` would give it to the failover peer as well";
                coverage.set(statement.number, Outcome::Lost(why.into()));
            }
            !is_own
        });
    }
}

/// A site needs a subnet.
fn no_subnet(file: &Origin, draft: &mut Draft, coverage: &mut Coverage) {
    let text = "no file declares a subnet; write the network of this site";
    coverage.remark(file.clone(), "it declares no subnet: the site gets one for examples, 192.0.2.0/24");
    let mut lan = Mapping::default();
    lan.set("cidr", "192.0.2.0/24").note(text);
    draft.site.map("subnets").set("lan", lan);
    let name = draft.server.clone();
    let server = draft.site.map("servers").map(&name);
    server.set("ip", "192.0.2.1/24").note("no file says its address");
    server.set("interfaces", Value::List(vec!["eth0".into()]));
}

/// Writes what is for the whole site.
fn write_global(global: &Settings<'_, '_>, draft: &mut Draft) {
    let is_top = |setting: &&Setting<'_, '_>| setting.key.is("domain") || setting.key.section == "ipxe";
    let judged = |setting: &&Setting<'_, '_>| setting.key != DECLARED_NAMES;
    put_all(&mut draft.site, global.iter().filter(is_top), true);
    let dhcp: Vec<_> = global.iter().filter(judged).filter(|setting| !is_top(setting)).collect();
    if !dhcp.is_empty() {
        put_all(draft.site.map("dhcp"), dhcp, true);
    }
}

/// Writes the groups and the hosts.
fn write_hosts(hosts: &Hosts<'_, '_>, grouped: &Grouped<'_, '_>, site: &mut Mapping) {
    for group in &grouped.groups {
        let mut map = Mapping::default();
        if let Some(parent) = &group.parent {
            map.set("group", parent.as_str());
        }
        let mut settings: Vec<_> = group.settings.iter().map(|(key, value)| (key, value)).collect();
        settings.sort_by_key(|(key, _)| super::emission::rank(key));
        pairs_into(&mut map, settings.into_iter());
        raw_into(&mut map, &group.raw);
        let entry = site.map("groups").set(&group.name, map);
        let unnamed = |(key, value): &(Key, Value)| key.is("host_name") && *value == Value::from("none");
        if group.head.is_none() && group.settings.iter().any(unnamed) {
            entry.note("dhcpd.conf sends these hosts no name");
        }
        if let Some(head) = group.head {
            entry.from(&head.origin);
            // A title is the name.
            for line in note_lines(head.comment.filter(|comment| title(comment).is_none())) {
                entry.note(line);
            }
        }
    }
    if hosts.all.is_empty() {
        return;
    }
    let target = site.map("hosts");
    for (host, rest) in hosts.all.iter().zip(grouped.rest()) {
        let mut map = Mapping::default();
        if host.nics.is_empty() {
            card(&mut map, &host.macs, host.ip);
        } else {
            let cards =
                std::iter::once((&host.macs, host.ip)).chain(host.nics.iter().map(|(macs, ip)| (macs, *ip)));
            let cards = cards.map(|(macs, ip)| {
                let mut map = Mapping::default();
                card(&mut map, macs, ip);
                Value::Map(map)
            });
            map.set("nics", Value::List(cards.collect()));
        }
        if let Some(groups) = value_of(&host.groups) {
            map.set_word("group", groups);
        }
        pairs_into(&mut map, rest);
        let declarations: Vec<Verbatim> =
            host.declarations.iter().map(|text| Verbatim::with(host.head, text.to_string())).collect();
        raw_into(&mut map, &declarations);
        for (rule, why) in &host.allow {
            map.map("allow").set(rule, why.as_str());
        }
        if let Some(note) = host.note() {
            map.set("note", note);
        }
        let entry = target.set(&host.name, map);
        entry.from(&host.head.origin);
        for line in note_lines(host.head.comment) {
            entry.note(line);
        }
    }
}

/// Writes the addresses of a card.
fn card(map: &mut Mapping, macs: &[Mac], ip: Option<Ipv4Addr>) {
    let text = match macs {
        [mac] => mac.text().into(),
        macs => Value::List(macs.iter().map(|mac| mac.text().into()).collect()),
    };
    map.set_word("mac", text);
    if let Some(ip) = ip {
        map.set_word("ip", Dotted(ip).text());
    }
}

/// Writes settings, which are in their order.
fn pairs_into<'s>(map: &mut Mapping, pairs: impl Iterator<Item = (&'s Key, &'s Value)>) {
    for (key, value) in pairs {
        // Hosts and groups have it as a key of their own.
        let plain = key.section.is_empty() || (key.section == "ipxe" && key.name == "keep_san");
        if plain {
            map.set_word(key.name.clone(), value.clone());
        } else {
            map.map(key.section).set_word(key.name.clone(), value.clone());
        }
    }
}

/// Adds text to `raw.dhcpd`.
fn raw_into(map: &mut Mapping, texts: &[Verbatim]) {
    if texts.is_empty() {
        return;
    }
    let raw = map.map("raw");
    let mut text = match raw.get("dhcpd") {
        Some(Value::Lines(text)) => text.clone(),
        _ => String::new(),
    };
    text.extend(texts.iter().map(|verbatim| verbatim.text.as_str()));
    raw.set("dhcpd", Value::Lines(text));
}

/// Marks the options that conditions in words ask about.
fn use_in_words(statements: &[Statement<'_>], definitions: &mut Definitions<'_, '_>, coverage: &Coverage) {
    for statement in statements {
        if coverage.outcome(statement.number) == Some(&Outcome::Words) && !statement.begins(&["option"]) {
            definitions.use_in_words(statement);
        }
        use_in_words(statement.block.as_deref().unwrap_or_default(), definitions, coverage);
    }
}

/// Settles the definitions of options: `raw` needs those that its texts name.
fn definitions(
    scopes: &mut Scopes<'_, '_>,
    subnets: &[Subnet<'_, '_>],
    hosts: &Hosts<'_, '_>,
    grouped: &Grouped<'_, '_>,
    raw: &mut RawTexts,
    coverage: &mut Coverage,
) {
    let definitions = &mut scopes.definitions;
    let texts = subnets.iter().flat_map(|subnet| &subnet.raw);
    let texts = texts.chain(grouped.groups.iter().flat_map(|group| &group.raw));
    for text in texts.chain(&raw.first).chain(&raw.last) {
        definitions.use_in_raw(&text.text);
    }
    let mut known: HashSet<*const str> = HashSet::default();
    for text in hosts.all.iter().flat_map(|host| &host.raw) {
        if known.insert(Rc::as_ptr(text)) {
            definitions.use_in_raw(text);
        }
    }
    let mut first = Vec::new();
    for (statement, in_raw, in_words) in definitions.uses() {
        let outcome = match (in_raw, in_words) {
            (true, _) => {
                first.push(Verbatim::of(statement));
                Outcome::Raw("text in `raw` uses it".into())
            }
            (false, true) => Outcome::Words,
            (false, false) => Outcome::Default,
        };
        settle(statement, &outcome, coverage);
    }
    first.append(&mut raw.first);
    raw.first = first;
}
