//! Certificates, and what another system takes over.

use kit::{Call, Page, Result, Violations};
use proto::evaluation::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district, province};
use sheet::{Asked, Cell, Column, Kind, List, Sheet, asked};

use super::words;
use crate::certificates::domain::windows;
use crate::handover::api::{key_of_certificate, key_of_result, recognised, recognitions};
use crate::{certificates, handover, sittings};

/// A column of product, producer or place.
fn of<R: 'static>(
    row: &R,
    product: fn(&R) -> Option<&pb::HandoverProduct>,
    cell: fn(&pb::HandoverProduct) -> Cell,
) -> Cell {
    product(row).map_or(Cell::Empty, cell)
}

fn recognised_product(row: &pb::HandoverRow) -> Option<&pb::HandoverProduct> {
    row.product.as_ref()
}

fn judged_product(row: &pb::ResultRow) -> Option<&pb::HandoverProduct> {
    row.product.as_ref()
}

fn certificate(row: &pb::HandoverRow, cell: fn(&pb::Certificate) -> Cell) -> Cell {
    row.certificate.as_ref().map_or(Cell::Empty, cell)
}

fn sample(row: &pb::HandoverRow) -> bool {
    row.certificate.as_ref().is_some_and(|certificate| certificate.sample)
}

/// The day of a decision, or the stretch in which it lies.
fn decided(c: &pb::Certificate) -> Cell {
    let day =
        |date: Option<&proto::google::r#type::Date>| date.map(|d| format!("{:02}/{:02}/{}", d.day, d.month, d.year));
    match c.decision_date.as_ref() {
        Some(date) => Cell::day(Some(date)),
        None => {
            let (from, to) = (day(c.earliest_decision_date.as_ref()), day(c.latest_decision_date.as_ref()));
            Cell::from(format!("{} – {}", from.unwrap_or_default(), to.unwrap_or_default()))
        }
    }
}

const DECIMAL: Kind = Kind::Decimal(2);

pub(super) struct Certificates;

impl List for Certificates {
    type Request = pb::ExportCertificatesRequest;
    type Want = certificates::wire::List;
    type Row = pb::HandoverRow;
    const SHEET: Sheet<pb::HandoverRow> = Sheet {
        vi: "Giấy chứng nhận",
        en: "Certificates",
        file: "giay-chung-nhan",
        columns: &[
            Column::code("Số giấy chứng nhận", "Number", |r| certificate(r, |c| Cell::from(c.number.as_str()))),
            Column::code("Mã sản phẩm", "Product code", |r| {
                certificate(r, |c| Cell::from(c.product_code.as_str()))
            }),
            Column::text("Sản phẩm", "Product", |r| {
                certificate(r, |c| Cell::from(c.product_display_name.as_str()))
            }),
            Column::text("Chủ thể", "Producer", |r| {
                of(r, recognised_product, |p| Cell::from(p.producer_display_name.as_str()))
            }),
            Column::code("Mã số thuế", "Tax code", |r| {
                of(r, recognised_product, |p| Cell::from(p.tax_code.as_str()))
            }),
            Column::code("Mã đơn vị", "Unit code", |r| certificate(r, |c| code(&c.unit))),
            Column::text("Xã", "Commune", |r| certificate(r, |c| commune(&c.unit))),
            Column::text("Huyện", "District", |r| certificate(r, |c| district(&c.unit))),
            Column::text("Tỉnh", "Province", |r| certificate(r, |c| province(&c.unit))),
            Column::number("Hạng sao", "Stars", |r| certificate(r, |c| Cell::from(c.stars))),
            Column::code("Số quyết định", "Decision", |r| {
                certificate(r, |c| Cell::from(c.decision_number.as_str()))
            }),
            Column::day("Ngày quyết định", "Decided on", |r| certificate(r, decided)),
            Column::text("Cơ quan cấp", "Authority", |r| certificate(r, |c| Cell::from(c.authority.as_str()))),
            Column::day("Hết hiệu lực từ", "Out on", |r| certificate(r, |c| Cell::day(c.end_date.as_ref()))),
            Column::text("Tình trạng", "Status", |r| certificate(r, |c| words::status(c.status))),
            Column::day("Tình trạng ngày", "Status on", |r| certificate(r, |c| Cell::day(c.as_of.as_ref()))),
            Column::text("Công nhận lần đầu", "First recognition", |r| {
                certificate(r, |c| Cell::cross(c.first_recognition))
            }),
            Column::text("Bộ tiêu chí", "Regime", |r| certificate(r, |c| words::regime(&c.regime))),
            Column::text("Nguồn", "Source", |r| certificate(r, |c| Cell::from(c.source_text.as_str()))),
            Column::text("Mã hệ thống", "Resource name", |r| certificate(r, |c| Cell::from(c.name.as_str()))),
            Column::text("Mã hệ thống của sản phẩm", "Product's resource name", |r| {
                certificate(r, |c| Cell::from(c.product.as_str()))
            }),
            Column::text("Các sản phẩm chung giấy", "Products under it", |r| {
                certificate(r, |c| words::bundled_names(c.bundle.as_ref()))
            }),
            Column::text("Mã các sản phẩm chung giấy", "Their codes", |r| {
                certificate(r, |c| words::bundled_codes(c.bundle.as_ref()))
            }),
        ],
        sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = certificates::wire::list(&list, v)?;
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
        let found = certificates::store::list(tx, &want.filter(call.scope()), &windows(), page).await?;
        let (found, next) = page.turn(found, key_of_certificate);
        // Without their sittings, so that nothing is told that the scope would hide.
        let scope = call.scope();
        let row = |standing: &_| handover::wire::recognition(standing, None, &scope, want.as_of);
        Ok((found.iter().map(row).collect::<Result<_>>()?, next))
    }
}

