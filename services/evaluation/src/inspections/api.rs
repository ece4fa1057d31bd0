//! InspectionService.

mod rank;

use kit::{Answer, Error, Fact, Kit};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::inspection_service_server::InspectionService;
use tonic::Request;
use uuid::Uuid;

use super::domain::{PlanState, State, TRANSITIONS, Verb};
use super::store::{self, Plan, Visit};
use super::wire;
use crate::findings::store::Finding;
use crate::shared::steps::next;
use crate::shared::store::cursor;
use crate::{certificates, findings};

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPCs over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

fn plan_there(found: Option<Plan>, id: Uuid) -> kit::Result<Plan> {
    found.ok_or_else(|| Error::not_found(wire::plan_name(id)))
}

fn visit_there(found: Option<Visit>, id: Uuid) -> kit::Result<Visit> {
    found.ok_or_else(|| Error::not_found(wire::visit_name(id)))
}

fn plan_fact(plan: &Plan) -> Fact {
    Fact::of(&wire::plan_name(plan.id)).at(&plan.unit).sample(plan.sample).tells(&wire::plan_changed(plan))
}

fn visit_fact(visit: &Visit) -> Fact {
    Fact::of(&wire::visit_name(visit.id)).at(&visit.unit).sample(visit.sample).tells(&wire::visit_changed(visit))
}

/// The plan of a new visit, open.
async fn open_plan(w: &kit::Write<wire::CreateVisit>) -> kit::Result<Option<Plan>> {
    let Some(id) = w.want.plan else { return Ok(None) };
    let name = wire::plan_name(id);
    let unknown = || Error::violation("inspection_visit.plan", Common::ReferenceUnknown, &[("name", &name)]);
    let plan = store::lock_plan(w.tx(), id).await?.ok_or_else(unknown)?;
    if plan.state == PlanState::Closed { Err(wire::closed(&plan, "PLAN_VISIT")) } else { Ok(Some(plan)) }
}

/// The findings of a visit that was held.
fn found(kit: &Kit, visit: &Visit, want: &wire::Hold, now_us: i64) -> Vec<Finding> {
    let finding = |new: &wire::New| Finding {
        id: kit.new_id(),
        visit: visit.id,
        certificate: visit.certificate,
        unit: visit.unit.clone(),
        unit_path: visit.unit_path.clone(),
        severity: new.severity,
        description: new.description.clone(),
        required_action: new.required_action.clone(),
        found_date: want.held_date,
        due_date: new.due_date,
        state: findings::domain::State::Open,
        step_date: None,
        step_note: String::new(),
        sample: visit.sample,
        create_us: now_us,
    };
    want.findings.iter().map(finding).collect()
}

#[tonic::async_trait]
impl InspectionService for Api {
    async fn create_inspection_plan(
        &self,
        request: Request<pb::CreateInspectionPlanRequest>,
    ) -> Answer<pb::InspectionPlan> {
        let kit = &self.kit;
        kit.write(request, wire::create_plan, move |w: kit::Write<wire::CreatePlan>| async move {
            let want = &w.want;
            w.call.at(&want.unit.path)?;
            let plan = Plan {
                id: kit.new_id(),
                unit: want.unit.name.clone(),
                unit_path: want.unit.path.clone(),
                year: want.year,
                title: want.title.clone(),
                number: want.number.clone(),
                plan_date: want.plan_date,
                state: PlanState::Open,
                sample: want.sample,
                create_us: w.call.now_us,
            };
            store::insert_plan(w.tx(), &plan).await?;
            w.record(plan_fact(&plan).on(plan.plan_date));
            Ok(wire::plan(&plan))
        })
        .await
    }

    async fn get_inspection_plan(&self, request: Request<pb::GetInspectionPlanRequest>) -> Answer<pb::InspectionPlan> {
        let handler = |r: kit::Read<Uuid>| async move {
            let plan = plan_there(store::find_plan(r.db(), r.want).await?, r.want)?;
            r.call.at(&plan.unit_path)?;
            Ok(wire::plan(&plan))
        };
        self.kit.read(request, wire::get_plan, handler).await
    }

