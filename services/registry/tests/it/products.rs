//! Products: codes and serials, changes, batches, lists.

use std::collections::BTreeSet;

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DAY, LA_HAI, Office, WARD_8, because, everywhere, invalid, mask, on, producer, product, refused, request_id,
};

async fn update(office: &Office, product: pb::Product, paths: &[&str]) -> Result<pb::Product, Status> {
    let request = pb::UpdateProductRequest { product: Some(product), update_mask: mask(paths), ..Default::default() };
    Ok(office.products().update_product(office.admin().say(request)).await?.into_inner())
}

async fn list(office: &Office, request: pb::ListProductsRequest) -> Vec<String> {
    let answer = office.products().list_products(office.admin().say(request)).await.unwrap().into_inner();
    answer.products.into_iter().map(|p| p.display_name).collect()
}

#[tokio::test]
async fn a_product_gets_its_code_and_is_read_back_with_its_producer() {
    everywhere(async |office| {
        let maker = office.add_producer(pb::Producer { sample: true, ..producer("HTX Mẫu") }).await.unwrap();
        let asked = pb::Product { target_year: 2021, target_stars: 4, ..product(&maker.name, "Rượu ga\u{323}o") };
        let made = office.add_product(asked).await.unwrap();
        assert_eq!(made.code, "54-555-22018-1-2021");
        assert_eq!((made.display_name.as_str(), made.unit.as_str()), ("Rượu gạo", WARD_8));
        assert_eq!((made.target_year, made.target_stars), (2021, 4));
        assert!(made.sample, "a sample's product is a sample");
        assert_eq!((made.producer.as_str(), made.producer_display_name.as_str()), (&*maker.name, "HTX Mẫu"));
        let renamed = pb::Producer { display_name: "HTX Tên mới".to_owned(), ..maker };
        let request = pb::UpdateProducerRequest {
            producer: Some(renamed),
            update_mask: mask(&["display_name"]),
            ..Default::default()
        };
        office.producers().update_producer(office.admin().say(request)).await.unwrap();
        let request = office.admin().count(pb::GetProductRequest { name: made.name.clone() });
        let answer = office.products().get_product(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let now = pb::Product { producer_display_name: "HTX Tên mới".to_owned(), ..made };
        assert_eq!(answer.into_inner(), now, "the producer's name as it is now");
    })
    .await;
}

#[tokio::test]
async fn serials_run_per_commune_across_producers_and_years_and_codes_follow_the_reorganisation() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2026 - 02 - 01));
        let first = office.add_producer(producer("HTX Một")).await.unwrap().name;
        let second = office.add_producer(producer("HTX Hai")).await.unwrap().name;
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX La Hai") };
        let far = office.add_producer(far).await.unwrap().name;
        for (maker, day, code, unit) in [
            (&first, DAY, "54-555-22018-1-2021", "units/22018-20180507"),
            (&second, date!(2022 - 03 - 01), "54-555-22018-2-2022", "units/22018-20180507"),
            (&far, DAY, "54-558-22081-1-2021", LA_HAI),
            (&first, date!(2024 - 11 - 01), "54-555-22018-3-2024", "units/22018-20241101"),
            (&first, date!(2025 - 06 - 30), "54-555-22018-4-2025", "units/22018-20241101"),
            (&first, date!(2025 - 07 - 01), "66-22015-1-2025", "units/22015-20250701"),
            (&second, date!(2026 - 01 - 10), "66-22015-2-2026", "units/22015-20250701"),
        ] {
            let asked = pb::Product { registration_date: on(day), ..product(maker, "Rượu") };
            let made = office.add_product(asked).await.unwrap();
            assert_eq!((made.code.as_str(), made.unit.as_str()), (code, unit), "{day}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_product_of_a_commune_whose_links_are_not_known_is_refused_on_that_day() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2026 - 02 - 01));
        let asked = pb::Producer { unit: "units/22024".to_owned(), ..producer("HTX Phường 9") };
        let maker = office.add_producer(asked).await.unwrap();
        let late = pb::Product { registration_date: on(date!(2025 - 07 - 01)), ..product(&maker.name, "Rượu") };
        let no_link = because(Code::FailedPrecondition, "UNIT_LINK_UNKNOWN");
        assert_eq!(refused(office.add_product(late).await), no_link);
        let then = pb::Product { registration_date: on(date!(2024 - 11 - 01)), ..product(&maker.name, "Rượu") };
        let made = office.add_product(then).await.unwrap();
        assert_eq!(made.code, "54-555-22024-1-2024", "the refusal used up no serial");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_writers_at_once_leave_neither_gap_nor_repeat_in_a_communes_serial() {
    everywhere(async |office| {
        let mut makers = Vec::new();
        for n in 0..4 {
            makers.push(office.add_producer(producer(&format!("HTX {n}"))).await.unwrap().name);
        }
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let (office, maker) = (office.clone(), makers[writer % 4].clone());
                tokio::spawn(async move {
                    let mut codes = Vec::new();
                    for n in 0..6 {
                        // Refused and rehearsed ones in between must not use up a serial.
                        let asked = product(&maker, &format!("Rượu {writer}.{n}"));
                        let rehearsal = pb::CreateProductRequest {
                            product: Some(asked.clone()),
                            validate_only: n % 2 == 0,
                            request_id: request_id((writer * 10 + n) as u128 + 1),
                        };
                        let mut client = office.products();
                        let first = client.create_product(office.admin().say(rehearsal)).await.unwrap().into_inner();
                        if n % 2 == 1 {
                            codes.push(first.code);
                        }
                        let wrong = pb::Product { product_set: "productSets/none".to_owned(), ..asked };
                        assert_eq!(refused(office.add_product(wrong).await).code, Code::InvalidArgument);
                    }
                    codes
                })
            })
            .collect();
        let mut serials = BTreeSet::new();
        for writer in writers {
            for code in writer.await.unwrap() {
                let serial = code.strip_prefix("54-555-22018-").and_then(|c| c.strip_suffix("-2021")).unwrap();
                assert!(serials.insert(serial.parse::<u32>().unwrap()), "{code} was given twice");
            }
        }
        assert_eq!(serials, (1..=48).collect());
        assert_eq!(office.rows().await[1], ("product", 48));
    })
    .await;
}

