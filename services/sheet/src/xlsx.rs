//! XLSX, a row at a time: the writer keeps one row in memory and the rest in temporary files.

use std::collections::HashMap;
use std::io::{self, Write};

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use time::Date;

use crate::book::{Book, Title};
use crate::cell::{Cell, Kind, looks_like_formula};
use crate::table::{Head, Style, Table};

/// Most rows of a table on one sheet: Excel ends at 1,048,576. What is beyond goes on the next sheet.
const PER_SHEET: u32 = 1_000_000;
/// Most characters of a sheet's name.
const LONGEST_NAME: usize = 31;
/// Widths of columns in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 6..=60;

/// Why a workbook could not be written.
struct Fault(io::Error);

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self(error)
    }
}

impl From<XlsxError> for Fault {
    fn from(error: XlsxError) -> Self {
        Self(io::Error::other(error))
    }
}

/// Writes a book, a sheet for each table.
pub fn write(book: Book, out: impl Write + Send) -> io::Result<()> {
    fill(book, out).map_err(|fault| fault.0)
}

fn fill(book: Book, out: impl Write + Send) -> Result<(), Fault> {
    let Book { title, tables } = book;
    let mut workbook = Workbook::new();
    let made = day(title.day)?;
    workbook.set_properties(&DocProperties::new().set_title(&*title.name).set_creation_datetime(&made));
    let looks = Looks::new();
    let mut names = Vec::new();
    for table in tables {
        let lines = title.lines(&table);
        let page = Page { title: &title, lines, heads: table.heads.clone(), widths: widths(&table), looks: &looks };
        let (name, sample) = (table.name.clone(), table.samples > 0);
        let (mut sheets, mut left) = (0_u32, 0_u32);
        let mut row = 0;
        page.begin(add(&mut workbook, &name, &mut names)?, sample).map(|first| row = first)?;
        table.read(|style, cells| {
            if left == PER_SHEET {
                sheets += 1;
                left = 0;
                row = page.begin(add(&mut workbook, &name, &mut names)?, sample)?;
            }
            left += 1;
            let place = names.len() - 1;
            page.row(workbook.worksheet_from_index(place)?, row, style, &cells)?;
            row += 1;
            Ok::<(), Fault>(())
        })?;
    }
    workbook.save_to_writer(out)?;
    Ok(())
}

/// A new sheet with a name that no other has.
fn add<'a>(workbook: &'a mut Workbook, name: &str, names: &mut Vec<String>) -> Result<&'a mut Worksheet, Fault> {
    let plain: String = name.chars().map(|c| if "[]:*?/\\'".contains(c) { ' ' } else { c }).collect();
    let plain = if plain.trim().is_empty() { "Sheet" } else { plain.trim() };
    let numbered = |number: usize| {
        let end = if number == 1 { String::new() } else { format!(" ({number})") };
        let start: String = plain.chars().take(LONGEST_NAME - end.chars().count()).collect();
        format!("{}{end}", start.trim_end())
    };
    let lower = |name: &str| name.to_lowercase();
    let name = (1..).map(numbered).find(|name| names.iter().all(|n: &String| lower(n) != lower(name)));
    let name = name.unwrap_or_default();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(&name)?;
    names.push(name);
    Ok(sheet)
}

fn widths(table: &Table) -> Vec<usize> {
    let header = |head: &Head| head.name.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
    table
        .heads
        .iter()
        .zip(&table.widths)
        .map(|(h, w)| (header(h).max(*w) + 2).clamp(*WIDTHS.start(), *WIDTHS.end()))
        .collect()
}

fn day(date: Date) -> Result<ExcelDateTime, XlsxError> {
    let year = u16::try_from(date.year()).unwrap_or(0);
    ExcelDateTime::from_ymd(year, u8::from(date.month()), date.day())
}

/// What all sheets of one table have.
struct Page<'a> {
    title: &'a Title,
    lines: Vec<String>,
    heads: Vec<Head>,
    widths: Vec<usize>,
    looks: &'a Looks,
}

