//! A file: its title, its tables, and the two forms in which it is written.

use std::io::{self, Write};

use time::Date;

use crate::cell::Cell;
use crate::table::Table;
use crate::{csv, xlsx};

/// The language of headers and titles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// The text of this language.
    #[must_use]
    pub const fn choose(self, vi: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Vietnamese => vi,
            Self::English => en,
        }
    }

    /// What marks a sample.
    #[must_use]
    pub const fn sample(self) -> &'static str {
        self.choose("DỮ LIỆU MẪU", "SAMPLE DATA")
    }
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A workbook.
    Xlsx,
    /// Text with this separator.
    Csv(u8),
}

impl Format {
    /// The end of a file's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv(_) => "csv",
        }
    }

    /// A file's type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv(_) => "text/csv; charset=utf-8",
        }
    }
}

/// What stands above the tables.
#[derive(Clone, Debug)]
pub struct Title {
    /// The office whose file it is.
    pub office: String,
    /// What it is called.
    pub name: String,
    /// The day on which it is made.
    pub day: Date,
    /// The day whose units it shows; none where each row shows the units of its own day.
    pub map: Option<Date>,
    /// The language of all of it.
    pub language: Language,
}

/// A file of one or several tables: sheets of a workbook, or one below the other.
pub struct Book {
    /// What stands above.
    pub title: Title,
    /// The tables.
    pub tables: Vec<Table>,
}

impl Book {
    /// How many rows it has, headings and sums left out.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// How many of them are samples.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.tables.iter().map(|table| table.samples).sum()
    }

    /// Writes it, from the first byte to the last.
    ///
    /// # Errors
    /// Of the writer or of temporary files.
    pub fn write(self, format: Format, out: impl Write + Send) -> io::Result<()> {
        match format {
            Format::Xlsx => xlsx::write(self, out),
            Format::Csv(separator) => csv::write(self, separator, out),
        }
    }
}

impl Title {
    /// The rows above a table of `rows` rows with `samples` among them. The last one is there for samples alone.
    pub(crate) fn lines(&self, table: &Table) -> Vec<String> {
        let say = |vi, en| self.language.choose(vi, en);
        let day = kit::day::text(self.day);
        let map = match self.map {
            Some(day) => {
                format!("{} {}", say("Đơn vị hành chính theo ngày", "Administrative units as of"), kit::day::text(day))
            }
            None => {
                say("Đơn vị hành chính theo ngày ghi trong từng dòng", "Administrative units as of the day of each row")
                    .to_owned()
            }
        };
        let name = if self.name == table.name { self.name.clone() } else { format!("{}: {}", self.name, table.name) };
        let name = crate::cell::Cell::from(name);
        let name = if let Cell::Text(name) = name { name } else { String::new() };
        let rows = Cell::Number(i64::try_from(table.rows).unwrap_or(i64::MAX));
        let rows = dotted(&rows, self.language);
        let mut lines = vec![
            self.office.clone(),
            name,
            format!("{} {day}. {map}.", say("Ngày lập:", "Made on")),
            format!("{} {rows}", say("Số dòng:", "Rows:")),
        ];
        if table.samples > 0 {
            let samples = dotted(&Cell::Number(i64::try_from(table.samples).unwrap_or(i64::MAX)), self.language);
            let of = say("trên", "of");
            lines.push(format!("{}: {samples} {of} {rows}", self.language.sample()));
        }
        lines
    }
}

/// A whole number with the language's mark between thousands.
pub(crate) fn dotted(number: &Cell, language: Language) -> String {
    let Cell::Number(number) = number else { return String::new() };
    let digits = number.unsigned_abs().to_string();
    let mark = if language == Language::Vietnamese { '.' } else { ',' };
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}
