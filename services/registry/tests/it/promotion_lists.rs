//! Fairs and applications: samples, lists and repeats.

use std::collections::BTreeSet;

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;

use crate::office::{
    DAY, PHU_YEN, TUY_HOA_CITY, WARD_8, everywhere, invalid, on, producer, product, refused, request_id,
};
use crate::promotion::{add, apply, fair, open, products, result, totals};

#[tokio::test]
async fn what_touches_a_sample_is_a_sample() {
    everywhere(async |office| {
        let name = add(&office, pb::Fair { sample: true, ..fair("Mẫu") }).await.unwrap().name;
        let real = add(&office, fair("Thật")).await.unwrap().name;
        let goods = products(&office, WARD_8, 1).await;
        let maker = office.add_producer(pb::Producer { sample: true, ..producer("HTX Mẫu") }).await.unwrap().name;
        let invented = office.add_product(product(&maker, "Rượu mẫu")).await.unwrap().name;
        for (fair, product, sample) in [(&name, &goods[0], true), (&real, &goods[0], false), (&real, &invented, true)] {
            if totals(&office, fair).await.applied == 0 {
                open(&office, fair, date!(2021 - 06 - 01)).await.unwrap();
            }
            let made = apply(&office, &office.admin(), fair, product, DAY).await.unwrap();
            assert_eq!(made.sample, sample);
            assert_eq!(totals(&office, fair).await.sample, sample, "a sum with a sample in it says so");
        }
    })
    .await;
}

#[tokio::test]
async fn fairs_and_applications_are_listed_by_what_is_asked_for_in_one_statement_a_page() {
    everywhere(async |office| {
        let goods = products(&office, WARD_8, 1).await;
        let mut applied = Vec::new();
        for n in 0..7u8 {
            let begin = date!(2021 - 09 - 01) + time::Duration::days(i64::from(n % 3));
            let unit = if n == 0 { TUY_HOA_CITY } else { PHU_YEN };
            let new = pb::Fair { begin_date: on(begin), unit: unit.to_owned(), ..fair(&format!("Hội chợ {n}")) };
            let name = add(&office, new).await.unwrap().name;
            open(&office, &name, date!(2021 - 06 - 01)).await.unwrap();
            applied.push(apply(&office, &office.admin(), &name, &goods[0], DAY).await.unwrap().name);
        }
        let count = async |request: pb::ListFairsRequest| {
            let answer = office.promotion().list_fairs(office.admin().say(request)).await.unwrap();
            answer.into_inner().fairs.len()
        };
        let ask = pb::ListFairsRequest::default;
        assert_eq!(count(pb::ListFairsRequest { year: 2021, ..ask() }).await, 7);
        assert_eq!(count(pb::ListFairsRequest { year: 2022, ..ask() }).await, 0);
        assert_eq!(count(pb::ListFairsRequest { unit: TUY_HOA_CITY.to_owned(), ..ask() }).await, 1);
        assert_eq!(count(pb::ListFairsRequest { state: pb::FairState::Planned.into(), ..ask() }).await, 0);
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListFairsRequest { page_size: 2, page_token: token, ..ask() };
            let answer = office.promotion().list_fairs(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.fairs.into_iter().map(|f| (f.begin_date.map(|d| d.day), f.name)));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked.iter().map(|(_, name)| name).collect::<BTreeSet<_>>().len(), 7);
        assert!(walked.is_sorted_by_key(|(day, _)| std::cmp::Reverse(*day)) && walked.len() == 7, "{walked:?}");
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListApplicationsRequest {
                page_size: 3,
                page_token: token,
                product: goods[0].clone(),
                state: pb::ApplicationState::Applied.into(),
                unit: WARD_8.to_owned(),
                ..Default::default()
            };
            let answer = office.promotion().list_applications(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.applications.into_iter().map(|a| a.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, applied, "in the order in which they were recorded");
        let wrong =
            pb::ListApplicationsRequest { fair: "x".to_owned(), unit: "units/0".to_owned(), ..Default::default() };
        let all = [("fair", "FIELD_FORMAT"), ("unit", "UNIT_UNKNOWN")];
        assert_eq!(refused(office.promotion().list_applications(office.admin().say(wrong)).await), invalid(&all));
    })
    .await;
}

#[tokio::test]
async fn acts_of_promotion_repeat_safely() {
    everywhere(async |office| {
        macro_rules! twice {
            ($method:ident($request:expr)) => {{
                let request = $request;
                let first = office.promotion().$method(office.admin().say(request.clone())).await.unwrap().into_inner();
                let before = office.rows().await;
                let second = office.promotion().$method(office.admin().say(request)).await.unwrap().into_inner();
                assert_eq!(second, first, stringify!($method));
                assert_eq!(office.rows().await, before, stringify!($method));
                first
            }};
        }
        let id = || request_id(5);
        let goods = products(&office, WARD_8, 1).await;
        let create = pb::CreateFairRequest { fair: Some(fair("Hai lần")), request_id: id(), ..Default::default() };
        let name = twice!(create_fair(create)).name;
        let open_date = on(date!(2021 - 06 - 01));
        twice!(open_fair(pb::OpenFairRequest {
            name: name.clone(),
            open_date,
            request_id: id(),
            ..Default::default()
        }));
        let (fair, apply_date) = (name.clone(), on(DAY));
        let ask = pb::ApplyToFairRequest { fair, product: goods[0].clone(), apply_date, request_id: id() };
        let asked = twice!(apply_to_fair(ask)).name;
        let choose_date = on(date!(2021 - 08 - 02));
        let names = vec![asked.clone()];
        let fair = name.clone();
        twice!(choose_applications(pb::ChooseApplicationsRequest { fair, names, choose_date, request_id: id() }));
        let close_date = on(date!(2021 - 08 - 01));
        twice!(close_fair(pb::CloseFairRequest {
            name: name.clone(),
            close_date,
            request_id: id(),
            ..Default::default()
        }));
        let hold_date = on(date!(2021 - 09 - 05));
        twice!(hold_fair(pb::HoldFairRequest { name, hold_date, request_id: id(), ..Default::default() }));
        let result = Some(result(1, 1, 1));
        twice!(record_result(pb::RecordResultRequest { name: asked, result, request_id: id(), ..Default::default() }));
    })
    .await;
}
