//! The budget's lists as files.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use kit::Link;
use kit::testing::{reason, statements};
use proto::budget::v1 as pb;
use proto::budget::v1::EntryKind;
use proto::budget::v1::export_service_client::ExportServiceClient;
use proto::common::v1::{SheetFormat, SheetOptions, SheetPart};
use tonic::{Response, Status, Streaming};

use crate::resources::{create, pledge, receipt, receive};
use crate::stage::{NEIGHBOUR, Stage, day, engines, entry, lump, moving, stage};
use crate::tasks::report;

fn exports(stage: &Stage) -> ExportServiceClient<Link> {
    ExportServiceClient::new(stage.link())
}

/// A file: what its first part says, its bytes, and the statements that it cost.
async fn got(answer: Result<Response<Streaming<SheetPart>>, Status>) -> (SheetPart, Vec<u8>, u64) {
    let answer = answer.unwrap();
    let statements = statements(&answer);
    let mut parts = answer.into_inner();
    let first = parts.message().await.unwrap().unwrap();
    let mut bytes = first.data.to_vec();
    while let Some(part) = parts.message().await.unwrap() {
        bytes.extend_from_slice(&part.data);
    }
    (first, bytes, statements)
}

fn csv() -> Option<SheetOptions> {
    Some(SheetOptions { format: SheetFormat::Csv.into(), ..Default::default() })
}

fn records(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap();
    let mut reader = ::csv::ReaderBuilder::new().delimiter(b';').from_reader(text);
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn plans_estimates_assignments_entries_and_balances_are_files_of_one_statement_a_page() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(80_000_000), lump(20_000_000)]).await;
        let line = &estimate.lines[0].name;
        stage.post(entry(line, EntryKind::Commit, 1_500_000)).await.unwrap();
        let who = stage.officer();
        let request = pb::ExportPlansRequest { sheet: csv(), ..Default::default() };
        let (first, plans, statements) = got(exports(&stage).export_plans(who.count(request)).await).await;
        assert_eq!((first.row_count, statements, records(&plans)[0][0].as_str()), (1, 1, "2021"));
        let list = Some(pb::ListTasksRequest { late_only: true, ..Default::default() });
        let request = pb::ExportTasksRequest { sheet: csv(), list };
        let (first, tasks, statements) = got(exports(&stage).export_tasks(who.count(request)).await).await;
        let row = &records(&tasks)[0];
        assert_eq!((first.row_count, statements, row[5].as_str()), (1, 1, "30/11/2021"));
        assert_eq!((row[6].as_str(), row[7].as_str()), ("Chưa triển khai", "Có"));
        let request = pb::ExportEstimatesRequest { sheet: csv(), ..Default::default() };
        let (_, estimates, statements) = got(exports(&stage).export_estimates(who.count(request)).await).await;
        let row = &records(&estimates)[0];
        assert_eq!((statements, row[4].as_str(), row[5].as_str()), (1, "Đã giao", "100000000"));
        assert_eq!((row[8].as_str(), row[13].as_str()), ("05/03/2021", "01/04/2021"));
        let request = pb::ExportAssignmentsRequest { sheet: csv(), ..Default::default() };
        let (_, assignments, _) = got(exports(&stage).export_assignments(who.count(request)).await).await;
        assert_eq!(records(&assignments)[0][5], "100000000");
        let request = pb::ExportEntriesRequest { sheet: csv(), ..Default::default() };
        let (first, entries, statements) = got(exports(&stage).export_entries(who.count(request)).await).await;
        let rows = records(&entries);
        assert_eq!((first.row_count, statements, rows.len()), (3, 1, 3));
        assert_eq!(rows[2][1..5], ["Cam kết chi", "Đã cam kết", "Còn được sử dụng", "1500000"]);
        let request = pb::ExportLineBalancesRequest::default();
        let (first, balances, _) = got(exports(&stage).export_line_balances(who.count(request)).await).await;
        assert_eq!(first.row_count, 2);
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(balances)).unwrap();
        let (name, range) = book.worksheets().remove(0);
        assert_eq!(name, "Số dư mục chi");
        let rows: Vec<&[Data]> = range.rows().collect();
        let line = rows.iter().find(|row| row[5] == Data::Float(1_500_000.0)).expect("the line that is bound");
        assert_eq!((&line[3], &line[4]), (&Data::Float(80_000_000.0), &Data::Float(78_500_000.0)));
        stage.end().await;
    }
}

