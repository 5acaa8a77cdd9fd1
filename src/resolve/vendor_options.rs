//! `vendor_options`: option 43, as sub-options or as a whole, and option 60 beside it.

use super::handout;
use super::resolver::Resolver;
use super::substitution::Substitution;
use crate::model::{
    DhcpOption, InvalidValue, OptionType, OptionValue, Spanned, VENDOR_CLASS, VENDOR_OPTIONS, number,
};
use crate::schema;
use crate::source::{Scalar, Span};

/// Reads option 43, and replaces an inherited one. Option 60 is an option of its own: an inherited one stays unless
/// `vendor_class` replaces it.
pub(super) fn vendor_options<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::VendorOptions<'a>,
    into: &mut Vec<DhcpOption>,
    fill: &Substitution<'_, 'a>,
) {
    let Some(bytes) = bytes(r, written, fill) else { return };
    let always = r.flag(&written.whole.always, false);
    let mut set = |name: &str, value| {
        into.retain(|known| known.name != name);
        into.push(DhcpOption { name: name.to_owned(), own: None, value, always });
    };
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let value = if bytes.is_empty() { OptionValue::Unset } else { OptionValue::Hex(hex.join(":")) };
    set(VENDOR_OPTIONS, Spanned::new(value, written.span));
    if let Some(word) = written.whole.vendor_class.given()
        && let Some(value) = value_of(r, OptionType::Text, &[*word], word.span, fill)
    {
        set(VENDOR_CLASS, Spanned::new(value, word.span));
    }
}

/// The bytes of option 43: its sub-options one behind the other, or its bytes as they are; none if it is unset.
fn bytes<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::VendorOptions<'a>,
    fill: &Substitution<'_, 'a>,
) -> Option<Vec<u8>> {
    if written.none {
        return Some(Vec::new());
    }
    let whole = [(&written.whole.text, OptionType::Text), (&written.whole.hex, OptionType::Hex)];
    let whole: Vec<_> =
        whole.into_iter().filter_map(|(field, is)| field.given().map(|word| (*word, is))).collect();
    let refuse = |r: &mut Resolver<'_, 'a>, message: &str, help: &str| {
        r.refuse(written.span, &InvalidValue::new(message).help(help));
        None
    };
    if whole.len() + usize::from(!written.sub_options.is_empty()) != 1 {
        if written.whole.text.is_wrong() || written.whole.hex.is_wrong() {
            return None;
        }
        let help = "give sub-options by code, such as `1: { ip: 10.0.0.5 }`, or one of `text` and `hex`";
        return refuse(r, "option 43 is sub-options, a text, or bytes in hex", help);
    }
    let bytes = match whole.first() {
        Some((word, is)) => value_of(r, *is, &[*word], word.span, fill)?.bytes(*is),
        None => {
            let mut bytes = Vec::new();
            for (code, option) in &written.sub_options {
                bytes.extend(sub_option(r, *code, option, written.span, fill)?);
            }
            bytes
        }
    };
    if bytes.len() > 255 {
        let help = "the codes and lengths of sub-options count, too";
        return refuse(r, "option 43 has room for 255 bytes", help);
    }
    Some(bytes)
}

/// A sub-option: its code, its length and its value.
fn sub_option<'a>(
    r: &mut Resolver<'_, 'a>,
    key: Scalar<'a>,
    option: &schema::TypedOption<'a>,
    place: Span,
    fill: &Substitution<'_, 'a>,
) -> Option<Vec<u8>> {
    let code = r.value(key, |text| number(text, 0, 254))?.value;
    if let Some(code) = option.code.given() {
        let refused = InvalidValue::new("a sub-option's code is its key");
        r.refuse(code.span, &refused.help("remove `code`"));
        return None;
    }
    if let Some(always) = option.always.given() {
        let refused = InvalidValue::new("option 43 is sent as a whole");
        r.refuse(always.span, &refused.help("write `always` beside the sub-options"));
        return None;
    }
    let (is, words) = handout::typed_value(r, place, key.text, option)?;
    let place = words.first().map_or(place, |word| word.span);
    let value = value_of(r, is, &words, place, fill)?.bytes(is);
    let mut bytes =
        vec![u8::try_from(code).unwrap_or_default(), u8::try_from(value.len()).unwrap_or(u8::MAX)];
    bytes.extend(value);
    Some(bytes)
}

/// A value of a type, with its placeholders filled in.
fn value_of<'a>(
    r: &mut Resolver<'_, 'a>,
    is: OptionType,
    words: &[Scalar<'a>],
    place: Span,
    fill: &Substitution<'_, 'a>,
) -> Option<OptionValue> {
    let mut texts = Vec::new();
    for word in words {
        texts.push(fill(r, *word)?);
    }
    let value = is.read(&texts);
    value.map_err(|refused| r.refuse(place, &refused)).ok()
}
