//! The statements of a scope, executed for every client. Clients with the same answer so far are executed as one until a
//! condition tells them apart: most scopes say `filename` and no condition.

use std::rc::Rc;

use super::super::expression::{Expression, Found, Reason, Sent, Value, Variables};
use super::actions::{Action, Branch, Condition, Source, Step, Use};
use super::answered::tells_few;
use super::askers::{ASKERS, Asker, Askers};
use super::choices::{Choices, Given, State};

/// Clients with the same answer so far.
struct Alike {
    state: State,
    clients: Askers,
}

/// The reason why an action cannot be executed for a client.
struct Stopped {
    client: usize,
    /// The index of the action.
    action: usize,
    why: Reason,
}

impl Choices {
    /// Executes the actions that were not stopped, for the clients of a class if there is a `condition`; `None` if another
    /// one was stopped.
    pub(super) fn execute(
        &self,
        actions: &[Action<'_, '_>],
        stopped: &mut [Option<String>],
        condition: Option<&Expression>,
    ) -> Option<Self> {
        let (mut others, mut all) = (Vec::new(), self.alike());
        if let Some(condition) = condition {
            let is_of =
                split(all, |asker, variables| condition.holds(&asker.sent(), variables) == Found::Is(true));
            let (members, not) = is_of.into_iter().partition::<Vec<_>, _>(|(_, is_member)| *is_member);
            all = members.into_iter().map(|(alike, _)| alike).collect();
            others.extend(not.into_iter().map(|(alike, _)| alike));
        }
        let mut execution = Execution::default();
        for (at, (action, _)) in
            actions.iter().zip(&*stopped).enumerate().filter(|(_, (_, why))| why.is_none())
        {
            execution.action = at;
            all = execution.run(action, all, false);
        }
        if let Some(Stopped { action, why, .. }) = execution.stopped {
            if let Some(stopped) = stopped.get_mut(action) {
                *stopped = Some(format!("it depends on {why}"));
            }
            return None;
        }
        others.append(&mut all);
        let mut choices = Self { states: Vec::new(), of: self.of.clone(), features: self.features };
        for (at, alike) in others.into_iter().enumerate() {
            for asker in alike.clients.numbers() {
                if let Some(place) = choices.of.get_mut(asker) {
                    *place = u16::try_from(at).unwrap_or_default();
                }
            }
            choices.states.push(alike.state);
        }
        Some(choices)
    }

    /// The clients by their answers.
    fn alike(&self) -> Vec<Alike> {
        let alike = |state: &State| Alike { state: state.clone(), clients: Askers::default() };
        let mut all: Vec<Alike> = self.states.iter().map(alike).collect();
        for (asker, at) in ASKERS.iter().zip(&self.of) {
            if let Some(alike) = all.get_mut(usize::from(*at)) {
                alike.clients.add(asker);
            }
        }
        all.retain(|alike| !alike.clients.is_empty());
        all
    }
}

/// Divides clients by a value that each of them has.
fn split<T: PartialEq>(all: Vec<Alike>, value: impl Fn(&Asker, &Variables) -> T) -> Vec<(Alike, T)> {
    let mut parts: Vec<(Alike, T)> = Vec::with_capacity(all.len());
    for Alike { state, clients } in all {
        let of_state = divided(clients, |asker| value(asker, &state.variables));
        push_parts(&mut parts, state, of_state);
    }
    parts
}

/// The way in which the value of an expression is asked for.
type Ask = for<'v> fn(&'v Expression, &Sent<'v>, &'v Variables) -> Found<Value<'v>>;

/// Divides clients by the value of an expression. Only the values of the parts get bytes of their own.
fn split_by(all: Vec<Alike>, expression: &Expression, ask: Ask) -> Vec<(Alike, Found<Value<'static>>)> {
    let mut parts = Vec::with_capacity(all.len());
    for Alike { state, clients } in all {
        let of_state = divided(clients, |asker| ask(expression, &asker.sent(), &state.variables));
        let of_state: Vec<_> =
            of_state.into_iter().map(|(clients, found)| (clients, found.map(Value::into_owned))).collect();
        push_parts(&mut parts, state, of_state);
    }
    parts
}

