//! Durations.

use super::{InvalidValue, Validated};

/// Reads `90`, `10s`, `5m`, `2h`, `7d`: seconds.
///
/// # Errors
/// If it is not a duration, or has more seconds than dhcpd's 32 bits can hold.
pub fn seconds(text: &str) -> Validated<u32> {
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let factor: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => 0,
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() && digits.len() < 12;
    if factor == 0 || !plain || (digits.len() > 1 && digits.starts_with('0')) {
        let refused = InvalidValue::new(format!("`{text}` is not a duration"));
        if let Some(right) = other_unit(text) {
            return Err(refused.help(format!("write `{right}`")));
        }
        return Err(
            refused.help("a number and `s`, `m`, `h` or `d`, such as 10s or 2h; a bare number is seconds")
        );
    }
    let total = digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(factor);
    u32::try_from(total).map_err(|_| InvalidValue::new(format!("`{text}` is longer than 136 years")))
}

/// A number with a unit in another spelling: `1 day`, `12H`, `500 sec`.
fn other_unit(text: &str) -> Option<String> {
    let number = text.trim_end_matches(|char: char| char.is_ascii_alphabetic() || char == ' ');
    let unit = text.get(number.len()..)?.trim().to_ascii_lowercase();
    let (number, unit) = match unit.as_str() {
        "ms" | "msec" | "milliseconds" => (number.strip_suffix("000")?, "s"),
        "s" | "sec" | "secs" | "second" | "seconds" => (number, "s"),
        "m" | "min" | "mins" | "minute" | "minutes" => (number, "m"),
        "h" | "hr" | "hrs" | "hour" | "hours" => (number, "h"),
        "d" | "day" | "days" => (number, "d"),
        "w" | "week" | "weeks" => (number, "w"),
        _ => return None,
    };
    let is_number = number.len() < 9 && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !number.is_empty() && !number.starts_with('0')).then(|| format!("{number}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_unit_in_another_spelling_is_answered_with_ours() {
        let help = |text| seconds(text).unwrap_err().help.unwrap();
        for (text, right) in
            [("1 day", "1d"), ("12 hours", "12h"), ("12H", "12h"), ("20 sec", "20s"), ("10000ms", "10s")]
        {
            assert_eq!(help(text), format!("write `{right}`"));
        }
        for text in ["", "infinite", "-5 sec", "500ms", "x days", "010 days"] {
            assert!(help(text).starts_with("a number and"), "{text}");
        }
    }

    #[test]
    fn durations_carry_a_unit() {
        assert_eq!(seconds("10s").unwrap(), 10);
        assert_eq!(seconds("2h").unwrap(), 7200);
        assert_eq!(seconds("7d").unwrap(), 604_800);
        assert_eq!(seconds("7200").unwrap(), 7200);
        assert_eq!(seconds("0").unwrap(), 0);
        for text in ["", "h", "-5", "1.5h", "010", "2x", "99999999999", "1h30m"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
