//! Decisions: what is recognised, what is refused and why, and what becomes of the product's other certificates.

use proto::evaluation::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{
    Office, PHU_YEN, TUY_HOA_CITY, because, council, decision, everywhere, everywhere_on, invalid, known,
    marks_that_hold, on, refused, round, sitting, status, told,
};

#[tokio::test]
async fn a_decision_gives_each_sitting_its_certificate_and_its_status_follows_the_days() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let (one, two) = (office.product("Cà phê A").await, office.product("Cà phê B").await);
        let first = office.graded(sitting(&round, &one), 75).await;
        let second = office.graded(sitting(&round, &two), 55).await;
        let wanted = decision(" 2919/QĐ-UBND ", date!(2021 - 12 - 01), &[&second, &first]);
        let made = office.decide(wanted).await.unwrap();
        assert_eq!((made.number.as_str(), made.certificate_count, made.certificates.len()), ("2919/QĐ-UBND", 2, 2));
        assert_eq!((made.unit.as_str(), made.authority.as_str()), (PHU_YEN, "Ủy ban nhân dân tỉnh Phú Yên"));
        assert_eq!(made.sittings, [second.clone(), first.clone()]);
        let get = pb::GetDecisionRequest { name: made.name.clone() };
        assert_eq!(office.decisions().get_decision(office.admin.say(get)).await.unwrap().into_inner(), made);

        let certificate = office.certificate(&made.certificates[1], date!(2021 - 12 - 01)).await;
        assert_eq!((certificate.number.as_str(), certificate.stars), ("2919/QĐ-UBND/2", 4));
        assert_eq!((&certificate.product, &certificate.sitting, &certificate.decision), (&one, &first, &made.name));
        assert_eq!((certificate.end_date, certificate.months), (on(date!(2024 - 12 - 01)), 36));
        assert!(certificate.first_recognition && certificate.in_force);
        for (day, expected, in_force) in [
            (date!(2021 - 11 - 30), "NOT_YET_VALID", false),
            (date!(2021 - 12 - 01), "VALID", true),
            (date!(2024 - 06 - 03), "VALID", true),
            (date!(2024 - 06 - 04), "EXPIRING", true),
            (date!(2024 - 11 - 30), "EXPIRING", true),
            (date!(2024 - 12 - 01), "EXPIRED", false),
        ] {
            let certificate = office.certificate(&made.certificates[1], day).await;
            assert_eq!((status(&certificate), certificate.in_force), (expected, in_force), "{day}");
        }
        let decided = office.sitting(&first).await;
        assert_eq!((decided.state(), &decided.decision), (pb::SittingState::Decided, &made.name));
        assert!(office.verify(&first).await.unwrap().equal, "a decided result is recomputed as before");
    })
    .await;
}

/// The reason told for each refused sitting, by its name.
fn reasons(refused: &tonic::Status) -> Vec<(String, String)> {
    let told = told(refused, "sittings");
    let pair = |one: &str| one.split_once(' ').map(|(name, why)| (name.to_owned(), why.to_owned()));
    told.split(", ").filter_map(pair).collect()
}

