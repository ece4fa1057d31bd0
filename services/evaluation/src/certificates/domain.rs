//! What a certificate is worth on a day, and what a new one does to the others of its product. Pure.

use reference::calendar::add_months_clamped;
use reference::regimes;
use time::{Date, Duration};
use uuid::Uuid;

use crate::shared::domain::stored;

pub mod renewal;
#[cfg(test)]
mod tests;

/// How the last day is read (domain guide, "Certificates").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndConvention {
    /// The same calendar day some months later is the first day not in force.
    Exclusive,
    /// That day is the last day in force.
    Inclusive,
}

stored!(EndConvention { Exclusive = "exclusive", Inclusive = "inclusive" });

/// Status on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Before the decision.
    NotYetValid,
    /// In force.
    Valid,
    /// In force, with its end in sight.
    Expiring,
    /// Past its end, in force while a timely re-evaluation is pending.
    Grace,
    /// Past its end.
    Expired,
    /// Suspended.
    Suspended,
    /// Revoked.
    Revoked,
    /// Given back.
    Surrendered,
    /// A renewal or an upgrade took its place.
    Superseded,
    /// The day of the decision is known too roughly to tell.
    DateUncertain,
}

impl Status {
    /// True where it ended before its time.
    #[must_use]
    pub fn ended_early(self) -> bool {
        matches!(self, Self::Revoked | Self::Surrendered | Self::Superseded)
    }

    /// True where the certificate is in force.
    #[must_use]
    pub fn in_force(self) -> bool {
        matches!(self, Self::Valid | Self::Expiring | Self::Grace)
    }
}

/// Why a certificate ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// The authority took it back.
    Revoked,
    /// The producer gave it back.
    Surrendered,
    /// A renewal or an upgrade took its place.
    Superseded,
}

stored!(EndKind { Revoked = "revoked", Surrendered = "surrendered", Superseded = "superseded" });

/// What goes on with a certificate for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// It is suspended.
    Suspended,
    /// A re-evaluation under q26 is pending: from the day of filing to the day on which it is settled.
    ReEvaluation,
}

stored!(SpanKind { Suspended = "suspended", ReEvaluation = "re_evaluation" });

/// What happened to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It ended before its time.
    Ended {
        /// Why.
        kind: EndKind,
        /// First day on which it is not in force for that reason.
        on: Date,
    },
    /// Something goes on for a while.
    Span {
        /// What.
        kind: SpanKind,
        /// First day.
        from: Date,
        /// First day on which it is over; none while it goes on.
        until: Option<Date>,
    },
}

/// The days on which the decision may have been made; one day where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// First possible day.
    pub earliest: Date,
    /// Last possible day.
    pub latest: Date,
}

impl Decided {
    /// A known day.
    #[must_use]
    pub fn on(day: Date) -> Self {
        Self { earliest: day, latest: day }
    }

    /// The day, where it is known.
    #[must_use]
    pub fn day(self) -> Option<Date> {
        (self.earliest == self.latest).then_some(self.earliest)
    }
}

/// Settings of the law that a status is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Days before the end from which a certificate is expiring.
    pub expiring: Duration,
    /// Days behind the end during which a pending re-evaluation keeps it in force.
    pub grace: Duration,
}

/// The settings: those of the newest regime that has terms of re-evaluation (26/2026/QĐ-TTg: 180 days both).
#[must_use]
pub fn windows() -> Windows {
    let terms = regimes::all().iter().rev().find_map(|regime| Some((regime.re_evaluation.as_ref()?, regime)));
    let days = |days: u32| Duration::days(days.into());
    Windows {
        expiring: terms.map_or(Duration::ZERO, |(terms, _)| days(terms.apply_not_earlier_than_days_before_expiry)),
        grace: terms.and_then(|(_, regime)| regime.late_re_evaluation_grace_days).map_or(Duration::ZERO, days),
    }
}

/// From when a certificate counts and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// When it was decided.
    pub decided: Decided,
    /// Its life, in months.
    pub months: i32,
    /// How its last day is read.
    pub convention: EndConvention,
}

impl Term {
    /// First day not in force by itself, for the first and the last possible day of the decision.
    #[must_use]
    pub fn out(self) -> Decided {
        let out = |day| first_day_out(day, self.months, self.convention);
        Decided { earliest: out(self.decided.earliest), latest: out(self.decided.latest) }
    }
}

/// First day not in force by itself.
#[must_use]
pub fn first_day_out(decided: Date, months: i32, convention: EndConvention) -> Date {
    let same_day = add_months_clamped(decided, months);
    match convention {
        EndConvention::Exclusive => same_day,
        EndConvention::Inclusive => same_day.next_day().unwrap_or(Date::MAX),
    }
}

/// The status on a day. With a decision whose day is not known: that of every possible day where they agree.
///
/// The possible days of one status follow each other without a gap (a later decision can only move a certificate from
/// its end towards its beginning), so the first and the last of them speak for all between.
#[must_use]
pub fn status(term: &Term, events: &[Event], windows: &Windows, as_of: Date) -> Status {
    let on = |decided| status_if(decided, term, events, windows, as_of);
    let (first, last) = (on(term.decided.earliest), on(term.decided.latest));
    if first == last { first } else { Status::DateUncertain }
}

