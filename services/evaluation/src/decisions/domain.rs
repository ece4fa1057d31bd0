//! Whether a level may recognise what a sitting came to. Pure.

pub mod signers;

use reference::regimes::Regime;
use time::Date;
use uuid::Uuid;

use crate::councils::domain::Level;
use crate::sittings::domain::{FIRST_RECOGNISED, State, Verb, next};

/// Who decides, and when.
#[derive(Clone, Copy, Debug)]
pub struct Deciding<'a> {
    /// The level of the unit; none for a level that has no council.
    pub level: Option<Level>,
    /// The paths of the unit and of those that it took the place of.
    pub paths: &'a [String],
    /// The decision's day.
    pub day: Date,
}

/// A sitting as a decision sees it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The sitting.
    pub sitting: Uuid,
    /// The products, the lead first.
    pub products: Vec<Uuid>,
    /// The path of the council's unit.
    pub unit_path: &'a str,
    /// Where it stands.
    pub state: State,
    /// Stars that it came to.
    pub stars: i32,
    /// The regime that it was graded under.
    pub regime: &'a Regime,
    /// When the council sat.
    pub sitting_date: Date,
}

/// Why a sitting cannot be decided so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A council of another unit held it.
    OtherUnit,
    /// It is not graded for good.
    NotGraded,
    /// A decision recognised it before.
    Decided,
    /// The decision is dated before it.
    BeforeSitting,
    /// Recognition starts at three stars.
    StarsTooFew,
    /// More stars than the level recognises: the dossier goes up.
    SentUp,
    /// The level recognises no product, or not these stars.
    LevelDoesNotRecognise,
    /// Another sitting of the decision is about the same product, or one of the same.
    ProductTwice,
}

/// Every sitting that cannot be decided so, with its reason, in the order of the decision.
#[must_use]
pub fn refusals(deciding: &Deciding<'_>, candidates: &[Candidate<'_>]) -> Vec<(Uuid, Refusal)> {
    let mut refused = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        let same = |earlier: &Candidate<'_>| earlier.products.iter().any(|of| candidate.products.contains(of));
        let twice = candidates.iter().take(at).any(same);
        let reason = refusal(deciding, candidate).or(twice.then_some(Refusal::ProductTwice));
        refused.extend(reason.map(|reason| (candidate.sitting, reason)));
    }
    refused
}

/// The first reason against a sitting, if any.
fn refusal(deciding: &Deciding<'_>, candidate: &Candidate<'_>) -> Option<Refusal> {
    if !deciding.paths.iter().any(|path| path == candidate.unit_path) {
        return Some(Refusal::OtherUnit);
    }
    if next(candidate.state, Verb::Decide).is_none() {
        return Some(if candidate.state == State::Decided { Refusal::Decided } else { Refusal::NotGraded });
    }
    if deciding.day < candidate.sitting_date {
        return Some(Refusal::BeforeSitting);
    }
    if candidate.stars < FIRST_RECOGNISED {
        return Some(Refusal::StarsTooFew);
    }
    let recognised = recognises(candidate.regime, deciding.level, deciding.day);
    if recognised.contains(&candidate.stars) {
        return None;
    }
    let most = recognised.iter().max();
    Some(if most.is_some_and(|most| candidate.stars > *most) {
        Refusal::SentUp
    } else {
        Refusal::LevelDoesNotRecognise
    })
}

