//! The RPCs of scenarios.
//!
//! A search runs on a thread of its own, at most [`SEARCHES`] at a time; whoever comes later waits. It ends with the call:
//! a caller that leaves stops it within one branch and bound, which has bounds of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kit::{Answer, Error, Fact, Kit, Result, fresh};
use proto::budget::v1::scenario_service_server::ScenarioService;
use proto::budget::v1::{self as pb, CompareScenariosResponse, ListScenariosResponse};
use tokio::sync::Semaphore;
use tonic::{Request, async_trait};

use super::domain::answer::answer;
use super::domain::effort::Effort;
use super::{store, wire};
use crate::plans;

/// How many searches run at a time in one process.
const SEARCHES: usize = 2;
/// How long one search may take in all, whatever the call allows.
const LONGEST: Duration = Duration::from_secs(20);
/// How long one branch and bound of a search may take.
const LONGEST_PART: Duration = Duration::from_millis(1500);
/// How many nodes it may have: it ends alike on every machine that is fast enough.
const NODES: u64 = 40_000;
/// How many ways of one district are looked at together.
const COLUMNS: usize = 4_000;

/// The RPCs.
pub struct Api {
    kit: Kit,
    searches: Arc<Semaphore>,
}

/// Stops a search when the call that asked for it ends.
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit, searches: Arc::new(Semaphore::new(SEARCHES)) }
    }

    /// Searches the answer to a question; the time that it waits for its turn is part of the limit.
    async fn search(&self, inputs: pb::ScenarioInputs, limit: Duration) -> Result<pb::ScenarioResult> {
        let end = Instant::now() + limit;
        let turn = self.searches.clone().acquire_owned().await.map_err(Error::internal)?;
        let stop = Stop(Arc::default());
        let left = Arc::clone(&stop.0);
        let search = move || {
            let stop = || left.load(Ordering::Relaxed) || Instant::now() > end;
            // A part that has begun is not stopped: it must not take what is left for all.
            let time = LONGEST_PART.min(limit / 4);
            let effort = Effort { nodes: NODES, columns: COLUMNS, time, first: false, stop: &stop };
            let question = wire::model::question(&inputs)?;
            let solved = answer(&question, &effort);
            drop(turn);
            Ok(wire::result::result(&inputs, &question, &solved))
        };
        tokio::task::spawn_blocking(search).await.map_err(Error::internal)?
    }
}

#[async_trait]
impl ScenarioService for Api {
    async fn create_scenario(&self, request: Request<pb::CreateScenarioRequest>) -> Answer<pb::Scenario> {
        let id = self.kit.new_id();
        self.kit
            .write(request, wire::create_scenario, move |w| async move {
                let new = &w.want;
                let plan = plans::store::fetch(w.tx(), new.plan).await?.ok_or_else(|| wire::no_plan(new.plan))?;
                w.call.at(&plan.unit_path)?;
                let scenario = store::insert(w.tx(), id, (&plan, new), w.call.now_us).await?;
                w.record(fact(&scenario, false));
                wire::scenario(&scenario)
            })
            .await
    }

    async fn solve_scenario(&self, request: Request<pb::SolveScenarioRequest>) -> Answer<pb::Scenario> {
        let call = self.kit.prepare(&request)?;
        let asked = kit::name::parse(&request.get_ref().name, "scenarios");
        // Searched before the transaction, so that nobody waits for it; judged before and in it.
        let mut found = None;
        if let Some(id) = asked
            && let Some(scenario) = store::fetch(self.kit.database()?.reader(), id).await?
        {
            call.at(&scenario.unit_path)?;
            let limit = call.remaining().map_or(LONGEST, |left| LONGEST.min(left.mul_f64(0.8)));
            found = Some(wire::encoded(&self.search(wire::inputs(&scenario)?, limit).await?));
        }
        let found = &found;
        self.kit
            .write(request, wire::solve_scenario, move |w| async move {
                let name = wire::name_of(w.want.id);
                let scenario = store::lock(w.tx(), w.want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&scenario.unit_path)?;
                fresh(&w.want.etag, scenario.version, &name)?;
                let found = found.clone().ok_or_else(|| Error::not_found(&name))?;
                let scenario = store::solved(w.tx(), scenario, found, w.call.now_us).await?;
                w.record(fact(&scenario, false));
                wire::scenario(&scenario)
            })
            .await
    }

    async fn get_scenario(&self, request: Request<pb::GetScenarioRequest>) -> Answer<pb::Scenario> {
        self.kit
            .read(request, wire::get_scenario, |r| async move {
                let scenario = store::fetch(r.db(), r.want).await?;
                let scenario = scenario.ok_or_else(|| Error::not_found(wire::name_of(r.want)))?;
                r.call.at(&scenario.unit_path)?;
                wire::scenario(&scenario)
            })
            .await
    }

    async fn list_scenarios(&self, request: Request<pb::ListScenariosRequest>) -> Answer<ListScenariosResponse> {
        self.kit
            .read(request, wire::list_scenarios, |r| async move {
                let (plan, page) = &r.want;
                let scenarios = store::list(r.db(), &r.call.scope(), *plan, page).await?;
                let (scenarios, next_page_token) = page.cut(scenarios, |s| vec![s.id.to_string()]);
                let scenarios = scenarios.into_iter().map(wire::head_of).collect();
                Ok(ListScenariosResponse { scenarios, next_page_token })
            })
            .await
    }

    async fn delete_scenario(&self, request: Request<pb::DeleteScenarioRequest>) -> Answer<pb::Scenario> {
        self.kit
            .write(request, wire::delete_scenario, move |w| async move {
                let name = wire::name_of(w.want.id);
                let scenario = store::lock(w.tx(), w.want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&scenario.unit_path)?;
                fresh(&w.want.etag, scenario.version, &name)?;
                store::delete(w.tx(), scenario.id).await?;
                w.record(fact(&scenario, true));
                wire::scenario(&scenario)
            })
            .await
    }

    async fn compare_scenarios(
        &self,
        request: Request<pb::CompareScenariosRequest>,
    ) -> Answer<CompareScenariosResponse> {
        self.kit
            .read(request, wire::compare_scenarios, |r| async move {
                let mut results = Vec::with_capacity(2);
                for id in [r.want.0, r.want.1] {
                    let scenario =
                        store::fetch(r.db(), id).await?.ok_or_else(|| Error::not_found(wire::name_of(id)))?;
                    r.call.at(&scenario.unit_path)?;
                    results.push(wire::result_of(&scenario)?.ok_or_else(|| wire::not_solved(id))?);
                }
                match results.as_slice() {
                    [first, second] => Ok(wire::compared(first, second)),
                    _ => Err(Error::internal("two scenarios were read")),
                }
            })
            .await
    }
}

/// What is recorded of a change.
fn fact(scenario: &store::Scenario, deleted: bool) -> Fact {
    let fact = Fact::of(&wire::name_of(scenario.id)).at(&scenario.unit).sample(scenario.sample);
    fact.tells(&wire::changed(scenario, deleted))
}
