//! What one dossier has, and what an office looks through now and then, as files.

use proto::registry::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::assignments::{WARD_9, in_ward};
use crate::dossier_desk::{draft_of_2021, evidence, hand_in, handing_in, house, submit};
use crate::eligibility::size;
use crate::exports::{csv, got, records};
use crate::exports_more::{rows, under};
use crate::guidance::{advice, advise};
use crate::office::{
    DAY, LA_HAI, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, on, person, post, producer, refused,
};
use crate::visits::{add, officer, visit};

#[tokio::test]
async fn what_a_dossier_has_is_written_for_those_who_may_see_it() {
    everywhere(async |office| {
        let house = house(&office, "HTX Sổ Mẫu").await;
        let name = draft_of_2021(&office, &house).await;
        advise(&office, advice(&name, "", date!(2021 - 07 - 02))).await.unwrap();
        submit(&office, &name, date!(2021 - 07 - 05)).await.unwrap();
        hand_in(&office, handing_in(&name, 5, date!(2021 - 07 - 06))).await.unwrap();
        let (exports, who) = (|| office.exports(), office.admin());
        let list = || Some(pb::ListDossierEntriesRequest { dossier: name.clone(), ..Default::default() });
        let request = || pb::ExportDossierEntriesRequest { list: list(), sheet: csv() };
        let file = got(exports().export_dossier_entries(who.say(request())).await).await.unwrap();
        let found = records(&file.bytes, b';');
        let steps: Vec<&str> = found.iter().skip(1).map(|row| row[1].as_str()).collect();
        assert_eq!(steps, ["Lập hồ sơ", "Hướng dẫn", "Nộp hồ sơ"]);
        assert_eq!((found[1][0].as_str(), found[3][2].as_str()), ("15/12/2021", "Đã nộp cấp xã"));
        let list = Some(pb::ListGuidanceRequest { dossier: name.clone(), ..Default::default() });
        let request_of = pb::ExportGuidanceRequest { list, sheet: csv() };
        let found = rows(exports().export_guidance(who.say(request_of)).await).await;
        assert_eq!(under(&found, "Nội dung hướng dẫn"), "Bổ sung phương án\nsản xuất kinh doanh");
        let list = Some(pb::ListSamplesRequest { dossier: name.clone(), ..Default::default() });
        let request_of = pb::ExportSamplesRequest { list, sheet: csv() };
        let found = rows(exports().export_samples(who.say(request_of)).await).await;
        assert_eq!((found.len(), under(&found, "Số mẫu nhận"), under(&found, "Số mẫu trả")), (2, "5", ""));
        let foreign = office.world.as_role("commune_officer", LA_HAI);
        let answer = got(exports().export_dossier_entries(foreign.say(request())).await).await.map(|_| ());
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let list = Some(pb::ListDossierEntriesRequest { dossier: "x".to_owned(), ..Default::default() });
        let wrong = pb::ExportDossierEntriesRequest { list, ..Default::default() };
        let answer = got(exports().export_dossier_entries(who.say(wrong)).await).await.map(|_| ());
        assert_eq!(refused(answer), invalid(&[("list.dossier", "FIELD_FORMAT")]));
        let (from, to) = (date!(2021 - 01 - 01), date!(2024 - 12 - 31));
        let paper = evidence(&office, &house.maker, pb::EvidenceKind::FoodSafety, from, to).await;
        let list = Some(pb::ListEvidenceVersionsRequest { name: paper, ..Default::default() });
        let request_of = pb::ExportEvidenceVersionsRequest { list, sheet: csv() };
        let found = rows(exports().export_evidence_versions(who.say(request_of.clone())).await).await;
        assert_eq!((under(&found, "Bản"), under(&found, "Hiệu lực đến")), ("1", "31/12/2024"));
        let answer = got(exports().export_evidence_versions(foreign.say(request_of)).await).await.map(|_| ());
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}

#[tokio::test]
async fn sizes_merges_and_erasures_are_written_with_the_names_that_the_caller_may_list() {
    everywhere(async |office| {
        let company = pb::Producer { legal_form: pb::LegalForm::Company.into(), ..producer("Công ty Tệp Mẫu") };
        let company = office.add_producer(company).await.unwrap().name;
        let recorded = size(&company, pb::SizeClass::Micro, DAY);
        office.eligibility().create_producer_size(office.admin().say(recorded)).await.unwrap();
        let (from, into) = (person("Cán bộ ghi lại"), person("Cán bộ ghi trước"));
        let from = office.add_person(from).await.unwrap().name;
        let into = office.add_person(into).await.unwrap().name;
        let merge = pb::MergePersonsRequest {
            person: from.clone(),
            into: into.clone(),
            reason: "Ghi hai lần".to_owned(),
            ..Default::default()
        };
        office.person_merges().merge_persons(office.admin().say(merge)).await.unwrap();
        let (exports, who) = (|| office.exports(), office.admin());
        let request = pb::ExportProducerSizesRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_producer_sizes(who.say(request)).await).await;
        assert_eq!((under(&found, "Chủ thể"), under(&found, "Quy mô")), ("Công ty Tệp Mẫu", "Siêu nhỏ"));
        let request = || pb::ExportPersonMergesRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_person_merges(who.say(request())).await).await;
        assert_eq!(
            (under(&found, "Bản ghi được gộp"), under(&found, "Gộp vào"), under(&found, "Mã bản ghi còn lại")),
            ("Cán bộ ghi lại", "Cán bộ ghi trước", &*into)
        );
        let foreign = office.world.as_role("district_officer", "units/558-20180507");
        assert_eq!(rows(exports().export_person_merges(foreign.say(request())).await).await.len(), 1);
        let erase = pb::ErasePersonRequest {
            person: from.clone(),
            request_date: on(DAY),
            reason: "Đơn số 12".to_owned(),
            ..Default::default()
        };
        office.erasures().erase_person(office.admin().say(erase)).await.unwrap();
        let erasures = pb::ExportErasuresRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_erasures(who.say(erasures)).await).await;
        assert_eq!((under(&found, "Căn cứ"), under(&found, "Mã nhân sự")), ("Đơn số 12", &*from));
        let found = rows(exports().export_person_merges(who.say(request())).await).await;
        assert_eq!((under(&found, "Bản ghi được gộp"), under(&found, "Mã bản ghi được gộp")), ("", &*from));
    })
    .await;
}

