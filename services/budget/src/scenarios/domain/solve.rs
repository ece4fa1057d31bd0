//! The exact answer.
//!
//! 1. Targets that candidates share with no other target are kept by tables ([`super::blocks`]); the others and the
//!    ceilings get prices, which give a bound that no plan passes ([`super::dual`]).
//! 2. A plan that is at most `gap` above the bound uses, in each block, a way at most `gap` above the block's lowest price:
//!    all those ways are listed, dominated ones left out.
//! 3. A mixed-integer program picks one way per block ([`super::master`]). What it finds within the gap is the best of all
//!    plans; else the gap is widened to what it found, and picked again.
//!
//! Nothing found is believed: [`Model::tally`] counts every plan in whole numbers.

use super::blocks::{self, Block, Column, Row, Table, TooMany, millions, products};
use super::dual::{self, Dual, Priced};
use super::effort::Effort;
use super::master::{self, Picked};
use super::model::{Goal, Model, Plan, Tally};
use super::side::{self, End, Least};

/// What came of a search.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The best plan.
    Best(Answer),
    /// A plan that keeps all limits; the effort was spent before it was proven to be the best.
    Good(Answer),
    /// No plan keeps all limits.
    Infeasible,
    /// The effort was spent before either was known.
    Unknown,
}

/// A plan with what it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The plan.
    pub plan: Plan,
    /// What it comes to.
    pub tally: Tally,
    /// The goal's bound: millions of đồng, or expected products.
    pub bound: f64,
    /// What one more of each limit with a price is worth to the goal: per product, or per million đồng.
    pub prices: Vec<(Row, f64)>,
}

const ROUNDS: usize = 12;
const GROWTH: f64 = 4.0;
const MARGIN: f64 = 1e-6;

/// Solves.
#[must_use]
pub fn solve(model: &Model, effort: &Effort<'_>) -> Found {
    match search(model, effort) {
        Ok(found) => found,
        Err(End::Infeasible) => Found::Infeasible,
        Err(End::Unknown) => Found::Unknown,
    }
}

fn search(model: &Model, effort: &Effort<'_>) -> Result<Found, End> {
    let by_source = model.ceilings.iter().any(|c| c.most_vnd.is_some() && c.source.is_some());
    let settled = if by_source { None } else { Some(side::least(model, &|_, cost| cost, true, effort)?) };
    // What training takes of the ceiling must be the least that it can take: where that is not proven, it is searched with
    // the candidates. The cheapest plan is only bounded by it.
    let settled = settled.filter(|side| side.proven || model.goal == Goal::Cheapest);
    let (blocks, kept) = blocks::split(model);
    let (rows, least) = rows(model, &kept, settled.as_ref());
    let of = Priced { model, blocks: &blocks, rows: &rows, least, with_side: settled.is_none() };
    let dual = dual::solve(&of, effort)?;
    let own = settled.as_ref().filter(|_| model.goal == Goal::Cheapest).map_or(0.0, |side| side.bound);
    if let Some(most) = whole_ceiling(model)
        && model.goal == Goal::Cheapest
        && dual.bound + own > most + MARGIN
    {
        return Err(End::Infeasible);
    }
    rounds(&of, &dual, settled.as_ref(), effort)
}

fn whole_ceiling(model: &Model) -> Option<f64> {
    let whole = model.ceilings.iter().filter(|c| c.source.is_none()).filter_map(|c| c.most_vnd);
    whole.min().map(millions)
}

/// The limits that get a price. The ceiling of everything is the goal itself where the cheapest plan is asked for.
fn rows(model: &Model, kept: &[usize], settled: Option<&Least>) -> (Vec<Row>, Vec<f64>) {
    let targets = model.targets.iter().enumerate().filter(|(at, t)| t.need > 0 && !kept.contains(at));
    let targets = targets.map(|(at, t)| (Row::Target(at), products(t.need)));
    let priced = |c: &super::model::Ceiling| model.goal == Goal::MostRecognised || c.source.is_some();
    let ceilings =
        model.ceilings.iter().enumerate().filter(|(_, c)| priced(c)).filter_map(|(at, c)| Some((at, c.most_vnd?)));
    let spent = settled.map_or(0.0, cost_of(model));
    targets.chain(ceilings.map(|(at, most)| (Row::Ceiling(at), spent - millions(most)))).unzip()
}

fn cost_of(model: &Model) -> impl Fn(&Least) -> f64 {
    |side| {
        let sessions = model.sessions.iter().zip(&side.runs).map(|(s, n)| millions(s.cost_vnd) * n.round());
        let packages = model.packages.iter().zip(&side.packages).map(|(p, n)| millions(p.cost_vnd) * n.round());
        sessions.sum::<f64>() + packages.sum::<f64>()
    }
}

