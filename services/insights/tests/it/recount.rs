//! Every figure of an answer equals a full recount of what the services themselves answer.

use std::collections::{BTreeMap, BTreeSet};

use proto::budget::v1::{Measure, Plan};
use proto::common::v1::{Audience, Topic};
use proto::evaluation::v1::certificate_service_client::CertificateServiceClient;
use proto::evaluation::v1::{Certificate, ListCertificatesRequest};
use proto::insights::v1::{GetPlanProgressRequest, PlanProgress, UnitProgress};
use proto::training::v1::coverage_service_client::CoverageServiceClient;
use proto::training::v1::{Coverage, GetCoverageRequest};
use reference::units::{self, Level};
use time::macros::date;

use super::stage::{PROVINCE, Stage, day, engines, stage, target, until};

/// What the courses of the year are about.
const TOPICS: [Topic; 3] = [Topic::ProgrammeManagement, Topic::EvaluationAndRanking, Topic::BusinessManagement];

/// Small numbers in a fixed order that looks like none.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A year of a programme: officers and managers here and there, some trained; products recognised, some twice.
async fn a_year(stage: &Stage, dice: &mut Dice) {
    let communes = units::list(Some(PROVINCE), Some(Level::Commune), date!(2021 - 01 - 04));
    let pick = |dice: &mut Dice| communes[dice.roll(communes.len())].name.clone();
    let (mut officers, mut managers) = (Vec::new(), Vec::new());
    for at in 0..8 {
        let officer = stage.officer(&pick(dice), at % 3 == 0).await;
        if dice.roll(2) == 0 {
            stage.post(&officer, &pick(dice), day(2021, 2, 1)).await;
        }
        officers.push(officer);
        let manager = stage.person("Giám đốc", false).await;
        for _ in 0..=dice.roll(3) {
            let producer = stage.producer(&pick(dice), at % 4 == 0).await;
            stage.manage(&manager, &producer).await;
        }
        managers.push(manager);
    }
    for (audience, persons) in [(Audience::Officers, &officers), (Audience::ProducerManagers, &managers)] {
        for month in [3, 5, 8] {
            let came: Vec<&str> = persons.iter().filter(|_| dice.roll(2) == 0).map(String::as_str).collect();
            let topic = TOPICS[dice.roll(TOPICS.len())];
            if !came.is_empty() {
                stage.train_about(audience, topic, day(2021, month, 10), &came).await;
            }
        }
    }
    for at in 0..12 {
        let product = stage.product(&pick(dice), at % 5 == 0).await;
        let mut days = BTreeSet::new();
        for _ in 0..=dice.roll(3) {
            days.insert((2019 + dice.roll(4), 1 + dice.roll(12), 1 + dice.roll(28)));
        }
        for (year, month, of_month) in days {
            let on = [year, month, of_month].map(|n| i32::try_from(n).unwrap());
            stage.recognise(&product, day(on[0], on[1], on[2])).await;
        }
    }
}

async fn coverage(stage: &Stage, audience: Audience, topic: Topic) -> Coverage {
    let ask = GetCoverageRequest {
        unit: PROVINCE.to_owned(),
        audience: audience.into(),
        topics: vec![topic.into()],
        as_of: Some(day(2021, 12, 31)),
        ..Default::default()
    };
    let mut coverages = CoverageServiceClient::new(stage.link("training"));
    let heads = stage.heads().await;
    until("training has read the registry's feed", async || {
        let found = coverages.get_coverage(stage.analyst().say(ask.clone())).await.ok()?.into_inner();
        let read = found.freshness.as_ref().is_some_and(|f| f.position >= heads["registry"]);
        read.then_some(found)
    })
    .await
}

/// First certificates of the year as the evaluation lists them: product, district, month, sample.
async fn firsts(stage: &Stage) -> Vec<(String, u32, bool)> {
    let ask = ListCertificatesRequest { page_size: 1000, ..Default::default() };
    let mut certificates = CertificateServiceClient::new(stage.link("evaluation"));
    let all = certificates.list_certificates(stage.analyst().say(ask)).await.unwrap().into_inner().certificates;
    let mut by_product: BTreeMap<String, Vec<Certificate>> = BTreeMap::new();
    for certificate in all {
        by_product.entry(certificate.product.clone()).or_default().push(certificate);
    }
    let on = |c: &Certificate| c.decision_date.map(|d| (d.year, d.month, d.day)).unwrap();
    let mut firsts = Vec::new();
    for of_product in by_product.values() {
        let first = of_product.iter().min_by_key(|c| on(c)).unwrap();
        if on(first).0 == 2021 {
            let district = units::district_of(units::by_name(&first.unit).unwrap()).unwrap();
            firsts.push((district.name.clone(), u32::try_from(on(first).1).unwrap(), first.sample));
        }
    }
    firsts
}

fn column(progress: &PlanProgress, of: fn(&UnitProgress) -> i64) -> BTreeMap<&str, i64> {
    progress.units.iter().map(|u| (u.unit.as_str(), of(u))).filter(|(_, count)| *count > 0).collect()
}

fn rows(coverage: &Coverage, of: fn(&proto::training::v1::CoverageRow) -> i32) -> BTreeMap<&str, i64> {
    coverage.rows.iter().map(|r| (r.unit.as_str(), i64::from(of(r)))).filter(|(_, count)| *count > 0).collect()
}

