//! The demo province: Phú Yên in its plan year 2021, loaded through the RPCs that everybody has.
//!
//! Real, and recorded as real: the units, the plan's three targets, the producers and products that the press names with
//! the stars and dates it gives (`products_press.csv`; its product sets are our own reading, `press_products.csv`), the
//! norms. Invented, and marked as samples in every row: who holds the posts, who manages the producers, the candidates of 2021,
//! those that were judged (`samples.csv`) and the ideas that were not (`ideas.csv`), the council and its marks, attendance, and every amount of money.
//!
//! Loading can be broken off at any point: every write carries a request id that follows from what it is, so that the
//! next start repeats the calls and gets the same answers ([`steps`]). Once all is loaded a mark in the data folder says so.

pub mod candidates;
pub mod judging;
pub mod money;
pub mod people;
pub mod plan;
pub mod press;
pub mod samples;
pub mod steps;
pub mod trained;

use std::path::Path;
use std::time::Duration;

use kit::auth::Keys;
use kit::{BoxError, Clock, instant};
use proto::google::r#type::Date;
use proto::insights::v1::forecast_service_client::ForecastServiceClient;
use proto::insights::v1::progress_service_client::ProgressServiceClient;
use proto::insights::v1::{Forecast, GetForecastRequest, GetPlanProgressRequest, PlanProgress};

use self::steps::{Mark, Steps, date, done};
use crate::client::Client;

/// The province.
pub const PROVINCE: &str = "units/54";

/// How many steps loading has; each says what it does and what came of it.
const STEPS: usize = 11;

/// Loads the demo where it is not loaded, telling each step to `say`. Answers the plan's name.
///
/// # Errors
/// A call was refused, or what is half loaded is too old to be gone on with.
pub async fn load(
    client: &Client,
    keys: &Keys,
    data_dir: &Path,
    say: impl FnMut(String) + Send,
) -> Result<String, BoxError> {
    let mark = Mark::read(data_dir)?;
    let mut steps = Steps::new(client, keys, STEPS, say);
    if let Some(plan) = mark.plan() {
        steps.say("demo phu-yen-2021: loaded before, nothing to do");
        return Ok(plan.to_owned());
    }
    let mark = mark.begin(Clock::System.now_us())?;
    let units = plan::units(&mut steps).await?;
    let plan = plan::create(&mut steps).await?;
    let officers = people::officers(&mut steps, &units).await?;
    let real = press::products(&mut steps).await?;
    press::certificates(&mut steps, &real).await?;
    let samples = samples::products(&mut steps).await?;
    candidates::list(&mut steps, &samples).await?;
    let managers = people::managers(&mut steps, &press::producers_of(&real), &samples).await?;
    people::training(&mut steps, &officers, &managers).await?;
    judging::year(&mut steps, &samples).await?;
    money::year(&mut steps, &plan, officers.len(), managers.len()).await?;
    mark.finish(&plan)?;
    Ok(plan)
}

/// The plan's progress at the end of 2021, once the figures hold everything that was written before this call.
///
/// # Errors
/// The insights service refuses, or its figures do not catch up.
pub async fn progress(client: &Client, plan: &str) -> Result<PlanProgress, BoxError> {
    let asked_us = Clock::System.now_us();
    let mut insights = ProgressServiceClient::new(client.channel.clone());
    for _ in 0..300 {
        let request = GetPlanProgressRequest { name: plan.to_owned(), ..Default::default() };
        match insights.get_plan_progress(client.request(request)).await {
            Ok(answer) => {
                let progress = answer.into_inner();
                let until = |f: &proto::common::v1::Freshness| f.complete_until.as_ref().map_or(0, instant::of);
                if progress.freshness.iter().all(|feed| until(feed) >= asked_us) {
                    return Ok(progress);
                }
            }
            // The plan's event may still be on its way.
            Err(status) if status.code() == tonic::Code::NotFound => {}
            Err(status) => return done("the plan's progress", Err(status)),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the figures did not catch up within 30 seconds".into())
}

/// The days on which the demo is asked how likely its target is: before the first round, between the two, at the year's end.
fn asked_days() -> [Option<Date>; 3] {
    [date(2021, 5, 31), date(2021, 9, 30), date(2021, 12, 31)]
}

/// How likely the plan's recognised products were on each of three days of the year, by what was known then. Asked once the
/// figures hold what was loaded: after [`progress`].
///
/// # Errors
/// The insights service refuses.
pub async fn forecasts(client: &Client, plan: &str) -> Result<Vec<Forecast>, BoxError> {
    let mut insights = ForecastServiceClient::new(client.channel.clone());
    let mut forecasts = Vec::new();
    for as_of in asked_days() {
        let request = GetForecastRequest { name: plan.to_owned(), as_of, ..Default::default() };
        forecasts.push(done("a forecast", insights.get_forecast(client.request(request)).await)?);
    }
    Ok(forecasts)
}
