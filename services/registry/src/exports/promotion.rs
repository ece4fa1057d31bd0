//! Fairs, applications with their results, support packages and review visits.

use kit::{Call, Page, Result, Violations};
use proto::registry::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district};
use sheet::{Asked, Cell, Column, List, Sheet, asked};

use super::names::{self, Shown};
use super::register::year;
use crate::promotion::store::Fair;
use crate::visits::store::Visit;
use crate::{promotion, support, visits};

pub(super) struct Fairs;

fn location(location: i32) -> Cell {
    use pb::FairLocation as L;
    Cell::from(match L::try_from(location).unwrap_or_default() {
        L::Unspecified => "",
        L::Inside => "Trong tỉnh",
        L::Outside => "Ngoài tỉnh",
    })
}

fn fair_state(state: i32) -> Cell {
    use pb::FairState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Planned => "Dự kiến",
        S::Open => "Đang nhận đăng ký",
        S::Closed => "Đã đóng đăng ký",
        S::Held => "Đã tổ chức",
        S::Cancelled => "Đã hủy",
    })
}

impl List for Fairs {
    type Request = pb::ExportFairsRequest;
    type Want = promotion::store::FairFilter;
    type Row = pb::Fair;
    const SHEET: Sheet<pb::Fair> = Sheet {
        vi: "Hội chợ, triển lãm",
        en: "Fairs",
        file: "hoi-cho",
        columns: &[
            Column::text("Tên hội chợ", "Title", |f| Cell::from(f.title.as_str())),
            Column::text("Đơn vị tổ chức", "Organiser", |f| Cell::from(f.organiser.as_str())),
            Column::text("Địa điểm", "Place", |f| Cell::from(f.place.as_str())),
            Column::text("Phạm vi", "Location", |f| location(f.location)),
            Column::code("Mã đơn vị", "Unit code", |f| code(&f.unit)),
            Column::day("Từ ngày", "From", |f| Cell::day(f.begin_date.as_ref())),
            Column::day("Đến ngày", "Until", |f| Cell::day(f.end_date.as_ref())),
            Column::day("Nhận đăng ký từ", "Call from", |f| Cell::day(f.call_begin_date.as_ref())),
            Column::day("Nhận đăng ký đến", "Call until", |f| Cell::day(f.call_end_date.as_ref())),
            Column::number("Số gian hàng", "Places", |f| Cell::from(f.places)),
            Column::number("Đã chọn", "Chosen", |f| Cell::from(f.chosen)),
            Column::code("Số quyết định", "Decision", |f| Cell::from(f.decision_number.as_str())),
            Column::day("Ngày quyết định", "Decided on", |f| Cell::day(f.decision_date.as_ref())),
            Column::text("Trạng thái", "State", |f| fair_state(f.state)),
            Column::text("Lý do hủy", "Reason", |f| Cell::from(f.cancel_reason.as_str())),
            Column::text("Mã hệ thống", "Resource name", |f| Cell::from(f.name.as_str())),
        ],
        sample: |f| f.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| promotion::wire::list_fairs(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        _: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Fair>, Option<Page>)> {
        let found = promotion::store::fair_list(tx, want, page).await?;
        let (found, next) = page.turn(found, |f: &Fair| kit::rows::cursor(kit::day::iso(f.begin_date), f.id));
        Ok((found.into_iter().map(promotion::wire::fair).collect(), next))
    }
}

pub(super) struct Applications;

type ShownApplication = Shown<pb::Application>;

fn application_state(state: i32) -> Cell {
    use pb::ApplicationState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Applied => "Đã đăng ký",
        S::Chosen => "Được chọn",
        S::Refused => "Không được chọn",
        S::Withdrawn => "Đã rút",
    })
}

/// What was reported; a result that was is shown with its zeros.
fn result(a: &ShownApplication, of: fn(&pb::FairResult) -> Cell) -> Cell {
    a.row.result.as_ref().map_or(Cell::Empty, of)
}

