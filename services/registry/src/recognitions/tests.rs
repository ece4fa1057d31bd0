use kit::testing::{Fresh, backends};
use kit::{Database, day, name};
use prost::Name;
use proto::common::v1::{Event, WatchResponse};
use proto::evaluation::v1::{
    CertificateActKind as Kind, CertificateActRecorded, CertificateEnded, CertificateIssued, CertificateStatus,
    DecisionIssued,
};
use sea_orm::EntityTrait;
use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::domain::End;
use super::store::{row, suspension, transfer};
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
        products: vec![name::of("products", id(1))],
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

#[tokio::test]
async fn a_certificate_of_a_bundle_is_kept_for_each_of_its_products_and_ends_for_all_of_them() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Migrator>().await;
        let of_bundle = CertificateIssued {
            products: [1, 2, 3].map(|product| name::of("products", id(product))).to_vec(),
            ..issued(7, 3)
        };
        let of_before = CertificateIssued { products: Vec::new(), ..issued(8, 4) };
        let told = message(vec![event(1, &of_bundle), event(2, &of_bundle), event(3, &of_before)]);
        take(&database, 0, told).await.unwrap();
        take(&database, 3, message(vec![event(4, &ended(7, date!(2021 - 05 - 01)))])).await.unwrap();
        let mut all = row::Entity::find().all(database.reader()).await.unwrap();
        all.sort_by_key(|row| (row.certificate, row.product_id));
        let kept: Vec<_> = all.iter().map(|row| (row.certificate, row.product_id, row.end_date)).collect();
        let end = Some(date!(2021 - 05 - 01));
        assert_eq!(kept, [(id(7), id(1), end), (id(7), id(2), end), (id(7), id(3), end), (id(8), id(1), None)]);
        database.close().await;
        fresh.remove().await;
    }
}

fn acted(act: u128, kind: Kind, on: Date) -> CertificateActRecorded {
    CertificateActRecorded {
        act: name::of("certificateActs", id(act)),
        certificate: name::of("certificates", id(7)),
        product: name::of("products", id(1)),
        kind: kind.as_str_name().to_owned(),
        act_date: Some(day::pb(on)),
        holder: if kind == Kind::Transfer { name::of("producers", id(30)) } else { String::new() },
    }
}

/// Suspensions as they are kept: act, first day, first day after.
async fn suspensions(database: &Database) -> Vec<(Uuid, Date, Option<Date>)> {
    let mut all = suspension::Entity::find().all(database.reader()).await.unwrap();
    all.sort_by_key(|row| row.act);
    all.into_iter().map(|row| (row.act, row.from_date, row.until_date)).collect()
}

#[tokio::test]
async fn acts_suspend_lift_and_end_once_in_whatever_order_they_are_told_again() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Migrator>().await;
        let (march, april, may) = (date!(2021 - 03 - 01), date!(2021 - 04 - 01), date!(2021 - 05 - 01));
        let events = |from: i64| {
            vec![
                event(from + 1, &acted(20, Kind::Suspend, march)),
                event(from + 2, &issued(7, 3)),
                event(from + 3, &acted(21, Kind::Lift, april)),
                // Suspended anew on the day on which the first one was lifted.
                event(from + 4, &acted(22, Kind::Suspend, april)),
                event(from + 5, &acted(23, Kind::Correct, april)),
                event(from + 6, &acted(24, Kind::Transfer, april)),
                // Of before the field was there.
                event(from + 7, &CertificateActRecorded { holder: String::new(), ..acted(27, Kind::Transfer, april) }),
                event(from + 8, &acted(25, Kind::Revoke, may)),
                event(from + 9, &ended(7, may)),
                event(
                    from + 10,
                    &CertificateActRecorded { kind: "OF_A_LATER_VERSION".to_owned(), ..Default::default() },
                ),
            ]
        };
        let told = [(id(20), march, Some(april)), (id(22), april, None)];
        for from in [0, 10] {
            assert_eq!(take(&database, from, message(events(from))).await.unwrap(), Some(from + 10));
            assert_eq!(suspensions(&database).await, told, "{from}");
            assert_eq!(kept(&database).await, [(id(7), 3, date!(2023 - 02 - 05), Some(may))]);
            let transfers = transfer::Entity::find().all(database.reader()).await.unwrap();
            let moved = transfer::Model { act: id(24), certificate: id(7), holder_id: id(30), from_date: april };
            assert_eq!(transfers, [moved]);
            let held = row::Entity::find_by_id((id(7), id(1))).one(database.reader()).await.unwrap().unwrap();
            assert_eq!(held.end_kind, End::Revoked.number());
        }
        let broken = CertificateActRecorded { act: "x".to_owned(), ..acted(26, Kind::Lift, may) };
        assert!(take(&database, 20, message(vec![event(21, &broken)])).await.is_err());
        database.close().await;
        fresh.remove().await;
    }
}
