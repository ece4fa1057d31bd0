//! Evidence as the rules see it: validity, types of files, names of files.

use reference::text;
use time::{Date, Duration};
use uuid::Uuid;

use crate::shared::domain::DisplayName;

mod kinds;

pub use kinds::{HEAD, Head, MediaType, TAIL, TAKEN, head, office};

/// From how many days before its last day evidence counts as expiring. A warning and no rule of law.
const EXPIRING_DAYS: i64 = 60;

/// From which day to which evidence is good, both inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
}

impl Span {
    /// A span; none where it ends before it begins.
    #[must_use]
    pub fn new(from: Option<Date>, to: Option<Date>) -> Option<Self> {
        match (from, to) {
            (Some(from), Some(to)) if to < from => None,
            _ => Some(Self { from, to }),
        }
    }
}

/// Whether evidence is good on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In its time.
    Valid,
    /// In its time, which ends soon.
    Expiring,
    /// Its last day has passed.
    Expired,
    /// Its first day has not come.
    NotYetValid,
    /// Without dates.
    Undated,
}

/// The last day of those that count as soon, seen from a day.
#[must_use]
pub fn soon(on: Date) -> Date {
    on.saturating_add(Duration::days(EXPIRING_DAYS))
}

/// Whether evidence is good on a day.
#[must_use]
pub fn status(span: Span, on: Date) -> Status {
    match (span.from, span.to) {
        (None, None) => Status::Undated,
        (Some(from), _) if on < from => Status::NotYetValid,
        (_, Some(to)) if to < on => Status::Expired,
        (_, Some(to)) if to <= soon(on) => Status::Expiring,
        _ => Status::Valid,
    }
}

/// What is said of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Who issued it.
    pub issuing_body: String,
    /// The number given by them.
    pub document_number: String,
    /// From which day to which it is good.
    pub span: Span,
}

/// A new piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvidence {
    /// Whose vault it goes into.
    pub producer_id: Uuid,
    /// The product that it is about.
    pub product_id: Option<Uuid>,
    /// Its kind, by number.
    pub kind: i32,
    /// What it is called.
    pub title: DisplayName,
    /// True for a sample.
    pub sample: bool,
}

/// New values for some fields; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New product, or none.
    pub product_id: Option<Option<Uuid>>,
    /// New kind.
    pub kind: Option<i32>,
    /// New title.
    pub title: Option<DisplayName>,
    /// New issuing body.
    pub issuing_body: Option<String>,
    /// New number.
    pub document_number: Option<String>,
    /// New first day, or none.
    pub from: Option<Option<Date>>,
    /// New last day, or none.
    pub to: Option<Option<Date>>,
}

/// What a caller says beforehand of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// Its size.
    pub size: Option<u64>,
    /// Its SHA-256 in hexadecimal.
    pub sha256: Option<String>,
}

/// Longest name of a file, in characters.
const LONGEST_FILE_NAME: usize = 150;

/// A file's name as it is kept: the last part of a path, in NFC, without characters that no keyboard writes or that some
/// system cannot have in names, bounded, with an ending of its type.
#[must_use]
pub fn file_name(typed: &str, kind: MediaType) -> String {
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = |c: &char| {
        text::is_clean(c.encode_utf8(&mut [0; 4])).is_ok() && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
    };
    // Composed again: marks that a character stood between come together where it goes.
    let clean = text::nfc(&text::nfc(last).chars().filter(kept).collect::<String>());
    let clean = clean.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let lower = clean.to_lowercase();
    let ending = kind.endings().iter().find(|e| lower.ends_with(&format!(".{e}")));
    let (stem, ending) = match ending {
        Some(ending) => (clean.get(..clean.len() - ending.len() - 1).unwrap_or_default(), *ending),
        None => (clean, kind.endings().first().copied().unwrap_or_default()),
    };
    let stem: String = stem.chars().take(LONGEST_FILE_NAME).collect();
    let stem = stem.trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    format!("{}.{ending}", if stem.is_empty() { "tep" } else { stem })
}

#[cfg(test)]
mod tests;
