//! Follows one client of one kind from the firmware's DHCP request to the entry that it boots.

use super::class_notes::class_notes;
use super::dhcp_facts::{facts, layer};
use super::entry::describe;
use super::kind::{TracedKind, ipxe};
use super::raw::{self, Decides};
use super::script::ScriptContext;
use super::served::{absolute, served};
use super::stage::{DEFAULT_NOT_FOR_CLIENT, Origin, Stage, Step, Stop};
use super::v6::Trace6;
use super::who::Who;
use crate::dhcp::{Answer, Client, Layer, Policy, answer};
use crate::model::{
    CLIENT_KINDS, ClientKind, Embed, Features, Loader, Script, Site, Subnet, is_signed, make_target,
    second_stages,
};
use crate::outputs::{ClientMenu, ScriptClient, client_menu, script_settings};
use crate::source::Span;

/// Why a stranger gets no boot file in a subnet with `netboot: known`.
pub(super) const KNOWN_ONLY: &str = "`netboot: known`: only hosts of the site get a boot file here";

/// The name of the script if the site gives none.
pub(super) const DEFAULT_SCRIPT: &str = "install.ipxe";

/// The boot of one kind of client.
#[derive(Clone, Debug)]
pub struct ClientTrace {
    /// The kind.
    pub kind: TracedKind,
    /// The steps, up to the one at which the boot ends.
    pub stages: Vec<Stage>,
    /// Why it ends before an entry runs.
    pub stop: Option<Stop>,
    /// The end in one line.
    pub ends: String,
    /// Whether the site says how it ends. It does not where verbatim text for the DHCP server may give the address or the
    /// boot file that its keys do not.
    pub is_known: bool,
    /// The changes that such text may make to this boot, each in words and with its place.
    pub changes: Vec<(String, Span)>,
    /// The answers by DHCPv6; `None` if the subnet has no IPv6.
    pub v6: Option<Trace6>,
}

impl ClientTrace {
    /// The stage of a step.
    #[must_use]
    pub fn stage(&self, step: Step) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.step == step)
    }
}

/// A client that is followed.
pub(super) struct Chain<'s, 'p> {
    pub(super) site: &'s Site<'s>,
    pub(super) policy: &'p Policy<'s>,
    pub(super) who: &'p Who<'s>,
    /// The kind that is asked for.
    pub(super) asked: TracedKind,
    /// The kind that DHCP recognizes.
    pub(super) kind: TracedKind,
    stages: Vec<Stage>,
    changes: Vec<(String, Span)>,
}

/// Why a boot is over: a stop, what is not known, or an end in one line.
enum End {
    Stop(Stop),
    Open(Stop),
    Done(String),
}

impl<'s, 'p> Chain<'s, 'p> {
    pub(super) const fn new(
        site: &'s Site<'s>,
        policy: &'p Policy<'s>,
        who: &'p Who<'s>,
        kind: TracedKind,
    ) -> Self {
        Self { site, policy, who, asked: kind, kind, stages: Vec::new(), changes: Vec::new() }
    }

    /// Follows the client to its end.
    pub(super) fn follow(mut self) -> ClientTrace {
        let (stop, ends, is_known) = match self.steps() {
            End::Stop(stop) => {
                let ends = format!("nothing: {}", stop.why);
                (Some(stop), ends, true)
            }
            End::Open(stop) => {
                let ends = format!("not known: {}", stop.why);
                (Some(stop), ends, false)
            }
            End::Done(ends) => (None, ends, true),
        };
        let Self { asked, stages, changes, .. } = self;
        ClientTrace { kind: asked, stages, stop, ends, is_known, changes, v6: None }
    }

