//! The values of an answer, and the scopes that each of them comes from.

use super::scope::Setting;
use crate::source::Span;

/// The scope that a value comes from; the outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// No part of the site sets it.
    Default,
    /// The site.
    Site,
    /// The subnet.
    Subnet,
    /// A class of clients; the place says which.
    Class,
    /// A group of the host, or the host itself if its layers are not kept; the place says which.
    Group,
    /// The host itself.
    Host,
    /// A subnet with `netboot: none`.
    NetbootNone,
}

/// The value that one scope sets.
#[derive(Clone, Debug)]
pub struct Said<T> {
    /// The scope.
    pub layer: Layer,
    /// The value; none if the scope unsets it.
    pub value: Option<T>,
    /// Its place in the site, if it was written.
    pub span: Option<Span>,
}

/// A value, and the values that it overrides.
#[derive(Clone, Debug)]
pub struct Value<T> {
    /// The value of every scope that sets it, the innermost first: that one is sent.
    pub said: Vec<Said<T>>,
}

impl<T> Default for Value<T> {
    fn default() -> Self {
        Self { said: Vec::new() }
    }
}

impl<T> Value<T> {
    /// The value that the client gets.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.said.first().and_then(|said| said.value.as_ref())
    }

    pub(super) fn override_with(&mut self, layer: Layer, value: Option<T>, span: Option<Span>) {
        self.said.insert(0, Said { layer, value, span });
    }
}

/// Adds the site's options below those of a subnet, `over`. A subnet's options contain the inherited ones; the caller
/// adds only the others. An option of the site that the subnet lacks was unset there.
pub(super) fn under(
    into: &mut Vec<(u8, Value<Vec<u8>>)>,
    site: &[Setting<'_>],
    over: &[Setting<'_>],
    place: Span,
) {
    for setting in site {
        let layer = match setting.span {
            None => Layer::Default,
            Some(span) if span == Span::default() => Layer::Default,
            Some(_) => Layer::Site,
        };
        record(into, layer, setting.code, setting.data.bytes(), setting.span);
        if !over.iter().any(|other| other.code == setting.code) {
            record(into, Layer::Subnet, setting.code, None, Some(place));
        }
    }
}

/// Overrides options with those of a scope. The options that the scope inherits have their values already.
pub(super) fn apply(into: &mut Vec<(u8, Value<Vec<u8>>)>, layer: Layer, settings: &[Setting<'_>]) {
    for setting in settings {
        let known =
            into.iter().find(|(code, _)| *code == setting.code).and_then(|(_, value)| value.said.first());
        let bytes = setting.data.bytes();
        if layer == Layer::Subnet
            && known.is_some_and(|said| said.span == setting.span && said.value == bytes)
        {
            continue;
        }
        let layer = if setting.span.is_none() && layer == Layer::Subnet { Layer::Default } else { layer };
        record(into, layer, setting.code, bytes, setting.span);
    }
}

/// Adds a value of an option, which overrides those of outer layers.
pub(super) fn record(
    into: &mut Vec<(u8, Value<Vec<u8>>)>,
    layer: Layer,
    code: u8,
    bytes: Option<Vec<u8>>,
    span: Option<Span>,
) {
    let at = into.iter().position(|(known, _)| *known == code).unwrap_or_else(|| {
        into.push((code, Value::default()));
        into.len() - 1
    });
    if let Some((_, value)) = into.get_mut(at) {
        value.override_with(layer, bytes, span);
    }
}

/// Removes the innermost value of an option.
pub(super) fn take_back(options: &mut Vec<(u8, Value<Vec<u8>>)>, code: u8) {
    let Some(at) = options.iter().position(|(known, _)| *known == code) else { return };
    if let Some((_, value)) = options.get_mut(at) {
        value.said.drain(..value.said.len().min(1));
        if value.said.is_empty() {
            options.remove(at);
        }
    }
}
