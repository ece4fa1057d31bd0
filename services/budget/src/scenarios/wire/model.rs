//! The question as the solver reads it.

use std::collections::BTreeMap;

use kit::{Error, Result};
use proto::budget::v1 as pb;

use crate::scenarios::domain::answer::{Corner, Question};
use crate::scenarios::domain::model::{Candidate, Ceiling, Choice, Goal, Group, Model, Package, Session, Target};

/// The question, at the most likely numbers and at the ends of the ranges.
///
/// # Errors
/// INTERNAL for a unit that this program does not know.
pub fn question(inputs: &pb::ScenarioInputs) -> Result<Question> {
    let rough = |o: &pb::ScenarioOption| {
        let cost = [o.low_cost_vnd, o.high_cost_vnd].into_iter().flatten().any(|cost| cost != o.cost_vnd);
        let chances = [o.low_chance_permille, o.high_chance_permille];
        cost || chances.into_iter().flatten().any(|chance| chance != o.chance_permille)
    };
    let has_ranges = inputs.candidates.iter().flat_map(|c| &c.options).any(rough);
    let corners: &[Corner] =
        if has_ranges { &[Corner::Best, Corner::LowLow, Corner::HighHigh, Corner::Worst] } else { &[] };
    let corners = corners.iter().map(|corner| Ok((*corner, model(inputs, Some(*corner))?)));
    Ok(Question { likely: model(inputs, None)?, corners: corners.collect::<Result<_>>()? })
}

fn path(unit: &str) -> Result<String> {
    reference::units::path(unit).ok_or_else(|| Error::internal(format!("a scenario names the unknown unit {unit}")))
}

/// The targets whose unit holds another; one without a unit holds all.
fn holding(targets: &[Option<String>], path: &str) -> Vec<usize> {
    let holds = |of: &Option<String>| of.as_ref().is_none_or(|of| path.starts_with(of.as_str()));
    targets.iter().enumerate().filter(|(_, of)| holds(of)).map(|(at, _)| at).collect()
}

fn paths<'a>(units: impl Iterator<Item = &'a String>) -> Result<Vec<Option<String>>> {
    units.map(|unit| if unit.is_empty() { Ok(None) } else { path(unit).map(Some) }).collect()
}

fn model(inputs: &pb::ScenarioInputs, corner: Option<Corner>) -> Result<Model> {
    let of_targets = paths(inputs.targets.iter().map(|t| &t.unit))?;
    let of_supports = paths(inputs.support_targets.iter().map(|t| &t.unit))?;
    let groups: BTreeMap<&str, usize> = inputs.groups.iter().enumerate().map(|(at, g)| (g.id.as_str(), at)).collect();
    let candidate = |c: &pb::ScenarioCandidate| {
        let targets = holding(&of_targets, &path(&c.unit)?);
        Ok(Candidate { choices: c.options.iter().map(|o| choice(o, corner)).collect(), targets })
    };
    let session = |s: &pb::TrainingOption| Session {
        cost_vnd: s.cost_vnd,
        source: source(s.source),
        seats: s.seats,
        most: i64::from(s.max_runs.max(1)),
        groups: s.groups.iter().filter_map(|group| groups.get(group.as_str()).copied()).collect(),
    };
    let package = |p: &pb::SupportPackage| {
        let targets = holding(&of_supports, &path(&p.unit)?);
        Ok(Package { cost_vnd: p.cost_vnd, source: source(p.source), products: p.products, targets })
    };
    let ceiling = |c: &pb::ScenarioCeiling| Ceiling {
        source: (c.source != 0).then(|| source(c.source)),
        most_vnd: Some(c.max_vnd),
    };
    Ok(Model {
        goal: match inputs.objective() {
            pb::ScenarioObjective::MostRecognised => Goal::MostRecognised,
            pb::ScenarioObjective::Cheapest | pb::ScenarioObjective::Unspecified => Goal::Cheapest,
        },
        candidates: inputs.candidates.iter().map(candidate).collect::<Result<_>>()?,
        targets: inputs
            .targets
            .iter()
            .map(|t| Target { stars: t.min_stars.max(3), need: t.min_expected_permille })
            .collect(),
        groups: inputs.groups.iter().map(|g| Group { persons: g.persons }).collect(),
        sessions: inputs.sessions.iter().map(session).collect(),
        packages: inputs.packages.iter().map(package).collect::<Result<_>>()?,
        supports: inputs.support_targets.iter().map(|t| t.min_products).collect(),
        ceilings: inputs.ceilings.iter().map(ceiling).collect(),
    })
}

fn choice(option: &pb::ScenarioOption, corner: Option<Corner>) -> Choice {
    let low_cost = option.low_cost_vnd.unwrap_or(option.cost_vnd);
    let high_cost = option.high_cost_vnd.unwrap_or(option.cost_vnd);
    let low_chance = option.low_chance_permille.unwrap_or(option.chance_permille);
    let high_chance = option.high_chance_permille.unwrap_or(option.chance_permille);
    let (cost_vnd, chance) = match corner {
        None => (option.cost_vnd, option.chance_permille),
        Some(Corner::Best) => (low_cost, high_chance),
        Some(Corner::LowLow) => (low_cost, low_chance),
        Some(Corner::HighHigh) => (high_cost, high_chance),
        Some(Corner::Worst) => (high_cost, low_chance),
    };
    Choice { stars: option.stars, cost_vnd, chance: i64::from(chance), source: source(option.source) }
}

/// A source by its number in the contract.
fn source(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0)
}
