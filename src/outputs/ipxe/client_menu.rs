//! The menu that one client sees: the items of the template's menus, with the conditions of the script decided.
//!
//! `templates/ipxe/install.ipxe.tera` prints each condition as `iseq`; iPXE decides them when it runs the script.

use super::{ItemView, MenuView, ScriptSetting, autoboots, client, menus, preselected, settings};
use crate::model::{ClientKind, Site};

/// The values that the script reads from iPXE and from DHCP.
#[derive(Clone, Copy, Debug)]
pub struct ScriptClient<'c> {
    /// The kind of iPXE that runs; `None` for one that `only_for` has no word for.
    pub kind: Option<ClientKind>,
    /// iPXE's option 224: the preselected entry.
    pub boot_entry: Option<&'c str>,
    /// iPXE's option 225: whether that entry starts at once.
    pub autoboot: bool,
}

/// The menus of the script as one client sees them.
#[derive(Clone, Debug)]
pub struct ClientMenu {
    /// The entry that the script asks for, whether or not the client sees it; `None` if no entry is preselected.
    pub default: Option<String>,
    /// Whether it starts without the menu, unless a key is pressed within three seconds.
    pub autoboot: bool,
    /// The menus, the first one first.
    pub screens: Vec<Screen>,
}

/// One menu.
#[derive(Clone, Debug)]
pub struct Screen {
    /// Its label in the script.
    pub label: String,
    /// Its title.
    pub title: String,
    /// Its lines.
    pub items: Vec<ScreenItem>,
    /// After how many milliseconds the selected item starts; `None` if iPXE waits for a key.
    pub timeout: Option<u64>,
}

/// A line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScreenItem {
    /// A text between items; empty for a blank line.
    Gap(String),
    /// An item that can be chosen.
    Item {
        /// The label in the script that it leads to.
        id: String,
        /// Its text.
        label: String,
        /// Its hot key.
        key: Option<String>,
    },
}

impl ClientMenu {
    /// The label that the script goes to if no key is pressed; `None` if iPXE waits for a key.
    #[must_use]
    pub fn without_a_key(&self) -> Option<&str> {
        if self.autoboot {
            return self.default.as_deref();
        }
        self.screens.first().filter(|screen| screen.timeout.is_some()).and_then(|_| self.selected())
    }

    /// The item that the first menu selects. iPXE selects the first item if the menu lacks the preselected one.
    #[must_use]
    pub fn selected(&self) -> Option<&str> {
        let ids =
            || self.screens.first().into_iter().flat_map(|screen| &screen.items).filter_map(ScreenItem::id);
        ids().find(|id| Some(*id) == self.default.as_deref()).or_else(|| ids().next())
    }
}

impl ScreenItem {
    /// The label that it leads to.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Gap(_) => None,
            Self::Item { id, .. } => Some(id),
        }
    }
}

/// The menus that a client sees.
#[must_use]
pub fn client_menu(site: &Site<'_>, asks: ScriptClient<'_>) -> ClientMenu {
    let default = site.menu.default.and_then(|at| site.entries.get(at)).map(|entry| entry.id.as_str());
    let default = default.map(|default| asks.boot_entry.unwrap_or(default));
    let kind = asks.kind.map(|kind| client(kind).name);
    let seen = |item: &ItemView| match (&item.gap, item.preselected) {
        (Some(_), _) => true,
        (None, true) => default == Some(&item.id),
        (None, false) => item.only_for.is_empty() || item.only_for.iter().any(|name| kind == Some(name)),
    };
    let screen = |menu: MenuView| Screen {
        items: menu.items.into_iter().filter(seen).map(screen_item).collect(),
        label: menu.label,
        title: menu.title,
        timeout: menu.timeout,
    };
    ClientMenu {
        default: default.map(str::to_owned),
        autoboot: asks.autoboot && autoboots(site),
        screens: menus(site, &preselected(site)).into_iter().map(screen).collect(),
    }
}

fn screen_item(item: ItemView) -> ScreenItem {
    match item.gap {
        Some(text) => ScreenItem::Gap(text),
        None => ScreenItem::Item { id: item.id, label: item.label, key: item.key },
    }
}

/// The settings of the script for one client, by name: those that DHCP sends override the script's own. `sent` gives
/// the text of a sub-option of option 175.
#[must_use]
pub fn script_settings(site: &Site<'_>, sent: impl Fn(u8) -> Option<String>) -> Vec<(String, String)> {
    let value = |setting: ScriptSetting| {
        let value = setting.code.and_then(&sent).unwrap_or(setting.value);
        (setting.name, value)
    };
    settings(site).into_iter().map(value).collect()
}

/// The architecture that iPXE was built for, as the script tests it: `${platform}` and `${buildarch}`.
#[must_use]
pub fn platform(kind: ClientKind) -> (&'static str, Option<&'static str>) {
    let client = client(kind);
    (client.platform, client.buildarch)
}
