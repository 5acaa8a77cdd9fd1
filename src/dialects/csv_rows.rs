//! Tables for spreadsheets (RFC 4180), without formulas.
//!
//! Excel and LibreOffice read a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return as a formula, quoted
//! or not (OWASP, CSV Injection). So such a cell gets a `'` in front.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::engine::{known, refuse, texts};
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use super::seal::seal;
use crate::invalid_value::InvalidValue;

/// No text is bare: templates print whole rows only.
#[must_use]
pub const fn is_bare(_: &str) -> bool {
    false
}

/// The cells of a row, without the end of its line.
///
/// # Errors
/// If there is no cell.
pub fn row<W: AsRef<str>>(cells: &[W]) -> Result<String, InvalidValue> {
    if cells.is_empty() {
        return Err(InvalidValue::new("a row without cells is no row of a table"));
    }
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let guarded = cells.iter().map(|cell| {
        let text = cell.as_ref();
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
    });
    let wrong = |why: String| InvalidValue::new(format!("this is no row of a table: {why}"));
    writer.write_record(guarded).map_err(|error| wrong(error.to_string()))?;
    let bytes = writer.into_inner().map_err(|error| wrong(error.to_string()))?;
    let line = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
    line.strip_suffix("\r\n").map(str::to_owned).ok_or_else(|| wrong("it does not end".to_owned()))
}

/// Whether cells that are joined by commas already form a row, because none needs quotes or a guard. Nearly all of a
/// million rows do. `begins` has the start of each cell.
#[must_use]
pub fn is_row(bytes: &[u8], begins: impl ExactSizeIterator<Item = usize>) -> bool {
    // Without branches, so that the processor looks at many bytes at once.
    let plain = bytes.iter().fold(true, |all, byte| all & is_plain(*byte));
    // A byte counts those of a part, so that the processor counts many at once.
    let parts = bytes
        .chunks(255)
        .map(|part| part.iter().fold(0, |commas: u8, byte| commas + u8::from(*byte == b',')));
    let commas: usize = parts.map(usize::from).sum();
    let cells = begins.len();
    let guarded = begins.fold(false, |any, at| any | (bytes.get(at) == Some(&b'-')));
    // A comma inside a cell is one too many. A single empty cell would be an empty line.
    plain && !guarded && cells > 1 && commas == cells - 1
}

/// Whether a byte needs no quotes, or is a comma.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | matches!(byte, b','..=b':') | matches!(byte, b'_' | b'\\' | b' ')
}

/// The language as [`super::Dialect::Csv`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "print whole rows with `| row`",
    ends_in_crlf: true,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::CSV,
    filters: &["row"],
    for_lists: Some("row"),
};

fn register(tera: &mut Tera) {
    tera.register_filter("row", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        Ok(seal(&row(&texts("row", &value)?)?))
    });
    tera.register_filter("comment", |_: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        Err(refuse("a table has no comments"))
    });
}

/// Accepts any text whose quotes are closed, because each row is independent.
///
/// # Errors
/// If a quote is not closed.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    if text.matches('"').count().is_multiple_of(2) {
        Ok(())
    } else {
        Err(InvalidValue::new("a quote is not closed"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{is_row, row};

    fn is_row_of(joined: &str, cells: &[impl AsRef<str>]) -> bool {
        let begin = |at: usize| cells.iter().take(at).map(|cell| cell.as_ref().len() + 1).sum();
        is_row(joined.as_bytes(), (0..cells.len()).map(begin))
    }

    proptest! {
        #[test]
        fn what_is_a_row_as_it_stands_is_written_so(
            cells in prop::collection::vec("[-a-z0-9.:/ ,=+@\"\r\n\t\\\\é]{0,4}", 1..5)
        ) {
            let joined = cells.join(",");
            if is_row_of(&joined, &cells) {
                prop_assert_eq!(row(&cells).unwrap(), joined);
            }
        }
    }

    #[test]
    fn usual_rows_are_rows_as_they_stand() {
        let row = |cells: &[&str]| is_row_of(&cells.join(","), cells);
        assert!(row(&["pc-1", "10.0.0.1", "iqn.2020-01.a:b", "/srv/a b", "", ""]));
        for cells in [["a,b", "c"], ["-a", "b"], ["a", "-b"], ["a", "\"b"], ["=a", "b"], ["a", "é"]] {
            assert!(!row(&cells), "{cells:?}");
        }
        assert!(!row(&[""]));
    }

    #[test]
    fn cells_come_back_and_none_is_a_formula() {
        assert_eq!(row(&["a", "b c", "d,e", "f\"g", ""]).unwrap(), "a,b c,\"d,e\",\"f\"\"g\",");
        assert_eq!(row(&["=1+1", "@x", "-2", "+3"]).unwrap(), "'=1+1,'@x,'-2,'+3");
        let line = row(&["a\nb", "c\r\nd"]).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let read = reader.records().next().unwrap().unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), ["a\nb", "c\r\nd"]);
        assert!(row::<&str>(&[]).is_err());
    }
}
