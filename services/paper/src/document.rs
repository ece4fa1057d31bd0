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
    /// Who signs, from the left: posts, never persons; several lines where one signs in another's place.
    pub signatures: Vec<String>,
    /// Who gets it, such as "Như Điều 3;"; empty for papers that are sent to nobody.
    pub recipients: Vec<String>,
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
    /// A heading in the middle, in the form of "QUYẾT ĐỊNH:".
    Centre(String),
    /// A paragraph.
    Text(String),
    /// A table.
    Table(Table),
    /// A table of amounts.
    Figures(Figures),
    /// A text as a code that phones read, with the text below it; in a document that is written on the text alone.
    Code(String),
    /// A new page.
    Turn,
}

/// A table of amounts: columns of numbers stand at their right edge, and the last rows, which say what the others come
/// to, in bold letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The table.
    pub table: Table,
    /// Of each column whether it holds numbers.
    pub right: Vec<bool>,
    /// How many rows at the end are sums.
    pub sums: usize,
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
pub(crate) const MOTTO: &str = "Độc lập - Tự do - Hạnh phúc";

pub(crate) const RECIPIENTS: &str = "Nơi nhận:";
pub(crate) const SIGN_HERE: &str = "(Ký, ghi rõ họ tên)";

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
/// How far lines in a column lie apart, in sizes of the letters.
const LINE: f32 = 1.35;
/// Where the page's number stands.
const NUMBER: f32 = 40.0;
/// What a signature needs below the text: the post, the room to sign, the name.
const SIGNED: f32 = 130.0;

/// The pages as they fill up.
struct Pages<'a> {
    fonts: &'a Fonts,
    sheets: Vec<Sheet>,
    now: Sheet,
    y: f32,
}

/// Where the text of a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// At its left.
    Left,
    /// In its middle.
    Middle,
    /// At its right, as amounts do.
    Right,
}

/// The longest text, in characters, of columns that are centred.
const SHORT_CELL: usize = 8;

/// How the columns of a table stand: figures and other short things in the middle, words at the left.
pub(crate) fn aligns(table: &Table) -> Vec<Align> {
    let short = |at: usize| table.rows.iter().all(|row| row.get(at).is_none_or(|c| c.chars().count() <= SHORT_CELL));
    (0..table.shares.len()).map(|at| if short(at) { Align::Middle } else { Align::Left }).collect()
}

