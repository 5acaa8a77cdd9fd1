//! Statements that choose boot files, and the conditions around them.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::super::expression::{
    Expression, Found, Kind, OptionNames, Parser, Variables, expression, own_mark,
};
use super::super::statements::Statement;
use super::super::words::lower;
use super::askers::{ASKERS, Who};
use crate::dialects::dhcpd::lexer::{Token, TokenKind};
use crate::model::ClientKind;

/// The setting that a statement makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The boot file: `filename`.
    File,
    /// Option 67, which a client takes for the boot file.
    OptionFile,
    /// The address of the TFTP server: `next-server`.
    NextServer,
    /// `server-name`.
    ServerName,
    /// Option 60 of the answer.
    VendorClass,
    /// What the firmware of a Raspberry Pi looks for beside the file, and ipxegen sends with its loader.
    Board,
}

/// The value that a statement sets.
#[derive(Clone, Debug)]
pub enum Source {
    /// A text or an address as written.
    Text(String),
    /// An expression, behind `=`.
    Expression(Expression),
}

/// A condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// That of an `else`.
    Always,
    /// An expression.
    If(Expression),
    /// One that the import cannot read; why.
    Unread(String),
}

/// A branch of an `if`.
#[derive(Debug)]
pub struct Branch<'a, 't> {
    /// `if …`, `elsif …` or `else`.
    pub statement: &'a Statement<'t>,
    /// When it is taken.
    pub condition: Condition,
    /// Its effect.
    pub actions: Vec<Action<'a, 't>>,
    /// Whether the condition tells few kinds of PXE firmware from the others; computed when it is needed.
    pub explicit: OnceCell<bool>,
}

/// A part of a `switch`.
#[derive(Debug)]
pub enum Step<'a, 't> {
    /// `case VALUE:`
    Case(Expression),
    /// `default:`
    Default,
    /// `break;`
    Break,
    /// A statement.
    Act(Action<'a, 't>),
}

/// Whether a file names a variable where it does not set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It does: some condition may ask for the variable.
    Somewhere,
    /// Nothing asks for it.
    Nowhere,
}

/// The effect of a statement.
#[derive(Debug)]
pub enum Action<'a, 't> {
    /// Sets a field.
    Set(Field, Source, &'a Statement<'t>),
    /// Sets a variable.
    Variable(String, Expression, Use, &'a Statement<'t>),
    /// One of several blocks.
    Branches(Vec<Branch<'a, 't>>),
    /// A `switch`.
    Switch(Expression, Vec<Step<'a, 't>>, &'a Statement<'t>),
    /// Something else than choosing a boot file.
    Other(&'a Statement<'t>),
    /// It cannot be read; why.
    Unread(String, &'a Statement<'t>),
}

/// Whether a statement of a scope is one that [`actions`] understands: it chooses boot files, or is conditional.
#[must_use]
pub fn is_switch(statement: &Statement<'_>) -> bool {
    let Some(first) = statement.tokens.first() else { return false };
    let is_definition = || statement.tokens.get(4).is_some_and(|token| token.text == "code");
    match &*lower(first.text) {
        "if" | "elsif" | "elseif" | "else" | "switch" | "set" | "filename" | "next-server"
        | "server-name" => true,
        "option" => {
            statement.begins(&["option", "bootfile-name"])
                || statement.begins(&["option", "ipxegen", ".", "boots"]) && !is_definition()
        }
        _ => false,
    }
}

/// Reads the statements of a block. Those outside of conditions that [`is_switch`] does not name are skipped.
#[must_use]
pub fn actions<'a, 't>(
    statements: &'a [Statement<'t>],
    definitions: &OptionNames,
    outermost: bool,
) -> Vec<Action<'a, 't>> {
    let mut all: Vec<Action<'a, 't>> = Vec::new();
    for statement in statements {
        if outermost && !is_switch(statement) {
            continue;
        }
        let follows = ["elsif", "elseif", "else"].iter().any(|head| statement.begins(&[head]));
        if !follows {
            all.push(action(statement, statement.tokens, definitions));
            continue;
        }
        let branch = branch(statement, definitions);
        match all.last_mut() {
            Some(Action::Branches(branches)) => branches.push(branch),
            _ => all.push(Action::Unread("it follows no `if`".into(), statement)),
        }
    }
    all
}