/// Clients by a value that each of them has.
fn divided<T: PartialEq>(clients: Askers, value: impl Fn(&'static Asker) -> T) -> Vec<(Askers, T)> {
    let mut parts: Vec<(Askers, T)> = Vec::new();
    for asker in clients.iter() {
        let value = value(asker);
        match parts.iter_mut().find(|(_, other)| *other == value) {
            Some((clients, _)) => clients.add(asker),
            None => parts.push((Askers::one(asker), value)),
        }
    }
    parts
}

/// Adds the parts of clients that had the same answer so far.
fn push_parts<T>(parts: &mut Vec<(Alike, T)>, state: State, of_state: Vec<(Askers, T)>) {
    let mut of_state = of_state.into_iter().peekable();
    while let Some((clients, value)) = of_state.next() {
        // The last part takes the answer itself.
        if of_state.peek().is_none() {
            parts.push((Alike { state, clients }, value));
            return;
        }
        parts.push((Alike { state: state.clone(), clients }, value));
    }
}

/// Executes actions.
#[derive(Default)]
struct Execution {
    /// The index of the action that is executed.
    action: usize,
    /// The first client that an action cannot be executed for. The actions behind it are not executed for this client.
    stopped: Option<Stopped>,
}

impl Execution {
    /// Ends the execution for clients.
    fn stop(&mut self, clients: Askers, why: &Reason) {
        let Some(client) = clients.numbers().next() else { return };
        if self.stopped.as_ref().is_none_or(|stopped| client < stopped.client) {
            self.stopped = Some(Stopped { client, action: self.action, why: why.clone() });
        }
    }

    /// Executes an action; `explicit` says whether the conditions around it tell a few kinds of firmware from all others.
    fn run(&mut self, action: &Action<'_, '_>, mut all: Vec<Alike>, explicit: bool) -> Vec<Alike> {
        match action {
            Action::Set(field, Source::Text(text), statement) => {
                let given =
                    Rc::new(Given { text: text.as_str().into(), origin: statement.origin.clone(), explicit });
                for alike in &mut all {
                    alike.state.set(*field, Rc::clone(&given));
                }
                all
            }
            Action::Set(field, Source::Expression(expression), statement) => {
                let set = |alike: &mut Alike, bytes: &[u8]| {
                    let text = String::from_utf8_lossy(bytes).into();
                    alike
                        .state
                        .set(*field, Rc::new(Given { text, origin: statement.origin.clone(), explicit }));
                };
                let parts = split_by(all, expression, |expression, sent, variables| {
                    expression.data(sent, variables).map(Value::Data)
                });
                self.each(parts, |alike, found| {
                    // dhcpd does not set an option whose value is null.
                    if let Some(Value::Data(bytes)) = found {
                        set(alike, &bytes);
                    }
                })
            }
            // Its values would divide the clients, and every answer would keep it.
            Action::Variable(_, _, Use::Nowhere, _) => all,
            Action::Variable(name, value, Use::Somewhere, _) => {
                let parts = split_by(all, value, Expression::value);
                let set = |(mut alike, value): (Alike, _)| {
                    Rc::make_mut(&mut alike.state.variables).insert(name.clone(), value);
                    alike
                };
                parts.into_iter().map(set).collect()
            }
            Action::Branches(branches) => self.branches(branches, all, explicit),
            Action::Switch(subject, steps, _) => self.switch(subject, steps, all),
            Action::Other(_) | Action::Unread(..) => all,
        }
    }

    /// Hands over clients with the value that was found for them, and ends the execution for the others.
    fn each<T>(
        &mut self,
        parts: Vec<(Alike, Found<T>)>,
        mut take: impl FnMut(&mut Alike, Option<T>),
    ) -> Vec<Alike> {
        let mut all = Vec::new();
        for (mut alike, found) in parts {
            let value = match found {
                Found::Is(value) => Some(value),
                Found::Null => None,
                Found::Depends(on) => {
                    self.stop(alike.clients, &on);
                    continue;
                }
            };
            take(&mut alike, value);
            all.push(alike);
        }
        all
    }

    /// Each client takes the first branch whose condition holds.
    fn branches(&mut self, branches: &[Branch<'_, '_>], all: Vec<Alike>, explicit: bool) -> Vec<Alike> {
        let (mut done, mut left) = (Vec::new(), all);
        for branch in branches {
            let mut taken = match &branch.condition {
                Condition::Always => std::mem::take(&mut left),
                Condition::If(condition) => self.taken(condition, &mut left),
                Condition::Unread(why) => {
                    let why = Reason::from(why.clone());
                    std::mem::take(&mut left).iter().for_each(|alike| self.stop(alike.clients, &why));
                    Vec::new()
                }
            };
            if !taken.is_empty() {
                let explicit = explicit || is_explicit(branch, &taken);
                for action in &branch.actions {
                    taken = self.run(action, taken, explicit);
                }
                done.append(&mut taken);
            }
            if left.is_empty() {
                break;
            }
        }
        if done.is_empty() {
            return left;
        }
        done.append(&mut left);
        done
    }

    /// Takes the clients for which a condition holds out of `left`. Most conditions are for few of them, so the others stay
    /// where they are.
    fn taken(&mut self, condition: &Expression, left: &mut Vec<Alike>) -> Vec<Alike> {
        let mut taken = Vec::new();
        for alike in &mut *left {
            let (mut members, mut others) = (Askers::default(), Askers::default());
            for asker in alike.clients.iter() {
                match condition.holds(&asker.sent(), &alike.state.variables) {
                    Found::Is(true) => members.add(asker),
                    Found::Is(false) | Found::Null => others.add(asker),
                    Found::Depends(on) => self.stop(Askers::one(asker), &on),
                }
            }
            if !members.is_empty() {
                taken.push(Alike { state: alike.state.clone(), clients: members });
            }
            alike.clients = others;
        }
        left.retain(|alike| !alike.clients.is_empty());
        taken
    }

    /// `switch`: from the first `case` with the value, or else from `default`, up to a `break`.
    fn switch(&mut self, subject: &Expression, steps: &[Step<'_, '_>], all: Vec<Alike>) -> Vec<Alike> {
        // The index of the case that a client goes to.
        let case = |asker: &Asker, variables: &Variables| {
            let sent = asker.sent();
            let wanted = match subject.value(&sent, variables) {
                Found::Is(wanted) => wanted,
                Found::Null => return Found::Null,
                Found::Depends(on) => return Found::Depends(on),
            };
            for (at, step) in steps.iter().enumerate() {
                let Step::Case(case) = step else { continue };
                match case.value(&sent, variables) {
                    Found::Depends(on) => return Found::Depends(on),
                    Found::Is(found) if found == wanted => return Found::Is(at),
                    Found::Is(_) | Found::Null => {}
                }
            }
            Found::Null
        };
        let mut cases = Vec::new();
        let all = self.each(split(all, case), |_, at| cases.push(at));
        let mut done = Vec::new();
        for (alike, at) in all.into_iter().zip(cases) {
            let start = at.or_else(|| steps.iter().position(|step| matches!(step, Step::Default)));
            let mut alike = vec![alike];
            for step in steps.iter().skip(start.unwrap_or(steps.len())) {
                match step {
                    Step::Case(_) | Step::Default => {}
                    Step::Break => break,
                    Step::Act(action) => alike = self.run(action, alike, at.is_some()),
                }
            }
            done.append(&mut alike);
        }
        done
    }
}

/// Whether the condition of a branch holds for few kinds of PXE firmware only, with the variables of the first client that
/// takes it.
fn is_explicit(branch: &Branch<'_, '_>, taken: &[Alike]) -> bool {
    let first = taken.iter().min_by_key(|alike| alike.clients.numbers().next());
    let (Condition::If(condition), Some(first)) = (&branch.condition, first) else { return false };
    let variables = &first.state.variables;
    *branch
        .explicit
        .get_or_init(|| tells_few(|asker| condition.holds(&asker.sent(), variables) == Found::Is(true)))
}
