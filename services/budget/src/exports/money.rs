//! Transfers, periods, pledges and receipts.

use kit::{Call, Page, Result, Violations};
use proto::budget::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};
use uuid::Uuid;

use super::lists::source;
use crate::{periods, resources, transfers};

pub(super) struct Transfers;

fn transfer_kind(kind: i32) -> Cell {
    use pb::TransferKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::Transfer => "Điều chuyển",
        K::CarryOver => "Chuyển nguồn sang năm sau",
    })
}

impl List for Transfers {
    type Request = pb::ExportTransfersRequest;
    type Want = transfers::store::Filter;
    type Row = pb::Transfer;
    const SHEET: Sheet<pb::Transfer> = Sheet {
        vi: "Điều chuyển dự toán",
        en: "Transfers",
        file: "dieu-chuyen",
        columns: &[
            Column::day("Ngày", "Day", |t| Cell::day(t.act_date.as_ref())),
            Column::text("Loại", "Kind", |t| transfer_kind(t.kind)),
            Column::number("Số tiền (đồng)", "Amount (VND)", |t| Cell::from(t.amount_vnd)),
            Column::code("Số văn bản", "Document", |t| Cell::from(t.document_number.as_str())),
            Column::text("Lý do", "Reason", |t| Cell::from(t.reason.as_str())),
            Column::code("Mã đơn vị", "Unit code", |t| code(&t.unit)),
            Column::text("Tỉnh", "Province", |t| province(&t.unit)),
            Column::text("Mục chi chuyển đi", "From line", |t| Cell::from(t.from_line.as_str())),
            Column::text("Mục chi nhận", "To line", |t| Cell::from(t.to_line.as_str())),
            Column::text("Kế hoạch chuyển đi", "From plan", |t| Cell::from(t.from_plan.as_str())),
            Column::text("Kế hoạch nhận", "To plan", |t| Cell::from(t.to_plan.as_str())),
            Column::text("Bút toán chuyển đi", "Entry out", |t| Cell::from(t.from_entry.as_str())),
            Column::text("Bút toán nhận", "Entry in", |t| Cell::from(t.to_entry.as_str())),
            Column::text("Mã hệ thống", "Resource name", |t| Cell::from(t.name.as_str())),
        ],
        sample: |t| t.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| transfers::wire::list_transfers(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Transfer>, Option<Page>)> {
        let found = transfers::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |t| vec![t.id.to_string()]);
        Ok((found.into_iter().map(transfers::wire::transfer).collect(), next))
    }
}

pub(super) struct Periods;

fn period_state(state: i32) -> Cell {
    use pb::PeriodState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Open => "Đang mở",
        S::Closed => "Đã khóa",
    })
}

impl List for Periods {
    type Request = pb::ExportPeriodsRequest;
    type Want = Uuid;
    type Row = pb::Period;
    const SHEET: Sheet<pb::Period> = Sheet {
        vi: "Kỳ kế toán",
        en: "Periods",
        file: "ky-ke-toan",
        columns: &[
            Column::number("Kỳ", "Period", |p| Cell::from(i64::from(p.number))),
            Column::day("Từ ngày", "From", |p| Cell::day(p.begin_date.as_ref())),
            Column::day("Đến ngày", "To", |p| Cell::day(p.end_date.as_ref())),
            Column::text("Kỳ chỉnh lý", "Adjustment", |p| Cell::cross(p.adjustment)),
            Column::text("Trạng thái", "State", |p| period_state(p.state)),
            Column::day("Ngày khóa hoặc mở", "Closed or opened on", |p| Cell::day(p.act_date.as_ref())),
            Column::code("Số văn bản", "Document", |p| Cell::from(p.document_number.as_str())),
            Column::text("Lý do mở", "Why opened", |p| Cell::from(p.reason.as_str())),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |p| {
                Cell::from(p.plan.as_str())
            }),
        ],
        sample: |p| p.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| periods::wire::list_periods(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        plan: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Period>, Option<Page>)> {
        let found = periods::api::after(tx, call, *plan, page).await?;
        Ok(page.turn(found, |p| vec![p.number.to_string()]))
    }
}

pub(super) struct Pledges;

fn pledger(kind: i32) -> Cell {
    use pb::PledgerKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::Producer => "Chủ thể",
        K::Lender => "Tổ chức tín dụng",
        K::Donor => "Nhà tài trợ",
        K::CentralProgramme => "Chương trình trung ương",
        K::Province => "Ngân sách tỉnh",
        K::District => "Ngân sách huyện",
        K::Commune => "Ngân sách xã",
    })
}

