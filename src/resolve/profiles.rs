//! Profiles: each combination of settings once, for all hosts that share it.

use foldhash::HashMap;

use crate::model::Profile;

/// All profiles so far.
#[derive(Default)]
pub(super) struct Profiles {
    all: Vec<Profile>,
    by_value: HashMap<Profile, u32>,
}

impl Profiles {
    /// The index of a profile, which is added if it is new.
    pub(super) fn intern(&mut self, profile: Profile) -> u32 {
        if let Some(known) = self.by_value.get(&profile) {
            return *known;
        }
        let index = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(profile.clone());
        self.by_value.insert(profile, index);
        index
    }

    pub(super) fn get(&self, index: u32) -> Option<&Profile> {
        self.all.get(index as usize)
    }

    pub(super) fn into_vec(self) -> Vec<Profile> {
        self.all
    }
}
