//! Dossiers from candidate to sealed snapshot, under the regimes of 2021 and 2026.

use prost::{Message, Name};
use proto::registry::v1::{self as pb, DossierState as State};
use serde_json::Value;
use time::macros::date;
use tonic::Code;

use crate::dossier_desk::{
    FOUR, IN_2026, assess, attach, draft_of_2021, draft_of_2026, evidence, fill, findings, forms_of_2026, forward, get,
    give_back, hand_in, handing_in, held, house, house_of_2026, reject, seal, snapshot, submit, take_up, withdraw,
};
use crate::evidence_files::{pdf, sha256, upload};
use crate::feed::watch;
use crate::office::{Office, WARD_8, because, everywhere, everywhere_at, on, refused};

/// What the feed tells of one kind of event.
async fn told<M: Message + Name + Default>(office: &Office) -> Vec<M> {
    let events = watch(office, 0).await.into_iter().filter_map(|event| event.payload);
    let of_kind = events.filter(|payload| payload.type_url == M::type_url());
    of_kind.map(|payload| M::decode(payload.value.as_slice()).unwrap()).collect()
}

/// The steps of a dossier, with the round in which they were made.
async fn history(office: &Office, name: &str) -> Vec<(String, i32)> {
    let mut request = pb::ListDossierEntriesRequest { dossier: name.to_owned(), page_size: 3, ..Default::default() };
    let mut steps = Vec::new();
    loop {
        let answer = office.dossiers().list_dossier_entries(office.admin().say(request.clone())).await;
        let page = answer.unwrap().into_inner();
        steps.extend(page.entries.into_iter().map(|e| (e.step, e.round)));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return steps;
        }
    }
}

fn steps(of: &[(&str, i32)]) -> Vec<(String, i32)> {
    of.iter().map(|(step, round)| ((*step).to_owned(), *round)).collect()
}

#[tokio::test]
async fn a_dossier_of_2021_goes_from_candidate_over_a_return_to_its_sealed_snapshot() {
    everywhere(async |office| {
        let house = house(&office, "HTX An Mẫu").await;
        let name = draft_of_2021(&office, &house).await;
        let draft = get(&office, &name).await;
        assert_eq!((draft.state(), draft.round, &*draft.regime, &*draft.unit), (State::Draft, 0, "", WARD_8));
        assert_eq!(held(&office, &name, date!(2021 - 07 - 05)).await, []);
        let filed = submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        assert_eq!((filed.state(), filed.round), (State::Submitted, 1));
        assert_eq!((&*filed.regime, &*filed.scorecard), ("regimes/q1048", "scorecards/q1048-ruou-trang"));
        assert_eq!(filed.scorecard_digest, reference::cards::get("q1048-ruou-trang").unwrap().digest);
        assert_eq!((filed.due_date, &*filed.commune_slip), (None, ""), "1048 sets no term and numbers no slips");
        take_up(&office, &name, date!(2021 - 07 - 06)).await.unwrap();
        let back = give_back(&office, &name, date!(2021 - 07 - 09), &["business-plan", "dossier"]).await.unwrap();
        assert_eq!((back.state(), back.remarks.len()), (State::Returned, 2));
        let again = submit(&office, &name, date!(2021 - 07 - 12)).await.unwrap();
        assert_eq!(
            (again.round, again.filing_date, again.submit_date),
            (2, filed.filing_date, on(date!(2021 - 07 - 12)))
        );
        take_up(&office, &name, date!(2021 - 07 - 13)).await.unwrap();
        let sent = forward(&office, &name, date!(2021 - 07 - 15)).await.unwrap();
        assert_eq!((sent.state(), sent.forwarded_to()), (State::Forwarded, pb::DossierLevel::District));
        let early = seal(&office, &name, date!(2021 - 07 - 20)).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "DOSSIER_INCOMPLETE"), "samples are missing");
        hand_in(&office, handing_in(&name, 5, date!(2021 - 07 - 16))).await.unwrap();
        let sealed = seal(&office, &name, date!(2021 - 07 - 20)).await.unwrap();
        assert_eq!((sealed.state(), sealed.seal_date), (State::Sealed, on(date!(2021 - 07 - 20))));
        let kept = snapshot(&office, &name).await.unwrap();
        assert_eq!((kept.digest.as_str(), &*sha256(&kept.content)), (&*sealed.digest, &*sealed.digest));
        assert_eq!(
            history(&office, &name).await,
            steps(&[
                ("CreateDossier", 0),
                ("SubmitDossier", 1),
                ("BeginAssessment", 1),
                ("ReturnDossier", 1),
                ("SubmitDossier", 2),
                ("BeginAssessment", 2),
                ("ForwardDossier", 2),
                ("SealDossier", 2)
            ])
        );
    })
    .await;
}

