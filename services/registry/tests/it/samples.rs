//! Samples of dossiers.

use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::dossier_desk::{
    answers, attach, begin, check, draft_of_2021, evidence, fill, hand_in, handing_in, house, submit, waive, wanted,
};
use crate::office::{LA_HAI, Office, because, everywhere, invalid, on, refused, request_id};

async fn give_back(office: &Office, name: &str, count: i32, day: Date) -> Result<pb::SampleHandover, Status> {
    let request = pb::ReturnSamplesRequest { name: name.to_owned(), count, return_date: on(day), ..Default::default() };
    Ok(office.samples().return_samples(office.admin().say(request)).await?.into_inner())
}

/// True where samples are missing.
async fn missing(office: &Office, name: &str) -> bool {
    let report = check(office, name, date!(2021 - 07 - 20)).await;
    report.findings.iter().any(|f| f.code() == pb::FindingCode::SamplesMissing)
}

#[tokio::test]
async fn samples_are_counted_as_they_come_and_go_back_once() {
    everywhere(async |office| {
        let house = house(&office, "HTX Vật Mẫu").await;
        let name = draft_of_2021(&office, &house).await;
        let early = hand_in(&office, handing_in(&name, 5, date!(2021 - 07 - 06))).await;
        assert_eq!(refused(early), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"), "it is a draft");
        submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        let before = hand_in(&office, handing_in(&name, 5, date!(2021 - 07 - 04))).await;
        assert_eq!(refused(before), invalid(&[("hand_in_date", "DATE_ORDER")]));
        let request =
            pb::HandInSamplesRequest { request_id: request_id(1), ..handing_in(&name, 3, date!(2021 - 07 - 06)) };
        let first = hand_in(&office, request.clone()).await.unwrap();
        assert_eq!(hand_in(&office, request).await.unwrap(), first);
        assert!(missing(&office, &name).await);
        hand_in(&office, handing_in(&name, 2, date!(2021 - 07 - 07))).await.unwrap();
        assert!(!missing(&office, &name).await);
        let many = give_back(&office, &first.name, 4, date!(2021 - 07 - 08)).await;
        assert_eq!(refused(many), invalid(&[("count", "FIELD_RANGE")]));
        let early = give_back(&office, &first.name, 3, date!(2021 - 07 - 05)).await;
        assert_eq!(refused(early), invalid(&[("return_date", "DATE_ORDER")]));
        let back = give_back(&office, &first.name, 2, date!(2021 - 07 - 08)).await.unwrap();
        assert_eq!((back.return_count, back.return_date), (2, on(date!(2021 - 07 - 08))));
        let twice = give_back(&office, &first.name, 1, date!(2021 - 07 - 09)).await;
        assert_eq!(refused(twice), because(Code::FailedPrecondition, "SAMPLES_RETURNED"));
        assert!(missing(&office, &name).await, "what went back counts no more");
        let request = pb::ListSamplesRequest { dossier: name.clone(), ..Default::default() };
        let list = office.samples().list_samples(office.admin().say(request)).await.unwrap().into_inner().samples;
        assert_eq!(list.iter().map(|s| s.count).collect::<Vec<_>>(), [3, 2]);
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let answer = office.samples().hand_in_samples(foreign.say(handing_in(&name, 1, date!(2021 - 07 - 09)))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let nothing = kit::name::of("dossiers", uuid::Uuid::from_u128(4));
        let unknown = hand_in(&office, handing_in(&nothing, 1, date!(2021 - 07 - 09))).await;
        assert_eq!(refused(unknown), invalid(&[("dossier", "REFERENCE_UNKNOWN")]));
    })
    .await;
}

#[tokio::test]
async fn a_service_has_no_samples() {
    everywhere(async |office| {
        let house = house(&office, "HTX Du Lịch Mẫu").await;
        let tour = pb::Dossier {
            product_set: "productSets/q1048-du-lich-cong-dong-diem-du-lich".to_owned(),
            ..wanted(&house.product)
        };
        let name = begin(&office, tour).await.unwrap().name;
        let form = answers(
            "q1048-01-02",
            &[
                ("variant", "new_idea"),
                ("representative", &house.person),
                ("address", "Phường 8"),
                ("product_description", "Tham quan làng nghề"),
            ],
        );
        fill(&office, &name, form).await.unwrap();
        let (from, to) = (date!(2021 - 01 - 01), date!(2024 - 12 - 31));
        let plan = evidence(&office, &house.maker, pb::EvidenceKind::BusinessPlan, from, to).await;
        let licence = evidence(&office, &house.maker, pb::EvidenceKind::BusinessRegistration, from, to).await;
        for (paper, proof) in [("business-plan", &plan), ("introduction", &plan), ("business-registration", &licence)] {
            attach(&office, &name, paper, proof).await.unwrap();
        }
        submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        assert!(!missing(&office, &name).await);
        let answer = hand_in(&office, handing_in(&name, 1, date!(2021 - 07 - 06))).await;
        assert_eq!(refused(answer), because(Code::FailedPrecondition, "SAMPLES_NOT_WANTED"));
        let late = waive(&office, &name, "food-safety").await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"));
    })
    .await;
}
