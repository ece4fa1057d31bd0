//! When a person may be erased.

/// Why a person is not erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was erased before.
    Erased,
    /// This runs: a post, the management of a producer or the ownership of one.
    Bound(String),
}

/// Judges an erasure by what binds the person.
///
/// # Errors
/// See [`Refusal`].
pub fn erase(erased: bool, duty: Option<String>, owned: Option<String>) -> Result<(), Refusal> {
    match (erased, duty.or(owned)) {
        (true, _) => Err(Refusal::Erased),
        (false, Some(bond)) => Err(Refusal::Bound(bond)),
        (false, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_bound_by_nothing_is_erased_and_once() {
        assert_eq!(erase(false, None, None), Ok(()));
        assert_eq!(erase(true, None, None), Err(Refusal::Erased));
        assert_eq!(erase(false, Some("posts/1".to_owned()), None), Err(Refusal::Bound("posts/1".to_owned())));
        let owner = Some("producers/1".to_owned());
        assert_eq!(erase(false, None, owner), Err(Refusal::Bound("producers/1".to_owned())));
    }
}
