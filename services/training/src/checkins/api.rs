//! The RPCs of check-ins.

use kit::{Answer, Error, Kit, Read, Result, Write, instant};
use proto::training::v1 as pb;
use proto::training::v1::check_in_service_server::CheckInService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{Shown, bytes_of_code, joined, letters};
use super::store::{self, CheckIn};
use super::wire::{self, With};
use crate::attendance::domain::Attended;
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of, not_cancelled};
use crate::shared::code;
use crate::shared::peer::Known;
use crate::{attendance, registrations, sessions};

/// What a token's stamp is for.
const TOKEN: &str = "check-in token";
/// What a one-time code's stamp is for.
const CODE: &str = "check-in code";

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

    /// The one-time code of a person for a half day.
    fn code(&self, session: Uuid, number: i32, person: Uuid) -> String {
        letters(&self.kit.stamp(CODE, &bytes_of_code(session, number, person)))
    }

    /// Session, half day and person of what somebody checks in with; what says less is refused.
    async fn who<P>(&self, w: &Write<P>, with: &With) -> Result<(Session, i32, Uuid)> {
        match with {
            With::Token { token, pass } => {
                let (shown, stamp) = wire::read(token).ok_or_else(|| wire::invalid("token"))?;
                if !self.kit.stamped(TOKEN, &shown.bytes(), &stamp) || !shown.is_good(w.call.now_us) {
                    return Err(wire::invalid("token"));
                }
                let (session, person) = code::read_pass(&self.kit, pass).ok_or_else(|| wire::invalid("pass"))?;
                if session != shown.session {
                    return Err(wire::invalid("pass"));
                }
                let session = registrations::api::lock(w, session).await?;
                if !registrations::store::with_place(w.tx(), session.id).await?.contains(&person) {
                    return Err(wire::no_place(person));
                }
                Ok((session, shown.number, person))
            }
            With::Code { code, session, number, pass } => {
                let session = registrations::api::lock(w, *session).await?;
                let there = registrations::store::with_place(w.tx(), session.id).await?;
                let has_it = |person: &Uuid| self.code(session.id, *number, *person) == *code;
                let person = there.into_iter().find(has_it).ok_or_else(|| wire::invalid("code"))?;
                let own = Some((session.id, person));
                if !pass.is_empty() && code::read_pass(&self.kit, pass) != own {
                    return Err(wire::invalid("code"));
                }
                Ok((session, *number, person))
            }
        }
    }
}

/// Puts a half day into the attendance list.
async fn attend<P>(w: &Write<P>, session: &Session, number: i32, person: Uuid) -> Result<()> {
    let before = attendance::store::of_persons(w.tx(), session.id, &[person]).await?;
    let stated = before.get(&person);
    let (numbers, count) = stated.map_or(("", 0), |a| (a.half_days.as_str(), a.half_days_attended));
    let (half_days, numbers) = match joined(numbers, count, number) {
        None => (count, Vec::new()),
        Some(numbers) => (i32::try_from(numbers.len()).unwrap_or(i32::MAX), numbers),
    };
    let attended = Attended { person, half_days, numbers, test_points: stated.and_then(|a| a.test_points) };
    let sample = registrations::store::sample(w.tx(), session.id, person).await?;
    let known = Known { persons: [(person, sample)].into(), ..Known::default() };
    let record = attendance::wire::Record { session: session.id, list: vec![attended], reason: String::new() };
    attendance::api::keep(w, session, &record, &known).await?;
    Ok(())
}

/// A session of the caller's units that will be held.
async fn held(db: &impl sea_orm::ConnectionTrait, call: &kit::Call, id: Uuid) -> Result<Session> {
    let session = sessions::store::fetch(db, id).await?.ok_or_else(|| Error::not_found(name_of(id)))?;
    call.at(&session.unit_path)?;
    Ok(session)
}

#[async_trait]
impl CheckInService for Api {
    async fn get_check_in_token(&self, request: Request<pb::GetCheckInTokenRequest>) -> Answer<pb::CheckInToken> {
        let kit = &self.kit;
        let handler = |r: Read<(Uuid, i32)>| async move {
            let session = held(r.db(), &r.call, r.want.0).await?;
            not_cancelled(&session)?;
            wire::open(&session, wire::half_day(&session, r.want.1)?, r.call.now_us)?;
            let shown = Shown::at(session.id, r.want.1, r.call.now_us);
            let token = wire::shown(&shown, kit.stamp(TOKEN, &shown.bytes()));
            let svg = paper::code::svg(&token).map_err(Error::internal)?;
            Ok(pb::CheckInToken { token, expire_time: Some(instant::pb(shown.ends_us())), svg })
        };
        kit.read(request, wire::token, handler).await
    }

    async fn list_check_in_codes(
        &self,
        request: Request<pb::ListCheckInCodesRequest>,
    ) -> Answer<pb::ListCheckInCodesResponse> {
        let handler = |r: Read<(Uuid, i32, kit::Page)>| async move {
            let (session, number, page) = &r.want;
            let session = held(r.db(), &r.call, *session).await?;
            wire::half_day(&session, *number)?;
            let found = registrations::store::placed(r.db(), session.id, page).await?;
            let (found, next_page_token) = page.cut(found, |f| vec![f.place.to_string(), f.id.to_string()]);
            let code = |r: registrations::store::Registration| {
                let (session, person) = (r.session_id, r.person);
                wire::code(person, self.code(session, *number, person), code::pass(&self.kit, session, person))
            };
            Ok(pb::ListCheckInCodesResponse { codes: found.into_iter().map(code).collect(), next_page_token })
        };
        self.kit.read(request, wire::codes, handler).await
    }

    async fn enter_half_day(&self, request: Request<pb::EnterHalfDayRequest>) -> Answer<pb::CheckIn> {
        let handler = |w: Write<With>| async move {
            let (session, number, person) = self.who(&w, &w.want).await?;
            wire::open(&session, wire::half_day(&session, number)?, w.call.now_us)?;
            let (how, create_us) = (wire::how(&w.want), w.call.now_us);
            let new = CheckIn { session_id: session.id, number, person, how, create_us };
            let kept = store::keep(w.tx(), new).await?;
            attend(&w, &session, number, person).await?;
            Ok(wire::check_in(&kept))
        };
        self.kit.write(request, wire::enter, handler).await
    }

    async fn list_check_ins(&self, request: Request<pb::ListCheckInsRequest>) -> Answer<pb::ListCheckInsResponse> {
        let handler = |r: Read<(Uuid, Option<i32>, kit::Page)>| async move {
            let (session, number, page) = &r.want;
            let session = held(r.db(), &r.call, *session).await?;
            let found = store::list(r.db(), session.id, *number, page).await?;
            let (found, next_page_token) = page.cut(found, |f| vec![f.number.to_string(), f.person.to_string()]);
            Ok(pb::ListCheckInsResponse { check_ins: found.iter().map(wire::check_in).collect(), next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }
}
