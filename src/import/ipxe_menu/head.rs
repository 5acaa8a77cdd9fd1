//! The lines before the first menu: settings, colours, a script for each machine.

use foldhash::HashSet;

use super::super::coverage::Outcome;
use super::entry::{Architectures, joined};
use super::script::{self, Joint, Line};
use super::variables::{self, Variables};
use super::{Reader, settings};

impl Reader<'_, '_> {
    /// Accounts for the lines before the first menu.
    pub(super) fn head(&mut self) {
        let before = self.menus.first().map_or(self.lines.len(), |menu| menu.line);
        for index in 0..before {
            let Some(line) = self.lines.get(index) else { break };
            let text = joined(line);
            let first = line.commands.first();
            let outcome = match first.map(script::Command::name) {
                Some("dhcp" | "ifopen" | "ifconf" | "imgfree" | "ifstat") => Outcome::Default,
                _ if self.is_ours && text.contains("ipxegen.") => Outcome::Default,
                Some("chain") if self.hook(index) => Outcome::Words,
                _ if Architectures::default().read(line) => Outcome::Words,
                Some("set" | "isset" | "iseq" | "cpuid") => continue,
                Some("console" | "cpair" | "colour" | "color") => {
                    Outcome::Lost("no key sets the colours and the background of the menu".to_owned())
                }
                _ => continue,
            };
            self.account(index, outcome);
        }
    }

    /// A script for each machine that is run before the menu, if it exists.
    pub(super) fn hook(&mut self, index: usize) -> bool {
        let Some(line) = self.lines.get(index) else { return false };
        let [chain, or, ..] = line.commands.as_slice() else { return false };
        if or.joint != Joint::Or {
            return false;
        }
        let known = [("autofree", 'a', false), ("replace", 'r', false), ("timeout", 't', true)];
        let (_, rest) = script::options(chain.arguments(), &known);
        let [url] = rest else { return false };
        let mut path = self.variables.fill(url);
        for (setting, placeholder) in [
            ("${netX/mac:hexhyp}", "{mac}"),
            ("${net0/mac:hexhyp}", "{mac}"),
            ("${mac:hexhyp}", "{mac}"),
            ("${hostname}", "{host}"),
            ("${netX/ip}", "{ip}"),
            ("${net0/ip}", "{ip}"),
            ("${ip}", "{ip}"),
        ] {
            path = path.replace(setting, placeholder);
        }
        let relative = !path.starts_with('/') && !path.contains("://") && !path.contains("${");
        if relative && path.contains('{') {
            self.imported.draft.site.map("ipxe").set("hook", path).from(&line.origin);
        }
        relative
    }
}

/// Settings with the value that they have when the menu is shown first; and the lines that set those that a menu uses.
pub(super) fn initial(lines: &[Line], before: usize, constant: &Variables) -> (Variables, Vec<usize>) {
    let menu = ["menu", "item", "choose"];
    let commands =
        lines.iter().flat_map(|line| &line.commands).filter(|command| menu.contains(&command.name()));
    let used: HashSet<&str> =
        commands.flat_map(|command| &command.words).flat_map(|word| settings(word)).collect();
    let (mut initial, mut first) = (Variables::default(), Vec::new());
    let mut known: HashSet<String> = HashSet::default();
    for (index, line) in lines.iter().enumerate().take(before) {
        if let Some((name, value)) = variables::assignment(line) {
            let value = constant.fill(&initial.fill(&value));
            if known.insert(name.clone()) {
                initial.set(&name, &value);
            }
            if used.contains(name.as_str()) {
                first.push(index);
            }
        }
    }
    (initial, first)
}
