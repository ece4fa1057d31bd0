//! What every test of the budget stands on: the service on a fresh database, its clients, and the way to an assigned
//! estimate.

use budget::Budget;
use kit::Link;
use kit::testing::{As, Backend, World, backends, reason, start, violations};
use proto::budget::v1::assignment_service_client::AssignmentServiceClient;
use proto::budget::v1::ceiling_service_client::CeilingServiceClient;
use proto::budget::v1::estimate_history_service_client::EstimateHistoryServiceClient;
use proto::budget::v1::estimate_service_client::EstimateServiceClient;
use proto::budget::v1::feed_service_client::FeedServiceClient;
use proto::budget::v1::ledger_service_client::LedgerServiceClient;
use proto::budget::v1::norm_service_client::NormServiceClient;
use proto::budget::v1::period_service_client::PeriodServiceClient;
use proto::budget::v1::plan_service_client::PlanServiceClient;
use proto::budget::v1::task_service_client::TaskServiceClient;
use proto::budget::v1::transfer_service_client::TransferServiceClient;
use proto::budget::v1::scenario_service_client::ScenarioServiceClient;
use proto::budget::v1::{
    self as pb, Assignment, Entry, EntryKind, Estimate, EstimateLine, FundingSource, Measure, Plan, SpendingCategory,
    Target, TrialBalance, estimate_line,
};
use proto::common::v1::Event;
use proto::google::r#type::Date;
use tonic::{Code, Response, Status};

/// Phú Yên, as it was in 2021.
pub const PROVINCE: &str = "units/54-20180507";
/// A neighbour.
pub const NEIGHBOUR: &str = "units/56-20180507";
/// Ids of requests.
pub const ID: &str = "7b0c2f2e-5a52-4d4c-9d3e-6f1f4f1f0001";

/// The budget on one engine.
pub struct Stage {
    world: World,
}

/// The budget on each engine at hand, one after the other. A failing test prints the last one.
pub async fn stage(backend: Backend) -> Stage {
    eprintln!("on {backend:?}");
    Stage { world: start::<Budget>(backend).await }
}

/// The engines at hand.
pub fn engines() -> Vec<Backend> {
    backends()
}

impl Stage {
    /// Ends it.
    pub async fn end(self) {
        self.world.stop().await;
    }

    pub fn link(&self) -> Link {
        self.world.link("budget")
    }

    pub fn plans(&self) -> PlanServiceClient<Link> {
        PlanServiceClient::new(self.link())
    }

    pub fn tasks(&self) -> TaskServiceClient<Link> {
        TaskServiceClient::new(self.link())
    }

    pub fn norms(&self) -> NormServiceClient<Link> {
        NormServiceClient::new(self.link())
    }

    pub fn estimates(&self) -> EstimateServiceClient<Link> {
        EstimateServiceClient::new(self.link())
    }

    pub fn ceilings(&self) -> CeilingServiceClient<Link> {
        CeilingServiceClient::new(self.link())
    }

    pub fn history(&self) -> EstimateHistoryServiceClient<Link> {
        EstimateHistoryServiceClient::new(self.link())
    }

    pub fn assignments(&self) -> AssignmentServiceClient<Link> {
        AssignmentServiceClient::new(self.link())
    }

    pub fn ledger(&self) -> LedgerServiceClient<Link> {
        LedgerServiceClient::new(self.link())
    }

    pub fn transfers(&self) -> TransferServiceClient<Link> {
        TransferServiceClient::new(self.link())
    }

    pub fn periods(&self) -> PeriodServiceClient<Link> {
        PeriodServiceClient::new(self.link())
    }

    pub fn scenarios(&self) -> ScenarioServiceClient<Link> {
        ScenarioServiceClient::new(self.link())
    }

