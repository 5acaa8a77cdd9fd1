//! `option NAME VALUE;`: a key of site.yaml, an option by dhcpd's name, or one of iPXE's.

use std::net::Ipv4Addr;

use super::super::draft::{Mapping, Value};
use super::definitions::{DHCP, Definition, Definitions, Type, name_of};
use super::disk;
use super::setting::{Key, Reading, SUBNET_MASK};
use super::statements::Statement;
use super::switch::is_replaced;
use super::words::{Word, first, lists, plain};
use crate::model::{
    DHCPD_OPTIONS, Dotted, IPXE_OPTIONS, IpxeType, Iqn, OptionType, OptionValue, PRIVATE_OPTIONS, RootPath,
    WriteTo as _, domain, entry_id, host_name, ipv4, known_option, option_name, own_option,
};

/// Reads an option statement.
pub fn option(statement: &Statement<'_>, definitions: &mut Definitions<'_, '_>) -> Reading {
    let tokens = statement.tokens.get(1..).unwrap_or_default();
    let first = first(tokens);
    let Some((space, name)) = name_of(first.as_slice()) else {
        return Reading::Lost("it names no option".into());
    };
    // `space.name` is three tokens.
    let named = if space == DHCP && first.is_some_and(|word| !word.bytes.contains(&b'.')) { 1 } else { 3 };
    let value = tokens.get(named..).unwrap_or_default();
    if space == DHCP && name == "bootfile-name" {
        return Reading::Boot;
    }
    if is_replaced(value) {
        // ipxegen writes it for clients without a boot file, too.
        return Reading::Default;
    }
    let values = lists(value);
    let words = || values.iter().flatten();
    let vendor = space == DHCP && matches!(&*name, "vendor-class-identifier" | "vendor-encapsulated-options");
    if vendor
        && words().count() == 2
        && words().last().is_some_and(|word| word.quoted && word.bytes.is_empty())
    {
        // ipxegen writes it for clients without a boot file.
        return Reading::Default;
    }
    let Some(sign) = words().next() else { return Reading::Lost("it has no value".into()) };
    if sign.is("=") {
        return assigned(&space, &name, plain(value).get(1..).unwrap_or_default(), definitions);
    }
    if definitions.is_ipxe(&space) {
        return ipxe(&name, &plain(value), definitions);
    }
    if space == "ipxegen" {
        return Reading::Default;
    }
    if space != DHCP {
        if let Some(definition) = definitions.get(&space, &name) {
            definition.in_raw = true;
        }
        return Reading::Raw(format!("no key sets options of the space `{space}`"));
    }
    keyed(&name, &values).unwrap_or_else(|| typed(&name, &values, definitions))
}

/// `option NAME = EXPRESSION`: an empty text unsets the option.
fn assigned(space: &str, name: &str, words: &[Word], definitions: &mut Definitions<'_, '_>) -> Reading {
    let empty = matches!(words, [word] if word.quoted && word.bytes.is_empty());
    let none = || Value::List(Vec::new());
    if empty && space == DHCP {
        let key = match name {
            "routers" => Some("routers"),
            "domain-name-servers" => Some("dns"),
            "ntp-servers" => Some("ntp"),
            "domain-search" => Some("domain_search"),
            _ => None,
        };
        if let Some(key) = key {
            return Reading::word(key, none());
        }
        if name == "domain-name" {
            return Reading::word("domain", "none");
        }
        if name == "host-name" {
            return Reading::word("host_name", "none");
        }
        if name == "root-path" {
            return Reading::word("root_path", "none");
        }
        if known_option(name).is_some() {
            return Reading::within("options", name.to_owned(), none());
        }
    }
    if space == "ipxegen" {
        return Reading::Default;
    }
    if empty && definitions.is_ipxe(space) && name == "boot-entry" {
        return Reading::word("boot", "none");
    }
    if let Some(definition) = definitions.get(space, name) {
        definition.in_raw = true;
    }
    Reading::Raw("its value is an expression".into())
}

