//! The iPXE script: the menu and the boot entries.
//!
//! Every server has the same script for every machine. It names files relative to itself, and DHCP option 175 carries
//! the values that differ between subnets or machines.

mod client_menu;

pub use client_menu::{ClientMenu, Screen, ScreenItem, ScriptClient, client_menu, platform, script_settings};

use std::collections::BTreeSet;
use std::sync::LazyLock;

use foldhash::HashSet;
use serde::Serialize;
use tera::Context;

use super::{ManualStep, Output, PlannedFile, Port, Sink, insert_fields, view, web};
use crate::boot;
use crate::dialects::{Dialect, Rendered, ipxe as dialect};
use crate::diff::{Reader, Subject, Subjects, statements};
use crate::model::{
    CLIENT_KINDS, ClientKind, Entry, EntryKind, Host, Item, PRIVATE_OPTIONS, RootPath, Script, Service, Site,
    Submenu, WebServer,
};

pub(super) struct Ipxe;

/// The templates of the script and of each kind of boot entry.
static TEMPLATES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let script = [
        ("ipxe/install.ipxe", include_str!("../../templates/ipxe/install.ipxe.tera")),
        ("ipxe/entry", include_str!("../../templates/ipxe/entry.tera")),
    ];
    script.into_iter().chain(boot::KINDS.iter().map(|kind| kind.template)).collect()
});

impl Output for Ipxe {
    fn name(&self) -> &'static str {
        "ipxe"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Ipxe
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &TEMPLATES
    }

    fn reader(&self) -> Option<Reader> {
        Some(read)
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        if !site.subnets.iter().any(crate::model::Subnet::boots) {
            return Vec::new();
        }
        let path = match &site.ipxe.script {
            Script::Url(_) => return Vec::new(),
            Script::Http(script) => site
                .http
                .as_ref()
                .filter(|http| http.servers.contains(&server))
                .map(|http| http.root.join(script)),
            Script::Tftp(script) => site
                .tftp
                .as_ref()
                .filter(|tftp| tftp.servers.contains(&server))
                .map(|tftp| tftp.root.join(script)),
        };
        let Some(path) = path else { return Vec::new() };
        let file = PlannedFile::new(path.as_str(), "ipxe/install.ipxe", script_view(site));
        vec![file.pieces(Box::new(move |sink| entries(site, sink)))]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let http = site.http.as_ref().filter(|http| http.servers.contains(&server));
        http.map(|http| Port::tcp(web::port(http), "HTTP")).into_iter().collect()
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let mut needs = Vec::new();
        if web::here(site, server, WebServer::None).is_some() {
            needs.push(ManualStep::new(
                "package",
                "nginx",
                "a web server, or any other that serves the HTTP root",
            ));
        }
        needs
    }
}

/// A setting that the script uses.
#[derive(Serialize)]
struct ScriptSetting {
    name: String,
    value: String,
    /// The private DHCP option that overrides it where subnets differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u8>,
}

/// How a script recognizes a kind of client.
#[derive(Serialize)]
struct Client {
    name: &'static str,
    platform: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    buildarch: Option<&'static str>,
}

#[derive(Serialize)]
struct MenuView {
    label: String,
    title: String,
    items: Vec<ItemView>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u64>,
    /// The menu that Escape returns to.
    back: String,
}

#[derive(Default, Serialize)]
struct ItemView {
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<String>,
    id: String,
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    only_for: Vec<&'static str>,
    /// Shown only to machines for which the entry is preselected.
    preselected: bool,
}

const MENU: &str = "ipxegen.menu";

