//! Sites with all their free fields, each marked with a name and a plain text.

/// The text in every file of the site that has `‹field=plain text›` for its fields.
const SITE: &str = r#"
name: ‹name=A site›
domain: ‹domain=example.org›
servers: { ‹server=boot›: { ip: 10.0.0.2, interfaces: [‹interface=eth0›] } }
dhcp:
  domain_search: [‹domain_search=example.org›]
  log_facility: ‹facility=daemon›
  vendor_options: { 1: { text: ‹site_vendor=x› } }
  options: { nis-domain: ‹option=x›, own: { code: 230, text: ‹own_option=x› }, ‹option_name=other›: { code: 231, u8: 1 } }
tftp: { root: ‹tftp_root=/srv/tftp›, user: ‹tftp_user=tftp›, address: ‹tftp_address=":69"›, options: [‹tftp_option=--secure›] }
http: { root: ‹http_root=/srv/www›, tftp_prefix: ‹tftp_prefix=/t›, url: ‹http_url="http://10.0.0.2"›, group: ‹http_group=www-data› }
nfs:
  exports_file: ‹exports_file=/etc/exports›
  exports: [{ path: ‹export=/srv/x›, clients: [‹client=10.0.0.0/24›], options: [‹export_option=ro›] }]
smb:
  config_file: ‹smb_file=/etc/samba/smb.conf›
  workgroup: ‹workgroup=WORKGROUP›
  shares: { ‹share=x›: { path: ‹share_path=/srv/x›, comment: ‹share_comment=x›, users: [‹share_user=u›], create_mask: ‹mask=0664› } }
ipxe: { script: ‹script=install.ipxe›, hook: ‹hook=x.ipxe›, scriptlet: ‹scriptlet=x›, syslogs: ‹syslogs=x›, san_filename: ‹san_filename=x›, crosscert: ‹crosscert=x›, trust: ‹trust="00"› }
iscsi: { servers: { boot: { daemon: tgt, portals: ‹portal=10.0.0.2› }, ‹target_server=win›: { daemon: windows, portals: 10.0.0.9 } } }
loaders: { bios: ‹loader=x›, http_x64: ‹loader_url="http://10.0.0.2/x"› }
subnets:
  ‹subnet=lan›: { cidr: ‹cidr=10.0.0.0/24›, ranges: ‹range=10.0.0.100-10.0.0.110›, routers: ‹router=10.0.0.1›, domain: ‹subnet_domain=example.org›, shared_network: ‹shared_network=wire›, vendor_options: { text: ‹subnet_vendor=x›, vendor_class: ‹subnet_vendor_class=x› } }
groups:
  ‹group=g›: { options: { merit-dump: ‹group_option=x› }, vendor_options: { 2: { text: ‹group_vendor=x› } } }
hosts:
  ‹host=h›: { mac: ‹mac="02:00:00:00:00:01"›, ip: ‹ip=10.0.0.21›, host_name: ‹host_name=h›, root_path: ‹root_path="aoe:e0.0"›, group: g }
  by-nfs: { mac: "02:00:00:00:00:02", ip: 10.0.0.22, vendor_options: { hex: ‹host_vendor="00"› }, root_path: { nfs: { path: ‹nfs_path=/srv/n›, options: [‹nfs_option=tcp›] } } }
  by-iscsi: { mac: "02:00:00:00:00:03", ip: 10.0.0.23, root_path: { iscsi: { server: 10.0.0.3, target: ‹target="iqn.2020-01.lan:x"›, initiator: ‹initiator="iqn.2020-01.lan:y"›, lun: ‹lun="1"› } } }
  by-tgt: { mac: "02:00:00:00:00:04", ip: 10.0.0.24, root_path: { iscsi: { server: boot, target: ‹own_target="iqn.2020-01.lan:t"›, chap: { user: ‹chap_user=u›, password_file: tests/lab/sites/targets/secrets/proved }, store: { file: ‹store=/srv/x› , size: ‹size=1G› } } } }
  by-win: { mac: "02:00:00:00:00:05", ip: 10.0.0.25, root_path: { iscsi: { server: win, target: "iqn.2020-01.lan:w", store: { file: ‹windows_store='D:\x.vhdx'›, size: 1G } } } }
