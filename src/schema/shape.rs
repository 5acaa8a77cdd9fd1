//! Builds the JSON Schema (draft 2020-12) of site.yaml from the declarations that reading uses. So it has
//! exactly the keys that are read, with their doc comments as descriptions.
//!
//! It does not use schemars: the macros that declare the types know keys and doc comments already, and
//! schemars cannot express the shapes of values (one or many, `none` or a mapping). The program may reject a
//! site that passes the schema, but never the other way round.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The clients that get a boot file.
pub(super) const NETBOOT: &[&str] = &["all", "known", "none"];
/// Whether unknown clients get an address.
pub(super) const ALLOW_OR_DENY: &[&str] = &["allow", "deny"];
/// Whether the identifier of a DHCP client counts.
pub(super) const CLIENT_ID: &[&str] = &["use", "ignore"];
/// The facilities of syslog.
pub(super) const SYSLOG_FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];
/// When an installer may start by itself.
pub(super) const REINSTALL: &[&str] = &["every_boot"];
/// How iPXE fetches.
pub(super) const WEB_SERVERS: &[&str] = &["nginx", "apache", "none"];
/// How iPXE fetches.
pub(super) const OVER: &[&str] = &["http", "tftp"];
/// The features that iPXE says it has.
pub const IPXE_FEATURES: &[&str] = &[
    "pxeext",
    "iscsi",
    "aoe",
    "http",
    "https",
    "tftp",
    "ftp",
    "dns",
    "bzimage",
    "multiboot",
    "slam",
    "srp",
    "nbi",
    "pxe",
    "elf",
    "comboot",
    "efi",
    "fcoe",
    "vlan",
    "menu",
    "sdi",
    "nfs",
];

/// The daemon that serves an iSCSI target.
pub(super) const ISCSI_DAEMONS: &[&str] = &["external", "tgt", "lio", "windows"];

/// The type of a single value.
#[derive(Clone, Copy, Debug)]
pub enum ScalarType {
    /// Any.
    Any,
    /// True or false.
    Flag,
    /// A number with a unit.
    Duration,
    /// A number within bounds.
    Number(i64, i64),
    /// The same, or a text with a placeholder.
    Filled(i64, i64),
    /// One of some words.
    Words(&'static [&'static str]),
    /// One of the words that a function gives.
    WordsOf(fn() -> Vec<&'static str>),
    /// An IPv4 address.
    Ipv4,
    /// The same, or one with a range of a name pattern: `10.0.0.[11-40]`.
    Ipv4Pattern,
    /// An IPv4 address with or without its prefix.
    Ipv4Prefix,
    /// A network.
    Cidr,
    /// A MAC address.
    Mac,
    /// An absolute path.
    Path,
    /// The reason why a finding is accepted; its key is a rule.
    Reason,
}

/// A key of a mapping: the name, the description and the shape of its value.
#[derive(Clone, Copy, Debug)]
pub struct KeyInfo {
    /// The key as the user writes it.
    pub name: &'static str,
    /// The key's doc comment.
    pub doc: &'static str,
    /// The JSON Schema of the value.
    pub shape: fn(&mut Shapes) -> Value,
}

/// A JSON Schema in the making.
#[derive(Debug)]
pub struct Shapes {
    pub(super) defs: Map<String, Value>,
    rules: Value,
    entries: fn(&mut Self) -> Value,
    /// The mappings seen so far.
    pub(super) mappings: BTreeMap<&'static str, &'static [KeyInfo]>,
}

impl Shapes {
    pub(super) fn new(rules: &[&str], entries: fn(&mut Self) -> Value) -> Self {
        Self { defs: Map::new(), rules: json!({ "enum": rules }), entries, mappings: BTreeMap::new() }
    }

    /// The JSON Schema of each key of a mapping; `name` is that of its type.
    pub fn properties(&mut self, name: &'static str, keys: &'static [KeyInfo]) -> Map<String, Value> {
        self.mappings.insert(name, keys);
        let property = |key: &KeyInfo| {
            let value = (key.shape)(self);
            (key.name.to_owned(), Self::property(key.doc, value))
        };
        keys.iter().map(property).collect()
    }

    /// A mapping from names to values of one shape.
    pub(super) fn map_of(value: Value) -> Value {
        let mut map = Map::new();
        map.insert("type".to_owned(), "object".into());
        map.insert("additionalProperties".to_owned(), value);
        map.into()
    }

    /// `boot_entries`, whose keys the kinds of entry declare.
    pub(super) fn boot_entries(&mut self) -> Value {
        (self.entries)(self)
    }

