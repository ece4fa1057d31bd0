//! ComplaintService.

use kit::{Answer, Error, Fact, Kit};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::complaint_service_server::ComplaintService;
use sea_orm::ConnectionTrait;
use tonic::Request;
use uuid::Uuid;

use super::domain::{State, TRANSITIONS, accept_by, basis, days_late, decide_by};
use super::store::{self, Complaint};
use super::wire::{self, Create, Step};
use crate::shared::steps::next;
use crate::shared::store::cursor;
use crate::{certificates, findings, sittings};

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

/// Where a complaint belongs: unit, path, and whether what it is about is a sample.
struct Place {
    unit: String,
    path: String,
    sample: bool,
}

/// The place of what a complaint is about.
async fn place(tx: &impl ConnectionTrait, want: &Create) -> kit::Result<Place> {
    let unknown = |field: &str, name: &str| Error::violation(field, Common::ReferenceUnknown, &[("name", name)]);
    if let Some(id) = want.certificate {
        let name = certificates::wire::name(id);
        let found = certificates::store::find(tx, id, want.receive_date).await?;
        let c = found.ok_or_else(|| unknown("complaint.certificate", &name))?.certificate;
        return Ok(Place { unit: c.unit, path: c.unit_path, sample: c.sample });
    }
    if let Some(id) = want.sitting {
        let name = sittings::wire::name(id);
        let found = sittings::store::lock_many(tx, &[id]).await?.into_iter().next();
        let sitting = found.ok_or_else(|| unknown("complaint.sitting", &name))?;
        let path = reference::units::path(&sitting.product_unit);
        let path = path.ok_or_else(|| Error::internal(format!("{name} names an unknown unit")))?;
        return Ok(Place { unit: sitting.product_unit, path, sample: sitting.sample });
    }
    let unit = want.unit.ok_or_else(|| Error::violation("complaint.unit", Common::FieldRequired, &[]))?;
    Ok(Place { unit: unit.name.clone(), path: unit.path.clone(), sample: false })
}

/// Takes a step.
async fn step(w: kit::Write<Step>) -> kit::Result<pb::Complaint> {
    let want = &w.want;
    let complaint = store::lock(w.tx(), want.id).await?.ok_or_else(|| Error::not_found(wire::name(want.id)))?;
    w.call.at(&complaint.unit_path)?;
    let state = next(TRANSITIONS, complaint.state, &want.verb).ok_or_else(|| wire::forbidden(&complaint, want.verb))?;
    let last = complaint.step_date.unwrap_or(complaint.receive_date);
    if want.on < last {
        return Err(findings::wire::before_last(last, want.on));
    }
    let late = days_late(complaint.due_date, want.on);
    let (outcome, number) = want.decided.clone().map_or((None, String::new()), |(o, number)| (Some(o), number));
    let complaint = if state == State::Accepted {
        let due = decide_by(complaint.kind, want.on, complaint.decide_days);
        let term_basis = Some(basis(complaint.kind, state, complaint.decide_days));
        Complaint { due_date: due.date, due_provisional: Some(due.provisional), term_basis, ..complaint }
    } else {
        complaint
    };
    let complaint = Complaint {
        state,
        step_date: Some(want.on),
        step_note: want.note.clone(),
        outcome,
        number,
        days_late: i32::try_from(late).unwrap_or(i32::MAX),
        ..complaint
    };
    store::step(w.tx(), &complaint).await?;
    w.record(fact(&complaint).on(want.on));
    Ok(wire::complaint(&complaint, w.call.today))
}

fn fact(complaint: &Complaint) -> Fact {
    Fact::of(&wire::name(complaint.id)).at(&complaint.unit).sample(complaint.sample).tells(&wire::changed(complaint))
}

#[tonic::async_trait]
impl ComplaintService for Api {
    async fn create_complaint(&self, request: Request<pb::CreateComplaintRequest>) -> Answer<pb::Complaint> {
        let kit = &self.kit;
        kit.write(request, wire::create, move |w: kit::Write<Create>| async move {
            let want = &w.want;
            let place = place(w.tx(), want).await?;
            w.call.at(&place.path)?;
            let due = accept_by(want.kind, want.receive_date);
            let complaint = Complaint {
                id: kit.new_id(),
                kind: want.kind,
                certificate: want.certificate,
                sitting: want.sitting,
                unit: place.unit,
                unit_path: place.path,
                receive_date: want.receive_date,
                summary: want.summary.clone(),
                document: want.document.clone(),
                decide_days: want.decide_days,
                state: State::Received,
                due_date: due.date,
                due_provisional: Some(due.provisional),
                term_basis: Some(basis(want.kind, State::Received, want.decide_days)),
                step_date: None,
                step_note: String::new(),
                outcome: None,
                number: String::new(),
                days_late: 0,
                sample: want.sample || place.sample,
                create_us: w.call.now_us,
            };
            store::insert(w.tx(), &complaint).await?;
            w.record(fact(&complaint).on(complaint.receive_date));
            Ok(wire::complaint(&complaint, w.call.today))
        })
        .await
    }

    async fn get_complaint(&self, request: Request<pb::GetComplaintRequest>) -> Answer<pb::Complaint> {
        let handler = |r: kit::Read<Uuid>| async move {
            let found = store::find(r.db(), r.want).await?.ok_or_else(|| Error::not_found(wire::name(r.want)))?;
            r.call.at(&found.unit_path)?;
            Ok(wire::complaint(&found, r.call.today))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_complaints(&self, request: Request<pb::ListComplaintsRequest>) -> Answer<pb::ListComplaintsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let filter = r.want.filter(r.call.scope(), r.call.today);
            let rows = store::list(r.db(), &filter, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.due_date, row.id));
            let complaints = rows.iter().map(|row| wire::complaint(row, r.call.today)).collect();
            Ok(pb::ListComplaintsResponse { complaints, next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn accept_complaint(&self, request: Request<pb::AcceptComplaintRequest>) -> Answer<pb::Complaint> {
        self.kit.write(request, wire::accept, step).await
    }

    async fn reject_complaint(&self, request: Request<pb::RejectComplaintRequest>) -> Answer<pb::Complaint> {
        self.kit.write(request, wire::reject, step).await
    }

    async fn decide_complaint(&self, request: Request<pb::DecideComplaintRequest>) -> Answer<pb::Complaint> {
        self.kit.write(request, wire::decide, step).await
    }

    async fn withdraw_complaint(&self, request: Request<pb::WithdrawComplaintRequest>) -> Answer<pb::Complaint> {
        self.kit.write(request, wire::withdraw, step).await
    }
}