#[tokio::test]
async fn validate_only_uses_up_no_serial() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        let before = office.rows().await;
        let request = pb::CreateProductRequest {
            product: Some(product(&maker, "Thử")),
            validate_only: true,
            ..Default::default()
        };
        let shown = office.products().create_product(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(shown.code, "54-555-22018-1-2021");
        assert_eq!(office.rows().await, before);
        assert_eq!(office.add_product(product(&maker, "Thật")).await.unwrap().code, "54-555-22018-1-2021");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_product_is_refused_with_everything_that_is_wrong_with_it() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::Product {
            producer: "producers/x".to_owned(),
            product_set: "productSets/q148-gi-do".to_owned(),
            registration_date: on(date!(2021 - 12 - 16)),
            target_stars: 2,
            ..product(&maker, " ")
        };
        let all = [
            ("product.producer", "FIELD_FORMAT"),
            ("product.product_set", "REFERENCE_UNKNOWN"),
            ("product.display_name", "FIELD_REQUIRED"),
            ("product.registration_date", "DATE_IN_FUTURE"),
            ("product.target_stars", "FIELD_RANGE"),
        ];
        assert_eq!(refused(office.add_product(wrong).await), invalid(&all));
        let nobody = format!("producers/{}", uuid::Uuid::nil());
        let unknown = invalid(&[("product.producer", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(office.add_product(product(&nobody, "Rượu")).await), unknown);
        let early = pb::Product { registration_date: on(date!(2021 - 01 - 14)), ..product(&maker, "Rượu") };
        let not_yet = because(Code::FailedPrecondition, "PRODUCER_NOT_YET_REGISTERED");
        assert_eq!(refused(office.add_product(early).await), not_yet);
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn an_update_of_a_product_is_judged_with_what_stays() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        let old = office.add_product(product(&maker, "Rượu")).await.unwrap();
        let range = invalid(&[("product.target_stars", "FIELD_RANGE")]);
        let stars = pb::Product { target_stars: 4, ..old.clone() };
        assert_eq!(refused(update(&office, stars.clone(), &["target_stars"]).await), range, "no year");
        let both = pb::Product { target_year: 2022, ..stars };
        let made = update(&office, both.clone(), &["target_year", "target_stars"]).await.unwrap();
        assert_eq!((made.target_year, made.target_stars, made.code.as_str()), (2022, 4, &*old.code));
        let stale = because(Code::Aborted, "ETAG_STALE");
        assert_eq!(refused(update(&office, both, &["target_year"]).await), stale);
        let no_year = pb::Product { target_year: 0, ..made.clone() };
        assert_eq!(refused(update(&office, no_year, &["target_year"]).await), range, "the stars stay");
        let wrong = pb::Product { name: "x".to_owned(), display_name: String::new(), ..made.clone() };
        let two = [("product.name", "FIELD_FORMAT"), ("product.display_name", "FIELD_REQUIRED")];
        assert_eq!(refused(update(&office, wrong, &["display_name"]).await), invalid(&two));
        let code = update(&office, made.clone(), &["code"]).await;
        assert_eq!(refused(code), invalid(&[("update_mask", "UPDATE_MASK_INVALID")]));
    })
    .await;
}

