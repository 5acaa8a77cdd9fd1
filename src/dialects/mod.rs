//! One file per language that we write: its guard, its quoting, its lexer.
