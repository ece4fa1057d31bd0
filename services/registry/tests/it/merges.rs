//! Two registrations of one producer, merged and taken apart again.

use kit::testing::statements;
use proto::registry::v1::{self as pb, MatchVerdict};
use reference::tax_code::make;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    LA_HAI, Office, WARD_8, because, everywhere, invalid, manager, mask, on, person, producer, product, refused,
    request_id,
};

async fn merge(office: &Office, request: pb::MergeProducersRequest) -> Result<pb::Producer, Status> {
    Ok(office.merges().merge_producers(office.admin().say(request)).await?.into_inner())
}

async fn unmerge(office: &Office, name: &str, etag: &str) -> Result<pb::Producer, Status> {
    let request = pb::UnmergeProducersRequest { name: name.to_owned(), etag: etag.to_owned(), ..Default::default() };
    Ok(office.merges().unmerge_producers(office.admin().say(request)).await?.into_inner())
}

fn of(from: &pb::Producer, into: &pb::Producer) -> pb::MergeProducersRequest {
    pb::MergeProducersRequest { from: from.name.clone(), into: into.name.clone(), ..Default::default() }
}

/// What is seen of products: their names and the producer that they are shown under.
async fn products(office: &Office, producer: &str) -> Vec<(String, String, String)> {
    let request = pb::ListProductsRequest { producer: producer.to_owned(), ..Default::default() };
    let answer = office.products().list_products(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    let all = answer.into_inner().products;
    all.into_iter().map(|p| (p.display_name, p.producer, p.producer_display_name)).collect()
}

async fn managers(office: &Office, producer: &str) -> Vec<pb::Manager> {
    let request = pb::ListManagersRequest { producer: producer.to_owned(), ..Default::default() };
    let answer = office.managers().list_managers(office.admin().count(request)).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner().managers
}

async fn list(office: &Office, show_deleted: bool) -> Vec<String> {
    let request = pb::ListProducersRequest { show_deleted, ..Default::default() };
    let answer = office.producers().list_producers(office.admin().say(request)).await.unwrap().into_inner();
    answer.producers.into_iter().map(|p| p.display_name).collect()
}

/// A producer that was changed in nothing but its version.
fn still(now: &pb::Producer, before: &pb::Producer) -> pb::Producer {
    pb::Producer { etag: now.etag.clone(), update_time: now.update_time, ..before.clone() }
}

#[tokio::test]
async fn a_merged_registration_redirects_what_it_has_and_gets_all_of_it_back() {
    everywhere(async |office| {
        let from = office.add_producer(producer("HTX Tuyết Diêm")).await.unwrap();
        let into = office.add_producer(producer("HTX Muối Tuyết Diêm")).await.unwrap();
        let salt = office.add_product(product(&from.name, "Muối")).await.unwrap();
        office.add_product(product(&into.name, "Muối hầm")).await.unwrap();
        let someone = office.add_person(person("Người quản lý mẫu")).await.unwrap();
        let duty = office.add_manager(manager(&someone.name, &from.name)).await.unwrap();

        let merged = merge(&office, of(&from, &into)).await.unwrap();
        assert_eq!((merged.merged_into.as_str(), merged.merge_reason.as_str()), (&*into.name, ""));
        let unmarked = pb::Producer { merged_into: String::new(), ..merged.clone() };
        assert_eq!(unmarked, still(&merged, &from), "else it is what it was");
        assert_eq!(office.get_producer(&from.name).await, merged, "the old name answers");
        assert_eq!(office.get_producer(&into.name).await, into);
        assert_eq!(list(&office, false).await, ["HTX Muối Tuyết Diêm"]);
        assert_eq!(list(&office, true).await, ["HTX Muối Tuyết Diêm", "HTX Tuyết Diêm"]);

        let under = |name: &str| (name.to_owned(), into.name.clone(), into.display_name.clone());
        assert_eq!(products(&office, &into.name).await, [under("Muối"), under("Muối hầm")]);
        assert_eq!(products(&office, "").await, [under("Muối"), under("Muối hầm")]);
        assert_eq!(products(&office, &from.name).await, [under("Muối")], "what came with the old name");
        let request = pb::BatchGetProductsRequest { names: vec![salt.name.clone()] };
        let batch = office.products().batch_get_products(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(batch.products[0].producer, into.name);
        let shown = pb::Manager { producer: into.name.clone(), ..duty.clone() };
        assert_eq!(managers(&office, &into.name).await, std::slice::from_ref(&shown));
        let request = pb::GetManagerRequest { name: duty.name.clone() };
        let answer = office.managers().get_manager(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(answer, shown);
        let held = because(Code::AlreadyExists, "DUTY_HELD");
        assert_eq!(refused(office.add_manager(manager(&someone.name, &into.name)).await), held);
        let request = pb::ListDutiesRequest { as_of: on(date!(2021 - 12 - 15)), ..Default::default() };
        let duties = office.duties().list_duties(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!((duties.duties[0].producer.as_str(), duties.producers_without_manager), (&*into.name, 0));

        let back = unmerge(&office, &from.name, &merged.etag).await.unwrap();
        assert_eq!(back, still(&back, &from), "exactly what it was");
        assert_eq!(office.get_producer(&from.name).await, back);
        assert_eq!(list(&office, false).await, ["HTX Muối Tuyết Diêm", "HTX Tuyết Diêm"]);
        let own = |name: &str, of: &pb::Producer| (name.to_owned(), of.name.clone(), of.display_name.clone());
        assert_eq!(products(&office, &from.name).await, [own("Muối", &from)]);
        assert_eq!(products(&office, &into.name).await, [own("Muối hầm", &into)]);
        assert_eq!((managers(&office, &from.name).await, managers(&office, &into.name).await), (vec![duty], vec![]));
    })
    .await;
}

#[tokio::test]
async fn nothing_happens_to_a_merged_registration_and_the_one_it_went_into_stays() {
    everywhere(async |office| {
        let from = office.add_producer(producer("HTX Cũ")).await.unwrap();
        let into = office.add_producer(producer("HTX Mới")).await.unwrap();
        let third = office.add_producer(producer("HTX Ba")).await.unwrap();
        let before = office.rows().await;
        merge(&office, of(&from, &into)).await.unwrap();
        assert_eq!(office.rows().await[..5], before[..5], "no row is made or lost");
        let merged = || because(Code::FailedPrecondition, "PRODUCER_MERGED");
        let change = pb::UpdateProducerRequest {
            producer: Some(pb::Producer { display_name: "HTX".to_owned(), ..from.clone() }),
            update_mask: mask(&["display_name"]),
            ..Default::default()
        };
        assert_eq!(refused(office.producers().update_producer(office.admin().say(change)).await), merged());
        let delete = |name: &str| pb::DeleteProducerRequest { name: name.to_owned(), ..Default::default() };
        let answer = office.producers().delete_producer(office.admin().say(delete(&from.name))).await;
        assert_eq!(refused(answer), merged());
        let has_merged = || because(Code::FailedPrecondition, "PRODUCER_HAS_MERGED");
        let answer = office.producers().delete_producer(office.admin().say(delete(&into.name))).await;
        assert_eq!(refused(answer), has_merged());
        assert_eq!(refused(office.add_product(product(&from.name, "Rượu")).await), merged());
        let someone = office.add_person(person("Người quản lý mẫu")).await.unwrap();
        assert_eq!(refused(office.add_manager(manager(&someone.name, &from.name)).await), merged());
        for (from, into, refusal) in
            [(&from, &third, merged()), (&third, &from, merged()), (&into, &third, has_merged())]
        {
            assert_eq!(refused(merge(&office, of(from, into)).await), refusal);
        }
        let not_merged = because(Code::FailedPrecondition, "PRODUCER_NOT_MERGED");
        assert_eq!(refused(unmerge(&office, &third.name, "").await), not_merged);
        merge(&office, of(&third, &into)).await.unwrap();
        office.producers().delete_producer(office.admin().say(delete(&into.name))).await.unwrap_err();
        let question = pb::MatchProducersRequest {
            display_name: "HTX Cũ".to_owned(),
            unit: WARD_8.to_owned(),
            ..Default::default()
        };
        let answer = office.producers().match_producers(office.admin().say(question)).await.unwrap().into_inner();
        let [found] = answer.candidates.try_into().unwrap();
        assert_eq!((found.verdict(), found.producer.as_str(), found.merged_into.as_str()), {
            (MatchVerdict::Same, &*from.name, &*into.name)
        });
    })
    .await;
}

#[tokio::test]
async fn two_taxpayers_are_merged_for_a_reason_only() {
    everywhere(async |office| {
        let with = |name: &str, n: u64| pb::Producer { tax_code: make(n), ..producer(name) };
        let from = office.add_producer(with("HTX Cũ", 1)).await.unwrap();
        let into = office.add_producer(with("HTX Mới", 2)).await.unwrap();
        let differ = because(Code::FailedPrecondition, "TAX_CODES_DIFFER");
        assert_eq!(refused(merge(&office, of(&from, &into)).await), differ);
        assert_eq!(office.get_producer(&from.name).await, from);
        let forced = pb::MergeProducersRequest {
            force_reason: " Đổi mã số thuế năm 2020 ".to_owned(),
            ..of(&from, &into)
        };
        let merged = merge(&office, forced).await.unwrap();
        assert_eq!(merged.merge_reason, "Đổi mã số thuế năm 2020");
        assert_eq!(merged.tax_code, make(1), "both keep their own");
        let back = unmerge(&office, &from.name, "").await.unwrap();
        assert_eq!((back.merge_reason.as_str(), back.merged_into.as_str()), ("", ""));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_merge_is_refused_with_everything_that_is_wrong_with_it_and_stores_nothing() {
    everywhere(async |office| {
        let near = office.add_producer(producer("HTX Gần")).await.unwrap();
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX Xa") };
        let far = office.add_producer(far).await.unwrap();
        let before = office.rows().await;
        let wrong = pb::MergeProducersRequest {
            from: "x".to_owned(),
            into: String::new(),
            force_reason: "a\nb".to_owned(),
            ..Default::default()
        };
        let all = [("from", "FIELD_FORMAT"), ("into", "FIELD_REQUIRED"), ("force_reason", "TEXT_UNCLEAN")];
        assert_eq!(refused(merge(&office, wrong).await), invalid(&all));
        assert_eq!(refused(merge(&office, of(&near, &near)).await), invalid(&[("into", "MERGE_INTO_ITSELF")]));
        let nobody = pb::Producer { name: format!("producers/{}", uuid::Uuid::nil()), ..near.clone() };
        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(refused(merge(&office, of(&nobody, &near)).await), missing);
        assert_eq!(refused(unmerge(&office, &nobody.name, "").await), missing);
        let unknown = invalid(&[("into", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(merge(&office, of(&near, &nobody)).await), unknown);
        let stale = pb::MergeProducersRequest { etag: "\"9\"".to_owned(), ..of(&near, &far) };
        assert_eq!(refused(merge(&office, stale).await), because(Code::Aborted, "ETAG_STALE"));
        // Both must lie in the caller's units.
        let officer = office.world.as_role("district_officer", "units/555-20180507");
        for (from, into) in [(&near, &far), (&far, &near)] {
            let answer = office.merges().merge_producers(officer.say(of(from, into))).await;
            assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        }
        let commune = office.world.as_role("commune_officer", WARD_8);
        let answer = office.merges().merge_producers(commune.say(of(&near, &far))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
        let gone = pb::DeleteProducerRequest { name: far.name.clone(), ..Default::default() };
        office.producers().delete_producer(office.admin().say(gone)).await.unwrap();
        let deleted = || because(Code::FailedPrecondition, "PRODUCER_DELETED");
        assert_eq!(refused(merge(&office, of(&near, &far)).await), deleted());
        assert_eq!(refused(merge(&office, of(&far, &near)).await), deleted());
        assert_eq!(office.rows().await[..5], before[..5]);
        assert_eq!(office.get_producer(&near.name).await, near);
    })
    .await;
}

#[tokio::test]
async fn a_merge_and_its_end_repeat_safely_and_are_told_in_the_feed() {
    everywhere(async |office| {
        let from = office.add_producer(producer("HTX Cũ")).await.unwrap();
        let into = office.add_producer(producer("HTX Mới")).await.unwrap();
        let request = pb::MergeProducersRequest { request_id: request_id(1), ..of(&from, &into) };
        let first = merge(&office, request.clone()).await.unwrap();
        let before = office.rows().await;
        assert_eq!(merge(&office, request.clone()).await.unwrap(), first);
        assert_eq!(office.rows().await, before);
        let back = pb::UnmergeProducersRequest {
            name: from.name.clone(),
            etag: first.etag.clone(),
            request_id: request_id(2),
        };
        let again = || office.admin().say(back.clone());
        let once = office.merges().unmerge_producers(again()).await.unwrap().into_inner();
        assert_eq!(office.merges().unmerge_producers(again()).await.unwrap().into_inner(), once);
        assert_eq!(merge(&office, request).await.unwrap(), first, "the first answer, not the present state");
        let events = crate::feed::watch(&office, 2).await;
        let payloads: Vec<_> = events.iter().map(|event| event.payload.clone().unwrap()).collect();
        let merged = pb::ProducerMerged { producer: from.name.clone(), into: into.name.clone() };
        let ended = pb::ProducerUnmerged { producer: from.name.clone(), into: into.name };
        let told = [prost_types::Any::from_msg(&merged), prost_types::Any::from_msg(&ended)].map(Result::unwrap);
        assert_eq!(payloads, told, "each once");
        assert!(events.iter().all(|event| event.resource == from.name && event.unit == WARD_8));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_merges_at_once_that_exclude_each_other_one_is_made() {
    everywhere(async |office| {
        let mut ring = Vec::new();
        for n in 0..4 {
            ring.push(office.add_producer(producer(&format!("HTX {n}"))).await.unwrap());
        }
        // Each into the next: any two neighbours exclude each other.
        let tries: Vec<_> = (0..4)
            .map(|n| {
                let (office, request) = (office.clone(), of(&ring[n], &ring[(n + 1) % 4]));
                tokio::spawn(async move { merge(&office, request).await })
            })
            .collect();
        for each in tries {
            if let Err(status) = each.await.unwrap() {
                assert_eq!(status.code(), Code::FailedPrecondition);
            }
        }
        let mut now = Vec::new();
        for each in &ring {
            now.push(office.get_producer(&each.name).await);
        }
        let merged: Vec<_> = now.iter().filter(|p| !p.merged_into.is_empty()).collect();
        assert!(!merged.is_empty());
        for each in merged {
            let into = now.iter().find(|p| p.name == each.merged_into).unwrap();
            assert_eq!(into.merged_into, "", "no chain");
        }
    })
    .await;
}
