//! Messages between the wire and the domain.

use kit::{Page, Violations, instant, name};
use proto::training::v1 as pb;

use super::domain::MailState;
use super::store::{Filter, Mail};
use crate::invitations::wire::name_of as invitation_name;
use crate::sessions::wire::name_of as session_name;

/// Reads a request.
pub fn list(req: &pb::ListInvitationMailsRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let session = v.opt_name("session", &req.session, "sessions");
    let invitation = v.opt_name("invitation", &req.invitation, "invitations");
    let states = format!("{:?}", req.states);
    let page = v.page(req.page_size, &req.page_token, &[&req.session, &req.invitation, &states]);
    let states = req.states.iter().filter_map(|state| MailState::of_number(*state)).collect();
    Some((Filter { session: session?, invitation: invitation?, states }, page?))
}

/// A message as it is answered.
#[must_use]
pub fn mail(mail: Mail) -> pb::InvitationMail {
    let waits = mail.state == MailState::Queued.number();
    pb::InvitationMail {
        name: name::of("invitationMails", mail.id),
        invitation: invitation_name(mail.invitation),
        session: session_name(mail.session_id),
        kind: mail.kind,
        state: mail.state,
        attempts: mail.attempts,
        next_time: waits.then(|| instant::pb(mail.next_us)),
        last_error: mail.last_error,
        create_time: Some(instant::pb(mail.create_us)),
        done_time: mail.done_us.map(instant::pb),
    }
}
