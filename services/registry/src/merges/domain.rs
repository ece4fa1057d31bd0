//! When two registrations become one.

use uuid::Uuid;

/// What of a registration a merge looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Its id.
    pub id: Uuid,
    /// It is deleted.
    pub deleted: bool,
    /// It was merged into another one.
    pub merged: bool,
    /// Others were merged into it.
    pub has_merged: bool,
    /// Its tax code.
    pub tax_code: Option<String>,
}

/// Why a merge is refused; the id says which of the two is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They are one registration.
    Itself,
    /// It is deleted.
    Deleted(Uuid),
    /// It was merged already.
    Merged(Uuid),
    /// Others were merged into it: chains are not made.
    HasMerged(Uuid),
    /// They are two taxpayers, and nobody says why they are one producer.
    TaxCodesDiffer,
}

/// Judges a merge.
///
/// # Errors
/// See [`Refusal`]; the first that holds, in its order.
pub fn merge(from: &State, into: &State, forced: bool) -> Result<(), Refusal> {
    let both = [from, into];
    let differ = matches!((&from.tax_code, &into.tax_code), (Some(one), Some(two)) if one != two);
    if from.id == into.id {
        Err(Refusal::Itself)
    } else if let Some(deleted) = both.iter().find(|state| state.deleted) {
        Err(Refusal::Deleted(deleted.id))
    } else if let Some(merged) = both.iter().find(|state| state.merged) {
        Err(Refusal::Merged(merged.id))
    } else if from.has_merged {
        Err(Refusal::HasMerged(from.id))
    } else if differ && !forced {
        Err(Refusal::TaxCodesDiffer)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_registrations_are_merged_unless_the_table_says_otherwise() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let state = |id| State { id, ..State::default() };
        let taxed = |id, code: &str| State { tax_code: Some(code.to_owned()), ..state(id) };
        let deleted = |id| State { deleted: true, ..state(id) };
        let merged = |id| State { merged: true, ..state(id) };
        let has_merged = |id| State { has_merged: true, ..state(id) };
        for (from, into, forced, expected) in [
            (state(one), state(two), false, Ok(())),
            (state(one), has_merged(two), false, Ok(())),
            (taxed(one, "a"), state(two), false, Ok(())),
            (state(one), taxed(two, "b"), false, Ok(())),
            (taxed(one, "a"), taxed(two, "b"), true, Ok(())),
            (taxed(one, "a"), taxed(two, "b"), false, Err(Refusal::TaxCodesDiffer)),
            (state(one), state(one), true, Err(Refusal::Itself)),
            (deleted(one), state(two), true, Err(Refusal::Deleted(one))),
            (state(one), deleted(two), true, Err(Refusal::Deleted(two))),
            (merged(one), state(two), true, Err(Refusal::Merged(one))),
            (state(one), merged(two), true, Err(Refusal::Merged(two))),
            (has_merged(one), state(two), true, Err(Refusal::HasMerged(one))),
        ] {
            assert_eq!(merge(&from, &into, forced), expected, "{from:?} {into:?}");
        }
    }
}
