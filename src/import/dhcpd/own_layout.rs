//! The layout of a dhcpd.conf that ipxegen made, by which text of `raw` is told from what keys became: templates indent
//! what they write into a block, but text of `raw` begins in the first column (`templates/dhcpd`), and comes last. Text of
//! `raw` of the whole site comes behind all blocks, and that for `ipxe.options` behind the definitions.

use std::ops::Range;

use crate::dialects::dhcpd::lexer::{Part, PartKind};

/// The beginning of each file that ipxegen makes.
const HEAD: &str = "# Made by ipxegen";

/// What is known of a file while its parts are read.
#[derive(Debug)]
pub struct OwnLayout<'t> {
    text: &'t str,
    ours: bool,
    /// Where text of `raw` began, and how many blocks are open in it.
    raw: Option<(usize, usize)>,
    /// Where the subnet begins whose boot files were read: no statement of a template follows them.
    after_boot_files: Option<usize>,
    /// Where the last block or definition ends, and how many statements come before it.
    tail: Option<(usize, usize)>,
}

/// Whether ipxegen made a file.
pub fn is_ours(text: &str) -> bool {
    text.starts_with(HEAD)
}

fn begins(part: &Part<'_>, words: &[&str]) -> bool {
    let mut tokens = part.tokens();
    words.iter().all(|word| tokens.next().is_some_and(|token| token.text.eq_ignore_ascii_case(word)))
}

/// Whether a block asks only whether its client is in a subnet with `netboot: none`, which overrides a host and its
/// groups anyway. `outer` is the block around it.
pub fn is_guard(part: &Part<'_>, outer: &Part<'_>) -> bool {
    let guard = ["if", "not", "(", "config-option", "ipxegen", ".", "netboot-none", "=", "01", ")"];
    begins(part, &guard)
        && (begins(outer, &["host"]) || begins(outer, &["group"]))
        && part.tokens().count() == guard.len()
}

impl<'t> OwnLayout<'t> {
    /// That of a text.
    pub fn of(text: &'t str) -> Self {
        Self { text, ours: is_ours(text), raw: None, after_boot_files: None, tail: None }
    }

    /// Whether the last part belongs to text of `raw`.
    pub const fn is_raw(&self) -> bool {
        self.raw.is_some()
    }

    /// Takes a part of a block; returns the text of `raw` that it ends.
    pub fn pass(&mut self, part: &Part<'_>, block: Option<&Part<'_>>) -> Option<Range<usize>> {
        let block = block.filter(|_| self.ours)?;
        let in_subnet = begins(block, &["subnet"]) || begins(block, &["subnet6"]);
        let first_column = self.text.get(..part.range.start)?.ends_with('\n');
        let is_host = part.kind == PartKind::BlockStart && begins(part, &["host"]);
        let Some((start, open)) = &mut self.raw else {
            let subnets = begins(block, &["shared-network"]);
            let after = in_subnet && self.after_boot_files == Some(block.range.start);
            let late = after && part.kind == PartKind::Statement;
            if (first_column || late) && part.kind != PartKind::BlockEnd && !subnets && !is_host {
                let open = usize::from(part.kind == PartKind::BlockStart);
                let before = self.text.get(block.range.end..part.range.start)?;
                let line = before.rfind('\n').map_or(block.range.end, |end| block.range.end + end + 1);
                self.raw = Some((line, open));
            }
            if in_subnet && part.kind == PartKind::BlockStart && begins(part, &["if"]) {
                self.after_boot_files = Some(block.range.start);
            }
            return None;
        };
        match part.kind {
            PartKind::BlockEnd if *open == 0 => {}
            PartKind::BlockStart if *open == 0 && is_host && first_column => {}
            PartKind::BlockStart => {
                *open += 1;
                return None;
            }
            PartKind::BlockEnd => {
                *open -= 1;
                return None;
            }
            _ => return None,
        }
        let range = *start..part.range.start;
        self.raw = None;
        Some(range)
    }

    /// A block of the outermost level is closed, which `before` statements precede.
    pub fn closed(&mut self, head: &Part<'_>, end: usize, before: usize) {
        let blocks = ["subnet", "subnet6", "shared-network", "group", "host"];
        if self.ours && blocks.iter().any(|word| begins(head, &[word])) {
            self.tail = Some((end, before + 1));
        }
    }

    /// A statement of the outermost level, which `before` statements precede.
    pub fn defined(&mut self, part: &Part<'_>, before: usize) {
        if self.ours && begins(part, &["option", "ipxegen"]) {
            self.tail = Some((part.range.end, before + 1));
        }
    }

    /// Where text of `raw` begins behind all blocks, and how many statements come before it.
    pub fn tail(&self, text: &str) -> Option<(usize, usize)> {
        let (end, length) = self.tail?;
        let rest = text.get(end..)?;
        // A comment behind the last definition is of its line.
        let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
        (!rest.get(line..)?.trim().is_empty()).then_some((end + line, length))
    }
}
