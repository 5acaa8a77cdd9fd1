//! Exceptions to a name pattern: `except: { pc-a07: { mac: … } }` beside what all hosts of the pattern have.

use foldhash::HashMap;
use serde_json::{Value, json};

use super::fault::duplicate;
use super::overlay::apply;
use super::reading::{HINTED, nearest};
use super::shape::{ScalarType, Shapes};
use super::{FromNode, Reading};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, UNKNOWN_REFERENCE};
use crate::source::{Node, NodeKind, Scalar};

/// The key of a name pattern that has them.
const KEY: &str = "except";

/// The key `except` of a single host, which is a finding.
#[derive(Clone, Debug)]
pub(super) struct OfOneHost;

impl<'a> FromNode<'a> for OfOneHost {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let message = "only a name pattern has exceptions";
        reading
            .report
            .push(Finding::new(&MALFORMED, node.span, message).help("write these keys on the host itself"));
        None
    }

    fn json_schema(_: &mut Shapes, _: ScalarType) -> Value {
        let host = json!({ "anyOf": [{ "$ref": "#/$defs/Host" }, { "type": "null" }] });
        json!({ "type": "object", "additionalProperties": host })
    }
}

/// The exceptions to a pattern that no host has used yet.
#[derive(Default)]
pub(super) struct Exceptions<'a> {
    /// By name in lower case, each with its key.
    open: HashMap<String, (Scalar<'a>, Node<'a>)>,
    /// The names of hosts of the pattern, for a hint; some of them.
    names: Vec<&'a str>,
    /// The pattern makes no hosts, which another finding says.
    failed: bool,
}

/// How many names of hosts are kept for a hint.
const HINTS: usize = 1000;

impl<'a> Exceptions<'a> {
    /// Takes the exceptions out of the value of a pattern.
    pub(super) fn take(&mut self, node: Node<'a>, reading: &mut Reading<'_, 'a>) -> Node<'a> {
        let NodeKind::Map(entries) = &node.plain().kind else { return node };
        if !entries.iter().any(|(key, _)| key.text == KEY) {
            return node;
        }
        let (own, others): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|(key, _)| key.text == KEY);
        let span = node.plain().span;
        for (_, exceptions) in own {
            match &exceptions.plain().kind {
                NodeKind::Null => {}
                NodeKind::Map(all) => {
                    for (name, value) in all {
                        self.add(*name, value.clone(), reading);
                    }
                }
                _ => {
                    self.failed = true;
                    reading
                        .wrong_type(&exceptions, "a mapping from names of hosts to what they have instead");
                }
            }
        }
        Node { span, kind: NodeKind::Map(others) }
    }

    fn add(&mut self, name: Scalar<'a>, value: Node<'a>, reading: &mut Reading<'_, 'a>) {
        if !matches!(value.plain().kind, NodeKind::Map(_) | NodeKind::Null) {
            reading.wrong_type(&value, "a mapping with what this host has instead");
            return;
        }
        let before = self.open.insert(name.text.to_ascii_lowercase(), (name, value));
        if let Some((first, _)) = before {
            reading.report.push(duplicate(KEY, name, first.span));
        }
    }

    /// The pattern, or a part of it, makes no hosts.
    pub(super) const fn fail(&mut self) {
        self.failed = true;
    }

    /// A host of the pattern with its exception; `None` if the exception leaves the host out.
    pub(super) fn over(&mut self, name: Scalar<'a>, node: Node<'a>) -> Option<(Scalar<'a>, Node<'a>)> {
        if self.open.is_empty() {
            return Some((name, node));
        }
        if self.names.len() < HINTS {
            self.names.push(name.text);
        }
        let Some((key, exception)) = self.open.remove(&name.text.to_ascii_lowercase()) else {
            return Some((name, node));
        };
        let name = Scalar { span: key.span, ..name };
        (!exception.is_null()).then(|| (name, apply(&node, &exception)))
    }

    /// Reports the exceptions to hosts that the pattern does not make.
    pub(super) fn report(self, pattern: Scalar<'a>, reading: &mut Reading<'_, 'a>) {
        if self.failed {
            return;
        }
        let mut unknown: Vec<Scalar<'a>> = self.open.into_values().map(|(name, _)| name).collect();
        unknown.sort_by_key(|name| name.span);
        for (at, name) in unknown.into_iter().enumerate() {
            let message = format!("`{}` makes no host `{}`", pattern.text, name.text);
            let finding =
                Finding::new(&UNKNOWN_REFERENCE, name.span, message).and(pattern.span, "the pattern");
            // To compare all names takes time, and a long list of hints is of no use.
            let near = if at < HINTED { nearest(name.text, &self.names) } else { None };
            let near = near.or(self.names.first().copied());
            reading.report.push(match near {
                Some(near) => finding.help(format!("its hosts have names such as `{near}`")),
                None => finding,
            });
        }
    }
}
