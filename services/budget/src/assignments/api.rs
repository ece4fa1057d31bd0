//! The RPCs of assignments.

use kit::{Answer, Error, Fact, Kit};
use proto::budget::v1::assignment_service_server::AssignmentService;
use proto::budget::v1::{self as pb, Assignment, ListAssignmentsResponse};
use tonic::{Request, async_trait};

use super::{domain, store, wire};
use crate::estimates::domain::{Verb, step};
use crate::shared::wire::not_before;
use crate::{estimates, ledger, periods, plans};

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
}

#[async_trait]
impl AssignmentService for Api {
    async fn assign_budget(&self, request: Request<pb::AssignBudgetRequest>) -> Answer<Assignment> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::assign_budget, move |w| async move {
                let want = &w.want;
                let estimate = estimates::store::lock(w.tx(), want.estimate).await?;
                let estimate = estimate.ok_or_else(|| Error::not_found(estimates::wire::name_of(want.estimate)))?;
                w.call.at(&estimate.unit_path)?;
                let stage = estimates::store::stage(&estimate)?;
                let to = step(stage, Verb::Assign).map_err(estimates::wire::forbidden)?;
                not_before("decision_date", want.decision_date, estimate.last_act_date)?;

                let mut estimate = estimate;
                estimates::store::moved(&mut estimate, to, want.decision_date);
                estimate.assign_date = Some(want.decision_date);
                let estimate = estimates::store::update(w.tx(), estimate, w.call.now_us).await?;
                let decision = (want.decision_number.as_str(), want.decision_date);
                let assignment = store::insert(w.tx(), id, &estimate, decision, w.call.now_us).await?;

                let lines = estimates::store::lines(w.tx(), estimate.id).await?;
                ledger::store::open(w.tx(), estimate.id, want.decision_date).await?;
                let act = ledger::store::Act {
                    date: want.decision_date,
                    note: &want.decision_number,
                    reverses: None,
                    transfer: None,
                    sample: false,
                    now_us: w.call.now_us,
                };
                let plan = plans::store::fetch(w.tx(), estimate.plan_id).await?;
                let plan = plan.ok_or_else(|| Error::internal("an estimate without a plan"))?;
                periods::store::open(w.tx(), &plan, w.call.now_us).await?;
                let book = periods::store::hold(w.tx(), plan.id).await?;
                let mut entries = Vec::with_capacity(lines.len());
                for line in &lines {
                    let Some(posting) = domain::opening(line.appraised_vnd) else { continue };
                    let by = (w.call.as_ref(), line.unit_path.as_str());
                    periods::wire::admitted(&book, posting, ("decision_date", act.date), by)?;
                    entries.push((line, ledger::store::entry(self.kit.new_id(), line, posting, &act)));
                }
                let rows: Vec<_> = entries.iter().map(|(_, entry)| entry.clone()).collect();
                ledger::store::insert(w.tx(), &rows).await?;

                let fact = |resource: &str| {
                    Fact::of(resource).at(&estimate.unit).on(want.decision_date).sample(estimate.sample)
                };
                w.record(fact(&estimates::wire::name_of(estimate.id)).tells(&estimates::wire::moved(&estimate)?));
                for (line, entry) in &entries {
                    w.record(fact(&ledger::wire::name_of(entry.id)).tells(&ledger::wire::posted(entry, line)?));
                }
                Ok(wire::assignment(assignment))
            })
            .await
    }

    async fn get_assignment(&self, request: Request<pb::GetAssignmentRequest>) -> Answer<Assignment> {
        self.kit
            .read(request, wire::get_assignment, |r| async move {
                let assignment = store::fetch(r.db(), r.want).await?;
                let assignment = assignment.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&assignment.unit_path)?;
                Ok(wire::assignment(assignment))
            })
            .await
    }

    async fn list_assignments(&self, request: Request<pb::ListAssignmentsRequest>) -> Answer<ListAssignmentsResponse> {
        self.kit
            .read(request, wire::list_assignments, |r| async move {
                let (plan, page) = &r.want;
                let assignments = store::list(r.db(), &r.call.scope(), *plan, page).await?;
                let (assignments, next_page_token) = page.cut(assignments, |a| vec![a.id.to_string()]);
                let assignments = assignments.into_iter().map(wire::assignment).collect();
                Ok(ListAssignmentsResponse { assignments, next_page_token })
            })
            .await
    }
}
