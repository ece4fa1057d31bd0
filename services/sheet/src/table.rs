//! Tables: columns as data, and rows that lie in a temporary file until the book is written.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use crate::book::Language;
use crate::cell::{Cell, Kind};

/// A column of rows of one type.
#[derive(Debug)]
pub struct Column<T: 'static> {
    /// Its header in Vietnamese.
    pub vi: &'static str,
    /// Its header in English.
    pub en: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it says of a row.
    pub of: fn(&T) -> Cell,
}

impl<T> Column<T> {
    /// A column of words.
    #[must_use]
    pub const fn text(vi: &'static str, en: &'static str, of: fn(&T) -> Cell) -> Self {
        Self { vi, en, kind: Kind::Text, of }
    }

    /// A column of codes.
    #[must_use]
    pub const fn code(vi: &'static str, en: &'static str, of: fn(&T) -> Cell) -> Self {
        Self { vi, en, kind: Kind::Code, of }
    }

    /// A column of whole numbers.
    #[must_use]
    pub const fn number(vi: &'static str, en: &'static str, of: fn(&T) -> Cell) -> Self {
        Self { vi, en, kind: Kind::Number, of }
    }

    /// A column of days.
    #[must_use]
    pub const fn day(vi: &'static str, en: &'static str, of: fn(&T) -> Cell) -> Self {
        Self { vi, en, kind: Kind::Day, of }
    }
}

/// A list as a sheet: its names and its columns.
#[derive(Debug)]
pub struct Sheet<T: 'static> {
    /// What it is called in Vietnamese; names the sheet too.
    pub vi: &'static str,
    /// What it is called in English.
    pub en: &'static str,
    /// What its file is called: small letters and dashes.
    pub file: &'static str,
    /// Its columns, from left to right. The last one, which marks samples, is added by itself.
    pub columns: &'static [Column<T>],
    /// Whether a row is an invented sample.
    pub sample: fn(&T) -> bool,
}

/// A column of a table of any rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its header.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl<T> Sheet<T> {
    /// Its name in a language.
    #[must_use]
    pub fn name(&self, language: Language) -> &'static str {
        language.choose(self.vi, self.en)
    }

    /// An empty table of it.
    ///
    /// # Errors
    /// There is no room for temporary files.
    pub fn table(&self, language: Language) -> io::Result<Table> {
        let head = |c: &Column<T>| Head { name: language.choose(c.vi, c.en).to_owned(), kind: c.kind };
        Table::new(self.name(language), self.columns.iter().map(head).collect(), language)
    }

    /// What its columns say of a row.
    #[must_use]
    pub fn row(&self, row: &T) -> Row {
        let cells = self.columns.iter().map(|column| (column.of)(row)).collect();
        Row { cells, style: Style::Plain, sample: (self.sample)(row) }
    }
}

/// How a row looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// As usual.
    Plain,
    /// In bold letters.
    Bold,
    /// In bold letters under a line: what the rows above it come to.
    Subtotal,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its cells from left to right; missing ones are empty, and what is beyond the columns is left out.
    pub cells: Vec<Cell>,
    /// How it looks.
    pub style: Style,
    /// True for an invented sample.
    pub sample: bool,
}

impl Row {
    /// A row as usual.
    #[must_use]
    pub fn plain(cells: Vec<Cell>) -> Self {
        Self { cells, style: Style::Plain, sample: false }
    }

    /// A row in bold letters.
    #[must_use]
    pub fn bold(cells: Vec<Cell>) -> Self {
        Self { style: Style::Bold, ..Self::plain(cells) }
    }

    /// What the rows above it come to.
    #[must_use]
    pub fn subtotal(cells: Vec<Cell>) -> Self {
        Self { style: Style::Subtotal, ..Self::plain(cells) }
    }
}

/// A table. Its rows lie in an unnamed temporary file, which goes with it.
pub struct Table {
    pub(crate) name: String,
    pub(crate) heads: Vec<Head>,
    /// The widest cell of each column, in characters.
    pub(crate) widths: Vec<usize>,
    /// Rows that are neither headings nor sums.
    pub(crate) rows: u64,
    /// Samples among them.
    pub(crate) samples: u64,
    mark: &'static str,
    rows_kept: csv::Writer<File>,
}

impl Table {
    /// An empty table; its last column marks samples and is added here.
    ///
    /// # Errors
    /// There is no room for temporary files.
    pub fn new(name: impl Into<String>, mut heads: Vec<Head>, language: Language) -> io::Result<Self> {
        heads.push(Head { name: language.choose("Ghi chú", "Note").to_owned(), kind: Kind::Text });
        let rows_kept = csv::Writer::from_writer(tempfile::tempfile()?);
        let widths = heads.iter().map(|_| 0).collect();
        let mark = language.sample();
        Ok(Self { name: name.into(), heads, widths, rows: 0, samples: 0, mark, rows_kept })
    }

    /// Adds a row at the end.
    ///
    /// # Errors
    /// There is no room for temporary files.
    pub fn add(&mut self, row: &Row) -> io::Result<()> {
        let style = match row.style {
            Style::Plain => "p",
            Style::Bold => "b",
            Style::Subtotal => "s",
        };
        self.rows += u64::from(row.style == Style::Plain);
        self.samples += u64::from(row.sample);
        self.rows_kept.write_field(style)?;
        let last = if row.sample { Cell::Text(self.mark.to_owned()) } else { Cell::Empty };
        let missing = self.heads.len().saturating_sub(row.cells.len() + 1);
        let own = row.cells.iter().take(self.heads.len().saturating_sub(1));
        let blanks = std::iter::repeat_n(&Cell::Empty, missing);
        for (cell, widest) in own.chain(blanks).chain([&last]).zip(&mut self.widths) {
            *widest = cell.width().max(*widest);
            self.rows_kept.write_field(cell.keep().as_bytes())?;
        }
        self.rows_kept.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Hands every row to `each`, in their order.
    pub(crate) fn read<E: From<io::Error>>(
        self,
        mut each: impl FnMut(Style, Vec<Cell>) -> Result<(), E>,
    ) -> Result<(), E> {
        let file = self.rows_kept.into_inner().map_err(|e| io::Error::other(e.to_string()))?;
        let mut file = file;
        file.seek(SeekFrom::Start(0))?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(io::Error::from)? {
            let mut fields = record.iter();
            let style = match fields.next() {
                Some("b") => Style::Bold,
                Some("s") => Style::Subtotal,
                _ => Style::Plain,
            };
            each(style, fields.map(Cell::kept).collect())?;
        }
        Ok(())
    }
}
