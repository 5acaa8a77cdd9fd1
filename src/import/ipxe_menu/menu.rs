//! The menus of a script, and the items of each.

use super::script::{Command, Joint, Line, options};
use super::variables::Variables;

/// The kinds of client with UEFI.
const EFI: [&str; 4] = ["efi_ia32", "efi_x64", "efi_arm32", "efi_arm64"];

/// An item of a menu.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The line of it.
    pub line: usize,
    /// The label that `choose` returns; none for a separator.
    pub name: Option<String>,
    /// The text, with settings filled in.
    pub text: String,
    /// The hot key.
    pub key: Option<String>,
    /// Whether the item is preselected.
    pub preselected: bool,
    /// The clients that see it; all if empty.
    pub only_for: Vec<&'static str>,
}

/// A menu.
#[derive(Clone, Debug, Default)]
pub(super) struct Menu {
    /// The label in front of it.
    pub label: Option<String>,
    /// Its first line, that of the label.
    pub first: usize,
    /// The line of its `menu`.
    pub line: usize,
    /// The line after its last.
    pub end: usize,
    /// The title, with settings filled in.
    pub title: String,
    /// The items, in order.
    pub items: Vec<Item>,
    /// Milliseconds; 0 waits for ever.
    pub timeout: u64,
    /// The item that `choose` preselects.
    pub default: Option<String>,
    /// The texts around the name of the item in the label that the script jumps to.
    pub target: (String, String),
    /// Items that only machines see whose entry it is: our own menu adds them.
    pub preselected: Vec<Item>,
    /// The lines that show an item to some clients by a condition that no key expresses.
    pub conditional: Vec<usize>,
}

/// The menus of a script.
pub(super) fn menus(lines: &[Line], variables: &Variables) -> Vec<Menu> {
    let mut all: Vec<Menu> = Vec::new();
    let mut label: Option<(usize, String)> = None;
    let mut open: Option<Menu> = None;
    let mut chosen: Option<String> = None;
    for (index, line) in lines.iter().enumerate() {
        if let Some(name) = &line.label {
            // Without `choose`, it is not a menu.
            if let Some(menu) = open.take().filter(|_| chosen.is_some()) {
                all.push(Menu { end: index, ..menu });
            }
            label = Some((index, name.clone()));
            chosen = None;
        }
        for command in &line.commands {
            match command.name() {
                "menu" => {
                    let (first, name) = match &label {
                        Some((at, name)) => (*at, Some(name.clone())),
                        None => (index, None),
                    };
                    let (_, rest) =
                        options(command.arguments(), &[("name", 'n', true), ("delete", 'd', false)]);
                    let title = variables.fill(&rest.join(" "));
                    open = Some(Menu { label: name, first, line: index, title, ..Menu::default() });
                    chosen = None;
                }
                "choose" => {
                    if let Some(menu) = &mut open {
                        chosen = choose(menu, command, variables);
                        menu.end = index + 1;
                    }
                }
                "goto" => {
                    if let (Some(menu), Some(setting)) = (&mut open, &chosen)
                        && let Some((before, after)) = command
                            .arguments()
                            .first()
                            .and_then(|label| label.split_once(&format!("${{{setting}}}")))
                    {
                        menu.target = (before.to_owned(), after.to_owned());
                        menu.end = index + 1;
                    }
                }
                _ => {}
            }
        }
        if let Some(menu) = &mut open
            && chosen.is_none()
            && line.has("item")
        {
            item(menu, index, line, variables);
        }
        if chosen.is_some() && ends_here(line) {
            all.extend(open.take());
            chosen = None;
            label = None;
        }
    }
    all.extend(open.filter(|_| chosen.is_some()));
    all
}

/// Whether a line leaves a menu after its `choose`.
fn ends_here(line: &Line) -> bool {
    line.commands.iter().any(|command| command.name() == "goto" && command.joint != Joint::Or)
}

/// Reads a `choose`; returns the setting that gets the choice.
fn choose(menu: &mut Menu, command: &Command, variables: &Variables) -> Option<String> {
    let known = [
        ("menu", 'm', true),
        ("default", 'd', true),
        ("timeout", 't', true),
        ("retimeout", 'r', true),
        ("keep", 'k', false),
    ];
    let (options, rest) = options(command.arguments(), &known);
    for (name, value) in options {
        let value = variables.fill(value);
        match name {
            "default" if !value.contains("${") => {
                menu.default = Some(value).filter(|value| !value.is_empty());
            }
            "timeout" => menu.timeout = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    rest.first().cloned()
}

/// Reads the `item` of a line.
fn item(menu: &mut Menu, index: usize, line: &Line, variables: &Variables) {
    let Some(at) = line.commands.iter().position(|command| command.name() == "item") else { return };
    let Some(command) = line.commands.get(at) else { return };
    let known = [
        ("menu", 'm', true),
        ("key", 'k', true),
        ("default", 'd', false),
        ("gap", 'g', false),
        ("font", 'f', true),
    ];
    let (options, rest) = options(command.arguments(), &known);
    let has = |wanted: &str| options.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let gap = has("gap").is_some();
    let (name, text) = match rest.split_first() {
        Some((name, text)) if !gap => (Some(variables.fill(name)), text),
        _ => (None, rest),
    };
    let text = variables.fill(&text.join(" "));
    let key = has("key").map(str::to_owned);
    let conditions = line.commands.get(..at).unwrap_or_default();
    // Our own menu adds the entry of a machine if it is an item of a submenu or of none.
    if conditions.iter().any(|test| test.arguments().first().is_some_and(|word| word == "${ipxegen.default}"))
    {
        let item = Item { line: index, name, text, key, preselected: false, only_for: Vec::new() };
        menu.preselected.push(item);
        return;
    }
    let only_for = match clients(conditions) {
        Some(clients) => clients,
        None => {
            menu.conditional.push(index);
            Vec::new()
        }
    };
    if let Some(before) = menu.items.last_mut()
        && name.is_some()
        && before.name == name
        && !before.only_for.is_empty()
        && !only_for.is_empty()
    {
        before.only_for.extend(only_for);
        return;
    }
    let preselected = has("default").is_some();
    menu.items.push(Item { line: index, name, text, key, preselected, only_for });
}

/// The clients for which these tests succeed; `None` if the tests are about something else.
fn clients(tests: &[Command]) -> Option<Vec<&'static str>> {
    let mut platform = None;
    let mut arch = None;
    for test in tests {
        let words: Vec<&str> = test.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["iseq", "${ipxegen.client}", kind] => {
                let known = ["bios", "efi_riscv64", "efi_loongarch64"].into_iter().chain(EFI);
                return known.into_iter().find(|known| known == kind).map(|kind| vec![kind]);
            }
            ["iseq", "${platform}", value @ ("pcbios" | "efi")] => platform = Some(*value),
            ["iseq", "${buildarch}", value] => arch = Some(*value),
            _ => return None,
        }
    }
    let by_arch =
        [("i386", "efi_ia32"), ("x86_64", "efi_x64"), ("arm32", "efi_arm32"), ("arm64", "efi_arm64")];
    match (platform, arch) {
        (None, None) => Some(Vec::new()),
        (Some("pcbios"), _) => Some(vec!["bios"]),
        (Some(_), None) => Some(EFI.to_vec()),
        // iPXE for BIOS is a program for i386.
        (None, Some("i386")) => Some(vec!["bios", "efi_ia32"]),
        (_, Some(arch)) => by_arch.iter().find(|(ipxe, _)| *ipxe == arch).map(|(_, kind)| vec![*kind]),
    }
}