#[tokio::test]
async fn what_is_vacant_unvisited_or_divided_is_written_as_it_is_listed() {
    everywhere(async |office| {
        let somebody = office.add_person(person("Cán bộ mẫu")).await.unwrap().name;
        let invented = pb::Post { sample: true, ..post(&somebody, TUY_HOA_CITY) };
        let held = office.add_post(invented).await.unwrap().name;
        let end = pb::EndPostRequest { name: held, end_date: on(DAY), ..Default::default() };
        office.posts().end_post(office.admin().say(end)).await.unwrap();
        let (exports, who) = (|| office.exports(), office.admin());
        let list = Some(pb::ListVacanciesRequest {
            as_of: on(date!(2021 - 07 - 01)),
            level: pb::UnitLevel::District.into(),
            ..Default::default()
        });
        let request = pb::ExportVacanciesRequest { list, sheet: csv() };
        let file = got(exports().export_vacancies(who.say(request)).await).await.unwrap();
        assert_eq!((file.first.row_count, file.first.sample_count), (9, 1), "the city's day comes from a sample");
        let found = records(&file.bytes, b';');
        assert_eq!((&*found[1][0], under(&found, "Có cán bộ đến ngày")), ("555", "30/06/2021"));
        let who_went = officer(&office).await;
        add(&office, visit(WARD_8, &who_went, DAY)).await.unwrap();
        let list = pb::ListUnvisitedUnitsRequest {
            unit: PHU_YEN.to_owned(),
            as_of: on(date!(2021 - 12 - 15)),
            level: pb::UnitLevel::District.into(),
            ..Default::default()
        };
        let request = pb::ExportUnvisitedUnitsRequest { list: Some(list.clone()), sheet: csv() };
        let found = rows(exports().export_unvisited_units(who.say(request.clone())).await).await;
        assert_eq!((found.len(), under(&found, "Loại")), (9, "Thị xã"), "eight of nine, and the header");
        let foreign = office.world.as_role("district_officer", TUY_HOA_CITY);
        let answer = got(exports().export_unvisited_units(foreign.say(request)).await).await.map(|_| ());
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        in_ward(&office, "HTX Phường Chín Mẫu", WARD_9).await;
        let list = Some(pb::ListUnitAssignmentsRequest { begin_date: on(date!(2024 - 11 - 01)), ..Default::default() });
        let request = pb::ExportUnitAssignmentsRequest { list, sheet: csv() };
        let found = rows(exports().export_unit_assignments(who.say(request)).await).await;
        assert_eq!(
            (under(&found, "Chủ thể"), under(&found, "Trạng thái"), under(&found, "Mã xã mới")),
            ("HTX Phường Chín Mẫu", "Chưa phân", "22024")
        );
        let request = pb::ExportUnitChangesRequest { sheet: csv(), ..Default::default() };
        let found = rows(exports().export_unit_changes(who.say(request)).await).await;
        assert_eq!((found.len(), found[0][0].as_str()), (1, "Tên đợt"), "none is drafted here");
    })
    .await;
}
