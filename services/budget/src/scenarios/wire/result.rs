//! The answer as the contract writes it.

use proto::budget::v1 as pb;

use crate::scenarios::domain::answer::{Corner, Question, Solved, Standing};
use crate::scenarios::domain::model::{Goal, Limit};
use crate::scenarios::domain::solve::{Answer, Found};
use crate::scenarios::explain::{self, Said};

/// The result.
#[must_use]
pub fn result(inputs: &pb::ScenarioInputs, question: &Question, solved: &Solved) -> pb::ScenarioResult {
    let name = |limit| name_of_limit(inputs, limit);
    let (explanation_vi, explanation_en) = explain::sentences(&question.likely, solved, &name).into_iter().unzip();
    let conflict = solved.conflict.as_ref();
    let clash = |limit: &Limit| {
        let asked = question.likely.measure(*limit, &question.likely.tally(&Default::default())).0;
        standing(&Standing { limit: *limit, asked, got: 0, binding: true, marginal_micro: 0 })
    };
    let mut result = pb::ScenarioResult {
        status: status(&solved.found).into(),
        limits: solved.limits.iter().map(standing).collect(),
        corners: solved.corners.iter().map(corner).collect(),
        conflict: conflict.into_iter().flat_map(|c| &c.limits).map(clash).collect(),
        conflict_minimal: conflict.is_some_and(|c| c.minimal),
        explanation_vi,
        explanation_en,
        ..Default::default()
    };
    if let Some(answer) = solved.found.answer() {
        fill(&mut result, inputs, question.likely.goal, answer);
    }
    result
}

fn fill(result: &mut pb::ScenarioResult, inputs: &pb::ScenarioInputs, goal: Goal, answer: &Answer) {
    let (plan, tally) = (&answer.plan, &answer.tally);
    (result.cost_vnd, result.expected_permille) = (tally.cost_vnd, tally.expected);
    // Millions of đồng or products; rounded towards what is surely true.
    #[expect(clippy::cast_possible_truncation, reason = "rounded, and far below 2^53")]
    let bound = match goal {
        Goal::Cheapest => ((answer.bound * 1e6).floor() as i64).min(tally.cost_vnd),
        Goal::MostRecognised => ((answer.bound * 1e3).ceil() as i64).max(tally.expected),
    };
    let proven = result.status() == pb::SolveStatus::Optimal;
    result.bound = match goal {
        _ if !proven => bound,
        Goal::Cheapest => tally.cost_vnd,
        Goal::MostRecognised => tally.expected,
    };
    let taken = inputs.candidates.iter().zip(&plan.choices);
    result.picks = taken
        .filter_map(|(candidate, choice)| {
            let option = candidate.options.get((*choice)?)?;
            Some(pb::CandidatePick {
                candidate: candidate.id.clone(),
                option: i32::try_from((*choice)?).unwrap_or(i32::MAX),
                stars: option.stars,
                cost_vnd: option.cost_vnd,
                chance_permille: option.chance_permille,
            })
        })
        .collect();
    let held = inputs.sessions.iter().zip(&plan.runs).enumerate().filter(|(_, (_, runs))| **runs > 0);
    result.sessions = held
        .map(|(at, (session, runs))| {
            let seats = tally.seats.iter().filter(|(of, ..)| *of == at);
            let seat = |(_, group, persons): &(usize, usize, i64)| pb::SeatPick {
                group: inputs.groups.get(*group).map(|g| g.id.clone()).unwrap_or_default(),
                persons: *persons,
            };
            pb::SessionPick { session: session.id.clone(), runs: *runs, seats: seats.map(seat).collect() }
        })
        .collect();
    let given = inputs.packages.iter().zip(&plan.packages).filter(|(_, given)| **given);
    result.packages = given.map(|(package, _)| package.id.clone()).collect();
}

fn status(found: &Found) -> pb::SolveStatus {
    match found {
        Found::Best(_) => pb::SolveStatus::Optimal,
        Found::Good(_) => pb::SolveStatus::Feasible,
        Found::Infeasible => pb::SolveStatus::Infeasible,
        Found::Unknown => pb::SolveStatus::Undecided,
    }
}

