//! The lines of an entry as a kind of site.yaml.

use super::super::draft::{Mapping, Value};
use super::linux::{Kernel, Recognized, recognize, relative};
use super::paths::{Over, Place, Places};
use super::script::{Command, Joint, Line, options};
use super::variables::{Variables, assignment, template};

/// The options of the commands that fetch an image.
const IMAGE: &[(&str, char, bool)] = &[
    ("name", 'n', true),
    ("timeout", 't', true),
    ("autofree", 'a', false),
    ("replace", 'r', false),
    ("quiet", 'q', false),
];

/// The options of `sanboot` and `sanhook`.
const SAN: &[(&str, char, bool)] = &[
    ("drive", 'd', true),
    ("no-describe", 'n', false),
    ("keep", 'k', false),
    ("filename", 'f', true),
    ("extra", 'e', true),
];

/// Lines that our own entries have around the command that boots. They unhook and hook the disk of the machine.
const SCAFFOLD: &[&str] = &[
    "set keep-san 0",
    "clear keep-san",
    "sanunhook --drive 0x80 ||",
    "isset ${root-path} && sanhook --drive 0x80 ${root-path} ||",
    "isset ${root-path} || echo DHCP gives this machine no root-path.",
    "isset ${root-path} || goto ipxegen.failed",
    "iseq ${platform} pcbios || set skip-san-boot 1",
    "iseq ${platform} pcbios || exit 1",
];

/// Folders of Windows PE by architecture, and the setting that holds the folder of this machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Architectures {
    /// The setting, as URLs have it.
    setting: String,
    /// The names of architectures in site.yaml, and their folders.
    folders: Vec<(&'static str, String)>,
}

impl Architectures {
    /// Reads a line that sets a folder by the architecture.
    pub(super) fn read(&mut self, line: &Line) -> bool {
        let words: Vec<&str> =
            line.commands.iter().flat_map(|command| &command.words).map(String::as_str).collect();
        let (name, folders) = match words.as_slice() {
            ["cpuid", "--ext", "29", "set", one, long @ .., "set", other, short]
                if one == other && long.len() == 1 =>
            {
                let long = long.first().copied().unwrap_or_default();
                (*one, vec![("amd64", long.to_owned()), ("x86", (*short).to_owned())])
            }
            ["iseq", "${platform}", "efi", "iseq", "${buildarch}", arch, "set", name, folder]
                if name.starts_with("ipxegen.arch") =>
            {
                let known = [("i386", "x86"), ("x86_64", "amd64"), ("arm64", "arm64")];
                let Some((_, windows)) = known.iter().find(|(ipxe, _)| ipxe == arch) else { return false };
                (*name, vec![(*windows, (*folder).to_owned())])
            }
            ["iseq", "${platform}", "pcbios", .., "set", "ipxegen.arch", _] => return true,
            ["set", "ipxegen.arch", _] => return true,
            _ => return false,
        };
        let setting = format!("${{{name}}}");
        if self.setting != setting {
            *self = Self { setting, folders: Vec::new() };
        }
        for (arch, folder) in folders {
            match self.folders.iter_mut().find(|(known, _)| *known == arch) {
                Some((_, known)) => *known = folder,
                None => self.folders.push((arch, folder)),
            }
        }
        true
    }
}

/// The effect of a line of an entry.
enum Step {
    /// A command, with settings filled in, that returns to the menu if it fails.
    Run(Vec<String>),
    /// Another file for UEFI than for BIOS: the files for BIOS and for UEFI.
    ByPlatform(String, String),
}

/// An image that a command fetches.
struct Image {
    url: String,
    name: Option<String>,
    arguments: Vec<String>,
}

/// Reads the lines of entries.
pub(super) struct Entries<'s> {
    /// Where files are.
    pub places: &'s Places,
    /// Settings with one value.
    pub variables: &'s Variables,
    /// Folders by architecture that the script sets before its menu.
    pub architectures: &'s Architectures,
    /// Whether a label only leads back to the menu.
    pub returns: &'s dyn Fn(&str) -> bool,
    /// Whether ipxegen made the script. A message in it is then one of the user's own lines, because the kinds whose lines
    /// are recognized print none.
    pub is_ours: bool,
}