#[tokio::test]
async fn a_dossier_of_2026_is_assessed_in_fifteen_working_days_and_sealed_for_good() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Biển Mẫu").await;
        let name = draft_of_2026(&office, &house).await;
        let filed = submit(&office, &name, date!(2026 - 06 - 01)).await.unwrap();
        assert_eq!((&*filed.regime, filed.due_date), ("regimes/q26", on(date!(2026 - 06 - 22))));
        assert!(filed.overdue && !filed.due_date_provisional, "on 24 November it is late");
        assert_eq!(filed.commune_slip, "1/PĐK-66-22255-2026");
        take_up(&office, &name, date!(2026 - 06 - 02)).await.unwrap();
        assess(&office, findings(&name, date!(2026 - 06 - 03), &FOUR)).await.unwrap();
        let back = give_back(&office, &name, date!(2026 - 06 - 05), &["q26-02.market", "food-safety"]).await.unwrap();
        assert_eq!((back.state(), back.due_date, back.overdue), (State::Returned, None, false));
        let [_, mut report] = forms_of_2026(&house);
        report.answers[2].values = vec!["Trong và ngoài tỉnh".to_owned()];
        fill(&office, &name, report).await.unwrap();
        let again = submit(&office, &name, date!(2026 - 06 - 08)).await.unwrap();
        assert_eq!((again.round, again.due_date, again.assessment), (2, on(date!(2026 - 06 - 29)), None));
        assert_eq!(again.commune_slip, "1/PĐK-66-22255-2026", "the slip keeps its number");
        take_up(&office, &name, date!(2026 - 06 - 09)).await.unwrap();
        let unjudged = forward(&office, &name, date!(2026 - 06 - 10)).await;
        assert_eq!(refused(unjudged), because(Code::FailedPrecondition, "DOSSIER_NOT_ASSESSED"));
        let judged = assess(&office, findings(&name, date!(2026 - 06 - 10), &FOUR)).await.unwrap();
        let order: Vec<String> = judged.assessment.unwrap().contents.into_iter().map(|c| c.content).collect();
        assert_eq!(order, ["origin", "labour", "idea", "identity"], "in the regime's order");
        let sent = forward(&office, &name, date!(2026 - 06 - 12)).await.unwrap();
        assert_eq!((sent.forwarded_to(), &*sent.upper_slip), (pb::DossierLevel::Province, "1/PĐK-66-22255-2026"));
        hand_in(&office, handing_in(&name, 5, date!(2026 - 06 - 12))).await.unwrap();
        let sealed = seal(&office, &name, date!(2026 - 07 - 01)).await.unwrap();
        let kept = snapshot(&office, &name).await.unwrap();
        let content: Value = serde_json::from_slice(&kept.content).unwrap();
        assert_eq!((content["form"].as_str(), content["round"].as_i64()), (Some("ocop.dossier/1"), Some(2)));
        assert_eq!(content["papers"][0]["paper"], "business-registration");
        assert!(kept.content.windows(house.person.len()).any(|part| part == house.person.as_bytes()));
        let personal = "Người đại diện mẫu".as_bytes();
        assert!(!kept.content.windows(personal.len()).any(|part| part == personal), "people are named by id");
        // What happens later touches nothing of it.
        let licence = get(&office, &name).await.papers.remove(0).evidence;
        let newer = pb::UploadEvidenceRequest {
            new_version: Some(pb::NewEvidenceVersion { evidence: licence, ..Default::default() }),
            file_name: "moi.pdf".to_owned(),
            ..Default::default()
        };
        upload(&office, newer, &pdf(3000, 77)).await.unwrap();
        assert_eq!(snapshot(&office, &name).await.unwrap(), kept);
        assert_eq!(get(&office, &name).await, pb::Dossier { etag: sealed.etag.clone(), ..sealed });
    })
    .await;
}

