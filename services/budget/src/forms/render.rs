//! Forms as workbooks and as pages.

use kit::{Error, Result};
use paper::document::{self, Block, Document, Figures};
use sheet::export::{made, parts};
use sheet::{Book, Cell as SheetCell, Format, Head, Kind, Language, Parts, Row, Table as SheetTable, Title};
use time::Date;

use super::domain::{Cell, Form, Table};

/// A form as the parts of a file, made on this day.
///
/// # Errors
/// INTERNAL where it cannot be made.
pub async fn written(form: Form, pdf: bool, today: Date) -> Result<Parts> {
    if !pdf {
        return parts(form.file, book(&form, today)?, Format::Xlsx).await;
    }
    let rows: usize = form.tables.iter().map(|table| table.rows.len()).sum();
    let (file, sample) = (form.file, form.sample);
    // Typesetting takes its time: on a thread of its own.
    let typeset = move || document::pdf(&page(&form)).map_err(Error::internal);
    let content = tokio::task::spawn_blocking(typeset).await.map_err(Error::internal)??;
    made(file, today, ("application/pdf", "pdf"), (rows, sample), content)
}

fn cell(of: &Cell) -> SheetCell {
    match of {
        Cell::Empty => SheetCell::Empty,
        Cell::Text(text) => SheetCell::from(text.as_str()),
        Cell::Number(number) => SheetCell::Number(*number),
    }
}

fn sheet_table(table: &Table, sample: bool) -> Result<SheetTable> {
    let kind = |number| if number { Kind::Number } else { Kind::Text };
    let heads = table.columns.iter().map(|c| Head { name: c.name.to_owned(), kind: kind(c.number) }).collect();
    let mut made = SheetTable::new(&table.name, heads, Language::Vietnamese).map_err(Error::internal)?;
    for row in &table.rows {
        let row = Row { sample, ..Row::plain(row.iter().map(cell).collect()) };
        made.add(&row).map_err(Error::internal)?;
    }
    for row in &table.sums {
        made.add(&Row::subtotal(row.iter().map(cell).collect())).map_err(Error::internal)?;
    }
    Ok(made)
}

/// The form as a workbook: a sheet for each table.
///
/// # Errors
/// INTERNAL where there is no room for temporary files.
fn book(form: &Form, today: Date) -> Result<Book> {
    let name = if form.subtitle.is_empty() { form.title.clone() } else { format!("{}. {}", form.title, form.subtitle) };
    let title = Title {
        office: form.authority.join(", "),
        name,
        day: today,
        map: Some(form.day),
        language: Language::Vietnamese,
    };
    let tables = form.tables.iter().map(|table| sheet_table(table, form.sample)).collect::<Result<_>>()?;
    Ok(Book { title, tables })
}

fn figures(table: &Table) -> Block {
    let rows = table.rows.iter().chain(&table.sums);
    Block::Figures(Figures {
        table: document::Table {
            shares: table.columns.iter().map(|c| c.share).collect(),
            head: table.columns.iter().map(|c| c.name.to_owned()).collect(),
            rows: rows.map(|row| row.iter().map(Cell::printed).collect()).collect(),
        },
        right: table.columns.iter().map(|c| c.number).collect(),
        sums: table.sums.len(),
    })
}

/// The form as a document of an office.
#[must_use]
pub fn page(form: &Form) -> Document {
    let mut blocks: Vec<Block> = form.remarks.iter().cloned().map(Block::Text).collect();
    let several = form.tables.len() > 1;
    for table in &form.tables {
        if several {
            blocks.push(Block::Heading(table.name.clone()));
        }
        blocks.push(figures(table));
    }
    Document {
        authority: form.authority.clone(),
        number: form.number.clone(),
        place_and_day: form.place_and_day(),
        title: form.title.clone(),
        subtitle: form.subtitle.clone(),
        blocks,
        signatures: form.signatures.iter().map(|post| (*post).to_owned()).collect(),
        recipients: Vec::new(),
        across: true,
        sample: form.sample,
    }
}
