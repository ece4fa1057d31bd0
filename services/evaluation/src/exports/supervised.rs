//! Inspections, findings and complaints. Days that count from today (overdue) are told for the day of the export.

use kit::{Call, Page, Result, Violations};
use proto::evaluation::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};

use super::words;
use crate::shared::store::cursor;
use crate::{complaints, findings, inspections};

pub(super) struct Plans;

impl List for Plans {
    type Request = pb::ExportInspectionPlansRequest;
    type Want = inspections::wire::ListPlans;
    type Row = pb::InspectionPlan;
    const SHEET: Sheet<pb::InspectionPlan> = Sheet {
        vi: "Kế hoạch kiểm tra",
        en: "Inspection plans",
        file: "ke-hoach-kiem-tra",
        columns: &[
            Column::code("Năm", "Year", |p| words::year(p.year)),
            Column::text("Tên kế hoạch", "Title", |p| Cell::from(p.title.as_str())),
            Column::code("Số văn bản", "Number", |p| Cell::from(p.number.as_str())),
            Column::day("Ngày ban hành", "Adopted on", |p| Cell::day(p.plan_date.as_ref())),
            Column::code("Mã đơn vị", "Unit code", |p| code(&p.unit)),
            Column::text("Huyện", "District", |p| district(&p.unit)),
            Column::text("Tỉnh", "Province", |p| province(&p.unit)),
            Column::text("Tình trạng", "State", |p| words::plan_state(p.state)),
            Column::text("Mã hệ thống", "Resource name", |p| Cell::from(p.name.as_str())),
        ],
        sample: |p| p.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = inspections::wire::list_plans(&list, v)?;
            let page = want.page.clone();
            Some((want, page))
        })
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = inspections::store::list_plans(tx, &call.scope(), &want.within, page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.plan_date, row.id));
        Ok((found.iter().map(inspections::wire::plan).collect(), next))
    }
}

pub(super) struct Visits;

impl List for Visits {
    type Request = pb::ExportInspectionVisitsRequest;
    type Want = inspections::wire::ListVisits;
    type Row = pb::InspectionVisit;
    const SHEET: Sheet<pb::InspectionVisit> = Sheet {
        vi: "Cuộc kiểm tra",
        en: "Inspection visits",
        file: "cuoc-kiem-tra",
        columns: &[
            Column::day("Ngày dự kiến", "Planned for", |i| Cell::day(i.planned_date.as_ref())),
            Column::day("Ngày kiểm tra", "Held on", |i| Cell::day(i.held_date.as_ref())),
            Column::text("Hình thức", "Kind", |i| words::visit_kind(i.kind)),
            Column::text("Tình trạng", "State", |i| words::visit_state(i.state)),
            Column::text("Đoàn kiểm tra", "Team", |i| Cell::from(i.team.as_str())),
            Column::text("Kết luận", "Conclusion", |i| Cell::from(i.conclusion.as_str())),
            Column::number("Số tồn tại", "Findings", |i| Cell::from(i.finding_count)),
            Column::code("Mã đơn vị", "Unit code", |i| code(&i.unit)),
            Column::text("Xã", "Commune", |i| commune(&i.unit)),
            Column::text("Huyện", "District", |i| district(&i.unit)),
            Column::text("Tỉnh", "Province", |i| province(&i.unit)),
            Column::text("Mã hệ thống", "Resource name", |i| Cell::from(i.name.as_str())),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |i| {
                Cell::from(i.plan.as_str())
            }),
            Column::text("Mã hệ thống của giấy chứng nhận", "Certificate's resource name", |i| {
                Cell::from(i.certificate.as_str())
            }),
            Column::text("Mã hệ thống của sản phẩm", "Product's resource name", |i| {
                Cell::from(i.product.as_str())
            }),
        ],
        sample: |i| i.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = inspections::wire::list_visits(&list, v)?;
            let page = want.page.clone();
            Some((want, page))
        })
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = inspections::store::list_visits(tx, &want.filter(call.scope()), page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.planned_date, row.id));
        Ok((found.iter().map(|row| inspections::wire::visit(row, false)).collect(), next))
    }
}

pub(super) struct Findings;

