//! Properties of grading on every one of the cards, with random marks. The seed is printed; `EVALUATION_SEED` takes it
//! back to repeat a run.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that meets something else has failed"
)]

use std::collections::BTreeMap;

use evaluation::rules::domain::{
    Answer, GradeInput, Graded, MemberMarks, Outcome, RaisedKnockout, ViolationKind as Kind, grade,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use reference::cards::{self, Card, Criterion, KnockoutEffect};

/// Cases per card and property.
const CASES: u32 = 24;
/// More than any card has criteria.
const WIDE: usize = 64;

/// Tries a property on every card.
fn on_every_card<S: Strategy>(
    name: &str,
    strategy: S,
    property: impl Fn(&'static Card, S::Value) -> Result<(), TestCaseError>,
) where
    S::Value: Clone,
{
    let seed = seed();
    println!("{name}: EVALUATION_SEED={}", hex::encode(seed));
    assert_eq!(cards::all().len(), 51);
    for card in cards::all() {
        assert!(card.criteria().count() <= WIDE);
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        match runner.run(&strategy, |value| property(card, value)) {
            Ok(()) => {}
            Err(TestError::Fail(why, value)) => unreachable!("{} breaks {name}: {why}\n{value:#?}", card.id),
            Err(TestError::Abort(why)) => unreachable!("{}: {name} was not tried: {why}", card.id),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a run is repeated by its seed, which only the environment can tell a test"
)]
fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    match std::env::var("EVALUATION_SEED") {
        Ok(told) => hex::decode_to_slice(told.trim(), &mut seed).expect("a seed of 64 hex digits"),
        Err(_) => TestRunner::new(Config::default()).rng().fill_bytes(&mut seed),
    }
    seed
}

/// What is chosen of each criterion (its options and 0), and whether the option is told.
type Picks = Vec<(Index, bool)>;

fn picks() -> impl Strategy<Value = Picks> {
    vec(any::<(Index, bool)>(), WIDE)
}

fn council() -> impl Strategy<Value = Vec<Picks>> {
    vec(picks(), 1..8)
}

fn choices(criterion: &Criterion) -> Vec<(i32, i32)> {
    let none = criterion.none_applies_points.map(|points| (points, 0));
    criterion.options().map(|option| (option.points, option.position)).chain(none).collect()
}

fn sheet(card: &Card, picks: &Picks) -> Vec<Answer> {
    let pick = |(criterion, (at, told)): (&Criterion, &(Index, bool))| {
        let choices = choices(criterion);
        let (points, position) = *at.get(&choices);
        Answer { criterion: criterion.id.clone(), points: Some(points), option: if *told { position } else { 0 } }
    };
    card.criteria().zip(picks).map(pick).collect()
}

fn input(card: &Card, council: &[Picks]) -> GradeInput {
    let member = |(at, picks): (usize, &Picks)| MemberMarks { member: format!("m{at}"), answers: sheet(card, picks) };
    GradeInput { members: council.iter().enumerate().map(member).collect(), ..GradeInput::default() }
}

fn graded(card: &Card, input: &GradeInput) -> Graded {
    grade(card, input).expect("valid marks are graded")
}

fn part_of(card: &Card, id: &str) -> String {
    let has = |part: &&reference::cards::Part| {
        part.sections.iter().flat_map(|section| &section.criteria).any(|criterion| criterion.id == id)
    };
    card.parts.iter().find(has).unwrap().id.clone()
}

/// The mean by long division in hundredths: another way than grading's own.
fn printed(sum: i32, count: i32) -> String {
    let (mut whole, rest) = (sum * 100 / count, sum * 100 % count);
    whole += i32::from(2 * rest >= count);
    format!("{}.{}{}", whole / 100, whole / 10 % 10, whole % 10)
}

#[test]
fn totals_parts_mean_spread_and_band_follow_from_the_answers() {
    on_every_card("figures", council(), |card, council| {
        let input = input(card, &council);
        let graded = graded(card, &input);
        let mut totals = Vec::new();
        for (member, told) in input.members.iter().zip(&graded.member_totals) {
            let mut parts: BTreeMap<String, i32> = BTreeMap::new();
            for answer in &member.answers {
                *parts.entry(part_of(card, &answer.criterion)).or_default() += answer.points.unwrap();
            }
            prop_assert_eq!(&told.member, &member.member);
            prop_assert_eq!([told.part_a, told.part_b, told.part_c], ["A", "B", "C"].map(|part| parts[part]));
            prop_assert_eq!(told.total, told.part_a + told.part_b + told.part_c);
            totals.push(parts.values().sum::<i32>());
        }
        let (sum, count) = (totals.iter().sum::<i32>(), i32::try_from(totals.len()).unwrap());
        prop_assert_eq!(graded.member_totals.iter().map(|m| m.total).collect::<Vec<_>>(), totals.clone());
        prop_assert_eq!((graded.sum, graded.count), (i64::from(sum), i64::from(count)));
        prop_assert_eq!(graded.mean, printed(sum, count));
        prop_assert_eq!(graded.spread, totals.iter().max().unwrap() - totals.iter().min().unwrap());
        let band = [90, 70, 50, 30].iter().position(|from| sum >= from * count).map_or(1, |at| 5 - at);
        prop_assert_eq!(usize::from(graded.band_stars), band);
        let outcome = if graded.spread > 10 { Outcome::RescoreRequired } else { Outcome::Graded };
        prop_assert_eq!(graded.outcome, outcome);
        prop_assert!(graded.stars <= graded.band_stars);
        prop_assert_eq!(&graded.scorecard_digest, &card.digest);
        prop_assert_eq!(graded.scorecard_incomplete, card.sum_of_option_maxima != 100);
        Ok(())
    });
}

/// Stars and failed marks by the words of the rule, mark by mark.
fn by_the_rule(card: &Card, input: &GradeInput, band: u8) -> (u8, Vec<(u8, String)>) {
    let count = i32::try_from(input.members.len()).unwrap();
    let holds = |criterion: &Criterion, stars: u8, required: i32| {
        if let Some(agreed) = input.agreed.iter().find(|answer| answer.criterion == criterion.id) {
            let marked = criterion.options().find(|option| option.star_minimum == Some(stars)).map(|o| o.position);
            let points = agreed.points.unwrap();
            let later = agreed.option == 0 || marked.is_none_or(|marked| agreed.option >= marked);
            return points > required || (points == required && later);
        }
        let of =
            |member: &MemberMarks| member.answers.iter().find(|a| a.criterion == criterion.id).unwrap().points.unwrap();
        input.members.iter().map(of).sum::<i32>() >= required * count
    };
    let failed = |star: u8| -> Vec<(u8, String)> {
        let marked = card.criteria().filter_map(|c| Some((c, *c.star_minimum.get(&star)?)));
        marked.filter(|(c, required)| !holds(c, star, *required)).map(|(c, _)| (star, c.id.clone())).collect()
    };
    let told = (3..=band.max(3)).flat_map(failed).collect();
    let reached = (3..=band).take_while(|star| failed(*star).is_empty()).last().unwrap_or(0);
    (if band < 3 { band } else { reached }, told)
}

#[test]
fn stars_are_the_highest_whose_minimum_marks_all_hold() {
    let strategy = (council(), picks(), vec(any::<bool>(), WIDE), any::<bool>());
    on_every_card("minimum marks", strategy, |card, (council, agreed, taken, good)| {
        let mut input = GradeInput { spread_limit: Some(100), ..input(card, &council) };
        if good {
            // Random marks seldom reach the higher bands.
            for (answer, criterion) in input.members.iter_mut().flat_map(|m| m.answers.iter_mut().zip(card.criteria()))
            {
                let keeps = answer.criterion.len() + usize::try_from(answer.option).unwrap();
                if keeps % 4 != 0 {
                    *answer = Answer { points: Some(criterion.max), option: 0, ..answer.clone() };
                }
            }
        }
        input.agreed =
            sheet(card, &agreed).into_iter().zip(taken).filter(|(_, taken)| *taken).map(|(a, _)| a).collect();
        let graded = graded(card, &input);
        let failed: Vec<(u8, String)> = graded.failed_minimums.iter().map(|f| (f.stars, f.criterion.clone())).collect();
        prop_assert_eq!((graded.stars, failed), by_the_rule(card, &input, graded.band_stars));
        Ok(())
    });
}

#[test]
fn the_order_of_members_and_answers_changes_nothing_but_the_order() {
    on_every_card("order", (council(), any::<Index>()), |card, (council, at)| {
        let input = input(card, &council);
        let mut turned = input.clone();
        let by = at.index(turned.members.len());
        turned.members.rotate_left(by);
        for member in &mut turned.members {
            let by = at.index(member.answers.len());
            member.answers.rotate_right(by);
        }
        let mut other = graded(card, &turned);
        other.member_totals.rotate_right(by);
        prop_assert_eq!(graded(card, &input), other);
        Ok(())
    });
}

#[test]
fn agreed_answers_never_change_totals_mean_spread_band_or_outcome() {
    on_every_card("agreed answers", (council(), picks(), 0..=100i32), |card, (council, agreed, limit)| {
        let input = GradeInput { spread_limit: Some(limit), ..input(card, &council) };
        let without = graded(card, &input);
        let with = graded(card, &GradeInput { agreed: sheet(card, &agreed), ..input });
        let figures = |g: &Graded| (g.member_totals.clone(), g.mean.clone(), g.spread, g.band_stars, g.outcome);
        prop_assert_eq!(figures(&with), figures(&without));
        prop_assert!(with.stars <= with.band_stars);
        Ok(())
    });
}

#[test]
fn of_several_knock_outs_the_first_in_order_ends_grading_and_leaves_the_figures() {
    on_every_card("knock-outs", (council(), vec(any::<Index>(), 1..4)), |card, (council, raised)| {
        let of = |criterion: &Criterion| {
            let raised = |knockout: &reference::cards::Knockout| RaisedKnockout {
                criterion: criterion.id.clone(),
                effect: knockout.effect,
            };
            criterion.knockouts.iter().map(raised).collect::<Vec<_>>()
        };
        let known: Vec<RaisedKnockout> = card.criteria().flat_map(of).collect();
        let input = input(card, &council);
        let plain = graded(card, &input);
        if known.is_empty() {
            return Ok(());
        }
        let knockouts: Vec<RaisedKnockout> = raised.iter().map(|at| at.get(&known).clone()).collect();
        let has = |effect| knockouts.iter().any(|raised| raised.effect == effect);
        let expected = match () {
            () if has(KnockoutEffect::Disqualify) || has(KnockoutEffect::Precondition) => Outcome::Disqualified,
            () if has(KnockoutEffect::StopScoring) => Outcome::Stopped,
            () => Outcome::NotAssessed,
        };
        let out = graded(card, &GradeInput { knockouts, ..input });
        prop_assert_eq!((out.outcome, out.stars, out.failed_minimums.len()), (expected, 0, 0));
        prop_assert_eq!((out.member_totals, out.mean), (plain.member_totals, plain.mean));
        prop_assert_eq!((out.spread, out.band_stars), (plain.spread, plain.band_stars));
        Ok(())
    });
}

/// Breaks answers of different criteria in every way, and answers what must be told of it.
fn broken(card: &Card, answers: &mut Vec<Answer>, at: Index) -> Vec<(String, Kind)> {
    let start = at.index(answers.len());
    let place = |step: usize| (start + step) % card.criteria().count();
    let id = |at: usize| card.criteria().nth(at).unwrap().id.clone();
    let mut told = Vec::new();
    let [unknown, none, points, option, twice] = [0, 1, 2, 3, 4].map(place);
    let field = |at: usize, name: &str| format!("marks[0].answers[{at}].{name}");
    answers[unknown].criterion = "Z9.9".to_owned();
    told.push((field(unknown, "criterion"), Kind::UnknownCriterion { criterion: "Z9.9".to_owned() }));
    answers[none].points = None;
    told.push((field(none, "points"), Kind::MissingPoints { criterion: id(none) }));
    answers[points].points = Some(101);
    told.push((field(points, "points"), Kind::NoSuchPoints { criterion: id(points), points: 101 }));
    answers[option].option = 99;
    told.push((field(option, "option"), Kind::NoSuchOption { criterion: id(option), option: 99 }));
    let again = answers[twice].clone();
    told.push((field(answers.len(), "criterion"), Kind::DuplicateAnswer { criterion: id(twice) }));
    answers.push(again);
    told.push(("marks[0].answers".to_owned(), Kind::MissingAnswer { criterion: id(unknown) }));
    told
}

#[test]
fn every_broken_answer_is_told_at_once_where_it_stands() {
    on_every_card("violations", (picks(), any::<Index>()), |card, (picks, at)| {
        // Options are told where they are broken only, so that each fault stands alone.
        let picks: Picks = picks.into_iter().map(|(pick, _)| (pick, false)).collect();
        let mut input = input(card, std::slice::from_ref(&picks));
        let mut expected = broken(card, &mut input.members[0].answers, at);
        input.knockouts.push(RaisedKnockout { criterion: "Z9.9".to_owned(), effect: KnockoutEffect::StopScoring });
        let kind = Kind::UnknownCriterion { criterion: "Z9.9".to_owned() };
        expected.push(("knockouts[0].criterion".to_owned(), kind));
        let found = grade(card, &input).expect_err("broken answers are refused");
        let mut found: Vec<(String, Kind)> = found.into_iter().map(|v| (v.field, v.kind)).collect();
        let by_text = |a: &(String, Kind), b: &(String, Kind)| format!("{a:?}").cmp(&format!("{b:?}"));
        found.sort_by(by_text);
        expected.sort_by(by_text);
        prop_assert_eq!(found, expected);
        Ok(())
    });
}
