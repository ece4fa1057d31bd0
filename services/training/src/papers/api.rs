//! The RPCs of papers.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Answer, Error, Kit, Link, Read, Result, Scope};
use proto::training::v1 as pb;
use proto::training::v1::training_paper_service_server::TrainingPaperService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::lists::{Class, held};
use super::report::{self, report};
use super::wire::{self, Want};
use crate::courses::domain::Audience;
use crate::registrations::domain::RegistrationState;
use crate::registrations::store::Queued;
use crate::sessions::wire::{name_of, not_cancelled};
use crate::shared::peer;
use crate::{attendance, completions, courses, coverage, registrations, sessions};

/// The RPCs.
pub struct Api {
    kit: Kit,
    registry: Link,
}

impl Api {
    /// Over the service's kit; the registry tells names.
    #[must_use]
    pub fn new(kit: Kit, registry: Link) -> Self {
        Self { kit, registry }
    }

    /// A session of the caller's units with its course and nobody yet.
    async fn class(&self, r: &Read<Want>) -> Result<Class> {
        let id = r.want.session;
        let session = sessions::store::fetch(r.db(), id).await?.ok_or_else(|| Error::not_found(name_of(id)))?;
        r.call.at(&session.unit_path)?;
        let course = courses::store::fetch(r.db(), session.course_id).await?;
        let unit = reference::units::by_name(&session.unit);
        let unit = unit.ok_or_else(|| Error::internal(format!("session {id} is of an unknown unit")))?;
        Ok(Class { session, unit, course, persons: BTreeMap::new(), more: false, today: r.call.today })
    }

    /// The session's registrations in these states, as many as a list has, and the session with the persons on it.
    async fn door(&self, r: &Read<Want>, states: &[RegistrationState]) -> Result<(Class, Vec<Queued>)> {
        let mut class = self.class(r).await?;
        let filter = registrations::store::Filter {
            session: Some(class.session.id),
            person: None,
            states: states.to_vec(),
            within: Scope::All,
        };
        let mut list = registrations::store::list(r.db(), &Scope::All, &filter, &r.want.page).await?;
        class.more = cut(&mut list);
        let persons: BTreeSet<Uuid> = list.iter().map(|q| q.registration.person).collect();
        class.persons = self.named(r, persons).await?;
        Ok((class, list))
    }

    async fn named<P>(&self, r: &Read<P>, persons: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, peer::Somebody>> {
        let persons: Vec<Uuid> = persons.into_iter().collect();
        peer::people(&self.kit, &self.registry, &r.call, &persons).await
    }
}

/// Cuts a list to what a paper names; true where there are more.
fn cut<T>(list: &mut Vec<T>) -> bool {
    let more = list.len() > wire::MOST;
    list.truncate(wire::MOST);
    more
}

#[async_trait]
impl TrainingPaperService for Api {
    async fn download_sign_in_sheet(
        &self,
        request: Request<pb::DownloadSignInSheetRequest>,
    ) -> Answer<pb::DownloadSignInSheetResponse> {
        let handler = |r: Read<Want>| async move {
            let (class, list) = self.door(&r, &[RegistrationState::Registered]).await?;
            not_cancelled(&class.session)?;
            let half_day = held(&class.session, r.want.half_day)?;
            let paper = class.signed(&list, half_day).printed(r.want.xlsx).await?;
            Ok(pb::DownloadSignInSheetResponse { paper: Some(paper) })
        };
        self.kit.read(request, wire::sign_in, handler).await
    }

    async fn download_participant_list(
        &self,
        request: Request<pb::DownloadParticipantListRequest>,
    ) -> Answer<pb::DownloadParticipantListResponse> {
        let handler = |r: Read<Want>| async move {
            let living = [RegistrationState::Registered, RegistrationState::Waiting];
            let (class, list) = self.door(&r, &living).await?;
            let paper = class.participants(&list).printed(r.want.xlsx).await?;
            Ok(pb::DownloadParticipantListResponse { paper: Some(paper) })
        };
        self.kit.read(request, wire::participants, handler).await
    }

    async fn download_result_list(
        &self,
        request: Request<pb::DownloadResultListRequest>,
    ) -> Answer<pb::DownloadResultListResponse> {
        let handler = |r: Read<Want>| async move {
            let mut class = self.class(&r).await?;
            let id = class.session.id;
            let mut attended = attendance::store::list(r.db(), id, &r.want.page).await?;
            class.more = cut(&mut attended);
            let filter = completions::store::Filter {
                session: Some(id),
                person: None,
                within: Scope::All,
                from: None,
                to: None,
                repeat_to: None,
            };
            let certified = completions::store::list(r.db(), &Scope::All, &filter, &r.want.page).await?;
            class.persons = self.named(&r, attended.iter().map(|a| a.person).collect()).await?;
            let paper = class.results(&attended, &certified).printed(r.want.xlsx).await?;
            Ok(pb::DownloadResultListResponse { paper: Some(paper) })
        };
        self.kit.read(request, wire::results, handler).await
    }

    async fn download_coverage_report(
        &self,
        request: Request<pb::DownloadCoverageReportRequest>,
    ) -> Answer<pb::DownloadCoverageReportResponse> {
        let handler = |r: Read<(coverage::wire::Asked, bool)>| async move {
            let (asked, xlsx) = &r.want;
            let counted = coverage::api::counted(&r.call, r.db(), asked).await?;
            let missing = counted.missing.iter().filter_map(|m| kit::name::parse(&m.person, "persons"));
            let persons = self.named(&r, missing.collect()).await?;
            let of = (asked.unit.name.as_str(), asked.counts.as_of);
            let posts = match asked.counts.audience {
                Audience::Officers => Some(true),
                Audience::ProducerManagers => Some(false),
                // What somebody does in a council is told by the evaluation service alone.
                Audience::Councils => None,
            };
            let titles = match posts.filter(|_| !persons.is_empty()) {
                Some(posts) => peer::titles(&self.kit, &self.registry, &r.call, of, posts).await?,
                None => BTreeMap::new(),
            };
            let paper = report(&report::Asked {
                coverage: &counted,
                unit: asked.unit,
                map_date: asked.map_date,
                persons: &persons,
                titles: &titles,
                today: r.call.today,
            });
            Ok(pb::DownloadCoverageReportResponse { paper: Some(paper.printed(*xlsx).await?) })
        };
        self.kit.read(request, wire::report, handler).await
    }
}
