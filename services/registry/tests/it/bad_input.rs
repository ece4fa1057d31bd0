//! Bad input: each kind is told with its reason, all violations at once, and nothing is stored.

use kit::Held;
use kit::testing::As;
use proto::common::v1::Role;
use proto::registry::v1 as pb;
use reference::tax_code::make;
use time::macros::date;
use tonic::{Code, Request, Status};

use crate::office::{
    LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, on, producer, refused, ymd,
};

fn creation(producer: pb::Producer) -> pb::CreateProducerRequest {
    pb::CreateProducerRequest { producer: Some(producer), ..Default::default() }
}

async fn send(office: &Office, request: Request<pb::CreateProducerRequest>) -> Result<pb::Producer, Status> {
    Ok(office.producers().create_producer(request).await?.into_inner())
}

#[tokio::test]
async fn every_violation_of_a_request_is_told_at_once() {
    everywhere(async |office| {
        let wrong = pb::CreateProducerRequest {
            producer: Some(pb::Producer {
                display_name: String::new(),
                legal_form: 99,
                tax_code: "0000000000".to_owned(),
                unit: "units/99999".to_owned(),
                registration_date: on(date!(2021 - 12 - 15)),
                etag: "x".repeat(41),
                ..Default::default()
            }),
            request_id: "not-an-id".to_owned(),
            validate_only: false,
        };
        let all = [
            ("producer.display_name", "FIELD_REQUIRED"),
            ("producer.legal_form", "ENUM_UNKNOWN"),
            ("producer.tax_code", "TAX_CODE_INVALID"),
            ("producer.unit", "UNIT_UNKNOWN"),
            ("producer.etag", "FIELD_LENGTH"),
            ("request_id", "REQUEST_ID_MALFORMED"),
        ];
        assert_eq!(refused(send(&office, office.admin().say(wrong)).await), invalid(&all));
        let nothing = send(&office, office.admin().say(pb::CreateProducerRequest::default())).await;
        assert_eq!(refused(nothing), invalid(&[("producer", "FIELD_REQUIRED")]));
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
    })
    .await;
}

