//! What a paper is, and what becomes of it.

use uuid::Uuid;

use crate::imports::domain::Paper;

kit::numbered! {
    /// Where a paper completion stands.
    pub enum PaperState {
        /// It counts.
        Recorded = 1 "RECORDED",
        /// It was recorded wrongly.
        Withdrawn = 2 "WITHDRAWN",
    }
}

kit::numbered! {
    /// What can be done with a paper completion; the word is the RPC.
    pub enum PaperStep {
        /// It is withdrawn.
        Withdraw = 1 "WithdrawPaperCompletion",
    }
}

/// All that can be done with a paper completion; what is not here is refused.
pub const PAPER: &[(PaperState, PaperStep, PaperState)] =
    &[(PaperState::Recorded, PaperStep::Withdraw, PaperState::Withdrawn)];

/// A paper to be recorded.
#[derive(Clone, Debug)]
pub struct NewPaper {
    /// Its id.
    pub id: Uuid,
    /// Whose it is, by the record that was told.
    pub person: Uuid,
    /// As whom the person is counted where two records were merged.
    pub counted: Uuid,
    /// The person is an invented sample.
    pub sample: bool,
    /// What it says.
    pub paper: Paper,
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::states::step;

    #[test]
    fn what_was_withdrawn_stays_so() {
        assert_eq!(step(PAPER, PaperState::Recorded, PaperStep::Withdraw).ok(), Some(PaperState::Withdrawn));
        assert!(step(PAPER, PaperState::Withdrawn, PaperStep::Withdraw).is_err());
    }
}
