//! What a dossier lacks: told all at once, before it is handed in.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::Duration;
use time::macros::date;
use tonic::Code;

use crate::dossier_desk::{
    IN_2026, SAUCE, answers, attach, begin, check, draft_of_2021, draft_of_2026, evidence, fill, forms_of_2026, get,
    held, house, house_of_2026, submit, waive, wanted,
};
use crate::evidence_files::{pdf, upload};
use crate::office::{Office, Refused, because, everywhere, everywhere_at, mask, on, refused};

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(code, subject)| ((*code).to_owned(), (*subject).to_owned())).collect()
}

async fn detach(office: &Office, name: &str, paper: &str, evidence: &str) -> Result<pb::Dossier, tonic::Status> {
    let request = pb::DetachPaperRequest {
        name: name.to_owned(),
        paper: paper.to_owned(),
        evidence: evidence.to_owned(),
        ..Default::default()
    };
    Ok(office.dossiers().detach_paper(office.admin().say(request)).await?.into_inner())
}

async fn update(office: &Office, new: pb::Dossier, paths: &[&str]) -> Result<pb::Dossier, tonic::Status> {
    let request = pb::UpdateDossierRequest { dossier: Some(new), update_mask: mask(paths), ..Default::default() };
    Ok(office.dossiers().update_dossier(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn everything_that_is_missing_is_told_at_once_and_submission_waits_for_it() {
    everywhere(async |office| {
        let house = house(&office, "HTX Thiếu Mẫu").await;
        let name = begin(&office, wanted(&house.product)).await.unwrap().name;
        let day = date!(2021 - 07 - 05);
        let all = [
            ("FORM_FIELD_MISSING", "q1048-01-02.variant"),
            ("FORM_FIELD_MISSING", "q1048-01-02.representative"),
            ("FORM_FIELD_MISSING", "q1048-01-02.address"),
            ("FORM_FIELD_MISSING", "q1048-01-02.product_description"),
            ("PAPER_MISSING", "business-plan"),
            ("PAPER_MISSING", "introduction"),
            ("PAPER_MISSING", "business-registration"),
            ("PAPER_CONDITION_OPEN", "food-safety"),
        ];
        assert_eq!(held(&office, &name, day).await, pairs(&all));
        let report = check(&office, &name, day).await;
        assert!(!report.complete && !report.sealable && report.regime == "regimes/q1048");
        let samples = report.findings.iter().find(|f| f.code() == pb::FindingCode::SamplesMissing).unwrap();
        assert!(!samples.blocking && samples.blocks_sealing && !samples.text_vi.is_empty());
        let rows = office.rows().await;
        let answer = refused(submit(&office, &name, day).await);
        assert_eq!(answer, because(Code::FailedPrecondition, "DOSSIER_INCOMPLETE"));
        assert_eq!(office.rows().await, rows);
        let request = pb::CheckCompletenessRequest { name, as_of: on(day) };
        let answer = office.dossiers().check_completeness(office.admin().count(request)).await.unwrap();
        assert!(statements(&answer) <= 5, "a statement for each thing that is looked at");
    })
    .await;
}

#[tokio::test]
async fn bad_evidence_is_named_with_its_fault_and_its_day() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Hạn Mẫu").await;
        let name = draft_of_2026(&office, &house).await;
        let day = date!(2026 - 06 - 01);
        assert_eq!(held(&office, &name, day).await, []);
        let expired = date!(2026 - 05 - 31);
        let old = evidence(&office, &house.maker, pb::EvidenceKind::FoodSafety, date!(2023 - 06 - 01), expired).await;
        let photo =
            evidence(&office, &house.maker, pb::EvidenceKind::Photo, date!(2026 - 01 - 01), date!(2027 - 01 - 01))
                .await;
        detach(&office, &name, "food-safety", "").await.unwrap();
        attach(&office, &name, "food-safety", &old).await.unwrap();
        attach(&office, &name, "food-safety", &photo).await.unwrap();
        let report = check(&office, &name, day).await;
        let told: Vec<_> = report.findings.iter().filter(|f| f.blocking).map(|f| (f.code(), &*f.evidence)).collect();
        use pb::FindingCode as Code;
        let faults = [(Code::PaperExpired, &*old), (Code::PaperWrongKind, &*photo), (Code::PaperMissing, "")];
        assert!(faults.iter().all(|fault| told.contains(fault)) && told.len() == 3, "{told:?}");
        let fault = report.findings.iter().find(|f| f.code() == Code::PaperExpired).unwrap();
        assert_eq!(fault.date, on(expired));
        // Before that day the same paper was good.
        let earlier = check(&office, &name, date!(2026 - 05 - 30)).await;
        assert!(earlier.findings.iter().all(|f| f.code() != Code::PaperExpired));
        let newer = pb::UploadEvidenceRequest {
            new_version: Some(pb::NewEvidenceVersion {
                evidence: old.clone(),
                valid_from: on(date!(2026 - 05 - 01)),
                valid_to: on(date!(2029 - 05 - 01)),
                ..Default::default()
            }),
            file_name: "moi.pdf".to_owned(),
            ..Default::default()
        };
        upload(&office, newer, &pdf(3000, 5)).await.unwrap();
        assert!(held(&office, &name, day).await.contains(&pairs(&[("PAPER_EXPIRED", "food-safety")])[0]));
        detach(&office, &name, "food-safety", &photo).await.unwrap();
        detach(&office, &name, "food-safety", &old).await.unwrap();
        let renewed = attach(&office, &name, "food-safety", &old).await.unwrap();
        assert_eq!(renewed.papers.iter().find(|p| p.paper == "food-safety").unwrap().version, 2);
        assert_eq!(held(&office, &name, day).await, []);
        let withdrawal =
            pb::WithdrawEvidenceRequest { name: old, reason: "Bị thu hồi".to_owned(), ..Default::default() };
        office.evidence().withdraw_evidence(office.admin().say(withdrawal)).await.unwrap();
        let found = pairs(&[("PAPER_WITHDRAWN", "food-safety"), ("PAPER_MISSING", "food-safety")]);
        assert_eq!(held(&office, &name, day).await, found);
    })
    .await;
}

