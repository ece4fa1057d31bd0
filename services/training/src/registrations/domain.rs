//! Who gets a place.

kit::numbered! {
    /// Where a registration stands.
    pub enum RegistrationState {
        /// Has a place.
        Registered = 1 "REGISTERED",
        /// Waits for one.
        Waiting = 2 "WAITING",
        /// Will not come.
        Cancelled = 3 "CANCELLED",
        /// Another person comes.
        Substituted = 4 "SUBSTITUTED",
    }
}

kit::numbered! {
    /// What can be done with a registration; the word is the RPC.
    pub enum RegistrationStep {
        /// It is cancelled.
        Cancel = 1 "CancelRegistration",
        /// Another person comes.
        Substitute = 2 "SubstituteRegistration",
    }
}

/// All that can be done with a registration; what is not here is refused. That who waits gets a place follows from the list
/// and is done by nobody.
pub const REGISTRATION: &[(RegistrationState, RegistrationStep, RegistrationState)] = &[
    (RegistrationState::Registered, RegistrationStep::Cancel, RegistrationState::Cancelled),
    (RegistrationState::Waiting, RegistrationStep::Cancel, RegistrationState::Cancelled),
    (RegistrationState::Registered, RegistrationStep::Substitute, RegistrationState::Substituted),
    (RegistrationState::Waiting, RegistrationStep::Substitute, RegistrationState::Substituted),
];

/// How many more persons get a place: all where the capacity is not known (0).
#[must_use]
pub fn free(capacity: i32, taken: u64) -> u64 {
    if capacity == 0 { u64::MAX } else { u64::try_from(capacity).unwrap_or(0).saturating_sub(taken) }
}

/// The state in which the next one of a list starts, given how many stand before it and how many are free.
#[must_use]
pub fn starts(at: usize, free: u64) -> RegistrationState {
    if (at as u64) < free { RegistrationState::Registered } else { RegistrationState::Waiting }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::states::step;

    #[test]
    fn what_has_ended_stays_ended() {
        for state in RegistrationState::ALL {
            for by in RegistrationStep::ALL {
                let lives = matches!(state, RegistrationState::Registered | RegistrationState::Waiting);
                assert_eq!(step(REGISTRATION, *state, *by).is_ok(), lives, "{state:?} {by:?}");
            }
        }
    }

    #[test]
    fn places_are_given_until_none_is_left() {
        assert_eq!(free(30, 28), 2);
        assert_eq!(free(30, 40), 0, "a capacity that was lowered takes no place away");
        assert_eq!(free(0, 40), u64::MAX, "a capacity that nobody told limits nothing");
        let states: Vec<_> = (0..3).map(|at| starts(at, 2)).collect();
        assert_eq!(states, [RegistrationState::Registered, RegistrationState::Registered, RegistrationState::Waiting]);
    }
}
