//! NFS exports and Samba shares: who may read or write them, and their folders.

pub mod anonuid_is_root;
pub mod contradictory_options;
pub mod duplicate_fsid;
pub mod export_clients;
pub mod export_misses_subnet;
pub mod export_options;
pub mod guest_with_users;
pub mod guest_writable_share;
pub mod iso_mounts;
pub mod mask_on_read_only;
pub mod nested_exports;
pub mod nfs_root_not_exported;
pub mod shared_nfs_root;
pub mod system_folder;
pub mod workgroup_is_server;
pub mod world_export;
pub mod world_export_as_root;
pub mod writable_boot_files;
pub mod writable_setup;
