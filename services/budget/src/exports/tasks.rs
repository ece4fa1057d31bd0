//! Tasks of plans and the reports about them.

use kit::{Call, Page, Result, Violations};
use proto::budget::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};
use time::Date;

use crate::tasks::{store, wire};

pub(super) struct Tasks;

fn state(state: i32) -> Cell {
    use pb::TaskState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Planned => "Chưa triển khai",
        S::UnderWay => "Đang triển khai",
        S::Done => "Hoàn thành",
        S::Cancelled => "Hủy",
        S::CarriedOver => "Chuyển năm sau",
    })
}

fn months(task: &pb::Task) -> Cell {
    Cell::from(task.months.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

impl List for Tasks {
    type Request = pb::ExportTasksRequest;
    type Want = (store::Filter, Date);
    type Row = pb::Task;
    const SHEET: Sheet<pb::Task> = Sheet {
        vi: "Nhiệm vụ",
        en: "Tasks",
        file: "nhiem-vu",
        columns: &[
            Column::text("Nhiệm vụ", "Title", |t| Cell::from(t.title.as_str())),
            Column::text("Cơ quan chủ trì", "Lead agency", |t| Cell::from(t.lead_agency.as_str())),
            Column::text("Cơ quan phối hợp", "Coordinating agencies", |t| {
                Cell::from(t.coordinating_agencies.join("; "))
            }),
            Column::text("Sản phẩm", "Deliverable", |t| Cell::from(t.deliverable.as_str())),
            Column::code("Tháng", "Months", months),
            Column::day("Hạn hoàn thành", "Due on", |t| Cell::day(t.due_date.as_ref())),
            Column::text("Trạng thái", "State", |t| state(t.state)),
            Column::text("Trễ hạn", "Late", |t| Cell::from(if t.late { "Có" } else { "" })),
            Column::number("Tiến độ (%)", "Done (%)", |t| Cell::from(i64::from(t.percent_done))),
            Column::day("Ngày báo cáo", "Reported on", |t| Cell::day(t.report_date.as_ref())),
            Column::day("Ngày bắt đầu", "Begun on", |t| Cell::day(t.begin_date.as_ref())),
            Column::day("Ngày kết thúc", "Ended on", |t| Cell::day(t.end_date.as_ref())),
            Column::text("Lý do", "Reason", |t| Cell::from(t.reason.as_str())),
            Column::code("Mã đơn vị", "Unit code", |t| code(&t.unit)),
            Column::text("Huyện", "District", |t| district(&t.unit)),
            Column::text("Tỉnh", "Province", |t| province(&t.unit)),
            Column::text("Mã hệ thống", "Resource name", |t| Cell::from(t.name.as_str())),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |t| {
                Cell::from(t.plan.as_str())
            }),
        ],
        sample: |t| t.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| wire::list_tasks(&list, v).map(|(filter, page, as_of)| ((filter, as_of), page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        (filter, as_of): &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Task>, Option<Page>)> {
        let found = store::list(tx, &call.scope(), filter, page).await?;
        let (found, next) = page.turn(found, |task| vec![task.id.to_string()]);
        Ok((found.into_iter().map(|task| wire::task(task, *as_of)).collect::<Result<_>>()?, next))
    }
}

pub(super) struct Reports;

impl List for Reports {
    type Request = pb::ExportTaskReportsRequest;
    type Want = store::ReportFilter;
    type Row = pb::TaskReport;
    const SHEET: Sheet<pb::TaskReport> = Sheet {
        vi: "Báo cáo nhiệm vụ",
        en: "Task reports",
        file: "bao-cao-nhiem-vu",
        columns: &[
            Column::day("Ngày báo cáo", "Reported on", |r| Cell::day(r.report_date.as_ref())),
            Column::text("Nội dung", "Text", |r| Cell::from(r.text.as_str())),
            Column::number("Tiến độ (%)", "Done (%)", |r| Cell::from(i64::from(r.percent_done))),
            Column::number("Đã chi (đồng)", "Spent (VND)", |r| r.spent_vnd.map_or(Cell::Empty, Cell::from)),
            Column::code("Mã đơn vị", "Unit code", |r| code(&r.unit)),
            Column::text("Huyện", "District", |r| district(&r.unit)),
            Column::text("Tỉnh", "Province", |r| province(&r.unit)),
            Column::text("Mã hệ thống", "Resource name", |r| Cell::from(r.name.as_str())),
            Column::text("Mã hệ thống của nhiệm vụ", "Task's resource name", |r| {
                Cell::from(r.task.as_str())
            }),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |r| {
                Cell::from(r.plan.as_str())
            }),
        ],
        sample: |r| r.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| wire::list_task_reports(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::TaskReport>, Option<Page>)> {
        let found = store::reports(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |report| vec![report.id.to_string()]);
        Ok((found.into_iter().map(wire::report).collect(), next))
    }
}
