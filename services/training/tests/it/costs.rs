//! What training costs.

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{DONG_XUAN, Office, PHU_YEN, because, course, everywhere, invalid, on, refused, session};

fn ask(unit: &str) -> pb::GetTrainingCostsRequest {
    pb::GetTrainingCostsRequest {
        unit: unit.to_owned(),
        end_date_from: on(date!(2021 - 01 - 01)),
        end_date_to: on(date!(2021 - 12 - 31)),
    }
}

async fn costs(office: &Office, unit: &str) -> pb::TrainingCosts {
    let answer = office.costs().get_training_costs(office.admin().count(ask(unit))).await.unwrap();
    assert_eq!(statements(&answer), 1);
    answer.into_inner()
}

#[tokio::test]
async fn costs_add_up_by_course_and_stand_for_one_trained_person_once_all_are_known() {
    everywhere(async |office| {
        let course = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let planned = pb::Session {
            planned_cost_vnd: Some(12_000_000),
            budget_line: "estimates/1/lines/1".to_owned(),
            ..session(&course, date!(2021 - 05 - 10))
        };
        let held = office.add_session(planned).await.unwrap();
        let (a, b) = (office.person(false).await, office.person(false).await);
        office.attend(&held.name, &[(&a, 5), (&b, 5)]).await.unwrap();
        let before = costs(&office, PHU_YEN).await.total.unwrap();
        assert_eq!(
            (before.planned_cost_vnd, before.without_actual_cost, before.cost_per_trained_vnd),
            (12_000_000, 1, None)
        );
        let paid = pb::Session { name: held.name.clone(), actual_cost_vnd: Some(11_000_001), ..Default::default() };
        let update = pb::UpdateSessionRequest { session: Some(paid), ..Default::default() };
        let changed = office.sessions().update_session(office.admin().say(update)).await.unwrap().into_inner();
        assert_eq!((changed.actual_cost_vnd, changed.planned_cost_vnd), (Some(11_000_001), Some(12_000_000)));
        let after = costs(&office, PHU_YEN).await;
        let total = after.total.unwrap();
        assert_eq!((total.sessions, total.trained, total.cost_per_trained_vnd), (1, 2, Some(5_500_001)));
        assert_eq!(after.courses.len(), 1);
        assert_eq!(after.courses[0].figures, Some(total));
        assert_eq!(costs(&office, DONG_XUAN).await.total.unwrap().sessions, 0);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_question_about_costs_is_refused() {
    everywhere(async |office| {
        let backwards = pb::GetTrainingCostsRequest { end_date_to: on(date!(2020 - 01 - 01)), ..ask(PHU_YEN) };
        let answer = office.costs().get_training_costs(office.admin().say(backwards)).await;
        assert_eq!(refused(answer), invalid(&[("end_date_to", "DATE_ORDER")]));
        let elsewhere = office.world.as_role("analyst", DONG_XUAN);
        let answer = office.costs().get_training_costs(elsewhere.say(ask(PHU_YEN))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}
