//! SUSE's installer, by the kernel of an installation medium.

use super::arguments::unattended;
use super::linux::{finish, initrds};
use super::live::needed_dir;
use super::{Kind, Made, Making};
use crate::schema::{Argument, Field, GivenFile, mapping};
use crate::source::Word;

pub(super) const KIND: Kind = Kind { word: "autoyast", label: None, keys: Autoyast::properties, make };

mapping! {
    /// The keys of `kind: autoyast`.
    pub struct Autoyast in "an entry of kind `autoyast`" {
        /// The kernel, when it is not `boot/x86_64/loader/linux`.
        kernel: Word<'a>,
        /// The initrd, when it is not `boot/x86_64/loader/initrd`.
        initrd: Vec<Word<'a>>,
        /// Further arguments, one or several an item.
        cmdline: Vec<Argument<'a>>,
        /// The answers to its questions: a path, a URL, or `{ source: FILE }`.
        profile: GivenFile<'a>,
    }
}

fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    let own = Autoyast::from_entries(&making.entry.own, making.entry.span, &mut making.reading);
    if matches!(own.kernel, Field::Absent) || matches!(own.initrd, Field::Absent) {
        needed_dir(making)?;
    }
    let kernel = making.file(&own.kernel, Some("boot/x86_64/loader/linux"));
    let initrds = initrds(making, &own.initrd, &["boot/x86_64/loader/initrd"]);
    let further = making.arguments(&own.cmdline);
    // linuxrc speaks TFTP, too.
    let answers = making.answers(&own.profile, "autoinst.xml", true)?;
    let further = further?;
    let mut arguments: Vec<String> = Vec::new();
    let mut by_http = false;
    // What somebody wrote names another medium; `dir` then holds the kernel only.
    if !further.have(&["install"]) {
        let dir = needed_dir(making)?;
        by_http = making.facts.http.is_some();
        let url = if by_http { making.web_url(dir) } else { making.url(dir) };
        arguments.push(format!("install={url}"));
    }
    if let Some(answers) = &answers {
        arguments.push(format!("autoyast={}", answers.url));
    }
    let mut made = finish(making, kernel?, &initrds?, arguments, further, &[])?;
    made.needs_http = by_http || answers.as_ref().is_some_and(|answers| answers.by_http);
    made.unattended = unattended(&made, answers.map(|answers| answers.span));
    Some(made)
}