impl List for Applications {
    type Request = pb::ExportApplicationsRequest;
    type Want = promotion::store::ApplicationFilter;
    type Row = ShownApplication;
    const SHEET: Sheet<ShownApplication> = Sheet {
        vi: "Đăng ký tham gia hội chợ",
        en: "Applications to fairs",
        file: "dang-ky-hoi-cho",
        columns: &[
            Column::text("Hội chợ", "Fair", |a| Cell::from(a.fair.as_str())),
            Column::code("Mã sản phẩm", "Product code", |a| Cell::from(a.product_code.as_str())),
            Column::text("Sản phẩm", "Product", |a| Cell::from(a.product.as_str())),
            Column::text("Chủ thể", "Producer", |a| Cell::from(a.producer.as_str())),
            Column::code("Mã đơn vị", "Unit code", |a| code(&a.row.unit)),
            Column::text("Xã", "Commune", |a| commune(&a.row.unit)),
            Column::text("Huyện", "District", |a| district(&a.row.unit)),
            Column::text("Trạng thái", "State", |a| application_state(a.row.state)),
            Column::day("Ngày đăng ký", "Applied on", |a| Cell::day(a.row.apply_date.as_ref())),
            Column::day("Ngày quyết định", "Decided on", |a| Cell::day(a.row.decide_date.as_ref())),
            Column::day("Ngày rút", "Withdrawn on", |a| Cell::day(a.row.withdraw_date.as_ref())),
            Column::text("Lý do", "Reason", |a| Cell::from(a.row.reason.as_str())),
            Column::day("Ngày báo cáo", "Reported on", |a| result(a, |r| Cell::day(r.report_date.as_ref()))),
            Column::number("Doanh thu (đồng)", "Sales (VND)", |a| result(a, |r| Cell::from(r.sales_vnd))),
            Column::number("Số hợp đồng", "Contracts", |a| result(a, |r| Cell::from(r.contracts))),
            Column::number("Giá trị hợp đồng (đồng)", "Contracts (VND)", |a| {
                result(a, |r| Cell::from(r.contracts_vnd))
            }),
            Column::text("Khách tham quan", "Visitors", |a| result(a, |r| Cell::from(r.visitors_note.as_str()))),
            Column::text("Mã hệ thống", "Resource name", |a| Cell::from(a.row.name.as_str())),
        ],
        sample: |a| a.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| promotion::wire::list_applications(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<ShownApplication>, Option<Page>)> {
        let found = promotion::store::application_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |a| vec![a.id.to_string()]);
        let found: Vec<pb::Application> = found.into_iter().map(promotion::wire::application).collect();
        let products = names::products(tx, found.iter().map(|a| a.product.as_str())).await?;
        let fairs = names::fairs(tx, found.iter().map(|a| a.fair.as_str())).await?;
        let shown = found.into_iter().map(|row| {
            let product = products.get(&row.product).cloned().unwrap_or_default();
            Shown {
                producer: product.producer,
                product_code: product.code,
                product: product.display_name,
                fair: fairs.get(&row.fair).cloned().unwrap_or_default(),
                row,
                ..Default::default()
            }
        });
        Ok((shown.collect(), next))
    }
}

pub(super) struct SupportPackages;

type ShownSupport = Shown<pb::SupportPackage>;

fn support_kind(kind: i32) -> Cell {
    use pb::SupportKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::Packaging => "Bao bì, nhãn mác",
        K::TraceStamps => "Tem truy xuất nguồn gốc",
        K::Machinery => "Máy móc, thiết bị",
        K::TradePromotion => "Xúc tiến thương mại",
        K::OnlineSales => "Bán hàng trực tuyến",
        K::Certification => "Chứng nhận, kiểm nghiệm",
        K::Other => "Khác",
    })
}

fn support_state(state: i32) -> Cell {
    use pb::SupportState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Proposed => "Đề nghị",
        S::Approved => "Đã duyệt",
        S::Delivered => "Đã hỗ trợ",
        S::Refused => "Từ chối",
        S::Cancelled => "Đã hủy",
    })
}

