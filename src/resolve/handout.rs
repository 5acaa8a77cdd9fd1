//! The options that DHCP sends in a scope: DHCP's own, iPXE's, and verbatim text.

use std::net::Ipv4Addr;

use foldhash::HashSet;

use super::password::secret;
use super::raw_object::raw_object;
use super::resolver::Resolver;
use super::substitution::Substitution;
use crate::dialects::Dialect;
use crate::model::{
    DhcpOption, Handout, IPXE_OPTIONS, InvalidValue, IpxeValue, OptionType, OptionValue, Raw, Spanned,
    Validated, dhcpd_option, domain, ipv4, option_names, own_option,
};
use crate::outputs::{Output, RawScope, raw_outputs};
use crate::report::catalogue::{MALFORMED, MISSING_KEY, RAW_UNBALANCED};
use crate::report::{Finding, distance};
use crate::schema::{self, Dict, Field, IpxeOptions, OptionValue as Written, RawValue};
use crate::source::{Scalar, Span};

/// Reads verbatim text. The output must allow it in this scope, and the text must not end the scope.
pub(super) fn raw<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &Field<Dict<'a, RawValue<'a>>>,
    scope: RawScope,
) -> Vec<Raw> {
    written.given().map_or_else(Vec::new, |dict| raw_texts(r, dict, scope))
}

/// As [`raw`], for a key that is written.
pub(super) fn raw_texts<'a>(
    r: &mut Resolver<'_, 'a>,
    dict: &Dict<'a, RawValue<'a>>,
    scope: RawScope,
) -> Vec<Raw> {
    let mut texts = Vec::new();
    for (key, value) in &dict.entries {
        let Some(output) = raw_outputs(scope).find(|output| output.name() == key.text) else {
            let known: Vec<_> = raw_outputs(scope).map(Output::name).collect();
            r.unknown("output", *key, &known);
            continue;
        };
        let dialect = output.dialect();
        let word = match (value, dialect) {
            (RawValue::Map(node), Dialect::Json) => {
                texts.extend(raw_object(r, output, scope, *key, node));
                continue;
            }
            (RawValue::Text(word), dialect) if dialect != Dialect::Json => word,
            (RawValue::Map(_), _) => {
                wrong_type(r, key.span, output, "text", "a mapping");
                continue;
            }
            (RawValue::Text(word), _) => {
                wrong_type(r, word.span, output, "a mapping", "text");
                continue;
            }
        };
        // A finding shows the text, so its secrets are masked before it is checked.
        let secrets = dialect.secrets(word.text);
        for secret in &secrets {
            r.sources.mask(secret);
        }
        match dialect.balanced(word.text) {
            Ok(()) => {
                let text = Spanned::new(word.text.to_owned(), word.span);
                texts.push(Raw {
                    output: output.name(),
                    text,
                    secret: !secrets.is_empty(),
                    keys: Vec::new(),
                });
            }
            Err(refused) => {
                let length = (word.span.end - word.span.start) as usize;
                let quotes = length.checked_sub(word.text.len());
                let quotes = quotes.filter(|quotes| [0, 2].contains(quotes) && !word.text.contains('\n'));
                let span = refused.at.map_or(word.span, |at| match quotes {
                    Some(quotes) => word.span.part(at + quotes / 2, at + quotes / 2 + 1),
                    None => {
                        let before = word.text.get(..at).unwrap_or_default();
                        r.sources.line_of(*word, before.matches('\n').count())
                    }
                });
                let finding = Finding::new(
                    &RAW_UNBALANCED,
                    span,
                    format!("this text would leave its scope: {}", refused.message),
                );
                r.report.push(finding.help(
                    "verbatim text must be complete in itself: whole statements, quotes and braces closed",
                ));
            }
        }
    }
    texts
}

/// Reports text where an output takes a mapping, or the other way round.
fn wrong_type(r: &mut Resolver<'_, '_>, span: Span, output: &dyn Output, expected: &str, found: &str) {
    let name = output.name();
    let finding = Finding::new(&MALFORMED, span, format!("`{name}` takes {expected}, not {found}"));
    r.report.push(finding.help(match expected {
        "text" => format!("write its statements as text: `raw: {{ {name}: \"…\" }}`"),
        _ => format!(
            "its file is JSON: write its parameters as keys, `raw: {{ {name}: {{ PARAMETER: VALUE }} }}`"
        ),
    }));
}

/// Reads a list of addresses; `[]` and `none` unset the option.
pub(super) fn addresses<'a>(
    r: &mut Resolver<'_, 'a>,
    field: &Field<Vec<Scalar<'a>>>,
) -> Option<Vec<Spanned<Ipv4Addr>>> {
    field.given().map(|words| address_list(r, words))
}

pub(super) fn address_list<'a>(r: &mut Resolver<'_, 'a>, words: &[Scalar<'a>]) -> Vec<Spanned<Ipv4Addr>> {
    r.many(words, ipv4)
}

