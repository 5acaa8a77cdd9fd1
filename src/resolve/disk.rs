//! The keys of `root_path.iscsi` that few hosts set: further portals, accounts for CHAP, and the store.

use super::host_context::HostContext;
use super::host_placeholders::{HostPlaceholders, filled};
use super::layers::last;
use super::password::secret;
use super::resolver::{Reported, Resolver};
use crate::model::{
    Chap, InvalidValue, IscsiDaemon, IscsiMore, MOST_PORTALS, Portal, Spanned, Store, chap_user,
    is_chap_password, size, store_path, windows_path,
};
use crate::report::Finding;
use crate::report::catalogue::MISSING_KEY;
use crate::schema::{self, Field};
use crate::source::{Scalar, Span};

/// The keys besides the first portal, the target and the LUN; `None` if no layer sets any of them.
pub(super) fn more<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::IscsiPath<'a>],
    portals: Vec<Portal<'a>>,
    served_by: Option<usize>,
    placeholders: &HostPlaceholders<'_, '_>,
    context: &HostContext<'_, 'a>,
) -> Result<Option<Box<IscsiMore<'a>>>, Reported> {
    if portals.len() >= MOST_PORTALS {
        let written = layers.iter().rev().find_map(|layer| layer.portals.given());
        let one = served_by.and_then(|at| context.targets.servers.get(at));
        let word = written.and_then(|words| words.get(MOST_PORTALS)).map(|word| word.span);
        let span = word.or_else(|| one?.portals.get(MOST_PORTALS).map(|at| at.span));
        if let Some(span) = span {
            let message = format!("a disk has at most {MOST_PORTALS} portals");
            r.refuse(
                span,
                &InvalidValue::new(message).help("more of them do not fit into iPXE's DHCP option 175"),
            );
        }
        return Err(Reported);
    }
    let has_no_more = |path: &&schema::IscsiPath<'_>| {
        matches!(
            path,
            schema::IscsiPath { chap: Field::Absent, reverse_chap: Field::Absent, store: Field::Absent, .. }
        )
    };
    // Nearly all disks.
    if portals.is_empty() && layers.iter().all(has_no_more) {
        return Ok(None);
    }
    let chap = account(r, "chap", layers, |path| &path.chap, placeholders)?;
    let reverse_chap = account(r, "reverse_chap", layers, |path| &path.reverse_chap, placeholders)?;
    let daemon = served_by.and_then(|at| context.targets.servers.get(at)).map(|one| one.daemon);
    let store = store(r, layers, daemon.unwrap_or_default(), placeholders)?;
    if portals.is_empty() && chap.is_none() && reverse_chap.is_none() && store.is_none() {
        return Ok(None);
    }
    Ok(Some(Box::new(IscsiMore { portals, chap, reverse_chap, store })))
}

/// An account, merged from all layers.
fn account<'f, 'a: 'f>(
    r: &mut Resolver<'_, 'a>,
    key: &str,
    layers: &[&'f schema::IscsiPath<'a>],
    field: fn(&'f schema::IscsiPath<'a>) -> &'f Field<Box<schema::Chap<'a>>>,
    placeholders: &HostPlaceholders<'_, '_>,
) -> Result<Option<Chap<'a>>, Reported> {
    if layers.iter().any(|layer| field(layer).is_wrong()) {
        return Err(Reported);
    }
    let accounts = || layers.iter().rev().filter_map(|layer| field(layer).given());
    let Some(innermost) = accounts().next() else { return Ok(None) };
    let user = accounts().find_map(|chap| chap.user.given()).copied();
    let password = accounts().find(|chap| chap.password_file.is_written() || chap.password_env.is_written());
    let wrong = accounts().any(|chap| chap.user.is_wrong() || chap.password_file.is_wrong());
    let (Some(user), Some(password)) = (user, password) else {
        // A password in the site itself has a finding already.
        let wrong = wrong || accounts().any(|chap| r.has_error_in(chap.span));
        let missing = if user.is_none() { "user" } else { "password_file" };
        if !wrong && r.refused.insert(innermost.span) {
            let message = format!("`{key}` has no `{missing}`");
            let help = "an account is a user and a password: `{ user: NAME, password_file: FILE }`";
            r.report.push(Finding::new(&MISSING_KEY, innermost.span, message).help(help));
        }
        return Err(Reported);
    };
    let text = filled(r, user, placeholders).ok_or(Reported)?;
    let user = r.value(Scalar { text, span: user.span }, chap_user).ok_or(Reported)?.value;
    let (password, span) =
        secret(r, &password.password_file, &password.password_env, &|r, word| filled(r, word, placeholders))
            .ok_or(Reported)?;
    if !is_chap_password(&password) {
        let message = "this password has characters that not every iSCSI target takes as they are";
        r.refuse(span, &InvalidValue::new(message).help("letters, digits and `._+=@-` only"));
        return Err(Reported);
    }
    Ok(Some(Chap { user, password, span }))
}

