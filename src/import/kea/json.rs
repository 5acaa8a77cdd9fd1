//! Kea's JSON: with comments, `<?include "FILE"?>`, and a comma behind the last item.

mod faults;
mod lexer;
mod parser;

use super::super::copies::weight_of_text;
use super::super::draft::{Mapping, Value};
use super::super::origin::Origin;
use super::super::source_file::SourceFile;
pub(super) use faults::Faults;
pub(super) use lexer::includes;

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub origin: Origin,
    pub json: Json,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Json {
    /// A text.
    Text(String),
    /// A number, `true`, `false` or `null`.
    Bare(String),
    /// A list.
    List(Vec<Node>),
    /// Members, in order.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The text or the number.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.json {
            Json::Text(text) | Json::Bare(text) => Some(text),
            Json::List(_) | Json::Object(_) => None,
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[Self] {
        if let Json::List(items) = &self.json { items } else { &[] }
    }

    /// The members of an object.
    pub(super) fn members(&self) -> &[(String, Self)] {
        if let Json::Object(members) = &self.json { members } else { &[] }
    }

    /// A member.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// It as a value of the draft.
    pub(super) fn value(&self) -> Value {
        match &self.json {
            Json::Text(text) => Value::Text(text.clone()),
            // A broken file may have any word here, such as `-`, which YAML does not read as a scalar.
            Json::Bare(text) if serde_json::from_str::<serde_json::Value>(text).is_err() => {
                text.as_str().into()
            }
            Json::Bare(text) => Value::Bare(text.clone()),
            Json::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Json::Object(members) => {
                let mut map = Mapping::default();
                for (name, node) in members {
                    map.set(name, node.value());
                }
                Value::Map(map)
            }
        }
    }

    /// How many values of common length it has.
    pub(super) fn weight(&self) -> usize {
        match &self.json {
            Json::Text(text) | Json::Bare(text) => weight_of_text(text),
            Json::List(items) => items.iter().map(Self::weight).sum::<usize>() + 1,
            Json::Object(members) => {
                members.iter().map(|(name, node)| weight_of_text(name) + node.weight()).sum::<usize>() + 1
            }
        }
    }

    /// It as JSON without comments. A bare word that is no value of JSON becomes a text.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.json {
            Json::Text(text) => text.as_str().into(),
            Json::Bare(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
            Json::List(items) => items.iter().map(Self::to_json).collect(),
            Json::Object(members) => {
                let members = members.iter().map(|(name, node)| (name.clone(), node.to_json()));
                serde_json::Value::Object(members.collect())
            }
        }
    }

    /// Its beginning in one line, for the account.
    pub(super) fn shown(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        if text.len() > 100 {
            return;
        }
        match &self.json {
            Json::Text(own) => text.push_str(&format!("\"{own}\"")),
            Json::Bare(own) => text.push_str(own),
            Json::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate().take(40) {
                    text.push_str(if index > 0 { ", " } else { "" });
                    item.write(text);
                }
                text.push(']');
            }
            Json::Object(members) => {
                text.push('{');
                for (index, (name, node)) in members.iter().enumerate().take(40) {
                    text.push_str(if index > 0 { ", " } else { "" });
                    text.push_str(&format!("\"{name}\": "));
                    node.write(text);
                }
                text.push('}');
            }
        }
    }
}

/// The value of a file. What is not JSON goes into `faults`, and the rest is read nevertheless.
pub(super) fn parse(file: &SourceFile, files: &[SourceFile], faults: &mut Faults) -> Option<Node> {
    let tokens = lexer::tokens(file, files, faults);
    parser::parse(file, tokens, faults)
}