fn branch<'a, 't>(statement: &'a Statement<'t>, definitions: &OptionNames) -> Branch<'a, 't> {
    let skipped = 1 + usize::from(statement.begins(&["else", "if"]));
    let condition = match statement.tokens.get(skipped..).unwrap_or_default() {
        [] => Condition::Always,
        tokens => match expression(tokens, definitions, Kind::Boolean) {
            Ok(read) => Condition::If(read),
            Err(why) => Condition::Unread(why),
        },
    };
    let block = statement.block.as_deref().unwrap_or_default();
    let mut actions = actions(block, definitions, false);
    let is_board = |action: &Action<'_, '_>| matches!(action, Action::Other(statement) | Action::Set(Field::VendorClass, _, statement) if is_of_board(statement));
    if actions.iter().any(is_board) && is_for_boards(&condition) {
        for action in &mut actions {
            if is_board(action)
                && let Action::Other(statement) | Action::Set(_, _, statement) = action
            {
                *action = Action::Set(Field::Board, Source::Text(String::new()), statement);
            }
        }
    }
    Branch { statement, condition, actions, explicit: OnceCell::new() }
}

/// Option 43 with which the firmware of a Raspberry Pi goes on: the PXE menu "Raspberry Pi Boot"
/// (`templates/dhcpd/is_rpi.tera` has the sources).
const BOARD_MENU: &str = "06:01:03:0a:04:00:50:58:45:09:17:00:00:14:52:61:73:70:62:65:72:72:79:20:50:69:20:42:6f:6f:74:20:20:20:ff";

/// Whether a statement sets what only the firmware of a Raspberry Pi looks for as ipxegen does, or unsets it.
fn is_of_board(statement: &Statement<'_>) -> bool {
    let value: String = statement.tokens.iter().skip(2).map(|token| token.text).collect();
    let value = value.to_ascii_lowercase();
    let is_unset = is_replaced(statement.tokens.get(2..).unwrap_or_default());
    let sends = |wanted: &[&str]| is_unset || wanted.contains(&value.as_str());
    statement.begins(&["option", "vendor-class-identifier"]) && sends(&["\"pxeclient\"", "=\"\""])
        || statement.begins(&["option", "vendor-encapsulated-options"]) && sends(&[BOARD_MENU, "=\"\""])
        || statement.begins(&["option", "tftp-server-name"])
            && sends(&["=binary-to-ascii(10,8,\".\",config-optionserver.next-server)", "=\"\""])
}

/// Whether a condition holds for Raspberry Pis alone.
fn is_for_boards(condition: &Condition) -> bool {
    let Condition::If(condition) = condition else { return false };
    let mut any = false;
    ASKERS.iter().all(|asker| {
        let holds = condition.holds(&asker.sent(), &Variables::default());
        any |= holds == Found::Is(true);
        match holds {
            Found::Is(true) => asker.who == Who::Firmware(ClientKind::Rpi),
            Found::Is(false) | Found::Null => true,
            Found::Depends(_) => false,
        }
    }) && any
}

