//! Who of the demo is trained and who is not, by district: what the plan's two targets of 100 % look like at the year's end.

use std::collections::BTreeMap;
use std::time::Duration;

use kit::{BoxError, Clock, day, instant};
use proto::common::v1::{Audience, Topic};
use proto::registry::v1::BatchGetPersonsRequest;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::training::v1::coverage_service_client::CoverageServiceClient;
use proto::training::v1::{Coverage, GetCoverageRequest, MissingPerson};
use reference::units;
use time::macros::date;
use training::coverage::domain::place;

use super::PROVINCE;
use super::steps::done;
use crate::client::Client;
use crate::table::{Missing, Trained};

/// Persons whose names are asked for at once, and missing persons of a page.
const BATCH: usize = 500;

/// Both targets at the end of 2021: figures by district and who is missing, once training's copy holds everything that was
/// written before this call.
///
/// # Errors
/// A service refuses, or the copy does not catch up.
pub async fn targets(client: &Client) -> Result<Vec<Trained>, BoxError> {
    let asked_us = Clock::System.now_us();
    let mut targets = Vec::new();
    for (audience, topics) in [
        (Audience::Officers, vec![Topic::ProgrammeManagement, Topic::EvaluationAndRanking]),
        (Audience::ProducerManagers, vec![Topic::BusinessManagement]),
    ] {
        let ask = GetCoverageRequest {
            unit: PROVINCE.to_owned(),
            audience: audience.into(),
            as_of: Some(day::pb(date!(2021 - 12 - 31))),
            topics: topics.into_iter().map(i32::from).collect(),
            page_size: i32::try_from(BATCH)?,
            ..GetCoverageRequest::default()
        };
        let coverage = whole(client, ask, asked_us).await?;
        let missing = by_district(client, &coverage).await?;
        targets.push(Trained { coverage, missing });
    }
    Ok(targets)
}

/// A coverage with all its missing persons.
async fn whole(client: &Client, mut ask: GetCoverageRequest, asked_us: i64) -> Result<Coverage, BoxError> {
    let mut training = CoverageServiceClient::new(client.channel.clone());
    for _ in 0..300 {
        match training.get_coverage(client.request(ask.clone())).await {
            Ok(answer) => {
                let mut coverage = answer.into_inner();
                let until = coverage.freshness.as_ref().and_then(|f| f.complete_until.as_ref()).map_or(0, instant::of);
                if until >= asked_us {
                    while !coverage.next_page_token.is_empty() {
                        ask.page_token = std::mem::take(&mut coverage.next_page_token);
                        let next = done("a coverage", training.get_coverage(client.request(ask.clone())).await)?;
                        coverage.missing.extend(next.missing);
                        coverage.next_page_token = next.next_page_token;
                    }
                    return Ok(coverage);
                }
            }
            // The registry's feed is not read to its head yet.
            Err(status) if status.code() == tonic::Code::Unavailable => {}
            Err(status) => return done("a coverage", Err(status)),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("training's copy of the duties did not catch up within 30 seconds".into())
}

/// Who is missing under each row of a coverage, by the name of its unit.
async fn by_district(client: &Client, coverage: &Coverage) -> Result<BTreeMap<String, Vec<Missing>>, BoxError> {
    let unit = units::by_name(&coverage.unit).ok_or("the coverage is of an unknown unit")?;
    let map = coverage.unit_map_date.as_ref().and_then(day::of).ok_or("the coverage has no map")?;
    let mut registry = PersonServiceClient::new(client.channel.clone());
    let mut missing: BTreeMap<String, Vec<Missing>> = BTreeMap::new();
    for batch in coverage.missing.chunks(BATCH) {
        let names = batch.iter().map(|person| person.person.clone()).collect();
        let request = client.request(BatchGetPersonsRequest { names });
        let persons = done("names", registry.batch_get_persons(request).await)?.persons;
        for (MissingPerson { units, reason, .. }, person) in batch.iter().zip(persons) {
            let row = place(units.first().map(String::as_str).unwrap_or_default(), unit, map);
            missing.entry(row).or_default().push(Missing { name: person.display_name, reason: *reason });
        }
    }
    for persons in missing.values_mut() {
        persons.sort_by_key(|person| reference::text::sort_key(&person.name));
    }
    Ok(missing)
}
