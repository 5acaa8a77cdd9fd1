//! `ipxe` of the site: the path or URL of the script, and the hook.

use std::borrow::Cow;

use super::entries;
use super::resolver::Resolver;
use super::roles::Roles;
use crate::dialects;
use crate::model::{
    Features, InvalidValue, Ipxe, Placeholders, Script, Spanned, Transport, Validated, boot_path, fill,
};
use crate::schema::{self, Field};
use crate::source::Span;

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &Field<schema::Ipxe<'a>>,
    roles: &Roles,
    site: Span,
) -> Ipxe {
    let none = schema::IpxeScript::default();
    let own = written.given().map_or(&none, |ipxe| &ipxe.script);
    let span = own.script.given().map_or(site, |word| word.span);
    let over = own.over.given().and_then(|word| entries::over(r, *word));
    let http = match over {
        Some(over) => over == Transport::Http,
        None => !roles.http.is_empty(),
    };
    let url = |text: &str| text.contains("://");
    let script = match own.script.given() {
        Some(word) if url(word.text) => r.value(*word, |text| script_url(text).map(Script::Url)),
        Some(word) => r.below_root(*word, |text| boot_path(text, None)).map(|at| {
            Spanned::new(if http { Script::Http(at.value) } else { Script::Tftp(at.value) }, at.span)
        }),
        None => None,
    };
    let default = "install.ipxe".to_owned();
    let script = script.map_or_else(
        || if http { Script::Http(default.clone()) } else { Script::Tftp(default.clone()) },
        |at| at.value,
    );
    let hook = r.maybe(&own.hook, |text| {
        let filled = fill(text, &HookPlaceholders)?.unwrap_or_else(|| text.to_owned());
        if filled.len() > 500 {
            return Err(InvalidValue::new("the hook's address is longer than 500 bytes"));
        }
        dialects::ipxe::url_expr(&filled)
            .map_err(|refused| refused.help("a path relative to the script, such as hosts/{mac}.ipxe"))
    });
    let needs = own.needs.given().map_or(&[][..], Vec::as_slice);
    let needs = needs_of(&r.many(needs, Features::code));
    let extra = own.cmdline_extra.given().into_iter().flatten();
    let cmdline_extra = extra.map(|word| Spanned::new(word.text.to_owned(), word.span)).collect();
    Ipxe { script, span, hook, needs, https: r.flag(&own.https, false), cmdline_extra }
}

/// The features of a list, and the place of the list.
fn needs_of(codes: &[Spanned<u8>]) -> Spanned<Features> {
    let all = codes.iter().fold(Features::default(), |all, code| all.with(code.value));
    let span = match codes {
        [first, .., last] if first.span.start < last.span.end => first.span.to(last.span),
        [first, ..] => first.span,
        [] => Span::default(),
    };
    Spanned::new(all, span)
}

/// The URL of a script that ipxegen does not render. iPXE expands `${net0/mac}` and the like in the boot file name that
/// DHCP sends (usr/autoboot.c).
fn script_url(text: &str) -> Validated<String> {
    let url = dialects::ipxe::url_expr(text)?;
    // Braces of `${…}` come in pairs: url_expr has checked it.
    let mut depth = 0_usize;
    let mut dollar = false;
    for (at, c) in url.char_indices() {
        match c {
            '{' if dollar => depth += 1,
            '{' | '}' if depth == 0 => {
                return Err(InvalidValue::at(at, format!("`{url}` has a `{c}` that belongs to no `${{…}}`"))
                    .help("write iPXE's settings as `${mac}`; the URL of a script has no placeholders"));
            }
            '}' => depth -= 1,
            _ => {}
        }
        dollar = c == '$';
    }
    Ok(url)
}

/// The placeholders of the hook become settings of iPXE, which knows the machine. `netX` is the card that was opened
/// last.
struct HookPlaceholders;

impl Placeholders for HookPlaceholders {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "mac" => Some("${netX/mac:hexhyp}".into()),
            "host" => Some("${hostname}".into()),
            "ip" => Some("${netX/ip}".into()),
            _ => None,
        }
    }

    fn names(&self) -> Vec<&str> {
        vec!["mac", "host", "ip"]
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Features;
    use crate::schema::IPXE_FEATURES;

    #[test]
    fn the_schema_lists_every_feature() {
        assert_eq!(Features::every_name(), IPXE_FEATURES);
    }
}
