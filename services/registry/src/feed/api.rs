//! The RPC of the feed.

use kit::Kit;
use kit::feed::Events;
use proto::common::v1::WatchRequest;
use proto::registry::v1::feed_service_server::FeedService;
use tonic::{Request, Response, Status, async_trait};

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
impl FeedService for Api {
    type WatchStream = Events;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Events>, Status> {
        self.kit.feed()?.watch(request).await
    }
}