#[tokio::test]
async fn each_sitting_that_cannot_be_decided_so_is_named_with_its_reason() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let product = async |at: i32| office.product(&format!("Sản phẩm {at}")).await;
        let good = office.graded(sitting(&round, &product(1).await), 60).await;
        let open = office.add_sitting(sitting(&round, &product(2).await)).await.unwrap().name;
        let few = office.graded(sitting(&round, &product(3).await), 49).await;
        let five = office.graded(sitting(&round, &product(4).await), 90).await;
        let decided = office.graded(sitting(&round, &product(5).await), 60).await;
        let mut wanted = sitting(&round, &product(6).await);
        wanted.sitting_date = on(date!(2021 - 12 - 10));
        let later = office.graded(wanted, 60).await;
        let twice = product(7).await;
        let once = office.graded(sitting(&round, &twice), 60).await;
        let again = office.graded(sitting(&office.round_of(1).await, &twice), 65).await;
        let foreign = office.graded(sitting(&district_round(&office).await, &product(8).await), 60).await;
        office.decide(decision("1/QĐ-UBND", date!(2021 - 11 - 01), &[&decided])).await.unwrap();

        let before = office.rows().await;
        let all = [&good, &open, &few, &five, &decided, &later, &once, &again, &foreign].map(String::as_str);
        let answer = office.decide(decision("2/QĐ-UBND", date!(2021 - 12 - 01), &all)).await.unwrap_err();
        let expected = [
            (open, "SITTING_NOT_GRADED"),
            (few, "STARS_TOO_FEW"),
            (five, "STARS_SENT_UP"),
            (decided, "SITTING_DECIDED"),
            (later, "DECISION_BEFORE_SITTING"),
            (again, "PRODUCT_TWICE"),
            (foreign.clone(), "SITTING_OF_OTHER_UNIT"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(name, why)| (name, why.to_owned())).collect();
        assert_eq!((reasons(&answer), told(&answer, "count")), (expected, "7".to_owned()));
        assert_eq!(refused(Err::<(), _>(answer)), because(Code::FailedPrecondition, "SITTINGS_REFUSED"));
        assert_eq!(office.rows().await, before, "all or none");

        let mut of_city = decision("3/QĐ-UBND", date!(2021 - 12 - 01), &[&foreign]);
        (of_city.unit, of_city.signed_by) = (TUY_HOA_CITY.to_owned(), "Chủ tịch UBND thành phố Tuy Hòa".to_owned());
        let answer = office.decide(of_city).await.unwrap_err();
        assert_eq!(reasons(&answer), [(foreign, "LEVEL_DOES_NOT_RECOGNISE".to_owned())]);
        office.decide(decision("2/QĐ-UBND", date!(2021 - 12 - 01), &[&good, &once])).await.unwrap();
    })
    .await;
}

async fn district_round(office: &Office) -> String {
    let mut of_city = council(1);
    (of_city.unit, of_city.level) = (TUY_HOA_CITY.to_owned(), pb::CouncilLevel::District.into());
    let of_city = office.add_council(of_city).await.unwrap();
    office.add_round(round(&of_city.name)).await.unwrap().name
}

