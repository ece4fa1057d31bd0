//! Rounds, councils, sittings and decisions.

use kit::{Call, Page, Result, Violations};
use proto::evaluation::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district, province};
use sheet::{Asked, Cell, Column, Kind, List, Sheet, asked};

use super::words;
use crate::shared::store::cursor;
use crate::sittings::wire::render;
use crate::{councils, decisions, rounds, sittings};

pub(super) struct Rounds;

impl List for Rounds {
    type Request = pb::ExportRoundsRequest;
    type Want = rounds::wire::List;
    type Row = pb::Round;
    const SHEET: Sheet<pb::Round> = Sheet {
        vi: "Đợt đánh giá",
        en: "Rounds",
        file: "dot-danh-gia",
        columns: &[
            Column::code("Năm", "Year", |r| words::year(r.year)),
            Column::text("Tên đợt", "Title", |r| Cell::from(r.title.as_str())),
            Column::text("Bộ tiêu chí", "Regime", |r| words::regime(&r.regime)),
            Column::code("Mã đơn vị", "Unit code", |r| code(&r.unit)),
            Column::text("Huyện", "District", |r| district(&r.unit)),
            Column::text("Tỉnh", "Province", |r| province(&r.unit)),
            Column::day("Ngày mở", "Opened on", |r| Cell::day(r.open_date.as_ref())),
            Column::day("Hạn nhận hồ sơ", "Dossiers by", |r| Cell::day(r.dossiers_by_date.as_ref())),
            Column::day("Hạn kết thúc", "Close by", |r| Cell::day(r.close_by_date.as_ref())),
            Column::text("Tình trạng", "State", |r| words::round_state(r.state)),
            Column::text("Mã hệ thống", "Resource name", |r| Cell::from(r.name.as_str())),
            Column::text("Mã hệ thống của hội đồng", "Council's resource name", |r| {
                Cell::from(r.council.as_str())
            }),
        ],
        sample: |r| r.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = rounds::wire::list(&list, v)?;
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
        let found = rounds::store::list(tx, &want.filter(call.scope()), page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.open_date, row.id));
        Ok((found.iter().map(rounds::wire::round).collect(), next))
    }
}

pub(super) struct Councils;

/// The members of a council, by post and role.
fn members(council: &pb::Council) -> Cell {
    let one = |member: &pb::CouncilMember| match words::role(member.role) {
        Cell::Text(role) => format!("{} ({role})", member.display_name),
        _ => member.display_name.clone(),
    };
    Cell::from(council.members.iter().map(one).collect::<Vec<_>>().join("; "))
}

fn counted(council: &pb::Council) -> Cell {
    Cell::from(i64::try_from(council.members.iter().filter(|member| member.counted).count()).unwrap_or(i64::MAX))
}

impl List for Councils {
    type Request = pb::ExportCouncilsRequest;
    type Want = councils::wire::List;
    type Row = pb::Council;
    const SHEET: Sheet<pb::Council> = Sheet {
        vi: "Hội đồng đánh giá",
        en: "Councils",
        file: "hoi-dong-danh-gia",
        columns: &[
            Column::text("Tên hội đồng", "Title", |c| Cell::from(c.title.as_str())),
            Column::text("Cấp", "Level", |c| words::level(c.level)),
            Column::code("Mã đơn vị", "Unit code", |c| code(&c.unit)),
            Column::text("Huyện", "District", |c| district(&c.unit)),
            Column::text("Tỉnh", "Province", |c| province(&c.unit)),
            Column::code("Số quyết định", "Decision", |c| Cell::from(c.decision_number.as_str())),
            Column::day("Ngày quyết định", "Decided on", |c| Cell::day(c.decision_date.as_ref())),
            Column::number("Số thành viên chấm điểm", "Counted members", counted),
            Column::text("Thành viên", "Members", members),
            Column::number("Chênh lệch tối đa", "Widest spread", |c| {
                c.spread_limit.map_or(Cell::Empty, Cell::from)
            }),
            Column::text("Mã hệ thống", "Resource name", |c| Cell::from(c.name.as_str())),
        ],
        sample: |c| c.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = councils::wire::list(&list, v)?;
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
        let found = councils::store::list(tx, &call.scope(), &want.within, page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.decision_date, row.id));
        Ok((found.iter().map(councils::wire::council).collect(), next))
    }
}

pub(super) struct Sittings;

fn result(sitting: &pb::Sitting, cell: fn(&pb::SittingResult) -> Cell) -> Cell {
    sitting.result.as_ref().map_or(Cell::Empty, cell)
}

