//! The command line of a kernel: the arguments that the user wrote, and the secrets among them.

use super::{BuiltEntry, EntryBuilder, installers};
use crate::dialects::ipxe;
use crate::model::{EntryKind, InvalidValue, KernelArgument, Spanned};
use crate::schema::{Argument, Field};
use crate::source::{Scalar, Secret, Span};

/// The most bytes of all arguments of a kernel together: on BIOS the words of a line have to fit iPXE's small
/// stack.
const LONGEST: usize = 800;

/// The arguments that the user wrote, split into words. An item of `cmdline` can have several.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// The arguments as the kernel reads them, without quotes. Of a secret argument only its prefix.
    pub texts: Vec<Spanned<String>>,
    /// The arguments as the script passes them to the kernel.
    pub all: Vec<KernelArgument>,
    /// The secrets.
    pub secrets: Vec<Secret>,
    /// The place of the first secret.
    pub secret: Option<Span>,
}

impl Arguments {
    /// Whether the user wrote one of these, so that the default of ipxegen would conflict.
    pub(super) fn have(&self, names: &[&str]) -> bool {
        self.find(names).is_some()
    }

    /// The first of these that the user wrote before `---`. Arguments after it are for the installed system.
    pub(super) fn find(&self, names: &[&str]) -> Option<&Spanned<String>> {
        self.texts.iter().take_while(|text| !is_end(text)).find(|text| names.contains(&name(text)))
    }

    /// Whether the site replaces an argument that ipxegen would add. It never adds a second one of the same name:
    /// programs differ in which they use; the kernel uses the last `ip=`, dracut uses all of them.
    pub(super) fn replaces(&self, ours: &str) -> bool {
        let (name, _) = ours.split_once('=').unwrap_or((ours, ""));
        // Each `systemd.mask=` adds a unit (systemd-debug-generator(8)).
        if name == "systemd.mask" {
            return self.texts.iter().take_while(|text| !is_end(text)).any(|text| text.value == ours);
        }
        self.have(&[name])
    }

    /// Whether the site writes the `---` before the arguments of the installed system.
    pub(super) fn has_end(&self) -> bool {
        self.texts.iter().any(is_end)
    }

    /// The place of an argument that makes an installer run unattended.
    pub(super) fn unattended(&self) -> Option<Span> {
        installers::unattended(&self.texts).map(|text| text.span)
    }
}

/// The place that makes an entry install unattended: the key of its answers, or one of its arguments. `None` if its
/// arguments start a rescue system instead.
pub(super) fn unattended(built: &BuiltEntry, answers: Option<Span>) -> Option<Span> {
    let written = match &built.kind {
        EntryKind::Linux(linux) => linux.written.as_slice(),
        _ => &[],
    };
    answers.filter(|_| !installers::rescues(written)).or(built.unattended)
}

/// The name of an argument: the text before the `=`.
fn name(argument: &Spanned<String>) -> &str {
    argument.value.split_once('=').map_or(argument.value.as_str(), |(name, _)| name)
}

/// Whether this argument separates the installer's arguments from those of the installed system. Installers of
/// Ubuntu before 15.04 and Debian before 8 know it as `--`.
fn is_end(argument: &Spanned<String>) -> bool {
    matches!(argument.value.as_str(), "---" | "--")
}

fn too_long(length: usize) -> InvalidValue {
    let message = format!("these arguments have {length} bytes; a line of iPXE takes {LONGEST}");
    InvalidValue::new(message).help("the stack that iPXE has on BIOS is small")
}

/// The characters that separate arguments of a command line. The check of the iPXE line rejects line breaks.
const BLANKS: [char; 2] = [' ', '\t'];

/// A kernel's command line, to which items are added one by one.
#[derive(Debug, Default)]
struct CommandLine {
    /// The words so far, with their quotes.
    words: Vec<Spanned<String>>,
    /// Whether a quote is open: a quote that one item opens may end in a later one.
    quoted: bool,
}