/// Reads `boot`: the preselected boot entry; an empty text for `none`.
pub(super) fn boot(word: Scalar<'_>) -> Spanned<String> {
    let id = if word.text == "none" { "" } else { word.text };
    Spanned::new(id.to_owned(), word.span)
}

/// Domains of a list.
pub(super) fn domains<'a>(r: &mut Resolver<'_, 'a>, words: &[Scalar<'a>]) -> Vec<Spanned<String>> {
    r.many(words, |text| domain(text).map(str::to_owned))
}

/// Reads options, and replaces inherited ones of the same names.
pub(super) fn options<'a>(
    r: &mut Resolver<'_, 'a>,
    dict: &Dict<'a, Written<'a>>,
    into: &mut Vec<DhcpOption>,
    fill: &Substitution<'_, 'a>,
) {
    let mut own: Vec<DhcpOption> = Vec::new();
    for (name, value) in &dict.entries {
        own.extend(option(r, *name, value, fill));
    }
    let names: HashSet<&str> = own.iter().map(|option| option.name.as_str()).collect();
    into.retain(|known| !names.contains(known.name.as_str()));
    into.append(&mut own);
}

fn option<'a>(
    r: &mut Resolver<'_, 'a>,
    name: Scalar<'a>,
    value: &Written<'a>,
    fill: &Substitution<'_, 'a>,
) -> Option<DhcpOption> {
    match value {
        Written::Known(words) => {
            let known = match dhcpd_option(name.text) {
                Ok(known) => known,
                Err(refused) => {
                    r.refuse(name.span, &with_nearest_option(name.text, refused));
                    return None;
                }
            };
            let mut texts = Vec::new();
            for word in words {
                texts.push(fill(r, *word)?);
            }
            let unset = matches!(texts.as_slice(), ["none"]) && known.is != OptionType::Text;
            let texts = if unset { &[][..] } else { &texts };
            let value = checked(r, name, words, known.is.read(texts))?;
            Some(DhcpOption { name: known.name.to_owned(), own: None, value, always: false })
        }
        Written::Typed(typed) if typed.code.is_written() => own_option_of(r, name, typed, fill),
        Written::Typed(typed) => {
            // Without a code it is an option that dhcpd knows, with more to say of it.
            let words = match typed.value.given() {
                Some(words) => words.clone(),
                None if typed.value.is_wrong() => return None,
                None if dhcpd_option(name.text).is_err() => {
                    let message = format!("the option `{}` has no `code`", name.text);
                    r.report.push(Finding::new(&MISSING_KEY, name.span, message));
                    return None;
                }
                None => typed_value(r, name.span, name.text, typed)?.1,
            };
            let option = option(r, name, &Written::Known(words), fill)?;
            Some(DhcpOption { always: r.flag(&typed.always, false), ..option })
        }
    }
}

/// An option that the site defines.
fn own_option_of<'a>(
    r: &mut Resolver<'_, 'a>,
    name: Scalar<'a>,
    own: &schema::TypedOption<'a>,
    fill: &Substitution<'_, 'a>,
) -> Option<DhcpOption> {
    let code = own.code.given()?;
    let code = match own_option(name.text, code.text) {
        Ok(code) => code,
        Err(refused) => {
            r.refuse(if refused.message.contains(name.text) { name.span } else { code.span }, &refused);
            return None;
        }
    };
    let (is, words) = typed_value(r, name.span, name.text, own)?;
    let mut texts = Vec::new();
    for word in &words {
        texts.push(fill(r, *word)?);
    }
    let value = checked(r, name, &words, is.read(&texts))?;
    let own_type = Some(Spanned::new((code, is), name.span));
    let always = r.flag(&own.always, false);
    Some(DhcpOption { name: name.text.to_owned(), own: own_type, value, always })
}

/// Adds a help: the option that was probably meant, or how to define one.
fn with_nearest_option(name: &str, refused: InvalidValue) -> InvalidValue {
    if refused.help.is_some() {
        return refused;
    }
    let folded = name.to_ascii_lowercase().replace('_', "-");
    let names = option_names();
    let (far, near) = names.iter().map(|known| (distance(&folded, known), *known)).min().unwrap_or_default();
    if far <= folded.len() / 4 {
        let instead = dhcpd_option(near).err().and_then(|other| other.help).unwrap_or_default();
        return refused.help(format!("did you mean `{near}`? {instead}").trim_end());
    }
    refused.help(format!(
        "dhcp-options(5) has the names; for an option of your own: `{name}: {{ code: 252, text: \"…\" }}`"
    ))
}

