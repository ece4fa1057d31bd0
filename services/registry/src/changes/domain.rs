//! How changes move, what they change, and what a producer was on a day.

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use crate::shared::states::numbered;

numbered! {
    /// Where a change stands.
    pub enum ChangeState {
        /// Awaits a second person.
        Pending = 1 "PENDING",
        /// Took effect.
        Approved = 2 "APPROVED",
        /// Rejected.
        Rejected = 3 "REJECTED",
        /// Taken back.
        Withdrawn = 4 "WITHDRAWN",
    }
}

numbered! {
    /// What can be done with a change; the word is the RPC.
    pub enum ChangeStep {
        /// It takes effect.
        Approve = 1 "ApproveProducerChange",
        /// It does not.
        Reject = 2 "RejectProducerChange",
        /// Who proposed it takes it back.
        Withdraw = 3 "WithdrawProducerChange",
    }
}

/// All that can be done with a change; what is not here is refused.
pub const CHANGES: &[(ChangeState, ChangeStep, ChangeState)] = &[
    (ChangeState::Pending, ChangeStep::Approve, ChangeState::Approved),
    (ChangeState::Pending, ChangeStep::Reject, ChangeState::Rejected),
    (ChangeState::Pending, ChangeStep::Withdraw, ChangeState::Withdrawn),
];

/// The key data of a producer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyData {
    /// Its name.
    pub display_name: String,
    /// What it is by law: the contract's number.
    pub legal_form: i32,
    /// Its tax code; empty where it has none.
    pub tax_code: String,
    /// Dated name of its commune.
    pub unit: String,
    /// Who owns it.
    pub owner: Option<Uuid>,
}

/// Somebody who begins to manage it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewManager {
    /// The person.
    pub person: Uuid,
    /// The title.
    pub title: String,
}

/// What is to change; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// New name.
    pub display_name: Option<String>,
    /// New legal form.
    pub legal_form: Option<i32>,
    /// New tax code; empty takes it away.
    pub tax_code: Option<String>,
    /// New commune.
    pub unit: Option<String>,
    /// New owner.
    pub owner: Option<Uuid>,
    /// Managers that begin.
    pub begin: Vec<NewManager>,
    /// Managers that end.
    pub end: Vec<Uuid>,
}

impl Proposal {
    /// The key data after the change.
    #[must_use]
    pub fn applied(&self, before: &KeyData) -> KeyData {
        let before = before.clone();
        KeyData {
            display_name: self.display_name.clone().unwrap_or(before.display_name),
            legal_form: self.legal_form.unwrap_or(before.legal_form),
            tax_code: self.tax_code.clone().unwrap_or(before.tax_code),
            unit: self.unit.clone().unwrap_or(before.unit),
            owner: self.owner.or(before.owner),
        }
    }

    /// The names of what it gives a new value, changed or not.
    #[must_use]
    pub fn named(&self) -> Vec<&'static str> {
        let set = [
            ("display_name", self.display_name.is_some()),
            ("legal_form", self.legal_form.is_some()),
            ("tax_code", self.tax_code.is_some()),
            ("unit", self.unit.is_some()),
            ("owner", self.owner.is_some()),
        ];
        set.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect()
    }

    /// True where it would leave everything as it is.
    #[must_use]
    pub fn is_empty(&self, before: &KeyData) -> bool {
        self.begin.is_empty() && self.end.is_empty() && self.applied(before) == *before
    }
}

/// True where a change of this rests on a document: a new form, owner or commune is an act of somebody else.
#[must_use]
pub fn needs_document(field: &str) -> bool {
    matches!(field, "legal_form" | "owner" | "unit")
}

/// The names of what differs, managers included.
#[must_use]
pub fn differs(before: &KeyData, after: &KeyData, managers: bool) -> Vec<&'static str> {
    let parts = [
        ("display_name", before.display_name != after.display_name),
        ("legal_form", before.legal_form != after.legal_form),
        ("tax_code", before.tax_code != after.tax_code),
        ("unit", before.unit != after.unit),
        ("owner", before.owner != after.owner),
        ("managers", managers),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// The key data on a day: what was before the first change that took effect later, else what is now. `changes` are those
/// that took effect, the oldest first, with their day and what was before.
#[must_use]
pub fn as_of(changes: &[(Date, KeyData)], now: KeyData, day: Date) -> KeyData {
    changes.iter().find(|(effective, _)| *effective > day).map_or(now, |(_, before)| before.clone())
}

/// Who decides is not who proposed.
#[must_use]
pub fn second_person(step: ChangeStep, proposer: &str, caller: &str) -> bool {
    match step {
        ChangeStep::Withdraw => proposer == caller,
        ChangeStep::Approve | ChangeStep::Reject => proposer != caller,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::states::step;
    use time::macros::date;

    fn key(name: &str, form: i32) -> KeyData {
        KeyData { display_name: name.to_owned(), legal_form: form, ..KeyData::default() }
    }

    #[test]
    fn a_change_is_decided_once_and_by_the_right_person() {
        for verb in ChangeStep::ALL {
            assert!(step(CHANGES, ChangeState::Pending, *verb).is_ok());
            for state in [ChangeState::Approved, ChangeState::Rejected, ChangeState::Withdrawn] {
                assert!(step(CHANGES, state, *verb).is_err());
            }
        }
        assert!(second_person(ChangeStep::Approve, "a", "b") && !second_person(ChangeStep::Approve, "a", "a"));
        assert!(second_person(ChangeStep::Withdraw, "a", "a") && !second_person(ChangeStep::Withdraw, "a", "b"));
    }

    #[test]
    fn a_proposal_touches_what_it_names() {
        let before = key("Hộ Sông Ba", 4);
        let to_cooperative = Proposal { legal_form: Some(2), ..Proposal::default() };
        assert_eq!(differs(&before, &to_cooperative.applied(&before), false), ["legal_form"]);
        assert!(!to_cooperative.is_empty(&before));
        let same = Proposal { display_name: Some("Hộ Sông Ba".to_owned()), ..Proposal::default() };
        assert!(same.is_empty(&before));
        let managers = Proposal { end: vec![Uuid::nil()], ..Proposal::default() };
        assert!(!managers.is_empty(&before));
        assert_eq!(differs(&before, &before, true), ["managers"]);
        assert_eq!(same.named(), ["display_name"]);
        assert!(needs_document("owner") && !needs_document("display_name"));
    }

    #[test]
    fn a_producer_is_what_it_was_before_the_first_later_change() {
        let (first, second) = (date!(2022 - 01 - 01), date!(2024 - 01 - 01));
        let changes = [(first, key("A", 4)), (second, key("B", 2))];
        let on = |day| as_of(&changes, key("C", 1), day).display_name;
        assert_eq!(on(date!(2021 - 12 - 31)), "A");
        assert_eq!((on(first), on(date!(2023 - 12 - 31))), ("B".to_owned(), "B".to_owned()));
        assert_eq!(on(second), "C");
        assert_eq!(as_of(&[], key("C", 1), first).display_name, "C");
    }
}