#[tokio::test]
async fn at_most_twenty_refused_sittings_are_named_and_all_are_counted() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let mut open = Vec::new();
        for at in 0..23 {
            let product = office.product(&format!("Sản phẩm {at}")).await;
            open.push(office.add_sitting(sitting(&round, &product)).await.unwrap().name);
        }
        let names: Vec<&str> = open.iter().map(String::as_str).collect();
        let answer = office.decide(decision("9/QĐ-UBND", date!(2021 - 12 - 01), &names)).await.unwrap_err();
        assert_eq!((reasons(&answer).len(), told(&answer, "count")), (20, "23".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_number_is_taken_once_per_unit_and_year_however_it_is_written() {
    everywhere_on(date!(2022 - 01 - 10), async |office| {
        let round = office.round_of(1).await;
        let mut graded = Vec::new();
        for at in 0..4 {
            graded.push(office.graded(sitting(&round, &office.product(&format!("Sản phẩm {at}")).await), 60).await);
        }
        office.decide(decision("29/QĐ-UBND", date!(2021 - 11 - 01), &[&graded[0]])).await.unwrap();
        let before = office.rows().await;
        for number in ["29/QĐ-UBND", "29 / qđ-ubnd"] {
            let taken = office.decide(decision(number, date!(2021 - 12 - 01), &[&graded[1]])).await;
            assert_eq!(refused(taken), because(Code::AlreadyExists, "DECISION_NUMBER_TAKEN"), "{number}");
        }
        assert_eq!(office.rows().await, before);
        assert_eq!(office.sitting(&graded[1]).await.state(), pb::SittingState::Graded);
        office.decide(decision("30/QĐ-UBND", date!(2021 - 12 - 01), &[&graded[1]])).await.unwrap();
        office.decide(decision("29/QĐ-UBND", date!(2022 - 01 - 05), &[&graded[2]])).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_repeat_with_the_same_id_gets_the_first_answer_and_a_trial_run_stores_nothing() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let graded = office.graded(sitting(&round, &office.product("Cà phê").await), 60).await;
        let wanted = decision("7/QĐ-UBND", date!(2021 - 12 - 01), &[&graded]);
        let before = office.rows().await;
        let trial =
            pb::IssueDecisionRequest { decision: Some(wanted.clone()), validate_only: true, ..Default::default() };
        let tried = office.decisions().issue_decision(office.admin.say(trial)).await.unwrap().into_inner();
        assert_eq!((tried.certificate_count, office.rows().await), (1, before));
        let request_id = "0190a0a0-0000-7000-8000-000000000001".to_owned();
        let request = pb::IssueDecisionRequest { decision: Some(wanted), request_id, ..Default::default() };
        let first = office.decisions().issue_decision(office.admin.say(request.clone())).await.unwrap().into_inner();
        let after = office.rows().await;
        let again = office.decisions().issue_decision(office.admin.say(request)).await.unwrap().into_inner();
        assert_eq!((again, office.rows().await), (first, after));
    })
    .await;
}

#[tokio::test]
async fn an_upgrade_takes_the_place_of_the_certificate_in_force() {
    everywhere(async |office| {
        let product = office.product("Nước mắm").await;
        let old = office.record(known(&product, date!(2019 - 12 - 23))).await.unwrap();
        assert!(old.first_recognition);
        let mut wanted = sitting(&office.round_of(1).await, &product);
        wanted.kind = pb::DossierKind::Upgrade.into();
        let graded = office.graded(wanted, 80).await;
        let made = office.decide(decision("5/QĐ-UBND", date!(2021 - 12 - 01), &[&graded])).await.unwrap();
        let new = office.certificate(&made.certificates[0], date!(2021 - 12 - 01)).await;
        assert_eq!((status(&new), new.stars, new.first_recognition), ("VALID", 4, false));
        let on_day = async |day| {
            let old = office.certificate(&old.name, day).await;
            (status(&old), old.in_force, old.superseded_by)
        };
        assert_eq!(on_day(date!(2021 - 11 - 30)).await, ("VALID", true, new.name.clone()));
        assert_eq!(on_day(date!(2021 - 12 - 01)).await, ("SUPERSEDED", false, new.name.clone()));
        assert_eq!(on_day(date!(2030 - 01 - 01)).await, ("SUPERSEDED", false, new.name.clone()));
    })
    .await;
}

#[tokio::test]
async fn a_renewal_decided_in_the_grace_takes_the_place_of_the_old_certificate() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let (fresh, stale) = (office.product("Cà phê Một").await, office.product("Cà phê Hai").await);
        let mut olds = Vec::new();
        for product in [&fresh, &stale] {
            olds.push(office.record(known(product, date!(2023 - 10 - 01))).await.unwrap());
        }
        let mut of_council = council(1);
        (of_council.unit, of_council.decision_date) = ("units/66".to_owned(), on(date!(2026 - 06 - 01)));
        let of_council = office.add_council(of_council).await.unwrap();
        let mut opened = round(&of_council.name);
        (opened.regime, opened.year, opened.open_date) = ("regimes/q26".to_owned(), 2026, on(date!(2026 - 06 - 02)));
        let opened = office.add_round(opened).await.unwrap().name;
        let renewal = |product: &str| {
            let mut wanted = sitting(&opened, product);
            wanted.kind = pb::DossierKind::ReEvaluation.into();
            wanted.product_set = "productSets/q26-ca-phe-ca-cao".to_owned();
            (wanted.filing_date, wanted.sitting_date) = (on(date!(2026 - 09 - 30)), on(date!(2026 - 10 - 20)));
            wanted
        };
        let best = reference::cards::get("q26-ca-phe-ca-cao").unwrap().sum_of_option_maxima;
        let made = office.add_sitting(renewal(&fresh)).await.unwrap();
        let second = office.add_sitting(renewal(&stale)).await.unwrap();
        for (day, expected) in [
            (date!(2026 - 09 - 30), "EXPIRING"),
            (date!(2026 - 10 - 01), "GRACE"),
            (date!(2027 - 03 - 29), "GRACE"),
            (date!(2027 - 03 - 30), "EXPIRED"),
        ] {
            assert_eq!(status(&office.certificate(&olds[0].name, day).await), expected, "{day}");
        }
        office.mark_all(&made, &[best]).await;
        assert_eq!(office.grade(&made.name).await.unwrap().result.unwrap().stars, 5);
        let mut central = decision("6/QĐ-UBND", date!(2026 - 11 - 02), &[&made.name]);
        central.unit = "units/66".to_owned();
        let up = office.decide(central.clone()).await.unwrap_err();
        assert_eq!(reasons(&up), [(made.name.clone(), "STARS_SENT_UP".to_owned())]);

        // Four stars are decided by the province, and the old certificate was in force (grace) until that day.
        let card = reference::cards::get("q26-ca-phe-ca-cao").unwrap();
        office.mark(&second.name, "m1", marks_that_hold(card, 89)).await.unwrap();
        assert_eq!(office.grade(&second.name).await.unwrap().result.unwrap().stars, 4);
        central.sittings = vec![second.name];
        let made = office.decide(central).await.unwrap();
        let old = |day| office.certificate(&olds[1].name, day);
        assert_eq!(status(&old(date!(2026 - 11 - 01)).await), "GRACE");
        let then = old(date!(2026 - 11 - 02)).await;
        assert_eq!((status(&then), &then.superseded_by), ("SUPERSEDED", &made.certificates[0]));
    })
    .await;
}

