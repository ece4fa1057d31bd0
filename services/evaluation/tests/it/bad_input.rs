//! What is wrong with a request is told whole, and nothing of it is stored.

use proto::evaluation::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{
    TUY_HOA_CITY, answer, because, card, council, everywhere, invalid, marks, on, refused, round, sitting, ymd,
};

#[tokio::test]
async fn a_council_is_refused_with_all_its_faults() {
    everywhere(async |office| {
        let before = office.rows().await;
        let mut wrong = council(3);
        (wrong.decision_number, wrong.title) = (" ".to_owned(), String::new());
        wrong.members.iter_mut().for_each(|member| {
            (member.role, member.counted) = (pb::CouncilRole::Chair.into(), false);
        });
        wrong.members[1].display_name = String::new();
        (wrong.spread_limit, wrong.unit) = (Some(101), TUY_HOA_CITY.to_owned());
        wrong.certificate_end_convention = 7;
        let expected = invalid(&[
            ("council.decision_number", "FIELD_REQUIRED"),
            ("council.title", "FIELD_REQUIRED"),
            ("council.members", "COUNCIL_CHAIR_COUNT"),
            ("council.members", "COUNCIL_NOBODY_COUNTED"),
            ("council.members[1].display_name", "FIELD_REQUIRED"),
            ("council.spread_limit", "FIELD_RANGE"),
            ("council.unit", "COUNCIL_LEVEL_UNIT"),
            ("council.certificate_end_convention", "ENUM_UNKNOWN"),
        ]);
        assert_eq!(refused(office.add_council(wrong).await), expected);
        let mut early = council(1);
        (early.unit, early.decision_date) = ("units/54".to_owned(), on(date!(2018 - 05 - 06)));
        let expected = invalid(&[("council.decision_date", "DATE_BEFORE_KNOWN")]);
        assert_eq!(refused(office.add_council(early).await), expected);
        let mut late = council(1);
        (late.unit, late.decision_date) = ("units/1".to_owned(), ymd(2021, 12, 16));
        assert_eq!(refused(office.add_council(late).await), invalid(&[("council.decision_date", "DATE_IN_FUTURE")]));
        let mut nowhere = council(1);
        nowhere.unit = "units/1".to_owned();
        assert_eq!(refused(office.add_council(nowhere).await), invalid(&[("council.unit", "UNIT_UNKNOWN")]));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_round_is_refused_with_all_its_faults() {
    everywhere(async |office| {
        let of_council = office.add_council(council(1)).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::Round { year: 2017, ..Default::default() };
        let expected = invalid(&[
            ("round.council", "FIELD_REQUIRED"),
            ("round.year", "FIELD_RANGE"),
            ("round.title", "FIELD_REQUIRED"),
            ("round.regime", "FIELD_REQUIRED"),
            ("round.open_date", "FIELD_REQUIRED"),
        ]);
        assert_eq!(refused(office.add_round(wrong).await), expected);
        let mut other = round(&of_council);
        other.regime = "regimes/q26".to_owned();
        assert_eq!(refused(office.add_round(other).await), invalid(&[("round.regime", "REGIME_NOT_IN_FORCE")]));
        let mut early = round(&of_council);
        early.open_date = on(date!(2021 - 02 - 28));
        assert_eq!(refused(office.add_round(early).await), invalid(&[("round.open_date", "DATE_ORDER")]));
        let nobody = round("councils/0190a0a0-0000-7000-8000-000000000001");
        assert_eq!(refused(office.add_round(nobody).await), invalid(&[("round.council", "REFERENCE_UNKNOWN")]));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_sitting_is_refused_with_all_its_faults() {
    everywhere(async |office| {
        let of_round = office.round_of(1).await;
        let product = office.product("Cà phê").await;
        let before = office.rows().await;
        let unknown = "0190a0a0-0000-7000-8000-000000000001";
        let wrong = pb::Sitting {
            round: "rounds/1".to_owned(),
            product: format!("products/{unknown}"),
            product_set: "sets/1".to_owned(),
            filing_date: ymd(2021, 12, 16),
            sitting_date: ymd(2021, 13, 1),
            dossier_digest: "no".to_owned(),
            ..Default::default()
        };
        let expected = invalid(&[
            ("sitting.dossier_digest", "FIELD_FORMAT"),
            ("sitting.filing_date", "DATE_IN_FUTURE"),
            ("sitting.kind", "FIELD_REQUIRED"),
            ("sitting.product", "REFERENCE_UNKNOWN"),
            ("sitting.product_set", "FIELD_FORMAT"),
            ("sitting.round", "FIELD_FORMAT"),
            ("sitting.sitting_date", "DATE_INVALID"),
        ]);
        assert_eq!(refused(office.add_sitting(wrong).await), expected);
        for (set, filed, sat, expected) in [
            (
                "q1048-nothing",
                date!(2021 - 09 - 01),
                date!(2021 - 10 - 01),
                ("sitting.product_set", "REFERENCE_UNKNOWN"),
            ),
            (
                "q26-hoa",
                date!(2021 - 09 - 01),
                date!(2021 - 10 - 01),
                ("sitting.product_set", "PRODUCT_SET_OTHER_REGIME"),
            ),
            ("q1048-ruou-trang", date!(2021 - 09 - 02), date!(2021 - 09 - 01), ("sitting.sitting_date", "DATE_ORDER")),
            (
                "q1048-ruou-trang",
                date!(2019 - 08 - 20),
                date!(2021 - 09 - 01),
                ("sitting.filing_date", "REGIME_BEFORE_FIRST"),
            ),
        ] {
            let mut wanted = sitting(&of_round, &product);
            wanted.product_set = format!("productSets/{set}");
            (wanted.filing_date, wanted.sitting_date) = (on(filed), on(sat));
            assert_eq!(refused(office.add_sitting(wanted).await), invalid(&[expected]), "{set} {filed}");
        }
        let nowhere = sitting(&format!("rounds/{unknown}"), &product);
        assert_eq!(refused(office.add_sitting(nowhere).await), invalid(&[("sitting.round", "REFERENCE_UNKNOWN")]));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn marks_are_refused_with_all_their_faults() {
    everywhere(async |office| {
        let mut of_council = council(2);
        of_council.members[1].counted = false;
        let of_council = office.add_council(of_council).await.unwrap().name;
        let of_round = office.add_round(round(&of_council)).await.unwrap().name;
        let made = office.add_sitting(sitting(&of_round, &office.product("Cà phê").await)).await.unwrap();
        let before = office.rows().await;
        let mut wrong = marks(card(), 60);
        wrong[0].criterion = "Z9".to_owned();
        wrong[1].points = None;
        wrong[2].points = Some(99);
        wrong.push(wrong[3].clone());
        let last = format!("answers[{}].criterion", wrong.len() - 1);
        let expected = [
            ("answers[0].criterion", "CRITERION_UNKNOWN"),
            ("answers[1].points", "POINTS_MISSING"),
            ("answers[2].points", "POINTS_UNKNOWN"),
            (last.as_str(), "ANSWER_DUPLICATE"),
            ("answers", "ANSWER_MISSING"),
        ];
        for (member, fault) in [("m9", "MEMBER_UNKNOWN"), ("m2", "MEMBER_NOT_COUNTED")] {
            let expected = invalid(&[&expected[..], &[("member", fault)]].concat());
            assert_eq!(refused(office.mark(&made.name, member, wrong.clone()).await), expected);
        }
        let nobody = "sittings/0190a0a0-0000-7000-8000-000000000001";
        let answer_to = office.mark(nobody, "m1", marks(card(), 60)).await;
        assert_eq!(refused(answer_to), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let empty = office.mark("", "", Vec::new()).await;
        let expected =
            invalid(&[("name", "FIELD_REQUIRED"), ("member", "FIELD_REQUIRED"), ("answers", "FIELD_REQUIRED")]);
        assert_eq!(refused(empty), expected);

        let agreed = vec![answer("Z9", 0), answer(&card().criteria().next().unwrap().id, 99)];
        let request = pb::SetAgreedAnswersRequest { name: made.name.clone(), answers: agreed, ..Default::default() };
        let refusal = refused(office.sittings().set_agreed_answers(office.admin.say(request)).await);
        let expected =
            invalid(&[("answers[0].criterion", "CRITERION_UNKNOWN"), ("answers[1].points", "POINTS_UNKNOWN")]);
        assert_eq!(refusal, expected);
        let request = pb::RaiseKnockoutRequest { name: made.name.clone(), effect: 9, ..Default::default() };
        let refusal = refused(office.sittings().raise_knockout(office.admin.say(request)).await);
        let expected =
            invalid(&[("criterion", "FIELD_REQUIRED"), ("effect", "ENUM_UNKNOWN"), ("ground", "FIELD_REQUIRED")]);
        assert_eq!(refusal, expected);
        assert_eq!(office.rows().await, before);

        let stranger = office.world.as_role("council_member", "units/56-20180507");
        let request = pb::RecordMarksRequest {
            name: made.name,
            member: "m1".to_owned(),
            answers: marks(card(), 60),
            ..Default::default()
        };
        let refusal = refused(office.sittings().record_marks(stranger.say(request)).await);
        assert_eq!(refusal, because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        assert_eq!(office.rows().await, before);
    })
    .await;
}
