//! What events leave of a product's way, on real SQL.

use kit::testing::{backends, start};
use prost::Name;
use proto::common::v1::Event;
use proto::evaluation::v1::SittingGraded;
use proto::registry::v1::{CandidateRecorded, DossierRecorded, DossierSealed};
use sea_orm::{EntityTrait, QueryOrder};
use time::macros::date;

use super::step;
use crate::Insights;
use crate::feeds::apply;

fn event<M: Name>(day: time::Date, payload: &M) -> Event {
    Event {
        unit: "units/22015-20180507".to_owned(),
        act_date: Some(kit::day::pb(day)),
        payload: Some(prost_types::Any { type_url: M::type_url(), value: payload.encode_to_vec() }),
        ..Default::default()
    }
}

fn candidate(state: &str, product: &str) -> CandidateRecorded {
    CandidateRecorded {
        candidate: "candidates/1".to_owned(),
        product: product.to_owned(),
        year: 2021,
        target_stars: 3,
        kind: "CANDIDATE_KIND_FIRST".to_owned(),
        state: state.to_owned(),
    }
}

fn dossier(kind: &str, state: &str) -> DossierRecorded {
    DossierRecorded {
        dossier: format!("dossiers/{kind}"),
        product: "products/1".to_owned(),
        kind: format!("DOSSIER_KIND_{kind}"),
        state: state.to_owned(),
        filing_date: Some(kit::day::pb(date!(2021 - 03 - 02))),
        ..Default::default()
    }
}

fn sitting(sitting: &str, outcome: &str, stars: i32) -> SittingGraded {
    SittingGraded {
        sitting: sitting.to_owned(),
        product: "products/1".to_owned(),
        mean: "71.00".to_owned(),
        outcome: outcome.to_owned(),
        stars,
        ..Default::default()
    }
}

/// A way with everything that can be told of it; an upgrade is none.
fn a_way() -> Vec<Event> {
    let sealed = DossierSealed {
        dossier: "dossiers/FIRST".to_owned(),
        product: "products/1".to_owned(),
        kind: "DOSSIER_KIND_FIRST".to_owned(),
        ..Default::default()
    };
    vec![
        event(date!(2021 - 01 - 10), &candidate("CANDIDATE_STATE_PROPOSED", "")),
        event(date!(2021 - 02 - 10), &candidate("CANDIDATE_STATE_ACCEPTED", "products/1")),
        event(date!(2021 - 03 - 01), &candidate("CANDIDATE_STATE_FILED", "products/1")),
        event(date!(2021 - 03 - 02), &dossier("FIRST", "DOSSIER_STATE_SUBMITTED")),
        event(date!(2021 - 03 - 02), &dossier("UPGRADE", "DOSSIER_STATE_SUBMITTED")),
        event(date!(2021 - 04 - 01), &dossier("FIRST", "DOSSIER_STATE_SEALED")),
        event(date!(2021 - 04 - 01), &sealed),
        event(date!(2021 - 05 - 01), &sitting("sittings/1", "OUTCOME_RESCORE_REQUIRED", 0)),
        event(date!(2021 - 05 - 02), &sitting("sittings/1", "OUTCOME_GRADED", 4)),
        event(date!(2021 - 05 - 03), &sitting("sittings/2", "OUTCOME_GRADED", 0)),
        event(date!(2021 - 05 - 04), &dossier("FIRST", "DOSSIER_STATE_REJECTED")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_products_way_is_kept_by_stage_and_reading_it_again_changes_nothing() {
    for backend in backends() {
        eprintln!("on {backend:?}");
        let world = start::<Insights>(backend).await;
        let database = world.database("insights");
        let mut before = None;
        for _ in 0..2 {
            let tx = database.begin().await.unwrap();
            for event in a_way() {
                apply::event(&tx, event).await.unwrap();
            }
            tx.commit().await.unwrap();
            let query = step::Entity::find().order_by_asc(step::Column::Stage).order_by_asc(step::Column::Resource);
            let rows = query.all(database.reader()).await.unwrap();
            let seen: Vec<_> = rows.iter().map(|r| (r.stage, r.resource.as_str(), r.day, r.left_day)).collect();
            assert_eq!(
                seen,
                [
                    (1, "candidates/1", date!(2021 - 01 - 10), None),
                    (2, "candidates/1", date!(2021 - 03 - 01), None),
                    (2, "dossiers/FIRST", date!(2021 - 03 - 02), Some(date!(2021 - 05 - 04))),
                    (3, "dossiers/FIRST", date!(2021 - 04 - 01), None),
                    (4, "sittings/1", date!(2021 - 05 - 02), None),
                    (4, "sittings/2", date!(2021 - 05 - 03), Some(date!(2021 - 05 - 03))),
                ]
            );
            assert!(rows.iter().all(|row| row.product == "products/1" && row.year == 2021));
            assert!(before.is_none_or(|before| before == rows));
            before = Some(rows);
        }
        world.stop().await;
    }
}
