//! RuleService.

use kit::{Answer, Error, Kit, Page};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::rule_service_server::RuleService;
use reference::{cards, regimes};
use tonic::Request;

use super::wire;

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
impl RuleService for Api {
    async fn list_regimes(&self, request: Request<pb::ListRegimesRequest>) -> Answer<pb::ListRegimesResponse> {
        self.kit.compute(request, wire::list_regimes, |_, page| {
            let all = regimes::all().iter().enumerate().map(|(at, regime)| (format!("{at:04}"), regime));
            let (rows, next_page_token) = cut(&page, all);
            let regimes = rows.into_iter().map(|(_, regime)| wire::regime(regime)).collect();
            Ok(pb::ListRegimesResponse { regimes, next_page_token })
        })
    }

    async fn get_regime(&self, request: Request<pb::GetRegimeRequest>) -> Answer<pb::Regime> {
        self.kit.compute(request, wire::get_regime, |_, name| {
            let found = name.strip_prefix("regimes/").and_then(regimes::get);
            found.map(wire::regime).ok_or_else(|| Error::not_found(name))
        })
    }

    async fn resolve_regime(&self, request: Request<pb::ResolveRegimeRequest>) -> Answer<pb::ResolveRegimeResponse> {
        self.kit.compute(request, wire::resolve_regime, |_, ruled| Ok(wire::ruled(&ruled)))
    }

    async fn list_scorecards(&self, request: Request<pb::ListScorecardsRequest>) -> Answer<pb::ListScorecardsResponse> {
        self.kit.compute(request, wire::list_scorecards, |_, want| {
            let wanted =
                cards::all().iter().filter(|card| want.regime.is_none_or(|regime| regime.id == card.regime_id));
            let (rows, next_page_token) = cut(&want.page, wanted.map(|card| (card.id.clone(), card)));
            let scorecards = rows.into_iter().map(|(_, card)| wire::card_summary(card)).collect();
            Ok(pb::ListScorecardsResponse { scorecards, next_page_token })
        })
    }

    async fn get_scorecard(&self, request: Request<pb::GetScorecardRequest>) -> Answer<pb::Scorecard> {
        self.kit.compute(request, wire::get_scorecard, |_, name| wire::card_named(&name).map(wire::card))
    }

    async fn grade(&self, request: Request<pb::GradeRequest>) -> Answer<pb::GradeResponse> {
        self.kit.compute(request, wire::grade, |_, graded| graded.map(|graded| wire::graded(&graded)))
    }
}

/// A page of what is held in memory, in ascending order of its keys.
fn cut<T>(page: &Page, all: impl Iterator<Item = (String, T)>) -> (Vec<(String, T)>, String) {
    let last = page.after.as_deref().and_then(|after| after.first().cloned());
    let most = usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1);
    let rows = all.filter(|(key, _)| last.as_ref().is_none_or(|last| key > last)).take(most).collect();
    page.cut(rows, |(key, _)| vec![key.clone()])
}
