//! Producers, products with their serials, people and their duties.

use kit::migrate::{Columns, index, name};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn offers(c: &Columns<'_>, manager: &SchemaManager<'_>) -> [TableCreateStatement; 3] {
    let producer = Table::create()
        .table(name("producer"))
        .col(c.uuid("id").primary_key())
        .col(c.text("display_name"))
        .col(c.text("sort_key"))
        .col(c.text("search_key"))
        .col(c.small("legal_form"))
        .col(kit::migrate::bytes_text(manager, name("tax_code")))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.date("registration_date"))
        .col(c.flag("sample"))
        .col(c.big("version"))
        .col(c.big("create_us"))
        .col(c.big("update_us"))
        .col(ColumnDef::new(name("delete_us")).big_integer())
        .take();
    let product = Table::create()
        .table(name("product"))
        .col(c.uuid("id").primary_key())
        .col(c.uuid("producer_id"))
        .col(c.text("code"))
        .col(c.text("product_set"))
        .col(c.text("display_name"))
        .col(c.text("sort_key"))
        .col(c.text("search_key"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.date("registration_date"))
        .col(c.small("target_year"))
        .col(c.small("target_stars"))
        .col(c.flag("sample"))
        .col(c.big("version"))
        .col(c.big("create_us"))
        .col(c.big("update_us"))
        .foreign_key(ForeignKey::create().from(name("product"), name("producer_id")).to(name("producer"), name("id")))
        .take();
    // The last serial given in a commune: one row per commune code, raised in the product's own transaction.
    let serial = Table::create().table(name("serial")).col(c.text("commune").primary_key()).col(c.big("last")).take();
    [producer, product, serial]
}

fn people(c: &Columns<'_>) -> [TableCreateStatement; 2] {
    let person = Table::create()
        .table(name("person"))
        .col(c.uuid("id").primary_key())
        .col(c.text("display_name"))
        .col(c.text("sort_key"))
        .col(c.text("search_key"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.date("registration_date"))
        .col(c.flag("sample"))
        .col(c.big("create_us"))
        .take();
    let duty = Table::create()
        .table(name("duty"))
        .col(c.uuid("id").primary_key())
        .col(c.uuid("person_id"))
        .col(ColumnDef::new(name("producer_id")).uuid())
        .col(c.small("audience"))
        .col(c.text("title"))
        .col(c.text("unit"))
        .col(c.text("unit_path"))
        .col(c.date("begin_date"))
        .col(ColumnDef::new(name("end_date")).date())
        .col(c.flag("person_sample"))
        .col(c.flag("sample"))
        .col(c.big("version"))
        .col(c.big("create_us"))
        .foreign_key(ForeignKey::create().from(name("duty"), name("person_id")).to(name("person"), name("id")))
        .foreign_key(ForeignKey::create().from(name("duty"), name("producer_id")).to(name("producer"), name("id")))
        .take();
    [person, duty]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns(manager);
        for table in offers(&columns, manager).into_iter().chain(people(&columns)) {
            manager.create_table(table).await?;
        }
        // One live producer per tax code; deleted ones do not count.
        let once = "CREATE UNIQUE INDEX producer_tax_code ON producer (tax_code) WHERE delete_us IS NULL";
        manager.get_connection().execute_unprepared(once).await?;
        manager.create_index(index("producer_sort", "producer", &["sort_key", "id"])).await?;
        manager.create_index(index("producer_path", "producer", &["unit_path"])).await?;
        manager.create_index(index("product_code", "product", &["code"]).unique().take()).await?;
        manager.create_index(index("product_sort", "product", &["sort_key", "id"])).await?;
        manager.create_index(index("product_path", "product", &["unit_path"])).await?;
        manager.create_index(index("product_producer", "product", &["producer_id"])).await?;
        manager.create_index(index("person_sort", "person", &["sort_key", "id"])).await?;
        manager.create_index(index("duty_path", "duty", &["unit_path", "id"])).await?;
        manager.create_index(index("duty_person", "duty", &["person_id", "begin_date"])).await?;
        manager.create_index(index("duty_producer", "duty", &["producer_id", "begin_date"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["duty", "person", "serial", "product", "producer"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        Ok(())
    }
}
