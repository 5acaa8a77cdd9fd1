//! A virtual machine that boots from the network.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::log::Log;
use crate::{Lab, ipxe};

pub use crate::list::Firmware;
use crate::list::Release;

/// Stands for a vendor's PXE ROM: iPXE, but without iPXE's user class.
const PXE_ROM: &str = "ipxe.lkrn";
const PXE_ROM_SCRIPT: &str =
    "set user-class PXE && dhcp && clear user-class && chain tftp://${next-server}/${filename}";

/// A machine whose firmware checks who writes its variables.
const SECURE_FLASH: [&str; 6] = [
    "-machine",
    "q35,smm=on",
    "-global",
    "driver=cfi.pflash01,property=secure,value=on",
    "-global",
    "ICH9-LPC.disable_s3=1",
];

pub struct Machine {
    qemu: Child,
    monitor: UnixStream,
    dir: PathBuf,
    /// The text on the screen, as lines.
    pub console: Log,
    /// The messages of QEMU itself.
    errors: Log,
}

/// A machine to be switched on.
pub struct MachineBuilder<'a> {
    lab: &'a Lab,
    firmware: Firmware,
    mac: String,
    segment: String,
    disk: Option<PathBuf>,
    variables: Option<PathBuf>,
    args: Vec<String>,
}

impl<'a> MachineBuilder<'a> {
    pub fn new(lab: &'a Lab, firmware: Firmware, mac: &str) -> Self {
        Self {
            lab,
            firmware,
            mac: mac.into(),
            segment: "lan".into(),
            disk: None,
            variables: None,
            args: vec![],
        }
    }

    /// Puts the machine on another segment than `lan`.
    pub fn on(mut self, segment: &str) -> Self {
        segment.clone_into(&mut self.segment);
        self
    }

    /// Gives it a disk, behind the network in the boot order.
    pub fn disk(mut self, image: &Path) -> Self {
        self.disk = Some(image.into());
        self
    }

    /// Gives its firmware these variables, with keys for Secure Boot among them.
    pub fn variables(mut self, file: &Path) -> Self {
        self.variables = Some(file.into());
        self
    }

    /// More arguments of QEMU's.
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// Disables OVMF's PXE and HTTP clients, which would run between the card's ROM and the disk.
    pub fn only_rom(self) -> Self {
        self.args(&["-fw_cfg", "name=opt/org.tianocore/IPv4Support,string=n"])
            .args(&["-fw_cfg", "name=opt/org.tianocore/IPv6Support,string=n"])
    }

