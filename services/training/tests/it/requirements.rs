//! Requirements.

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::registry::v1::{LegalForm, UnitLevel};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{DONG_XUAN, Office, PHU_YEN, because, everywhere, invalid, on, refused};

fn new(due_month: u8) -> pb::Requirement {
    pb::Requirement {
        unit: PHU_YEN.to_owned(),
        title: "Tập huấn cán bộ phụ trách OCOP".to_owned(),
        audience: Audience::Officers.into(),
        topics: vec![Topic::ProgrammeManagement.into(), Topic::EvaluationAndRanking.into()],
        level: UnitLevel::District.into(),
        begin_date: on(date!(2021 - 01 - 01)),
        due_date: on(time::Date::from_calendar_date(2021, time::Month::try_from(due_month).unwrap(), 28).unwrap()),
        basis: "Kế hoạch năm 2021".to_owned(),
        ..Default::default()
    }
}

async fn create(office: &Office, requirement: pb::Requirement) -> Result<pb::Requirement, Status> {
    let request = pb::CreateRequirementRequest { requirement: Some(requirement), ..Default::default() };
    Ok(office.requirements().create_requirement(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn a_requirement_stands_until_it_ends_and_keeps_what_it_asked_for() {
    everywhere(async |office| {
        let kept = create(&office, new(6)).await.unwrap();
        let get = pb::GetRequirementRequest { name: kept.name.clone() };
        let read = office.requirements().get_requirement(office.admin().say(get)).await.unwrap().into_inner();
        assert_eq!(read, kept);
        assert_eq!((read.topics.len(), read.level()), (2, UnitLevel::District));
        let end = |day, etag: &str| pb::EndRequirementRequest {
            name: kept.name.clone(),
            end_date: on(day),
            etag: etag.to_owned(),
            ..Default::default()
        };
        let ends =
            async |day, etag: &str| office.requirements().end_requirement(office.admin().say(end(day, etag))).await;
        let early = ends(date!(2020 - 12 - 31), "").await;
        assert_eq!(refused(early), invalid(&[("end_date", "DATE_ORDER")]));
        let ended = ends(date!(2021 - 08 - 31), &kept.etag).await.unwrap().into_inner();
        assert_eq!(ended.end_date, on(date!(2021 - 08 - 31)));
        assert_eq!(refused(ends(date!(2021 - 09 - 30), &kept.etag).await), because(Code::Aborted, "ETAG_STALE"));
        let again = refused(ends(date!(2021 - 09 - 30), "").await);
        assert_eq!(again, because(Code::FailedPrecondition, "REQUIREMENT_ENDED"));
    })
    .await;
}

#[tokio::test]
async fn requirements_are_listed_by_their_due_day() {
    everywhere(async |office| {
        for month in [9, 6, 12] {
            create(&office, new(month)).await.unwrap();
        }
        let first = create(&office, new(3)).await.unwrap();
        let end =
            pb::EndRequirementRequest { name: first.name, end_date: on(date!(2021 - 04 - 30)), ..Default::default() };
        office.requirements().end_requirement(office.admin().say(end)).await.unwrap();
        let list = async |request| {
            let answer = office.requirements().list_requirements(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            let months: Vec<i32> = page.requirements.iter().map(|r| r.due_date.unwrap().month).collect();
            (months, page.next_page_token)
        };
        let all = pb::ListRequirementsRequest::default;
        assert_eq!(list(all()).await.0, [3, 6, 9, 12]);
        let now = pb::ListRequirementsRequest { as_of: on(date!(2021 - 06 - 01)), ..all() };
        assert_eq!(list(now).await.0, [6, 9, 12]);
        let (page, token) = list(pb::ListRequirementsRequest { page_size: 3, ..all() }).await;
        assert_eq!(page, [3, 6, 9]);
        let rest = pb::ListRequirementsRequest { page_size: 3, page_token: token, ..all() };
        assert_eq!(list(rest).await, (vec![12], String::new()));
        let managers = pb::ListRequirementsRequest { audience: Audience::ProducerManagers.into(), ..all() };
        assert!(list(managers).await.0.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_wrong_requirement_is_refused_with_everything_that_is_wrong() {
    everywhere(async |office| {
        let before = office.rows().await;
        let wrong = pb::Requirement {
            title: " ".to_owned(),
            due_date: on(date!(2020 - 12 - 31)),
            legal_form: LegalForm::Farm.into(),
            unit: "units/99999".to_owned(),
            ..new(6)
        };
        let all = [
            ("requirement.title", "FIELD_REQUIRED"),
            ("requirement.due_date", "DATE_ORDER"),
            ("requirement.legal_form", "AUDIENCE_FILTER"),
            ("requirement.unit", "UNIT_UNKNOWN"),
        ];
        assert_eq!(refused(create(&office, wrong).await), invalid(&all));
        let managers = pb::Requirement { audience: Audience::ProducerManagers.into(), ..new(6) };
        assert_eq!(refused(create(&office, managers).await), invalid(&[("requirement.level", "AUDIENCE_FILTER")]));
        let elsewhere = office.world.as_role("district_officer", DONG_XUAN);
        let request = pb::CreateRequirementRequest { requirement: Some(new(6)), ..Default::default() };
        let answer = office.requirements().create_requirement(elsewhere.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        assert_eq!(office.rows().await, before);
    })
    .await;
}
