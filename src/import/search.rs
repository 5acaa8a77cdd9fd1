//! Where the files of a server are.

use super::source_file::FileKind;

/// Where files of a kind are, below the root of a server's file system.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Their kind.
    pub kind: FileKind,
    /// The path of a file; `*` as its name stands for all files of the folder, and `**` for those of its folders too.
    pub path: &'static str,
    /// The end of the names.
    pub ending: &'static str,
}

const fn place(kind: FileKind, path: &'static str, ending: &'static str) -> Place {
    Place { kind, path, ending }
}

/// Every place that `--root` looks at.
pub const PLACES: &[Place] = &[
    place(FileKind::IscDhcpServer, "/etc/default/isc-dhcp-server", ""),
    place(FileKind::Dhcpd, "/etc/dhcp/dhcpd.conf", ""),
    place(FileKind::Dhcpd, "/etc/dhcpd.conf", ""),
    place(FileKind::Dhcpd, "/usr/local/etc/dhcpd.conf", ""),
    place(FileKind::Dhcpd6, "/etc/dhcp/dhcpd6.conf", ""),
    place(FileKind::Dhcpd6, "/etc/dhcpd6.conf", ""),
    place(FileKind::Dhcpd6, "/usr/local/etc/dhcpd6.conf", ""),
    place(FileKind::Kea, "/etc/kea/kea-dhcp4.conf", ""),
    place(FileKind::Kea6, "/etc/kea/kea-dhcp6.conf", ""),
    place(FileKind::Dnsmasq, "/etc/dnsmasq.conf", ""),
    place(FileKind::Dnsmasq, "/etc/dnsmasq.d/*", ""),
    place(FileKind::TftpdHpa, "/etc/default/tftpd-hpa", ""),
    place(FileKind::TftpdHpa, "/etc/systemd/system/tftpd-hpa.service.d/*", ".conf"),
    place(FileKind::TftpdHpa, "/etc/systemd/system/tftpd-hpa.socket.d/*", ".conf"),
    place(FileKind::Smb, "/etc/samba/smb.conf", ""),
    place(FileKind::Tgt, "/etc/tgt/targets.conf", ""),
    place(FileKind::Tgt, "/etc/tgt/conf.d/*", ".conf"),
    place(FileKind::Relay, "/etc/default/isc-dhcp-relay", ""),
    place(FileKind::Relay, "/etc/default/dhcp-helper", ""),
    place(FileKind::WebSite, "/etc/nginx/sites-enabled/*", ""),
    place(FileKind::WebSite, "/etc/apache2/sites-enabled/*", ""),
    place(FileKind::IpxeMenu, "/var/www/html/**", ".ipxe"),
    place(FileKind::IpxeMenu, "/srv/www/**", ".ipxe"),
    place(FileKind::IpxeMenu, "/srv/tftp/**", ".ipxe"),
    place(FileKind::IpxeMenu, "/var/lib/tftpboot/**", ".ipxe"),
    place(FileKind::IpxeMenu, "/tftpboot/**", ".ipxe"),
    place(FileKind::Exports, "/etc/exports", ""),
    place(FileKind::Exports, "/etc/exports.d/*", ".exports"),
];
