//! `ocop bench ledger`: many clients on one hot line of the ledger, beside the same statements raw.
//!
//! The suite's side is PostEntry through all layers: every client posts commitments of one đồng to one line, one after the
//! other, each with a request id. The limit is the very statements of it through sqlx, in the same transactions of the
//! same database, with as many clients and connections, on another line: the line locked, the book held, the line's
//! balances kept, entry, audit entry with event, and request id inserted. Both stand in one process with the driver, so that CPU
//! time is not told apart; rounds alternate and their order is turned round. Afterwards the lines must hold exactly
//! what was acknowledged. Times are printed and never judged.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use kit::{BoxError, name};
use proto::budget::v1::assignment_service_client::AssignmentServiceClient;
use proto::budget::v1::estimate_service_client::EstimateServiceClient;
use proto::budget::v1::ledger_service_client::LedgerServiceClient;
use proto::budget::v1::plan_service_client::PlanServiceClient;
use proto::budget::v1::{self as pb, EntryKind, FundingSource, SpendingCategory};
use proto::common::v1::Role;
use proto::google::r#type::Date;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Request};

use super::ground::{Ground, Side};
use super::report::median;
use super::stand::Stand;
use super::{ledger_raw, machine};

/// What each line is assigned: more than any run commits.
const ASSIGNED: i64 = 1_000_000_000;
/// The day of everything; an open day of the plan's year.
const DAY: Date = Date { year: 2021, month: 6, day: 1 };

/// What `ocop bench ledger` is told.
#[derive(Args)]
pub(super) struct Arguments {
    /// Clients on the hot line.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    clients: u16,
    /// Seconds of each run.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Rounds of both sides.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// HTTP/2 connections of the clients.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// A PostgreSQL server on this machine whose user may make databases; one is made and dropped. Without it a SQLite
    /// file in a temporary folder.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Who calls: everybody at once, at the root.
struct Callers {
    channels: Vec<Channel>,
    stand: Stand,
}

impl Callers {
    fn say<T>(&self, message: T) -> Result<Request<T>, BoxError> {
        self.stand.say(message)
    }

