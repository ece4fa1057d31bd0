//! What a line costs: norm × quantity × days, or a lump sum with a reason. Pure, as everything in [`super::domain`].

use time::Date;
use uuid::Uuid;

use super::quarters::{QuarterFault, Quarters, Share, spread};
use crate::norms::domain::{Own, Rate, rate as rate_of};
use crate::shared::words::words;

/// No line and no estimate is larger, in đồng: more than twenty times what Decision 490 planned for the whole country.
/// Sums over thousands of estimates stay within 64 bits.
pub const LIMIT_VND: i64 = 1_000_000_000_000_000;

words! {
    /// What a line pays for.
    pub enum Category {
        /// Information and communication.
        Information = 1 "information",
        /// Training.
        Training = 2 "training",
        /// Advice, product development, standardisation, dossiers and stories.
        ProductDevelopment = 3 "product_development",
        /// Evaluation: council, help team, samples, tests.
        Evaluation = 4 "evaluation",
        /// Trade promotion.
        TradePromotion = 5 "trade_promotion",
        /// Packaging, labels, trace stamps.
        Packaging = 6 "packaging",
        /// Support for machinery.
        Machinery = 7 "machinery",
        /// Bonuses for recognised products.
        Bonus = 8 "bonus",
        /// Management, supervision, software.
        Management = 9 "management",
    }
}

words! {
    /// Where the money comes from.
    pub enum Source {
        /// The central budget.
        Central = 1 "central",
        /// The provincial budget.
        Provincial = 2 "provincial",
        /// The district budget.
        District = 3 "district",
        /// The producers' own money.
        ProducersOwn = 4 "producers_own",
        /// Credit.
        Credit = 5 "credit",
        /// Donors.
        Donor = 6 "donor",
    }
}

/// How an amount comes about, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cost {
    /// By a norm.
    Norm {
        /// Id of the norm.
        norm: String,
        /// Persons, rooms or lecturers, above zero.
        quantity: i64,
        /// Days, nights, half days or sessions, above zero.
        days: i64,
        /// The rate in đồng; 0 for the norm's amount.
        rate_vnd: i64,
    },
    /// As a lump sum.
    LumpSum {
        /// The amount in đồng, above zero.
        amount_vnd: i64,
        /// Why there is no norm for it.
        reason: String,
    },
}

/// A line as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDraft {
    /// What it pays for.
    pub category: Category,
    /// What is bought.
    pub description: String,
    /// Where the money comes from.
    pub source: Source,
    /// How the amount comes about.
    pub cost: Cost,
    /// When the money is needed; none where it is not told.
    pub shares: Vec<Share>,
    /// In an amendment: the line whose budget changes.
    pub amends: Option<Uuid>,
    /// In an amendment: the amount is taken away.
    pub decrease: bool,
    /// The task of the plan that it pays for.
    pub task: Option<Uuid>,
}

/// A line with its amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedLine {
    /// As it is asked for.
    pub draft: LineDraft,
    /// The rate in đồng; 0 for a lump sum.
    pub rate_vnd: i64,
    /// Number of the legal text that the norm stands on.
    pub legal_reference: String,
    /// Norm and legal text were both seen.
    pub norm_verified: bool,
    /// The norm is an invented sample.
    pub norm_sample: bool,
    /// Path of the unit for whose plans the norm counts; empty for all.
    pub norm_path: String,
    /// The amount in đồng.
    pub amount_vnd: i64,
    /// How it is spread.
    pub quarters: Quarters,
}

/// Lines with their amounts and total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The lines in order.
    pub lines: Vec<PricedLine>,
    /// Their total in đồng.
    pub total_vnd: i64,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// There is no such norm on the day.
    NormUnknown {
        /// Its id.
        norm: String,
    },
    /// The rate is not the norm's amount, or above its ceiling.
    NormExceeded {
        /// The rate asked for.
        rate_vnd: i64,
        /// The norm's amount.
        amount_vnd: i64,
    },
    /// The amount is above [`LIMIT_VND`].
    Overflow,
    /// The quarters are not the line.
    Quarters(QuarterFault),
}

/// Gives every line its amount, by the norms of the reference data on a day.
///
/// # Errors
/// As [`price_with`].
pub fn price(drafts: Vec<LineDraft>, on_day: Date) -> Result<Priced, Vec<(Option<usize>, LineFault)>> {
    price_with(drafts, on_day, &Own::new())
}

