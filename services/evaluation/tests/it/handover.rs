//! What another system takes over, and the lists as files.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use proto::common::v1::{SheetFormat, SheetOptions, SheetPart};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::export_service_client::ExportServiceClient;
use proto::registry::v1::LegalForm;
use time::macros::date;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::office::{
    FILED, Office, PHU_YEN, SAT, SET, TUY_HOA_CITY, WARD_8, because, council, decision, everywhere, everywhere_on,
    invalid, known, marks_that_hold, on, refused, round, sitting,
};

type Client = ExportServiceClient<kit::Link>;

/// A file as it came: its first part and its bytes.
pub async fn got(answer: Result<Response<Streaming<SheetPart>>, Status>) -> Result<(SheetPart, Vec<u8>), Status> {
    let mut parts = answer?.into_inner();
    let (mut first, mut bytes) = (None, Vec::new());
    while let Some(part) = parts.message().await? {
        bytes.extend_from_slice(&part.data);
        first.get_or_insert(SheetPart { data: bytes::Bytes::new(), ..part });
    }
    Ok((first.expect("a file has a first part"), bytes))
}

fn csv() -> Option<SheetOptions> {
    Some(SheetOptions { format: SheetFormat::Csv.into(), ..Default::default() })
}

/// The rows of a CSV file, the header first.
pub fn records(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).expect("a byte order mark");
    let mut reader = ::csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(text);
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

pub fn says<'a>(rows: &'a [Vec<String>], row: usize, column: &str) -> &'a str {
    let at = rows[0].iter().position(|name| name == column);
    &rows[row][at.expect(column)]
}

impl Office {
    async fn outcomes(&self, request: pb::ListResultsRequest) -> Result<pb::ListResultsResponse, Status> {
        Ok(self.handover().list_results(self.nation.say(request)).await?.into_inner())
    }

    async fn handed(&self, request: pb::ListHandoverRequest) -> Result<pb::ListHandoverResponse, Status> {
        Ok(self.handover().list_handover(self.nation.say(request)).await?.into_inner())
    }
}

/// A round with a recognised product, one that came to no star, and one that is not graded; answers round, decision and
/// the product that was recognised.
async fn judged(office: &Office) -> (String, pb::Decision, String) {
    let round = office.round_of(1).await;
    let good = office.product("Cà phê Tuy Hòa").await;
    let recognised = office.graded(sitting(&round, &good), 78).await;
    office.graded(sitting(&round, &office.product("Cà phê non").await), 12).await;
    office.add_sitting(sitting(&round, &office.product("Chè xanh").await)).await.unwrap();
    let made = office.decide(decision("15/QĐ-UBND", date!(2021 - 12 - 01), &[&recognised])).await.unwrap();
    (round, made, good)
}

