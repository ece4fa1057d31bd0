//! Courses and sessions.

use kit::{Call, Page, Result, Violations};
use proto::training::v1 as pb;
use sea_orm::DatabaseTransaction;
use sheet::units::{code, commune, district, province};
use sheet::{Asked, Cell, Column, List, Sheet, asked};

use crate::courses::wire::topic_of;
use crate::sessions::store::Session;
use crate::shared::wire::audience_of;
use crate::{courses, sessions};

pub(super) struct Courses;

fn audience(audience: i32) -> Cell {
    audience_of(audience).map_or(Cell::Empty, |audience| Cell::from(audience.name_vi()))
}

fn topic(topic: i32) -> Cell {
    topic_of(topic).map_or(Cell::Empty, |topic| Cell::from(topic.name_vi()))
}

impl List for Courses {
    type Request = pb::ExportCoursesRequest;
    type Want = courses::store::Filter;
    type Row = pb::Course;
    const SHEET: Sheet<pb::Course> = Sheet {
        vi: "Khóa tập huấn",
        en: "Courses",
        file: "khoa-tap-huan",
        columns: &[
            Column::text("Tên khóa", "Title", |c| Cell::from(c.title.as_str())),
            Column::text("Đối tượng", "Audience", |c| audience(c.audience)),
            Column::text("Chuyên đề", "Topic", |c| topic(c.topic)),
            Column::number("Số buổi", "Half days", |c| Cell::from(c.half_days)),
            Column::number("Tỷ lệ dự để đạt (%)", "Pass at (%)", |c| {
                c.pass_percent.map_or(Cell::Empty, Cell::from)
            }),
            Column::code("Mã đơn vị", "Unit code", |c| code(&c.unit)),
            Column::text("Huyện", "District", |c| district(&c.unit)),
            Column::text("Tỉnh", "Province", |c| province(&c.unit)),
            Column::day("Ngày ban hành", "Adopted on", |c| Cell::day(c.adopt_date.as_ref())),
            Column::text("Đề cương", "Outline", |c| Cell::from(c.outline.as_str())),
            Column::text("Mã hệ thống", "Resource name", |c| Cell::from(c.name.as_str())),
        ],
        sample: |c| c.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| courses::wire::list_courses(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Course>, Option<Page>)> {
        let found = courses::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |c| vec![c.title_key.clone(), c.id.to_string()]);
        Ok((found.into_iter().map(courses::wire::course).collect(), next))
    }
}

pub(super) struct Sessions;

impl List for Sessions {
    type Request = pb::ExportSessionsRequest;
    type Want = sessions::store::Filter;
    type Row = pb::Session;
    const SHEET: Sheet<pb::Session> = Sheet {
        vi: "Lớp tập huấn",
        en: "Sessions",
        file: "lop-tap-huan",
        columns: &[
            Column::day("Từ ngày", "From", |s| Cell::day(s.begin_date.as_ref())),
            Column::day("Đến ngày", "Until", |s| Cell::day(s.end_date.as_ref())),
            Column::text("Địa điểm", "Place", |s| Cell::from(s.place.as_str())),
            Column::number("Số buổi", "Half days", |s| s.half_days.map_or(Cell::Empty, Cell::from)),
            Column::number("Sức chứa", "Capacity", |s| Cell::some(s.capacity)),
            Column::code("Mã đơn vị", "Unit code", |s| code(&s.unit)),
            Column::text("Xã", "Commune", |s| commune(&s.unit)),
            Column::text("Huyện", "District", |s| district(&s.unit)),
            Column::text("Tỉnh", "Province", |s| province(&s.unit)),
            Column::text("Mã hệ thống", "Resource name", |s| Cell::from(s.name.as_str())),
            Column::text("Mã hệ thống của khóa", "Course's resource name", |s| Cell::from(s.course.as_str())),
        ],
        sample: |s| s.sample,
    };

    fn read(request: &Self::Request, v: &mut Violations) -> Option<Asked<Self::Want>> {
        let list = request.list.clone().unwrap_or_default();
        asked(v, request.sheet.as_ref(), |v| sessions::wire::list_sessions(&list, v))
    }

    async fn page(
        tx: &DatabaseTransaction,
        call: &Call,
        want: &Self::Want,
        page: &Page,
    ) -> Result<(Vec<pb::Session>, Option<Page>)> {
        let found = sessions::store::list(tx, &call.scope(), want, page).await?;
        let (found, next) = page.turn(found, |s: &Session| vec![kit::day::iso(s.begin_date), s.id.to_string()]);
        Ok((found.into_iter().map(sessions::wire::session).collect(), next))
    }
}