pub(super) struct Results;

impl List for Results {
    type Request = pb::ExportResultsRequest;
    type Want = handover::wire::Results;
    type Row = pb::ResultRow;
    const SHEET: Sheet<pb::ResultRow> = Sheet {
        vi: "Kết quả đánh giá, phân hạng",
        en: "Results",
        file: "ket-qua-danh-gia",
        columns: &[
            Column::code("Mã sản phẩm", "Product code", |r| {
                of(r, judged_product, |p| Cell::from(p.code.as_str()))
            }),
            Column::text("Mã theo", "Code's form", |r| of(r, judged_product, |p| words::code_form(p.code_form))),
            Column::text("Sản phẩm", "Product", |r| of(r, judged_product, |p| Cell::from(p.display_name.as_str()))),
            Column::number("Bộ số", "Set number", |r| of(r, judged_product, |p| Cell::some(p.set_number))),
            Column::text("Bộ sản phẩm", "Product set", |r| {
                of(r, judged_product, |p| words::set_name(&p.product_set))
            }),
            Column::text("Nhóm", "Group", |r| of(r, judged_product, |p| words::group(&p.product_set))),
            Column::text("Chủ thể", "Producer", |r| {
                of(r, judged_product, |p| Cell::from(p.producer_display_name.as_str()))
            }),
            Column::text("Loại hình", "Legal form", |r| of(r, judged_product, |p| words::legal_form(p.legal_form))),
            Column::code("Mã số thuế", "Tax code", |r| of(r, judged_product, |p| Cell::from(p.tax_code.as_str()))),
            Column::code("Mã đơn vị", "Unit code", |r| of(r, judged_product, |p| code(&p.unit))),
            Column::text("Xã", "Commune", |r| of(r, judged_product, |p| commune(&p.unit))),
            Column::text("Huyện", "District", |r| of(r, judged_product, |p| district(&p.unit))),
            Column::text("Tỉnh", "Province", |r| of(r, judged_product, |p| province(&p.unit))),
            Column::text("Bộ tiêu chí", "Regime", |r| of(r, judged_product, |p| words::regime(&p.regime))),
            Column::text("Loại hồ sơ", "Kind", |r| words::kind(r.kind)),
            Column::day("Ngày nộp hồ sơ", "Filed on", |r| Cell::day(r.filing_date.as_ref())),
            Column::day("Ngày họp", "Sat on", |r| Cell::day(r.sitting_date.as_ref())),
            Column::number("Số phiếu tính điểm", "Sheets counted", |r| Cell::from(r.members)),
            Column { vi: "Điểm trung bình", en: "Mean", kind: DECIMAL, of: |r| words::decimal(&r.mean) },
            Column::text("Kết quả", "Outcome", |r| words::outcome(r.outcome)),
            Column::number("Hạng sao", "Stars", |r| Cell::from(r.stars)),
            Column::code("Mã kiểm tra kết quả", "Result digest", |r| Cell::from(r.result_digest.as_str())),
            Column::text("Mã hệ thống", "Resource name", |r| Cell::from(r.sitting.as_str())),
            Column::text("Mã hệ thống của đợt", "Round's resource name", |r| Cell::from(r.round.as_str())),
            Column::text("Mã hệ thống của quyết định", "Decision's resource name", |r| {
                Cell::from(r.decision.as_str())
            }),
            Column::text("Các sản phẩm chung hồ sơ", "Products judged together", |r| {
                of(r, judged_product, |p| words::bundled_names(p.bundle.as_ref()))
            }),
            Column::text("Mã các sản phẩm chung hồ sơ", "Their codes", |r| {
                of(r, judged_product, |p| words::bundled_codes(p.bundle.as_ref()))
            }),
        ],
        sample: |r| r.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = handover::wire::list_results(&list, v)?;
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
        let found = sittings::store::finished(tx, &want.filter(call.scope()), page).await?;
        let (found, next) = page.turn(found, key_of_result);
        Ok((found.iter().map(handover::wire::result).collect::<Result<_>>()?, next))
    }
}

