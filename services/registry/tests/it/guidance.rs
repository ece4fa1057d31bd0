//! Advice on dossiers.

use proto::registry::v1 as pb;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::dossier_desk::{draft_of_2021, house, withdraw};
use crate::office::{LA_HAI, Office, WARD_8, because, everywhere, invalid, on, person, post, refused, request_id};

pub fn advice(dossier: &str, officer: &str, day: Date) -> pb::CreateGuidanceRequest {
    pb::CreateGuidanceRequest {
        guidance: Some(pb::Guidance {
            dossier: dossier.to_owned(),
            officer: officer.to_owned(),
            guide_date: on(day),
            text: "Bổ sung phương án\nsản xuất kinh doanh".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub async fn advise(office: &Office, request: pb::CreateGuidanceRequest) -> Result<pb::Guidance, Status> {
    Ok(office.guidance().create_guidance(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn advice_is_written_down_with_its_officer_and_day_and_stands_in_the_history() {
    everywhere(async |office| {
        let house = house(&office, "HTX Hỏi Mẫu").await;
        let name = draft_of_2021(&office, &house).await;
        let someone = office.add_person(person("Cán bộ mẫu")).await.unwrap().name;
        let officer = office.add_post(post(&someone, WARD_8)).await.unwrap().name;
        let request =
            pb::CreateGuidanceRequest { request_id: request_id(1), ..advice(&name, &officer, date!(2021 - 07 - 02)) };
        let first = advise(&office, request.clone()).await.unwrap();
        assert_eq!(advise(&office, request).await.unwrap(), first);
        let second = advise(&office, advice(&name, "", date!(2021 - 07 - 03))).await.unwrap();
        let mut request = pb::ListGuidanceRequest { dossier: name.clone(), page_size: 1, ..Default::default() };
        let page = office.guidance().list_guidance(office.admin().say(request.clone())).await.unwrap().into_inner();
        assert_eq!(page.guidance, [first]);
        request.page_token = page.next_page_token;
        let page = office.guidance().list_guidance(office.admin().say(request)).await.unwrap().into_inner();
        assert_eq!(page.guidance, [second]);
        let rows = office.rows().await;
        let early = advise(&office, advice(&name, "", date!(2021 - 06 - 29))).await;
        assert_eq!(refused(early), invalid(&[("guidance.guide_date", "DATE_ORDER")]));
        let nobody = kit::name::of("posts", uuid::Uuid::from_u128(5));
        let unknown = advise(&office, advice(&name, &nobody, date!(2021 - 07 - 03))).await;
        assert_eq!(refused(unknown), invalid(&[("guidance.officer", "REFERENCE_UNKNOWN")]));
        let end =
            pb::EndPostRequest { name: officer.clone(), end_date: on(date!(2021 - 07 - 31)), ..Default::default() };
        office.posts().end_post(office.admin().say(end)).await.unwrap();
        let late = advise(&office, advice(&name, &officer, date!(2021 - 08 - 02))).await;
        assert_eq!(refused(late), invalid(&[("guidance.officer", "POST_NOT_HELD")]));
        let empty = pb::CreateGuidanceRequest {
            guidance: Some(pb::Guidance {
                text: " ".to_owned(),
                ..advice(&name, "", date!(2022 - 01 - 01)).guidance.unwrap()
            }),
            ..Default::default()
        };
        let all = [("guidance.text", "FIELD_REQUIRED"), ("guidance.guide_date", "DATE_IN_FUTURE")];
        assert_eq!(refused(advise(&office, empty).await), invalid(&all));
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let answer = office.guidance().create_guidance(foreign.say(advice(&name, "", date!(2021 - 07 - 03)))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let without = ["journal", "duty", "request"];
        let kept = |rows: Vec<(&'static str, i64)>| -> Vec<_> {
            rows.into_iter().filter(|(table, _)| !without.contains(table)).collect()
        };
        assert_eq!(kept(office.rows().await), kept(rows));
        withdraw(&office, &name, date!(2021 - 08 - 02)).await.unwrap();
        let closed = advise(&office, advice(&name, "", date!(2021 - 08 - 03))).await;
        assert_eq!(refused(closed), because(Code::FailedPrecondition, "STEP_NOT_ALLOWED"));
    })
    .await;
}
