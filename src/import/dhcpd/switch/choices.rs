//! The answers to every client, while scopes are entered from the outside to the inside.

use std::rc::Rc;

use foldhash::HashSet;
use smallvec::SmallVec;

use super::super::expression::{Expression, Found, OptionNames, Variables};
use super::super::statements::Statement;
use super::actions::{Action, Branch, Condition, Field, actions};
use super::askers::{ASKERS, Asker};
use crate::import::origin::Origin;
use crate::model::Features;

/// A value that a statement has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The text, which the answers to many kinds of client share.
    pub text: Rc<str>,
    /// The statement.
    pub origin: Origin,
    /// Whether the conditions around the statement tell a few kinds of firmware from all others.
    pub explicit: bool,
}

/// The answer to a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// In the order of [`Field`].
    given: [Option<Rc<Given>>; 6],
    pub(super) variables: Rc<Variables>,
}

impl State {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<&Given> {
        self.given.get(field as usize)?.as_deref()
    }

    /// The boot file: `filename`, or option 67 in its place; `None` for none and for an empty name.
    #[must_use]
    pub fn file(&self) -> Option<&Given> {
        let file = self.field(Field::File).filter(|file| !file.text.is_empty());
        file.or_else(|| self.field(Field::OptionFile)).filter(|file| !file.text.is_empty())
    }

    /// `filename` as the file has it, which may be empty.
    #[must_use]
    pub fn written_file(&self) -> Option<&Given> {
        self.field(Field::File)
    }

    /// Whether it is made of the same parts as another one.
    pub(super) fn is(&self, other: &Self) -> bool {
        let place = |given: &Option<Rc<Given>>| given.as_ref().map(Rc::as_ptr);
        self.given.iter().map(place).eq(other.given.iter().map(place))
            && Rc::ptr_eq(&self.variables, &other.variables)
    }

    pub(super) fn set(&mut self, field: Field, given: Rc<Given>) {
        if let Some(place) = self.given.get_mut(field as usize) {
            *place = Some(given);
        }
    }
}

/// The answers to every client, by the scopes that were entered so far. Many clients share one: a site of many subnets
/// keeps those of each.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The answers.
    pub(super) states: Vec<State>,
    /// The answer of each client, by [`Asker::number`]: its index in `states`.
    pub(super) of: Vec<u16>,
    /// The features that iPXE must name for some condition.
    pub features: Features,
}

impl Default for Choices {
    fn default() -> Self {
        Self { states: vec![State::default()], of: vec![0; ASKERS.len()], features: Features::none() }
    }
}

/// The result of entering a scope.
#[derive(Debug)]
pub struct Entered<'a, 't> {
    /// The choices with this scope.
    pub choices: Rc<Choices>,
    /// Statements that the choices now contain, with those in their blocks.
    pub in_words: Vec<&'a Statement<'t>>,
    /// Statements without any effect on clients: variables that nothing uses.
    pub without_effect: Vec<&'a Statement<'t>>,
    /// Texts for `raw` of this scope, in the order of the file. Those of a scope outside of subnets belong into each of
    /// its subnets, because ipxegen writes the loaders there.
    pub raw: Vec<Verbatim<'a, 't>>,
    /// Branches that no kind of client takes: clients that are told apart in another way.
    pub others: Vec<OtherBranch<'a, 't>>,
}

/// Text for `raw`.
#[derive(Debug)]
pub struct Verbatim<'a, 't> {
    /// The text.
    pub text: String,
    /// Its statements, with those in their blocks.
    pub statements: Vec<&'a Statement<'t>>,
    /// Why no key expresses it.
    pub why: String,
}

/// A branch that no kind of client takes.
#[derive(Debug)]
pub struct OtherBranch<'a, 't> {
    /// The head of the branch.
    pub statement: &'a Statement<'t>,
    /// The whole condition.
    pub condition: Expression,
    /// The answers to the clients of the condition, in the order of the clients.
    pub choices: Choices,
}