impl List for Findings {
    type Request = pb::ExportFindingsRequest;
    type Want = findings::wire::List;
    type Row = pb::Finding;
    const SHEET: Sheet<pb::Finding> = Sheet {
        vi: "Tồn tại qua kiểm tra",
        en: "Findings",
        file: "ton-tai-qua-kiem-tra",
        columns: &[
            Column::day("Ngày phát hiện", "Found on", |f| Cell::day(f.found_date.as_ref())),
            Column::text("Mức độ", "Severity", |f| words::severity(f.severity)),
            Column::text("Nội dung", "Description", |f| Cell::from(f.description.as_str())),
            Column::text("Yêu cầu khắc phục", "Required action", |f| Cell::from(f.required_action.as_str())),
            Column::day("Hạn khắc phục", "Due on", |f| Cell::day(f.due_date.as_ref())),
            Column::text("Tình trạng", "State", |f| words::finding_state(f.state)),
            Column::text("Quá hạn", "Overdue", |f| Cell::cross(f.overdue)),
            Column::day("Ngày xử lý", "Last step on", |f| Cell::day(f.step_date.as_ref())),
            Column::text("Ghi nhận khi xử lý", "Last step", |f| Cell::from(f.step_note.as_str())),
            Column::day("Hạn thu hồi", "Revocation by", |f| Cell::day(f.act_due_date.as_ref())),
            Column::code("Mã đơn vị", "Unit code", |f| code(&f.unit)),
            Column::text("Xã", "Commune", |f| commune(&f.unit)),
            Column::text("Huyện", "District", |f| district(&f.unit)),
            Column::text("Tỉnh", "Province", |f| province(&f.unit)),
            Column::text("Mã hệ thống", "Resource name", |f| Cell::from(f.name.as_str())),
            Column::text("Mã hệ thống của cuộc kiểm tra", "Visit's resource name", |f| {
                Cell::from(f.visit.as_str())
            }),
            Column::text("Mã hệ thống của giấy chứng nhận", "Certificate's resource name", |f| {
                Cell::from(f.certificate.as_str())
            }),
        ],
        sample: |f| f.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = findings::wire::list(&list, v)?;
            let page = want.page.clone();
            Some((want, page))
        })
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = findings::store::list(tx, &want.filter(call.scope(), call.today), page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.due_date, row.id));
        Ok((found.iter().map(|row| findings::wire::finding(row, call.today)).collect(), next))
    }
}

pub(super) struct Complaints;

impl List for Complaints {
    type Request = pb::ExportComplaintsRequest;
    type Want = complaints::wire::List;
    type Row = pb::Complaint;
    const SHEET: Sheet<pb::Complaint> = Sheet {
        vi: "Khiếu nại, phản ánh",
        en: "Complaints",
        file: "khieu-nai-phan-anh",
        columns: &[
            Column::day("Ngày nhận", "Received on", |c| Cell::day(c.receive_date.as_ref())),
            Column::text("Loại", "Kind", |c| words::complaint_kind(c.kind)),
            Column::text("Nội dung", "Summary", |c| Cell::from(c.summary.as_str())),
            Column::text("Tình trạng", "State", |c| words::complaint_state(c.state)),
            Column::day("Hạn xử lý", "Due on", |c| Cell::day(c.due_date.as_ref())),
            Column::text("Quá hạn", "Overdue", |c| Cell::cross(c.overdue)),
            Column::number("Chậm (ngày)", "Days late", |c| Cell::some(c.days_late)),
            Column::day("Ngày xử lý", "Last step on", |c| Cell::day(c.step_date.as_ref())),
            Column::text("Ghi nhận khi xử lý", "Last step", |c| Cell::from(c.step_note.as_str())),
            Column::text("Kết quả", "Outcome", |c| words::complaint_outcome(c.outcome)),
            Column::code("Số văn bản giải quyết", "Number", |c| Cell::from(c.number.as_str())),
            Column::day("Hạn thu hồi", "Revocation by", |c| Cell::day(c.act_due_date.as_ref())),
            Column::code("Mã đơn vị", "Unit code", |c| code(&c.unit)),
            Column::text("Xã", "Commune", |c| commune(&c.unit)),
            Column::text("Huyện", "District", |c| district(&c.unit)),
            Column::text("Tỉnh", "Province", |c| province(&c.unit)),
            Column::text("Mã hệ thống", "Resource name", |c| Cell::from(c.name.as_str())),
            Column::text("Mã hệ thống của giấy chứng nhận", "Certificate's resource name", |c| {
                Cell::from(c.certificate.as_str())
            }),
            Column::text("Mã hệ thống của phiên đánh giá", "Sitting's resource name", |c| {
                Cell::from(c.sitting.as_str())
            }),
        ],
        sample: |c| c.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = complaints::wire::list(&list, v)?;
            let page = want.page.clone();
            Some((want, page))
        })
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = complaints::store::list(tx, &want.filter(call.scope(), call.today), page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.due_date, row.id));
        Ok((found.iter().map(|row| complaints::wire::complaint(row, call.today)).collect(), next))
    }
}
