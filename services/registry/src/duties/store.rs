//! Every query about duties.

use kit::{Page, Result, Scope, rows};
use sea_orm::sea_query::{Alias, CaseStatement, Condition, Expr, ExprTrait, IntoColumnRef, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use time::Date;
use uuid::Uuid;

use crate::people::store as people;
use crate::producers::store::{is_or_merged_into, row as producer, shown};
use crate::shared::bulk;
use crate::shared::maps::{Columns, MapCut, no_part, unowned};
use crate::vacancies::domain::Posts;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub person_id: Uuid,
        pub producer_id: Option<Uuid>,
        pub audience: i32,
        pub title: String,
        pub unit: String,
        pub unit_path: String,
        pub begin_date: time::Date,
        pub end_date: Option<time::Date>,
        pub person_sample: bool,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A stored duty: a post where it has no producer, else managing that producer.
pub(crate) type Duty = row::Model;

/// Inserts a duty.
pub(crate) async fn duty_insert(tx: &impl ConnectionTrait, new: &Duty) -> Result<()> {
    row::Entity::insert(row::ActiveModel::from(new.clone())).exec_without_returning(tx).await?;
    Ok(())
}

/// Inserts several duties.
pub(crate) async fn duty_insert_all(tx: &impl ConnectionTrait, new: Vec<Duty>) -> Result<()> {
    Ok(bulk::insert_all(tx, new.into_iter().map(row::ActiveModel::from).collect()).await?)
}

/// The posts of several persons and of the records merged into them, in no order; each names the person that it is shown under.
pub(crate) async fn posts_of(db: &impl ConnectionTrait, persons: &[Uuid]) -> Result<Vec<Duty>> {
    let mut found = Vec::new();
    for persons in persons.chunks(rows::CHUNK) {
        let of = people::are_or_merged_into((row::Entity, row::Column::PersonId), persons);
        found.extend(duties().filter(of_kind(false)).filter(of).all(db).await?);
    }
    Ok(found)
}

fn of_kind(managers: bool) -> Condition {
    let column = row::Column::ProducerId;
    Condition::all().add(if managers { column.is_not_null() } else { column.is_null() })
}

/// Duties with the producer and the person that they are shown under.
fn duties() -> Select<row::Entity> {
    use row::Column::{PersonId, ProducerId};
    let own = row::Column::iter().filter(|column| !matches!(column, ProducerId | PersonId));
    let producer = shown((row::Entity, ProducerId));
    let person = people::shown((row::Entity, PersonId));
    row::Entity::find().select_only().columns(own).column_as(producer, "producer_id").column_as(person, "person_id")
}

/// The post, or the manager.
pub(crate) async fn duty_fetch(db: &impl ConnectionTrait, id: Uuid, managers: bool) -> Result<Option<Duty>> {
    Ok(duties().filter(row::Column::Id.eq(id)).filter(of_kind(managers)).one(db).await?)
}

/// Several posts, in no order.
pub(crate) async fn post_batch(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Duty>> {
    Ok(row::Entity::find().filter(of_kind(false)).filter(row::Column::Id.is_in(rows::padded(ids))).all(db).await?)
}

/// The same, locked until the transaction ends.
pub(crate) async fn duty_lock(tx: &impl ConnectionTrait, id: Uuid, managers: bool) -> Result<Option<Duty>> {
    Ok(duties().filter(row::Column::Id.eq(id)).filter(of_kind(managers)).lock_exclusive().one(tx).await?)
}

/// The same duty of the same person held on a day or later, if there is one.
pub(crate) async fn duty_held(tx: &impl ConnectionTrait, new: &Duty) -> Result<Option<Uuid>> {
    let mut query = row::Entity::find()
        .select_only()
        .column(row::Column::Id)
        .filter(people::is_or_merged_into(row::Column::PersonId, new.person_id))
        .filter(lasting(new.begin_date));
    query = match new.producer_id {
        Some(producer) => query.filter(is_or_merged_into(row::Column::ProducerId, producer)),
        None => query
            .filter(row::Column::ProducerId.is_null())
            .filter(row::Column::Unit.eq(&new.unit))
            .filter(row::Column::Title.eq(&new.title)),
    };
    Ok(query.into_tuple().one(tx).await?)
}

/// Stores the last day of a duty under the next version.
pub(crate) async fn duty_end(tx: &impl ConnectionTrait, duty: &Duty) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::EndDate, Expr::val(duty.end_date))
        .col_expr(row::Column::Version, Expr::val(duty.version))
        .filter(row::Column::Id.eq(duty.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Not ended, or ended on this day or later.
fn lasting(day: Date) -> Condition {
    Condition::any().add(row::Column::EndDate.is_null()).add(row::Column::EndDate.gte(day))
}

/// A duty of a person that lasts on a day or later, and whether it is managing a producer.
pub(crate) async fn lasting_of_person(
    db: &impl ConnectionTrait,
    person: Uuid,
    day: Date,
) -> Result<Option<(Uuid, bool)>> {
    let duty = row::Entity::find().filter(row::Column::PersonId.eq(person)).filter(lasting(day)).one(db).await?;
    Ok(duty.map(|duty| (duty.id, duty.producer_id.is_some())))
}

fn held_on(day: Date) -> Condition {
    Condition::all().add(row::Column::BeginDate.lte(day)).add(lasting(day))
}

/// What a list of duties is cut by.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) as_of: Option<Date>,
    /// Managers only, posts only, or both.
    pub(crate) managers: Option<bool>,
    pub(crate) producer: Option<Uuid>,
    /// The map that posts are read by, if any.
    pub(crate) map: Option<MapCut>,
}

/// A page of duties by unit.
pub(crate) async fn duty_list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Duty>> {
    Ok(duty_page(scope, filter, page).all(db).await?)
}

fn duty_page(scope: &Scope, filter: &Filter, page: &Page) -> Select<row::Entity> {
    use row::Column::{Id, ProducerId, UnitPath};
    let mut query = duties().filter(scope.on(UnitPath)).filter(filter.within.on(UnitPath)).filter(rows::after(
        page,
        UnitPath,
        Id,
        rows::text,
    ));
    if let Some(map) = &filter.map {
        query = query.filter(map.holds(&of_post()));
    }
    if let Some(day) = filter.as_of {
        query = query.filter(held_on(day));
    }
    if let Some(managers) = filter.managers {
        query = query.filter(of_kind(managers));
    }
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into(ProducerId, producer));
    }
    query.order_by_asc(UnitPath).order_by_asc(Id).limit(page.size + 1)
}

