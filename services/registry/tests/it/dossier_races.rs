//! Many hands on dossiers at once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use proto::registry::v1::{self as pb, DossierState as State};
use time::macros::date;
use tonic::Code;

use crate::dossier_desk::{
    FOUR, IN_2026, assess, begin, draft_of_2026, findings, get, house_of_2026, submit, take_up, wanted,
};
use crate::office::{because, everywhere_at, refused};

#[tokio::test]
async fn slips_are_numbered_without_gap_or_repeat_when_many_submit_at_once() {
    everywhere_at(IN_2026, async |office| {
        let mut names = Vec::new();
        for n in 0..6 {
            let house = house_of_2026(&office, &format!("HTX Đông Mẫu {n}")).await;
            names.push(draft_of_2026(&office, &house).await);
        }
        let filed = join_all(names.iter().map(|name| submit(&office, name, date!(2026 - 06 - 01)))).await;
        let slips: BTreeSet<String> = filed.into_iter().map(|dossier| dossier.unwrap().commune_slip).collect();
        let expected: BTreeSet<String> = (1..=6).map(|n| format!("{n}/PĐK-66-22255-2026")).collect();
        assert_eq!(slips, expected);
    })
    .await;
}

#[tokio::test]
async fn of_many_submissions_of_one_dossier_one_takes_effect() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Nhanh Mẫu").await;
        let name = draft_of_2026(&office, &house).await;
        let all = join_all((0..6).map(|_| submit(&office, &name, date!(2026 - 06 - 01)))).await;
        let (won, lost): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        for answer in lost {
            assert_eq!(refused(answer), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"));
        }
        let filed = get(&office, &name).await;
        assert_eq!((filed.state(), filed.round, &*filed.commune_slip), (State::Submitted, 1, "1/PĐK-66-22255-2026"));
    })
    .await;
}

#[tokio::test]
async fn of_two_officers_who_assess_at_once_one_is_asked_to_read_again() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Hai Mẫu").await;
        let name = draft_of_2026(&office, &house).await;
        submit(&office, &name, date!(2026 - 06 - 01)).await.unwrap();
        let seen = take_up(&office, &name, date!(2026 - 06 - 02)).await.unwrap();
        let request = |proposal: &str| {
            let mut request = findings(&name, date!(2026 - 06 - 03), &FOUR);
            request.assessment.as_mut().unwrap().proposal = proposal.to_owned();
            pb::RecordAssessmentRequest { etag: seen.etag.clone(), ..request }
        };
        let (one, two) = tokio::join!(assess(&office, request("Một")), assess(&office, request("Hai")));
        let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
        assert_eq!(refused(lost), because(Code::Aborted, "ETAG_STALE"));
        let stored = get(&office, &name).await;
        assert_eq!(stored.assessment, won.unwrap().assessment);
    })
    .await;
}

#[tokio::test]
async fn a_product_gets_one_open_dossier_however_many_begin_one() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Một Mẫu").await;
        let all = join_all((0..5).map(|_| begin(&office, wanted(&house.product)))).await;
        let (won, lost): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        for answer in lost {
            assert_eq!(refused(answer), because(Code::AlreadyExists, "DOSSIER_OPEN"));
        }
    })
    .await;
}
