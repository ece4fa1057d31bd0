//! The RPCs of feedback.

use kit::{Answer, Error, Fact, Kit, Read, Write};
use paper::{document, docx};
use proto::training::v1 as pb;
use proto::training::v1::session_feedback_service_server::SessionFeedbackService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::Said;
use super::wire::Give;
use super::{domain, store, wire};
use crate::letters::api::plan_of;
use crate::sessions::store::Session;
use crate::sessions::wire::{name_of, not_cancelled};
use crate::shared::code;
use crate::{attendance, registrations, sessions};

/// What a mark's stamp is for.
const MARK: &str = "feedback mark";

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
}

fn fact(session: &Session) -> Fact {
    let fact = Fact::of(&name_of(session.id)).at(&session.unit).sample(session.sample);
    fact.tells(&pb::FeedbackChanged { session: name_of(session.id) })
}

/// A session of the caller's units, and what participants said of it.
async fn readable<P>(r: &Read<P>, id: Uuid) -> kit::Result<(Session, Said)> {
    let session = sessions::store::fetch(r.db(), id).await?.ok_or_else(|| Error::not_found(name_of(id)))?;
    r.call.at(&session.unit_path)?;
    Ok((session, store::said(r.db(), id).await?))
}

#[async_trait]
impl SessionFeedbackService for Api {
    async fn set_feedback_questions(
        &self,
        request: Request<pb::SetFeedbackQuestionsRequest>,
    ) -> Answer<pb::FeedbackForm> {
        let handler = |w: Write<(Uuid, Vec<String>)>| async move {
            let session = sessions::api::lock(&w, w.want.0).await?;
            not_cancelled(&session)?;
            if store::said(w.tx(), session.id).await?.answers > 0 {
                return Err(wire::begun());
            }
            let said = Said::nothing(w.want.1.clone());
            store::put(w.tx(), session.id, &said).await?;
            w.record(fact(&session));
            Ok(wire::questions(session.id, said))
        };
        self.kit.write(request, wire::set, handler).await
    }

    async fn get_feedback_form(&self, request: Request<pb::GetFeedbackFormRequest>) -> Answer<pb::FeedbackForm> {
        let kit = &self.kit;
        let handler = |r: Read<String>| async move {
            let (session, _) = code::read_pass(kit, &r.want).ok_or_else(wire::no_pass)?;
            Ok(wire::questions(session, store::said(r.db(), session).await?))
        };
        kit.read(request, wire::form, handler).await
    }

    async fn give_feedback(&self, request: Request<pb::GiveFeedbackRequest>) -> Answer<pb::GiveFeedbackResponse> {
        let kit = &self.kit;
        let handler = |w: Write<Give>| async move {
            let (id, person) = code::read_pass(kit, &w.want.pass).ok_or_else(wire::no_pass)?;
            let session = registrations::api::lock(&w, id).await?;
            wire::open(session.end_date, w.call.today)?;
            let mut said = store::said(w.tx(), id).await?;
            wire::complete(&said, &w.want.scores)?;
            let attended = attendance::store::of_persons(w.tx(), id, &[person]).await?;
            if attended.get(&person).is_none_or(|a| a.half_days_attended == 0) {
                return Err(wire::not_attended());
            }
            let stamp = kit.stamp(MARK, &[*id.as_bytes(), *person.as_bytes()].concat());
            if !store::mark(w.tx(), stamp).await? {
                return Err(wire::given());
            }
            said.add(&w.want.scores, &w.want.comment);
            store::put(w.tx(), id, &said).await?;
            w.record(fact(&session));
            Ok(pb::GiveFeedbackResponse { session: name_of(id) })
        };
        kit.write(request, wire::give, handler).await
    }

    async fn get_feedback_summary(
        &self,
        request: Request<pb::GetFeedbackSummaryRequest>,
    ) -> Answer<pb::FeedbackSummary> {
        let handler = |r: Read<Uuid>| async move {
            let (session, said) = readable(&r, r.want).await?;
            Ok(wire::summed(session.id, said, session.sample))
        };
        self.kit.read(request, wire::summary, handler).await
    }

    async fn download_feedback(&self, request: Request<pb::DownloadFeedbackRequest>) -> Answer<pb::PaperFile> {
        let handler = |r: Read<(Uuid, bool)>| async move {
            let (session, said) = readable(&r, r.want.0).await?;
            if !said.is_shown() {
                return Err(wire::too_few(&said));
            }
            let paper = domain::paper(&plan_of(r.db(), session.id).await?, &said);
            let made = if r.want.1 { docx::bytes(&paper) } else { document::pdf(&paper) };
            Ok(wire::file(session.id, r.want.1, made.map_err(Error::internal)?))
        };
        self.kit.read(request, wire::download, handler).await
    }
}
