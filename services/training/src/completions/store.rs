//! Every query about completions.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Page, Result, Scope};
use reference::calendar::parse_iso;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};
use time::Date;
use uuid::Uuid;

use crate::sessions::store::row as session;
use crate::shared::known::STILL;

pub(crate) mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "completion")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session_id: Uuid,
        /// Who passed, by the record that was told.
        #[sea_orm(primary_key, auto_increment = false)]
        pub own_person: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i32,
        /// Who passed; the person that stays where two records were merged.
        pub person: Uuid,
        pub audience: String,
        pub topic: String,
        pub complete_date: time::Date,
        pub sample: bool,
        pub known_from_us: i64,
        pub known_to_us: i64,
        /// By a paper about training before or elsewhere: the session's id is the paper's.
        pub paper: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "crate::sessions::store::row::Entity",
            from = "Column::SessionId",
            to = "crate::sessions::store::row::Column::Id"
        )]
        Session,
        #[sea_orm(
            belongs_to = "super::certificate::Entity",
            from = "(Column::SessionId, Column::OwnPerson)",
            to = "(super::certificate::Column::SessionId, super::certificate::Column::OwnPerson)"
        )]
        Certificate,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod certificate {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "completion_certificate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub own_person: Uuid,
        /// Code of the unit that issues it.
        pub issuer: String,
        pub year: i32,
        pub serial: i32,
        pub issue_date: time::Date,
        /// First day on which the course is due again; the last day that there is where it never is.
        pub repeat_date: time::Date,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A certificate as it is kept.
pub(crate) type Certificate = certificate::Model;

/// A completion with its certificate, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Certified {
    pub(crate) completion: Completion,
    pub(crate) certificate: Option<Certificate>,
}

/// What selects a list of completions.
pub(crate) struct Filter {
    pub(crate) session: Option<Uuid>,
    pub(crate) person: Option<Uuid>,
    pub(crate) within: Scope,
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
    pub(crate) repeat_to: Option<Date>,
}

/// A completion as it is kept.
pub(crate) type Completion = row::Model;

/// What those who pass a session complete.
pub(crate) struct Of<'a> {
    pub(crate) session: Uuid,
    pub(crate) audience: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) complete_date: Date,
}

/// Who has passed a session.
pub(crate) async fn passed(db: &impl ConnectionTrait, session: Uuid) -> Result<BTreeSet<Uuid>> {
    let known = row::Entity::find().filter(row::Column::SessionId.eq(session)).filter(row::Column::KnownToUs.eq(STILL));
    Ok(known.all(db).await?.into_iter().map(|row| row.own_person).collect())
}

/// Puts the completions of those who passed (each with whether it is a sample), takes back those of others.
pub(crate) async fn settle(
    tx: &impl ConnectionTrait,
    of: &Of<'_>,
    passed: &[(Uuid, bool)],
    withdrawn: &[Uuid],
    now_us: i64,
) -> Result<()> {
    let versions = row::Entity::find().filter(row::Column::SessionId.eq(of.session)).all(tx).await?;
    let mut newest: BTreeMap<Uuid, Completion> = BTreeMap::new();
    for version in versions {
        let known = newest.entry(version.own_person).or_insert_with(|| version.clone());
        if version.version > known.version {
            *known = version;
        }
    }
    let stands = |own: &Uuid| newest.get(own).filter(|known| known.known_to_us == STILL);
    let changed: Vec<(Uuid, bool)> =
        passed.iter().filter(|(own, sample)| stands(own).is_none_or(|c| c.sample != *sample)).copied().collect();
    let gone: Vec<Uuid> = withdrawn
        .iter()
        .chain(changed.iter().map(|(own, _)| own))
        .filter(|own| stands(own).is_some())
        .copied()
        .collect();
    take_back(tx, of.session, &gone, now_us).await?;
    let own: Vec<Uuid> = changed.iter().map(|(own, _)| *own).collect();
    let stays: BTreeMap<Uuid, Uuid> = crate::duties::store::stays(tx, &own).await?.into_iter().collect();
    let new = changed.into_iter().map(|(own_person, sample)| Completion {
        session_id: of.session,
        own_person,
        version: newest.get(&own_person).map_or(1, |known| known.version + 1),
        person: stays.get(&own_person).copied().unwrap_or(own_person),
        audience: of.audience.to_owned(),
        topic: of.topic.to_owned(),
        complete_date: of.complete_date,
        sample,
        known_from_us: now_us,
        known_to_us: STILL,
        paper: false,
    });
    insert(tx, new.collect()).await
}

/// What persons have completed by what is known now, of sessions and by papers.
pub(crate) async fn of_persons(tx: &impl ConnectionTrait, persons: &[Uuid]) -> Result<Vec<Completion>> {
    let mut found = Vec::new();
    for chunk in persons.chunks(kit::rows::CHUNK) {
        let known = row::Entity::find()
            .filter(row::Column::Person.is_in(kit::rows::padded(chunk)))
            .filter(row::Column::KnownToUs.eq(STILL));
        found.extend(known.all(tx).await?);
    }
    Ok(found)
}

