//! Client classes: those that choose boot files are evaluated for every kind of client, and some others are classes of the
//! site.

use std::rc::Rc;

use foldhash::HashMap;

use super::super::clients::{ASKERS, Answered, Asker, Choices, Given, tells_few};
use super::super::copies::{Copies, weight_of_text};
use super::super::coverage::Outcome;
use super::super::draft::Value;
use super::json::Node;
use super::site_class::{OtherOptions, site_class};
use super::test::Test;
use super::{Reader, Scope};
use crate::model::ipv4;

/// The members of a class about boot files.
const FILES: [&str; 2] = ["boot-file-name", "next-server"];

/// How many classes a class in `raw` leaves out. A file with more of them would grow with their square.
const MOST_BEFORE: usize = 100;

/// The client classes, in order, and the clients that are in them.
pub(super) struct Classes<'n> {
    all: Vec<Class<'n>>,
    by_name: HashMap<&'n str, Vec<usize>>,
}

struct Class<'n> {
    node: &'n Node,
    name: &'n str,
    test: Option<Test<'n>>,
    /// Only scopes that list the class evaluate it, after all others.
    is_listed: bool,
    /// Whether each client is in it, by [`Asker::number`]; `None` if its kind does not tell.
    members: Vec<Option<bool>>,
    said: Said,
}

/// What a class or a scope says about the boot file and the server.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    file: Option<Rc<Given>>,
    next_server: Option<Rc<Given>>,
    /// Option 67.
    option: Option<Rc<Given>>,
}

/// The classes that decide for a client, by index: of two, the earlier one.
#[derive(Clone, Copy, Debug, Default)]
struct Winners {
    file: Option<usize>,
    next_server: Option<usize>,
    option: Option<usize>,
}

/// The scopes around subnets: the file, and the shared network, if there is one.
pub(super) struct Outer {
    /// The classes of each client, by [`Asker::number`].
    winners: Vec<Winners>,
    network: Said,
    dhcp: Said,
    /// The answers in subnets that say no more than a server, by that: most subnets say the same.
    known: HashMap<Option<Rc<str>>, Rc<Choices>>,
}

impl Said {
    fn of(node: &Node, explicit: bool) -> Self {
        // Kea's fields.
        let field = |name: &str, none: &str| {
            let node = node.get(name)?;
            let text = node.text().filter(|text| !text.is_empty() && *text != none)?;
            Some(Rc::new(Given { text: text.into(), origin: node.origin.clone(), explicit }))
        };
        Self {
            file: field("boot-file-name", ""),
            next_server: field("next-server", "0.0.0.0"),
            option: file_option(node, explicit).map(Rc::new),
        }
    }
}

impl Winners {
    fn add(&mut self, at: usize, said: &Said) {
        let places = [
            (&mut self.file, said.file.is_some()),
            (&mut self.next_server, said.next_server.is_some()),
            (&mut self.option, said.option.is_some()),
        ];
        for (place, _) in places.into_iter().filter(|(_, says)| *says) {
            *place = Some(place.map_or(at, |other| other.min(at)));
        }
    }
}

impl<'n> Classes<'n> {
    pub(super) fn of(dhcp: &'n Node) -> Self {
        let nodes = dhcp.get("client-classes").map(Node::items).unwrap_or_default();
        let mut all: Vec<Class<'n>> = nodes.iter().map(Class::new).collect();
        for asker in ASKERS.iter() {
            let mut known: HashMap<&str, Option<bool>> = HashMap::default();
            for listed in [false, true] {
                for class in all.iter_mut().filter(|class| class.is_listed == listed) {
                    let is_in = class.has(asker, &known);
                    known.insert(class.name, is_in);
                    class.members.push(is_in);
                }
            }
        }
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::default();
        for (at, class) in all.iter_mut().enumerate() {
            let explicit = tells_few(|asker| class.is_of(asker) == Some(true));
            class.said = Said::of(class.node, explicit);
            if class.is_listed {
                by_name.entry(class.name).or_default().push(at);
            }
        }
        Self { all, by_name }
    }

    /// Whether the class at an index depends on something that the kind of a client does not tell.
    fn depends(&self, at: usize) -> bool {
        self.all.get(at).is_some_and(|class| class.members.iter().any(Option::is_none))
    }