/// The columns by which a duty is shown on a map: a manager moves along with the producer, a post has none.
fn of_duty() -> Columns {
    use row::Column::{BeginDate, ProducerId, UnitPath};
    let column = |column| (row::Entity, column).into_column_ref();
    Columns { producer: Expr::col((row::Entity, ProducerId)), path: column(UnitPath), since: column(BeginDate) }
}

/// The columns by which a post is shown on a map.
fn of_post() -> Columns {
    let column = |column| (row::Entity, column).into_column_ref();
    unowned(column(row::Column::UnitPath), column(row::Column::BeginDate))
}

/// The names of a producer's own managers whose duty began by a day.
pub(crate) async fn names_until(db: &impl ConnectionTrait, producer_id: Uuid, day: Date) -> Result<Vec<String>> {
    let of = row::Entity::find().select_only().column(row::Column::Id).filter(row::Column::ProducerId.eq(producer_id));
    let ids: Vec<Uuid> = of.filter(row::Column::BeginDate.lte(day)).into_tuple().all(db).await?;
    Ok(ids.into_iter().map(|id| kit::name::of("managers", id)).collect())
}

/// A duty in a list, with the part that its producer was assigned to before the list's map.
#[derive(FromQueryResult)]
struct Listed {
    #[sea_orm(nested)]
    duty: Duty,
    chosen_unit: Option<String>,
}

/// A page of duties by unit, each with the part that its producer was assigned to before a map.
pub(crate) async fn duty_places(
    db: &impl ConnectionTrait,
    scope: &Scope,
    (filter, map): (&Filter, Option<&MapCut>),
    page: &Page,
) -> Result<Vec<(Duty, Option<String>)>> {
    let chosen = map.map_or_else(no_part, |map| map.chosen(&of_duty()));
    let query = duty_page(scope, filter, page).column_as(chosen, "chosen_unit");
    let listed: Vec<Listed> = query.into_model().all(db).await?;
    Ok(listed.into_iter().map(|l| (l.duty, l.chosen_unit)).collect())
}

/// Posts of one unit and title, as the store counts them.
#[derive(FromQueryResult)]
struct Titled {
    unit: String,
    title: String,
    held: i64,
    last: Option<Date>,
    samples: i64,
}

/// The posts that began by a day, by unit and title: one statement.
pub(crate) async fn posts_by_title(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    day: Date,
) -> Result<Vec<Posts>> {
    use row::Column::{BeginDate, EndDate, Sample, Title, Unit, UnitPath};
    let sum = |of: Condition| {
        let one = CaseStatement::new().case(of, 1).finally(0);
        Expr::Case(Box::new(one)).sum().cast_as(Alias::new("bigint"))
    };
    let query = row::Entity::find()
        .select_only()
        .columns([Unit, Title])
        .column_as(sum(lasting(day)), "held")
        .column_as(sum(Condition::all().add(Sample.eq(true))), "samples")
        .column_as(Expr::col((row::Entity, EndDate)).max(), "last")
        .filter(of_kind(false))
        .filter(scope.on(UnitPath))
        .filter(within.on(UnitPath))
        .filter(BeginDate.lte(day));
    let found: Vec<Titled> = query.group_by(Unit).group_by(Title).into_model().all(db).await?;
    let posts =
        |t: Titled| Posts { unit: t.unit, title: t.title, held: t.held > 0, last: t.last, sample: t.samples > 0 };
    Ok(found.into_iter().map(posts).collect())
}

/// How many managers of a producer are on duty.
pub(crate) async fn managers_on_duty(db: &impl ConnectionTrait, producer_id: Uuid, day: Date) -> Result<u64> {
    let managers = row::Entity::find().filter(row::Column::ProducerId.eq(producer_id)).filter(held_on(day));
    Ok(managers.count(db).await?)
}

/// Live producers registered by a day without a manager on that day.
pub(crate) async fn producers_without_manager(
    db: &impl ConnectionTrait,
    scope: &Scope,
    within: &Scope,
    day: Date,
) -> Result<u64> {
    let managed = Query::select()
        .expr(shown((row::Entity, row::Column::ProducerId)))
        .from(row::Entity)
        .cond_where(of_kind(true))
        .cond_where(held_on(day))
        .take();
    let without = producer::Entity::find()
        .filter(scope.on(producer::Column::UnitPath))
        .filter(within.on(producer::Column::UnitPath))
        .filter(producer::Column::DeleteUs.is_null())
        .filter(producer::Column::MergedInto.is_null())
        .filter(producer::Column::RegistrationDate.lte(day))
        .filter(producer::Column::Id.not_in_subquery(managed));
    Ok(without.count(db).await?)
}
