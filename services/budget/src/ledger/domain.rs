//! What an entry does to a line's accounts.

use crate::shared::words::words;

words! {
    /// An account of a line.
    pub enum Account {
        /// Where the money comes from: never above zero.
        Funding = 1 "funding",
        /// Assigned and free.
        Available = 2 "available",
        /// Bound and not paid.
        Committed = 3 "committed",
        /// Paid and not settled.
        Paid = 4 "paid",
        /// Settled.
        Settled = 5 "settled",
    }
}

words! {
    /// What an entry does.
    pub enum Kind {
        /// The budget is assigned.
        Assign = 1 "assign",
        /// Money is bound.
        Commit = 2 "commit",
        /// What was bound is free again.
        Release = 3 "release",
        /// What was bound is paid.
        Pay = 4 "pay",
        /// What was paid came back.
        Refund = 5 "refund",
        /// What was paid is settled.
        Settle = 6 "settle",
        /// Given to another line.
        TransferOut = 7 "transfer_out",
        /// Taken from another line.
        TransferIn = 8 "transfer_in",
        /// Given to the next year.
        CarryOut = 9 "carry_out",
        /// Taken from the year before.
        CarryIn = 10 "carry_in",
    }
}

/// What each kind debits and credits.
pub const POSTINGS: &[(Kind, Account, Account)] = &[
    (Kind::Assign, Account::Available, Account::Funding),
    (Kind::Commit, Account::Committed, Account::Available),
    (Kind::Release, Account::Available, Account::Committed),
    (Kind::Pay, Account::Paid, Account::Committed),
    (Kind::Refund, Account::Available, Account::Paid),
    (Kind::Settle, Account::Settled, Account::Paid),
    (Kind::TransferOut, Account::Funding, Account::Available),
    (Kind::TransferIn, Account::Available, Account::Funding),
    (Kind::CarryOut, Account::Funding, Account::Available),
    (Kind::CarryIn, Account::Available, Account::Funding),
];

impl Kind {
    /// True for what is posted to a line by itself; the others are parts of an assignment or a transfer.
    #[must_use]
    pub fn stands_alone(self) -> bool {
        matches!(self, Self::Commit | Self::Release | Self::Pay | Self::Refund | Self::Settle)
    }
}

/// One movement: from the credited account to the debited one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// What it is.
    pub kind: Kind,
    /// The account that gains.
    pub debit: Account,
    /// The account that loses.
    pub credit: Account,
    /// The amount in đồng, above zero.
    pub amount_vnd: i64,
}

impl Posting {
    /// A posting of a kind.
    #[must_use]
    pub fn of(kind: Kind, amount_vnd: i64) -> Self {
        let row = POSTINGS.iter().find(|(k, _, _)| *k == kind);
        let (debit, credit) =
            row.map_or((Account::Available, Account::Funding), |(_, debit, credit)| (*debit, *credit));
        Self { kind, debit, credit, amount_vnd }
    }

    /// The same the other way: what corrects it.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { debit: self.credit, credit: self.debit, ..self }
    }
}

/// The balances of a line in đồng: debits minus credits of each account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balances {
    /// Minus what was assigned.
    pub funding: i64,
    /// Assigned and free.
    pub available: i64,
    /// Bound and not paid.
    pub committed: i64,
    /// Paid and not settled.
    pub paid: i64,
    /// Settled.
    pub settled: i64,
}

/// An account holds less than is to be taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLow {
    /// What was to be posted.
    pub kind: Kind,
    /// The account.
    pub account: Account,
    /// What it holds.
    pub available_vnd: i64,
    /// What was to be taken.
    pub asked_vnd: i64,
}

impl Balances {
    /// The balance of an account.
    #[must_use]
    pub fn of(&self, account: Account) -> i64 {
        match account {
            Account::Funding => self.funding,
            Account::Available => self.available,
            Account::Committed => self.committed,
            Account::Paid => self.paid,
            Account::Settled => self.settled,
        }
    }

    fn set(&mut self, account: Account, balance: i64) {
        match account {
            Account::Funding => self.funding = balance,
            Account::Available => self.available = balance,
            Account::Committed => self.committed = balance,
            Account::Paid => self.paid = balance,
            Account::Settled => self.settled = balance,
        }
    }