    fn steps(&mut self) -> End {
        let plain = self.who.identifiers.plain(self.who.subnet, self.who.mac);
        let mut ipxe_kind = Some(ClientKind::Bios);
        let mut first = None;
        if self.kind != TracedKind::Ipxe {
            let client = self.kind.client(&plain);
            self.recognize(&client);
            let Some(answer) = self.ask(Step::FirmwareDhcp, &client) else {
                return self.no_answer(Step::FirmwareDhcp, &client);
            };
            self.note_recognized();
            if self.kind == TracedKind::Plain {
                return End::Done("an address; it does not boot from the network".to_owned());
            }
            let Some(file) = answer.file.get().copied() else {
                return self.open_file(self.no_file(Step::FirmwareDhcp, &answer), &answer);
            };
            self.first_stage(&answer, file);
            first = Some(file);
            ipxe_kind = self.kind.ipxe_kind(file).filter(|_| self.is_ipxe(file));
            if ipxe_kind.is_none() {
                return End::Done(format!(
                    "{file}, which decides what comes next: it is not known to be iPXE"
                ));
            }
        }
        let client = ipxe(&plain, ipxe_kind);
        let Some(answer) = self.ask(Step::IpxeDhcp, &client) else {
            return self.no_answer(Step::IpxeDhcp, &client);
        };
        self.note_needs(&plain, ipxe_kind);
        if let Some(file) = self.in_place_of_script(&answer) {
            if first == Some(file) {
                let why = format!("iPXE gets {file} again and loads itself for ever");
                let span = answer.file.said.first().and_then(|said| said.span);
                return End::Stop(Stop { step: Step::IpxeDhcp, why, finding: None, span });
            }
            self.first_stage(&answer, file);
            return End::Done(format!("{file}, in place of the script"));
        }
        let Some(script) = self.script(&answer) else {
            return self.without_script(&answer);
        };
        self.menu(&answer, ipxe_kind, &script)
    }

    /// The file of a host or a class that iPXE gets in place of the script of its subnet.
    fn in_place_of_script(&self, answer: &Answer<'s>) -> Option<&'s str> {
        let script = self.policy.subnets.get(answer.subnet)?.files.and_then(|files| files.script);
        answer.file.get().copied().filter(|file| Some(*file) != script)
    }

    /// Takes the kind that a client is by what it sends: a Raspberry Pi sends the architecture of a PC with BIOS.
    fn recognize(&mut self, client: &Client) {
        let TracedKind::Firmware(kind) = self.kind else { return };
        if let Some(info) = CLIENT_KINDS.iter().find(|info| client.is(info.kind)).filter(|_| !client.is(kind))
        {
            self.kind = TracedKind::Firmware(info.kind);
        }
    }

    fn note_recognized(&mut self) {
        let (asked, kind) = (self.asked, self.kind);
        if let Some(stage) = self.stages.last_mut().filter(|_| asked != kind) {
            stage.notes.push(format!(
                "DHCP recognizes this client as `{}`, by its MAC address and option 97, not as `{}`",
                kind.name(),
                asked.name()
            ));
        }
    }

    /// Adds the stage of a DHCP request.
    fn ask(&mut self, step: Step, client: &Client) -> Option<Answer<'s>> {
        let mut stage = Stage::new(step);
        stage.asks = Some(client.clone());
        if self.site.dhcp.is_none() {
            stage.notes.push(
                "another DHCP server answers here: these are the values that the site wants it to send"
                    .to_owned(),
            );
        }
        let mut answers = answer(self.policy, client);
        if answers.is_empty() {
            stage.facts = raw::facts(&self.raw_of_network(client));
            self.stages.push(stage);
            return None;
        }
        let own = answers.iter().position(|answer| answer.subnet == self.who.subnet).unwrap_or(0);
        let answer = answers.swap_remove(own);
        let others = answers.iter().filter(|other| other.subnet != answer.subnet);
        let others: Vec<String> = others
            .filter_map(|answer| Some(format!("`{}`", self.subnet(answer.subnet)?.name.value)))
            .collect();
        if !others.is_empty() {
            let others = others.join(", ");
            stage.notes.push(format!("the address may also come from {others}: --from shows its values"));
        }
        stage.facts = facts(self.site, &answer, self.who.host, client.is_ipxe());
        let texts = self.raw_of(&answer);
        stage.facts.extend(raw::facts(&texts));
        for what in [Decides::Address, Decides::File] {
            // An installed system loads no boot file.
            let is_used = what == Decides::Address || self.kind != TracedKind::Plain;
            let changes = raw::changes(&texts, what).into_iter().filter(|_| is_used);
            for change in changes.filter(|change| !self.changes.contains(change)).collect::<Vec<_>>() {
                self.changes.push(change);
            }
        }
        stage.notes.extend(own_templates(self.site, &["dhcpd/"]));
        stage.notes.extend(class_notes(self.policy, &answer, client));
        self.stages.push(stage);
        Some(answer)
    }

