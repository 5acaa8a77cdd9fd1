//! Name patterns: `"pc-a[01-30]": { ip: "10.11.4.[11-40]" }` is thirty hosts.
//!
//! A range in a value must have as many steps as the range in the name. The width of the first number is
//! kept. In a `mac` the digits are hex.

use super::reading::listed;
use crate::limits::{BYTES_OF_A_PATTERN_HOST, HOSTS_OF_A_PATTERN};
use crate::report::catalogue::{MALFORMED, TOO_MANY_HOSTS};
use crate::report::{Finding, Report};
use crate::source::{Node, NodeKind, Scalar, Sources, Span};

/// The hosts that the patterns of a site may still make. A hundred kilobytes of patterns can ask for a
/// hundred million hosts, so they are counted before any is made.
pub(super) struct Budget {
    most: u64,
    hosts: u64,
    bytes: u64,
    /// Whether a pattern asked for too many; no pattern is expanded after it.
    spent: bool,
}

impl Budget {
    /// A budget of so many hosts.
    pub(super) const fn new(most: u64) -> Self {
        Self { most, hosts: 0, bytes: 0, spent: false }
    }

    /// Whether the hosts of a name are within the budget; the finding is reported once.
    fn allows(&mut self, name: Scalar<'_>, weight: u64, report: &mut Report) -> bool {
        if self.spent {
            return false;
        }
        let made = hosts_of(name.text);
        let hosts = self.hosts.saturating_add(made);
        let bytes = self.bytes.saturating_add(made.saturating_mul(weight));
        let most_bytes = self.most.saturating_mul(BYTES_OF_A_PATTERN_HOST);
        let (message, help) = if hosts > self.most {
            let message =
                format!("with this one, name patterns make {hosts} hosts; the limit is {}", self.most);
            (message, "`--max-hosts N` raises the limit")
        } else if bytes > most_bytes {
            let message = format!(
                "with this one, the hosts of name patterns need {} MB of memory; the limit is {} MB",
                bytes >> 20,
                most_bytes >> 20
            );
            (
                message,
                "put what the hosts have in common into a group; `--max-hosts N` raises this limit as well",
            )
        } else {
            return true;
        };
        self.spent = true;
        report.push(Finding::new(&TOO_MANY_HOSTS, name.span, message).help(help));
        false
    }

    fn take(&mut self, hosts: u64, weight: u64) {
        self.hosts = self.hosts.saturating_add(hosts);
        self.bytes = self.bytes.saturating_add(hosts.saturating_mul(weight));
    }
}

/// The number of hosts that the ranges of a name make together.
fn hosts_of(name: &str) -> u64 {
    let mut rest = name;
    let mut hosts: u64 = 1;
    while let Some(pattern) = Pattern::find(rest, false) {
        hosts = hosts.saturating_mul(pattern.steps());
        rest = pattern.after;
    }
    hosts
}

/// The size of a host of a pattern in bytes, roughly.
fn weight(name: &str, node: &Node<'_>) -> u64 {
    name.len() as u64 + weight_of(node)
}

fn weight_of(node: &Node<'_>) -> u64 {
    let node = node.plain();
    let inside = match &node.kind {
        NodeKind::Scalar(text) if text.contains('[') => text.len() as u64,
        NodeKind::Seq(items) => items.iter().map(weight_of).sum(),
        NodeKind::Map(entries) => entries.iter().map(|(_, value)| weight_of(value)).sum(),
        _ => 0,
    };
    inside + size_of::<(Scalar<'_>, Node<'_>)>() as u64
}

/// A text with a range in it.
struct Pattern<'t> {
    before: &'t str,
    after: &'t str,
    first: u64,
    last: u64,
    width: usize,
    hex: bool,
}

impl<'t> Pattern<'t> {
    fn find(text: &'t str, hex: bool) -> Option<Self> {
        let radix = if hex { 16 } else { 10 };
        for (open, _) in text.match_indices('[') {
            let Some((inside, after)) = text[open + 1..].split_once(']') else { continue };
            let Some((low, high)) = inside.split_once('-') else { continue };
            let digits = |part: &str| {
                !part.is_empty() && part.len() <= 8 && part.chars().all(|char| char.is_digit(radix))
            };
            if !digits(low) || !digits(high) {
                continue;
            }
            let number = |part| u64::from_str_radix(part, radix).ok();
            let (first, last) = (number(low)?, number(high)?);
            return Some(Self { before: &text[..open], after, first, last, width: low.len(), hex });
        }
        None
    }