impl List for SupportPackages {
    type Request = pb::ExportSupportPackagesRequest;
    type Want = support::store::Filter;
    type Row = ShownSupport;
    const SHEET: Sheet<ShownSupport> = Sheet {
        vi: "Gói hỗ trợ",
        en: "Support packages",
        file: "goi-ho-tro",
        columns: &[
            Column::code("Mã sản phẩm", "Product code", |s| Cell::from(s.product_code.as_str())),
            Column::text("Sản phẩm", "Product", |s| Cell::from(s.product.as_str())),
            Column::text("Chủ thể", "Producer", |s| Cell::from(s.producer.as_str())),
            Column::code("Mã đơn vị", "Unit code", |s| code(&s.row.unit)),
            Column::text("Xã", "Commune", |s| commune(&s.row.unit)),
            Column::text("Huyện", "District", |s| district(&s.row.unit)),
            Column::code("Năm công nhận", "Recognised in", |s| year(s.row.recognition_year)),
            Column::code("Năm hỗ trợ", "Year", |s| year(s.row.year)),
            Column::text("Loại hỗ trợ", "Kind", |s| support_kind(s.row.kind)),
            Column::text("Nội dung", "Description", |s| Cell::from(s.row.description.as_str())),
            Column::number("Số tiền (đồng)", "Amount (VND)", |s| Cell::from(s.row.amount_vnd)),
            Column::text("Trạng thái", "State", |s| support_state(s.row.state)),
            Column::day("Ngày đề nghị", "Proposed on", |s| Cell::day(s.row.propose_date.as_ref())),
            Column::code("Số quyết định", "Decision", |s| Cell::from(s.row.decision_number.as_str())),
            Column::day("Ngày quyết định", "Decided on", |s| Cell::day(s.row.decision_date.as_ref())),
            Column::day("Ngày hỗ trợ", "Delivered on", |s| Cell::day(s.row.deliver_date.as_ref())),
            Column::text("Lý do", "Reason", |s| Cell::from(s.row.reason.as_str())),
            Column::text("Mã hệ thống", "Resource name", |s| Cell::from(s.row.name.as_str())),
        ],
        sample: |s| s.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| support::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<ShownSupport>, Option<Page>)> {
        let found = support::store::support_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |(s, _)| vec![s.id.to_string()]);
        let found: Vec<pb::SupportPackage> = found.into_iter().map(|(s, _)| support::wire::support(s)).collect();
        let products = names::products(tx, found.iter().map(|s| s.product.as_str())).await?;
        let shown = found.into_iter().map(|row| {
            let product = products.get(&row.product).cloned().unwrap_or_default();
            Shown {
                producer: product.producer,
                product_code: product.code,
                product: product.display_name,
                row,
                ..Default::default()
            }
        });
        Ok((shown.collect(), next))
    }
}

pub(super) struct Visits;

/// A line for each step: what, until when, done when.
fn steps(visit: &pb::Visit) -> Cell {
    let day = |date: Option<&proto::google::r#type::Date>| date.and_then(kit::day::of).map(kit::day::text);
    let line = |step: &pb::VisitStep| {
        let due = day(step.due_date.as_ref()).map(|due| format!(" (hạn {due}")).unwrap_or_default();
        let done = day(step.done_date.as_ref()).map(|done| format!(", xong {done}")).unwrap_or_default();
        let end = if due.is_empty() { "" } else { ")" };
        format!("{}{due}{done}{end}", step.title)
    };
    Cell::from(visit.steps.iter().map(line).collect::<Vec<_>>().join("\n"))
}

impl List for Visits {
    type Request = pb::ExportVisitsRequest;
    type Want = visits::store::Filter;
    type Row = pb::Visit;
    const SHEET: Sheet<pb::Visit> = Sheet {
        vi: "Rà soát địa phương",
        en: "Review visits",
        file: "ra-soat",
        columns: &[
            Column::day("Ngày rà soát", "Visited on", |v| Cell::day(v.visit_date.as_ref())),
            Column::code("Mã đơn vị", "Unit code", |v| code(&v.unit)),
            Column::text("Xã", "Commune", |v| commune(&v.unit)),
            Column::text("Huyện", "District", |v| district(&v.unit)),
            Column::text("Kết quả", "Findings", |v| Cell::from(v.findings.as_str())),
            Column::number("Số cán bộ", "Officers", |v| count(v.officers.len())),
            Column::number("Số sản phẩm tiềm năng", "Candidates", |v| count(v.candidates.len())),
            Column::text("Việc tiếp theo", "Next steps", steps),
            Column::text("Mã hệ thống", "Resource name", |v| Cell::from(v.name.as_str())),
        ],
        sample: |v| v.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| visits::wire::list_visits(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Visit>, Option<Page>)> {
        let found = visits::store::visit_list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |v: &Visit| kit::rows::cursor(kit::day::iso(v.visit_date), v.id));
        Ok((found.into_iter().map(visits::wire::visit).collect(), next))
    }
}

fn count(number: usize) -> Cell {
    i64::try_from(number).map_or(Cell::Empty, Cell::Number)
}
