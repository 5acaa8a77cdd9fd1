//! One file per language that ipxegen writes: its bare words, its quoting, its lexer.
//!
//! Each file ends in a `Language`; the list below gives it its name. Nothing else lists the languages.
//!
//! Every value that a template prints passes the **guard** of its language. The guard accepts a bare word of that
//! language and refuses anything else with the name of the filter to use. Quoting filters return the whole literal,
//! quotes included, under a seal that only the guard can open, so no template can cut or change a literal afterwards. A
//! forgotten filter is therefore an error of rendering, and never injects configuration.
//!
//! The filters call plain functions (`dhcpd::quote`, `exports::path` …). The same functions check values when the site is
//! resolved. [`Dialect::balanced`] checks verbatim text with the language's own lexer.
//!
//! This room uses Tera and does not know the model of a site.

pub mod apache;
mod blocks;
mod budget;
mod characters;
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
mod language;
mod layout;
mod nested_literals;
pub mod nginx;
pub mod powershell;
mod prepared;
mod references;
mod seal;
pub mod sh;
pub mod smb;
pub mod systemd;
mod template_limits;
mod template_tags;
pub mod text;
pub mod tgt;
pub mod tmpfiles;
mod verbatim;

use crate::invalid_value::InvalidValue;
pub use blocks::Blocks;
pub use budget::reset_budget;
pub use characters::visible;
pub use comment::comment;
pub use engine::{UNDEFINED, refusal};
use language::Language;
pub use layout::lone_tags;
pub use nested_literals::StringReader;
pub use prepared::{COUNT, HOSTS_OF_A_PART, PART, PARTS, Prepared, Unprepared, Wants, prepare};
pub use references::{Reference, References, TemplateBlock, loop_over, references, value_at};
pub use template_limits::{EndlessChain, check_references};
pub use verbatim::{Raw, Rendered};

macro_rules! languages {
    ($( $(#[$doc:meta])* $name:ident = $module:ident, )*) => {
        /// A language that ipxegen writes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Dialect {
            $( $(#[$doc])* $name, )*
        }

        impl Dialect {
            /// Every language.
            pub const ALL: &[Self] = &[ $( Self::$name ),* ];

            const fn language(self) -> &'static Language {
                match self {
                    $( Self::$name => &$module::LANGUAGE, )*
                }
            }

            /// The guard as a plain function pointer, which Tera requires; so there is one for each language.
            const fn guard(self) -> tera::EscapeFn {
                match self {
                    $( Self::$name => |text, out| language::guard(&$module::LANGUAGE, text, out), )*
                }
            }
        }
    };
}

languages! {
    /// ISC dhcpd: `dhcpd.conf` and the files that it includes.
    Dhcpd = dhcpd,
    /// dnsmasq.
    Dnsmasq = dnsmasq,
    /// `/etc/default/*`, read by `/bin/sh` and by systemd's `EnvironmentFile=`.
    Defaults = defaults,
    /// `exports(5)`.
    Exports = exports,
    /// `smb.conf(5)`.
    Smb = smb,
    /// iPXE scripts.
    Ipxe = ipxe,
    /// `tmpfiles.d(5)`.
    Tmpfiles = tmpfiles,
    /// nginx.
    Nginx = nginx,
    /// Apache's httpd.
    Apache = apache,
    /// Units of systemd.
    Systemd = systemd,
    /// Files of the user's own templates, in a language that ipxegen does not know.
    Text = text,
    /// Targets of tgt, read by tgt-admin.
    Tgt = tgt,
    /// JSON.
    Json = json,
    /// PowerShell.
    Powershell = powershell,
    /// Tables for spreadsheets.
    Csv = csv_rows,
    /// Batch files of Windows.
    Cmd = cmd,
    /// Scripts for `/bin/sh`.
    Sh = sh,
}

impl Dialect {
    /// Whether its lines end in CRLF because Windows reads the file.
    #[must_use]
    pub const fn ends_in_crlf(self) -> bool {
        self.language().ends_in_crlf
    }

    /// A template engine that guards every value with this language's guard.
    ///
    /// Templates are added with `add_raw_template` and rendered by name; the `autoescape` argument
    /// of Tera's `render_str` must be `true`.
    #[must_use]
    pub fn engine(self) -> tera::Tera {
        let mut tera = engine::engine(self.guard());
        verbatim::register(&mut tera, self.language());
        budget::register(&mut tera);
        language::register(&mut tera, self.language());
        (self.language().register)(&mut tera);
        tera
    }

    /// Whether `text` may be written in this language without quoting, wherever a value may be written.
    #[must_use]
    pub fn is_bare(self, text: &str) -> bool {
        (self.language().is_bare)(text)
    }

    /// Whether `text`, put verbatim on lines of its own, stays inside the scope where it is put.
    ///
    /// # Errors
    /// With the byte where it leaves the scope, or where the unfinished part begins.
    pub fn balanced(self, text: &str) -> Result<(), InvalidValue> {
        (self.language().balanced)(text)
    }

    /// The secrets in a text of this language, where it has words that secrets follow. A language without such words
    /// finds none.
    #[must_use]
    pub fn secrets(self, text: &str) -> Vec<String> {
        (self.language().secrets)(text)
    }

    /// Follows the strings of a file in this language, and refuses a literal inside another one.
    #[must_use]
    pub const fn string_reader(self) -> StringReader {
        StringReader::new(self.language().strings)
    }

    /// The filter that takes a list.
    #[must_use]
    pub const fn filter_for_lists(self) -> Option<&'static str> {
        self.language().for_lists
    }

    /// The filters that a template in this language may use, those of the language first.
    pub fn filters(self) -> impl Iterator<Item = &'static str> {
        self.language().filters.iter().copied().chain(engine::FILTERS.iter().copied())
    }

    /// Whether [`Self::balanced`] also tells whether a whole file is complete.
    #[must_use]
    pub const fn tells_whole(self) -> bool {
        matches!(self, Self::Dhcpd)
    }

    /// Finds the blocks of a text. A language without blocks has none.
    #[must_use]
    pub fn blocks(self, text: &str) -> Blocks {
        Blocks::new(self.language().blocks, text)
    }
}