/// Stars that a level recognises under a regime on a day. Dossiers of a regime that has ended are finished as its last
/// days had it.
#[must_use]
pub fn recognises(regime: &Regime, level: Option<Level>, day: Date) -> Vec<i32> {
    let Some(level) = level else { return Vec::new() };
    let mut levels = regime.levels_on(day);
    if levels.is_empty() {
        levels = regime.levels.last().map_or(&[], |period| period.levels.as_slice());
    }
    let stars = levels.iter().filter(|of| of.level == level.as_str()).flat_map(|of| &of.recognises);
    stars.map(|stars| i32::from(*stars)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const PROVINCE: &str = "/vn/54-20180507/";

    fn refused(level: Level, stars: i32, regime: &str, day: Date) -> Option<Refusal> {
        let paths = [PROVINCE.to_owned()];
        let deciding = Deciding { level: Some(level), paths: &paths, day };
        let candidate = candidate(regime, stars);
        refusals(&deciding, &[candidate]).first().map(|(_, reason)| *reason)
    }

    fn candidate(regime: &str, stars: i32) -> Candidate<'static> {
        Candidate {
            sitting: Uuid::from_u128(1),
            products: vec![Uuid::from_u128(2)],
            unit_path: PROVINCE,
            state: State::Graded,
            stars,
            regime: reference::regimes::get(regime).unwrap(),
            sitting_date: date!(2021 - 10 - 05),
        }
    }

    #[test]
    fn each_level_recognises_what_its_regime_lets_it_on_that_day() {
        use Level as L;
        let cases = [
            ("q1048", L::District, 3, date!(2021 - 12 - 01), Some(Refusal::LevelDoesNotRecognise)),
            ("q1048", L::Province, 2, date!(2021 - 12 - 01), Some(Refusal::StarsTooFew)),
            ("q1048", L::Province, 0, date!(2021 - 12 - 01), Some(Refusal::StarsTooFew)),
            ("q1048", L::Province, 3, date!(2021 - 12 - 01), None),
            ("q1048", L::Province, 4, date!(2021 - 12 - 01), None),
            ("q1048", L::Province, 5, date!(2021 - 12 - 01), Some(Refusal::SentUp)),
            ("q1048", L::Central, 5, date!(2021 - 12 - 01), None),
            ("q1048", L::Central, 4, date!(2021 - 12 - 01), Some(Refusal::LevelDoesNotRecognise)),
            ("q1048", L::Province, 4, date!(2023 - 05 - 01), None),
            ("q148", L::District, 3, date!(2024 - 05 - 01), None),
            ("q148", L::District, 4, date!(2024 - 05 - 01), Some(Refusal::SentUp)),
            ("q148", L::Province, 3, date!(2024 - 05 - 01), Some(Refusal::LevelDoesNotRecognise)),
            ("q148", L::Province, 3, date!(2025 - 07 - 06), None),
            ("q148", L::District, 3, date!(2025 - 07 - 06), Some(Refusal::LevelDoesNotRecognise)),
        ];
        for (regime, level, stars, day, expected) in cases {
            assert_eq!(refused(level, stars, regime, day), expected, "{regime} {level:?} {stars} {day}");
        }
    }

    #[test]
    fn a_sitting_is_refused_for_its_unit_its_state_its_day_and_a_repeated_product() {
        let paths = ["/vn/66-20250701/".to_owned(), PROVINCE.to_owned()];
        let deciding = Deciding { level: Some(Level::Province), paths: &paths, day: date!(2021 - 12 - 01) };
        let good = candidate("q1048", 3);
        let cases = [
            (Candidate { unit_path: "/vn/54-20180507/555-20180507/", ..good.clone() }, Some(Refusal::OtherUnit)),
            (Candidate { state: State::Open, ..good.clone() }, Some(Refusal::NotGraded)),
            (Candidate { state: State::Rescore, ..good.clone() }, Some(Refusal::NotGraded)),
            (Candidate { state: State::Decided, ..good.clone() }, Some(Refusal::Decided)),
            (Candidate { sitting_date: date!(2021 - 12 - 02), ..good.clone() }, Some(Refusal::BeforeSitting)),
            (Candidate { sitting_date: date!(2021 - 12 - 01), ..good.clone() }, None),
        ];
        for (candidate, expected) in cases {
            let found = refusals(&deciding, std::slice::from_ref(&candidate)).first().map(|(_, reason)| *reason);
            assert_eq!(found, expected, "{candidate:?}");
        }
        let (sitting, products) = (Uuid::from_u128(9), vec![Uuid::from_u128(3), Uuid::from_u128(2)]);
        let again = Candidate { sitting, products, ..good.clone() };
        assert_eq!(refusals(&deciding, &[good, again]), [(sitting, Refusal::ProductTwice)], "in a bundle too");
    }

    #[test]
    fn a_unit_without_a_council_recognises_nothing() {
        let paths = [PROVINCE.to_owned()];
        let deciding = Deciding { level: None, paths: &paths, day: date!(2021 - 12 - 01) };
        let found = refusals(&deciding, &[candidate("q1048", 3)]);
        assert_eq!(found, [(Uuid::from_u128(1), Refusal::LevelDoesNotRecognise)]);
    }
}
