//! CSV as RFC 4180 has it, in UTF-8 with the byte order mark by which Excel knows it.

use std::io::{self, Write};

use ::csv::{Terminator, WriterBuilder};

use crate::book::Book;
use crate::cell::{Cell, looks_like_formula};

/// Says that UTF-8 follows.
const MARK: &str = "\u{FEFF}";

/// Writes a book. One table begins with its header row; of several each begins with its name, after an empty line.
pub fn write(book: Book, separator: u8, out: impl Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    out.write_all(MARK.as_bytes())?;
    let several = book.tables.len() > 1;
    let mut writer =
        WriterBuilder::new().delimiter(separator).terminator(Terminator::CRLF).flexible(true).from_writer(out);
    for (place, table) in book.tables.into_iter().enumerate() {
        if several {
            if place > 0 {
                writer.write_record([""])?;
            }
            writer.write_record([text(&table.name)])?;
        }
        writer.write_record(table.heads.iter().map(|head| text(&head.name)))?;
        table.read(|_, cells| -> io::Result<()> {
            writer.write_record(cells.into_iter().map(|cell| value(cell, separator)))?;
            Ok(())
        })?;
    }
    writer.flush()
}

fn value(cell: Cell, separator: u8) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(typed) => text(&typed),
        Cell::Number(number) => number.to_string(),
        // Where the comma separates nothing it is the decimal mark.
        Cell::Decimal(number) if separator == b';' => number.replace('.', ","),
        Cell::Decimal(number) => number,
        Cell::Day(day) => kit::day::text(day),
    }
}

fn text(typed: &str) -> String {
    if looks_like_formula(typed) { format!("'{typed}") } else { typed.to_owned() }
}
