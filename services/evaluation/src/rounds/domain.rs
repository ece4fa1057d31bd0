//! Where a round stands.

pub mod work;

use reference::regimes::Regime;
use time::Date;

use crate::shared::domain::stored;

/// State of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Sittings are added, marked and graded.
    Open,
    /// Nothing is added; what was graded can still be decided.
    Closed,
}

stored!(State { Open = "open", Closed = "closed" });

/// What is done with a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A product is put before the council, or its sitting goes on.
    Sit,
    /// The round is closed.
    Close,
}

/// What is possible.
pub const TRANSITIONS: &[(State, Verb, State)] =
    &[(State::Open, Verb::Sit, State::Open), (State::Open, Verb::Close, State::Closed)];

/// The state after a verb; none where it is not possible.
#[must_use]
pub fn next(state: State, verb: Verb) -> Option<State> {
    TRANSITIONS.iter().find(|(from, by, _)| *from == state && *by == verb).map(|(_, _, to)| *to)
}

/// True where work under a regime goes on at a day, transition included.
#[must_use]
pub fn in_force(regime: &Regime, day: Date) -> bool {
    regime.in_force_from <= day && regime.in_force_to.is_none_or(|last| day <= last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_closed_round_stays_as_it_is() {
        assert_eq!(next(State::Open, Verb::Sit), Some(State::Open));
        assert_eq!(next(State::Open, Verb::Close), Some(State::Closed));
        assert_eq!(next(State::Closed, Verb::Sit), None);
        assert_eq!(next(State::Closed, Verb::Close), None);
    }

    #[test]
    fn two_regimes_overlap_for_sixty_days_of_2026() {
        let on = |id: &str, day| in_force(reference::regimes::get(id).unwrap(), day);
        assert!(on("q148", date!(2026 - 07 - 20)) && on("q26", date!(2026 - 05 - 22)));
        assert!(!on("q148", date!(2026 - 07 - 21)) && !on("q26", date!(2026 - 05 - 21)));
    }
}
