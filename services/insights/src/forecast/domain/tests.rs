//! The forecast against what must be true of it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::macros::date;
use time::{Date, Duration};

use super::*;

fn step(from: Stage, pass_permille: i32, days: [i64; 3]) -> Step {
    let basis = || (Basis::Assumed, String::new());
    Step { from, pass_permille, pass: basis(), days, time: basis(), sample_size: 0 }
}

/// Everything takes a day and passes so often.
fn quick(pass: [i32; 4]) -> Assumptions {
    Assumptions { steps: Stage::ALL.iter().zip(pass).map(|(from, pass)| step(*from, pass, [1, 1, 1])).collect() }
}

fn question(target: i64) -> Question {
    Question { as_of: date!(2021 - 06 - 10), year: 2021, target, recognised: 2, seed: 1, runs: 2000 }
}

fn items(count: usize, stage: Stage) -> Vec<Item> {
    let item = |at: usize| Item { product: format!("products/{at}"), stage, since: date!(2021 - 06 - 01) };
    (0..count).map(item).collect()
}

#[test]
fn without_anything_on_its_way_only_what_is_recognised_counts() {
    let none = play(&question(3), &[], &quick([1000; 4]));
    assert_eq!((none.reached, none.runs, none.year_end), (0, 2000, [2; 5]));
    assert_eq!(play(&question(2), &[], &quick([1000; 4])).reached, 2000);
}

