//! The files of dnsmasq as one text that a dnsmasq on another machine can read.

use super::super::source_file::SourceFile;
use super::super::vendor_classes::VendorClasses;
use super::lines::{Setting, all};

/// All files of dnsmasq in one text; `None` if none of them has a setting of DHCP.
#[must_use]
pub fn flattened(files: &[SourceFile]) -> Option<String> {
    let settings = all(files);
    if !settings.iter().any(|setting| setting.name.starts_with("dhcp-")) {
        return None;
    }
    Some(settings.iter().map(Setting::line).collect())
}

/// The texts that the files compare vendor classes with: clients that send them may get something else.
#[must_use]
pub fn vendor_classes(files: &[SourceFile]) -> Vec<String> {
    let mut classes = VendorClasses::default();
    for setting in all(files) {
        let fields: Vec<&str> = setting.fields.iter().map(|field| &**field).collect();
        let text = match (setting.name, fields.as_slice()) {
            ("dhcp-vendorclass", [_, text]) => *text,
            ("dhcp-match", [_, "60" | "option:vendor-class", text]) => *text,
            _ => continue,
        };
        classes.add(text);
    }
    classes.into_vec()
}

#[cfg(test)]
mod tests {
    use super::{flattened, vendor_classes};
    use crate::import::source_file::{FileKind, SourceFile};

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), kind: FileKind::Dnsmasq, included: false, text: text.into() }
    }

    #[test]
    fn all_files_are_one() {
        let files = [
            file("/etc/dnsmasq.conf", "user=x # y\ndhcp-range = 10.0.0.1,10.0.0.9\n"),
            file("/etc/dnsmasq.d/hosts", "52:54:00:00:00:01,10.0.0.1\n"),
            file("/etc/dnsmasq.d/a.conf", "dhcp-vendorclass=set:a,\"Cisco, x\"\ndhcp-match=set:b,60,ubnt"),
        ];
        let text = flattened(&files).unwrap();
        assert_eq!(
            text,
            "user=x\ndhcp-range = 10.0.0.1,10.0.0.9\ndhcp-host=52:54:00:00:00:01,10.0.0.1\n\
             dhcp-vendorclass=set:a,\"Cisco, x\"\ndhcp-match=set:b,60,ubnt\n"
        );
        assert_eq!(vendor_classes(&files), ["Cisco, x", "ubnt"]);
        assert_eq!(flattened(&[file("/etc/dnsmasq.conf", "server=9.9.9.9\n")]), None);
    }
}
