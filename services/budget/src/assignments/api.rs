//! The RPCs of assignments.

use std::collections::BTreeMap;

use kit::{Answer, Error, Fact, Kit, Result, Write};
use proto::budget::v1::assignment_service_server::AssignmentService;
use proto::budget::v1::{self as pb, Assignment, ListAssignmentsResponse};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::{domain, store, wire};
use crate::estimates::amending;
use crate::estimates::domain::{Stage, Verb, step};
use crate::estimates::store::{Estimate, Line};
use crate::history::domain::StepKind;
use crate::history::store::Said;
use crate::ledger::domain::Posting;
use crate::ledger::store::{Act, Entry};
use crate::plans::store::Plan;
use crate::shared::wire::{acting, not_before};
use crate::{estimates, history, ledger, periods, plans};

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

    /// Posts what an amendment changes of lines that have a budget: more as a further assignment, less by taking
    /// assignments back, the newest first.
    async fn amended<P>(
        &self,
        w: &Write<P>,
        (lines, locked): (&[Line], &[Line]),
        act: &Act<'_>,
    ) -> Result<Vec<(Line, Posting, Entry)>> {
        let changes: BTreeMap<Uuid, (i64, bool)> = lines.iter().filter_map(wire::change).collect();
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = changes.keys().copied().collect();
        let assigned = ledger::store::assigned(w.tx(), &ids).await?;
        let mut entries = Vec::new();
        for line in locked {
            let Some((amount, decrease)) = changes.get(&line.id).copied() else { continue };
            let mut after = ledger::store::balances(line);
            for (reverses, posting) in domain::amendment(&wire::left(line.id, &assigned), amount, decrease)
                .map_err(|held| wire::too_little(&after, amount, held))?
            {
                after = after.post(posting).map_err(ledger::wire::too_low)?;
                let act = Act { reverses, ..*act };
                let entry = ledger::store::entry(self.kit.new_id(), line, posting, &act);
                entries.push((line.clone(), posting, entry));
            }
            ledger::store::keep_balances(w.tx(), line.id, &after).await?;
        }
        Ok(entries)
    }
}

/// The estimate to be assigned, locked and judged, the stage after it, and its plan: whose money it is assigns it.
async fn assignable(w: &Write<wire::Assign>) -> Result<(Estimate, Stage, Plan)> {
    let want = &w.want;
    let estimate = estimates::store::lock(w.tx(), want.estimate).await?;
    let estimate = estimate.ok_or_else(|| Error::not_found(estimates::wire::name_of(want.estimate)))?;
    w.call.at(&estimate.unit_path)?;
    let plan = plans::store::fetch(w.tx(), estimate.plan_id).await?;
    let plan = plan.ok_or_else(|| Error::internal("an estimate without its plan"))?;
    w.call.at(&plan.unit_path)?;
    let stage = estimates::store::stage(&estimate)?;
    let to = step(stage, Verb::Assign).map_err(estimates::wire::forbidden)?;
    not_before("decision_date", want.decision_date, estimate.last_act_date)?;
    if estimate.amends.is_some() {
        amending::open(plan.year, want.decision_date).map_err(|since| estimates::wire::closed(plan.year, since))?;
    }
    Ok((estimate, to, plan))
}

#[async_trait]
impl AssignmentService for Api {
    async fn assign_budget(&self, request: Request<pb::AssignBudgetRequest>) -> Answer<Assignment> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::assign_budget, move |w| async move {
                let want = &w.want;
                let (mut estimate, to, plan) = assignable(&w).await?;
                periods::store::open(w.tx(), &plan, w.call.now_us).await?;
                let book = periods::store::hold(w.tx(), plan.id).await?;
                estimates::store::moved(&mut estimate, to, want.decision_date);
                estimate.assign_date = Some(want.decision_date);
                let estimate = estimates::store::update(w.tx(), estimate, w.call.now_us).await?;
                let decision = (want.decision_number.as_str(), want.decision_date);
                let assignment = store::insert(w.tx(), id, &estimate, decision, w.call.now_us).await?;
                let said = Said::of(StepKind::Assign, acting(&w.call), want.decision_date, &want.decision_number);
                let taken = history::store::taken(self.kit.new_id(), &estimate, &said, w.call.now_us)?;
                history::store::take(w.tx(), &[taken]).await?;

                let lines = estimates::store::lines(w.tx(), estimate.id).await?;
                // All at once: those that begin and those that change.
                let ids = lines.iter().flat_map(|line| [Some(line.id), line.amends_line]).flatten();
                let locked = ledger::store::lock_lines(w.tx(), &ids.collect::<Vec<_>>()).await?;
                ledger::store::open(w.tx(), estimate.id, want.decision_date).await?;
                let act = Act {
                    date: want.decision_date,
                    note: &want.decision_number,
                    reverses: None,
                    transfer: None,
                    sample: estimate.sample,
                    now_us: w.call.now_us,
                };
                let mut entries = Vec::with_capacity(lines.len());
                for line in &lines {
                    let granted = line.appraised_vnd.filter(|_| line.amends_line.is_none());
                    let Some(posting) = domain::opening(granted) else { continue };
                    let entry = ledger::store::entry(self.kit.new_id(), line, posting, &act);
                    entries.push((line.clone(), posting, entry));
                }
                entries.extend(self.amended(&w, (&lines, &locked), &act).await?);
                for (line, posting, _) in &entries {
                    let by = (w.call.as_ref(), line.unit_path.as_str());
                    periods::wire::admitted(&book, *posting, ("decision_date", act.date), by)?;
                }
                let rows: Vec<_> = entries.iter().map(|(_, _, entry)| entry.clone()).collect();
                ledger::store::insert(w.tx(), &rows).await?;

                let fact = |resource: &str| {
                    Fact::of(resource).at(&estimate.unit).on(want.decision_date).sample(estimate.sample)
                };
                w.record(fact(&estimates::wire::name_of(estimate.id)).tells(&estimates::wire::moved(&estimate)?));
                for (line, _, entry) in &entries {
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
