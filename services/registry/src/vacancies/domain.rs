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
    /// True where a sample is among them.
    pub sample: bool,
}

/// A unit without such a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// The unit.
    pub unit: &'static Unit,
    /// When somebody held one last.
    pub last: Option<Date>,
    /// True where a sample is among the posts that were held there.
    pub sample: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The vacant units, in the order in which they were told.
    pub vacancies: Vec<Vacancy>,
    /// True where a sample is among the posts that count for the units: some may be told as held by samples alone.
    pub sample: bool,
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
pub fn vacant(units: &[&'static Unit], posts: &[Posts], kind: &str, on: Date) -> Found {
    let mut known: HashMap<&str, (bool, Option<Date>, bool)> = HashMap::new();
    for post in posts.iter().filter(|post| is_of_kind(&post.title, kind)) {
        let shown = units::by_name(&post.unit).and_then(|unit| units::shown(unit, on));
        if let Some(shown) = shown.filter(|shown| shown.exact) {
            let (held, last, sample) = known.entry(shown.unit.name.as_str()).or_default();
            *held |= post.held;
            *last = post.last.max(*last);
            *sample |= post.sample;
        }
    }
    let mut found = Found::default();
    for unit in units {
        let (held, last, sample) = known.get(unit.name.as_str()).copied().unwrap_or_default();
        found.sample |= sample;
        if !held {
            found.vacancies.push(Vacancy { unit, last, sample });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::units::Level;
    use time::macros::date;

    const DAY: Date = date!(2021 - 06 - 30);

    fn posts(unit: &str, title: &str, held: bool, last: Option<Date>) -> Posts {
        Posts { unit: unit.to_owned(), title: title.to_owned(), held, last, sample: false }
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
        let Found { vacancies: found, sample } = vacant(&districts, &all, "OCOP cán", DAY);
        assert_eq!((districts.len(), found.len(), sample), (9, 8, false));
        let of_city = found.iter().find(|vacancy| vacancy.unit.name == city).expect("the city is vacant");
        assert_eq!(of_city.last, last);
        assert!(found.iter().all(|vacancy| vacancy.unit.name != "units/558-20180507"));
        let number = |posts: &[Posts], kind| vacant(&districts, posts, kind, DAY).vacancies.len();
        assert_eq!(number(&all, ""), 7, "any post will do");
        assert_eq!(number(&all, "?"), 9, "no title has such a word");
        let [of_city, .., of_ward] = all.clone().map(|posts| Posts { sample: true, ..posts });
        let with = |sample: Posts| vacant(&districts, &[&all[1..], &[sample]].concat(), "OCOP", DAY);
        let marked = with(of_city);
        let samples: Vec<&str> = marked.vacancies.iter().filter(|v| v.sample).map(|v| &*v.unit.name).collect();
        assert_eq!((marked.sample, samples), (true, vec![city]));
        assert!(!with(of_ward).sample, "a sample of another level says nothing here");
    }

    #[test]
    fn a_post_counts_where_its_unit_went() {
        let on = date!(2025 - 07 - 15);
        let ward = units::by_name("units/22015-20250701").expect("Phường Tuy Hòa");
        let old = [posts("units/22021-20180507", "Cán bộ OCOP", true, None)];
        assert_eq!(vacant(&[ward], &old, "OCOP", on).vacancies, []);
        // What became of a district is a province and no commune.
        let district = [posts("units/555-20180507", "Cán bộ OCOP", true, None)];
        assert_eq!(vacant(&[ward], &district, "OCOP", on).vacancies.len(), 1);
    }
}