impl Figures {
    /// How its columns stand: amounts at the right, the others as in any table.
    pub(crate) fn aligns(&self) -> Vec<Align> {
        let right = |at: usize| self.right.get(at).copied().unwrap_or(false);
        let one = |(at, align)| if right(at) { Align::Right } else { align };
        aligns(&self.table).into_iter().enumerate().map(one).collect()
    }
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
        // The first page has no number, the others have it above the text.
        let number = (self.sheets.len() + 1).to_string();
        self.now.centred(self.fonts, (0.0, width, NUMBER), &number, (Style::Regular, BODY), BLACK);
        true
    }

    /// Lines in the middle of a column; answers the height below them.
    fn column(&mut self, (left, width, top): (f32, f32, f32), text: &str, (style, size): (Style, f32)) -> f32 {
        let mut y = top;
        for line in self.fonts.wrap(text, style, size, width) {
            self.now.centred(self.fonts, (left, width, y + size), &line, (style, size), BLACK);
            y += size * LINE;
        }
        y
    }

    /// A short line in the middle of a column, as it stands under the names in the head; answers the height below it.
    fn rule(&mut self, (left, width, y): (f32, f32, f32), length: f32) -> f32 {
        self.now.items.push(Item::Line { x: left + (width - length) / 2.0, y: y + 1.0, length });
        y + 4.0
    }

    fn paragraph(&mut self, text: &str, (style, size): (Style, f32), align: Align) {
        let lines = self.fonts.wrap(text, style, size, self.across());
        // A heading is never the last thing on a page, and a paragraph leaves no single line behind.
        let kept = if style == Style::Bold { 3.0 } else { 2.0_f32.min(f32::from(u8::from(lines.len() > 1)) + 1.0) };
        self.room(size * 1.4 * kept);
        for line in lines {
            self.room(size * 1.4);
            match align {
                Align::Middle => {
                    let at = (LEFT, self.across(), self.y + size);
                    self.now.centred(self.fonts, at, &line, (style, size), BLACK);
                }
                Align::Left | Align::Right => self.now.text((LEFT, self.y + size), &line, (style, size), BLACK),
            }
            self.y += size * 1.4;
        }
        self.y += 4.0;
    }

    /// The lines of a row's cells, and how high it is.
    fn wrapped(&self, widths: &[f32], cells: &[String], style: Style) -> (Vec<Vec<String>>, f32) {
        let one = |(at, width): (usize, &f32)| {
            let text = cells.get(at).map(String::as_str).unwrap_or_default();
            self.fonts.wrap(text, style, CELL, width - 2.0 * PADDING)
        };
        let wrapped: Vec<Vec<String>> = widths.iter().enumerate().map(one).collect();
        let lines = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        let height = f32::from(u16::try_from(lines).unwrap_or(u16::MAX)) * CELL * 1.25 + 2.0 * PADDING;
        (wrapped, height)
    }

    /// Draws a row at the present height; there is room for it.
    fn row(&mut self, widths: &[f32], (cells, height): (&[Vec<String>], f32), style: Style, aligns: &[Align]) {
        let mut x = LEFT;
        for ((width, cell), align) in widths.iter().zip(cells).zip(aligns) {
            self.now.items.push(Item::Frame { x, y: self.y, width: *width, height, line: 0.5, colour: BLACK });
            let mut y = self.y + PADDING + CELL;
            for line in cell {
                match align {
                    Align::Left => self.now.text((x + PADDING, y), line, (style, CELL), BLACK),
                    Align::Middle => self.now.centred(self.fonts, (x, *width, y), line, (style, CELL), BLACK),
                    Align::Right => {
                        let end = x + width - PADDING - self.fonts.width(line, style, CELL);
                        self.now.text((end, y), line, (style, CELL), BLACK);
                    }
                }
                y += CELL * 1.25;
            }
            x += width;
        }
        self.y += height;
    }

    /// A table, of which the last rows are sums; its head stands on every page that it reaches, and a row is never parted.
    fn table(&mut self, table: &Table, aligns: &[Align], sums: usize) {
        let all: u16 = table.shares.iter().sum();
        let across = self.across();
        let share = |share: &u16| across * f32::from(*share) / f32::from(all.max(1));
        let widths: Vec<f32> = table.shares.iter().map(share).collect();
        let middle = vec![Align::Middle; widths.len()];
        let (head, height) = self.wrapped(&widths, &table.head, Style::Bold);
        let first = table.rows.first().map_or(0.0, |row| self.wrapped(&widths, row, Style::Regular).1);
        self.room(height + first);
        self.row(&widths, (&head, height), Style::Bold, &middle);
        let plain = table.rows.len().saturating_sub(sums);
        for (at, row) in table.rows.iter().enumerate() {
            let style = if at < plain { Style::Regular } else { Style::Bold };
            let (cells, of_row) = self.wrapped(&widths, row, style);
            if self.room(of_row) {
                self.row(&widths, (&head, height), Style::Bold, &middle);
            }
            self.row(&widths, (&cells, of_row), style, aligns);
        }
        self.y += 8.0;
    }
}

/// The head: whose paper it is to the left, the state to the right, each with a line below; then number, place and day.
fn head(pages: &mut Pages<'_>, document: &Document) {
    let (left, right) = (pages.across() * 0.44, pages.across() * 0.56);
    let mut y = TOP;
    let last = document.authority.len().saturating_sub(1);
    for (at, line) in document.authority.iter().enumerate() {
        let style = if at == last { Style::Bold } else { Style::Regular };
        y = pages.column((LEFT, left - 10.0, y), &line.to_uppercase(), (style, 11.0));
    }
    let mut low = pages.rule((LEFT, left - 10.0, y), 70.0);
    if !document.number.is_empty() {
        low = pages.column((LEFT, left - 10.0, low + 2.0), &document.number, (Style::Regular, 11.0));
    }
    let x = LEFT + left;
    let mut y = pages.column((x, right, TOP), STATE, (Style::Bold, 11.0));
    y = pages.column((x, right, y), MOTTO, (Style::Bold, 11.5));
    let length = pages.fonts.width(MOTTO, Style::Bold, 11.5);
    y = pages.rule((x, right, y), length);
    low = low.max(pages.column((x, right, y + 2.0), &document.place_and_day, (Style::Italic, 11.0)));
    let whole = (LEFT, pages.across());
    if document.sample {
        low = pages.column((whole.0, whole.1, low + 4.0), SAMPLE, (Style::Bold, 11.0));
    }
    let y = pages.column((whole.0, whole.1, low + 14.0), &document.title, (Style::Bold, 14.0));
    pages.y = pages.column((whole.0, whole.1, y), &document.subtitle, (Style::Bold, 12.0)) + 10.0;
}

