//! The RPCs of registrations.

use kit::states::step;
use kit::{Answer, Call, Error, Fact, Kit, Link, Result, Write};
use proto::common::v1::ErrorReason as Common;
use proto::training::v1::registration_service_server::RegistrationService;
use proto::training::v1::{self as pb, ListRegistrationsResponse, RegisterPersonsResponse};
use reference::units::{self, Unit};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{REGISTRATION, RegistrationState, RegistrationStep, free, starts};
use super::store::{self, Queued, Registration};
use super::wire::{self, Act, Obstacles};
use crate::invitations::api::choose::{Purpose, guests};
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of as session_name, not_cancelled};
use crate::shared::peer::{self, Known};
use crate::{duties, sessions};

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

    /// What the registry says about persons, where there are as many as the contract allows: the write says the rest.
    async fn known(&self, call: &Call, persons: &[Uuid]) -> Result<Known> {
        if persons.len() > 500 {
            return Ok(Known::default());
        }
        peer::known(&self.kit, &self.registry, call, (persons, peer::MOST_UNKNOWN)).await
    }
}

/// A session, locked: its list changes for nobody else until the transaction ends. Whoever sends persons need not hold a
/// role at the session's unit.
pub(crate) async fn lock<P>(w: &Write<P>, id: Uuid) -> Result<Session> {
    let session = sessions::store::lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(session_name(id)))?;
    not_cancelled(&session)?;
    Ok(session)
}

/// What keeps persons from having a place.
pub(crate) async fn obstacles<P>(w: &Write<P>, session: &Session, persons: &[Uuid], known: Known) -> Result<Obstacles> {
    Ok(Obstacles {
        known,
        ended: duties::store::ended_before(w.tx(), &session.audience, persons, session.begin_date).await?,
        there: store::there(w.tx(), session.id, persons).await?,
        overlaps: store::overlaps(w.tx(), session.id, persons).await?,
    })
}

/// The unit that sends persons to a session, where the caller may send them today.
pub(crate) fn sender(call: &Call, told: &str, session: &Session) -> Result<&'static Unit> {
    let unit: &Unit = wire::unit(told, session.begin_date)?;
    call.at(&unit.path)?;
    wire::sends(unit, session)?;
    wire::open(session, call.today)?;
    Ok(unit)
}

/// Registers persons whom nothing keeps from it, each with whether it is a sample, in their order: with a place while there
/// is one, waiting behind the others then.
pub(crate) async fn enter<P>(
    w: &Write<P>,
    (session, unit): (&Session, &Unit),
    persons: &[(Uuid, bool)],
    ids: &[Uuid],
) -> Result<Vec<Queued>> {
    let free = free(session.capacity, store::taken(w.tx(), session.id).await?);
    let last = store::last_place(w.tx(), session.id).await?;
    let waited = store::waiting(w.tx(), session.id).await?;
    let entry = |(at, (person, id)): (usize, (&(Uuid, bool), &Uuid))| Registration {
        state: starts(at, free).number(),
        place: last + 1 + i64::try_from(at).unwrap_or_default(),
        ..new(*id, session, *person, (&unit.name, &unit.path), w.call.now_us)
    };
    let list: Vec<Registration> = persons.iter().zip(ids).enumerate().map(entry).collect();
    store::insert(w.tx(), &list).await?;
    w.record(fact(session, &list));
    Ok(queued(list, waited))
}

/// Gives places that are free to those who wait, in their order.
pub(crate) async fn move_up<P>(w: &Write<P>, session: &Session) -> Result<()> {
    let free = free(session.capacity, store::taken(w.tx(), session.id).await?);
    let mut moved = store::first_waiting(w.tx(), session.id, free).await?;
    for registration in &mut moved {
        registration.state = RegistrationState::Registered.number();
        keep(w, registration).await?;
    }
    if !moved.is_empty() {
        w.record(fact(session, &moved));
    }
    Ok(())
}

async fn keep<P>(w: &Write<P>, registration: &mut Registration) -> Result<()> {
    registration.version += 1;
    registration.update_us = w.call.now_us;
    store::update(w.tx(), registration).await
}

fn fact(session: &Session, moved: &[Registration]) -> Fact {
    let fact = Fact::of(&session_name(session.id)).at(&session.unit).sample(moved.iter().any(|r| r.sample));
    fact.tells(&wire::changed(session.id, moved))
}

