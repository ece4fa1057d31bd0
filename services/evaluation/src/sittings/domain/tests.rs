use proptest::prelude::*;
use time::macros::date;

use super::record::{Input, Knockout, Part, Sheet, digest, make, verify};
use super::*;
use crate::councils::domain::Role;

const STATES: [State; 4] = [State::Open, State::Rescore, State::Graded, State::Decided];
const VERBS: [Verb; 6] =
    [Verb::RecordMarks, Verb::RaiseKnockout, Verb::SetAgreedAnswers, Verb::Grade, Verb::Rescore, Verb::Decide];

#[test]
fn every_verb_is_possible_only_where_the_table_says() {
    let possible = |state| VERBS.into_iter().filter(|verb| next(state, *verb).is_some()).collect::<Vec<_>>();
    assert_eq!(possible(State::Open), VERBS[..5]);
    assert_eq!(possible(State::Rescore), VERBS[..5]);
    assert_eq!(possible(State::Graded), [Verb::Decide]);
    assert_eq!(possible(State::Decided), []);
    for state in STATES {
        assert_eq!(State::of(state.as_str()), Some(state));
        for verb in VERBS {
            assert!(TRANSITIONS.iter().filter(|(from, by, _)| (*from, *by) == (state, verb)).count() <= 1);
        }
    }
    assert_eq!(next(State::Open, Verb::Rescore), Some(State::Rescore));
    assert_eq!(next(State::Rescore, Verb::Grade), Some(State::Graded));
}

#[test]
fn regime_and_card_follow_from_the_filing() {
    let frozen = |day, kind, set: &str| freeze(day, kind, set).map(|f| (f.regime.id.as_str(), f.card.id.as_str()));
    use DossierKind::{First, ReEvaluation};
    let unavailable = |name: &str| Err(FreezeFault::Unavailable(name.to_owned()));
    for (day, kind, set, expected) in [
        (date!(2021 - 06 - 01), First, "q1048-ruou-trang", Ok(("q1048", "q1048-ruou-trang"))),
        (date!(2021 - 06 - 01), First, "q1048-gao-ngu-coc", unavailable("scorecards/q1048-gao-ngu-coc")),
        (date!(2021 - 06 - 01), First, "q26-hoa", Err(FreezeFault::OtherRegime("q1048".to_owned()))),
        (date!(2021 - 06 - 01), First, "q1048-rau", Err(FreezeFault::SetUnknown)),
        (date!(2024 - 06 - 01), First, "q1048-ruou-trang", unavailable("regimes/q148")),
        (date!(2026 - 05 - 21), ReEvaluation, "q26-hoa", unavailable("regimes/q148")),
        (date!(2026 - 05 - 22), First, "q26-hoa", Ok(("q26", "q26-hoa"))),
        (date!(2019 - 08 - 20), First, "q1048-ruou-trang", Err(FreezeFault::BeforeFirst(date!(2019 - 08 - 21)))),
    ] {
        assert_eq!(frozen(day, kind, set), expected, "{day} {set}");
    }
}

fn card() -> &'static Card {
    cards::get("q26-ca-phe-ca-cao").unwrap()
}

fn best(card: &Card) -> Vec<Answer> {
    let of = |c: &cards::Criterion| Answer { criterion: c.id.clone(), points: Some(c.max), option: 0 };
    card.criteria().map(of).collect()
}

#[test]
fn violations_stand_where_the_request_has_the_answers() {
    let mut wrong = best(card());
    wrong[3].points = None;
    wrong.pop();
    let fields: Vec<String> = marks_faults(card(), &wrong).into_iter().map(|v| v.field).collect();
    assert_eq!(fields, ["answers[3].points", "answers"]);
    assert_eq!(marks_faults(card(), &best(card())), []);
    assert_eq!(agreed_faults(card(), &best(card())[..2]), []);
    let twice = [wrong[0].clone(), wrong[0].clone()];
    assert_eq!(agreed_faults(card(), &twice)[0].field, "answers[1].criterion");
    let raised =
        |criterion: &str| RaisedKnockout { criterion: criterion.to_owned(), effect: KnockoutEffect::Disqualify };
    assert_eq!(knockout_faults(card(), &raised("Z9"))[0].field, "criterion");
}

#[test]
fn only_counted_members_are_waited_for() {
    let member = |id: &str, counted| Member {
        member: id.to_owned(),
        display_name: format!("Sở {id}"),
        role: Role::Member,
        counted,
    };
    let members = [member("m1", true), member("m2", false), member("m3", true)];
    let missing = |handed_in: &[&str]| {
        let handed_in: Vec<String> = handed_in.iter().map(ToString::to_string).collect();
        missing(&members, &handed_in).into_iter().map(|m| m.member.clone()).collect::<Vec<_>>()
    };
    assert_eq!(missing(&[]), ["m1", "m3"]);
    assert_eq!(missing(&["m3", "m9"]), ["m1"]);
    assert_eq!(missing(&["m1", "m3"]), Vec::<String>::new());
}

#[test]
fn a_final_result_below_three_stars_settles_the_dossier() {
    assert!(settles(State::Graded, 0) && settles(State::Graded, 2));
    assert!(!settles(State::Graded, 3) && !settles(State::Rescore, 0) && !settles(State::Decided, 3));
}

