//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_budget;
mod m0005_ledger;
mod m0008_resources;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_budget::Migration),
            Box::new(m0005_ledger::Migration),
            Box::new(m0008_resources::Migration),
        ]
    }
}
