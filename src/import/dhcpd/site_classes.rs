//! Classes of the file, and branches of the switch for clients that no kind of client describes, as classes of the site.

use foldhash::{HashMap, HashSet};

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Draft, Mapping, Value};
use super::super::names::Names;
use super::classes::{Class, classes, is_membership, matches_of, name_of};
use super::definitions::{DHCP, Type, name_of as option_name};
use super::emission::without_escapes;
use super::expression::{Expression, OptionNames};
use super::options::{hex, option, own_value};
use super::own_classes::{self, OwnClass, OwnCondition};
use super::parameters::parameter;
use super::pool_order::classes_of_raw_pools;
use super::pool_settings::{PoolSettings, pool_settings};
use super::scopes::{Permit, Scopes, is_option, sent_unasked, settle, unasked_code};
use super::setting::{Key, Reading};
use super::statements::Statement;
use super::subnets::Subnet;
use super::switch::{Choices, OtherBranch, Who, is_ipxe, is_switch};
use super::verbatim::Verbatim;
use super::words::{lists, plain};
use crate::dialects::dhcpd::lexer::Token;
use crate::model::{OptionType, ipv4};

/// The classes of a site.
#[derive(Debug, Default)]
pub struct SiteClasses<'a, 't> {
    /// Classes that only tell the kinds of client apart, and choose their boot files: blocks and conditions, in the order of
    /// the file. They take part in the switch.
    pub switch: Vec<(&'a [Statement<'t>], Expression)>,
    /// The names in the site of each class of the file that keys express.
    pub by_name: HashMap<String, Vec<String>>,
    /// The classes, with their names and the statements that they come from.
    all: Vec<(String, Mapping, super::super::origin::Origin)>,
    names: Names,
    /// The classes that have settings of a pool, with the scope of its subnet.
    in_subnet: HashMap<usize, usize>,
    /// The classes of a file that ipxegen made.
    own: Vec<OwnClass>,
    /// The classes of branches, by what they say but for `subnets`.
    branches: HashMap<Mapping, usize>,
}

/// The keys that a class has.
const KEYS: &[&str] = &[
    "routers",
    "dns",
    "ntp",
    "domain",
    "domain_search",
    "default_lease_time",
    "max_lease_time",
    "min_lease_time",
    "root_path",
    "boot",
    "autoboot",
];

/// Reads the classes of a file. Those that no key expresses are added to `raw`.
pub fn read<'a, 't>(
    statements: &'a [Statement<'t>],
    own: &'a [OwnCondition<'t>],
    scopes: &mut Scopes<'a, 't>,
    definitions: &OptionNames,
    raw: &mut Vec<Verbatim>,
    coverage: &mut Coverage,
) -> SiteClasses<'a, 't> {
    let own = own_classes::classes(own, scopes, definitions, coverage);
    let mut site = SiteClasses { own, ..SiteClasses::default() };
    let all = classes(statements, definitions);
    let moved = moved_to_classes(&all, scopes);
    let used: HashSet<String> = (scopes.all.iter())
        .flat_map(|scope| &scope.permits)
        .filter_map(|(permit, _)| match permit {
            Permit::Class(name) | Permit::Not(name) => Some(name.clone()),
            Permit::Clients(_) | Permit::All => None,
        })
        .collect();
    let of_pools = all.iter().filter(|class| used.contains(&class.name));
    let matches: HashMap<&str, Vec<Mapping>> =
        of_pools.clone().filter_map(|class| Some((class.name.as_str(), class.matches().ok()?))).collect();
    let in_raw: HashSet<&str> = of_pools
        .filter(|class| site.class(class, scopes, definitions).is_err())
        .map(|class| class.name.as_str())
        .collect();
    let needed = classes_of_raw_pools(scopes, &matches, &in_raw);
    let ours = scopes.definitions.has_space("ipxegen");
    for class in all {
        let heads =
            || class.statements.iter().copied().chain(class.subclasses.iter().map(|sub| sub.statement));
        if ours && site.declare(&class, definitions) {
            for head in heads() {
                settle(head, &Outcome::Words, coverage);
            }
            continue;
        }
        let plain = !needed.contains_key(class.name.as_str()) && !used.contains(&class.name);
        if plain && site.joins_the_switch(&class, definitions) {
            for head in heads() {
                settle(head, &Outcome::Words, coverage);
            }
            continue;
        }
        let words = match needed.get(class.name.as_str()) {
            Some(why) => Err(why.clone()),
            None => site.class(&class, scopes, definitions),
        };
        match words {
            Ok(mut bodies) => {
                if let Some((at, settings)) = moved.get(class.name.as_str()) {
                    for body in &mut bodies {
                        body.map("raw").set("dhcpd", Value::Lines(settings.text.clone()));
                    }
                    scopes.definitions.use_in_raw(&settings.text);
                    settle_moved(*at, scopes, coverage);
                }
                let empty = bodies.iter().all(|body| body.entries().len() == 1);
                let outcome =
                    if empty && !used.contains(&class.name) { Outcome::Default } else { Outcome::Words };
                for head in heads() {
                    settle(head, &outcome, coverage);
                }
                if outcome == Outcome::Words
                    && let Some(first) = class.statements.first()
                {
                    let name = name_of(&class.name);
                    let first_class = site.all.len();
                    let names = bodies.into_iter().map(|body| site.add(&name, body, first)).collect();
                    if let Some((_, settings)) = moved.get(class.name.as_str()) {
                        site.in_subnet.extend((first_class..site.all.len()).map(|at| (at, settings.subnet)));
                    }
                    site.by_name.insert(class.name.clone(), names);
                }
            }
            Err(why) => {
                for head in heads() {
                    settle(head, &Outcome::Raw(why.clone()), coverage);
                    raw.push(Verbatim::of(head));
                }
            }
        }
    }
    site
}

