//! `--with`: fragments that change a site. Maps merge key by key, lists and scalars replace, null deletes.

use foldhash::HashMap;

use super::fault::finding;
use super::reading::Reading;
use super::site::{BIG_MAPS, big_map};
use crate::report::Report;
use crate::source::{Entered, Node, NodeKind, Reader, Scalar, SourceFile, Sources, YamlFault};

/// All fragments, merged; the entries of the big maps by name.
#[derive(Debug, Default)]
pub(super) struct Overlay<'a> {
    keys: Vec<FragmentEntry<'a>>,
    names: HashMap<&'static str, HashMap<&'a str, FragmentEntry<'a>>>,
}

#[derive(Debug)]
struct FragmentEntry<'a> {
    word: Scalar<'a>,
    node: Node<'a>,
    used: bool,
}

impl<'a> Overlay<'a> {
    /// Reads the fragments; a later one overrides an earlier one.
    pub(super) fn read(sources: &'a Sources, files: &[&'a SourceFile], report: &mut Report) -> Self {
        let mut whole: Option<Node<'a>> = None;
        for file in files {
            let mut reader = Reader::new(sources, file);
            let fragment = fragment(&mut reader);
            for fault in reader.take_faults() {
                report.push(finding(&fault, file));
            }
            match fragment {
                Ok(Some(node)) if matches!(node.plain().kind, NodeKind::Map(_)) => {
                    whole = Some(match whole {
                        Some(under) => merge(&under, &node, false),
                        None => node,
                    });
                }
                Ok(Some(node)) if !node.is_null() => {
                    Reading { report, sources }.wrong_type(&node, "a mapping for a fragment of a site");
                }
                Ok(_) => {}
                Err(fault) => report.push(finding(&fault, file)),
            }
        }
        let mut overlay = Self::default();
        let Some(NodeKind::Map(entries)) = whole.map(|node| node.plain().kind.clone()) else {
            return overlay;
        };
        for (word, node) in entries {
            match (big_map(word.text), &node.plain().kind) {
                (Some(map), NodeKind::Map(names)) => {
                    let change = names.iter().map(|(name, node)| {
                        (name.text, FragmentEntry { word: *name, node: node.clone(), used: false })
                    });
                    overlay.names.insert(map, change.collect());
                }
                _ => overlay.keys.push(FragmentEntry { word, node, used: false }),
            }
        }
        overlay
    }

    /// Whether no fragment sets this key of the site as a whole.
    pub(super) fn keeps(&self, key: &str) -> bool {
        !self.keys.iter().any(|change| change.word.text == key)
    }

    /// Whether a fragment changes single entries of a big map.
    pub(super) fn changes_entries(&self, map: &str) -> bool {
        self.names.contains_key(map)
    }

    /// The value of a key of the site with the changes of fragments; `None` if they delete it.
    pub(super) fn over_key(&mut self, key: &str, value: Node<'a>) -> Option<Node<'a>> {
        match self.keys.iter_mut().find(|change| change.word.text == key) {
            None => Some(value),
            Some(change) => {
                change.used = true;
                (!change.node.is_null()).then(|| apply(&value, &change.node))
            }
        }
    }

    /// An entry of a big map with the changes of fragments; `None` if they delete it.
    pub(super) fn over_name(&mut self, map: &str, name: &str, value: Node<'a>) -> Option<Node<'a>> {
        if self.names.is_empty() {
            return Some(value);
        }
        match self.names.get_mut(map).and_then(|names| names.get_mut(name)) {
            None => Some(value),
            Some(change) => {
                change.used = true;
                (!change.node.is_null()).then(|| apply(&value, &change.node))
            }
        }
    }

    /// Entries of big maps that only fragments have, by map and name.
    pub(super) fn names_left(&mut self) -> Vec<(&'static str, Scalar<'a>, Node<'a>)> {
        let mut left = Vec::new();
        for map in BIG_MAPS.iter().map(|map| map.name) {
            let mut names: Vec<_> = self
                .names
                .remove(map)
                .into_iter()
                .flatten()
                .map(|(_, change)| change)
                .filter(|change| !change.used)
                .collect();
            names.sort_by_key(|change| change.word.span);
            left.extend(names.into_iter().map(|change| (map, change.word, change.node)));
        }
        left
    }

    /// Keys of the site that only fragments have.
    pub(super) fn keys_left(&mut self) -> Vec<(Scalar<'a>, Node<'a>)> {
        std::mem::take(&mut self.keys)
            .into_iter()
            .filter(|change| !change.used)
            .map(|change| (change.word, change.node))
            .collect()
    }
}

fn fragment<'a>(reader: &mut Reader<'a>) -> Result<Option<Node<'a>>, YamlFault> {
    let Some(Entered::Node(node)) = reader.start_whole()? else { return Ok(None) };
    reader.finish()?;
    Ok(Some(node))
}

/// A value of the site with the changes of a fragment.
pub(super) fn apply<'a>(under: &Node<'a>, over: &Node<'a>) -> Node<'a> {
    merge(under, over, true)
}

/// With `delete`, null deletes its key. Between fragments null is kept, to delete the key of the site later.
fn merge<'a>(under: &Node<'a>, over: &Node<'a>, delete: bool) -> Node<'a> {
    let (NodeKind::Map(below), NodeKind::Map(above)) = (&under.plain().kind, &over.plain().kind) else {
        return over.clone();
    };
    let mut entries = below.clone();
    for (key, value) in above {
        let at = entries.iter().position(|(known, _)| known.text == key.text);
        match at {
            Some(at) if delete && value.is_null() => {
                entries.remove(at);
            }
            Some(at) => entries[at] = (*key, merge(&entries[at].1, value, delete)),
            None => entries.push((*key, value.clone())),
        }
    }
    Node { span: under.span, kind: NodeKind::Map(entries) }
}