    fn steps(&self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }

    fn at(&self, step: u64) -> String {
        let (number, width) = (self.first + step, self.width);
        if self.hex {
            format!("{}{number:0width$x}{}", self.before, self.after)
        } else {
            format!("{}{number:0width$}{}", self.before, self.after)
        }
    }
}

/// The hosts of a name with a range.
pub(super) fn expand<'a>(
    name: Scalar<'a>,
    node: &Node<'a>,
    sources: &'a Sources,
    budget: &mut Budget,
    report: &mut Report,
) -> Vec<(Scalar<'a>, Node<'a>)> {
    let refuse = |report: &mut Report, word: Scalar<'a>, message: String, help: &str| {
        report.push(Finding::new(&MALFORMED, word.span, message).help(help));
        Vec::new()
    };
    let Some(pattern) = Pattern::find(name.text, false) else {
        let message = format!("`{}` is neither a host name nor a pattern", name.text);
        return refuse(report, name, message, "such as \"pc-[01-30]\" for pc-01 to pc-30");
    };
    let steps = pattern.steps();
    if steps == 0 || steps > HOSTS_OF_A_PATTERN {
        let message = format!("the range in `{}` has {steps} steps", name.text);
        return refuse(report, name, message, "from a smaller number to a bigger one, at most 65536 of them");
    }
    let weight = weight(name.text, node);
    if !budget.allows(name, weight, report) {
        return Vec::new();
    }
    if let Some(word) = mismatch(node, steps, false) {
        let message = format!("the range in `{}` does not have {steps} steps, as the name's has", word.text);
        let mut finding = Finding::new(&MALFORMED, word.span, message).and(name.span, "the name");
        if let Some(example) = example(word.text, steps) {
            finding = finding.help(format!("write `\"{example}\"`; the numbers in a `mac` are hexadecimal"));
        }
        report.push(finding);
        return Vec::new();
    }
    if steps > 1
        && let Some((span, finding)) = same_for_all(name, node, &pattern)
    {
        // A name with two ranges comes here once for each step of the first.
        if !report.has_said(&MALFORMED, span, &finding.message) {
            report.push(finding);
        }
        return Vec::new();
    }
    // Names with another range are expanded once more, and counted then.
    if Pattern::find(pattern.after, false).is_none() {
        budget.take(steps, weight);
    }
    (0..steps)
        .map(|step| {
            let word = Scalar { text: sources.keep(pattern.at(step)), span: name.span };
            (word, filled(node, step, false, sources))
        })
        .collect()
}

