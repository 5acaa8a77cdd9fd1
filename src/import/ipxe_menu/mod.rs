//! Menus of iPXE: scripts with `menu`, `item` and `choose`, and with a label for each item.
//!
//! A menu becomes `menu`, and what an item jumps to becomes an entry of `boot_entries`: of the kind that does what its
//! lines do, else of the kind `script` with these lines. Our script leads back to the menu after a failure, so lines that
//! do only that are left out.

mod entry;
mod linux;
mod menu;
mod paths;
mod script;
mod site;
mod variables;

use rustc_hash::{FxHashMap, FxHashSet};

use super::coverage::Outcome;
use super::source_file::SourceFile;
use super::{Imported, Mapping, Value};
use entry::{Architectures, Entries, joined};
use menu::{Item, Menu, menus};
use paths::Places;
use script::{Joint, Line};
use variables::Variables;

/// How deep submenus may be nested.
const DEEPEST: usize = 16;

/// The most lines of an entry.
const LONGEST: usize = 500;

/// How many lines one entry may take from other parts of the script.
const BORROWED: usize = 200;

/// The names of entries that a menu may show without declaring them, with their labels.
const BUILT_IN: [(&str, &str); 7] = [
    ("shell", "iPXE shell"),
    ("config", "iPXE configuration"),
    ("exit", "Exit iPXE"),
    ("reboot", "Reboot"),
    ("poweroff", "Power off"),
    ("local", "This machine's own disk"),
    ("san", "This machine's network disk"),
];

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

/// The lines that a label leads to.
struct Body {
    /// Their indexes.
    lines: Vec<usize>,
    /// The label of an entry or a menu into which the last line runs.
    falls_into: Option<String>,
}

struct Reader<'l, 'i> {
    lines: &'l [Line],
    /// The line of each label; the first of equal ones counts.
    labels: FxHashMap<&'l str, usize>,
    outcomes: Vec<Option<Outcome>>,
    variables: Variables,
    architectures: Architectures,
    places: Places,
    menus: Vec<Menu>,
    /// The menus by their labels.
    menu_at: FxHashMap<String, usize>,
    /// The labels that items lead to.
    targets: FxHashSet<String>,
    /// Ids of entries by their labels, where they differ.
    renamed: FxHashMap<String, String>,
    /// Lines of our own script.
    is_ours: bool,
    /// Labels whose lines an entry of kind `script` has taken.
    borrowed: FxHashSet<usize>,
    /// Lines before the menu that set a setting, by the setting.
    setters: FxHashMap<String, Vec<usize>>,
    imported: &'i mut Imported,
}

