//! Who is invited: persons missing in the coverage, or persons of a list.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Answer, Error, Kit, Result, Scope, Write};
use proto::training::v1::{self as pb, InviteResponse};
use reference::units::{self, Level, Unit};
use tonic::Request;
use uuid::Uuid;

use super::{fact, obstacles};
use crate::courses::domain::{Audience, Topic};
use crate::coverage::api::complete;
use crate::coverage::store::{Counts, Held, held, missing as missing_of};
use crate::invitations::domain::InvitationState;
use crate::invitations::store::{self, Invitation};
use crate::invitations::wire::{self, Gap, LeftOut, Missing};
use crate::registrations::api::lock;
use crate::registrations::wire::{sends, unit as unit_of};
use crate::sessions::store::Session;
use crate::shared::peer::Known;

/// A person who is to be invited: who, the unit, whether it is a sample.
pub(crate) type Guest = (Uuid, &'static Unit, bool);

/// Draws up the invitations of a list: new ones, and cancelled ones that stand again.
async fn draft<P>(
    (kit, w): (&Kit, &Write<P>),
    session: &Session,
    guests: &[Guest],
    reply_by: time::Date,
) -> Result<Vec<Invitation>> {
    let mut drafts = Vec::with_capacity(guests.len());
    for chunk in guests.chunks(kit::rows::CHUNK) {
        let persons: Vec<Uuid> = chunk.iter().map(|(person, ..)| *person).collect();
        let before = store::of_persons(w.tx(), session.id, &persons).await?;
        let before: BTreeMap<Uuid, Invitation> = before.into_iter().map(|i| (i.person, i)).collect();
        let mut new = Vec::new();
        for (person, unit, sample) in chunk {
            let fresh = Invitation {
                id: kit.new_id(),
                session_id: session.id,
                person: *person,
                unit: unit.name.clone(),
                unit_path: unit.path.clone(),
                state: InvitationState::Draft.number(),
                reply_by,
                channel: 0,
                send_date: None,
                answer_date: None,
                answered_by: 0,
                reason: String::new(),
                registration: None,
                reminders: 0,
                remind_date: None,
                sample: session.sample || *sample,
                version: 1,
                create_us: w.call.now_us,
                update_us: w.call.now_us,
            };
            match before.get(person) {
                None => new.push(fresh),
                Some(old) => {
                    let (id, version, create_us) = (old.id, old.version + 1, old.create_us);
                    let again = Invitation { id, version, create_us, ..fresh };
                    store::update(w.tx(), &again).await?;
                    drafts.push(again);
                }
            }
        }
        store::insert(w.tx(), &new).await?;
        drafts.extend(new);
    }
    Ok(drafts)
}

/// Who of some persons is not invited, not registered and not busy; the others are counted.
async fn unbound<P>(
    w: &Write<P>,
    session: &Session,
    (persons, purpose): (&[Uuid], Purpose),
    left: &mut LeftOut,
) -> Result<Vec<Uuid>> {
    // Who said no is not registered over it.
    let keeps = |i: &Invitation| match purpose {
        Purpose::Invite => i.state != InvitationState::Cancelled.number(),
        Purpose::Register => i.state == InvitationState::Declined.number(),
    };
    let invited = store::of_persons(w.tx(), session.id, persons).await?.into_iter().filter(keeps);
    let invited: BTreeSet<Uuid> = invited.map(|i| i.person).collect();
    let found = obstacles(w, session, persons, Known::default()).await?;
    let registered: BTreeSet<Uuid> = found.there.iter().map(|(person, _)| *person).collect();
    let busy: BTreeSet<Uuid> = found.overlaps.iter().map(|(person, ..)| *person).collect();
    let mut free = Vec::new();
    for person in persons {
        match person {
            p if invited.contains(p) => left.invited += 1,
            p if registered.contains(p) => left.registered += 1,
            p if busy.contains(p) => left.busy += 1,
            p if found.ended.iter().any(|(ended, _)| ended == p) => {}
            p => free.push(*p),
        }
    }
    Ok(free)
}

/// Where somebody belongs: the unit of the first duty that counts, and whether any of the duties is a sample.
fn home(duties: &[Held]) -> Option<(&'static Unit, bool)> {
    let (first, ..) = duties.iter().min_by_key(|(unit, begin, _)| (*begin, unit.clone()))?;
    Some((units::by_name(first)?, duties.iter().any(|(.., sample)| *sample)))
}

fn counts(want: &Gap, session: &Session, unit: &Unit) -> Result<Counts> {
    let unknown = || Error::internal(format!("session {} has an unknown audience or topic", session.id));
    let own = Topic::of(&session.topic).ok_or_else(unknown)?;
    Ok(Counts {
        within: Scope::Within(units::prefixes(&unit.name)),
        audience: Audience::of(&session.audience).ok_or_else(unknown)?,
        topics: if want.topics.is_empty() { vec![own] } else { want.topics.clone() },
        from: want.from,
        as_of: want.as_of,
        known_at: None,
        level: None,
        legal_form: None,
    })
}

/// What missing persons are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be invited, unless they are.
    Invite,
    /// To be registered, invited or not, unless they declined.
    Register,
}

