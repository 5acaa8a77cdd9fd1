//! `file` and `next_server` of a class, a group or a host: one boot file for whatever program asks, and its TFTP server.

use std::net::Ipv4Addr;

use super::host_context::HostContext;
use super::loaders;
use super::resolver::Resolver;
use super::servers::server_named;
use crate::model::{ClassFile, InvalidValue, Spanned, ipv4};
use crate::report::Finding;
use crate::report::catalogue::MALFORMED;
use crate::schema::Setting;
use crate::source::Scalar;

/// Reads a boot file: a path on the TFTP server that its clients get, a URL, or `none`.
pub(super) fn boot_file<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<Spanned<ClassFile>> {
    if word.text == "none" {
        return Some(Spanned::new(ClassFile::Nothing, word.span));
    }
    if word.text.contains("://") {
        return r.value(word, |text| {
            let url = crate::dialects::ipxe::url(text)?;
            if url.len() > 127 {
                return Err(loaders::too_long("URL", url.len()));
            }
            Ok(ClassFile::Url(url))
        });
    }
    r.value(word, |text| loaders::loader_path(text).map(ClassFile::Path))
}

/// Whether a word is an address rather than the name of a server.
pub(super) fn is_address(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) && text.contains('.')
}

/// Reads `next_server` of a host or a group: an address, or a server with one address. Many hosts share a profile,
/// whatever subnets they are in, so a server with several addresses is refused.
pub(super) fn server_of_machine<'a>(
    r: &mut Resolver<'_, 'a>,
    word: Scalar<'a>,
    context: &HostContext<'_, 'a>,
) -> Option<Spanned<Ipv4Addr>> {
    if is_address(word.text) {
        return r.value(word, ipv4);
    }
    let server = server_named(r, word, context.servers).and_then(|at| context.servers.get(at))?;
    let [ip] = server.ips.as_slice() else {
        if !server.ips.is_empty() {
            let message = format!("the server `{}` has several addresses", server.name);
            r.refuse(word.span, &InvalidValue::new(message).help("write the one that the machine reaches"));
        }
        return None;
    };
    Some(Spanned::new(ip.value, word.span))
}

/// Reports keys of a host or a group that have no effect beside its own `file`.
pub(super) fn check_file(r: &mut Resolver<'_, '_>, what: &str, name: Scalar<'_>, settings: &[Setting<'_>]) {
    let file = settings.iter().find_map(|setting| match setting {
        Setting::File(word) => Some(word.span),
        _ => None,
    });
    let Some(file) = file else { return };
    for setting in settings {
        let (key, span) = match setting {
            Setting::Loaders(loaders) => ("loaders", loaders.span),
            Setting::Script(word) => ("script", word.span),
            Setting::Netboot(word) => ("netboot", word.span),
            Setting::Boot(word) => ("boot", word.span),
            Setting::Autoboot(word) => ("autoboot", word.span),
            _ => continue,
        };
        let message = format!("the {what} `{}` has a `file` and `{key}`", name.text);
        let help = "every program gets the `file`, iPXE in place of the script, too: keep one of the two";
        r.report.push(Finding::new(&MALFORMED, file, message).and(span, format!("`{key}`")).help(help));
    }
}
