//! Every query about dossiers, their history, numbers of slips and snapshots. A list leaves out what only one dossier shows.

use kit::{Error, Page, Reach, Result, Scope, rows};
use sea_orm::sea_query::{Alias, CaseStatement, Condition, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iterable,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::Date;
use uuid::Uuid;

use super::domain::{Assessment, Attached, FIRST_CLOSED, Remark, Sheet, WITH_COMMUNE};
use crate::producers::store::{is_or_merged_into, owned, shown};

pub(crate) mod covered;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dossier")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub product_id: Uuid,
        pub producer_id: Uuid,
        pub product_set: String,
        pub unit: String,
        pub unit_path: String,
        pub regime: String,
        pub scorecard: String,
        pub card_digest: String,
        pub certificate: String,
        pub commune_slip: String,
        pub upper_slip: String,
        pub digest: String,
        pub reason: String,
        pub forms: String,
        pub papers: String,
        pub assessment: String,
        pub remarks: String,
        pub certificate_end: Option<time::Date>,
        pub filing_date: Option<time::Date>,
        pub submit_date: Option<time::Date>,
        pub due_date: Option<time::Date>,
        pub forward_date: Option<time::Date>,
        pub seal_date: Option<time::Date>,
        pub end_date: Option<time::Date>,
        pub last_date: time::Date,
        pub kind: i32,
        pub state: i32,
        pub round: i32,
        pub forwarded_to: i32,
        pub due_provisional: bool,
        pub sample: bool,
        pub version: i64,
        pub create_us: i64,
        pub update_us: i64,
        pub bundle_id: Option<Uuid>,
        pub products: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dossier_entry")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub dossier_id: Uuid,
        pub step: i32,
        pub state: i32,
        pub round: i32,
        pub act_date: time::Date,
        pub officer_id: Option<Uuid>,
        pub text: String,
        pub remarks: String,
        pub sample: bool,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod snapshot {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dossier_snapshot")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub dossier_id: Uuid,
        pub digest: String,
        pub content: Vec<u8>,
        pub create_us: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod slip {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dossier_slip")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: String,
        pub last: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What of a dossier only it itself shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) forms: Vec<Sheet>,
    pub(crate) papers: Vec<Attached>,
    pub(crate) assessment: Option<Assessment>,
    pub(crate) remarks: Vec<Remark>,
}

/// A stored dossier.
#[derive(Clone, Debug)]
pub(crate) struct Dossier {
    /// Its columns; those of members and content are written from these.
    pub(crate) row: Row,
    /// The products that are judged.
    pub(crate) members: Vec<Uuid>,
    pub(crate) content: Content,
}

pub(crate) type Row = row::Model;
pub(crate) type Entry = entry::Model;
pub(crate) type Snapshot = snapshot::Model;

/// A row of which nothing is known but whose it is.
pub(crate) fn blank((id, product_id, producer_id): (Uuid, Uuid, Uuid), last_date: Date) -> Row {
    let empty = String::new;
    Row {
        id,
        product_id,
        producer_id,
        product_set: empty(),
        unit: empty(),
        unit_path: empty(),
        regime: empty(),
        scorecard: empty(),
        card_digest: empty(),
        certificate: empty(),
        commune_slip: empty(),
        upper_slip: empty(),
        digest: empty(),
        reason: empty(),
        forms: empty(),
        papers: empty(),
        assessment: empty(),
        remarks: empty(),
        certificate_end: None,
        filing_date: None,
        submit_date: None,
        due_date: None,
        forward_date: None,
        seal_date: None,
        end_date: None,
        last_date,
        kind: 0,
        state: 0,
        round: 0,
        forwarded_to: 0,
        due_provisional: false,
        sample: false,
        version: 1,
        create_us: 0,
        update_us: 0,
        bundle_id: None,
        products: empty(),
    }
}

fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn of_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// Remarks as an entry of the history keeps them.
pub(crate) fn remarks_text(remarks: &[Remark]) -> Result<String> {
    to_text(remarks)
}

/// The remarks of an entry.
pub(crate) fn remarks_of(entry: &Entry) -> Result<Vec<Remark>> {
    of_text(&entry.remarks)
}

fn to_row(dossier: &Dossier) -> Result<row::ActiveModel> {
    let content = &dossier.content;
    let bundled = dossier.row.bundle_id.is_some();
    let row = Row {
        products: if bundled { to_text(&dossier.members)? } else { String::new() },
        forms: to_text(&content.forms)?,
        papers: to_text(&content.papers)?,
        assessment: to_text(&content.assessment)?,
        remarks: to_text(&content.remarks)?,
        ..dossier.row.clone()
    };
    Ok(row::ActiveModel::from(row).reset_all())
}

fn of_row(row: Row) -> Result<Dossier> {
    let content = Content {
        forms: of_text(&row.forms)?,
        papers: of_text(&row.papers)?,
        assessment: of_text(&row.assessment)?,
        remarks: of_text(&row.remarks)?,
    };
    let members = if row.products.is_empty() { vec![row.product_id] } else { of_text(&row.products)? };
    Ok(Dossier { row, members, content })
}

/// Dossiers with the producer that they are shown under.
fn dossiers() -> Select<row::Entity> {
    let own = row::Column::iter().filter(|column| !matches!(column, row::Column::ProducerId));
    let producer = shown((row::Entity, row::Column::ProducerId));
    row::Entity::find().select_only().columns(own).column_as(producer, "producer_id")
}

/// The same without what lists leave out.
fn without_content() -> Select<row::Entity> {
    use row::Column::{Assessment, Forms, Papers, ProducerId, Remarks};
    let own =
        row::Column::iter().filter(|column| !matches!(column, ProducerId | Forms | Papers | Assessment | Remarks));
    let producer = shown((row::Entity, ProducerId));
    let mut query = row::Entity::find().select_only().columns(own).column_as(producer, "producer_id");
    for (empty, column) in [("[]", "forms"), ("[]", "papers"), ("null", "assessment"), ("[]", "remarks")] {
        query = query.column_as(Expr::cust(format!("'{empty}'")), column);
    }
    query
}

/// Inserts a dossier.
pub(crate) async fn dossier_insert(tx: &impl ConnectionTrait, new: &Dossier) -> Result<()> {
    row::Entity::insert(to_row(new)?).exec_without_returning(tx).await?;
    covered::cover(tx, new.row.id, &new.members).await
}

/// The dossier.
pub(crate) async fn dossier_fetch(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Dossier>> {
    dossiers().filter(row::Column::Id.eq(id)).one(db).await?.map(of_row).transpose()
}

/// The dossier, its row locked until the transaction ends.
pub(crate) async fn dossier_lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Dossier>> {
    dossiers().filter(row::Column::Id.eq(id)).lock_exclusive().one(tx).await?.map(of_row).transpose()
}

/// Stores a dossier as it is now; whose it is was written once.
pub(crate) async fn dossier_update(tx: &impl ConnectionTrait, now: &Dossier) -> Result<()> {
    let row = row::ActiveModel { producer_id: sea_orm::ActiveValue::NotSet, ..to_row(now)? };
    row::Entity::update_many().set(row).filter(row::Column::Id.eq(now.row.id)).exec(tx).await?;
    if now.row.state >= FIRST_CLOSED.number() { covered::close(tx, now.row.id).await } else { Ok(()) }
}

/// What lists and counts are cut by; zeros and empty texts stand for all.
pub(crate) struct Filter {
    pub(crate) within: Scope,
    pub(crate) state: i32,
    /// First and last day of filing.
    pub(crate) filed: Option<(Date, Date)>,
    pub(crate) regime: String,
    pub(crate) producer: Option<Uuid>,
    pub(crate) product: Option<Uuid>,
    pub(crate) overdue: bool,
    pub(crate) as_of: Date,
}

/// Dossiers that the commune has let pass their term.
fn overdue(as_of: Date) -> Condition {
    let states = WITH_COMMUNE.map(|state| state.number());
    Condition::all().add(row::Column::State.is_in(states)).add(row::Column::DueDate.lt(as_of))
}

fn filtered(mut query: Select<row::Entity>, reach: &Reach, filter: &Filter) -> Select<row::Entity> {
    use row::Column::{FilingDate, Id, ProducerId, Regime, State, UnitPath};
    let path = (row::Entity, UnitPath);
    query =
        query.filter(reach.on(path, |owners| owned((row::Entity, ProducerId), owners))).filter(filter.within.on(path));
    if filter.state != 0 {
        query = query.filter(State.eq(filter.state));
    }
    if let Some((first, last)) = filter.filed {
        query = query.filter(FilingDate.gte(first)).filter(FilingDate.lte(last));
    }
    if !filter.regime.is_empty() {
        query = query.filter(Regime.eq(&filter.regime));
    }
    if let Some(producer) = filter.producer {
        query = query.filter(is_or_merged_into((row::Entity, ProducerId), producer));
    }
    if let Some(product) = filter.product {
        query = query.filter(covered::judged((row::Entity, Id), product));
    }
    if filter.overdue { query.filter(overdue(filter.as_of)) } else { query }
}

/// A page of dossiers in the order in which they were begun.
pub(crate) async fn dossier_list(
    db: &impl ConnectionTrait,
    reach: &Reach,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Dossier>> {
    use row::Column::Id;
    let query = filtered(without_content(), reach, filter).filter(rows::after_id(page, (row::Entity, Id)));
    let found = query.order_by_asc(Id).limit(page.size + 1).all(db).await?;
    found.into_iter().map(of_row).collect()
}

/// The dossiers of one commune in one state, samples apart.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Sum {
    pub(crate) unit: String,
    pub(crate) state: i32,
    pub(crate) sample: bool,
    pub(crate) dossiers: i64,
    pub(crate) overdue: i64,
}

/// Counts by commune and state: one statement.
pub(crate) async fn totals(db: &impl ConnectionTrait, reach: &Reach, filter: &Filter) -> Result<Vec<Sum>> {
    use row::Column::{Id, Sample, State, Unit};
    let late = CaseStatement::new().case(overdue(filter.as_of), 1).finally(0);
    let query = filtered(row::Entity::find().select_only(), reach, filter)
        .column(Unit)
        .column(State)
        .column(Sample)
        .column_as(Expr::col(Id).count(), "dossiers")
        .column_as(Expr::Case(Box::new(late)).sum().cast_as(Alias::new("bigint")), "overdue")
        .group_by(Unit)
        .group_by(State)
        .group_by(Sample)
        .order_by_asc(Unit)
        .order_by_asc(State)
        .order_by_asc(Sample);
    Ok(query.into_model().all(db).await?)
}

/// Writes one entry of a dossier's history.
pub(crate) async fn entry_insert(tx: &impl ConnectionTrait, new: &Entry) -> Result<()> {
    entry::Entity::insert(entry::ActiveModel::from(new.clone())).exec_without_returning(tx).await?;
    Ok(())
}

/// A page of a dossier's history in the order of recording; of one step alone where one is named.
pub(crate) async fn entry_list(
    db: &impl ConnectionTrait,
    dossier: Uuid,
    step: Option<i32>,
    page: &Page,
) -> Result<Vec<Entry>> {
    use entry::Column::{DossierId, Id, Step};
    let mut query = entry::Entity::find().filter(DossierId.eq(dossier)).filter(rows::after_id(page, Id));
    if let Some(step) = step {
        query = query.filter(Step.eq(step));
    }
    Ok(query.order_by_asc(Id).limit(page.size + 1).all(db).await?)
}

/// Stores a snapshot; a second one of the same dossier is refused by the key.
pub(crate) async fn snapshot_insert(tx: &impl ConnectionTrait, new: Snapshot) -> Result<()> {
    let row = snapshot::ActiveModel {
        dossier_id: Set(new.dossier_id),
        digest: Set(new.digest),
        content: Set(new.content),
        create_us: Set(new.create_us),
    };
    snapshot::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The snapshot of a dossier.
pub(crate) async fn snapshot_fetch(db: &impl ConnectionTrait, dossier: Uuid) -> Result<Option<Snapshot>> {
    Ok(snapshot::Entity::find_by_id(dossier).one(db).await?)
}

/// The next number of registration slips of a place and year. Its row stays locked until the transaction ends, so numbers
/// have neither gaps nor repeats.
pub(crate) async fn slip_next(tx: &impl ConnectionTrait, place: &str) -> Result<i64> {
    let mut next = Query::insert();
    next.into_table(slip::Entity)
        .columns([slip::Column::Place, slip::Column::Last])
        .values_panic([Expr::val(place), Expr::val(1i64)])
        .on_conflict(
            OnConflict::column(slip::Column::Place)
                .value(slip::Column::Last, Expr::col((slip::Entity, slip::Column::Last)).add(1))
                .to_owned(),
        )
        .returning_col(slip::Column::Last);
    let row = tx.query_one(&next).await?;
    let row = row.ok_or_else(|| Error::internal("the number of the slip was not given"))?;
    Ok(row.try_get("", "last")?)
}
