//! The steps that a boot entry runs on one client.

use super::raw::RAW;
use super::script::ScriptContext;
use super::served::{Access, ServedFile};
use super::stage::{
    CHAIN_FIRMWARE, MEMTEST_FIRMWARE, NFS_ROOT_WITHOUT_PATH, Origin, SAN_WITHOUT_DISK, SETUP_ON_BIOS, Stage,
    Step, Stop, WINPE_ARCHITECTURE,
};
use crate::model::{
    ClientKind, Content, Entry, EntryKind, KernelArgument, KernelStart, LinuxBoot, LinuxStart, Published,
    RunsOn, Service, WinpeBoot, firmware_by_name,
};

/// Adds the facts of an entry; returns why it does not start.
pub(super) fn describe(context: &ScriptContext<'_, '_>, entry: &Entry, stage: &mut Stage) -> Option<Stop> {
    let origin = || Origin::new("entry", entry.span);
    stage.say("entry", format!("{} ({})", entry.id, entry.kind.word()), origin());
    let stop = match &entry.kind {
        EntryKind::Linux(linux) => linux_facts(context, entry, linux, stage),
        EntryKind::Winpe(winpe) => winpe_facts(context, entry, winpe, stage),
        EntryKind::Iso(iso) => {
            context.file(stage, entry, "disk", &iso.iso);
            None
        }
        EntryKind::San => san(context, stage),
        EntryKind::Local => {
            stage.say("starts", local(context), origin());
            None
        }
        EntryKind::Memtest(memtest) => {
            let file = if context.is_efi() { &memtest.efi } else { &memtest.bios };
            match file {
                Some(file) => {
                    context.file(stage, entry, "program", file);
                    None
                }
                None => stop("it has no program for this firmware", MEMTEST_FIRMWARE),
            }
        }
        EntryKind::Chain(chain) => {
            context.file(stage, entry, "program", &chain.url);
            let arguments: Vec<String> = chain.arguments.iter().map(|word| context.expand(word)).collect();
            if !arguments.is_empty() {
                stage.say("arguments", arguments.join(" "), origin());
            }
            let wanted = if context.is_efi() { RunsOn::Efi } else { RunsOn::Bios };
            match firmware_by_name(&chain.url) {
                Some(runs @ (RunsOn::Bios | RunsOn::Efi)) if runs != wanted => {
                    stop("the program is for other firmware", CHAIN_FIRMWARE)
                }
                _ => None,
            }
        }
        EntryKind::Script(script) => {
            for line in &script.written {
                stage.say("command", context.expand(&line.value), Origin::new("entry", line.span));
            }
            None
        }
        EntryKind::Shell => said(stage, "iPXE's shell", origin()),
        EntryKind::Config => said(stage, "iPXE's configuration", origin()),
        EntryKind::Exit => said(stage, "the next device in the firmware's boot order: iPXE ends", origin()),
        EntryKind::Reboot(reboot) if !reboot.setup => said(stage, "the machine again", origin()),
        EntryKind::Reboot(_) if context.is_efi() => said(stage, "the firmware's setup", origin()),
        EntryKind::Reboot(_) => stop("BIOS opens no setup by a command", SETUP_ON_BIOS),
        EntryKind::Poweroff => said(stage, "nothing: the machine is switched off", origin()),
    };
    further(context, entry, stage);
    stop
}

fn said(stage: &mut Stage, text: &str, origin: Origin) -> Option<Stop> {
    stage.say("starts", text, origin);
    None
}

fn stop(why: &str, finding: &'static str) -> Option<Stop> {
    Some(Stop { step: Step::Default, why: why.to_owned(), finding: Some(finding), span: None })
}

fn local(context: &ScriptContext<'_, '_>) -> &'static str {
    if context.is_efi() {
        "the next device in the firmware's boot order: iPXE ends with an error"
    } else {
        "the machine's first disk"
    }
}