#[tokio::test]
async fn a_batch_answers_in_the_order_asked_for_or_names_the_first_that_is_not_there() {
    everywhere(async |office| {
        let near = office.add_producer(producer("HTX Gần")).await.unwrap().name;
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX Xa") };
        let far = office.add_producer(far).await.unwrap().name;
        let a = office.add_product(product(&near, "A")).await.unwrap();
        let b = office.add_product(product(&near, "B")).await.unwrap();
        let c = office.add_product(product(&far, "C")).await.unwrap();
        let ask =
            |names: &[&str]| pb::BatchGetProductsRequest { names: names.iter().map(ToString::to_string).collect() };
        let request = office.admin().count(ask(&[&b.name, &a.name, &b.name]));
        let answer = office.products().batch_get_products(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        assert_eq!(answer.into_inner().products, [b.clone(), a.clone(), b.clone()]);

        let nobody = format!("products/{}", uuid::Uuid::nil());
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        let request = office.admin().say(ask(&[&a.name, &nobody]));
        let answer = office.products().batch_get_products(request).await;
        assert!(answer.as_ref().unwrap_err().message().contains(&nobody));
        assert_eq!(refused(answer), missing);
        let officer = office.world.as_role("commune_officer", WARD_8);
        let answer = office.products().batch_get_products(officer.say(ask(&[&a.name, &c.name]))).await;
        assert!(answer.as_ref().unwrap_err().message().contains(&c.name));
        assert_eq!(refused(answer), missing, "outside the caller's units is as if it were not there");
        let wrong = refused(office.products().batch_get_products(office.admin().say(ask(&["x", &a.name, ""]))).await);
        assert_eq!(wrong, invalid(&[("names[0]", "FIELD_FORMAT"), ("names[2]", "FIELD_REQUIRED")]));
        let many = vec![a.name.as_str(); 501];
        let answer = office.products().batch_get_products(office.admin().say(ask(&many))).await;
        assert_eq!(refused(answer), invalid(&[("names", "FIELD_RANGE")]));
        let none = refused(office.products().batch_get_products(office.admin().say(ask(&[]))).await);
        assert!(none.violations.iter().all(|(field, _)| field == "names") && none.code == Code::InvalidArgument);
    })
    .await;
}

#[tokio::test]
async fn products_are_listed_by_what_is_asked_for_and_walked_without_gap_or_repeat() {
    everywhere(async |office| {
        let near = office.add_producer(producer("HTX Gần")).await.unwrap().name;
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX Xa") };
        let far = office.add_producer(far).await.unwrap().name;
        for n in 0..9 {
            let maker = if n % 3 == 0 { &far } else { &near };
            let asked =
                pb::Product { target_year: 2020 + n % 2, ..product(maker, &format!("Rượu đế {}", n % 4)) };
            office.add_product(asked).await.unwrap();
        }
        let tea = pb::Product {
            product_set: "productSets/q1048-tuong-nuoc-mam-gia-vi-long".to_owned(),
            ..product(&near, "Nước mắm")
        };
        let tea = office.add_product(tea).await.unwrap();
        let ask = pb::ListProductsRequest::default;
        assert_eq!(list(&office, ask()).await.len(), 10);
        assert_eq!(list(&office, pb::ListProductsRequest { producer: far.clone(), ..ask() }).await.len(), 3);
        assert_eq!(list(&office, pb::ListProductsRequest { target_year: 2021, ..ask() }).await.len(), 4);
        assert_eq!(list(&office, pb::ListProductsRequest { query: "ruou de 3".to_owned(), ..ask() }).await.len(), 2);
        assert_eq!(list(&office, pb::ListProductsRequest { unit: LA_HAI.to_owned(), ..ask() }).await.len(), 3);
        let of_set = pb::ListProductsRequest { product_set: tea.product_set.clone(), ..ask() };
        assert_eq!(list(&office, of_set).await, ["Nước mắm"]);
        let wrong = pb::ListProductsRequest {
            unit: "units/0".to_owned(),
            producer: "far".to_owned(),
            product_set: "productSets/0".to_owned(),
            target_year: 3000,
            page_token: "AAAA".to_owned(),
            ..ask()
        };
        let all = [
            ("unit", "UNIT_UNKNOWN"),
            ("producer", "FIELD_FORMAT"),
            ("product_set", "REFERENCE_UNKNOWN"),
            ("target_year", "FIELD_RANGE"),
            ("page_token", "PAGE_TOKEN_INVALID"),
        ];
        assert_eq!(refused(office.products().list_products(office.admin().say(wrong)).await), invalid(&all));
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListProductsRequest { page_size: 3, page_token: token, ..ask() };
            let answer = office.products().list_products(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.products.into_iter().map(|p| p.code));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked.iter().collect::<BTreeSet<_>>().len(), 10, "{walked:?}");
        assert_eq!(walked.len(), 10);
    })
    .await;
}

