use kit::testing::{Backend, Fresh, backends};
use reference::tax_code::make;
use reference::units::by_name;
use sea_orm::{DatabaseConnection, Statement};

use super::*;
use crate::migrations::Migrator;
use crate::producers::domain::matching::Asked;
use crate::shared::domain::DisplayName;

/// So many rows that no planner reads them all for a few.
const ROWS: u32 = 20_000;

fn asked() -> Matcher {
    Matcher::new(Asked {
        display_name: DisplayName::new("HTX Muối Tuyết Diêm").ok(),
        tax_code: TaxCode::new(&make(1)),
        unit: by_name("units/22018-20241101"),
        legal_form: 0,
    })
}

async fn fill(db: &DatabaseConnection, backend: Backend) {
    let numbers = match backend {
        Backend::Postgres => format!("generate_series(1, {ROWS}) AS n(i)"),
        Backend::Sqlite => format!(
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) SELECT i FROM n) AS n"
        ),
    };
    let id = match backend {
        Backend::Postgres => "gen_random_uuid()",
        Backend::Sqlite => "randomblob(16)",
    };
    db.execute_unprepared(&format!(
        "INSERT INTO producer (id, display_name, sort_key, legal_form, tax_code, unit, unit_path, \
         registration_date, sample, version, create_us, update_us, match_key, match_head, match_tail) \
         SELECT {id}, 'HTX ' || i, 'x', 2, 't' || i, 'units/22018-20180507', '/vn/54-20180507/x/', '2021-01-15', TRUE, 1, 0, 0, \
         'key' || i, 'head' || i, 'tail' || i FROM {numbers}"
    ))
    .await
    .unwrap();
    db.execute_unprepared("ANALYZE").await.unwrap();
}

async fn plan(db: &DatabaseConnection, backend: Backend) -> String {
    let scope = Scope::Within(vec!["/vn/54-20180507/".to_owned()]);
    let statement = statement(&scope, &asked()).unwrap();
    let mut built: Statement = db.get_database_backend().build(&statement);
    let (explain, column) = match backend {
        Backend::Postgres => ("EXPLAIN", "QUERY PLAN"),
        Backend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
    };
    built.sql = format!("{explain} {}", built.sql);
    let rows = db.query_all_raw(built).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap() + "\n").collect()
}

#[tokio::test]
async fn candidates_come_by_indexes_and_no_table_is_read_through() {
    for backend in backends() {
        let fresh = Fresh::on(backend).await;
        let database = fresh.open::<Migrator>().await;
        fill(database.reader(), backend).await;
        let plan = plan(database.reader(), backend).await;
        for index in ["producer_tax_code", "producer_match_key", "producer_match_head", "producer_match_tail"] {
            assert!(plan.contains(index), "{backend:?}: {index} in {plan}");
        }
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN producer"), "{backend:?}: {plan}");
        database.close().await;
        fresh.remove().await;
    }
}

#[test]
fn a_matcher_with_nothing_to_look_for_asks_nothing() {
    let nothing = Matcher::new(Asked { display_name: None, tax_code: None, unit: None, legal_form: 0 });
    assert!(statement(&Scope::All, &nothing).is_none());
    assert_eq!((padded(&[]).len(), padded(&["a"]).len(), padded(&["a", "b"]).len()), (0, 1, 4));
}
