//! Empty sheets to be filled in.

use rust_xlsxwriter::{DataValidation, Format, FormatBorder, Note, Workbook, XlsxError};

use super::columns::Column;

/// Rows that are prepared for typing.
const ROWS: u32 = 10_000;

/// CSV in UTF-8 with a byte order mark. No header holds a separator or a quote.
#[must_use]
pub fn csv(columns: &[Column]) -> Vec<u8> {
    let names: Vec<&str> = columns.iter().map(|column| column.name_vi).collect();
    format!("\u{FEFF}{}\r\n", names.join(",")).into_bytes()
}

/// A workbook: the sheet, and notes on its columns. Cells are formatted as text, so that codes keep their zeros.
///
/// # Errors
/// The writer's own fault.
pub fn xlsx(columns: &[Column]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let text = Format::new().set_num_format("@");
    let head = Format::new().set_bold().set_border(FormatBorder::Thin).set_text_wrap();
    let needed = head.clone().set_background_color("#FCE4D6");
    let sheet = workbook.add_worksheet().set_name("Dữ liệu")?;
    for (at, column) in (0_u16..).zip(columns) {
        sheet.set_column_format(at, &text)?;
        sheet.set_column_width(at, 20)?;
        sheet.write_with_format(0, at, column.name_vi, if column.required { &needed } else { &head })?;
        let [vi, en] = column.notes;
        sheet.insert_note(0, at, &Note::new(format!("{vi}\n{en}")).add_author_prefix(false))?;
        if matches!(column.name, "sample" | "as_new") {
            let yes = DataValidation::new().allow_list_strings(&["x"])?;
            sheet.add_data_validation(1, at, ROWS, at, &yes)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    let notes = workbook.add_worksheet().set_name("Hướng dẫn (notes)")?;
    for (at, title) in (0_u16..).zip(["Cột", "Column", "Bắt buộc", "Hướng dẫn", "Notes"]) {
        notes.set_column_width(at, if at < 3 { 20 } else { 70 })?;
        notes.write_with_format(0, at, title, &head)?;
    }
    for (row, column) in (1_u32..).zip(columns) {
        note(notes, row, column)?;
    }
    workbook.save_to_buffer()
}

fn note(notes: &mut rust_xlsxwriter::Worksheet, row: u32, column: &Column) -> Result<(), XlsxError> {
    let [vi, en] = column.notes;
    for (at, text) in (0_u16..).zip([column.name_vi, column.name, if column.required { "x" } else { "" }, vi, en]) {
        notes.write(row, at, text)?;
    }
    Ok(())
}