/// Marks the pools whose settings can be text of their classes: those whose class has no settings of its own, and whose
/// clients are in no class of another pool there.
fn moved_to_classes(
    classes: &[Class<'_, '_>],
    scopes: &mut Scopes<'_, '_>,
) -> HashMap<String, (usize, PoolSettings)> {
    let mut moved = pool_settings(scopes);
    let named: HashSet<&str> = moved
        .iter()
        .flat_map(|(_, moved)| moved.others.iter().chain([&moved.class]))
        .map(String::as_str)
        .collect();
    let known = classes.iter().filter(|class| named.contains(class.name.as_str()));
    let known: HashMap<&str, (&Class<'_, '_>, Vec<Mapping>)> =
        known.filter_map(|class| Some((class.name.as_str(), (class, class.matches().ok()?)))).collect();
    let of = |name: &str| known.get(name);
    moved.retain(|(_, settings)| {
        let Some((class, matches)) = of(&settings.class) else { return false };
        let plain = class.statements.iter().all(|one| one.block.iter().flatten().all(is_membership));
        let no_blocks = class.subclasses.iter().all(|subclass| subclass.statement.block.is_none());
        let is_apart = |other: &String| {
            of(other).is_some_and(|(_, others)| {
                matches.iter().all(|one| others.iter().all(|other| are_disjoint(one, other)))
            })
        };
        plain && no_blocks && settings.others.iter().all(is_apart)
    });
    for (at, _) in &moved {
        if let Some(pool) = scopes.all.get_mut(*at) {
            pool.in_class = true;
        }
    }
    moved.into_iter().map(|(at, moved)| (moved.class.clone(), (at, moved))).collect()
}

/// Accounts for the settings of a pool that are text of its class.
fn settle_moved(pool: usize, scopes: &Scopes<'_, '_>, coverage: &mut Coverage) {
    let head = scopes.all.get(pool).and_then(|scope| scope.head);
    for inner in head.into_iter().flat_map(|head| head.block.iter().flatten()) {
        if !["allow", "deny", "range", "failover"].iter().any(|word| inner.begins(&[word])) {
            let why = "it is for clients with an address of the pool, and `raw` of its class asks that";
            settle(inner, &Outcome::Raw(why.into()), coverage);
        }
    }
}

impl<'a, 't> SiteClasses<'a, 't> {
    /// Takes a `class` that ipxegen wrote, because ranges need it; whether it is one.
    fn declare(&mut self, class: &Class<'a, 't>, definitions: &OptionNames) -> bool {
        let blocks: Vec<&Statement<'_>> =
            class.statements.iter().flat_map(|one| one.block.iter().flatten()).collect();
        let [condition] = blocks.as_slice() else { return false };
        if !condition.begins(&["match", "if"]) || !class.subclasses.is_empty() {
            return false;
        }
        let tokens = condition.tokens.get(2..).unwrap_or_default();
        let Ok(matching) = own_classes::own_match(tokens, definitions) else { return false };
        let at = self.own.iter().position(|own| own.name == class.name).unwrap_or_else(|| {
            self.own.push(OwnClass::new(&class.name));
            self.own.len() - 1
        });
        if let Some(own) = self.own.get_mut(at) {
            own.body.set("match", matching);
            own.declared = Some(self.by_name.len());
        }
        self.by_name.insert(class.name.clone(), vec![class.name.clone()]);
        true
    }

