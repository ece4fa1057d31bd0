//! Which line may give to which.

use std::collections::BTreeSet;

use crate::ledger::domain::{Kind, Posting};
use crate::shared::words::words;

words! {
    /// What a transfer is.
    pub enum Transfer {
        /// Within a plan.
        Within = 1 "transfer",
        /// Into the plan of the next year.
        CarryOver = 2 "carry_over",
    }
}

impl Transfer {
    /// What the giving and the taking line get.
    #[must_use]
    pub fn postings(self, amount_vnd: i64) -> (Posting, Posting) {
        let (gives, takes) = match self {
            Self::Within => (Kind::TransferOut, Kind::TransferIn),
            Self::CarryOver => (Kind::CarryOut, Kind::CarryIn),
        };
        (Posting::of(gives, amount_vnd), Posting::of(takes, amount_vnd))
    }
}

/// What is compared of two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between<'a> {
    /// Both are lines of one plan.
    pub same_plan: bool,
    /// The years of their plans: the giving one's and the taking one's.
    pub years: (i32, i32),
    /// The taking plan's unit is the giving plan's, or took its place.
    pub same_unit: bool,
    /// Their sources.
    pub sources: (&'a str, &'a str),
}

/// Why a line may not give to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Their plans do not go together.
    PlansDiffer,
    /// Their sources differ.
    SourcesDiffer,
}

/// Judges whether one line may give to the other.
///
/// # Errors
/// Why not.
pub fn judge(transfer: Transfer, of: &Between<'_>) -> Result<(), Fault> {
    let plans = match transfer {
        Transfer::Within => of.same_plan,
        Transfer::CarryOver => of.same_unit && of.years.1 == of.years.0.saturating_add(1),
    };
    if !plans {
        return Err(Fault::PlansDiffer);
    }
    if of.sources.0 != of.sources.1 {
        return Err(Fault::SourcesDiffer);
    }
    Ok(())
}

/// True where money that goes from one line to another has come the other way, directly or over others: `moves` are
/// the giving and taking lines of what the same document moved before.
#[must_use]
pub fn closes_circle<L: Copy + Ord>(moves: &[(L, L)], (from, to): (L, L)) -> bool {
    let mut reached = BTreeSet::from([to]);
    loop {
        let known = reached.len();
        for (giving, taking) in moves {
            if reached.contains(giving) {
                reached.insert(*taking);
            }
        }
        if reached.contains(&from) || reached.len() == known {
            return reached.contains(&from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_comes_back_to_the_line_that_gave_it_went_in_a_circle() {
        for (moves, next, expected) in [
            (&[][..], (1, 2), false),
            (&[(1, 2)], (1, 2), false),
            (&[(1, 2)], (2, 1), true),
            (&[(1, 2)], (2, 3), false),
            (&[(2, 3), (1, 2)], (3, 1), true),
            (&[(3, 4), (2, 3), (1, 2)], (4, 1), true),
            (&[(3, 4), (2, 3), (1, 2)], (1, 4), false),
            (&[(1, 3), (2, 3)], (2, 1), false),
            (&[(1, 2), (3, 4)], (4, 5), false),
        ] {
            assert_eq!(closes_circle(moves, next), expected, "{moves:?} {next:?}");
        }
    }

    #[test]
    fn a_line_gives_within_its_plan_or_to_the_next_year_and_never_to_another_source() {
        let within = Between { same_plan: true, years: (2021, 2021), same_unit: true, sources: ("central", "central") };
        let next = Between { same_plan: false, years: (2021, 2022), ..within };
        let sources = ("central", "provincial");
        for (transfer, of, expected) in [
            (Transfer::Within, within, Ok(())),
            (Transfer::Within, next, Err(Fault::PlansDiffer)),
            (Transfer::Within, Between { sources, ..within }, Err(Fault::SourcesDiffer)),
            (Transfer::CarryOver, next, Ok(())),
            (Transfer::CarryOver, within, Err(Fault::PlansDiffer)),
            (Transfer::CarryOver, Between { years: (2021, 2023), ..next }, Err(Fault::PlansDiffer)),
            (Transfer::CarryOver, Between { same_unit: false, ..next }, Err(Fault::PlansDiffer)),
            (Transfer::CarryOver, Between { sources, ..next }, Err(Fault::SourcesDiffer)),
        ] {
            assert_eq!(judge(transfer, &of), expected, "{transfer:?} {of:?}");
        }
    }

    #[test]
    fn both_entries_together_move_nothing() {
        for transfer in Transfer::ALL {
            let (gives, takes) = transfer.postings(7);
            assert_eq!((gives.debit, gives.credit), (takes.credit, takes.debit));
            assert_eq!(Transfer::of(transfer.word()), Some(*transfer));
        }
    }
}
