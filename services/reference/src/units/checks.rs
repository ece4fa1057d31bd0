//! What must hold for the table of units, whatever the files say.

use std::collections::BTreeSet;

use time::Date;

use super::build::same_name;
use super::load::Files;
use super::{CHANGE_OF_2024, CHANGE_OF_2025, FIRST_KNOWN_DAY, Level, Table, Unit};
use crate::calendar::format_iso;

/// Runs every check; each fault is one sentence.
pub(super) fn run(table: &Table, files: &Files, faults: &mut Vec<String>) {
    names(table, faults);
    ranges(table, faults);
    parents(table, faults);
    links(table, faults);
    counts(table, faults);
    phu_yen(table, files, faults);
    dak_lak(table, files, faults);
}

fn names(table: &Table, faults: &mut Vec<String>) {
    if table.by_name.len() != table.units.len() {
        faults.push("units: two dated units share a name".to_owned());
    }
    for unit in table.units.iter().copied() {
        if crate::text::is_clean(&unit.display_name).is_err() {
            faults.push(format!("{}: the name is not clean text in NFC", unit.name));
        }
        let digits = match unit.level {
            Level::Country => continue,
            Level::Province => 2,
            Level::District => 3,
            Level::Commune => 5,
        };
        if unit.code.len() != digits || !unit.code.bytes().all(|b| b.is_ascii_digit()) {
            faults.push(format!("{}: a code of this level has {digits} digits", unit.name));
        }
    }
}

fn ranges(table: &Table, faults: &mut Vec<String>) {
    for units in table.by_code.values() {
        let units: Vec<&Unit> = units.iter().filter_map(|at| table.unit(*at)).collect();
        for pair in units.windows(2) {
            if let [earlier, later] = pair
                && earlier.valid_to.is_none_or(|last| last >= later.valid_from)
            {
                faults.push(format!("{} and {} overlap", earlier.name, later.name));
            }
        }
    }
}

fn parents(table: &Table, faults: &mut Vec<String>) {
    for unit in table.units.iter().filter(|unit| unit.level != Level::Country) {
        let parent = unit.parent.as_ref().and_then(|name| table.named(name));
        let Some(parent) = parent else {
            faults.push(format!("{} has no parent", unit.name));
            continue;
        };
        let outlives = match (parent.valid_to, unit.valid_to) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(parent), Some(unit)) => unit <= parent,
        };
        if parent.valid_from > unit.valid_from || !outlives {
            faults.push(format!("{} is not in force during the whole life of {}", parent.name, unit.name));
        }
        if parent.level >= unit.level || !unit.path.starts_with(&parent.path) {
            faults.push(format!("{} does not lie under {}", unit.name, parent.name));
        }
    }
}

fn links(table: &Table, faults: &mut Vec<String>) {
    for link in table.forward.iter().flatten() {
        let (Some(older), Some(newer)) = (table.unit(link.older), table.unit(link.newer)) else { continue };
        if older.valid_to.and_then(Date::next_day) != Some(newer.valid_from) || older.level != newer.level {
            faults.push(format!("{} and {} are linked but do not follow each other", older.name, newer.name));
        }
    }
    for (at, links) in table.forward.iter().enumerate() {
        let name = table.unit(at).map_or("", |unit| unit.name.as_str());
        let targets: BTreeSet<usize> = links.iter().map(|link| link.newer).collect();
        if targets.len() != links.len() {
            faults.push(format!("{name} is linked twice to the same unit"));
        }
        if !links.is_empty() && links.iter().filter(|link| link.default_target).count() != 1 {
            faults.push(format!("{name} must have exactly one default target"));
        }
        if links.len() > 1 && links.iter().any(|link| link.share == super::Share::Whole) {
            faults.push(format!("{name} went wholly to one unit and in part to another"));
        }
    }
}

