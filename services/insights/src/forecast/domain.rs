//! The year played many times over.
//!
//! A product on its way has a stage and a day on which it came there. Each step on takes a number of days out of a
//! triangle (least, most often, most) and is passed with a chance. Time that a product already spent at its stage counts:
//! what is left of the drawn days is never less than one. A product that fails leaves the year.
//!
//! Every product draws from its own stream of numbers, made of the seed, the run and the product's name: neither the order
//! of the products nor another product on its way changes what becomes of it.

use std::collections::BTreeMap;

use time::{Date, Month};

mod assumptions;
mod draws;

pub use assumptions::{Assumptions, Basis, History, Step, learn};
use draws::Draws;

/// Where a product stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// On the list of candidates.
    Candidate,
    /// Filed.
    Filed,
    /// Sealed.
    Sealed,
    /// Graded with three stars or more.
    Graded,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 4] = [Self::Candidate, Self::Filed, Self::Sealed, Self::Graded];

    /// Its place, from 0.
    #[must_use]
    pub fn place(self) -> usize {
        match self {
            Self::Candidate => 0,
            Self::Filed => 1,
            Self::Sealed => 2,
            Self::Graded => 3,
        }
    }
}

/// What became known of a product at a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The product, or the candidate where there is no product yet.
    pub product: String,
    /// The stage.
    pub stage: Stage,
    /// The day on which it came there.
    pub day: Date,
    /// The year of the list, for candidates.
    pub year: i32,
    /// The day on which it failed there: graded below three stars, rejected, taken back, dropped.
    pub left: Option<Date>,
    /// An invented sample.
    pub sample: bool,
}

impl Known {
    /// As far as was known on a day, it goes on.
    fn goes_on(&self, as_of: Date) -> bool {
        self.left.is_none_or(|left| left > as_of)
    }
}

/// A product on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name: the stream of its numbers.
    pub product: String,
    /// Where it stands.
    pub stage: Stage,
    /// Since when.
    pub since: Date,
}

/// The question.
#[derive(Clone, Debug)]
pub struct Question {
    /// The day on which it stands.
    pub as_of: Date,
    /// The year.
    pub year: i32,
    /// How many are to be reached.
    pub target: i64,
    /// How many are recognised already.
    pub recognised: i64,
    /// Where the numbers begin.
    pub seed: u64,
    /// How many runs.
    pub runs: u32,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many runs were played.
    pub runs: u32,
    /// How many of them reach the target.
    pub reached: u32,
    /// Recognised products at the end of the year: 5, 25, 50, 75, 95 of a hundred.
    pub year_end: Quantiles,
    /// The same at the end of each month from that of the day on.
    pub months: Vec<(u8, Quantiles)>,
}

/// So many or fewer in 5, 25, 50, 75, 95 of a hundred runs.
pub type Quantiles = [i64; 5];

/// Most steps that are played for one answer.
const MOST_PLAYED: usize = 20_000_000;

/// The products on their way on a day: each at the last that is known of it, recognised ones and failed ones left out.
/// Candidates count in the year of their list, others whenever they were filed, but not after so long without a move that
/// [`learn`] counts them as failed.
#[must_use]
pub fn pipeline(known: &[Known], recognised: &dyn Fn(&str) -> bool, (as_of, year): (Date, i32)) -> Vec<Item> {
    let mut last: BTreeMap<&str, &Known> = BTreeMap::new();
    for step in known.iter().filter(|step| step.day <= as_of) {
        let kept = last.entry(&step.product).or_insert(step);
        if (step.day, step.stage) >= (kept.day, kept.stage) {
            *kept = step;
        }
    }
    let on_its_way = |step: &&&Known| {
        let this_year = step.stage != Stage::Candidate || step.year == year;
        let waits = (as_of - step.day).whole_days() <= assumptions::GIVEN_UP_DAYS;
        step.goes_on(as_of) && waits && this_year && !recognised(&step.product)
    };
    let item = |step: &Known| Item { product: step.product.clone(), stage: step.stage, since: step.day };
    last.values().filter(on_its_way).map(|step| item(step)).collect()
}

