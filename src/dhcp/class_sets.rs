//! Classes that one client can be in together, for DHCP servers that join nothing by themselves.

use super::{ClassScope, LeaseTimes, Policy};
use crate::model::Class;

/// The most sets beyond those of a single class.
const MOST: usize = 256;

/// Which classes can have a client in common, by their places in [`Policy::classes`].
#[derive(Debug)]
pub struct Overlaps(Vec<Vec<usize>>);

impl Overlaps {
    /// Finds them in a policy.
    #[must_use]
    pub fn new(policy: &Policy<'_>) -> Self {
        let all = || policy.classes.iter().enumerate();
        let of = |(at, one): (usize, &ClassScope<'_>)| {
            let others = all()
                .filter(|(other, scope)| *other != at && one.class.matches.overlaps(&scope.class.matches));
            others.map(|(other, _)| other).collect()
        };
        Self(all().map(of).collect())
    }

    /// Whether a client can be in both.
    #[must_use]
    pub fn share(&self, one: usize, other: usize) -> bool {
        self.of(one).binary_search(&other).is_ok()
    }

    fn of(&self, place: usize) -> &[usize] {
        self.0.get(place).map_or(&[], Vec::as_slice)
    }

    /// Every set of these classes, weakest first, that one client can be in; none if there are too many.
    #[must_use]
    pub fn sets(&self, places: &[usize]) -> Option<Vec<Vec<usize>>> {
        let mut all: Vec<Vec<usize>> = places.iter().map(|place| vec![*place]).collect();
        let most = all.len() + MOST;
        let mut at = 0;
        while let Some(set) = all.get(at).cloned() {
            at += 1;
            let Some(last) = set.last() else { continue };
            let behind = self.of(*last).iter().filter(|next| *next > last);
            for next in behind.filter(|next| places.binary_search(next).is_ok()) {
                if set.iter().all(|one| self.share(*one, *next)) {
                    all.push(set.iter().copied().chain([*next]).collect());
                }
                if all.len() > most {
                    return None;
                }
            }
        }
        Some(all)
    }

    /// The classes of a list that a client of all of a set may be in besides.
    pub fn besides<'o>(&'o self, set: &'o [usize], places: &'o [usize]) -> impl Iterator<Item = usize> + 'o {
        let others = places.iter().filter(|place| !set.contains(place));
        others.filter(|place| set.iter().all(|one| self.share(*one, **place))).copied()
    }
}

/// Lease times of classes that are the same in all subnets.
#[derive(Debug, Default)]
pub struct ClassTimes {
    /// The times of the clients that are in all of some classes, and in no others of these; classes weakest first, by
    /// their places in [`Policy::classes`].
    pub sets: Vec<(Vec<usize>, LeaseTimes)>,
    /// The classes whose times differ between subnets.
    pub differing: Vec<usize>,
    /// Whether there are too many sets of classes, so that there is none.
    pub too_many: bool,
}

/// The classes that set lease times, weakest first, by their places in [`Policy::classes`].
fn classes_with_times(policy: &Policy<'_>) -> Vec<usize> {
    let sets_one = |scope: &ClassScope<'_>| {
        let class = scope.class;
        let times = [&class.default_lease_time, &class.max_lease_time, &class.min_lease_time];
        times.into_iter().any(Option::is_some)
    };
    let all = policy.classes.iter().enumerate();
    all.filter(|(_, scope)| sets_one(scope)).map(|(at, _)| at).collect()
}

impl ClassTimes {
    /// Finds them in a policy.
    #[must_use]
    pub fn new(policy: &Policy<'_>, overlaps: &Overlaps) -> Self {
        let mut places = classes_with_times(policy);
        let mut all = Self::default();
        if places.is_empty() {
            return all;
        }
        let leases = (0..).zip(&policy.subnets);
        let leases = leases.filter(|(_, scope)| scope.subnet.has_hosts || !scope.pools.is_empty());
        let leases: Vec<usize> = leases.map(|(at, _)| at).collect();
        let times = |classes: &[usize]| {
            let mut all = leases.iter().filter_map(|at| times_in(policy, *at, classes));
            let first = all.next()?;
            all.all(|other| other == first).then_some(first)
        };
        all.differing = places.iter().copied().filter(|place| times(&[*place]).is_none()).collect();
        places.retain(|place| !all.differing.contains(place));
        // Two classes may be the same everywhere each alone, but not together.
        while let Some(sets) = overlaps.sets(&places) {
            let (same, differing): (Vec<_>, Vec<_>) =
                sets.into_iter().map(|set| (times(&set), set)).partition(|(times, _)| times.is_some());
            if differing.is_empty() {
                all.sets = same.into_iter().filter_map(|(times, set)| Some((set, times?))).collect();
                return all;
            }
            let differing: Vec<usize> = differing.into_iter().flat_map(|(_, set)| set).collect();
            places.retain(|place| !differing.contains(place));
            all.differing.extend(differing);
        }
        Self { differing: places, too_many: true, ..all }
    }
}

fn times_in(policy: &Policy<'_>, at: usize, classes: &[usize]) -> Option<LeaseTimes> {
    let subnet = policy.subnets.get(at)?.subnet;
    let classes = classes.iter().filter_map(|place| policy.classes.get(*place));
    let here: Vec<&Class> =
        classes.map(|scope| scope.class).filter(|class| class.in_subnet(at).is_some()).collect();
    Some(policy.lease_times_of(subnet, &here))
}

#[cfg(test)]
mod tests {
    use super::{MOST, Overlaps};

    #[test]
    fn sets_are_of_classes_that_all_share_clients_two_by_two() {
        // 0, 1 and 2 all share, 3 shares with 2 only.
        let overlaps = Overlaps(vec![vec![1, 2], vec![0, 2], vec![0, 1, 3], vec![2]]);
        let mut sets = overlaps.sets(&[0, 1, 2, 3]).unwrap();
        sets.sort();
        let wanted: [&[usize]; 9] = [&[0], &[0, 1], &[0, 1, 2], &[0, 2], &[1], &[1, 2], &[2], &[2, 3], &[3]];
        assert_eq!(sets, wanted);
        assert_eq!(overlaps.sets(&[0, 3]).unwrap(), [[0], [3]]);
        assert_eq!(overlaps.besides(&[2], &[0, 2, 3]).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(overlaps.besides(&[0, 2], &[0, 2, 3]).count(), 0);
    }

    #[test]
    fn too_many_sets_are_none() {
        let all: Vec<usize> = (0..20).collect();
        let others = |at: usize| (0..20).filter(|other| *other != at).collect();
        assert!(Overlaps(all.iter().map(|at| others(*at)).collect()).sets(&all).is_none());
        let many: Vec<usize> = (0..MOST * 4).collect();
        assert_eq!(Overlaps(vec![Vec::new(); MOST * 4]).sets(&many).unwrap().len(), MOST * 4);
    }
}
