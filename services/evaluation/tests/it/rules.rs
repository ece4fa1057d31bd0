//! Regimes and scorecards.

use std::collections::BTreeSet;

use proto::evaluation::v1 as pb;
use reference::cards;
use time::Date;
use time::macros::date;
use tonic::Code;

use crate::office::{Office, because, everywhere, invalid, on, refused, ymd};

async fn resolved(office: &Office, date: Date, kind: pb::DossierKind) -> (String, Option<String>) {
    let request = pb::ResolveRegimeRequest { date: on(date), kind: kind.into() };
    let answer = office.rules().resolve_regime(office.admin.say(request)).await.unwrap().into_inner();
    let finish_by = answer.finish_by.map(|d| format!("{}-{:02}-{:02}", d.year, d.month, d.day));
    (answer.regime.unwrap().name, finish_by)
}

#[tokio::test]
async fn three_regimes_are_told_with_their_days_bands_and_levels() {
    everywhere(async |office| {
        let all = office.rules().list_regimes(office.admin.say(pb::ListRegimesRequest::default())).await;
        let all = all.unwrap().into_inner();
        assert_eq!(all.next_page_token, "");
        let names: Vec<&str> = all.regimes.iter().map(|regime| regime.name.as_str()).collect();
        assert_eq!(names, ["regimes/q1048", "regimes/q148", "regimes/q26"]);
        for regime in &all.regimes {
            let request = pb::GetRegimeRequest { name: regime.name.clone() };
            let one = office.rules().get_regime(office.admin.say(request)).await.unwrap().into_inner();
            assert_eq!(&one, regime);
            let stars: Vec<i32> = one.bands.iter().map(|band| band.stars).collect();
            assert_eq!((stars, one.certificate_months), (vec![5, 4, 3, 2, 1], 36));
        }
        let of = |at: usize| &all.regimes[at];
        assert_eq!((of(0).in_force_from, of(0).in_force_to), (ymd(2019, 8, 21), ymd(2023, 2, 23)));
        assert_eq!((of(1).in_force_from, of(1).in_force_to), (ymd(2023, 2, 24), ymd(2026, 7, 20)));
        assert_eq!((of(2).in_force_from, of(2).in_force_to), (ymd(2026, 5, 22), None));
        assert_eq!([of(0), of(1), of(2)].map(|regime| regime.scorecards_known), [true, false, true]);
        assert_eq!(
            of(2).re_evaluation.as_ref().map(|t| (t.earliest_days_before_end, t.latest_days_before_end)),
            Some((180, 120))
        );
        assert_eq!(of(2).grace_days, Some(180));

        let unknown = pb::GetRegimeRequest { name: "regimes/q2".to_owned() };
        let answer = office.rules().get_regime(office.admin.say(unknown)).await;
        assert_eq!(refused(answer), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
    })
    .await;
}

#[tokio::test]
async fn the_day_of_filing_and_the_kind_choose_the_regime_through_the_transition_of_2026() {
    use pb::DossierKind::{First, ReEvaluation, Upgrade};
    everywhere(async |office| {
        for (date, kind, regime, finish_by) in [
            (date!(2019 - 08 - 21), First, "q1048", None),
            (date!(2023 - 02 - 23), Upgrade, "q1048", None),
            (date!(2023 - 02 - 24), First, "q148", Some("2026-07-20")),
            (date!(2026 - 05 - 21), First, "q148", Some("2026-07-20")),
            (date!(2026 - 05 - 21), Upgrade, "q148", Some("2026-07-20")),
            (date!(2026 - 05 - 21), ReEvaluation, "q148", Some("2026-06-20")),
            (date!(2026 - 05 - 22), First, "q26", None),
            (date!(2026 - 05 - 22), Upgrade, "q26", None),
            (date!(2026 - 05 - 22), ReEvaluation, "q26", None),
            (date!(2026 - 07 - 20), First, "q26", None),
            (date!(2026 - 07 - 21), ReEvaluation, "q26", None),
        ] {
            let (found, by) = resolved(&office, date, kind).await;
            assert_eq!(found, format!("regimes/{regime}"), "{date} {kind:?}");
            if regime == "q148" && date.year() == 2026 {
                assert_eq!(by.as_deref(), finish_by, "{date} {kind:?}");
            }
            if regime == "q26" {
                assert_eq!(by, None, "{date} {kind:?}");
            }
        }
        let ask = async |date, kind: i32| {
            let request = pb::ResolveRegimeRequest { date, kind };
            refused(office.rules().resolve_regime(office.admin.say(request)).await)
        };
        let first = First as i32;
        assert_eq!(ask(ymd(2019, 8, 20), first).await, invalid(&[("date", "REGIME_BEFORE_FIRST")]));
        assert_eq!(ask(ymd(2026, 2, 30), 9).await, invalid(&[("date", "DATE_INVALID"), ("kind", "ENUM_UNKNOWN")]));
        assert_eq!(ask(None, 0).await, invalid(&[("date", "FIELD_REQUIRED"), ("kind", "FIELD_REQUIRED")]));
    })
    .await;
}

#[tokio::test]
async fn all_51_scorecards_are_listed_page_by_page_and_read_whole() {
    everywhere(async |office| {
        let mut listed = Vec::new();
        let mut token = String::new();
        loop {
            let request = pb::ListScorecardsRequest { page_size: 7, page_token: token, ..Default::default() };
            let page = office.rules().list_scorecards(office.admin.say(request)).await.unwrap().into_inner();
            assert!(page.scorecards.len() <= 7);
            listed.extend(page.scorecards);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let names: BTreeSet<String> = listed.iter().map(|card| card.name.clone()).collect();
        assert_eq!((listed.len(), names.len()), (51, 51));
        for summary in &listed {
            assert!(summary.parts.is_empty());
            let request = pb::GetScorecardRequest { name: summary.name.clone() };
            let whole = office.rules().get_scorecard(office.admin.say(request)).await.unwrap().into_inner();
            let stored = cards::get(whole.name.strip_prefix("scorecards/").unwrap()).unwrap();
            assert_eq!((&whole.digest, whole.digest.len()), (&stored.digest, 64));
            let parts: Vec<&str> = whole.parts.iter().map(|part| part.part.as_str()).collect();
            assert_eq!(parts, ["A", "B", "C"], "{}", whole.name);
            let criteria = whole.parts.iter().flat_map(|part| &part.sections).flat_map(|section| &section.criteria);
            let sum: i32 = criteria.clone().map(|criterion| criterion.max_points).sum();
            assert_eq!((sum, criteria.count()), (whole.option_total, stored.criteria().count()));
            let incomplete = whole.status() == pb::ScorecardStatus::Incomplete;
            assert_eq!(incomplete, whole.option_total != whole.max_total, "{}", whole.name);
        }
    })
    .await;
}

#[tokio::test]
async fn the_cards_of_one_regime_are_listed_alone() {
    everywhere(async |office| {
        let count = async |regime: &str| {
            let request =
                pb::ListScorecardsRequest { regime: regime.to_owned(), page_size: 1000, ..Default::default() };
            let answer = office.rules().list_scorecards(office.admin.say(request)).await?.into_inner();
            assert!(answer.scorecards.iter().all(|card| card.regime == regime));
            Ok::<usize, tonic::Status>(answer.scorecards.len())
        };
        assert_eq!(count("regimes/q1048").await.unwrap(), 25);
        assert_eq!(count("regimes/q148").await.unwrap(), 0);
        assert_eq!(count("regimes/q26").await.unwrap(), 26);
        assert_eq!(refused(count("regimes/q9").await), invalid(&[("regime", "REFERENCE_UNKNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn a_card_that_no_source_has_is_unavailable_and_a_card_that_does_not_exist_is_not_found() {
    everywhere(async |office| {
        for (name, expected) in [
            ("scorecards/q148-tuong-ot", because(Code::FailedPrecondition, "SCORECARD_UNAVAILABLE")),
            ("scorecards/q1048-gao-ngu-coc", because(Code::FailedPrecondition, "SCORECARD_UNAVAILABLE")),
            ("scorecards/q26-nothing", because(Code::NotFound, "RESOURCE_NOT_FOUND")),
            ("q26-hoa", because(Code::NotFound, "RESOURCE_NOT_FOUND")),
            ("scorecards/Q26-HOA", because(Code::NotFound, "RESOURCE_NOT_FOUND")),
        ] {
            let get = pb::GetScorecardRequest { name: name.to_owned() };
            assert_eq!(refused(office.rules().get_scorecard(office.admin.say(get)).await), expected, "{name}");
            let marks =
                vec![pb::MemberMarks { member: "m1".to_owned(), answers: vec![crate::office::answer("A1.1", 1)] }];
            let grade = pb::GradeRequest { scorecard: name.to_owned(), marks, ..Default::default() };
            assert_eq!(refused(office.rules().grade(office.admin.say(grade)).await), expected, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_list_or_selection_is_refused() {
    everywhere(async |office| {
        let request = pb::ListScorecardsRequest { page_size: 3, ..Default::default() };
        let page = office.rules().list_scorecards(office.admin.say(request)).await.unwrap().into_inner();
        let token = page.next_page_token;
        let other = pb::ListScorecardsRequest {
            regime: "regimes/q26".to_owned(),
            page_token: token.clone(),
            ..Default::default()
        };
        let answer = office.rules().list_scorecards(office.admin.say(other)).await;
        assert_eq!(refused(answer), invalid(&[("page_token", "PAGE_TOKEN_INVALID")]));
        let other = pb::ListRegimesRequest { page_token: token, page_size: -1 };
        let answer = office.rules().list_regimes(office.admin.say(other)).await;
        assert_eq!(refused(answer), invalid(&[("page_size", "FIELD_RANGE")]));
    })
    .await;
}
