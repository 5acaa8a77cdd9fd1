//! How much a template of the user's may do: turns of its loops, text that it prints, text that it keeps.
//!
//! Tera 2.4 renders until it is done and cannot be interrupted. [`super::prepare`] puts a call of `ipxegen_turn` into
//! every loop, block, component and included template, and passes what is kept (`set`) or collected (`[x for …]`)
//! through `ipxegen_kept`. Both count here, for each thread by itself. A large value that is kept makes every turn
//! dearer, since any turn may copy it.

use std::cell::Cell;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::engine::refuse;
use crate::limits::{TEMPLATE_BYTES, TEMPLATE_TURNS, TEXT_SIZE, VALUE_DEPTH, VALUE_SIZE};

/// Counts a turn, and prints nothing.
pub(super) const TURN: &str = "ipxegen_turn";
/// Measures a value that is kept.
pub(super) const KEPT: &str = "ipxegen_kept";

/// A kept value of so many bytes costs a turn as much again: to copy or search it takes about as long.
const BYTES_OF_A_TURN: u64 = 4 << 10;

/// A part of a template with so many names and signs may do as much with a kept value again.
pub(super) const TOKENS_OF_A_TURN: u64 = 128;

/// The memory that an item of a list takes.
const BYTES_OF_AN_ITEM: u64 = 64;

#[derive(Clone, Copy, Default)]
struct Spent {
    turns: u64,
    bytes: u64,
    /// The largest value that is kept.
    largest: u64,
}

thread_local! {
    static SPENT: Cell<Spent> = const { Cell::new(Spent { turns: 0, bytes: 0, largest: 0 }) };
}

/// Begins to count anew, for another file.
pub fn reset_budget() {
    SPENT.set(Spent::default());
}

/// Counts a turn through a part of a template: the bytes that it prints of the template's own text, and its tokens, of
/// which each may go through all of a kept value.
pub(super) fn turn(bytes: u64, tokens: u64) -> TeraResult<()> {
    let kept = SPENT.get().largest / BYTES_OF_A_TURN;
    turns(1 + kept * (1 + tokens / TOKENS_OF_A_TURN))?;
    printed(bytes)
}

fn turns(count: u64) -> TeraResult<()> {
    let mut spent = SPENT.get();
    spent.turns = spent.turns.saturating_add(count);
    SPENT.set(spent);
    if spent.turns > TEMPLATE_TURNS {
        return Err(refuse(format!(
            "the loops of a template may turn {TEMPLATE_TURNS} times for one file, fewer while it keeps large values"
        )));
    }
    Ok(())
}

/// Counts bytes that are printed, or that a filter makes.
pub(super) fn printed(bytes: u64) -> TeraResult<()> {
    let mut spent = SPENT.get();
    spent.bytes = spent.bytes.saturating_add(bytes);
    SPENT.set(spent);
    if spent.bytes > TEMPLATE_BYTES {
        return Err(refuse(format!("a template may print {} MB into one file", TEMPLATE_BYTES / 1_000_000)));
    }
    Ok(())
}

/// Counts a value that a template keeps, before a part of so many tokens.
fn keep(value: &Value, tokens: u64) -> TeraResult<()> {
    let mut measure = Measure { values: VALUE_SIZE, bytes: 0 };
    if !measure.value(value, VALUE_DEPTH) {
        return Err(refuse(format!(
            "a value that a template keeps has more than {VALUE_SIZE} values, or is nested more than {VALUE_DEPTH} deep"
        )));
    }
    if measure.bytes > TEXT_SIZE {
        return Err(refuse(format!(
            "a value that a template keeps has more than {} MB",
            TEXT_SIZE / 1_000_000
        )));
    }
    let mut spent = SPENT.get();
    let items = (VALUE_SIZE - measure.values) as u64;
    spent.largest = spent.largest.max(measure.bytes as u64).max(items * BYTES_OF_AN_ITEM);
    SPENT.set(spent);
    turns(spent.largest / BYTES_OF_A_TURN * (tokens / TOKENS_OF_A_TURN))
}

struct Measure {
    /// How many values are left.
    values: usize,
    bytes: usize,
}

impl Measure {
    /// Whether a value and those in it are few enough, and not too deep.
    fn value(&mut self, value: &Value, levels: usize) -> bool {
        let Some(left) = self.values.checked_sub(1) else { return false };
        self.values = left;
        self.bytes += size_of::<Value>() + value.as_str().map_or(0, str::len);
        if let Some(items) = value.as_array() {
            return items.iter().all(|item| levels > 0 && self.value(item, levels - 1));
        }
        value.as_map().is_none_or(|map| map.values().all(|item| levels > 0 && self.value(item, levels - 1)))
    }
}

pub(super) fn register(tera: &mut Tera) {
    tera.register_function(TURN, |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let number = |name| kwargs.get::<u64>(name).map(Option::unwrap_or_default);
        turn(number("bytes")?, number("tokens")?)?;
        Ok(Value::safe_string(""))
    });
    tera.register_filter(KEPT, |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        if kwargs.get::<bool>("each")?.unwrap_or_default() {
            // An item of a list that is being collected.
            turn(BYTES_OF_AN_ITEM + value.as_str().map_or(0, str::len) as u64, 0)?;
        } else {
            keep(&value, kwargs.get::<u64>("tokens")?.unwrap_or_default())?;
        }
        Ok(value)
    });
}
