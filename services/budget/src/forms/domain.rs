//! A form as it is written, whatever it is written as.

use time::Date;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A whole number: an amount in đồng or a count.
    Number(i64),
}

impl Cell {
    /// Words; nothing where there are none.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A number that may be missing.
    #[must_use]
    pub fn some(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// As it is printed: thousands with dots between them.
    #[must_use]
    pub fn printed(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => dotted(*number),
        }
    }
}

/// A whole number with dots between thousands.
#[must_use]
pub fn dotted(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header.
    pub name: &'static str,
    /// It holds numbers.
    pub number: bool,
    /// Its share of the width of a page.
    pub share: u16,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub const fn words(name: &'static str, share: u16) -> Self {
        Self { name, number: false, share }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn numbers(name: &'static str, share: u16) -> Self {
        Self { name, number: true, share }
    }
}

/// A table of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it is called; short, for it names a sheet too.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
    /// What they come to; may be empty.
    pub sums: Vec<Vec<Cell>>,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What its file is called: small letters and dashes.
    pub file: &'static str,
    /// Who writes it: the upper lines of the head.
    pub authority: Vec<String>,
    /// Number of its document; may be empty.
    pub number: String,
    /// Where it is written.
    pub place: String,
    /// Its day.
    pub day: Date,
    /// Its title, in capitals.
    pub title: String,
    /// What the title is about.
    pub subtitle: String,
    /// What stands above the tables.
    pub remarks: Vec<String>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Who signs: posts, never persons.
    pub signatures: Vec<&'static str>,
    /// It is about invented samples.
    pub sample: bool,
}

impl Form {
    /// Place and day as they stand in a head.
    #[must_use]
    pub fn place_and_day(&self) -> String {
        let (day, month, year) = (self.day.day(), u8::from(self.day.month()), self.day.year());
        // Days below ten and the first two months take a zero, so that nobody writes another figure before them.
        let month = if month <= 2 { format!("{month:02}") } else { month.to_string() };
        format!("{}, ngày {day:02} tháng {month} năm {year}", self.place)
    }
}

/// The quarters of a line as people write them.
#[must_use]
pub fn quarters(of: &[i32]) -> String {
    let name = |quarter: &i32| match quarter {
        1 => "I",
        2 => "II",
        3 => "III",
        4 => "IV",
        _ => "",
    };
    of.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_dots_between_thousands() {
        for (number, text) in [
            (0, "0"),
            (7, "7"),
            (999, "999"),
            (1_000, "1.000"),
            (-48_000_000, "-48.000.000"),
            (i64::MIN, "-9.223.372.036.854.775.808"),
        ] {
            assert_eq!(dotted(number), text);
        }
        assert_eq!(Cell::some(None).printed(), "");
        assert_eq!((Cell::text(""), Cell::text("a").printed()), (Cell::Empty, "a".to_owned()));
    }

    #[test]
    fn quarters_are_written_in_roman_figures() {
        assert_eq!(
            (quarters(&[1, 4]), quarters(&[2]), quarters(&[])),
            ("I, IV".to_owned(), "II".to_owned(), String::new())
        );
    }

    #[test]
    fn a_day_is_written_as_in_the_head_of_a_paper() {
        let form = |day| Form {
            file: "x",
            authority: vec![],
            number: String::new(),
            place: "Phú Yên".to_owned(),
            day,
            title: String::new(),
            subtitle: String::new(),
            remarks: vec![],
            tables: vec![],
            signatures: vec![],
            sample: false,
        };
        let written = |day| form(day).place_and_day();
        assert_eq!(written(time::macros::date!(2021 - 02 - 05)), "Phú Yên, ngày 05 tháng 02 năm 2021");
        assert_eq!(written(time::macros::date!(2021 - 03 - 15)), "Phú Yên, ngày 15 tháng 3 năm 2021");
    }
}