impl Entries<'_> {
    /// The kind of an entry; `None` if no kind does what its lines do.
    pub(super) fn recognize(&self, lines: &[&Line]) -> Option<Recognized> {
        let mut architectures = self.architectures.clone();
        let steps = self.steps(lines, &mut architectures)?;
        self.simple(&steps).or_else(|| self.memtest(&steps)).or_else(|| self.kernel(&steps, &architectures))
    }

    /// The steps of an entry; `None` if a line does something that no kind does.
    fn steps(&self, lines: &[&Line], architectures: &mut Architectures) -> Option<Vec<Step>> {
        let mut local = Variables::default();
        let mut steps = Vec::new();
        for line in lines {
            let fill = |word: &String| self.variables.fill(&local.fill(word));
            if line.commands.is_empty() || architectures.read(line) || self.is_scaffold(line) {
                continue;
            }
            // The disk of the machine, by all its portals.
            if joined(line) == "goto ipxegen.hook" {
                steps.push(Step::Run(vec!["sanhook".to_owned(), "${root-path}".to_owned()]));
                continue;
            }
            if joined(line).starts_with("iseq ${platform} efi && reboot --setup ||") {
                steps.push(Step::Run(vec!["reboot".to_owned(), "--setup".to_owned()]));
                continue;
            }
            if let Some((bios, efi)) = by_platform(line) {
                steps.push(Step::ByPlatform(fill(&bios), fill(&efi)));
                continue;
            }
            let command = self.without_failure(on_uefi(&line.commands))?;
            match command.name() {
                "echo" if self.is_ours => return None,
                "" | "echo" | "imgfree" | "imgstat" | "clear" => {}
                "goto" if command.arguments().first().is_some_and(|label| (self.returns)(label)) => {}
                "set" => {
                    let (name, value) = assignment(line)?;
                    let value = fill(&value);
                    if name == "ipxegen.file" {
                        steps.push(Step::Run(vec!["file".to_owned(), value.clone()]));
                    }
                    local.set(&name, &value);
                }
                _ => steps.push(Step::Run(command.words.iter().map(fill).collect())),
            }
        }
        Some(steps)
    }

    fn is_scaffold(&self, line: &Line) -> bool {
        let text = joined(line);
        let hooked = |text: &str| text.starts_with("set ipxegen.hooked ipxegen.hooked.");
        SCAFFOLD.contains(&text.as_str())
            || hooked(&text)
            || (text.starts_with("isset ${") && text.contains("&& goto ipxegen.hook ||"))
    }

    /// The command of a line that returns to the menu after a failure, or ignores it.
    fn without_failure<'c>(&self, commands: &'c [Command]) -> Option<&'c Command> {
        let (first, rest) = commands.split_first()?;
        let harmless = rest.iter().all(|command| match command.joint {
            Joint::Or => {
                command.words.is_empty()
                    || (command.name() == "goto"
                        && command.arguments().first().is_some_and(|label| (self.returns)(label)))
            }
            Joint::And => {
                command.name() == "goto"
                    && command.arguments().first().is_some_and(|label| (self.returns)(label))
            }
            Joint::Always => false,
        });
        harmless.then_some(first)
    }

    /// Kinds of one or two commands.
    fn simple(&self, steps: &[Step]) -> Option<Recognized> {
        let mut commands = Vec::new();
        for step in steps {
            let Step::Run(words) = step else { return None };
            commands.push(words.as_slice());
        }
        let built_in =
            |kind| Some(Recognized { kind, keys: Mapping::default(), over: None, added: Vec::new() });
        match commands.as_slice() {
            [[shell]] if shell == "shell" => built_in("shell"),
            [[config]] if config == "config" => built_in("config"),
            [[reboot]] if reboot == "reboot" => built_in("reboot"),
            [[reboot, option]] if reboot == "reboot" && ["--setup", "-s"].contains(&option.as_str()) => {
                let mut keys = Mapping::default();
                keys.set("setup", Value::flag(true));
                Some(Recognized { kind: "reboot", keys, over: None, added: Vec::new() })
            }
            [[poweroff]] if poweroff == "poweroff" => built_in("poweroff"),
            [[exit, code @ ..]] if exit == "exit" && matches!(code, [] | [_]) => {
                // An error makes the firmware go on with its next boot option.
                built_in(if code.iter().all(|code| code == "0") { "exit" } else { "local" })
            }
            [[sanboot, rest @ ..]] if sanboot == "sanboot" => self.sanboot(rest),
            [[sanhook, ..], [sanboot, rest @ ..]] if sanhook == "sanhook" && sanboot == "sanboot" => {
                let disk = commands.first().and_then(|words| words.last());
                let (options, uris) = options(rest, SAN);
                let first = options.iter().all(|(name, value)| *name != "drive" || *value == "0x80");
                (disk.is_some_and(|uri| uri == "${root-path}") && uris.is_empty() && first)
                    .then(|| built_in("san"))?
            }
            [[chain, rest @ ..]] if ["chain", "imgexec"].contains(&chain.as_str()) => self.chain(rest),
            _ => None,
        }
    }

    fn sanboot(&self, words: &[String]) -> Option<Recognized> {
        let (options, uris) = options(words, SAN);
        let drive = options.iter().find(|(name, _)| *name == "drive").map(|(_, drive)| *drive);
        let built_in =
            |kind| Some(Recognized { kind, keys: Mapping::default(), over: None, added: Vec::new() });
        match (uris, drive) {
            ([], None | Some("0x80" | "128")) => built_in("local"),
            ([uri], None | Some("0x80" | "128")) if uri == "${root-path}" => built_in("san"),
            ([uri], _) => {
                let place = self.places.place(uri)?;
                let mut keys = Mapping::default();
                keys.set("iso", place.path);
                Some(Recognized { kind: "iso", keys, over: Some(place.over), added: Vec::new() })
            }
            _ => None,
        }
    }

    fn chain(&self, words: &[String]) -> Option<Recognized> {
        let (_, rest) = options(words, IMAGE);
        let (uri, arguments) = rest.split_first()?;
        let mut keys = Mapping::default();
        if !arguments.is_empty() {
            keys.set("cmdline", template(&arguments.join(" ")));
        }
        if let Some(place) = self.places.place(uri) {
            if let Some(memtest) = memtest(Some(&place), None).filter(|_| arguments.is_empty()) {
                return Some(memtest);
            }
            keys.set("url", place.path);
            return Some(Recognized { kind: "chain", keys, over: Some(place.over), added: Vec::new() });
        }
        // Relative to the script, which may move.
        let known = ["http://", "https://", "tftp://", "ftp://", "nfs://"]
            .iter()
            .any(|scheme| uri.starts_with(scheme));
        let ours = template(uri);
        (known || ours.starts_with('{')).then(|| {
            keys.set("url", ours);
            Recognized { kind: "chain", keys, over: None, added: Vec::new() }
        })
    }

    /// A program for BIOS and one for UEFI.
    fn memtest(&self, steps: &[Step]) -> Option<Recognized> {
        let (mut bios, mut efi) = (None, None);
        for step in steps {
            match step {
                Step::ByPlatform(one, other) => {
                    bios = (!one.is_empty()).then(|| self.places.place(one)).flatten().or(bios);
                    efi = Some(self.places.place(other)?);
                }
                // `set ipxegen.file`, and the `chain` of it.
                Step::Run(words) if words.first().is_some_and(|word| word == "file") => {
                    let place = self.places.place(words.get(1)?)?;
                    if place.path.ends_with(".efi") { efi = Some(place) } else { bios = Some(place) }
                }
                Step::Run(words) if words.first().is_some_and(|word| word == "chain") => {}
                Step::Run(words) if words.first().is_some_and(|word| word == "boot") => {}
                Step::Run(words) if words.first().is_some_and(|word| word == "kernel") && steps.len() < 3 => {
                    let (_, rest) = options(words.get(1..)?, IMAGE);
                    let [uri] = rest else { return None };
                    bios = Some(self.places.place(uri)?);
                }
                Step::Run(_) => return None,
            }
        }
        memtest(bios.as_ref(), efi.as_ref())
    }

    /// A kernel with initrds: Linux, or wimboot.
    fn kernel(&self, steps: &[Step], architectures: &Architectures) -> Option<Recognized> {
        let (mut kernel, mut initrds, mut shim, mut boots) = (None, Vec::new(), None, false);
        for step in steps {
            let Step::Run(words) = step else { return None };
            let (name, rest) = words.split_first()?;
            match name.as_str() {
                "kernel" | "imgselect" if kernel.is_none() => kernel = Some(image(rest)?),
                "initrd" | "module" | "imgfetch" if kernel.is_none() && name == "imgfetch" => return None,
                "initrd" | "module" | "imgfetch" => initrds.push(image(rest)?),
                "shim" => shim = Some(image(rest)?),
                "imgargs" => kernel.as_mut()?.arguments = rest.get(1..)?.to_vec(),
                "boot" | "imgexec" if rest.len() <= 1 => boots = true,
                _ => return None,
            }
        }
        let kernel = kernel.filter(|_| boots)?;
        let file = kernel.url.rsplit('/').next().unwrap_or_default();
        if file.starts_with("wimboot") {
            return self.winpe(&kernel, &initrds, architectures);
        }
        let place = self.places.place(&kernel.url)?;
        let (mut below, mut injected) = (Vec::new(), Vec::new());
        for initrd in &initrds {
            let file = self.places.place(&initrd.url).filter(|initrd| initrd.over == place.over)?;
            // The argument is the path of the file within the initial RAM disk.
            match initrd.arguments.as_slice() {
                [] => below.push(file),
                [path, rest @ ..] if rest.iter().all(|word| is_of_ram_disk(word)) => {
                    injected.push((path.clone(), file));
                }
                _ => return None,
            }
        }
        let shim = match shim {
            Some(shim) => Some(self.places.place(&shim.url).filter(|shim| shim.over == place.over)?),
            None => None,
        };
        let arguments = kernel.arguments;
        let kernel = Kernel { place, initrds: below, injected, shim, arguments, places: self.places };
        Some(recognize(&kernel))
    }

    fn winpe(&self, wimboot: &Image, files: &[Image], architectures: &Architectures) -> Option<Recognized> {
        if !wimboot.arguments.is_empty() {
            return None;
        }
        let loader = self.places.place(&wimboot.url)?;
        let over = loader.over;
        let mut keys = Mapping::default();
        let setting = &architectures.setting;
        let by_arch = !setting.is_empty() && files.iter().any(|file| file.url.contains(setting));
        let place = |file: &Image| -> Option<(Place, Option<Place>)> {
            if by_arch && file.url.contains(setting) {
                let (before, behind) = self.places.place_around(&file.url, setting)?;
                return Some((behind, Some(before)));
            }
            Some((self.places.place(&file.url)?, None))
        };
        let bcd = files.iter().find(|file| file.is("BCD"))?;
        let (bcd_place, above) = place(bcd)?;
        // `Boot/BCD` is the usual place below the folder of the image.
        let inner = match bcd_place.path.to_ascii_lowercase().strip_suffix("boot/bcd") {
            Some(above) => bcd_place.path.get(..above.len())?.trim_end_matches('/').to_owned(),
            None => String::new(),
        };
        let dir = match &above {
            Some(above) => above.path.clone(),
            None => inner,
        };
        if !dir.is_empty() {
            keys.set("dir", dir.as_str());
        }
        if loader.path != "wimboot" {
            keys.set("wimboot", loader.path.as_str());
        }
        if above.is_some() {
            let mut folders = Mapping::default();
            for (arch, folder) in &architectures.folders {
                folders.set(arch, folder.as_str());
            }
            keys.set("arch_dirs", folders);
        }
        let mut inject = Mapping::default();
        for file in files {
            let (place, around) = place(file)?;
            if place.over != over {
                return None;
            }
            let own = [
                ("bcd", "BCD", "Boot/BCD"),
                ("sdi", "boot.sdi", "Boot/boot.sdi"),
                ("wim", ".wim", "sources/boot.wim"),
            ];
            let known = own.iter().find(|(key, name, _)| {
                if *key == "wim" { file.name().to_ascii_lowercase().ends_with(name) } else { file.is(name) }
            });
            let within = if above.is_some() { "" } else { &dir };
            match known {
                Some((key, _, usual)) => {
                    let path = if around.is_some() == above.is_some() {
                        relative(&place.path, within)
                    } else {
                        format!("/{}", place.path)
                    };
                    if path != *usual {
                        keys.set(key, path);
                    }
                }
                // wimboot 2.7.1 takes the files of the loader from the image.
                None if is_of_loader(file.name()) => {}
                None if around.is_some() => return None,
                None => {
                    inject.set(file.name(), format!("/{}", place.path));
                }
            }
        }
        if !inject.is_empty() {
            keys.set("inject", inject);
        }
        Some(Recognized { kind: "winpe", keys, over: Some(over), added: Vec::new() })
    }
}

