//! Names as people type them.

use reference::text;

/// Longest name, in characters after composition.
pub const LONGEST_NAME: usize = 300;

/// A name of a producer, product or person, or a title: as typed, in NFC, without blanks at its ends, 1 to 300 characters
/// on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing but blanks.
    Empty,
    /// More than [`LONGEST_NAME`] characters.
    TooLong,
    /// Characters that no keyboard writes: control, direction-changing or invisible ones.
    Unclean,
}

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn new(typed: &str) -> Result<Self, NameFault> {
        let name = text::nfc(typed.trim());
        match name.chars().count() {
            0 => Err(NameFault::Empty),
            1..=LONGEST_NAME if text::is_clean(&name).is_err() => Err(NameFault::Unclean),
            1..=LONGEST_NAME => Ok(Self(name)),
            _ => Err(NameFault::TooLong),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_composed_trimmed_and_bounded() {
        assert_eq!(DisplayName::new("  Nước mắm O\u{302}ng Già ").unwrap().as_str(), "Nước mắm Ông Già");
        assert_eq!(DisplayName::new(""), Err(NameFault::Empty));
        assert_eq!(DisplayName::new(" \u{A0} "), Err(NameFault::Empty));
        assert!(DisplayName::new(&"ệ".repeat(300)).is_ok());
        assert_eq!(DisplayName::new(&"ệ".repeat(301)), Err(NameFault::TooLong));
        for unclean in ["a\nb", "a\tb", "a\u{200B}b", "a\u{202E}b"] {
            assert_eq!(DisplayName::new(unclean), Err(NameFault::Unclean), "{unclean:?}");
        }
    }

    #[test]
    fn length_is_counted_after_composition() {
        // Three code points as some keyboards send them, one after composition.
        assert!(DisplayName::new(&"e\u{323}\u{302}".repeat(300)).is_ok());
    }

    proptest! {
        #[test]
        fn reading_a_name_again_changes_nothing(typed in "\\PC{1,80}") {
            if let Ok(name) = DisplayName::new(&typed) {
                prop_assert_eq!(DisplayName::new(name.as_str()), Ok(name.clone()));
            }
        }
    }
}
