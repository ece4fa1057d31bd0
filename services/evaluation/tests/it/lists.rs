//! Lists: one statement a page, walks without gap or repeat, and tokens that open nothing else.

use std::collections::BTreeSet;

use kit::testing::statements;
use proto::evaluation::v1 as pb;
use time::macros::date;
use time::{Date, Duration};

use crate::office::{
    Office, PHU_YEN, council, decision, everywhere, everywhere_on, invalid, known, on, refused, round, sitting,
};

/// Councils, rounds, sittings, decisions and certificates, three of each.
async fn filled(office: &Office) -> (String, Vec<String>) {
    let mut of_round = String::new();
    let mut names = Vec::new();
    for at in 0..3 {
        let of_council = office.add_council(council(1)).await.unwrap();
        of_round = office.add_round(round(&of_council.name)).await.unwrap().name;
        let product = office.product(&format!("Sản phẩm {at}")).await;
        let graded = office.graded(sitting(&of_round, &product), 60).await;
        let wanted = decision(&format!("{at}/QĐ-UBND"), date!(2021 - 12 - 01), &[&graded]);
        names.extend(office.decide(wanted).await.unwrap().certificates);
    }
    (of_round, names)
}

#[tokio::test]
async fn a_page_of_any_list_and_any_single_resource_but_a_decision_costs_one_statement() {
    everywhere(async |office| {
        let (of_round, certificates) = filled(&office).await;
        let who = &office.nation;
        let councils = pb::ListCouncilsRequest { unit: PHU_YEN.to_owned(), page_size: 2, ..Default::default() };
        let councils = office.councils().list_councils(who.count(councils)).await.unwrap();
        assert_eq!((statements(&councils), councils.get_ref().councils.len()), (1, 2));
        let rounds = pb::ListRoundsRequest { unit: PHU_YEN.to_owned(), year: 2021, page_size: 2, ..Default::default() };
        let rounds = office.rounds().list_rounds(who.count(rounds)).await.unwrap();
        assert_eq!((statements(&rounds), rounds.get_ref().rounds.len()), (1, 2));
        let sittings = pb::ListSittingsRequest { page_size: 2, ..Default::default() };
        let sittings = office.sittings().list_sittings(who.count(sittings)).await.unwrap();
        assert_eq!((statements(&sittings), sittings.get_ref().sittings.len()), (1, 2));
        let decisions = pb::ListDecisionsRequest { year: 2021, page_size: 2, ..Default::default() };
        let decisions = office.decisions().list_decisions(who.count(decisions)).await.unwrap();
        assert_eq!((statements(&decisions), decisions.get_ref().decisions.len()), (1, 2));
        for status in 0..=10 {
            let list = pb::ListCertificatesRequest { status, page_size: 2, ..Default::default() };
            let list = office.certificates().list_certificates(who.count(list)).await.unwrap();
            assert_eq!(statements(&list), 1, "status {status}");
        }
        let get = pb::GetCertificateRequest { name: certificates[0].clone(), as_of: None };
        assert_eq!(statements(&office.certificates().get_certificate(who.count(get)).await.unwrap()), 1);
        let get = pb::GetSittingRequest { name: sittings.get_ref().sittings[0].name.clone() };
        assert_eq!(statements(&office.sittings().get_sitting(who.count(get)).await.unwrap()), 1);
        let first = councils.get_ref().councils[0].name.as_str();
        let get = pb::GetCouncilRequest { name: first.to_owned() };
        let got = office.councils().get_council(who.count(get)).await.unwrap();
        assert_eq!((statements(&got), got.get_ref().name.as_str()), (1, first));
        let get = pb::GetRoundRequest { name: of_round };
        assert_eq!(statements(&office.rounds().get_round(who.count(get)).await.unwrap()), 1);
        let get = pb::GetDecisionRequest { name: decisions.get_ref().decisions[0].name.clone() };
        assert_eq!(statements(&office.decisions().get_decision(who.count(get)).await.unwrap()), 2);
        let grade = office.rules().list_scorecards(who.count(pb::ListScorecardsRequest::default())).await.unwrap();
        assert_eq!(statements(&grade), 0);
    })
    .await;
}

#[tokio::test]
async fn how_many_certificates_a_decision_makes_does_not_change_its_statements() {
    everywhere(async |office| {
        let of_round = office.round_of(1).await;
        let mut counts = BTreeSet::new();
        for (number, many) in [(1, 2), (2, 9)] {
            let mut graded = Vec::new();
            for at in 0..many {
                let product = office.product(&format!("Sản phẩm {number} {at}")).await;
                graded.push(office.graded(sitting(&of_round, &product), 60).await);
            }
            let names: Vec<&str> = graded.iter().map(String::as_str).collect();
            let wanted = decision(&format!("{number}/QĐ-UBND"), date!(2021 - 12 - 01), &names);
            let request = pb::IssueDecisionRequest { decision: Some(wanted), ..Default::default() };
            let made = office.decisions().issue_decision(office.admin.count(request)).await.unwrap();
            counts.insert(statements(&made));
        }
        assert_eq!(counts.len(), 1, "{counts:?}");
    })
    .await;
}