impl Choices {
    /// The clients, with what each is given.
    pub fn clients(&self) -> impl Iterator<Item = (&'static Asker, &State)> {
        ASKERS
            .iter()
            .zip(&self.of)
            .filter_map(|(asker, at)| Some((asker, self.states.get(usize::from(*at))?)))
    }

    /// The answer to the client with a number.
    pub(super) fn state_of(&self, number: usize) -> Option<&State> {
        self.states.get(usize::from(*self.of.get(number)?))
    }

    /// The different answers, in the order of the first client of each.
    pub fn answers(&self) -> impl Iterator<Item = &State> {
        let mut known: SmallVec<[bool; 16]> = SmallVec::from_elem(false, self.states.len());
        self.of.iter().filter_map(move |at| {
            let at = usize::from(*at);
            let is_new = known.get_mut(at).is_some_and(|known| !std::mem::replace(known, true));
            self.states.get(at).filter(|_| is_new)
        })
    }

    /// The same with every client as a host: what a scope for hosts alone gives.
    #[must_use]
    pub fn as_hosts(&self) -> Self {
        let hosts = self.of.get(self.of.len() / 2..).unwrap_or_default();
        Self { states: self.states.clone(), of: [hosts, hosts].concat(), features: self.features }
    }

    /// The answer to the first client that `is` accepts.
    #[must_use]
    pub fn first(&self, is: impl Fn(&Asker) -> bool) -> Option<&State> {
        self.clients().find(|(asker, _)| is(asker)).map(|(_, state)| state)
    }

    /// Whether the kind of client alone decides a condition, and some kind meets it.
    #[must_use]
    pub fn decides(&self, condition: &Expression) -> bool {
        let mut holds = self.clients().map(|(asker, state)| condition.holds(&asker.sent(), &state.variables));
        let mut any = false;
        let decided = holds.all(|holds| {
            any |= holds == Found::Is(true);
            !matches!(holds, Found::Depends(_))
        });
        decided && any
    }