/// The store, merged from all layers: the block device or file that the target serves.
fn store<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::IscsiPath<'a>],
    daemon: IscsiDaemon,
    placeholders: &HostPlaceholders<'_, '_>,
) -> Result<Option<Spanned<Store<'a>>>, Reported> {
    if layers.iter().any(|layer| layer.store.is_wrong()) {
        return Err(Reported);
    }
    // The innermost layer that names a device or file wins; a layer further in may set the size alone.
    let stores = || layers.iter().rev().filter_map(|layer| layer.store.given());
    let Some(innermost) = stores().next() else { return Ok(None) };
    let named = stores().find(|store| store.block.is_written() || store.file.is_written());
    let read = |text| if daemon == IscsiDaemon::Windows { windows_path(text) } else { store_path(text) };
    let (span, is_file, word) = match named.map(|named| (named.block.given(), named.file.given())) {
        Some((Some(block), None)) if daemon == IscsiDaemon::Windows => {
            let refused = InvalidValue::new("a target of Windows serves files");
            r.refuse(block.span, &refused.help(r"`store: { file: 'D:\iSCSI\{host}.vhdx', size: 64G }`"));
            return Err(Reported);
        }
        Some((Some(block), None)) => (block.span, false, *block),
        Some((None, Some(file))) => (file.span, true, *file),
        Some((Some(block), Some(_))) => {
            r.refuse(
                block.span,
                &InvalidValue::new("`store` is a block device or a file").help("keep one of the two"),
            );
            return Err(Reported);
        }
        Some((None, None)) | None => {
            let wrong = stores().any(|store| store.block.is_wrong() || store.file.is_wrong());
            if !wrong && r.refused.insert(innermost.span) {
                let message = "`store` has neither `block` nor `file`";
                let help = "`store: { block: \"/dev/vg/lv_{host}\" }`, or a `file` with its `size`";
                r.report.push(Finding::new(&MISSING_KEY, innermost.span, message).help(help));
            }
            return Err(Reported);
        }
    };
    let text = filled(r, word, placeholders).ok_or(Reported)?;
    let path = r.value(Scalar { text, span }, read).ok_or(Reported)?.value;
    let store =
        if is_file { Store::File(path, size_of_file(r, layers, daemon, span)?) } else { Store::Block(path) };
    Ok(Some(Spanned::new(store, span)))
}

/// The size of a store that is a file, which LIO and Windows need to create it.
fn size_of_file<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::IscsiPath<'a>],
    daemon: IscsiDaemon,
    file: Span,
) -> Result<Option<u64>, Reported> {
    let word = last(layers, |path| match &path.store {
        Field::Given(store) => &store.size,
        _ => &NOTHING,
    });
    let size = match word {
        Some(word) => Some(r.value(word, size).ok_or(Reported)?.value),
        None => None,
    };
    if size.is_none() && matches!(daemon, IscsiDaemon::Lio | IscsiDaemon::Windows) {
        if r.refused.insert(file) {
            let message = format!("`{}` creates this file, so it needs a `size`", daemon.word());
            let help = "`size: 64G` beside `file`; for an existing file, its present size";
            r.report.push(Finding::new(&MISSING_KEY, file, message).help(help));
        }
        return Err(Reported);
    }
    Ok(size)
}

/// An absent key.
static NOTHING: Field<Scalar<'static>> = Field::Absent;
