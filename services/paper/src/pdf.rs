//! Drawing on pages.

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::TextDirection;

use crate::font::{Fonts, Style};
use crate::{Fault, Result};

/// A colour.
pub(crate) type Colour = (u8, u8, u8);
pub(crate) const BLACK: Colour = (0, 0, 0);

/// One thing on a page; all measures are points from the upper left corner.
pub(crate) enum Item {
    /// A text, from its left end on its base line.
    Text { x: f32, y: f32, text: String, style: Style, size: f32, colour: Colour },
    /// A filled figure.
    Figure { points: Vec<(f32, f32)>, colour: Colour },
    /// A frame of lines.
    Frame { x: f32, y: f32, width: f32, height: f32, line: f32, colour: Colour },
    /// A line across.
    Line { x: f32, y: f32, length: f32 },
    /// Black squares of a size.
    Squares { at: Vec<(f32, f32)>, size: f32 },
}

/// A page.
pub(crate) struct Sheet {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) items: Vec<Item>,
}

impl Sheet {
    pub(crate) fn new(width: f32, height: f32) -> Self {
        Self { width, height, items: Vec::new() }
    }

    pub(crate) fn text(&mut self, (x, y): (f32, f32), text: &str, (style, size): (Style, f32), colour: Colour) {
        self.items.push(Item::Text { x, y, text: text.to_owned(), style, size, colour });
    }

    /// A text in the middle of a column.
    pub(crate) fn centred(&mut self, fonts: &Fonts, at: (f32, f32, f32), text: &str, font: (Style, f32), c: Colour) {
        let (left, width, y) = at;
        let x = left + (width - fonts.width(text, font.0, font.1)) / 2.0;
        self.text((x, y), text, font, c);
    }
}

fn fill((r, g, b): Colour) -> Fill {
    Fill { paint: rgb::Color::new(r, g, b).into(), ..Fill::default() }
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, item: &Item) -> Result<()> {
    surface.set_stroke(None);
    match item {
        Item::Text { x, y, text, style, size, colour } => {
            surface.set_fill(Some(fill(*colour)));
            let font = fonts.font(*style)?;
            surface.draw_text(Point::from_xy(*x, *y), font, *size, text, false, TextDirection::LeftToRight);
        }
        Item::Figure { points, colour } => {
            let mut path = PathBuilder::new();
            for (at, (x, y)) in points.iter().enumerate() {
                if at == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
            }
            path.close();
            surface.set_fill(Some(fill(*colour)));
            surface.draw_path(&path.finish().ok_or_else(|| Fault("a figure".to_owned()))?);
        }
        Item::Frame { x, y, width, height, line, colour: (r, g, b) } => {
            let mut path = PathBuilder::new();
            path.push_rect(rect(*x, *y, *width, *height)?);
            surface.set_fill(None);
            let paint = rgb::Color::new(*r, *g, *b).into();
            surface.set_stroke(Some(Stroke { paint, width: *line, ..Stroke::default() }));
            surface.draw_path(&path.finish().ok_or_else(|| Fault("a frame".to_owned()))?);
        }
        Item::Line { x, y, length } => {
            let mut path = PathBuilder::new();
            path.push_rect(rect(*x, *y, *length, 0.6)?);
            surface.set_fill(Some(fill(BLACK)));
            surface.draw_path(&path.finish().ok_or_else(|| Fault("a line".to_owned()))?);
        }
        Item::Squares { at, size } => {
            let mut path = PathBuilder::new();
            for (x, y) in at {
                path.push_rect(rect(*x, *y, *size, *size)?);
            }
            surface.set_fill(Some(fill(BLACK)));
            surface.draw_path(&path.finish().ok_or_else(|| Fault("squares".to_owned()))?);
        }
    }
    Ok(())
}

fn rect(x: f32, y: f32, width: f32, height: f32) -> Result<Rect> {
    Rect::from_xywh(x, y, width, height).ok_or_else(|| Fault("a rectangle".to_owned()))
}

/// The bytes of a PDF.
pub(crate) fn bytes(title: &str, sheets: &[Sheet], fonts: &Fonts) -> Result<Vec<u8>> {
    let mut document = Document::new();
    for sheet in sheets {
        let size = PageSettings::from_wh(sheet.width, sheet.height).ok_or_else(|| Fault("a page".to_owned()))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for item in &sheet.items {
            draw(&mut surface, fonts, item)?;
        }
        surface.finish();
        page.finish();
    }
    document.set_metadata(Metadata::new().title(title.to_owned()).language("vi".to_owned()));
    document.finish().map_err(Fault::of)
}

/// The squares of a QR code with a text, in a field of this size.
pub(crate) fn qr(text: &str, (left, top): (f32, f32), size: f32) -> Result<Item> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::L).map_err(Fault::of)?;
    let across = code.width();
    let small = u16::try_from(across).map_err(Fault::of)?;
    let side = size / f32::from(small);
    let mut at = Vec::new();
    for (place, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            let column = u16::try_from(place % across).map_err(Fault::of)?;
            let row = u16::try_from(place / across).map_err(Fault::of)?;
            at.push((left + f32::from(column) * side, top + f32::from(row) * side));
        }
    }
    Ok(Item::Squares { at, size: side })
}