/// An option for which site.yaml has a key.
fn keyed(name: &str, values: &[Vec<Word>]) -> Option<Reading> {
    let key = match name {
        "routers" => "routers",
        "domain-name-servers" => "dns",
        "ntp-servers" => "ntp",
        "subnet-mask" | "broadcast-address" => {
            let reading = match addresses(values) {
                Ok(ips) if ips.len() == 1 => {
                    let key = if name == "subnet-mask" { SUBNET_MASK } else { Key::plain("broadcast") };
                    Reading::Words(vec![(key, Value::one_or_list(ips))])
                }
                Ok(_) => Reading::Lost("it takes one address".into()),
                Err(why) => why,
            };
            return Some(reading);
        }
        "domain-name" => {
            return Some(match single_text(values) {
                Some(text) if domain(text).is_ok() => Reading::word("domain", text),
                _ => Reading::Raw("`domain` takes one DNS domain".into()),
            });
        }
        "domain-search" => {
            let domains: Option<Vec<Value>> = (values.iter())
                .map(|list| match list.as_slice() {
                    [word] => word.text().and_then(|text| domain(text).ok()).map(Value::from),
                    _ => None,
                })
                .collect();
            return Some(match domains {
                Some(domains) => Reading::word("domain_search", Value::one_or_list(domains)),
                None => Reading::Raw("`domain_search` takes DNS domains".into()),
            });
        }
        "host-name" => {
            return Some(match single_text(values).map(host_name) {
                Some(Ok(name)) => Reading::word("host_name", &*name),
                _ => Reading::Raw("`host_name` takes one label of letters, digits and hyphens".into()),
            });
        }
        "root-path" => return Some(root_path(values)),
        _ => return None,
    };
    Some(match addresses(values) {
        Ok(ips) => Reading::word(key, Value::one_or_list(ips)),
        Err(why) => why,
    })
}

/// One text.
fn single_text(values: &[Vec<Word>]) -> Option<&str> {
    match values {
        [list] => match list.as_slice() {
            [word] => word.text().filter(|_| word.quoted),
            _ => None,
        },
        _ => None,
    }
}

/// Addresses between commas; dhcpd looks a name up when it starts.
fn addresses(values: &[Vec<Word>]) -> Result<Vec<Value>, Reading> {
    let mut ips = Vec::new();
    for list in values {
        let [word] = list.as_slice() else {
            return Err(Reading::Lost("dhcpd expects addresses between commas".into()));
        };
        match word.bare().map(|text| (text, address(text))) {
            Some((_, Some(ip))) => ips.push(Value::from(Dotted(ip).text())),
            Some((name, None)) if is_dns_name(name) => {
                return Err(Reading::Raw(format!(
                    "dhcpd asks DNS for `{name}` when it starts, and a key takes an address"
                )));
            }
            _ => return Err(Reading::Lost("dhcpd expects addresses between commas".into())),
        }
    }
    Ok(ips)
}

/// An address as ipxegen writes it; dhcpd also reads `10.0.0.01`.
pub fn address(text: &str) -> Option<Ipv4Addr> {
    if let Ok(ip) = ipv4(text) {
        return Some(ip);
    }
    let octets: Vec<u8> = text.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let octets: [u8; 4] = octets.try_into().ok()?;
    all_digits.then(|| octets.into())
}

