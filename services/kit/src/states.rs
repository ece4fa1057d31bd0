//! States that move by a table: what is not in the table is refused, and the refusal says what the state allows.

/// Declares an enum of which each value has the contract's number and the word that people read.
#[macro_export]
macro_rules! numbered {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$doc:meta])* $value:ident = $number:literal $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $value = $number),+ }

        impl $name {
            /// Every value, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The word that people read.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }

            /// The number that it is stored and sent as.
            #[must_use]
            pub fn number(self) -> i32 {
                self as i32
            }

            /// What is stored and sent as this number.
            #[must_use]
            pub fn of_number(number: i32) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.number() == number)
            }
        }
    };
}

/// The state does not allow the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden<S, V> {
    /// Where the thing stands.
    pub state: S,
    /// What was to be done.
    pub step: V,
    /// What can be done instead, in the table's order.
    pub allowed: Vec<V>,
}

/// The state after a step.
///
/// # Errors
/// The table has no such step.
pub fn step<S: Copy + PartialEq, V: Copy + PartialEq>(
    table: &[(S, V, S)],
    state: S,
    step: V,
) -> Result<S, Forbidden<S, V>> {
    let found = table.iter().find(|(from, by, _)| *from == state && *by == step);
    found.map(|(_, _, to)| *to).ok_or_else(|| {
        let allowed = table.iter().filter(|(from, ..)| *from == state).map(|(_, by, _)| *by).collect();
        Forbidden { state, step, allowed }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_in_the_table_or_refused_with_what_is_allowed() {
        let table = [(1, 'a', 2), (1, 'b', 1), (2, 'c', 3)];
        assert_eq!(step(&table, 1, 'a'), Ok(2));
        assert_eq!(step(&table, 1, 'c'), Err(Forbidden { state: 1, step: 'c', allowed: vec!['a', 'b'] }));
        assert_eq!(step(&table, 3, 'a'), Err(Forbidden { state: 3, step: 'a', allowed: vec![] }));
    }
}
