//! How a line is spread over the quarters of its year. Pure, as everything in [`super::domain`].

/// Amounts of the four quarters in đồng; all 0 where the line is not spread.
pub type Quarters = [i64; 4];

/// What of a line is asked for in a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The quarter, 1 to 4.
    pub quarter: i32,
    /// The amount in đồng; 0 for all of the line, where it names one quarter.
    pub amount_vnd: i64,
}

/// What is wrong with the quarters of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuarterFault {
    /// A quarter is named twice.
    Repeated {
        /// The quarter.
        quarter: i32,
    },
    /// They do not sum to the line.
    Sum {
        /// What they sum to, in đồng.
        sum_vnd: i64,
        /// The line's amount in đồng.
        amount_vnd: i64,
    },
}

/// The quarters of a line of this amount.
///
/// # Errors
/// A quarter stands twice, or all of them are not the line.
pub fn spread(shares: &[Share], amount_vnd: i64) -> Result<Quarters, QuarterFault> {
    let mut quarters = Quarters::default();
    let mut named = [false; 4];
    for share in shares {
        let at = usize::try_from(share.quarter).unwrap_or_default();
        let places = at.checked_sub(1).and_then(|at| Some((quarters.get_mut(at)?, named.get_mut(at)?)));
        // Other numbers were found by the contract's own check.
        let Some((of, seen)) = places else { continue };
        if std::mem::replace(seen, true) {
            return Err(QuarterFault::Repeated { quarter: share.quarter });
        }
        *of = if shares.len() == 1 && share.amount_vnd == 0 { amount_vnd } else { share.amount_vnd };
    }
    let sum_vnd = quarters.iter().fold(0_i64, |sum, of| sum.saturating_add(*of));
    if shares.is_empty() || sum_vnd == amount_vnd {
        return Ok(quarters);
    }
    Err(QuarterFault::Sum { sum_vnd, amount_vnd })
}

/// What is granted of each quarter where this is granted of the line: every quarter is cut in proportion, and the parts
/// sum exactly to what is granted.
#[must_use]
pub fn granted(asked: &Quarters, granted_vnd: i64) -> Quarters {
    let whole: i64 = asked.iter().sum();
    if whole <= 0 {
        return Quarters::default();
    }
    let up_to = |sum: i64| {
        let part = i128::from(granted_vnd) * i128::from(sum) / i128::from(whole);
        i64::try_from(part).unwrap_or(granted_vnd)
    };
    let (mut sum, mut before) = (0_i64, 0_i64);
    asked.map(|of| {
        sum += of;
        let to = up_to(sum);
        let part = to - before;
        before = to;
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(quarter: i32, amount_vnd: i64) -> Share {
        Share { quarter, amount_vnd }
    }

    #[test]
    fn a_line_is_spread_whole_or_not_at_all() {
        assert_eq!(spread(&[], 100), Ok([0, 0, 0, 0]));
        assert_eq!(spread(&[share(3, 0)], 100), Ok([0, 0, 100, 0]), "one quarter is all of it");
        assert_eq!(spread(&[share(4, 60), share(1, 40)], 100), Ok([40, 0, 0, 60]));
        assert_eq!(spread(&[share(2, 99)], 100), Err(QuarterFault::Sum { sum_vnd: 99, amount_vnd: 100 }));
        assert_eq!(
            spread(&[share(1, 100), share(2, 1)], 100),
            Err(QuarterFault::Sum { sum_vnd: 101, amount_vnd: 100 })
        );
        assert_eq!(spread(&[share(2, 50), share(2, 50)], 100), Err(QuarterFault::Repeated { quarter: 2 }));
        let huge = [share(1, i64::MAX), share(2, i64::MAX)];
        assert_eq!(spread(&huge, 100), Err(QuarterFault::Sum { sum_vnd: i64::MAX, amount_vnd: 100 }), "no sum wraps");
    }

    #[test]
    fn a_cut_is_taken_from_every_quarter_in_proportion() {
        assert_eq!(granted(&[40, 0, 0, 60], 50), [20, 0, 0, 30]);
        assert_eq!(granted(&[1, 1, 1, 0], 2), [0, 1, 1, 0]);
        assert_eq!(granted(&[0, 0, 0, 0], 2), [0, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn what_is_granted_by_quarters_sums_to_what_is_granted_and_no_quarter_gets_more_than_it_asked(
            asked in prop::array::uniform4(0i64..=250_000_000_000_000), part in 0u32..=1000,
        ) {
            let whole: i64 = asked.iter().sum();
            let of_line = whole / 1000 * i64::from(part);
            let found = granted(&asked, of_line);
            prop_assert_eq!(found.iter().sum::<i64>(), of_line);
            prop_assert!(found.iter().zip(&asked).all(|(granted, asked)| (0..=*asked).contains(granted)));
        }
    }
}
