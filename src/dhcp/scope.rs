//! The settings of a scope, typed: DHCP options, iPXE's options (sub-options of option 175) and boot files.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use super::Client;
use crate::model::{
    Asks, ClientKind, DhcpOption, Features, Handout, IPXE_OPTIONS, IpxeType, IpxeValue, IscsiMore, IscsiPath,
    Loader, Loaders, OptionType, OptionValue, PRIVATE_OPTIONS, Site, Spanned, VENDOR_CLASS, VENDOR_OPTIONS,
    dhcpd_option, domain_bytes, hex_bytes,
};
use crate::source::Span;

/// One option of a scope.
#[derive(Clone, Debug)]
pub struct Setting<'s> {
    /// Its name, as dhcpd has it; without the name of iPXE's space.
    pub name: Cow<'s, str>,
    /// Its code, or that of the sub-option.
    pub code: u8,
    /// Its value.
    pub data: Data<'s>,
    /// Its place in the site, if it was written.
    pub span: Option<Span>,
    /// Whether clients that do not ask for it get it, too.
    pub always: bool,
}

/// The value of an option.
#[derive(Clone, Debug)]
pub enum Data<'s> {
    /// Not sent, even if an outer scope sets it.
    Unset,
    /// Text; an empty one is not sent.
    Text(Cow<'s, str>),
    /// A password.
    Secret(&'s str),
    /// Addresses; an empty list is not sent.
    Addresses(Vec<Ipv4Addr>),
    /// Pairs of addresses.
    Pairs(&'s [[String; 2]]),
    /// Domain names; an empty list is not sent.
    Domains(Vec<&'s str>),
    /// Numbers, addresses or flags of a type.
    Words(&'s [String], OptionType),
    /// A number of so many bytes.
    Number(i64, usize),
    /// Bytes, `aa:bb`.
    Hex(&'s str),
}

impl Data<'_> {
    /// Whether the option is not sent.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        match self {
            Data::Unset => true,
            Data::Text(text) => text.is_empty(),
            Data::Secret(text) => text.is_empty(),
            Data::Addresses(ips) => ips.is_empty(),
            Data::Domains(domains) => domains.iter().all(|domain| domain.is_empty()),
            Data::Words(words, _) => words.is_empty(),
            Data::Pairs(_) | Data::Number(..) | Data::Hex(_) => false,
        }
    }

    /// The value on the wire; `None` where the option is not sent. Domain names are not compressed.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let bytes = match self {
            Data::Unset => Vec::new(),
            Data::Text(text) => text.as_bytes().to_vec(),
            Data::Secret(text) => text.as_bytes().to_vec(),
            Data::Addresses(ips) => ips.iter().flat_map(Ipv4Addr::octets).collect(),
            Data::Pairs(pairs) => pairs.iter().flatten().flat_map(|ip| OptionType::Ip.bytes(ip)).collect(),
            Data::Domains(domains) => domains.iter().flat_map(|domain| domain_bytes(domain)).collect(),
            Data::Words(words, is) => words.iter().flat_map(|text| is.bytes(text)).collect(),
            Data::Number(number, bytes) => number.to_be_bytes()[8 - bytes.min(&8)..].to_vec(),
            Data::Hex(hex) => hex_bytes(hex),
        };
        (!bytes.is_empty()).then_some(bytes)
    }
}

/// Domain names on the wire, one after another and not compressed; `None` without any.
#[must_use]
pub fn domain_names(domains: &[&str]) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = domains.iter().flat_map(|domain| domain_bytes(domain)).collect();
    (!bytes.is_empty()).then_some(bytes)
}

/// The place of a list: from its first value to its last.
fn place<T>(values: &[Spanned<T>]) -> Option<Span> {
    let (first, last) = (values.first()?, values.last()?);
    Some(if first.span.start < last.span.end { first.span.to(last.span) } else { first.span })
}

impl<'s> Setting<'s> {
    pub(super) fn new(name: impl Into<Cow<'s, str>>, code: u8, data: Data<'s>) -> Self {
        Self { name: name.into(), code, data, span: None, always: false }
    }

    fn at(self, span: impl Into<Option<Span>>) -> Self {
        Self { span: span.into(), ..self }
    }
}

/// Whether a password is among the options of a scope.
#[must_use]
pub fn has_secret(handout: &Handout) -> bool {
    handout.ipxe.iter().any(|(_, value)| matches!(value.value, IpxeValue::Secret(_)))
}

