//! The RPCs of estimates.

use std::collections::BTreeMap;

use kit::{Answer, Error, Fact, Kit, Result, Violations, Write, fresh};
use proto::budget::v1::estimate_service_server::EstimateService;
use proto::budget::v1::{self as pb, Estimate, ListEstimatesResponse};
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, NewEstimate, Stage, Verb};
use super::lines::{LineDraft, foreign_norms, price_with};
use super::{amending, store, wire};
use crate::history::domain::StepKind;
use crate::history::store::Said;
use crate::norms::{self, domain::Own};
use crate::plans::store::Plan;
use crate::shared::wire::{acting, not_before};
use crate::{ceilings, history, plans, tasks};

/// The RPCs.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }

    /// The norms of units that the lines of a draft name, read before the draft is checked: their amounts never change.
    async fn own_norms(&self, draft: Option<&Estimate>) -> Result<Own> {
        let ids = draft.map(|estimate| norms::wire::own_ids(&estimate.lines)).unwrap_or_default();
        norms::store::rates(self.kit.database()?.reader(), &ids).await
    }

    /// Ids for as many lines.
    fn ids(&self, lines: usize) -> Vec<Uuid> {
        std::iter::repeat_with(|| self.kit.new_id()).take(lines).collect()
    }

    /// Brings an estimate to a stage, keeps the step in its history and tells of it.
    async fn step<P>(
        &self,
        w: &Write<P>,
        (mut estimate, to): (store::Estimate, Stage),
        said: &Said<'_>,
    ) -> Result<store::Estimate> {
        store::moved(&mut estimate, to, said.act_date);
        let estimate = kept(w, estimate, Some(said.act_date)).await?;
        let step = history::store::taken(self.kit.new_id(), &estimate, said, w.call.now_us)?;
        history::store::take(w.tx(), &[step]).await?;
        Ok(estimate)
    }
}

/// The estimate of a step, locked and judged: the caller may, the etag is fresh, the stage allows it, the day is not before
/// the last step's. Answers the stage after it.
async fn taken<T: Send + Sync>(w: &Write<wire::Step<T>>, verb: Verb) -> Result<(store::Estimate, Stage)> {
    let step = &w.want;
    let (estimate, to) = allowed(w, step.id, &step.etag, verb).await?;
    not_before("act_date", step.act_date, estimate.last_act_date)?;
    Ok((estimate, to))
}

async fn allowed<P>(w: &Write<P>, id: Uuid, etag: &str, verb: Verb) -> Result<(store::Estimate, Stage)> {
    let name = wire::name_of(id);
    let estimate = store::lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(&estimate.unit_path)?;
    if !verb.is_askers() {
        // A district asks out of the province's plan; what it gets is not its own to say.
        let plan = plans::store::fetch(w.tx(), estimate.plan_id).await?;
        w.call.at(&plan.ok_or_else(|| Error::internal("an estimate without its plan"))?.unit_path)?;
    }
    fresh(etag, estimate.version, &name)?;
    let to = domain::step(store::stage(&estimate)?, verb).map_err(wire::forbidden)?;
    Ok((estimate, to))
}

/// Keeps what a step left in an estimate and tells of it.
async fn kept<P>(w: &Write<P>, estimate: store::Estimate, act_date: Option<Date>) -> Result<store::Estimate> {
    let estimate = store::update(w.tx(), estimate, w.call.now_us).await?;
    told(w, &estimate, act_date)?;
    Ok(estimate)
}

/// Tells of an estimate's step.
///
/// # Errors
/// INTERNAL for a row that this program has not written.
pub fn told<P>(w: &Write<P>, estimate: &store::Estimate, act_date: Option<Date>) -> Result<()> {
    let fact = Fact::of(&wire::name_of(estimate.id)).at(&estimate.unit).sample(estimate.sample);
    let fact = act_date.into_iter().fold(fact, Fact::on);
    w.record(fact.tells(&wire::moved(estimate)?));
    Ok(())
}

/// What a step says where it gives no reasons.
fn said<T>(w: &Write<wire::Step<T>>, kind: StepKind) -> Said<'_> {
    Said::of(kind, acting(&w.call), w.want.act_date, &w.want.document_number)
}

