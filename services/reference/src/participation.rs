//! Who may take part in the programme: the legal forms of every decision, as data with their source.
//!
//! Deliberately absent: whether a household has its business registration (a paper of the dossier), and what makes an
//! enterprise large (its class is a fact that an officer records).

use std::sync::LazyLock;

use serde::Deserialize;
use time::Date;

/// What a producer is by law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// An enterprise.
    Company,
    /// A cooperative.
    Cooperative,
    /// A cooperative group.
    CooperativeGroup,
    /// A household with business registration.
    Household,
    /// A farm.
    Farm,
    /// An association, operating centre or similar body of tourism.
    TourismBody,
    /// A facility of which the legal form is not told.
    Facility,
}

impl Form {
    /// Every form, in the order of the contract.
    pub const ALL: [Self; 7] = [
        Self::Company,
        Self::Cooperative,
        Self::CooperativeGroup,
        Self::Household,
        Self::Farm,
        Self::TourismBody,
        Self::Facility,
    ];
}

/// The size of an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Micro.
    Micro,
    /// Small.
    Small,
    /// Medium.
    Medium,
    /// None of the classes above.
    Large,
}

impl Size {
    /// Every size, in the order of the contract.
    pub const ALL: [Self; 4] = [Self::Micro, Self::Small, Self::Medium, Self::Large];
}

/// Whether a form may take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may.
    May,
    /// With tourism services only.
    TourismOnly,
    /// It may not.
    MayNot,
    /// The source does not say.
    Unknown,
}

/// One form of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The form.
    pub form: Form,
    /// The sizes that it speaks of; empty for forms that have none.
    #[serde(default)]
    pub sizes: Vec<Size>,
    /// What follows.
    pub verdict: Verdict,
    /// Why, in Vietnamese.
    pub vi: String,
    /// Why, in English.
    pub en: String,
}

/// The list of one decision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The decision.
    pub decision: String,
    /// First day.
    #[serde(deserialize_with = "crate::regimes::date")]
    pub in_force_from: Date,
    /// True where the text or a full transcript was read.
    pub verified: bool,
    /// True where registering a product is refused by it; else it advises.
    pub refuses: bool,
    /// Where it was read.
    pub source_note: String,
    /// Its forms.
    pub forms: Vec<Entry>,
}

impl List {
    /// What the list says of a form. An enterprise whose size is not recorded counts as small.
    #[must_use]
    pub fn entry(&self, form: Form, size: Option<Size>) -> Option<&Entry> {
        let size = size.unwrap_or(Size::Small);
        self.forms.iter().find(|entry| entry.form == form && (entry.sizes.is_empty() || entry.sizes.contains(&size)))
    }

    /// True where a product of this form must be refused: the list refuses, and it does not have the form, or has it for
    /// tourism and the product is none.
    #[must_use]
    pub fn refuses(&self, form: Form, size: Option<Size>, tourism: bool) -> bool {
        let verdict = self.entry(form, size).map_or(Verdict::Unknown, |entry| entry.verdict);
        let out = verdict == Verdict::MayNot || verdict == Verdict::TourismOnly && !tourism;
        self.refuses && out
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    lists: Vec<List>,
}

static LOADED: LazyLock<Result<Vec<List>, Vec<String>>> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../data/participation.yaml"))
        .map_err(|error| vec![format!("participation.yaml: {error}")])?;
    let mut faults = Vec::new();
    for list in &file.lists {
        for form in Form::ALL {
            // Every size of an enterprise once; of any other form the first size stands for all.
            let sizes = if form == Form::Company { Size::ALL.as_slice() } else { &[Size::Small] };
            for size in sizes {
                let speaks = |e: &&Entry| e.form == form && (e.sizes.is_empty() || e.sizes.contains(size));
                let found = list.forms.iter().filter(speaks).count();
                if found != 1 {
                    faults
                        .push(format!("participation.yaml: {}: {form:?} {size:?} stands {found} times", list.decision));
                }
            }
        }
    }
    for list in file.lists.iter().filter(|list| list.refuses && !list.verified) {
        faults.push(format!("participation.yaml: {} refuses and was not read", list.decision));
    }
    if !file.lists.is_sorted_by(|a, b| a.in_force_from < b.in_force_from) {
        faults.push("participation.yaml: the lists do not follow each other".to_owned());
    }
    if faults.is_empty() { Ok(file.lists) } else { Err(faults) }
});

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// All lists, the oldest first.
#[must_use]
pub fn all() -> &'static [List] {
    LOADED.as_ref().map_or(&[], Vec::as_slice)
}

/// The list that counts on a day; none before the programme began.
#[must_use]
pub fn on(day: Date) -> Option<&'static List> {
    all().iter().rev().find(|list| list.in_force_from <= day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn large_enterprises_are_out_and_farms_are_in_from_2026() {
        let (before, after) = (on(date!(2026 - 05 - 21)).expect("a list"), on(date!(2026 - 05 - 22)).expect("a list"));
        let verdict = |list: &List, form, size| list.entry(form, size).map(|e| e.verdict);
        assert_eq!(verdict(after, Form::Company, Some(Size::Large)), Some(Verdict::MayNot));
        assert_eq!(verdict(before, Form::Company, Some(Size::Large)), Some(Verdict::Unknown));
        assert_eq!(verdict(before, Form::Farm, None), Some(Verdict::MayNot));
        assert_eq!(verdict(after, Form::Farm, None), Some(Verdict::May));
        assert_eq!(verdict(after, Form::Company, None), Some(Verdict::May), "a size that is not told is small");
        assert!(after.refuses(Form::Company, Some(Size::Large), false) && !after.refuses(Form::Farm, None, false));
        assert!(!before.refuses(Form::Farm, None, false), "a list of a period that is over advises");
    }

    #[test]
    fn tourism_bodies_take_part_with_tourism_only() {
        let list = on(date!(2026 - 11 - 24)).expect("a list");
        assert!(list.refuses(Form::TourismBody, None, false) && !list.refuses(Form::TourismBody, None, true));
        assert!(!list.refuses(Form::Facility, None, false), "what is not known is not refused");
    }

    #[test]
    fn no_list_counts_before_the_programme() {
        assert!(on(date!(2018 - 05 - 06)).is_none());
        assert_eq!(on(date!(2018 - 05 - 07)).map(|list| list.decision.as_str()), Some("490/QĐ-TTg"));
        assert_eq!(all().len(), 3);
    }
}