impl Page<'_> {
    /// Writes what stands above the rows; answers the place of the first row.
    fn begin(&self, sheet: &mut Worksheet, sample: bool) -> Result<u32, Fault> {
        for (column, width) in (0..).zip(&self.widths) {
            sheet.set_column_width(column, u32::try_from(*width).unwrap_or(10))?;
        }
        let mut row = 0;
        for (at, line) in self.lines.iter().enumerate() {
            sheet.write_string_with_format(row, 0, line, self.looks.title(at))?;
            row += 1;
        }
        row += 1;
        for (column, head) in (0..).zip(&self.heads) {
            sheet.write_string_with_format(row, column, &head.name, &self.looks.header)?;
        }
        row += 1;
        sheet.set_freeze_panes(row, 0)?;
        sheet.set_repeat_rows(row - 1, row - 1)?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0);
        let mark = if sample { format!("&R{}", self.title.language.sample()) } else { String::new() };
        sheet.set_header(mark).set_footer("&C&P / &N");
        Ok(row)
    }

    fn row(&self, sheet: &mut Worksheet, row: u32, style: Style, cells: &[Cell]) -> Result<(), Fault> {
        for ((column, cell), head) in (0..).zip(cells).zip(&self.heads) {
            match cell {
                Cell::Empty if style == Style::Plain => {}
                Cell::Empty => drop(sheet.write_blank(row, column, self.looks.of(head.kind, style, false))?),
                Cell::Text(text) => {
                    let kind = if head.kind == Kind::Code { Kind::Code } else { Kind::Text };
                    let look = self.looks.of(kind, style, looks_like_formula(text));
                    sheet.write_string_with_format(row, column, text, look)?;
                }
                Cell::Number(number) => {
                    number_of(sheet, (row, column), &number.to_string(), self.looks.of(Kind::Number, style, false))?
                }
                Cell::Decimal(number) => {
                    let places = number.split_once('.').map_or(0, |(_, places)| places.len());
                    let kind = Kind::Decimal(u8::try_from(places).unwrap_or(2).min(MOST_PLACES));
                    number_of(sheet, (row, column), number, self.looks.of(kind, style, false))?;
                }
                Cell::Day(date) => {
                    let look = self.looks.of(Kind::Day, style, false);
                    sheet.write_datetime_with_format(row, column, &day(*date)?, look)?;
                }
            }
        }
        Ok(())
    }
}

/// Most digits that a number of Excel holds exactly; longer ones are written as text rather than rounded.
const MOST_DIGITS: usize = 15;

fn number_of(sheet: &mut Worksheet, place: (u32, u16), number: &str, look: &Format) -> Result<(), Fault> {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    match number.parse::<f64>() {
        Ok(value) if digits <= MOST_DIGITS => sheet.write_number_with_format(place.0, place.1, value, look)?,
        _ => sheet.write_string_with_format(place.0, place.1, number, look)?,
    };
    Ok(())
}

/// Most decimals that are shown.
const MOST_PLACES: u8 = 6;

/// How cells look.
struct Looks {
    cells: HashMap<(Kind, Style, bool), Format>,
    header: Format,
    titles: [Format; 5],
    usual: Format,
}

impl Looks {
    fn new() -> Self {
        let mut cells = HashMap::new();
        let kinds = [Kind::Text, Kind::Code, Kind::Number, Kind::Day].into_iter();
        for kind in kinds.chain((0..=MOST_PLACES).map(Kind::Decimal)) {
            for style in [Style::Plain, Style::Bold, Style::Subtotal] {
                for quoted in [false, true] {
                    cells.insert((kind, style, quoted), look(kind, style, quoted));
                }
            }
        }
        let usual = Format::new();
        let header = usual.clone().set_bold().set_text_wrap().set_align(FormatAlign::Center);
        let header = header.set_align(FormatAlign::VerticalCenter).set_border(FormatBorder::Thin);
        let small = usual.clone().set_italic();
        let mark = usual.clone().set_bold().set_font_color(Color::Red);
        let titles = [usual.clone().set_bold(), usual.clone().set_bold().set_font_size(14), small.clone(), small, mark];
        Self { cells, header: header.set_background_color(Color::RGB(0x00E2_EFDA)), titles, usual }
    }

    fn title(&self, line: usize) -> &Format {
        self.titles.get(line).unwrap_or(&self.usual)
    }

    fn of(&self, kind: Kind, style: Style, quoted: bool) -> &Format {
        self.cells.get(&(kind, style, quoted)).unwrap_or(&self.usual)
    }
}

fn look(kind: Kind, style: Style, quoted: bool) -> Format {
    let plain = Format::new().set_align(FormatAlign::Top);
    let of_kind = match kind {
        Kind::Text => plain.set_text_wrap(),
        Kind::Code => plain.set_num_format("@"),
        Kind::Number => plain.set_num_format("#,##0"),
        Kind::Decimal(0) => plain.set_num_format("#,##0"),
        Kind::Decimal(places) => plain.set_num_format(format!("#,##0.{}", "0".repeat(places.into()))),
        Kind::Day => plain.set_num_format("dd/mm/yyyy"),
    };
    let of_style = match style {
        Style::Plain => of_kind,
        Style::Bold => of_kind.set_bold(),
        Style::Subtotal => of_kind.set_bold().set_border_top(FormatBorder::Thin),
    };
    if quoted { of_style.set_quote_prefix() } else { of_style }
}
