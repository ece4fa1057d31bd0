//! Which norms are in force, what a unit may set, and what a line may take from a norm.

use std::collections::BTreeMap;

use reference::norms::{self, Areas, Norm, NormKind, NormUnit};
use reference::units::Unit;
use time::Date;

use crate::estimates::lines::Category;

/// The norms of the reference data in force on a day, by id.
#[must_use]
pub fn in_force(as_of: Date) -> Vec<&'static Norm> {
    let mut found: Vec<&Norm> = norms::all().iter().filter(|norm| norm.in_force(as_of)).collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// The norm of an id in the reference data, if it is in force on a day.
#[must_use]
pub fn on(id: &str, as_of: Date) -> Option<&'static Norm> {
    norms::get(id).filter(|norm| norm.in_force(as_of))
}

/// What a line takes from a norm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Amount in đồng per unit.
    pub amount_vnd: i64,
    /// The amount is the most that may be paid.
    pub ceiling: bool,
    /// Number of the legal text.
    pub legal_reference: String,
    /// Norm and legal text were both seen.
    pub verified: bool,
    /// It is an invented sample: none of the reference data is.
    pub sample: bool,
    /// Path of the unit for whose plans it counts; empty for all.
    pub path: String,
    /// Its days.
    pub days: (Date, Option<Date>),
}

/// The norms that units have set, by id, as far as a request names them.
pub type Own = BTreeMap<String, Rate>;

/// The rate of a norm on a day, of the reference data or of a unit.
#[must_use]
pub fn rate(id: &str, as_of: Date, own: &Own) -> Option<Rate> {
    let Some(norm) = on(id, as_of) else {
        let (from, to) = own.get(id)?.days;
        return own.get(id).filter(|_| from <= as_of && to.is_none_or(|last| as_of <= last)).cloned();
    };
    Some(Rate {
        amount_vnd: norm.amount_vnd,
        ceiling: norm.ceiling,
        legal_reference: norm.legal_reference.clone(),
        verified: norm.verified,
        sample: false,
        path: norm.owner_unit().map(|unit| unit.path.clone()).unwrap_or_default(),
        days: (norm.valid_from, norm.valid_to),
    })
}

/// A norm that a unit sets.
#[derive(Clone, Debug)]
pub struct NewNorm {
    /// Whose norm.
    pub owner: &'static Unit,
    /// What it is, in Vietnamese.
    pub name_vi: String,
    /// What it is, in English.
    pub name_en: String,
    /// What it is about.
    pub kind: NormKind,
    /// Amount in đồng per unit.
    pub amount_vnd: i64,
    /// The amount is the most that may be paid.
    pub ceiling: bool,
    /// What one amount pays for.
    pub unit: NormUnit,
    /// The category that it is made for; none for any.
    pub category: Option<Category>,
    /// Where it counts.
    pub areas: Areas,
    /// The stars that it is for; 0 for any.
    pub stars: i32,
    /// Number of the legal text.
    pub legal_reference: String,
    /// Amount and text were both seen.
    pub verified: bool,
    /// First day that it counts.
    pub valid_from: Date,
    /// Last day that it counts, where it has one.
    pub valid_to: Option<Date>,
    /// Where the figure was found.
    pub source: String,
    /// An invented sample.
    pub sample: bool,
}

impl NewNorm {
    /// Norms of a unit with the same key are the same norm in time: at most one of them counts on a day.
    #[must_use]
    pub fn key(&self) -> String {
        let category = self.category.map_or("", Category::word);
        let (areas, title) = (self.areas.bits(), reference::text::fold(&self.name_vi));
        format!("{} {} {category} {areas} {} {title}", self.kind.word(), self.unit.word(), self.stars)
    }

    /// The nation's norm that it is above, if it is.
    #[must_use]
    pub fn exceeds(&self) -> Option<&'static Norm> {
        let limit = norms::limit((self.kind, self.unit), self.areas, (self.valid_from, self.valid_to))?;
        (self.amount_vnd > limit.amount_vnd).then_some(limit)
    }
}

/// The names of a unit and of those above it, from its path.
#[must_use]
pub fn and_above(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty()).map(|part| format!("units/{part}")).collect()
}

/// What a list of norms is cut by.
#[derive(Clone, Debug)]
pub struct Cut {
    /// In force on this day.
    pub as_of: Date,
    /// That count for plans of the unit with this path; none for all.
    pub path: Option<String>,
    /// Of this kind.
    pub kind: Option<NormKind>,
    /// Made for this category, or for any.
    pub category: Option<Category>,
    /// That count in these areas.
    pub areas: Areas,
}

