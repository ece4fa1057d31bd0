//! Plans, estimates, assignments, entries and the balances of lines.

use kit::{Call, Page, Result, Violations};
use proto::budget::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};
use uuid::Uuid;

use crate::estimates::lines::{Category, Source};
use crate::shared::names;
use crate::{assignments, estimates, ledger, plans};

pub(super) struct Plans;

fn count(number: usize) -> Cell {
    i64::try_from(number).map_or(Cell::Empty, Cell::Number)
}

impl List for Plans {
    type Request = pb::ExportPlansRequest;
    type Want = plans::store::Filter;
    type Row = pb::Plan;
    const SHEET: Sheet<pb::Plan> = Sheet {
        vi: "Kế hoạch",
        en: "Plans",
        file: "ke-hoach",
        columns: &[
            Column::code("Năm", "Year", |p| Cell::from(p.year.to_string())),
            Column::text("Tên kế hoạch", "Title", |p| Cell::from(p.title.as_str())),
            Column::code("Mã đơn vị", "Unit code", |p| code(&p.unit)),
            Column::text("Huyện", "District", |p| district(&p.unit)),
            Column::text("Tỉnh", "Province", |p| province(&p.unit)),
            Column::code("Số quyết định", "Decision", |p| Cell::from(p.decision_number.as_str())),
            Column::day("Ngày quyết định", "Decided on", |p| Cell::day(p.decision_date.as_ref())),
            Column::number("Số chỉ tiêu", "Targets", |p| count(p.targets.len())),
            Column::number("Số nhiệm vụ", "Tasks", |p| count(p.tasks.len())),
            Column::text("Mã hệ thống", "Resource name", |p| Cell::from(p.name.as_str())),
        ],
        sample: |p| p.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| plans::wire::list_plans(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Plan>, Option<Page>)> {
        let found = plans::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |(p, _)| vec![p.year.to_string(), p.id.to_string()]);
        Ok((found.into_iter().map(|plan| plans::wire::plan(plan, call.today)).collect::<Result<_>>()?, next))
    }
}

pub(super) struct Estimates;

fn stage(stage: i32) -> Cell {
    use pb::EstimateStage as S;
    Cell::from(match S::try_from(stage).unwrap_or_default() {
        S::Unspecified => "",
        S::Draft => "Dự thảo",
        S::Submitted => "Đã trình",
        S::Appraised => "Đã thẩm định",
        S::Approved => "Đã phê duyệt",
        S::Assigned => "Đã giao",
    })
}

impl List for Estimates {
    type Request = pb::ExportEstimatesRequest;
    type Want = estimates::store::Filter;
    type Row = pb::Estimate;
    const SHEET: Sheet<pb::Estimate> = Sheet {
        vi: "Dự toán",
        en: "Estimates",
        file: "du-toan",
        columns: &[
            Column::text("Tên dự toán", "Title", |e| Cell::from(e.title.as_str())),
            Column::code("Mã đơn vị", "Unit code", |e| code(&e.unit)),
            Column::text("Huyện", "District", |e| district(&e.unit)),
            Column::text("Tỉnh", "Province", |e| province(&e.unit)),
            Column::text("Giai đoạn", "Stage", |e| stage(e.stage)),
            Column::number("Số tiền dự toán (đồng)", "Amount (VND)", |e| Cell::from(e.amount_vnd)),
            Column::number("Số tiền thẩm định (đồng)", "Appraised (VND)", |e| {
                e.appraised_vnd.map_or(Cell::Empty, Cell::from)
            }),
            Column::day("Ngày lập", "Drafted on", |e| Cell::day(e.draft_date.as_ref())),
            Column::day("Ngày trình", "Submitted on", |e| Cell::day(e.submit_date.as_ref())),
            Column::day("Ngày trả lại", "Returned on", |e| Cell::day(e.return_date.as_ref())),
            Column::text("Lý do trả lại", "Reason", |e| Cell::from(e.return_reason.as_str())),
            Column::day("Ngày thẩm định", "Appraised on", |e| Cell::day(e.appraise_date.as_ref())),
            Column::day("Ngày phê duyệt", "Approved on", |e| Cell::day(e.approve_date.as_ref())),
            Column::day("Ngày giao", "Assigned on", |e| Cell::day(e.assign_date.as_ref())),
            Column::text("Cơ quan đề nghị", "Department", |e| Cell::from(e.agency.as_str())),
            Column::number("Vượt số kiểm tra (đồng)", "Above ceiling (VND)", |e| {
                Cell::some(e.above_ceiling_vnd)
            }),
            Column::number("Số lần trình", "Submissions", |e| Cell::some(e.version_count)),
            Column::text("Điều chỉnh dự toán", "Amends", |e| Cell::from(e.amends.as_str())),
            Column::text("Mã hệ thống", "Resource name", |e| Cell::from(e.name.as_str())),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |e| {
                Cell::from(e.plan.as_str())
            }),
        ],
        sample: |e| e.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| estimates::wire::list_estimates(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Estimate>, Option<Page>)> {
        let found = estimates::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |e| vec![e.id.to_string()]);
        let shown = found.into_iter().map(|e| estimates::wire::estimate(e, Vec::new())).collect::<Result<_>>()?;
        Ok((shown, next))
    }
}

