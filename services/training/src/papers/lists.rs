//! The lists of a session.

use std::collections::BTreeMap;

use kit::{Result, day};
use reference::units::{self, Unit};
use sheet::{Cell, Kind, Row};
use time::Date;
use uuid::Uuid;

use super::print::{Column, Paper, Part, count, first, row};
use crate::attendance::store::Attendance;
use crate::completions::domain::number;
use crate::completions::store::Certified;
use crate::courses::store::Course;
use crate::registrations::store::Queued;
use crate::sessions::domain::{HalfDay, Part as Half};
use crate::sessions::store::Session;
use crate::sessions::wire::half_days;
use crate::shared::peer::Somebody;

/// Empty lines of a sheet to be signed where nobody is registered.
const BLANK: usize = 30;

const SIGNED: &[Column] =
    &[("TT", Kind::Number, 1), ("Họ và tên", Kind::Text, 6), ("Đơn vị", Kind::Text, 5), ("Ký nhận", Kind::Text, 4)];
const PARTICIPANTS: &[Column] = &[
    ("TT", Kind::Number, 2),
    ("Họ và tên", Kind::Text, 10),
    ("Đơn vị", Kind::Text, 8),
    ("Đơn vị cử", Kind::Text, 8),
    ("Đăng ký", Kind::Text, 5),
];
const RESULTS: &[Column] = &[
    ("TT", Kind::Number, 2),
    ("Họ và tên", Kind::Text, 9),
    ("Đơn vị", Kind::Text, 8),
    ("Số buổi dự", Kind::Number, 3),
    ("Điểm", Kind::Number, 3),
    ("Kết quả", Kind::Text, 4),
    ("Số chứng nhận", Kind::Code, 6),
];

/// A session with its course and the persons on its lists.
pub(super) struct Class {
    pub(super) session: Session,
    pub(super) unit: &'static Unit,
    pub(super) course: Option<Course>,
    pub(super) persons: BTreeMap<Uuid, Somebody>,
    /// There are more than a list names.
    pub(super) more: bool,
    pub(super) today: Date,
}

fn unit_name(name: &str) -> &str {
    units::by_name(name).map(|unit| unit.display_name.as_str()).unwrap_or_default()
}

fn spoken(half_day: HalfDay) -> String {
    let part = match half_day.part {
        Half::Morning => "sáng",
        Half::Afternoon => "chiều",
    };
    format!("{part} ngày {}", day::text(half_day.date))
}

impl Class {
    /// Name and unit of a person, and whether it is a sample.
    fn who(&self, person: Uuid) -> (Cell, Cell, bool) {
        let Some(found) = self.persons.get(&person) else { return (Cell::Empty, Cell::Empty, false) };
        // Who was erased on request has no name any more.
        let name = if found.name.is_empty() { "(đã xóa theo yêu cầu)" } else { found.name.as_str() };
        (Cell::from(name), Cell::from(unit_name(&found.unit)), found.sample)
    }

    fn paper(&self, file: &'static str, title: &'static str, parts: Vec<Part>, persons: usize) -> Paper {
        let session = &self.session;
        let course = self.course.as_ref().map(|course| course.title.as_str()).unwrap_or_default();
        let days = match session.begin_date == session.end_date {
            true => format!("ngày {}", day::text(session.begin_date)),
            false => format!("từ ngày {} đến ngày {}", day::text(session.begin_date), day::text(session.end_date)),
        };
        let mut lines = vec![format!("Thời gian: {days} ({} buổi).", session.half_days)];
        if !session.place.is_empty() {
            lines.push(format!("Địa điểm: {}.", session.place));
        }
        if !session.trainer.is_empty() {
            lines.push(format!("Giảng viên: {}.", session.trainer));
        }
        let samples = parts.iter().any(|part| part.rows.iter().any(|row| row.sample));
        Paper {
            file,
            unit: self.unit,
            title,
            subtitle: format!("Lớp: {course}"),
            lines,
            parts,
            after: if self.more { vec![first(persons)] } else { Vec::new() },
            signatures: ["Người lập danh sách", "Ban tổ chức lớp"],
            across: false,
            sample: session.sample || samples,
            persons,
            today: self.today,
        }
    }

