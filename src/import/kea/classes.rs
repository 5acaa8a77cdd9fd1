//! Client classes: those that choose boot files are evaluated for every kind of client, and some others are classes of the
//! site.

use foldhash::HashMap;

use super::super::clients::{ASKERS, Answered, Asker, Choices, Given, tells_few};
use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::json::Node;
use super::{Reader, Scope, options, test};
use crate::model::ipv4;

/// How many classes a class in `raw` leaves out. A file with more of them would grow with their square.
const MOST_BEFORE: usize = 100;

/// The client classes, in order, and the clients that are in them.
pub(super) struct Classes<'n> {
    all: Vec<Class<'n>>,
}

struct Class<'n> {
    node: &'n Node,
    name: &'n str,
    /// Only scopes that list the class evaluate it, after all others.
    is_listed: bool,
    /// Whether each client is in it; `None` if its kind does not tell.
    members: HashMap<(String, bool), Option<bool>>,
    /// It tells few kinds of firmware from all others.
    explicit: bool,
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
                    class.members.insert((asker.name.clone(), asker.known), is_in);
                }
            }
        }
        for class in &mut all {
            class.explicit = tells_few(|asker| class.is_of(asker) == Some(true));
        }
        Self { all }
    }

    /// Whether the class at an index depends on something that the kind of a client does not tell.
    fn depends(&self, at: usize) -> bool {
        self.all.get(at).is_some_and(|class| class.members.values().any(Option::is_none))
    }

    /// The test of a class that chooses boot files and stays in `raw`, where Kea evaluates it before the classes of the
    /// render: it leaves out the clients of the classes before it that choose boot files. `None` if it has not to change.
    fn after_others(&self, at: usize) -> Option<String> {
        let chooses = |class: &Class<'_>| {
            ["boot-file-name", "next-server"].iter().any(|key| class.node.get(key).is_some())
        };
        let test = |class: &Class<'n>| class.node.get("test").and_then(Node::text);
        let own = self.all.get(at).filter(|class| chooses(class)).and_then(test)?;
        let before = self
            .all
            .iter()
            .take(at)
            .enumerate()
            .filter(|(at, class)| chooses(class) && !class.is_listed && !self.depends(*at));
        // The classes that a test names are not among those of the render.
        let tests = before.filter_map(|(_, class)| test(class)).filter(|test| !test.contains("member("));
        let tests: Vec<String> = tests.map(|test| format!("({test})")).take(MOST_BEFORE).collect();
        (!tests.is_empty()).then(|| format!("({own}) and not ({})", tests.join(" or ")))
    }

    /// The answers in a scope, by the parameters of it and of those around it, innermost first.
    pub(super) fn answers(&self, scopes: &[&Node]) -> Option<Choices> {
        let keys = ["require-client-classes", "evaluate-additional-classes"];
        let lists = scopes.iter().flat_map(|scope| keys.iter().filter_map(|key| scope.get(key)));
        let listed: Vec<&str> = lists.flat_map(Node::items).filter_map(Node::text).collect();
        Choices::answered(|asker| {
            let has = |class: &&Class<'_>| {
                (!class.is_listed || listed.contains(&class.name)) && class.is_of(asker) == Some(true)
            };
            let classes: Vec<&Class<'_>> = self.all.iter().filter(has).collect();
            // Kea's fields: a class overrides a subnet, and an earlier class a later one.
            let field = |name: &str, none: &str| {
                let given = |node: &Node, explicit| {
                    let node = node.get(name)?;
                    let text = node.text().filter(|text| !text.is_empty() && *text != none)?;
                    Some(Given { text: text.to_owned(), origin: node.origin.clone(), explicit })
                };
                let of_class = classes.iter().find_map(|class| given(class.node, class.explicit));
                of_class.or_else(|| scopes.iter().find_map(|scope| given(scope, false)))
            };
            // Its options: a subnet overrides a class, which overrides what is global.
            let option = || {
                let global = scopes.len().saturating_sub(1);
                let inner = scopes.iter().take(global).find_map(|scope| file_option(scope, false));
                inner
                    .or_else(|| classes.iter().find_map(|class| file_option(class.node, class.explicit)))
                    .or_else(|| file_option(scopes.last()?, false))
            };
            let file = field("boot-file-name", "").or_else(option);
            Some(Answered { file, next_server: field("next-server", "0.0.0.0") })
        })
    }
}

