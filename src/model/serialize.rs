//! How values of the model are serialized: `show` prints the model, and templates see it as `site`.

use std::net::Ipv4Addr;

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::{
    BootFile, Cidr, Cidr6, ClientKind, DhcpOption, Embed, IPXE_OPTIONS, IpxeType, IpxeValue, IscsiDaemon,
    Loader, Loaders, Mac, Netboot, OptionValue, Os, Range, Range6, Raw, RootPath, Share, Spanned, Transport,
    WebServer, Wsdd,
};

/// Serializes values as their words in site.yaml.
macro_rules! words {
    ($($type:ty: $word:ident),* $(,)?) => {
        $(impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.$word())
            }
        })*
    };
}

words!(Os: word, Transport: word, WebServer: word, IscsiDaemon: word, Netboot: word, ClientKind: name);

/// Serializes values as they are printed.
macro_rules! texts {
    ($($type:ty),* $(,)?) => {
        $(impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        })*
    };
}

texts!(Cidr, Cidr6, Mac, Range6, RootPath<'_>);

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let is_for_all = self.clients == super::Clients::All;
        if is_for_all && !self.dynamic_bootp {
            return to.collect_str(self);
        }
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("range", &self.to_string())?;
        if !is_for_all {
            map.serialize_entry("clients", self.clients.word())?;
        }
        if self.dynamic_bootp {
            map.serialize_entry("dynamic_bootp", &true)?;
        }
        map.end()
    }
}

impl Serialize for Loader {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::File(text) | Self::Url(text) => to.serialize_str(text),
        }
    }
}

impl Serialize for Embed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(match self {
            Self::Nothing => "none",
            Self::Chain => "chain",
            Self::Own(_) => "embed.ipxe",
        })
    }
}

impl Serialize for Wsdd {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Workgroup => to.serialize_bool(true),
            Self::Domain(domain) => to.collect_map([("domain", domain)]),
        }
    }
}

impl Serialize for OptionValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unset => to.collect_seq([""; 0]),
            Self::Pairs(pairs) => pairs.serialize(to),
            Self::Text(text) | Self::Hex(text) => to.serialize_str(text),
            Self::Bare(words) | Self::Domains(words) => words.serialize(to),
        }
    }
}

impl Serialize for DhcpOption {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Own<'o> {
            code: u8,
            value: &'o OptionValue,
        }
        match &self.own {
            Some(own) => Own { code: own.value.0, value: &self.value.value }.serialize(to),
            None => self.value.serialize(to),
        }
    }
}

/// `allow` or `deny`.
pub(super) fn allow_or_deny<S: Serializer>(allowed: &Spanned<bool>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(if allowed.value { "allow" } else { "deny" })
}

/// The path of a prefix, which is empty for the root itself.
pub(super) fn prefix<S: Serializer>(prefix: &Spanned<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(if prefix.value.is_empty() { "/" } else { &prefix.value })
}

/// Octal digits.
pub(super) fn mode<S: Serializer>(mode: &u32, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{mode:04o}"))
}

/// Serializes pairs as a mapping.
pub(super) fn pairs<S: Serializer, N: Serialize, V: Serialize>(
    pairs: &[(N, V)],
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// The loader of each kind of client.
pub(super) fn loaders<S: Serializer>(loaders: &Loaders, to: S) -> Result<S::Ok, S::Error> {
    pairs(loaders, to)
}

/// The verbatim texts by output.
pub(super) fn raw<S: Serializer>(raw: &[Raw], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(raw.iter().map(|raw| (raw.output, raw.value())))
}

/// The shares by name.
pub(super) fn shares<S: Serializer>(shares: &[Share], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(shares.iter().map(|share| (&share.name, share)))
}

/// The addresses that a relay forwards to.
pub(super) fn relayed_to<S: Serializer>(
    to_servers: &[Spanned<(Option<usize>, Ipv4Addr)>],
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(to_servers.iter().map(|server| server.value.1))
}

/// The paths of files.
pub(super) fn paths<S: Serializer>(files: &[BootFile], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(files.iter().map(|file| &file.path))
}

/// DHCP options by name.
pub(super) fn options<S: Serializer>(options: &[DhcpOption], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(options.iter().map(|option| (&option.name, option)))
}

/// iPXE's options by their name in site.yaml. Secrets are left out: neither `show` nor a template has them.
pub(super) fn ipxe_options<S: Serializer>(
    options: &[(&'static str, Spanned<IpxeValue>)],
    to: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Shown<'o> {
        Flag(bool),
        Number(i64),
        Text(&'o str),
    }
    to.collect_map(options.iter().filter_map(|(name, value)| {
        let option = IPXE_OPTIONS.iter().find(|option| option.dhcpd == *name)?;
        let shown = match &value.value {
            IpxeValue::Number(number) if option.is == IpxeType::Flag => Shown::Flag(*number != 0),
            IpxeValue::Number(number) => Shown::Number(*number),
            IpxeValue::Text(text) | IpxeValue::Hex(text) => Shown::Text(text),
            IpxeValue::Secret(_) => return None,
        };
        Some((option.name, shown))
    }))
}
