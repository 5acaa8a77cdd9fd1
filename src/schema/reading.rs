//! From nodes to typed values: shapes, unknown keys, hints.

use serde_json::{Value, json};
use smallvec::SmallVec;

use super::shape::{ScalarType, Shapes};
use crate::report::catalogue::{PASSWORD_IN_SITE, UNKNOWN_KEY, WRONG_TYPE};
use crate::report::{Finding, Report, distance};
use crate::source::{MapEntry, Node, NodeKind, Scalar, Sources, Span};

/// The value of a key.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// Nothing was written.
    #[default]
    Absent,
    /// Something of the wrong shape was written, and there is a finding.
    Wrong(Span),
    /// A value.
    Given(T),
}

impl<T> Field<T> {
    /// The value, if it has the right shape.
    pub const fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            _ => None,
        }
    }

    /// Whether something was written, right or wrong.
    pub const fn is_written(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// Whether something of the wrong shape was written.
    pub const fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong(_))
    }
}

/// A key that takes a list also takes one value.
pub type Many<T> = Vec<T>;

/// A mapping from names to values, in file order.
#[derive(Clone, Debug)]
pub struct Dict<'a, T> {
    /// The place of the whole mapping.
    pub span: Span,
    /// Names and values.
    pub entries: Vec<(Scalar<'a>, T)>,
}

/// The word `none`, or a value.
#[derive(Clone, Debug)]
pub enum NoneOr<T> {
    /// `none`: it is disabled.
    None(Span),
    /// A value.
    Some(T),
}

impl<T> Default for NoneOr<T> {
    fn default() -> Self {
        Self::None(Span::default())
    }
}

/// The report and the texts, which reading needs besides the node.
pub struct Reading<'r, 'a> {
    /// The findings.
    pub report: &'r mut Report,
    /// The texts.
    pub sources: &'a Sources,
}

impl Reading<'_, '_> {
    /// Reports a node of the wrong shape.
    pub fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        let plain = node.plain();
        let mut finding = Finding::new(
            &WRONG_TYPE,
            first_place(node),
            format!("expected {expected}, found {}", plain.what()),
        );
        if expected == "a single value" && self.byte_at(plain.span) == Some(b'{') {
            finding =
                finding.help("a value that begins with `{` is a mapping in YAML: put it in double quotes");
        }
        self.report.push(finding);
    }

    fn byte_at(&self, span: Span) -> Option<u8> {
        let file = self.sources.file(span)?;
        file.text().as_bytes().get((span.start - file.base()) as usize).copied()
    }

    /// Reports a key that is not one of `known`, with the most similar known key.
    pub fn unknown_key(&mut self, key: Scalar<'_>, place: &str, known: &[&str]) {
        if key.text.ends_with("password") && known.iter().any(|word| is_file_of(word, key.text)) {
            return self.password_written(key);
        }
        let message = format!("`{}` is not a key of {place}", key.text);
        if self.report.has_said(&UNKNOWN_KEY, key.span, &message) {
            return;
        }
        let mut finding = Finding::new(&UNKNOWN_KEY, key.span, message);
        let near = if self.report.len() < HINTED { nearest(key.text, known) } else { None };
        finding = match near {
            Some(word) => finding.here(format!("did you mean `{word}`?")),
            None => finding.help(format!("the keys here are {}", listed(known))),
        };
        self.report.push(finding);
    }

    /// Reports a password in the site itself, without showing it.
    fn password_written(&mut self, key: Scalar<'_>) {
        let word = key.text;
        let message = format!("`{word}` would be a password in the site itself");
        let help = format!(
            "put it into a file that only you read, and say `{word}_file: FILE`, or into an environment variable, \
             and say `{word}_env: NAME`; take another one, for this one was written down"
        );
        self.report.push(Finding::new(&PASSWORD_IN_SITE, key.span, message).help(help));
    }
}

/// Whether `word` is the key that names the file of a password.
fn is_file_of(word: &str, password: &str) -> bool {
    word.strip_suffix("_file") == Some(password)
}

/// The number of findings that get hints; no more are printed.
pub(super) const HINTED: usize = 1_000;

/// The place to show for a node: the first key of a mapping or the first item of a list, not the whole node.
fn first_place(node: &Node<'_>) -> Span {
    let span = node.span;
    match &node.plain().kind {
        NodeKind::Map(entries) => entries.first().map_or(span, |(key, _)| key.span),
        NodeKind::Seq(items) => items.first().map_or(span, first_place),
        _ => span,
    }
}

