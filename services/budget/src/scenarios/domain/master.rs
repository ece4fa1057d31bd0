//! One column of each block, so that all limits hold and the goal is least: an exact mixed-integer program.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolutionStatus, SolveOutcome, Variable};

use super::blocks::{Column, Row, millions};
use super::dual::Priced;
use super::effort::Effort;
use super::side::{self, End, Side};

/// A choice of columns.
#[derive(Clone, Debug)]
pub struct Picked {
    /// The column of each block.
    pub columns: Vec<usize>,
    /// How often each session runs; empty where training and support are settled already.
    pub runs: Vec<i64>,
    /// Which packages are given; empty likewise.
    pub packages: Vec<bool>,
    /// What the goal comes to.
    pub goal: f64,
    /// True where nothing among the columns is better.
    pub proven: bool,
}

struct Program {
    problem: Problem,
    /// Of each block, its columns but the first.
    picks: Vec<Vec<Variable>>,
    side: Option<Side>,
}

/// Picks.
///
/// # Errors
/// No choice of columns keeps the limits, or the effort was spent.
pub fn pick(of: &Priced<'_>, columns: &[Vec<Column>], effort: &Effort<'_>) -> Result<Picked, End> {
    let Program { problem, picks, side } = program(of, columns);
    let SolveOutcome::Solution(solution) = side::run(&problem, None, effort)? else { return Err(End::Unknown) };
    let on = |of: &Variable| solution.var_value(*of) > 0.5;
    let whole = |of: &Variable| {
        #[expect(clippy::cast_possible_truncation, reason = "a count of runs, rounded")]
        let count = solution.var_value(*of).round() as i64;
        count
    };
    let mut picked = Picked {
        columns: picks.iter().map(|of| of.iter().position(on).map_or(0, |at| at + 1)).collect(),
        runs: side.iter().flat_map(|side| &side.runs).map(whole).collect(),
        packages: side.iter().flat_map(|side| &side.packages).map(on).collect(),
        goal: 0.0,
        proven: solution.status() == SolutionStatus::Optimal,
    };
    picked.goal = goal(of, columns, &picked);
    Ok(picked)
}

/// What a choice comes to, summed from what was picked: the program's own sum counts variables that are whole but for a
/// millionth, and would seem cheaper than the plan is.
fn goal(of: &Priced<'_>, columns: &[Vec<Column>], picked: &Picked) -> f64 {
    let ways = columns.iter().zip(&picked.columns).filter_map(|(of, at)| of.get(*at)).map(|column| column.goal);
    let nothing = vec![0.0; of.rows.len()];
    let price = |source: usize, vnd: i64| of.side_price(&nothing, source, millions(vnd));
    let sessions = of.model.sessions.iter().zip(&picked.runs).map(|(s, runs)| {
        // Runs are few: at most what one session may have.
        f64::from(i32::try_from(*runs).unwrap_or(i32::MAX)) * price(s.source, s.cost_vnd)
    });
    let packages = of.model.packages.iter().zip(&picked.packages).filter(|(_, given)| **given);
    ways.sum::<f64>() + sessions.sum::<f64>() + packages.map(|(p, _)| price(p.source, p.cost_vnd)).sum::<f64>()
}

fn program(of: &Priced<'_>, columns: &[Vec<Column>]) -> Program {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut left = of.least.clone();
    let mut sums: Vec<Vec<(Variable, f64)>> = vec![Vec::new(); of.rows.len()];
    let mut picks = Vec::with_capacity(columns.len());
    for block in columns {
        let Some((first, others)) = block.split_first() else {
            picks.push(Vec::new());
            continue;
        };
        for (left, adds) in left.iter_mut().zip(&first.adds) {
            *left -= adds;
        }
        let mut own = Vec::with_capacity(others.len());
        for column in others {
            let variable = problem.add_binary_var(column.goal - first.goal);
            for (sum, (adds, base)) in sums.iter_mut().zip(column.adds.iter().zip(&first.adds)) {
                if adds != base {
                    sum.push((variable, adds - base));
                }
            }
            own.push(variable);
        }
        if own.len() > 1 {
            problem.add_constraint(own.iter().map(|v| (*v, 1.0)), ComparisonOp::Le, 1.0);
        }
        picks.push(own);
    }
    let nothing = vec![0.0; of.rows.len()];
    let side = of
        .with_side
        .then(|| side::add(&mut problem, of.model, &|source, cost| of.side_price(&nothing, source, cost), true));
    if let Some(side) = &side {
        let sessions = of.model.sessions.iter().map(|s| (s.source, s.cost_vnd)).zip(&side.runs);
        let packages = of.model.packages.iter().map(|p| (p.source, p.cost_vnd)).zip(&side.packages);
        for ((source, vnd), variable) in sessions.chain(packages) {
            for (sum, row) in sums.iter_mut().zip(of.rows) {
                if let Row::Ceiling(at) = row
                    && vnd > 0
                    && of.model.ceilings.get(*at).is_some_and(|c| c.holds(source))
                {
                    sum.push((*variable, -millions(vnd)));
                }
            }
        }
    }
    for (sum, left) in sums.into_iter().zip(left) {
        problem.add_constraint(sum, ComparisonOp::Ge, left - 1e-9);
    }
    Program { problem, picks, side }
}
