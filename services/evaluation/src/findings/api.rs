//! FindingService.

use kit::{Answer, Error, Fact, Kit};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::finding_service_server::FindingService;
use tonic::Request;
use uuid::Uuid;

use super::domain::TRANSITIONS;
use super::store::{self, Finding};
use super::wire::{self, Step};
use crate::shared::steps::next;
use crate::shared::store::cursor;

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

/// Takes a step.
async fn step(w: kit::Write<Step>) -> kit::Result<pb::Finding> {
    let want = &w.want;
    let finding = store::lock(w.tx(), want.id).await?.ok_or_else(|| Error::not_found(wire::name(want.id)))?;
    w.call.at(&finding.unit_path)?;
    let state = next(TRANSITIONS, finding.state, &want.verb).ok_or_else(|| wire::forbidden(&finding, want.verb))?;
    let last = finding.step_date.unwrap_or(finding.found_date);
    if want.on < last {
        return Err(wire::before_last(last, want.on));
    }
    let finding = Finding {
        state,
        step_date: Some(want.on),
        step_note: want.note.clone(),
        due_date: want.due.unwrap_or(finding.due_date),
        ..finding
    };
    store::step(w.tx(), &finding).await?;
    w.record(fact(&finding).on(want.on));
    Ok(wire::finding(&finding, w.call.today))
}

/// The fact of a finding.
#[must_use]
pub fn fact(finding: &Finding) -> Fact {
    Fact::of(&wire::name(finding.id)).at(&finding.unit).sample(finding.sample).tells(&wire::changed(finding))
}

#[tonic::async_trait]
impl FindingService for Api {
    async fn get_finding(&self, request: Request<pb::GetFindingRequest>) -> Answer<pb::Finding> {
        let handler = |r: kit::Read<Uuid>| async move {
            let finding = store::find(r.db(), r.want).await?.ok_or_else(|| Error::not_found(wire::name(r.want)))?;
            r.call.at(&finding.unit_path)?;
            Ok(wire::finding(&finding, r.call.today))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_findings(&self, request: Request<pb::ListFindingsRequest>) -> Answer<pb::ListFindingsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let filter = r.want.filter(r.call.scope(), r.call.today);
            let rows = store::list(r.db(), &filter, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.due_date, row.id));
            let findings = rows.iter().map(|row| wire::finding(row, r.call.today)).collect();
            Ok(pb::ListFindingsResponse { findings, next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn report_finding(&self, request: Request<pb::ReportFindingRequest>) -> Answer<pb::Finding> {
        self.kit.write(request, wire::report, step).await
    }

    async fn close_finding(&self, request: Request<pb::CloseFindingRequest>) -> Answer<pb::Finding> {
        self.kit.write(request, wire::close, step).await
    }

    async fn reopen_finding(&self, request: Request<pb::ReopenFindingRequest>) -> Answer<pb::Finding> {
        self.kit.write(request, wire::reopen, step).await
    }

    async fn escalate_finding(&self, request: Request<pb::EscalateFindingRequest>) -> Answer<pb::Finding> {
        self.kit.write(request, wire::escalate, step).await
    }
}