/// Keys of other tools, and their names here.
const FOREIGN: &[(&str, &str)] = &[
    ("node", "hosts"),
    ("nodes", "hosts"),
    ("system", "hosts"),
    ("systems", "hosts"),
    ("machine", "hosts"),
    ("machines", "hosts"),
    ("clients", "hosts"),
    ("gateway", "routers"),
    ("gateway4", "routers"),
    ("gateways", "routers"),
    ("nameservers", "dns"),
    ("name_servers", "dns"),
    ("domain_name_servers", "dns"),
    ("network", "subnets"),
    ("networks", "subnets"),
    ("network", "cidr"),
    ("range", "ranges"),
    ("pool", "ranges"),
    ("hwaddr", "mac"),
    ("ethernet", "mac"),
    ("hardware_ethernet", "mac"),
    ("ipaddr", "ip"),
    ("address", "ip"),
    ("fixed_address", "ip"),
    ("profile", "group"),
    ("parent", "group"),
    ("profiles", "groups"),
    ("entries", "boot_entries"),
    ("kernel_options", "cmdline"),
    ("append", "cmdline"),
    ("args", "cmdline"),
    ("kernelargs", "cmdline"),
    ("filename", "loaders"),
    ("bootloader", "loaders"),
    ("bootloaders", "loaders"),
    ("hostname", "host_name"),
    ("directory", "root"),
    ("ntp_servers", "ntp"),
    ("read_only", "writable"),
    ("guest_ok", "guest"),
    ("browsable", "browseable"),
];

/// The most similar known word, if one is similar enough.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let folded = word.to_ascii_lowercase().replace('-', "_");
    let find = |wanted: &str| known.iter().copied().find(|known| *known == wanted);
    if let Some(word) = find(&folded) {
        return Some(word);
    }
    if let Some(word) =
        FOREIGN.iter().filter(|(foreign, _)| *foreign == folded).find_map(|(_, ours)| find(ours))
    {
        return Some(word);
    }
    let best = known.iter().map(|known| (distance(&folded, known), *known)).min()?;
    // A third of the letters may differ: `rnages` is `ranges`, `wpad` is nothing.
    (best.0 <= (folded.chars().count() / 3).max(1)).then_some(best.1)
}

/// "`a`, `b` and `c`".
pub fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "none".to_owned(),
    }
}

/// A type that can be read from a node.
pub trait FromNode<'a>: Sized {
    /// Reads the node; `None` with a finding if it has the wrong shape.
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self>;

    /// The JSON Schema of the type; `scalar` is the type of its single values.
    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value;
}

impl<'a> FromNode<'a> for Scalar<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let word = node.word();
        if word.is_none() {
            reading.wrong_type(node, "a single value");
        }
        word
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        shapes.scalar(scalar)
    }
}

impl<'a, T: FromNode<'a>> FromNode<'a> for Vec<T> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        match &node.plain().kind {
            NodeKind::Seq(items) => {
                let read: Vec<T> = items.iter().filter_map(|item| T::from_node(item, reading)).collect();
                (read.len() == items.len()).then_some(read)
            }
            _ => Some(vec![T::from_node(node, reading)?]),
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let item = T::json_schema(shapes, scalar);
        let list = json!({ "type": "array", "items": item.clone() });
        let mut forms = vec![item, list];
        if !matches!(scalar, ScalarType::Any) {
            // `none` unsets a list of addresses.
            forms.push(json!({ "const": "none" }));
        }
        json!({ "anyOf": forms })
    }
}

/// The values of a key that nearly always has one: a single value needs no memory of its own.
impl<'a> FromNode<'a> for SmallVec<[Scalar<'a>; 1]> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        match node.word() {
            Some(word) => Some(Self::from_buf([word])),
            None => Vec::from_node(node, reading).map(Self::from_vec),
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        Vec::<Scalar<'a>>::json_schema(shapes, scalar)
    }
}

impl<'a, T: FromNode<'a>> FromNode<'a> for Box<T> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        T::from_node(node, reading).map(Box::new)
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        T::json_schema(shapes, scalar)
    }
}

impl<'a, T: FromNode<'a>> FromNode<'a> for NoneOr<T> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        match node.word() {
            Some(word) if word.text == "none" => Some(Self::None(word.span)),
            _ => T::from_node(node, reading).map(Self::Some),
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        json!({ "anyOf": [{ "const": "none" }, T::json_schema(shapes, scalar)] })
    }
}

impl<'a, T: FromNode<'a>> FromNode<'a> for Dict<'a, T> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let NodeKind::Map(entries) = &node.plain().kind else {
            reading.wrong_type(node, "a mapping");
            return None;
        };
        let mut read = Vec::with_capacity(entries.len());
        let mut whole = true;
        for (key, value) in entries {
            match T::from_node(value, reading) {
                Some(value) => read.push((*key, value)),
                None => whole = false,
            }
        }
        whole.then_some(Self { span: node.span, entries: read })
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let mut map = Shapes::map_of(T::json_schema(shapes, scalar));
        if let (ScalarType::Reason, Some(map)) = (scalar, map.as_object_mut()) {
            map.insert("propertyNames".to_owned(), shapes.rules());
        }
        map
    }
}

/// Reads the value of a key; a key without a value is absent.
pub fn field<'a, T: FromNode<'a>>(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Field<T> {
    if node.is_null() {
        return Field::Absent;
    }
    T::from_node(node, reading).map_or(Field::Wrong(node.span), Field::Given)
}

/// The entries of a node that must be a mapping.
pub fn entries<'n, 'a>(
    node: &'n Node<'a>,
    reading: &mut Reading<'_, 'a>,
    what: &str,
) -> Option<(&'n [MapEntry<'a>], Span)> {
    match &node.plain().kind {
        NodeKind::Map(entries) => Some((entries, node.plain().span)),
        _ => {
            reading.wrong_type(node, &format!("{what}: a mapping"));
            None
        }
    }
}
