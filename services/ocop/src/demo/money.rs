//! The year's money: estimate, appraisal, aggregation, approval, assignment, ledger. Norms are real, every amount, day and
//! document number is a sample.

use kit::BoxError;
use proto::budget::v1::aggregation_service_client::AggregationServiceClient;
use proto::budget::v1::assignment_service_client::AssignmentServiceClient;
use proto::budget::v1::estimate_line::Cost;
use proto::budget::v1::estimate_service_client::EstimateServiceClient;
use proto::budget::v1::ledger_service_client::LedgerServiceClient;
use proto::budget::v1::{
    Aggregation, AppraiseEstimateRequest, ApproveAggregationRequest, AssignBudgetRequest, CreateAggregationRequest,
    CreateEstimateRequest, EntryKind, Estimate, EstimateLine, FundingSource, GetTrialBalanceRequest, LineAppraisal,
    LumpSum, NormCost, PostEntryRequest, QuarterAmount, SpendingCategory, SubmitEstimateRequest,
};

use super::steps::{Steps, date, done, request_id};
use crate::table::vnd;

/// What the Department of Finance grants of lump sums, in percent.
const GRANTED_PERCENT: i64 = 80;

/// Carries the estimate from the draft to the settled ledger.
///
/// # Errors
/// The budget service refuses.
pub async fn year(steps: &mut Steps<'_>, plan: &str, officers: usize, managers: usize) -> Result<(), BoxError> {
    steps.begin("dự toán, giao dự toán, sổ cái (estimate, assignment, ledger; samples)");
    let drafted = draft(steps, plan, i64::try_from(officers)?, i64::try_from(managers)?).await?;
    let appraised = appraise(steps, &drafted).await?;
    assign(steps, &appraised).await?;
    spend(steps, &appraised).await?;
    let mut ledger = LedgerServiceClient::new(steps.client.channel.clone());
    let request = GetTrialBalanceRequest { plan: plan.to_owned(), ..Default::default() };
    let balance = done("the trial balance", ledger.get_trial_balance(steps.client.request(request)).await)?;
    if balance.total_vnd != 0 {
        return Err(format!("the ledger sums to {} đồng", balance.total_vnd).into());
    }
    steps.end(&format!(
        "dự toán {} đồng, giao {} đồng (số mẫu); tổng mọi tài khoản bằng {}",
        vnd(appraised.amount_vnd),
        vnd(appraised.appraised_vnd()),
        balance.total_vnd,
    ));
    Ok(())
}

/// The lines, each with the quarter in which its money is needed.
fn lines(officers: i64, managers: i64) -> Vec<EstimateLine> {
    use SpendingCategory as S;
    let line = |category: S, description: &str, cost, quarter| EstimateLine {
        category: category.into(),
        description: format!("{description} (mẫu)"),
        source: FundingSource::Provincial.into(),
        cost: Some(cost),
        quarters: vec![QuarterAmount { quarter, ..Default::default() }],
        ..Default::default()
    };
    let norm = |norm: &str, quantity, days| {
        Cost::NormCost(NormCost { norm: format!("norms/{norm}"), quantity, days, ..Default::default() })
    };
    let lump = |amount_vnd| {
        Cost::LumpSum(LumpSum { amount_vnd, reason: "Chưa có định mức, khoán theo báo giá".to_owned() })
    };
    vec![
        line(S::Training, "Thù lao giảng viên tập huấn", norm("lecturer-session", 1, 14), 2),
        line(S::Training, "Giải khát giữa giờ lớp cán bộ", norm("refreshments", officers, 4), 2),
        line(S::Training, "Hỗ trợ tiền ăn người quản lý chủ thể", norm("meal-guest-provincial-city", managers, 2), 2),
        line(S::Evaluation, "Phụ cấp lưu trú hội đồng và tổ giúp việc", norm("per-diem", 12, 6), 4),
        line(S::Management, "Phụ cấp lưu trú kiểm tra, giám sát ở các huyện", norm("per-diem", 3, 18), 3),
        line(S::TradePromotion, "Tham gia hội chợ, triển lãm trong và ngoài tỉnh", lump(150_000_000), 4),
        line(S::ProductDevelopment, "Hỗ trợ sản phẩm được công nhận năm 2020", lump(200_000_000), 3),
    ]
}

async fn draft(steps: &Steps<'_>, plan: &str, officers: i64, managers: i64) -> Result<Estimate, BoxError> {
    let estimate = Estimate {
        plan: plan.to_owned(),
        title: "Dự toán nhiệm vụ OCOP cấp tỉnh năm 2021 (mẫu)".to_owned(),
        agency: "Sở Nông nghiệp và PTNT".to_owned(),
        draft_date: date(2021, 1, 11),
        lines: lines(officers, managers),
        sample: true,
        ..Default::default()
    };
    let request_id = request_id("estimate/create");
    let request = CreateEstimateRequest { estimate: Some(estimate), request_id, validate_only: false };
    let mut estimates = EstimateServiceClient::new(steps.client.channel.clone());
    done("the estimate", estimates.create_estimate(steps.acting("province_officer")?.request(request)).await)
}

