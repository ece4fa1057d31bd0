//! Contacts and personal numbers: who sees them, and in which form.

use kit::testing::{As, statements};
use proto::registry::v1 as pb;
use tonic::{Code, Status};

use crate::office::{
    LA_HAI, Office, PHU_YEN, WARD_8, because, everywhere, invalid, mask, person, producer, refused, request_id,
};

fn phone(producer: &str) -> pb::Contact {
    pb::Contact {
        producer: producer.to_owned(),
        kind: pb::ContactKind::Phone.into(),
        value: "+84 257 000 0001".to_owned(),
        note: "Giờ hành chính".to_owned(),
        ..Default::default()
    }
}

async fn add(office: &Office, contact: pb::Contact) -> Result<pb::Contact, Status> {
    let request = pb::CreateContactRequest { contact: Some(contact), ..Default::default() };
    Ok(office.contacts().create_contact(office.admin().say(request)).await?.into_inner())
}

async fn seen(office: &Office, who: &As) -> Vec<(String, bool)> {
    let request = pb::ListContactsRequest::default();
    let answer = office.contacts().list_contacts(who.count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().contacts.into_iter().map(|c| (c.value, c.masked)).collect()
}

fn household(name: &str) -> pb::Producer {
    pb::Producer { legal_form: pb::LegalForm::Household.into(), ..producer(name) }
}

async fn set(office: &Office, producer: &str, number: &str) -> Result<pb::PersonalNumber, Status> {
    let request =
        pb::SetPersonalNumberRequest { producer: producer.to_owned(), number: number.to_owned(), ..Default::default() };
    Ok(office.contacts().set_personal_number(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn contacts_are_in_clear_to_those_who_need_them_and_masked_to_others() {
    everywhere(async |office| {
        let own = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let other = office.add_producer(producer("HTX Bình Minh")).await.unwrap().name;
        let made = add(&office, phone(&own)).await.unwrap();
        assert_eq!((made.value.as_str(), made.masked), ("02570000001", false));
        let mail =
            pb::Contact { kind: pb::ContactKind::Email.into(), value: "htx@ocop.example".to_owned(), ..phone(&other) };
        add(&office, mail).await.unwrap();
        let chief = person("Giám đốc HTX");
        let chief = office.add_person(chief).await.unwrap().name;
        let post = pb::Contact {
            producer: String::new(),
            person: chief.clone(),
            kind: pb::ContactKind::Post.into(),
            value: "Phường 8, Tuy Hòa".to_owned(),
            ..phone("")
        };
        add(&office, post).await.unwrap();
        let clear = |text: &str| (text.to_owned(), false);
        let hidden = |text: &str| (text.to_owned(), true);
        let all = [clear("02570000001"), clear("htx@ocop.example"), clear("Phường 8, Tuy Hòa")];
        assert_eq!(seen(&office, &office.admin()).await, all);
        let inspector = office.world.as_role("inspector", PHU_YEN);
        let masked = [hidden("********001"), hidden("h***@ocop.example"), hidden("***")];
        assert_eq!(seen(&office, &inspector).await, masked);
        let grower = office.world.as_producer(&own, WARD_8);
        assert_eq!(seen(&office, &grower).await, [clear("02570000001")]);
        assert!(seen(&office, &office.world.as_role("commune_officer", LA_HAI)).await.is_empty());
        let analyst = office.world.as_role("analyst", PHU_YEN);
        let request = pb::GetContactRequest { name: made.name.clone() };
        let role = because(Code::PermissionDenied, "ROLE_MISSING");
        assert_eq!(refused(office.contacts().get_contact(analyst.say(request.clone())).await), role);
        let shown = office.contacts().get_contact(inspector.say(request)).await.unwrap().into_inner();
        assert_eq!((shown.value.as_str(), shown.note.as_str()), ("********001", ""));
        let of_chief = pb::ListContactsRequest { person: chief, ..Default::default() };
        let of_chief = office.contacts().list_contacts(office.admin().say(of_chief)).await.unwrap().into_inner();
        assert_eq!(of_chief.contacts.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_contact_is_corrected_by_its_kind_and_deleted_for_good() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::Contact { person: "persons/x".to_owned(), value: "0900".to_owned(), ..phone(&maker) };
        let all = [("contact.person", "FIELD_FORMAT"), ("contact.value", "CONTACT_INVALID")];
        assert_eq!(refused(add(&office, wrong).await), invalid(&all));
        let nobodys = pb::Contact { producer: String::new(), kind: 0, value: " ".to_owned(), ..phone("") };
        let all = [
            ("contact.producer", "FIELD_REQUIRED"),
            ("contact.kind", "FIELD_REQUIRED"),
            ("contact.value", "FIELD_REQUIRED"),
        ];
        assert_eq!(refused(add(&office, nobodys).await), invalid(&all));
        assert_eq!(office.rows().await, before);
        let request =
            pb::CreateContactRequest { contact: Some(phone(&maker)), request_id: request_id(1), ..Default::default() };
        let made = office.contacts().create_contact(office.admin().say(request.clone())).await.unwrap().into_inner();
        let again = office.contacts().create_contact(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(again, made);
        let change = |value: &str| pb::UpdateContactRequest {
            contact: Some(pb::Contact { value: value.to_owned(), preferred: true, ..made.clone() }),
            update_mask: mask(&["value", "preferred"]),
            ..Default::default()
        };
        let mail = office.contacts().update_contact(office.admin().say(change("htx@ocop.example"))).await;
        assert_eq!(refused(mail), invalid(&[("contact.value", "CONTACT_INVALID")]));
        let now =
            office.contacts().update_contact(office.admin().say(change("0900000001"))).await.unwrap().into_inner();
        assert_eq!((now.value.as_str(), now.preferred), ("0900000001", true));
        let stale = pb::DeleteContactRequest { name: made.name.clone(), etag: made.etag, ..Default::default() };
        let stale = office.contacts().delete_contact(office.admin().say(stale)).await;
        assert_eq!(refused(stale), because(Code::Aborted, "ETAG_STALE"));
        let gone = pb::DeleteContactRequest { name: made.name.clone(), ..Default::default() };
        let gone = office.contacts().delete_contact(office.admin().say(gone)).await.unwrap().into_inner();
        assert_eq!(gone.value, "*******001");
        let request = pb::GetContactRequest { name: made.name };
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(refused(office.contacts().get_contact(office.admin().say(request)).await), missing);
    })
    .await;
}

#[tokio::test]
async fn a_personal_number_stands_in_for_a_tax_code_and_is_masked() {
    everywhere(async |office| {
        let home = office.add_producer(household("Hộ Sông Ba")).await.unwrap().name;
        let other = office.add_producer(household("Hộ Đà Rằng")).await.unwrap().name;
        let firm = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let number = "054 000 000 123";
        let not_allowed = because(Code::FailedPrecondition, "PERSONAL_NUMBER_NOT_ALLOWED");
        assert_eq!(refused(set(&office, &firm, number).await), not_allowed);
        let wrong = set(&office, &home, "12345").await;
        assert!(!format!("{wrong:?}").contains("12345"), "a number is not repeated");
        assert_eq!(refused(wrong), invalid(&[("number", "PERSONAL_NUMBER_INVALID")]));
        let get = async |who: &As, producer: &str| {
            let request = pb::GetPersonalNumberRequest { producer: producer.to_owned() };
            Ok::<_, Status>(office.contacts().get_personal_number(who.say(request)).await?.into_inner())
        };
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(refused(get(&office.admin(), &home).await), missing);
        set(&office, &home, number).await.unwrap();
        set(&office, &home, number).await.unwrap();
        let taken = because(Code::AlreadyExists, "PERSONAL_NUMBER_TAKEN");
        assert_eq!(refused(set(&office, &other, number).await), taken);
        assert_eq!(get(&office.admin(), &home).await.unwrap().number, "054000000123");
        let team = office.world.as_role("help_team", PHU_YEN);
        let seen = get(&team, &home).await.unwrap();
        assert_eq!((seen.number.as_str(), seen.masked), ("*********123", true));
        let grower = office.world.as_producer(&home, WARD_8);
        assert_eq!(get(&grower, &home).await.unwrap().number, "054000000123");
        let not_own = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(get(&grower, &other).await), not_own);
        set(&office, &home, "").await.unwrap();
        assert_eq!(refused(get(&office.admin(), &home).await), missing);
        set(&office, &other, number).await.unwrap();
    })
    .await;
}
