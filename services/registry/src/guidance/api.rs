//! GuidanceService.

use kit::{Answer, Error, Fact, Kit, name};
use proto::registry::v1 as pb;
use proto::registry::v1::guidance_service_server::GuidanceService;
use tonic::{Request, async_trait};

use super::wire;
use crate::dossiers::api::{found, judge};
use crate::dossiers::domain::{DOSSIER, DossierState, DossierStep};
use crate::dossiers::store::{self, Entry};
use crate::dossiers::wire as dossiers;
use crate::duties;
use crate::shared::states::step;

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
impl GuidanceService for Api {
    async fn create_guidance(&self, request: Request<pb::CreateGuidanceRequest>) -> Answer<pb::Guidance> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let name = name::of("dossiers", want.dossier);
                let dossier = store::dossier_lock(w.tx(), want.dossier).await?;
                let row = dossier.ok_or_else(|| dossiers::unknown("guidance.dossier", &name))?.row;
                w.call.at(&row.unit_path)?;
                let state = DossierState::of_number(row.state);
                let state = state.ok_or_else(|| Error::internal("a dossier in no state"))?;
                step(DOSSIER, state, DossierStep::Advise).map_err(|f| dossiers::forbids(row.id, &f))?;
                let product = crate::products::store::product_fetch(w.tx(), row.product_id).await?;
                let first = product.map_or(row.last_date, |product| product.registration_date);
                dossiers::not_before("guidance.guide_date", want.on, first)?;
                if let Some(post) = want.officer {
                    let held = duties::store::post_batch(w.tx(), &[post]).await?;
                    let held =
                        held.first().ok_or_else(|| dossiers::unknown("guidance.officer", &name::of("posts", post)))?;
                    if !duties::domain::held(held.begin_date, held.end_date, want.on) {
                        return Err(wire::not_held(post, want.on));
                    }
                }
                let entry = Entry {
                    id: self.kit.new_id(),
                    dossier_id: row.id,
                    step: DossierStep::Advise.number(),
                    state: row.state,
                    round: row.round,
                    act_date: want.on,
                    officer_id: want.officer,
                    text: want.text.clone(),
                    remarks: store::remarks_text(&[])?,
                    sample: row.sample,
                    create_us: w.call.now_us,
                };
                store::entry_insert(w.tx(), &entry).await?;
                let fact = Fact::of(&name::of("guidance", entry.id)).at(&row.unit).on(want.on);
                w.record(fact.sample(row.sample).tells(&wire::recorded(&entry)));
                Ok(wire::guidance(entry))
            })
            .await
    }

    async fn list_guidance(&self, request: Request<pb::ListGuidanceRequest>) -> Answer<pb::ListGuidanceResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (id, page) = &r.want;
                judge(&r.call, &found(r.db(), *id).await?)?;
                let step = Some(DossierStep::Advise.number());
                let entries = store::entry_list(r.db(), *id, step, page).await?;
                let (entries, next_page_token) = page.cut(entries, |e| vec![e.id.to_string()]);
                let guidance = entries.into_iter().map(wire::guidance).collect();
                Ok(pb::ListGuidanceResponse { guidance, next_page_token })
            })
            .await
    }
}
