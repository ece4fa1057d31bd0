//! Producers: registration, names, tax codes, changes, deletion, lists.

use kit::testing::statements;
use proto::registry::v1::{self as pb, LegalForm};
use reference::tax_code::make;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, manager, mask, on, person, producer,
    product, refused,
};

async fn update(office: &Office, producer: pb::Producer, paths: &[&str]) -> Result<pb::Producer, Status> {
    let request = pb::UpdateProducerRequest {
        producer: Some(producer),
        update_mask: (!paths.is_empty()).then(|| mask(paths)).flatten(),
        ..Default::default()
    };
    Ok(office.producers().update_producer(office.admin().say(request)).await?.into_inner())
}

async fn delete(office: &Office, name: &str, etag: &str) -> Result<pb::Producer, Status> {
    let request = pb::DeleteProducerRequest { name: name.to_owned(), etag: etag.to_owned(), ..Default::default() };
    Ok(office.producers().delete_producer(office.admin().say(request)).await?.into_inner())
}

async fn undelete(office: &Office, name: &str, etag: &str) -> Result<pb::Producer, Status> {
    let request = pb::UndeleteProducerRequest { name: name.to_owned(), etag: etag.to_owned(), ..Default::default() };
    Ok(office.producers().undelete_producer(office.admin().say(request)).await?.into_inner())
}

async fn list(office: &Office, request: pb::ListProducersRequest) -> Result<pb::ListProducersResponse, Status> {
    Ok(office.producers().list_producers(office.admin().say(request)).await?.into_inner())
}

async fn names(office: &Office, request: pb::ListProducersRequest) -> Vec<String> {
    let answer = list(office, request).await.unwrap();
    answer.producers.into_iter().map(|p| p.display_name).collect()
}

#[tokio::test]
async fn a_producer_is_registered_in_the_commune_of_that_day_and_read_back() {
    everywhere(async |office| {
        let asked = pb::Producer {
            unit: "units/22018".to_owned(),
            tax_code: make(1),
            sample: true,
            ..producer("  HTX O\u{302}ng Gia\u{300} ")
        };
        let made = office.add_producer(asked).await.unwrap();
        assert_eq!(made.display_name, "HTX Ông Già", "composed and trimmed");
        assert_eq!(made.unit, WARD_8, "the bare code is read on the day of registration");
        assert_eq!((made.tax_code.clone(), made.legal_form(), made.sample), (make(1), LegalForm::Cooperative, true));
        assert_eq!(made.registration_date, on(date!(2021 - 01 - 15)));
        assert!(made.create_time.is_some() && made.create_time == made.update_time && made.delete_time.is_none());
        assert_eq!(office.get_producer(&made.name).await, made);
        assert_eq!(made.name.split_once('/').unwrap().1.len(), 36, "the id holds no place");
        let one_line = office.add_producer(producer("Cơ sở\nnước mắm")).await;
        assert_eq!(refused(one_line), invalid(&[("producer.display_name", "TEXT_UNCLEAN")]));
    })
    .await;
}

