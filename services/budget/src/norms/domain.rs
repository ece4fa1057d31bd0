//! Which norms are in force.

use reference::norms::{self, Norm};
use time::Date;

/// The norms in force on a day, by id.
#[must_use]
pub fn in_force(as_of: Date) -> Vec<&'static Norm> {
    let mut found: Vec<&Norm> = norms::all().iter().filter(|norm| norm.valid_from <= as_of).collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// The norm of an id, if it is in force on a day.
#[must_use]
pub fn on(id: &str, as_of: Date) -> Option<&'static Norm> {
    norms::get(id).filter(|norm| norm.valid_from <= as_of)
}

#[cfg(test)]
mod tests {
    use super::*;
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
}
