//! What few disks have: further portals, accounts for CHAP, and what the target serves.

use super::Resolver;
use super::hosts::{HostContext, HostPlaceholders, filled};
use super::root_path::last;
use crate::model::{
    Chap, InvalidValue, IscsiDaemon, IscsiMore, MOST_PORTALS, Portal, Spanned, Store, chap_user,
    is_chap_password, size, store_path, windows_path,
};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY, SECRET};
use crate::schema::{self, Field};
use crate::source::{Scalar, Secret, Span};

/// What is beyond portal, target and logical unit; the outer `None` is a value in error.
#[expect(clippy::option_option, reason = "in error, absent and present are three things")]
pub(super) fn more<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::IscsiPath<'a>],
    portals: Vec<Portal<'a>>,
    served_by: Option<usize>,
    known: &HostPlaceholders<'_, '_>,
    around: &HostContext<'_, 'a>,
) -> Option<Option<Box<IscsiMore<'a>>>> {
    if portals.len() >= MOST_PORTALS {
        let written = layers.iter().rev().find_map(|layer| layer.portals.given());
        let one = served_by.and_then(|at| around.targets.servers.get(at));
        let word = written.and_then(|words| words.get(MOST_PORTALS)).map(|word| word.span);
        let span = word.or_else(|| one?.portals.get(MOST_PORTALS).map(|at| at.span));
        if let Some(span) = span {
            let message = format!("a disk has at most {MOST_PORTALS} portals");
            r.refuse(
                span,
                &InvalidValue::new(message).help("more of them do not fit into iPXE's DHCP option 175"),
            );
        }
        return None;
    }
    let chap = account(r, "chap", layers, |path| &path.chap, known)?;
    let reverse_chap = account(r, "reverse_chap", layers, |path| &path.reverse_chap, known)?;
    let daemon = served_by.and_then(|at| around.targets.servers.get(at)).map(|one| one.daemon);
    let store = store(r, layers, daemon.unwrap_or_default(), known)?;
    if portals.is_empty() && chap.is_none() && reverse_chap.is_none() && store.is_none() {
        return Some(None);
    }
    Some(Some(Box::new(IscsiMore { portals, chap, reverse_chap, store })))
}

/// An account; the outer `None` is one in error.
#[expect(clippy::option_option, reason = "in error, absent and present are three things")]
fn account<'f, 'a: 'f>(
    r: &mut Resolver<'_, 'a>,
    key: &str,
    layers: &[&'f schema::IscsiPath<'a>],
    field: fn(&'f schema::IscsiPath<'a>) -> &'f Field<Box<schema::Chap<'a>>>,
    known: &HostPlaceholders<'_, '_>,
) -> Option<Option<Chap<'a>>> {
    if layers.iter().any(|layer| field(layer).is_wrong()) {
        return None;
    }
    let accounts = || layers.iter().rev().filter_map(|layer| field(layer).given());
    let Some(innermost) = accounts().next() else { return Some(None) };
    let user = accounts().find_map(|chap| chap.user.given()).copied();
    let password = accounts().find(|chap| chap.password_file.is_written() || chap.password_env.is_written());
    let wrong = accounts().any(|chap| chap.user.is_wrong() || chap.password_file.is_wrong());
    let (Some(user), Some(password)) = (user, password) else {
        // A password that was written down is said already.
        let wrong = wrong || accounts().any(|chap| r.has_error_in(chap.span));
        let missing = if user.is_none() { "user" } else { "password_file" };
        if !wrong && r.refused.insert(innermost.span) {
            let message = format!("`{key}` has no `{missing}`");
            let help = "an account is a user and a password: `{ user: NAME, password_file: FILE }`";
            r.report.push(Finding::error(&MISSING_KEY, innermost.span, message).help(help));
        }
        return None;
    };
    let text = filled(r, user, known)?;
    let user = r.value(Scalar { text, span: user.span }, chap_user)?.value;
    let (password, span) =
        secret(r, &password.password_file, &password.password_env, &|r, word| filled(r, word, known))?;
    if !is_chap_password(&password) {
        let message = "this password has characters that not every iSCSI target takes as they are";
        r.refuse(span, &InvalidValue::new(message).help("letters, digits and `._+=@-` only"));
        return None;
    }
    Some(Some(Chap { user, password, span }))
}

