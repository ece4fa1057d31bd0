//! Training and support as a part of a mixed-integer program: how often each session runs, who can sit in it, which
//! packages are given.

use std::collections::BTreeMap;

use microlp::{
    ComparisonOp, Error, OptimizationDirection, Problem, SolutionStatus, SolveOptions, SolveOutcome, Variable,
};

use super::blocks::millions;
use super::effort::Effort;
use super::model::Model;

/// The variables.
pub struct Side {
    /// Runs of each session.
    pub runs: Vec<Variable>,
    /// Each package.
    pub packages: Vec<Variable>,
}

/// The cheapest training and support.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Least {
    /// Its price, or less where it is not proven.
    pub bound: f64,
    /// True where the bound is the price itself.
    pub proven: bool,
    /// How often each session runs.
    pub runs: Vec<f64>,
    /// How much of each package is given.
    pub packages: Vec<f64>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// There can be none.
    Infeasible,
    /// The effort was spent, or the arithmetic gave out.
    Unknown,
}

#[expect(clippy::cast_precision_loss, reason = "persons and seats are far below 2^53")]
fn float(number: i64) -> f64 {
    number as f64
}

/// Adds the variables and what binds them.
pub fn add(problem: &mut Problem, model: &Model, price: &dyn Fn(usize, f64) -> f64, whole: bool) -> Side {
    let mut count = |price: f64, most: i64| {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        if whole { problem.add_integer_var(price, (0, most)) } else { problem.add_var(price, (0.0, f64::from(most))) }
    };
    let runs: Vec<Variable> =
        model.sessions.iter().map(|s| count(price(s.source, millions(s.cost_vnd)), s.most)).collect();
    let packages: Vec<Variable> =
        model.packages.iter().map(|p| count(price(p.source, millions(p.cost_vnd)), 1)).collect();
    seats(problem, model, &runs);
    for (at, need) in model.supports.iter().enumerate().filter(|(_, need)| **need > 0) {
        let counted = model.packages.iter().zip(&packages).filter(|(p, _)| p.targets.contains(&at));
        let sum: Vec<_> = counted.map(|(p, given)| (*given, float(p.products))).collect();
        problem.add_constraint(sum, ComparisonOp::Ge, float(*need));
    }
    Side { runs, packages }
}

/// Groups that the same sessions may take are one: persons of one may sit where those of the other may.
fn seats(problem: &mut Problem, model: &Model, runs: &[Variable]) {
    let mut alike: BTreeMap<Vec<usize>, i64> = BTreeMap::new();
    for (at, group) in model.groups.iter().enumerate().filter(|(_, g)| g.persons > 0) {
        let takes =
            model.sessions.iter().enumerate().filter(|(_, s)| s.groups.contains(&at)).map(|(session, _)| session);
        *alike.entry(takes.collect()).or_default() += group.persons;
    }
    let mut seated: BTreeMap<usize, Vec<(Variable, f64)>> = BTreeMap::new();
    for (sessions, persons) in &alike {
        let flows: Vec<_> =
            sessions.iter().map(|session| (*session, problem.add_var(0.0, (0.0, float(*persons))))).collect();
        for (session, flow) in &flows {
            seated.entry(*session).or_default().push((*flow, 1.0));
        }
        problem.add_constraint(flows.iter().map(|(_, flow)| (*flow, 1.0)), ComparisonOp::Ge, float(*persons));
        // No solution needs less than so many runs, though their seats in part would do.
        let largest =
            sessions.iter().filter_map(|at| model.sessions.get(*at)).map(|s| s.seats).max().unwrap_or(1).max(1);
        let held = sessions.iter().filter_map(|at| Some((*runs.get(*at)?, 1.0)));
        problem.add_constraint(held.collect::<Vec<_>>(), ComparisonOp::Ge, float((persons + largest - 1) / largest));
    }
    for (at, mut flows) in seated {
        let Some((session, runs)) = model.sessions.get(at).zip(runs.get(at)) else { continue };
        flows.push((*runs, -float(session.seats)));
        problem.add_constraint(flows, ComparisonOp::Le, 0.0);
    }
}

/// The cheapest training and support at these prices; in parts of runs where `whole` is false.
///
/// # Errors
/// None can be, or the effort was spent.
pub fn least(model: &Model, price: &dyn Fn(usize, f64) -> f64, whole: bool, effort: &Effort<'_>) -> Result<Least, End> {
    if model.sessions.is_empty()
        && model.packages.is_empty()
        && model.groups.iter().all(|g| g.persons == 0)
        && model.supports.iter().all(|s| *s == 0)
    {
        return Ok(Least { proven: true, ..Least::default() });
    }
    // Parts of runs rounded up keep everything: a plan to begin with.
    let start = if whole { Some(least(model, price, false, effort)?) } else { None };
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let side = add(&mut problem, model, price, whole);
    let begin = start.map(|start| {
        let values = start.runs.iter().chain(&start.packages).map(|value| (value - 1e-6).ceil().max(0.0));
        side.runs.iter().chain(&side.packages).copied().zip(values).collect()
    });
    let outcome = run(&problem, begin, effort)?;
    let bound = outcome.stats().best_bound;
    let SolveOutcome::Solution(solution) = outcome else { return Err(End::Unknown) };
    let value = |of: &Variable| solution.var_value(*of);
    let proven = solution.status() == SolutionStatus::Optimal;
    let runs: Vec<f64> = side.runs.iter().map(value).collect();
    let packages: Vec<f64> = side.packages.iter().map(value).collect();
    // The program's own sum counts variables that are whole but for a millionth, and would seem cheaper than they are.
    let sessions = model.sessions.iter().zip(&runs).map(|(s, n)| price(s.source, millions(s.cost_vnd)) * n.round());
    let given = model.packages.iter().zip(&packages).map(|(p, n)| price(p.source, millions(p.cost_vnd)) * n.round());
    let bound = match (proven, whole) {
        (true, true) => sessions.sum::<f64>() + given.sum::<f64>(),
        (true, false) => solution.objective(),
        (false, _) => bound.unwrap_or(f64::NEG_INFINITY),
    };
    Ok(Least { bound, proven, runs, packages })
}

/// Solves within the effort.
///
/// # Errors
/// None can be, or the effort was spent.
pub fn run(problem: &Problem, begin: Option<Vec<(Variable, f64)>>, effort: &Effort<'_>) -> Result<SolveOutcome, End> {
    if (effort.stop)() {
        return Err(End::Unknown);
    }
    let mut options = SolveOptions::default();
    options.node_limit = Some(effort.nodes);
    options.time_limit = Some(effort.time);
    options.warm_start = begin;
    match problem.solve_with(options) {
        Ok(outcome) => Ok(outcome),
        Err(Error::Infeasible) => Err(End::Infeasible),
        Err(_) => Err(End::Unknown),
    }
}
