//! How support packages move.

use time::Date;

use crate::shared::states::numbered;

numbered! {
    /// Where a package stands.
    pub enum SupportState {
        /// Awaits the decision.
        Proposed = 1 "PROPOSED",
        /// Decided.
        Approved = 2 "APPROVED",
        /// Delivered.
        Delivered = 3 "DELIVERED",
        /// Refused.
        Refused = 4 "REFUSED",
        /// Cancelled.
        Cancelled = 5 "CANCELLED",
    }
}

numbered! {
    /// What can be done with a package; the word is the RPC.
    pub enum SupportStep {
        /// Its content changes.
        Update = 1 "UpdateSupportPackage",
        /// A funding decision grants it.
        Approve = 2 "ApproveSupportPackage",
        /// It is not granted.
        Refuse = 3 "RefuseSupportPackage",
        /// It reached the producer.
        Deliver = 4 "DeliverSupportPackage",
        /// It is called off.
        Cancel = 5 "CancelSupportPackage",
    }
}

/// All that can be done with a package; what is not here is refused.
pub const SUPPORT: &[(SupportState, SupportStep, SupportState)] = &[
    (SupportState::Proposed, SupportStep::Update, SupportState::Proposed),
    (SupportState::Proposed, SupportStep::Approve, SupportState::Approved),
    (SupportState::Proposed, SupportStep::Refuse, SupportState::Refused),
    (SupportState::Proposed, SupportStep::Cancel, SupportState::Cancelled),
    (SupportState::Approved, SupportStep::Deliver, SupportState::Delivered),
    (SupportState::Approved, SupportStep::Cancel, SupportState::Cancelled),
];

impl SupportState {
    /// True where the money counts: refused and cancelled packages cost nothing.
    #[must_use]
    pub fn counts(self) -> bool {
        !matches!(self, Self::Refused | Self::Cancelled)
    }
}

/// What of a package may be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New plan year.
    pub year: Option<i32>,
    /// New kind: the contract's number.
    pub kind: Option<i32>,
    /// New description.
    pub description: Option<String>,
    /// New amount, in đồng.
    pub amount_vnd: Option<i64>,
}

/// True where the product was recognised by the year of its support.
#[must_use]
pub fn years_hold(recognition_year: i32, year: i32) -> bool {
    recognition_year <= year
}

/// The first day on which a step may be dated: no act precedes the one before.
#[must_use]
pub fn earliest(proposed: Date, decided: Option<Date>) -> Date {
    decided.unwrap_or(proposed).max(proposed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::states::step;
    use time::macros::date;

    #[test]
    fn a_package_walks_its_table_and_nothing_else() {
        for state in SupportState::ALL {
            for verb in SupportStep::ALL {
                let expected = match (state, verb) {
                    (SupportState::Proposed, SupportStep::Update) => Some(SupportState::Proposed),
                    (SupportState::Proposed, SupportStep::Approve) => Some(SupportState::Approved),
                    (SupportState::Proposed, SupportStep::Refuse) => Some(SupportState::Refused),
                    (SupportState::Approved, SupportStep::Deliver) => Some(SupportState::Delivered),
                    (SupportState::Proposed | SupportState::Approved, SupportStep::Cancel) => {
                        Some(SupportState::Cancelled)
                    }
                    _ => None,
                };
                assert_eq!(step(SUPPORT, *state, *verb).ok(), expected, "{state:?} {verb:?}");
            }
        }
    }

    #[test]
    fn only_what_may_still_be_paid_counts() {
        let counting: Vec<_> = SupportState::ALL.iter().filter(|s| s.counts()).collect();
        assert_eq!(counting, [&SupportState::Proposed, &SupportState::Approved, &SupportState::Delivered]);
    }

    #[test]
    fn support_follows_recognition_and_acts_follow_each_other() {
        assert!(years_hold(2020, 2021) && years_hold(2021, 2021) && !years_hold(2022, 2021));
        let (proposed, decided) = (date!(2021 - 03 - 01), date!(2021 - 04 - 01));
        assert_eq!(earliest(proposed, None), proposed);
        assert_eq!(earliest(proposed, Some(decided)), decided);
    }
}
