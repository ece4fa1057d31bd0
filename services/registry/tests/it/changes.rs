//! Changes of producers: proposed by one person, decided by a second, readable by day.

use kit::testing::{As, statements};
use prost::{Message as _, Name as _};
use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, WARD_8, because, everywhere, invalid, manager, on, person, producer, refused,
    request_id,
};

/// From household to cooperative.
pub fn to_cooperative(producer: &str) -> pb::ProducerChange {
    pb::ProducerChange {
        producer: producer.to_owned(),
        after: Some(pb::KeyData {
            display_name: "HTX Sông Ba".to_owned(),
            legal_form: pb::LegalForm::Cooperative.into(),
            ..Default::default()
        }),
        changed_fields: vec!["display_name".to_owned(), "legal_form".to_owned()],
        effective_date: on(DAY),
        document_number: "Giấy đăng ký 07".to_owned(),
        document_date: on(DAY),
        reason: "Hộ chuyển thành hợp tác xã".to_owned(),
        ..Default::default()
    }
}

pub fn household(name: &str) -> pb::Producer {
    pb::Producer { legal_form: pb::LegalForm::Household.into(), ..producer(name) }
}

async fn propose_as(office: &Office, who: &As, change: pb::ProducerChange) -> Result<pb::ProducerChange, Status> {
    let request = pb::CreateProducerChangeRequest { producer_change: Some(change), ..Default::default() };
    Ok(office.changes().create_producer_change(who.say(request)).await?.into_inner())
}

pub async fn propose(office: &Office, change: pb::ProducerChange) -> Result<pb::ProducerChange, Status> {
    propose_as(office, &office.world.as_role("commune_officer", WARD_8), change).await
}

fn approval(name: &str) -> pb::ApproveProducerChangeRequest {
    pb::ApproveProducerChangeRequest { name: name.to_owned(), decide_date: on(DAY), ..Default::default() }
}

async fn approve(office: &Office, name: &str) -> Result<pb::ProducerChange, Status> {
    Ok(office.changes().approve_producer_change(office.second().say(approval(name))).await?.into_inner())
}

async fn history(office: &Office, producer: &str, day: Date) -> pb::ProducerHistory {
    let request = pb::GetProducerHistoryRequest { producer: producer.to_owned(), as_of: on(day) };
    let answer = office.changes().get_producer_history(office.admin().count(request)).await.unwrap();
    assert!(statements(&answer) <= 3);
    answer.into_inner()
}

impl Office {
    /// A second person, other than the officer of the commune.
    fn second(&self) -> As {
        self.world.as_role("province_officer", PHU_YEN)
    }
}