    /// The test of the class at an index, if it is one of those that the render has in place of classes that choose boot
    /// files.
    fn rendered(&self, at: usize) -> Option<&'n str> {
        let class = self.all.get(at).filter(|class| class.chooses() && !class.is_listed)?;
        // The classes that a test names are not among those of the render.
        let test = class.node.get("test").and_then(Node::text).filter(|test| !test.contains("member("));
        test.filter(|_| !self.depends(at))
    }

    /// The classes that decide for each client without those that scopes list.
    fn always(&self) -> Vec<Winners> {
        let mut winners = vec![Winners::default(); ASKERS.len()];
        for (at, class) in self.all.iter().enumerate().filter(|(_, class)| !class.is_listed) {
            class.decide(at, &mut winners);
        }
        winners
    }

    /// Adds the classes that a scope lists.
    fn list(&self, scope: &Node, winners: &mut [Winners]) {
        for name in listed(scope) {
            for at in self.by_name.get(name).into_iter().flatten() {
                if let Some(class) = self.all.get(*at) {
                    class.decide(*at, winners);
                }
            }
        }
    }

    /// The scopes around the subnets of a file or of a shared network.
    pub(super) fn outer(&self, network: Option<&Node>, dhcp: &Node) -> Outer {
        let mut winners = self.always();
        for scope in network.into_iter().chain([dhcp]) {
            self.list(scope, &mut winners);
        }
        let network = network.map(|network| Said::of(network, false)).unwrap_or_default();
        Outer { winners, network, dhcp: Said::of(dhcp, false), known: HashMap::default() }
    }

    /// The answers in a subnet.
    pub(super) fn answers(&self, subnet: &Node, outer: &mut Outer) -> Rc<Choices> {
        let own = Said::of(subnet, false);
        let server = own.next_server.as_ref().map(|given| given.text.clone());
        let is_plain = own.file.is_none() && own.option.is_none() && listed(subnet).next().is_none();
        if let Some(known) = outer.known.get(&server).filter(|_| is_plain) {
            return Rc::clone(known);
        }
        let mut winners = outer.winners.clone();
        self.list(subnet, &mut winners);
        let (network, dhcp) = (&outer.network, &outer.dhcp);
        let choices = Choices::answered(|asker| {
            let of = winners.get(asker.number).copied().unwrap_or_default();
            let class = |at: Option<usize>| at.and_then(|at| self.all.get(at)).map(|class| &class.said);
            // A class overrides a subnet.
            let file = class(of.file).and_then(|said| said.file.as_ref());
            let file = file.or(own.file.as_ref()).or(network.file.as_ref()).or(dhcp.file.as_ref());
            // Among options, a subnet overrides a class, which overrides what is global.
            let option = || {
                let inner = own.option.as_ref().or(network.option.as_ref());
                let by_class = || class(of.option).and_then(|said| said.option.as_ref());
                inner.or_else(by_class).or(dhcp.option.as_ref())
            };
            let next_server = class(of.next_server).and_then(|said| said.next_server.as_ref());
            let next_server = next_server.or(own.next_server.as_ref());
            Answered {
                file: file.or_else(option).cloned(),
                next_server: next_server
                    .or(network.next_server.as_ref())
                    .or(dhcp.next_server.as_ref())
                    .cloned(),
            }
        });
        let choices = Rc::new(choices);
        if is_plain {
            outer.known.insert(server, Rc::clone(&choices));
        }
        choices
    }
}

/// The classes that a scope evaluates besides.
fn listed(scope: &Node) -> impl Iterator<Item = &str> {
    let keys = ["require-client-classes", "evaluate-additional-classes"];
    let lists = keys.into_iter().filter_map(|key| scope.get(key));
    lists.flat_map(Node::items).filter_map(Node::text)
}

impl<'n> Class<'n> {
    fn new(node: &'n Node) -> Self {
        let is_listed = ["only-if-required", "only-in-additional-list"]
            .iter()
            .any(|key| node.get(key).and_then(Node::text) == Some("true"));
        let name = node.get("name").and_then(Node::text).unwrap_or_default();
        let test = node.get("test").and_then(Node::text).map(Test::new);
        Self { node, name, test, is_listed, members: Vec::new(), said: Said::default() }
    }

    /// Whether it chooses boot files.
    fn chooses(&self) -> bool {
        FILES.iter().any(|key| self.node.get(key).is_some())
    }

    fn is_of(&self, asker: &Asker) -> Option<bool> {
        self.members.get(asker.number).copied().flatten()
    }

    /// Adds it to the classes that decide for its clients.
    fn decide(&self, at: usize, winners: &mut [Winners]) {
        for (winners, is_in) in winners.iter_mut().zip(&self.members) {
            if *is_in == Some(true) {
                winners.add(at, &self.said);
            }
        }
    }

    /// Evaluates its test. `known` are the classes before it.
    fn has(&self, asker: &Asker, known: &HashMap<&str, Option<bool>>) -> Option<bool> {
        // Kea's own classes need no definition (Kea's manual, "Built-in Client Classes").
        let vendor =
            |name: &str| name.strip_prefix("VENDOR_CLASS_").map(|of| of == asker.client.vendor_class);
        match &self.test {
            Some(test) => test.evaluate(asker, &|name| match name {
                "ALL" => Some(true),
                "KNOWN" => Some(asker.known),
                "UNKNOWN" => Some(!asker.known),
                name => known.get(name).copied().unwrap_or_else(|| vendor(name)),
            }),
            None => Some(vendor(self.name) == Some(true)),
        }
    }
}

