//! Indexes that hold all that a coverage reads, in the order in which it is grouped: no row is looked up, nothing is sorted.

use kit::migrate::{index, name};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Index, table, columns.
type Made = (&'static str, &'static str, &'static [&'static str]);

const OLD: [Made; 3] = [
    ("duty_unit", "duty", &["audience", "unit_path"]),
    ("completion_window", "completion", &["audience", "complete_date", "topic", "person"]),
    ("completion_person", "completion", &["person", "audience"]),
];

const NEW: [Made; 4] = [
    (
        "duty_coverage",
        "duty",
        &[
            "audience",
            "several",
            "unit_path",
            "unit",
            "level",
            "legal_form",
            "sample",
            "begin_date",
            "last_date",
            "known_to_us",
            "known_from_us",
            "person",
            "duty",
        ],
    ),
    (
        "duty_missing",
        "duty",
        &[
            "audience",
            "person",
            "unit_path",
            "begin_date",
            "last_date",
            "known_to_us",
            "known_from_us",
            "level",
            "legal_form",
        ],
    ),
    (
        "completion_in_window",
        "completion",
        &["audience", "complete_date", "topic", "person", "known_to_us", "known_from_us", "sample"],
    ),
    (
        "completion_of_person",
        "completion",
        &["person", "audience", "known_to_us", "complete_date", "topic", "known_from_us", "sample"],
    ),
];

async fn swap(manager: &SchemaManager<'_>, from: &[Made], to: &[Made]) -> Result<(), DbErr> {
    for (index, table, _) in from {
        manager.drop_index(Index::drop().name(*index).table(name(table)).to_owned()).await?;
    }
    for (title, table, columns) in to {
        manager.create_index(index(title, table, columns)).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        swap(manager, &OLD, &NEW).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        swap(manager, &NEW, &OLD).await
    }
}
