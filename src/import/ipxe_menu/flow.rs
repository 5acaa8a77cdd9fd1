//! Which lines a label leads to, and which labels only lead back to the menu.

use super::super::coverage::Outcome;
use super::Reader;
use super::entry::joined;
use super::script::{Joint, Line};

/// How many jumps may lead back to the menu.
const STEPS: usize = 8;

/// The lines that a label leads to.
pub(super) struct Body {
    /// Their indexes.
    pub(super) lines: Vec<usize>,
    /// The label of an entry or a menu into which the last line runs.
    pub(super) falls_into: Option<String>,
}

impl Reader<'_, '_> {
    /// Whether a label only leads back to the menu.
    pub(super) fn returns(&self, label: &str) -> bool {
        self.returns_within(label, STEPS)
    }

    fn returns_within(&self, label: &str, steps: usize) -> bool {
        if label == "ipxegen.failed" || self.menu_at.contains_key(label) {
            return true;
        }
        if steps == 0 || self.targets.contains(label) && label != "shell" {
            return false;
        }
        let Some(&start) = self.labels.get(label) else { return false };
        if let Some(known) = self.returning.borrow().get(&(start, steps)) {
            return *known;
        }
        let returns = self.lines_return(start, label, steps);
        self.returning.borrow_mut().insert((start, steps), returns);
        returns
    }

    /// Whether the lines behind a label only lead back to the menu.
    fn lines_return(&self, start: usize, label: &str, steps: usize) -> bool {
        for line in self.lines.iter().skip(start).take(20) {
            for command in &line.commands {
                match command.name() {
                    "" | "echo" | "prompt" | "sleep" | "imgfree" | "imgstat" | "clear" | "set" | "shell" => {}
                    "goto" => {
                        let next = command.arguments().first();
                        return next
                            .is_some_and(|next| next != label && self.returns_within(next, steps - 1));
                    }
                    _ => return false,
                }
            }
        }
        false
    }

    /// The lines that a label leads to. Without `whole`, they end at lines that an entry of kind `script` has taken.
    pub(super) fn body(&self, label: &str, whole: bool) -> Body {
        let mut body = Body { lines: Vec::new(), falls_into: None };
        let Some(&start) = self.labels.get(label) else { return body };
        for (index, line) in self.lines.iter().enumerate().skip(start) {
            if index > start
                && let Some(label) = &line.label
                && (self.targets.contains(label)
                    || self.menu_at.contains_key(label)
                    || self.returns(label)
                    || (!whole && self.borrowed.contains(&index)))
            {
                body.falls_into = Some(label.clone());
                break;
            }
            body.lines.push(index);
            // Our own part that hooks the disk comes back.
            if is_end(line) && !joined(line).contains("goto ipxegen.hook") {
                break;
            }
        }
        body
    }

    /// Whether the line before ends an entry, so that the label begins another one.
    pub(super) fn ends_before(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|before| self.lines.get(before)).is_some_and(is_end)
    }

    /// Accounts for lines that only lead back to the menu, as our script does by itself.
    pub(super) fn returns_of_script(&mut self) {
        let labels: Vec<usize> =
            self.labels.iter().filter(|(label, _)| self.returns(label)).map(|(_, at)| *at).collect();
        for at in labels {
            for index in at..self.lines.len() {
                let Some(line) = self.lines.get(index) else { break };
                if index > at && line.label.is_some() {
                    break;
                }
                self.account(index, Outcome::Default);
                if is_end(line) {
                    break;
                }
            }
        }
        for index in 0..self.lines.len() {
            let text = self.lines.get(index).map(joined).unwrap_or_default();
            if self.is_ours && text.contains("ipxegen.") {
                self.account(index, Outcome::Default);
            }
        }
        let before = self.menus.first().map_or(0, |menu| menu.line);
        for index in 0..before {
            let why = "nothing that was imported uses it";
            self.account(index, Outcome::Lost(why.to_owned()));
        }
    }
}

/// Whether iPXE never goes on with the next line.
pub(super) fn is_end(line: &Line) -> bool {
    match line.commands.as_slice() {
        [only] => matches!(only.name(), "goto" | "exit"),
        [_, one, other] => {
            one.name() == "goto"
                && other.name() == "goto"
                && one.joint == Joint::And
                && other.joint == Joint::Or
        }
        _ => false,
    }
}
