//! The whole answer to a scenario: the plan, how each limit stands, how it fares at the ends of the ranges, and where
//! there is none, which limits clash.

use super::blocks::Row;
use super::conflict::{Conflict, conflict};
use super::effort::Effort;
use super::model::{Goal, Limit, Model, Tally, Target};
use super::solve::{Answer, Found, solve};

/// Which ends of the ranges are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corner {
    /// Low costs, high chances.
    Best,
    /// Low costs, low chances.
    LowLow,
    /// High costs, high chances.
    HighHigh,
    /// High costs, low chances.
    Worst,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// With the most likely numbers.
    pub likely: Model,
    /// At the ends of the ranges; none where nothing has a range.
    pub corners: Vec<(Corner, Model)>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Solved {
    /// Of the most likely numbers.
    pub found: Found,
    /// How each limit stands, where there is a plan.
    pub limits: Vec<Standing>,
    /// What cannot hold together, where there is none.
    pub conflict: Option<Conflict>,
    /// At the ends of the ranges.
    pub corners: Vec<AtCorner>,
}

/// How a plan stands to a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The limit.
    pub limit: Limit,
    /// What it asks for.
    pub asked: i64,
    /// What the plan gives.
    pub got: i64,
    /// True where the answer gets better with less of it.
    pub binding: bool,
    /// What one more is worth, in millionths; of a ceiling per đồng, of a target per per-mille.
    pub marginal_micro: i64,
}

/// The ends of the ranges.
#[derive(Clone, Debug, PartialEq)]
pub struct AtCorner {
    /// Which.
    pub corner: Corner,
    /// What the plan of the most likely numbers comes to there.
    pub tally: Tally,
    /// What is asked and got of the limits that it breaks.
    pub broken: Vec<Standing>,
    /// What another search finds there.
    pub best: Found,
}

impl Found {
    /// The plan, if one was found.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Best(answer) | Self::Good(answer) => Some(answer),
            Self::Infeasible | Self::Unknown => None,
        }
    }
}

/// Answers.
#[must_use]
pub fn answer(question: &Question, effort: &Effort<'_>) -> Solved {
    let model = &question.likely;
    let found = frugal(model, solve(model, effort), effort);
    let conflict = (found == Found::Infeasible).then(|| conflict(model, effort));
    let Some(answer) = found.answer() else {
        return Solved { found, limits: Vec::new(), conflict, corners: Vec::new() };
    };
    let limits = model.limits().into_iter().map(|limit| standing(model, limit, answer)).collect();
    let corner = |(corner, there): &(Corner, Model)| {
        let tally = there.tally(&answer.plan);
        let broken = tally.broken.iter().map(|limit| {
            let (asked, got) = there.measure(*limit, &tally);
            Standing { limit: *limit, asked, got, binding: true, marginal_micro: 0 }
        });
        AtCorner { corner: *corner, broken: broken.collect(), best: solve(there, effort), tally }
    };
    let corners = question.corners.iter().map(corner).collect();
    Solved { limits, conflict, corners, found }
}

/// Of the plans with the most expected products, the cheapest: one more target asks for that many.
fn frugal(model: &Model, found: Found, effort: &Effort<'_>) -> Found {
    let Found::Best(mut best) = found else { return found };
    if model.goal == Goal::MostRecognised {
        let mut cheapest = Model { goal: Goal::Cheapest, ..model.clone() };
        let all = cheapest.targets.len();
        cheapest.targets.push(Target { stars: 0, need: best.tally.expected });
        cheapest.candidates.iter_mut().for_each(|candidate| candidate.targets.push(all));
        if let Some(answer) = solve(&cheapest, effort).answer() {
            let tally = model.tally(&answer.plan);
            if tally.broken.is_empty() && tally.expected >= best.tally.expected && tally.cost_vnd < best.tally.cost_vnd
            {
                (best.plan, best.tally) = (answer.plan.clone(), tally);
            }
        }
    }
    Found::Best(best)
}

fn standing(model: &Model, limit: Limit, answer: &Answer) -> Standing {
    let (asked, got) = model.measure(limit, &answer.tally);
    let row = match limit {
        Limit::Target(at) => Some(Row::Target(at)),
        Limit::Ceiling(at) => Some(Row::Ceiling(at)),
        Limit::Group(_) | Limit::Support(_) => None,
    };
    let price = answer.prices.iter().find(|(of, _)| Some(*of) == row).map_or(0.0, |(_, price)| *price);
    // The goal is counted in millions of đồng or in products: per đồng and per per-mille it comes to these millionths.
    let micro = match (model.goal, limit) {
        (Goal::Cheapest, Limit::Target(_)) => price * 1e9,
        (Goal::MostRecognised, Limit::Ceiling(_)) => price * 1e3,
        _ => price * 1e6,
    };
    #[expect(clippy::cast_possible_truncation, reason = "a price, rounded")]
    let marginal_micro = micro.round() as i64;
    let tight = match limit {
        Limit::Target(at) => model.goal == Goal::Cheapest && is_tight(model, at, answer, got - asked),
        Limit::Ceiling(_) => asked == got,
        Limit::Group(_) | Limit::Support(_) => false,
    };
    Standing { limit, asked, got, binding: marginal_micro > 0 || tight, marginal_micro }
}

/// True where no candidate that counts for a target can be left out.
fn is_tight(model: &Model, target: usize, answer: &Answer, slack: i64) -> bool {
    let Some(of) = model.targets.get(target) else { return false };
    let inside = model.candidates.iter().zip(&answer.plan.choices).filter(|(c, _)| c.targets.contains(&target));
    let mut adds = inside.filter_map(|(c, choice)| Some(c.choices.get((*choice)?)?.adds(of))).filter(|adds| *adds > 0);
    adds.all(|adds| adds > slack)
}
