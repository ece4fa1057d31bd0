//! What the steps are played with: own history where there is enough of it, else figures with their sources.
//!
//! The marks are those of the fact file: a published figure that was seen, one inferred from such, or a guess that says
//! that it is one.

use std::collections::BTreeMap;

use time::Date;

use super::{Known, Stage};

/// How far a number can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Counted here.
    OwnHistory,
    /// Published and seen.
    Published,
    /// Inferred from what is published.
    Inferred,
    /// A guess.
    Assumed,
}

/// A step on from a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// From where.
    pub from: Stage,
    /// How many of a thousand pass.
    pub pass_permille: i32,
    /// What that rests on, and where it is from.
    pub pass: (Basis, String),
    /// Least, most often, most days.
    pub days: [i64; 3],
    /// What they rest on, and where they are from.
    pub time: (Basis, String),
    /// How many took the step or failed at it here.
    pub sample_size: i64,
}

/// All steps in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// From candidate to filed, to sealed, to graded, to decided.
    pub steps: Vec<Step>,
}

/// What is known of products, and when each was recognised first.
pub struct History<'a> {
    /// Everything known.
    pub known: &'a [Known],
    /// The day of a product's first recognition.
    pub recognised: &'a BTreeMap<String, Date>,
}

/// From so many own products on, their numbers are taken.
const ENOUGH: usize = 20;
/// Who has stood at a stage for so long without moving will not move.
pub(super) const GIVEN_UP_DAYS: i64 = 365;

/// Passing rates where there is no own history: per-mille, basis, source.
const PASS: [(i32, Basis, &str); 4] = [
    // 18 of 56 registered products were to be recognised at least; with 81 of 93 passing evaluation, 369 of 1000 file.
    (
        369,
        Basis::Inferred,
        "Phú Yên 74/KH-UBND 2022: 56 products to register, at least 18 to be recognised (S36); divided by 81 of 93 that pass evaluation",
    ),
    (1000, Basis::Assumed, "no figure of dossiers refused at intake is published"),
    (
        871,
        Basis::Published,
        "81 of 93: Phú Thọ November 2025, 64 of 71 proposed (S68); Đắk Lắk April 2024, 17 of 22 ranked (S43, S69)",
    ),
    (1000, Basis::Assumed, "no figure of graded products that no decision followed is published"),
];

/// Days where there is no own history.
const DAYS: [([i64; 3], Basis, &str); 4] = [
    // Quảng Ninh's calendar has ideas in April to June and plans in June to August.
    ([14, 60, 150], Basis::Inferred, "Quảng Ninh's yearly calendar: ideas April to June, plans June to August (S50)"),
    ([7, 21, 45], Basis::Inferred, "26/2026 art. 7: 15 working days at the commune, then the province takes over (S1)"),
    ([7, 30, 90], Basis::Assumed, "no figure is published"),
    ([3, 15, 60], Basis::Assumed, "no figure is published"),
];

/// The steps as they are played on a day.
#[must_use]
pub fn learn(history: &History<'_>, as_of: Date) -> Assumptions {
    let by_product = by_product(history, as_of);
    let steps = Stage::ALL.iter().zip(PASS.iter().zip(&DAYS));
    Assumptions { steps: steps.map(|(from, (pass, days))| step(*from, pass, days, &by_product, as_of)).collect() }
}

/// Of one product: the day on which it came to each stage and to its recognition, and where it failed.
#[derive(Default)]
struct Way {
    days: [Option<Date>; 5],
    failed: Option<usize>,
}

fn by_product(history: &History<'_>, as_of: Date) -> Vec<Way> {
    let mut ways: BTreeMap<&str, Way> = BTreeMap::new();
    // What is graded after a recognition is an upgrade or a renewal, and says nothing of the way to the first.
    let first = |known: &&Known| history.recognised.get(&known.product).is_none_or(|day| *day >= known.day);
    for known in history.known.iter().filter(|known| known.day <= as_of).filter(first) {
        let (way, goes_on) = (ways.entry(&known.product).or_default(), known.goes_on(as_of));
        let place = known.stage.place();
        if !goes_on {
            // Graded below three stars, it failed on the step that leads there; else at the stage where it stood.
            let step = if known.stage == Stage::Graded { place.saturating_sub(1) } else { place };
            way.failed = Some(way.failed.map_or(step, |failed| failed.max(step)));
        }
        if (goes_on || known.stage != Stage::Graded)
            && let Some(day) = way.days.get_mut(place)
        {
            *day = Some(day.map_or(known.day, |kept| kept.min(known.day)));
        }
    }
    for (product, way) in &mut ways {
        if let (Some(day), Some(last)) =
            (history.recognised.get(*product).filter(|day| **day <= as_of), way.days.last_mut())
        {
            *last = Some(*day);
            way.failed = None;
        }
    }
    ways.into_values().collect()
}

fn step(
    from: Stage,
    (permille, basis, source): &(i32, Basis, &str),
    (days, days_basis, days_source): &([i64; 3], Basis, &str),
    ways: &[Way],
    as_of: Date,
) -> Step {
    let place = from.place();
    let (mut passed, mut failed, mut taken) = (0usize, 0usize, Vec::new());
    for way in ways {
        let Some(began) = way.days.get(place).copied().flatten() else { continue };
        // Only those of whom the end is known: a pass shows at once and a failure late, so that the young would all pass,
        // and quickly.
        if (as_of - began).whole_days() <= GIVEN_UP_DAYS {
            continue;
        }
        // Whoever came further passed, even where the next day itself is not known.
        let further = way.days.iter().skip(place + 1).flatten().next();
        if further.is_some() {
            passed += 1;
            taken.extend(way.days.get(place + 1).copied().flatten().map(|next| (next - began).whole_days().max(0)));
        } else {
            failed += 1;
        }
    }
    let sample = passed + failed;
    let mut step = Step {
        from,
        pass_permille: *permille,
        pass: (*basis, (*source).to_owned()),
        days: *days,
        time: (*days_basis, (*days_source).to_owned()),
        sample_size: i64::try_from(sample).unwrap_or(i64::MAX),
    };
    if sample >= ENOUGH {
        step.pass_permille = i32::try_from((passed * 2000 + sample) / (sample * 2)).unwrap_or(0);
        step.pass = (Basis::OwnHistory, format!("{passed} of {sample}"));
    }
    if taken.len() >= ENOUGH {
        taken.sort_unstable();
        let at = |percent: usize| taken.get((taken.len() - 1) * percent / 100).copied().unwrap_or(0);
        step.days = [at(5), at(50), at(95)];
        step.time = (Basis::OwnHistory, format!("5, 50 and 95 of a hundred among {}", taken.len()));
    }
    step
}