async fn appraise(steps: &Steps<'_>, drafted: &Estimate) -> Result<Estimate, BoxError> {
    let mut estimates = EstimateServiceClient::new(steps.client.channel.clone());
    let request = SubmitEstimateRequest {
        name: drafted.name.clone(),
        act_date: date(2021, 1, 20),
        request_id: request_id("estimate/submit"),
        document_number: "05/TTr-SNN (mẫu)".to_owned(),
        ..Default::default()
    };
    done("the submission", estimates.submit_estimate(steps.acting("province_officer")?.request(request)).await)?;
    let appraisal = |line: &EstimateLine| {
        let cut = matches!(line.cost, Some(Cost::LumpSum(_)));
        let (granted, reason) = if cut { (GRANTED_PERCENT, "Cân đối ngân sách (mẫu)") } else { (100, "") };
        let appraised_vnd = line.amount_vnd / 100 * granted;
        LineAppraisal { line: line.name.clone(), appraised_vnd, reason: reason.to_owned() }
    };
    let request = AppraiseEstimateRequest {
        name: drafted.name.clone(),
        act_date: date(2021, 2, 5),
        appraisals: drafted.lines.iter().map(appraisal).collect(),
        request_id: request_id("estimate/appraise"),
        document_number: "18/STC-QLNS (mẫu)".to_owned(),
        ..Default::default()
    };
    done("the appraisal", estimates.appraise_estimate(steps.acting("finance_officer")?.request(request)).await)
}

async fn assign(steps: &Steps<'_>, appraised: &Estimate) -> Result<(), BoxError> {
    let request_id_of = |what: &str| request_id(&format!("estimate/{what}"));
    let aggregation = Aggregation {
        year: 2021,
        unit: appraised.unit.clone(),
        title: "Tổng hợp dự toán Chương trình OCOP năm 2021 (mẫu)".to_owned(),
        document_number: "21/TTr-STC (mẫu)".to_owned(),
        act_date: date(2021, 2, 15),
        ..Default::default()
    };
    let request = CreateAggregationRequest {
        aggregation: Some(aggregation),
        request_id: request_id_of("aggregate"),
        validate_only: false,
    };
    let mut aggregations = AggregationServiceClient::new(steps.client.channel.clone());
    let finance = steps.acting("finance_officer")?;
    let aggregation = done("the aggregation", aggregations.create_aggregation(finance.request(request)).await)?;
    let request = ApproveAggregationRequest {
        name: aggregation.name,
        document_number: "03/QĐ-UBND (mẫu)".to_owned(),
        act_date: date(2021, 2, 22),
        request_id: request_id_of("approve"),
        ..Default::default()
    };
    let leader = steps.acting("committee_leader")?;
    done("the approval", aggregations.approve_aggregation(leader.request(request)).await)?;
    let request = AssignBudgetRequest {
        estimate: appraised.name.clone(),
        decision_number: "04/QĐ-UBND (mẫu)".to_owned(),
        decision_date: date(2021, 3, 1),
        request_id: request_id_of("assign"),
    };
    let mut assignments = AssignmentServiceClient::new(steps.client.channel.clone());
    done("the assignment", assignments.assign_budget(steps.acting("committee_leader")?.request(request)).await)?;
    Ok(())
}

/// Every line is bound; all but the last are paid, and all but the last two settled.
async fn spend(steps: &Steps<'_>, appraised: &Estimate) -> Result<(), BoxError> {
    let days = [date(2021, 4, 1), date(2021, 11, 30), date(2021, 12, 28)];
    let kinds = [EntryKind::Commit, EntryKind::Pay, EntryKind::Settle];
    let count = appraised.lines.len();
    for (at, line) in appraised.lines.iter().enumerate() {
        let reached = (count - at).min(kinds.len());
        for (kind, act_date) in kinds.into_iter().zip(days).take(reached) {
            let request = PostEntryRequest {
                line: line.name.clone(),
                kind: kind.into(),
                amount_vnd: line.appraised_vnd(),
                act_date,
                note: "Chứng từ mẫu".to_owned(),
                reverses: String::new(),
                sample: true,
                request_id: request_id(&format!("entry/{at}/{}", kind.as_str_name())),
                validate_only: false,
            };
            let mut ledger = LedgerServiceClient::new(steps.client.channel.clone());
            done("an entry", ledger.post_entry(steps.acting("finance_officer")?.request(request)).await)?;
        }
    }
    Ok(())
}
