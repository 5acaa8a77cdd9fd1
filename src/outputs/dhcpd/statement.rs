//! The options of the DHCP policy as statements of dhcpd.conf.

use std::collections::BTreeSet;

use serde::Serialize;
use tera::Value;

use super::marks::Marks;
use crate::dhcp::{Data, Setting};
use crate::source::Span;

/// One `option NAME VALUE;`, its value in one of five shapes.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(in super::super) struct Statement {
    /// The option's name.
    name: String,
    /// Words that dhcpd reads bare.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<Vec<String>>,
    /// Pairs of words that dhcpd reads bare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Vec<[String; 2]>>,
    /// Texts, quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    strings: Option<Vec<String>>,
    /// Nothing is sent, whatever an outer scope says.
    unset: bool,
    /// Its code.
    code: u8,
    /// Its code as a byte in hex.
    byte: String,
    /// Whether clients that do not ask for it get it, too; none where no scope says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    always: Option<bool>,
    /// Whether a boot file may replace it, so that a scope inside asks for its value.
    replaced: bool,
    /// The place of the value in the site, if it was written.
    #[serde(skip)]
    span: Option<Span>,
}

impl Statement {
    /// The option's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The place of its value in the site, if it was written.
    pub(super) const fn span(&self) -> Option<Span> {
        self.span
    }

    /// An option of DHCP.
    fn new(name: String, setting: &Setting<'_>) -> Self {
        let mut statement = Self { name, span: setting.span, ..Self::default() };
        let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
        match &setting.data {
            data if data.is_unset() => statement.unset = true,
            Data::Unset => statement.unset = true,
            Data::Text(text) => statement.strings = texts(&[text]),
            Data::Secret(text) => statement.strings = texts(&[text]),
            Data::Domains(domains) => statement.strings = texts(domains),
            Data::Addresses(ips) => statement.words = Some(ips.iter().map(ToString::to_string).collect()),
            Data::Words(words, _) => statement.words = Some(words.to_vec()),
            Data::Number(number, _) => statement.words = Some(vec![number.to_string()]),
            Data::Hex(hex) => statement.words = texts(&[hex]),
            Data::Pairs(pairs) => statement.pairs = Some(pairs.to_vec()),
        }
        statement
    }
}

/// The statements of subnets as values of templates. A subnet shares those that the one before has in the same place: most
/// options are the site's, and a site may have thousands of subnets.
#[derive(Default)]
pub(super) struct SharedStatements(Vec<(Statement, Value)>);

impl SharedStatements {
    /// The values of these statements.
    pub(super) fn values(&mut self, statements: Vec<Statement>) -> Vec<Value> {
        let mut before = std::mem::take(&mut self.0).into_iter();
        let values = statements.into_iter().map(|statement| match before.next() {
            Some((known, value)) if known == statement => (known, value),
            _ => {
                let value = Value::from_serializable(&statement);
                (statement, value)
            }
        });
        self.0 = values.collect();
        self.0.iter().map(|(_, value)| value.clone()).collect()
    }
}

/// Options of DHCP; `always` has the codes of those that some scope sends unasked.
pub(super) fn options(settings: &[Setting<'_>], always: &BTreeSet<u8>) -> Vec<Statement> {
    let statement = |setting: &Setting<'_>| Statement {
        code: setting.code,
        byte: format!("{:02x}", setting.code),
        always: always.contains(&setting.code).then_some(setting.always),
        ..Statement::new(setting.name.clone().into_owned(), setting)
    };
    settings.iter().map(statement).collect()
}

/// Options of a subnet or a class.
pub(super) fn replaceable(settings: &[Setting<'_>], marks: &Marks) -> Vec<Statement> {
    let mut all = options(settings, &marks.always);
    for statement in &mut all {
        statement.replaced = marks.replaced.contains(&statement.code);
    }
    all
}

/// Options of iPXE's space.
pub(super) fn ipxe(settings: &[Setting<'_>]) -> Vec<Statement> {
    settings.iter().map(|setting| Statement::new(format!("ipxe.{}", setting.name), setting)).collect()
}
