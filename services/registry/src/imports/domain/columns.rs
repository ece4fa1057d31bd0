//! The columns of each kind of sheet, and which column of a file is which.

use std::collections::BTreeSet;

use reference::text::fold;

use super::cells::Cell;

/// What the rows of a sheet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Producers.
    Producers,
    /// Products with their producers.
    Products,
    /// Persons.
    People,
    /// Persons with posts.
    Officers,
}

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

const LEGAL_FORM: Column = column(
    "legal_form",
    "Loại hình",
    &["producer_type", "loại hình chủ thể"],
    [
        "Công ty, HTX, Tổ hợp tác, Hộ, Trang trại, Hội/Hiệp hội du lịch hoặc Cơ sở; để trống thì đọc từ tên chủ thể",
        "company, cooperative, cooperative_group, household, farm, tourism_body or facility; empty: read from the name",
    ],
);
const TAX_CODE: Column = column(
    "tax_code",
    "Mã số thuế",
    &["mst"],
    [
        "10 số, hoặc 13 số của đơn vị phụ thuộc; định dạng ô là Text",
        "10 digits, or 13 of a dependent unit; keep the cells as text",
    ],
);
const COMMUNE_CODE: Column = column(
    "commune_code",
    "Mã xã",
    &["unit", "unit_code", "mã đơn vị", "mã xã phường", "mã đvhc"],
    [
        "Mã đơn vị theo danh mục vào ngày đăng ký; để trống nếu ghi tên xã",
        "The unit's code on the day of registration; empty where the commune's name is written",
    ],
);
const CODE_OF_2021: Column = column(
    "commune_code_2021",
    "Mã xã 2021",
    &[],
    [
        "Mã xã theo danh mục năm 2021, dùng khi không có Mã xã",
        "The commune's code on the map of 2021, where commune_code is not told",
    ],
);
const COMMUNE: Column = column(
    "commune",
    "Xã",
    &["xã phường", "xã/phường", "phường xã", "xã/phường/thị trấn"],
    [
        "Tên xã, phường, thị trấn; kèm Huyện, Tỉnh nếu trùng tên",
        "The commune's name; with district and province where several have it",
    ],
);
const DISTRICT: Column = column(
    "district",
    "Huyện",
    &["quận huyện", "huyện/thị xã/thành phố"],
    ["Tên huyện (đến 30/06/2025)", "The district's name, until 30 June 2025"],
);
const PROVINCE: Column =
    column("province", "Tỉnh", &["tỉnh thành", "tỉnh/thành phố"], ["Tên tỉnh", "The province's name"]);
const REGISTRATION: Column = column(
    "registration_date",
    "Ngày đăng ký",
    &["date", "ngày"],
    ["dd/mm/yyyy; để trống là hôm nay", "dd/mm/yyyy; empty: today"],
);
const SAMPLE: Column = column("sample", "Dữ liệu mẫu", &["mẫu"], ["x nếu là dữ liệu mẫu", "x for an invented sample"]);
const AS_NEW: Column = column(
    "as_new",
    "Tạo mới",
    &["thêm mới"],
    [
        "x nếu chắc chắn là bản ghi mới, dù tên gần giống bản ghi đã có",
        "x where it is surely new, though a name like it is there",
    ],
);
const PERSON: Column = needed(column(
    "display_name",
    "Họ và tên",
    &["name", "họ tên", "tên"],
    ["Họ tên người, hoặc tên vị trí đối với dữ liệu mẫu", "The person's name; for samples that of a post"],
));

const PRODUCERS: &[Column] = &[
    needed(column(
        "display_name",
        "Tên chủ thể",
        &["name", "producer", "chủ thể", "tên", "tên cơ sở", "tên đơn vị"],
        ["Tên đầy đủ như trong giấy đăng ký", "The full name as registered"],
    )),
    LEGAL_FORM,
    TAX_CODE,
    COMMUNE_CODE,
    CODE_OF_2021,
    COMMUNE,
    DISTRICT,
    PROVINCE,
    REGISTRATION,
    SAMPLE,
    AS_NEW,
];