impl CommandLine {
    /// Adds an item and returns its words. They end at blanks outside of double quotes, as in the Linux
    /// kernel (`next_arg` in lib/cmdline.c), which knows no other quotes and no escapes.
    fn add<'t>(&mut self, item: &'t str, span: Span) -> Vec<&'t str> {
        let goes_on = self.quoted;
        let end = |c: char| {
            self.quoted ^= c == '"';
            BLANKS.contains(&c) && !self.quoted
        };
        let words: Vec<&str> = item.split(end).filter(|word| !word.is_empty()).collect();
        let mut new = words.iter();
        if goes_on
            && let Some(open) = self.words.last_mut()
            && let Some(word) = new.next()
        {
            open.value.push(' ');
            open.value.push_str(word);
        }
        self.words.extend(new.map(|word| Spanned::new((*word).to_owned(), span)));
        words
    }
}

/// A word as the kernel reads it: `"a=b c"` and `a="b c"` are both the argument `a` with the value `b c`.
fn unquoted(word: &str) -> String {
    if let Some(rest) = word.strip_prefix('"') {
        return rest.strip_suffix('"').unwrap_or(rest).to_owned();
    }
    match word.split_once("=\"") {
        Some((name, value)) if !name.contains('=') => {
            format!("{name}={}", value.strip_suffix('"').unwrap_or(value))
        }
        _ => word.to_owned(),
    }
}

