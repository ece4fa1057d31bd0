//! StatisticsService.

use kit::{Answer, Error, Kit};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::statistics_service_server::StatisticsService;
use tonic::Request;
use uuid::Uuid;

use super::domain::{Cell, FEWEST_MEMBERS, without_each};
use super::wire;
use crate::rounds;
use crate::sittings::api::steps;
use crate::sittings::domain::State;
use crate::sittings::store::{self as sittings, Whole};
use crate::sittings::wire::name;

/// Most sittings that one answer looks at.
const MOST: u64 = 1000;

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
impl StatisticsService for Api {
    async fn get_sitting_statistics(
        &self,
        request: Request<pb::GetSittingStatisticsRequest>,
    ) -> Answer<pb::SittingStatistics> {
        let handler = |r: kit::Read<Uuid>| async move {
            let whole = steps::there(sittings::find(r.db(), r.want).await?, r.want)?;
            r.call.at(&whole.sitting.unit_path)?;
            let not_graded = || Error::refused(ErrorReason::SittingNotGraded).with("name", name(r.want));
            let (card, input, graded) = steps::regraded(&whole)?.ok_or_else(not_graded)?;
            Ok(wire::sitting(r.want, card, &input, &graded))
        };
        self.kit.read(request, wire::of_sitting, handler).await
    }

    async fn get_round_statistics(
        &self,
        request: Request<pb::GetRoundStatisticsRequest>,
    ) -> Answer<pb::RoundStatistics> {
        let handler = |r: kit::Read<Uuid>| async move {
            let found = rounds::store::find(r.db(), r.want).await?;
            let round = found.ok_or_else(|| Error::not_found(rounds::wire::name(r.want)))?;
            r.call.at(&round.unit_path)?;
            let graded: Vec<Whole> = sittings::of_round(r.db(), round.id, MOST, true).await?;
            let (mut cells, mut unstable, mut many) = (Vec::new(), Vec::new(), 0);
            for whole in graded.iter().filter(|whole| is_final(whole)) {
                let Some((card, input, result)) = steps::regraded(whole)? else { continue };
                let cell = |(member, total): (&String, i32)| Cell { member: member.clone(), product: many, total };
                cells.extend(result.member_totals.iter().map(|total| (&total.member, total.total)).map(cell));
                many += 1;
                let hangs = || without_each(card, &input).iter().any(|one| one.stars != result.stars);
                if input.members.len() >= FEWEST_MEMBERS && hangs() {
                    unstable.push(name(whole.sitting.id));
                }
            }
            Ok(wire::round(round.id, many, &cells, unstable))
        };
        self.kit.read(request, wire::of_round, handler).await
    }
}

fn is_final(whole: &Whole) -> bool {
    matches!(whole.sitting.state, State::Graded | State::Decided)
}
