//! The RPCs of sessions.

use std::collections::BTreeSet;

use kit::{Answer, Call, Error, Fact, Kit, Link, PeerExt, Result};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::BatchGetPersonsRequest;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::training::v1::session_service_server::SessionService;
use proto::training::v1::{
    self as pb, ListAttendancesResponse, ListSessionsResponse, RecordAttendanceResponse, Session,
};
use tonic::{Code, Request, Status, async_trait};
use tonic_types::StatusExt;
use uuid::Uuid;

use super::wire::Known;
use super::{domain, store, wire};
use crate::completions;
use crate::courses;
use crate::shared::peer::in_own_name;

/// Most persons in one call of the registry.
const BATCH: usize = 500;
/// After this many unknown persons the rest of a list is not asked for: the registry names one at a time.
const MOST_UNKNOWN: usize = 10;
/// Most persons in one list, as the contract says.
const MOST: usize = 1000;

/// The RPCs.
pub struct Api {
    kit: Kit,
    registry: Link,
}

impl Api {
    /// Over the service's kit; the registry says which persons exist.
    #[must_use]
    pub fn new(kit: Kit, registry: Link) -> Self {
        Self { kit, registry }
    }

    /// What the registry says about the persons of a list; none where the list cannot be recorded anyhow, which the
    /// write then says. Asked before the transaction opens: nobody waits for a peer with a lock in hand.
    async fn known(&self, call: &Call, req: &pb::RecordAttendanceRequest) -> Result<Option<Known>> {
        let Some(id) = kit::name::parse(&req.session, "sessions") else { return Ok(None) };
        let Some(session) = store::fetch(self.kit.database()?.reader(), id).await? else { return Ok(None) };
        call.at(&session.unit_path)?;
        let persons = wire::persons(req);
        if session.begin_date > call.today || persons.len() > MOST {
            return Ok(None);
        }
        let mut known = Known::default();
        for batch in persons.chunks(BATCH) {
            self.ask(call, batch, &mut known).await?;
        }
        Ok(Some(known))
    }

    async fn ask(&self, call: &Call, batch: &[Uuid], known: &mut Known) -> Result<()> {
        let mut left: BTreeSet<Uuid> = batch.iter().copied().collect();
        while !left.is_empty() && known.unknown.len() < MOST_UNKNOWN {
            let names = left.iter().copied().map(wire::person_name).collect();
            let request = in_own_name(&self.kit, call, BatchGetPersonsRequest { names })?;
            let answer = PersonServiceClient::new(self.registry.clone()).batch_get_persons(request).await;
            if let Some(missing) = answer.as_ref().err().and_then(missing)
                && left.remove(&missing)
            {
                known.unknown.insert(missing);
                continue;
            }
            let persons = answer.or_refuse("registry", |_| None)?.persons;
            let read = |p: &proto::registry::v1::Person| Some((kit::name::parse(&p.name, "persons")?, p.sample));
            known.persons.extend(persons.iter().filter_map(read));
            return Ok(());
        }
        Ok(())
    }
}

/// The person that a refusal of the registry says does not exist.
fn missing(status: &Status) -> Option<Uuid> {
    let info = status.get_details_resource_info().filter(|_| status.code() == Code::NotFound)?;
    kit::name::parse(&info.resource_name, "persons")
}

