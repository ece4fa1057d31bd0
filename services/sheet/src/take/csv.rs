//! CSV with `,`, `;` or tab, as spreadsheets write it. The text is UTF-8: [`super::encoding`] has seen to it.

use std::io::BufRead;
use std::ops::ControlFlow;

use super::cells::{Cell, LONGEST};
use super::{MOST_COLUMNS, Row, SheetFault, unreadable};

/// Most bytes of the first line that the separator is looked for in.
const HEAD: usize = 64 * 1024;

/// Where the reader stands in a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before its first character.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote inside quotes: the end, or the first half of a quote.
    Quote,
}

struct Reader<'a> {
    separator: u8,
    at: At,
    cell: Vec<u8>,
    too_long: bool,
    cells: Vec<Cell>,
    number: u32,
    after_return: bool,
    each: &'a mut dyn FnMut(Row) -> ControlFlow<()>,
}

/// Reads the rows; empty lines are rows without cells.
pub(super) fn rows(mut reader: impl BufRead, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), SheetFault> {
    let head = reader.fill_buf().map_err(unreadable)?;
    let mark = if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let line: Vec<u8> = head.iter().skip(mark).take(HEAD).copied().collect();
    // Excel's own first line: sep=;
    let (skip, separator) = match line.as_slice() {
        [b's', b'e', b'p', b'=', by, rest @ ..] => {
            let end = rest.iter().position(|b| *b == b'\n').map_or(0, |at| at + 1);
            (mark + 5 + end, *by)
        }
        line => (mark, separator(line)),
    };
    reader.consume(skip);
    let mut state = Reader {
        separator,
        at: At::Start,
        cell: Vec::new(),
        too_long: false,
        cells: Vec::new(),
        number: 0,
        after_return: false,
        each,
    };
    loop {
        let piece = reader.fill_buf().map_err(unreadable)?;
        if piece.is_empty() {
            return state.finish();
        }
        for byte in piece {
            if state.byte(*byte).is_break() {
                return Ok(());
            }
        }
        let read = piece.len();
        reader.consume(read);
    }
}

/// The separator that stands most often in the first line outside quotes.
fn separator(head: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                for (separator, count) in &mut counts {
                    *count += u32::from(separator == byte);
                }
            }
            _ => {}
        }
    }
    // Of equal counts the comma wins, which is tried last here.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

impl Reader<'_> {
    fn byte(&mut self, byte: u8) -> ControlFlow<()> {
        let follows_return = std::mem::take(&mut self.after_return);
        match (self.at, byte) {
            (At::Start, b'"') => self.at = At::Quoted,
            (At::Quoted, b'"') => self.at = At::Quote,
            (At::Quote, b'"') => {
                self.put(b'"');
                self.at = At::Quoted;
            }
            (At::Quoted, other) => self.put(other),
            (_, other) if other == self.separator => self.end_cell(),
            (_, b'\n') if follows_return => {}
            (_, b'\n' | b'\r') => {
                self.after_return = byte == b'\r';
                return self.end_row();
            }
            (_, other) => {
                self.put(other);
                self.at = At::Plain;
            }
        }
        ControlFlow::Continue(())
    }

    fn put(&mut self, byte: u8) {
        if self.cell.len() < LONGEST {
            self.cell.push(byte);
        } else {
            self.too_long = true;
        }
    }

    fn end_cell(&mut self) {
        let cell = if std::mem::take(&mut self.too_long) {
            Cell::TooLong
        } else {
            Cell::text(&String::from_utf8_lossy(&self.cell))
        };
        // One more than is taken shows that there are too many.
        if self.cells.len() <= MOST_COLUMNS {
            self.cells.push(cell);
        }
        self.cell.clear();
        self.at = At::Start;
    }

    fn end_row(&mut self) -> ControlFlow<()> {
        self.end_cell();
        self.number = self.number.saturating_add(1);
        (self.each)(Row { number: self.number, cells: std::mem::take(&mut self.cells) })
    }

    fn finish(mut self) -> Result<(), SheetFault> {
        if self.at == At::Quoted {
            return Err(unreadable("thiếu dấu \" đóng (a quote is not closed)"));
        }
        let some = !self.cells.is_empty() || !self.cell.is_empty();
        if some {
            let _it_was_the_last_one = self.end_row();
        }
        Ok(())
    }
}
