//! The findings that no rule makes: those of reading the site, of looking at the server's files, and of the
//! daemons' own checkers. Each is listed here once, with its id, severity, summary and text.

use super::Severity;

/// A kind of finding. The catalogue below has those that no rule makes, and each rule has its own.
#[derive(Debug, PartialEq, Eq)]
pub struct FindingKind {
    /// Its id, such as `unknown-key`.
    pub id: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The fault, in one line.
    pub summary: &'static str,
    /// Whether `allow` can suppress it. A finding without which nothing can be read or rendered cannot be suppressed.
    pub allow: bool,
}

impl FindingKind {
    /// An error that `allow` can suppress.
    #[must_use]
    pub const fn error(id: &'static str, summary: &'static str) -> Self {
        Self { id, severity: Severity::Error, summary, allow: true }
    }

    /// A warning.
    #[must_use]
    pub const fn warning(id: &'static str, summary: &'static str) -> Self {
        Self { id, severity: Severity::Warning, summary, allow: true }
    }

    /// An error that `allow` cannot suppress: the site cannot be read or rendered.
    #[must_use]
    pub const fn always(id: &'static str, summary: &'static str) -> Self {
        Self { allow: false, ..Self::error(id, summary) }
    }
}

/// Makes a constant of each kind, and the list of all.
macro_rules! catalogue {
    ($($name:ident = $make:ident($id:literal, $summary:literal, $doc:literal $(,)?);)*) => {
        $(
            #[doc = $summary]
            pub static $name: FindingKind = FindingKind::$make($id, $summary);
        )*

        /// All of them, each with the text of `explain`, in Markdown.
        pub static FINDINGS: &[(&FindingKind, &str)] = &[$((&$name, $doc)),*];
    };
}

