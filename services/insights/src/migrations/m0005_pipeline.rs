//! Where products stand on their way to recognition. What was told of them before was passed over: the feeds that tell it
//! are read again from their start, which changes nothing else.

use kit::migrate::{Columns, index, key, name, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns(manager);
        let mut pipeline = table("pipeline");
        for column in [c.text("resource"), c.small("stage"), c.text("product"), c.text("unit"), c.text("unit_path")] {
            pipeline.col(column);
        }
        for column in [c.date("day"), c.small("year"), c.flag("goes_on"), c.flag("sample")] {
            pipeline.col(column);
        }
        pipeline.primary_key(&mut key(&["resource", "stage"]));
        manager.create_table(pipeline).await?;
        manager.create_index(index("pipeline_path", "pipeline", &["unit_path"])).await?;
        let mut again = Query::update();
        again.table(name("cursor")).value(name("position"), 0).value(name("complete_us"), 0);
        again.and_where(Expr::col(name("source")).is_in(["registry", "evaluation"]));
        manager.execute(again).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(name("pipeline")).take()).await
    }
}