/// Where a new estimate belongs, after the caller was judged for its unit: the unit that asks lies within the plan's; an
/// amendment is of an assigned estimate of the same plan and unit, in a year that is open.
async fn placed(w: &Write<NewEstimate>, plan: &Plan) -> Result<store::Place> {
    let new = &w.want;
    let amended = match new.amends {
        Some(id) => Some((id, store::find(w.tx(), id).await?)),
        None => None,
    };
    let of_amended = amended.as_ref().and_then(|(_, found)| found.as_ref());
    let default = of_amended.map_or((&plan.unit, &plan.unit_path), |found| (&found.unit, &found.unit_path));
    let (unit, unit_path) = new.unit.map_or(default, |unit| (&unit.name, &unit.path));
    w.call.at(unit_path)?;
    let within = reference::units::prefixes(&plan.unit);
    if !within.iter().any(|prefix| unit_path.starts_with(prefix.as_str())) {
        return Err(wire::outside(unit, &plan.unit));
    }
    let mut agency = new.agency.clone();
    if let Some((id, found)) = &amended {
        let assigned = |of: &&store::Estimate| of.plan_id == plan.id && of.stage == Stage::Assigned.word();
        let found = found.as_ref().filter(assigned).ok_or_else(|| wire::unfit(*id))?;
        if &found.unit != unit {
            return Err(wire::outside(unit, &found.unit));
        }
        if let Some(assigned) = found.assign_date {
            not_before("estimate.draft_date", new.draft_date, assigned)?;
        }
        amending::open(plan.year, new.draft_date).map_err(|since| wire::closed(plan.year, since))?;
        if agency.is_empty() {
            agency.clone_from(&found.agency);
        }
    }
    let sample = of_amended.is_some_and(|found| found.sample);
    Ok(store::Place { unit: unit.clone(), unit_path: unit_path.clone(), agency, sample })
}

