//! What is on its way to evaluation: candidates, bundles, dossiers.

use kit::{Call, Page, Result, Violations};
use proto::registry::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district};
use sheet::{Asked, Cell, Column, List, Sheet, asked};

use super::names::{self, Shown};
use super::register::{product_set, year};
use crate::{bundles, candidates, dossiers};

/// A resource name that a row refers to.
type Name<T> = fn(&T) -> &str;

/// Rows with the names of their products and producers.
async fn named<T>(
    tx: &DatabaseTransaction,
    found: Vec<T>,
    (product, producer): (Name<T>, Name<T>),
) -> Result<Vec<Shown<T>>>
where
    T: Default,
{
    let products = names::products(tx, found.iter().map(product)).await?;
    let producers = names::producers(tx, found.iter().map(producer)).await?;
    let shown = found.into_iter().map(|row| {
        let of = products.get(product(&row)).cloned().unwrap_or_default();
        let producer = producers.get(producer(&row)).cloned().unwrap_or_default();
        Shown { producer, product_code: of.code, product: of.display_name, row, ..Default::default() }
    });
    Ok(shown.collect())
}

pub(super) struct ProductCandidates;

fn candidate_kind(kind: i32) -> Cell {
    use pb::CandidateKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::First => "Lần đầu",
        K::Upgrade => "Nâng hạng",
        K::ReEvaluation => "Đánh giá lại",
    })
}

fn candidate_state(state: i32) -> Cell {
    use pb::CandidateState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Proposed => "Đề xuất",
        S::Accepted => "Đưa vào kế hoạch",
        S::Filed => "Đã nộp hồ sơ",
        S::Dropped => "Đã loại",
        S::CarriedOver => "Chuyển năm sau",
    })
}

impl List for ProductCandidates {
    type Request = pb::ExportProductCandidatesRequest;
    type Want = candidates::store::Filter;
    type Row = Shown<pb::ProductCandidate>;
    const SHEET: Sheet<Shown<pb::ProductCandidate>> = Sheet {
        vi: "Danh sách dự kiến đánh giá",
        en: "Candidates",
        file: "du-kien-danh-gia",
        columns: &[
            Column::code("Năm", "Year", |c| year(c.row.year)),
            Column::code("Mã sản phẩm", "Product code", |c| Cell::from(c.product_code.as_str())),
            Column::text("Sản phẩm hoặc ý tưởng", "Product or idea", |c| {
                Cell::from(c.row.display_name.as_str())
            }),
            Column::text("Bộ sản phẩm", "Product set", |c| product_set(&c.row.product_set)),
            Column::text("Chủ thể", "Producer", |c| Cell::from(c.producer.as_str())),
            Column::number("Hạng sao dự kiến", "Target stars", |c| Cell::some(c.row.target_stars)),
            Column::text("Loại đánh giá", "Kind", |c| candidate_kind(c.row.kind)),
            Column::text("Trạng thái", "State", |c| candidate_state(c.row.state)),
            Column::code("Mã đơn vị", "Unit code", |c| code(&c.row.unit)),
            Column::text("Xã", "Commune", |c| commune(&c.row.unit)),
            Column::text("Huyện", "District", |c| district(&c.row.unit)),
            Column::day("Ngày đề xuất", "Proposed on", |c| Cell::day(c.row.propose_date.as_ref())),
            Column::day("Ngày đưa vào kế hoạch", "Accepted on", |c| Cell::day(c.row.accept_date.as_ref())),
            Column::day("Ngày nộp hồ sơ", "Filed on", |c| Cell::day(c.row.file_date.as_ref())),
            Column::day("Ngày kết thúc", "Ended on", |c| Cell::day(c.row.end_date.as_ref())),
            Column::text("Lý do", "Reason", |c| Cell::from(c.row.reason.as_str())),
            Column::text("Mã hệ thống", "Resource name", |c| Cell::from(c.row.name.as_str())),
        ],
        sample: |c| c.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| candidates::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = candidates::store::candidate_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |c| vec![c.id.to_string()]);
        let found = found.into_iter().map(candidates::wire::candidate).collect();
        Ok((named(tx, found, (|c| &c.product, |c| &c.producer)).await?, next))
    }
}

pub(super) struct Bundles;

