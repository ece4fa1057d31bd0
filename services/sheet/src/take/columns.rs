//! The columns of a sheet, and which column of a file is which.

use std::collections::BTreeSet;

use reference::text::fold;

use super::cells::Cell;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header in English.
    pub name: &'static str,
    /// Its header in Vietnamese.
    pub name_vi: &'static str,
    /// Other headers that are read as it.
    also: &'static [&'static str],
    /// True where no row is without it.
    pub required: bool,
    /// What to write in it, in Vietnamese and in English.
    pub notes: [&'static str; 2],
}

/// A column that a row may be without.
#[must_use]
pub const fn column(
    name: &'static str,
    name_vi: &'static str,
    also: &'static [&'static str],
    notes: [&'static str; 2],
) -> Column {
    Column { name, name_vi, also, required: false, notes }
}

/// The same for a column that no row is without.
#[must_use]
pub const fn needed(column: Column) -> Column {
    Column { required: true, ..column }
}

/// A commune, or another unit, by its code on the day of the row.
pub const COMMUNE_CODE: Column = column(
    "commune_code",
    "Mã xã",
    &["unit", "unit_code", "mã đơn vị", "mã xã phường", "mã đvhc"],
    [
        "Mã đơn vị theo danh mục vào ngày đăng ký; để trống nếu ghi tên xã",
        "The unit's code on the day of registration; empty where the commune's name is written",
    ],
);
/// A commune by its code on the map of 2021.
pub const CODE_OF_2021: Column = column(
    "commune_code_2021",
    "Mã xã 2021",
    &[],
    [
        "Mã xã theo danh mục năm 2021, dùng khi không có Mã xã",
        "The commune's code on the map of 2021, where commune_code is not told",
    ],
);
/// A commune by its name.
pub const COMMUNE: Column = column(
    "commune",
    "Xã",
    &["xã phường", "xã/phường", "phường xã", "xã/phường/thị trấn"],
    [
        "Tên xã, phường, thị trấn; kèm Huyện, Tỉnh nếu trùng tên",
        "The commune's name; with district and province where several have it",
    ],
);
/// A district by its name.
pub const DISTRICT: Column = column(
    "district",
    "Huyện",
    &["quận huyện", "huyện/thị xã/thành phố"],
    ["Tên huyện (đến 30/06/2025)", "The district's name, until 30 June 2025"],
);
/// A province by its name.
pub const PROVINCE: Column =
    column("province", "Tỉnh", &["tỉnh thành", "tỉnh/thành phố"], ["Tên tỉnh", "The province's name"]);
/// Columns that lists often have and that say nothing here.
const PASSED_OVER: [&str; 14] = [
    "stt",
    "tt",
    "no",
    "id",
    "source",
    "nguon",
    "note",
    "ghi chu",
    "stars",
    "so sao",
    "commune code 2024",
    "unit codes 2025",
    "unit names 2025",
    "xep hang",
];

/// What is wrong with a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// This column is needed.
    Missing(&'static str),
    /// There is no column of this name.
    Unknown(String),
    /// Two columns are this one.
    Repeated(&'static str),
}

/// Which column of a file is which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    columns: &'static [Column],
    /// For each column its place in a row.
    places: Vec<Option<usize>>,
    /// Columns of the file.
    width: usize,
}

/// A header as it is compared: folded, with blanks in the place of everything that is no letter or digit.
fn plain(header: &str) -> String {
    let words: String = fold(header).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Mapping {
    /// Reads a header. A name in either language is read without regard to case, marks and signs; one that begins with # is
    /// passed over, and so is an empty one.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn of(columns: &'static [Column], header: &[Cell]) -> Result<Self, Vec<HeaderFault>> {
        let mut places = vec![None; columns.len()];
        let mut faults = Vec::new();
        for (at, cell) in header.iter().enumerate() {
            let typed = cell.as_text().unwrap_or_else(|| "…".to_owned());
            let header = plain(&typed);
            if typed.is_empty() || typed.starts_with('#') || PASSED_OVER.contains(&header.as_str()) {
                continue;
            }
            let is = |c: &Column| [c.name, c.name_vi].iter().chain(c.also).any(|name| plain(name) == header);
            let found = columns.iter().zip(&mut places).find(|(column, _)| is(column));
            match found {
                Some((_, place @ None)) => *place = Some(at),
                Some((column, _)) => faults.push(HeaderFault::Repeated(column.name)),
                None => faults.push(HeaderFault::Unknown(typed.chars().take(60).collect())),
            }
        }
        let has = |name: &str| columns.iter().zip(&places).any(|(c, place)| c.name == name && place.is_some());
        faults.extend(columns.iter().filter(|c| c.required && !has(c.name)).map(|c| HeaderFault::Missing(c.name)));
        let placed = columns.iter().any(|c| c.name == COMMUNE_CODE.name);
        if placed && ![COMMUNE_CODE, CODE_OF_2021, COMMUNE].iter().any(|c| has(c.name)) {
            faults.push(HeaderFault::Missing(COMMUNE_CODE.name));
        }
        if faults.is_empty() { Ok(Self { columns, places, width: header.len() }) } else { Err(faults) }
    }

    /// The cell of a column; nothing where the file has no such column.
    #[must_use]
    pub fn cell<'a>(&self, cells: &'a [Cell], name: &str) -> &'a Cell {
        const NOTHING: &Cell = &Cell::Empty;
        let columns = self.columns.iter().zip(&self.places);
        let place = columns.filter(|(column, _)| column.name == name).find_map(|(_, place)| *place);
        place.and_then(|at| cells.get(at)).unwrap_or(NOTHING)
    }

    /// True where a row has something behind the last column of the header.
    #[must_use]
    pub fn overflows(&self, cells: &[Cell]) -> bool {
        cells.iter().skip(self.width).any(|cell| !cell.is_empty())
    }
}

/// The headers of a sheet, for a refusal.
#[must_use]
pub fn known(columns: &[Column]) -> String {
    let names: BTreeSet<&str> = columns.iter().map(|c| c.name).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// Headers that mean two of the columns, or that are passed over: there must be none.
#[must_use]
pub fn clashes(columns: &[Column]) -> Vec<String> {
    let mut once = BTreeSet::new();
    let mut clashes = Vec::new();
    for column in columns {
        let own: BTreeSet<String> = [column.name, column.name_vi].iter().chain(column.also).map(|n| plain(n)).collect();
        clashes
            .extend(own.into_iter().filter(|name| PASSED_OVER.contains(&name.as_str()) || !once.insert(name.clone())));
    }
    clashes
}
