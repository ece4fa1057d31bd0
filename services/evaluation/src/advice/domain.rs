//! The cheapest way to more stars. Pure.

use std::collections::{BTreeMap, BTreeSet};

use reference::cards::{Card, CardOption, Criterion};

use crate::rules::domain::{Answer, GradeInput, GradeViolation, reaches};

#[cfg(test)]
mod tests;

/// Lowest and highest stars that a plan aims at: recognition starts at three.
pub const TARGETS: std::ops::RangeInclusive<i32> = 3..=5;

/// What a plan may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Stars to reach; none for the next that are recognised.
    pub target: Option<i32>,
    /// What options cost, in đồng, by criterion and position.
    pub costs: BTreeMap<(String, i32), u64>,
    /// Criteria that stay as they are.
    pub fixed: BTreeSet<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The criterion.
    pub criterion: String,
    /// Sum of the members' points now.
    pub sum: i64,
    /// Points of the option to reach.
    pub points: i32,
    /// Its position.
    pub option: i32,
    /// The lowest star whose failed minimum mark it reaches; 0 for none.
    pub for_stars: u8,
    /// What it costs.
    pub cost: u64,
    /// Rungs that it climbs.
    pub steps: u32,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Stars to reach.
    pub target: u8,
    /// True where the changes reach them.
    pub reachable: bool,
    /// Points that the sum of the members' totals lacks for the band.
    pub lacking: i64,
    /// The changes, in the card's order.
    pub changes: Vec<Change>,
    /// Sum of the members' totals with the plan; where there is none, the highest that is possible.
    pub sum: i64,
    /// Criteria of which no allowed answer reaches a minimum mark; only where there is no plan.
    pub blocked: Vec<String>,
}

impl Plan {
    /// What the changes cost together.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.changes.iter().map(|change| change.cost).sum()
    }

    /// Rungs that they climb together.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.changes.iter().map(|change| change.steps).sum()
    }
}

/// The star that a plan aims at where the caller names none: the next one that is recognised.
#[must_use]
pub fn next_target(stars: u8) -> u8 {
    (stars + 1).clamp(3, 5)
}

/// Costs and fixed criteria that the card does not know; field paths are those of the wishes.
#[must_use]
pub fn unknown(card: &Card, costs: &[(String, i32)], fixed: &[String]) -> Vec<GradeViolation> {
    use crate::rules::domain::ViolationKind as K;
    let mut found = Vec::new();
    for (at, (criterion, option)) in costs.iter().enumerate() {
        match card.criterion(criterion) {
            None => found.push(GradeViolation {
                field: format!("costs[{at}].criterion"),
                kind: K::UnknownCriterion { criterion: criterion.clone() },
            }),
            Some(known) if known.option(*option).is_none() => found.push(GradeViolation {
                field: format!("costs[{at}].option"),
                kind: K::NoSuchOption { criterion: criterion.clone(), option: *option },
            }),
            Some(_) => {}
        }
    }
    let fixed = fixed.iter().enumerate().filter(|(_, criterion)| card.criterion(criterion).is_none());
    found.extend(fixed.map(|(at, criterion)| GradeViolation {
        field: format!("fixed_criteria[{at}]"),
        kind: K::UnknownCriterion { criterion: criterion.clone() },
    }));
    found
}

/// One way to answer a criterion: an option, or none for as it is.
#[derive(Clone, Debug)]
struct Choice {
    change: Option<Change>,
    gain: usize,
    weight: Weight,
}

/// What is made least: cost first, then steps, then changes, in one number.
type Weight = u128;

fn weight(cost: u64, steps: u32) -> Weight {
    (Weight::from(cost) << 48) | (Weight::from(steps) << 16) | 1
}

/// The criteria of a card with the ways to answer them.
struct Field {
    criterion: String,
    choices: Vec<Choice>,
    most: usize,
}