boot_entries:
  ‹entry=e›: { kind: linux, label: ‹label=x›, key: ‹key=x›, dir: ‹dir=d›, kernel: ‹kernel=k›, initrd: [‹initrd=i›], cmdline: [‹argument=x›] }
  c: { kind: chain, label: c, url: ‹chain="http://10.0.0.2/x"› }
  i: { kind: iso, label: i, iso: ‹iso=x.iso› }
  w: { kind: winpe, label: w, wimboot: ‹wimboot=wimboot›, bcd: ‹bcd=BCD›, arch_dirs: { amd64: ‹arch_dir=amd64› } }
  u: { kind: casper, label: u, dir: ‹live_dir=live› }
  v: { kind: live_boot, label: v, dir: ‹debian_dir=deb›, root_over: http, cmdline: [‹live_argument=x›] }
  n: { kind: nfs_root, label: n, path: ‹root_folder=/srv/t› }
  d: { kind: debian_installer, label: d, preseed: ‹preseed=/p.cfg› }
  q: { kind: subiquity, label: q, kernel: k, initrd: i, iso: ‹live_iso=x.iso›, autoinstall: ‹seed=/seed› }
  k: { kind: anaconda, label: k, dir: an, iso: ‹tree_iso=y.iso›, kickstart: ‹kickstart="http://10.0.0.2/ks"› }
  y: { kind: autoyast, label: y, dir: ‹suse_dir=su›, profile: ‹profile=p.xml› }
menu: { title: ‹title=x›, items: [{ gap: ‹gap=x› }, c, i, w, u, { submenu: ‹submenu=s›, title: ‹submenu_title=x›, items: [shell] }] }
"#;

/// The same of what only some sites have.
const MORE: &str = r#"
name: A site
servers: { boot: { ip: 10.0.0.2, interfaces: [eth0] }, ‹far=far›: { ip: 10.0.9.2 } }
dhcp: { server: boot }
tftp: { server: boot }
nfs: { server: boot }
http: { server: boot, root: ‹nginx_root=/srv/www›, tftp_prefix: ‹nginx_prefix=/t›, url: ‹nginx_url="http://10.0.0.2"›, daemon: nginx }
smb: { server: boot, wsdd: { domain: ‹wsdd=DOM› }, shares: { x: { path: /srv/x, users: [‹share_group="@u"›, u], writable: true, directory_mask: ‹directory_mask=0775› } } }
ipxe:
  username: ‹username=x›
  password_file: tests/lab/sites/targets/secrets/proved
  reverse_username: ‹reverse_username=x›
  reverse_password_file: tests/lab/sites/targets/secrets/proved
  cert: ‹cert="00"›
  san_drive: ‹san_drive=0x80›
  uid: ‹uid=1›
iscsi: { server: ‹disk_server=10.0.0.3›, port: ‹disk_port=3260› }
loaders: { build: { source: ‹ipxe_source=./ipxe›, enable: [‹ipxe_setting=DOWNLOAD_PROTO_HTTPS›] } }
vars: { ‹var_name=unused›: en, locale: ‹site_var=en› }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: [{ range: ‹range_for=10.0.0.100-10.0.0.110›, clients: all }], routers: 10.0.0.1, dns: ‹dns=10.0.0.1›, ntp: ‹ntp=10.0.0.1›, broadcast: ‹broadcast=10.0.0.255›, next_server: ‹next_server=10.0.0.2›, allow: { empty-subnet: ‹reason=x› } }
hosts:
  h: { mac: "02:00:00:00:00:01", ip: 10.0.0.21, vars: { locale: ‹host_var=de› } }
  n: { nics: [{ mac: ‹card_mac="02:00:00:00:00:02"›, ip: ‹card_ip=10.0.0.22› }] }
  d: { mac: "02:00:00:00:00:03", ip: 10.0.0.23, keep_san: true, root_path: { iscsi: { target: "iqn.2020-01.lan:x", port: ‹own_port=3261›, portals: [10.0.0.3, ‹second_portal=10.0.0.4›], chap: { user: ‹foreign_user=u›, password_file: tests/lab/sites/targets/secrets/proved } } } }
  by-nfs: { mac: "02:00:00:00:00:04", ip: 10.0.0.24, root_path: { nfs: { path: /srv/n } } }
