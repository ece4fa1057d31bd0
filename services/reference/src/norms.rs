//! Unit costs for estimates, with the legal text that each stands on.
//!
//! Deliberately absent: fees that single provinces set (the lecturer's fee is the ceiling only), and norms of years
//! after 2021, of which no text was seen.

use std::sync::LazyLock;

use serde::Deserialize;
use time::Date;

/// What one amount pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormUnit {
    /// One person for one day.
    PersonDay,
    /// One person for one night.
    PersonNight,
    /// One person for half a day.
    PersonHalfDay,
    /// One teaching session (half a day, four or five lessons).
    Session,
}

/// One unit cost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    /// Stable id.
    pub id: String,
    /// What it is, in Vietnamese.
    pub name_vi: String,
    /// What it is, in English.
    pub name_en: String,
    /// Amount in đồng per unit.
    pub amount_vnd: i64,
    /// True when the amount is the most that may be paid, not the amount itself.
    pub ceiling: bool,
    /// What one amount pays for.
    pub unit: NormUnit,
    /// Number of the legal text.
    pub legal_reference: String,
    /// V (source text seen) or M (from memory), as the rules file marks it.
    pub mark: String,
    /// True only where amount and reference were both seen.
    pub verified: bool,
    /// First day that it counts.
    #[serde(deserialize_with = "crate::regimes::date")]
    pub valid_from: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormsFile {
    norms: Vec<Norm>,
}

static LOADED: LazyLock<Result<Vec<Norm>, Vec<String>>> = LazyLock::new(|| {
    let file: NormsFile = serde_saphyr::from_str(include_str!("../data/norms.yaml"))
        .map_err(|error| vec![format!("norms.yaml: {error}")])?;
    let mut faults = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    for norm in &file.norms {
        if !ids.insert(norm.id.as_str()) {
            faults.push(format!("norms.yaml: {} stands twice", norm.id));
        }
        if norm.amount_vnd <= 0 {
            faults.push(format!("norms.yaml: {} has no amount", norm.id));
        }
        if norm.verified != (norm.mark == "V") {
            faults.push(format!("norms.yaml: {} is verified against its mark", norm.id));
        }
    }
    if faults.is_empty() { Ok(file.norms) } else { Err(faults) }
});

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// All norms, in the order of the file.
#[must_use]
pub fn all() -> &'static [Norm] {
    LOADED.as_deref().unwrap_or_default()
}

/// One norm by id.
#[must_use]
pub fn get(id: &str) -> Option<&'static Norm> {
    all().iter().find(|norm| norm.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_carry_amount_reference_and_what_was_seen() {
        let per_diem = get("per-diem").unwrap();
        assert_eq!((per_diem.amount_vnd, per_diem.unit, per_diem.verified), (200_000, NormUnit::PersonDay, true));
        let lecturer = get("lecturer-session").unwrap();
        assert_eq!((lecturer.amount_vnd, lecturer.ceiling, lecturer.verified), (2_000_000, true, false));
        assert_eq!((all().len(), all().iter().filter(|norm| norm.verified).count()), (11, 9));
        assert_eq!(get("none"), None);
    }
}
