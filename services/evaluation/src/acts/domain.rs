//! Which act is possible on a certificate, by whom, and by when. Pure.

use reference::regimes::{self, Regime};
use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use crate::certificates::domain::{Status, later};
use crate::councils::domain::Level;
use crate::decisions::domain::recognises;
use crate::shared::domain::stored;

#[cfg(test)]
mod tests;

/// What an act does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Suspends.
    Suspend,
    /// Lifts the suspension.
    Lift,
    /// Revokes.
    Revoke,
    /// The producer gives it back.
    Surrender,
    /// Corrects its texts.
    Correct,
    /// Hands it over.
    Transfer,
}

stored!(Kind {
    Suspend = "suspend",
    Lift = "lift",
    Revoke = "revoke",
    Surrender = "surrender",
    Correct = "correct",
    Transfer = "transfer",
});

/// The six causes of revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// False or forged papers.
    FalsePapers,
    /// Criteria no longer met.
    CriteriaNotMet,
    /// A breach of law.
    BreachOfLaw,
    /// The mark was misused.
    MarkMisused,
    /// Production has stopped.
    ProductionStopped,
    /// Another conclusion of an authority.
    OtherConclusion,
}

stored!(Cause {
    FalsePapers = "false_papers",
    CriteriaNotMet = "criteria_not_met",
    BreachOfLaw = "breach_of_law",
    MarkMisused = "mark_misused",
    ProductionStopped = "production_stopped",
    OtherConclusion = "other_conclusion",
});

/// What is possible, by the status on the act's day.
pub const POSSIBLE: &[(Status, &[Kind])] = &[
    (Status::NotYetValid, &[]),
    (Status::Valid, &[Kind::Suspend, Kind::Revoke, Kind::Surrender, Kind::Correct, Kind::Transfer]),
    (Status::Expiring, &[Kind::Suspend, Kind::Revoke, Kind::Surrender, Kind::Correct, Kind::Transfer]),
    (Status::Grace, &[Kind::Suspend, Kind::Revoke, Kind::Surrender, Kind::Correct, Kind::Transfer]),
    (Status::Suspended, &[Kind::Lift, Kind::Revoke, Kind::Surrender, Kind::Correct, Kind::Transfer]),
    (Status::Expired, &[Kind::Revoke, Kind::Correct]),
    (Status::Superseded, &[Kind::Correct]),
    (Status::Revoked, &[]),
    (Status::Surrendered, &[]),
    (Status::DateUncertain, &[Kind::Suspend, Kind::Revoke, Kind::Surrender, Kind::Correct]),
];

/// The acts that a status allows.
#[must_use]
pub fn possible(status: Status) -> &'static [Kind] {
    POSSIBLE.iter().find(|(of, _)| *of == status).map_or(&[], |(_, kinds)| kinds)
}

/// The regime in force on a day; the first one for days before it.
#[must_use]
pub fn ruling(day: Date) -> Option<&'static Regime> {
    let all = regimes::all();
    all.iter().rev().find(|regime| regime.in_force_from <= day).or_else(|| all.first())
}

/// True where a level has authority over a certificate of these stars: it recognises them on the act's day, or it did
/// under the certificate's own regime on the day of its decision.
#[must_use]
pub fn has_authority(level: Option<Level>, stars: i32, act_date: Date, own: &Regime, decided: Date) -> bool {
    let now = ruling(act_date).is_some_and(|regime| recognises(regime, level, act_date).contains(&stars));
    now || recognises(own, level, decided).contains(&stars)
}

/// The last day that the law gives for a revocation, and by how many days an act is late.
#[must_use]
pub fn term(conclusion: Date, act_date: Date) -> Option<(Date, i64)> {
    let days = ruling(act_date)?.revocation_within_days?;
    let due = later(conclusion, Duration::days(days.into()));
    Some((due, (act_date - due).whole_days().max(0)))
}

/// A text of a certificate that a correction changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field.
    pub field: String,
    /// What it said.
    pub before: String,
    /// What it says now.
    pub after: String,
}

/// The changes of a correction: pairs of field, old text and wanted text, without those that are empty or equal.
#[must_use]
pub fn changes(wanted: &[(&str, &str, &str)]) -> Vec<Change> {
    let changed = wanted.iter().filter(|(_, before, after)| !after.is_empty() && before != after);
    let change = |(field, before, after): &(&str, &str, &str)| Change {
        field: (*field).to_owned(),
        before: (*before).to_owned(),
        after: (*after).to_owned(),
    };
    changed.map(change).collect()
}
