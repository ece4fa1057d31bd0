//! The task that sends what is queued, one message after the other.

use kit::states::step;
use kit::{Error, Fact, Kit, Link, Result, Setup};
use proto::registry::v1::contact_service_client::ContactServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::{Contact, ContactKind, GetPersonRequest, ListContactsRequest};
use tonic::Code;
use uuid::Uuid;

use super::domain::{MailKind, MailState, Outcome, after, body, subject};
use super::sender::{Letter, Sender};
use super::store::{self, Mail};
use crate::invitations::domain::{INVITATION, InvitationState, InvitationStep};
use crate::invitations::store::{Invitation, fetch, update};
use crate::invitations::wire as invitations;
use crate::letters::domain::calendar;
use crate::letters::{api as letters, wire as printed};
use crate::sessions;
use crate::sessions::wire::{name_of as session_name, person_name};
use crate::shared::code;

/// What the work is called in the journal.
const WORK: &str = "invitation mail";

/// Starts the task, where the installation sends mail.
pub(crate) fn start(setup: &Setup, sender: &Sender) {
    if !sender.is_on() {
        return;
    }
    let post = Post { kit: setup.kit.clone(), registry: setup.peer("registry"), sender: sender.clone() };
    setup.tasks.spawn("mail", move |stop| async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = post.for_ever() => {}
        }
    });
}

struct Post {
    kit: Kit,
    registry: Link,
    sender: Sender,
}

impl Post {
    async fn for_ever(&self) {
        loop {
            match self.next().await {
                Ok(true) => {}
                Ok(false) => self.sender.wait().await,
                Err(error) => {
                    if !error.is_going_down() {
                        tracing::warn!(?error, "mail is not sent now, trying again");
                    }
                    self.sender.wait().await;
                }
            }
        }
    }

    /// Sends one message that is due; false where none is, or the server is not there.
    async fn next(&self) -> Result<bool> {
        let now_us = self.kit.clock().now_us();
        if !store::any_due(self.kit.database()?.reader(), now_us).await? {
            return Ok(false);
        }
        let batch = self.kit.begin_own(WORK).await?;
        let Some(mail) = store::take(batch.tx(), now_us).await? else {
            batch.rollback().await?;
            return Ok(false);
        };
        batch.commit().await?;
        let (outcome, there) = self.deliver(&mail, now_us).await?;
        self.settle(mail, &outcome).await?;
        Ok(there)
    }