    fn channel(&self, client: u16) -> Result<Channel, BoxError> {
        let at = usize::from(client) % self.channels.len().max(1);
        Ok(self.channels.get(at).ok_or("no connection")?.clone())
    }
}

/// Measures and prints.
pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, BoxError> {
    let ground = Ground::prepare(arguments.database_url.as_deref()).await?;
    let outcome = measure(arguments, &ground).await;
    ground.clear().await?;
    print!("{}", outcome?);
    Ok(ExitCode::SUCCESS)
}

async fn measure(arguments: &Arguments, ground: &Ground) -> Result<String, BoxError> {
    let roles = [Role::ProvinceOfficer, Role::FinanceOfficer, Role::CommitteeLeader];
    let stand = Stand::start::<budget::Budget>(ground, &roles).await?;
    let endpoint = stand.endpoint()?.tcp_nodelay(true);
    let mut channels = Vec::new();
    for _ in 0..arguments.connections {
        channels.push(endpoint.connect().await?);
    }
    let callers = Arc::new(Callers { channels, stand });
    let [hot, raw] = assigned(&callers).await?;
    let pool = ledger_raw::Pool::open(&ground.url(Side::Suite)).await?;

    let (mut suite, mut limit, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut posted, mut stored) = (0, 0);
    for round in 0..arguments.rounds {
        eprintln!("round {} of {}", round + 1, arguments.rounds);
        let mut rates = [0.0, 0.0];
        let order = if round % 2 == 0 { [Side::Suite, Side::Limit] } else { [Side::Limit, Side::Suite] };
        for side in order {
            let begun = Instant::now();
            let until = begun + Duration::from_secs(arguments.seconds);
            let count = match side {
                Side::Suite => clients(arguments.clients, &callers, &hot, until).await?,
                Side::Limit => ledger_raw::clients(arguments.clients, &pool, &raw, until).await?,
            };
            let rate = ledger_raw::rate(count, begun.elapsed());
            match side {
                Side::Suite => (posted, rates[0]) = (posted + count, rate),
                Side::Limit => (stored, rates[1]) = (stored + count, rate),
            }
        }
        let [through, beside] = rates;
        suite.push(through);
        limit.push(beside);
        ratios.push(through / beside.max(f64::EPSILON));
    }
    for (line, count) in [(&hot, posted), (&raw, stored)] {
        let request = pb::GetLineBalanceRequest { line: line.clone(), ..Default::default() };
        let mut ledger = LedgerServiceClient::new(callers.channel(0)?);
        let found = ledger.get_line_balance(callers.say(request)?).await?.into_inner();
        if u64::try_from(found.committed_vnd)? != count || found.available_vnd + found.committed_vnd != ASSIGNED {
            return Err(format!("{count} were acknowledged, {} đồng are committed", found.committed_vnd).into());
        }
    }
    let callers = Arc::into_inner(callers).ok_or("a client has not ended")?;
    callers.stand.stop().await;
    let text = [
        format!("\nmachine   {}\ndatabase  {}\n", machine::line(), ground.line().await?),
        format!("ledger    {} clients on one hot line; medians of {} rounds\n\n", arguments.clients, arguments.rounds),
        format!("PostEntry {:>9.0} entries/s\nraw       {:>9.0} entries/s\n", median(suite), median(limit)),
        format!(
            "ratio     {:>9.2}, median of the rounds; every acknowledged entry is in the balance\n",
            median(ratios)
        ),
    ];
    Ok(text.concat())
}

/// A plan with an estimate of two lines, assigned in full. Answers the lines.
async fn assigned(callers: &Callers) -> Result<[String; 2], BoxError> {
    let plan = pb::Plan {
        unit: "units/54-20180507".to_owned(),
        year: 2021,
        title: "Kế hoạch mẫu đo tốc độ".to_owned(),
        decision_number: "37/KH-UBND".to_owned(),
        decision_date: Some(Date { month: 2, day: 26, ..DAY }),
        sample: true,
        ..Default::default()
    };
    let request = pb::CreatePlanRequest { plan: Some(plan), ..Default::default() };
    let plan = PlanServiceClient::new(callers.channel(0)?).create_plan(callers.say(request)?).await?.into_inner();
    let lump = pb::LumpSum { amount_vnd: ASSIGNED, reason: "Mẫu".to_owned() };
    let line = pb::EstimateLine {
        category: SpendingCategory::Training.into(),
        description: "Mẫu".to_owned(),
        source: FundingSource::Provincial.into(),
        cost: Some(pb::estimate_line::Cost::LumpSum(lump)),
        ..Default::default()
    };
    let on = Some(Date { month: 3, day: 1, ..DAY });
    let estimate = pb::Estimate {
        plan: plan.name,
        title: "Dự toán mẫu đo tốc độ".to_owned(),
        draft_date: on,
        lines: vec![line.clone(), line],
        ..Default::default()
    };
    let mut estimates = EstimateServiceClient::new(callers.channel(0)?);
    let request = pb::CreateEstimateRequest { estimate: Some(estimate), ..Default::default() };
    let draft = estimates.create_estimate(callers.say(request)?).await?.into_inner();
    let name = draft.name.clone();
    let request = pb::SubmitEstimateRequest { name: name.clone(), act_date: on, ..Default::default() };
    estimates.submit_estimate(callers.say(request)?).await?;
    let full = |line: &pb::EstimateLine| pb::LineAppraisal {
        line: line.name.clone(),
        appraised_vnd: line.amount_vnd,
        ..Default::default()
    };
    let appraisals = draft.lines.iter().map(full).collect();
    let request = pb::AppraiseEstimateRequest { name: name.clone(), act_date: on, appraisals, ..Default::default() };
    estimates.appraise_estimate(callers.say(request)?).await?;
    let request = pb::ApproveEstimateRequest { name: name.clone(), act_date: on, ..Default::default() };
    estimates.approve_estimate(callers.say(request)?).await?;
    let request = pb::AssignBudgetRequest {
        estimate: name,
        decision_number: "512/QĐ-UBND".to_owned(),
        decision_date: on,
        ..Default::default()
    };
    AssignmentServiceClient::new(callers.channel(0)?).assign_budget(callers.say(request)?).await?;
    let names: Vec<String> = draft.lines.into_iter().map(|line| line.name).collect();
    names.try_into().map_err(|_| "an estimate without its lines".into())
}

/// Posts until a moment, as fast as answers come. Answers how many entries were acknowledged.
async fn clients(count: u16, callers: &Arc<Callers>, line: &str, until: Instant) -> Result<u64, BoxError> {
    let acknowledged = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for client in 0..count {
        let (callers, line, acknowledged) = (callers.clone(), line.to_owned(), acknowledged.clone());
        clients.spawn(async move {
            let mut ledger = LedgerServiceClient::new(callers.channel(client)?);
            while Instant::now() < until {
                let request = pb::PostEntryRequest {
                    line: line.clone(),
                    kind: EntryKind::Commit.into(),
                    amount_vnd: 1,
                    act_date: Some(DAY),
                    sample: true,
                    request_id: uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string(),
                    ..Default::default()
                };
                // A lost race or a full queue is sent again with its id, as clients do.
                loop {
                    match ledger.post_entry(callers.say(request.clone())?).await {
                        Ok(answer) if name::parse(&answer.get_ref().name, "entries").is_some() => break,
                        Ok(answer) => return Err(format!("a wrong answer: {:?}", answer.get_ref()).into()),
                        Err(status) if matches!(status.code(), Code::Aborted | Code::ResourceExhausted) => {}
                        Err(status) => return Err(BoxError::from(status)),
                    }
                }
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, BoxError>(())
        });
    }
    while let Some(done) = clients.join_next().await {
        done??;
    }
    Ok(acknowledged.load(Ordering::Relaxed))
}
