//! The fonts, and how wide a text is in them.

use krilla::text::Font;
use ttf_parser::Face;

use crate::{Fault, Result};

/// A style of the one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Upright.
    Regular,
    /// Bold.
    Bold,
    /// Italic.
    Italic,
}

static REGULAR: &[u8] = include_bytes!("../data/fonts/LiberationSerif-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../data/fonts/LiberationSerif-Bold.ttf");
static ITALIC: &[u8] = include_bytes!("../data/fonts/LiberationSerif-Italic.ttf");

fn bytes(style: Style) -> &'static [u8] {
    match style {
        Style::Regular => REGULAR,
        Style::Bold => BOLD,
        Style::Italic => ITALIC,
    }
}

/// The family, ready to draw and to measure with.
pub(crate) struct Fonts {
    faces: [(Style, Font, Face<'static>); 3],
}

impl Fonts {
    pub(crate) fn open() -> Result<Self> {
        let open = |style| {
            let font = Font::new(bytes(style).to_vec().into(), 0).ok_or_else(|| Fault("a font".to_owned()))?;
            let face = Face::parse(bytes(style), 0).map_err(Fault::of)?;
            Ok::<_, Fault>((style, font, face))
        };
        Ok(Self { faces: [open(Style::Regular)?, open(Style::Bold)?, open(Style::Italic)?] })
    }

    fn of(&self, style: Style) -> Option<&(Style, Font, Face<'static>)> {
        self.faces.iter().find(|(of, ..)| *of == style)
    }

    pub(crate) fn font(&self, style: Style) -> Result<Font> {
        self.of(style).map(|(_, font, _)| font.clone()).ok_or_else(|| Fault("a style".to_owned()))
    }

    /// Width of a text, in points.
    pub(crate) fn width(&self, text: &str, style: Style, size: f32) -> f32 {
        let Some((_, _, face)) = self.of(style) else { return 0.0 };
        let advance = |c| face.glyph_index(c).and_then(|glyph| face.glyph_hor_advance(glyph)).unwrap_or(0);
        let units: u32 = text.chars().map(|c| u32::from(advance(c))).sum();
        #[expect(clippy::cast_precision_loss, reason = "a line has far fewer than 2^24 units")]
        let units = units as f32;
        units * size / f32::from(face.units_per_em())
    }

    /// A word in pieces that fit into this width: itself where it does. Breaks behind a dash where there is one.
    fn pieces(&self, word: &str, style: Style, size: f32, width: f32) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for c in word.chars() {
            let Some(now) = pieces.last_mut() else { continue };
            now.push(c);
            if now.chars().count() > 1 && self.width(now, style, size) > width {
                let kept =
                    now.rfind(['-', '/']).filter(|at| at + 2 < now.len()).map_or(now.len() - c.len_utf8(), |at| at + 1);
                let rest = now.split_off(kept);
                pieces.push(rest);
            }
        }
        pieces
    }

    /// Breaks a text into lines of at most this width, a word that is longer within itself.
    pub(crate) fn wrap(&self, text: &str, style: Style, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = String::new();
            for word in paragraph.split(' ').flat_map(|word| self.pieces(word, style, size, width)) {
                let word = word.as_str();
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if !line.is_empty() && self.width(&longer, style, size) > width {
                    lines.push(std::mem::replace(&mut line, word.to_owned()));
                } else {
                    line = longer;
                }
            }
            lines.push(line);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vietnamese_letter_has_a_glyph_in_every_style() {
        let vowels = "aăâeêioôơuưy";
        let letters =
            format!("{vowels}đàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ0123456789.,:;/()-–%“”…");
        for style in [Style::Regular, Style::Bold, Style::Italic] {
            let face = Face::parse(bytes(style), 0).unwrap();
            for letter in letters.chars().flat_map(|c| c.to_uppercase().chain(c.to_lowercase())) {
                assert!(face.glyph_index(letter).is_some(), "{style:?} lacks {letter}");
            }
        }
    }

    #[test]
    fn lines_are_no_wider_than_asked_and_lose_no_word() {
        let fonts = Fonts::open().unwrap();
        let text = "Công nhận sản phẩm nước mắm cá cơm của hợp tác xã đạt hạng bốn sao";
        let lines = fonts.wrap(text, Style::Regular, 13.0, 150.0);
        assert!(lines.len() > 2);
        assert!(lines.iter().all(|line| fonts.width(line, Style::Regular, 13.0) <= 150.0));
        assert_eq!(lines.join(" "), text);
        assert_eq!(fonts.wrap("Một\nHai", Style::Bold, 13.0, 500.0)[1], "Hai");
        let code = fonts.wrap("54-555-22018-1-2019", Style::Regular, 10.0, 60.0);
        assert!(code.len() > 1 && code.iter().all(|line| fonts.width(line, Style::Regular, 10.0) <= 60.0), "{code:?}");
        assert!(code[0].ends_with('-'), "it is broken where it can be read: {code:?}");
        assert_eq!(fonts.wrap("", Style::Regular, 10.0, 60.0), [""]);
    }
}