catalogue! {
    // Files that the site names.
    SECRET = always(
        "secret",
        "a secret that cannot be read",
        "A secret is one line of text in a file of its own (`password_file`, `secret_file`; the path is relative to
the file that names it) or in an environment variable (`password_env`; its name begins with `IPXEGEN_`). ipxegen writes
it into the files that need it, which only root or the web server may read, and never shows it.",
    );
    PASSWORD_IN_SITE = always(
        "password-in-site",
        "a password in the site itself",
        "Everybody who can read site.yaml can read the password, also in its repository, in copies and on
terminals. Keep a password in a file of its own with mode 0600, outside of published folders (`password_file`), or in
an environment variable (`password_env`). Messages do not show it.

Fails: `chap: { user: pc, password: … }`. Passes: `chap: { user: pc, password_file: secrets/pc }`.",
    );
    UNREADABLE_SOURCE = always(
        "unreadable-source",
        "a file beside the site that cannot be read",
        "`{ source: FILE }` publishes a file with its placeholders filled. The path is relative to the file that
names it. The file must exist and be UTF-8.",
    );
    OUT_OF_REACH = always(
        "out-of-reach",
        "a file or an environment variable that the site may not read",
        "A machine may read the site of an author who has no access to that machine: a pipeline checks a pull
request, and `ipxegen apply` runs as root. So a site reads files below its own folder only (a
folder as SITE is that folder, `-` reads below the working directory), and no `.git` folder. Links
may be used if they end there too. Files that are included have the folder of the file on the command
line. `--allow-path DIR` lets the site read files below another folder.

Of environment variables, a site reads those whose names begin with `IPXEGEN_`; `--allow-env NAME` lets it
read another one.

Fails: `preseed: { source: /etc/shadow }`, `password_env: AWS_SECRET_ACCESS_KEY`. Passes:
`preseed: { source: preseed.cfg }`, `password_env: IPXEGEN_CHAP`.",
    );
    SERVED_SECRET = always(
        "served-secret",
        "a secret that every client can fetch",
        "in.tftpd serves a file to every client that asks, and only files that everybody on the server may read
(tried: it refuses one of mode 0640). So a secret in a file that is served over TFTP is an error. Over HTTP it is a
warning. The file belongs to the web server's group, and the site files for nginx and Apache give it only to the
networks that boot. But every machine in them can fetch it, and HTTP sends it in clear text.

Fails: `over: tftp` on an entry with a `password_file`. Warns: the same with `over: http`. Passes:
`expose_secret: true`, for a password that opens nothing important.",
    );
    SHARE_USER = always(
        "share-user",
        "an account that the share does not list",
        "`users` of a share are Samba's `valid users`: Samba refuses all other accounts, so that Windows PE cannot
connect. Names are compared without regard to case, as Samba does; a group (`@staff`) can contain any account.

Fails: `user: guest2` on a `winpe` entry whose share has `users: [installer]`. Passes: `user: installer`.",
    );
    WINPESHL_WITHOUT_STARTNET = always(
        "winpeshl-without-startnet",
        "a winpeshl.ini keeps startnet.cmd from running",
        "winpeshl.exe runs `startnet.cmd` only where there is no `winpeshl.ini` (Microsoft's \"Winpeshl.ini Reference\"),
so that an entry with a `share` would never connect to it.

Fails: `share` with an injected winpeshl.ini that starts a tool. Passes: one that also starts
`%SYSTEMROOT%\\System32\\cmd.exe, /c startnet.cmd`.",
    );
    // The text.
    YAML = always(
        "yaml",
        "the text is not YAML",
        "Nothing after the fault was read, so later faults are reported only once it is repaired. The usual reasons are an
unquoted `{`, `*`, `&`, `!`, `%` or `@` at the start of a value, a colon and a blank in a value, a tab or an
invisible character used for indenting, and a bracket or a quote that is not closed. A message that begins with
`this is not YAML` gives the parser's own words.

Fails: `cmdline: {files}/vmlinuz`. Passes: `cmdline: \"{files}/vmlinuz\"`.",
    );
    YAML_TAG = always(
        "yaml-tag",
        "a YAML tag that means nothing here",
        "`!word` in front of a value is a tag. site.yaml knows only YAML's own ones, such as `!!str`.
A text that begins with `!` goes into double quotes.",
    );
    YAML_ALIAS = always(
        "yaml-alias",
        "an alias without an anchor",
        "`*name` repeats the value that `&name` marked further up. A text that begins with `*` goes
into double quotes: `clients: \"*\"`.",
    );
    YAML_KEY = always(
        "yaml-key",
        "a key that is a list or a mapping",
        "A key of a mapping is a single value: a name, not a list (`? [a, b]`) or a mapping.",
    );
    YAML_MERGE = always(
        "yaml-merge",
        "`<<` with a value that is not a mapping",
        "`<<` merges a mapping, or a list of mappings, into the one that contains it; the mapping's own
keys win.

Fails: `<<: lab`. Passes: `<<: *lab`, where `&lab` marks a mapping.",
    );
    YAML_DOCUMENT = always(
        "yaml-document",
        "a second document in one file",
        "A line `---` begins another YAML document. A site is one document; a second one would
be ignored silently.",
    );
    DUPLICATE_KEY = always(
        "duplicate-key",
        "a key appears twice in one mapping",
        "YAML forbids it; most programs silently use the later one, and half of a
site is gone. Names are compared as they are used: hosts and servers without regard to case (RFC 1123),
shares too (Samba does so).",
    );
    NOT_UTF8 = always(
        "not-utf8",
        "the text is not UTF-8",
        "Labels and comments end up in files that other programs read as UTF-8.
`iconv -f latin1 -t utf-8 old.yaml >site.yaml` converts an old file.",
    );
    EMPTY = always(
        "empty",
        "there is no site in the file",
        "The file is empty, or holds comments only. `ipxegen init` writes a site to start from.",
    );
    INCLUDE = always(
        "include",
        "an included file that cannot be read",
        "`include` names further YAML files and tables of hosts, by globs relative to the file that names
them. A pattern that matches nothing is an error: half of a site would be missing silently.",
    );
    CSV = always(
        "csv",
        "a table that is not CSV",
        "The first row of a table names keys of a host (`name,mac,ip,group`); each further row is a host
and has as many cells. A cell with the delimiter or a line break in it needs double quotes, and a double
quote in it is doubled (RFC 4180).",
    );
    // The words of the language.
    UNKNOWN_KEY = always(
        "unknown-key",
        "a key that does not exist here",
        "A misspelt key that is ignored is a setting that is silently missing: dhcpd itself takes
`authoratative;` as a declaration and says nothing. So every key must be known; the nearest known word is
shown, also for the words of other tools (`gateway` is `routers`, `nodes` is `hosts`). Keys of your own
belong at the top level and begin with `x-`.",
    );
    UNKNOWN_KIND = always(
        "unknown-kind",
        "a kind of boot entry that does not exist",
        "`kind` says what a boot entry does. The kinds are {kinds}.",
    );
    WRONG_TYPE = always(
        "wrong-type",
        "a value of the wrong shape",
        "A list or a mapping is used where a single value is expected, or the reverse. A key that takes a
list also takes a single value.",
    );
    COMMENT_FOR_TEXT = warning(
        "comment-for-text",
        "a key without a value has a comment in its place",
        "YAML takes everything from ` #` to the end of the line for a comment. In `label: #1 Debian` the label is
therefore empty, and the entry has its default label. Put a text that begins with `#` or contains ` #` in quotes.

Fails: `label: #1 Debian`. Passes: `label: \"#1 Debian\"`.",
    );
    MISSING_KEY = always(
        "missing-key",
        "a required key is missing",
        "The help line says what to write: a subnet has a `cidr`, a share its `path`, a boot entry its
`kind`, a server that answers DHCP its `interfaces`.",
    );
    MALFORMED = always(
        "malformed",
        "an invalid value",
        "The value is invalid: an address with a number over 255, a MAC address of five
bytes or a multicast one, a duration without a unit that exists, an IQN with a blank, a path that
leaves the TFTP root, a text that the daemon's language cannot express. Many of these the daemons accept
themselves (`dhcpd -t` takes a MAC address of five bytes; it never matches).",
    );
    TOO_MANY_HOSTS = always(
        "too-many-hosts",
        "name patterns that make more hosts than any network has",
        "A name pattern makes up to 65536 hosts, and a hundred kilobytes of patterns ask for more hosts than any
memory holds. So the hosts are counted before any of them is made: a million in all, of a kilobyte each on average.
`--max-hosts N` raises the limit. Hosts that are written out, or rows of a table, do not count.

Fails: `\"a[1-60000]\": {}` to `\"t[1-60000]\": {}`. Passes: the patterns of one site with up to a million hosts.",
    );
    UNKNOWN_REFERENCE = always(
        "unknown-reference",
        "a name that is not declared",
        "A server, group, boot entry or subnet is referred to that the site does not declare. Declared
names, or the nearest of them, are shown.",
    );
    GROUP_CYCLE = always(
        "group-cycle",
        "a group that is its own parent",
        "A group inherits from its `group`; going up from one must come to an end.",
    );
    RAW_UNBALANCED = always(
        "raw-unbalanced",
        "verbatim text that would close its scope",
        "`raw` is printed unchanged, at the end of its scope. A brace or quote too many
would close that scope and change the meaning of what follows: in dhcpd.conf, an options block of one host
would apply to all clients. So the text must be balanced in the output's own lexer.",
    );
    ROOT_PATH_TOO_LONG = always(
        "root-path-too-long",
        "a root-path that does not fit into DHCP",
        "A DHCP option holds 255 bytes. dhcpd accepts a longer root-path and sends it cut or split,
and iPXE then looks for a disk that does not exist.",
    );
    LOADERS_WITHOUT_ADDRESS = always(
        "loaders-without-address",
        "a host with loaders of its own and no address",
        "Which address its loader's URL and its script have depends on its subnet, and the subnet
follows from the host's address.",
    );
    // The site as a whole.
    NO_SERVER = always(
        "no-server",
        "the site has no server",
        "At least one server is required: `servers: { boot: { ip: 10.0.0.2 } }`.",
    );
    NO_SUBNET = always(
        "no-subnet",
        "the site has no subnet",
        "dhcpd answers only on networks for which it has a subnet declaration, and `dhcpd -t` accepts a file without
any.",
    );
    SERVICE_MISSING = always(
        "service-missing",
        "something needs a service that no server runs",
        "With several servers, a service whose key is absent does not exist; with `none` it is
disabled. A casper entry needs NFS, a loader TFTP, shares need SMB.

Fails: two servers, a share, and no `smb: { server: … }`. Passes: `smb: { server: files, shares: … }`.",
    );
    SAME_FILE = always(
        "same-file",
        "two outputs write one file",
        "Two outputs were given the same path on the same server; the later would replace the earlier. The same holds
for a file at a path where another output needs a folder, and for the names of ipxegen's own temporary files
(`.ipxegen-….tmp`).",
    );
    TEMPLATE = always(
        "template",
        "a template that cannot be read",
        "A template given by `--templates` is not a template: the words are the template engine's own.",
    );
    UNKNOWN_TEMPLATE = always(
        "unknown-template",
        "a template that replaces no built-in one",
        "A template given by `--templates` replaces the built-in one of the same name, so a name that
no built-in has is a spelling mistake.",
    );
    IGNORED_TEMPLATE = warning(
        "ignored-template",
        "a file in a folder of templates that is not a template",
        "Templates are the files of a folder of templates whose names end in `.tera`. Any other file has no effect.",
    );
    CHANGED_TEMPLATE = warning(
        "changed-template",
        "an override whose built-in template has changed",
        "`ipxegen templates NAME --copy DIR` copies a built-in template, with a first line that names its version.
After an upgrade of ipxegen the built-in template may be another one, and the override lacks what is new in it.
`ipxegen templates --diff` shows what has changed in the built-in template and in the override, or, for an override
whose original is not kept in the folder `.builtin`, how the two differ.",
    );
    DROPPED_BLOCK = warning(
        "dropped-block",
        "a block that drops what the built-in template has in it",
        "A template that extends a built-in one replaces the blocks that it names. Without `{{ super() }}`
everything that the built-in template writes in such a block is missing from the file: in the block `global` of
dhcpd.conf, for example, the lease times.",
    );
    ARGUMENT = always(
        "argument",
        "an argument that names what does not exist",
        "A server, output or rule on the command line is not one of the site's or of this program's.",
    );
    UNUSED_ALLOW = always(
        "unused-allow",
        "an `allow` that suppresses no finding",
        "`allow: { rule: \"reason\" }` accepts a finding in the mapping that contains it. An `allow` without such a finding
is left over, or its rule is misspelt, and it would hide the next finding of that rule. It is a warning where the
rule exists, and an error where it does not.",
    );
    // The server's files: `check --root DIR`.
    MISSING_FILE = error(
        "missing-file",
        "a file or folder that the site names is not on the server",
        "Found by `check --root DIR`. A loader that is missing shows as `PXE-T01: File not found` on the
client, a missing kernel as iPXE's `https://ipxe.org/2d0c618e`, a missing export as an NFS mount that waits
for ever (`exportfs` prints \"Failed to stat\" and goes on), a missing share folder as a share that cannot be
entered (testparm says nothing).

Fails: `kernel: linux` with `dir: debian` and no `/srv/tftp/debian/linux`. Passes: once the file is there.",
    );
    WRONG_CASE = error(
        "wrong-case",
        "a file is there, but its name has other capitals",
        "Found by `check --root DIR`. Files unpacked from a Windows or Joliet image are called `BOOTMGR`
or `Boot.wim`; Linux servers compare names exactly, so a client that asks for `boot.wim` gets nothing. Write
the name as it is on the disk, or rename the file. (For clients that ask in any case in.tftpd has map
files; what iPXE asks for is written in site.yaml.)",
    );
    UNREADABLE_FILE = error(
        "unreadable-file",
        "a file that its daemon may not read",
        "Found by `check --root DIR`. in.tftpd without `--permissive` serves only files that everybody may
read (`o+r`), whoever owns them: a file of mode 0640 is refused with \"File must have global read
permissions\". Each folder on the way needs `x` for the daemon's user; with `--secure` that begins at the
TFTP root, without it, and for HTTP, at `/`.

Fails: `install -m 0640 ipxe.efi /srv/tftp`. Passes: mode 0644.",
    );
    LINK_LEAVES_ROOT = error(
        "link-leaves-root",
        "a symbolic link that in.tftpd cannot follow",
        "Found by `check --root DIR`. With `--secure` in.tftpd calls chroot(2) on its folder: an absolute
link then begins at the TFTP root, and `..` stops there. The web server follows the link, so the file
is served over HTTP and not over TFTP. Copy the file, mount its folder below the root (`mount
--bind`), or use `over: http` for that entry.

Fails: `/srv/tftp/ipxe.efi -> /usr/lib/ipxe/ipxe.efi`. Passes: a copy of the file.",
    );
    LINK_LEAVES_SHARE = warning(
        "link-leaves-share",
        "a symbolic link in a share leads out of it",
        "Found by `check --root DIR`. Samba has `wide links = no` by default, so a link that leaves its share
is shown and cannot be opened: Windows setup stops in the middle with \"access denied\".",
    );
    WRONG_ARCHITECTURE = error(
        "wrong-architecture",
        "a loader that its clients cannot start",
        "Found by `check --root DIR`. UEFI starts PE programs of its own machine type (PE/COFF header: 0x14c
IA32, 0x8664 x64, 0x1c2 ARM, 0xaa64 ARM64), and a 32-bit UEFI on a 64-bit processor still is IA32. BIOS
starts a plain network boot program, which is no PE file. The client's message is \"Image type not
supported\", or nothing at all.

Fails: `loaders: { efi_x64: undionly.kpxe }`. Passes: `loaders: { efi_x64: ipxe.efi }`.",
    );
    LOADER_LACKS_FEATURE = error(
        "loader-lacks-feature",
        "an iPXE on the server lacks a feature that the script needs",
        "Found by `check --root DIR`. An iPXE in a ROM that lacks a feature of `ipxe.needs` gets the loader of its kind
in place of the script. If that loader lacks it as well, DHCP gives it itself again, without end. iPXE for UEFI has a
table of its features, which is read; iPXE for BIOS is compressed (`needs-unproven`).

Fails: `ipxe: { needs: https }` with Debian's `ipxe.efi` of 2019. Passes: `ipxe: { needs: http }`.",
    );
    OLD_WIMBOOT = error(
        "old-wimboot",
        "wimboot is too old for the Windows that it starts with Secure Boot",
        "Found by `check --root DIR`. With Secure Boot, the boot loader of Windows 11 24H2 (build 26100) and later ends
with error 0xc000000f where it finds no `boot.stl`. wimboot takes that file out of the image from 2.9.0 on (commit
da2c24d). The version of wimboot and the build of the image are read in the files. Without Secure Boot, and on BIOS,
older releases start new images, too.

Fails: wimboot 2.8.0 for a new image where a loader is a shim (`secure_boot: true`). Passes: wimboot 2.9.0.",
    );
    UNSIGNED_WIMBOOT = error(
        "unsigned-wimboot",
        "the firmware refuses an unsigned wimboot with Secure Boot",
        "Found by `check --root DIR`. With Secure Boot the firmware starts only signed programs. Microsoft signs the full
releases of wimboot; a prerelease, the files in its repository and a wimboot of your own build have no signature
(wimboot's RELEASE.md). The size of the certificate table in the header of the program is read.

Fails: wimboot's own build where a loader is a shim (`secure_boot: true`). Passes: a full release, or one that you
signed with a key that the firmware or the shim trusts.",
    );
    UNUSED_FILE = warning(
        "unused-file",
        "files of the TFTP root that nothing in the site names",
        "Found by `check --root DIR --unused`. Every machine that reaches the server can fetch them. Old installers
contain passwords, and attackers look for old loaders. A folder without any used file is one
finding. A file counts as used when the site names it as a loader, a file of a boot entry, in a command line,
URL or script line, or when it lies in an exported or shared folder.",
    );
    // The daemons: `check --daemons`.
    DAEMON = always(
        "daemon",
        "the daemon's own checker refuses a rendered file",
        "Found by `check --daemons`: the words are the checker's own (`dhcpd -t`, `testparm -s`, `nginx -t`,
`apache2 -t`, `sh -n` …), at the place in the site that the line comes from and at the line of the rendered file. The
place is the line of `raw` or of a template of your own, the value of an option or of another key, else the
host, group, subnet, share or service. Text that passes our own checks and not the daemon's comes from `raw`,
from a template of your own, or is a mistake in ipxegen: please report the latter.",
    );
    UNCHECKED = always(
        "unchecked",
        "the daemon's own checker could not run",
        "Found by `check --daemons` and `apply`: the checker is installed and does not start, may not read the
staged file (a security profile such as AppArmor's keeps it out), cannot be confined, or does not end in time
(`--timeout`). ipxegen does not install an unchecked file. `--unchecked DAEMON` goes on without that
daemon's checker. A checker that is not installed is named on standard error and stops nothing: there is no
daemon that the file could break.",
    );
    ANSWER_DIFFERS = error(
        "answer-differs",
        "the DHCP server with the new files does not answer as the site says",
        "Found by `apply --probe`: text in `raw`, or another file of the server, overrides what the site says.
If that is intended, `allow: { answer-differs: reason }` accepts it: at the site for all clients, and on a subnet,
class, group or host for its clients.",
    );
    DAEMON_WARNING = warning(
        "daemon-warning",
        "the daemon's own checker warns about a rendered file",
        "Found by `check --daemons`: the checker accepts the file and prints a warning.
testparm does so for unknown parameters: it ignores them and exits with 0, and so does smbd.",
    );
}
