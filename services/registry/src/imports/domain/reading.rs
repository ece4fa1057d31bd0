//! Reads the cells of a row; all that is wrong with it is found at once.

use reference::names::ProducerName;
use reference::text::fold;
use reference::units::{Level, Unit};
use sheet::take::cells::{self, Cell, digits};
use sheet::take::columns::Mapping;
use sheet::take::places::{Names, PlaceFault, Told, place};
use time::{Date, Month};

use super::columns::Kind;
use super::{Fault, Item, PersonItem, PostItem, Problem, ProductItem};
use crate::producers::domain::matching::form_of;
use crate::producers::domain::{Content, NewProducer, TaxCode};
use crate::products::domain::target_holds;
use crate::shared::domain::{DisplayName, LONGEST_NAME, NameFault};

/// A row while it is read.
struct Row<'a> {
    mapping: &'a Mapping,
    names: &'a Names,
    cells: &'a [Cell],
    today: Date,
    faults: Vec<Fault>,
}

/// What a row says, and whether it says that it is new.
///
/// # Errors
/// All that is wrong with it.
pub fn read(
    kind: Kind,
    (mapping, names): (&Mapping, &Names),
    cells: &[Cell],
    today: Date,
) -> Result<(Item, bool), Vec<Fault>> {
    let mut row = Row { mapping, names, cells, today, faults: Vec::new() };
    if mapping.overflows(cells) {
        row.fault("", Problem::Form("≤ header"));
    }
    let as_new = row.flag("as_new");
    let item = match kind {
        Kind::Producers => row.producer("display_name").map(Item::Producer),
        Kind::Products => row.product().map(|product| Item::Product(Box::new(product))),
        Kind::People => {
            let on = row.date("registration_date").or(row.clear("registration_date").then_some(today));
            row.person("registration_date", on).map(Item::Person)
        }
        Kind::Officers => row.officer().map(Item::Officer),
    };
    match item {
        Some(item) if row.faults.is_empty() => Ok((item, as_new)),
        _ => Err(row.faults),
    }
}