    /// Switches it on.
    pub fn boot(self) -> Machine {
        let Self { lab, firmware, mac, segment, disk, variables, args } = self;
        ipxe::check(firmware);
        let dir = tempfile::tempdir_in(lab.dir()).expect("a folder").keep();
        let tap = lab.net.tap(&segment);
        let flash = |code: &str, vars: &str| {
            let vars = variables.as_deref().unwrap_or_else(|| Path::new(vars));
            std::fs::copy(vars, dir.join("vars.fd")).expect("the firmware's variables");
            [
                "-drive".to_owned(),
                format!("if=pflash,format=raw,unit=0,readonly=on,file={code}"),
                "-drive".to_owned(),
                format!("if=pflash,format=raw,unit=1,file={}", dir.join("vars.fd").display()),
            ]
        };
        let arm = firmware == Firmware::UefiArm64;
        // Debian 14 has no ROM with iPXE for UEFI.
        let stick = (firmware == Firmware::UefiRom && ipxe::release() != Release::Debian12)
            .then(|| stick(&dir, &ipxe::file("ipxe.efi")));
        // With a ROM file, OVMF would run iPXE from the card instead of its own PXE client.
        let card = match firmware {
            Firmware::UefiX64 | Firmware::UefiIa32 | Firmware::SecureBoot | Firmware::UefiArm64 => {
                "virtio-net-pci,romfile=,bootindex=0".to_owned()
            }
            Firmware::UefiRom if stick.is_some() => "virtio-net-pci,romfile=,bootindex=2".to_owned(),
            Firmware::Bios | Firmware::UefiRom => {
                // Debian 14's ROM names the card's newer PCI number; SeaBIOS does not start it on the older one.
                let rom =
                    ipxe::rom().map_or(String::new(), |rom| format!(",disable-legacy=on,romfile={rom}"));
                format!("virtio-net-pci,bootindex=0{rom}")
            }
            Firmware::BiosPxe => "virtio-net-pci,romfile=".to_owned(),
        };
        let mut qemu = lab.net.switch.command(if arm { "qemu-system-aarch64" } else { "qemu-system-x86_64" });
        qemu.args(["-accel", "tcg", "-m", "512", "-nodefaults", "-no-reboot", "-display", "none"])
            .args(["-serial", "stdio", "-monitor"])
            .arg(format!("unix:{},server=on,wait=off", dir.join("monitor").display()))
            .args(["-device", "virtio-rng-pci,romfile="])
            .args(["-netdev", &format!("tap,id=net,ifname={tap},script=no,downscript=no")])
            .args(["-device", &format!("{card},netdev=net,mac={mac}")]);
        if !arm {
            qemu.args(["-vga", "std"]);
        }
        match firmware {
            Firmware::UefiX64 | Firmware::UefiRom => qemu
                .args(["-machine", "q35"])
                .args(flash("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd")),
            Firmware::UefiIa32 => qemu.args(SECURE_FLASH).args(flash(
                "/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd",
                "/usr/share/OVMF/OVMF32_VARS_4M.fd",
            )),
            Firmware::SecureBoot => qemu
                .args(SECURE_FLASH)
                .args(flash("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd")),
            // Without a keyboard of its own, the menu takes its keys from the serial port.
            Firmware::UefiArm64 => qemu
                .args(["-machine", "virt", "-cpu", "cortex-a57"])
                .args(flash("/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd")),
            // `graphics=off` makes SeaBIOS copy the screen to the serial port.
            Firmware::Bios => qemu.args(["-machine", "pc,graphics=off"]),
            Firmware::BiosPxe => qemu.args(["-machine", "pc,graphics=off"]).args([
                "-kernel",
                &ipxe::file(PXE_ROM),
                "-append",
                PXE_ROM_SCRIPT,
            ]),
        };
        if let Some(disk) = disk {
            qemu.args(["-drive", &format!("if=none,id=disk,format=raw,file={}", disk.display())])
                .args(["-device", "virtio-blk-pci,drive=disk,bootindex=1"]);
        }
        qemu.args(args);
        if let Some(stick) = stick {
            qemu.args(["-drive", &format!("if=none,id=stick,format=raw,file=fat:rw:{}", stick.display())])
                .args(["-device", "virtio-blk-pci,drive=stick,bootindex=0"]);
        }
        let mut qemu = qemu.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("nsenter");
        let (console, errors) = (Log::default(), Log::default());
        let mut screen = Screen::default();
        let text = console.clone();
        follow(qemu.stdout.take().expect("a pipe"), move |bytes| text.push(&screen.take(bytes)));
        let text = errors.clone();
        follow(qemu.stderr.take().expect("a pipe"), move |bytes| text.push(&String::from_utf8_lossy(bytes)));
        let monitor = (0..100).find_map(|_| {
            thread::sleep(Duration::from_millis(50));
            UnixStream::connect(dir.join("monitor")).ok()
        });
        let monitor = monitor.unwrap_or_else(|| panic!("qemu does not start: {}", errors.text()));
        let text = errors.clone();
        follow(monitor.try_clone().expect("a socket"), move |bytes| {
            text.push(&String::from_utf8_lossy(bytes));
        });
        Machine { qemu, monitor, dir, console, errors }
    }
}

impl Machine {
    /// A machine on the segment `lan`, without a disk.
    pub fn boot(lab: &Lab, firmware: Firmware, mac: &str) -> Self {
        MachineBuilder::new(lab, firmware, mac).boot()
    }

    fn order(&mut self, order: &str) {
        let _ = writeln!(self.monitor, "{order}");
    }

    /// Presses a key, by QEMU's name for it: `a`, `ret`, `down`, `ctrl-b`.
    pub fn key(&mut self, key: &str) {
        self.order(&format!("sendkey {key}"));
        // No event tells that a key has been read; two presses in a row must not run together.
        thread::sleep(Duration::from_millis(300));
    }

    /// Waits until the screen has shown a text, behind the one waited for before.
    pub fn shows(&self, text: &str, seconds: u64) {
        assert!(
            self.console.wait(text, seconds),
            "`{text}` was not shown:\n{}\n{}",
            self.console.text(),
            self.errors.text()
        );
    }

