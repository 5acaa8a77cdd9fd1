//! From nodes to typed values: shapes, unknown keys, hints.

use serde_json::{Value, json};
use smallvec::SmallVec;

use super::foreign_words::{Equivalent, equivalent, fold};
use super::shape::{ScalarType, Shapes};
use super::site::Common;
use super::wrong_type_help;
use crate::report::catalogue::{COMMENT_FOR_TEXT, PASSWORD_IN_SITE, UNKNOWN_KEY, WRONG_TYPE};
use crate::report::{Finding, Report, distance};
use crate::source::{MapEntry, Node, NodeKind, Scalar, Sources, Span, invisible_name};

/// The value of a key.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// The key is not written, or has no value.
    #[default]
    Absent,
    /// The value has the wrong shape, and there is a finding.
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

    /// Marks an absent key as wrong, so that it is not reported as missing.
    pub fn mark_wrong(&mut self, span: Span) {
        if !self.is_written() {
            *self = Self::Wrong(span);
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

/// The report and the texts, which all reading of nodes uses.
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
        } else if expected == "a single value" && self.comment_behind(plain).is_some() {
            finding = finding.help(QUOTE_COMMENT);
        } else if let Some(help) = self.below_nothing(plain) {
            finding = finding.help(help);
        } else if let Some(help) = wrong_type_help::help(plain, self.line_of(plain.span), expected) {
            finding = finding.help(help);
        }
        self.report.push(finding);
    }

    /// Explains a key without a value, if the next line seems to belong to it.
    fn below_nothing(&self, node: &Node<'_>) -> Option<&'static str> {
        if !matches!(node.kind, NodeKind::Null) {
            return None;
        }
        let file = self.sources.file(node.span)?;
        let (before, behind) = file.text().split_at_checked((node.span.start - file.base()) as usize)?;
        // A site on one line must not be read again for each fault in it.
        let (before, behind) = (last_bytes(before, NEARBY), first_bytes(behind, NEARBY));
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let own = before.rsplit('\n').next().unwrap_or_default();
        let next = behind.lines().skip(1).find(|line| !line.trim().is_empty())?;
        if next.trim_start_matches(' ').starts_with(|char| invisible_name(char).is_some()) {
            return Some("the next line begins with an invisible character: indent it with blanks");
        }
        let (_, value) = next.split_once(": ")?;
        (indent(next) == indent(own)
            && !value.trim().is_empty()
            && !value.trim_start().starts_with(['{', '[']))
        .then_some("indent the lines that belong to it deeper than its name")
    }

    /// Reports a comment where a text is expected. YAML takes everything behind ` #` for a comment, so that the text in
    /// `label: #1 Debian` would be lost without a word.
    fn comment_for_text(&mut self, node: &Node<'_>) {
        let Some(span) = self.comment_behind(node.plain()) else { return };
        let finding =
            Finding::new(&COMMENT_FOR_TEXT, span, "a key without a value has a comment in its place");
        self.report.push(finding.help(QUOTE_COMMENT));
    }

    /// The place of the comment on the line of a key or item without a value.
    fn comment_behind(&self, node: &Node<'_>) -> Option<Span> {
        // `~` and `null` say that nothing is meant.
        if !matches!(node.kind, NodeKind::Null) || node.span.start != node.span.end {
            return None;
        }
        let file = self.sources.file(node.span)?;
        let (before, behind) = file.text().split_at_checked((node.span.start - file.base()) as usize)?;
        // A comment may be as long as the file.
        let own = last_bytes(before, NEARBY).rsplit('\n').next().unwrap_or_default();
        let line = first_bytes(behind, NEARBY).lines().next().unwrap_or_default();
        let (start, comment) = match own.trim_start_matches([' ', '-']) {
            // The parser places an empty item of a list behind the comment.
            comment if comment.starts_with('#') => {
                (node.span.start - u32::try_from(comment.len()).ok()?, comment)
            }
            _ => {
                let comment = line.strip_prefix(':').unwrap_or(line).trim_start_matches([' ', '\t']);
                (node.span.start + u32::try_from(line.len() - comment.len()).ok()?, comment)
            }
        };
        let length = u32::try_from(comment.trim_end().len()).ok()?;
        comment.starts_with('#').then_some(Span { start, end: start + length })
    }

    /// A place up to the end of the line that it begins on. The text after the place is not read: with a whole
    /// site on one line, each of many faults would copy the rest of the file.
    fn line_of(&self, span: Span) -> &str {
        let file = self.sources.file(span);
        let text = file.and_then(|file| {
            let range = (span.start - file.base()) as usize..(span.end - file.base()) as usize;
            file.text().get(range)
        });
        text.and_then(|text| text.lines().next()).unwrap_or_default().trim()
    }

    fn byte_at(&self, span: Span) -> Option<u8> {
        let file = self.sources.file(span)?;
        file.text().as_bytes().get((span.start - file.base()) as usize).copied()
    }

    /// Reports a key that is not one of `known`, and returns the one that was probably meant.
    pub fn unknown_key(
        &mut self,
        key: Scalar<'_>,
        place: &str,
        known: &[&'static str],
    ) -> Option<&'static str> {
        if is_extension(key.text) {
            return None;
        }
        if key.text.ends_with("password") && known.iter().any(|word| is_file_of(word, key.text)) {
            self.password_written(key);
            return None;
        }
        // An entry of a kind has the keys of all entries, too.
        let known =
            if place.starts_with("an entry of kind") { &[known, Common::KEYS].concat() } else { known };
        let message = format!("`{}` is not a key of {place}", key.text);
        let hint =
            if self.report.len() < HINTED { Hint::of(key.text, place, known) } else { Hint::default() };
        if self.report.has_said(&UNKNOWN_KEY, key.span, &message) {
            return hint.meant;
        }
        let mut finding = Finding::new(&UNKNOWN_KEY, key.span, message);
        if let Some(meant) = hint.meant {
            finding = finding.here(format!("did you mean `{meant}`?"));
        }
        finding = match hint.help {
            Some(help) => finding.help(help),
            None if hint.meant.is_none() => finding.help(format!("the keys here are {}", listed(known))),
            None => finding,
        };
        self.report.push(finding);
        hint.meant
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

/// The hint about an unknown key.
#[derive(Default)]
struct Hint {
    /// The key of the same mapping that was probably meant.
    meant: Option<&'static str>,
    /// The help.
    help: Option<String>,
}

impl Hint {
    fn of(word: &str, place: &str, known: &[&'static str]) -> Self {
        let key = |text: &str| known.iter().copied().find(|known| *known == text);
        if let Some(meant) = key(&fold(word)) {
            return Self { meant: Some(meant), help: None };
        }
        if let Some((name, value)) = word.split_once(':')
            && let Some(meant) = key(name)
        {
            let help = format!("a blank follows the colon of a key: write `{name}: {value}`");
            return Self { meant: Some(meant), help: Some(help) };
        }
        match equivalent(word, place, known) {
            Some(Equivalent::Here(key, how)) => {
                Self { meant: Some(key), help: (!how.is_empty()).then(|| how.to_owned()) }
            }
            Some(Equivalent::In(mapping, key, how)) => {
                let mapping = if mapping.contains(' ') { mapping.to_owned() } else { format!("`{mapping}`") };
                let more = if how.is_empty() { String::new() } else { format!(": {how}") };
                Self { meant: None, help: Some(format!("use the key `{key}` of {mapping}{more}")) }
            }
            Some(Equivalent::Instead(what)) => Self { meant: None, help: Some(what.to_owned()) },
            None => Self { meant: nearest(word, known), help: None },
        }
    }
}

/// Whether a key is for other programs: `x-…`, in every mapping whose keys are fixed.
pub(super) fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

/// What to do with a comment in the place of a text.
const QUOTE_COMMENT: &str =
    "if a text is meant, put it in quotes; YAML takes everything behind ` #` for a comment";

/// So many bytes around a fault are searched for its cause.
const NEARBY: usize = 1_000;

/// The first bytes of a text, at most so many.
fn first_bytes(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The last bytes of a text, at most so many.
fn last_bytes(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
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

/// The known word that was probably meant.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let folded = word.to_ascii_lowercase().replace('-', "_");
    if let Some(word) = known.iter().copied().find(|known| *known == folded) {
        return Some(word);
    }
    let best = known.iter().map(|known| (distance(&folded, known), *known)).min()?;
    // A third of the letters may differ: `rnages` means `ranges`, `wpad` means no key.
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
    /// Whether it is a text, or a list of texts.
    const IS_TEXT: bool = false;

    /// Reads the node; `None` with a finding if it has the wrong shape.
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self>;

    /// The JSON Schema of the type; `scalar` is the type of its single values.
    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value;
}

impl<'a> FromNode<'a> for Scalar<'a> {
    const IS_TEXT: bool = true;

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
    const IS_TEXT: bool = T::IS_TEXT;

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
    const IS_TEXT: bool = true;

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
    const IS_TEXT: bool = T::IS_TEXT;

    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        T::from_node(node, reading).map(Box::new)
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        T::json_schema(shapes, scalar)
    }
}

impl<'a, T: FromNode<'a>> FromNode<'a> for NoneOr<T> {
    const IS_TEXT: bool = T::IS_TEXT;

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
        if T::IS_TEXT {
            reading.comment_for_text(node);
        }
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
            reading.wrong_type(node, &format!("a mapping for {what}"));
            None
        }
    }
}