    /// Enters a scope: a block of statements, for the clients of a class if there is a `condition`.
    #[must_use]
    pub fn enter<'a, 't>(
        &self,
        statements: &'a [Statement<'t>],
        condition: Option<&Expression>,
        definitions: &OptionNames,
    ) -> Entered<'a, 't> {
        let actions = actions(statements, definitions, true);
        if actions.is_empty() && condition.is_none() {
            let (in_words, without_effect) = (Vec::new(), Vec::new());
            let (raw, others) = (Vec::new(), Vec::new());
            return Entered { choices: Rc::new(self.clone()), in_words, without_effect, raw, others };
        }
        let mut stopped: Vec<Option<String>> = actions.iter().map(why_raw).collect();
        let choices = loop {
            keep_order(&actions, &mut stopped);
            let choices = self.execute(&actions, &mut stopped, condition);
            if let Some(choices) = choices
                && !depends_on_known(&choices, &actions, &mut stopped)
            {
                break choices;
            }
        };
        let mut choices = choices;
        for (action, _) in actions.iter().zip(&stopped).filter(|(_, stopped)| stopped.is_none()) {
            choices.features = features(action, choices.features);
        }
        let mut entered = Entered {
            others: Vec::new(),
            choices: Rc::new(choices),
            in_words: Vec::new(),
            without_effect: Vec::new(),
            raw: Vec::new(),
        };
        self.account(&actions, &stopped, &mut entered);
        if condition.is_none() {
            entered.others = self.others(&actions, &stopped);
        }
        entered
    }

    /// The same with classes entered last, whose answers were found without anything around them, and which ask for no
    /// variable. `None` if the classes set variables, which a host may ask for.
    #[must_use]
    pub fn with_classes(&self, classes: &Self) -> Option<Self> {
        if classes.states.iter().any(|state| !state.variables.is_empty()) {
            return None;
        }
        let mut pairs: Vec<(u16, u16)> = Vec::new();
        let place = |pair: (&u16, &u16)| {
            let pair = (*pair.0, *pair.1);
            let at = pairs.iter().position(|known| *known == pair).unwrap_or(pairs.len());
            if at == pairs.len() {
                pairs.push(pair);
            }
            u16::try_from(at).unwrap_or_default()
        };
        let of = self.of.iter().zip(&classes.of).map(place).collect();
        let merged = |(own, class): (u16, u16)| {
            let mut state = self.states.get(usize::from(own)).cloned().unwrap_or_default();
            let class = classes.states.get(usize::from(class)).into_iter().flat_map(|class| &class.given);
            for (given, new) in state.given.iter_mut().zip(class) {
                if new.is_some() {
                    given.clone_from(new);
                }
            }
            state
        };
        let states = pairs.into_iter().map(merged).collect();
        Some(Self { states, of, features: self.features.and(classes.features) })
    }

    /// Sorts statements by what became of them.
    fn account<'a, 't>(
        &self,
        actions: &[Action<'a, 't>],
        stopped: &[Option<String>],
        entered: &mut Entered<'a, 't>,
    ) {
        let raw_words: HashSet<&str> = (actions.iter().zip(stopped))
            .filter(|(_, stopped)| stopped.is_some())
            .flat_map(|(action, _)| action.statements())
            .flat_map(|statement| {
                statement.text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            })
            .collect();
        for (action, stopped) in actions.iter().zip(stopped) {
            let statements: Vec<&'a Statement<'t>> =
                action.statements().into_iter().flat_map(with_inner).collect();
            match (action, stopped) {
                (Action::Branches(branches), None) if action.does_more() => {
                    let (mut kept, mut text) = (Vec::new(), String::new());
                    pruned(branches, &mut text, &mut kept);
                    let numbers: HashSet<usize> = kept.iter().map(|statement| statement.number).collect();
                    let words = statements.into_iter().filter(|one| !numbers.contains(&one.number));
                    entered.in_words.extend(words);
                    let why = "it sets more than boot files".to_owned();
                    entered.raw.push(Verbatim { text, statements: kept, why });
                }
                (Action::Variable(name, ..), _) if raw_words.contains(name.as_str()) => {
                    let why = "statements in raw use it".to_owned();
                    entered.raw.push(verbatim(action, statements, why));
                }
                (Action::Variable(..), None) => entered.without_effect.extend(statements),
                (_, Some(why)) => entered.raw.push(verbatim(action, statements, why.clone())),
                (_, None) => entered.in_words.extend(statements),
            }
        }
    }

    /// The branches of `if` that no client takes.
    fn others<'a, 't>(
        &self,
        actions: &[Action<'a, 't>],
        stopped: &[Option<String>],
    ) -> Vec<OtherBranch<'a, 't>> {
        let mut others = Vec::new();
        for (action, stopped) in actions.iter().zip(stopped) {
            let Action::Branches(branches) = action else { continue };
            for branch in branches.iter().filter(|_| stopped.is_none()) {
                let Condition::If(condition) = &branch.condition else { continue };
                if !branch.actions.iter().any(Action::chooses) || self.takes(condition) {
                    continue;
                }
                let mut none = vec![None; branch.actions.len()];
                if let Some(choices) = self.execute(&branch.actions, &mut none, None) {
                    let condition = condition.clone();
                    others.push(OtherBranch { statement: branch.statement, condition, choices });
                }
            }
        }
        others
    }

    /// Whether a condition holds for some client.
    fn takes(&self, condition: &Expression) -> bool {
        self.clients()
            .any(|(asker, state)| condition.holds(&asker.sent(), &state.variables) == Found::Is(true))
    }
}

/// A set with the features that conditions of an action need, all of them at once.
fn features(action: &Action<'_, '_>, mut all: Features) -> Features {
    let Action::Branches(branches) = action else { return all };
    for branch in branches {
        if let Condition::If(condition) = &branch.condition {
            let mut parts = vec![condition];
            while let Some(part) = parts.pop() {
                match part {
                    Expression::And(inner) => parts.extend(inner),
                    Expression::Exists(option) if option.inside == Some(175) => {
                        all = u8::try_from(option.code).map_or(all, |code| all.with(code));
                    }
                    _ => {}
                }
            }
        }
        all = branch.actions.iter().fold(all, |all, action| features(action, all));
    }
    all
}

