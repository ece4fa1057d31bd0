//! Estimates between the wire and the domain.

use kit::{Error, Page, Result, Violations, day, instant, name};
use proto::budget::v1::{self as pb, ErrorReason, estimate_line};
use proto::common::v1::ErrorReason as Common;
use time::Date;
use uuid::Uuid;

use super::amending;
use super::domain::{Appraisal, AppraisalFault, Forbidden, LineReturn, NewEstimate, Stage};
use super::lines::{Category, Cost, LIMIT_VND, LineDraft, LineFault, Source, price_with};
use super::quarters::{QuarterFault, Share};
use super::store::{self, Estimate, Filter, Line};
use crate::norms::domain::Own;
use crate::norms::wire::name_of as norm_name;
use crate::plans::wire::name_of as plan_name;
use crate::tasks::wire::name_of as task_name;
use reference::wire::{clean, title, unit_on, within};

/// A draft to be changed.
pub struct Update {
    /// The estimate.
    pub id: Uuid,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// The new title.
    pub title: Option<String>,
    /// The new lines.
    pub lines: Option<Vec<LineDraft>>,
}

/// A step of an estimate.
pub struct Step<T> {
    /// The estimate.
    pub id: Uuid,
    /// The etag that was read; empty where the caller does not ask.
    pub etag: String,
    /// The day of the step.
    pub act_date: Date,
    /// Number of the document that it stands on; may be empty.
    pub document_number: String,
    /// What else the step says.
    pub said: T,
}

/// Reads a request.
pub fn create_estimate(req: &pb::CreateEstimateRequest, v: &mut Violations, own: &Own) -> Option<NewEstimate> {
    let estimate = req.estimate.as_ref()?;
    let plan = v.name("estimate.plan", &estimate.plan, "plans");
    let title = title(v, "estimate.title", &estimate.title);
    let draft_date = v.act_date("estimate.draft_date", estimate.draft_date.as_ref());
    let drafts = lines(v, &estimate.lines);
    let priced = drafts
        .zip(draft_date)
        .and_then(|(drafts, day)| price_with(drafts, day, own).map_err(|faults| add_line_faults(v, &faults, day)).ok());
    let unit = if estimate.unit.is_empty() {
        Some(None)
    } else {
        unit_on(v, "estimate.unit", &estimate.unit, ("estimate.draft_date", draft_date)).map(Some)
    };
    let agency = opt_line(v, "estimate.agency", &estimate.agency);
    let amends = v.opt_name("estimate.amends", &estimate.amends, "estimates");
    Some(NewEstimate {
        plan: plan?,
        unit: unit?,
        agency: agency?,
        amends: amends?,
        title: title?,
        draft_date: draft_date?,
        priced: priced?,
        sample: estimate.sample,
    })
}

/// A text of one line that may be left out.
pub fn opt_line(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    if typed.is_empty() { Some(String::new()) } else { title(v, field, typed) }
}

/// Reads a request.
pub fn get_estimate(req: &pb::GetEstimateRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "estimates")
}

/// Reads a request.
pub fn list_estimates(req: &pb::ListEstimatesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let plan = v.opt_name("plan", &req.plan, "plans");
    let within = within(v, &req.unit);
    let agency = clean(&req.agency);
    let task = v.opt_name("task", &req.task, "tasks");
    let selects = [&req.plan, &req.unit, &req.stage.to_string(), &agency, &req.task];
    let page = v.page(req.page_size, &req.page_token, &selects.map(String::as_str));
    Some((Filter { plan: plan?, within: within?, stage: Stage::of_number(req.stage), agency, task: task? }, page?))
}

/// Reads a request.
pub fn update_estimate(req: &pb::UpdateEstimateRequest, v: &mut Violations) -> Option<Update> {
    let estimate = req.estimate.as_ref()?;
    let id = v.name("estimate.name", &estimate.name, "estimates");
    let set = [("title", !estimate.title.is_empty()), ("lines", !estimate.lines.is_empty())];
    let mut update = Update { id: Uuid::nil(), etag: estimate.etag.clone(), title: None, lines: None };
    for field in v.mask(req.update_mask.as_ref(), &set).unwrap_or_default() {
        match field {
            "title" => update.title = title(v, "estimate.title", &estimate.title),
            _ => update.lines = lines(v, &estimate.lines),
        }
    }
    Some(Update { id: id?, ..update })
}

