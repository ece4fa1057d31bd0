//! DossierService.

use kit::{Answer, Call, Error, Kit, Result, name};
use proto::registry::v1 as pb;
use proto::registry::v1::dossier_service_server::DossierService;
use sea_orm::ConnectionTrait;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::DossierStep;
use super::domain::check::check;
use super::store::{self, Dossier};
use super::{edits, load, seal, steps, wire};

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

/// The dossier as it is.
pub(crate) async fn found(db: &impl ConnectionTrait, id: Uuid) -> Result<Dossier> {
    store::dossier_fetch(db, id).await?.ok_or_else(|| Error::not_found(name::of("dossiers", id)))
}

/// Lets officers of its unit and its producer's own account in.
pub(crate) fn judge(call: &Call, dossier: &Dossier) -> Result<()> {
    call.at_own(&dossier.row.unit_path, dossier.row.producer_id).map(|_| ())
}

#[async_trait]
impl DossierService for Api {
    async fn create_dossier(&self, request: Request<pb::CreateDossierRequest>) -> Answer<pb::Dossier> {
        let ids = || (self.kit.new_id(), self.kit.new_id());
        self.kit
            .write(request, wire::create, move |w| async move {
                let (id, entry) = ids();
                edits::create(&w, id, entry).await
            })
            .await
    }

    async fn get_dossier(&self, request: Request<pb::GetDossierRequest>) -> Answer<pb::Dossier> {
        self.kit
            .read(request, wire::get, |r| async move {
                let (id, as_of) = r.want;
                let dossier = found(r.db(), id).await?;
                judge(&r.call, &dossier)?;
                wire::dossier(dossier, as_of)
            })
            .await
    }

    async fn list_dossiers(&self, request: Request<pb::ListDossiersRequest>) -> Answer<pb::ListDossiersResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::dossier_list(r.db(), &r.call.reach(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |d| vec![d.row.id.to_string()]);
                let dossiers = found.into_iter().map(|d| wire::dossier(d, filter.as_of)).collect::<Result<_>>()?;
                Ok(pb::ListDossiersResponse { dossiers, next_page_token })
            })
            .await
    }

    async fn get_dossier_totals(&self, request: Request<pb::GetDossierTotalsRequest>) -> Answer<pb::DossierTotals> {
        self.kit
            .read(request, wire::get_totals, |r| async move {
                let sums = store::totals(r.db(), &r.call.reach(), &r.want).await?;
                Ok(wire::totals(&sums, r.want.as_of))
            })
            .await
    }

    async fn update_dossier(&self, request: Request<pb::UpdateDossierRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::update, move |w| async move { edits::update(&w).await }).await
    }

    async fn set_form_answers(&self, request: Request<pb::SetFormAnswersRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::answers, move |w| async move { edits::answer(&w).await }).await
    }

    async fn attach_paper(&self, request: Request<pb::AttachPaperRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::attach, move |w| async move { edits::attach(&w).await }).await
    }

    async fn waive_paper(&self, request: Request<pb::WaivePaperRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::waive, move |w| async move { edits::waive(&w).await }).await
    }

    async fn detach_paper(&self, request: Request<pb::DetachPaperRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::detach, move |w| async move { edits::detach(&w).await }).await
    }

    async fn check_completeness(
        &self,
        request: Request<pb::CheckCompletenessRequest>,
    ) -> Answer<pb::CompletenessReport> {
        self.kit
            .read(request, wire::check_completeness, |r| async move {
                let (id, as_of) = r.want;
                let dossier = found(r.db(), id).await?;
                judge(&r.call, &dossier)?;
                let facts = load::facts(&dossier, &load::around(r.db(), &dossier, as_of).await?, as_of)?;
                Ok(wire::report(id, &facts, &check(&facts)))
            })
            .await
    }

    async fn submit_dossier(&self, request: Request<pb::SubmitDossierRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::submit, move |w| async move { steps::submit(&self.kit, &w).await }).await
    }

    async fn begin_assessment(&self, request: Request<pb::BeginAssessmentRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::begin, move |w| async move { steps::begin(&self.kit, &w).await }).await
    }

    async fn record_assessment(&self, request: Request<pb::RecordAssessmentRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::assess, move |w| async move { steps::assess(&self.kit, &w).await }).await
    }

    async fn return_dossier(&self, request: Request<pb::ReturnDossierRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::give_back, move |w| async move { steps::give_back(&self.kit, &w).await }).await
    }

    async fn forward_dossier(&self, request: Request<pb::ForwardDossierRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::forward, move |w| async move { steps::forward(&self.kit, &w).await }).await
    }

    async fn reject_dossier(&self, request: Request<pb::RejectDossierRequest>) -> Answer<pb::Dossier> {
        let verb = DossierStep::Reject;
        self.kit.write(request, wire::reject, move |w| async move { steps::end(&self.kit, &w, verb).await }).await
    }

    async fn withdraw_dossier(&self, request: Request<pb::WithdrawDossierRequest>) -> Answer<pb::Dossier> {
        let verb = DossierStep::Withdraw;
        self.kit.write(request, wire::withdraw, move |w| async move { steps::end(&self.kit, &w, verb).await }).await
    }

    async fn seal_dossier(&self, request: Request<pb::SealDossierRequest>) -> Answer<pb::Dossier> {
        self.kit.write(request, wire::seal, move |w| async move { seal::seal(&self.kit, &w).await }).await
    }

    async fn get_dossier_snapshot(
        &self,
        request: Request<pb::GetDossierSnapshotRequest>,
    ) -> Answer<pb::DossierSnapshot> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "dossiers"),
                |r| async move {
                    judge(&r.call, &found(r.db(), r.want).await?)?;
                    Ok(wire::sealed_bytes(seal::unsealed(r.db(), r.want).await?))
                },
            )
            .await
    }

    async fn list_dossier_entries(
        &self,
        request: Request<pb::ListDossierEntriesRequest>,
    ) -> Answer<pb::ListDossierEntriesResponse> {
        self.kit
            .read(request, wire::list_entries, |r| async move {
                let (id, page) = &r.want;
                judge(&r.call, &found(r.db(), *id).await?)?;
                let entries = store::entry_list(r.db(), *id, None, page).await?;
                let (entries, next_page_token) = page.cut(entries, |e| vec![e.id.to_string()]);
                let entries = entries.iter().map(wire::entry).collect::<Result<_>>()?;
                Ok(pb::ListDossierEntriesResponse { entries, next_page_token })
            })
            .await
    }
}
