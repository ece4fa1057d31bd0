//! Prices of the limits that no block keeps, and with them the least that any plan can come to.
//!
//! At prices, the question falls apart into blocks that are answered exactly; the sum is a lower bound of every plan, and
//! the prices that make it largest are found by cutting planes inside a box that moves and grows with success.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use super::blocks::{self, Block, Row, Table, millions, products};
use super::effort::Effort;
use super::model::{Goal, Model};
use super::side::{self, End, Least};

/// The question at prices.
pub struct Priced<'a> {
    /// The question.
    pub model: &'a Model,
    /// Its blocks.
    pub blocks: &'a [Block],
    /// The limits with a price.
    pub rows: &'a [Row],
    /// What each row must come to.
    pub least: Vec<f64>,
    /// True where training and support are part of it; else they are settled already.
    pub with_side: bool,
}

/// What the prices came to.
#[derive(Clone, Debug)]
pub struct Dual {
    /// The price of each row.
    pub prices: Vec<f64>,
    /// No plan comes to less.
    pub bound: f64,
}

/// How many parts the cutting planes tell apart.
const PARTS: usize = 12;
const ROUNDS: usize = 80;

struct Part {
    value: f64,
    adds: Vec<f64>,
}

impl Priced<'_> {
    /// What a choice adds to the goal, which is made small.
    #[must_use]
    pub fn goal(&self, candidate: usize, choice: usize) -> f64 {
        let choice = self.model.candidates.get(candidate).and_then(|c| c.choices.get(choice));
        choice.map_or(0.0, |choice| match self.model.goal {
            Goal::Cheapest => millions(choice.cost_vnd),
            Goal::MostRecognised => -products(choice.chance),
        })
    }

    /// What a choice adds to a row.
    #[must_use]
    pub fn adds(&self, row: Row, candidate: usize, choice: usize) -> f64 {
        let choice = self.model.candidates.get(candidate).and_then(|c| c.choices.get(choice));
        choice.map_or(0.0, |choice| blocks::adds(self.model, row, candidate, choice))
    }

    /// The goal of a choice less what it earns at prices.
    #[must_use]
    pub fn price(&self, prices: &[f64], candidate: usize, choice: usize) -> f64 {
        let earned = self.rows.iter().zip(prices).filter(|(_, price)| **price > 0.0);
        self.goal(candidate, choice)
            - earned.map(|(row, price)| price * self.adds(*row, candidate, choice)).sum::<f64>()
    }

    /// What training and support cost at prices.
    pub fn side_price(&self, prices: &[f64], source: usize, millions: f64) -> f64 {
        let own = if self.model.goal == Goal::Cheapest { 1.0 } else { 0.0 };
        let ceilings = self.rows.iter().zip(prices).filter_map(|(row, price)| match row {
            Row::Ceiling(at) => self.model.ceilings.get(*at).filter(|c| c.holds(source)).map(|_| price),
            Row::Target(_) => None,
        });
        (own + ceilings.sum::<f64>()) * millions
    }

    /// The cheapest training and support at prices.
    pub fn side(&self, prices: &[f64], whole: bool, effort: &Effort<'_>) -> Result<Least, End> {
        side::least(self.model, &|source, cost| self.side_price(prices, source, cost), whole, effort)
    }

    fn parts(&self, prices: &[f64], effort: &Effort<'_>) -> Result<Vec<Part>, End> {
        let none = || Part { value: 0.0, adds: vec![0.0; self.rows.len()] };
        let mut parts: Vec<Part> = (0..=PARTS).map(|_| none()).collect();
        for (at, block) in self.blocks.iter().enumerate() {
            let table = Table::new(block, self.model, |candidate, choice| self.price(prices, candidate, choice));
            let Some(part) = parts.get_mut(at % PARTS) else { continue };
            if table.lowest().is_infinite() {
                return Err(End::Infeasible);
            }
            part.value += table.lowest();
            for (member, choice) in block.members.iter().zip(table.best()).filter_map(|(m, c)| Some((m, c?))) {
                for (sum, row) in part.adds.iter_mut().zip(self.rows) {
                    *sum += self.adds(*row, *member, choice);
                }
            }
        }
        if self.with_side
            && let Some(part) = parts.get_mut(PARTS)
        {
            let least = self.side(prices, false, effort)?;
            part.value = least.bound;
            let sessions = self.model.sessions.iter().zip(&least.runs).map(|(s, n)| (s.source, s.cost_vnd, n));
            let packages = self.model.packages.iter().zip(&least.packages).map(|(p, n)| (p.source, p.cost_vnd, n));
            for (source, vnd, count) in sessions.chain(packages) {
                for (sum, row) in part.adds.iter_mut().zip(self.rows) {
                    if let Row::Ceiling(at) = row
                        && self.model.ceilings.get(*at).is_some_and(|c| c.holds(source))
                    {
                        *sum -= millions(vnd) * count;
                    }
                }
            }
        }
        Ok(parts)
    }

    /// More than any plan can come to.
    #[must_use]
    pub fn ceiling(&self) -> f64 {
        if self.model.goal == Goal::MostRecognised {
            return 0.0;
        }
        let dearest = |c: &super::model::Candidate| c.choices.iter().map(|o| millions(o.cost_vnd)).fold(0.0, f64::max);
        let side = self.model.sessions.iter().map(|s| millions(s.cost_vnd) * products(s.most) * 1000.0);
        let packages = self.model.packages.iter().map(|p| millions(p.cost_vnd));
        self.model.candidates.iter().map(dearest).sum::<f64>() + side.sum::<f64>() + packages.sum::<f64>()
    }

    /// How far each price goes at first: what the goal changes by for one of what the row counts.
    fn scale(&self, row: Row) -> f64 {
        let (mut goal, mut adds) = (0.0, 0.0);
        for (candidate, of) in self.model.candidates.iter().enumerate() {
            for choice in 0..of.choices.len() {
                goal += self.goal(candidate, choice).abs();
                adds += self.adds(row, candidate, choice).abs();
            }
        }
        if goal > 0.0 && adds > 0.0 { goal / adds } else { 1.0 }
    }
}

