//! Those who work on a candidate's way, and what they do at the registry's and the plan's desks.

use std::time::Duration;

use kit::day;
use kit::testing::{As, Backend, World};
use proto::budget::v1::plan_service_client::PlanServiceClient;
use proto::budget::v1::{CreatePlanRequest, Measure, Plan, Target};
use proto::google::r#type::Date as PbDate;
use proto::insights::v1::forecast_service_client::ForecastServiceClient;
use proto::insights::v1::{Forecast, GetForecastRequest, PipelineStage};
use proto::registry::v1::candidate_service_client::CandidateServiceClient;
use proto::registry::v1::checklist_service_client::ChecklistServiceClient;
use proto::registry::v1::dossier_service_client::DossierServiceClient;
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::sample_service_client::SampleServiceClient;
use proto::registry::v1::{self as pb, DossierLevel};
use tests::suite::Suite;
use time::Date;
use tonic::Status;
use tonic::transport::Channel;

/// One year's regime, places and days.
#[derive(Clone, Debug)]
pub struct Year {
    pub regime: &'static str,
    /// Product set and scorecard.
    pub set: &'static str,
    pub province: &'static str,
    /// Who stands above the commune: role, unit, and what a dossier that was forwarded there says.
    pub upper: (&'static str, &'static str, DossierLevel),
    pub commune: &'static str,
    pub listed: Date,
    pub accepted: Date,
    pub filed: Date,
    pub returned: Date,
    pub again: Date,
    pub assessed: Date,
    pub forwarded: Date,
    pub sealed: Date,
    pub sits: Date,
    pub decided: Date,
    /// First day on which the certificate is not in force.
    pub first_out: Date,
    /// The commune's working days and the last of them in both rounds, where the regime sets a term.
    pub term: Option<(i32, Date, Date)>,
    pub stars: i32,
}

/// The suite in one year.
pub struct Office {
    pub suite: Suite,
    pub year: Year,
}

/// A day on the wire.
pub fn on(date: Date) -> Option<PbDate> {
    Some(day::pb(date))
}

/// Asks until the answer is there: what one service tells another by its feed comes a moment later.
pub async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..1500 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not come within half a minute")
}

impl Office {
    pub async fn open(backend: Backend, year: Year) -> Self {
        let suite = Suite::start(backend).await;
        suite.world.clock.set_noon(year.listed);
        Self { suite, year }
    }

    pub async fn close(self) {
        self.suite.stop().await;
    }

    pub fn world(&self) -> &World {
        &self.suite.world
    }

    /// It is this day now.
    pub fn on(&self, date: Date) {
        self.world().clock.set_noon(date);
    }

    /// The commune's officer.
    pub fn commune(&self) -> As {
        self.world().as_role("commune_officer", self.year.commune)
    }

    /// The officer of the level above the commune.
    pub fn upper(&self) -> As {
        self.world().as_role(self.year.upper.0, self.year.upper.1)
    }

    /// Somebody at the province.
    pub fn province(&self, role: &str) -> As {
        self.world().as_role(role, self.year.province)
    }

    pub fn candidates(&self) -> CandidateServiceClient<Channel> {
        CandidateServiceClient::new(self.suite.gateway())
    }

    pub fn dossiers(&self) -> DossierServiceClient<Channel> {
        DossierServiceClient::new(self.suite.gateway())
    }

    pub fn products(&self) -> ProductServiceClient<Channel> {
        ProductServiceClient::new(self.suite.gateway())
    }

    /// A plan that wants one recognised product.
    pub async fn plan(&self) -> String {
        let target = Target { measure: Measure::ProductsRecognised.into(), value: 1, ..Default::default() };
        let plan = Plan {
            unit: self.year.province.to_owned(),
            year: self.year.listed.year(),
            title: "Kế hoạch OCOP (mẫu)".to_owned(),
            decision_number: "37/KH-UBND".to_owned(),
            decision_date: on(self.year.listed),
            targets: vec![target],
            sample: true,
            ..Default::default()
        };
        let request = CreatePlanRequest { plan: Some(plan), ..Default::default() };
        let mut plans = PlanServiceClient::new(self.suite.gateway());
        plans.create_plan(self.province("province_admin").say(request)).await.unwrap().into_inner().name
    }

    async fn forecast(&self, plan: &str) -> Result<Forecast, Status> {
        let request = GetForecastRequest { name: plan.to_owned(), runs: 400, ..Default::default() };
        let mut insights = ForecastServiceClient::new(self.suite.gateway());
        Ok(insights.get_forecast(self.province("analyst").say(request)).await?.into_inner())
    }

    /// Waits until the forecast sees the one product at a stage and nowhere else.
    pub async fn stands(&self, plan: &str, stage: PipelineStage) {
        let found = until(&format!("{stage:?} in the forecast"), async || {
            let found = self.forecast(plan).await.ok()?;
            let at: Vec<_> =
                found.pipeline.iter().filter(|s| s.count > 0).map(|s| (s.pipeline_stage(), s.count)).collect();
            (at == [(stage, 1)]).then_some(found)
        })
        .await;
        assert_eq!((found.target, found.recognised), (1, 0));
        // What is graded is decided in time, by the assumptions that are listed; before that it may fail.
        let sure = if stage == PipelineStage::Graded { 1000..=1000 } else { 1..=999 };
        assert!(sure.contains(&found.probability_permille), "{stage:?}: {}", found.summary_en);
        assert!(found.low_permille <= found.probability_permille && found.probability_permille <= found.high_permille);
    }

