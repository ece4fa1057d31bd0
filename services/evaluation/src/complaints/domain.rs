//! The walk of a complaint and its terms. Pure.

use reference::holidays::Due;
use reference::terms::{self, Term, Terms};
use time::{Date, Duration};

use crate::certificates::domain::later;
use crate::shared::domain::stored;

/// What came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A complaint.
    Complaint,
    /// A request to look again at a result.
    LookAgain,
    /// A report of misuse of the mark.
    MarkMisuse,
}

stored!(Kind { Complaint = "complaint", LookAgain = "look_again", MarkMisuse = "mark_misuse" });

impl Kind {
    /// Days to decide, from the day of acceptance, where the case says nothing else.
    #[must_use]
    pub fn decide_days(self) -> i32 {
        self.terms().map_or(0, |terms| i32::try_from(terms.decide.days).unwrap_or(i32::MAX))
    }

    fn terms(self) -> Option<&'static Terms> {
        terms::complaint(self.as_str())
    }

    fn decide(self) -> Option<&'static Term> {
        self.terms().map(|terms| &terms.decide)
    }
}

/// State.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It came in.
    Received,
    /// It is being looked into.
    Accepted,
    /// It is not looked into.
    Rejected,
    /// Decided.
    Decided,
    /// Taken back.
    Withdrawn,
}

stored!(State {
    Received = "received",
    Accepted = "accepted",
    Rejected = "rejected",
    Decided = "decided",
    Withdrawn = "withdrawn",
});

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It is taken up.
    Accept,
    /// It is not.
    Reject,
    /// It is decided.
    Decide,
    /// It is taken back.
    Withdraw,
}

stored!(Verb { Accept = "accept", Reject = "reject", Decide = "decide", Withdraw = "withdraw" });

/// What is possible.
pub const TRANSITIONS: &[(State, Verb, State)] = &[
    (State::Received, Verb::Accept, State::Accepted),
    (State::Received, Verb::Reject, State::Rejected),
    (State::Received, Verb::Withdraw, State::Withdrawn),
    (State::Accepted, Verb::Decide, State::Decided),
    (State::Accepted, Verb::Withdraw, State::Withdrawn),
];

/// Outcome of a decided one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was right.
    Upheld,
    /// In part.
    UpheldInPart,
    /// It was not.
    Dismissed,
}

stored!(Outcome { Upheld = "upheld", UpheldInPart = "upheld_in_part", Dismissed = "dismissed" });

/// Until when a received one must be accepted or rejected.
#[must_use]
pub fn accept_by(kind: Kind, received: Date) -> Due {
    kind.terms().map_or(Due { date: received, provisional: true }, |terms| terms.accept.due(received))
}

/// Until when an accepted one must be decided: by the term of its kind, or by calendar days where the case says another number.
#[must_use]
pub fn decide_by(kind: Kind, accepted: Date, days: i32) -> Due {
    match kind.decide().filter(|_| days == kind.decide_days()) {
        Some(term) => term.due(accepted),
        None => Due { date: later(accepted, Duration::days(days.into())), provisional: false },
    }
}

/// What stands behind the term that runs, if one does: the law, or that the case sets it.
#[must_use]
pub fn basis(kind: Kind, state: State, days: i32) -> String {
    let of = |term: Option<&Term>| term.map(|term| term.source.clone()).unwrap_or_default();
    match state {
        State::Received => of(kind.terms().map(|terms| &terms.accept)),
        State::Accepted if days != kind.decide_days() => "set by the case".to_owned(),
        State::Accepted => of(kind.decide()),
        State::Rejected | State::Decided | State::Withdrawn => String::new(),
    }
}

/// By how many days something came, or comes, behind its due day.
#[must_use]
pub fn days_late(due: Date, on: Date) -> i64 {
    (on - due).whole_days().max(0)
}

/// True while somebody still has to act.
#[must_use]
pub fn waits(state: State) -> bool {
    matches!(state, State::Received | State::Accepted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::steps::{next, possible};
    use time::macros::date;

    #[test]
    fn a_complaint_walks_by_its_table_only() {
        use State::{Accepted, Decided, Received, Rejected, Withdrawn};
        let cases = [
            (Received, Verb::Decide, None),
            (Received, Verb::Accept, Some(Accepted)),
            (Accepted, Verb::Reject, None),
            (Accepted, Verb::Decide, Some(Decided)),
            (Accepted, Verb::Withdraw, Some(Withdrawn)),
        ];
        for (state, verb, expected) in cases {
            assert_eq!(next(TRANSITIONS, state, &verb), expected, "{state:?} {verb:?}");
        }
        for last in [Rejected, Decided, Withdrawn] {
            assert_eq!(possible(TRANSITIONS, &last), []);
            assert!(!waits(last));
        }
    }

    #[test]
    fn the_terms_run_to_the_day() {
        let received = date!(2026 - 02 - 20);
        assert_eq!(accept_by(Kind::Complaint, received).date, date!(2026 - 03 - 02), "calendar days");
        assert_eq!(accept_by(Kind::MarkMisuse, received).date, date!(2026 - 03 - 06), "working days");
        let decide = |kind: Kind| decide_by(kind, date!(2026 - 03 - 02), kind.decide_days()).date;
        assert_eq!(decide(Kind::LookAgain), date!(2026 - 03 - 17));
        assert_eq!(decide(Kind::Complaint), date!(2026 - 04 - 01));
        assert_eq!(decide_by(Kind::MarkMisuse, date!(2026 - 03 - 02), 7).date, date!(2026 - 03 - 09), "the case's own");
        assert!(basis(Kind::Complaint, State::Received, 30).contains("02/2011/QH13"));
        assert_eq!(basis(Kind::Complaint, State::Accepted, 7), "set by the case");
        assert_eq!(basis(Kind::Complaint, State::Decided, 30), "");
        assert_eq!(days_late(date!(2026 - 03 - 02), date!(2026 - 03 - 02)), 0);
        assert_eq!(days_late(date!(2026 - 03 - 02), date!(2026 - 03 - 05)), 3);
        assert_eq!(days_late(date!(2026 - 03 - 02), date!(2026 - 02 - 25)), 0);
    }
}
