//! The copy on real SQL.

use kit::testing::{Fresh, backends};
use kit::{Database, day, name};
use prost::Name;
use proto::common::v1::{Event, WatchResponse};
use proto::registry::v1::{DossierKind, DossierSealed, SamplesRecorded};
use reference::regimes::DossierKind as Kind;
use time::macros::date;
use uuid::Uuid;

use super::domain::Judged;
use super::store;
use crate::migrations::Migrator;

async fn take(database: &Database, position: i64, message: WatchResponse) -> kit::Result<Option<i64>> {
    kit::follow::take(database, super::SOURCE, position, message, super::apply::event).await
}

fn event<M: prost::Message + Name>(position: i64, told: &M) -> Event {
    let payload = prost_types::Any { type_url: M::type_url(), value: told.encode_to_vec() };
    Event { position, payload: Some(payload), ..Event::default() }
}

fn sealed(digest: &str) -> DossierSealed {
    DossierSealed {
        dossier: name::of("dossiers", Uuid::from_u128(7)),
        product: name::of("products", Uuid::from_u128(1)),
        kind: DossierKind::ReEvaluation.as_str_name().to_owned(),
        digest: digest.to_owned(),
        filing_date: Some(day::pb(date!(2026 - 07 - 30))),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_sealed_dossier_is_known_with_its_newest_digest_and_other_events_are_passed_over() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Migrator>().await;
        let message = |position, event| WatchResponse { events: vec![event], head_position: position, head_time: None };
        assert_eq!(take(&database, 0, message(3, event(3, &sealed("aa")))).await.unwrap(), Some(3));
        let other = event(4, &SamplesRecorded::default());
        assert_eq!(take(&database, 3, message(4, other)).await.unwrap(), Some(4));
        assert_eq!(take(&database, 4, message(9, event(9, &sealed("bb")))).await.unwrap(), Some(9));
        let found = store::of_product(database.reader(), Uuid::from_u128(1)).await.unwrap();
        assert_eq!(found.len(), 1);
        let of = &found[0];
        assert_eq!((of.kind, of.filing_date, of.digest.as_str()), (Kind::ReEvaluation, date!(2026 - 07 - 30), "bb"));
        assert!(store::of_product(database.reader(), Uuid::from_u128(2)).await.unwrap().is_empty());
        assert_eq!(of.judged, Judged::Untold, "an event of before bundles were told");
        let (own, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let all = || [own, other].map(|product| name::of("products", product)).to_vec();
        let whole = DossierSealed { bundle: name::of("bundles", other), products: all(), ..sealed("cc") };
        let alone = DossierSealed { products: vec![name::of("products", own)], ..sealed("dd") };
        for (position, told, judged) in
            [(10, whole, Judged::Bundle(other, vec![own, other])), (11, alone, Judged::Alone)]
        {
            take(&database, position - 1, message(position, event(position, &told))).await.unwrap();
            let found = store::of_product(database.reader(), own).await.unwrap();
            assert_eq!((found.len(), &found[0].judged, &found[0].digest), (1, &judged, &told.digest));
        }
        let mut broken = sealed("cc");
        broken.kind = "?".to_owned();
        assert!(take(&database, 11, message(12, event(12, &broken))).await.is_err(), "a figure with a hole is worse");
    }
}
