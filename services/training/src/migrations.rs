//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_training;
mod m0002_known;
mod m0003_places;
mod m0004_certificates;
mod m0005_assignments;
mod m0006_coverage;
mod m0008_invitations;
mod m0009_checkins;
mod m0010_councils;
mod m0011_elsewhere;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_training::Migration),
            Box::new(m0002_known::Migration),
            Box::new(m0003_places::Migration),
            Box::new(m0004_certificates::Migration),
            Box::new(m0005_assignments::Migration),
            Box::new(m0006_coverage::Migration),
            Box::new(m0008_invitations::Migration),
            Box::new(m0009_checkins::Migration),
            Box::new(m0010_councils::Migration),
            Box::new(m0011_elsewhere::Migration),
        ]
    }
}
