//! The steps of a boot, and the facts of each.

use crate::dhcp::Client;
use crate::outputs::Screen;
use crate::report::Finding;
use crate::source::Span;

use super::served::ServedFile;

/// A step of a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The firmware, or the system of a client that does not boot, asks DHCP.
    FirmwareDhcp,
    /// The firmware loads the first stage.
    FirstStage,
    /// iPXE asks DHCP.
    IpxeDhcp,
    /// iPXE fetches the script.
    Script,
    /// The script shows the menu.
    Menu,
    /// The boot entry that starts without a key, or that the menu selects.
    Default,
    /// The firmware, or the system of a client that does not boot, asks DHCPv6.
    FirmwareDhcp6,
    /// iPXE asks DHCPv6.
    IpxeDhcp6,
}

impl Step {
    /// Its word in JSON, and its title.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::FirmwareDhcp => ("firmware_dhcp", "firmware's DHCP"),
            Self::FirstStage => ("first_stage", "first stage"),
            Self::IpxeDhcp => ("ipxe_dhcp", "iPXE's DHCP"),
            Self::Script => ("script", "script"),
            Self::Menu => ("menu", "menu"),
            Self::Default => ("default", "default entry"),
            Self::FirmwareDhcp6 => ("firmware_dhcp6", "firmware's DHCPv6"),
            Self::IpxeDhcp6 => ("ipxe_dhcp6", "iPXE's DHCPv6"),
        }
    }
}

/// The origin of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The layer: `host`, `subnet`, `site` and so on; `default` where the site says nothing.
    pub layer: String,
    /// The place in the site.
    pub span: Option<Span>,
}

impl Origin {
    /// A layer with a place.
    pub(super) fn new(layer: &str, span: impl Into<Option<Span>>) -> Self {
        let span = span.into().filter(|span| *span != Span::default());
        Self { layer: layer.to_owned(), span }
    }

    /// A default of ipxegen.
    pub(super) fn default_value() -> Self {
        Self::new("default", None)
    }
}

/// A value of a step.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its text; `None` where a layer says that there is no value.
    pub value: Option<String>,
    /// Its origin.
    pub origin: Origin,
    /// The values of the layers that it overrides, the next one first.
    pub overridden: Vec<(Option<String>, Origin)>,
    /// The file on a server of the site, for the URL of one.
    pub file: Option<ServedFile>,
    /// The findings about the file; `None` if it was not looked at.
    pub checked: Option<Vec<Finding>>,
}

impl Fact {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>, origin: Origin) -> Self {
        Self {
            name: name.into(),
            value: Some(value.into()),
            origin,
            overridden: Vec::new(),
            file: None,
            checked: None,
        }
    }
}

/// A step with its facts.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The step.
    pub step: Step,
    /// The client as it asks DHCP in this step.
    pub asks: Option<Client>,
    /// The values.
    pub facts: Vec<Fact>,
    /// The menus that the client sees.
    pub screens: Vec<Screen>,
    /// The label of the item that the first menu selects.
    pub selected: Option<String>,
    /// Further facts.
    pub notes: Vec<String>,
    /// The findings of `check` about places of this step.
    pub findings: Vec<Finding>,
}

impl Stage {
    pub(super) const fn new(step: Step) -> Self {
        Self {
            step,
            asks: None,
            facts: Vec::new(),
            screens: Vec::new(),
            selected: None,
            notes: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub(super) fn say(&mut self, name: &str, value: impl Into<String>, origin: Origin) {
        self.facts.push(Fact::new(name, value, origin));
    }

    /// Adds the fact of a URL or path, with the file behind it.
    pub(super) fn say_file(&mut self, name: &str, value: &str, origin: Origin, file: Option<ServedFile>) {
        self.facts.push(Fact { file, ..Fact::new(name, value, origin) });
    }

    /// The first fact with a name that has a value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|fact| fact.name == name)?.value.as_deref()
    }
}

/// The rules that stops name.
pub const STOP_FINDINGS: [&str; 7] = [
    SAN_WITHOUT_DISK,
    NFS_ROOT_WITHOUT_PATH,
    MEMTEST_FIRMWARE,
    CHAIN_FIRMWARE,
    WINPE_ARCHITECTURE,
    SETUP_ON_BIOS,
    DEFAULT_NOT_FOR_CLIENT,
];

pub(super) const SAN_WITHOUT_DISK: &str = "san-without-disk";
pub(super) const NFS_ROOT_WITHOUT_PATH: &str = "nfs-root-without-path";
pub(super) const MEMTEST_FIRMWARE: &str = "memtest-firmware";
pub(super) const CHAIN_FIRMWARE: &str = "chain-firmware";
pub(super) const WINPE_ARCHITECTURE: &str = "winpe-architecture";
pub(super) const SETUP_ON_BIOS: &str = "setup-on-bios";
pub(super) const DEFAULT_NOT_FOR_CLIENT: &str = "default-not-for-client";

/// Why a boot ends before an entry runs.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The step at which it ends.
    pub step: Step,
    /// The reason.
    pub why: String,
    /// The id of the finding that `check` reports for it, if it reports one.
    pub finding: Option<&'static str>,
    /// The place in the site that decides it.
    pub span: Option<Span>,
}
