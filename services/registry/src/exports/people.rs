//! Persons, and who holds which duty.

use kit::{Call, Page, Result, Violations};
use proto::common::v1::Audience;
use proto::registry::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};

use super::names::{self, Shown};
use crate::duties::api::cursor;
use crate::duties::store::{Duty, duty_list};
use crate::people::store::Person;
use crate::{duties, people};

pub(super) struct Persons;

impl List for Persons {
    type Request = pb::ExportPersonsRequest;
    type Want = people::store::Filter;
    type Row = pb::Person;
    const SHEET: Sheet<pb::Person> = Sheet {
        vi: "Nhân sự",
        en: "Persons",
        file: "nhan-su",
        columns: &[
            Column::text("Họ và tên", "Name", |p| Cell::from(p.display_name.as_str())),
            Column::code("Mã đơn vị", "Unit code", |p| code(&p.unit)),
            Column::text("Xã", "Commune", |p| commune(&p.unit)),
            Column::text("Huyện", "District", |p| district(&p.unit)),
            Column::text("Tỉnh", "Province", |p| province(&p.unit)),
            Column::day("Ngày ghi nhận", "Recorded on", |p| Cell::day(p.registration_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |p| Cell::from(p.name.as_str())),
        ],
        sample: |p| p.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| people::wire::list_persons(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Person>, Option<Page>)> {
        let found = people::store::person_list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |p: &Person| kit::rows::cursor(&p.sort_key, p.id));
        Ok((found.into_iter().map(people::wire::person).collect(), next))
    }
}

/// A page of duties, each as `wire` answers it, with the names of persons and producers.
async fn duties_page<T: Send>(
    tx: &DatabaseTransaction,
    call: &Call,
    want: &duties::store::Filter,
    page: &Page,
    wire: impl Fn(Duty) -> T,
    refers: fn(&T) -> (&str, &str),
) -> Result<(Vec<Shown<T>>, Option<Page>)> {
    let found = duty_list(tx, &call.scope(), want, page).await?;
    let (found, next) = page.turn(found, cursor);
    let found: Vec<T> = found.into_iter().map(wire).collect();
    let people: Vec<(&str, &str)> = found.iter().map(refers).collect();
    let persons = names::persons(tx, call, people.iter().map(|(person, _)| *person)).await?;
    let producers = names::producers(tx, people.iter().map(|(_, producer)| *producer)).await?;
    let named = |(person, producer): &(&str, &str)| {
        (persons.get(*person).cloned().unwrap_or_default(), producers.get(*producer).cloned().unwrap_or_default())
    };
    let named: Vec<(String, String)> = people.iter().map(named).collect();
    let shown = found.into_iter().zip(named).map(|(row, (person, producer))| Shown {
        row,
        person,
        producer,
        product_code: String::new(),
        product: String::new(),
        fair: String::new(),
    });
    Ok((shown.collect(), next))
}

pub(super) struct Posts;

pub(super) fn level(level: i32) -> Cell {
    use pb::UnitLevel as L;
    Cell::from(match L::try_from(level).unwrap_or_default() {
        L::Unspecified => "",
        L::Country => "Trung ương",
        L::Province => "Tỉnh",
        L::District => "Huyện",
        L::Commune => "Xã",
    })
}

impl List for Posts {
    type Request = pb::ExportPostsRequest;
    type Want = duties::store::Filter;
    type Row = Shown<pb::Post>;
    const SHEET: Sheet<Shown<pb::Post>> = Sheet {
        vi: "Cán bộ OCOP",
        en: "Officers",
        file: "can-bo",
        columns: &[
            Column::text("Họ và tên", "Name", |p| Cell::from(p.person.as_str())),
            Column::text("Chức danh", "Title", |p| Cell::from(p.row.title.as_str())),
            Column::text("Cấp", "Level", |p| level(p.row.level)),
            Column::code("Mã đơn vị", "Unit code", |p| code(&p.row.unit)),
            Column::text("Xã", "Commune", |p| commune(&p.row.unit)),
            Column::text("Huyện", "District", |p| district(&p.row.unit)),
            Column::text("Tỉnh", "Province", |p| province(&p.row.unit)),
            Column::day("Từ ngày", "From", |p| Cell::day(p.row.begin_date.as_ref())),
            Column::day("Đến ngày", "Until", |p| Cell::day(p.row.end_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |p| Cell::from(p.row.name.as_str())),
            Column::text("Mã hệ thống của người", "Person's resource name", |p| {
                Cell::from(p.row.person.as_str())
            }),
        ],
        sample: |p| p.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| duties::wire::list_posts(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        duties_page(tx, call, want, page, duties::wire::post, |post| (&post.person, "")).await
    }
}

pub(super) struct Managers;

impl List for Managers {
    type Request = pb::ExportManagersRequest;
    type Want = duties::store::Filter;
    type Row = Shown<pb::Manager>;
    const SHEET: Sheet<Shown<pb::Manager>> = Sheet {
        vi: "Người quản lý chủ thể",
        en: "Managers of producers",
        file: "nguoi-quan-ly",
        columns: &[
            Column::text("Họ và tên", "Name", |m| Cell::from(m.person.as_str())),
            Column::text("Chức danh", "Title", |m| Cell::from(m.row.title.as_str())),
            Column::text("Chủ thể", "Producer", |m| Cell::from(m.producer.as_str())),
            Column::code("Mã đơn vị", "Unit code", |m| code(&m.row.unit)),
            Column::text("Xã", "Commune", |m| commune(&m.row.unit)),
            Column::text("Huyện", "District", |m| district(&m.row.unit)),
            Column::text("Tỉnh", "Province", |m| province(&m.row.unit)),
            Column::day("Từ ngày", "From", |m| Cell::day(m.row.begin_date.as_ref())),
            Column::day("Đến ngày", "Until", |m| Cell::day(m.row.end_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |m| Cell::from(m.row.name.as_str())),
            Column::text("Mã hệ thống của người", "Person's resource name", |m| {
                Cell::from(m.row.person.as_str())
            }),
            Column::text("Mã hệ thống của chủ thể", "Producer's resource name", |m| {
                Cell::from(m.row.producer.as_str())
            }),
        ],
        sample: |m| m.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| duties::wire::list_managers(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        duties_page(tx, call, want, page, duties::wire::manager, |m| (&m.person, &m.producer)).await
    }
}

pub(super) struct Duties;

fn audience(audience: i32) -> Cell {
    Cell::from(match Audience::try_from(audience).unwrap_or_default() {
        Audience::Unspecified | Audience::Councils => "",
        Audience::Officers => "Cán bộ OCOP",
        Audience::ProducerManagers => "Người quản lý chủ thể",
    })
}

impl List for Duties {
    type Request = pb::ExportDutiesRequest;
    type Want = duties::store::Filter;
    type Row = Shown<pb::Duty>;
    const SHEET: Sheet<Shown<pb::Duty>> = Sheet {
        vi: "Đối tượng tập huấn",
        en: "Duties",
        file: "doi-tuong-tap-huan",
        columns: &[
            Column::text("Họ và tên", "Name", |d| Cell::from(d.person.as_str())),
            Column::text("Đối tượng", "Audience", |d| audience(d.row.audience)),
            Column::text("Chủ thể", "Producer", |d| Cell::from(d.producer.as_str())),
            Column::code("Mã đơn vị", "Unit code", |d| code(&d.row.unit)),
            Column::text("Xã", "Commune", |d| commune(&d.row.unit)),
            Column::text("Huyện", "District", |d| district(&d.row.unit)),
            Column::text("Tỉnh", "Province", |d| province(&d.row.unit)),
            Column::day("Từ ngày", "From", |d| Cell::day(d.row.begin_date.as_ref())),
            Column::day("Đến ngày", "Until", |d| Cell::day(d.row.end_date.as_ref())),
            Column::text("Mã hệ thống", "Resource name", |d| Cell::from(d.row.name.as_str())),
            Column::text("Mã hệ thống của người", "Person's resource name", |d| {
                Cell::from(d.row.person.as_str())
            }),
        ],
        sample: |d| d.row.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        let read = |v: &mut Violations| {
            let asked = duties::wire::list_duties(&list, v)?;
            Some((asked.filter, asked.page))
        };
        asked(v, request.sheet.as_ref(), read)
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<Self::Row>, Option<Page>)> {
        duties_page(tx, call, want, page, |d| duties::wire::duty((d, None), None), |d| (&d.person, &d.producer)).await
    }
}
