//! The RPC of norms.

use kit::{Answer, Kit};
use proto::budget::v1::norm_service_server::NormService;
use proto::budget::v1::{ListNormsRequest, ListNormsResponse};
use tonic::{Request, async_trait};

use super::{domain, wire};

/// The RPC.
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
impl NormService for Api {
    async fn list_norms(&self, request: Request<ListNormsRequest>) -> Answer<ListNormsResponse> {
        self.kit.compute(request, wire::list_norms, |_, (as_of, page)| {
            let last = page.after.as_deref().and_then(<[String]>::first);
            let mut norms = domain::in_force(as_of);
            norms.retain(|norm| last.is_none_or(|last| norm.id > *last));
            let (norms, next_page_token) = page.cut(norms, |norm| vec![norm.id.clone()]);
            Ok(ListNormsResponse { norms: norms.into_iter().map(wire::norm).collect(), next_page_token })
        })
    }
}
