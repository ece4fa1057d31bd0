//! The RPC of messages.

use kit::{Answer, Kit};
use proto::training::v1::invitation_mail_service_server::InvitationMailService;
use proto::training::v1::{ListInvitationMailsRequest, ListInvitationMailsResponse};
use tonic::{Request, async_trait};

use super::{store, wire};

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
impl InvitationMailService for Api {
    async fn list_invitation_mails(
        &self,
        request: Request<ListInvitationMailsRequest>,
    ) -> Answer<ListInvitationMailsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |mail| vec![mail.id.to_string()]);
                Ok(ListInvitationMailsResponse { mails: found.into_iter().map(wire::mail).collect(), next_page_token })
            })
            .await
    }
}