/// Reads a request.
pub fn submit_estimate(req: &pb::SubmitEstimateRequest, v: &mut Violations) -> Option<Step<()>> {
    step(v, (&req.name, &req.etag), (req.act_date.as_ref(), &req.document_number), Some(()))
}

/// Reads a request.
pub fn appraise_estimate(req: &pb::AppraiseEstimateRequest, v: &mut Violations) -> Option<Step<Vec<Appraisal>>> {
    let mut appraisals = Vec::with_capacity(req.appraisals.len());
    for (at, said) in req.appraisals.iter().enumerate() {
        if let Some(line) = v.name(&format!("appraisals[{at}].line"), &said.line, "lines") {
            appraisals.push(Appraisal { line, granted_vnd: said.appraised_vnd, reason: clean(&said.reason) });
        }
    }
    step(v, (&req.name, &req.etag), (req.act_date.as_ref(), &req.document_number), Some(appraisals))
}

/// Why an estimate goes back, and which of its lines.
pub type Returned = (String, Vec<LineReturn>);

/// Reads a request.
pub fn return_estimate(req: &pb::ReturnEstimateRequest, v: &mut Violations) -> Option<Step<Returned>> {
    let reason = title(v, "reason", &req.reason);
    let mut lines = Vec::with_capacity(req.lines.len());
    for (at, said) in req.lines.iter().enumerate() {
        let line = v.name(&format!("lines[{at}].line"), &said.line, "lines");
        let reason = title(v, &format!("lines[{at}].reason"), &said.reason);
        lines.extend(line.zip(reason).map(|(line, reason)| LineReturn { line, reason }));
    }
    step(v, (&req.name, &req.etag), (req.act_date.as_ref(), &req.document_number), reason.map(|r| (r, lines)))
}

/// Reads a request.
pub fn reopen_estimate(req: &pb::ReopenEstimateRequest, v: &mut Violations) -> Option<Step<String>> {
    let reason = title(v, "reason", &req.reason);
    step(v, (&req.name, &req.etag), (req.act_date.as_ref(), &req.document_number), reason)
}

/// Reads a request.
pub fn approve_estimate(req: &pb::ApproveEstimateRequest, v: &mut Violations) -> Option<Step<()>> {
    step(v, (&req.name, &req.etag), (req.act_date.as_ref(), &req.document_number), Some(()))
}