fn linux_facts(
    context: &ScriptContext<'_, '_>,
    entry: &Entry,
    linux: &LinuxBoot,
    stage: &mut Stage,
) -> Option<Stop> {
    match &linux.start {
        LinuxStart::Kernel(kernel) => kernel_facts(context, entry, kernel, stage),
        LinuxStart::OwnScript { url } => {
            context.file(stage, entry, "script", url);
            let start = entry.published.iter().find_map(|file| match &file.content {
                Content::BootScript { kernel, .. } => Some(kernel),
                Content::Text(_) | Content::Startnet { .. } => None,
            });
            if let Some(kernel) = start {
                kernel_facts(context, entry, kernel, stage);
            }
        }
    }
    nfs_root(context, stage)
}

/// The root of a kernel that takes it from DHCP: `root=/dev/nfs` without `nfsroot=`.
fn nfs_root(context: &ScriptContext<'_, '_>, stage: &mut Stage) -> Option<Stop> {
    let arguments = stage.value("arguments").unwrap_or_default();
    let has = |begin: &str| arguments.split(' ').any(|word| word.starts_with(begin));
    if !has("root=/dev/nfs") || has("nfsroot=") {
        return None;
    }
    let Some((root, origin)) = context.root_path() else {
        let why = "DHCP gives this machine no root-path, and the entry names no NFS folder";
        return without_root_path(context, stage, why, NFS_ROOT_WITHOUT_PATH);
    };
    stage.say_file("nfs root", root, origin.clone(), context.nfs_root());
    None
}

fn kernel_facts(context: &ScriptContext<'_, '_>, entry: &Entry, kernel: &KernelStart, stage: &mut Stage) {
    context.file(stage, entry, "kernel", &kernel.kernel);
    let initrds = kernel.initrds.iter().map(|initrd| &initrd.uri);
    for uri in initrds.chain(kernel.injected.iter().map(|file| &file.uri)) {
        context.file(stage, entry, "initrd", uri);
    }
    // Only UEFI has Secure Boot.
    if let Some(shim) = kernel.shim.as_ref().filter(|_| context.is_efi()) {
        context.file(stage, entry, "shim", shim);
    }
    let arguments = kernel.arguments.iter().map(|argument| match argument {
        KernelArgument::Text(text) => context.expand(text),
        KernelArgument::Secret { prefix, .. } => format!("{prefix}(secret)"),
    });
    let arguments: Vec<String> = arguments.collect();
    if !arguments.is_empty() {
        stage.say("arguments", arguments.join(" "), Origin::new("entry", entry.span));
    }
}

fn winpe_facts(
    context: &ScriptContext<'_, '_>,
    entry: &Entry,
    winpe: &WinpeBoot,
    stage: &mut Stage,
) -> Option<Stop> {
    // wimboot for ARM64 is a program of its own, `wimboot.arm64` in its releases from 2.8.0 on.
    let is_for_arm64 = winpe.wimboot_path.contains("arm64");
    match context.kind() {
        Some(ClientKind::EfiArm64) if is_for_arm64 => {}
        None | Some(ClientKind::Bios | ClientKind::EfiIa32 | ClientKind::EfiX64) => {}
        Some(ClientKind::EfiArm64) => return stop("this wimboot is for x86", WINPE_ARCHITECTURE),
        Some(_) => return stop("Windows PE starts on x86 and ARM64 only", WINPE_ARCHITECTURE),
    }
    let dir = arch_dir(context, winpe, stage);
    let fill = |uri: &str| dir.map_or_else(|| uri.to_owned(), |dir| uri.replace("${ipxegen.arch}", dir));
    context.file(stage, entry, "kernel", &winpe.wimboot);
    for file in &winpe.files {
        context.file(stage, entry, "initrd", &fill(&file.uri));
    }
    for file in &entry.published {
        if let Content::Startnet { setup, .. } = &file.content {
            let share = format!("{} as {}", context.expand(&setup.unc), setup.user);
            let folder = share_folder(context, winpe);
            stage.say_file("share", &share, Origin::new("entry", file.span), folder);
            stage.say("setup", context.expand(&setup.setup), Origin::new("entry", file.span));
        }
    }
    None
}

