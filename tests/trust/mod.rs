//! Promises: what may never happen, one file for each.

/// No output shows a secret.
mod secrets;
