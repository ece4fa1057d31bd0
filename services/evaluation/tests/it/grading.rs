//! RuleService/Grade: the worked cases through the real layers, the fixed shape, and every violation at once.

use std::collections::BTreeMap;

use prost_reflect::{DynamicMessage, Kind, MessageDescriptor};
use proto::evaluation::v1 as pb;
use reference::cards;
use serde::Deserialize;
use tonic::Code;

use crate::office::{answer, because, everywhere, invalid, marks, refused};

const SAMPLES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/grade_samples.json"));

#[derive(Deserialize)]
struct Sample {
    scorecard: String,
    members: Vec<BTreeMap<String, i32>>,
    agreed: BTreeMap<String, i32>,
    knockouts: Vec<SampleKnockout>,
    expect: Expected,
}

#[derive(Deserialize)]
struct SampleKnockout {
    criterion: String,
    effect: String,
}

#[derive(Deserialize)]
struct Expected {
    totals: Vec<i32>,
    mean: String,
    spread: i32,
    band_stars: i32,
    outcome: String,
    stars: i32,
    #[serde(default)]
    failed: Vec<(i32, String)>,
}

fn answers(points: &BTreeMap<String, i32>) -> Vec<pb::Answer> {
    points.iter().map(|(criterion, points)| answer(criterion, *points)).collect()
}

fn request(sample: &Sample) -> pb::GradeRequest {
    let member = |(at, points): (usize, &BTreeMap<String, i32>)| pb::MemberMarks {
        member: format!("member {at}"),
        answers: answers(points),
    };
    let knockout = |raised: &SampleKnockout| {
        let name = format!("KNOCKOUT_EFFECT_{}", raised.effect.to_uppercase());
        let effect = pb::KnockoutEffect::from_str_name(&name).unwrap();
        pb::RaisedKnockout { criterion: raised.criterion.clone(), effect: effect.into() }
    };
    pb::GradeRequest {
        scorecard: format!("scorecards/{}", sample.scorecard),
        marks: sample.members.iter().enumerate().map(member).collect(),
        agreed_answers: answers(&sample.agreed),
        knockouts: sample.knockouts.iter().map(knockout).collect(),
        spread_limit: None,
    }
}

/// The answer that a sample asks for. What the sample does not say follows from the card and the marks.
fn expected(sample: &Sample) -> pb::GradeResponse {
    let card = cards::get(&sample.scorecard).unwrap();
    let part_sum = |part: &str, points: &BTreeMap<String, i32>| -> i32 {
        let part = card.parts.iter().find(|p| p.id == part).unwrap();
        part.sections.iter().flat_map(|section| &section.criteria).map(|criterion| points[&criterion.id]).sum()
    };
    let total = |((at, points), total): ((usize, &BTreeMap<String, i32>), &i32)| pb::MemberTotal {
        member: format!("member {at}"),
        total: *total,
        part_a: part_sum("A", points),
        part_b: part_sum("B", points),
        part_c: part_sum("C", points),
    };
    let failed = |(stars, criterion): &(i32, String)| {
        let required = card.criterion(criterion).unwrap().star_minimum[&u8::try_from(*stars).unwrap()];
        let got = sample.agreed.get(criterion).map_or_else(
            || mean(sample.members.iter().map(|points| points[criterion]).sum(), sample.members.len()),
            |points| mean(*points, 1),
        );
        pb::FailedMinimum { stars: *stars, criterion: criterion.clone(), required_points: required, got }
    };
    let outcome = pb::Outcome::from_str_name(&format!("OUTCOME_{}", sample.expect.outcome)).unwrap();
    pb::GradeResponse {
        member_totals: sample.members.iter().enumerate().zip(&sample.expect.totals).map(total).collect(),
        mean: sample.expect.mean.clone(),
        spread: sample.expect.spread,
        outcome: outcome.into(),
        band_stars: sample.expect.band_stars,
        stars: sample.expect.stars,
        failed_minimums: sample.expect.failed.iter().map(failed).collect(),
        scorecard_digest: card.digest.clone(),
        scorecard_incomplete: card.sum_of_option_maxima != 100,
    }
}

