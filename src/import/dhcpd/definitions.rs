//! The options that a file defines: `option NAME code NUMBER = TYPE;` and option spaces.

use std::borrow::Cow;

use foldhash::{HashMap, HashSet};
use smallvec::SmallVec;

use super::statements::Statement;
use super::words::{Word, lower, plain};
use crate::model::{IPXE_OPTIONS, OptionType, PRIVATE_OPTIONS};

/// The type of a defined option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// One that `options` has.
    Plain(OptionType),
    /// Text or bytes.
    String,
    /// The options of another space.
    Encapsulate(String),
    /// Any other, such as a record.
    Other,
}

/// A definition.
#[derive(Clone, Debug)]
pub struct Definition<'a, 't> {
    /// Its code in its space.
    pub code: u32,
    /// Its type.
    pub is: Type,
    /// The statement.
    pub from: &'a Statement<'t>,
    /// Whether a key of the site has it.
    pub in_words: bool,
    /// Whether text in `raw` names it.
    pub in_raw: bool,
}

/// All definitions of a file, by space and name. `dhcp` is the space of names without a dot.
#[derive(Debug, Default)]
pub struct Definitions<'a, 't> {
    all: HashMap<String, HashMap<String, Definition<'a, 't>>>,
    spaces: HashMap<String, &'a Statement<'t>>,
    /// Earlier definitions of the same options, whose use is that of the last one.
    before: Vec<((String, String), &'a Statement<'t>)>,
    /// Earlier definitions of the same spaces.
    spaces_before: Vec<(String, &'a Statement<'t>)>,
    /// The code of the option of DHCP that encapsulates a space.
    encapsulated: HashMap<String, u32>,
    /// The space of option 175, which encapsulates iPXE's options.
    ipxe: Option<String>,
}

/// The space of options without a dot in their names.
pub const DHCP: &str = "dhcp";

/// The space and name of an option, from the first words after `option`, in small letters: dhcpd finds them in any case
/// (4.4.3 accepts tests/import/options-in-any-case).
pub fn name_of(words: &[Word]) -> Option<(String, String)> {
    let text = words.first()?.bare()?.to_ascii_lowercase();
    match text.split_once('.') {
        Some((space, name)) => Some((space.to_owned(), name.to_owned())),
        None => Some((DHCP.to_owned(), text)),
    }
}

impl<'a, 't> Definitions<'a, 't> {
    /// Takes a statement if it is a definition: `option space NAME` or `option NAME code NUMBER = TYPE`.
    pub fn take(&mut self, statement: &'a Statement<'t>) -> bool {
        match Defined::by(statement) {
            None => return false,
            Some(Defined::Space(space)) => {
                if let Some(before) = self.spaces.insert(space.clone(), statement) {
                    self.spaces_before.push((space, before));
                }
            }
            Some(Defined::Option { space, name, code, is }) => {
                if let (DHCP, Type::Encapsulate(inner)) = (space.as_str(), &is) {
                    if code == 175 {
                        self.ipxe = Some(inner.clone());
                    }
                    self.encapsulated.insert(inner.clone(), code);
                }
                let definition = Definition { code, is, from: statement, in_words: false, in_raw: false };
                if !self.all.contains_key(&space) {
                    self.all.insert(space.clone(), HashMap::default());
                }
                let Some(options) = self.all.get_mut(&space) else { return true };
                if let Some(known) = options.get_mut(&name) {
                    let before = std::mem::replace(known, definition);
                    self.before.push(((space, name), before.from));
                } else {
                    options.insert(name, definition);
                }
            }
        }
        true
    }

    /// The definition of an option.
    pub fn get(&mut self, space: &str, name: &str) -> Option<&mut Definition<'a, 't>> {
        self.all.get_mut(space)?.get_mut(name)
    }

    /// Whether the file declares a space.
    pub fn has_space(&self, space: &str) -> bool {
        self.spaces.contains_key(space)
    }

    /// Whether option 175 encapsulates this space.
    pub fn is_ipxe(&self, space: &str) -> bool {
        self.ipxe.as_deref() == Some(space)
    }

