//! Products as the rules see them.

use reference::products::ProductCode;
use reference::units::{self, Unit};
use time::Date;

use crate::shared::domain::DisplayName;

/// What of a product may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub display_name: DisplayName,
    /// The year in which it shall be ranked; 0 for none.
    pub target_year: i32,
    /// The stars aimed at; 0 where none are told.
    pub target_stars: i32,
}

/// New values for some fields; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New name.
    pub display_name: Option<DisplayName>,
    /// New year.
    pub target_year: Option<i32>,
    /// New stars.
    pub target_stars: Option<i32>,
}

/// True where the stars aimed at make sense: 3 to 5 and with a year, or none.
#[must_use]
pub fn target_holds(year: i32, stars: i32) -> bool {
    stars == 0 || ((3..=5).contains(&stars) && year != 0)
}

/// True for a set of tourism services (`productSets/…`).
#[must_use]
pub fn tourism(product_set: &str) -> bool {
    let id = product_set.strip_prefix("productSets/").unwrap_or(product_set);
    reference::products::set(id).is_some_and(|set| set.group == reference::cards::Group::Tourism)
}

/// The product code of a serial in a commune on the day of registration. None where the commune's place in the tree
/// gives no code (a commune without a province).
#[must_use]
pub fn code(commune: &Unit, serial: i64, on: Date) -> Option<ProductCode> {
    let province = units::province_of(commune)?;
    let district = units::district_of(commune).map(|d| d.code.as_str());
    ProductCode::new(&province.code, district, &commune.code, u32::try_from(serial).ok()?, on.year(), on).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_code_names_the_places_of_its_day() {
        let then = date!(2021 - 06 - 01);
        let commune = units::resolve("units/22264", then).expect("Hòa Phong");
        assert_eq!(code(commune, 3, then).expect("a code").to_string(), "54-562-22264-3-2021");
        let now = date!(2026 - 02 - 01);
        let commune = units::resolve("units/22255", now).expect("Tây Hòa");
        assert_eq!(code(commune, 1, now).expect("a code").to_string(), "66-22255-1-2026");
    }

    #[test]
    fn stars_aimed_at_need_a_year_and_begin_at_three() {
        for (year, stars, holds) in [
            (0, 0, true),
            (2021, 0, true),
            (2021, 3, true),
            (2021, 5, true),
            (0, 3, false),
            (2021, 2, false),
            (2021, 6, false),
        ] {
            assert_eq!(target_holds(year, stars), holds, "{year} {stars}");
        }
    }
}