impl Image {
    /// The name by which the booted program sees the file.
    fn name(&self) -> &str {
        let file = self.url.rsplit('/').next().unwrap_or_default();
        self.name.as_deref().or(self.arguments.first().map(String::as_str)).unwrap_or(file)
    }

    fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }
}

/// Whether an argument tells how a file is put into the initial RAM disk.
fn is_of_ram_disk(argument: &str) -> bool {
    argument.starts_with("mode=") || argument.starts_with("mkdir=")
}

/// Whether wimboot takes a file for one of the loader, and not of the system.
fn is_of_loader(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("bootmgr")
        || name == "boot.stl"
        || [".ttf", ".efi"].iter().any(|end| name.ends_with(end))
}

/// The commands of a line without the test that guards a `shim`: other firmware than UEFI needs none.
fn on_uefi(commands: &[Command]) -> &[Command] {
    match commands {
        [test, rest @ ..]
            if test.words == ["iseq", "${platform}", "efi"]
                && rest.first().is_some_and(|shim| shim.joint == Joint::And && shim.name() == "shim") =>
        {
            rest
        }
        _ => commands,
    }
}

/// The image of a command.
fn image(words: &[String]) -> Option<Image> {
    let (options, rest) = options(words, IMAGE);
    let (url, arguments) = rest.split_first()?;
    let name = options.iter().find(|(name, _)| *name == "name").map(|(_, name)| (*name).to_owned());
    Some(Image { url: url.clone(), name, arguments: arguments.to_vec() })
}