/// Whether dhcpd takes a word for a name that DNS knows.
pub fn is_dns_name(text: &str) -> bool {
    // The lexer takes a word of digits and letters for a name as well.
    text.contains(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A root-path: a disk of a target, a folder of an NFS server, or another text that iPXE knows.
fn root_path(values: &[Vec<Word>]) -> Reading {
    let Some(text) = single_text(values) else {
        return Reading::Raw("`root_path` takes one text".into());
    };
    match RootPath::parse(text) {
        Ok(RootPath::Iscsi(_)) => Reading::word("root_path", escaped(text)),
        // The kernel's form, with mount options behind a comma.
        Ok(_) if !text.contains("://") => match text.split_once(":/") {
            Some((server, path)) if ipv4(server).is_ok() => {
                let (path, options) =
                    path.split_once(',').map_or((path, None), |(at, more)| (at, Some(more)));
                let mut nfs = Mapping::default();
                nfs.set("server", server);
                nfs.set("path", escaped(&format!("/{path}")));
                if let Some(options) = options {
                    nfs.set("options", Value::List(options.split(',').map(Value::from).collect()));
                }
                let mut root = Mapping::default();
                root.set("nfs", nfs);
                Reading::word("root_path", root)
            }
            _ => Reading::word("root_path", escaped(text)),
        },
        Ok(_) => Reading::word("root_path", escaped(text)),
        Err(_) => Reading::Raw("it is no root-path that iPXE or the Linux kernel knows".into()),
    }
}

/// A text without placeholders.
pub fn escaped(text: &str) -> String {
    if !text.contains(['{', '}']) {
        return text.to_owned();
    }
    text.replace('{', "{{").replace('}', "}}")
}

/// An option of `options`.
fn typed(name: &str, values: &[Vec<Word>], definitions: &mut Definitions<'_, '_>) -> Reading {
    if let Some(option) = known_option(name) {
        return match value(option.is, values) {
            Ok(value) => Reading::within("options", option.name, value),
            Err(why) => why,
        };
    }
    if name == "iscsi-initiator-iqn"
        && let Some(text) = single_text(values).filter(|text| Iqn::parse(text).is_ok())
        && let Some(definition) = definitions.get(DHCP, name).filter(|definition| definition.code == 203)
    {
        definition.in_words = true;
        return Reading::within(disk::SECTION, "initiator", text);
    }
    let Some(definition) = definitions.get(DHCP, name) else {
        if option_name(name).is_some() {
            return Reading::Raw("no key sets this option".into());
        }
        // Singular and plural.
        let like = option_name(&format!("{name}s"));
        let hint = match like.or_else(|| option_name(name.strip_suffix('s')?)) {
            Some(like) => format!("; it knows `{like}`"),
            None => String::new(),
        };
        return Reading::Lost(format!("dhcpd knows no option `{name}`{hint}"));
    };
    match own(name, values, definition) {
        Ok(reading) => {
            definition.in_words = true;
            reading
        }
        Err(why) => {
            definition.in_raw = true;
            Reading::Raw(why)
        }
    }
}

/// An option that the file defines.
fn own(name: &str, values: &[Vec<Word>], definition: &Definition<'_, '_>) -> Result<Reading, String> {
    let is = match definition.is {
        Type::Plain(is) => is,
        Type::String if single_text(values).is_some() => OptionType::Text,
        Type::String => OptionType::Hex,
        Type::Encapsulate(_) | Type::Other => return Err("no key has a value of this type".into()),
    };
    let known = DHCPD_OPTIONS.iter().find(|option| u32::from(option.code) == definition.code);
    if let Some(known) = known {
        // The same bytes under dhcpd's own name.
        let same = known.is == is || matches!((known.is, is), (OptionType::Ips, OptionType::Ip));
        if !same {
            return Err(format!("option {} is dhcpd's `{}`, of another type", known.code, known.name));
        }
        return value(known.is, values)
            .map(|value| Reading::within("options", known.name, value))
            .map_err(|_| "no key has such a value".into());
    }
    let code = own_option(name, &definition.code.to_string()).map_err(|invalid| invalid.message)?;
    let (word, value) = own_value(is, values).ok_or("no key has such a value")?;
    let mut own = Mapping::default();
    own.set("code", Value::number(code));
    own.set(word, value);
    Ok(Reading::within("options", name.to_owned(), own))
}

/// The typed value of an option that the site defines, or of a part of option 43.
pub fn own_value(is: OptionType, values: &[Vec<Word>]) -> Option<(&'static str, Value)> {
    Some((type_word(is)?, value(is, values).ok()?))
}

/// The key of a typed value of this type.
pub const fn type_word(is: OptionType) -> Option<&'static str> {
    Some(match is {
        OptionType::Text => "text",
        OptionType::Hex => "hex",
        OptionType::Flag => "flag",
        OptionType::Ip | OptionType::Ips => "ip",
        OptionType::U8 => "u8",
        OptionType::U16 => "u16",
        OptionType::U32 => "u32",
        OptionType::I8 => "i8",
        OptionType::I16 => "i16",
        OptionType::I32 => "i32",
        _ => return None,
    })
}

/// The value of an option of a type.
fn value(is: OptionType, values: &[Vec<Word>]) -> Result<Value, Reading> {
    let wrong = || Reading::Raw("no key has such a value".to_owned());
    if matches!(is, OptionType::Ip | OptionType::Ips) {
        return addresses(values).map(Value::one_or_list);
    }
    let words: Vec<&Word> = values.iter().flatten().collect();
    let texts: Vec<String> = match is {
        OptionType::Text => {
            let texts = words.iter().map(|word| String::from_utf8(word.bytes.to_vec()).ok());
            texts.collect::<Option<_>>()
        }
        OptionType::Domain | OptionType::Domains => {
            words.iter().map(|word| word.text().map(str::to_owned)).collect::<Option<_>>()
        }
        OptionType::Flag => words.iter().map(|word| word.flag().map(|flag| flag.to_string())).collect(),
        OptionType::Hex => words.iter().map(|word| hex(word)).collect(),
        OptionType::IpPairs => {
            words.iter().map(|word| word.bare().and_then(address).map(|ip| Dotted(ip).text())).collect()
        }
        OptionType::I8 | OptionType::I16 | OptionType::I32 => words
            .iter()
            .map(|word| match word.bare()?.strip_prefix('-') {
                Some(_) => word.bare().map(str::to_owned),
                None => Some(word.number()?.to_string()),
            })
            .collect(),
        _ => words.iter().map(|word| word.number().map(|number| number.to_string())).collect(),
    }
    .ok_or_else(wrong)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let read = is.read(&texts).map_err(|_| wrong())?;
    Ok(written(read))
}

/// A value as site.yaml writes it.
fn written(value: OptionValue) -> Value {
    let bare = |text: String| match text.parse::<i64>() {
        Ok(_) => Value::Bare(text),
        Err(_) if matches!(text.as_str(), "true" | "false") => Value::Bare(text),
        Err(_) => Value::Text(text),
    };
    match value {
        OptionValue::Unset => Value::List(Vec::new()),
        OptionValue::Text(text) => Value::Text(escaped(&text)),
        OptionValue::Bare(words) => Value::one_or_list(words.into_iter().map(bare).collect()),
        OptionValue::Pairs(pairs) => Value::List(pairs.into_iter().flatten().map(Value::Text).collect()),
        OptionValue::Domains(domains) => Value::one_or_list(domains.into_iter().map(Value::Text).collect()),
        OptionValue::Hex(hex) => Value::Text(hex),
    }
}

/// Bytes as hex digits; dhcpd reads `a:b` as `0a:0b`.
pub fn hex(word: &Word) -> Option<String> {
    if word.quoted {
        let octets: Vec<String> = word.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        return (!octets.is_empty()).then(|| octets.join(":"));
    }
    let octets: Option<Vec<String>> = (word.bare()?.split(':'))
        .map(|octet| Some(format!("{:02x}", u8::from_str_radix(octet, 16).ok()?)))
        .collect();
    Some(octets?.join(":"))
}

/// An option of iPXE's space.
fn ipxe(name: &str, words: &[Word], definitions: &mut Definitions<'_, '_>) -> Reading {
    // iPXE goes by the code; the widely copied lists agree on the names.
    let space = definitions.ipxe_space();
    let code = definitions.get(&space, name).map(|definition| {
        definition.in_words = true;
        definition.code
    });
    let [word] = words else { return raw_ipxe(&space, name, definitions) };
    // A variable of the site, under the name that ipxegen gives its option.
    if let (Some(variable), Some(226..)) = (name.strip_prefix("var-"), code)
        && let Some(text) = word.text().filter(|_| word.quoted)
    {
        return Reading::within("vars", variable.to_owned(), escaped(text));
    }
    if let Some((private, _, is, _)) = PRIVATE_OPTIONS
        .iter()
        .find(|(private, number, ..)| code == Some(u32::from(*number)) && *private == name)
    {
        return match (*private, is) {
            ("boot-entry", _) => match word.text().map(entry_id) {
                Some(Ok(id)) => Reading::word("boot", id),
                _ => raw_ipxe(&space, name, definitions),
            },
            (san, _) if san.starts_with("san-") => match word.text() {
                Some(text) => Reading::within(disk::SECTION, san.to_owned(), text),
                None => raw_ipxe(&space, name, definitions),
            },
            ("autoboot", _) => Reading::word("autoboot", Value::flag(word.number() == Some(1))),
            _ => Reading::Default,
        };
    }
    let is_account = matches!(code, Some(190..=193));
    if let Some(option) =
        IPXE_OPTIONS.iter().find(|option| is_account && code == Some(u32::from(option.code)))
        && let Some(text) = word.text()
    {
        return Reading::within(disk::SECTION, option.dhcpd, text);
    }
    let known = IPXE_OPTIONS.iter().find(|option| code == Some(u32::from(option.code)) && option.settable);
    let value = known.and_then(|option| {
        let text = match option.is {
            IpxeType::Flag => return Some(Value::flag(word.number()? != 0)),
            IpxeType::Hex => hex(word)?,
            IpxeType::I8 if word.bare()?.starts_with('-') => word.bare()?.to_owned(),
            IpxeType::I8 | IpxeType::U8 | IpxeType::U32 => word.number()?.to_string(),
            IpxeType::Text | IpxeType::Secret => escaped(word.text()?),
        };
        let number = matches!(option.is, IpxeType::I8 | IpxeType::U8 | IpxeType::U32);
        option.read(&text).ok()?;
        Some(if number { Value::Bare(text) } else { Value::Text(text) })
    });
    match (known, value) {
        (Some(option), Some(value)) => Reading::within("ipxe", option.name, value),
        _ => raw_ipxe(&space, name, definitions),
    }
}

fn raw_ipxe(space: &str, name: &str, definitions: &mut Definitions<'_, '_>) -> Reading {
    if let Some(definition) = definitions.get(space, name) {
        definition.in_raw = true;
    }
    let secret = name.contains("password") || name.contains("username");
    Reading::Raw(if secret {
        "site.yaml holds no password: move it to a file, and use `chap` of the root-path or `password_file` of `ipxe`".into()
    } else {
        "no key sets this option of iPXE".into()
    })
}
