//! On which day a product left a stage, in place of whether it still stands there: what is asked as of a day before must not know
//! what came later. The feeds that tell it are read again from their start. While an update goes on, replicas of before can no
//! longer write the copy and leave the feeds to those of this release.

use kit::migrate::{Columns, index, key, name, optional, table};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A table that begins empty: nothing in it is known from elsewhere than the feeds.
async fn anew(manager: &SchemaManager<'_>, last: &mut ColumnDef) -> Result<(), DbErr> {
    manager.drop_table(Table::drop().table(name("pipeline")).take()).await?;
    let c = Columns(manager);
    let mut pipeline = table("pipeline");
    for column in [c.text("resource"), c.small("stage"), c.text("product"), c.text("unit"), c.text("unit_path")] {
        pipeline.col(column);
    }
    for column in [c.date("day"), c.small("year"), c.flag("sample")] {
        pipeline.col(column);
    }
    pipeline.col(last).primary_key(&mut key(&["resource", "stage"]));
    manager.create_table(pipeline).await?;
    manager.create_index(index("pipeline_path", "pipeline", &["unit_path"])).await?;
    let mut again = Query::update();
    again.table(name("cursor")).value(name("position"), 0).value(name("complete_us"), 0);
    again.and_where(Expr::col(name("source")).is_in(["registry", "evaluation"]));
    manager.execute(again).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        anew(manager, &mut optional(Columns(manager).date("left_day"))).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        anew(manager, &mut Columns(manager).flag("goes_on")).await
    }
}
