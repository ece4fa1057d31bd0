//! What events say of products on their way to recognition.

use kit::follow::{Told, date};
use kit::{Error, Result, day, instant};
use proto::common::v1::Event;
use proto::{evaluation, registry};
use sea_orm::ConnectionTrait;
use time::Date;

use crate::feeds::pipeline::{CANDIDATE, FILED, GRADED, SEALED, Step, put, remove};

/// Applies an event about a candidate, a dossier or a sitting; others say nothing here.
pub(super) async fn event(tx: &impl ConnectionTrait, event: &Event, told: &Told) -> Result<()> {
    if told.is::<registry::v1::CandidateRecorded>() {
        candidate(tx, event, told.read()?).await
    } else if told.is::<registry::v1::DossierRecorded>() {
        dossier(tx, event, told.read()?).await
    } else if told.is::<registry::v1::DossierSealed>() {
        let sealed: registry::v1::DossierSealed = told.read()?;
        match is_first(&sealed.kind) {
            true => put(tx, step(event, &sealed.dossier, (SEALED, &sealed.product), on(event)?, true)?).await,
            false => Ok(()),
        }
    } else if told.is::<evaluation::v1::SittingGraded>() {
        let graded: evaluation::v1::SittingGraded = told.read()?;
        // A sitting that must score again has said nothing yet.
        match graded.outcome.as_str() {
            "OUTCOME_RESCORE_REQUIRED" => remove(tx, &graded.sitting, GRADED).await,
            _ => {
                let of = (GRADED, graded.product.as_str());
                put(tx, step(event, &graded.sitting, of, on(event)?, graded.stars >= 3)?).await
            }
        }
    } else {
        Ok(())
    }
}

async fn candidate(tx: &impl ConnectionTrait, event: &Event, of: registry::v1::CandidateRecorded) -> Result<()> {
    if of.kind != registry::v1::CandidateKind::First.as_str_name() {
        return remove(tx, &of.candidate, CANDIDATE).await;
    }
    use registry::v1::CandidateState::{CarriedOver, Dropped};
    let left = [Dropped, CarriedOver].iter().any(|state| state.as_str_name() == of.state);
    let product = if of.product.is_empty() { &of.candidate } else { &of.product };
    let step = step(event, &of.candidate, (CANDIDATE, product), on(event)?, !left)?;
    put(tx, Step { year: of.year, ..step }).await
}

async fn dossier(tx: &impl ConnectionTrait, event: &Event, of: registry::v1::DossierRecorded) -> Result<()> {
    if !is_first(&of.kind) || of.filing_date.is_none() {
        return Ok(());
    }
    use registry::v1::DossierState::{Rejected, Withdrawn};
    let left = [Rejected, Withdrawn].iter().any(|state| state.as_str_name() == of.state);
    let filed = date(of.filing_date.as_ref())?;
    put(tx, step(event, &of.dossier, (FILED, &of.product), filed, !left)?).await
}

fn is_first(kind: &str) -> bool {
    kind == registry::v1::DossierKind::First.as_str_name()
}

/// The day of an event: of its act, or else on which it was recorded.
fn on(event: &Event) -> Result<Date> {
    let recorded = event.record_time.as_ref().map(|time| day::at(instant::of(time)));
    let on = event.act_date.as_ref().and_then(day::of).or(recorded);
    on.ok_or_else(|| Error::internal("an event carries no day"))
}

fn step(event: &Event, resource: &str, (stage, product): (i32, &str), day: Date, goes_on: bool) -> Result<Step> {
    Ok(Step {
        resource: resource.to_owned(),
        stage,
        product: product.to_owned(),
        unit: event.unit.clone(),
        unit_path: super::path(&event.unit)?,
        day,
        year: day.year(),
        goes_on,
        sample: event.sample,
    })
}
