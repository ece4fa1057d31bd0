//! What stands in a cell, and how it is read as a text, a number, a day or a code.

use reference::text;
use time::{Date, Month};

/// Longest text of a cell that is kept, in bytes: more than any field takes.
pub const LONGEST: usize = 8 * 1024;

/// A cell of a sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing, or blanks.
    #[default]
    Empty,
    /// A text as it was typed; what looks like a formula is a text too.
    Text(String),
    /// A number of a workbook.
    Number(f64),
    /// A day of a workbook.
    Day(Date),
    /// More than [`LONGEST`] bytes.
    TooLong,
}

impl Cell {
    /// A text, or nothing where it is blank.
    #[must_use]
    pub fn text(typed: &str) -> Self {
        if typed.len() > LONGEST {
            return Self::TooLong;
        }
        if typed.trim().is_empty() { Self::Empty } else { Self::Text(typed.to_owned()) }
    }

    /// True where there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// As a text in NFC, trimmed; a number without needless decimals; a day as dd/mm/yyyy. None for what is too long.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        Some(match self {
            Self::Empty => String::new(),
            Self::Text(typed) => text::nfc(typed.trim()),
            Self::Number(number) => number_text(*number),
            Self::Day(day) => format!("{:02}/{:02}/{:04}", day.day(), u8::from(day.month()), day.year()),
            Self::TooLong => return None,
        })
    }
}

fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

/// Digits of a fixed length, such as a commune's code: the zeros that spreadsheets take off the front of numbers are put
/// back, and the apostrophe that keeps them there is taken off.
#[must_use]
pub fn digits(typed: &str, length: usize) -> String {
    let typed = typed.trim_start_matches('\'').trim();
    let number = !typed.is_empty() && typed.bytes().all(|b| b.is_ascii_digit());
    if number && typed.len() < length { format!("{typed:0>length$}") } else { typed.to_owned() }
}

/// Days that Excel counts from; 1900 is no leap year, but Excel counts its 29 February.
const EPOCH: Date = time::macros::date!(1899 - 12 - 30);

/// The day of a serial number of Excel, from 1 March 1900 to the end of 2100.
#[must_use]
pub fn serial_day(serial: f64) -> Option<Date> {
    if !(61.0..73_415.0).contains(&serial) {
        return None;
    }
    // In range, so nothing is cut off but the time of the day.
    #[expect(clippy::cast_possible_truncation, reason = "the range was tested")]
    let days = serial.floor() as i64;
    EPOCH.checked_add(time::Duration::days(days))
}

/// A day: of a workbook; dd/mm/yyyy with `/`, `-` or `.`; yyyy-mm-dd; a serial number of Excel. `Ok(None)` for nothing.
///
/// # Errors
/// It is none of these, or there is no such day.
pub fn day(cell: &Cell) -> Result<Option<Date>, NoDay> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Day(day) => Ok(Some(*day)),
        Cell::Number(serial) => serial_day(*serial).map(Some).ok_or(NoDay),
        Cell::Text(typed) => typed_day(typed.trim().trim_start_matches('\'')).map(Some).ok_or(NoDay),
        Cell::TooLong => Err(NoDay),
    }
}

/// There is no such day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDay;

fn typed_day(typed: &str) -> Option<Date> {
    let parts: Vec<&str> = typed.split(['/', '-', '.']).collect();
    let number = |text: &str, longest: usize| {
        let good = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        good.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (number(year, 4)?, number(month, 2)?, number(day, 2)?),
        [day, month, year] if year.len() == 4 => (number(year, 4)?, number(month, 2)?, number(day, 2)?),
        [serial] if serial.len() == 5 => return serial_day(f64::from(serial.parse::<u32>().ok()?)),
        _ => return None,
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()
}

/// A yes: `x`, `có`, `yes`, `true`, `1`. Anything else but a no (`không`, `no`, `false`, `0`) or nothing is neither.
#[must_use]
pub fn flag(typed: &str) -> Option<bool> {
    match text::fold(typed).as_str() {
        "x" | "co" | "yes" | "y" | "true" | "1" | "dung" => Some(true),
        "" | "khong" | "no" | "n" | "false" | "0" | "sai" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn days_are_read_as_offices_write_them() {
        let (new_year, none) = (Ok(Some(date!(2021 - 01 - 02))), Err(NoDay));
        for (typed, day_read) in [
            ("02/01/2021", new_year),
            ("2/1/2021", new_year),
            ("02-01-2021", new_year),
            ("2.1.2021", new_year),
            (" 2021-01-02 ", new_year),
            ("'02/01/2021", new_year),
            ("44198", new_year),
            ("31/02/2021", none),
            ("01/02/21", none),
            ("2021", none),
            ("13/13/2021", none),
            ("+1/02/2021", none),
            ("hôm qua", none),
            ("99999", none),
        ] {
            assert_eq!(day(&Cell::text(typed)), day_read, "{typed}");
        }
        assert_eq!(day(&Cell::Number(44198.75)), new_year);
        assert_eq!(day(&Cell::Number(f64::NAN)), none);
        assert_eq!(day(&Cell::Number(1e300)), none);
        assert_eq!(day(&Cell::Empty), Ok(None));
    }

    #[test]
    fn codes_get_the_zeros_back_that_a_spreadsheet_took() {
        assert_eq!(digits("1", 5), "00001");
        assert_eq!(digits("'00001", 5), "00001");
        assert_eq!(digits("22018", 5), "22018");
        assert_eq!(digits("22018-20241101", 5), "22018-20241101");
        assert_eq!(digits("", 5), "");
        assert_eq!(Cell::Number(22018.0).as_text().as_deref(), Some("22018"));
        assert_eq!(Cell::Number(1.5).as_text().as_deref(), Some("1.5"));
    }

    #[test]
    fn a_text_is_composed_and_what_looks_like_a_formula_stays_one() {
        assert_eq!(Cell::text(" =1+1 ").as_text().as_deref(), Some("=1+1"));
        assert_eq!(Cell::text("O\u{302}").as_text().as_deref(), Some("Ô"));
        assert_eq!(Cell::text(&"a".repeat(LONGEST + 1)).as_text(), None);
        assert!(Cell::text(" \u{A0}").is_empty());
        assert_eq!(
            [flag("Có"), flag("x"), flag(""), flag("không"), flag("?")],
            [Some(true), Some(true), Some(false), Some(false), None]
        );
    }
}
