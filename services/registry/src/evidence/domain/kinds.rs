//! Types of files, told from their bytes.

/// How many first bytes [`head`] looks at.
pub const HEAD: usize = 16;
/// How many last bytes [`office`] looks at: enough for the directory of some two thousand parts.
pub const TAIL: usize = 128 * 1024;
/// What is taken, for people.
pub const TAKEN: &str = "PDF, JPEG, PNG, WEBP, HEIC, TIFF, DOCX, XLSX";

/// A type of file that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WEBP.
    Webp,
    /// HEIC, as some telephones make them.
    Heic,
    /// TIFF, as scanners make them.
    Tiff,
    /// A Word document without macros.
    Docx,
    /// An Excel workbook without macros.
    Xlsx,
}

impl MediaType {
    /// Its name on the Internet.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Tiff => "image/tiff",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The endings of names of such files; the first one is given to those that have none.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
            Self::Heic => &["heic", "heif"],
            Self::Tiff => &["tif", "tiff"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
        }
    }
}

/// What the first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// The type.
    Known(MediaType),
    /// A ZIP archive: [`office`] tells from its end what it holds.
    Zip,
}

/// What the first [`HEAD`] bytes (or the whole of a shorter file) tell; none for a type that is not taken.
#[must_use]
pub fn head(bytes: &[u8]) -> Option<Head> {
    let part = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
    let known = match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => MediaType::Pdf,
        [0xFF, 0xD8, 0xFF, ..] => MediaType::Jpeg,
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => MediaType::Png,
        [b'I', b'I', 0x2A, 0, ..] | [b'M', b'M', 0, 0x2A, ..] => MediaType::Tiff,
        [b'R', b'I', b'F', b'F', ..] if part(8, 12) == b"WEBP" => MediaType::Webp,
        _ if part(4, 8) == b"ftyp" && [b"heic", b"heix", b"mif1"].iter().any(|b| part(8, 12) == *b) => MediaType::Heic,
        [b'P', b'K', 3, 4, ..] => return Some(Head::Zip),
        _ => return None,
    };
    Some(Head::Known(known))
}

/// The office document that a ZIP archive is, told from its directory, which stands in its last [`TAIL`] bytes; none for
/// any other archive, for one with macros and for one whose directory cannot be read.
#[must_use]
pub fn office(tail: &[u8]) -> Option<MediaType> {
    let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06")?;
    let length = usize::try_from(number(tail, end + 12, 4)?).ok()?;
    let names = names(tail.get(end.checked_sub(length)?..end)?)?;
    let has = |name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name.as_bytes()));
    let ends = |n: &Vec<u8>, with: &[u8]| n.to_ascii_lowercase().ends_with(with);
    if !has("[Content_Types].xml") || names.iter().any(|n| ends(n, b"vbaproject.bin") || ends(n, b".exe")) {
        return None;
    }
    match (has("word/document.xml"), has("xl/workbook.xml")) {
        (true, false) => Some(MediaType::Docx),
        (false, true) => Some(MediaType::Xlsx),
        _ => None,
    }
}

/// A number in little-endian order.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    Some(part.iter().rev().fold(0, |n, b| (n << 8) | u64::from(*b)))
}

/// The names in a directory; none where it is damaged.
fn names(mut directory: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    while !directory.is_empty() {
        if directory.get(..4)? != b"PK\x01\x02" {
            return None;
        }
        let length = |at| number(directory, at, 2).and_then(|n| usize::try_from(n).ok());
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        names.push(directory.get(46..46 + name)?.to_vec());
        directory = directory.get(46 + name + extra + comment..)?;
    }
    Some(names)
}
