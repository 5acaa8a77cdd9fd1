//! Words for the keys of boot entries and of `winpe`.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

const ENTRY: &[&str] = &["a boot entry"];

pub(super) static WORDS: &[ForeignWords] = &[
    row(
        ENTRY,
        "append args arguments kernel_options kernel_params kernel_opts kernelargs kernel_args boot_options options params \
         cmdline_args linux_args imgargs addkcmdline",
        Here("cmdline", ""),
    ),
    row(ENTRY, "linux linuxefi linux16 vmlinuz image bzimage kernel_file kernel_path", Here("kernel", "")),
    row(ENTRY, "initrds initrdefi initrd16 ramdisk initramfs initrd_path initrd_file", Here("initrd", "")),
    row(ENTRY, "title name text text_help help description menu_label menuentry", Here("label", "")),
    row(ENTRY, "type os method boot_type provider distro breed osvers", Here("kind", "")),
    row(
        ENTRY,
        "file binary",
        Here("bios", "`bios: memtest.bin` for PCs with BIOS, `efi: memtest.efi` for UEFI"),
    ),
    row(ENTRY, "file", Here("iso", "")),
    row(
        ENTRY,
        "search insmod set_root load_video savedefault gfxpayload",
        Instead("the entry needs no commands of GRUB: `kernel` and `initrd` are paths below the TFTP root"),
    ),
    row(ENTRY, "hotkey shortcut accesskey", Here("key", "")),
    row(ENTRY, "iso_file iso_url image_url isofile cdrom", Here("iso", "")),
    row(ENTRY, "directory path folder basedir root_dir", Here("dir", "")),
    row(
        ENTRY,
        "arch archs architecture architectures platform platforms only",
        Here("only_for", "`only_for: [bios, efi_x64]`"),
    ),
    row(ENTRY, "protocol via transport", Here("over", "")),
    row(ENTRY, "hide visible enabled enable", Here("hidden", "")),
    row(ENTRY, "ks ks_file kickstart_url inst_ks", Here("kickstart", "")),
    row(ENTRY, "preseed_url seed answers auto_url", Here("preseed", "")),
    row(ENTRY, "user_data userdata cloud_init autoinstall_url seedfrom", Here("autoinstall", "")),
    row(ENTRY, "autoyast autoyast_url", Here("profile", "")),
    row(ENTRY, "uri chain_url chainload chain filename target efi_file com32", Here("url", "")),
    row(ENTRY, "commands command script ipxe code", Here("lines", "")),
    row(ENTRY, "boot_wim wimfile install_wim", Here("wim", "")),
    row(ENTRY, "boot_sdi", Here("sdi", "")),
    row(ENTRY, "unattend_xml answer_file autounattend unattended", Here("unattend", "")),
    row(ENTRY, "version series", Here("release", "")),
    row(ENTRY, "nfsroot nfs_path nfs", Here("path", "")),
    row(ENTRY, "timeout", In("menu", "timeout", "")),
    row(ENTRY, "default", In("menu", "default", "")),
    row(ENTRY, "autoboot", In("a host", "autoboot", "")),
    row(
        ENTRY,
        "submenu group section",
        In("menu", "items", "`items: [{ submenu: ID, title: …, items: [ENTRY] }]`"),
    ),
    row(ENTRY, "ks kickstart inst_ks", In("an entry of kind `anaconda`", "kickstart", "")),
    row(ENTRY, "preseed", In("an entry of kind `debian_installer`", "preseed", "")),
    row(ENTRY, "autoinstall user_data", In("an entry of kind `subiquity`", "autoinstall", "")),
    row(ENTRY, "url chain", In("an entry of kind `chain`", "url", "")),
    row(ENTRY, "iso", In("an entry of kind `iso`", "iso", "")),
    row(ENTRY, "wim share unattend", In("an entry of kind `winpe`", "wim", "")),
    row(ENTRY, "root", Here("cmdline", "`cmdline: [root=/dev/nfs, ip=dhcp]`")),
    row(ENTRY, "localboot", Here("kind", "`kind: local` boots the machine's own disk")),
    row(
        ENTRY,
        "ipappend sysappend",
        Instead("iPXE hands the network settings to the system by `ip=dhcp` in `cmdline`"),
    ),
    row(&["winpe"], "arch architecture architectures", Here("archs", "")),
    row(&["winpe"], "adk_path", Here("adk", "")),
    row(&["winpe"], "locale lang", Here("language", "")),
    row(&["winpe"], "driver", Here("drivers", "")),
    row(&["winpe"], "timezone tz", Here("time_zone", "")),
    row(&["winpe"], "keyboard", Here("input_locale", "")),
    row(&["winpe"], "optional_components components", Here("packages", "")),
    row(&["winpe"], "workdir", Here("work_dir", "")),
    row(ENTRY, "bootargs boot_args", Here("cmdline", "")),
    row(ENTRY, "squashfs filesystem", In("an entry of kind `live_boot`", "dir", "the folder of the image")),
    row(ENTRY, "vmlinux", Here("kernel", "")),
    row(ENTRY, "command_line commandline", Here("cmdline", "")),
];
