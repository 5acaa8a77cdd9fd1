//! Loaders and boot entries: those that do not start on the firmware of their clients, and those that start by
//! mistake.

pub mod backslash_in_loader;
pub mod bios_disk;
pub mod boot_loop;
pub mod bootif_format;
pub mod chain_firmware;
pub mod entry_without_loader;
pub mod fetch_by_name;
pub mod grub_quoting;
pub mod https_without_support;
pub mod initrd_in_cmdline;
pub mod inject_on_uefi;
pub mod installer_without_router;
pub mod iso_fetched_twice;
pub mod iso_of_live_system;
pub mod kernel_without_shim;
pub mod loader_firmware;
pub mod loader_is_script;
pub mod loader_without_target;
pub mod memtest_firmware;
pub mod memtest_with_secure_boot;
pub mod needs_loop;
pub mod needs_unproven;
pub mod needs_without_ipv6;
pub mod nfs_root_without_ip;
pub mod nfs_root_without_path;
pub mod nfs_with_secure_boot;
pub mod not_served;
pub mod nothing_to_boot;
pub mod password_in_cmdline;
pub mod password_in_url;
pub mod reinstall_after_timeout;
pub mod reinstall_at_every_boot;
pub mod setup_on_bios;
pub mod winpe_architecture;
