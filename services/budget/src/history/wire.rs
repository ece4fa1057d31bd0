//! Steps and versions between the wire and the domain.

use kit::{Error, Page, Result, Violations, day, instant};
use proto::budget::v1::{self as pb, ErrorReason};
use uuid::Uuid;

use super::domain::{Difference, Item, StepKind};
use super::store::{self, Step, Version};
use crate::estimates::domain::Stage;
use crate::estimates::store::{Estimate, Line, quarters};
use crate::estimates::wire::{line as rendered, line_name, name_of};

/// Two versions to be compared.
pub struct Compare {
    /// The estimate.
    pub estimate: Uuid,
    /// The older one.
    pub from: i32,
    /// The newer one; 0 for what is written now.
    pub to: i32,
}

/// Reads a request.
pub fn list_steps(req: &pb::ListEstimateStepsRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    list(v, &req.parent, (req.page_size, &req.page_token))
}

/// Reads a request.
pub fn list_versions(req: &pb::ListEstimateVersionsRequest, v: &mut Violations) -> Option<(Uuid, Page)> {
    list(v, &req.parent, (req.page_size, &req.page_token))
}

fn list(v: &mut Violations, parent: &str, (size, token): (i32, &str)) -> Option<(Uuid, Page)> {
    let estimate = v.name("parent", parent, "estimates");
    let page = v.page(size, token, &[parent]);
    Some((estimate?, page?))
}

/// Reads a request: the estimate and the number of the version.
pub fn get_version(req: &pb::GetEstimateVersionRequest, v: &mut Violations) -> Option<(Uuid, i32)> {
    let Some((estimate, number)) = req.name.split_once("/versions/") else {
        return v.name("name", &req.name, "estimates").and_then(|_| {
            v.add("name", proto::common::v1::ErrorReason::FieldFormat, &[("expected", "estimates/<uuid>/versions/1")]);
            None
        });
    };
    let estimate = v.name("name", estimate, "estimates");
    // A number that is none names nothing that there is.
    Some((estimate?, number.parse().unwrap_or(0)))
}

/// Reads a request.
pub fn compare_versions(req: &pb::CompareEstimateVersionsRequest, v: &mut Violations) -> Option<Compare> {
    let estimate = v.name("parent", &req.parent, "estimates")?;
    Some(Compare { estimate, from: req.from_version, to: req.to_version })
}

/// The name of a version.
#[must_use]
pub fn version_name(estimate: Uuid, number: i32) -> String {
    format!("{}/versions/{number}", name_of(estimate))
}

/// There is no such version.
#[must_use]
pub fn unknown(field: &str, number: i32, count: i32) -> Error {
    let met = [("number", number.to_string()), ("count", count.to_string())];
    let met = met.each_ref().map(|(key, value)| (*key, value.as_str()));
    Error::violation(field, ErrorReason::VersionUnknown, &met)
}

/// A step as it is answered.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn step(step: &Step) -> Result<pb::EstimateStep> {
    let line =
        |of: crate::estimates::domain::LineReturn| pb::LineReturn { line: line_name(of.line), reason: of.reason };
    Ok(pb::EstimateStep {
        kind: StepKind::of(&step.kind).map_or(0, StepKind::number),
        stage: Stage::of(&step.stage).map_or(0, Stage::number),
        role: step.role,
        act_date: Some(day::pb(step.act_date)),
        document_number: step.document_number.clone(),
        reason: step.reason.clone(),
        lines: store::returned(step)?.into_iter().map(line).collect(),
        version: step.number,
        create_time: Some(instant::pb(step.create_us)),
    })
}

/// A version as it is answered.
#[must_use]
pub fn version(version: Version, lines: Vec<Line>) -> pb::EstimateVersion {
    pb::EstimateVersion {
        name: version_name(version.estimate_id, version.number),
        number: version.number,
        title: version.title,
        submit_date: Some(day::pb(version.act_date)),
        document_number: version.document_number,
        amount_vnd: version.amount_vnd,
        line_count: version.line_count,
        lines: lines.into_iter().map(rendered).collect(),
        sample: version.sample,
        create_time: Some(instant::pb(version.create_us)),
    }
}

/// A line as it is compared.
#[must_use]
pub fn item(line: &Line) -> Item {
    let (norm, quantity, days, rate) = (&line.norm, line.quantity, line.days, line.rate_vnd);
    let (reason, spread, amends, task) = (&line.lump_reason, quarters(line), line.amends_line, line.task_id);
    Item {
        category: line.category.clone(),
        source: line.source.clone(),
        description: line.description.clone(),
        amount_vnd: if line.decrease { -line.amount_vnd } else { line.amount_vnd },
        rest: format!("{norm} {quantity} {days} {rate} {reason} {spread:?} {amends:?} {task:?}"),
    }
}

/// What an estimate was and is.
pub struct Sides {
    /// The older lines.
    pub old: Vec<Line>,
    /// The newer lines.
    pub new: Vec<Line>,
    /// The older total in đồng.
    pub old_vnd: i64,
    /// The newer total in đồng.
    pub new_vnd: i64,
}

impl Sides {
    /// Both of them out of a version and what is compared with it.
    #[must_use]
    pub fn of((old, old_vnd): (Vec<Line>, i64), (new, new_vnd): (Vec<Line>, i64)) -> Self {
        Self { old, new, old_vnd, new_vnd }
    }
}

/// The differences as they are answered.
#[must_use]
pub fn compared(sides: &Sides, differences: &[Difference]) -> pb::CompareEstimateVersionsResponse {
    let amount = |line: Option<&Line>| line.map_or(0, |line| item(line).amount_vnd);
    let show = |difference: &Difference| {
        use pb::LineDifferenceKind as K;
        let (kind, old, new) = match *difference {
            Difference::Added { new } => (K::Added, None, sides.new.get(new)),
            Difference::Removed { old } => (K::Removed, sides.old.get(old), None),
            Difference::Changed { old, new } => (K::Changed, sides.old.get(old), sides.new.get(new)),
        };
        pb::LineDifference {
            kind: kind.into(),
            difference_vnd: amount(new) - amount(old),
            old_line: old.cloned().map(rendered),
            new_line: new.cloned().map(rendered),
        }
    };
    let differences: Vec<pb::LineDifference> = differences.iter().map(show).collect();
    pb::CompareEstimateVersionsResponse {
        difference_vnd: differences.iter().map(|of| of.difference_vnd).sum(),
        differences,
        old_amount_vnd: sides.old_vnd,
        new_amount_vnd: sides.new_vnd,
    }
}

/// The estimate of a history is not there.
#[must_use]
pub fn no_estimate(id: Uuid) -> Error {
    Error::not_found(name_of(id))
}

/// The lines and total of a version.
///
/// # Errors
/// The violation VERSION_UNKNOWN.
pub fn side(versions: &[Version], number: i32, field: &str, of: &Estimate) -> Result<(Vec<Line>, i64)> {
    let found = versions.iter().find(|version| version.number == number);
    let found = found.ok_or_else(|| unknown(field, number, of.version_count))?;
    Ok((store::lines(found, of)?, found.amount_vnd))
}
