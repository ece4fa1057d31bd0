//! The frozen history of this service's tables.

use sea_orm_migration::prelude::*;

mod m0001_producers_products_people;
mod m0002_match_keys;
mod m0003_evidence;
mod m0004_promotion;
mod m0005_words;
mod m0006_units_in_time;
mod m0007_growers;
mod m0008_lineup;
mod m0009_dossiers;
mod m0010_imports;
mod m0011_suspensions;
mod m0012_bundled_dossiers;
mod m0013_person_merges;
mod m0014_search_keys;
mod m0015_transfers;
mod m0016_bundled_recognitions;

/// All migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(kit::journal::Migration),
            Box::new(m0001_producers_products_people::Migration),
            Box::new(m0002_match_keys::Migration),
            Box::new(m0003_evidence::Migration),
            Box::new(m0004_promotion::Migration),
            Box::new(m0005_words::Migration),
            Box::new(m0006_units_in_time::Migration),
            Box::new(m0007_growers::Migration),
            Box::new(m0008_lineup::Migration),
            Box::new(m0009_dossiers::Migration),
            Box::new(m0010_imports::Migration),
            Box::new(m0011_suspensions::Migration),
            Box::new(m0012_bundled_dossiers::Migration),
            Box::new(m0013_person_merges::Migration),
            Box::new(m0014_search_keys::Migration),
            Box::new(m0015_transfers::Migration),
            Box::new(m0016_bundled_recognitions::Migration),
        ]
    }
}
