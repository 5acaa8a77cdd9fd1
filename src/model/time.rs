//! Durations.

use super::{InvalidValue, Validated};

/// Reads `90`, `10s`, `5m`, `2h`, `7d`: seconds.
///
/// # Errors
/// When it is no duration, or longer than dhcpd can hold (32 bits).
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
        return Err(InvalidValue::new(format!("`{text}` is not a duration"))
            .help("a number and `s`, `m`, `h` or `d`, such as 10s or 2h; a bare number is seconds"));
    }
    let total = digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(factor);
    u32::try_from(total).map_err(|_| InvalidValue::new(format!("`{text}` is longer than 136 years")))
}

#[cfg(test)]
mod tests {
    use super::seconds;

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
