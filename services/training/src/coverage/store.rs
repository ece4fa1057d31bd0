//! Every query of coverage, over the copies of duties and the completions.

use std::collections::BTreeMap;

use kit::{Result, Scope, rows};
use sea_orm::sea_query::{
    Alias, Asterisk, Condition, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect,
};
use time::Date;
use uuid::Uuid;

use super::domain::{Duty, Group, Trained};
use crate::attendance::store::row as attended;
use crate::completions::store::row as completion;
use crate::courses::domain::{Audience, Topic};
use crate::duties::store::{producer, row as duty};
use crate::sessions::store::row as session;
use crate::shared::known::known_at;

/// What a coverage counts.
pub struct Counts {
    /// Duties in these units.
    pub within: Scope,
    /// Duties and courses for this audience.
    pub audience: Audience,
    /// Sessions about one of these topics; empty for all.
    pub topics: Vec<Topic>,
    /// Sessions that ended on this day or later.
    pub from: Date,
    /// Duties active on this day, sessions ended by it.
    pub as_of: Date,
    /// Recorded by this instant; none for everything.
    pub known_at: Option<i64>,
    /// Posts at this level only.
    pub level: Option<i32>,
    /// Managers of producers of this legal form only.
    pub legal_form: Option<i32>,
}

fn name(name: &'static str) -> Alias {
    Alias::new(name)
}

impl Counts {
    fn on_duty(&self) -> Condition {
        self.on_duty_anywhere().add(self.within.on((duty::Entity, duty::Column::UnitPath)))
    }

    fn on_duty_anywhere(&self) -> Condition {
        use duty::Column::{Audience, BeginDate, KnownFromUs, KnownToUs, LastDate, LegalForm, Level};
        Condition::all()
            .add(Audience.eq(self.audience.word()))
            .add(known_at(self.known_at, KnownFromUs, KnownToUs))
            .add(BeginDate.lte(self.as_of))
            .add(LastDate.gte(self.as_of))
            .add_option(self.level.map(|level| Level.eq(level)))
            .add_option(self.legal_form.map(|form| LegalForm.eq(form)))
    }

    /// The units as a condition that chooses no index: for walks in another order than theirs.
    fn within_by_the_way(&self) -> Condition {
        let Scope::Within(prefixes) = &self.within else { return Condition::all() };
        let path = || Func::coalesce([Expr::col((duty::Entity, duty::Column::UnitPath)), Expr::val("")]);
        prefixes.iter().fold(Condition::any(), |any, prefix| {
            let end = format!("{}0", prefix.trim_end_matches('/'));
            any.add(Condition::all().add(Expr::from(path()).gte(prefix)).add(Expr::from(path()).lt(end)))
        })
    }

    /// Completions that count, on whatever day they are dated.
    fn of_topic(&self) -> Condition {
        use completion::Column::{Audience, KnownFromUs, KnownToUs, Topic};
        let topics = self.topics.iter().map(|topic| topic.word());
        Condition::all()
            .add(Audience.eq(self.audience.word()))
            .add(known_at(self.known_at, KnownFromUs, KnownToUs))
            .add_option((!self.topics.is_empty()).then(|| Topic.is_in(topics)))
    }

    fn counts(&self) -> Condition {
        self.of_topic().add(completion::Column::CompleteDate.between(self.from, self.as_of))
    }

    /// Whether the person of a duty is trained, and whether it is so only by samples.
    fn trained(&self) -> [Expr; 2] {
        let passed = |column: Option<completion::Column>, sample: bool| {
            let mut select = Query::select();
            match column {
                Some(column) => select.column(column),
                None => select.expr(Expr::val(1)),
            };
            let counts = self.counts().add(completion::Column::Sample.eq(sample));
            select.from(completion::Entity).cond_where(counts).take()
        };
        let person = |sample: bool| {
            let persons = passed(Some(completion::Column::Person), sample);
            Expr::col((duty::Entity, duty::Column::Person)).in_subquery(persons)
        };
        // Most installations have no samples: the database learns that once, and asks nobody after them then.
        let by_sample = Expr::exists(passed(None, true)).and(person(true)).and(person(false).not());
        [person(false), by_sample]
    }