/// The value, or a finding at the word that it is about.
fn checked(
    r: &mut Resolver<'_, '_>,
    name: Scalar<'_>,
    words: &[Scalar<'_>],
    value: Validated<OptionValue>,
) -> Option<Spanned<OptionValue>> {
    // An empty list, which unsets the option, has no place.
    let span = match words {
        [] => name.span,
        [first, .., last] if first.span.start < last.span.end => first.span.to(last.span),
        [first, ..] => first.span,
    };
    value
        .map(|value| Spanned::new(value, span))
        .map_err(|refused| {
            let named = words.iter().find(|word| refused.message.contains(&format!("`{}`", word.text)));
            r.refuse(named.or(words.first()).map_or(name.span, |word| word.span), &refused);
        })
        .ok()
}

/// The type and value of an option; it must have exactly one.
pub(super) fn typed_value<'a>(
    r: &mut Resolver<'_, 'a>,
    place: Span,
    name: &str,
    own: &schema::TypedOption<'a>,
) -> Option<(OptionType, Vec<Scalar<'a>>)> {
    let single: [(OptionType, &Field<Scalar<'a>>); 9] = [
        (OptionType::Text, &own.text),
        (OptionType::Hex, &own.hex),
        (OptionType::Flag, &own.flag),
        (OptionType::U8, &own.u8),
        (OptionType::U16, &own.u16),
        (OptionType::U32, &own.u32),
        (OptionType::I8, &own.i8),
        (OptionType::I16, &own.i16),
        (OptionType::I32, &own.i32),
    ];
    let mut given: Vec<_> =
        single.iter().filter_map(|(is, field)| field.given().map(|word| (*is, vec![*word]))).collect();
    if let Some(words) = own.ip.given() {
        given.push((OptionType::Ips, words.clone()));
    }
    let wrong = own.ip.is_wrong() || single.iter().any(|(_, field)| field.is_wrong());
    if given.len() != 1 && !wrong {
        let message = format!("the option `{name}` has {} typed values", given.len());
        let help = "give one of `text`, `hex`, `flag`, `ip`, `u8`, `u16`, `u32`, `i8`, `i16`, `i32`";
        r.report.push(Finding::new(&MALFORMED, place, message).help(help));
    }
    if given.len() == 1 { given.pop() } else { None }
}

/// Reads iPXE's options, and replaces inherited ones of the same names.
pub(super) fn ipxe<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &IpxeOptions<'a>,
    handout: &mut Handout,
    fill: &Substitution<'_, 'a>,
) {
    let fields: [(&str, &Field<Scalar<'a>>); 16] = [
        ("priority", &written.priority),
        ("keep_san", &written.keep_san),
        ("skip_san_boot", &written.skip_san_boot),
        ("scriptlet", &written.scriptlet),
        ("syslogs", &written.syslogs),
        ("trust", &written.trust),
        ("cert", &written.cert),
        ("crosscert", &written.crosscert),
        ("no_pxedhcp", &written.no_pxedhcp),
        ("san_retries", &written.san_retries),
        ("san_filename", &written.san_filename),
        ("san_drive", &written.san_drive),
        ("username", &written.username),
        ("reverse_username", &written.reverse_username),
        ("uid", &written.uid),
        ("gid", &written.gid),
    ];
    // A password in the site itself has a finding already; then the account is not reported as incomplete, too.
    let account = written.username.given().is_some() || written.reverse_username.given().is_some();
    let broken = account && r.has_error_in(written.span);
    for (name, field) in fields {
        if let Some(word) = field.given().filter(|_| !(broken && name.ends_with("username"))) {
            ipxe_option(r, name, *word, handout, fill);
        }
    }
    for (dhcpd, file, env) in [
        ("password", &written.password_file, &written.password_env),
        ("reverse-password", &written.reverse_password_file, &written.reverse_password_env),
    ] {
        let Some((secret, span)) = secret(r, file, env, fill) else { continue };
        // No character is forbidden: iPXE expands nothing in an option, and dhcpd's quoting covers every byte.
        if secret.reveal().len() > 200 {
            r.refuse(span, &InvalidValue::new("this password is longer than 200 bytes"));
            continue;
        }
        set_ipxe(handout, dhcpd, Spanned::new(IpxeValue::Secret(secret), span));
    }
}

/// Reads one of iPXE's options by its name in site.yaml.
pub(super) fn ipxe_option<'a>(
    r: &mut Resolver<'_, 'a>,
    name: &str,
    word: Scalar<'a>,
    handout: &mut Handout,
    fill: &Substitution<'_, 'a>,
) {
    let Some(option) = IPXE_OPTIONS.iter().find(|option| option.settable && option.name == name) else {
        return;
    };
    let Some(text) = fill(r, word) else { return };
    match option.read(text) {
        Ok(value) => set_ipxe(handout, option.dhcpd, Spanned::new(value, word.span)),
        Err(refused) => r.refuse(word.span, &refused),
    }
}

/// Sets an option of iPXE's space, by dhcpd's name; in order of code, so that the output does not
/// depend on the order of keys.
pub(super) fn set_ipxe(handout: &mut Handout, dhcpd: &'static str, value: Spanned<IpxeValue>) {
    handout.ipxe.retain(|(known, _)| *known != dhcpd);
    handout.ipxe.push((dhcpd, value));
    let code = |name: &str| IPXE_OPTIONS.iter().position(|option| option.dhcpd == name);
    handout.ipxe.sort_by_key(|(name, _)| code(name));
}
