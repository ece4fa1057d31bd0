//! What a pledge is, and how far.

use kit::states::{self, Forbidden};
use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use crate::estimates::lines::Source;
use crate::shared::words::words;

words! {
    /// Who pledges.
    pub enum Pledger {
        /// A producer.
        Producer = 1 "producer",
        /// A bank or credit fund.
        Lender = 2 "lender",
        /// A donor.
        Donor = 3 "donor",
        /// A programme of the central budget.
        CentralProgramme = 4 "central_programme",
        /// The provincial budget.
        Province = 5 "province",
        /// A district's budget.
        District = 6 "district",
        /// A commune's budget.
        Commune = 7 "commune",
    }
}

impl Pledger {
    /// Where its money comes from, in the words of estimate lines.
    #[must_use]
    pub fn source(self) -> Source {
        match self {
            Self::Producer => Source::ProducersOwn,
            Self::Lender => Source::Credit,
            Self::Donor => Source::Donor,
            Self::CentralProgramme => Source::Central,
            Self::Province => Source::Provincial,
            Self::District | Self::Commune => Source::District,
        }
    }
}

words! {
    /// How far a pledge is.
    pub enum State {
        /// Nothing was received.
        Pledged = 1 "pledged",
        /// Less than was pledged.
        PartlyReceived = 2 "partly_received",
        /// As much as was pledged, or more.
        Received = 3 "received",
        /// The rest will not come.
        Withdrawn = 4 "withdrawn",
    }
}

/// A step of a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Something is received.
    Receive,
    /// Something received is taken back.
    Correct,
    /// The rest is withdrawn.
    Withdraw,
}

/// Where each step may be taken. How far a pledge is afterwards follows from its amounts, hence no state after.
pub const ALLOWED: &[(State, Verb)] = &[
    (State::Pledged, Verb::Receive),
    (State::Pledged, Verb::Withdraw),
    (State::PartlyReceived, Verb::Receive),
    (State::PartlyReceived, Verb::Correct),
    (State::PartlyReceived, Verb::Withdraw),
    (State::Received, Verb::Receive),
    (State::Received, Verb::Correct),
    (State::Withdrawn, Verb::Correct),
];

/// Judges a step.
///
/// # Errors
/// The state does not allow it.
pub fn step(state: State, verb: Verb) -> Result<(), Forbidden<State, Verb>> {
    let table: Vec<(State, Verb, State)> = ALLOWED.iter().map(|(state, verb)| (*state, *verb, *state)).collect();
    states::step(&table, state, verb).map(|_| ())
}

/// How far a pledge is.
#[must_use]
pub fn state(amount_vnd: i64, received_vnd: i64, withdrawn: bool) -> State {
    match received_vnd {
        _ if withdrawn => State::Withdrawn,
        received if received >= amount_vnd => State::Received,
        0 => State::Pledged,
        _ => State::PartlyReceived,
    }
}

/// A pledge to be recorded.
#[derive(Clone, Debug)]
pub struct NewPledge {
    /// The plan.
    pub plan: Uuid,
    /// For whom; none for the plan's unit.
    pub unit: Option<&'static Unit>,
    /// Who pledges.
    pub kind: Pledger,
    /// Its name.
    pub pledger: String,
    /// The producer's name as a resource; empty for none.
    pub producer: String,
    /// The amount in đồng.
    pub amount_vnd: i64,
    /// Day of the pledge.
    pub pledge_date: Date,
    /// Its document.
    pub document_number: String,
    /// When it is to come.
    pub due_date: Option<Date>,
    /// An invented sample.
    pub sample: bool,
}

/// What a plan has from one source, in đồng.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Assigned through the ledger.
    pub assigned_vnd: i64,
    /// Pledged beside it.
    pub pledged_vnd: i64,
    /// Received of that.
    pub received_vnd: i64,
}

impl Figures {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            assigned_vnd: self.assigned_vnd + other.assigned_vnd,
            pledged_vnd: self.pledged_vnd + other.pledged_vnd,
            received_vnd: self.received_vnd + other.received_vnd,
        }
    }
}

/// True for the budgets of the state.
#[must_use]
pub fn is_state(source: Source) -> bool {
    matches!(source, Source::Central | Source::Provincial | Source::District)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_pledge_is_follows_from_its_amounts() {
        for (received, withdrawn, expected) in [
            (0, false, State::Pledged),
            (99, false, State::PartlyReceived),
            (100, false, State::Received),
            (130, false, State::Received),
            (0, true, State::Withdrawn),
            (40, true, State::Withdrawn),
        ] {
            assert_eq!(state(100, received, withdrawn), expected);
        }
        assert!(step(State::Received, Verb::Receive).is_ok(), "more than pledged is welcome");
        let refused = step(State::Withdrawn, Verb::Receive).unwrap_err();
        assert_eq!(refused.allowed, [Verb::Correct]);
        assert!(step(State::Received, Verb::Withdraw).is_err() && step(State::Pledged, Verb::Correct).is_err());
    }

    #[test]
    fn every_pledger_has_one_source_and_three_sources_are_state_money() {
        assert!(Pledger::ALL.iter().all(|kind| Pledger::of(kind.word()) == Some(*kind)));
        let state: Vec<Source> = Source::ALL.iter().copied().filter(|source| is_state(*source)).collect();
        assert_eq!(state, [Source::Central, Source::Provincial, Source::District]);
        assert!(Source::ALL.iter().all(|source| Pledger::ALL.iter().any(|kind| kind.source() == *source)));
    }
}
