//! What a requirement is.

use reference::units::Unit;
use time::Date;

use crate::courses::domain::{Audience, Topic};

/// A requirement to be set up.
#[derive(Clone, Debug)]
pub struct NewRequirement {
    /// Where it stands.
    pub unit: &'static Unit,
    /// Its title.
    pub title: String,
    /// Whose duty asks for it.
    pub audience: Audience,
    /// Courses about one of these meet it; empty for any.
    pub topics: Vec<Topic>,
    /// Number of the level of officers; 0 for all.
    pub level: i32,
    /// Number of the legal form of managers' producers; 0 for all.
    pub legal_form: i32,
    /// First day on which it stands.
    pub begin_date: Date,
    /// By when it must be met.
    pub due_date: Date,
    /// The act that asks for it.
    pub basis: String,
    /// An invented sample.
    pub sample: bool,
}

/// Whether the audience knows these filters: officers and councils stand at levels, only managers have producers.
#[must_use]
pub fn filters_fit(audience: Audience, level: i32, legal_form: i32) -> (bool, bool) {
    (level == 0 || audience != Audience::ProducerManagers, legal_form == 0 || audience == Audience::ProducerManagers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn officers_have_levels_and_managers_legal_forms() {
        assert_eq!(filters_fit(Audience::Officers, 3, 0), (true, true));
        assert_eq!(filters_fit(Audience::Officers, 0, 2), (true, false));
        assert_eq!(filters_fit(Audience::Councils, 2, 0), (true, true));
        assert_eq!(filters_fit(Audience::ProducerManagers, 3, 2), (false, true));
    }
}
