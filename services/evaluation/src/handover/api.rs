//! HandoverService.

use std::collections::HashMap;

use kit::{Answer, Call, Kit, Page, Result};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::handover_service_server::HandoverService;
use sea_orm::ConnectionTrait;
use sheet::Complete;
use tonic::Request;
use uuid::Uuid;

use super::named::Named;
use super::wire;
use crate::certificates::domain::windows;
use crate::certificates::store::Standing;
use crate::shared::peer::Registry;
use crate::shared::store::cursor;
use crate::sittings::store::Whole;
use crate::{certificates, sittings};

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
    named: Named,
}

impl Api {
    /// The RPCs over a kit and the registry.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry) -> Self {
        Self { named: Named::new(kit.clone(), registry), kit }
    }
}

#[tonic::async_trait]
impl HandoverService for Api {
    async fn list_results(&self, request: Request<pb::ListResultsRequest>) -> Answer<pb::ListResultsResponse> {
        let named = &self.named;
        let handler = |r: kit::Read<wire::Results>| async move {
            let filter = r.want.filter(r.call.scope());
            let rows = sittings::store::finished(r.db(), &filter, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, key_of_result);
            let results = rows.iter().map(wire::result).collect::<Result<_>>()?;
            Ok(pb::ListResultsResponse { results: named.complete(&r.call, results).await?, next_page_token })
        };
        self.kit.read(request, wire::list_results, handler).await
    }

    async fn list_handover(&self, request: Request<pb::ListHandoverRequest>) -> Answer<pb::ListHandoverResponse> {
        let named = &self.named;
        let handler = |r: kit::Read<wire::Handover>| async move {
            let rows = recognised(r.db(), &r.call, &r.want, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, key_of_certificate);
            let handover = recognitions(r.db(), &r.call, rows, r.want.as_of).await?;
            Ok(pb::ListHandoverResponse { handover: named.complete(&r.call, handover).await?, next_page_token })
        };
        self.kit.read(request, wire::list_handover, handler).await
    }
}

/// Where a result stands in its list.
pub(crate) fn key_of_result(row: &Whole) -> Vec<String> {
    cursor(row.sitting.sitting_date, row.sitting.id)
}

/// Where a certificate stands in its list.
pub(crate) fn key_of_certificate(row: &Standing) -> Vec<String> {
    cursor(row.certificate.term.decided.latest, row.certificate.id)
}

/// A page of the certificates asked for, and one row more.
pub(crate) async fn recognised(
    db: &impl ConnectionTrait,
    call: &Call,
    want: &wire::Handover,
    page: &Page,
) -> Result<Vec<Standing>> {
    certificates::store::list(db, &want.filter(call.scope()), &windows(), page).await
}

/// The rows of certificates, with the sittings that they came of: one statement for all of them.
pub(crate) async fn recognitions(
    db: &impl ConnectionTrait,
    call: &Call,
    certificates: Vec<Standing>,
    as_of: time::Date,
) -> Result<Vec<pb::HandoverRow>> {
    let ids: Vec<Uuid> = certificates.iter().filter_map(|standing| standing.certificate.sitting).collect();
    let judged = if ids.is_empty() { Vec::new() } else { sittings::store::by_ids(db, &ids).await? };
    let judged: HashMap<Uuid, Whole> = judged.into_iter().map(|whole| (whole.sitting.id, whole)).collect();
    let (of, scope) = (|id: Option<Uuid>| judged.get(&id?), call.scope());
    certificates.iter().map(|c| wire::recognition(c, of(c.certificate.sitting), &scope, as_of)).collect()
}