    /// A definition below `$defs`, made once; gives the reference to it.
    pub fn define(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.defs.contains_key(name) {
            // A menu can contain menus, so the name must exist before the definition is made.
            self.defs.insert(name.to_owned(), Value::Null);
            let made = make(self);
            self.defs.insert(name.to_owned(), made);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// A mapping with these keys and no others.
    #[must_use]
    pub fn mapping(doc: &str, properties: Map<String, Value>) -> Value {
        let mut map = Map::new();
        if !doc.is_empty() {
            map.insert("description".to_owned(), words(doc).into());
        }
        map.insert("type".to_owned(), "object".into());
        map.insert("properties".to_owned(), properties.into());
        map.insert("additionalProperties".to_owned(), false.into());
        map.insert("patternProperties".to_owned(), json!({ "^x-": true }));
        map.into()
    }

    /// The value of a key, with its description. It can be empty (`key:` alone).
    #[must_use]
    pub fn property(doc: &str, value: Value) -> Value {
        let mut map = Map::new();
        map.insert("description".to_owned(), words(doc).into());
        let nothing = json!({ "type": "null" });
        let forms = match value {
            Value::Object(mut forms) if forms.len() == 1 && forms.contains_key("anyOf") => {
                forms.remove("anyOf").unwrap_or_default()
            }
            value => json!([value]),
        };
        if let Value::Array(mut forms) = forms {
            forms.push(nothing);
            map.insert("anyOf".to_owned(), forms.into());
        }
        map.into()
    }

    /// Requires a key with a value.
    #[must_use]
    pub fn given(key: &str) -> Value {
        let mut properties = Map::new();
        properties.insert(key.to_owned(), json!({ "not": { "type": "null" } }));
        json!({ "type": "object", "required": [key], "properties": properties })
    }

    /// The shape of a single value. YAML parsers read some texts as a number or a truth value. The YAML language server
    /// prints `patternErrorMessage` in place of a pattern that does not match; other validators ignore the word.
    #[must_use]
    pub fn scalar(&self, scalar: ScalarType) -> Value {
        match scalar {
            // An editor offers `true` and `false` wherever it reads the type `boolean`, so texts, which may be
            // those words too, do not name it.
            ScalarType::Any | ScalarType::Reason => json!({ "not": { "type": ["object", "array", "null"] } }),
            ScalarType::Flag => json!({
                "anyOf": [
                    { "type": "boolean" },
                    { "type": "string", "pattern": "^([Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|[Nn]o|[Oo]n|[Oo]ff)$" },
                ]
            }),
            ScalarType::Duration => json!({
                "type": ["string", "integer"], "minimum": 0, "pattern": "^[0-9]+(s|m|min|h|d|w)?$"
            }),
            ScalarType::Number(low, high) => json!({
                "type": ["string", "integer"], "minimum": low, "maximum": high, "pattern": "^-?[0-9]+$"
            }),
            ScalarType::Filled(low, high) => json!({
                "type": ["string", "integer"], "minimum": low, "maximum": high, "pattern": "^-?[0-9]+$|\\{"
            }),
            // Some YAML parsers read `none`, `on` and the like as words, others as truth values.
            ScalarType::Words(list) => json!({ "enum": list }),
            ScalarType::WordsOf(list) => json!({ "enum": list() }),
            ScalarType::Ipv4 => json!({
                "type": "string",
                "pattern": format!("^{}$", ipv4()),
                "patternErrorMessage": "must be an IPv4 address, such as 10.0.0.1",
            }),
            ScalarType::Ipv4Pattern => json!({
                "type": "string",
                "pattern": format!("^({}|.*\\[.*)$", ipv4()),
                "patternErrorMessage": "must be an IPv4 address, such as 10.0.0.1",
            }),
            ScalarType::Ipv4Prefix => json!({
                "type": "string",
                "pattern": format!("^{}(/{PREFIX})?$", ipv4()),
                "patternErrorMessage": "must be an IPv4 address, such as 10.0.0.1 or 10.0.0.1/24",
            }),
            ScalarType::Cidr => {
                json!({
                    "type": "string",
                    "pattern": format!("^{}/{PREFIX}$", ipv4()),
                    "patternErrorMessage": "must be a network with its prefix, such as 10.0.0.0/24",
                })
            }
            // Some YAML parsers read an unquoted address of digits as a number of base 60. `[00-1f]` is a
            // name pattern.
            ScalarType::Mac => {
                json!({
                    "type": ["string", "number"],
                    "pattern": format!("^({MAC}|{MAC_PATTERN})$"),
                    "patternErrorMessage": "must be a MAC address of six bytes, such as 52:54:00:12:34:56",
                })
            }
            ScalarType::Path => json!({ "type": "string", "pattern": "^/" }),
        }
    }

    /// The rules that `allow` accepts.
    pub(super) fn rules(&self) -> Value {
        self.rules.clone()
    }
}

/// The four notations of a MAC address.
const MAC: &str = "[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}\
                   |[0-9A-Fa-f]{4}(\\.[0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12}";

/// A MAC address with a range of a name pattern, which stands for digits of any notation.
const MAC_PATTERN: &str = "[0-9A-Fa-f:.-]*\\[[0-9A-Fa-f:.\\[\\]-]*";

/// The prefix of an IPv4 network.
const PREFIX: &str = "([12]?[0-9]|3[0-2])";

/// An IPv4 address, as a regular expression.
fn ipv4() -> String {
    let octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    format!("{octet}(\\.{octet}){{3}}")
}

/// A doc comment as words: one paragraph.
fn words(doc: &str) -> String {
    doc.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
