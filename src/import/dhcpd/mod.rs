//! `dhcpd.conf` of ISC dhcpd 4.4, with the files that it includes.

mod boot;
mod boot_of_hosts;
mod class_conflicts;
mod class_settings;
mod classes;
mod definitions;
mod disk;
mod disk_subnets;
mod emission;
mod expression;
mod failover;
mod flattened;
mod groups;
mod host_files;
mod hosts;
mod ipxe_space;
mod options;
mod own_classes;
mod own_conditions;
mod own_layout;
mod own_match;
mod own_servers;
mod parameters;
mod pool_conditions;
mod pool_order;
mod pool_settings;
mod pools;
mod scopes;
mod servers;
mod setting;
mod site;
mod site_classes;
mod six;
mod statements;
mod subnets;
mod switch;
mod vendor_options;
mod verbatim;
mod words;

pub use flattened::{declares_a_subnet, flattened, vendor_classes};
pub use six::{is_for_ipv6, read as read6};
pub use switch::{
    ASKERS, Answered, Asker, Boot, Choices, Given, Keys, Level, OtherServer, is_unusable, tells_few,
};

use super::Imported;
use super::origin::Origin;
use super::source_file::SourceFile;
use crate::dialects::dhcpd::lexer::{PartKind, mentions, parts};

/// The paths of the files that a text includes.
pub fn includes(text: &str) -> Vec<String> {
    if !mentions(text, "include") {
        return Vec::new();
    }
    let statements = parts(text).filter(|part| part.kind == PartKind::Statement);
    statements
        .filter_map(|part| {
            let mut tokens = part.tokens();
            tokens.next().filter(|token| token.text.eq_ignore_ascii_case("include"))?;
            Some(String::from_utf8_lossy(&tokens.next()?.decoded()).into_owned())
        })
        .collect()
}

/// Reads a dhcpd.conf into the draft.
pub fn read(file: &SourceFile, files: &[SourceFile], imported: &mut Imported) {
    let renamed = ipxe_space::renamed(files);
    let files = renamed.as_deref().unwrap_or(files);
    let file = files.iter().find(|other| other.path == file.path).unwrap_or(file);
    let tokens = statements::AllTokens::new();
    let mut statements = statements::statements(file, files, &tokens, &mut imported.coverage);
    let origin = Origin { file: file.path.as_str().into(), line: 1 };
    let ours = own_layout::is_ours(&file.text);
    let own = if ours { own_conditions::take(&mut statements, &mut imported.coverage) } else { Vec::new() };
    site::read(&statements, &own, &origin, ours, imported);
}
