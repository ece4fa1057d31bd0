//! A round's last days by regime, where its products go, and what of it is late. Pure.

use reference::regimes::{Regime, RegimeLevel};
use time::{Date, Duration, Month};
use uuid::Uuid;

use crate::councils::domain::Level;

/// The last days of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// For dossiers.
    pub dossiers_by: Date,
    /// For the round itself.
    pub close_by: Date,
}

/// The levels of a regime on a day; dossiers of a regime that has ended are finished as its last days had it.
fn levels_on(regime: &Regime, day: Date) -> &[RegimeLevel] {
    let levels = regime.levels_on(day);
    if levels.is_empty() { regime.levels.last().map_or(&[], |period| period.levels.as_slice()) } else { levels }
}

/// The last days that a regime gives to the first of a level's rounds that closes on or after a day; none where the regime names
/// no rounds. "Before 30 June" is read as up to and with that day.
#[must_use]
pub fn terms(regime: &Regime, level: Level, opens: Date) -> Option<Terms> {
    let of = levels_on(regime, opens).iter().find(|of| of.level == level.as_str())?;
    let pairs = of.round_closes.iter().zip(&of.dossiers_in_by);
    let all = pairs.flat_map(|(close, dossiers)| {
        [opens.year(), opens.year() + 1].into_iter().filter_map(move |year| {
            let close_by = on(year, close)?;
            let same = on(year, dossiers)?;
            let dossiers_by = if same <= close_by { same } else { on(year - 1, dossiers)? };
            Some(Terms { dossiers_by, close_by })
        })
    });
    all.filter(|terms| terms.close_by >= opens).min_by_key(|terms| terms.close_by)
}

/// The day of a month and day (`06-30`) in a year.
fn on(year: i32, month_day: &str) -> Option<Date> {
    let (month, day) = month_day.split_once('-')?;
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year, month, day.parse().ok()?).ok()
}

/// Points from which a level sends a dossier up under a regime on a day.
#[must_use]
pub fn sends_up_from(regime: &Regime, level: Level, day: Date) -> Option<i32> {
    levels_on(regime, day).iter().find(|of| of.level == level.as_str())?.sends_up_from_points
}

/// Where a product goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The level recognises it.
    Here,
    /// To the next level.
    Up,
    /// Nowhere.
    Ends,
}

/// What came of a product.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    /// True where stars were given, not a knock-out.
    pub graded: bool,
    /// The stars.
    pub stars: i32,
    /// Numerator of the mean.
    pub sum: i64,
    /// Its denominator.
    pub count: i64,
}

/// Where a graded product goes: a level decides the stars that it recognises; more than those go up from the points of the
/// regime on. With 90 points and a failed 5-star mark the province decides (domain guide, grading rule 7).
#[must_use]
pub fn route(recognises: &[i32], sends_up_from: Option<i32>, reached: Reached) -> Route {
    if !reached.graded || reached.stars < 3 {
        return Route::Ends;
    }
    if recognises.contains(&reached.stars) {
        return Route::Here;
    }
    let most = recognises.iter().max().copied().unwrap_or(0);
    let enough = sends_up_from.is_some_and(|from| reached.sum >= i64::from(from) * reached.count);
    if enough && reached.stars > most { Route::Up } else { Route::Ends }
}

/// What of a round is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An open round behind its last day.
    RoundOpen,
    /// A dossier behind the last day for dossiers.
    DossierFiled,
    /// A sitting that was to be held.
    SittingHeld,
    /// A dossier of an ended regime.
    Transition,
    /// A re-evaluation.
    ReEvaluation,
}

/// One thing that is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// What of it.
    pub kind: Kind,
    /// The round or sitting.
    pub id: Uuid,
    /// The last day in time.
    pub due: Date,
    /// Days since.
    pub days: i64,
}

/// An unfinished sitting as lateness sees it.
#[derive(Clone, Copy, Debug)]
pub struct Unfinished<'r> {
    /// The sitting.
    pub id: Uuid,
    /// When the dossier was filed.
    pub filed: Date,
    /// When the council sits.
    pub sits: Date,
    /// The last day for dossiers of its round.
    pub dossiers_by: Option<Date>,
    /// The last day by a transition rule.
    pub finish_by: Option<Date>,
    /// The regime.
    pub regime: &'r Regime,
    /// True for a re-evaluation.
    pub re_evaluation: bool,
}

/// One thing that is late on a day, if it is.
#[must_use]
pub fn late(kind: Kind, id: Uuid, due: Option<Date>, day: Date) -> Option<Late> {
    let due = due.filter(|due| *due < day)?;
    Some(Late { kind, id, due, days: (day - due).whole_days() })
}

