//! The RPCs of attendance, which the service of sessions answers.

use kit::{Answer, Call, Error, Fact, Kit, Link, Result, Write};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::{self as pb, ListAttendancesResponse, RecordAttendanceResponse};
use tonic::Request;
use uuid::Uuid;

use super::store::Attendance;
use super::{domain, store, wire};
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of, not_cancelled};
use crate::shared::peer::{self, Known};
use crate::{completions, registrations, sessions};

/// Most persons in one list, as the contract says.
const MOST: usize = 1000;

/// What the registry says about the persons of a list; none where the list cannot be recorded anyhow, which the
/// write then says.
async fn known(kit: &Kit, registry: &Link, call: &Call, req: &pb::RecordAttendanceRequest) -> Result<Option<Known>> {
    let Some(id) = kit::name::parse(&req.session, "sessions") else { return Ok(None) };
    let Some(session) = sessions::store::fetch(kit.database()?.reader(), id).await? else { return Ok(None) };
    call.at(&session.unit_path)?;
    let persons = wire::persons(req);
    if session.begin_date > call.today || persons.len() > MOST {
        return Ok(None);
    }
    peer::known(kit, registry, call, (&persons, peer::MOST_UNKNOWN)).await.map(Some)
}

/// Records attendance.
pub(crate) async fn record(
    kit: &Kit,
    registry: &Link,
    request: Request<pb::RecordAttendanceRequest>,
) -> Answer<RecordAttendanceResponse> {
    let call = kit.prepare(&request)?;
    let known = known(kit, registry, &call, request.get_ref()).await?;
    let known = &known;
    kit.write(request, wire::record_attendance, move |w| async move {
        let session = sessions::api::lock(&w, w.want.session).await?;
        not_cancelled(&session)?;
        if session.begin_date > w.call.today {
            return Err(wire::not_begun(session.begin_date));
        }
        // The session appeared, or its day came, after the registry was not asked.
        let known = known.as_ref().ok_or_else(|| Error::conflict(Common::Conflict))?;
        let (want, terms) = (&w.want, wire::terms(&session));
        let places = match session.registration_required {
            true => Some(registrations::store::with_place(w.tx(), session.id).await?),
            false => None,
        };
        wire::check_list(&want.list, &terms, known, places.as_ref())?;
        let (kept, outcome) = keep(&w, &session, want, known).await?;
        Ok(wire::recorded(kept, &outcome))
    })
    .await
}

/// Keeps a list that was checked, and with it who has passed.
pub(crate) async fn keep<P>(
    w: &Write<P>,
    session: &Session,
    want: &wire::Record,
    known: &Known,
) -> Result<(Vec<Attendance>, domain::Outcome)> {
    let persons: Vec<Uuid> = want.list.iter().map(|a| a.person).collect();
    let before = store::of_persons(w.tx(), session.id, &persons).await?;
    let kept = wire::records(session, want, (known, &before), (w.call.today, w.call.now_us))?;
    let had_passed = completions::store::passed(w.tx(), session.id).await?;
    let outcome = domain::judge(&want.list, &had_passed, &wire::terms(session));
    store::put(w.tx(), &kept).await?;
    let passed: Vec<_> = kept.iter().filter(|a| a.passed).map(|a| (a.person, a.sample)).collect();
    let of = completions::store::Of {
        session: session.id,
        audience: &session.audience,
        topic: &session.topic,
        complete_date: session.end_date,
    };
    completions::store::settle(w.tx(), &of, &passed, &outcome.withdrawn, w.call.now_us).await?;
    w.record(
        Fact::of(&name_of(session.id))
            .at(&session.unit)
            .sample(kept.iter().any(|a| a.sample))
            .tells(&wire::attendance_recorded(session, &kept, &outcome)),
    );
    Ok((kept, outcome))
}

/// A page of a session's attendance.
pub(crate) async fn list(kit: &Kit, request: Request<pb::ListAttendancesRequest>) -> Answer<ListAttendancesResponse> {
    kit.read(request, wire::list_attendances, |r| async move {
        let (session, page) = &r.want;
        let parent = sessions::store::fetch(r.db(), *session).await?;
        let parent = parent.ok_or_else(|| Error::not_found(name_of(*session)))?;
        r.call.at(&parent.unit_path)?;
        let attendances = store::list(r.db(), *session, page).await?;
        let (attendances, next_page_token) = page.cut(attendances, |a| vec![a.person.to_string()]);
        let attendances = attendances.into_iter().map(wire::attendance).collect();
        Ok(ListAttendancesResponse { attendances, next_page_token })
    })
    .await
}
