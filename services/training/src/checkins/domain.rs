//! What tokens and codes say, and when they are good.

use std::collections::BTreeSet;

use uuid::Uuid;

kit::numbered! {
    /// How somebody checked in.
    pub enum How {
        /// With the token shown in the room.
        Token = 1 "TOKEN",
        /// With a one-time code.
        Code = 2 "CODE",
    }
}

const MINUTE_US: i64 = 60_000_000;
/// Bytes of a token before its stamp.
const CONTENT: usize = 16 + 4 + 8;

/// What a token says: in which session and half day somebody was in the room, and in which minute since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The session.
    pub session: Uuid,
    /// Number of the half day.
    pub number: i32,
    /// The minute.
    pub minute: i64,
}

impl Shown {
    /// What is shown at an instant.
    #[must_use]
    pub fn at(session: Uuid, number: i32, at_us: i64) -> Self {
        Self { session, number, minute: at_us.div_euclid(MINUTE_US) }
    }

    /// The bytes that are stamped.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.session.as_bytes().as_slice(), &self.number.to_be_bytes(), &self.minute.to_be_bytes()].concat()
    }

    /// What bytes say, and the stamp behind them.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<(Self, [u8; 16])> {
        let (content, stamp) = bytes.split_at_checked(CONTENT)?;
        let (session, rest) = content.split_at_checked(16)?;
        let (number, minute) = rest.split_at_checked(4)?;
        let shown = Self {
            session: Uuid::from_slice(session).ok()?,
            number: i32::from_be_bytes(number.try_into().ok()?),
            minute: i64::from_be_bytes(minute.try_into().ok()?),
        };
        Some((shown, stamp.try_into().ok()?))
    }

    /// True in its own minute and the next one.
    #[must_use]
    pub fn is_good(&self, at_us: i64) -> bool {
        let now = at_us.div_euclid(MINUTE_US);
        now == self.minute || now == self.minute + 1
    }

    /// The first instant at which it is good no more.
    #[must_use]
    pub fn ends_us(&self) -> i64 {
        (self.minute + 2) * MINUTE_US
    }
}

/// What is stamped for a one-time code.
#[must_use]
pub fn bytes_of_code(session: Uuid, number: i32, person: Uuid) -> Vec<u8> {
    [session.as_bytes().as_slice(), &number.to_be_bytes(), person.as_bytes()].concat()
}

/// Letters and digits that nobody takes for each other.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The eight letters of a stamp.
#[must_use]
pub fn letters(stamp: &[u8; 16]) -> String {
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).map_or('A', |letter| char::from(*letter));
    stamp.iter().take(8).map(letter).collect()
}

/// A code as it was typed: in capitals, without blanks and dashes.
#[must_use]
pub fn typed(code: &str) -> String {
    code.chars().filter(|letter| letter.is_ascii_alphanumeric()).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// The half days of somebody who checks in to one; none where an office has stated how many it were, but not which: that
/// list stays.
#[must_use]
pub fn joined(stated: &str, count: i32, number: i32) -> Option<Vec<i32>> {
    let mut numbers: BTreeSet<i32> = stated.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    if numbers.is_empty() && count > 0 {
        return None;
    }
    numbers.insert(number);
    Some(numbers.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_good_for_its_minute_and_the_next() {
        let shown = Shown::at(Uuid::from_u128(1), 2, 10 * MINUTE_US + 59_000_000);
        for (at, good) in [(9, false), (10, true), (11, true), (12, false)] {
            assert_eq!(shown.is_good(at * MINUTE_US), good, "{at}");
        }
        assert!(shown.is_good(shown.ends_us() - 1) && !shown.is_good(shown.ends_us()));
    }

    #[test]
    fn half_days_join_what_is_stated_one_by_one_and_leave_a_bare_number_alone() {
        assert_eq!(joined("", 0, 2), Some(vec![2]));
        assert_eq!(joined("1 3", 2, 2), Some(vec![1, 2, 3]));
        assert_eq!(joined("2", 1, 2), Some(vec![2]));
        assert_eq!(joined("", 3, 2), None);
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(typed(" abcd-2345 "), "ABCD2345");
        let code = letters(&[255; 16]);
        assert_eq!((code.len(), typed(&code)), (8, code));
    }

    proptest! {
        #[test]
        fn what_a_token_says_is_read_back(session: u128, number in 1i32..400, minute in 0i64..1 << 40) {
            let shown = Shown { session: Uuid::from_u128(session), number, minute };
            let bytes = [shown.bytes(), vec![7; 16]].concat();
            prop_assert_eq!(Shown::of_bytes(&bytes), Some((shown, [7; 16])));
            prop_assert_eq!(Shown::of_bytes(&bytes[1..]), None);
        }
    }
}