/// Everything that is late of an unfinished sitting on a day. How late a dossier was filed stays as it is.
#[must_use]
pub fn late_of(sitting: &Unfinished<'_>, day: Date) -> Vec<Late> {
    let id = sitting.id;
    let term = sitting.regime.re_evaluation.as_ref().filter(|_| sitting.re_evaluation);
    let re_evaluated = term.map(|term| sitting.filed + Duration::days(term.decide_within_days.into()));
    let found = [
        late(Kind::DossierFiled, id, sitting.dossiers_by, sitting.filed),
        late(Kind::SittingHeld, id, Some(sitting.sits), day),
        late(Kind::Transition, id, sitting.finish_by, day),
        late(Kind::ReEvaluation, id, re_evaluated, day),
    ];
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn regime(id: &str) -> &'static Regime {
        reference::regimes::get(id).unwrap()
    }

    #[test]
    fn the_rounds_of_26_close_four_times_a_year_and_the_centres_reach_back_over_new_year() {
        let cases = [
            (Level::Province, date!(2026 - 06 - 01), date!(2026 - 04 - 30), date!(2026 - 06 - 30)),
            (Level::Province, date!(2026 - 06 - 30), date!(2026 - 04 - 30), date!(2026 - 06 - 30)),
            (Level::Province, date!(2026 - 07 - 01), date!(2026 - 10 - 30), date!(2026 - 12 - 30)),
            (Level::Province, date!(2026 - 12 - 31), date!(2027 - 04 - 30), date!(2027 - 06 - 30)),
            (Level::Central, date!(2026 - 09 - 01), date!(2026 - 07 - 30), date!(2026 - 09 - 30)),
            (Level::Central, date!(2026 - 10 - 01), date!(2027 - 01 - 30), date!(2027 - 03 - 30)),
        ];
        for (level, opens, dossiers_by, close_by) in cases {
            assert_eq!(terms(regime("q26"), level, opens), Some(Terms { dossiers_by, close_by }), "{level:?} {opens}");
        }
        assert_eq!(terms(regime("q1048"), Level::Province, date!(2021 - 06 - 01)), None);
        assert_eq!(terms(regime("q26"), Level::District, date!(2026 - 06 - 01)), None);
    }

    #[test]
    fn each_level_sends_up_what_it_does_not_decide() {
        let to = |id: &str, level: Level, day: Date, stars: i32, points: i64| {
            let recognises = crate::decisions::domain::recognises(regime(id), Some(level), day);
            let reached = Reached { graded: true, stars, sum: points, count: 1 };
            route(&recognises, sends_up_from(regime(id), level, day), reached)
        };
        let (in_2021, in_2024) = (date!(2021 - 10 - 05), date!(2024 - 05 - 01));
        let (in_2025, in_2026) = (date!(2025 - 07 - 06), date!(2026 - 10 - 05));
        use Level::{Central, District, Province};
        let cases = [
            ("q1048", District, in_2021, 3, 50, Route::Up),
            ("q1048", District, in_2021, 2, 49, Route::Ends),
            ("q1048", Province, in_2021, 4, 89, Route::Here),
            ("q1048", Province, in_2021, 5, 90, Route::Up),
            ("q1048", Central, in_2021, 5, 90, Route::Here),
            ("q148", District, in_2024, 3, 69, Route::Here),
            ("q148", District, in_2024, 4, 70, Route::Up),
            ("q148", Province, in_2024, 4, 89, Route::Here),
            ("q148", Province, in_2024, 3, 60, Route::Ends),
            ("q148", Province, in_2025, 3, 60, Route::Here),
            ("q26", Province, in_2026, 5, 90, Route::Up),
            ("q26", Province, in_2026, 4, 95, Route::Here),
            ("q26", Province, in_2026, 0, 95, Route::Ends),
        ];
        for (id, level, day, stars, points, expected) in cases {
            assert_eq!(to(id, level, day, stars, points), expected, "{id} {level:?} {day} {stars} {points}");
        }
        let knocked_out = Reached { graded: false, stars: 0, sum: 95, count: 1 };
        assert_eq!(route(&[3, 4], Some(90), knocked_out), Route::Ends);
    }

    #[test]
    fn the_last_day_is_in_time_and_the_next_one_is_a_day_late() {
        let id = Uuid::from_u128(1);
        let due = date!(2026 - 10 - 05);
        assert_eq!(late(Kind::RoundOpen, id, Some(due), due), None);
        let found = late(Kind::RoundOpen, id, Some(due), date!(2026 - 10 - 06)).unwrap();
        assert_eq!((found.due, found.days), (due, 1));
        assert_eq!(late(Kind::RoundOpen, id, None, due), None);
    }

    #[test]
    fn a_re_evaluation_has_forty_five_days_and_a_late_filing_stays_as_late_as_it_was() {
        let sitting = Unfinished {
            id: Uuid::from_u128(1),
            filed: date!(2026 - 08 - 01),
            sits: date!(2026 - 12 - 01),
            dossiers_by: Some(date!(2026 - 07 - 30)),
            finish_by: None,
            regime: regime("q26"),
            re_evaluation: true,
        };
        let found = |day| -> Vec<(Kind, i64)> { late_of(&sitting, day).iter().map(|l| (l.kind, l.days)).collect() };
        assert_eq!(found(date!(2026 - 09 - 15)), [(Kind::DossierFiled, 2)], "the forty-fifth day");
        assert_eq!(found(date!(2026 - 09 - 16)), [(Kind::DossierFiled, 2), (Kind::ReEvaluation, 1)]);
        let later = found(date!(2026 - 12 - 03));
        assert_eq!(later, [(Kind::DossierFiled, 2), (Kind::SittingHeld, 2), (Kind::ReEvaluation, 79)]);
        let first = Unfinished { re_evaluation: false, dossiers_by: None, ..sitting };
        assert!(late_of(&first, date!(2026 - 11 - 01)).is_empty());
        let transition = Unfinished { finish_by: Some(date!(2026 - 07 - 20)), ..first };
        let found = late_of(&transition, date!(2026 - 07 - 22));
        assert_eq!(found.iter().map(|l| (l.kind, l.days)).collect::<Vec<_>>(), [(Kind::Transition, 2)]);
    }
}
