//! What a row of a list says, and whom it means.

use std::collections::BTreeMap;

use reference::names::spell;
use reference::units::Unit;
use sheet::take::Row;
use sheet::take::cells::Cell;
use sheet::take::columns::{COMMUNE, Column, DISTRICT, Mapping, PROVINCE, column};
use sheet::take::places::{Names, PlaceFault, Told, place};
use time::Date;
use uuid::Uuid;

mod paper;

pub use paper::Paper;

/// Most rows of a list.
pub const MOST: usize = 1000;
/// Most bytes of a file.
pub const MOST_BYTES: usize = 512 * 1024;
/// Longest name, in characters.
const LONGEST: usize = 300;

const NAME: Column = column(
    "display_name",
    "Họ và tên",
    &["name", "họ tên", "tên", "người tham dự", "học viên"],
    ["Họ tên như trong danh sách nhân sự", "The name as the registry has it; or write person"],
);
const PERSON: Column = column(
    "person",
    "Mã hệ thống",
    &["resource name", "mã người"],
    [
        "persons/… khi nhiều người trùng tên; nếu có thì không cần họ tên",
        "persons/… where several have the name; then the name may be left out",
    ],
);
const UNIT: Column = column(
    "unit_code",
    "Mã đơn vị",
    &["unit", "mã xã", "commune_code"],
    [
        "Đơn vị quản lý hồ sơ của người đó; để trống nếu ghi tên đơn vị hoặc tìm trong đơn vị tổ chức lớp",
        "The unit that keeps the person's record; empty where it is named, or for the session's own",
    ],
);
const PHONE: Column = column(
    "phone",
    "Điện thoại",
    &["số điện thoại", "sđt", "đt"],
    ["Chỉ dùng để chọn giữa những người trùng tên", "Decides among those who have the same name, nothing else"],
);
const WHICH: Column = column(
    "half_days",
    "Các buổi dự",
    &["buổi dự"],
    ["Số thứ tự các buổi, ví dụ 1, 2, 4", "Numbers of the half days, such as 1, 2, 4"],
);
const HOW_MANY: Column = column(
    "half_days_attended",
    "Số buổi dự",
    &["số buổi", "attended"],
    [
        "Số buổi có mặt, 0 nếu vắng; không cần khi đã ghi các buổi",
        "How many, 0 for none; not needed with their numbers",
    ],
);
const POINTS: Column = column(
    "test_points",
    "Điểm kiểm tra",
    &["điểm"],
    ["0 đến 100; để trống nếu không dự kiểm tra", "0 to 100; empty for who did not sit it"],
);
const RESULT: Column = column(
    "result",
    "Kết quả",
    &["đạt"],
    [
        "Đạt hoặc Không đạt; phải đúng với số buổi và điểm",
        "Đạt or Không đạt (passed, failed), as it follows from the rest",
    ],
);
const SIGNATURE: Column = column(
    "signature",
    "Ký nhận",
    &["chữ ký"],
    ["Không đọc; có trong danh sách in sẵn", "Not read; printed lists have it"],
);

const REGISTRATIONS: &[Column] = &[NAME, PERSON, UNIT, COMMUNE, DISTRICT, PROVINCE, PHONE, SIGNATURE];
const ATTENDANCE: &[Column] =
    &[NAME, PERSON, UNIT, COMMUNE, DISTRICT, PROVINCE, PHONE, WHICH, HOW_MANY, POINTS, RESULT, SIGNATURE];

const COMPLETIONS: &[Column] = &[
    NAME,
    PERSON,
    UNIT,
    COMMUNE,
    DISTRICT,
    PROVINCE,
    PHONE,
    paper::AUDIENCE,
    paper::TOPIC,
    paper::DAY,
    paper::HOURS,
    paper::ISSUER,
    paper::NUMBER,
    paper::EVIDENCE,
];

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Persons to be registered.
    Registrations,
    /// Attendance to be recorded.
    Attendance,
    /// Papers about training before or elsewhere.
    Completions,
}