    fn untrained(&self) -> Condition {
        let counts = Query::select()
            .expr(Expr::val(1))
            .from(completion::Entity)
            .cond_where(self.counts())
            .and_where(
                Expr::col((completion::Entity, completion::Column::Person))
                    .equals((duty::Entity, duty::Column::Person)),
            )
            .take();
        Condition::all().add(Expr::exists(counts).not())
    }
}

#[derive(FromQueryResult)]
struct GroupRow {
    one_person: Option<Uuid>,
    moved: Option<String>,
    unit: String,
    level: i32,
    legal_form: i32,
    sample: bool,
    count: i64,
    trained: i64,
    by_sample: i64,
}

/// The statement of [`groups`]; `moved` where the map of the day shows any duty elsewhere.
///
/// Grouped by columns of the duties alone, in the order of the index `duty_coverage`, which holds all that is read: the
/// database counts as it walks along and sorts nothing. Who is trained is counted beside, not grouped by.
///
/// Of 100,000 duties and 50,000 completions every index entry is read once. On SQLite (sqlite3 3.40, one core) that is 13 ms
/// for the walk, 8 ms for the set of those who passed, 22 ms for looking each person up in it; asking after samples where
/// there are none was another 6 ms. A narrower index saves 1 ms; EXISTS, a join with the set and a walk from the completions
/// cost half as much again; a whole number for each person in the place of the 16 bytes of its id would save 18 ms.
pub(super) fn groups_of(counts: &Counts, moved: Option<Date>) -> SelectStatement {
    use duty::Column::{Duty as Name, LegalForm, Level, Person, Sample, Several, Unit, UnitPath};
    let column = |column| Expr::col((duty::Entity, column));
    let elsewhere = |day| column(Name).in_subquery(crate::duties::store::moved(day));
    let (mut each, mut many) = (Query::select(), Query::select());
    let shown = match moved {
        Some(day) => Expr::case(elsewhere(day), column(Name)).into(),
        None => Expr::val(None::<String>),
    };
    each.expr_as(Expr::case(column(Several).eq(true), column(Person)), name("one_person"))
        .expr_as(shown, name("moved"));
    many.expr_as(Expr::val(None::<Uuid>), name("one_person")).expr_as(Expr::val(None::<String>), name("moved"));
    for place in [Unit, Level, LegalForm, Sample] {
        each.column((duty::Entity, place));
        many.column((duty::Entity, place));
    }
    for place in [UnitPath, Unit, Level, LegalForm, Sample] {
        many.group_by_col((duty::Entity, place));
    }
    each.expr_as(Expr::val(1_i64), name("count"));
    many.expr_as(Func::count(Expr::col(Asterisk)), name("count"));
    for (is, called) in counts.trained().into_iter().zip(["trained", "by_sample"]) {
        each.expr_as(Expr::case(is.clone(), 1_i64).finally(0_i64), name(called));
        many.expr_as(Func::count(Expr::case(is, 1_i64)), name(called));
    }
    let (apart, together) = match moved {
        Some(day) => (column(Several).eq(true).or(elsewhere(day)), column(Several).eq(false).and(elsewhere(day).not())),
        None => (column(Several).eq(true), column(Several).eq(false)),
    };
    each.from(duty::Entity).cond_where(counts.on_duty()).and_where(apart);
    many.from(duty::Entity).cond_where(counts.on_duty()).and_where(together);
    each.union(UnionType::All, many).take()
}

