//! The RPCs of completions.

use kit::{Answer, Fact, Kit};
use proto::training::v1::completion_service_server::CompletionService;
use proto::training::v1::{self as pb, IssueCompletionCertificatesResponse, ListCompletionsResponse};
use tonic::{Request, async_trait};

use super::domain::repeat_date;
use super::store::{self, Certificate, Certified};
use super::wire;
use crate::duties::NEVER;
use crate::sessions;
use crate::sessions::wire::{name_of, not_cancelled};
use crate::shared::wire::not_before;

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

#[async_trait]
impl CompletionService for Api {
    async fn issue_completion_certificates(
        &self,
        request: Request<pb::IssueCompletionCertificatesRequest>,
    ) -> Answer<IssueCompletionCertificatesResponse> {
        self.kit
            .write(request, wire::issue, move |w| async move {
                let on = w.want.on;
                let session = sessions::api::lock(&w, w.want.session).await?;
                not_cancelled(&session)?;
                not_before("issue_date", session.end_date, on)?;
                let issuer = reference::units::by_name(&session.unit).map_or("", |unit| unit.code.as_str());
                let last = store::last_serial(w.tx(), issuer, on.year()).await?;
                let new = store::uncertified(w.tx(), session.id).await?;
                let repeat_date = repeat_date(session.end_date, session.validity_months).unwrap_or(NEVER);
                let list: Vec<Certified> = new
                    .into_iter()
                    .zip(last + 1..)
                    .map(|(completion, serial)| Certified {
                        certificate: Some(Certificate {
                            session_id: session.id,
                            own_person: completion.own_person,
                            issuer: issuer.to_owned(),
                            year: on.year(),
                            serial,
                            issue_date: on,
                            repeat_date,
                        }),
                        completion,
                    })
                    .collect();
                let certificates: Vec<Certificate> = list.iter().filter_map(|c| c.certificate.clone()).collect();
                store::certify(w.tx(), &certificates).await?;
                w.record(
                    Fact::of(&name_of(session.id))
                        .at(&session.unit)
                        .on(on)
                        .sample(list.iter().any(|c| c.completion.sample))
                        .tells(&wire::issued(session.id, &list)),
                );
                let completions = list.into_iter().map(wire::completion).collect();
                Ok(IssueCompletionCertificatesResponse { completions })
            })
            .await
    }

    async fn list_completions(&self, request: Request<pb::ListCompletionsRequest>) -> Answer<ListCompletionsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, store::cursor);
                let completions = found.into_iter().map(wire::completion).collect();
                Ok(ListCompletionsResponse { completions, next_page_token })
            })
            .await
    }
}
