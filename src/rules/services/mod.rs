//! The daemons that serve files, TFTP above all, and the systems that they run on.

pub mod privileged_file;
pub mod separate_boot_files;
pub mod separate_roots;
pub mod system_lacks;
pub mod tftp_address;
pub mod tftp_as_root;
pub mod tftp_directory;
pub mod tftp_not_secure;
pub mod tftp_options;
pub mod tftp_upload;
pub mod tftpd_defaults;