/// Plays the year.
#[must_use]
pub fn play(question: &Question, items: &[Item], assumptions: &Assumptions) -> Answer {
    let most = u32::try_from(MOST_PLAYED / (items.len().max(1) * Stage::ALL.len())).unwrap_or(u32::MAX).max(100);
    let runs = question.runs.clamp(1, most);
    let months = months(question);
    let mut counts: Vec<Vec<i64>> = vec![Vec::with_capacity(runs as usize); months.len()];
    let mut reached = 0;
    for run in 0..runs {
        let mut by_month = vec![0i64; months.len()];
        for item in items {
            let mut draws = Draws::new(question.seed, run, &item.product);
            let day = decided(item, question.as_of, assumptions, &mut draws);
            // What is decided before the year counts in the year before.
            let Some(day) = day.filter(|day| day.year() == question.year) else { continue };
            if let Some(count) = months.iter().position(|(_, end)| day <= *end).and_then(|at| by_month.get_mut(at)) {
                *count += 1;
            }
        }
        let mut so_far = question.recognised;
        for (count, all) in by_month.iter().zip(&mut counts) {
            so_far += count;
            all.push(so_far);
        }
        reached += u32::from(so_far >= question.target);
    }
    let quantiles: Vec<Quantiles> = counts.into_iter().map(quantiles).collect();
    let end = quantiles.last().copied().unwrap_or([question.recognised; 5]);
    Answer { runs, reached, year_end: end, months: months.into_iter().map(|(month, _)| month).zip(quantiles).collect() }
}

/// The day on which a product is recognised in one run; none where it fails.
fn decided(item: &Item, as_of: Date, assumptions: &Assumptions, draws: &mut Draws) -> Option<Date> {
    let mut day = as_of;
    let mut spent = (as_of - item.since).whole_days().max(0);
    for step in assumptions.steps.iter().skip(item.stage.place()) {
        let days = draws.triangle(step.days);
        let passes = draws.permille() < step.pass_permille;
        if !passes {
            return None;
        }
        day = day.checked_add(time::Duration::days((days - spent).max(1)))?;
        spent = 0;
    }
    Some(day)
}

/// The months from that of the day to December, each with its last day.
fn months(question: &Question) -> Vec<(u8, Date)> {
    let first = if question.as_of.year() < question.year { 1 } else { u8::from(question.as_of.month()) };
    let last = |month: u8| {
        let of = Month::try_from(month).ok()?;
        Date::from_calendar_date(question.year, of, of.length(question.year)).ok()
    };
    if question.as_of.year() > question.year {
        return Vec::new();
    }
    (first..=12).filter_map(|month| Some((month, last(month)?))).collect()
}

fn quantiles(mut counts: Vec<i64>) -> Quantiles {
    counts.sort_unstable();
    let at = |percent: usize| {
        // The smallest number that so many of a hundred runs do not pass.
        let place = (counts.len() * percent).div_ceil(100).max(1) - 1;
        counts.get(place).copied().unwrap_or(0)
    };
    [at(5), at(25), at(50), at(75), at(95)]
}

/// The 95 % interval of a share after Wilson, with the share itself between, in per-mille rounded outwards.
#[must_use]
pub fn wilson(reached: u32, runs: u32) -> (i32, i32, i32) {
    let (n, share) = (f64::from(runs.max(1)), f64::from(reached) / f64::from(runs.max(1)));
    let z = 1.959_964;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "per-mille")]
    let permille = |value: f64| (value.clamp(0.0, 1.0) * 1000.0) as i32;
    let exact = |value: f64| (value * 1e9).round() / 1e9;
    let low = permille(exact((centre - half).max(0.0)));
    let high = permille((exact(centre + half) * 1000.0).ceil() / 1000.0);
    let middle = permille((share * 1000.0).round() / 1000.0 + 1e-9);
    (low.min(middle), middle, high.max(middle))
}

#[cfg(test)]
mod tests;
