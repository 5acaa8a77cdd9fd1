//! Words for the keys of hosts, of their cards and groups, and of `include`.

use super::Equivalent::{Here, In, Instead};
use super::{ForeignWords, row};

const HOST: &[&str] = &["a host"];
const CARD: &[&str] = &["a host", "a card of `nics`"];
const HOSTS: &[&str] = &["a host", "a group"];
const GROUP: &[&str] = &["a group"];
const LINUX: &str = "an entry of kind `linux`";

pub(super) static WORDS: &[ForeignWords] = &[
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
    row(HOSTS, "bootloader loader boot_loader pxe_loader", Here("loaders", "")),
    row(HOSTS, "filename boot_file_name bootfile dhcp_boot", Here("file", "")),
    row(
        HOSTS,
        "next_server_v4 tftp_server server tftpserver server_name servername",
        Here("next_server", ""),
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
    row(&["an include"], "file path table", Here("csv", "")),
    row(&["an include"], "separator sep", Here("delimiter", "")),
    row(&["an include"], "groups profile", Here("group", "")),
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
        HOST,
        "dhcp4 dhcp6 renderer match optional",
        Instead("it configures the machine's own system: leave it out"),
    ),
    row(
        HOST,
        "static_routes routes",
        Here("options", "`options: { static-routes: [[10.1.0.0, 10.0.0.1]] }`"),
    ),
    row(HOST, "disk san", Here("root_path", "`root_path: { iscsi: { target: IQN, lun: 1 } }`")),
];
