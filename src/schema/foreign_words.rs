//! The words of other tools for the keys of site.yaml, by the mapping in which people write them.
//!
//! The words are those of dhcpd.conf, Kea, dnsmasq, netplan, ifupdown, Cobbler, Warewulf, xCAT, Foreman, MAAS, FOG,
//! LTSP, PXELINUX, iPXE, GRUB, libvirt, Ansible, exports, smb.conf, tftpd-hpa, tgt and targetcli. They are folded:
//! lower case, and `_` for a hyphen, a dot or a blank. `tests/foreign_words.rs` compares every key with the
//! JSON Schema.

/// How site.yaml expresses the word.
#[derive(Clone, Copy, Debug)]
pub enum SaidBy {
    /// A key of the same mapping, and how it differs.
    Here(&'static str, &'static str),
    /// A key of another mapping, and how it differs.
    In(&'static str, &'static str, &'static str),
    /// No key; the text says what to do instead.
    Instead(&'static str),
}

/// Words with one meaning, and the mappings where they have it.
#[derive(Debug)]
pub struct ForeignWords {
    /// The mappings, as messages call them; `a boot entry` is one of any kind.
    pub places: &'static [&'static str],
    /// The words, separated by blanks.
    pub words: &'static str,
    /// How site.yaml expresses them.
    pub by: SaidBy,
}

use SaidBy::{Here, In, Instead};

const fn row(places: &'static [&'static str], words: &'static str, by: SaidBy) -> ForeignWords {
    ForeignWords { places, words, by }
}

const SITE: &[&str] = &["the site"];
const SERVER: &[&str] = &["a server"];
const DHCP: &[&str] = &["dhcp"];
const SUBNET: &[&str] = &["a subnet"];
const HOST: &[&str] = &["a host"];
const CARD: &[&str] = &["a host", "a card of `nics`"];
const HOSTS: &[&str] = &["a host", "a group"];
const SCOPES: &[&str] = &["dhcp", "a subnet", "a host", "a group"];
const DOMAINS: &[&str] = &["a subnet", "a host", "a group"];
const LEASES: &[&str] = &["dhcp", "a subnet"];
const GROUP: &[&str] = &["a group"];
const ENTRY: &[&str] = &["a boot entry"];
const SERVICES: &[&str] = &["dhcp", "tftp", "http", "nfs", "smb", "iscsi"];
const LINUX: &str = "an entry of kind `linux`";