impl List {
    /// Every list.
    pub const ALL: [Self; 3] = [Self::Registrations, Self::Attendance, Self::Completions];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Registrations => "registrations",
            Self::Attendance => "attendance",
            Self::Completions => "completions",
        }
    }

    /// Its columns.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Registrations => REGISTRATIONS,
            Self::Attendance => ATTENDANCE,
            Self::Completions => COMPLETIONS,
        }
    }
}

/// What is wrong with a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is in it.
    Required,
    /// More than these characters.
    TooLong(usize),
    /// Not of this form.
    Form(&'static str),
    /// Not within these bounds.
    Range(&'static str),
    /// No such unit on the day.
    Place(PlaceFault, Date),
    /// A unit whose persons the caller may not ask for.
    Forbidden,
    /// A day in the future.
    Future(Date),
}

/// What is wrong with a row, in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column.
    pub column: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// What a row says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The person's name; empty where the resource is told.
    pub name: String,
    /// The person's resource.
    pub person: Option<Uuid>,
    /// Where the registry keeps the person's record; none for anywhere in the session's unit.
    pub unit: Option<&'static Unit>,
    /// A telephone number; empty where none is told.
    pub phone: String,
    /// Numbers of half days; empty where only how many is told.
    pub half_days: Vec<i32>,
    /// How many half days.
    pub attended: i32,
    /// Points in the test.
    pub test_points: Option<i32>,
    /// Whether the list says that the person has passed.
    pub result: Option<bool>,
    /// A paper about training before or elsewhere.
    pub paper: Option<Paper>,
}

/// A row that was read.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number; the header is 1.
    pub number: u32,
    /// What it says, or all that is wrong with it.
    pub said: Result<Said, Vec<Fault>>,
}

/// A row while it is read.
struct Reading<'a> {
    mapping: &'a Mapping,
    cells: &'a [Cell],
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn fault(&mut self, column: &'static str, problem: Problem) {
        self.faults.push(Fault { column, problem });
    }

    fn text(&mut self, column: &'static str) -> String {
        let text = self.mapping.cell(self.cells, column).as_text();
        let text = text.filter(|text| text.chars().count() <= LONGEST);
        text.unwrap_or_else(|| {
            self.fault(column, Problem::TooLong(LONGEST));
            String::new()
        })
    }

    /// A whole number from 0 to `most`; none for nothing.
    fn number(&mut self, column: &'static str, most: i32, expected: &'static str) -> Option<i32> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok().filter(|number| (0..=most).contains(number));
        if number.is_none() {
            self.fault(column, Problem::Range(expected));
        }
        number
    }

    /// The numbers of half days, between whatever signs they stand.
    fn numbers(&mut self) -> Vec<i32> {
        let text = self.text(WHICH.name);
        let parts = text.split([',', ';', ' ', '+', '/']).filter(|part| !part.is_empty());
        let read: Option<Vec<i32>> = parts.map(|part| part.parse().ok()).collect();
        read.unwrap_or_else(|| {
            self.fault(WHICH.name, Problem::Form("1, 2, 4"));
            Vec::new()
        })
    }

    fn unit(&mut self, names: &Names, on: Date) -> Option<&'static Unit> {
        let [code, commune, district, province] =
            [UNIT.name, COMMUNE.name, DISTRICT.name, PROVINCE.name].map(|column| self.text(column));
        let told = Told { code: &code, commune: &commune, district: &district, province: &province, ..Told::default() };
        match place(names, told, on, false) {
            Ok(unit) => Some(unit),
            Err(PlaceFault::Required) => None,
            Err(fault) => {
                self.fault(if code.is_empty() { COMMUNE.name } else { UNIT.name }, Problem::Place(fault, on));
                None
            }
        }
    }

    fn person(&mut self) -> Option<Uuid> {
        let told = self.text(PERSON.name);
        let id = kit::name::parse(&told, "persons");
        if id.is_none() && !told.is_empty() {
            self.fault(PERSON.name, Problem::Form("persons/<uuid>"));
        }
        id
    }

    fn result(&mut self, needed: bool) -> Option<bool> {
        let told = self.text(RESULT.name);
        let read = match reference::text::fold(&told).as_str() {
            "dat" | "passed" | "pass" | "x" | "co" => Some(true),
            "khong dat" | "chua dat" | "failed" | "fail" | "khong" => Some(false),
            _ => None,
        };
        match (read, told.is_empty()) {
            (None, true) if needed => self.fault(RESULT.name, Problem::Required),
            (None, false) => self.fault(RESULT.name, Problem::Form("Đạt, Không đạt")),
            _ => {}
        }
        read
    }
}