    /// Types a line.
    pub fn line(&mut self, text: &str) {
        for key in text.chars() {
            match key {
                ' ' => self.key("spc"),
                '-' => self.key("minus"),
                _ => self.key(&key.to_string()),
            }
        }
        self.key("ret");
    }

    /// Waits until the machine is off: it was switched off, or would start again.
    pub fn ends(&mut self, seconds: u64) {
        // As long as a busy machine is given elsewhere.
        for _ in 0..3 * seconds * 10 {
            if self.qemu.try_wait().expect("qemu").is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the machine still runs:\n{}", self.console.text());
    }

    /// All that the screen has shown.
    pub fn text(&self) -> String {
        self.console.text()
    }

    /// A picture of the screen, as PPM.
    pub fn screenshot(&mut self, path: &Path) {
        let shot = self.dir.join("shot.ppm");
        self.order(&format!("screendump {}", shot.display()));
        for _ in 0..50 {
            thread::sleep(Duration::from_millis(100));
            // The file grows to 3 bytes a pixel behind its header.
            if File::open(&shot).and_then(|f| f.metadata()).is_ok_and(|meta| meta.len() > 100_000) {
                break;
            }
        }
        std::fs::copy(&shot, path).expect("a picture");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.order("quit");
        let _ = self.qemu.wait();
    }
}

fn follow(mut from: impl Read + Send + 'static, mut each: impl FnMut(&[u8]) + Send + 'static) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            each(&buffer[..length]);
        }
    });
}

/// Turns a terminal's bytes into lines: drops control sequences, and starts a new line when the cursor moves elsewhere.
#[derive(Default)]
struct Screen {
    /// The control sequence that has begun.
    sequence: Option<String>,
    row: u32,
    column: u32,
}

impl Screen {
    fn take(&mut self, bytes: &[u8]) -> String {
        let mut text = String::new();
        for &byte in bytes {
            let character = char::from(byte);
            match &mut self.sequence {
                None => match byte {
                    0x1b => self.sequence = Some(String::new()),
                    b'\n' => {
                        self.row += 1;
                        text.push('\n');
                    }
                    b'\r' => self.column = 1,
                    0x20..=0x7e => {
                        self.column += 1;
                        text.push(character);
                    }
                    _ => {}
                },
                Some(sequence) => {
                    sequence.push(character);
                    if sequence == "[" || !byte.is_ascii_alphabetic() {
                        continue;
                    }
                    if let Some(place) = sequence.strip_prefix('[').and_then(|s| s.strip_suffix('H')) {
                        let mut numbers = place.split(';').map(|n| n.parse().unwrap_or(1));
                        let mut next = || numbers.next().unwrap_or(1);
                        let place = (next(), next());
                        if place != (self.row, self.column) && !text.ends_with('\n') {
                            text.push('\n');
                        }
                        (self.row, self.column) = place;
                    }
                    self.sequence = None;
                }
            }
        }
        text
    }
}

/// A folder that QEMU makes a FAT disk of, with a program that UEFI starts.
fn stick(dir: &Path, program: &str) -> PathBuf {
    let stick = dir.join("stick");
    std::fs::create_dir_all(stick.join("EFI/BOOT")).expect("a folder");
    std::fs::copy(program, stick.join("EFI/BOOT/BOOTX64.EFI")).expect(program);
    stick
}

/// A disk whose boot sector prints its name and halts.
pub fn boot_sector(text: &str) -> Vec<u8> {
    let mut disk = vec![
        0x31, 0xc0, // xor ax, ax
        0x8e, 0xd8, // mov ds, ax
        0xbe, 0x16, 0x7c, // mov si, text
        0xac, // lodsb
        0x08, 0xc0, // or al, al
        0x74, 0x07, // jz the halt
        0xb4, 0x0e, // mov ah, teletype
        0xcd, 0x10, // int 10h
        0xeb, 0xf5, // jmp lodsb
        0x90, // nop
        0xf4, // hlt
        0xeb, 0xfd, // jmp the halt
    ];
    disk.extend(text.as_bytes());
    disk.resize(510, 0);
    disk.extend([0x55, 0xaa]);
    // Less than a cylinder is no disk to iPXE.
    disk.resize(16 << 20, 0);
    disk
}