    /// The sheets to be signed by who has a place: one for each half day, or for the one that is asked for.
    pub(super) fn signed(&self, registered: &[Queued], half_day: usize) -> Paper {
        let line = |(at, person): (usize, Uuid)| {
            let (name, unit, sample) = self.who(person);
            row(vec![count(at + 1), name, unit, Cell::Empty], sample)
        };
        let rows: Vec<Row> = registered.iter().map(|q| q.registration.person).enumerate().map(line).collect();
        let persons = rows.len();
        let blank = (1..=BLANK).map(|at| Row::plain(vec![count(at)]));
        let rows: Vec<Row> = if rows.is_empty() { blank.collect() } else { rows };
        let asked = |at: usize| half_day == 0 || half_day == at;
        let sheets = half_days(&self.session).into_iter().zip(1_usize..).filter(|(_, at)| asked(*at));
        let parts = sheets.map(|(half_day, at)| Part {
            name: format!("Buổi {at}: {}", spoken(half_day)),
            columns: SIGNED,
            rows: rows.clone(),
            apart: true,
        });
        self.paper("danh-sach-ky-nhan", "DANH SÁCH KÝ NHẬN", parts.collect(), persons)
    }

    /// Who has a place and who waits.
    pub(super) fn participants(&self, registered: &[Queued]) -> Paper {
        let line = |(at, queued): (usize, &Queued)| {
            let (name, unit, sample) = self.who(queued.registration.person);
            let state = match queued.waiting_place {
                0 => "Có chỗ".to_owned(),
                place => format!("Chờ thứ {place}"),
            };
            let sender = Cell::from(unit_name(&queued.registration.unit));
            row(vec![count(at + 1), name, unit, sender, Cell::from(state)], sample || queued.registration.sample)
        };
        let rows: Vec<Row> = registered.iter().enumerate().map(line).collect();
        let persons = rows.len();
        let waiting = registered.iter().filter(|q| q.waiting_place > 0).count();
        let part = Part { name: String::new(), columns: PARTICIPANTS, rows, apart: false };
        let mut paper = self.paper("danh-sach-hoc-vien", "DANH SÁCH HỌC VIÊN", vec![part], persons);
        let counted = format!(
            "Danh sách có {} người: {} người có chỗ, {} người chờ.",
            count(persons).printed(),
            count(persons - waiting).printed(),
            count(waiting).printed()
        );
        paper.after.insert(0, counted);
        paper
    }

    /// Who attended what and has passed, by name.
    pub(super) fn results(&self, attended: &[Attendance], certified: &[Certified]) -> Paper {
        let numbers: BTreeMap<Uuid, String> = certified
            .iter()
            .filter_map(|c| Some((c.completion.own_person, c.certificate.as_ref()?)))
            .map(|(person, c)| (person, number(c.serial, c.year, &c.issuer)))
            .collect();
        let key = |person: &Uuid| {
            reference::text::sort_key(self.persons.get(person).map(|p| p.name.as_str()).unwrap_or_default())
        };
        let mut sorted: Vec<&Attendance> = attended.iter().collect();
        sorted.sort_by_cached_key(|a| (key(&a.person), a.person));
        let line = |(at, a): (usize, &&Attendance)| {
            let (name, unit, sample) = self.who(a.person);
            let points = a.test_points.map_or(Cell::Empty, Cell::from);
            let result = Cell::from(if a.passed { "Đạt" } else { "Không đạt" });
            let number = numbers.get(&a.person).map_or(Cell::Empty, |number| Cell::from(number.as_str()));
            let cells = vec![count(at + 1), name, unit, Cell::from(a.half_days_attended), points, result, number];
            row(cells, sample || a.sample)
        };
        let rows: Vec<Row> = sorted.iter().enumerate().map(line).collect();
        let persons = rows.len();
        let passed = attended.iter().filter(|a| a.passed).count();
        let part = Part { name: String::new(), columns: RESULTS, rows, apart: false };
        let mut paper = self.paper("ket-qua-tap-huan", "DANH SÁCH KẾT QUẢ", vec![part], persons);
        let (all, passed) = (count(persons).printed(), count(passed).printed());
        let percent = self.session.pass_percent;
        let counted = format!("{passed} trong {all} người đạt (dự từ {percent} % số buổi{}).", self.test());
        paper.after.insert(0, counted);
        paper
    }

    fn test(&self) -> String {
        let points = self.session.test_pass_points;
        points.map(|points| format!(", kiểm tra từ {points} điểm")).unwrap_or_default()
    }
}

/// The half day that is asked for exists.
///
/// # Errors
/// The violation HALF_DAYS_TOO_MANY.
pub(super) fn held(session: &Session, half_day: i32) -> Result<usize> {
    super::wire::held(session.half_days, half_day)
}
