//! Walks along the links between maps. Links join adjacent maps only, so a walk ends after as many steps as there
//! were reorganisations.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use super::{Share, Table};

/// Positions reached, with the share of the older unit and whether the way was the default all along.
pub(super) type Reached = BTreeMap<usize, (Share, bool)>;

/// All units in force on `day` that links lead to from `start`, forwards or backwards. Two ways to the same unit
/// count as one: whole or default if one of them is.
pub(super) fn reach(table: &Table, start: usize, day: Date) -> Reached {
    let mut found = Reached::new();
    step(table, (start, Share::Whole, true), day, &mut found);
    found
}

fn step(table: &Table, (at, share, default): (usize, Share, bool), day: Date, found: &mut Reached) {
    let Some(unit) = table.unit(at) else { return };
    if unit.in_force(day) {
        found
            .entry(at)
            .and_modify(|known| *known = (known.0.min(share), known.1 || default))
            .or_insert((share, default));
        return;
    }
    let forwards = day > unit.valid_from;
    let links = if forwards { table.forward.get(at) } else { table.backward.get(at) };
    for link in links.into_iter().flatten() {
        let next = if forwards { link.newer } else { link.older };
        step(table, (next, share.max(link.share), default && link.default_target), day, found);
    }
}

/// The one unit on `day` that stands for `start`: default targets forwards, sole whole predecessors backwards.
pub(super) fn stand_in(table: &Table, start: usize, day: Date) -> Option<usize> {
    way(table, start, day).0
}

/// As [`stand_in`], with the first unit on the way forwards of which only a part went to its default target.
pub(super) fn way(table: &Table, start: usize, day: Date) -> (Option<usize>, Option<usize>) {
    let (mut at, mut divided) = (start, None);
    loop {
        let Some(unit) = table.unit(at) else { return (None, divided) };
        if unit.in_force(day) {
            return (Some(at), divided);
        }
        let next = if day > unit.valid_from {
            let link = table.forward.get(at).and_then(|links| links.iter().find(|link| link.default_target));
            if link.is_some_and(|link| link.share == Share::Part) {
                divided = divided.or(Some(at));
            }
            link.map(|link| link.newer)
        } else {
            match table.backward.get(at).map(Vec::as_slice) {
                Some([link]) if link.share == Share::Whole => Some(link.older),
                _ => None,
            }
        };
        match next {
            Some(next) => at = next,
            None => return (None, divided),
        }
    }
}

/// Path prefixes of the subtree of `holder` and of all its predecessors, without those that another covers.
pub(super) fn prefixes(table: &Table, holder: usize) -> Vec<String> {
    let mut queue = vec![holder];
    let mut seen = BTreeSet::from([holder]);
    while let Some(at) = queue.pop() {
        let older = table.backward.get(at).into_iter().flatten().map(|link| link.older);
        let children = table.children.get(at).into_iter().flatten().copied();
        for next in older.chain(children) {
            if seen.insert(next) {
                queue.push(next);
            }
        }
    }
    let paths: BTreeSet<&str> = seen.iter().filter_map(|at| table.unit(*at)).map(|unit| unit.path.as_str()).collect();
    let mut shortest: Vec<String> = Vec::new();
    // In byte order a path comes directly before the paths under it.
    for path in paths {
        if !shortest.last().is_some_and(|last| path.starts_with(last.as_str())) {
            shortest.push(path.to_owned());
        }
    }
    shortest
}