impl List for Sittings {
    type Request = pb::ExportSittingsRequest;
    type Want = sittings::wire::List;
    type Row = pb::Sitting;
    const SHEET: Sheet<pb::Sitting> = Sheet {
        vi: "Phiên đánh giá",
        en: "Sittings",
        file: "phien-danh-gia",
        columns: &[
            Column::day("Ngày họp", "Sits on", |s| Cell::day(s.sitting_date.as_ref())),
            Column::code("Mã sản phẩm", "Product code", |s| Cell::from(s.product_code.as_str())),
            Column::text("Sản phẩm", "Product", |s| Cell::from(s.product_display_name.as_str())),
            Column::text("Bộ sản phẩm", "Product set", |s| words::set_name(&s.product_set)),
            Column::text("Các sản phẩm chung hồ sơ", "Products judged together", |s| {
                words::bundled_names(s.bundle.as_ref())
            }),
            Column::code("Mã đơn vị", "Unit code", |s| code(&s.product_unit)),
            Column::text("Xã", "Commune", |s| commune(&s.product_unit)),
            Column::text("Huyện", "District", |s| district(&s.product_unit)),
            Column::text("Tỉnh", "Province", |s| province(&s.product_unit)),
            Column::text("Loại hồ sơ", "Kind", |s| words::kind(s.kind)),
            Column::day("Ngày nộp hồ sơ", "Filed on", |s| Cell::day(s.filing_date.as_ref())),
            Column::text("Bộ tiêu chí", "Regime", |s| words::regime(&s.regime)),
            Column::text("Hình thức", "Method", |s| words::method(s.method)),
            Column::text("Tình trạng", "State", |s| words::sitting_state(s.state)),
            Column::number("Lần chấm", "Attempt", |s| Cell::from(s.attempt)),
            Column {
                vi: "Điểm trung bình",
                en: "Mean",
                kind: Kind::Decimal(2),
                of: |s| result(s, |r| words::decimal(&r.mean)),
            },
            Column::text("Kết quả", "Outcome", |s| result(s, |r| words::outcome(r.outcome))),
            Column::number("Hạng sao", "Stars", |s| result(s, |r| Cell::from(r.stars))),
            Column::text("Mã hệ thống", "Resource name", |s| Cell::from(s.name.as_str())),
            Column::text("Mã hệ thống của đợt", "Round's resource name", |s| Cell::from(s.round.as_str())),
            Column::text("Mã hệ thống của sản phẩm", "Product's resource name", |s| {
                Cell::from(s.product.as_str())
            }),
        ],
        sample: |s| s.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = sittings::wire::list(&list, v)?;
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
        let found = sittings::store::list(tx, &want.filter(call.scope()), page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.sitting.sitting_date, row.sitting.id));
        Ok((found.iter().map(render::sitting).collect::<Result<_>>()?, next))
    }
}

pub(super) struct Decisions;

impl List for Decisions {
    type Request = pb::ExportDecisionsRequest;
    type Want = decisions::wire::List;
    type Row = pb::Decision;
    const SHEET: Sheet<pb::Decision> = Sheet {
        vi: "Quyết định công nhận",
        en: "Decisions",
        file: "quyet-dinh-cong-nhan",
        columns: &[
            Column::code("Số quyết định", "Number", |d| Cell::from(d.number.as_str())),
            Column::day("Ngày quyết định", "Decided on", |d| Cell::day(d.decision_date.as_ref())),
            Column::code("Mã đơn vị", "Unit code", |d| code(&d.unit)),
            Column::text("Huyện", "District", |d| district(&d.unit)),
            Column::text("Tỉnh", "Province", |d| province(&d.unit)),
            Column::text("Cơ quan ban hành", "Authority", |d| Cell::from(d.authority.as_str())),
            Column::text("Người ký (chức vụ)", "Signed by (post)", |d| Cell::from(d.signed_by.as_str())),
            Column::number("Số sản phẩm", "Products", |d| Cell::from(d.certificate_count)),
            Column::text("Mã hệ thống", "Resource name", |d| Cell::from(d.name.as_str())),
        ],
        sample: |d| d.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = decisions::wire::list(&list, v)?;
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
        let found = decisions::store::list(tx, &call.scope(), &want.within, want.year, page).await?;
        let (found, next) = page.turn(found, |row| cursor(row.decision_date, row.id));
        Ok((found.iter().map(|row| decisions::wire::decision(row, &[])).collect(), next))
    }
}
