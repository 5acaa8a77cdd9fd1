//! Kernels with their arguments as a kind of boot entry.

use super::super::draft::{Mapping, Value};
use super::paths::{Over, Place, Places};
use super::variables::template;

/// A kernel with its initrds.
#[derive(Debug)]
pub(super) struct Kernel<'s> {
    /// The kernel.
    pub place: Place,
    /// The initrds.
    pub initrds: Vec<Place>,
    /// The files that iPXE puts into the initial RAM disk, with their paths there.
    pub injected: Vec<(String, Place)>,
    /// The distribution's shim.
    pub shim: Option<Place>,
    /// The arguments, with known settings filled in.
    pub arguments: Vec<String>,
    /// Where the files are.
    pub places: &'s Places,
}

/// An entry of site.yaml.
#[derive(Debug)]
pub(super) struct Recognized {
    /// Its kind.
    pub kind: &'static str,
    /// The keys of its kind.
    pub keys: Mapping,
    /// How its files are fetched, if it has files.
    pub over: Option<Over>,
    /// Arguments that its kind adds, and that the script does not have.
    pub added: Vec<String>,
}

/// Arguments that are not expressed yet.
struct Left {
    words: Vec<String>,
    added: Vec<String>,
}

/// Whether a word ends the arguments of the installer.
fn is_end(word: &str) -> bool {
    matches!(word, "---" | "--")
}

impl Left {
    /// The arguments before the `---`.
    fn before(&self) -> &[String] {
        let end = self.words.iter().position(|word| is_end(word)).unwrap_or(self.words.len());
        self.words.get(..end).unwrap_or_default()
    }

    fn has(&self, argument: &str) -> bool {
        self.before().iter().any(|word| word == argument)
    }

    /// The value of an argument that is there once.
    fn value(&self, name: &str) -> Option<String> {
        let mut values = self.before().iter().filter_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let only = values.next()?.to_owned();
        values.next().is_none().then_some(only)
    }

    /// Takes an argument that the kind adds; notes it if the script does not have it.
    fn take(&mut self, argument: &str) {
        let end = self.before().len();
        let at = self.words.iter().take(end).position(|word| word == argument);
        let name = argument.split('=').next().unwrap_or_default();
        match at {
            Some(at) => {
                self.words.remove(at);
            }
            // Another value of the same argument replaces that of the kind.
            None if self.value(name).is_some() && argument.contains('=') => {}
            None => self.added.push(argument.to_owned()),
        }
    }

    /// Takes an argument with any value.
    fn take_value(&mut self, name: &str) {
        let end = self.before().len();
        let is = |word: &String| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        if let Some(at) = self.words.iter().take(end).position(is) {
            self.words.remove(at);
        }
    }
}

/// Recognizes the kind.
pub(super) fn recognize(kernel: &Kernel<'_>) -> Recognized {
    let words = kernel.arguments.iter().filter(|word| !word.starts_with("initrd="));
    let mut left = Left { words: words.cloned().collect(), added: Vec::new() };
    let mut keys = Mapping::default();
    let kind = if left.has("boot=casper") {
        casper(kernel, &mut left, &mut keys)
    } else if left.has("boot=live") {
        live_boot(kernel, &mut left, &mut keys)
    } else if ["inst.repo", "inst.stage2", "inst.ks"].iter().any(|name| left.value(name).is_some()) {
        anaconda(kernel, &mut left, &mut keys)
    } else if left.value("autoyast").is_some()
        || (left.value("install").is_some() && kernel.place.path.ends_with("/loader/linux"))
    {
        autoyast(kernel, &mut left, &mut keys)
    } else if left.has("root=/dev/nfs") {
        nfs_root(kernel, &mut left, &mut keys)
    } else if kernel.place.path.contains("debian-installer/") {
        debian_installer(kernel, &mut left, &mut keys)
    } else {
        None
    };
    let kind = kind.unwrap_or_else(|| {
        keys = Mapping::default();
        left.words = kernel.arguments.iter().filter(|word| !word.starts_with("initrd=")).cloned().collect();
        left.added.clear();
        linux(kernel, &mut keys);
        "linux"
    });
    if !left.words.is_empty() {
        let text: Vec<String> = left.words.iter().map(|word| template(word)).collect();
        // A quoted argument with a blank is several words of the script.
        let quoted = left.words.iter().any(|word| word.contains('"'));
        let value = if quoted {
            Value::Text(text.join(" "))
        } else {
            Value::one_or_list(text.into_iter().map(Value::Text).collect())
        };
        keys.set("cmdline", value);
    }
    if !kernel.injected.is_empty() {
        let mut inject = Mapping::default();
        for (path, place) in &kernel.injected {
            // A path without a slash begins at the root as well.
            inject.set(&format!("/{}", path.trim_start_matches('/')), format!("/{}", place.path));
        }
        keys.set("inject", inject);
    }
    Recognized { kind, keys, over: Some(kernel.place.over), added: left.added }
}

