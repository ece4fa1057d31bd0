//! What dossiers are refused with: faults of requests, foreign callers, repeats.

use kit::testing::As;
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::dossier_desk::{
    FOUR, IN_2026, answers, assess, attach, attachment, begin, draft_of_2021, draft_of_2026, fill, findings, forward,
    get, give_back, house, house_of_2026, submission, submit, submit_as, take_up, wanted,
};
use crate::office::{
    LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, everywhere_at, invalid, refused, request_id,
};

#[tokio::test]
async fn all_faults_of_a_request_are_told_at_once_and_nothing_is_stored() {
    everywhere(async |office| {
        let house = house(&office, "HTX Sai Mẫu").await;
        let rows = office.rows().await;
        let wrong = pb::Dossier {
            product: "products/none".to_owned(),
            product_set: "productSets/none".to_owned(),
            kind: 9,
            certificate: "a\nb".to_owned(),
            ..Default::default()
        };
        let all = [
            ("dossier.product", "FIELD_FORMAT"),
            ("dossier.product_set", "REFERENCE_UNKNOWN"),
            ("dossier.kind", "ENUM_UNKNOWN"),
            ("dossier.certificate", "TEXT_UNCLEAN"),
        ];
        assert_eq!(refused(begin(&office, wrong).await), invalid(&all));
        let nobody = kit::name::of("products", uuid::Uuid::from_u128(9));
        let unknown = invalid(&[("dossier.product", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(begin(&office, wanted(&nobody)).await), unknown);
        assert_eq!(office.rows().await, rows);
        let name = begin(&office, wanted(&house.product)).await.unwrap().name;
        let rows = office.rows().await;
        let open = because(Code::AlreadyExists, "DOSSIER_OPEN");
        assert_eq!(refused(begin(&office, wanted(&house.product)).await), open);
        let form = answers("q26-03", &[("proposal", "x")]);
        assert_eq!(refused(fill(&office, &name, form).await), invalid(&[("answers.form", "DOSSIER_FORM_UNKNOWN")]));
        let ghost = kit::name::of("persons", uuid::Uuid::from_u128(3));
        let form = answers("q1048-01-02", &[("variant", "none"), ("x", "y"), ("address", "Phường 8")]);
        let all = [
            ("answers.answers[0].values", "DOSSIER_ANSWER_INVALID"),
            ("answers.answers[1].field", "DOSSIER_FIELD_UNKNOWN"),
        ];
        assert_eq!(refused(fill(&office, &name, form).await), invalid(&all));
        let form = answers("q1048-01-02", &[("address", "Phường 8"), ("representative", &ghost)]);
        let unknown = invalid(&[("answers.answers[1].values", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(fill(&office, &name, form).await), unknown);
        assert_eq!(office.rows().await, rows);
    })
    .await;
}

#[tokio::test]
async fn acts_follow_each_other_and_never_lie_in_the_future() {
    everywhere_at(IN_2026, async |office| {
        let house = house_of_2026(&office, "HTX Ngày Mẫu").await;
        let name = draft_of_2026(&office, &house).await;
        let order = |field: &str| invalid(&[(field, "DATE_ORDER")]);
        let future = invalid(&[("submit_date", "DATE_IN_FUTURE")]);
        assert_eq!(refused(submit(&office, &name, date!(2026 - 11 - 25)).await), future);
        assert_eq!(refused(submit(&office, &name, date!(2026 - 02 - 01)).await), order("submit_date"));
        submit(&office, &name, date!(2026 - 06 - 01)).await.unwrap();
        assert_eq!(refused(take_up(&office, &name, date!(2026 - 05 - 31)).await), order("begin_date"));
        take_up(&office, &name, date!(2026 - 06 - 02)).await.unwrap();
        let rows = office.rows().await;
        let early = assess(&office, findings(&name, date!(2026 - 06 - 01), &FOUR)).await;
        assert_eq!(refused(early), order("assessment.assess_date"));
        let wrong = assess(&office, findings(&name, date!(2026 - 06 - 03), &["origin", "origin", "weather"])).await;
        let all = [
            ("assessment.contents[1].content", "DOSSIER_CONTENT_UNKNOWN"),
            ("assessment.contents[2].content", "DOSSIER_CONTENT_UNKNOWN"),
            ("assessment.contents.labour", "DOSSIER_CONTENT_MISSING"),
            ("assessment.contents.idea", "DOSSIER_CONTENT_MISSING"),
            ("assessment.contents.identity", "DOSSIER_CONTENT_MISSING"),
        ];
        assert_eq!(refused(wrong), invalid(&all));
        let about = give_back(&office, &name, date!(2026 - 06 - 03), &["q26-02.market", "gossip"]).await;
        assert_eq!(refused(about), invalid(&[("remarks[1].subject", "DOSSIER_REMARK_UNKNOWN")]));
        assert_eq!(refused(forward(&office, &name, date!(2026 - 06 - 01)).await), order("forward_date"));
        assert_eq!(office.rows().await, rows);
    })
    .await;
}

async fn read(office: &Office, who: &As, name: &str) -> Result<pb::Dossier, Status> {
    let request = pb::GetDossierRequest { name: name.to_owned(), ..Default::default() };
    Ok(office.dossiers().get_dossier(who.say(request)).await?.into_inner())
}

#[tokio::test]
async fn officers_of_other_places_and_other_roles_do_nothing_to_a_dossier() {
    everywhere(async |office| {
        let house = house(&office, "HTX Quyền Mẫu").await;
        let name = draft_of_2021(&office, &house).await;
        let unit = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let role = because(Code::PermissionDenied, "ROLE_MISSING");
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let member = office.world.as_role("council_member", PHU_YEN);
        let request = submission(&name, date!(2021 - 07 - 05));
        assert_eq!(refused(submit_as(&office, &foreign, request.clone()).await), unit);
        assert_eq!(refused(submit_as(&office, &member, request.clone()).await), role);
        assert_eq!(refused(read(&office, &foreign, &name).await), unit);
        assert!(read(&office, &member, &name).await.is_ok());
        let ward = office.world.as_role("commune_officer", WARD_8);
        submit_as(&office, &ward, request).await.unwrap();
        let city = office.world.as_role("district_officer", TUY_HOA_CITY);
        assert!(read(&office, &city, &name).await.is_ok());
        let list = office.dossiers().list_dossiers(foreign.say(pb::ListDossiersRequest::default())).await.unwrap();
        assert!(list.into_inner().dossiers.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_producers_account_makes_and_submits_its_own_dossier_and_judges_none() {
    everywhere(async |office| {
        let (mine, other) = (house(&office, "HTX Mình").await, house(&office, "HTX Người").await);
        let (name, theirs) = (draft_of_2021(&office, &mine).await, draft_of_2021(&office, &other).await);
        let me = office.world.as_producer(&mine.maker, WARD_8);
        let unit = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let role = because(Code::PermissionDenied, "ROLE_MISSING");
        assert!(read(&office, &me, &name).await.is_ok());
        assert_eq!(refused(read(&office, &me, &theirs).await), unit);
        let plan = get(&office, &theirs).await.papers[0].evidence.clone();
        let request = attachment(&theirs, "story", &plan);
        assert_eq!(refused(office.dossiers().attach_paper(me.say(request)).await), unit);
        let list = office.dossiers().list_dossiers(me.say(pb::ListDossiersRequest::default())).await.unwrap();
        let names: Vec<String> = list.into_inner().dossiers.into_iter().map(|d| d.name).collect();
        assert_eq!(names, [name.as_str()]);
        assert_eq!(refused(submit_as(&office, &me, submission(&theirs, date!(2021 - 07 - 05))).await), unit);
        submit_as(&office, &me, submission(&name, date!(2021 - 07 - 05))).await.unwrap();
        let request = pb::BeginAssessmentRequest { name, ..Default::default() };
        assert_eq!(refused(office.dossiers().begin_assessment(me.say(request)).await), role);
    })
    .await;
}

#[tokio::test]
async fn acts_repeat_safely_and_a_stale_etag_overwrites_nothing() {
    everywhere(async |office| {
        let house = house(&office, "HTX Lặp Mẫu").await;
        let dry = pb::CreateDossierRequest {
            dossier: Some(wanted(&house.product)),
            validate_only: true,
            ..Default::default()
        };
        let before = office.rows().await;
        office.dossiers().create_dossier(office.admin().say(dry.clone())).await.unwrap();
        assert_eq!(office.rows().await, before);
        let real = pb::CreateDossierRequest { validate_only: false, request_id: request_id(1), ..dry };
        let made = office.dossiers().create_dossier(office.admin().say(real.clone())).await.unwrap().into_inner();
        let again = office.dossiers().create_dossier(office.admin().say(real)).await.unwrap().into_inner();
        assert_eq!(made, again);
        crate::dossier_desk::withdraw(&office, &made.name, date!(2021 - 07 - 01)).await.unwrap();
        let name = draft_of_2021(&office, &house).await;
        let draft = get(&office, &name).await;
        let submit = pb::SubmitDossierRequest {
            request_id: request_id(2),
            etag: draft.etag.clone(),
            ..submission(&name, date!(2021 - 07 - 05))
        };
        let filed = submit_as(&office, &office.admin(), submit.clone()).await.unwrap();
        let rows = office.rows().await;
        assert_eq!(submit_as(&office, &office.admin(), submit).await.unwrap(), filed);
        assert_eq!(office.rows().await, rows);
        let stale = pb::BeginAssessmentRequest {
            name: name.clone(),
            begin_date: filed.submit_date,
            etag: draft.etag,
            ..Default::default()
        };
        let answer = office.dossiers().begin_assessment(office.admin().say(stale)).await;
        assert_eq!(refused(answer), because(Code::Aborted, "ETAG_STALE"));
        let late = attach(&office, &name, "story", &draft.papers[0].evidence).await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"));
    })
    .await;
}
