//! A template that cannot be rendered: the fault, and its place in the user's own text.

use std::fmt::{self, Write as _};

use anyhow::anyhow;
use foldhash::HashMap;
use tera::{Context, ErrorKind, Value};

use super::own_templates::OwnTemplate;
use crate::dialects::{Dialect, UNDEFINED, loop_over, refusal, value_at, visible};
use crate::outputs::HostValues;
use crate::report::catalogue::TEMPLATE;
use crate::report::{Finding, distance};
use crate::source::{Span, count_secrets_read};

/// How many names a message lists.
const NAMES: usize = 40;

/// A template cannot be rendered: a fault of its author.
#[derive(Debug)]
pub struct TemplateFault {
    finding: Finding,
}

impl TemplateFault {
    /// As a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        self.finding.clone()
    }
}

impl From<Finding> for TemplateFault {
    fn from(finding: Finding) -> Self {
        Self { finding }
    }
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)?;
        self.finding.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

impl std::error::Error for TemplateFault {}

/// The values around a template.
#[derive(Clone, Copy)]
pub(super) struct Where<'v> {
    pub(super) view: &'v Context,
    pub(super) site: &'v Value,
    /// The hosts that a file of the user's own goes through.
    pub(super) hosts: Option<&'v HostValues<'v>>,
}

impl Where<'_> {
    /// A field of a mapping.
    pub(super) fn field(value: &Value, name: &str) -> Option<Value> {
        value.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value.clone())
    }

    /// The value of a path, and the first of its names that does not exist with the names that do.
    fn missing(&self, text: &str, path: &str, at: usize, depth: usize) -> Option<(String, Vec<String>)> {
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')) {
            return None;
        }
        let mut names = path.split('.');
        let root = names.next()?;
        let mut value = self.root(text, root, at, depth)?;
        let mut before = root.to_owned();
        for name in names {
            match Self::field(&value, name) {
                Some(next) => value = next,
                None => {
                    let known = value.as_map().into_iter().flatten();
                    return Some((
                        before,
                        known.filter_map(|(key, _)| key.as_str().map(str::to_owned)).collect(),
                    ));
                }
            }
            before = format!("{before}.{name}");
        }
        None
    }

    /// Whether a message shows the value of a path as it is in the site. One that a template has changed, or that has
    /// another name, could be a secret that no mask finds.
    fn shows(&self, text: &str, path: &str, at: usize, words: &str) -> bool {
        let mut names = path.split('.');
        let root = names.next().and_then(|root| self.root(text, root, at, 3));
        let value = root.and_then(|root| names.try_fold(root, |value, name| Self::field(&value, name)));
        value.as_ref().and_then(Value::as_str).is_some_and(|value| words.contains(&visible(value)))
    }

    fn root(&self, text: &str, name: &str, at: usize, depth: usize) -> Option<Value> {
        if name == "site" && !self.view.contains_key("site") {
            return Some(self.site.clone());
        }
        if let Some(value) = self.view.get(name) {
            return Some(value.clone());
        }
        // A name of a loop stands for the first value that it takes.
        let over = loop_over(text, name, at).filter(|_| depth > 0)?;
        if let Some(hosts) = self.hosts.filter(|_| over == "site.hosts") {
            return (hosts.of)(0..1).values().next().cloned();
        }
        let mut names = over.split('.');
        let mut value = self.root(text, names.next()?, at, depth - 1)?;
        for name in names {
            value = Self::field(&value, name)?;
        }
        match value.as_array() {
            Some(items) => items.first().cloned(),
            None => value.as_map()?.values().next().cloned(),
        }
    }
}

/// The user's templates by the name that Tera knows them by, to find a place again.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) templates: HashMap<String, OwnTemplate>,
}

impl Faults {
    /// Tera's message, at its place in the user's template.
    pub(super) fn explain(&self, template: &str, error: &tera::Error, around: Where<'_>) -> TemplateFault {
        let ErrorKind::RenderingError(report) = error.kind() else {
            // A refusal of the guard in a built-in template has no place.
            return self
                .whole(template, &without_value(refusal(error).unwrap_or_else(|| error.to_string()), ""));
        };
        let mut words = plain(report.message());
        let Some(own) = self.templates.get(report.filename()) else {
            let place = format!(
                "in line {} of the built-in template {}",
                report.span().start_line,
                report.filename()
            );
            let words = without_value(words, "");
            return self.whole(template, &format!("{words} {}", place.replace("builtin/", "")));
        };
        let part = own.prepared.original(&report.span().range);
        let value = value_at(&own.text, part.start);
        let shown = value.as_ref().map_or_else(|| part.clone(), |(part, _)| part.clone());
        let span = own.span.part(shown.start, shown.end);
        let value = value.map(|(_, value)| value);
        if words.ends_with("and this is a list")
            && let Some(filter) = own.dialect.and_then(Dialect::filter_for_lists)
        {
            let _ = write!(words, "; use `| {filter}`");
        }
        if words != UNDEFINED
            && !value.is_some_and(|value| around.shows(&own.text, value, part.start, &words))
        {
            words = without_value(words, &own.text);
        }
        let mut help = None;
        let words = match value {
            Some(value) if words == UNDEFINED => {
                if let Some((before, names)) = around.missing(&own.text, value, part.start, 3) {
                    help = Some(known(&before, value.rsplit('.').next().unwrap_or_default(), &names));
                }
                format!("`{value}` is not defined")
            }
            // A secret is not shown, whatever a template does with it.
            Some(value) if is_secret(value) => {
                format!("`{value}` cannot be printed like this, and is not shown")
            }
            Some(value) if !words.contains(value) => format!("`{value}`: {words}"),
            _ if is_secret(own.text.get(part).unwrap_or_default()) => {
                "a secret cannot be printed like this".to_owned()
            }
            _ => words,
        };
        let finding = Finding::new(&TEMPLATE, span, words);
        match help {
            Some(help) => finding.help(help).into(),
            None => finding.into(),
        }
    }

