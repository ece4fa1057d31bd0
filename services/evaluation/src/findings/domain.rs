//! The walk of a finding. Pure.

use time::Date;

use crate::shared::domain::stored;

/// State of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The producer must act.
    Open,
    /// The producer says that it has acted.
    Reported,
    /// Settled.
    Closed,
    /// The authority must act.
    Escalated,
}

stored!(State { Open = "open", Reported = "reported", Closed = "closed", Escalated = "escalated" });

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The producer reports.
    Report,
    /// What was reported is accepted.
    Close,
    /// It is not.
    Reopen,
    /// The authority takes over.
    Escalate,
}

stored!(Verb { Report = "report", Close = "close", Reopen = "reopen", Escalate = "escalate" });

/// What is possible.
pub const TRANSITIONS: &[(State, Verb, State)] = &[
    (State::Open, Verb::Report, State::Reported),
    (State::Open, Verb::Escalate, State::Escalated),
    (State::Reported, Verb::Close, State::Closed),
    (State::Reported, Verb::Reopen, State::Open),
    (State::Reported, Verb::Escalate, State::Escalated),
];

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// A blemish.
    Minor,
    /// A criterion is in doubt.
    Major,
    /// A criterion is not met, or a law is broken.
    Critical,
}

stored!(Severity { Minor = "minor", Major = "major", Critical = "critical" });

/// True where the producer should have acted.
#[must_use]
pub fn overdue(state: State, due: Date, today: Date) -> bool {
    state == State::Open && due < today
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::steps::{next, possible};
    use time::macros::date;

    #[test]
    fn a_finding_walks_by_its_table_only() {
        let states = [State::Open, State::Reported, State::Closed, State::Escalated];
        let verbs = [Verb::Report, Verb::Close, Verb::Reopen, Verb::Escalate];
        let mut allowed = 0;
        for state in states {
            for verb in verbs {
                allowed += usize::from(next(TRANSITIONS, state, &verb).is_some());
            }
        }
        assert_eq!(allowed, TRANSITIONS.len());
        for last in [State::Closed, State::Escalated] {
            assert_eq!(possible(TRANSITIONS, &last), []);
        }
    }

    #[test]
    fn an_action_is_overdue_from_the_day_behind_its_due_day() {
        let due = date!(2026 - 05 - 01);
        assert!(!overdue(State::Open, due, due));
        assert!(overdue(State::Open, due, date!(2026 - 05 - 02)));
        assert!(!overdue(State::Reported, due, date!(2026 - 05 - 02)));
    }
}