/// Gives every line its amount, by the norms of a day, those that units have set among them.
///
/// # Errors
/// Every fault with the line's place; [`LineFault::Overflow`] without a place where only the total is too large.
pub fn price_with(drafts: Vec<LineDraft>, on_day: Date, own: &Own) -> Result<Priced, Vec<(Option<usize>, LineFault)>> {
    let mut faults = Vec::new();
    let mut lines = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.into_iter().enumerate() {
        match price_line(draft, on_day, own) {
            Ok(line) => lines.push(line),
            Err(fault) => faults.push((Some(at), fault)),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let total = lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.amount_vnd));
    match total.filter(|total| *total <= LIMIT_VND) {
        Some(total_vnd) => Ok(Priced { lines, total_vnd }),
        None => Err(vec![(None, LineFault::Overflow)]),
    }
}

fn price_line(draft: LineDraft, on_day: Date, own: &Own) -> Result<PricedLine, LineFault> {
    let (norm, rate_vnd, amount) = match &draft.cost {
        Cost::Norm { norm: id, quantity, days, rate_vnd } => {
            let norm = rate_of(id, on_day, own).ok_or_else(|| LineFault::NormUnknown { norm: id.clone() })?;
            let rate_vnd = rate(&norm, *rate_vnd)?;
            (Some(norm), rate_vnd, rate_vnd.checked_mul(*quantity).and_then(|sum| sum.checked_mul(*days)))
        }
        Cost::LumpSum { amount_vnd, .. } => (None, 0, Some(*amount_vnd)),
    };
    let amount_vnd = amount.filter(|amount| *amount <= LIMIT_VND).ok_or(LineFault::Overflow)?;
    let quarters = spread(&draft.shares, amount_vnd).map_err(LineFault::Quarters)?;
    Ok(PricedLine {
        draft,
        quarters,
        rate_vnd,
        norm_verified: norm.as_ref().is_some_and(|n| n.verified),
        norm_sample: norm.as_ref().is_some_and(|n| n.sample),
        norm_path: norm.as_ref().map(|n| n.path.clone()).unwrap_or_default(),
        legal_reference: norm.map(|n| n.legal_reference).unwrap_or_default(),
        amount_vnd,
    })
}

/// The lines by norms that do not count for plans of the unit with this path, each with its place.
#[must_use]
pub fn foreign_norms(priced: &Priced, plan_path: &str) -> Vec<(Option<usize>, LineFault)> {
    let foreign = |(at, line): (usize, &PricedLine)| match &line.draft.cost {
        Cost::Norm { norm, .. } if !plan_path.starts_with(&line.norm_path) => {
            Some((Some(at), LineFault::NormUnknown { norm: norm.clone() }))
        }
        _ => None,
    };
    priced.lines.iter().enumerate().filter_map(foreign).collect()
}

