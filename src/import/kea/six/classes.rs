//! Client classes: those that choose boot files are evaluated for every kind of client.

use std::rc::Rc;

use foldhash::HashMap;

use super::super::super::coverage::Outcome;
use super::super::super::six::{Asker6, Part, Text, askers};
use super::super::json::Node;
use super::super::test::Test;
use super::{OWN, Reader, options};

/// The classes of a file, and the clients that are in them.
pub(super) struct Classes<'n> {
    all: Vec<Class<'n>>,
    by_name: HashMap<&'n str, Vec<usize>>,
}

struct Class<'n> {
    node: &'n Node,
    name: &'n str,
    test: Option<Test<'n>>,
    /// Only scopes that list it evaluate it.
    is_listed: bool,
    /// Whether each client is in it; `None` if its kind does not tell.
    members: Vec<Option<bool>>,
    url: Option<Rc<str>>,
    is_http: bool,
}

/// The classes that decide for a client, by index: of two, the earlier one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Winners {
    url: Option<usize>,
    class: Option<usize>,
}

impl<'n> Classes<'n> {
    pub(super) fn of(dhcp: &'n Node) -> Self {
        let nodes = dhcp.get("client-classes").map(Node::items).unwrap_or_default();
        let mut all: Vec<Class<'n>> = nodes.iter().map(Class::new).collect();
        for asker in askers() {
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
        for (at, class) in all.iter().enumerate().filter(|(_, class)| class.is_listed) {
            by_name.entry(class.name).or_default().push(at);
        }
        Self { all, by_name }
    }

    /// The classes that decide for each client in scopes.
    pub(super) fn outer(&self, scopes: &[&Node]) -> Vec<Winners> {
        let mut winners = vec![Winners::default(); askers().len()];
        for (at, class) in self.all.iter().enumerate().filter(|(_, class)| !class.is_listed) {
            class.decide(at, &mut winners);
        }
        for scope in scopes {
            self.list(scope, &mut winners);
        }
        winners
    }

    /// Adds the classes that a scope lists; returns them by index.
    pub(super) fn list(&self, scope: &Node, winners: &mut [Winners]) -> Vec<usize> {
        let keys = ["require-client-classes", "evaluate-additional-classes"];
        let names = keys.into_iter().filter_map(|key| scope.get(key)).flat_map(Node::items);
        let named = names.filter_map(|name| self.by_name.get(name.text()?));
        let listed: Vec<usize> = named.flatten().copied().collect();
        for at in &listed {
            if let Some(class) = self.all.get(*at) {
                class.decide(*at, winners);
            }
        }
        listed
    }

    /// The URL and the vendor class of the classes that decide for a client.
    pub(super) fn answer(&self, winners: &Winners) -> (Option<Rc<str>>, bool) {
        let class = |at: Option<usize>| at.and_then(|at| self.all.get(at));
        let url = class(winners.url).and_then(|class| class.url.clone());
        (url, class(winners.class).is_some_and(|class| class.is_http))
    }
}

impl<'n> Class<'n> {
    fn new(node: &'n Node) -> Self {
        let is_listed = ["only-if-required", "only-in-additional-list"]
            .iter()
            .any(|key| node.get(key).and_then(Node::text) == Some("true"));
        let data = node.get("option-data").map(Node::items).unwrap_or_default();
        let of = |code: u8| data.iter().find(move |option| options::code(option) == Some(code));
        let url = of(59).and_then(options::bytes).map(|bytes| String::from_utf8_lossy(&bytes).into());
        let class = of(16).and_then(options::bytes).unwrap_or_default();
        Self {
            node,
            name: node.get("name").and_then(Node::text).unwrap_or_default(),
            test: node.get("test").and_then(Node::text).map(Test::new),
            is_listed,
            members: Vec::new(),
            url,
            is_http: class.windows(10).any(|part| part == b"HTTPClient"),
        }
    }

    /// Whether it chooses boot files for kinds of clients, and no more.
    fn is_known(&self) -> bool {
        let plain = |(key, node): &(String, Node)| {
            let evaluated = |option: &Node| matches!(options::code(option), Some(16 | 59));
            match key.as_str() {
                "name" | "test" | "only-if-required" | "only-in-additional-list" => true,
                "option-data" => node.items().iter().all(evaluated),
                _ => false,
            }
        };
        self.members.iter().all(Option::is_some) && self.node.members().iter().all(plain)
    }

    fn decide(&self, at: usize, winners: &mut [Winners]) {
        let first = |place: &mut Option<usize>| *place = Some(place.map_or(at, |other| other.min(at)));
        for (winners, is_in) in winners.iter_mut().zip(&self.members) {
            if *is_in == Some(true) {
                if self.url.is_some() {
                    first(&mut winners.url);
                }
                if self.is_http {
                    first(&mut winners.class);
                }
            }
        }
    }

    fn has(&self, asker: &Asker6, known: &HashMap<&str, Option<bool>>) -> Option<bool> {
        let Some(test) = &self.test else { return Some(false) };
        test.evaluate_with(&|name| option(asker, name), &|name| match name {
            "ALL" => Some(true),
            "KNOWN" => Some(asker.known),
            "UNKNOWN" => Some(!asker.known),
            name => known.get(name).copied().unwrap_or(Some(false)),
        })
    }
}

/// The value of an option of a client; the outer `None` if its kind does not tell.
fn option(asker: &Asker6, name: &str) -> Option<Option<Vec<u8>>> {
    let code = match name {
        "15" | "user-class" => 15,
        "16" | "vendor-class" => 16,
        "61" | "client-arch-type" => 61,
        _ => return None,
    };
    Some(asker.client.option6(code))
}

impl<'n> Reader<'_, 'n> {
    pub(super) fn client_classes(&mut self, node: &'n Node) {
        for (at, class) in node.items().iter().enumerate() {
            let known = self.classes.all.get(at).is_some_and(Class::is_known);
            let is_listed = self.classes.all.get(at).is_some_and(|class| class.is_listed);
            let chooses = self.classes.all.get(at).is_some_and(|class| class.url.is_some() || class.is_http);
            if known {
                let number = self.add("client-classes", class, Outcome::Words);
                let part =
                    Part { numbers: vec![number], origin: class.origin.clone(), text: Text::Nowhere(OWN) };
                if chooses && !is_listed {
                    self.always.push(part.clone());
                }
                self.class_parts.push(chooses.then_some(part));
            } else {
                self.raw_classes.extend(class.get("name").and_then(Node::text));
                let part = self.raw_item("client-classes", class);
                self.six.raw.push(part);
                self.class_parts.push(None);
                // `raw` keeps it as it is, for the scopes that list it as well.
                if let Some(class) = self.classes.all.get_mut(at) {
                    (class.url, class.is_http) = (None, false);
                }
            }
        }
    }
}
