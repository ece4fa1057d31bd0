//! From rows to dated units: the list of 2021, then one reorganisation after the other, each of which ends units,
//! begins units and ties the two.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use time::Date;

use super::load::{Change2024, Files};
use super::{CHANGE_OF_2024, CHANGE_OF_2025, FIRST_KNOWN_DAY, Level, Link, ROOT, Table, Unit, UnitType, checks};
use crate::calendar::format_compact;
use crate::text::fold_tight;

/// Code of Đắk Lắk, the only province whose communes of 2025 are known.
const DAK_LAK: &str = "66";

/// Builds and checks the table of all units.
pub(super) fn table() -> Result<Table, Vec<String>> {
    let mut faults = Vec::new();
    let files = Files::read(&mut faults);
    let mut draft = Draft { faults, ..Draft::default() };
    draft.list_of_2021(&files);
    draft.change_of_2024(&files.change_2024);
    draft.provinces_of_2025(&files);
    draft.communes_of_2025(&files);
    let mut faults = std::mem::take(&mut draft.faults);
    let table = draft.finish();
    checks::run(&table, &files, &mut faults);
    if faults.is_empty() { Ok(table) } else { Err(faults) }
}

/// What is known while the maps are read one after the other.
#[derive(Default)]
struct Draft {
    units: Vec<Unit>,
    /// The unit that a code means on the newest map read so far.
    current: HashMap<String, usize>,
    links: Vec<Link>,
    faults: Vec<String>,
}

impl Draft {
    fn begin(&mut self, code: &str, display_name: &str, kind: UnitType, parent: usize, from: Date) -> usize {
        let id = format!("{code}-{}", format_compact(from));
        let parent = self.units.get(parent);
        let path = format!("{}{id}/", parent.map_or("/", |parent| parent.path.as_str()));
        self.units.push(Unit {
            name: format!("units/{id}"),
            code: code.to_owned(),
            display_name: display_name.to_owned(),
            kind,
            level: kind.level(),
            parent: parent.map(|parent| parent.name.clone()),
            valid_from: from,
            valid_to: None,
            path,
        });
        self.current.insert(code.to_owned(), self.units.len() - 1);
        self.units.len() - 1
    }

    fn end(&mut self, at: usize, first_day_of_next: Date) {
        if let Some(unit) = self.units.get_mut(at) {
            unit.valid_to = first_day_of_next.previous_day();
        }
    }

    /// The unit that a code means before a change; the source's own name for it must agree.
    fn expect(&mut self, file: &str, code: &str, name: &str) -> Option<usize> {
        let Some(at) = self.current.get(code).copied() else {
            self.faults.push(format!("{file}: {code} {name} is on no map before"));
            return None;
        };
        let known = self.units.get(at).map_or("", |unit| unit.display_name.as_str());
        if !same_name(known, name) {
            self.faults.push(format!("{file}: {code} is called {name}, but {known} on the map before"));
        }
        Some(at)
    }

    fn list_of_2021(&mut self, files: &Files) {
        self.units.push(Unit {
            name: ROOT.to_owned(),
            code: "vn".to_owned(),
            display_name: "Việt Nam".to_owned(),
            kind: UnitType::Country,
            level: Level::Country,
            parent: None,
            valid_from: FIRST_KNOWN_DAY,
            valid_to: None,
            path: "/vn/".to_owned(),
        });
        for level in ["province", "district", "commune"] {
            for row in files.list_2021.iter().filter(|row| row.level == level) {
                let parent = if level == "province" { Some(0) } else { self.current.get(&row.parent_code).copied() };
                let (Some(parent), Some(kind)) = (parent, row.unit_type()) else {
                    self.faults.push(format!("list of 2021: {} {} has no known parent or type", row.code, row.name));
                    continue;
                };
                if self.current.contains_key(&row.code) {
                    self.faults.push(format!("list of 2021: {} is listed twice", row.code));
                    continue;
                }
                self.begin(&row.code, &row.name, kind, parent, FIRST_KNOWN_DAY);
            }
        }
        let read = self.units.len() - 1;
        if read != files.list_2021.len() {
            self.faults.push(format!("list of 2021: {read} units of {} rows", files.list_2021.len()));
        }
    }

