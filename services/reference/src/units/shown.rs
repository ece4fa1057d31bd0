//! Where something that keeps the unit of its own day is shown on the map of another day.
//!
//! Each unit is shown in exactly one place: in the unit that stands for it, or, where our data know none, in the nearest
//! unit above it for which they do (in the end the country). Figures cut by a map therefore add up.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use time::Date;

use super::{ROOT, Share, Table, Unit, table, walk};

/// Most answers of [`shown_prefixes`] that are kept.
const KEPT: usize = 256;

/// Where a unit is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The unit of the asked map.
    pub unit: &'static Unit,
    /// True where it stands for the unit itself, not only for one above it.
    pub exact: bool,
    /// The first unit on the way that was divided: whoever is here by default may belong to another of its parts.
    pub divided: Option<&'static Unit>,
}

/// Where a unit is shown on the map of a day, by default targets. None before the first map only, and for an unknown unit.
#[must_use]
pub fn shown(unit: &Unit, day: Date) -> Option<Shown> {
    let table = table();
    let place = table.position(&unit.name)?;
    let (at, exact, divided) = place_on(&table, place, day)?;
    Some(Shown { unit: table.unit(at)?, exact, divided: divided.and_then(|at| table.unit(at)) })
}

fn place_on(table: &Table, start: usize, day: Date) -> Option<(usize, bool, Option<usize>)> {
    let (found, divided) = walk::way(table, start, day);
    if let Some(at) = found {
        return Some((at, true, divided));
    }
    let mut above = start;
    loop {
        above = table.position(table.unit(above)?.parent.as_deref()?)?;
        if let (Some(at), _) = walk::way(table, above, day) {
            return Some((at, false, divided));
        }
    }
}

/// Units that were divided when the map of a day began: they ended on the day before, and parts of them went along links.
#[must_use]
pub fn divided(begin_date: Date) -> Vec<&'static Unit> {
    let table = table();
    let is_divided =
        |at: &usize| table.forward.get(*at).is_some_and(|links| links.iter().any(|l| l.share == Share::Part));
    let ended = |unit: &&'static Unit| unit.valid_to.and_then(Date::next_day) == Some(begin_date);
    (0..table.units.len()).filter(is_divided).filter_map(|at| table.unit(at)).filter(ended).collect()
}

/// The shortest set of path prefixes that hold exactly the communes (on any day) which the map of a day shows in a unit or
/// below it. For rows that stand in communes; sorted.
#[must_use]
pub fn shown_prefixes(unit: &Unit, day: Date) -> Arc<Vec<String>> {
    let table = table();
    let Some(target) = table.position(&unit.name) else { return Arc::default() };
    let kept = table.shown.lock().unwrap_or_else(PoisonError::into_inner).get(&(target, day)).cloned();
    if let Some(kept) = kept {
        return kept;
    }
    let mut found = Vec::new();
    if let Some(root) = table.position(ROOT)
        && collect(&table, root, (&unit.path, day), &mut found)
    {
        found = table.unit(root).map(|root| root.path.clone()).into_iter().collect();
    }
    found.sort();
    let found = Arc::new(found);
    let mut kept = table.shown.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        *kept = HashMap::new();
    }
    kept.insert((target, day), found.clone());
    found
}

/// True where all communes below a unit are shown in the target; else `found` takes the prefixes of those that are.
fn collect(table: &Table, at: usize, target: (&str, Date), found: &mut Vec<String>) -> bool {
    let children = table.children.get(at).map(Vec::as_slice).unwrap_or_default();
    if children.is_empty() {
        let there = place_on(table, at, target.1).and_then(|(at, ..)| table.unit(at));
        return there.is_some_and(|unit| unit.path.starts_with(target.0));
    }
    let full: Vec<usize> = children.iter().copied().filter(|child| collect(table, *child, target, found)).collect();
    if full.len() == children.len() {
        return true;
    }
    found.extend(full.into_iter().filter_map(|at| table.unit(at)).map(|unit| unit.path.clone()));
    false
}
