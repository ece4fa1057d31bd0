//! SampleService. Samples come in under the lock of their dossier.

use kit::{Answer, Error, Fact, Kit, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::sample_service_server::SampleService;
use time::Date;
use tonic::{Request, async_trait};

use super::store::{self, Handover};
use super::wire;
use crate::dossiers::api::{found, judge};
use crate::dossiers::domain::{DOSSIER, DossierState, DossierStep};
use crate::dossiers::store::dossier_lock;
use crate::dossiers::{load, wire as dossiers};
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

fn tell<P>(w: &Write<P>, handover: &Handover, on: Date) {
    let fact = Fact::of(&name::of("sampleHandovers", handover.id)).at(&handover.unit).on(on);
    w.record(fact.sample(handover.sample).tells(&wire::recorded(handover)));
}

#[async_trait]
impl SampleService for Api {
    async fn hand_in_samples(&self, request: Request<pb::HandInSamplesRequest>) -> Answer<pb::SampleHandover> {
        self.kit
            .write(request, wire::hand_in, move |w| async move {
                let want = &w.want;
                let name = name::of("dossiers", want.dossier);
                let dossier = dossier_lock(w.tx(), want.dossier).await?;
                let dossier = dossier.ok_or_else(|| dossiers::unknown("dossier", &name))?;
                w.call.at(&dossier.row.unit_path)?;
                let state = DossierState::of_number(dossier.row.state);
                let state = state.ok_or_else(|| Error::internal("a dossier in no state"))?;
                step(DOSSIER, state, DossierStep::HandIn).map_err(|f| dossiers::forbids(want.dossier, &f))?;
                let rules = load::frozen(&dossier)?;
                if rules.intake.samples_for(rules.set.group) == 0 {
                    return Err(wire::not_wanted(want.dossier));
                }
                dossiers::not_before("hand_in_date", want.on, dossier.row.filing_date.unwrap_or(want.on))?;
                let handover = Handover {
                    id: self.kit.new_id(),
                    dossier_id: want.dossier,
                    unit: dossier.row.unit,
                    unit_path: dossier.row.unit_path,
                    count: want.count,
                    hand_in_date: want.on,
                    received_by: want.received_by.clone(),
                    return_count: 0,
                    return_date: None,
                    sample: dossier.row.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                store::handover_insert(w.tx(), &handover).await?;
                tell(&w, &handover, want.on);
                Ok(wire::handover(handover))
            })
            .await
    }

    async fn return_samples(&self, request: Request<pb::ReturnSamplesRequest>) -> Answer<pb::SampleHandover> {
        self.kit
            .write(request, wire::give_back, move |w| async move {
                let want = &w.want;
                let name = name::of("sampleHandovers", want.id);
                let found = store::handover_lock(w.tx(), want.id).await?;
                let mut handover = found.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&handover.unit_path)?;
                kit::fresh(&want.etag, handover.version, &name)?;
                if let Some(on) = handover.return_date {
                    return Err(wire::returned(want.id, on));
                }
                if want.count > handover.count {
                    return Err(wire::too_many(handover.count));
                }
                dossiers::not_before("return_date", want.on, handover.hand_in_date)?;
                handover.return_count = want.count;
                handover.return_date = Some(want.on);
                handover.version += 1;
                handover.update_us = w.call.now_us;
                store::handover_update(w.tx(), &handover).await?;
                tell(&w, &handover, want.on);
                Ok(wire::handover(handover))
            })
            .await
    }

    async fn list_samples(&self, request: Request<pb::ListSamplesRequest>) -> Answer<pb::ListSamplesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (id, page) = &r.want;
                judge(&r.call, &found(r.db(), *id).await?)?;
                let handovers = store::handover_list(r.db(), *id, page).await?;
                let (handovers, next_page_token) = page.cut(handovers, |h| vec![h.id.to_string()]);
                let samples = handovers.into_iter().map(wire::handover).collect();
                Ok(pb::ListSamplesResponse { samples, next_page_token })
            })
            .await
    }
}