#[test]
fn where_everything_passes_in_time_the_target_is_sure() {
    let sure = play(&question(12), &items(10, Stage::Candidate), &quick([1000; 4]));
    assert_eq!((sure.reached, sure.year_end), (2000, [12; 5]));
    assert_eq!(sure.months.iter().map(|(month, _)| *month).collect::<Vec<_>>(), [6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(wilson(sure.reached, sure.runs), (998, 1000, 1000));
}

#[test]
fn what_takes_longer_than_the_year_counts_for_nothing() {
    let mut slow = quick([1000; 4]);
    slow.steps[3].days = [300, 300, 300];
    assert_eq!(play(&question(3), &items(10, Stage::Graded), &slow).reached, 0);
    // Those that stood there since before the year need only what is left.
    let mut old = items(10, Stage::Graded);
    old.iter_mut().for_each(|item| item.since = date!(2020 - 12 - 01));
    assert_eq!(play(&question(12), &old, &slow).reached, 2000);
}

#[test]
fn a_year_that_is_over_is_as_it_is() {
    let over = Question { as_of: date!(2022 - 03 - 01), ..question(2) };
    let answer = play(&over, &items(10, Stage::Graded), &quick([1000; 4]));
    assert_eq!((answer.reached, answer.year_end, answer.months.len()), (2000, [2; 5], 0));
}

/// The chance that at least `least` of `n` pass, each with `share`.
fn binomial(n: u32, least: u32, share: f64) -> f64 {
    let choose = |k: u32| (0..k).fold(1.0, |all, i| all * f64::from(n - i) / f64::from(i + 1));
    let exactly =
        |k: u32| choose(k) * share.powi(i32::try_from(k).unwrap()) * (1.0 - share).powi(i32::try_from(n - k).unwrap());
    (least..=n).map(exactly).sum()
}

#[test]
fn one_chance_for_each_agrees_with_the_exact_binomial() {
    for (n, least, pass) in [(20u32, 13u32, 700), (10, 9, 871), (30, 8, 250)] {
        let ask = Question { target: i64::from(least) + 2, runs: 20_000, ..question(0) };
        let answer = play(&ask, &items(n as usize, Stage::Graded), &quick([1000, 1000, 1000, pass]));
        let exact = binomial(n, least, f64::from(pass) / 1000.0);
        let found = f64::from(answer.reached) / 20_000.0;
        // Four standard deviations of 20,000 runs.
        assert!((found - exact).abs() < 4.0 * (exact * (1.0 - exact) / 20_000.0).sqrt(), "{found} for {exact}");
    }
}

#[test]
fn the_interval_after_wilson_is_that_of_the_textbooks() {
    assert_eq!(wilson(0, 10), (0, 0, 278));
    assert_eq!(wilson(5, 10), (236, 500, 764));
    assert_eq!(wilson(8, 10), (490, 800, 944));
}

fn known(product: &str, stage: Stage, day: Date, goes_on: bool) -> Known {
    Known { product: product.to_owned(), stage, day, year: day.year(), left: (!goes_on).then_some(day), sample: false }
}

#[test]
fn a_product_stands_where_it_was_seen_last() {
    let steps = [
        known("a", Stage::Candidate, date!(2021 - 01 - 05), true),
        known("a", Stage::Filed, date!(2021 - 03 - 01), true),
        known("b", Stage::Candidate, date!(2020 - 02 - 01), true),
        known("c", Stage::Filed, date!(2021 - 02 - 01), true),
        known("c", Stage::Graded, date!(2021 - 04 - 01), false),
        known("c", Stage::Filed, date!(2021 - 05 - 01), true),
        known("d", Stage::Graded, date!(2021 - 04 - 01), true),
        known("e", Stage::Sealed, date!(2021 - 07 - 01), true),
    ];
    let found = pipeline(&steps, &|product| product == "d", (date!(2021 - 06 - 10), 2021));
    let found: Vec<(&str, Stage)> = found.iter().map(|item| (item.product.as_str(), item.stage)).collect();
    assert_eq!(found, [("a", Stage::Filed), ("c", Stage::Filed)]);
}

#[test]
fn own_history_is_taken_from_twenty_products_on_and_says_how_many_there_were() {
    let mut steps = Vec::new();
    for at in 0..20 {
        let product = format!("p{at}");
        steps.push(known(&product, Stage::Filed, date!(2020 - 01 - 01), true));
        steps.push(known(&product, Stage::Sealed, date!(2020 - 01 - 01) + Duration::days(at + 10), true));
        steps.push(known(&product, Stage::Graded, date!(2020 - 05 - 01), at % 2 == 0));
    }
    let recognised = BTreeMap::from([("p0".to_owned(), date!(2020 - 06 - 01))]);
    let found = learn(&History { known: &steps, recognised: &recognised }, date!(2021 - 06 - 10));
    let of = |stage: Stage| &found.steps[stage.place()];
    assert_eq!(of(Stage::Candidate).pass.0, Basis::Inferred);
    assert_eq!((of(Stage::Filed).pass_permille, of(Stage::Filed).days), (1000, [10, 19, 28]));
    assert_eq!((of(Stage::Sealed).pass_permille, of(Stage::Sealed).pass.1.as_str()), (500, "10 of 20"));
    // Ten were graded, one was decided, the others have waited for more than a year: ten are too few.
    assert_eq!((of(Stage::Graded).sample_size, of(Stage::Graded).pass.0), (10, Basis::Assumed));
}

#[test]
fn what_became_of_a_product_later_is_not_known_before() {
    let dropped = Known { left: Some(date!(2021 - 06 - 20)), ..known("a", Stage::Filed, date!(2021 - 03 - 01), true) };
    let on = |day| pipeline(std::slice::from_ref(&dropped), &|_| false, (day, 2021)).len();
    assert_eq!((on(date!(2021 - 06 - 19)), on(date!(2021 - 06 - 20))), (1, 0));
    // Who has waited for more than a year has failed for the learning and is not played either.
    let old = known("a", Stage::Filed, date!(2020 - 01 - 01), true);
    assert_eq!(pipeline(&[old], &|_| false, (date!(2021 - 06 - 10), 2021)), []);
}

#[test]
fn those_who_may_still_move_say_nothing_yet() {
    // Twenty have filed within weeks, thirty-six of the same list have not: nothing is learnt from either so early.
    let mut steps: Vec<Known> =
        (0..56).map(|at| known(&format!("p{at}"), Stage::Candidate, date!(2021 - 01 - 10), true)).collect();
    steps.extend((0..20).map(|at| known(&format!("p{at}"), Stage::Filed, date!(2021 - 02 - 10), true)));
    let none = BTreeMap::new();
    let learnt = |day| learn(&History { known: &steps, recognised: &none }, day).steps.swap_remove(0);
    let early = learnt(date!(2021 - 03 - 10));
    assert_eq!((early.pass_permille, early.pass.0, early.sample_size), (369, Basis::Inferred, 0));
    let late = learnt(date!(2022 - 03 - 10));
    assert_eq!((late.pass_permille, late.pass.1.as_str()), (357, "20 of 56"));
}

#[test]
fn an_upgrade_says_nothing_of_the_way_to_the_first_recognition() {
    let steps: Vec<Known> =
        (0..20).map(|at| known(&format!("p{at}"), Stage::Graded, date!(2021 - 05 - 01), true)).collect();
    let recognised = (0..20).map(|at| (format!("p{at}"), date!(2019 - 05 - 01))).collect();
    let learnt = learn(&History { known: &steps, recognised: &recognised }, date!(2022 - 12 - 10));
    assert_eq!((learnt.steps[3].sample_size, learnt.steps[3].time.0), (0, Basis::Assumed));
}

#[test]
fn what_is_decided_before_the_year_does_not_count_in_it() {
    let ask = Question { as_of: date!(2021 - 11 - 01), year: 2022, ..question(3) };
    let answer = play(&ask, &items(10, Stage::Graded), &quick([1000; 4]));
    assert_eq!((answer.reached, answer.year_end), (0, [2; 5]));
}

fn any_stage() -> impl Strategy<Value = Stage> {
    prop::sample::select(&Stage::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_higher_target_is_never_likelier_and_the_order_of_products_changes_nothing(
        stages in prop::collection::vec((any_stage(), 0i64..200), 0..12),
        pass in prop::array::uniform4(0..=1000i32),
        seed in any::<u64>(),
    ) {
        let mut steps = quick(pass);
        steps.steps.iter_mut().for_each(|step| step.days = [5, 40, 120]);
        let item = |(at, (stage, ago)): (usize, &(Stage, i64))| Item {
            product: format!("products/{at}"),
            stage: *stage,
            since: date!(2021 - 06 - 10) - Duration::days(*ago),
        };
        let items: Vec<Item> = stages.iter().enumerate().map(item).collect();
        let mut turned = items.clone();
        turned.reverse();
        let mut before = u32::MAX;
        for target in 0..16 {
            let ask = Question { seed, runs: 200, ..question(target) };
            let answer = play(&ask, &items, &steps);
            prop_assert!(answer.reached <= before);
            before = answer.reached;
            prop_assert_eq!(&play(&ask, &turned, &steps), &answer);
            prop_assert!(answer.months.windows(2).all(|pair| pair[0].1.iter().zip(&pair[1].1).all(|(a, b)| a <= b)));
            let (low, middle, high) = wilson(answer.reached, answer.runs);
            prop_assert!(low <= middle && middle <= high);
        }
    }
}