/// Every word. The first row that fits counts.
pub static FOREIGN_WORDS: &[ForeignWords] = &[
    // The site.
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
    row(
        SITE,
        "group profile profiles class classes client_class client_classes hostgroup hostgroups host_groups role roles",
        Here("groups", ""),
    ),
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
        "ddns_update_style ddns_updates log_facility update_static_leases use_host_decl_names",
        Here("raw", "`raw: { dhcpd: \"log-facility local7;\" }`"),
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
    // A server.
    row(SERVER, "address addresses ipaddr ip_address ip_addr ipv4 host static inet", Here("ip", "")),
    row(
        SERVER,
        "netmask prefix prefixlen mask cidr subnet",
        Here("ip", "the address carries the prefix: `ip: 10.0.0.2/24`"),
    ),
    row(SERVER, "ipv6 ip6addr ipv6_address inet6", Here("ip6", "")),
    row(SERVER, "interface iface device dev nic nics ifname listen ethernets", Here("interfaces", "")),
    row(
        SERVER,
        "vlan vlans vlan_id",
        Here(
            "interfaces",
            "name the VLAN's interface, such as `interfaces: [eth0.20]`; each VLAN is a subnet",
        ),
    ),
    row(SERVER, "system distro distribution release", Here("os", "")),
    row(SERVER, "gateway gateway4 routers", In("a subnet", "routers", "")),
    row(SERVER, "dns nameservers", In("dhcp", "dns", "")),
    row(
        SERVER,
        "mtu",
        In(
            "dhcp",
            "options",
            "`options: { interface-mtu: 1400 }`; the server's own interface is not configured here",
        ),
    ),
    row(
        SERVER,
        "dhcp4 dhcp6 match set_name renderer optional routes link id parameters bond bonds bridge bridges vlan_raw_device",
        Instead("the server's own interfaces are configured elsewhere, as with netplan"),
    ),
    row(
        SERVER,
        "mac macaddress mac_address hwaddr hw_address",
        Instead("a server has no MAC address here; the machines that boot are `hosts`"),
    ),
    row(SERVER, "name hostname", Instead("the key above it is the server's name")),
    row(
        SERVER,
        "role roles service services dhcp tftp http nfs smb",
        Instead(
            "each service names its server, as in `dhcp: { server: NAME }`; with one server all run there",
        ),
    ),
    // The options that DHCP sends, in every scope.
    row(
        SCOPES,
        "gateway gateway4 gateways router option_routers option_router default_gateway default_router defaultroute if_gateway gateway_ip",
        Here("routers", ""),
    ),
    row(
        SCOPES,
        "nameserver nameservers name_server name_servers domain_name_server domain_name_servers dns_server dns_servers \
         dns_primary dns_secondary option_domain_name_servers option_domain_name_server option_dns_server resolvers",
        Here("dns", ""),
    ),
    row(DOMAINS, "domain_name option_domain_name dns_domain dns_suffix dns_name_suffix", Here("domain", "")),
    row(DHCP, "domain domain_name option_domain_name dns_domain", In("the site", "domain", "")),
    row(
        SCOPES,
        "search dns_search search_domains searchdomains name_servers_search option_domain_search domain_search_list",
        Here("domain_search", ""),
    ),
    row(
        SCOPES,
        "ntp_server ntp_servers ntpservers option_ntp_servers option_ntp_server time_server time_servers timeserver",
        Here("ntp", ""),
    ),
    row(
        SCOPES,
        "mtu interface_mtu option_interface_mtu",
        Here("options", "`options: { interface-mtu: 1400 }`"),
    ),
    row(SCOPES, "option dhcp_option dhcp_options option_data", Here("options", "")),
    row(
        LEASES,
        "lease_time lease leasetime default_lease dhcp_lease_time valid_lifetime",
        Here("default_lease_time", ""),
    ),
    row(LEASES, "max_lease max_lease_length max_valid_lifetime", Here("max_lease_time", "")),
    row(LEASES, "min_lease min_lease_length min_valid_lifetime", Here("min_lease_time", "")),
    row(HOSTS, "lease_time default_lease_time max_lease_time", In("a subnet", "default_lease_time", "")),
    row(
        LEASES,
        "deny allow_unknown_clients deny_unknown_clients allow_unknown known_only dhcp_ignore",
        Here("unknown_clients", "`unknown_clients: deny`"),
    ),
    row(LEASES, "ping no_ping ping_timeout", Here("ping_check", "")),
    // DHCP itself.
    row(DHCP, "subnet subnets subnet4 networks shared_networks", In("the site", "subnets", "")),
    row(DHCP, "range ranges pool pools dhcp_range", In("a subnet", "ranges", "")),
    row(DHCP, "host hosts reservations static_leases", In("the site", "hosts", "")),
    row(DHCP, "group groups client_classes", In("the site", "groups", "")),
    row(DHCP, "interface interfaces interfaces_config listen", In("a server", "interfaces", "")),
    row(DHCP, "next_server tftp_server", In("a subnet", "next_server", "")),
    row(DHCP, "filename boot_file_name bootfile loaders", In("the site", "loaders", "")),
    row(DHCP, "relay relays", In("the site", "relays", "")),
    row(DHCP, "type backend engine provider", Here("daemon", "")),
    row(DHCP, "peer peers failover_peer ha", Here("failover", "")),
    row(
        DHCP,
        "ddns ddns_update_style ddns_updates log_facility",
        Here("raw", "`raw: { dhcpd: \"ddns-update-style interim;\" }`"),
    ),
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
        DHCP,
        "lease_database control_socket loggers hooks_libraries multi_threading match_client_id",
        Instead("ipxegen writes what Kea needs itself: leave it out"),
    ),
    // A subnet.
    row(SUBNET, "network subnet net address netaddr prefix cidr4", Here("cidr", "`cidr: 10.0.0.0/24`")),
    row(
        SUBNET,
        "netmask mask subnet_mask option_subnet_mask prefixlen",
        Here("cidr", "it carries the netmask: `cidr: 10.0.0.0/24`"),
    ),
    row(
        SUBNET,
        "range pool pools dhcp_range dynamic_range dynamicrange ip_range range_start from start end ip_ranges",
        Here("ranges", "`ranges: 10.0.0.100-10.0.0.199`"),
    ),
    row(SUBNET, "broadcast_address option_broadcast_address", Here("broadcast", "")),
    row(
        SUBNET,
        "vlan vlanid vlan_id vid",
        In(
            "a server",
            "interfaces",
            "each VLAN is a subnet, and the server's interfaces name it, such as `eth0.20`",
        ),
    ),
    row(
        SUBNET,
        "tftp tftp_server tftpserver tftp_ip siaddr nextserver next_server_v4",
        Here("next_server", ""),
    ),
    row(SUBNET, "server boot_ip bootserver dhcpserver server_name", Here("boot_server", "")),
    row(SUBNET, "filename boot_file_name bootfile boot_file bootloader dhcp_boot", Here("loaders", "")),
    row(SUBNET, "host hosts reservations static_leases", In("the site", "hosts", "")),
    row(SUBNET, "interface interfaces nic mgtifname", In("a server", "interfaces", "")),
    row(SUBNET, "shared_network_name sharednetwork shared_networks", Here("shared_network", "")),
    row(SUBNET, "relay dhcp_relay giaddr", In("the site", "relays", "")),
    row(SUBNET, "id user_context name", Instead("the key above it is the subnet's name")),
    row(SUBNET, "ddns ddns_update_style ddns_domainname", Here("raw", "`raw: { dhcpd: \"…\" }`")),
    row(
        SUBNET,
        "use_host_decl_names always_broadcast get_lease_hostnames one_lease_per_client match_client_id min_secs",
        Here("raw", "it takes statements of dhcpd.conf: `raw: { dhcpd: \"always-broadcast on;\" }`"),
    ),
    row(
        SUBNET,
        "renew_timer rebind_timer t1 t2",
        Here("default_lease_time", "a client renews its lease after half of it, unless told otherwise"),
    ),
    row(
        SUBNET,
        "client_class client_classes require_client_classes evaluate_additional_classes",
        Here("ranges", "`{ range: FIRST-LAST, clients: known }` is for declared hosts only"),
    ),
    row(
        SUBNET,
        "ipam boot_mode tftp_id dhcp_id dns_id discovery_id template_id managed fabric space allow_dns rdns_mode active_discovery allow_proxy",
        Instead("it belongs to the inventory of the other tool: leave it out"),
    ),
    row(
        &["a range"],
        "start from first begin end to last pool low high",
        Here("range", "`{ range: 10.0.0.100-10.0.0.199 }`"),
    ),
    row(&["a range"], "client_class allow deny unknown_clients known", Here("clients", "`clients: known`")),
    row(SUBNET, "authoritative", In("dhcp", "authoritative", "")),
    row(SUBNET, "ipv6 subnet6 prefix6", Here("cidr6", "")),
    row(SUBNET, "range6 pool6 pools6 pd_pools", Here("ranges6", "")),
    row(SUBNET, "default default_entry default_boot", Here("boot", "")),
    // Hosts and groups.
    row(
        CARD,
        "hwaddr hw_address hwaddress hw_addr ethernet hardware hardware_ethernet macaddress mac_address mac_addr macaddr \
         macs lladdr ether dhcp_host primac",
        Here("mac", ""),
    ),
    row(
        CARD,
        "ipaddr address addresses ip_address ip_addr ip_addresses ipaddress fixed_address ipv4 ipv4_address reserved_ip inet",
        Here("ip", ""),
    ),
    row(HOST, "ipv6 ip6addr ipv6_address fixed_address6 inet6", Here("ip6", "")),
    row(
        HOSTS,
        "profile profiles parent parents groups hostgroup template class cluster cluster_name inherit tags client_class \
         client_classes",
        Here("group", ""),
    ),
    row(
        HOSTS,
        "hostname option_host_name dns_name fqdn name",
        Here("host_name", "the key above it is the host's name already"),
    ),
    row(HOST, "interface interfaces network_devices netdevs nic networks cards", Here("nics", "")),
    row(
        HOSTS,
        "netmask mask subnet_mask cidr subnet network netmask4",
        In("a subnet", "cidr", "a host belongs to the subnet that its `ip` is in"),
    ),
    row(
        HOSTS,
        "vlan vlan_id",
        In("a subnet", "cidr", "each VLAN is a subnet, and a host belongs to the one that its `ip` is in"),
    ),
    row(
        HOSTS,
        "rootpath root option_root_path iscsi nfs nfsroot iscsi_target iscsi_initiator initiator diskless",
        Here("root_path", "`root_path: { iscsi: … }` or `root_path: { nfs: … }`"),
    ),
    row(
        HOSTS,
        "image distro os osimage operatingsystem boot_entry entry default default_entry boot_image provmethod image_name \
         imagename image_id container container_name medium osver distro_series release hwe_kernel",
        Here("boot", ""),
    ),
    row(
        HOSTS,
        "netboot_enabled pxe pxe_boot build enable_netboot deny deny_booting booting",
        Here("netboot", "`netboot: none` for a machine that does not boot from the network"),
    ),
    row(
        HOSTS,
        "kernel_options kernel_opts append kernelargs kernel_args cmdline addkcmdline init",
        In(LINUX, "cmdline", "an argument that differs by host is `{var.NAME}` there, with `vars` here"),
    ),
    row(HOSTS, "kernel initrd", In(LINUX, "kernel", "")),
    row(HOSTS, "kickstart ks", In("an entry of kind `anaconda`", "kickstart", "")),
    row(HOSTS, "autoinstall user_data", In("an entry of kind `subiquity`", "autoinstall", "")),
    row(HOSTS, "preseed", In("an entry of kind `debian_installer`", "preseed", "")),
    row(
        HOSTS,
        "root_pass root_password rootpw ptable partition_table finish_template post_script postscripts postbootscripts \
         runtime_overlay system_overlay overlay overlays",
        Instead("it belongs into the installer's answer file or the image that the machine boots"),
    ),
    row(
        HOSTS,
        "arch architecture",
        Instead("each client tells its architecture by DHCP; `loaders` names the loader of each"),
    ),
    row(
        HOSTS,
        "owner owner_id location location_id organization puppet_proxy virt_ram virt_cpus virt_type virt_bridge nodetype \
         mgt cons rack unit zone pool serialport serialspeed storagegroup storage_group primarydisk productkey management",
        Instead("it belongs to the inventory of the other tool: leave it out"),
    ),
    row(HOST, "static", Here("ip", "a host with an `ip` always gets that address")),
    row(HOST, "installnic primarynic primary_network", Here("nics", "")),
    row(GROUP, "machines members hosts nodes systems", In("a host", "group", "a host names its groups")),
    row(
        HOSTS,
        "bootloader filename boot_file_name bootfile loader boot_loader pxe_loader dhcp_boot",
        Here("loaders", ""),
    ),
    row(
        HOSTS,
        "next_server next_server_v4 tftp_server server tftpserver server_name servername",
        In("a subnet", "next_server", ""),
    ),
    row(HOSTS, "boot_server", In("a subnet", "boot_server", "")),
    row(HOSTS, "ks_meta ksmeta autoinstall_meta variables params parameters", Here("vars", "")),
    row(
        HOSTS,
        "client_id duid uid identifier dhcp_client_identifier circuit_id flex_id",
        Here("raw", "`raw: { dhcpd: \"…\" }`: a host is known by its `mac`"),
    ),
    row(HOSTS, "comment description desc notes", Instead("a comment of YAML says it: `# …`")),
    row(
        HOSTS,
        "bmc ipmi ipmiaddr ipmi_ipaddr bmc_address power power_type power_address power_parameters power_user power_pass \
         wake_on_lan",
        Instead("site.yaml has no settings for power control: leave it out"),
    ),
    // Services.
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
        Instead("`workgroup` stands directly under `smb`, other lines of `[global]` in its `raw`"),
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
    row(
        &["iscsi"],
        "target targets backstore backstores lun luns initiators acls",
        In("a host", "root_path", "`root_path: { iscsi: { server: …, target: …, store: … } }`"),
    ),
    row(&["iscsi"], "portal portals", In("an iSCSI server", "portals", "")),
    row(&["iscsi"], "backend type driver software", Here("daemon", "")),
    row(&["an iSCSI server"], "portal address ip listen", Here("portals", "")),
    // Disks.
    row(
        &["root_path"],
        "target iqn lun portal initiator",
        In("root_path.iscsi", "target", "`root_path: { iscsi: { server: …, target: … } }`"),
    ),
    row(
        &["root_path"],
        "path dir directory server options",
        In("root_path.nfs", "path", "`root_path: { nfs: { path: … } }`"),
    ),
    row(&["root_path.iscsi"], "iqn target_iqn target_name targetname name wwn", Here("target", "")),
    row(&["root_path.iscsi"], "ip address host target_ip portal_ip", Here("server", "")),
    row(&["root_path.iscsi"], "lun_id unit logical_unit", Here("lun", "")),
    row(&["root_path.iscsi"], "portal target_portal tpg", Here("portals", "")),
    row(
        &["root_path.iscsi"],
        "initiator_iqn initiator_name initiatorname initiator_address",
        Here("initiator", ""),
    ),
    row(
        &["root_path.iscsi"],
        "chap_user user username userid incominguser auth authentication",
        Here("chap", "`chap: { user: …, password_file: … }`"),
    ),
    row(&["root_path.iscsi"], "outgoinguser mutual_chap mutual_auth mutual_userid", Here("reverse_chap", "")),
    row(
        &["root_path.iscsi"],
        "backing_store direct_store dev device path block fileio backstore image size disk",
        Here("store", "`store: { block: /dev/vg/disk }` or `store: { file: …, size: 40G }`"),
    ),
    row(&["root_path.nfs"], "dir directory folder export nfsroot", Here("path", "")),
    row(&["root_path.nfs"], "host ip address", Here("server", "")),
    row(&["root_path.nfs"], "opts mount_options", Here("options", "")),
    row(&["chap"], "username userid name login", Here("user", "")),
    row(&["chap"], "secret secret_file passwd", Here("password_file", "")),
    row(&["store"], "dev device backing_store direct_store path volume lv", Here("block", "")),
    row(&["store"], "fileio image", Here("file", "")),
    // Loaders and iPXE.
    row(
        &["loaders"],
        "uefi efi efi64 x64 x86_64 uefi64 uefi_x64 amd64 efi_bc efi_amd64 bc_efi x86_64_efi",
        Here("efi_x64", ""),
    ),
    row(
        &["loaders"],
        "pc pcbios x86pc legacy undi x86 i386 pxe intel undionly filename default pxelinux",
        Here("bios", ""),
    ),
    row(
        &["loaders"],
        "grub ipxe snponly snp",
        Here("efi_x64", "the key is the kind of client, the value its loader: `efi_x64: snponly.efi`"),
    ),
    row(&["loaders"], "ia32 efi32 uefi32 uefi_ia32 efi_x86", Here("efi_ia32", "")),
    row(&["loaders"], "arm64 aarch64 uefi_arm64 efi_aarch64", Here("efi_arm64", "")),
    row(&["loaders"], "arm arm32 uefi_arm", Here("efi_arm32", "")),
    row(&["loaders"], "riscv riscv64", Here("efi_riscv64", "")),
    row(&["loaders"], "loong64 loongarch loongarch64 efi_loong64", Here("efi_loongarch64", "")),
    row(&["loaders"], "http httpboot http_boot uefi_http http_efi https", Here("http_x64", "")),
    row(&["loaders"], "secureboot shim sb", Here("secure_boot", "")),
    row(&["loaders"], "raspberry raspberrypi raspberry_pi pi", Here("rpi", "")),
    row(&["loaders"], "uboot u_boot", Here("uboot_arm64", "")),
    row(&["ipxe"], "menu menu_script script_file url boot_script filename chain", Here("script", "")),
    row(&["ipxe"], "protocol method via", Here("over", "")),
    row(&["ipxe"], "user", Here("username", "")),
    row(&["ipxe"], "syslog syslog_server", Here("syslogs", "")),
    row(&["ipxe"], "embed build", In("loaders", "build", "")),
    // The menu.
    row(&["menu"], "entries entry list labels", Here("items", "")),
    row(&["menu"], "prompt prompt_timeout menu_timeout set_timeout totaltimeout wait", Here("timeout", "")),
    row(
        &["menu"],
        "default_entry default_item default_menu set_default selected ontimeout",
        Here("default", ""),
    ),
    row(&["menu"], "label heading header name menu_title", Here("title", "")),
    row(
        &["menu"],
        "background menu_background password passwd hotkeys color colour menu_color display ui serial fallback gfxmode theme",
        Instead("the menu has no such setting; `key` of a boot entry is its hot key"),
    ),
    row(&["a menu item"], "entry id boot target boot_entry", Instead("an entry is its id alone: `- ID`")),
    row(
        &["a menu item"],
        "label menu_label text name",
        Instead("an entry's text is the `label` of the boot entry; text between entries is `{ gap: TEXT }`"),
    ),
    row(&["a menu item"], "separator menu_separator heading", Here("gap", "")),
    row(&["a menu item"], "menu menu_begin", Here("submenu", "")),
    row(&["a menu item"], "entries", Here("items", "")),
    // Boot entries.
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
    // Keys of one kind, written at another.
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
    // The rest.
    row(&["a relay"], "interface iface", Here("interfaces", "")),
    row(&["a relay"], "server servers dhcp_server destination helper_address", Here("to", "")),
    row(&["failover"], "max_client_lead_time", Here("mclt", "")),
    row(&["failover"], "load_balance_max_seconds", Here("load_balance_max", "")),
    row(
        &["failover"],
        "peer_address address primary secondary",
        In("dhcp", "servers", "the two servers of the pair; their addresses are those of `servers`"),
    ),
    row(&["an include"], "file path table", Here("csv", "")),
    row(&["an include"], "separator sep", Here("delimiter", "")),
    row(&["an include"], "groups profile", Here("group", "")),
    row(&["winpe"], "arch architecture architectures", Here("archs", "")),
    row(&["winpe"], "adk_path", Here("adk", "")),
    row(&["winpe"], "locale lang", Here("language", "")),
    row(&["winpe"], "driver", Here("drivers", "")),
    row(&["winpe"], "timezone tz", Here("time_zone", "")),
    row(&["winpe"], "keyboard", Here("input_locale", "")),
    row(&["winpe"], "optional_components components", Here("packages", "")),
    row(&["winpe"], "workdir", Here("work_dir", "")),
    row(&["a file"], "src source", Here("template", "")),
    row(&["a file"], "dest destination target", Here("path", "")),
    // Words that people try without any tool in mind.
    row(
        SUBNET,
        "first_ip last_ip pool_start pool_end range_end",
        Here("ranges", "`ranges: 10.0.0.100-10.0.0.199`"),
    ),
    row(
        SUBNET,
        "wins wins_server wins_servers",
        Here("options", "`options: { netbios-name-servers: 10.0.0.5 }`"),
    ),
    row(HOST, "node_group host_group", Here("group", "")),
    row(
        HOSTS,
        "kernel_params kernel_parameters",
        In(LINUX, "cmdline", "an argument that differs by host is `{var.NAME}` there, with `vars` here"),
    ),
    row(HOSTS, "boot_file pxelinux", Here("loaders", "`loaders: { bios: undionly.kpxe }`")),
    row(
        HOSTS,
        "iqn lun initiator_name target",
        Here("root_path", "`root_path: { iscsi: { target: IQN, lun: 1 } }`"),
    ),
    row(HOSTS, "menu_entry", Here("boot", "")),
    row(HOST, "bootproto", Instead("every host gets its address by DHCP; `ip` makes it a fixed one")),
    row(
        HOST,
        "serial serial_number asset asset_tag",
        Instead("site.yaml has no key for it: write it as a comment, behind `#`"),
    ),
    row(
        SUBNET,
        "comment description desc notes",
        Instead("site.yaml has no key for it: write it as a comment, behind `#`"),
    ),
    row(
        DHCP,
        "one_lease_per_client get_lease_hostnames use_host_decl_names min_secs local_port local_address \
         ignore_client_uids always_broadcast always_reply_rfc1048 server_id_check abandon_lease_time \
         lease_file_name pid_file_name remote_port server_identifier update_static_leases \
         boot_unknown_clients dynamic_bootp limited_broadcast_address adaptive_lease_time_threshold",
        Here("raw", "`raw: { dhcpd: \"one-lease-per-client true;\" }`"),
    ),
    row(
        DHCP,
        "rebind_timer renew_timer",
        Instead("clients compute it from the lease time: `default_lease_time`"),
    ),
    row(SUBNET, "dynamic_bootp", Here("raw", "`raw: { dhcpd: \"range dynamic-bootp FIRST LAST;\" }`")),
    row(SUBNET, "subnet4 netname", Instead("the key above it is the subnet's name, and `cidr` its network")),
    row(
        HOST,
        "dhcp4 dhcp6 renderer match optional",
        Instead("it configures the machine's own system: leave it out"),
    ),
    row(
        HOST,
        "static_routes routes",
        Here("options", "`options: { static-routes: [[10.1.0.0, 10.0.0.1]] }`"),
    ),
    row(DHCP, "omapi_port omapi_key", Here("raw", "`raw: { dhcpd: \"omapi-port 7911;\" }`")),
    row(&["tftp"], "daemon", Instead("tftpd-hpa is the only daemon; leave the key out")),
    row(
        &["an export"],
        "readonly",
        Here("options", "`options: [ro, no_subtree_check]`, which is the default"),
    ),
    row(&["menu"], "items_list item_list", Here("items", "")),
    row(&["ipxe"], "user_class", Instead("iPXE is recognised by its user class without a setting")),
    row(&["ipxe"], "config configuration", Here("script", "")),
    row(ENTRY, "bootargs boot_args", Here("cmdline", "")),
    row(ENTRY, "squashfs filesystem", In("an entry of kind `live_boot`", "dir", "the folder of the image")),
    row(
        SITE,
        "hosts_file host_file",
        Instead("machines of a file go into `hosts`: `include: [{ csv: hosts.csv }]`"),
    ),
    row(SUBNET, "gw gateway6", Here("routers", "")),
    row(SUBNET, "dhcp_start dhcp_end", Here("ranges", "`ranges: 10.0.0.100-10.0.0.199`")),
    row(ENTRY, "vmlinux", Here("kernel", "")),
    row(ENTRY, "command_line commandline", Here("cmdline", "")),
    row(&["menu"], "countdown", Here("timeout", "")),
    row(&["menu"], "order", Here("items", "they are shown in their order")),
    row(&["http"], "vhost", Here("url", "`url: http://10.0.0.2:8080`")),
    row(&["nfs"], "root", In("an export", "path", "")),
    row(SITE, "kernels isos", Here("boot_entries", "")),
    row(SITE, "vms", Here("hosts", "")),
    row(
        SITE,
        "defaults globals",
        Instead("settings for all subnets go under `dhcp`, those of several hosts into a group"),
    ),
    row(HOST, "disk san", Here("root_path", "`root_path: { iscsi: { target: IQN, lun: 1 } }`")),
    row(&["root_path.iscsi"], "password", Here("chap", "`chap: { user: NAME, password_file: FILE }`")),
];