    /// The balances after a posting.
    ///
    /// # Errors
    /// The credited account would fall below zero (funding may, and never rises above it).
    pub fn post(mut self, posting: Posting) -> Result<Self, TooLow> {
        let Posting { kind, debit, credit, amount_vnd } = posting;
        let too_low = |account, available_vnd| TooLow { kind, account, available_vnd, asked_vnd: amount_vnd };
        let after_credit = self.of(credit).checked_sub(amount_vnd);
        let after_debit = self.of(debit).checked_add(amount_vnd);
        let (Some(after_credit), Some(after_debit)) = (after_credit, after_debit) else {
            return Err(too_low(credit, self.of(credit)));
        };
        if credit != Account::Funding && after_credit < 0 {
            return Err(too_low(credit, self.of(credit)));
        }
        if debit == Account::Funding && after_debit > 0 {
            return Err(too_low(debit, -self.of(debit)));
        }
        self.set(credit, after_credit);
        self.set(debit, after_debit);
        Ok(self)
    }
}

/// An entry that is to be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// It belongs to the line that is posted to.
    pub same_line: bool,
    /// Its kind.
    pub kind: Kind,
    /// Its amount in đồng.
    pub amount_vnd: i64,
    /// It is itself a correction.
    pub is_correction: bool,
    /// What earlier corrections took back, in đồng.
    pub taken_back_vnd: i64,
}

/// Why an entry cannot be corrected so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionFault {
    /// It is of another line or kind, or itself a correction.
    Mismatch,
    /// Less is left of it.
    TooLarge {
        /// What is left to correct, in đồng.
        left_vnd: i64,
    },
}

/// The posting that takes back an amount of an entry of the same kind.
///
/// # Errors
/// Why not.
pub fn correction(of: &Corrected, kind: Kind, amount_vnd: i64) -> Result<Posting, CorrectionFault> {
    if !of.same_line || of.kind != kind || of.is_correction {
        return Err(CorrectionFault::Mismatch);
    }
    let left_vnd = of.amount_vnd - of.taken_back_vnd;
    if amount_vnd > left_vnd {
        return Err(CorrectionFault::TooLarge { left_vnd });
    }
    Ok(Posting::of(kind, amount_vnd).reversed())
}

impl Balances {
    /// The balances that entries sum to, from sums by (debited, credited) account.
    #[must_use]
    pub fn summed(sums: &[(Account, Account, i64)]) -> Self {
        let mut balances = Self::default();
        for turnover in trial(sums) {
            balances.set(turnover.account, turnover.balance());
        }
        balances
    }

    /// The accounts in which these balances differ from others: (account, here, there).
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<(Account, i64, i64)> {
        let both = Account::ALL.iter().map(|account| (*account, self.of(*account), other.of(*account)));
        both.filter(|(_, here, there)| here != there).collect()
    }
}

/// Debits and credits of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turnover {
    /// The account.
    pub account: Account,
    /// Sum of its debits in đồng.
    pub debit_vnd: i64,
    /// Sum of its credits in đồng.
    pub credit_vnd: i64,
}

impl Turnover {
    /// Debits minus credits.
    #[must_use]
    pub fn balance(&self) -> i64 {
        self.debit_vnd - self.credit_vnd
    }
}

