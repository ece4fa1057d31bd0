//! Where products stand on their way to recognition: one row for each candidate, dossier and sitting at each stage that it
//! came to. Every statement may be repeated without harm.

use kit::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

#[cfg(test)]
mod tests;

pub(crate) mod step {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pipeline")]
    pub struct Model {
        /// The candidate, dossier or sitting.
        #[sea_orm(primary_key, auto_increment = false)]
        pub resource: String,
        /// 1 candidate, 2 filed, 3 sealed, 4 graded.
        #[sea_orm(primary_key, auto_increment = false)]
        pub stage: i32,
        /// The product; the candidate itself while it is an idea.
        pub product: String,
        pub unit: String,
        pub unit_path: String,
        /// The day on which it came there first.
        pub day: time::Date,
        /// The year of the list, for candidates; else of the day.
        pub year: i32,
        /// The day on which it failed there.
        pub left_day: Option<time::Date>,
        pub sample: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stage that was reached.
pub(crate) type Step = step::Model;

/// Numbers of the stages.
pub(crate) const CANDIDATE: i32 = 1;
/// Filed.
pub(crate) const FILED: i32 = 2;
/// Sealed.
pub(crate) const SEALED: i32 = 3;
/// Graded.
pub(crate) const GRADED: i32 = 4;

/// Puts a stage. The day is that of the first time: a later event about the same tells only whether and when it left.
pub(crate) async fn put(tx: &impl ConnectionTrait, step: Step) -> Result<()> {
    use step::Column::{LeftDay, Product, Resource, Sample, Stage, Unit, UnitPath, Year};
    let changed = [Product, Unit, UnitPath, Year, LeftDay, Sample];
    let change = OnConflict::columns([Resource, Stage]).update_columns(changed).to_owned();
    step::Entity::insert(step::ActiveModel::from(step)).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes back that a candidate was listed or filed, or a sitting graded.
pub(crate) async fn remove(tx: &impl ConnectionTrait, resource: &str, stage: i32) -> Result<()> {
    let gone = step::Entity::delete_many().filter(step::Column::Resource.eq(resource));
    gone.filter(step::Column::Stage.eq(stage)).exec(tx).await?;
    Ok(())
}
