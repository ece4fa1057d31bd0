//! Producers as the rules see them.

pub mod matching;

use reference::tax_code::canonical;
use time::Date;

use crate::shared::domain::DisplayName;

/// A tax code with a right check digit, in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxCode(String);

impl TaxCode {
    /// Reads a tax code: ten digits, or thirteen for a dependent unit.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        canonical(typed.trim()).ok().map(Self)
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The taxpayer: the code without the serial of a dependent unit.
    #[must_use]
    pub fn root(&self) -> &str {
        matching::root(&self.0)
    }
}

/// What of a producer may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub display_name: DisplayName,
    /// What it is by law (number of the contract's `LegalForm`).
    pub legal_form: i32,
    /// Its tax code.
    pub tax_code: Option<TaxCode>,
}

/// A producer that is asked for.
#[derive(Clone, Debug)]
pub struct NewProducer {
    /// What may be changed later.
    pub content: Content,
    /// Dated name of its commune.
    pub unit: String,
    /// The commune's path.
    pub unit_path: String,
    /// Day of registration.
    pub registration_date: Date,
    /// True for an invented sample.
    pub sample: bool,
}

/// New values for some fields; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New name.
    pub display_name: Option<DisplayName>,
    /// New legal form.
    pub legal_form: Option<i32>,
    /// New tax code; `Some(None)` takes it away.
    pub tax_code: Option<Option<TaxCode>>,
}

/// The content after a change.
#[must_use]
pub fn changed(old: Content, change: &Change) -> Content {
    Content {
        display_name: change.display_name.clone().unwrap_or(old.display_name),
        legal_form: change.legal_form.unwrap_or(old.legal_form),
        tax_code: change.tax_code.clone().unwrap_or(old.tax_code),
    }
}

/// Why a producer is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has products.
    HasProducts,
    /// It has managers on duty.
    HasManagers,
    /// Others were merged into it.
    HasMerged,
}

/// Judges a deletion.
///
/// # Errors
/// See [`Refusal`].
pub fn delete(products: u64, managers: u64, merged: bool) -> Result<(), Refusal> {
    match (products, managers, merged) {
        (0, 0, false) => Ok(()),
        (0, 0, true) => Err(Refusal::HasMerged),
        (0, ..) => Err(Refusal::HasManagers),
        _ => Err(Refusal::HasProducts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_touches_what_it_names_and_can_take_a_tax_code_away() {
        let old = Content {
            display_name: DisplayName::new("HTX An Nghiệp").expect("a name"),
            legal_form: 2,
            tax_code: Some(TaxCode("9900000019".to_owned())),
        };
        assert_eq!(changed(old.clone(), &Change::default()), old);
        let gone = changed(old.clone(), &Change { tax_code: Some(None), ..Change::default() });
        assert_eq!((gone.tax_code, gone.legal_form), (None, 2));
    }

    #[test]
    fn only_a_producer_without_products_and_managers_is_deleted() {
        assert_eq!(delete(0, 0, false), Ok(()));
        assert_eq!(delete(1, 0, false), Err(Refusal::HasProducts));
        assert_eq!(delete(0, 2, true), Err(Refusal::HasManagers));
        assert_eq!(delete(3, 1, true), Err(Refusal::HasProducts));
        assert_eq!(delete(0, 0, true), Err(Refusal::HasMerged));
    }

    #[test]
    fn a_tax_code_with_a_wrong_check_digit_is_none() {
        let good = reference::tax_code::make(7);
        let good = good.as_str();
        assert!(TaxCode::new(good).is_some());
        let last = good.chars().last().and_then(|c| c.to_digit(10)).expect("a digit");
        let bad = format!("{}{}", &good[..good.len() - 1], (last + 1) % 10);
        assert_eq!(TaxCode::new(&bad), None);
    }
}
