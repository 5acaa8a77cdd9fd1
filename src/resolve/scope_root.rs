//! The root disk of a class, a subnet or the site.

use foldhash::HashMap;

use super::host_context::HostContext;
use super::host_placeholders::{HostPlaceholders, VarScopes};
use super::resolver::Resolver;
use super::root_path::root_path;
use crate::model::{AbsPath, InvalidValue, RootPath, ScopeRoot, Spanned};
use crate::schema::{self, Field, NoneOr};
use crate::source::{Scalar, Span};

/// The root disk of a scope in a subnet, from the layers of its setting, weakest first; a finding is behind an `Err`.
pub(super) fn scope_root<'a>(
    r: &mut Resolver<'_, 'a>,
    layers: &[&schema::RootPath<'a>],
    subnet: usize,
    scope: Span,
    context: &HostContext<'_, 'a>,
) -> Result<Option<ScopeRoot>, ()> {
    if let Some(schema::RootPath::Text(word)) = layers.last()
        && word.text == "none"
    {
        return Ok(Some(ScopeRoot { text: Spanned::new(String::new(), word.span), nfs: None }));
    }
    if let Some(span) = layers.iter().find_map(|layer| of_one_host(layer)) {
        let message = "many clients get this root-path, and this key is for the disk of one host";
        let help =
            "hosts and groups can have it: `target: \"iqn.2020-01.org.example:{host}\"` is one disk each";
        r.refuse(span, &InvalidValue::new(message).help(help));
        return Err(());
    }
    let subnet = u32::try_from(subnet).ok();
    let vars = Some(VarScopes { own: &[], groups: &[], subnet, context });
    let placeholders = HostPlaceholders { host: None, mac: None, ip: None, vars };
    let Some(path) = root_path(r, layers, &placeholders, scope, subnet, context).map_err(|_| ())? else {
        return Ok(None);
    };
    let nfs = match &path.value {
        RootPath::Nfs(root) => AbsPath::parse(root.path).ok().map(|path| (root.server, path)),
        _ => None,
    };
    Ok(Some(ScopeRoot { text: Spanned::new(path.value.to_string(), path.span), nfs }))
}

/// A key of an iSCSI disk that only one host can have: clients that write to one disk destroy its file system, and DHCP
/// would have to send further options beside the root-path.
fn of_one_host(written: &schema::RootPath<'_>) -> Option<Span> {
    let schema::RootPath::Iscsi(disk) = written else { return None };
    let first = disk.portals.given().and_then(|portals| portals.first());
    let words = [disk.initiator.given(), first];
    let accounts =
        [&disk.chap, &disk.reverse_chap].map(|account| account.given().map(|account| account.span));
    let store = disk.store.given().map(|store| store.span);
    words
        .into_iter()
        .flatten()
        .map(|word| word.span)
        .chain(accounts.into_iter().flatten())
        .chain(store)
        .next()
}

/// The root disks of each subnet: that of the site, and its own.
pub(super) fn of_subnets<'a>(
    r: &mut Resolver<'_, 'a>,
    top: &Field<NoneOr<schema::Dhcp<'a>>>,
    written: &[(Scalar<'a>, schema::Subnet<'a>)],
    context: &HostContext<'_, 'a>,
) -> Vec<Vec<ScopeRoot>> {
    let mut of_site = match top {
        Field::Given(NoneOr::Some(dhcp)) => dhcp.root_path.given(),
        _ => None,
    };
    let mut all = Vec::new();
    let own = written.iter().filter_map(|(_, written)| Some((written.span, written.root_path.given()?)));
    let own: HashMap<_, _> = own.collect();
    for (at, subnet) in context.subnets.iter().enumerate() {
        let own = own.get(&subnet.span).copied();
        let mut roots = Vec::new();
        if let Some(path) = of_site {
            match scope_root(r, &[path], at, subnet.name.span, context) {
                // Under the site there is nothing to unset.
                Ok(root) => roots.extend(root.filter(|root| !root.text.value.is_empty())),
                // The same fault would be found for each subnet.
                Err(()) => of_site = None,
            }
        }
        if let Some(own) = own {
            let layers: Vec<_> = of_site.into_iter().chain([own]).collect();
            roots.extend(scope_root(r, &layers, at, subnet.name.span, context).ok().flatten());
        }
        all.push(roots);
    }
    all
}
