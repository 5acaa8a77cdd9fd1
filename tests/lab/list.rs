//! The list of the boots: what each test of the lab boots, on which firmware and with which iPXE.
//!
//! [`BOOTS`] needs nothing else of the lab, so that a test of another binary can include this file and compare
//! docs/compatibility.md with it. A machine of a test that is not in the list, or has another firmware there, does not
//! start (`ipxe::check`). The tests of `ipxe_2` and of `full::ipxe_2` are made from the list.
#![allow(dead_code, reason = "each test binary uses its own part")]

/// The firmware of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Firmware {
    /// SeaBIOS, with iPXE as the network card's ROM, as QEMU and KVM machines have it.
    Bios,
    /// SeaBIOS, and a PXE client that does not present itself as iPXE, like the ROMs of other vendors: it gets the loader.
    BiosPxe,
    /// OVMF; its own PXE or HTTP client does the first stage.
    UefiX64,
    /// OVMF, with iPXE as the network card's ROM, as QEMU and KVM machines have it. Debian's package has no such ROM from
    /// Debian 13 on; there, OVMF starts iPXE from a USB stick.
    UefiRom,
    /// OVMF for IA32.
    UefiIa32,
    /// OVMF with Secure Boot and Microsoft's keys.
    SecureBoot,
    /// AAVMF, the firmware of ARM64 machines; its own PXE client does the first stage.
    UefiArm64,
}

/// The release of iPXE, as a release of Debian packages it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// iPXE 1.0.0+git of January 2019, in Debian 12: the one that is installed.
    Debian12,
    /// iPXE 2.0.0, in Debian 14: unpacked for the tests.
    Debian14,
}

impl Release {
    /// The version of iPXE.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Debian12 => "1.0.0+git (2019)",
            Self::Debian14 => "2.0.0",
        }
    }
}

/// What a test boots.
#[derive(Clone, Copy, Debug)]
pub struct Boot {
    /// The test: `boots::linux_boots_with_our_command_line`.
    pub test: &'static str,
    pub firmware: Firmware,
    /// The releases of iPXE with which it boots: all that `tests/run --full` does.
    pub ipxe: &'static [Release],
    /// Those of `tests/run`.
    pub gate: &'static [Release],
    /// The kind of the entry that boots last: `linux`. `menu` when the machine is only brought to the menu, and `none`
    /// when the test is that the machine gets no script.
    pub kind: &'static str,
    /// The system that starts, if it is the real one: `Debian 12 (kernel)` when its kernel starts. Otherwise a stand-in does.
    pub system: Option<&'static str>,
}