fn step<T>(
    v: &mut Violations,
    (name, etag): (&str, &str),
    (act_date, document_number): (Option<&proto::google::r#type::Date>, &str),
    said: Option<T>,
) -> Option<Step<T>> {
    let id = v.name("name", name, "estimates");
    let act_date = v.act_date("act_date", act_date);
    let document_number = opt_line(v, "document_number", document_number)?;
    Some(Step { id: id?, etag: etag.to_owned(), act_date: act_date?, document_number, said: said? })
}

/// The lines of a draft; enum numbers that are none were found by the contract's own check.
fn lines(v: &mut Violations, sent: &[pb::EstimateLine]) -> Option<Vec<LineDraft>> {
    let mut drafts = Vec::with_capacity(sent.len());
    for (at, line) in sent.iter().enumerate() {
        let description = title(v, &format!("estimate.lines[{at}].description"), &line.description);
        let cost = cost(v, &format!("estimate.lines[{at}]"), line.cost.as_ref());
        let words = Category::of_number(line.category).zip(Source::of_number(line.source));
        let amends = v.opt_name(&format!("estimate.lines[{at}].amends_line"), &line.amends_line, "lines");
        let task = v.opt_name(&format!("estimate.lines[{at}].task"), &line.task, "tasks");
        if let (Some(description), Some(cost), Some((category, source)), Some(amends), Some(task)) =
            (description, cost, words, amends, task)
        {
            let share = |of: &pb::QuarterAmount| Share { quarter: of.quarter, amount_vnd: of.amount_vnd };
            let shares = line.quarters.iter().map(share).collect();
            let decrease = line.decrease;
            drafts.push(LineDraft { category, description, source, cost, shares, amends, decrease, task });
        }
    }
    (drafts.len() == sent.len()).then_some(drafts)
}

fn cost(v: &mut Violations, field: &str, sent: Option<&estimate_line::Cost>) -> Option<Cost> {
    match sent {
        None => {
            v.add(format!("{field}.norm_cost"), Common::FieldRequired, &[]);
            None
        }
        Some(estimate_line::Cost::NormCost(cost)) => {
            let id = cost.norm.strip_prefix("norms/");
            if id.is_none() && !cost.norm.is_empty() {
                v.add(format!("{field}.norm_cost.norm"), Common::FieldFormat, &[("expected", "norms/<id>")]);
            }
            let (quantity, days, rate_vnd) = (cost.quantity, cost.days, cost.rate_vnd);
            Some(Cost::Norm { norm: id?.to_owned(), quantity, days, rate_vnd })
        }
        Some(estimate_line::Cost::LumpSum(lump)) => {
            let reason = title(v, &format!("{field}.lump_sum.reason"), &lump.reason)?;
            Some(Cost::LumpSum { amount_vnd: lump.amount_vnd, reason })
        }
    }
}

/// What is wrong with the lines of a draft, for the caller.
#[must_use]
pub fn line_faults(faults: &[(Option<usize>, LineFault)], on: Date) -> Error {
    let mut v = Violations::default();
    add_line_faults(&mut v, faults, on);
    Error::invalid(v)
}

/// Refuses lines for tasks that are none of the plan's.
///
/// # Errors
/// REFERENCE_UNKNOWN of each.
pub fn refuse_tasks(drafts: &[LineDraft], known: &[Uuid]) -> Result<()> {
    let mut v = Violations::default();
    for (at, draft) in drafts.iter().enumerate() {
        if let Some(task) = draft.task.filter(|task| !known.contains(task)) {
            v.add(format!("estimate.lines[{at}].task"), Common::ReferenceUnknown, &[("name", &task_name(task))]);
        }
    }
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// Refuses a draft for the faults of its lines, if there are any.
///
/// # Errors
/// As [`line_faults`].
pub fn refuse_lines(faults: &[(Option<usize>, LineFault)], on: Date) -> Result<()> {
    if faults.is_empty() { Ok(()) } else { Err(line_faults(faults, on)) }
}

/// Adds what is wrong with the lines of a draft.
fn add_line_faults(v: &mut Violations, faults: &[(Option<usize>, LineFault)], on: Date) {
    for (at, fault) in faults {
        let field = at.map_or_else(|| "estimate.lines".to_owned(), |at| format!("estimate.lines[{at}]"));
        match fault {
            LineFault::NormUnknown { norm } => {
                let met = [("norm", norm_name(norm)), ("date", day::text(on))];
                let met = met.each_ref().map(|(key, value)| (*key, value.as_str()));
                v.add(format!("{field}.norm_cost.norm"), ErrorReason::NormUnknown, &met);
            }
            LineFault::NormExceeded { rate_vnd, amount_vnd } => {
                let met = [("rate", rate_vnd.to_string()), ("amount", amount_vnd.to_string())];
                let met = met.each_ref().map(|(key, value)| (*key, value.as_str()));
                v.add(format!("{field}.norm_cost.rate_vnd"), ErrorReason::NormExceeded, &met);
            }
            LineFault::Overflow => v.add(field, ErrorReason::AmountOverflow, &[("limit", &LIMIT_VND.to_string())]),
            LineFault::Quarters(QuarterFault::Repeated { quarter }) => {
                v.add(format!("{field}.quarters"), ErrorReason::QuarterRepeated, &[("quarter", &quarter.to_string())]);
            }
            LineFault::Quarters(QuarterFault::Sum { sum_vnd, amount_vnd }) => {
                let (sum, amount) = (sum_vnd.to_string(), amount_vnd.to_string());
                let met = [("sum", sum.as_str()), ("amount", amount.as_str())];
                v.add(format!("{field}.quarters"), ErrorReason::QuartersSumWrong, &met);
            }
        }
    }
}

/// What is wrong with the lines of an amendment, for the caller.
#[must_use]
pub fn amendment_faults(drafts: &[LineDraft], faults: &[(usize, amending::Fault)]) -> Error {
    let mut v = Violations::default();
    for (at, fault) in faults {
        let line = drafts.get(*at).and_then(|draft| draft.amends).map(line_name).unwrap_or_default();
        let reason = match fault {
            amending::Fault::Unfit => ErrorReason::AmendedLineUnfit,
            amending::Fault::Repeated => ErrorReason::LineRepeated,
        };
        v.add(format!("estimate.lines[{at}].amends_line"), reason, &[("line", &line)]);
    }
    Error::invalid(v)
}

/// What is wrong with the lines of a return, for the caller.
#[must_use]
pub fn return_faults(returns: &[LineReturn], faults: &[(usize, AppraisalFault)]) -> Error {
    let mut v = Violations::default();
    for (at, fault) in faults {
        let line = returns.get(*at).map(|of| line_name(of.line)).unwrap_or_default();
        let field = format!("lines[{at}].line");
        if *fault == AppraisalFault::Repeated {
            v.add(field, ErrorReason::LineRepeated, &[("line", &line)]);
        } else {
            v.add(field, Common::ReferenceUnknown, &[("name", &line)]);
        }
    }
    Error::invalid(v)
}

/// The unit of an estimate does not lie within its plan's, or is not that of the estimate that it amends.
#[must_use]
pub fn outside(unit: &str, within: &str) -> Error {
    Error::violation("estimate.unit", ErrorReason::UnitOutsidePlan, &[("unit", unit), ("within", within)])
}

/// The estimate cannot be amended.
#[must_use]
pub fn unfit(amended: Uuid) -> Error {
    Error::violation("estimate.amends", ErrorReason::AmendmentUnfit, &[("estimate", &name_of(amended))])
}

/// The year of the plan is closed.
#[must_use]
pub fn closed(year: i32, since: Date) -> Error {
    Error::refused(ErrorReason::AmendedYearClosed).with("year", year).with("date", day::text(since))
}

/// What is wrong with an appraisal, for the caller.
#[must_use]
pub fn appraisal_faults(appraisals: &[Appraisal], faults: &[(usize, AppraisalFault)], left: &[Uuid]) -> Error {
    let mut v = Violations::default();
    for (at, fault) in faults {
        let line = appraisals.get(*at).map(|a| line_name(a.line)).unwrap_or_default();
        let field = |of: &str| format!("appraisals[{at}].{of}");
        match fault {
            AppraisalFault::Unknown => v.add(field("line"), Common::ReferenceUnknown, &[("name", &line)]),
            AppraisalFault::Repeated => v.add(field("line"), ErrorReason::LineRepeated, &[("line", &line)]),
            AppraisalFault::AboveRequest { requested_vnd } => {
                let requested = requested_vnd.to_string();
                v.add(field("appraised_vnd"), ErrorReason::AppraisedAboveRequest, &[("requested", &requested)]);
            }
            AppraisalFault::Unreasoned => v.add(field("reason"), Common::FieldRequired, &[]),
        }
    }
    // One fault per field and reason is kept, so each line left out gets a place behind the list.
    for (at, line) in (appraisals.len()..).zip(left) {
        v.add(format!("appraisals[{at}]"), ErrorReason::LineMissing, &[("line", &line_name(*line))]);
    }
    Error::invalid(v)
}

/// The stage does not allow a step.
#[must_use]
pub fn forbidden(refusal: Forbidden) -> Error {
    let stage = refusal.stage.word().to_uppercase();
    Error::refused(ErrorReason::StageForbids).with("stage", stage).with("verb", refusal.verb.rpc())
}

/// The plan of an estimate does not exist.
#[must_use]
pub fn no_plan(plan: Uuid) -> Error {
    Error::violation("estimate.plan", Common::ReferenceUnknown, &[("name", &plan_name(plan))])
}

/// The name of an estimate.
#[must_use]
pub fn name_of(id: Uuid) -> String {
    name::of("estimates", id)
}

/// The name of a line.
#[must_use]
pub fn line_name(id: Uuid) -> String {
    name::of("lines", id)
}

/// An estimate as it is answered.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn estimate(estimate: Estimate, lines: Vec<Line>) -> Result<pb::Estimate> {
    Ok(pb::Estimate {
        name: name_of(estimate.id),
        plan: plan_name(estimate.plan_id),
        stage: store::stage(&estimate)?.number(),
        title: estimate.title,
        draft_date: Some(day::pb(estimate.draft_date)),
        lines: lines.into_iter().map(line).collect(),
        sample: estimate.sample,
        etag: kit::etag(estimate.version),
        agency: estimate.agency,
        amends: estimate.amends.map(name_of).unwrap_or_default(),
        increase_vnd: estimate.increase_vnd,
        decrease_vnd: estimate.decrease_vnd,
        above_ceiling_vnd: estimate.above_ceiling_vnd,
        version_count: estimate.version_count,
        unit: estimate.unit,
        amount_vnd: estimate.amount_vnd,
        appraised_vnd: estimate.appraised_vnd,
        submit_date: estimate.submit_date.map(day::pb),
        return_date: estimate.return_date.map(day::pb),
        return_reason: estimate.return_reason,
        appraise_date: estimate.appraise_date.map(day::pb),
        approve_date: estimate.approve_date.map(day::pb),
        assign_date: estimate.assign_date.map(day::pb),
        create_time: Some(instant::pb(estimate.create_us)),
        update_time: Some(instant::pb(estimate.update_us)),
    })
}

/// The quarters of a line; none where it is not spread.
fn quarters(line: &Line) -> Vec<pb::QuarterAmount> {
    let granted = [line.g1_vnd, line.g2_vnd, line.g3_vnd, line.g4_vnd];
    let of = (1..).zip(store::quarters(line)).zip(granted).filter(|((_, asked), _)| *asked > 0);
    of.map(|((quarter, amount_vnd), granted)| pb::QuarterAmount {
        quarter,
        amount_vnd,
        appraised_vnd: line.appraised_vnd.map(|_| granted),
    })
    .collect()
}

/// A line as it is answered.
#[must_use]
pub fn line(line: Line) -> pb::EstimateLine {
    let quarters = quarters(&line);
    let cost = if line.norm.is_empty() {
        estimate_line::Cost::LumpSum(pb::LumpSum { amount_vnd: line.amount_vnd, reason: line.lump_reason })
    } else {
        estimate_line::Cost::NormCost(pb::NormCost {
            norm: norm_name(&line.norm),
            quantity: line.quantity,
            days: line.days,
            rate_vnd: line.rate_vnd,
            legal_reference: line.legal_reference,
            norm_verified: line.norm_verified,
        })
    };
    pb::EstimateLine {
        name: line_name(line.id),
        category: category(&line.category),
        description: line.description,
        source: source(&line.source),
        cost: Some(cost),
        amount_vnd: line.amount_vnd,
        appraised_vnd: line.appraised_vnd,
        appraisal_reason: line.appraisal_reason,
        quarters,
        amends_line: line.amends_line.map(line_name).unwrap_or_default(),
        task: line.task_id.map(task_name).unwrap_or_default(),
        decrease: line.decrease,
        return_reason: line.return_reason,
    }
}

/// A category as it is answered.
#[must_use]
pub fn category(word: &str) -> i32 {
    Category::of(word).map_or(0, Category::number)
}

/// A source as it is answered.
#[must_use]
pub fn source(word: &str) -> i32 {
    Source::of(word).map_or(0, Source::number)
}

/// What the others are told of an estimate's step.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn moved(estimate: &Estimate) -> Result<pb::EstimateMoved> {
    let stage = pb::EstimateStage::try_from(store::stage(estimate)?.number()).unwrap_or_default();
    Ok(pb::EstimateMoved {
        estimate: name_of(estimate.id),
        plan: plan_name(estimate.plan_id),
        stage: stage.as_str_name().to_owned(),
        amount_vnd: estimate.appraised_vnd.unwrap_or(estimate.amount_vnd),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_contracts_names_and_numbers() {
        for stage in Stage::ALL {
            let name = pb::EstimateStage::try_from(stage.number()).unwrap().as_str_name();
            assert_eq!(name, format!("ESTIMATE_STAGE_{}", stage.word().to_uppercase()));
        }
        for category in Category::ALL {
            let name = pb::SpendingCategory::try_from(category.number()).unwrap().as_str_name();
            assert_eq!(name, format!("SPENDING_CATEGORY_{}", category.word().to_uppercase()));
        }
        for source in Source::ALL {
            let name = pb::FundingSource::try_from(source.number()).unwrap().as_str_name();
            assert_eq!(name, format!("FUNDING_SOURCE_{}", source.word().to_uppercase()));
        }
    }
}