/// Every account's debits and credits, from sums by (debited, credited) account.
#[must_use]
pub fn trial(sums: &[(Account, Account, i64)]) -> Vec<Turnover> {
    let of = |account: Account| Turnover {
        account,
        debit_vnd: sums.iter().filter(|(debit, _, _)| *debit == account).map(|(_, _, sum)| sum).sum(),
        credit_vnd: sums.iter().filter(|(_, credit, _)| *credit == account).map(|(_, _, sum)| sum).sum(),
    };
    Account::ALL.iter().copied().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn assigned(amount: i64) -> Balances {
        Balances::default().post(Posting::of(Kind::Assign, amount)).unwrap()
    }

    fn sum(b: &Balances) -> i64 {
        Account::ALL.iter().map(|a| b.of(*a)).sum()
    }

    fn sound(b: &Balances) -> bool {
        sum(b) == 0 && b.funding <= 0 && Account::ALL.iter().skip(1).all(|a| b.of(*a) >= 0)
    }

    #[test]
    fn every_kind_has_one_posting_between_two_accounts() {
        for kind in Kind::ALL {
            let rows: Vec<_> = POSTINGS.iter().filter(|(k, _, _)| k == kind).collect();
            assert_eq!(rows.len(), 1, "{kind:?}");
            let posting = Posting::of(*kind, 7);
            assert_ne!(posting.debit, posting.credit);
            assert_eq!((posting.debit, posting.credit), (rows[0].1, rows[0].2));
            assert_eq!(posting.reversed().reversed(), posting);
        }
    }

    #[test]
    fn a_line_goes_from_assignment_to_settlement() {
        let mut b = assigned(100);
        assert_eq!((b.funding, b.available), (-100, 100));
        for (kind, amount, expected) in [
            (Kind::Commit, 80, (20, 80, 0, 0)),
            (Kind::Release, 10, (30, 70, 0, 0)),
            (Kind::Pay, 60, (30, 10, 60, 0)),
            (Kind::Refund, 5, (35, 10, 55, 0)),
            (Kind::Settle, 55, (35, 10, 0, 55)),
        ] {
            b = b.post(Posting::of(kind, amount)).unwrap();
            assert_eq!((b.available, b.committed, b.paid, b.settled), expected, "{kind:?}");
            assert!(sound(&b));
        }
    }

    #[test]
    fn what_is_given_to_another_line_moves_nothing_in_or_out_of_both() {
        let (from, to) = (assigned(100), assigned(10));
        let from = from.post(Posting::of(Kind::TransferOut, 30)).unwrap();
        let to = to.post(Posting::of(Kind::TransferIn, 30)).unwrap();
        assert_eq!((from.funding, from.available, to.funding, to.available), (-70, 70, -40, 40));
        let all = from.post(Posting::of(Kind::CarryOut, 70)).unwrap();
        assert_eq!(all, Balances::default());
        assert!(all.post(Posting::of(Kind::TransferOut, 1)).is_err());
        assert_eq!(from.differences(&to), [(Account::Funding, -70, -40), (Account::Available, 70, 40)]);
    }

    #[test]
    fn no_account_is_overdrawn() {
        let b = assigned(100);
        let low = |kind, account, available_vnd, asked_vnd| Err(TooLow { kind, account, available_vnd, asked_vnd });
        assert_eq!(b.post(Posting::of(Kind::Commit, 101)), low(Kind::Commit, Account::Available, 100, 101));
        assert_eq!(b.post(Posting::of(Kind::Pay, 1)), low(Kind::Pay, Account::Committed, 0, 1));
        assert_eq!(b.post(Posting::of(Kind::Settle, 1)), low(Kind::Settle, Account::Paid, 0, 1));
        assert!(b.post(Posting::of(Kind::Commit, i64::MAX)).is_err());
        assert!(b.post(Posting::of(Kind::Assign, i64::MAX)).is_err(), "no balance wraps around");
        let back = Posting::of(Kind::Assign, 101).reversed();
        assert_eq!(b.post(back), low(Kind::Assign, Account::Available, 100, 101));
    }

    #[test]
    fn a_correction_takes_back_what_is_left_of_the_same_kind_on_the_same_line() {
        let of =
            Corrected { same_line: true, kind: Kind::Settle, amount_vnd: 50, is_correction: false, taken_back_vnd: 20 };
        let posting = correction(&of, Kind::Settle, 30).unwrap();
        assert_eq!((posting.debit, posting.credit), (Account::Paid, Account::Settled));
        assert_eq!(correction(&of, Kind::Settle, 31), Err(CorrectionFault::TooLarge { left_vnd: 30 }));
        for of in [
            Corrected { same_line: false, ..of },
            Corrected { kind: Kind::Pay, ..of },
            Corrected { is_correction: true, ..of },
        ] {
            assert_eq!(correction(&of, Kind::Settle, 1), Err(CorrectionFault::Mismatch));
        }
    }

    #[test]
    fn every_word_is_read_back() {
        for kind in Kind::ALL {
            assert_eq!((Kind::of(kind.word()), Kind::of_number(kind.number())), (Some(*kind), Some(*kind)));
        }
        for account in Account::ALL {
            assert_eq!(Account::of(account.word()), Some(*account));
            assert_eq!(Account::of_number(account.number()), Some(*account));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_posted_no_account_is_overdrawn_and_the_sum_is_zero(
            budget in 1i64..1_000_000,
            steps in proptest::collection::vec((0usize..10, 1i64..1_200_000, any::<bool>()), 0..80),
        ) {
            let mut balances = assigned(budget);
            let mut sums = vec![(Account::Available, Account::Funding, budget)];
            for (kind, amount, back) in steps {
                let posting = Posting::of(Kind::ALL[kind], amount);
                let posting = if back { posting.reversed() } else { posting };
                match balances.post(posting) {
                    Ok(after) => {
                        balances = after;
                        sums.push((posting.debit, posting.credit, amount));
                    }
                    Err(low) => prop_assert!(low.available_vnd < low.asked_vnd),
                }
                prop_assert!(sound(&balances), "{balances:?}");
            }
            let trial = trial(&sums);
            prop_assert_eq!(trial.iter().map(Turnover::balance).sum::<i64>(), 0);
            for turnover in trial {
                prop_assert_eq!(turnover.balance(), balances.of(turnover.account), "kept and recounted agree");
            }
            prop_assert_eq!(Balances::summed(&sums), balances);
            prop_assert!(balances.differences(&Balances::summed(&sums)).is_empty());
        }
    }
}