/// The prices with the largest bound.
///
/// # Errors
/// No plan keeps all limits, or the effort was spent before any bound was known.
pub fn solve(of: &Priced<'_>, effort: &Effort<'_>) -> Result<Dual, End> {
    let mut best = Dual { prices: vec![0.0; of.rows.len()], bound: f64::NEG_INFINITY };
    let mut reach: Vec<f64> = of.rows.iter().map(|row| of.scale(*row)).collect();
    let mut cuts: Vec<Vec<Part>> = Vec::new();
    let mut prices = best.prices.clone();
    let most = of.ceiling();
    for _ in 0..ROUNDS {
        if (effort.stop)() {
            break;
        }
        let parts = of.parts(&prices, effort)?;
        let fixed: f64 = prices.iter().zip(&of.least).map(|(price, least)| price * least).sum();
        let bound = parts.iter().map(|part| part.value).sum::<f64>() + fixed;
        if bound > most + 1e-3 {
            return Err(End::Infeasible);
        }
        let moved = !best.bound.is_finite() || bound > best.bound + 1e-9 * best.bound.abs().max(1.0);
        if moved {
            for ((reach, price), old) in reach.iter_mut().zip(&prices).zip(&best.prices) {
                // A step to the edge of the box: the box is too small.
                if (price - old).abs() >= *reach * 0.99 {
                    *reach *= 4.0;
                }
            }
            best = Dual { prices: prices.clone(), bound };
        }
        if of.rows.is_empty() {
            break;
        }
        // As a function of the prices, a part is never above value + Σ (old − new)·adds of any of its ways.
        cuts.push(
            parts
                .into_iter()
                .map(|part| {
                    let earned: f64 = prices.iter().zip(&part.adds).map(|(price, adds)| price * adds).sum();
                    Part { value: part.value + earned, adds: part.adds }
                })
                .collect(),
        );
        let Some((model, next)) = step(of, &cuts, &best, &reach) else { break };

        let gain = model - best.bound;
        if gain <= 1e-7 * best.bound.abs().max(1.0) {
            let at_edge =
                next.iter().zip(&best.prices).zip(&reach).any(|((new, old), reach)| (new - old).abs() >= reach * 0.99);
            if !at_edge {
                break;
            }
        }
        prices = next;
    }
    if best.bound.is_finite() { Ok(best) } else { Err(End::Unknown) }
}

/// The best prices in the box as far as the cuts know: (what the cuts promise, the prices).
fn step(of: &Priced<'_>, cuts: &[Vec<Part>], best: &Dual, reach: &[f64]) -> Option<(f64, Vec<f64>)> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let prices: Vec<Variable> = of
        .least
        .iter()
        .zip(best.prices.iter().zip(reach))
        .map(|(least, (price, reach))| problem.add_var(*least, ((price - reach).max(0.0), price + reach)))
        .collect();
    let parts: Vec<Variable> = (0..=PARTS).map(|_| problem.add_var(1.0, (f64::NEG_INFINITY, f64::INFINITY))).collect();
    for cut in cuts {
        for (part, variable) in cut.iter().zip(&parts) {
            let mut sum = vec![(*variable, 1.0)];
            sum.extend(
                prices.iter().zip(&part.adds).filter(|(_, adds)| **adds != 0.0).map(|(price, adds)| (*price, *adds)),
            );
            problem.add_constraint(sum, ComparisonOp::Le, part.value);
        }
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    Some((solution.objective(), prices.iter().map(|price| solution.var_value(*price).max(0.0)).collect()))
}