fn script_view(site: &Site<'_>) -> Context {
    let mut view = view(site);
    view.insert("settings", &settings(site));
    let wanted: HashSet<ClientKind> =
        site.entries.iter().flat_map(|entry| entry.only_for.iter().map(|kind| kind.value)).collect();
    view.insert(
        "clients",
        &CLIENT_KINDS
            .iter()
            .filter(|info| wanted.contains(&info.kind))
            .map(|info| client(info.kind))
            .collect::<Vec<_>>(),
    );
    let default = site.menu.default.and_then(|at| site.entries.get(at));
    if let Some(default) = default {
        view.insert("default", &default.id);
    }
    if let Some(hook) = &site.ipxe.hook {
        view.insert("hook", &hook.value);
    }
    view.insert("autoboot", &autoboots(site));
    view.insert("hooks", &hooks(site));
    view.insert("hook_disk", &hook_disk(site));
    let menus = menus(site, &preselected(site));
    let texts = &site.menu.texts;
    let starting = texts.starting.value.replace("{entry}", "${ipxegen.default}");
    view.insert(
        "texts",
        &serde_json::json!({ "failed": texts.failed, "press_a_key": texts.press_a_key, "starting": starting }),
    );
    let prelude = prelude(site, &menus, &starting);
    view.insert("prelude", &!prelude.is_empty());
    view.insert("prelude_lines", &Rendered::new(prelude));
    view.insert("menus", &menus);
    view
}

/// The lines that iPXE needs before the first quoted text; only those that the quoted texts of the script use.
fn prelude(site: &Site<'_>, menus: &[MenuView], starting: &str) -> String {
    let texts = &site.menu.texts;
    let shown = menus.iter().flat_map(|menu| {
        let items =
            menu.items.iter().flat_map(|item| [Some(item.label.as_str()), item.gap.as_deref()]).flatten();
        items.chain([menu.title.as_str()])
    });
    let mut quoted: String = shown.filter_map(|text| dialect::text(text, true).ok()).collect();
    quoted.extend(
        [&texts.failed, &texts.press_a_key].into_iter().flat_map(|text| dialect::text(&text.value, false)),
    );
    quoted.extend(dialect::expr(starting, false));
    for text in site.entries.iter().flat_map(|entry| entry.kind.texts()) {
        quoted.extend(dialect::arg_expr(&text));
    }
    for setting in settings(site) {
        quoted.extend(dialect::arg(&setting.value));
    }
    dialect::prelude_for(&quoted)
}

/// Whether the script can start the preselected entry without the menu.
fn autoboots(site: &Site<'_>) -> bool {
    site.menu.default.is_some_and(|at| at < site.entries.len())
        && site.handouts().any(|handout| handout.autoboot.as_ref().is_some_and(|on| on.value))
}

/// The entries that are preselected for some machine.
fn preselected<'s>(site: &'s Site<'_>) -> HashSet<&'s str> {
    let default = site.menu.default.and_then(|at| site.entries.get(at)).map(|entry| entry.id.as_str());
    site.handouts().filter_map(|handout| Some(handout.boot.as_ref()?.value.as_str())).chain(default).collect()
}

/// How a script hooks a disk with a given number of portals. The script tries the highest number first.
#[derive(Serialize)]
struct Hook {
    /// The private option that exists if the disk has this many portals.
    code: u8,
    /// The private options of the portals after the first.
    codes: Vec<u8>,
    /// The private option with the part of the URI after the portal.
    disk: u8,
}

fn hooks(site: &Site<'_>) -> Vec<Hook> {
    if !site.entries.iter().any(|entry| matches!(entry.kind, EntryKind::San | EntryKind::Winpe(_))) {
        return Vec::new();
    }
    let code =
        |wanted: &str| PRIVATE_OPTIONS.iter().find(|(name, ..)| *name == wanted).map(|(_, code, ..)| *code);
    let Some(disk) = code("san-disk") else { return Vec::new() };
    let further: Vec<u8> =
        (2..=site.most_portals()).filter_map(|number| code(&format!("san-portal-{number}"))).collect();
    let hook = |(at, code): (usize, &u8)| Hook { code: *code, codes: further[..=at].to_vec(), disk };
    further.iter().enumerate().rev().map(hook).collect()
}

/// Whether the entry of Windows PE has to hook the machine's iSCSI disk.
///
/// iPXE hooks the root-path if DHCP names the script. With another DHCP server, a loader may have the script's URL
/// built in, and then iPXE hooks nothing.
fn hook_disk(site: &Site<'_>) -> bool {
    let disk =
        |host: &Host<'_>| matches!(&host.root_path, Some(at) if matches!(at.value, RootPath::Iscsi(_)));
    site.dhcp.is_none()
        && site.entries.iter().any(|entry| matches!(entry.kind, EntryKind::Winpe(_)))
        && site.hosts.iter().any(disk)
}

