//! Files that boot entries bring along.

use serde::Serialize;

use super::KernelStart;
use super::entry_kind::texts;
use crate::source::{Secret, Span};

/// A file that an entry brings along: it is rendered below the TFTP root.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its path below the root.
    pub path: String,
    /// The place of the key that asks for it.
    pub span: Span,
    /// Its content.
    pub content: Content,
    /// The words that precede the secret in it on a line; `None` if it contains no secret. Without words
    /// nothing of it is shown.
    pub secret: Option<&'static [&'static str]>,
}

/// The content of a published file.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text, printed as it is.
    Text(String),
    /// The iPXE script of an entry with a secret argument.
    BootScript {
        /// The kernel that it starts.
        kernel: KernelStart,
        /// The secrets that its arguments refer to.
        secrets: Vec<Secret>,
    },
    /// The commands with which Windows PE starts Windows' setup.
    Startnet {
        /// The settings of the commands.
        setup: WindowsSetup,
        /// The password of the account, where the site has one.
        password: Option<Secret>,
    },
}

impl Content {
    /// Every text that the file's template sees, but for secrets; none for a plain text.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Text(_) => Vec::new(),
            Self::BootScript { kernel, .. } => texts(kernel),
            Self::Startnet { setup, .. } => texts(setup),
        }
    }
}

/// How Windows PE connects to a share and starts Windows' setup.
#[derive(Clone, Debug, Serialize)]
pub struct WindowsSetup {
    /// The share as Windows writes it: `\\SERVER\SHARE`.
    pub unc: String,
    /// The drive letter that it gets.
    pub drive: &'static str,
    /// The path of the program that is started.
    pub setup: String,
    /// Whether that program is a batch file.
    pub is_script: bool,
    /// Whether there is an answer file for setup.
    pub unattend: bool,
    /// Whether the program gets them by `/unattend:`, too.
    pub unattend_switch: bool,
    /// The account.
    pub user: String,
    /// Whether Windows PE asks for the password.
    pub asks: bool,
}