#[tokio::test]
async fn a_sealed_withdrawn_or_rejected_dossier_changes_no_more_and_makes_room_for_the_next() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Kín Mẫu").await;
        let step = because(Code::FailedPrecondition, "STEP_NOT_ALLOWED");
        let first = draft_of_2026(&office, &house).await;
        let gone = withdraw(&office, &first, date!(2026 - 05 - 25)).await.unwrap();
        assert_eq!((gone.state(), &*gone.reason), (State::Withdrawn, "Chủ thể xin rút"));
        let [form, _] = forms_of_2026(&house);
        assert_eq!(refused(fill(&office, &first, form).await), step);
        let second = draft_of_2026(&office, &house).await;
        submit(&office, &second, date!(2026 - 06 - 01)).await.unwrap();
        assert_eq!(refused(reject(&office, &second, date!(2026 - 06 - 02)).await), step, "nobody has taken it up");
        take_up(&office, &second, date!(2026 - 06 - 02)).await.unwrap();
        let refusal = reject(&office, &second, date!(2026 - 06 - 03)).await.unwrap();
        assert_eq!((refusal.state(), refusal.end_date), (State::Rejected, on(date!(2026 - 06 - 03))));
        let third = draft_of_2026(&office, &house).await;
        submit(&office, &third, date!(2026 - 06 - 08)).await.unwrap();
        take_up(&office, &third, date!(2026 - 06 - 08)).await.unwrap();
        assess(&office, findings(&third, date!(2026 - 06 - 09), &FOUR)).await.unwrap();
        forward(&office, &third, date!(2026 - 06 - 09)).await.unwrap();
        hand_in(&office, handing_in(&third, 5, date!(2026 - 06 - 10))).await.unwrap();
        seal(&office, &third, date!(2026 - 06 - 11)).await.unwrap();
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(refused(snapshot(&office, &second).await), missing);
        let rows = office.rows().await;
        assert_eq!(refused(seal(&office, &third, date!(2026 - 06 - 12)).await), step);
        assert_eq!(refused(withdraw(&office, &third, date!(2026 - 06 - 12)).await), step);
        assert_eq!(refused(give_back(&office, &third, date!(2026 - 06 - 12), &["dossier"]).await), step);
        assert_eq!(office.rows().await, rows);
    })
    .await;
}

#[tokio::test]
async fn sealing_is_told_with_card_and_digest_and_no_event_tells_what_a_dossier_says() {
    everywhere(async |office| {
        let house = house(&office, "HTX Tin Mẫu").await;
        let name = draft_of_2021(&office, &house).await;
        let extra =
            evidence(&office, &house.maker, pb::EvidenceKind::TestReport, date!(2021 - 05 - 01), date!(2022 - 05 - 01))
                .await;
        attach(&office, &name, "test-report", &extra).await.unwrap();
        submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        take_up(&office, &name, date!(2021 - 07 - 06)).await.unwrap();
        forward(&office, &name, date!(2021 - 07 - 07)).await.unwrap();
        hand_in(&office, handing_in(&name, 5, date!(2021 - 07 - 08))).await.unwrap();
        let sealed = seal(&office, &name, date!(2021 - 07 - 09)).await.unwrap();
        let sealings = told::<pb::DossierSealed>(&office).await;
        let [event] = &sealings[..] else { panic!("{sealings:?}") };
        assert_eq!((&event.dossier, &event.product), (&name, &house.product));
        assert_eq!((&event.digest, &event.scorecard_digest), (&sealed.digest, &sealed.scorecard_digest));
        assert_eq!((&*event.regime, &*event.product_set), ("regimes/q1048", "productSets/q1048-ruou-trang"));
        let moves = told::<pb::DossierRecorded>(&office).await;
        let states: Vec<&str> = moves.iter().map(|m| m.state.trim_start_matches("DOSSIER_STATE_")).collect();
        assert_eq!(states[states.len() - 4..], ["SUBMITTED", "UNDER_COMMUNE_ASSESSMENT", "FORWARDED", "SEALED"]);
    })
    .await;
}
