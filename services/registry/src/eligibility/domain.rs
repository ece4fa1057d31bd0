//! Who may take part.

use reference::participation::{self, Entry, Form, List, Size};
use time::Date;

/// What the list of a day says of a form.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// The list.
    pub list: &'static List,
    /// Its entry.
    pub entry: &'static Entry,
}

/// The form of a number of the contract's `LegalForm`; what is not told stands for a facility.
#[must_use]
pub fn form(number: i32) -> Form {
    let at = usize::try_from(number - 1).unwrap_or(usize::MAX);
    Form::ALL.get(at).copied().unwrap_or(Form::Facility)
}

/// The size of a number of the contract's `SizeClass`.
#[must_use]
pub fn size(number: i32) -> Option<Size> {
    usize::try_from(number - 1).ok().and_then(|at| Size::ALL.get(at).copied())
}

/// What the list of a day says; none before the programme began.
#[must_use]
pub fn judge(legal_form: i32, size_class: i32, on: Date) -> Option<Judged> {
    let list = participation::on(on)?;
    let entry = list.entry(form(legal_form), size(size_class))?;
    Some(Judged { list, entry })
}

/// The class of an enterprise on a day, of those that hold from their days on; 0 where none is recorded by then.
#[must_use]
pub fn size_on(sizes: &[(i32, Date)], on: Date) -> i32 {
    let by_then = sizes.iter().filter(|(_, from)| *from <= on);
    by_then.max_by_key(|(_, from)| *from).map_or(0, |(class, _)| *class)
}

/// The list that refuses a product of this form, if one does.
#[must_use]
pub fn refused(legal_form: i32, size_class: i32, tourism: bool, on: Date) -> Option<Judged> {
    let judged = judge(legal_form, size_class, on)?;
    judged.list.refuses(form(legal_form), size(size_class), tourism).then_some(judged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::participation::Verdict;
    use time::macros::date;

    #[test]
    fn the_contracts_numbers_are_the_forms_of_the_lists() {
        assert_eq!(
            (form(1), form(4), form(7), form(0)),
            (Form::Company, Form::Household, Form::Facility, Form::Facility)
        );
        assert_eq!((size(0), size(4), size(5)), (None, Some(Size::Large), None));
    }

    #[test]
    fn the_size_recorded_last_by_the_day_holds() {
        let sizes = [(4, date!(2026 - 01 - 01)), (2, date!(2024 - 01 - 01))];
        for (on, class) in [
            (date!(2023 - 12 - 31), 0),
            (date!(2024 - 01 - 01), 2),
            (date!(2025 - 12 - 31), 2),
            (date!(2026 - 01 - 01), 4),
        ] {
            assert_eq!(size_on(&sizes, on), class, "{on}");
        }
    }

    #[test]
    fn a_form_is_refused_only_by_a_list_in_force() {
        let on = date!(2026 - 06 - 01);
        assert!(refused(1, 4, false, on).is_some_and(|j| j.list.decision == "26/2026/QĐ-TTg"));
        assert!(refused(1, 3, false, on).is_none() && refused(5, 0, false, on).is_none());
        assert!(refused(5, 0, false, date!(2021 - 06 - 30)).is_none(), "the list of a period that is over advises");
        assert_eq!(judge(5, 0, date!(2021 - 06 - 30)).map(|j| j.entry.verdict), Some(Verdict::MayNot));
        assert!(refused(6, 0, false, on).is_some() && refused(6, 0, true, on).is_none());
        assert_eq!(judge(2, 0, on).map(|j| j.entry.verdict), Some(Verdict::May));
        assert!(judge(2, 0, date!(2018 - 01 - 01)).is_none());
    }
}