/// The rate of a line by a norm: the norm's amount, or where that is a ceiling what was set below it.
fn rate(norm: &Rate, asked_vnd: i64) -> Result<i64, LineFault> {
    match asked_vnd {
        0 => Ok(norm.amount_vnd),
        rate if rate == norm.amount_vnd || (norm.ceiling && rate < norm.amount_vnd) => Ok(rate),
        rate_vnd => Err(LineFault::NormExceeded { rate_vnd, amount_vnd: norm.amount_vnd }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    const DAY: Date = date!(2021 - 03 - 01);

    fn line(cost: Cost) -> LineDraft {
        LineDraft {
            category: Category::Training,
            description: "Lớp tập huấn".to_owned(),
            source: Source::Provincial,
            cost,
            shares: Vec::new(),
            amends: None,
            decrease: false,
            task: None,
        }
    }

    fn by_norm(norm: &str, quantity: i64, days: i64, rate_vnd: i64) -> LineDraft {
        line(Cost::Norm { norm: norm.to_owned(), quantity, days, rate_vnd })
    }

    fn lump(amount_vnd: i64) -> LineDraft {
        line(Cost::LumpSum { amount_vnd, reason: "Chưa có định mức".to_owned() })
    }

    fn amount(draft: LineDraft) -> Result<i64, LineFault> {
        price(vec![draft], DAY).map(|p| p.total_vnd).map_err(|mut f| f.remove(0).1)
    }

    #[test]
    fn a_line_is_norm_times_quantity_times_days_or_a_lump_sum() {
        assert_eq!(amount(by_norm("per-diem", 12, 2, 0)), Ok(4_800_000));
        assert_eq!(amount(by_norm("lecturer-session", 1, 4, 0)), Ok(8_000_000));
        assert_eq!(amount(by_norm("lecturer-session", 1, 4, 1_600_000)), Ok(6_400_000), "below a ceiling");
        assert_eq!(amount(lump(35_000_000)), Ok(35_000_000));
        let above = LineFault::NormExceeded { rate_vnd: 2_000_001, amount_vnd: 2_000_000 };
        assert_eq!(amount(by_norm("lecturer-session", 1, 1, 2_000_001)), Err(above));
        let other = LineFault::NormExceeded { rate_vnd: 199_999, amount_vnd: 200_000 };
        assert_eq!(amount(by_norm("per-diem", 1, 1, 199_999)), Err(other), "not a ceiling");
        assert_eq!(amount(by_norm("none", 1, 1, 0)), Err(LineFault::NormUnknown { norm: "none".to_owned() }));
    }

    #[test]
    fn a_norm_is_copied_with_its_legal_text() {
        let priced = price(vec![by_norm("per-diem", 1, 1, 0), by_norm("refreshments", 1, 1, 0), lump(1)], DAY).unwrap();
        let seen: Vec<(&str, bool)> =
            priced.lines.iter().map(|l| (l.legal_reference.as_str(), l.norm_verified)).collect();
        assert_eq!(seen, [("40/2017/TT-BTC", true), ("40/2017/TT-BTC", false), ("", false)]);
    }

    #[test]
    fn a_norm_of_one_province_is_no_norm_of_another() {
        let priced =
            price(vec![by_norm("per-diem", 1, 1, 0), by_norm("hung-yen-packaging-3-stars", 2, 1, 0)], DAY).unwrap();
        assert_eq!(priced.total_vnd, 10_200_000);
        assert_eq!(foreign_norms(&priced, "/vn/33-20180507/"), []);
        let fault = LineFault::NormUnknown { norm: "hung-yen-packaging-3-stars".to_owned() };
        assert_eq!(foreign_norms(&priced, "/vn/54-20180507/"), [(Some(1), fault)]);
    }

    #[test]
    fn amounts_that_no_budget_has_are_refused() {
        assert_eq!(amount(lump(LIMIT_VND)), Ok(LIMIT_VND));
        assert_eq!(amount(lump(LIMIT_VND + 1)), Err(LineFault::Overflow));
        assert_eq!(amount(by_norm("per-diem", i64::MAX, 1, 0)), Err(LineFault::Overflow));
        assert_eq!(amount(by_norm("per-diem", i64::MAX, i64::MAX, 0)), Err(LineFault::Overflow));
        assert_eq!(price(vec![lump(LIMIT_VND), lump(1)], DAY), Err(vec![(None, LineFault::Overflow)]));
        let both = price(vec![by_norm("none", 1, 1, 0), lump(1), lump(LIMIT_VND + 1)], DAY).unwrap_err();
        assert_eq!(both.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [Some(0), Some(2)]);
    }

    #[test]
    fn a_line_carries_its_quarters_and_refuses_those_that_are_not_it() {
        let spread = |shares: &[(i32, i64)]| {
            let shares = shares.iter().map(|&(quarter, amount_vnd)| Share { quarter, amount_vnd }).collect();
            let draft = LineDraft { shares, ..by_norm("per-diem", 1, 2, 0) };
            price(vec![draft], DAY).map(|p| p.lines[0].quarters)
        };
        assert_eq!(spread(&[(1, 100_000), (3, 300_000)]), Ok([100_000, 0, 300_000, 0]));
        let fault = QuarterFault::Sum { sum_vnd: 100_000, amount_vnd: 400_000 };
        assert_eq!(spread(&[(1, 100_000)]), Err(vec![(Some(0), LineFault::Quarters(fault))]));
    }

    #[test]
    fn every_word_is_read_back() {
        for category in Category::ALL {
            assert_eq!(Category::of(category.word()), Some(*category));
        }
        for source in Source::ALL {
            assert_eq!(Source::of(source.word()), Some(*source));
        }
    }

    proptest! {
        #[test]
        fn a_total_is_the_sum_of_its_lines_and_never_wraps(quantities in proptest::collection::vec((1i64..=i64::MAX, 1i64..=i64::MAX), 1..6), small in proptest::collection::vec((1i64..500, 1i64..30), 1..50)) {
            let drafts = |list: &[(i64, i64)]| list.iter().map(|&(q, d)| by_norm("per-diem", q, d, 0)).collect::<Vec<_>>();
            if let Ok(priced) = price(drafts(&quantities), DAY) {
                prop_assert!((1..=LIMIT_VND).contains(&priced.total_vnd));
            }
            let priced = price(drafts(&small), DAY).unwrap();
            let expected: i64 = small.iter().map(|(q, d)| 200_000 * q * d).sum();
            prop_assert_eq!(priced.total_vnd, expected);
        }
    }
}
