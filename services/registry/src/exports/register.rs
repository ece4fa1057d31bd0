//! Units, producers, products and evidence.

use kit::{Call, Page, Result, Violations};
use proto::registry::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};
use time::Date;

use super::names::{self, Shown};
use crate::producers::store::Producer;
use crate::{evidence, producers, products, units};

pub(super) struct Units;

pub(super) fn unit_type(kind: i32) -> Cell {
    use pb::UnitType as T;
    Cell::from(match T::try_from(kind).unwrap_or_default() {
        T::Unspecified => "",
        T::Country => "Quốc gia",
        T::Province => "Tỉnh",
        T::CentralCity => "Thành phố trực thuộc trung ương",
        T::District => "Huyện",
        T::UrbanDistrict => "Quận",
        T::Town => "Thị xã",
        T::ProvincialCity => "Thành phố thuộc tỉnh",
        T::Commune => "Xã",
        T::Ward => "Phường",
        T::Township => "Thị trấn",
    })
}

impl List for Units {
    type Request = pb::ExportUnitsRequest;
    type Want = units::wire::List;
    type Row = pb::Unit;
    const SHEET: Sheet<pb::Unit> = Sheet {
        vi: "Đơn vị hành chính",
        en: "Administrative units",
        file: "don-vi-hanh-chinh",
        columns: &[
            Column::code("Mã đơn vị", "Code", |u| Cell::from(u.code.as_str())),
            Column::text("Tên đơn vị", "Name", |u| Cell::from(u.display_name.as_str())),
            Column::text("Loại", "Type", |u| unit_type(u.r#type)),
            Column::code("Mã cấp trên", "Parent's code", |u| code(&u.parent)),
            Column::text("Huyện", "District", |u| district(&u.name)),
            Column::text("Tỉnh", "Province", |u| province(&u.name)),
            Column::day("Từ ngày", "From", |u| Cell::day(u.valid_from.as_ref())),
            Column::day("Đến ngày", "Until", |u| Cell::day(u.valid_to.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |u| Cell::from(u.name.as_str())),
        ],
        sample: |_| false,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| {
            let want = units::wire::list_units(&list, v)?;
            let page = want.page.clone();
            Some((want, page))
        };
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        _: &DatabaseTransaction,
        _: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Unit>, Option<Page>)> {
        let (units, next) = page.turn(units::api::page(want, page), |unit| vec![unit.code.clone()]);
        Ok((units.into_iter().map(units::wire::unit).collect(), next))
    }

    fn map(want: &Self::Want) -> Option<Date> {
        Some(want.as_of)
    }
}

pub(super) struct Producers;

pub(super) fn legal_form(form: i32) -> Cell {
    use pb::LegalForm as F;
    Cell::from(match F::try_from(form).unwrap_or_default() {
        F::Unspecified => "",
        F::Company => "Doanh nghiệp",
        F::Cooperative => "Hợp tác xã",
        F::CooperativeGroup => "Tổ hợp tác",
        F::Household => "Hộ sản xuất kinh doanh",
        F::Farm => "Trang trại",
        F::TourismBody => "Tổ chức du lịch cộng đồng",
        F::Facility => "Cơ sở sản xuất",
    })
}

impl List for Producers {
    type Request = pb::ExportProducersRequest;
    type Want = producers::store::Filter;
    type Row = pb::Producer;
    const SHEET: Sheet<pb::Producer> = Sheet {
        vi: "Chủ thể",
        en: "Producers",
        file: "chu-the",
        columns: &[
            Column::text("Tên chủ thể", "Name", |p| Cell::from(p.display_name.as_str())),
            Column::text("Loại hình", "Legal form", |p| legal_form(p.legal_form)),
            Column::code("Mã số thuế", "Tax code", |p| Cell::from(p.tax_code.as_str())),
            Column::code("Mã đơn vị", "Unit code", |p| code(&p.unit)),
            Column::text("Xã", "Commune", |p| commune(&p.unit)),
            Column::text("Huyện", "District", |p| district(&p.unit)),
            Column::text("Tỉnh", "Province", |p| province(&p.unit)),
            Column::day("Ngày đăng ký", "Registered on", |p| Cell::day(p.registration_date.as_ref())),
            Column::day("Ngày xóa", "Deleted on", |p| Cell::day_of(p.delete_time.as_ref())),
            Column::text("Gộp vào", "Merged into", |p| Cell::from(p.merged_into.as_str())),
            Column::text("Mã hệ thống", "Resource name", |p| Cell::from(p.name.as_str())),
        ],
        sample: |p| p.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| producers::wire::list_producers(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Producer>, Option<Page>)> {
        let found = producers::store::producer_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |(p, _): &(Producer, _)| kit::rows::cursor(&p.sort_key, p.id));
        Ok((found.into_iter().map(|(p, _)| producers::wire::producer(p)).collect(), next))
    }
}

pub(super) struct Products;

pub(super) fn product_set(name: &str) -> Cell {
    let set = name.strip_prefix("productSets/").and_then(reference::products::set);
    set.map_or_else(|| Cell::from(name), |set| Cell::from(set.name_vi.as_str()))
}

fn recognition(p: &pb::Product) -> Cell {
    use pb::RecognitionState as S;
    Cell::from(match p.recognition.as_ref().map(pb::Recognition::state).unwrap_or_default() {
        S::Unspecified => "",
        S::Never => "Chưa công nhận",
        S::InForce => "Còn hiệu lực",
        S::Lapsed => "Hết hiệu lực",
        S::Suspended => "Đang đình chỉ",
    })
}

impl List for Products {
    type Request = pb::ExportProductsRequest;
    type Want = products::store::Filter;
    type Row = pb::Product;
    const SHEET: Sheet<pb::Product> = Sheet {
        vi: "Sản phẩm",
        en: "Products",
        file: "san-pham",
        columns: &[
            Column::code("Mã sản phẩm", "Code", |p| Cell::from(p.code.as_str())),
            Column::text("Tên sản phẩm", "Name", |p| Cell::from(p.display_name.as_str())),
            Column::text("Bộ sản phẩm", "Product set", |p| product_set(&p.product_set)),
            Column::text("Chủ thể", "Producer", |p| Cell::from(p.producer_display_name.as_str())),
            Column::code("Mã đơn vị", "Unit code", |p| code(&p.unit)),
            Column::text("Xã", "Commune", |p| commune(&p.unit)),
            Column::text("Huyện", "District", |p| district(&p.unit)),
            Column::text("Tỉnh", "Province", |p| province(&p.unit)),
            Column::day("Ngày đăng ký", "Registered on", |p| Cell::day(p.registration_date.as_ref())),
            Column::code("Năm dự kiến", "Target year", |p| year(p.target_year)),
            Column::number("Hạng sao dự kiến", "Target stars", |p| Cell::some(p.target_stars)),
            Column::number("Hạng sao", "Stars", |p| {
                p.recognition.as_ref().map_or(Cell::Empty, |r| Cell::some(r.stars))
            }),
            Column::text("Tình trạng công nhận", "Recognition", recognition),
            Column::text("Mã chủ thể đang giữ giấy", "Holder of the certificate", |p| {
                p.recognition.as_ref().map_or(Cell::Empty, |r| Cell::from(r.holder.as_str()))
            }),
            Column::text("Mã hệ thống", "Resource name", |p| Cell::from(p.name.as_str())),
            Column::text("Mã hệ thống của chủ thể", "Producer's resource name", |p| {
                Cell::from(p.producer.as_str())
            }),
        ],
        sample: |p| p.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| products::wire::list_products(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Product>, Option<Page>)> {
        let found = products::store::product_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |(s, _)| kit::rows::cursor(&s.product.sort_key, s.product.id));
        Ok((found.into_iter().map(|(s, _)| products::wire::shown(s, want.as_of)).collect(), next))
    }
}

/// A year, which has no thousands.
pub(super) fn year(year: i32) -> Cell {
    if year == 0 { Cell::Empty } else { Cell::from(year.to_string()) }
}

pub(super) struct Evidence;

fn evidence_kind(kind: i32) -> Cell {
    use pb::EvidenceKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::BusinessRegistration => "Đăng ký kinh doanh, quyết định thành lập",
        K::FoodSafety => "Giấy chứng nhận đủ điều kiện an toàn thực phẩm",
        K::ProductDeclaration => "Công bố chất lượng sản phẩm",
        K::TestReport => "Phiếu kết quả kiểm nghiệm",
        K::Label => "Nhãn, bao bì",
        K::Trademark => "Nhãn hiệu, sở hữu trí tuệ",
        K::Story => "Câu chuyện sản phẩm",
        K::Contract => "Hợp đồng",
        K::Photo => "Ảnh",
        K::OrganisationCertificate => "Chứng nhận hệ thống quản lý",
        K::Environment => "Bảo vệ môi trường",
        K::Origin => "Nguồn gốc, vùng nguyên liệu",
        K::Labour => "Lao động địa phương",
        K::Accounts => "Kế toán, tài chính",
        K::BusinessPlan => "Phương án kinh doanh, giới thiệu tổ chức",
        K::Market => "Thị trường, quảng bá",
        K::Traceability => "Mã số, tem truy xuất nguồn gốc",
        K::Standard => "Tiêu chuẩn, kế hoạch kiểm soát chất lượng",
        K::Award => "Giải thưởng",
        K::Other => "Khác",
    })
}

fn evidence_status(status: i32) -> Cell {
    use pb::EvidenceStatus as S;
    Cell::from(match S::try_from(status).unwrap_or_default() {
        S::Unspecified => "",
        S::Valid => "Còn hạn",
        S::Expiring => "Sắp hết hạn",
        S::Expired => "Hết hạn",
        S::NotYetValid => "Chưa đến hạn",
        S::Undated => "Không ghi thời hạn",
    })
}

type ShownEvidence = Shown<pb::Evidence>;

fn file(e: &ShownEvidence) -> Cell {
    e.row.latest_version.as_ref().map_or(Cell::Empty, |version| Cell::from(version.file_name.as_str()))
}

fn size(e: &ShownEvidence) -> Cell {
    e.row.latest_version.as_ref().map_or(Cell::Empty, |version| Cell::Number(version.size_bytes))
}

impl List for Evidence {
    type Request = pb::ExportEvidenceRequest;
    type Want = evidence::store::Filter;
    type Row = ShownEvidence;
    const SHEET: Sheet<ShownEvidence> = Sheet {
        vi: "Minh chứng",
        en: "Evidence",
        file: "minh-chung",
        columns: &[
            Column::text("Tên minh chứng", "Title", |e| Cell::from(e.row.title.as_str())),
            Column::text("Loại", "Kind", |e| evidence_kind(e.row.kind)),
            Column::text("Chủ thể", "Producer", |e| Cell::from(e.producer.as_str())),
            Column::code("Mã sản phẩm", "Product code", |e| Cell::from(e.product_code.as_str())),
            Column::text("Sản phẩm", "Product", |e| Cell::from(e.product.as_str())),
            Column::text("Nơi cấp", "Issued by", |e| Cell::from(e.row.issuing_body.as_str())),
            Column::code("Số văn bản", "Number", |e| Cell::from(e.row.document_number.as_str())),
            Column::day("Hiệu lực từ", "Valid from", |e| Cell::day(e.row.valid_from.as_ref())),
            Column::day("Hiệu lực đến", "Valid to", |e| Cell::day(e.row.valid_to.as_ref())),
            Column::text("Tình trạng", "Status", |e| evidence_status(e.row.status)),
            Column::day("Tình trạng ngày", "Status on", |e| Cell::day(e.row.status_date.as_ref())),
            Column::text("Tệp", "File", file),
            Column::number("Kích thước (byte)", "Size (bytes)", size),
            Column::code("Mã đơn vị", "Unit code", |e| code(&e.row.unit)),
            Column::text("Xã", "Commune", |e| commune(&e.row.unit)),
            Column::day("Ngày rút", "Withdrawn on", |e| Cell::day_of(e.row.withdraw_time.as_ref())),
            Column::text("Lý do rút", "Reason", |e| Cell::from(e.row.withdraw_reason.as_str())),
            Column::text("Mã hệ thống", "Resource name", |e| Cell::from(e.row.name.as_str())),
        ],
        sample: |e| e.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| evidence::wire::list_evidence(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<ShownEvidence>, Option<Page>)> {
        let found = evidence::store::evidence_list(tx, &call.reach(), want, page).await?;
        let (found, next) = page.turn(found, |e| vec![e.id.to_string()]);
        let found: Vec<pb::Evidence> = found.into_iter().map(|e| evidence::wire::evidence(e, want.as_of)).collect();
        let producers = names::producers(tx, found.iter().map(|e| e.producer.as_str())).await?;
        let products = names::products(tx, found.iter().map(|e| e.product.as_str())).await?;
        let shown = found.into_iter().map(|row| {
            let product = products.get(&row.product).cloned().unwrap_or_default();
            Shown {
                producer: producers.get(&row.producer).cloned().unwrap_or_default(),
                product_code: product.code,
                product: product.display_name,
                row,
                ..Default::default()
            }
        });
        Ok((shown.collect(), next))
    }
}