    /// Takes a class into the switch, if it only tells the kinds of client apart and chooses their boot files; whether it
    /// does. A branch of it that no kind of client takes becomes a class.
    fn joins_the_switch(&mut self, class: &Class<'a, 't>, definitions: &OptionNames) -> bool {
        let (Some(Ok(condition)), None, None) = (&class.condition, &class.by, class.lease_limit) else {
            return false;
        };
        let mut blocks = Vec::new();
        for block in class.statements.iter().filter_map(|statement| statement.block.as_deref()) {
            let boots = |statement: &Statement<'_>| is_membership(statement) || is_switch(statement);
            let entered = Choices::default().enter(block, None, definitions);
            if !block.iter().all(boots) || !entered.raw.is_empty() {
                return false;
            }
            blocks.push((block, entered.others));
        }
        if !Choices::default().decides(condition) || blocks.is_empty() {
            return false;
        }
        for (block, others) in blocks {
            for other in others {
                let both = Expression::And(vec![condition.clone(), other.condition.clone()]);
                // A branch for clients of nobody is no reason to keep the class.
                let _ = self.branch(&OtherBranch { condition: both, ..other }, None);
            }
            self.switch.push((block, condition.clone()));
        }
        true
    }

    /// The classes of the site that one class of the file becomes, one for each `match` that it needs.
    ///
    /// # Errors
    /// Why no keys express it.
    fn class(
        &self,
        class: &Class<'a, 't>,
        scopes: &mut Scopes<'a, 't>,
        definitions: &OptionNames,
    ) -> Result<Vec<Mapping>, String> {
        let matches = class.matches()?;
        if let Some(with_block) = class.subclasses.iter().find(|sub| sub.statement.block.is_some()) {
            return Err(format!("`{}` has settings of its own", class_text(with_block.statement)));
        }
        let mut body = Mapping::default();
        let mut spares_ipxe = false;
        for block in class.statements.iter().filter_map(|statement| statement.block.as_deref()) {
            settings(block, scopes, &mut body)?;
            let entered = Choices::default().enter(block, None, definitions);
            if let Some(raw) = entered.raw.first() {
                return Err(raw.why.clone());
            }
            if let Some(other) = entered.others.first() {
                return Err(format!("`{}` is for other clients", class_text(other.statement)));
            }
            files(&entered.choices, &mut body)?;
            spares_ipxe |= class.by.is_some();
            spares_ipxe |= matches!(class.condition, Some(Ok(ref condition)) if holds_for_ipxe(block, condition, definitions));
        }
        Ok(with_matches(&matches, &body, spares_ipxe))
    }

    /// Adds a class; returns its name.
    fn add(&mut self, name: &str, body: Mapping, from: &Statement<'_>) -> String {
        let name = self.names.take(name);
        self.all.push((name.clone(), body, from.origin.clone()));
        name
    }

    /// Adds a branch of the switch as classes of a subnet, or of all.
    ///
    /// # Errors
    /// Why no keys express it.
    pub fn branch(&mut self, branch: &OtherBranch<'_, '_>, subnet: Option<&str>) -> Result<(), String> {
        let matches = matches_of(&branch.condition)?;
        let mut body = Mapping::default();
        files(&branch.choices, &mut body)?;
        if body.is_empty() {
            return Err("its branch does not choose one file".into());
        }
        let file = body.get("file").and_then(|file| match file {
            Value::Text(text) => text.rsplit('/').next().map(str::to_owned),
            _ => None,
        });
        let name = name_of(file.as_deref().and_then(|file| file.split('.').next()).unwrap_or("clients"));
        for mut class in with_matches(&matches, &body, false) {
            // A branch of a scope around several subnets is one class.
            let known = self.branches.get(&class).copied();
            if let Some((_, other, _)) = known.and_then(|at| self.all.get_mut(at)) {
                if let (Some(subnet), Some(Value::List(_))) = (subnet, other.get("subnets")) {
                    other.push("subnets", subnet);
                }
                continue;
            }
            self.branches.insert(class.clone(), self.all.len());
            if let Some(subnet) = subnet {
                class.set("subnets", Value::List(vec![subnet.into()]));
            }
            self.add(&name, class, branch.statement);
        }
        Ok(())
    }

