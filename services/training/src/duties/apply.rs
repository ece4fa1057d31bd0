//! What each event of the registry means for the copy. Applying an event twice leaves what applying it once leaves.

use kit::follow::{Applied, Told, date};
use kit::{Error, Result, day, instant, name};
use proto::common::v1::{Audience as PbAudience, Event};
use proto::evaluation::v1::CouncilSeatRecorded;
use proto::registry::v1 as pb;
use reference::units::{self, Unit};
use sea_orm::DatabaseTransaction;
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

/// Applies one event of the evaluation service: of all that it tells, who sits in a council or its help team.
pub(super) fn seat(tx: &DatabaseTransaction, event: Event) -> Applied<'_> {
    Box::pin(async move {
        let told = Told::of(&event);
        if !told.is::<CouncilSeatRecorded>() {
            return Ok(());
        }
        let seat: CouncilSeatRecorded = told.read()?;
        let now_us = event.record_time.as_ref().map_or(0, instant::of);
        let begin_date = date(seat.begin_date.as_ref())?;
        // A member's seat has one holder on a day, so its first day tells it apart.
        let duty = format!("{}/seats/{}-{}", seat.council, seat.member, day::iso(begin_date));
        let began = Began {
            person: person(&seat.person)?,
            audience: Audience::Councils,
            unit: unit(&event.unit)?,
            begin_date,
            sample: event.sample,
            duty: duty.clone(),
            producer: String::new(),
        };
        store::begin(tx, &began, now_us).await?;
        match seat.end_date.as_ref() {
            Some(last) => store::end(tx, &duty, date(Some(last))?, now_us).await,
            None => Ok(()),
        }
    })
}

async fn put(tx: &DatabaseTransaction, event: Event) -> Result<()> {
    let told = Told::of(&event);
    let now_us = event.record_time.as_ref().map_or(0, instant::of);
    if told.is::<pb::DutyBegan>() {
        let began = began(&event, told.read()?)?;
        store::begin(tx, &began, now_us).await
    } else if told.is::<pb::DutyEnded>() {
        let ended: pb::DutyEnded = told.read()?;
        store::end(tx, &ended.duty, date(ended.end_date.as_ref())?, now_us).await
    } else if told.is::<pb::ProducerRecorded>() {
        let recorded: pb::ProducerRecorded = told.read()?;
        let unit = unit(&event.unit)?;
        let recorded = Recorded {
            legal_form: pb::LegalForm::from_str_name(&recorded.legal_form).unwrap_or_default().into(),
            registration_date: recorded.registration_date.as_ref().and_then(day::of),
            act_date: event.act_date.as_ref().and_then(day::of),
            deleted: recorded.deleted,
            producer: recorded.producer,
            unit,
        };
        store::producer_put(tx, &recorded, now_us).await
    } else if told.is::<pb::ProducerMerged>() {
        let merged: pb::ProducerMerged = told.read()?;
        store::producer_merge(tx, &merged.producer, &merged.into, now_us).await
    } else if told.is::<pb::ProducerUnmerged>() {
        let apart: pb::ProducerUnmerged = told.read()?;
        store::producer_merge(tx, &apart.producer, "", now_us).await
    } else if told.is::<pb::UnitAssignmentRecorded>() {
        let of: pb::UnitAssignmentRecorded = told.read()?;
        let duties: Vec<&String> = of.resources.iter().filter(|name| name.starts_with("managers/")).collect();
        store::assign(tx, (&of.from_unit, &of.to_unit), date(of.end_date.as_ref())?, &duties).await
    } else if told.is::<pb::PersonMerged>() {
        let merged: pb::PersonMerged = told.read()?;
        let (person, into) = (person(&merged.person)?, person(&merged.into)?);
        store::person_merge(tx, person, into, now_us).await?;
        completions::store::move_to(tx, person, into, now_us).await
    } else if told.is::<pb::PersonUnmerged>() {
        let apart: pb::PersonUnmerged = told.read()?;
        let person = person(&apart.person)?;
        store::person_unmerge(tx, person, now_us).await?;
        completions::store::move_to(tx, person, person, now_us).await
    } else {
        Ok(())
    }
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