impl Row<'_> {
    fn fault(&mut self, column: &'static str, problem: Problem) {
        self.faults.push(Fault { column, problem });
    }

    fn cell(&self, column: &str) -> &Cell {
        self.mapping.cell(self.cells, column)
    }

    /// True where no fault of this column was found.
    fn clear(&self, column: &str) -> bool {
        self.faults.iter().all(|fault| fault.column != column)
    }

    /// A text of one line; empty where there is none.
    fn text(&mut self, column: &'static str, most: usize) -> String {
        let Some(text) = self.cell(column).as_text() else {
            self.fault(column, Problem::TooLong(most));
            return String::new();
        };
        if text.chars().count() > most {
            self.fault(column, Problem::TooLong(most));
        } else if !text.is_empty() && reference::text::is_clean(&text).is_err() {
            self.fault(column, Problem::Unclean);
        } else {
            return text;
        }
        String::new()
    }

    fn name(&mut self, column: &'static str) -> Option<DisplayName> {
        let typed = self.cell(column).as_text();
        let name = typed.ok_or(NameFault::TooLong).and_then(|typed| DisplayName::new(&typed));
        let problem = match name {
            Ok(name) => return Some(name),
            Err(NameFault::Empty) => Problem::Required,
            Err(NameFault::TooLong) => Problem::TooLong(LONGEST_NAME),
            Err(NameFault::Unclean) => Problem::Unclean,
        };
        self.fault(column, problem);
        None
    }

    fn flag(&mut self, column: &'static str) -> bool {
        let typed = self.text(column, 20);
        let flag = cells::flag(&typed);
        if flag.is_none() {
            self.fault(column, Problem::Form("x"));
        }
        flag.unwrap_or(false)
    }

    fn number(&mut self, column: &'static str, expected: &'static str) -> i32 {
        let typed = self.text(column, 20);
        if typed.is_empty() {
            return 0;
        }
        let number = typed.trim_start_matches('\'').parse().ok().filter(|number| *number >= 0);
        if number.is_none() {
            self.fault(column, Problem::Range(expected));
        }
        number.unwrap_or(0)
    }

    /// A day that is not in the future; none where there is none or a fault was found.
    fn date(&mut self, column: &'static str) -> Option<Date> {
        let date = cells::day(self.cell(column));
        match date {
            Ok(Some(date)) if date > self.today => self.fault(column, Problem::InFuture(date)),
            Ok(date) => return date,
            Err(_) => self.fault(column, Problem::NoDay),
        }
        None
    }

    fn unit(&mut self, on: (&'static str, Date), communes: bool) -> Option<&'static Unit> {
        let [code, then, commune, district, province] =
            ["commune_code", "commune_code_2021", "commune", "district", "province"]
                .map(|column| self.text(column, 100));
        let (column, on) = on;
        let told =
            Told { code: &code, code_of_2021: &then, commune: &commune, district: &district, province: &province };
        let named = if code.is_empty() && then.is_empty() && !commune.is_empty() { "commune" } else { "commune_code" };
        let (at, problem) = match place(self.names, told, on, communes) {
            Ok(unit) if communes && unit.level != Level::Commune => {
                (named, Problem::NotCommune(unit.display_name.clone()))
            }
            Ok(unit) => return Some(unit),
            Err(PlaceFault::Required) => (named, Problem::Required),
            Err(PlaceFault::Unknown(name)) => (named, Problem::UnitUnknown(name, on)),
            Err(PlaceFault::Several(name)) => (named, Problem::UnitSeveral(name)),
            Err(PlaceFault::BeforeKnown(first)) => (column, Problem::BeforeKnown(first)),
            Err(PlaceFault::NoLink(name)) => (named, Problem::UnitNoLink(name, on)),
        };
        self.fault(at, problem);
        None
    }

    fn tax_code(&mut self) -> Option<Option<TaxCode>> {
        let typed = self.text("tax_code", 30).replace(' ', "");
        if typed.is_empty() {
            return self.clear("tax_code").then_some(None);
        }
        let code = TaxCode::new(&digits(&typed, 10));
        if code.is_none() {
            self.fault("tax_code", Problem::TaxCode);
        }
        code.map(Some)
    }

    fn legal_form(&mut self, name: Option<&DisplayName>) -> Option<i32> {
        let typed = self.text("legal_form", 100);
        if typed.is_empty() {
            let said = name.and_then(|name| ProducerName::of(name.as_str()).kind).map(form_of);
            if said.is_none() && name.is_some() {
                self.fault("legal_form", Problem::Required);
            }
            return said;
        }
        let form = form_named(&typed);
        if form.is_none() {
            self.fault("legal_form", Problem::LegalForm(typed));
        }
        form
    }

    /// The day of registration: told; else the end of the year that the status tells; else today.
    fn registration(&mut self) -> Option<Date> {
        let date = self.date("registration_date");
        if date.is_some() || !self.clear("registration_date") {
            return date;
        }
        let status = self.text("status", 200);
        Some(end_of_status(&status).map_or(self.today, |date| date.min(self.today)))
    }

    fn producer(&mut self, column: &'static str) -> Option<NewProducer> {
        let display_name = self.name(column);
        let registration_date = self.registration();
        let unit = registration_date.and_then(|on| self.unit(("registration_date", on), true));
        let tax_code = self.tax_code();
        let legal_form = self.legal_form(display_name.as_ref());
        let sample = self.flag("sample");
        let unit = unit?;
        Some(NewProducer {
            content: Content { display_name: display_name?, legal_form: legal_form?, tax_code: tax_code? },
            unit: unit.name.clone(),
            unit_path: unit.path.clone(),
            registration_date: registration_date?,
            sample,
        })
    }

    fn product(&mut self) -> Option<ProductItem> {
        let display_name = self.name("display_name");
        let producer = self.producer("producer");
        let product_set = self.product_set();
        let target_year = self.number("target_year", "2018..2100");
        let target_stars = self.number("target_stars", "3..5");
        if target_year != 0 && !(2018..=2100).contains(&target_year) {
            self.fault("target_year", Problem::Range("2018..2100"));
        } else if !target_holds(target_year, target_stars) {
            self.fault("target_stars", Problem::Range("3..5 (target_year > 0)"));
        }
        let producer = producer?;
        Some(ProductItem {
            display_name: display_name?,
            product_set: product_set?,
            registration_date: producer.registration_date,
            target_year,
            target_stars,
            sample: producer.sample,
            producer,
        })
    }

    /// A product set by its id or its name, as a resource name; empty where it is not told.
    fn product_set(&mut self) -> Option<String> {
        let typed = self.text("product_set", 200);
        let id = typed.strip_prefix("productSets/").unwrap_or(&typed);
        if id.is_empty() || reference::products::set(id).is_some() {
            return Some(if id.is_empty() { String::new() } else { format!("productSets/{id}") });
        }
        self.fault("product_set", Problem::ProductSet(typed));
        None
    }

    fn person(&mut self, column: &'static str, on: Option<Date>) -> Option<PersonItem> {
        let display_name = self.name("display_name");
        let unit = on.and_then(|on| self.unit((column, on), false));
        let sample = self.flag("sample");
        Some(PersonItem { display_name: display_name?, unit: unit?, registration_date: on?, sample })
    }

    fn officer(&mut self) -> Option<PostItem> {
        let title = self.name("title");
        let begin = self.date("begin_date");
        if begin.is_none() && self.clear("begin_date") {
            self.fault("begin_date", Problem::Required);
        }
        let end_date = self.date("end_date");
        if let (Some(begin), Some(end)) = (begin, end_date)
            && end < begin
        {
            self.fault("end_date", Problem::BeforeBegin(begin));
        }
        let person = self.person("begin_date", begin);
        Some(PostItem { person: person?, title: title?, end_date })
    }
}

/// The number of the contract's `LegalForm` that a word names.
fn form_named(typed: &str) -> Option<i32> {
    let folded = fold(typed);
    let word = folded.strip_prefix("legal_form_").unwrap_or(&folded);
    Some(match word {
        "company" | "cong ty" | "doanh nghiep" | "dn" => 1,
        "cooperative" | "htx" | "hop tac xa" => 2,
        "cooperative_group" | "to hop tac" | "tht" => 3,
        "household" | "ho" | "ho kinh doanh" | "ho san xuat" | "ho gia dinh" | "hkd" | "ho san xuat kinh doanh" => 4,
        "farm" | "trang trai" => 5,
        "tourism_body" | "hoi" | "hiep hoi" | "hoi/hiep hoi du lich" | "hoi du lich" | "hiep hoi du lich" => 6,
        "facility" | "co so" | "co so san xuat" | "cssx" => 7,
        // "Công ty TNHH", "HTX nông nghiệp": the words of a form before a name.
        _ => ProducerName::of(typed).kind.map(form_of)?,
    })
}

/// The last day of the latest year in a status; with "before" the last day before that year.
fn end_of_status(status: &str) -> Option<Date> {
    let years = status.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 4);
    let year: i32 = years.filter_map(|run| run.parse().ok()).filter(|year| (2018..2100).contains(year)).max()?;
    let year = if fold(status).contains("before") || fold(status).contains("truoc") { year - 1 } else { year };
    Date::from_calendar_date(year, Month::December, 31).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 24);

    fn row(kind: Kind, told: &[(&str, &str)]) -> Result<(Item, bool), Vec<Fault>> {
        let header: Vec<Cell> = told.iter().map(|(name, _)| Cell::text(name)).collect();
        let cells: Vec<Cell> = told.iter().map(|(_, value)| Cell::text(value)).collect();
        read(kind, (&Mapping::of(kind.columns(), &header).unwrap(), &Names::default()), &cells, TODAY)
    }

    #[test]
    fn a_producer_is_read_with_its_form_from_its_name() {
        let told = [("Tên chủ thể", "HTX Nông nghiệp An Nghiệp"), ("Mã xã", "22132"), ("Ngày đăng ký", "15/1/2021")];
        let (Item::Producer(new), false) = row(Kind::Producers, &told).unwrap() else { panic!("a producer") };
        assert_eq!(new.content.legal_form, 2);
        assert_eq!(new.unit, "units/22132-20180507");
        assert_eq!(new.registration_date, date!(2021 - 01 - 15));
    }

    #[test]
    fn all_faults_of_a_row_are_found_at_once() {
        let told = [
            ("display_name", "a\u{202E}b"),
            ("legal_form", "câu lạc bộ"),
            ("tax_code", "1000000002"),
            ("commune_code", "99999"),
            ("registration_date", "15/01/2021"),
            ("sample", "?"),
        ];
        let faults = row(Kind::Producers, &told).unwrap_err();
        let found: Vec<(&str, &Problem)> = faults.iter().map(|f| (f.column, &f.problem)).collect();
        assert_eq!(
            found,
            [
                ("display_name", &Problem::Unclean),
                ("commune_code", &Problem::UnitUnknown("99999".to_owned(), date!(2021 - 01 - 15))),
                ("tax_code", &Problem::TaxCode),
                ("legal_form", &Problem::LegalForm("câu lạc bộ".to_owned())),
                ("sample", &Problem::Form("x")),
            ]
        );
    }

    #[test]
    fn the_status_of_the_press_tells_the_day() {
        for (status, day) in [
            ("candidate_2019_2020", Some(date!(2020 - 12 - 31))),
            ("recognised_2022_round2", Some(date!(2022 - 12 - 31))),
            ("recognised_before_2023", Some(date!(2022 - 12 - 31))),
            ("certificate_given_2023-12-29", Some(date!(2023 - 12 - 31))),
            ("chờ", None),
        ] {
            assert_eq!(end_of_status(status), day, "{status}");
        }
    }

    #[test]
    fn an_officer_needs_the_first_day_of_the_post() {
        let told = [("họ tên", "Cán bộ OCOP"), ("chức danh", "Cán bộ"), ("huyện", "Tuy An"), ("từ ngày", "")];
        let header: Vec<Cell> = ["họ tên", "chức danh", "huyện", "từ ngày", "xã"].map(Cell::text).into();
        let mapping = Mapping::of(Kind::Officers.columns(), &header).unwrap();
        let cells: Vec<Cell> = told.iter().map(|(_, value)| Cell::text(value)).collect();
        let faults = read(Kind::Officers, (&mapping, &Names::default()), &cells, TODAY).unwrap_err();
        assert_eq!(faults, [Fault { column: "begin_date", problem: Problem::Required }]);
    }

    #[test]
    fn legal_forms_are_read_as_people_write_them() {
        for (typed, form) in
            [("HTX", 2), ("Hợp tác xã", 2), ("LEGAL_FORM_COMPANY", 1), ("cooperative_group", 3), ("Công ty TNHH", 1)]
        {
            assert_eq!(form_named(typed), Some(form), "{typed}");
        }
        assert_eq!(form_named("câu lạc bộ"), None);
    }
}
