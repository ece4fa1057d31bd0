//! Repeats: what a request id does.

use proto::registry::v1 as pb;
use reference::tax_code::make;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    LA_HAI, Office, WARD_8, because, everywhere, invalid, manager, mask, on, person, post, producer, product, refused,
    request_id,
};

async fn create(office: &Office, producer: pb::Producer, id: &str) -> Result<pb::Producer, Status> {
    let request =
        pb::CreateProducerRequest { producer: Some(producer), request_id: id.to_owned(), ..Default::default() };
    Ok(office.producers().create_producer(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn a_repeated_creation_gives_the_first_answer_and_makes_nothing_new() {
    everywhere(async |office| {
        let asked = pb::Producer { tax_code: make(3), ..producer("HTX Mẫu") };
        let first = create(&office, asked.clone(), &request_id(1)).await.unwrap();
        let before = office.rows().await;
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        assert_eq!(create(&office, asked.clone(), &request_id(1)).await.unwrap(), first, "its tax code is not taken");
        assert_eq!(office.rows().await, before);
        let change = pb::UpdateProducerRequest {
            producer: Some(pb::Producer { display_name: "HTX Khác".to_owned(), ..first.clone() }),
            update_mask: mask(&["display_name"]),
            ..Default::default()
        };
        office.producers().update_producer(office.admin().say(change)).await.unwrap();
        let replayed = create(&office, asked, &request_id(1)).await.unwrap();
        assert_eq!(replayed, first, "the first answer, not the present state");
    })
    .await;
}

#[tokio::test]
async fn every_mutation_repeats_safely() {
    everywhere(async |office| {
        macro_rules! twice {
            ($client:ident.$method:ident($request:expr)) => {{
                let request = $request;
                let first = office.$client().$method(office.admin().say(request.clone())).await.unwrap().into_inner();
                let before = office.rows().await;
                let second = office.$client().$method(office.admin().say(request)).await.unwrap().into_inner();
                assert_eq!(second, first, stringify!($method));
                assert_eq!(office.rows().await, before, stringify!($method));
                first
            }};
        }
        let id = || request_id(77);
        let someone = twice!(persons.create_person(pb::CreatePersonRequest {
            person: Some(person("Cán bộ mẫu")),
            request_id: id(),
            ..Default::default()
        }));
        let maker = twice!(producers.create_producer(pb::CreateProducerRequest {
            producer: Some(producer("HTX Mẫu")),
            request_id: id(),
            ..Default::default()
        }));
        let maker = twice!(producers.update_producer(pb::UpdateProducerRequest {
            producer: Some(pb::Producer { display_name: "HTX Mới".to_owned(), ..maker }),
            update_mask: mask(&["display_name"]),
            request_id: id(),
            ..Default::default()
        }));
        let held = twice!(posts.create_post(pb::CreatePostRequest {
            post: Some(post(&someone.name, WARD_8)),
            request_id: id(),
            ..Default::default()
        }));
        let day = on(date!(2021 - 06 - 30));
        let end = pb::EndPostRequest { name: held.name, end_date: day, request_id: id(), ..Default::default() };
        twice!(posts.end_post(end));
        let managed = twice!(managers.create_manager(pb::CreateManagerRequest {
            manager: Some(manager(&someone.name, &maker.name)),
            request_id: id(),
            ..Default::default()
        }));
        let end = pb::EndManagerRequest { name: managed.name, end_date: day, request_id: id(), ..Default::default() };
        twice!(managers.end_manager(end));
        twice!(producers.delete_producer(pb::DeleteProducerRequest {
            name: maker.name.clone(),
            etag: maker.etag,
            request_id: id()
        }));
        let again = pb::UndeleteProducerRequest { name: maker.name.clone(), request_id: id(), ..Default::default() };
        twice!(producers.undelete_producer(again));
        let made = twice!(products.create_product(pb::CreateProductRequest {
            product: Some(product(&maker.name, "Rượu")),
            request_id: id(),
            ..Default::default()
        }));
        twice!(products.update_product(pb::UpdateProductRequest {
            product: Some(pb::Product { target_year: 2021, ..made }),
            update_mask: mask(&["target_year"]),
            request_id: id(),
            ..Default::default()
        }));
    })
    .await;
}

#[tokio::test]
async fn an_id_that_was_used_for_another_body_is_refused() {
    everywhere(async |office| {
        let first = create(&office, producer("HTX Một"), &request_id(1)).await.unwrap();
        let before = office.rows().await;
        let reused = because(Code::InvalidArgument, "REQUEST_ID_REUSED");
        assert_eq!(refused(create(&office, producer("HTX Hai"), &request_id(1)).await), reused);
        assert_eq!(office.rows().await, before);
        assert_eq!(create(&office, producer("HTX Một"), &request_id(1)).await.unwrap(), first, "it still holds");
        for bad in ["1", "không", &request_id(1).to_uppercase()[1..]] {
            let malformed = invalid(&[("request_id", "REQUEST_ID_MALFORMED")]);
            assert_eq!(refused(create(&office, producer("HTX Ba"), bad).await), malformed, "{bad}");
        }
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn an_id_belongs_to_its_caller_and_its_method() {
    everywhere(async |office| {
        let id = request_id(9);
        create(&office, producer("HTX Một"), &id).await.unwrap();
        let other = office.world.as_role("commune_officer", WARD_8);
        let request = pb::CreateProducerRequest {
            producer: Some(producer("HTX Hai")),
            request_id: id.clone(),
            ..Default::default()
        };
        let answer = office.producers().create_producer(other.say(request)).await.unwrap().into_inner();
        assert_eq!(answer.display_name, "HTX Hai", "another caller's id is another id");
        let request =
            pb::CreatePersonRequest { person: Some(person("Cán bộ mẫu")), request_id: id, ..Default::default() };
        office.persons().create_person(office.admin().say(request)).await.expect("another method's too");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_leaves_the_id_free() {
    everywhere(async |office| {
        let id = request_id(4);
        let wrong = pb::Producer { tax_code: "1".to_owned(), ..producer("HTX Mẫu") };
        assert_eq!(refused(create(&office, wrong, &id).await).code, Code::InvalidArgument);
        let nobody = product(&format!("producers/{}", uuid::Uuid::nil()), "Rượu");
        let request = pb::CreateProductRequest { product: Some(nobody), request_id: id.clone(), ..Default::default() };
        let answer = office.products().create_product(office.admin().say(request)).await;
        assert_eq!(refused(answer), invalid(&[("product.producer", "REFERENCE_UNKNOWN")]));
        let made = create(&office, producer("HTX Mẫu"), &id).await.unwrap();
        let request = pb::CreateProductRequest {
            product: Some(product(&made.name, "Rượu")),
            request_id: id,
            ..Default::default()
        };
        office.products().create_product(office.admin().say(request)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_replay_is_authorised_again() {
    everywhere(async |office| {
        let held = |unit: &str| kit::Held { role: proto::common::v1::Role::CommuneOfficer, unit: unit.to_owned() };
        let request = pb::CreateProducerRequest {
            producer: Some(producer("HTX Mẫu")),
            request_id: request_id(5),
            ..Default::default()
        };
        let before = office.world.as_subject("officer", &[held(WARD_8)]);
        office.producers().create_producer(before.say(request.clone())).await.unwrap();
        let moved = office.world.as_subject("officer", &[held(LA_HAI)]);
        let answer = office.producers().create_producer(moved.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_calls_with_one_id_at_once_one_takes_effect_and_all_get_its_answer() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        let tries: Vec<_> = (0..16)
            .map(|_| {
                let office = office.clone();
                let request = pb::CreateProductRequest {
                    product: Some(product(&maker, "Rượu")),
                    request_id: request_id(6),
                    ..Default::default()
                };
                tokio::spawn(async move { office.products().create_product(office.admin().say(request)).await })
            })
            .collect();
        let mut answers = Vec::new();
        for each in tries {
            answers.push(each.await.unwrap().unwrap().into_inner());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(office.rows().await[1], ("product", 1));
        assert_eq!(office.add_product(product(&maker, "Hai")).await.unwrap().code, "54-555-22018-2-2021");
    })
    .await;
}