/// The secret in a file or an environment variable, and where that is named; `None` with a finding.
pub(super) fn secret<'a>(
    r: &mut Resolver<'_, 'a>,
    file: &Field<Scalar<'a>>,
    env: &Field<Scalar<'a>>,
    fill: &super::handout::Substitution<'_, 'a>,
) -> Option<(Secret, Span)> {
    if let (Some(file), Some(env)) = (file.given(), env.given()) {
        let finding = Finding::error(&MALFORMED, env.span, "the password stands in a file and in a variable");
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
            // Once for all hosts of a group.
            if r.refused.insert(word.span) {
                r.report.push(Finding::unread(&SECRET, word.span, unread));
            }
            None
        }
    }
}

/// What the target serves; the outer `None` is a value in error.
#[expect(clippy::option_option, reason = "in error, absent and present are three things")]
fn store<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::IscsiPath<'a>],
    daemon: IscsiDaemon,
    known: &HostPlaceholders<'_, '_>,
) -> Option<Option<Spanned<Store<'a>>>> {
    if layers.iter().any(|layer| layer.store.is_wrong()) {
        return None;
    }
    // The innermost that names a device or file; a size of its own may stand further in.
    let stores = || layers.iter().rev().filter_map(|layer| layer.store.given());
    let Some(innermost) = stores().next() else { return Some(None) };
    let named = stores().find(|store| store.block.is_written() || store.file.is_written());
    let read = |text| if daemon == IscsiDaemon::Windows { windows_path(text) } else { store_path(text) };
    let (span, is_file, word) = match named.map(|named| (named.block.given(), named.file.given())) {
        Some((Some(block), None)) if daemon == IscsiDaemon::Windows => {
            let refused = InvalidValue::new("a target of Windows serves files");
            r.refuse(block.span, &refused.help(r"`store: { file: 'D:\iSCSI\{host}.vhdx', size: 64G }`"));
            return None;
        }
        Some((Some(block), None)) => (block.span, false, *block),
        Some((None, Some(file))) => (file.span, true, *file),
        Some((Some(block), Some(_))) => {
            r.refuse(
                block.span,
                &InvalidValue::new("`store` is a block device or a file").help("keep one of the two"),
            );
            return None;
        }
        Some((None, None)) | None => {
            let wrong = stores().any(|store| store.block.is_wrong() || store.file.is_wrong());
            if !wrong && r.refused.insert(innermost.span) {
                let message = "`store` has neither `block` nor `file`";
                let help = "`store: { block: \"/dev/vg/lv_{host}\" }`, or a `file` with its `size`";
                r.report.push(Finding::error(&MISSING_KEY, innermost.span, message).help(help));
            }
            return None;
        }
    };
    let text = filled(r, word, known)?;
    let path = r.value(Scalar { text, span }, read)?.value;
    let store = if is_file {
        let size = match last(layers, |path| match &path.store {
            Field::Given(store) => &store.size,
            _ => &NOTHING,
        }) {
            Some(word) => Some(r.value(word, size)?.value),
            None => None,
        };
        if size.is_none() && matches!(daemon, IscsiDaemon::Lio | IscsiDaemon::Windows) {
            if r.refused.insert(span) {
                let message = format!("`{}` makes this file, and nothing says how big", daemon.word());
                let help = "`size: 64G` beside `file`; of a file that is there, the size that it has";
                r.report.push(Finding::error(&MISSING_KEY, span, message).help(help));
            }
            return None;
        }
        Store::File(path, size)
    } else {
        Store::Block(path)
    };
    Some(Some(Spanned::new(store, span)))
}

/// A key that is not there.
static NOTHING: Field<Scalar<'static>> = Field::Absent;
