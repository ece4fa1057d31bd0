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
            true => put(tx, step(event, &sealed.dossier, (SEALED, &sealed.product), on(event)?, None)?).await,
            false => Ok(()),
        }
    } else if told.is::<evaluation::v1::SittingGraded>() {
        let graded: evaluation::v1::SittingGraded = told.read()?;
        // A sitting that must score again has said nothing yet.
        match graded.outcome.as_str() {
            "OUTCOME_RESCORE_REQUIRED" => remove(tx, &graded.sitting, GRADED).await,
            _ => {
                let (of, day) = ((GRADED, graded.product.as_str()), on(event)?);
                put(tx, step(event, &graded.sitting, of, day, (graded.stars < 3).then_some(day))?).await
            }
        }
    } else {
        Ok(())
    }
}

async fn candidate(tx: &impl ConnectionTrait, event: &Event, of: registry::v1::CandidateRecorded) -> Result<()> {
    if of.kind != registry::v1::CandidateKind::First.as_str_name() {
        remove(tx, &of.candidate, FILED).await?;
        return remove(tx, &of.candidate, CANDIDATE).await;
    }
    use registry::v1::CandidateState::{CarriedOver, Dropped, Filed};
    let (is, day) = (|state: &registry::v1::CandidateState| state.as_str_name() == of.state, on(event)?);
    let left = [Dropped, CarriedOver].iter().any(is).then_some(day);
    let product = if of.product.is_empty() { &of.candidate } else { &of.product };
    // Filed on paper, no dossier will tell of it; of one that is kept here both say the same.
    match is(&Filed) {
        true => put(tx, step(event, &of.candidate, (FILED, product), day, None)?).await?,
        false => remove(tx, &of.candidate, FILED).await?,
    }
    let step = step(event, &of.candidate, (CANDIDATE, product), day, left)?;
    put(tx, Step { year: of.year, ..step }).await
}

async fn dossier(tx: &impl ConnectionTrait, event: &Event, of: registry::v1::DossierRecorded) -> Result<()> {
    if !is_first(&of.kind) || of.filing_date.is_none() {
        return Ok(());
    }
    use registry::v1::DossierState::{Rejected, Withdrawn};
    let left = [Rejected, Withdrawn].iter().any(|state| state.as_str_name() == of.state);
    let (filed, left) = (date(of.filing_date.as_ref())?, left.then(|| on(event)).transpose()?);
    put(tx, step(event, &of.dossier, (FILED, &of.product), filed, left)?).await
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

fn step(
    event: &Event,
    resource: &str,
    (stage, product): (i32, &str),
    day: Date,
    left_day: Option<Date>,
) -> Result<Step> {
    Ok(Step {
        resource: resource.to_owned(),
        stage,
        product: product.to_owned(),
        unit: event.unit.clone(),
        unit_path: super::path(&event.unit)?,
        day,
        year: day.year(),
        left_day,
        sample: event.sample,
    })
}
