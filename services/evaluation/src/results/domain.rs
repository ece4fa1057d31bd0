//! Whose paper it is, in words. Pure.

use time::Date;
use time::macros::date;

use crate::councils::domain::Level;

/// From this day on the ministry bears its new name.
const NEW_MINISTRY: Date = date!(2025 - 03 - 01);

/// The ministry in the lead, by the name of a day.
#[must_use]
pub fn ministry(day: Date) -> &'static str {
    if day >= NEW_MINISTRY {
        "Bộ Nông nghiệp và Môi trường"
    } else {
        "Bộ Nông nghiệp và Phát triển nông thôn"
    }
}

/// What stands for the ministry in the numbers of its papers on a day. [M] "BNNMT" since the new name is from memory and was not
/// verified.
#[must_use]
pub fn ministry_short(day: Date) -> &'static str {
    if day >= NEW_MINISTRY { "BNNMT" } else { "BNN" }
}

/// Whose decision a recognition by a level is: the chair of the unit's committee ("tỉnh Phú Yên"), or the minister.
#[must_use]
pub fn in_chair(level: Level, day: Date, unit: &str) -> String {
    match level {
        Level::District | Level::Province => format!("Chủ tịch Ủy ban nhân dân {unit}"),
        Level::Central => format!("Bộ trưởng {}", ministry(day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_its_signer_and_the_ministry_changed_its_name() {
        for (level, day, unit, expected) in [
            (Level::District, date!(2024 - 05 - 01), "huyện Tuy An", "Chủ tịch Ủy ban nhân dân huyện Tuy An"),
            (Level::Province, date!(2021 - 12 - 01), "tỉnh Phú Yên", "Chủ tịch Ủy ban nhân dân tỉnh Phú Yên"),
            (Level::Central, date!(2025 - 02 - 28), "", "Bộ trưởng Bộ Nông nghiệp và Phát triển nông thôn"),
            (Level::Central, date!(2025 - 03 - 01), "", "Bộ trưởng Bộ Nông nghiệp và Môi trường"),
        ] {
            assert_eq!(in_chair(level, day, unit), expected);
        }
        assert_eq!([date!(2025 - 02 - 28), date!(2025 - 03 - 01)].map(ministry_short), ["BNN", "BNNMT"]);
    }
}
