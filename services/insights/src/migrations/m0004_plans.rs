//! When and in which units a plan's targets are to be reached, and where its tasks stand. What is known from before has
//! neither: its plan's next event tells it.

use kit::migrate::{Columns, index, key, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn alter() -> TableAlterStatement {
    Table::alter().table(name("target")).take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        for column in [c.small("due_month"), c.big("each_unit")] {
            let column = column.clone().default(0).take();
            manager.alter_table(alter().add_column(column).take()).await?;
        }
        let mut units = table("unit_target");
        units.col(c.text("plan")).col(c.small("measure")).col(c.text("unit")).col(c.big("value"));
        manager.create_table(units.primary_key(&mut key(&["plan", "measure", "unit"])).take()).await?;
        let mut tasks = table("task");
        tasks.col(c.text("task").primary_key()).col(c.text("plan")).col(c.text("unit")).col(c.small("state"));
        tasks.col(optional(c.date("due_date"))).col(optional(c.date("end_date")));
        manager.create_table(tasks).await?;
        manager.create_index(index("task_plan", "task", &["plan", "task"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["task", "unit_target"] {
            manager.drop_table(Table::drop().table(name(table)).take()).await?;
        }
        for column in ["each_unit", "due_month"] {
            manager.alter_table(alter().drop_column(name(column)).take()).await?;
        }
        Ok(())
    }
}
