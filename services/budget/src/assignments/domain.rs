//! What an assignment posts.

use crate::ledger::domain::{Kind, Posting};

/// The first posting of a line of which this was granted; none where nothing was, for an entry moves something.
#[must_use]
pub fn opening(granted_vnd: Option<i64>) -> Option<Posting> {
    granted_vnd.filter(|granted| *granted > 0).map(|granted| Posting::of(Kind::Assign, granted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_opens_with_what_was_granted_of_it() {
        assert_eq!(opening(Some(7)), Some(Posting::of(Kind::Assign, 7)));
        assert_eq!((opening(Some(0)), opening(None)), (None, None));
    }
}
