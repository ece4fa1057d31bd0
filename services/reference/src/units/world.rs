//! The world of units as a whole: the embedded maps and the changes that came as data. A world is never changed; a change
//! makes another one, and the process swaps the whole.

use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use time::Date;

use super::change::{self, Change, NewLink, Verdicts};
use super::{Table, build};

static SEED: LazyLock<Result<Arc<Table>, Vec<String>>> = LazyLock::new(|| build::table().map(Arc::new));
/// What took the embedded maps' place, once something did.
static NEWER: RwLock<Option<Arc<Table>>> = RwLock::new(None);

fn seed() -> Arc<Table> {
    SEED.as_ref().cloned().unwrap_or_default()
}

pub(super) fn faults() -> &'static [String] {
    SEED.as_ref().err().map_or(&[], Vec::as_slice)
}

pub(super) fn current() -> Arc<Table> {
    let newer = NEWER.read().unwrap_or_else(PoisonError::into_inner).clone();
    newer.unwrap_or_else(seed)
}

/// All units with all their links, at one state of knowledge.
#[derive(Clone, Debug)]
pub struct World(Arc<Table>);

impl World {
    /// The embedded maps alone.
    #[must_use]
    pub fn embedded() -> Self {
        Self(seed())
    }

    /// What the functions of [`super`] answer from.
    #[must_use]
    pub fn current() -> Self {
        Self(current())
    }

    /// The changes that are in it, in the order in which they came.
    #[must_use]
    pub fn changes(&self) -> &[String] {
        &self.0.changes
    }

    /// The first day of the newest map: no change may begin before it.
    #[must_use]
    pub fn last_day(&self) -> Date {
        self.0.days.last().copied().unwrap_or(super::FIRST_KNOWN_DAY)
    }

    /// Judges a change, row by row. Nothing is kept.
    #[must_use]
    pub fn check(&self, change: &Change) -> Verdicts {
        change::check(&self.0, change)
    }

    /// The world after a change. What the check refuses, and what is known already, is left out.
    #[must_use]
    pub fn after(&self, change: &Change) -> Self {
        Self(Arc::new(change::apply(&self.0, change)))
    }

    /// The known day on which most of these links lie; none where no day knows any of them.
    #[must_use]
    pub fn day_of(&self, links: &[NewLink]) -> Option<Date> {
        let known = |day: Date| {
            let links = links.to_vec();
            let change = Change { id: String::new(), begin_date: day, units: Vec::new(), links };
            self.check(&change).links.iter().filter(|verdict| verdict.is_known()).count()
        };
        let days = self.0.days.iter().map(|day| (known(*day), *day));
        days.filter(|(count, _)| *count > 0).max().map(|(_, day)| day)
    }
}

/// Makes a world the one that this process answers from: what the installation's own record of changes says.
pub fn install(world: World) {
    *NEWER.write().unwrap_or_else(PoisonError::into_inner) = Some(world.0);
}

/// As [`install`], unless the process knows more changes already: for those who were told a moment ago.
pub fn install_newer(world: World) {
    let mut newer = NEWER.write().unwrap_or_else(PoisonError::into_inner);
    if newer.as_ref().map_or(0, |known| known.changes.len()) < world.0.changes.len() {
        *newer = Some(world.0);
    }
}

/// The changes that the process answers with beyond the embedded maps.
#[must_use]
pub fn installed() -> Vec<String> {
    current().changes.clone()
}
