//! A paper and its two forms.

use kit::{Error, Result};
use paper::document::{Block, Document, Table};
use proto::training::v1 as pb;
use reference::units::Unit;
use sheet::{Book, Cell, Format, Head, Kind, Language, Row, Style, Title};
use time::Date;

use crate::letters::domain::within_sentence;

/// A column: header, what it holds, its share of the width of a page.
pub(super) type Column = (&'static str, Kind, u16);

/// A table with its heading.
pub(super) struct Part {
    /// The heading; names the sheet of a workbook too.
    pub(super) name: String,
    /// Its columns.
    pub(super) columns: &'static [Column],
    /// Its rows.
    pub(super) rows: Vec<Row>,
    /// It stands on a page of its own.
    pub(super) apart: bool,
}

/// A paper.
pub(super) struct Paper {
    /// What its file is called, without day and ending.
    pub(super) file: &'static str,
    /// The unit whose paper it is.
    pub(super) unit: &'static Unit,
    /// The title, in capitals.
    pub(super) title: &'static str,
    /// What it is about.
    pub(super) subtitle: String,
    /// What stands above the tables.
    pub(super) lines: Vec<String>,
    /// The tables.
    pub(super) parts: Vec<Part>,
    /// What stands below the tables.
    pub(super) after: Vec<String>,
    /// Who signs, from the left.
    pub(super) signatures: [&'static str; 2],
    /// The page lies across.
    pub(super) across: bool,
    /// Anything on it is an invented sample.
    pub(super) sample: bool,
    /// How many persons it names.
    pub(super) persons: usize,
    /// The day on which it is printed.
    pub(super) today: Date,
}

/// A unit's name without its title, as papers name the place where they are made.
fn place(unit: &Unit) -> String {
    let name = within_sentence(&unit.display_name);
    let titles = ["tỉnh ", "thành phố ", "huyện ", "thị xã ", "quận ", "xã ", "phường ", "thị trấn "];
    let bare = titles.iter().find_map(|title| name.strip_prefix(title));
    // "Phường 8" is no place without its title.
    bare.filter(|bare| bare.starts_with(|c: char| !c.is_ascii_digit())).unwrap_or(&unit.display_name).to_owned()
}

impl Paper {
    fn document(&self) -> Document {
        let mut blocks: Vec<Block> = self.lines.iter().cloned().map(Block::Text).collect();
        for (at, part) in self.parts.iter().enumerate() {
            if part.apart && at > 0 {
                blocks.push(Block::Turn);
            }
            if !part.name.is_empty() {
                blocks.push(Block::Heading(part.name.clone()));
            }
            blocks.push(Block::Table(Table {
                shares: part.columns.iter().map(|(.., share)| *share).collect(),
                head: part.columns.iter().map(|(name, ..)| (*name).to_owned()).collect(),
                rows: part.rows.iter().map(|row| row.cells.iter().map(Cell::printed).collect()).collect(),
            }));
        }
        blocks.extend(self.after.iter().cloned().map(Block::Text));
        let day = self.today;
        Document {
            authority: vec![
                format!("UBND {}", within_sentence(&self.unit.display_name)),
                "Chương trình OCOP".to_owned(),
            ],
            number: String::new(),
            place_and_day: format!(
                "{}, ngày {} tháng {} năm {}",
                place(self.unit),
                day.day(),
                u8::from(day.month()),
                day.year()
            ),
            title: self.title.to_owned(),
            subtitle: self.subtitle.clone(),
            blocks,
            signatures: self.signatures.map(str::to_owned).to_vec(),
            recipients: Vec::new(),
            across: self.across,
            sample: self.sample,
        }
    }

    fn workbook(self) -> std::io::Result<Vec<u8>> {
        let language = Language::Vietnamese;
        let name = if self.subtitle.is_empty() {
            self.title.to_owned()
        } else {
            format!("{} – {}", self.title, self.subtitle)
        };
        let title = Title {
            office: format!("UBND {}", within_sentence(&self.unit.display_name)),
            name,
            day: self.today,
            map: None,
            language,
        };
        let mut tables = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let heads = part.columns.iter().map(|(name, kind, _)| Head { name: (*name).to_owned(), kind: *kind });
            let name = if part.name.is_empty() { "Danh sách".to_owned() } else { part.name };
            let mut table = sheet::Table::new(name, heads.collect(), language)?;
            part.rows.iter().try_for_each(|row| table.add(row))?;
            tables.push(table);
        }
        let mut out = Vec::new();
        Book { title, tables }.write(Format::Xlsx, &mut out)?;
        Ok(out)
    }

    /// The paper as it is answered. Takes its time: it is made on a thread of its own.
    pub(super) async fn printed(self, xlsx: bool) -> Result<pb::TrainingPaper> {
        let (media_type, ending) = match xlsx {
            true => (Format::Xlsx.content_type(), "xlsx"),
            false => ("application/pdf", "pdf"),
        };
        let mark = if self.sample { "-mau" } else { "" };
        let file_name = format!("{}-{}{mark}.{ending}", self.file, kit::day::iso(self.today));
        let (persons, sample) = (self.persons, self.sample);
        let write = move || -> Result<Vec<u8>> {
            if xlsx {
                return self.workbook().map_err(Error::internal);
            }
            paper::document::pdf(&self.document()).map_err(Error::internal)
        };
        let content = tokio::task::spawn_blocking(write).await.map_err(Error::internal)??;
        Ok(pb::TrainingPaper {
            media_type: media_type.to_owned(),
            file_name,
            content: content.into(),
            person_count: i32::try_from(persons).unwrap_or(i32::MAX),
            sample,
        })
    }
}

/// A number as a cell.
pub(super) fn count(number: usize) -> Cell {
    Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

/// What stands below a list that is longer than a paper.
pub(super) fn first(named: usize) -> String {
    format!("Danh sách nêu {} người đầu tiên.", count(named).printed())
}

/// A row as usual, which may be of a sample.
pub(super) fn row(cells: Vec<Cell>, sample: bool) -> Row {
    Row { cells, style: Style::Plain, sample }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_no_title_unless_it_is_a_number() {
        let of = |name: &str| place(reference::units::by_name(name).unwrap());
        assert_eq!(of("units/54-20180507"), "Phú Yên");
        assert_eq!(of("units/559-20180507"), "Tuy An");
        assert_eq!(of("units/22018-20180507"), "Phường 8");
    }
}
