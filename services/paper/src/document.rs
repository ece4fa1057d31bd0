//! A document of an office, in the layout of administrative papers (authority and number to the left, national motto,
//! place and day to the right, title, text and tables, signatures). One model, two outputs: [`pdf`] and
//! [`crate::docx::bytes`].

use crate::font::{Fonts, Style};
use crate::pdf::{self, BLACK, Item, Sheet};
use crate::{Fault, Result};

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The authority in the left head, one line each.
    pub authority: Vec<String>,
    /// Its number, such as "Số: …/BB-HĐ"; may be empty.
    pub number: String,
    /// Place and day, such as "Phú Yên, ngày 1 tháng 12 năm 2021".
    pub place_and_day: String,
    /// The title, in capitals.
    pub title: String,
    /// What the title is about; may be empty.
    pub subtitle: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Who signs, from the left: posts, never persons.
    pub signatures: Vec<String>,
    /// True lays the page across.
    pub across: bool,
    /// True marks the document as being about invented samples.
    pub sample: bool,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A table.
    Table(Table),
    /// A text as a code that phones read, with the text below it; in a document that is written on the text alone.
    Code(String),
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Shares of the width, one for each column.
    pub shares: Vec<u16>,
    /// The head.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// What marks a document about samples.
pub(crate) const SAMPLE: &str = "MẪU – KHÔNG CÓ GIÁ TRỊ";
pub(crate) const STATE: &str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
pub(crate) const MOTTO: &str = "Độc lập – Tự do – Hạnh phúc";

const SHORT: f32 = 595.0;
const LONG: f32 = 842.0;
const LEFT: f32 = 75.0;
const RIGHT: f32 = 45.0;
const TOP: f32 = 57.0;
const BOTTOM: f32 = 57.0;
const BODY: f32 = 12.0;
const CELL: f32 = 10.0;
const PADDING: f32 = 3.0;
const CODE: f32 = 84.0;

/// The pages as they fill up.
struct Pages<'a> {
    fonts: &'a Fonts,
    sheets: Vec<Sheet>,
    now: Sheet,
    y: f32,
}

impl Pages<'_> {
    fn across(&self) -> f32 {
        self.now.width - LEFT - RIGHT
    }

    /// Goes to a new page where this height is not left.
    fn room(&mut self, height: f32) -> bool {
        if self.y + height <= self.now.height - BOTTOM {
            return false;
        }
        let (width, height) = (self.now.width, self.now.height);
        self.sheets.push(std::mem::replace(&mut self.now, Sheet::new(width, height)));
        self.y = TOP;
        true
    }

    /// Lines in the middle of a column; answers the height below them.
    fn column(&mut self, (left, width, top): (f32, f32, f32), text: &str, (style, size): (Style, f32)) -> f32 {
        let mut y = top;
        for line in self.fonts.wrap(text, style, size, width) {
            self.now.centred(self.fonts, (left, width, y + size), &line, (style, size), BLACK);
            y += size * 1.35;
        }
        y
    }

    fn paragraph(&mut self, text: &str, (style, size): (Style, f32)) {
        for line in self.fonts.wrap(text, style, size, self.across()) {
            self.room(size * 1.4);
            self.now.text((LEFT, self.y + size), &line, (style, size), BLACK);
            self.y += size * 1.4;
        }
        self.y += 4.0;
    }

    fn row(&mut self, widths: &[f32], cells: &[String], style: Style) -> bool {
        let wrapped: Vec<Vec<String>> = widths
            .iter()
            .enumerate()
            .map(|(at, width)| {
                let text = cells.get(at).map(String::as_str).unwrap_or_default();
                self.fonts.wrap(text, style, CELL, width - 2.0 * PADDING)
            })
            .collect();
        let lines = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        let height = f32::from(u16::try_from(lines).unwrap_or(u16::MAX)) * CELL * 1.25 + 2.0 * PADDING;
        let turned = self.room(height);
        let mut x = LEFT;
        for (width, cell) in widths.iter().zip(&wrapped) {
            self.now.items.push(Item::Frame { x, y: self.y, width: *width, height, line: 0.5, colour: BLACK });
            let mut y = self.y + PADDING + CELL;
            for line in cell {
                self.now.text((x + PADDING, y), line, (style, CELL), BLACK);
                y += CELL * 1.25;
            }
            x += width;
        }
        self.y += height;
        turned
    }

    fn table(&mut self, table: &Table) {
        let all: u16 = table.shares.iter().sum();
        let across = self.across();
        let share = |share: &u16| across * f32::from(*share) / f32::from(all.max(1));
        let widths: Vec<f32> = table.shares.iter().map(share).collect();
        self.row(&widths, &table.head, Style::Bold);
        for row in &table.rows {
            self.row(&widths, row, Style::Regular);
        }
        self.y += 8.0;
    }
}

