//! How much may be spent on an answer.

use std::time::Duration;

/// The limits of one search. Nodes and columns make it end alike on every machine; time and the stop are for the caller.
#[derive(Clone, Copy)]
pub struct Effort<'a> {
    /// Nodes of one branch and bound.
    pub nodes: u64,
    /// Columns that one block may have.
    pub columns: usize,
    /// Time of one branch and bound.
    pub time: Duration,
    /// True ends the search with the first plan that keeps every limit.
    pub first: bool,
    /// Asked now and then: true ends the search.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}