/// The status on a day if the decision was made on `decided`; the rules in their order.
fn status_if(decided: Date, term: &Term, events: &[Event], windows: &Windows, as_of: Date) -> Status {
    let out = first_day_out(decided, term.months, term.convention);
    if as_of < decided {
        return Status::NotYetValid;
    }
    if let Some(kind) = ended(events, as_of) {
        return match kind {
            EndKind::Revoked => Status::Revoked,
            EndKind::Surrendered => Status::Surrendered,
            EndKind::Superseded => Status::Superseded,
        };
    }
    if as_of >= out {
        let pending = goes_on(events, SpanKind::ReEvaluation, as_of).any(|filed| filed < out);
        let late = later(out, windows.grace);
        return if pending && as_of < late { Status::Grace } else { Status::Expired };
    }
    if goes_on(events, SpanKind::Suspended, as_of).next().is_some() {
        return Status::Suspended;
    }
    if out <= later(as_of, windows.expiring) { Status::Expiring } else { Status::Valid }
}

/// The terminal event in effect: the first one; stored are never two of one certificate.
fn ended(events: &[Event], as_of: Date) -> Option<EndKind> {
    let ends = events.iter().filter_map(|event| match event {
        Event::Ended { kind, on } if *on <= as_of => Some((*on, *kind)),
        _ => None,
    });
    ends.min_by_key(|(on, _)| *on).map(|(_, kind)| kind)
}

/// First days of what goes on at a day.
fn goes_on(events: &[Event], wanted: SpanKind, as_of: Date) -> impl Iterator<Item = Date> {
    events.iter().filter_map(move |event| match event {
        Event::Span { kind, from, until } => {
            let now = *kind == wanted && *from <= as_of && until.is_none_or(|until| as_of < until);
            now.then_some(*from)
        }
        Event::Ended { .. } => None,
    })
}

/// A day later by some days; the last day that can be written where the calendar ends.
#[must_use]
pub fn later(day: Date, by: Duration) -> Date {
    day.checked_add(by).unwrap_or(Date::MAX)
}

/// A certificate as others of its product see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: Uuid,
    /// The products under it, the lead first.
    pub products: Vec<Uuid>,
    /// Its term.
    pub term: Term,
    /// What happened to it.
    pub events: Vec<Event>,
}

/// What a new certificate changes among those of its product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    /// True where no earlier recognition is known.
    pub first: bool,
    /// Certificates that it supersedes, from which day.
    pub superseded: Vec<(Uuid, Date)>,
    /// The later certificate that supersedes it, from which day.
    pub superseded_by: Option<(Uuid, Date)>,
    /// Certificates that counted as the first recognition until now.
    pub demoted: Vec<Uuid>,
}

/// True where a certificate of these products takes the place of one of those: it has the same lead product, or all products of the
/// other one. A product that left its bundle and is recognised alone leaves the bundle's certificate to the rest.
#[must_use]
pub fn replaces(later: &[Uuid], older: &[Uuid]) -> bool {
    later.first() == older.first() || older.iter().all(|product| later.contains(product))
}

/// What a new certificate changes among the `others` of its products, whose events are those that are known. It is the first where
/// none of before has its lead product.
#[must_use]
pub fn consequences(new: &Known, others: &[Known], windows: &Windows) -> Consequences {
    let place = |known: &Known| (known.term.decided.latest, known.id);
    // Whether the lead product of one stands under another that is older.
    let known_before = |of: &Known, older: &Known| {
        place(older) < place(of) && of.products.first().is_some_and(|lead| older.products.contains(lead))
    };
    let first = !others.iter().any(|other| known_before(new, other));
    let demoted = |other: &&Known| known_before(other, new) && !others.iter().any(|older| known_before(other, older));
    let takes = |later: &Known, older: &Known| {
        let day = supersedes(later, older, windows).filter(|_| replaces(&later.products, &older.products));
        day.map(|day| (later.id, older.id, day))
    };
    let superseded = others.iter().filter_map(|older| takes(new, older)).map(|(_, older, day)| (older, day)).collect();
    let by = others.iter().filter_map(|later| takes(later, new)).map(|(later, _, day)| (later, day));
    Consequences {
        first,
        superseded,
        superseded_by: by.min_by_key(|(_, day)| *day),
        demoted: others.iter().filter(demoted).map(|other| other.id).collect(),
    }
}

/// The day from which `later` takes the place of `older`: that of its decision, where the older one was certainly decided
/// before and had not ended by then. A certificate that had expired stays expired: nothing took its place.
fn supersedes(later: &Known, older: &Known, windows: &Windows) -> Option<Date> {
    let day = later.term.decided.latest;
    if older.term.decided.latest >= later.term.decided.earliest {
        return None;
    }
    let then = status(&older.term, &older.events, windows, day);
    (then.in_force() || then == Status::Suspended).then_some(day)
}
