//! The RPCs of invitations.

use kit::states::step;
use kit::{Answer, Call, Error, Fact, Kit, Link, Read, Result, Write};
use proto::training::v1::invitation_service_server::InvitationService;
use proto::training::v1::{self as pb, InviteResponse, ListInvitationsResponse, SendInvitationsResponse};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{AnsweredBy, Channel, INVITATION, InvitationState, InvitationStep};
use super::store::{self, Invitation, Put};
use super::wire::{self, Act};
use crate::mails::Sender;
use crate::mails::domain::MailKind;
use crate::registrations::api::{come, obstacles, stay_away};
use crate::sessions::store::Session;
use crate::sessions::wire::name_of as session_name;
use crate::shared::code;
use crate::shared::peer::{self, Known};
use crate::{letters, registrations, sessions};

pub(crate) mod choose;
mod deliver;

/// The RPCs.
pub struct Api {
    kit: Kit,
    registry: Link,
    sender: Sender,
}

impl Api {
    /// Over the service's kit; the registry says which persons exist, the sender whether there is mail.
    #[must_use]
    pub fn new(kit: Kit, registry: Link, sender: Sender) -> Self {
        Self { kit, registry, sender }
    }

    /// What the registry says about persons, where there are as many as the contract allows: the write says the rest.
    async fn known(&self, call: &Call, req: &pb::InvitePersonsRequest) -> Result<Known> {
        if req.persons.len() > kit::rows::CHUNK {
            return Ok(Known::default());
        }
        let mut persons: Vec<Uuid> = req.persons.iter().filter_map(|p| kit::name::parse(p, "persons")).collect();
        persons.sort();
        persons.dedup();
        peer::known(&self.kit, &self.registry, call, (&persons, peer::MOST_UNKNOWN)).await
    }
}

fn fact(session: &Session, moved: &[Invitation]) -> Fact {
    let fact = Fact::of(&session_name(session.id)).at(&session.unit).sample(moved.iter().any(|i| i.sample));
    fact.tells(&wire::changed(session.id, moved))
}

async fn keep<P>(w: &Write<P>, invitation: &mut Invitation) -> Result<()> {
    invitation.version += 1;
    invitation.update_us = w.call.now_us;
    store::update(w.tx(), invitation).await
}

/// An invitation of the caller's units.
async fn readable(r: &Read<Uuid>) -> Result<Invitation> {
    let found = store::fetch(r.db(), r.want).await?.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
    r.call.at(&found.unit_path)?;
    Ok(found)
}

/// An invitation with its session locked. Read again behind the lock: nothing of a list changes beside it.
async fn locked<P>(w: &Write<P>, id: Uuid, not_found: impl Fn() -> Error) -> Result<(Session, Invitation)> {
    let known = store::fetch(w.tx(), id).await?.ok_or_else(&not_found)?;
    let session = registrations::api::lock(w, known.session_id).await?;
    let invitation = store::fetch(w.tx(), id).await?.ok_or_else(not_found)?;
    Ok((session, invitation))
}

/// Moves an invitation by an answer or a cancellation, with the registration that follows from it; answers the place in the
/// queue of those who wait.
async fn moved<P>(
    w: &Write<P>,
    (session, invitation): (&Session, &mut Invitation),
    (by, reason): (InvitationStep, &str),
    registration: Uuid,
) -> Result<i64> {
    let state = InvitationState::of_number(invitation.state);
    let state = state.ok_or_else(|| Error::internal(format!("{} has no state", invitation.id)))?;
    let next = step(INVITATION, state, by).map_err(|found| wire::forbids(&found))?;
    let mut place = 0;
    let there = registrations::store::there(w.tx(), session.id, &[invitation.person]).await?;
    let there = there.first().map(|(_, registration)| *registration);
    if next == InvitationState::Accepted {
        // What was ended since is not begun anew by the same answer.
        if state == next && there.is_none() {
            return Err(wire::ended(state));
        }
        let person = (invitation.person, invitation.sample);
        let queued = come(w, session, &invitation.unit, person, registration).await?;
        invitation.registration = Some(queued.registration.id);
        place = queued.waiting_place;
    } else {
        let own = invitation.registration.take();
        // Who does not come gives up the place, whoever asked for it; a cancelled invitation ends its own registration alone.
        let ends = if next == InvitationState::Declined { there } else { own };
        if let Some(ends) = ends {
            stay_away(w, session, ends, reason).await?;
        }
    }
    invitation.state = next.number();
    reason.clone_into(&mut invitation.reason);
    Ok(place)
}

