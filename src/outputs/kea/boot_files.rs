//! The boot files of a subnet, and the options that some firmware wants beside them.

use serde_json::{Value, json};

use super::class_match::{class_name, vendor_class};
use super::classes::{Classes, NO_BOOT, NO_SCRIPT, ONE_FILE, ONE_URL, OWN_FILES, OwnFiles, files_class};
use super::client_kinds::{ipxe_member, kind_class, script_member};
use super::options;
use crate::dhcp::{BesideFile, BootFiles, RASPBERRY_PI_MENU, SubnetScope, file_name};
use crate::model::Spanned;

impl<'s> Classes<'s> {
    /// Option 66 of the Raspberry Pis of classes with a boot server of their own. Kea takes the option of the first class
    /// that has it: each file leaves it to the classes behind, the strongest first, and the subnet's last.
    pub(super) fn server_names(&self, at: usize, files: &mut [Value]) -> Vec<Value> {
        let servers = self.policy.classes_in(at).filter_map(|(_, class, here)| {
            Some((class.class.name.value.as_str(), here.next_server.as_ref()?.value.to_string()))
        });
        let mut servers: Vec<_> = servers.collect();
        servers.reverse();
        let mut all = Vec::new();
        for file in files.iter_mut().filter(|_| !servers.is_empty()) {
            if file.get("option-def").is_none() {
                continue;
            }
            let Some(name) = file["name"].as_str().map(str::to_owned) else { continue };
            let Some(options) = file["option-data"].as_array_mut() else { continue };
            let own = options.iter().position(|option| option["code"] == json!(66));
            let own = own.map(|place| options.remove(place));
            let mut add = |end: &str, more: &str, option: Value| {
                let mut class = json!({ "name": format!("{name}.server{end}") });
                class["test"] = json!(format!("member('{name}'){more}"));
                class["option-data"] = json!([option]);
                class[self.version.on_demand()] = json!(true);
                all.push(class);
            };
            for (class, server) in &servers {
                let more = format!(" and member('{}')", class_name(class));
                add(&format!("-{class}"), &more, always(66, server.as_bytes()));
            }
            if let Some(own) = own {
                add("", "", own);
            }
        }
        all
    }

    /// The files of a subnet, and of hosts that have their own there.
    pub(super) fn files(&self, scope: &SubnetScope<'s>, files: &BootFiles<'s>) -> Vec<Value> {
        let name = &scope.subnet.name.value;
        let on_demand = self.version.on_demand();
        let mut all = Vec::new();
        for (at, OwnFiles { script, loaders, .. }) in self.own_files.iter().enumerate() {
            let class = files_class(at + 1);
            let files = BootFiles { script: *script, loaders, needs: self.policy.needs };
            let member = format!("member('{class}') and ");
            all.extend(file_classes(on_demand, &format!("{name}.{class}"), &member, "", &files, scope));
        }
        let mut member = String::new();
        if scope.known_only {
            member.push_str("member('KNOWN') and ");
        }
        for (used, class) in
            [(self.no_boot, NO_BOOT), (self.one_file, ONE_FILE), (!self.own_files.is_empty(), OWN_FILES)]
        {
            if used {
                member.push_str(&format!("not member('{class}') and "));
            }
        }
        let no_script =
            if self.no_script { format!("not member('{NO_SCRIPT}') and ") } else { String::new() };
        all.extend(file_classes(on_demand, name, &member, &no_script, files, scope));
        all
    }

    /// The option that UEFI requires with a URL, for hosts whose reservation has one.
    pub(super) fn http_of_hosts(&self, scope: &SubnetScope<'s>) -> Option<Value> {
        self.one_url.then(|| {
            let name = format!("{}.{}", scope.subnet.name.value, files_class("url"));
            let test =
                format!("member('{ONE_URL}') and not {} and {}", ipxe_member(), vendor_class("HTTPClient"));
            file_class(self.version.on_demand(), &name, &test, None, BesideFile::Http, scope)
        })
    }
}

/// A class for each file, for the members only.
pub(super) fn file_classes(
    on_demand: &str,
    name: &str,
    member: &str,
    no_script: &str,
    files: &BootFiles<'_>,
    scope: &SubnetScope<'_>,
) -> Vec<Value> {
    let script = files.script.map(|script| {
        let test = format!("{member}{no_script}{}", script_member(files.needs));
        file_class(on_demand, &format!("{name}.ipxe"), &test, Some(script), BesideFile::Nothing, scope)
    });
    let loaders = files.loaders.iter().map(|(kind, Spanned { value, .. })| {
        let test = format!("{member}member('{}')", kind_class(kind.name()));
        let name = format!("{name}.{}", kind.name());
        file_class(on_demand, &name, &test, Some(file_name(value)), BesideFile::of(*kind), scope)
    });
    script.into_iter().chain(loaders).collect()
}

/// An option for clients that do not list it in option 55, too: Kea sends it to no other, unless told otherwise.
fn always(code: u8, bytes: &[u8]) -> Value {
    let mut option = options::bytes(code, bytes);
    option["always-send"] = json!(true);
    option
}

/// A class for a file, or for none, with the options that some firmware wants beside it.
pub(super) fn file_class(
    on_demand: &str,
    name: &str,
    test: &str,
    file: Option<&str>,
    beside: BesideFile,
    scope: &SubnetScope<'_>,
) -> Value {
    let mut class = json!({ "name": name, "test": test });
    if let Some(file) = file {
        class["boot-file-name"] = json!(file);
    }
    class[on_demand] = json!(true);
    match beside {
        BesideFile::Nothing => {}
        // UEFI takes a URL only from an answer that says HTTPClient too.
        BesideFile::Http => class["option-data"] = json!([always(60, b"HTTPClient")]),
        BesideFile::RaspberryPi => {
            let next = scope.next_server.map(|next| always(66, next.value.to_string().as_bytes()));
            let options: Vec<Value> =
                [always(60, b"PXEClient"), always(43, RASPBERRY_PI_MENU)].into_iter().chain(next).collect();
            class["option-data"] = Value::from(options);
            // Kea knows option 43 as a space of sub-options; this is a text of bytes.
            class["option-def"] = json!([{ "name": "pxe-menu", "code": 43, "type": "binary" }]);
        }
    }
    class
}