/// The cheapest changes by which a product has the stars. `input` is in order: it was graded.
///
/// A table over missing points: after the first k criteria, `best[g]` is the least weight with which they give `g` points (or
/// more, at the end of the table). Each criterion adds one of its choices; what was chosen is kept, and read back from the end.
/// With K criteria, O options and P missing points this takes K · O · P steps: some ten thousand for a council of nine, under a
/// million for one of fifty.
#[must_use]
pub fn plan(card: &Card, input: &GradeInput, target: u8, wishes: &Wishes) -> Plan {
    let members = i64::try_from(input.members.len()).unwrap_or(i64::MAX);
    let sums = sums(input);
    let sum: i64 = card.criteria().filter_map(|criterion| sums.get(criterion.id.as_str())).sum();
    let from = card.bands.iter().find(|band| band.stars == target).map_or(0, |band| band.from);
    let lacking = (i64::from(from) * members - sum).max(0);
    let needed = usize::try_from(lacking).unwrap_or(usize::MAX);
    let now = Now { members, sums: &sums, input, target };
    let fields: Vec<Field> = card.criteria().map(|criterion| field(criterion, &now, wishes)).collect();

    let blocked: Vec<String> = fields.iter().filter(|f| f.choices.is_empty()).map(|f| f.criterion.clone()).collect();
    let most: usize = fields.iter().map(|field| field.most).sum();
    let unreachable = |blocked| Plan {
        target,
        reachable: false,
        lacking,
        changes: Vec::new(),
        sum: sum + i64::try_from(most).unwrap_or(0),
        blocked,
    };
    if !blocked.is_empty() || most < needed {
        return unreachable(blocked);
    }
    let Some(changes) = cheapest(&fields, needed) else { return unreachable(blocked) };
    let gained: i64 = changes.iter().map(|change| i64::from(change.points) * members - change.sum).sum();
    Plan { target, reachable: true, lacking, changes, sum: sum + gained, blocked }
}

/// Sums of the members' points by criterion.
fn sums(input: &GradeInput) -> BTreeMap<&str, i64> {
    let mut sums = BTreeMap::new();
    for answer in input.members.iter().flat_map(|member| &member.answers) {
        *sums.entry(answer.criterion.as_str()).or_default() += i64::from(answer.points.unwrap_or(0));
    }
    sums
}

/// How a product stands.
struct Now<'a> {
    members: i64,
    sums: &'a BTreeMap<&'a str, i64>,
    input: &'a GradeInput,
    target: u8,
}

impl Now<'_> {
    /// Minimum marks of the target on a criterion that do not hold now, as stars.
    fn failed(&self, criterion: &Criterion, sum: i64) -> Vec<u8> {
        let agreed = self.input.agreed.iter().find(|answer| answer.criterion == criterion.id);
        let holds = |stars: u8, required: i32| match agreed {
            Some(answer) => reaches(criterion, stars, required, answer.points.unwrap_or(0), answer.option),
            None => sum >= i64::from(required) * self.members,
        };
        self.marks(criterion).filter(|(stars, required)| !holds(*stars, *required)).map(|(stars, _)| stars).collect()
    }

    fn marks(&self, criterion: &Criterion) -> impl Iterator<Item = (u8, i32)> {
        let target = self.target;
        criterion.star_minimum.iter().map(|(stars, required)| (*stars, *required)).filter(move |(s, _)| *s <= target)
    }
}

/// The ways to answer a criterion that a plan may choose from.
fn field(criterion: &Criterion, now: &Now<'_>, wishes: &Wishes) -> Field {
    let sum = now.sums.get(criterion.id.as_str()).copied().unwrap_or(0);
    let failed = now.failed(criterion, sum);
    let mut choices = Vec::new();
    if failed.is_empty() {
        choices.push(Choice { change: None, gain: 0, weight: 0 });
    }
    let mut most = 0;
    if !wishes.fixed.contains(&criterion.id) {
        for option in criterion.options() {
            let gain = i64::from(option.points) * now.members - sum;
            let holds = now
                .marks(criterion)
                .all(|(s, required)| reaches(criterion, s, required, option.points, option.position));
            // As many points as now are a change only where a minimum mark asks for it.
            let useful = gain > 0 || (gain == 0 && !failed.is_empty());
            if let Some(gain) = usize::try_from(gain).ok().filter(|_| useful && holds) {
                most = most.max(gain);
                choices.push(choice(criterion, option, (sum, gain), &failed, now.members, wishes));
            }
        }
    }
    Field { criterion: criterion.id.clone(), choices, most }
}