#[tokio::test]
async fn a_tax_code_needs_its_check_digit_and_belongs_to_one_live_producer() {
    everywhere(async |office| {
        let good = make(7);
        let wrong = format!("{}{}", &good[..9], (good[9..].parse::<u8>().unwrap() + 1) % 10);
        let with = |tax_code: &str| pb::Producer { tax_code: tax_code.to_owned(), ..producer("HTX Mẫu") };
        for bad in [wrong.as_str(), "123", "990000001x", &format!("{good}-000")] {
            let answer = office.add_producer(with(bad)).await;
            let told = kit::explain::refusal(answer.as_ref().unwrap_err()).to_string();
            assert!(!told.contains(bad), "what was typed may be a person's number, and is not repeated: {told}");
            assert_eq!(refused(answer), invalid(&[("producer.tax_code", "TAX_CODE_INVALID")]), "{bad}");
        }
        assert_eq!(office.rows().await[0], ("producer", 0));
        let first = office.add_producer(with(&good)).await.unwrap();
        let taken = because(Code::AlreadyExists, "TAX_CODE_TAKEN");
        let second = office.add_producer(with(&format!(" {good} "))).await;
        assert!(second.as_ref().unwrap_err().message().contains(&first.name), "the holder is named: {second:?}");
        assert_eq!(refused(second), taken);
        let branch = office.add_producer(with(&format!("{good}002"))).await.unwrap();
        assert_eq!(branch.tax_code, format!("{good}-002"), "a dependent unit is another one");
        let other = office.add_producer(with("")).await.unwrap();
        let steal = pb::Producer { name: other.name.clone(), tax_code: good.clone(), ..Default::default() };
        assert_eq!(refused(update(&office, steal, &["tax_code"]).await), taken);

        delete(&office, &first.name, "").await.unwrap();
        let heir = office.add_producer(with(&good)).await.unwrap();
        assert_eq!(refused(undelete(&office, &first.name, "").await), taken, "it went to another meanwhile");
        let gone = pb::Producer { name: heir.name.clone(), ..Default::default() };
        assert_eq!(update(&office, gone, &["tax_code"]).await.unwrap().tax_code, "", "a mask takes it away");
        undelete(&office, &first.name, "").await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_register_one_tax_code_at_once_one_gets_it() {
    everywhere(async |office| {
        let tries: Vec<_> = (0..12)
            .map(|n| {
                let office = office.clone();
                let asked = pb::Producer { tax_code: make(5), ..producer(&format!("HTX {n}")) };
                tokio::spawn(async move { office.add_producer(asked).await })
            })
            .collect();
        let mut made = 0;
        for each in tries {
            match each.await.unwrap() {
                Ok(_) => made += 1,
                refusal => assert_eq!(refused(refusal), because(Code::AlreadyExists, "TAX_CODE_TAKEN")),
            }
        }
        assert_eq!((made, office.rows().await[0]), (1, ("producer", 1)));
    })
    .await;
}

#[tokio::test]
async fn an_update_changes_what_its_mask_names_and_nothing_else() {
    everywhere(async |office| {
        let asked = pb::Producer { tax_code: make(1), ..producer("HTX Cũ") };
        let old = office.add_producer(asked).await.unwrap();
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        let sent = pb::Producer {
            name: old.name.clone(),
            display_name: "HTX Mới".to_owned(),
            legal_form: LegalForm::Company.into(),
            etag: old.etag.clone(),
            ..Default::default()
        };
        let named = update(&office, sent.clone(), &["display_name"]).await.unwrap();
        let expected = pb::Producer {
            display_name: "HTX Mới".to_owned(),
            etag: named.etag.clone(),
            update_time: named.update_time,
            ..old.clone()
        };
        assert_eq!(named, expected);
        assert!(named.etag != old.etag && named.update_time != old.update_time);
        assert_eq!(office.get_producer(&old.name).await, named);

        let stale = update(&office, sent.clone(), &["display_name"]).await;
        assert_eq!(refused(stale), because(Code::Aborted, "ETAG_STALE"));
        let set = update(&office, pb::Producer { etag: named.etag, ..sent.clone() }, &[]).await.unwrap();
        assert_eq!((set.legal_form(), set.tax_code.as_str()), (LegalForm::Company, &*make(1)), "what is set");
        let all = update(&office, pb::Producer { etag: String::new(), ..sent.clone() }, &["*"]).await.unwrap();
        assert_eq!((all.display_name.as_str(), all.tax_code.as_str()), ("HTX Mới", ""), "all three");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_update_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let old = office.add_producer(producer("HTX Cũ")).await.unwrap();
        let before = office.rows().await;
        let named = |display_name: &str| pb::Producer {
            name: old.name.clone(),
            display_name: display_name.to_owned(),
            ..Default::default()
        };
        let wrong = pb::Producer { tax_code: "12".to_owned(), ..named("  ") };
        let all = [
            ("producer.display_name", "FIELD_REQUIRED"),
            ("producer.legal_form", "FIELD_REQUIRED"),
            ("producer.tax_code", "TAX_CODE_INVALID"),
        ];
        assert_eq!(refused(update(&office, wrong.clone(), &["*"]).await), invalid(&all));
        let nameless = pb::Producer { name: "producers/1".to_owned(), ..wrong };
        let mask = ("update_mask", "UPDATE_MASK_INVALID");
        let all = [("producer.name", "FIELD_FORMAT"), mask, mask];
        assert_eq!(refused(update(&office, nameless, &["sample", "create_time"]).await), invalid(&all));
        let nobody = pb::Producer { name: format!("producers/{}", uuid::Uuid::nil()), ..named("HTX") };
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(refused(update(&office, nobody, &["display_name"]).await), missing);
        assert_eq!(office.get_producer(&old.name).await, old);
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn validate_only_answers_as_if_and_stores_nothing() {
    everywhere(async |office| {
        let request = pb::CreateProducerRequest {
            producer: Some(producer("HTX Thử")),
            request_id: crate::office::request_id(1),
            validate_only: true,
        };
        let answer =
            office.producers().create_producer(office.admin().say(request.clone())).await.unwrap().into_inner();
        assert_eq!(answer.display_name, "HTX Thử");
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0), "{:?}", office.rows().await);
        let bad = pb::CreateProducerRequest { producer: Some(producer("")), ..request };
        let refusal = refused(office.producers().create_producer(office.admin().say(bad)).await);
        assert_eq!(refusal, invalid(&[("producer.display_name", "FIELD_REQUIRED")]));

        let old = office.add_producer(producer("HTX Thật")).await.unwrap();
        let change = pb::UpdateProducerRequest {
            producer: Some(pb::Producer { display_name: "HTX Khác".to_owned(), ..old.clone() }),
            update_mask: mask(&["display_name"]),
            validate_only: true,
            ..Default::default()
        };
        let shown = office.producers().update_producer(office.admin().say(change)).await.unwrap().into_inner();
        assert_eq!(shown.display_name, "HTX Khác");
        assert_eq!(office.get_producer(&old.name).await, old);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_producer_stays_readable_leaves_the_lists_and_comes_back() {
    everywhere(async |office| {
        let old = office.add_producer(producer("HTX Tạm")).await.unwrap();
        assert_eq!(refused(delete(&office, &old.name, "\"9\"").await), because(Code::Aborted, "ETAG_STALE"));
        let not_deleted = because(Code::AlreadyExists, "PRODUCER_NOT_DELETED");
        assert_eq!(refused(undelete(&office, &old.name, "").await), not_deleted);

        let gone = delete(&office, &old.name, &old.etag).await.unwrap();
        assert!(gone.delete_time.is_some());
        assert_eq!(office.get_producer(&old.name).await, gone);
        assert!(names(&office, pb::ListProducersRequest::default()).await.is_empty());
        let shown = pb::ListProducersRequest { show_deleted: true, ..Default::default() };
        assert_eq!(names(&office, shown).await, ["HTX Tạm"]);
        assert_eq!(refused(delete(&office, &old.name, "").await), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let deleted = because(Code::FailedPrecondition, "PRODUCER_DELETED");
        let change = pb::Producer { display_name: "HTX".to_owned(), ..old.clone() };
        assert_eq!(refused(update(&office, change, &["display_name"]).await), deleted);
        assert_eq!(refused(office.add_product(product(&old.name, "Rượu")).await), deleted);
        let someone = office.add_person(person("Người quản lý mẫu")).await.unwrap();
        assert_eq!(refused(office.add_manager(manager(&someone.name, &old.name)).await), deleted);

        assert_eq!(refused(undelete(&office, &old.name, &old.etag).await), because(Code::Aborted, "ETAG_STALE"));
        let back = undelete(&office, &old.name, &gone.etag).await.unwrap();
        assert_eq!((back.delete_time, back.display_name.as_str()), (None, "HTX Tạm"));
        assert_eq!(names(&office, pb::ListProducersRequest::default()).await, ["HTX Tạm"]);
    })
    .await;
}

#[tokio::test]
async fn a_producer_with_products_or_managers_on_duty_is_not_deleted() {
    everywhere(async |office| {
        let managed = office.add_producer(producer("HTX Có người")).await.unwrap();
        let someone = office.add_person(person("Người quản lý mẫu")).await.unwrap();
        let duty = office.add_manager(manager(&someone.name, &managed.name)).await.unwrap();
        let has_managers = because(Code::FailedPrecondition, "PRODUCER_HAS_MANAGERS");
        assert_eq!(refused(delete(&office, &managed.name, "").await), has_managers);
        let end = pb::EndManagerRequest { name: duty.name, end_date: on(date!(2021 - 12 - 14)), ..Default::default() };
        office.managers().end_manager(office.admin().say(end)).await.unwrap();
        delete(&office, &managed.name, "").await.unwrap();

        let maker = office.add_producer(producer("HTX Có hàng")).await.unwrap();
        office.add_product(product(&maker.name, "Rượu mẫu")).await.unwrap();
        let has_products = because(Code::FailedPrecondition, "PRODUCER_HAS_PRODUCTS");
        assert_eq!(refused(delete(&office, &maker.name, "").await), has_products);
        assert_eq!(office.get_producer(&maker.name).await, maker);
    })
    .await;
}

#[tokio::test]
async fn lists_stand_in_vietnamese_order_and_are_found_without_diacritics() {
    everywhere(async |office| {
        for name in ["Đông Tác", "Ân", "Ăn", "An", "Dừa", "Hòa Phú", "Hoà Phú 100%", "Zeta", "an_b"] {
            office.add_producer(producer(name)).await.unwrap();
        }
        let far =
            pb::Producer {
                unit: LA_HAI.to_owned(), legal_form: LegalForm::Household.into(), ..producer("Bánh tráng")
            };
        office.add_producer(far).await.unwrap();
        let all = names(&office, pb::ListProducersRequest::default()).await;
        let order = ["An", "an_b", "Ăn", "Ân", "Bánh tráng", "Dừa", "Đông Tác", "Hòa Phú", "Hoà Phú 100%", "Zeta"];
        assert_eq!(all, order);
        let query = |query: &str| pb::ListProducersRequest { query: query.to_owned(), ..Default::default() };
        assert_eq!(names(&office, query("HOA PHU")).await, ["Hòa Phú", "Hoà Phú 100%"]);
        assert_eq!(names(&office, query("10%")).await, ["Hoà Phú 100%"], "a percent sign stands for nothing else");
        assert_eq!(names(&office, query("a_b")).await, ["an_b"], "an underscore neither");
        assert_eq!(names(&office, query("dong")).await, ["Đông Tác"]);
        let of_form = pb::ListProducersRequest { legal_form: LegalForm::Household.into(), ..Default::default() };
        assert_eq!(names(&office, of_form).await, ["Bánh tráng"]);
        for (unit, count) in [(PHU_YEN, 10), (TUY_HOA_CITY, 9), (LA_HAI, 1), ("units/66-20250701", 10)] {
            let within = pb::ListProducersRequest { unit: unit.to_owned(), ..Default::default() };
            assert_eq!(names(&office, within).await.len(), count, "{unit}");
        }
        for (unit, reason) in [("units/22018", "FIELD_FORMAT"), ("units/99999", "UNIT_UNKNOWN")] {
            let within = pb::ListProducersRequest { unit: unit.to_owned(), ..Default::default() };
            assert_eq!(refused(list(&office, within).await), invalid(&[("unit", reason)]), "{unit}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_is_walked_without_gap_or_repeat_while_producers_are_registered() {
    everywhere(async |office| {
        // Same names stand side by side, and the longest ones must fit a token.
        let long = "각".repeat(300);
        let mut there = Vec::new();
        for n in 0..23 {
            let name = if n % 4 == 0 { long.clone() } else { format!("HTX {}", n % 5) };
            there.push(office.add_producer(producer(&name)).await.unwrap().name);
        }
        let (mut walked, mut token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let request = pb::ListProducersRequest { page_size: 3, page_token: token, ..Default::default() };
            let answer = office.producers().list_producers(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1, "one statement a page");
            let page = answer.into_inner();
            walked.extend(page.producers.into_iter().map(|p| p.name));
            token = page.next_page_token;
            pages += 1;
            if token.is_empty() {
                break;
            }
            office.add_producer(producer(&format!("HTX {}", pages % 5))).await.unwrap();
        }
        let mut once = walked.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), walked.len(), "no repeat");
        assert!(there.iter().all(|name| walked.contains(name)), "no gap");
    })
    .await;
}

#[tokio::test]
async fn a_list_shows_what_lies_in_the_callers_units() {
    everywhere(async |office| {
        office.add_producer(producer("HTX Phường 8")).await.unwrap();
        office.add_producer(pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX La Hai") }).await.unwrap();
        for (role, unit, seen) in [
            ("commune_officer", WARD_8, &["HTX Phường 8"] as &[&str]),
            ("district_officer", TUY_HOA_CITY, &["HTX Phường 8"]),
            ("commune_officer", "units/22018-20241101", &["HTX Phường 8"]),
            ("national_admin", "units/vn", &["HTX La Hai", "HTX Phường 8"]),
            ("province_admin", "units/56-20180507", &[]),
            ("analyst", LA_HAI, &["HTX La Hai"]),
        ] {
            let caller = office.world.as_role(role, unit);
            let request = caller.say(pb::ListProducersRequest::default());
            let answer = office.producers().list_producers(request).await.unwrap().into_inner();
            let names: Vec<&str> = answer.producers.iter().map(|p| p.display_name.as_str()).collect();
            assert_eq!(names, seen, "{role} of {unit}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_producers_answers_in_the_order_asked_for_or_names_the_first_that_is_not_there() {
    everywhere(async |office| {
        let near = office.add_producer(producer("HTX Gần")).await.unwrap();
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX Xa") };
        let far = office.add_producer(far).await.unwrap();
        let ask =
            |names: &[&str]| pb::BatchGetProducersRequest { names: names.iter().map(ToString::to_string).collect() };
        let request = office.admin().count(ask(&[&far.name, &near.name, &far.name]));
        let answer = office.producers().batch_get_producers(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner().producers, [far.clone(), near.clone(), far.clone()]);
        let officer = office.world.as_role("commune_officer", WARD_8);
        let answer = office.producers().batch_get_producers(officer.say(ask(&[&near.name, &far.name]))).await;
        assert!(answer.as_ref().unwrap_err().message().contains(&far.name));
        assert_eq!(refused(answer), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let wrong = office.producers().batch_get_producers(office.admin().say(ask(&["x"]))).await;
        assert_eq!(refused(wrong), invalid(&[("names[0]", "FIELD_FORMAT")]));
    })
    .await;
}
