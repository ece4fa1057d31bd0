//! What stands in a cell.

use std::borrow::Cow;

use proto::google::r#type::Date as PbDate;
use reference::calendar::{format_iso, parse_iso};
use time::Date;

/// What a column holds; how its cells look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Words.
    Text,
    /// Something that looks like a number and is none: tax codes, codes of units.
    Code,
    /// A whole number, its thousands apart.
    Number,
    /// A number with this many decimals.
    Decimal(u8),
    /// A day.
    Day,
}

/// What stands in one cell. Any of them may stand in any column ("Tổng" in a column of numbers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, also where the column holds codes.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A number as the contract writes it, such as "78.66".
    Decimal(String),
    /// A day.
    Day(Date),
}

/// Most characters that a cell of Excel holds, with some to spare.
const LONGEST: usize = 32_000;

impl Cell {
    /// A day as the contract has it.
    #[must_use]
    pub fn day(date: Option<&PbDate>) -> Self {
        date.and_then(kit::day::of).map_or(Self::Empty, Self::Day)
    }

    /// The day in Viet Nam of an instant.
    #[must_use]
    pub fn day_of(at: Option<&prost_types::Timestamp>) -> Self {
        at.map_or(Self::Empty, |at| Self::Day(kit::day::at(kit::instant::of(at))))
    }

    /// A cross where something holds.
    #[must_use]
    pub fn cross(holds: bool) -> Self {
        if holds { Self::Text("x".to_owned()) } else { Self::Empty }
    }

    /// A number, or nothing where it is 0, as the contract tells what is not known.
    #[must_use]
    pub fn some(number: impl Into<i64>) -> Self {
        match number.into() {
            0 => Self::Empty,
            number => Self::Number(number),
        }
    }

    /// As it is printed in Vietnamese: days as dd/mm/yyyy, thousands with dots, decimals with a comma.
    #[must_use]
    pub fn printed(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(_) => crate::book::dotted(self, crate::Language::Vietnamese),
            Self::Decimal(number) => number.replace('.', ","),
            Self::Day(day) => kit::day::text(*day),
        }
    }

    /// As it lies in the temporary file: a letter for what it is, then the value.
    pub(crate) fn keep(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Owned(format!("t{text}")),
            Self::Number(number) => Cow::Owned(format!("n{number}")),
            Self::Decimal(number) => Cow::Owned(format!("d{number}")),
            Self::Day(day) => Cow::Owned(format!("y{}", format_iso(*day))),
        }
    }

    /// Reads back what [`Cell::keep`] wrote.
    pub(crate) fn kept(text: &str) -> Self {
        let mut rest = text.chars();
        let what = rest.next();
        let rest = rest.as_str();
        match what {
            Some('n') => rest.parse().map_or(Self::Empty, Self::Number),
            Some('d') => Self::Decimal(rest.to_owned()),
            Some('y') => parse_iso(rest).map_or(Self::Empty, Self::Day),
            Some(_) => Self::Text(rest.to_owned()),
            None => Self::Empty,
        }
    }

    /// How many characters wide it is shown.
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Text(text) => text.lines().map(|line| line.chars().count()).max().unwrap_or(0),
            Self::Number(number) => number.to_string().len() * 4 / 3,
            Self::Decimal(number) => number.len() + 2,
            Self::Day(_) => 10,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(clean(text)) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<Date> for Cell {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

/// Text without what no spreadsheet can hold: control characters but tabs and line ends, and what is beyond its limit.
fn clean(text: &str) -> String {
    let readable = text.chars().map(|c| match c {
        '\n' | '\t' => c,
        c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => ' ',
        c => c,
    });
    let mut clean: String = readable.clone().take(LONGEST).collect();
    if readable.count() > LONGEST {
        clean.push('…');
    }
    clean
}

/// True for text that a spreadsheet would take for a formula: one that begins, after blanks, with a sign that begins
/// formulas, also in its full-width form.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    let first = text.trim_start().chars().next();
    text.starts_with(['\t', '\r', '\n']) || first.is_some_and(|c| "=+-@＝＋－＠".contains(c))
}
