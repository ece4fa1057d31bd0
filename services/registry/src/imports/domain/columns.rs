//! The columns of each kind of sheet.

use sheet::take::columns::{CODE_OF_2021, COMMUNE, COMMUNE_CODE, Column, DISTRICT, PROVINCE, column, needed};

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

#[cfg(test)]
mod tests {
    use super::*;
    use sheet::take::cells::Cell;
    use sheet::take::columns::{HeaderFault, Mapping, clashes};
    use sheet::take::template;

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
            assert_eq!(clashes(kind.columns()), Vec::<String>::new(), "{kind:?}");
        }
    }

    #[test]
    fn every_template_is_read_back_with_its_own_columns() {
        for kind in Kind::ALL {
            let csv = String::from_utf8(template::csv(kind.columns())).unwrap();
            let header: Vec<Cell> = csv.trim_start_matches('\u{FEFF}').trim_end().split(',').map(Cell::text).collect();
            assert!(Mapping::of(kind.columns(), &header).is_ok(), "{kind:?}");
            assert!(template::xlsx(kind.columns()).is_ok());
        }
    }
}
