//! Settings of a pool as text of its subnet, under a condition that asks for an address of the pool.
//!
//! dhcpd executes the statements of a pool behind those of its subnet and before those of classes, for clients that have a
//! dynamic address of the pool (`execute_statements_in_scope` in common/execute.c). Text of `raw` of a subnet comes behind
//! its classes, so a setting that a class has too stays in the pool.

use std::net::Ipv4Addr;

use foldhash::HashSet;

use super::pool_settings::inner_statements;
use super::scopes::{Kind, Scope, Scopes};
use super::statements::Statement;
use super::verbatim::text_of;

/// So many parts of an address's pattern are a condition that people can read.
const MOST: usize = 8;

/// Marks the pools whose settings can be text of their subnets.
pub fn mark(statements: &[Statement<'_>], scopes: &mut Scopes<'_, '_>) {
    let is_plain = |pool: &Scope<'_, '_>| {
        pool.kind == Kind::Pool
            && !pool.in_class
            && pool.whole.is_none()
            && pool.boot.is_empty()
            && !(pool.settings.is_empty() && pool.raw.is_empty())
    };
    if !scopes.all.iter().any(is_plain) {
        return;
    }
    let mut of_classes = HashSet::default();
    collect(statements, false, &mut of_classes);
    let in_subnet: Vec<bool> = (scopes.all.iter())
        .map(|scope| scope.parent.and_then(|at| scopes.all.get(at)).is_some_and(|home| home.cidr().is_some()))
        .collect();
    for (pool, in_subnet) in scopes.all.iter_mut().zip(in_subnet) {
        pool.by_lease = in_subnet
            && is_plain(pool)
            && condition(pool).is_some()
            && inner_statements(pool).all(|inner| {
                let head = head(inner);
                let is_setting = head.starts_with("option ") || head.ends_with("-lease-time");
                is_setting && inner.block.is_none() && !of_classes.contains(&head)
            });
    }
}

/// The names of all settings in classes.
fn collect(statements: &[Statement<'_>], inside: bool, found: &mut HashSet<String>) {
    for statement in statements {
        let is_class = statement.begins(&["class"]) || statement.begins(&["subclass"]);
        match &statement.block {
            Some(block) => collect(block, inside || is_class, found),
            None if inside => {
                found.insert(head(statement));
            }
            None => {}
        }
    }
}

/// The name of a setting.
fn head(statement: &Statement<'_>) -> String {
    let words = statement.tokens.iter().map(|token| token.text.to_ascii_lowercase());
    let words: Vec<String> = words.take(4).collect();
    match words.as_slice() {
        [option, space, dot, name] if option == "option" && dot == "." => format!("option {space}.{name}"),
        [option, name, ..] if option == "option" => format!("option {name}"),
        [word, ..] => word.clone(),
        [] => String::new(),
    }
}

/// The text of a subnet that says what its pool does.
pub fn text(pool: &Scope<'_, '_>) -> Option<String> {
    let condition = condition(pool)?;
    let lines = inner_statements(pool)
        .map(|inner| text_of(inner).lines().map(|line| format!("\t{line}\n")).collect::<String>());
    Some(format!("if not static and {condition} {{\n{}}}\n", lines.collect::<String>()))
}

/// Whether the leased address is one of a pool. dhcpd compares no addresses by their order, so their text has a pattern.
fn condition(pool: &Scope<'_, '_>) -> Option<String> {
    let mut all = Vec::new();
    for range in &pool.ranges {
        patterns(range.low, range.high, &mut all);
    }
    if all.is_empty() || all.len() > MOST {
        return None;
    }
    let pattern = match all.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join("|")),
    };
    Some(format!("binary-to-ascii(10, 8, \".\", leased-address) ~= \"^{pattern}$\""))
}

/// Extended regular expressions for the addresses of a range.
fn patterns(low: Ipv4Addr, high: Ipv4Addr, all: &mut Vec<String>) {
    let (mut low, high) = (u64::from(u32::from(low)), u64::from(u32::from(high)));
    while low <= high && all.len() <= MOST {
        // The largest run from here in which one octet counts up and those behind it are anything.
        let step =
            [1 << 24, 1 << 16, 1 << 8, 1].into_iter().find(|step| low % step == 0 && low + step - 1 <= high);
        let step: u64 = step.unwrap_or(1);
        let last = (low / (step << 8) + 1) * (step << 8) - step;
        let fits = low + (high + 1 - low) / step * step - step;
        let last = last.min(fits);
        let octet = |address: u64, at: u32| (address >> (24 - 8 * at)) & 0xff;
        let counted = 3 - step.trailing_zeros() / 8;
        let parts: Vec<String> = (0..4)
            .map(|at| match at.cmp(&counted) {
                std::cmp::Ordering::Less => octet(low, at).to_string(),
                std::cmp::Ordering::Equal => numbers(octet(low, at), octet(last, at)),
                std::cmp::Ordering::Greater => "[0-9]+".to_owned(),
            })
            .collect();
        all.push(parts.join("[.]"));
        low = last + step;
    }
}

/// A pattern for the numbers from one to another, at most 255.
fn numbers(low: u64, high: u64) -> String {
    if (low, high) == (0, 255) {
        return "[0-9]+".to_owned();
    }
    let mut all: Vec<String> = Vec::new();
    let mut at = low;
    while at <= high {
        // Whole tens below one hundred are one part.
        let whole = at >= 10 && at.is_multiple_of(10) && at + 9 <= high;
        let last = match whole {
            true => (at / 100 * 100 + 99).min((high + 1) / 10 * 10 - 1),
            false => high.min(at / 10 * 10 + 9),
        };
        let digits = |low: u64, high: u64| match low == high {
            true => low.to_string(),
            false => format!("[{low}-{high}]"),
        };
        let before = |number: u64| if number == 0 { String::new() } else { number.to_string() };
        all.push(match whole {
            true => format!("{}{}[0-9]", before(at / 100), digits(at / 10 % 10, last / 10 % 10)),
            false => format!("{}{}", before(at / 10), digits(at % 10, last % 10)),
        });
        at = last + 1;
    }
    match all.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join("|")),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, numbers, patterns};

    #[test]
    fn ranges_are_patterns() {
        let of = |low: &str, high: &str| {
            let mut all = Vec::new();
            patterns(low.parse().unwrap(), high.parse().unwrap(), &mut all);
            all
        };
        assert_eq!(numbers(98, 112), "(9[8-9]|10[0-9]|11[0-2])");
        assert_eq!(numbers(10, 99), "[1-9][0-9]");
        assert_eq!(numbers(5, 220), "([5-9]|[1-9][0-9]|1[0-9][0-9]|2[0-1][0-9]|220)");
        assert_eq!(of("10.0.0.7", "10.0.0.7"), ["10[.]0[.]0[.]7"]);
        assert_eq!(of("10.0.0.0", "10.0.0.255"), ["10[.]0[.]0[.][0-9]+"]);
        assert_eq!(
            of("10.0.0.250", "10.0.3.2"),
            ["10[.]0[.]0[.]25[0-5]", "10[.]0[.][1-2][.][0-9]+", "10[.]0[.]3[.][0-2]"]
        );
        assert_eq!(of("0.0.0.0", "255.255.255.255"), ["[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+"]);
        assert!(of("10.0.0.1", "11.255.255.254").len() <= MOST);
    }
}
