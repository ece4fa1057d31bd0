//! A code that phones read, as a picture for a screen.

use std::fmt::Write as _;

use crate::{Fault, Result};

/// Squares of white around a code, as its standard asks for.
const MARGIN: usize = 4;

/// The code of a text as SVG, as large as its place.
///
/// # Errors
/// The text is too long for a code.
pub fn svg(text: &str) -> Result<String> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M).map_err(Fault::of)?;
    let (across, colours) = (code.width(), code.to_colors());
    let side = across + 2 * MARGIN;
    let mut path = String::new();
    for (at, colour) in colours.into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            let (x, y) = (at % across + MARGIN, at / across + MARGIN);
            write!(path, "M{x} {y}h1v1h-1z").map_err(Fault::of)?;
        }
    }
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>"##
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_square_picture_and_one_that_is_too_long_is_none() {
        let made = svg("abc").unwrap();
        assert!(made.starts_with("<svg") && made.contains("viewBox=\"0 0 29 29\""), "{made}");
        assert_eq!(made, svg("abc").unwrap());
        assert_ne!(made, svg("abd").unwrap());
        assert!(svg(&"x".repeat(4000)).is_err());
    }
}