impl<'l, 'i> Reader<'l, 'i> {
    fn new(lines: &'l [Line], file: &SourceFile, imported: &'i mut Imported) -> Self {
        let mut labels: FxHashMap<&str, usize> = FxHashMap::default();
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
        let mut setters: FxHashMap<String, Vec<usize>> = FxHashMap::default();
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
            menu_at: FxHashMap::default(),
            targets: FxHashSet::default(),
            renamed: FxHashMap::default(),
            is_ours,
            borrowed: FxHashSet::default(),
            setters,
            imported,
        }
    }

    fn run(mut self) -> Vec<Option<Outcome>> {
        self.find_targets();
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

    fn account(&mut self, index: usize, outcome: Outcome) {
        if let Some(old @ None) = self.outcomes.get_mut(index) {
            *old = Some(outcome);
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

    /// Accounts for the lines before the first menu.
    fn head(&mut self) {
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
    fn hook(&mut self, index: usize) -> bool {
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

    /// The items of a menu, and those of its submenus.
    fn items(&mut self, menu: usize, depth: usize, shown: &mut Shown) -> Vec<Value> {
        let Some(Menu { first, end, items, target, conditional, timeout, line, .. }) =
            self.menus.get(menu).cloned()
        else {
            return Vec::new();
        };
        shown.menus.insert(menu);
        let mut values = Vec::new();
        let preselected = items.iter().any(|item| item.preselected);
        for item in &items {
            if let Some(value) = self.item(item, &target, depth, shown) {
                values.push(value);
            }
        }
        for index in conditional {
            self.remark(index, "the condition of this item was left out: every client sees the item");
        }
        if depth > 0 && (timeout > 0 || preselected) {
            self.remark(line, "a submenu has no timeout and no default of its own");
        }
        for index in first..end {
            self.account(index, Outcome::Words);
        }
        values
    }

    fn item(
        &mut self,
        item: &Item,
        target: &(String, String),
        depth: usize,
        shown: &mut Shown,
    ) -> Option<Value> {
        let Some(name) = &item.name else {
            let text = plain(&item.text);
            if text != item.text {
                self.remark(item.line, "the text of a gap has no settings in site.yaml; they were left out");
            }
            let mut gap = Mapping::default();
            gap.set("gap", text);
            return Some(gap.into());
        };
        let label = format!("{}{name}{}", target.0, target.1);
        if let Some(&menu) = self.menu_at.get(&label) {
            return self.submenu(item, name, menu, depth, shown);
        }
        if !self.labels.contains_key(label.as_str()) {
            let why = format!("no label `{label}` is in the script");
            set(&mut self.outcomes, item.line, Outcome::Lost(why));
            return None;
        }
        if !shown.entries.insert(label.clone()) {
            let why = "an entry is in the menu once".to_owned();
            set(&mut self.outcomes, item.line, Outcome::Lost(why));
            return None;
        }
        let id = id_of(&label);
        if id != label {
            self.renamed.insert(label.clone(), id.clone());
        }
        if item.preselected && depth == 0 {
            shown.default = Some(id.clone());
        }
        shown.items.push((label, item.clone()));
        Some(Value::Text(id))
    }

    fn submenu(
        &mut self,
        item: &Item,
        name: &str,
        menu: usize,
        depth: usize,
        shown: &mut Shown,
    ) -> Option<Value> {
        if shown.menus.contains(&menu) || depth >= DEEPEST {
            // The way back, which our submenus have by themselves.
            if menu == 0 && item.text != "Back" && !item.text.is_empty() && !shown.back {
                shown.back = true;
                let text = plain(&item.text);
                let line = self.lines.get(item.line).map(|line| line.origin.clone());
                let back = self.imported.draft.site.map("menu").map("texts").set("back", text);
                if let Some(origin) = line {
                    back.from(&origin);
                }
            } else {
                set(&mut self.outcomes, item.line, Outcome::Default);
            }
            return None;
        }
        let items = self.items(menu, depth + 1, shown);
        let title = self.menus.get(menu).map(|menu| plain(&menu.title)).filter(|title| !title.is_empty());
        let label = plain(&item.text);
        let of_item = || label.trim_end_matches(['.', '>', ' ', '…']).to_owned();
        let title = title.or_else(|| Some(of_item()).filter(|label| !label.is_empty()));
        let mut value = Mapping::default();
        value.set("submenu", id_of(name));
        value.set("title", title.unwrap_or_else(|| name.to_owned()));
        value.set("items", Value::List(items));
        if item.key.is_some() {
            self.remark(item.line, "a submenu has no hot key");
        }
        Some(value.into())
    }

    /// Sets `menu`.
    fn menu(&mut self, items: Vec<Value>, shown: &Shown) {
        let Some(first) = self.menus.first().cloned() else { return };
        let origin = self.lines.get(first.line).map(|line| line.origin.clone());
        let title = plain(&first.title);
        if title != first.title {
            self.remark(first.line, "a title has no settings in site.yaml; they were left out");
        }
        let (before, after) = &first.target;
        let default = first.default.as_ref().map(|name| format!("{before}{name}{after}"));
        let default = default.filter(|label| self.targets.contains(label)).map(|label| id_of(&label));
        let menu = self.imported.draft.site.map("menu");
        if !title.is_empty() {
            menu.set("title", title);
        }
        if first.timeout > 0 {
            menu.set("timeout", format!("{}s", first.timeout.div_ceil(1000)));
        }
        if let Some(default) = default.or_else(|| shown.default.clone()) {
            menu.set("default", default);
        }
        menu.set("items", Value::List(items));
        if let Some(texts) = menu.remove("texts") {
            menu.set("texts", texts.value);
        }
        if let (Some(origin), Some(entry)) = (origin, self.imported.draft.site.entry("menu")) {
            entry.from(&origin);
        }
    }

    /// Whether a label only leads back to the menu.
    fn returns(&self, label: &str) -> bool {
        self.returns_within(label, 8)
    }

    fn returns_within(&self, label: &str, steps: usize) -> bool {
        if label == "ipxegen.failed" || self.menu_at.contains_key(label) {
            return true;
        }
        if steps == 0 || self.targets.contains(label) && label != "shell" {
            return false;
        }
        let Some(&start) = self.labels.get(label) else { return false };
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

    /// The lines that a label leads to.
    fn body(&self, label: &str) -> Body {
        let mut body = Body { lines: Vec::new(), falls_into: None };
        let Some(&start) = self.labels.get(label) else { return body };
        for (index, line) in self.lines.iter().enumerate().skip(start) {
            if index > start
                && let Some(label) = &line.label
                && (self.targets.contains(label) || self.menu_at.contains_key(label) || self.returns(label))
            {
                body.falls_into = Some(label.clone());
                break;
            }
            // A script of thousands of labels that no item leads to.
            if body.lines.len() >= LONGEST {
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

    /// Sets `boot_entries`.
    fn entries(&mut self, shown: &Shown) {
        let mut order: Vec<(usize, String, Option<Item>)> = Vec::new();
        for (label, item) in &shown.items {
            let at = self.labels.get(label.as_str()).copied().unwrap_or(usize::MAX);
            order.push((at, label.clone(), Some(item.clone())));
        }
        if self.is_ours {
            // Entries that only DHCP starts.
            for (label, at) in &self.labels {
                let known = shown.entries.contains(*label) || self.menu_at.contains_key(*label);
                if !known && !label.starts_with("ipxegen.") && self.ends_before(*at) {
                    let items = self.menus.iter().flat_map(|menu| &menu.preselected);
                    let item = items.into_iter().find(|item| item.name.as_deref() == Some(label)).cloned();
                    order.push((*at, (*label).to_owned(), item));
                }
            }
        }
        order.sort_by_key(|(at, ..)| *at);
        let declared = order.iter().rposition(|(_, label, _)| BUILT_IN.iter().all(|(name, _)| name != label));
        for (place, (_, label, item)) in order.into_iter().enumerate() {
            let keep = self.is_ours && declared.is_some_and(|last| place < last);
            self.entry(&label, item.as_ref(), keep);
        }
    }

    /// Whether the line before ends an entry, so that the label begins another one.
    fn ends_before(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|before| self.lines.get(before)).is_some_and(is_end)
    }

    fn entry(&mut self, label: &str, item: Option<&Item>, keep: bool) {
        let body = self.body(label);
        let lines: Vec<&Line> = body.lines.iter().filter_map(|index| self.lines.get(*index)).collect();
        let recognized = {
            let returns = |label: &str| self.returns(label);
            let entries = Entries {
                places: &self.places,
                variables: &self.variables,
                architectures: &self.architectures,
                returns: &returns,
            };
            entries.recognize(&lines)
        };
        let id = id_of(label);
        let built_in = BUILT_IN.iter().find(|(name, _)| *name == id);
        let mut entry = Mapping::default();
        let kind = recognized.as_ref().map_or("script", |recognized| recognized.kind);
        let implied = built_in.is_some_and(|(name, _)| *name == kind);
        if !implied {
            entry.set("kind", kind);
        }
        let own = BUILT_IN.iter().find(|(name, _)| *name == kind).map_or(id.as_str(), |(_, label)| *label);
        if let Some(item) = item {
            let text = plain(&item.text);
            if text != own && !text.is_empty() {
                entry.set("label", text);
            }
            self.key(item, &mut entry);
            if !item.only_for.is_empty() {
                let kinds = item.only_for.iter().map(|kind| Value::from(*kind)).collect();
                entry.set("only_for", Value::one_or_list(kinds));
            }
        }
        let origin =
            self.labels.get(label).and_then(|at| self.lines.get(*at)).map(|line| line.origin.clone());
        let mut added = Vec::new();
        match recognized {
            Some(recognized) => {
                if recognized.over.is_some_and(|over| over != self.places.over) {
                    let over = if self.places.over == paths::Over::Http { "tftp" } else { "http" };
                    entry.set("over", over);
                }
                for key in recognized.keys.entries() {
                    entry.set(&key.key, key.value.clone());
                }
                added = recognized.added;
            }
            None => {
                let text = self.script(&body);
                entry.set("lines", Value::Lines(text));
            }
        }
        for index in &body.lines {
            self.account(*index, Outcome::Words);
        }
        self.fall_through(label, &body);
        if implied && entry.is_empty() && !keep {
            return;
        }
        if implied && entry.is_empty() {
            entry.set("label", own);
        }
        let entry = self.imported.draft.site.map("boot_entries").set(&id, entry);
        if let Some(origin) = origin {
            entry.from(&origin);
        }
        if !added.is_empty() {
            entry.note(format!("The kind adds {} to the kernel's arguments.", added.join(" ")));
        }
    }

    fn key(&mut self, item: &Item, entry: &mut Mapping) {
        let Some(key) = &item.key else { return };
        if key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            entry.set("key", Value::Text(key.clone()));
        } else {
            self.remark(item.line, format!("the hot key {key} was left out: a key is one letter or digit"));
        }
    }

    /// Reports an entry whose last line runs into the next one.
    fn fall_through(&mut self, label: &str, body: &Body) {
        let Some(next) = body.falls_into.clone().filter(|next| !self.returns(next)) else { return };
        let Some(&last) = body
            .lines
            .iter()
            .rfind(|index| self.lines.get(**index).is_some_and(|line| !line.commands.is_empty()))
        else {
            return;
        };
        let Some(line) = self.lines.get(last) else { return };
        // A failure ends the script, and these do not come back otherwise.
        let leaves = ["boot", "chain", "sanboot", "imgexec", "reboot", "poweroff", "exit"];
        let ignored = line.commands.last().is_some_and(|command| command.words.is_empty());
        if ignored || !line.commands.iter().any(|command| leaves.contains(&command.name())) {
            let text = format!(
                "`{label}` does not end, so iPXE goes on with `{next}`; here it leads back to the menu"
            );
            self.remark(last, text);
        }
    }

    /// The lines of an entry of kind `script`.
    fn script(&mut self, body: &Body) -> String {
        let mut taken: Vec<usize> = body.lines.clone();
        self.borrow_parts(&mut taken);
        let mut lines: Vec<usize> = self.borrow_settings(&taken);
        for index in lines.clone() {
            self.account(index, Outcome::Words);
        }
        lines.extend(taken);
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
                text.push_str(&variables::template(&written));
                text.push('\n');
            }
        }
        if text.is_empty() { "echo\n".to_owned() } else { text }
    }

    /// Adds the lines that these lines jump to, and that are no entry of their own.
    fn borrow_parts(&mut self, taken: &mut Vec<usize>) {
        let mut next = 0;
        while let Some(index) = taken.get(next).copied() {
            next += 1;
            let Some(line) = self.lines.get(index) else { continue };
            for command in line.commands.iter().filter(|command| command.name() == "goto") {
                let Some(label) = command.arguments().first() else { continue };
                if self.targets.contains(label) || self.returns(label) || taken.len() > BORROWED {
                    continue;
                }
                let Some(&at) = self.labels.get(label.as_str()) else { continue };
                if taken.contains(&at) || !self.borrowed.insert(at) {
                    continue;
                }
                let part = self.body(label).lines;
                for index in &part {
                    self.account(*index, Outcome::Words);
                }
                taken.extend(part);
            }
        }
    }

    /// The lines before the menu that set what these lines use, and that do not always set the same.
    fn borrow_settings(&self, taken: &[usize]) -> Vec<usize> {
        let mut wanted: Vec<usize> = Vec::new();
        let mut look: Vec<usize> = taken.to_vec();
        while let Some(index) = look.pop() {
            let Some(line) = self.lines.get(index) else { continue };
            for name in
                line.commands.iter().flat_map(|command| &command.words).flat_map(|word| settings(word))
            {
                if self.variables.get(name).is_some() || name.starts_with("ipxegen.") {
                    continue;
                }
                for setter in self.setters.get(name).into_iter().flatten() {
                    if wanted.len() < BORROWED && !wanted.contains(setter) && !taken.contains(setter) {
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
    fn rewritten(&self, line: &Line) -> String {
        let mut commands = line.commands.clone();
        let back = |command: &script::Command| {
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
            if self.returns(label) {
                let menu = self.menu_at.contains_key(label.as_str());
                *label = if menu { "ipxegen.menu" } else { "ipxegen.failed" }.to_owned();
            } else if let Some(id) = self.renamed.get(label.as_str()) {
                label.clone_from(id);
            }
        }
        let fill = |word: &String| self.variables.fill(word);
        for command in &mut commands {
            command.words = command.words.iter().map(fill).collect();
        }
        let text = joined(&Line { commands, ..line.clone() });
        text
    }

    /// Accounts for lines that only lead back to the menu, as our script does by itself.
    fn returns_of_script(&mut self) {
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

/// What the menus show.
#[derive(Default)]
struct Shown {
    /// Menus that have their place.
    menus: FxHashSet<usize>,
    /// The labels of entries.
    entries: FxHashSet<String>,
    /// The entries in the order of their items.
    items: Vec<(String, Item)>,
    /// The preselected entry of the first menu.
    default: Option<String>,
    /// Whether the text of the way back is known.
    back: bool,
}

fn set(outcomes: &mut [Option<Outcome>], index: usize, outcome: Outcome) {
    if let Some(old) = outcomes.get_mut(index) {
        *old = Some(outcome);
    }
}

/// Settings with the value that they have when the menu is shown first; and the lines that set those that a menu uses.
fn initial(lines: &[Line], before: usize, constant: &Variables) -> (Variables, Vec<usize>) {
    let menu = ["menu", "item", "choose"];
    let commands =
        lines.iter().flat_map(|line| &line.commands).filter(|command| menu.contains(&command.name()));
    let used: FxHashSet<&str> =
        commands.flat_map(|command| &command.words).flat_map(|word| settings(word)).collect();
    let (mut initial, mut first) = (Variables::default(), Vec::new());
    let mut known: FxHashSet<String> = FxHashSet::default();
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

/// Whether iPXE never goes on with the next line.
fn is_end(line: &Line) -> bool {
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

/// The settings that a word uses, without their types.
fn settings(word: &str) -> impl Iterator<Item = &str> {
    word.split("${").skip(1).filter_map(|part| part.split(['}', ':']).next())
}

/// A text without settings of iPXE.
fn plain(text: &str) -> String {
    if !text.contains(['$', variables::OPEN]) {
        return text.to_owned();
    }
    let mut plain = String::new();
    let mut open = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '$' if chars.peek() == Some(&'{') => open = true,
            variables::OPEN => open = true,
            '}' | variables::CLOSE if open => open = false,
            c if !open => plain.push(c),
            _ => {}
        }
    }
    // Brackets and colons around a setting are left over.
    let plain = plain.replace("()", "").replace("[]", "");
    plain.trim_end_matches([' ', ':', '-']).trim_start().to_owned()
}

/// The id of an entry for a label: a letter, then letters, digits, `_`, `.` and `-`.
fn id_of(label: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mut id: String = label.chars().map(|c| if fits(c) { c } else { '-' }).take(60).collect();
    if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        id.insert_str(0, "e-");
    }
    if id.starts_with("ipxegen.") { id.replacen("ipxegen.", "ipxegen-", 1) } else { id }
}
