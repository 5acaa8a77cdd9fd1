//! The kinds of boot entry: one struct for each, and one for all that start a Linux kernel.
//!
//! `Serialize` gives a kind's template its values, under the names of docs/templates.md. Fields that only
//! rules read are skipped.

use serde::Serialize;
use serde_json::Value;

use super::Spanned;

/// The kind of a boot entry, with its fields.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum EntryKind {
    /// Starts a Linux kernel.
    Linux(LinuxBoot),
    /// Boots an ISO as a disk.
    Iso(IsoBoot),
    /// Starts Windows PE with wimboot.
    Winpe(WinpeBoot),
    /// Boots the machine's root-path.
    San,
    /// Boots the machine's own disk.
    Local,
    /// Tests the machine's memory.
    Memtest(MemtestBoot),
    /// Starts another script or EFI program.
    Chain(ChainBoot),
    /// Runs iPXE commands that the user wrote.
    Script(ScriptBoot),
    /// Opens iPXE's shell.
    Shell,
    /// Opens iPXE's configuration.
    Config,
    /// Leaves iPXE.
    Exit,
    /// Restarts the machine.
    Reboot(RebootBoot),
    /// Switches the machine off.
    Poweroff,
}

impl EntryKind {
    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Linux(linux) => linux.system.word(),
            Self::Iso(_) => "iso",
            Self::Winpe(_) => "winpe",
            Self::San => "san",
            Self::Local => "local",
            Self::Memtest(_) => "memtest",
            Self::Chain(_) => "chain",
            Self::Script(_) => "script",
            Self::Shell => "shell",
            Self::Config => "config",
            Self::Exit => "exit",
            Self::Reboot(_) => "reboot",
            Self::Poweroff => "poweroff",
        }
    }

    /// Whether it starts this Linux system.
    #[must_use]
    pub fn is_linux(&self, system: LinuxSystem) -> bool {
        matches!(self, Self::Linux(linux) if linux.system == system)
    }

    /// The kernel that the menu's script starts; `None` when the entry has a script of its own.
    #[must_use]
    pub const fn kernel(&self) -> Option<&KernelStart> {
        match self {
            Self::Linux(LinuxBoot { start: LinuxStart::Kernel(kernel), .. }) => Some(kernel),
            _ => None,
        }
    }

    /// Every text that its template sees.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        texts(self)
    }
}

/// A kernel, its initrds and its arguments.
#[derive(Clone, Debug, Serialize)]
pub struct LinuxBoot {
    /// The system that they start.
    #[serde(skip)]
    pub system: LinuxSystem,
    /// Which script starts the kernel.
    #[serde(flatten)]
    pub start: LinuxStart,
    /// The arguments that the user wrote, as the kernel reads them: placeholders filled, without quotes. Of an
    /// argument with a secret, the text before the secret.
    #[serde(skip)]
    pub written: Vec<Spanned<String>>,
    /// Whether a client with a signed loader may start the entry, which has neither a shim nor `shim: none`.
    #[serde(skip)]
    pub lacks_shim: bool,
}

/// The Linux systems that have a kind of their own. All are started by a kernel, initrds and arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinuxSystem {
    /// Any system: the user writes all arguments.
    Any,
    /// Ubuntu's live system.
    Casper,
    /// Debian's live system.
    LiveBoot,
    /// Debian's installer.
    DebianInstaller,
    /// Ubuntu's server installer.
    Subiquity,
    /// Red Hat's installer.
    Anaconda,
    /// SUSE's installer.
    Autoyast,
    /// A system whose root is an NFS export.
    NfsRoot,
}

impl LinuxSystem {
    /// Every system.
    pub const ALL: [Self; 8] = [
        Self::Any,
        Self::Casper,
        Self::LiveBoot,
        Self::DebianInstaller,
        Self::Subiquity,
        Self::Anaconda,
        Self::Autoyast,
        Self::NfsRoot,
    ];

    /// The word of its kind in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "linux",
            Self::Casper => "casper",
            Self::LiveBoot => "live_boot",
            Self::DebianInstaller => "debian_installer",
            Self::Subiquity => "subiquity",
            Self::Anaconda => "anaconda",
            Self::Autoyast => "autoyast",
            Self::NfsRoot => "nfs_root",
        }
    }
}

/// Which script starts a kernel.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum LinuxStart {
    /// The menu's script.
    Kernel(KernelStart),
    /// A script of the entry's own, because an argument is secret.
    OwnScript {
        /// Its URI.
        url: String,
    },
}