/// Notes that it was answered.
fn answered(invitation: &mut Invitation, by: AnsweredBy, today: time::Date) {
    invitation.answer_date = Some(today);
    invitation.answered_by = by.number();
}

/// Those of the invitations whose persons know of them by mail.
fn by_mail(list: &[Invitation]) -> Vec<Invitation> {
    let told = |i: &&Invitation| i.channel == Channel::Mail.number() && i.send_date.is_some();
    list.iter().filter(told).cloned().collect()
}

/// A session is cancelled, and its invitations with it; who knows of one by mail is told. Registrations stay as they are and
/// bind nobody.
pub(crate) async fn session_cancelled<P>(kit: &Kit, w: &Write<P>, session: &Session) -> Result<()> {
    let mut standing = store::standing(w.tx(), session.id).await?;
    if standing.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = standing.iter().map(|invitation| invitation.id).collect();
    store::put(w.tx(), &ids, &Put::Cancelled(&session.cancel_reason), w.call.now_us).await?;
    deliver::queue(kit, w, &by_mail(&standing), MailKind::Cancel).await?;
    for invitation in &mut standing {
        invitation.state = InvitationState::Cancelled.number();
    }
    w.record(fact(session, &standing));
    Ok(())
}

/// Place or hours of a session changed: who is to come and knows of it by mail is told.
pub(crate) async fn session_changed<P>(kit: &Kit, w: &Write<P>, session: &Session) -> Result<()> {
    let standing = store::standing(w.tx(), session.id).await?;
    let concerned = [InvitationState::Sent, InvitationState::Accepted].map(InvitationState::number);
    let mut told = by_mail(&standing);
    told.retain(|invitation| concerned.contains(&invitation.state));
    deliver::queue(kit, w, &told, MailKind::Change).await
}

#[async_trait]
impl InvitationService for Api {
    async fn invite_missing(&self, request: Request<pb::InviteMissingRequest>) -> Answer<InviteResponse> {
        choose::missing(&self.kit, request).await
    }

    async fn invite_persons(&self, request: Request<pb::InvitePersonsRequest>) -> Answer<InviteResponse> {
        let call = self.kit.prepare(&request)?;
        let known = self.known(&call, request.get_ref()).await?;
        choose::persons(&self.kit, &known, request).await
    }

    async fn get_invitation(&self, request: Request<pb::GetInvitationRequest>) -> Answer<pb::Invitation> {
        self.kit.read(request, wire::get, |r| async move { Ok(wire::invitation(&readable(&r).await?)) }).await
    }

    async fn get_invitation_code(&self, request: Request<pb::GetInvitationCodeRequest>) -> Answer<pb::InvitationCode> {
        let kit = &self.kit;
        let handler = |r: Read<Uuid>| async move {
            let code = code::of(kit, code::INVITATION, readable(&r).await?.id);
            Ok(pb::InvitationCode { code })
        };
        kit.read(request, wire::get_code, handler).await
    }