/// Why an action stays raw before anything is run.
fn why_raw(action: &Action<'_, '_>) -> Option<String> {
    if let Some(why) = action.unread() {
        return Some(why.to_owned());
    }
    if !action.chooses() {
        return Some("it does not choose a boot file".to_owned());
    }
    let whole = matches!(action, Action::Branches(_));
    (action.does_more() && !whole).then(|| "it sets more than boot files".to_owned())
}

/// Writes the branches of an `if` without the statements that choose boot files.
fn pruned<'a, 't>(branches: &[Branch<'a, 't>], text: &mut String, kept: &mut Vec<&'a Statement<'t>>) {
    let needed = branches.iter().rposition(|branch| branch.actions.iter().any(Action::does_more));
    for branch in branches.iter().take(needed.map_or(0, |last| last + 1)) {
        let tokens = &branch.statement.tokens;
        let length = match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => last.end() - first.start(),
            _ => 0,
        };
        text.push_str(branch.statement.text.get(..length).unwrap_or_default());
        text.push_str(" {\n");
        for action in &branch.actions {
            match action {
                Action::Branches(inner) if action.does_more() => pruned(inner, text, kept),
                _ if action.does_more() => {
                    for statement in action.statements() {
                        text.push_str(statement.text);
                        text.push('\n');
                        kept.extend(with_inner(statement));
                    }
                }
                _ => {}
            }
        }
        text.push_str("}\n");
    }
}

/// Text in `raw` comes behind everything else in its scope. So what the file has behind such a text, and overrides it,
/// stays behind it.
fn keep_order(actions: &[Action<'_, '_>], stopped: &mut [Option<String>]) {
    let mut raw = false;
    for (action, stopped) in actions.iter().zip(stopped) {
        let sets = action.chooses() && !matches!(action, Action::Variable(..));
        if raw && sets && stopped.is_none() {
            *stopped = Some("it comes behind a statement in raw that it overrides".to_owned());
        }
        raw |= sets && stopped.is_some();
    }
}

/// Stops the actions that ask whether a client is known, if hosts and strangers get different files, and not only the
/// hosts one; whether something was stopped.
fn depends_on_known(choices: &Choices, actions: &[Action<'_, '_>], stopped: &mut [Option<String>]) -> bool {
    let (strangers, hosts) = choices.of.split_at(choices.of.len() / 2);
    let state = |at: &u16| choices.states.get(usize::from(*at));
    let file = |at: &u16| state(at).and_then(State::file).map(|file| &*file.text);
    let same =
        strangers.iter().zip(hosts).all(|(stranger, host)| stranger == host || file(stranger) == file(host));
    if same || strangers.iter().all(|stranger| file(stranger).is_none()) {
        return false;
    }
    let mut any = false;
    for (action, stopped) in actions.iter().zip(stopped) {
        if stopped.is_none() && asks_known(action) {
            *stopped = Some("hosts and other clients get different files".to_owned());
            any = true;
        }
    }
    any
}

fn asks_known(action: &Action<'_, '_>) -> bool {
    let names = |statement: &Statement<'_>| {
        statement.tokens.iter().any(|token| token.text.eq_ignore_ascii_case("known"))
    };
    action.statements().into_iter().flat_map(with_inner).any(names)
}

/// A statement and those in its blocks.
fn with_inner<'a, 't>(statement: &'a Statement<'t>) -> Vec<&'a Statement<'t>> {
    let mut all = vec![statement];
    let mut at = 0;
    while let Some(statement) = all.get(at).copied() {
        all.extend(statement.block.iter().flatten());
        at += 1;
    }
    all
}

fn verbatim<'a, 't>(
    action: &Action<'a, 't>,
    statements: Vec<&'a Statement<'t>>,
    why: String,
) -> Verbatim<'a, 't> {
    let texts: Vec<&str> = action.statements().into_iter().map(|statement| statement.text).collect();
    Verbatim { text: texts.join("\n"), statements, why }
}
