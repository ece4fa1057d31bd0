//! Papers of the budget: as workbooks and as pages.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use kit::Link;
use kit::testing::statements;
use proto::budget::v1::aggregation_service_client::AggregationServiceClient;
use proto::budget::v1::form_service_client::FormServiceClient;
use proto::budget::v1::{
    self as pb, Aggregation, EntryKind, Estimate, EstimateLine, FormFormat, FundingSource, QuarterAmount,
};
use proto::common::v1::SheetPart;
use tonic::{Code, Response, Status, Streaming};

use super::stage::{
    NEIGHBOUR, Stage, by_norm, day, engines, entry, estimate, granted, invalid, lump, plan_2021, refused, said, stage,
};

fn forms(stage: &Stage) -> FormServiceClient<Link> {
    FormServiceClient::new(stage.link())
}

/// A file: what its first part says, its bytes, and the statements that it cost.
async fn got(answer: Result<Response<Streaming<SheetPart>>, Status>) -> (SheetPart, Vec<u8>, u64) {
    let answer = answer.unwrap();
    let statements = statements(&answer);
    let mut parts = answer.into_inner();
    let first = parts.message().await.unwrap().unwrap();
    let mut bytes = first.data.to_vec();
    while let Some(part) = parts.message().await.unwrap() {
        assert!(part.file_name.is_empty() && part.data.len() <= 65_536);
        bytes.extend_from_slice(&part.data);
    }
    assert_eq!(first.size_bytes, i64::try_from(bytes.len()).unwrap());
    (first, bytes, statements)
}

/// The cells of a sheet as text.
fn sheet(bytes: &[u8], name: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range(name).unwrap();
    let text = |cell: &Data| match cell {
        Data::Float(number) => format!("{number:.0}"),
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

/// The row that has this text in its second cell.
fn row<'a>(rows: &'a [Vec<String>], second: &str) -> &'a [String] {
    rows.iter().find(|row| row.get(1).is_some_and(|cell| cell == second)).expect(second)
}

fn pages(bytes: &[u8]) -> bool {
    bytes.starts_with(b"%PDF-") && bytes.len() > 10_000
}