impl<'n> Class<'n> {
    fn new(node: &'n Node) -> Self {
        let is_listed = ["only-if-required", "only-in-additional-list"]
            .iter()
            .any(|key| node.get(key).and_then(Node::text) == Some("true"));
        let name = node.get("name").and_then(Node::text).unwrap_or_default();
        Self { node, name, is_listed, members: HashMap::default(), explicit: false }
    }

    fn is_of(&self, asker: &Asker) -> Option<bool> {
        self.members.get(&(asker.name.clone(), asker.known)).copied().flatten()
    }

    /// Evaluates its test. `known` are the classes before it.
    fn has(&self, asker: &Asker, known: &HashMap<&str, Option<bool>>) -> Option<bool> {
        // Kea's own classes need no definition (Kea's manual, "Built-in Client Classes").
        let vendor =
            |name: &str| name.strip_prefix("VENDOR_CLASS_").map(|of| of == asker.client.vendor_class);
        match self.node.get("test").and_then(Node::text) {
            Some(text) => test::evaluate(text, asker, &|name| match name {
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
    Some(Given { text: text.to_owned(), origin: option.origin.clone(), explicit })
}

/// Whether an option is 67, as text.
pub(super) fn is_file_option(option: &Node) -> bool {
    let text = |key: &str| option.get(key).and_then(Node::text);
    let is_it = text("name") == Some("boot-file-name") || text("code") == Some("67");
    is_it && text("csv-format") != Some("false") && text("space").is_none_or(|space| space == "dhcp4")
}

impl Reader<'_, '_> {
    pub(super) fn client_classes(&mut self, node: &Node) {
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
        for (at, class) in node.items().iter().enumerate() {
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
            let chooses = ["boot-file-name", "next-server"].iter().any(|key| class.get(key).is_some());
            let known = !self.classes.depends(at);
            if known && class.members().iter().all(|member| plain(&member)) {
                self.add("client-classes", class, Outcome::Words);
            } else if known && chooses {
                // The file is part of the answers; the class keeps the rest.
                let Value::Map(mut rest) = class.value() else { continue };
                for key in ["boot-file-name", "next-server"] {
                    rest.remove(key);
                }
                self.map(Scope::Dhcp).map("raw").map("kea").push("client-classes", rest).from(&class.origin);
                let why = "it says more than a boot file".to_owned();
                self.add("client-classes", class, Outcome::Raw(why));
            } else if let Some((name, keys)) = site_class(class) {
                self.imported.draft.site.map("classes").set(&name, keys).from(&class.origin);
                self.add("client-classes", class, Outcome::Words);
            } else {
                let mut value = class.value();
                if let (Value::Map(map), Some(test)) = (&mut value, self.classes.after_others(at)) {
                    map.set("test", test);
                }
                self.map(Scope::Dhcp).map("raw").map("kea").push("client-classes", value).from(&class.origin);
                let why = "it depends on more than the kind of a client, or says more than a boot file";
                self.add("client-classes", class, Outcome::Raw(why.to_owned()));
            }
        }
    }
}

/// A class by the beginning of option 60, with options, as a class of the site.
fn site_class(class: &Node) -> Option<(String, Mapping)> {
    let known = ["name", "test", "option-data"];
    if !class.members().iter().all(|(key, _)| known.contains(&key.as_str())) {
        return None;
    }
    let test: String = class.get("test")?.text()?.to_owned();
    let rest = test.trim().strip_prefix("substring(option[60].hex,")?;
    let (numbers, text) = rest.split_once(')')?;
    let length = numbers.trim().strip_prefix("0,")?.trim();
    let text = text.trim().strip_prefix("==")?.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    if length.parse() != Ok(text.len()) || text.contains(['\'', '*']) {
        return None;
    }
    let mut keys = Mapping::default();
    keys.map("match").set("vendor_class", format!("{text}*"));
    for option in class.get("option-data").map(Node::items).unwrap_or_default() {
        let (key, value) = options::read(option)?;
        let map = if options::OWN_KEYS.contains(&key.as_str()) { &mut keys } else { keys.map("options") };
        map.set(&key, value);
    }
    let name: String = class.get("name")?.text()?.to_owned();
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    fits.then_some((name, keys))
}
