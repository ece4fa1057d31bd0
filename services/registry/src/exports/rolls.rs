//! What an office looks through now and then: sizes of enterprises, merges and erasures of persons, what is vacant or was not
//! visited, divided communes and changes of units.

use kit::{Call, Page, Result, Violations};
use proto::registry::v1 as pb;
use sea_orm::{Condition, DatabaseTransaction};
use sheet::units::{code, commune, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};
use time::Date;

use super::growers::page_of;
use super::names::{self, Shown};
use super::people::level;
use super::register::unit_type;
use crate::shared::records;
use crate::{assignments, eligibility, erasures, person_merges, unit_changes, units, vacancies, visits};

pub(super) struct ProducerSizes;

fn size_class(class: i32) -> Cell {
    use pb::SizeClass as S;
    Cell::from(match S::try_from(class).unwrap_or_default() {
        S::Unspecified => "",
        S::Micro => "Siêu nhỏ",
        S::Small => "Nhỏ",
        S::Medium => "Vừa",
        S::Large => "Lớn",
    })
}

impl List for ProducerSizes {
    type Request = pb::ExportProducerSizesRequest;
    type Want = records::Filter;
    type Row = Shown<pb::ProducerSize>;
    const SHEET: Sheet<Shown<pb::ProducerSize>> = Sheet {
        vi: "Quy mô doanh nghiệp",
        en: "Sizes of enterprises",
        file: "quy-mo-doanh-nghiep",
        columns: &[
            Column::text("Chủ thể", "Producer", |s| Cell::from(s.producer.as_str())),
            Column::text("Quy mô", "Size", |s| size_class(s.row.size_class)),
            Column::day("Từ ngày", "From", |s| Cell::day(s.row.begin_date.as_ref())),
            Column::text("Căn cứ", "Basis", |s| Cell::from(s.row.basis.as_str())),
            Column::code("Mã đơn vị", "Unit code", |s| code(&s.row.unit)),
            Column::text("Xã", "Commune", |s| commune(&s.row.unit)),
            Column::text("Huyện", "District", |s| district(&s.row.unit)),
            Column::text("Mã hệ thống", "Resource name", |s| Cell::from(s.row.name.as_str())),
        ],
        sample: |s| s.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| eligibility::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let of: (_, fn(&pb::ProducerSize) -> &str) = (|row| Ok(eligibility::wire::size(row)), |size| &size.producer);
        page_of::<eligibility::store::Sizes, _>(tx, call, (want, Condition::all()), page, of).await
    }
}

/// A merge with the names of both records.
pub(super) struct Merged {
    row: pb::PersonMerge,
    person: String,
    into: String,
}

pub(super) struct PersonMerges;

impl List for PersonMerges {
    type Request = pb::ExportPersonMergesRequest;
    type Want = person_merges::store::Filter;
    type Row = Merged;
    const SHEET: Sheet<Merged> = Sheet {
        vi: "Gộp nhân sự",
        en: "Merges of persons",
        file: "gop-nhan-su",
        columns: &[
            Column::text("Bản ghi được gộp", "Merged record", |m| Cell::from(m.person.as_str())),
            Column::text("Gộp vào", "Merged into", |m| Cell::from(m.into.as_str())),
            Column::text("Lý do", "Reason", |m| Cell::from(m.row.reason.as_str())),
            Column::day("Ngày gộp", "Merged on", |m| Cell::day_of(m.row.create_time.as_ref())),
            Column::day("Ngày tách lại", "Taken back on", |m| Cell::day_of(m.row.end_time.as_ref())),
            Column::text("Lý do tách lại", "Taken back why", |m| Cell::from(m.row.end_reason.as_str())),
            Column::code("Mã đơn vị", "Unit code", |m| code(&m.row.unit)),
            Column::text("Xã", "Commune", |m| commune(&m.row.unit)),
            Column::text("Huyện", "District", |m| district(&m.row.unit)),
            Column::text("Mã bản ghi được gộp", "Merged record's name", |m| Cell::from(m.row.person.as_str())),
            Column::text("Mã bản ghi còn lại", "Remaining record's name", |m| Cell::from(m.row.into.as_str())),
            Column::text("Mã hệ thống", "Resource name", |m| Cell::from(m.row.name.as_str())),
        ],
        sample: |m| m.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| person_merges::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = person_merges::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |m| vec![m.id.to_string()]);
        let found: Vec<pb::PersonMerge> = found.into_iter().map(person_merges::wire::shown).collect();
        let both = found.iter().flat_map(|m| [m.person.as_str(), m.into.as_str()]);
        let names = names::persons(tx, call, both).await?;
        let name = |of: &str| names.get(of).cloned().unwrap_or_default();
        let rows = found.into_iter().map(|row| Merged { person: name(&row.person), into: name(&row.into), row });
        Ok((rows.collect(), next))
    }
}