#[tokio::test]
async fn the_regime_of_the_filing_day_decides_and_the_set_must_be_of_it() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Chuyển Mẫu").await;
        let name = draft_of_2026(&office, &house).await;
        // A day before 26/2026 the old decision rules: its list is known in part and it has no card.
        let before = check(&office, &name, date!(2026 - 05 - 21)).await;
        assert_eq!(before.regime, "regimes/q148");
        assert!(before.findings.iter().any(|f| f.code() == pb::FindingCode::ChecklistPartial));
        assert_eq!(check(&office, &name, date!(2026 - 05 - 22)).await.regime, "regimes/q26");
        let old_set = "productSets/q1048-tuong-nuoc-mam-gia-vi-long";
        let changed = pb::Dossier { name: name.clone(), product_set: old_set.to_owned(), ..Default::default() };
        update(&office, changed, &["product_set"]).await.unwrap();
        let day = date!(2026 - 06 - 01);
        assert_eq!(held(&office, &name, day).await, pairs(&[("SET_OTHER_REGIME", "product_set")]));
        let back = pb::Dossier { name: name.clone(), product_set: SAUCE.to_owned(), ..Default::default() };
        update(&office, back, &["product_set"]).await.unwrap();
        let filed = submit(&office, &name, day).await.unwrap();
        assert_eq!((&*filed.regime, filed.finish_by_date), ("regimes/q26", None));
    })
    .await;
}

