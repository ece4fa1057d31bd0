//! The units of the province and the plan of its year.

use kit::BoxError;
use proto::budget::v1::plan_service_client::PlanServiceClient;
use proto::budget::v1::{CreatePlanRequest, Measure, Plan, Target, Task};
use proto::common::v1::Topic;
use proto::google::r#type::Date;
use proto::registry::v1::unit_service_client::UnitServiceClient;
use proto::registry::v1::{ListUnitsRequest, Unit, UnitLevel};

use super::PROVINCE;
use super::steps::{Steps, date, done, request_id};

/// The units of the programme in 2021.
pub struct Units {
    /// Districts, towns and the city.
    pub districts: Vec<Unit>,
    /// Communes, wards and townships.
    pub communes: Vec<Unit>,
}

/// Reads the units of 2021 and says how the first reorganisation left them. They are part of every installation.
///
/// # Errors
/// The registry refuses.
pub async fn units(steps: &mut Steps<'_>) -> Result<Units, BoxError> {
    steps.begin("đơn vị hành chính (units)");
    let districts = list(steps, UnitLevel::District, date(2021, 6, 30)).await?;
    let communes = list(steps, UnitLevel::Commune, date(2021, 6, 30)).await?;
    let in_2024 = list(steps, UnitLevel::Commune, date(2024, 11, 1)).await?;
    steps.end(&format!(
        "năm 2021: {} đơn vị cấp huyện, {} đơn vị cấp xã; từ 01/11/2024: {} đơn vị cấp xã",
        districts.len(),
        communes.len(),
        in_2024.len(),
    ));
    Ok(Units { districts, communes })
}

async fn list(steps: &Steps<'_>, level: UnitLevel, as_of: Option<Date>) -> Result<Vec<Unit>, BoxError> {
    let mut registry = UnitServiceClient::new(steps.client.channel.clone());
    let (mut units, mut page_token) = (Vec::new(), String::new());
    loop {
        let (parent, level) = (PROVINCE.to_owned(), level.into());
        let request = ListUnitsRequest { parent, level, as_of, page_size: 1000, page_token };
        let page = done("units", registry.list_units(steps.client.request(request)).await)?;
        units.extend(page.units);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(units);
        }
    }
}

/// The press that reports the plan's targets gives neither its number nor its day; the number says so, and the day is the
/// first of the year.
const NUMBER: &str = "(số và ngày không nêu trong nguồn)";

/// Sets up the plan with its real targets and tasks, as the press of 2021 reports them.
///
/// # Errors
/// The budget service refuses.
pub async fn create(steps: &mut Steps<'_>) -> Result<String, BoxError> {
    steps.begin("kế hoạch OCOP năm 2021 (plan)");
    let target = |measure: Measure, value, topics: &[Topic]| Target {
        measure: measure.into(),
        value,
        topics: topics.iter().map(|topic| i32::from(*topic)).collect(),
        ..Default::default()
    };
    let plan = Plan {
        unit: PROVINCE.to_owned(),
        year: 2021,
        title: "Kế hoạch thực hiện Chương trình Mỗi xã một sản phẩm tỉnh Phú Yên năm 2021".to_owned(),
        decision_number: NUMBER.to_owned(),
        decision_date: date(2021, 1, 1),
        targets: vec![
            target(Measure::ProductsRecognised, 15, &[]),
            // "Management, direction, evaluation and ranking": a course about either side of it counts.
            target(Measure::OfficersTrainedPercent, 100, &[Topic::ProgrammeManagement, Topic::EvaluationAndRanking]),
            // "Production and business management".
            target(Measure::ProducerManagersTrainedPercent, 100, &[Topic::BusinessManagement]),
        ],
        tasks: tasks(),
        ..Default::default()
    };
    let request = CreatePlanRequest { plan: Some(plan), request_id: request_id("plan"), validate_only: false };
    let mut budget = PlanServiceClient::new(steps.client.channel.clone());
    let plan = done("the plan", budget.create_plan(steps.client.request(request)).await)?;
    steps.end("≥ 15 sản phẩm được công nhận; 100 % cán bộ, 100 % người quản lý chủ thể được tập huấn");
    Ok(plan.name)
}

fn tasks() -> Vec<Task> {
    const AGRICULTURE: &str = "Sở Nông nghiệp và Phát triển nông thôn";
    const DISTRICTS: &str = "UBND các huyện, thị xã, thành phố";
    let task = |title: &str, coordinating: &[&str]| Task {
        title: title.to_owned(),
        lead_agency: AGRICULTURE.to_owned(),
        coordinating_agencies: coordinating.iter().map(|agency| (*agency).to_owned()).collect(),
        ..Default::default()
    };
    vec![
        task("Tập huấn cán bộ thực hiện Chương trình ở các cấp", &[DISTRICTS]),
        task("Tập huấn người quản lý doanh nghiệp, hợp tác xã, hộ đăng ký tham gia", &[DISTRICTS]),
        task("Rà soát từng huyện, thị xã, thành phố để tìm sản phẩm đăng ký", &[DISTRICTS]),
        task("Hướng dẫn địa phương, chủ thể về sản phẩm và hoàn thiện hồ sơ", &[DISTRICTS]),
        task("Lập dự toán nhiệm vụ cấp tỉnh, gửi Sở Tài chính tổng hợp, tham mưu", &["Sở Tài chính"]),
        task("Kiểm tra, giám sát, đánh giá tình hình ở các địa phương", &[DISTRICTS]),
        task("Đánh giá, phân hạng sản phẩm năm 2021", &[DISTRICTS, "các sở, ngành liên quan"]),
        task("Tham gia hội chợ, triển lãm trong và ngoài tỉnh", &["các sở, ngành liên quan"]),
        task("Hỗ trợ sản phẩm được công nhận năm 2020", &[DISTRICTS]),
    ]
}