pub(super) struct Erasures;

impl List for Erasures {
    type Request = pb::ExportErasuresRequest;
    type Want = kit::Scope;
    type Row = pb::Erasure;
    const SHEET: Sheet<pb::Erasure> = Sheet {
        vi: "Xóa dữ liệu cá nhân",
        en: "Erasures",
        file: "xoa-du-lieu-ca-nhan",
        columns: &[
            Column::day("Ngày yêu cầu", "Requested on", |e| Cell::day(e.request_date.as_ref())),
            Column::day("Ngày xóa", "Erased on", |e| Cell::day_of(e.create_time.as_ref())),
            Column::text("Căn cứ", "Request", |e| Cell::from(e.reason.as_str())),
            Column::code("Mã đơn vị", "Unit code", |e| code(&e.unit)),
            Column::text("Xã", "Commune", |e| commune(&e.unit)),
            Column::text("Huyện", "District", |e| district(&e.unit)),
            Column::text("Mã nhân sự", "Person", |e| Cell::from(e.person.as_str())),
            Column::text("Mã hệ thống", "Resource name", |e| Cell::from(e.name.as_str())),
        ],
        sample: |e| e.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| erasures::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = erasures::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |e| vec![e.id.to_string()]);
        Ok((found.into_iter().map(erasures::wire::erasure).collect(), next))
    }
}

pub(super) struct Vacancies;