/// The addresses and variables that entries use. Where subnets differ, DHCP overrides them.
fn settings(site: &Site<'_>) -> Vec<ScriptSetting> {
    let texts: Vec<String> = site.entries.iter().flat_map(Entry::texts).collect();
    let used = |name: &str| {
        let reference = format!("${{{name}}}");
        texts.iter().any(|text| text.contains(&reference))
    };
    let mut settings = Vec::new();
    for (service, name, option) in Service::IN_SCRIPTS {
        let first = site
            .subnets
            .iter()
            .filter(|subnet| subnet.boots())
            .find_map(|subnet| subnet.addresses.of(service));
        let code = PRIVATE_OPTIONS.iter().find(|(known, ..)| *known == option).map(|(_, code, ..)| *code);
        if let Some(value) = first.filter(|_| used(name)) {
            settings.push(ScriptSetting { name: name.to_owned(), value, code });
        }
    }
    for var in site.vars.iter().filter(|var| var.code.is_some()) {
        // A script that an entry publishes may use it as well.
        let name = format!("ipxegen.var.{}", var.name);
        settings.push(ScriptSetting { name, value: var.value.value.clone(), code: var.code });
    }
    settings
}

fn client(kind: ClientKind) -> Client {
    let (platform, buildarch) = match kind {
        ClientKind::EfiIa32 => ("efi", Some("i386")),
        ClientKind::EfiX64 => ("efi", Some("x86_64")),
        ClientKind::EfiArm32 => ("efi", Some("arm32")),
        ClientKind::EfiArm64 => ("efi", Some("arm64")),
        ClientKind::EfiRiscv64 => ("efi", Some("riscv64")),
        ClientKind::EfiLoongarch64 => ("efi", Some("loong64")),
        _ => ("pcbios", None),
    };
    Client { name: kind.name(), platform, buildarch }
}

/// The menu and its submenus. Each is a block of the script.
fn menus(site: &Site<'_>, preselected: &HashSet<&str>) -> Vec<MenuView> {
    let menu = &site.menu;
    let mut first = MenuView {
        label: MENU.to_owned(),
        title: menu.title.value.clone(),
        items: items(site, &menu.items),
        timeout: (menu.timeout > 0).then(|| u64::from(menu.timeout) * 1000),
        back: MENU.to_owned(),
    };
    // iPXE starts the first item if the preselected one is not in the menu, without a message. So an entry that is
    // preselected for a machine is an item of its first menu.
    let shown: HashSet<usize> = menu
        .items
        .iter()
        .filter_map(|item| if let Item::Entry(at) = item { Some(*at) } else { None })
        .collect();
    for (at, entry) in site.entries.iter().enumerate() {
        if preselected.contains(entry.id.as_str()) && !shown.contains(&at) {
            let mut item = entry_item(entry);
            item.preselected = true;
            item.only_for.clear();
            first.items.push(item);
        }
    }
    let mut all = vec![first];
    submenus(site, &menu.items, MENU, &mut all);
    all
}

fn submenus(site: &Site<'_>, from: &[Item], back: &str, all: &mut Vec<MenuView>) {
    for item in from {
        let Item::Submenu(Submenu { id, title, items: below, .. }) = item else { continue };
        let mut shown = items(site, below);
        shown.push(ItemView {
            id: back.to_owned(),
            label: site.menu.texts.back.value.clone(),
            ..ItemView::default()
        });
        all.push(MenuView {
            label: id.clone(),
            title: title.value.clone(),
            items: shown,
            timeout: None,
            back: back.to_owned(),
        });
        submenus(site, below, id, all);
    }
}

