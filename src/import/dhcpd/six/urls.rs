//! The statements that choose a boot file, `option dhcp6.bootfile-url`, evaluated for every kind of client.

use std::rc::Rc;

use super::super::super::six::{Asker6, Sends, askers};
use super::super::expression::{Expression, Found, Kind, OptionNames, Sent, Variables, expression};
use super::super::statements::Statement;

/// The option of the URL, and that of `HTTPClient`.
const URL: u32 = 59;
const VENDOR_CLASS: u32 = 16;

/// The code of the option of DHCPv6 that a statement sets.
pub(super) fn code(statement: &Statement<'_>, names: &OptionNames) -> Option<u32> {
    let is_set = ["option", "supersede"].iter().any(|head| statement.begins(&[head, "dhcp6", "."]));
    let name = statement.tokens.get(3).filter(|_| is_set)?;
    Some(names.option("dhcp6", name.text)?.code)
}

/// Whether a statement, or one in its block, chooses boot files.
pub(super) fn chooses(statement: &Statement<'_>, names: &OptionNames) -> bool {
    matches!(code(statement, names), Some(URL | VENDOR_CLASS))
        || statement.block.iter().flatten().any(|inner| chooses(inner, names))
}

/// What a statement does.
enum Step {
    Url(Value),
    /// Whether the answer says `HTTPClient`.
    Class(bool),
    /// The first of them whose condition holds.
    Branches(Vec<(Option<Expression>, Vec<Step>)>),
    /// It is not understood; why.
    Other(Rc<str>),
}

enum Value {
    Text(Rc<str>),
    Expression(Expression),
}

/// What each client gets.
pub(super) fn sends(statements: &[&Statement<'_>], names: &OptionNames) -> Vec<Sends> {
    let steps = steps(statements.iter().copied(), names);
    askers().iter().map(|asker| result(&steps, asker)).collect()
}

fn steps<'s, 't: 's>(statements: impl Iterator<Item = &'s Statement<'t>>, names: &OptionNames) -> Vec<Step> {
    let mut all = Vec::new();
    for statement in statements {
        let follows = ["elsif", "elseif", "else"].iter().any(|head| statement.begins(&[head]));
        if !follows && !statement.begins(&["if"]) {
            all.push(step(statement, names));
            continue;
        }
        let skipped = 1 + usize::from(statement.begins(&["else", "if"]));
        let condition = match statement.tokens.get(skipped..).unwrap_or_default() {
            [] => Ok(None),
            tokens => expression(tokens, names, Kind::Boolean).map(Some),
        };
        let condition = match condition {
            Ok(condition) => condition,
            Err(why) => {
                all.push(Step::Other(why.into()));
                continue;
            }
        };
        let branch = (condition, steps(statement.block.iter().flatten(), names));
        match all.last_mut() {
            Some(Step::Branches(branches)) if follows => branches.push(branch),
            _ if follows => all.push(Step::Other("it follows no `if`".into())),
            _ => all.push(Step::Branches(vec![branch])),
        }
    }
    all
}

fn step(statement: &Statement<'_>, names: &OptionNames) -> Step {
    let other = || Step::Other("it says more than a boot file".into());
    let values = statement.tokens.get(4..).unwrap_or_default();
    match code(statement, names) {
        Some(URL) => match values {
            [equals, rest @ ..] if equals.text == "=" => match expression(rest, names, Kind::Data) {
                Ok(value) => Step::Url(Value::Expression(value)),
                Err(why) => Step::Other(why.into()),
            },
            [text] => match String::from_utf8(text.decoded()) {
                Ok(text) => Step::Url(Value::Text(text.into())),
                Err(_) => other(),
            },
            _ => other(),
        },
        Some(VENDOR_CLASS) => {
            let has = |text: &[u8]| text.windows(10).any(|part| part == b"HTTPClient");
            let hex: String = values.iter().map(|token| token.text).collect();
            let is_hex = hex.to_ascii_lowercase().contains("48:54:54:50:43:6c:69:65:6e:74");
            Step::Class(is_hex || values.iter().any(|token| has(&token.decoded())))
        }
        _ => other(),
    }
}

fn result(steps: &[Step], asker: &Asker6) -> Sends {
    let arch = asker.client.arch_bytes();
    let sent = Sent { client: &asker.client, arch: &arch, known: asker.known };
    let (mut url, mut is_http) = (None, false);
    match run(steps, &sent, &mut url, &mut is_http) {
        Ok(()) => Sends::Url(url, is_http),
        Err(why) => Sends::Depends(why),
    }
}

fn run(
    steps: &[Step],
    sent: &Sent<'_>,
    url: &mut Option<Rc<str>>,
    is_http: &mut bool,
) -> Result<(), Rc<str>> {
    let variables = Variables::default();
    for step in steps {
        match step {
            Step::Url(Value::Text(text)) => *url = Some(Rc::clone(text)),
            Step::Url(Value::Expression(value)) => match value.data(sent, &variables) {
                Found::Is(bytes) => *url = Some(String::from_utf8_lossy(&bytes).into()),
                Found::Null => {}
                Found::Depends(on) => return Err(format!("it depends on {on}").into()),
            },
            Step::Class(is) => *is_http = *is,
            Step::Other(why) => return Err(Rc::clone(why)),
            Step::Branches(branches) => {
                for (condition, inside) in branches {
                    let holds = condition.as_ref().map_or(Found::Is(true), |one| one.holds(sent, &variables));
                    match holds {
                        Found::Is(true) => {
                            run(inside, sent, url, is_http)?;
                            break;
                        }
                        Found::Is(false) | Found::Null => {}
                        Found::Depends(on) => return Err(format!("it depends on {on}").into()),
                    }
                }
            }
        }
    }
    Ok(())
}
