//! What each event means for the tables. Applying an event twice leaves what applying it once leaves.

use kit::follow::Applied;
use kit::{Error, Result, day};
use prost::Name;
use proto::common::v1::Event;
use proto::google::r#type::Date as PbDate;
use proto::{budget, evaluation, registry, training};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use time::Date;

use super::store::{self, Duty, Passed, Plan, Recognition, Target};

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
    let payload = event.payload.clone().unwrap_or_default();
    let kind = payload.type_url.rsplit('/').next().unwrap_or_default();
    if kind == registry::v1::DutyBegan::full_name() {
        duty_began(tx, &event, read(&payload)?).await
    } else if kind == registry::v1::DutyEnded::full_name() {
        let ended: registry::v1::DutyEnded = read(&payload)?;
        store::duty_end(tx, &ended.duty, date(ended.end_date.as_ref())?).await
    } else if kind == registry::v1::UnitAssignmentRecorded::full_name() {
        assignment(tx, read(&payload)?).await
    } else if kind == registry::v1::BundleRecorded::full_name() {
        let told: registry::v1::BundleRecorded = read(&payload)?;
        store::bundle_put(tx, &told.bundle, &told.products).await
    } else if kind == training::v1::AttendanceRecorded::full_name() {
        attendance(tx, read(&payload)?).await
    } else if kind == evaluation::v1::CertificateIssued::full_name() {
        certificate(tx, &event, read(&payload)?).await
    } else if kind == budget::v1::PlanSet::full_name() {
        plan(tx, &event, read(&payload)?).await
    } else {
        Ok(())
    }
}

fn read<M: prost::Message + Default>(payload: &prost_types::Any) -> Result<M> {
    M::decode(payload.value.as_slice()).map_err(Error::internal)
}

fn date(date: Option<&PbDate>) -> Result<Date> {
    date.and_then(day::of).ok_or_else(|| Error::internal("an event carries no day"))
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
    let target = |t: budget::v1::Target| Target { measure: t.measure, value: t.value, topics: t.topics };
    let targets: Vec<Target> = set.targets.into_iter().map(target).collect();
    let plan = Plan {
        unit_path: path(&set.unit)?,
        plan: set.plan,
        unit: set.unit,
        year: set.year,
        title: set.title,
        sample: event.sample,
    };
    store::plan_put(tx, plan, &targets).await
}