/// The options of a scope that do not belong to booting.
#[must_use]
pub fn options(handout: &Handout) -> Vec<Setting<'_>> {
    let addresses = |name, code, ips: &Vec<Spanned<Ipv4Addr>>| {
        Setting::new(name, code, Data::Addresses(ips.iter().map(|ip| ip.value).collect())).at(place(ips))
    };
    let mut all = Vec::new();
    all.extend(handout.routers.as_ref().map(|ips| addresses("routers", 3, ips)));
    all.extend(handout.dns.as_ref().map(|ips| addresses("domain-name-servers", 6, ips)));
    all.extend(handout.domain.as_ref().map(|domain| {
        Setting::new("domain-name", 15, Data::Text(domain.value.as_str().into())).at(domain.span)
    }));
    all.extend(handout.domain_search.as_ref().map(|domains| {
        let names = domains.iter().map(|domain| domain.value.as_str()).collect();
        Setting::new("domain-search", 119, Data::Domains(names)).at(place(domains))
    }));
    all.extend(handout.ntp.as_ref().map(|ips| addresses("ntp-servers", 42, ips)));
    all.extend(handout.options.iter().map(option));
    all
}

fn option(option: &DhcpOption) -> Setting<'_> {
    let known = || match option.name.as_str() {
        VENDOR_OPTIONS => Some((43, OptionType::Hex)),
        VENDOR_CLASS => Some((60, OptionType::Text)),
        name => dhcpd_option(name).ok().map(|known| (known.code, known.is)),
    };
    let (code, is) = option.own.as_ref().map(|own| own.value).or_else(known).unwrap_or((0, OptionType::Text));
    let data = match &option.value.value {
        OptionValue::Unset => Data::Unset,
        OptionValue::Text(text) => Data::Text(text.as_str().into()),
        OptionValue::Bare(words) => Data::Words(words, is),
        OptionValue::Pairs(pairs) => Data::Pairs(pairs),
        OptionValue::Domains(domains) => Data::Domains(domains.iter().map(String::as_str).collect()),
        OptionValue::Hex(hex) => Data::Hex(hex),
    };
    Setting { always: option.always, ..Setting::new(option.name.as_str(), code, data).at(option.value.span) }
}

/// iPXE's options of a scope, and the boot entry that is preselected.
#[must_use]
pub fn ipxe<'s>(handout: &'s Handout, site: &Site<'_>) -> Vec<Setting<'s>> {
    let mut all = Vec::new();
    for (name, value) in &handout.ipxe {
        let Some(option) = IPXE_OPTIONS.iter().find(|option| option.dhcpd == *name) else { continue };
        let data = match &value.value {
            IpxeValue::Number(number) => {
                Data::Number(*number, if option.is == IpxeType::U32 { 4 } else { 1 })
            }
            IpxeValue::Text(text) => Data::Text(text.as_str().into()),
            IpxeValue::Hex(hex) => Data::Hex(hex),
            IpxeValue::Secret(secret) => Data::Secret(secret.reveal()),
        };
        all.push(Setting::new(*name, option.code, data).at(value.span));
    }
    all.extend(
        handout
            .boot
            .as_ref()
            .map(|boot| private("boot-entry", Data::Text(boot.value.as_str().into())).at(boot.span)),
    );
    for (name, value) in &handout.vars {
        let code = site.vars.iter().find(|var| var.name == *name).and_then(|var| var.code);
        let data = Data::Text(value.value.as_str().into());
        all.push(Setting::new(format!("var-{name}"), code.unwrap_or_default(), data).at(value.span));
    }
    all.extend(
        handout
            .autoboot
            .as_ref()
            .map(|on| private("autoboot", Data::Number(i64::from(on.value), 1)).at(on.span)),
    );
    all
}

/// A root-path; an empty text unsets it.
pub(super) fn root_path(path: &Spanned<String>) -> Setting<'_> {
    Setting::new("root-path", 17, Data::Text(path.value.as_str().into())).at(path.span)
}

/// A root-path that is unset at a place.
pub(super) fn no_root_path(span: Span) -> Setting<'static> {
    Setting::new("root-path", 17, Data::Unset).at(span)
}

/// One of our own options in iPXE's space, by its name.
pub(super) fn private<'s>(name: impl Into<Cow<'s, str>>, data: Data<'s>) -> Setting<'s> {
    let name = name.into();
    let code = PRIVATE_OPTIONS.iter().find(|(known, ..)| *known == name).map(|(_, code, ..)| *code);
    Setting::new(name, code.unwrap_or_default(), data)
}