    /// Whether a class has a boot file.
    pub fn boot(&self) -> bool {
        let files = |class: &Mapping| class.get("file").is_some() || class.get("loaders").is_some();
        self.all.iter().any(|(_, class, _)| class.get("file").is_some())
            || self.own.iter().any(|own| files(&own.body))
    }

    /// Writes the classes beside those that the draft has. Where a client may be in several, the first wins in dhcpd,
    /// and those that the draft has come last.
    pub fn write(&self, subnets: &[Subnet<'_, '_>], draft: &mut Draft) {
        if !self.own.is_empty() {
            own_classes::write(&self.own, subnets, draft.site.map("classes"), may_conflict);
        }
        if self.all.is_empty() {
            return;
        }
        let target = draft.site.map("classes");
        let others: Vec<&Value> = target.entries().iter().map(|entry| &entry.value).collect();
        let others = others.into_iter().filter_map(|value| match value {
            Value::Map(class) => Some(class),
            _ => None,
        });
        // Each with those behind it; few files have more than a handful.
        let classes: Vec<&Mapping> =
            self.all.iter().map(|(_, class, _)| class).chain(others).take(MOST_COMPARED).collect();
        let conflict = classes
            .iter()
            .enumerate()
            .any(|(at, class)| classes.iter().skip(at + 1).any(|other| may_conflict(class, other)));
        let names = subnets.iter().flat_map(|subnet| subnet.scopes.iter().map(move |scope| (*scope, subnet)));
        let names: HashMap<usize, &str> =
            names.map(|(scope, subnet)| (scope, subnet.name.as_str())).collect();
        for (at, (name, body, origin)) in self.all.iter().enumerate() {
            let mut body = body.clone();
            let home = self.in_subnet.get(&at).and_then(|scope| names.get(scope));
            if let Some(home) = home.filter(|_| subnets.len() > 1) {
                body.set("subnets", *home);
            }
            if conflict {
                let priority = self.all.len().saturating_sub(at).min(1000);
                body.set("priority", Value::Bare(priority.to_string()));
            }
            target.set(name, body).from(origin);
        }
    }
}

/// How many classes are compared with each other.
const MOST_COMPARED: usize = 200;

/// Whether one client may be in two classes that set one key.
fn may_conflict(one: &Mapping, other: &Mapping) -> bool {
    let is_set = |key: &str| !matches!(key, "match" | "subnets" | "raw") && other.get(key).is_some();
    let shares = one.entries().iter().any(|entry| is_set(&entry.key));
    match (one.get("match"), other.get("match")) {
        (Some(Value::Map(one)), Some(Value::Map(other))) => shares && !are_disjoint(one, other),
        _ => shares,
    }
}

/// Whether no client meets both of two values of `match`.
pub fn are_disjoint(one: &Mapping, other: &Mapping) -> bool {
    let texts = |map: &Mapping, key: &str| -> Vec<String> {
        let values = match map.get(key) {
            Some(Value::List(values)) => values.clone(),
            Some(value) => vec![value.clone()],
            None => Vec::new(),
        };
        values
            .into_iter()
            .map(|value| match value {
                Value::Text(text) => text,
                _ => "*".into(),
            })
            .collect()
    };
    let apart = |one: &String, other: &String| match (one.strip_suffix('*'), other.strip_suffix('*')) {
        (Some(one), Some(other)) => !one.starts_with(other) && !other.starts_with(one),
        (Some(one), None) => !other.starts_with(one),
        (None, Some(other)) => !one.starts_with(other),
        (None, None) => one != other,
    };
    ["vendor_class", "client", "mac"].iter().any(|key| {
        let (one, other) = (texts(one, key), texts(other, key));
        let all = one.iter().all(|one| other.iter().all(|other| apart(one, other)));
        !one.is_empty() && !other.is_empty() && all
    })
}

fn class_text<'t>(statement: &Statement<'t>) -> &'t str {
    let length = statement.tokens.last().map_or(0, Token::end);
    let start = statement.tokens.first().map_or(0, |first| first.start);
    statement.text.get(..length.saturating_sub(start)).unwrap_or_default()
}