#[tokio::test]
async fn transfers_periods_pledges_receipts_and_reports_are_files_too() {
    for engine in engines() {
        let stage = stage(engine).await;
        let estimate = stage.assigned(vec![lump(80), lump(20)]).await;
        let [from, to] = [0, 1].map(|at| estimate.lines[at].name.as_str());
        stage.transfer(moving(from, to, 30)).await.unwrap();
        stage.close(&estimate.plan, 1, day(2021, 12, 15)).await.unwrap();
        let pledged = create(&stage, pledge(&estimate.plan, pb::PledgerKind::Lender, 100)).await.unwrap();
        let got_some = receive(&stage, receipt(&pledged.name, 60)).await.unwrap();
        let back = pb::Receipt { reverses: got_some.name.clone(), ..receipt(&pledged.name, 25) };
        receive(&stage, back).await.unwrap();
        let tasks = pb::ListTasksRequest { plan: estimate.plan.clone(), ..Default::default() };
        let task = stage.tasks().list_tasks(stage.officer().say(tasks)).await.unwrap().into_inner().tasks.remove(0);
        stage.report(report(&task.name, day(2021, 6, 1), 40)).await.unwrap();

        let (who, mut files) = (stage.officer(), exports(&stage));
        let request = pb::ExportTransfersRequest { sheet: csv(), ..Default::default() };
        let (first, bytes, statements) = got(files.export_transfers(who.count(request)).await).await;
        let rows = records(&bytes);
        assert_eq!((first.row_count, statements, rows.len()), (1, 1, 1));
        assert_eq!(rows[0][..4], ["01/06/2021", "Điều chuyển", "30", "88/QĐ-STC"]);
        assert_eq!([&rows[0][7], &rows[0][8]], [from, to]);

        let of_plan = Some(pb::ListPeriodsRequest { plan: estimate.plan.clone(), ..Default::default() });
        let request = pb::ExportPeriodsRequest { sheet: csv(), list: of_plan.clone() };
        let (first, bytes, _) = got(files.export_periods(who.count(request)).await).await;
        let rows = records(&bytes);
        assert_eq!((first.row_count, first.sample_count, rows.len()), (13, 0, 13));
        assert_eq!(rows[0][..6], ["1", "01/01/2021", "31/01/2021", "", "Đã khóa", "15/12/2021"]);
        assert_eq!(rows[12][1..5], ["01/01/2022", "31/01/2022", "x", "Đang mở"]);

        let request = pb::ExportPledgesRequest { sheet: csv(), ..Default::default() };
        let (_, bytes, statements) = got(files.export_pledges(who.count(request)).await).await;
        let row = &records(&bytes)[0];
        assert_eq!(
            (statements, &row[1..6]),
            (1, &["Tổ chức tín dụng", "Tín dụng", "100", "35", "Đã nhận một phần"].map(str::to_owned)[..])
        );

        let list = Some(pb::ListReceiptsRequest { pledge: pledged.name.clone(), ..Default::default() });
        let request = pb::ExportReceiptsRequest { sheet: csv(), list };
        let (_, bytes, statements) = got(files.export_receipts(who.count(request)).await).await;
        let amounts: Vec<i64> = records(&bytes).iter().map(|row| row[1].parse().unwrap()).collect();
        assert_eq!((statements, amounts), (1, vec![60, -25]), "they add up to what was received");

        let request = pb::ExportTaskReportsRequest { sheet: csv(), ..Default::default() };
        let (_, bytes, statements) = got(files.export_task_reports(who.count(request)).await).await;
        let row = &records(&bytes)[0];
        assert_eq!((statements, row[2].as_str(), row[3].as_str(), &row[8]), (1, "40", "4500000", &task.name));

        let neighbour = stage.world().as_role("finance_officer", NEIGHBOUR);
        let foreign = pb::ExportPeriodsRequest { sheet: csv(), list: of_plan };
        let foreign = files.export_periods(neighbour.say(foreign)).await.unwrap_err();
        assert_eq!(reason(&foreign), "UNIT_FORBIDDEN");
        stage.end().await;
    }
}

#[tokio::test]
async fn another_province_gets_an_empty_file_and_a_producer_none() {
    for engine in engines() {
        let stage = stage(engine).await;
        stage.assigned(vec![lump(1_000_000)]).await;
        let request = || pb::ExportEntriesRequest { sheet: csv(), ..Default::default() };
        let neighbour = stage.world().as_role("finance_officer", NEIGHBOUR);
        let (first, bytes, _) = got(exports(&stage).export_entries(neighbour.count(request())).await).await;
        assert_eq!((first.row_count, records(&bytes).len()), (0, 0));
        let producer = stage.world().as_role("producer", NEIGHBOUR);
        let refused = exports(&stage).export_entries(producer.say(request())).await.unwrap_err();
        assert_eq!(reason(&refused), "ROLE_MISSING");
        stage.end().await;
    }
}