fn head(pages: &mut Pages<'_>, document: &Document) {
    let (left, right) = (pages.across() * 0.42, pages.across() * 0.58);
    let mut y = TOP;
    for line in &document.authority {
        y = pages.column((LEFT, left, y), &line.to_uppercase(), (Style::Bold, 11.0));
    }
    let mut low = pages.column((LEFT, left, y + 3.0), &document.number, (Style::Regular, 11.0));
    let x = LEFT + left;
    let mut y = pages.column((x, right, TOP), STATE, (Style::Bold, 11.0));
    y = pages.column((x, right, y), MOTTO, (Style::Bold, 11.5));
    low = low.max(pages.column((x, right, y + 3.0), &document.place_and_day, (Style::Italic, 11.0)));
    let whole = (LEFT, pages.across());
    if document.sample {
        low = pages.column((whole.0, whole.1, low + 4.0), SAMPLE, (Style::Bold, 11.0));
    }
    let y = pages.column((whole.0, whole.1, low + 14.0), &document.title, (Style::Bold, 14.0));
    pages.y = pages.column((whole.0, whole.1, y), &document.subtitle, (Style::Bold, 12.0)) + 10.0;
}

fn signatures(pages: &mut Pages<'_>, document: &Document) {
    let count = u16::try_from(document.signatures.len()).unwrap_or(1).max(1);
    pages.room(110.0);
    let width = pages.across() / f32::from(count);
    let top = pages.y + 12.0;
    let mut x = LEFT;
    for post in &document.signatures {
        pages.column((x, width, top), &post.to_uppercase(), (Style::Bold, 11.5));
        x += width;
    }
}

/// The bytes of the PDF.
///
/// # Errors
/// Where a font cannot be used, or a text is too long for a code.
pub fn pdf(document: &Document) -> Result<Vec<u8>> {
    pdf_of_all(std::slice::from_ref(document))
}

/// The bytes of one PDF with several documents, each of which begins on a page of its own. The first one's title is the
/// file's.
///
/// # Errors
/// As [`pdf`]; there is nothing to write.
pub fn pdf_of_all(documents: &[Document]) -> Result<Vec<u8>> {
    let fonts = Fonts::open()?;
    let title = &documents.first().ok_or_else(|| Fault("no document".to_owned()))?.title;
    let mut sheets = Vec::new();
    for document in documents {
        sheets.extend(sheets_of(document, &fonts)?);
    }
    pdf::bytes(title, &sheets, &fonts)
}

fn sheets_of(document: &Document, fonts: &Fonts) -> Result<Vec<Sheet>> {
    let (width, height) = if document.across { (LONG, SHORT) } else { (SHORT, LONG) };
    let mut pages = Pages { fonts, sheets: Vec::new(), now: Sheet::new(width, height), y: TOP };
    head(&mut pages, document);
    for block in &document.blocks {
        match block {
            Block::Heading(text) => pages.paragraph(text, (Style::Bold, BODY)),
            Block::Text(text) => pages.paragraph(text, (Style::Regular, BODY)),
            Block::Table(table) => pages.table(table),
            Block::Code(text) => {
                pages.room(CODE + 24.0);
                pages.now.items.push(pdf::qr(text, (LEFT, pages.y), CODE)?);
                pages.y += CODE + 4.0;
                pages.paragraph(text, (Style::Regular, 8.0));
            }
        }
    }
    signatures(&mut pages, document);
    let Pages { mut sheets, now, .. } = pages;
    sheets.push(now);
    Ok(sheets)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn long() -> Document {
        let row = |at: usize| vec![at.to_string(), format!("Sản phẩm <mẫu> & số {at}"), "78.66".to_owned()];
        let table = Table {
            shares: vec![1, 6, 2],
            head: vec!["TT".to_owned(), "Sản phẩm".to_owned(), "Điểm".to_owned()],
            rows: (1..=120).map(row).collect(),
        };
        Document {
            authority: vec!["UBND tỉnh Phú Yên".to_owned(), "Hội đồng OCOP cấp tỉnh".to_owned()],
            number: "Số: …/BB-HĐ".to_owned(),
            place_and_day: "Phú Yên, ngày 5 tháng 10 năm 2021".to_owned(),
            title: "BIÊN BẢN".to_owned(),
            subtitle: "Họp đánh giá, phân hạng sản phẩm".to_owned(),
            blocks: vec![
                Block::Heading("I. Kết quả".to_owned()),
                Block::Text("Hội đồng đã chấm điểm các sản phẩm sau.".to_owned()),
                Block::Table(table),
            ],
            signatures: vec!["Thư ký".to_owned(), "Chủ tịch Hội đồng".to_owned()],
            across: false,
            sample: true,
        }
    }

    #[test]
    fn a_long_table_goes_over_pages_and_the_bytes_are_always_the_same() {
        let bytes = pdf(&long()).unwrap();
        assert_eq!(bytes, pdf(&long()).unwrap());
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("/Count 4") || text.contains("/Count 5") || text.contains("/Count 3"), "several pages");
    }

    #[test]
    fn several_documents_stand_in_one_file_each_on_its_own_pages() {
        let short = |code: &str| Document { blocks: vec![Block::Code(code.to_owned())], ..long() };
        let one = pdf(&short("a")).unwrap();
        let two = pdf_of_all(&[short("a"), short("b")]).unwrap();
        assert!(
            String::from_utf8_lossy(&one).contains("/Count 1") && String::from_utf8_lossy(&two).contains("/Count 2")
        );
        assert!(pdf_of_all(&[]).is_err() && pdf(&short(&"x".repeat(4000))).is_err());
    }
}
