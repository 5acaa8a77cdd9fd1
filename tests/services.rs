//! The other daemons run with the rendered files and answer their own clients.

use std::process::Output;

use crate::support::daemons::Server;
use crate::support::netns::{Net, Space};
use crate::support::{render, require, require_root};

/// A machine on the same segment that asks smbd.
struct Client {
    space: Space,
}

impl Client {
    fn smb(&self, args: &[&str]) -> (bool, String) {
        let Output { status, stdout, stderr } = self
            .space
            .command("smbclient")
            .args(["--no-pass", "--configfile=/dev/null", "--option=log level=0"])
            .args(args)
            .output()
            .expect("nsenter");
        let text = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (status.success(), text)
    }
}

#[test]
fn samba_serves_the_classrooms_share_to_guests_read_only() {
    let tools = ["unshare", "nsenter", "ip", "tar", "smbd", "smbclient"];
    if !(tools.into_iter().all(require) && require_root()) {
        return;
    }
    let net = Net::new(&["lan"]);
    let server = Server::new(&net, "lan", "10.0.0.200/24", &render("classroom").of("boot"));
    server.write("/var/lib/tftpboot/win10/setup.cmd", b"the installer");
    server.service("smbd", "start");
    let client = Client { space: Space::new() };
    net.plug("lan", &client.space, "eth0", "10.0.0.7/24");

    let (listed, text) = client.smb(&["--list=//10.0.0.200"]);
    assert!(listed && text.contains("win10") && text.contains("Windows 10 installation"), "{text}");

    let share = "//10.0.0.200/win10";
    // Nobody by that name: `map to guest` lets it in.
    for who in [&["--user=%"][..], &["--user=nobody-here%secret"]] {
        let args = [&[share, "--command=get setup.cmd -"], who].concat();
        let (read, text) = client.smb(&args);
        assert!(read && text.contains("the installer"), "{who:?}: {text}");
    }
    let (written, text) = client.smb(&[share, "--command=put /etc/hostname new.txt"]);
    assert!(!written && text.contains("NT_STATUS_ACCESS_DENIED"), "{text}");
    let (removed, text) = client.smb(&[share, "--command=del setup.cmd"]);
    assert!(text.contains("NT_STATUS_") && !removed || text.contains("ACCESS_DENIED"), "{text}");
    assert_eq!(server.space.sh("ls /var/lib/tftpboot/win10"), "setup.cmd\n");
}

/// The account that Windows setup uses, created as "left to do" says.
#[test]
fn samba_serves_the_schools_share_to_its_account_alone() {
    let tools = ["unshare", "nsenter", "ip", "tar", "smbd", "smbclient", "smbpasswd", "useradd"];
    if !(tools.into_iter().all(require) && require_root()) {
        return;
    }
    let net = Net::new(&["lan"]);
    let server = Server::new(&net, "lan", "10.30.0.10/24", &render("school").of("main"));
    server.write("/srv/install/win11/setup.exe", b"the installer");
    server
        .space
        .sh("useradd setup; printf 'Setup-share-1\\nSetup-share-1\\n' | smbpasswd -s -a setup >/dev/null");
    server.service("smbd", "start");
    let client = Client { space: Space::new() };
    net.plug("lan", &client.space, "eth0", "10.30.0.7/24");

    let share = "//10.30.0.10/win11";
    let (read, text) = client.smb(&[share, "--command=get setup.exe -", "--user=setup%Setup-share-1"]);
    assert!(read && text.contains("the installer"), "{text}");
    for who in ["--user=setup%wrong", "--user=%", "--user=nobody-here%secret"] {
        let (read, text) = client.smb(&[share, "--command=get setup.exe -", who]);
        assert!(!read && !text.contains("the installer"), "{who}: {text}");
    }
    let put = [share, "--command=put /etc/hostname new.txt", "--user=setup%Setup-share-1"];
    let (written, text) = client.smb(&put);
    assert!(!written && text.contains("NT_STATUS_ACCESS_DENIED"), "{text}");
}