    /// Waits until the forecast counts the product.
    pub async fn recognised(&self, plan: &str) -> Forecast {
        until("the recognised product in the forecast", async || {
            self.forecast(plan).await.ok().filter(|found| found.recognised == 1)
        })
        .await
    }

    /// Waits until the registry's list of starred products has the product.
    pub async fn starred(&self, product: &str) -> pb::Product {
        until("the star in the list of products", async || {
            let request = pb::ListProductsRequest {
                unit: self.year.province.to_owned(),
                stars: self.year.stars,
                recognition_state: pb::RecognitionState::InForce.into(),
                ..Default::default()
            };
            let page = self.products().list_products(self.commune().say(request)).await.unwrap().into_inner();
            page.products.into_iter().find(|found| found.name == product)
        })
        .await
    }

    pub async fn candidate(&self, name: &str) -> pb::ProductCandidate {
        let request = pb::GetProductCandidateRequest { name: name.to_owned() };
        self.candidates().get_product_candidate(self.commune().say(request)).await.unwrap().into_inner()
    }

    /// A dossier with what is said of its term on a day.
    pub async fn dossier_on(&self, name: &str, as_of: Date) -> pb::Dossier {
        let request = pb::GetDossierRequest { name: name.to_owned(), as_of: on(as_of) };
        self.dossiers().get_dossier(self.upper().say(request)).await.unwrap().into_inner()
    }

    /// The last of so many working days.
    pub async fn due(&self, from: Date, working_days: i32) -> Date {
        let request = pb::GetDueDateRequest { from_date: on(from), working_days };
        let mut checklists = ChecklistServiceClient::new(self.suite.gateway());
        let due = checklists.get_due_date(self.commune().say(request)).await.unwrap().into_inner();
        day::of(&due.due_date.unwrap()).unwrap()
    }

    /// What a dossier of the year must have.
    pub async fn checklist(&self) -> pb::Checklist {
        let request = pb::GetChecklistRequest {
            product_set: format!("productSets/{}", self.year.set),
            kind: pb::DossierKind::First.into(),
            filing_date: on(self.year.filed),
        };
        let mut checklists = ChecklistServiceClient::new(self.suite.gateway());
        checklists.get_checklist(self.commune().say(request)).await.unwrap().into_inner()
    }

    pub async fn take_up(&self, name: &str, day: Date) {
        let request = pb::BeginAssessmentRequest { name: name.to_owned(), begin_date: on(day), ..Default::default() };
        let taken = self.dossiers().begin_assessment(self.commune().say(request)).await.unwrap().into_inner();
        assert_eq!(taken.state(), pb::DossierState::UnderCommuneAssessment);
    }

    pub async fn give_back(&self, name: &str, day: Date, subjects: &[&str]) -> pb::Dossier {
        let remark = |subject: &&str| pb::PaperRemark { subject: (*subject).to_owned(), text: "Bổ sung".to_owned() };
        let request = pb::ReturnDossierRequest {
            name: name.to_owned(),
            return_date: on(day),
            remarks: subjects.iter().map(remark).collect(),
            ..Default::default()
        };
        self.dossiers().return_dossier(self.commune().say(request)).await.unwrap().into_inner()
    }

    /// Confirms every content that the regime has the commune assess, if it has any.
    pub async fn assess(&self, name: &str, day: Date) {
        let contents = self.checklist().await.contents;
        if contents.is_empty() {
            return;
        }
        let content = |c: pb::CommuneContent| pb::ContentAssessment {
            content: c.content,
            fulfilled: true,
            finding: "Đạt".to_owned(),
        };
        let assessment = pb::CommuneAssessment {
            assess_date: on(day),
            contents: contents.into_iter().map(content).collect(),
            proposal: "Đề nghị đánh giá, phân hạng".to_owned(),
            letter_number: "45/UBND".to_owned(),
        };
        let request =
            pb::RecordAssessmentRequest { name: name.to_owned(), assessment: Some(assessment), ..Default::default() };
        let early = self.forwards(name, day).await.unwrap_err();
        assert_eq!(kit::testing::reason(&early), "DOSSIER_NOT_ASSESSED");
        self.dossiers().record_assessment(self.commune().say(request)).await.unwrap();
    }

    async fn forwards(&self, name: &str, day: Date) -> Result<pb::Dossier, Status> {
        let request = pb::ForwardDossierRequest { name: name.to_owned(), forward_date: on(day), ..Default::default() };
        Ok(self.dossiers().forward_dossier(self.commune().say(request)).await?.into_inner())
    }

    pub async fn forward(&self, name: &str, day: Date) -> pb::Dossier {
        self.forwards(name, day).await.unwrap()
    }

    /// Five samples come to the level above.
    pub async fn hand_in(&self, name: &str, day: Date) {
        let request = pb::HandInSamplesRequest {
            dossier: name.to_owned(),
            count: 5,
            hand_in_date: on(day),
            received_by: "Văn phòng điều phối nông thôn mới".to_owned(),
            ..Default::default()
        };
        SampleServiceClient::new(self.suite.gateway()).hand_in_samples(self.upper().say(request)).await.unwrap();
    }

    pub async fn seal(&self, name: &str, day: Date) -> Result<pb::Dossier, Status> {
        let request = pb::SealDossierRequest { name: name.to_owned(), seal_date: on(day), ..Default::default() };
        Ok(self.dossiers().seal_dossier(self.upper().say(request)).await?.into_inner())
    }
}
