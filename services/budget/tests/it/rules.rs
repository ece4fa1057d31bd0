//! The rules of money as functions, for whatever is thrown at them.

use std::collections::BTreeMap;

use budget::estimates::domain::{Appraisal, Stage, TRANSITIONS, Verb, appraise, step};
use budget::estimates::lines::{Category, Cost, LIMIT_VND, LineDraft, LineFault, Source, price};
use budget::ledger::domain::{Account, Balances, Corrected, Kind, Posting, correction, trial};
use proptest::prelude::*;
use time::macros::date;
use uuid::Uuid;

/// An entry as the ledger of a line keeps it.
struct Kept {
    posting: Posting,
    correction_of: Option<usize>,
}

/// A line's ledger run through the same functions as the service's.
struct Line {
    balances: Balances,
    entries: Vec<Kept>,
}

impl Line {
    fn assigned(amount: i64) -> Self {
        let opening = Posting::of(Kind::Assign, amount);
        let balances = Balances::default().post(opening).unwrap();
        Self { balances, entries: vec![Kept { posting: opening, correction_of: None }] }
    }

    fn taken_back(&self, of: usize) -> i64 {
        self.entries.iter().filter(|e| e.correction_of == Some(of)).map(|e| e.posting.amount_vnd).sum()
    }

    fn post(&mut self, posting: Posting, correction_of: Option<usize>) {
        if let Ok(after) = self.balances.post(posting) {
            self.balances = after;
            self.entries.push(Kept { posting, correction_of });
        }
    }

    fn correct(&mut self, of: usize, amount: i64) {
        let entry = &self.entries[of];
        let corrected = Corrected {
            same_line: true,
            kind: entry.posting.kind,
            amount_vnd: entry.posting.amount_vnd,
            is_correction: entry.correction_of.is_some(),
            taken_back_vnd: self.taken_back(of),
        };
        if let Ok(posting) = correction(&corrected, entry.posting.kind, amount) {
            self.post(posting, Some(of));
        }
    }
}

proptest! {
    #[test]
    fn entries_and_corrections_in_any_order_keep_the_line_sound_and_recount_to_its_balances(
        budget in 1i64..100_000,
        acts in prop::collection::vec((1usize..6, 1i64..40_000, prop::option::of(any::<prop::sample::Index>())), 0..60),
    ) {
        let mut line = Line::assigned(budget);
        for (kind, amount, correct) in acts {
            match correct {
                Some(which) => line.correct(which.index(line.entries.len()), amount),
                None => line.post(Posting::of(Kind::ALL[kind], amount), None),
            }
            let of = |account| line.balances.of(account);
            prop_assert_eq!(Account::ALL.iter().map(|a| of(*a)).sum::<i64>(), 0);
            prop_assert!(of(Account::Funding) <= 0 && Account::ALL[1..].iter().all(|a| of(*a) >= 0));
            prop_assert!(of(Account::Committed) + of(Account::Paid) + of(Account::Settled) <= budget);
        }
        for (at, entry) in line.entries.iter().enumerate() {
            prop_assert!(entry.posting.amount_vnd > 0);
            prop_assert!(line.taken_back(at) <= entry.posting.amount_vnd);
            prop_assert!(entry.correction_of.is_none_or(|of| line.entries[of].correction_of.is_none()));
        }
        let sums: Vec<_> =
            line.entries.iter().map(|e| (e.posting.debit, e.posting.credit, e.posting.amount_vnd)).collect();
        for turnover in trial(&sums) {
            prop_assert_eq!(turnover.balance(), line.balances.of(turnover.account));
        }
    }

    #[test]
    fn an_entry_corrected_whole_leaves_the_line_as_it_was(budget in 1i64..1000, kind in 1usize..6, amount in 1i64..1000) {
        let mut line = Line::assigned(budget);
        for posting in [Posting::of(Kind::Commit, budget / 2 + 1), Posting::of(Kind::Pay, budget / 4 + 1)] {
            line.post(posting, None);
        }
        let (before, entries) = (line.balances, line.entries.len());
        line.post(Posting::of(Kind::ALL[kind], amount), None);
        if line.entries.len() > entries {
            line.correct(entries, amount);
            prop_assert_eq!(line.balances, before);
            line.correct(entries, 1);
            prop_assert_eq!(line.entries.len(), entries + 2, "nothing is left to correct");
        }
    }

    #[test]
    fn an_estimate_only_ever_walks_along_the_table(verbs in prop::collection::vec(0usize..6, 0..40)) {
        let mut stage = Stage::Draft;
        for verb in verbs {
            let verb = Verb::ALL[verb];
            match step(stage, verb) {
                Ok(to) => {
                    prop_assert!(TRANSITIONS.contains(&(stage, verb, to)));
                    stage = to;
                }
                Err(refused) => prop_assert_eq!((refused.stage, refused.verb), (stage, verb)),
            }
        }
    }

    #[test]
    fn a_full_appraisal_in_any_order_grants_at_most_what_was_asked_line_by_line(
        asked in prop::collection::vec((1i64..1_000_000, 0i64..=100), 1..30),
        turn in any::<prop::sample::Index>(),
    ) {
        let id = |at: usize| Uuid::from_u128(at as u128 + 1);
        let lines: BTreeMap<Uuid, i64> = asked.iter().enumerate().map(|(at, (amount, _))| (id(at), *amount)).collect();
        let mut appraisals: Vec<Appraisal> = asked
            .iter()
            .enumerate()
            .map(|(at, (amount, percent))| Appraisal {
                line: id(at),
                granted_vnd: amount * percent / 100,
                reason: "Cắt giảm".to_owned(),
            })
            .collect();
        let by = turn.index(appraisals.len());
        appraisals.rotate_left(by);
        let expected: i64 = appraisals.iter().map(|a| a.granted_vnd).sum();
        prop_assert_eq!(appraise(&lines, &appraisals), Ok(expected));
        let left_out = appraisals.pop().unwrap().line;
        prop_assert_eq!(appraise(&lines, &appraisals), Err((vec![], vec![left_out])));
    }

    #[test]
    fn a_price_is_exact_or_refused_and_never_wraps(rate in 1i64..=2_000_000, quantity in 1i64.., days in 1i64..) {
        let draft = LineDraft {
            category: Category::Training,
            description: "Thù lao giảng viên".to_owned(),
            source: Source::Central,
            cost: Cost::Norm { norm: "lecturer-session".to_owned(), quantity, days, rate_vnd: rate },
            shares: Vec::new(),
            amends: None,
            decrease: false,
            task: None,
        };
        // 128 bits hold the product of the first two; where that is above the limit, so is the whole.
        let product = i128::from(rate) * i128::from(quantity);
        let exact = product.checked_mul(i128::from(days)).filter(|p| *p <= i128::from(LIMIT_VND));
        match price(vec![draft], date!(2021 - 03 - 01)) {
            Ok(priced) => prop_assert_eq!(Some(i128::from(priced.total_vnd)), exact),
            Err(faults) => {
                prop_assert_eq!(faults, vec![(Some(0), LineFault::Overflow)]);
                prop_assert_eq!(exact, None);
            }
        }
    }
}
