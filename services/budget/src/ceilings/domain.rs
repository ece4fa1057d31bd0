//! What goes beyond a ceiling.

use std::collections::BTreeMap;

use crate::estimates::lines::Source;

/// Amounts by source, in đồng.
pub type BySource = BTreeMap<Source, i64>;

/// A source of which more is asked for than its ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// The source.
    pub source: Source,
    /// Its ceiling in đồng.
    pub ceiling_vnd: i64,
    /// What all estimates ask for, in đồng.
    pub asked_vnd: i64,
}

impl Excess {
    /// How far it goes beyond, in đồng.
    #[must_use]
    pub fn above_vnd(&self) -> i64 {
        self.asked_vnd - self.ceiling_vnd
    }
}

/// What goes beyond the ceilings where `own` is asked for in addition to `others`, by source. Sources of which nothing
/// more is asked for are not judged again.
#[must_use]
pub fn excesses(ceilings: &BySource, others: &BySource, own: &BySource) -> Vec<Excess> {
    let judged = own.iter().filter(|(_, amount)| **amount > 0);
    judged
        .filter_map(|(source, amount)| {
            let ceiling_vnd = *ceilings.get(source)?;
            let asked_vnd = others.get(source).copied().unwrap_or(0).saturating_add(*amount);
            (asked_vnd > ceiling_vnd).then_some(Excess { source: *source, ceiling_vnd, asked_vnd })
        })
        .collect()
}

/// Amounts of lines by source.
#[must_use]
pub fn by_source(lines: impl IntoIterator<Item = (Source, i64)>) -> BySource {
    let mut sums = BySource::new();
    for (source, amount) in lines {
        let sum = sums.entry(source).or_default();
        *sum = sum.saturating_add(amount);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_that_are_asked_for_and_have_a_ceiling_are_judged() {
        use Source::{Central, District, Provincial};
        let ceilings = BySource::from([(Central, 100), (Provincial, 50), (District, 0)]);
        let others = BySource::from([(Central, 70), (Provincial, 60)]);
        let own = by_source([(Central, 10), (Central, 20), (Source::Donor, 1_000)]);
        assert_eq!(excesses(&ceilings, &others, &own), [], "exactly the ceiling, and a source without one");
        let own = by_source([(Central, 31), (District, 1)]);
        let found = excesses(&ceilings, &others, &own);
        assert_eq!(
            found,
            [
                Excess { source: Central, ceiling_vnd: 100, asked_vnd: 101 },
                Excess { source: District, ceiling_vnd: 0, asked_vnd: 1 },
            ]
        );
        assert_eq!(found.iter().map(Excess::above_vnd).sum::<i64>(), 2);
    }
}
