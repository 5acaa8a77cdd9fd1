//! `dhcpd.conf` of ISC dhcpd 4.4, with the files that it includes.

#[expect(dead_code, unused_imports, reason = "the reader of scopes will use it")]
mod classes;
#[expect(dead_code, reason = "the reader of scopes will use it")]
mod expression;
mod statements;
#[expect(dead_code, unused_imports, reason = "the reader of scopes will use it")]
mod switch;

use super::Imported;
use super::coverage::Outcome;
use super::source_file::SourceFile;
use crate::dialects::dhcpd::lexer::{PartKind, parts};

/// The paths of the files that a text includes.
pub fn includes(text: &str) -> Vec<String> {
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
    let statements = statements::statements(file, files, &mut imported.coverage);
    for statement in statements {
        let why = "the import does not know this statement".to_owned();
        imported.coverage.add(statement.origin, statement.text, Outcome::Lost(why));
    }
}
