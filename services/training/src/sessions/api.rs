//! The RPCs of sessions.

use kit::{Answer, Error, Fact, Kit, Link, Read, Result, Write};
use proto::training::v1::session_service_server::SessionService;
use proto::training::v1::{
    self as pb, ListAttendancesResponse, ListSessionsResponse, RecordAttendanceResponse, Session,
};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::{domain, store, wire};
use crate::{attendance, courses, invitations, registrations};

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
}

/// A session of the caller's units.
async fn one(r: &Read<Uuid>) -> Result<Session> {
    let session = store::fetch(r.db(), r.want).await?;
    let session = session.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
    r.call.at(&session.unit_path)?;
    Ok(wire::session(session))
}

/// A session of the caller's units, locked.
pub(crate) async fn lock<P>(w: &Write<P>, id: Uuid) -> Result<store::Session> {
    let session = store::lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(wire::name_of(id)))?;
    w.call.at(&session.unit_path)?;
    Ok(session)
}

fn fact(session: &store::Session) -> Fact {
    Fact::of(&wire::name_of(session.id)).at(&session.unit).sample(session.sample)
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
                let plan = new.plan(&terms).map_err(|faults| wire::session_faults(new, &faults))?;
                let session = store::insert(w.tx(), id, (new, &plan), &terms, w.call.now_us).await?;
                w.record(fact(&session).tells(&wire::session_planned(&session)));
                Ok(wire::session(session))
            })
            .await
    }

    async fn update_session(&self, request: Request<pb::UpdateSessionRequest>) -> Answer<Session> {
        let kit = &self.kit;
        self.kit
            .write(request, wire::update_session, move |w| async move {
                let session = lock(&w, w.want.id).await?;
                kit::fresh(&w.want.etag, session.version, &wire::name_of(session.id))?;
                wire::not_cancelled(&session)?;
                let content = wire::changed(&session, &w.want)?;
                let roomier = content.capacity == 0 || content.capacity > session.capacity;
                let (place, hours) = (session.place.clone(), session.hours.clone());
                let mut session = store::with_content(session, &content);
                session.version += 1;
                store::update(w.tx(), &session).await?;
                w.record(fact(&session).tells(&wire::session_changed(&session)));
                if roomier {
                    registrations::api::move_up(&w, &session).await?;
                }
                if session.end_date >= w.call.today && (place, hours) != (session.place.clone(), session.hours.clone())
                {
                    invitations::api::session_changed(kit, &w, &session).await?;
                }
                Ok(wire::session(session))
            })
            .await
    }

    async fn cancel_session(&self, request: Request<pb::CancelSessionRequest>) -> Answer<Session> {
        let kit = &self.kit;
        self.kit
            .write(request, wire::cancel_session, move |w| async move {
                let mut session = lock(&w, w.want.id).await?;
                kit::fresh(&w.want.etag, session.version, &wire::name_of(session.id))?;
                wire::not_cancelled(&session)?;
                if attendance::store::any(w.tx(), session.id).await? {
                    return Err(wire::attended());
                }
                session.state = domain::SessionState::Cancelled.number();
                session.cancel_reason.clone_from(&w.want.reason);
                session.version += 1;
                store::update(w.tx(), &session).await?;
                w.record(fact(&session).tells(&pb::SessionCancelled { session: wire::name_of(session.id) }));
                invitations::api::session_cancelled(kit, &w, &session).await?;
                Ok(wire::session(session))
            })
            .await
    }

    async fn get_session(&self, request: Request<pb::GetSessionRequest>) -> Answer<Session> {
        self.kit.read(request, wire::get_session, |r| async move { one(&r).await }).await
    }

    async fn list_sessions(&self, request: Request<pb::ListSessionsRequest>) -> Answer<ListSessionsResponse> {
        self.kit
            .read(request, wire::list_sessions, |r| async move {
                let (filter, page) = &r.want;
                let sessions = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let cursor = |s: &store::Session| vec![kit::day::iso(s.begin_date), s.id.to_string()];
                let (sessions, next_page_token) = page.cut(sessions, cursor);
                let sessions = sessions.into_iter().map(wire::session).collect();
                Ok(ListSessionsResponse { sessions, next_page_token })
            })
            .await
    }

    async fn record_attendance(
        &self,
        request: Request<pb::RecordAttendanceRequest>,
    ) -> Answer<RecordAttendanceResponse> {
        attendance::api::record(&self.kit, &self.registry, request).await
    }

    async fn list_attendances(&self, request: Request<pb::ListAttendancesRequest>) -> Answer<ListAttendancesResponse> {
        attendance::api::list(&self.kit, request).await
    }
}
