//! Searches: what a name is found by, in all three rooms alike, and that pages of a search have neither gap nor repeat.

use std::collections::BTreeSet;

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;

use crate::office::{LA_HAI, Office, WARD_8, everywhere, mask, on, person, producer, product};

async fn products(office: &Office, request: pb::ListProductsRequest) -> Vec<String> {
    let answer = office.products().list_products(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().products.into_iter().map(|p| p.display_name).collect()
}

async fn by_words(office: &Office, query: &str) -> Vec<String> {
    products(office, pb::ListProductsRequest { query: query.to_owned(), ..Default::default() }).await
}

async fn producers(office: &Office, query: &str, show_deleted: bool) -> Vec<String> {
    let request = pb::ListProducersRequest { query: query.to_owned(), show_deleted, ..Default::default() };
    let answer = office.producers().list_producers(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().producers.into_iter().map(|p| p.display_name).collect()
}

async fn persons(office: &Office, query: &str) -> Vec<String> {
    let request = pb::ListPersonsRequest { query: query.to_owned(), ..Default::default() };
    let answer = office.persons().list_persons(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().persons.into_iter().map(|p| p.display_name).collect()
}

#[tokio::test]
async fn a_name_is_found_by_beginnings_of_its_words_in_every_room_alike() {
    everywhere(async |office| {
        let names = ["Bánh tráng Hoà Đa", "Đường thốt nốt (500g)", "Mắm cá cơm 100%", "Nước mắm Hòa_Phú loại 1-2"];
        let maker = office.add_producer(producer("Tổ mẫu")).await.unwrap().name;
        for name in names {
            office.add_producer(producer(name)).await.unwrap();
            office.add_product(product(&maker, name)).await.unwrap();
            office.add_person(person(name)).await.unwrap();
        }
        let [cake, sugar, paste, sauce] = names;
        for (query, found) in [
            ("duong", &[sugar][..]),
            ("ĐƯỜNG", &[sugar]),
            ("đuong thot", &[sugar]),
            ("hòa", &[cake, sauce]),
            ("Hoà", &[cake, sauce]),
            ("hoa\u{300}", &[cake, sauce]),
            ("mam", &[paste, sauce]),
            ("mắm nước", &[sauce]),
            ("  HOA   ba ", &[cake]),
            ("h d", &[cake]),
            ("b h d t", &[cake]),
            ("banh trang hoa da b t h d", &[cake]),
            ("banh trang hoa da b t h d x", &[]),
            ("an", &[]),
            ("ước", &[]),
            ("500", &[sugar]),
            ("(500G)", &[sugar]),
            ("100%", &[paste]),
            ("%", &[]),
            ("_", &[]),
            ("h%a", &[]),
            ("hoa_phu", &[sauce]),
            ("h_p", &[sauce]),
            ("1-2", &[sauce]),
            ("1-", &[paste, sauce]),
            ("1-3", &[]),
            ("không có", &[]),
            ("'; DROP TABLE product", &[]),
            (" ", &names),
        ] {
            assert_eq!(by_words(&office, query).await, found, "products by {query:?}");
            assert_eq!(persons(&office, query).await, found, "persons by {query:?}");
            if !matches!(query, "mam" | " " | "h d" | "không có") {
                assert_eq!(producers(&office, query, false).await, found, "producers by {query:?}");
            }
        }
        assert_eq!(producers(&office, "", false).await.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_new_name_is_found_by_its_words_and_no_longer_by_the_old_ones() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Cũ")).await.unwrap();
        let made = office.add_product(product(&maker.name, "Rượu gạo")).await.unwrap();
        let renamed = pb::Product { display_name: "Rượu nếp".to_owned(), target_year: 2022, ..made };
        let request = pb::UpdateProductRequest {
            product: Some(renamed),
            update_mask: mask(&["display_name", "target_year"]),
            ..Default::default()
        };
        office.products().update_product(office.admin().say(request)).await.unwrap();
        let renamed = pb::Producer { display_name: "HTX Mới".to_owned(), ..maker.clone() };
        let request = pb::UpdateProducerRequest {
            producer: Some(renamed),
            update_mask: mask(&["display_name"]),
            ..Default::default()
        };
        office.producers().update_producer(office.admin().say(request)).await.unwrap();
        for (query, found) in [("gao", 0), ("nep", 1), ("ruou", 1), ("54-555", 1)] {
            assert_eq!(by_words(&office, query).await.len(), found, "{query}");
        }
        for (query, found) in [("cu", 0), ("moi", 1), ("htx", 1)] {
            assert_eq!(producers(&office, query, false).await.len(), found, "{query}");
        }
        let none = office.add_producer(producer("HTX Giải thể")).await.unwrap();
        let request = pb::DeleteProducerRequest { name: none.name, ..Default::default() };
        office.producers().delete_producer(office.admin().say(request)).await.unwrap();
        assert_eq!(producers(&office, "giai the", false).await.len(), 0);
        assert_eq!(producers(&office, "giai the", true).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_product_is_found_by_the_beginning_of_its_code_of_either_form_with_dashes_or_without() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2026 - 02 - 01));
        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        for n in 1..=11 {
            office.add_product(product(&maker, &format!("Cũ {n:02}"))).await.unwrap();
        }
        let now = pb::Product { registration_date: on(date!(2025 - 07 - 01)), ..product(&maker, "Mới") };
        assert_eq!(office.add_product(now).await.unwrap().code, "66-22015-1-2025");
        for (query, found) in [
            ("54", 11),
            ("54-555-22018", 11),
            ("54-555-22018-", 11),
            ("54-555-22018-1", 3),
            ("54-555-22018-1-", 1),
            ("54-555-22018-1-2021", 1),
            ("54\u{2013}555\u{2013}22018\u{2013}11\u{2013}2021", 1),
            ("545552201811", 1),
            ("545552201812021", 1),
            ("66-22015", 1),
            ("662201512025", 1),
            ("555-22018", 0),
            ("54-555 cu 03", 1),
            ("66-22015-1-2026", 0),
        ] {
            assert_eq!(by_words(&office, query).await.len(), found, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_search_goes_with_every_other_filter_and_with_what_the_caller_may_see() {
    everywhere(async |office| {
        let near = office.add_producer(producer("HTX Gần")).await.unwrap().name;
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX Xa") };
        let far = office.add_producer(far).await.unwrap().name;
        let sauce = "productSets/q1048-tuong-nuoc-mam-gia-vi-long".to_owned();
        for (maker, name, set, year) in [
            (&near, "Mắm gần", Some(&sauce), 2022),
            (&near, "Mắm ruột", None, 2022),
            (&far, "Mắm xa", Some(&sauce), 2023),
            (&far, "Rượu xa", None, 2022),
        ] {
            let mut asked = pb::Product { target_year: year, ..product(maker, name) };
            asked.product_set = set.cloned().unwrap_or(asked.product_set);
            office.add_product(asked).await.unwrap();
        }
        let mam = || pb::ListProductsRequest { query: "mam".to_owned(), ..Default::default() };
        assert_eq!(products(&office, mam()).await, ["Mắm gần", "Mắm ruột", "Mắm xa"]);
        let of_set = pb::ListProductsRequest { product_set: sauce, ..mam() };
        assert_eq!(products(&office, of_set).await, ["Mắm gần", "Mắm xa"]);
        let of_year = pb::ListProductsRequest { target_year: 2023, ..mam() };
        assert_eq!(products(&office, of_year).await, ["Mắm xa"]);
        let of_producer = pb::ListProductsRequest { producer: near, ..mam() };
        assert_eq!(products(&office, of_producer).await, ["Mắm gần", "Mắm ruột"]);
        let of_unit = pb::ListProductsRequest { unit: LA_HAI.to_owned(), ..mam() };
        assert_eq!(products(&office, of_unit).await, ["Mắm xa"]);
        let officer = office.world.as_role("commune_officer", WARD_8);
        let seen = office.products().list_products(officer.say(mam())).await.unwrap().into_inner().products;
        assert_eq!(seen.len(), 2, "no search reaches beyond the caller's units");
    })
    .await;
}

#[tokio::test]
async fn a_search_is_walked_without_gap_or_repeat_while_products_are_registered() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        let mut there = BTreeSet::new();
        for n in 0..23 {
            let name = format!("{} mắm {}", ["Bột", "Cá", "Tôm"][n % 3], n % 5);
            there.insert(office.add_product(product(&maker, &name)).await.unwrap().code);
            office.add_product(product(&maker, &format!("Rượu {n}"))).await.unwrap();
        }
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListProductsRequest {
                query: "mam".to_owned(),
                page_size: 4,
                page_token: token,
                ..Default::default()
            };
            let answer = office.products().list_products(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.products.into_iter().map(|p| p.code));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
            for name in ["Ăn mắm", "Cá mắm 2", "Xôi mắm"] {
                office.add_product(product(&maker, name)).await.unwrap();
            }
        }
        let once: BTreeSet<_> = walked.iter().cloned().collect();
        assert_eq!(once.len(), walked.len(), "{walked:?}");
        assert!(there.is_subset(&once), "{walked:?}");
    })
    .await;
}
