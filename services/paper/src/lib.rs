//! Papers: what the suite prints. One model of an office document with two outputs (PDF with embedded fonts, DOCX), the
//! sheet of a certificate with its QR code, and the signed token that the code holds.
//!
//! A crate of its own, because several services print (evaluation: certificates, minutes, decisions; budget and insights:
//! reports) and the fonts and the PDF writer are heavy: who prints nothing builds none of it. It knows no service, no proto,
//! no clock and no database: equal input gives equal bytes. The fonts (Liberation Serif, under the SIL Open Font License,
//! see `data/fonts/LICENSE.txt`) lie in the crate, so that nothing depends on the fonts of a machine.
//!
//! Deliberately absent: XLSX (sheets are tables, not papers), templates that users edit, digital signatures inside the PDF.

pub mod certificate;
pub mod code;
pub mod document;
pub mod docx;
pub mod font;
mod pdf;
pub mod token;

/// A paper cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the paper cannot be made: {0}")]
pub struct Fault(pub String);

impl Fault {
    fn of(cause: impl std::fmt::Debug) -> Self {
        Self(format!("{cause:?}"))
    }
}

/// What making a paper gives.
pub type Result<T> = std::result::Result<T, Fault>;