/// A class for each `match`, with what it gives; if iPXE is in it as well, one for iPXE.
fn with_matches(matches: &[Mapping], body: &Mapping, for_ipxe: bool) -> Vec<Mapping> {
    let mut all = Vec::new();
    for matching in matches {
        let mut class = Mapping::default();
        class.set("match", matching.clone());
        for entry in body.entries() {
            class.set(&entry.key, entry.value.clone());
        }
        all.push(class);
        let file = match body.get("file") {
            Some(Value::Text(file)) => Some(file),
            _ => None,
        };
        if for_ipxe
            && matching.get("client").is_none()
            && let Some(file) = file.filter(|file| !is_ipxe(file))
        {
            let mut matching = matching.clone();
            matching.set("client", "ipxe");
            let mut class = Mapping::default();
            class.set("match", matching);
            class.set("file", file.as_str());
            all.push(class);
        }
    }
    all
}

/// Whether iPXE is among the clients of a class that get a file of it.
fn holds_for_ipxe(block: &[Statement<'_>], condition: &Expression, definitions: &OptionNames) -> bool {
    let entered = Choices::default().enter(block, Some(condition), definitions);
    entered
        .choices
        .clients()
        .any(|(asker, state)| matches!(asker.who, Who::Ipxe(_)) && state.file().is_some())
}

/// The file and the server that all clients of a block get.
fn files(choices: &Choices, body: &mut Mapping) -> Result<(), String> {
    let different = || "its clients get different files".to_owned();
    let mut file: Option<Option<String>> = None;
    let mut server: Option<Option<String>> = None;
    for (_, state) in choices.clients() {
        let text = state.file().map(|given| given.text.clone());
        if *file.get_or_insert_with(|| text.clone()) != text {
            return Err(different());
        }
        let next = state.field(super::switch::NEXT_SERVER).map(|given| given.text.clone());
        if *server.get_or_insert_with(|| next.clone()) != next {
            return Err(different());
        }
        if super::switch::OTHERS.iter().any(|field| state.field(*field).is_some()) {
            return Err("no key of a class says so".into());
        }
    }
    if let Some(file) = file.flatten() {
        body.set("file", file);
    }
    if let Some(server) = server.flatten() {
        ipv4(&server).map_err(|_| format!("dhcpd asks DNS for `{server}` when it starts"))?;
        body.set("next_server", server);
    }
    Ok(())
}

/// Reads the statements of a class that are not about boot files.
pub fn settings<'a, 't>(
    block: &'a [Statement<'t>],
    scopes: &mut Scopes<'a, 't>,
    body: &mut Mapping,
) -> Result<(), String> {
    let mut raw = String::new();
    for statement in block.iter().filter(|statement| !is_membership(statement)) {
        if statement.verbatim {
            raw.push_str(&super::verbatim::text_of(statement));
            continue;
        }
        if let Some(code) = unasked_code(statement) {
            send_unasked(body, code);
            continue;
        }
        let keyword = statement.tokens.first().map_or("", |token| token.text).to_ascii_lowercase();
        if statement.block.is_some() {
            if matches!(&*keyword, "if" | "elsif" | "else" | "switch") {
                continue;
            }
            return Err(format!("no key expresses `{keyword}` in a class"));
        }
        if keyword == "option" && (vendor(statement, scopes, body) || vendor_class(statement, block, body)) {
            continue;
        }
        let reading = match keyword.as_str() {
            "" => continue,
            "option" => option(statement, &mut scopes.definitions),
            keyword => parameter(keyword, statement),
        };
        match reading {
            Reading::Words(words) => {
                for (key, value) in words {
                    if !(key.section == "options"
                        || key.section == "ipxe"
                        || KEYS.iter().any(|name| key.is(name)))
                    {
                        return Err(format!("a class has no key for `{keyword}`"));
                    }
                    put(body, &key, value);
                }
            }
            Reading::Default | Reading::Boot | Reading::Nothing(_) => {}
            Reading::Raw(_) => raw.push_str(&super::verbatim::text_of(statement)),
            Reading::Lost(why) => return Err(why),
        }
    }
    if !raw.is_empty() {
        body.map("raw").set("dhcpd", Value::Lines(raw));
    }
    Ok(())
}