fn corner(at: &crate::scenarios::domain::answer::AtCorner) -> pb::CornerResult {
    let best = at.best.answer().map(|answer| &answer.tally);
    pb::CornerResult {
        corner: match at.corner {
            Corner::Best => pb::RangeCorner::Best,
            Corner::LowLow => pb::RangeCorner::LowLow,
            Corner::HighHigh => pb::RangeCorner::HighHigh,
            Corner::Worst => pb::RangeCorner::Worst,
        }
        .into(),
        cost_vnd: at.tally.cost_vnd,
        expected_permille: at.tally.expected,
        broken: at.broken.iter().map(standing).collect(),
        best_status: status(&at.best).into(),
        best_cost_vnd: best.map_or(0, |tally| tally.cost_vnd),
        best_expected_permille: best.map_or(0, |tally| tally.expected),
    }
}

fn standing(of: &Standing) -> pb::LimitStanding {
    let (kind, limit) = match of.limit {
        Limit::Target(at) => (pb::LimitKind::Recognised, format!("targets[{at}]")),
        Limit::Group(at) => (pb::LimitKind::Trained, format!("groups[{at}]")),
        Limit::Support(at) => (pb::LimitKind::Supported, format!("support_targets[{at}]")),
        Limit::Ceiling(at) => (pb::LimitKind::Ceiling, format!("ceilings[{at}]")),
    };
    pb::LimitStanding {
        kind: kind.into(),
        limit,
        asked: of.asked,
        got: of.got,
        binding: of.binding,
        marginal_micro: of.marginal_micro,
    }
}

/// What a limit is about, in words.
fn name_of_limit(inputs: &pb::ScenarioInputs, limit: Limit) -> Said {
    let place = |unit: &str| {
        let unit = reference::units::by_name(unit).map(|unit| unit.display_name.clone());
        unit.map_or_else(|| ("toàn kế hoạch".to_owned(), "the whole plan".to_owned()), |name| (name.clone(), name))
    };
    match limit {
        Limit::Target(at) => {
            let target = inputs.targets.get(at).cloned().unwrap_or_default();
            let (vi, en) = place(&target.unit);
            let stars = target.min_stars.max(3);
            (format!("sản phẩm từ {stars} sao của {vi}"), format!("products of {stars} stars or more of {en}"))
        }
        Limit::Group(at) => {
            let id = inputs.groups.get(at).map(|group| group.id.as_str()).unwrap_or_default();
            (format!("tập huấn {id}"), format!("training of {id}"))
        }
        Limit::Support(at) => {
            let target = inputs.support_targets.get(at).cloned().unwrap_or_default();
            let (vi, en) = place(&target.unit);
            (format!("sản phẩm được hỗ trợ của {vi}"), format!("supported products of {en}"))
        }
        Limit::Ceiling(at) => match inputs.ceilings.get(at).map(pb::ScenarioCeiling::source) {
            None | Some(pb::FundingSource::Unspecified) => ("trần kinh phí".to_owned(), "the ceiling".to_owned()),
            Some(source) => {
                let (vi, en) = source_words(source);
                (format!("trần {vi}"), format!("the ceiling of {en}"))
            }
        },
    }
}

fn source_words(source: pb::FundingSource) -> (&'static str, &'static str) {
    match source {
        pb::FundingSource::Unspecified => ("mọi nguồn", "all sources"),
        pb::FundingSource::Central => ("ngân sách trung ương", "the central budget"),
        pb::FundingSource::Provincial => ("ngân sách tỉnh", "the provincial budget"),
        pb::FundingSource::District => ("ngân sách huyện", "the district budget"),
        pb::FundingSource::ProducersOwn => ("vốn của chủ thể", "the producers' own money"),
        pb::FundingSource::Credit => ("tín dụng", "credit"),
        pb::FundingSource::Donor => ("tài trợ", "donors"),
    }
}
