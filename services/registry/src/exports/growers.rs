//! What producers have and report: sites, raw-material areas, yearly returns, contacts, and what became of them.

use kit::{Call, Page, Result, Violations};
use proto::registry::v1 as pb;
use sea_orm::{Condition, DatabaseTransaction, IntoActiveModel};
use sheet::units::{code, commune, district};
use sheet::{Asked, Cell, Column, List, Sheet, asked};
use time::Date;
use uuid::Uuid;

use super::names::{self, Shown};
use super::register::{legal_form, year};
use crate::contacts::store::Contacts as ContactRows;
use crate::shared::records::{self, Filter, Record};
use crate::{areas, changes, contacts, returns, sites};

/// A page of what belongs to producers, with their names.
pub(super) async fn page_of<E: Record, T>(
    tx: &DatabaseTransaction,
    call: &Call,
    (filter, more): (&Filter, Condition),
    page: &Page,
    (wire, producer): (impl Fn(E::Model) -> Result<T>, fn(&T) -> &str),
) -> Result<(Vec<Shown<T>>, Option<Page>)>
where
    E::Model: IntoActiveModel<E::ActiveModel> + Clone,
    T: Default + Send,
{
    let found = records::list::<E>(tx, &call.reach(), filter, more, page).await?;
    let (found, next) = page.turn(found, |row| vec![E::id(row).to_string()]);
    let found: Vec<T> = found.into_iter().map(wire).collect::<Result<_>>()?;
    let named = names::producers(tx, found.iter().map(producer)).await?;
    let shown = found.into_iter().map(|row| {
        let producer = named.get(producer(&row)).cloned().unwrap_or_default();
        Shown { producer, row, ..Default::default() }
    });
    Ok((shown.collect(), next))
}

pub(super) struct Sites;

fn site_kind(kind: i32) -> Cell {
    use pb::SiteKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::Production => "Sản xuất, chế biến",
        K::Storage => "Kho",
        K::Shop => "Cửa hàng",
        K::Office => "Trụ sở",
        K::Tourism => "Điểm du lịch",
    })
}

