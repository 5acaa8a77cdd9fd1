//! One file per language that we write: its bare words, its quoting, its lexer.
//!
//! Every value that a template prints passes the **guard** of its language: a bare word of that
//! language goes through, anything else is refused with the filter to use. Quoting is done by
//! filters that give the whole literal, quotes included, under a seal which only the guard can
//! open, so that nothing can be cut from it, joined to it or changed in it afterwards. A forgotten
//! filter is an error of rendering and never a line of configuration that somebody else wrote.
//!
//! The same plain functions that the filters call (`dhcpd::quote`, `exports::path` …) check values
//! at the door; [`Dialect::balanced`] is the language's own lexer, for text that users add verbatim.
//!
//! This room knows Tera and nothing of a netboot site.

pub mod apache;
mod blocks;
pub mod cmd;
mod comment;
pub mod csv_rows;
pub mod defaults;
pub mod dhcpd;
pub mod dnsmasq;
mod engine;
pub mod exports;
pub mod ipxe;
pub mod json;
mod layout;
pub mod nginx;
pub mod powershell;
mod refused;
mod seal;
pub mod sh;
pub mod smb;
pub mod systemd;
pub mod text;
pub mod tgt;
pub mod tmpfiles;
mod verbatim;

pub use blocks::Blocks;
pub use comment::comment;
pub use engine::refusal;
pub use layout::lone_tags;
pub use refused::{Refused, visible};
pub use verbatim::{Raw, Rendered};

/// A language that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// ISC dhcpd: `dhcpd.conf` and what it includes.
    Dhcpd,
    /// dnsmasq.
    Dnsmasq,
    /// `/etc/default/*`, read by `/bin/sh` and by systemd's `EnvironmentFile=`.
    Defaults,
    /// `exports(5)`.
    Exports,
    /// `smb.conf(5)`.
    Smb,
    /// iPXE scripts.
    Ipxe,
    /// `tmpfiles.d(5)`.
    Tmpfiles,
    /// nginx.
    Nginx,
    /// Apache's httpd.
    Apache,
    /// Units of systemd.
    Systemd,
    /// Files of the user's own, of which nothing is known.
    Text,
    /// Targets of tgt, read by tgt-admin.
    Tgt,
    /// JSON.
    Json,
    /// PowerShell.
    Powershell,
    /// Tables for spreadsheets.
    Csv,
    /// Batch files of Windows.
    Cmd,
    /// Scripts for `/bin/sh`.
    Sh,
}

impl Dialect {
    /// Every language.
    pub const ALL: [Self; 17] = [
        Self::Dhcpd,
        Self::Dnsmasq,
        Self::Defaults,
        Self::Exports,
        Self::Smb,
        Self::Ipxe,
        Self::Tmpfiles,
        Self::Nginx,
        Self::Apache,
        Self::Systemd,
        Self::Text,
        Self::Tgt,
        Self::Json,
        Self::Powershell,
        Self::Csv,
        Self::Cmd,
        Self::Sh,
    ];

    /// Whether its lines end in CRLF: Windows reads it.
    #[must_use]
    pub const fn ends_in_crlf(self) -> bool {
        matches!(self, Self::Powershell | Self::Csv | Self::Cmd)
    }

    /// A template engine whose every template stands under this language's guard.
    ///
    /// Templates are added with `add_raw_template` and rendered by name; the `autoescape` argument
    /// of Tera's `render_str` must be `true`.
    #[must_use]
    pub fn engine(self) -> tera::Tera {
        engine::engine(self)
    }

    /// Whether `text` may stand in this language as it is, wherever a value may stand.
    #[must_use]
    pub fn is_bare(self, text: &str) -> bool {
        match self {
            Self::Dhcpd => dhcpd::is_bare(text),
            Self::Dnsmasq => dnsmasq::is_bare(text),
            Self::Defaults => defaults::is_bare(text),
            Self::Exports => exports::is_bare(text),
            Self::Smb => smb::is_bare(text),
            Self::Ipxe => ipxe::is_bare(text),
            Self::Tmpfiles => tmpfiles::is_bare(text),
            Self::Nginx => nginx::is_bare(text),
            Self::Apache => apache::is_bare(text),
            Self::Systemd => systemd::is_bare(text),
            Self::Text => text::is_bare(text),
            Self::Tgt => tgt::is_bare(text),
            Self::Json => json::is_bare(text),
            Self::Powershell => powershell::is_bare(text),
            Self::Csv => csv_rows::is_bare(text),
            Self::Cmd => cmd::is_bare(text),
            Self::Sh => sh::is_bare(text),
        }
    }

    /// Whether `text`, put verbatim on lines of its own, stays inside the scope where it is put.
    ///
    /// # Errors
    /// With the byte where it would leave, or where it is not finished.
    pub fn balanced(self, text: &str) -> Result<(), Refused> {
        match self {
            Self::Dhcpd => dhcpd::balanced(text),
            Self::Dnsmasq => dnsmasq::balanced(text),
            Self::Defaults => defaults::balanced(text),
            Self::Exports => exports::balanced(text),
            Self::Smb => smb::balanced(text),
            Self::Ipxe => ipxe::balanced(text),
            Self::Tmpfiles => tmpfiles::balanced(text),
            Self::Nginx => nginx::balanced(text),
            Self::Apache => apache::balanced(text),
            Self::Systemd => systemd::balanced(text),
            Self::Text => text::balanced(text),
            Self::Tgt => tgt::balanced(text),
            Self::Json => json::balanced(text),
            Self::Powershell => powershell::balanced(text),
            Self::Csv => csv_rows::balanced(text),
            Self::Cmd => cmd::balanced(text),
            Self::Sh => sh::balanced(text),
        }
    }

    /// What to do about a value that is no bare word, for people who write templates.
    const fn advice(self) -> &'static str {
        match self {
            Self::Dhcpd | Self::Dnsmasq => "quote it with `| q`",
            Self::Defaults => "quote it with `| value`",
            Self::Exports => "quote it with `| path`, `| client` or `| options`",
            Self::Smb => "check it with `| value` or `| section`",
            Self::Ipxe => "quote it with `| text`, `| arg`, `| uri`, `| url` or `| label`",
            Self::Tmpfiles => "quote it with `| path` or `| argument`",
            Self::Nginx => "quote it with `| q`",
            Self::Apache => "quote it with `| q` or `| directory`",
            Self::Systemd => "quote it with `| value`",
            Self::Text => "quote it with `| json` or `| sh`",
            Self::Tgt => "check it with `| iqn`, `| path`, `| user` or `| password`",
            Self::Json => "write it with `| json`",
            Self::Powershell => "quote it with `| q`",
            Self::Csv => "print whole rows with `| row`",
            Self::Cmd => {
                "quote it with `| exe` (for a program), `| arg` (for cmd itself) or `| text` (for `echo`)"
            }
            Self::Sh => "quote it with `| q`",
        }
    }
}