fn items(site: &Site<'_>, items: &[Item]) -> Vec<ItemView> {
    let seen = |item: &Item| match item {
        Item::Gap(text) => Some(ItemView { gap: Some(text.value.clone()), ..ItemView::default() }),
        Item::Entry(at) => site.entries.get(*at).map(entry_item),
        Item::Submenu(submenu) => Some(ItemView {
            id: submenu.id.clone(),
            label: format!("{} ...", submenu.title),
            ..ItemView::default()
        }),
    };
    items.iter().filter_map(seen).collect()
}

fn entry_item(entry: &Entry) -> ItemView {
    ItemView {
        gap: None,
        id: entry.id.clone(),
        label: entry.label.clone(),
        key: entry.key.as_ref().map(ToString::to_string),
        only_for: entry.only_for.iter().map(|kind| kind.value.name()).collect(),
        preselected: false,
    }
}

/// Writes the entries, each with its label and the lines of its kind.
fn entries(site: &Site<'_>, sink: &mut dyn Sink) -> anyhow::Result<()> {
    let several_portals = site.most_portals() > 1;
    let hook_disk = hook_disk(site);
    for entry in &site.entries {
        let mut view = Context::new();
        view.insert("id", &entry.id);
        view.insert("several_portals", &several_portals);
        view.insert("hook_disk", &hook_disk);
        insert_fields(&mut view, &boot::template_values(&entry.kind)?);
        let body = sink.render(boot::template_name(&entry.kind), &view)?;
        let mut block = Context::new();
        block.insert("id", &entry.id);
        block.insert("body", &Rendered::new(body));
        sink.write("ipxe/entry", &block)?;
    }
    Ok(())
}

/// The menu of the script, and the commands of each entry.
fn read(text: &str) -> Subjects<'_> {
    let mut subjects = Subjects::new();
    // The lines before the first label are settings.
    let mut label = None;
    let mut order: Vec<&str> = Vec::new();
    let mut listed = BTreeSet::new();
    for line in statements(text) {
        if let Some(name) = line.strip_prefix(':') {
            label = Some(name).filter(|name| !name.starts_with("ipxegen."));
            continue;
        }
        if let Some(name) = label {
            // `diff` only says that the commands changed: the changed lines show how.
            let subject = subjects.entry(("boot entry", name.into())).or_default();
            subject.facts.push(("commands".into(), line.into()));
            continue;
        }
        let item = line.split_once("&& item").map(|(_, rest)| rest).or_else(|| line.strip_prefix("item"));
        if let Some(rest) = item {
            let rest = rest.trim_end_matches("||").trim();
            if rest.starts_with("--gap") {
                continue;
            }
            let (key, rest) = match rest.strip_prefix("--key ").and_then(|rest| rest.split_once(' ')) {
                Some((key, rest)) => (Some(key), rest),
                None => (None, rest),
            };
            let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
            if !listed.insert(name) {
                continue;
            }
            order.push(name);
            let subject: &mut Subject<'_> = subjects.entry(("boot entry", name.into())).or_default();
            subject.facts.push(("label".into(), text.into()));
            subject.facts.extend(key.map(|key| ("key".into(), key.into())));
        } else if let Some(title) = line.strip_prefix("menu ") {
            menu_of(&mut subjects).facts.push(("title".into(), title.into()));
        } else if let Some(rest) = line.strip_prefix("choose ") {
            let timeout = rest.strip_prefix("--timeout ").and_then(|rest| rest.split(' ').next());
            let seconds = timeout.and_then(|timeout| timeout.strip_suffix("000"));
            let shown =
                seconds.map(|seconds| format!("{seconds} s")).or_else(|| Some(format!("{} ms", timeout?)));
            menu_of(&mut subjects).facts.extend(shown.map(|shown| ("timeout".into(), shown.into())));
        } else if let Some(rest) = line.strip_prefix("set ") {
            let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
            let name = if name == "ipxegen.default" { "default" } else { name };
            menu_of(&mut subjects).facts.push((name.into(), value.into()));
        }
    }
    if !order.is_empty() {
        menu_of(&mut subjects).facts.push(("order".into(), order.join(", ").into()));
    }
    subjects
}

fn menu_of<'a, 't>(subjects: &'a mut Subjects<'t>) -> &'a mut Subject<'t> {
    subjects.entry(("menu", "".into())).or_default()
}
