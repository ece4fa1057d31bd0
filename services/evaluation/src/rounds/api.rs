//! RoundService.

use kit::{Answer, Error, Fact, Kit, day};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::round_service_server::RoundService;
use tonic::Request;
use uuid::Uuid;

use super::domain::work::terms;
use super::domain::{State, Verb, next};
use super::store::{self, Round};
use super::wire;
use crate::shared::store::cursor;
use crate::{councils, marks, sittings};

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
impl RoundService for Api {
    async fn create_round(&self, request: Request<pb::CreateRoundRequest>) -> Answer<pb::Round> {
        let kit = &self.kit;
        kit.write(request, wire::create, move |w: kit::Write<wire::Create>| async move {
            let council = councils::store::find(w.tx(), w.want.council).await?.ok_or_else(|| {
                let name = councils::wire::name(w.want.council);
                Error::violation("round.council", Common::ReferenceUnknown, &[("name", &name)])
            })?;
            w.call.at(&council.unit_path)?;
            if w.want.open_date < council.decision_date {
                let detail = format!("{} < {}", day::text(w.want.open_date), day::text(council.decision_date));
                return Err(Error::violation("round.open_date", Common::DateOrder, &[("detail", &detail)]));
            }
            let round = created(kit, &w.want, &council, w.call.now_us);
            if matches!((round.dossiers_by, round.close_by), (Some(dossiers), Some(close)) if close < dossiers) {
                let detail = "dossiers_by_date, close_by_date";
                return Err(Error::violation("round.close_by_date", Common::DateOrder, &[("detail", detail)]));
            }
            store::insert(w.tx(), &round).await?;
            w.record(fact(&round).on(round.open_date));
            Ok(wire::round(&round))
        })
        .await
    }

    async fn get_round(&self, request: Request<pb::GetRoundRequest>) -> Answer<pb::Round> {
        let handler = |r: kit::Read<Uuid>| async move {
            let round = there(store::find(r.db(), r.want).await?, r.want)?;
            r.call.at(&round.unit_path)?;
            Ok(wire::round(&round))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_rounds(&self, request: Request<pb::ListRoundsRequest>) -> Answer<pb::ListRoundsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let rows = store::list(r.db(), &r.want.filter(r.call.scope()), &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.open_date, row.id));
            Ok(pb::ListRoundsResponse { rounds: rows.iter().map(wire::round).collect(), next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn close_round(&self, request: Request<pb::CloseRoundRequest>) -> Answer<pb::Round> {
        let handler = |w: kit::Write<Uuid>| async move {
            let round = there(store::lock(w.tx(), *w.want).await?, *w.want)?;
            w.call.at(&round.unit_path)?;
            let state = allowed(&round, Verb::Close)?;
            let open = sittings::store::count_unfinished(w.tx(), round.id).await?;
            if open > 0 {
                let refused = Error::refused(ErrorReason::RoundHasOpenSittings);
                return Err(refused.with("round", wire::name(round.id)).with("count", open));
            }
            store::set_state(w.tx(), round.id, state, w.call.now_us).await?;
            let round = Round { state, update_us: w.call.now_us, ..round };
            w.record(fact(&round));
            Ok(wire::round(&round))
        };
        self.kit.write(request, wire::close, handler).await
    }

    async fn get_round_summary(&self, request: Request<pb::GetRoundSummaryRequest>) -> Answer<pb::RoundSummary> {
        let handler = |r: kit::Read<Uuid>| async move {
            let round = there(store::find(r.db(), r.want).await?, r.want)?;
            r.call.at(&round.unit_path)?;
            let mut sittings = sittings::store::of_round(r.db(), round.id, MOST + 1, false).await?;
            let truncated = sittings.len() > MOST_SHOWN;
            sittings.truncate(MOST_SHOWN);
            let ids: Vec<Uuid> = sittings.iter().map(|whole| whole.sitting.id).collect();
            let scores = marks::store::totals(r.db(), &ids).await?;
            let council = councils::store::find(r.db(), round.council).await?;
            let council = council.ok_or_else(|| Error::internal("a round without its council"))?;
            let standing = wire::Standing { round: &round, level: council.level, today: r.call.today };
            let answer = wire::summarised(&standing, &sittings, &scores.into_iter().collect())?;
            Ok(pb::RoundSummary { truncated, ..answer })
        };
        self.kit.read(request, wire::summary, handler).await
    }

    async fn get_late_report(&self, request: Request<pb::GetLateReportRequest>) -> Answer<pb::LateReport> {
        let handler = |r: kit::Read<wire::LateOn>| async move {
            let scope = r.call.scope();
            let mut rounds = store::open(r.db(), [&scope, &r.want.within], MOST + 1).await?;
            let mut sittings = sittings::store::unfinished(r.db(), [&scope, &r.want.within], MOST + 1).await?;
            let truncated = rounds.len().max(sittings.len()) > MOST_SHOWN;
            rounds.truncate(MOST_SHOWN);
            sittings.truncate(MOST_SHOWN);
            let items = wire::items(&rounds, &sittings, r.want.day)?;
            Ok(pb::LateReport { as_of: Some(day::pb(r.want.day)), items, truncated })
        };
        self.kit.read(request, wire::late, handler).await
    }
}

/// Most rounds and sittings that one answer looks at.
const MOST: u64 = 1000;
const MOST_SHOWN: usize = 1000;

fn there(found: Option<Round>, id: Uuid) -> kit::Result<Round> {
    found.ok_or_else(|| Error::not_found(wire::name(id)))
}

fn fact(round: &Round) -> Fact {
    Fact::of(&wire::name(round.id)).at(&round.unit).sample(round.sample).tells(&wire::changed(round))
}

/// The state of a round after a verb.
///
/// # Errors
/// FAILED_PRECONDITION ROUND_CLOSED.
pub fn allowed(round: &Round, verb: Verb) -> kit::Result<State> {
    next(round.state, verb).ok_or_else(|| Error::refused(ErrorReason::RoundClosed).with("round", wire::name(round.id)))
}

/// The round that a request opens.
fn created(kit: &Kit, want: &wire::Create, council: &councils::store::Council, now_us: i64) -> Round {
    let terms = terms(want.regime, council.level, want.open_date);
    Round {
        id: kit.new_id(),
        council: council.id,
        unit: council.unit.clone(),
        unit_path: council.unit_path.clone(),
        year: want.year,
        title: want.title.clone(),
        regime: want.regime.id.clone(),
        open_date: want.open_date,
        state: State::Open,
        sample: want.sample || council.sample,
        create_us: now_us,
        update_us: now_us,
        dossiers_by: want.dossiers_by.or(terms.map(|terms| terms.dossiers_by)),
        close_by: want.close_by.or(terms.map(|terms| terms.close_by)),
    }
}
