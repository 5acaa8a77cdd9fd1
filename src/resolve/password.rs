//! Passwords, which a site keeps in a file or in an environment variable.

use super::resolver::Resolver;
use super::substitution::Substitution;
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, SECRET};
use crate::schema::Field;
use crate::source::{Scalar, Secret, Span};

/// Reads the secret of a file or an environment variable, and gives the place that names it; `None` with a finding, or
/// if neither is written.
pub(super) fn secret<'a>(
    r: &mut Resolver<'_, 'a>,
    file: &Field<Scalar<'a>>,
    env: &Field<Scalar<'a>>,
    fill: &Substitution<'_, 'a>,
) -> Option<(Secret, Span)> {
    if let (Some(file), Some(env)) = (file.given(), env.given()) {
        let finding = Finding::new(&MALFORMED, env.span, "the password is in a file and in a variable");
        r.report.push(finding.and(file.span, "the file").help("keep one of the two"));
        return None;
    }
    let (word, is_file) = match (file.given(), env.given()) {
        (Some(word), _) => (*word, true),
        (_, Some(word)) => (*word, false),
        (None, None) => return None,
    };
    let text = fill(r, word)?;
    let named = Scalar { text, span: word.span };
    let sources = r.sources;
    let read = if is_file { sources.secret_file(named).cloned() } else { sources.secret_env(text) };
    match read {
        Ok(secret) => Some((secret, word.span)),
        Err(unread) => {
            r.gaps.accounts = true;
            // One finding for all hosts of a group.
            if r.refused.insert(word.span) {
                r.report.push(Finding::unread(&SECRET, word.span, unread));
            }
            None
        }
    }
}
