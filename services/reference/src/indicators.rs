//! What the targets of plans count, in words: numerator, denominator and the services that the figures come from.

use std::sync::LazyLock;

use serde::Deserialize;

/// What one measure counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// The measure's word, as plans keep it.
    pub measure: String,
    /// What it is, in Vietnamese.
    pub name_vi: String,
    /// What it is, in English.
    pub name_en: String,
    /// What is counted, in Vietnamese.
    pub numerator_vi: String,
    /// What is counted, in English.
    pub numerator_en: String,
    /// Of what it is a share, in Vietnamese; empty for counts.
    #[serde(default)]
    pub denominator_vi: String,
    /// Of what it is a share, in English; empty for counts.
    #[serde(default)]
    pub denominator_en: String,
    /// The service whose events are counted.
    pub numerator_source: String,
    /// The service whose events the denominator comes from; empty for counts.
    #[serde(default)]
    pub denominator_source: String,
    /// The rule that the words restate.
    pub source: String,
}

impl Indicator {
    /// The stable id: the measure's word with hyphens.
    #[must_use]
    pub fn id(&self) -> String {
        self.measure.replace('_', "-")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    indicators: Vec<Indicator>,
}

static LOADED: LazyLock<Result<Vec<Indicator>, Vec<String>>> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../data/indicators.yaml"))
        .map_err(|error| vec![format!("indicators.yaml: {error}")])?;
    let mut faults = Vec::new();
    for (at, of) in file.indicators.iter().enumerate() {
        if file.indicators.iter().take(at).any(|known| known.measure == of.measure) {
            faults.push(format!("indicators.yaml: {} stands twice", of.measure));
        }
        let share = [&of.denominator_vi, &of.denominator_en, &of.denominator_source].map(|text| !text.is_empty());
        if share != [share[0]; 3] {
            faults.push(format!("indicators.yaml: {} has half a denominator", of.measure));
        }
    }
    if faults.is_empty() { Ok(file.indicators) } else { Err(faults) }
});

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// All indicators, in the order of the file.
#[must_use]
pub fn all() -> &'static [Indicator] {
    LOADED.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_a_denominator_and_counts_have_none() {
        let found: Vec<(&str, bool)> =
            all().iter().map(|of| (of.measure.as_str(), !of.denominator_vi.is_empty())).collect();
        assert!(found.len() >= 5);
        assert!(found.iter().all(|(measure, share)| measure.ends_with("_percent") == *share), "{found:?}");
        assert_eq!(all()[0].id(), "products-recognised");
    }
}