/// What a row says of a session that begins on a day; of papers, on the day of their recording. A list `with_results` tells a result in every row.
#[must_use]
pub fn read(list: List, (mapping, names): (&Mapping, &Names), row: &Row, on: Date, with_results: bool) -> Line {
    let mut reading = Reading { mapping, cells: &row.cells, faults: Vec::new() };
    let (name, person) = (reading.text(NAME.name), reading.person());
    if name.is_empty() && mapping.cell(&row.cells, PERSON.name).is_empty() {
        reading.fault(NAME.name, Problem::Required);
    }
    let mut said =
        Said { name, person, unit: reading.unit(names, on), phone: reading.text(PHONE.name), ..Said::default() };
    if list == List::Attendance {
        said.half_days = reading.numbers();
        let attended = reading.number(HOW_MANY.name, 400, "0..400");
        let faulty = reading.faults.iter().any(|f| matches!(f.column, "half_days" | "half_days_attended"));
        if attended.is_none() && said.half_days.is_empty() && !faulty {
            reading.fault(HOW_MANY.name, Problem::Required);
        }
        said.attended = attended.unwrap_or_default();
        said.test_points = reading.number(POINTS.name, 100, "0..100");
        said.result = reading.result(with_results);
    }
    if list == List::Completions {
        said.paper = reading.paper(on);
    }
    Line { number: row.number, said: if reading.faults.is_empty() { Ok(said) } else { Err(reading.faults) } }
}

/// Rows that name a unit whose persons the caller may not ask for are faulty: nobody is looked for there.
pub fn keep_within(lines: &mut [Line], may_ask: impl Fn(&Unit) -> bool) {
    for line in lines {
        if line.said.as_ref().is_ok_and(|said| said.unit.is_some_and(|unit| !may_ask(unit))) {
            line.said = Err(vec![Fault { column: UNIT.name, problem: Problem::Forbidden }]);
        }
    }
}

/// Whom a row means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// This person.
    One(Uuid),
    /// Nobody.
    Nobody,
    /// One of these.
    Several(Vec<Uuid>),
}

/// Whom a list means.
fn who(persons: Vec<Uuid>) -> Who {
    match persons.as_slice() {
        [] => Who::Nobody,
        [one] => Who::One(*one),
        _ => Who::Several(persons),
    }
}

/// Whom a name means among the persons that were found for it: those who are written so, whatever the case and the place of
/// tone marks. A name that is only alike is another one.
#[must_use]
pub fn meant(name: &str, found: &[(Uuid, String)]) -> Who {
    let name = spell(name);
    who(found.iter().filter(|(_, other)| spell(other) == name).map(|(id, _)| *id).collect())
}

/// A number as it is compared: its digits, with 0 for the country's 84.
fn dialled(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("84").filter(|rest| rest.len() >= 9) {
        Some(rest) => format!("0{rest}"),
        None if digits.len() == 9 && !digits.starts_with('0') => format!("0{digits}"),
        None => digits,
    }
}