/// A kernel as the lines of an iPXE script start it.
#[derive(Clone, Debug, Serialize)]
pub struct KernelStart {
    /// Its URI.
    pub kernel: String,
    /// All arguments: those that ipxegen adds and those that the user wrote.
    pub arguments: Vec<KernelArgument>,
    /// The initrds.
    pub initrds: Vec<LoadedFile>,
    /// The files that iPXE puts into the initial RAM disk.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub injected: Vec<InjectedFile>,
    /// The URI of the distribution's shim, which Secure Boot may need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shim: Option<String>,
}

/// An argument of a kernel.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum KernelArgument {
    /// An argument that is not secret.
    Text(String),
    /// One that ends in a secret.
    Secret {
        /// The text before the secret.
        prefix: String,
        /// The secret's place in the script's list of secrets.
        secret: usize,
    },
}

impl KernelArgument {
    /// The argument, unless it is secret.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Secret { .. } => None,
        }
    }
}

/// A file that iPXE loads for the system that it starts.
#[derive(Clone, Debug, Serialize)]
pub struct LoadedFile {
    /// The name by which the system finds it.
    pub name: String,
    /// Its URI.
    pub uri: String,
}

/// A file that iPXE puts into the initial RAM disk.
#[derive(Clone, Debug, Serialize)]
pub struct InjectedFile {
    /// Its path there.
    pub path: String,
    /// Its URI.
    pub uri: String,
}

/// An ISO that is booted as a disk.
#[derive(Clone, Debug, Serialize)]
pub struct IsoBoot {
    /// The image's URI.
    pub iso: String,
}

/// Windows PE.
#[derive(Clone, Debug, Serialize)]
pub struct WinpeBoot {
    /// wimboot's URI.
    pub wimboot: String,
    /// wimboot's path below the TFTP root.
    #[serde(skip)]
    pub wimboot_path: String,
    /// The files that iPXE loads for wimboot.
    pub files: Vec<LoadedFile>,
    /// The architectures that have a folder of their own; empty if one image serves all.
    pub arch_dirs: Vec<ArchDir>,
    /// The files of each image: one for each of `arch_dirs`, or the one for all.
    pub images: Vec<WinpeImage>,
    /// The account with which Windows' setup connects to its share; `None` for a guest.
    #[serde(skip)]
    pub share_account: Option<ShareAccount>,
}

/// The folder of an architecture.
#[derive(Clone, Debug, Serialize)]
pub struct ArchDir {
    /// The architecture, as in iPXE's `${buildarch}`.
    pub buildarch: String,
    /// The folder.
    pub dir: String,
}

/// An image of Windows PE: the paths of its files below the TFTP root.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WinpeImage {
    /// Its architecture as copype calls it; empty for the one image for all.
    pub arch: &'static str,
    /// The boot configuration.
    #[serde(rename = "BCD")]
    pub bcd: String,
    /// The RAM disk's image.
    #[serde(rename = "boot.sdi")]
    pub sdi: String,
    /// The system's image.
    #[serde(rename = "boot.wim")]
    pub wim: String,
}

/// An account of an SMB share.
#[derive(Clone, Debug)]
pub struct ShareAccount {
    /// The share's name.
    pub share: String,
    /// The account's name.
    pub user: String,
}

/// A memory test: the URI of the program for each firmware, at least one of them.
#[derive(Clone, Debug, Serialize)]
pub struct MemtestBoot {
    /// The program for BIOS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bios: Option<String>,
    /// The program for UEFI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub efi: Option<String>,
}

/// Another script or EFI program.
#[derive(Clone, Debug, Serialize)]
pub struct ChainBoot {
    /// Its URI.
    pub url: String,
    /// The arguments of the program.
    pub arguments: Vec<String>,
    /// The URL, if the user wrote one, with its placeholders filled.
    #[serde(skip)]
    pub written: Option<Spanned<String>>,
}

/// A restart.
#[derive(Clone, Debug, Serialize)]
pub struct RebootBoot {
    /// Whether the firmware then opens its setup.
    pub setup: bool,
}

/// iPXE commands that the user wrote.
#[derive(Clone, Debug, Serialize)]
pub struct ScriptBoot {
    /// The lines as they are printed: a command that fails leads back to the menu.
    pub lines: String,
    /// The lines as written, placeholders filled.
    #[serde(skip)]
    pub written: Vec<Spanned<String>>,
    /// The labels that they define.
    #[serde(skip)]
    pub labels: Vec<String>,
}

/// Every text in the values that a template sees.
pub(super) fn texts(seen: &impl Serialize) -> Vec<String> {
    fn collect(value: Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.push(text),
            Value::Array(values) => values.into_iter().for_each(|value| collect(value, into)),
            Value::Object(map) => map.into_iter().for_each(|(_, value)| collect(value, into)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    // Structs of texts always serialize.
    collect(serde_json::to_value(seen).unwrap_or_default(), &mut texts);
    texts
}
