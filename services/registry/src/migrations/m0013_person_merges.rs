//! Records of one person made one, and two again.

use kit::migrate::{Columns, index, name, optional};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn merge(c: Columns<'_>) -> TableCreateStatement {
    let ids = ["person_id", "into_id"].map(|id| c.uuid(id));
    let texts = ["unit", "unit_path", "reason", "end_reason"].map(|text| c.text(text));
    c.table("person_merge", ids.into_iter().chain(texts).chain([optional(c.big("end_us"))]))
}

fn of_person() -> TableAlterStatement {
    Table::alter().table(name("person")).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        manager.create_table(merge(c)).await?;
        let once = "CREATE UNIQUE INDEX person_merge_once ON person_merge (person_id) WHERE end_us IS NULL";
        manager.get_connection().execute_unprepared(once).await?;
        manager.create_index(index("person_merge_person", "person_merge", &["person_id", "id"])).await?;
        manager.create_index(index("person_merge_into", "person_merge", &["into_id", "id"])).await?;
        manager.create_index(index("person_merge_path", "person_merge", &["unit_path", "id"])).await?;
        manager.alter_table(of_person().add_column(optional(c.uuid("merged_into"))).take()).await?;
        manager.create_index(index("person_merged", "person", &["merged_into"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("person_merged").table(name("person")).to_owned()).await?;
        manager.alter_table(of_person().drop_column(name("merged_into")).take()).await?;
        manager.drop_table(Table::drop().table(name("person_merge")).take()).await
    }
}
