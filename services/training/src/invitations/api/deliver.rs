//! How persons learn of their invitations, and are reminded.

use kit::{Kit, Result, Scope, Write};
use proto::training::v1::SendInvitationsResponse;
use reference::units;
use uuid::Uuid;

use super::fact;
use crate::invitations::domain::{Channel, InvitationState};
use crate::invitations::store::{self, Invitation, Put};
use crate::invitations::wire::{self, MOST, Send};
use crate::mails::domain::MailKind;
use crate::mails::store::queued;
use crate::mails::{self, Sender};
use crate::registrations::api::lock;
use crate::registrations::wire::{open, sends, unit as unit_of};

/// Sends invitations, or reminds those who have not answered.
pub(super) async fn send((kit, sender): (&Kit, &Sender), w: &Write<Send>) -> Result<SendInvitationsResponse> {
    let want = &w.want;
    let session = lock(w, want.session).await?;
    let unit = unit_of(&want.unit, session.begin_date)?;
    w.call.at(&unit.path)?;
    sends(unit, &session)?;
    open(&session, w.call.today)?;
    let channel = channel(want.channel, sender)?;
    let (within, today, most) = (Scope::Within(units::prefixes(&unit.name)), w.call.today, MOST as u64 + 1);
    let mut list = match want.unanswered_by {
        None => store::unsent(w.tx(), session.id, &within, most).await?,
        Some(by) => store::unanswered(w.tx(), (session.id, &within), (by, today), most).await?,
    };
    let more = list.len() > MOST;
    list.truncate(MOST);
    let put = match want.unanswered_by {
        None => Put::Sent(channel, today),
        Some(_) => Put::Reminded(channel, today),
    };
    let ids: Vec<Uuid> = list.iter().map(|invitation| invitation.id).collect();
    store::put(w.tx(), &ids, &put, w.call.now_us).await?;
    for invitation in &mut list {
        told(invitation, &put, w.call.now_us);
    }
    if channel == Channel::Mail {
        let kind = if want.unanswered_by.is_some() { MailKind::Remind } else { MailKind::Invite };
        queue(kit, w, &list, kind).await?;
    }
    w.record(fact(&session, &list));
    Ok(wire::sent(&list, channel, more))
}

/// How it is done.
fn channel(told: Option<Channel>, sender: &Sender) -> Result<Channel> {
    match (told, sender.is_on()) {
        (Some(Channel::Mail), false) => Err(wire::no_mail()),
        (Some(Channel::Mail) | None, true) => Ok(Channel::Mail),
        (Some(Channel::HandedOver), _) | (None, false) => Ok(Channel::HandedOver),
    }
}

/// Queues a message about each of the invitations.
pub(super) async fn queue<P>(kit: &Kit, w: &Write<P>, list: &[Invitation], kind: MailKind) -> Result<()> {
    let of = |i: &Invitation| queued(kit.new_id(), (i.session_id, i.id, &i.unit_path), kind, w.call.now_us);
    mails::store::queue(w.tx(), &list.iter().map(of).collect::<Vec<_>>()).await
}

/// The invitation as it was put.
fn told(invitation: &mut Invitation, put: &Put<'_>, now_us: i64) {
    invitation.version += 1;
    invitation.update_us = now_us;
    match put {
        Put::Sent(channel, day) => {
            invitation.state = InvitationState::Sent.number();
            invitation.channel = channel.number();
            invitation.send_date = Some(*day);
            invitation.reason = String::new();
        }
        Put::Reminded(channel, day) => {
            if *channel == Channel::Mail {
                invitation.channel = channel.number();
            }
            invitation.reminders += 1;
            invitation.remind_date = Some(*day);
        }
        Put::Cancelled(_) => invitation.state = InvitationState::Cancelled.number(),
    }
}