/// Two decimals, half up, by counting hundredths: another way than the service's.
fn mean(sum: i32, count: usize) -> String {
    let count = i32::try_from(count).unwrap();
    let (whole, rest) = (sum * 100 / count, sum * 100 % count);
    let hundredths = if rest * 2 >= count { whole + 1 } else { whole };
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[tokio::test]
async fn all_300_worked_cases_are_answered_as_written_in_every_field() {
    let samples: Vec<Sample> = serde_json::from_str(SAMPLES).unwrap();
    assert_eq!(samples.len(), 300);
    everywhere(async |office| {
        let before = office.rows().await;
        for (index, sample) in samples.iter().enumerate() {
            let graded = office.rules().grade(office.admin.say(request(sample))).await;
            assert_eq!(graded.unwrap().into_inner(), expected(sample), "case {index}");
        }
        assert_eq!(office.rows().await, before, "grading stores nothing");
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_marks_is_told_at_once() {
    everywhere(async |office| {
        let card = cards::get("q26-hoa").unwrap();
        let best = || card.criteria().map(|criterion| answer(&criterion.id, criterion.max)).collect::<Vec<_>>();
        let mut wrong = best();
        wrong[0].criterion = "Z9".to_owned();
        wrong[1].points = None;
        wrong[2].points = Some(99);
        wrong[3].option = 77;
        wrong[4].option = 1;
        wrong.push(wrong[5].clone());
        let last = wrong.len() - 1;
        let member = |member: &str, answers| pb::MemberMarks { member: member.to_owned(), answers };
        let knockout = |criterion: &str, effect: i32| pb::RaisedKnockout { criterion: criterion.to_owned(), effect };
        let first = card.criteria().next().unwrap().id.clone();
        let request = pb::GradeRequest {
            scorecard: "scorecards/q26-hoa".to_owned(),
            marks: vec![member("a", best()), member("a", wrong), member("", best()), member("b", Vec::new())],
            agreed_answers: vec![answer(&first, -1), answer("", 0)],
            knockouts: vec![knockout("Z9", 1), knockout(&first, 4), knockout(&first, 0), knockout(&first, 9)],
            spread_limit: Some(101),
        };
        let expected = invalid(&[
            ("marks[1].member", "MEMBER_DUPLICATE"),
            ("marks[1].answers[0].criterion", "CRITERION_UNKNOWN"),
            ("marks[1].answers[1].points", "POINTS_MISSING"),
            ("marks[1].answers[2].points", "POINTS_UNKNOWN"),
            ("marks[1].answers[3].option", "OPTION_UNKNOWN"),
            ("marks[1].answers[4].option", "OPTION_POINTS_DISAGREE"),
            (&format!("marks[1].answers[{last}].criterion"), "ANSWER_DUPLICATE"),
            ("marks[1].answers", "ANSWER_MISSING"),
            ("marks[2].member", "FIELD_REQUIRED"),
            ("marks[3].answers", "FIELD_REQUIRED"),
            ("marks[3].answers", "ANSWER_MISSING"),
            ("agreed_answers[0].points", "POINTS_UNKNOWN"),
            ("agreed_answers[1].criterion", "FIELD_REQUIRED"),
            ("knockouts[0].criterion", "CRITERION_UNKNOWN"),
            ("knockouts[1].effect", "KNOCKOUT_UNKNOWN"),
            ("knockouts[2].effect", "FIELD_REQUIRED"),
            ("knockouts[3].effect", "ENUM_UNKNOWN"),
            ("spread_limit", "FIELD_RANGE"),
        ]);
        assert_eq!(refused(office.rules().grade(office.admin.say(request)).await), expected);

        let nothing = office.rules().grade(office.admin.say(pb::GradeRequest::default())).await;
        let expected = invalid(&[("marks", "FIELD_REQUIRED"), ("scorecard", "FIELD_REQUIRED")]);
        assert_eq!(refused(nothing), expected);
    })
    .await;
}

#[tokio::test]
async fn one_to_fifty_members_and_any_limit_from_zero_are_taken() {
    everywhere(async |office| {
        let card = cards::get("q1048-ca-phe-ca-cao").unwrap();
        let of = |count: usize, limit: Option<i32>| pb::GradeRequest {
            scorecard: "scorecards/q1048-ca-phe-ca-cao".to_owned(),
            marks: (0..count)
                .map(|at| pb::MemberMarks { member: format!("m{at}"), answers: marks(card, 60 + i32::from(at == 0)) })
                .collect(),
            spread_limit: limit,
            ..Default::default()
        };
        let graded = office.rules().grade(office.admin.say(of(50, Some(1)))).await.unwrap().into_inner();
        assert_eq!((graded.mean.as_str(), graded.spread, graded.stars), ("60.02", 1, 3));
        let graded = office.rules().grade(office.admin.say(of(50, Some(0)))).await.unwrap().into_inner();
        assert_eq!((graded.outcome(), graded.stars, graded.band_stars), (pb::Outcome::RescoreRequired, 0, 3));
        let answer = office.rules().grade(office.admin.say(of(51, Some(-1)))).await;
        assert_eq!(refused(answer), invalid(&[("marks", "FIELD_RANGE"), ("spread_limit", "FIELD_RANGE")]));
    })
    .await;
}

#[tokio::test]
async fn a_caller_without_a_token_is_not_graded_for() {
    everywhere(async |office| {
        let answer = office.rules().grade(tonic::Request::new(pb::GradeRequest::default())).await;
        assert_eq!(refused(answer), because(Code::Unauthenticated, "UNAUTHENTICATED"));
    })
    .await;
}

/// Name, number and type of a field.
type Shape = (&'static str, u32, &'static str);

/// The messages of the fixed contract.
const SHAPES: [(&str, &[Shape]); 7] = [
    (
        "GradeRequest",
        &[
            ("scorecard", 1, "string"),
            ("marks", 2, "repeated MemberMarks"),
            ("agreed_answers", 3, "repeated Answer"),
            ("knockouts", 4, "repeated RaisedKnockout"),
            ("spread_limit", 5, "optional int32"),
        ],
    ),
    ("MemberMarks", &[("member", 1, "string"), ("answers", 2, "repeated Answer")]),
    ("Answer", &[("criterion", 1, "string"), ("points", 2, "optional int32"), ("option", 3, "int32")]),
    ("RaisedKnockout", &[("criterion", 1, "string"), ("effect", 2, "KnockoutEffect")]),
    (
        "GradeResponse",
        &[
            ("member_totals", 1, "repeated MemberTotal"),
            ("mean", 2, "string"),
            ("spread", 3, "int32"),
            ("outcome", 4, "Outcome"),
            ("band_stars", 5, "int32"),
            ("stars", 6, "int32"),
            ("failed_minimums", 7, "repeated FailedMinimum"),
            ("scorecard_digest", 8, "string"),
            ("scorecard_incomplete", 9, "bool"),
        ],
    ),
    (
        "MemberTotal",
        &[
            ("member", 1, "string"),
            ("total", 2, "int32"),
            ("part_a", 3, "int32"),
            ("part_b", 4, "int32"),
            ("part_c", 5, "int32"),
        ],
    ),
    (
        "FailedMinimum",
        &[("stars", 1, "int32"), ("criterion", 2, "string"), ("required_points", 3, "int32"), ("got", 4, "string")],
    ),
];

fn message(name: &str) -> MessageDescriptor {
    proto::pool().get_message_by_name(&format!("ocop.evaluation.v1.{name}")).unwrap()
}

#[test]
fn the_messages_of_grading_have_the_fixed_names_numbers_and_types() {
    for (name, fields) in SHAPES {
        let descriptor = message(name);
        for (field, number, shape) in fields {
            let found =
                descriptor.get_field_by_name(field).unwrap_or_else(|| unreachable!("{name}.{field} is missing"));
            let label = match (found.is_list(), found.field_descriptor_proto().proto3_optional()) {
                (true, _) => "repeated ",
                (_, true) => "optional ",
                _ => "",
            };
            let kind = match found.kind() {
                Kind::String => "string".to_owned(),
                Kind::Int32 => "int32".to_owned(),
                Kind::Bool => "bool".to_owned(),
                Kind::Message(message) => message.name().to_owned(),
                Kind::Enum(values) => values.name().to_owned(),
                other => format!("{other:?}"),
            };
            assert_eq!((found.number(), format!("{label}{kind}").as_str()), (*number, *shape), "{name}.{field}");
        }
    }
    for (name, values) in [
        (
            "KnockoutEffect",
            [
                "KNOCKOUT_EFFECT_DISQUALIFY",
                "KNOCKOUT_EFFECT_STOP_SCORING",
                "KNOCKOUT_EFFECT_PRECONDITION",
                "KNOCKOUT_EFFECT_NOT_ASSESSED",
            ]
            .as_slice(),
        ),
        (
            "Outcome",
            &[
                "OUTCOME_GRADED",
                "OUTCOME_RESCORE_REQUIRED",
                "OUTCOME_DISQUALIFIED",
                "OUTCOME_STOPPED",
                "OUTCOME_NOT_ASSESSED",
            ],
        ),
    ] {
        let found = proto::pool().get_enum_by_name(&format!("ocop.evaluation.v1.{name}")).unwrap();
        let found: Vec<String> = found.values().map(|value| value.name().to_owned()).skip(1).collect();
        assert_eq!(found, values, "{name}");
    }
    let service = proto::pool().get_service_by_name("ocop.evaluation.v1.RuleService").unwrap();
    let methods: Vec<String> = service.methods().map(|method| method.name().to_owned()).collect();
    let fixed = ["ListRegimes", "GetRegime", "ResolveRegime", "ListScorecards", "GetScorecard", "Grade"];
    assert!(fixed.iter().all(|fixed| methods.iter().any(|method| method == fixed)), "{methods:?}");
}

#[test]
fn grading_reads_and_writes_the_fixed_json() {
    let sent = r#"{"scorecard":"scorecards/q26-hoa","marks":[{"member":"a","answers":[{"criterion":"A1.1","points":0,"option":2}]}],
        "agreedAnswers":[{"criterion":"A1.1"}],"knockouts":[{"criterion":"A1.1","effect":"KNOCKOUT_EFFECT_STOP_SCORING"}],"spreadLimit":0}"#;
    let mut json = serde_json::Deserializer::from_str(sent);
    let read = DynamicMessage::deserialize(message("GradeRequest"), &mut json).unwrap();
    let read: pb::GradeRequest = read.transcode_to().unwrap();
    let first = &read.marks[0].answers[0];
    assert_eq!((first.points, first.option, read.spread_limit), (Some(0), 2, Some(0)));
    assert_eq!(read.agreed_answers[0].points, None, "points that are not there are not 0");
    assert_eq!(read.knockouts[0].effect(), pb::KnockoutEffect::StopScoring);

    let graded = pb::GradeResponse {
        member_totals: vec![pb::MemberTotal { member: "a".to_owned(), total: 6, part_a: 1, part_b: 2, part_c: 3 }],
        mean: "78.66".to_owned(),
        outcome: pb::Outcome::RescoreRequired.into(),
        ..Default::default()
    };
    let mut dynamic = DynamicMessage::new(message("GradeResponse"));
    dynamic.transcode_from(&graded).unwrap();
    assert_eq!(
        serde_json::to_value(&dynamic).unwrap(),
        serde_json::json!({
            "memberTotals": [{"member": "a", "total": 6, "partA": 1, "partB": 2, "partC": 3}],
            "mean": "78.66",
            "outcome": "OUTCOME_RESCORE_REQUIRED",
        })
    );
}