/// Reads a statement, of which these are the tokens.
fn action<'a, 't>(
    statement: &'a Statement<'t>,
    tokens: &[Token<'t>],
    definitions: &OptionNames,
) -> Action<'a, 't> {
    let words = [0, 1, 2].map(|at| tokens.get(at).map_or(Cow::Borrowed(""), |token| lower(token.text)));
    let words = words.each_ref().map(|word| &**word);
    let (field, value) = match words.as_slice() {
        ["if", ..] => return Action::Branches(vec![branch(statement, definitions)]),
        ["switch", ..] => return switch(statement, tokens, definitions),
        ["set", name, "="] => {
            let name = tokens.get(1).map_or(*name, |token| token.text);
            return match expression(tokens.get(3..).unwrap_or_default(), definitions, Kind::Any) {
                Ok(value) => {
                    let used = if definitions.asks(name) { Use::Somewhere } else { Use::Nowhere };
                    Action::Variable(name.to_owned(), value, used, statement)
                }
                Err(why) => Action::Unread(why, statement),
            };
        }
        ["option", "ipxegen", "."] => return mark(statement, tokens),
        ["filename", ..] => (Field::File, 1),
        ["next-server", ..] => (Field::NextServer, 1),
        ["server-name", ..] => (Field::ServerName, 1),
        ["option" | "supersede", "bootfile-name", ..] => (Field::OptionFile, 2),
        // Those of UEFI's HTTP boot, which ipxegen sends as well. Other options depend on the kind of client only here.
        ["option" | "supersede", "vendor-class-identifier", ..] if is_of_http_boot(tokens) => {
            (Field::VendorClass, 2)
        }
        _ => return Action::Other(statement),
    };
    match source(tokens.get(value..).unwrap_or_default(), definitions) {
        Ok(source) => Action::Set(field, source, statement),
        Err(why) => Action::Unread(why, statement),
    }
}

/// A mark of ipxegen's own, `option ipxegen.NAME NUMBER`, as a variable.
fn mark<'a, 't>(statement: &'a Statement<'t>, tokens: &[Token<'t>]) -> Action<'a, 't> {
    let name = tokens.get(3).map_or("", |token| token.text);
    let number = tokens.get(4).filter(|_| tokens.len() == 5).and_then(|token| token.text.parse::<u8>().ok());
    match number {
        Some(number) => {
            let name = own_mark(&format!("ipxegen.{name}"));
            Action::Variable(name, Expression::Data(vec![number]), Use::Somewhere, statement)
        }
        None => Action::Other(statement),
    }
}

/// Whether a statement about option 60 sets `HTTPClient`, or unsets the option.
fn is_of_http_boot(tokens: &[Token<'_>]) -> bool {
    match tokens.get(2..).unwrap_or_default() {
        [value] => value.decoded() == b"HTTPClient",
        [equals, value] => equals.text == "=" && value.text == "\"\"",
        value => is_replaced(value),
    }
}

/// Whether a value is that which an option has without a boot file, as ipxegen writes it: `= config-option
/// ipxegen.replaced-CODE`.
#[must_use]
pub fn is_replaced(value: &[Token<'_>]) -> bool {
    let [equals, config_option, space, dot, name] = value else { return false };
    [equals, config_option, space, dot].map(|token| token.text) == ["=", "config-option", "ipxegen", "."]
        && name.text.starts_with("replaced-")
}

fn source(tokens: &[Token<'_>], definitions: &OptionNames) -> Result<Source, String> {
    match tokens {
        // The subnet has it again, which `vendor_options` says.
        replaced if is_replaced(replaced) => Ok(Source::Expression(Expression::Data(Vec::new()))),
        [] => Err("it has no value".into()),
        [equals, rest @ ..] if equals.text == "=" => {
            expression(rest, definitions, Kind::Data).map(Source::Expression)
        }
        [text] if text.kind == TokenKind::Text => match String::from_utf8(text.decoded()) {
            Ok(text) => Ok(Source::Text(text)),
            Err(_) => Err("its value is not UTF-8".into()),
        },
        // A name, an address.
        tokens => {
            let text: String = tokens.iter().map(|token| token.text).collect();
            if text.contains(['"', ',']) {
                Err("it has several values".into())
            } else {
                Ok(Source::Text(text))
            }
        }
    }
}

/// Reads `switch (EXPRESSION) { … }`. A `case` and the statement behind it are one statement for the lexer.
fn switch<'a, 't>(
    statement: &'a Statement<'t>,
    tokens: &[Token<'t>],
    definitions: &OptionNames,
) -> Action<'a, 't> {
    let subject = expression(tokens.get(1..).unwrap_or_default(), definitions, Kind::Data);
    let subject = match subject {
        Ok(subject) => subject,
        Err(why) => return Action::Unread(why, statement),
    };
    let mut steps = Vec::new();
    for inner in statement.block.iter().flatten() {
        let mut tokens = inner.tokens;
        while let Some(first) = tokens.first() {
            let rest = tokens.get(1..).unwrap_or_default();
            if first.text.eq_ignore_ascii_case("case") {
                let mut parser = Parser::new(rest, definitions);
                match parser.expression(subject.kind()) {
                    Ok(value) => steps.push(Step::Case(value)),
                    Err(why) => return Action::Unread(why, statement),
                }
                tokens = rest.get(parser.read() + 1..).unwrap_or_default();
            } else if first.text.eq_ignore_ascii_case("default") {
                steps.push(Step::Default);
                tokens = rest.get(1..).unwrap_or_default();
            } else if first.text.eq_ignore_ascii_case("break") {
                steps.push(Step::Break);
                break;
            } else if inner.block.is_some() && tokens.len() < inner.tokens.len() {
                return Action::Unread("a `case` begins with a block".into(), statement);
            } else {
                steps.push(Step::Act(action(inner, tokens, definitions)));
                break;
            }
        }
    }
    Action::Switch(subject, steps, statement)
}

impl<'a, 't> Action<'a, 't> {
    /// Whether some part of it sets a field or a variable.
    #[must_use]
    pub fn chooses(&self) -> bool {
        match self {
            Self::Set(..) | Self::Variable(..) => true,
            Self::Branches(branches) => {
                branches.iter().any(|branch| branch.actions.iter().any(Self::chooses))
            }
            Self::Switch(_, steps, _) => {
                steps.iter().any(|step| matches!(step, Step::Act(action) if action.chooses()))
            }
            Self::Other(_) | Self::Unread(..) => false,
        }
    }

    /// Whether some part of it does something else.
    #[must_use]
    pub fn does_more(&self) -> bool {
        match self {
            Self::Set(..) | Self::Variable(..) => false,
            Self::Branches(branches) => {
                branches.iter().any(|branch| branch.actions.iter().any(Self::does_more))
            }
            Self::Switch(_, steps, _) => {
                steps.iter().any(|step| matches!(step, Step::Act(action) if action.does_more()))
            }
            Self::Other(_) | Self::Unread(..) => true,
        }
    }

    /// Its statements, outermost first: those of all branches.
    #[must_use]
    pub fn statements(&self) -> Vec<&'a Statement<'t>> {
        match self {
            Self::Branches(branches) => branches.iter().map(|branch| branch.statement).collect(),
            Self::Set(_, _, statement)
            | Self::Variable(.., statement)
            | Self::Switch(_, _, statement)
            | Self::Other(statement)
            | Self::Unread(_, statement) => vec![statement],
        }
    }

    /// The reason why it cannot be read.
    #[must_use]
    pub fn unread(&self) -> Option<&str> {
        match self {
            Self::Unread(why, _) => Some(why),
            Self::Branches(branches) => branches.iter().find_map(|branch| match &branch.condition {
                Condition::Unread(why) => Some(why.as_str()),
                _ => branch.actions.iter().find_map(Self::unread),
            }),
            Self::Switch(_, steps, _) => steps.iter().find_map(|step| match step {
                Step::Act(action) => action.unread(),
                _ => None,
            }),
            Self::Set(..) | Self::Variable(..) | Self::Other(_) => None,
        }
    }
}