boot_entries:
  w: { kind: winpe, label: w, dir: pe, sdi: ‹sdi=boot.sdi›, wim: ‹wim=boot.wim›, share: x, setup: ‹setup=setup.exe›, user: u, unattend: ‹unattend=u.xml›, inject: { ‹injected=a.txt›: ‹inject_file=a.txt› } }
  m: { kind: memtest, label: m, bios: ‹memtest_bios=m.bin›, efi: ‹memtest_efi=m.efi› }
  f: { kind: linux, label: f, dir: ‹mounted_at=iso›, from_iso: ‹from_iso=/srv/x.iso›, kernel: k, cmdline: ["lang={var.locale}", { prefix: ‹prefix="pw="›, secret_file: tests/lab/sites/targets/secrets/proved }] }
  u: { kind: casper, label: u, dir: live, release: ‹release=22.04› }
  s: { kind: script, label: s, lines: [echo x] }
relays: { far: { interfaces: [‹relay_interface=eth1›], to: ‹relay_to=10.0.0.2› } }
files: [{ path: ‹own_path=/etc/own›, server: boot, mode: ‹own_mode=0644›, template: tests/cases/web-servers/templates/issue.tera }]
winpe:
  adk: ‹adk='C:\ADK'›
  work_dir: ‹work_dir='C:\WinPE'›
  language: ‹language=fr-fr›
  packages: [‹package=WMI›]
  features: [‹feature=A›]
  drivers: [‹driver='C:\D'›]
  inject: { ‹image_path='a\b.txt'›: ‹image_file='C:\b.txt'› }
  time_zone: ‹time_zone=Romance Standard Time›
  input_locale: ‹input_locale="0411:00000411"›
"#;

/// The same of what other DHCP servers, Apache and the kernel's target are told.
const BESIDE: &str = r#"
name: A site
servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0] } }
dhcp: { daemon: external }
tftp: { server: boot, root: ‹apache_alias=/srv/tftp› }
http: { server: boot, daemon: apache, root: ‹apache_root=/srv/www›, tftp_prefix: ‹apache_prefix=/t›, url: "http://10.0.0.2" }
iscsi: { server: boot, daemon: lio }
ipxe: { script: ‹told_script=told.ipxe›, username: ‹told_username=x›, password_file: tests/lab/sites/targets/secrets/proved }
loaders: { bios: ‹told_loader=x›, http_x64: ‹told_url="http://10.0.0.2/x"› }
vars: { locale: en }
subnets:
  ‹told_subnet=lan›: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110, routers: 10.0.0.1, domain: ‹told_domain=example.org› }
hosts:
  ‹told_host=h›: { mac: ‹told_mac="02:00:00:00:00:01"›, ip: 10.0.0.21, host_name: ‹told_name=h›, root_path: ‹told_path="aoe:e0.0"›, vars: { locale: ‹told_var=de› } }
  l: { mac: "02:00:00:00:00:02", ip: 10.0.0.22, keep_san: true, root_path: { iscsi: { target: ‹lio_target="iqn.2020-01.lan:x"›, chap: { user: ‹lio_user=u›, password_file: tests/lab/sites/targets/secrets/proved }, store: { file: ‹lio_store=/srv/x›, size: ‹lio_size=1G› } } } }
boot_entries:
  e: { kind: linux, label: e, dir: d, kernel: k, cmdline: ["lang={var.locale}"] }
"#;

/// The same of what Kea is told, of classes in it, and of Debian 14's units.
const KEA: &str = r#"
name: ‹kea_site=A site›
domain: ‹kea_domain=example.org›
servers: { boot: { ip: 10.0.0.2/24, ip6: "fd00::2/64", interfaces: [‹kea_interface=eth0›], os: debian-14 }, far: { ip: 10.0.9.2, os: debian-14 } }
dhcp:
  daemon: kea
  server: boot
  domain_search: [‹kea_search=example.org›]
  log_facility: ‹kea_facility=daemon›
  vendor_options: { 1: { text: ‹kea_site_vendor=x› } }
  options: { nis-domain: ‹kea_option=x›, own: { code: 230, text: ‹kea_own_option=x› }, time-servers: ‹kea_address=10.0.0.1› }
  raw: { kea: { server-tag: ‹kea_raw=x›, user-context: { a: 1 } } }