#[tokio::test]
async fn results_and_recognitions_are_handed_over_whole_with_what_the_registry_knows() {
    everywhere(async |office| {
        let (round, made, good) = judged(&office).await;
        let elsewhere = office.product("Cà phê Sông Hinh").await;
        office.record(known(&elsewhere, date!(2020 - 02 - 04))).await.unwrap();

        let all = office.outcomes(pb::ListResultsRequest::default()).await.unwrap().results;
        assert_eq!(all.iter().map(|r| r.stars).collect::<Vec<_>>(), [4, 1], "what is not graded is no result");
        let (first, product) = (&all[0], all[0].product.clone().unwrap());
        assert_eq!((first.mean.as_str(), first.members, first.outcome()), ("78.00", 1, pb::Outcome::Graded));
        assert_eq!((&first.decision, first.sitting_date), (&made.name, on(SAT)));
        assert_eq!(product.producer_display_name, "Hợp tác xã Cà phê Tuy Hòa");
        assert_eq!(product.legal_form(), LegalForm::Cooperative);
        assert_eq!(product.code, "54-555-22018-1-2019");
        assert_eq!((product.code_form(), product.unit.as_str()), (pb::CodeForm::Registered, WARD_8));
        assert_eq!((product.product_set, product.set_number), (format!("productSets/{SET}"), 0));

        let rows = office.handed(pb::ListHandoverRequest::default()).await.unwrap().handover;
        let names = |rows: &[pb::HandoverRow]| -> Vec<String> {
            rows.iter().map(|row| row.product.clone().unwrap().product).collect()
        };
        assert_eq!(names(&rows), [good.clone(), elsewhere.clone()], "the newest decision first");
        assert_eq!((rows[0].mean.as_str(), rows[0].kind()), ("78.00", pb::DossierKind::First));
        let certificate = rows[0].certificate.clone().unwrap();
        assert_eq!((certificate.number.as_str(), certificate.name), ("15/QĐ-UBND/1", made.certificates[0].clone()));
        let recorded = rows[1].product.clone().unwrap();
        assert_eq!(recorded.product_set, format!("productSets/{SET}"), "the registry's");
        assert_eq!((rows[1].mean.as_str(), rows[1].sitting_date), ("", None));
        // The province's sitting is not the ward's to read; the certificate of its product is.
        let ward = office.world.as_role("commune_officer", WARD_8);
        let request = ward.count(pb::ListHandoverRequest { round: round.clone(), ..Default::default() });
        let answer = office.handover().list_handover(request).await.unwrap();
        assert_eq!(kit::testing::statements(&answer), 2, "the certificates and their sittings");
        let of_ward = answer.into_inner().handover.remove(0);
        assert_eq!((&of_ward.certificate, &of_ward.product), (&rows[0].certificate, &rows[0].product));
        assert_eq!((of_ward.mean.as_str(), of_ward.kind, of_ward.sitting_date), ("", 0, None));

        let cut = |request| async { names(&office.handed(request).await.unwrap().handover) };
        type H = pb::ListHandoverRequest;
        assert_eq!(cut(H { round: round.clone(), ..H::default() }).await, std::slice::from_ref(&good));
        assert_eq!(cut(H { decision: made.name.clone(), ..H::default() }).await, std::slice::from_ref(&good));
        assert_eq!(
            cut(H { to_date: on(date!(2020 - 12 - 31)), ..H::default() }).await,
            std::slice::from_ref(&elsewhere)
        );
        assert_eq!(cut(H { from_date: on(date!(2021 - 01 - 01)), ..H::default() }).await, std::slice::from_ref(&good));
        assert_eq!(cut(H { unit: TUY_HOA_CITY.to_owned(), ..H::default() }).await.len(), 2);
        let later = H { as_of: on(date!(2024 - 12 - 01)), decision: made.name.clone(), ..H::default() };
        let later = office.handed(later).await.unwrap().handover;
        assert_eq!(later[0].certificate.clone().unwrap().status(), pb::CertificateStatus::Expired);
        type R = pb::ListResultsRequest;
        let of_round = R { round, from_date: on(SAT), to_date: on(SAT), ..R::default() };
        assert_eq!(office.outcomes(of_round).await.unwrap().results.len(), 2);
        let decided = R { decision: made.name.clone(), ..R::default() };
        assert_eq!(office.outcomes(decided).await.unwrap().results.len(), 1);
        let before = R { to_date: SAT.previous_day().map(kit::day::pb), ..R::default() };
        assert!(office.outcomes(before).await.unwrap().results.is_empty());
    })
    .await;
}

#[tokio::test]
async fn lists_of_the_handover_are_walked_in_pages_and_refuse_days_in_the_wrong_order() {
    everywhere(async |office| {
        let (_, _, good) = judged(&office).await;
        let other = office.product("Cà phê Sông Hinh").await;
        for year in [2019, 2020] {
            let day = time::Date::from_calendar_date(year, time::Month::June, 1).unwrap();
            office.record(known(&other, day)).await.unwrap();
        }
        let (mut token, mut seen) = (String::new(), Vec::new());
        loop {
            let request = pb::ListHandoverRequest { page_size: 2, page_token: token, ..Default::default() };
            let page = office.handed(request).await.unwrap();
            seen.extend(page.handover.into_iter().map(|row| row.product.unwrap().product));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, [good, other.clone(), other]);
        let page = pb::ListResultsRequest { page_size: 1, ..Default::default() };
        let first = office.outcomes(page.clone()).await.unwrap();
        let next = pb::ListResultsRequest { page_token: first.next_page_token.clone(), ..page.clone() };
        let second = office.outcomes(next).await.unwrap();
        assert_ne!(first.results[0].sitting, second.results[0].sitting);
        assert!(second.next_page_token.is_empty());
        let (from_date, to_date) = (on(SAT), on(FILED));
        let wrong = office.outcomes(pb::ListResultsRequest { from_date, to_date, ..Default::default() }).await;
        assert_eq!(refused(wrong), invalid(&[("to_date", "DATE_ORDER")]));
        let wrong = pb::ListHandoverRequest { from_date, to_date, unit: "units/1-2".to_owned(), ..Default::default() };
        assert_eq!(
            refused(office.handed(wrong).await),
            invalid(&[("to_date", "DATE_ORDER"), ("unit", "UNIT_UNKNOWN")])
        );
        let stranger = office.world.as_role("council_secretary", "units/56-20180507");
        let answer = office.handover().list_handover(stranger.say(pb::ListHandoverRequest::default())).await.unwrap();
        assert!(answer.into_inner().handover.is_empty());
    })
    .await;
}

