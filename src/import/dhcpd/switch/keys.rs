//! The keys of a scope of site.yaml, as far as they differ from those of the scope outside.

use std::rc::Rc;

use super::settings::{Boot, IPXE};
use crate::import::draft::{Mapping, Value};

/// A scope of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The whole site.
    Site,
    /// A subnet.
    Subnet,
    /// A group or a host.
    Host {
        /// Whether it has a root-path or options of iPXE, which `netboot: none` would override.
        has_disk: bool,
    },
}

/// The keys of a scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// `loaders`, `next_server`, `script`, `netboot`. At the site, `netboot` belongs into
    /// `dhcp`, and `script` is the value of `ipxe.script`.
    pub keys: Mapping,
    /// Classes, by name; those of a subnet need the key `subnets`.
    pub classes: Vec<(String, Mapping)>,
    /// Text for `raw.dhcpd`.
    pub raw: Vec<String>,
}

impl Boot {
    /// The keys of a scope over those of the scope outside. `http` says whether the site has an HTTP server, and
    /// `tftp` is the address that ipxegen gives a subnet as its TFTP server without a word; with `None`, none.
    #[must_use]
    pub fn keys(&self, outer: Option<&Self>, level: Level, http: bool, tftp: Option<&str>) -> Keys {
        let mut all = Keys::default();
        let nothing = self.is_nothing();
        if nothing && level != (Level::Host { has_disk: true }) {
            if !outer.is_some_and(Self::is_nothing) {
                all.keys.set_word("netboot", "none");
            }
        } else {
            self.files(outer, level, http, &mut all);
        }
        let changed = |of: &dyn Fn(&Self) -> Option<Rc<str>>| of(self) != outer.and_then(of);
        match level {
            Level::Site if !nothing && !self.needs.is_empty() => {
                all.keys.set_word("needs", Value::List(self.needs.names().map(Value::from).collect()));
            }
            Level::Site => {}
            Level::Subnet if nothing => {}
            Level::Subnet if self.next_server.as_deref() != tftp => {
                all.keys.set_word("next_server", self.next_server.as_deref().unwrap_or("none"));
            }
            Level::Subnet => {}
            Level::Host { .. } => {
                if let Some(server) =
                    self.next_server.as_ref().filter(|_| changed(&|boot| boot.next_server.clone()))
                {
                    all.raw.push(format!("next-server {server};"));
                }
            }
        }
        if level != Level::Site {
            let inherited =
                |of: &dyn Fn(&Self) -> Option<Rc<str>>| matches!(level, Level::Host { .. }) && !changed(of);
            if let Some(name) =
                self.server_name.as_ref().filter(|_| !inherited(&|boot| boot.server_name.clone()))
            {
                all.raw.push(format!("server-name {};", quoted(name)));
            }
        }
        all
    }

    /// The keys of a subnet that gives no file, over a site that does: empty loaders. `netboot: none` would also override
    /// the files of classes, which dhcpd prefers to those of a subnet.
    #[must_use]
    pub fn without_loaders(&self, site: &Self, http: bool, tftp: Option<&str>) -> Keys {
        let mut all = Keys::default();
        if self.next_server.as_deref() != tftp {
            all.keys.set_word("next_server", self.next_server.as_deref().unwrap_or("none"));
        }
        all.keys.set_word("loaders", self.loader_changes(Some(site), http));
        all.classes.push(("ipxe".to_owned(), class("ipxe", &[], None, None)));
        if site.plain.is_some() {
            all.classes.push(("plain".to_owned(), class("plain", &[], None, None)));
        }
        all
    }

    fn files(&self, outer: Option<&Self>, level: Level, http: bool, all: &mut Keys) {
        if self.known_only != outer.is_some_and(|outer| outer.known_only) {
            all.keys.set_word("netboot", if self.known_only { "known" } else { "all" });
        } else if outer.is_some_and(Self::is_nothing) {
            all.keys.set_word("netboot", "all");
        }
        let loaders = self.loader_changes(outer, http);
        if !loaders.is_empty() {
            all.keys.set_word("loaders", loaders);
        }
        let same_ipxe = outer.is_some_and(|outer| {
            (&outer.ipxe, &outer.ipxe_servers, outer.ipxe_loops)
                == (&self.ipxe, &self.ipxe_servers, self.ipxe_loops)
        });
        if !(same_ipxe || self.ipxe_loops && self.ipxe.iter().all(Option::is_none)) {
            self.ipxe(level, all);
        }
        if let Some(plain) = &self.plain
            && outer.is_none_or(|outer| outer.plain != self.plain)
            && !matches!(level, Level::Host { .. })
        {
            all.classes.push(("plain".to_owned(), class("plain", &[], Some(plain), None)));
        }
    }

    /// The file for iPXE. The site's script is a URL; a path is for TFTP, and stays the file as it is.
    fn ipxe(&self, level: Level, all: &mut Keys) {
        let [first, ..] = &self.ipxe;
        let given = || self.ipxe.iter().zip(&self.ipxe_servers);
        let server = self.ipxe_servers.first().and_then(Option::as_deref);
        let one = given().all(|other| Some(other) == given().next());
        match (level, first) {
            (Level::Site, Some(url)) if one && url.contains("://") => {
                all.keys.set_word("script", &**url);
            }
            (Level::Host { .. }, None) if one => {
                all.keys.set_word("script", "none");
            }
            (Level::Host { .. }, Some(file)) if one => all.raw.push(format!(
                "if option user-class = \"iPXE\" or substring(option user-class, 1, 4) = \"iPXE\" {{\n\tfilename {};\n{}}}",
                quoted(file),
                server.map(|server| format!("\tnext-server {server};\n")).unwrap_or_default()
            )),
            (Level::Site | Level::Subnet, _) if one => {
                all.classes.push(("ipxe".to_owned(), class("ipxe", &[], first.as_deref(), server)));
            }
            _ => {
                for (at, (file, server)) in given().enumerate() {
                    let script = self.ipxe_loops && file.is_none();
                    if script || given().position(|other| other == (file, server)) != Some(at) {
                        continue;
                    }
                    let same = IPXE.iter().zip(given()).filter(|(_, other)| *other == (file, server));
                    let kinds: Vec<&str> = same.map(|((_, kind), _)| kind.name()).collect();
                    let name = format!("ipxe-{}", kinds.join("-").replace('_', "-"));
                    all.classes.push((name, class("ipxe", &kinds, file.as_deref(), server.as_deref())));
                }
            }
        }
    }
}

fn class(client: &str, arch: &[&str], file: Option<&str>, server: Option<&str>) -> Mapping {
    let mut matches = Mapping::default();
    matches.set_word("client", client);
    if !arch.is_empty() {
        matches.set_word("arch", Value::one_or_list(arch.iter().map(|arch| (*arch).into()).collect()));
    }
    let mut class = Mapping::default();
    class.set_word("match", matches);
    class.set_word("file", file.unwrap_or("none"));
    if let Some(server) = server {
        class.set_word("next_server", server);
    }
    class
}

/// A text as dhcpd reads it.
pub(super) fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if !matches!(byte, b'"' | b'\\') => quoted.push(char::from(byte)),
            _ => {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted.push('"');
    quoted
}
