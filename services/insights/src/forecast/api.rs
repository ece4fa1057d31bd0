//! The RPCs of forecasts. The year is played on a thread of its own, so that many runs keep nobody waiting.

use std::collections::BTreeMap;

use kit::{Answer, Error, Kit, Read, Result};
use proto::budget::v1::Measure;
use proto::common::v1::ErrorReason as Common;
use proto::insights::v1::forecast_service_server::ForecastService;
use proto::insights::v1::{self as pb, Forecast};
use reference::units;
use time::{Date, Month};
use tonic::{Request, async_trait};

use super::domain::{self, History, Known, Question};
use super::{store, wire};
use crate::feeds::SOURCES;
use crate::progress;

/// The RPCs.
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
impl ForecastService for Api {
    async fn get_forecast(&self, request: Request<pb::GetForecastRequest>) -> Answer<Forecast> {
        self.kit.read(request, wire::get_forecast, |r| async move { forecast(r).await }).await
    }
}

async fn forecast(r: Read<wire::Asked>) -> Result<Forecast> {
    // Before the facts: what arrives in between makes them fresher than they say, never older.
    let cursors = kit::follow::cursors(r.db()).await?;
    let Some((plan, targets)) = store::plan(r.db(), &r.want.plan).await? else {
        return Err(Error::not_found(&r.want.plan));
    };
    r.call.at(&plan.unit_path)?;
    let own = targets.iter().find(|t| t.measure == i32::from(Measure::ProductsRecognised)).map(|t| t.value);
    let target = r.want.target.or(own).ok_or_else(|| Error::violation("target", Common::FieldRequired, &[]))?;
    let as_of = progress::domain::as_of(r.want.as_of, plan.year, r.call.today);

    let prefixes = units::prefixes(&plan.unit);
    let (known, firsts) = (store::known(r.db(), &prefixes).await?, store::recognised(r.db(), &prefixes).await?);
    let (known, firsts) = bundled(known, &firsts, &store::bundles(r.db()).await?);
    let day = |month, of| Date::from_calendar_date(plan.year, month, of).map_err(Error::internal);
    let window = (day(Month::January, 1)?, day(Month::December, 31)?.min(as_of));
    let recognised = firsts.values().filter(|day| (window.0..=window.1).contains(*day)).count();

    let question = Question {
        as_of,
        year: plan.year,
        target,
        recognised: i64::try_from(recognised).unwrap_or(i64::MAX),
        seed: r.want.seed.unsigned_abs(),
        runs: r.want.runs,
    };
    let frame = wire::Frame {
        plan: plan.plan,
        unit: plan.unit,
        seed: r.want.seed,
        sample: plan.sample,
        freshness: SOURCES.iter().map(|source| kit::follow::freshness(source, &cursors)).collect(),
    };
    let play = move || {
        let assumptions = domain::learn(&History { known: &known, recognised: &firsts }, as_of);
        let decided = |product: &str| firsts.get(product).is_some_and(|day| *day <= as_of);
        let items = domain::pipeline(&known, &decided, (as_of, question.year));
        let answer = domain::play(&question, &items, &assumptions);
        wire::forecast(frame, &question, &items, &assumptions, &answer)
    };
    tokio::task::spawn_blocking(play).await.map_err(Error::internal)
}

/// The same with the bundle in the place of its products: they count once, by the earliest of them.
fn bundled(
    known: Vec<Known>,
    firsts: &BTreeMap<String, Date>,
    bundles: &BTreeMap<String, String>,
) -> (Vec<Known>, BTreeMap<String, Date>) {
    let whole = |product: String| bundles.get(&product).cloned().unwrap_or(product);
    let mut days: BTreeMap<String, Date> = BTreeMap::new();
    for (product, day) in firsts {
        days.entry(whole(product.clone())).and_modify(|kept| *kept = (*kept).min(*day)).or_insert(*day);
    }
    (known.into_iter().map(|step| Known { product: whole(step.product), ..step }).collect(), days)
}
