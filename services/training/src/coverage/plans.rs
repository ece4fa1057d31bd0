//! How SQLite goes about the statements of a coverage: it reads indexes alone and sorts nothing.

use kit::Scope;
use kit::testing::{Backend, start};
use sea_orm::sea_query::{SelectStatement, SqliteQueryBuilder};
use sea_orm::{ConnectionTrait, Statement};
use time::Date;
use time::macros::date;

use super::store::{Counts, groups_of, missing_of};
use crate::Training;
use crate::courses::domain::Audience;

const DAY: Date = date!(2021 - 12 - 31);

fn counts() -> Counts {
    Counts {
        within: Scope::Within(vec!["vn/54-20180507/".to_owned()]),
        audience: Audience::Officers,
        topics: Vec::new(),
        from: date!(2021 - 01 - 01),
        as_of: DAY,
        known_at: None,
        level: None,
        legal_form: None,
    }
}

/// What SQLite says of a statement, a line for each step.
async fn plan(db: &impl ConnectionTrait, select: &SelectStatement) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {}", select.to_string(SqliteQueryBuilder));
    let found = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    found.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}

#[tokio::test]
async fn a_coverage_walks_along_its_indexes_and_sorts_nothing() {
    let world = start::<Training>(Backend::Sqlite).await;
    let database = world.database("training");
    let db = database.reader();
    for moved in [None, Some(DAY)] {
        let steps = plan(db, &groups_of(&counts(), moved)).await;
        let on_duty: Vec<&String> = steps.iter().filter(|step| step.contains(" duty ")).collect();
        let covered = |step: &&String| step.contains("COVERING INDEX duty_coverage");
        assert!(on_duty.len() >= 2 && on_duty.iter().all(covered) || moved.is_some(), "{steps:#?}");
        assert!(on_duty.last().is_some_and(covered), "{steps:#?}");
        assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:#?}");
        let passed = steps.iter().filter(|step| step.contains(" completion "));
        assert!(passed.clone().all(|step| step.contains("COVERING INDEX completion_in_window")), "{steps:#?}");
    }
    let steps = plan(db, &missing_of(&counts(), 100_000, None, 51)).await;
    assert!(steps.iter().any(|step| step.contains("COVERING INDEX duty_missing")), "{steps:#?}");
    assert!(steps.iter().any(|step| step.contains("COVERING INDEX completion_of_person")), "{steps:#?}");
    assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:#?}");
    world.stop().await;
}
