//! The embedded files as rows. A row that cannot be read is a fault, never skipped.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Share, UnitType};

const LIST_2021: &str = include_str!("../../data/units/vn_admin_units_2021.csv");
const PHU_YEN_2021: &str = include_str!("../../data/units/phuyen_communes_2021.csv");
const PHU_YEN_2021_YAML: &str = include_str!("../../data/units/phu-yen-units-2021.yaml");
const CHANGE_2024: &str = include_str!("../../data/units/phuyen_change_2024-11.csv");
const CHANGE_2025: &str = include_str!("../../data/units/phuyen_change_2025-07.csv");
const DAK_LAK_2025: &str = include_str!("../../data/units/daklak_units_2025.csv");
const PROVINCES_2025: &str = include_str!("../../data/units/provinces_63_to_34.csv");

/// One unit of the country's list of 2021.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) level: String,
    pub(super) code: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) parent_code: String,
}

impl Listed {
    /// The kind that level and type say together; a city is of the centre or of a province by its level.
    pub(super) fn unit_type(&self) -> Option<UnitType> {
        Some(match (self.level.as_str(), self.kind.as_str()) {
            ("province", "tinh") => UnitType::Province,
            ("province", "thanh-pho") => UnitType::MunicipalityCentral,
            ("district", "thanh-pho") => UnitType::City,
            ("district", "thi-xa") => UnitType::Town,
            ("district", "quan") => UnitType::UrbanDistrict,
            ("district", "huyen") => UnitType::District,
            ("commune", "xa") => UnitType::Commune,
            ("commune", "phuong") => UnitType::Ward,
            ("commune", "thi-tran") => UnitType::Township,
            _ => return None,
        })
    }
}

/// One commune of Phú Yên in 2021: the second list, to check the first by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhuYenRow {
    pub(super) district_code: String,
    #[serde(rename = "district")]
    pub(super) _district: String,
    pub(super) commune_code: String,
    pub(super) commune: String,
    #[serde(rename = "type")]
    pub(super) _kind: String,
}

/// The third list of Phú Yên in 2021.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhuYenYaml {
    pub(super) province: PhuYenProvince,
    pub(super) districts: Vec<PhuYenDistrict>,
    pub(super) units_total: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhuYenProvince {
    pub(super) code: String,
    #[serde(rename = "name_vi")]
    pub(super) _name_vi: String,
    #[serde(rename = "merged_into")]
    pub(super) _merged_into: String,
    pub(super) merged_code: String,
    pub(super) merged_on: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhuYenDistrict {
    pub(super) code: String,
    #[serde(rename = "name_vi")]
    pub(super) _name_vi: String,
    #[serde(rename = "kind")]
    pub(super) _kind: String,
    pub(super) units: Vec<PhuYenCommune>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhuYenCommune {
    pub(super) code: String,
    #[serde(rename = "kind")]
    pub(super) _kind: String,
    pub(super) name_vi: String,
}

/// One link of 1 November 2024.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change2024 {
    pub(super) from_code: String,
    pub(super) from_name: String,
    pub(super) district_code: String,
    pub(super) to_code: String,
    pub(super) to_name: String,
    pub(super) kind: String,
    pub(super) share: String,
}

impl Change2024 {
    /// Share and default target; what remained after a division is a part, and the default.
    pub(super) fn share(&self) -> Option<(Share, bool)> {
        match self.share.as_str() {
            "whole" => Some((Share::Whole, true)),
            "remainder" => Some((Share::Part, true)),
            "part" => Some((Share::Part, false)),
            _ => None,
        }
    }
}

/// One link of 1 July 2025.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change2025 {
    pub(super) from_code: String,
    pub(super) from_name: String,
    pub(super) district_code: String,
    pub(super) to_code: String,
    pub(super) to_name: String,
    pub(super) share: String,
    pub(super) default_target: String,
}

impl Change2025 {
    pub(super) fn share(&self) -> Option<(Share, bool)> {
        let share = match self.share.as_str() {
            "whole" => Share::Whole,
            "part" => Share::Part,
            _ => return None,
        };
        match self.default_target.as_str() {
            "1" => Some((share, true)),
            "0" => Some((share, false)),
            _ => None,
        }
    }
}

/// One commune of the new Đắk Lắk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DakLakRow {
    pub(super) code: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) from_phu_yen: String,
    #[serde(rename = "area_km2")]
    pub(super) _area_km2: String,
}

/// One province of before 1 July 2025 and where it went.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProvinceRow {
    pub(super) old_code: String,
    pub(super) old_name: String,
    pub(super) new_code: String,
    pub(super) new_name: String,
}

/// All files, read.
pub(super) struct Files {
    pub(super) list_2021: Vec<Listed>,
    pub(super) phu_yen: Vec<PhuYenRow>,
    pub(super) phu_yen_yaml: Option<PhuYenYaml>,
    pub(super) change_2024: Vec<Change2024>,
    pub(super) change_2025: Vec<Change2025>,
    pub(super) dak_lak: Vec<DakLakRow>,
    pub(super) provinces: Vec<ProvinceRow>,
}

impl Files {
    pub(super) fn read(faults: &mut Vec<String>) -> Self {
        Self {
            list_2021: rows("vn_admin_units_2021.csv", LIST_2021, faults),
            phu_yen: rows("phuyen_communes_2021.csv", PHU_YEN_2021, faults),
            phu_yen_yaml: serde_saphyr::from_str(PHU_YEN_2021_YAML)
                .map_err(|error| faults.push(format!("phu-yen-units-2021.yaml: {error}")))
                .ok(),
            change_2024: rows("phuyen_change_2024-11.csv", CHANGE_2024, faults),
            change_2025: rows("phuyen_change_2025-07.csv", CHANGE_2025, faults),
            dak_lak: rows("daklak_units_2025.csv", DAK_LAK_2025, faults),
            provinces: rows("provinces_63_to_34.csv", PROVINCES_2025, faults),
        }
    }
}

fn rows<T: DeserializeOwned>(file: &str, text: &str, faults: &mut Vec<String>) -> Vec<T> {
    let mut rows = Vec::new();
    for (index, row) in csv::Reader::from_reader(text.as_bytes()).into_deserialize().enumerate() {
        match row {
            Ok(row) => rows.push(row),
            // the header is row 1
            Err(error) => faults.push(format!("{file} row {}: {error}", index + 2)),
        }
    }
    rows
}