/// Who is trained in any of some topics: whoever is missing in the coverage of each of them is not.
async fn trained_in_any(stage: &Stage, audience: Audience, topics: &[Topic]) -> i64 {
    let mut missing: Option<BTreeSet<String>> = None;
    let mut total = 0;
    for topic in topics {
        let coverage = coverage(stage, audience, *topic).await;
        total = i64::from(coverage.total);
        let of_topic: BTreeSet<String> = coverage.missing.into_iter().map(|m| m.person).collect();
        missing = Some(missing.map_or(of_topic.clone(), |all| all.intersection(&of_topic).cloned().collect()));
    }
    total - i64::try_from(missing.unwrap_or_default().len()).unwrap()
}

fn prove_training(progress: &PlanProgress, measure: Measure, coverage: &Coverage) {
    let row = target(progress, measure);
    let figures = (i64::from(coverage.trained), i64::from(coverage.total), coverage.percent.as_str());
    assert_eq!((row.reached, row.total, row.percent.as_str()), figures, "{measure:?}");
}

/// Of a plan whose targets ask for one topic each, or for any (unspecified).
async fn prove(stage: &Stage, plan: &Plan, [of_officers, of_managers]: [Topic; 2]) -> PlanProgress {
    let progress = stage.progress(plan).await;
    let officers = coverage(stage, Audience::Officers, of_officers).await;
    let managers = coverage(stage, Audience::ProducerManagers, of_managers).await;
    prove_training(&progress, Measure::OfficersTrainedPercent, &officers);
    prove_training(&progress, Measure::ProducerManagersTrainedPercent, &managers);
    assert_eq!(column(&progress, |u| u.officers), rows(&officers, |r| r.total));
    assert_eq!(column(&progress, |u| u.officers_trained), rows(&officers, |r| r.trained));
    assert_eq!(column(&progress, |u| u.producer_managers), rows(&managers, |r| r.total));
    assert_eq!(column(&progress, |u| u.producer_managers_trained), rows(&managers, |r| r.trained));

    let firsts = firsts(stage).await;
    let row = target(&progress, Measure::ProductsRecognised);
    assert_eq!(row.reached, i64::try_from(firsts.len()).unwrap());
    assert_eq!(row.reached_samples, i64::try_from(firsts.iter().filter(|f| f.2).count()).unwrap());
    let (mut by_district, mut by_month) = (BTreeMap::new(), BTreeMap::new());
    for (district, month, _) in &firsts {
        *by_district.entry(district.as_str()).or_insert(0) += 1;
        *by_month.entry(i32::try_from(*month).unwrap()).or_insert(0) += 1;
    }
    assert_eq!(column(&progress, |u| u.products_recognised), by_district);
    let months: BTreeMap<i32, i64> =
        progress.months.iter().map(|m| (m.month, m.products_recognised)).filter(|m| m.1 > 0).collect();
    assert_eq!(months, by_month);
    progress
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rollups_of_a_year_equal_a_full_recount() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let mut dice = Dice(2021);
        a_year(&stage, &mut dice).await;
        let any = [Topic::Unspecified; 2];
        let first = prove(&stage, &plan, any).await;
        assert!(target(&first, Measure::ProductsRecognised).reached > 0, "the dice fell for something to count");
        a_year(&stage, &mut dice).await;
        prove(&stage, &plan, any).await;
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn training_by_topics_equals_the_coverage_of_these_topics() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        a_year(&stage, &mut Dice(490)).await;
        let mut seen = BTreeSet::new();
        for officers in TOPICS {
            for managers in TOPICS {
                stage.ask_topics(&plan, [&[officers], &[managers]]).await;
                let progress = prove(&stage, &plan, [officers, managers]).await;
                seen.insert(target(&progress, Measure::OfficersTrainedPercent).reached);
            }
        }
        assert!(seen.len() > 1, "the topics make a difference: {seen:?}");
        for topics in [&TOPICS[..2], &TOPICS[1..], &TOPICS[..]] {
            stage.ask_topics(&plan, [topics, topics]).await;
            let progress = stage.progress(&plan).await;
            for (measure, audience) in [
                (Measure::OfficersTrainedPercent, Audience::Officers),
                (Measure::ProducerManagersTrainedPercent, Audience::ProducerManagers),
            ] {
                let row = target(&progress, measure);
                assert_eq!(row.topics().collect::<Vec<_>>(), topics);
                assert_eq!(row.reached, trained_in_any(&stage, audience, topics).await, "{measure:?} {topics:?}");
            }
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_of_a_district_counts_what_lies_in_the_district() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        a_year(&stage, &mut Dice(555)).await;
        let whole = stage.progress(&plan).await;
        let mut sum = 0;
        for row in whole.units.iter().filter(|u| u.unit != PROVINCE) {
            let own = stage.plan(&row.unit, 2021, false).await;
            let progress = stage.progress_as(&own, |ask| GetPlanProgressRequest { ..ask }).await;
            let reached = |measure| target(&progress, measure).reached;
            let figures = (
                reached(Measure::ProductsRecognised),
                reached(Measure::OfficersTrainedPercent),
                target(&progress, Measure::ProducerManagersTrainedPercent).total,
            );
            assert_eq!(figures, (row.products_recognised, row.officers_trained, row.producer_managers), "{}", row.unit);
            sum += figures.0;
        }
        assert_eq!(sum, target(&whole, Measure::ProductsRecognised).reached);
        stage.end().await;
    }
}
