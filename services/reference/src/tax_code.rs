//! Numbers that identify taxpayers: the ten-digit code with its check digit, dependent units with a serial
//! behind it, and the twelve-digit personal number that a household may carry instead.
//!
//! Deliberately absent: any real code. Samples take theirs from [`make`], which stays in a range that no tax
//! office gives out, and says nothing of a firm.

/// Weights of the first nine digits; the check digit is ten less the remainder of the sum by eleven.
const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];

/// Why a number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TaxCodeFault {
    /// Neither ten digits nor thirteen (a hyphen may stand before the last three).
    #[error("a tax code has ten digits, or thirteen for a dependent unit")]
    Form,
    /// The tenth digit is not the one that the first nine ask for.
    #[error("the check digit does not match")]
    CheckDigit,
    /// Dependent units count from 001.
    #[error("the serial of a dependent unit runs from 001 to 999")]
    Serial,
}

/// Why a personal number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonalNumberFault {
    /// Not twelve digits.
    #[error("a personal number has twelve digits")]
    Form,
    /// The first three digits are the code of no province (those of the 63 provinces stay in use).
    #[error("the first three digits are no province code")]
    Province,
}

/// The check digit for nine leading digits; none where the rule gives no digit, and no such code exists.
#[must_use]
pub fn check_digit(first_nine: &str) -> Option<u8> {
    if first_nine.len() != 9 || !first_nine.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = first_nine.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    u8::try_from(10 - sum % 11).ok().filter(|digit| *digit < 10)
}

/// Reads a tax code and writes it in the one form that is stored: ten digits, or ten, a hyphen and three.
///
/// # Errors
/// A [`TaxCodeFault`] that says what is wrong with it.
pub fn canonical(code: &str) -> Result<String, TaxCodeFault> {
    let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    let (body, serial) = match code.split_once('-') {
        Some((body, serial)) => (body, Some(serial)),
        None => match code.split_at_checked(10) {
            Some((body, "")) => (body, None),
            Some((body, serial)) => (body, Some(serial)),
            None => return Err(TaxCodeFault::Form),
        },
    };
    if !digits(body, 10) || serial.is_some_and(|serial| !digits(serial, 3)) {
        return Err(TaxCodeFault::Form);
    }
    let (nine, last) = body.split_at_checked(9).ok_or(TaxCodeFault::Form)?;
    if check_digit(nine).map(|digit| digit.to_string()).as_deref() != Some(last) {
        return Err(TaxCodeFault::CheckDigit);
    }
    match serial {
        Some("000") => Err(TaxCodeFault::Serial),
        Some(serial) => Ok(format!("{body}-{serial}")),
        None => Ok(body.to_owned()),
    }
}

/// True for a code that [`canonical`] reads.
#[must_use]
pub fn is_valid(code: &str) -> bool {
    canonical(code).is_ok()
}

/// A valid ten-digit code for samples: the same for the same seed, another for each of a million seeds. It
/// begins with 99, which is the number of no tax office.
#[must_use]
pub fn make(seed: u64) -> String {
    let serial = seed % 1_000_000;
    // One of two neighbours always has a check digit: raising the ninth digit moves the sum by 3.
    for ninth in 0..=9 {
        let nine = format!("99{serial:06}{ninth}");
        if let Some(check) = check_digit(&nine) {
            return format!("{nine}{check}");
        }
    }
    String::new()
}

/// Checks the form of a twelve-digit personal number: province (3), century and sex (1), year (2), serial (6).
/// There is no check digit. The number is personal data: callers neither log it nor put it into events.
///
/// # Errors
/// A [`PersonalNumberFault`].
pub fn check_personal_number(number: &str) -> Result<(), PersonalNumberFault> {
    if number.len() != 12 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PersonalNumberFault::Form);
    }
    let province = number.get(0..3).and_then(|code| code.parse::<u16>().ok()).ok_or(PersonalNumberFault::Form)?;
    if PROVINCES.contains(&province) { Ok(()) } else { Err(PersonalNumberFault::Province) }
}

/// Codes of the 63 provinces, which personal numbers keep after 1 July 2025. Source: `data/NOTICE.md`.
const PROVINCES: [u16; 63] = [
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45,
    46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92,
    93, 94, 95, 96,
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_check_digit_follows_the_weights() {
        // 1*31 = 31; 31 mod 11 = 9; 10 - 9 = 1
        assert_eq!(check_digit("100000000"), Some(1));
        // 3 * 7 + ... = 0 mod 11 has no code: all zeros
        assert_eq!(check_digit("000000000"), None);
        assert_eq!(canonical("1000000001"), Ok("1000000001".into()));
        assert_eq!(canonical("1000000001001"), Ok("1000000001-001".into()));
        assert_eq!(canonical("1000000001-001"), Ok("1000000001-001".into()));
        assert_eq!(canonical("1000000002"), Err(TaxCodeFault::CheckDigit));
        assert_eq!(canonical("1000000001-000"), Err(TaxCodeFault::Serial));
        for wrong in ["", "100000000", "10000000010", "1000000001-01", "10000-00001", "100000000á", "ááááá"] {
            assert_eq!(canonical(wrong), Err(TaxCodeFault::Form), "{wrong}");
        }
    }

    #[test]
    fn a_personal_number_begins_with_a_province() {
        assert_eq!(check_personal_number("054090000001"), Ok(()));
        assert_eq!(check_personal_number("003090000001"), Err(PersonalNumberFault::Province));
        assert_eq!(check_personal_number("999090000001"), Err(PersonalNumberFault::Province));
        assert_eq!(check_personal_number("05409000000"), Err(PersonalNumberFault::Form));
    }

    #[test]
    fn sample_codes_are_valid_and_differ() {
        let codes: BTreeSet<String> = (0..5000).map(make).collect();
        assert_eq!(codes.len(), 5000);
        assert!(codes.iter().all(|code| is_valid(code)));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_noticed(seed in any::<u64>(), at in 0usize..10, add in 1u8..10) {
            let mut code = make(seed).into_bytes();
            code[at] = b'0' + (code[at] - b'0' + add) % 10;
            prop_assert!(!is_valid(&String::from_utf8(code).unwrap()));
        }
    }
}
