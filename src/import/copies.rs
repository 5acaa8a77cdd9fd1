//! What a file says once and a site says for each of many subnets: such text is the product of both counts, so that a file
//! of a megabyte could become a site of gigabytes.

use super::draft::{Mapping, Value};
use crate::limits::COPIES;

/// Counts the copies that an import makes of what its file says once.
#[derive(Clone, Debug)]
pub struct Copies {
    left: usize,
}

impl Default for Copies {
    fn default() -> Self {
        Self { left: COPIES }
    }
}

impl Copies {
    /// Whether something of this weight may be written so many times. The first time is no copy.
    pub fn take(&mut self, weight: usize, times: usize) -> bool {
        match self.left.checked_sub(weight.saturating_mul(times.saturating_sub(1))) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

/// Why something is not written for each of so many.
pub fn too_many(times: usize, whom: &str) -> String {
    format!(
        "it would be written for each of {times} {whom}, and an import makes {COPIES} copies of values at most; say it \
         again by hand where it is needed"
    )
}

/// How much a text weighs: as much as a value of this length.
pub const fn weight_of_text(text: &str) -> usize {
    1 + text.len() / 64
}

/// How many values of common length a value weighs.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Bare(text) | Value::Lines(text) => weight_of_text(text),
        Value::List(values) => values.iter().map(weight).sum::<usize>() + 1,
        Value::Map(map) => of_mapping(map),
    }
}

fn of_mapping(map: &Mapping) -> usize {
    map.entries().iter().map(|entry| weight_of_text(&entry.key) + weight(&entry.value)).sum::<usize>() + 1
}

#[cfg(test)]
mod tests {
    use super::{Copies, weight, weight_of_text};
    use crate::import::draft::{Mapping, Value};
    use crate::import::{FileKind, Imported, Outcome, SERVER, SourceFile, import, text_of};
    use crate::limits::COPIES;

    #[test]
    fn copies_are_counted_and_the_first_is_none() {
        let mut copies = Copies::default();
        assert!(copies.take(COPIES * 2, 1));
        assert!(!copies.take(2, COPIES));
        assert!(copies.take(1, COPIES + 1));
        assert!(!copies.take(1, 2));
        assert!(!Copies::default().take(usize::MAX, usize::MAX));
        let long = "x".repeat(6400);
        assert_eq!(weight_of_text(&long), 101);
        assert_eq!(weight(&Value::List(vec!["a".into(), long.into()])), 103);
    }

    fn read(kind: FileKind, text: String) -> Imported {
        import(&[SourceFile { path: "x".into(), kind, included: false, text }], SERVER, false)
    }

    fn lost(imported: &Imported) -> usize {
        imported.coverage.count(|outcome| matches!(outcome, Outcome::Lost(why) if why.contains("copies")))
    }

    fn subnets(imported: &Imported) -> usize {
        imported.draft.site.submap("subnets").map(Mapping::entries).unwrap_or_default().len()
    }

    /// A thousand options for each of a thousand subnets would be a million.
    #[test]
    fn options_of_a_shared_network_are_copied_up_to_a_limit() {
        let kea = |size: usize| {
            let option = |at: usize| format!("{{ \"code\": {}, \"data\": \"x\" }}", at % 200);
            let subnet = |at: usize| format!("{{ \"subnet\": \"10.{}.{}.0/24\" }}", at / 256, at % 256);
            let all = |item: &dyn Fn(usize) -> String| (0..size).map(item).collect::<Vec<_>>().join(", ");
            let text = format!(
                "{{ \"Dhcp4\": {{ \"shared-networks\": [ {{ \"name\": \"s\", \"option-data\": [ {} ], \
                 \"valid-lifetime\": 600, \"subnet4\": [ {} ] }} ] }} }}",
                all(&option),
                all(&subnet)
            );
            read(FileKind::Kea, text)
        };
        assert_eq!(lost(&kea(10)), 0);
        let many = kea(1000);
        assert_eq!((lost(&many), subnets(&many)), (1, 1000));
        assert!(text_of(&many.draft).len() < 1_000_000);
        let first = many.draft.site.submap("subnets").and_then(|all| all.submap("net-10-0-0-0"));
        assert_eq!(first.and_then(|first| first.text("default_lease_time")), Some("10m"));
    }

    #[test]
    fn texts_around_subnets_are_copied_up_to_a_limit() {
        let dhcpd = |size: usize| {
            let all = |item: &dyn Fn(usize) -> String| (0..size).map(item).collect::<String>();
            let subnet =
                |at: usize| format!("subnet 10.{}.{}.0 netmask 255.255.255.0 {{ }}\n", at / 256, at % 256);
            let text = |at: usize| format!("ddns-hostname \"h{at}\";\n");
            let branch = |at: usize| {
                format!("if option host-name = \"{at}\" {{ next-server h{at}; filename \"f{at}\"; }}\n")
            };
            read(
                FileKind::Dhcpd,
                format!("{}shared-network s {{ {}{} }}\n", all(&branch), all(&text), all(&subnet)),
            )
        };
        assert_eq!(lost(&dhcpd(10)), 0);
        let many = dhcpd(1000);
        assert_eq!((lost(&many), subnets(&many)), (1000, 1000));
        assert!(text_of(&many.draft).len() < 2_000_000);
        let said =
            many.coverage.remarks.iter().any(|remark| remark.text.contains("outside of the 1000 subnets"));
        assert!(said, "{:?}", many.coverage.remarks);
    }

    #[test]
    fn hosts_that_are_text_share_the_text_of_their_group() {
        let text = "group { ddns-hostname \"x\"; host a { uid \"1\"; } host b { uid \"2\"; } }\nhost c { uid \"3\"; }\n";
        let imported = read(FileKind::Dhcpd, text.to_owned());
        let dhcp = imported.draft.site.submap("dhcp").and_then(|dhcp| dhcp.submap("raw"));
        let raw = dhcp.and_then(|raw| raw.text("dhcpd")).unwrap_or_default();
        assert_eq!(raw.matches("ddns-hostname").count(), 1, "{raw}");
        assert_eq!(raw.matches("uid").count(), 3, "{raw}");
        assert!(raw.find("host c") > raw.find("host b"), "{raw}");
    }
}