/// iPXE's options for a disk beyond its root-path: accounts, and further portals.
#[must_use]
pub fn disk_settings<'s>(disk: &'s IscsiPath<'s>, more: &'s IscsiMore<'s>) -> Vec<Setting<'s>> {
    let mut all = Vec::new();
    for (chap, [user, password], [user_code, password_code]) in [
        (&more.chap, ["username", "password"], [190, 191]),
        (&more.reverse_chap, ["reverse-username", "reverse-password"], [192, 193]),
    ] {
        if let Some(chap) = chap {
            all.push(Setting::new(user, user_code, Data::Text(chap.user.into())).at(chap.span));
            let secret = Data::Secret(chap.password.reveal());
            all.push(Setting::new(password, password_code, secret).at(chap.span));
        }
    }
    if !more.portals.is_empty() {
        all.push(private("san-disk", Data::Text(disk.behind_portal().into())));
        for (at, portal) in more.portals.iter().enumerate() {
            let name = format!("san-portal-{}", at + 2);
            all.push(private(name, Data::Text(portal.to_string().into())));
        }
    }
    all
}

/// The bytes of option 175. The last of several sub-options with one code is sent, unless it is unset.
#[must_use]
pub fn encapsulated<'s>(settings: impl IntoIterator<Item = &'s Setting<'s>>) -> Vec<u8> {
    let mut last: Vec<&Setting<'_>> = Vec::new();
    for setting in settings {
        last.retain(|known| known.code != setting.code);
        last.push(setting);
    }
    let mut all = Vec::new();
    for (code, bytes) in last.into_iter().filter_map(|setting| Some((setting.code, setting.data.bytes()?))) {
        // Texts are limited to less when they are read; a rule limits the whole.
        all.extend([code, u8::try_from(bytes.len()).unwrap_or(u8::MAX)]);
        all.extend(bytes);
    }
    all
}

/// The boot file of each kind of client.
#[derive(Clone, Copy, Debug)]
pub struct BootFiles<'s> {
    /// The script for iPXE.
    pub script: Option<&'s str>,
    /// The first stage of each other kind.
    pub loaders: &'s Loaders,
    /// The features that iPXE needs for the script; without them it gets the first stage of its kind.
    pub needs: Features,
}

/// The options that some firmware requires together with its boot file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BesideFile {
    /// None.
    Nothing,
    /// Option 60: UEFI takes a URL only from an answer that says HTTPClient too.
    Http,
    /// Options 43, 60 and 66 for a Raspberry Pi.
    RaspberryPi,
}

impl BesideFile {
    /// The codes of the options.
    #[must_use]
    pub const fn codes(self) -> &'static [u8] {
        match self {
            Self::Nothing => &[],
            Self::Http => &[60],
            Self::RaspberryPi => &[43, 60, 66],
        }
    }

    /// The options for a kind of client.
    #[must_use]
    pub fn of(kind: ClientKind) -> Self {
        match kind.info().asks {
            Asks::Http => Self::Http,
            Asks::Rpi => Self::RaspberryPi,
            Asks::Pxe | Asks::Uboot | Asks::Power => Self::Nothing,
        }
    }
}

/// The file of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootFile<'s> {
    /// Its path or URL.
    pub file: &'s str,
    /// The options that the client requires with it.
    pub beside: BesideFile,
    /// Its place in the site, if it was written.
    pub span: Option<Span>,
}

impl<'s> BootFiles<'s> {
    /// The file of a client. iPXE that can run the script gets it or nothing, never a loader; another client gets the loader of its
    /// own kind or nothing, never a program for another machine.
    #[must_use]
    pub fn of(&self, client: &Client) -> Option<BootFile<'s>> {
        if client.takes_script(self.needs) {
            return self.script.map(|file| BootFile { file, beside: BesideFile::Nothing, span: None });
        }
        let (kind, loader) = self.loaders.iter().find(|(kind, _)| client.is(*kind))?;
        Some(BootFile {
            file: file_name(&loader.value),
            beside: BesideFile::of(*kind),
            span: Some(loader.span).filter(|span| *span != Span::default()),
        })
    }
}

/// The path or URL of a loader.
#[must_use]
pub fn file_name(loader: &Loader) -> &str {
    let (Loader::File(name) | Loader::Url(name)) = loader;
    name
}