/// Sets `dir`, and the paths that are not the kind's own.
fn files(kernel: &Kernel<'_>, dir: &str, own_kernel: &str, own_initrds: &[&str], keys: &mut Mapping) {
    if !dir.is_empty() {
        keys.set("dir", dir);
    }
    let path = relative(&kernel.place.path, dir);
    if path != own_kernel {
        keys.set("kernel", path);
    }
    let initrds: Vec<String> = kernel.initrds.iter().map(|place| relative(&place.path, dir)).collect();
    if initrds != own_initrds {
        let value = Value::one_or_list(initrds.into_iter().map(Value::Text).collect());
        keys.set("initrd", value);
    }
    if let Some(shim) = &kernel.shim {
        keys.set("shim", relative(&shim.path, dir));
    }
}

/// A path below the TFTP root, as an entry with this `dir` names it.
pub(super) fn relative(path: &str, dir: &str) -> String {
    if dir.is_empty() {
        return path.to_owned();
    }
    match path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => rest.to_owned(),
        None => format!("/{path}"),
    }
}

/// The folder above the kernel's usual place, else the kernel's own folder.
fn dir_above(path: &str, usual: &[&str]) -> String {
    for usual in usual {
        if let Some(dir) = path.strip_suffix(usual).and_then(|dir| dir.strip_suffix('/')) {
            return dir.to_owned();
        }
        // Another file in the usual folder.
        if let Some((folder, _)) = usual.rsplit_once('/')
            && let Some((above, _)) = path.rsplit_once('/')
            && let Some(dir) = above.strip_suffix(folder).and_then(|dir| dir.strip_suffix('/'))
        {
            return dir.to_owned();
        }
    }
    path.rsplit_once('/').map_or(String::new(), |(dir, _)| dir.to_owned())
}

fn linux(kernel: &Kernel<'_>, keys: &mut Mapping) {
    let dir = dir_above(&kernel.place.path, &[]);
    files(kernel, &dir, "", &[], keys);
}

/// The root of a live system over NFS, if it is the folder of the entry.
fn root_by_nfs(kernel: &Kernel<'_>, left: &mut Left, dir: &str) {
    let Some(root) = left.value("nfsroot") else { return };
    let folder = kernel.places.tftp_root.as_deref().map(|root| format!("{root}/{dir}"));
    if let Some((host, path)) = root.split_once(':')
        && kernel.places.is_own_host(host)
        && folder.as_deref() == Some(path.trim_end_matches('/'))
    {
        left.take_value("nfsroot");
    }
}

/// Drops the `---` at the end, which the kind adds.
fn drop_end(left: &mut Left) {
    if left.words.last().is_some_and(|word| word == "---") {
        left.words.pop();
    }
}