    /// Whether an option of DHCP with this code encapsulates a space.
    pub fn encapsulates(&self, code: u32, space: &str) -> bool {
        self.encapsulated.get(space) == Some(&code)
    }

    /// The name of iPXE's space.
    pub fn ipxe_space(&self) -> String {
        self.ipxe.clone().unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Marks all options that a text in `raw` names, with their spaces and the options that encapsulate these.
    pub fn use_in_raw(&mut self, text: &str) {
        if self.is_empty() {
            return;
        }
        let text = text.to_ascii_lowercase();
        let words: Vec<&str> = text
            .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
            .filter(|word| word.contains(|c: char| c.is_ascii_alphabetic()))
            .collect();
        for word in words {
            let (space, name) = word.split_once('.').unwrap_or((DHCP, word));
            if let Some(definition) = self.get(space, name) {
                definition.in_raw = true;
            }
        }
    }

    /// Marks all options that a statement in words asks about, such as the condition of a loader.
    pub fn use_in_words(&mut self, statement: &Statement<'_>) {
        for (at, _) in statement.tokens.iter().enumerate().filter(|(_, token)| token.text.ends_with("option"))
        {
            let text = |skipped: usize| statement.tokens.get(at + skipped).map(|token| lower(token.text));
            let Some(first) = text(1) else { continue };
            let found = match (text(2).as_deref(), text(3)) {
                (Some("."), Some(name)) => self.get(&first, &name),
                _ => self.get(DHCP, &first),
            };
            if let Some(definition) = found {
                definition.in_words = true;
            }
        }
    }

    /// All statements of definitions with whether `raw` needs each, and whether a key has it, in the order of the file.
    pub fn uses(&self) -> Vec<(&'a Statement<'t>, bool, bool)> {
        // A space is needed if one of its options is, and so is the option that encapsulates it.
        let spaces = |is: fn(&Definition<'_, '_>) -> bool| -> HashSet<&str> {
            let found = self.all.iter().filter(|(space, options)| *space != DHCP && options.values().any(is));
            found.map(|(space, _)| space.as_str()).collect()
        };
        let (needed, said) = (spaces(|option| option.in_raw), spaces(|option| option.in_words));
        let of_space = |space: &str| needed.contains(space);
        let used = |space: &str| said.contains(space);
        let before = self
            .before
            .iter()
            .filter_map(|((space, name), from)| Some((space, name, self.all.get(space)?.get(name)?, *from)));
        let all = self.all.iter().flat_map(|(space, options)| {
            options.iter().map(move |(name, option)| (space, name, option, option.from))
        });
        let mut uses: Vec<_> = all
            .chain(before)
            .map(|(space, name, option, from)| {
                let ours = self.is_ours(space, name, option);
                let raw = match &option.is {
                    Type::Encapsulate(inner) => of_space(inner) || option.in_raw,
                    _ => option.in_raw,
                };
                let words = option.in_words
                    || matches!(&option.is, Type::Encapsulate(inner) if used(inner) || self.is_ipxe(inner))
                    || (self.is_ipxe(space) || name == "iscsi-initiator-iqn") && ours;
                (from, raw && !ours, words)
            })
            .collect();
        let before = self.spaces_before.iter().map(|(space, from)| (space, from));
        for (space, from) in self.spaces.iter().chain(before) {
            let ours = self.is_ipxe(space) && space == "ipxe" || space == "ipxegen";
            uses.push((from, of_space(space) && !ours, used(space) || self.is_ipxe(space) && ours));
        }
        uses.sort_by_key(|(statement, ..)| statement.number);
        uses
    }

    /// Whether ipxegen defines an option under the same name, so that text in `raw` can use it.
    fn is_ours(&self, space: &str, name: &str, option: &Definition<'_, '_>) -> bool {
        let code = |(own, number): (&str, u32)| own == name && number == option.code;
        match space {
            "ipxe" => {
                let known = IPXE_OPTIONS.iter().map(|own| (own.dhcpd, u32::from(own.code)));
                let private = PRIVATE_OPTIONS.iter().map(|(own, number, ..)| (*own, u32::from(*number)));
                self.is_ipxe(space) && known.chain(private).any(code)
            }
            "ipxegen" => true,
            DHCP if matches!(&option.is, Type::Encapsulate(inner) if self.is_ipxe(inner)) => true,
            DHCP => {
                [("ipxe-encap-opts", 175), ("iscsi-initiator-iqn", 203), ("arch", 93)].into_iter().any(code)
            }
            _ => false,
        }
    }
}

/// What a statement defines. Names are in small letters, because dhcpd finds them in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defined {
    /// `option space NAME`.
    Space(String),
    /// `option NAME code NUMBER = TYPE`.
    Option {
        /// Its space; [`DHCP`] for a name without a dot.
        space: String,
        /// Its name in its space.
        name: String,
        /// Its code.
        code: u32,
        /// Its type.
        is: Type,
    },
}

