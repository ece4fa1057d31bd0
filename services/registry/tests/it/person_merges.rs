//! Two records of one person, found, merged and taken apart again.

use kit::testing::{As, statements};
use prost::Message;
use proto::registry::v1::{self as pb, MatchVerdict, PersonMatchReason as Reason};
use time::macros::date;
use tonic::{Code, Status};

use crate::feed::watch;
use crate::imports::{import, of as kind};
use crate::office::{
    DAY, LA_HAI, Office, WARD_8, because, everywhere, invalid, manager, on, person, post, producer, refused, request_id,
};

fn of(person: &str, into: &str) -> pb::MergePersonsRequest {
    pb::MergePersonsRequest {
        person: person.to_owned(),
        into: into.to_owned(),
        reason: "Ghi hai lần".to_owned(),
        ..Default::default()
    }
}

async fn merge(office: &Office, request: pb::MergePersonsRequest) -> Result<pb::PersonMerge, Status> {
    Ok(office.person_merges().merge_persons(office.admin().say(request)).await?.into_inner())
}

async fn unmerge(office: &Office, name: &str) -> Result<pb::PersonMerge, Status> {
    let request =
        pb::UnmergePersonsRequest { name: name.to_owned(), reason: "Hai người".to_owned(), ..Default::default() };
    Ok(office.person_merges().unmerge_persons(office.admin().say(request)).await?.into_inner())
}

async fn add(office: &Office, name: &str) -> String {
    office.add_person(person(name)).await.unwrap().name
}

async fn get(office: &Office, name: &str) -> pb::Person {
    let request = pb::GetPersonRequest { name: name.to_owned() };
    office.persons().get_person(office.admin().say(request)).await.unwrap().into_inner()
}

/// The persons of all duties, in one statement but for the count beside them.
async fn on_duty(office: &Office) -> Vec<(String, String)> {
    let request = pb::ListDutiesRequest { as_of: on(date!(2021 - 12 - 15)), ..Default::default() };
    let duties = office.duties().list_duties(office.admin().say(request)).await.unwrap().into_inner().duties;
    let mut all: Vec<_> = duties.into_iter().map(|duty| (duty.name, duty.person)).collect();
    all.sort();
    all
}

async fn phone(office: &Office, person: &str, value: &str) {
    let contact = pb::Contact {
        person: person.to_owned(),
        kind: pb::ContactKind::Phone.into(),
        value: value.to_owned(),
        ..Default::default()
    };
    let request = pb::CreateContactRequest { contact: Some(contact), ..Default::default() };
    office.contacts().create_contact(office.admin().say(request)).await.unwrap();
}

async fn phones(office: &Office, person: &str) -> usize {
    let request = pb::ListContactsRequest { person: person.to_owned(), ..Default::default() };
    office.contacts().list_contacts(office.admin().say(request)).await.unwrap().into_inner().contacts.len()
}