/// The addresses that every host of a pattern would have, as one finding.
fn same_for_all(name: Scalar<'_>, node: &Node<'_>, pattern: &Pattern<'_>) -> Option<(Span, Finding)> {
    let NodeKind::Map(entries) = &node.plain().kind else { return None };
    let steps = pattern.steps();
    let same: Vec<(&str, Scalar<'_>)> = entries
        .iter()
        .filter(|(key, _)| matches!(key.text, "mac" | "ip" | "ip6"))
        .filter_map(|(key, value)| value.word().map(|word| (key.text, word)))
        .filter(|(key, word)| Pattern::find(word.text, *key == "mac").is_none())
        .collect();
    let keys: Vec<&str> = same.iter().map(|(key, _)| *key).collect();
    let (_, first) = same.first()?;
    let message = format!(
        "{} {} the same for all {steps} hosts of `{}`",
        listed(&keys),
        if keys.len() == 1 { "is" } else { "are" },
        name.text
    );
    let examples: Vec<String> = same.iter().map(|(key, word)| with_range(key, word.text, steps)).collect();
    let finding = Finding::new(&MALFORMED, first.span, message)
        .and(name.span, "the name")
        .help(format!("put a range of {steps} steps into it, such as {}", examples.join(" and ")));
    Some((first.span, finding))
}

/// A MAC address whose last octet is a range of another length, with as many steps as there are hosts.
fn example(text: &str, steps: u64) -> Option<String> {
    let (before, range) = text.strip_suffix(']')?.split_once('[')?;
    let first = range.split('-').next().filter(|first| first.len() == 2 && before.contains(':'))?;
    let first = u64::from_str_radix(first, 16).ok().filter(|first| first + steps <= 256)?;
    Some(format!("{before}[{first:02x}-{:02x}]", first + steps - 1))
}

/// A value with a range that begins at its last number.
fn with_range(key: &str, text: &str, steps: u64) -> String {
    let hex = key == "mac";
    // `10.0.0.41-70`: a range without its brackets.
    let text = match text.rsplit_once('-') {
        Some((first, _)) if !hex || text.contains(':') => first,
        _ => text,
    };
    let digits = text
        .bytes()
        .rev()
        .take_while(|byte| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() });
    let (before, last) = text.split_at(text.len() - digits.count());
    let radix = if hex { 16 } else { 10 };
    let most = if hex || key == "ip" { 256 } else { 10_000 };
    let width = if hex { 2 } else { 1 };
    // If the last number is too high for so many steps, the range begins at 1.
    let first = u64::from_str_radix(last, radix).ok().filter(|first| first + steps <= most).unwrap_or(1);
    let end = first + steps - 1;
    if hex {
        format!("`{key}: \"{before}[{first:0width$x}-{end:0width$x}]\"`")
    } else {
        format!("`{key}: \"{before}[{first}-{end}]\"`")
    }
}

/// Reports a value whose range has another number of steps.
fn mismatch<'a>(node: &Node<'a>, steps: u64, hex: bool) -> Option<Scalar<'a>> {
    let node = node.plain();
    match &node.kind {
        NodeKind::Scalar(text) => Pattern::find(text, hex)
            .filter(|pattern| pattern.steps() != steps)
            .map(|_| Scalar { text, span: node.span }),
        NodeKind::Seq(items) => items.iter().find_map(|item| mismatch(item, steps, hex)),
        NodeKind::Map(entries) => {
            entries.iter().find_map(|(key, value)| mismatch(value, steps, hex || key.text == "mac"))
        }
        NodeKind::Null | NodeKind::Shared(_) => None,
    }
}

/// The value for one of the hosts.
fn filled<'a>(node: &Node<'a>, step: u64, hex: bool, sources: &'a Sources) -> Node<'a> {
    let node = node.plain();
    let kind = match &node.kind {
        NodeKind::Scalar(text) => match Pattern::find(text, hex) {
            Some(pattern) => NodeKind::Scalar(sources.keep(pattern.at(step))),
            None => NodeKind::Scalar(text),
        },
        NodeKind::Seq(items) => {
            NodeKind::Seq(items.iter().map(|item| filled(item, step, hex, sources)).collect())
        }
        NodeKind::Map(entries) => {
            let entry = |(key, value): &(Scalar<'a>, Node<'a>)| {
                (*key, filled(value, step, hex || key.text == "mac", sources))
            };
            NodeKind::Map(entries.iter().map(entry).collect())
        }
        NodeKind::Null | NodeKind::Shared(_) => NodeKind::Null,
    };
    Node { span: node.span, kind }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn ranges_keep_their_width() {
        let names = |text, hex| {
            let pattern = Pattern::find(text, hex).unwrap();
            (0..pattern.steps()).map(|step| pattern.at(step)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("pc-[08-11]", false), "pc-08 pc-09 pc-10 pc-11");
        assert_eq!(names("pc-[9-11]x", false), "pc-9x pc-10x pc-11x");
        assert_eq!(
            names("52:54:00:00:00:[0e-11]", true),
            "52:54:00:00:00:0e 52:54:00:00:00:0f 52:54:00:00:00:10 52:54:00:00:00:11"
        );
        assert!(Pattern::find("[2001:db8::1]", false).is_none());
        assert_eq!(Pattern::find("a[5-3]", false).unwrap().steps(), 0);
    }
}