/// Values of `kind` that other tools have, and the kind that boots it.
pub static FOREIGN_KINDS: &[(&str, &str)] = &[
    ("ubuntu_live", "casper"),
    ("live", "casper"),
    ("mint", "casper"),
    ("ubuntu", "subiquity"),
    ("ubuntu_server", "subiquity"),
    ("autoinstall", "subiquity"),
    ("debian", "debian_installer"),
    ("preseed", "debian_installer"),
    ("di", "debian_installer"),
    ("debian_live", "live_boot"),
    ("fedora", "anaconda"),
    ("redhat", "anaconda"),
    ("rhel", "anaconda"),
    ("centos", "anaconda"),
    ("rocky", "anaconda"),
    ("alma", "anaconda"),
    ("kickstart", "anaconda"),
    ("suse", "autoyast"),
    ("opensuse", "autoyast"),
    ("sles", "autoyast"),
    ("windows", "winpe"),
    ("wimboot", "winpe"),
    ("wim", "winpe"),
    ("memdisk", "iso"),
    ("cdrom", "iso"),
    ("kernel", "linux"),
    ("nfs", "nfs_root"),
    ("nfsroot", "nfs_root"),
    ("iscsi", "san"),
    ("sanboot", "san"),
    ("hdd", "local"),
    ("disk", "local"),
    ("localboot", "local"),
    ("memtest86", "memtest"),
    ("memtest86+", "memtest"),
    ("efi", "chain"),
    ("pxelinux", "chain"),
    ("grub", "chain"),
    ("url", "chain"),
    ("ipxe", "script"),
];

