//! The feed: each change told once, in order, by reference.

use prost::{Message, Name};
use proto::common::v1::{Audience, Event, WatchRequest};
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{
    DAY, Office, WARD_8, because, everywhere, manager, mask, on, person, post, producer, product, refused,
};

/// Everything after a position up to the head.
pub async fn watch(office: &Office, after_position: i64) -> Vec<Event> {
    let reader = office.world.as_role("service", "units/vn");
    let request = reader.say(WatchRequest { after_position, until_head: true });
    let mut stream = office.feed().watch(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(batch) = stream.message().await.unwrap() {
        assert!(batch.head_time.is_some() && batch.events.iter().all(|e| e.position <= batch.head_position));
        events.extend(batch.events);
    }
    events
}

fn told<M: Message + Name + Default>(event: &Event) -> M {
    let payload = event.payload.as_ref().unwrap();
    assert_eq!(payload.type_url, M::type_url());
    M::decode(payload.value.as_slice()).unwrap()
}

#[tokio::test]
async fn each_change_is_told_once_in_order_with_its_unit_day_and_sample_mark() {
    everywhere(async |office| {
        let someone = office.add_person(pb::Person { sample: true, ..person("Tên riêng") }).await.unwrap().name;
        let maker = office.add_producer(producer("HTX Tên riêng")).await.unwrap();
        let made = office.add_product(product(&maker.name, "Rượu")).await.unwrap();
        let held = office.add_post(post(&someone, WARD_8)).await.unwrap().name;
        let managed = office.add_manager(manager(&someone, &maker.name)).await.unwrap().name;
        let end = pb::EndManagerRequest { name: managed.clone(), end_date: on(DAY), ..Default::default() };
        office.managers().end_manager(office.admin().say(end)).await.unwrap();
        let change = pb::UpdateProductRequest {
            product: Some(pb::Product { target_year: 2022, ..made.clone() }),
            update_mask: mask(&["target_year"]),
            ..Default::default()
        };
        office.products().update_product(office.admin().say(change)).await.unwrap();

        let events = watch(&office, 0).await;
        let positions: Vec<i64> = events.iter().map(|e| e.position).collect();
        assert_eq!(positions, (1..=7).collect::<Vec<_>>());
        let resources: Vec<&str> = events.iter().map(|e| e.resource.as_str()).collect();
        assert_eq!(resources, [&*someone, &*maker.name, &*made.name, &*held, &*managed, &*managed, &*made.name]);
        assert!(events.iter().all(|e| e.unit == WARD_8 && e.record_time.is_some()));
        let (registered, began) = (on(date!(2021 - 01 - 15)), on(date!(2021 - 03 - 01)));
        let days: Vec<_> = events.iter().map(|e| e.act_date).collect();
        assert_eq!(days, [registered, registered, on(DAY), began, began, on(DAY), on(DAY)]);
        let samples: Vec<bool> = events.iter().map(|e| e.sample).collect();
        assert_eq!(samples, [true, false, false, true, true, true, false]);

        assert_eq!(told::<pb::PersonRecorded>(&events[0]), pb::PersonRecorded { person: someone.clone() });
        let recorded = pb::ProducerRecorded {
            producer: maker.name.clone(),
            legal_form: "LEGAL_FORM_COOPERATIVE".to_owned(),
            deleted: false,
            registration_date: maker.registration_date,
        };
        assert_eq!(told::<pb::ProducerRecorded>(&events[1]), recorded);
        let recorded = told::<pb::ProductRecorded>(&events[2]);
        assert_eq!((recorded.product, recorded.producer, recorded.code), (made.name, maker.name.clone(), made.code));
        let taken = told::<pb::DutyBegan>(&events[3]);
        assert_eq!((taken.audience(), taken.producer.as_str()), (Audience::Officers, ""));
        let taken = told::<pb::DutyBegan>(&events[4]);
        let expected = pb::DutyBegan {
            duty: managed.clone(),
            person: someone.clone(),
            audience: Audience::ProducerManagers.into(),
            begin_date: began,
            producer: maker.name,
        };
        assert_eq!(taken, expected);
        let ended = pb::DutyEnded { duty: managed, person: someone, end_date: on(DAY) };
        assert_eq!(told::<pb::DutyEnded>(&events[5]), ended);
        for event in &events {
            let bytes = event.encode_to_vec();
            let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
            assert!(!holds("Tên riêng"), "an event names nobody: {event:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn deletion_and_its_taking_back_are_told() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Tạm")).await.unwrap().name;
        let request = pb::DeleteProducerRequest { name: maker.clone(), ..Default::default() };
        office.producers().delete_producer(office.admin().say(request)).await.unwrap();
        let request = pb::UndeleteProducerRequest { name: maker, ..Default::default() };
        office.producers().undelete_producer(office.admin().say(request)).await.unwrap();
        let events = watch(&office, 0).await;
        let deleted: Vec<bool> = events.iter().map(|e| told::<pb::ProducerRecorded>(e).deleted).collect();
        assert_eq!(deleted, [false, true, false]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_leave_no_gap_and_every_reader_reads_the_same() {
    everywhere(async |office| {
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let office = office.clone();
                tokio::spawn(async move {
                    let mut names = Vec::new();
                    for n in 0..5 {
                        let made = office.add_producer(producer(&format!("HTX {writer}.{n}"))).await.unwrap();
                        names.push(made.name);
                    }
                    names
                })
            })
            .collect();
        let mut seen = Vec::new();
        while seen.len() < 80 {
            // A reader that goes on from its position while the others write.
            seen.extend(watch(&office, i64::try_from(seen.len()).unwrap()).await);
        }
        let mut made = Vec::new();
        for writer in writers {
            made.extend(writer.await.unwrap());
        }
        assert!(seen.iter().map(|e| e.position).eq(1..=80));
        let mut told: Vec<String> = seen.iter().map(|e| e.resource.clone()).collect();
        told.sort();
        made.sort();
        assert_eq!(told, made);
        assert_eq!(watch(&office, 0).await, seen, "whoever comes later reads the same");
        let verdict = kit::journal::verify(&office.world.database("registry")).await.unwrap();
        assert_eq!((verdict.intact, verdict.broken), (80, None));
    })
    .await;
}

#[tokio::test]
async fn a_position_that_was_never_given_out_is_refused_and_only_services_read_on() {
    everywhere(async |office| {
        office.add_producer(producer("HTX Mẫu")).await.unwrap();
        assert_eq!(watch(&office, 1).await, []);
        let reader = office.world.as_role("service", "units/vn");
        for after_position in [-1, 2] {
            let request = reader.say(WatchRequest { after_position, until_head: true });
            let answer = office.feed().watch(request).await.map(|_| ());
            assert_eq!(refused(answer), because(Code::FailedPrecondition, "POSITION_UNKNOWN"), "{after_position}");
        }
        let request = office.admin().say(WatchRequest { after_position: 0, until_head: true });
        let answer = office.feed().watch(request).await.map(|_| ());
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}
