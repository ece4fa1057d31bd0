//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_budget;
mod m0004_estimates;
mod m0007_aggregations;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_budget::Migration),
            Box::new(m0004_estimates::Migration),
            Box::new(m0007_aggregations::Migration),
        ]
    }
}