/// An entry for a memory test, by the names of its files.
fn memtest(bios: Option<&Place>, efi: Option<&Place>) -> Option<Recognized> {
    let mut keys = Mapping::default();
    let mut over: Option<Over> = None;
    for (key, place) in [("bios", bios), ("efi", efi)] {
        let Some(place) = place else { continue };
        let file = place.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let key = if efi.is_none() && file.ends_with(".efi") { "efi" } else { key };
        if !file.contains("memtest") && !file.starts_with("mt86") {
            return None;
        }
        keys.set(key, Value::Text(place.path.clone()));
        over = over.or(Some(place.over));
    }
    (!keys.is_empty()).then_some(Recognized { kind: "memtest", keys, over, added: Vec::new() })
}

/// The files that a line chains on BIOS and on UEFI, or sets for a later `chain`.
fn by_platform(line: &Line) -> Option<(String, String)> {
    let [test, one, rest @ ..] = line.commands.as_slice() else { return None };
    let [iseq, platform, value] = test.words.as_slice() else { return None };
    if iseq != "iseq" || platform != "${platform}" || one.joint != Joint::And {
        return None;
    }
    let file = |command: &Command| match command.words.as_slice() {
        [set, name, value] if set == "set" && name == "ipxegen.file" => Some(value.clone()),
        [chain, rest @ ..] if chain == "chain" || chain == "kernel" => match options(rest, IMAGE).1 {
            [only] => Some(only.clone()),
            _ => None,
        },
        _ => None,
    };
    let first = file(one)?;
    let other = match rest {
        [or] if or.joint == Joint::Or && or.words.is_empty() => String::new(),
        [or, ..] if or.joint == Joint::Or => file(or)?,
        _ => return None,
    };
    match value.as_str() {
        "efi" => Some((other, first)),
        "pcbios" => Some((first, other)),
        _ => None,
    }
}

/// The commands of a line, without its comment.
pub(super) fn joined(line: &Line) -> String {
    let mut text = String::new();
    for (index, command) in line.commands.iter().enumerate() {
        if index > 0 {
            text.push_str(match command.joint {
                Joint::Always => " ; ",
                Joint::And => " && ",
                Joint::Or => " || ",
            });
        }
        text.push_str(&command.words.join(" "));
    }
    text.trim_end().to_owned()
}
