//! The forms of contacts and personal numbers, and how they are masked.

use crate::shared::states::numbered;

numbered! {
    /// What kind a contact is.
    pub enum Kind {
        /// A phone number.
        Phone = 1 "0xxxxxxxxx",
        /// An e-mail address.
        Email = 2 "name@domain",
        /// A postal address.
        Post = 3 "1..300",
    }
}

/// What separates groups of digits as people write them.
const BETWEEN: [char; 4] = [' ', '.', '-', '\u{a0}'];

/// Longest e-mail address.
const LONGEST_EMAIL: usize = 254;

/// Longest postal address, in characters.
const LONGEST_POST: usize = 300;

fn phone(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !BETWEEN.contains(c)).collect();
    let digits = digits.strip_prefix("+84").map_or(digits.clone(), |rest| format!("0{rest}"));
    let length = if digits.starts_with("02") { 11 } else { 10 };
    let good = digits.len() == length && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    (good && !digits.starts_with("00")).then_some(digits)
}

fn email(typed: &str) -> Option<String> {
    let (local, domain) = typed.split_once('@')?;
    let clean = typed.is_ascii() && typed.len() <= LONGEST_EMAIL && !typed.contains([' ', ',', ';', '<', '>']);
    let dotted = domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty());
    (clean && dotted && !local.is_empty() && !domain.contains('@')).then(|| typed.to_owned())
}

/// The value of a contact in one form; none where it is not of its kind. `typed` is clean text of one line.
#[must_use]
pub fn value(kind: Kind, typed: &str) -> Option<String> {
    match kind {
        Kind::Phone => phone(typed),
        Kind::Email => email(typed),
        Kind::Post => (1..=LONGEST_POST).contains(&typed.chars().count()).then(|| typed.to_owned()),
    }
}

/// The last characters of a text, stars before them.
fn tail(text: &str, shown: usize) -> String {
    let hidden = text.chars().count().saturating_sub(shown);
    text.chars().enumerate().map(|(at, c)| if at < hidden { '*' } else { c }).collect()
}

/// A contact as those see it who do not need it.
#[must_use]
pub fn masked(kind: Option<Kind>, value: &str) -> String {
    match kind {
        Some(Kind::Phone) => tail(value, 3),
        Some(Kind::Email) => {
            let domain = value.split_once('@').map_or("", |(_, domain)| domain);
            format!("{}***@{domain}", value.chars().next().unwrap_or('*'))
        }
        _ => "***".to_owned(),
    }
}

/// A personal number as those see it who do not need it.
#[must_use]
pub fn masked_number(number: &str) -> String {
    tail(number, 3)
}

/// A personal number in one form; none where it is not one.
#[must_use]
pub fn personal_number(typed: &str) -> Option<String> {
    let digits: String = typed.trim().chars().filter(|c| !BETWEEN.contains(c)).collect();
    reference::tax_code::check_personal_number(&digits).ok().map(|()| digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phones_are_read_as_people_write_them() {
        for typed in ["0257 000 000 1", "+84 257-000-0001", "0257.000.0001"] {
            assert_eq!(value(Kind::Phone, typed).as_deref(), Some("02570000001"), "{typed}");
        }
        assert_eq!(value(Kind::Phone, "090 000 0001").as_deref(), Some("0900000001"));
        for typed in ["", "0900", "1900000001", "09000000012", "0000000001", "09o0000001"] {
            assert_eq!(value(Kind::Phone, typed), None, "{typed}");
        }
    }

    #[test]
    fn addresses_have_their_form() {
        assert!(value(Kind::Email, "htx@ocop.example").is_some());
        for typed in ["htx", "@ocop.example", "a@b", "a@b..c", "a b@c.d", "a@b@c.d", "ạ@b.c"] {
            assert_eq!(value(Kind::Email, typed), None, "{typed}");
        }
        assert!(value(Kind::Post, "Phường 8").is_some() && value(Kind::Post, &"a".repeat(301)).is_none());
    }

    #[test]
    fn a_mask_shows_too_little_to_reach_anybody() {
        assert_eq!(masked(Some(Kind::Phone), "0900000123"), "*******123");
        assert_eq!(masked(Some(Kind::Email), "htx@ocop.example"), "h***@ocop.example");
        assert_eq!(masked(Some(Kind::Post), "Phường 8"), "***");
        assert_eq!(masked_number("054000000123"), "*********123");
    }

    #[test]
    fn a_personal_number_has_twelve_digits_and_a_province() {
        assert_eq!(personal_number(" 054 000 000 123").as_deref(), Some("054000000123"));
        assert_eq!(personal_number("05400000012"), None);
        assert_eq!(personal_number("999000000123"), None);
    }

    proptest! {
        #[test]
        fn reading_a_contact_again_changes_nothing(typed in "\\PC{0,40}") {
            for kind in Kind::ALL {
                if let Some(once) = value(*kind, &typed) {
                    prop_assert_eq!(value(*kind, &once), Some(once.clone()));
                }
            }
        }
    }
}