/// An appraised estimate of a department with a cut, under the plan of 2021.
async fn appraised(stage: &Stage) -> Estimate {
    let plan = stage.plan(plan_2021()).await;
    let spread = QuarterAmount { quarter: 3, ..Default::default() };
    let lines = vec![
        EstimateLine { quarters: vec![spread], ..by_norm("norms/per-diem", 12, 2, 0) },
        EstimateLine { source: FundingSource::Central.into(), ..lump(35_000_000) },
    ];
    let ask = Estimate { agency: "Sở Nông nghiệp và PTNT".to_owned(), ..estimate(&plan.name, lines) };
    let draft = stage.create(ask).await.unwrap();
    stage.submit(&draft.name, day(2021, 3, 5)).await.unwrap();
    let cut = vec![
        granted(&draft.lines[0].name, 4_800_000, ""),
        granted(&draft.lines[1].name, 30_000_000, "Cân đối ngân sách"),
    ];
    stage.appraise(&draft, Some(cut), day(2021, 3, 6)).await.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_is_a_sheet_line_by_line_with_its_sum_and_the_same_on_paper() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = appraised(&stage).await;
        let ask =
            |format: FormFormat| pb::DownloadEstimateFormRequest { name: estimate.name.clone(), format: format.into() };
        let answer = forms(&stage).download_estimate_form(stage.finance().count(ask(FormFormat::Xlsx))).await;
        let (first, bytes, statements) = got(answer).await;
        assert_eq!((first.row_count, first.sample_count, statements), (2, 0, 1));
        assert!(first.file_name.starts_with("bieu-du-toan-") && first.file_name.ends_with(".xlsx"));
        let rows = sheet(&bytes, "Biểu dự toán");
        let by_norm = row(&rows, "Tập huấn cán bộ OCOP các cấp");
        let expected = [
            "1",
            "Tập huấn cán bộ OCOP các cấp",
            "200000",
            "12",
            "2",
            "4800000",
            "Ngân sách tỉnh",
            "III",
            "40/2017/TT-BTC",
        ];
        assert_eq!(by_norm[..9], expected);
        let by_lump = row(&rows, "Tham gia hội chợ ngoài tỉnh");
        assert_eq!(
            by_lump[5..],
            ["35000000", "Ngân sách trung ương", "", "Khoán: Chưa có định mức", "30000000", "Cân đối ngân sách", ""]
        );
        let sum = row(&rows, "Tổng cộng");
        assert_eq!((sum[5].as_str(), sum[9].as_str()), ("39800000", "34800000"));

        let (first, bytes, _) =
            got(forms(&stage).download_estimate_form(stage.officer().count(ask(FormFormat::Pdf))).await).await;
        assert_eq!((first.content_type.as_str(), first.row_count), ("application/pdf", 2));
        assert!(pages(&bytes) && first.file_name.ends_with(".pdf"));
        let stranger = stage.world().as_role("finance_officer", NEIGHBOUR);
        let refusal = forms(&stage).download_estimate_form(stranger.say(ask(FormFormat::Pdf))).await;
        assert_eq!(said(refusal.map(|_| ())), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregation_is_a_sheet_for_each_table_with_its_sum() {
    for engine in engines() {
        let stage = stage(engine).await;
        appraised(&stage).await;
        let aggregation = Aggregation {
            year: 2021,
            unit: "units/54".to_owned(),
            title: "Tổng hợp dự toán năm 2021".to_owned(),
            document_number: "101/TTr-STC".to_owned(),
            act_date: Some(day(2021, 3, 20)),
            ..Default::default()
        };
        let request = pb::CreateAggregationRequest { aggregation: Some(aggregation), ..Default::default() };
        let made = AggregationServiceClient::new(stage.link()).create_aggregation(stage.finance().say(request)).await;
        let name = made.unwrap().into_inner().name;
        let ask = |format: FormFormat| pb::DownloadAggregationFormRequest { name: name.clone(), format: format.into() };
        let answer = forms(&stage).download_aggregation_form(stage.finance().count(ask(FormFormat::Unspecified))).await;
        let (first, bytes, statements) = got(answer).await;
        assert_eq!((statements, first.row_count), (7, 1 + 1 + 2 + 2 + 2 + 1));
        for name in ["Theo đơn vị", "Theo cơ quan", "Theo nguồn", "Theo nhóm chi", "Theo quý"] {
            let rows = sheet(&bytes, name);
            assert_eq!(row(&rows, "Tổng cộng")[2..6], ["2", "39800000", "34800000", "5000000"], "{name}");
        }
        assert_eq!(row(&sheet(&bytes, "Theo quý"), "Quý III")[3], "4800000");
        assert_eq!(row(&sheet(&bytes, "Theo đơn vị"), "Tỉnh Phú Yên")[4], "34800000");
        assert_eq!(row(&sheet(&bytes, "Danh sách dự toán"), "Tỉnh Phú Yên")[2], "Sở Nông nghiệp và PTNT");
        let (_, bytes, _) =
            got(forms(&stage).download_aggregation_form(stage.leader().count(ask(FormFormat::Pdf))).await).await;
        assert!(pages(&bytes));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_annex_of_a_decision_holds_what_it_assigns_and_by_which_sources() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = appraised(&stage).await;
        stage.approve(&estimate.name, day(2021, 3, 20)).await.unwrap();
        let assignment = stage.assign(&estimate.name, day(2021, 4, 1)).await.unwrap().into_inner();
        let ask = |format: FormFormat| pb::DownloadAssignmentAnnexRequest {
            name: assignment.name.clone(),
            format: format.into(),
        };
        let answer = forms(&stage).download_assignment_annex(stage.leader().count(ask(FormFormat::Xlsx))).await;
        let (_, bytes, statements) = got(answer).await;
        let rows = sheet(&bytes, "Phụ lục");
        assert_eq!(
            row(&rows, "Tham gia hội chợ ngoài tỉnh")[2..5],
            ["Xúc tiến thương mại", "Ngân sách trung ương", "30000000"]
        );
        assert_eq!(row(&rows, "Cộng Ngân sách trung ương")[4], "30000000");
        assert_eq!((row(&rows, "Tổng cộng")[4].as_str(), statements), ("34800000", 2));
        let (first, bytes, _) =
            got(forms(&stage).download_assignment_annex(stage.leader().count(ask(FormFormat::Pdf))).await).await;
        assert!(pages(&bytes) && first.file_name.starts_with("phu-luc-giao-du-toan-"));
        let none = pb::DownloadAssignmentAnnexRequest {
            name: "assignments/0192f0c4-0000-7000-8000-000000000000".to_owned(),
            format: 0,
        };
        let refusal = forms(&stage).download_assignment_annex(stage.leader().say(none)).await;
        assert_eq!(said(refusal.map(|_| ())), refused(Code::NotFound, "RESOURCE_NOT_FOUND"));
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_a_plan_tells_what_became_of_its_money_until_a_day() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = appraised(&stage).await;
        stage.approve(&estimate.name, day(2021, 3, 20)).await.unwrap();
        stage.assign(&estimate.name, day(2021, 4, 1)).await.unwrap();
        let of = |kind, amount, on| pb::PostEntryRequest {
            act_date: Some(on),
            ..entry(&estimate.lines[1].name, kind, amount)
        };
        stage.post(of(EntryKind::Commit, 20_000_000, day(2021, 5, 3))).await.unwrap();
        stage.post(of(EntryKind::Pay, 18_000_000, day(2021, 6, 1))).await.unwrap();
        stage.post(of(EntryKind::Settle, 10_000_000, day(2021, 6, 2))).await.unwrap();
        let ask = |format: FormFormat, as_of| pb::DownloadPlanReportRequest {
            name: estimate.plan.clone(),
            format: format.into(),
            as_of,
        };
        let answer = forms(&stage).download_plan_report(stage.finance().count(ask(FormFormat::Xlsx, None))).await;
        let (first, bytes, statements) = got(answer).await;
        assert_eq!((first.row_count, statements), (2 + 2, 3));
        assert!(first.file_name.starts_with("bao-cao-thuc-hien-du-toan-"));
        let rows = sheet(&bytes, "Theo mục chi");
        let fair = row(&rows, "Tham gia hội chợ ngoài tỉnh");
        assert_eq!(fair[4..9], ["30000000", "2000000", "18000000", "10000000", "10000000"]);
        let whole = ["34800000", "2000000", "18000000", "10000000", "14800000"];
        for name in ["Theo mục chi", "Theo đơn vị, nhóm chi, nguồn"] {
            assert_eq!(row(&sheet(&bytes, name), "Tổng cộng")[4..9], whole, "{name}");
        }
        let may = ask(FormFormat::Xlsx, Some(day(2021, 5, 31)));
        let (_, bytes, _) = got(forms(&stage).download_plan_report(stage.officer().count(may)).await).await;
        let then = ["34800000", "20000000", "0", "0", "14800000"];
        assert_eq!(row(&sheet(&bytes, "Theo mục chi"), "Tổng cộng")[4..9], then);
        let (_, bytes, _) =
            got(forms(&stage).download_plan_report(stage.leader().count(ask(FormFormat::Pdf, None))).await).await;
        assert!(pages(&bytes));
        let future = ask(FormFormat::Pdf, Some(day(2021, 12, 16)));
        let future = forms(&stage).download_plan_report(stage.officer().say(future)).await;
        assert_eq!(said(future.map(|_| ())), invalid(&["as_of DATE_IN_FUTURE"]));
        let stranger = stage.world().as_role("finance_officer", NEIGHBOUR);
        let refusal = forms(&stage).download_plan_report(stranger.say(ask(FormFormat::Pdf, None))).await;
        assert_eq!(said(refusal.map(|_| ())), refused(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        stage.end().await;
    }
}
