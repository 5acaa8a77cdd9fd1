//! Accounts of iSCSI disks in imported files.

/// Why `chap` does not take an account.
pub const UNFIT: &str = "`chap` takes a user of letters, digits, `.`, `_` and `-`, and a password of 12 to 16 letters, digits and `._+=@-`";

/// Whether `chap` of a disk takes an account. RFC 7143 requires 96 bits, and Microsoft's initiator takes at most 16 bytes.
pub fn fits_chap(user: &str, password: &str) -> bool {
    let is_user = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_password = |c: char| c.is_ascii_alphanumeric() || "._+=@-".contains(c);
    !user.is_empty()
        && user.chars().all(is_user)
        && (12..=16).contains(&password.len())
        && password.chars().all(is_password)
}