    async fn list_inspection_plans(
        &self,
        request: Request<pb::ListInspectionPlansRequest>,
    ) -> Answer<pb::ListInspectionPlansResponse> {
        let handler = |r: kit::Read<wire::ListPlans>| async move {
            let rows = store::list_plans(r.db(), &r.call.scope(), &r.want.within, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.plan_date, row.id));
            let inspection_plans = rows.iter().map(wire::plan).collect();
            Ok(pb::ListInspectionPlansResponse { inspection_plans, next_page_token })
        };
        self.kit.read(request, wire::list_plans, handler).await
    }

    async fn close_inspection_plan(
        &self,
        request: Request<pb::CloseInspectionPlanRequest>,
    ) -> Answer<pb::InspectionPlan> {
        let handler = |w: kit::Write<Uuid>| async move {
            let plan = plan_there(store::lock_plan(w.tx(), *w.want).await?, *w.want)?;
            w.call.at(&plan.unit_path)?;
            if plan.state == PlanState::Closed {
                return Err(wire::closed(&plan, "CLOSE"));
            }
            let ahead = store::count_ahead(w.tx(), plan.id).await?;
            if ahead > 0 {
                let refused = Error::refused(ErrorReason::InspectionPlanHasVisits);
                return Err(refused.with("name", wire::plan_name(plan.id)).with("count", ahead));
            }
            store::close_plan(w.tx(), plan.id).await?;
            let plan = Plan { state: PlanState::Closed, ..plan };
            w.record(plan_fact(&plan));
            Ok(wire::plan(&plan))
        };
        self.kit.write(request, wire::close_plan, handler).await
    }

    async fn search_inspection_candidates(
        &self,
        request: Request<pb::SearchInspectionCandidatesRequest>,
    ) -> Answer<pb::SearchInspectionCandidatesResponse> {
        self.kit.read(request, wire::rank, rank::rank).await
    }

    async fn create_inspection_visit(
        &self,
        request: Request<pb::CreateInspectionVisitRequest>,
    ) -> Answer<pb::InspectionVisit> {
        let kit = &self.kit;
        kit.write(request, wire::create_visit, move |w: kit::Write<wire::CreateVisit>| async move {
            let want = &w.want;
            let name = certificates::wire::name(want.certificate);
            let found = certificates::store::find(w.tx(), want.certificate, w.call.today).await?;
            let unknown =
                || Error::violation("inspection_visit.certificate", Common::ReferenceUnknown, &[("name", &name)]);
            let certificate = found.ok_or_else(unknown)?.certificate;
            w.call.at(&certificate.unit_path)?;
            let plan = open_plan(&w).await?;
            let visit = Visit {
                id: kit.new_id(),
                plan: want.plan,
                certificate: certificate.id,
                product: certificate.product,
                unit: certificate.unit,
                unit_path: certificate.unit_path,
                kind: want.kind,
                planned_date: want.planned_date,
                team: want.team.clone(),
                state: State::Planned,
                held_date: None,
                checklist: Vec::new(),
                conclusion: String::new(),
                findings: 0,
                sample: certificate.sample || plan.is_some_and(|plan| plan.sample),
                create_us: w.call.now_us,
            };
            store::insert_visit(w.tx(), &visit).await?;
            w.record(visit_fact(&visit));
            Ok(wire::visit(&visit, true))
        })
        .await
    }

    async fn get_inspection_visit(
        &self,
        request: Request<pb::GetInspectionVisitRequest>,
    ) -> Answer<pb::InspectionVisit> {
        let handler = |r: kit::Read<Uuid>| async move {
            let visit = visit_there(store::find_visit(r.db(), r.want).await?, r.want)?;
            r.call.at(&visit.unit_path)?;
            Ok(wire::visit(&visit, true))
        };
        self.kit.read(request, wire::get_visit, handler).await
    }

    async fn list_inspection_visits(
        &self,
        request: Request<pb::ListInspectionVisitsRequest>,
    ) -> Answer<pb::ListInspectionVisitsResponse> {
        let handler = |r: kit::Read<wire::ListVisits>| async move {
            let filter = r.want.filter(r.call.scope());
            let rows = store::list_visits(r.db(), &filter, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.planned_date, row.id));
            let inspection_visits = rows.iter().map(|row| wire::visit(row, false)).collect();
            Ok(pb::ListInspectionVisitsResponse { inspection_visits, next_page_token })
        };
        self.kit.read(request, wire::list_visits, handler).await
    }

    async fn hold_inspection_visit(
        &self,
        request: Request<pb::HoldInspectionVisitRequest>,
    ) -> Answer<pb::InspectionVisit> {
        let kit = &self.kit;
        kit.write(request, wire::hold, move |w: kit::Write<wire::Hold>| async move {
            let want = &w.want;
            let visit = visit_there(store::lock_visit(w.tx(), want.id).await?, want.id)?;
            w.call.at(&visit.unit_path)?;
            let state =
                next(TRANSITIONS, visit.state, &Verb::Hold).ok_or_else(|| wire::forbidden(&visit, Verb::Hold))?;
            let made = found(kit, &visit, want, w.call.now_us);
            let visit = Visit {
                state,
                held_date: Some(want.held_date),
                checklist: want.checklist.clone(),
                conclusion: want.conclusion.clone(),
                findings: i32::try_from(made.len()).unwrap_or(i32::MAX),
                ..visit
            };
            store::step(w.tx(), &visit).await?;
            findings::store::insert(w.tx(), &made).await?;
            w.record(visit_fact(&visit).on(want.held_date));
            made.iter().for_each(|finding| w.record(findings::api::fact(finding).on(want.held_date)));
            Ok(wire::visit(&visit, true))
        })
        .await
    }

    async fn cancel_inspection_visit(
        &self,
        request: Request<pb::CancelInspectionVisitRequest>,
    ) -> Answer<pb::InspectionVisit> {
        let handler = |w: kit::Write<wire::Cancel>| async move {
            let visit = visit_there(store::lock_visit(w.tx(), w.want.id).await?, w.want.id)?;
            w.call.at(&visit.unit_path)?;
            let state =
                next(TRANSITIONS, visit.state, &Verb::Cancel).ok_or_else(|| wire::forbidden(&visit, Verb::Cancel))?;
            let visit = Visit { state, conclusion: w.want.ground.clone(), ..visit };
            store::step(w.tx(), &visit).await?;
            w.record(visit_fact(&visit));
            Ok(wire::visit(&visit, true))
        };
        self.kit.write(request, wire::cancel, handler).await
    }
}