/// Who gets it, at the left, and who signs. Room for a signature is left below each post, all on one page.
fn signatures(pages: &mut Pages<'_>, document: &Document) {
    let places = document.signatures.len() + usize::from(!document.recipients.is_empty());
    let width = pages.across() / f32::from(u16::try_from(places).unwrap_or(1).max(1));
    pages.room(SIGNED);
    let top = pages.y + 12.0;
    let mut x = LEFT;
    if !document.recipients.is_empty() {
        pages.now.text((x, top + 11.0), RECIPIENTS, (Style::Italic, 11.0), BLACK);
        let mut y = top + 11.0 * LINE;
        for line in
            document.recipients.iter().flat_map(|of| pages.fonts.wrap(&format!("- {of}"), Style::Regular, 10.0, width))
        {
            pages.now.text((x, y + 10.0), &line, (Style::Regular, 10.0), BLACK);
            y += 10.0 * LINE;
        }
        x += width;
    }
    for post in &document.signatures {
        let y = pages.column((x, width, top), &post.to_uppercase(), (Style::Bold, 11.5));
        pages.column((x, width, y), SIGN_HERE, (Style::Italic, 10.0));
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
            Block::Heading(text) => pages.paragraph(text, (Style::Bold, BODY), Align::Left),
            Block::Centre(text) => pages.paragraph(text, (Style::Bold, BODY), Align::Middle),
            Block::Text(text) => pages.paragraph(text, (Style::Regular, BODY), Align::Left),
            Block::Table(table) => pages.table(table, &aligns(table), 0),
            Block::Figures(of) => pages.table(&of.table, &of.aligns(), of.sums),
            Block::Code(text) => {
                pages.room(CODE + 24.0);
                pages.now.items.push(pdf::qr(text, (LEFT, pages.y), CODE)?);
                pages.y += CODE + 4.0;
                pages.paragraph(text, (Style::Regular, 8.0), Align::Left);
            }
            Block::Turn => {
                pages.room(f32::INFINITY);
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
            recipients: vec!["Như trên;".to_owned(), "Lưu: VT.".to_owned()],
            across: false,
            sample: true,
        }
    }

    #[test]
    fn columns_of_numbers_stand_at_their_right_edge_and_sums_are_bold() {
        let plain = Document { blocks: long().blocks.drain(2..).collect(), ..long() };
        let Some(Block::Table(table)) = plain.blocks.first().cloned() else { panic!("the table") };
        let of = |right: Vec<bool>, sums| Document {
            blocks: vec![Block::Figures(Figures { table: table.clone(), right, sums })],
            ..long()
        };
        let bytes = |document: &Document| pdf(document).unwrap();
        assert_eq!(bytes(&of(vec![], 0)), bytes(&plain), "without numbers and sums it is a table");
        assert_ne!(bytes(&of(vec![false, false, true], 0)), bytes(&plain));
        assert_ne!(bytes(&of(vec![], 1)), bytes(&plain));
        for form in [crate::docx::bytes(&of(vec![true], 1)).unwrap(), bytes(&of(vec![true], 1))] {
            assert!(!form.is_empty());
        }
    }

    #[test]
    fn columns_of_short_things_stand_in_the_middle() {
        let Some(Block::Table(table)) = long().blocks.pop() else { panic!("it ends with a table") };
        assert_eq!(aligns(&table), [Align::Middle, Align::Left, Align::Middle]);
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
