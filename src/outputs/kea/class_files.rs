//! The boot files of a subnet in which classes of the site have a say: those of hosts, of the classes, strongest
//! first, and of the subnet. A client that an earlier scope decides about is left out of the later ones, also where
//! that scope gives it none: an empty `boot-file-name` would silence nobody.

use serde_json::Value;

use super::boot_files::{file_class, file_classes};
use super::class_match::{class_name, vendor_class};
use super::classes::{Classes, NO_BOOT, NO_SCRIPT, ONE_FILE, files_class};
use super::client_kinds::{ipxe_member, kind_class, script_member};
use crate::dhcp::{BesideFile, BootFileChanges, BootFiles, ClassScope, SubnetScope, file_name};
use crate::model::{ClassFile, ClassInSubnet, ClientKind, Loader, Netboot, Spanned};

impl<'s> Classes<'s> {
    /// Whether a class decides about boot files in a subnet.
    pub(super) fn change_files(&self, at: usize) -> bool {
        let mut all = self.policy.classes_in(at);
        all.any(|(_, class, here)| class.class.netboot.is_some() || !class.files(here).is_empty())
    }

    /// The boot files of such a subnet.
    pub(super) fn layered_files(
        &self,
        at: usize,
        scope: &SubnetScope<'s>,
        files: &BootFiles<'s>,
    ) -> Vec<Value> {
        let name = &scope.subnet.name.value;
        let mut layers = Layers { classes: self, scope, all: Vec::new(), decided: None };
        layers.of_hosts(&format!("{name}.hosts"));
        let boots = match self.who_boots(at, scope) {
            Who::All => String::new(),
            Who::Nobody => return layers.all,
            Who::Test(test) => {
                let class = format!("{name}.boots");
                layers.entry(&class, &test, None, BesideFile::Nothing);
                format!("member('{class}') and ")
            }
        };
        let mut classes: Vec<_> = self.policy.classes_in(at).collect();
        classes.reverse();
        for (_, class, here) in classes {
            layers.of_class(&boots, class, here);
        }
        let member = format!("{boots}{}", layers.undecided());
        let mut all = layers.all;
        all.extend(file_classes(self.version.on_demand(), name, &member, "", files, scope));
        all
    }

    /// The clients that boot by classes and by the subnet; a host with files of its own boots in any case.
    fn who_boots(&self, at: usize, scope: &SubnetScope<'_>) -> Who {
        let known = || Who::Test("member('KNOWN')".to_owned());
        let mut who = if scope.known_only { known() } else { Who::All };
        // Weakest first, so that the strongest is outermost.
        for (_, class, _) in self.policy.classes_in(at) {
            let Some(netboot) = &class.class.netboot else { continue };
            let member = format!("member('{}')", class_name(&class.class.name.value));
            let inside = match netboot.value {
                Netboot::All => Some(member.clone()),
                Netboot::Known => Some(format!("({member} and member('KNOWN'))")),
                Netboot::None => None,
            };
            let outside = match who {
                Who::All => Some(format!("not {member}")),
                Who::Nobody => None,
                Who::Test(test) => Some(format!("(not {member} and {test})")),
            };
            who = match (inside, outside) {
                (None, None) => Who::Nobody,
                (Some(test), None) | (None, Some(test)) => Who::Test(test),
                (Some(inside), Some(outside)) => Who::Test(format!("({inside} or {outside})")),
            };
        }
        who
    }
}

/// The clients that get a boot file.
enum Who {
    All,
    Nobody,
    Test(String),
}

/// The boot files of a subnet, while they are put together from the innermost scope to the outermost.
struct Layers<'c, 's> {
    classes: &'c Classes<'s>,
    scope: &'c SubnetScope<'s>,
    all: Vec<Value>,
    /// The class of clients that the scopes so far decide about.
    decided: Option<String>,
}

