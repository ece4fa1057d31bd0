//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_budget;
mod m0002_tasks;
mod m0003_norms;
mod m0004_estimates;
mod m0005_ledger;
mod m0006_scenarios;
mod m0007_aggregations;
mod m0007_line_tasks;
mod m0008_resources;
mod m0009_goals;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_budget::Migration),
            Box::new(m0002_tasks::Migration),
            Box::new(m0003_norms::Migration),
            Box::new(m0004_estimates::Migration),
            Box::new(m0005_ledger::Migration),
            Box::new(m0006_scenarios::Migration),
            Box::new(m0007_aggregations::Migration),
            Box::new(m0007_line_tasks::Migration),
            Box::new(m0008_resources::Migration),
            Box::new(m0009_goals::Migration),
        ]
    }
}