impl Defined {
    /// The definition that a statement makes, if it makes one.
    #[must_use]
    pub fn by(statement: &Statement<'_>) -> Option<Self> {
        let is = |at: usize, word: &str| {
            statement.tokens.get(at).is_some_and(|token| token.text.eq_ignore_ascii_case(word))
        };
        if !is(0, "option") || !(is(1, "space") || is(2, "code") || is(4, "code")) {
            return None;
        }
        let rest = statement.tokens.get(1..)?;
        // `space.name` is three tokens, between which dhcpd allows blanks.
        let texts: SmallVec<[Cow<'_, str>; 6]> = rest.iter().take(6).map(|token| lower(token.text)).collect();
        let texts: SmallVec<[&str; 6]> = texts.iter().map(|text| &**text).collect();
        let (space, name, code, type_at) = match texts.as_slice() {
            ["space", name, ..] => return Some(Self::Space((*name).to_owned())),
            [space, ".", name, "code", code, "=", ..] => (*space, *name, *code, 6),
            [name, "code", code, "=", ..] => (DHCP, *name, *code, 4),
            _ => return None,
        };
        // `parse_option_code_definition` in common/parse.c reads the code with `atoi`, so that `010` is ten.
        let code = code.parse().ok()?;
        let is = type_of(&plain(rest.get(type_at..).unwrap_or_default()));
        Some(Self::Option { space: space.to_owned(), name: name.to_owned(), code, is })
    }
}

/// A type, from the words after `=`.
fn type_of(words: &[Word]) -> Type {
    let texts: SmallVec<[Cow<'_, str>; 6]> =
        words.iter().map(|word| lower(word.bare().unwrap_or_default())).collect();
    let texts: SmallVec<[&str; 6]> = texts.iter().map(|text| &**text).collect();
    let (array, rest) = match texts.as_slice() {
        ["array", "of", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let signed = rest.first() == Some(&"signed");
    let number = match rest {
        ["unsigned" | "signed", "integer", width] | ["integer", width] => Some(*width),
        _ => None,
    };
    let is = match (rest, number) {
        (["boolean"], _) => OptionType::Flag,
        (["ip-address"], _) if array => OptionType::Ips,
        (["ip-address"], _) => OptionType::Ip,
        (["text"], _) => OptionType::Text,
        (["string"], _) if !array => return Type::String,
        (["encapsulate", _], _) => {
            let space = words.get(1).and_then(Word::text).unwrap_or_default();
            return Type::Encapsulate(space.to_ascii_lowercase());
        }
        (["domain-name"], _) => OptionType::Domain,
        (["domain-list", ..], _) => OptionType::Domains,
        (_, Some("16")) if array && !signed => OptionType::U16s,
        // An integer without `unsigned` is signed (`parse_option_code_definition` in common/parse.c).
        (["unsigned", ..], Some("8")) => OptionType::U8,
        (["unsigned", ..], Some("16")) => OptionType::U16,
        (["unsigned", ..], Some("32")) => OptionType::U32,
        (_, Some("8")) => OptionType::I8,
        (_, Some("16")) => OptionType::I16,
        (_, Some("32")) => OptionType::I32,
        _ => return Type::Other,
    };
    let single = !matches!(is, OptionType::Ips | OptionType::U16s | OptionType::Domains);
    if array && single { Type::Other } else { Type::Plain(is) }
}
