//! Entries of kind `script`: their lines, with those that they jump to.

use foldhash::{HashMap, HashSet};

use super::super::coverage::Outcome;
use super::entries::id_of;
use super::entry::joined;
use super::flow::Body;
use super::script::{Command, Joint, Line};
use super::variables::template;
use super::{Reader, settings};

/// How many lines in front of the menu one entry may take, which set its settings.
const MOST_SETTERS: usize = 200;

/// The lines of an entry.
#[derive(Default)]
struct Taken {
    /// Their indexes.
    lines: Vec<usize>,
    /// Labels of lines that are elsewhere, by the last line before them: iPXE goes on with them.
    jumps: HashMap<usize, String>,
}

impl Reader<'_, '_> {
    /// The lines of an entry of kind `script` with this label.
    pub(super) fn script(&mut self, label: &str) -> String {
        let body = self.body(label, false);
        let mut taken = Taken::default();
        self.take(&mut taken, &body);
        // A target is another entry; `fall_through` reports it.
        if let (Some(next), Some(last)) = (&body.falls_into, body.lines.last())
            && !self.targets.contains(next)
            && !self.returns(next)
        {
            taken.jumps.insert(*last, next.clone());
        }
        self.borrow_parts(&mut taken);
        let mut lines: Vec<usize> = self.borrow_settings(&taken.lines);
        for index in lines.clone() {
            self.account(index, Outcome::Words);
        }
        lines.extend(taken.lines);
        let mut text = String::new();
        for (place, index) in lines.iter().enumerate() {
            let Some(line) = self.lines.get(*index) else { continue };
            // The label of the entry is the render's.
            if place > 0
                && let Some(label) = line.label.as_ref().filter(|_| Some(index) != body.lines.first())
            {
                text.push_str(&format!(":{}\n", id_of(label)));
            }
            let written = self.rewritten(line);
            if !written.is_empty() {
                text.push_str(&template(&written));
                text.push('\n');
            }
            if let Some(label) = taken.jumps.get(index) {
                text.push_str(&format!("goto {}\n", self.label_of(label)));
            }
        }
        if text.is_empty() { "echo\n".to_owned() } else { text }
    }

    /// Takes lines with their labels, which no other entry may have as well: all entries are in one script.
    fn take(&mut self, taken: &mut Taken, body: &Body) {
        for index in &body.lines {
            if self.lines.get(*index).is_some_and(|line| line.label.is_some()) {
                self.borrowed.insert(*index);
            }
        }
        taken.lines.extend(&body.lines);
    }

    /// Adds the lines that these lines jump to, and that are no entry of their own.
    fn borrow_parts(&mut self, taken: &mut Taken) {
        let mut next = 0;
        while let Some(index) = taken.lines.get(next).copied() {
            next += 1;
            let Some(line) = self.lines.get(index) else { continue };
            for command in line.commands.iter().filter(|command| command.name() == "goto") {
                let Some(label) = command.arguments().first() else { continue };
                if self.targets.contains(label) || self.returns(label) {
                    continue;
                }
                let Some(&at) = self.labels.get(label.as_str()) else { continue };
                if self.borrowed.contains(&at) {
                    continue;
                }
                let part = self.body(label, false);
                self.take(taken, &part);
                for index in &part.lines {
                    self.account(*index, Outcome::Words);
                }
                if let (Some(next), Some(last)) = (part.falls_into, part.lines.last()) {
                    taken.jumps.insert(*last, next);
                }
            }
        }
    }

    /// The lines before the menu that set what these lines use, and that do not always set the same.
    pub(super) fn borrow_settings(&self, taken: &[usize]) -> Vec<usize> {
        let mut wanted: Vec<usize> = Vec::new();
        let mut look: Vec<usize> = taken.to_vec();
        let mut known: HashSet<usize> = taken.iter().copied().collect();
        while let Some(index) = look.pop() {
            let Some(line) = self.lines.get(index) else { continue };
            for name in
                line.commands.iter().flat_map(|command| &command.words).flat_map(|word| settings(word))
            {
                if self.variables.get(name).is_some() || name.starts_with("ipxegen.") {
                    continue;
                }
                for setter in self.setters.get(name).into_iter().flatten() {
                    if wanted.len() == MOST_SETTERS {
                        break;
                    }
                    if known.insert(*setter) {
                        wanted.push(*setter);
                        look.push(*setter);
                    }
                }
            }
        }
        wanted.sort_unstable();
        wanted
    }

    /// A line for an entry of kind `script`: without what the render adds, and with our labels.
    pub(super) fn rewritten(&self, line: &Line) -> String {
        let mut commands = line.commands.clone();
        let back = |command: &Command| {
            command.name() == "goto" && command.arguments().first().is_some_and(|label| self.returns(label))
        };
        if let [only] = commands.as_slice()
            && back(only)
        {
            return String::new();
        }
        // The render adds the same to a line that does not handle its failure.
        if let [first, last] = commands.as_slice()
            && last.joint == Joint::Or
            && back(last)
            && !["echo", "goto", "exit"].contains(&first.name())
        {
            commands.pop();
        }
        for command in commands.iter_mut().filter(|command| command.name() == "goto") {
            let Some(label) = command.words.get_mut(1) else { continue };
            *label = self.label_of(label);
        }
        let fill = |word: &String| self.variables.fill(word);
        for command in &mut commands {
            command.words = command.words.iter().map(fill).collect();
        }
        joined(&Line { commands, ..line.clone() })
    }

    /// The label of our script for a label of the file.
    pub(super) fn label_of(&self, label: &str) -> String {
        if self.returns(label) {
            let menu = self.menu_at.contains_key(label);
            return if menu { "ipxegen.menu" } else { "ipxegen.failed" }.to_owned();
        }
        self.renamed.get(label).cloned().unwrap_or_else(|| label.to_owned())
    }
}
