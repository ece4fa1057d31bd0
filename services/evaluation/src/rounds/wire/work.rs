//! How far a round has come, and what is late, as it is answered.

use std::collections::HashMap;

use kit::{Error, Result, day, name as names};
use proto::evaluation::v1 as pb;
use reference::regimes::{self, DossierKind, Regime};
use time::Date;
use uuid::Uuid;

use super::name;
use crate::councils::domain::Level;
use crate::decisions::domain::recognises;
use crate::rounds::domain::work::{Kind, Late, Reached, Route, Unfinished, late, late_of, route, sends_up_from};
use crate::rounds::store::Round;
use crate::rules::domain::Outcome;
use crate::rules::wire::outcome;
use crate::shared::store::of_text;
use crate::shared::wire as shared;
use crate::sittings;
use crate::sittings::domain::State;
use crate::sittings::domain::record::Output;
use crate::sittings::store::{Sitting, Whole};
use crate::sittings::wire::render;

/// A round with what rules it.
pub struct Standing<'a> {
    /// The round.
    pub round: &'a Round,
    /// Its council's level.
    pub level: Level,
    /// The day of the call.
    pub today: Date,
}

fn regime_of(id: &str) -> Result<&'static Regime> {
    regimes::get(id).ok_or_else(|| Error::internal(format!("unknown regime {id}")))
}

/// How far a round has come; `scores` are the totals of pre-scores by sitting.
///
/// # Errors
/// INTERNAL where a stored result is not one that a release wrote.
pub fn summarised(
    standing: &Standing<'_>,
    sittings: &[Whole],
    scores: &HashMap<Uuid, i32>,
) -> Result<pb::RoundSummary> {
    let regime = regime_of(&standing.round.regime)?;
    let product = |whole: &Whole| product(standing, regime, whole, scores.get(&whole.sitting.id).copied());
    let products = sittings.iter().map(product).collect::<Result<Vec<_>>>()?;
    let of = |wanted: &dyn Fn(&pb::ProductSummary) -> bool| count(products.iter().filter(|p| wanted(p)).count());
    Ok(pb::RoundSummary {
        round: name(standing.round.id),
        level: match standing.level {
            Level::District => pb::CouncilLevel::District,
            Level::Province => pb::CouncilLevel::Province,
            Level::Central => pb::CouncilLevel::Central,
        }
        .into(),
        recognises: recognises(regime, Some(standing.level), standing.today),
        sends_up_from_points: sends_up_from(regime, standing.level, standing.today),
        graded: of(&|p| p.route != i32::from(pb::Route::Unspecified)),
        sent_up: of(&|p| p.route == i32::from(pb::Route::SentUp)),
        products,
        truncated: false,
    })
}

fn product(
    standing: &Standing<'_>,
    regime: &Regime,
    whole: &Whole,
    pre_score: Option<i32>,
) -> Result<pb::ProductSummary> {
    let s = &whole.sitting;
    let judging = s.panel.judging(&s.members);
    let among = |members: &[String]| count(judging.iter().filter(|m| members.contains(&m.member)).count());
    let final_result = matches!(s.state, State::Graded | State::Decided);
    let output: Option<Output> = match whole.grading.as_ref().filter(|_| final_result) {
        Some(grading) => Some(of_text(&grading.record.result)?),
        None => None,
    };
    let to = output.as_ref().map(|output| {
        let reached = Reached {
            graded: s.outcome == Some(Outcome::Graded),
            stars: s.stars,
            sum: output.mean_numerator,
            count: output.mean_denominator,
        };
        let stars = recognises(regime, Some(standing.level), s.sitting_date);
        route(&stars, sends_up_from(regime, standing.level, s.sitting_date), reached)
    });
    Ok(pb::ProductSummary {
        sitting: sittings::wire::name(s.id),
        product: names::of("products", s.product),
        product_display_name: s.product_display_name.clone(),
        state: render::state(s.state).into(),
        attempt: s.attempt,
        panel: count(judging.len()),
        handed_in: among(&whole.handed_in),
        locked: among(&whole.locked),
        bundle: s.bundle.as_ref().map(shared::bundle),
        pre_score,
        mean: output.map(|output| output.mean).unwrap_or_default(),
        outcome: s.outcome.map_or(pb::Outcome::Unspecified, outcome).into(),
        stars: s.stars,
        route: match to {
            None => pb::Route::Unspecified,
            Some(Route::Here) => pb::Route::RecognisedHere,
            Some(Route::Up) => pb::Route::SentUp,
            Some(Route::Ends) => pb::Route::Ends,
        }
        .into(),
    })
}

fn count(many: usize) -> i32 {
    i32::try_from(many).unwrap_or(i32::MAX)
}

/// What is late on a day, the longest first.
///
/// # Errors
/// INTERNAL for a regime that no release knew.
pub fn items(rounds: &[Round], sittings: &[Sitting], on: Date) -> Result<Vec<pb::LateItem>> {
    let dossiers_by: HashMap<Uuid, Date> =
        rounds.iter().filter_map(|round| Some((round.id, round.dossiers_by?))).collect();
    let mut found: Vec<(Late, &str)> = Vec::new();
    for round in rounds {
        found.extend(late(Kind::RoundOpen, round.id, round.close_by, on).map(|late| (late, round.unit.as_str())));
    }
    for sitting in sittings {
        let unfinished = Unfinished {
            id: sitting.id,
            filed: sitting.filing_date,
            sits: sitting.sitting_date,
            dossiers_by: dossiers_by.get(&sitting.round).copied(),
            finish_by: regimes::finish_by(sitting.filing_date, sitting.kind),
            regime: regime_of(&sitting.regime)?,
            re_evaluation: sitting.kind == DossierKind::ReEvaluation,
        };
        found.extend(late_of(&unfinished, on).into_iter().map(|late| (late, sitting.unit.as_str())));
    }
    found.sort_by_key(|(late, _)| (std::cmp::Reverse(late.days), late.kind, late.id));
    Ok(found.iter().map(|(late, unit)| item(late, unit)).collect())
}

fn item(late: &Late, unit: &str) -> pb::LateItem {
    let kind = match late.kind {
        Kind::RoundOpen => pb::LateKind::RoundOpen,
        Kind::DossierFiled => pb::LateKind::DossierFiled,
        Kind::SittingHeld => pb::LateKind::SittingHeld,
        Kind::Transition => pb::LateKind::Transition,
        Kind::ReEvaluation => pb::LateKind::ReEvaluation,
    };
    let resource = if late.kind == Kind::RoundOpen { name(late.id) } else { sittings::wire::name(late.id) };
    pb::LateItem {
        kind: kind.into(),
        resource,
        unit: unit.to_owned(),
        due_date: Some(day::pb(late.due)),
        days_late: i32::try_from(late.days).unwrap_or(i32::MAX),
    }
}
