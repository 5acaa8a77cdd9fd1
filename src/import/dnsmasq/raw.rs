//! Text in `raw` may ask for tags: what gives them goes along.

use foldhash::{HashMap, HashSet};

use super::Reader;
use super::tags::{conditions, sets};

impl Reader<'_, '_> {
    /// Writes the settings that no key expresses, and those that give the tags which they ask for.
    pub(super) fn write_raw(&mut self) {
        let mut givers: HashMap<&str, Vec<usize>> = HashMap::default();
        for (index, setting) in self.settings.iter().enumerate() {
            let gives = ["dhcp-match", "dhcp-vendorclass", "dhcp-userclass", "tag-if"];
            if gives.contains(&setting.name) {
                for tag in sets(setting) {
                    givers.entry(tag).or_default().push(index);
                }
            }
        }
        let mut wanted: HashSet<&str> = HashSet::default();
        let mut taken: HashSet<usize> = self.raw_lines.iter().copied().collect();
        let mut of_subnets = Vec::new();
        let mut next = 0;
        while let Some(setting) = self.raw_lines.get(next).and_then(|index| self.settings.get(*index)) {
            next += 1;
            for (tag, _) in conditions(setting).filter(|(tag, _)| wanted.insert(tag)) {
                for index in givers.get(tag).into_iter().flatten().copied() {
                    if taken.insert(index) {
                        let outcome = self.raw(index, "text in `raw` asks for its tag");
                        if let Some(old) = self.outcomes.get_mut(index) {
                            *old = outcome;
                        }
                    }
                }
                // A range's tag is that of its subnet.
                let subnets = self.by_tag.get(tag).into_iter().flatten();
                for subnet in subnets.filter_map(|at| self.subnets.get(*at)) {
                    let text = format!("tag-if=set:{tag},tag:net-{}", subnet.name);
                    of_subnets.push((text, setting.origin.clone()));
                }
            }
        }
        self.raw_lines.sort_unstable();
        let settings = self.raw_lines.iter().filter_map(|index| self.settings.get(*index));
        let lines = settings.map(|setting| (setting.line(), setting.origin.clone()));
        let advertised = std::mem::take(&mut self.advertised);
        for (line, origin) in lines.chain(advertised).chain(of_subnets) {
            self.imported.draft.site.map("raw").append("dnsmasq", line.trim_end()).from(&origin);
        }
    }
}
