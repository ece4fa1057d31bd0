//! Forecasts: how likely a plan's target is to be reached by what is on its way.

pub mod api;
pub mod domain;
pub mod store;
pub mod wire;
