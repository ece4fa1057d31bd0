//! ResultPaperService.

use kit::{Answer, Error, Kit};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::result_paper_service_server::ResultPaperService;
use tonic::Request;
use uuid::Uuid;

use super::wire::{self, Form, Print};
use crate::councils::store::Council;
use crate::rounds::store::Round;
use crate::shared::store::cursor;
use crate::sittings::store::Filter;
use crate::{councils, rounds, sittings};

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

async fn council_of(r: &kit::Read<Print>, id: Uuid) -> kit::Result<Council> {
    let council = councils::store::find(r.db(), id).await?;
    council.ok_or_else(|| Error::internal("a round without its council"))
}

/// A round with its council and all its sittings, page by page: no paper leaves one out.
async fn whole(r: &kit::Read<Print>) -> kit::Result<(Round, Council, Vec<pb::Sitting>)> {
    let id = r.want.id;
    let round = rounds::store::find(r.db(), id).await?.ok_or_else(|| Error::not_found(rounds::wire::name(id)))?;
    r.call.at(&round.unit_path)?;
    let council = council_of(r, round.council).await?;
    let filter = Filter { scope: r.call.scope(), round: Some(id), product: None, state: None };
    let (mut sittings, mut next) = (Vec::new(), Some(r.want.page.clone()));
    while let Some(page) = next {
        let rows = sittings::store::list(r.db(), &filter, &page).await?;
        let (rows, behind) = page.turn(rows, |row| cursor(row.sitting.sitting_date, row.sitting.id));
        for row in &rows {
            sittings.push(sittings::wire::render::sitting(row)?);
        }
        next = behind;
    }
    Ok((round, council, sittings))
}

#[tonic::async_trait]
impl ResultPaperService for Api {
    async fn download_minutes(
        &self,
        request: Request<pb::DownloadMinutesRequest>,
    ) -> Answer<pb::DownloadMinutesResponse> {
        let handler = |r: kit::Read<Print>| async move {
            let id = r.want.id;
            let found = sittings::store::find(r.db(), id).await?;
            let found = found.ok_or_else(|| Error::not_found(sittings::wire::name(id)))?;
            r.call.at(&found.sitting.unit_path)?;
            let council = council_of(&r, found.sitting.council).await?;
            let sitting = sittings::wire::render::sitting(&found)?;
            let document = wire::minutes_of(&sitting, &councils::wire::council(&council))?;
            let paper = wire::printed(&document, &format!("bien-ban-{}", id.simple()), r.want.form)?;
            Ok(pb::DownloadMinutesResponse { paper: Some(paper) })
        };
        self.kit.read(request, wire::minutes, handler).await
    }

    async fn download_summary(
        &self,
        request: Request<pb::DownloadSummaryRequest>,
    ) -> Answer<pb::DownloadSummaryResponse> {
        let handler = |r: kit::Read<Print>| async move {
            let (round, council, sittings) = whole(&r).await?;
            let (round, council) = (rounds::wire::round(&round), councils::wire::council(&council));
            let stem = format!("tong-hop-{}", r.want.id.simple());
            let paper = if r.want.form == Form::Xlsx {
                wire::made(wire::sheet_of(&round, &council, &sittings, r.call.today)?, &stem, r.want.form)
            } else {
                wire::printed(&wire::summary_of(&round, &council, &sittings), &stem, r.want.form)?
            };
            Ok(pb::DownloadSummaryResponse { paper: Some(paper) })
        };
        self.kit.read(request, wire::summary, handler).await
    }

    async fn download_draft_decision(
        &self,
        request: Request<pb::DownloadDraftDecisionRequest>,
    ) -> Answer<pb::DownloadDraftDecisionResponse> {
        let handler = |r: kit::Read<Print>| async move {
            let (round, council, sittings) = whole(&r).await?;
            let regime = reference::regimes::get(&round.regime)
                .ok_or_else(|| Error::internal(format!("a round under the unknown regime {}", round.regime)))?;
            let (of_round, of_council) = (rounds::wire::round(&round), councils::wire::council(&council));
            let document = wire::draft_of((&of_round, regime), (&of_council, council.level), &sittings, r.call.today);
            let paper = wire::printed(&document, &format!("du-thao-{}", r.want.id.simple()), r.want.form)?;
            Ok(pb::DownloadDraftDecisionResponse { paper: Some(paper) })
        };
        self.kit.read(request, wire::draft, handler).await
    }
}
