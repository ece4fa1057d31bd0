//! Which limits cannot hold together.

use std::collections::BTreeSet;

use super::effort::Effort;
use super::model::{Goal, Limit, Model};
use super::solve::{Found, solve};

/// Limits that cannot hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The limits.
    pub limits: Vec<Limit>,
    /// True where without any one of them the others can.
    pub minimal: bool,
}

/// The limits of a question that has no plan, made fewer as long as there is none: whole parts of the list first, one by
/// one at last. A limit is left out only where the rest was proven to have no plan.
#[must_use]
pub fn conflict(model: &Model, effort: &Effort<'_>) -> Conflict {
    let model = Model { goal: Goal::Cheapest, ..model.clone() };
    let effort = Effort { first: true, ..*effort };
    let mut left = model.limits();
    let mut minimal = true;
    let mut part = left.len().div_ceil(2);
    while part > 0 {
        let last = part == 1;
        let mut from = 0;
        while from < left.len() {
            let (to, all) = ((from + part).min(left.len()), &left);
            let rest: BTreeSet<Limit> =
                all.iter().enumerate().filter(|(at, _)| !(from..to).contains(at)).map(|(_, limit)| *limit).collect();
            match solve(&model.only(&rest), &effort) {
                Found::Infeasible => left.retain(|limit| rest.contains(limit)),
                found => {
                    minimal &= !(last && found == Found::Unknown);
                    from = to;
                }
            }
        }
        part = if last { 0 } else { part.div_ceil(2) };
    }
    Conflict { limits: left, minimal }
}