/// Calls a macro with the list. A line is `test: firmware, releases, kind;` or `…, kind, system;`. `Both` releases is the
/// first in the gate and the second in the full run, `Sample` is both in the gate.
macro_rules! boots {
    ($with:ident $($which:ident)?) => {
        $with! {
            $(only $which)?
            quick {
                uefi_x64_to_the_menu_over_http: UefiX64, Sample, "menu";
                bios_to_the_menu_over_http: BiosPxe, Both, "menu";
                uefi_x64_to_the_menu_over_tftp: UefiX64, Both, "menu";
                bios_to_the_menu_over_tftp: BiosPxe, Sample, "menu";
            }
            boots {
                the_default_entry_starts_after_the_timeout: Bios, Both, "chain";
                a_hot_key_starts_its_entry_and_the_menu_comes_back_after_it: Bios, Both, "chain";
                a_submenu_leads_back_and_to_its_entry: Bios, Both, "chain";
                escape_draws_the_menu_again: Bios, Both, "chain";
                a_failed_entry_comes_back_to_the_menu: Bios, Both, "linux";
                shell_and_config_lead_back_to_the_menu: Bios, Both, "config";
                entries_are_shown_to_the_machines_that_they_are_for: Bios, Both, "script";
                uefi_has_its_own_entries_and_its_own_memory_test: UefiRom, Both, "memtest";
                memtest_on_bios_is_the_program_for_bios: Bios, Both, "memtest";
                reboot_starts_the_machine_again: Bios, Both, "reboot";
                poweroff_switches_the_machine_off_or_says_that_ipxe_cannot: Bios, Both, "poweroff";
                winpe_fetches_its_files_by_name_and_in_order: Bios, Both, "winpe";
                winpe_over_tftp_on_a_64_bit_bios_machine_is_amd64: Bios, Both, "winpe";
                winpe_over_tftp_on_uefi_x64_is_amd64: UefiRom, Both, "winpe";
                an_iso_boots_over_http: Bios, Both, "iso";
                local_boots_the_disk_on_bios: Bios, Both, "local";
                exit_goes_on_to_the_disk_on_bios: Bios, Both, "exit";
                local_boots_the_disk_on_uefi: UefiRom, Both, "local";
                local_hands_a_uefi_machine_back_to_its_own_pxe_client: UefiX64, Both, "local";
                a_machine_has_a_script_of_its_own: Bios, Both, "chain";
                a_host_has_a_hidden_entry_preselected: Bios, Both, "chain";
                autoboot_starts_without_the_menu: Bios, Both, "chain";
                a_key_during_autoboot_opens_the_menu: Bios, Both, "chain";
                netboot_none_gives_the_host_nothing: Bios, Both, "none";
                a_host_has_a_loader_of_its_own: BiosPxe, Both, "menu";
                uefi_ia32_gets_the_ia32_loader_and_no_other: UefiIa32, Debian12, "none";
                a_kind_of_client_without_a_loader_gets_no_file: UefiIa32, Debian12, "none";
                uefi_boots_over_http_without_tftp: UefiX64, Both, "menu";
                linux_starts_with_its_own_initrd_after_another_entry: Bios, Both, "linux", "Debian 12 (kernel)";
                linux_starts_with_its_own_initrd_after_another_entry_on_uefi: UefiRom, Both, "linux", "Debian 12 (kernel)";
                linux_boots_with_our_command_line: Bios, Sample, "linux", "Debian 12 (kernel)";
                linux_boots_on_uefi_and_finds_its_initrd_by_name: UefiRom, Sample, "linux", "Debian 12 (kernel)";
                linux_boots_over_tftp_from_a_script_over_http: Bios, Both, "linux", "Debian 12 (kernel)";
                a_kernel_is_told_the_variables_of_its_room: Bios, Both, "linux", "Debian 12 (kernel)";
                a_kernel_is_told_the_sites_variables_where_no_room_has_its_own: Bios, Both, "linux", "Debian 12 (kernel)";
                uefi_fetches_its_loader_by_ipv6: UefiX64, Both, "none";
            }
            dhcp_servers {
                uefi_with_kea_to_the_menu: UefiX64, Both, "menu";
                bios_with_dnsmasq_to_the_menu: BiosPxe, Both, "menu";
            }
            examples {
                bios_to_the_menu_of_minimal: Bios, Both, "menu";
                bios_to_the_menu_of_branch: Bios, Both, "menu";
                bios_to_the_menu_of_school: Bios, Both, "menu";
                bios_to_the_menu_of_campus: Bios, Both, "menu";
            }
            installers {
                the_debian_installer_is_told_where_its_answers_are: Bios, Both, "debian_installer", "Debian 12 (kernel)";
                the_debian_13_installer_has_its_answers_in_its_ram_disk: Bios, Both, "debian_installer", "Debian 13 (installer)";
                the_debian_13_installer_has_its_answers_in_its_ram_disk_on_uefi: UefiRom, Debian14, "debian_installer", "Debian 13 (installer)";
                a_secret_argument_arrives_on_bios: Bios, Both, "linux", "Debian 12 (kernel)";
                a_secret_argument_arrives_on_uefi: UefiRom, Both, "linux", "Debian 12 (kernel)";
                a_script_of_an_entrys_own_comes_back_to_the_menu: Bios, Both, "linux", "Debian 12 (kernel)";
            }
            servers {
                the_menu_runs_with_the_disk_hooked_and_san_boots_it: Bios, Both, "san";
                san_boots_a_disk_that_nothing_hooked_before: Bios, Both, "san";
                windows_pe_hooks_the_disk_that_an_embedded_script_did_not: BiosPxe, Both, "winpe";
                a_disk_that_does_not_boot_stays_hooked_for_an_installer: Bios, Both, "san";
                san_says_that_a_machine_has_no_root_path: Bios, Both, "san";
                local_boots_the_local_disk_although_another_is_hooked: Bios, Both, "local";
                an_iso_boots_although_a_disk_is_hooked: Bios, Both, "iso";
                a_host_without_a_script_boots_its_disk_straight: Bios, Both, "san";
                the_target_refuses_the_disk_to_another_machine: Bios, Both, "none";
                uefi_san_boots_a_disk_that_is_hooked_already: UefiRom, Both, "san";
                uefi_san_boots_a_disk_that_nothing_hooked_before: UefiRom, Both, "san";
                uefi_local_boots_the_local_disk_although_another_is_hooked: UefiRom, Both, "local";
                a_second_subnet_boots_through_a_relay: Bios, Both, "menu";
                one_of_a_pair_serves_when_the_other_is_gone: Bios, Both, "menu";
            }
            arm64 {
                arm64_to_the_menu: UefiArm64, Debian14, "menu";
            }
            secure_boot {
                the_signed_shim_starts_ipxe_and_that_the_kernel: SecureBoot, Debian14, "debian_installer", "Debian 12 (kernel)";
                a_kernel_starts_by_the_shim_of_its_distribution: SecureBoot, Debian14, "debian_installer", "Debian 12 (kernel)";
                the_firmware_refuses_the_kernel_without_a_shim: SecureBoot, Debian14, "none";
            }
            targets {
                the_menu_runs_with_a_disk_of_our_own_hooked: Bios, Both, "san";
                a_machine_proves_itself_and_so_does_its_target: Bios, Both, "san";
                a_machine_without_an_address_of_its_own_proves_itself: Bios, Both, "san";
                a_disk_with_two_portals_boots_when_the_first_is_gone: Bios, Both, "san";
                the_rendered_target_refuses_a_disk_to_another_machine: Bios, Both, "none";
                the_rendered_target_refuses_a_machine_without_the_password: Bios, Both, "none";
            }
            full {
                minimal_on_a_bios_pxe_client: BiosPxe, Both, "menu";
                minimal_on_uefi: UefiX64, Both, "menu";
                minimal_on_uefi_with_an_ipxe_rom: UefiRom, Both, "menu";
                branch_on_a_bios_pxe_client: BiosPxe, Both, "menu";
                branch_on_uefi: UefiX64, Both, "menu";
                branch_on_uefi_with_an_ipxe_rom: UefiRom, Both, "menu";
                school_on_a_bios_pxe_client: BiosPxe, Both, "menu";
                school_on_uefi: UefiX64, Both, "menu";
                school_on_uefi_with_an_ipxe_rom: UefiRom, Both, "menu";
                campus_on_a_bios_pxe_client: BiosPxe, Both, "menu";
                campus_on_uefi: UefiX64, Both, "menu";
                campus_on_uefi_with_an_ipxe_rom: UefiRom, Both, "menu";
                classroom_on_bios_with_an_ipxe_rom: Bios, Both, "menu";
                classroom_on_uefi_with_an_ipxe_rom: UefiRom, Both, "menu";
                iscsi_windows_on_bios_with_an_ipxe_rom: Bios, Both, "menu";
                iscsi_windows_on_uefi_with_an_ipxe_rom: UefiRom, Both, "menu";
                bios_with_kea_to_the_menu: BiosPxe, Both, "menu";
                uefi_with_dnsmasq_to_the_menu: UefiX64, Both, "menu";
            }
        }
    };
}