/// Everybody on duty, counted by where and whether trained, in one statement. The database counts persons with one duty;
/// answered one by one are only those who have or had several, because they must be counted once, and duties that the
/// map shows elsewhere. The two are united rather than grouped together: PostgreSQL takes a key that may be a person for as
/// many groups as there are persons, and would sort them all.
pub async fn groups(db: &impl ConnectionTrait, counts: &Counts, map_date: Date) -> Result<Vec<Group>> {
    let assigned = crate::duties::store::assigned(db, map_date).await?;
    let select = groups_of(counts, (!assigned.is_empty()).then_some(map_date));
    let rows = GroupRow::find_by_statement(rows::report(db.get_database_backend(), &select)).all(db).await?;
    let groups = rows.into_iter().flat_map(|row| {
        let moved = row.moved.and_then(|duty| assigned.get(&duty).cloned());
        let duty =
            Duty { shown: moved.unwrap_or(row.unit), level: row.level, legal_form: row.legal_form, sample: row.sample };
        let parts = [
            (Trained::Yes, row.trained),
            (Trained::BySample, row.by_sample),
            (Trained::No, row.count - row.trained - row.by_sample),
        ];
        parts.into_iter().filter(|(_, count)| *count > 0).map(move |(trained, count)| Group {
            person: row.one_person,
            duty: duty.clone(),
            trained,
            count: usize::try_from(count).unwrap_or_default(),
        })
    });
    Ok(groups.collect())
}

/// Beyond so many persons on duty the missing ones are found by walking along all persons in their order until the page is
/// full; below, by sorting those of the units.
const WALKED: usize = 2_000;

/// The statement of [`missing`].
pub(super) fn missing_of(counts: &Counts, on_duty: usize, after: Option<Uuid>, most: u64) -> SelectStatement {
    let there = match on_duty > WALKED {
        true => counts.on_duty_anywhere().add(counts.within_by_the_way()),
        false => counts.on_duty(),
    };
    let person = || Expr::col((duty::Entity, duty::Column::Person));
    Query::select()
        .column((duty::Entity, duty::Column::Person))
        .from(duty::Entity)
        .cond_where(there)
        .cond_where(counts.untrained())
        .cond_where(Condition::all().add_option(after.map(|last| person().gt(last))))
        .group_by_col((duty::Entity, duty::Column::Person))
        .order_by((duty::Entity, duty::Column::Person), Order::Asc)
        .limit(most)
        .take()
}

/// Persons on duty who are not trained, by id, those behind one of them, as many as `most`; of so many on duty in all.
pub async fn missing(
    db: &impl ConnectionTrait,
    counts: &Counts,
    on_duty: usize,
    (after, most): (Option<Uuid>, u64),
) -> Result<Vec<Uuid>> {
    let found =
        db.query_all_raw(rows::report(db.get_database_backend(), &missing_of(counts, on_duty, after, most))).await?;
    let persons: std::result::Result<Vec<Uuid>, DbErr> = found.iter().map(|row| row.try_get_by(0)).collect();
    Ok(persons?)
}

/// A duty of somebody who is missing: unit, first day, sample.
pub type Held = (String, Date, bool);

