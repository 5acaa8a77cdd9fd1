//! Classes of the file, and branches of the switch for clients that no kind of client describes, as classes of the site.

use std::hash::BuildHasher as _;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Draft, Mapping, Value};
use super::super::names::Names;
use super::class_conflicts::{MOST_COMPARED, are_disjoint, may_conflict};
use super::class_settings::{put, settings};
use super::classes::{Class, classes, is_membership, matches_of, name_of};
use super::expression::{Expression, OptionNames};
use super::own_classes::{self, OwnClass};
use super::own_conditions::OwnCondition;
use super::pool_conditions;
use super::pool_order::classes_of_raw_pools;
use super::pool_settings::{PoolSettings, pool_settings};
use super::scopes::{Permit, Scopes, settle};
use super::statements::Statement;
use super::subnets::Subnet;
use super::switch::{Choices, OtherBranch, Who, is_ipxe, is_switch};
use super::verbatim::Verbatim;
use crate::dialects::dhcpd::lexer::Token;
use crate::model::ipv4;

/// How many classes of the switch may set variables: each of them has all variables that the classes before it have set.
const MOST_WITH_VARIABLES: usize = 16;

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
    /// The classes of branches, by the hash of what they say but for `subnets`.
    branches: HashMap<u64, Vec<usize>>,
    /// How many classes of the switch set variables.
    with_variables: usize,
}

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
    pool_conditions::mark(statements, scopes);
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
                if let Some((at, _)) = moved.get(class.name.as_str()).filter(|(_, moved)| moved.in_words) {
                    let settings = scopes.all.get(*at).into_iter().flat_map(|pool| pool.settings.iter());
                    for setting in settings {
                        bodies.iter_mut().for_each(|body| put(body, &setting.key, setting.value.clone()));
                    }
                } else if let Some((at, settings)) = moved.get(class.name.as_str()) {
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
                    if let Some(body) = bodies.first().filter(|_| !moved.contains_key(class.name.as_str())) {
                        settle_raw(head, body, coverage);
                    }
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

/// Accounts for the statements of a class that are text in its `raw`.
fn settle_raw(head: &Statement<'_>, body: &Mapping, coverage: &mut Coverage) {
    let Some(Value::Lines(text)) = body.submap("raw").and_then(|raw| raw.get("dhcpd")) else { return };
    for inner in head.block.iter().flatten().filter(|inner| inner.block.is_none()) {
        if !inner.text.trim().is_empty() && text.contains(inner.text.trim()) {
            settle(inner, &Outcome::Raw("a class has no key for it".into()), coverage);
        }
    }
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
        let has_variables = class.statements.iter().any(|statement| sets_variable(statement));
        if has_variables && self.with_variables >= MOST_WITH_VARIABLES {
            return false;
        }
        let mut blocks = Vec::new();
        for block in class.statements.iter().filter_map(|statement| statement.block.as_deref()) {
            let boots = |statement: &Statement<'_>| is_membership(statement) || is_switch(statement);
            if !block.iter().all(boots) {
                return false;
            }
            let entered = Choices::default().enter(block, None, definitions);
            if !entered.raw.is_empty() {
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
        self.with_variables += usize::from(has_variables);
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
            let hash = self.branches.hasher().hash_one(&class);
            let alike = self.branches.entry(hash).or_default();
            let says_the_same = |at: &&usize| {
                let other = self.all.get(**at).map_or(&[][..], |(_, other, _)| other.entries());
                other.iter().filter(|entry| entry.key != "subnets").eq(class.entries())
            };
            let known = alike.iter().find(says_the_same).copied();
            if let Some((_, other, _)) = known.and_then(|at| self.all.get_mut(at)) {
                if let (Some(subnet), Some(Value::List(_))) = (subnet, other.get("subnets")) {
                    other.push("subnets", subnet);
                }
                continue;
            }
            alike.push(self.all.len());
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

    /// Whether a class has a root-path, or options of iPXE.
    pub fn serve_disks(&self) -> bool {
        let disks = |class: &Mapping| class.get("root_path").is_some() || class.get("ipxe").is_some();
        self.all.iter().any(|(_, class, _)| disks(class))
    }

    /// Moves the classes to the draft, beside those that it has. Where a client may be in several, the first wins in dhcpd,
    /// and those that the draft has come last.
    pub fn write(&mut self, subnets: &[Subnet<'_, '_>], draft: &mut Draft) {
        if !self.own.is_empty() {
            own_classes::write(&self.own, subnets, draft.site.map("classes"));
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
        let count = self.all.len();
        for (at, (name, mut body, origin)) in std::mem::take(&mut self.all).into_iter().enumerate() {
            let home = self.in_subnet.get(&at).and_then(|scope| names.get(scope));
            if let Some(home) = home.filter(|_| subnets.len() > 1) {
                body.set("subnets", *home);
            }
            if conflict {
                let priority = count.saturating_sub(at).min(1000);
                body.set("priority", Value::Bare(priority.to_string()));
            }
            target.set_word(name, body).from(&origin);
        }
    }
}

/// Whether a statement, or one in its blocks, sets a variable.
fn sets_variable(statement: &Statement<'_>) -> bool {
    statement.begins(&["set"]) || statement.block.iter().flatten().any(sets_variable)
}

fn class_text<'t>(statement: &Statement<'t>) -> &'t str {
    let length = statement.tokens.last().map_or(0, Token::end);
    let start = statement.tokens.first().map_or(0, Token::start);
    statement.text.get(..length.saturating_sub(start)).unwrap_or_default()
}

/// A class for each `match`, with what it gives; if iPXE is in it as well, one for iPXE.
fn with_matches(matches: &[Mapping], body: &Mapping, for_ipxe: bool) -> Vec<Mapping> {
    let mut all = Vec::new();
    for matching in matches {
        let mut class = Mapping::with_capacity(1 + body.entries().len());
        class.set_word("match", matching.clone());
        for entry in body.entries() {
            class.set_word(entry.key.clone(), entry.value.clone());
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
    let mut file: Option<Option<Rc<str>>> = None;
    let mut server: Option<Option<Rc<str>>> = None;
    for state in choices.answers() {
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
        body.set("file", &*file);
    }
    if let Some(server) = server.flatten() {
        ipv4(&server).map_err(|_| format!("dhcpd asks DNS for `{server}` when it starts"))?;
        body.set("next_server", &*server);
    }
    Ok(())
}