fn pledge_state(state: i32) -> Cell {
    use pb::PledgeState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Pledged => "Đã cam kết",
        S::PartlyReceived => "Đã nhận một phần",
        S::Received => "Đã nhận đủ",
        S::Withdrawn => "Đã rút",
    })
}

impl List for Pledges {
    type Request = pb::ExportPledgesRequest;
    type Want = resources::store::Filter;
    type Row = pb::Pledge;
    const SHEET: Sheet<pb::Pledge> = Sheet {
        vi: "Cam kết đóng góp",
        en: "Pledges",
        file: "cam-ket-dong-gop",
        columns: &[
            Column::text("Bên cam kết", "Pledger", |p| Cell::from(p.pledger.as_str())),
            Column::text("Loại", "Kind", |p| pledger(p.pledger_kind)),
            Column::text("Nguồn vốn", "Source", |p| source(p.source)),
            Column::number("Số tiền cam kết (đồng)", "Pledged (VND)", |p| Cell::from(p.amount_vnd)),
            Column::number("Đã nhận (đồng)", "Received (VND)", |p| Cell::from(p.received_vnd)),
            Column::text("Trạng thái", "State", |p| pledge_state(p.state)),
            Column::day("Ngày cam kết", "Pledged on", |p| Cell::day(p.pledge_date.as_ref())),
            Column::code("Số văn bản", "Document", |p| Cell::from(p.document_number.as_str())),
            Column::day("Hạn nhận", "Due on", |p| Cell::day(p.due_date.as_ref())),
            Column::text("Quá hạn", "Overdue", |p| Cell::cross(p.overdue)),
            Column::day("Ngày rút", "Withdrawn on", |p| Cell::day(p.withdraw_date.as_ref())),
            Column::text("Lý do rút", "Why withdrawn", |p| Cell::from(p.withdraw_reason.as_str())),
            Column::code("Mã đơn vị", "Unit code", |p| code(&p.unit)),
            Column::text("Huyện", "District", |p| district(&p.unit)),
            Column::text("Tỉnh", "Province", |p| province(&p.unit)),
            Column::text("Mã hệ thống của chủ thể", "Producer's resource name", |p| {
                Cell::from(p.producer.as_str())
            }),
            Column::text("Mã hệ thống", "Resource name", |p| Cell::from(p.name.as_str())),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |p| {
                Cell::from(p.plan.as_str())
            }),
        ],
        sample: |p| p.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| resources::wire::list_pledges(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Pledge>, Option<Page>)> {
        let found = resources::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |p| vec![p.id.to_string()]);
        Ok((found.into_iter().map(|pledge| resources::wire::pledge(pledge, call.today)).collect(), next))
    }
}

pub(super) struct Receipts;

impl List for Receipts {
    type Request = pb::ExportReceiptsRequest;
    type Want = resources::wire::ReceiptsOf;
    type Row = pb::Receipt;
    const SHEET: Sheet<pb::Receipt> = Sheet {
        vi: "Khoản đóng góp đã nhận",
        en: "Receipts",
        file: "dong-gop-da-nhan",
        columns: &[
            Column::day("Ngày nhận", "Received on", |r| Cell::day(r.receive_date.as_ref())),
            Column::number("Số tiền (đồng)", "Amount (VND)", received),
            Column::code("Số văn bản", "Document", |r| Cell::from(r.document_number.as_str())),
            Column::text("Sửa khoản nhận", "Takes back", |r| Cell::from(r.reverses.as_str())),
            Column::text("Mã hệ thống", "Resource name", |r| Cell::from(r.name.as_str())),
            Column::text("Mã hệ thống của cam kết", "Pledge's resource name", |r| {
                Cell::from(r.pledge.as_str())
            }),
            Column::text("Mã hệ thống của kế hoạch", "Plan's resource name", |r| {
                Cell::from(r.plan.as_str())
            }),
        ],
        sample: |r| r.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| resources::wire::list_receipts(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Receipt>, Option<Page>)> {
        let found = resources::store::receipts(tx, &call.scope(), *want, page).await?;
        let (found, next) = page.turn(found, |r| vec![r.id.to_string()]);
        Ok((found.into_iter().map(resources::wire::receipt).collect(), next))
    }
}

/// What a receipt adds to its pledge: the column sums to what was received.
fn received(receipt: &pb::Receipt) -> Cell {
    let amount = receipt.amount_vnd;
    Cell::from(if receipt.reverses.is_empty() { amount } else { -amount })
}