    fn change_of_2024(&mut self, rows: &[Change2024]) {
        const FILE: &str = "change of 2024-11";
        let before = self.current.clone();
        let mut targets: BTreeMap<&str, Vec<&Change2024>> = BTreeMap::new();
        for row in rows {
            self.expect(FILE, &row.from_code, &row.from_name);
            targets.entry(&row.to_code).or_default().push(row);
        }
        for (code, rows) in targets {
            if let [row] = rows.as_slice()
                && row.kind == "unchanged"
                && row.from_code == row.to_code
                && same_name(&row.from_name, &row.to_name)
            {
                continue;
            }
            let Some(first) = rows.first() else { continue };
            let parent = before.get(&first.district_code).copied();
            let (Some(parent), Some(kind)) = (parent, type_by_title(&first.to_name)) else {
                self.faults.push(format!("{FILE}: {code} {} has no known district or title", first.to_name));
                continue;
            };
            let newer = self.begin(code, &first.to_name, kind, parent, CHANGE_OF_2024);
            for row in &rows {
                if !same_name(&row.to_name, &first.to_name) || row.district_code != first.district_code {
                    self.faults.push(format!("{FILE}: two rows disagree about {code}"));
                }
                let (Some(older), Some((share, default_target))) = (before.get(&row.from_code), row.share()) else {
                    self.faults.push(format!("{FILE}: {} to {code} has no known share", row.from_code));
                    continue;
                };
                self.end(*older, CHANGE_OF_2024);
                // a code that went into another is no longer of the newest map
                if self.current.get(&row.from_code) == Some(older) {
                    self.current.remove(&row.from_code);
                }
                self.links.push(Link { older: *older, newer, share, default_target });
            }
        }
    }

    fn provinces_of_2025(&mut self, files: &Files) {
        const FILE: &str = "provinces of 2025";
        let before = self.current.clone();
        let mut targets: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for row in &files.provinces {
            targets.entry(&row.new_code).or_default().push(row);
        }
        for (code, rows) in targets {
            let Some(first) = rows.first() else { continue };
            let known = before.get(code).and_then(|at| self.units.get(*at));
            let stays = known.is_some_and(|unit| same_name(&unit.display_name, &first.new_name));
            if let [row] = rows.as_slice()
                && row.old_code == row.new_code
                && stays
            {
                continue;
            }
            let kind = if first.new_name.starts_with("Thành phố") {
                UnitType::MunicipalityCentral
            } else {
                UnitType::Province
            };
            let newer = self.begin(code, &first.new_name, kind, 0, CHANGE_OF_2025);
            for row in &rows {
                if row.new_name != first.new_name {
                    self.faults.push(format!("{FILE}: two rows disagree about {code}"));
                }
                let Some(older) = before.get(&row.old_code).copied() else {
                    self.faults.push(format!("{FILE}: {} {} is on no map before", row.old_code, row.old_name));
                    continue;
                };
                self.end(older, CHANGE_OF_2025);
                if self.current.get(&row.old_code) == Some(&older) {
                    self.current.remove(&row.old_code);
                }
                self.links.push(Link { older, newer, share: super::Share::Whole, default_target: true });
            }
        }
    }