#[tokio::test]
async fn a_product_is_found_by_its_whole_code_in_either_format() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Mã Mẫu")).await.unwrap().name;
        let old = office.add_product(product(&maker, "Rượu cũ")).await.unwrap();
        for n in 2..12 {
            office.add_product(product(&maker, &format!("Rượu {n}"))).await.unwrap();
        }
        office.world.clock.set_noon(date!(2025 - 08 - 01));
        let later = pb::Product { registration_date: on(date!(2025 - 07 - 15)), ..product(&maker, "Rượu mới") };
        let new = office.add_product(later).await.unwrap();
        let find = async |code: &str| {
            let request = pb::ListProductsRequest { code: code.to_owned(), ..Default::default() };
            let answer = office.products().list_products(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            answer.into_inner().products.into_iter().map(|p| p.name).collect::<Vec<_>>()
        };
        assert_eq!((&*old.code, &*new.code), ("54-555-22018-1-2021", "66-22015-1-2025"));
        assert_eq!(find("54-555-22018-1-2021").await, std::slice::from_ref(&old.name));
        assert_eq!(find(" 54.555.22018.1.2021 ").await, [old.name]);
        assert_eq!(find("66-22015-1-2025").await, [new.name]);
        assert_eq!(find("66-22015-9-2025").await, [""; 0]);
        for wrong in ["54-555-22018-1", "54-22018-1-2021", "x"] {
            let request = pb::ListProductsRequest { code: wrong.to_owned(), ..Default::default() };
            let answer = office.products().list_products(office.admin().say(request)).await;
            assert_eq!(refused(answer), invalid(&[("code", "FIELD_FORMAT")]), "{wrong}");
        }
    })
    .await;
}