async fn list(office: &Office, who: &As, request: pb::ListPersonMergesRequest) -> Vec<String> {
    let answer = office.person_merges().list_person_merges(who.count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().person_merges.into_iter().map(|m| m.name).collect()
}

#[tokio::test]
async fn a_merged_record_redirects_its_duties_and_contacts_and_gets_all_of_it_back() {
    everywhere(async |office| {
        let (from, into) = (add(&office, "Cán bộ OCOP xã").await, add(&office, "Cán bộ OCOP xã An").await);
        let maker = office.add_producer(producer("HTX Hai Bản Mẫu")).await.unwrap().name;
        let held = office.add_post(post(&from, WARD_8)).await.unwrap().name;
        let managed = office.add_manager(manager(&into, &maker)).await.unwrap().name;
        phone(&office, &from, "0900000001").await;
        let own = [(managed.clone(), into.clone()), (held.clone(), from.clone())];
        assert_eq!(on_duty(&office).await, own);
        let made = merge(&office, of(&from, &into)).await.unwrap();
        assert_eq!((&made.person, &made.into, &*made.unit), (&from, &into, WARD_8));
        assert_eq!(
            (get(&office, &from).await.merged_into, get(&office, &into).await.merged_into),
            (into.clone(), String::new())
        );
        let listed =
            office.persons().list_persons(office.admin().say(pb::ListPersonsRequest::default())).await.unwrap();
        let listed: Vec<String> = listed.into_inner().persons.into_iter().map(|p| p.name).collect();
        assert_eq!(listed, std::slice::from_ref(&into));
        assert_eq!(on_duty(&office).await, [(managed.clone(), into.clone()), (held.clone(), into.clone())]);
        let request = pb::GetPostRequest { name: held.clone() };
        let shown = office.posts().get_post(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(shown.person, into);
        assert_eq!((phones(&office, &into).await, phones(&office, &from).await), (1, 1));
        let twice = refused(office.add_post(post(&into, WARD_8)).await);
        assert_eq!(twice, because(Code::AlreadyExists, "DUTY_HELD"), "the post of the merged record is its own");
        // Its duty goes on and ends as it was recorded.
        let end = pb::EndPostRequest { name: held.clone(), end_date: on(DAY), ..Default::default() };
        office.posts().end_post(office.admin().say(end)).await.unwrap();
        // A sheet that names the merged record means the one that stays.
        let sheet = "Họ và tên,Mã xã,Ngày đăng ký\nCán bộ OCOP xã,22018,15/01/2021\n";
        let known = import(&office, kind(pb::ImportKind::People), sheet).await.unwrap();
        assert_eq!(known.rows[0].names, std::slice::from_ref(&into), "{known:?}");
        let back = unmerge(&office, &made.name).await.unwrap();
        assert_eq!((&*back.end_reason, back.end_time.is_some()), ("Hai người", true));
        assert_eq!(get(&office, &from).await.merged_into, "");
        assert_eq!((phones(&office, &into).await, phones(&office, &from).await), (0, 1));
        assert_eq!(on_duty(&office).await, own[..1]);
        let told: Vec<String> =
            watch(&office, 0).await.into_iter().filter_map(|e| e.payload).map(|p| p.type_url).collect();
        let told: Vec<&str> = told
            .iter()
            .filter_map(|t| t.rsplit('.').next())
            .filter(|t| t.starts_with("PersonMerged") || t.starts_with("PersonUnmerged"))
            .collect();
        assert_eq!(told, ["PersonMerged", "PersonUnmerged"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_merged_erased_or_elsewhere_is_not_merged_and_all_faults_are_told() {
    everywhere(async |office| {
        let (one, two, three) =
            (add(&office, "Người Một").await, add(&office, "Người Hai").await, add(&office, "Người Ba").await);
        let rows = office.rows().await;
        let wrong = pb::MergePersonsRequest { reason: " ".to_owned(), ..of(&one, &one) };
        let all = [("into", "MERGE_INTO_ITSELF"), ("reason", "FIELD_REQUIRED")];
        assert_eq!(refused(merge(&office, wrong).await), invalid(&all));
        let nobody = kit::name::of("persons", uuid::Uuid::from_u128(9));
        assert_eq!(refused(merge(&office, of(&one, &nobody)).await), invalid(&[("into", "REFERENCE_UNKNOWN")]));
        assert_eq!(refused(merge(&office, of(&nobody, &one)).await), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let foreign = office.world.as_role("district_officer", "units/558-20180507");
        let elsewhere = office.person_merges().merge_persons(foreign.say(of(&one, &two))).await;
        assert_eq!(refused(elsewhere), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        assert_eq!(office.rows().await, rows);
        let request = pb::MergePersonsRequest { request_id: request_id(1), ..of(&one, &two) };
        let made = merge(&office, request.clone()).await.unwrap();
        assert_eq!(merge(&office, request).await.unwrap(), made);
        let merged = || because(Code::FailedPrecondition, "PERSON_MERGED");
        let has_merged = || because(Code::FailedPrecondition, "PERSON_HAS_MERGED");
        for (from, into, refusal) in [(&one, &three, merged()), (&three, &one, merged()), (&two, &three, has_merged())]
        {
            assert_eq!(refused(merge(&office, of(from, into)).await), refusal);
        }
        assert_eq!(refused(office.add_post(post(&one, WARD_8)).await), merged());
        let request = pb::GetPersonMergeRequest { name: made.name.clone() };
        let read = office.person_merges().get_person_merge(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(read, made);
        unmerge(&office, &made.name).await.unwrap();
        let step = because(Code::FailedPrecondition, "STEP_NOT_ALLOWED");
        assert_eq!(refused(unmerge(&office, &made.name).await), step);
        let again = merge(&office, of(&one, &two)).await.unwrap();
        let all = pb::ListPersonMergesRequest::default();
        assert_eq!(list(&office, &office.admin(), all.clone()).await, std::slice::from_ref(&again.name));
        let ended = pb::ListPersonMergesRequest { show_ended: true, person: two, ..all.clone() };
        assert_eq!(list(&office, &office.admin(), ended).await, [made.name.clone(), again.name]);
        let of_three = pb::ListPersonMergesRequest { person: three, ..all.clone() };
        assert_eq!(list(&office, &office.admin(), of_three).await, [""; 0]);
        assert_eq!(list(&office, &foreign, all).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn records_that_may_be_one_are_found_with_what_speaks_for_it() {
    everywhere(async |office| {
        let asked = add(&office, "Cán bộ OCOP Hoà").await;
        let same = add(&office, "Cán bộ OCOP Hòa").await;
        let folded = pb::Person { unit: LA_HAI.to_owned(), ..person("Can bo OCOP Hoa") };
        let folded = office.add_person(folded).await.unwrap().name;
        let longer = add(&office, "Cán bộ OCOP Hòa An").await;
        add(&office, "Cán bộ OCOP Hòa Bình").await;
        for who in [&asked, &same, &longer] {
            phone(&office, who, "0900000002").await;
        }
        let request = pb::MatchPersonsRequest { person: asked.clone() };
        let answer = office.person_merges().match_persons(office.admin().count(request.clone())).await.unwrap();
        assert_eq!(statements(&answer), 3);
        let found = answer.into_inner().candidates;
        let told: Vec<_> = found.iter().map(|c| (&c.person, c.verdict(), c.reasons().collect::<Vec<_>>())).collect();
        let expected = [
            (&same, MatchVerdict::Same, vec![Reason::ContactEqual, Reason::NameEqual, Reason::UnitEqual]),
            (&longer, MatchVerdict::Possible, vec![Reason::ContactEqual, Reason::NameContained, Reason::UnitEqual]),
            (&folded, MatchVerdict::Possible, vec![Reason::NameEqualFolded, Reason::UnitDiffers]),
        ];
        assert_eq!(told, expected);
        let here = office.world.as_role("district_officer", crate::office::TUY_HOA_CITY);
        let near = office.person_merges().match_persons(here.say(request)).await.unwrap().into_inner();
        assert_eq!(near.candidates.len(), 2, "only in the caller's units");
    })
    .await;
}

#[tokio::test]
async fn a_match_knows_the_contacts_of_merged_records_and_keeps_its_order() {
    everywhere(async |office| {
        let asked = add(&office, "Cán bộ OCOP Huyện").await;
        let mut same = Vec::new();
        for _ in 0..3 {
            same.push(add(&office, "Cán bộ OCOP Huyện").await);
        }
        let ids = || async {
            let request = pb::MatchPersonsRequest { person: asked.clone() };
            let found = office.person_merges().match_persons(office.admin().say(request)).await.unwrap();
            let found = found.into_inner().candidates;
            found.into_iter().map(|c| (c.person.clone(), c.verdict())).collect::<Vec<_>>()
        };
        let possible: Vec<_> = same.iter().map(|id| (id.clone(), MatchVerdict::Possible)).collect();
        assert_eq!(ids().await, possible, "of equals the one that was recorded first");
        let of_asked = add(&office, "Huyện (cán bộ)").await;
        let of_last = add(&office, "Người cũ").await;
        phone(&office, &of_asked, "0900000003").await;
        phone(&office, &of_last, "0900000003").await;
        merge(&office, of(&of_asked, &asked)).await.unwrap();
        merge(&office, of(&of_last, &same[2])).await.unwrap();
        let sure = (same[2].clone(), MatchVerdict::Same);
        assert_eq!(ids().await, [sure, possible[0].clone(), possible[1].clone()]);
    })
    .await;
}

#[tokio::test]
async fn a_sheet_of_officers_knows_the_posts_of_merged_records() {
    everywhere(async |office| {
        let (from, into) = (add(&office, "Cán bộ mẫu cũ").await, add(&office, "Cán bộ mẫu mới").await);
        let held = office.add_post(post(&from, WARD_8)).await.unwrap().name;
        merge(&office, of(&from, &into)).await.unwrap();
        let rows = office.rows().await;
        for name in ["Cán bộ mẫu mới", "Cán bộ mẫu cũ"] {
            let sheet = format!("họ tên,chức danh,mã đơn vị,từ ngày\n{name},Cán bộ OCOP,22018,01/04/2021\n");
            let known = import(&office, kind(pb::ImportKind::Officers), &sheet).await.unwrap();
            assert_eq!(known.rows[0].names, [held.clone(), into.clone()], "{known:?}");
        }
        assert_eq!(office.rows().await, rows);
    })
    .await;
}

#[tokio::test]
async fn an_erasure_at_the_time_of_a_merge_leaves_no_record_of_the_person() {
    everywhere(async |office| {
        for n in 0..8 {
            let (from, into) =
                (add(&office, &format!("Người Vội {n}")).await, add(&office, &format!("Người Vội Mẫu {n}")).await);
            let ask = pb::ErasePersonRequest {
                person: into.clone(),
                request_date: on(DAY),
                reason: "Đơn số 13".to_owned(),
                ..Default::default()
            };
            let erase = office.erasures();
            let admin = office.admin();
            let erase = async || erase.clone().erase_person(admin.say(ask.clone())).await;
            let (merged, erased) = tokio::join!(merge(&office, of(&from, &into)), erase());
            if let Err(status) = erased {
                assert_eq!(refused::<()>(Err(status)), because(Code::Aborted, "CONFLICT"));
                erase().await.unwrap();
            }
            let gone = get(&office, &from).await.erase_time.is_some();
            match merged {
                Ok(_) => assert!(gone, "the record that was merged is of the erased person"),
                Err(status) => {
                    let erased = because(Code::FailedPrecondition, "PERSON_ERASED");
                    assert_eq!((refused::<()>(Err(status)), gone), (erased, false));
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_erasure_takes_every_record_of_the_person() {
    everywhere(async |office| {
        let (from, into) = (add(&office, "Người Quên Mẫu").await, add(&office, "Người Quên").await);
        phone(&office, &from, "0900000003").await;
        let held = office.add_post(post(&from, WARD_8)).await.unwrap().name;
        let made = merge(&office, of(&from, &into)).await.unwrap();
        let ask = pb::ErasePersonRequest {
            person: into.clone(),
            request_date: on(DAY),
            reason: "Đơn số 12".to_owned(),
            ..Default::default()
        };
        let bound = office.erasures().erase_person(office.admin().say(ask.clone())).await;
        assert_eq!(
            refused(bound),
            because(Code::FailedPrecondition, "PERSON_HAS_DUTY"),
            "the post of the merged record"
        );
        let end = pb::EndPostRequest { name: held, end_date: on(DAY), ..Default::default() };
        office.posts().end_post(office.admin().say(end)).await.unwrap();
        office.erasures().erase_person(office.admin().say(ask)).await.unwrap();
        for name in [&from, &into] {
            let gone = get(&office, name).await;
            assert_eq!((gone.display_name.as_str(), gone.erase_time.is_some()), ("", true));
        }
        assert_eq!(office.rows_of(&["contact", "person_word"]).await, [("person_word", 0), ("contact", 0)]);
        let erased = || because(Code::FailedPrecondition, "PERSON_ERASED");
        assert_eq!(refused(unmerge(&office, &made.name).await), erased());
        let request = pb::MatchPersonsRequest { person: into.clone() };
        assert_eq!(refused(office.person_merges().match_persons(office.admin().say(request)).await), erased());
        let third = add(&office, "Người Khác").await;
        assert_eq!(refused(merge(&office, of(&third, &into)).await), erased());
        let payloads = watch(&office, 0).await.into_iter().filter_map(|event| event.payload);
        let told = payloads.filter(|p| p.type_url.ends_with("PersonErased"));
        let mut told: Vec<String> =
            told.map(|p| pb::PersonErased::decode(p.value.as_slice()).unwrap().person).collect();
        told.sort();
        let mut both = [from, into];
        both.sort();
        assert_eq!(told, both);
    })
    .await;
}
