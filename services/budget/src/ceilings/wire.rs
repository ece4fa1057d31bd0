//! Ceilings between the wire and the domain.

use std::collections::BTreeSet;

use kit::{Error, Result, Violations, day, instant};
use proto::budget::v1::{self as pb, ErrorReason};
use time::Date;
use uuid::Uuid;

use super::domain::{BySource, Excess};
use super::store::{self, Ceilings};
use crate::estimates::lines::{LIMIT_VND, Source};
use crate::plans::wire::name_of as plan_name;
use reference::wire::title;

/// Ceilings to be set.
pub struct Set {
    /// The plan.
    pub plan: Uuid,
    /// The ceilings by source.
    pub amounts: BySource,
    /// A submission beyond one is refused.
    pub refuse: bool,
    /// Number of the document that announces them.
    pub document_number: String,
    /// Its day.
    pub act_date: Date,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
}

/// Reads a request.
pub fn get_ceilings(req: &pb::GetCeilingsRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("plan", &req.plan, "plans")
}

/// Reads a request.
pub fn set_ceilings(req: &pb::SetCeilingsRequest, v: &mut Violations) -> Option<Set> {
    let plan = v.name("plan", &req.plan, "plans");
    let (mut amounts, mut seen) = (BySource::new(), BTreeSet::new());
    for (at, ceiling) in req.ceilings.iter().enumerate() {
        // Numbers that are no source were found by the contract's own check.
        let Some(source) = Source::of_number(ceiling.source) else { continue };
        if !seen.insert(source) {
            let field = format!("ceilings[{at}].source");
            v.add(field, ErrorReason::CeilingRepeated, &[("source", source_name(source))]);
        }
        if ceiling.amount_vnd > LIMIT_VND {
            let field = format!("ceilings[{at}].amount_vnd");
            v.add(field, ErrorReason::AmountOverflow, &[("limit", &LIMIT_VND.to_string())]);
        }
        amounts.insert(source, ceiling.amount_vnd);
    }
    let document_number = title(v, "document_number", &req.document_number);
    let act_date = v.act_date("act_date", req.act_date.as_ref());
    Some(Set {
        plan: plan?,
        amounts,
        refuse: req.mode() != pb::CeilingMode::Flag,
        document_number: document_number?,
        act_date: act_date?,
        etag: req.etag.clone(),
    })
}

/// The contract's name of a source.
fn source_name(source: Source) -> &'static str {
    pb::FundingSource::try_from(source.number()).unwrap_or_default().as_str_name()
}

/// More is asked for, or granted, than the ceiling.
#[must_use]
pub fn exceeded(excess: &Excess) -> Error {
    Error::refused(ErrorReason::CeilingExceeded)
        .with("source", source_name(excess.source))
        .with("asked", excess.asked_vnd)
        .with("ceiling", excess.ceiling_vnd)
}

/// The name of a plan's ceilings.
#[must_use]
pub fn name_of(plan: Uuid) -> String {
    format!("{}/ceilings", plan_name(plan))
}

/// Ceilings as they are answered.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn ceilings(ceilings: &Ceilings, asked: &BySource) -> Result<pb::Ceilings> {
    let mode = if ceilings.refuse { pb::CeilingMode::Refuse } else { pb::CeilingMode::Flag };
    let of = |(source, amount_vnd): (Source, i64)| pb::Ceiling {
        source: source.number(),
        amount_vnd,
        asked_vnd: asked.get(&source).copied().unwrap_or(0),
    };
    Ok(pb::Ceilings {
        plan: plan_name(ceilings.plan_id),
        mode: mode.into(),
        ceilings: store::amounts(ceilings)?.into_iter().map(of).collect(),
        document_number: ceilings.document_number.clone(),
        act_date: Some(day::pb(ceilings.act_date)),
        etag: kit::etag(ceilings.version),
        update_time: Some(instant::pb(ceilings.update_us)),
    })
}

/// What the others are told.
#[must_use]
pub fn told(set: &Set) -> pb::CeilingsSet {
    let count = i32::try_from(set.amounts.len()).unwrap_or(i32::MAX);
    pb::CeilingsSet { plan: plan_name(set.plan), count }
}
