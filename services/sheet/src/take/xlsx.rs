//! XLSX through calamine, cell by cell.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use calamine::{DataRef, Reader, Xlsx};
use time::{Date, Month};
use zip::ZipArchive;

use super::cells::Cell;
use super::{MOST_COLUMNS, Row, SheetFault, start, unreadable};

/// Most bytes that a workbook unpacks to, all of its parts together. Its shared texts are held in memory.
pub const MOST_UNPACKED: u64 = 256 * 1024 * 1024;
/// Most bytes that one packed byte unpacks to, beyond a first MiB: sheets stay far below, bombs begin at a thousand.
const MOST_RATIO: u64 = 250;
/// Most parts of a workbook.
const MOST_PARTS: usize = 10_000;

/// Unpacks every part once, counting and keeping nothing: what the archive claims of its sizes is not believed.
pub(super) fn survey(file: &mut (impl Read + Seek)) -> Result<(), SheetFault> {
    let packed = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let most = MOST_UNPACKED.min(packed.saturating_mul(MOST_RATIO).max(1024 * 1024));
    let mut archive = ZipArchive::new(BufReader::new(start(file)?)).map_err(unreadable)?;
    if archive.len() > MOST_PARTS {
        return Err(SheetFault::TooLarge(most));
    }
    let mut all = 0_u64;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(unreadable)?;
        let left = most.saturating_sub(all).saturating_add(1);
        all += std::io::copy(&mut part.take(left), &mut std::io::sink()).map_err(unreadable)?;
        if all > most {
            return Err(SheetFault::TooLarge(most));
        }
    }
    Ok(())
}

/// Reads the rows of the first sheet.
pub(super) fn rows(
    file: &mut (impl Read + Seek),
    each: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<(), SheetFault> {
    let mut workbook = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
    let sheet = workbook.sheet_names().into_iter().next();
    let sheet = sheet.ok_or_else(|| unreadable("không có trang tính (no sheet)"))?;
    let mut reader = workbook.worksheet_cells_reader(&sheet).map_err(unreadable)?;
    let mut row = Row { number: 0, cells: Vec::new() };
    while let Some(found) = reader.next_cell().map_err(unreadable)? {
        let (number, column) = found.get_position();
        let number = number.saturating_add(1);
        if number != row.number {
            let whole = std::mem::replace(&mut row, Row { number, cells: Vec::new() });
            if whole.number > 0 && each(whole).is_break() {
                return Ok(());
            }
        }
        let cell = cell(found.get_value());
        let column = column as usize;
        // One cell beyond what is taken shows that there are too many columns, wherever it stands.
        if !cell.is_empty() {
            let place = column.min(MOST_COLUMNS);
            if row.cells.len() <= place {
                row.cells.resize(place + 1, Cell::Empty);
            }
            if let Some(there) = row.cells.get_mut(place) {
                *there = cell;
            }
        }
    }
    if row.number > 0 {
        let _it_was_the_last_one = each(row);
    }
    Ok(())
}

fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text.split('T').next().unwrap_or(text)),
        #[expect(clippy::cast_precision_loss, reason = "codes and years are far below")]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::Bool(true) => Cell::text("true"),
        DataRef::Bool(false) => Cell::text("false"),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let month = Month::try_from(month).ok();
            let date = month.and_then(|month| Date::from_calendar_date(i32::from(year), month, day).ok());
            date.map_or(Cell::Number(moment.as_f64()), Cell::Day)
        }
        DataRef::DateTime(moment) => Cell::Number(moment.as_f64()),
        DataRef::Error(error) => Cell::text(&error.to_string()),
    }
}
