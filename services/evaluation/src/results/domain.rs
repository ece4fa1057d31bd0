//! Who signs what, in words. Pure.

use time::Date;
use time::macros::date;

use crate::councils::domain::Level;

/// From this day on the ministry bears its new name.
const NEW_MINISTRY: Date = date!(2025 - 03 - 01);

/// The post that signs a recognition by a level on a day.
#[must_use]
pub fn signer(level: Level, day: Date) -> &'static str {
    match level {
        Level::District => "Chủ tịch Ủy ban nhân dân huyện",
        Level::Province => "Chủ tịch Ủy ban nhân dân tỉnh",
        Level::Central if day >= NEW_MINISTRY => "Bộ trưởng Bộ Nông nghiệp và Môi trường",
        Level::Central => "Bộ trưởng Bộ Nông nghiệp và Phát triển nông thôn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_its_signer_and_the_ministry_changed_its_name() {
        for (level, day, expected) in [
            (Level::District, date!(2024 - 05 - 01), "Chủ tịch Ủy ban nhân dân huyện"),
            (Level::Province, date!(2021 - 12 - 01), "Chủ tịch Ủy ban nhân dân tỉnh"),
            (Level::Central, date!(2025 - 02 - 28), "Bộ trưởng Bộ Nông nghiệp và Phát triển nông thôn"),
            (Level::Central, date!(2025 - 03 - 01), "Bộ trưởng Bộ Nông nghiệp và Môi trường"),
        ] {
            assert_eq!(signer(level, day), expected);
        }
    }
}