fn choice(
    criterion: &Criterion,
    option: &CardOption,
    (sum, gain): (i64, usize),
    failed: &[u8],
    members: i64,
    wishes: &Wishes,
) -> Choice {
    let ladder = criterion.ladders.iter().find(|ladder| ladder.options.iter().any(|o| o.position == option.position));
    let climbed = |other: &&CardOption| other.position <= option.position && i64::from(other.points) * members > sum;
    let rungs = ladder.map_or(0, |ladder| ladder.options.iter().filter(climbed).count());
    let steps = u32::try_from(rungs).unwrap_or(u32::MAX).max(1);
    let cost = wishes.costs.get(&(criterion.id.clone(), option.position)).copied().unwrap_or(0);
    let change = Change {
        criterion: criterion.id.clone(),
        sum,
        points: option.points,
        option: option.position,
        for_stars: failed.iter().min().copied().unwrap_or(0),
        cost,
        steps,
    };
    Choice { change: Some(change), gain, weight: weight(cost, steps) }
}

/// The changes of least weight that give at least so many points; none where no choices do.
fn cheapest(fields: &[Field], needed: usize) -> Option<Vec<Change>> {
    let mut best: Vec<Option<Weight>> = vec![None; needed + 1];
    *best.first_mut()? = Some(0);
    // What was chosen at each criterion for each number of points, and the points before it.
    let mut chosen: Vec<Vec<(usize, usize)>> = Vec::with_capacity(fields.len());
    for field in fields {
        let mut next: Vec<Option<Weight>> = vec![None; needed + 1];
        let mut taken = vec![(0, 0); needed + 1];
        for (points, so_far) in best.iter().enumerate() {
            let Some(so_far) = so_far else { continue };
            for (at, choice) in field.choices.iter().enumerate() {
                let reached = (points + choice.gain).min(needed);
                let total = so_far + choice.weight;
                if let (Some(slot), Some(how)) = (next.get_mut(reached), taken.get_mut(reached))
                    && slot.is_none_or(|least| total < least)
                {
                    (*slot, *how) = (Some(total), (at, points));
                }
            }
        }
        best = next;
        chosen.push(taken);
    }
    (*best.get(needed)?)?;
    let mut changes = Vec::new();
    let mut points = needed;
    for (field, taken) in fields.iter().zip(&chosen).rev() {
        let (at, before) = *taken.get(points)?;
        changes.extend(field.choices.get(at)?.change.clone());
        points = before;
    }
    changes.reverse();
    Some(changes)
}

/// The marks of a product once a plan is carried out: every member, and the agreed answers, as the plan has it.
#[must_use]
pub fn carried_out(input: &GradeInput, plan: &Plan) -> GradeInput {
    let mut after = input.clone();
    let answers = after.members.iter_mut().flat_map(|member| &mut member.answers).chain(&mut after.agreed);
    for answer in answers {
        if let Some(change) = plan.changes.iter().find(|change| change.criterion == answer.criterion) {
            *answer =
                Answer { criterion: change.criterion.clone(), points: Some(change.points), option: change.option };
        }
    }
    // Where options carry the same points, members' marks do not tell which one was reached; the council agrees on it.
    for change in &plan.changes {
        if !after.agreed.iter().any(|answer| answer.criterion == change.criterion) {
            after.agreed.push(Answer {
                criterion: change.criterion.clone(),
                points: Some(change.points),
                option: change.option,
            });
        }
    }
    after
}