    fn communes_of_2025(&mut self, files: &Files) {
        const FILE: &str = "change of 2025-07";
        let mut links = Vec::new();
        for row in &files.change_2025 {
            if let Some(older) = self.expect(FILE, &row.from_code, &row.from_name) {
                let district = format!("/{}-{}/", row.district_code, format_compact(FIRST_KNOWN_DAY));
                if !self.units.get(older).is_some_and(|unit| unit.path.contains(&district)) {
                    self.faults.push(format!("{FILE}: {} does not lie in {}", row.from_code, row.district_code));
                }
                links.push((older, row));
            }
        }
        for at in 0..self.units.len() {
            let over = |unit: &Unit| matches!(unit.level, Level::District | Level::Commune) && unit.valid_to.is_none();
            if self.units.get(at).is_some_and(over) {
                self.end(at, CHANGE_OF_2025);
            }
        }
        self.current.retain(|_, at| self.units.get(*at).is_some_and(|unit| unit.valid_to.is_none()));
        let Some(province) = self.current.get(DAK_LAK).copied() else {
            self.faults.push(format!("{FILE}: there is no province {DAK_LAK}"));
            return;
        };
        for row in &files.dak_lak {
            match type_by_title(&row.name) {
                Some(kind) if row.name.starts_with(&row.kind) => {
                    self.begin(&row.code, &row.name, kind, province, CHANGE_OF_2025);
                }
                _ => self.faults.push(format!("units of Đắk Lắk: {} {} is no {}", row.code, row.name, row.kind)),
            }
        }
        for (older, row) in links {
            let (Some(newer), Some((share, default_target))) =
                (self.expect("units of Đắk Lắk", &row.to_code, &row.to_name), row.share())
            else {
                self.faults.push(format!("{FILE}: {} to {} cannot be read", row.from_code, row.to_code));
                continue;
            };
            self.links.push(Link { older, newer, share, default_target });
        }
    }

    fn finish(self) -> Table {
        let units: Vec<&'static Unit> = self.units.into_iter().map(|unit| &*Box::leak(Box::new(unit))).collect();
        index(&units, &self.links, Vec::new())
    }
}

/// Orders units by code and first day, and builds the indexes. Links are between places of `units` as they come in.
pub(super) fn index(units: &[&'static Unit], links: &[Link], changes: Vec<String>) -> Table {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|at| units.get(*at).map(|unit| (unit.code.as_str(), unit.valid_from)));
    let mut place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old) {
            *slot = new;
        }
    }
    let moved = |at: usize| place.get(at).copied().unwrap_or(0);
    let units: Vec<&'static Unit> = order.iter().filter_map(|at| units.get(*at).copied()).collect();
    let count = units.len();
    let mut table = Table {
        by_name: units.iter().enumerate().map(|(at, unit)| (unit.name.as_str(), at)).collect(),
        children: vec![Vec::new(); count],
        forward: vec![Vec::new(); count],
        backward: vec![Vec::new(); count],
        prefixes: (0..count).map(|_| OnceLock::new()).collect(),
        days: units.iter().map(|unit| unit.valid_from).collect::<BTreeSet<Date>>().into_iter().collect(),
        changes,
        ..Table::default()
    };
    for (at, unit) in units.iter().enumerate() {
        table.by_code.entry(unit.code.as_str()).or_default().push(at);
        let parent = unit.parent.as_ref().and_then(|parent| table.by_name.get(parent.as_str()));
        if let Some(siblings) = parent.and_then(|parent| table.children.get_mut(*parent)) {
            siblings.push(at);
        }
    }
    for link in links {
        let link = Link { older: moved(link.older), newer: moved(link.newer), ..*link };
        if let Some(links) = table.forward.get_mut(link.older) {
            links.push(link);
        }
        if let Some(links) = table.backward.get_mut(link.newer) {
            links.push(link);
        }
    }
    table.units = units;
    table
}

/// The two sources write tone marks, capitals and word breaks differently (Hoà and Hòa, EaTrol and Ea Trol).
pub(super) fn same_name(one: &str, other: &str) -> bool {
    fold_tight(one) == fold_tight(other)
}

fn type_by_title(name: &str) -> Option<UnitType> {
    let titles = [("xa ", UnitType::Commune), ("phuong ", UnitType::Ward), ("thi tran ", UnitType::Township)];
    let folded = crate::text::fold(name);
    titles.into_iter().find(|(title, _)| folded.starts_with(title)).map(|(_, kind)| kind)
}
