//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_budget;
mod m0006_scenarios;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_budget::Migration),
            Box::new(m0006_scenarios::Migration),
        ]
    }
}