impl List for Sites {
    type Request = pb::ExportSitesRequest;
    type Want = (Filter, Option<Date>);
    type Row = Shown<pb::Site>;
    const SHEET: Sheet<Shown<pb::Site>> = Sheet {
        vi: "Cơ sở của chủ thể",
        en: "Sites",
        file: "co-so",
        columns: &[
            Column::text("Chủ thể", "Producer", |s| Cell::from(s.producer.as_str())),
            Column::text("Loại", "Kind", |s| site_kind(s.row.kind)),
            Column::text("Tên cơ sở", "Name", |s| Cell::from(s.row.display_name.as_str())),
            Column::text("Địa chỉ", "Address", |s| Cell::from(s.row.address.as_str())),
            Column::code("Mã đơn vị", "Unit code", |s| code(&s.row.unit)),
            Column::text("Xã", "Commune", |s| commune(&s.row.unit)),
            Column::text("Huyện", "District", |s| district(&s.row.unit)),
            Column::day("Từ ngày", "From", |s| Cell::day(s.row.begin_date.as_ref())),
            Column::day("Đến ngày", "Until", |s| Cell::day(s.row.end_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |s| Cell::from(s.row.name.as_str())),
        ],
        sample: |s| s.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| sites::wire::list(&list, v).map(|(filter, day, page)| ((filter, day), page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let want = (&want.0, sites::store::in_use(want.1));
        let of: (_, fn(&pb::Site) -> &str) = (|row| Ok(sites::wire::shown(row)), |site| &site.producer);
        page_of::<sites::store::Sites, _>(tx, call, want, page, of).await
    }
}

pub(super) struct MaterialAreas;

fn area_certificate(certificate: i32) -> Cell {
    use pb::AreaCertificate as C;
    Cell::from(match C::try_from(certificate).unwrap_or_default() {
        C::Unspecified => "",
        C::None => "Chưa có",
        C::Vietgap => "VietGAP",
        C::Globalgap => "GlobalGAP",
        C::Organic => "Hữu cơ",
        C::PlantingCode => "Mã số vùng trồng",
        C::Other => "Khác",
    })
}

impl List for MaterialAreas {
    type Request = pb::ExportMaterialAreasRequest;
    type Want = (Filter, Option<Date>);
    type Row = Shown<pb::MaterialArea>;
    const SHEET: Sheet<Shown<pb::MaterialArea>> = Sheet {
        vi: "Vùng nguyên liệu",
        en: "Raw-material areas",
        file: "vung-nguyen-lieu",
        columns: &[
            Column::text("Chủ thể", "Producer", |a| Cell::from(a.producer.as_str())),
            Column::text("Nguyên liệu", "Material", |a| Cell::from(a.row.material.as_str())),
            Column::number("Diện tích (m²)", "Area (m²)", |a| Cell::Number(a.row.area_m2)),
            Column::text("Địa chỉ", "Address", |a| Cell::from(a.row.address.as_str())),
            Column::code("Mã đơn vị", "Unit code", |a| code(&a.row.unit)),
            Column::text("Xã", "Commune", |a| commune(&a.row.unit)),
            Column::text("Huyện", "District", |a| district(&a.row.unit)),
            Column::text("Chứng nhận", "Certificate", |a| area_certificate(a.row.certificate)),
            Column::code("Số chứng nhận", "Number", |a| Cell::from(a.row.certificate_number.as_str())),
            Column::day("Chứng nhận đến", "Certified until", |a| Cell::day(a.row.certificate_end_date.as_ref())),
            Column::number("Nguyên liệu địa phương (%)", "Local (%)", |a| Cell::from(a.row.local_percent)),
            Column::day("Từ ngày", "From", |a| Cell::day(a.row.begin_date.as_ref())),
            Column::day("Đến ngày", "Until", |a| Cell::day(a.row.end_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |a| Cell::from(a.row.name.as_str())),
        ],
        sample: |a| a.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| areas::wire::list(&list, v).map(|(filter, day, page)| ((filter, day), page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let want = (&want.0, areas::store::in_use(want.1));
        let of: (_, fn(&pb::MaterialArea) -> &str) = (|row| Ok(areas::wire::shown(row)), |area| &area.producer);
        page_of::<areas::store::Areas, _>(tx, call, want, page, of).await
    }
}

pub(super) struct YearlyReturns;

fn return_state(state: i32) -> Cell {
    use pb::ReturnState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Draft => "Đang lập",
        S::Submitted => "Đã nộp",
        S::Accepted => "Đã duyệt",
        S::Returned => "Trả lại",
        S::Superseded => "Đã thay thế",
    })
}

impl List for YearlyReturns {
    type Request = pb::ExportYearlyReturnsRequest;
    type Want = (Filter, (i32, i32));
    type Row = Shown<pb::YearlyReturn>;
    const SHEET: Sheet<Shown<pb::YearlyReturn>> = Sheet {
        vi: "Báo cáo năm của chủ thể",
        en: "Yearly returns",
        file: "bao-cao-nam",
        columns: &[
            Column::text("Chủ thể", "Producer", |r| Cell::from(r.producer.as_str())),
            Column::code("Năm", "Year", |r| year(r.row.year)),
            Column::number("Lần", "Version", |r| Cell::from(r.row.revision)),
            Column::text("Trạng thái", "State", |r| return_state(r.row.state)),
            Column::number("Doanh thu (đồng)", "Turnover (đồng)", |r| Cell::Number(r.row.turnover_vnd)),
            Column::number("Xuất khẩu (%)", "Exports (%)", |r| Cell::from(r.row.export_percent)),
            Column::number("Lao động", "Workers", |r| Cell::from(r.row.workers)),
            Column::number("Lao động nữ", "Women", |r| Cell::from(r.row.women)),
            Column::number("Dân tộc thiểu số", "Minorities", |r| Cell::from(r.row.minorities)),
            Column::number("Lao động địa phương", "Locals", |r| Cell::from(r.row.locals)),
            Column::code("Mã đơn vị", "Unit code", |r| code(&r.row.unit)),
            Column::text("Xã", "Commune", |r| commune(&r.row.unit)),
            Column::text("Huyện", "District", |r| district(&r.row.unit)),
            Column::day("Ngày nộp", "Submitted on", |r| Cell::day(r.row.submit_date.as_ref())),
            Column::day("Ngày duyệt hoặc trả", "Decided on", |r| Cell::day(r.row.decide_date.as_ref())),
            Column::text("Lý do trả", "Reason", |r| Cell::from(r.row.reason.as_str())),
            Column::text("Mã hệ thống", "Resource name", |r| Cell::from(r.row.name.as_str())),
        ],
        sample: |r| r.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read =
            |v: &mut Violations| returns::wire::list(&list, v).map(|(filter, only, page)| ((filter, only), page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let (year, state) = want.1;
        let want = (&want.0, returns::store::only(year, state));
        let of: (_, fn(&pb::YearlyReturn) -> &str) = (|row| returns::wire::shown(&row), |of| &of.producer);
        page_of::<returns::store::Returns, _>(tx, call, want, page, of).await
    }
}

pub(super) struct Contacts;

fn contact_kind(kind: i32) -> Cell {
    use pb::ContactKind as K;
    Cell::from(match K::try_from(kind).unwrap_or_default() {
        K::Unspecified => "",
        K::Phone => "Điện thoại",
        K::Email => "Thư điện tử",
        K::Post => "Địa chỉ",
    })
}

impl List for Contacts {
    type Request = pb::ExportContactsRequest;
    type Want = (Filter, Option<Uuid>);
    type Row = Shown<pb::Contact>;
    const SHEET: Sheet<Shown<pb::Contact>> = Sheet {
        vi: "Liên hệ",
        en: "Contacts",
        file: "lien-he",
        columns: &[
            Column::text("Chủ thể", "Producer", |c| Cell::from(c.producer.as_str())),
            Column::text("Người", "Person", |c| Cell::from(c.person.as_str())),
            Column::text("Loại", "Kind", |c| contact_kind(c.row.kind)),
            Column::code("Liên hệ", "Contact", |c| Cell::from(c.row.value.as_str())),
            Column::text("Ưu tiên", "Preferred", |c| Cell::cross(c.row.preferred)),
            Column::text("Che bớt", "Masked", |c| Cell::cross(c.row.masked)),
            Column::text("Ghi chú liên hệ", "Note", |c| Cell::from(c.row.note.as_str())),
            Column::code("Mã đơn vị", "Unit code", |c| code(&c.row.unit)),
            Column::text("Xã", "Commune", |c| commune(&c.row.unit)),
            Column::text("Huyện", "District", |c| district(&c.row.unit)),
            Column::text("Mã hệ thống", "Resource name", |c| Cell::from(c.row.name.as_str())),
        ],
        sample: |c| c.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| contacts::wire::list(&list, v).map(|(filter, of, page)| ((filter, of), page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let want = (&want.0, contacts::store::of_person(want.1));
        let clear = |row: contacts::store::Contact| {
            let clear = contacts::api::clear(call, &row.unit_path);
            Ok(contacts::wire::contact(row, clear))
        };
        let of: (_, fn(&pb::Contact) -> &str) = (clear, |contact| &contact.producer);
        let (mut shown, next) = page_of::<ContactRows, _>(tx, call, want, page, of).await?;
        let persons = names::persons(tx, call, shown.iter().map(|c| c.row.person.as_str())).await?;
        for contact in &mut shown {
            contact.person = persons.get(&contact.row.person).cloned().unwrap_or_default();
        }
        Ok((shown, next))
    }
}

pub(super) struct ProducerChanges;

fn change_state(state: i32) -> Cell {
    use pb::ChangeState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Pending => "Chờ duyệt",
        S::Approved => "Đã duyệt",
        S::Rejected => "Không duyệt",
        S::Withdrawn => "Đã rút",
    })
}

fn before(c: &Shown<pb::ProducerChange>, of: fn(&pb::KeyData) -> Cell) -> Cell {
    c.row.before.as_ref().map_or(Cell::Empty, of)
}

fn after(c: &Shown<pb::ProducerChange>, of: fn(&pb::KeyData) -> Cell) -> Cell {
    c.row.after.as_ref().map_or(Cell::Empty, of)
}

impl List for ProducerChanges {
    type Request = pb::ExportProducerChangesRequest;
    type Want = (Filter, i32);
    type Row = Shown<pb::ProducerChange>;
    const SHEET: Sheet<Shown<pb::ProducerChange>> = Sheet {
        vi: "Thay đổi của chủ thể",
        en: "Changes of producers",
        file: "thay-doi-chu-the",
        columns: &[
            Column::text("Chủ thể", "Producer", |c| Cell::from(c.producer.as_str())),
            Column::text("Trạng thái", "State", |c| change_state(c.row.state)),
            Column::day("Hiệu lực từ", "Effective from", |c| Cell::day(c.row.effective_date.as_ref())),
            Column::text("Tên cũ", "Name before", |c| before(c, |k| Cell::from(k.display_name.as_str()))),
            Column::text("Tên mới", "Name after", |c| after(c, |k| Cell::from(k.display_name.as_str()))),
            Column::text("Loại hình cũ", "Legal form before", |c| before(c, |k| legal_form(k.legal_form))),
            Column::text("Loại hình mới", "Legal form after", |c| after(c, |k| legal_form(k.legal_form))),
            Column::code("Mã số thuế cũ", "Tax code before", |c| before(c, |k| Cell::from(k.tax_code.as_str()))),
            Column::code("Mã số thuế mới", "Tax code after", |c| after(c, |k| Cell::from(k.tax_code.as_str()))),
            Column::code("Mã xã cũ", "Commune before", |c| before(c, |k| code(&k.unit))),
            Column::code("Mã xã mới", "Commune after", |c| after(c, |k| code(&k.unit))),
            Column::code("Số văn bản", "Document", |c| Cell::from(c.row.document_number.as_str())),
            Column::day("Ngày văn bản", "Document date", |c| Cell::day(c.row.document_date.as_ref())),
            Column::text("Lý do", "Reason", |c| Cell::from(c.row.reason.as_str())),
            Column::day("Ngày quyết định", "Decided on", |c| Cell::day(c.row.decide_date.as_ref())),
            Column::text("Lý do quyết định", "Decided why", |c| Cell::from(c.row.decide_reason.as_str())),
            Column::text("Mã hệ thống", "Resource name", |c| Cell::from(c.row.name.as_str())),
        ],
        sample: |c| c.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| changes::wire::list(&list, v).map(|(filter, of, page)| ((filter, of), page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let want = (&want.0, changes::store::in_state(want.1));
        let of: (_, fn(&pb::ProducerChange) -> &str) = (|row| changes::wire::shown(&row), |change| &change.producer);
        page_of::<changes::store::Changes, _>(tx, call, want, page, of).await
    }
}