pub(super) struct Handover;

impl List for Handover {
    type Request = pb::ExportHandoverRequest;
    type Want = handover::wire::Handover;
    type Row = pb::HandoverRow;
    const SHEET: Sheet<pb::HandoverRow> = Sheet {
        vi: "Sản phẩm OCOP được công nhận",
        en: "Recognised products",
        file: "ban-giao",
        columns: &[
            Column::code("Mã sản phẩm", "Product code", |r| {
                of(r, recognised_product, |p| Cell::from(p.code.as_str()))
            }),
            Column::text("Mã theo", "Code's form", |r| of(r, recognised_product, |p| words::code_form(p.code_form))),
            Column::code("Mã khi đăng ký", "Registered code", |r| {
                of(r, recognised_product, |p| Cell::from(p.registered_code.as_str()))
            }),
            Column::text("Sản phẩm", "Product", |r| {
                of(r, recognised_product, |p| Cell::from(p.display_name.as_str()))
            }),
            Column::number("Bộ số", "Set number", |r| of(r, recognised_product, |p| Cell::some(p.set_number))),
            Column::text("Bộ sản phẩm", "Product set", |r| {
                of(r, recognised_product, |p| words::set_name(&p.product_set))
            }),
            Column::text("Nhóm", "Group", |r| of(r, recognised_product, |p| words::group(&p.product_set))),
            Column::text("Chủ thể", "Producer", |r| {
                of(r, recognised_product, |p| Cell::from(p.producer_display_name.as_str()))
            }),
            Column::text("Loại hình", "Legal form", |r| {
                of(r, recognised_product, |p| words::legal_form(p.legal_form))
            }),
            Column::code("Mã số thuế", "Tax code", |r| {
                of(r, recognised_product, |p| Cell::from(p.tax_code.as_str()))
            }),
            Column::code("Mã đơn vị", "Unit code", |r| of(r, recognised_product, |p| code(&p.unit))),
            Column::text("Xã", "Commune", |r| of(r, recognised_product, |p| commune(&p.unit))),
            Column::text("Huyện", "District", |r| of(r, recognised_product, |p| district(&p.unit))),
            Column::text("Tỉnh", "Province", |r| of(r, recognised_product, |p| province(&p.unit))),
            Column::text("Bộ tiêu chí", "Regime", |r| of(r, recognised_product, |p| words::regime(&p.regime))),
            Column::text("Loại hồ sơ", "Kind", |r| words::kind(r.kind)),
            Column::day("Ngày họp", "Sat on", |r| Cell::day(r.sitting_date.as_ref())),
            Column { vi: "Điểm trung bình", en: "Mean", kind: DECIMAL, of: |r| words::decimal(&r.mean) },
            Column::number("Hạng sao", "Stars", |r| certificate(r, |c| Cell::from(c.stars))),
            Column::code("Số quyết định", "Decision", |r| {
                certificate(r, |c| Cell::from(c.decision_number.as_str()))
            }),
            Column::day("Ngày quyết định", "Decided on", |r| certificate(r, decided)),
            Column::text("Cơ quan công nhận", "Authority", |r| {
                certificate(r, |c| Cell::from(c.authority.as_str()))
            }),
            Column::code("Số giấy chứng nhận", "Certificate", |r| {
                certificate(r, |c| Cell::from(c.number.as_str()))
            }),
            Column::day("Hết hiệu lực từ", "Out on", |r| certificate(r, |c| Cell::day(c.end_date.as_ref()))),
            Column::text("Tình trạng", "Status", |r| certificate(r, |c| words::status(c.status))),
            Column::day("Tình trạng ngày", "Status on", |r| certificate(r, |c| Cell::day(c.as_of.as_ref()))),
            Column::text("Mã hệ thống", "Resource name", |r| certificate(r, |c| Cell::from(c.name.as_str()))),
            Column::text("Các sản phẩm chung giấy", "Products under it", |r| {
                of(r, recognised_product, |p| words::bundled_names(p.bundle.as_ref()))
            }),
            Column::text("Mã các sản phẩm chung giấy", "Their codes", |r| {
                of(r, recognised_product, |p| words::bundled_codes(p.bundle.as_ref()))
            }),
        ],
        sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| {
            let want = handover::wire::list_handover(&list, v)?;
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
        let (found, next) = page.turn(recognised(tx, call, want, page).await?, key_of_certificate);
        Ok((recognitions(tx, call, found, want.as_of).await?, next))
    }
}