    pub fn feed(&self) -> FeedServiceClient<Link> {
        FeedServiceClient::new(self.link())
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    /// The agriculture department: plans, drafts, spends.
    pub fn officer(&self) -> As {
        self.world.as_role("province_officer", PROVINCE)
    }

    /// The Department of Finance.
    pub fn finance(&self) -> As {
        self.world.as_role("finance_officer", PROVINCE)
    }

    /// The People's Committee.
    pub fn leader(&self) -> As {
        self.world.as_role("committee_leader", PROVINCE)
    }

    /// A recorded plan.
    pub async fn plan(&self, plan: Plan) -> Plan {
        self.plans().create_plan(self.officer().say(create_plan(plan))).await.expect("the plan is sound").into_inner()
    }

    /// A drafted estimate of the 2021 plan with these lines.
    pub async fn draft(&self, lines: Vec<EstimateLine>) -> Estimate {
        let plan = self.plan(plan_2021()).await;
        self.draft_of(&plan, lines).await
    }

    /// A drafted estimate of a plan with these lines.
    pub async fn draft_of(&self, plan: &Plan, lines: Vec<EstimateLine>) -> Estimate {
        let request = create_estimate(estimate(&plan.name, lines));
        self.estimates().create_estimate(self.officer().say(request)).await.expect("the draft is sound").into_inner()
    }

    /// A changed draft.
    pub async fn update(&self, estimate: Estimate) -> Result<Estimate, Status> {
        let request = pb::UpdateEstimateRequest { estimate: Some(estimate), ..Default::default() };
        self.estimates().update_estimate(self.officer().say(request)).await.map(Response::into_inner)
    }

    /// An estimate of these words, by the agriculture department.
    pub async fn create(&self, estimate: Estimate) -> Result<Estimate, Status> {
        self.estimates().create_estimate(self.officer().say(create_estimate(estimate))).await.map(Response::into_inner)
    }

    /// Submits, appraises in full and approves, all on one day.
    pub async fn approved(&self, draft: &Estimate, on: Date) {
        self.submit(&draft.name, on).await.expect("submitted");
        self.appraise(draft, None, on).await.expect("appraised");
        self.approve(&draft.name, on).await.expect("approved");
    }

    pub async fn submit(&self, name: &str, on: Date) -> Result<Response<Estimate>, Status> {
        let request = pb::SubmitEstimateRequest { name: name.to_owned(), act_date: Some(on), ..Default::default() };
        self.estimates().submit_estimate(self.officer().say(request)).await
    }

    /// Appraises; every line in full where `appraisals` is none.
    pub async fn appraise(
        &self,
        estimate: &Estimate,
        appraisals: Option<Vec<pb::LineAppraisal>>,
        on: Date,
    ) -> Result<Response<Estimate>, Status> {
        let full = || estimate.lines.iter().map(|line| granted(&line.name, line.amount_vnd, "")).collect();
        let request = pb::AppraiseEstimateRequest {
            name: estimate.name.clone(),
            act_date: Some(on),
            appraisals: appraisals.unwrap_or_else(full),
            ..Default::default()
        };
        self.estimates().appraise_estimate(self.finance().say(request)).await
    }

    pub async fn send_back(&self, name: &str, on: Date) -> Result<Response<Estimate>, Status> {
        let request = pb::ReturnEstimateRequest {
            name: name.to_owned(),
            act_date: Some(on),
            reason: "Thiếu căn cứ định mức".to_owned(),
            ..Default::default()
        };
        self.estimates().return_estimate(self.finance().say(request)).await
    }

    pub async fn approve(&self, name: &str, on: Date) -> Result<Response<Estimate>, Status> {
        let request = pb::ApproveEstimateRequest { name: name.to_owned(), act_date: Some(on), ..Default::default() };
        self.estimates().approve_estimate(self.leader().say(request)).await
    }

    pub async fn assign(&self, name: &str, on: Date) -> Result<Response<Assignment>, Status> {
        let request = pb::AssignBudgetRequest {
            estimate: name.to_owned(),
            decision_number: "512/QĐ-UBND".to_owned(),
            decision_date: Some(on),
            ..Default::default()
        };
        self.assignments().assign_budget(self.leader().say(request)).await
    }

    pub async fn read(&self, name: &str) -> Estimate {
        let request = pb::GetEstimateRequest { name: name.to_owned() };
        self.estimates().get_estimate(self.officer().say(request)).await.expect("it is there").into_inner()
    }

    /// An estimate whose budget is assigned in full on 1 April 2021.
    pub async fn assigned(&self, lines: Vec<EstimateLine>) -> Estimate {
        let draft = self.draft(lines).await;
        self.submit(&draft.name, day(2021, 3, 5)).await.expect("submitted");
        self.appraise(&draft, None, day(2021, 3, 15)).await.expect("appraised");
        self.approve(&draft.name, day(2021, 3, 20)).await.expect("approved");
        self.assign(&draft.name, day(2021, 4, 1)).await.expect("assigned");
        self.read(&draft.name).await
    }

    /// An estimate of a plan whose budget is assigned in full on a day, all steps being taken on it.
    pub async fn assigned_of(&self, plan: &Plan, lines: Vec<EstimateLine>, on: Date) -> Estimate {
        let draft = Estimate { draft_date: Some(on), ..estimate(&plan.name, lines) };
        let draft = self.estimates().create_estimate(self.officer().say(create_estimate(draft))).await;
        let draft = draft.expect("the draft is sound").into_inner();
        self.submit(&draft.name, on).await.expect("submitted");
        self.appraise(&draft, None, on).await.expect("appraised");
        self.approve(&draft.name, on).await.expect("approved");
        self.assign(&draft.name, on).await.expect("assigned");
        self.read(&draft.name).await
    }

    pub async fn transfer(&self, transfer: pb::Transfer) -> Result<pb::Transfer, Status> {
        let request = pb::CreateTransferRequest { transfer: Some(transfer), ..Default::default() };
        self.transfers().create_transfer(self.finance().say(request)).await.map(Response::into_inner)
    }

    pub async fn carry(&self, transfer: pb::Transfer) -> Result<pb::Transfer, Status> {
        let request = pb::CarryOverRequest { transfer: Some(transfer), ..Default::default() };
        self.transfers().carry_over(self.finance().say(request)).await.map(Response::into_inner)
    }

    pub async fn close(&self, plan: &str, number: i32, on: Date) -> Result<pb::Period, Status> {
        let request = pb::ClosePeriodRequest {
            plan: plan.to_owned(),
            number,
            act_date: Some(on),
            document_number: "Biên bản khóa sổ".to_owned(),
            ..Default::default()
        };
        self.periods().close_period(self.finance().say(request)).await.map(Response::into_inner)
    }

    pub async fn reopen(&self, plan: &str, number: i32, on: Date) -> Result<pb::Period, Status> {
        let request = pb::ReopenPeriodRequest {
            plan: plan.to_owned(),
            number,
            act_date: Some(on),
            document_number: "45/QĐ-UBND".to_owned(),
            reason: "Bổ sung chứng từ".to_owned(),
            ..Default::default()
        };
        self.periods().reopen_period(self.leader().say(request)).await.map(Response::into_inner)
    }

    pub async fn verdict(&self, plan: &str) -> pb::LedgerVerdict {
        let request = pb::VerifyLedgerRequest { plan: plan.to_owned() };
        self.ledger().verify_ledger(self.finance().say(request)).await.expect("a plan").into_inner()
    }

    /// Changes the database behind the service's back.
    pub async fn tamper(&self, statement: &str) -> Result<(), String> {
        let tx = self.world.database("budget").begin().await.expect("a transaction");
        let done = sea_orm::ConnectionTrait::execute_unprepared(&tx, statement).await;
        match done {
            Ok(_) => tx.commit().await.map_err(|e| e.to_string()),
            Err(refused) => Err(refused.to_string()),
        }
    }

    pub async fn post(&self, entry: pb::PostEntryRequest) -> Result<Entry, Status> {
        self.ledger().post_entry(self.finance().say(entry)).await.map(Response::into_inner)
    }

    /// available, committed, paid, settled of a line, after proof that the five accounts sum to zero.
    pub async fn balances(&self, line: &str) -> (i64, i64, i64, i64) {
        let request = pb::GetLineBalanceRequest { line: line.to_owned(), ..Default::default() };
        let found = self.ledger().get_line_balance(self.finance().say(request)).await.expect("a line").into_inner();
        let (a, c, p, s) = (found.available_vnd, found.committed_vnd, found.paid_vnd, found.settled_vnd);
        assert_eq!(found.funding_vnd + a + c + p + s, 0, "a line's accounts sum to zero");
        (a, c, p, s)
    }

    pub async fn trial(&self, plan: &str) -> TrialBalance {
        let request = pb::GetTrialBalanceRequest { plan: plan.to_owned(), ..Default::default() };
        self.ledger().get_trial_balance(self.finance().say(request)).await.expect("a plan").into_inner()
    }

    pub async fn entries(&self, line: &str) -> Vec<Entry> {
        let request = pb::ListEntriesRequest { line: line.to_owned(), page_size: 1000, ..Default::default() };
        self.ledger().list_entries(self.finance().say(request)).await.expect("a list").into_inner().entries
    }

    /// Every event so far.
    pub async fn events(&self) -> Vec<Event> {
        self.events_after(0).await.expect("position 0 is known")
    }

    pub async fn events_after(&self, after_position: i64) -> Result<Vec<Event>, Status> {
        let request = proto::common::v1::WatchRequest { after_position, until_head: true };
        let reader = self.world.as_role("service", "units/vn");
        let mut stream = self.feed().watch(reader.say(request)).await?.into_inner();
        let mut events = Vec::new();
        while let Some(message) = stream.message().await? {
            events.extend(message.events);
        }
        Ok(events)
    }

    /// How many plans, estimates and entries the province has, and how many events: what a refusal must leave alone.
    pub async fn stored(&self) -> (usize, usize, usize, usize) {
        let officer = self.officer();
        let plans = pb::ListPlansRequest { page_size: 1000, ..Default::default() };
        let plans = self.plans().list_plans(officer.say(plans)).await.expect("a list").into_inner().plans.len();
        let estimates = pb::ListEstimatesRequest { page_size: 1000, ..Default::default() };
        let estimates = self.estimates().list_estimates(officer.say(estimates)).await.expect("a list");
        let estimates = estimates.into_inner().estimates.len();
        (plans, estimates, self.entries("").await.len(), self.events().await.len())
    }
}

/// A day of the wire.
pub fn day(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

/// The plan of Phú Yên for 2021 with its three targets.
pub fn plan_2021() -> Plan {
    let target = |measure: Measure, value| Target { measure: measure.into(), value, ..Default::default() };
    Plan {
        unit: "units/54".to_owned(),
        year: 2021,
        title: "Kế hoạch Chương trình mỗi xã một sản phẩm năm 2021".to_owned(),
        decision_number: "37/KH-UBND".to_owned(),
        decision_date: Some(day(2021, 2, 26)),
        targets: vec![
            target(Measure::ProductsRecognised, 15),
            target(Measure::OfficersTrainedPercent, 100),
            target(Measure::ProducerManagersTrainedPercent, 100),
        ],
        tasks: vec![pb::Task {
            title: "Đánh giá, phân hạng sản phẩm năm 2021".to_owned(),
            lead_agency: "Sở Nông nghiệp và Phát triển nông thôn".to_owned(),
            coordinating_agencies: vec!["UBND các huyện, thị xã, thành phố".to_owned()],
            due_date: Some(day(2021, 11, 30)),
            ..Default::default()
        }],
        ..Default::default()
    }
}

pub fn create_plan(plan: Plan) -> pb::CreatePlanRequest {
    pb::CreatePlanRequest { plan: Some(plan), ..Default::default() }
}

pub fn create_estimate(estimate: Estimate) -> pb::CreateEstimateRequest {
    pb::CreateEstimateRequest { estimate: Some(estimate), ..Default::default() }
}

pub fn estimate(plan: &str, lines: Vec<EstimateLine>) -> Estimate {
    Estimate {
        plan: plan.to_owned(),
        title: "Dự toán kinh phí thực hiện Chương trình năm 2021".to_owned(),
        draft_date: Some(day(2021, 3, 1)),
        lines,
        ..Default::default()
    }
}

fn line(category: SpendingCategory, description: &str, cost: estimate_line::Cost) -> EstimateLine {
    EstimateLine {
        category: category.into(),
        description: description.to_owned(),
        source: FundingSource::Provincial.into(),
        cost: Some(cost),
        ..Default::default()
    }
}

/// A line by a norm.
pub fn by_norm(norm: &str, quantity: i64, days: i64, rate_vnd: i64) -> EstimateLine {
    let cost = pb::NormCost { norm: norm.to_owned(), quantity, days, rate_vnd, ..Default::default() };
    line(SpendingCategory::Training, "Tập huấn cán bộ OCOP các cấp", estimate_line::Cost::NormCost(cost))
}

/// A lump sum.
pub fn lump(amount_vnd: i64) -> EstimateLine {
    let cost = pb::LumpSum { amount_vnd, reason: "Chưa có định mức".to_owned() };
    line(SpendingCategory::TradePromotion, "Tham gia hội chợ ngoài tỉnh", estimate_line::Cost::LumpSum(cost))
}

/// Money from line to line.
pub fn moving(from: &str, to: &str, amount_vnd: i64) -> pb::Transfer {
    pb::Transfer {
        from_line: from.to_owned(),
        to_line: to.to_owned(),
        amount_vnd,
        act_date: Some(day(2021, 6, 1)),
        document_number: "88/QĐ-STC".to_owned(),
        reason: "Điều chỉnh nhiệm vụ".to_owned(),
        ..Default::default()
    }
}

/// Calls until the answer is no lost race and no full queue; what else a writer meets is the rule's answer.
pub async fn insist<T, F: Future<Output = Result<T, Status>>>(mut call: impl FnMut() -> F) -> Result<T, Status> {
    loop {
        match call().await {
            Err(status) if matches!(status.code(), Code::Aborted | Code::ResourceExhausted) => {}
            answer => return answer,
        }
    }
}

pub fn granted(line: &str, appraised_vnd: i64, reason: &str) -> pb::LineAppraisal {
    pb::LineAppraisal { line: line.to_owned(), appraised_vnd, reason: reason.to_owned() }
}

pub fn entry(line: &str, kind: EntryKind, amount_vnd: i64) -> pb::PostEntryRequest {
    pb::PostEntryRequest {
        line: line.to_owned(),
        kind: kind.into(),
        amount_vnd,
        act_date: Some(day(2021, 6, 1)),
        note: "Hợp đồng 07/2021".to_owned(),
        ..Default::default()
    }
}

/// What a refusal says: code, reason, and the violations as `field REASON`.
pub fn said<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String, Vec<String>) {
    let status = answer.expect_err("it is refused");
    let found = violations(&status).into_iter().map(|(field, reason)| format!("{field} {reason}")).collect();
    (status.code(), reason(&status), found)
}

/// A refusal by violations only.
pub fn invalid(found: &[&str]) -> (Code, String, Vec<String>) {
    let found = found.iter().map(ToString::to_string).collect();
    (Code::InvalidArgument, "REQUEST_INVALID".to_owned(), found)
}

/// A refusal by a rule.
pub fn refused(code: Code, reason: &str) -> (Code, String, Vec<String>) {
    (code, reason.to_owned(), Vec::new())
}
