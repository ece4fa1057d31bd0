//! What a certificate is worth on a day, as far as the copy knows.

use reference::calendar::add_months_clamped;
use time::Date;
use uuid::Uuid;

use crate::shared::states::numbered;

numbered! {
    /// What a product's recognition comes to on a day.
    pub enum Standing {
        /// No certificate was decided by then.
        Never = 1 "NEVER",
        /// One is in force.
        InForce = 2 "IN_FORCE",
        /// It had one.
        Lapsed = 3 "LAPSED",
        /// It has one that is suspended.
        Suspended = 4 "SUSPENDED",
    }
}

numbered! {
    /// Why a certificate ended before its time.
    pub enum End {
        /// It was revoked.
        Revoked = 1 "REVOKED",
        /// It was given back.
        Surrendered = 2 "SURRENDERED",
        /// Another took its place.
        Superseded = 3 "SUPERSEDED",
    }
}

/// How long a certificate lasts where its event does not say until when: events of before the field was there.
const MONTHS: i32 = 36;

/// A certificate as the copy holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The certificate.
    pub certificate: Uuid,
    /// Its stars.
    pub stars: i32,
    /// The last day on which it may have been decided.
    pub decision_date: Date,
    /// The first day on which it may not be in force by itself.
    pub first_out: Date,
    /// The first day on which it is not, because it ended before its time.
    pub end_date: Option<Date>,
    /// Why it ended before its time; none too where the event did not say.
    pub end: Option<End>,
    /// Since when it is suspended on the day that is asked for.
    pub suspended_since: Option<Date>,
}

/// The standing of a product on a day by the certificate that is in force then, else by the last one decided by then.
#[must_use]
pub fn standing(held: Option<&Held>, on: Date) -> Standing {
    match held {
        Some(held) if held.decision_date > on => Standing::Never,
        Some(held) if on >= held.first_out || held.end_date.is_some_and(|end| on >= end) => Standing::Lapsed,
        Some(held) if held.suspended_since.is_some() => Standing::Suspended,
        Some(_) => Standing::InForce,
        None => Standing::Never,
    }
}

/// The first day not in force, where an event does not tell it: the usual term from the first possible decision.
#[must_use]
pub fn usual_out(earliest: Date) -> Date {
    add_months_clamped(earliest, MONTHS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_certificate_is_in_force_from_its_decision_to_the_day_before_it_is_out_or_ended() {
        let held = Held {
            certificate: Uuid::nil(),
            stars: 4,
            decision_date: date!(2020 - 02 - 04),
            first_out: usual_out(date!(2020 - 02 - 04)),
            end_date: None,
            end: None,
            suspended_since: None,
        };
        let suspended = Held { suspended_since: Some(date!(2020 - 12 - 01)), ..held.clone() };
        let ended = Held { end_date: Some(date!(2021 - 01 - 01)), ..held.clone() };
        for (held, on, expected) in [
            (None, date!(2021 - 01 - 01), Standing::Never),
            (Some(&held), date!(2020 - 02 - 03), Standing::Never),
            (Some(&held), date!(2020 - 02 - 04), Standing::InForce),
            (Some(&held), date!(2023 - 02 - 03), Standing::InForce),
            (Some(&held), date!(2023 - 02 - 04), Standing::Lapsed),
            (Some(&ended), date!(2020 - 12 - 31), Standing::InForce),
            (Some(&ended), date!(2021 - 01 - 01), Standing::Lapsed),
            (Some(&suspended), date!(2020 - 12 - 01), Standing::Suspended),
            (Some(&suspended), date!(2023 - 02 - 04), Standing::Lapsed),
        ] {
            assert_eq!(standing(held, on), expected, "{on}");
        }
    }

    #[test]
    fn the_usual_term_ends_on_the_same_day_or_the_last_of_february() {
        assert_eq!(usual_out(date!(2020 - 02 - 29)), date!(2023 - 02 - 28));
    }
}