/// A registration of the caller's units with its session locked, moved by a step but not kept.
async fn moved(w: &Write<Act>, by: RegistrationStep) -> Result<(Session, Registration, bool)> {
    let id = w.want.id;
    let not_found = || Error::not_found(wire::name_of(id));
    let known = store::kept(w.tx(), id).await?.ok_or_else(not_found)?;
    w.call.at(&known.unit_path)?;
    let session = lock(w, known.session_id).await?;
    // Read again: it may have moved before the session was locked.
    let mut registration = store::kept(w.tx(), id).await?.ok_or_else(not_found)?;
    kit::fresh(&w.want.etag, registration.version, &wire::name_of(id))?;
    let state = RegistrationState::of_number(registration.state);
    let state = state.ok_or_else(|| Error::internal(format!("registration {id} has an unknown state")))?;
    let next = step(REGISTRATION, state, by).map_err(|found| wire::forbids(&found))?;
    registration.state = next.number();
    registration.reason.clone_from(&w.want.reason);
    Ok((session, registration, state == RegistrationState::Registered))
}

async fn answer<P>(w: &Write<P>, id: Uuid) -> Result<Queued> {
    store::fetch(w.tx(), id).await?.ok_or_else(|| Error::not_found(wire::name_of(id)))
}

fn new(id: Uuid, session: &Session, person: (Uuid, bool), unit: (&str, &str), now_us: i64) -> Registration {
    Registration {
        id,
        session_id: session.id,
        person: person.0,
        unit: unit.0.to_owned(),
        unit_path: unit.1.to_owned(),
        state: RegistrationState::Waiting.number(),
        place: 0,
        substitutes: None,
        reason: String::new(),
        sample: session.sample || person.1,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    }
}

/// New registrations with their places in the queue, behind those who waited before.
fn queued(list: Vec<Registration>, waited: u64) -> Vec<Queued> {
    let mut queue = i64::try_from(waited).unwrap_or(i64::MAX);
    let place = |registration: Registration| {
        let waits = registration.state == RegistrationState::Waiting.number();
        queue += i64::from(waits);
        Queued { waiting_place: if waits { queue } else { 0 }, registration }
    };
    list.into_iter().map(place).collect()
}

/// Registers somebody who was invited and comes; who is registered already stays so. The session is locked.
pub(crate) async fn come<P>(
    w: &Write<P>,
    session: &Session,
    unit: &str,
    person: (Uuid, bool),
    id: Uuid,
) -> Result<Queued> {
    if let Some((_, there)) = store::there(w.tx(), session.id, &[person.0]).await?.first() {
        return answer(w, *there).await;
    }
    wire::open(session, w.call.today)?;
    let found = obstacles(w, session, &[person.0], Known::default()).await?;
    wire::check(&[person.0], &found, |_| "person".to_owned())?;
    let unit = units::by_name(unit).ok_or_else(|| Error::internal(format!("{unit} is no unit")))?;
    let list = enter(w, (session, unit), &[person], &[id]).await?;
    list.into_iter().next().ok_or_else(|| Error::internal("nobody was registered"))
}

/// Ends the registration of somebody who was invited and does not come; the session is locked.
pub(crate) async fn stay_away<P>(w: &Write<P>, session: &Session, id: Uuid, reason: &str) -> Result<()> {
    let Some(mut registration) = store::kept(w.tx(), id).await? else { return Ok(()) };
    let state = RegistrationState::of_number(registration.state);
    let Some(next) = state.and_then(|state| step(REGISTRATION, state, RegistrationStep::Cancel).ok()) else {
        return Ok(());
    };
    let had_place = state == Some(RegistrationState::Registered);
    registration.state = next.number();
    registration.reason = reason.to_owned();
    keep(w, &mut registration).await?;
    w.record(fact(session, std::slice::from_ref(&registration)));
    if had_place { move_up(w, session).await } else { Ok(()) }
}

