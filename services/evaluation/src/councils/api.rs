//! CouncilService.

use kit::{Answer, Error, Fact, Kit};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::council_service_server::CouncilService;
use tonic::Request;

use super::store::{self, Council};
use super::wire;
use crate::shared::store::cursor;

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPCs over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[tonic::async_trait]
impl CouncilService for Api {
    async fn create_council(&self, request: Request<pb::CreateCouncilRequest>) -> Answer<pb::Council> {
        let kit = &self.kit;
        kit.write(request, wire::create, move |w: kit::Write<wire::Create>| async move {
            w.call.at(&w.want.unit.path)?;
            let council = created(kit, &w.want, w.call.now_us);
            store::insert(w.tx(), &council).await?;
            let name = wire::name(council.id);
            let event = pb::SittingChanged { resource: name.clone(), state: String::new() };
            let fact = Fact::of(&name).at(&council.unit).on(council.decision_date).sample(council.sample);
            w.record(fact.tells(&event));
            Ok(wire::council(&council))
        })
        .await
    }

    async fn get_council(&self, request: Request<pb::GetCouncilRequest>) -> Answer<pb::Council> {
        let handler = |r: kit::Read<uuid::Uuid>| async move {
            let found = store::find(r.db(), r.want).await?;
            let council = found.ok_or_else(|| Error::not_found(wire::name(r.want)))?;
            r.call.at(&council.unit_path)?;
            Ok(wire::council(&council))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_councils(&self, request: Request<pb::ListCouncilsRequest>) -> Answer<pb::ListCouncilsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let rows = store::list(r.db(), &r.call.scope(), &r.want.within, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.decision_date, row.id));
            Ok(pb::ListCouncilsResponse { councils: rows.iter().map(wire::council).collect(), next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }
}

/// The council that a request records.
fn created(kit: &Kit, want: &wire::Create, now_us: i64) -> Council {
    Council {
        id: kit.new_id(),
        unit: want.unit.name.clone(),
        unit_path: want.unit.path.clone(),
        level: want.level,
        decision_number: want.decision_number.clone(),
        decision_date: want.decision_date,
        title: want.title.clone(),
        members: want.members.clone(),
        spread_limit: want.spread_limit,
        end_convention: want.end_convention,
        sample: want.sample,
        create_us: now_us,
    }
}
