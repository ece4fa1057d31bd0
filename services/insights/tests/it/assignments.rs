//! Producers of divided communes: figures that are cut by a later map follow what the registry assigned.

use proto::common::v1::Audience;
use proto::google::r#type::Date;
use proto::insights::v1::{CostFigures, GetPlanProgressRequest, GetResultCostsRequest, PlanProgress};
use proto::registry::v1::product_service_client::ProductServiceClient;
use proto::registry::v1::unit_assignment_service_client::UnitAssignmentServiceClient;
use proto::registry::v1::{self as registry};
use tonic::Code;

use super::costs::costs;
use super::stage::{PROVINCE, Stage, day, engines, said, stage, unit};

/// Divided on 1 November 2024; where what remained of it went in 2025 nobody has told us.
const WARD_9: &str = "units/22024-20180507";
/// A part of it, which went into Phường Tuy Hòa in 2025.
const PART: &str = "units/22018-20241101";
const TUY_HOA: &str = "units/22015-20250701";

async fn producer_of(stage: &Stage, product: &str) -> String {
    let request = registry::GetProductRequest { name: product.to_owned() };
    let mut products = ProductServiceClient::new(stage.link("registry"));
    products.get_product(stage.admin().say(request)).await.unwrap().into_inner().producer
}

async fn assign(stage: &Stage, producer: &str) {
    let request = registry::AssignUnitRequest {
        producer: producer.to_owned(),
        from_unit: WARD_9.to_owned(),
        to_unit: PART.to_owned(),
        assign_date: Some(day(2024, 12, 2)),
        ..Default::default()
    };
    let mut assignments = UnitAssignmentServiceClient::new(stage.link("registry"));
    assignments.assign_unit(stage.admin().say(request)).await.unwrap();
}

async fn unassign(stage: &Stage, producer: &str) {
    let (producer, from_unit) = (producer.to_owned(), WARD_9.to_owned());
    let request = registry::UnassignUnitRequest { producer, from_unit, ..Default::default() };
    let mut assignments = UnitAssignmentServiceClient::new(stage.link("registry"));
    assignments.unassign_unit(stage.admin().say(request)).await.unwrap();
}

/// Products and managers in Phường Tuy Hòa, and those that the map has no place for.
fn cut(progress: &PlanProgress) -> ((i64, i64), (i64, i64)) {
    let there = unit(progress, TUY_HOA);
    let placed = (there.products_recognised, there.producer_managers);
    (placed, (progress.unmapped, progress.unmapped_producer_managers))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_assigned_is_counted_in_its_part_on_later_maps_and_nowhere_else_on_older_ones() {
    for engine in engines() {
        let stage = stage(engine).await;
        let plan = stage.plan(PROVINCE, 2021, false).await;
        let product = stage.product(WARD_9, false).await;
        let producer = producer_of(&stage, &product).await;
        let boss = stage.person("Giám đốc", false).await;
        stage.manage(&boss, &producer).await;
        stage.recognise(&product, day(2021, 6, 15)).await;
        let by = |map: Date| move |ask| GetPlanProgressRequest { unit_map_date: Some(map), ..ask };
        let newest = day(2025, 7, 15);
        assert_eq!(cut(&stage.progress_as(&plan, by(newest)).await), ((0, 0), (1, 1)));
        assign(&stage, &producer).await;
        assert_eq!(cut(&stage.progress_as(&plan, by(newest)).await), ((1, 1), (0, 0)));
        // Costs count them where progress does.
        stage.train(Audience::ProducerManagers, day(2021, 6, 20), &[&boss]).await;
        let ask = GetResultCostsRequest { name: plan.name.clone(), unit_map_date: Some(newest), ..Default::default() };
        let costs = costs(&stage, ask).await;
        let of = |figures: &CostFigures| (figures.trained, figures.recognised);
        assert_eq!(costs.unmapped.as_ref().map(of), Some((0, 0)));
        let there = costs.units.iter().find(|unit| unit.unit == TUY_HOA).and_then(|unit| unit.figures.as_ref());
        assert_eq!(there.map(of), Some((1, 1)));
        let of_its_day = stage.progress_as(&plan, by(day(2021, 12, 31))).await;
        assert_eq!(unit(&of_its_day, "units/555-20180507").products_recognised, 1);
        assert_eq!(of_its_day.unmapped, 0);
        // Assigned to the same part once more, and taken back.
        assign(&stage, &producer).await;
        assert_eq!(cut(&stage.progress_as(&plan, by(newest)).await), ((1, 1), (0, 0)));
        unassign(&stage, &producer).await;
        assert_eq!(cut(&stage.progress_as(&plan, by(newest)).await), ((0, 0), (1, 1)));
        let before =
            stage.ask(by(day(2018, 5, 6))(GetPlanProgressRequest { name: plan.name, ..Default::default() })).await;
        let expected = ["unit_map_date".to_owned()];
        let (code, reason, fields) = said(before);
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
        assert!(fields.iter().all(|field| field.contains(&expected[0])), "{fields:?}");
        stage.end().await;
    }
}
