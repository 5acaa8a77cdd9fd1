//! What DHCP hands out, as statements of dhcpd.conf.

use serde::Serialize;

use super::source_map;
use crate::dialects::Raw as Verbatim;
use crate::model::{Handout, IpxeValue, IscsiMore, IscsiPath, OptionValue, Raw, Spanned};
use crate::source::Span;

/// One `option NAME VALUE;`, its value in one of five shapes.
#[derive(Debug, Default, Serialize)]
pub(super) struct Statement {
    /// The option's name.
    name: String,
    /// Words that dhcpd reads bare.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<String>>,
    /// Pairs of words that dhcpd reads bare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Vec<[String; 2]>>,
    /// Texts, quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    strings: Option<Vec<String>>,
    /// Nothing is sent, whatever an outer scope says.
    unset: bool,
    /// Where the value was written, if it was.
    #[serde(skip)]
    span: Option<Span>,
}

impl Statement {
    /// The option's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where its value was written, if it was.
    pub(super) const fn span(&self) -> Option<Span> {
        self.span
    }

    fn at(self, span: impl Into<Option<Span>>) -> Self {
        Self { span: span.into(), ..self }
    }
}

fn words(name: &str, words: impl IntoIterator<Item = impl ToString>) -> Statement {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    if words.is_empty() {
        return Statement { name: name.to_owned(), unset: true, ..Statement::default() };
    }
    Statement { name: name.to_owned(), words: Some(words), ..Statement::default() }
}

fn strings<'t>(name: &str, strings: impl IntoIterator<Item = &'t String>) -> Statement {
    let strings: Vec<String> = strings.into_iter().cloned().collect();
    if strings.iter().all(String::is_empty) {
        return Statement { name: name.to_owned(), unset: true, ..Statement::default() };
    }
    Statement { name: name.to_owned(), strings: Some(strings), ..Statement::default() }
}

/// The options of a scope that have nothing to do with booting.
pub(super) fn options(handout: &Handout) -> Vec<Statement> {
    let addresses = |name, ips: &Vec<Spanned<_>>| words(name, ips).at(source_map::list(ips));
    let mut all = Vec::new();
    all.extend(handout.routers.as_ref().map(|ips| addresses("routers", ips)));
    all.extend(handout.dns.as_ref().map(|ips| addresses("domain-name-servers", ips)));
    all.extend(handout.domain.as_ref().map(|domain| strings("domain-name", [&domain.value]).at(domain.span)));
    all.extend(handout.domain_search.as_ref().map(|domains| {
        let texts = domains.iter().map(|domain| &domain.value);
        strings("domain-search", texts).at(source_map::list(domains))
    }));
    all.extend(handout.ntp.as_ref().map(|ips| addresses("ntp-servers", ips)));
    for option in &handout.options {
        let statement = match &option.value.value {
            OptionValue::Unset => words(&option.name, [""; 0]),
            OptionValue::Text(text) => strings(&option.name, [text]),
            OptionValue::Bare(bare) => words(&option.name, bare),
            OptionValue::Pairs(pairs) => {
                Statement { name: option.name.clone(), pairs: Some(pairs.clone()), ..Statement::default() }
            }
            OptionValue::Domains(domains) => strings(&option.name, domains),
            OptionValue::Hex(hex) => words(&option.name, [hex]),
        };
        all.push(statement.at(option.value.span));
    }
    all
}

/// The options of iPXE's space, and the boot entry that is preselected.
pub(super) fn ipxe(handout: &Handout) -> Vec<Statement> {
    let mut all = Vec::new();
    for (name, value) in &handout.ipxe {
        let name = format!("ipxe.{name}");
        let statement = match &value.value {
            IpxeValue::Number(number) => words(&name, [number]),
            IpxeValue::Text(text) => strings(&name, [text]),
            IpxeValue::Hex(hex) => words(&name, [hex]),
            IpxeValue::Secret(secret) => text(&name, secret.reveal()),
        };
        all.push(statement.at(value.span));
    }
    all.extend(handout.boot.as_ref().map(|boot| strings("ipxe.boot-entry", [&boot.value]).at(boot.span)));
    let vars = handout.vars.iter();
    all.extend(vars.map(|(name, value)| strings(&format!("ipxe.var-{name}"), [&value.value]).at(value.span)));
    all.extend(handout.autoboot.as_ref().map(|on| words("ipxe.autoboot", [u8::from(on.value)]).at(on.span)));
    all
}

/// What iPXE is told of a disk beyond its root-path: further portals, and accounts.
pub(super) fn disk(disk: Option<&IscsiPath<'_>>, more: &IscsiMore<'_>) -> Vec<Statement> {
    let mut all = Vec::new();
    for (chap, user, password) in [
        (&more.chap, "ipxe.username", "ipxe.password"),
        (&more.reverse_chap, "ipxe.reverse-username", "ipxe.reverse-password"),
    ] {
        if let Some(chap) = chap {
            all.push(text(user, chap.user).at(chap.span));
            all.push(text(password, chap.password.reveal()).at(chap.span));
        }
    }
    if let Some(disk) = disk.filter(|_| !more.portals.is_empty()) {
        all.push(text("ipxe.san-disk", &disk.behind_portal()));
        for (at, portal) in more.portals.iter().enumerate() {
            all.push(text(&format!("ipxe.san-portal-{}", at + 2), &portal.to_string()));
        }
    }
    all
}

/// Whether a secret is handed out.
pub(super) fn has_secret(handout: &Handout) -> bool {
    handout.ipxe.iter().any(|(_, value)| matches!(value.value, IpxeValue::Secret(_)))
}

/// A statement of our own with a text.
pub(super) fn text(name: &str, value: &str) -> Statement {
    strings(name, [&value.to_owned()])
}

/// The words that a secret follows in text of the user's own for dhcpd.
pub(super) const RAW_SECRETS: &[&str] =
    &["secret", "ldap-password", "option ipxe.password", "option ipxe.reverse-password"];

/// Whether verbatim text for an output has a secret.
pub(super) fn has_raw_secret(raw: &[Raw], output: &str) -> bool {
    raw.iter().any(|raw| raw.output == output && raw.secret)
}

/// The verbatim texts for an output.
pub(super) fn raw(raw: &[Raw], output: &str) -> Vec<Verbatim> {
    raw.iter().filter(|raw| raw.output == output).map(|raw| Verbatim::new(raw.text.value.clone())).collect()
}