#[tokio::test]
async fn a_household_becomes_a_cooperative_and_its_past_stays_readable() {
    everywhere(async |office| {
        let home = office.add_producer(household("Hộ Sông Ba")).await.unwrap();
        let set = pb::SetPersonalNumberRequest {
            producer: home.name.clone(),
            number: "054000000123".to_owned(),
            ..Default::default()
        };
        office.contacts().set_personal_number(office.admin().say(set)).await.unwrap();
        let owner = office.add_person(person("Chủ hộ")).await.unwrap().name;
        let mut change = to_cooperative(&home.name);
        change.after.as_mut().unwrap().owner.clone_from(&owner);
        change.changed_fields.push("owner".to_owned());
        change.begin_managers = vec![pb::NewManager { person: owner.clone(), title: "Giám đốc".to_owned() }];
        let request = pb::CreateProducerChangeRequest {
            producer_change: Some(change),
            request_id: request_id(1),
            ..Default::default()
        };
        let officer = office.world.as_role("commune_officer", WARD_8);
        let made = office.changes().create_producer_change(officer.say(request.clone())).await.unwrap().into_inner();
        let again = office.changes().create_producer_change(officer.say(request)).await.unwrap().into_inner();
        assert_eq!(again, made);
        assert_eq!((made.state(), made.advice_vi.as_str()), (pb::ChangeState::Pending, ""));
        assert_eq!(office.get_producer(&home.name).await.display_name, "Hộ Sông Ba", "a proposal changes nothing");
        let own = office.changes().approve_producer_change(officer.say(approval(&made.name))).await;
        assert_eq!(refused(own), because(Code::FailedPrecondition, "SAME_PERSON_DECIDES"));
        let before = office.rows_of(&["journal"]).await;
        let done = approve(&office, &made.name).await.unwrap();
        assert_eq!(done.state(), pb::ChangeState::Approved);
        assert_ne!(done.proposer, done.decider);
        assert_ne!(office.rows_of(&["journal"]).await, before);
        let now = office.get_producer(&home.name).await;
        assert_eq!((now.display_name.as_str(), now.legal_form()), ("HTX Sông Ba", pb::LegalForm::Cooperative));
        let past = history(&office, &home.name, date!(2021 - 06 - 29)).await;
        let past_key = past.key_data.unwrap();
        assert_eq!((past_key.display_name.as_str(), past_key.legal_form()), ("Hộ Sông Ba", pb::LegalForm::Household));
        let key = history(&office, &home.name, DAY).await.key_data.unwrap();
        assert_eq!((key.legal_form(), key.owner.as_str()), (pb::LegalForm::Cooperative, owner.as_str()));
        assert_eq!(past.producer_changes, [&*made.name]);
        let managers = pb::ListManagersRequest { producer: home.name.clone(), ..Default::default() };
        let managers = office.managers().list_managers(office.admin().say(managers)).await.unwrap().into_inner();
        assert_eq!(managers.managers[0].person, owner);
        assert_eq!(office.rows_of(&["personal_number"]).await, [("personal_number", 0)]);
        let step = because(Code::FailedPrecondition, "STEP_NOT_ALLOWED");
        assert_eq!(refused(approve(&office, &made.name).await), step);
        let ask = pb::ErasePersonRequest {
            person: owner,
            request_date: on(DAY),
            reason: "Đơn số 1".to_owned(),
            ..Default::default()
        };
        let bound = office.erasures().erase_person(office.admin().say(ask)).await;
        assert_eq!(refused(bound), because(Code::FailedPrecondition, "PERSON_HAS_DUTY"));
    })
    .await;
}

#[tokio::test]
async fn the_event_of_a_change_tells_what_certificates_need_and_nobody() {
    everywhere(async |office| {
        let home = office.add_producer(household("Hộ Sông Ba")).await.unwrap().name;
        let made = propose(&office, to_cooperative(&home)).await.unwrap();
        approve(&office, &made.name).await.unwrap();
        let events = crate::feed::watch(&office, 0).await;
        let payloads = events.iter().filter_map(|event| event.payload.as_ref());
        let mut told = payloads.filter(|payload| payload.type_url == pb::ProducerChanged::type_url());
        let event = pb::ProducerChanged::decode(told.next().unwrap().value.as_slice()).unwrap();
        assert!(told.next().is_none(), "a change is told once");
        assert_eq!(event.changed_fields, ["display_name", "legal_form"]);
        assert_eq!(
            (event.old_legal_form.as_str(), event.new_legal_form.as_str()),
            ("LEGAL_FORM_HOUSEHOLD", "LEGAL_FORM_COOPERATIVE")
        );
        assert!(event.transfers_certificates && event.producer == home && event.producer_change == made.name);
        assert!(!format!("{event:?}").contains("Sông Ba"));
    })
    .await;
}

