//! Reads the settings in a file of `/etc/default`.

use crate::diff::{Subject, Subjects, statements};

/// Each `NAME="value"` of the file of a daemon.
pub(super) fn settings<'t>(daemon: &'static str, text: &'t str) -> Subjects<'t> {
    let mut subjects = Subjects::new();
    for (name, value) in statements(text).filter_map(|line| line.split_once('=')) {
        let subject: &mut Subject<'t> = subjects.entry((daemon, "".into())).or_default();
        subject.facts.push((name.into(), value.trim_matches('"').into()));
    }
    subjects
}