/// Whom a number means among several: who has it. Where nobody has, all of them stay.
#[must_use]
pub fn by_phone(several: Vec<Uuid>, phone: &str, numbers: &BTreeMap<Uuid, Vec<String>>) -> Who {
    let phone = dialled(phone);
    let has = |id: &Uuid| numbers.get(id).is_some_and(|of| of.iter().any(|number| dialled(number) == phone));
    let having: Vec<Uuid> = several.iter().filter(|id| !phone.is_empty() && has(id)).copied().collect();
    if having.is_empty() { Who::Several(several) } else { who(having) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sheet::take::columns::clashes;
    use time::macros::date;

    const DAY: Date = date!(2021 - 05 - 10);

    fn cells(texts: &[&str]) -> Vec<Cell> {
        texts.iter().map(|text| Cell::text(text)).collect()
    }

    fn line(header: &[&str], texts: &[&str], with_results: bool) -> Line {
        let mapping = Mapping::of(ATTENDANCE, &cells(header)).unwrap();
        let row = Row { number: 2, cells: cells(texts) };
        read(List::Attendance, (&mapping, &Names::default()), &row, DAY, with_results)
    }

    #[test]
    fn headers_mean_one_column_each() {
        for list in List::ALL {
            assert_eq!(clashes(list.columns()), Vec::<String>::new(), "{list:?}");
        }
    }

    #[test]
    fn a_row_is_read_in_either_language() {
        let vietnamese = ["STT", "Họ và tên", "Huyện", "Tỉnh", "Các buổi dự", "Điểm kiểm tra", "Kết quả"];
        let said =
            line(&vietnamese, &["1", "Cán bộ A", "Tuy An", "Phú Yên", "1, 2;4", "70", "Đạt"], true).said.unwrap();
        assert_eq!((said.half_days, said.test_points, said.result), (vec![1, 2, 4], Some(70), Some(true)));
        assert_eq!(said.unit.unwrap().name, "units/559-20180507");
        let english = ["name", "unit_code", "half_days_attended", "result"];
        let said = line(&english, &["Cán bộ A", "54", "0", "failed"], false).said.unwrap();
        assert_eq!((said.attended, said.result, said.unit.unwrap().code.as_str()), (0, Some(false), "54"));
    }

    #[test]
    fn all_that_is_wrong_with_a_row_is_found_at_once() {
        let header = ["name", "person", "district", "half_days", "half_days_attended", "test_points", "result"];
        let faults = line(&header, &["", "", "Nơi khác", "một", "-1", "101", "khá"], false).said.unwrap_err();
        let columns: Vec<&str> = faults.iter().map(|fault| fault.column).collect();
        assert_eq!(
            columns,
            ["display_name", "commune", "half_days", "half_days_attended", "test_points", "result"],
            "{faults:?}"
        );
        let faults = line(&header, &["A", "x", "", "", "", "", ""], true).said.unwrap_err();
        let columns: Vec<&str> = faults.iter().map(|fault| fault.column).collect();
        assert_eq!(columns, ["person", "half_days_attended", "result"]);
    }

    #[test]
    fn a_name_means_who_is_written_so_and_a_number_decides_among_several() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        let found = [(a, "Cán bộ Hòa".to_owned()), (b, "cán bộ Hoà".to_owned()), (c, "Cán bộ Hoa".to_owned())];
        assert_eq!(meant("Cán bộ Hoa", &found), Who::One(c));
        assert_eq!(meant("Cán bộ Hoà", &found), Who::Several(vec![a, b]));
        assert_eq!(meant("Cán bộ", &found), Who::Nobody);
        let numbers = BTreeMap::from([
            (a, vec!["+84 901 234 567".to_owned()]),
            (b, vec!["0909 000 000".to_owned(), "0257 384 1111".to_owned()]),
        ]);
        for (phone, expected) in [
            ("0901.234.567", Who::One(a)),
            ("901234567", Who::One(a)),
            ("0257 3841111", Who::One(b)),
            ("0909999999", Who::Several(vec![a, b])),
            ("", Who::Several(vec![a, b])),
        ] {
            assert_eq!(by_phone(vec![a, b], phone, &numbers), expected, "{phone}");
        }
    }
}
