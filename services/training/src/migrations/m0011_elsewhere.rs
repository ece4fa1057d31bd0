//! Training before or elsewhere, as papers tell it: certificates of other bodies.

use kit::migrate::{Columns, index, name};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn paper(c: Columns<'_>) -> TableCreateStatement {
    let columns = [
        c.text("unit"),
        c.text("unit_path"),
        c.uuid("person"),
        c.text("audience"),
        c.text("topic"),
        c.date("complete_date"),
        c.small("hours"),
        c.text("issuer"),
        c.text("certificate_number"),
        c.text("evidence"),
        c.small("state"),
        c.text("reason"),
    ];
    c.table("paper_completion", columns)
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_paper = Columns(manager).flag("paper").default(false).take();
        manager.alter_table(Table::alter().table(name("completion")).add_column(of_paper).take()).await?;
        manager.create_table(paper(Columns(manager))).await?;
        for index in [
            index("paper_completion_day", "paper_completion", &["complete_date", "id"]),
            index("paper_completion_person", "paper_completion", &["person", "complete_date", "id"]),
            index("paper_completion_unit", "paper_completion", &["unit_path"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("paper_completion")).take()).await?;
        manager.alter_table(Table::alter().table(name("completion")).drop_column(name("paper")).take()).await
    }
}
