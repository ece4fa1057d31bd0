//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_facts;
mod m0002_topics;
mod m0003_assignments;
mod m0003_bundles;
mod m0004_plans;
mod m0004_spending;
mod m0005_pipeline;
mod m0006_left;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_facts::Migration),
            Box::new(m0002_topics::Migration),
            Box::new(m0003_assignments::Migration),
            Box::new(m0003_bundles::Migration),
            Box::new(m0004_plans::Migration),
            Box::new(m0005_pipeline::Migration),
            Box::new(m0004_spending::Migration),
            Box::new(m0006_left::Migration),
        ]
    }
}
