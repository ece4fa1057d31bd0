//! Which units are vacant.

use std::collections::HashMap;

use reference::units::{self, Unit};
use time::Date;

use crate::shared::words;

/// Posts of one title in one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posts {
    /// The unit of the post's own day.
    pub unit: String,
    /// The title.
    pub title: String,
    /// True where somebody holds one on the day.
    pub held: bool,
    /// The last day of those that have ended.
    pub last: Option<Date>,
}

/// A unit without such a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// The unit.
    pub unit: &'static Unit,
    /// When somebody held one last.
    pub last: Option<Date>,
}

/// True where every word of the kind begins a word of the title.
#[must_use]
pub fn is_of_kind(title: &str, kind: &str) -> bool {
    let of = words::of_name(title);
    words::sought(kind).is_none_or(|sought| {
        !sought.is_empty() && sought.iter().all(|word| of.iter().any(|known| known.starts_with(word.as_str())))
    })
}

/// The units of these in which nobody holds a post of a kind on a day. A post counts for the unit that stands for its own then.
#[must_use]
pub fn vacant(units: &[&'static Unit], posts: &[Posts], kind: &str, on: Date) -> Vec<Vacancy> {
    let mut known: HashMap<&str, (bool, Option<Date>)> = HashMap::new();
    for post in posts.iter().filter(|post| is_of_kind(&post.title, kind)) {
        let shown = units::by_name(&post.unit).and_then(|unit| units::shown(unit, on));
        if let Some(shown) = shown.filter(|shown| shown.exact) {
            let entry = known.entry(shown.unit.name.as_str()).or_default();
            entry.0 |= post.held;
            entry.1 = entry.1.max(post.last);
        }
    }
    let of = |unit: &&'static Unit| {
        let (held, last) = known.get(unit.name.as_str()).copied().unwrap_or_default();
        (!held).then_some(Vacancy { unit, last })
    };
    units.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::units::Level;
    use time::macros::date;

    const DAY: Date = date!(2021 - 06 - 30);

    fn posts(unit: &str, title: &str, held: bool, last: Option<Date>) -> Posts {
        Posts { unit: unit.to_owned(), title: title.to_owned(), held, last }
    }

    #[test]
    fn a_unit_is_vacant_until_somebody_holds_a_post_of_the_kind() {
        let districts = units::list(Some("units/54-20180507"), Some(Level::District), DAY);
        let (city, last) = ("units/555-20180507", Some(date!(2021 - 02 - 28)));
        let all = [
            posts(city, "Cán bộ OCOP", false, last),
            posts(city, "Kế toán", true, None),
            posts("units/558-20180507", "cán bộ Ocop huyện", true, last),
            posts("units/22018-20180507", "Cán bộ OCOP", true, None),
        ];
        let found = vacant(&districts, &all, "OCOP cán", DAY);
        assert_eq!((districts.len(), found.len()), (9, 8));
        let of_city = found.iter().find(|vacancy| vacancy.unit.name == city).expect("the city is vacant");
        assert_eq!(of_city.last, last);
        assert!(found.iter().all(|vacancy| vacancy.unit.name != "units/558-20180507"));
        assert_eq!(vacant(&districts, &all, "", DAY).len(), 7, "any post will do");
        assert_eq!(vacant(&districts, &all, "?", DAY).len(), 9, "no title has such a word");
    }

    #[test]
    fn a_post_counts_where_its_unit_went() {
        let on = date!(2025 - 07 - 15);
        let ward = units::by_name("units/22015-20250701").expect("Phường Tuy Hòa");
        let old = [posts("units/22021-20180507", "Cán bộ OCOP", true, None)];
        assert_eq!(vacant(&[ward], &old, "OCOP", on), []);
        // What became of a district is a province and no commune.
        let district = [posts("units/555-20180507", "Cán bộ OCOP", true, None)];
        assert_eq!(vacant(&[ward], &district, "OCOP", on).len(), 1);
    }
}