#[async_trait]
impl RegistrationService for Api {
    async fn register_persons(&self, request: Request<pb::RegisterPersonsRequest>) -> Answer<RegisterPersonsResponse> {
        let call = self.kit.prepare(&request)?;
        let persons = wire::persons(request.get_ref());
        let known = &self.known(&call, &persons).await?;
        let ids: &Vec<Uuid> = &persons.iter().map(|_| self.kit.new_id()).collect();
        self.kit
            .write(request, wire::register, move |w| async move {
                let want = &w.want;
                let session = lock(&w, want.session).await?;
                let unit = sender(&w.call, &want.unit, &session)?;
                let found = obstacles(&w, &session, &want.persons, known.clone()).await?;
                wire::check(&want.persons, &found, |at| format!("persons[{at}]"))?;
                let sample = |person: &Uuid| known.persons.get(person).copied().unwrap_or(false);
                let persons: Vec<(Uuid, bool)> = want.persons.iter().map(|p| (*p, sample(p))).collect();
                let list = enter(&w, (&session, unit), &persons, ids).await?;
                Ok(wire::registered(list))
            })
            .await
    }

    async fn register_missing(
        &self,
        request: Request<pb::RegisterMissingRequest>,
    ) -> Answer<pb::RegisterMissingResponse> {
        let kit = &self.kit;
        kit.write(request, wire::missing, move |w: Write<wire::Missing>| async move {
            let session = lock(&w, w.want.session).await?;
            let unit = sender(&w.call, &w.want.unit, &session)?;
            let (guests, left, more) = guests(&w, (&session, unit), (&w.want.gap, Purpose::Register)).await?;
            let persons: Vec<(Uuid, bool)> = guests.iter().map(|(person, _, sample)| (*person, *sample)).collect();
            let ids: Vec<Uuid> = persons.iter().map(|_| kit.new_id()).collect();
            let list = enter(&w, (&session, unit), &persons, &ids).await?;
            Ok(wire::filled(list, left, more))
        })
        .await
    }

    async fn get_registration(&self, request: Request<pb::GetRegistrationRequest>) -> Answer<pb::Registration> {
        self.kit
            .read(request, wire::get, |r| async move {
                let found = store::fetch(r.db(), r.want).await?;
                let found = found.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&found.registration.unit_path)?;
                Ok(wire::registration(found))
            })
            .await
    }

    async fn list_registrations(
        &self,
        request: Request<pb::ListRegistrationsRequest>,
    ) -> Answer<ListRegistrationsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let cursor = |q: &Queued| vec![q.registration.place.to_string(), q.registration.id.to_string()];
                let (found, next_page_token) = page.cut(found, cursor);
                let registrations = found.into_iter().map(wire::registration).collect();
                Ok(ListRegistrationsResponse { registrations, next_page_token })
            })
            .await
    }

    async fn cancel_registration(&self, request: Request<pb::CancelRegistrationRequest>) -> Answer<pb::Registration> {
        self.kit
            .write(request, wire::cancel, move |w| async move {
                let (session, mut registration, had_place) = moved(&w, RegistrationStep::Cancel).await?;
                keep(&w, &mut registration).await?;
                w.record(fact(&session, std::slice::from_ref(&registration)));
                if had_place {
                    move_up(&w, &session).await?;
                }
                Ok(wire::registration(answer(&w, registration.id).await?))
            })
            .await
    }

    async fn substitute_registration(
        &self,
        request: Request<pb::SubstituteRegistrationRequest>,
    ) -> Answer<pb::Registration> {
        let call = self.kit.prepare(&request)?;
        let person = kit::name::parse(&request.get_ref().person, "persons");
        let known = &self.known(&call, person.as_slice()).await?;
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::substitute, move |w| async move {
                let (session, mut goes, had_place) = moved(&w, RegistrationStep::Substitute).await?;
                if w.call.today > session.end_date {
                    return Err(wire::closed(session.end_date));
                }
                let person = w.want.person.ok_or_else(|| Error::conflict(Common::Conflict))?;
                let found = obstacles(&w, &session, &[person], known.clone()).await?;
                wire::check(&[person], &found, |_| "person".to_owned())?;
                let sample = known.persons.get(&person).copied().unwrap_or(false);
                let state = if had_place { RegistrationState::Registered } else { RegistrationState::Waiting };
                keep(&w, &mut goes).await?;
                let comes = Registration {
                    state: state.number(),
                    place: goes.place,
                    substitutes: Some(goes.id),
                    ..new(id, &session, (person, sample), (&goes.unit, &goes.unit_path), w.call.now_us)
                };
                store::insert(w.tx(), std::slice::from_ref(&comes)).await?;
                w.record(fact(&session, &[goes, comes]));
                Ok(wire::registration(answer(&w, id).await?))
            })
            .await
    }
}
