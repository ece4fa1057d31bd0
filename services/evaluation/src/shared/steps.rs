//! What the rooms of supervision share: where a step may start, and how a refused one is told. Pure.

/// The state after a step by a table of (from, step, to); none where it is not possible.
pub fn next<S: PartialEq + Copy, V: PartialEq>(table: &[(S, V, S)], state: S, verb: &V) -> Option<S> {
    table.iter().find(|(from, by, _)| *from == state && by == verb).map(|(_, _, to)| *to)
}

/// The steps that a state allows.
pub fn possible<S: PartialEq, V: Copy>(table: &[(S, V, S)], state: &S) -> Vec<V> {
    table.iter().filter(|(from, ..)| from == state).map(|(_, by, _)| *by).collect()
}