#[tokio::test]
async fn under_the_decision_of_2026_a_code_carries_the_year_of_evaluation_and_an_old_one_is_said_to_be_old() {
    everywhere_on(date!(2026 - 11 - 24), async |office| {
        let product = office.product("Cà phê Một").await;
        let mut of_council = council(1);
        (of_council.unit, of_council.decision_date) = ("units/66".to_owned(), on(date!(2026 - 06 - 01)));
        let of_council = office.add_council(of_council).await.unwrap();
        let mut opened = round(&of_council.name);
        (opened.regime, opened.year, opened.open_date) = ("regimes/q26".to_owned(), 2026, on(date!(2026 - 06 - 02)));
        let opened = office.add_round(opened).await.unwrap().name;
        let mut wanted = sitting(&opened, &product);
        wanted.product_set = "productSets/q26-ca-phe-ca-cao".to_owned();
        (wanted.filing_date, wanted.sitting_date) = (on(date!(2026 - 07 - 30)), on(date!(2026 - 10 - 20)));
        let made = office.add_sitting(wanted).await.unwrap();
        let card = reference::cards::get("q26-ca-phe-ca-cao").unwrap();
        office.mark(&made.name, "m1", marks_that_hold(card, 89)).await.unwrap();
        office.grade(&made.name).await.unwrap();
        let of = office.outcomes(pb::ListResultsRequest::default()).await.unwrap().results.remove(0).product.unwrap();
        assert_eq!((of.set_number, of.code_form()), (13, pb::CodeForm::Outdated), "{of:?}");
        assert_eq!((of.code.as_str(), of.registered_code.as_str()), ("54-555-22018-1-2019", "54-555-22018-1-2019"));
    })
    .await;
}

#[tokio::test]
async fn the_handover_is_a_file_in_both_forms_with_codes_as_text() {
    everywhere(async |office| {
        let (round, _, _) = judged(&office).await;
        let list = Some(pb::ListHandoverRequest { round, ..Default::default() });
        let request = pb::ExportHandoverRequest { list: list.clone(), sheet: csv() };
        let (first, bytes) = got(office.exports().export_handover(office.nation.say(request)).await).await.unwrap();
        assert_eq!((first.row_count, first.file_name.as_str()), (1, "ban-giao-2021-12-15.csv"));
        let rows = records(&bytes);
        for (column, expected) in [
            ("Mã sản phẩm", "54-555-22018-1-2019"),
            ("Chủ thể", "Hợp tác xã Cà phê Tuy Hòa"),
            ("Loại hình", "Hợp tác xã"),
            ("Mã đơn vị", "22018"),
            ("Xã", "Phường 8"),
            ("Điểm trung bình", "78,00"),
            ("Hạng sao", "4"),
            ("Số giấy chứng nhận", "15/QĐ-UBND/1"),
            ("Ngày quyết định", "01/12/2021"),
            ("Tình trạng", "Còn hiệu lực"),
            ("Bộ tiêu chí", "1048/QĐ-TTg"),
        ] {
            assert_eq!(says(&rows, 1, column), expected, "{column}");
        }
        let request = pb::ExportHandoverRequest { list, sheet: None };
        let (first, bytes) = got(office.exports().export_handover(office.nation.say(request)).await).await.unwrap();
        assert_eq!(first.file_name, "ban-giao-2021-12-15.xlsx");
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let (_, range) = book.worksheets().remove(0);
        let rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let row = rows.last().unwrap();
        assert_eq!(row[0], Data::String("54-555-22018-1-2019".to_owned()));
        assert!(row.contains(&Data::String("22018".to_owned())), "a code is text: {row:?}");
        assert!(row.contains(&Data::Float(78.0)), "a mean is a number: {row:?}");
    })
    .await;
}