/// Refuses lines for tasks that are none of the plan's. The tasks are locked: none of them leaves its plan meanwhile.
async fn pays_for<P>(w: &Write<P>, plan: Uuid, drafts: &[LineDraft]) -> Result<()> {
    let mut tasks: Vec<Uuid> = drafts.iter().filter_map(|draft| draft.task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    wire::refuse_tasks(drafts, &tasks::store::lock_named(w.tx(), plan, &tasks).await?)
}

/// Refuses lines that change others than they may.
async fn amend_fitting<P>(w: &Write<P>, amends: Option<Uuid>, drafts: Vec<LineDraft>) -> Result<()> {
    let assigned = match amends {
        Some(id) => store::amendable(w.tx(), id).await?,
        None => amending::Assigned::new(),
    };
    let faults = amending::faults(&drafts, &assigned);
    if faults.is_empty() { Ok(()) } else { Err(wire::amendment_faults(&drafts, &faults)) }
}

#[async_trait]
impl EstimateService for Api {
    async fn create_estimate(&self, request: Request<pb::CreateEstimateRequest>) -> Answer<Estimate> {
        let id = self.kit.new_id();
        let line_ids = self.ids(request.get_ref().estimate.as_ref().map_or(0, |e| e.lines.len()));
        let line_ids = &line_ids;
        let own = self.own_norms(request.get_ref().estimate.as_ref()).await?;
        let read = |req: &pb::CreateEstimateRequest, v: &mut Violations| wire::create_estimate(req, v, &own);
        self.kit
            .write(request, read, move |w| async move {
                let new = &w.want;
                let plan = plans::store::fetch(w.tx(), new.plan).await?.ok_or_else(|| wire::no_plan(new.plan))?;
                let place = placed(&w, &plan).await?;
                wire::refuse_lines(&foreign_norms(&new.priced, &place.unit_path), new.draft_date)?;
                let drafts: Vec<LineDraft> = new.priced.lines.iter().map(|line| line.draft.clone()).collect();
                pays_for(&w, plan.id, &drafts).await?;
                amend_fitting(&w, new.amends, drafts).await?;
                let kept = (&plan, &place, &**new);
                let (estimate, lines) = store::insert(w.tx(), id, line_ids, kept, w.call.now_us).await?;
                let said = Said::of(StepKind::Draft, acting(&w.call), new.draft_date, "");
                let step = history::store::taken(self.kit.new_id(), &estimate, &said, w.call.now_us)?;
                history::store::take(w.tx(), &[step]).await?;
                told(&w, &estimate, Some(estimate.draft_date))?;
                wire::estimate(estimate, lines)
            })
            .await
    }

    async fn get_estimate(&self, request: Request<pb::GetEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .read(request, wire::get_estimate, |r| async move {
                let found = store::fetch(r.db(), r.want).await?;
                let (estimate, lines) = found.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&estimate.unit_path)?;
                wire::estimate(estimate, lines)
            })
            .await
    }

    async fn list_estimates(&self, request: Request<pb::ListEstimatesRequest>) -> Answer<ListEstimatesResponse> {
        self.kit
            .read(request, wire::list_estimates, |r| async move {
                let (filter, page) = &r.want;
                let estimates = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (estimates, next_page_token) = page.cut(estimates, |e| vec![e.id.to_string()]);
                let estimates = estimates.into_iter().map(|e| wire::estimate(e, Vec::new())).collect::<Result<_>>()?;
                Ok(ListEstimatesResponse { estimates, next_page_token })
            })
            .await
    }

    async fn update_estimate(&self, request: Request<pb::UpdateEstimateRequest>) -> Answer<Estimate> {
        let line_ids = self.ids(request.get_ref().estimate.as_ref().map_or(0, |e| e.lines.len()));
        let own = self.own_norms(request.get_ref().estimate.as_ref()).await?;
        let (line_ids, own) = (&line_ids, &own);
        self.kit
            .write(request, wire::update_estimate, move |w| async move {
                let change = &w.want;
                let (mut estimate, _) = allowed(&w, change.id, &change.etag, Verb::Update).await?;
                if let Some(title) = &change.title {
                    estimate.title.clone_from(title);
                }
                let lines = match &change.lines {
                    None => store::lines(w.tx(), estimate.id).await?,
                    Some(drafts) => {
                        let on = estimate.draft_date;
                        let priced =
                            price_with(drafts.clone(), on, own).map_err(|faults| wire::line_faults(&faults, on))?;
                        wire::refuse_lines(&foreign_norms(&priced, &estimate.unit_path), on)?;
                        pays_for(&w, estimate.plan_id, drafts).await?;
                        amend_fitting(&w, estimate.amends, drafts.clone()).await?;
                        estimate = store::changed(estimate, &priced);
                        store::replace_lines(w.tx(), &estimate, line_ids, &priced).await?
                    }
                };
                let estimate = kept(&w, estimate, None).await?;
                wire::estimate(estimate, lines)
            })
            .await
    }

    async fn submit_estimate(&self, request: Request<pb::SubmitEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::submit_estimate, move |w| async move {
                let (mut estimate, to) = taken(&w, Verb::Submit).await?;
                let lines = store::say_returned(w.tx(), store::lines(w.tx(), estimate.id).await?, &[]).await?;
                estimate.above_ceiling_vnd = ceilings::api::judge(w.tx(), &estimate, &lines).await?;
                estimate.submit_date = Some(w.want.act_date);
                estimate.version_count += 1;
                let said = Said { number: estimate.version_count, ..said(&w, StepKind::Submit) };
                history::store::submit(w.tx(), &estimate, &lines, &said, w.call.now_us).await?;
                wire::estimate(self.step(&w, (estimate, to), &said).await?, lines)
            })
            .await
    }

    async fn appraise_estimate(&self, request: Request<pb::AppraiseEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::appraise_estimate, move |w| async move {
                let appraisals = &w.want.said;
                let (mut estimate, to) = taken(&w, Verb::Appraise).await?;
                let lines = store::lines(w.tx(), estimate.id).await?;
                let requested: BTreeMap<Uuid, i64> = lines.iter().map(|l| (l.id, l.amount_vnd)).collect();
                let granted = domain::appraise(&requested, appraisals)
                    .map_err(|(faults, left)| wire::appraisal_faults(appraisals, &faults, &left))?;
                let lines = store::appraise(w.tx(), lines, appraisals).await?;
                estimate.above_ceiling_vnd = ceilings::api::judge(w.tx(), &estimate, &lines).await?;
                estimate.appraise_date = Some(w.want.act_date);
                estimate.appraised_vnd = Some(granted);
                let estimate = store::moves(estimate, &lines);
                wire::estimate(self.step(&w, (estimate, to), &said(&w, StepKind::Appraise)).await?, lines)
            })
            .await
    }

    async fn return_estimate(&self, request: Request<pb::ReturnEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::return_estimate, move |w| async move {
                let (reason, returns) = &w.want.said;
                let (mut estimate, to) = taken(&w, Verb::Return).await?;
                let lines = store::lines(w.tx(), estimate.id).await?;
                let ids: Vec<Uuid> = lines.iter().map(|line| line.id).collect();
                domain::returned(&ids, returns).map_err(|faults| wire::return_faults(returns, &faults))?;
                let lines = store::say_returned(w.tx(), lines, returns).await?;
                estimate.return_date = Some(w.want.act_date);
                estimate.return_reason.clone_from(reason);
                let said = Said { reason, lines: returns, ..said(&w, StepKind::Return) };
                wire::estimate(self.step(&w, (estimate, to), &said).await?, lines)
            })
            .await
    }

    async fn reopen_estimate(&self, request: Request<pb::ReopenEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::reopen_estimate, move |w| async move {
                let (mut estimate, to) = taken(&w, Verb::Reopen).await?;
                let lines = store::reopen(w.tx(), store::lines(w.tx(), estimate.id).await?).await?;
                estimate.appraise_date = None;
                estimate.appraised_vnd = None;
                let estimate = store::moves(estimate, &lines);
                let said = Said { reason: &w.want.said, ..said(&w, StepKind::Reopen) };
                wire::estimate(self.step(&w, (estimate, to), &said).await?, lines)
            })
            .await
    }

    async fn approve_estimate(&self, request: Request<pb::ApproveEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::approve_estimate, move |w| async move {
                let (mut estimate, to) = taken(&w, Verb::Approve).await?;
                estimate.approve_date = Some(w.want.act_date);
                let estimate = self.step(&w, (estimate, to), &said(&w, StepKind::Approve)).await?;
                let lines = store::lines(w.tx(), estimate.id).await?;
                wire::estimate(estimate, lines)
            })
            .await
    }
}