impl<'a> EntryBuilder<'_, 'a> {
    /// Arguments of a command line: one item of site.yaml has one or several.
    pub(super) fn arguments(&mut self, field: &Field<Vec<Argument<'a>>>) -> Option<Arguments> {
        let mut arguments = Arguments::default();
        let mut whole = !field.is_wrong();
        let (mut length, mut first) = (0, None);
        let mut line = CommandLine::default();
        for extra in self.cmdline_extra(field) {
            first = first.or(Some(extra.span));
            match self.text_argument(
                Scalar { text: &extra.value, span: extra.span },
                &mut line,
                &mut arguments,
            ) {
                Some(bytes) => length += bytes + 1,
                None => whole = false,
            }
        }
        for written in field.given().into_iter().flatten() {
            let span = match written {
                Argument::Text(word) => word.span,
                Argument::Secret(secret) => secret.span,
            };
            first = first.or(Some(span));
            match self.argument(written, span, &mut line, &mut arguments) {
                Some(bytes) => length += bytes + 1,
                None => whole = false,
            }
        }
        if length > LONGEST {
            self.refuse(first.unwrap_or(self.entry.span), &too_long(length));
            whole = false;
        }
        arguments.texts =
            line.words.iter().map(|word| Spanned::new(unquoted(&word.value), word.span)).collect();
        whole.then_some(arguments)
    }

    /// The arguments of a program that is no kernel: words between blanks, without quotes and secrets.
    pub(super) fn words(&mut self, field: &Field<Vec<Scalar<'a>>>) -> Option<Vec<Spanned<String>>> {
        let (mut words, mut whole) = (Vec::new(), !field.is_wrong());
        for word in field.given().into_iter().flatten() {
            let Some(text) = self.text(*word) else {
                whole = false;
                continue;
            };
            if let Err(refused) = ipxe::arg_expr(text.trim_matches(BLANKS)) {
                self.refuse(word.span, &refused);
                whole = false;
            }
            let parts = text.split(BLANKS).filter(|part| !part.is_empty());
            words.extend(parts.map(|part| Spanned::new(part.to_owned(), word.span)));
        }
        let length: usize = words.iter().map(|word| word.value.len() + 1).sum();
        if let Some(first) = words.first().filter(|_| length > LONGEST) {
            let span = first.span;
            self.refuse(span, &too_long(length));
            whole = false;
        }
        whole.then_some(words)
    }

    /// The arguments that are added to those of the entry: its own `cmdline_extra`, else the site's. They come first,
    /// so that the entry's own arguments win if the kernel uses the last one, and so that they are before a `---`.
    fn cmdline_extra(&self, field: &Field<Vec<Argument<'a>>>) -> Vec<Spanned<String>> {
        let extra = match &self.entry.common.cmdline_extra {
            Field::Given(own) => {
                own.iter().map(|word| Spanned::new(word.text.to_owned(), word.span)).collect()
            }
            _ => self.facts.cmdline_extra.clone(),
        };
        let written = |text: &str| {
            field.given().into_iter().flatten().any(|argument| match argument {
                Argument::Text(word) => word.text.split(BLANKS).any(|word| word == text),
                Argument::Secret(_) => false,
            })
        };
        extra.into_iter().filter(|extra| !written(extra.value.trim())).collect()
    }

    /// The length of an item, which may be shown.
    fn text_argument(
        &mut self,
        word: Scalar<'_>,
        line: &mut CommandLine,
        to: &mut Arguments,
    ) -> Option<usize> {
        let text = self.text(word)?;
        // Blanks around an item do not count.
        if let Err(refused) = ipxe::arg_expr(text.trim_matches(BLANKS)) {
            self.refuse(word.span, &refused);
            return None;
        }
        let words = line.add(&text, word.span);
        to.all.extend(words.into_iter().map(|word| KernelArgument::Text(word.to_owned())));
        Some(text.len())
    }

    /// Reads one item of a command line, and returns its length.
    fn argument(
        &mut self,
        written: &Argument<'a>,
        span: Span,
        line: &mut CommandLine,
        to: &mut Arguments,
    ) -> Option<usize> {
        let secret = match written {
            Argument::Text(word) => return self.text_argument(*word, line, to),
            Argument::Secret(secret) => secret,
        };
        let prefix = match &secret.prefix {
            Field::Wrong(_) => return None,
            Field::Absent => String::new(),
            Field::Given(word) => {
                let text = self.text(*word)?;
                if let Err(refused) = ipxe::arg_expr(&text) {
                    self.refuse(word.span, &refused);
                    return None;
                }
                line.add(&text, word.span);
                text
            }
        };
        let named = secret.secret_file.given().or_else(|| secret.secret_env.given())?.span;
        let hidden = self.secret(&secret.secret_file, &secret.secret_env)?;
        // The message of the dialect would show the text, so it is not used here.
        if ipxe::arg(hidden.reveal()).is_err() {
            let refused = InvalidValue::new("this secret is not allowed in an iPXE script");
            self.refuse(named, &refused.help("iPXE would expand a `${` in it, whatever is done"));
            return None;
        }
        line.quoted ^= hidden.reveal().matches('"').count() % 2 == 1;
        let length = prefix.len() + hidden.reveal().len();
        to.all.push(KernelArgument::Secret { prefix, secret: to.secrets.len() });
        to.secrets.push(hidden);
        to.secret = to.secret.or(Some(span));
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, unquoted};
    use crate::source::Span;

    /// The arguments that the kernel reads from these items.
    fn read(items: &[&str]) -> Vec<String> {
        let mut line = CommandLine::default();
        for item in items {
            line.add(item, Span::new(0, 0));
        }
        line.words.iter().map(|word| unquoted(&word.value)).collect()
    }

    /// The expected values follow `next_arg` of lib/cmdline.c, read and not run.
    #[test]
    fn items_are_split_as_the_kernel_splits_its_command_line() {
        assert_eq!(read(&["ip=dhcp  autoinstall\tquiet "]), ["ip=dhcp", "autoinstall", "quiet"]);
        assert_eq!(read(&[r#"dyndbg="file a +p" "x=b c" d"#]), ["dyndbg=file a +p", "x=b c", "d"]);
        assert_eq!(read(&["a='b c'"]), ["a='b", "c'"]);
        // A quote goes on in the next item, since a blank joins the two.
        assert_eq!(read(&[r#"a="b"#, "c", r#"d" e"#]), ["a=b c d", "e"]);
        // Only the quote behind the first `=` begins a value.
        assert_eq!(read(&[r#"a=b="c" d"#, "=x"]), [r#"a=b="c""#, "d", "=x"]);
    }
}
