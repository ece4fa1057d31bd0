//! How yearly returns move, and what of them makes sense.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::shared::states::numbered;

numbered! {
    /// Where a return stands.
    pub enum ReturnState {
        /// Being written.
        Draft = 1 "DRAFT",
        /// Awaits an officer.
        Submitted = 2 "SUBMITTED",
        /// Counts.
        Accepted = 3 "ACCEPTED",
        /// Sent back.
        Returned = 4 "RETURNED",
        /// A later version counts.
        Superseded = 5 "SUPERSEDED",
    }
}

numbered! {
    /// What can be done with a return; the word is the RPC.
    pub enum ReturnStep {
        /// Its figures change.
        Update = 1 "UpdateYearlyReturn",
        /// It goes to an officer.
        Submit = 2 "SubmitYearlyReturn",
        /// It counts from now on.
        Accept = 3 "AcceptYearlyReturn",
        /// It goes back.
        Return = 4 "ReturnYearlyReturn",
        /// Its next version is drafted.
        Correct = 5 "CorrectYearlyReturn",
    }
}

/// All that can be done with a return; what is not here is refused.
pub const RETURNS: &[(ReturnState, ReturnStep, ReturnState)] = &[
    (ReturnState::Draft, ReturnStep::Update, ReturnState::Draft),
    (ReturnState::Draft, ReturnStep::Submit, ReturnState::Submitted),
    (ReturnState::Submitted, ReturnStep::Accept, ReturnState::Accepted),
    (ReturnState::Submitted, ReturnStep::Return, ReturnState::Returned),
    (ReturnState::Returned, ReturnStep::Update, ReturnState::Returned),
    (ReturnState::Returned, ReturnStep::Submit, ReturnState::Submitted),
    (ReturnState::Accepted, ReturnStep::Correct, ReturnState::Accepted),
];

/// The output of one product or line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub display_name: String,
    /// The registered product, if it is one.
    pub product: Option<Uuid>,
    /// In what it is measured: the contract's number.
    pub measure: i32,
    /// How much, in thousandths.
    pub quantity_milli: i64,
}

/// The figures of a year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// In đồng.
    pub turnover_vnd: i64,
    /// Share of exports, in percent.
    pub export_percent: i32,
    /// Workers.
    pub workers: i32,
    /// Women among them.
    pub women: i32,
    /// Members of ethnic minorities among them.
    pub minorities: i32,
    /// Residents of the province among them.
    pub locals: i32,
    /// The output.
    pub lines: Vec<Line>,
    /// Anything to add.
    pub note: String,
}

impl Figures {
    /// The parts of the labour that are more than the whole.
    #[must_use]
    pub fn beyond_workers(&self) -> Vec<&'static str> {
        let parts = [("women", self.women), ("minorities", self.minorities), ("locals", self.locals)];
        parts.into_iter().filter(|(_, part)| *part > self.workers).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::states::step;

    #[test]
    fn a_return_walks_its_table_and_nothing_else() {
        let legal: Vec<_> = ReturnState::ALL
            .iter()
            .flat_map(|s| ReturnStep::ALL.iter().map(move |v| (*s, *v)))
            .filter(|(s, v)| step(RETURNS, *s, *v).is_ok())
            .collect();
        assert_eq!(legal.len(), RETURNS.len());
        assert_eq!(step(RETURNS, ReturnState::Submitted, ReturnStep::Accept), Ok(ReturnState::Accepted));
        assert!(ReturnStep::ALL.iter().all(|v| step(RETURNS, ReturnState::Superseded, *v).is_err()));
    }

    #[test]
    fn no_part_of_the_labour_is_more_than_the_whole() {
        let figures = Figures { workers: 10, women: 10, minorities: 11, locals: 12, ..Figures::default() };
        assert_eq!(figures.beyond_workers(), ["minorities", "locals"]);
    }
}