const PRODUCTS: &[Column] = &[
    needed(column(
        "display_name",
        "Tên sản phẩm",
        &["product", "sản phẩm", "name", "tên"],
        ["Tên sản phẩm", "The product's name"],
    )),
    needed(column(
        "producer",
        "Tên chủ thể",
        &["chủ thể", "producer_name", "tên cơ sở"],
        ["Tên chủ thể; chủ thể chưa có sẽ được tạo", "The producer's name; one that is not there yet is registered"],
    )),
    LEGAL_FORM,
    TAX_CODE,
    COMMUNE_CODE,
    CODE_OF_2021,
    COMMUNE,
    DISTRICT,
    PROVINCE,
    column(
        "product_set",
        "Bộ sản phẩm",
        &["nhóm sản phẩm"],
        [
            "Mã bộ sản phẩm như q26-tra-tu-thuc-vat-khac; để trống là chưa phân bộ",
            "Id of the product set such as q26-tra-tu-thuc-vat-khac; empty: not told yet",
        ],
    ),
    REGISTRATION,
    column(
        "status",
        "Trạng thái",
        &["tình trạng"],
        [
            "Khi không có ngày: năm ghi trong trạng thái (candidate_2019_2020) cho biết sản phẩm đã có vào cuối năm đó",
            "Without a day: the year in it (candidate_2019_2020) tells that the product was there at its end",
        ],
    ),
    column("target_year", "Năm phấn đấu", &["năm đánh giá"], ["Năm dự kiến xếp hạng", "The year of ranking aimed at"]),
    column("target_stars", "Sao phấn đấu", &[], ["3 đến 5; cần có năm", "3 to 5; needs the year"]),
    SAMPLE,
    AS_NEW,
];

const PEOPLE: &[Column] =
    &[PERSON, COMMUNE_CODE, CODE_OF_2021, COMMUNE, DISTRICT, PROVINCE, REGISTRATION, SAMPLE, AS_NEW];

const OFFICERS: &[Column] = &[
    PERSON,
    needed(column("title", "Chức danh", &["chức vụ", "nhiệm vụ"], ["Chức danh, nhiệm vụ", "The post"])),
    COMMUNE_CODE,
    CODE_OF_2021,
    COMMUNE,
    DISTRICT,
    PROVINCE,
    needed(column("begin_date", "Từ ngày", &["ngày bắt đầu", "date", "ngày"], ["dd/mm/yyyy", "dd/mm/yyyy"])),
    column("end_date", "Đến ngày", &["ngày kết thúc"], ["dd/mm/yyyy, nếu đã thôi", "dd/mm/yyyy, where it has ended"]),
    SAMPLE,
    AS_NEW,
];

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

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Producers, Self::Products, Self::People, Self::Officers];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Producers => "producers",
            Self::Products => "products",
            Self::People => "people",
            Self::Officers => "officers",
        }
    }

    /// Its columns.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Producers => PRODUCERS,
            Self::Products => PRODUCTS,
            Self::People => PEOPLE,
            Self::Officers => OFFICERS,
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<Cell> {
        names.iter().map(|name| Cell::text(name)).collect()
    }

    #[test]
    fn headers_are_read_in_both_languages_whatever_their_case_and_marks() {
        let header = header(&["STT", "TÊN CHỦ THỂ", "ma so thue", "Commune_Code", "#của tôi", ""]);
        let mapping = Mapping::of(PRODUCERS, &header).unwrap();
        let row: Vec<Cell> = ["1", "HTX A", "0", "22018", "x", "y", "z"].map(Cell::text).into();
        assert_eq!(mapping.cell(&row, "display_name"), &Cell::text("HTX A"));
        assert_eq!(mapping.cell(&row, "commune_code"), &Cell::text("22018"));
        assert_eq!(mapping.cell(&row, "legal_form"), &Cell::Empty);
        assert!(mapping.overflows(&row) && !mapping.overflows(&row[..6]));
    }

    #[test]
    fn the_columns_of_the_press_are_products() {
        let press = "id,source,province,district,commune,product,producer,producer_type,stars,status,date,note,\
                     commune_code_2021,commune_code_2024,unit_codes_2025,unit_names_2025";
        assert!(Mapping::of(PRODUCTS, &header(&press.split(',').collect::<Vec<_>>())).is_ok());
    }

    #[test]
    fn all_faults_of_a_header_are_found() {
        let found = Mapping::of(PRODUCTS, &header(&["product", "sản phẩm", "tax_cod"])).unwrap_err();
        assert_eq!(
            found,
            [
                HeaderFault::Repeated("display_name"),
                HeaderFault::Unknown("tax_cod".to_owned()),
                HeaderFault::Missing("producer"),
                HeaderFault::Missing("commune_code"),
            ]
        );
    }

    #[test]
    fn no_header_means_two_columns_of_a_kind() {
        for kind in Kind::ALL {
            let mut all: Vec<String> = Vec::new();
            for c in kind.columns() {
                all.extend([c.name, c.name_vi].iter().chain(c.also).map(|n| plain(n)).collect::<BTreeSet<_>>());
            }
            let once: BTreeSet<&String> = all.iter().collect();
            assert_eq!(once.len(), all.len(), "{kind:?}: {all:?}");
            assert!(all.iter().all(|name| !PASSED_OVER.contains(&name.as_str())), "{kind:?}");
        }
    }
}
