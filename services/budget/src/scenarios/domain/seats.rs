//! Who sits where: the most persons that the runs of the sessions can seat, by augmenting paths in whole numbers.

use std::collections::VecDeque;

use super::model::Model;

/// Persons seated by group, and who sits where as (session, group, persons).
#[must_use]
pub fn place(model: &Model, runs: &[i64]) -> (Vec<i64>, Vec<(usize, usize, i64)>) {
    let mut free: Vec<i64> =
        model.sessions.iter().zip(runs).map(|(s, runs)| s.seats.saturating_mul(*runs).max(0)).collect();
    let mut missing: Vec<i64> = model.groups.iter().map(|group| group.persons).collect();
    let mut seated: Vec<Vec<i64>> = model.sessions.iter().map(|session| vec![0; session.groups.len()]).collect();
    // A session with seats left is a source; groups with persons left are the ends.
    while let Some(path) = augmenting(model, &free, &missing, &seated) {
        apply(model, &path, (&mut free, &mut missing, &mut seated));
    }
    let trained = model.groups.iter().zip(&missing).map(|(group, missing)| group.persons - missing).collect();
    let mut seats = Vec::new();
    for (at, (session, row)) in model.sessions.iter().zip(&seated).enumerate() {
        let filled = session.groups.iter().zip(row).filter(|(_, persons)| **persons > 0);
        seats.extend(filled.map(|(group, persons)| (at, *group, *persons)));
    }
    (trained, seats)
}

/// A step of a path: this session seats this group, by its place in the session's list.
type Step = (usize, usize, usize);

/// The shortest chain that seats more persons: a session with free seats takes a group, of which another session seats
/// some, which may then take another group, until a group with persons missing is reached. Each pair is (taken, given up).
fn augmenting(model: &Model, free: &[i64], missing: &[i64], seated: &[Vec<i64>]) -> Option<Vec<Step>> {
    let mut from_group: Vec<Option<Step>> = vec![None; model.groups.len()];
    let mut from_session: Vec<Option<usize>> = vec![None; model.sessions.len()];
    let mut seen: Vec<bool> = free.iter().map(|seats| *seats > 0).collect();
    let mut queue: VecDeque<usize> = seen.iter().enumerate().filter(|(_, has)| **has).map(|(at, _)| at).collect();
    while let Some(session) = queue.pop_front() {
        let groups = model.sessions.get(session).map(|s| s.groups.as_slice()).unwrap_or_default();
        for (place, group) in groups.iter().enumerate() {
            let Some(reached) = from_group.get_mut(*group).filter(|from| from.is_none()) else { continue };
            *reached = Some((session, place, *group));
            if missing.get(*group).is_some_and(|left| *left > 0) {
                return Some(walk_back(*group, &from_group, &from_session));
            }
            for (other, (row, of)) in seated.iter().zip(&model.sessions).enumerate() {
                let gives = of.groups.iter().zip(row).any(|(own, persons)| own == group && *persons > 0);
                if let Some(known) = seen.get_mut(other).filter(|known| gives && !**known) {
                    *known = true;
                    if let Some(from) = from_session.get_mut(other) {
                        *from = Some(*group);
                    }
                    queue.push_back(other);
                }
            }
        }
    }
    None
}

fn walk_back(end: usize, from_group: &[Option<Step>], from_session: &[Option<usize>]) -> Vec<Step> {
    let mut path = Vec::new();
    let mut group = end;
    while let Some(step) = from_group.get(group).copied().flatten() {
        path.push(step);
        let Some(before) = from_session.get(step.0).copied().flatten() else { break };
        group = before;
    }
    path.reverse();
    path
}

fn apply(model: &Model, path: &[Step], (free, missing, seated): (&mut [i64], &mut [i64], &mut [Vec<i64>])) {
    // The session that a later step belongs to gives up the group of the step before.
    let gives = |seated: &[Vec<i64>], session: usize, group: usize| -> Option<(usize, i64)> {
        let place = model.sessions.get(session)?.groups.iter().position(|own| *own == group)?;
        Some((place, *seated.get(session)?.get(place)?))
    };
    let Some((first, last)) = path.first().zip(path.last()) else { return };
    let ends = [free.get(first.0).copied(), missing.get(last.2).copied()];
    let middle = path.iter().zip(path.iter().skip(1)).map(|(a, b)| gives(seated, b.0, a.2).map(|(_, persons)| persons));
    let amount = ends.into_iter().chain(middle).flatten().min().unwrap_or(0);
    for (before, step) in std::iter::once(None).chain(path.iter().map(Some)).zip(path) {
        if let Some(before) = before
            && let Some((place, _)) = gives(seated, step.0, before.2)
            && let Some(persons) = seated.get_mut(step.0).and_then(|row| row.get_mut(place))
        {
            *persons -= amount;
        }
        if let Some(persons) = seated.get_mut(step.0).and_then(|row| row.get_mut(step.1)) {
            *persons += amount;
        }
    }
    if let Some(seats) = free.get_mut(first.0) {
        *seats -= amount;
    }
    if let Some(left) = missing.get_mut(last.2) {
        *left -= amount;
    }
}
