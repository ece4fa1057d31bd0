//! Where the feeds' facts are kept. Every statement may be repeated without harm.

use std::collections::BTreeSet;

use kit::{Error, Result};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::Date;

pub(crate) mod plan {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "plan")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plan: String,
        pub unit: String,
        pub unit_path: String,
        pub year: i32,
        pub title: String,
        pub sample: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod target {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "target")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plan: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub measure: i32,
        pub value: i64,
        /// Numbers of the topics that count, a space between two; empty for any. Read and written whole by
        /// [`super::topics_of`] and [`super::topics_text`].
        pub topics: String,
        /// The month at the end of which it is to be reached; 0 for December.
        pub due_month: i32,
        /// The least value in each unit; 0 for none.
        pub each_unit: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod unit_target {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unit_target")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub plan: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub measure: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub unit: String,
        pub value: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod task {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "task")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub task: String,
        pub plan: String,
        pub unit: String,
        /// Number of the state.
        pub state: i32,
        pub due_date: Option<time::Date>,
        pub end_date: Option<time::Date>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod recognition {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recognition")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub certificate: String,
        pub product: String,
        pub unit: String,
        pub unit_path: String,
        pub stars: i32,
        /// First day on which the decision may have been made.
        pub earliest_date: time::Date,
        /// The day of the decision, or the last on which it may have been made.
        pub decision_date: time::Date,
        pub first: bool,
        pub sample: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod assigned {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "assigned")]
    pub struct Model {
        /// The product or the manager.
        #[sea_orm(primary_key, auto_increment = false)]
        pub resource: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub from_unit: String,
        pub from_path: String,
        pub to_unit: String,
        pub end_date: time::Date,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod duty {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duty")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub duty: String,
        pub person: String,
        pub audience: i32,
        pub unit: String,
        pub unit_path: String,
        pub begin_date: time::Date,
        pub end_date: Option<time::Date>,
        pub sample: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod passed {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "passed")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub session: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: String,
        pub audience: i32,
        pub pass_date: time::Date,
        pub sample: bool,
        pub topic: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod bundled {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bundled")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product: String,
        pub bundle: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A plan as its event tells it.
pub(crate) type Plan = plan::Model;
/// A task as an event tells it.
pub(crate) type Task = task::Model;
/// A recognition as its event tells it.
pub(crate) type Recognition = recognition::Model;

/// A target of a plan as the plan's event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Number of the measure.
    pub(crate) measure: i32,
    pub(crate) value: i64,
    /// Numbers of the topics that count; none for any.
    pub(crate) topics: Vec<i32>,
    /// The month at the end of which it is to be reached; 0 for December.
    pub(crate) due_month: i32,
    /// The least value in each unit; 0 for none.
    pub(crate) each_unit: i64,
    /// The values of single units.
    pub(crate) units: Vec<(String, i64)>,
}

/// Topics as they are kept.
fn topics_text(topics: &[i32]) -> String {
    topics.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Topics as they were kept.
///
/// # Errors
/// INTERNAL for what this program has not written: fewer topics would be another question.
fn topics_of(kept: &str) -> Result<Vec<i32>> {
    kept.split_whitespace().map(|topic| topic.parse().map_err(Error::internal)).collect()
}

/// The targets of a plan by measure.
pub(crate) async fn targets(db: &impl ConnectionTrait, plan: &str) -> Result<Vec<Target>> {
    let rows = target::Entity::find()
        .filter(target::Column::Plan.eq(plan))
        .order_by_asc(target::Column::Measure)
        .all(db)
        .await?;
    let found = unit_target::Entity::find().filter(unit_target::Column::Plan.eq(plan));
    let units = found.order_by_asc(unit_target::Column::Unit).all(db).await?;
    let read = |row: target::Model| {
        let of = units.iter().filter(|unit| unit.measure == row.measure);
        Ok(Target {
            measure: row.measure,
            value: row.value,
            topics: topics_of(&row.topics)?,
            due_month: row.due_month,
            each_unit: row.each_unit,
            units: of.map(|unit| (unit.unit.clone(), unit.value)).collect(),
        })
    };
    rows.into_iter().map(read).collect()
}

/// The tasks of a plan.
pub(crate) async fn tasks(db: &impl ConnectionTrait, plan: &str) -> Result<Vec<Task>> {
    Ok(task::Entity::find().filter(task::Column::Plan.eq(plan)).order_by_asc(task::Column::Task).all(db).await?)
}

/// Puts tasks.
pub(crate) async fn tasks_put(tx: &impl ConnectionTrait, tasks: Vec<Task>) -> Result<()> {
    use task::Column::{DueDate, EndDate, Plan, State, Task, Unit};
    if tasks.is_empty() {
        return Ok(());
    }
    let change = OnConflict::column(Task).update_columns([Plan, Unit, State, DueDate, EndDate]).to_owned();
    let rows = tasks.into_iter().map(task::ActiveModel::from);
    task::Entity::insert_many(rows).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// To which part of a divided commune something moved along.
pub(crate) struct Assigned {
    pub(crate) from_unit: String,
    pub(crate) from_path: String,
    pub(crate) to_unit: String,
    /// Last day of the divided commune.
    pub(crate) end_date: Date,
}

/// Puts products and managers where their producer was assigned to.
pub(crate) async fn assigned_put(tx: &impl ConnectionTrait, of: &Assigned, resources: &[String]) -> Result<()> {
    for resources in resources.chunks(500) {
        let rows = resources.iter().map(|resource| assigned::ActiveModel {
            resource: Set(resource.clone()),
            from_unit: Set(of.from_unit.clone()),
            from_path: Set(of.from_path.clone()),
            to_unit: Set(of.to_unit.clone()),
            end_date: Set(of.end_date),
        });
        assigned::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Takes assignments back.
pub(crate) async fn assigned_remove(tx: &impl ConnectionTrait, from_unit: &str, resources: &[String]) -> Result<()> {
    for resources in resources.chunks(500) {
        assigned::Entity::delete_many()
            .filter(assigned::Column::FromUnit.eq(from_unit))
            .filter(assigned::Column::Resource.is_in(resources))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// A duty as its first event tells it.
pub(crate) struct Duty {
    pub(crate) duty: String,
    pub(crate) person: String,
    pub(crate) audience: i32,
    pub(crate) unit: String,
    pub(crate) unit_path: String,
    pub(crate) begin_date: Date,
    pub(crate) sample: bool,
}

/// Puts a plan with all its targets and tasks.
pub(crate) async fn plan_put(
    tx: &impl ConnectionTrait,
    plan: Plan,
    targets: &[Target],
    tasks: Vec<Task>,
) -> Result<()> {
    use plan::Column::{Plan as Key, Sample, Title, Unit, UnitPath, Year};
    let name = plan.plan.clone();
    let change = OnConflict::column(Key).update_columns([Unit, UnitPath, Year, Title, Sample]).to_owned();
    plan::Entity::insert(plan::ActiveModel::from(plan)).on_conflict(change).exec_without_returning(tx).await?;
    target::Entity::delete_many().filter(target::Column::Plan.eq(&name)).exec(tx).await?;
    let rows = targets.iter().map(|target| target::ActiveModel {
        plan: Set(name.clone()),
        measure: Set(target.measure),
        value: Set(target.value),
        topics: Set(topics_text(&target.topics)),
        due_month: Set(target.due_month),
        each_unit: Set(target.each_unit),
    });
    if !targets.is_empty() {
        target::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    unit_target::Entity::delete_many().filter(unit_target::Column::Plan.eq(&name)).exec(tx).await?;
    let units = targets.iter().flat_map(|target| target.units.iter().map(|of| (target.measure, of)));
    let rows = units.map(|(measure, (unit, value))| unit_target::ActiveModel {
        plan: Set(name.clone()),
        measure: Set(measure),
        unit: Set(unit.clone()),
        value: Set(*value),
    });
    let rows: Vec<unit_target::ActiveModel> = rows.collect();
    if !rows.is_empty() {
        unit_target::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    task::Entity::delete_many().filter(task::Column::Plan.eq(&name)).exec(tx).await?;
    tasks_put(tx, tasks).await
}

/// Puts a recognition.
pub(crate) async fn recognition_put(tx: &impl ConnectionTrait, recognition: Recognition) -> Result<()> {
    use recognition::Column::{Certificate, DecisionDate, EarliestDate, First, Product, Sample, Stars, Unit, UnitPath};
    let changed = [Product, Unit, UnitPath, Stars, EarliestDate, DecisionDate, First, Sample];
    let change = OnConflict::column(Certificate).update_columns(changed).to_owned();
    let row = recognition::ActiveModel::from(recognition);
    recognition::Entity::insert(row).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts what a bundle holds; none once it is dissolved.
pub(crate) async fn bundle_put(tx: &impl ConnectionTrait, bundle: &str, products: &[String]) -> Result<()> {
    use bundled::Column::{Bundle, Product};
    bundled::Entity::delete_many().filter(Bundle.eq(bundle)).exec(tx).await?;
    if products.is_empty() {
        return Ok(());
    }
    let row = |product: &String| bundled::ActiveModel { product: Set(product.clone()), bundle: Set(bundle.to_owned()) };
    let change = OnConflict::column(Product).update_column(Bundle).to_owned();
    bundled::Entity::insert_many(products.iter().map(row)).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts the beginning of a duty; its end, if known, stays.
pub(crate) async fn duty_begin(tx: &impl ConnectionTrait, new: Duty) -> Result<()> {
    use duty::Column::{Audience, BeginDate, Duty as Key, Person, Sample, Unit, UnitPath};
    let change =
        OnConflict::column(Key).update_columns([Person, Audience, Unit, UnitPath, BeginDate, Sample]).to_owned();
    let row = duty::ActiveModel {
        duty: Set(new.duty),
        person: Set(new.person),
        audience: Set(new.audience),
        unit: Set(new.unit),
        unit_path: Set(new.unit_path),
        begin_date: Set(new.begin_date),
        end_date: Set(None),
        sample: Set(new.sample),
    };
    duty::Entity::insert(row).on_conflict(change).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts the last day of a duty.
pub(crate) async fn duty_end(tx: &impl ConnectionTrait, name: &str, end_date: Date) -> Result<()> {
    duty::Entity::update_many()
        .col_expr(duty::Column::EndDate, sea_orm::sea_query::Expr::val(end_date))
        .filter(duty::Column::Duty.eq(name))
        .exec(tx)
        .await?;
    Ok(())
}

/// A session as the event of its attendance tells it.
pub(crate) struct Passed<'a> {
    pub(crate) session: &'a str,
    pub(crate) audience: i32,
    pub(crate) topic: i32,
    pub(crate) pass_date: Date,
    /// Those of whom the attendance is an invented sample.
    pub(crate) samples: BTreeSet<&'a str>,
}

/// Adds those who passed a session.
pub(crate) async fn passed_add(tx: &impl ConnectionTrait, of: &Passed<'_>, persons: &[String]) -> Result<()> {
    use passed::Column::{Audience, PassDate, Person, Sample, Session, Topic};
    for persons in persons.chunks(500) {
        let rows = persons.iter().map(|person| passed::ActiveModel {
            session: Set(of.session.to_owned()),
            person: Set(person.clone()),
            audience: Set(of.audience),
            topic: Set(of.topic),
            pass_date: Set(of.pass_date),
            sample: Set(of.samples.contains(person.as_str())),
        });
        let changed = [Audience, Topic, PassDate, Sample];
        let change = OnConflict::columns([Session, Person]).update_columns(changed).to_owned();
        passed::Entity::insert_many(rows).on_conflict(change).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Removes those whose attendance was corrected.
pub(crate) async fn passed_remove(tx: &impl ConnectionTrait, session: &str, persons: &[String]) -> Result<()> {
    for persons in persons.chunks(500) {
        passed::Entity::delete_many()
            .filter(passed::Column::Session.eq(session))
            .filter(passed::Column::Person.is_in(persons))
            .exec(tx)
            .await?;
    }
    Ok(())
}