/// The sub-options of option 43 in bytes that are nothing else, in the order in which ipxegen writes them.
fn sub_options(hex: &str) -> Option<Vec<(u8, Mapping)>> {
    let bytes = crate::model::hex_bytes(hex);
    let mut rest = bytes.as_slice();
    let mut all: Vec<(u8, Mapping)> = Vec::new();
    while let Some((code, after)) = rest.split_first() {
        let (length, after) = after.split_first()?;
        let (value, next) = after.split_at_checked(usize::from(*length))?;
        if *code == u8::MAX || value.is_empty() || all.last().is_some_and(|(last, _)| last >= code) {
            return None;
        }
        let mut typed = Mapping::default();
        let readable = value.len() > 1 && value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        match (value, std::str::from_utf8(value)) {
            (_, Ok(text)) if readable => typed.set("text", text),
            ([a, b, c, d], _) => typed.set("ip", format!("{a}.{b}.{c}.{d}")),
            _ => {
                let octets: Vec<String> = value.iter().map(|byte| format!("{byte:02x}")).collect();
                typed.set("hex", octets.join(":"))
            }
        };
        all.push((*code, typed));
        rest = next;
    }
    (!all.is_empty()).then_some(all)
}

/// Option 60 beside option 43: `vendor_class` of `vendor_options`.
fn vendor_class(statement: &Statement<'_>, block: &[Statement<'_>], body: &mut Mapping) -> bool {
    let is_vendor = |other: &Statement<'_>| other.begins(&["option", "vendor-encapsulated-options"]);
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    match words.as_slice() {
        [name, value] if name.is("vendor-class-identifier") && value.quoted && !value.bytes.is_empty() => {
            let Some(text) = value.text().filter(|_| block.iter().any(is_vendor)) else { return false };
            body.map("vendor_options").set("vendor_class", text);
            true
        }
        _ => false,
    }
}

/// Sets `always` of an option of a class.
fn send_unasked(body: &mut Mapping, code: u8) {
    if code == 43 {
        body.map("vendor_options").set("always", Value::flag(true));
        return;
    }
    let options = body.map("options");
    let name = options.entries().iter().map(|entry| entry.key.clone()).find(|name| is_option(name, code));
    if let Some(name) = name
        && let Some(value) = options.get(&name).cloned()
    {
        options.set(&name, sent_unasked(&name, value));
    }
}

fn put(body: &mut Mapping, key: &Key, value: Value) {
    if key.section.is_empty() {
        body.set(&key.name, value);
    } else {
        body.map(key.section).set(&key.name, without_escapes(value));
    }
}

/// Reads an option of option 43: the whole, or one of a space that it encapsulates.
fn vendor(statement: &Statement<'_>, scopes: &mut Scopes<'_, '_>, body: &mut Mapping) -> bool {
    let tokens = statement.tokens.get(1..).unwrap_or_default();
    let words = plain(tokens);
    let Some((space, name)) = option_name(&words) else { return false };
    if space == DHCP && name == "vendor-encapsulated-options" {
        let [_, value] = words.as_slice() else { return false };
        let text = value.text().filter(|text| value.quoted && !text.is_empty());
        let Some(hex) = hex(value) else { return false };
        let vendor = body.map("vendor_options");
        match (text, sub_options(&hex)) {
            (Some(text), _) => {
                vendor.set("text", text);
            }
            (None, Some(sub_options)) => {
                for (code, value) in sub_options {
                    vendor.set(&code.to_string(), value);
                }
            }
            (None, None) => {
                vendor.set("hex", hex);
            }
        }
        return true;
    }
    if space == DHCP || !scopes.definitions.encapsulates(43, &space) {
        return false;
    }
    let Some(definition) = scopes.definitions.get(&space, &name) else { return false };
    let values = lists(tokens.get(3..).unwrap_or_default());
    let is = match definition.is {
        Type::Plain(is) => is,
        Type::String => {
            let quoted = values.iter().flatten().any(|word| word.quoted);
            if quoted { OptionType::Text } else { OptionType::Hex }
        }
        Type::Encapsulate(_) | Type::Other => return false,
    };
    let Some((word, value)) = own_value(is, &values).filter(|_| definition.code <= 254) else {
        return false;
    };
    definition.in_words = true;
    let code = definition.code.to_string();
    let mut typed = Mapping::default();
    typed.set(word, value);
    body.map("vendor_options").set(&code, typed);
    true
}
