//! Durations as an administrator writes them.

/// Seconds as a duration, in the largest unit that fits.
#[must_use]
pub fn duration(seconds: u64) -> String {
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60)] {
        if seconds > 0 && seconds.is_multiple_of(length) {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}
