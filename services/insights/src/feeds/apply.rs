//! What each event means for the tables. Applying an event twice leaves what applying it once leaves.

use kit::follow::{Applied, Told, date};
use kit::{Error, Result};
use proto::common::v1::Event;
use proto::{budget, evaluation, registry, training};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

mod way;

use super::store::{self, Duty, Passed, Plan, Recognition, Target, Task};

/// Applies one event.
///
/// # Errors
/// INTERNAL for an event of a known type that cannot be read, or what the database says.
pub(super) fn event(tx: &DatabaseTransaction, event: Event) -> Applied<'_> {
    Box::pin(async move {
        for one in reference::imported::unfold(event).map_err(Error::internal)? {
            put(tx, one).await?;
        }
        Ok(())
    })
}

async fn put(tx: &impl ConnectionTrait, event: Event) -> Result<()> {
    let told = Told::of(&event);
    if told.is::<registry::v1::DutyBegan>() {
        duty_began(tx, &event, told.read()?).await
    } else if told.is::<registry::v1::DutyEnded>() {
        let ended: registry::v1::DutyEnded = told.read()?;
        store::duty_end(tx, &ended.duty, date(ended.end_date.as_ref())?).await
    } else if told.is::<registry::v1::UnitAssignmentRecorded>() {
        assignment(tx, told.read()?).await
    } else if told.is::<registry::v1::BundleRecorded>() {
        let of: registry::v1::BundleRecorded = told.read()?;
        store::bundle_put(tx, &of.bundle, &of.products).await
    } else if told.is::<training::v1::AttendanceRecorded>() {
        attendance(tx, told.read()?).await
    } else if told.is::<evaluation::v1::CertificateIssued>() {
        certificate(tx, &event, told.read()?).await
    } else if told.is::<budget::v1::PlanSet>() {
        plan(tx, &event, told.read()?).await
    } else if told.is::<budget::v1::TaskChanged>() {
        store::tasks_put(tx, vec![task(told.read()?)?]).await
    } else {
        way::event(tx, &event, &told).await
    }
}

fn path(unit: &str) -> Result<String> {
    reference::units::path(unit).ok_or_else(|| Error::internal(format!("an event names the unknown unit {unit}")))
}

async fn duty_began(tx: &impl ConnectionTrait, event: &Event, began: registry::v1::DutyBegan) -> Result<()> {
    let duty = Duty {
        unit_path: path(&event.unit)?,
        unit: event.unit.clone(),
        begin_date: date(began.begin_date.as_ref())?,
        audience: began.audience,
        duty: began.duty,
        person: began.person,
        sample: event.sample,
    };
    store::duty_begin(tx, duty).await
}

async fn assignment(tx: &impl ConnectionTrait, of: registry::v1::UnitAssignmentRecorded) -> Result<()> {
    store::assigned_remove(tx, &of.from_unit, &of.resources).await?;
    if of.to_unit.is_empty() {
        return Ok(());
    }
    let (from_path, end_date) = (path(&of.from_unit)?, date(of.end_date.as_ref())?);
    let assigned = store::Assigned { from_unit: of.from_unit, from_path, to_unit: of.to_unit, end_date };
    store::assigned_put(tx, &assigned, &of.resources).await
}

async fn attendance(tx: &impl ConnectionTrait, recorded: training::v1::AttendanceRecorded) -> Result<()> {
    let of = Passed {
        session: &recorded.session,
        audience: recorded.audience,
        topic: recorded.topic,
        pass_date: date(recorded.end_date.as_ref())?,
        samples: recorded.passed_samples.iter().map(String::as_str).collect(),
    };
    store::passed_remove(tx, &recorded.session, &recorded.withdrawn).await?;
    store::passed_add(tx, &of, &recorded.passed).await
}

async fn certificate(
    tx: &impl ConnectionTrait,
    event: &Event,
    issued: evaluation::v1::CertificateIssued,
) -> Result<()> {
    let recognition = Recognition {
        unit_path: path(&event.unit)?,
        unit: event.unit.clone(),
        earliest_date: date(issued.earliest_decision_date.as_ref().or(issued.decision_date.as_ref()))?,
        decision_date: date(issued.decision_date.as_ref())?,
        certificate: issued.certificate,
        product: issued.product,
        stars: issued.stars,
        first: issued.first_recognition,
        sample: event.sample,
    };
    store::recognition_put(tx, recognition).await
}

async fn plan(tx: &impl ConnectionTrait, event: &Event, set: budget::v1::PlanSet) -> Result<()> {
    let target = |t: budget::v1::Target| Target {
        measure: t.measure,
        value: t.value,
        topics: t.topics,
        due_month: t.due_month,
        each_unit: t.each_unit_value,
        units: t.unit_targets.into_iter().map(|of| (of.unit, of.value)).collect(),
    };
    let tasks = set.tasks.into_iter().map(task).collect::<Result<_>>()?;
    let targets: Vec<Target> = set.targets.into_iter().map(target).collect();
    let plan = Plan {
        unit_path: path(&set.unit)?,
        plan: set.plan,
        unit: set.unit,
        year: set.year,
        title: set.title,
        sample: event.sample,
    };
    store::plan_put(tx, plan, &targets, tasks).await
}

fn task(of: budget::v1::TaskChanged) -> Result<Task> {
    // A state of a newer program is none of those that are counted.
    let state = budget::v1::TaskState::from_str_name(&of.state).unwrap_or_default();
    let day = |sent: Option<proto::google::r#type::Date>| sent.as_ref().map(|sent| date(Some(sent))).transpose();
    let (due_date, end_date) = (day(of.due_date)?, day(of.end_date)?);
    Ok(Task { task: of.task, plan: of.plan, unit: of.unit, state: state.into(), due_date, end_date })
}
