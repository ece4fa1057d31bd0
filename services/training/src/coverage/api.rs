//! The RPC of coverage.

use kit::{Answer, Call, Kit, Link, PeerExt, Result};
use proto::registry::v1::duty_service_client::DutyServiceClient;
use proto::training::v1::coverage_service_server::CoverageService;
use proto::training::v1::{Coverage, GetCoverageRequest};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, Duty};
use super::wire::{self, Asked};
use crate::sessions::store::{Counts, trained};
use crate::shared::peer::in_own_name;

/// The RPC.
pub struct Api {
    kit: Kit,
    registry: Link,
}

impl Api {
    /// Over the service's kit; the registry says who is on duty.
    #[must_use]
    pub fn new(kit: Kit, registry: Link) -> Self {
        Self { kit, registry }
    }

    /// All duties asked for, and how many producers nobody manages.
    async fn duties(&self, call: &Call, asked: &Asked) -> Result<(Vec<Duty>, i32)> {
        let mut client = DutyServiceClient::new(self.registry.clone());
        let (mut duties, mut without_manager, mut page_token) = (Vec::new(), 0, String::new());
        loop {
            let request = in_own_name(&self.kit, call, wire::list_duties(asked, page_token))?;
            let page = client.list_duties(request).await.or_refuse("registry", |_| None)?;
            without_manager += page.producers_without_manager;
            for duty in page.duties {
                duties.push(wire::duty(duty)?);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok((duties, without_manager));
            }
        }
    }
}

#[async_trait]
impl CoverageService for Api {
    async fn get_coverage(&self, request: Request<GetCoverageRequest>) -> Answer<Coverage> {
        self.kit
            .read(request, wire::get_coverage, |r| async move {
                let asked = &r.want;
                r.call.at(&asked.unit.path)?;
                let (duties, without_manager) = self.duties(&r.call, asked).await?;
                let mut persons: Vec<Uuid> = duties.iter().map(|d| d.person).collect();
                persons.sort_unstable();
                persons.dedup();
                let counts = Counts { audience: asked.audience, topic: asked.topic, from: asked.from, to: asked.as_of };
                let trained = trained(r.db(), &persons, &counts).await?;
                let place = |unit: &str| domain::place(unit, asked.unit, asked.as_of);
                let figures = domain::figures(&duties, &trained, place);
                Ok(wire::coverage(asked, &domain::rows(asked.unit, asked.as_of), figures, without_manager))
            })
            .await
    }
}