    /// Notes what iPXE in a ROM gets if it lacks a feature that the script needs.
    fn note_needs(&mut self, plain: &Client, kind: Option<ClientKind>) {
        let needs = self.policy.needs;
        if self.kind != TracedKind::Ipxe || needs.is_empty() {
            return;
        }
        let client = Client { features: Features::none(), ..ipxe(plain, kind) };
        let answers = answer(self.policy, &client);
        let own = answers.iter().find(|answer| answer.subnet == self.who.subnet).or(answers.first());
        let file = own.and_then(|answer| answer.file.get().copied()).unwrap_or("no file");
        let names: Vec<_> = needs.names().map(|name| format!("`{name}`")).collect();
        let note =
            format!("an iPXE that lacks one of {} gets {file} in place of the script", names.join(", "));
        if let Some(stage) = self.stages.last_mut() {
            stage.notes.push(note);
        }
    }

    fn subnet(&self, at: usize) -> Option<&'s Subnet> {
        self.site.subnets.get(at)
    }

    /// The texts for the DHCP server that apply to the client of an answer.
    fn raw_of(&self, answer: &Answer<'_>) -> Vec<raw::ScopedRaw<'s>> {
        raw::texts(self.site, &[answer.subnet], &answer.classes, self.who.host, false)
    }

    /// The texts for the DHCP server that apply to a client without an answer, in all subnets of its network.
    fn raw_of_network(&self, client: &Client) -> Vec<raw::ScopedRaw<'s>> {
        let subnets = self.policy.network_of(self.who.subnet).map_or(&[][..], |network| &network.subnets);
        let classes = self.policy.classes_in(self.who.subnet);
        let classes = classes.filter(|(_, scope, _)| client.is_in(&scope.class.matches));
        let classes: Vec<&str> = classes.map(|(_, scope, _)| scope.class.name.value.as_str()).collect();
        raw::texts(self.site, subnets, &classes, self.who.host, false)
    }

    fn no_answer(&self, step: Step, client: &Client) -> End {
        let stop = self.no_address(step, client);
        raw::unless_raw(stop, &self.raw_of_network(client), Decides::Address)
            .map_or_else(End::Open, End::Stop)
    }

    fn open_file(&self, stop: Stop, answer: &Answer<'_>) -> End {
        raw::unless_raw(stop, &self.raw_of(answer), Decides::File).map_or_else(End::Open, End::Stop)
    }

    /// Why no server offers an address.
    fn no_address(&self, step: Step, client: &Client) -> Stop {
        let stop = |why: String, span: Option<Span>| Stop { step, why, finding: None, span };
        let Some(subnet) = self.subnet(self.who.subnet) else { return stop("no subnet".to_owned(), None) };
        let name = &subnet.name.value;
        let known = !self.policy.hosts_of(client.mac).is_empty();
        let away = self.who.host.and_then(|host| host.ip.as_ref());
        if !subnet.unknown_clients.value && !known {
            let why = format!("DHCP gives strangers no address in `{name}` (`unknown_clients: deny`)");
            return stop(why, Some(subnet.unknown_clients.span));
        }
        let who = if known { "hosts" } else { "strangers" };
        let elsewhere =
            away.map_or(String::new(), |ip| format!(", and its own, {}, is in another subnet", ip.value));
        stop(format!("`{name}` has no address for {who}{elsewhere}"), Some(subnet.name.span))
    }

    /// Why the answer names no boot file.
    fn no_file(&self, step: Step, answer: &Answer<'_>) -> Stop {
        let (mut why, mut span) = (format!("no loader for {}", self.kind.name()), None);
        let is_stranger = self.policy.hosts_of(self.who.mac).is_empty();
        let known_only = self.policy.subnets.get(answer.subnet).is_some_and(|scope| scope.known_only);
        if let Some(said) = answer.file.said.first().filter(|said| said.value.is_none()) {
            why = match said.layer {
                Layer::NetbootNone => "`netboot: none` in this subnet",
                // Below the layer of classes only `netboot` takes a file away.
                Layer::Subnet if known_only && is_stranger => KNOWN_ONLY,
                Layer::Class => "a class takes the boot file away",
                _ => "no boot file for this machine",
            }
            .to_owned();
            span = said.span;
        } else if known_only && is_stranger {
            KNOWN_ONLY.clone_into(&mut why);
        }
        Stop { step, why, finding: None, span }
    }

    /// Adds the stage of the first program.
    fn first_stage(&mut self, answer: &Answer<'_>, file: &str) {
        let mut stage = Stage::new(Step::FirstStage);
        let next = answer.next_server.get().map(ToString::to_string).unwrap_or_default();
        let url = if file.contains("://") { file.to_owned() } else { format!("tftp://{next}/{file}") };
        let firmware =
            self.stages.last().and_then(|stage| stage.facts.iter().find(|fact| fact.name == "file"));
        let origin = firmware.map_or_else(Origin::default_value, |fact| fact.origin.clone());
        let Some(subnet) = self.subnet(answer.subnet) else { return };
        let served_here = served(self.site, subnet, &url);
        let is_ours = served_here.is_some();
        stage.say_file("loader", &url, origin.clone(), served_here);
        for second in second_stages(file) {
            let name = second.rsplit('/').next().unwrap_or_default();
            let url = absolute(&url, name);
            stage.say_file("started by it", &url, origin.clone(), served(self.site, subnet, &url));
        }
        if is_signed(file) {
            stage.notes.push("iPXE then looks for autoexec.ipxe beside it, before it asks DHCP".to_owned());
        } else if let TracedKind::Firmware(kind) = self.kind
            && is_ours
            && kind.in_ipxe().is_some()
            && make_target(kind, file.rsplit("://").next().unwrap_or(file)).is_none()
        {
            stage
                .notes
                .push("its name does not say that it is iPXE; the next steps assume that it is".to_owned());
        }
        let build = self.site.loaders_build.as_ref();
        if build.is_some_and(|build| build.embed == Embed::Chain) {
            stage.notes.push(
                "the loader that build.sh makes has a script, which asks DHCP and fetches the script below"
                    .to_owned(),
            );
        } else if let Some(build) = build.filter(|build| matches!(build.embed, Embed::Own(_))) {
            stage.notes.push(
                "the loader that build.sh makes has a script of yours, which decides what comes next"
                    .to_owned(),
            );
            stage.say("embedded script", "yours", Origin::new("site", build.span));
        }
        self.stages.push(stage);
    }

    /// Whether the first program is iPXE: a loader of the site, or a file that has the name of one of iPXE's programs. The
    /// `file` of a class is often another program, such as GRUB, FreeBSD's pxeboot or a phone's settings.
    fn is_ipxe(&self, file: &str) -> bool {
        let is_loader =
            |loader: &Loader| matches!(loader, Loader::File(name) | Loader::Url(name) if name == file);
        let of_subnets = self.site.subnets.iter().map(|subnet| &subnet.loaders);
        let mut loaders = of_subnets.chain(self.site.own_loaders()).flat_map(|loaders| loaders.iter());
        let name = file.rsplit("://").next().unwrap_or(file);
        let is_named = matches!(self.kind, TracedKind::Firmware(kind) if make_target(kind, name).is_some());
        is_named || is_signed(file) || loaders.any(|(_, loader)| is_loader(&loader.value))
    }

    /// Adds the stage of the script; returns its URL.
    fn script(&mut self, answer: &Answer<'_>) -> Option<String> {
        let file = answer.file.get().copied()?;
        let subnet = self.subnet(answer.subnet)?;
        let mut stage = Stage::new(Step::Script);
        let next = answer.next_server.get().map(ToString::to_string).unwrap_or_default();
        let url = if file.contains("://") { file.to_owned() } else { format!("tftp://{next}/{file}") };
        // The place of a script that is not written is that of the site.
        let is_default = matches!(&self.site.ipxe.script, Script::Http(name) | Script::Tftp(name) if name == DEFAULT_SCRIPT);
        let origin =
            if is_default { Origin::default_value() } else { Origin::new("site", self.site.ipxe.span) };
        stage.say_file("script", &url, origin, served(self.site, subnet, &url));
        if let Some(hook) = &self.site.ipxe.hook {
            let context = ScriptContext {
                site: self.site,
                subnet,
                kind: None,
                url: url.clone(),
                settings: Vec::new(),
                host: self.who.host,
                mac: self.who.mac,
                dhcp: self.stages.last()?,
            };
            let value = absolute(&url, &context.expand(&hook.value));
            stage.say("hook", format!("{value} (if it exists)"), Origin::new("site", hook.span));
        }
        self.stages.push(stage);
        Some(url)
    }

    /// The end of a client whose iPXE gets no script.
    fn without_script(&self, answer: &Answer<'_>) -> End {
        let root = self.stages.last().and_then(|stage| stage.value("root-path"));
        match root {
            Some(root) => End::Done(format!("{root}, without a menu")),
            None => {
                let mut stop = self.no_file(Step::IpxeDhcp, answer);
                if answer.file.said.is_empty() {
                    stop.why = "iPXE gets no script here".to_owned();
                }
                self.open_file(stop, answer)
            }
        }
    }

    fn menu(&mut self, answer: &Answer<'_>, kind: Option<ClientKind>, script: &str) -> End {
        if matches!(self.site.ipxe.script, Script::Url(_)) {
            return End::Done(format!("the script {script}, which ipxegen does not render"));
        }
        let sent = |code: u8| {
            let (_, value) = answer.ipxe.iter().find(|(known, _)| *known == code)?;
            Some(String::from_utf8_lossy(value.get()?).into_owned())
        };
        let (entry, autoboot) = (sent(224), sent(225).is_some_and(|on| on == "\u{1}"));
        let asks = ScriptClient { kind, boot_entry: entry.as_deref(), autoboot };
        let menu = client_menu(self.site, asks);
        let stage = self.menu_stage(answer, &menu);
        let ends = self.ends(&menu);
        self.stages.push(stage);
        let Some(label) = menu.without_a_key().or_else(|| menu.selected()) else { return End::Done(ends) };
        let Some(entry) = self.site.entries.iter().find(|entry| entry.id == label) else {
            return End::Done(ends);
        };
        let (Some(subnet), Some(dhcp)) = (self.subnet(answer.subnet), self.dhcp_of_ipxe()) else {
            return End::Done(ends);
        };
        let context = ScriptContext {
            site: self.site,
            subnet,
            kind,
            url: script.to_owned(),
            settings: script_settings(self.site, sent),
            host: self.who.host,
            mac: self.who.mac,
            dhcp,
        };
        let mut stage = Stage::new(Step::Default);
        let stop = describe(&context, entry, &mut stage);
        self.stages.push(stage);
        stop.map_or(End::Done(ends), |stop| {
            End::Stop(Stop { why: format!("`{}` does not start: {}", entry.id, stop.why), ..stop })
        })
    }

    fn dhcp_of_ipxe(&self) -> Option<&Stage> {
        self.stages.iter().rfind(|stage| stage.step == Step::IpxeDhcp)
    }

    fn menu_stage(&self, answer: &Answer<'_>, menu: &ClientMenu) -> Stage {
        let mut stage = Stage::new(Step::Menu);
        stage.notes.extend(own_templates(self.site, &["ipxe/"]));
        stage.screens.clone_from(&menu.screens);
        stage.selected = menu.selected().map(str::to_owned);
        let origin_of = |code: u8| {
            let (_, value) = answer.ipxe.iter().find(|(known, _)| *known == code)?;
            let said = value.said.first().filter(|said| said.value.is_some())?;
            Some(Origin::new(&layer(said.layer), said.span))
        };
        if let Some(default) = &menu.default {
            let of_site = || match self.site.menu.default_span {
                Some(span) => Origin::new("site", span),
                None => Origin::default_value(),
            };
            stage.say("default", default.clone(), origin_of(224).unwrap_or_else(of_site));
        }
        let timeout = || match self.site.menu.timeout_span {
            Some(span) => Origin::new("site", span),
            None => Origin::default_value(),
        };
        let origin = if menu.autoboot { origin_of(225).unwrap_or_default() } else { timeout() };
        stage.say("without a key", self.ends(menu), origin);
        if let (Some(default), Some(selected)) = (&menu.default, menu.selected())
            && default != selected
            && !menu.autoboot
        {
            stage.notes.push(format!(
                "the client does not see `{default}`, so iPXE silently selects the first item, `{selected}` [{DEFAULT_NOT_FOR_CLIENT}]"
            ));
        }
        stage
    }

    /// The outcome without a key, in one line.
    fn ends(&self, menu: &ClientMenu) -> String {
        let seconds = menu.screens.first().and_then(|screen| screen.timeout).map(|millis| millis / 1000);
        match (menu.without_a_key(), menu.selected(), seconds) {
            (Some(id), ..) if menu.autoboot => format!("{id} after 3 s, without the menu"),
            (Some(id), _, Some(seconds)) => format!("{id} after {seconds} s"),
            (_, Some(id), _) => format!("the menu, which waits for a key at {id}"),
            _ => "an empty menu".to_owned(),
        }
    }
}

/// Says that templates of the user's replace those whose values a step shows.
fn own_templates(site: &Site<'_>, of: &[&str]) -> Option<String> {
    let own = site.templates.templates.iter().map(|template| template.name.as_str());
    let own: Vec<&str> = own.filter(|name| of.iter().any(|folder| name.starts_with(folder))).collect();
    (!own.is_empty()).then(|| format!("the site replaces {}, which may change this", own.join(", ")))
}
