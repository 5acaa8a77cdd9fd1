//! The results of an evaluation. The same condition is evaluated for dozens of clients, so that they own no text that they can
//! borrow.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// The result of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// A value.
    Is(T),
    /// None: dhcpd's null. A condition that is null does not hold.
    Null,
    /// It depends on what the kind of client does not tell; the text says on what.
    Depends(Reason),
}

/// What a value depends on. The same condition is evaluated for dozens of clients, so a copy must be cheap.
#[derive(Clone, Debug)]
pub enum Reason {
    /// One of a fixed text.
    Fixed(&'static str),
    /// One that names something.
    Named(Rc<str>),
}

impl Deref for Reason {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Named(text) => text,
        }
    }
}

impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Reason {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<&'static str> for Reason {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self::Named(text.into())
    }
}

impl From<&Rc<str>> for Reason {
    fn from(text: &Rc<str>) -> Self {
        Self::Named(Rc::clone(text))
    }
}

/// The value of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'v> {
    /// Bytes.
    Data(Cow<'v, [u8]>),
    /// A number.
    Number(i64),
    /// A condition.
    Truth(bool),
}

/// The variables that `set` has set, by name.
pub type Variables = BTreeMap<String, Found<Value<'static>>>;

impl Value<'_> {
    /// The same value, which borrows its bytes.
    #[must_use]
    pub fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Data(bytes) => Value::Data(Cow::Borrowed(bytes)),
            Self::Number(number) => Value::Number(*number),
            Self::Truth(truth) => Value::Truth(*truth),
        }
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Data(bytes) => Value::Data(Cow::Owned(bytes.into_owned())),
            Self::Number(number) => Value::Number(number),
            Self::Truth(truth) => Value::Truth(truth),
        }
    }
}

impl<T> Found<T> {
    /// The result of what is done with a value.
    pub fn and_then<U>(self, then: impl FnOnce(T) -> Found<U>) -> Found<U> {
        match self {
            Self::Is(value) => then(value),
            Self::Null => Found::Null,
            Self::Depends(on) => Found::Depends(on),
        }
    }

    /// The value of a value.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Found<U> {
        self.and_then(|value| Found::Is(map(value)))
    }

    /// That it depends on something.
    pub fn depends(on: impl Into<Reason>) -> Self {
        Self::Depends(on.into())
    }
}
