//! Sites and raw-material areas.

use kit::testing::statements;
use proto::registry::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{
    DAY, LA_HAI, Office, WARD_8, because, everywhere, invalid, mask, on, producer, refused, request_id,
};

/// A shop in another commune than its producer's.
pub fn site(producer: &str) -> pb::Site {
    pb::Site {
        producer: producer.to_owned(),
        kind: pb::SiteKind::Shop.into(),
        display_name: "Cửa hàng OCOP".to_owned(),
        unit: LA_HAI.to_owned(),
        address: "Thôn Long Châu".to_owned(),
        begin_date: on(DAY),
        ..Default::default()
    }
}

pub fn area(producer: &str) -> pb::MaterialArea {
    pb::MaterialArea {
        producer: producer.to_owned(),
        material: "Lúa nếp".to_owned(),
        unit: WARD_8.to_owned(),
        area_m2: 25_000,
        certificate: pb::AreaCertificate::Vietgap.into(),
        certificate_number: "VG-01".to_owned(),
        evidence: "Giấy chứng nhận VG-01".to_owned(),
        local_percent: 80,
        begin_date: on(DAY),
        ..Default::default()
    }
}

pub async fn add_site(office: &Office, site: pb::Site) -> Result<pb::Site, tonic::Status> {
    let request = pb::CreateSiteRequest { site: Some(site), ..Default::default() };
    Ok(office.sites().create_site(office.admin().say(request)).await?.into_inner())
}

pub async fn add_area(office: &Office, area: pb::MaterialArea) -> Result<pb::MaterialArea, tonic::Status> {
    let request = pb::CreateMaterialAreaRequest { material_area: Some(area), ..Default::default() };
    Ok(office.areas().create_material_area(office.admin().say(request)).await?.into_inner())
}

