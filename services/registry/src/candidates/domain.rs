//! How candidates move, and how they are counted.

use time::{Date, Month};

use crate::shared::states::numbered;

numbered! {
    /// Where a candidate stands.
    pub enum CandidateState {
        /// Named by somebody.
        Proposed = 1 "PROPOSED",
        /// Taken into the plan of the year.
        Accepted = 2 "ACCEPTED",
        /// Its dossier was filed.
        Filed = 3 "FILED",
        /// Taken off the list.
        Dropped = 4 "DROPPED",
        /// On the list of the next year.
        CarriedOver = 5 "CARRIED_OVER",
    }
}

numbered! {
    /// What can be done with a candidate; the word is the RPC.
    pub enum CandidateStep {
        /// Its content changes.
        Update = 1 "UpdateProductCandidate",
        /// An idea becomes a product.
        Register = 2 "RegisterCandidate",
        /// It is taken into the plan.
        Accept = 3 "AcceptCandidate",
        /// Its dossier is filed.
        File = 4 "FileCandidate",
        /// It is taken off the list.
        Drop = 5 "DropCandidate",
        /// It goes on on the next year's list.
        CarryOver = 6 "CarryOverCandidates",
        /// Its dossier comes to nothing: it was withdrawn, or rejected at intake.
        Reopen = 7 "WithdrawDossier, RejectDossier",
    }
}

/// All that can be done with a candidate; what is not here is refused.
pub const CANDIDATE: &[(CandidateState, CandidateStep, CandidateState)] = &[
    (CandidateState::Proposed, CandidateStep::Update, CandidateState::Proposed),
    (CandidateState::Proposed, CandidateStep::Register, CandidateState::Proposed),
    (CandidateState::Proposed, CandidateStep::Accept, CandidateState::Accepted),
    (CandidateState::Proposed, CandidateStep::Drop, CandidateState::Dropped),
    (CandidateState::Proposed, CandidateStep::CarryOver, CandidateState::CarriedOver),
    (CandidateState::Accepted, CandidateStep::Update, CandidateState::Accepted),
    (CandidateState::Accepted, CandidateStep::Register, CandidateState::Accepted),
    (CandidateState::Accepted, CandidateStep::File, CandidateState::Filed),
    (CandidateState::Accepted, CandidateStep::Drop, CandidateState::Dropped),
    (CandidateState::Accepted, CandidateStep::CarryOver, CandidateState::CarriedOver),
    (CandidateState::Filed, CandidateStep::Reopen, CandidateState::Accepted),
];

/// The states in which a candidate is carried over.
pub const OPEN: [CandidateState; 2] = [CandidateState::Proposed, CandidateState::Accepted];

/// The contract's number of the kind FIRST, the only one of an idea.
pub const FIRST: i32 = 1;

/// New values for some fields; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New stars.
    pub target_stars: Option<i32>,
    /// New kind: the contract's number.
    pub kind: Option<i32>,
    /// New name of an idea.
    pub display_name: Option<String>,
    /// New producer of an idea; `Some(None)` takes it away.
    pub producer: Option<Option<uuid::Uuid>>,
    /// New set of an idea.
    pub product_set: Option<String>,
}

impl Change {
    /// True where something changes that a product has of its own.
    #[must_use]
    pub fn of_idea(&self) -> bool {
        self.display_name.is_some() || self.producer.is_some() || self.product_set.is_some()
    }
}

/// What stands once on a year's list: an idea, by its commune and the folded name.
#[must_use]
pub fn idea(unit: &str, display_name: &str) -> String {
    format!("{unit}/{}", reference::text::fold(display_name))
}

/// The first day on which a list may be carried over to the next year: its last month must have begun.
#[must_use]
pub fn carries_from(year: i32) -> Option<Date> {
    Date::from_calendar_date(year, Month::December, 1).ok()
}