fn casper(kernel: &Kernel<'_>, left: &mut Left, keys: &mut Mapping) -> Option<&'static str> {
    let url =
        left.value("url").and_then(|url| kernel.places.fetched(&url)).filter(|path| path.ends_with(".iso"));
    let by_nfs = left.value("nfsroot").is_some();
    if url.is_none() && !by_nfs {
        return None;
    }
    let dir = dir_above(&kernel.place.path, &["casper/vmlinuz"]);
    files(kernel, &dir, "casper/vmlinuz", &["casper/initrd"], keys);
    let server = left.has("autoinstall") || url.as_ref().is_some_and(|url| url.contains("live-server"));
    left.take("boot=casper");
    left.take("ip=dhcp");
    match url {
        Some(iso) => {
            keys.set("iso", iso);
            left.take_value("url");
            left.take("cloud-config-url=/dev/null");
        }
        None => {
            left.take("root=/dev/nfs");
            left.take("netboot=nfs");
            root_by_nfs(kernel, left, &dir);
        }
    }
    if server {
        if let Some(source) = left.value("ds")
            && let Some(url) = source.strip_prefix("nocloud-net;s=")
            && left.has("autoinstall")
        {
            keys.set("autoinstall", template(url.trim_end_matches('/')));
            left.take("autoinstall");
            left.take_value("ds");
        }
    } else if left.has("fsck.mode=skip") {
        keys.set("release", Value::Text("20.04".to_owned()));
        left.take("fsck.mode=skip");
    }
    drop_end(left);
    Some(if server { "subiquity" } else { "casper" })
}

fn live_boot(kernel: &Kernel<'_>, left: &mut Left, keys: &mut Mapping) -> Option<&'static str> {
    let fetched = left.value("fetch").and_then(|url| kernel.places.fetched(&url));
    if fetched.is_none() && left.value("nfsroot").is_none() {
        return None;
    }
    let dir = dir_above(&kernel.place.path, &["live/vmlinuz"]);
    files(kernel, &dir, "live/vmlinuz", &["live/initrd.img"], keys);
    match fetched {
        Some(path) if path == format!("{dir}/live/filesystem.squashfs") => {
            keys.set("root_over", "http");
            left.take_value("fetch");
        }
        Some(path) if path.ends_with(".iso") => {
            keys.set("iso", path);
            left.take_value("fetch");
        }
        Some(_) => return None,
        None => {
            left.take("netboot=nfs");
            root_by_nfs(kernel, left, &dir);
        }
    }
    left.take("boot=live");
    left.take("components");
    Some("live_boot")
}

fn debian_installer(kernel: &Kernel<'_>, left: &mut Left, keys: &mut Mapping) -> Option<&'static str> {
    let (dir, _) = kernel.place.path.split_once("debian-installer/")?;
    let dir = dir.trim_end_matches('/');
    files(kernel, dir, "debian-installer/amd64/linux", &["debian-installer/amd64/initrd.gz"], keys);
    // The kind adds these, so a script without them asks more questions.
    let asks_nothing = (left.has("auto=true") || left.has("auto")) && left.has("priority=critical");
    if let Some(url) = left.value("url").filter(|_| asks_nothing) {
        keys.set("preseed", answers(kernel, &url));
        left.take_value("url");
        if left.has("auto=true") {
            left.take("auto=true");
        }
        left.take("priority=critical");
        left.take("interface=auto");
    }
    Some("debian_installer")
}

/// Answers of an installer: a path below the TFTP root, or a URL.
fn answers(kernel: &Kernel<'_>, url: &str) -> String {
    kernel.places.fetched(url).map_or_else(|| template(url), |path| format!("/{path}"))
}

fn anaconda(kernel: &Kernel<'_>, left: &mut Left, keys: &mut Mapping) -> Option<&'static str> {
    let dir = dir_above(&kernel.place.path, &["images/pxeboot/vmlinuz"]);
    let repository = left.value("inst.repo");
    if repository.is_none() && left.value("inst.stage2").is_none() {
        return None;
    }
    files(kernel, &dir, "images/pxeboot/vmlinuz", &["images/pxeboot/initrd.img"], keys);
    if let Some(repository) = repository {
        let root = kernel.places.tftp_root.as_deref().unwrap_or_default();
        if kernel.places.fetched(repository.trim_end_matches('/')).as_deref() == Some(&*dir) {
            left.take_value("inst.repo");
        } else if let Some((host, path)) = repository.strip_prefix("nfs:").and_then(|at| at.split_once(':'))
            && kernel.places.is_own_host(host)
            && path.ends_with(".iso")
            && let Some(iso) = path.strip_prefix(root).and_then(|path| path.strip_prefix('/'))
        {
            keys.set("iso", iso);
            left.take_value("inst.repo");
        }
    }
    if let Some(url) = left.value("inst.ks") {
        keys.set("kickstart", answers(kernel, &url));
        left.take_value("inst.ks");
    }
    Some("anaconda")
}

fn autoyast(kernel: &Kernel<'_>, left: &mut Left, keys: &mut Mapping) -> Option<&'static str> {
    let dir = dir_above(&kernel.place.path, &["boot/x86_64/loader/linux"]);
    let medium = left.value("install")?;
    files(kernel, &dir, "boot/x86_64/loader/linux", &["boot/x86_64/loader/initrd"], keys);
    if kernel.places.fetched(medium.trim_end_matches('/')).as_deref() == Some(&*dir) {
        left.take_value("install");
    }
    if let Some(url) = left.value("autoyast") {
        keys.set("profile", answers(kernel, &url));
        left.take_value("autoyast");
    }
    Some("autoyast")
}

fn nfs_root(kernel: &Kernel<'_>, left: &mut Left, keys: &mut Mapping) -> Option<&'static str> {
    let dir = dir_above(&kernel.place.path, &["vmlinuz"]);
    files(kernel, &dir, "vmlinuz", &["initrd.img"], keys);
    left.take("root=/dev/nfs");
    if let Some(root) = left.value("nfsroot")
        && let Some((host, path)) = root.split_once(':')
        && kernel.places.is_own_host(host)
        && path.starts_with('/')
        && !path.contains(',')
    {
        keys.set("path", path);
        left.take_value("nfsroot");
    }
    left.take("ip=dhcp");
    Some("nfs_root")
}
