//! When two records become one, and what speaks for it.

use reference::names::spell;
use reference::text::fold_tight;
use uuid::Uuid;

use crate::shared::states::numbered;

/// What of a record a merge looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Its id.
    pub id: Uuid,
    /// It was erased.
    pub erased: bool,
    /// The record that it was merged into.
    pub merged: Option<Uuid>,
    /// Others were merged into it.
    pub has_merged: bool,
}

/// Why a merge is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They are one record.
    Itself,
    /// This one was erased.
    Erased(Uuid),
    /// This one was merged into that.
    Merged(Uuid, Uuid),
    /// Others were merged into this one: chains are not made.
    HasMerged(Uuid),
}

/// Judges a merge.
///
/// # Errors
/// See [`Refusal`]; the first that holds, in its order.
pub fn merge(from: State, into: State) -> Result<(), Refusal> {
    let both = [from, into];
    if from.id == into.id {
        Err(Refusal::Itself)
    } else if let Some(erased) = both.iter().find(|state| state.erased) {
        Err(Refusal::Erased(erased.id))
    } else if let Some((merged, into)) = both.iter().find_map(|state| Some((state.id, state.merged?))) {
        Err(Refusal::Merged(merged, into))
    } else if from.has_merged {
        Err(Refusal::HasMerged(from.id))
    } else {
        Ok(())
    }
}

numbered! {
    /// What speaks for or against one person.
    pub enum Reason {
        /// The same phone number or e-mail address.
        ContactEqual = 1 "CONTACT_EQUAL",
        /// Equal as they are spelt.
        NameEqual = 2 "NAME_EQUAL",
        /// Equal without diacritics.
        NameEqualFolded = 3 "NAME_EQUAL_FOLDED",
        /// Every word stands in the other.
        NameContained = 4 "NAME_CONTAINED",
        /// One unit.
        UnitEqual = 5 "UNIT_EQUAL",
        /// Two units.
        UnitDiffers = 6 "UNIT_DIFFERS",
    }
}

/// What is known of a record.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The name.
    pub display_name: &'a str,
    /// The unit.
    pub unit: &'a str,
    /// Phone numbers and e-mail addresses.
    pub contacts: &'a [&'a str],
}

/// Whether a record is one of the same person, and why: true for surely, false for perhaps. Many people have one name, so that
/// only an equal contact beside an equal name is sure, and a name that is only contained needs a contact to count at all.
#[must_use]
pub fn judge(asked: Known<'_>, other: Known<'_>) -> Option<(bool, Vec<Reason>)> {
    let contact = asked.contacts.iter().any(|contact| other.contacts.contains(contact));
    let named = if spell(asked.display_name) == spell(other.display_name) {
        Reason::NameEqual
    } else if fold_tight(asked.display_name) == fold_tight(other.display_name) {
        Reason::NameEqualFolded
    } else {
        Reason::NameContained
    };
    if named == Reason::NameContained && !contact {
        return None;
    }
    let unit = if asked.unit == other.unit { Reason::UnitEqual } else { Reason::UnitDiffers };
    let mut reasons = Vec::with_capacity(3);
    reasons.extend(contact.then_some(Reason::ContactEqual));
    reasons.extend([named, unit]);
    Some((contact && named != Reason::NameContained, reasons))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_records_are_merged_unless_the_table_says_otherwise() {
        let (one, two, three) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let state = |id| State { id, ..State::default() };
        let erased = |id| State { erased: true, ..state(id) };
        let merged = |id| State { merged: Some(three), ..state(id) };
        let has_merged = |id| State { has_merged: true, ..state(id) };
        for (from, into, expected) in [
            (state(one), state(two), Ok(())),
            (state(one), has_merged(two), Ok(())),
            (state(one), state(one), Err(Refusal::Itself)),
            (erased(one), state(two), Err(Refusal::Erased(one))),
            (state(one), erased(two), Err(Refusal::Erased(two))),
            (merged(one), state(two), Err(Refusal::Merged(one, three))),
            (state(one), merged(two), Err(Refusal::Merged(two, three))),
            (has_merged(one), state(two), Err(Refusal::HasMerged(one))),
        ] {
            assert_eq!(merge(from, into), expected, "{from:?} {into:?}");
        }
    }

    #[test]
    fn a_name_alone_is_never_sure() {
        use Reason as R;
        let of = |display_name, unit, contacts| Known { display_name, unit, contacts };
        let asked = of("Cán bộ OCOP Hoà", "a", &["0900000001"]);
        for (other, expected) in [
            (of("Cán bộ OCOP Hòa", "a", &[]), Some((false, vec![R::NameEqual, R::UnitEqual]))),
            (of("Can bo OCOP Hoa", "b", &[]), Some((false, vec![R::NameEqualFolded, R::UnitDiffers]))),
            (
                of("Cán bộ OCOP Hòa", "b", &["0900000001"]),
                Some((true, vec![R::ContactEqual, R::NameEqual, R::UnitDiffers])),
            ),
            (of("Cán bộ OCOP Hòa An", "a", &[]), None),
            (
                of("Cán bộ OCOP Hòa An", "a", &["0900000001"]),
                Some((false, vec![R::ContactEqual, R::NameContained, R::UnitEqual])),
            ),
        ] {
            assert_eq!(judge(asked, other), expected, "{other:?}");
        }
    }
}
