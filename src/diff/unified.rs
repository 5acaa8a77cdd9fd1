//! The difference line by line, in the format of `diff -u`.

use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// The number of unchanged lines around a change.
const AROUND: usize = 3;

/// The unified diff of two texts; empty if they are equal. A file that does not exist is `/dev/null`.
///
/// Rendered files are long and changes are small, so the common beginning and end are not compared line by line.
#[must_use]
pub fn unified(path: &str, old: Option<&str>, new: Option<&str>) -> String {
    let mut text = String::new();
    let (before, after): (Vec<&str>, Vec<&str>) = (
        old.unwrap_or_default().split_inclusive('\n').collect(),
        new.unwrap_or_default().split_inclusive('\n').collect(),
    );
    let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&before[head..], &after[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = capture_diff_slices(
        Algorithm::Myers,
        &old_rest[..old_rest.len() - tail],
        &new_rest[..new_rest.len() - tail],
    );
    let mut ops = vec![DiffOp::Equal { old_index: 0, new_index: 0, len: head }];
    ops.extend(middle.into_iter().map(|op| moved(op, head)));
    ops.push(DiffOp::Equal { old_index: before.len() - tail, new_index: after.len() - tail, len: tail });
    ops.retain(|op| !op.old_range().is_empty() || !op.new_range().is_empty());
    if old.is_some() == new.is_some() && ops.iter().all(|op| matches!(op, DiffOp::Equal { .. })) {
        return text;
    }
    let side = |there: bool, letter: char| {
        if there { format!("{letter}{path}") } else { "/dev/null".to_owned() }
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "--- {}\n+++ {}", side(old.is_some(), 'a'), side(new.is_some(), 'b'));
    for group in group_diff_ops(ops, AROUND) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let span = |from: usize, to: usize| match to - from {
            1 => (from + 1).to_string(),
            0 => format!("{from},0"),
            n => format!("{},{n}", from + 1),
        };
        let _ = writeln!(
            text,
            "@@ -{} +{} @@",
            span(first.old_range().start, last.old_range().end),
            span(first.new_range().start, last.new_range().end)
        );
        for op in &group {
            if let DiffOp::Equal { .. } = op {
                push(&mut text, ' ', &before[op.old_range()]);
            } else {
                push(&mut text, '-', &before[op.old_range()]);
                push(&mut text, '+', &after[op.new_range()]);
            }
        }
    }
    text
}

fn push(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The same operation on texts that begin earlier.
fn moved(op: DiffOp, by: usize) -> DiffOp {
    match op {
        DiffOp::Equal { old_index, new_index, len } => {
            DiffOp::Equal { old_index: old_index + by, new_index: new_index + by, len }
        }
        DiffOp::Delete { old_index, old_len, new_index } => {
            DiffOp::Delete { old_index: old_index + by, old_len, new_index: new_index + by }
        }
        DiffOp::Insert { old_index, new_index, new_len } => {
            DiffOp::Insert { old_index: old_index + by, new_index: new_index + by, new_len }
        }
        DiffOp::Replace { old_index, old_len, new_index, new_len } => {
            DiffOp::Replace { old_index: old_index + by, old_len, new_index: new_index + by, new_len }
        }
    }
}