impl List for Vacancies {
    type Request = pb::ExportVacanciesRequest;
    type Want = vacancies::wire::Wanted;
    type Row = pb::Vacancy;
    const SHEET: Sheet<pb::Vacancy> = Sheet {
        vi: "Đơn vị chưa có cán bộ",
        en: "Vacancies",
        file: "don-vi-chua-co-can-bo",
        columns: &[
            Column::code("Mã đơn vị", "Unit code", |v| code(&v.unit)),
            Column::text("Tên đơn vị", "Unit", |v| Cell::from(v.display_name.as_str())),
            Column::text("Cấp", "Level", |v| level(v.level)),
            Column::text("Huyện", "District", |v| district(&v.unit)),
            Column::text("Tỉnh", "Province", |v| province(&v.unit)),
            Column::day("Có cán bộ đến ngày", "Last held on", |v| Cell::day(v.last_held_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |v| Cell::from(v.unit.as_str())),
        ],
        sample: |v| v.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| vacancies::wire::list(&list, v).map(|want| (want.clone(), want.page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = vacancies::api::found(tx, call, want, page).await?;
        let (found, next) = page.turn(found.vacancies, |vacancy| vec![vacancy.unit.code.clone()]);
        Ok((found.iter().map(vacancies::wire::vacancy).collect(), next))
    }

    fn map(want: &Self::Want) -> Option<Date> {
        Some(want.as_of)
    }
}

pub(super) struct UnvisitedUnits;

impl List for UnvisitedUnits {
    type Request = pb::ExportUnvisitedUnitsRequest;
    type Want = visits::wire::Unvisited;
    type Row = pb::Unit;
    const SHEET: Sheet<pb::Unit> = Sheet {
        vi: "Địa phương chưa rà soát",
        en: "Units not visited",
        file: "dia-phuong-chua-ra-soat",
        columns: &[
            Column::code("Mã đơn vị", "Code", |u| Cell::from(u.code.as_str())),
            Column::text("Tên đơn vị", "Name", |u| Cell::from(u.display_name.as_str())),
            Column::text("Loại", "Type", |u| unit_type(u.r#type)),
            Column::text("Huyện", "District", |u| district(&u.name)),
            Column::text("Tỉnh", "Province", |u| province(&u.name)),
            Column::text("Mã hệ thống", "Resource name", |u| Cell::from(u.name.as_str())),
        ],
        sample: |_| false,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| visits::wire::list_unvisited(&list, v).map(|want| (want.clone(), want.page));
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = visits::api::unvisited(tx, call, want, page).await?;
        let (found, next) = page.turn(found, |unit| vec![unit.code.clone()]);
        Ok((found.into_iter().map(units::wire::unit).collect(), next))
    }

    fn map(want: &Self::Want) -> Option<Date> {
        Some(want.as_of)
    }
}

pub(super) struct UnitAssignments;

fn assignment_state(state: i32) -> Cell {
    use pb::UnitAssignmentState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Open => "Chưa phân",
        S::Assigned => "Đã phân",
    })
}

impl List for UnitAssignments {
    type Request = pb::ExportUnitAssignmentsRequest;
    type Want = assignments::wire::List;
    type Row = pb::UnitAssignment;
    const SHEET: Sheet<pb::UnitAssignment> = Sheet {
        vi: "Chủ thể của xã bị chia tách",
        en: "Producers of divided communes",
        file: "chu-the-xa-chia-tach",
        columns: &[
            Column::text("Chủ thể", "Producer", |a| Cell::from(a.producer_display_name.as_str())),
            Column::text("Xã cũ", "Divided commune", |a| commune(&a.from_unit)),
            Column::code("Mã xã cũ", "Divided commune's code", |a| code(&a.from_unit)),
            Column::text("Xã mới", "Shown in", |a| commune(&a.to_unit)),
            Column::code("Mã xã mới", "Shown in, code", |a| code(&a.to_unit)),
            Column::text("Xã mặc định", "Default target", |a| commune(&a.default_unit)),
            Column::text("Trạng thái", "State", |a| assignment_state(a.state)),
            Column::day("Ngày phân", "Assigned on", |a| Cell::day(a.assign_date.as_ref())),
            Column::text("Lý do", "Reason", |a| Cell::from(a.reason.as_str())),
            Column::text("Mã chủ thể", "Producer's name", |a| Cell::from(a.producer.as_str())),
        ],
        sample: |a| a.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| {
            let want = assignments::wire::list(&list, v)?;
            let page = want.page.clone();
            Some((want, page))
        };
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = assignments::store::page_of(tx, &call.scope(), &want.filter, page).await?;
        let (found, next) = page.turn(found, |f| kit::rows::cursor(&f.sort_key, f.id));
        let eve = want.filter.map.day;
        Ok((found.into_iter().filter_map(|f| assignments::wire::found(f, eve)).collect(), next))
    }
}

pub(super) struct UnitChanges;

fn unit_change_state(state: i32) -> Cell {
    use pb::UnitChangeState as S;
    Cell::from(match S::try_from(state).unwrap_or_default() {
        S::Unspecified => "",
        S::Draft => "Dự thảo",
        S::InForce => "Có hiệu lực",
        S::Dropped => "Đã bỏ",
    })
}

impl List for UnitChanges {
    type Request = pb::ExportUnitChangesRequest;
    type Want = i32;
    type Row = pb::UnitChange;
    const SHEET: Sheet<pb::UnitChange> = Sheet {
        vi: "Sắp xếp đơn vị hành chính",
        en: "Changes of units",
        file: "sap-xep-don-vi",
        columns: &[
            Column::text("Tên đợt", "Title", |c| Cell::from(c.title.as_str())),
            Column::day("Áp dụng từ", "From", |c| Cell::day(c.begin_date.as_ref())),
            Column::text("Căn cứ", "Source", |c| Cell::from(c.source.as_str())),
            Column::day("Ngày văn bản", "Source's date", |c| Cell::day(c.source_date.as_ref())),
            Column::text("Đã kiểm chứng", "Verified", |c| Cell::cross(c.verified)),
            Column::number("Số đơn vị", "Units", |c| Cell::from(c.unit_count)),
            Column::number("Số liên kết", "Links", |c| Cell::from(c.link_count)),
            Column::text("Trạng thái", "State", |c| unit_change_state(c.state)),
            Column::day("Ngày đưa vào áp dụng", "In force since", |c| Cell::day(c.force_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |c| Cell::from(c.name.as_str())),
        ],
        sample: |_| false,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| unit_changes::wire::list(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        _: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        let found = unit_changes::store::change_list(tx, *want, page).await?;
        let (found, next) = page.turn(found, |head| vec![head.id.to_string()]);
        Ok((found.into_iter().map(unit_changes::wire::head).collect(), next))
    }
}