/// The persons of a unit who are missing and can come, as many as were asked for; whether there are more.
///
/// # Errors
/// UNAVAILABLE PEER_UNAVAILABLE, as a coverage answers.
pub(crate) async fn guests<P>(
    w: &Write<P>,
    (session, unit): (&Session, &Unit),
    (gap, purpose): (&Gap, Purpose),
) -> Result<(Vec<Guest>, LeftOut, bool)> {
    let counts = counts(gap, session, unit)?;
    complete(w.tx(), counts.audience).await?;
    let page = kit::rows::CHUNK;
    // Whether many are on duty decides how the missing ones are found, not who they are; nobody counts them for that.
    let on_duty = if matches!(unit.level, Level::Country | Level::Province) { usize::MAX } else { 0 };
    let (mut guests, mut left, mut after) = (Vec::new(), LeftOut::default(), None);
    loop {
        let missing = missing_of(w.tx(), &counts, on_duty, (after, page as u64)).await?;
        let free = unbound(w, session, (&missing, purpose), &mut left).await?;
        let duties = held(w.tx(), &counts, &free).await?;
        let guest = |person: Uuid| home(duties.get(&person)?).map(|(unit, sample)| (person, unit, sample));
        guests.extend(free.into_iter().filter_map(guest));
        after = missing.last().copied();
        if missing.len() < page || guests.len() > gap.most {
            let more = guests.len() > gap.most;
            guests.truncate(gap.most);
            return Ok((guests, left, more));
        }
    }
}

/// Invites who is missing.
pub(super) async fn missing(kit: &Kit, request: Request<pb::InviteMissingRequest>) -> Answer<InviteResponse> {
    kit.write(request, wire::missing, move |w: Write<Missing>| async move {
        let session = lock(&w, w.want.session).await?;
        let unit = unit_of(&w.want.unit, session.begin_date)?;
        w.call.at(&unit.path)?;
        sends(unit, &session)?;
        let reply_by = wire::reply_by(w.want.reply_by, &session, w.call.today)?;
        let (guests, left, more) = guests(&w, (&session, unit), (&w.want.gap, Purpose::Invite)).await?;
        let drafts = draft((kit, &w), &session, &guests, reply_by).await?;
        w.record(fact(&session, &drafts));
        Ok(wire::invited(&drafts, left, more))
    })
    .await
}

/// Invites persons of a list.
pub(super) async fn persons(
    kit: &Kit,
    known: &Known,
    request: Request<pb::InvitePersonsRequest>,
) -> Answer<InviteResponse> {
    kit.write(request, wire::persons, move |w: Write<wire::Persons>| async move {
        let want = &w.want;
        let session = lock(&w, want.session).await?;
        let unit = unit_of(&want.unit, session.begin_date)?;
        w.call.at(&unit.path)?;
        sends(unit, &session)?;
        let reply_by = wire::reply_by(want.reply_by, &session, w.call.today)?;
        let invited = store::of_persons(w.tx(), session.id, &want.persons).await?;
        let found = obstacles(&w, &session, &want.persons, known.clone()).await?;
        wire::check(&want.persons, &found, &invited)?;
        let sample = |person: &Uuid| known.persons.get(person).copied().unwrap_or(false);
        let guests: Vec<Guest> = want.persons.iter().map(|p| (*p, unit, sample(p))).collect();
        let drafts = draft((kit, &w), &session, &guests, reply_by).await?;
        w.record(fact(&session, &drafts));
        Ok(wire::invited(&drafts, LeftOut::default(), false))
    })
    .await
}