/// A plan with a visit that found something, and a report about the same certificate.
async fn supervised(office: &Office, certificate: &str) {
    let plan = pb::InspectionPlan {
        unit: PHU_YEN.to_owned(),
        year: 2021,
        title: "Kiểm tra cuối năm".to_owned(),
        number: "12/KH-SNN".to_owned(),
        plan_date: on(date!(2021 - 12 - 02)),
        ..Default::default()
    };
    let request = pb::CreateInspectionPlanRequest { inspection_plan: Some(plan), ..Default::default() };
    let plan = office.inspections().create_inspection_plan(office.nation.say(request)).await.unwrap().into_inner();
    let visit = pb::InspectionVisit {
        plan: plan.name,
        certificate: certificate.to_owned(),
        kind: pb::InspectionVisitKind::Sudden.into(),
        planned_date: on(date!(2021 - 12 - 10)),
        team: "Chi cục Phát triển nông thôn".to_owned(),
        ..Default::default()
    };
    let request = pb::CreateInspectionVisitRequest { inspection_visit: Some(visit), ..Default::default() };
    let visit = office.inspections().create_inspection_visit(office.nation.say(request)).await.unwrap().into_inner();
    let finding = pb::NewFinding {
        severity: pb::FindingSeverity::Major.into(),
        description: "=1+1".to_owned(),
        required_action: "In lại nhãn".to_owned(),
        due_date: on(date!(2021 - 12 - 14)),
    };
    let request = pb::HoldInspectionVisitRequest {
        name: visit.name,
        held_date: on(date!(2021 - 12 - 10)),
        checklist: vec![pb::CheckItem {
            title: "Nhãn hàng hóa".to_owned(),
            result: pb::CheckResult::NotMet.into(),
            note: String::new(),
        }],
        conclusion: "Cần khắc phục".to_owned(),
        findings: vec![finding],
        ..Default::default()
    };
    office.inspections().hold_inspection_visit(office.nation.say(request)).await.unwrap();
    let complaint = pb::Complaint {
        kind: pb::ComplaintKind::MarkMisuse.into(),
        certificate: certificate.to_owned(),
        receive_date: on(date!(2021 - 12 - 05)),
        summary: "In năm sao trên bao bì".to_owned(),
        ..Default::default()
    };
    let request = pb::CreateComplaintRequest { complaint: Some(complaint), ..Default::default() };
    office.complaints().create_complaint(office.nation.say(request)).await.unwrap();
}

#[tokio::test]
async fn every_list_of_evaluation_has_its_file_for_those_who_may_list_it() {
    everywhere(async |office| {
        let (_, made, _) = judged(&office).await;
        supervised(&office, &made.certificates[0]).await;

        macro_rules! written {
            ($request:ident, $c:ident, $r:ident, $call:expr) => {{
                let call = async |mut $c: Client, $r: Request<pb::$request>| $call.await;
                let request = || pb::$request { sheet: csv(), ..Default::default() };
                let (first, bytes) = got(call(office.exports(), office.nation.say(request())).await).await.unwrap();
                let rows = records(&bytes);
                assert_eq!(i64::try_from(rows.len()).unwrap(), first.row_count + 1, "{}", first.file_name);
                let stranger = office.world.as_role("trainer", PHU_YEN);
                let none = got(call(office.exports(), stranger.say(request())).await).await;
                assert_eq!(refused(none), because(Code::PermissionDenied, "ROLE_MISSING"));
                rows
            }};
        }
        let rounds = written!(ExportRoundsRequest, c, r, c.export_rounds(r));
        assert_eq!((says(&rounds, 1, "Năm"), says(&rounds, 1, "Tình trạng")), ("2021", "Đang mở"));
        let councils = written!(ExportCouncilsRequest, c, r, c.export_councils(r));
        assert_eq!(says(&councils, 1, "Thành viên"), "Ủy viên 1 (Chủ tịch)");
        let sittings = written!(ExportSittingsRequest, c, r, c.export_sittings(r));
        assert_eq!(sittings.len(), 4);
        let results = written!(ExportResultsRequest, c, r, c.export_results(r));
        assert_eq!((results.len(), says(&results, 1, "Kết quả")), (3, "Đã xếp hạng"));
        let decisions = written!(ExportDecisionsRequest, c, r, c.export_decisions(r));
        assert_eq!(says(&decisions, 1, "Người ký (chức vụ)"), "Phó Chủ tịch UBND tỉnh");
        let certificates = written!(ExportCertificatesRequest, c, r, c.export_certificates(r));
        assert_eq!(says(&certificates, 1, "Chủ thể"), "Hợp tác xã Cà phê Tuy Hòa");
        let plans = written!(ExportInspectionPlansRequest, c, r, c.export_inspection_plans(r));
        assert_eq!(says(&plans, 1, "Số văn bản"), "12/KH-SNN");
        let visits = written!(ExportInspectionVisitsRequest, c, r, c.export_inspection_visits(r));
        assert_eq!((says(&visits, 1, "Hình thức"), says(&visits, 1, "Số tồn tại")), ("Đột xuất", "1"));
        let findings = written!(ExportFindingsRequest, c, r, c.export_findings(r));
        assert_eq!((says(&findings, 1, "Nội dung"), says(&findings, 1, "Quá hạn")), ("'=1+1", "x"));
        let complaints = written!(ExportComplaintsRequest, c, r, c.export_complaints(r));
        assert_eq!(says(&complaints, 1, "Loại"), "Phản ánh sử dụng sai nhãn hiệu");
    })
    .await;
}