/// Candidates of one unit that are alike, as the store counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The state's number.
    pub state: i32,
    /// The kind's number.
    pub kind: i32,
    /// The stars aimed at.
    pub stars: i32,
    /// True for ideas.
    pub idea: bool,
    /// True for samples.
    pub sample: bool,
    /// How many.
    pub count: i32,
}

/// The counts of one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By state, in the contract's order.
    pub states: [i32; 5],
    /// Of what is on the list: by stars, 3 to 5.
    pub stars: [i32; 3],
    /// Of what is on the list: for the first time.
    pub first: i32,
    /// Of what is on the list: ideas.
    pub ideas: i32,
    /// Of what is on the list: samples.
    pub samples: i32,
}

impl Tally {
    /// Counts candidates in.
    pub fn add(&mut self, alike: Alike) {
        let place = |number: i32, first: i32| usize::try_from(number - first).ok();
        if let Some(state) = place(alike.state, 1).and_then(|at| self.states.get_mut(at)) {
            *state += alike.count;
        }
        let listed = [CandidateState::Proposed, CandidateState::Accepted, CandidateState::Filed];
        if !listed.iter().any(|state| state.number() == alike.state) {
            return;
        }
        if let Some(stars) = place(alike.stars, 3).and_then(|at| self.stars.get_mut(at)) {
            *stars += alike.count;
        }
        self.first += if alike.kind == FIRST { alike.count } else { 0 };
        self.ideas += if alike.idea { alike.count } else { 0 };
        self.samples += if alike.sample { alike.count } else { 0 };
    }

    /// How many are on the list.
    #[must_use]
    pub fn listed(&self) -> i32 {
        self.states.iter().take(3).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::states::step;

    #[test]
    fn a_candidate_walks_its_table_and_nothing_else() {
        use CandidateState as S;
        use CandidateStep as V;
        for state in S::ALL {
            for verb in V::ALL {
                let expected = match (state, verb) {
                    (S::Proposed | S::Accepted, V::Update | V::Register) => Some(*state),
                    (S::Proposed, V::Accept) => Some(S::Accepted),
                    (S::Accepted, V::File) => Some(S::Filed),
                    (S::Proposed | S::Accepted, V::Drop) => Some(S::Dropped),
                    (S::Proposed | S::Accepted, V::CarryOver) => Some(S::CarriedOver),
                    (S::Filed, V::Reopen) => Some(S::Accepted),
                    _ => None,
                };
                assert_eq!(step(CANDIDATE, *state, *verb).ok(), expected, "{state:?} {verb:?}");
            }
        }
    }

    #[test]
    fn what_is_carried_over_is_what_the_table_lets_be_carried_over() {
        for state in CandidateState::ALL {
            assert_eq!(step(CANDIDATE, *state, CandidateStep::CarryOver).is_ok(), OPEN.contains(state));
        }
    }

    #[test]
    fn what_was_dropped_counts_as_dropped_and_nowhere_else() {
        let mut tally = Tally::default();
        let alike = Alike { state: 1, kind: FIRST, stars: 3, idea: true, sample: false, count: 2 };
        tally.add(alike);
        tally.add(Alike { state: 3, kind: 2, stars: 5, idea: false, sample: true, count: 1 });
        tally.add(Alike { state: 4, stars: 4, ..alike });
        tally.add(Alike { state: 5, ..alike });
        assert_eq!((tally.states, tally.listed()), ([2, 0, 1, 2, 2], 3));
        assert_eq!((tally.stars, tally.first, tally.ideas, tally.samples), ([2, 0, 1], 2, 2, 1));
    }

    #[test]
    fn an_idea_is_the_same_however_it_is_spelt() {
        let one = idea("units/22018-20180507", "Mắm Ruột Cá Hoà");
        assert_eq!(one, idea("units/22018-20180507", " mam ruot ca HÒA "));
        assert_ne!(one, idea("units/22081-20180507", "Mắm ruột cá Hòa"));
    }

    #[test]
    fn a_list_is_carried_over_when_its_last_month_has_begun() {
        assert_eq!(carries_from(2021), Some(time::macros::date!(2021 - 12 - 01)));
    }
}