impl List for Bundles {
    type Request = pb::ExportBundlesRequest;
    type Want = bundles::store::Filter;
    type Row = Shown<pb::Bundle>;
    const SHEET: Sheet<Shown<pb::Bundle>> = Sheet {
        vi: "Bộ sản phẩm chung giấy chứng nhận",
        en: "Bundles",
        file: "bo-san-pham",
        columns: &[
            Column::code("Mã sản phẩm", "Code", |b| Cell::from(b.row.code.as_str())),
            Column::text("Tên bộ", "Name", |b| Cell::from(b.row.display_name.as_str())),
            Column::text("Sản phẩm đại diện", "Lead product", |b| Cell::from(b.product.as_str())),
            Column::number("Số sản phẩm", "Products", |b| {
                Cell::from(i32::try_from(b.row.products.len()).unwrap_or(i32::MAX))
            }),
            Column::text("Bộ sản phẩm", "Product set", |b| product_set(&b.row.product_set)),
            Column::text("Chủ thể", "Producer", |b| Cell::from(b.producer.as_str())),
            Column::code("Mã đơn vị", "Unit code", |b| code(&b.row.unit)),
            Column::text("Xã", "Commune", |b| commune(&b.row.unit)),
            Column::text("Huyện", "District", |b| district(&b.row.unit)),
            Column::day("Ngày lập", "Formed on", |b| Cell::day(b.row.form_date.as_ref())),
            Column::day("Ngày tách", "Dissolved on", |b| Cell::day(b.row.dissolve_date.as_ref())),
            Column::text("Lý do tách", "Reason", |b| Cell::from(b.row.reason.as_str())),
            Column::text("Mã hệ thống", "Resource name", |b| Cell::from(b.row.name.as_str())),
            Column::text("Mã hệ thống các sản phẩm", "Resource names of the products", |b| {
                Cell::from(b.row.products.join(", "))
            }),
        ],
        sample: |b| b.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| bundles::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = bundles::store::bundle_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |b| vec![b.id.to_string()]);
        let found = found.into_iter().map(bundles::wire::bundle).collect();
        Ok((named(tx, found, (|b| &b.lead, |b| &b.producer)).await?, next))
    }
}

pub(super) struct Dossiers;

fn dossier_kind(kind: i32) -> Cell {
    use pb::DossierKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::First => "Lần đầu",
        K::Upgrade => "Nâng hạng",
        K::ReEvaluation => "Đánh giá lại",
    })
}

pub(super) fn dossier_state(state: i32) -> Cell {
    use pb::DossierState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Draft => "Đang lập",
        S::Submitted => "Đã nộp cấp xã",
        S::UnderCommuneAssessment => "Cấp xã đang đánh giá",
        S::Returned => "Trả lại",
        S::Forwarded => "Đã chuyển cấp trên",
        S::Sealed => "Đã niêm phong",
        S::Withdrawn => "Đã rút",
        S::Rejected => "Không tiếp nhận",
    })
}

impl List for Dossiers {
    type Request = pb::ExportDossiersRequest;
    type Want = dossiers::store::Filter;
    type Row = Shown<pb::Dossier>;
    const SHEET: Sheet<Shown<pb::Dossier>> = Sheet {
        vi: "Hồ sơ",
        en: "Dossiers",
        file: "ho-so",
        columns: &[
            Column::code("Mã sản phẩm", "Product code", |d| Cell::from(d.product_code.as_str())),
            Column::text("Sản phẩm", "Product", |d| Cell::from(d.product.as_str())),
            Column::number("Số sản phẩm", "Products", |d| {
                Cell::from(i32::try_from(d.row.products.len()).unwrap_or(i32::MAX))
            }),
            Column::text("Chủ thể", "Producer", |d| Cell::from(d.producer.as_str())),
            Column::text("Bộ sản phẩm", "Product set", |d| product_set(&d.row.product_set)),
            Column::text("Loại hồ sơ", "Kind", |d| dossier_kind(d.row.kind)),
            Column::text("Trạng thái", "State", |d| dossier_state(d.row.state)),
            Column::number("Lần nộp", "Round", |d| Cell::from(d.row.round)),
            Column::day("Ngày nộp đầu", "Filed on", |d| Cell::day(d.row.filing_date.as_ref())),
            Column::day("Ngày nộp sau cùng", "Submitted on", |d| Cell::day(d.row.submit_date.as_ref())),
            Column::day("Hạn cấp xã", "Due on", |d| Cell::day(d.row.due_date.as_ref())),
            Column::text("Quá hạn", "Overdue", |d| Cell::cross(d.row.overdue)),
            Column::day("Ngày niêm phong", "Sealed on", |d| Cell::day(d.row.seal_date.as_ref())),
            Column::day("Ngày kết thúc", "Ended on", |d| Cell::day(d.row.end_date.as_ref())),
            Column::text("Lý do", "Reason", |d| Cell::from(d.row.reason.as_str())),
            Column::code("Số phiếu cấp xã", "Commune slip", |d| Cell::from(d.row.commune_slip.as_str())),
            Column::code("Giấy chứng nhận", "Certificate", |d| Cell::from(d.row.certificate.as_str())),
            Column::code("Mã đơn vị", "Unit code", |d| code(&d.row.unit)),
            Column::text("Xã", "Commune", |d| commune(&d.row.unit)),
            Column::text("Huyện", "District", |d| district(&d.row.unit)),
            Column::text("Mã hệ thống", "Resource name", |d| Cell::from(d.row.name.as_str())),
        ],
        sample: |d| d.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| dossiers::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = dossiers::store::dossier_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |d| vec![d.row.id.to_string()]);
        let found = found.into_iter().map(|d| dossiers::wire::dossier(d, want.as_of)).collect::<Result<_>>()?;
        Ok((named(tx, found, (|d| &d.product, |d| &d.producer)).await?, next))
    }
}
