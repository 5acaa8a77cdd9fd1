//! Menus of iPXE: scripts with `menu`, `item` and `choose`, and with a label for each item.
//!
//! A menu becomes `menu`, and what an item jumps to becomes an entry of `boot_entries`: of the kind that does what its
//! lines do, else of the kind `script` with these lines. Our script leads back to the menu after a failure, so lines that
//! do only that are left out.

mod entries;
mod entry;
mod flow;
mod head;
mod linux;
mod menu;
mod paths;
mod screens;
mod script;
mod script_entry;
mod site;
mod variables;

use std::cell::RefCell;

use foldhash::{HashMap, HashSet};
pub(super) use paths::percent_decoded;

use super::Imported;
use super::coverage::Outcome;
use super::source_file::SourceFile;
use entry::Architectures;
use head::initial;
use menu::{Menu, menus};
use paths::Places;
use screens::Shown;
use script::Line;
use variables::Variables;

/// Reads a script into the draft.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let lines = script::lines(&file.path, &file.text);
    if imported.draft.site.get("menu").is_some() {
        let why = "a site has one menu, and another file has one already";
        for line in lines.iter().filter(|line| !line.commands.is_empty()) {
            imported.coverage.add(line.origin.clone(), &line.text, Outcome::Lost(why.to_owned()));
        }
        return;
    }
    let outcomes = Reader::new(&lines, file, imported).run();
    for (line, outcome) in lines.iter().zip(outcomes) {
        if !line.commands.is_empty() {
            let outcome = outcome.unwrap_or_else(|| Outcome::Lost("no item of a menu leads here".to_owned()));
            imported.coverage.add(line.origin.clone(), &line.text, outcome);
        }
    }
}

struct Reader<'l, 'i> {
    lines: &'l [Line],
    /// The line of each label; the first of equal ones counts.
    labels: HashMap<&'l str, usize>,
    outcomes: Vec<Option<Outcome>>,
    variables: Variables,
    architectures: Architectures,
    places: Places,
    menus: Vec<Menu>,
    /// The menus by their labels.
    menu_at: HashMap<String, usize>,
    /// The labels that items lead to.
    targets: HashSet<String>,
    /// Ids of entries by their labels, where they differ.
    renamed: HashMap<String, String>,
    /// Lines of our own script.
    is_ours: bool,
    /// Whether the lines from here on lead back to the menu within so many jumps, as far as it was asked.
    returning: RefCell<HashMap<(usize, usize), bool>>,
    /// The lines of labels that an entry of kind `script` has taken.
    borrowed: HashSet<usize>,
    /// Lines before the menu that set a setting, by the setting.
    setters: HashMap<String, Vec<usize>>,
    imported: &'i mut Imported,
}

impl<'l, 'i> Reader<'l, 'i> {
    fn new(lines: &'l [Line], file: &SourceFile, imported: &'i mut Imported) -> Self {
        let mut labels: HashMap<&str, usize> = HashMap::default();
        for (index, line) in lines.iter().enumerate() {
            if let Some(label) = &line.label {
                labels.entry(label).or_insert(index);
            }
        }
        let before = lines.iter().position(|line| line.has("menu")).unwrap_or(lines.len());
        let (variables, constant) = Variables::of(lines, before);
        let (initial, first) = initial(lines, before, &variables);
        let mut outcomes = vec![None; lines.len()];
        for index in constant.into_iter().chain(first) {
            set(&mut outcomes, index, Outcome::Words);
        }
        let menus = menus(lines, &initial);
        let mut architectures = Architectures::default();
        let mut setters: HashMap<String, Vec<usize>> = HashMap::default();
        for (index, line) in lines.iter().enumerate().take(before) {
            architectures.read(line);
            for command in line.commands.iter().filter(|command| command.name() == "set") {
                if let Some(name) = command.arguments().first() {
                    let name = name.split(':').next().unwrap_or(name);
                    setters.entry(name.to_owned()).or_default().push(index);
                }
            }
        }
        let web_root = imported.draft.site.submap("http").and_then(|http| http.text("root"));
        let tftp = imported.draft.tftp_root.clone().or_else(|| site::tftp_root(lines, &variables));
        let urls = site::urls(lines, &variables);
        let places = Places::of(&file.path, &urls, tftp.as_deref(), web_root);
        let is_ours = labels.contains_key("ipxegen.menu");
        Self {
            lines,
            labels,
            outcomes,
            variables,
            architectures,
            places,
            menus,
            menu_at: HashMap::default(),
            targets: HashSet::default(),
            renamed: HashMap::default(),
            is_ours,
            returning: RefCell::default(),
            borrowed: HashSet::default(),
            setters,
            imported,
        }
    }

    /// The variables of the site that our own script sets, before it looks whether DHCP sets them for this machine.
    fn vars(&mut self) {
        for line in self.lines.iter().filter(|_| self.is_ours) {
            let [command] = line.commands.as_slice() else { continue };
            let Some((name, value)) = command.arguments().split_first() else { continue };
            if let Some(name) = name.strip_prefix("ipxegen.var.").filter(|_| command.name() == "set") {
                self.imported.draft.site.map("vars").set(name, value.join(" ")).from(&line.origin);
            }
        }
    }

    fn run(mut self) -> Vec<Option<Outcome>> {
        self.find_targets();
        self.vars();
        self.head();
        if self.menus.is_empty() {
            self.remark(0, "the script has no menu: only `menu`, `item` and `choose` are imported");
            return self.outcomes;
        }
        let mut shown = Shown::default();
        let items = self.items(0, 0, &mut shown);
        self.menu(items, &shown);
        self.entries(&shown);
        self.returns_of_script();
        self.site();
        self.outcomes
    }

    fn remark(&mut self, index: usize, text: impl Into<String>) {
        if let Some(line) = self.lines.get(index) {
            self.imported.coverage.remark(line.origin.clone(), text);
        }
    }

    fn find_targets(&mut self) {
        for (index, menu) in self.menus.iter().enumerate() {
            if let Some(label) = &menu.label {
                self.menu_at.entry(label.clone()).or_insert(index);
            }
            // All labels in front of the first menu lead to it.
            if index == 0 {
                for line in self.lines.iter().take(menu.line) {
                    if let Some(label) = &line.label {
                        self.menu_at.entry(label.clone()).or_insert(0);
                    }
                }
            }
            for name in menu.items.iter().filter_map(|item| item.name.as_deref()) {
                self.targets.insert(format!("{}{name}{}", menu.target.0, menu.target.1));
            }
        }
    }

    fn account(&mut self, index: usize, outcome: Outcome) {
        if let Some(old @ None) = self.outcomes.get_mut(index) {
            *old = Some(outcome);
        }
    }
}

fn set(outcomes: &mut [Option<Outcome>], index: usize, outcome: Outcome) {
    if let Some(old) = outcomes.get_mut(index) {
        *old = Some(outcome);
    }
}

/// The settings that a word uses, without their types.
fn settings(word: &str) -> impl Iterator<Item = &str> {
    word.split("${").skip(1).filter_map(|part| part.split(['}', ':']).next())
}