#[tokio::test]
async fn a_site_is_recorded_corrected_listed_by_day_and_ended() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let made = add_site(&office, site(&maker)).await.unwrap();
        assert_eq!(made.unit, LA_HAI);
        let change = pb::UpdateSiteRequest {
            site: Some(pb::Site { address: "Thôn Long An".to_owned(), ..made.clone() }),
            update_mask: mask(&["address"]),
            request_id: request_id(1),
            ..Default::default()
        };
        let now = office.sites().update_site(office.admin().say(change.clone())).await.unwrap().into_inner();
        assert_eq!(now.address, "Thôn Long An");
        assert_eq!(office.sites().update_site(office.admin().say(change)).await.unwrap().into_inner(), now);
        let stale = pb::UpdateSiteRequest { site: Some(made.clone()), ..Default::default() };
        let stale = office.sites().update_site(office.admin().say(stale)).await;
        assert_eq!(refused(stale), because(Code::Aborted, "ETAG_STALE"));
        let end =
            pb::EndSiteRequest { name: made.name.clone(), end_date: on(date!(2021 - 08 - 01)), ..Default::default() };
        office.sites().end_site(office.admin().say(end.clone())).await.unwrap();
        let ended = because(Code::FailedPrecondition, "RECORD_ENDED");
        assert_eq!(refused(office.sites().end_site(office.admin().say(end)).await), ended);
        let late = pb::UpdateSiteRequest { site: Some(pb::Site { etag: String::new(), ..made }), ..Default::default() };
        assert_eq!(refused(office.sites().update_site(office.admin().say(late)).await), ended);
        for (day, count) in [(DAY, 1), (date!(2021 - 08 - 01), 1), (date!(2021 - 08 - 02), 0)] {
            let request = pb::ListSitesRequest { as_of: on(day), ..Default::default() };
            let answer = office.sites().list_sites(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            assert_eq!(answer.into_inner().sites.len(), count, "{day}");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_sites_and_areas_are_refused_with_everything_that_is_wrong() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::Site {
            producer: "x".to_owned(),
            kind: 0,
            display_name: String::new(),
            unit: "units/555".to_owned(),
            address: "a\nb".to_owned(),
            ..site("")
        };
        let all = [
            ("site.producer", "FIELD_FORMAT"),
            ("site.kind", "FIELD_REQUIRED"),
            ("site.display_name", "FIELD_REQUIRED"),
            ("site.unit", "UNIT_NOT_COMMUNE"),
            ("site.address", "TEXT_UNCLEAN"),
        ];
        assert_eq!(refused(add_site(&office, wrong).await), invalid(&all));
        let wrong = pb::MaterialArea {
            material: " ".to_owned(),
            area_m2: 0,
            evidence: String::new(),
            local_percent: 101,
            begin_date: on(date!(2022 - 01 - 01)),
            ..area(&maker)
        };
        let all = [
            ("material_area.material", "FIELD_REQUIRED"),
            ("material_area.area_m2", "FIELD_RANGE"),
            ("material_area.evidence", "FIELD_REQUIRED"),
            ("material_area.local_percent", "FIELD_RANGE"),
            ("material_area.begin_date", "DATE_IN_FUTURE"),
        ];
        assert_eq!(refused(add_area(&office, wrong).await), invalid(&all));
        let request = pb::CreateSiteRequest { site: Some(site(&maker)), validate_only: true, ..Default::default() };
        office.sites().create_site(office.admin().say(request)).await.unwrap();
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn an_area_keeps_its_evidence_and_is_walked_in_pages() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let mut names = Vec::new();
        for _ in 0..3 {
            names.push(add_area(&office, area(&maker)).await.unwrap().name);
        }
        let request = pb::GetMaterialAreaRequest { name: names[0].clone() };
        let made = office.areas().get_material_area(office.admin().say(request)).await.unwrap().into_inner();
        let bare = pb::UpdateMaterialAreaRequest {
            material_area: Some(pb::MaterialArea { evidence: String::new(), ..made.clone() }),
            update_mask: mask(&["evidence"]),
            ..Default::default()
        };
        let bare = office.areas().update_material_area(office.admin().say(bare)).await;
        assert_eq!(refused(bare), invalid(&[("material_area.evidence", "FIELD_REQUIRED")]));
        let larger = pb::UpdateMaterialAreaRequest {
            material_area: Some(pb::MaterialArea { area_m2: 30_000, certificate_end_date: on(DAY), ..made }),
            update_mask: mask(&["area_m2", "certificate_end_date"]),
            ..Default::default()
        };
        let now = office.areas().update_material_area(office.admin().say(larger)).await.unwrap().into_inner();
        assert_eq!((now.area_m2, now.certificate_end_date), (30_000, on(DAY)));
        let end = pb::EndMaterialAreaRequest { name: names[2].clone(), end_date: on(DAY), ..Default::default() };
        office.areas().end_material_area(office.admin().say(end)).await.unwrap();
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListMaterialAreasRequest { page_size: 2, page_token: token, ..Default::default() };
            let answer = office.areas().list_material_areas(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.material_areas.into_iter().map(|a| a.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, names);
    })
    .await;
}

#[tokio::test]
async fn a_producer_keeps_its_own_sites_and_sees_no_others() {
    everywhere(async |office| {
        let own = office.add_producer(producer("HTX An Nghiệp")).await.unwrap().name;
        let other = office.add_producer(producer("HTX Bình Minh")).await.unwrap().name;
        let grower = office.world.as_producer(&own, WARD_8);
        let request = |maker: &str| pb::CreateSiteRequest { site: Some(site(maker)), ..Default::default() };
        let mine = office.sites().create_site(grower.say(request(&own))).await.unwrap().into_inner();
        let foreign = add_site(&office, site(&other)).await.unwrap();
        let unit = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        assert_eq!(refused(office.sites().create_site(grower.say(request(&other))).await), unit);
        let get = |name: &str| pb::GetSiteRequest { name: name.to_owned() };
        assert_eq!(refused(office.sites().get_site(grower.say(get(&foreign.name))).await), unit);
        assert_eq!(office.sites().get_site(grower.say(get(&mine.name))).await.unwrap().into_inner(), mine);
        let unclaimed = office.world.as_role("producer", WARD_8);
        for (who, count) in [(grower, 1), (unclaimed, 0), (office.admin(), 2)] {
            let answer = office.sites().list_sites(who.count(pb::ListSitesRequest::default())).await.unwrap();
            assert_eq!(statements(&answer), 1);
            assert_eq!(answer.into_inner().sites.len(), count);
        }
    })
    .await;
}