fn input(members: &[Vec<Answer>]) -> Input {
    let sheet = |(at, answers): (usize, &Vec<Answer>)| Sheet {
        member: format!("m{}", at + 1),
        answers: in_card_order(card(), answers),
    };
    Input {
        sitting: "sittings/1".to_owned(),
        product: "products/1".to_owned(),
        attempt: 1,
        regime: "q26".to_owned(),
        scorecard: card().id.clone(),
        scorecard_digest: card().digest.clone(),
        dossier_digest: String::new(),
        spread_limit: 10,
        marks: members.iter().enumerate().map(sheet).collect(),
        agreed: Vec::new(),
        knockouts: Vec::new(),
        excluded: Vec::new(),
    }
}

#[test]
fn the_canonical_form_is_frozen() {
    let mut one = input(&[best(card())]);
    one.marks[0].answers.truncate(1);
    one.knockouts.push(Knockout { criterion: "A1.1".to_owned(), effect: Effect::NotAssessed });
    let written = serde_json::to_string(&one).unwrap();
    let expected = concat!(
        r#"{"sitting":"sittings/1","product":"products/1","attempt":1,"regime":"q26","scorecard":"q26-ca-phe-ca-cao","#,
        r#""scorecard_digest":"DIGEST","dossier_digest":"","spread_limit":10,"#,
        r#""marks":[{"member":"m1","answers":[{"criterion":"A1.1","points":3,"option":0}]}],"agreed":[],"#,
        r#""knockouts":[{"criterion":"A1.1","effect":"not_assessed"}]}"#,
    );
    assert_eq!(written, expected.replace("DIGEST", &card().digest));
    assert_eq!(serde_json::from_str::<Input>(&written).unwrap(), one);
}

#[test]
fn a_recomputation_finds_what_was_changed() {
    let input = input(&[best(card()), best(card())]);
    let (_, stored) = make(card(), &input).unwrap();
    let summary = ("graded", 5);
    let differences =
        |input: &Input, stored: &_, summary| verify(Some(card()), input, stored, summary).unwrap().differences;
    assert_eq!(differences(&input, &stored, summary), []);
    assert_eq!(verify(Some(card()), &input, &stored, summary).unwrap().recomputed_digest, stored.result_digest);
    assert_eq!(differences(&input, &stored, ("graded", 4)), [Part::Summary]);

    let mut marks = input.clone();
    marks.marks[0].answers[0].points = 1;
    assert_eq!(differences(&marks, &stored, summary), [Part::Input, Part::Result]);
    marks.marks[0].answers[0].points = 77;
    let all = [Part::Input, Part::Result, Part::Summary];
    assert_eq!(differences(&marks, &stored, summary), all, "no option gives 77 points");

    let mut result = stored.clone();
    result.result = result.result.replace("\"stars\":5", "\"stars\":4");
    assert_eq!(differences(&input, &result, summary), [Part::Result, Part::Digest]);
    result.result_digest = digest(&result.result);
    assert_eq!(differences(&input, &result, summary), [Part::Result], "a forger who knows how digests are made");

    let mut other_card = input.clone();
    other_card.scorecard_digest = digest("another card");
    assert!(differences(&other_card, &stored, summary).contains(&Part::Scorecard));
    assert!(verify(None, &input, &stored, summary).unwrap().differences.contains(&Part::Scorecard));
}

proptest! {
    #[test]
    fn the_same_marks_are_the_same_bytes_in_any_order(swap in any::<prop::sample::Index>(), members in 1usize..6) {
        let mut turned = best(card());
        turned.reverse();
        let at = swap.index(turned.len());
        turned.swap(0, at);
        let (_, one) = make(card(), &input(&vec![best(card()); members])).unwrap();
        let (_, other) = make(card(), &input(&vec![turned; members])).unwrap();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn any_changed_mark_changes_both_digests(which in any::<prop::sample::Index>(), members in 1usize..4, who in any::<prop::sample::Index>()) {
        let before = input(&vec![best(card()); members]);
        let mut after = before.clone();
        let who = who.index(members);
        let which = which.index(after.marks[who].answers.len());
        let mark = &mut after.marks[who].answers[which];
        let other = card().criterion(&mark.criterion).unwrap().options().map(|o| o.points).find(|p| *p != mark.points);
        prop_assume!(other.is_some());
        mark.points = other.unwrap();
        let ((_, before), (_, after)) = (make(card(), &before).unwrap(), make(card(), &after).unwrap());
        prop_assert_ne!(before.input_digest, after.input_digest);
        prop_assert_ne!(before.result_digest, after.result_digest);
    }
}

#[test]
fn only_those_further_than_the_limit_from_somebody_mark_again() {
    let of = |totals: &[i32]| -> Vec<(String, i32)> {
        totals.iter().enumerate().map(|(at, total)| (format!("m{}", at + 1), *total)).collect()
    };
    let cases: [(&[i32], &[&str]); 5] = [
        (&[60, 70], &[]),
        (&[60, 71], &["m1", "m2"]),
        (&[60, 65, 74], &["m1", "m3"]),
        (&[60, 61, 62, 72], &["m1", "m2", "m4"]),
        (&[], &[]),
    ];
    for (totals, expected) in cases {
        assert_eq!(apart(&of(totals), 10), expected, "{totals:?}");
    }
}

#[test]
fn written_opinions_differ_where_they_come_to_different_stars() {
    let of = |totals: &[i32]| -> Vec<(String, i32)> { totals.iter().map(|total| ("m".to_owned(), *total)).collect() };
    assert!(!opinions_differ(card(), &of(&[90, 95, 100])));
    assert!(opinions_differ(card(), &of(&[90, 89])));
    assert!(!opinions_differ(card(), &of(&[70])));
}
