//! The walk of a complaint and its terms. Pure.

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
        match self {
            Self::Complaint | Self::MarkMisuse => 30,
            Self::LookAgain => 15,
        }
    }
}

/// Days to accept or reject, from the day of receipt.
pub const ACCEPT_DAYS: i64 = 10;

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

/// Until when a received one must be accepted.
#[must_use]
pub fn accept_by(received: Date) -> Date {
    later(received, Duration::days(ACCEPT_DAYS))
}

/// Until when an accepted one must be decided.
#[must_use]
pub fn decide_by(accepted: Date, days: i32) -> Date {
    later(accepted, Duration::days(days.into()))
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
        assert_eq!(accept_by(received), date!(2026 - 03 - 02));
        assert_eq!(decide_by(date!(2026 - 03 - 02), Kind::LookAgain.decide_days()), date!(2026 - 03 - 17));
        assert_eq!(decide_by(date!(2026 - 03 - 02), Kind::Complaint.decide_days()), date!(2026 - 04 - 01));
        assert_eq!(days_late(date!(2026 - 03 - 02), date!(2026 - 03 - 02)), 0);
        assert_eq!(days_late(date!(2026 - 03 - 02), date!(2026 - 03 - 05)), 3);
        assert_eq!(days_late(date!(2026 - 03 - 02), date!(2026 - 02 - 25)), 0);
    }
}