pub(super) struct Assignments;

impl List for Assignments {
    type Request = pb::ExportAssignmentsRequest;
    type Want = Option<Uuid>;
    type Row = pb::Assignment;
    const SHEET: Sheet<pb::Assignment> = Sheet {
        vi: "Giao dự toán",
        en: "Assignments",
        file: "giao-du-toan",
        columns: &[
            Column::code("Số quyết định", "Decision", |a| Cell::from(a.decision_number.as_str())),
            Column::day("Ngày quyết định", "Decided on", |a| Cell::day(a.decision_date.as_ref())),
            Column::code("Mã đơn vị", "Unit code", |a| code(&a.unit)),
            Column::text("Huyện", "District", |a| district(&a.unit)),
            Column::text("Tỉnh", "Province", |a| province(&a.unit)),
            Column::number("Số tiền (đồng)", "Amount (VND)", |a| Cell::from(a.amount_vnd)),
            Column::text("Mã hệ thống", "Resource name", |a| Cell::from(a.name.as_str())),
            Column::text("Mã hệ thống của dự toán", "Estimate's resource name", |a| {
                Cell::from(a.estimate.as_str())
            }),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |a| {
                Cell::from(a.plan.as_str())
            }),
        ],
        sample: |a| a.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| assignments::wire::list_assignments(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Assignment>, Option<Page>)> {
        let found = assignments::store::list(tx, &call.scope(), *want, page).await?;
        let (found, next) = page.turn(found, |a| vec![a.id.to_string()]);
        Ok((found.into_iter().map(assignments::wire::assignment).collect(), next))
    }
}

pub(super) struct Entries;

fn kind(kind: i32) -> Cell {
    use pb::EntryKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::Assign => "Giao dự toán",
        K::Commit => "Cam kết chi",
        K::Release => "Hủy cam kết",
        K::Pay => "Thanh toán",
        K::Refund => "Hoàn trả",
        K::Settle => "Quyết toán",
        K::TransferOut => "Điều chuyển đi",
        K::TransferIn => "Nhận điều chuyển",
        K::CarryOut => "Chuyển nguồn sang năm sau",
        K::CarryIn => "Nhận chuyển nguồn",
    })
}

fn account(account: i32) -> Cell {
    use pb::Account as A;
    Cell::from(match A::try_from(account).unwrap_or_default() {
        A::Unspecified => "",
        A::Funding => "Nguồn",
        A::Available => "Còn được sử dụng",
        A::Committed => "Đã cam kết",
        A::Paid => "Đã thanh toán",
        A::Settled => "Đã quyết toán",
    })
}

