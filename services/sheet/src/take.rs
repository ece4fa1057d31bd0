//! Sheets: CSV and XLSX row by row, with constant memory but for the shared texts of a workbook (bounded by
//! [`xlsx::MOST_UNPACKED`]).
//!
//! Whatever a file claims to be, its bytes say what it is. CSV is read by a reader of our own: a row is the row that a
//! spreadsheet shows (empty lines count, a quoted line end does not), and a cell without end does not fill the memory.
//! Of a workbook the first sheet is read. The value of a formula is what the spreadsheet last calculated.
//!
//! What a cell says is in [`cells`], which column is which in [`columns`], which unit a list means in [`places`]; an empty
//! sheet to be filled in comes from [`template`].

pub mod cells;
pub mod columns;
mod csv;
mod encoding;
pub mod faults;
pub mod places;
pub mod template;
mod xlsx;

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use self::cells::Cell;

/// Most columns of a sheet.
const MOST_COLUMNS: usize = 200;
/// Bytes read at a time.
const PIECE: usize = 64 * 1024;

/// A row with something in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number; the header is 1.
    pub number: u32,
    /// Its cells, from the first column on.
    pub cells: Vec<Cell>,
}

/// Why a file is no sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetFault {
    /// The text is in this encoding.
    Encoding(&'static str),
    /// The text is made for this font.
    Font(&'static str),
    /// It cannot be read.
    Unreadable(String),
    /// It unpacks to more than this many bytes, or to far more than it should.
    TooLarge(u64),
}

fn unreadable(cause: impl std::fmt::Display) -> SheetFault {
    SheetFault::Unreadable(cause.to_string())
}

/// Looks at the file as a whole, before any row of it is read: its encoding, its fonts, its size unpacked.
///
/// # Errors
/// Why it is no sheet.
pub fn survey(file: &mut (impl Read + Seek)) -> Result<(), SheetFault> {
    if is_workbook(file)? {
        xlsx::survey(file)
    } else {
        encoding::survey(&mut BufReader::with_capacity(PIECE, start(file)?))
    }
}

/// Reads the rows that have something in them, in order, until `each` breaks off.
///
/// # Errors
/// Why it is no sheet.
pub fn rows(file: &mut (impl Read + Seek), each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), SheetFault> {
    let workbook = is_workbook(file)?;
    let mut fonts = encoding::Fonts::default();
    let mut fault = None;
    let mut filled = |row: Row| {
        if row.cells.iter().all(Cell::is_empty) {
            return ControlFlow::Continue(());
        }
        if row.cells.len() > MOST_COLUMNS {
            fault = Some(unreadable(format_args!("> {MOST_COLUMNS} cột (columns)")));
            return ControlFlow::Break(());
        }
        for cell in &row.cells {
            if let Cell::Text(text) = cell {
                fonts.add(text);
            }
        }
        each(row)
    };
    let reader = start(file)?;
    if workbook {
        xlsx::rows(reader, &mut filled)?
    } else {
        csv::rows(BufReader::with_capacity(PIECE, reader), &mut filled)?
    }
    fault.map_or(Ok(()), Err)?;
    fonts.judge().map_or(Ok(()), |font| Err(SheetFault::Font(font)))
}

fn start<R: Seek>(file: &mut R) -> Result<&mut R, SheetFault> {
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    Ok(file)
}

/// What a file's first bytes say.
fn is_workbook(file: &mut (impl Read + Seek)) -> Result<bool, SheetFault> {
    let mut head = Vec::new();
    start(file)?.take(8).read_to_end(&mut head).map_err(unreadable)?;
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] => Ok(true),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(unreadable(".xls (Excel 97-2003): hãy lưu thành .xlsx (save as .xlsx)")),
        [b'%', b'P', b'D', b'F', ..] => Err(unreadable("PDF")),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests;
