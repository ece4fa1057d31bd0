//! The RPCs of estimates.

use std::collections::BTreeMap;

use kit::{Answer, Error, Fact, Kit, Result, Violations, Write};
use proto::budget::v1::estimate_service_server::EstimateService;
use proto::budget::v1::{self as pb, Estimate, ListEstimatesResponse};
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, Stage, Verb};
use super::lines::{foreign_norms, price_with};
use super::{store, wire};
use crate::norms::{self, domain::Own};
use crate::plans;
use crate::shared::wire::not_before;
use kit::fresh;

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
    fresh(etag, estimate.version, &name)?;
    let to = domain::step(store::stage(&estimate)?, verb).map_err(wire::forbidden)?;
    Ok((estimate, to))
}

/// Keeps a step and tells of it.
async fn kept<P>(w: &Write<P>, estimate: store::Estimate, act_date: Option<Date>) -> Result<store::Estimate> {
    let estimate = store::update(w.tx(), estimate, w.call.now_us).await?;
    let fact = Fact::of(&wire::name_of(estimate.id)).at(&estimate.unit).sample(estimate.sample);
    let fact = act_date.into_iter().fold(fact, Fact::on);
    w.record(fact.tells(&wire::moved(&estimate)?));
    Ok(estimate)
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
                w.call.at(&plan.unit_path)?;
                wire::refuse_lines(&foreign_norms(&new.priced, &plan.unit_path), new.draft_date)?;
                let (estimate, lines) = store::insert(w.tx(), id, line_ids, (&plan, new), w.call.now_us).await?;
                w.record(
                    Fact::of(&wire::name_of(id))
                        .at(&estimate.unit)
                        .on(estimate.draft_date)
                        .sample(estimate.sample)
                        .tells(&wire::moved(&estimate)?),
                );
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
                        let priced = price_with(drafts.clone(), on, own).or_else(|faults| {
                            wire::refuse_lines(&faults, on)?;
                            Err(Error::internal("lines without amounts and without faults"))
                        })?;
                        wire::refuse_lines(&foreign_norms(&priced, &estimate.unit_path), on)?;
                        estimate.amount_vnd = priced.total_vnd;
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
                let act_date = w.want.act_date;
                let (mut estimate, to) = taken(&w, Verb::Submit).await?;
                store::moved(&mut estimate, to, act_date);
                estimate.submit_date = Some(act_date);
                let estimate = kept(&w, estimate, Some(act_date)).await?;
                let lines = store::lines(w.tx(), estimate.id).await?;
                wire::estimate(estimate, lines)
            })
            .await
    }

    async fn appraise_estimate(&self, request: Request<pb::AppraiseEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::appraise_estimate, move |w| async move {
                let (act_date, appraisals) = (w.want.act_date, &w.want.said);
                let (mut estimate, to) = taken(&w, Verb::Appraise).await?;
                let lines = store::lines(w.tx(), estimate.id).await?;
                let requested: BTreeMap<Uuid, i64> = lines.iter().map(|l| (l.id, l.amount_vnd)).collect();
                let granted = domain::appraise(&requested, appraisals)
                    .map_err(|(faults, left)| wire::appraisal_faults(appraisals, &faults, &left))?;
                let lines = store::appraise(w.tx(), lines, appraisals).await?;
                store::moved(&mut estimate, to, act_date);
                estimate.appraise_date = Some(act_date);
                estimate.appraised_vnd = Some(granted);
                let estimate = kept(&w, estimate, Some(act_date)).await?;
                wire::estimate(estimate, lines)
            })
            .await
    }

    async fn return_estimate(&self, request: Request<pb::ReturnEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::return_estimate, move |w| async move {
                let act_date = w.want.act_date;
                let (mut estimate, to) = taken(&w, Verb::Return).await?;
                store::moved(&mut estimate, to, act_date);
                estimate.return_date = Some(act_date);
                estimate.return_reason.clone_from(&w.want.said);
                let estimate = kept(&w, estimate, Some(act_date)).await?;
                let lines = store::lines(w.tx(), estimate.id).await?;
                wire::estimate(estimate, lines)
            })
            .await
    }

    async fn approve_estimate(&self, request: Request<pb::ApproveEstimateRequest>) -> Answer<Estimate> {
        self.kit
            .write(request, wire::approve_estimate, move |w| async move {
                let act_date = w.want.act_date;
                let (mut estimate, to) = taken(&w, Verb::Approve).await?;
                store::moved(&mut estimate, to, act_date);
                estimate.approve_date = Some(act_date);
                let estimate = kept(&w, estimate, Some(act_date)).await?;
                let lines = store::lines(w.tx(), estimate.id).await?;
                wire::estimate(estimate, lines)
            })
            .await
    }
}
