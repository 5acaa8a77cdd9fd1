//! Words for the keys of the site itself, and of its `files`.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

const SITE: &[&str] = &["the site"];
const LINUX: &str = "an entry of kind `linux`";

pub(super) static WORDS: &[ForeignWords] = &[
    row(
        SITE,
        "host node nodes system systems machine machines client clients computer computers workstation workstations \
         reservation reservations static_leases dhcp_host nodeattr",
        Here("hosts", ""),
    ),
    row(SITE, "network networks subnet subnet4 subnet6 net vlan vlans dhcp_network", Here("subnets", "")),
    row(
        SITE,
        "shared_network shared_networks",
        In("a subnet", "shared_network", "the same name in each subnet of the wire"),
    ),
    row(SITE, "class client_class client_classes device_classes vendor_classes", Here("classes", "")),
    row(SITE, "group profile profiles hostgroup hostgroups host_groups role roles", Here("groups", "")),
    row(
        SITE,
        "entry entries image images distro distros menuentry menu_entries menu_items boot_images boot_menu osimage osimages \
         operatingsystem operatingsystems operating_systems bootentries boot_entry",
        Here("boot_entries", ""),
    ),
    row(
        SITE,
        "server default_server",
        In(
            "dhcp",
            "server",
            "each service names its server; `boot_server` of a subnet says where its clients are sent",
        ),
    ),
    row(
        SITE,
        "interface interfaces interfaces_config listen_address bind_interfaces interfacesv4",
        In("a server", "interfaces", ""),
    ),
    row(SITE, "gateway gateway4 router routers default_gateway", In("a subnet", "routers", "")),
    row(SITE, "range ranges pool pools dhcp_range dynamic_range", In("a subnet", "ranges", "")),
    row(
        SITE,
        "dns nameserver nameservers name_servers dns_servers domain_name_servers",
        In("dhcp", "dns", ""),
    ),
    row(SITE, "ntp ntp_server ntp_servers time_servers", In("dhcp", "ntp", "")),
    row(SITE, "option options option_data option_def dhcp_option dhcp_options", In("dhcp", "options", "")),
    row(SITE, "search domain_search dns_search", In("dhcp", "domain_search", "")),
    row(SITE, "lease_time default_lease_time valid_lifetime", In("dhcp", "default_lease_time", "")),
    row(SITE, "max_lease_time max_valid_lifetime", In("dhcp", "max_lease_time", "")),
    row(SITE, "authoritative dhcp_authoritative", In("dhcp", "authoritative", "")),
    row(SITE, "log_facility syslog_facility", In("dhcp", "log_facility", "")),
    row(SITE, "failover high_availability ha", In("dhcp", "failover", "")),
    row(SITE, "next_server next_server_v4 tftp_server", In("a subnet", "next_server", "")),
    row(SITE, "dhcpd dhcp4 dhcp_server isc_dhcp_server manage_dhcp", Here("dhcp", "")),
    row(SITE, "tftpd tftpd_hpa in_tftpd", Here("tftp", "")),
    row(SITE, "tftp_root tftp_directory tftpboot", In("tftp", "root", "")),
    row(
        SITE,
        "web webserver web_server nginx apache apache2 httpd",
        Here("http", "`http: { daemon: nginx }` renders the web server's site file"),
    ),
    row(SITE, "export exports nfs_exports", In("nfs", "exports", "")),
    row(SITE, "samba cifs", Here("smb", "")),
    row(SITE, "share shares", In("smb", "shares", "")),
    row(
        SITE,
        "target targets iscsi_targets tgt lio targetcli",
        In(
            "a host",
            "root_path",
            "`root_path: { iscsi: { server: …, target: … } }`; `iscsi.daemon` renders the target's configuration",
        ),
    ),
    row(SITE, "bootloader bootloaders loader filename boot_file dhcp_boot bootfile pxe", Here("loaders", "")),
    row(SITE, "secure_boot secureboot", In("loaders", "secure_boot", "")),
    row(SITE, "timeout pxe_prompt", In("menu", "timeout", "")),
    row(SITE, "default default_entry ontimeout", In("menu", "default", "")),
    row(SITE, "variables params parameters", Here("vars", "")),
    row(SITE, "site hostname title site_name", Here("name", "")),
    row(SITE, "domain_name", Here("domain", "")),
    row(SITE, "includes import imports conf_file conf_dir", Here("include", "")),
    row(SITE, "relay dhcrelay dhcp_relay relay_agents", Here("relays", "")),
    row(
        SITE,
        "kernel initrd append",
        In(
            LINUX,
            "kernel",
            "`boot_entries: { debian: { kind: linux, kernel: vmlinuz, initrd: initrd.img } }`",
        ),
    ),
    row(SITE, "template", Here("templates", "")),
    row(SITE, "mac hardware_ethernet", In("a host", "mac", "`hosts: { pc-01: { mac: … } }`")),
    row(SITE, "ip", In("a host", "ip", "a server has one, too: `servers: { boot: { ip: … } }`")),
    row(
        SITE,
        "ddns_update_style ddns_updates update_static_leases use_host_decl_names",
        Here("raw", "`raw: { dhcpd: \"update-static-leases on;\" }`"),
    ),
    row(SITE, "allow_booting deny_booting allow_bootp", In("a subnet", "netboot", "")),
    row(
        SITE,
        "pxe_service dhcp_match dhcp_vendorclass dhcp_userclass",
        Here("loaders", "it names the loader of each kind of client; ipxegen writes the conditions"),
    ),
    row(
        SITE,
        "enable_tftp manage_tftp manage_tftpd",
        Here("tftp", "`tftp: { server: NAME }`; with one server, it runs there"),
    ),
    row(
        SITE,
        "ethernets bonds bridges renderer",
        In("a server", "interfaces", "netplan configures them; here they are only named"),
    ),
    row(&["a file"], "src source", Here("template", "")),
    row(&["a file"], "dest destination target", Here("path", "")),
    row(
        SITE,
        "hosts_file host_file",
        Instead("machines of a file go into `hosts`: `include: [{ csv: hosts.csv }]`"),
    ),
    row(SITE, "kernels isos", Here("boot_entries", "")),
    row(SITE, "vms", Here("hosts", "")),
    row(
        SITE,
        "defaults globals",
        Instead("settings for all subnets go under `dhcp`, those of several hosts into a group"),
    ),
];
