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
mod m0011_complaint_terms;
mod m0012_bundles;

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
            Box::new(m0011_complaint_terms::Migration),
            Box::new(m0012_bundles::Migration),
        ]
    }
}
