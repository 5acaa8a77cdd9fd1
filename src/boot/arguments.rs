//! The command line of a kernel: what somebody wrote, and the secrets among it.

use serde_json::{Value, json};

use super::{Made, Making};
use crate::dialects::ipxe;
use crate::model::{At, Refused};
use crate::schema::{Argument, Field};
use crate::source::{Secret, Span};

/// How long the arguments of a kernel may be together: on BIOS the words of a line have to fit
/// iPXE's small stack.
const LONGEST: usize = 800;

/// The arguments that somebody wrote.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// Those that may be shown; of a secret what stands before it.
    pub texts: Vec<At<String>>,
    /// All of them, as the template sees them: a text, or where in the list of secrets it stands.
    pub all: Vec<Value>,
    /// The secrets.
    pub secrets: Vec<Secret>,
    /// Where the first secret was asked for.
    pub secret: Option<Span>,
}

impl Arguments {
    /// Whether one of these was written, so that a default of ours would contradict it.
    pub(super) fn have(&self, names: &[&str]) -> bool {
        self.texts.iter().any(|text| names.contains(&name(text)))
    }

    /// Where an installer is told not to ask.
    pub(super) fn answers(&self) -> Option<Span> {
        if self.have(RESCUES) {
            return None;
        }
        // `url` alone is an image of casper's; with `auto` it is debian-installer's `preseed/url`.
        let auto = self.have(&["auto", "auto-install/enable"]);
        let leads = |text: &&At<String>| ANSWERS.contains(&name(text)) || (auto && name(text) == "url");
        self.texts.iter().find(leads).map(|text| text.span)
    }
}

/// Arguments by which an installer's system is one that rescues, whatever its answers say: Anaconda's,
/// debian-installer's and SUSE's.
const RESCUES: &[&str] = &["inst.rescue", "rescue", "rescue/enable"];

/// Where an entry with these answers is told not to ask, if it installs at all.
pub(super) fn unattended(made: &Made, answers: Option<Span>) -> Option<Span> {
    let rescues = made.arguments.iter().any(|argument| RESCUES.contains(&name(argument)));
    answers.filter(|_| !rescues).or(made.unattended)
}

/// What stands before the `=`.
fn name(argument: &At<String>) -> &str {
    argument.value.split_once('=').map_or(argument.value.as_str(), |(name, _)| name)
}

/// Arguments that lead an installer to its answers: Anaconda's, subiquity's, debian-installer's, AutoYaST's
/// and Agama's.
const ANSWERS: &[&str] =
    &["inst.ks", "ks", "autoinstall", "preseed/url", "preseed/file", "autoyast", "autoyast2", "inst.auto"];

impl<'a> Making<'_, 'a> {
    /// Arguments of a command line: one word of site.yaml each.
    pub(super) fn arguments(&mut self, field: &Field<Vec<Argument<'a>>>) -> Option<Arguments> {
        let mut arguments = Arguments::default();
        let mut whole = !field.is_wrong();
        let (mut length, mut first) = (0, None);
        for written in field.given().into_iter().flatten() {
            let span = match written {
                Argument::Text(word) => word.span,
                Argument::Secret(secret) => secret.span,
            };
            first = first.or(Some(span));
            match self.argument(written, span, &mut arguments) {
                Some(bytes) => length += bytes + 1,
                None => whole = false,
            }
        }
        if length > LONGEST {
            let message = format!("these arguments have {length} bytes; a line of iPXE takes {LONGEST}");
            let refused = Refused::new(message).help("the stack that iPXE has on BIOS is small");
            self.refuse(first.unwrap_or(self.entry.span), &refused);
            whole = false;
        }
        whole.then_some(arguments)
    }

    /// One argument; how long it is.
    fn argument(&mut self, written: &Argument<'a>, span: Span, to: &mut Arguments) -> Option<usize> {
        let secret = match written {
            Argument::Text(word) => {
                let text = self.text(*word)?;
                if let Err(refused) = ipxe::arg_expr(&text) {
                    self.refuse(span, &Refused::new(refused.reason));
                    return None;
                }
                let length = text.len();
                to.all.push(text.clone().into());
                to.texts.push(At::new(text, span));
                return Some(length);
            }
            Argument::Secret(secret) => secret,
        };
        let prefix = match &secret.prefix {
            Field::Wrong(_) => return None,
            Field::Absent => String::new(),
            Field::Given(word) => {
                let text = self.text(*word)?;
                if let Err(refused) = ipxe::arg_expr(&text) {
                    self.refuse(word.span, &Refused::new(refused.reason));
                    return None;
                }
                to.texts.push(At::new(text.clone(), word.span));
                text
            }
        };
        let named = secret.secret_file.given().or_else(|| secret.secret_env.given())?.span;
        let hidden = self.secret(&secret.secret_file, &secret.secret_env)?;
        // What the dialect says of a text shows it, so it is not said here.
        if ipxe::arg(hidden.reveal()).is_err() {
            let refused = Refused::new("this secret cannot stand in an iPXE script");
            self.refuse(named, &refused.help("iPXE would expand a `${` in it, whatever is done"));
            return None;
        }
        let length = prefix.len() + hidden.reveal().len();
        to.all.push(json!({ "prefix": prefix, "secret": to.secrets.len() }));
        to.secrets.push(hidden);
        to.secret = to.secret.or(Some(span));
        Some(length)
    }
}