#[tokio::test]
async fn what_a_decision_says_wrongly_is_told_at_once_and_nothing_is_stored() {
    everywhere(async |office| {
        let round = office.round_of(1).await;
        let graded = office.graded(sitting(&round, &office.product("Cà phê").await), 60).await;
        let before = office.rows().await;
        let mut wrong = decision(" ", date!(2021 - 12 - 16), &[&graded, &graded, "sittings/x"]);
        (wrong.unit, wrong.signed_by) = (String::new(), String::new());
        let expected = invalid(&[
            ("decision.unit", "FIELD_REQUIRED"),
            ("decision.number", "FIELD_REQUIRED"),
            ("decision.decision_date", "DATE_IN_FUTURE"),
            ("decision.signed_by", "FIELD_REQUIRED"),
            ("decision.sittings[1]", "SITTING_TWICE"),
            ("decision.sittings[2]", "FIELD_FORMAT"),
        ]);
        assert_eq!(refused(office.decide(wrong).await), expected);
        let unknown = "sittings/0190a0a0-0000-7000-8000-000000000001";
        let answer = office.decide(decision("1", date!(2021 - 12 - 01), &[unknown, &graded])).await;
        assert_eq!(refused(answer), invalid(&[("decision.sittings[0]", "REFERENCE_UNKNOWN")]));
        let mut old = decision("1", date!(2018 - 05 - 06), &[&graded]);
        old.unit = "units/54".to_owned();
        assert_eq!(refused(office.decide(old).await), invalid(&[("decision.decision_date", "DATE_BEFORE_KNOWN")]));
        let empty = office.decide(decision("1", date!(2021 - 12 - 01), &[])).await;
        let fields: Vec<String> = refused(empty).violations.into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["decision.sittings"]);
        let mut central = decision("1", date!(2021 - 12 - 01), &[&graded]);
        (central.unit, central.signed_by) = ("units/vn".to_owned(), "KT. Bộ trưởng, Thứ trưởng".to_owned());
        let answer = refused(office.decide(central).await);
        assert_eq!(answer, invalid(&[("decision.authority", "FIELD_REQUIRED")]));
        assert_eq!(office.rows().await, before);

        let stranger = office.world.as_role("province_admin", "units/56-20180507");
        let request = pb::IssueDecisionRequest {
            decision: Some(decision("1", date!(2021 - 12 - 01), &[&graded])),
            ..Default::default()
        };
        let answer = office.decisions().issue_decision(stranger.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn the_province_that_took_the_place_of_another_decides_what_was_left_and_rewrites_nothing() {
    everywhere_on(date!(2025 - 08 - 01), async |office| {
        let round = office.round_of(1).await;
        let graded = office.graded(sitting(&round, &office.product("Cà phê").await), 60).await;
        let mut gone = decision("1/QĐ-UBND", date!(2025 - 07 - 10), &[&graded]);
        assert_eq!(refused(office.decide(gone.clone()).await), invalid(&[("decision.unit", "UNIT_UNKNOWN")]));
        gone.unit = "units/66".to_owned();
        let made = office.decide(gone).await.unwrap();
        assert_eq!(
            (made.unit.as_str(), made.authority.as_str()),
            ("units/66-20250701", "Ủy ban nhân dân tỉnh Đắk Lắk")
        );
        let certificate = office.certificate(&made.certificates[0], date!(2025 - 08 - 01)).await;
        assert_eq!((certificate.unit.as_str(), certificate.regime.as_str()), (crate::office::WARD_8, "regimes/q1048"));
        assert_eq!(office.sitting(&graded).await.unit, PHU_YEN);
    })
    .await;
}