tftp: { server: boot, root: ‹jail=/srv/tftp›, user: ‹jailed_user=tftp›, address: ‹socket_address=":69"›, options: [‹jailed_option=-v›] }
http: { server: boot }
ipxe: { script: ‹kea_script=install.ipxe›, username: ‹kea_username=x›, password_file: tests/lab/sites/targets/secrets/proved, syslogs: ‹kea_syslogs=x› }
loaders: { bios: ‹kea_loader=x›, http_x64: ‹kea_url="http://10.0.0.2/x"› }
vars: { locale: ‹kea_var=en› }
subnets:
  ‹kea_subnet=lan›: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110, routers: 10.0.0.1, domain: ‹kea_subnet_domain=example.org›, shared_network: ‹kea_wire=wire›, cidr6: "fd00::/64", ranges6: "fd00::1000-fd00::1fff", dns6: ‹kea_dns6="fd00::53"›, raw: { kea: { user-context: { x: ‹kea_subnet_raw=x› } } } }
  other: { cidr: 10.0.1.0/24, ranges: 10.0.1.100-10.0.1.110, routers: 10.0.1.1, netboot: known, vendor_options: { text: ‹kea_subnet_vendor=x›, vendor_class: ‹kea_vendor_class=x› } }
hosts:
  ‹kea_host=h›: { mac: "02:00:00:00:00:01", ip: 10.0.0.21, ip6: "fd00::21", host_name: ‹kea_host_name=h›, root_path: ‹kea_path="aoe:e0.0"›, vars: { locale: ‹kea_host_var=de› }, options: { nis-domain: ‹kea_host_option=x› }, raw: { kea: { user-context: { x: ‹kea_host_raw=x› } } } }
  own: { mac: "02:00:00:00:00:02", ip: 10.0.0.22, loaders: { bios: ‹kea_own_loader=own› }, dns: none, vendor_options: { 2: { text: ‹kea_host_vendor=x› } } }
  disk: { mac: "02:00:00:00:00:03", ip: 10.0.0.23, keep_san: true, root_path: { iscsi: { server: 10.0.0.3, target: ‹kea_target="iqn.2020-01.lan:x"›, initiator: ‹kea_initiator="iqn.2020-01.lan:y"›, chap: { user: ‹kea_chap=u›, password_file: tests/lab/sites/targets/secrets/proved } } } }
relays: { far: { interfaces: [‹helper_interface=eth1›], to: ‹helper_to=10.0.0.2› } }
boot_entries:
  e: { kind: linux, label: e, dir: d, kernel: k, cmdline: ["lang={var.locale}"] }
"#;

/// The same of what dnsmasq is told.
const DNSMASQ: &str = r#"
name: ‹masq_site=A site›
domain: ‹masq_domain=example.org›
servers: { boot: { ip: 10.0.0.2/24, ip6: "fd00::2/64", interfaces: [‹masq_interface=eth0›] } }
dhcp:
  daemon: dnsmasq
  answer_dns: ‹masq_answers=true›
  log_facility: ‹masq_facility=daemon›
  vendor_options: { 1: { text: ‹masq_site_vendor=xy› } }
  domain_search: [‹masq_search=example.org›]
  default_lease_time: ‹masq_time=1h›
  options: { nis-domain: ‹masq_option=xy›, own: { code: 230, text: ‹masq_own_option=xy› }, bytes: { code: 231, hex: ‹masq_hex="00:11"› }, time-servers: ‹masq_address=10.0.0.1› }
