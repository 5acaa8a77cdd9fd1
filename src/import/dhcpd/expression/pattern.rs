//! Regular expressions, as far as people write them in a dhcpd.conf: characters, `.`, sets, `^`, `$`, `*`, `+`, `?` and
//! alternatives.

/// A regular expression: its alternatives.
#[derive(Clone, Debug)]
pub struct Pattern {
    alternatives: Vec<Alternative>,
    ignore_case: bool,
}

#[derive(Clone, Debug, Default)]
struct Alternative {
    from_start: bool,
    to_end: bool,
    steps: Vec<Step>,
}

/// A character, and how often.
#[derive(Clone, Debug)]
struct Step {
    any: Set,
    /// It may be missing.
    optional: bool,
    /// It may be repeated.
    repeated: bool,
}

#[derive(Clone, Debug)]
enum Set {
    Any,
    One(u8),
    Ranges { not: bool, ranges: Vec<(u8, u8)> },
}

impl Set {
    fn has(&self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => *one == byte,
            Self::Ranges { not, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&byte)) != *not
            }
        }
    }
}

impl Pattern {
    /// Reads a pattern; `None` for what only a real library knows: groups, repetitions by number, classes by name.
    #[must_use]
    pub fn parse(text: &[u8], ignore_case: bool) -> Option<Self> {
        let text = if ignore_case { text.to_ascii_lowercase() } else { text.to_vec() };
        let mut alternatives = Vec::new();
        let mut current = Alternative::default();
        let mut rest = text.as_slice();
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            let any = match byte {
                b'|' => {
                    alternatives.push(std::mem::take(&mut current));
                    continue;
                }
                b'^' if current.steps.is_empty() && !current.from_start => {
                    current.from_start = true;
                    continue;
                }
                b'$' if matches!(rest.first(), None | Some(b'|')) => {
                    current.to_end = true;
                    continue;
                }
                b'.' => Set::Any,
                b'[' => set(&mut rest)?,
                b'\\' => {
                    let (&byte, tail) = rest.split_first()?;
                    rest = tail;
                    if byte.is_ascii_alphanumeric() {
                        return None;
                    }
                    Set::One(byte)
                }
                b'(' | b')' | b'{' | b'^' | b'$' | b'*' | b'+' | b'?' => return None,
                byte => Set::One(byte),
            };
            let mut step = Step { any, optional: false, repeated: false };
            if let Some((&sign @ (b'*' | b'+' | b'?'), tail)) = rest.split_first() {
                rest = tail;
                step.optional = sign != b'+';
                step.repeated = sign != b'?';
            }
            current.steps.push(step);
        }
        alternatives.push(current);
        Some(Self { alternatives, ignore_case })
    }

    /// Whether some part of a text matches. It takes the product of both lengths at most.
    #[must_use]
    pub fn matches(&self, text: &[u8]) -> bool {
        let text = if self.ignore_case { text.to_ascii_lowercase() } else { text.to_vec() };
        self.alternatives.iter().any(|alternative| alternative.matches(&text))
    }
}

impl Alternative {
    fn matches(&self, text: &[u8]) -> bool {
        let end = self.steps.len();
        // The steps that may come next.
        let mut states = vec![false; end + 1];
        self.enter(&mut states, 0);
        for byte in text {
            if states.last() == Some(&true) && !self.to_end {
                return true;
            }
            let mut next = vec![false; end + 1];
            for (at, step) in self.steps.iter().enumerate() {
                if states.get(at) == Some(&true) && step.any.has(*byte) {
                    self.enter(&mut next, at + 1);
                    if step.repeated {
                        self.enter(&mut next, at);
                    }
                }
            }
            if !self.from_start {
                self.enter(&mut next, 0);
            }
            states = next;
        }
        states.last() == Some(&true)
    }

    /// Marks a step, and those behind it while steps may be missing.
    fn enter(&self, states: &mut [bool], from: usize) {
        for at in from..states.len() {
            match states.get_mut(at) {
                Some(state) if !*state => *state = true,
                _ => return,
            }
            if !self.steps.get(at).is_some_and(|step| step.optional) {
                return;
            }
        }
    }
}

/// A set, behind its `[`.
fn set(rest: &mut &[u8]) -> Option<Set> {
    let not = rest.first() == Some(&b'^');
    let mut inside = rest.get(usize::from(not)..)?;
    let mut ranges = Vec::new();
    loop {
        let (&byte, tail) = inside.split_first()?;
        inside = tail;
        match byte {
            b']' if !ranges.is_empty() => break,
            b'[' | b'\\' => return None,
            low => match inside {
                [b'-', high, tail @ ..] if *high != b']' => {
                    ranges.push((low, *high));
                    inside = tail;
                }
                _ => ranges.push((low, low)),
            },
        }
    }
    *rest = inside;
    Some(Set::Ranges { not, ranges })
}