#[tokio::test]
async fn re_evaluations_name_their_certificate_and_keep_the_window() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Lại Mẫu").await;
        let again = pb::Dossier { kind: pb::DossierKind::ReEvaluation.into(), ..wanted(&house.product) };
        let name = begin(&office, again).await.unwrap().name;
        let [first, mut second] = forms_of_2026(&house);
        second.answers.extend(answers("q26-02", &[("updates", "Bao bì mới, kiểm nghiệm mới")]).answers);
        fill(&office, &name, first).await.unwrap();
        fill(&office, &name, second).await.unwrap();
        let (from, to) = (date!(2026 - 01 - 01), date!(2028 - 12 - 31));
        for (paper, kind) in [
            ("business-registration", pb::EvidenceKind::BusinessRegistration),
            ("food-safety", pb::EvidenceKind::FoodSafety),
        ] {
            let paper_of = evidence(&office, &house.maker, kind, from, to).await;
            attach(&office, &name, paper, &paper_of).await.unwrap();
        }
        let day = date!(2026 - 09 - 01);
        let missing = pairs(&[("CERTIFICATE_MISSING", "certificate"), ("CERTIFICATE_MISSING", "certificate_end_date")]);
        assert_eq!(held(&office, &name, day).await, missing);
        let ending = |days: i64| pb::Dossier {
            name: name.clone(),
            certificate: "12/GCN-OCOP".to_owned(),
            certificate_end_date: on(day + Duration::days(days)),
            ..Default::default()
        };
        update(&office, ending(181), &[]).await.unwrap();
        assert_eq!(held(&office, &name, day).await, pairs(&[("TOO_EARLY", "certificate")]));
        update(&office, ending(119), &[]).await.unwrap();
        let late = check(&office, &name, day).await;
        assert!(late.complete && late.findings.iter().any(|f| f.code() == pb::FindingCode::Late));
        update(&office, ending(0), &[]).await.unwrap();
        assert_eq!(held(&office, &name, day).await, pairs(&[("CERTIFICATE_ENDED", "certificate")]));
        update(&office, ending(150), &[]).await.unwrap();
        let filed = submit(&office, &name, day).await.unwrap();
        assert_eq!((&*filed.certificate, filed.kind()), ("12/GCN-OCOP", pb::DossierKind::ReEvaluation));
    })
    .await;
}

#[tokio::test]
async fn papers_are_attached_once_waived_only_where_they_are_conditional_and_taken_out() {
    everywhere(async |office| {
        let house = house(&office, "HTX Giấy Mẫu").await;
        let name = draft_of_2021(&office, &house).await;
        let plan = get(&office, &name).await.papers[0].evidence.clone();
        let one = |field: &str, reason: &str| crate::office::invalid(&[(field, reason)]);
        let taken = Refused { violations: vec![], ..because(Code::AlreadyExists, "DOSSIER_PAPER_ATTACHED") };
        assert_eq!(refused(attach(&office, &name, "business-plan", &plan).await), taken);
        assert_eq!(refused(attach(&office, &name, "food-safety", &plan).await), taken, "it was waived");
        assert_eq!(refused(waive(&office, &name, "food-safety").await), taken);
        let unknown = one("paper", "DOSSIER_PAPER_UNKNOWN");
        assert_eq!(refused(attach(&office, &name, "no-such-paper", &plan).await), unknown);
        assert_eq!(refused(waive(&office, &name, "story").await), one("paper", "DOSSIER_PAPER_NOT_CONDITIONAL"));
        assert_eq!(refused(detach(&office, &name, "story", "").await), one("paper", "DOSSIER_PAPER_NOT_ATTACHED"));
        let other = crate::dossier_desk::house(&office, "HTX Khác Mẫu").await;
        let foreign =
            evidence(&office, &other.maker, pb::EvidenceKind::Story, date!(2021 - 01 - 01), date!(2022 - 01 - 01))
                .await;
        let theirs = one("evidence", "EVIDENCE_OTHER_PRODUCER");
        assert_eq!(refused(attach(&office, &name, "story", &foreign).await), theirs);
        let nothing = kit::name::of("evidence", uuid::Uuid::from_u128(7));
        assert_eq!(refused(attach(&office, &name, "story", &nothing).await), one("evidence", "REFERENCE_UNKNOWN"));
        let before = get(&office, &name).await.papers.len();
        assert_eq!(detach(&office, &name, "introduction", "").await.unwrap().papers.len(), before - 1);
    })
    .await;
}