impl List for Entries {
    type Request = pb::ExportEntriesRequest;
    type Want = ledger::store::Filter;
    type Row = pb::Entry;
    const SHEET: Sheet<pb::Entry> = Sheet {
        vi: "Sổ cái",
        en: "Ledger entries",
        file: "so-cai",
        columns: &[
            Column::day("Ngày", "Day", |e| Cell::day(e.act_date.as_ref())),
            Column::text("Nghiệp vụ", "Kind", |e| kind(e.kind)),
            Column::text("Nợ", "Debit", |e| account(e.debit)),
            Column::text("Có", "Credit", |e| account(e.credit)),
            Column::number("Số tiền (đồng)", "Amount (VND)", |e| Cell::from(e.amount_vnd)),
            Column::text("Diễn giải", "Note", |e| Cell::from(e.note.as_str())),
            Column::code("Mã đơn vị", "Unit code", |e| code(&e.unit)),
            Column::text("Tỉnh", "Province", |e| province(&e.unit)),
            Column::text("Mã hệ thống", "Resource name", |e| Cell::from(e.name.as_str())),
            Column::text("Sửa bút toán", "Reverses", |e| Cell::from(e.reverses.as_str())),
            Column::text("Mã hệ thống của mục chi", "Line's resource name", |e| Cell::from(e.line.as_str())),
            Column::text("Mã hệ thống của dự toán", "Estimate's resource name", |e| {
                Cell::from(e.estimate.as_str())
            }),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |e| {
                Cell::from(e.plan.as_str())
            }),
        ],
        sample: |e| e.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| ledger::wire::list_entries(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Entry>, Option<Page>)> {
        let found = ledger::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |e| vec![e.id.to_string()]);
        Ok((found.into_iter().map(ledger::wire::entry).collect(), next))
    }
}

pub(super) struct LineBalances;

fn category(category: i32) -> Cell {
    Cell::from(Category::of_number(category).map_or("", names::category))
}

pub(super) fn source(source: i32) -> Cell {
    Cell::from(Source::of_number(source).map_or("", names::source))
}

impl List for LineBalances {
    type Request = pb::ExportLineBalancesRequest;
    type Want = ledger::store::Filter;
    type Row = pb::LineBalance;
    const SHEET: Sheet<pb::LineBalance> = Sheet {
        vi: "Số dư mục chi",
        en: "Line balances",
        file: "so-du-muc-chi",
        columns: &[
            Column::text("Nội dung chi", "Description", |l| Cell::from(l.description.as_str())),
            Column::text("Nhóm chi", "Category", |l| category(l.category)),
            Column::text("Nguồn vốn", "Source", |l| source(l.source)),
            Column::number("Được giao (đồng)", "Assigned (VND)", |l| Cell::from(l.funding_vnd.saturating_neg())),
            Column::number("Còn được sử dụng (đồng)", "Available (VND)", |l| Cell::from(l.available_vnd)),
            Column::number("Đã cam kết (đồng)", "Committed (VND)", |l| Cell::from(l.committed_vnd)),
            Column::number("Đã thanh toán (đồng)", "Paid (VND)", |l| Cell::from(l.paid_vnd)),
            Column::number("Đã quyết toán (đồng)", "Settled (VND)", |l| Cell::from(l.settled_vnd)),
            Column::text("Mã hệ thống", "Resource name", |l| Cell::from(l.line.as_str())),
            Column::text("Mã hệ thống của dự toán", "Estimate's resource name", |l| {
                Cell::from(l.estimate.as_str())
            }),
        ],
        sample: |l| l.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| ledger::wire::list_line_balances(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::LineBalance>, Option<Page>)> {
        let found = ledger::store::lines(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, ledger::wire::line_cursor);
        Ok((found.into_iter().map(ledger::wire::line_balance).collect(), next))
    }
}
