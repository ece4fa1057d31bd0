//! Papers about results: minutes of a sitting, summary sheet of a round, draft of its decision. Nothing is stored here.

pub mod api;
pub mod domain;
pub mod wire;