fn rounds(of: &Priced<'_>, dual: &Dual, settled: Option<&Least>, effort: &Effort<'_>) -> Result<Found, End> {
    let side_bound = if of.with_side { whole_side(of, dual, effort)? } else { 0.0 };
    let bound = dual.bound + side_bound;
    let tables: Vec<Table<'_>> = of
        .blocks
        .iter()
        .map(|block| Table::new(block, of.model, |candidate, choice| of.price(&dual.prices, candidate, choice)))
        .collect();
    let mut gap = (bound.abs() * 1e-4).max(1e-4);
    let most = widest(of, &tables, bound, settled);
    let mut best: Option<(f64, Answer)> = None;
    for _ in 0..ROUNDS {
        if (effort.stop)() {
            break;
        }
        let Ok(columns) = listed(of, &tables, gap + MARGIN, effort.columns) else { break };
        match master::pick(of, &columns, effort) {
            Ok(picked) => {
                let answer = answer(of, dual, (bound, settled), &columns, &picked);
                if !only_whole_ceiling(of.model, &answer.tally) {
                    break;
                }
                let kept = answer.tally.broken.is_empty();
                if effort.first && kept {
                    return judged(answer, false);
                }
                let above = picked.goal - bound;
                if picked.proven && above <= gap {
                    return judged(answer, settled.is_none_or(|side| side.proven));
                }
                if best.as_ref().is_none_or(|(goal, _)| picked.goal < *goal) {
                    best = Some((picked.goal, answer));
                }
                if !picked.proven {
                    break;
                }
                // What was found bounds the gap; a narrower one that grows lists far fewer ways.
                let known = best.as_ref().map_or(above, |(goal, _)| goal - bound);
                gap = (gap * GROWTH).min(known + MARGIN);
            }
            // With every way that any plan could use, that is the proof.
            Err(End::Infeasible) if gap >= most => return Err(End::Infeasible),
            Err(End::Infeasible) => gap = (gap * GROWTH).min(most),
            Err(End::Unknown) => break,
        }
    }
    match best {
        Some((_, answer)) => judged(answer, false),
        None => Err(End::Unknown),
    }
}

/// No plan is further above the bound, or uses a way that is further above its block's lowest price.
fn widest(of: &Priced<'_>, tables: &[Table<'_>], bound: f64, settled: Option<&Least>) -> f64 {
    let own = settled.filter(|_| of.model.goal == Goal::Cheapest).map_or(0.0, |side| side.bound);
    let dearest = match (of.model.goal, whole_ceiling(of.model)) {
        (Goal::Cheapest, Some(most)) => of.ceiling().min(most - own),
        _ => of.ceiling(),
    };
    let blocks = tables.iter().map(Table::width).fold(0.0, f64::max);
    (dearest - bound).min(blocks).max(0.0) + MARGIN
}

/// What the bound of parts of runs leaves out: training and support come in whole runs.
fn whole_side(of: &Priced<'_>, dual: &Dual, effort: &Effort<'_>) -> Result<f64, End> {
    let parts = of.side(&dual.prices, false, effort)?.bound;
    let whole = of.side(&dual.prices, true, effort)?.bound;
    Ok((whole - parts).max(0.0))
}

fn listed(of: &Priced<'_>, tables: &[Table<'_>], gap: f64, most: usize) -> Result<Vec<Vec<Column>>, TooMany> {
    let blocks = of.blocks.iter().zip(tables);
    blocks
        .map(|(block, table)| {
            Ok(blocks::undominated(table.near(gap, most)?.into_iter().map(|way| column(of, block, way)).collect()))
        })
        .collect()
}

fn column(of: &Priced<'_>, block: &Block, choices: Vec<Option<usize>>) -> Column {
    let mut column = Column { goal: 0.0, adds: vec![0.0; of.rows.len()], choices };
    for (member, choice) in block.members.iter().zip(&column.choices).filter_map(|(m, c)| Some((*m, (*c)?))) {
        column.goal += of.goal(member, choice);
        for (sum, row) in column.adds.iter_mut().zip(of.rows) {
            *sum += of.adds(*row, member, choice);
        }
    }
    column
}

fn answer(
    of: &Priced<'_>,
    dual: &Dual,
    (bound, settled): (f64, Option<&Least>),
    columns: &[Vec<Column>],
    picked: &Picked,
) -> Answer {
    let mut plan = Plan { choices: vec![None; of.model.candidates.len()], ..Plan::default() };
    for ((block, columns), at) in of.blocks.iter().zip(columns).zip(&picked.columns) {
        let choices = columns.get(*at).map(|c| c.choices.as_slice()).unwrap_or_default();
        for (member, choice) in block.members.iter().zip(choices) {
            if let Some(place) = plan.choices.get_mut(*member) {
                *place = *choice;
            }
        }
    }
    match settled {
        Some(side) => {
            #[expect(clippy::cast_possible_truncation, reason = "counts of runs, rounded")]
            let whole = |n: &f64| n.round() as i64;
            plan.runs = side.runs.iter().map(whole).collect();
            plan.packages = side.packages.iter().map(|n| *n > 0.5).collect();
        }
        None => (plan.runs, plan.packages) = (picked.runs.clone(), picked.packages.clone()),
    }
    let own = settled.filter(|_| of.model.goal == Goal::Cheapest).map_or(0.0, |side| side.bound);
    let goal = bound + own;
    let bound = if of.model.goal == Goal::Cheapest { goal } else { -goal };
    let prices = of.rows.iter().copied().zip(dual.prices.iter().copied()).collect();
    Answer { tally: of.model.tally(&plan), plan, bound, prices }
}

/// True where nothing is broken but a ceiling of everything, which the cheapest plan is held against afterwards.
fn only_whole_ceiling(model: &Model, tally: &Tally) -> bool {
    let whole = |limit: &super::model::Limit| match limit {
        super::model::Limit::Ceiling(at) => model.ceilings.get(*at).is_some_and(|c| c.source.is_none()),
        _ => false,
    };
    tally.broken.is_empty() || model.goal == Goal::Cheapest && tally.broken.iter().all(whole)
}

/// The best plan above the ceiling of everything: there is none below it.
fn judged(answer: Answer, best: bool) -> Result<Found, End> {
    match (answer.tally.broken.is_empty(), best) {
        (true, true) => Ok(Found::Best(answer)),
        (true, false) => Ok(Found::Good(answer)),
        (false, true) => Err(End::Infeasible),
        (false, false) => Err(End::Unknown),
    }
}
