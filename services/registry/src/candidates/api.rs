//! CandidateService.

use std::collections::BTreeMap;

use kit::{Answer, Error, Kit, Result, Scope, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::candidate_service_server::CandidateService;
use reference::units::{self, Unit};
use tonic::{Request, async_trait};

use super::acts;
use super::domain::{Alike, Tally};
use super::store::{self, Group};
use super::wire::{self, Totals};
use crate::shared::own;

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

/// The unit of a level under which candidates of a unit stand on a day's map; none where the map has none.
fn stands(unit: &str, want: &Totals) -> Option<&'static Unit> {
    let mut at = units::at_map(units::by_name(unit)?, want.as_of).ok()?;
    while at.level > want.level {
        at = units::by_name(at.parent.as_deref()?)?;
    }
    (at.level == want.level).then_some(at)
}

/// Counts by unit of the map; what went to a unit outside the asked one is not its.
fn counted(want: &Totals, groups: Vec<Group>) -> Result<pb::CandidateTotals> {
    let (mut total, mut elsewhere) = (Tally::default(), Tally::default());
    let mut by_unit: BTreeMap<&'static str, (&'static Unit, Tally)> = BTreeMap::new();
    for group in groups {
        let alike = Alike {
            state: group.state,
            kind: group.kind,
            stars: group.target_stars,
            idea: group.idea,
            sample: group.sample,
            count: i32::try_from(group.candidates).map_err(Error::internal)?,
        };
        match stands(&group.unit, want) {
            Some(unit) if !unit.path.starts_with(&want.unit.path) && !want.unit.path.starts_with(&unit.path) => {
                continue;
            }
            Some(unit) => by_unit.entry(&unit.code).or_insert((unit, Tally::default())).1.add(alike),
            None => elsewhere.add(alike),
        }
        total.add(alike);
    }
    Ok(wire::totals(&total, &by_unit, &elsewhere, want.as_of))
}

#[async_trait]
impl CandidateService for Api {
    async fn create_product_candidate(
        &self,
        request: Request<pb::CreateProductCandidateRequest>,
    ) -> Answer<pb::ProductCandidate> {
        let act = move |w| async move { Ok(wire::candidate(acts::propose(&w, self.kit.new_id()).await?)) };
        self.kit.write(request, wire::create, act).await
    }

    async fn get_product_candidate(
        &self,
        request: Request<pb::GetProductCandidateRequest>,
    ) -> Answer<pb::ProductCandidate> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "candidates"),
                |r| async move {
                    let found = store::candidate_fetch(r.db(), r.want).await?;
                    let found = found.ok_or_else(|| Error::not_found(name::of("candidates", r.want)))?;
                    match found.producer_id {
                        Some(producer) => own::at(&r.call, r.db(), &found.unit_path, producer).await.map(|_| ())?,
                        None => r.call.at(&found.unit_path)?,
                    }
                    Ok(wire::candidate(found))
                },
            )
            .await
    }

    async fn list_product_candidates(
        &self,
        request: Request<pb::ListProductCandidatesRequest>,
    ) -> Answer<pb::ListProductCandidatesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::candidate_list(r.db(), &r.call.reach(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |c| vec![c.id.to_string()]);
                let candidates = found.into_iter().map(wire::candidate).collect();
                Ok(pb::ListProductCandidatesResponse { candidates, next_page_token })
            })
            .await
    }

    async fn get_candidate_totals(
        &self,
        request: Request<pb::GetCandidateTotalsRequest>,
    ) -> Answer<pb::CandidateTotals> {
        self.kit
            .read(request, wire::get_totals, |r| async move {
                let want = &r.want;
                r.call.at(&want.unit.path)?;
                let within = Scope::Within(units::prefixes(&want.unit.name));
                counted(want, store::groups(r.db(), &within, want.year).await?)
            })
            .await
    }

    async fn update_product_candidate(
        &self,
        request: Request<pb::UpdateProductCandidateRequest>,
    ) -> Answer<pb::ProductCandidate> {
        let act = move |w| async move { Ok(wire::candidate(acts::change(&w).await?)) };
        self.kit.write(request, wire::update, act).await
    }

    async fn register_candidate(&self, request: Request<pb::RegisterCandidateRequest>) -> Answer<pb::ProductCandidate> {
        let act = move |w| async move { Ok(wire::candidate(acts::register(&w).await?)) };
        self.kit.write(request, wire::register, act).await
    }

    async fn accept_candidate(&self, request: Request<pb::AcceptCandidateRequest>) -> Answer<pb::ProductCandidate> {
        let act = move |w| async move { Ok(wire::candidate(acts::take(&w).await?)) };
        self.kit.write(request, wire::accept, act).await
    }

    async fn file_candidate(&self, request: Request<pb::FileCandidateRequest>) -> Answer<pb::ProductCandidate> {
        let act = move |w| async move { Ok(wire::candidate(acts::take(&w).await?)) };
        self.kit.write(request, wire::file, act).await
    }

    async fn drop_candidate(&self, request: Request<pb::DropCandidateRequest>) -> Answer<pb::ProductCandidate> {
        let act = move |w| async move { Ok(wire::candidate(acts::take(&w).await?)) };
        self.kit.write(request, wire::drop, act).await
    }

    async fn propose_from_visit(
        &self,
        request: Request<pb::ProposeFromVisitRequest>,
    ) -> Answer<pb::ProposeFromVisitResponse> {
        let act = move |w: Write<_>| async move { acts::from_visit(&w, || self.kit.new_id()).await };
        self.kit.write(request, wire::from_visit, act).await
    }

    async fn carry_over_candidates(
        &self,
        request: Request<pb::CarryOverCandidatesRequest>,
    ) -> Answer<pb::CarryOverCandidatesResponse> {
        let act = move |w: Write<_>| async move { acts::carry_over(&w, || self.kit.new_id()).await };
        self.kit.write(request, wire::carry_over, act).await
    }
}
