//! `raw` for an output whose files are JSON: a mapping, which becomes a JSON object.

use serde_json::{Map, Value};

use super::resolver::Resolver;
use crate::limits::RAW_DEPTH;
use crate::model::{InvalidValue, Raw, Spanned};
use crate::outputs::{Output, RawScope};
use crate::source::{MapEntry, Node, NodeKind, Scalar, Span};

/// Reads the mapping of an output. A key that the output writes itself is a finding that names the key of the site.
pub(super) fn raw_object<'a>(
    r: &mut Resolver<'_, 'a>,
    output: &'static dyn Output,
    scope: RawScope,
    key: Scalar<'a>,
    node: &Node<'a>,
) -> Option<Raw> {
    let NodeKind::Map(entries) = &node.plain().kind else { return None };
    let mut allowed = true;
    for (path, help) in output.own_keys(scope) {
        for at in places(entries, path) {
            let message = format!("ipxegen writes `{path}` itself");
            r.refuse(at, &InvalidValue::new(message).help(*help));
            allowed = false;
        }
    }
    if let Some(at) = deeper_than(node, RAW_DEPTH) {
        let message = format!("values of `raw` may be nested {RAW_DEPTH} deep");
        r.refuse(at, &InvalidValue::new(message));
        return None;
    }
    let mut secret = false;
    let value = object(entries, &mut |text| {
        r.sources.mask(text);
        secret = true;
    });
    let keys: Vec<_> = entries.iter().map(|(key, _)| Spanned::new(key.text.to_owned(), key.span)).collect();
    let text = Spanned::new(Value::Object(value).to_string(), key.span);
    (allowed && !keys.is_empty()).then_some(Raw { output: output.name(), text, secret, keys })
}

/// Where a path of keys, separated by dots, is written.
fn places(entries: &[MapEntry<'_>], path: &str) -> Vec<Span> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let found = entries.iter().filter(|(key, _)| key.text == first);
    found
        .flat_map(|(key, value)| match (rest, &value.plain().kind) {
            (None, _) => vec![key.span],
            (Some(rest), NodeKind::Map(inner)) => places(inner, rest),
            (Some(_), _) => Vec::new(),
        })
        .collect()
}

/// Where a value is nested deeper than so many levels.
fn deeper_than(node: &Node<'_>, levels: usize) -> Option<Span> {
    let node = node.plain();
    let Some(left) = levels.checked_sub(1) else { return Some(node.span) };
    match &node.kind {
        NodeKind::Seq(values) => values.iter().find_map(|value| deeper_than(value, left)),
        NodeKind::Map(entries) => entries.iter().find_map(|(_, value)| deeper_than(value, left)),
        _ => None,
    }
}

fn object(entries: &[MapEntry<'_>], secret: &mut dyn FnMut(&str)) -> Map<String, Value> {
    let holds_password = is_password(entries);
    let entry = |(key, node): &MapEntry<'_>| {
        if (is_secret(key.text) || holds_password && key.text == "data")
            && let Some(word) = node.word()
        {
            secret(word.text);
        }
        (key.text.to_owned(), value(node, secret))
    };
    entries.iter().map(entry).collect()
}

/// Kea's parameters that hold a password: `password` of a database, of a peer or of basic HTTP authentication, `secret`
/// of a key for TSIG.
fn is_secret(key: &str) -> bool {
    key.ends_with("password") || key == "secret"
}

/// Whether this is an option with a password of iPXE: by its name, or by its code in another space than DHCP's own.
fn is_password(entries: &[MapEntry<'_>]) -> bool {
    let word = |wanted: &str| {
        let (_, node) = entries.iter().find(|(key, _)| key.text == wanted)?;
        Some(node.word()?.text)
    };
    let in_space = word("space").is_some_and(|space| space != "dhcp4");
    word("name").is_some_and(|name| name.ends_with("password"))
        || in_space && word("code").is_some_and(|code| ["191", "193"].contains(&code))
}

/// A value as JSON. A number or a flag that is written without quotes is one in JSON too.
fn value(node: &Node<'_>, secret: &mut dyn FnMut(&str)) -> Value {
    match &node.plain().kind {
        NodeKind::Null | NodeKind::Shared(_) => Value::Null,
        NodeKind::Scalar(text) => bare(text, node.plain().span).unwrap_or_else(|| (*text).into()),
        NodeKind::Seq(values) => values.iter().map(|node| value(node, secret)).collect(),
        NodeKind::Map(entries) => Value::Object(object(entries, secret)),
    }
}

/// A number, `true` or `false`. Quotes belong to the place of a text.
fn bare(text: &str, span: Span) -> Option<Value> {
    let quoted = (span.end - span.start) as usize != text.len();
    match text {
        _ if quoted => None,
        "true" | "True" | "TRUE" => Some(true.into()),
        "false" | "False" | "FALSE" => Some(false.into()),
        _ => serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number),
    }
}