/// How site.yaml expresses a word of another tool in a mapping with these keys; `None` for an unknown word.
pub fn said_by(word: &str, place: &str, known: &[&'static str]) -> Option<SaidBy> {
    let folded = fold(word);
    let place = if place.starts_with("an entry of ") { "a boot entry" } else { place };
    let is_key = |by: &SaidBy| match by {
        Here(key, _) => known.contains(key),
        In(..) | Instead(_) => true,
    };
    let find = |is_same: &dyn Fn(&str) -> bool| {
        let here = FOREIGN_WORDS.iter().filter(|row| row.places.contains(&place));
        here.filter(|row| row.words.split(' ').any(is_same)).map(|row| row.by).find(is_key)
    };
    // `boot_file` is `bootfile`.
    let joined = folded.replace('_', "");
    let whole =
        find(&|foreign| foreign == folded).or_else(|| find(&|foreign| foreign.replace('_', "") == joined));
    if whole.is_some() {
        return whole;
    }
    // Of `ntp_host` the key `ntp`, of `address_range` the word `range`.
    let (first, rest) = folded.split_once('_')?;
    let last = rest.rsplit('_').next().unwrap_or(rest);
    let key = known.iter().copied().find(|key| *key == first || *key == last);
    key.map(|key| Here(key, ""))
        .or_else(|| find(&|foreign| foreign == last))
        .or_else(|| find(&|foreign| foreign == first))
}

/// Lower case, and `_` for hyphens, dots and blanks.
pub fn fold(word: &str) -> String {
    word.to_ascii_lowercase().replace(['-', '.', ' '], "_")
}