#[async_trait]
impl SessionService for Api {
    async fn create_session(&self, request: Request<pb::CreateSessionRequest>) -> Answer<Session> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_session, move |w| async move {
                let new = &w.want;
                w.call.at(&new.unit.path)?;
                let course = courses::store::fetch(w.tx(), new.course).await?;
                let terms = store::terms(&course.ok_or_else(|| wire::no_course(new.course))?)?;
                let half_days = new.half_days_of(&terms).map_err(|faults| wire::session_faults(new, &faults))?;
                let session = store::insert(w.tx(), id, (new, half_days), &terms, w.call.now_us).await?;
                w.record(
                    Fact::of(&wire::name_of(id))
                        .at(&session.unit)
                        .sample(session.sample)
                        .tells(&wire::session_planned(&session)),
                );
                Ok(wire::session(session))
            })
            .await
    }

    async fn get_session(&self, request: Request<pb::GetSessionRequest>) -> Answer<Session> {
        self.kit
            .read(request, wire::get_session, |r| async move {
                let session = store::fetch(r.db(), r.want).await?;
                let session = session.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&session.unit_path)?;
                Ok(wire::session(session))
            })
            .await
    }

    async fn list_sessions(&self, request: Request<pb::ListSessionsRequest>) -> Answer<ListSessionsResponse> {
        self.kit
            .read(request, wire::list_sessions, |r| async move {
                let (filter, page) = &r.want;
                let sessions = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let cursor = |s: &store::Session| vec![kit::day::iso(s.begin_date), s.id.to_string()];
                let (sessions, next_page_token) = page.cut(sessions, cursor);
                Ok(ListSessionsResponse {
                    sessions: sessions.into_iter().map(wire::session).collect(),
                    next_page_token,
                })
            })
            .await
    }

    async fn record_attendance(
        &self,
        request: Request<pb::RecordAttendanceRequest>,
    ) -> Answer<RecordAttendanceResponse> {
        let call = self.kit.prepare(&request)?;
        let known = self.known(&call, request.get_ref()).await?;
        let known = &known;
        self.kit
            .write(request, wire::record_attendance, move |w| async move {
                let session = store::lock(w.tx(), w.want.session).await?;
                let session = session.ok_or_else(|| Error::not_found(wire::name_of(w.want.session)))?;
                w.call.at(&session.unit_path)?;
                if session.begin_date > w.call.today {
                    return Err(wire::not_begun(session.begin_date));
                }
                // The session appeared, or its day came, after the registry was not asked.
                let known = known.as_ref().ok_or_else(|| Error::conflict(Common::Conflict))?;
                let list = &w.want.list;
                wire::check_list(list, session.half_days, known)?;
                let had_passed = completions::store::passed(w.tx(), session.id).await?;
                let outcome = domain::judge(list, &had_passed, session.half_days, session.pass_percent);
                let records: Vec<store::Put> = list
                    .iter()
                    .map(|attended| store::Put {
                        attended: *attended,
                        passed: domain::passes(attended.half_days, session.half_days, session.pass_percent),
                        sample: session.sample || known.persons.get(&attended.person).copied().unwrap_or(false),
                    })
                    .collect();
                let kept = store::put(w.tx(), session.id, &records, w.call.now_us).await?;
                let passed: Vec<_> = kept.iter().filter(|a| a.passed).map(|a| (a.person, a.sample)).collect();
                let of = completions::store::Of {
                    session: session.id,
                    audience: &session.audience,
                    topic: &session.topic,
                    complete_date: session.end_date,
                };
                completions::store::settle(w.tx(), &of, &passed, &outcome.withdrawn, w.call.now_us).await?;
                w.record(
                    Fact::of(&wire::name_of(session.id))
                        .at(&session.unit)
                        .sample(kept.iter().any(|a| a.sample))
                        .tells(&wire::attendance_recorded(&session, &kept, &outcome)),
                );
                Ok(wire::recorded(kept, &outcome))
            })
            .await
    }

    async fn list_attendances(&self, request: Request<pb::ListAttendancesRequest>) -> Answer<ListAttendancesResponse> {
        self.kit
            .read(request, wire::list_attendances, |r| async move {
                let (session, page) = &r.want;
                let parent = store::fetch(r.db(), *session).await?;
                let parent = parent.ok_or_else(|| Error::not_found(wire::name_of(*session)))?;
                r.call.at(&parent.unit_path)?;
                let attendances = store::attendances(r.db(), *session, page).await?;
                let (attendances, next_page_token) = page.cut(attendances, |a| vec![a.person.to_string()]);
                let attendances = attendances.into_iter().map(wire::attendance).collect();
                Ok(ListAttendancesResponse { attendances, next_page_token })
            })
            .await
    }
}