/// The folder of the share that Windows' setup is on, if an account connects to it.
fn share_folder(context: &ScriptContext<'_, '_>, winpe: &WinpeBoot) -> Option<ServedFile> {
    let account = winpe.share_account.as_ref()?;
    let smb = context.site.smb.as_ref()?;
    let share = smb.shares.iter().find(|share| share.name.value == account.share)?;
    context.on_server(&context.subnet.addresses.of(Service::Smb)?, share.path.value.as_str(), Access::Mounted)
}

/// The folder of the client's architecture. The script begins with the first one; UEFI chooses by its own
/// architecture, BIOS by the processor.
fn arch_dir<'w>(context: &ScriptContext<'_, '_>, winpe: &'w WinpeBoot, stage: &mut Stage) -> Option<&'w str> {
    let first = winpe.arch_dirs.first()?;
    let of = |arch: &str| winpe.arch_dirs.iter().find(|known| known.buildarch == arch);
    let chosen = match (context.is_efi(), of("x86_64"), of("i386")) {
        (true, ..) => context.buildarch().and_then(of),
        (false, Some(wide), Some(_)) => {
            stage.notes.push("a 64-bit processor is assumed: under BIOS the processor decides".to_owned());
            Some(wide)
        }
        (false, wide, narrow) => wide.or(narrow),
    };
    Some(&chosen.unwrap_or(first).dir)
}

fn san(context: &ScriptContext<'_, '_>, stage: &mut Stage) -> Option<Stop> {
    let Some((root, origin)) = context.root_path() else {
        return without_root_path(context, stage, "DHCP gives this machine no root-path", SAN_WITHOUT_DISK);
    };
    stage.say_file("disk", root, origin.clone(), context.store());
    None
}

/// The end of an entry that needs a root-path. Text of the user's may give one.
fn without_root_path(
    context: &ScriptContext<'_, '_>,
    stage: &mut Stage,
    why: &str,
    finding: &'static str,
) -> Option<Stop> {
    if context.dhcp.value(RAW).is_none() {
        return stop(why, finding);
    }
    stage.notes.push("it needs a root-path, which only `raw` can give".to_owned());
    None
}

/// The files that the booted system fetches, and what else belongs to the entry.
fn further(context: &ScriptContext<'_, '_>, entry: &Entry, stage: &mut Stage) {
    for file in entry.published.iter().filter(|file| !matches!(file.content, Content::BootScript { .. })) {
        published(context, entry, file, stage);
    }
    // Of Windows PE, only the files of one architecture are needed.
    if !matches!(entry.kind, EntryKind::Winpe(_) | EntryKind::Memtest(_)) {
        for file in &entry.files {
            context.needed(stage, entry, "file", &file.path, file.span);
        }
    }
    if let Some(path) = &entry.nfs_path {
        // The script has the address only if an entry's text names it.
        let server = context.address("ipxegen.nfs").map(str::to_owned);
        let server = server.or_else(|| context.subnet.addresses.of(Service::Nfs)).unwrap_or_default();
        let folder = context.on_server(&server, path.as_str(), Access::Mounted);
        stage.say_file("nfs", &format!("{server}:{path}"), Origin::new("entry", entry.span), folder);
    }
    if let Some(iso) = &entry.from_iso {
        let server = stage.facts.iter().find_map(|fact| fact.file.as_ref()).map(|file| file.server);
        let path = iso.value.to_string();
        let file = server.map(|server| ServedFile { server, path: path.clone(), access: Access::Inside });
        stage.say_file("mounted ISO", &path, Origin::new("entry", iso.span), file);
    }
    if let Some(span) = entry.unattended {
        stage.say("unattended", "it installs without asking", Origin::new("entry", span));
    }
}

fn published(context: &ScriptContext<'_, '_>, entry: &Entry, file: &Published, stage: &mut Stage) {
    let name = if entry.unattended.is_some() { "answers" } else { "file" };
    context.needed(stage, entry, name, &file.path, file.span);
}