#[tokio::test]
async fn a_producer_that_changed_since_the_proposal_is_not_overwritten() {
    everywhere(async |office| {
        let home = office.add_producer(household("Hộ Sông Ba")).await.unwrap();
        let first = propose(&office, to_cooperative(&home.name)).await.unwrap();
        let second = propose(&office, to_cooperative(&home.name)).await.unwrap();
        let (one, other) = tokio::join!(approve(&office, &first.name), approve(&office, &second.name));
        assert_eq!(
            u8::from(one.is_ok()) + u8::from(other.is_ok()),
            1,
            "one of two proposals of one state takes effect"
        );
        let lost = if one.is_ok() { other } else { one };
        assert_eq!(refused(lost), because(Code::Aborted, "ETAG_STALE"));
        let stale = pb::ProducerChange { producer_etag: home.etag, ..to_cooperative(&home.name) };
        assert_eq!(refused(propose(&office, stale).await), because(Code::Aborted, "ETAG_STALE"));
        let earlier = pb::ProducerChange {
            after: Some(pb::KeyData { display_name: "HTX Sông Ba 2".to_owned(), ..Default::default() }),
            changed_fields: vec!["display_name".to_owned()],
            effective_date: on(date!(2021 - 06 - 29)),
            ..to_cooperative(&home.name)
        };
        let order = invalid(&[("producer_change.effective_date", "DATE_ORDER")]);
        assert_eq!(refused(propose(&office, earlier).await), order);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_rejected_by_another_and_withdrawn_by_its_proposer_only() {
    everywhere(async |office| {
        let home = office.add_producer(household("Hộ Sông Ba")).await.unwrap().name;
        let other = office.add_producer(household("Hộ Đà Rằng")).await.unwrap().name;
        let grower = office.world.as_producer(&home, WARD_8);
        let not_own = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(propose_as(&office, &grower, to_cooperative(&other)).await), not_own);
        let made = propose_as(&office, &grower, to_cooperative(&home)).await.unwrap();
        let withdraw = pb::WithdrawProducerChangeRequest { name: made.name.clone(), ..Default::default() };
        let foreign = office.changes().withdraw_producer_change(office.second().say(withdraw.clone())).await;
        assert_eq!(refused(foreign), because(Code::PermissionDenied, "CHANGE_NOT_OWN"));
        let back = office.changes().withdraw_producer_change(grower.say(withdraw)).await.unwrap().into_inner();
        assert_eq!(back.state(), pb::ChangeState::Withdrawn);
        let made = propose_as(&office, &grower, to_cooperative(&home)).await.unwrap();
        let reject = |reason: &str| pb::RejectProducerChangeRequest {
            name: made.name.clone(),
            decide_date: on(DAY),
            reason: reason.to_owned(),
            ..Default::default()
        };
        let silent = office.changes().reject_producer_change(office.second().say(reject(""))).await;
        assert_eq!(refused(silent), invalid(&[("reason", "FIELD_REQUIRED")]));
        let no = office.changes().reject_producer_change(office.second().say(reject("Thiếu giấy tờ"))).await.unwrap();
        assert_eq!(
            (no.get_ref().state(), no.get_ref().decide_reason.as_str()),
            (pb::ChangeState::Rejected, "Thiếu giấy tờ")
        );
        let early = pb::ApproveProducerChangeRequest { decide_date: on(date!(2021 - 06 - 29)), ..approval(&made.name) };
        let late = office.changes().approve_producer_change(office.second().say(early)).await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"));
        propose(&office, to_cooperative(&other)).await.unwrap();
        let pending = pb::ListProducerChangesRequest { state: pb::ChangeState::Pending.into(), ..Default::default() };
        for (who, count) in [(office.second(), 1), (grower, 0), (office.world.as_role("commune_officer", LA_HAI), 0)] {
            let answer = office.changes().list_producer_changes(who.count(pending.clone())).await.unwrap();
            assert_eq!(statements(&answer), 1);
            assert_eq!(answer.into_inner().producer_changes.len(), count);
        }
        let get = pb::GetProducerChangeRequest { name: made.name };
        let got = office.changes().get_producer_change(office.admin().say(get)).await.unwrap().into_inner();
        assert_eq!(got.state(), pb::ChangeState::Rejected);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_change_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let home = office.add_producer(household("Hộ Sông Ba")).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::ProducerChange {
            producer: "x".to_owned(),
            after: Some(pb::KeyData { tax_code: "123".to_owned(), ..Default::default() }),
            changed_fields: ["tax_code", "legal_form", "owner", "colour"].map(str::to_owned).into(),
            end_managers: vec!["managers/x".to_owned()],
            document_number: String::new(),
            reason: " ".to_owned(),
            ..to_cooperative("")
        };
        let all = [
            ("producer_change.producer", "FIELD_FORMAT"),
            ("producer_change.after.tax_code", "TAX_CODE_INVALID"),
            ("producer_change.after.legal_form", "FIELD_REQUIRED"),
            ("producer_change.after.owner", "FIELD_REQUIRED"),
            ("producer_change.changed_fields[3]", "FIELD_FORMAT"),
            ("producer_change.end_managers[0]", "FIELD_FORMAT"),
            ("producer_change.document_number", "FIELD_REQUIRED"),
            ("producer_change.reason", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(propose(&office, wrong).await), invalid(&all));
        let nothing = pb::ProducerChange { changed_fields: Vec::new(), ..to_cooperative(&home) };
        let empty = invalid(&[("producer_change.changed_fields", "CHANGE_EMPTY")]);
        assert_eq!(refused(propose(&office, nothing).await), empty);
        let stranger = format!("managers/{}", uuid::Uuid::nil());
        let stranger = pb::ProducerChange { end_managers: vec![stranger], ..to_cooperative(&home) };
        let unknown = invalid(&[("producer_change.end_managers[0]", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(propose(&office, stranger).await), unknown);
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_move_and_new_managers_take_effect_together_or_not_at_all() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let chief = office.add_person(person("Giám đốc cũ")).await.unwrap().name;
        let next = office.add_person(person("Giám đốc mới")).await.unwrap().name;
        let old = office.add_manager(manager(&chief, &maker)).await.unwrap().name;
        let change = pb::ProducerChange {
            after: Some(pb::KeyData { unit: LA_HAI.to_owned(), ..Default::default() }),
            changed_fields: vec!["unit".to_owned()],
            begin_managers: vec![pb::NewManager { person: next.clone(), title: "Giám đốc".to_owned() }],
            end_managers: vec![old.clone()],
            ..to_cooperative(&maker)
        };
        let made = propose(&office, change.clone()).await.unwrap();
        let end = pb::EndManagerRequest { name: old.clone(), end_date: on(DAY), ..Default::default() };
        office.managers().end_manager(office.admin().say(end)).await.unwrap();
        let ended = because(Code::FailedPrecondition, "DUTY_ENDED");
        assert_eq!(refused(approve(&office, &made.name).await), ended);
        assert_eq!(office.get_producer(&maker).await.unit, WARD_8, "nothing of it took effect");
        let made = propose(&office, pb::ProducerChange { end_managers: Vec::new(), ..change }).await.unwrap();
        let near = office.world.as_role("district_officer", crate::office::TUY_HOA_CITY);
        let unit = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let outside = office.changes().approve_producer_change(near.say(approval(&made.name))).await;
        assert_eq!(refused(outside), unit, "who approves a move covers both communes");
        let site = pb::CreateSiteRequest { site: Some(crate::sites::site(&maker)), ..Default::default() };
        office.sites().create_site(office.admin().say(site)).await.unwrap();
        approve(&office, &made.name).await.unwrap();
        let there = office.world.as_role("commune_officer", LA_HAI);
        let sites = office.sites().list_sites(there.say(pb::ListSitesRequest::default())).await.unwrap().into_inner();
        assert_eq!(sites.sites.len(), 1, "sites follow their producer");
        assert_eq!(office.get_producer(&maker).await.unit, LA_HAI);
        assert_eq!(history(&office, &maker, date!(2021 - 06 - 29)).await.key_data.unwrap().unit, WARD_8);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_may_not_take_part_is_recorded_with_advice() {
    everywhere(async |office| {
        let home = office.add_producer(household("Hộ Sông Ba")).await.unwrap().name;
        let farm = pb::KeyData { legal_form: pb::LegalForm::Farm.into(), ..Default::default() };
        let change = pb::ProducerChange {
            after: Some(farm),
            changed_fields: vec!["legal_form".to_owned()],
            ..to_cooperative(&home)
        };
        let made = propose(&office, change).await.unwrap();
        assert!(made.advice_vi.contains("Trang trại") && made.advice_en.contains("farms"));
        approve(&office, &made.name).await.unwrap();
        assert_eq!(office.get_producer(&home).await.legal_form(), pb::LegalForm::Farm);
    })
    .await;
}