    async fn list_invitations(&self, request: Request<pb::ListInvitationsRequest>) -> Answer<ListInvitationsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |i| vec![i.id.to_string()]);
                let invitations = found.iter().map(wire::invitation).collect();
                Ok(ListInvitationsResponse { invitations, next_page_token })
            })
            .await
    }

    async fn get_invitation_summary(
        &self,
        request: Request<pb::GetInvitationSummaryRequest>,
    ) -> Answer<pb::InvitationSummary> {
        self.kit
            .read(request, wire::summary, |r| async move {
                let (session, by) = r.want;
                let by = by.unwrap_or(r.call.today);
                Ok(wire::counted(session, &store::counts(r.db(), &r.call.scope(), session, by).await?))
            })
            .await
    }

    async fn send_invitations(&self, request: Request<pb::SendInvitationsRequest>) -> Answer<SendInvitationsResponse> {
        let with = (&self.kit, &self.sender);
        let sent = self.kit.write(request, wire::send, move |w| async move { deliver::send(with, &w).await }).await;
        self.sender.wake();
        sent
    }

    async fn remind_invitations(
        &self,
        request: Request<pb::RemindInvitationsRequest>,
    ) -> Answer<SendInvitationsResponse> {
        let with = (&self.kit, &self.sender);
        let sent = self.kit.write(request, wire::remind, move |w| async move { deliver::send(with, &w).await }).await;
        self.sender.wake();
        sent
    }

    async fn record_invitation_answer(
        &self,
        request: Request<pb::RecordInvitationAnswerRequest>,
    ) -> Answer<pb::Invitation> {
        let registration = self.kit.new_id();
        self.kit
            .write(request, wire::record, move |w| async move {
                let mut invitation = act(&w, registration).await?;
                answered(&mut invitation.1, AnsweredBy::Office, w.call.today);
                done(&w, invitation).await
            })
            .await
    }

    async fn check_invitation_code(
        &self,
        request: Request<pb::CheckInvitationCodeRequest>,
    ) -> Answer<pb::InvitationNotice> {
        let kit = &self.kit;
        let handler = |r: Read<String>| async move {
            let id = code::read(kit, code::INVITATION, &r.want).ok_or_else(wire::code_unknown)?;
            let invitation = store::fetch(r.db(), id).await?.ok_or_else(wire::code_unknown)?;
            let session = sessions::store::fetch(r.db(), invitation.session_id).await?;
            let session = session.ok_or_else(|| Error::internal(format!("invitation {id} is to no session")))?;
            let plan = letters::api::plan(r.db(), &session).await?;
            Ok(wire::notice(&invitation, &session, &plan, r.call.today))
        };
        kit.read(request, wire::check_code, handler).await
    }

    async fn answer_invitation(
        &self,
        request: Request<pb::AnswerInvitationRequest>,
    ) -> Answer<pb::AnswerInvitationResponse> {
        let (kit, registration) = (&self.kit, self.kit.new_id());
        kit.write(request, wire::coded, move |w: Write<wire::Coded>| async move {
            let id = code::read(kit, code::INVITATION, &w.want.code).ok_or_else(wire::code_unknown)?;
            let (session, mut invitation) = locked(&w, id, wire::code_unknown).await?;
            let by = (w.want.step, &*w.want.reason);
            let place = moved(&w, (&session, &mut invitation), by, registration).await?;
            answered(&mut invitation, AnsweredBy::Code, w.call.today);
            keep(&w, &mut invitation).await?;
            w.record(fact(&session, std::slice::from_ref(&invitation)));
            Ok(wire::answered(&invitation, place, code::pass(kit, session.id, invitation.person)))
        })
        .await
    }

    async fn cancel_invitation(&self, request: Request<pb::CancelInvitationRequest>) -> Answer<pb::Invitation> {
        let (kit, registration) = (&self.kit, self.kit.new_id());
        kit.write(request, wire::cancel, move |w| async move {
            let invitation = act(&w, registration).await?;
            let told = by_mail(std::slice::from_ref(&invitation.1));
            deliver::queue(kit, &w, &told, MailKind::Cancel).await?;
            done(&w, invitation).await
        })
        .await
    }
}

/// An invitation of the caller's units, moved but not kept.
async fn act(w: &Write<Act>, registration: Uuid) -> Result<(Session, Invitation)> {
    let id = w.want.id;
    let not_found = || Error::not_found(wire::name_of(id));
    let known = store::fetch(w.tx(), id).await?.ok_or_else(not_found)?;
    w.call.at(&known.unit_path)?;
    let (session, mut invitation) = locked(w, id, not_found).await?;
    kit::fresh(&w.want.etag, invitation.version, &wire::name_of(id))?;
    moved(w, (&session, &mut invitation), (w.want.step, &w.want.reason), registration).await?;
    Ok((session, invitation))
}

/// Keeps what was moved.
async fn done(w: &Write<Act>, (session, mut invitation): (Session, Invitation)) -> Result<pb::Invitation> {
    keep(w, &mut invitation).await?;
    w.record(fact(&session, std::slice::from_ref(&invitation)));
    Ok(wire::invitation(&invitation))
}
