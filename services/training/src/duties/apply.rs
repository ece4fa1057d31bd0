//! What each event of the registry means for the copy. Applying an event twice leaves what applying it once leaves.

use kit::follow::Applied;
use kit::{Error, Result, day, instant, name};
use prost::Name;
use proto::common::v1::{Audience as PbAudience, Event};
use proto::google::r#type::Date as PbDate;
use proto::registry::v1 as pb;
use reference::units::{self, Unit};
use sea_orm::DatabaseTransaction;
use time::Date;
use uuid::Uuid;

use super::store::{self, Began, Recorded};
use crate::completions;
use crate::courses::domain::Audience;

/// Applies one event.
pub(super) fn event(tx: &DatabaseTransaction, event: Event) -> Applied<'_> {
    Box::pin(async move {
        for one in reference::imported::unfold(event).map_err(Error::internal)? {
            put(tx, one).await?;
        }
        Ok(())
    })
}

async fn put(tx: &DatabaseTransaction, event: Event) -> Result<()> {
    let payload = event.payload.clone().unwrap_or_default();
    let now_us = event.record_time.as_ref().map_or(0, instant::of);
    let kind = payload.type_url.rsplit('/').next().unwrap_or_default();
    if kind == pb::DutyBegan::full_name() {
        let began = began(&event, read(&payload)?)?;
        store::begin(tx, &began, now_us).await
    } else if kind == pb::DutyEnded::full_name() {
        let ended: pb::DutyEnded = read(&payload)?;
        store::end(tx, &ended.duty, date(ended.end_date.as_ref())?, now_us).await
    } else if kind == pb::ProducerRecorded::full_name() {
        let recorded: pb::ProducerRecorded = read(&payload)?;
        let unit = unit(&event.unit)?;
        let recorded = Recorded {
            legal_form: pb::LegalForm::from_str_name(&recorded.legal_form).unwrap_or_default().into(),
            registration_date: date(recorded.registration_date.as_ref())?,
            deleted: recorded.deleted,
            producer: recorded.producer,
            unit,
        };
        store::producer_put(tx, &recorded, now_us).await
    } else if kind == pb::ProducerMerged::full_name() {
        let merged: pb::ProducerMerged = read(&payload)?;
        store::producer_merge(tx, &merged.producer, &merged.into, now_us).await
    } else if kind == pb::ProducerUnmerged::full_name() {
        let apart: pb::ProducerUnmerged = read(&payload)?;
        store::producer_merge(tx, &apart.producer, "", now_us).await
    } else if kind == pb::UnitAssignmentRecorded::full_name() {
        let of: pb::UnitAssignmentRecorded = read(&payload)?;
        let duties: Vec<&String> = of.resources.iter().filter(|name| name.starts_with("managers/")).collect();
        store::assign(tx, (&of.from_unit, &of.to_unit), date(of.end_date.as_ref())?, &duties).await
    } else if kind == pb::PersonMerged::full_name() {
        let merged: pb::PersonMerged = read(&payload)?;
        let (person, into) = (person(&merged.person)?, person(&merged.into)?);
        store::person_merge(tx, person, into, now_us).await?;
        completions::store::move_to(tx, person, into, now_us).await
    } else if kind == pb::PersonUnmerged::full_name() {
        let apart: pb::PersonUnmerged = read(&payload)?;
        let person = person(&apart.person)?;
        store::person_unmerge(tx, person, now_us).await?;
        completions::store::move_to(tx, person, person, now_us).await
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

fn unit(unit: &str) -> Result<&'static Unit> {
    units::by_name(unit).ok_or_else(|| Error::internal(format!("an event names the unknown unit {unit}")))
}

fn person(person: &str) -> Result<Uuid> {
    name::parse(person, "persons").ok_or_else(|| Error::internal(format!("an event names no person: {person}")))
}

fn began(event: &Event, began: pb::DutyBegan) -> Result<Began> {
    let audience = match PbAudience::try_from(began.audience) {
        Ok(PbAudience::Officers) => Audience::Officers,
        Ok(PbAudience::ProducerManagers) => Audience::ProducerManagers,
        _ => return Err(Error::internal(format!("{} is for an unknown audience", began.duty))),
    };
    Ok(Began {
        person: person(&began.person)?,
        audience,
        unit: unit(&event.unit)?,
        begin_date: date(began.begin_date.as_ref())?,
        sample: event.sample,
        duty: began.duty,
        producer: began.producer,
    })
}
