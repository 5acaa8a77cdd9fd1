//! A URL with `user:password@` can be read in site.yaml, in every copy of it, and in the menu's script or the DHCP
//! answers, which every machine on the network can get.
//!
//! Evidence: RFC 3986 section 3.2.1 advises against it; iPXE sends the password in clear text, unless it uses
//! HTTPS. The finding does not show the password.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: chain, url: "http://lab:geheim@10.0.0.5/menu.ipxe" } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: chain, url: "http://lab@10.0.0.5/menu.ipxe" } }
//! ```

use crate::model::{Loader, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("password-in-url", "a URL contains a password in clear text"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = foldhash::HashSet::default();
    let mut say = |text: &str, span: Span, read: &str, whose: &dyn Fn() -> String| {
        if let Some(user) = account(text)
            && said.insert(span)
        {
            let message = format!("a URL of {} has a password of `{user}` in clear text", whose());
            found.push(span, message, |finding| {
                finding.help(format!(
                    "every machine on the network can read it {read}; serve the file without a password"
                ))
            });
        }
    };
    for entry in &site.entries {
        for Spanned { value, span } in entry.lines().iter().chain(entry.arguments()) {
            say(value, *span, "in the menu", &|| format!("`{}`", entry.id));
        }
    }
    let own = site.own_loaders();
    for (kind, loader) in site.subnets.iter().map(|subnet| &subnet.loaders).chain(own).flatten() {
        if let Loader::Url(url) = &loader.value {
            say(url, loader.span, "in DHCP answers", &|| format!("the loader of `{}` clients", kind.name()));
        }
    }
    for (host, span, text) in site.text_roots() {
        say(text, span, "in DHCP answers", &|| format!("the host `{}`", host.name));
    }
}

/// The user whose password is in the text, unless the password is a setting of iPXE.
fn account(text: &str) -> Option<&str> {
    text.match_indices("://").find_map(|(at, mark)| {
        let rest = text.get(at + mark.len()..)?;
        let authority = rest.split(|c: char| matches!(c, '/' | '?' | '#') || c.is_whitespace()).next()?;
        let (user, password) = authority.rsplit_once('@')?.0.split_once(':')?;
        (!password.is_empty() && !password.contains("${")).then_some(user)
    })
}

#[cfg(test)]
mod tests {
    use super::account;

    #[test]
    fn a_password_stands_between_colon_and_at() {
        assert_eq!(account("chain http://a:b@c/d"), Some("a"));
        assert_eq!(account("x=http://c/ y=https://a:p:q@c"), Some("a"));
        for text in [
            "http://c:80/a@b",
            "http://c:80?a@b",
            "http://a@c/",
            "http://a:@c/",
            "http://a:${net0/ip}@c/",
            "a:b@c",
            "iscsi:a:b@c",
        ] {
            assert_eq!(account(text), None, "{text}");
        }
    }
}
