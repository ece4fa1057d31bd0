//! Forecasts: from candidates and recognitions as the feeds tell them.

use proto::insights::v1::forecast_service_client::ForecastServiceClient;
use proto::insights::v1::{AssumptionBasis, Forecast, GetForecastRequest, PipelineStage};
use proto::registry::v1::candidate_service_client::CandidateServiceClient;
use proto::registry::v1::{CandidateKind, CreateProductCandidateRequest, ProductCandidate};
use tonic::{Code, Status};

use super::stage::{PROVINCE, Stage, day, engines, said, stage_at};

/// Chí Thạnh, Tuy An.
const CHI_THANH: &str = "units/22114-20180507";
/// In the middle of the plan's year.
const TODAY: time::Date = time::macros::date!(2021 - 06 - 30);

impl Stage {
    async fn propose(&self, product: &str, year: i32, on: proto::google::r#type::Date) {
        let candidate = ProductCandidate {
            product: product.to_owned(),
            year,
            target_stars: 3,
            kind: CandidateKind::First.into(),
            propose_date: Some(on),
            ..Default::default()
        };
        let request = CreateProductCandidateRequest { candidate: Some(candidate), ..Default::default() };
        let mut candidates = CandidateServiceClient::new(self.link("registry"));
        candidates.create_product_candidate(self.admin().say(request)).await.expect("a candidate");
    }

    async fn forecast(&self, request: GetForecastRequest) -> Result<Forecast, Status> {
        let mut forecasts = ForecastServiceClient::new(self.link("insights"));
        forecasts.get_forecast(self.analyst().say(request)).await.map(tonic::Response::into_inner)
    }
}

fn ask(name: &str) -> GetForecastRequest {
    GetForecastRequest { name: name.to_owned(), ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_makes_the_target_as_likely_as_the_listed_assumptions_say() {
    for engine in engines() {
        let stage = stage_at(engine, TODAY).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let mut products = Vec::new();
        for _ in 0..6 {
            products.push(stage.product(CHI_THANH, false).await);
        }
        for product in &products[..4] {
            stage.propose(product, 2021, day(2021, 1, 10)).await;
        }
        stage.propose(&products[4], 2022, day(2021, 5, 1)).await;
        stage.recognise(&products[0], day(2021, 3, 1)).await;
        stage.recognise(&products[5], day(2021, 4, 1)).await;
        stage.progress(&plan).await;

        let found = stage.forecast(ask(&plan.name)).await.unwrap();
        assert_eq!((found.target, found.recognised, found.year, found.seed, found.runs), (15, 2, 2021, 1, 2000));
        let pipeline: Vec<(PipelineStage, i64)> =
            found.pipeline.iter().map(|s| (s.pipeline_stage(), s.count)).collect();
        assert_eq!(
            pipeline[0],
            (PipelineStage::Candidate, 3),
            "recognised ones and those of another year are not on it"
        );
        assert_eq!(pipeline[1..].iter().map(|(_, count)| count).sum::<i64>(), 0);
        assert_eq!((found.probability_permille, found.low_permille), (0, 0), "five at most cannot be fifteen");
        assert_eq!(found.months.iter().map(|m| m.month).collect::<Vec<_>>(), [6, 7, 8, 9, 10, 11, 12]);
        let bases: Vec<AssumptionBasis> = found.assumptions.iter().map(|a| a.pass_basis()).collect();
        use AssumptionBasis::{Assumed, Inferred, Published};
        assert_eq!(bases, [Inferred, Assumed, Published, Assumed]);
        assert!(found.assumptions.iter().all(|a| !a.pass_source.is_empty() && !a.days_source.is_empty()));
        assert!(found.summary_vi.starts_with("Xác suất đạt 15 sản phẩm"), "{}", found.summary_vi);
        assert!(!found.sample && found.freshness.len() == 4);

        let easy = GetForecastRequest { target: 3, ..ask(&plan.name) };
        let easy = stage.forecast(easy).await.unwrap();
        assert!((1..1000).contains(&easy.probability_permille), "{easy:?}");
        assert!(easy.low_permille < easy.probability_permille && easy.probability_permille < easy.high_permille);
        assert_eq!(stage.forecast(GetForecastRequest { target: 3, ..ask(&plan.name) }).await.unwrap(), easy);
        let other = GetForecastRequest { target: 3, seed: 7, runs: 500, ..ask(&plan.name) };
        let other = stage.forecast(other).await.unwrap();
        assert_eq!((other.seed, other.runs), (7, 500));
        let sure = stage.forecast(GetForecastRequest { target: 2, ..ask(&plan.name) }).await.unwrap();
        let interval = (sure.low_permille, sure.probability_permille, sure.high_permille);
        assert_eq!(interval, (1000, 1000, 1000), "it is reached already, more runs change nothing");
        let early = GetForecastRequest { as_of: Some(day(2021, 3, 31)), ..ask(&plan.name) };
        let early = stage.forecast(early).await.unwrap();
        assert_eq!((early.recognised, early.months.len()), (1, 10), "what happened later is not known to it");

        let invented = stage.product(CHI_THANH, true).await;
        stage.recognise(&invented, day(2021, 5, 1)).await;
        stage.progress(&plan).await;
        assert!(stage.forecast(ask(&plan.name)).await.unwrap().sample, "one counted row is invented");
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_of_no_plan_of_tomorrow_or_of_another_province_is_refused() {
    for engine in engines() {
        let stage = stage_at(engine, TODAY).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        stage.progress(&plan).await;
        let nothing = ask("plans/018f2f2e-5a52-7d4c-9d3e-6f1f4f1f0009");
        assert_eq!(said(stage.forecast(nothing).await).1, "RESOURCE_NOT_FOUND");
        let wrong = GetForecastRequest { as_of: Some(day(2021, 7, 1)), runs: 20_001, target: -1, ..ask("plan") };
        let (code, _, mut violations) = said(stage.forecast(wrong).await);
        violations.sort();
        let expected = ["as_of DATE_IN_FUTURE", "name FIELD_FORMAT", "runs FIELD_RANGE", "target FIELD_RANGE"];
        assert_eq!((code, violations), (Code::InvalidArgument, expected.map(str::to_owned).to_vec()));
        let stranger = stage.world().as_role("analyst", "units/56-20180507");
        let mut forecasts = ForecastServiceClient::new(stage.link("insights"));
        let refusal = forecasts.get_forecast(stranger.say(ask(&plan.name))).await;
        assert_eq!(said(refusal).1, "UNIT_FORBIDDEN");
        stage.end().await;
    }
}
