//! A document as DOCX: the same model as the PDF, for offices that go on writing in it.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use crate::document::{Align, Block, Document, MOTTO, RECIPIENTS, SAMPLE, SIGN_HERE, STATE, Table, aligns};
use crate::{Fault, Result};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;

const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;

/// Twentieths of a point across the text of an upright page.
const ACROSS: u32 = 9500;
/// The same of a page that lies across.
const ACROSS_WIDE: u32 = 14400;

/// The line under the names in the head.
const RULE: &str = "────────────";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A paragraph; the size is in half points.
fn paragraph(text: &str, align: &str, bold: bool, italic: bool, size: u32) -> String {
    let weight = if bold { "<w:b/>" } else { "" };
    let slant = if italic { "<w:i/>" } else { "" };
    let font = r#"<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"/>"#;
    let mut lines = String::new();
    for (at, line) in text.split('\n').enumerate() {
        let turn = if at == 0 { "" } else { "<w:br/>" };
        lines.push_str(&format!(r#"{turn}<w:t xml:space="preserve">{}</w:t>"#, escaped(line)));
    }
    format!(
        r#"<w:p><w:pPr><w:spacing w:after="60"/><w:jc w:val="{align}"/></w:pPr><w:r><w:rPr>{font}{weight}{slant}<w:sz w:val="{size}"/></w:rPr>{lines}</w:r></w:p>"#
    )
}

fn cell(width: u32, inside: &str) -> String {
    format!(r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inside}</w:tc>"#)
}

/// A table of cells that are written already.
fn grid(widths: &[u32], rows: &[String], lines: bool) -> String {
    let side = |name: &str| format!(r#"<w:{name} w:val="single" w:sz="4" w:space="0" w:color="000000"/>"#);
    let sides: String = ["top", "left", "bottom", "right", "insideH", "insideV"].map(side).concat();
    let borders = if lines { format!("<w:tblBorders>{sides}</w:tblBorders>") } else { String::new() };
    let columns: String = widths.iter().map(|width| format!(r#"<w:gridCol w:w="{width}"/>"#)).collect();
    // A row is never parted, and the head of a table with lines stands on every page.
    let row = |(at, row): (usize, &String)| {
        let head = if lines && at == 0 { "<w:tblHeader/>" } else { "" };
        format!("<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{row}</w:tr>")
    };
    let rows: String = rows.iter().enumerate().map(row).collect();
    format!("<w:tbl><w:tblPr>{borders}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>")
}

fn table(table: &Table, (aligns, sums): (&[Align], usize), across: u32) -> String {
    let all: u32 = table.shares.iter().map(|share| u32::from(*share)).sum::<u32>().max(1);
    let widths: Vec<u32> = table.shares.iter().map(|share| across * u32::from(*share) / all).collect();
    let row = |cells: &[String], aligns: &[Align], bold: bool| -> String {
        let text = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        let side = |at: usize| match aligns.get(at) {
            Some(Align::Middle) => "center",
            Some(Align::Right) => "right",
            Some(Align::Left) | None => "left",
        };
        let one = |(at, width): (usize, &u32)| cell(*width, &paragraph(text(at), side(at), bold, false, 22));
        widths.iter().enumerate().map(one).collect()
    };
    let mut rows = vec![row(&table.head, &vec![Align::Middle; widths.len()], true)];
    let plain = table.rows.len().saturating_sub(sums);
    rows.extend(table.rows.iter().enumerate().map(|(at, cells)| row(cells, aligns, at >= plain)));
    grid(&widths, &rows, true)
}

fn head(document: &Document, across: u32) -> String {
    let mut left = String::new();
    let last = document.authority.len().saturating_sub(1);
    for (at, line) in document.authority.iter().enumerate() {
        left.push_str(&paragraph(&line.to_uppercase(), "center", at == last, false, 24));
    }
    left.push_str(&paragraph(RULE, "center", false, false, 12));
    left.push_str(&paragraph(&document.number, "center", false, false, 24));
    let right = [
        paragraph(STATE, "center", true, false, 24),
        paragraph(MOTTO, "center", true, false, 26),
        paragraph(RULE, "center", false, false, 12),
        paragraph(&document.place_and_day, "center", false, true, 24),
    ];
    let widths = [across * 42 / 100, across * 58 / 100];
    let [first, second] = widths;
    grid(&widths, &[cell(first, &left) + &cell(second, &right.concat())], false)
}

/// Who gets it, and who signs, beside each other.
fn signatures(document: &Document, across: u32) -> String {
    let places = document.signatures.len() + usize::from(!document.recipients.is_empty());
    if places == 0 {
        return String::new();
    }
    let width = across / u32::try_from(places).unwrap_or(1);
    let mut cells = Vec::with_capacity(places);
    if !document.recipients.is_empty() {
        let mut inside = paragraph(RECIPIENTS, "left", true, true, 24);
        for of in &document.recipients {
            inside.push_str(&paragraph(&format!("- {of}"), "left", false, false, 22));
        }
        cells.push(cell(width, &inside));
    }
    for post in &document.signatures {
        let post = paragraph(&post.to_uppercase(), "center", true, false, 26);
        cells.push(cell(width, &(post + &paragraph(SIGN_HERE, "center", false, true, 22))));
    }
    grid(&vec![width; places], &[cells.concat()], false)
}

fn body(document: &Document) -> String {
    let across = if document.across { ACROSS_WIDE } else { ACROSS };
    let mut parts = vec![head(document, across), paragraph("", "left", false, false, 26)];
    if document.sample {
        parts.push(paragraph(SAMPLE, "center", true, false, 24));
    }
    parts.push(paragraph(&document.title, "center", true, false, 28));
    if !document.subtitle.is_empty() {
        parts.push(paragraph(&document.subtitle, "center", true, false, 26));
    }
    for block in &document.blocks {
        parts.push(match block {
            Block::Heading(text) => paragraph(text, "both", true, false, 26),
            Block::Centre(text) => paragraph(text, "center", true, false, 26),
            Block::Text(text) => paragraph(text, "both", false, false, 26),
            Block::Table(of) => table(of, (&aligns(of), 0), across) + &paragraph("", "left", false, false, 26),
            Block::Figures(of) => {
                table(&of.table, (&of.aligns(), of.sums), across) + &paragraph("", "left", false, false, 26)
            }
            Block::Turn => NEXT_PAGE.to_owned(),
            Block::Code(text) => paragraph(text, "left", false, false, 22),
        });
    }
    parts.push(signatures(document, across));
    parts.push(paragraph("", "left", false, false, 26));
    parts.concat()
}

/// The page's size and margins.
fn section(document: &Document) -> String {
    let size = if document.across {
        r#"<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>"#
    } else {
        r#"<w:pgSz w:w="11906" w:h="16838"/>"#
    };
    let margins =
        r#"<w:pgMar w:top="1134" w:right="850" w:bottom="1134" w:left="1500" w:header="0" w:footer="0" w:gutter="0"/>"#;
    format!("<w:sectPr>{size}{margins}</w:sectPr>")
}

const NEXT_PAGE: &str = r#"<w:p><w:r><w:br w:type="page"/></w:r></w:p>"#;

/// The bytes of the DOCX: equal documents give equal bytes.
///
/// # Errors
/// Where the container cannot be written, which does not happen in memory.
pub fn bytes(document: &Document) -> Result<Vec<u8>> {
    bytes_of_all(std::slice::from_ref(document))
}

/// The bytes of one DOCX with several documents, each of which begins on a page of its own; all lie as the last one.
///
/// # Errors
/// As [`bytes`].
pub fn bytes_of_all(documents: &[Document]) -> Result<Vec<u8>> {
    let mut container = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(DateTime::default());
    let main = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>"#,
        documents.iter().map(body).collect::<Vec<_>>().join(NEXT_PAGE)
            + &documents.last().map(section).unwrap_or_default()
    );
    for (name, text) in
        [("[Content_Types].xml", TYPES), ("_rels/.rels", RELATIONS), ("word/document.xml", main.as_str())]
    {
        container.start_file(name, options).map_err(Fault::of)?;
        container.write_all(text.as_bytes()).map_err(Fault::of)?;
    }
    Ok(container.finish().map_err(Fault::of)?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_document_holds_its_texts_escaped_and_its_bytes_are_always_the_same() {
        let document = crate::document::tests::long();
        let made = bytes(&document).unwrap();
        assert_eq!(made, bytes(&document).unwrap());
        let mut container = zip::ZipArchive::new(Cursor::new(made)).unwrap();
        let mut text = String::new();
        container.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
        assert!(text.contains("Sản phẩm &lt;mẫu&gt; &amp; số 120") && text.contains("CHỦ TỊCH HỘI ĐỒNG"));
        assert_eq!(text.matches("<w:p>").count(), text.matches("</w:p>").count());
    }
}
