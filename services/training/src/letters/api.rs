//! The RPCs of papers.

use kit::{Answer, Error, Kit, Link, Read, Result, Scope};
use paper::{document, docx};
use proto::training::v1 as pb;
use proto::training::v1::session_paper_service_server::SessionPaperService;
use reference::units;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{Guest, Plan, calendar, letter};
use super::wire::{self, Print};
use crate::invitations::store::{Invitation, printable};
use crate::mails::Sender;
use crate::registrations::wire::{sends, unit as unit_of};
use crate::sessions::store::Session;
use crate::sessions::wire::name_of;
use crate::shared::{code, peer};
use crate::{courses, sessions};

/// The RPCs.
pub struct Api {
    kit: Kit,
    registry: Link,
    sender: Sender,
}

impl Api {
    /// Over the service's kit; the registry knows the names of persons.
    #[must_use]
    pub fn new(kit: Kit, registry: Link, sender: Sender) -> Self {
        Self { kit, registry, sender }
    }

    /// Who is invited, by name, as many as a page holds; and the token of the next page.
    async fn guests(&self, r: &Read<Print>, session: &Session) -> Result<(Vec<Guest>, usize, String)> {
        let unit = unit_of(&r.want.unit, session.begin_date)?;
        r.call.at(&unit.path)?;
        sends(unit, session)?;
        let within = Scope::Within(units::prefixes(&unit.name));
        let page = &r.want.page;
        let found = printable(r.db(), session.id, &within, page).await?;
        // The list's numbers go on: they stand in the token beside the id.
        let before = page.after.as_deref().and_then(|after| after.get(1)?.parse().ok()).unwrap_or(0_usize);
        let count = found.len().min(usize::try_from(page.size).unwrap_or(usize::MAX));
        let (found, next) = page.cut(found, |i| vec![i.id.to_string(), (before + count).to_string()]);
        let persons: Vec<Uuid> = found.iter().map(|invitation| invitation.person).collect();
        let mut people = peer::people(&self.kit, &self.registry, &r.call, &persons).await?;
        let guest = |invitation: &Invitation| {
            let code = code::of(&self.kit, code::INVITATION, invitation.id);
            let name = people.remove(&invitation.person).map(|somebody| somebody.name).unwrap_or_default();
            wire::guest(invitation, name, wire::address(self.sender.answer_url(), &code))
        };
        Ok((found.iter().map(guest).collect(), before + 1, next))
    }
}

/// A session as its papers tell it.
pub(crate) async fn plan(db: &impl sea_orm::ConnectionTrait, session: &Session) -> Result<Plan> {
    let course = courses::store::fetch(db, session.course_id).await?;
    let course = course.ok_or_else(|| Error::internal(format!("session {} has no course", session.id)))?;
    Ok(wire::plan(session, &course))
}

/// A session.
async fn session(db: &impl sea_orm::ConnectionTrait, id: Uuid) -> Result<Session> {
    sessions::store::fetch(db, id).await?.ok_or_else(|| Error::not_found(name_of(id)))
}

#[async_trait]
impl SessionPaperService for Api {
    async fn download_session_calendar(
        &self,
        request: Request<pb::DownloadSessionCalendarRequest>,
    ) -> Answer<pb::PaperFile> {
        let organiser = self.sender.address();
        let handler = |r: Read<Uuid>| async move {
            let session = session(r.db(), r.want).await?;
            r.call.at(&session.unit_path)?;
            let plan = plan(r.db(), &session).await?;
            let text = calendar::file(&plan, organiser.as_deref(), r.call.now_us);
            Ok(wire::calendar_file(&plan, text))
        };
        self.kit.read(request, wire::calendar, handler).await
    }

    async fn download_invitations(
        &self,
        request: Request<pb::DownloadInvitationsRequest>,
    ) -> Answer<pb::DownloadInvitationsResponse> {
        let handler = |r: Read<Print>| async move {
            let session = session(r.db(), r.want.session).await?;
            let (guests, first, next_page_token) = self.guests(&r, &session).await?;
            if guests.is_empty() {
                return Err(Error::not_found(format!("{}/invitations", name_of(session.id))));
            }
            let (plan, day) = (plan(r.db(), &session).await?, r.want.paper_date.unwrap_or(r.call.today));
            let papers: Vec<document::Document> = match r.want.list {
                true => vec![letter::list(&plan, &guests, (day, first))],
                false => guests.iter().map(|guest| letter::letter(&plan, guest, day)).collect(),
            };
            let made = if r.want.docx { docx::bytes_of_all(&papers) } else { document::pdf_of_all(&papers) };
            let file = Some(wire::printed(&r.want, made.map_err(Error::internal)?));
            let persons = i32::try_from(guests.len()).unwrap_or(i32::MAX);
            Ok(pb::DownloadInvitationsResponse { file, persons, next_page_token })
        };
        self.kit.read(request, wire::print, handler).await
    }
}

/// A session as its papers tell it, for messages.
pub(crate) async fn plan_of(db: &impl sea_orm::ConnectionTrait, id: Uuid) -> Result<Plan> {
    plan(db, &session(db, id).await?).await
}