#[tokio::test]
async fn units_and_days_that_do_not_fit_are_told_apart() {
    everywhere(async |office| {
        let at =
            |unit: &str, day| pb::Producer { unit: unit.to_owned(), registration_date: day, ..producer("HTX Mẫu") };
        let day = on(date!(2021 - 01 - 15));
        for (asked, violation) in [
            (at("units/99999", day), ("producer.unit", "UNIT_UNKNOWN")),
            (at("Phường 8", day), ("producer.unit", "UNIT_UNKNOWN")),
            (at("units/22018-20241101", day), ("producer.unit", "UNIT_UNKNOWN")),
            (at(TUY_HOA_CITY, day), ("producer.unit", "UNIT_NOT_COMMUNE")),
            (at("units/vn", day), ("producer.unit", "UNIT_NOT_COMMUNE")),
            (at("", day), ("producer.unit", "FIELD_REQUIRED")),
            (at(&"u".repeat(61), day), ("producer.unit", "FIELD_LENGTH")),
            (at(WARD_8, None), ("producer.registration_date", "FIELD_REQUIRED")),
            (at(WARD_8, ymd(0, 0, 0)), ("producer.registration_date", "FIELD_REQUIRED")),
            (at(WARD_8, ymd(2021, 2, 29)), ("producer.registration_date", "DATE_INVALID")),
            (at(WARD_8, ymd(2021, 0, 0)), ("producer.registration_date", "DATE_INVALID")),
            (at(WARD_8, ymd(-4, 1, 1)), ("producer.registration_date", "DATE_INVALID")),
            (at(WARD_8, ymd(i32::MAX, 1, 1)), ("producer.registration_date", "DATE_INVALID")),
            (at(WARD_8, on(date!(2021 - 12 - 16))), ("producer.registration_date", "DATE_IN_FUTURE")),
            (at(WARD_8, on(date!(2018 - 05 - 06))), ("producer.registration_date", "DATE_BEFORE_KNOWN")),
        ] {
            let answer = refused(send(&office, office.admin().say(creation(asked.clone()))).await);
            let found = answer.violations.iter().any(|(f, r)| (f.as_str(), r.as_str()) == violation);
            assert!(found && answer.code == Code::InvalidArgument, "{asked:?}: {answer:?}");
            assert!(answer.violations.iter().all(|(field, _)| field == violation.0), "{answer:?}");
        }
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
        // The last moment of a day in Viet Nam is still that day.
        let today = at(WARD_8, on(date!(2021 - 12 - 15)));
        send(&office, office.admin().say(creation(today))).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn names_are_bounded_and_clean() {
    everywhere(async |office| {
        let long = "Ộ".repeat(300);
        let made = office.add_producer(producer(&long)).await.unwrap();
        assert_eq!(made.display_name, long);
        let decomposed = "O\u{323}\u{302}".repeat(300);
        assert_eq!(office.add_producer(producer(&decomposed)).await.unwrap().display_name, long, "counted in NFC");
        let before = office.rows().await;
        for (name, reason) in [
            (long.clone() + "a", "FIELD_LENGTH"),
            ("a".repeat(1201), "FIELD_LENGTH"),
            (" \u{A0} ".to_owned(), "FIELD_REQUIRED"),
            ("a\u{0}b".to_owned(), "TEXT_UNCLEAN"),
            ("a\nb".to_owned(), "TEXT_UNCLEAN"),
            ("a\u{202E}b".to_owned(), "TEXT_UNCLEAN"),
            ("a\u{200B}b".to_owned(), "TEXT_UNCLEAN"),
        ] {
            let answer = refused(office.add_producer(producer(&name)).await);
            assert_eq!(answer, invalid(&[("producer.display_name", reason)]), "{name:?}");
        }
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_name_of_any_alphabet_is_stored_found_and_listed() {
    everywhere(async |office| {
        // Letters that do not repeat, so that no engine can press them together.
        let name: String = (0..300).filter_map(|n| char::from_u32(0xAC00 + n * 37)).collect();
        let made = office.add_producer(producer(&name)).await.unwrap();
        assert_eq!(made.display_name, name);
        let query = name.chars().take(5).collect();
        let request = pb::ListProducersRequest { query, ..Default::default() };
        let found = office.producers().list_producers(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(found.producers, [made]);
    })
    .await;
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_refused_as_such() {
    everywhere(async |office| {
        let asked = creation(producer(&"a".repeat(20 << 20)));
        let too_large = because(Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
        assert_eq!(refused(send(&office, office.admin().say(asked)).await), too_large);
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
    })
    .await;
}

#[tokio::test]
async fn who_cannot_show_a_good_token_is_not_heard() {
    everywhere(async |office| {
        let asked = || creation(pb::Producer { tax_code: make(1), ..producer("HTX Mẫu") });
        let nobody = refused(send(&office, Request::new(asked())).await);
        assert_eq!(nobody, because(Code::Unauthenticated, "UNAUTHENTICATED"));
        let officer = office.world.as_role("commune_officer", WARD_8);
        let forged = As { token: format!("{}x", officer.token) };
        let invalid_token = because(Code::Unauthenticated, "TOKEN_INVALID");
        assert_eq!(refused(send(&office, forged.say(asked())).await), invalid_token);
        let noise = As { token: "x".to_owned() };
        assert_eq!(refused(send(&office, noise.say(asked())).await), invalid_token);
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        let expired = refused(send(&office, officer.say(asked())).await);
        assert_eq!(expired, because(Code::Unauthenticated, "TOKEN_EXPIRED"));
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
    })
    .await;
}

#[tokio::test]
async fn who_holds_no_role_or_holds_it_elsewhere_is_refused() {
    everywhere(async |office| {
        let role_missing = because(Code::PermissionDenied, "ROLE_MISSING");
        let forbidden = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        for (role, unit, answer) in [
            ("analyst", PHU_YEN, &role_missing),
            ("council_member", "units/vn", &role_missing),
            ("service", "units/vn", &role_missing),
            ("commune_officer", LA_HAI, &forbidden),
            ("district_officer", "units/558-20180507", &forbidden),
            ("province_admin", "units/56-20180507", &forbidden),
            ("commune_officer", "units/99999", &forbidden),
        ] {
            let caller = office.world.as_role(role, unit);
            let refusal = refused(send(&office, caller.say(creation(producer("HTX Mẫu")))).await);
            assert_eq!(refusal, *answer, "{role} of {unit}");
        }
        let nothing = office.world.as_subject("nobody", &[]);
        let refusal = refused(send(&office, nothing.say(creation(producer("HTX Mẫu")))).await);
        assert_eq!(refusal, role_missing);
        // The right role elsewhere and another role here do not add up.
        let split = [
            Held { role: Role::CommuneOfficer, unit: LA_HAI.to_owned() },
            Held { role: Role::Analyst, unit: WARD_8.to_owned() },
        ];
        let split = office.world.as_subject("split", &split);
        assert_eq!(refused(send(&office, split.say(creation(producer("HTX Mẫu")))).await), forbidden);
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
    })
    .await;
}

#[tokio::test]
async fn what_lies_elsewhere_is_neither_read_nor_changed() {
    everywhere(async |office| {
        let made = office.add_producer(producer("HTX Mẫu")).await.unwrap();
        let before = office.rows().await;
        let stranger = office.world.as_role("commune_officer", LA_HAI);
        let forbidden = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        let name = made.name.clone();
        let get = pb::GetProducerRequest { name: name.clone() };
        assert_eq!(refused(office.producers().get_producer(stranger.say(get)).await), forbidden);
        let update = pb::UpdateProducerRequest {
            producer: Some(pb::Producer { display_name: "Của tôi".to_owned(), ..made.clone() }),
            ..Default::default()
        };
        assert_eq!(refused(office.producers().update_producer(stranger.say(update)).await), forbidden);
        let delete = pb::DeleteProducerRequest { name: name.clone(), ..Default::default() };
        assert_eq!(refused(office.producers().delete_producer(stranger.say(delete)).await), forbidden);
        let undelete = pb::UndeleteProducerRequest { name, ..Default::default() };
        assert_eq!(refused(office.producers().undelete_producer(stranger.say(undelete)).await), forbidden);
        let product = crate::office::product(&made.name, "Rượu");
        let create = pb::CreateProductRequest { product: Some(product), ..Default::default() };
        assert_eq!(refused(office.products().create_product(stranger.say(create)).await), forbidden);
        assert_eq!(office.get_producer(&made.name).await, made);
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_none_is_told_apart_from_one_that_is_not_there() {
    everywhere(async |office| {
        let get = async |name: &str| {
            let request = pb::GetProducerRequest { name: name.to_owned() };
            refused(office.producers().get_producer(office.admin().say(request)).await)
        };
        let missing = format!("producers/{}", uuid::Uuid::from_u128(1));
        assert_eq!(get(&missing).await, because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        for bad in ["producers/", "producers/1", "products/018f", &missing.to_uppercase(), &missing.replace('-', "")] {
            assert_eq!(get(bad).await, invalid(&[("name", "FIELD_FORMAT")]), "{bad}");
        }
        assert_eq!(get("").await, invalid(&[("name", "FIELD_REQUIRED")]));
    })
    .await;
}

#[tokio::test]
async fn a_page_token_of_another_list_or_a_changed_one_is_refused() {
    everywhere(async |office| {
        for n in 0..3 {
            office.add_producer(producer(&format!("HTX {n}"))).await.unwrap();
        }
        let ask = |page_token: &str, query: &str| pb::ListProducersRequest {
            page_size: 1,
            page_token: page_token.to_owned(),
            query: query.to_owned(),
            ..Default::default()
        };
        let list = async |request| office.producers().list_producers(office.admin().say(request)).await;
        let token = list(ask("", "htx")).await.unwrap().into_inner().next_page_token;
        let wrong = invalid(&[("page_token", "PAGE_TOKEN_INVALID")]);
        assert_eq!(refused(list(ask(&token, "")).await), wrong, "of another query");
        assert_eq!(refused(list(ask(&token[1..], "htx")).await), wrong);
        assert_eq!(refused(list(ask("AAAA", "htx")).await), wrong);
        let people =
            pb::ListPersonsRequest { page_token: token.clone(), query: "htx".to_owned(), ..Default::default() };
        assert_eq!(refused(office.persons().list_persons(office.admin().say(people)).await), wrong, "of another list");
        let sized = pb::ListProducersRequest { page_size: -5, ..ask("x", "htx") };
        assert_eq!(refused(list(sized).await), invalid(&[("page_size", "FIELD_RANGE")]));
        assert_eq!(list(ask(&token, "htx")).await.unwrap().into_inner().producers.len(), 1);
    })
    .await;
}