macro_rules! table {
    (@all Debian12) => { &[Release::Debian12] };
    (@all Debian14) => { &[Release::Debian14] };
    (@all $both:ident) => { &[Release::Debian12, Release::Debian14] };
    (@gate full $any:ident) => { &[] };
    (@gate $module:ident Both) => { &[Release::Debian12] };
    (@gate $module:ident $ipxe:ident) => { table!(@all $ipxe) };
    (@system) => { None };
    (@system $system:literal) => { Some($system) };
    ($($module:ident {
        $($test:ident: $firmware:ident, $ipxe:ident, $kind:literal $(, $system:literal)?;)*
    })*) => {
        &[$($(Boot {
            test: concat!(stringify!($module), "::", stringify!($test)),
            firmware: Firmware::$firmware,
            ipxe: table!(@all $ipxe),
            gate: table!(@gate $module $ipxe),
            kind: $kind,
            system: table!(@system $($system)?),
        },)*)*]
    };
}

/// Makes a test that boots with the iPXE of Debian 14, of each line with the releases `$only`.
#[allow(unused_macros, reason = "a test of another binary needs the table only")]
macro_rules! with_ipxe_2 {
    (@Both Both $path:path, $test:ident) => { with_ipxe_2!(@test $path, $test); };
    (@Sample Sample $path:path, $test:ident) => { with_ipxe_2!(@test $path, $test); };
    (@$only:ident $ipxe:ident $path:path, $test:ident) => {};
    (@test $path:path, $test:ident) => {
        #[test]
        fn $test() {
            crate::ipxe::with(crate::list::Release::Debian14, $path);
        }
    };
    (only Both $($modules:tt)*) => { with_ipxe_2!(@modules Both $($modules)*); };
    (only Sample $($modules:tt)*) => { with_ipxe_2!(@modules Sample $($modules)*); };
    (@modules $only:ident $($module:ident { $($lines:tt)* })*) => {
        $(mod $module { with_ipxe_2!(@lines $only $module $($lines)*); })*
    };
    (@lines $only:ident $module:ident $(
        $test:ident: $firmware:ident, $ipxe:ident, $kind:literal $(, $system:literal)?;
    )*) => {
        $(with_ipxe_2!(@$only $ipxe crate::$module::$test, $test);)*
    };
}

/// All boots.
pub const BOOTS: &[Boot] = boots!(table);

/// Where the tests are that repeat the boots of Debian 12's iPXE with that of Debian 14: in the gate, and in the full run.
const IPXE_2: [&str; 2] = ["ipxe_2::", "full::ipxe_2::"];

/// The boot of a test, by the test's name.
pub fn boot(test: &str) -> Option<&'static Boot> {
    let test = IPXE_2.iter().find_map(|module| test.strip_prefix(module)).unwrap_or(test);
    BOOTS.iter().find(|boot| boot.test == test)
}

#[test]
fn the_list_names_kinds_of_entries() {
    for boot in BOOTS {
        let known = ["menu", "none"].contains(&boot.kind) || ipxegen::boot::kind(boot.kind).is_some();
        assert!(known, "{boot:?}");
        assert!(boot.gate.iter().all(|release| boot.ipxe.contains(release)), "{boot:?}");
        assert!(boot.ipxe.iter().all(|release| !release.version().is_empty()), "{boot:?}");
        assert!(boot.system.is_none_or(|system| system.contains(' ')), "{boot:?}");
    }
}