impl Cut {
    /// The norms of the reference data that it leaves, behind an id and in order.
    #[must_use]
    pub fn reference(&self, after: Option<&str>) -> Vec<&'static Norm> {
        let mut found = in_force(self.as_of);
        found.retain(|norm| {
            let owner = norm.owner_unit().map_or("", |unit| unit.path.as_str());
            after.is_none_or(|last| norm.id.as_str() > last)
                && self.path.as_deref().is_none_or(|path| path.starts_with(owner))
                && self.kind.is_none_or(|kind| kind == norm.kind)
                && self.category.is_none_or(|of| norm.category.is_empty() || norm.category == of.word())
                && self.areas.meets(norm.areas)
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::norms::AreaClass;
    use reference::units;
    use time::macros::date;

    #[test]
    fn a_norm_counts_from_its_first_day_on() {
        assert_eq!(in_force(date!(2017 - 06 - 30)), Vec::<&Norm>::new());
        let of_2021 = in_force(date!(2021 - 03 - 01));
        assert_eq!(of_2021.len(), norms::all().len());
        assert!(of_2021.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(on("per-diem", date!(2017 - 07 - 01)).is_some());
        assert!(on("per-diem", date!(2017 - 06 - 30)).is_none());
        assert!(on("none", date!(2021 - 03 - 01)).is_none());
    }

    fn lecturer() -> NewNorm {
        NewNorm {
            owner: units::by_name("units/54-20180507").unwrap(),
            name_vi: "Thù lao giảng viên cấp tỉnh".to_owned(),
            name_en: String::new(),
            kind: NormKind::Lecturer,
            amount_vnd: 2_000_000,
            ceiling: false,
            unit: NormUnit::Session,
            category: Some(Category::Training),
            areas: Areas::default(),
            stars: 0,
            legal_reference: "05/2021/NQ-HĐND".to_owned(),
            verified: false,
            valid_from: date!(2021 - 01 - 01),
            valid_to: None,
            source: String::new(),
            sample: false,
        }
    }

    #[test]
    fn no_unit_is_above_the_nation_where_the_nation_has_a_norm() {
        assert!(lecturer().exceeds().is_none(), "exactly the ceiling passes");
        let above = NewNorm { amount_vnd: 2_000_001, ..lecturer() };
        assert_eq!(above.exceeds().map(|norm| norm.id.as_str()), Some("lecturer-session"));
        let support = NewNorm { kind: NormKind::Support, unit: NormUnit::Product, ..above.clone() };
        assert!(support.exceeds().is_none());
        let early = NewNorm { valid_from: date!(2017 - 01 - 01), valid_to: Some(date!(2017 - 12 - 31)), ..above };
        assert!(early.exceeds().is_none(), "before the circular");
    }

    #[test]
    fn the_key_tells_apart_what_may_count_side_by_side() {
        let key = lecturer().key();
        let again = NewNorm { name_vi: "thù lao  GIẢNG VIÊN cấp tỉnh".to_owned(), amount_vnd: 1, ..lecturer() };
        assert_eq!(again.key(), key);
        for other in [
            NewNorm { name_vi: "Thù lao giảng viên cấp huyện".to_owned(), ..lecturer() },
            NewNorm { areas: Areas::of(&[AreaClass::Town]), ..lecturer() },
            NewNorm { category: None, ..lecturer() },
            NewNorm { stars: 4, ..lecturer() },
        ] {
            assert_ne!(other.key(), key);
        }
    }

    #[test]
    fn a_list_is_cut_by_unit_kind_category_and_area() {
        let all = Cut { as_of: date!(2021 - 03 - 01), path: None, kind: None, category: None, areas: Areas::default() };
        assert_eq!(all.reference(None).len(), norms::all().len());
        let path = units::path("units/555-20180507");
        let of_phu_yen = Cut { path, ..all.clone() };
        assert!(of_phu_yen.reference(None).iter().all(|norm| norm.owner.is_empty()));
        let lodging = Cut { kind: Some(NormKind::Lodging), areas: Areas::of(&[AreaClass::Town]), ..of_phu_yen };
        let ids: Vec<&str> = lodging.reference(None).iter().map(|norm| norm.id.as_str()).collect();
        assert_eq!(ids, ["lodging-town"]);
        let bonus = Cut { category: Some(Category::Bonus), kind: Some(NormKind::Bonus), ..all };
        assert_eq!(bonus.reference(None).len(), 3);
        assert_eq!(bonus.reference(Some("tra-vinh-bonus-4-stars")).len(), 2);
    }

    #[test]
    fn a_rate_is_of_the_reference_or_of_a_unit_on_its_days() {
        let (first, last) = (date!(2021 - 01 - 01), date!(2021 - 06 - 30));
        let of_unit = Rate {
            amount_vnd: 1_000_000,
            ceiling: false,
            legal_reference: "05/2021/NQ-HĐND".to_owned(),
            verified: false,
            sample: true,
            path: "/vn/54-20180507/".to_owned(),
            days: (first, Some(last)),
        };
        let own = Own::from([("a".to_owned(), of_unit.clone())]);
        assert_eq!(rate("a", last, &own), Some(of_unit));
        assert_eq!(rate("a", date!(2021 - 07 - 01), &own), None);
        assert_eq!(
            rate("per-diem", last, &own).map(|rate| (rate.amount_vnd, rate.path)),
            Some((200_000, String::new()))
        );
        assert_eq!(rate("hung-yen-packaging-3-stars", last, &own).unwrap().path, "/vn/33-20180507/");
        assert_eq!(rate("none", last, &own), None);
    }

    #[test]
    fn a_path_names_the_unit_and_all_above_it() {
        assert_eq!(and_above("/vn/54-20180507/555-20180507/"), ["units/vn", "units/54-20180507", "units/555-20180507"]);
    }

    #[test]
    fn every_category_of_the_reference_data_is_one_of_the_lines() {
        for norm in norms::all() {
            assert!(norm.category.is_empty() || Category::of(&norm.category).is_some(), "{}", norm.id);
        }
    }
}
