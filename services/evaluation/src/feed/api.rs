//! FeedService.

use kit::{Answer, Kit};
use proto::common::v1::WatchRequest;
use proto::evaluation::v1::feed_service_server::FeedService;
use tonic::Request;

/// The RPC of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPC over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[tonic::async_trait]
impl FeedService for Api {
    type WatchStream = kit::feed::Events;

    async fn watch(&self, request: Request<WatchRequest>) -> Answer<Self::WatchStream> {
        self.kit.feed()?.watch(request).await
    }
}