/// Figures of the lists themselves (rules file, section 6.1; 63 and 34 provinces).
fn counts(table: &Table, faults: &mut Vec<String>) {
    let expected = [
        ("provinces in 2021", "/vn/", Level::Province, FIRST_KNOWN_DAY, 63),
        ("provinces from 2025-07-01", "/vn/", Level::Province, CHANGE_OF_2025, 34),
        ("districts from 2025-07-01", "/vn/", Level::District, CHANGE_OF_2025, 0),
        ("districts of Phú Yên in 2021", "/vn/54-20180507/", Level::District, FIRST_KNOWN_DAY, 9),
        ("communes of Phú Yên in 2021", "/vn/54-20180507/", Level::Commune, FIRST_KNOWN_DAY, 110),
        ("communes of Phú Yên from 2024-11-01", "/vn/54-20180507/", Level::Commune, CHANGE_OF_2024, 106),
        ("communes of Đắk Lắk from 2025-07-01", "/vn/66-20250701/", Level::Commune, CHANGE_OF_2025, 102),
    ];
    for (what, path, level, day, expected) in expected {
        let found = table
            .units
            .iter()
            .filter(|unit| unit.level == level && unit.in_force(day) && unit.path.starts_with(path))
            .count();
        if found != expected {
            faults.push(format!("units: {found} {what}, not {expected}"));
        }
    }
}

/// The three lists of Phú Yên in 2021 agree.
fn phu_yen(table: &Table, files: &Files, faults: &mut Vec<String>) {
    let known = |code: &str| {
        let at = table.by_code.get(code)?.first()?;
        table.unit(*at)
    };
    let agrees = |district: &str, code: &str, named: &dyn Fn(&str) -> bool| {
        known(code).is_some_and(|unit| {
            unit.path.starts_with(&format!("/vn/54-20180507/{district}-20180507/")) && named(&unit.display_name)
        })
    };
    for row in &files.phu_yen {
        if !agrees(&row.district_code, &row.commune_code, &|name| same_name(name, &row.commune)) {
            faults.push(format!("Phú Yên 2021 (csv): {} {} is not in the list", row.commune_code, row.commune));
        }
    }
    if files.phu_yen.len() != 110 {
        faults.push(format!("Phú Yên 2021 (csv): {} communes, not 110", files.phu_yen.len()));
    }
    let Some(yaml) = &files.phu_yen_yaml else { return };
    for district in &yaml.districts {
        for unit in &district.units {
            // this list leaves the title out
            let ends = |name: &str| crate::text::fold_tight(name).ends_with(&crate::text::fold_tight(&unit.name_vi));
            if !agrees(&district.code, &unit.code, &ends) {
                faults.push(format!("Phú Yên 2021 (yaml): {} {} is not in the list", unit.code, unit.name_vi));
            }
        }
    }
    let total: usize = yaml.districts.iter().map(|district| district.units.len()).sum();
    if yaml.units_total != total || total != 110 || yaml.districts.len() != 9 {
        faults.push(format!("Phú Yên 2021 (yaml): {total} communes in {} districts", yaml.districts.len()));
    }
    let merged = (yaml.province.code.as_str(), yaml.province.merged_code.as_str(), yaml.province.merged_on.as_str());
    if merged != ("54", "66", format_iso(CHANGE_OF_2025).as_str()) {
        faults.push("Phú Yên 2021 (yaml): the merger is not that of 1 July 2025".to_owned());
    }
}

/// The 34 units from Phú Yên, and only they, have known predecessors.
fn dak_lak(table: &Table, files: &Files, faults: &mut Vec<String>) {
    let from_phu_yen = files.dak_lak.iter().filter(|row| row.from_phu_yen == "1").count();
    if from_phu_yen != 34 {
        faults.push(format!("units of Đắk Lắk: {from_phu_yen} from Phú Yên, not 34"));
    }
    for row in &files.dak_lak {
        let at = table.position(&format!("units/{}-20250701", row.code));
        let linked = at.and_then(|at| table.backward.get(at)).is_some_and(|links| !links.is_empty());
        if linked != (row.from_phu_yen == "1") {
            faults.push(format!("units of Đắk Lắk: the links of {} {} are wrong", row.code, row.name));
        }
    }
}
