//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_councils;
mod m0002_sittings;
mod m0003_certificates;
mod m0004_panels;
mod m0005_round_days;
mod m0006_acts;
mod m0007_supervision;
mod m0008_papers;
mod m0009_dossiers;
mod m0010_sealed_keys;

/// All migrations in order.
pub struct Migrator;

#[sea_orm_migration::async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_councils::Migration),
            Box::new(m0002_sittings::Migration),
            Box::new(m0003_certificates::Migration),
            Box::new(m0004_panels::Migration),
            Box::new(m0005_round_days::Migration),
            Box::new(m0006_acts::Migration),
            Box::new(m0007_supervision::Migration),
            Box::new(m0008_papers::Migration),
            Box::new(m0009_dossiers::Migration),
            Box::new(m0010_sealed_keys::Migration),
        ]
    }
}

/// Columns of one kind are made in one way.
struct Columns<'m>(&'m SchemaManager<'m>);

impl Columns<'_> {
    fn id(&self, name: &'static str) -> ColumnDef {
        ColumnDef::new(Alias::new(name)).uuid().not_null().take()
    }

    fn text(&self, name: &'static str) -> ColumnDef {
        kit::migrate::bytes_text(self.0, Alias::new(name)).not_null().take()
    }

    /// A text out of a fixed list.
    fn one_of(&self, name: &'static str, values: &[&'static str]) -> ColumnDef {
        let values: Vec<SimpleExpr> = values.iter().map(|value| Expr::val(*value)).collect();
        self.text(name).check(Expr::col(Alias::new(name)).is_in(values)).take()
    }

    fn number(&self, name: &'static str) -> ColumnDef {
        ColumnDef::new(Alias::new(name)).integer().not_null().take()
    }

    fn instant(&self, name: &'static str) -> ColumnDef {
        ColumnDef::new(Alias::new(name)).big_integer().not_null().take()
    }

    fn flag(&self, name: &'static str) -> ColumnDef {
        ColumnDef::new(Alias::new(name)).boolean().not_null().take()
    }

    fn day(&self, name: &'static str) -> ColumnDef {
        ColumnDef::new(Alias::new(name)).date().not_null().take()
    }
}

/// The same column, for values that may be missing.
fn optional(column: ColumnDef) -> ColumnDef {
    let mut column = column;
    column.null().take()
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).take()
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index.take()
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(Alias::new(*column));
    }
    key.take()
}
