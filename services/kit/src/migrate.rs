//! What migrations of all services share: one file serves both engines, so the differences live here.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A text column that is compared byte by byte on both engines: paths, sort keys, search keys, names of resources.
/// PostgreSQL would otherwise compare by the locale of the server, and neither order nor prefix search would agree.
pub fn bytes_text(manager: &SchemaManager<'_>, column: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(column);
    column.text();
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// The table that [`crate::follow`] keeps its places in.
pub fn cursor(manager: &SchemaManager<'_>) -> TableCreateStatement {
    let big = |column: &'static str| ColumnDef::new(Alias::new(column)).big_integer().not_null().take();
    Table::create()
        .table(Alias::new("cursor"))
        .col(bytes_text(manager, Alias::new("source")).not_null().primary_key())
        .col(big("position"))
        .col(big("head_position"))
        .col(big("complete_us"))
        .take()
}
