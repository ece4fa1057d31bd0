//! The RPC of indicators.

use kit::{Answer, Kit};
use proto::budget::v1::indicator_service_server::IndicatorService;
use proto::budget::v1::{ListIndicatorsRequest, ListIndicatorsResponse};
use tonic::{Request, async_trait};

use super::wire;

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
impl IndicatorService for Api {
    async fn list_indicators(&self, request: Request<ListIndicatorsRequest>) -> Answer<ListIndicatorsResponse> {
        self.kit.compute(request, wire::list_indicators, |_, page| {
            let last = page.after.as_deref().and_then(<[String]>::first).and_then(|last| last.parse().ok());
            let mut indicators = wire::indicators();
            indicators.retain(|of| last.is_none_or(|last: i32| of.measure > last));
            let (indicators, next_page_token) = page.cut(indicators, |of| vec![of.measure.to_string()]);
            Ok(ListIndicatorsResponse { indicators, next_page_token })
        })
    }
}
