//! The product code that another system wants. Pure.

use reference::products::ProductCode;
use reference::regimes::CodeYear;

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeForm {
    /// As the registry gave it.
    Registered,
    /// With the year of evaluation.
    Evaluated,
    /// It needs the year of evaluation and the places of today, and carries the places of before: it stands as it was.
    Outdated,
}

/// The code of a product that was evaluated under a regime, in a year where that is known; none where it has none.
///
/// 26/2026/QĐ-TTg (form of the code, [V]): province, commune, the commune's serial, year of evaluation. A code with a district
/// counts its serial in a commune that may since have become a part of a larger one, so no code of the new form follows from it.
#[must_use]
pub fn code(by: CodeYear, registered: &str, evaluated: Option<i32>) -> Option<(String, CodeForm)> {
    if registered.is_empty() {
        return None;
    }
    let as_it_is = |form| Some((registered.to_owned(), form));
    let (CodeYear::Evaluation, Ok(code)) = (by, registered.parse::<ProductCode>()) else {
        return as_it_is(CodeForm::Registered);
    };
    match evaluated {
        Some(year) if code.district.is_none() => Some((ProductCode { year, ..code }.to_string(), CodeForm::Evaluated)),
        _ => as_it_is(CodeForm::Outdated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_carries_the_year_that_its_regime_says_and_is_never_guessed() {
        use CodeForm as F;
        use CodeYear::{Evaluation, Registration};
        let cases = [
            (Registration, "54-555-22018-3-2019", Some(2021), "54-555-22018-3-2019", F::Registered),
            (Registration, "66-22015-3-2025", Some(2025), "66-22015-3-2025", F::Registered),
            (Evaluation, "66-22015-3-2025", Some(2026), "66-22015-3-2026", F::Evaluated),
            (Evaluation, "66-22015-3-2026", Some(2026), "66-22015-3-2026", F::Evaluated),
            (Evaluation, "66-22015-3-2025", None, "66-22015-3-2025", F::Outdated),
            (Evaluation, "54-555-22018-3-2019", Some(2026), "54-555-22018-3-2019", F::Outdated),
            (Evaluation, "as printed", Some(2026), "as printed", F::Registered),
        ];
        for (by, registered, year, expected, form) in cases {
            assert_eq!(code(by, registered, year), Some((expected.to_owned(), form)), "{registered} {year:?}");
        }
        assert_eq!(code(Evaluation, "", Some(2026)), None);
    }
}