impl Layers<'_, '_> {
    fn entry(&mut self, name: &str, test: &str, file: Option<&str>, beside: BesideFile) {
        let on_demand = self.classes.version.on_demand();
        self.all.push(file_class(on_demand, name, test, file, beside, self.scope));
    }

    fn undecided(&self) -> String {
        self.decided.as_ref().map_or_else(String::new, |class| format!("not member('{class}') and "))
    }

    /// The members of these classes are decided about, too.
    fn decide(&mut self, name: &str, tests: Vec<String>) {
        if tests.is_empty() {
            return;
        }
        let before = self.decided.iter().map(|class| format!("member('{class}')"));
        let test = before.chain(tests).collect::<Vec<_>>().join(" or ");
        self.entry(name, &test, None, BesideFile::Nothing);
        self.decided = Some(name.to_owned());
    }

    fn of_hosts(&mut self, decided: &str) {
        let classes = self.classes;
        let mut tests = Vec::new();
        if classes.no_boot {
            tests.push(format!("member('{NO_BOOT}')"));
        }
        if classes.one_file {
            tests.push(format!("member('{ONE_FILE}')"));
        }
        if classes.no_script {
            tests.push(format!("(member('{NO_SCRIPT}') and {})", script_member(classes.policy.needs)));
        }
        for (at, own) in classes.own_files.iter().enumerate() {
            let class = files_class(at + 1);
            if own.no_script {
                tests.push(format!("(member('{class}') and {})", script_member(classes.policy.needs)));
            }
            let begin = format!("{}.{class}", self.scope.subnet.name.value);
            tests.extend(self.loaders(&begin, &format!("member('{class}') and "), own.changes));
        }
        self.decide(decided, tests);
    }

    /// The entries of changed loaders; gives the tests for their members.
    fn loaders(
        &mut self,
        begin: &str,
        member: &str,
        changes: &[(ClientKind, Spanned<Option<Loader>>)],
    ) -> Vec<String> {
        let mut tests = Vec::new();
        for (kind, loader) in changes {
            let name = format!("{begin}.{}", kind.name());
            let test = format!("{member}member('{}')", kind_class(kind.name()));
            let file = loader.value.as_ref().map(file_name);
            let beside = if file.is_some() { BesideFile::of(*kind) } else { BesideFile::Nothing };
            self.entry(&name, &test, file, beside);
            tests.push(format!("member('{name}')"));
        }
        tests
    }

    fn of_class(&mut self, boots: &str, class: &ClassScope<'_>, here: &ClassInSubnet) {
        let name = &class.class.name.value;
        let begin = format!("{}.class-{name}", self.scope.subnet.name.value);
        let member = format!("{boots}{}member('{}') and ", self.undecided(), class_name(name));
        let files = class.files(here);
        let tests = match files.one {
            Some(_) => self.one_file(&begin, &member, &files),
            None => self.loaders(&begin, &member, files.loaders),
        };
        self.decide(&format!("{begin}.files"), tests);
    }

    /// One file for all clients of a class.
    fn one_file(&mut self, begin: &str, member: &str, files: &BootFileChanges<'_>) -> Vec<String> {
        let Some((file, ipxe_too)) = files.one else { return Vec::new() };
        let mut tests = Vec::new();
        let mut member = member.to_owned();
        if matches!(file.value, ClassFile::Url(_)) {
            let name = format!("{begin}.http");
            let test = format!("{member}not {} and {}", ipxe_member(), vendor_class("HTTPClient"));
            self.entry(&name, &test, file.value.name(), BesideFile::Http);
            member.push_str(&format!("not member('{name}') and "));
            tests.push(format!("member('{name}')"));
        }
        if !ipxe_too {
            member.push_str(&format!("not {} and ", script_member(files.needs)));
        }
        let name = format!("{begin}.file");
        let test = member.trim_end_matches(" and ").to_owned();
        self.entry(&name, &test, file.value.name(), BesideFile::Nothing);
        tests.push(format!("member('{name}')"));
        tests
    }
}