ipxe: { script: ‹masq_script=install.ipxe›, username: ‹masq_username=x›, password_file: tests/lab/sites/targets/secrets/proved, syslogs: ‹masq_syslogs=x› }
loaders: { bios: ‹masq_loader=x›, efi_x64: ‹masq_efi=y›, http_x64: none }
vars: { locale: ‹masq_var=en› }
subnets:
  ‹masq_subnet=lan›: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110, routers: 10.0.0.1, domain: ‹masq_subnet_domain=lan.example.org›, shared_network: ‹masq_wire=wire›, cidr6: "fd00::/64", ranges6: "fd00::1000-fd00::1fff", dns6: ‹masq_dns6="fd00::53"› }
  other: { cidr: 10.0.1.0/24, ranges: 10.0.1.100-10.0.1.110, routers: 10.0.1.1, netboot: known }
groups:
  ‹masq_group=g›: { options: { merit-dump: ‹masq_group_option=xy› }, vendor_options: { text: ‹masq_group_vendor=xy›, vendor_class: ‹masq_vendor_class=xy› } }
hosts:
  ‹masq_host=h›: { mac: "02:00:00:00:00:01", ip: 10.0.0.21, ip6: "fd00::21", host_name: ‹masq_host_name=h›, root_path: ‹masq_path="aoe:e0.0"›, vars: { locale: ‹masq_host_var=de› }, options: { nis-domain: ‹masq_host_option=xy› } }
  own: { mac: "02:00:00:00:00:02", ip: 10.0.0.22, loaders: { bios: ‹masq_own_loader=own› }, dns: none, vendor_options: { 2: { text: ‹masq_host_vendor=xy› } } }
  disk: { mac: "02:00:00:00:00:03", ip: 10.0.0.23, keep_san: true, root_path: { iscsi: { server: 10.0.0.3, target: ‹masq_target="iqn.2020-01.lan:x"›, initiator: ‹masq_initiator="iqn.2020-01.lan:y"›, chap: { user: ‹masq_chap=u›, password_file: tests/lab/sites/targets/secrets/proved } } } }
boot_entries:
  e: { kind: linux, label: e, dir: d, kernel: k, cmdline: ["lang={var.locale}"] }
"#;

/// The same of classes in dhcpd.conf.
const CLASSES: &str = r#"
name: A site
servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0] } }
loaders: { bios: x }
vars: { locale: en }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: [{ range: 10.0.0.100-10.0.0.110, clients: phones }, { range: 10.0.0.111-10.0.0.120, clients: { not: phones } }], routers: 10.0.0.1 }
classes:
  phones: { match: { vendor_class: ‹vendor_class=x› }, note: ‹note=x›, options: { nis-domain: ‹class_option=x› }, vendor_options: { 1: { text: ‹vendor_option=x› } } }
  ‹class=c›: { match: { user_class: ‹user_class="u*"›, client: ‹asker=plain› }, file: ‹class_file=x›, next_server: ‹class_server=10.0.0.9›, priority: ‹priority=1› }
  ids: { match: { client_id: ‹client_id=i› }, domain: ‹class_domain=example.org›, priority: 2, vars: { locale: ‹class_var=de› } }
  port: { match: { circuit_id: ‹circuit_id=p›, remote_id: ‹remote_id="r*"› }, ip: ‹class_ip=10.0.0.30›, root_path: ‹class_path="aoe:e0.0"›, priority: 3 }
  bytes: { match: { remote_id: { hex: ‹class_hex="00:11*"› }, mac: ‹class_mac="02:00:*"›, arch: ‹class_arch=7› }, loaders: { bios: ‹class_loader=y› }, ipxe: { syslogs: ‹class_syslogs=x› }, priority: 4 }
  aruba: { match: { uuid: ‹uuid="4c4c4544-0042-3510-8052-b4c04f564432"› }, vendor_options: { text: ‹whole_option=x›, vendor_class: ‹answer_class=x› }, subnets: ‹class_subnet=lan›, priority: 5 }
boot_entries:
  e: { kind: linux, label: e, dir: d, kernel: k, cmdline: ["lang={var.locale}"] }
"#;

/// How the file of the user's own template begins.
pub(super) const OWN: &str = "A site on boot: ";

/// Every site.
pub const SITES: [&str; 6] = [SITE, MORE, BESIDE, KEA, DNSMASQ, CLASSES];
