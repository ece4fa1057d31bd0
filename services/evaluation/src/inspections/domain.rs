//! The walk of plans and visits, and the score of risk. Pure.

use crate::shared::domain::stored;

pub mod risk;

/// State of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanState {
    /// Visits can be planned.
    Open,
    /// All is done.
    Closed,
}

stored!(PlanState { Open = "open", Closed = "closed" });

/// State of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It lies ahead.
    Planned,
    /// It was held.
    Held,
    /// It was called off.
    Cancelled,
}

stored!(State { Planned = "planned", Held = "held", Cancelled = "cancelled" });

/// A step of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It is held.
    Hold,
    /// It is called off.
    Cancel,
}

stored!(Verb { Hold = "hold", Cancel = "cancel" });

/// What is possible with a visit.
pub const TRANSITIONS: &[(State, Verb, State)] =
    &[(State::Planned, Verb::Hold, State::Held), (State::Planned, Verb::Cancel, State::Cancelled)];

/// Why a visit is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By the plan.
    Periodic,
    /// For a cause.
    Sudden,
}

stored!(Kind { Periodic = "periodic", Sudden = "sudden" });