/// Option 67 among the options of a scope or a class.
fn file_option(scope: &Node, explicit: bool) -> Option<Given> {
    let options = scope.get("option-data").map(Node::items).unwrap_or_default();
    let option = options.iter().find(|option| is_file_option(option))?;
    let text = option.get("data").and_then(Node::text).filter(|text| !text.is_empty())?;
    Some(Given { text: text.into(), origin: option.origin.clone(), explicit })
}

/// Whether an option is 67, as text.
pub(super) fn is_file_option(option: &Node) -> bool {
    let text = |key: &str| option.get(key).and_then(Node::text);
    let is_it = text("name") == Some("boot-file-name") || text("code") == Some("67");
    is_it && text("csv-format") != Some("false") && text("space").is_none_or(|space| space == "dhcp4")
}

impl Reader<'_, '_> {
    pub(super) fn client_classes(&mut self, node: &Node, dhcp: &Node) {
        const OWN: [&str; 8] = [
            "name",
            "test",
            "boot-file-name",
            "next-server",
            "only-if-required",
            "only-in-additional-list",
            "comment",
            "user-context",
        ];
        let others = OtherOptions::of(dhcp);
        // The tests of the classes of the render so far.
        let mut before = Before::default();
        for (at, class) in node.items().iter().enumerate() {
            let own_test = self.classes.rendered(at);
            let http = |option: &Node| {
                option
                    .get("data")
                    .and_then(Node::text)
                    .is_some_and(|data| data.contains("HTTPClient") || data.starts_with("4854545043"))
            };
            if let Some(server) = class.get("next-server")
                && let Some(ip) = server.text().and_then(|text| ipv4(text).ok())
            {
                self.addresses.push((ip, format!("it is `next-server` in {}", server.origin)));
            }
            let plain = |(key, node): &&(String, Node)| {
                let evaluated = |option: &Node| http(option) || is_file_option(option);
                OWN.contains(&key.as_str()) || (key == "option-data" && node.items().iter().all(evaluated))
            };
            let chooses = FILES.iter().any(|key| class.get(key).is_some());
            let known = !self.classes.depends(at);
            if known && class.members().iter().all(|member| plain(&member)) {
                self.add("client-classes", class, Outcome::Words);
            } else if let Some((name, keys)) = site_class(class, if known { &FILES } else { &[] }, &others) {
                // The file is part of the answers.
                self.imported.draft.site.map("classes").set(&name, keys).from(&class.origin);
                self.add("client-classes", class, Outcome::Words);
            } else if known && chooses {
                // The class keeps the rest.
                let Value::Map(mut rest) = class.value() else { continue };
                for key in FILES {
                    rest.remove(key);
                }
                self.map(Scope::Dhcp).map("raw").map("kea").push("client-classes", rest).from(&class.origin);
                let why = "it says more than a boot file".to_owned();
                self.add("client-classes", class, Outcome::Raw(why));
                self.imported.coverage.remarks.extend(others.hidden(class));
            } else {
                let mut value = class.value();
                if chooses
                    && let (Value::Map(map), Some(test)) =
                        (&mut value, class.get("test").and_then(Node::text))
                {
                    match before.left_out(test, &mut self.copies) {
                        Ok(Some(test)) => {
                            map.set("test", test);
                        }
                        Ok(None) => {}
                        Err(why) => self.imported.coverage.remark(class.origin.clone(), why),
                    }
                }
                self.map(Scope::Dhcp).map("raw").map("kea").push("client-classes", value).from(&class.origin);
                let why = "it depends on more than the kind of a client, or says more than a boot file";
                self.add("client-classes", class, Outcome::Raw(why.to_owned()));
                self.imported.coverage.remarks.extend(others.hidden(class));
            }
            if let Some(test) = own_test {
                before.add(test);
            }
        }
    }
}

/// The classes before one that stays in `raw`, where Kea evaluates it before the classes of the render: it leaves out the
/// clients of the classes before it that choose boot files.
#[derive(Default)]
struct Before {
    /// Their tests, in brackets, with `or` between them.
    tests: String,
    count: usize,
}

impl Before {
    fn add(&mut self, test: &str) {
        if self.count < MOST_BEFORE {
            let or = if self.count == 0 { "" } else { " or " };
            self.tests.push_str(&format!("{or}({test})"));
            self.count += 1;
        }
    }

    /// The test of a class with the others left out; `None` if there are none.
    fn left_out(&self, own: &str, copies: &mut Copies) -> Result<Option<String>, String> {
        if self.count == 0 {
            return Ok(None);
        }
        // The first copy counts as well: the classes of the render have the tests.
        if !copies.take(weight_of_text(&self.tests), 2) {
            let why = "clients of the classes before this one get its boot file, too: to leave them out, its test would be \
                       too long";
            return Err(why.to_owned());
        }
        Ok(Some(format!("({own}) and not ({})", self.tests)))
    }
}
