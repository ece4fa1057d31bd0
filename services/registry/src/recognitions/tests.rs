use kit::testing::{Fresh, backends};
use kit::{Database, day, name};
use prost::Name;
use proto::common::v1::{Event, WatchResponse};
use proto::evaluation::v1::{CertificateEnded, CertificateIssued, CertificateStatus, DecisionIssued};
use sea_orm::EntityTrait;
use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::store::row;
use crate::migrations::Migrator;

const DAY: Date = date!(2020 - 02 - 04);

async fn take(database: &Database, position: i64, message: WatchResponse) -> kit::Result<Option<i64>> {
    kit::follow::take(database, super::SOURCE, position, message, super::apply::event).await
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn event<M: prost::Message + Name>(position: i64, told: &M) -> Event {
    let payload = prost_types::Any { type_url: format!("/{}", M::full_name()), value: told.encode_to_vec() };
    Event { position, payload: Some(payload), ..Event::default() }
}

fn issued(certificate: u128, stars: i32) -> CertificateIssued {
    CertificateIssued {
        certificate: name::of("certificates", id(certificate)),
        product: name::of("products", id(1)),
        stars,
        decision_date: Some(day::pb(DAY)),
        earliest_decision_date: Some(day::pb(DAY)),
        first_day_out: Some(day::pb(date!(2023 - 02 - 05))),
        first_recognition: true,
    }
}

fn ended(certificate: u128, on: Date) -> CertificateEnded {
    CertificateEnded {
        certificate: name::of("certificates", id(certificate)),
        product: name::of("products", id(1)),
        status: CertificateStatus::Revoked.as_str_name().to_owned(),
        end_date: Some(day::pb(on)),
        superseded_by: String::new(),
    }
}

fn message(events: Vec<Event>) -> WatchResponse {
    let head_position = events.last().map_or(0, |event| event.position);
    WatchResponse { events, head_position, head_time: Some(kit::instant::pb(5)) }
}

/// Certificates as they are kept: number, stars, first day out, end.
async fn kept(database: &Database) -> Vec<(Uuid, i32, Date, Option<Date>)> {
    let mut all = row::Entity::find().all(database.reader()).await.unwrap();
    all.sort_by_key(|row| row.certificate);
    all.into_iter().map(|row| (row.certificate, row.stars, row.first_out, row.end_date)).collect()
}

#[tokio::test]
async fn each_event_takes_effect_once_and_what_is_told_again_keeps_its_end() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Migrator>().await;
        let first = message(vec![
            event(1, &DecisionIssued::default()),
            event(2, &issued(7, 3)),
            event(3, &CertificateIssued { first_day_out: None, ..issued(8, 4) }),
            event(4, &ended(7, date!(2021 - 05 - 01))),
        ]);
        assert_eq!(take(&database, 0, first.clone()).await.unwrap(), Some(4));
        let told =
            [(id(7), 3, date!(2023 - 02 - 05), Some(date!(2021 - 05 - 01))), (id(8), 4, date!(2023 - 02 - 04), None)];
        assert_eq!(kept(&database).await, told);
        assert_eq!(take(&database, 0, first).await.unwrap(), None, "a replica that is behind reads on from here");
        let again = message(vec![event(5, &issued(7, 3))]);
        assert_eq!(take(&database, 4, again).await.unwrap(), Some(5));
        assert_eq!(kept(&database).await, told);
        let broken = CertificateIssued { product: "x".to_owned(), ..issued(9, 3) };
        assert!(take(&database, 5, message(vec![event(6, &broken)])).await.is_err());
        assert_eq!(
            kit::follow::position(database.reader(), super::SOURCE).await.unwrap(),
            5,
            "what cannot be read is not passed over"
        );
        database.close().await;
        fresh.remove().await;
    }
}