#[tokio::test]
async fn a_walk_through_certificates_of_equal_days_has_no_gap_and_no_repeat() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let mut made = BTreeSet::new();
        for at in 0..11 {
            let product = office.product(&format!("Sản phẩm {at}")).await;
            let day = date!(2024 - 01 - 01) + Duration::days(at / 4);
            made.insert(office.record(known(&product, day)).await.unwrap().name);
        }
        let (mut walked, mut token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let request = pb::ListCertificatesRequest { page_size: 3, page_token: token, ..Default::default() };
            let page = office.certificates().list_certificates(office.nation.say(request)).await.unwrap().into_inner();
            // Written while the walk goes on: a newer decision, which stands before every page that is left.
            let product = office.product(&format!("Mới {pages}")).await;
            office.record(known(&product, date!(2025 - 01 - 01))).await.unwrap();
            (pages, token) = (pages + 1, page.next_page_token);
            walked.extend(page.certificates);
            if token.is_empty() {
                break;
            }
        }
        let names: BTreeSet<String> = walked.iter().map(|c| c.name.clone()).collect();
        assert_eq!((walked.len(), pages), (11, 4));
        assert_eq!(names, made);
        let days: Vec<Date> = walked.iter().map(|c| kit::day::of(&c.latest_decision_date.unwrap()).unwrap()).collect();
        assert!(days.is_sorted_by(|a, b| a >= b), "{days:?}");
    })
    .await;
}

#[tokio::test]
async fn a_page_token_opens_the_list_and_selection_that_it_was_given_for_only() {
    everywhere(async |office| {
        let (of_round, _) = filled(&office).await;
        let first = pb::ListCertificatesRequest { page_size: 1, ..Default::default() };
        let first = office.certificates().list_certificates(office.nation.say(first)).await.unwrap().into_inner();
        let page_token = first.next_page_token;
        let wrong = invalid(&[("page_token", "PAGE_TOKEN_INVALID")]);
        for other in [
            pb::ListCertificatesRequest { year: 2021, ..Default::default() },
            pb::ListCertificatesRequest { status: 2, ..Default::default() },
            pb::ListCertificatesRequest { as_of: on(date!(2021 - 12 - 14)), ..Default::default() },
            pb::ListCertificatesRequest { unit: PHU_YEN.to_owned(), ..Default::default() },
        ] {
            let other = pb::ListCertificatesRequest { page_token: page_token.clone(), ..other };
            let answer = office.certificates().list_certificates(office.nation.say(other)).await;
            assert_eq!(refused(answer), wrong);
        }
        let other = pb::ListDecisionsRequest { page_token: page_token.clone(), ..Default::default() };
        assert_eq!(refused(office.decisions().list_decisions(office.nation.say(other)).await), wrong);
        let other = pb::ListSittingsRequest { page_token: page_token.clone(), ..Default::default() };
        assert_eq!(refused(office.sittings().list_sittings(office.nation.say(other)).await), wrong);
        let other = pb::ListCouncilsRequest { page_token: page_token.clone(), ..Default::default() };
        assert_eq!(refused(office.councils().list_councils(office.nation.say(other)).await), wrong);
        let other = pb::ListRoundsRequest { page_token: format!("{page_token}x"), ..Default::default() };
        assert_eq!(refused(office.rounds().list_rounds(office.nation.say(other)).await), wrong);

        // A filter by state is one of the selections too.
        let next = pb::ListSittingsRequest { round: of_round, state: 4, ..Default::default() };
        let answer = office.sittings().list_sittings(office.nation.say(next)).await.unwrap().into_inner();
        assert_eq!((answer.sittings.len(), answer.next_page_token.as_str()), (1, ""));
    })
    .await;
}

#[tokio::test]
async fn every_list_shows_the_callers_units_only() {
    everywhere(async |office| {
        filled(&office).await;
        let stranger = office.world.as_role("province_officer", "units/56-20180507");
        let found = (
            office.councils().list_councils(stranger.say(pb::ListCouncilsRequest::default())).await,
            office.rounds().list_rounds(stranger.say(pb::ListRoundsRequest::default())).await,
            office.sittings().list_sittings(stranger.say(pb::ListSittingsRequest::default())).await,
            office.decisions().list_decisions(stranger.say(pb::ListDecisionsRequest::default())).await,
        );
        assert_eq!(found.0.unwrap().into_inner().councils, []);
        assert_eq!(found.1.unwrap().into_inner().rounds, []);
        assert_eq!(found.2.unwrap().into_inner().sittings, []);
        assert_eq!(found.3.unwrap().into_inner().decisions, []);
        let own = office.decisions().list_decisions(office.admin.say(pb::ListDecisionsRequest::default())).await;
        let own = own.unwrap().into_inner().decisions;
        assert_eq!(own.len(), 3);
        assert!(own.iter().all(|d| d.certificate_count == 1 && d.certificates.is_empty() && d.sittings.is_empty()));
    })
    .await;
}
