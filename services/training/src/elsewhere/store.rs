//! The queries of paper completions.

use kit::{Page, Result, Scope, rows};
use reference::calendar::parse_iso;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use time::Date;
use uuid::Uuid;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "paper_completion")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub unit: String,
        pub unit_path: String,
        pub person: Uuid,
        pub audience: String,
        pub topic: String,
        pub complete_date: time::Date,
        pub hours: i32,
        pub issuer: String,
        pub certificate_number: String,
        pub evidence: String,
        pub state: i32,
        pub reason: String,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A paper completion as it is kept.
pub(crate) type PaperCompletion = row::Model;

/// What selects a list.
pub(crate) struct Filter {
    pub(crate) person: Option<Uuid>,
    pub(crate) within: Scope,
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
}

/// Keeps papers.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: &[PaperCompletion]) -> Result<()> {
    for chunk in new.chunks(rows::CHUNK) {
        let list = chunk.iter().map(|paper| paper.clone().into_active_model().reset_all());
        row::Entity::insert_many(list).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// One paper completion.
pub(crate) async fn fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<PaperCompletion>> {
    Ok(row::Entity::find_by_id(id).one(db).await?)
}

/// One paper completion, locked until the transaction ends.
pub(crate) async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<PaperCompletion>> {
    Ok(row::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Puts what changed of one.
pub(crate) async fn update(tx: &impl ConnectionTrait, paper: &PaperCompletion) -> Result<()> {
    row::Entity::update(paper.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// What a list goes on from.
pub(crate) fn cursor(paper: &PaperCompletion) -> Vec<String> {
    vec![kit::day::iso(paper.complete_date), paper.id.to_string()]
}

/// A page of paper completions by their day, with one more than the page.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<PaperCompletion>> {
    use row::Column::{CompleteDate, Id, Person, UnitPath};
    let only = Condition::all()
        .add_option(filter.person.map(|person| Person.eq(person)))
        .add_option(filter.from.map(|from| CompleteDate.gte(from)))
        .add_option(filter.to.map(|to| CompleteDate.lte(to)));
    let query = row::Entity::find()
        .filter(scope.on(UnitPath))
        .filter(filter.within.on(UnitPath))
        .filter(only)
        .filter(rows::after(page, CompleteDate, Id, parse_iso));
    Ok(query.order_by_asc(CompleteDate).order_by_asc(Id).limit(page.size + 1).all(db).await?)
}