    /// What becomes of a message; false beside it where the server is not there.
    async fn deliver(&self, mail: &Mail, now_us: i64) -> Result<(Outcome, bool)> {
        let db = self.kit.database()?.reader();
        let kind = MailKind::of_number(mail.kind);
        let (Some(kind), Some(invitation)) = (kind, fetch(db, mail.invitation).await?) else {
            return Ok((Outcome::Needless, true));
        };
        if !wanted(kind, invitation.state) || (kind == MailKind::Cancel && !store::any_sent(db, invitation.id).await?) {
            return Ok((Outcome::Needless, true));
        }
        let (name, address) = match self.reach(invitation.person).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok((Outcome::Never("the person has no e-mail address".to_owned()), true)),
            Err(error) if error.code() == Code::NotFound => {
                return Ok((Outcome::Never("the registry does not know the person".to_owned()), true));
            }
            Err(error) => return Ok((Outcome::Later(format!("registry: {}", error.reason())), false)),
        };
        let mut plan = letters::plan_of(db, mail.session_id).await?;
        if kind == MailKind::Cancel && plan.cancelled.is_none() {
            plan.cancelled = Some(invitation.reason.clone());
        }
        let code = code::of(&self.kit, code::INVITATION, invitation.id);
        let guest = printed::guest(&invitation, name, printed::address(self.sender.answer_url(), &code));
        let file = calendar::file(&plan, self.sender.address().as_deref(), now_us);
        let letter = Letter {
            id: mail.id,
            address,
            subject: subject(kind, &plan, guest.sample),
            body: body(kind, &plan, &guest, &invitation.reason),
            calendar: (file, calendar::method(&plan)),
            now_us,
        };
        Ok(self.sender.send(&letter).await)
    }

    /// Name and address of a person, as the registry has them now; none for somebody who cannot be reached by mail.
    async fn reach(&self, person: Uuid) -> Result<Option<(String, String)>> {
        let lost = |status| Error::lost("registry", status);
        let name = person_name(person);
        let request = self.kit.as_service(GetPersonRequest { name: name.clone() })?;
        let found = match PersonServiceClient::new(self.registry.clone()).get_person(request).await {
            Ok(found) => found.into_inner(),
            Err(status) if status.code() == Code::NotFound => return Err(Error::not_found(name)),
            Err(status) => return Err(lost(status)),
        };
        let ask = ListContactsRequest { person: name, page_size: 1000, ..Default::default() };
        let request = self.kit.as_service(ask)?;
        let contacts = ContactServiceClient::new(self.registry.clone()).list_contacts(request).await.map_err(lost)?;
        let by_mail = |c: &Contact| c.kind() == ContactKind::Email && !c.masked;
        let mut addresses: Vec<Contact> = contacts.into_inner().contacts.into_iter().filter(by_mail).collect();
        addresses.sort_by_key(|contact| !contact.preferred);
        Ok(addresses.into_iter().next().map(|contact| (found.display_name, contact.value)))
    }

    /// Keeps what became of a try; nothing where another one was begun meanwhile, which will say it. An invitation that could
    /// not be delivered says so.
    async fn settle(&self, mut mail: Mail, outcome: &Outcome) -> Result<()> {
        let (state, why) = after(outcome, mail.attempts, self.sender.attempts());
        let batch = self.kit.begin_own(WORK).await?;
        mail.state = state.number();
        mail.last_error = why;
        mail.done_us = (state != MailState::Queued).then(|| self.kit.clock().now_us());
        if !store::settle(batch.tx(), &mail).await? {
            return batch.rollback().await;
        }
        if state == MailState::Failed
            && mail.kind == MailKind::Invite.number()
            && let Some((fact, invitation)) = self.failed(batch.tx(), &mail).await?
        {
            update(batch.tx(), &invitation).await?;
            batch.record(fact).await?;
        }
        batch.commit().await
    }

    /// The invitation of a message that was given up, as it stands after it; none where it was answered or overtaken.
    async fn failed(&self, tx: &impl sea_orm::ConnectionTrait, mail: &Mail) -> Result<Option<(Fact, Invitation)>> {
        let Some(session) = sessions::store::lock(tx, mail.session_id).await? else { return Ok(None) };
        let Some(mut invitation) = fetch(tx, mail.invitation).await? else { return Ok(None) };
        let state = InvitationState::of_number(invitation.state);
        let next = state.and_then(|state| step(INVITATION, state, InvitationStep::Fail).ok());
        let Some(next) = next else { return Ok(None) };
        invitation.state = next.number();
        invitation.reason.clone_from(&mail.last_error);
        invitation.version += 1;
        invitation.update_us = self.kit.clock().now_us();
        let fact = Fact::of(&session_name(session.id)).at(&session.unit).sample(invitation.sample);
        let fact = fact.tells(&invitations::changed(session.id, std::slice::from_ref(&invitation)));
        Ok(Some((fact, invitation)))
    }
}

/// True where a message still tells what holds.
fn wanted(kind: MailKind, state: i32) -> bool {
    let state = InvitationState::of_number(state);
    match kind {
        MailKind::Invite | MailKind::Remind => state == Some(InvitationState::Sent),
        MailKind::Cancel => state == Some(InvitationState::Cancelled),
        MailKind::Change => matches!(state, Some(InvitationState::Sent | InvitationState::Accepted)),
    }
}
