//! Words for the keys of the services, of exports and of shares.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

const SERVICES: &[&str] = &["dhcp", "tftp", "http", "nfs", "smb", "iscsi"];

pub(super) static WORDS: &[ForeignWords] = &[
    row(
        SERVICES,
        "enabled enable disabled",
        Instead(
            "`none` switches a service off, as in `http: none`; one that is not mentioned runs on the only server",
        ),
    ),
    row(&["http", "nfs", "smb"], "host hostname ip address", Here("server", "")),
    row(&["dhcp", "tftp"], "hostname ip", Here("server", "")),
    row(
        &["tftp"],
        "directory dir tftp_directory tftp_root path prefix root_dir base basedir",
        Here("root", ""),
    ),
    row(&["tftp"], "username tftp_username owner", Here("user", "")),
    row(&["tftp"], "listen tftp_address bind listen_address port", Here("address", "`address: \":69\"`")),
    row(
        &["tftp"],
        "tftp_options args extra_args server_args secure blocksize mapfile map_file run_daemon",
        Here("options", ""),
    ),
    row(
        &["http"],
        "directory dir docroot document_root documentroot root_dir webroot path",
        Here("root", ""),
    ),
    row(&["http"], "port listen base_url baseurl server_name", Here("url", "`url: http://10.0.0.2:8080`")),
    row(&["http"], "type webserver engine software", Here("daemon", "")),
    row(&["http"], "alias prefix location", Here("tftp_prefix", "")),
    row(&["http"], "user owner www_user", Here("group", "")),
    row(&["http"], "https ssl tls ssl_certificate", In("ipxe", "https", "")),
    row(&["nfs"], "export shares share path paths", Here("exports", "")),
    row(&["nfs"], "clients options", In("an export", "clients", "")),
    row(
        &["nfs"],
        "threads vers versions version",
        Instead("it belongs into /etc/nfs.conf, which ipxegen does not write"),
    ),
    row(&["nfs"], "file config config_file", Here("exports_file", "")),
    row(&["an export"], "client host hosts network networks allowed", Here("clients", "")),
    row(
        &["an export"],
        "option opts read_only ro rw writable sync async no_root_squash root_squash all_squash squash fsid anonuid anongid \
         access sec crossmnt nohide subtree_check no_subtree_check insecure",
        Here("options", "`options: [rw, no_subtree_check]`"),
    ),
    row(&["an export"], "dir directory folder source", Here("path", "")),
    row(&["smb"], "share homes", Here("shares", "")),
    row(&["smb"], "config conf smb_conf", Here("config_file", "")),
    row(&["smb"], "user users valid_users", In("a share", "users", "")),
    row(
        &["smb"],
        "netbios_name security server_string log_level log_file max_log_size map_to_guest min_protocol server_min_protocol \
         max_protocol interfaces bind_interfaces_only passdb_backend ntlm_auth encrypt_passwords unix_charset dns_proxy \
         guest_account load_printers printing server_role hosts_allow wins_support",
        Here("raw", "`raw: \"security = user\"`"),
    ),
    row(
        &["smb"],
        "global",
        Instead("write `workgroup` directly under `smb`, and other lines of `[global]` into its `raw`"),
    ),
    row(&["a share"], "dir directory folder", Here("path", "")),
    row(&["a share"], "guest_ok public guest_access guestok", Here("guest", "")),
    row(
        &["a share"],
        "read_only readonly ro",
        Here("writable", "the opposite: `writable: false`, which is the default"),
    ),
    row(&["a share"], "write writeable write_ok rw", Here("writable", "")),
    row(&["a share"], "browsable", Here("browseable", "")),
    row(&["a share"], "valid_users allowed_users user username", Here("users", "")),
    row(&["a share"], "create_mode file_mask", Here("create_mask", "")),
    row(&["a share"], "directory_mode dir_mask", Here("directory_mask", "")),
    row(&["a share"], "description desc", Here("comment", "")),
    row(
        &["a share"],
        "write_list read_list force_user force_group hosts_allow hosts_deny veto_files available printable vfs_objects \
         inherit_acls inherit_permissions admin_users invalid_users only_guest force_create_mode force_directory_mode oplocks \
         follow_symlinks wide_links",
        Here("raw", "it takes lines of smb.conf: `raw: \"force user = samba\"`"),
    ),
    row(&["tftp"], "daemon", Instead("tftpd-hpa is the only daemon; leave the key out")),
    row(
        &["an export"],
        "readonly",
        Here("options", "`options: [ro, no_subtree_check]`, which is the default"),
    ),
    row(&["http"], "vhost", Here("url", "`url: http://10.0.0.2:8080`")),
    row(&["nfs"], "root", In("an export", "path", "")),
];