    /// A literal that is inside another one.
    pub(super) fn nested(&self, place: Option<Span>, error: anyhow::Error) -> anyhow::Error {
        let Some(place) = place else { return error };
        let own = self.templates.values().find(|own| own.span.contains(place));
        let value = own
            .and_then(|own| own.text.get((place.start - own.span.start) as usize..))
            .and_then(|rest| rest.get(..(place.end - place.start) as usize));
        let shown = value.map_or_else(|| "a value".to_owned(), |value| format!("`{{{{ {value} }}}}`"));
        let message = format!("{shown} is inside quotation marks, and brings its own");
        let finding = Finding::new(&TEMPLATE, place, message)
            .help("write the value with its filter and without quotation marks around it");
        anyhow!(TemplateFault::from(finding))
    }

    /// A fault of a template as a whole.
    pub(super) fn whole(&self, template: &str, words: &str) -> TemplateFault {
        let message = format!("the template {template} cannot be rendered");
        let finding = match self.templates.get(template) {
            Some(own) => Finding::new(&TEMPLATE, own.span.part(0, 0), message),
            None => Finding::nowhere(&TEMPLATE, message),
        };
        finding.help(words.to_owned()).into()
    }
}

/// A sentence of Tera, beginning as ours do.
pub(super) fn plain(words: &str) -> String {
    let words = words.trim_end_matches('.');
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => format!("{}{}", first.to_lowercase(), chars.as_str()),
        None => String::new(),
    }
}

/// Which names there are, the nearest one first.
fn known(of: &str, name: &str, names: &[String]) -> String {
    if names.is_empty() {
        return format!("`{of}` has no names");
    }
    let near = names.iter().min_by_key(|known| distance(known, name));
    let near = near.filter(|near| distance(near, name) <= name.chars().count().max(3) / 3 + 1);
    let near = near.map(|near| format!("did you mean `{of}.{near}`? ")).unwrap_or_default();
    let more = if names.len() > NAMES { ", …" } else { "" };
    let names: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    format!("{near}`{of}` has {}{more}", names.join(", "))
}

/// Parts of messages that name no value: those of Tera, and our own.
const NO_VALUE: [&str; 15] = [
    "invalid type for the value, expected `",
    "` requires both operands to be ",
    "iteration not possible on type `",
    "cannot compare `",
    " must be an integer, got `",
    "aximum render recursion depth",
    "` takes text, ",
    "` takes a list",
    "` takes only what ",
    " is not one text; use ",
    "this filter has no argument `",
    "use the quoting filters of this language",
    "of a template may turn ",
    "a template may print ",
    "a value that a template keeps has more than ",
];

/// A message without the value that it quotes, if the run has read a secret. Every language begins its refusal with the
/// value, as [`visible`] shows it. Any other message may have the value anywhere, for a template can put it there.
fn without_value(words: String, template: &str) -> String {
    if count_secrets_read() == 0 {
        return words;
    }
    if let Some((_, reason)) = words.strip_prefix('"').and_then(|rest| rest.rsplit_once('"')) {
        return format!("a value{reason}; it is not shown, for the site has secrets");
    }
    // Tera lists the names that there are, and a template can make names of values.
    if let Some((start, _)) = words.split_once(" is not defined")
        && start.split('`').nth(1).is_some_and(|name| template.contains(name))
    {
        return format!("{start} is not defined");
    }
    if NO_VALUE.iter().any(|part| words.contains(part)) {
        return words;
    }
    "this cannot be rendered, and why is not shown, for the site has secrets".to_owned()
}

/// Whether a value holds accounts or passwords.
fn is_secret(value: &str) -> bool {
    ["secret", "password", "incoming", "outgoing", "reverse", "chap", "ipxe_hex", "raw"]
        .iter()
        .any(|word| value.contains(word))
}