/// The counted duties of persons, by person.
pub async fn held(db: &impl ConnectionTrait, counts: &Counts, persons: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Held>>> {
    let mut held: BTreeMap<Uuid, Vec<Held>> = BTreeMap::new();
    for chunk in persons.chunks(rows::CHUNK) {
        let of_chunk =
            duty::Entity::find().filter(counts.on_duty()).filter(duty::Column::Person.is_in(rows::padded(chunk)));
        for duty in of_chunk.all(db).await? {
            held.entry(duty.person).or_default().push((duty.unit, duty.begin_date, duty.sample));
        }
    }
    Ok(held)
}

/// What somebody completed: person, session, day, of a topic that counts, by a paper (whose id the session's is).
pub type Done = (Uuid, Uuid, Date, bool, bool);

/// What persons have completed of what counts, on whatever day, and of other topics.
pub async fn completed(db: &impl ConnectionTrait, counts: &Counts, persons: &[Uuid]) -> Result<Vec<Done>> {
    use completion::Column::{Audience, CompleteDate, KnownFromUs, KnownToUs, Paper, Person, SessionId, Topic};
    let mut found = Vec::new();
    for chunk in persons.chunks(rows::CHUNK) {
        let rows: Vec<(Uuid, Uuid, Date, String, bool)> = completion::Entity::find()
            .select_only()
            .columns([Person, SessionId, CompleteDate, Topic, Paper])
            .filter(Audience.eq(counts.audience.word()))
            .filter(known_at(counts.known_at, KnownFromUs, KnownToUs))
            .filter(Person.is_in(rows::padded(chunk)))
            .into_tuple()
            .all(db)
            .await?;
        let counted = |topic: &str| counts.topics.is_empty() || counts.topics.iter().any(|t| t.word() == topic);
        let done =
            |(person, session, day, topic, paper): (_, _, _, String, _)| (person, session, day, counted(&topic), paper);
        found.extend(rows.into_iter().map(done));
    }
    Ok(found)
}

/// What persons attended of sessions in the window that would count: person, session, half days. Of now: attendance
/// below passing has no history.
pub async fn attended(db: &impl ConnectionTrait, counts: &Counts, persons: &[Uuid]) -> Result<Vec<(Uuid, Uuid, i32)>> {
    use session::Column::{Audience, EndDate, Topic};
    let topics = counts.topics.iter().map(|topic| topic.word());
    let that_count = Condition::all()
        .add(Audience.eq(counts.audience.word()))
        .add(EndDate.between(counts.from, counts.as_of))
        .add_option((!counts.topics.is_empty()).then(|| Topic.is_in(topics)));
    let mut found = Vec::new();
    for chunk in persons.chunks(rows::CHUNK) {
        let rows: Vec<(Uuid, Uuid, i32)> = attended::Entity::find()
            .select_only()
            .columns([attended::Column::Person, attended::Column::SessionId, attended::Column::HalfDaysAttended])
            .join(sea_orm::JoinType::InnerJoin, sea_orm::RelationTrait::def(&attended::Relation::Session))
            .filter(attended::Column::Person.is_in(rows::padded(chunk)))
            .filter(that_count.clone())
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Producers in the units, registered by the day, that nobody manages on it. Managers of a producer that was merged manage
/// the one that stays.
pub async fn without_manager(db: &impl ConnectionTrait, counts: &Counts) -> Result<u64> {
    use producer::Column as P;
    let known = |table: &'static str| {
        let column = |column: P| Expr::col((name(table), column));
        match counts.known_at {
            None => Condition::all().add(column(P::KnownToUs).eq(crate::shared::known::STILL)),
            Some(at) => Condition::all().add(column(P::KnownFromUs).lte(at)).add(column(P::KnownToUs).gt(at)),
        }
    };
    let stays: Expr = Expr::case(Expr::col((name("m"), P::MergedInto)).ne(""), Expr::col((name("m"), P::MergedInto)))
        .finally(Expr::col((name("m"), P::Producer)))
        .into();
    let everywhere = Counts { within: Scope::All, level: None, legal_form: None, topics: Vec::new(), ..*counts };
    let managed = Query::select()
        .expr(stays)
        .from(duty::Entity)
        .join_as(
            JoinType::InnerJoin,
            producer::Entity,
            name("m"),
            Expr::col((name("m"), P::Producer)).equals((duty::Entity, duty::Column::Producer)),
        )
        .cond_where(everywhere.on_duty())
        .cond_where(known("m"))
        .take();
    let without = producer::Entity::find()
        .filter(known("producer"))
        .filter(counts.within.on((producer::Entity, P::UnitPath)))
        .filter(P::Deleted.eq(false))
        .filter(P::MergedInto.eq(""))
        .filter(P::RegistrationDate.lte(counts.as_of))
        .filter(Condition::all().add_option(counts.legal_form.map(|form| P::LegalForm.eq(form))))
        .filter(P::Producer.not_in_subquery(managed));
    Ok(without.count(db).await?)
}
