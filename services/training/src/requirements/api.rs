//! The RPCs of requirements.

use kit::{Answer, Error, Fact, Kit};
use proto::training::v1::requirement_service_server::RequirementService;
use proto::training::v1::{self as pb, ListRequirementsResponse};
use tonic::{Request, async_trait};

use super::store::{self, Requirement};
use super::wire;

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

fn fact(requirement: &Requirement) -> Fact {
    let fact = Fact::of(&wire::name_of(requirement.id)).at(&requirement.unit).sample(requirement.sample);
    fact.tells(&wire::recorded(requirement))
}

#[async_trait]
impl RequirementService for Api {
    async fn create_requirement(&self, request: Request<pb::CreateRequirementRequest>) -> Answer<pb::Requirement> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create, move |w| async move {
                w.call.at(&w.want.unit.path)?;
                let requirement = wire::kept(id, &w.want, w.call.now_us);
                store::insert(w.tx(), &requirement).await?;
                w.record(fact(&requirement));
                Ok(wire::requirement(requirement))
            })
            .await
    }

    async fn get_requirement(&self, request: Request<pb::GetRequirementRequest>) -> Answer<pb::Requirement> {
        self.kit
            .read(request, wire::get, |r| async move {
                let requirement = store::fetch(r.db(), r.want).await?;
                let requirement = requirement.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&requirement.unit_path)?;
                Ok(wire::requirement(requirement))
            })
            .await
    }

    async fn list_requirements(
        &self,
        request: Request<pb::ListRequirementsRequest>,
    ) -> Answer<ListRequirementsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let cursor = |r: &Requirement| vec![kit::day::iso(r.due_date), r.id.to_string()];
                let (found, next_page_token) = page.cut(found, cursor);
                let requirements = found.into_iter().map(wire::requirement).collect();
                Ok(ListRequirementsResponse { requirements, next_page_token })
            })
            .await
    }

    async fn end_requirement(&self, request: Request<pb::EndRequirementRequest>) -> Answer<pb::Requirement> {
        self.kit
            .write(request, wire::end, move |w| async move {
                let id = w.want.id;
                let found = store::lock(w.tx(), id).await?;
                let mut requirement = found.ok_or_else(|| Error::not_found(wire::name_of(id)))?;
                w.call.at(&requirement.unit_path)?;
                kit::fresh(&w.want.etag, requirement.version, &wire::name_of(id))?;
                wire::ends(&requirement, w.want.on)?;
                requirement.end_date = Some(w.want.on);
                requirement.version += 1;
                store::update(w.tx(), &requirement).await?;
                w.record(fact(&requirement));
                Ok(wire::requirement(requirement))
            })
            .await
    }
}