/// Keeps completions.
pub(crate) async fn insert(tx: &impl ConnectionTrait, new: Vec<Completion>) -> Result<()> {
    for chunk in new.chunks(kit::rows::CHUNK) {
        let rows = chunk.iter().map(|c| c.clone().into_active_model().reset_all());
        row::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Takes back what persons completed of a session.
pub(crate) async fn take_back(tx: &impl ConnectionTrait, session: Uuid, persons: &[Uuid], now_us: i64) -> Result<()> {
    for chunk in persons.chunks(kit::rows::CHUNK) {
        row::Entity::update_many()
            .col_expr(row::Column::KnownToUs, Expr::val(now_us))
            .filter(row::Column::SessionId.eq(session))
            .filter(row::Column::OwnPerson.is_in(kit::rows::padded(chunk)))
            .filter(row::Column::KnownToUs.eq(STILL))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Gives what one record of a person completed to the person that it is counted as.
pub(crate) async fn move_to(tx: &impl ConnectionTrait, own: Uuid, person: Uuid, now_us: i64) -> Result<()> {
    let elsewhere = row::Entity::find()
        .filter(row::Column::OwnPerson.eq(own))
        .filter(row::Column::Person.ne(person))
        .filter(row::Column::KnownToUs.eq(STILL));
    let moved = elsewhere.all(tx).await?;
    for old in &moved {
        take_back(tx, old.session_id, &[own], now_us).await?;
    }
    let new = |old: Completion| Completion { version: old.version + 1, person, known_from_us: now_us, ..old };
    insert(tx, moved.into_iter().map(new).collect()).await
}

/// The completions of a session that have no certificate, in the order in which they were recorded.
pub(crate) async fn uncertified(tx: &impl ConnectionTrait, session: Uuid) -> Result<Vec<Completion>> {
    let known = row::Entity::find()
        .filter(row::Column::SessionId.eq(session))
        .filter(row::Column::KnownToUs.eq(STILL))
        .order_by_asc(row::Column::KnownFromUs)
        .order_by_asc(row::Column::OwnPerson)
        .all(tx)
        .await?;
    let certified: Vec<Uuid> = certificate::Entity::find()
        .select_only()
        .column(certificate::Column::OwnPerson)
        .filter(certificate::Column::SessionId.eq(session))
        .into_tuple()
        .all(tx)
        .await?;
    let certified: BTreeSet<Uuid> = certified.into_iter().collect();
    Ok(known.into_iter().filter(|c| !certified.contains(&c.own_person)).collect())
}

/// The last serial that a unit gave in a year.
pub(crate) async fn last_serial(tx: &impl ConnectionTrait, issuer: &str, year: i32) -> Result<i32> {
    let last: Option<Option<i32>> = certificate::Entity::find()
        .select_only()
        .column_as(certificate::Column::Serial.max(), "last")
        .filter(certificate::Column::Issuer.eq(issuer))
        .filter(certificate::Column::Year.eq(year))
        .into_tuple()
        .one(tx)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

/// Keeps certificates.
pub(crate) async fn certify(tx: &impl ConnectionTrait, new: &[Certificate]) -> Result<()> {
    for chunk in new.chunks(kit::rows::CHUNK) {
        let rows = chunk.iter().map(|c| c.clone().into_active_model().reset_all());
        certificate::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// A page of completions by day, with one more than the page.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Certified>> {
    use row::Column::{CompleteDate, KnownToUs, OwnPerson, Person, SessionId};
    let only = Condition::all()
        .add_option(filter.session.map(|session| SessionId.eq(session)))
        .add_option(filter.person.map(|person| Person.eq(person)))
        .add_option(filter.from.map(|from| CompleteDate.gte(from)))
        .add_option(filter.to.map(|to| CompleteDate.lte(to)))
        .add_option(filter.repeat_to.map(|to| certificate::Column::RepeatDate.lte(to)));
    let query = row::Entity::find()
        .join(JoinType::InnerJoin, row::Relation::Session.def())
        .join(JoinType::LeftJoin, row::Relation::Certificate.def())
        .select_also(certificate::Entity)
        .filter(scope.on((session::Entity, session::Column::UnitPath)))
        .filter(filter.within.on((session::Entity, session::Column::UnitPath)))
        .filter(KnownToUs.eq(STILL))
        .filter(only)
        .filter(behind(page))
        .order_by_asc(CompleteDate)
        .order_by_asc(SessionId)
        .order_by_asc(OwnPerson)
        .limit(page.size + 1);
    let found = query.all(db).await?;
    Ok(found.into_iter().map(|(completion, certificate)| Certified { completion, certificate }).collect())
}

/// The cursor of a completion: day, session, person.
pub(crate) fn cursor(c: &Certified) -> Vec<String> {
    let c = &c.completion;
    vec![kit::day::iso(c.complete_date), c.session_id.to_string(), c.own_person.to_string()]
}

/// Completions behind the page's cursor.
fn behind(page: &Page) -> Condition {
    use row::Column::{CompleteDate, OwnPerson, SessionId};
    let Some([day, session, person]) = page.after.as_deref() else { return Condition::all() };
    // Tokens are sealed, so these are what the list wrote; anything else ends the walk.
    let read = (parse_iso(day), Uuid::try_parse(session), Uuid::try_parse(person));
    let (Some(day), Ok(session), Ok(person)) = read else { return Condition::all().add(Expr::val(1).eq(0)) };
    let columns = [CompleteDate, SessionId, OwnPerson].map(|column| Expr::col((row::Entity, column)));
    let last = Expr::tuple([Expr::val(day), Expr::val(session), Expr::val(person)]);
    Condition::all().add(Expr::tuple(columns).gt(last))
}
